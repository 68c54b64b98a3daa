//! Typed members of payload and trust document: what `Fields` reads by type is here judged by content.

use ztp_core::canonical::{INTEGER_MAX, Value};
use ztp_core::digest::Digest;
use ztp_core::schema::{Fields, SchemaError, SchemaErrorKind};
use ztp_core::time::Timestamp;

use crate::LicenceError;

/// Most bytes of an identifier.
const IDENTIFIER_BYTES_MAX: usize = 64;

/// Most characters of a text for people.
const FREE_TEXT_CHARS_MAX: usize = 200;

/// The largest integer of a document, 2^53 - 1.
pub(crate) const INTEGER_LIMIT: u64 = INTEGER_MAX.unsigned_abs();

/// Whether a name can be used in ids, file names and reports alike: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
#[must_use]
pub fn is_identifier(name: &str) -> bool {
    name.len() <= IDENTIFIER_BYTES_MAX
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A required identifier.
pub(crate) fn identifier(fields: &mut Fields<'_>, name: &'static str) -> Result<String, LicenceError> {
    let text = fields.string(name)?;
    identifier_text(text, || fields.path_of(name))
}

fn identifier_text(text: &str, path: impl FnOnce() -> String) -> Result<String, LicenceError> {
    if is_identifier(text) { Ok(text.to_owned()) } else { Err(LicenceError::Identifier { path: path() }) }
}

/// A required text for people.
pub(crate) fn free_text(fields: &mut Fields<'_>, name: &'static str) -> Result<String, LicenceError> {
    let text = fields.string(name)?;
    if text.is_empty() || text.chars().count() > FREE_TEXT_CHARS_MAX || text.contains(char::is_control) {
        return Err(LicenceError::FreeText { path: fields.path_of(name) });
    }
    Ok(text.to_owned())
}

/// A required timestamp.
pub(crate) fn timestamp(fields: &mut Fields<'_>, name: &'static str) -> Result<Timestamp, LicenceError> {
    let text = fields.string(name)?;
    text.parse().map_err(|error| LicenceError::Timestamp { path: fields.path_of(name), error })
}

/// A validity window, `not_before` to `not_after`, both included.
pub(crate) fn window(fields: &mut Fields<'_>, path: &str) -> Result<(Timestamp, Timestamp), LicenceError> {
    let not_after = timestamp(fields, "not_after")?;
    let not_before = timestamp(fields, "not_before")?;
    if not_after < not_before {
        return Err(LicenceError::WindowReversed { path: path.to_owned() });
    }
    Ok((not_before, not_after))
}

/// A required integer within bounds.
pub(crate) fn integer(
    fields: &mut Fields<'_>,
    name: &'static str,
    min: u64,
    max: u64,
) -> Result<u64, LicenceError> {
    let found = fields.integer(name)?;
    in_range(found, min, max, || fields.path_of(name))
}

/// An integer within bounds, or the default when the member is absent.
pub(crate) fn optional_integer(
    fields: &mut Fields<'_>,
    name: &'static str,
    min: u64,
    max: u64,
) -> Result<Option<u64>, LicenceError> {
    if fields.optional(name)?.is_none() { Ok(None) } else { integer(fields, name, min, max).map(Some) }
}

fn in_range(found: i64, min: u64, max: u64, path: impl FnOnce() -> String) -> Result<u64, LicenceError> {
    u64::try_from(found)
        .ok()
        .filter(|found| (min..=max).contains(found))
        .ok_or_else(|| LicenceError::Range { path: path(), min, max })
}

/// The items of a required list of bounded length, and its path.
pub(crate) fn list<'v>(
    fields: &mut Fields<'v>,
    name: &'static str,
    min: usize,
    max: usize,
) -> Result<(&'v [Value], String), LicenceError> {
    let items = fields.array(name)?;
    let path = fields.path_of(name);
    if items.len() < min || items.len() > max {
        return Err(LicenceError::ListLength { path, min, max, found: items.len() });
    }
    Ok((items, path))
}

/// A required list of identifiers, ascending and unique.
pub(crate) fn identifiers(
    fields: &mut Fields<'_>,
    name: &'static str,
    min: usize,
    max: usize,
) -> Result<Vec<String>, LicenceError> {
    let (items, path) = list(fields, name, min, max)?;
    let read = |(index, item)| {
        let at = || format!("{path}[{index}]");
        identifier_text(text(item, at)?, at)
    };
    ascending(items.iter().enumerate().map(read).collect::<Result<_, _>>()?, &path)
}

/// A required list of digests, ascending and unique.
pub(crate) fn digests(
    fields: &mut Fields<'_>,
    name: &'static str,
    max: usize,
) -> Result<Vec<Digest>, LicenceError> {
    let (items, path) = list(fields, name, 0, max)?;
    let read = |(index, item)| {
        let at = || format!("{path}[{index}]");
        digest_text(text(item, at)?, at)
    };
    ascending(items.iter().enumerate().map(read).collect::<Result<_, _>>()?, &path)
}

/// A required digest.
pub(crate) fn digest(fields: &mut Fields<'_>, name: &'static str) -> Result<Digest, LicenceError> {
    let text = fields.string(name)?;
    digest_text(text, || fields.path_of(name))
}

/// A required digest or `null`.
pub(crate) fn nullable_digest(
    fields: &mut Fields<'_>,
    name: &'static str,
) -> Result<Option<Digest>, LicenceError> {
    let text = fields.nullable_string(name)?;
    text.map(|text| digest_text(text, || fields.path_of(name))).transpose()
}

fn digest_text(text: &str, path: impl FnOnce() -> String) -> Result<Digest, LicenceError> {
    Digest::from_hex(text).map_err(|error| LicenceError::Text { path: path(), error })
}

fn text(item: &Value, path: impl FnOnce() -> String) -> Result<&str, LicenceError> {
    item.as_str().ok_or_else(|| {
        let kind = SchemaErrorKind::WrongType { expected: "string", found: item.type_name() };
        SchemaError { path: path(), kind }.into()
    })
}

/// Refuses items that do not ascend; each item so has one place, and equal lists are equal bytes.
pub(crate) fn ascending<T: Ord>(items: Vec<T>, path: &str) -> Result<Vec<T>, LicenceError> {
    for (index, pair) in items.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        let path = || format!("{path}[{}]", index + 1);
        match first.cmp(second) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => return Err(LicenceError::ListRepeated { path: path() }),
            std::cmp::Ordering::Greater => return Err(LicenceError::ListOrder { path: path() }),
        }
    }
    Ok(items)
}

/// A required name of the format, which must be `expected`.
pub(crate) fn schema_name(fields: &mut Fields<'_>, expected: &'static str) -> Result<(), LicenceError> {
    if fields.string("schema")? == expected {
        return Ok(());
    }
    Err(LicenceError::SchemaName { path: fields.path_of("schema"), expected })
}

/// A number that is known to be within the range of the profile, as a value.
pub(crate) fn number(number: u64) -> Value {
    i64::try_from(number).unwrap_or(INTEGER_MAX).into()
}
