//! Four bytes at a time: which places of a text are worth comparing with which patterns.
//!
//! Each pattern is looked for by two of its grams, four bytes in a row: one that begins at an even distance from its start, and
//! one at an odd. So every second place of a text is enough. One bit in a table says whether a gram, by its hash, belongs to any
//! pattern; at nearly every place it does not, and that is all that is done there. The steps between bytes, which do not change
//! under a key, are looked up in the same way, at every fourth place.

use std::ops::ControlFlow;

use ztp_simd::{GRAM_BLOCK, GRAM_MASKS, GramSets, steps_of};

/// Bits of a gram's bucket.
const BUCKET_BITS: u32 = 12;

/// Something to compare at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// A pattern whose gram stands `before` bytes after the pattern's start.
    Pattern { number: usize, before: isize },
    /// A text under a key whose steps stand `before` bytes after its start.
    Steps { number: usize, before: isize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    bucket: usize,
    gram: u32,
    number: usize,
    before: isize,
}

/// Grams and what they lead to, by bucket.
#[derive(Debug, Default)]
struct Index {
    entries: Vec<Entry>,
    /// Where each bucket's entries begin; filled by [`Index::close`].
    starts: Vec<usize>,
}

impl Index {
    fn add(&mut self, gram: u32, number: usize, before: isize) {
        self.entries.push(Entry { bucket: spread(gram, BUCKET_BITS), gram, number, before });
    }

    fn close(&mut self) {
        self.entries.sort_unstable();
        self.entries.dedup();
        self.starts = (0..=1 << BUCKET_BITS)
            .map(|bucket| self.entries.partition_point(|entry| entry.bucket < bucket))
            .collect();
    }

    fn of(&self, gram: u32) -> impl Iterator<Item = &Entry> {
        let bucket = spread(gram, BUCKET_BITS);
        let range = match self.starts.get(bucket..).unwrap_or_default() {
            [start, end, ..] => *start..*end,
            _ => 0..0,
        };
        self.entries.get(range).unwrap_or_default().iter().filter(move |entry| entry.gram == gram)
    }

