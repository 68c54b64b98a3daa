//! Characters that look like others, or like nothing: folded to the ASCII that a reader sees.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

use super::escapes::Unescaped;
use crate::segment::{BASE64, class};

/// Whether a character has no shape: it can be put between any two others unseen.
const fn is_shapeless(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    ) || (char >= '\u{300}' && char <= '\u{36f}')
}

/// Letters of other scripts, and signs, that look like a character of ASCII. From the shapes themselves; compatibility
/// forms (full width, mathematical, circled) are left to normalisation.
const LOOK_ALIKES: &[(char, &str)] = &[
    // The first code point, and what it and those after it look like; a space where they look like nothing in ASCII.
    ('\u{391}', "AB  EZH IK MN O P  TY X"),
    ('\u{3b1}', "a       ik  v o p   u x"),
    ('\u{405}', "SIIJ"),
    ('\u{410}', "A B  E 3  K MHO PCTY X"),
    ('\u{430}', "a    e    k   o pc y x"),
    ('\u{455}', "siij"),
    ('\u{13a0}', "DRT  i   YAJE"),
];

/// Single look-alikes outside those rows.
const SINGLE: &[(char, char)] = &[
    ('\u{2010}', '-'),
    ('\u{2011}', '-'),
    ('\u{2012}', '-'),
    ('\u{2013}', '-'),
    ('\u{2014}', '-'),
    ('\u{2015}', '-'),
    ('\u{2212}', '-'),
    ('\u{fe58}', '-'),
    ('\u{fe63}', '-'),
    ('\u{ff0d}', '-'),
    ('\u{2043}', '-'),
    ('\u{2e3a}', '-'),
    ('\u{30fc}', '-'),
    ('\u{4e00}', '-'),
    ('\u{2500}', '-'),
    ('\u{2501}', '-'),
    ('\u{2044}', '/'),
    ('\u{2215}', '/'),
    ('\u{29f8}', '/'),
    ('\u{a4fa}', '.'),
    ('\u{3002}', '.'),
    ('\u{2024}', '.'),
    ('\u{131}', 'i'),
    ('\u{261}', 'g'),
    ('\u{251}', 'a'),
    ('\u{4cf}', 'l'),
    ('\u{4c0}', 'I'),
    ('\u{501}', 'd'),
    ('\u{51b}', 'q'),
    ('\u{51d}', 'w'),
    ('\u{4bb}', 'h'),
    ('\u{4ae}', 'Y'),
    ('\u{50c}', 'G'),
    ('\u{585}', 'o'),
    ('\u{578}', 'n'),
    ('\u{57d}', 'u'),
    ('\u{570}', 'h'),
    ('\u{581}', 'g'),
    ('\u{54d}', 'U'),
    ('\u{555}', 'O'),
    ('\u{13b3}', 'W'),
    ('\u{13b7}', 'M'),
    ('\u{13bb}', 'H'),
    ('\u{13c0}', 'G'),
    ('\u{13c2}', 'h'),
    ('\u{13c3}', 'Z'),
    ('\u{13d9}', 'V'),
    ('\u{13da}', 'S'),
    ('\u{13de}', 'L'),
    ('\u{13df}', 'C'),
    ('\u{13e2}', 'P'),
    ('\u{13e6}', 'K'),
    ('\u{13f4}', 'B'),
    ('\u{1d0f}', 'o'),
    ('\u{1d04}', 'c'),
    ('\u{1d20}', 'v'),
    ('\u{1d21}', 'w'),
    ('\u{1d22}', 'z'),
    ('\u{a4d0}', 'B'),
    ('\u{a4d3}', 'D'),
    ('\u{a4f0}', 'E'),
    ('\u{a4d6}', 'G'),
    ('\u{a4e7}', 'H'),
    ('\u{a4f2}', 'I'),
    ('\u{a4d9}', 'J'),
    ('\u{a4d7}', 'K'),
    ('\u{a4e1}', 'L'),
    ('\u{a4df}', 'M'),
    ('\u{a4e0}', 'N'),
    ('\u{a4f3}', 'O'),
    ('\u{a4d1}', 'P'),
    ('\u{a4e3}', 'R'),
    ('\u{a4e2}', 'S'),
    ('\u{a4d4}', 'T'),
    ('\u{a4f4}', 'U'),
    ('\u{a4e6}', 'V'),
    ('\u{a4ea}', 'W'),
    ('\u{a4eb}', 'X'),
    ('\u{a4ec}', 'Y'),
    ('\u{a4dc}', 'Z'),
    ('\u{a4ee}', 'A'),
    ('\u{a4da}', 'C'),
    ('\u{a4dd}', 'F'),
];

