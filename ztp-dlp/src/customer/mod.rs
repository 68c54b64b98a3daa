//! The customer's own rules: typed, bounded, and proven by their examples when they are loaded.
//!
//! A rule is a list item with `name`, one of `pattern`, `literal` and `exact`, `action`, and optionally `surfaces`, `examples`,
//! `negative_examples` and `expensive` (docs/formats/dlp.md, "Customer rules"). The list comes as a value, so that the format it was
//! written in is the edge's business.

mod bounds;
mod error;
mod load;
mod scan;

use regex_automata::meta::Regex;
use ztp_core::digest::Digest;

pub use error::{RuleError, RuleErrorKind};
pub use scan::Work;

use crate::rule::{Action, RuleId, RuleInfo};
use crate::surface::SurfaceKind;

/// Most rules.
pub const RULES_MAX: usize = 500;
/// Most bytes of a pattern, literal or exact value.
pub const PATTERN_BYTES_MAX: usize = 512;
/// Most bytes of the automaton that a pattern is compiled to.
pub const NFA_BYTES_MAX: usize = 256 * 1024;
/// Deepest nesting of a pattern.
pub const NEST_MAX: u32 = 32;
/// Least bytes of a literal that every match of a pattern contains, unless the rule is `expensive`.
pub const LITERAL_BYTES_MIN: usize = 3;
/// Most matches of one rule in one view.
pub const MATCHES_MAX: usize = 64;
/// Most examples of each kind, and most bytes of one.
pub const EXAMPLES_MAX: usize = 32;
/// See [`EXAMPLES_MAX`].
pub const EXAMPLE_BYTES_MAX: usize = 4096;

/// How a rule finds what it looks for.
#[derive(Debug, Clone)]
enum Matcher {
    /// A regular expression, searched in linear time.
    Pattern(Box<Regex>),
    /// Bytes, anywhere, without regard to the case of ASCII letters.
    Literal(Vec<u8>),
    /// Bytes that stand by themselves: no letter, digit, `_` or `-` before or behind.
    Exact(Vec<u8>),
}

/// One rule.
#[derive(Debug, Clone)]
struct CustomerRule {
    name: String,
    matcher: Matcher,
    action: Action,
    /// Empty means all.
    surfaces: Vec<SurfaceKind>,
    /// Whether it was shown to match something.
    proven: bool,
    /// Whether what it looks for may have spaces in it.
    spaced: bool,
    summary: String,
}

/// Something that is allowed and should not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleWarning {
    /// Where, such as `rules[0]`.
    pub path: String,
    /// The stable code.
    pub code: &'static str,
    /// The rule's name.
    pub rule: String,
}

/// The rules of a customer, loaded.
#[derive(Debug, Clone)]
pub struct CustomerRules {
    rules: Vec<CustomerRule>,
    index: scan::Index,
    warnings: Vec<RuleWarning>,
    hash: Digest,
}

impl Default for CustomerRules {
    fn default() -> Self {
        Self::none()
    }
}

impl CustomerRules {
    /// SHA-256 over the canonical form of the list as it was given.
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether any of them looks for something with spaces in it.
    pub(crate) fn spaced(&self) -> bool {
        self.rules.iter().any(|rule| rule.spaced)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What is allowed and should not be: rules without examples.
    #[must_use]
    pub fn warnings(&self) -> &[RuleWarning] {
        &self.warnings
    }

    /// The rules, as listings show them.
    pub fn infos(&self) -> impl Iterator<Item = RuleInfo> + '_ {
        self.rules.iter().map(|rule| RuleInfo {
            id: RuleId::Customer(rule.name.clone()),
            version: 1,
            action: rule.action,
            kind: match rule.matcher {
                Matcher::Pattern(_) => "pattern",
                Matcher::Literal(_) => "literal",
                Matcher::Exact(_) => "exact",
            },
            surfaces: rule.surfaces.iter().map(|kind| kind.as_str()).collect(),
            summary: rule.summary.clone(),
        })
    }
}
