//! Dumps of bytes: lines of an offset, groups of digits, and often the characters beside them, as `xxd`, `hexdump`, `od`, debuggers
//! and packet listings print them. That each line's offset is the last one's and as many as its bytes tells a dump from any other
//! table, and where its groups end.

/// Least bytes of a dump.
const BYTES_MIN: usize = 16;
/// Longest line that is read.
const LINE_MAX: usize = 512;
/// Most bytes of one line.
const STEP_MAX: u64 = 256;

/// What a dump's groups are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Groups {
    /// Hexadecimal, of so many bytes.
    Hex(usize),
    /// One byte in three octal digits.
    Octal,
    /// Two bytes in six octal digits, the lower byte first.
    OctalWords,
    /// One byte in decimal.
    Decimal,
    /// One character or escape in four columns.
    Cells,
}

/// A dump that was read: its bytes in the order in which groups are written, where each line's begin, and how groups may turn.
#[derive(Debug)]
pub(crate) struct Dump {
    pub(crate) bytes: Vec<u8>,
    /// For each line, the index of its first byte, and where the line stands.
    pub(crate) lines: Vec<(usize, usize)>,
    pub(crate) end: usize,
    /// Bytes of a group whose order may be the other way round; 1 if there is no order.
    pub(crate) turn: usize,
}

impl Dump {
    /// The bytes with each group turned round.
    pub(crate) fn turned(&self) -> Vec<u8> {
        self.bytes.chunks(self.turn.max(1)).flat_map(|group| group.iter().rev().copied()).collect()
    }
}

/// One line, cut.
struct Line<'a> {
    offset: &'a [u8],
    /// Column of the offset.
    column: usize,
    rest: &'a [u8],
    length: usize,
}

impl<'a> Line<'a> {
    /// The line at `start`, whose offset stands in one of `columns`.
    fn read(bytes: &'a [u8], start: usize, mut columns: std::ops::Range<usize>) -> Option<Self> {
        let rest = bytes.get(start..)?;
        let near = rest.get(..rest.len().min(LINE_MAX)).unwrap_or_default();
        let length = memchr::memchr(b'\n', near).unwrap_or(near.len());
        let line = near.get(..length)?;
        let offset_at = |at: usize| {
            let word = line.get(at..)?;
            let hex = word.strip_prefix(b"0x").unwrap_or(word);
            let digits = hex.iter().take(17).take_while(|byte| byte.is_ascii_hexdigit()).count();
            let after = hex.get(digits..)?;
            let bounded = matches!(after.first(), Some(b':' | b' ' | b'\t' | b'|'));
            let from = after.iter().take(3).take_while(|byte| matches!(byte, b':' | b'|')).count();
            let fits = (4..=16).contains(&digits) && bounded;
            fits.then(|| Self {
                offset: hex.get(..digits).unwrap_or_default(),
                column: at,
                rest: after.get(from..).unwrap_or_default(),
                length,
            })
        };
        if columns.len() == 1 {
            return offset_at(columns.start);
        }
        let begins = |at: &usize| {
            let before = at.checked_sub(1).and_then(|before| line.get(before));
            before.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'"')
        };
        columns.find(|at| begins(at) && offset_at(*at).is_some()).and_then(offset_at)
    }

    fn offset(&self, radix: u32) -> Option<u64> {
        self.offset.iter().try_fold(0_u64, |number, &digit| {
            number.checked_mul(radix.into())?.checked_add(char::from(digit).to_digit(radix)?.into())
        })
    }
}

/// Reads the dump whose first line begins at `start`, and whose offset there stands at `hint` or soon after.
pub(crate) fn read(bytes: &[u8], start: usize, hint: usize) -> Option<Dump> {
    /// Bytes before and behind the hint.
    const BEFORE: usize = 2;
    const BEHIND: usize = 48;
    // Two lines, and digits enough in the first for the least that is told.
    let near = bytes.get(start..bytes.len().min(start + LINE_MAX))?;
    memchr::memchr(b'\n', near).filter(|length| *length >= 16)?;
    let column = hint.saturating_sub(start).saturating_sub(BEFORE);
    let first = Line::read(bytes, start, column..column + BEFORE + BEHIND)?;
    let second = Line::read(bytes, start + first.length + 1, first.column..first.column + 1)?;
    // Decimal before hexadecimal: in columns of four, two digits could be either.
    let hex = [1, 2, 4, 8].map(Groups::Hex);
    let kinds =
        [Groups::Octal, Groups::Decimal].into_iter().chain(hex).chain([Groups::OctalWords, Groups::Cells]);
    let mut row = Vec::new();
    for groups in kinds {
        for radix in [16, 8, 10] {
            let (Some(from), Some(to)) = (first.offset(radix), second.offset(radix)) else { continue };
            let Some(step) = to.checked_sub(from).filter(|step| (4..=STEP_MAX).contains(step)) else {
                continue;
            };
            let Ok(width) = usize::try_from(step) else { continue };
            row.clear();
            let wide = groups != Groups::Decimal || first.rest.trim_ascii_end().len() == 4 * width;
            if wide && groups.row(first.rest, width, true, &mut row) && row.len() == width {
                return Some(follow(bytes, start, (first.column, groups), (radix, step, width)))
                    .filter(|dump| dump.bytes.len() >= BYTES_MIN);
            }
        }
    }
    None
}

