//! The one shape in which roots, certificates and revocation lists travel:
//! `{"payload":P,"schema":"ztp.signed/1","signatures":[{"key_id":K,"signature":S}]}`.

use super::root::RootKey;
use super::{CustodyError, CustodyErrorKind as Kind, member};
use crate::canonical::{self, Limits, Value};
use crate::digest::Digest;
use crate::encoding::base64_decode;
use crate::schema::Fields;
use crate::signature::verify_document;

/// The name of the shape.
pub const SIGNED_SCHEMA: &str = "ztp.signed/1";

/// Size of the largest signed document: room for a root of 16 composite keys, signed by them and 16 before them.
pub const DOCUMENT_BYTES_MAX: usize = 256 << 10;

/// Most signatures of one document: those of a root and of the root before it.
pub const SIGNATURES_MAX: usize = 32;

const DEPTH_MAX: usize = 16;

const BEFORE_PAYLOAD: &[u8] = br#"{"payload":"#;
const BEFORE_SIGNATURES: &[u8] = br#","schema":"ztp.signed/1","signatures":"#;
const AFTER_SIGNATURES: &[u8] = b"}";

pub(super) const fn limits() -> Limits {
    Limits { bytes_max: DOCUMENT_BYTES_MAX, depth_max: DEPTH_MAX }
}

/// A signed document, cut apart. Its payload has not been read.
#[derive(Debug)]
pub(super) struct Parts<'d> {
    /// The exact bytes that are signed.
    pub(super) payload: &'d [u8],
    signatures: Vec<DocumentSignature>,
    /// How errors call the document.
    name: &'static str,
}

/// One signature of a document.
#[derive(Debug)]
struct DocumentSignature {
    key_id: Digest,
    signature: Vec<u8>,
}

impl<'d> Parts<'d> {
    /// Checks that the bytes are canonical and have the shape of a signed document, and cuts it apart.
    pub(super) fn locate(document: &'d [u8], name: &'static str) -> Result<Self, CustodyError> {
        let (bytes, bytes_max) = (document.len(), DOCUMENT_BYTES_MAX);
        if bytes > bytes_max {
            return Err(Kind::TooLarge { bytes, bytes_max }.at(name));
        }
        canonical::check(document, &limits()).map_err(|error| Kind::Canonical(error).at(name))?;
        let Some((payload, signatures)) = slices(document) else { return Err(explain(document, name)) };
        let canonical = |error| Kind::Canonical(error).at(name);
        let wrapper =
            Value::object([("signatures", canonical::read(signatures, &limits()).map_err(canonical)?)]);
        let mut fields = Fields::open(&wrapper, name)?;
        let signatures =
            member::list(&mut fields, "signatures", (1, SIGNATURES_MAX), DocumentSignature::read, |s| {
                s.key_id
            })
            .map_err(counted_once)?;
        Ok(Self { payload, signatures, name })
    }

    /// Which of these keys signed the payload for the purpose. A signature by one of them that does not hold is an error;
    /// signatures by other keys are not looked at.
    pub(super) fn signers(&self, purpose: &str, keys: &[RootKey]) -> Result<Vec<Digest>, CustodyError> {
        let mut signers = Vec::with_capacity(keys.len());
        for (index, DocumentSignature { key_id, signature }) in self.signatures.iter().enumerate() {
            let Some(key) = keys.iter().find(|key| key.key_id == *key_id) else { continue };
            verify_document(&key.public_key, purpose, self.payload, signature)
                .map_err(|error| Kind::Signature(error).at(self.place(index)))?;
            signers.push(*key_id);
        }
        Ok(signers)
    }

    /// Refuses signatures by keys that are in none of these lists: nothing in an accepted document is unverified.
    pub(super) fn all_known(&self, keys: &[&[RootKey]]) -> Result<(), CustodyError> {
        for (index, DocumentSignature { key_id, .. }) in self.signatures.iter().enumerate() {
            if !keys.iter().any(|keys| keys.iter().any(|key| key.key_id == *key_id)) {
                return Err(Kind::SignerUnknown { key_id: *key_id }.at(self.place(index)));
            }
        }
        Ok(())
    }

