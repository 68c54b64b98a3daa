//! The file: where payload, chain and signatures lie in it.

use ztp_core::canonical::{self, Limits};
use ztp_core::digest::Digest;
use ztp_core::encoding::base64_decode;
use ztp_core::schema::Fields;

use crate::LicenceError;
use crate::chain::Chain;
use crate::format::Format;
use crate::licence::Licence;
use crate::limits::{DEPTH_MAX, ENVELOPE_BYTES_MAX, SIGNATURES_MAX};
use crate::member;
use crate::reader::Reader;

const BEFORE_PAYLOAD: &[u8] = br#"{"payload":"#;
const BEFORE_CHAIN: &[u8] = br#"{"chain":"#;
const AFTER_CHAIN: &[u8] = br#","payload":"#;
const BEFORE_SIGNATURES: &[u8] = br#","schema":"ztp.licence.envelope/1","signatures":"#;
const BEFORE_SIGNATURES_CHAINED: &[u8] = br#","schema":"ztp.licence.envelope/2","signatures":"#;
const AFTER_SIGNATURES: &[u8] = b"}";

/// Limits for reading `bytes` bytes of an envelope.
pub(crate) fn limits(bytes_max: usize) -> Limits {
    Limits { bytes_max, depth_max: DEPTH_MAX }
}

/// The parts of an envelope, as slices of its bytes. Nothing in them has been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'e> {
    pub(crate) format: Format,
    pub(crate) payload: &'e [u8],
    /// Empty in an envelope whose keys are pinned.
    chain: &'e [u8],
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
    /// Canonical members are sorted, so an envelope can have only one shape: its names at their places with canonical
    /// values between them. Whatever has that shape is canonical as a whole.
    pub(crate) fn locate(envelope: &'e [u8], bytes_max: usize, format: Format) -> Result<Self, LayoutError> {
        if let Some(layout) = Self::slices(envelope, format) {
            debug_assert_eq!(canonical::check(envelope, &limits(envelope.len())), Ok(()));
            return Ok(layout);
        }
        match canonical::check(envelope, &limits(bytes_max)) {
            Err(error) => Err(LayoutError::Form(LicenceError::EditedInTransit(error))),
            Ok(()) => Err(LayoutError::Schema(explain(envelope, format))),
        }
    }

    /// The same for a file of whichever format it has the shape of.
    pub(crate) fn locate_any(envelope: &'e [u8], bytes_max: usize) -> Result<Self, LayoutError> {
        Self::locate(envelope, bytes_max, shape(envelope))
    }

    fn slices(envelope: &'e [u8], format: Format) -> Option<Self> {
        // All parts lie one level inside the file.
        let limits = Limits { depth_max: DEPTH_MAX - 1, ..limits(envelope.len()) };
        let value = |rest: &'e [u8]| rest.split_at_checked(canonical::check_prefix(rest, &limits).ok()?);
        let (chain, rest) = match format {
            Format::Pinned => ([].as_slice(), envelope.strip_prefix(BEFORE_PAYLOAD)?),
            Format::Chained => {
                let (chain, rest) = value(envelope.strip_prefix(BEFORE_CHAIN)?)?;
                (chain, rest.strip_prefix(AFTER_CHAIN).filter(|_| chain.starts_with(b"{"))?)
            }
        };
        let (payload, rest) = value(rest)?;
        let signatures = rest.strip_prefix(before_signatures(format))?.strip_suffix(AFTER_SIGNATURES)?;
        let whole = canonical::check_prefix(signatures, &limits) == Ok(signatures.len());
        (payload.starts_with(b"{") && signatures.starts_with(b"[") && whole).then_some(Self {
            format,
            payload,
            chain,
            signatures,
        })
    }

    /// Reads the licence that the payload holds. Nothing is verified.
    pub(crate) fn licence(&self) -> Result<Licence, LicenceError> {
        Licence::read(self.payload, self.format)
    }

    /// Reads the chain; `signatures` is how many the envelope has.
    pub(crate) fn chain(&self, signatures: usize) -> Result<Chain<'e>, LicenceError> {
        Chain::read(self.chain, signatures)
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

const fn before_signatures(format: Format) -> &'static [u8] {
    match format {
        Format::Pinned => BEFORE_SIGNATURES,
        Format::Chained => BEFORE_SIGNATURES_CHAINED,
    }
}

/// The format whose shape a file begins with.
fn shape(envelope: &[u8]) -> Format {
    if envelope.starts_with(BEFORE_CHAIN) { Format::Chained } else { Format::Pinned }
}

/// Says why canonical bytes are not an envelope of the format; only called when they are not.
fn explain(envelope: &[u8], format: Format) -> LicenceError {
    // With these members and no other it can only be the name of the format that differs.
    let other =
        || LicenceError::SchemaName { path: "envelope.schema".to_owned(), expected: format.envelope() };
    if Format::ALL.iter().any(|&found| found != format && Layout::slices(envelope, found).is_some()) {
        return other();
    }
    read_members(envelope, format).err().unwrap_or_else(other)
}

/// Reads the members of an envelope by name and type.
fn read_members(envelope: &[u8], format: Format) -> Result<(), LicenceError> {
    let value = canonical::read(envelope, &limits(envelope.len()))?;
    let mut fields = Fields::open(&value, "envelope")?;
    if format == Format::Chained {
        let _chain = fields.object("chain")?;
    }
    let _payload = fields.object("payload")?;
    fields.string("schema")?;
    fields.array("signatures")?;
    Ok(fields.finish()?)
}

/// Reads the licence in an envelope of either format without verifying anything: for an envelope that was verified
/// before and is kept where it cannot change unseen.
pub(crate) fn read_unverified(envelope: &[u8]) -> Result<Licence, LicenceError> {
    check_size(envelope, ENVELOPE_BYTES_MAX)?;
    Layout::locate_any(envelope, ENVELOPE_BYTES_MAX)?.licence()
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
}

/// Refuses files above a limit before anything else looks at them.
pub(crate) fn check_size(envelope: &[u8], bytes_max: usize) -> Result<(), LicenceError> {
    let bytes = envelope.len();
    if bytes > bytes_max { Err(LicenceError::TooLarge { bytes, bytes_max }) } else { Ok(()) }
}
