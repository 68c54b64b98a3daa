//! How much work one scan may cost: every limit is a count, so that the same bytes always stop at the same place, and
//! stopping is always said.

use std::collections::BTreeMap;

use crate::error::DlpError;

/// Limits of a scan. A *window* is a stretch of the surface, at most [`STRIDE`](crate::stream::STRIDE) bytes and its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Decoders one inside the other.
    pub depth_max: u8,
    /// Decoded nodes a window may lead to; in known containers sixteen times as many.
    pub nodes_max: u32,
    /// Bytes that decoders may produce for each byte of a window.
    pub work_factor: u32,
    /// Bytes that decoders may produce for a window, whatever its length; in known containers once more as many.
    pub work_bytes_max: u64,
    /// Bytes of decoded nodes held at once.
    pub live_bytes_max: usize,
    /// Bytes out for each byte in, of one compressed stream, once it gave a MiB.
    pub inflate_ratio_max: u32,
    /// Compressed streams and archive entries that begin in a window, and in what it leads to.
    pub streams_max: u32,
    /// Compressed streams of a surface that are open at once.
    pub streams_open_max: usize,
    /// Anchors of a node that are looked at.
    pub anchors_max: u32,
    /// Bytes that recognisers may read around anchors, for each byte of a window; for each that a decoder gave a quarter of it.
    pub reading_factor: u32,
    /// Findings of a surface that are listed, the gravest of them; what is beyond is counted by rule.
    pub findings_max: usize,
    /// Steps of customer patterns for each byte looked at.
    pub pattern_work_factor: u32,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            depth_max: 8,
            nodes_max: 4096,
            work_factor: 64,
            work_bytes_max: 64 << 20,
            live_bytes_max: 20 << 20,
            inflate_ratio_max: 200,
            streams_max: 8192,
            streams_open_max: 16,
            anchors_max: 65_536,
            reading_factor: 64,
            findings_max: 1024,
            pattern_work_factor: 64,
        }
    }
}

impl Budgets {
    /// Refuses what would scan nothing, or could use more memory than a scan may.
    ///
    /// # Errors
    /// [`DlpError::Budget`].
    pub(crate) fn check(&self) -> Result<(), DlpError> {
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        for (name, found, least, most) in [
            ("depth_max", u64::from(self.depth_max), 1, 16),
            ("nodes_max", u64::from(self.nodes_max), 1, 1 << 20),
            ("work_factor", u64::from(self.work_factor), 1, 4096),
            ("work_bytes_max", self.work_bytes_max, 1 << 16, 1 << 32),
            ("live_bytes_max", wide(self.live_bytes_max), 1 << 16, 1 << 30),
            ("inflate_ratio_max", u64::from(self.inflate_ratio_max), 1, 1 << 16),
            ("streams_max", u64::from(self.streams_max), 1, 1 << 20),
            ("streams_open_max", wide(self.streams_open_max), 1, 256),
            ("anchors_max", u64::from(self.anchors_max), 1, 1 << 24),
            ("reading_factor", u64::from(self.reading_factor), 1, 1 << 16),
            ("findings_max", wide(self.findings_max), 1, 1 << 16),
            ("pattern_work_factor", u64::from(self.pattern_work_factor), 1, 1 << 16),
        ] {
            if !(least..=most).contains(&found) {
                return Err(DlpError::Budget { name, found, least, most });
            }
        }
        Ok(())
    }
}

/// Why a part of the bytes was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// More decoders one inside the other than [`Budgets::depth_max`].
    Depth,
    /// More decoded nodes than [`Budgets::nodes_max`].
    Nodes,
    /// More bytes to decode than [`Budgets::work_factor`] and [`Budgets::work_bytes_max`] allow.
    Work,
    /// More decoded bytes waiting at once than [`Budgets::live_bytes_max`].
    Memory,
    /// A compressed stream that grows more than [`Budgets::inflate_ratio_max`].
    Ratio,
    /// More compressed streams or archive entries than [`Budgets::streams_max`], or than may be open at once.
    Streams,
    /// More anchors than [`Budgets::anchors_max`], or more to read around them than [`Budgets::reading_factor`] allows.
    Anchors,
    /// Customer patterns used up their work.
    Patterns,
    /// A compression or content coding that is not read here, such as 7z or RAR.
    UnreadCompression,
    /// An archive entry under a password.
    EncryptedEntry,
    /// An encoded text that holds a compressed stream goes on beyond what is held at once.
    EncodedStream,
    /// A multipart body has more parts than are told apart.
    Parts,
    /// The head of the request is larger than is looked at.
    Head,
    /// The memory of earlier requests is full: this one was not joined to its predecessors.
    Memories,
    /// The caller stopped the scan.
    Stopped,
}

