//! What a caller in another language can pass to the operations that need no log.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use ztp_core::canonical::{self, Limits};
use ztp_core::code;
use ztp_facade::{
    FacadeError, Outcome, canonical_check, canonical_encode, error_codes, keys_generate, record_hash,
    signature_verify, version,
};

/// The members of a document, which must be canonical.
fn document(outcome: &Outcome) -> canonical::Value {
    canonical::check(&outcome.document, &Limits { bytes_max: 1 << 24, ..Limits::default() })
        .unwrap_or_else(|e| panic!("{outcome:?} has a document that is not canonical: {e}"));
    canonical::read(&outcome.document, &Limits::default()).unwrap()
}

#[track_caller]
fn assert_failure(outcome: &Outcome, code: &str, offset: Option<i64>) {
    let document = document(outcome);
    let member = |name| document.get(name).cloned();
    assert_eq!(outcome.name(), code, "{document:?}");
    assert_eq!(outcome.status, code::by_name(code).unwrap().number);
    assert_eq!(member("schema"), Some("ztp.error/1".into()));
    assert_eq!(member("code"), Some(code.into()));
    assert_eq!(member("offset"), offset.map(Into::into));
    assert!(member("message").is_some_and(|m| m.as_str().is_some_and(|m| !m.is_empty())));
}

