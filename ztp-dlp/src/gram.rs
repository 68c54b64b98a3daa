//! Three bytes at a time: which places of a text are worth comparing with which patterns.
//!
//! Each pattern is looked for by one of its grams, three bytes in a row, the one least likely to stand in other bytes. One bit
//! in a table says whether a gram, by its hash, belongs to any pattern; at nearly every place of a text it does not, and that
//! is all that is done there. The steps between bytes, which do not change under a key, are looked up in the same way.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Bits of a table.
const BITS: usize = 1 << 16;
const WORDS: usize = BITS / 64;

/// Something to compare at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// A pattern whose gram stands here; the pattern begins `before` bytes earlier.
    Pattern { number: usize, before: usize },
    /// A text under a key whose steps stand here.
    Steps { number: usize },
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    number: u32,
    before: u32,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Grams {
    /// A bit for each hash of a gram, and one for each hash of three steps.
    plain: Box<[u64; WORDS]>,
    steps: Box<[u64; WORDS]>,
    by_gram: BTreeMap<u32, Vec<Entry>>,
    by_steps: BTreeMap<u32, Vec<u32>>,
}

impl Default for Grams {
    fn default() -> Self {
        Self {
            plain: Box::new([0; WORDS]),
            steps: Box::new([0; WORDS]),
            by_gram: BTreeMap::new(),
            by_steps: BTreeMap::new(),
        }
    }
}

/// The bit of a gram: its three bytes are the lower ones.
#[inline]
const fn bit(gram: u32) -> usize {
    // The shift drops a fourth byte; the product spreads the rest over its upper bits.
    ((gram << 8).wrapping_mul(0x9e37_79b1) >> 16) as usize
}

#[inline]
fn is_set(table: &[u64; WORDS], bit: usize) -> u64 {
    (table.get(bit / 64).copied().unwrap_or_default() >> (bit % 64)) & 1
}

fn set(table: &mut [u64; WORDS], bit: usize) {
    if let Some(word) = table.get_mut(bit / 64) {
        *word |= 1 << (bit % 64);
    }
}

/// How often a byte stands in texts and programs, roughly: 0 for the rarest.
const fn common(byte: u8) -> u32 {
    match byte {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' => 8,
        b'a'..=b'z' | 0 => 6,
        b'0'..=b'9' | b'_' | b'.' | b',' | b'-' | b'\n' | b'(' | b')' | b'=' | b'"' | b'/' | 0xff => 4,
        b'A'..=b'Z' | b' '..=b'~' => 3,
        _ => 1,
    }
}

impl Grams {
    /// Adds a pattern of at least two bytes; none if it is shorter.
    pub(crate) fn add(&mut self, number: u32, pattern: &[u8], nocase: bool) -> Option<()> {
        if let &[first, second] = pattern {
            for third in 0..=u8::MAX {
                self.enter(u32::from_le_bytes([first, second, third, 0]), Entry { number, before: 0 });
            }
            return Some(());
        }
        let cost = |gram: &[u8; 3]| {
            let crowd = self.by_gram.get(&number_of(*gram)).map_or(0, Vec::len);
            let commonness: u32 = gram.iter().map(|&byte| common(byte)).sum();
            let spellings =
                if nocase { gram.iter().filter(|byte| byte.is_ascii_alphabetic()).count() } else { 0 };
            (crowd > 16, commonness, crowd, spellings)
        };
        let (before, gram) = pattern
            .windows(3)
            .filter_map(<[u8]>::first_chunk)
            .copied()
            .enumerate()
            .min_by_key(|(at, gram)| (cost(gram), *at))?;
        let entry = Entry { number, before: u32::try_from(before).ok()? };
        let case = |byte: u8| {
            let other = if nocase && byte.is_ascii_alphabetic() { Some(byte ^ 0x20) } else { None };
            std::iter::once(byte).chain(other)
        };
        let [first, second, third] = gram;
        for first in case(first) {
            for second in case(second) {
                for third in case(third) {
                    self.enter(number_of([first, second, third]), entry);
                }
            }
        }
        Some(())
    }

    fn enter(&mut self, gram: u32, entry: Entry) {
        set(&mut self.plain, bit(gram));
        self.by_gram.entry(gram).or_default().push(entry);
    }

    /// Adds three steps between bytes.
    pub(crate) fn add_steps(&mut self, number: u32, steps: [u8; 3]) {
        let gram = number_of(steps);
        set(&mut self.steps, bit(gram));
        self.by_steps.entry(gram).or_default().push(number);
    }

    /// Calls `see` with everything that may stand at a place, in order of places, until it breaks.
    pub(crate) fn each(
        &self,
        bytes: &[u8],
        mut see: impl FnMut(Candidate, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let (plain, steps) = (&*self.plain, &*self.steps);
        let mut at = 0;
        // Eight places at a time, which need eleven bytes.
        while let Some(eleven) = bytes.get(at..).and_then(<[u8]>::first_chunk::<11>) {
            let mut hits = 0_u64;
            for (place, four) in eleven.array_windows_4().into_iter().enumerate() {
                let gram = u32::from_le_bytes(four);
                hits |= (is_set(plain, bit(gram)) | is_set(steps, bit(gram ^ (gram >> 8)))) << place;
            }
            while hits != 0 {
                let place = at + usize::try_from(hits.trailing_zeros()).unwrap_or_default();
                hits &= hits - 1;
                self.at(bytes, place, &mut see)?;
            }
            at += 8;
        }
        while at + 2 < bytes.len() {
            self.at(bytes, at, &mut see)?;
            at += 1;
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
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(gram) = rest.first_chunk::<3>().copied().map(number_of) else {
            return ControlFlow::Continue(());
        };
        for entry in self.by_gram.get(&gram).into_iter().flatten() {
            let number = usize::try_from(entry.number).unwrap_or(usize::MAX);
            let before = usize::try_from(entry.before).unwrap_or(usize::MAX);
            see(Candidate::Pattern { number, before }, at)?;
        }
        let Some(four) = rest.first_chunk::<4>() else { return ControlFlow::Continue(()) };
        let four = u32::from_le_bytes(*four);
        for &number in self.by_steps.get(&((four ^ (four >> 8)) & 0x00ff_ffff)).into_iter().flatten() {
            see(Candidate::Steps { number: usize::try_from(number).unwrap_or(usize::MAX) }, at)?;
        }
        ControlFlow::Continue(())
    }
}

const fn number_of(gram: [u8; 3]) -> u32 {
    let [first, second, third] = gram;
    u32::from_le_bytes([first, second, third, 0])
}

/// Windows of four bytes, as values.
trait Windows4 {
    fn array_windows_4(&self) -> [[u8; 4]; 8];
}

impl Windows4 for [u8; 11] {
    #[inline]
    fn array_windows_4(&self) -> [[u8; 4]; 8] {
        let [a, b, c, d, e, f, g, h, i, j, k] = *self;
        [
            [a, b, c, d],
            [b, c, d, e],
            [c, d, e, f],
            [d, e, f, g],
            [e, f, g, h],
            [f, g, h, i],
            [g, h, i, j],
            [h, i, j, k],
        ]
    }
}
