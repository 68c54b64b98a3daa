//! What an issuer signs: licences.

use ztp_core::digest::sha256;
use ztp_facade::licence_sign;

use super::succeeded;
use crate::cli::SignArgs;
use crate::document::{self, object, string};
use crate::failure::Failure;
use crate::files;
use crate::ui::{Report, printable};

/// Signs a licence.
pub(crate) fn sign(args: &SignArgs) -> Result<Report, Failure> {
    let (payload, key) = (files::read(&args.input)?, files::read(&args.key)?);
    let envelope = succeeded(licence_sign(&payload, &key))?;
    files::replace(&args.out, &envelope)?;
    let (digest, out) = (sha256(&envelope).to_string(), args.out.to_string_lossy());
    let document = object([
        ("file", Some(string(out.as_ref()))),
        ("schema", Some(string("ztp.licence.signed/1"))),
        ("sha256", Some(string(digest.as_str()))),
    ]);
    let text = format!("signed: {}\nsha256: {digest}\n", printable(&out));
    Ok(Report::holds(document::bytes(&document), text))
}
