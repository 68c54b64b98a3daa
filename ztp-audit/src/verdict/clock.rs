//! Steps of the bench's clock, as the log's own evidence shows them.

use ztp_core::canonical::Value;
use ztp_core::time::Timestamp;

use super::{object, text};
use crate::control::integer;

/// What shows a step. None of them is a break: an operator may set a clock, and times are the bench's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ClockStepKind {
    /// A record is dated earlier than the one before.
    DatedBack,
    /// Two seals of one boot: the wall clock moved against the monotonic one, forward or back.
    WallMoved,
    /// Two seals of one boot: the monotonic clock, which cannot be set, is behind what it was.
    MonotonicBack,
}

impl ClockStepKind {
    /// The word used in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DatedBack => "dated_back",
            Self::WallMoved => "wall_moved",
            Self::MonotonicBack => "monotonic_back",
        }
    }
}

/// A step of the clock: data, never a break.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockStep {
    /// The record that shows it.
    pub seq: u64,
    /// What shows it.
    pub kind: ClockStepKind,
    /// Milliseconds: by how much the record is dated earlier, by how much the wall clock moved against the monotonic one, or by how
    /// much the monotonic one is behind. Negative where it went back.
    pub moved_ms: i64,
    /// Timestamp of the record that it is compared with: the one before, or an earlier seal of the same boot.
    pub from: String,
    /// Its own timestamp.
    pub to: String,
}

impl ClockStep {
    /// A record dated before the one before it.
    pub(crate) fn dated_back(seq: u64, from: &[u8; 24], to: &[u8; 24]) -> Self {
        let ms = |time| Timestamp::from_bytes(time).map_or(0, Timestamp::as_millis);
        let shown = |time: &[u8; 24]| String::from_utf8_lossy(time).into_owned();
        let moved_ms = ms(to).saturating_sub(ms(from));
        Self { seq, kind: ClockStepKind::DatedBack, moved_ms, from: shown(from), to: shown(to) }
    }
}

pub(super) fn step_value(s: &ClockStep) -> Value {
    object([
        ("from", text(&s.from)),
        ("kind", text(s.kind.as_str())),
        ("moved_ms", Value::Int(s.moved_ms)),
        ("seq", integer(s.seq)),
        ("to", text(&s.to)),
    ])
}
