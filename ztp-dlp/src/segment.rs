//! Runs of characters that could be an encoding: where long ones are, without looking at most bytes of a text.

use ztp_simd::{BLOCK, ByteSets};

/// Letters, digits, `+ / - _`: base64 in both alphabets.
pub(crate) const BASE64: u8 = 1;
/// Hexadecimal digits.
pub(crate) const HEX: u8 = 2;
/// `A-Z 2-7`.
pub(crate) const BASE32_UPPER: u8 = 4;
/// `a-z 2-7`.
pub(crate) const BASE32_LOWER: u8 = 8;
/// `0-9 A-V a-v`: base32 in its alphabet of hexadecimal digits, in either case.
pub(crate) const BASE32_HEX: u8 = 128;
/// Hexadecimal digits and what stands between them in dumps and arrays.
pub(crate) const GROUPED: u8 = 16;
/// `!` to `u`, and `z`.
pub(crate) const ASCII85: u8 = 32;
/// Printable ASCII, tab and line ends.
pub(crate) const PRINTABLE: u8 = 64;

/// The classes of each byte.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        let mut class = 0;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_') {
            class |= BASE64;
        }
        if byte.is_ascii_hexdigit() {
            class |= HEX | GROUPED;
        }
        if matches!(byte, b'A'..=b'Z' | b'2'..=b'7') {
            class |= BASE32_UPPER;
        }
        if matches!(byte, b'a'..=b'z' | b'2'..=b'7') {
            class |= BASE32_LOWER;
        }
        if matches!(byte, b'0'..=b'9' | b'A'..=b'V' | b'a'..=b'v') {
            class |= BASE32_HEX;
        }
        if matches!(
            byte,
            b':' | b'-' | b' ' | b',' | b'\n' | b'\r' | b'\t' | b'x' | b'X' | b'\\' | b'.' | b';'
        ) {
            class |= GROUPED;
        }
        if matches!(byte, b'!'..=b'u' | b'z') {
            class |= ASCII85;
        }
        if matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r') {
            class |= PRINTABLE;
        }
        #[allow(clippy::indexing_slicing, reason = "a byte is below 256, and this runs at compile time")]
        {
            table[byte as usize] = class;
        }
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

/// The classes of a byte.
#[inline]
pub(crate) fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The classes that all bytes have in common.
pub(crate) fn common(bytes: &[u8]) -> u8 {
    bytes.iter().fold(u8::MAX, |all, &byte| all & class(byte))
}

/// How many bytes from the start are of a class.
pub(crate) fn span(bytes: &[u8], of: u8) -> usize {
    bytes.iter().position(|&byte| class(byte) & of == 0).unwrap_or(bytes.len())
}

/// The next run of at least `min` bytes of a class at or after `from`, byte by byte: for short texts.
pub(crate) fn next_run(bytes: &[u8], of: u8, min: usize, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| class(byte) & of != 0)?;
        let end = at + span(bytes.get(at..)?, of);
        if end - at >= min {
            return Some((at, end));
        }
        at = end;
    }
}

/// A class whose runs are found in long texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    /// [`BASE64`].
    Base64,
    /// [`GROUPED`].
    Grouped,
    /// [`ASCII85`].
    Ascii85,
}

static SETS: ByteSets = ByteSets::new([members(BASE64), members(GROUPED), members(ASCII85)]);

const fn members(of: u8) -> [bool; 128] {
    let mut members = [false; 128];
    let mut byte = 0;
    while byte < 128 {
        #[allow(clippy::indexing_slicing, reason = "below 128, and this runs at compile time")]
        {
            members[byte] = CLASSES[byte] & of != 0;
        }
        byte += 1;
    }
    members
}

/// Where the runs of a text are: the classes of all its bytes are asked once, 64 bytes at a time, one bit for each.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    masks: Vec<[u64; 3]>,
    /// The runs of base64 of at least [`RUN_MIN`], which more than one decoder begins with.
    base64: Vec<(usize, usize)>,
}