/// Reads lines as long as their offsets go on.
fn follow(
    bytes: &[u8],
    start: usize,
    (column, groups): (usize, Groups),
    (radix, step, width): (u32, u64, usize),
) -> Dump {
    let mut dump = Dump { bytes: Vec::new(), lines: Vec::new(), end: start, turn: groups.turn() };
    let mut at = start;
    let mut expected = None;
    while let Some(line) = Line::read(bytes, at, column..column + 1) {
        let Some(offset) =
            line.offset(radix).filter(|offset| expected.is_none_or(|wanted| wanted == *offset))
        else {
            break;
        };
        dump.lines.push((dump.bytes.len(), at));
        let before = dump.bytes.len();
        let fits = groups.row(line.rest, width, false, &mut dump.bytes);
        at += line.length + 1;
        dump.end = at.min(bytes.len());
        if !fits || dump.bytes.len() - before < width {
            break;
        }
        expected = offset.checked_add(step);
    }
    dump
}

impl Groups {
    const fn turn(self) -> usize {
        match self {
            Self::Hex(size) => size,
            Self::OctalWords => 2,
            Self::Octal | Self::Decimal | Self::Cells => 1,
        }
    }

    /// Reads at most `width` bytes of a line's groups, all of them of one length if the line is `full`. False if there is none.
    fn row(self, rest: &[u8], width: usize, full: bool, out: &mut Vec<u8>) -> bool {
        let before = out.len();
        if self == Self::Cells {
            for cell in rest.chunks(4).take(width) {
                let Some(byte) = character(cell) else { break };
                out.push(byte);
            }
            return out.len() > before;
        }
        let mut at = 0;
        while out.len() - before < width {
            let gap = rest.iter().skip(at).take_while(|byte| matches!(byte, b' ' | b'\t' | b'-')).count();
            // A wide gap behind the first group stands before the characters.
            if (at > 0 && gap > 3 && self != Self::Decimal) || (at > 0 && gap == 0) {
                break;
            }
            at += gap;
            let group = rest.get(at..).unwrap_or_default();
            let group = group.strip_prefix(b"0x").unwrap_or(group);
            at += rest.len() - at - group.len();
            let digits = group.iter().take(17).take_while(|byte| byte.is_ascii_hexdigit()).count();
            let Some(text) = group.get(..digits).filter(|text| !text.is_empty()) else { break };
            if !self.group(text, full, out) {
                break;
            }
            at += digits;
        }
        out.truncate(before + width);
        out.len() > before
    }

    fn group(self, text: &[u8], full: bool, out: &mut Vec<u8>) -> bool {
        let radix = match self {
            Self::Hex(_) => 16,
            Self::Octal | Self::OctalWords => 8,
            _ => 10,
        };
        let number = std::str::from_utf8(text).ok().and_then(|text| u64::from_str_radix(text, radix).ok());
        let Some(number) = number else { return false };
        match self {
            // The last group may be cut at a byte.
            Self::Hex(size)
                if text.len() == 2 * size
                    || (!full && text.len() < 2 * size && text.len().is_multiple_of(2)) =>
            {
                let wide = number.to_be_bytes();
                out.extend_from_slice(wide.get(8 - text.len() / 2..).unwrap_or_default());
                true
            }
            Self::Octal if text.len() == 3 => u8::try_from(number).map(|byte| out.push(byte)).is_ok(),
            Self::OctalWords if text.len() == 6 => {
                u16::try_from(number).map(|word| out.extend(word.to_be_bytes())).is_ok()
            }
            Self::Decimal if text.len() <= 3 => u8::try_from(number).map(|byte| out.push(byte)).is_ok(),
            _ => false,
        }
    }
}

