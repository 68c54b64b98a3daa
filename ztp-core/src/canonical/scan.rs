//! Finds where a run of plain string characters ends.
//!
//! A plain character is one that stands for itself in a canonical string: U+0020 to U+007E without `"` and `\`.

/// How many bytes one mask covers.
const BLOCK: usize = 64;

/// Walks an input forward from one byte that is not a plain character to the next.
pub(super) struct Scanner<'a> {
    input: &'a [u8],
    /// Offset of the byte that bit 0 of `mask` stands for.
    base: usize,
    /// A bit for each byte of the block that is not plain; bytes past the end of the input count as not plain.
    mask: u64,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { input, base: 0, mask: mask_at(input, 0) }
    }

    /// The offset of the first byte at or after `from` that is not plain, or the length of the input.
    #[inline(always)]
    pub(super) fn next(&mut self, mut from: usize) -> usize {
        loop {
            // A place before the block wraps to one far behind it.
            let within = from.wrapping_sub(self.base);
            if within < BLOCK {
                let rest = self.mask >> within;
                if rest != 0 {
                    return from + rest.trailing_zeros() as usize;
                }
                from = self.base + BLOCK;
            }
            self.base = from;
            self.mask = mask_at(self.input, from);
        }
    }
}

/// The mask of the block that starts at `from`.
#[inline(always)]
fn mask_at(input: &[u8], from: usize) -> u64 {
    let rest = input.get(from..).unwrap_or_default();
    match rest.first_chunk::<BLOCK>() {
        Some(block) => mask(block),
        None => mask_of_tail(rest),
    }
}

#[cold]
fn mask_of_tail(rest: &[u8]) -> u64 {
    let mut block = [0; BLOCK];
    for (place, byte) in block.iter_mut().zip(rest) {
        *place = *byte;
    }
    mask(&block)
}

/// Works on bytes without a branch, so that the compiler compares sixteen or more of them at once, then gathers the results
/// eight at a time.
#[inline(always)]
fn mask(block: &[u8; BLOCK]) -> u64 {
    let mut flags = [0; BLOCK];
    for (flag, &byte) in flags.iter_mut().zip(block) {
        *flag = u8::from(!(0x20..0x7f).contains(&byte)) | u8::from(byte == b'"') | u8::from(byte == b'\\');
    }
    let mut result = 0;
    for eight in flags.as_chunks::<8>().0.iter().rev() {
        // Each product bit of interest lands in the top byte, the first byte's lowest, and no two meet.
        result = result << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    }
    result
}

/// How many plain characters `bytes` starts with.
#[inline]
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut length = 0;
    for word in words {
        let special = special_bits(u64::from_le_bytes(*word));
        if special != 0 {
            return length + special.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length + rest.iter().take_while(|byte| special_bits(u64::from(**byte)) & 0x80 == 0).count()
}

/// The high bit of each byte of the result says whether that byte of `word` is not plain.
#[inline(always)]
fn special_bits(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f * ONES;
    // No sum leaves its byte: each is at most 0x7f + 0x7f.
    let low = word & LOW;
    let from_0x20 = low + 0x60 * ONES;
    let no_quote = (low ^ (0x22 * ONES)) + LOW;
    let no_backslash = (low ^ (0x5c * ONES)) + LOW;
    let delete = low + ONES;
    (!(from_0x20 & no_quote & no_backslash) | delete | word) & !LOW
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(bytes: &[u8]) -> u64 {
        bytes.iter().enumerate().fold(0, |mask, (at, byte)| {
            let plain = (0x20..0x7f).contains(byte) && *byte != b'"' && *byte != b'\\';
            mask | u64::from(!plain) << at
        })
    }

    #[test]
    fn masks_of_every_byte_at_every_place_agree_with_the_definition() {
        for place in 0..BLOCK {
            for byte in 0..=255 {
                for filler in [b'a', 0x00, 0x1f, 0x20, 0x22, 0x5c, 0x7e, 0x7f, 0x80, 0xff] {
                    let mut block = [filler; BLOCK];
                    block[place] = byte;
                    assert_eq!(mask(&block), expected(&block), "{byte:#x} at {place} among {filler:#x}");
                }
            }
        }
    }

    #[test]
    fn plain_length_ends_at_the_first_byte_that_is_not_plain() {
        for length in 0..40 {
            for place in 0..=length {
                for byte in 0..=255 {
                    for filler in [b'a', 0x00, 0x20, 0x7e, 0xff] {
                        let mut bytes = vec![b'~'; length];
                        bytes[place..].fill(filler);
                        if let Some(first) = bytes.get_mut(place) {
                            *first = byte;
                        }
                        let plain =
                            |byte: &u8| (0x20..0x7f).contains(byte) && *byte != b'"' && *byte != b'\\';
                        let expected = bytes.iter().take_while(|byte| plain(byte)).count();
                        assert_eq!(plain_length(&bytes), expected, "{byte:#x} at {place} of {length}");
                    }
                }
            }
        }
    }

    #[test]
    fn scanner_stops_at_each_byte_that_is_not_plain_and_at_the_end() {
        for length in 0..200 {
            let input: Vec<u8> = (0..length).map(|at| if at % 37 == 36 { b'"' } else { b'a' }).collect();
            let mut scanner = Scanner::new(&input);
            for from in 0..=length {
                let next = (from..length).find(|at| at % 37 == 36).unwrap_or(length);
                assert_eq!(scanner.next(from), next, "from {from} of {length}");
            }
        }
    }
}
