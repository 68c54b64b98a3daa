//! Counts of times in milliseconds: exact where the threshold is, mergeable, and of a size that does not depend on the input.

use std::collections::BTreeMap;

/// Times up to this magnitude are counted to the millisecond, larger ones in steps of 1/32: twice the usual threshold.
pub const EXACT_MS: u64 = 1 << 16;

/// Steps between one power of two and the next, above [`EXACT_MS`] (and above `exact_ms` of a [`Coarse`] count).
const STEPS_LOG2: u32 = 5;

/// The step that a time falls into: itself up to `exact` (a power of two), then 32 steps for each doubling.
fn step_of(ms: u64, exact: u64) -> u64 {
    if ms < exact {
        return ms;
    }
    let above = ms.ilog2() - exact.ilog2();
    let shift = ms.ilog2() - STEPS_LOG2;
    exact + (u64::from(above) << STEPS_LOG2) + ((ms >> shift) - (1 << STEPS_LOG2))
}

/// The largest time of a step.
fn top_of(step: u64, exact: u64) -> u64 {
    if step < exact {
        return step;
    }
    let above = (step - exact) >> STEPS_LOG2;
    let within = (step - exact) & ((1 << STEPS_LOG2) - 1);
    let log2 = exact.ilog2() + u32::try_from(above).unwrap_or(u32::MAX).min(63 - exact.ilog2());
    let shift = log2 - STEPS_LOG2;
    ((within + (1 << STEPS_LOG2) + 1) << shift) - 1
}

/// The rank, from 1, of the value below or at which `percent` of `count` values lie (nearest rank).
fn rank(count: u64, percent: u64) -> u64 {
    let hundredths = u128::from(count) * u128::from(percent);
    u64::try_from(hundredths.div_ceil(100)).unwrap_or(u64::MAX).max(1)
}

/// p50, p95, p99 and the largest, all in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Percentiles {
    /// How many times were counted.
    pub count: u64,
    /// Half of them are at most this.
    pub p50_ms: u64,
    /// 95 of 100 are at most this.
    pub p95_ms: u64,
    /// 99 of 100 are at most this.
    pub p99_ms: u64,
    /// The largest, always exact.
    pub max_ms: u64,
}

/// Signed times, as counts of each: for the offset between two clocks and the drift around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signed {
    /// By step; the key of a negative time is `-1 - step`.
    counts: BTreeMap<i64, u64>,
    count: u64,
    max_ms: u64,
}

impl Signed {
    /// Counts one time.
    pub fn add(&mut self, ms: i64) {
        let step = i64::try_from(step_of(ms.unsigned_abs(), EXACT_MS)).unwrap_or(i64::MAX - 1);
        *self.counts.entry(if ms < 0 { -1 - step } else { step }).or_default() += 1;
        self.count += 1;
        self.max_ms = self.max_ms.max(ms.unsigned_abs());
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Self) {
        for (key, count) in &other.counts {
            *self.counts.entry(*key).or_default() += count;
        }
        self.count += other.count;
        self.max_ms = self.max_ms.max(other.max_ms);
    }

    /// How many times were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The times as counted, ascending: each step by its largest magnitude, and its count.
    fn steps(&self) -> impl Iterator<Item = (i64, u64)> {
        let value = |key: i64| match u64::try_from(key) {
            Ok(step) => i64::try_from(top_of(step, EXACT_MS)).unwrap_or(i64::MAX),
            Err(_) => i64::try_from(top_of((-1 - key).unsigned_abs(), EXACT_MS)).map_or(i64::MIN, |ms| -ms),
        };
        self.counts.iter().map(move |(key, count)| (value(*key), *count))
    }

    /// The median: the lower of the two in the middle where the count is even. `None` if nothing was counted.
    #[must_use]
    pub fn median(&self) -> Option<i64> {
        let half = rank(self.count, 50);
        let mut below = 0;
        self.steps()
            .find(|(_, count)| {
                below += count;
                below >= half
            })
            .map(|(ms, _)| ms)
    }

    /// Percentiles of the distances from `centre_ms`: of the times themselves for 0.
    #[must_use]
    pub fn distances(&self, centre_ms: i64) -> Percentiles {
        let mut distances: BTreeMap<u64, u64> = BTreeMap::new();
        for (ms, count) in self.steps() {
            *distances.entry(ms.abs_diff(centre_ms)).or_default() += count;
        }
        let last = distances.keys().next_back().copied().unwrap_or_default();
        percentiles(distances.into_iter(), self.count, if centre_ms == 0 { self.max_ms } else { last })
    }
}

