//! How texts are cut for the kernels, and how the tables of grams are laid out.

/// Bytes that are judged together.
pub const BLOCK: usize = 64;

/// Bits of the hash of a gram, and of the steps between its bytes.
pub(crate) const GRAM_BITS: u32 = 18;
pub(crate) const STEP_BITS: u32 = 16;
pub(crate) const GRAM_WORDS: usize = 1 << (GRAM_BITS - 5);
pub(crate) const STEP_WORDS: usize = 1 << (STEP_BITS - 5);
/// The upper bits of a product with it depend on all bits of the gram.
pub(crate) const MULTIPLIER: u32 = 0x9e37_79b1;

/// Bytes of a text that one mask of [`GramSets::masks`](crate::GramSets::masks) is about.
pub const GRAM_BLOCK: usize = 128;
/// Most masks of one call.
pub const GRAM_MASKS: usize = 32;
