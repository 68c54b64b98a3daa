//! Reads a message that is given as two slices as padded 64-byte blocks (FIPS 180-4 §5.1.1), without copying its bulk.
//!
//! ```text
//! | head ..   | straddle | middle ..  | last, 1 or 2          |
//! | within p  | copied   | within q   | copied and padded     |
//! ```

/// One block, as the four 16-byte words that the kernel loads.
pub(crate) type Block = [[u8; 16]; 4];

const BLOCK: usize = 64;
/// Bytes of a block that the last one leaves to the message: `0x80` and the 8-byte bit length need the rest.
const LAST_FILL_MAX: usize = BLOCK - 9;
/// Where the two last blocks are copied to. A single one takes the second place.
const LAST_OF_TWO: usize = BLOCK;
const LAST_OF_ONE: usize = 2 * BLOCK;
/// Where the bit length of the message is copied to.
const BIT_LENGTH: usize = 3 * BLOCK - 8;

/// Position in a message. After the last block it stays there.
#[derive(Debug)]
pub(crate) struct Blocks<'a> {
    head: &'a [Block],
    straddles: bool,
    middle: &'a [Block],
    copied: [Block; 3],
    left: usize,
}

impl<'a> Blocks<'a> {
    /// Of no message: no block is left.
    pub(crate) const fn none() -> Self {
        Self { head: &[], straddles: false, middle: &[], copied: [[[0; 16]; 4]; 3], left: 0 }
    }

    /// Moves to the start of the message `p` ‖ `q`.
    #[inline]
    pub(crate) fn start(&mut self, p: &'a [u8], q: &'a [u8]) {
        let bits = (p.len() as u64).wrapping_add(q.len() as u64) << 3;
        let fill = p.len().wrapping_add(q.len()) % BLOCK;
        let (last, last_count) = if fill <= LAST_FILL_MAX { (LAST_OF_ONE, 1) } else { (LAST_OF_TWO, 2) };

        self.copied = [[[0; 16]; 4]; 3];
        let copied = self.copied.as_flattened_mut().as_flattened_mut();
        let (head, border) = blocks(p);
        let missing = (BLOCK - border.len()) % BLOCK;
        self.head = head;
        if let Some((completion, q)) = q.split_at_checked(missing) {
            put(copied, 0, border);
            put(copied, border.len(), completion);
            let (middle, rest) = blocks(q);
            put(copied, last, rest);
            self.straddles = missing != 0;
            self.middle = middle;
        } else {
            // The message ends within the block in which `p` ends: it is a last block.
            put(copied, last, border);
            put(copied, last + border.len(), q);
            self.straddles = false;
            self.middle = &[];
        }
        put(copied, last + fill, &[0x80]);
        put(copied, BIT_LENGTH, &bits.to_be_bytes());
        self.left = self.head.len() + usize::from(self.straddles) + self.middle.len() + last_count;
    }

    /// Number of blocks that [`Blocks::next`] has not given yet.
    #[inline]
    pub(crate) const fn left(&self) -> usize {
        self.left
    }

    /// The next block.
    #[inline]
    pub(crate) fn next(&mut self) -> &Block {
        self.left = self.left.saturating_sub(1);
        let [straddle, last_but_one, last] = &self.copied;
        if let Some((block, rest)) = self.head.split_first() {
            self.head = rest;
            block
        } else if self.straddles {
            self.straddles = false;
            straddle
        } else if let Some((block, rest)) = self.middle.split_first() {
            self.middle = rest;
            block
        } else if self.left == 1 {
            last_but_one
        } else {
            last
        }
    }
}

/// Splits off the whole blocks.
#[inline]
fn blocks(bytes: &[u8]) -> (&[Block], &[u8]) {
    let (whole, rest) = bytes.as_chunks::<BLOCK>();
    (whole.as_flattened().as_chunks::<16>().0.as_chunks::<4>().0, rest)
}

/// Copies `bytes` to `at`, where there is room by the layout above.
#[inline]
fn put(copied: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = copied.get_mut(at..).and_then(|to| to.get_mut(..bytes.len())) {
        place.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Blocks};

    /// FIPS 180-4 §5.1.1 to the letter.
    fn padded(message: &[u8]) -> Vec<u8> {
        let mut bytes = message.to_vec();
        bytes.push(0x80);
        while bytes.len() % BLOCK != BLOCK - 8 {
            bytes.push(0);
        }
        bytes.extend_from_slice(&(8 * message.len() as u64).to_be_bytes());
        bytes
    }

    fn message(length: usize) -> Vec<u8> {
        (1..=length).map(|i| u8::try_from(i % 251).unwrap()).collect()
    }

    #[test]
    fn blocks_are_the_padded_message_for_every_split() {
        let longest = message(5 * BLOCK);
        let mut blocks = Blocks::none();
        for length in 0..=longest.len() {
            let message = &longest[..length];
            let expected = padded(message);
            for split in 0..=length {
                let (p, q) = message.split_at(split);
                blocks.start(p, q);
                assert_eq!(blocks.left(), expected.len() / BLOCK, "length {length} split {split}");
                let mut read = Vec::new();
                while blocks.left() > 0 {
                    read.extend_from_slice(blocks.next().as_flattened());
                }
                assert_eq!(read, expected, "length {length} split {split}");
            }
        }
    }

    #[test]
    fn only_the_straddling_and_the_last_blocks_are_copied() {
        let message = message(10 * BLOCK + 5);
        let mut blocks = Blocks::none();
        for split in 0..=message.len() {
            let (p, q) = message.split_at(split);
            blocks.start(p, q);
            let mut copied = 0;
            while blocks.left() > 0 {
                let block = std::ptr::from_ref(blocks.next().as_flattened().first().unwrap());
                copied += usize::from(!message.as_ptr_range().contains(&block));
            }
            let straddles = split % BLOCK != 0 && split < 10 * BLOCK;
            assert_eq!(copied, 1 + usize::from(straddles), "split {split}");
        }
    }

    #[test]
    fn after_the_last_block_it_stays_there() {
        let mut blocks = Blocks::none();
        blocks.start(b"a", b"bc");
        let last = *blocks.next();
        assert_eq!(blocks.left(), 0);
        assert_eq!(*blocks.next(), last);
        assert_eq!(blocks.left(), 0);
    }

    #[test]
    fn nothing_of_an_earlier_message_is_left() {
        let mut blocks = Blocks::none();
        blocks.start(&[0xff; 100], &[0xff; 19]);
        blocks.start(b"", b"");
        assert_eq!(blocks.next().as_flattened(), padded(b""));
    }
}
