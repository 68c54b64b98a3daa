//! Closed schemas: a document has exactly the members its format lists, each of its type.
//!
//! Readers that ignore what they do not know, or that match names without regard to case, can be made to disagree
//! about one signed document (`{"alg":"ed25519","ALG":"none"}`). Here every member is either asked for by its exact
//! name or refused.
//!
//! ```
//! use ztp_core::Coded;
//! use ztp_core::canonical::{self, Limits};
//! use ztp_core::schema::Fields;
//!
//! let document = canonical::read(br#"{"bench":"b-7","seats":3,"note":null}"#, &Limits::default())?;
//! let mut fields = Fields::open(&document, "licence")?;
//! assert_eq!(fields.string("bench")?, "b-7");
//! assert_eq!(fields.integer("seats")?, 3);
//!
//! // `note` was never asked for.
//! let refused = fields.finish().unwrap_err();
//! assert_eq!((refused.code(), refused.path.as_str()), ("schema_unknown_member", "licence.note"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use crate::canonical::Value;
use crate::code::{self, Coded};

/// Most bytes in the name of a member of a closed schema.
pub const NAME_BYTES_MAX: usize = 64;

/// A member that a closed schema refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {kind}: {}", code::by_name(.kind.code()).map_or("see the error codes", |entry| entry.action))]
pub struct SchemaError {
    /// Where the member is or should be: names from the document's own name down, joined by dots, array places as
    /// `[n]`. A name that is no member of any schema is shown without its special characters, and cut.
    pub path: String,
    /// What is wrong with it.
    pub kind: SchemaErrorKind,
}

/// What is wrong with a member of a closed schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaErrorKind {
    /// A value whose members were to be read is no object.
    #[error("expected an object, found {found}")]
    NotObject {
        /// The type found, as [`Value::type_name`] says it.
        found: &'static str,
    },
    /// A required member is not there.
    #[error("the member is missing")]
    MissingMember,
    /// A member that the schema does not know.
    #[error("the member is not part of the format")]
    UnknownMember,
    /// A member of another type than the schema says.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// The type that the schema says.
        expected: &'static str,
        /// The type found, as [`Value::type_name`] says it.
        found: &'static str,
    },
    /// A member that a file written by a person has and its format does not.
    #[error("there is no such member{}; there are {}", nearest.map_or_else(String::new, |name| format!(", did you mean {name}?")), allowed.join(", "))]
    Unlisted {
        /// Every member that there is.
        allowed: &'static [&'static str],
        /// The one whose name is nearest, if one is near.
        nearest: Option<&'static str>,
    },
    /// A member that differs from a known one in case only, whether the known one is there or not.
    #[error("the name differs from that of a known member in upper and lower case only")]
    CaseVariant,
    /// A member whose name no schema can have: not of the form `[a-z][a-z0-9_]{0,63}`.
    #[error("the name is not of the form [a-z][a-z0-9_]{{0,63}}")]
    MemberName,
}

impl SchemaErrorKind {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NotObject { .. } => "schema_not_object",
            Self::MissingMember => "schema_missing_member",
            Self::UnknownMember | Self::Unlisted { .. } => "schema_unknown_member",
            Self::WrongType { .. } => "schema_wrong_type",
            Self::CaseVariant => "schema_case_variant",
            Self::MemberName => "schema_member_name",
        }
    }
}

impl Coded for SchemaError {
    fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// Reads the members of one object, each once by name, and in the end refuses those that nobody asked for.
///
/// Members may be asked for in any order. Nothing is known to be refused before [`Fields::finish`].
#[derive(Debug)]
#[must_use = "members that the schema does not know are refused by finish()"]
pub struct Fields<'v> {
    path: String,
    members: &'v BTreeMap<String, Value>,
    /// The names asked for, whether they were there or not.
    known: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    /// Opens an object. `path` names it in errors, such as `licence` or what [`Fields::path_of`] returned.
    ///
    /// # Errors
    /// [`SchemaErrorKind::NotObject`] for a value of another type.
    pub fn open(value: &'v Value, path: impl Into<String>) -> Result<Self, SchemaError> {
        let path = path.into();
        match value {
            Value::Object(members) => Ok(Self { path, members, known: Vec::new() }),
            other => Err(SchemaError { path, kind: SchemaErrorKind::NotObject { found: other.type_name() } }),
        }
    }

