//! Base64, base32, hexadecimal and lists of numbers (RFC 4648), at any alignment.

use crate::segment::{HEX, class};

/// The value of a character in base64 or base64url.
const fn base64_value(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => 0,
    }
}

/// The value of a character in base32, in either case.
const fn base32_value(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => 0,
    }
}

/// The value of a character in base32's alphabet of hexadecimal digits (RFC 4648 §7), in either case.
const fn base32hex_value(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'V' => byte - b'A' + 10,
        b'a'..=b'v' => byte - b'a' + 10,
        _ => 0,
    }
}

/// The value of a hexadecimal digit.
const fn hex_value(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => 0,
    }
}

/// A function of a byte as a table.
macro_rules! table {
    ($value:ident) => {{
        let mut table = [0; 256];
        let mut byte = 0_u8;
        loop {
            #[allow(clippy::indexing_slicing, reason = "a byte is below 256, and this runs at compile time")]
            {
                table[byte as usize] = $value(byte);
            }
            if byte == u8::MAX {
                break table;
            }
            byte += 1;
        }
    }};
}

static BASE64: [u8; 256] = table!(base64_value);
static BASE32: [u8; 256] = table!(base32_value);
static BASE32_HEX: [u8; 256] = table!(base32hex_value);

#[inline]
fn look_up(table: &[u8; 256], byte: u8) -> u32 {
    u32::from(table.get(usize::from(byte)).copied().unwrap_or_default())
}

/// Decodes characters of base64, of either alphabet, from the one at `skip`; bits that fill no byte are left out.
pub(crate) fn base64(chars: &[u8], skip: usize, out: &mut Vec<u8>) {
    out.clear();
    let (quads, rest) = chars.get(skip..).unwrap_or_default().as_chunks::<4>();
    out.resize(quads.len() * 3, 0);
    for (triple, quad) in out.as_chunks_mut::<3>().0.iter_mut().zip(quads) {
        let bits = quad.iter().fold(0, |bits, &byte| (bits << 6) | look_up(&BASE64, byte));
        let [_, a, b, c] = bits.to_be_bytes();
        *triple = [a, b, c];
    }
    let bits = rest.iter().fold(0, |bits, &byte| (bits << 6) | look_up(&BASE64, byte));
    let [_, a, b, _] = (bits << (24 - 6 * rest.len())).to_be_bytes();
    match rest.len() {
        2 => out.push(a),
        3 => out.extend([a, b]),
        _ => {}
    }
}

/// Decodes characters of base32, in either case, from the one at `skip`.
pub(crate) fn base32(chars: &[u8], skip: usize, out: &mut Vec<u8>) {
    fives(&BASE32, chars, skip, out);
}

/// The same in the alphabet of hexadecimal digits.
pub(crate) fn base32hex(chars: &[u8], skip: usize, out: &mut Vec<u8>) {
    fives(&BASE32_HEX, chars, skip, out);
}

fn fives(values: &[u8; 256], chars: &[u8], skip: usize, out: &mut Vec<u8>) {
    out.clear();
    let chars = chars.get(skip..).unwrap_or_default();
    out.reserve(chars.len() * 5 / 8);
    for group in chars.chunks(8) {
        let bits = group.iter().fold(0_u64, |bits, &byte| (bits << 5) | u64::from(look_up(values, byte)));
        let bytes = (bits << (64 - 5 * group.len())).to_be_bytes();
        out.extend_from_slice(bytes.get(..group.len() * 5 / 8).unwrap_or_default());
    }
}

/// Decodes hexadecimal digits from the one at `skip`; a digit without its second is left out.
pub(crate) fn hex(chars: &[u8], skip: usize, out: &mut Vec<u8>) {
    out.clear();
    let pairs = chars.get(skip..).unwrap_or_default().as_chunks::<2>().0;
    out.extend(pairs.iter().map(|&[high, low]| (hex_value(high) << 4) | hex_value(low)));
}

