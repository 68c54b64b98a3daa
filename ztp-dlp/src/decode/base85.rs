//! Base85 in the alphabets of RFC 1924 (Python's `b85encode`) and ZeroMQ (Z85): five characters for four bytes.

/// Which characters stand for which digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alphabet {
    Rfc1924,
    Z85,
}

const RFC1924: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
const Z85: &[u8; 85] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// No digit.
const NONE: u8 = u8::MAX;

const fn inverse(alphabet: &[u8; 85]) -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut digit = 0_u8;
    while digit < 85 {
        #[allow(clippy::indexing_slicing, reason = "below 85 and 256, and this runs at compile time")]
        {
            values[alphabet[digit as usize] as usize] = digit;
        }
        digit += 1;
    }
    values
}

static RFC1924_VALUES: [u8; 256] = inverse(RFC1924);
static Z85_VALUES: [u8; 256] = inverse(Z85);

impl Alphabet {
    pub(crate) const EACH: [Self; 2] = [Self::Rfc1924, Self::Z85];

    fn value(self, byte: u8) -> Option<u64> {
        let values = match self {
            Self::Rfc1924 => &RFC1924_VALUES,
            Self::Z85 => &Z85_VALUES,
        };
        values.get(usize::from(byte)).copied().filter(|&value| value != NONE).map(u64::from)
    }

    /// The characters of whole groups of four bytes.
    pub(crate) fn encode(self, bytes: &[u8]) -> Vec<u8> {
        let alphabet = match self {
            Self::Rfc1924 => RFC1924,
            Self::Z85 => Z85,
        };
        let mut out = Vec::with_capacity(bytes.len() / 4 * 5);
        for four in bytes.as_chunks::<4>().0 {
            let word = u32::from_be_bytes(*four);
            for power in [52_200_625, 614_125, 7225, 85, 1] {
                let digit = usize::try_from(word / power % 85).unwrap_or(0);
                out.extend(alphabet.get(digit));
            }
        }
        out
    }

    /// Where the run around `at` begins, a whole number of groups before it; line ends are passed over.
    pub(crate) fn start(self, bytes: &[u8], at: usize, most: usize) -> usize {
        let (mut start, mut digits) = (at, 0_usize);
        for (back, &byte) in bytes.get(..at).unwrap_or_default().iter().rev().take(most).enumerate() {
            match byte {
                b'\n' | b'\r' => {}
                _ if self.value(byte).is_some() => {
                    digits += 1;
                    if digits.is_multiple_of(5) {
                        start = at - back - 1;
                    }
                }
                _ => break,
            }
        }
        start
    }

    /// Decodes from the start of `text` to the first character that belongs to no group; returns how far it went.
    pub(crate) fn decode(self, text: &[u8], out: &mut Vec<u8>) -> usize {
        out.clear();
        let (mut group, mut count, mut end) = (0_u64, 0_u8, 0);
        for (at, &byte) in text.iter().enumerate() {
            let Some(value) = self.value(byte) else {
                if matches!(byte, b'\n' | b'\r') {
                    continue;
                }
                break;
            };
            end = at + 1;
            group = group * 85 + value;
            count += 1;
            if count == 5 {
                let Ok(word) = u32::try_from(group) else { return end };
                out.extend_from_slice(&word.to_be_bytes());
                (group, count) = (0, 0);
            }
        }
        if count >= 2 {
            for _ in count..5 {
                group = group * 85 + 84;
            }
            if let Ok(word) = u32::try_from(group) {
                out.extend_from_slice(word.to_be_bytes().get(..usize::from(count - 1)).unwrap_or_default());
            }
        }
        end
    }

    /// What base85 of a text that holds `anchor` is sure to hold, for each of the four places at which the anchor can stand in its
    /// groups; at least two whole groups.
    pub(crate) fn inside(self, anchor: &[u8]) -> Vec<Vec<u8>> {
        (0..4)
            .map(|skip| self.encode(anchor.get(skip..).unwrap_or_default()))
            .filter(|text| text.len() >= 10)
            .collect()
    }
}

/// Heads of private keys in DER as far as they are the same for all keys of a kind and stand at whole groups of the file: PKCS#8 of
/// composite ML-DSA, of RSA, of Ed25519 and X25519, of P-256 and P-384, and PKCS#1 of 2048, 3072 and 4096 bits.
pub(crate) const DER_HEADS: [&[u8]; 8] = [
    b"\x30\x51\x02\x01\x00\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x06",
    b"\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
    b"\x30\x2e\x02\x01\x00\x30\x05\x06",
    b"\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86",
    b"\x30\x81\xb6\x02\x01\x00\x30\x10\x06\x07\x2a\x86",
    b"\x02\x01\x00\x02\x82\x01\x01\x00",
    b"\x02\x01\x00\x02\x82\x01\x81\x00",
    b"\x02\x01\x00\x02\x82\x02\x01\x00",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vector_of_z85_decodes() {
        let mut out = Vec::new();
        assert_eq!(Alphabet::Z85.decode(b"HelloWorld", &mut out), 10);
        assert_eq!(out, [0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]);
        Alphabet::Rfc1924.decode(b"Xk~0{Zy<MXa%^NFAp", &mut out);
        assert_eq!(out, b"hello world!!");
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_back_from_any_of_its_groups(words in prop::collection::vec(any::<u32>(), 1..50), group in 0_usize..50) {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            for alphabet in Alphabet::EACH {
                let text = [b"\" ".as_slice(), &alphabet.encode(&bytes)].concat();
                let at = 2 + 5 * (group % words.len());
                prop_assert_eq!(alphabet.start(&text, at, 1000), 2);
                let mut out = Vec::new();
                prop_assert_eq!(alphabet.decode(&text[2..], &mut out), text.len() - 2);
                prop_assert_eq!(&out, &bytes);
            }
        }

        #[test]
        fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), at in 0_usize..100) {
            for alphabet in Alphabet::EACH {
                let _ = alphabet.start(&bytes, at, 50);
                let _ = alphabet.decode(&bytes, &mut Vec::new());
            }
        }
    }
}