/// All look-alikes, by code point.
static BY_CODE: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let rows = LOOK_ALIKES.iter().flat_map(|(first, row)| (*first..).zip(row.chars()));
    let mut all: Vec<(char, char)> =
        rows.filter(|(_, ascii)| *ascii != ' ').chain(SINGLE.iter().copied()).collect();
    all.sort_by_key(|(look, _)| *look);
    all
});

/// The character of ASCII that another looks like.
pub(crate) fn look_alike(char: char) -> Option<char> {
    let place = BY_CODE.binary_search_by_key(&char, |(look, _)| *look).ok()?;
    BY_CODE.get(place).map(|(_, ascii)| *ascii)
}

/// What a character outside ASCII folds to: nothing, one or more characters of ASCII, or itself.
fn fold_char(char: char, out: &mut Vec<u8>) -> bool {
    if is_shapeless(char) {
        return true;
    }
    if let Some(ascii) = look_alike(char).and_then(|ascii| u8::try_from(ascii).ok()) {
        out.push(ascii);
        return true;
    }
    let from = out.len();
    for part in std::iter::once(char).nfkd() {
        if let Ok(ascii @ 0..0x80) = u8::try_from(part) {
            out.push(ascii);
        } else if let Some(ascii) = look_alike(part).and_then(|ascii| u8::try_from(ascii).ok()) {
            out.push(ascii);
        }
    }
    if out.len() > from {
        return true;
    }
    out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    false
}

/// Folds a text; bytes that are no UTF-8 stay.
pub(crate) fn fold(text: &[u8]) -> Unescaped {
    let mut out = Unescaped { bytes: Vec::with_capacity(text.len()), ..Unescaped::default() };
    out.pieces.push((0, 0));
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            at += char.len_utf8();
            if char.is_ascii() {
                out.bytes.push(u8::try_from(char).unwrap_or(b'?'));
            } else if fold_char(char, &mut out.bytes) {
                out.count += 1;
                out.pieces.push((out.bytes.len(), at));
            }
        }
        out.bytes.extend_from_slice(chunk.invalid());
        at += chunk.invalid().len();
    }
    out
}

/// For each character of the basic plane, whether [`hides`] holds.
static HIDING: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![0; 1 << 10];
    for code in 0..=u16::MAX {
        if let Some(word) = bits.get_mut(usize::from(code / 64))
            && char::from_u32(u32::from(code)).is_some_and(hides)
        {
            *word |= 1 << (code % 64);
        }
    }
    bits
});

/// Whether a character has no shape, or one that a character of ASCII has.
fn hides(char: char) -> bool {
    is_shapeless(char) || look_alike(char).is_some() || is_compatible(char)
}

/// [`hides`], by the table.
fn hides_quickly(char: char) -> bool {
    let code = u32::from(char);
    let word = usize::try_from(code / 64).ok().and_then(|word| HIDING.get(word));
    word.map_or_else(|| hides(char), |word| word >> (code % 64) & 1 == 1)
}

/// The bytes of a text, from `from` on, around the next character that is shapeless or a look-alike next to a character
/// of ASCII that words are made of: where other scripts stand by themselves, nothing is hidden. Start and end.
pub(crate) fn next_mixed(bytes: &[u8], from: usize) -> Option<usize> {
    let is_word = |byte: Option<&u8>| {
        byte.is_some_and(|&byte| class(byte) & BASE64 != 0 || matches!(byte, b'=' | b'.' | b' '))
    };
    let mut at = from;
    loop {
        at = next_lead(bytes, at)?;
        let len = usize::try_from(bytes.get(at)?.leading_ones()).unwrap_or(1);
        let beside =
            is_word(at.checked_sub(1).and_then(|before| bytes.get(before))) || is_word(bytes.get(at + len));
        if let Some(char) = char_at(bytes, at, len)
            && ((beside && hides_quickly(char))
                || (is_alphanumeric_form(char) && beside_another(bytes, at + len)))
        {
            return Some(at);
        }
        at += 1;
    }
}

/// The character of `len` bytes at `at`.
fn char_at(bytes: &[u8], at: usize, len: usize) -> Option<char> {
    std::str::from_utf8(bytes.get(at..at + len)?).ok()?.chars().next()
}

/// Whether a character is a letter or digit of full width or of mathematics, which make words by themselves.
const fn is_alphanumeric_form(char: char) -> bool {
    matches!(char, '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7ff}')
}

