//! Members of the vault's documents, read from values.

use ztp_core::canonical::{INTEGER_MAX, Value};
use ztp_core::digest::Digest;
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;

use super::error::{VaultError, malformed};
use crate::member::is_identifier;

/// Largest amount and number, 2^53 - 1.
pub(crate) const NUMBER_MAX: u64 = INTEGER_MAX.unsigned_abs();

pub(crate) fn digest(fields: &mut Fields<'_>, name: &'static str) -> Result<Digest, VaultError> {
    let text = fields.string(name)?;
    Digest::from_hex(text).map_err(|error| malformed(fields.path_of(name), error.to_string()))
}

pub(crate) fn number(fields: &mut Fields<'_>, name: &'static str) -> Result<u64, VaultError> {
    let found = fields.integer(name)?;
    u64::try_from(found)
        .map_err(|_| malformed(fields.path_of(name), "expected an integer from 0 to 2^53 - 1"))
}

pub(crate) fn time(fields: &mut Fields<'_>, name: &'static str) -> Result<Timestamp, VaultError> {
    let text = fields.string(name)?;
    text.parse().map_err(|error| malformed(fields.path_of(name), format!("{error}")))
}

pub(crate) fn identifier(fields: &mut Fields<'_>, name: &'static str) -> Result<String, VaultError> {
    let text = fields.string(name)?;
    check_identifier("an id", text).map_err(|_| {
        malformed(
            fields.path_of(name),
            "expected 1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit",
        )
    })?;
    Ok(text.to_owned())
}

pub(crate) fn digests(
    fields: &mut Fields<'_>,
    name: &'static str,
    max: usize,
) -> Result<Vec<Digest>, VaultError> {
    let path = fields.path_of(name);
    items(fields, name, max)?
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let text =
                item.as_str().ok_or_else(|| malformed(format!("{path}[{index}]"), "expected a string"))?;
            Digest::from_hex(text).map_err(|error| malformed(format!("{path}[{index}]"), error.to_string()))
        })
        .collect()
}

pub(crate) fn numbers(
    fields: &mut Fields<'_>,
    name: &'static str,
    max: usize,
) -> Result<Vec<u64>, VaultError> {
    let path = fields.path_of(name);
    items(fields, name, max)?
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let found = item.as_int().and_then(|found| u64::try_from(found).ok());
            found.ok_or_else(|| {
                malformed(format!("{path}[{index}]"), "expected an integer from 0 to 2^53 - 1")
            })
        })
        .collect()
}

fn items<'v>(fields: &mut Fields<'v>, name: &'static str, max: usize) -> Result<&'v [Value], VaultError> {
    let items = fields.array(name)?;
    if items.len() > max {
        return Err(malformed(fields.path_of(name), format!("expected at most {max} items")));
    }
    Ok(items)
}

/// The name of the format, which must be `expected`.
pub(crate) fn schema(fields: &mut Fields<'_>, expected: &'static str) -> Result<(), VaultError> {
    let found = fields.string("schema")?;
    if found == expected {
        return Ok(());
    }
    Err(malformed(fields.path_of("schema"), format!("expected {expected}")))
}

pub(crate) fn check_identifier(what: &'static str, text: &str) -> Result<(), VaultError> {
    if is_identifier(text) {
        return Ok(());
    }
    let expected = "1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit";
    Err(VaultError::Text { what, expected })
}

pub(crate) fn check_free_text(what: &'static str, text: &str) -> Result<(), VaultError> {
    if text.is_empty() || text.chars().count() > 200 || text.contains(char::is_control) {
        return Err(VaultError::Text { what, expected: "1 to 200 characters without control characters" });
    }
    Ok(())
}

/// Digests as an array of texts.
pub(crate) fn hex_list(digests: &[Digest]) -> Value {
    digests.iter().map(|digest| digest.to_string().into()).collect::<Vec<Value>>().into()
}

/// A digest as text, or null.
pub(crate) fn hex_or_null(digest: Option<&Digest>) -> Value {
    digest.map_or(Value::Null, |digest| digest.to_string().into())
}
