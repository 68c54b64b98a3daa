//! The tokens that reading and checking judge alike: one place decides what a number or an escape may be.

use super::error::{CanonicalError, CanonicalErrorKind as Kind};
use super::limits::{INTEGER_MAX, Limits};

/// 2^53 - 1 has 16 digits; a seventeenth settles the matter without reading on.
const DIGITS_MAX: usize = 16;

pub(super) type Result<T> = std::result::Result<T, CanonicalError>;

pub(super) fn refuse<T>(kind: Kind, offset: usize) -> Result<T> {
    Err(CanonicalError::new(kind, offset))
}

/// Refuses the byte at `offset`, or the end of the input when there is none.
#[cold]
pub(super) fn unexpected<T>(input: &[u8], offset: usize) -> Result<T> {
    refuse(
        if offset < input.len() { Kind::UnexpectedByte } else { Kind::UnexpectedEnd },
        offset.min(input.len()),
    )
}

pub(super) fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Judges the input as a whole before its first token: size, emptiness, encoding.
pub(super) fn preamble(input: &[u8], limits: &Limits) -> Result<()> {
    if input.len() > limits.bytes_max {
        return refuse(Kind::TooLarge, limits.bytes_max);
    }
    encoding(input)
}

/// Refuses empty input and input whose first bytes tell another encoding than UTF-8 without a mark.
pub(super) fn encoding(input: &[u8]) -> Result<()> {
    match input {
        [] => refuse(Kind::Empty, 0),
        [0xef, 0xbb, 0xbf, ..] => refuse(Kind::ByteOrderMark, 0),
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, 0, 0xfe, 0xff, ..] => refuse(Kind::Utf16, 0),
        // JSON text starts with an ASCII character: in wider units, with zeros around it. Zeros alone are a hole in a file.
        [first, 0, third, 0, ..] | [0, third, 0, first, ..] if *first != 0 || *third != 0 => {
            refuse(Kind::Utf16, 0)
        }
        _ => Ok(()),
    }
}

/// Reads the integer that starts at `start` with a sign or a digit. Returns it and the offset behind it.
pub(super) fn integer(input: &[u8], start: usize) -> Result<(i64, usize)> {
    let negative = input.get(start) == Some(&b'-');
    let first = if negative { start + 1 } else { start };
    let mut magnitude: i64 = 0;
    let mut count = 0;
    for &digit in input.get(first..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()) {
        if count == 1 && magnitude == 0 {
            return refuse(Kind::LeadingZero, first);
        }
        if count == DIGITS_MAX {
            return refuse(Kind::IntegerOutOfRange, start);
        }
        magnitude = magnitude * 10 + i64::from(digit - b'0');
        count += 1;
    }
    let end = first + count;
    if count == 0 {
        return unexpected(input, first);
    }
    if magnitude > INTEGER_MAX {
        return refuse(Kind::IntegerOutOfRange, start);
    }
    match input.get(end) {
        Some(b'.') => refuse(Kind::Fraction, end),
        Some(b'e' | b'E') => refuse(Kind::Exponent, end),
        _ if negative && magnitude == 0 => refuse(Kind::NegativeZero, start),
        _ => Ok((if negative { -magnitude } else { magnitude }, end)),
    }
}

/// Reads `literal` at `start`. Returns the offset behind it.
pub(super) fn literal(input: &[u8], start: usize, literal: &[u8]) -> Result<usize> {
    let found = input.get(start..).unwrap_or_default();
    match literal.iter().zip(found).position(|(expected, found)| expected != found) {
        Some(at) => refuse(Kind::UnexpectedByte, start + at),
        None if found.len() < literal.len() => refuse(Kind::UnexpectedEnd, input.len()),
        None => Ok(start + literal.len()),
    }
}

/// Reads the escape whose backslash is at `start`, a surrogate pair as one. Returns the character and the offset behind.
pub(super) fn escape(input: &[u8], start: usize) -> Result<(char, usize)> {
    let Some(&letter) = input.get(start + 1) else {
        return refuse(Kind::UnexpectedEnd, input.len());
    };
    let short = match letter {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(input, start),
        _ => return refuse(Kind::InvalidEscape, start),
    };
    Ok((short, start + 2))
}

fn unicode_escape(input: &[u8], start: usize) -> Result<(char, usize)> {
    let unit = code_unit(input, start)?;
    let end = start + 6;
    if let Some(character) = char::from_u32(unit) {
        return Ok((character, end));
    }
    if unit >= 0xdc00 {
        return refuse(Kind::LoneSurrogate, start);
    }
    // The first half: only `\u` and a second half may follow.
    match (input.get(end), input.get(end + 1)) {
        (None, _) | (Some(b'\\'), None) => return refuse(Kind::UnexpectedEnd, input.len()),
        (Some(b'\\'), Some(b'u')) => {}
        _ => return refuse(Kind::LoneSurrogate, start),
    }
    let low = code_unit(input, end)?;
    if !(0xdc00..0xe000).contains(&low) {
        return refuse(Kind::LoneSurrogate, start);
    }
    let scalar = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    char::from_u32(scalar)
        .map_or_else(|| refuse(Kind::LoneSurrogate, start), |character| Ok((character, end + 6)))
}

/// Reads the four digits of the `\u` at `start`.
fn code_unit(input: &[u8], start: usize) -> Result<u32> {
    let mut unit = 0;
    for at in start + 2..start + 6 {
        let Some(&byte) = input.get(at) else {
            return refuse(Kind::UnexpectedEnd, input.len());
        };
        let Some(digit) = char::from(byte).to_digit(16) else {
            return refuse(Kind::InvalidEscape, start);
        };
        unit = unit << 4 | digit;
    }
    Ok(unit)
}
