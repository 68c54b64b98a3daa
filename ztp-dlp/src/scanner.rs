//! Where a configuration becomes something that scans.

use std::fmt;
use std::sync::Arc;

use ztp_core::Coded;
use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

use crate::allow::AllowList;
use crate::anchor::Anchors;
use crate::budget::Budgets;
pub use crate::finding::Mode;
use crate::finding::Report;
use crate::hit::Recognise;
use crate::memory::Memory;
use crate::recognise::Recognisers;
use crate::request::{RequestHead, Stream};
use crate::rule::{RuleInfo, Tag};
use crate::scan::Core;

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

    /// Begins a request: its head is scanned at once, its body as it comes.
    #[must_use]
    pub fn begin(&self, head: &RequestHead, now: Timestamp, memory: &mut Memory) -> Stream {
        Stream::begin(self.clone(), head, now, memory)
    }

    /// Begins bytes that are no request, such as a file.
    #[must_use]
    pub fn begin_bytes(&self) -> Stream {
        Stream::begin_bytes(self.clone())
    }

    /// Scans a whole request.
    #[must_use]
    pub fn scan_request(
        &self,
        head: &RequestHead,
        body: &[u8],
        trailers: &[(Vec<u8>, Vec<u8>)],
        now: Timestamp,
        memory: &mut Memory,
    ) -> Report {
        let mut stream = self.begin(head, now, memory);
        stream.update(body);
        stream.trailers(trailers);
        stream.finish(false, now, memory)
    }

    /// Scans bytes that are no request. The allow-list's times are compared with the earliest time there is, so that only
    /// entries without an end count.
    #[must_use]
    pub fn scan_bytes(&self, bytes: &[u8]) -> Report {
        let mut stream = self.begin_bytes();
        stream.update(bytes);
        stream.finish(false, Timestamp::MIN, &mut Memory::default())
    }
}
