//! The checker: one pass over the bytes, no allocation, no recursion.

use std::cmp::Ordering;

use super::error::CanonicalErrorKind as Kind;
use super::limits::{DEPTH_MAX, Limits};
use super::order;
use super::scan::Scanner;
use super::spelling::{self, Spelling};
use super::token::{self, Result, refuse};

/// Depth up to which the state of a check is a few cache lines. Deeper documents are checked again with room for
/// [`DEPTH_MAX`].
const DEPTH_USUAL: usize = 8;

/// How far a token is looked into to judge its first byte: an integer with one digit too many, the longest, is 18 bytes.
const LOOK_AHEAD: usize = 18;

/// Checks that the bytes are one canonical document and nothing else.
///
/// Succeeds exactly when [`encode`](super::encode) would return these same bytes. One pass, no allocation.
///
/// # Errors
/// The first fault of the input, as [`CanonicalErrorKind`](super::CanonicalErrorKind) describes it.
pub fn check(input: &[u8], limits: &Limits) -> Result<()> {
    token::preamble(input, limits)?;
    let end = value(input, limits.depth())?;
    match input.get(end) {
        None => Ok(()),
        Some(byte) if token::is_white_space(*byte) => refuse(Kind::WhiteSpace, end),
        Some(_) => refuse(Kind::TrailingBytes, end),
    }
}

/// Checks that the bytes start with one canonical document, and returns its length. What follows is not judged, so that
/// a line can be checked where it stands in a file.
///
/// [`Limits::bytes_max`] bounds the document, not the input, and no more of the input than that is looked at. An integer
/// ends at the first byte that is neither a digit nor part of another form of number.
///
/// # Errors
/// The first fault of the document, as [`CanonicalErrorKind`](super::CanonicalErrorKind) describes it.
pub fn check_prefix(input: &[u8], limits: &Limits) -> Result<usize> {
    token::encoding(input)?;
    let window = input.get(..limits.bytes_max.saturating_add(LOOK_AHEAD)).unwrap_or(input);
    match value(window, limits.depth()) {
        Ok(end) if end > limits.bytes_max => refuse(Kind::TooLarge, limits.bytes_max),
        // Past the limit, a fault of the document or the end of the window: the size comes first.
        Err(error) if error.offset >= limits.bytes_max && input.len() > limits.bytes_max => {
            refuse(Kind::TooLarge, limits.bytes_max)
        }
        result => result,
    }
}

fn value(input: &[u8], depth_max: usize) -> Result<usize> {
    match Checker::<DEPTH_USUAL>::new(input).value(depth_max.min(DEPTH_USUAL)) {
        Err(error) if error.kind == Kind::TooDeep && depth_max > DEPTH_USUAL => {
            Checker::<DEPTH_MAX>::new(input).value(depth_max)
        }
        result => result,
    }
}

/// The name of the last member read in an object.
#[derive(Clone, Copy)]
struct Name {
    /// Its first eight bytes as they are spelled, padded with zeros, as a big-endian number: numbers sort as the bytes.
    /// No name holds a zero byte.
    head: u64,
    /// Offset of its first byte. 0 before the first member: no name can start there.
    start: usize,
    /// Offset of its closing quote.
    end: usize,
}

impl Name {
    const NONE: Self = Self { head: 0, start: 0, end: 0 };

    /// Stands for the head of a name with escapes, whose spelling does not sort as the name does: it is above every other
    /// head, and neither it nor the name after it is judged by heads alone.
    const ESCAPED: u64 = u64::MAX;
}

/// An array or object that is open.
#[derive(Clone, Copy)]
struct Container {
    is_object: bool,
    /// The last member read, of an object.
    name: Name,
}

struct Checker<'a, const DEPTH: usize> {
    input: &'a [u8],
    scanner: Scanner<'a>,
    /// What is open around the innermost container, from the outside in.
    outer: [Container; DEPTH],
}

impl<'a, const DEPTH: usize> Checker<'a, DEPTH> {
    fn new(input: &'a [u8]) -> Self {
        let outer = [Container { is_object: false, name: Name::NONE }; DEPTH];
        Self { input, scanner: Scanner::new(input), outer }
    }

