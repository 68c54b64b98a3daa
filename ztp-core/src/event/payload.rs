//! Reading the members of a payload.

use crate::Coded;
use crate::canonical::Value;
use crate::digest::Digest;
use crate::schema::{Fields, SchemaError};

/// A payload that is not one of its class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// A member is missing, unknown or of another type.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A member has the right type and a value that the class does not allow.
    #[error("{path}: expected {expected}")]
    Value {
        /// Where the member is.
        path: String,
        /// What the class allows there.
        expected: &'static str,
    },
}

impl Coded for PayloadError {
    fn code(&self) -> &'static str {
        match self {
            Self::Schema(error) => error.code(),
            Self::Value { .. } => "event_payload_value",
        }
    }
}

/// A member's value is not one that its class allows.
pub(super) fn refuse(fields: &Fields<'_>, name: &str, expected: &'static str) -> PayloadError {
    PayloadError::Value { path: fields.path_of(name), expected }
}

/// A member that may be left out or `null`: a string.
pub(super) fn text(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<String>, PayloadError> {
    match fields.optional(name)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(refuse(fields, name, "a string or null")),
    }
}

/// A member that may be left out or `null`: an integer from 0.
pub(super) fn count(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<u64>, PayloadError> {
    match fields.optional(name)? {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let found = value.as_int().and_then(|found| u64::try_from(found).ok());
            found.map(Some).ok_or_else(|| refuse(fields, name, "an integer from 0, or null"))
        }
    }
}

/// A member that may be left out or `null`: a SHA-256 digest.
pub(super) fn digest(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<Digest>, PayloadError> {
    match text(fields, name)? {
        None => Ok(None),
        Some(hex) => Digest::from_hex(&hex)
            .map(Some)
            .map_err(|_| refuse(fields, name, "64 lower-case hexadecimal digits, or null")),
    }
}

/// Adds a member unless there is none.
pub(super) fn put<V: Into<Value>>(
    members: &mut Vec<(&'static str, Value)>,
    name: &'static str,
    value: Option<V>,
) {
    if let Some(value) = value {
        members.push((name, value.into()));
    }
}

/// An integer of the profile; what is beyond it is written as the largest, and read back as that.
pub(super) fn integer(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX).min(crate::canonical::INTEGER_MAX))
}

/// Declares an enum whose variants have fixed texts.
macro_rules! words {
    ($(#[$about:meta])* $name:ident, $expected:literal { $($(#[doc = $meaning:literal])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            /// What a reader is told when a text is none of them.
            pub const EXPECTED: &'static str = $expected;

            /// The text that payloads carry.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value with this text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<$name> for $crate::canonical::Value {
            fn from(value: $name) -> Self {
                Self::from(value.as_str())
            }
        }
    };
}
pub(super) use words;
