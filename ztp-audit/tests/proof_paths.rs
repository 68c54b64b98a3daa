//! Inclusion and consistency paths against the recursive definitions of RFC 6962, for all small trees, and their refusals.
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
use ztp_audit::proof::{
    ConsistencyBuilder, ConsistencyProof, InclusionBuilder, InclusionProof, PATH_MAX, ProofError,
    verify_consistency, verify_inclusion,
};
use ztp_audit::tree::{LevelTable, TREE_SIZE_MAX, TreeError, empty_root, leaf_hash};
use ztp_core::Coded;
use ztp_core::digest::Digest;

const SIZE_MAX: u64 = 64;

fn prove_inclusion(index: u64, entries: &[[u8; 32]]) -> InclusionProof {
    let mut builder = InclusionBuilder::new(index, entries.len() as u64).unwrap();
    for entry in entries {
        builder.push_leaf(leaf_hash(entry)).unwrap();
    }
    builder.finish().unwrap()
}

fn prove_consistency(old: u64, entries: &[[u8; 32]]) -> ConsistencyProof {
    let mut builder = ConsistencyBuilder::new(old, entries.len() as u64).unwrap();
    for entry in entries {
        builder.push_leaf(leaf_hash(entry)).unwrap();
    }
    builder.finish().unwrap()
}

fn flipped(digest: &Digest, bit: usize) -> Digest {
    let mut bytes = *digest.as_bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    Digest::from_bytes(bytes)
}

#[test]
fn every_inclusion_path_up_to_64_leaves_is_that_of_the_definition_and_verifies() {
    let entries = naive::entries(SIZE_MAX);
    for size in 1..=SIZE_MAX {
        let tree = &entries[..size as usize];
        for index in 0..size {
            let proof = prove_inclusion(index, tree);
            assert_eq!((proof.index, proof.size), (index, size));
            assert_eq!(proof.path, naive::inclusion(index as usize, tree), "leaf {index} of {size}");
            assert_eq!(proof.leaf, leaf_hash(&tree[index as usize]));
            assert_eq!(proof.root, naive::root(tree));
            assert_eq!(verify_inclusion(index, size, &proof.leaf, &proof.path, &proof.root), Ok(()));
        }
    }
}

#[test]
fn every_consistency_path_up_to_64_leaves_is_that_of_the_definition_and_verifies() {
    let entries = naive::entries(SIZE_MAX);
    for new in 1..=SIZE_MAX {
        let tree = &entries[..new as usize];
        for old in 1..=new {
            let proof = prove_consistency(old, tree);
            assert_eq!((proof.old, proof.new), (old, new));
            assert_eq!(proof.path, naive::consistency(old as usize, tree), "{old} to {new}");
            assert_eq!(proof.old_root, naive::root(&tree[..old as usize]));
            assert_eq!(proof.new_root, naive::root(tree));
            assert_eq!(verify_consistency(old, new, &proof.old_root, &proof.new_root, &proof.path), Ok(()));
        }
    }
}

#[test]
fn an_inclusion_proof_holds_for_no_other_leaf_index_or_root_and_with_no_hash_changed_added_or_missing() {
    let entries = naive::entries(33);
    for size in 1..=33u64 {
        let tree = &entries[..size as usize];
        for index in 0..size {
            let InclusionProof { leaf, path, root, .. } = prove_inclusion(index, tree);
            for other in (0..size).filter(|other| *other != index) {
                let error = verify_inclusion(other, size, &leaf, &path, &root).unwrap_err();
                assert!(
                    ["proof_root_mismatch", "proof_path_length"].contains(&error.code()),
                    "{other} for {index} of {size}"
                );
                let error = verify_inclusion(index, size, &leaf_hash(&tree[other as usize]), &path, &root)
                    .unwrap_err();
                assert_eq!(error.code(), "proof_root_mismatch");
            }
            let error = verify_inclusion(index, size, &leaf, &path, &empty_root()).unwrap_err();
            assert_eq!(error, ProofError::RootMismatch { expected: empty_root(), found: root });
            let (expected, mut changed) = (path.len(), path.clone());
            changed.push(root);
            let error = verify_inclusion(index, size, &leaf, &changed, &root).unwrap_err();
            assert_eq!(error, ProofError::PathLength { expected, found: expected + 1 });
            for at in 0..path.len() {
                let mut changed = path.clone();
                changed.remove(at);
                let error = verify_inclusion(index, size, &leaf, &changed, &root).unwrap_err();
                assert_eq!(error, ProofError::PathLength { expected, found: expected - 1 });
                let mut changed = path.clone();
                changed[at] = flipped(&changed[at], at * 8 % 256);
                assert_eq!(
                    verify_inclusion(index, size, &leaf, &changed, &root).unwrap_err().code(),
                    "proof_root_mismatch"
                );
            }
        }
    }
}

