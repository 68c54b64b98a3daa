//! Options that are passed as a JSON object: closed schemas, so that a misspelt option is refused instead of ignored.

use std::fmt;
use std::str::FromStr;

use ztp_audit::store::Host;
use ztp_core::Coded;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::schema::Fields;

use crate::error::FacadeError;
use crate::host::{GivenHost, Patience, ThisHost};
use crate::outcome::{Outcome, failed};

/// The options' name in errors.
const PATH: &str = "options";

/// Reads an options object; no bytes at all stand for one without members.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Outcome> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    canonical::read(bytes, &Limits::default()).map_err(failed)
}

/// Opens what [`parse`] returned.
pub(crate) fn open(options: &Value) -> Result<Fields<'_>, Outcome> {
    Fields::open(options, PATH).map_err(failed)
}

/// A string that may be left out.
pub(crate) fn text<'v>(fields: &mut Fields<'v>, name: &'static str) -> Result<Option<&'v str>, Outcome> {
    match fields.optional(name).map_err(failed)? {
        Some(_) => fields.string(name).map(Some).map_err(failed),
        None => Ok(None),
    }
}

/// A word yes or no that may be left out: no.
pub(crate) fn flag(fields: &mut Fields<'_>, name: &'static str) -> Result<bool, Outcome> {
    match fields.optional(name).map_err(failed)? {
        Some(_) => fields.boolean(name).map_err(failed),
        None => Ok(false),
    }
}

/// A string that may be left out, in a form that its type reads.
pub(crate) fn parsed<T: FromStr>(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<T>, Outcome>
where
    T::Err: Coded + fmt::Display,
{
    text(fields, name)?.map(str::parse).transpose().map_err(failed)
}

/// A required integer from `min` to `max`.
pub(crate) fn number(
    fields: &mut Fields<'_>,
    name: &'static str,
    min: u64,
    max: u64,
) -> Result<u64, Outcome> {
    let value = fields.integer(name).map_err(failed)?;
    u64::try_from(value)
        .ok()
        .filter(|value| (min..=max).contains(value))
        .ok_or_else(|| failed(FacadeError::OptionOutOfRange { name, min, max }))
}

/// An integer from 1 to 2^32-1 that may be left out.
pub(crate) fn count(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<u32>, Outcome> {
    if fields.optional(name).map_err(failed)?.is_none() {
        return Ok(None);
    }
    number(fields, name, 1, u32::MAX.into()).map(|value| u32::try_from(value).ok())
}

/// The machine that a log is written on: this one, or one whose `randomness` is given (64 hexadecimal digits). `wait_ms` is how long it waits
/// for another writer.
pub(crate) fn host(fields: &mut Fields<'_>) -> Result<Box<dyn Host>, Outcome> {
    let patience = Patience::of_ms(count(fields, "wait_ms")?.unwrap_or(0));
    Ok(match text(fields, "randomness")? {
        None => Box::new(ThisHost { patience }),
        Some(digits) => {
            let randomness = *Digest::from_hex(digits).map_err(failed)?.as_bytes();
            Box::new(GivenHost { randomness, drawn: 0, patience })
        }
    })
}

/// This machine, which waits `wait_ms` for another writer.
pub(crate) fn waiting(fields: &mut Fields<'_>) -> Result<Box<dyn Host>, Outcome> {
    let patience = Patience::of_ms(count(fields, "wait_ms")?.unwrap_or(0));
    Ok(Box::new(ThisHost { patience }))
}

/// An array of words out of a list, which may be left out.
pub(crate) fn words(
    fields: &mut Fields<'_>,
    name: &'static str,
    list: &[&'static str],
) -> Result<Vec<&'static str>, Outcome> {
    if fields.optional(name).map_err(failed)?.is_none() {
        return Ok(Vec::new());
    }
    let known = |item: &Value| list.iter().copied().find(|word| item.as_str() == Some(word));
    let words = fields.array(name).map_err(failed)?.iter().map(known).collect::<Option<Vec<_>>>();
    words.ok_or_else(|| failed(FacadeError::OptionWordUnknown { name, list: list.join(", ") }))
}
