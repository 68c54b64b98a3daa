//! What a licence says: the payload, `ztp.licence/1`.

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;

use crate::LicenceError;
use crate::member::{self, INTEGER_LIMIT};
use crate::mint::{self, Note};

/// The name of the payload's format, and the purpose of the signatures over it.
pub const PAYLOAD_SCHEMA: &str = "ztp.licence/1";

/// Most features in one licence.
pub const FEATURES_MAX: usize = 256;

/// Most keys in one revocation list.
pub const REVOKED_MAX: usize = 1024;

/// Nesting of envelope, payload and trust document; the format needs four.
pub(crate) const DEPTH_MAX: usize = 16;

/// A licence. Outside this crate there is one way to get it: from an envelope that [`verify`](crate::verify) accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Licence {
    /// Names the envelope; the issuer uses it once.
    pub envelope_id: String,
    /// Names the licence, which several envelopes may renew.
    pub licence_id: String,
    /// Who holds the licence, for people to read.
    pub customer: String,
    /// What is licensed.
    pub product: String,
    /// Which bench may use the licence.
    pub bench: BenchBinding,
    /// Features switched on, ascending.
    pub features: Vec<String>,
    /// When the issuer made the licence.
    pub issued_at: Timestamp,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// Notes minted, by ascending serial.
    pub mint: Vec<Note>,
    /// SHA-256 of the envelope that this one follows, if it follows one.
    pub previous_envelope: Option<Digest>,
    /// Keys that the issuer revoked, so that a bench without a network learns of it.
    pub revocation: Revocation,
}

/// Which bench may use a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must decide about each kind of binding")]
pub enum BenchBinding {
    /// Every bench of the customer.
    Any,
    /// The one bench of this id.
    Bench(String),
}

/// A list of revoked keys. Lists are numbered; a later one has a higher version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Revocation {
    /// Number of the list; 0 is the empty list that every bench starts with.
    pub version: u64,
    /// Identifiers of the revoked keys, ascending.
    pub revoked_key_ids: Vec<Digest>,
}

impl Revocation {
    pub(crate) fn read(mut fields: Fields<'_>) -> Result<Self, LicenceError> {
        let revoked_key_ids = member::digests(&mut fields, "revoked_key_ids", REVOKED_MAX)?;
        let version = member::integer(&mut fields, "version", 0, INTEGER_LIMIT)?;
        fields.finish()?;
        Ok(Self { version, revoked_key_ids })
    }

    /// Whether the list names this key.
    #[must_use]
    pub fn contains(&self, key_id: &Digest) -> bool {
        self.revoked_key_ids.binary_search(key_id).is_ok()
    }

    pub(crate) fn to_value(&self) -> Value {
        let ids: Vec<Value> = self.revoked_key_ids.iter().map(|id| id.to_string().into()).collect();
        Value::object([("revoked_key_ids", Value::from(ids)), ("version", member::number(self.version))])
    }
}

impl Licence {
    /// Reads the bytes of a payload.
    pub(crate) fn read(payload: &[u8]) -> Result<Self, LicenceError> {
        let limits = Limits { bytes_max: payload.len(), depth_max: DEPTH_MAX };
        Self::from_value(&canonical::read(payload, &limits)?)
    }

    /// Reads a payload: a closed schema, and content within its bounds.
    pub(crate) fn from_value(value: &Value) -> Result<Self, LicenceError> {
        let mut fields = Fields::open(value, "payload")?;
        member::schema_name(&mut fields, PAYLOAD_SCHEMA)?;
        let bench = BenchBinding::read(fields.object("bench")?)?;
        let customer = member::free_text(&mut fields, "customer")?;
        let envelope_id = member::identifier(&mut fields, "envelope_id")?;
        let features = member::identifiers(&mut fields, "features", 0, FEATURES_MAX)?;
        let issued_at = member::timestamp(&mut fields, "issued_at")?;
        let licence_id = member::identifier(&mut fields, "licence_id")?;
        let mint = mint::read(&mut fields)?;
        let (not_before, not_after) = member::window(&mut fields, "payload")?;
        let previous_envelope = member::nullable_digest(&mut fields, "previous_envelope")?;
        let product = member::identifier(&mut fields, "product")?;
        let revocation = Revocation::read(fields.object("revocation")?)?;
        fields.finish()?;
        Ok(Self {
            envelope_id,
            licence_id,
            customer,
            product,
            bench,
            features,
            issued_at,
            not_before,
            not_after,
            mint,
            previous_envelope,
            revocation,
        })
    }
}

impl BenchBinding {
    fn read(mut fields: Fields<'_>) -> Result<Self, LicenceError> {
        let binding = match fields.string("binding")? {
            "any" => Self::Any,
            "bench" => Self::Bench(member::identifier(&mut fields, "bench_id")?),
            _ => return Err(LicenceError::Binding { path: fields.path_of("binding") }),
        };
        fields.finish()?;
        Ok(binding)
    }
}
