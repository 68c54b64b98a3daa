//! Whom a bench or an auditor trusts: the trust document, `ztp.trust/1`.

use ztp_core::canonical::{self, CanonicalError, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::signature::{PublicKey, Suite};
use ztp_core::time::Timestamp;

use crate::LicenceError;
use crate::envelope::ENVELOPE_BYTES_MAX;
use crate::licence::{DEPTH_MAX, Revocation};
use crate::member::{self, INTEGER_LIMIT};
use crate::reader::{Members, Reader};

/// The name of the trust document's format.
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

/// Pinned keys, what each may sign, and what has been revoked.
///
/// Trust has one level: a licence is signed by pinned keys themselves. The document is the verifier's own and must
/// reach it on a path that the operator of the bench does not control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    keys: Vec<PinnedKey>,
    threshold: usize,
    clock_tolerance_ms: u64,
    envelope_bytes_max: usize,
    revocation: Revocation,
}

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
        Ok(Self {
            keys: vec![key],
            threshold: 1,
            clock_tolerance_ms: CLOCK_TOLERANCE_MS_DEFAULT,
            envelope_bytes_max: ENVELOPE_BYTES_DEFAULT,
            revocation: Revocation::default(),
        })
    }

    /// Reads a trust document. It is the verifier's own file: white space and member order are free, everything else is
    /// strict.
    ///
    /// # Errors
    /// The [`LicenceError`] of the first member that is wrong.
    pub fn from_json(document: &[u8]) -> Result<Self, LicenceError> {
        let limits = Limits { depth_max: DEPTH_MAX, ..Limits::default() };
        let document = canonical::encode(document, &limits)?;
        Reader::new(&document).object(MEMBERS, Self::read).map_err(|error| error.within("trust"))
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
            keys,
            threshold,
            clock_tolerance_ms: clock_tolerance_ms.unwrap_or(CLOCK_TOLERANCE_MS_DEFAULT),
            envelope_bytes_max: envelope_bytes_max.map_or(ENVELOPE_BYTES_DEFAULT, bounded),
            revocation,
        })
    }

    /// Writes the document in canonical form, with every default spelled out.
    ///
    /// # Errors
    /// None that a trust document can cause: its content is within the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, CanonicalError> {
        let keys: Vec<Value> = self.keys.iter().map(PinnedKey::to_value).collect();
        canonical::write(&Value::object([
            ("clock_tolerance_ms", member::number(self.clock_tolerance_ms)),
            ("envelope_bytes_max", member::number(limit(self.envelope_bytes_max))),
            ("keys", keys.into()),
            ("revocation", self.revocation.to_value()),
            ("schema", TRUST_SCHEMA.into()),
            ("threshold", member::number(limit(self.threshold))),
        ]))
    }

    /// The pinned keys, by ascending key id.
    #[must_use]
    pub fn keys(&self) -> &[PinnedKey] {
        &self.keys
    }

    /// The pinned key of this id.
    #[must_use]
    pub fn key(&self, key_id: &Digest) -> Option<&PinnedKey> {
        let index = self.keys.binary_search_by(|key| key.key_id.cmp(key_id)).ok()?;
        self.keys.get(index)
    }

    /// How many different pinned keys must have signed.
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

    /// The newest revocation list known.
    #[must_use]
    pub const fn revocation(&self) -> &Revocation {
        &self.revocation
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
