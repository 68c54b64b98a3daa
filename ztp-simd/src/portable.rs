//! The reference: one message after the other through the `sha2` crate, on any processor.

use sha2::{Digest, Sha256};

const LEAF_PREFIX: [u8; 1] = [0x00];
const NODE_PREFIX: [u8; 1] = [0x01];

fn sha256(parts: [&[u8]; 3]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

pub(crate) fn sha256_many(messages: &[(&[u8], &[u8])], out: &mut [[u8; 32]]) {
    for ((head, tail), digest) in messages.iter().zip(out) {
        *digest = sha256([head, tail, &[]]);
    }
}

pub(crate) fn leaf_hashes(entries: &[[u8; 32]], out: &mut [[u8; 32]]) {
    for (entry, digest) in entries.iter().zip(out) {
        *digest = sha256([&LEAF_PREFIX, entry, &[]]);
    }
}

pub(crate) fn node_hashes(pairs: &[[[u8; 32]; 2]], out: &mut [[u8; 32]]) {
    for ([left, right], digest) in pairs.iter().zip(out) {
        *digest = sha256([&NODE_PREFIX, left, right]);
    }
}
