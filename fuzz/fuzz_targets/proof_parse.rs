//! Proof files, and paths with any sizes, from hostile bytes: whatever reads has no other byte form, and nothing panics.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::proof::{ProofError, verify_consistency, verify_inclusion};
use ztp_audit::tlog_proof::{AddCheckpoint, TlogProof};
use ztp_audit::tree::{empty_root, leaf_hash};
use ztp_core::digest::Digest;
use ztp_core::vkey::VerifierKey;

static KNOWN: LazyLock<Vec<VerifierKey>> = LazyLock::new(|| {
    vec!["bench-01.example/audit+033faf08+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs".parse().unwrap()]
});

fuzz_target!(|data: &[u8]| {
    if let Ok(proof) = TlogProof::parse(data) {
        assert_eq!(proof.to_bytes(), data);
        let _ = proof.verify(&leaf_hash(&[0xab; 32]), &KNOWN);
    }
    if let Ok(body) = AddCheckpoint::parse(data) {
        assert_eq!(body.to_bytes(), data);
        let origin = "bench-01.example/audit".to_owned();
        let _ = body.verify(&Checkpoint { origin, size: body.old_size(), root: empty_root() }, &KNOWN);
    }
    paths(data);
});

/// Two numbers, then hashes: the path is cut to the one length that the numbers allow, so that the whole computation runs.
fn paths(data: &[u8]) {
    let Some((numbers, rest)) = data.split_first_chunk::<16>() else { return };
    let numbers = u128::from_be_bytes(*numbers);
    let (first, second) = ((numbers >> 64) as u64, numbers as u64);
    let path: Vec<Digest> = rest.as_chunks::<32>().0.iter().copied().map(Digest::from_bytes).collect();
    let zero = Digest::ZERO;
    if let Err(ProofError::PathLength { expected, .. }) = verify_inclusion(first, second, &zero, &path, &zero)
        && let Some(path) = path.get(..expected)
    {
        // The one leaf of a tree is its root: only then can leaf and root be equal.
        assert!(path.is_empty() || verify_inclusion(first, second, &zero, path, &zero).is_err());
    }
    if let Err(ProofError::PathLength { expected, .. }) =
        verify_consistency(first, second, &zero, &zero, &path)
        && let Some(path) = path.get(..expected)
    {
        let _ = verify_consistency(first, second, &zero, &zero, path);
    }
}
