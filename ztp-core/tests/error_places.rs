//! An error says what is wrong by a registered code and where by an offset, or by none where no byte is at fault.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

use ztp_core::Coded;
use ztp_core::anchor::AnchorError;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::code::{by_name, by_number};
use ztp_core::custody::{inspect_certificate, read_root};
use ztp_core::encoding::{base64_decode, hex_decode};
use ztp_core::event::{Event, EventClass};
use ztp_core::schema::Fields;
use ztp_core::signature::{PublicKey, SignatureError, SigningKey, Suite, verify_document};
use ztp_core::time::Timestamp;
use ztp_core::vkey::VerifierKey;

fn said<T, E: Coded>(result: Result<T, E>) -> (&'static str, Option<u64>) {
    result.map_or_else(|error| (error.code(), error.offset()), |_| ("accepted", None))
}

fn time(text: &str) -> (&'static str, Option<u64>) {
    said(text.parse::<Timestamp>())
}

fn base64(text: &str) -> (&'static str, Option<u64>) {
    said(base64_decode(text))
}

fn class(name: &str) -> (&'static str, Option<u64>) {
    said(name.parse::<EventClass>())
}

fn private_key(text: &str) -> (&'static str, Option<u64>) {
    said(SigningKey::from_pkcs8_pem(text))
}

fn verifier_key(text: &str) -> (&'static str, Option<u64>) {
    said(text.parse::<VerifierKey>())
}

#[test]
fn each_error_names_its_code_and_the_byte_at_fault() {
    let pem = SigningKey::from_seed(&[1; 32]).to_pkcs8_pem().to_string();
    let second = pem.len();
    let not_object = Value::from(7_i64);
    let key = SigningKey::from_seed(&[1; 32]).public_key().clone();
    let table = [
        (time("2026-05-12T08:00:00.000"), ("timestamp_length", None)),
        (time("2026-05-12 08:00:00.000Z"), ("timestamp_character", Some(10))),
        (time("2026-05-12T08:00:00.0x0Z"), ("timestamp_character", Some(21))),
        (time("2026-13-12T08:00:00.000Z"), ("timestamp_field_range", Some(5))),
        (time("2026-02-29T08:00:00.000Z"), ("timestamp_field_range", Some(8))),
        (time("2026-05-12T24:00:00.000Z"), ("timestamp_field_range", Some(11))),
        (time("2026-05-12T08:60:00.000Z"), ("timestamp_field_range", Some(14))),
        (time("2026-05-12T08:00:60.000Z"), ("timestamp_field_range", Some(17))),
        (said(Timestamp::from_millis(i64::MAX)), ("timestamp_out_of_range", None)),
        (said(hex_decode::<2>("abc")), ("hex_length", None)),
        (said(hex_decode::<2>("abCd")), ("hex_character", Some(2))),
        (base64("abcde"), ("base64_length", None)),
        (base64("ab-d"), ("base64_character", Some(2))),
        (base64("a==="), ("base64_padding", Some(1))),
        (base64("ab=d"), ("base64_padding", Some(3))),
        (base64("ab=="), ("base64_trailing_bits", Some(1))),
        (class(""), ("event_class_length", None)),
        (class(&format!("a.{}", "b".repeat(63))), ("event_class_length", None)),
        (class("a.B"), ("event_class_character", Some(2))),
        (
            said(Event::new("a.b".parse().unwrap(), not_object.clone(), Timestamp::MIN)),
            ("event_payload_not_object", None),
        ),
        (said(Fields::open(&not_object, "here")), ("schema_not_object", None)),
        (said(canonical::check(b"{\"a\": 1}", &Limits::default())), ("canonical_white_space", Some(5))),
        (said(read_root(b"{\"a\": 1}")), ("canonical_white_space", Some(5))),
        (said(inspect_certificate(b"{}")), ("schema_missing_member", None)),
        (private_key(&format!("{pem}{pem}")), ("pem_several_blocks", Some(second as u64))),
        (private_key(&format!("{pem}x")), ("pem_outside_text", Some(second as u64))),
        (private_key(&pem.replace("PRIVATE", "PUBLIC")), ("pem_label", None)),
        (said(PublicKey::from_bytes(&[0; 31])), ("public_key_length", None)),
        (said(PublicKey::from_spki_der(&[0x31, 0])), ("key_der_malformed", Some(0))),
        (said("ed448".parse::<Suite>()), ("signature_suite_unknown", None)),
        (said(verify_document(&key, "a/1", b"{}", &[0; 63])), ("signature_length", None)),
        (said(verify_document(&key, "a/1", b"{}", &[0; 64])), ("signature_point_low_order", None)),
        (verifier_key("name"), ("vkey_format", None)),
        (verifier_key("a b+00000000+AAAA"), ("vkey_name", None)),
        (verifier_key("name+0000000x+AAAA"), ("hex_character", Some(12))),
        (
            said(Err::<(), _>(AnchorError { action: "read", reason: String::new() })),
            ("vault_anchor_failed", None),
        ),
        (
            said(Err::<(), _>(SignatureError::Device { code: "token_missing", reason: String::new() })),
            ("token_missing", None),
        ),
    ];
    for (place, (found, expected)) in table.into_iter().enumerate() {
        assert_eq!(found, expected, "row {place}");
    }
}

#[test]
fn a_code_is_found_by_its_name_and_by_its_number_and_by_nothing_else() {
    let entry = by_name("timestamp_character").unwrap();
    assert_eq!(entry.name, "timestamp_character");
    assert_eq!(by_number(entry.number).map(|found| found.name), Some("timestamp_character"));
    assert!(by_name("timestamp").is_none() && by_name("").is_none() && by_number(0).is_none());
}
