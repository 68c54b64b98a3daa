//! `tier-b-reference.yaml`: what drift is measured against, when somebody replaces the reference that the detector froze.

use ztp_core::canonical::Value;
use ztp_core::schema::Fields;

use super::{SettingsFile, number};
use crate::error::ConfigError;

/// What the file may hold.
const MEMBERS: &[&str] = &["centre_ppm", "sigma_ppm"];

/// The reference of the tier-B detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Centre of the share of tier B, in millionths.
    pub centre_ppm: u64,
    /// Standard deviation of the share, in millionths, at least 20,000.
    pub sigma_ppm: u64,
}

impl Reference {
    /// The smallest standard deviation of a share: what a constant baseline is taken to have.
    pub const SIGMA_PPM_MIN: u64 = 20_000;

    pub(super) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut f = Fields::open_listed(value, SettingsFile::TierBReference.stem(), MEMBERS)?;
        f.integer("centre_ppm")?;
        f.integer("sigma_ppm")?;
        let read = Self {
            centre_ppm: number(&mut f, "centre_ppm", 0, 0, 1_000_000)?.unsigned_abs(),
            sigma_ppm: number(&mut f, "sigma_ppm", 0, 20_000, 200_000)?.unsigned_abs(),
        };
        f.finish()?;
        Ok(read)
    }

    pub(super) fn to_value(self) -> Value {
        let integer = |value: u64| Value::Int(i64::try_from(value).unwrap_or(i64::MAX));
        Value::object([("centre_ppm", integer(self.centre_ppm)), ("sigma_ppm", integer(self.sigma_ppm))])
    }
}
