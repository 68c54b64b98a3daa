//! Inclusion and consistency proofs (RFC 6962 §2.1.1, §2.1.2): checked in O(log n), made in one pass over the leaves.
//!
//! Checking follows RFC 9162 §2.1.3.2 and §2.1.4.2; RFC 6962 defines the same paths. A builder knows beforehand which subtrees
//! its path consists of, takes the leaf hashes `0..size` in order and keeps one hash per subtree: at most 64 hashes and one
//! frontier, whatever the size of the log.

use ztp_core::Coded;
use ztp_core::digest::Digest;

use crate::tree::{Frontier, LevelTable, TREE_SIZE_MAX, TreeError, empty_root, node_hash};

/// Most hashes that a path in a tree of [`TREE_SIZE_MAX`] leaves can have: 63 levels, and one to start a consistency path.
pub const PATH_MAX: usize = 64;

/// Why a proof does not hold, or could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The tree has no such leaf.
    #[error("leaf {index} is not in a tree of {size} leaves: ask for a later checkpoint")]
    IndexOutOfRange {
        /// Index asked for, from 0.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The tree that should be the later one is smaller.
    #[error(
        "a tree of {new} leaves cannot extend one of {old}: give the older checkpoint first, or treat it as a rollback"
    )]
    SizesOutOfOrder {
        /// Leaves of the tree given as the older one.
        old: u64,
        /// Leaves of the tree given as the newer one.
        new: u64,
    },
    /// Every tree extends the empty one, so there is nothing that a path could prove.
    #[error(
        "nothing can be proven from a tree without leaves: compare its root with the root of the empty tree"
    )]
    FromEmptyTree,
    /// The path does not have the one length that is possible for these sizes.
    #[error(
        "the path has {found} hashes where these sizes need {expected}: the proof was cut or belongs to another checkpoint"
    )]
    PathLength {
        /// Hashes needed.
        expected: usize,
        /// Hashes given.
        found: usize,
    },
    /// Leaf and path do not lead to the root of the checkpoint.
    #[error(
        "leaf and path lead to root {found}, not to {expected}: leaf, proof and checkpoint do not belong together"
    )]
    RootMismatch {
        /// Root of the checkpoint.
        expected: Digest,
        /// Root that leaf and path give.
        found: Digest,
    },
    /// The path does not lead to the root of the older checkpoint.
    #[error(
        "the path leads to old root {found}, not to {expected}: history was rewritten, or the proof starts elsewhere"
    )]
    OldRootMismatch {
        /// Root of the older checkpoint.
        expected: Digest,
        /// Root that the path gives for it.
        found: Digest,
    },
    /// The path does not lead to the root of the newer checkpoint.
    #[error(
        "the path leads to new root {found}, not to {expected}: history was rewritten, or the proof ends elsewhere"
    )]
    NewRootMismatch {
        /// Root of the newer checkpoint.
        expected: Digest,
        /// Root that the path gives for it.
        found: Digest,
    },
    /// A builder was given another number of leaves than its tree has.
    #[error("the builder was given {given} leaves of a tree of {size}: feed each leaf once, in order")]
    LeafCount {
        /// Leaves given, those just refused included.
        given: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The size is not one a tree can have, or a block does not continue where the last one ended.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

impl Coded for ProofError {
    fn code(&self) -> &'static str {
        match self {
            Self::IndexOutOfRange { .. } => "proof_index_out_of_range",
            Self::SizesOutOfOrder { .. } => "proof_sizes_out_of_order",
            Self::FromEmptyTree => "proof_from_empty_tree",
            Self::PathLength { .. } => "proof_path_length",
            Self::RootMismatch { .. } => "proof_root_mismatch",
            Self::OldRootMismatch { .. } => "proof_old_root_mismatch",
            Self::NewRootMismatch { .. } => "proof_new_root_mismatch",
            Self::LeafCount { .. } => "proof_leaf_count",
            Self::Tree(error) => error.code(),
        }
    }
}

