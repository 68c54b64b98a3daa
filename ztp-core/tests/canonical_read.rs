//! What the reader refuses, by kind and byte, and that the checker refuses it in the same words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod canonical_support;

use canonical_support::{Random, container, spell};
use ztp_core::Coded;
use ztp_core::canonical::{self, CanonicalError, CanonicalErrorKind as Kind, DEPTH_MAX, Limits, Value};
use ztp_core::code;

/// Refused by reading and by checking alike: without white space and other spellings before the fault.
const REFUSED: &[(&[u8], Kind, usize)] = &[
    (b"", Kind::Empty, 0),
    (b"\xef\xbb\xbf{}", Kind::ByteOrderMark, 0),
    (b"\xef\xbb\xbf", Kind::ByteOrderMark, 0),
    (b"\xff\xfe[\0]\0", Kind::Utf16, 0),
    (b"\xfe\xff\0[\0]", Kind::Utf16, 0),
    (b"[\0]\0", Kind::Utf16, 0),
    (b"\0[\0]", Kind::Utf16, 0),
    (b"\xff\xfe\0\0[\0\0\0", Kind::Utf16, 0),
    (b"\0\0\xfe\xff\0\0\0[", Kind::Utf16, 0),
    (b"[\0\0\0]\0\0\0", Kind::Utf16, 0),
    (b"\0\0\0[\0\0\0]", Kind::Utf16, 0),
    // Zeros alone, as in a file with a hole, are no encoding.
    (b"\0\0\0\0\0\0\0\0", Kind::UnexpectedByte, 0),
    (b"\0", Kind::UnexpectedByte, 0),
    // The end, in every state.
    (b"[", Kind::UnexpectedEnd, 1),
    (b"[1", Kind::UnexpectedEnd, 2),
    (b"[1,", Kind::UnexpectedEnd, 3),
    (b"{", Kind::UnexpectedEnd, 1),
    (b"{\"a", Kind::UnexpectedEnd, 3),
    (b"{\"a\"", Kind::UnexpectedEnd, 4),
    (b"{\"a\":", Kind::UnexpectedEnd, 5),
    (b"{\"a\":1", Kind::UnexpectedEnd, 6),
    (b"{\"a\":1,", Kind::UnexpectedEnd, 7),
    (b"\"", Kind::UnexpectedEnd, 1),
    (b"\"\\", Kind::UnexpectedEnd, 2),
    (b"\"\\u00e", Kind::UnexpectedEnd, 6),
    (b"\"\\ud83d", Kind::UnexpectedEnd, 7),
    (b"\"\\ud83d\\", Kind::UnexpectedEnd, 8),
    (b"\"\\ud83d\\ude0", Kind::UnexpectedEnd, 12),
    (b"-", Kind::UnexpectedEnd, 1),
    (b"tru", Kind::UnexpectedEnd, 3),
    (b"n", Kind::UnexpectedEnd, 1),
    // Bytes that JSON does not have.
    (b"}", Kind::UnexpectedByte, 0),
    (b"nul1", Kind::UnexpectedByte, 3),
    (b"True", Kind::UnexpectedByte, 0),
    (b"NaN", Kind::UnexpectedByte, 0),
    (b"[Infinity]", Kind::UnexpectedByte, 1),
    (b"-Infinity", Kind::UnexpectedByte, 1),
    (b"+1", Kind::UnexpectedByte, 0),
    (b".5", Kind::UnexpectedByte, 0),
    (b"[1}", Kind::UnexpectedByte, 2),
    (b"{\"a\":1]", Kind::UnexpectedByte, 6),
    (b"[1,]", Kind::UnexpectedByte, 3),
    (b"[,1]", Kind::UnexpectedByte, 1),
    (b"{\"a\":1,}", Kind::UnexpectedByte, 7),
    (b"{,}", Kind::UnexpectedByte, 1),
    (b"{1:1}", Kind::UnexpectedByte, 1),
    (b"{'a':1}", Kind::UnexpectedByte, 1),
    (b"{\"a\",1}", Kind::UnexpectedByte, 4),
    (b"{\"a\"1}", Kind::UnexpectedByte, 4),
    (b"[1//\n]", Kind::UnexpectedByte, 2),
    (b"/**/1", Kind::UnexpectedByte, 0),
    (b"[0x42]", Kind::UnexpectedByte, 2),
    (b"[1\x0b]", Kind::UnexpectedByte, 2),
    (b"[\xc2\xa01]", Kind::UnexpectedByte, 1),
    (b"\xe9", Kind::UnexpectedByte, 0),
    (b"[- 1]", Kind::UnexpectedByte, 2),
    // What follows.
    (b"1x", Kind::TrailingBytes, 1),
    (b"0x42", Kind::TrailingBytes, 1),
    (b"{}{}", Kind::TrailingBytes, 2),
    (b"[]]", Kind::TrailingBytes, 2),
    (b"\"a\"\0", Kind::TrailingBytes, 3),
    (b"null\xef\xbb\xbf", Kind::TrailingBytes, 4),
    // UTF-8.
    (b"\"a\xff\"", Kind::InvalidUtf8, 2),
    (b"\"\x80\"", Kind::InvalidUtf8, 1),
    (b"\"\xc3\"", Kind::InvalidUtf8, 1),
    (b"\"\xc3", Kind::InvalidUtf8, 1),
    (b"\"\xe2\x82\"", Kind::InvalidUtf8, 1),
    (b"\"\xc0\xaf\"", Kind::InvalidUtf8, 1),
    (b"\"\xe0\x80\xaf\"", Kind::InvalidUtf8, 1),
    (b"\"\xed\xa0\x80\"", Kind::InvalidUtf8, 1),
    (b"\"\xf4\x90\x80\x80\"", Kind::InvalidUtf8, 1),
    (b"{\"\xfe\":1}", Kind::InvalidUtf8, 2),
    // Control characters.
    (b"\"\0\"", Kind::ControlCharacter, 1),
    (b"\"a\nb\"", Kind::ControlCharacter, 2),
    (b"\"\t\"", Kind::ControlCharacter, 1),
    (b"\"\x1f\"", Kind::ControlCharacter, 1),
    (b"{\"a\x01\":1}", Kind::ControlCharacter, 3),
    // Escapes.
    (b"\"\\a\"", Kind::InvalidEscape, 1),
    (b"\"\\'\"", Kind::InvalidEscape, 1),
    (b"\"\\x41\"", Kind::InvalidEscape, 1),
    (b"\"\\U0041\"", Kind::InvalidEscape, 1),
    (b"\"ab\\u00g0\"", Kind::InvalidEscape, 3),
    (b"\"\\u 041\"", Kind::InvalidEscape, 1),
    (b"\"\\u+041\"", Kind::InvalidEscape, 1),
    (b"\"\\u00\"", Kind::InvalidEscape, 1),
    (b"\"\\\n\"", Kind::InvalidEscape, 1),
    (b"\"\\ud83d\\uzzzz\"", Kind::InvalidEscape, 7),
    // Surrogates.
    (b"\"\\ud800\"", Kind::LoneSurrogate, 1),
    (b"\"a\\udc00\"", Kind::LoneSurrogate, 2),
    (b"\"\\udc00", Kind::LoneSurrogate, 1),
    (b"\"\\ud800x\"", Kind::LoneSurrogate, 1),
    (b"\"\\ud800\\n\"", Kind::LoneSurrogate, 1),
    (b"\"\\ud800\\u0041\"", Kind::LoneSurrogate, 1),
    (b"\"\\ud800\\ud800\\udc00\"", Kind::LoneSurrogate, 1),
    (b"\"\\udc00\\ud800\"", Kind::LoneSurrogate, 1),
    (b"\"\\ud800\\udc00\\udc00\"", Kind::LoneSurrogate, 13),
    (b"{\"\\udfff\":1}", Kind::LoneSurrogate, 2),
    // Duplicates: next to each other, apart, nested, empty, escaped.
    (br#"{"a":1,"a":1}"#, Kind::DuplicateMember, 7),
    (br#"{"a":1,"b":2,"a":3}"#, Kind::DuplicateMember, 13),
    (br#"{"a":{"b":1,"c":2,"b":3}}"#, Kind::DuplicateMember, 18),
    (br#"{"a":{"b":1},"b":2,"c":{"d":[{}],"e":"\"f"},"b":3}"#, Kind::DuplicateMember, 44),
    (br#"[{"a":1},{"b":1,"c":"b","b":1}]"#, Kind::DuplicateMember, 24),
    (br#"{"":1,"":2}"#, Kind::DuplicateMember, 6),
    (br#"{"\u00e9":1,"\u00e9":2}"#, Kind::DuplicateMember, 12),
    (br#"{"\"":1,"\\":2,"\"":3}"#, Kind::DuplicateMember, 15),
    (br#"{"timestamp":1,"timestamp":2}"#, Kind::DuplicateMember, 15),
    // Numbers.
    (b"1.5", Kind::Fraction, 1),
    (b"[-0.0]", Kind::Fraction, 3),
    (b"[1.]", Kind::Fraction, 2),
    (b"[12345678.5]", Kind::Fraction, 9),
    (b"1e5", Kind::Exponent, 1),
    (b"[1E400]", Kind::Exponent, 2),
    (b"[-0e1]", Kind::Exponent, 3),
    (b"[1234567e1]", Kind::Exponent, 8),
    (b"01", Kind::LeadingZero, 0),
    (b"[-012]", Kind::LeadingZero, 2),
    (b"[00]", Kind::LeadingZero, 1),
    (b"[01.5]", Kind::LeadingZero, 1),
    (b"-0", Kind::NegativeZero, 0),
    (b"[1,-0]", Kind::NegativeZero, 3),
    (b"[9007199254740992]", Kind::IntegerOutOfRange, 1),
    (b"[-9007199254740992]", Kind::IntegerOutOfRange, 1),
    (b"[9007199254740993.5]", Kind::IntegerOutOfRange, 1),
    (b"[18446744073709551616]", Kind::IntegerOutOfRange, 1),
    (b"[10000000000000000]", Kind::IntegerOutOfRange, 1),
];

fn kind_and_offset<T>(result: Result<T, CanonicalError>) -> Option<(Kind, usize)> {
    result.err().map(|error| (error.kind, error.offset))
}

#[test]
fn each_fault_is_refused_by_kind_and_byte_in_reading_and_checking_alike() {
    let limits = Limits::default();
    for &(input, kind, offset) in REFUSED {
        let shown = input.escape_ascii();
        assert_eq!(kind_and_offset(canonical::read(input, &limits)), Some((kind, offset)), "read {shown}");
        assert_eq!(kind_and_offset(canonical::check(input, &limits)), Some((kind, offset)), "check {shown}");
        if kind != Kind::TrailingBytes {
            assert_eq!(
                kind_and_offset(canonical::check_prefix(input, &limits)),
                Some((kind, offset)),
                "prefix {shown}"
            );
        }
    }
}

#[test]
fn names_are_compared_after_their_escapes_are_read() {
    for (input, offset) in [
        (r#"{"a":1,"\u0061":2}"#.as_bytes(), 7),
        (br#"{"\u0061":1,"a":2}"#, 12),
        (br#"{ "\/" : 1 , "/" : 2 }"#, 13),
        ("{\"é\":1,\"\\u00E9\":2}".as_bytes(), 8),
        ("{\"😂\":1,\"\\uD83D\\uDE02\":2}".as_bytes(), 10),
    ] {
        let refused = kind_and_offset(canonical::read(input, &Limits::default()));
        assert_eq!(refused, Some((Kind::DuplicateMember, offset)), "{}", input.escape_ascii());
    }
}

#[test]
fn white_space_order_and_spelling_of_strings_are_free() {
    let value = Value::object([
        ("a", Value::from(vec![Value::from(1_i64), Value::Null])),
        ("b", Value::from("é😂/\u{7f}")),
        ("", Value::object::<&str, Value>([])),
    ]);
    for input in [
        "\t{ \"b\" :\r\n\"é😂/\u{7f}\" , \"a\":[ 1 , null ] , \"\" : { } } \n",
        r#"{"b":"\u00E9\uD83D\uDe02\/\u007F","":{},"\u0061":[1,null]}"#,
    ] {
        assert_eq!(canonical::read(input.as_bytes(), &Limits::default()).unwrap(), value);
    }
}

#[test]
fn white_space_alone_is_no_document() {
    assert_eq!(
        kind_and_offset(canonical::read(b" \n\t", &Limits::default())),
        Some((Kind::UnexpectedEnd, 3))
    );
}

#[test]
fn random_spellings_read_as_serde_json_reads_them() {
    let mut random = Random::new(3);
    for _ in 0..20_000 {
        let value = container(&mut random, 5);
        let spelled = spell(&value, &mut random);
        assert_eq!(canonical::read(&spelled, &Limits::default()).unwrap(), value);
        let theirs: serde_json::Value = serde_json::from_slice(&spelled).unwrap();
        let ours: serde_json::Value = serde_json::from_slice(&canonical::write(&value).unwrap()).unwrap();
        assert_eq!(ours, theirs);
    }
}

/// Whatever reading takes, serde_json takes, and as the same document: strictness never goes the other way.
#[test]
fn nothing_is_read_that_serde_json_refuses() {
    let mut random = Random::new(4);
    let mut read = 0;
    for _ in 0..100_000 {
        let mut bytes = spell(&container(&mut random, 3), &mut random);
        for _ in 0..=random.below(2) {
            let at = random.below(bytes.len());
            bytes[at] = random.pick(b"{}[]:,\"\\u0019-.eE \x00\x1f\x7f\x80\xc3\xa9\xed\xff", b'a');
        }
        if let Ok(value) = canonical::read(&bytes, &Limits::default()) {
            read += 1;
            let theirs: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(
                canonical_json::to_string(&theirs).unwrap().as_bytes(),
                canonical::write(&value).unwrap()
            );
        }
    }
    assert!(read > 10_000, "only {read} edited documents were still documents");
}

#[test]
fn size_at_the_limit_is_accepted_and_one_beyond_is_refused_at_the_limit() {
    let document = br#"{"a":"0123456789"}"#;
    let exact = Limits { bytes_max: document.len(), ..Limits::default() };
    let short = Limits { bytes_max: document.len() - 1, ..Limits::default() };
    canonical::read(document, &exact).unwrap();
    canonical::check(document, &exact).unwrap();
    assert_eq!(canonical::check_prefix(document, &exact).unwrap(), document.len());
    let refused = Some((Kind::TooLarge, document.len() - 1));
    assert_eq!(kind_and_offset(canonical::read(document, &short)), refused);
    assert_eq!(kind_and_offset(canonical::check(document, &short)), refused);
    assert_eq!(kind_and_offset(canonical::check_prefix(document, &short)), refused);
}

#[test]
fn default_limit_is_one_mebibyte_exactly() {
    let document = |length: usize| format!("\"{}\"", "a".repeat(length - 2)).into_bytes();
    canonical::read(&document(1 << 20), &Limits::default()).unwrap();
    canonical::check(&document(1 << 20), &Limits::default()).unwrap();
    let large = document((1 << 20) + 1);
    assert_eq!(kind_and_offset(canonical::read(&large, &Limits::default())), Some((Kind::TooLarge, 1 << 20)));
    assert_eq!(
        kind_and_offset(canonical::check(&large, &Limits::default())),
        Some((Kind::TooLarge, 1 << 20))
    );
}

#[test]
fn depth_at_every_limit_is_accepted_and_one_beyond_is_refused_at_its_bracket() {
    for depth_max in [0, 1, 2, 7, 8, 9, 10, 31, 32, 33, 127, 128] {
        let limits = Limits { depth_max, ..Limits::default() };
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let document = |depth: usize| {
                [open.repeat(depth), "1".to_owned(), close.repeat(depth)].concat().into_bytes()
            };
            let at_limit = document(depth_max);
            assert_eq!(canonical::encode(&at_limit, &limits).unwrap(), at_limit);
            canonical::check(&at_limit, &limits).unwrap();
            let refused = Some((Kind::TooDeep, open.len() * depth_max));
            assert_eq!(kind_and_offset(canonical::read(&document(depth_max + 1), &limits)), refused);
            assert_eq!(kind_and_offset(canonical::check(&document(depth_max + 1), &limits)), refused);
        }
    }
    let empty = Limits { depth_max: 0, ..Limits::default() };
    assert_eq!(kind_and_offset(canonical::read(b"{}", &empty)), Some((Kind::TooDeep, 0)));
    assert_eq!(kind_and_offset(canonical::check(b"{}", &empty)), Some((Kind::TooDeep, 0)));
}

#[test]
fn depth_bomb_of_200_000_levels_is_refused_whatever_the_limit_says() {
    let limits = Limits { bytes_max: usize::MAX, depth_max: usize::MAX };
    for (bomb, offset) in [("[".repeat(200_000), DEPTH_MAX), ("{\"\":".repeat(200_000), 4 * DEPTH_MAX)] {
        let refused = Some((Kind::TooDeep, offset));
        assert_eq!(kind_and_offset(canonical::read(bomb.as_bytes(), &limits)), refused);
        assert_eq!(kind_and_offset(canonical::check(bomb.as_bytes(), &limits)), refused);
        assert_eq!(kind_and_offset(canonical::check_prefix(bomb.as_bytes(), &limits)), refused);
    }
}

#[test]
fn every_kind_has_its_own_registered_code_and_a_whole_message() {
    let mut seen = std::collections::BTreeSet::new();
    for kind in Kind::ALL {
        let entry = code::by_name(kind.code()).unwrap();
        assert!(seen.insert(entry.number), "{} shares its number", kind.code());
        assert_eq!(entry.area, code::Area::Canonical);
        let error = CanonicalError { kind: *kind, offset: 41 };
        assert_eq!(error.to_string(), format!("{} at byte 41: {}", entry.meaning, entry.action));
        assert_eq!((error.code(), error.offset()), (kind.code(), Some(41)));
    }
}
