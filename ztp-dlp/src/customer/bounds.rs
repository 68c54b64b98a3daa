//! What a pattern may cost, decided before it is ever run.

use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::{LITERAL_BYTES_MIN, NEST_MAX, NFA_BYTES_MAX, RuleErrorKind};

/// Most literals of which one is part of every match.
const LITERALS_MAX: usize = 64;
/// Most letters of a character class that is still taken for a fixed letter.
const CASES_MAX: usize = 2;

/// A pattern that is compiled, and the literals of which every match contains one; empty for an expensive pattern that has none.
pub(super) struct Compiled {
    pub(super) regex: Regex,
    pub(super) literals: Vec<Vec<u8>>,
}

/// Compiles a pattern within the bounds.
pub(super) fn compile(pattern: &str, expensive: bool) -> Result<Compiled, RuleErrorKind> {
    let syntax = syntax::Config::new().nest_limit(NEST_MAX).utf8(false);
    let hir = syntax::parse_with(pattern, &syntax).map_err(|error| refused(&error))?;
    if hir.properties().minimum_len().is_none_or(|least| least == 0) {
        return Err(RuleErrorKind::MatchesEmpty);
    }
    let literals = required(&hir).unwrap_or_default();
    if literals.is_empty() && !expensive {
        return Err(RuleErrorKind::NoLiteral);
    }
    let config = meta::Config::new()
        .nfa_size_limit(Some(NFA_BYTES_MAX))
        .onepass_size_limit(Some(NFA_BYTES_MAX))
        .hybrid_cache_capacity(2 * NFA_BYTES_MAX)
        .utf8_empty(false)
        .which_captures(regex_automata::nfa::thompson::WhichCaptures::Implicit);
    let regex = Regex::builder()
        .configure(config)
        .syntax(syntax)
        .build(pattern)
        .map_err(|_| RuleErrorKind::TooLarge)?;
    Ok(Compiled { regex, literals })
}

fn refused(error: &regex_syntax::Error) -> RuleErrorKind {
    let kind = match error {
        regex_syntax::Error::Parse(error) => {
            if matches!(error.kind(), regex_syntax::ast::ErrorKind::NestLimitExceeded(_)) {
                return RuleErrorKind::Nesting;
            }
            format!("{} at byte {}", error.kind(), error.span().start.offset)
        }
        regex_syntax::Error::Translate(error) => {
            format!("{} at byte {}", error.kind(), error.span().start.offset)
        }
        _ => "unsupported".to_owned(),
    };
    RuleErrorKind::Pattern { reason: kind }
}

/// Literals, in lower case, of which at least one is part of every match; `None` if there is no such set of texts long enough.
///
/// The recursion is as deep as the pattern nests, which the parser bounds by [`NEST_MAX`].
fn required(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let found = match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_ascii_lowercase()]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<_>> = branches.iter().map(required).collect();
            all.map(|all| all.concat()).filter(|all| all.len() <= LITERALS_MAX)
        }
        HirKind::Concat(parts) => concatenation(parts),
        HirKind::Class(_) => letter(hir).map(|letter| vec![vec![letter]]),
        _ => None,
    };
    let least = |texts: &Vec<Vec<u8>>| texts.iter().map(Vec::len).min().unwrap_or(0);
    found.filter(|texts| least(texts) >= LITERAL_BYTES_MIN)
}

/// The best of a concatenation: the set among its parts, or the run of fixed letters, whose shortest text is longest.
fn concatenation(parts: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let mut best: Option<Vec<Vec<u8>>> = None;
    let least = |texts: &[Vec<u8>]| texts.iter().map(Vec::len).min().unwrap_or(0);
    let mut offer = |texts: Vec<Vec<u8>>| {
        if best.as_ref().is_none_or(|other| least(&texts) > least(other)) {
            best = Some(texts);
        }
    };
    let mut run: Vec<u8> = Vec::new();
    for part in parts {
        match (part.kind(), letter(part)) {
            (HirKind::Literal(literal), _) => run.extend(literal.0.to_ascii_lowercase()),
            (_, Some(letter)) => run.push(letter),
            (HirKind::Look(_), _) => {}
            _ => {
                offer(vec![std::mem::take(&mut run)]);
                if let Some(texts) = required(part) {
                    offer(texts);
                }
            }
        }
    }
    offer(vec![run]);
    best
}

/// The lower-case letter of a class that stands for one ASCII letter in both cases.
fn letter(hir: &Hir) -> Option<u8> {
    let HirKind::Class(class) = hir.kind() else { return None };
    let letters: Vec<u32> = match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .take(CASES_MAX + 1)
            .flat_map(|range| [u32::from(range.start()), u32::from(range.end())])
            .collect(),
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .take(CASES_MAX + 1)
            .flat_map(|range| [u32::from(range.start()), u32::from(range.end())])
            .collect(),
    };
    // Each range is one letter, and folding makes them one.
    let bytes: Option<Vec<u8>> = letters.iter().map(|&letter| u8::try_from(letter).ok()).collect();
    let folded: Vec<u8> = bytes?.to_ascii_lowercase();
    let first = *folded.first().filter(|byte| byte.is_ascii())?;
    let single = letters.chunks(2).all(|range| range.first() == range.last());
    (single && letters.len() <= 2 * CASES_MAX && folded.iter().all(|&byte| byte == first)).then_some(first)
}
