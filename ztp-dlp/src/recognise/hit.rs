//! What recognisers are given beside the view, and what they give back.

use std::collections::BTreeMap;
use std::ops::Range;

use ztp_core::time::Timestamp;

use crate::registry::Registry;
use crate::rule::{Action, Fact, RuleId, Severity, Tag, TagKey};

/// Most bytes before an anchor that a recogniser looks at.
pub const REACH_BEFORE: usize = 64 * 1024;
/// Most bytes after the beginning of an anchor that a recogniser looks at.
pub const REACH_AFTER: usize = 64 * 1024;

/// Version of the logic of the baseline rules: raised whenever they find something else than before.
pub const BASELINE_VERSION: u16 = 3;

/// Most hits of one view; what is beyond is counted.
pub const HITS_MAX: usize = 4096;

/// A string of bytes at which a recogniser wants to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Which, for [`Recognisers::at_anchor`](super::Recognisers::at_anchor).
    pub id: AnchorId,
    /// The bytes; in lower case where case is of no regard.
    pub bytes: Vec<u8>,
    /// Whether upper and lower case of ASCII letters are the same.
    pub nocase: bool,
    /// Whether what it looks like under an encoding is worth a search of its own. Not so for what is itself an encoding.
    pub text: bool,
}

/// Names an anchor of one [`Recognisers`](super::Recognisers).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnchorId(pub u16);

/// What was found, and where; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit {
    /// The rule.
    pub rule: RuleId,
    /// The version of the rule's logic or text.
    pub version: u16,
    /// What it is, in the rule's words: `private-key-pkcs8`, `certificate-fragment`.
    pub kind: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What the rule asks for.
    pub action: Action,
    /// First byte in the view.
    pub start: usize,
    /// The byte after the last one in the view.
    pub end: usize,
    /// What may be said about it.
    pub facts: Vec<(&'static str, Fact)>,
    /// The same for each appearance of one secret.
    pub tag: Tag,
    /// The distinct shingles of a registered secret that were seen, for the ledger of slow drips.
    pub shingles: Vec<Tag>,
    /// Which registered secret.
    pub secret: Option<u64>,
    /// Shingles the whole of that secret has.
    pub of: usize,
}

impl Hit {
    pub(crate) fn new(
        ctx: &Context,
        rule: RuleId,
        kind: &'static str,
        severity: Severity,
        (start, end): (usize, usize),
        tag: Tag,
    ) -> Self {
        let action = ctx.action(&rule, severity);
        Self {
            rule,
            version: BASELINE_VERSION,
            kind,
            severity,
            action,
            start,
            end,
            facts: Vec::new(),
            tag,
            shingles: Vec::new(),
            secret: None,
            of: 0,
        }
    }

    /// A certificate, a request for one, or part of either: made to be shown, so that it is information, and only what the
    /// configuration says of the rule makes more of it.
    pub(crate) fn document(ctx: &Context, kind: &'static str, span: (usize, usize), tag: Tag) -> Self {
        let rule = RuleId::PemMaterial;
        let action = ctx.actions.get(&rule).copied().unwrap_or(Action::Record);
        Self { action, ..Self::new(ctx, rule, kind, Severity::Info, span, tag) }
    }

    /// Whether it is a piece of something, by its own words.
    pub(crate) fn is_part(&self) -> bool {
        const PIECES: [&str; 5] = ["-fragment", "-part", "-payload", "-prefix", "-partial"];
        PIECES.iter().any(|piece| self.kind.ends_with(piece))
            || self.facts.iter().any(|(name, fact)| *name == "whole" && *fact == Fact::Bool(false))
    }

    /// Lowers the severity of a token that has expired by one step: it opens nothing any more, but it was there.
    pub fn lower_if_expired(&mut self, now: Timestamp) {
        let expired = self.facts.iter().any(|(name, fact)| {
            *name == "exp"
                && matches!(fact, Fact::Int(seconds) if seconds.saturating_mul(1000) < now.as_millis())
        });
        if expired && self.rule == RuleId::ServiceAccountToken {
            self.severity = match self.severity {
                Severity::Critical => Severity::High,
                Severity::High => Severity::Medium,
                _ => Severity::Low,
            };
            self.facts.push(("expired", Fact::Bool(true)));
        }
    }

