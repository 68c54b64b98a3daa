//! Settings as the fold uses them: with their hash and their zone resolved.

use ztp_core::canonical::{self, Value};
use ztp_core::digest::{Digest, sha256};

use super::{Settings, SettingsFile};
use crate::schedule::Schedule;
use crate::zone::Zone;

/// What the detectors compute, as a version: another one may give other alerts for the same log.
pub(crate) const SEMANTICS: &str = "ztp-anomaly-2";

/// Settings in force, and the hash that every alert names.
#[derive(Debug, Clone)]
pub struct InForce {
    settings: Settings,
    schedule: Schedule,
    zone_digest: Digest,
    hash: Digest,
}

impl InForce {
    pub(crate) fn new(settings: Settings) -> Self {
        // Settings are read with a zone that exists; for one put together by hand that does not, universal time.
        let zone = Zone::new(&settings.business_hours.time_zone).unwrap_or_else(Zone::utc);
        let zone_digest = zone.digest();
        let mut members: Vec<(&str, Value)> = SettingsFile::ALL
            .into_iter()
            .map(|file| (file.name(), Value::from(settings.file_hash(file).to_string())))
            .collect();
        members.push(("semantics", Value::from(SEMANTICS)));
        members.push(("zone_sha256", Value::from(zone_digest.to_string())));
        let hash = sha256(&canonical::write(&Value::object(members)).unwrap_or_default());
        let schedule = Schedule::new(settings.business_hours.clone(), zone);
        Self { settings, schedule, zone_digest, hash }
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// SHA-256 over the hashes of the files, the data of the time zone and the version of the semantics.
    #[must_use]
    pub const fn hash(&self) -> Digest {
        self.hash
    }

    /// SHA-256 of the data of the time zone in the bundled database.
    #[must_use]
    pub const fn zone_digest(&self) -> Digest {
        self.zone_digest
    }

    pub(crate) const fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}
