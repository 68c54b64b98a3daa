//! Signing roots, certificates, revocation lists and transcripts: what an issuer does, absent from the builds of a bench.

use super::signed::{
    AFTER_SIGNATURES, BEFORE_PAYLOAD, BEFORE_SIGNATURES, DocumentSignature, Parts, SIGNATURES_MAX, limits,
};
use super::{CustodyError, CustodyErrorKind as Kind, certificate, revocation, root, transcript};
use crate::canonical::{self, Value};
use crate::encoding::base64_encode;
use crate::schema::Fields;
use crate::signature::{Signer, sign_document};

/// Signs a root, certificate or revocation list: reads the payload, writes it in canonical form and wraps it with one
/// signature, made for the purpose that the payload's `schema` names.
///
/// The payload may be spelled with white space and in any member order. One that no verifier would take is not
/// signed.
///
/// # Errors
/// The [`CustodyError`] of the first thing wrong with the payload, or what the signer reports.
pub fn sign(payload: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, CustodyError> {
    let payload =
        canonical::encode(payload, &limits()).map_err(|error| Kind::Canonical(error).at("payload"))?;
    let signature = make(&payload, signer)?;
    assemble(&payload, &[signature])
}

/// Adds the signature of another key to a signed document. The signatures that are there are kept as they are; they
/// are judged by whoever verifies.
///
/// # Errors
/// As [`sign`], and [`CustodyErrorKind::KeyCountedTwice`](Kind::KeyCountedTwice) when this key signed already.
pub fn cosign(document: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, CustodyError> {
    let Parts { payload, mut signatures, .. } = Parts::locate(document, "document")?;
    let key_id = signer.public_key().key_id();
    match signatures.binary_search_by(|signature| signature.key_id.cmp(&key_id)) {
        Ok(index) => Err(Kind::KeyCountedTwice.at(format!("document.signatures[{index}]"))),
        Err(_) if signatures.len() >= SIGNATURES_MAX => {
            Err(Kind::ListLength { min: 1, max: SIGNATURES_MAX }.at("document.signatures"))
        }
        Err(index) => {
            signatures.insert(index, make(payload, signer)?);
            assemble(payload, &signatures)
        }
    }
}

fn make(payload: &[u8], signer: &dyn Signer) -> Result<DocumentSignature, CustodyError> {
    let purpose = purpose(payload)?;
    let signature =
        sign_document(signer, purpose, payload).map_err(|error| Kind::Signature(error).at("payload"))?;
    Ok(DocumentSignature { key_id: signer.public_key().key_id(), signature })
}

/// Reads the payload by its own format, whose name is the purpose of its signatures.
fn purpose(payload: &[u8]) -> Result<&'static str, CustodyError> {
    let value = canonical::read(payload, &limits()).map_err(|error| Kind::Canonical(error).at("payload"))?;
    let mut fields = Fields::open(&value, "payload")?;
    match fields.string("schema")? {
        root::ROOT_SCHEMA => root::read(payload, &value).map(|_| root::ROOT_SCHEMA),
        certificate::CERTIFICATE_SCHEMA => {
            certificate::read(payload, &value).map(|_| certificate::CERTIFICATE_SCHEMA)
        }
        revocation::REVOCATION_SCHEMA => {
            revocation::read(payload, &value).map(|_| revocation::REVOCATION_SCHEMA)
        }
        transcript::TRANSCRIPT_SCHEMA => {
            transcript::read(payload, &value).map(|_| transcript::TRANSCRIPT_SCHEMA)
        }
        _ => {
            Err(Kind::SchemaName { expected: "a root, certificate or revocation list" }.at("payload.schema"))
        }
    }
}

fn assemble(payload: &[u8], signatures: &[DocumentSignature]) -> Result<Vec<u8>, CustodyError> {
    let items: Vec<Value> = signatures
        .iter()
        .map(|DocumentSignature { key_id, signature }| {
            Value::object([("key_id", key_id.to_string()), ("signature", base64_encode(signature))])
        })
        .collect();
    let signatures =
        canonical::write(&items.into()).map_err(|error| Kind::Canonical(error).at("document"))?;
    let document = [BEFORE_PAYLOAD, payload, BEFORE_SIGNATURES, &signatures, AFTER_SIGNATURES].concat();
    // Too large a document is refused as whoever verifies would.
    Parts::locate(&document, "document")?;
    Ok(document)
}
