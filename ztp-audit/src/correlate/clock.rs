//! What the streams say of their hosts' clocks: a wall clock that was set during a boot moves against the clock that cannot be set.

use std::collections::BTreeMap;

use super::entry::{Clock, Uid};
use super::finding::{Finding, Kind, Stream};

/// Boots of one stream whose clocks are followed; more are counted and named as unchecked.
const BOOTS_MAX: usize = 64;

/// How the wall clock stood against the monotonic one during a boot, in milliseconds, and when it was seen so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    least: (i64, i64),
    most: (i64, i64),
}

/// The clocks of one stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Clocks {
    boots: BTreeMap<Uid, Range>,
    /// Readings of boots beyond the bound.
    pub(super) not_followed: u64,
}

impl Clocks {
    pub(super) fn read(&mut self, clock: &Clock) {
        let seen = (clock.wall_ms.saturating_sub(clock.mono_ms), clock.wall_ms);
        if let Some(range) = self.boots.get_mut(&clock.boot) {
            range.least = range.least.min(seen);
            range.most = range.most.max(seen);
        } else if self.boots.len() < BOOTS_MAX {
            self.boots.insert(clock.boot.clone(), Range { least: seen, most: seen });
        } else {
            self.not_followed += 1;
        }
    }

    /// A finding for each boot during which the wall clock moved by more than `limit_ms` against the monotonic one.
    pub(super) fn steps(&self, stream: Stream, limit_ms: u64) -> impl Iterator<Item = Finding> {
        self.boots.iter().filter_map(move |(boot, range)| {
            let moved_ms = range.most.0.abs_diff(range.least.0);
            if moved_ms <= limit_ms {
                return None;
            }
            let mut finding = Finding::new(Kind::ClockStep, range.least.1.min(range.most.1));
            finding.stream = Some(stream);
            finding.facts = vec![
                ("moved_ms", i64::try_from(moved_ms).unwrap_or(i64::MAX)),
                ("wall_least_ahead_at_ms", range.least.1),
                ("wall_most_ahead_at_ms", range.most.1),
            ];
            finding.reason = format!("boot {boot}");
            Some(finding)
        })
    }
}
