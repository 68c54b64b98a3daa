//! Eight grams at a time: their hashes by one multiplication, their bits by one gather.

use core::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_castsi256_ps, _mm256_i32gather_epi32, _mm256_loadu_si256,
    _mm256_movemask_ps, _mm256_mullo_epi32, _mm256_or_si256, _mm256_set1_epi32, _mm256_sllv_epi32,
    _mm256_srli_epi32, _mm256_sub_epi32, _mm256_xor_si256,
};

use crate::layout::{GRAM_BITS, GRAM_BLOCK, GRAM_MASKS, GRAM_WORDS, MULTIPLIER, STEP_BITS, STEP_WORDS};

/// Proof that the processor has AVX2: only [`Avx2::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// Asks the processor. The standard library asks it once and remembers the answer.
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// The masks of those blocks that two more bytes follow; how many.
    pub(crate) fn masks(
        self,
        grams: &[u32; GRAM_WORDS],
        steps: &[u32; STEP_WORDS],
        bytes: &[u8],
        out: &mut [u64; GRAM_MASKS],
    ) -> usize {
        // SAFETY: `self` exists, so the processor has the feature that the function is compiled for.
        unsafe { masks(grams, steps, bytes, out) }
    }
}

/// Bytes of a step: eight grams from its first byte on, eight from its third.
const STEP: usize = 32;

#[target_feature(enable = "avx2")]
fn masks(
    grams: &[u32; GRAM_WORDS],
    steps: &[u32; STEP_WORDS],
    bytes: &[u8],
    out: &mut [u64; GRAM_MASKS],
) -> usize {
    let mut written = 0;
    for (mask, number) in out.iter_mut().zip(0..) {
        let start = number * GRAM_BLOCK;
        let Some(block) = bytes.get(start..).and_then(<[u8]>::first_chunk::<{ GRAM_BLOCK + 2 }>) else {
            break;
        };
        let (mut even, mut odd) = (0, 0);
        for quarter in 0..GRAM_BLOCK / STEP {
            let at =
                |offset: usize| block.get(quarter * STEP + offset..).and_then(<[u8]>::first_chunk::<STEP>);
            let (Some(first), Some(third)) = (at(0), at(2)) else { break };
            let (first, third) = (load(first), load(third));
            let between = _mm256_and_si256(
                _mm256_xor_si256(first, _mm256_srli_epi32::<8>(first)),
                _mm256_set1_epi32(0x00ff_ffff),
            );
            let at_first = _mm256_or_si256(gram_bits(grams, first), step_bits(steps, between));
            even |= signs(at_first) << (8 * quarter);
            odd |= signs(gram_bits(grams, third)) << (8 * quarter);
        }
        *mask = spread(even) | (spread(odd) << 1);
        written += 1;
    }
    written
}

/// In the sign of each lane, whether its gram is in the set.
#[inline]
#[target_feature(enable = "avx2")]
fn gram_bits(table: &[u32; GRAM_WORDS], grams: __m256i) -> __m256i {
    let hashes = _mm256_srli_epi32::<{ 32 - GRAM_BITS.cast_signed() }>(product(grams));
    // SAFETY: a hash has 18 bits, so the index of its word is below 2^13, the length of the table.
    let words = unsafe { _mm256_i32gather_epi32::<4>(table.as_ptr().cast(), _mm256_srli_epi32::<5>(hashes)) };
    to_sign(words, hashes)
}

/// In the sign of each lane, whether its steps are in the set.
#[inline]
#[target_feature(enable = "avx2")]
fn step_bits(table: &[u32; STEP_WORDS], steps: __m256i) -> __m256i {
    let hashes = _mm256_srli_epi32::<{ 32 - STEP_BITS.cast_signed() }>(product(steps));
    // SAFETY: a hash has 16 bits, so the index of its word is below 2^11, the length of the table.
    let words = unsafe { _mm256_i32gather_epi32::<4>(table.as_ptr().cast(), _mm256_srli_epi32::<5>(hashes)) };
    to_sign(words, hashes)
}

#[inline]
#[target_feature(enable = "avx2")]
fn product(values: __m256i) -> __m256i {
    _mm256_mullo_epi32(values, _mm256_set1_epi32(MULTIPLIER.cast_signed()))
}

/// Moves the bit that the last five bits of a hash name to the sign.
#[inline]
#[target_feature(enable = "avx2")]
fn to_sign(words: __m256i, hashes: __m256i) -> __m256i {
    let bit = _mm256_and_si256(hashes, _mm256_set1_epi32(31));
    _mm256_sllv_epi32(words, _mm256_sub_epi32(_mm256_set1_epi32(31), bit))
}

#[inline]
#[target_feature(enable = "avx2")]
fn signs(lanes: __m256i) -> u32 {
    _mm256_movemask_ps(_mm256_castsi256_ps(lanes)).cast_unsigned()
}

/// The bits of a word at every second place.
#[inline]
fn spread(word: u32) -> u64 {
    let mut bits = u64::from(word);
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333;
    (bits | bits << 1) & 0x5555_5555_5555_5555
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: the reference is to 32 readable bytes, and the instruction needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}
