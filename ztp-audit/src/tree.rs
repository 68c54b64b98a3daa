//! The log's Merkle tree (RFC 6962 §2.1): hashing, the frontier of a growing tree, and the inner nodes of a block.
//!
//! A leaf is `SHA-256(0x00 ‖ entry)`, an inner node `SHA-256(0x01 ‖ left ‖ right)`, and a tree of `n > 1` leaves splits at the
//! largest power of two below `n`. An *aligned subtree* of level `l` covers `2^l` leaves and starts at a multiple of `2^l`.
//! Nothing here reads a record: the caller says what its entries are (docs/formats/checkpoint.md).

use std::iter::FusedIterator;

use ztp_core::Coded;
use ztp_core::digest::{Digest, sha256, sha256_parts};

/// Largest number of leaves of a tree: verifiers of this format elsewhere hold a size in a signed 64-bit integer.
pub const TREE_SIZE_MAX: u64 = u64::MAX >> 1;

/// Levels that a tree of [`TREE_SIZE_MAX`] leaves can have below its root, and so the most nodes of a [`Frontier`].
const LEVELS_MAX: usize = 63;

/// Why a tree could not be extended or asked. Says nothing about tampering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The tree would have more leaves than [`TREE_SIZE_MAX`].
    #[error("a tree of {size} leaves cannot take {leaves} more: the limit is 2^63 - 1")]
    TooLarge {
        /// Leaves before.
        size: u64,
        /// Leaves that were to be added.
        leaves: u64,
    },
    /// A subtree cannot be put at a position that is not a multiple of its own width.
    #[error(
        "a subtree of level {level} does not fit at leaf {position}: push the parts that are aligned there"
    )]
    Misaligned {
        /// Leaves before.
        position: u64,
        /// Level of the subtree: it has `2^level` leaves.
        level: u32,
    },
    /// A stored frontier does not have one node for each one-bit of its size.
    #[error("a frontier of {size} leaves has {expected} nodes, not {found}: store size and nodes together")]
    FrontierShape {
        /// Leaves claimed.
        size: u64,
        /// Nodes that a tree of this size has.
        expected: usize,
        /// Nodes given.
        found: usize,
    },
    /// The leaves asked for are not all in the block.
    #[error("leaves {start} to {end} are not within the block of leaves {first} to {last}")]
    OutsideBlock {
        /// First leaf asked for.
        start: u64,
        /// One past the last leaf asked for.
        end: u64,
        /// First leaf of the block.
        first: u64,
        /// One past the last leaf of the block.
        last: u64,
    },
}

impl Coded for TreeError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "tree_too_large",
            Self::Misaligned { .. } => "tree_subtree_misaligned",
            Self::FrontierShape { .. } => "tree_frontier_shape",
            Self::OutsideBlock { .. } => "tree_outside_block",
        }
    }
}

/// Hash of a leaf: `SHA-256(0x00 ‖ entry)` (RFC 6962 §2.1). An audit log's entries are the 32 raw bytes of its record hashes.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Digest {
    sha256_parts(&[&[0], entry])
}

/// Hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962 §2.1).
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut block = [1; 65];
    let (_, hashes) = block.split_at_mut(1);
    let (into_left, into_right) = hashes.split_at_mut(32);
    into_left.copy_from_slice(left.as_bytes());
    into_right.copy_from_slice(right.as_bytes());
    sha256(&block)
}

/// Root of the tree without leaves: the SHA-256 of nothing (RFC 6962 §2.1).
#[must_use]
pub fn empty_root() -> Digest {
    sha256(&[])
}

/// Number of leaves of an aligned subtree of `level`, if a tree can have one.
fn subtree_leaves(level: u32) -> Option<u64> {
    if level < 63 { 1u64.checked_shl(level) } else { None }
}

/// Splits the leaves `start..end` into the fewest aligned subtrees, from left to right, each as `(level, first leaf)`.
///
/// At most two per level; nothing when `start >= end`. The subtrees of `0..n` are the nodes of a [`Frontier`] of `n` leaves.
#[must_use]
pub fn decompose(start: u64, end: u64) -> Subtrees {
    Subtrees { next: start, end }
}

