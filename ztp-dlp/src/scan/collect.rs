//! Hits of all nodes brought together: one for each secret and rule, the one that says most.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::recognise::{Beyond, Hit};
use crate::rule::{Action, RuleId, Severity, Tag};
use crate::trail::Place;

/// A hit at its place in the surface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) hit: Hit,
    pub(crate) place: Place,
    pub(crate) depth: u8,
    /// Other places at which the same was seen, as streams and range in the innermost ([`Place`]).
    pub(crate) again: Vec<(Vec<u64>, Range<u64>)>,
}

impl Found {
    /// Graver first, then the shorter way, then the earlier place.
    fn is_better_than(&self, other: &Self) -> bool {
        let key = |found: &Self| {
            (
                std::cmp::Reverse(found.hit.severity),
                found.depth,
                found.place.range.start,
                found.place.range.end,
            )
        };
        (key(self), &self.place.path) < (key(other), &other.place.path)
    }
}

/// Most other places that a surface remembers.
const AGAIN_MAX: usize = 4096;

/// Most pieces of registered secrets that a surface remembers.
const SHINGLES_MAX: usize = 65_536;

/// See the module.
#[derive(Debug)]
pub(crate) struct Collector {
    found: BTreeMap<(RuleId, Tag), Found>,
    max: usize,
    shingles: BTreeMap<u64, (usize, BTreeSet<Tag>)>,
    pieces: usize,
    again: usize,
    /// What found no room, by rule.
    beyond: BTreeMap<RuleId, Beyond>,
    /// The least grave that has room, once it is asked for.
    least: Option<(Severity, Action)>,
}

impl Collector {
    pub(crate) const fn new(max: usize) -> Self {
        Self {
            found: BTreeMap::new(),
            max,
            shingles: BTreeMap::new(),
            pieces: 0,
            again: 0,
            beyond: BTreeMap::new(),
            least: None,
        }
    }

    /// Takes a hit. One that finds no room is counted, unless it is graver than one that has: then that one is counted.
    pub(crate) fn add(&mut self, hit: Hit, place: Place, depth: u8) {
        if let Some(secret) = hit.secret {
            let (of, seen) = self.shingles.entry(secret).or_default();
            *of = (*of).max(hit.of);
            for &tag in &hit.shingles {
                if self.pieces < SHINGLES_MAX && seen.insert(tag) {
                    self.pieces += 1;
                }
            }
        }
        let full = self.found.len() >= self.max;
        let mut found = Found { hit, place, depth, again: Vec::new() };
        match self.found.entry((found.hit.rule.clone(), found.hit.tag)) {
            Entry::Vacant(_) if full => self.make_room(found),
            Entry::Vacant(entry) => {
                entry.insert(found);
            }
            Entry::Occupied(mut entry) => {
                if found.is_better_than(entry.get()) {
                    std::mem::swap(entry.get_mut(), &mut found);
                    entry.get_mut().again = std::mem::take(&mut found.again);
                }
                let other = (found.place.streams, found.place.inner);
                let kept = entry.get_mut();
                let known = (&kept.place.streams, &kept.place.inner) == (&other.0, &other.1);
                if self.again < AGAIN_MAX && !known && !kept.again.contains(&other) {
                    self.again += 1;
                    kept.again.push(other);
                }
            }
        }
    }

    /// Puts a finding in the place of the least grave one, if that is less grave; the one that goes is counted.
    fn make_room(&mut self, found: Found) {
        let grave = |found: &Found| (found.hit.severity, found.hit.action);
        // What is listed only ever grows graver, so that a least that was asked for once is never too high.
        if self.least.is_some_and(|least| least >= grave(&found)) {
            return Beyond::count(&mut self.beyond, &found.hit);
        }
        let last = self.found.iter().min_by_key(|(_, other)| grave(other));
        let Some((key, least)) = last.map(|(key, other)| (key.clone(), grave(other))) else { return };
        self.least = Some(least);
        if least >= grave(&found) {
            return Beyond::count(&mut self.beyond, &found.hit);
        }
        if let Some(gone) = self.found.remove(&key) {
            Beyond::count(&mut self.beyond, &gone.hit);
        }
        self.found.insert((found.hit.rule.clone(), found.hit.tag), found);
    }

    /// Counts what a view had no room for.
    pub(crate) fn beyond(&mut self, more: &BTreeMap<RuleId, Beyond>) {
        for (rule, more) in more {
            Beyond::add(&mut self.beyond, rule, *more);
        }
    }

    /// What found no room, by rule.
    pub(crate) const fn unlisted(&self) -> &BTreeMap<RuleId, Beyond> {
        &self.beyond
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Found> {
        self.found.values()
    }

    pub(crate) const fn shingles(&self) -> &BTreeMap<u64, (usize, BTreeSet<Tag>)> {
        &self.shingles
    }
}
