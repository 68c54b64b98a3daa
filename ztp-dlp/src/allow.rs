//! What may leave although a rule finds it: entries that somebody signed, each for one thing, one destination and a time.
//!
//! There is no other way to silence a rule: no comment inside the data, no path, no word list. A finding that an entry covers is
//! still recorded, as suppressed, with the ticket.

use ztp_core::canonical::{self, CanonicalError, Limits, Value};
use ztp_core::code::{self, Coded};
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::{EncodingError, base64_decode, base64_encode};
use ztp_core::schema::{Fields, SchemaError};
use ztp_core::signature::{PublicKey, SignatureError, Signer, sign_document, verify_document};
use ztp_core::time::Timestamp;

use crate::rule::{RuleId, Tag};

/// The schema of the file and the purpose of its signature.
pub const SCHEMA: &str = "ztp.dlp.allow-list/1";
/// Most entries.
pub const ENTRIES_MAX: usize = 1000;
/// Most bytes of the file.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// Longest life of an entry from the moment of issue: 400 days.
pub const LIFE_DAYS_MAX: i64 = 400;

const TEXT_BYTES_MAX: usize = 253;
/// Longest destination that is a file: the longest path of Linux, and what stands before it.
const FILE_BYTES_LONGEST: usize = 4096 + FILE_PREFIX.len();

/// An allow-list that is refused: nothing is suppressed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AllowError {
    /// The file is not canonical.
    #[error("allow-list: {0}")]
    Form(#[from] CanonicalError),
    /// A member is missing, unknown or of the wrong type.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A member's content is wrong.
    #[error("{path}: {wanted}: {}", code::by_name("dlp_allow_entry").map_or("see the error codes", |entry| entry.action))]
    Entry {
        /// Where.
        path: String,
        /// What is wanted there.
        wanted: &'static str,
    },
    /// The signature is no base64.
    #[error("allow_list.signature: {0}")]
    Encoding(#[from] EncodingError),
    /// The signature is not that of the key.
    #[error("allow-list: {0}")]
    Signature(#[from] SignatureError),
    /// The list is older than one that was in force.
    #[error(
        "allow-list: version {found} is older than version {known}, which was in force: get the newest list"
    )]
    RolledBack {
        /// Version of the file.
        found: i64,
        /// Newest version seen.
        known: i64,
    },
}

impl Coded for AllowError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::Entry { .. } => "dlp_allow_entry",
            Self::Encoding(error) => error.code(),
            Self::Signature(error) => error.code(),
            Self::RolledBack { .. } => "dlp_allow_rolled_back",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Form(error) => error.offset(),
            Self::Encoding(error) => error.offset(),
            _ => None,
        }
    }
}

/// Which thing an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    /// The thing with this keyed tag.
    Tag(Tag),
    /// The key or certificate with this key.
    Spki(Digest),
}

/// One permission.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    rule: String,
    subject: Subject,
    destination: String,
    expires: Timestamp,
    ticket: String,
}

/// The permissions in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList {
    entries: Vec<Entry>,
    version: i64,
    hash: Option<Digest>,
}

impl AllowList {
    /// Nothing is allowed.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads a signed file and verifies it with `key`, which must reach the bench by a way its operator does not control.
    ///
    /// `newest_seen` is the highest version that was ever in force, 0 if none: an older one is refused.
    ///
    /// # Errors
    /// [`AllowError`].
    pub fn from_signed(file: &[u8], key: &PublicKey, newest_seen: i64) -> Result<Self, AllowError> {
        let limits = Limits { bytes_max: FILE_BYTES_MAX, depth_max: 6 };
        canonical::check(file, &limits)?;
        let document = canonical::read(file, &limits)?;
        let mut fields = Fields::open(&document, "allow_list")?;
        named(fields.string("schema")?, "allow_list.schema")?;
        let payload = fields.value("payload")?;
        let signature = base64_decode(fields.string("signature")?)?;
        fields.finish()?;
        // The file is canonical, so that writing the payload gives its bytes as they stand.
        let bytes = canonical::write(payload)?;
        verify_document(key, SCHEMA, &bytes, &signature)?;
        let mut list = Self::read(payload)?;
        if list.version < newest_seen {
            return Err(AllowError::RolledBack { found: list.version, known: newest_seen });
        }
        list.hash = Some(sha256(file));
        Ok(list)
    }

