//! Opening a signing key: a PEM text, or the URI of a key in a token.

use ztp_core::canonical::Value;
use ztp_core::signature::{Signer, Suite, signer_from_pkcs8_pem};

use crate::input;
use crate::outcome::{Outcome, failed};

/// A signer and, for one in a token, what the token says of it.
type Reported = (Box<dyn Signer>, Option<Value>);

/// Opens `key`: a private key (PKCS#8 PEM) of any suite or, in a build with the feature `pkcs11`, a `pkcs11:` URI (RFC 7512).
pub(crate) fn open(key: &[u8]) -> Result<Box<dyn Signer>, Outcome> {
    open_reported(key).map(|(signer, _)| signer)
}

/// The same, with what is to be said of the key.
pub(crate) fn open_reported(key: &[u8]) -> Result<Reported, Outcome> {
    let text = input::text("key", key).map_err(failed)?;
    if text.trim_start().starts_with("pkcs11:") {
        return token(text.trim(), None);
    }
    signer_from_pkcs8_pem(text).map(|signer| (signer, None)).map_err(failed)
}

/// Makes a key of a suite in a token.
pub(crate) fn generate(uri: &str, suite: Suite) -> Result<Reported, Outcome> {
    token(uri, Some(suite))
}

#[cfg(not(feature = "pkcs11"))]
fn token(_: &str, _: Option<Suite>) -> Result<Reported, Outcome> {
    Err(failed(crate::error::FacadeError::FeatureMissing {
        what: "keys in tokens (pkcs11:)",
        feature: "pkcs11",
    }))
}

#[cfg(feature = "pkcs11")]
fn token(uri: &str, new: Option<Suite>) -> Result<Reported, Outcome> {
    let uri: ztp_pkcs11::TokenUri = uri.parse().map_err(failed)?;
    let opened = match new {
        Some(suite) => ztp_pkcs11::generate(&uri, suite),
        None => ztp_pkcs11::TokenSigner::open(&uri),
    };
    let signer = opened.map_err(failed)?;
    let report = report(signer.report());
    Ok((Box::new(signer), Some(report)))
}

/// What a token says of a key, as a transcript has it.
#[cfg(feature = "pkcs11")]
fn report(report: &ztp_pkcs11::TokenReport) -> Value {
    let attributes = &report.attributes;
    Value::object([
        ("always_sensitive", Value::from(attributes.always_sensitive)),
        ("deterministic", report.self_test.deterministic.into()),
        ("extractable", attributes.extractable.into()),
        ("id", ztp_core::encoding::hex_encode(&report.id).into()),
        ("ignores_parameters", report.self_test.ignores_parameters.into()),
        ("local", attributes.local.into()),
        ("manufacturer", report.manufacturer.as_str().into()),
        ("model", report.model.as_str().into()),
        ("never_extractable", attributes.never_extractable.into()),
        ("object", report.object.as_str().into()),
        ("other_uses", attributes.other_uses.into()),
        // A key whose self-test did not hold was not opened.
        ("self_test", true.into()),
        ("sensitive", attributes.sensitive.into()),
        ("serial", report.serial.as_str().into()),
        ("sign", attributes.sign.into()),
        ("token", report.token.as_str().into()),
    ])
}
