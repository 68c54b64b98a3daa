//! A reader of closed schemas over bytes that are known to be canonical.
//!
//! Canonical members are sorted, so the members of a closed schema can come in one order only. The reader asks for them
//! in that order and compares names where they stand; it builds no tree, and a path is put together only for an error.
//! Errors carry paths relative to the value being read; each level adds its own name on the way out.

use std::borrow::Cow;

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::schema::{SchemaError, SchemaErrorKind, is_member_name};

use crate::LicenceError;
use crate::limits::DEPTH_MAX;

/// Most characters of a foreign name in an error.
const SHOWN_CHARS_MAX: usize = 64;

/// A position in canonical bytes.
#[derive(Debug)]
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    /// Starts at the first byte of a canonical document.
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Steps over `token` if it is next.
    fn take(&mut self, token: &[u8]) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// The refusal of the value that is next, for its type.
    fn wrong_type(&self, expected: &'static str) -> LicenceError {
        let found = match self.rest().first() {
            Some(b'"') => "string",
            Some(b'{') => "object",
            Some(b'[') => "array",
            Some(b't' | b'f') => "boolean",
            Some(b'n') => "null",
            _ => "integer",
        };
        schema_error(String::new(), SchemaErrorKind::WrongType { expected, found })
    }

    /// Reads a string.
    pub(crate) fn string(&mut self) -> Result<Cow<'b, str>, LicenceError> {
        let body = self.rest().strip_prefix(b"\"").ok_or_else(|| self.wrong_type("string"))?;
        let plain = body.iter().position(|&byte| byte == b'"' || byte == b'\\');
        if let Some((plain, b"\"")) =
            plain.and_then(|plain| Some((body.get(..plain)?, body.get(plain..=plain)?)))
            && let Ok(text) = std::str::from_utf8(plain)
        {
            self.at += text.len() + 2;
            return Ok(Cow::Borrowed(text));
        }
        let escaped = self.raw_string().ok_or_else(|| self.wrong_type("string"))?;
        match canonical::read(escaped, &Limits { bytes_max: escaped.len(), depth_max: 0 })? {
            Value::String(text) => {
                self.at += escaped.len();
                Ok(Cow::Owned(text))
            }
            _ => Err(self.wrong_type("string")),
        }
    }

    /// Reads a string of exactly `bytes` plain characters if it is one that `parse` takes; otherwise stays where it is.
    ///
    /// `parse` must refuse quotes and backslashes.
    pub(crate) fn plain<T>(&mut self, bytes: usize, parse: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        let (text, rest) = self.rest().strip_prefix(b"\"")?.split_at_checked(bytes)?;
        let value = parse(text).filter(|_| rest.starts_with(b"\""))?;
        self.at += bytes + 2;
        Some(value)
    }

    /// The string that is next as it is spelled, with its quotes.
    fn raw_string(&self) -> Option<&'b [u8]> {
        let rest = self.rest();
        let body = rest.strip_prefix(b"\"")?;
        let mut escaped = false;
        let end = body.iter().position(|&byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        })?;
        rest.get(..end + 2)
    }

    /// Reads an integer.
    pub(crate) fn integer(&mut self) -> Result<i64, LicenceError> {
        let rest = self.rest();
        let digits = rest.strip_prefix(b"-").unwrap_or(rest);
        let (mut magnitude, mut length) = (0_i64, 0);
        for digit in digits.iter().map(|byte| byte.wrapping_sub(b'0')).take_while(|digit| *digit < 10) {
            // Canonical integers have at most 16 digits.
            magnitude = magnitude.saturating_mul(10).saturating_add(i64::from(digit));
            length += 1;
        }
        if length == 0 {
            return Err(self.wrong_type("integer"));
        }
        self.at += rest.len() - digits.len() + length;
        Ok(if digits.len() < rest.len() { -magnitude } else { magnitude })
    }

    /// Steps over an object and hands back its bytes, unread.
    pub(crate) fn raw_object(&mut self) -> Result<&'b [u8], LicenceError> {
        let rest = self.rest();
        if !rest.starts_with(b"{") {
            return Err(self.wrong_type("object"));
        }
        let limits = Limits { bytes_max: rest.len(), depth_max: DEPTH_MAX };
        let length = canonical::check_prefix(rest, &limits)?;
        self.at += length;
        Ok(rest.get(..length).unwrap_or_default())
    }

    /// Steps over `null` if it is next.
    pub(crate) fn null(&mut self) -> bool {
        self.take(b"null")
    }

    /// Reads an array of at most `max` and at least `min` items.
    pub(crate) fn array<T>(
        &mut self,
        min: usize,
        max: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, LicenceError>,
    ) -> Result<Vec<T>, LicenceError> {
        if !self.take(b"[") {
            return Err(self.wrong_type("array"));
        }
        let length = || LicenceError::ListLength { path: String::new(), min, max };
        let mut items = Vec::new();
        while !self.take(b"]") {
            self.take(b",");
            if items.len() >= max {
                return Err(length());
            }
            let before = self.rest().len();
            let read = item(self).map_err(|error| error.within_item(items.len()))?;
            if items.is_empty() {
                // The items of a list are about as long as its first.
                let left = self.rest().len();
                items.reserve((1 + left / (before - left).max(1)).min(max));
            }
            items.push(read);
        }
        if items.len() < min { Err(length()) } else { Ok(items) }
    }

    /// Reads an object whose members are all among `names`, which ascend.
    pub(crate) fn object<T>(
        &mut self,
        names: &'static [&'static str],
        read: impl FnOnce(&mut Members<'_, 'b>) -> Result<T, LicenceError>,
    ) -> Result<T, LicenceError> {
        if !self.take(b"{") {
            return Err(self.wrong_type("object"));
        }
        let mut members = Members { reader: self, names };
        let value = read(&mut members)?;
        if !members.reader.take(b"}") {
            return Err(members.refusal(None));
        }
        Ok(value)
    }
}

