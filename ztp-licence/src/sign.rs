//! How an envelope is made.

use ztp_core::canonical::{self, Value};
use ztp_core::custody::inspect_certificate;
use ztp_core::encoding::base64_encode;
use ztp_core::signature::{Signer, sign_document};

use crate::LicenceError;
use crate::chain::Chain;
use crate::envelope::{EnvelopeSignature, Layout, check_size, limits};
use crate::format::Format;
use crate::licence::Licence;
use crate::limits::{ENVELOPE_BYTES_MAX, SIGNATURES_MAX};

/// The signed documents that go with an envelope of the format `ztp.licence.envelope/2`.
#[derive(Debug, Clone, Copy)]
pub struct ChainDocuments<'d> {
    /// The certificate of the key that signs.
    pub certificate: &'d [u8],
    /// The revocation list, if there is one.
    pub revocation: Option<&'d [u8]>,
    /// The roots that the oldest bench may lack, by ascending version.
    pub roots: &'d [&'d [u8]],
}

/// Signs a licence (`ztp.licence/1`): reads the payload, writes it in canonical form and wraps it in an envelope with one
/// signature.
///
/// The payload may be spelled with white space and in any member order; what is signed and returned is its canonical
/// form. A payload that [`verify`](crate::verify) would refuse for its content is not signed.
///
/// # Errors
/// The [`LicenceError`] of the first thing wrong with the payload, or what the signer reports.
pub fn sign(payload: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, LicenceError> {
    let payload = payload_of(payload, Format::Pinned)?;
    let signature = make(signer, &payload, Format::Pinned)?;
    assemble(Format::Pinned, None, &payload, &[signature])
}

/// Signs a licence (`ztp.licence/2`) and puts the documents beside it that show who the signer is.
///
/// The documents are carried as they are, if each has the shape of a signed document; whether they hold is for whoever
/// verifies, who may know other roots.
///
/// # Errors
/// As [`sign`]; [`LicenceError::CertificateOtherKey`] when the certificate is not the signer's.
pub fn sign_chained(
    payload: &[u8],
    signer: &dyn Signer,
    documents: &ChainDocuments<'_>,
) -> Result<Vec<u8>, LicenceError> {
    let payload = payload_of(payload, Format::Chained)?;
    own_certificate(signer, documents.certificate)?;
    let chain = Chain {
        certificates: vec![documents.certificate],
        revocation: documents.revocation,
        roots: documents.roots.to_vec(),
    };
    let signature = make(signer, &payload, Format::Chained)?;
    assemble(Format::Chained, Some(&chain), &payload, &[signature])
}

/// Adds a signature to an envelope, for licences that several keys must sign.
///
/// The signatures already there are kept as they are; they are judged by whoever verifies.
///
/// # Errors
/// As [`sign`] and for envelopes that are not canonical or not complete; [`LicenceError::ListRepeated`] when this key
/// signed already.
pub fn cosign(envelope: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, LicenceError> {
    add(envelope, signer, Format::Pinned, None)
}

/// Adds a signature and the certificate of its key to an envelope that carries certificates.
///
/// # Errors
/// As [`cosign`] and [`sign_chained`].
pub fn cosign_chained(
    envelope: &[u8],
    signer: &dyn Signer,
    certificate: &[u8],
) -> Result<Vec<u8>, LicenceError> {
    own_certificate(signer, certificate)?;
    add(envelope, signer, Format::Chained, Some(certificate))
}

fn add(
    envelope: &[u8],
    signer: &dyn Signer,
    format: Format,
    certificate: Option<&[u8]>,
) -> Result<Vec<u8>, LicenceError> {
    check_size(envelope, ENVELOPE_BYTES_MAX)?;
    let layout = Layout::locate(envelope, ENVELOPE_BYTES_MAX, format)?;
    layout.licence()?;
    let mut signatures = layout.signatures()?;
    let mut chain = match format {
        Format::Pinned => None,
        Format::Chained => Some(layout.chain(signatures.len())?),
    };
    let key_id = signer.public_key().key_id();
    match signatures.binary_search_by(|signature| signature.key_id.cmp(&key_id)) {
        Ok(index) => Err(LicenceError::ListRepeated { path: format!("envelope.signatures[{index}]") }),
        Err(index) => {
            signatures.insert(index, make(signer, layout.payload, format)?);
            if let Some((chain, certificate)) = chain.as_mut().zip(certificate) {
                chain.certificates.insert(index, certificate);
            }
            assemble(format, chain.as_ref(), layout.payload, &signatures)
        }
    }
}

/// The canonical form of a payload that a verifier would not refuse for its content.
fn payload_of(payload: &[u8], format: Format) -> Result<Vec<u8>, LicenceError> {
    let payload = canonical::encode(payload, &limits(ENVELOPE_BYTES_MAX))?;
    Licence::read(&payload, format)?;
    Ok(payload)
}

/// Refuses a certificate that is for another key than the signer's.
fn own_certificate(signer: &dyn Signer, certificate: &[u8]) -> Result<(), LicenceError> {
    let path = "certificate";
    let found = inspect_certificate(certificate).map_err(|error| LicenceError::custody(path, error))?.key_id;
    if found == signer.public_key().key_id() {
        return Ok(());
    }
    Err(LicenceError::CertificateOtherKey { path: path.to_owned(), found })
}

fn make(signer: &dyn Signer, payload: &[u8], format: Format) -> Result<EnvelopeSignature, LicenceError> {
    let signature = sign_document(signer, format.payload(), payload)?;
    Ok(EnvelopeSignature { key_id: signer.public_key().key_id(), signature })
}

/// Writes the envelope around a canonical payload.
fn assemble(
    format: Format,
    chain: Option<&Chain<'_>>,
    payload: &[u8],
    signatures: &[EnvelopeSignature],
) -> Result<Vec<u8>, LicenceError> {
    if signatures.len() > SIGNATURES_MAX {
        let path = "envelope.signatures".to_owned();
        return Err(LicenceError::ListLength { path, min: 1, max: SIGNATURES_MAX });
    }
    let items: Vec<Value> = signatures
        .iter()
        .map(|EnvelopeSignature { key_id, signature }| {
            Value::object([("key_id", key_id.to_string()), ("signature", base64_encode(signature))])
        })
        .collect();
    let signatures = canonical::write(&items.into())?;
    let mut envelope = b"{".to_vec();
    if let Some(Chain { certificates, revocation, roots }) = chain {
        let certificates = certificates.join(&b","[..]);
        let (revocation, roots) = (revocation.unwrap_or(b"null"), roots.join(&b","[..]));
        for part in [
            br#""chain":{"certificates":["#.as_slice(),
            &certificates,
            br#"],"revocation":"#,
            revocation,
            br#","roots":["#,
            &roots,
            b"]},",
        ] {
            envelope.extend_from_slice(part);
        }
    }
    let schema = format!(r#","schema":"{}","signatures":"#, format.envelope());
    for part in [br#""payload":"#.as_slice(), payload, schema.as_bytes(), &signatures, b"}"] {
        envelope.extend_from_slice(part);
    }
    check_size(&envelope, ENVELOPE_BYTES_MAX)?;
    // What was put in by others must leave an envelope, not something that only looks like one.
    let layout = Layout::locate(&envelope, ENVELOPE_BYTES_MAX, format)?;
    if chain.is_some() {
        layout.chain(layout.signatures()?.len())?;
    }
    Ok(envelope)
}
