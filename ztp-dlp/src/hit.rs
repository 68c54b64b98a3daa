//! The recognisers as the engine sees them: the seam at which tests put recognisers of their own.

use crate::customer::Work;
use crate::recognise::{AnchorId, Hits, Recognisers};
use crate::rule::{RuleInfo, Tag};
use crate::surface::SurfaceKind;

/// See the module.
pub(crate) trait Recognise: Send + Sync + std::fmt::Debug {
    /// Called in every node at every start of an anchor.
    fn at_anchor(&self, id: AnchorId, view: &[u8], at: usize, out: &mut Hits);
    /// Called on every node, for what has no anchor.
    fn binary(&self, view: &[u8], out: &mut Hits);
    /// Called on every decoded node.
    fn values(&self, view: &[u8], out: &mut Hits);
    /// Called on the surface itself and on every decoded text.
    fn customer(&self, surface: SurfaceKind, view: &[u8], work: &mut Work, out: &mut Hits);
    /// Whether any text that is looked for may have spaces in it.
    fn spaced(&self) -> bool;
    /// Every rule.
    fn rules(&self) -> Vec<RuleInfo>;
    /// Keyed tag of some bytes.
    fn tag(&self, bytes: &[u8]) -> Tag;
}

impl Recognise for Recognisers {
    fn at_anchor(&self, id: AnchorId, view: &[u8], at: usize, out: &mut Hits) {
        self.at_anchor(id, view, at, out);
    }

    fn binary(&self, view: &[u8], out: &mut Hits) {
        self.binary(view, out);
    }

    fn values(&self, view: &[u8], out: &mut Hits) {
        self.values(view, out);
    }

    fn customer(&self, surface: SurfaceKind, view: &[u8], work: &mut Work, out: &mut Hits) {
        self.customer(surface, view, work, out);
    }

    fn spaced(&self) -> bool {
        self.spaced()
    }

    fn rules(&self) -> Vec<RuleInfo> {
        self.rules()
    }

    fn tag(&self, bytes: &[u8]) -> Tag {
        self.tag(bytes)
    }
}
