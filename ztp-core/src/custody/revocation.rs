//! The revocation list.

use super::signed::{Parts, limits};
use super::{CustodyError, CustodyErrorKind as Kind, Root, member};
use crate::canonical::{self, Value};
use crate::digest::{Digest, sha256};
use crate::schema::Fields;
use crate::time::Timestamp;

/// The name of the list's format, and the purpose of the signatures over it.
pub const REVOCATION_SCHEMA: &str = "ztp.custody.revocation/1";

/// Most entries of each kind in one list.
pub const REVOKED_MAX: usize = 1024;

const NAME: &str = "revocation";

/// What shall verify nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevocationList {
    /// Number of the list, from 1; a verifier that has seen none has seen version 0.
    pub version: u64,
    /// When it was made.
    pub issued_at: Timestamp,
    /// Serial numbers of revoked certificates, ascending.
    pub certificate_serials: Vec<u64>,
    /// Ids of revoked keys, ascending: every certificate of them is revoked, also a later one.
    pub key_ids: Vec<Digest>,
    payload: Vec<u8>,
}

impl RevocationList {
    /// The canonical bytes of the list without its signatures, as a trust document keeps it.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// SHA-256 of those bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&self.payload)
    }

    /// Whether a certificate is revoked, by its serial number or its key.
    #[must_use]
    pub fn revokes(&self, serial: u64, key_id: &Digest) -> bool {
        self.certificate_serials.binary_search(&serial).is_ok() || self.key_ids.binary_search(key_id).is_ok()
    }

    /// Whether every entry of another list is in this one too.
    fn covers(&self, other: &Self) -> bool {
        let serials =
            other.certificate_serials.iter().all(|s| self.certificate_serials.binary_search(s).is_ok());
        serials && other.key_ids.iter().all(|id| self.key_ids.binary_search(id).is_ok())
    }
}

/// Takes a revocation list that a threshold of the root's keys signed, and nobody else.
///
/// # Errors
/// The [`CustodyError`] of the first thing wrong.
pub fn verify_revocation(root: &Root, document: &[u8]) -> Result<RevocationList, CustodyError> {
    let parts = Parts::locate(document, NAME)?;
    parts.require(REVOCATION_SCHEMA, &root.keys, root.threshold)?;
    read(parts.payload, &parts.read()?)
}

/// Refuses a list that does not follow one that was seen: an older one, another one of the same version, or a newer one
/// that takes a revocation back.
///
/// # Errors
/// [`CustodyErrorKind::RevocationRollback`](Kind::RevocationRollback),
/// [`CustodyErrorKind::RevocationConflict`](Kind::RevocationConflict) or
/// [`CustodyErrorKind::RevocationShrunk`](Kind::RevocationShrunk).
pub fn follows(seen: &RevocationList, found: &RevocationList) -> Result<(), CustodyError> {
    let (version, seen_version) = (found.version, seen.version);
    if version < seen_version {
        return Err(Kind::RevocationRollback { found: version, seen: seen_version }.at(NAME));
    }
    if version == seen_version && found != seen {
        return Err(Kind::RevocationConflict { version }.at(NAME));
    }
    if !found.covers(seen) {
        return Err(Kind::RevocationShrunk { version, seen: seen_version }.at(NAME));
    }
    Ok(())
}

/// Reads a list without signatures, as a trust document keeps it. It is the verifier's own: nothing is verified.
///
/// # Errors
/// The [`CustodyError`] of the first member that is wrong.
pub fn read_revocation(payload: &[u8]) -> Result<RevocationList, CustodyError> {
    let value = canonical::read(payload, &limits()).map_err(|error| Kind::Canonical(error).at(NAME))?;
    canonical::check(payload, &limits()).map_err(|error| Kind::Canonical(error).at(NAME))?;
    read(payload, &value)
}

/// Reads a list from its canonical bytes and the value they hold.
pub(super) fn read(payload: &[u8], value: &Value) -> Result<RevocationList, CustodyError> {
    let mut fields = Fields::open(value, NAME)?;
    member::schema_name(&mut fields, REVOCATION_SCHEMA)?;
    let bounds = (0, REVOKED_MAX);
    let certificate_serials =
        member::list(&mut fields, "certificate_serials", bounds, member::number_item, |serial| *serial)?;
    let issued_at = member::timestamp(&mut fields, "issued_at")?;
    let key_ids = member::list(&mut fields, "key_ids", bounds, member::digest_item, |key_id| *key_id)?;
    let version = member::integer(&mut fields, "version", 1, member::INTEGER_LIMIT)?;
    fields.finish()?;
    Ok(RevocationList { version, issued_at, certificate_serials, key_ids, payload: payload.to_vec() })
}