/// A cell of `od -c`: a character, an escape of C, or three octal digits, at the right of four columns.
fn character(cell: &[u8]) -> Option<u8> {
    match *cell.trim_ascii_start() {
        [] if cell.len() == 4 => Some(b' '),
        [b'\\', b'n'] => Some(b'\n'),
        [b'\\', b'r'] => Some(b'\r'),
        [b'\\', b't'] => Some(b'\t'),
        [b'\\', b'0'] => Some(0),
        [b'\\', b'a'] => Some(7),
        [b'\\', b'b'] => Some(8),
        [b'\\', b'v'] => Some(11),
        [b'\\', b'f'] => Some(12),
        [b'\\', b'\\'] => Some(b'\\'),
        [byte] => Some(byte),
        [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7'] => {
            Some((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMC4C\x00\xff abc";

    fn lines(line: impl Fn(usize, &[u8]) -> String) -> String {
        TEXT.chunks(16).enumerate().map(|(number, row)| line(number * 16, row) + "\n").collect()
    }

    fn gutter(row: &[u8]) -> String {
        row.iter().map(|&byte| if byte.is_ascii_graphic() { char::from(byte) } else { '.' }).collect()
    }

    #[test]
    fn every_kind_of_dump_reads_back() {
        let pairs = |row: &[u8]| row.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
        let words = |row: &[u8], order: fn([u8; 2]) -> u16| {
            row.chunks(2).map(|two| order([two[0], *two.get(1).unwrap_or(&0)])).collect::<Vec<_>>()
        };
        let dumps = [
            lines(|at, row| {
                let text: String = row.chunks(2).map(|two| pairs(two).concat() + " ").collect();
                format!("{at:08x}: {text:40} {}", gutter(row))
            }),
            lines(|at, row| format!("{at:08x}  {:49} |{}|", pairs(row).join(" "), gutter(row))),
            lines(|at, row| format!("{at:07o} {}", pairs(row).join(" "))),
            lines(|at, row| format!("\t0x{at:04x}:  {}", pairs(row).join(" "))),
            lines(|at, row| format!("host app[1]: {at:04x}  {}   {}", pairs(row).join(" "), gutter(row))),
            lines(|at, row| format!("0x{:x}:\t0x{}", 0x5555_5000 + at, pairs(row).join("\t0x"))),
            lines(|at, row| {
                format!(
                    "{at:07o} {}",
                    row.iter().map(|byte| format!("{byte:03o}")).collect::<Vec<_>>().join(" ")
                )
            }),
            lines(|at, row| {
                format!(
                    "{at:07o} {}",
                    row.iter().map(|byte| format!("{byte:3}")).collect::<Vec<_>>().join(" ")
                )
            }),
            lines(|at, row| {
                let cell = |byte: &u8| match byte {
                    b'\n' => "  \\n".to_owned(),
                    0 => "  \\0".to_owned(),
                    255 => " 377".to_owned(),
                    byte => format!("   {}", char::from(*byte)),
                };
                format!("{at:07o}{}", row.iter().map(cell).collect::<String>())
            }),
        ];
        for text in dumps {
            let dump = read(text.as_bytes(), 0, 0).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(dump.bytes[..TEXT.len().min(dump.bytes.len())], *TEXT, "{text}");
        }
        for order in [u16::from_le_bytes as fn([u8; 2]) -> u16, u16::from_be_bytes] {
            let hex = lines(|at, row| {
                format!(
                    "{at:07x} {}",
                    words(row, order).iter().map(|word| format!("{word:04x}")).collect::<Vec<_>>().join(" ")
                )
            });
            let dump = read(hex.as_bytes(), 0, 0).unwrap();
            assert!(dump.bytes.starts_with(TEXT) || dump.turned().starts_with(TEXT), "{hex}");
        }
        let octal = lines(|at, row| {
            format!(
                "{at:07o} {}",
                words(row, u16::from_le_bytes)
                    .iter()
                    .map(|word| format!("{word:06o}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            )
        });
        assert!(read(octal.as_bytes(), 0, 0).unwrap().turned().starts_with(TEXT));
    }

    #[test]
    fn other_tables_are_no_dumps() {
        for text in
            ["2026 12 31 10 20 30\n2027 12 31 10 20 30\n", "1000 2000 3000\n1001 2000 3000\n", "dead beef\n"]
        {
            assert!(read(text.as_bytes(), 0, 0).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9a-f: x|.\\n-]{0,300}", start in 0_usize..20) {
            let _ = read(text.as_bytes(), start, start);
        }
    }
}
