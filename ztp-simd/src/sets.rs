//! Which bytes of a text belong to which of three sets: one bit for each byte and set, 64 bytes at a time.

use crate::layout::BLOCK;
#[cfg(target_arch = "x86_64")]
use crate::sets_x86_64::Avx2;

/// Three sets of ASCII bytes.
///
/// ```
/// let digits = core::array::from_fn(|byte| (48..58).contains(&byte));
/// let sets = ztp_simd::ByteSets::new([digits, [false; 128], [true; 128]]);
/// let mut masks = Vec::new();
/// sets.masks("a1b22é".as_bytes(), &mut masks);
/// assert_eq!(masks, [[0b0001_1010, 0, 0b0001_1111]]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteSets {
    /// For each set and lower half of a byte, the upper halves (below 8) with which the byte is in the set.
    rows: [[u8; 16]; 3],
}

impl ByteSets {
    /// Sets by their members: for each set, whether each ASCII byte is in it. Other bytes are in none.
    #[must_use]
    pub const fn new(members: [[bool; 128]; 3]) -> Self {
        let mut rows = [[0; 16]; 3];
        let mut rest: &mut [[u8; 16]] = &mut rows;
        let mut sets: &[[bool; 128]] = &members;
        while let ([row, later @ ..], [set, others @ ..]) = (rest, sets) {
            (rest, sets) = (later, others);
            let mut low = 0;
            let mut places: &mut [u8] = row;
            while let [place, after @ ..] = places {
                places = after;
                let mut high = 0;
                while high < 8 {
                    #[allow(clippy::indexing_slicing, reason = "7 * 16 + 15 is below 128")]
                    if set[high * 16 + low] {
                        *place |= 1 << high;
                    }
                    high += 1;
                }
                low += 1;
            }
        }
        Self { rows }
    }

    /// Replaces the content of `out` by the masks of each 64 bytes: bit `i` of mask `s` says whether byte `i` is in set `s`. Bits
    /// past the end are 0.
    pub fn masks(&self, bytes: &[u8], out: &mut Vec<[u64; 3]>) {
        out.clear();
        out.reserve(bytes.len().div_ceil(BLOCK));
        #[cfg(target_arch = "x86_64")]
        if let Some(kernel) = Avx2::detect() {
            kernel.masks(&self.rows, bytes, out);
            return;
        }
        self.masks_portable(bytes, out);
    }

    /// [`masks`](Self::masks) by plain code, on any processor; for comparison.
    #[doc(hidden)]
    pub fn masks_portable(&self, bytes: &[u8], out: &mut Vec<[u64; 3]>) {
        out.clear();
        out.extend(bytes.chunks(BLOCK).map(|block| {
            self.rows.map(|row| {
                block.iter().enumerate().fold(0, |mask, (place, &byte)| {
                    let uppers = row.get(usize::from(byte & 15)).copied().unwrap_or_default();
                    mask | (u64::from(u16::from(uppers) >> (byte >> 4) & 1) << place)
                })
            })
        }));
    }
}
