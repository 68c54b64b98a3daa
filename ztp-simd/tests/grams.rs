//! Sets of grams: the kernel of this processor says what plain code says, and nothing that was added is missed.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it did not expect"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use ztp_simd::{GRAM_BLOCK, GRAM_MASKS, GramSets, steps_of};

fn gram(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    for (to, from) in four.iter_mut().zip(&bytes[at..]) {
        *to = *from;
    }
    u32::from_le_bytes(four)
}

/// All masks of a text, by one of the ways.
fn all(bytes: &[u8], masks: impl Fn(usize, &mut [u64; GRAM_MASKS]) -> usize) -> Vec<u64> {
    let (mut all, mut out) = (Vec::new(), [u64::MAX; GRAM_MASKS]);
    while all.len() * GRAM_BLOCK < bytes.len() {
        let written = masks(all.len() * GRAM_BLOCK, &mut out);
        assert!(written > 0);
        all.extend_from_slice(&out[..written]);
    }
    all
}

proptest! {
    #[test]
    fn what_was_added_is_seen_and_both_ways_agree(
        bytes in vec(any::<u8>(), 0..9000),
        grams in vec(any::<prop::sample::Index>(), 0..40),
        steps in vec(any::<prop::sample::Index>(), 0..40),
        noise in vec(any::<u32>(), 0..200),
    ) {
        let mut sets = GramSets::default();
        let (mut added, mut stepped) = (Vec::new(), Vec::new());
        if !bytes.is_empty() {
            for place in &grams {
                added.push(place.index(bytes.len()) / 2 * 2);
                sets.add(gram(&bytes, place.index(bytes.len()) / 2 * 2));
            }
            for place in &steps {
                stepped.push(place.index(bytes.len()) / 4 * 4);
                sets.add_steps(steps_of(gram(&bytes, place.index(bytes.len()) / 4 * 4)));
            }
        }
        noise.iter().for_each(|&value| sets.add(value));
        let found = all(&bytes, |from, out| sets.masks(&bytes, from, out));
        let portable = all(&bytes, |from, out| sets.masks_portable(&bytes, from, out));
        prop_assert_eq!(&found, &portable);
        prop_assert_eq!(found.len(), bytes.len().div_ceil(GRAM_BLOCK));
        let bit = |at: usize| found[at / GRAM_BLOCK] >> (at % GRAM_BLOCK / 2) & 1 == 1;
        for at in added.into_iter().chain(stepped) {
            prop_assert!(bit(at), "{}", at);
        }
        for at in (0..found.len() * GRAM_BLOCK).step_by(2).filter(|at| *at >= bytes.len()) {
            prop_assert!(!bit(at), "{} is past the end", at);
        }
    }

    #[test]
    fn nothing_is_seen_in_an_empty_set(bytes in vec(any::<u8>(), 0..600)) {
        let sets = GramSets::default();
        prop_assert!(all(&bytes, |from, out| sets.masks(&bytes, from, out)).iter().all(|mask| *mask == 0));
    }
}
