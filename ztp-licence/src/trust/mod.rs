//! Whom a bench or an auditor trusts: the trust document, `ztp.trust/1` or `ztp.trust/2`.

mod rooted;

use ztp_core::canonical::{self, CanonicalError, Limits, Value};
use ztp_core::custody::{RevocationList, Root};
use ztp_core::digest::Digest;
use ztp_core::signature::{PublicKey, Suite};
use ztp_core::time::Timestamp;

use crate::LicenceError;
use crate::format::Format;
use crate::licence::Revocation;
use crate::limits::DEPTH_MAX;
use crate::limits::ENVELOPE_BYTES_MAX;
use crate::member::{self, INTEGER_LIMIT};
use crate::reader::{Members, Reader};

pub(crate) use rooted::Rooted;
pub use rooted::{ENVELOPE_BYTES_CHAINED_DEFAULT, TRUST_ROOTED_SCHEMA};

/// The name of the trust document's format that pins keys.
pub const TRUST_SCHEMA: &str = "ztp.trust/1";

/// Most pinned keys.
pub const KEYS_MAX: usize = 64;

/// Most products of one key.
pub const PRODUCTS_MAX: usize = 64;

/// Envelope size that is accepted unless the trust document says otherwise: room for a licence and some hundred notes.
pub const ENVELOPE_BYTES_DEFAULT: usize = 64 << 10;

/// How far into the future an envelope may have been issued unless the trust document says otherwise: five minutes, for
/// clocks that differ.
pub const CLOCK_TOLERANCE_MS_DEFAULT: u64 = 300_000;

/// The most tolerance that can be given: one day.
pub const CLOCK_TOLERANCE_MS_MAX: u64 = 86_400_000;

const MEMBERS: &[&str] =
    &["clock_tolerance_ms", "envelope_bytes_max", "keys", "revocation", "schema", "threshold"];

const KEY_MEMBERS: &[&str] =
    &["key_id", "mint_total_max", "not_after", "not_before", "products", "public_key", "suite"];

/// Whom to trust: pinned keys, what each may sign and what has been revoked; or a pinned root, whose keys say so.
///
/// The document is the verifier's own and must reach it on a path that the operator of the bench does not control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    anchor: Anchor,
    threshold: usize,
    clock_tolerance_ms: u64,
    envelope_bytes_max: usize,
}

/// What trust begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Anchor {
    Pinned(Pinned),
    Rooted(Rooted),
}

/// Pinned keys. Trust has one level: a licence is signed by them themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pinned {
    pub(crate) keys: Vec<PinnedKey>,
    pub(crate) revocation: Revocation,
    /// The highest version of a revocation list that was ever seen, where that is known from elsewhere.
    pub(crate) seen_revocation: u64,
}

/// What a document that pins a root knows of revoked keys in the older way: nothing.
static NONE_REVOKED: Revocation = Revocation { version: 0, revoked_key_ids: Vec::new() };

/// A key that is trusted by itself, within limits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PinnedKey {
    /// SHA-256 of the key's SubjectPublicKeyInfo.
    pub key_id: Digest,
    /// The key; it fixes the suite of its signatures.
    pub public_key: PublicKey,
    /// Products that the key may license, ascending.
    pub products: Vec<String>,
    /// The key verifies nothing before this moment.
    pub not_before: Option<Timestamp>,
    /// The key verifies nothing after this moment.
    pub not_after: Option<Timestamp>,
    /// Most that one envelope may mint of one class under this key.
    pub mint_total_max: Option<u64>,
}

impl Trust {
    /// Trusts one key for one product, with the defaults for everything else.
    ///
    /// # Errors
    /// [`LicenceError::Identifier`] when the product is not one.
    pub fn pin(public_key: PublicKey, product: &str) -> Result<Self, LicenceError> {
        if !member::is_identifier(product) {
            return Err(LicenceError::Identifier { path: "product".to_owned() });
        }
        let key = PinnedKey {
            key_id: public_key.key_id(),
            public_key,
            products: vec![product.to_owned()],
            not_before: None,
            not_after: None,
            mint_total_max: None,
        };
        let pinned = Pinned { keys: vec![key], revocation: Revocation::default(), seen_revocation: 0 };
        Ok(Self {
            anchor: Anchor::Pinned(pinned),
            threshold: 1,
            clock_tolerance_ms: CLOCK_TOLERANCE_MS_DEFAULT,
            envelope_bytes_max: ENVELOPE_BYTES_DEFAULT,
        })
    }

