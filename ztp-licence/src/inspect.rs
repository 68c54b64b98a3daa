//! A look into an envelope for people, without any claim.

use ztp_core::Coded;
use ztp_core::canonical::{self, Value};
use ztp_core::digest::sha256;

use crate::LicenceError;
use crate::envelope::{Layout, check_size, limits};
use crate::limits::ENVELOPE_BYTES_MAX;
use crate::member;

/// The name of the inspection's format.
pub const INSPECTION_SCHEMA: &str = "ztp.licence.inspection/1";

/// Shown first by whoever prints an inspection.
const WARNING: &str = "NOT VERIFIED: nothing here is known to be true; run licence verify";

/// Shows what an envelope says, as a canonical document, `ztp.licence.inspection/1`.
///
/// **Nothing is verified.** The document says so in `verified` and `warning`. Any file that is JSON of the profile is
/// shown, also one that was edited or is no envelope; `problems` lists what is wrong with its form. Signatures are not
/// looked at.
///
/// # Errors
/// [`LicenceError::TooLarge`], or [`LicenceError::Json`] when the file cannot be read at all.
pub fn inspect(envelope: &[u8]) -> Result<Vec<u8>, LicenceError> {
    check_size(envelope, ENVELOPE_BYTES_MAX)?;
    let limits = limits(ENVELOPE_BYTES_MAX);
    let document = canonical::read(envelope, &limits)?;
    let mut problems = Vec::new();
    if let Err(error) = canonical::check(envelope, &limits) {
        problems.push(LicenceError::EditedInTransit(error));
    }
    let rewritten = canonical::write(&document)?;
    match Layout::locate_any(&rewritten, rewritten.len()) {
        Ok(layout) => {
            problems.extend(layout.signatures().err());
            problems.extend(layout.licence().err());
        }
        Err(error) => problems.push(error.into()),
    }
    // One level more than the envelope itself, which stays below the limit of the profile.
    let problems: Vec<Value> = problems.iter().map(problem).collect();
    Ok(canonical::write(&Value::object([
        ("envelope", document),
        ("envelope_digest", sha256(envelope).to_string().into()),
        ("problems", problems.into()),
        ("schema", INSPECTION_SCHEMA.into()),
        ("verified", false.into()),
        ("warning", WARNING.into()),
    ]))?)
}

fn problem(error: &LicenceError) -> Value {
    let mut members = vec![("code", Value::from(error.code())), ("message", error.to_string().into())];
    members.extend(error.offset().map(|offset| ("offset", member::number(offset))));
    members.extend(error.path().map(|path| ("where", path.into())));
    Value::object(members)
}