/// Checks that the leaf with hash `leaf` is number `index` of the tree of `size` leaves with this `root`.
///
/// `leaf` must be computed from the entry by the verifier ([`crate::tree::leaf_hash`]), never taken from the proof.
/// Source: RFC 9162 §2.1.3.2.
///
/// # Errors
/// [`ProofError::IndexOutOfRange`], [`ProofError::PathLength`], [`ProofError::RootMismatch`], or [`TreeError::TooLarge`].
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Digest,
    path: &[Digest],
    root: &Digest,
) -> Result<(), ProofError> {
    check_index(index, size)?;
    check_length(inclusion_path_length(index, size), path)?;
    let found = inclusion_root(index, size, leaf, path);
    if found == *root { Ok(()) } else { Err(ProofError::RootMismatch { expected: *root, found }) }
}

/// Checks that the tree of `new` leaves with root `new_root` extends the tree of `old` leaves with root `old_root`.
///
/// With equal sizes the path is empty and the roots are equal. A tree without leaves proves nothing about a later one and is
/// refused: the caller that starts from nothing has no older root to hold on to. Source: RFC 9162 §2.1.4.2.
///
/// # Errors
/// [`ProofError::SizesOutOfOrder`], [`ProofError::FromEmptyTree`], [`ProofError::PathLength`],
/// [`ProofError::OldRootMismatch`], [`ProofError::NewRootMismatch`], or [`TreeError::TooLarge`].
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Digest,
    new_root: &Digest,
    path: &[Digest],
) -> Result<(), ProofError> {
    check_sizes(old, new)?;
    check_length(consistency_path_length(old, new), path)?;
    let (found_old, found_new) = consistency_roots(old, new, old_root, path);
    if found_old != *old_root {
        return Err(ProofError::OldRootMismatch { expected: *old_root, found: found_old });
    }
    if found_new != *new_root {
        return Err(ProofError::NewRootMismatch { expected: *new_root, found: found_new });
    }
    Ok(())
}

fn check_index(index: u64, size: u64) -> Result<(), ProofError> {
    check_size(size)?;
    if index < size { Ok(()) } else { Err(ProofError::IndexOutOfRange { index, size }) }
}

fn check_sizes(old: u64, new: u64) -> Result<(), ProofError> {
    check_size(new)?;
    if old > new {
        return Err(ProofError::SizesOutOfOrder { old, new });
    }
    if old == 0 && new > 0 { Err(ProofError::FromEmptyTree) } else { Ok(()) }
}

fn check_size(size: u64) -> Result<(), TreeError> {
    if size <= TREE_SIZE_MAX { Ok(()) } else { Err(TreeError::TooLarge { size, leaves: 0 }) }
}

fn check_length(expected: u32, path: &[Digest]) -> Result<(), ProofError> {
    let expected = usize::try_from(expected).unwrap_or(usize::MAX);
    if path.len() == expected { Ok(()) } else { Err(ProofError::PathLength { expected, found: path.len() }) }
}

/// Hashes in the path of leaf `index < size`: one per level below the point where the ways to this leaf and to the last leaf
/// part, then one per subtree to the left of that point.
fn inclusion_path_length(index: u64, size: u64) -> u32 {
    let below = u64::BITS - (index ^ (size - 1)).leading_zeros();
    below + (index >> below).count_ones()
}

/// Hashes in the path from `old <= new`, `old > 0` unless both are 0.
fn consistency_path_length(old: u64, new: u64) -> u32 {
    if old == new {
        return 0;
    }
    // The path starts at the widest subtree that ends with leaf `old - 1`, which is not sent when it is the whole old tree.
    let start = old.trailing_zeros();
    inclusion_path_length(old - 1, new) - start + u32::from(!old.is_power_of_two())
}

/// Root that `leaf` and a path of the right length lead to.
fn inclusion_root(index: u64, size: u64, leaf: &Digest, path: &[Digest]) -> Digest {
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            // A node without a right neighbour is its own parent up to the level where it is a right child.
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    hash
}

