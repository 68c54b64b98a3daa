//! The one canonical spelling of each character in a string.

/// The canonical spelling of a character.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spelling {
    /// The character itself.
    Plain([u8; 1]),
    /// A backslash and a letter.
    Short([u8; 2]),
    /// `\uXXXX`.
    Unit([u8; 6]),
    /// `\uXXXX\uXXXX`, a surrogate pair.
    Pair([u8; 12]),
}

impl Spelling {
    pub(super) fn of(character: char) -> Self {
        match character {
            '"' => Self::Short(*b"\\\""),
            '\\' => Self::Short(*b"\\\\"),
            '\u{8}' => Self::Short(*b"\\b"),
            '\t' => Self::Short(*b"\\t"),
            '\n' => Self::Short(*b"\\n"),
            '\u{c}' => Self::Short(*b"\\f"),
            '\r' => Self::Short(*b"\\r"),
            _ => match u32::from(character).to_be_bytes() {
                [0, 0, 0, plain @ b' '..=b'~'] => Self::Plain([plain]),
                [0, 0, high, low] => Self::Unit(unicode_escape([high, low])),
                _ => Self::pair(character),
            },
        }
    }

    /// The spelling of a character above U+FFFF.
    fn pair(character: char) -> Self {
        let above = u32::from(character) - 0x1_0000;
        let [_, _, high @ ..] = (0xd800 | above >> 10).to_be_bytes();
        let [_, _, low @ ..] = (0xdc00 | above & 0x3ff).to_be_bytes();
        let mut pair = [0; 12];
        for (place, unit) in pair.as_chunks_mut().0.iter_mut().zip([high, low]) {
            *place = unicode_escape(unit);
        }
        Self::Pair(pair)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Plain(bytes) => bytes,
            Self::Short(bytes) => bytes,
            Self::Unit(bytes) => bytes,
            Self::Pair(bytes) => bytes,
        }
    }
}

/// `\uXXXX` for one UTF-16 code unit.
fn unicode_escape([high, low]: [u8; 2]) -> [u8; 6] {
    [b'\\', b'u', hex(high >> 4), hex(high & 15), hex(low >> 4), hex(low & 15)]
}

fn hex(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + (nibble - 10) }
}

/// The length of the escape that `bytes` start with, if it is a whole and canonical one.
pub(super) fn canonical_escape_length(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\\', b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r', ..] => Some(2),
        [b'\\', b'u', rest @ ..] => match code_unit(rest)? {
            0x08 | 0x09 | 0x0a | 0x0c | 0x0d | 0x20..=0x7e | 0xdc00..=0xdfff => None,
            0xd800..=0xdbff => match bytes {
                [_, _, _, _, _, _, b'\\', b'u', rest @ ..] => {
                    matches!(code_unit(rest)?, 0xdc00..=0xdfff).then_some(12)
                }
                _ => None,
            },
            _ => Some(6),
        },
        _ => None,
    }
}

/// The number that four lower-case hexadecimal digits spell.
fn code_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.first_chunk::<4>()?;
    let mut unit = 0;
    let mut wrong = 0;
    for digit in digits {
        let value = nibble(*digit);
        wrong |= value;
        unit = unit << 4 | u16::from(value);
    }
    (wrong < 16).then_some(unit)
}

/// The value of a lower-case hexadecimal digit, and 16 for every other byte. Without a branch to mispredict.
fn nibble(digit: u8) -> u8 {
    let number = digit.wrapping_sub(b'0');
    let letter = digit.wrapping_sub(b'a');
    if number < 10 {
        number
    } else if letter < 6 {
        letter + 10
    } else {
        16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_one_spelling_that_is_recognised_whole() {
        for character in (0..=0x10_ffff).filter_map(char::from_u32) {
            let spelling = Spelling::of(character);
            let bytes = spelling.as_bytes();
            match spelling {
                Spelling::Plain(byte) => assert_eq!(char::from(byte[0]), character),
                _ => assert_eq!(
                    canonical_escape_length(bytes),
                    Some(bytes.len()),
                    "U+{:04X}",
                    u32::from(character)
                ),
            }
            assert_eq!(canonical_escape_length(&bytes[..bytes.len() - 1]), None);
        }
    }

    #[test]
    fn every_code_unit_is_recognised_just_when_it_is_the_spelling_of_its_character() {
        for unit in 0..=u16::MAX {
            let spelled = format!("\\u{unit:04x}x");
            let canonical = char::from_u32(u32::from(unit))
                .is_some_and(|character| Spelling::of(character).as_bytes() == &spelled.as_bytes()[..6]);
            let expected = canonical.then_some(6);
            assert_eq!(canonical_escape_length(spelled.as_bytes()), expected, "{spelled}");
            let upper = spelled.to_uppercase().replace("\\U", "\\u");
            assert_eq!(
                canonical_escape_length(upper.as_bytes()),
                expected.filter(|_| upper == spelled.replace('x', "X")),
                "{upper}"
            );
        }
    }

    #[test]
    fn half_a_pair_is_not_recognised() {
        for bytes in [
            r"\ud83d",
            r"\ud83dx",
            r"\ud83d\n",
            r"\ud83d\u0041",
            r"\ud83d\ud83d",
            r"\ude00",
            r"\ud83d\ude0",
            r"\ud83d\uDE00",
        ] {
            assert_eq!(canonical_escape_length(bytes.as_bytes()), None, "{bytes}");
        }
    }

    #[test]
    fn other_letters_are_not_recognised() {
        for letter in (0..=255).filter(|letter| !b"\"\\bfnrt".contains(letter)) {
            assert_eq!(canonical_escape_length(&[b'\\', letter, b'x', b'x', b'x', b'x']), None);
        }
    }
}
