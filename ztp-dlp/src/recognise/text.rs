//! The text of a PEM body: escapes, quotes, concatenation signs, log prefixes and header lines around its base64.

use zeroize::Zeroizing;

/// Least characters of a line that [`Take::Longest`] takes, but for a last one.
const LINE_CHARS_MIN: usize = 40;
/// Most bytes of a decoded body: twice an RSA key of 16,384 bits.
const DECODED_BYTES_MAX: usize = 48 * 1024;

/// Replaces the escapes that stand for ends of lines by ends of lines, and others by what they stand for; anything else stays.
pub(super) fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, mut after)) = rest.split_first() {
        if byte != b'\\' {
            out.push(byte);
            rest = after;
            continue;
        }
        while let Some(fewer) = after.strip_prefix(b"\\") {
            after = fewer;
        }
        match after.split_first() {
            Some((b'n' | b'r', tail)) => {
                out.push(b'\n');
                rest = tail;
            }
            Some((b't', tail)) => {
                out.push(b' ');
                rest = tail;
            }
            Some((b'u', tail)) => rest = code(&mut out, tail, 4),
            Some((b'x', tail)) => rest = code(&mut out, tail, 2),
            _ => rest = after,
        }
    }
    out
}

/// Writes the character of a numeric escape, if it is ASCII.
fn code<'a>(out: &mut Vec<u8>, tail: &'a [u8], digits: usize) -> &'a [u8] {
    let Some((number, rest)) = tail.split_at_checked(digits) else { return tail };
    let value = std::str::from_utf8(number).ok().and_then(|text| u8::from_str_radix(text, 16).ok());
    match value {
        Some(value) if value.is_ascii() => {
            out.push(value);
            rest
        }
        _ => tail,
    }
}

/// Which of a line's runs of base64 belong to the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// All: quotes, commas and concatenation signs between them.
    All,
    /// The last one: a prefix before each line.
    Last,
    /// The longest, where it is as long as a body's line: something before and behind, and whole lines of something else.
    Longest,
    /// All, without the sign that a difference listing puts first.
    Unsigned,
}

impl Take {
    /// In the order in which they are tried.
    pub(super) const EACH: [Self; 4] = [Self::All, Self::Last, Self::Longest, Self::Unsigned];
}

/// A body in lines.
#[derive(Debug)]
pub(super) struct Lines<'a>(Vec<&'a [u8]>);

/// The end of a body whose beginning is elsewhere.
#[derive(Debug)]
pub(super) struct Tail {
    /// Characters of base64.
    pub(super) chars: usize,
    /// Those characters.
    pub(super) text: Zeroizing<Vec<u8>>,
}

impl<'a> Lines<'a> {
    /// Splits unescaped text.
    pub(super) fn of(text: &'a [u8]) -> Self {
        Self(text.split(|&byte| byte == b'\n' || byte == b'\r').filter(|line| !line.is_empty()).collect())
    }

    /// Splits a body on one line at what stands where lines ended: the text that it both begins and ends with, as `#012`, `<br>` or
    /// `</w:t></w:r></w:p><w:p><w:r><w:t>`. None if there is no such text, or it is a line end.
    pub(super) fn between(text: &'a [u8]) -> Option<Self> {
        /// Longest text between two lines.
        const BETWEEN_MAX: usize = 200;
        let most = BETWEEN_MAX.min(text.len() / 2);
        let between = (2..=most).rev().find_map(|length| {
            let (head, tail) = (text.get(..length)?, text.get(text.len() - length..)?);
            (head == tail && !head.iter().all(|byte| matches!(byte, b'\n' | b'\r' | b' '))).then_some(head)
        })?;
        let mut lines = Vec::new();
        let mut from = 0;
        for at in memchr::memmem::find_iter(text, between).chain([text.len()]) {
            lines.extend(text.get(from..at).filter(|line| !line.is_empty()));
            from = at + between.len();
        }
        Some(Self(lines))
    }

    /// Whether header lines say `Proc-Type: 4,ENCRYPTED` (RFC 1421 §4.6.1.1).
    pub(super) fn legacy_encrypted(&self) -> bool {
        let word =
            |line: &[u8], word: &[u8]| line.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
        self.0.iter().take(8).any(|line| word(line, b"proc-type") && word(line, b"encrypted"))
    }

    /// The base64 of the lines, decoded as far as it goes.
    pub(super) fn decoded(&self, take: Take) -> Zeroizing<Vec<u8>> {
        let mut text = Zeroizing::new(Vec::new());
        for line in &self.0 {
            if text.len() > DECODED_BYTES_MAX / 3 * 4 {
                break;
            }
            if is_header(line) {
                continue;
            }
            let mut runs =
                line.split(|&byte| !is_base64(byte)).filter(|run| run.iter().any(u8::is_ascii_alphanumeric));
            match take {
                Take::All => runs.for_each(|run| text.extend_from_slice(run)),
                Take::Last => text.extend_from_slice(runs.next_back().unwrap_or_default()),
                Take::Longest => {
                    let run = runs.max_by_key(|run| run.len()).unwrap_or_default();
                    if run.len() >= LINE_CHARS_MIN {
                        text.extend_from_slice(run);
                    } else if !text.is_empty() {
                        text.extend_from_slice(run);
                        break;
                    }
                }
                Take::Unsigned => {
                    for run in runs {
                        text.extend_from_slice(
                            run.strip_prefix(b"+").or(run.strip_prefix(b"-")).unwrap_or(run),
                        );
                    }
                }
            }
        }
        decode_base64(&text)
    }

