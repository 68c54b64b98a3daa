//! Applying the rules: one pass over the literals that the rules require, and a search only for rules whose literal is there.

use aho_corasick::{AhoCorasick, MatchKind};
use regex_automata::{Anchored, Input};

use super::{CustomerRule, CustomerRules, MATCHES_MAX, Matcher};
use crate::recognise::hit::{Context, Hit, Hits, REACH_AFTER};
use crate::rule::{Fact, RuleId, Severity};
use crate::surface::SurfaceKind;

/// Work that the rules may still do, in bytes looked at. Counted, not timed: the same input costs the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    left: u64,
    exhausted: bool,
}

impl Work {
    /// So many bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self { left: bytes, exhausted: false }
    }

    /// Bytes left.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Whether a search was left out since it could not be paid: the scan is incomplete.
    #[must_use]
    pub const fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// Pays for looking at `bytes`, or notes that it could not.
    fn pay(&mut self, bytes: usize) -> bool {
        match u64::try_from(bytes).ok().and_then(|bytes| self.left.checked_sub(bytes)) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.exhausted = true;
                false
            }
        }
    }
}

/// Which rules each literal wakes, and the rules that are always awake.
#[derive(Debug, Clone)]
pub(super) struct Index {
    automaton: Option<AhoCorasick>,
    /// The rule behind each literal.
    rules: Vec<usize>,
    always: Vec<usize>,
}

impl Index {
    pub(super) fn empty() -> Self {
        Self { automaton: None, rules: Vec::new(), always: Vec::new() }
    }

    /// From the literals of each rule.
    pub(super) fn build(literals: &[Vec<Vec<u8>>]) -> Self {
        let mut index = Self::empty();
        let mut texts = Vec::new();
        for (rule, literals) in literals.iter().enumerate() {
            if literals.is_empty() {
                index.always.push(rule);
            }
            for literal in literals {
                texts.push(literal);
                index.rules.push(rule);
            }
        }
        if !texts.is_empty() {
            let built = AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .ascii_case_insensitive(true)
                .build(&texts);
            match built {
                Ok(automaton) => index.automaton = Some(automaton),
                // Too many literals for the automaton: every rule is awake, which costs time and misses nothing.
                Err(_) => index.always = (0..literals.len()).collect(),
            }
        }
        index
    }

    /// Marks the rules that may match.
    fn wake(&self, view: &[u8], awake: &mut [bool]) {
        let mut left = self.rules.len();
        if let Some(automaton) = &self.automaton {
            for found in automaton.find_overlapping_iter(view) {
                let rule = self.rules.get(found.pattern().as_usize()).copied();
                if let Some(awake) = rule.and_then(|rule| awake.get_mut(rule))
                    && !*awake
                {
                    *awake = true;
                    left -= 1;
                }
                if left == 0 {
                    break;
                }
            }
        }
        for &rule in &self.always {
            if let Some(awake) = awake.get_mut(rule) {
                *awake = true;
            }
        }
    }
}

impl Matcher {
    /// The first match that begins at or after `from`, as places in `view`.
    pub(super) fn first(&self, view: &[u8], from: usize) -> Option<(usize, usize)> {
        match self {
            Self::Pattern(regex) => {
                let input = Input::new(view).range(from..).anchored(Anchored::No);
                regex.search(&input).map(|found| (found.start(), found.end()))
            }
            Self::Literal(text) => find_nocase(view, text, from).map(|at| (at, at + text.len())),
            Self::Exact(text) => {
                let mut from = from;
                loop {
                    let at = find(view, text, from)?;
                    let end = at + text.len();
                    let before = at.checked_sub(1).and_then(|place| view.get(place));
                    if !before.is_some_and(|&byte| is_word(byte))
                        && !view.get(end).is_some_and(|&byte| is_word(byte))
                    {
                        return Some((at, end));
                    }
                    from = at + 1;
                }
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn find(view: &[u8], text: &[u8], from: usize) -> Option<usize> {
    let rest = view.get(from..)?;
    rest.windows(text.len().max(1)).position(|window| window == text).map(|at| from + at)
}

/// `text` is in lower case.
fn find_nocase(view: &[u8], text: &[u8], from: usize) -> Option<usize> {
    let rest = view.get(from..)?;
    rest.windows(text.len().max(1)).position(|window| window.eq_ignore_ascii_case(text)).map(|at| from + at)
}

impl CustomerRules {
    /// Applies the rules to a view.
    pub(crate) fn scan(
        &self,
        ctx: &Context,
        surface: SurfaceKind,
        view: &[u8],
        work: &mut Work,
        out: &mut Hits,
    ) {
        if self.rules.is_empty() || view.is_empty() || !work.pay(view.len()) {
            return;
        }
        let mut awake = vec![false; self.rules.len()];
        self.index.wake(view, &mut awake);
        for (rule, _) in self.rules.iter().zip(&awake).filter(|(_, awake)| **awake) {
            if rule.surfaces.is_empty() || rule.surfaces.contains(&surface) {
                rule.apply(ctx, view, work, out);
            }
        }
    }
}

impl CustomerRule {
    fn apply(&self, ctx: &Context, view: &[u8], work: &mut Work, out: &mut Hits) {
        let mut from = 0;
        for _ in 0..MATCHES_MAX {
            // A search may look at all that is left before it knows where its match ended.
            if from >= view.len() || !work.pay(view.len() - from) {
                return;
            }
            let Some((start, end)) = self.matcher.first(view, from) else { return };
            from = end.max(start + 1);
            // What is longer than the reach would depend on how the body was cut.
            if end - start > REACH_AFTER {
                continue;
            }
            let id = RuleId::Customer(self.name.clone());
            let tag = ctx
                .key
                .tag("customer", &[self.name.as_bytes(), &[0], view.get(start..end).unwrap_or_default()]);
            let mut hit = Hit::new(ctx, id, "customer-match", Severity::Medium, (start, end), tag);
            hit.action = self.action;
            hit.version = 1;
            out.push(hit.with(vec![("length", Fact::count(end - start))]));
        }
    }
}
