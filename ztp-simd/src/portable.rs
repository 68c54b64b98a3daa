//! The reference: one message after the other through the `sha2` crate, on any processor.

use sha2::{Digest, Sha256};

pub(crate) fn sha256_many(messages: &[(&[u8], &[u8])], out: &mut [[u8; 32]]) {
    for ((p, q), digest) in messages.iter().zip(out) {
        *digest = Sha256::new().chain_update(p).chain_update(q).finalize().into();
    }
}

pub(crate) fn leaf_hashes(entries: &[[u8; 32]], out: &mut [[u8; 32]]) {
    let mut message = [0x00; 1 + 32];
    for (entry, digest) in entries.iter().zip(out) {
        message[1..].copy_from_slice(entry);
        *digest = Sha256::digest(message).into();
    }
}

pub(crate) fn node_hashes(pairs: &[[[u8; 32]; 2]], out: &mut [[u8; 32]]) {
    let mut message = [0x01; 1 + 64];
    for (pair, digest) in pairs.iter().zip(out) {
        message[1..].copy_from_slice(pair.as_flattened());
        *digest = Sha256::digest(message).into();
    }
}
