//! What a licence must say: a closed schema with bounds, refused at the member before anything is signed.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

mod support;

use support::{PAYLOAD, bytes, change, changed, key, value};
use ztp_core::Coded as _;
use ztp_core::canonical::{Limits, Value, check};
use ztp_core::digest::sha256;
use ztp_licence::{ENVELOPE_BYTES_MAX, FEATURES_MAX, LicenceError, NOTES_MAX, REVOKED_MAX, sign};

const MAX: i64 = (1 << 53) - 1;

fn refusal(payload: &[u8]) -> (&'static str, Option<String>) {
    let error = sign(payload, &key(1)).unwrap_err();
    (error.code(), error.path().map(str::to_owned))
}

/// Asserts the refusal of a payload with one member changed, added or (with `None`) removed.
fn assert_refused(path: &str, to: Option<Value>, code: &'static str, place: &str) {
    assert_eq!(refusal(&changed(PAYLOAD, path, to)), (code, Some(place.to_owned())), "{path}");
}

fn accepts(path: &str, to: impl Into<Value>) {
    let signed = sign(&changed(PAYLOAD, path, Some(to.into())), &key(1));
    assert!(signed.is_ok(), "{path}: {signed:?}");
}

#[test]
fn every_member_is_required() {
    for member in value(PAYLOAD).as_object().unwrap().keys() {
        assert_refused(member, None, "schema_missing_member", &format!("payload.{member}"));
    }
    for (object, members) in [
        ("bench", &["bench_id", "binding"][..]),
        ("mint.0", &["amount", "class", "not_after", "not_before", "serial"]),
        ("revocation", &["revoked_key_ids", "version"]),
    ] {
        for member in members {
            let place = format!("payload.{}.{member}", object.replace(".0", "[0]"));
            assert_refused(&format!("{object}.{member}"), None, "schema_missing_member", &place);
        }
    }
}

#[test]
fn no_other_member_is_taken() {
    for (path, place) in [
        ("note", "payload.note"),
        ("bench.note", "payload.bench.note"),
        ("mint.0.note", "payload.mint[0].note"),
        ("revocation.note", "payload.revocation.note"),
    ] {
        assert_refused(path, Some(Value::Null), "schema_unknown_member", place);
    }
    assert_refused("Product", Some("x".into()), "schema_case_variant", "payload.Product");
    assert_refused("__proto__", Some(Value::Null), "schema_member_name", "payload.__proto__");
}

#[test]
fn every_member_has_one_type() {
    for member in value(PAYLOAD).as_object().unwrap().keys() {
        let place = format!("payload.{member}");
        assert_refused(member, Some(true.into()), "schema_wrong_type", &place);
    }
    assert_refused("features.0", Some(Value::Int(1)), "schema_wrong_type", "payload.features[0]");
    assert_refused("mint.0", Some(Value::Int(1)), "schema_wrong_type", "payload.mint[0]");
    assert_refused("mint.0.amount", Some("1".into()), "schema_wrong_type", "payload.mint[0].amount");
}

#[test]
fn another_version_of_the_format_is_refused() {
    assert_refused("schema", Some("ztp.licence/2".into()), "licence_schema_name", "payload.schema");
}

#[test]
fn identifiers_are_short_plain_names() {
    let longest = "a".repeat(64);
    for name in ["a", "0", "A.b_c-9", longest.as_str()] {
        accepts("product", name);
    }
    let too_long = "a".repeat(65);
    for name in ["", ".a", "-a", "_a", "a b", "a/b", "a\n", "é", "a+b", too_long.as_str()] {
        for (path, place) in [
            ("envelope_id", "payload.envelope_id"),
            ("licence_id", "payload.licence_id"),
            ("product", "payload.product"),
            ("bench.bench_id", "payload.bench.bench_id"),
            ("features.1", "payload.features[1]"),
            ("mint.2.class", "payload.mint[2].class"),
        ] {
            assert_refused(path, Some(name.into()), "licence_identifier", place);
        }
    }
}

#[test]
fn the_customer_is_a_text_without_control_characters() {
    accepts("customer", "Überseeische Prüfstände 株式会社 \u{1f512}");
    accepts("customer", "é".repeat(200));
    for text in
        [String::new(), "é".repeat(201), "a\nb".to_owned(), "a\u{7f}".to_owned(), "a\u{85}".to_owned()]
    {
        assert_refused("customer", Some(text.into()), "licence_free_text", "payload.customer");
    }
}