#[test]
fn a_consistency_proof_holds_for_no_other_root_and_with_no_hash_changed_added_or_missing() {
    let entries = naive::entries(33);
    for new in 1..=33u64 {
        let tree = &entries[..new as usize];
        for old in 1..=new {
            let ConsistencyProof { path, old_root, new_root, .. } = prove_consistency(old, tree);
            let check = |path: &[Digest], old_root: &Digest, new_root: &Digest| {
                verify_consistency(old, new, old_root, new_root, path).unwrap_err()
            };
            let error = check(&path, &old_root, &flipped(&new_root, 7));
            assert_eq!(
                error,
                ProofError::NewRootMismatch { expected: flipped(&new_root, 7), found: new_root }
            );
            let wrong = check(&path, &flipped(&old_root, 9), &new_root);
            // When the old tree is a subtree of the new one the path starts from the old root itself, so it is the new root that fails.
            let codes = if old.is_power_of_two() || old == new {
                "proof_new_root_mismatch"
            } else {
                "proof_old_root_mismatch"
            };
            assert_eq!(wrong.code(), codes, "{old} to {new}");
            let (expected, mut changed) = (path.len(), path.clone());
            changed.push(new_root);
            assert_eq!(
                check(&changed, &old_root, &new_root),
                ProofError::PathLength { expected, found: expected + 1 }
            );
            for at in 0..path.len() {
                let mut changed = path.clone();
                changed.remove(at);
                assert_eq!(
                    check(&changed, &old_root, &new_root),
                    ProofError::PathLength { expected, found: expected - 1 }
                );
                let mut changed = path.clone();
                changed[at] = flipped(&changed[at], at * 8 % 256);
                let code = check(&changed, &old_root, &new_root).code();
                assert!(
                    ["proof_old_root_mismatch", "proof_new_root_mismatch"].contains(&code),
                    "{old} to {new}"
                );
            }
        }
    }
}

#[test]
fn a_rewritten_history_has_no_consistency_proof() {
    let honest = naive::entries(40);
    for changed in 0..20usize {
        let mut rewritten = honest.clone();
        rewritten[changed][0] ^= 1;
        let proof = prove_consistency(20, &rewritten);
        let old_root = naive::root(&honest[..20]);
        let error = verify_consistency(20, 40, &old_root, &proof.new_root, &proof.path).unwrap_err();
        assert_eq!(error, ProofError::OldRootMismatch { expected: old_root, found: proof.old_root });
    }
}

#[test]
fn sizes_and_indices_that_no_proof_can_have_are_refused_alike_when_made_and_when_checked() {
    let zero = Digest::ZERO;
    for (index, size) in [(0, 0), (1, 1), (5, 5), (6, 5), (u64::MAX, 5)] {
        let expected = ProofError::IndexOutOfRange { index, size };
        assert_eq!(verify_inclusion(index, size, &zero, &[], &zero), Err(expected));
        assert_eq!(InclusionBuilder::new(index, size).unwrap_err(), expected);
        assert_eq!(expected.code(), "proof_index_out_of_range");
    }
    for (old, new) in [(1, 0), (6, 5), (u64::MAX, 5)] {
        let expected = ProofError::SizesOutOfOrder { old, new };
        assert_eq!(verify_consistency(old, new, &zero, &zero, &[]), Err(expected));
        assert_eq!(ConsistencyBuilder::new(old, new).unwrap_err(), expected);
        assert_eq!(expected.code(), "proof_sizes_out_of_order");
    }
    assert_eq!(verify_consistency(0, 5, &empty_root(), &zero, &[]), Err(ProofError::FromEmptyTree));
    assert_eq!(ConsistencyBuilder::new(0, 5).unwrap_err().code(), "proof_from_empty_tree");
    let expected = ProofError::Tree(TreeError::TooLarge { size: TREE_SIZE_MAX + 1, leaves: 0 });
    assert_eq!(verify_inclusion(0, TREE_SIZE_MAX + 1, &zero, &[], &zero), Err(expected));
    assert_eq!(verify_consistency(1, TREE_SIZE_MAX + 1, &zero, &zero, &[]), Err(expected));
    assert_eq!(InclusionBuilder::new(0, TREE_SIZE_MAX + 1).unwrap_err(), expected);
    assert_eq!(ConsistencyBuilder::new(1, TREE_SIZE_MAX + 1).unwrap_err().code(), "tree_too_large");
}