    /// Reads a trust document. It is the verifier's own file: white space and member order are free, everything else is
    /// strict.
    ///
    /// # Errors
    /// The [`LicenceError`] of the first member that is wrong.
    pub fn from_json(document: &[u8]) -> Result<Self, LicenceError> {
        let limits = Limits { depth_max: DEPTH_MAX, ..Limits::default() };
        let value = canonical::read(document, &limits)?;
        let document = canonical::write(&value)?;
        let mut reader = Reader::new(&document);
        let rooted = value.get("schema").and_then(Value::as_str) == Some(TRUST_ROOTED_SCHEMA);
        let read = if rooted {
            reader.object(rooted::MEMBERS, Self::read_rooted)
        } else {
            reader.object(MEMBERS, Self::read)
        };
        read.map_err(|error| error.within("trust"))
    }

    fn read(members: &mut Members<'_, '_>) -> Result<Self, LicenceError> {
        let clock_tolerance_ms =
            members.optional("clock_tolerance_ms", member::integer(0, CLOCK_TOLERANCE_MS_MAX))?;
        let envelope_bytes_max =
            members.optional("envelope_bytes_max", member::integer(1, limit(ENVELOPE_BYTES_MAX)))?;
        let keys = members.required("keys", |reader| {
            let keys = reader.array(1, KEYS_MAX, PinnedKey::read)?;
            member::ascending(&keys, |key| &key.key_id)?;
            Ok(keys)
        })?;
        let revocation = members.optional("revocation", Revocation::read)?.unwrap_or_default();
        members.required("schema", member::schema_name(TRUST_SCHEMA))?;
        let threshold =
            members.optional("threshold", member::integer(1, limit(KEYS_MAX)))?.map_or(1, bounded);
        if threshold > keys.len() {
            return Err(LicenceError::TrustThreshold { threshold, keys: keys.len() });
        }
        Ok(Self {
            anchor: Anchor::Pinned(Pinned { keys, revocation, seen_revocation: 0 }),
            threshold,
            clock_tolerance_ms: clock_tolerance_ms.unwrap_or(CLOCK_TOLERANCE_MS_DEFAULT),
            envelope_bytes_max: envelope_bytes_max.map_or(ENVELOPE_BYTES_DEFAULT, bounded),
        })
    }