#[test]
fn times_are_in_their_one_form() {
    for (path, place) in [
        ("issued_at", "payload.issued_at"),
        ("not_before", "payload.not_before"),
        ("not_after", "payload.not_after"),
        ("mint.1.not_before", "payload.mint[1].not_before"),
        ("mint.1.not_after", "payload.mint[1].not_after"),
    ] {
        assert_refused(path, Some("2026-07-01T00:00:00Z".into()), "timestamp_length", place);
        assert_refused(path, Some("2026-02-30T00:00:00.000Z".into()), "timestamp_field_range", place);
    }
}

#[test]
fn windows_do_not_end_before_they_begin() {
    accepts("not_after", "2026-07-01T00:00:00.000Z");
    let before = || Some("2026-06-30T23:59:59.999Z".into());
    assert_refused("not_after", before(), "licence_window_reversed", "payload");
    assert_refused("mint.1.not_after", before(), "licence_window_reversed", "payload.mint[1]");
}

#[test]
fn a_bench_binding_is_any_or_one_bench() {
    accepts("bench", Value::object([("binding", "any")]));
    assert_refused("bench.binding", Some("all".into()), "licence_binding", "payload.bench.binding");
    // A bench id beside "any" would say two things.
    assert_refused("bench.binding", Some("any".into()), "schema_unknown_member", "payload.bench.bench_id");
}

#[test]
fn features_ascend_and_are_few() {
    let list = |names: &[&str]| Some(Value::Array(names.iter().map(|&name| name.into()).collect()));
    accepts("features", Value::Array(vec![]));
    assert_refused("features", list(&["a", "b", "b"]), "licence_list_repeated", "payload.features[2]");
    assert_refused("features", list(&["b", "c", "a"]), "licence_list_order", "payload.features[2]");
    assert_refused("features", list(&["a", "B"]), "licence_list_order", "payload.features[1]");
    let many = |count: usize| Value::Array((0..count).map(|n| format!("f{n:04}").into()).collect());
    accepts("features", many(FEATURES_MAX));
    assert_refused("features", Some(many(FEATURES_MAX + 1)), "licence_list_length", "payload.features");
}

