//! uuencode (POSIX): a line `begin MODE NAME`, lines that begin with their length, and `end`.

/// Most bytes of the first line.
const HEAD_MAX: usize = 300;

/// What was decoded, and where its first line of data begins and its last one ends.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The next file at or after `from`.
pub(crate) fn next(bytes: &[u8], mut from: usize) -> Option<Decoded> {
    loop {
        let at = from + memchr::memmem::find(bytes.get(from..)?, b"begin ")?;
        from = at + 6;
        let mode = bytes.get(from..)?.iter().take(5).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
        if !(3..=4).contains(&mode) || bytes.get(from + mode) != Some(&b' ') {
            continue;
        }
        let near = bytes.get(from..bytes.len().min(from + HEAD_MAX))?;
        let Some(line) = memchr::memchr(b'\n', near) else { continue };
        let start = from + line + 1;
        let (out, end) = lines(bytes, start);
        if out.len() >= 8 {
            return Some(Decoded { bytes: out, start, end });
        }
    }
}

/// Lines of data from `start` on, and where they end.
fn lines(bytes: &[u8], start: usize) -> (Vec<u8>, usize) {
    let (mut out, mut at) = (Vec::new(), start);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let near = rest.get(..rest.len().min(128)).unwrap_or_default();
        let length = memchr::memchr(b'\n', near).unwrap_or(near.len());
        let line = near.get(..length).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some((&first @ b'!'..=b'M', data)) = line.split_first() else { break };
        let wanted = usize::from(first - b' ');
        // Spaces at the end may have been lost.
        if data.len() > wanted.div_ceil(3) * 4 + 2 || !data.iter().all(|byte| matches!(byte, b' '..=b'`')) {
            break;
        }
        let before = out.len();
        for four in data.chunks(4) {
            let bits = (0..4).fold(0_u32, |bits, place| {
                let value = four.get(place).map_or(0, |byte| (byte - b' ') & 63);
                bits << 6 | u32::from(value)
            });
            let [_, a, b, c] = bits.to_be_bytes();
            out.extend([a, b, c]);
        }
        out.truncate(before + wanted);
        at += length + 1;
    }
    (out, at.min(bytes.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(bytes: &[u8]) -> String {
        let mut text = "begin 600 key.der\n".to_owned();
        for line in bytes.chunks(45) {
            text.push(char::from(b' ' + u8::try_from(line.len()).unwrap()));
            for three in line.chunks(3) {
                let [a, b, c] = [0, 1, 2].map(|place| u32::from(*three.get(place).unwrap_or(&0)));
                let bits = a << 16 | b << 8 | c;
                for shift in [18, 12, 6, 0] {
                    let value = u8::try_from(bits >> shift & 63).unwrap();
                    text.push(char::from(if value == 0 { b'`' } else { b' ' + value }));
                }
            }
            text.push('\n');
        }
        text + "`\nend\n"
    }

    #[test]
    fn the_known_word_decodes() {
        let found = next(b"x\nbegin 644 cat.txt\n#0V%T\n`\nend\n", 0);
        assert!(found.is_none(), "three bytes are too few");
        assert_eq!(lines(b"#0V%T\n`\nend\n", 0).0, b"Cat");
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_back(bytes in prop::collection::vec(any::<u8>(), 8..300)) {
            let text = encode(&bytes);
            let found = next(text.as_bytes(), 0).unwrap();
            prop_assert_eq!(found.bytes, bytes);
            prop_assert!(text.as_bytes()[found.end..].ends_with(b"end\n"));
        }

        #[test]
        fn nothing_makes_it_panic(text in "(begin [0-7]{2,5} [a-z]{0,5}\n)?[ -~\n]{0,200}") {
            let _ = next(text.as_bytes(), 0);
        }
    }
}
