//! The file: where payload and signatures lie in it, and how it is made.

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::encoding::{base64_decode, base64_encode};
use ztp_core::schema::Fields;
use ztp_core::signature::{Signer, sign_document};

use crate::LicenceError;
use crate::licence::{DEPTH_MAX, Licence, PAYLOAD_SCHEMA};
use crate::member;
use crate::reader::Reader;

/// The name of the envelope's format.
pub const ENVELOPE_SCHEMA: &str = "ztp.licence.envelope/1";

/// Size of the largest envelope there is: room for [`NOTES_MAX`](crate::NOTES_MAX) notes. A trust document sets a lower
/// limit.
pub const ENVELOPE_BYTES_MAX: usize = 8 << 20;

/// Most signatures in one envelope.
pub const SIGNATURES_MAX: usize = 16;

const BEFORE_PAYLOAD: &[u8] = br#"{"payload":"#;
const BEFORE_SIGNATURES: &[u8] = br#","schema":"ztp.licence.envelope/1","signatures":"#;
const AFTER_SIGNATURES: &[u8] = b"}";

/// Limits for reading `bytes` bytes of an envelope.
pub(crate) fn limits(bytes_max: usize) -> Limits {
    Limits { bytes_max, depth_max: DEPTH_MAX }
}

/// The two parts of an envelope, as slices of its bytes. Nothing in them has been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'e> {
    pub(crate) payload: &'e [u8],
    signatures: &'e [u8],
}

/// Why a file is no envelope.
#[derive(Debug)]
pub(crate) enum LayoutError {
    /// Its bytes are not canonical.
    Form(LicenceError),
    /// It is a canonical document of another kind.
    Schema(LicenceError),
}

impl From<LayoutError> for LicenceError {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::Form(error) | LayoutError::Schema(error) => error,
        }
    }
}

impl<'e> Layout<'e> {
    /// Checks that a file is canonical and finds its parts, in one pass that interprets nothing.
    ///
    /// Canonical members are sorted, so an envelope can have only one shape: its three names at their places with
    /// canonical values between them. Whatever has that shape is canonical as a whole.
    pub(crate) fn locate(envelope: &'e [u8], bytes_max: usize) -> Result<Self, LayoutError> {
        if let Some(layout) = Self::slices(envelope) {
            debug_assert_eq!(canonical::check(envelope, &limits(envelope.len())), Ok(()));
            return Ok(layout);
        }
        match canonical::check(envelope, &limits(bytes_max)) {
            Err(error) => Err(LayoutError::Form(LicenceError::EditedInTransit(error))),
            Ok(()) => Err(LayoutError::Schema(explain(envelope))),
        }
    }

    fn slices(envelope: &'e [u8]) -> Option<Self> {
        // Both parts lie one level inside the file.
        let limits = Limits { depth_max: DEPTH_MAX - 1, ..limits(envelope.len()) };
        let rest = envelope.strip_prefix(BEFORE_PAYLOAD)?;
        let (payload, rest) = rest.split_at_checked(canonical::check_prefix(rest, &limits).ok()?)?;
        let signatures = rest.strip_prefix(BEFORE_SIGNATURES)?.strip_suffix(AFTER_SIGNATURES)?;
        let whole = canonical::check_prefix(signatures, &limits) == Ok(signatures.len());
        (payload.starts_with(b"{") && signatures.starts_with(b"[") && whole)
            .then_some(Self { payload, signatures })
    }

    /// Reads the signatures: one to [`SIGNATURES_MAX`], by ascending key id, no key twice.
    pub(crate) fn signatures(&self) -> Result<Vec<EnvelopeSignature>, LicenceError> {
        let read = || {
            let signatures =
                Reader::new(self.signatures).array(1, SIGNATURES_MAX, EnvelopeSignature::read)?;
            member::ascending(&signatures, |signature| &signature.key_id)?;
            Ok(signatures)
        };
        read().map_err(|error: LicenceError| error.within("envelope.signatures"))
    }
}

/// Says why canonical bytes are not an envelope; only called when they are not.
fn explain(envelope: &[u8]) -> LicenceError {
    // With these members and no other it can only be the name of the format that differs.
    let path = "envelope.schema".to_owned();
    read_members(envelope).err().unwrap_or(LicenceError::SchemaName { path, expected: ENVELOPE_SCHEMA })
}