/// Decodes groups of hexadecimal digits with separators: `30:82`, `0x30, 0x82`, `\x30\x82`, `3082 04a4`. False unless
/// every group has a whole number of bytes, at most four of them, and there are at least eight bytes.
pub(crate) fn hex_groups(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut rest = text;
    let mut groups = 0_usize;
    loop {
        let digits = rest.iter().position(|&byte| class(byte) & HEX != 0).unwrap_or(rest.len());
        rest = rest.get(digits..).unwrap_or_default();
        if let [b'0', b'x' | b'X', after @ ..] = rest {
            rest = after;
        }
        let len = rest.iter().position(|&byte| class(byte) & HEX == 0).unwrap_or(rest.len());
        let (group, after) = rest.split_at(len);
        if group.is_empty() {
            if rest.is_empty() {
                return groups > 1 && out.len() >= 8;
            }
            continue;
        }
        match group {
            // `0x5` in an array.
            &[digit] => out.push(hex_value(digit)),
            _ if len.is_multiple_of(2) && len <= 8 => {
                out.extend(
                    group
                        .as_chunks::<2>()
                        .0
                        .iter()
                        .map(|&[high, low]| (hex_value(high) << 4) | hex_value(low)),
                );
            }
            // The first and last may belong to something else, such as the word before.
            _ if groups == 0 => {}
            _ => return groups > 1 && out.len() >= 8,
        }
        groups += 1;
        rest = after;
    }
}

/// Decodes decimal numbers below 256 with separators: `48, 130, 4`. False unless there are at least eight, and no
/// larger number or other text is among them.
pub(crate) fn decimals(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    for token in text.split(|byte| !byte.is_ascii_digit()).filter(|token| !token.is_empty()) {
        let number = token.iter().take(4).fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
        match u8::try_from(number) {
            Ok(byte) if token.len() <= 3 => out.push(byte),
            _ => return false,
        }
    }
    out.len() >= 8 && !text.iter().any(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(decode: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = vec![9; 3];
        decode(&mut out);
        out
    }

    #[test]
    fn the_vectors_of_rfc_4648_decode() {
        for (text, bytes) in [("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(decoded(|out| base64(text.as_bytes(), 0, out)), bytes.as_bytes());
        }
        for (text, bytes) in
            [("MY", "f"), ("MZXQ", "fo"), ("MZXW6", "foo"), ("MZXW6YQ", "foob"), ("mzxw6ytboi", "foobar")]
        {
            assert_eq!(decoded(|out| base32(text.as_bytes(), 0, out)), bytes.as_bytes());
        }
        for text in ["CPNMUOJ1E8", "cpnmuoj1e8"] {
            assert_eq!(decoded(|out| base32hex(text.as_bytes(), 0, out)), b"foobar");
        }
        assert_eq!(decoded(|out| hex(b"666F6f6", 0, out)), b"foo");
    }

    #[test]
    fn groups_and_arrays_decode() {
        for text in [
            "30:82:04:a4:02:01:00:02",
            "0x30, 0x82, 0x4, 0xa4, 2, 1, 0, 2",
            "\\x30\\x82\\x04\\xa4\\x02\\x01\\x00\\x02",
            "3082 04a4\n0201 0002",
        ] {
            let mut out = Vec::new();
            assert!(hex_groups(text.as_bytes(), &mut out), "{text}");
            assert_eq!(out, [0x30, 0x82, 4, 0xa4, 2, 1, 0, 2], "{text}");
        }
        let mut out = Vec::new();
        assert!(decimals(b"48, 130, 4, 164, 2, 1, 0, 2", &mut out));
        assert_eq!(out, [0x30, 0x82, 4, 0xa4, 2, 1, 0, 2]);
        assert!(!decimals(b"1, 2, 3, 4, 5, 6, 7, 256", &mut out));
        assert!(!decimals(b"1, 2, 3", &mut out));
    }

    proptest! {
        #[test]
        fn base64_at_any_alignment_holds_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), before in "[A-Za-z0-9+/]{0,9}") {
            use base64ct_oracle as oracle;
            let text = format!("{before}{}", oracle(&bytes));
            let skip = before.len();
            prop_assert_eq!(decoded(|out| base64(text.as_bytes(), skip, out)), bytes);
        }

        #[test]
        fn hex_at_either_nibble_holds_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let text = ztp_core::encoding::hex_encode(&bytes);
            prop_assert_eq!(decoded(|out| hex(format!("f{text}").as_bytes(), 1, out)), bytes);
        }
    }

    /// Base64 as the core writes it, without padding.
    fn base64ct_oracle(bytes: &[u8]) -> String {
        ztp_core::encoding::base64_encode(bytes).trim_end_matches('=').to_owned()
    }
}
