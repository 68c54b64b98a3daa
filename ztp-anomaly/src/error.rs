//! What the detectors refuse.

use ztp_core::Coded;
use ztp_core::schema::SchemaError;

/// Settings that are refused: the file, the member and what would be allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is none of the detectors'.
    #[error(
        "{file} is none of the files denial-flood.yaml, break-glass.yaml, business-hours.yaml and tier-b-reference.yaml"
    )]
    File {
        /// The name given.
        file: String,
    },
    /// A member is missing, unknown or of another type.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A threshold is outside the range that the code allows: no file can switch a detector off.
    #[error("{path}: {found} is outside {min} to {max}")]
    Range {
        /// Where.
        path: String,
        /// The number found.
        found: i64,
        /// The smallest allowed.
        min: i64,
        /// The largest allowed.
        max: i64,
    },
    /// A time zone that the bundled database does not have.
    #[error("{path}: the bundled time zone database {version} has no zone of this name")]
    TimeZone {
        /// Where.
        path: String,
        /// Version of the database.
        version: &'static str,
    },
    /// A text that is no time of day, or hours that would switch the detector off.
    #[error("{path}: expected {expected}")]
    ClockTime {
        /// Where.
        path: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// A text that is no date.
    #[error("{path}: expected a date such as 2026-12-25, or 12-25 for every year")]
    Date {
        /// Where.
        path: String,
    },
    /// A text that is no weekday, or weekdays that would switch the detector off.
    #[error("{path}: expected one to six of mon, tue, wed, thu, fri, sat and sun")]
    Weekday {
        /// Where.
        path: String,
    },
    /// A list that is too long, or holds an item twice.
    #[error("{path}: {reason}")]
    List {
        /// Where.
        path: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl ConfigError {
    /// Where in the file the fault is, as paths of [`ztp_core::schema`] say it; none for a file that is not known.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::File { .. } => None,
            Self::Schema(error) => Some(&error.path),
            Self::Range { path, .. }
            | Self::TimeZone { path, .. }
            | Self::ClockTime { path, .. }
            | Self::Date { path }
            | Self::Weekday { path }
            | Self::List { path, .. } => Some(path),
        }
    }
}

impl Coded for ConfigError {
    fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "settings_file",
            Self::Schema(error) => error.code(),
            Self::Range { .. } => "settings_range",
            Self::TimeZone { .. } => "settings_time_zone",
            Self::ClockTime { .. } => "settings_clock_time",
            Self::Date { .. } => "settings_date",
            Self::Weekday { .. } => "settings_weekday",
            Self::List { .. } => "settings_list",
        }
    }
}

/// A record or state that the fold refuses; the fold is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnomalyError {
    /// A record does not follow the one before it.
    #[error("record {found} does not follow record {after}; give every record of the log in order")]
    Sequence {
        /// The record stepped before.
        after: u64,
        /// The record given.
        found: u64,
    },
    /// The bytes are not a state.
    #[error(
        "the snapshot is not a state of the detectors: {reason}; replay the log from an earlier one or from its start"
    )]
    Snapshot {
        /// What is wrong.
        reason: &'static str,
    },
    /// The snapshot was taken over another log.
    #[error("the snapshot is of another chain: record {seq} has another hash; it is no state of this log")]
    OtherChain {
        /// The record of the snapshot.
        seq: u64,
    },
}

impl Coded for AnomalyError {
    fn code(&self) -> &'static str {
        match self {
            Self::Sequence { .. } => "anomaly_sequence",
            Self::Snapshot { .. } => "anomaly_snapshot_malformed",
            Self::OtherChain { .. } => "anomaly_snapshot_other_chain",
        }
    }
}
