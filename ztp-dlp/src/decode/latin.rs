//! Bytes as characters: what a program makes of a binary file that it takes for ISO 8859-1, and writes in UTF-8 or in escapes. Each
//! character up to U+00FF is one byte.

use super::escapes::Unescaped;

/// Least characters beyond ASCII of a stretch, and bytes of it.
const CHARS_MIN: usize = 3;
const BYTES_MIN: usize = 24;
/// Most bytes that are walked back from the mark.
const BACK_MAX: usize = 4096;

/// The stretches of some bytes, in their order.
#[derive(Debug, Default)]
pub(crate) struct Stretches {
    from: usize,
    /// The next control character beyond ASCII at or after `from`; none asked for yet, or none left.
    control: Option<Option<usize>>,
}

impl Stretches {
    /// The place of the next mark that no text has: a control character beyond ASCII, or the version that every structure of keys and
    /// certificates has, which is two of them in ASCII.
    fn mark(&mut self, bytes: &[u8]) -> Option<usize> {
        let from = self.from;
        let rest = bytes.get(from..)?;
        let control = match self.control {
            Some(known) if known.is_none_or(|at| at >= from) => known,
            _ => {
                let next = memchr::memchr_iter(0xc2, rest).find(|&at| {
                    rest.get(at + 1).is_some_and(|byte| matches!(byte, 0x80..=0x84 | 0x86..=0x9f))
                });
                *self.control.insert(next.map(|at| from + at))
            }
        };
        let near = bytes.get(from..control.unwrap_or(bytes.len())).unwrap_or_default();
        memchr::memmem::find(near, b"\x02\x01").map(|at| from + at).or(control)
    }

    /// The next one: where it begins and ends.
    pub(crate) fn next(&mut self, bytes: &[u8]) -> Option<(usize, usize)> {
        loop {
            let from = self.from;
            let mark = self.mark(bytes)?;
            let mut start = mark;
            while start > from && mark - start < BACK_MAX {
                start = match (bytes.get(start - 1), start.checked_sub(2).map(|two| (two, bytes.get(two)))) {
                    (Some(0..=0x7f), _) => start - 1,
                    (Some(0x80..=0xbf), Some((two, Some(0xc2 | 0xc3)))) if two >= from => two,
                    _ => break,
                };
            }
            let (mut end, mut wide) = (start, 0);
            while let Some(length) = step(bytes, end) {
                wide += usize::from(length == 2);
                end += length;
            }
            self.from = end.max(mark + 1);
            if wide >= CHARS_MIN && end - start - wide >= BYTES_MIN {
                return Some((start, end));
            }
        }
    }
}

/// The length of the character at `at` that is one byte: 1 or 2.
fn step(bytes: &[u8], at: usize) -> Option<usize> {
    match (*bytes.get(at)?, bytes.get(at + 1)) {
        (0..=0x7f, _) => Some(1),
        (0xc2 | 0xc3, Some(0x80..=0xbf)) => Some(2),
        _ => None,
    }
}

/// Each character of a stretch as its byte.
pub(crate) fn decode(text: &[u8]) -> Unescaped {
    let mut out = Unescaped { bytes: Vec::with_capacity(text.len()), ..Unescaped::default() };
    out.pieces.push((0, 0));
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (byte, text.get(at + 1)) {
            (0xc2 | 0xc3, Some(&low @ 0x80..=0xbf)) => {
                out.bytes.push((byte & 3) << 6 | (low & 0x3f));
                out.count += 1;
                at += 2;
                out.pieces.push((out.bytes.len(), at));
            }
            _ => {
                out.bytes.push(byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(bytes: &[u8]) -> Vec<u8> {
        bytes.iter().map(|&byte| char::from(byte)).collect::<String>().into_bytes()
    }

    #[test]
    fn text_of_people_is_no_stretch() {
        for text in ["Größe: 3 µm, naïve façade, § 5, «été» à Zürich – ok", "\u{1b}[1mfett\u{1b}[0m größer"]
        {
            assert_eq!(Stretches::default().next(text.repeat(9).as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn bytes_written_as_characters_read_back(
            bytes in prop::collection::vec(any::<u8>(), 30..300),
            before in "[a-z \u{20ac}]{0,20}",
        ) {
            let bytes = [b"0\x82\x01\x02\x02\x01\x00\xa0\xff\xfe".as_slice(), &bytes].concat();
            let text = [before.as_bytes(), b"\xe2\x82\xac", &written(&bytes)].concat();
            let (start, end) = Stretches::default().next(&text).unwrap();
            prop_assert_eq!(end, text.len());
            prop_assert_eq!(decode(&text[start..]).bytes, bytes);
        }

        #[test]
        fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let (mut from, mut all) = (0, Stretches::default());
            while let Some((start, end)) = all.next(&bytes) {
                prop_assert!(from <= start && start < end);
                let decoded = decode(&bytes[start..end]);
                prop_assert!(decoded.pieces.is_sorted());
                from = end;
            }
        }
    }
}
