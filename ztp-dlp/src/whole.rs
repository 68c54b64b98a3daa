//! One secret, one finding: what lies inside a whole finding of the same rule is part of it.
//!
//! A key in PEM holds pieces that, decoded some other way, look like pieces of a key by themselves: the padding of its base64 reads as
//! an escape, its characters as look-alikes. Their places tell that they are the same thing.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::finding::{PARTS_MAX, Part};
use crate::rule::RuleId;
use crate::scan::Found;
use crate::surface::Surface;

/// Bytes by which a part may stick out: markers and padding that one way counts in and another does not.
const SLACK: u64 = 64;

/// Where things lie in one compressed stream, or in a surface itself: only there do ranges compare.
type Stream = (Surface, RuleId, Vec<u64>);

/// Brings parts to what they are parts of. `allowed` says whether the allow-list covers a finding: under one that it covers, only
/// pieces go along; another whole thing at its place stays a finding of its own.
pub(crate) fn gather(
    found: Vec<(Surface, Found)>,
    allowed: impl Fn(Surface, &Found) -> bool,
) -> Vec<(Surface, Found, Vec<Part>)> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    // The outermost and gravest first, so that what takes in is never itself taken in.
    order.sort_by_key(|&number| {
        found.get(number).map(|(_, one)| {
            let grave = std::cmp::Reverse((one.hit.severity, one.hit.action));
            (one.hit.is_part(), grave, one.depth, one.place.inner.start)
        })
    });
    let mut wholes: BTreeMap<Stream, Vec<(usize, Range<u64>)>> = BTreeMap::new();
    let mut parts: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
    let mut taken = vec![false; found.len()];
    for number in order {
        let Some((surface, one)) = found.get(number) else { continue };
        let around = |(streams, inner): (&Vec<u64>, &Range<u64>)| {
            let near = wholes.get(&(*surface, one.hit.rule.clone(), streams.clone()))?;
            near.iter().find_map(|(around, outer)| {
                let (_, whole) = found.get(*around)?;
                let held =
                    holds(whole, outer, one, inner) && (one.hit.is_part() || !allowed(*surface, whole));
                held.then_some(*around)
            })
        };
        // Each place at which it was seen must lie inside something; one that stands alone is a finding.
        let first = around((&one.place.streams, &one.place.inner));
        let all =
            first.is_some() && one.again.iter().all(|(streams, inner)| around((streams, inner)).is_some());
        if let Some(around) = first.filter(|_| all) {
            if let Some(taken) = taken.get_mut(number) {
                *taken = true;
            }
            let list = parts.entry(around).or_default();
            let part = Part { kind: one.hit.kind, path: one.place.path.clone() };
            if list.len() < PARTS_MAX && !list.contains(&part) {
                list.push(part);
            }
        } else if !one.hit.is_part() {
            let main = [(one.place.streams.clone(), one.place.inner.clone())];
            for (streams, inner) in main.iter().chain(&one.again) {
                let stream = (*surface, one.hit.rule.clone(), streams.clone());
                wholes.entry(stream).or_default().push((number, inner.clone()));
            }
        }
    }
    let kept = found.into_iter().enumerate().zip(taken).filter(|(_, taken)| !taken);
    kept.map(|((number, (surface, one)), _)| {
        let mut parts = parts.remove(&number).unwrap_or_default();
        parts.sort_unstable();
        (surface, one, parts)
    })
    .collect()
}

/// Whether `one`, where it was seen at `inner`, is part of `whole`, which was seen at `outer` and is no piece itself.
fn holds(whole: &Found, outer: &Range<u64>, one: &Found, inner: &Range<u64>) -> bool {
    if one.hit.severity > whole.hit.severity || one.hit.action > whole.hit.action {
        return false;
    }
    if inner.start.saturating_add(SLACK) < outer.start || inner.end > outer.end.saturating_add(SLACK) {
        return false;
    }
    if one.hit.is_part() || one.hit.severity < whole.hit.severity {
        return true;
    }
    // The same thing by another way, damaged there: it fills the place. Another thing that stands inside does not, and one that
    // was read the same way is another thing.
    whole.place.path != one.place.path && length(inner).saturating_mul(2) >= length(outer)
}

const fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}