/// Roots of the old and of the new tree that a path of the right length leads to; `known` is the old root, from which the path
/// starts when the old tree is one aligned subtree.
fn consistency_roots(old: u64, new: u64, known: &Digest, path: &[Digest]) -> (Digest, Digest) {
    let mut siblings = path.iter();
    let start = if old.is_power_of_two() { known } else { siblings.next().unwrap_or(known) };
    let (mut old_hash, mut new_hash) = (*start, *start);
    if old == new {
        return (old_hash, new_hash);
    }
    let level = old.trailing_zeros();
    let (mut node, mut last) = ((old - 1) >> level, (new - 1) >> level);
    for sibling in siblings {
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    (old_hash, new_hash)
}

/// The largest power of two below `n`, at which a tree of `n > 1` leaves splits.
fn split_point(n: u64) -> u64 {
    1 << (n - 1).checked_ilog2().unwrap_or(0)
}

/// Leaf ranges whose subtree roots are wanted, with the frontier that is filled at the moment.
///
/// The ranges are disjoint and cover the whole tree; each starts at a multiple of a power of two that is not below its width,
/// so a frontier that begins at its first leaf gives the subtree's root.
#[derive(Debug, Clone)]
struct Ranges {
    size: u64,
    given: u64,
    /// In ascending order: one past the last leaf, and the place of the root in `roots`.
    ends: Vec<(u64, usize)>,
    finished: usize,
    frontier: Frontier,
    roots: Vec<Digest>,
}

impl Ranges {
    /// `ranges` in the order in which the roots are wanted.
    fn new(size: u64, ranges: &[(u64, u64)]) -> Self {
        let mut ends: Vec<_> = ranges.iter().enumerate().map(|(place, (_, end))| (*end, place)).collect();
        ends.sort_unstable();
        // A range without leaves is never filled; only the tree without leaves has one.
        let roots = vec![empty_root(); ends.len()];
        Self { size, given: 0, ends, finished: 0, frontier: Frontier::new(), roots }
    }

    fn push_leaf(&mut self, leaf: Digest) -> Result<(), ProofError> {
        if self.given >= self.size {
            return Err(ProofError::LeafCount { given: self.given.saturating_add(1), size: self.size });
        }
        let end = self.current_end();
        self.frontier.push_leaf(leaf)?;
        self.advance(self.given + 1, end);
        Ok(())
    }

    fn push_block(&mut self, block: &LevelTable) -> Result<(), ProofError> {
        if block.end() > self.size {
            return Err(ProofError::LeafCount { given: block.end(), size: self.size });
        }
        if block.first() != self.given {
            return Err(TreeError::OutsideBlock {
                start: self.given,
                end: self.size,
                first: block.first(),
                last: block.end(),
            }
            .into());
        }
        while self.given < block.end() {
            let end = self.current_end();
            let upto = end.min(block.end());
            block.append(&mut self.frontier, self.given, upto)?;
            self.advance(upto, end);
        }
        Ok(())
    }

    /// One past the last leaf of the range that is being filled.
    fn current_end(&self) -> u64 {
        self.ends.get(self.finished).map_or(self.size, |(end, _)| *end)
    }

    fn advance(&mut self, given: u64, end: u64) {
        self.given = given;
        if given < end {
            return;
        }
        if let Some(slot) = self.ends.get(self.finished).and_then(|(_, place)| self.roots.get_mut(*place)) {
            *slot = self.frontier.root();
        }
        self.finished += 1;
        self.frontier.clear();
    }

    fn finish(self) -> Result<Vec<Digest>, ProofError> {
        if self.given == self.size {
            Ok(self.roots)
        } else {
            Err(ProofError::LeafCount { given: self.given, size: self.size })
        }
    }
}

/// A proof that a leaf is in a tree, with both ends of its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// Number of the leaf, from 0.
    pub index: u64,
    /// Leaves of the tree.
    pub size: u64,
    /// Hash of the leaf.
    pub leaf: Digest,
    /// From the leaf's sibling to the child of the root.
    pub path: Vec<Digest>,
    /// Root of the tree.
    pub root: Digest,
}

/// Makes an inclusion proof (RFC 6962 §2.1.1) from the leaf hashes of the tree, given once and in order.
#[derive(Debug, Clone)]
pub struct InclusionBuilder {
    index: u64,
    ranges: Ranges,
}

impl InclusionBuilder {
    /// A builder of the proof that leaf `index` is in the tree of `size` leaves.
    ///
    /// # Errors
    /// [`ProofError::IndexOutOfRange`] or [`TreeError::TooLarge`].
    pub fn new(index: u64, size: u64) -> Result<Self, ProofError> {
        check_index(index, size)?;
        let mut siblings = Vec::new();
        let (mut low, mut high) = (0, size);
        while high - low > 1 {
            let middle = low + split_point(high - low);
            if index < middle {
                siblings.push((middle, high));
                high = middle;
            } else {
                siblings.push((low, middle));
                low = middle;
            }
        }
        siblings.reverse();
        siblings.push((index, index + 1));
        Ok(Self { index, ranges: Ranges::new(size, &siblings) })
    }