    #[inline(always)]
    fn byte(&self, at: usize) -> Option<u8> {
        self.input.get(at).copied()
    }

    /// Refuses what stands between two tokens.
    #[cold]
    fn fault<T>(&self, at: usize) -> Result<T> {
        match self.byte(at) {
            Some(byte) if token::is_white_space(byte) => refuse(Kind::WhiteSpace, at),
            _ => token::unexpected(self.input, at),
        }
    }

    /// Checks the value at the start of the input. Returns the offset behind it.
    fn value(&mut self, depth_max: usize) -> Result<usize> {
        let mut at = 0;
        let mut depth = 0;
        let mut inner = Container { is_object: false, name: Name::NONE };
        loop {
            at = match self.byte(at) {
                Some(b'"') => self.string(at + 1)? + 1,
                Some(b'-' | b'0'..=b'9') => self.integer(at)?,
                Some(bracket @ (b'{' | b'[')) => {
                    if depth >= depth_max {
                        return refuse(Kind::TooDeep, at);
                    }
                    let is_object = bracket == b'{';
                    if self.byte(at + 1) == Some(closing(is_object)) {
                        at + 2
                    } else {
                        if let Some(place) = self.outer.get_mut(depth) {
                            *place = inner;
                        }
                        depth += 1;
                        at += 1;
                        inner = Container { is_object, name: Name::NONE };
                        if is_object {
                            at = self.name(at, &mut inner.name, depth)?;
                        }
                        continue;
                    }
                }
                Some(b't') => token::literal(self.input, at, b"true")?,
                Some(b'f') => token::literal(self.input, at, b"false")?,
                Some(b'n') => token::literal(self.input, at, b"null")?,
                _ => return self.fault(at),
            };
            // Behind a value: the ends of what it completes, then a comma.
            loop {
                if depth == 0 {
                    return Ok(at);
                }
                let byte = self.byte(at);
                if byte == Some(b',') {
                    at += 1;
                    if inner.is_object {
                        at = self.name(at, &mut inner.name, depth)?;
                    }
                    break;
                }
                if byte != Some(closing(inner.is_object)) {
                    return self.fault(at);
                }
                at += 1;
                depth -= 1;
                if let Some(container) = self.outer.get(depth) {
                    inner = *container;
                }
            }
        }
    }

    /// Checks a name that should start at `at` behind `last`, and the colon that follows. Returns the offset behind the
    /// colon; the name becomes `last`.
    #[inline(always)]
    fn name(&mut self, at: usize, last: &mut Name, depth: usize) -> Result<usize> {
        if self.byte(at) != Some(b'"') {
            return self.fault(at);
        }
        let start = at + 1;
        let plain = self.scanner.next(start);
        let name = if self.byte(plain) == Some(b'"') {
            Name { head: self.head(start, plain), start, end: plain }
        } else {
            Name { head: Name::ESCAPED, start, end: self.rest_of_string(plain)? }
        };
        if name.head <= last.head || name.head == Name::ESCAPED {
            self.order(*last, name, depth)?;
        }
        *last = name;
        let colon = name.end + 1;
        if self.byte(colon) != Some(b':') {
            return self.fault(colon);
        }
        Ok(colon + 1)
    }

    /// [`Name::head`] of a name without escapes.
    #[inline(always)]
    fn head(&self, start: usize, end: usize) -> u64 {
        let rest = self.input.get(start..).unwrap_or_default();
        let head = match rest.first_chunk() {
            Some(bytes) => u64::from_be_bytes(*bytes),
            None => rest
                .iter()
                .take(8)
                .enumerate()
                .fold(0, |head, (at, byte)| head | u64::from(*byte) << (56 - 8 * at)),
        };
        let length = end - start;
        if length < 8 { head & !(u64::MAX >> (8 * length)) } else { head }
    }

