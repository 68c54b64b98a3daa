//! A licence through the facade: signed, verified, edited, inspected.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::code;
use ztp_core::signature::SigningKey;
use ztp_facade::{Outcome, licence_inspect, licence_sign, licence_verify};

/// 2026-05-12T08:00:00.000Z
const NOW_MS: i64 = 1_778_572_800_000;
const YEAR_MS: i64 = 365 * 24 * 3600 * 1000;

const PAYLOAD: &str = r#"{
    "schema": "ztp.licence/1", "envelope_id": "envelope-1", "licence_id": "licence-1",
    "customer": "Exemplo S\u00e3o Paulo", "product": "prem-bench",
    "bench": {"binding": "bench", "bench_id": "bench-01"},
    "features": ["audit", "dlp"], "mint": [], "previous_envelope": null,
    "issued_at": "2026-05-01T00:00:00.000Z",
    "not_before": "2026-05-01T00:00:00.000Z", "not_after": "2027-05-01T00:00:00.000Z",
    "revocation": {"version": 0, "revoked_key_ids": []}
}"#;

fn key() -> SigningKey {
    SigningKey::from_seed(&[4; 32])
}

fn envelope() -> Vec<u8> {
    let signed = licence_sign(PAYLOAD.as_bytes(), key().to_pkcs8_pem().as_bytes());
    assert!(signed.is_ok(), "{}", String::from_utf8_lossy(&signed.document));
    signed.document
}

fn trust(key: &SigningKey) -> Vec<u8> {
    ztp_licence::Trust::pin(key.public_key().clone(), "prem-bench").unwrap().to_json().unwrap()
}

fn members(outcome: &Outcome) -> Value {
    canonical::check(&outcome.document, &Limits::default()).unwrap();
    canonical::read(&outcome.document, &Limits::default()).unwrap()
}

fn text<'v>(document: &'v Value, name: &str) -> &'v str {
    document.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("no {name} in {document:?}"))
}

/// Asserts a negative verdict whose status is the code of its first failure, and returns it.
#[track_caller]
fn assert_refused(outcome: &Outcome, code: &str) -> Value {
    let verdict = members(outcome);
    assert_eq!(text(&verdict, "schema"), "ztp.licence.verdict/1");
    assert_eq!((text(&verdict, "status"), text(&verdict, "code")), ("refused", code), "{verdict:?}");
    assert_eq!((outcome.name(), outcome.status), (code, code::by_name(code).unwrap().number));
    verdict
}

#[test]
fn signed_licence_is_valid_for_its_bench_and_time() {
    let outcome = licence_verify(&envelope(), &trust(&key()), NOW_MS, b"bench-01");
    assert!(outcome.is_ok());
    let verdict = members(&outcome);
    assert_eq!((text(&verdict, "schema"), text(&verdict, "status")), ("ztp.licence.verdict/1", "valid"));
    assert_eq!(outcome, licence_verify(&envelope(), &trust(&key()), NOW_MS, b"bench-01"));
}

#[test]
fn other_bench_time_or_key_is_a_negative_verdict_with_its_own_status() {
    let (envelope, trusted) = (envelope(), trust(&key()));
    assert_refused(&licence_verify(&envelope, &trusted, NOW_MS, b"bench-02"), "licence_other_bench");
    assert_refused(&licence_verify(&envelope, &trusted, NOW_MS, b""), "licence_bench_not_given");
    assert_refused(&licence_verify(&envelope, &trusted, NOW_MS + YEAR_MS, b"bench-01"), "licence_expired");
    let stranger = trust(&SigningKey::from_seed(&[5; 32]));
    assert_refused(&licence_verify(&envelope, &stranger, NOW_MS, b"bench-01"), "licence_key_unpinned");
}

#[test]
fn edited_byte_is_refused_where_it_stands() {
    let mut spaced = envelope();
    spaced.insert(1, b' ');
    let verdict = licence_verify(&spaced, &trust(&key()), NOW_MS, b"bench-01");
    let verdict = assert_refused(&verdict, "canonical_white_space");
    let checks = verdict.get("checks").and_then(Value::as_array).unwrap();
    let failed = checks.iter().find(|check| text(check, "result") == "fail").unwrap();
    assert_eq!(failed.get("offset").and_then(Value::as_int), Some(1));

    let edited = String::from_utf8(envelope()).unwrap().replace("\"dlp\"", "\"dlq\"");
    let verdict = licence_verify(edited.as_bytes(), &trust(&key()), NOW_MS, b"bench-01");
    assert_refused(&verdict, "signature_mismatch");
}

#[test]
fn what_cannot_be_checked_is_a_failure_and_no_verdict() {
    let check = |outcome: Outcome, code: &str| {
        let document = members(&outcome);
        assert_eq!((text(&document, "schema"), outcome.name()), ("ztp.error/1", code), "{document:?}");
    };
    let (envelope, trusted) = (envelope(), trust(&key()));
    check(licence_verify(&envelope, b"", NOW_MS, b""), "canonical_empty");
    check(licence_verify(&envelope, b"{}", NOW_MS, b""), "schema_missing_member");
    check(licence_verify(&envelope, &trusted, i64::MAX, b""), "timestamp_out_of_range");
    check(licence_verify(&envelope, &trusted, NOW_MS, b"\xff"), "text_not_utf8");
    check(licence_sign(b"{}", key().to_pkcs8_pem().as_bytes()), "schema_missing_member");
    check(licence_sign(PAYLOAD.as_bytes(), b""), "pem_framing");
    check(licence_sign(PAYLOAD.as_bytes(), b"\xff"), "text_not_utf8");
    check(licence_inspect(b"\0"), "canonical_unexpected_byte");
}

#[test]
fn bytes_that_are_no_envelope_get_a_negative_verdict() {
    for bytes in [b"".as_slice(), b"\0\0\0", b"{}", b"\xff\xfe{\0}\0"] {
        let outcome = licence_verify(bytes, &trust(&key()), NOW_MS, b"bench-01");
        assert!(!outcome.is_ok());
        assert_eq!(text(&members(&outcome), "schema"), "ztp.licence.verdict/1");
    }
}

#[test]
fn inspection_shows_the_envelope_and_claims_nothing() {
    let shown = members(&licence_inspect(&envelope()));
    assert_eq!(text(&shown, "schema"), "ztp.licence.inspection/1");
    assert_eq!(shown.get("verified").and_then(Value::as_bool), Some(false));
}