    /// Refuses the document unless a threshold of the keys signed it and nobody else did.
    pub(super) fn require(
        &self,
        purpose: &str,
        keys: &[RootKey],
        required: usize,
    ) -> Result<(), CustodyError> {
        let found = self.signers(purpose, keys)?.len();
        self.all_known(&[keys])?;
        if found < required {
            return Err(Kind::TooFewSignatures { required, found }.at(format!("{}.signatures", self.name)));
        }
        Ok(())
    }

    /// Reads the payload, which must be an object.
    pub(super) fn read(&self) -> Result<Value, CustodyError> {
        canonical::read(self.payload, &limits()).map_err(|error| Kind::Canonical(error).at(self.name))
    }

    fn place(&self, index: usize) -> String {
        format!("{}.signatures[{index}]", self.name)
    }
}

/// A key that is in the list twice is one that would count twice.
fn counted_once(error: CustodyError) -> CustodyError {
    let kind = if error.kind == Kind::ListRepeated { Kind::KeyCountedTwice } else { error.kind };
    CustodyError { kind, ..error }
}

/// Payload and signatures of canonical bytes that have the shape.
fn slices(document: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = document.strip_prefix(BEFORE_PAYLOAD)?;
    let (payload, rest) = rest.split_at_checked(canonical::check_prefix(rest, &limits()).ok()?)?;
    let signatures = rest.strip_prefix(BEFORE_SIGNATURES)?.strip_suffix(AFTER_SIGNATURES)?;
    (payload.starts_with(b"{") && signatures.starts_with(b"[")).then_some((payload, signatures))
}

/// Why canonical bytes are no signed document; only called when they are not.
fn explain(document: &[u8], name: &'static str) -> CustodyError {
    let read = || {
        let value = canonical::read(document, &limits()).map_err(|error| Kind::Canonical(error).at(name))?;
        let mut fields = Fields::open(&value, name)?;
        let _payload = fields.object("payload")?;
        member::schema_name(&mut fields, SIGNED_SCHEMA)?;
        fields.array("signatures")?;
        Ok(fields.finish()?)
    };
    let shape = || Kind::SchemaName { expected: SIGNED_SCHEMA }.at(name);
    read().err().unwrap_or_else(shape)
}

impl DocumentSignature {
    fn read(value: &Value, path: String) -> Result<Self, CustodyError> {
        let mut fields = Fields::open(value, path)?;
        let key_id = member::digest(&mut fields, "key_id")?;
        let signature = base64_decode(fields.string("signature")?)
            .map_err(|error| Kind::Text(error).at(fields.path_of("signature")))?;
        fields.finish()?;
        Ok(Self { key_id, signature })
    }
}

/// What a signed document says it is: the `schema` of its payload. Nothing is verified.
///
/// # Errors
/// The [`CustodyError`] of a document that has not the shape of a signed one.
pub fn payload_schema(document: &[u8]) -> Result<String, CustodyError> {
    let name = "document";
    let value = Parts::locate(document, name)?.read()?;
    let mut fields = Fields::open(&value, name)?;
    Ok(fields.string("schema")?.to_owned())
}

/// The ids of the keys that a document says it is signed by, ascending. Nothing is verified.
///
/// # Errors
/// As [`payload_schema`].
pub fn signer_ids(document: &[u8]) -> Result<Vec<Digest>, CustodyError> {
    Ok(Parts::locate(document, "document")?.signatures.iter().map(|signature| signature.key_id).collect())
}

#[cfg(feature = "signer")]
pub use making::{cosign, sign};

#[cfg(feature = "signer")]
mod making {
    use super::{
        AFTER_SIGNATURES, BEFORE_PAYLOAD, BEFORE_SIGNATURES, CustodyError, DocumentSignature, Kind, Parts,
        SIGNATURES_MAX, Value, canonical, limits,
    };
    use crate::custody::{certificate, revocation, root, transcript};
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
        let value =
            canonical::read(payload, &limits()).map_err(|error| Kind::Canonical(error).at("payload"))?;
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
                Err(Kind::SchemaName { expected: "a root, certificate or revocation list" }
                    .at("payload.schema"))
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
}