impl Runs {
    /// Takes a text; the one before is forgotten.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        SETS.masks(bytes, &mut self.masks);
        self.base64.clear();
        let mut from = 0;
        while let Some((start, end)) = self.next(Run::Base64, RUN_MIN, from) {
            self.base64.push((start, end));
            from = end;
        }
    }

    /// The next run of at least [`RUN_MIN`] characters of base64 at or after `from`.
    pub(crate) fn next_base64(&self, from: usize) -> Option<(usize, usize)> {
        let first = self.base64.partition_point(|(_, end)| *end < from + RUN_MIN);
        self.base64.get(first).map(|&(start, end)| (start.max(from), end))
    }

    fn mask(&self, of: Run, block: usize) -> Option<u64> {
        let [base64, grouped, ascii85] = *self.masks.get(block)?;
        Some(match of {
            Run::Base64 => base64,
            Run::Grouped => grouped,
            Run::Ascii85 => ascii85,
        })
    }

    /// The next run of at least `min` bytes of a class at or after `from`: start and end.
    ///
    /// Where `min` bits in a row begin follows from shifting the bits of two blocks.
    pub(crate) fn next(&self, of: Run, min: usize, from: usize) -> Option<(usize, usize)> {
        let found = min.clamp(1, BLOCK);
        let (mut block, mut within) = (from / BLOCK, u64::MAX << (from % BLOCK));
        loop {
            let low = self.mask(of, block)? & within;
            let high = self.mask(of, block + 1).unwrap_or(0);
            // Places of this block at which so many bits are set in a row, which may reach into the next.
            let (mut starts, mut later, mut long) = (low, high, 1);
            while long < found && starts != 0 {
                let step = long.min(found - long);
                starts &= starts >> step | later << (BLOCK - step);
                later &= later >> step;
                long += step;
            }
            let place = usize::try_from(starts.trailing_zeros()).unwrap_or(BLOCK);
            if place < BLOCK {
                let start = block * BLOCK + place;
                let end = self.end(of, start + found);
                if end - start >= min {
                    return Some((start, end));
                }
                (block, within) = (end / BLOCK, u64::MAX << (end % BLOCK));
            } else {
                (block, within) = (block + 1, u64::MAX);
            }
        }
    }

    /// Where the run that `from` stands in, or right after, ends.
    fn end(&self, of: Run, from: usize) -> usize {
        let (mut block, mut within) = (from / BLOCK, u64::MAX << (from % BLOCK));
        while let Some(mask) = self.mask(of, block) {
            let others = !mask & within;
            if others != 0 {
                return block * BLOCK + usize::try_from(others.trailing_zeros()).unwrap_or(0);
            }
            (block, within) = (block + 1, u64::MAX);
        }
        block * BLOCK
    }
}

/// An encoded text that is perhaps in several pieces, such as the lines of a wrapped body.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// The characters of all pieces, one after the other.
    pub(crate) chars: Vec<u8>,
    /// For each piece, the index of its first character, and where that stands.
    pub(crate) pieces: Vec<(usize, usize)>,
    /// Where the last piece ends.
    pub(crate) end: usize,
    /// Length of the longest piece.
    pub(crate) longest: usize,
}

/// Shortest run that is looked at: 16 digits are eight bytes, the least that a fingerprint's fragment has.
pub(crate) const RUN_MIN: usize = 16;
/// Most bytes between two pieces that are joined.
const JOINER_MAX: usize = 40;

impl Group {
    /// The next encoded text of `bytes` at or after `from`; `runs` are those of the same bytes. The buffers are used again.
    pub(crate) fn next(&mut self, bytes: &[u8], runs: &Runs, from: usize) -> bool {
        self.chars.clear();
        self.pieces.clear();
        self.longest = 0;
        let Some((start, end)) = runs.next_base64(from) else { return false };
        self.take(bytes, start, end);
        while let Some((start, end)) = self.following(bytes) {
            self.take(bytes, start, end);
        }
        true
    }

    fn take(&mut self, bytes: &[u8], start: usize, end: usize) {
        self.pieces.push((self.chars.len(), start));
        self.chars.extend_from_slice(bytes.get(start..end).unwrap_or_default());
        self.end = end;
        self.longest = self.longest.max(end - start);
    }

