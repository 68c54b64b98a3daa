//! Ascii85, in the form of Adobe and `btoa`: five characters from `!` to `u` for four bytes, `z` for four zero bytes.

/// Decodes from the start of `text` to the first character that belongs to no group; white space is passed over.
pub(crate) fn decode(text: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let (mut group, mut count) = (0_u64, 0_u8);
    for &byte in text {
        match byte {
            b'!'..=b'u' => {
                group = group * 85 + u64::from(byte - b'!');
                count += 1;
                if count == 5 {
                    let Ok(word) = u32::try_from(group) else { return };
                    out.extend_from_slice(&word.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            b'z' if count == 0 => out.extend([0; 4]),
            b' ' | b'\n' | b'\r' | b'\t' => {}
            _ => break,
        }
    }
    if count >= 2 {
        for _ in count..5 {
            group = group * 85 + 84;
        }
        if let Ok(word) = u32::try_from(group) {
            let bytes = word.to_be_bytes();
            out.extend_from_slice(bytes.get(..usize::from(count - 1)).unwrap_or_default());
        }
    }
}

/// Whether a group of this first character may be [the first of what is looked for](may_start): its first byte is one that a text has, or a
/// head. Most characters are none.
pub(crate) fn may_lead(first: u8) -> bool {
    LEADS.get(usize::from(first)).copied().unwrap_or_default()
}

static LEADS: [bool; 256] = leads();

const fn leads() -> [bool; 256] {
    /// What one step of the first character is worth.
    const STEP: u64 = 85 * 85 * 85 * 85;
    let mut leads = [false; 256];
    let mut first = b'!';
    while first <= b'u' {
        let value = (first - b'!') as u64 * STEP;
        let mut byte = value >> 24;
        while byte <= (value + STEP - 1) >> 24 {
            if matches!(byte, 0x09 | 0x0a | 0x0d | 0x1f | 0x20..=0x7e) {
                #[allow(
                    clippy::indexing_slicing,
                    reason = "a byte is below 256, and this runs at compile time"
                )]
                {
                    leads[first as usize] = true;
                }
            }
            byte += 1;
        }
        first += 1;
    }
    leads
}

/// Whether three groups at the start of `text` give what is looked for: text, or the head of a DER sequence or gzip
/// stream. Chance passes once in millions.
pub(crate) fn may_start(text: &[u8]) -> bool {
    if !text.first().is_some_and(|&first| may_lead(first)) {
        return false;
    }
    let mut bytes = [0; 12];
    for (index, (four, five)) in
        bytes.as_chunks_mut::<4>().0.iter_mut().zip(text.as_chunks::<5>().0).enumerate()
    {
        let group = five.iter().try_fold(0_u64, |group, &byte| match byte {
            b'!'..=b'u' => Some(group * 85 + u64::from(byte - b'!')),
            _ => None,
        });
        let Some(word) = group.and_then(|group| u32::try_from(group).ok()) else { return false };
        *four = word.to_be_bytes();
        let printable = four.iter().all(|&byte| crate::segment::class(byte) & crate::segment::PRINTABLE != 0);
        if index == 0
            && matches!(*four, [0x30, 0x81 | 0x82, ..] | [0x30, 0x2e | 0x77, 2, 1] | [0x1f, 0x8b, 8, _])
        {
            return true;
        }
        if !printable {
            return false;
        }
    }
    text.len() >= 15
}

/// The inverse, for tests.
#[cfg(test)]
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for four in bytes.chunks(4) {
        let mut padded = [0; 4];
        padded[..four.len()].copy_from_slice(four);
        let mut word = u32::from_be_bytes(padded);
        let mut five = [0_u8; 5];
        for digit in five.iter_mut().rev() {
            *digit = u8::try_from(word % 85).unwrap() + b'!';
            word /= 85;
        }
        text.extend(five[..=four.len()].iter().map(|&digit| char::from(digit)));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_known_sentence_decodes() {
        let mut out = Vec::new();
        decode(b"9jqo^BlbD-BleB1DJ+*+F(f,q~>", &mut out);
        assert_eq!(out, b"Man is distinguished");
        decode(b"z!!", &mut out);
        assert_eq!(out, [0; 5]);
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_back(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut out = Vec::new();
            decode(encode(&bytes).as_bytes(), &mut out);
            prop_assert_eq!(out, bytes);
        }

        #[test]
        fn every_text_may_start_where_its_encoding_does(text in "[ -~\\t\\r\\n]{12,40}") {
            prop_assert!(may_start(encode(text.as_bytes()).as_bytes()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut out = Vec::new();
            decode(&bytes, &mut out);
            let _ = may_start(&bytes);
        }
    }
}