/// Whether another such character stands at `at`.
fn beside_another(bytes: &[u8], at: usize) -> bool {
    let len = bytes.get(at).map_or(1, |byte| usize::try_from(byte.leading_ones()).unwrap_or(1));
    char_at(bytes, at, len).is_some_and(is_alphanumeric_form)
}

/// The next byte that begins a character of more than one byte: its two upper bits are set. Eight bytes at a time.
fn next_lead(bytes: &[u8], from: usize) -> Option<usize> {
    let (eights, rest) = bytes.get(from..)?.as_chunks::<8>();
    for (number, eight) in eights.iter().enumerate() {
        let word = u64::from_le_bytes(*eight);
        let leads = word & (word << 1) & 0x8080_8080_8080_8080;
        if leads != 0 {
            return Some(from + 8 * number + usize::try_from(leads.trailing_zeros() / 8).unwrap_or(0));
        }
    }
    let place = rest.iter().position(|&byte| byte >= 0xc0)?;
    Some(from + 8 * eights.len() + place)
}

/// Forms of Latin letters that normalisation takes back.
const fn is_compatible(char: char) -> bool {
    matches!(char, '\u{2070}'..='\u{209c}' | '\u{2100}'..='\u{214f}' | '\u{2160}'..='\u{217f}' | '\u{2460}'..='\u{24ea}'
        | '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1f100}'..='\u{1f1ff}' | '\u{1fbf0}'..='\u{1fbf9}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        for text in [
            "-----\u{412}EG\u{406}N",
            "-\u{200b}-\u{2060}---BE\u{ad}GIN",
            "\u{2013}\u{2014}\u{2212}\u{ff0d}-\u{ff22}\u{ff25}\u{ff27}\u{ff29}\u{ff2e}",
            "-----\u{1d401}\u{1d404}\u{1d406}\u{1d408}\u{1d40d}",
            "-----\u{392}\u{395}\u{50c}\u{399}\u{39d}",
            "-----B\u{301}EGIN",
        ] {
            assert_eq!(String::from_utf8(fold(text.as_bytes()).bytes).unwrap(), "-----BEGIN");
            assert!(next_mixed(text.as_bytes(), 0).is_some(), "{text}");
        }
    }

    #[test]
    fn other_scripts_by_themselves_are_no_reason_to_fold() {
        assert_eq!(next_mixed("\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442}".as_bytes(), 0), None);
        assert_eq!(next_mixed("caf\u{e9} na\u{ef}ve".as_bytes(), 0), None);
    }

    #[test]
    fn the_table_says_what_the_lists_say() {
        for char in '\0'..=char::MAX {
            assert_eq!(hides_quickly(char), hides(char), "{char:?}");
        }
    }

    fn next_mixed_plainly(bytes: &[u8]) -> Option<usize> {
        let is_word = |byte: Option<&u8>| {
            byte.is_some_and(|&byte| byte.is_ascii_alphanumeric() || b"-+/_=. ".contains(&byte))
        };
        let mut at = 0_usize;
        for chunk in bytes.utf8_chunks() {
            for char in chunk.valid().chars() {
                let beside = is_word(at.checked_sub(1).and_then(|before| bytes.get(before)))
                    || is_word(bytes.get(at + char.len_utf8()));
                let next = std::str::from_utf8(&bytes[at + char.len_utf8()..]);
                let next = match next {
                    Ok(text) => text.chars().next(),
                    Err(error) => std::str::from_utf8(&bytes[at + char.len_utf8()..][..error.valid_up_to()])
                        .unwrap()
                        .chars()
                        .next(),
                };
                let form = is_alphanumeric_form(char) && next.is_some_and(is_alphanumeric_form);
                if !char.is_ascii() && (beside && hides(char) || form) {
                    return Some(at);
                }
                at += char.len_utf8();
            }
            at += chunk.invalid().len();
        }
        None
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_pieces_ascend(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let folded = fold(&bytes);
            prop_assert!(folded.pieces.is_sorted());
            prop_assert_eq!(next_mixed(&bytes, 0), next_mixed_plainly(&bytes));
        }

        #[test]
        fn the_next_mixed_character_is_the_one_that_a_plain_walk_finds(
            pieces in prop::collection::vec(prop_oneof![
                prop::sample::select(vec!["a", "-", " ", "!", "\u{412}", "\u{43f}", "\u{e9}", "\u{200b}", "\u{1d401}", "\u{ff0d}"])
                    .prop_map(|text| text.as_bytes().to_vec()),
                prop::collection::vec(any::<u8>(), 1..3),
            ], 0..80),
        ) {
            let bytes = pieces.concat();
            prop_assert_eq!(next_mixed(&bytes, 0), next_mixed_plainly(&bytes));
        }
    }
}
