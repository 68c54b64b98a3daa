//! Trust that begins with a root: `ztp.trust/2`.

use ztp_core::canonical::{self, CanonicalError, Limits, Value};
use ztp_core::custody::{self, RevocationList, Root};

use super::{Anchor, CLOCK_TOLERANCE_MS_DEFAULT, CLOCK_TOLERANCE_MS_MAX, Trust, bounded, limit};
use crate::LicenceError;
use crate::limits::{ENVELOPE_BYTES_MAX, SIGNATURES_MAX};
use crate::member::{self, INTEGER_LIMIT};
use crate::reader::{Members, Reader};

/// The name of the trust document's format that pins a root.
pub const TRUST_ROOTED_SCHEMA: &str = "ztp.trust/2";

/// Envelope size that is accepted unless the trust document says otherwise: room for several roots of composite keys.
pub const ENVELOPE_BYTES_CHAINED_DEFAULT: usize = 1 << 20;

pub(super) const MEMBERS: &[&str] =
    &["clock_tolerance_ms", "envelope_bytes_max", "revocation", "root", "schema", "seen", "threshold"];

/// A pinned root, and the newest that is known of revocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rooted {
    pub(crate) root: Root,
    pub(crate) revocation: Option<RevocationList>,
    /// The highest version of a root that was ever seen, which may be above the one kept here.
    pub(crate) seen_root: u64,
    /// The highest version of a revocation list that was ever seen, which may be above the one kept here.
    pub(crate) seen_revocation: u64,
}

impl Trust {
    /// Trusts a root by its own word, with the defaults for everything else. The file (`ztp.signed/1` around
    /// `ztp.custody.root/1`) must have come on a path that the operator of the bench does not control.
    ///
    /// # Errors
    /// [`LicenceError::Custody`] when a threshold of the root's own keys did not sign it, or its form is wrong.
    pub fn pin_root(signed_root: &[u8]) -> Result<Self, LicenceError> {
        let root = custody::anchor_root(signed_root).map_err(|error| LicenceError::custody("root", error))?;
        let rooted = Rooted { root, revocation: None, seen_root: 0, seen_revocation: 0 };
        Ok(Self {
            anchor: Anchor::Rooted(rooted),
            threshold: 1,
            clock_tolerance_ms: CLOCK_TOLERANCE_MS_DEFAULT,
            envelope_bytes_max: ENVELOPE_BYTES_CHAINED_DEFAULT,
        })
    }

    pub(super) fn read_rooted(members: &mut Members<'_, '_>) -> Result<Self, LicenceError> {
        let clock_tolerance_ms =
            members.optional("clock_tolerance_ms", member::integer(0, CLOCK_TOLERANCE_MS_MAX))?;
        let envelope_bytes_max =
            members.optional("envelope_bytes_max", member::integer(1, limit(ENVELOPE_BYTES_MAX)))?;
        let revocation = members.optional("revocation", |reader| {
            if reader.null() {
                return Ok(None);
            }
            let list = custody::read_revocation(reader.raw_object()?);
            list.map(Some).map_err(|error| LicenceError::custody("", error))
        })?;
        let root = members.required("root", |reader| {
            custody::read_root(reader.raw_object()?).map_err(|error| LicenceError::custody("", error))
        })?;
        members.required("schema", member::schema_name(TRUST_ROOTED_SCHEMA))?;
        let (seen_revocation, seen_root) = members.optional("seen", read_seen)?.unwrap_or_default();
        let threshold = members.optional("threshold", member::integer(1, limit(SIGNATURES_MAX)))?;
        let revocation = revocation.flatten();
        Ok(Self {
            anchor: Anchor::Rooted(Rooted { root, revocation, seen_root, seen_revocation }),
            threshold: threshold.map_or(1, bounded),
            clock_tolerance_ms: clock_tolerance_ms.unwrap_or(CLOCK_TOLERANCE_MS_DEFAULT),
            envelope_bytes_max: envelope_bytes_max.map_or(ENVELOPE_BYTES_CHAINED_DEFAULT, bounded),
        })
    }
}

/// Reads the versions of revocation list and root that were seen.
fn read_seen(reader: &mut Reader<'_>) -> Result<(u64, u64), LicenceError> {
    reader.object(&["revocation_version", "root_version"], |members| {
        let revocation = members.required("revocation_version", member::integer(0, INTEGER_LIMIT))?;
        let root = members.required("root_version", member::integer(0, INTEGER_LIMIT))?;
        Ok((revocation, root))
    })
}

impl Rooted {
    /// The members of the document that are not those of every trust document.
    pub(super) fn to_members(&self) -> Result<Vec<(&'static str, Value)>, CanonicalError> {
        let read = |payload: &[u8]| canonical::read(payload, &Limits::default());
        let revocation = match &self.revocation {
            Some(list) => read(list.payload())?,
            None => Value::Null,
        };
        let seen = Value::object([
            ("revocation_version", member::number(self.seen_revocation)),
            ("root_version", member::number(self.seen_root)),
        ]);
        Ok(vec![
            ("revocation", revocation),
            ("root", read(self.root.payload())?),
            ("schema", TRUST_ROOTED_SCHEMA.into()),
            ("seen", seen),
        ])
    }
}