    /// Compares two names in full.
    fn order(&self, before: Name, name: Name, depth: usize) -> Result<()> {
        if before.start == 0 {
            return Ok(());
        }
        let earlier = self.input.get(before.start..before.end).unwrap_or_default();
        let later = self.input.get(name.start..name.end).unwrap_or_default();
        let opening_quote = name.start - 1;
        match order::compare(earlier, later) {
            Ordering::Less => Ok(()),
            Ordering::Equal => refuse(Kind::DuplicateMember, opening_quote),
            // The name may be one that stands further up: that is the graver fault, and reading refuses it too.
            Ordering::Greater
                if order::has_member(self.input.get(..opening_quote).unwrap_or_default(), depth, later) =>
            {
                refuse(Kind::DuplicateMember, opening_quote)
            }
            Ordering::Greater => {
                refuse(Kind::UnsortedMember, name.start + order::common_prefix(earlier, later))
            }
        }
    }

    /// Checks a string from behind its opening quote. Returns the offset of its closing quote.
    #[inline(always)]
    fn string(&mut self, start: usize) -> Result<usize> {
        let plain = self.scanner.next(start);
        if self.byte(plain) == Some(b'"') { Ok(plain) } else { self.rest_of_string(plain) }
    }

    /// Checks a string from `at` on, the first byte of it that is not a plain character. Returns the offset of its closing
    /// quote.
    fn rest_of_string(&mut self, mut at: usize) -> Result<usize> {
        loop {
            match self.byte(at) {
                Some(b'"') => return Ok(at),
                Some(b'\\') => at = self.scanner.next(self.escape(at)?),
                Some(0..0x20) => return refuse(Kind::ControlCharacter, at),
                Some(_) => return self.unescaped(at),
                None => return refuse(Kind::UnexpectedEnd, at),
            }
        }
    }

    /// Checks that the escape at `at` is canonical. Returns the offset behind it.
    fn escape(&self, at: usize) -> Result<usize> {
        let rest = self.input.get(at..).unwrap_or_default();
        spelling::canonical_escape_length(rest)
            .map_or_else(|| self.unusual_escape(at), |length| Ok(at + length))
    }

    /// Checks an escape by writing its character again.
    #[cold]
    fn unusual_escape(&self, at: usize) -> Result<usize> {
        let (character, end) = token::escape(self.input, at)?;
        let found = self.input.get(at..end).unwrap_or_default();
        match Spelling::of(character)
            .as_bytes()
            .iter()
            .zip(found)
            .position(|(canonical, found)| canonical != found)
        {
            None => Ok(end),
            Some(differs) => refuse(Kind::EscapeSpelling, at + differs),
        }
    }

    /// Refuses a byte from 0x7f on, as the start of a character that the canonical form escapes or of none at all.
    #[cold]
    fn unescaped<T>(&self, at: usize) -> Result<T> {
        let rest = self.input.get(at..).unwrap_or_default();
        let character = rest.get(..4).unwrap_or(rest);
        match std::str::from_utf8(character) {
            Err(error) if error.valid_up_to() == 0 => refuse(Kind::InvalidUtf8, at),
            _ => refuse(Kind::UnescapedCharacter, at),
        }
    }

    /// Checks an integer. Returns the offset behind it.
    #[inline(always)]
    fn integer(&self, at: usize) -> Result<usize> {
        let rest = self.input.get(at..).unwrap_or_default();
        if let Some(bytes) = rest.first_chunk() {
            // Up to eight digits are within the range.
            let length = leading_digits(u64::from_le_bytes(*bytes));
            if let (Some(b'1'..=b'9'), Some(b',' | b'}' | b']')) = (rest.first(), rest.get(length)) {
                return Ok(at + length);
            }
        }
        token::integer(self.input, at).map(|(_, end)| end)
    }
}

fn closing(is_object: bool) -> u8 {
    if is_object { b'}' } else { b']' }
}

/// How many of eight bytes, the lowest first, are digits before the first that is none.
fn leading_digits(bytes: u64) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // A digit is now 0 to 9 in its byte, and stays below 0x80 with 0x76 added. What a byte above the first that is no digit
    // becomes does not matter.
    let from_zero = bytes ^ (ONES * 0x30);
    let no_digit = (from_zero | from_zero.wrapping_add(ONES * 0x76)) & (ONES * 0x80);
    no_digit.trailing_zeros() as usize / 8
}
