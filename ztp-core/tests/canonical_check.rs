//! The checker: it accepts exactly what encoding leaves unchanged, and names the byte at which anything else departs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unreachable,
    reason = "tests"
)]

#[path = "canonical_support/faults.rs"]
mod canonical_faults;
mod canonical_support;

use canonical_faults::{first_difference, spelling_faults};
use canonical_support::{Random, container, spell};
use proptest::prelude::*;
use ztp_core::canonical::{
    CanonicalError, CanonicalErrorKind as Kind, Limits, check, check_prefix, encode, read, write,
};

const LIMITS: Limits = Limits { bytes_max: 1 << 20, depth_max: 32 };

/// Documents that reading accepts, and where and why they are not canonical.
const SPELLED: &[(&[u8], Kind, usize)] = &[
    (b" 1", Kind::WhiteSpace, 0),
    (b"1 ", Kind::WhiteSpace, 1),
    (b"{}\n", Kind::WhiteSpace, 2),
    (b"\t{}", Kind::WhiteSpace, 0),
    (b"[ ]", Kind::WhiteSpace, 1),
    (b"{ }", Kind::WhiteSpace, 1),
    (b"[1 ]", Kind::WhiteSpace, 2),
    (b"[1, 2]", Kind::WhiteSpace, 3),
    (b"{ \"a\":1}", Kind::WhiteSpace, 1),
    (b"{\"a\" :1}", Kind::WhiteSpace, 4),
    (b"{\"a\":\r1}", Kind::WhiteSpace, 5),
    (b"{\"a\":1 }", Kind::WhiteSpace, 6),
    (b"{\"a\":1,\n\"b\":2}", Kind::WhiteSpace, 7),
    (br#"{"b":1,"a":2}"#, Kind::UnsortedMember, 8),
    (br#"{"abc":1,"abb":2}"#, Kind::UnsortedMember, 12),
    (br#"{"ab":1,"a":2}"#, Kind::UnsortedMember, 10),
    (br#"{"a":1,"":2}"#, Kind::UnsortedMember, 8),
    (br#"{"timestamp":1,"timestamq":2,"timestal":3}"#, Kind::UnsortedMember, 37),
    (br#"{"a":[{"c":1,"b":2}]}"#, Kind::UnsortedMember, 14),
    (br#"{"b":{"b":1},"a":2}"#, Kind::UnsortedMember, 14),
    // The spelling `\u00e9` sorts below `z`, the name does not, nor does U+FFFF below U+10000.
    (br#"{"\u00e9":1,"z":2}"#, Kind::UnsortedMember, 13),
    (br#"{"\u00e9":1,"\t":2}"#, Kind::UnsortedMember, 14),
    (br#"{"\ud83d\ude02":1,"\uffff":2}"#, Kind::UnsortedMember, 21),
    (br#"{"a\u00e9":1,"a\n":2}"#, Kind::UnsortedMember, 16),
    (br#"{"a\u00e9":1,"a":2}"#, Kind::UnsortedMember, 15),
    (br#""\u0041""#, Kind::EscapeSpelling, 1),
    (br#""\/""#, Kind::EscapeSpelling, 1),
    (br#""\u0022""#, Kind::EscapeSpelling, 2),
    (br#""\u005c""#, Kind::EscapeSpelling, 2),
    (br#""\u000a""#, Kind::EscapeSpelling, 2),
    (br#""\u0008""#, Kind::EscapeSpelling, 2),
    (br#""\u001F""#, Kind::EscapeSpelling, 6),
    (br#""\u00E9""#, Kind::EscapeSpelling, 5),
    (br#""\u007F""#, Kind::EscapeSpelling, 6),
    (br#""\uD83d\ude02""#, Kind::EscapeSpelling, 3),
    (br#""\ud83d\ude0A""#, Kind::EscapeSpelling, 12),
    (br#"{"\u0061":1}"#, Kind::EscapeSpelling, 2),
    (b"\"\x7f\"", Kind::UnescapedCharacter, 1),
    ("\"aé\"".as_bytes(), Kind::UnescapedCharacter, 2),
    ("[\"€\"]".as_bytes(), Kind::UnescapedCharacter, 2),
    ("{\"😂\":1}".as_bytes(), Kind::UnescapedCharacter, 2),
];

fn kind_and_offset<T>(result: Result<T, CanonicalError>) -> Option<(Kind, usize)> {
    result.err().map(|error| (error.kind, error.offset))
}

/// All that must hold of any bytes, whatever they are.
fn judge(bytes: &[u8]) {
    let shown = bytes.escape_ascii();
    let checked = kind_and_offset(check(bytes, &LIMITS));
    match encode(bytes, &LIMITS) {
        Ok(encoded) => {
            let faults = spelling_faults(bytes);
            assert_eq!(checked, faults.first().copied(), "{shown}");
            assert_eq!(checked.is_none(), encoded == bytes, "{shown}");
            if let Some((kind, offset)) = checked {
                assert!(kind.is_spelling(), "{kind:?} in {shown}");
                if faults.iter().all(|(kind, _)| *kind != Kind::UnsortedMember) {
                    assert_eq!(offset, first_difference(bytes, &encoded), "{shown}");
                }
            }
        }
        Err(refused) => {
            let (kind, offset) = checked.expect("what cannot be read is not canonical");
            assert!(!refused.kind.is_spelling(), "{refused:?} for {shown}");
            if kind.is_spelling() {
                // A duplicate is known at the closing quote and reported at the opening one.
                assert!(offset < refused.offset || refused.kind == Kind::DuplicateMember, "{shown}");
            } else {
                assert_eq!((kind, offset), (refused.kind, refused.offset), "{shown}");
            }
        }
    }
}

#[test]
fn each_spelling_fault_is_named_with_the_byte_that_differs() {
    for &(bytes, kind, offset) in SPELLED {
        assert_eq!(kind_and_offset(check(bytes, &LIMITS)), Some((kind, offset)), "{}", bytes.escape_ascii());
        assert!(read(bytes, &LIMITS).is_ok(), "{}", bytes.escape_ascii());
        judge(bytes);
    }
}

#[test]
fn first_fault_is_reported_when_there_are_several() {
    for (bytes, kind, offset) in [
        (&b"[ 1.5]"[..], Kind::WhiteSpace, 1),
        (b"[1.5, 2]", Kind::Fraction, 2),
        (br#"{"b":1,"a": 2,"c":"\ud800"}"#, Kind::UnsortedMember, 8),
        (br#"{"b":1,"a":2,"a":3}"#, Kind::UnsortedMember, 8),
        (br#"{"a":1,"\u0061":2}"#, Kind::EscapeSpelling, 8),
        (b"1 x", Kind::WhiteSpace, 1),
        // An escape is judged as a whole before its spelling is.
        (br#""\uD800""#, Kind::LoneSurrogate, 1),
        (br#""\u00E9\x""#, Kind::EscapeSpelling, 5),
    ] {
        assert_eq!(kind_and_offset(check(bytes, &LIMITS)), Some((kind, offset)), "{}", bytes.escape_ascii());
        judge(bytes);
    }
}

#[test]
fn random_spellings_are_refused_at_their_first_fault() {
    let mut random = Random::new(5);
    for _ in 0..20_000 {
        let value = container(&mut random, 4);
        judge(&write(&value).unwrap());
        judge(&spell(&value, &mut random));
    }
}

/// Edits of one byte, which is what hands and bad memory do.
#[test]
fn document_with_one_byte_replaced_inserted_or_removed_is_judged_right() {
    let mut random = Random::new(6);
    for _ in 0..40_000 {
        let mut bytes = write(&container(&mut random, 4)).unwrap();
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => bytes[at] = random.byte(),
            1 => bytes[at] = random.pick(b"{}[]:,\"\\u019-.eEtfn \x7f\xc3", b'a'),
            2 => bytes[at] ^= 1 << random.below(8),
            3 => bytes.insert(at, random.pick(b"{}[]:,\"\\u019-.eEtfn \x7f\xc3", b'a')),
            _ => drop(bytes.remove(at)),
        }
        judge(&bytes);
    }
}

#[test]
fn document_with_members_exchanged_is_judged_right() {
    let mut random = Random::new(7);
    for _ in 0..20_000 {
        let mut bytes = write(&container(&mut random, 4)).unwrap();
        let quotes: Vec<_> = (0..bytes.len()).filter(|at| matches!(bytes[*at], b'"' | b',' | b':')).collect();
        if quotes.len() < 2 {
            continue;
        }
        let one = quotes[random.below(quotes.len())];
        let other = quotes[random.below(quotes.len())];
        let length = random.below(12).min(bytes.len() - one.max(other)).min(one.abs_diff(other));
        for step in 0..length {
            bytes.swap(one + step, other + step);
        }
        judge(&bytes);
    }
}

#[test]
fn every_truncation_is_refused_at_its_end() {
    let mut random = Random::new(8);
    for _ in 0..300 {
        let bytes = write(&container(&mut random, 4)).unwrap();
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            let expected = if length == 0 { (Kind::Empty, 0) } else { (Kind::UnexpectedEnd, length) };
            assert_eq!(kind_and_offset(check(cut, &LIMITS)), Some(expected), "{}", cut.escape_ascii());
            judge(cut);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_judged_right(bytes: Vec<u8>) {
        judge(&bytes);
    }

    #[test]
    fn any_bytes_of_json_are_judged_right(bytes in prop::collection::vec(prop::sample::select(br#"{}[]:,"\u0019ae-. "#), 0..24)) {
        judge(&bytes);
    }

    #[test]
    fn any_text_in_quotes_is_judged_right(text: String) {
        judge(format!("{{\"{text}\":[\"{text}\"]}}").as_bytes());
    }
}

#[test]
fn prefix_ends_with_the_document_whatever_follows() {
    let mut random = Random::new(9);
    for _ in 0..5_000 {
        let document = write(&container(&mut random, 4)).unwrap();
        let mut followed = document.clone();
        followed.extend((0..random.below(100)).map(|_| random.byte()));
        assert_eq!(check_prefix(&followed, &LIMITS).unwrap(), document.len());
        followed.truncate(document.len());
        followed.extend_from_slice(&document);
        assert_eq!(check_prefix(&followed, &LIMITS).unwrap(), document.len());
    }
    for (bytes, length) in
        [(&b"1\n"[..], 1), (b"-12]", 3), (b"0x", 1), (b"true1", 4), (b"null", 4), (b"\"\"\"", 2), (b"0\0", 1)]
    {
        assert_eq!(check_prefix(bytes, &LIMITS).unwrap(), length);
    }
}

#[test]
fn prefix_refuses_what_check_refuses_except_what_follows() {
    let mut random = Random::new(10);
    for _ in 0..20_000 {
        let mut bytes = write(&container(&mut random, 3)).unwrap();
        let at = random.below(bytes.len());
        bytes[at] = random.byte();
        match (check(&bytes, &LIMITS), check_prefix(&bytes, &LIMITS)) {
            (Ok(()), Ok(length)) => assert_eq!(length, bytes.len()),
            (Err(error), Ok(length)) => {
                assert!(matches!(error.kind, Kind::TrailingBytes | Kind::WhiteSpace), "{error:?}");
                assert_eq!(error.offset, length);
            }
            (checked, prefix) => assert_eq!(kind_and_offset(checked), kind_and_offset(prefix)),
        }
    }
}

/// The limit bounds the document, not what the file holds after it.
#[test]
fn prefix_limit_is_exact_at_every_size() {
    let mut random = Random::new(11);
    for _ in 0..200 {
        let document = write(&container(&mut random, 3)).unwrap();
        let mut followed = document.clone();
        followed.extend_from_slice(b"\n{\"next\":\"record\"}\n");
        for bytes_max in 0..document.len() + 40 {
            let limits = Limits { bytes_max, ..LIMITS };
            let expected = if bytes_max < document.len() {
                Err((Kind::TooLarge, bytes_max))
            } else {
                Ok(document.len())
            };
            for bytes in [&document, &followed] {
                let checked = check_prefix(bytes, &limits).map_err(|error| (error.kind, error.offset));
                assert_eq!(checked, expected, "{bytes_max} for {}", bytes.escape_ascii());
            }
        }
    }
    let limits = Limits { bytes_max: 2, ..LIMITS };
    for (bytes, kind, offset) in [
        (&b"[-10000000000000000]"[..], Kind::IntegerOutOfRange, 1),
        (b"\"\\uD83D\\uDE02\"", Kind::TooLarge, 2),
        (b"\"\\ud83d\\u0041\"", Kind::LoneSurrogate, 1),
        (b"[1 ]", Kind::TooLarge, 2),
        (b"[1", Kind::UnexpectedEnd, 2),
    ] {
        assert_eq!(
            kind_and_offset(check_prefix(bytes, &limits)),
            Some((kind, offset)),
            "{}",
            bytes.escape_ascii()
        );
    }
    let limits = Limits { bytes_max: 4, ..LIMITS };
    assert_eq!(check_prefix(b"1234,", &limits).unwrap(), 4);
    assert_eq!(kind_and_offset(check_prefix(b"12345,", &limits)), Some((Kind::TooLarge, 4)));
}

#[test]
fn prefix_fault_at_or_past_the_limit_is_the_size() {
    let mut random = Random::new(14);
    for _ in 0..2_000 {
        let mut bytes = write(&container(&mut random, 3)).unwrap();
        let at = random.below(bytes.len());
        bytes[at] = random.byte();
        let Some((kind, offset)) = kind_and_offset(check_prefix(&bytes, &LIMITS)) else { continue };
        let near = [offset.saturating_sub(1), offset, offset + 1, offset + 13, bytes.len() - 1, bytes.len()];
        for bytes_max in near {
            let found = kind_and_offset(check_prefix(&bytes, &Limits { bytes_max, ..LIMITS }));
            let fault = Some((kind, offset));
            let size = Some((Kind::TooLarge, bytes_max));
            let shown = bytes.escape_ascii();
            if bytes.len() <= bytes_max {
                assert_eq!(found, fault, "{bytes_max} for {shown}");
            } else if bytes_max <= offset && kind != Kind::Utf16 {
                assert_eq!(found, size, "{bytes_max} for {shown}");
            } else {
                // A name is judged at its end, which may lie past the limit.
                let of_name = matches!(kind, Kind::DuplicateMember | Kind::UnsortedMember);
                assert!(found == fault || (found == size && of_name), "{bytes_max} for {shown}");
            }
        }
    }
}
