//! The strict reader: iterative, bounded, nothing repaired.

use std::collections::BTreeMap;

use super::error::CanonicalErrorKind as Kind;
use super::limits::Limits;
use super::scan;
use super::token::{self, Result, refuse, unexpected};
use super::value::Value;

/// Reads one document of the profile, white space around its tokens allowed.
///
/// Works without recursion, in memory proportional to the input.
///
/// # Errors
/// The first fault of the input, as [`CanonicalErrorKind`](super::CanonicalErrorKind) describes it. Spelling faults
/// ([`is_spelling`](super::CanonicalErrorKind::is_spelling)) are not faults here.
pub fn read(input: &[u8], limits: &Limits) -> Result<Value> {
    token::preamble(input, limits)?;
    let mut reader = Reader { input, at: 0, depth_max: limits.depth(), open: Vec::new() };
    let value = reader.document()?;
    reader.skip_white_space();
    if reader.at < input.len() {
        return refuse(Kind::TrailingBytes, reader.at);
    }
    Ok(value)
}

/// An array or object whose end has not been read yet.
enum Open {
    Array(Vec<Value>),
    /// The members read, and the name of the one that is being read.
    Object(BTreeMap<String, Value>, String),
}

struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    depth_max: usize,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    fn skip_white_space(&mut self) {
        while self.peek().is_some_and(token::is_white_space) {
            self.at += 1;
        }
    }

    /// Skips white space, then steps over `byte` if it is next.
    fn take(&mut self, byte: u8) -> bool {
        self.skip_white_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn document(&mut self) -> Result<Value> {
        loop {
            let Some(mut value) = self.start_value()? else {
                continue;
            };
            // A value is complete: hand it to what is open, which may complete that in turn.
            loop {
                match self.open.pop() {
                    None => return Ok(value),
                    Some(Open::Array(mut items)) => {
                        items.push(value);
                        if self.take(b']') {
                            value = Value::Array(items);
                            continue;
                        }
                        if !self.take(b',') {
                            return unexpected(self.input, self.at);
                        }
                        self.open.push(Open::Array(items));
                    }
                    Some(Open::Object(mut members, name)) => {
                        members.insert(name, value);
                        if self.take(b'}') {
                            value = Value::Object(members);
                            continue;
                        }
                        if !self.take(b',') {
                            return unexpected(self.input, self.at);
                        }
                        let name = self.name(&members)?;
                        self.open.push(Open::Object(members, name));
                    }
                }
                break;
            }
        }
    }

    /// Reads a scalar or an empty array or object; opens any other and returns `None`.
    fn start_value(&mut self) -> Result<Option<Value>> {
        self.skip_white_space();
        let value = match self.peek() {
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => {
                let (integer, end) = token::integer(self.input, self.at)?;
                self.at = end;
                Value::Int(integer)
            }
            Some(b't') => self.literal(b"true", Value::Bool(true))?,
            Some(b'f') => self.literal(b"false", Value::Bool(false))?,
            Some(b'n') => self.literal(b"null", Value::Null)?,
            Some(b'[') => {
                self.descend()?;
                if !self.take(b']') {
                    self.open.push(Open::Array(Vec::new()));
                    return Ok(None);
                }
                Value::Array(Vec::new())
            }
            Some(b'{') => {
                self.descend()?;
                if !self.take(b'}') {
                    let name = self.name(&BTreeMap::new())?;
                    self.open.push(Open::Object(BTreeMap::new(), name));
                    return Ok(None);
                }
                Value::Object(BTreeMap::new())
            }
            _ => return unexpected(self.input, self.at),
        };
        Ok(Some(value))
    }

    /// Steps over an opening bracket.
    fn descend(&mut self) -> Result<()> {
        if self.open.len() >= self.depth_max {
            return refuse(Kind::TooDeep, self.at);
        }
        self.at += 1;
        Ok(())
    }

    fn literal(&mut self, literal: &[u8], value: Value) -> Result<Value> {
        self.at = token::literal(self.input, self.at, literal)?;
        Ok(value)
    }

    /// Reads a member's name and the colon behind it.
    fn name(&mut self, members: &BTreeMap<String, Value>) -> Result<String> {
        self.skip_white_space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return unexpected(self.input, start);
        }
        let name = self.string()?;
        if members.contains_key(&name) {
            return refuse(Kind::DuplicateMember, start);
        }
        if !self.take(b':') {
            return unexpected(self.input, self.at);
        }
        Ok(name)
    }

    /// Reads the string whose opening quote is next.
    fn string(&mut self) -> Result<String> {
        let mut text = String::new();
        let mut at = self.at + 1;
        loop {
            let rest = self.input.get(at..).unwrap_or_default();
            let plain = scan::plain_length(rest);
            let ends = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
            let length = rest.iter().skip(plain).position(ends).map_or(rest.len(), |more| plain + more);
            let run = rest.get(..length).unwrap_or_default();
            match std::str::from_utf8(run) {
                Ok(run) => text.push_str(run),
                Err(error) => return refuse(Kind::InvalidUtf8, at + error.valid_up_to()),
            }
            at += run.len();
            match self.input.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    let (character, end) = token::escape(self.input, at)?;
                    text.push(character);
                    at = end;
                }
                Some(_) => return refuse(Kind::ControlCharacter, at),
                None => return refuse(Kind::UnexpectedEnd, at),
            }
        }
    }
}
