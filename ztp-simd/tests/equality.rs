//! Every engine gives the results of the `sha2` crate, message by message.

#![allow(clippy::print_stdout, reason = "a test that has less to test says so")]

use proptest::collection::vec;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use ztp_simd::Engine;

/// The engine of this processor and the portable one. They are the same where the processor has no SHA extensions.
fn engines() -> [Engine; 2] {
    let engines = [Engine::detect(), Engine::portable()];
    if engines[0] == engines[1] {
        println!("no SIMD engine on this processor: only the portable one is tested");
    }
    engines
}

fn reference(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0]).collect()
}

fn hashes(count: usize) -> Vec<[u8; 32]> {
    bytes(32 * count).as_chunks::<32>().0.to_vec()
}

fn assert_equal(engine: Engine, messages: &[(&[u8], &[u8])]) {
    // What `out` holds before the call must not matter.
    let mut out = vec![[0xee; 32]; 3];
    engine.sha256_many(messages, &mut out);
    assert_eq!(out.len(), messages.len());
    for ((p, q), digest) in messages.iter().zip(&out) {
        assert_eq!(*digest, reference(&[p, q]), "{}: {} and {} bytes", engine.name(), p.len(), q.len());
    }
}

#[test]
fn published_vectors_hold() {
    let million = vec![b'a'; 1_000_000];
    // FIPS 180-2 appendix B and the examples of the NIST Cryptographic Standards page.
    let vectors: [(&[u8], &str); 5] = [
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (
            b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
        ),
        (&million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ];
    for engine in engines() {
        let messages: Vec<_> =
            vectors.iter().map(|(message, _)| message.split_at(message.len() / 3)).collect();
        let mut out = Vec::new();
        engine.sha256_many(&messages, &mut out);
        for (digest, (_, expected)) in out.iter().zip(vectors) {
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected, "{}", engine.name());
        }
    }
}

#[test]
fn every_length_and_the_splits_near_borders_are_equal() {
    let data = bytes(600);
    for engine in engines() {
        for length in 0..=600 {
            let message = &data[..length];
            let mut splits = vec![0, 1, length / 3, length / 2, length.saturating_sub(1), length];
            for border in (0..=length).step_by(64) {
                splits.extend([
                    border.saturating_sub(9),
                    border.saturating_sub(1),
                    border,
                    border + 1,
                    border + 55,
                ]);
            }
            splits.retain(|split| *split <= length);
            let messages: Vec<_> = splits.iter().map(|split| message.split_at(*split)).collect();
            assert_equal(engine, &messages);
        }
    }
}

#[test]
fn batches_of_all_lengths_at_once_are_equal() {
    let data = bytes(700);
    let mut messages: Vec<_> =
        (0..=600).map(|length| data[..length].split_at(length * 7 % (length + 1))).collect();
    for engine in engines() {
        assert_equal(engine, &messages);
        messages.reverse();
        assert_equal(engine, &messages);
    }
}

#[test]
fn every_alignment_of_the_slices_is_equal() {
    let data = bytes(1000);
    let messages: Vec<_> = (0..64)
        .flat_map(|p| (0..64).step_by(5).map(move |q| (p, q)))
        .map(|(p, q)| (&data[p..p + 203], &data[400 + q..][..130 + q]))
        .collect();
    for engine in engines() {
        assert_equal(engine, &messages);
    }
}

#[test]
fn few_messages_and_long_ones_next_to_short_ones_are_equal() {
    let data = bytes(200_000);
    let lengths = [3, 150_000, 0, 64, 199_999, 70, 55, 56, 4096];
    for engine in engines() {
        for count in 0..=lengths.len() {
            let messages: Vec<_> =
                lengths[..count].iter().map(|length| data[..*length].split_at(length / 7)).collect();
            assert_equal(engine, &messages);
        }
    }
}

#[test]
fn leaf_hashes_are_equal_for_every_count() {
    let entries = hashes(40);
    for engine in engines() {
        for count in 0..=entries.len() {
            let mut out = vec![[0xee; 32]; 3];
            engine.leaf_hashes(&entries[..count], &mut out);
            let expected: Vec<_> =
                entries[..count].iter().map(|entry| reference(&[&[0x00], entry])).collect();
            assert_eq!(out, expected, "{}: {count} entries", engine.name());
        }
    }
}

#[test]
fn node_hashes_are_equal_for_every_count_and_leave_out_an_odd_last_child() {
    let children = hashes(81);
    for engine in engines() {
        for count in 0..=children.len() {
            let mut out = vec![[0xee; 32]; 3];
            engine.node_hashes(&children[..count], &mut out);
            let (pairs, _) = children[..count].as_chunks::<2>();
            let expected: Vec<_> =
                pairs.iter().map(|[left, right]| reference(&[&[0x01], left, right])).collect();
            assert_eq!(out, expected, "{}: {count} children", engine.name());
        }
    }
}

#[test]
fn every_last_byte_of_a_node_is_equal() {
    let children: Vec<_> = (0..=255).flat_map(|last| [[0x5a; 32], [last; 32]]).collect();
    for engine in engines() {
        let mut out = Vec::new();
        engine.node_hashes(&children, &mut out);
        for (digest, [left, right]) in out.iter().zip(children.as_chunks::<2>().0) {
            assert_eq!(*digest, reference(&[&[0x01], left, right]), "{}: {right:02x?}", engine.name());
        }
    }
}

#[test]
fn the_functions_of_the_crate_use_the_detected_engine() {
    let entries = hashes(9);
    let messages: Vec<(&[u8], &[u8])> = entries.iter().map(|entry| entry.split_at(5)).collect();
    let (mut by_function, mut by_engine) = (Vec::new(), Vec::new());
    ztp_simd::sha256_many(&messages, &mut by_function);
    Engine::detect().sha256_many(&messages, &mut by_engine);
    assert_eq!(by_function, by_engine);
    ztp_simd::leaf_hashes(&entries, &mut by_function);
    Engine::detect().leaf_hashes(&entries, &mut by_engine);
    assert_eq!(by_function, by_engine);
    ztp_simd::node_hashes(&entries, &mut by_function);
    Engine::detect().node_hashes(&entries, &mut by_engine);
    assert_eq!(by_function, by_engine);
    assert_eq!(Engine::portable().name(), "portable");
}

proptest! {
    #[test]
    fn random_batches_are_equal(messages in vec((vec(any::<u8>(), 0..400), vec(any::<u8>(), 0..400)), 0..40)) {
        let messages: Vec<(&[u8], &[u8])> = messages.iter().map(|(p, q)| (p.as_slice(), q.as_slice())).collect();
        for engine in engines() {
            assert_equal(engine, &messages);
        }
    }

    #[test]
    fn random_leaves_and_nodes_are_equal(children in vec(any::<[u8; 32]>(), 0..40)) {
        for engine in engines() {
            let (mut leaves, mut nodes) = (Vec::new(), Vec::new());
            engine.leaf_hashes(&children, &mut leaves);
            engine.node_hashes(&children, &mut nodes);
            let expected: Vec<_> = children.iter().map(|entry| reference(&[&[0x00], entry])).collect();
            prop_assert_eq!(leaves, expected);
            let (pairs, _) = children.as_chunks::<2>();
            let expected: Vec<_> = pairs.iter().map(|[left, right]| reference(&[&[0x01], left, right])).collect();
            prop_assert_eq!(nodes, expected);
        }
    }
}