    pub(crate) fn with(mut self, facts: Vec<(&'static str, Fact)>) -> Self {
        self.facts = facts;
        self
    }
}

/// The hits of one view.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    pub(super) hits: Vec<Hit>,
    pub(super) beyond: BTreeMap<RuleId, Beyond>,
    /// The last record of the audit log that was judged: its members all lead to it.
    pub(super) judged: Range<usize>,
    /// Where the two hashes of records begin that confirmed themselves: what they are is known, and decoding them says no more.
    pub(super) hashes: Vec<usize>,
    /// Bytes that were read around anchors.
    pub(super) spent: u64,
    /// Up to where the beginnings of objects were tried in vain, for records and for claims.
    pub(super) tried: [usize; 2],
}

/// Hits of one rule that found no room: how many, and the gravest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Beyond {
    /// How many.
    pub count: u64,
    /// The gravest of them.
    pub severity: Severity,
    /// The gravest action that one of them asks for.
    pub action: Action,
}

impl Beyond {
    /// Counts a hit.
    pub(crate) fn count(beyond: &mut BTreeMap<RuleId, Self>, hit: &Hit) {
        let one = Self { count: 1, severity: hit.severity, action: hit.action };
        Self::add(beyond, &hit.rule, one);
    }

    /// Adds counts.
    pub(crate) fn add(beyond: &mut BTreeMap<RuleId, Self>, rule: &RuleId, more: Self) {
        match beyond.get_mut(rule) {
            Some(own) => {
                own.count = own.count.saturating_add(more.count);
                own.severity = own.severity.max(more.severity);
                own.action = own.action.max(more.action);
            }
            None => {
                beyond.insert(rule.clone(), more);
            }
        }
    }
}

impl Hits {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a hit unless the same thing was found at the same place.
    pub fn push(&mut self, hit: Hit) {
        let same = |other: &Hit| {
            (other.start, other.end, other.kind, other.tag) == (hit.start, hit.end, hit.kind, hit.tag)
                && other.rule == hit.rule
        };
        if self.hits.iter().rev().take(64).any(same) {
            return;
        }
        if self.hits.len() == HITS_MAX {
            Beyond::count(&mut self.beyond, &hit);
        } else {
            self.hits.push(hit);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hits.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Hits that found no room, by rule.
    #[must_use]
    pub const fn beyond(&self) -> &BTreeMap<RuleId, Beyond> {
        &self.beyond
    }

    /// Counts bytes that a recogniser reads around an anchor: a pass over some bytes may read only so many more
    /// ([`Budgets::reading_factor`](crate::budget::Budgets::reading_factor)).
    pub(super) fn charge(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Bytes that were read around anchors so far.
    #[must_use]
    pub const fn spent(&self) -> u64 {
        self.spent
    }

    /// Takes out where hashes of confirmed records begin.
    pub(crate) fn take_hashes(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.hashes)
    }

    /// Takes out the counts of hits that found no room.
    pub(crate) fn take_beyond(&mut self) -> BTreeMap<RuleId, Beyond> {
        std::mem::take(&mut self.beyond)
    }

    /// The hits.
    pub fn iter(&self) -> std::slice::Iter<'_, Hit> {
        self.hits.iter()
    }

    /// Takes the hits out.
    #[must_use]
    pub fn take(&mut self) -> Vec<Hit> {
        std::mem::take(&mut self.hits)
    }

    /// Puts the hits from `first` on at a place of the view: they were found in something decoded from there.
    pub(super) fn place(&mut self, first: usize, (start, end): (usize, usize)) {
        for hit in self.hits.iter_mut().skip(first) {
            (hit.start, hit.end) = (start, end);
        }
    }
}

/// What every recogniser is given beside the view.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) key: TagKey,
    pub(crate) registry: Registry,
    pub(super) actions: BTreeMap<RuleId, Action>,
}

impl Context {
    /// What the rule asks for. Information is never a reason to block or to wake anybody.
    pub(super) fn action(&self, rule: &RuleId, severity: Severity) -> Action {
        if severity == Severity::Info {
            return Action::Record;
        }
        self.actions.get(rule).copied().unwrap_or(Action::Block)
    }
}