    /// Takes the next leaf, as its [`crate::tree::leaf_hash`].
    ///
    /// # Errors
    /// [`ProofError::LeafCount`] after the last leaf.
    pub fn push_leaf(&mut self, leaf: Digest) -> Result<(), ProofError> {
        self.ranges.push_leaf(leaf)
    }

    /// Takes the next leaves as a block, which is faster than one by one.
    ///
    /// # Errors
    /// [`TreeError::OutsideBlock`] if the block does not begin at the next leaf, [`ProofError::LeafCount`] if it goes beyond
    /// the tree.
    pub fn push_block(&mut self, block: &LevelTable) -> Result<(), ProofError> {
        self.ranges.push_block(block)
    }

    /// The proof, and the root it leads to: compare it with the checkpoint before handing out the proof.
    ///
    /// # Errors
    /// [`ProofError::LeafCount`] if leaves are missing.
    pub fn finish(self) -> Result<InclusionProof, ProofError> {
        let (index, size) = (self.index, self.ranges.size);
        let mut path = self.ranges.finish()?;
        let leaf = path.pop().ok_or(ProofError::LeafCount { given: 0, size })?;
        let root = inclusion_root(index, size, &leaf, &path);
        Ok(InclusionProof { index, size, leaf, path, root })
    }
}

/// A proof that one tree extends another, with both roots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Leaves of the older tree.
    pub old: u64,
    /// Leaves of the newer tree.
    pub new: u64,
    /// Nodes in the order of RFC 6962 §2.1.2.
    pub path: Vec<Digest>,
    /// Root of the older tree.
    pub old_root: Digest,
    /// Root of the newer tree.
    pub new_root: Digest,
}

/// Makes a consistency proof (RFC 6962 §2.1.2) from the leaf hashes of the newer tree, given once and in order.
#[derive(Debug, Clone)]
pub struct ConsistencyBuilder {
    old: u64,
    /// Whether the last of the ranges is the old tree itself, which is not part of the path.
    old_is_subtree: bool,
    ranges: Ranges,
}

impl ConsistencyBuilder {
    /// A builder of the proof that the tree of `new` leaves extends that of its first `old` leaves.
    ///
    /// # Errors
    /// [`ProofError::SizesOutOfOrder`], [`ProofError::FromEmptyTree`] or [`TreeError::TooLarge`].
    pub fn new(old: u64, new: u64) -> Result<Self, ProofError> {
        check_sizes(old, new)?;
        let mut nodes = Vec::new();
        let (mut low, mut high) = (0, new);
        while old != high {
            let middle = low + split_point(high - low);
            if old <= middle {
                nodes.push((middle, high));
                high = middle;
            } else {
                nodes.push((low, middle));
                low = middle;
            }
        }
        nodes.push((low, high));
        nodes.reverse();
        let old_is_subtree = low == 0;
        if old_is_subtree {
            nodes.rotate_left(1);
        }
        Ok(Self { old, old_is_subtree, ranges: Ranges::new(new, &nodes) })
    }

    /// Takes the next leaf, as its [`crate::tree::leaf_hash`].
    ///
    /// # Errors
    /// [`ProofError::LeafCount`] after the last leaf.
    pub fn push_leaf(&mut self, leaf: Digest) -> Result<(), ProofError> {
        self.ranges.push_leaf(leaf)
    }

    /// Takes the next leaves as a block, which is faster than one by one.
    ///
    /// # Errors
    /// [`TreeError::OutsideBlock`] if the block does not begin at the next leaf, [`ProofError::LeafCount`] if it goes beyond
    /// the tree.
    pub fn push_block(&mut self, block: &LevelTable) -> Result<(), ProofError> {
        self.ranges.push_block(block)
    }

    /// The proof, and the roots it leads to: compare them with the checkpoints before handing out the proof.
    ///
    /// # Errors
    /// [`ProofError::LeafCount`] if leaves are missing.
    pub fn finish(self) -> Result<ConsistencyProof, ProofError> {
        let (old, new) = (self.old, self.ranges.size);
        let mut path = self.ranges.finish()?;
        let known = if self.old_is_subtree { path.pop() } else { None };
        let (old_root, new_root) = consistency_roots(old, new, &known.unwrap_or(empty_root()), &path);
        Ok(ConsistencyProof { old, new, path, old_root, new_root })
    }
}
