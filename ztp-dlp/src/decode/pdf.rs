//! Streams of PDF files whose filters are other than deflate (ISO 32000-1 §7.4): where one begins.

/// A filter, or what is done to bytes before they are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Ascii85 without a mark in front.
    Ascii85,
    /// LZW or run lengths: not undone.
    Unread,
    /// Rows as differences: not undone.
    Predictor,
}

/// Most bytes of a stream's dictionary before and after the name of a filter.
const DICTIONARY_MAX: usize = 1024;

/// Where the data begin of the stream in whose dictionary `filter` is named at `at`: none if the name is no more than a name, or if
/// what the predictor was for is a table of offsets or a picture.
pub(crate) fn data(bytes: &[u8], at: usize, filter: Filter) -> Option<usize> {
    let rest = bytes.get(at..bytes.len().min(at + DICTIONARY_MAX))?;
    let word = memchr::memmem::find_iter(rest, b"stream").find(|&word| {
        let before = rest.get(..word).unwrap_or_default().trim_ascii_end();
        before.ends_with(b">>") && matches!(rest.get(word + 6), Some(b'\r' | b'\n'))
    })?;
    let dictionary = rest.get(..word)?;
    if memchr::memmem::find(dictionary, b"endobj").is_some() {
        return None;
    }
    if filter == Filter::Predictor {
        let number = dictionary.get(b"/Predictor".len()..).unwrap_or_default().trim_ascii_start();
        // None, as a number or by reference to one.
        if matches!(*number, [b'1', next, ..] if !next.is_ascii_digit()) {
            return None;
        }
        let before = bytes.get(at.saturating_sub(DICTIONARY_MAX)..at).unwrap_or_default();
        let before = memchr::memmem::rfind(before, b" obj")
            .map_or(before, |from| before.get(from..).unwrap_or_default());
        let said =
            |word: &[u8]| [before, dictionary].iter().any(|part| memchr::memmem::find(part, word).is_some());
        if said(b"/XRef") || said(b"/Image") {
            return None;
        }
    }
    let line = if rest.get(word + 6..word + 8) == Some(b"\r\n") { 2 } else { 1 };
    Some(at + word + 6 + line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_one_in_the_dictionary_of_a_stream() {
        let of = |text: &[u8], filter| {
            let at = memchr::memchr(b'/', text).unwrap();
            data(text, at, filter).map(|from| text[from..].to_vec())
        };
        let stream = b"<</LZWDecode/Length 3>> stream\r\nabc\nendstream".as_slice();
        assert_eq!(of(stream, Filter::Unread), Some(b"abc\nendstream".to_vec()));
        assert_eq!(of(b"filters are /LZWDecode and more: a stream\nof them", Filter::Unread), None);
        assert_eq!(of(b"</Predictor 1>>stream\nabc", Filter::Predictor), None);
        assert!(of(b"</Predictor 12>>stream\nabc", Filter::Predictor).is_some());
        assert_eq!(of(b"</Predictor 12/Type/XRef>>stream\nabc", Filter::Predictor), None);
    }
}