/// The members of an object that is being read, to be asked for in ascending order.
#[derive(Debug)]
pub(crate) struct Members<'r, 'b> {
    reader: &'r mut Reader<'b>,
    names: &'static [&'static str],
}

impl<'b> Members<'_, 'b> {
    /// Reads a required member.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'b>) -> Result<T, LicenceError>,
    ) -> Result<T, LicenceError> {
        self.optional(name, read)?.ok_or_else(|| self.refusal(Some(name)))
    }

    /// Reads a member that may be left out.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Reader<'b>) -> Result<T, LicenceError>,
    ) -> Result<Option<T>, LicenceError> {
        debug_assert!(self.names.contains(&name), "{name} is not among the names of the schema");
        if !self.enter(name) {
            return Ok(None);
        }
        read(self.reader).map(Some).map_err(|error| error.within(name))
    }

    /// Reads members, and returns how they are spelled too.
    pub(crate) fn spelled<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, LicenceError>,
    ) -> Result<(T, &'b [u8]), LicenceError> {
        let before = self.reader.rest();
        let value = read(self)?;
        let text = before.get(..before.len() - self.reader.rest().len()).unwrap_or_default();
        Ok((value, text))
    }

    /// Steps over members that are spelled like others, which were read: `text` is theirs, and ends where a value ends that cannot go on.
    pub(crate) fn repeats(&mut self, text: &[u8]) -> bool {
        text.ends_with(b"\"") && self.reader.take(text)
    }

    /// Steps to the value of the next member if it has this name.
    fn enter(&mut self, name: &str) -> bool {
        let rest = self.reader.rest();
        let found = rest
            .strip_prefix(b",")
            .unwrap_or(rest)
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_prefix(name.as_bytes()))
            .and_then(|rest| rest.strip_prefix(b"\":"));
        if let Some(value) = found {
            self.reader.at += rest.len() - value.len();
        }
        found.is_some()
    }

    /// Why the object is refused at this place: a member that no schema or not this one has, or else `missing`.
    fn refusal(&mut self, missing: Option<&'static str>) -> LicenceError {
        self.reader.take(b",");
        let next = self.reader.string().ok();
        let name = next.filter(|name| missing.is_none() || !self.names.contains(&name.as_ref()));
        let Some(name) = name else {
            return schema_error(missing.unwrap_or_default().to_owned(), SchemaErrorKind::MissingMember);
        };
        let kind = if self.names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            SchemaErrorKind::CaseVariant
        } else if is_member_name(&name) {
            SchemaErrorKind::UnknownMember
        } else {
            SchemaErrorKind::MemberName
        };
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '?' };
        schema_error(name.chars().take(SHOWN_CHARS_MAX).map(plain).collect(), kind)
    }
}

