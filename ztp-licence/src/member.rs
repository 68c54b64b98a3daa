//! Typed members of payload, signatures and trust document, judged by content.

use std::cmp::Ordering;

use ztp_core::canonical::{INTEGER_MAX, Value};
pub use ztp_core::custody::is_identifier;
use ztp_core::digest::Digest;
use ztp_core::time::{TEXT_BYTES, Timestamp};

use crate::LicenceError;
use crate::reader::{Members, Reader};

/// Most characters of a text for people.
const FREE_TEXT_CHARS_MAX: usize = 200;

/// The largest integer of a document, 2^53 - 1.
pub(crate) const INTEGER_LIMIT: u64 = INTEGER_MAX.unsigned_abs();

/// An identifier.
pub(crate) fn identifier(reader: &mut Reader<'_>) -> Result<String, LicenceError> {
    let text = reader.string()?;
    if is_identifier(&text) {
        Ok(text.into_owned())
    } else {
        Err(LicenceError::Identifier { path: String::new() })
    }
}

/// A text for people.
pub(crate) fn free_text(reader: &mut Reader<'_>) -> Result<String, LicenceError> {
    let text = reader.string()?;
    if text.is_empty() || text.chars().count() > FREE_TEXT_CHARS_MAX || text.contains(char::is_control) {
        return Err(LicenceError::FreeText { path: String::new() });
    }
    Ok(text.into_owned())
}

/// A timestamp.
pub(crate) fn timestamp(reader: &mut Reader<'_>) -> Result<Timestamp, LicenceError> {
    if let Some(time) = reader.plain(TEXT_BYTES, |text| Timestamp::from_bytes(text).ok()) {
        return Ok(time);
    }
    let text = reader.string()?;
    Timestamp::from_bytes(text.as_bytes())
        .map_err(|error| LicenceError::Timestamp { path: String::new(), error })
}

/// The members `not_after` and `not_before` of a validity window, both included; returned first moment first.
pub(crate) fn window(members: &mut Members<'_, '_>) -> Result<(Timestamp, Timestamp), LicenceError> {
    let not_after = members.required("not_after", timestamp)?;
    let not_before = members.required("not_before", timestamp)?;
    if not_after < not_before {
        return Err(LicenceError::WindowReversed { path: String::new() });
    }
    Ok((not_before, not_after))
}

/// An integer within bounds.
pub(crate) fn integer(min: u64, max: u64) -> impl Fn(&mut Reader<'_>) -> Result<u64, LicenceError> {
    move |reader| {
        let found = u64::try_from(reader.integer()?).ok();
        let found = found.filter(|found| (min..=max).contains(found));
        found.ok_or(LicenceError::Range { path: String::new(), min, max })
    }
}

/// A digest.
pub(crate) fn digest(reader: &mut Reader<'_>) -> Result<Digest, LicenceError> {
    let text = reader.string()?;
    Digest::from_hex(text.as_bytes()).map_err(|error| LicenceError::Text { path: String::new(), error })
}

/// A digest or `null`.
pub(crate) fn nullable_digest(reader: &mut Reader<'_>) -> Result<Option<Digest>, LicenceError> {
    if reader.null() { Ok(None) } else { digest(reader).map(Some) }
}

/// A list of identifiers, ascending and unique.
pub(crate) fn identifiers(
    min: usize,
    max: usize,
) -> impl Fn(&mut Reader<'_>) -> Result<Vec<String>, LicenceError> {
    move |reader| {
        let items = reader.array(min, max, identifier)?;
        ascending(&items, |item| item)?;
        Ok(items)
    }
}

/// A list of digests, ascending and unique.
pub(crate) fn digests(max: usize) -> impl Fn(&mut Reader<'_>) -> Result<Vec<Digest>, LicenceError> {
    move |reader| {
        let items = reader.array(0, max, digest)?;
        ascending(&items, |item| item)?;
        Ok(items)
    }
}

/// Refuses items that do not ascend by `key`; each item so has one place, and equal lists are equal bytes.
pub(crate) fn ascending<T, K: Ord + ?Sized>(items: &[T], key: impl Fn(&T) -> &K) -> Result<(), LicenceError> {
    for (index, pair) in items.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        let path = || format!("[{}]", index + 1);
        match key(first).cmp(key(second)) {
            Ordering::Less => {}
            Ordering::Equal => return Err(LicenceError::ListRepeated { path: path() }),
            Ordering::Greater => return Err(LicenceError::ListOrder { path: path() }),
        }
    }
    Ok(())
}

/// The name of the format, which must be `expected`.
pub(crate) fn schema_name(expected: &'static str) -> impl Fn(&mut Reader<'_>) -> Result<(), LicenceError> {
    move |reader| {
        if reader.string()? == expected {
            return Ok(());
        }
        Err(LicenceError::SchemaName { path: String::new(), expected })
    }
}

/// A number that is known to be within the range of the profile, as a value.
pub(crate) fn number(number: u64) -> Value {
    i64::try_from(number).unwrap_or(INTEGER_MAX).into()
}
