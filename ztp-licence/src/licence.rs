//! What a licence says: the payload, `ztp.licence/1` or `ztp.licence/2`.

use ztp_core::canonical::{Limits, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::schema::{SchemaError, SchemaErrorKind};
use ztp_core::time::Timestamp;

use crate::LicenceError;
use crate::format::Format;
use crate::member::{self, INTEGER_LIMIT};
use crate::mint::{self, Note};
use crate::reader::{Members, Reader};
use crate::statement::ClockStatement;

/// Most features in one licence.
pub const FEATURES_MAX: usize = 256;

/// Most keys in one revocation list.
pub const REVOKED_MAX: usize = 1024;

/// Limits for documents that this crate wrote itself, such as events and verdicts read back.
pub(crate) const LICENCE_DOCUMENT_LIMITS: Limits = Limits { bytes_max: 64 << 20, depth_max: 32 };

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
    /// Keys that the issuer revoked, so that a bench without a network learns of it. Only in licences of pinned keys;
    /// others bring a list that the root signed.
    pub revocation: Revocation,
    /// The least that the bench must know of the issuer's root and revocations. Only in licences that bring them.
    pub requires: Requires,
    /// The head of the bench's vault that the issuer answered, if the licence answers a request.
    pub vault_head: Option<Digest>,
    /// What the issuer says of a clock of the bench that was ahead, if anything.
    pub clock_statement: Option<ClockStatement>,
}

/// The least that a bench must know for a licence to hold: nobody can take it out of the envelope unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Requires {
    /// Version of the newest root when the licence was made; 0 asks for none.
    pub root_version: u64,
    /// Version of the newest revocation list when the licence was made; 0 asks for none.
    pub revocation_version: u64,
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
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, LicenceError> {
        reader.object(&["revoked_key_ids", "version"], |members| {
            let revoked_key_ids = members.required("revoked_key_ids", member::digests(REVOKED_MAX))?;
            let version = members.required("version", member::integer(0, INTEGER_LIMIT))?;
            Ok(Self { version, revoked_key_ids })
        })
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

/// The members of a payload.
const MEMBERS: &[&str] = &[
    "bench",
    "clock_statement",
    "customer",
    "envelope_id",
    "features",
    "issued_at",
    "licence_id",
    "mint",
    "not_after",
    "not_before",
    "previous_envelope",
    "product",
    "revocation",
    "schema",
];

/// The members of a payload in an envelope that carries certificates.
const MEMBERS_CHAINED: &[&str] = &[
    "bench",
    "clock_statement",
    "customer",
    "envelope_id",
    "features",
    "issued_at",
    "licence_id",
    "mint",
    "not_after",
    "not_before",
    "previous_envelope",
    "product",
    "revocation_version",
    "root_version",
    "schema",
    "vault_head",
];

impl Licence {
    /// Reads a payload from canonical bytes: a closed schema, and content within its bounds.
    pub(crate) fn read(payload: &[u8], format: Format) -> Result<Self, LicenceError> {
        let read = |members: &mut Members<'_, '_>| {
            let bench = members.required("bench", BenchBinding::read)?;
            let clock_statement = members.optional("clock_statement", ClockStatement::read)?;
            if clock_statement.is_some() && bench == BenchBinding::Any {
                // Clocks are those of one bench.
                return Err(schema_error("clock_statement", SchemaErrorKind::UnknownMember));
            }
            let customer = members.required("customer", member::free_text)?;
            let envelope_id = members.required("envelope_id", member::identifier)?;
            let features = members.required("features", member::identifiers(0, FEATURES_MAX))?;
            let issued_at = members.required("issued_at", member::timestamp)?;
            let licence_id = members.required("licence_id", member::identifier)?;
            let mint = members.required("mint", mint::read)?;
            let (not_before, not_after) = member::window(members)?;
            let previous_envelope = members.required("previous_envelope", member::nullable_digest)?;
            let product = members.required("product", member::identifier)?;
            let (revocation, requires) = match format {
                Format::Pinned => (members.required("revocation", Revocation::read)?, Requires::default()),
                Format::Chained => (Revocation::default(), Requires::read(members)?),
            };
            members.required("schema", member::schema_name(format.payload()))?;
            let vault_head = match format {
                Format::Pinned => None,
                Format::Chained => members.required("vault_head", member::nullable_digest)?,
            };
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
                requires,
                vault_head,
                clock_statement,
            })
        };
        let members = match format {
            Format::Pinned => MEMBERS,
            Format::Chained => MEMBERS_CHAINED,
        };
        Reader::new(payload).object(members, read).map_err(|error| error.within("payload"))
    }
}

impl Requires {
    /// Reads the two members.
    fn read(members: &mut Members<'_, '_>) -> Result<Self, LicenceError> {
        let revocation_version = members.required("revocation_version", member::integer(0, INTEGER_LIMIT))?;
        let root_version = members.required("root_version", member::integer(1, INTEGER_LIMIT))?;
        Ok(Self { root_version, revocation_version })
    }
}

impl BenchBinding {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LicenceError> {
        reader.object(&["bench_id", "binding"], |members| {
            let bench_id = members.optional("bench_id", member::identifier)?;
            let binding = members.required("binding", Reader::string)?;
            match (binding.as_ref(), bench_id) {
                ("any", None) => Ok(Self::Any),
                ("bench", Some(bench_id)) => Ok(Self::Bench(bench_id)),
                ("bench", None) => Err(schema_error("bench_id", SchemaErrorKind::MissingMember)),
                // Beside "any" it would say two things.
                ("any", Some(_)) => Err(schema_error("bench_id", SchemaErrorKind::UnknownMember)),
                _ => Err(LicenceError::Binding { path: "binding".to_owned() }),
            }
        })
    }
}

fn schema_error(name: &str, kind: SchemaErrorKind) -> LicenceError {
    SchemaError { path: name.to_owned(), kind }.into()
}

impl Note {
    /// The note's identifier: SHA-256 of the canonical document
    /// `{"amount","class","envelope_id","licence_id","not_after","not_before","schema":"ztp.note/1","serial"}`.
    ///
    /// Everything that makes the note what it is goes into it, so that two notes are one only if they are the same.
    #[must_use]
    pub fn id(&self, licence: &Licence) -> Digest {
        // All texts are identifiers and timestamps, which canonical JSON writes as they are.
        let Self { serial, class, amount, not_before, not_after } = self;
        let Licence { envelope_id, licence_id, .. } = licence;
        let document = format!(
            r#"{{"amount":{amount},"class":"{class}","envelope_id":"{envelope_id}","licence_id":"{licence_id}","not_after":"{not_after}","not_before":"{not_before}","schema":"ztp.note/1","serial":{serial}}}"#
        );
        sha256(document.as_bytes())
    }
}
