//! Roots and paths against `ct-merkle`, an independent implementation of RFC 6962.
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

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use ztp_audit::proof::{ConsistencyBuilder, InclusionBuilder, verify_consistency, verify_inclusion};
use ztp_audit::tree::{LevelTable, leaf_hash};
use ztp_core::digest::Digest;

fn digests(path: &[u8]) -> Vec<Digest> {
    path.as_chunks::<32>().0.iter().copied().map(Digest::from_bytes).collect()
}

proptest! {
    #[test]
    fn roots_and_paths_are_those_of_another_implementation(
        size in 1usize..600,
        index in any::<prop::sample::Index>(),
        old in any::<prop::sample::Index>(),
    ) {
        let (index, old) = (index.index(size), old.index(size) + 1);
        let entries = naive::entries(size as u64);
        let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut old_root = None;
        for (n, entry) in entries.iter().enumerate() {
            theirs.push(entry.to_vec());
            if n + 1 == old {
                old_root = Some(theirs.root());
            }
        }
        let (old_root, new_root) = (old_root.unwrap(), theirs.root());
        let mut block = LevelTable::new();
        block.rebuild_from_entries(0, &entries).unwrap();

        let mut builder = InclusionBuilder::new(index as u64, size as u64).unwrap();
        builder.push_block(&block).unwrap();
        let proof = builder.finish().unwrap();
        prop_assert_eq!(proof.root.as_bytes(), new_root.as_bytes().as_slice());
        let path = theirs.prove_inclusion(index);
        prop_assert_eq!(&proof.path, &digests(path.as_bytes()));
        new_root.verify_inclusion(&entries[index].to_vec(), index as u64, &path).unwrap();
        let leaf = leaf_hash(&entries[index]);
        verify_inclusion(index as u64, size as u64, &leaf, &digests(path.as_bytes()), &proof.root).unwrap();

        let mut builder = ConsistencyBuilder::new(old as u64, size as u64).unwrap();
        builder.push_block(&block).unwrap();
        let proof = builder.finish().unwrap();
        prop_assert_eq!(proof.old_root.as_bytes(), old_root.as_bytes().as_slice());
        let path = theirs.prove_consistency(size - old);
        prop_assert_eq!(&proof.path, &digests(path.as_bytes()));
        new_root.verify_consistency(&old_root, &path).unwrap();
        let path = digests(path.as_bytes());
        verify_consistency(old as u64, size as u64, &proof.old_root, &proof.new_root, &path).unwrap();
    }
}