/// Reads the members of an envelope by name and type.
fn read_members(envelope: &[u8]) -> Result<(), LicenceError> {
    let value = canonical::read(envelope, &limits(envelope.len()))?;
    let mut fields = Fields::open(&value, "envelope")?;
    let _payload = fields.object("payload")?;
    fields.string("schema")?;
    fields.array("signatures")?;
    Ok(fields.finish()?)
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvelopeSignature {
    pub(crate) key_id: Digest,
    pub(crate) signature: Vec<u8>,
}

impl EnvelopeSignature {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LicenceError> {
        reader.object(&["key_id", "signature"], |members| {
            let key_id = members.required("key_id", member::digest)?;
            let signature = members.required("signature", |reader| {
                let error = |error| LicenceError::Text { path: String::new(), error };
                base64_decode(reader.string()?.as_bytes()).map_err(error)
            })?;
            Ok(Self { key_id, signature })
        })
    }

    fn make(signer: &dyn Signer, payload: &[u8]) -> Result<Self, LicenceError> {
        let signature = sign_document(signer, PAYLOAD_SCHEMA, payload)?;
        Ok(Self { key_id: signer.public_key().key_id(), signature })
    }

    fn to_value(&self) -> Value {
        Value::object([("key_id", self.key_id.to_string()), ("signature", base64_encode(&self.signature))])
    }
}

/// Signs a licence: reads the payload, writes it in canonical form and wraps it in an envelope with one signature.
///
/// The payload may be spelled with white space and in any member order; what is signed and returned is its canonical
/// form. A payload that [`verify`](crate::verify) would refuse for its content is not signed.
///
/// # Errors
/// The [`LicenceError`] of the first thing wrong with the payload, or what the signer reports.
pub fn sign(payload: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, LicenceError> {
    let payload = canonical::encode(payload, &limits(ENVELOPE_BYTES_MAX))?;
    Licence::read(&payload)?;
    let signature = EnvelopeSignature::make(signer, &payload)?;
    assemble(&payload, &[signature])
}

/// Adds a signature to an envelope, for licences that several keys must sign.
///
/// The signatures already there are kept as they are; they are judged by whoever verifies.
///
/// # Errors
/// As [`sign`] and for envelopes that are not canonical or not complete; [`LicenceError::ListRepeated`] when this key
/// signed already.
pub fn cosign(envelope: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, LicenceError> {
    check_size(envelope, ENVELOPE_BYTES_MAX)?;
    let layout = Layout::locate(envelope, ENVELOPE_BYTES_MAX)?;
    Licence::read(layout.payload)?;
    let mut signatures = layout.signatures()?;
    let key_id = signer.public_key().key_id();
    match signatures.binary_search_by(|signature| signature.key_id.cmp(&key_id)) {
        Ok(index) => Err(LicenceError::ListRepeated { path: format!("envelope.signatures[{index}]") }),
        Err(index) => {
            signatures.insert(index, EnvelopeSignature::make(signer, layout.payload)?);
            assemble(layout.payload, &signatures)
        }
    }
}

/// Writes the envelope around a canonical payload.
fn assemble(payload: &[u8], signatures: &[EnvelopeSignature]) -> Result<Vec<u8>, LicenceError> {
    if signatures.len() > SIGNATURES_MAX {
        let path = "envelope.signatures".to_owned();
        return Err(LicenceError::ListLength { path, min: 1, max: SIGNATURES_MAX });
    }
    let items: Vec<Value> = signatures.iter().map(EnvelopeSignature::to_value).collect();
    let signatures = canonical::write(&items.into())?;
    let envelope = [BEFORE_PAYLOAD, payload, BEFORE_SIGNATURES, &signatures, AFTER_SIGNATURES].concat();
    check_size(&envelope, ENVELOPE_BYTES_MAX)?;
    Ok(envelope)
}

/// Refuses files above a limit before anything else looks at them.
pub(crate) fn check_size(envelope: &[u8], bytes_max: usize) -> Result<(), LicenceError> {
    let bytes = envelope.len();
    if bytes > bytes_max { Err(LicenceError::TooLarge { bytes, bytes_max }) } else { Ok(()) }
}