/// The aligned subtrees of a leaf range, made by [`decompose`].
#[derive(Debug, Clone)]
pub struct Subtrees {
    next: u64,
    end: u64,
}

impl Iterator for Subtrees {
    type Item = (u32, u64);

    fn next(&mut self) -> Option<(u32, u64)> {
        let left = self.end.checked_sub(self.next)?.checked_ilog2()?;
        let start = self.next;
        let level = left.min(start.trailing_zeros());
        self.next += 1 << level;
        Some((level, start))
    }
}

impl FusedIterator for Subtrees {}

/// The right edge of a tree of leaves `0..size`: one hash per aligned subtree, widest first.
///
/// It is all that is needed to append and to compute roots: at most 63 hashes, whatever the size. RFC 6962 leaves the data
/// structure open; elsewhere it is called a compact range.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Digest>,
}

impl Frontier {
    /// The frontier of the tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self { size: 0, nodes: Vec::with_capacity(LEVELS_MAX) }
    }

    /// Takes up a stored frontier: `size` and what [`Frontier::nodes`] gave for it.
    ///
    /// The nodes are taken as they are; compare [`Frontier::root`] with a root that is known.
    ///
    /// # Errors
    /// [`TreeError::FrontierShape`] if the number of nodes is not that of `size`, [`TreeError::TooLarge`] above [`TREE_SIZE_MAX`].
    pub fn from_nodes(size: u64, nodes: &[Digest]) -> Result<Self, TreeError> {
        if size > TREE_SIZE_MAX {
            return Err(TreeError::TooLarge { size, leaves: 0 });
        }
        let expected = decompose(0, size).count();
        if nodes.len() != expected {
            return Err(TreeError::FrontierShape { size, expected, found: nodes.len() });
        }
        let mut frontier = Self::new();
        frontier.size = size;
        frontier.nodes.extend_from_slice(nodes);
        Ok(frontier)
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Hashes of the aligned subtrees of `0..size`, widest first, as [`decompose`] lists them.
    #[must_use]
    pub fn nodes(&self) -> &[Digest] {
        &self.nodes
    }

    /// Back to the tree without leaves; keeps its memory.
    pub fn clear(&mut self) {
        self.size = 0;
        self.nodes.clear();
    }

    /// Appends one leaf, given as its [`leaf_hash`].
    ///
    /// # Errors
    /// [`TreeError::TooLarge`].
    pub fn push_leaf(&mut self, leaf_hash: Digest) -> Result<(), TreeError> {
        self.push_subtree(0, leaf_hash)
    }

    /// Appends a whole aligned subtree of `2^level` leaves, given as its root.
    ///
    /// # Errors
    /// [`TreeError::Misaligned`] if the present size is not a multiple of `2^level`, [`TreeError::TooLarge`]. The frontier
    /// is then unchanged.
    pub fn push_subtree(&mut self, level: u32, hash: Digest) -> Result<(), TreeError> {
        let leaves =
            subtree_leaves(level).ok_or(TreeError::TooLarge { size: self.size, leaves: u64::MAX })?;
        if !self.size.is_multiple_of(leaves) {
            return Err(TreeError::Misaligned { position: self.size, level });
        }
        let size = self.size.checked_add(leaves).filter(|size| *size <= TREE_SIZE_MAX);
        let size = size.ok_or(TreeError::TooLarge { size: self.size, leaves })?;
        let mut node = hash;
        let mut carry = self.size >> level;
        while carry & 1 == 1 {
            let Some(left) = self.nodes.pop() else { break };
            node = node_hash(&left, &node);
            carry >>= 1;
        }
        self.nodes.push(node);
        self.size = size;
        Ok(())
    }

    /// Root of the tree of the leaves so far (RFC 6962 §2.1); [`empty_root`] when there are none.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut from_right = self.nodes.iter().rev();
        let Some(last) = from_right.next() else { return empty_root() };
        from_right.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// All aligned subtrees that lie within a block of consecutive leaves.
///
/// A verifier makes one per block, blocks in parallel, and then walks a single [`Frontier`] over them in order: a whole block,
/// or the part up to a seal in its middle, costs a handful of hashes. The memory is kept from block to block.
#[derive(Debug, Clone, Default)]
pub struct LevelTable {
    first: u64,
    leaves: u64,
    /// `levels[l]` holds, from left to right, the aligned subtrees of level `l` within the block; levels above the last used
    /// one are empty.
    levels: Vec<Vec<[u8; 32]>>,
}

impl LevelTable {
    /// A table of no leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the content by the block that starts at leaf `first` and has these leaf hashes.
    ///
    /// # Errors
    /// [`TreeError::TooLarge`]; the table is then empty.
    pub fn rebuild(&mut self, first: u64, leaf_hashes: &[[u8; 32]]) -> Result<(), TreeError> {
        self.start(first, leaf_hashes.len())?.extend_from_slice(leaf_hashes);
        self.build();
        Ok(())
    }

    /// Replaces the content by the block that starts at leaf `first` and has these 32-byte entries (record hashes).
    ///
    /// # Errors
    /// [`TreeError::TooLarge`]; the table is then empty.
    pub fn rebuild_from_entries(&mut self, first: u64, entries: &[[u8; 32]]) -> Result<(), TreeError> {
        let bottom = self.start(first, entries.len())?;
        ztp_simd::leaf_hashes(entries, bottom);
        self.build();
        Ok(())
    }

    /// Empties the table, notes the new block and hands out its empty bottom level.
    fn start(&mut self, first: u64, count: usize) -> Result<&mut Vec<[u8; 32]>, TreeError> {
        self.levels.iter_mut().for_each(Vec::clear);
        (self.first, self.leaves) = (0, 0);
        let leaves = u64::try_from(count).unwrap_or(u64::MAX);
        if first.checked_add(leaves).is_none_or(|size| size > TREE_SIZE_MAX) {
            return Err(TreeError::TooLarge { size: first, leaves });
        }
        (self.first, self.leaves) = (first, leaves);
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        self.levels.first_mut().ok_or(TreeError::TooLarge { size: first, leaves })
    }

    /// Computes each level above the leaves from the one below it.
    fn build(&mut self) {
        let (mut low, mut high) = (self.first, self.end());
        for level in 1.. {
            // The leftmost node of the level below has its partner outside the block if its number is odd.
            let alone = usize::from(low % 2 == 1);
            (low, high) = (low.div_ceil(2), high / 2);
            if low >= high {
                return;
            }
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            let (below, above) = self.levels.split_at_mut(level);
            if let (Some(children), Some(parents)) = (below.last(), above.first_mut()) {
                let children = children.get(alone..).unwrap_or_default();
                ztp_simd::node_hashes(children, parents);
            }
        }
    }

    /// First leaf of the block.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// One past the last leaf of the block.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.leaves
    }

    /// Hash of the aligned subtree of `level` that starts at leaf `start`, if it lies within the block.
    #[must_use]
    pub fn node(&self, level: u32, start: u64) -> Option<Digest> {
        let width = subtree_leaves(level).filter(|width| start.is_multiple_of(*width))?;
        let index = (start >> level).checked_sub(self.first.div_ceil(width))?;
        let nodes = self.levels.get(usize::try_from(level).ok()?)?;
        nodes.get(usize::try_from(index).ok()?).copied().map(Digest::from_bytes)
    }

    /// Appends to `frontier` the leaves that it does not have yet, up to but not including leaf `end`.
    ///
    /// # Errors
    /// [`TreeError::OutsideBlock`] if some of these leaves are not in the block; the frontier is then unchanged.
    pub fn extend(&self, frontier: &mut Frontier, end: u64) -> Result<(), TreeError> {
        self.append(frontier, frontier.size(), end)
    }

    /// Appends the leaves `start..end` of the log to a frontier that may be that of a part of the log: it must begin at a
    /// leaf of the log at which the subtrees of `start..end` stay aligned.
    pub(crate) fn append(&self, frontier: &mut Frontier, start: u64, end: u64) -> Result<(), TreeError> {
        let outside = TreeError::OutsideBlock { start, end, first: self.first, last: self.end() };
        if start < self.first || end > self.end() || start > end {
            return Err(outside);
        }
        for (level, leaf) in decompose(start, end) {
            frontier.push_subtree(level, self.node(level, leaf).ok_or(outside)?)?;
        }
        Ok(())
    }
}