    /// Signs a payload, which is judged first as [`AllowList::from_signed`] judges it, and returns the file.
    ///
    /// # Errors
    /// [`AllowError`].
    pub fn sign(payload: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, AllowError> {
        let payload = canonical::read(payload, &Limits { bytes_max: FILE_BYTES_MAX, depth_max: 5 })?;
        Self::read(&payload)?;
        let signature = sign_document(signer, SCHEMA, &canonical::write(&payload)?)?;
        let file = Value::object([
            ("payload", payload),
            ("schema", Value::from(SCHEMA)),
            ("signature", Value::from(base64_encode(&signature))),
        ]);
        Ok(canonical::write(&file)?)
    }

    fn read(payload: &Value) -> Result<Self, AllowError> {
        let path = "allow_list.payload";
        let mut fields = Fields::open(payload, path)?;
        named(fields.string("schema")?, "allow_list.payload.schema")?;
        let issued = timestamp(&mut fields, "issued_at")?;
        let version = fields.integer("version")?;
        if version < 1 {
            return entry_error(fields.path_of("version"), "an integer from 1");
        }
        let items = fields.array("entries")?;
        if items.len() > ENTRIES_MAX {
            return entry_error(fields.path_of("entries"), "at most 1000 entries");
        }
        fields.finish()?;
        let mut entries = Vec::with_capacity(items.len());
        for (number, item) in items.iter().enumerate() {
            entries.push(Entry::read(item, &format!("{path}.entries[{number}]"), issued)?);
        }
        Ok(Self { entries, version, hash: None })
    }

    /// The list's version, 0 for none.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// SHA-256 of the file, for reports.
    #[must_use]
    pub fn hash(&self) -> Option<Digest> {
        self.hash
    }

    /// The ticket of the entry that covers a finding at `now`, if there is one. `destination` is a host, an origin, or [`FILE_PREFIX`] and a
    /// path.
    #[must_use]
    pub fn covers(
        &self,
        rule: &RuleId,
        tag: &Tag,
        spki: Option<&Digest>,
        destination: &str,
        now: Timestamp,
    ) -> Option<&str> {
        let same = |entry: &&Entry| {
            entry.rule == rule.as_str()
                && same_place(&entry.destination, destination)
                && now.as_millis() < entry.expires.as_millis()
                && match &entry.subject {
                    Subject::Tag(own) => own == tag,
                    Subject::Spki(own) => spki == Some(own),
                }
        };
        self.entries.iter().find(same).map(|entry| entry.ticket.as_str())
    }
}

impl Entry {
    fn read(item: &Value, path: &str, issued: Timestamp) -> Result<Self, AllowError> {
        let mut fields = Fields::open(item, path)?;
        let rule = text(&mut fields, "rule")?;
        let tag = fields.nullable_string("tag")?;
        let spki = fields.nullable_string("spki_sha256")?;
        let subject = match (tag.and_then(Tag::from_hex), spki.map(Digest::from_hex)) {
            (Some(tag), None) => Subject::Tag(tag),
            (None, Some(Ok(spki))) if tag.is_none() => Subject::Spki(spki),
            _ => {
                return entry_error(
                    path,
                    "a tag of 16 or an spki_sha256 of 64 hexadecimal digits, the other null",
                );
            }
        };
        let destination = destination(&mut fields)?;
        let expires = timestamp(&mut fields, "expires")?;
        let life = expires.as_millis().saturating_sub(issued.as_millis());
        if !(1..=LIFE_DAYS_MAX * 86_400_000).contains(&life) {
            return entry_error(fields.path_of("expires"), "a time within 400 days after issued_at");
        }
        let ticket = text(&mut fields, "ticket")?;
        fields.finish()?;
        Ok(Self { rule, subject, destination, expires, ticket })
    }
}

/// What stands before the path of a file in an entry's destination.
pub const FILE_PREFIX: &str = "file:";

/// Hosts are the same in any case, files are not.
fn same_place(entry: &str, place: &str) -> bool {
    if place.starts_with(FILE_PREFIX) { entry == place } else { entry.eq_ignore_ascii_case(place) }
}

fn named(schema: &str, path: &str) -> Result<(), AllowError> {
    if schema == SCHEMA { Ok(()) } else { entry_error(path, "ztp.dlp.allow-list/1") }
}

pub(crate) fn entry_error<T>(path: impl Into<String>, wanted: &'static str) -> Result<T, AllowError> {
    Err(AllowError::Entry { path: path.into(), wanted })
}

fn text(fields: &mut Fields<'_>, name: &'static str) -> Result<String, AllowError> {
    let text = fields.string(name)?;
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if text.is_empty() || text.len() > TEXT_BYTES_MAX || !printable {
        return entry_error(fields.path_of(name), "1 to 253 printable ASCII characters");
    }
    Ok(text.to_owned())
}

/// A host or an origin; or a file by its path, which has any characters but those that could act on a terminal.
fn destination(fields: &mut Fields<'_>) -> Result<String, AllowError> {
    let given = fields.string("destination")?;
    let Some(path) = given.strip_prefix(FILE_PREFIX) else { return text(fields, "destination") };
    if path.is_empty() || given.len() > FILE_BYTES_LONGEST || given.chars().any(char::is_control) {
        return entry_error(
            fields.path_of("destination"),
            "file: and 1 to 4096 bytes of a path without control characters",
        );
    }
    Ok(given.to_owned())
}

fn timestamp(fields: &mut Fields<'_>, name: &'static str) -> Result<Timestamp, AllowError> {
    let text = fields.string(name)?;
    Timestamp::from_bytes(text.as_bytes())
        .or_else(|_| entry_error(fields.path_of(name), "a timestamp such as 2026-05-12T08:00:00.000Z"))
}