#[test]
fn amounts_are_from_one_to_two_to_the_53_minus_one() {
    accepts("mint.2.amount", 1_i64);
    accepts("mint.2.amount", MAX);
    for amount in [0, -1, -MAX] {
        assert_refused("mint.2.amount", Some(amount.into()), "licence_range", "payload.mint[2].amount");
    }
    let above = PAYLOAD.replace(r#""amount": 3"#, r#""amount": 9007199254740992"#);
    assert_eq!(refusal(above.as_bytes()).0, "canonical_integer_out_of_range");
}

#[test]
fn the_notes_of_a_class_add_up_to_no_more_than_one_note_may_have() {
    let with = |first: i64, second: i64| {
        let mut payload = value(PAYLOAD);
        change(&mut payload, "mint.0.amount", Some(first.into()));
        change(&mut payload, "mint.1.amount", Some(second.into()));
        bytes(&payload)
    };
    assert!(sign(&with(MAX - 1, 1), &key(1)).is_ok());
    assert_eq!(refusal(&with(MAX - 1, 2)), ("licence_mint_total", Some("payload.mint[1]".to_owned())));
    assert_eq!(refusal(&with(MAX, MAX)), ("licence_mint_total", Some("payload.mint[1]".to_owned())));
    // Another class has a sum of its own.
    accepts("mint.2.amount", MAX);
}

#[test]
fn note_serials_ascend() {
    accepts("mint.0.serial", 0_i64);
    assert_refused("mint.1.serial", Some(Value::Int(1)), "licence_list_repeated", "payload.mint[1]");
    assert_refused("mint.1.serial", Some(Value::Int(0)), "licence_list_order", "payload.mint[1]");
    assert_refused("mint.0.serial", Some(Value::Int(-1)), "licence_range", "payload.mint[0].serial");
}

fn notes(count: usize) -> Value {
    let mut note = value(PAYLOAD).get("mint").unwrap().as_array().unwrap().first().unwrap().clone();
    change(&mut note, "class", Some("t".into()));
    change(&mut note, "amount", Some(Value::Int(1)));
    let numbered = (0..count).map(|serial| {
        let mut note = note.clone();
        change(&mut note, "serial", Some(i64::try_from(serial).unwrap().into()));
        note
    });
    Value::Array(numbered.collect())
}

#[test]
fn as_many_notes_fit_as_the_limit_says_and_no_more() {
    let envelope = sign(&changed(PAYLOAD, "mint", Some(notes(NOTES_MAX))), &key(1)).unwrap();
    assert!(envelope.len() <= ENVELOPE_BYTES_MAX, "{}", envelope.len());
    assert_refused("mint", Some(notes(NOTES_MAX + 1)), "licence_list_length", "payload.mint");
}

#[test]
fn a_payload_above_the_largest_envelope_is_not_signed() {
    let mut payload = PAYLOAD.as_bytes().to_vec();
    payload.resize(ENVELOPE_BYTES_MAX, b' ');
    assert!(sign(&payload, &key(1)).is_ok());
    payload.push(b' ');
    let error = sign(&payload, &key(1)).unwrap_err();
    assert_eq!(
        (error.code(), error.offset()),
        ("canonical_too_large", u64::try_from(ENVELOPE_BYTES_MAX).ok())
    );
}

#[test]
fn the_previous_envelope_is_a_digest_or_null() {
    accepts("previous_envelope", "ab".repeat(32));
    let place = "payload.previous_envelope";
    assert_refused("previous_envelope", Some("AB".repeat(32).into()), "hex_character", place);
    assert_refused("previous_envelope", Some("ab".into()), "hex_length", place);
}

#[test]
fn revocation_lists_ascend_and_are_bounded() {
    let ids = |count: usize| Value::Array((0..count).map(|n| format!("{n:064x}").into()).collect());
    accepts("revocation.revoked_key_ids", ids(REVOKED_MAX));
    let place = "payload.revocation.revoked_key_ids";
    assert_refused("revocation.revoked_key_ids", Some(ids(REVOKED_MAX + 1)), "licence_list_length", place);
    let [low, high] = ["0", "f"].map(|digit| Value::from(digit.repeat(64)));
    let at_one = format!("{place}[1]");
    let unsorted = Value::Array(vec![high.clone(), low]);
    assert_refused("revocation.revoked_key_ids", Some(unsorted), "licence_list_order", &at_one);
    let twice = Value::Array(vec![high.clone(), high]);
    assert_refused("revocation.revoked_key_ids", Some(twice), "licence_list_repeated", &at_one);
    let bad = Value::Array(vec!["x".into()]);
    assert_refused("revocation.revoked_key_ids", Some(bad), "hex_length", &format!("{place}[0]"));
    assert_refused("revocation.version", Some(Value::Int(-1)), "licence_range", "payload.revocation.version");
}

#[test]
fn text_that_is_not_json_of_the_profile_is_refused_at_its_offset() {
    for (text, code, offset) in [
        ("", "canonical_empty", 0),
        ("{", "canonical_unexpected_end", 1),
        ("{\"a\":1.5}", "canonical_fraction", 6),
        ("{\"a\":1,\"a\":2}", "canonical_duplicate_member", 7),
        ("{} {}", "canonical_trailing_bytes", 3),
    ] {
        let error = sign(text.as_bytes(), &key(1)).unwrap_err();
        assert!(matches!(error, LicenceError::Json(_)), "{text:?}");
        assert_eq!((error.code(), error.offset()), (code, Some(offset)), "{text:?}");
    }
    let deep = format!("{}1{}", "[".repeat(17), "]".repeat(17));
    let error = sign(deep.as_bytes(), &key(1)).unwrap_err();
    assert_eq!((error.code(), error.offset()), ("canonical_too_deep", Some(16)));
}

#[test]
fn a_note_is_identified_by_everything_that_makes_it_what_it_is() {
    let read = |payload: &[u8]| {
        let verdict = support::judge(&sign(payload, &key(1)).unwrap());
        verdict.into_licence().unwrap()
    };
    let licence = read(PAYLOAD.as_bytes());
    let note = licence.mint.first().unwrap();
    let document = br#"{"amount":500,"class":"test-hours","envelope_id":"envelope-2026-Q3","licence_id":"L-0042","not_after":"2026-09-30T23:59:59.999Z","not_before":"2026-07-01T00:00:00.000Z","schema":"ztp.note/1","serial":1}"#;
    check(document, &Limits::default()).unwrap();
    assert_eq!(note.id(&licence), sha256(document));

    let mut ids: Vec<_> = licence.mint.iter().map(|note| note.id(&licence)).collect();
    for (path, to) in [
        ("envelope_id", Value::from("envelope-2026-Q4")),
        ("licence_id", "L-0043".into()),
        ("mint.0.amount", 501_i64.into()),
        ("mint.0.class", "other".into()),
        ("mint.0.serial", 0_i64.into()),
        ("mint.0.not_before", "2026-07-01T00:00:00.001Z".into()),
        ("mint.0.not_after", "2026-09-30T23:59:59.998Z".into()),
    ] {
        let other = read(&changed(PAYLOAD, path, Some(to)));
        ids.push(other.mint.first().unwrap().id(&other));
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
