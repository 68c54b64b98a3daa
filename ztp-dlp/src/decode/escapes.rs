//! Texts in which some characters are spelled out: percent-encoding, backslash escapes, character references,
//! quoted-printable. What is no escape stays as it is.

/// Decoded text, and where its pieces stand: from decoded offset `.0` on, bytes stand one for one from source offset `.1`.
#[derive(Debug, Default)]
pub(crate) struct Unescaped {
    pub(crate) bytes: Vec<u8>,
    pub(crate) pieces: Vec<(usize, usize)>,
    /// Escapes that were decoded.
    pub(crate) count: usize,
}

/// A way of spelling characters out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// `%41`, and `%u0041`; `+` stays.
    Percent,
    /// `\u0041`, `\x41`, `\101`, `\n`, `\"`, `\/`, `\\`, `\u{41}`, `\U00000041`.
    Backslash,
    /// `&#65;`, `&#x41;`, `&amp;` and the like.
    Html,
    /// `=41`, and `=` at the end of a line.
    QuotedPrintable,
}

impl Spelling {
    /// The byte that escapes begin with.
    pub(crate) const fn lead(self) -> u8 {
        match self {
            Self::Percent => b'%',
            Self::Backslash => b'\\',
            Self::Html => b'&',
            Self::QuotedPrintable => b'=',
        }
    }

    /// Reads the escape at the start of `rest`, whose first byte is the lead: its length, and what it stands for.
    pub(crate) fn read(self, rest: &[u8]) -> Option<(usize, Spelled)> {
        match self {
            Self::Percent => percent(rest),
            Self::Backslash => backslash(rest),
            Self::Html => html(rest),
            Self::QuotedPrintable => quoted_printable(rest),
        }
    }

    /// Decodes all of `text`; one pass, no longer than the text.
    pub(crate) fn decode(self, text: &[u8]) -> Unescaped {
        let mut out = Unescaped { bytes: Vec::with_capacity(text.len()), ..Unescaped::default() };
        let mut at = 0;
        out.pieces.push((0, 0));
        while let Some(rest) = text.get(at..) {
            let Some(plain) = rest.iter().position(|&byte| byte == self.lead()) else {
                out.bytes.extend_from_slice(rest);
                break;
            };
            out.bytes.extend_from_slice(rest.get(..plain).unwrap_or_default());
            at += plain;
            match self.read(rest.get(plain..).unwrap_or_default()) {
                Some((len, spelled)) => {
                    spelled.write(&mut out.bytes);
                    out.count += 1;
                    at += len;
                    out.pieces.push((out.bytes.len(), at));
                }
                None => {
                    out.bytes.push(self.lead());
                    at += 1;
                }
            }
        }
        out
    }
}

/// What an escape stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelled {
    Nothing,
    Byte(u8),
    Char(u32),
}

impl Spelled {
    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Nothing => {}
            Self::Byte(byte) => out.push(byte),
            // Halves of a surrogate pair and what is no character hide nothing that is looked for.
            Self::Char(code) => match char::from_u32(code) {
                Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
                None => out.push(b'?'),
            },
        }
    }

    /// Whether it is a printable character of ASCII other than a space: what is spelled out to hide it, or by a tool
    /// that spells out everything.
    pub(crate) const fn is_plain(self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Byte(byte) => byte.is_ascii_graphic(),
            Self::Char(code) => code > 0x20 && code < 0x7f,
        }
    }
}

