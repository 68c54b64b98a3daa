//! The writer: a value to its canonical bytes.

use std::collections::btree_map;
use std::slice;

use super::error::CanonicalErrorKind as Kind;
use super::limits::{DEPTH_MAX, INTEGER_MAX};
use super::scan;
use super::spelling::Spelling;
use super::token::{Result, refuse};
use super::value::Value;

/// Depth up to which the state of writing is small. Deeper values are written again with room for [`DEPTH_MAX`].
const DEPTH_USUAL: usize = 8;

/// Room for a usual record, so that writing it allocates once.
const BYTES_USUAL: usize = 512;

/// Writes the canonical bytes of a value.
///
/// # Errors
/// Those of [`write_into`].
pub fn write(value: &Value) -> Result<Vec<u8>> {
    let mut output = Vec::with_capacity(BYTES_USUAL);
    write_into(value, &mut output)?;
    Ok(output)
}

/// Appends the canonical bytes of a value to `output`. Works without recursion.
///
/// # Errors
/// [`IntegerOutOfRange`](super::CanonicalErrorKind::IntegerOutOfRange) and
/// [`TooDeep`](super::CanonicalErrorKind::TooDeep) (above [`DEPTH_MAX`]), for values that a program built: the offset
/// is where in the canonical bytes the refused value would stand. Nothing is appended then.
pub fn write_into(value: &Value, output: &mut Vec<u8>) -> Result<()> {
    let start = output.len();
    let mut written = append::<DEPTH_USUAL>(value, output, start);
    if written.is_err_and(|error| error.kind == Kind::TooDeep) {
        output.truncate(start);
        written = append::<DEPTH_MAX>(value, output, start);
    }
    written.inspect_err(|_| output.truncate(start))
}

/// An array or object of which the rest is still to be written.
enum Open<'v> {
    Array(slice::Iter<'v, Value>),
    Object(btree_map::Iter<'v, String, Value>),
}

/// Appends a value that nests at most `DEPTH` deep.
fn append<const DEPTH: usize>(value: &Value, output: &mut Vec<u8>, start: usize) -> Result<()> {
    let mut open: [Option<Open<'_>>; DEPTH] = [const { None }; DEPTH];
    let mut depth = 0;
    let mut value = value;
    loop {
        // Whether the bracket just written is still without a first item.
        let mut fresh = false;
        let container = match value {
            Value::Null => {
                output.extend_from_slice(b"null");
                None
            }
            Value::Bool(value) => {
                output.extend_from_slice(if *value { b"true" } else { b"false" });
                None
            }
            Value::Int(integer) => {
                if !(-INTEGER_MAX..=INTEGER_MAX).contains(integer) {
                    return refuse(Kind::IntegerOutOfRange, output.len() - start);
                }
                append_integer(*integer, output);
                None
            }
            Value::String(text) => {
                append_string(text, output);
                None
            }
            Value::Array(items) => Some((b'[', Open::Array(items.iter()))),
            Value::Object(members) => Some((b'{', Open::Object(members.iter()))),
        };
        if let Some((bracket, container)) = container {
            let Some(place) = open.get_mut(depth) else {
                return refuse(Kind::TooDeep, output.len() - start);
            };
            *place = Some(container);
            depth += 1;
            output.push(bracket);
            fresh = true;
        }
        value = loop {
            let Some(innermost) = depth.checked_sub(1) else {
                return Ok(());
            };
            match open.get_mut(innermost) {
                Some(Some(Open::Array(items))) => {
                    if let Some(item) = items.next() {
                        if !fresh {
                            output.push(b',');
                        }
                        break item;
                    }
                    output.push(b']');
                }
                Some(Some(Open::Object(members))) => {
                    if let Some((name, member)) = members.next() {
                        if !fresh {
                            output.push(b',');
                        }
                        append_string(name, output);
                        output.push(b':');
                        break member;
                    }
                    output.push(b'}');
                }
                _ => return Ok(()),
            }
            depth = innermost;
            fresh = false;
        };
    }
}

/// Appends the decimal digits of an integer.
fn append_integer(integer: i64, output: &mut Vec<u8>) {
    if integer < 0 {
        output.push(b'-');
    }
    let mut digits = [0_u8; 20];
    let mut rest = integer.unsigned_abs();
    let mut count = 0;
    for place in digits.iter_mut().rev() {
        *place =
            b"0123456789".get(usize::try_from(rest % 10).unwrap_or_default()).copied().unwrap_or_default();
        rest /= 10;
        count += 1;
        if rest == 0 {
            break;
        }
    }
    output.extend_from_slice(digits.get(digits.len() - count..).unwrap_or_default());
}

/// Appends a string with its quotes.
fn append_string(text: &str, output: &mut Vec<u8>) {
    output.reserve(text.len() + 3);
    output.push(b'"');
    let plain = scan::plain_length(text.as_bytes());
    let (start, rest) = text.split_at_checked(plain).unwrap_or((text, ""));
    output.extend_from_slice(start.as_bytes());
    if !rest.is_empty() {
        append_mixed(rest, output);
    }
    output.push(b'"');
}

/// Appends text that starts with a character that has an escape.
fn append_mixed(mut text: &str, output: &mut Vec<u8>) {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match Spelling::of(character) {
            Spelling::Short(escape) => output.extend_from_slice(&escape),
            Spelling::Unit(escape) => output.extend_from_slice(&escape),
            Spelling::Pair(escape) => output.extend_from_slice(&escape),
            Spelling::Plain(_) => {
                let (run, rest) =
                    text.split_at_checked(scan::plain_length(text.as_bytes())).unwrap_or((text, ""));
                output.extend_from_slice(run.as_bytes());
                characters = rest.chars();
            }
        }
        text = characters.as_str();
    }
}
