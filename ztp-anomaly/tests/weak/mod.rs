//! Detectors that lack one thing each, as they are met in the field. Times are in milliseconds, shares in millionths.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    missing_docs,
    dead_code,
    reason = "test code"
)]

use std::collections::BTreeMap;

/// Counts in windows that lie side by side: more than `max` in one of them?
pub(crate) fn tumbling(times: &[i64], window: i64, max: usize) -> bool {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for at in times {
        *counts.entry(at.div_euclid(window)).or_default() += 1;
    }
    counts.values().any(|count| *count > max)
}

/// A sliding window that evicts by the newest time it has seen: more than `max` in it at any time?
pub(crate) fn evicting_by_newest(times: &[i64], window: i64, max: usize) -> bool {
    let mut held: Vec<i64> = Vec::new();
    let mut newest = i64::MIN;
    for &at in times {
        held.push(at);
        newest = newest.max(at);
        held.retain(|held| *held > newest - window);
        if held.len() > max {
            return true;
        }
    }
    false
}

/// A sliding window whose breach has to hold, with pauses up to `gap`, and nothing beside it.
pub(crate) fn sustained(times: &[i64], window: i64, max: usize, hold: i64, gap: i64) -> bool {
    let mut breach: Option<(i64, i64)> = None;
    for (n, &at) in times.iter().enumerate() {
        let Some(oldest) = n.checked_sub(max).map(|place| times[place]) else { continue };
        if oldest <= at - window {
            continue;
        }
        let from = match breach {
            Some((from, until)) if at - until <= gap => from,
            _ => at,
        };
        breach = Some((from, oldest + window));
        if oldest + window - from >= hold {
            return true;
        }
    }
    false
}

/// The limit of the tier-B rule over a baseline, as an insider computes it: median and the smallest deviation.
pub(crate) fn limit_ppm(baseline: &[i64]) -> i64 {
    let mut sorted = baseline.to_vec();
    sorted.sort_unstable();
    let median = i64::midpoint(sorted[sorted.len() / 2], sorted[(sorted.len() - 1) / 2]);
    median + 2 * 20_000
}

/// The mean and two standard deviations of the last fourteen days; a deviation is at least 0.02.
pub(crate) fn naive_limit_ppm(days: &[i64]) -> i64 {
    let last: Vec<i64> = days.iter().rev().take(14).copied().collect();
    let count = i64::try_from(last.len()).unwrap();
    let mean = last.iter().sum::<i64>() / count;
    let variance = last.iter().map(|day| (day - mean).pow(2)).sum::<i64>() / (count - 1);
    mean + 2 * variance.isqrt().max(20_000)
}

/// Above [`naive_limit_ppm`]?
pub(crate) fn mean_and_two_sigma(days: &[i64], today: i64) -> bool {
    today > naive_limit_ppm(days)
}

/// Median and median deviation, and no alarm when the deviation is 0.
pub(crate) fn median_and_mad(days: &[i64], today: i64) -> bool {
    let median = |values: &[i64]| {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    };
    let centre = median(days);
    let mad = median(&days.iter().map(|day| (day - centre).abs()).collect::<Vec<_>>());
    mad != 0 && today > centre + 3 * mad
}
