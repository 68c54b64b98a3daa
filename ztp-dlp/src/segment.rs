//! Runs of characters that could be an encoding: where long ones are, without looking at most bytes of a text.

/// Letters, digits, `+ / - _`: base64 in both alphabets.
pub(crate) const BASE64: u8 = 1;
/// Hexadecimal digits.
pub(crate) const HEX: u8 = 2;
/// `A-Z 2-7`.
pub(crate) const BASE32_UPPER: u8 = 4;
/// `a-z 2-7`.
pub(crate) const BASE32_LOWER: u8 = 8;
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

/// The next run of at least `min` bytes of a class at or after `from`.
///
/// The class is asked of 64 bytes at once, one bit for each; where a long run begins follows from shifting the bits.
pub(crate) fn next_run(bytes: &[u8], of: u8, min: usize, from: usize) -> Option<(usize, usize)> {
    match of {
        BASE64 => next_run_of(bytes, of, min, from, |byte| {
            is_alphanumeric(byte) | (byte == b'+') | (byte == b'/') | (byte == b'-') | (byte == b'_')
        }),
        ASCII85 => next_run_of(bytes, of, min, from, |byte| (byte.wrapping_sub(b'!') < 85) | (byte == b'z')),
        HEX => next_run_of(bytes, of, min, from, is_hex),
        GROUPED => next_run_of(bytes, of, min, from, |byte| {
            let between = (byte == b':') | (byte == b'-') | (byte == b' ') | (byte == b',') | (byte == b'.');
            let space = (byte == b'\n') | (byte == b'\r') | (byte == b'\t') | (byte == b';');
            is_hex(byte) | between | space | ((byte | 0x20) == b'x') | (byte == b'\\')
        }),
        _ => next_run_of(bytes, of, min, from, |byte| class(byte) & of != 0),
    }
}

// No branches, so that 64 of them compile to vector instructions.
#[inline]
const fn is_alphanumeric(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10)
}

#[inline]
const fn is_hex(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 6) | (byte.wrapping_sub(b'0') < 10)
}

#[inline]
fn next_run_of(
    bytes: &[u8],
    of: u8,
    min: usize,
    from: usize,
    is: impl Fn(u8) -> bool + Copy,
) -> Option<(usize, usize)> {
    let found = min.clamp(1, 64);
    let mut from = from;
    loop {
        let start = next_start(bytes, found, from, is)?;
        let end = start + found + span(bytes.get(start + found..)?, of);
        if end - start >= min {
            return Some((start, end));
        }
        from = end;
    }
}

/// Where the next `min` bytes, at most 64, of a class begin.
#[inline]
fn next_start(bytes: &[u8], min: usize, from: usize, is: impl Fn(u8) -> bool + Copy) -> Option<usize> {
    let (mut at, mut bits) = (from, 0_u128);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        // The bits of the block before are the lower half.
        bits = (bits >> 64) | (u128::from(block_bits(rest, is)) << 64);
        let (mut starts, mut long) = (bits, 1);
        while long < min {
            let step = long.min(min - long);
            starts &= starts >> step;
            long += step;
        }
        if starts != 0 {
            let place = usize::try_from(starts.trailing_zeros()).unwrap_or_default();
            return (at + place).checked_sub(64);
        }
        at += 64;
    }
    None
}

/// Which of the first 64 bytes are of a class.
#[inline]
fn block_bits(rest: &[u8], is: impl Fn(u8) -> bool) -> u64 {
    let mut flags = [0_u8; 64];
    if let Some(block) = rest.first_chunk::<64>() {
        for (flag, &byte) in flags.iter_mut().zip(block) {
            *flag = u8::from(is(byte));
        }
    } else {
        for (flag, &byte) in flags.iter_mut().zip(rest) {
            *flag = u8::from(is(byte));
        }
    }
    // The product puts the lowest bits of eight bytes beside each other.
    let gather = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    flags.as_chunks::<8>().0.iter().rev().fold(0, |bits, eight| (bits << 8) | gather(eight))
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
/// Most bytes between two lines of equal length, such as the time and level of a log.
const COLUMN_MAX: usize = 200;

impl Group {
    /// The next encoded text at or after `from`. The buffers are used again.
    pub(crate) fn next(&mut self, bytes: &[u8], from: usize) -> bool {
        self.chars.clear();
        self.pieces.clear();
        self.longest = 0;
        let Some((start, end)) = next_run(bytes, BASE64, RUN_MIN, from) else { return false };
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
        // A word after the last of several lines of one length is the last line, unless another such line follows.
        column(rest, last)
            .map(|(start, end)| (self.end + start, self.end + end))
            .or(short.filter(|_| self.is_wrapped()))
    }

    /// Whether the first two pieces have one length.
    fn is_wrapped(&self) -> bool {
        matches!(*self.pieces.as_slice(), [(first, _), (second, _), (third, _), ..] if second - first == third - second)
            || matches!(*self.pieces.as_slice(), [(_, _), (second, _)] if self.chars.len() == 2 * second)
    }
}

/// The next line of a column: as long as the last, with other text and a line end between them.
fn column(rest: &[u8], last: usize) -> Option<(usize, usize)> {
    if last < 32 || !last.is_multiple_of(4) {
        return None;
    }
    let near = rest.get(..rest.len().min(COLUMN_MAX))?;
    if !near.iter().any(|&byte| byte == b'\n' || byte == b'\\') {
        return None;
    }
    let reach = rest.get(..rest.len().min(COLUMN_MAX + last + 1))?;
    next_run(reach, BASE64, last, 0).filter(|(start, end)| end - start == last)
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
        let (mut group, mut from, mut out) = (Group::default(), 0, Vec::new());
        while group.next(bytes, from) {
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
    fn lines_of_equal_length_in_a_log_are_one_text() {
        let line = "A".repeat(64);
        let log = format!("12:00:01 info: {line} end\n12:00:02 info: {line} end");
        assert_eq!(groups(log.as_bytes()), [format!("{line}{line}end")]);
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
            of in prop::sample::select(vec![BASE64, HEX, GROUPED, ASCII85, BASE32_LOWER]),
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
            prop_assert_eq!(next_run(bytes, of, min, from), plain);
        }
    }
}
