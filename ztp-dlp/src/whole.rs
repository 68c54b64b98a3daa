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

/// Most findings of one stream and rule that are compared with each other; with more, each stands for itself.
const COMPARED_MAX: usize = 4096;

/// Brings parts to what they are parts of. `allowed` says whether the allow-list covers a finding: under one that it covers, only
/// pieces go along; another whole thing at its place stays a finding of its own.
pub(crate) fn gather(
    found: Vec<(Surface, Found)>,
    allowed: impl Fn(Surface, &Found) -> bool,
) -> Vec<(Surface, Found, Vec<Part>)> {
    let mut streams: BTreeMap<(Surface, RuleId, Vec<u64>), Vec<usize>> = BTreeMap::new();
    for (number, (surface, one)) in found.iter().enumerate() {
        let stream = (*surface, one.hit.rule.clone(), one.place.streams.clone());
        streams.entry(stream).or_default().push(number);
    }
    let mut parts: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
    let mut taken = vec![false; found.len()];
    for (_, mut members) in streams {
        if members.len() < 2 || members.len() > COMPARED_MAX {
            continue;
        }
        let at = |number: &usize| found.get(*number);
        // The outermost and gravest first, so that what is taken in is never itself what takes in.
        members.sort_by_key(|number| {
            at(number).map(|(_, one)| {
                (one.hit.is_part(), std::cmp::Reverse((one.hit.severity, one.hit.action)), one.depth, one.place.inner.start)
            })
        });
        let mut wholes: Vec<usize> = Vec::new();
        for number in members {
            let Some((_, one)) = at(&number) else { continue };
            let around = wholes.iter().find(|whole| {
                at(whole).is_some_and(|(surface, whole)| {
                    holds(whole, one) && (one.hit.is_part() || !allowed(*surface, whole))
                })
            });
            if let Some(&around) = around {
                if let Some(taken) = taken.get_mut(number) {
                    *taken = true;
                }
                let list = parts.entry(around).or_default();
                let part = Part { kind: one.hit.kind, path: one.place.path.clone() };
                if list.len() < PARTS_MAX && !list.contains(&part) {
                    list.push(part);
                }
            } else if !one.hit.is_part() {
                wholes.push(number);
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

/// Whether `one` is part of `whole`, which is no piece itself.
fn holds(whole: &Found, one: &Found) -> bool {
    if one.hit.severity > whole.hit.severity || one.hit.action > whole.hit.action {
        return false;
    }
    let (outer, inner) = (&whole.place.inner, &one.place.inner);
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