    fn crowd(&self, gram: u32) -> usize {
        self.entries.iter().filter(|entry| entry.gram == gram).count()
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Grams {
    sets: GramSets,
    by_gram: Index,
    by_steps: Index,
}

/// The upper bits of a product, which depend on all bits of the gram.
#[inline]
const fn spread(gram: u32, bits: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

/// How often a byte stands in texts and programs, roughly: 1 for the rarest.
const fn common(byte: u8) -> u32 {
    match byte {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' => 8,
        b'a'..=b'z' | 0 => 6,
        b'0'..=b'9' | b'_' | b'.' | b',' | b'-' | b'\n' | b'(' | b')' | b'=' | b'"' | b'/' | 0xff => 4,
        b' '..=b'~' => 3,
        _ => 1,
    }
}

impl Grams {
    /// Adds a pattern of at least three bytes; none if it is shorter.
    pub(crate) fn add(&mut self, number: usize, pattern: &[u8], nocase: bool) -> Option<()> {
        for parity in 0..2 {
            let best = pattern
                .windows(4)
                .enumerate()
                .skip(parity)
                .step_by(2)
                .filter_map(|(at, gram)| Some((at, *gram.first_chunk::<4>()?)))
                .min_by_key(|(at, gram)| (self.cost(gram, nocase), *at));
            if let Some((at, gram)) = best {
                self.enter_spellings(gram.map(Some), nocase, number, isize::try_from(at).ok()?);
            } else if let (0, &[a, b, c]) = (parity, pattern) {
                self.enter_spellings([Some(a), Some(b), Some(c), None], nocase, number, 0);
            } else {
                let &[a, b, c, ..] = pattern else { return None };
                self.enter_spellings([None, Some(a), Some(b), Some(c)], nocase, number, -1);
            }
        }
        Some(())
    }

    fn cost(&self, gram: &[u8; 4], nocase: bool) -> (bool, u32, usize) {
        let crowd = self.by_gram.crowd(u32::from_le_bytes(*gram));
        let letters = gram.iter().filter(|byte| nocase && byte.is_ascii_alphabetic()).count();
        let commonness: u32 = gram.iter().map(|&byte| common(byte)).sum();
        (crowd > 16, commonness + u32::try_from(letters).unwrap_or(0), crowd)
    }

    /// Enters a gram with every byte in the place of none, and in both cases if case does not matter.
    fn enter_spellings(&mut self, gram: [Option<u8>; 4], nocase: bool, number: usize, before: isize) {
        let spellings = |byte: Option<u8>| match byte {
            None => (0..=u8::MAX).collect(),
            Some(byte) if nocase && byte.is_ascii_alphabetic() => vec![byte, byte ^ 0x20],
            Some(byte) => vec![byte],
        };
        let [first, second, third, fourth] = gram.map(spellings);
        for &a in &first {
            for &b in &second {
                for &c in &third {
                    for &d in &fourth {
                        let gram = u32::from_le_bytes([a, b, c, d]);
                        self.sets.add(gram);
                        self.by_gram.add(gram, number, before);
                    }
                }
            }
        }
    }

    /// Adds the steps between bytes of a text under a key.
    pub(crate) fn add_steps(&mut self, number: usize, steps: &[u8; 6]) {
        for (before, three) in steps.windows(3).enumerate() {
            let &[a, b, c] = three else { continue };
            let gram = u32::from_le_bytes([a, b, c, 0]);
            self.sets.add_steps(gram);
            self.by_steps.add(gram, number, isize::try_from(before).unwrap_or(0));
        }
    }

    /// Makes what was added ready.
    pub(crate) fn close(&mut self) {
        self.by_gram.close();
        self.by_steps.close();
    }

    /// Calls `see` with everything that may stand at a place, in order of places, until it breaks.
    pub(crate) fn each(
        &self,
        bytes: &[u8],
        mut see: impl FnMut(Candidate, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut masks = [0; GRAM_MASKS];
        if bytes.len() <= GRAM_BLOCK {
            // Most of what decoders give is short: zeros behind it, as which bytes past the end count, let the kernel take it.
            let mut padded = [0; GRAM_BLOCK + 2];
            if let Some(head) = padded.get_mut(..bytes.len()) {
                head.copy_from_slice(bytes);
            }
            self.sets.masks(&padded, 0, &mut masks);
            let [first, ..] = masks;
            let places = bytes.len().div_ceil(2);
            let valid = if places < 64 { (1 << places) - 1 } else { u64::MAX };
            return self.places(bytes, 0, first & valid, &mut see);
        }
        let mut from = 0;
        while from < bytes.len() {
            let written = self.sets.masks(bytes, from, &mut masks);
            for (mask, place) in masks.iter().zip((from..).step_by(GRAM_BLOCK)).take(written) {
                self.places(bytes, place, *mask, &mut see)?;
            }
            from += written.max(1) * GRAM_BLOCK;
        }
        ControlFlow::Continue(())
    }

    /// Looks at the places whose bits are set, `from` on.
    #[inline]
    fn places(
        &self,
        bytes: &[u8],
        from: usize,
        mut hits: u64,
        see: &mut impl FnMut(Candidate, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        while hits != 0 {
            let place = from + 2 * usize::try_from(hits.trailing_zeros()).unwrap_or_default();
            hits &= hits - 1;
            self.at(bytes, place, see)?;
        }
        ControlFlow::Continue(())
    }

    #[cold]
    fn at(
        &self,
        bytes: &[u8],
        at: usize,
        see: &mut impl FnMut(Candidate, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut four = [0; 4];
        for (to, from) in four.iter_mut().zip(bytes.get(at..).unwrap_or_default()) {
            *to = *from;
        }
        let gram = u32::from_le_bytes(four);
        for entry in self.by_gram.of(gram) {
            see(Candidate::Pattern { number: entry.number, before: entry.before }, at)?;
        }
        for entry in self.by_steps.of(steps_of(gram)) {
            see(Candidate::Steps { number: entry.number, before: entry.before }, at)?;
        }
        ControlFlow::Continue(())
    }
}
