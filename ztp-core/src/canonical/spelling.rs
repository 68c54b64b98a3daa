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