    /// Opens an object that a person wrote, whose members are all listed: one that is not is refused at once, before others
    /// are found missing, with what there is and what its name is nearest to.
    ///
    /// # Errors
    /// As [`Fields::open`], [`SchemaErrorKind::CaseVariant`] and [`SchemaErrorKind::Unlisted`].
    pub fn open_listed(
        value: &'v Value,
        path: impl Into<String>,
        allowed: &'static [&'static str],
    ) -> Result<Self, SchemaError> {
        let fields = Self::open(value, path)?;
        let Some(name) = fields.members.keys().find(|name| !allowed.contains(&name.as_str())) else {
            return Ok(fields);
        };
        let kind = if allowed.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            SchemaErrorKind::CaseVariant
        } else {
            SchemaErrorKind::Unlisted { allowed, nearest: nearest(name, allowed) }
        };
        Err(fields.error(name, kind))
    }

    /// The path of the member `name`, for errors about its content and for opening it in turn.
    #[must_use]
    pub fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// A required member of any type, `null` included.
    ///
    /// # Errors
    /// [`SchemaErrorKind::MissingMember`], or [`SchemaErrorKind::CaseVariant`] at a member that differs in case only.
    pub fn value(&mut self, name: &'static str) -> Result<&'v Value, SchemaError> {
        self.optional(name)?.ok_or_else(|| self.error(name, SchemaErrorKind::MissingMember))
    }

    /// A member that may be left out, of any type.
    ///
    /// # Errors
    /// [`SchemaErrorKind::CaseVariant`] at a member that differs from this one in case only, when this one is not there.
    pub fn optional(&mut self, name: &'static str) -> Result<Option<&'v Value>, SchemaError> {
        debug_assert!(is_member_name(name), "{name} cannot be a member of a closed schema");
        self.known.push(name);
        let found = self.members.get(name);
        if found.is_none()
            && let Some(variant) = self.members.keys().find(|other| other.eq_ignore_ascii_case(name))
        {
            return Err(self.error(variant, SchemaErrorKind::CaseVariant));
        }
        Ok(found)
    }

    /// A required member that may be `null`, which is returned as `None`.
    ///
    /// # Errors
    /// Those of [`Fields::value`].
    pub fn nullable(&mut self, name: &'static str) -> Result<Option<&'v Value>, SchemaError> {
        Ok(Some(self.value(name)?).filter(|value| !value.is_null()))
    }

    /// A required string.
    ///
    /// # Errors
    /// Those of [`Fields::value`], and [`SchemaErrorKind::WrongType`].
    pub fn string(&mut self, name: &'static str) -> Result<&'v str, SchemaError> {
        let value = self.value(name)?;
        value.as_str().ok_or_else(|| self.wrong_type(name, "string", value))
    }

    /// A required integer, within the range of the profile when the document was read.
    ///
    /// # Errors
    /// Those of [`Fields::value`], and [`SchemaErrorKind::WrongType`].
    pub fn integer(&mut self, name: &'static str) -> Result<i64, SchemaError> {
        let value = self.value(name)?;
        value.as_int().ok_or_else(|| self.wrong_type(name, "integer", value))
    }

    /// A required boolean.
    ///
    /// # Errors
    /// Those of [`Fields::value`], and [`SchemaErrorKind::WrongType`].
    pub fn boolean(&mut self, name: &'static str) -> Result<bool, SchemaError> {
        let value = self.value(name)?;
        value.as_bool().ok_or_else(|| self.wrong_type(name, "boolean", value))
    }

    /// A required array. Its items are named `name[0]`, `name[1]` and so on in errors.
    ///
    /// # Errors
    /// Those of [`Fields::value`], and [`SchemaErrorKind::WrongType`].
    pub fn array(&mut self, name: &'static str) -> Result<&'v [Value], SchemaError> {
        let value = self.value(name)?;
        value.as_array().ok_or_else(|| self.wrong_type(name, "array", value))
    }

    /// A required object, opened.
    ///
    /// # Errors
    /// Those of [`Fields::value`], and [`SchemaErrorKind::WrongType`].
    pub fn object(&mut self, name: &'static str) -> Result<Fields<'v>, SchemaError> {
        let value = self.value(name)?;
        Self::open(value, self.path_of(name)).map_err(|_| self.wrong_type(name, "object", value))
    }

    /// A required string or `null`.
    ///
    /// # Errors
    /// Those of [`Fields::value`], and [`SchemaErrorKind::WrongType`].
    pub fn nullable_string(&mut self, name: &'static str) -> Result<Option<&'v str>, SchemaError> {
        let Some(value) = self.nullable(name)? else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| self.wrong_type(name, "string or null", value))
    }

    /// A required integer or `null`.
    ///
    /// # Errors
    /// Those of [`Fields::value`], and [`SchemaErrorKind::WrongType`].
    pub fn nullable_integer(&mut self, name: &'static str) -> Result<Option<i64>, SchemaError> {
        let Some(value) = self.nullable(name)? else { return Ok(None) };
        value.as_int().map(Some).ok_or_else(|| self.wrong_type(name, "integer or null", value))
    }

    /// Closes the object: every member must have been asked for.
    ///
    /// # Errors
    /// For the first member, by code point, that was not: [`SchemaErrorKind::CaseVariant`] if it differs from one asked for
    /// in case only, [`SchemaErrorKind::MemberName`] if no schema can have one of its name, and else
    /// [`SchemaErrorKind::UnknownMember`].
    pub fn finish(self) -> Result<(), SchemaError> {
        let Some(name) = self.members.keys().find(|name| !self.known.contains(&name.as_str())) else {
            return Ok(());
        };
        let kind = if self.known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            SchemaErrorKind::CaseVariant
        } else if is_member_name(name) {
            SchemaErrorKind::UnknownMember
        } else {
            SchemaErrorKind::MemberName
        };
        Err(self.error(name, kind))
    }

    fn error(&self, name: &str, kind: SchemaErrorKind) -> SchemaError {
        SchemaError { path: self.path_of(&shown(name)), kind }
    }

    fn wrong_type(&self, name: &str, expected: &'static str, value: &Value) -> SchemaError {
        self.error(name, SchemaErrorKind::WrongType { expected, found: value.type_name() })
    }
}

/// The name that the fewest changes of a letter make of another, if they are few: at most one in three letters.
#[must_use]
pub fn nearest(name: &str, names: &'static [&'static str]) -> Option<&'static str> {
    let near = names.iter().map(|other| (changes(name, other), *other)).min()?;
    (near.0 <= name.len().max(3) / 3).then_some(near.1)
}

/// Letters to change, put in or take out between two names (Wagner and Fischer, a row at a time); of a name longer than any is, more than
/// there can be.
#[must_use]
pub fn changes(name: &str, other: &str) -> usize {
    if name.len() > NAME_BYTES_MAX {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, letter) in name.bytes().enumerate() {
        let mut diagonal = done;
        if let Some(first) = row.first_mut() {
            *first = done + 1;
        }
        let mut left = done + 1;
        for (cell, wanted) in row.iter_mut().skip(1).zip(other.bytes()) {
            let changed = diagonal + usize::from(letter != wanted);
            diagonal = *cell;
            left = changed.min(left + 1).min(*cell + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

/// Whether a closed schema may have a member of this name: `[a-z][a-z0-9_]{0,63}`.
#[must_use]
pub fn is_member_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// A name from outside as it may appear in a message: at most 64 characters, those that could act on a terminal or
/// imitate a path replaced.
fn shown(name: &str) -> String {
    let plain =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$' | ':' | '<') { c } else { '?' };
    name.chars().take(NAME_BYTES_MAX).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields<'v>(value: &'v Value) -> Fields<'v> {
        Fields::open(value, "doc").unwrap()
    }

    fn refusal(error: &SchemaError) -> (&'static str, &str) {
        (error.code(), error.path.as_str())
    }

    #[test]
    fn members_are_read_by_type_and_nothing_is_left() {
        let value = Value::object([
            ("array", Value::from(vec![Value::Null])),
            ("boolean", Value::from(true)),
            ("integer", Value::from(-7_i64)),
            ("none", Value::Null),
            ("object", Value::object([("inner", 1_i64)])),
            ("string", Value::from("s")),
        ]);
        let mut doc = fields(&value);
        assert_eq!(doc.string("string").unwrap(), "s");
        assert_eq!(doc.integer("integer").unwrap(), -7);
        assert!(doc.boolean("boolean").unwrap());
        assert_eq!(doc.array("array").unwrap(), [Value::Null]);
        assert_eq!(doc.nullable_string("none").unwrap(), None);
        assert_eq!(doc.optional("absent").unwrap(), None);
        let mut inner = doc.object("object").unwrap();
        assert_eq!(inner.nullable_integer("inner").unwrap(), Some(1));
        inner.finish().unwrap();
        doc.finish().unwrap();
    }

    #[test]
    fn value_that_is_no_object_is_refused() {
        let error =
            Fields::open(&Value::from(vec![Value::from("a"), Value::from(1_i64)]), "doc").unwrap_err();
        assert_eq!(refusal(&error), ("schema_not_object", "doc"));
        assert_eq!(error.kind, SchemaErrorKind::NotObject { found: "array" });
    }

    #[test]
    fn missing_member_is_refused_at_its_path() {
        let value = Value::object([("inner", Value::object([("b", 1_i64)]))]);
        let mut doc = fields(&value);
        let mut inner = doc.object("inner").unwrap();
        assert_eq!(refusal(&inner.value("a").unwrap_err()), ("schema_missing_member", "doc.inner.a"));
        assert_eq!(refusal(&inner.nullable("c").unwrap_err()), ("schema_missing_member", "doc.inner.c"));
    }

    #[test]
    fn member_of_wrong_type_is_refused_with_both_types() {
        let value = Value::object([("a", Value::Null), ("b", Value::from("1"))]);
        let mut doc = fields(&value);
        for error in [
            doc.string("a").unwrap_err(),
            doc.integer("a").unwrap_err(),
            doc.boolean("a").unwrap_err(),
            doc.array("a").unwrap_err(),
            doc.object("a").unwrap_err(),
        ] {
            assert_eq!(refusal(&error), ("schema_wrong_type", "doc.a"));
        }
        let error = doc.integer("b").unwrap_err();
        assert_eq!(error.kind, SchemaErrorKind::WrongType { expected: "integer", found: "string" });
        let error = doc.nullable_integer("b").unwrap_err();
        assert_eq!(error.kind, SchemaErrorKind::WrongType { expected: "integer or null", found: "string" });
    }

    #[test]
    fn unknown_member_is_refused_at_its_path() {
        let value = Value::object([("a", 1_i64), ("b", 2_i64)]);
        let mut doc = fields(&value);
        doc.integer("a").unwrap();
        assert_eq!(refusal(&doc.finish().unwrap_err()), ("schema_unknown_member", "doc.b"));
    }

    #[test]
    fn case_variant_is_refused_beside_the_known_member_and_in_its_place() {
        let both = Value::object([("alg", "ed25519"), ("ALG", "none")]);
        let mut doc = fields(&both);
        assert_eq!(doc.string("alg").unwrap(), "ed25519");
        assert_eq!(refusal(&doc.finish().unwrap_err()), ("schema_case_variant", "doc.ALG"));

        let only = Value::object([("Alg", "ed25519")]);
        assert_eq!(refusal(&fields(&only).string("alg").unwrap_err()), ("schema_case_variant", "doc.Alg"));
        assert_eq!(refusal(&fields(&only).optional("alg").unwrap_err()), ("schema_case_variant", "doc.Alg"));
    }

    #[test]
    fn names_that_no_schema_has_are_refused_and_shown_harmless() {
        let long = "a".repeat(65);
        for (name, path) in [
            ("__proto__", "doc.__proto__"),
            ("$serde_json::private::Number", "doc.$serde_json::private::Number"),
            ("", "doc."),
            ("9a", "doc.9a"),
            ("a.b\u{1b}[2J", "doc.a?b??2J"),
            (long.as_str(), &format!("doc.{}", "a".repeat(64))),
        ] {
            let value = Value::object([(name, 1_i64)]);
            assert_eq!(refusal(&fields(&value).finish().unwrap_err()), ("schema_member_name", path));
        }
    }

    #[test]
    fn member_name_of_64_bytes_is_one_and_of_65_is_not() {
        assert!(is_member_name(&"a".repeat(64)));
        assert!(!is_member_name(&"a".repeat(65)));
        assert!(is_member_name("a_9"));
        assert!(!is_member_name("aB"));
    }

    #[test]
    fn message_says_where_what_and_what_to_do() {
        let value = Value::object([("a", 1_i64)]);
        let error = fields(&value).string("a").unwrap_err();
        assert_eq!(
            error.to_string(),
            "doc.a: expected string, found integer: give a value of the type that the message names"
        );
    }
}
