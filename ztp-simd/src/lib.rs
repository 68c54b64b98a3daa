//! SHA-256 over many short messages.
#![deny(unsafe_code)]

use sha2::{Digest as _, Sha256};

/// Hashes each message, given as two slices that follow one another, into the slot of `out` at its index.
///
/// Messages beyond the slots of `out`, and slots beyond the messages, are left alone.
pub fn sha256_many(messages: &[(&[u8], &[u8])], out: &mut [[u8; 32]]) {
    for ((first, second), slot) in messages.iter().zip(out) {
        *slot = Sha256::new().chain_update(first).chain_update(second).finalize().into();
    }
}

/// RFC 6962 leaf hashes of 32-byte entries.
pub fn leaf_hashes(entries: &[[u8; 32]], out: &mut [[u8; 32]]) {
    for (entry, slot) in entries.iter().zip(out) {
        *slot = Sha256::new().chain_update([0]).chain_update(entry).finalize().into();
    }
}

/// RFC 6962 inner nodes: slot `i` of `out` is the node over `children[2i]` and `children[2i + 1]`.
pub fn node_hashes(children: &[[u8; 32]], out: &mut [[u8; 32]]) {
    for (pair, slot) in children.chunks_exact(2).zip(out) {
        let hasher = pair.iter().fold(Sha256::new().chain_update([1]), |h, child| h.chain_update(child));
        *slot = hasher.finalize().into();
    }
}
