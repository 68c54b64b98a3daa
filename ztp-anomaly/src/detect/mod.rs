//! The detectors. Each is a state with three questions: a record came, time passed, and when is there something to do next.

pub(crate) mod daily;
pub(crate) mod evaluation;
pub(crate) mod evidence;
pub(crate) mod flood;
pub(crate) mod glass;
pub(crate) mod people;
pub(crate) mod ratio;

/// Nothing to do.
pub(crate) const NEVER: i64 = i64::MAX;
