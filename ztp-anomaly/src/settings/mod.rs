//! What is tuned, within floors that no file can leave.
//!
//! The files are the guide's: `denial-flood.yaml`, `break-glass.yaml`, `business-hours.yaml`. What a file leaves out has
//! the guide's default. `tier-b-reference.yaml` replaces the frozen reference of the tier-B detector, which is otherwise
//! tuned by itself.

mod denial;
mod glass;
mod hours;
mod in_force;
mod reference;

use ztp_core::canonical::{self, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::schema::Fields;

pub use denial::DenialFlood;
pub use glass::BreakGlass;
pub use hours::{Automation, BusinessHours, HalfDay, Holiday};
pub use in_force::InForce;
pub use reference::Reference;

use crate::error::ConfigError;

/// One of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SettingsFile {
    /// `denial-flood.yaml`
    DenialFlood,
    /// `break-glass.yaml`
    BreakGlass,
    /// `business-hours.yaml`
    BusinessHours,
    /// `tier-b-reference.yaml`
    TierBReference,
}

impl SettingsFile {
    /// Every file.
    pub const ALL: [Self; 4] =
        [Self::DenialFlood, Self::BreakGlass, Self::BusinessHours, Self::TierBReference];

    /// The file's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DenialFlood => "denial-flood.yaml",
            Self::BreakGlass => "break-glass.yaml",
            Self::BusinessHours => "business-hours.yaml",
            Self::TierBReference => "tier-b-reference.yaml",
        }
    }

    /// The file's name without its ending: what paths in errors begin with.
    #[must_use]
    pub fn stem(self) -> &'static str {
        self.name().strip_suffix(".yaml").unwrap_or(self.name())
    }

    /// The file with this name.
    ///
    /// # Errors
    /// [`ConfigError::File`].
    pub fn from_name(name: &str) -> Result<Self, ConfigError> {
        let found = Self::ALL.into_iter().find(|file| file.name() == name);
        found.ok_or_else(|| ConfigError::File { file: name.chars().take(64).collect() })
    }
}

/// The settings of all detectors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// `denial-flood.yaml`
    pub denial_flood: DenialFlood,
    /// `break-glass.yaml`
    pub break_glass: BreakGlass,
    /// `business-hours.yaml`
    pub business_hours: BusinessHours,
    /// `tier-b-reference.yaml`, if somebody replaced the reference.
    pub tier_b_reference: Option<Reference>,
}

impl Settings {
    /// Takes the files that there are; what is not given has the guide's defaults.
    ///
    /// # Errors
    /// [`ConfigError`] with the path of the first member that is refused.
    pub fn from_files<'v>(
        files: impl IntoIterator<Item = (&'v str, &'v Value)>,
    ) -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        for (name, value) in files {
            settings = settings.with(SettingsFile::from_name(name)?, value)?;
        }
        Ok(settings)
    }

    /// These settings with one file replaced.
    ///
    /// # Errors
    /// As [`Self::from_files`].
    pub fn with(&self, file: SettingsFile, value: &Value) -> Result<Self, ConfigError> {
        let mut changed = self.clone();
        match file {
            SettingsFile::DenialFlood => changed.denial_flood = DenialFlood::read(value)?,
            SettingsFile::BreakGlass => changed.break_glass = BreakGlass::read(value)?,
            SettingsFile::BusinessHours => changed.business_hours = BusinessHours::read(value)?,
            SettingsFile::TierBReference => changed.tier_b_reference = Some(Reference::read(value)?),
        }
        Ok(changed)
    }

    /// The same with every threshold at so many quarters of what it is, within what the code allows.
    #[must_use]
    pub fn scaled(&self, quarters: i64) -> Self {
        let mut scaled = self.clone();
        for (_, threshold, (min, max)) in scaled.thresholds_mut() {
            *threshold = (threshold.saturating_mul(quarters) / 4).clamp(min, max);
        }
        scaled
    }

    /// The thresholds by name.
    pub(crate) fn thresholds(&self) -> Value {
        let mut settings = self.clone();
        Value::object(settings.thresholds_mut().map(|(name, threshold, _)| (name, Value::Int(*threshold))))
    }

    fn thresholds_mut(&mut self) -> [(&'static str, &mut i64, (i64, i64)); 9] {
        let (flood, glass) = (&mut self.denial_flood, &mut self.break_glass);
        [
            ("burst_max", &mut flood.burst_max, (1, 2500)),
            ("daily_max", &mut flood.daily_max, (100, 20_000)),
            ("edge_max", &mut self.business_hours.edge_max, (1, 200)),
            ("per_day_max", &mut glass.per_day_max, (0, 60)),
            ("per_hour_max", &mut glass.per_hour_max, (0, 20)),
            ("per_minute_max", &mut flood.per_minute_max, (1, 500)),
            ("per_week_max", &mut glass.per_week_max, (0, 200)),
            ("pods_per_ticket_max", &mut glass.pods_per_ticket_max, (1, 20)),
            ("targets_max", &mut flood.targets_max, (1, 500)),
        ]
    }

    /// One file with every member written out.
    #[must_use]
    pub fn file_value(&self, file: SettingsFile) -> Value {
        match file {
            SettingsFile::DenialFlood => self.denial_flood.to_value(),
            SettingsFile::BreakGlass => self.break_glass.to_value(),
            SettingsFile::BusinessHours => self.business_hours.to_value(),
            SettingsFile::TierBReference => self.tier_b_reference.map_or(Value::Null, Reference::to_value),
        }
    }

    /// SHA-256 of [`Self::file_value`] in canonical form: what `anomaly.config-changed` names as old and new.
    #[must_use]
    pub fn file_hash(&self, file: SettingsFile) -> Digest {
        sha256(&canonical::write(&self.file_value(file)).unwrap_or_default())
    }

    /// Members of `file` in which `new` is looser than these settings: more can happen before an alert.
    #[must_use]
    pub fn loosened(&self, new: &Self, file: SettingsFile) -> Vec<&'static str> {
        match file {
            SettingsFile::DenialFlood => self.denial_flood.loosened(&new.denial_flood),
            SettingsFile::BreakGlass => self.break_glass.loosened(&new.break_glass),
            SettingsFile::BusinessHours => self.business_hours.loosened(&new.business_hours),
            // Whoever moves the reference decides what counts as drift.
            SettingsFile::TierBReference if self.tier_b_reference == new.tier_b_reference => Vec::new(),
            SettingsFile::TierBReference => vec!["reference"],
        }
    }
}

/// An integer that may be left out, within the floor and ceiling of the code.
fn number(
    f: &mut Fields<'_>,
    name: &'static str,
    default: i64,
    min: i64,
    max: i64,
) -> Result<i64, ConfigError> {
    let found = if f.optional(name)?.is_some() { f.integer(name)? } else { default };
    if (min..=max).contains(&found) {
        Ok(found)
    } else {
        Err(ConfigError::Range { path: f.path_of(name), found, min, max })
    }
}