impl Spelled {
    /// Whether it is a control character other than those of ends of lines, terminals and strings: bytes that were taken for text.
    pub(crate) const fn is_control(self) -> bool {
        let code = match self {
            Self::Nothing => return false,
            Self::Byte(byte) => byte as u32,
            Self::Char(code) => code,
        };
        matches!(code, 1..=8 | 0xe..=0x1a | 0x1c..=0x1f | 0x7f..=0x84 | 0x86..=0x9f)
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let mut number = 0_u32;
    for &digit in digits {
        number = number.checked_mul(radix)?.checked_add(char::from(digit).to_digit(radix)?)?;
    }
    (!digits.is_empty()).then_some(number)
}

fn byte(number: u32) -> Option<Spelled> {
    u8::try_from(number).ok().map(Spelled::Byte)
}

fn percent(rest: &[u8]) -> Option<(usize, Spelled)> {
    if let Some(digits) = rest.get(2..6)
        && matches!(rest.get(1), Some(b'u' | b'U'))
        && let Some(code) = number(digits, 16)
    {
        return Some((6, Spelled::Char(code)));
    }
    Some((3, byte(number(rest.get(1..3)?, 16)?)?))
}

fn backslash(rest: &[u8]) -> Option<(usize, Spelled)> {
    let kind = *rest.get(1)?;
    let simple = |byte| Some((2, Spelled::Byte(byte)));
    match kind {
        b'u' if rest.get(2) == Some(&b'{') => {
            let len = rest.get(3..)?.iter().take(7).position(|&byte| byte == b'}')?;
            Some((4 + len, Spelled::Char(number(rest.get(3..3 + len)?, 16)?)))
        }
        b'u' => Some((6, Spelled::Char(number(rest.get(2..6)?, 16)?))),
        b'U' => Some((10, Spelled::Char(number(rest.get(2..10)?, 16)?))),
        b'x' => Some((4, byte(number(rest.get(2..4)?, 16)?)?)),
        b'0'..=b'7' => {
            let len =
                rest.get(1..)?.iter().take(3).take_while(|&&digit| matches!(digit, b'0'..=b'7')).count();
            Some((1 + len, byte(number(rest.get(1..=len)?, 8)?)?))
        }
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'"' | b'\'' | b'/' | b'\\' => simple(kind),
        // A continued line.
        b'\n' => Some((2, Spelled::Nothing)),
        _ => None,
    }
}

/// Names of references to characters of ASCII (HTML 4 and what HTML 5 added for them).
const NAMES: [(&[u8], u8); 24] = [
    (b"amp", b'&'),
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"quot", b'"'),
    (b"apos", b'\''),
    (b"nbsp", b' '),
    (b"plus", b'+'),
    (b"sol", b'/'),
    (b"equals", b'='),
    (b"hyphen", b'-'),
    (b"dash", b'-'),
    (b"lowbar", b'_'),
    (b"period", b'.'),
    (b"comma", b','),
    (b"colon", b':'),
    (b"semi", b';'),
    (b"NewLine", b'\n'),
    (b"Tab", b'\t'),
    (b"lpar", b'('),
    (b"rpar", b')'),
    (b"lbrace", b'{'),
    (b"rbrace", b'}'),
    (b"bsol", b'\\'),
    (b"num", b'#'),
];

fn html(rest: &[u8]) -> Option<(usize, Spelled)> {
    if let Some(digits) = rest.strip_prefix(b"&#") {
        let (radix, skip) = if matches!(digits.first(), Some(b'x' | b'X')) { (16, 1) } else { (10, 0) };
        let digits = digits.get(skip..)?;
        // Leading zeros are allowed, without end; some receivers take fewer.
        let len = digits.iter().take(16).take_while(|&&digit| char::from(digit).is_digit(radix)).count();
        let semicolon = usize::from(digits.get(len) == Some(&b';'));
        return Some((2 + skip + len + semicolon, Spelled::Char(number(digits.get(..len)?, radix)?)));
    }
    NAMES.iter().find_map(|(name, byte)| {
        let after = rest.get(1..)?.strip_prefix(*name)?;
        (after.first() == Some(&b';')).then_some((name.len() + 2, Spelled::Byte(*byte)))
    })
}

fn quoted_printable(rest: &[u8]) -> Option<(usize, Spelled)> {
    match rest {
        [_, b'\n', ..] => Some((2, Spelled::Nothing)),
        [_, b'\r', b'\n', ..] => Some((3, Spelled::Nothing)),
        _ => Some((3, byte(number(rest.get(1..3)?, 16)?)?)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(spelling: Spelling, text: &str) -> String {
        String::from_utf8(spelling.decode(text.as_bytes()).bytes).unwrap()
    }

    #[test]
    fn each_spelling_is_read_as_its_receivers_read_it() {
        for (spelling, text, plain) in [
            (Spelling::Percent, "%2D%2d%u0042%%4", "--B%%4"),
            (Spelling::Backslash, r"\u002d\x42\105\U00000047\u{49}\n\/\\\q", "-BEGI\n/\\\\q"),
            (Spelling::Html, "&#45;&#x42;&#0069;&plus;&amp;&nosuch;&#;", "-BE+&&nosuch;&#;"),
            (Spelling::QuotedPrintable, "=2D=42EG=\r\nIN=\nX==", "-BEGINX=="),
        ] {
            assert_eq!(decoded(spelling, text), plain);
        }
    }

    proptest! {
        #[test]
        fn what_is_spelled_out_reads_back(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let percent: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
            prop_assert_eq!(&Spelling::Percent.decode(percent.as_bytes()).bytes, &bytes);
            let escaped: String = bytes.iter().map(|byte| format!("\\x{byte:02X}")).collect();
            prop_assert_eq!(&Spelling::Backslash.decode(escaped.as_bytes()).bytes, &bytes);
            let quoted: String = bytes.iter().map(|byte| format!("={byte:02X}")).collect();
            prop_assert_eq!(&Spelling::QuotedPrintable.decode(quoted.as_bytes()).bytes, &bytes);
        }

        #[test]
        fn nothing_grows_and_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for spelling in [Spelling::Percent, Spelling::Backslash, Spelling::Html, Spelling::QuotedPrintable] {
                prop_assert!(spelling.decode(&bytes).bytes.len() <= bytes.len());
            }
        }
    }
}
