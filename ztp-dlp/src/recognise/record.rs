//! A record of the sealed log as canonical form writes it: confirmed over its bytes, without being read into values.
//!
//! A log that is sent as it is consists of nothing else, and what is asked of each line is one check and one hash. Whatever does not fit is
//! for the reader of all spellings.

use ztp_core::canonical::{INTEGER_MAX, Limits, check_prefix};
use ztp_core::digest::{Digest, sha256_parts};

use super::REACH_BEFORE;

/// Digits of a hash.
const DIGITS: usize = 64;
/// Characters of a timestamp.
const TIMESTAMP: usize = 24;

const CLASS: &[u8] = b"{\"event_class\":\"";
const HASH: &[u8] = b"\",\"hash\":\"";
const PAYLOAD: &[u8] = b"\",\"payload\":";
const PREVIOUS: &[u8] = b",\"prev_hash\":\"";
const SEQ: &[u8] = b"\",\"seq\":";
const TIME: &[u8] = b",\"timestamp\":\"";

/// A record whose hash is the one that it states.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Confirmed<'a> {
    pub(super) class: &'a str,
    pub(super) seq: i64,
    pub(super) hash: Digest,
    /// Where the digits of its two hashes begin.
    pub(super) places: [usize; 2],
}

impl<'a> Confirmed<'a> {
    /// Judges an object. None if it is no such record, or not in canonical form, which says nothing of other spellings.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let rest = text.strip_prefix(CLASS)?;
        let (class, rest) = rest.split_at_checked(memchr::memchr(b'"', rest)?)?;
        let rest = rest.strip_prefix(HASH)?;
        let hash_at = text.len() - rest.len();
        let (hash, rest) = rest.split_at_checked(DIGITS)?;
        let payload = rest.strip_prefix(PAYLOAD).filter(|payload| payload.first() == Some(&b'{'))?;
        let limits = Limits { bytes_max: REACH_BEFORE, depth_max: 31 };
        let (_, rest) = payload.split_at_checked(check_prefix(payload, &limits).ok()?)?;
        let rest = rest.strip_prefix(PREVIOUS)?;
        let previous_at = text.len() - rest.len();
        let (previous, rest) = rest.split_at_checked(DIGITS)?;
        let rest = rest.strip_prefix(SEQ)?;
        let (seq, rest) = rest.split_at_checked(memchr::memchr(b',', rest)?)?;
        let timestamp = rest.strip_prefix(TIME)?.strip_suffix(b"\"}")?;
        let plain = |text: &[u8]| text.iter().all(|byte| (b' '..=b'~').contains(byte) && *byte != b'\\');
        if !plain(class) || timestamp.len() != TIMESTAMP || !plain(timestamp) || !timestamp.ends_with(b"Z") {
            return None;
        }
        Digest::from_hex(previous).ok()?;
        let hash = Digest::from_hex(hash).ok()?;
        // The member goes with the comma before it.
        let before = text.get(..hash_at - HASH.len() + 1)?;
        let after = text.get(hash_at + DIGITS + 1..)?;
        let confirmed = sha256_parts(&[before, after]) == hash;
        let class = std::str::from_utf8(class).ok()?;
        confirmed.then_some(Self { class, seq: integer(seq)?, hash, places: [hash_at, previous_at] })
    }
}

/// A count as canonical form writes it.
fn integer(digits: &[u8]) -> Option<i64> {
    let plain = digits.iter().all(u8::is_ascii_digit) && (digits.first() != Some(&b'0') || digits.len() == 1);
    let value = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (plain && value <= INTEGER_MAX).then_some(value)
}

#[cfg(test)]
#[allow(clippy::string_slice, reason = "tests cut texts of their own")]
mod tests {
    use proptest::prelude::*;
    use ztp_core::canonical::{self, Value};
    use ztp_core::digest::sha256;

    use super::*;

    /// The bytes of a record whose hash is right.
    fn record(class: &str, payload: Value, seq: i64) -> (Vec<u8>, Digest) {
        let members = [
            ("event_class", Value::from(class)),
            ("payload", payload),
            ("prev_hash", Value::from(sha256(b"before").to_string())),
            ("seq", Value::from(seq)),
            ("timestamp", Value::from("2026-05-12T08:00:00.000Z")),
        ];
        let mut value = Value::object(members);
        let hash = sha256(&canonical::write(&value).unwrap());
        if let Value::Object(members) = &mut value {
            members.insert("hash".to_owned(), Value::from(hash.to_string()));
        }
        (canonical::write(&value).unwrap(), hash)
    }

    proptest! {
        #[test]
        fn a_canonical_record_is_confirmed_with_what_it_says(
            class in "[a-z.]{1,20}",
            members in prop::collection::btree_map("\\PC{0,8}", "\\PC{0,30}", 0..5),
            seq in 0..INTEGER_MAX,
        ) {
            let payload = Value::Object(members.into_iter().map(|(name, text)| (name, Value::from(text))).collect());
            let (bytes, hash) = record(&class, payload, seq);
            let confirmed = Confirmed::read(&bytes).unwrap();
            prop_assert_eq!((confirmed.class, confirmed.seq, confirmed.hash), (class.as_str(), seq, hash));
            let [own, previous] = confirmed.places.map(|at| bytes[at..at + DIGITS].to_vec());
            prop_assert_eq!(own, hash.to_string().into_bytes());
            prop_assert_eq!(previous, sha256(b"before").to_string().into_bytes());
        }

        #[test]
        fn no_byte_can_be_changed_taken_out_or_put_in(at in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..3) {
            let (mut bytes, _) = record("a.b", Value::object([("n", Value::from(7_i64))]), 12);
            let before = bytes.clone();
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
            prop_assert_eq!(Confirmed::read(&bytes).is_some(), bytes == before);
        }
    }

    #[test]
    fn members_beside_the_six_are_none_of_a_record_even_under_a_hash_that_is_right() {
        let (bytes, _) = record("a", Value::object([("n", Value::from(1_i64))]), 3);
        let text = String::from_utf8(bytes).unwrap();
        let with = |text: &str| {
            let at = text.find(",\"hash\":\"").unwrap();
            let bare = [&text[..at], &text[at + 74..]].concat();
            [&text[..at + 9], &sha256(bare.as_bytes()).to_string(), &text[at + 73..]].concat()
        };
        assert!(Confirmed::read(with(&text).as_bytes()).is_some());
        for (from, to) in [
            ("},\"prev", "},\"pay\":1,\"prev"),
            ("{\"n\":1}", "[1]"),
            ("{\"n\":1}", "{\"n\":1.5}"),
            ("\"seq\":3", "\"seq\":03"),
            ("\"seq\":3", "\"seq\":9007199254740992"),
            ("\"seq\":3", "\"seq\":null"),
            ("000Z\"}", "000Z\",\"x\":1}"),
            ("000Z", "0000"),
        ] {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text);
            assert_eq!(Confirmed::read(with(&other).as_bytes()), None, "{other}");
        }
    }
}
