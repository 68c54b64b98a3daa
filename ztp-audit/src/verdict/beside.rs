//! What lies beside a log, and what recoveries set aside.

use ztp_core::canonical::Value;

use super::{object, text};
use crate::control::integer;

/// Why something in the log's directory is no part of the log, or not what the log says of it. None of these is a break: every record
/// holds whatever lies beside it. Some of them keep the writer from going on. The gravest come first: they are listed whatever lies there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StrayKind {
    /// A directory, link, pipe or device under the name of a file of the writer's own. The writer refuses such a log.
    WrongType,
    /// Behind the last checkpoint stands what a crash leaves of one, but no seal waits for its checkpoint. The writer refuses such a log.
    TornCheckpoint,
    /// Checkpoints, none of them whole, of a segment that is not there.
    NoSegment,
    /// A `log.recovered` record names a file that is not in `recovered/`.
    RecoveredMissing,
    /// A `log.recovered` record names a file that holds other bytes.
    RecoveredDiffers,
    /// The writer's lock, which nobody writes to, holds bytes.
    LockHoldsBytes,
    /// What a recovery that was cut off leaves in `recovered/`; the writer's next opening ends it.
    RecoveryUnfinished,
    /// A file in `recovered/` that no record names.
    Unrecorded,
    /// A name that no part of a log has. It was not read.
    NoPartOfLog,
}

impl StrayKind {
    /// The word used in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoPartOfLog => "no_part_of_log",
            Self::NoSegment => "no_segment",
            Self::TornCheckpoint => "torn_checkpoint",
            Self::Unrecorded => "unrecorded",
            Self::RecoveryUnfinished => "recovery_unfinished",
            Self::RecoveredMissing => "recovered_missing",
            Self::RecoveredDiffers => "recovered_differs",
            Self::WrongType => "wrong_type",
            Self::LockHoldsBytes => "lock_holds_bytes",
        }
    }
}

/// Something in the log's directory that no writer of this log left there, or that is not there although one did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stray {
    /// What it is.
    pub kind: StrayKind,
    /// Its path below the log's directory.
    pub file: String,
}

/// What recoveries set aside, by the `log.recovered` records of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// How many such records there are.
    pub records: u64,
    /// Bytes that they say were taken as torn.
    pub bytes: u64,
}

pub(super) fn recovered_value(r: &Recovered) -> Value {
    object([("bytes", integer(r.bytes)), ("records", integer(r.records))])
}

pub(super) fn stray_value(s: &Stray) -> Value {
    object([("file", text(&s.file)), ("kind", text(s.kind.as_str()))])
}
