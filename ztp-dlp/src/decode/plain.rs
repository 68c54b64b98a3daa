//! Decoders that keep the length, or halve it.

/// The bytes backwards.
pub(crate) fn reverse(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

/// Letters of ASCII moved by 13 places; its own inverse.
pub(crate) fn rot13(bytes: &[u8]) -> Vec<u8> {
    let turn = |byte: u8, first: u8| first + (byte - first + 13) % 26;
    bytes
        .iter()
        .map(|&byte| match byte {
            b'A'..=b'Z' => turn(byte, b'A'),
            b'a'..=b'z' => turn(byte, b'a'),
            _ => byte,
        })
        .collect()
}

/// Each byte combined with the key.
pub(crate) fn xor(bytes: &[u8], key: u8) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ key).collect()
}

/// Every second byte, from the one at `first`.
pub(crate) fn stride(bytes: &[u8], first: usize) -> Vec<u8> {
    bytes.iter().skip(first).step_by(2).copied().collect()
}

/// A stretch of bytes of which every second has the same value: UTF-16 of a language in ASCII, or text spaced out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Bytes compared at a time.
const BLOCK: usize = 16;

/// The next stretch of at least 48 bytes at or after `from` whose every second byte is the same, and whose other bytes
/// are not.
pub(crate) fn next_stretch(bytes: &[u8], from: usize) -> Option<Stretch> {
    let mut at = from;
    loop {
        let block = bytes.get(at..at + BLOCK)?;
        if let Some(odd) = filler_parity(block) {
            let filler = *block.get(odd)?;
            let start = at;
            let filled = bytes.get(start + odd..)?.iter().step_by(2).position(|&byte| byte != filler);
            let end = filled.map_or(bytes.len(), |count| (start + odd + 2 * count).min(bytes.len()));
            // The block before was no whole one, but may belong to it.
            let reach = start.saturating_sub(BLOCK).max(from);
            let mut first = start;
            while first >= reach + 2 && bytes.get(first + odd - 2) == Some(&filler) {
                first -= 2;
            }
            if end - first >= 48 {
                return Some(Stretch { start: first, end });
            }
            at = end.max(at + BLOCK);
        } else {
            at += BLOCK;
        }
    }
}

/// Which bytes of a block, the even (0) or the odd (1), are all the same while the others are not.
fn filler_parity(block: &[u8]) -> Option<usize> {
    // Most text fails here.
    let [a, b, c, d, e, f, ..] = block else { return None };
    if !((a == c && c == e) || (b == d && d == f)) {
        return None;
    }
    let same = |first: usize| {
        let mut of = block.iter().skip(first).step_by(2);
        let head = of.next();
        of.all(|byte| Some(byte) == head)
    };
    match (same(0), same(1)) {
        (true, false) => Some(0),
        (false, true) => Some(1),
        _ => None,
    }
}

/// Steps from each byte to the next that do not depend on a key: `a ^ b = (a ^ key) ^ (b ^ key)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct XorProbe {
    /// The first plain byte.
    first: u8,
    deltas: [u8; 6],
}

impl XorProbe {
    /// The probe of the seven bytes of an anchor that say most, if they say enough.
    pub(crate) fn new(anchor: &[u8]) -> Option<Self> {
        let probe = |seven: &[u8]| {
            let seven = seven.first_chunk::<7>()?;
            let mut deltas = [0; 6];
            for (delta, (left, right)) in deltas.iter_mut().zip(seven.iter().zip(seven.iter().skip(1))) {
                *delta = left ^ right;
            }
            Some(Self { first: seven[0], deltas })
        };
        let best = anchor.windows(7).filter_map(probe).max_by_key(Self::says)?;
        (best.says() >= 3).then_some(best)
    }

    /// How many different steps it has, 0 not counted.
    fn says(&self) -> usize {
        let different = |&(at, delta): &(usize, &u8)| {
            *delta != 0 && !self.deltas.iter().take(at).any(|other| other == delta)
        };
        self.deltas.iter().enumerate().filter(different).count()
    }

    /// The steps.
    pub(crate) const fn steps(&self) -> &[u8; 6] {
        &self.deltas
    }

    /// The key, other than 0, under which the probe's text stands at the start of the bytes.
    pub(crate) fn check(&self, bytes: &[u8]) -> Option<u8> {
        let head = bytes.first_chunk::<7>()?;
        let fits = self
            .deltas
            .iter()
            .zip(head.iter().zip(head.iter().skip(1)))
            .all(|(&delta, (left, right))| left ^ right == delta);
        let key = head[0] ^ self.first;
        (fits && key != 0).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn utf_16_and_spaced_text_are_stretches() {
        let text = "-----BEGIN PRIVATE KEY-----";
        let little: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
        let stretch = next_stretch(&little, 0).unwrap();
        assert_eq!(stride(&little[stretch.start..stretch.end], 0), text.as_bytes());
        let spaced: Vec<u8> =
            "plain words here, then: ".bytes().chain(text.bytes().flat_map(|byte| [byte, b' '])).collect();
        let stretch = next_stretch(&spaced, 0).unwrap();
        let stretch = &spaced[stretch.start..stretch.end];
        let both = [stride(stretch, 0), stride(stretch, 1)].map(|text| String::from_utf8(text).unwrap());
        assert!(both.iter().any(|text| text.contains("BEGIN PRIVATE")), "{both:?}");
        assert_eq!(next_stretch(&[b'-'; 200], 0), None);
        assert_eq!(
            next_stretch("no stretch in a line of words, however long it is, is to be found".as_bytes(), 0),
            None
        );
    }

    #[test]
    fn every_key_is_found_from_the_steps_between_bytes() {
        let probe = XorProbe::new(b"-----BEGIN ").unwrap();
        let at = b"-----BEGIN ".windows(7).position(|seven| probe.check(&xor(seven, 1)) == Some(1)).unwrap();
        for key in 1..=255 {
            assert_eq!(probe.check(&xor(&b"-----BEGIN PRIVATE KEY-----"[at..], key)), Some(key));
        }
        assert_eq!(probe.check(&b"-----BEGIN PRIVATE KEY-----"[at..]), None, "in the clear");
        assert_eq!(XorProbe::new(b"aaaaaaaab"), None);
    }

    proptest! {
        #[test]
        fn turning_twice_gives_the_bytes_back(bytes in prop::collection::vec(any::<u8>(), 0..100), key: u8) {
            prop_assert_eq!(&rot13(&rot13(&bytes)), &bytes);
            prop_assert_eq!(&reverse(&reverse(&bytes)), &bytes);
            prop_assert_eq!(&xor(&xor(&bytes, key), key), &bytes);
        }
    }
}