    /// The piece that belongs to those taken so far, if there is one.
    fn following(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        let rest = bytes.get(self.end..)?;
        let last = self.chars.len() - self.pieces.last()?.0;
        let mut short = None;
        if let Some(gap) = joiner(rest) {
            let start = self.end + gap;
            let len = span(bytes.get(start..)?, BASE64);
            let piece = Some((start, start + len));
            if len >= RUN_MIN {
                return piece;
            }
            // The last line may have any length.
            if len > 0 && last >= 32 && len < last {
                short = piece;
                let joiner = rest.get(..gap).unwrap_or_default();
                if joiner.iter().any(|byte| b"\n\r\\\"'".contains(byte)) {
                    return piece;
                }
            }
        }
        // A word after the last of several lines of one length is the last line.
        short.filter(|_| self.is_wrapped())
    }

    /// Whether the first two pieces have one length.
    fn is_wrapped(&self) -> bool {
        matches!(*self.pieces.as_slice(), [(first, _), (second, _), (third, _), ..] if second - first == third - second)
            || matches!(*self.pieces.as_slice(), [(_, _), (second, _)] if self.chars.len() == 2 * second)
    }
}

/// Length of what stands between two pieces of one text: line ends, quotes, commas, `+` of a concatenation, escaped
/// line ends.
fn joiner(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    // Padding ends a text; what follows is another.
    while at < JOINER_MAX {
        let byte = *rest.get(at)?;
        at += match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b',' | b'`' => 1,
            // An escaped line end, an escaped quote, or a continued line; the backslash may itself be escaped.
            b'\\' if at + 1 < rest.len() => match rest.get(at + 1)? {
                b'n' | b'r' | b't' | b'"' | b'\'' | b'\n' | b'\r' => 2,
                b'\\' => 1,
                _ => return None,
            },
            // A concatenation: between a quote or space and a quote, space or line end.
            b'+' | b'.' | b'&'
                if at > 0 && rest.get(at + 1).is_some_and(|next| b" \t\r\n\"'".contains(next)) =>
            {
                1
            }
            _ => return (at > 0).then_some(at),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups(bytes: &[u8]) -> Vec<String> {
        let (mut group, mut runs, mut from, mut out) = (Group::default(), Runs::default(), 0, Vec::new());
        runs.read(bytes);
        while group.next(bytes, &runs, from) {
            out.push(String::from_utf8(group.chars.clone()).unwrap());
            from = group.end;
        }
        out
    }

    #[test]
    fn lines_of_one_body_are_one_text() {
        let line = "A".repeat(64);
        for between in
            ["\n", "\r\n", "\\n", "\\\\n", "\",\n  \"", "\" +\n    \"", "\\n\"\n+ \"", " ", "\\n\\\n", "','"]
        {
            let text = format!("x: '{line}{between}{line}{between}BBBB'");
            assert_eq!(groups(text.as_bytes()), [format!("{line}{line}BBBB")], "{between:?}");
        }
    }

    #[test]
    fn words_are_not_joined() {
        assert_eq!(groups(b"the quick brown fox jumps over the lazy dog and again"), [""; 0]);
        assert_eq!(groups(b"internationalisation of words"), ["internationalisation"]);
    }

    proptest! {
        #[test]
        fn the_next_run_is_the_one_that_a_plain_walk_finds(
            words in prop::collection::vec("[a-zA-Z0-9+/:,;. \\\\_x-]{0,40}", 0..9),
            min in 1_usize..90,
            from in 0_usize..30,
            (run, of) in prop::sample::select(vec![
                (Run::Base64, BASE64),
                (Run::Grouped, GROUPED),
                (Run::Ascii85, ASCII85),
            ]),
        ) {
            let text = words.join("\u{e9}");
            let bytes = text.as_bytes();
            let mut plain = None;
            let mut at = from;
            while at < bytes.len() {
                let len = span(&bytes[at..], of);
                if len >= min {
                    plain = Some((at, at + len));
                    break;
                }
                at += len + 1;
            }
            let mut runs = Runs::default();
            runs.read(bytes);
            prop_assert_eq!(runs.next(run, min, from), plain);
            prop_assert_eq!(runs.next_base64(from), runs.next(Run::Base64, RUN_MIN, from));
            prop_assert_eq!(next_run(bytes, of, min, from), plain);
        }
    }
}
