//! Opening a signing key: a PEM text, or the URI of a key in a token.

use ztp_core::signature::{Signer, signer_from_pkcs8_pem};

use crate::input;
use crate::outcome::{Outcome, failed};

/// Opens `key`: a private key (PKCS#8 PEM) of any suite or, in a build with the feature `pkcs11`, a `pkcs11:` URI (RFC 7512).
pub(crate) fn open(key: &[u8]) -> Result<Box<dyn Signer>, Outcome> {
    let text = input::text("key", key).map_err(failed)?;
    if text.trim_start().starts_with("pkcs11:") {
        return token(text.trim());
    }
    signer_from_pkcs8_pem(text).map_err(failed)
}

#[cfg(not(feature = "pkcs11"))]
fn token(_: &str) -> Result<Box<dyn Signer>, Outcome> {
    Err(failed(crate::error::FacadeError::FeatureMissing {
        what: "keys in tokens (pkcs11:)",
        feature: "pkcs11",
    }))
}
