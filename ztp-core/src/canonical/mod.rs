//! Canonical JSON, profile `zcj-1`: one document, one spelling, checked byte by byte.
//!
//! Everything that is hashed or signed in this workspace is a document of this profile, so that equal documents
//! are equal bytes and a changed byte is a changed document.
//!
//! # The profile
//! * Values: `null`, booleans, strings, arrays, objects, and integers `0|-?[1-9][0-9]*` of magnitude at most
//!   2^53 - 1 ([`INTEGER_MAX`]). No fractions, no exponents, no `-0`.
//! * Members are unique and sorted by code point, which is the order of their UTF-8 bytes.
//! * No white space. Every byte of the output is printable ASCII.
//! * In strings `"` and `\` are written `\"` and `\\`; U+0008, U+0009, U+000A, U+000C and U+000D are written `\b`,
//!   `\t`, `\n`, `\f` and `\r`; every other character outside U+0020..U+007E is written `\uXXXX` in lower case, above
//!   U+FFFF as a surrogate pair. `/` stands for itself.
//!
//! These are the bytes of the `canonical_json` crate, and of Python's
//! `json.dumps(v, sort_keys=True, separators=(",", ":"), ensure_ascii=True)`, for every document of the profile.
//!
//! # Three questions
//! * [`read`]: which document is this? White space, member order and spelling of strings are free; everything
//!   else is strict, and nothing is repaired.
//! * [`write`](fn@write): what are its bytes?
//! * [`check`] and [`check_prefix`]: are these bytes already canonical, and if not, where do they first differ?
//!
//! `check(b)` succeeds exactly when `encode(b)` succeeds and returns `b` itself.
//!
//! # Where a refusal points
//! A refusal carries a kind and the offset of one byte. The input is judged from its first byte on, and the first
//! fault met is reported:
//!
//! * a token that is not JSON, or not of the profile, points at the byte its [kind](CanonicalErrorKind) names;
//! * a spelling that only [`check`] refuses points at the first byte that differs from the canonical spelling;
//! * a member out of order points at the first byte in which its key differs from the key before it.
//!
//! [`check`] refuses all that [`read`] refuses. It gives the same kind and offset, unless it met a spelling fault
//! ([`CanonicalErrorKind::is_spelling`]) earlier in the document.
//!
//! ```
//! use ztp_core::canonical::{self, CanonicalErrorKind, Limits};
//!
//! let limits = Limits::default();
//! assert_eq!(canonical::encode(br#"{ "b": "\u00E9", "a": 1 }"#, &limits)?, br#"{"a":1,"b":"\u00e9"}"#);
//! canonical::check(br#"{"a":1,"b":2}"#, &limits)?;
//!
//! // One space, put in by hand, is found where it stands.
//! let edited = canonical::check(br#"{"a": 1,"b":2}"#, &limits).unwrap_err();
//! assert_eq!((edited.kind, edited.offset), (CanonicalErrorKind::WhiteSpace, 5));
//! # Ok::<(), canonical::CanonicalError>(())
//! ```

mod check;
mod error;
mod limits;
mod order;
mod read;
mod scan;
mod spelling;
mod token;
mod value;
mod write;

pub use check::{check, check_prefix};
pub use error::{CanonicalError, CanonicalErrorKind};
pub use limits::{BYTES_MAX_DEFAULT, DEPTH_MAX, DEPTH_MAX_DEFAULT, INTEGER_MAX, Limits};
pub use read::read;
pub use value::Value;
pub use write::{write, write_into};

/// Rewrites a document of the profile, however it is spelled, into its canonical bytes.
///
/// Reads with [`read`] and writes with [`write`](fn@write).
///
/// # Errors
/// Those of [`read`]. What was read can always be written.
pub fn encode(input: &[u8], limits: &Limits) -> Result<Vec<u8>, CanonicalError> {
    let value = read(input, limits)?;
    let mut output = Vec::with_capacity(input.len());
    write_into(&value, &mut output)?;
    Ok(output)
}
