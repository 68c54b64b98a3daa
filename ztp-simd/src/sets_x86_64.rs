//! Membership of 32 bytes at a time: the lower half of each byte chooses a row of upper halves, the upper half a bit of it.

use core::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_srli_epi16,
};

use crate::layout::BLOCK;

/// The bit of each upper half; those from 8 on have none.
const UPPER_BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

/// Proof that the processor has AVX2: only [`Avx2::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// Asks the processor. The standard library asks it once and remembers the answer.
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    pub(crate) fn masks(self, rows: &[[u8; 16]; 3], bytes: &[u8], out: &mut Vec<[u64; 3]>) {
        // SAFETY: `self` exists, so the processor has the feature that the function is compiled for.
        unsafe { masks(rows, bytes, out) }
    }
}

#[target_feature(enable = "avx2")]
fn masks(rows: &[[u8; 16]; 3], bytes: &[u8], out: &mut Vec<[u64; 3]>) {
    let rows = [twice(&rows[0]), twice(&rows[1]), twice(&rows[2])];
    let bits = twice(&UPPER_BITS);
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    out.extend(blocks.iter().map(|block| masks_of(rows, bits, block)));
    if !rest.is_empty() {
        let mut block = [0; BLOCK];
        for (to, from) in block.iter_mut().zip(rest) {
            *to = *from;
        }
        let within = (1_u64 << rest.len()) - 1;
        out.push(masks_of(rows, bits, &block).map(|mask| mask & within));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn masks_of(rows: [__m256i; 3], bits: __m256i, block: &[u8; BLOCK]) -> [u64; 3] {
    let [low, high] = block.as_chunks::<32>().0 else { return [0; 3] };
    let (low, high) = (halves(bits, low), halves(bits, high));
    let mask = |row| u64::from(members(row, low)) | (u64::from(members(row, high)) << 32);
    [mask(rows[0]), mask(rows[1]), mask(rows[2])]
}

/// The lower half of each byte, and the bit of its upper half.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(bits: __m256i, bytes: &[u8; 32]) -> (__m256i, __m256i) {
    // SAFETY: the reference is to 32 readable bytes, and the instruction needs no alignment.
    let bytes = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
    let half = _mm256_set1_epi8(15);
    let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half);
    (_mm256_and_si256(bytes, half), _mm256_shuffle_epi8(bits, upper))
}

#[inline]
#[target_feature(enable = "avx2")]
fn members(row: __m256i, (lower, upper_bit): (__m256i, __m256i)) -> u32 {
    let common = _mm256_and_si256(_mm256_shuffle_epi8(row, lower), upper_bit);
    !_mm256_movemask_epi8(_mm256_cmpeq_epi8(common, _mm256_setzero_si256())).cast_unsigned()
}

/// Sixteen bytes in both halves of a vector.
#[inline]
#[target_feature(enable = "avx2")]
fn twice(bytes: &[u8; 16]) -> __m256i {
    // SAFETY: the reference is to 16 readable bytes, and the instruction needs no alignment.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}
