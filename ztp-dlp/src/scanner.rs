//! Where a configuration becomes something that scans.

use std::fmt;
use std::sync::Arc;

use ztp_core::digest::Digest;

use crate::allow::AllowList;
use crate::anchor::Anchors;
use crate::budget::Budgets;
pub use crate::error::DlpError;
pub use crate::finding::Mode;
use crate::hit::Recognise;
use crate::recognise::Recognisers;
use crate::rule::{RuleInfo, Tag};
use crate::scan::Core;

/// What a scanner is made of.
#[derive(Debug)]
pub struct Config {
    /// Whether findings may stop a request.
    pub mode: Mode,
    /// The rules, with their registry and key.
    pub recognisers: Recognisers,
    /// What may leave all the same.
    pub allow: AllowList,
    /// How much a scan may cost.
    pub budgets: Budgets,
}

/// A configuration ready to scan; clones share it.
#[derive(Clone)]
pub struct Scanner {
    pub(crate) inner: Arc<Inner>,
}

/// See [`Scanner`].
pub(crate) struct Inner {
    pub(crate) mode: Mode,
    pub(crate) allow: AllowList,
    pub(crate) core: Arc<Core>,
    pub(crate) rule_set: Digest,
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanner")
            .field("mode", &self.inner.mode)
            .field("rule_set", &self.inner.rule_set)
            .finish_non_exhaustive()
    }
}

impl Scanner {
    /// Makes a configuration ready.
    ///
    /// # Errors
    /// [`DlpError::Budget`] or [`DlpError::TooManyAnchors`].
    pub fn new(config: Config) -> Result<Self, DlpError> {
        let Config { mode, recognisers, allow, budgets } = config;
        budgets.check()?;
        let anchors = Anchors::new(recognisers.anchors())
            .ok_or_else(|| DlpError::TooManyAnchors { anchors: recognisers.anchors().len() })?;
        let rule_set = recognisers.rule_set_hash();
        let recognisers: Box<dyn Recognise> = Box::new(recognisers);
        let core = Arc::new(Core { anchors, recognisers, budgets });
        Ok(Self { inner: Arc::new(Inner { mode, allow, core, rule_set }) })
    }

    /// Digest of everything that decides what is found.
    #[must_use]
    pub fn rule_set_hash(&self) -> Digest {
        self.inner.rule_set
    }

    /// Whether findings may stop a request.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.inner.mode
    }

    /// Every rule.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleInfo> {
        self.inner.core.recognisers.rules()
    }

    /// Keyed tag of some bytes, for events that must name them without repeating them.
    #[must_use]
    pub fn tag(&self, bytes: &[u8]) -> Tag {
        self.inner.core.recognisers.tag(bytes)
    }
}
