//! What was seen before: principals with their verbs, and users and namespaces of break-glass.

use std::collections::BTreeSet;

use crate::codec::{Malformed, Reader, Writer};
use crate::rule::DAY;

/// Most pairs that are remembered.
const PAIRS_MAX: usize = 8192;
/// In the first days of a log everything is new: verbs are learned without a notice.
const LEARNING: i64 = 14 * DAY;

/// What a pair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pair {
    /// A principal and a verb.
    Action,
    /// A user of break-glass.
    BreakGlassPrincipal,
    /// A namespace that break-glass was used in.
    BreakGlassNamespace,
}

const PAIRS: [Pair; 3] = [Pair::Action, Pair::BreakGlassPrincipal, Pair::BreakGlassNamespace];

/// Whether a pair is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Novelty {
    Known,
    /// New while the log is young.
    Learned,
    New,
    /// New, and there is no room to remember it.
    Overflow,
}

/// The pairs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Seen {
    begun: Option<i64>,
    pairs: BTreeSet<(Pair, Box<str>, Box<str>)>,
}

impl Seen {
    pub(crate) fn see(&mut self, now: i64, pair: Pair, first: &str, second: &str) -> Novelty {
        let begun = *self.begun.get_or_insert(now);
        let item = (pair, first.into(), second.into());
        if self.pairs.contains(&item) {
            return Novelty::Known;
        }
        if self.pairs.len() >= PAIRS_MAX {
            return Novelty::Overflow;
        }
        self.pairs.insert(item);
        if pair == Pair::Action && now - begun < LEARNING { Novelty::Learned } else { Novelty::New }
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.option(self.begun, Writer::signed);
        w.count(self.pairs.len());
        for (pair, first, second) in &self.pairs {
            w.count(PAIRS.iter().position(|known| known == pair).unwrap_or(0));
            w.text(first);
            w.text(second);
        }
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut seen = Self { begun: r.option(Reader::time)?, ..Self::default() };
        let count = r.count()?;
        if count > PAIRS_MAX {
            return Err(Malformed);
        }
        for _ in 0..count {
            let place = usize::try_from(r.unsigned()?).map_err(|_| Malformed)?;
            let pair = *PAIRS.get(place).ok_or(Malformed)?;
            let item = (pair, r.text()?.into(), r.text()?.into());
            if seen.pairs.last().is_some_and(|last| *last >= item) {
                return Err(Malformed);
            }
            seen.pairs.insert(item);
        }
        Ok(seen)
    }
}
