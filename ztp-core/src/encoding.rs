//! Hexadecimal and base64, each with exactly one text for each byte string.
//!
//! Lenient decoders let one value be written in several ways, which is how a signed file changes without its signature
//! noticing. Here hexadecimal is lower case only, and base64 is the standard alphabet of RFC 4648 §4 with padding, zero
//! trailing bits and no white space.

use base64ct::{Base64, Encoding as _};

use crate::Coded;

/// A text that is not the one encoding of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// The number of hexadecimal digits is not twice the number of bytes wanted.
    #[error("hexadecimal text has {found} digits, expected {expected}")]
    HexLength {
        /// Digits wanted.
        expected: usize,
        /// Characters found.
        found: usize,
    },
    /// A character is not a lower-case hexadecimal digit.
    #[error("character at offset {offset} is not a lower-case hexadecimal digit")]
    HexCharacter {
        /// Byte offset of the character.
        offset: usize,
    },
    /// The base64 text cannot be split into groups of four.
    #[error("base64 text has {found} characters, which is not a multiple of four")]
    Base64Length {
        /// Characters found.
        found: usize,
    },
    /// A character is not of the standard base64 alphabet.
    #[error("character at offset {offset} is outside the standard base64 alphabet")]
    Base64Character {
        /// Byte offset of the character.
        offset: usize,
    },
    /// A `=` stands elsewhere than in the last two places.
    #[error("base64 padding at offset {offset} is not at the end")]
    Base64Padding {
        /// Byte offset of the first misplaced character.
        offset: usize,
    },
    /// The last character carries bits that no byte uses.
    #[error("base64 character at offset {offset} carries unused bits that are not zero")]
    Base64TrailingBits {
        /// Byte offset of the character.
        offset: usize,
    },
}

impl EncodingError {
    /// The same error with its offset counted in another text, of which this one was a part.
    pub(crate) fn map_offset(self, map: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::HexLength { .. } | Self::Base64Length { .. } => self,
            Self::HexCharacter { offset } => Self::HexCharacter { offset: map(offset) },
            Self::Base64Character { offset } => Self::Base64Character { offset: map(offset) },
            Self::Base64Padding { offset } => Self::Base64Padding { offset: map(offset) },
            Self::Base64TrailingBits { offset } => Self::Base64TrailingBits { offset: map(offset) },
        }
    }
}

impl Coded for EncodingError {
    fn code(&self) -> &'static str {
        match self {
            Self::HexLength { .. } => "hex_length",
            Self::HexCharacter { .. } => "hex_character",
            Self::Base64Length { .. } => "base64_length",
            Self::Base64Character { .. } => "base64_character",
            Self::Base64Padding { .. } => "base64_padding",
            Self::Base64TrailingBits { .. } => "base64_trailing_bits",
        }
    }

    fn offset(&self) -> Option<u64> {
        match *self {
            Self::HexLength { .. } | Self::Base64Length { .. } => None,
            Self::HexCharacter { offset }
            | Self::Base64Character { offset }
            | Self::Base64Padding { offset }
            | Self::Base64TrailingBits { offset } => u64::try_from(offset).ok(),
        }
    }
}

/// Reads exactly `N` bytes from `2 * N` lower-case hexadecimal digits.
///
/// # Errors
/// [`EncodingError::HexLength`] or [`EncodingError::HexCharacter`] with the offset of the first character that is
/// wrong.
pub fn hex_decode<const N: usize>(text: impl AsRef<[u8]>) -> Result<[u8; N], EncodingError> {
    let text = text.as_ref();
    if text.len() != N * 2 {
        return Err(EncodingError::HexLength { expected: N * 2, found: text.len() });
    }
    let mut bytes = [0; N];
    let mut valid = true;
    // No early exit: the loop then has no branches and compiles to vector instructions.
    for (byte, pair) in bytes.iter_mut().zip(text.as_chunks::<2>().0) {
        let [(high, high_valid), (low, low_valid)] = pair.map(nibble);
        *byte = (high << 4) | low;
        valid &= high_valid & low_valid;
    }
    if valid {
        return Ok(bytes);
    }
    let offset = text.iter().position(|&digit| !nibble(digit).1).unwrap_or(text.len());
    Err(EncodingError::HexCharacter { offset })
}

/// The value of a hexadecimal digit, and whether it is one; the value is below 16 only if it is.
const fn nibble(digit: u8) -> (u8, bool) {
    let number = digit.wrapping_sub(b'0');
    let letter = digit.wrapping_sub(b'a');
    if number < 10 { (number, true) } else { (letter.wrapping_add(10) & 0x0f, letter < 6) }
}

/// Writes the digits of `bytes` into `out`, as far as both go.
pub(crate) fn hex_write(bytes: &[u8], out: &mut [u8]) {
    for (pair, &byte) in out.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [byte >> 4, byte & 0x0f].map(|n| if n < 10 { b'0' + n } else { b'a' - 10 + n });
    }
}