impl Reason {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::Nodes => "nodes",
            Self::Work => "work",
            Self::Memory => "memory",
            Self::Ratio => "ratio",
            Self::Streams => "streams",
            Self::Anchors => "anchors",
            Self::Patterns => "patterns",
            Self::UnreadCompression => "unread_compression",
            Self::EncryptedEntry => "encrypted_entry",
            Self::EncodedStream => "encoded_stream",
            Self::Parts => "parts",
            Self::Head => "head",
            Self::Memories => "memories",
            Self::Stopped => "stopped",
        }
    }
}

/// What was not looked at, by reason: how often, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaps(BTreeMap<(Reason, Option<&'static str>), Gap>);

/// One reason's gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The known container in which it happened, if in one.
    pub container: Option<&'static str>,
    /// How often it happened.
    pub count: u64,
    /// The lowest offset in the surface at which it happened.
    pub first: u64,
}

impl Gaps {
    pub(crate) fn add(&mut self, reason: Reason, container: Option<&'static str>, at: u64) {
        let gap = self.0.entry((reason, container)).or_insert(Gap { container, count: 0, first: at });
        gap.count = gap.count.saturating_add(1);
        gap.first = gap.first.min(at);
    }

    /// Whether everything was looked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The reasons, in the order of [`Reason`].
    pub fn iter(&self) -> impl Iterator<Item = (Reason, Gap)> + '_ {
        self.0.iter().map(|((reason, _), gap)| (*reason, *gap))
    }
}

/// The least size that a window is taken to have when its work is counted.
const WORK_FLOOR: u64 = 16 << 10;

/// What is left of a window's budget.
#[derive(Debug)]
pub(crate) struct Allowance {
    nodes: u32,
    work: u64,
    /// Bytes that may be read around anchors, and how many more a decoded byte allows.
    pub(crate) reading: u64,
    reading_more: u64,
}

impl Allowance {
    /// What decoders of known containers may do for a window: as much as deflate can make of it, and many small entries.
    pub(crate) fn of_containers(budgets: &Budgets, window: usize) -> Self {
        /// Bytes out for a byte in that deflate does not exceed.
        const DEFLATE_MAX: u64 = 1032;
        /// Nodes for one of other decoders.
        const NODES: u32 = 16;
        let window = u64::try_from(window).unwrap_or(u64::MAX);
        let work = window.max(WORK_FLOOR).saturating_mul(DEFLATE_MAX.max(budgets.work_factor.into()));
        let (reading, reading_more) = readings(budgets, 0);
        let nodes = budgets.nodes_max.saturating_mul(NODES);
        Self { nodes, work: work.min(budgets.work_bytes_max), reading, reading_more }
    }

    pub(crate) fn new(budgets: &Budgets, window: usize) -> Self {
        let window = u64::try_from(window).unwrap_or(u64::MAX);
        // The floor lets a few bytes unfold what a small archive may.
        let work = window.max(WORK_FLOOR).saturating_mul(u64::from(budgets.work_factor));
        let (reading, reading_more) = readings(budgets, window);
        Self { nodes: budgets.nodes_max, work: work.min(budgets.work_bytes_max), reading, reading_more }
    }

    /// Takes work for some bytes; false when it is used up.
    pub(crate) fn work(&mut self, bytes: usize) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let left = self.work.checked_sub(bytes);
        self.work = left.unwrap_or(0);
        if left.is_some() {
            self.reading = self.reading.saturating_add(bytes.saturating_mul(self.reading_more));
        }
        left.is_some()
    }

    /// Takes one node; false when there are none left.
    pub(crate) fn node(&mut self) -> bool {
        let left = self.nodes.checked_sub(1);
        self.nodes = left.unwrap_or(0);
        left.is_some()
    }
}

/// What may be read around the anchors of a window, and for each byte that is decoded.
fn readings(budgets: &Budgets, window: u64) -> (u64, u64) {
    /// Enough for a few anchors at the end of their reach in the shortest text.
    const FLOOR: u64 = 2 << 20;
    let factor = u64::from(budgets.reading_factor);
    (window.saturating_mul(factor).max(FLOOR), factor.div_ceil(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_used_up_exactly() {
        let budgets = Budgets { nodes_max: 2, work_factor: 2, ..Budgets::default() };
        let mut allowance = Allowance::new(&budgets, 32 << 10);
        assert!(allowance.work(64 << 10));
        assert!(!allowance.work(1));
        assert!(allowance.node() && allowance.node() && !allowance.node());
        assert!(Allowance::new(&budgets, 0).work(32 << 10), "even the shortest surface may be decoded");
    }

    #[test]
    fn gaps_count_and_keep_the_first_place() {
        let mut gaps = Gaps::default();
        assert!(gaps.is_empty());
        gaps.add(Reason::Ratio, None, 9);
        gaps.add(Reason::Ratio, None, 4);
        gaps.add(Reason::Depth, Some("zip"), 7);
        let all: Vec<_> = gaps.iter().collect();
        assert_eq!(
            all,
            [
                (Reason::Depth, Gap { container: Some("zip"), count: 1, first: 7 }),
                (Reason::Ratio, Gap { container: None, count: 2, first: 4 }),
            ]
        );
    }
}
