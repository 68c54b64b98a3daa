//! Typed members of custody documents.

use std::cmp::Ordering;

use super::{CustodyError, CustodyErrorKind as Kind};
use crate::canonical::{INTEGER_MAX, Value};
use crate::digest::Digest;
use crate::encoding::{base64_decode, base64_encode};
use crate::schema::{Fields, SchemaErrorKind};
use crate::signature::{PublicKey, Suite};
use crate::time::Timestamp;

/// Most bytes of an identifier.
const IDENTIFIER_BYTES_MAX: usize = 64;

/// Whether a name can be used in ids, file names and reports alike: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
#[must_use]
pub fn is_identifier(name: &str) -> bool {
    name.len() <= IDENTIFIER_BYTES_MAX
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// The largest integer of a document, 2^53 - 1.
pub(super) const INTEGER_LIMIT: u64 = INTEGER_MAX.unsigned_abs();

/// Refuses another format than the one expected.
pub(super) fn schema_name(fields: &mut Fields<'_>, expected: &'static str) -> Result<(), CustodyError> {
    if fields.string("schema")? == expected {
        return Ok(());
    }
    Err(Kind::SchemaName { expected }.at(fields.path_of("schema")))
}

/// An integer from `min` to `max`.
pub(super) fn integer(
    fields: &mut Fields<'_>,
    name: &'static str,
    min: u64,
    max: u64,
) -> Result<u64, CustodyError> {
    let found = u64::try_from(fields.integer(name)?).ok().filter(|found| (min..=max).contains(found));
    found.ok_or_else(|| Kind::Range { min, max }.at(fields.path_of(name)))
}

/// A count from 1 to `max`.
pub(super) fn count(fields: &mut Fields<'_>, name: &'static str, max: usize) -> Result<usize, CustodyError> {
    let bound = u64::try_from(max).unwrap_or(INTEGER_LIMIT);
    Ok(usize::try_from(integer(fields, name, 1, bound)?).unwrap_or(max))
}

/// A timestamp.
pub(super) fn timestamp(fields: &mut Fields<'_>, name: &'static str) -> Result<Timestamp, CustodyError> {
    let text = fields.string(name)?;
    Timestamp::from_bytes(text.as_bytes()).map_err(|error| Kind::Timestamp(error).at(fields.path_of(name)))
}

/// An identifier.
pub(super) fn identifier(fields: &mut Fields<'_>, name: &'static str) -> Result<String, CustodyError> {
    let text = fields.string(name)?;
    if is_identifier(text) { Ok(text.to_owned()) } else { Err(Kind::Identifier.at(fields.path_of(name))) }
}

/// A digest.
pub(super) fn digest(fields: &mut Fields<'_>, name: &'static str) -> Result<Digest, CustodyError> {
    let text = fields.string(name)?;
    Digest::from_hex(text).map_err(|error| Kind::Text(error).at(fields.path_of(name)))
}

/// The items of an array, each read by `item` with its path, which must ascend by `key`.
pub(super) fn list<T, K: Ord>(
    fields: &mut Fields<'_>,
    name: &'static str,
    (min, max): (usize, usize),
    item: impl Fn(&Value, String) -> Result<T, CustodyError>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, CustodyError> {
    let (values, path) = (fields.array(name)?, fields.path_of(name));
    if values.len() < min || values.len() > max {
        return Err(Kind::ListLength { min, max }.at(path));
    }
    let at = |index: usize| format!("{path}[{index}]");
    let items: Vec<T> =
        values.iter().enumerate().map(|(index, value)| item(value, at(index))).collect::<Result<_, _>>()?;
    for (index, pair) in items.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        match key(first).cmp(&key(second)) {
            Ordering::Less => {}
            Ordering::Equal => return Err(Kind::ListRepeated.at(at(index + 1))),
            Ordering::Greater => return Err(Kind::ListOrder.at(at(index + 1))),
        }
    }
    Ok(items)
}

/// An item that is a string.
pub(super) fn text(value: &Value, path: &str) -> Result<String, CustodyError> {
    let found = value.as_str().map(str::to_owned);
    found.ok_or_else(|| wrong_type(value, "string", path))
}

/// An item that is an identifier.
pub(super) fn identifier_item(value: &Value, path: String) -> Result<String, CustodyError> {
    let text = text(value, &path)?;
    if is_identifier(&text) { Ok(text) } else { Err(Kind::Identifier.at(path)) }
}

/// An item that is a digest.
pub(super) fn digest_item(value: &Value, path: String) -> Result<Digest, CustodyError> {
    Digest::from_hex(text(value, &path)?).map_err(|error| Kind::Text(error).at(path))
}

/// An item that is an integer from 0.
pub(super) fn number_item(value: &Value, path: String) -> Result<u64, CustodyError> {
    let number = value.as_int().ok_or_else(|| wrong_type(value, "integer", &path))?;
    u64::try_from(number).map_err(|_| Kind::Range { min: 0, max: INTEGER_LIMIT }.at(path))
}

fn wrong_type(value: &Value, expected: &'static str, path: &str) -> CustodyError {
    Kind::Schema(SchemaErrorKind::WrongType { expected, found: value.type_name() }).at(path)
}

/// Reads the members `key_id`, `public_key` (base64 of the SubjectPublicKeyInfo) and `suite`: three ways to say which key
/// it is, which must agree.
pub(super) fn public_key(fields: &mut Fields<'_>) -> Result<(Digest, PublicKey), CustodyError> {
    let key_id = digest(fields, "key_id")?;
    let path = fields.path_of("public_key");
    let der =
        base64_decode(fields.string("public_key")?).map_err(|error| Kind::Text(error).at(path.as_str()))?;
    let suite: Suite =
        fields.string("suite")?.parse().map_err(|error| Kind::Suite(error).at(fields.path_of("suite")))?;
    let key = PublicKey::from_spki_der(&der).map_err(|error| Kind::Key(error).at(path))?;
    if key.suite() != suite {
        return Err(Kind::KeySuite { expected: key.suite() }.at(fields.path_of("suite")));
    }
    let expected = key.key_id();
    if key_id != expected {
        return Err(Kind::KeyId { expected }.at(fields.path_of("key_id")));
    }
    Ok((key_id, key))
}

/// The members `key_id`, `public_key` and `suite` of a key in a root or certificate, for writing one.
#[must_use]
pub fn certified_key_members(key: &PublicKey) -> [(&'static str, Value); 3] {
    [
        ("key_id", key.key_id().to_string().into()),
        ("public_key", base64_encode(&key.to_spki_der()).into()),
        ("suite", key.suite().as_str().into()),
    ]
}