    /// Writes the document in canonical form, with every default spelled out.
    ///
    /// # Errors
    /// None that a trust document can cause: its content is within the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, CanonicalError> {
        let mut members = vec![
            ("clock_tolerance_ms", member::number(self.clock_tolerance_ms)),
            ("envelope_bytes_max", member::number(limit(self.envelope_bytes_max))),
            ("threshold", member::number(limit(self.threshold))),
        ];
        match &self.anchor {
            Anchor::Pinned(Pinned { keys, revocation, .. }) => {
                let keys: Vec<Value> = keys.iter().map(PinnedKey::to_value).collect();
                members.push(("keys", keys.into()));
                members.push(("revocation", revocation.to_value()));
                members.push(("schema", TRUST_SCHEMA.into()));
            }
            Anchor::Rooted(rooted) => members.extend(rooted.to_members()?),
        }
        canonical::write(&Value::object(members))
    }

    /// The pinned keys, by ascending key id; none where a root is pinned.
    #[must_use]
    pub fn keys(&self) -> &[PinnedKey] {
        match &self.anchor {
            Anchor::Pinned(pinned) => &pinned.keys,
            Anchor::Rooted(_) => &[],
        }
    }

    /// The pinned key of this id.
    #[must_use]
    pub fn key(&self, key_id: &Digest) -> Option<&PinnedKey> {
        let keys = self.keys();
        let index = keys.binary_search_by(|key| key.key_id.cmp(key_id)).ok()?;
        keys.get(index)
    }

    /// The pinned root, or the newest reached from it; none where keys are pinned.
    #[must_use]
    pub const fn root(&self) -> Option<&Root> {
        match &self.anchor {
            Anchor::Pinned(_) => None,
            Anchor::Rooted(rooted) => Some(&rooted.root),
        }
    }

    /// The version of the newest root known; 0 where keys are pinned.
    #[must_use]
    pub fn root_version(&self) -> u64 {
        self.root().map_or(0, |root| root.version)
    }

    /// The version of the newest revocation list known; 0 where there is none.
    #[must_use]
    pub fn revocation_version(&self) -> u64 {
        match &self.anchor {
            Anchor::Pinned(pinned) => pinned.revocation.version,
            Anchor::Rooted(rooted) => rooted.revocation.as_ref().map_or(0, |list| list.version),
        }
    }

    /// The newest revocation list that a pinned root signed, if one is known.
    #[must_use]
    pub const fn revocation_list(&self) -> Option<&RevocationList> {
        match &self.anchor {
            Anchor::Pinned(_) => None,
            Anchor::Rooted(rooted) => rooted.revocation.as_ref(),
        }
    }

    /// The same trust, which moreover accepts no root and no revocation list older than these versions.
    ///
    /// Whoever keeps the trust document where the operator of the bench can restore an old copy takes the versions from
    /// a place that he cannot, such as the sealed log.
    #[must_use]
    pub fn with_seen(mut self, root_version: u64, revocation_version: u64) -> Self {
        match &mut self.anchor {
            Anchor::Pinned(pinned) => {
                pinned.seen_revocation = pinned.seen_revocation.max(revocation_version);
            }
            Anchor::Rooted(rooted) => {
                rooted.seen_root = rooted.seen_root.max(root_version);
                rooted.seen_revocation = rooted.seen_revocation.max(revocation_version);
            }
        }
        self
    }

    /// What trust begins with.
    pub(crate) const fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// The generation of envelopes that this document accepts.
    pub(crate) const fn format(&self) -> Format {
        match &self.anchor {
            Anchor::Pinned(_) => Format::Pinned,
            Anchor::Rooted(_) => Format::Chained,
        }
    }

    /// The same trust with another beginning.
    pub(crate) fn with_anchor(&self, anchor: Anchor) -> Self {
        Self { anchor, ..self.clone() }
    }

    /// How many different trusted keys must have signed.
    #[must_use]
    pub const fn threshold(&self) -> usize {
        self.threshold
    }

    /// How far into the future an envelope may have been issued, in milliseconds.
    #[must_use]
    pub const fn clock_tolerance_ms(&self) -> u64 {
        self.clock_tolerance_ms
    }

    /// Size of the largest envelope accepted, in bytes.
    #[must_use]
    pub const fn envelope_bytes_max(&self) -> usize {
        self.envelope_bytes_max
    }

    /// The newest revocation list known of pinned keys; the empty one where a root is pinned.
    #[must_use]
    pub const fn revocation(&self) -> &Revocation {
        match &self.anchor {
            Anchor::Pinned(pinned) => &pinned.revocation,
            Anchor::Rooted(_) => &NONE_REVOKED,
        }
    }
}

impl PinnedKey {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LicenceError> {
        reader.object(KEY_MEMBERS, |members| {
            let key_id = members.required("key_id", member::digest)?;
            let mint_total_max = members.optional("mint_total_max", member::integer(0, INTEGER_LIMIT))?;
            let not_after = members.optional("not_after", member::timestamp)?;
            let not_before = members.optional("not_before", member::timestamp)?;
            if not_before.zip(not_after).is_some_and(|(first, last)| last < first) {
                return Err(LicenceError::WindowReversed { path: String::new() });
            }
            let products = members.required("products", member::identifiers(1, PRODUCTS_MAX))?;
            let public_key = members.required("public_key", Reader::string)?;
            let suite: Suite = members.required("suite", |reader| {
                let error = |error| LicenceError::TrustSuite { path: String::new(), error };
                reader.string()?.parse().map_err(error)
            })?;
            let public_key = PublicKey::from_suite_hex(suite, public_key.as_bytes())
                .map_err(|error| LicenceError::TrustKey { path: "public_key".to_owned(), error })?;
            let expected = public_key.key_id();
            if key_id != expected {
                return Err(LicenceError::TrustKeyId { path: "key_id".to_owned(), expected });
            }
            Ok(Self { key_id, public_key, products, not_before, not_after, mint_total_max })
        })
    }

    fn to_value(&self) -> Value {
        let products: Vec<Value> = self.products.iter().map(|product| product.as_str().into()).collect();
        let mut members = vec![
            ("key_id", Value::from(self.key_id.to_string())),
            ("products", products.into()),
            ("public_key", self.public_key.to_string().into()),
            ("suite", self.public_key.suite().as_str().into()),
        ];
        members.extend(self.mint_total_max.map(|max| ("mint_total_max", member::number(max))));
        members.extend(self.not_after.map(|time| ("not_after", time.to_string().into())));
        members.extend(self.not_before.map(|time| ("not_before", time.to_string().into())));
        Value::object(members)
    }
}

/// A bound of the format as the number of a document.
fn limit(bound: usize) -> u64 {
    u64::try_from(bound).unwrap_or(INTEGER_LIMIT)
}

/// A number that was checked against such a bound.
fn bounded(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
