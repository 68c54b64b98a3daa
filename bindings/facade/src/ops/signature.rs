use ztp_core::signature::{self, Suite};

use crate::input;
use crate::outcome::Outcome;

/// Verifies a bare signature over `message`, by the strict rule of docs/formats/signature.md.
///
/// `suite` is the suite's name (`ed25519`), `public_key` and `signature` are raw bytes of the suite's exact lengths.
/// The outcome's document is empty when the signature holds.
pub fn signature_verify(suite: &[u8], public_key: &[u8], message: &[u8], signature: &[u8]) -> Outcome {
    let suite = match input::text("suite", suite) {
        Ok(text) => text.parse::<Suite>(),
        Err(e) => return Outcome::failure(&e),
    };
    match suite.and_then(|suite| signature::verify_raw(suite, public_key, message, signature)) {
        Ok(()) => Outcome::holds(),
        Err(e) => Outcome::failure(&e),
    }
}
