//! The members of a payload in canonical form, without building a document.
//!
//! The quick way: it gives up (`None`) at everything that is not plain, and then [`ztp_core::canonical::read`] and the closed
//! schemas of [`ztp_core::event`] decide. What it accepts, they accept with the same meaning; a test holds it to that.

use ztp_core::canonical::{Limits, check_prefix};

/// A value as it stands in the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// A string of printable ASCII without escapes.
    Text(Ascii<'a>),
    /// An object, unread.
    Object,
}

/// Printable ASCII: made text only where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ascii<'a>(&'a [u8]);

impl<'a> Ascii<'a> {
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn text(self) -> &'a str {
        std::str::from_utf8(self.0).unwrap_or_default()
    }
}

/// Reads members one after the other.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    rest: &'a [u8],
    last: &'a [u8],
    first: bool,
}

impl<'a> Members<'a> {
    pub(crate) fn open(payload: &'a [u8]) -> Option<Self> {
        Some(Self { rest: payload.strip_prefix(b"{")?, last: b"", first: true })
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next member, `Some(None)` at the end of the payload.
    pub(crate) fn next(&mut self) -> Option<Option<(&'a [u8], Plain<'a>)>> {
        if self.rest == b"}" {
            return Some(None);
        }
        if !self.first {
            self.rest = self.rest.strip_prefix(b",")?;
        }
        let name = text(&mut self.rest)?.bytes();
        if !self.first && name <= self.last {
            return None;
        }
        (self.first, self.last) = (false, name);
        self.rest = self.rest.strip_prefix(b":")?;
        let value = self.value()?;
        Some(Some((name, value)))
    }

    fn value(&mut self) -> Option<Plain<'a>> {
        match self.rest.first()? {
            b'"' => text(&mut self.rest).map(Plain::Text),
            b'n' => self.word(b"null", Plain::Null),
            b't' => self.word(b"true", Plain::Bool(true)),
            b'f' => self.word(b"false", Plain::Bool(false)),
            b'{' => {
                let length = check_prefix(self.rest, &Limits::default()).ok()?;
                self.rest = self.rest.get(length..)?;
                Some(Plain::Object)
            }
            b'0'..=b'9' => self.integer(),
            _ => None,
        }
    }

    fn word(&mut self, word: &'static [u8], value: Plain<'a>) -> Option<Plain<'a>> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(value)
    }

    /// Up to 15 digits, which never exceed the range of the profile.
    fn integer(&mut self) -> Option<Plain<'a>> {
        let digits = self.rest.iter().take(16).take_while(|byte| byte.is_ascii_digit()).count();
        let (text, rest) = self.rest.split_at_checked(digits)?;
        if digits > 15 || (digits > 1 && text.first() == Some(&b'0')) {
            return None;
        }
        self.rest = rest;
        Some(Plain::Int(text.iter().fold(0, |n, &byte| n * 10 + i64::from(byte - b'0'))))
    }
}

/// A string of printable ASCII without escapes.
fn text<'a>(rest: &mut &'a [u8]) -> Option<Ascii<'a>> {
    let inner = rest.strip_prefix(b"\"")?;
    let (text, after) = inner.split_at_checked(plain_length(inner))?;
    *rest = after.strip_prefix(b"\"")?;
    Some(Ascii(text))
}

/// Bytes before the first that is a quotation mark, a backslash or no printable ASCII; eight at a time.
fn plain_length(bytes: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH * 0x80;
    // The lowest bit set is right; those above it may come of a borrow.
    let equal = |word: u64, byte: u8| {
        let zero = word ^ (EACH * u64::from(byte));
        zero.wrapping_sub(EACH) & !zero
    };
    let (eights, rest) = bytes.as_chunks::<8>();
    for (place, eight) in eights.iter().enumerate() {
        let word = u64::from_le_bytes(*eight);
        let control = word.wrapping_sub(EACH * 0x20) & !word;
        let beyond = word.wrapping_add(EACH) | word;
        let stop = (equal(word, b'"') | equal(word, b'\\') | control | beyond) & HIGH;
        if stop != 0 {
            return place * 8 + usize::try_from(stop.trailing_zeros() / 8).unwrap_or(0);
        }
    }
    let plain = |&&byte: &&u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    bytes.len() - rest.len() + rest.iter().take_while(plain).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_ends_at_every_byte_that_is_not_plain_wherever_it_stands() {
        for len in 0..20 {
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b'~'; len];
                    bytes[at] = byte;
                    let plain = matches!(byte, 0x20..0x7f) && byte != b'"' && byte != b'\\';
                    assert_eq!(
                        plain_length(&bytes),
                        if plain { len } else { at },
                        "{byte:#x} at {at} of {len}"
                    );
                }
            }
        }
        assert_eq!(plain_length(b"ab\"\x00\xff\\"), 2);
    }
}