    /// The lines before the end that are base64 of one length, the last of them perhaps shorter.
    pub(super) fn uniform_tail(&self) -> Tail {
        let mut kept: Vec<&[u8]> = Vec::new();
        let mut width = None;
        for line in self.0.iter().rev() {
            let runs =
                line.split(|&byte| !is_base64(byte)).filter(|run| run.iter().any(u8::is_ascii_alphanumeric));
            let Some(run) = runs.max_by_key(|run| run.len()) else { continue };
            match width {
                None if (48..=80).contains(&run.len()) => width = Some(run.len()),
                None if kept.is_empty() && run.len() < 80 => {}
                Some(width) if run.len() == width => {}
                // The first line of the part may itself be cut.
                Some(width) if run.len() < width => {
                    kept.push(run);
                    break;
                }
                _ => break,
            }
            kept.push(run);
        }
        let full = kept.iter().filter(|run| Some(run.len()) == width).count();
        let mut text = Zeroizing::new(Vec::new());
        if full >= 2 {
            kept.iter().rev().for_each(|run| text.extend_from_slice(run));
        }
        Tail { chars: text.len(), text }
    }
}

/// `Name: value`, as RFC 1421 and OpenPGP put before a body.
fn is_header(line: &[u8]) -> bool {
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    (2..=32).contains(&name)
        && line.get(name..).is_some_and(|rest| rest.starts_with(b": "))
        && line
            .get(name + 2..)
            .is_some_and(|value| !value.iter().all(|&byte| is_base64(byte)) || value.len() < 24)
}

/// Both alphabets of RFC 4648, and the padding.
pub(super) fn is_base64(byte: u8) -> bool {
    is_digit(byte) || byte == b'='
}

/// Both alphabets of RFC 4648.
pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The six bits of a character of either alphabet.
fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Decodes base64 of either alphabet; what is outside both is passed over, and bits that fill no byte are dropped.
pub(super) fn decode_base64(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 2));
    let (mut bits, mut held) = (0u32, 0u32);
    for value in text.iter().filter_map(|&byte| sextet(byte)) {
        bits = (bits << 6) | value;
        held += 6;
        if held >= 8 {
            held -= 8;
            let [.., byte] = (bits >> held).to_be_bytes();
            out.push(byte);
            bits &= (1 << held) - 1;
        }
    }
    out
}

/// The first place at which `needle`, in small letters, stands without regard to case.
pub(super) fn find_nocase(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), bytes)
        .find(|&at| bytes.get(at..at + needle.len()).is_some_and(|word| word.eq_ignore_ascii_case(needle)))
}

/// Every place at which `needle` stands.
pub(super) fn positions<'a>(bytes: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    // Overlaps included: what begins inside another one may be the one that counts.
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + memchr::memmem::find(bytes.get(from..)?, needle)?;
        from = at + 1;
        Some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_line_ends_become_line_ends_however_often_they_were_escaped() {
        assert_eq!(unescape(br"a\nb\\nc\u000ad\x0Ae\/f\u002bg"), b"a\nb\nc\nd\ne/f+g");
        assert_eq!(unescape(br"a\u00e9\q\"), br"a00e9q");
    }

    #[test]
    fn both_alphabets_decode_alike_and_rest_bits_fall_away() {
        assert_eq!(*decode_base64(b"+/8="), *decode_base64(b"-_8"));
        assert_eq!(*decode_base64(b"QUJD"), *b"ABC");
        assert_eq!(*decode_base64(b"QUJ"), *b"AB");
    }

    #[test]
    fn prefix_and_suffix_of_each_line_are_left_out() {
        let lines = Lines::of(b"2026-05-12 INFO QUJD\n2026-05-12 INFO REVG");
        assert_eq!(*lines.decoded(Take::Last), *b"ABCDEF");
        let long = "QUJD".repeat(12);
        let text = format!(
            "{{\"s\":\"stdout\"}}\n{{\"log\":\"{long}\",\"s\":\"stdout\"}}\n{{\"log\":\"REVGREVG\",\"s\":\"out\"}}"
        );
        assert_eq!(
            *Lines::of(text.as_bytes()).decoded(Take::Longest),
            [&b"ABC".repeat(12)[..], b"DEFDEF"].concat()
        );
        let lines = Lines::of(b"+QUJD\n+REVG");
        assert_eq!(*lines.decoded(Take::Unsigned), *b"ABCDEF");
    }
}
