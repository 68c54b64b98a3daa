//! Every word that a verdict or report prints, explained: what `ztp explain WORD` says, and what verdicts print for what was not
//! checked. Codes of failures are not here; their registry is `ztp_core::code`.

mod egress;
mod licence;
mod log;
#[cfg(test)]
mod tests;
mod watch;

use ztp_core::code;
use ztp_core::schema::changes;

/// A word, as documents spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    /// The word.
    pub(crate) word: &'static str,
    /// What kind of word it is: where it is printed.
    pub(crate) kind: &'static str,
    /// What it says.
    pub(crate) meaning: &'static str,
    /// What its reader does.
    pub(crate) action: &'static str,
}

/// Rows of one kind: word, meaning, action.
macro_rules! words {
    ($name:ident, $kind:literal: $($word:literal, $meaning:literal, $action:literal;)+) => {
        pub(super) const $name: &[super::Word] = &[$(super::Word {
            word: $word, kind: $kind, meaning: $meaning, action: $action,
        }),+];
    };
}
use words;

/// The parts of the table, in the order of `ztp explain`.
const PARTS: &[&[Word]] = &[
    log::STATUSES,
    log::ANCHORS,
    log::BREAKS,
    log::BESIDE,
    log::CLOCK_STEPS,
    log::UNCHECKED,
    licence::FILES,
    licence::CHECKS,
    licence::VAULT,
    licence::TIERS,
    licence::RESTS,
    licence::EVIDENCE,
    licence::UNCHECKED,
    licence::WARNINGS,
    watch::CORRELATION,
    watch::FINDINGS,
    watch::UNCHECKED,
    watch::BEHAVIOUR,
    watch::RULES,
    watch::NOTICES,
    egress::VERDICTS,
    egress::RULES,
    egress::REASONS,
    egress::SEVERITIES,
];

/// The whole table.
pub(crate) fn all() -> impl Iterator<Item = &'static Word> {
    PARTS.iter().copied().flatten()
}

/// What is not checked, in the words of the table; a word that it lacks is printed as it is.
pub(crate) fn unchecked(word: &str) -> String {
    of_kind(word, "not checked")
}

/// What a word says where it is of a kind that begins so; a word that the table lacks is printed as it is.
pub(crate) fn of_kind(word: &str, kind: &str) -> String {
    let row = all().find(|row| row.word == word && row.kind.starts_with(kind));
    row.map_or_else(|| crate::words::printable(word).replace('_', " "), |row| row.meaning.to_owned())
}

/// The spelling under which words are compared: `Pinned-Key`, `pinned key` and `pinned_key` are one.
fn spelling(given: &str) -> String {
    let plain = given.trim().trim_end_matches([':', '.', ',', ';']);
    plain.chars().map(|c| if matches!(c, '-' | ' ') { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Every row with this word, however it is spelled.
pub(crate) fn explained(given: &str) -> Vec<&'static Word> {
    let wanted = spelling(given);
    all().filter(|row| spelling(row.word) == wanted).collect()
}

/// The code with this number or name, however it is spelled.
pub(crate) fn coded(given: &str) -> Option<&'static code::Entry> {
    let wanted = spelling(given);
    wanted.parse().ok().and_then(code::by_number).or_else(|| code::by_name(&wanted))
}

/// The word or code nearest to one that there is not: at most a third of its letters differ.
pub(crate) fn nearest(given: &str) -> Option<&'static str> {
    let wanted = spelling(given);
    let names = all().map(|row| row.word).chain(code::REGISTRY.iter().map(|entry| entry.name));
    let best = names.map(|name| (changes(&wanted, &spelling(name)), name)).min()?;
    (best.0 <= wanted.chars().count().min(64) / 3).then_some(best.1)
}
