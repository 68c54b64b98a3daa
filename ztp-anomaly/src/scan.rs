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
    /// A string without escapes.
    Text(&'a str),
    /// An object, unread.
    Object,
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

    /// The next member, `Some(None)` at the end of the payload.
    pub(crate) fn next(&mut self) -> Option<Option<(&'a [u8], Plain<'a>)>> {
        if self.rest == b"}" {
            return Some(None);
        }
        if !self.first {
            self.rest = self.rest.strip_prefix(b",")?;
        }
        let name = text(&mut self.rest)?.as_bytes();
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
fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let inner = rest.strip_prefix(b"\"")?;
    let end =
        inner.iter().position(|&byte| byte == b'"' || byte == b'\\' || !(0x20..0x7f).contains(&byte))?;
    let (text, after) = inner.split_at_checked(end)?;
    *rest = after.strip_prefix(b"\"")?;
    std::str::from_utf8(text).ok()
}