/// The percentiles of ascending values with their counts; none of them is above the largest.
fn percentiles(values: impl Iterator<Item = (u64, u64)>, count: u64, max_ms: u64) -> Percentiles {
    let mut found = Percentiles { count, max_ms, ..Percentiles::default() };
    if count == 0 {
        return found;
    }
    let mut wanted = [(rank(count, 50), None), (rank(count, 95), None), (rank(count, 99), None)];
    let mut below = 0;
    for (value, of_it) in values {
        below += of_it;
        for (rank, place) in &mut wanted {
            if below >= *rank && place.is_none() {
                *place = Some(value.min(max_ms));
            }
        }
    }
    let [p50, p95, p99] = wanted.map(|(_, value)| value.unwrap_or(max_ms));
    (found.p50_ms, found.p95_ms, found.p99_ms) = (p50, p95, p99);
    found
}

/// Times as counts of coarser steps, for a point of a plot: to the millisecond up to 63, then in steps of 1/32.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coarse {
    counts: BTreeMap<u16, u64>,
    count: u64,
    max_ms: u64,
}

/// Up to here a [`Coarse`] count is exact.
const COARSE_EXACT_MS: u64 = 64;

impl Coarse {
    /// Counts one time.
    pub fn add(&mut self, ms: u64) {
        let step = u16::try_from(step_of(ms, COARSE_EXACT_MS)).unwrap_or(u16::MAX);
        *self.counts.entry(step).or_default() += 1;
        self.count += 1;
        self.max_ms = self.max_ms.max(ms);
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Self) {
        for (step, count) in &other.counts {
            *self.counts.entry(*step).or_default() += count;
        }
        self.count += other.count;
        self.max_ms = self.max_ms.max(other.max_ms);
    }

    /// The percentiles, each rounded up to the largest time of its step.
    #[must_use]
    pub fn percentiles(&self) -> Percentiles {
        let values =
            self.counts.iter().map(|(step, count)| (top_of((*step).into(), COARSE_EXACT_MS), *count));
        percentiles(values, self.count, self.max_ms)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_time_lies_in_its_step_and_steps_are_no_wider_than_a_thirty_second() {
        for exact in [COARSE_EXACT_MS, EXACT_MS] {
            let mut times: Vec<u64> = (0..exact * 4).collect();
            times.extend((0..63).flat_map(|log2| [(1 << log2) - 1, 1 << log2, (1 << log2) + 1]));
            times.push(1 << 53);
            times.sort_unstable();
            let mut last = 0;
            for ms in times {
                let step = step_of(ms, exact);
                assert!(step >= last, "{ms}");
                last = step;
                let top = top_of(step, exact);
                assert!(top >= ms && top - ms <= ms / 32, "{ms}: {top}");
                assert_eq!(step_of(top, exact), step, "{ms}");
                if ms < exact {
                    assert_eq!(top, ms);
                }
            }
        }
    }

    /// Nearest rank on the values themselves.
    fn expected(sorted: &[u64], percent: u64) -> u64 {
        let rank = (sorted.len() as u64 * percent).div_ceil(100).max(1);
        sorted[usize::try_from(rank).unwrap() - 1]
    }

    proptest! {
        #[test]
        fn median_and_percentiles_are_exact_within_the_exact_range(
            times in prop::collection::vec(-65_535_i64..65_535, 1..200),
        ) {
            let mut counted = Signed::default();
            times.iter().for_each(|&ms| counted.add(ms));
            let mut sorted = times.clone();
            sorted.sort_unstable();
            let median = sorted[(sorted.len() - 1) / 2];
            prop_assert_eq!(counted.median(), Some(median));
            for centre in [0, median] {
                let mut distances: Vec<u64> = times.iter().map(|ms| ms.abs_diff(centre)).collect();
                distances.sort_unstable();
                let found = counted.distances(centre);
                prop_assert_eq!(found.p50_ms, expected(&distances, 50));
                prop_assert_eq!(found.p95_ms, expected(&distances, 95));
                prop_assert_eq!(found.p99_ms, expected(&distances, 99));
                prop_assert_eq!(found.max_ms, distances[distances.len() - 1]);
            }
        }

        #[test]
        fn counts_of_parts_merge_to_the_count_of_the_whole(
            times in prop::collection::vec(-10_000_000_i64..10_000_000, 0..100), cut in 0_usize..100,
        ) {
            let cut = cut.min(times.len());
            let (mut whole, mut left, mut right) = (Signed::default(), Signed::default(), Signed::default());
            let (mut plot, mut first, mut second) = (Coarse::default(), Coarse::default(), Coarse::default());
            for (at, &ms) in times.iter().enumerate() {
                whole.add(ms);
                plot.add(ms.unsigned_abs());
                if at < cut { &mut left } else { &mut right }.add(ms);
                if at < cut { &mut first } else { &mut second }.add(ms.unsigned_abs());
            }
            left.merge(&right);
            first.merge(&second);
            prop_assert_eq!(left, whole);
            prop_assert_eq!(first, plot);
        }
    }
}
