//! `break-glass.yaml`

use ztp_core::canonical::Value;
use ztp_core::schema::Fields;

use super::{SettingsFile, number};
use crate::error::ConfigError;

/// What the file may hold.
const MEMBERS: &[&str] = &["per_day_max", "per_hour_max", "per_week_max", "pods_per_ticket_max"];

/// Thresholds about break-glass. A count above its `_max` is a breach; the maximum itself is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakGlass {
    /// Uses in an hour. Default 3, 0 to 20.
    pub per_hour_max: i64,
    /// Uses in 24 hours. Default 8, 0 to 60.
    pub per_day_max: i64,
    /// Uses in 7 days. Default 20, 0 to 200.
    pub per_week_max: i64,
    /// Pods on one ticket in 7 days. Default 2, 1 to 20.
    pub pods_per_ticket_max: i64,
}

impl Default for BreakGlass {
    fn default() -> Self {
        Self { per_hour_max: 3, per_day_max: 8, per_week_max: 20, pods_per_ticket_max: 2 }
    }
}

impl BreakGlass {
    pub(super) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut f = Fields::open_listed(value, SettingsFile::BreakGlass.stem(), MEMBERS)?;
        let default = Self::default();
        let read = Self {
            per_hour_max: number(&mut f, "per_hour_max", default.per_hour_max, 0, 20)?,
            per_day_max: number(&mut f, "per_day_max", default.per_day_max, 0, 60)?,
            per_week_max: number(&mut f, "per_week_max", default.per_week_max, 0, 200)?,
            pods_per_ticket_max: number(&mut f, "pods_per_ticket_max", default.pods_per_ticket_max, 1, 20)?,
        };
        f.finish()?;
        Ok(read)
    }

    pub(super) fn to_value(self) -> Value {
        Value::object([
            ("per_day_max", self.per_day_max),
            ("per_hour_max", self.per_hour_max),
            ("per_week_max", self.per_week_max),
            ("pods_per_ticket_max", self.pods_per_ticket_max),
        ])
    }

    pub(super) fn loosened(&self, new: &Self) -> Vec<&'static str> {
        let looser = [
            ("per_day_max", new.per_day_max > self.per_day_max),
            ("per_hour_max", new.per_hour_max > self.per_hour_max),
            ("per_week_max", new.per_week_max > self.per_week_max),
            ("pods_per_ticket_max", new.pods_per_ticket_max > self.pods_per_ticket_max),
        ];
        looser.into_iter().filter(|(_, looser)| *looser).map(|(name, _)| name).collect()
    }
}
