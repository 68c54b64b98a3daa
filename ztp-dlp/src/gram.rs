//! Four bytes at a time: which places of a text are worth comparing with which patterns.
//!
//! Each pattern is looked for by two of its grams, four bytes in a row: one that begins at an even distance from its start, and
//! one at an odd. So every second place of a text is enough. One bit in a table says whether a gram, by its hash, belongs to any
//! pattern; at nearly every place it does not, and that is all that is done there. The steps between bytes, which do not change
//! under a key, are looked up in the same way, at every fourth place.

use std::ops::ControlFlow;

/// Bits of the table of grams, and of the table of steps.
const GRAM_BITS: u32 = 18;
const STEP_BITS: u32 = 16;
const GRAM_WORDS: usize = 1 << (GRAM_BITS - 6);
const STEP_WORDS: usize = 1 << (STEP_BITS - 6);
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
#[derive(Debug)]
pub(crate) struct Grams {
    plain: Box<[u64; GRAM_WORDS]>,
    steps: Box<[u64; STEP_WORDS]>,
    by_gram: Index,
    by_steps: Index,
}

impl Default for Grams {
    fn default() -> Self {
        Self {
            plain: Box::new([0; GRAM_WORDS]),
            steps: Box::new([0; STEP_WORDS]),
            by_gram: Index::default(),
            by_steps: Index::default(),
        }
    }
}

/// The upper bits of a product, which depend on all bits of the gram.
#[inline]
const fn spread(gram: u32, bits: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

#[inline]
fn is_set(table: &[u64], bit: usize) -> u64 {
    (table.get(bit / 64).copied().unwrap_or_default() >> (bit % 64)) & 1
}

fn set(table: &mut [u64], bit: usize) {
    if let Some(word) = table.get_mut(bit / 64) {
        *word |= 1 << (bit % 64);
    }
}

/// Three steps between four bytes.
#[inline]
const fn steps_of(four: u32) -> u32 {
    (four ^ (four >> 8)) & 0x00ff_ffff
}

/// The lower half.
#[inline]
const fn low(eight: u64) -> u32 {
    let [a, b, c, d, ..] = eight.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
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
                        set(&mut *self.plain, spread(gram, GRAM_BITS));
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
            set(&mut *self.steps, spread(gram, STEP_BITS));
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
        let mut at = 0;
        // Eight places, two bytes apart.
        while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<18>) {
            self.places(bytes, at, self.block(block), &mut see)?;
            at += 16;
        }
        // What is left of the last block, filled up: past the end, the last bytes of a short pattern are compared with nothing.
        let mut block = [0; 18];
        let rest = bytes.get(at..).unwrap_or_default();
        for (to, from) in block.iter_mut().zip(rest) {
            *to = *from;
        }
        let within = (1_u64 << rest.len().div_ceil(2)) - 1;
        self.places(bytes, at, self.block(&block) & within, &mut see)
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

    /// Which of eight places hold a gram of the tables, perhaps.
    #[inline]
    fn block(&self, block: &[u8; 18]) -> u64 {
        let [a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, c0, c1] = *block;
        let a = u64::from_le_bytes([a0, a1, a2, a3, a4, a5, a6, a7]);
        let b = u64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]);
        let c = u64::from(u16::from_le_bytes([c0, c1]));
        let grams =
            [a, a >> 16, a >> 32, (a >> 48) | (b << 16), b, b >> 16, b >> 32, (b >> 48) | (c << 16)].map(low);
        let (plain, steps) = (self.plain.as_slice(), self.steps.as_slice());
        let mut hits = 0;
        for (place, &gram) in grams.iter().enumerate() {
            hits |= is_set(plain, spread(gram, GRAM_BITS)) << place;
        }
        for (place, &gram) in grams.iter().enumerate().step_by(2) {
            hits |= is_set(steps, spread(steps_of(gram), STEP_BITS)) << place;
        }
        hits
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