#[test]
fn the_tree_without_leaves_is_consistent_with_itself_only() {
    assert_eq!(verify_consistency(0, 0, &empty_root(), &empty_root(), &[]), Ok(()));
    let error = verify_consistency(0, 0, &empty_root(), &Digest::ZERO, &[]).unwrap_err();
    assert_eq!(error, ProofError::NewRootMismatch { expected: Digest::ZERO, found: empty_root() });
    let mut builder = ConsistencyBuilder::new(0, 0).unwrap();
    assert_eq!(builder.push_leaf(Digest::ZERO), Err(ProofError::LeafCount { given: 1, size: 0 }));
    let proof = builder.finish().unwrap();
    assert_eq!((proof.path, proof.old_root, proof.new_root), (Vec::new(), empty_root(), empty_root()));
}

#[test]
fn a_builder_takes_exactly_the_leaves_of_its_tree() {
    let entries = naive::entries(7);
    for given in 0..7u64 {
        let mut inclusion = InclusionBuilder::new(3, 7).unwrap();
        let mut consistency = ConsistencyBuilder::new(3, 7).unwrap();
        for entry in &entries[..given as usize] {
            inclusion.push_leaf(leaf_hash(entry)).unwrap();
            consistency.push_leaf(leaf_hash(entry)).unwrap();
        }
        let expected = ProofError::LeafCount { given, size: 7 };
        assert_eq!(expected.code(), "proof_leaf_count");
        assert_eq!(inclusion.finish().unwrap_err(), expected);
        assert_eq!(consistency.finish().unwrap_err(), expected);
    }
    let mut builder = InclusionBuilder::new(3, 7).unwrap();
    for entry in &entries {
        builder.push_leaf(leaf_hash(entry)).unwrap();
    }
    assert_eq!(builder.push_leaf(empty_root()), Err(ProofError::LeafCount { given: 8, size: 7 }));
    assert_eq!(builder.finish().unwrap().root, naive::root(&entries));
}

#[test]
fn a_builder_refuses_a_block_that_leaves_a_gap_repeats_leaves_or_goes_beyond_the_tree() {
    let entries = naive::entries(20);
    let mut table = LevelTable::new();
    let mut builder = InclusionBuilder::new(3, 12).unwrap();
    let outside =
        |start, first, last| ProofError::Tree(TreeError::OutsideBlock { start, end: 12, first, last });
    table.rebuild_from_entries(1, &entries[1..5]).unwrap();
    assert_eq!(builder.push_block(&table), Err(outside(0, 1, 5)));
    table.rebuild_from_entries(0, &entries[..5]).unwrap();
    builder.push_block(&table).unwrap();
    assert_eq!(builder.push_block(&table), Err(outside(5, 0, 5)));
    table.rebuild_from_entries(5, &entries[5..13]).unwrap();
    assert_eq!(builder.push_block(&table), Err(ProofError::LeafCount { given: 13, size: 12 }));
    table.rebuild_from_entries(5, &entries[5..12]).unwrap();
    builder.push_block(&table).unwrap();
    assert_eq!(builder.finish().unwrap(), prove_inclusion(3, &entries[..12]));
}