#[test]
fn canonical_form_is_made_and_recognised() {
    let encoded = canonical_encode(b" { \"b\" : \"\xc3\xa9\", \"a\":[1 , 2] } ");
    assert_eq!(encoded, Outcome::with_document(br#"{"a":[1,2],"b":"\u00e9"}"#.to_vec()));
    assert_eq!(canonical_check(&encoded.document), Outcome::holds());
}

#[test]
fn refusals_of_canonical_form_name_code_and_offset() {
    assert_failure(&canonical_check(br#"{"a": 1}"#), "canonical_white_space", Some(5));
    assert_failure(&canonical_encode(b""), "canonical_empty", Some(0));
    assert_failure(&canonical_encode(b"\0"), "canonical_unexpected_byte", Some(0));
    assert_failure(&canonical_encode(b"\"a\xff\""), "canonical_invalid_utf8", Some(2));
    assert_failure(&canonical_encode(b"{\"a\":1,\"a\":2}"), "canonical_duplicate_member", Some(7));
    let deep = b"[".repeat(100_000);
    assert_failure(&canonical_check(&deep), "canonical_too_deep", Some(32));
    let huge = vec![b' '; (1 << 20) + 1];
    assert_eq!(canonical_encode(&huge).name(), "canonical_too_large");
}

#[test]
fn signature_holds_only_for_its_own_key_message_and_suite() {
    let key = ztp_core::signature::SigningKey::from_seed(&[1; 32]);
    let signature = ztp_core::signature::Signer::sign(&key, b"message").unwrap();
    let public = key.public_key().as_bytes();
    assert_eq!(signature_verify(b"ed25519", public, b"message", &signature), Outcome::holds());
    assert_failure(&signature_verify(b"ed25519", public, b"massage", &signature), "signature_mismatch", None);
    assert_failure(
        &signature_verify(b"ed448", public, b"message", &signature),
        "signature_suite_unknown",
        None,
    );
    assert_failure(&signature_verify(b"ed\xff", public, b"message", &signature), "text_not_utf8", Some(2));
    assert_failure(&signature_verify(b"ed25519", b"", b"message", &signature), "public_key_length", None);
    assert_failure(&signature_verify(b"ed25519", public, b"message", b""), "signature_length", None);
}

#[test]
fn keys_of_a_seed_are_always_the_same_and_sign_under_their_public_half() {
    let made = keys_generate(&[9; 32], b"bench-01.example/audit");
    assert!(made.is_ok());
    assert_eq!(made, keys_generate(&[9; 32], b"bench-01.example/audit"));
    let document = document(&made);
    let text = |name| document.get(name).and_then(|v| v.as_str()).unwrap().to_owned();
    let private = ztp_core::signature::SigningKey::from_pkcs8_pem(&text("private_key_pem")).unwrap();
    assert_eq!(text("public_key"), ztp_core::encoding::hex_encode(private.public_key().as_bytes()));
    assert_eq!(text("key_id"), private.public_key().key_id().to_string());
    let vkey: ztp_core::vkey::VerifierKey = text("vkey").parse().unwrap();
    assert_eq!((vkey.name(), vkey.key()), ("bench-01.example/audit", private.public_key()));
    let read = ztp_core::signature::PublicKey::from_spki_pem(&text("public_key_pem")).unwrap();
    assert_eq!(&read, private.public_key());
}

#[test]
fn keys_without_a_seed_differ_each_time() {
    let (first, second) = (keys_generate(b"", b"a"), keys_generate(b"", b"a"));
    assert!(first.is_ok() && second.is_ok());
    assert_ne!(first, second);
}

#[test]
fn keys_refuse_a_seed_of_the_wrong_length_and_an_impossible_name() {
    assert_failure(&keys_generate(&[0; 31], b"a"), "seed_length_invalid", None);
    assert_failure(&keys_generate(&[0; 33], b"a"), "seed_length_invalid", None);
    assert_failure(&keys_generate(&[0; 32], b""), "vkey_name", None);
    assert_failure(&keys_generate(&[0; 32], b"two words"), "vkey_name", None);
    assert_failure(&keys_generate(&[0; 32], b"a\xff"), "text_not_utf8", Some(1));
}

#[test]
fn longest_key_name_fits_the_room_that_the_document_has() {
    let name = "\u{1f511}".repeat(255 / 4);
    let made = keys_generate(&[3; 32], name.as_bytes());
    assert!(made.is_ok(), "{made:?}");
    assert!(made.document.len() <= 4096, "{} bytes", made.document.len());
    assert_eq!(document(&made).get("name").and_then(|v| v.as_str()), Some(name.as_str()));
}

#[test]
fn debug_of_an_outcome_does_not_show_its_document() {
    let shown = format!("{:?}", keys_generate(&[9; 32], b"a"));
    assert!(!shown.contains("PRIVATE"), "{shown}");
}

/// `printf` of the record without its hash member, through `sha256sum`.
const RECORD: &str = concat!(
    r#"{"event_class":"operator.login","hash":"@","payload":{"user":"ana"},"#,
    r#""prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","seq":7,"#,
    r#""timestamp":"2026-05-12T08:00:00.000Z"}"#
);

fn record() -> (String, String) {
    let covered = RECORD.replace(r#""hash":"@","#, "");
    let hash = ztp_core::digest::sha256(covered.as_bytes()).to_string();
    (RECORD.replace('@', &hash), hash)
}

#[test]
fn record_hash_is_that_of_the_line_without_its_hash_member() {
    let (line, hash) = record();
    let expected = format!(r#"{{"hash":"{hash}","schema":"ztp.audit.record-hash/1","seq":7}}"#);
    for line in [line.clone(), line + "\n"] {
        let outcome = record_hash(line.as_bytes());
        assert_eq!(outcome, Outcome::with_document(expected.clone().into_bytes()));
        document(&outcome);
    }
}

#[test]
fn record_hash_refuses_what_is_no_record_and_a_record_with_another_hash() {
    let (line, _) = record();
    assert_failure(&record_hash(line.replace("ana", "bob").as_bytes()), "record_hash_mismatch", None);
    let payload = i64::try_from(line.find(r#"{"user""#).unwrap()).unwrap();
    let listed = line.replace(r#"{"user":"ana"}"#, "[]");
    assert_failure(&record_hash(listed.as_bytes()), "record_malformed", Some(payload));
    assert_failure(&record_hash(b""), "record_malformed", Some(0));
    assert_failure(&record_hash(b"{}"), "record_malformed", Some(0));
    let spaced = line.replace("\"ana\"", " \"ana\"");
    assert_failure(&record_hash(spaced.as_bytes()), "record_malformed", Some(payload + 8));
}

#[test]
fn version_and_codes_are_canonical_documents() {
    let version = document(&version());
    assert_eq!(version.get("version").and_then(|v| v.as_str()), Some(env!("CARGO_PKG_VERSION")));
    let codes = document(&error_codes());
    assert_eq!(codes.get("codes").and_then(|v| v.as_array()).unwrap().len(), code::REGISTRY.len());
}

#[test]
fn every_facade_error_is_registered_under_its_own_name() {
    let errors = [
        FacadeError::Internal,
        FacadeError::Busy,
        FacadeError::Cancelled,
        FacadeError::PointerNull,
        FacadeError::LengthOutOfRange,
        FacadeError::PathInvalid { what: "empty", offset: 0 },
        FacadeError::TextNotUtf8 { argument: "name", offset: 3 },
        FacadeError::SeedLengthInvalid { found: 31 },
        FacadeError::RandomnessUnavailable,
        FacadeError::OptionOutOfRange { name: "seq", min: 0, max: 1 },
        FacadeError::OptionWordUnknown { name: "require", list: String::new() },
        FacadeError::FeatureMissing { what: "keys in tokens", feature: "pkcs11" },
        FacadeError::HandlePoisoned,
    ];
    for error in errors {
        let outcome = Outcome::failure(&error);
        assert_eq!(outcome.name(), ztp_core::Coded::code(&error));
    }
}
