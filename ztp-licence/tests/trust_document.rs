//! The trust document: defaults, bounds, and keys that are refused before anything is verified with them.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

mod support;

use support::{change, changed, key, trust_json, value};
use ztp_core::Coded as _;
use ztp_core::canonical::Value;
use ztp_licence::{
    CLOCK_TOLERANCE_MS_DEFAULT, CLOCK_TOLERANCE_MS_MAX, ENVELOPE_BYTES_DEFAULT, ENVELOPE_BYTES_MAX, KEYS_MAX,
    LicenceError, PRODUCTS_MAX, Trust,
};

fn refusal(document: &[u8]) -> (&'static str, Option<String>) {
    let error = Trust::from_json(document).unwrap_err();
    (error.code(), error.path().map(str::to_owned))
}

fn assert_refused(path: &str, to: Option<Value>, code: &'static str, place: &str) {
    assert_eq!(refusal(&changed(&trust_json(&[1, 2]), path, to)), (code, Some(place.to_owned())), "{path}");
}

fn accepts(path: &str, to: impl Into<Value>) -> Trust {
    Trust::from_json(&changed(&trust_json(&[1, 2]), path, Some(to.into()))).unwrap()
}

#[test]
fn what_is_left_out_has_its_default() {
    let trust = Trust::from_json(trust_json(&[1]).as_bytes()).unwrap();
    assert_eq!(trust.threshold(), 1);
    assert_eq!(trust.clock_tolerance_ms(), CLOCK_TOLERANCE_MS_DEFAULT);
    assert_eq!(trust.envelope_bytes_max(), ENVELOPE_BYTES_DEFAULT);
    assert_eq!(trust.revocation().version, 0);
    assert_eq!(trust, Trust::pin(key(1).public_key().clone(), "tlsstress").unwrap());
    let refused = Trust::pin(key(1).public_key().clone(), "two words").unwrap_err();
    assert_eq!(refused, LicenceError::Identifier { path: "product".to_owned() });
}

