//! `denial-flood.yaml`

use ztp_core::canonical::Value;
use ztp_core::schema::Fields;

use super::{SettingsFile, number};
use crate::error::ConfigError;

/// What the file may hold.
const MEMBERS: &[&str] =
    &["burst_max", "daily_max", "gap_seconds", "per_minute_max", "sustained_seconds", "targets_max"];

/// Thresholds about denials. A count above its `_max` is a breach; the maximum itself is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenialFlood {
    /// Denials in 60 seconds. Default 50, 1 to 500.
    pub per_minute_max: i64,
    /// Seconds that a breach lasts before it is a flood. Default 300, 60 to 1800.
    pub sustained_seconds: i64,
    /// Seconds that a breach may pause without ending. Default 10, 0 to 60.
    pub gap_seconds: i64,
    /// Denials in 300 seconds. Default 250, 1 to 2500.
    pub burst_max: i64,
    /// Denials in 24 hours that are never too many. Default 2000, 100 to 20,000.
    pub daily_max: i64,
    /// Distinct targets denied in an hour. Default 50, 1 to 500.
    pub targets_max: i64,
}

impl Default for DenialFlood {
    fn default() -> Self {
        Self {
            per_minute_max: 50,
            sustained_seconds: 300,
            gap_seconds: 10,
            burst_max: 250,
            daily_max: 2000,
            targets_max: 50,
        }
    }
}

impl DenialFlood {
    pub(super) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut f = Fields::open_listed(value, SettingsFile::DenialFlood.stem(), MEMBERS)?;
        let default = Self::default();
        let read = Self {
            per_minute_max: number(&mut f, "per_minute_max", default.per_minute_max, 1, 500)?,
            sustained_seconds: number(&mut f, "sustained_seconds", default.sustained_seconds, 60, 1800)?,
            gap_seconds: number(&mut f, "gap_seconds", default.gap_seconds, 0, 60)?,
            burst_max: number(&mut f, "burst_max", default.burst_max, 1, 2500)?,
            daily_max: number(&mut f, "daily_max", default.daily_max, 100, 20_000)?,
            targets_max: number(&mut f, "targets_max", default.targets_max, 1, 500)?,
        };
        f.finish()?;
        Ok(read)
    }

    pub(super) fn to_value(self) -> Value {
        Value::object([
            ("burst_max", self.burst_max),
            ("daily_max", self.daily_max),
            ("gap_seconds", self.gap_seconds),
            ("per_minute_max", self.per_minute_max),
            ("sustained_seconds", self.sustained_seconds),
            ("targets_max", self.targets_max),
        ])
    }

    pub(super) fn loosened(&self, new: &Self) -> Vec<&'static str> {
        let looser = [
            ("burst_max", new.burst_max > self.burst_max),
            ("daily_max", new.daily_max > self.daily_max),
            ("gap_seconds", new.gap_seconds < self.gap_seconds),
            ("per_minute_max", new.per_minute_max > self.per_minute_max),
            ("sustained_seconds", new.sustained_seconds > self.sustained_seconds),
            ("targets_max", new.targets_max > self.targets_max),
        ];
        looser.into_iter().filter(|(_, looser)| *looser).map(|(name, _)| name).collect()
    }
}
