use ztp_core::canonical::{self, Limits};

use crate::outcome::Outcome;

/// The canonical bytes (profile `zcj-1`) of a JSON document.
///
/// White space and member order may be anything; everything else the profile refuses is refused with its code and offset.
/// The document of the outcome is the canonical form itself. Limits: 1 MiB, depth 32.
pub fn canonical_encode(input: &[u8]) -> Outcome {
    match canonical::encode(input, &Limits::default()) {
        Ok(bytes) => Outcome::with_document(bytes),
        Err(e) => Outcome::failure(&e),
    }
}

/// Whether bytes are already in canonical form (profile `zcj-1`); if not, the code says why and the offset where.
///
/// One pass, no allocation when it holds. Limits: 1 MiB, depth 32.
pub fn canonical_check(input: &[u8]) -> Outcome {
    match canonical::check(input, &Limits::default()) {
        Ok(()) => Outcome::holds(),
        Err(e) => Outcome::failure(&e),
    }
}
