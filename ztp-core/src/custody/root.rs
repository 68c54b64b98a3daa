//! The root: whose word is final.

use super::root_key::RootKey;
use super::signed::{Parts, limits};
use super::{CustodyError, CustodyErrorKind as Kind, member};
use crate::canonical::{self, Value};
use crate::digest::{Digest, sha256};
use crate::schema::Fields;
use crate::signature::PublicKey;
use crate::time::Timestamp;

/// The name of the root's format, and the purpose of the signatures over it.
pub const ROOT_SCHEMA: &str = "ztp.custody.root/1";

/// Most keys of a root.
pub const ROOT_KEYS_MAX: usize = 16;

/// Most roots in one walk. A verifier that is further behind is brought up in several.
pub const ROOTS_MAX: usize = 32;

/// How errors call the document.
const NAME: &str = "root";

/// A root that was pinned, or reached from a pinned one by a chain of updates.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Root {
    /// Number of the root, from 1.
    pub version: u64,
    /// When it was made.
    pub issued_at: Timestamp,
    /// Last moment at which it may be the newest one.
    pub not_after: Timestamp,
    /// How many of its keys must sign.
    pub threshold: usize,
    /// Its keys, by ascending key id.
    pub keys: Vec<RootKey>,
    payload: Vec<u8>,
}

impl Root {
    /// The canonical bytes of the root without its signatures, as a trust document keeps it.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// SHA-256 of those bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&self.payload)
    }

    /// The key of this id.
    #[must_use]
    pub fn key(&self, key_id: &Digest) -> Option<&RootKey> {
        self.keys.iter().find(|key| key.key_id == *key_id)
    }

    /// Refuses a root whose validity is over. Only the newest root of a chain must hold: an old one served its purpose
    /// when it named the next.
    ///
    /// # Errors
    /// [`CustodyErrorKind::RootExpired`](Kind::RootExpired).
    pub fn check_time(&self, now: Timestamp) -> Result<(), CustodyError> {
        if now > self.not_after {
            return Err(Kind::RootExpired { not_after: self.not_after }.at(NAME));
        }
        Ok(())
    }

    /// Whether a key is one of the root's, or shares a half with one.
    pub(super) fn shares(&self, key: &PublicKey) -> bool {
        self.keys.iter().any(|own| shares(&own.public_key, key))
    }
}

/// Whether two keys are one, or share a half.
fn shares(one: &PublicKey, other: &PublicKey) -> bool {
    let parts = other.parts();
    one.parts().iter().any(|part| parts.contains(part))
}

/// Reads a root without signatures, as a trust document keeps it. It is the verifier's own: nothing is verified.
///
/// # Errors
/// The [`CustodyError`] of the first member that is wrong.
pub fn read_root(payload: &[u8]) -> Result<Root, CustodyError> {
    let value = canonical::read(payload, &limits()).map_err(|error| Kind::Canonical(error).at(NAME))?;
    canonical::check(payload, &limits()).map_err(|error| Kind::Canonical(error).at(NAME))?;
    read(payload, &value)
}

/// Takes a signed root by its own word: a threshold of the keys it names signed it. This is how trust begins, so the file
/// must have come on a path that the operator of the bench does not control.
///
/// # Errors
/// The [`CustodyError`] of the first thing wrong.
pub fn anchor_root(document: &[u8]) -> Result<Root, CustodyError> {
    let parts = Parts::locate(document, NAME)?;
    let root = read(parts.payload, &parts.read()?)?;
    let (required, found) = (root.threshold, parts.signers(ROOT_SCHEMA, &root.keys)?.len());
    if found < required {
        return Err(Kind::RootNewThreshold { required, found }.at("root.signatures"));
    }
    // A root after the first also carries signatures of the one before, which are not for this verifier to judge.
    if root.version == 1 {
        parts.all_known(&[&root.keys])?;
    }
    Ok(root)
}

/// Reads a signed root without verifying anything: for an auditor who wants to see what it says.
///
/// # Errors
/// The [`CustodyError`] of the first thing wrong with its form.
pub fn read_signed_root(document: &[u8]) -> Result<Root, CustodyError> {
    let parts = Parts::locate(document, NAME)?;
    read(parts.payload, &parts.read()?)
}

