//! Reading and making the canonical JSON documents that operations exchange.

use ztp_core::canonical::{self, Limits, Value};

/// Largest document an operation returns: a verdict with all the breaks it may list stays far below.
const LIMITS: Limits = Limits { bytes_max: 256 << 20, depth_max: 64 };

/// A document with lookups that never fail loudly: a member that is not there is `None`.
#[derive(Debug)]
pub(crate) struct Document(Value);

impl Document {
    /// Reads a document of an operation; anything unreadable becomes `null`, in which every lookup finds nothing.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        Self(canonical::read(bytes, &LIMITS).unwrap_or(Value::Null))
    }

    /// A value that was read already.
    pub(crate) fn of(value: Value) -> Self {
        Self(value)
    }

    /// The value, if the bytes were a document.
    pub(crate) fn into_value(self) -> Option<Value> {
        Some(self.0).filter(|value| *value != Value::Null)
    }

    /// The value at a path of member names.
    pub(crate) fn value(&self, path: &[&str]) -> Option<&Value> {
        member(&self.0, path)
    }

    /// The string at a path.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        text(&self.0, path)
    }

    /// The integer at a path.
    pub(crate) fn integer(&self, path: &[&str]) -> Option<i64> {
        integer(&self.0, path)
    }

    /// The elements of the array at a path; none if it is not there.
    pub(crate) fn array(&self, path: &[&str]) -> &[Value] {
        self.value(path).and_then(Value::as_array).unwrap_or_default()
    }
}

/// The value at a path below `value`.
pub(crate) fn member<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |inside, name| inside.get(name))
}

/// The string at a path below `value`.
pub(crate) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    member(value, path)?.as_str()
}

/// The integer at a path below `value`.
pub(crate) fn integer(value: &Value, path: &[&str]) -> Option<i64> {
    member(value, path)?.as_int()
}

/// A string value.
pub(crate) fn string(text: impl Into<String>) -> Value {
    Value::String(text.into())
}

/// An object of the members that are there.
pub(crate) fn object<'n>(members: impl IntoIterator<Item = (&'n str, Option<Value>)>) -> Value {
    Value::object(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

/// Canonical bytes of a value made by this command; `null` for one that has none, which no operation takes for an answer.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    canonical::write(value).unwrap_or_else(|_| b"null".to_vec())
}