#[test]
fn a_written_document_reads_back_and_is_the_same_when_written_again() {
    let mut document = value(&trust_json(&[1, 2, 3]));
    for (path, to) in [
        ("clock_tolerance_ms", Value::Int(0)),
        ("envelope_bytes_max", Value::Int(1 << 20)),
        ("keys.1.mint_total_max", Value::Int(5000)),
        ("keys.1.not_after", "2030-01-01T00:00:00.000Z".into()),
        ("keys.2.not_before", "2026-01-01T00:00:00.000Z".into()),
        ("revocation", value(&format!(r#"{{"revoked_key_ids":["{}"],"version":9}}"#, "a".repeat(64)))),
        ("threshold", Value::Int(2)),
    ] {
        change(&mut document, path, Some(to));
    }
    let written = support::bytes(&document);
    let trust = Trust::from_json(&written).unwrap();
    assert_eq!(trust.to_json().unwrap(), written);
    assert_eq!(trust.keys().len(), 3);
    assert_eq!((trust.threshold(), trust.clock_tolerance_ms(), trust.envelope_bytes_max()), (2, 0, 1 << 20));
    for pinned in trust.keys() {
        assert_eq!(trust.key(&pinned.key_id), Some(pinned));
    }
    assert_eq!(trust.key(&key(9).public_key().key_id()), None);
}

#[test]
fn white_space_is_free_but_everything_else_is_strict() {
    let spaced = trust_json(&[1]).replace(',', " ,\n\t");
    assert_eq!(Trust::from_json(spaced.as_bytes()), Trust::from_json(trust_json(&[1]).as_bytes()));
    assert_eq!(refusal(b"{").0, "canonical_unexpected_end");
    assert_eq!(refusal(b"[]"), ("schema_wrong_type", Some("trust".to_owned())));
    assert_refused("schema", Some("ztp.trust/3".into()), "licence_schema_name", "trust.schema");
    assert_refused("keys", None, "schema_missing_member", "trust.keys");
    assert_refused("note", Some(Value::Null), "schema_unknown_member", "trust.note");
    assert_refused("keys.0.note", Some(Value::Null), "schema_unknown_member", "trust.keys[0].note");
    assert_refused("keys.0.products", None, "schema_missing_member", "trust.keys[0].products");
    // Absent means the default; null means nothing.
    assert_refused("threshold", Some(Value::Null), "schema_wrong_type", "trust.threshold");
    assert_refused("revocation", Some(Value::Null), "schema_wrong_type", "trust.revocation");
    assert_refused("keys.0.not_after", Some(Value::Null), "schema_wrong_type", "trust.keys[0].not_after");
}

#[test]
fn keys_that_prove_nothing_are_not_pinned() {
    let place = "trust.keys[0].public_key";
    let set = |digits: &str| Some(Value::from(digits));
    assert_refused("keys.0.public_key", set(&"0".repeat(64)), "public_key_low_order", place);
    assert_refused("keys.0.public_key", set(&"f".repeat(64)), "public_key_not_canonical", place);
    assert_refused(
        "keys.0.public_key",
        set(&format!("02{}", "0".repeat(62))),
        "public_key_not_on_curve",
        place,
    );
    assert_refused("keys.0.public_key", set("00"), "hex_length", place);
    assert_refused("keys.0.public_key", set(&"F".repeat(64)), "hex_character", place);
}

#[test]
fn a_key_id_must_be_the_one_of_its_key() {
    let document = value(&trust_json(&[1, 2]));
    let keys = document.get("keys").unwrap().as_array().unwrap();
    let other = keys.last().unwrap().get("public_key").unwrap().clone();
    let expected = keys.last().unwrap().get("key_id").unwrap().as_str().unwrap();
    let error =
        Trust::from_json(&changed(&trust_json(&[1, 2]), "keys.0.public_key", Some(other))).unwrap_err();
    assert_eq!((error.code(), error.path()), ("licence_trust_key_id", Some("trust.keys[0].key_id")));
    assert_eq!(error.to_string(), format!("trust.keys[0].key_id: the public key has the key id {expected}"));
}

#[test]
fn suites_that_this_build_does_not_know_are_refused() {
    for suite in ["none", "Ed25519", "ed25519ph", "mldsa65", "rsa4096-pss-sha384+ed25519"] {
        assert_refused("keys.0.suite", Some(suite.into()), "signature_suite_unknown", "trust.keys[0].suite");
    }
}

#[test]
fn keys_ascend_and_are_pinned_once() {
    let mut document = value(&trust_json(&[1, 2]));
    let keys = document.get("keys").unwrap().as_array().unwrap().to_vec();
    let [first, second] = keys.try_into().unwrap();
    change(&mut document, "keys", Some(Value::Array(vec![second, first.clone()])));
    assert_eq!(refusal(&support::bytes(&document)), ("licence_list_order", Some("trust.keys[1]".to_owned())));
    change(&mut document, "keys", Some(Value::Array(vec![first.clone(), first])));
    assert_eq!(
        refusal(&support::bytes(&document)),
        ("licence_list_repeated", Some("trust.keys[1]".to_owned()))
    );
}

#[test]
fn numbers_and_lists_hold_at_their_bounds() {
    let int = |bound: u64| Value::Int(i64::try_from(bound).unwrap());
    let size = |bound: usize| Value::Int(i64::try_from(bound).unwrap());
    accepts("clock_tolerance_ms", int(CLOCK_TOLERANCE_MS_MAX));
    let place = "trust.clock_tolerance_ms";
    assert_refused("clock_tolerance_ms", Some(int(CLOCK_TOLERANCE_MS_MAX + 1)), "licence_range", place);
    assert_refused("clock_tolerance_ms", Some(Value::Int(-1)), "licence_range", place);
    accepts("envelope_bytes_max", size(ENVELOPE_BYTES_MAX));
    let place = "trust.envelope_bytes_max";
    assert_refused("envelope_bytes_max", Some(size(ENVELOPE_BYTES_MAX + 1)), "licence_range", place);
    assert_refused("envelope_bytes_max", Some(Value::Int(0)), "licence_range", place);
    assert_refused("threshold", Some(Value::Int(0)), "licence_range", "trust.threshold");
    assert_refused("threshold", Some(size(KEYS_MAX + 1)), "licence_range", "trust.threshold");
    assert_eq!(accepts("threshold", Value::Int(2)).threshold(), 2);
    let three =
        Trust::from_json(&changed(&trust_json(&[1, 2]), "threshold", Some(Value::Int(3)))).unwrap_err();
    assert_eq!(three, LicenceError::TrustThreshold { threshold: 3, keys: 2 });
    accepts("keys.0.mint_total_max", Value::Int(0));
    let place = "trust.keys[0].mint_total_max";
    assert_refused("keys.0.mint_total_max", Some(Value::Int(-1)), "licence_range", place);

    let products = |count: usize| Value::Array((0..count).map(|n| format!("p{n:03}").into()).collect());
    accepts("keys.0.products", products(PRODUCTS_MAX));
    let place = "trust.keys[0].products";
    assert_refused("keys.0.products", Some(products(PRODUCTS_MAX + 1)), "licence_list_length", place);
    assert_refused("keys.0.products", Some(products(0)), "licence_list_length", place);

    let numbers: Vec<u8> = (0..=u8::try_from(KEYS_MAX).unwrap()).collect();
    let (most, _) = numbers.split_at(KEYS_MAX);
    assert_eq!(Trust::from_json(trust_json(most).as_bytes()).unwrap().keys().len(), KEYS_MAX);
    assert_eq!(
        refusal(trust_json(&numbers).as_bytes()),
        ("licence_list_length", Some("trust.keys".to_owned()))
    );
    assert_eq!(refusal(trust_json(&[]).as_bytes()), ("licence_list_length", Some("trust.keys".to_owned())));
}

#[test]
fn a_key_window_does_not_end_before_it_begins() {
    let mut document = value(&trust_json(&[1]));
    change(&mut document, "keys.0.not_before", Some("2026-01-01T00:00:00.000Z".into()));
    change(&mut document, "keys.0.not_after", Some("2026-01-01T00:00:00.000Z".into()));
    assert!(Trust::from_json(&support::bytes(&document)).is_ok());
    change(&mut document, "keys.0.not_after", Some("2025-12-31T23:59:59.999Z".into()));
    assert_eq!(
        refusal(&support::bytes(&document)),
        ("licence_window_reversed", Some("trust.keys[0]".to_owned()))
    );
}
