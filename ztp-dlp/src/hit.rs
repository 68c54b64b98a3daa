//! What the engine and the recognisers say to each other: anchors one way, hits the other.

use crate::rule::{Action, Fact, RuleId, RuleInfo, Severity, Tag};
use crate::surface::SurfaceKind;
use ztp_core::digest::Digest;

/// Which anchor, by its place in [`Recognise::anchors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnchorId(pub u16);

/// Bytes at which a recogniser wants to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// What the recogniser is told when they are found.
    pub id: AnchorId,
    /// The bytes, at least three.
    pub bytes: Vec<u8>,
    /// Whether ASCII letters match in either case.
    pub nocase: bool,
    /// Whether they are text: their encodings are then looked for too, as a reason to decode.
    pub text: bool,
}

/// Something recognised in one view. It carries no byte of the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Which rule.
    pub rule: RuleId,
    /// Version of the rule's logic.
    pub version: u16,
    /// What it is, in one word of the rule's own.
    pub kind: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What it asks for.
    pub action: Action,
    /// First byte, in the view.
    pub start: usize,
    /// The byte after the last, in the view.
    pub end: usize,
    /// Safe facts, for people.
    pub facts: Vec<(&'static str, Fact)>,
    /// Keyed tag of the secret's canonical bytes.
    pub tag: Tag,
    /// Keyed tags of pieces of a registered secret that were seen, for the ledger.
    pub shingles: Vec<Tag>,
    /// The registered secret they belong to.
    pub secret: Option<u64>,
    /// How many pieces the whole secret has.
    pub of: usize,
}

/// Hits in one view.
#[derive(Debug, Default)]
pub struct Hits(pub(crate) Vec<Hit>);

impl Hits {
    /// Adds a hit, unless the same one is already there.
    pub fn push(&mut self, hit: Hit) {
        if !self.0.contains(&hit) {
            self.0.push(hit);
        }
    }

    /// Takes the hits out.
    pub fn take(&mut self) -> Vec<Hit> {
        std::mem::take(&mut self.0)
    }
}

/// What is left of the work of customer patterns.
#[derive(Debug)]
pub struct Work {
    left: u64,
    exhausted: bool,
}

impl Work {
    /// So many steps.
    #[must_use]
    pub const fn new(steps: u64) -> Self {
        Self { left: steps, exhausted: false }
    }

    /// Takes steps; false when they are used up, and from then on.
    pub fn take(&mut self, steps: u64) -> bool {
        match self.left.checked_sub(steps) {
            Some(left) if !self.exhausted => self.left = left,
            _ => self.exhausted = true,
        }
        !self.exhausted
    }

    /// Whether a step was refused.
    #[must_use]
    pub const fn exhausted(&self) -> bool {
        self.exhausted
    }
}

/// The recognisers as the engine sees them.
pub trait Recognise: Send + Sync {
    /// Every anchor.
    fn anchors(&self) -> &[Anchor];
    /// Called in every node at every start of an anchor.
    fn at_anchor(&self, id: AnchorId, view: &[u8], at: usize, out: &mut Hits);
    /// Called on every decoded node.
    fn values(&self, view: &[u8], out: &mut Hits);
    /// Called on the surface itself and on every decoded text.
    fn customer(&self, surface: SurfaceKind, view: &[u8], work: &mut Work, out: &mut Hits);
    /// Digest of everything that decides what is found.
    fn rule_set_hash(&self) -> Digest;
    /// Every rule.
    fn rules(&self) -> Vec<RuleInfo>;
}
