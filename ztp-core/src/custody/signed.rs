//! The one shape in which roots, certificates and revocation lists travel:
//! `{"payload":P,"schema":"ztp.signed/1","signatures":[{"key_id":K,"signature":S}]}`.

use super::root_key::RootKey;
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

pub(super) const BEFORE_PAYLOAD: &[u8] = br#"{"payload":"#;
pub(super) const BEFORE_SIGNATURES: &[u8] = br#","schema":"ztp.signed/1","signatures":"#;
pub(super) const AFTER_SIGNATURES: &[u8] = b"}";

pub(super) const fn limits() -> Limits {
    Limits { bytes_max: DOCUMENT_BYTES_MAX, depth_max: DEPTH_MAX }
}

/// A signed document, cut apart. Its payload has not been read.
#[derive(Debug)]
pub(super) struct Parts<'d> {
    /// The exact bytes that are signed.
    pub(super) payload: &'d [u8],
    pub(super) signatures: Vec<DocumentSignature>,
    /// How errors call the document.
    name: &'static str,
}

/// One signature of a document.
#[derive(Debug)]
pub(super) struct DocumentSignature {
    pub(super) key_id: Digest,
    pub(super) signature: Vec<u8>,
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
