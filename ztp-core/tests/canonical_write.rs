//! The writer against its oracle, and where the oracle itself goes wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod canonical_support;

use canonical_support::{Random, container, document, spell};
use proptest::prelude::*;
use ztp_core::canonical::{self, CanonicalErrorKind as Kind, DEPTH_MAX, INTEGER_MAX, Limits, Value};
use ztp_core::digest::sha256;

/// What `canonical_json` makes of the same document.
fn oracle(document: &[u8]) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_slice(document).unwrap();
    canonical_json::to_string(&value).unwrap().into_bytes()
}

fn nested_array(depth: usize) -> Value {
    (1..depth).fold(Value::Array(Vec::new()), |inner, _| Value::Array(vec![inner]))
}

/// Takes a deep value apart level by level: dropping it whole would recurse.
fn dismantle(mut value: Value) {
    while let Value::Array(items) = &mut value {
        let Some(inner) = items.pop() else { break };
        value = inner;
    }
}

#[test]
fn every_character_alone_is_written_as_the_oracle_writes_it() {
    for character in (0..=0x10_ffff).filter_map(char::from_u32) {
        let ours = canonical::write(&Value::from(character.to_string())).unwrap();
        let theirs = canonical_json::to_string(&serde_json::Value::from(character.to_string())).unwrap();
        assert_eq!(ours, theirs.as_bytes(), "U+{:04X}", u32::from(character));
    }
}

#[test]
fn every_ascii_character_at_every_place_of_a_word_is_written_as_the_oracle_writes_it() {
    for character in 0..0x80_u8 {
        for place in 0..20 {
            let text: String =
                (0..20).map(|at| if at == place { char::from(character) } else { 'x' }).collect();
            let theirs = canonical_json::to_string(&serde_json::Value::from(text.as_str())).unwrap();
            assert_eq!(canonical::write(&Value::from(text)).unwrap(), theirs.as_bytes());
        }
    }
}

#[test]
fn random_documents_are_written_as_the_oracle_writes_them() {
    let mut random = Random::new(1);
    for _ in 0..20_000 {
        let value = container(&mut random, 5);
        let spelled = spell(&value, &mut random);
        let written = canonical::write(&value).unwrap();
        assert_eq!(written, oracle(&spelled), "{}", String::from_utf8_lossy(&spelled));
        assert_eq!(canonical::encode(&spelled, &Limits::default()).unwrap(), written);
        assert!(written.iter().all(|byte| (0x20..0x7f).contains(byte)));
    }
}

/// The same bytes from every build: other versions, other machines, other features of other crates in the graph.
#[test]
fn random_documents_have_the_stated_digest() {
    let mut random = Random::new(13);
    let mut bytes = Vec::new();
    for _ in 0..2_000 {
        canonical::write_into(&container(&mut random, 4), &mut bytes).unwrap();
        bytes.push(b'\n');
    }
    assert_eq!(
        sha256(&bytes).to_string(),
        "3b282e193c81cb5b3b82497c7448822717a42bab8c9d011bf44aa44cd6e6f377"
    );
}

proptest! {
    #[test]
    fn any_text_and_name_are_written_as_the_oracle_writes_them(name: String, text: String, other: String) {
        let value = Value::object([(name.clone(), text.clone()), (other.clone(), name.clone())]);
        let theirs = serde_json::Value::Object(
            [(name.clone(), text.into()), (other, name.into())].into_iter().collect(),
        );
        prop_assert_eq!(canonical::write(&value).unwrap(), canonical_json::to_string(&theirs).unwrap().into_bytes());
    }

    #[test]
    fn any_integer_is_written_in_decimal_or_refused(integer: i64) {
        let written = canonical::write(&Value::Array(vec![Value::Int(integer)]));
        if integer.unsigned_abs() <= INTEGER_MAX.unsigned_abs() {
            prop_assert_eq!(written.unwrap(), format!("[{integer}]").into_bytes());
        } else {
            let error = written.unwrap_err();
            prop_assert_eq!((error.kind, error.offset), (Kind::IntegerOutOfRange, 1));
        }
    }
}

#[test]
fn what_was_written_reads_back_as_the_same_value() {
    let mut random = Random::new(2);
    for _ in 0..20_000 {
        let value = document(&mut random, 6);
        let written = canonical::write(&value).unwrap();
        assert_eq!(canonical::read(&written, &Limits::default()).unwrap(), value);
        canonical::check(&written, &Limits::default()).unwrap();
    }
}

#[test]
fn integer_at_the_limit_is_written_and_one_beyond_is_refused_where_it_would_stand() {
    for (integer, text) in [(INTEGER_MAX, "9007199254740991"), (-INTEGER_MAX, "-9007199254740991")] {
        assert_eq!(canonical::write(&Value::Int(integer)).unwrap(), text.as_bytes());
        let beyond = Value::object([("a", Value::from(true)), ("b", Value::Int(integer + integer.signum()))]);
        let error = canonical::write(&beyond).unwrap_err();
        assert_eq!((error.kind, error.offset), (Kind::IntegerOutOfRange, r#"{"a":true,"b":"#.len()));
    }
    let error = canonical::write(&Value::Int(i64::MIN)).unwrap_err();
    assert_eq!((error.kind, error.offset), (Kind::IntegerOutOfRange, 0));
}

#[test]
fn depth_at_the_limit_is_written_and_one_beyond_is_refused_where_it_would_stand() {
    let deepest = canonical::write(&nested_array(DEPTH_MAX)).unwrap();
    assert_eq!(deepest, ["[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX)].concat().into_bytes());
    let error = canonical::write(&nested_array(DEPTH_MAX + 1)).unwrap_err();
    assert_eq!((error.kind, error.offset), (Kind::TooDeep, DEPTH_MAX));
}

/// The oracle overflows the stack here and takes the process with it.
#[test]
fn value_nested_200_000_deep_is_refused_without_overflowing_the_stack() {
    let value = nested_array(200_000);
    let error = canonical::write(&value).unwrap_err();
    dismantle(value);
    assert_eq!((error.kind, error.offset), (Kind::TooDeep, DEPTH_MAX));
}

#[test]
fn refused_value_leaves_the_output_as_it_was() {
    let mut output = b"before".to_vec();
    let value = Value::from(vec![Value::from("text"), Value::Int(i64::MAX)]);
    let error = canonical::write_into(&value, &mut output).unwrap_err();
    assert_eq!((error.kind, error.offset), (Kind::IntegerOutOfRange, r#"["text","#.len()));
    assert_eq!(output, b"before");
    canonical::write_into(&Value::from(vec![Value::Null]), &mut output).unwrap();
    assert_eq!(output, b"before[null]");
}

/// With serde_json's `arbitrary_precision` in the build, readers that go through it turn this object into a number.
#[test]
fn name_that_serde_json_keeps_for_itself_is_an_ordinary_name() {
    let document = br#"{"$serde_json::private::Number":"1e5"}"#;
    let value = canonical::read(document, &Limits::default()).unwrap();
    assert_eq!(value, Value::object([("$serde_json::private::Number", "1e5")]));
    assert_eq!(canonical::write(&value).unwrap(), document);
    canonical::check(document, &Limits::default()).unwrap();
}

/// The oracle sorts by code point and Node by UTF-16 code unit: they disagree about these two.
#[test]
fn members_are_sorted_by_code_point() {
    let value = Value::object([("\u{10000}", 2_i64), ("\u{fb33}", 1_i64)]);
    assert_eq!(canonical::write(&value).unwrap(), br#"{"\ufb33":1,"\ud800\udc00":2}"#);
}