fn schema_error(path: String, kind: SchemaErrorKind) -> LicenceError {
    SchemaError { path, kind }.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ztp_core::Coded as _;

    use super::*;
    use crate::format::Format;
    use crate::licence::Licence;

    fn refusal(bytes: &str, names: &'static [&'static str], ask: &[&'static str]) -> (&'static str, String) {
        let read = |members: &mut Members<'_, '_>| {
            for name in ask {
                members.required(name, Reader::integer)?;
            }
            Ok(())
        };
        let error = Reader::new(bytes.as_bytes()).object(names, read).unwrap_err();
        (error.code(), error.path().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_value_of_another_type_is_named_by_the_type_it_has() {
        for (value, found) in [
            ("\"a\"", "string"),
            ("{}", "object"),
            ("[]", "array"),
            ("true", "boolean"),
            ("false", "boolean"),
            ("null", "null"),
            ("7", "integer"),
            ("-7", "integer"),
        ] {
            let said = |error: LicenceError, expected: &str| {
                assert_eq!(error.code(), "schema_wrong_type", "{value}");
                let words = format!("expected {expected}, found {found}");
                assert!(error.to_string().contains(&words), "{value}: {error}");
            };
            if found != "integer" {
                said(Reader::new(value.as_bytes()).integer().unwrap_err(), "integer");
            }
            if found != "string" {
                said(Reader::new(value.as_bytes()).string().unwrap_err(), "string");
            }
        }
    }

    #[test]
    fn members_out_of_the_schema_are_named_whatever_their_place() {
        let refused = |bytes| refusal(bytes, &["b", "d"], &["b", "d"]);
        let error = |code, path: &str| (code, path.to_owned());
        assert_eq!(refused(r#"{"a":0,"b":1,"d":2}"#), error("schema_unknown_member", "a"));
        assert_eq!(refused(r#"{"b":1,"c":0,"d":2}"#), error("schema_unknown_member", "c"));
        assert_eq!(refused(r#"{"b":1,"d":2,"e":0}"#), error("schema_unknown_member", "e"));
        assert_eq!(refused(r#"{"B":0,"b":1,"d":2}"#), error("schema_case_variant", "B"));
        assert_eq!(refused(r#"{"\u00e9":0,"b":1,"d":2}"#), error("schema_member_name", "?"));
        assert_eq!(refused(r#"{"b":1,"d":2,"x-\n":0}"#), error("schema_member_name", "x??"));
        assert_eq!(refused(r#"{"b\"":1,"d":2}"#), error("schema_member_name", "b?"));
        assert_eq!(refused(r#"{"d":2}"#), error("schema_missing_member", "b"));
        assert_eq!(refused(r#"{"b":1}"#), error("schema_missing_member", "d"));
        assert_eq!(refused("{}"), error("schema_missing_member", "b"));
        assert_eq!(refused(r#"{"b":"1","d":2}"#), error("schema_wrong_type", "b"));
        assert_eq!(refused("[]"), error("schema_wrong_type", ""));
        let long = format!(r#"{{"a{}":0,"b":1,"d":2}}"#, "x".repeat(100));
        assert_eq!(refused(&long).1.len(), SHOWN_CHARS_MAX);
    }

    #[test]
    fn wrong_types_are_named() {
        for (bytes, found) in [
            ("1", "integer"),
            ("-1", "integer"),
            ("true", "boolean"),
            ("null", "null"),
            ("[]", "array"),
            ("{}", "object"),
        ] {
            let error = Reader::new(bytes.as_bytes()).string().unwrap_err();
            assert_eq!(
                error.to_string().split(':').nth(1),
                Some(format!(" expected string, found {found}").as_str())
            );
        }
        assert_eq!(Reader::new(br#""1""#).integer().unwrap_err().code(), "schema_wrong_type");
        assert_eq!(Reader::new(b"-").integer().unwrap_err().code(), "schema_wrong_type");
    }

    #[test]
    fn lists_hold_at_their_bounds() {
        let read = |bytes: &str| Reader::new(bytes.as_bytes()).array(1, 2, Reader::integer);
        assert_eq!(read("[1]").unwrap(), [1]);
        assert_eq!(read("[1,2]").unwrap(), [1, 2]);
        assert_eq!(read("[]").unwrap_err().code(), "licence_list_length");
        assert_eq!(read("[1,2,3]").unwrap_err().code(), "licence_list_length");
        assert_eq!(read(r#"[1,"2"]"#).unwrap_err().path(), Some("[1]"));
        assert_eq!(read("{}").unwrap_err().code(), "schema_wrong_type");
    }

    proptest! {
        #[test]
        fn scalars_are_the_ones_the_strict_reader_finds(
            text in any::<String>(),
            integer in -canonical::INTEGER_MAX..=canonical::INTEGER_MAX,
        ) {
            let bytes = canonical::write(&Value::Array(vec![text.as_str().into(), integer.into()])).unwrap();
            let mut reader = Reader::new(&bytes);
            prop_assert!(reader.take(b"["));
            prop_assert_eq!(reader.string().unwrap(), text);
            prop_assert!(reader.take(b","));
            prop_assert_eq!(reader.integer().unwrap(), integer);
            prop_assert!(reader.take(b"]") && reader.rest().is_empty());
        }

        /// The reader is given canonical bytes only; should that ever fail, it refuses rather than panics or hangs.
        #[test]
        fn bytes_of_any_kind_are_survived(bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[\\[\\]{}:,\"\\\\a-c0-9-]{0,40}".prop_map(String::into_bytes),
        ]) {
            for format in Format::ALL {
                prop_assert!(Licence::read(&bytes, format).is_err());
            }
            let _ = Reader::new(&bytes).raw_object();
            let _ = Reader::new(&bytes).array(0, 9, Reader::string);
            let _ = Reader::new(&bytes).array(0, 9, Reader::integer);
        }
    }
}
