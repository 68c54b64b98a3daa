//! The tree against the published roots of RFC 6962 implementations and against the recursive definition.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test reports a failure"
)]

mod naive;

use proptest::prelude::*;
use ztp_audit::tree::{
    Frontier, LevelTable, TREE_SIZE_MAX, TreeError, decompose, empty_root, leaf_hash, node_hash,
};
use ztp_core::Coded;
use ztp_core::digest::Digest;
use ztp_core::encoding::hex_encode;

/// The eight entries that Certificate Transparency implementations test with, and the root after each.
const PUBLISHED: [(&[u8], &str); 8] = [
    (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    (b"\x00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    (b"\x10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    (b"\x20\x21", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    (b"\x30\x31", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    (b"\x40\x41\x42\x43", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    (b"\x50\x51\x52\x53\x54\x55\x56\x57", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
];

fn frontier(entries: &[[u8; 32]]) -> Frontier {
    let mut frontier = Frontier::new();
    for entry in entries {
        frontier.push_leaf(leaf_hash(entry)).unwrap();
    }
    frontier
}

#[test]
fn roots_of_the_published_leaves_are_the_published_roots() {
    let mut frontier = Frontier::new();
    assert_eq!(
        hex_encode(frontier.root().as_bytes()),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(frontier.root(), empty_root());
    for (n, (entry, root)) in PUBLISHED.iter().enumerate() {
        frontier.push_leaf(leaf_hash(entry)).unwrap();
        assert_eq!(hex_encode(frontier.root().as_bytes()), *root, "{} leaves", n + 1);
        let so_far: Vec<_> = PUBLISHED[..=n].iter().map(|(entry, _)| entry).collect();
        assert_eq!(naive::root(&so_far), frontier.root(), "{} leaves", n + 1);
    }
}

#[test]
fn every_frontier_up_to_300_leaves_has_the_recursive_root_and_one_node_per_one_bit() {
    let entries = naive::entries(300);
    let mut frontier = Frontier::new();
    for size in 0..=300usize {
        assert_eq!(frontier.root(), naive::root(&entries[..size]), "{size} leaves");
        assert_eq!(frontier.nodes().len(), size.count_ones() as usize);
        assert_eq!(frontier.size(), size as u64);
        for ((level, start), node) in decompose(0, size as u64).zip(frontier.nodes()) {
            let start = start as usize;
            assert_eq!(*node, naive::root(&entries[start..start + (1 << level)]), "level {level} at {start}");
        }
        assert_eq!(Frontier::from_nodes(size as u64, frontier.nodes()), Ok(frontier.clone()));
        if let Some(entry) = entries.get(size) {
            frontier.push_leaf(leaf_hash(entry)).unwrap();
        }
    }
}

#[test]
fn a_range_is_split_into_aligned_subtrees_without_gap_and_none_could_be_merged() {
    for end in 0..=130u64 {
        for start in 0..=end {
            let subtrees: Vec<_> = decompose(start, end).collect();
            let mut next = start;
            for (level, first) in &subtrees {
                assert_eq!(*first, next, "{start}..{end}");
                assert!(first.is_multiple_of(1 << level), "{start}..{end}");
                next = first + (1 << level);
            }
            assert_eq!(next, end, "{start}..{end}");
            for pair in subtrees.windows(2) {
                let [(level, first), (next_level, _)] = pair else { unreachable!() };
                let mergeable = level == next_level && first.is_multiple_of(2 << level);
                assert!(!mergeable, "{start}..{end} has two halves of one subtree");
            }
        }
    }
    assert_eq!(decompose(7, 3).count(), 0);
    assert_eq!(decompose(u64::MAX, u64::MAX).count(), 0);
    assert_eq!(decompose(0, u64::MAX).count(), 64);
}

#[test]
fn a_subtree_that_is_not_aligned_is_refused_and_changes_nothing() {
    let entries = naive::entries(6);
    let mut frontier = frontier(&entries);
    let before = frontier.clone();
    let error = frontier.push_subtree(2, empty_root()).unwrap_err();
    assert_eq!(error, TreeError::Misaligned { position: 6, level: 2 });
    assert_eq!(error.code(), "tree_subtree_misaligned");
    assert_eq!(frontier, before);
    frontier.push_subtree(1, empty_root()).unwrap();
    assert_eq!(frontier.size(), 8);
}

#[test]
fn no_tree_grows_beyond_the_largest_size() {
    let nodes = vec![empty_root(); 63];
    let mut full = Frontier::from_nodes(TREE_SIZE_MAX, &nodes).unwrap();
    let error = full.push_leaf(empty_root()).unwrap_err();
    assert_eq!(error, TreeError::TooLarge { size: TREE_SIZE_MAX, leaves: 1 });
    assert_eq!(error.code(), "tree_too_large");
    assert_eq!(full.nodes(), nodes);
    for level in [63, 64, u32::MAX] {
        assert_eq!(Frontier::new().push_subtree(level, empty_root()).unwrap_err().code(), "tree_too_large");
    }
    let mut half = Frontier::new();
    half.push_subtree(62, empty_root()).unwrap();
    assert_eq!(half.push_subtree(62, empty_root()).unwrap_err().code(), "tree_too_large");
    assert_eq!(Frontier::from_nodes(TREE_SIZE_MAX + 1, &nodes).unwrap_err().code(), "tree_too_large");
    let mut table = LevelTable::new();
    assert_eq!(table.rebuild(TREE_SIZE_MAX, &[[0; 32]]).unwrap_err().code(), "tree_too_large");
    table.rebuild(TREE_SIZE_MAX - 1, &[[0; 32]]).unwrap();
    let over = TreeError::TooLarge { size: TREE_SIZE_MAX - 1, leaves: 2 };
    assert_eq!(table.rebuild(TREE_SIZE_MAX - 1, &[[0; 32]; 2]), Err(over));
    assert_eq!(table.rebuild(u64::MAX, &[[0; 32]]).unwrap_err().code(), "tree_too_large");
    assert_eq!((table.first(), table.end()), (0, 0));
}

#[test]
fn a_stored_frontier_with_a_node_too_few_or_too_many_is_refused() {
    for size in 0..100u64 {
        let expected = size.count_ones() as usize;
        for found in 0..10 {
            let taken = Frontier::from_nodes(size, &vec![empty_root(); found]);
            if found == expected {
                assert_eq!(taken.unwrap().size(), size);
            } else {
                let error = taken.unwrap_err();
                assert_eq!(error, TreeError::FrontierShape { size, expected, found });
                assert_eq!(error.code(), "tree_frontier_shape");
            }
        }
    }
}

#[test]
fn a_table_holds_every_aligned_subtree_of_its_block_and_no_other() {
    let entries = naive::entries(200);
    let mut table = LevelTable::new();
    for first in 0..70usize {
        for end in [first, first + 1, first + 2, first + 3, first + 17, first + 64, first + 100] {
            table.rebuild_from_entries(first as u64, &entries[first..end]).unwrap();
            for level in 0..8u32 {
                let width = 1usize << level;
                for start in 0..=200 - width {
                    let inside = start >= first && start + width <= end && start.is_multiple_of(width);
                    let expected = inside.then(|| naive::root(&entries[start..start + width]));
                    assert_eq!(
                        table.node(level, start as u64),
                        expected,
                        "{first}..{end}: {level} at {start}"
                    );
                }
            }
            assert_eq!(table.node(64, 0), None);
        }
    }
}

#[test]
fn a_frontier_cannot_be_extended_with_leaves_outside_the_block() {
    let entries = naive::entries(50);
    let mut table = LevelTable::new();
    table.rebuild_from_entries(10, &entries[10..40]).unwrap();
    for (size, end) in [(9, 20), (10, 41), (20, 19), (40, 41), (0, 0)] {
        let mut extended = frontier(&entries[..size]);
        let before = extended.clone();
        let error = table.extend(&mut extended, end).unwrap_err();
        assert_eq!(error, TreeError::OutsideBlock { start: size as u64, end, first: 10, last: 40 });
        assert_eq!(error.code(), "tree_outside_block");
        assert_eq!(extended, before);
    }
    let mut extended = frontier(&entries[..40]);
    table.extend(&mut extended, 40).unwrap();
    assert_eq!(extended, frontier(&entries[..40]));
}

proptest! {
    #[test]
    fn blocks_and_seal_positions_of_any_width_lead_to_the_same_roots_as_single_leaves(
        widths in prop::collection::vec(0usize..200, 1..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let total: usize = widths.iter().sum();
        let entries = naive::entries(total as u64);
        let mut table = LevelTable::new();
        let mut walked = Frontier::new();
        let mut first = 0;
        for width in widths {
            let block = &entries[first..first + width];
            table.rebuild_from_entries(first as u64, block).unwrap();
            let mut by_leaf_hash = LevelTable::new();
            let leaves: Vec<[u8; 32]> = block.iter().map(|entry| *leaf_hash(entry).as_bytes()).collect();
            by_leaf_hash.rebuild(first as u64, &leaves).unwrap();
            let mut seals: Vec<usize> = cuts.iter().map(|cut| first + cut.index(width + 1)).collect();
            seals.sort_unstable();
            for seal in seals {
                table.extend(&mut walked, seal as u64).unwrap();
                prop_assert_eq!(walked.root(), naive::root(&entries[..seal]));
            }
            let mut other = walked.clone();
            by_leaf_hash.extend(&mut other, (first + width) as u64).unwrap();
            table.extend(&mut walked, (first + width) as u64).unwrap();
            prop_assert_eq!(&walked, &other);
            first += width;
        }
        prop_assert_eq!(walked, frontier(&entries));
    }

    #[test]
    fn a_stored_frontier_continues_as_if_it_had_never_been_stored(size in 0u64..500, more in 0u64..100) {
        let entries = naive::entries(size + more);
        let before = frontier(&entries[..size as usize]);
        let mut after = Frontier::from_nodes(before.size(), before.nodes()).unwrap();
        for entry in &entries[size as usize..] {
            after.push_leaf(leaf_hash(entry)).unwrap();
        }
        prop_assert_eq!(after.root(), naive::root(&entries));
    }

    #[test]
    fn leaf_and_node_hashes_never_share_an_input(left in any::<[u8; 32]>(), right in any::<[u8; 32]>()) {
        let node = node_hash(&Digest::from_bytes(left), &Digest::from_bytes(right));
        prop_assert_ne!(node, leaf_hash(&[left, right].concat()));
    }
}
