//! What makes a configuration unusable.

use ztp_core::Coded;

/// A configuration that cannot scan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DlpError {
    /// The registry and the rules ask for more anchors than one automaton holds.
    #[error(
        "registry and rules ask for {anchors} anchors, more than one pass can look for; register fewer values"
    )]
    TooManyAnchors {
        /// Anchors asked for.
        anchors: usize,
    },
    /// A budget is zero or beyond what memory is bounded by.
    #[error("budget {name} is {found}, expected {least} to {most}")]
    Budget {
        /// The budget's name.
        name: &'static str,
        /// What was given.
        found: u64,
        /// The least allowed.
        least: u64,
        /// The most allowed.
        most: u64,
    },
}

impl Coded for DlpError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManyAnchors { .. } => "dlp_too_many_anchors",
            Self::Budget { .. } => "dlp_budget",
        }
    }
}
