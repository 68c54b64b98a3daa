//! Shingles: the runs of 16 bytes by which a fragment of a secret is known, thinned by winnowing.
//!
//! Of every [`WINNOW_WINDOW`] neighbouring shingles the one with the smallest keyed hash is registered, so that any
//! `WIDTH + WINNOW_WINDOW - 1` = 23 bytes of the secret hold one that is registered (Schleimer, Wilkerson and Aiken, 2003). The
//! search looks at every place, so that nothing of that guarantee is lost.

use zeroize::Zeroizing;

/// Bytes of a shingle.
pub(super) const WIDTH: usize = 16;
/// Neighbouring shingles of which one is registered.
pub(super) const WINNOW_WINDOW: usize = 8;
/// Distinct bytes that a shingle has at least; what is more uniform is found in padding and tables.
const DISTINCT_MIN: usize = 6;

/// A rolling hash over a fixed number of bytes whose base is secret.
#[derive(Debug, Clone)]
pub(super) struct Rolling {
    base: u64,
    /// `base^width`, which takes the oldest byte out.
    out: u64,
    value: u64,
}

impl Rolling {
    /// Over `width` bytes, none seen yet.
    pub(super) fn new(base: u64, width: usize) -> Self {
        let base = base | 1;
        let out = (0..width).fold(1u64, |power, _| power.wrapping_mul(base));
        Self { base, out, value: 0 }
    }

    /// Takes one byte in and, once `width` bytes are in, the oldest one out.
    pub(super) fn roll(&mut self, new: u8, old: Option<u8>) {
        self.value = self.value.wrapping_mul(self.base).wrapping_add(u64::from(new) + 1);
        if let Some(old) = old {
            self.value = self.value.wrapping_sub((u64::from(old) + 1).wrapping_mul(self.out));
        }
    }

    /// The upper half of the hash after mixing: the lower bits of a product depend on few of the bytes.
    pub(super) fn hash(&self) -> u32 {
        let mixed = (self.value ^ (self.value >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        u32::try_from(mixed >> 32).unwrap_or(0)
    }
}

/// The hash at each place of `bytes` at which `width` bytes are there.
pub(super) fn hashes(bytes: &[u8], base: u64, width: usize) -> impl Iterator<Item = (usize, u32)> + '_ {
    let mut rolling = Rolling::new(base, width);
    bytes.iter().enumerate().filter_map(move |(at, &new)| {
        let old = at.checked_sub(width).and_then(|place| bytes.get(place)).copied();
        rolling.roll(new, old);
        (at + 1 >= width).then(|| (at + 1 - width, rolling.hash()))
    })
}

/// The places of the shingles that are registered: the last of the smallest hashes in each window.
pub(super) fn winnow(bytes: &[u8], base: u64) -> Vec<(usize, u32)> {
    let all: Vec<(usize, u32)> = hashes(bytes, base, WIDTH)
        .filter(|(at, _)| bytes.get(*at..at + WIDTH).is_some_and(|part| !is_uniform(part)))
        .collect();
    let mut chosen: Vec<(usize, u32)> = Vec::new();
    for window in all.windows(WINNOW_WINDOW.min(all.len().max(1))) {
        if let Some(&least) = window.iter().rev().min_by_key(|(_, hash)| *hash)
            && chosen.last().is_none_or(|last| last.0 != least.0)
            && !chosen.iter().rev().take(WINNOW_WINDOW).any(|(at, _)| *at == least.0)
        {
            chosen.push(least);
        }
    }
    chosen
}

/// The differences (exclusive or) between neighbouring bytes.
pub(super) fn steps(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(bytes.iter().zip(bytes.iter().skip(1)).map(|(left, right)| left ^ right).collect())
}

/// How many different bytes occur.
pub(super) fn distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for &byte in bytes {
        if let Some(place) = seen.get_mut(usize::from(byte)) {
            *place = true;
        }
    }
    seen.iter().filter(|&&seen| seen).count()
}

/// Whether so few different bytes occur that the run says nothing.
pub(super) fn is_uniform(bytes: &[u8]) -> bool {
    distinct(bytes) < DISTINCT_MIN.min(bytes.len() / 2 + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_hash_depends_on_the_window_alone(
            bytes in prop::collection::vec(any::<u8>(), 16..200),
            base in any::<u64>(),
        ) {
            for (at, hash) in hashes(&bytes, base, WIDTH) {
                let alone: Vec<_> = hashes(&bytes[at..at + WIDTH], base, WIDTH).collect();
                prop_assert_eq!(alone, vec![(0, hash)]);
            }
        }

        #[test]
        fn any_23_bytes_of_a_secret_hold_a_registered_shingle(
            bytes in prop::collection::vec(any::<u8>(), 23..200),
            base in any::<u64>(),
        ) {
            let chosen = winnow(&bytes, base);
            // Where a uniform run is left out the guarantee has a hole, by intention.
            prop_assume!(!bytes.windows(WIDTH).any(is_uniform));
            for start in 0..=bytes.len() - (WIDTH + WINNOW_WINDOW - 1) {
                let range = start..start + WINNOW_WINDOW;
                prop_assert!(chosen.iter().any(|(at, _)| range.contains(at)), "{start}");
            }
        }
    }
}
