//! Arguments of other languages made into types: text, directories, seeds.

use std::path::Path;

use crate::error::FacadeError;

/// An argument that must be text.
pub(crate) fn text<'a>(argument: &'static str, bytes: &'a [u8]) -> Result<&'a str, FacadeError> {
    std::str::from_utf8(bytes).map_err(|e| FacadeError::TextNotUtf8 { argument, offset: at(e.valid_up_to()) })
}

/// The directory an operation works on: not empty, UTF-8, no NUL (which every operating system would cut the path at).
pub(crate) fn directory(bytes: &[u8]) -> Result<&Path, FacadeError> {
    if bytes.is_empty() {
        return Err(FacadeError::PathInvalid { what: "empty", offset: 0 });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|e| FacadeError::PathInvalid { what: "not UTF-8", offset: at(e.valid_up_to()) })?;
    match text.bytes().position(|b| b == 0) {
        Some(offset) => Err(FacadeError::PathInvalid { what: "cut by a NUL byte", offset: at(offset) }),
        None => Ok(Path::new(text)),
    }
}

fn at(offset: usize) -> u64 {
    u64::try_from(offset).unwrap_or(u64::MAX)
}
