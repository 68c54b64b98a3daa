//! Which places of a text may begin one of many grams: four bytes in a row, asked of a table of bits by their hash.
//!
//! A gram whose bit is set is perhaps one that was added; one whose bit is not set is none.

#[cfg(target_arch = "x86_64")]
use crate::grams_x86_64::Avx2;
use crate::layout::{GRAM_BITS, GRAM_BLOCK, GRAM_MASKS, GRAM_WORDS, MULTIPLIER, STEP_BITS, STEP_WORDS};

/// A set of grams, and a set of steps between the bytes of grams, which do not change when all bytes are combined with one key.
#[derive(Debug, Clone)]
pub struct GramSets {
    grams: Box<[u32; GRAM_WORDS]>,
    steps: Box<[u32; STEP_WORDS]>,
}

impl Default for GramSets {
    fn default() -> Self {
        Self { grams: Box::new([0; GRAM_WORDS]), steps: Box::new([0; STEP_WORDS]) }
    }
}

/// The three steps between the four bytes of a gram, from the lowest byte on.
#[must_use]
pub const fn steps_of(gram: u32) -> u32 {
    (gram ^ (gram >> 8)) & 0x00ff_ffff
}

fn place(value: u32, bits: u32) -> (usize, u32) {
    let hash = value.wrapping_mul(MULTIPLIER) >> (32 - bits);
    (usize::try_from(hash >> 5).unwrap_or(usize::MAX), hash & 31)
}

fn set(table: &mut [u32], value: u32, bits: u32) {
    let (word, bit) = place(value, bits);
    if let Some(word) = table.get_mut(word) {
        *word |= 1 << bit;
    }
}

fn is_set(table: &[u32], value: u32, bits: u32) -> bool {
    let (word, bit) = place(value, bits);
    table.get(word).is_some_and(|word| word >> bit & 1 == 1)
}

impl GramSets {
    /// Adds a gram: four bytes, the first one lowest.
    pub fn add(&mut self, gram: u32) {
        set(&mut *self.grams, gram, GRAM_BITS);
    }

    /// Adds steps, as [`steps_of`] gives them.
    pub fn add_steps(&mut self, steps: u32) {
        set(&mut *self.steps, steps, STEP_BITS);
    }

    /// Judges every second place of `bytes` from `from`, which is a multiple of [`GRAM_BLOCK`], on: bit `i` of mask `m` says whether
    /// the four bytes at `from + 128 * m + 2 * i` are perhaps in the set of grams or, where `i` is even, their steps in the set
    /// of steps. Past the end, bytes count as 0 and no bit is set. Returns how many masks were written: so many that all
    /// bytes are judged, and at most [`GRAM_MASKS`].
    pub fn masks(&self, bytes: &[u8], from: usize, out: &mut [u64; GRAM_MASKS]) -> usize {
        let rest = bytes.get(from..).unwrap_or_default();
        #[allow(unused_mut, reason = "changed where there is a kernel")]
        let mut done = 0;
        #[cfg(target_arch = "x86_64")]
        if rest.len() >= GRAM_BLOCK + 2
            && let Some(kernel) = Avx2::detect()
        {
            done = kernel.masks(&self.grams, &self.steps, rest, out);
        }
        done + self.plainly(rest, done, out)
    }

    /// [`masks`](Self::masks) by plain code, on any processor; for comparison.
    #[doc(hidden)]
    pub fn masks_portable(&self, bytes: &[u8], from: usize, out: &mut [u64; GRAM_MASKS]) -> usize {
        self.plainly(bytes.get(from..).unwrap_or_default(), 0, out)
    }

    fn plainly(&self, bytes: &[u8], done: usize, out: &mut [u64; GRAM_MASKS]) -> usize {
        let mut written = 0;
        let masks = out.iter_mut().enumerate().skip(done);
        for ((number, mask), block) in
            masks.zip(bytes.get(done * GRAM_BLOCK..).unwrap_or_default().chunks(GRAM_BLOCK))
        {
            let start = number * GRAM_BLOCK;
            *mask = (0..block.len().div_ceil(2)).fold(0, |mask, at| {
                let mut four = [0; 4];
                for (to, from) in four.iter_mut().zip(bytes.get(start + 2 * at..).unwrap_or_default()) {
                    *to = *from;
                }
                let gram = u32::from_le_bytes(four);
                let steps = at % 2 == 0 && is_set(&*self.steps, steps_of(gram), STEP_BITS);
                mask | (u64::from(steps || is_set(&*self.grams, gram, GRAM_BITS)) << at)
            });
            written += 1;
        }
        written
    }
}