/// Takes the root that follows `current`: version N+1, signed by a threshold of `current`'s keys and by a threshold of its
/// own, each key counted once, and by nobody else.
///
/// The signatures of `current`'s keys are verified before the payload is read.
///
/// # Errors
/// The [`CustodyError`] of the first thing wrong.
pub fn update_root(current: &Root, document: &[u8]) -> Result<Root, CustodyError> {
    let parts = Parts::locate(document, NAME)?;
    let (required, found) = (current.threshold, parts.signers(ROOT_SCHEMA, &current.keys)?.len());
    if found < required {
        let version = current.version;
        return Err(Kind::RootOldThreshold { version, required, found }.at("root.signatures"));
    }
    let next = read(parts.payload, &parts.read()?)?;
    let (required, found) = (next.threshold, parts.signers(ROOT_SCHEMA, &next.keys)?.len());
    if found < required {
        return Err(Kind::RootNewThreshold { required, found }.at("root.signatures"));
    }
    parts.all_known(&[&current.keys, &next.keys])?;
    let expected = current.version + 1;
    if next.version != expected {
        return Err(Kind::RootVersion { expected, found: next.version }.at("root.version"));
    }
    Ok(next)
}

/// Walks from a root over those that follow it. Roots up to the version of `current` are stepped over, if the one of its
/// own version is the same: an envelope brings all roots that some bench may lack.
///
/// # Errors
/// The position in the list, and the [`CustodyError`] of the first thing wrong there: as [`update_root`], or
/// [`CustodyErrorKind::RootConflict`](Kind::RootConflict).
pub fn walk_roots(current: &Root, documents: &[&[u8]]) -> Result<Root, (usize, CustodyError)> {
    let mut newest = current.clone();
    for (index, document) in documents.iter().enumerate() {
        let at = |error| (index, error);
        let version = version_of(document).map_err(at)?;
        if version > current.version {
            // What the file says of itself may be false; it only chooses between two refusals here.
            let expected = newest.version + 1;
            if version != expected {
                return Err(at(Kind::RootVersion { expected, found: version }.at("root.version")));
            }
            newest = update_root(&newest, document).map_err(at)?;
        } else if version == current.version {
            let parts = Parts::locate(document, NAME).map_err(at)?;
            if parts.payload != current.payload() {
                return Err(at(Kind::RootConflict { version }.at(NAME)));
            }
        }
    }
    Ok(newest)
}

/// The version that a signed root says it has.
fn version_of(document: &[u8]) -> Result<u64, CustodyError> {
    let value = Parts::locate(document, NAME)?.read()?;
    let mut fields = Fields::open(&value, NAME)?;
    member::schema_name(&mut fields, ROOT_SCHEMA)?;
    member::integer(&mut fields, "version", 1, member::INTEGER_LIMIT)
}

/// Reads a root from its canonical bytes and the value they hold.
pub(super) fn read(payload: &[u8], value: &Value) -> Result<Root, CustodyError> {
    let mut fields = Fields::open(value, NAME)?;
    member::schema_name(&mut fields, ROOT_SCHEMA)?;
    let issued_at = member::timestamp(&mut fields, "issued_at")?;
    let keys = member::list(&mut fields, "keys", (1, ROOT_KEYS_MAX), RootKey::read, |key| key.key_id)?;
    let not_after = member::timestamp(&mut fields, "not_after")?;
    let threshold = member::count(&mut fields, "threshold", ROOT_KEYS_MAX)?;
    let version = member::integer(&mut fields, "version", 1, member::INTEGER_LIMIT)?;
    fields.finish()?;
    if not_after < issued_at {
        return Err(Kind::WindowReversed.at(NAME));
    }
    if threshold > keys.len() {
        return Err(Kind::RootThreshold { threshold, keys: keys.len() }.at("root.threshold"));
    }
    for (index, key) in keys.iter().enumerate() {
        if keys.iter().take(index).any(|earlier| shares(&earlier.public_key, &key.public_key)) {
            return Err(Kind::RootSharedKey.at(format!("root.keys[{index}]")));
        }
    }
    Ok(Root { version, issued_at, not_after, threshold, keys, payload: payload.to_vec() })
}
