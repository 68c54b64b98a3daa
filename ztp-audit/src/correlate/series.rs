//! Drift over time, ready to plot: a bounded number of points whose width grows with the time they span.

use std::collections::BTreeMap;

use super::histogram::{Coarse, Percentiles};

/// Points of a series at most.
pub const POINTS_MAX: usize = 512;

/// Width of a point to begin with.
const WIDTH_MIN_MS: i64 = 60_000;

/// Drift by time. The width of a point is the smallest of one minute times a power of two with which at most [`POINTS_MAX`]
/// points hold a time, so it does not depend on the order in which times come, nor on how they were divided and merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    width_ms: i64,
    points: BTreeMap<i64, Coarse>,
}

impl Default for Series {
    fn default() -> Self {
        Self { width_ms: WIDTH_MIN_MS, points: BTreeMap::new() }
    }
}

impl Series {
    /// Counts a drift at a time (milliseconds since 1970).
    pub fn add(&mut self, at_ms: i64, drift_ms: u64) {
        self.points.entry(at_ms.div_euclid(self.width_ms)).or_default().add(drift_ms);
        self.settle();
    }

    /// Adds the points of another.
    pub fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        while self.width_ms < other.width_ms {
            self.widen();
        }
        while other.width_ms < self.width_ms {
            other.widen();
        }
        for (place, point) in &other.points {
            self.points.entry(*place).or_default().merge(point);
        }
        self.settle();
    }

    fn settle(&mut self) {
        while self.points.len() > POINTS_MAX {
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.width_ms *= 2;
        for (place, point) in std::mem::take(&mut self.points) {
            self.points.entry(place.div_euclid(2)).or_default().merge(&point);
        }
    }

    /// Width of each point in milliseconds.
    #[must_use]
    pub fn width_ms(&self) -> i64 {
        self.width_ms
    }

    /// Start of each point that holds a time (milliseconds since 1970), with what it holds; ascending.
    pub fn points(&self) -> impl Iterator<Item = (i64, Percentiles)> {
        self.points.iter().map(|(place, point)| (place.saturating_mul(self.width_ms), point.percentiles()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn points_are_few_and_depend_neither_on_order_nor_on_division(
            times in prop::collection::vec((0_i64..40_000_000_000, 0_u64..90_000), 0..1500), cut in 0_usize..1500,
        ) {
            let cut = cut.min(times.len());
            let mut whole = Series::default();
            times.iter().for_each(|&(at, drift)| whole.add(at, drift));
            prop_assert!(whole.points().count() <= POINTS_MAX);
            prop_assert_eq!(whole.points().map(|(_, p)| p.count).sum::<u64>(), times.len() as u64);

            let mut backwards = Series::default();
            times.iter().rev().for_each(|&(at, drift)| backwards.add(at, drift));
            prop_assert_eq!(&backwards, &whole);

            let (mut left, mut right) = (Series::default(), Series::default());
            times.iter().take(cut).for_each(|&(at, drift)| left.add(at, drift));
            times.iter().skip(cut).for_each(|&(at, drift)| right.add(at, drift));
            let mut merged = left.clone();
            merged.merge(&right);
            prop_assert_eq!(&merged, &whole);
            right.merge(&left);
            prop_assert_eq!(&right, &whole);
        }
    }
}
