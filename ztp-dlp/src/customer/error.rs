//! Why a list of rules is refused.

use ztp_core::code::{self, Coded};
use ztp_core::schema::SchemaError;

/// A list of rules that is refused: nothing of it takes effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {kind}: {}", code::by_name(.kind.code()).map_or("see the error codes", |entry| entry.action))]
pub struct RuleError {
    /// Where, from the document down: `rules[0].pattern`.
    pub path: String,
    /// What is wrong there.
    pub kind: RuleErrorKind,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleErrorKind {
    /// A member is missing, unknown or of the wrong type.
    #[error("{}", .0.kind)]
    Schema(SchemaError),
    /// The document is no list.
    #[error("expected a list of rules, found {found}")]
    NotList {
        /// The type found.
        found: &'static str,
    },
    /// More rules than are loaded.
    #[error("the list has {found} rules")]
    TooMany {
        /// Rules found.
        found: usize,
    },
    /// The name is not of its form, or a built-in rule has it.
    #[error("the name is not 1 to 64 of a-z, 0-9 and -, or belongs to a built-in rule")]
    Name,
    /// Two rules have one name.
    #[error("another rule has this name")]
    NameTwice,
    /// None, or more than one, of the three ways to match.
    #[error("the rule has {found} of pattern, literal and exact")]
    Matcher {
        /// How many it has.
        found: usize,
    },
    /// No word that is an action.
    #[error("the action is none of record, record-and-alert, block")]
    Action,
    /// No word that is a surface.
    #[error("the word is not a surface")]
    Surface,
    /// Empty or too long.
    #[error("the text has {bytes} bytes")]
    Length {
        /// Bytes found.
        bytes: usize,
    },
    /// More examples than are checked.
    #[error("the list has {found} examples")]
    Examples {
        /// Examples found.
        found: usize,
    },
    /// No regular expression.
    #[error("the pattern is not a regular expression of the supported syntax: {reason}")]
    Pattern {
        /// What the parser says, in one line.
        reason: String,
    },
    /// The pattern nests too deeply.
    #[error("the pattern nests more than 32 deep")]
    Nesting,
    /// The pattern compiles to too much.
    #[error("the pattern compiles to an automaton of more than 262144 bytes")]
    TooLarge,
    /// The pattern can match without consuming anything.
    #[error("the pattern matches the empty text")]
    MatchesEmpty,
    /// Nothing fast to look for.
    #[error("no text of at least three bytes is part of every match")]
    NoLiteral,
    /// An example does not match.
    #[error("the rule does not match this example")]
    ExampleMissed,
    /// A negative example matches.
    #[error("the rule matches this negative example")]
    NegativeExampleMatched,
    /// A rule without examples asks to block.
    #[error("the rule asks to block and has no examples")]
    BlockUnproven,
}

impl RuleErrorKind {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Schema(error) => error.code(),
            Self::NotList { .. } => "dlp_rules_not_list",
            Self::TooMany { .. } => "dlp_rules_too_many",
            Self::Name => "dlp_rule_name",
            Self::NameTwice => "dlp_rule_name_twice",
            Self::Matcher { .. } => "dlp_rule_matcher",
            Self::Action => "dlp_rule_action",
            Self::Surface => "dlp_rule_surface",
            Self::Length { .. } | Self::Examples { .. } => "dlp_rule_length",
            Self::Pattern { .. } => "dlp_rule_pattern",
            Self::Nesting | Self::TooLarge => "dlp_rule_pattern_too_large",
            Self::MatchesEmpty => "dlp_rule_matches_empty",
            Self::NoLiteral => "dlp_rule_no_literal",
            Self::ExampleMissed => "dlp_rule_example_missed",
            Self::NegativeExampleMatched => "dlp_rule_negative_example_matched",
            Self::BlockUnproven => "dlp_rule_block_unproven",
        }
    }
}

impl Coded for RuleError {
    fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl From<SchemaError> for RuleError {
    fn from(error: SchemaError) -> Self {
        Self { path: error.path.clone(), kind: RuleErrorKind::Schema(error) }
    }
}
