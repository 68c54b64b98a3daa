//! Spaces as a reader sees them: line ends, tabs, and the spaces of typography, each run of them one space.

use super::escapes::Unescaped;

/// Spaces of Unicode other than those of ASCII, in UTF-8, and the references that stand for them in HTML.
const SPACES: [&[u8]; 20] = [
    b"\xc2\xa0",
    b"\xe2\x80\x80",
    b"\xe2\x80\x81",
    b"\xe2\x80\x82",
    b"\xe2\x80\x83",
    b"\xe2\x80\x84",
    b"\xe2\x80\x85",
    b"\xe2\x80\x86",
    b"\xe2\x80\x87",
    b"\xe2\x80\x88",
    b"\xe2\x80\x89",
    b"\xe2\x80\x8a",
    b"\xe2\x80\xaf",
    b"\xe2\x81\x9f",
    b"\xe3\x80\x80",
    b"&nbsp;",
    b"&ensp;",
    b"&emsp;",
    b"&#160;",
    b"&#xa0;",
];

/// Length of the space at the start of `rest`; 0 if there is none.
fn space(rest: &[u8]) -> usize {
    match rest.first() {
        Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) => 1,
        Some(0xc2 | 0xe2 | 0xe3 | b'&') => SPACES
            .iter()
            .find(|space| rest.get(..space.len()).is_some_and(|head| head.eq_ignore_ascii_case(space)))
            .map_or(0, |space| space.len()),
        _ => 0,
    }
}

/// The text with each run of spaces as one; none if it is so already.
pub(crate) fn even(text: &[u8]) -> Option<Unescaped> {
    let mut out = Unescaped::default();
    let mut at = 0;
    out.pieces.push((0, 0));
    while let Some(&byte) = text.get(at) {
        let from = at;
        while let length @ 1.. = space(text.get(at..).unwrap_or_default()) {
            at += length;
        }
        if at == from {
            out.bytes.push(byte);
            at += 1;
            continue;
        }
        out.bytes.push(b' ');
        if text.get(from..at) != Some(b" ") {
            out.count += 1;
            out.pieces.push((out.bytes.len(), at));
        }
    }
    (out.count > 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_space_is_one_space() {
        for text in
            ["a\u{a0}b", "a&nbsp;b", "a \n\t b", "a\r\nb", "a\u{2009}\u{202f}b", "a&#xA0;b", "a\u{3000} b"]
        {
            assert_eq!(even(text.as_bytes()).unwrap().bytes, b"a b", "{text:?}");
        }
        assert!(even(b"a b").is_none());
    }

    proptest! {
        #[test]
        fn pieces_ascend_and_nothing_but_spaces_goes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(out) = even(&bytes) {
                prop_assert!(out.pieces.is_sorted() && out.bytes.len() <= bytes.len());
            }
        }
    }
}
