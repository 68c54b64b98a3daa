//! What a correlation is asked to do, and the bounds it keeps.

use std::collections::BTreeSet;

use super::entry::Uid;

/// Thresholds, window and bounds of a correlation. Times are in milliseconds, points in time count from 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Entries from this time on; `None` for all.
    pub since_ms: Option<i64>,
    /// Entries before this time, which is then also the edge that [`Settings::grace_ms`] counts from; `None` for all, with the
    /// streams' last time as the edge.
    pub until_ms: Option<i64>,
    /// The time of whoever compares, which is the edge then, whatever the window: what is still without a partner so long after it is
    /// dated stays so. Entries dated later than this, by more than [`Settings::grace_ms`], are findings. `None` for no clock, and nothing
    /// that is pending at the streams' own end is ever missing.
    pub now_ms: Option<i64>,
    /// An entry without a partner that is less than this old at the edge is pending, not missing.
    pub grace_ms: i64,
    /// Uids that an earlier report called pending: they are missing if they still have no partner.
    pub pending_before: BTreeSet<Uid>,
    /// A pair further apart than this has drifted; a pair exactly so far apart has not.
    pub threshold_ms: u64,
    /// An order of sealing that is off by more than this is an inversion.
    pub order_tolerance_ms: u64,
    /// A median offset of more than this is a skew.
    pub skew_ms: u64,
    /// A wall clock that moved by more than this during a boot was set.
    pub step_ms: u64,
    /// The sealed log's heartbeat, of which two may pass in silence; `None` to judge no silence.
    pub heartbeat_ms: Option<u64>,
    /// Findings of each kind, and pending entries, that are listed; all are counted.
    pub findings_max: usize,
    /// Entries without a partner that are held, both streams together. Above it the oldest are judged early, and
    /// `bound_reached` is a finding.
    pub waiting_max: usize,
    /// Pairs that are remembered to recognise duplicates. A copy that comes later than so many pairs is an entry without a
    /// partner.
    pub remembered_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            since_ms: None,
            until_ms: None,
            now_ms: None,
            grace_ms: 30_000,
            pending_before: BTreeSet::new(),
            threshold_ms: 30_000,
            order_tolerance_ms: 1_000,
            skew_ms: 5_000,
            step_ms: 1_000,
            heartbeat_ms: None,
            findings_max: 100,
            waiting_max: 32_768,
            remembered_max: 65_536,
        }
    }
}

impl Settings {
    /// Whether an entry of this time is outside the window.
    pub(super) fn outside(&self, at_ms: i64) -> bool {
        self.since_ms.is_some_and(|since| at_ms < since) || self.until_ms.is_some_and(|until| at_ms >= until)
    }

    /// The point in time that the grace counts back from: now where it is known, else the window's end, else the streams' last time.
    pub(super) fn edge(&self, last_ms: Option<i64>) -> Option<i64> {
        self.now_ms.or(self.until_ms).or(last_ms)
    }

    /// Whether an entry of this time is dated later than can be true now.
    pub(super) fn ahead(&self, at_ms: i64) -> bool {
        self.now_ms.is_some_and(|now| at_ms > now.saturating_add(self.grace_ms))
    }

    /// How far the log's silence is judged: to the window's end, and no further than now.
    pub(super) fn silence_until(&self) -> Option<i64> {
        self.until_ms.map(|until| self.now_ms.map_or(until, |now| until.min(now)))
    }

    /// Whether an entry of this time is so far outside the window that it cannot be the partner of one inside without having
    /// drifted: twice the threshold.
    pub(super) fn too_far(&self, at_ms: i64) -> bool {
        let lead = i64::try_from(self.threshold_ms.saturating_mul(2)).unwrap_or(i64::MAX);
        self.since_ms.is_some_and(|since| at_ms < since.saturating_sub(lead))
            || self.until_ms.is_some_and(|until| at_ms >= until.saturating_add(lead))
    }
}