#[test]
fn no_path_of_the_largest_trees_is_longer_than_the_limit() {
    let sizes =
        (0..63u32).flat_map(|bit| [1u64 << bit, (1 << bit) - 1, (1 << bit) + 1]).chain([TREE_SIZE_MAX]);
    let sizes: Vec<u64> = sizes.filter(|size| *size > 0).collect();
    let mut longest = 0;
    for new in &sizes {
        for old in &sizes {
            // The refusal of an empty path states the length that is needed.
            let refusals = [
                verify_inclusion(*old, *new, &Digest::ZERO, &[], &Digest::ZERO),
                verify_consistency(*old, *new, &Digest::ZERO, &Digest::ZERO, &[]),
            ];
            for refusal in refusals {
                if let Err(ProofError::PathLength { expected, .. }) = refusal {
                    longest = longest.max(expected);
                }
            }
        }
    }
    assert_eq!(longest, PATH_MAX);
}

proptest! {
    #[test]
    fn hostile_sizes_and_paths_are_refused_and_never_panic(
        first in any::<u64>(), second in any::<u64>(), shift in 0u32..64, path in prop::collection::vec(any::<[u8; 32]>(), 64),
    ) {
        let path: Vec<Digest> = path.into_iter().map(Digest::from_bytes).collect();
        let (first, second) = (first >> shift, second >> shift);
        let inclusion = |path: &[Digest]| verify_inclusion(first, second, &path[0], path, &Digest::ZERO).unwrap_err();
        let consistency = |path: &[Digest]| verify_consistency(first, second, &Digest::ZERO, &path[0], path).unwrap_err();
        // The first refusal tells the length of the path; with it the whole computation runs.
        if let ProofError::PathLength { expected, .. } = inclusion(&path) {
            prop_assert!(expected == 0 || inclusion(&path[..expected]).code() == "proof_root_mismatch");
        }
        if let ProofError::PathLength { expected, .. } = consistency(&path) {
            let refused = expected == 0 || consistency(&path[..expected]).code().ends_with("_root_mismatch");
            prop_assert!(refused, "{} to {}", first, second);
        }
    }

    #[test]
    fn blocks_of_any_width_give_the_same_proofs_as_single_leaves(
        widths in prop::collection::vec(1usize..150, 1..6),
        index in any::<prop::sample::Index>(),
    ) {
        let size: usize = widths.iter().sum();
        let entries = naive::entries(size as u64);
        let (index, old) = (index.index(size) as u64, index.index(size) as u64 + 1);
        let mut inclusion = InclusionBuilder::new(index, size as u64).unwrap();
        let mut consistency = ConsistencyBuilder::new(old, size as u64).unwrap();
        let mut table = LevelTable::new();
        let mut first = 0;
        for width in widths {
            table.rebuild_from_entries(first as u64, &entries[first..first + width]).unwrap();
            inclusion.push_block(&table).unwrap();
            consistency.push_block(&table).unwrap();
            first += width;
        }
        let (inclusion, consistency) = (inclusion.finish().unwrap(), consistency.finish().unwrap());
        prop_assert_eq!(&inclusion.path, &naive::inclusion(index as usize, &entries));
        prop_assert_eq!(&consistency.path, &naive::consistency(old as usize, &entries));
        prop_assert_eq!(inclusion, prove_inclusion(index, &entries));
        prop_assert_eq!(consistency, prove_consistency(old, &entries));
    }

    #[test]
    fn any_flipped_bit_of_a_path_leaf_or_root_is_refused(
        size in 2u64..300,
        index in any::<prop::sample::Index>(),
        which in any::<prop::sample::Index>(),
        bit in 0usize..256,
    ) {
        let entries = naive::entries(size);
        let proof = prove_inclusion(index.index(size as usize) as u64, &entries);
        let mut parts = [&[proof.leaf, proof.root][..], &proof.path].concat();
        let at = which.index(parts.len());
        parts[at] = flipped(&parts[at], bit);
        let refused = verify_inclusion(proof.index, size, &parts[0], &parts[2..], &parts[1]).unwrap_err();
        prop_assert_eq!(refused.code(), "proof_root_mismatch");

        let proof = prove_consistency(index.index(size as usize) as u64 + 1, &entries);
        let mut parts = [&[proof.old_root, proof.new_root][..], &proof.path].concat();
        let at = which.index(parts.len());
        parts[at] = flipped(&parts[at], bit);
        let refused = verify_consistency(proof.old, size, &parts[0], &parts[1], &parts[2..]).unwrap_err();
        prop_assert!(["proof_old_root_mismatch", "proof_new_root_mismatch"].contains(&refused.code()));
    }
}