/// Writes bytes as lower-case hexadecimal.
#[must_use]
pub fn hex_encode(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// Reads strict base64.
///
/// # Errors
/// The [`EncodingError`] that names the first thing wrong and its offset. White space and the URL-safe alphabet are
/// wrong characters; missing padding is a wrong length.
pub fn base64_decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, EncodingError> {
    let text = text.as_ref();
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| Base64::decode_vec(text).ok())
        .ok_or_else(|| base64_error(text))
}

/// Writes bytes as base64 with padding.
#[must_use]
pub fn base64_encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Says why a text is not base64; only called when it is not.
fn base64_error(text: &[u8]) -> EncodingError {
    let is_data = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    if let Some(offset) = text.iter().position(|&byte| !is_data(byte) && byte != b'=') {
        return EncodingError::Base64Character { offset };
    }
    if !text.len().is_multiple_of(4) {
        return EncodingError::Base64Length { found: text.len() };
    }
    let data = text.iter().position(|&byte| byte == b'=').unwrap_or(text.len());
    if text.len() - data > 2 {
        return EncodingError::Base64Padding { offset: data };
    }
    if let Some(after) = text.iter().skip(data).position(|&byte| byte != b'=') {
        return EncodingError::Base64Padding { offset: data + after };
    }
    EncodingError::Base64TrailingBits { offset: data.saturating_sub(1) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hexadecimal_refusals_name_the_first_wrong_character() {
        assert_eq!(hex_decode::<2>("00f"), Err(EncodingError::HexLength { expected: 4, found: 3 }));
        assert_eq!(hex_decode::<2>("00ff0"), Err(EncodingError::HexLength { expected: 4, found: 5 }));
        assert_eq!(hex_decode::<2>("00fF"), Err(EncodingError::HexCharacter { offset: 3 }));
        assert_eq!(hex_decode::<2>("0 ff"), Err(EncodingError::HexCharacter { offset: 1 }));
        assert_eq!(hex_decode::<2>("g0fG"), Err(EncodingError::HexCharacter { offset: 0 }));
        assert_eq!(hex_decode::<0>(""), Ok([]));
    }

    #[test]
    fn only_sixteen_bytes_are_hexadecimal_digits() {
        for byte in 0..=u8::MAX {
            let decoded = hex_decode::<1>([b'0', byte]);
            match b"0123456789abcdef".iter().position(|&digit| digit == byte) {
                Some(value) => assert_eq!(decoded, Ok([u8::try_from(value).unwrap()])),
                None => assert_eq!(decoded, Err(EncodingError::HexCharacter { offset: 1 })),
            }
        }
    }

    #[test]
    fn base64_refusals_name_reason_and_place() {
        let refused = |text: &str| base64_decode(text).unwrap_err();
        assert_eq!(refused("QUI"), EncodingError::Base64Length { found: 3 });
        assert_eq!(refused("QUJDR"), EncodingError::Base64Length { found: 5 });
        assert_eq!(refused("Q U="), EncodingError::Base64Character { offset: 1 });
        assert_eq!(refused("QUI=\n"), EncodingError::Base64Character { offset: 4 });
        assert_eq!(refused("-_8="), EncodingError::Base64Character { offset: 0 });
        assert_eq!(refused("QUJ\u{e9}"), EncodingError::Base64Character { offset: 3 });
        assert_eq!(refused("Q==="), EncodingError::Base64Padding { offset: 1 });
        assert_eq!(refused("===="), EncodingError::Base64Padding { offset: 0 });
        assert_eq!(refused("QQ=Q"), EncodingError::Base64Padding { offset: 3 });
        assert_eq!(refused("QQ==QQ=="), EncodingError::Base64Padding { offset: 2 });
        assert_eq!(refused("QR=="), EncodingError::Base64TrailingBits { offset: 1 });
        assert_eq!(refused("QUJ="), EncodingError::Base64TrailingBits { offset: 2 });
    }

    proptest! {
        #[test]
        fn hexadecimal_round_trips(bytes in any::<[u8; 32]>()) {
            let text = hex_encode(&bytes);
            let mut written = [0; 64];
            hex_write(&bytes, &mut written);
            prop_assert_eq!(text.as_bytes(), &written);
            prop_assert_eq!(hex_decode::<32>(&text), Ok(bytes));
        }

        #[test]
        fn a_text_that_decodes_is_the_text_its_bytes_encode_to(text in "[A-Za-z0-9+/=]{0,24}") {
            match base64_decode(&text) {
                Ok(bytes) => prop_assert_eq!(base64_encode(&bytes), text),
                Err(error) => prop_assert!(error.offset().is_none_or(|offset| offset < text.len() as u64)),
            }
        }
    }
}
