//! The bytes of an envelope: what signing makes of a payload, and that no other byte string passes for it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails the test that called it"
)]

mod support;

use proptest::prelude::*;
use support::{BENCH, PAYLOAD, bytes, envelope, failures, judge, key, now, trust, value};
use ztp_core::Coded as _;
use ztp_core::canonical::{self, CanonicalErrorKind, Limits, Value};
use ztp_core::signature::{PublicKey, SignatureError, Signer, verify_document};
use ztp_licence::{
    CHECKS_PINNED, CheckKind, ENVELOPE_SCHEMA, LicenceError, PAYLOAD_SCHEMA, SIGNATURES_MAX, Status, Trust,
    cosign, sign, verify,
};

#[test]
fn an_envelope_is_canonical_and_signs_the_exact_bytes_of_its_payload() {
    let envelope = envelope();
    canonical::check(&envelope, &Limits::default()).unwrap();
    let document = value(std::str::from_utf8(&envelope).unwrap());
    assert_eq!(document.get("schema"), Some(&ENVELOPE_SCHEMA.into()));
    let payload = bytes(document.get("payload").unwrap());
    assert_eq!(&envelope[br#"{"payload":"#.len()..][..payload.len()], payload);
    assert_eq!(payload, bytes(&value(PAYLOAD)));
    let entry = &document.get("signatures").unwrap().as_array().unwrap()[0];
    assert_eq!(entry.get("key_id").unwrap().as_str().unwrap(), key(1).public_key().key_id().to_string());
    let signature =
        ztp_core::encoding::base64_decode(entry.get("signature").unwrap().as_str().unwrap()).unwrap();
    assert_eq!(verify_document(key(1).public_key(), PAYLOAD_SCHEMA, &payload, &signature), Ok(()));
}

#[test]
fn the_spelling_of_the_payload_before_signing_makes_no_difference() {
    let compact = bytes(&value(PAYLOAD));
    let escaped = PAYLOAD.replace("Exemplo", r"\u0045xempl\u006f");
    assert_eq!(sign(&compact, &key(1)), Ok(envelope()));
    assert_eq!(sign(escaped.as_bytes(), &key(1)), Ok(envelope()));
}

#[test]
fn every_flipped_bit_of_an_envelope_is_refused() {
    let original = envelope();
    for offset in 0..original.len() {
        for bit in 0..8 {
            let mut flipped = original.clone();
            flipped[offset] ^= 1 << bit;
            let verdict = judge(&flipped);
            assert_eq!(verdict.status(), Status::Refused, "bit {bit} of byte {offset}");
            assert!(verdict.licence().is_none() && verdict.failure().is_some());
        }
    }
}

#[test]
fn every_cut_and_every_added_or_removed_byte_is_refused() {
    let original = envelope();
    for offset in 0..original.len() {
        assert_eq!(judge(&original[..offset]).status(), Status::Refused, "cut at {offset}");
        let mut removed = original.clone();
        removed.remove(offset);
        assert_eq!(judge(&removed).status(), Status::Refused, "without byte {offset}");
        for byte in [b' ', b'0', b'a', b'"', b',', b'{', 0, 0xff] {
            let mut added = original.clone();
            added.insert(offset, byte);
            assert_eq!(judge(&added).status(), Status::Refused, "{byte:#04x} at {offset}");
        }
    }
    for byte in [b'\n', b' ', 0, b'}'] {
        let verdict = judge(&[original.as_slice(), &[byte]].concat());
        let (kind, code, _) = &failures(&verdict)[0];
        assert_eq!(*kind, CheckKind::CanonicalForm, "{code}");
        assert_eq!(verdict.failure().unwrap().offset(), u64::try_from(original.len()).ok());
    }
}

#[test]
fn edits_in_transit_are_named_by_reason_and_offset() {
    let original = String::from_utf8(envelope()).unwrap();
    let edited = |from: &str, to: &str| {
        let offset = original.find(from).unwrap();
        let verdict = judge(original.replacen(from, to, 1).as_bytes());
        match verdict.failure() {
            Some(LicenceError::EditedInTransit(error)) => (error.kind, error.offset.checked_sub(offset)),
            other => panic!("{other:?}"),
        }
    };
    use CanonicalErrorKind as Kind;
    assert_eq!(edited(r#""product":"#, r#""product": "#), (Kind::WhiteSpace, Some(10)));
    assert_eq!(edited(r#""amount":500"#, r#""amount":500.0"#), (Kind::Fraction, Some(12)));
    assert_eq!(edited(r#""amount":500"#, r#""amount":5e2"#), (Kind::Exponent, Some(10)));
    assert_eq!(edited("Exemplo", r"Ex\u0065mplo"), (Kind::EscapeSpelling, Some(2)));
    assert_eq!(edited("Exemplo", "Ex\u{e9}mplo"), (Kind::UnescapedCharacter, Some(2)));
    assert_eq!(edited(r#"{"bench":"#, r#"{"zench":"#).0, Kind::UnsortedMember);
    assert_eq!(edited(r#"{"payload""#, "\u{feff}{\"payload\""), (Kind::ByteOrderMark, Some(0)));
}

#[test]
fn an_envelope_nests_sixteen_deep_and_no_deeper() {
    let judged = |nested: usize| {
        let (open, close) = ("[".repeat(nested), "]".repeat(nested));
        let envelope = format!(
            r#"{{"payload":{{"a":{open}{close}}},"schema":"ztp.licence.envelope/1","signatures":[]}}"#
        );
        judge(envelope.as_bytes())
    };
    // The file and the payload are two levels; what fails then is the list of signatures.
    assert_eq!(judged(14).failure().unwrap().code(), "licence_list_length");
    let verdict = judged(15);
    let failure = verdict.failure().unwrap();
    assert_eq!((failure.code(), failure.offset()), ("canonical_too_deep", Some(16 + 14)));
}

#[test]
fn content_changed_without_changing_the_form_breaks_the_signature() {
    let original = String::from_utf8(envelope()).unwrap();
    for (from, to) in [
        ("\"amount\":500", "\"amount\":501"),
        ("bench-7", "bench-8"),
        ("2026-09-30", "2027-09-30"),
        ("\"dlp\",", ""),
        ("L-0042", "L-0043"),
    ] {
        assert!(original.contains(from), "{from}");
        let verdict = judge(original.replacen(from, to, 1).as_bytes());
        assert_eq!(verdict.failure().unwrap().code(), "signature_mismatch", "{from}");
    }
}

#[test]
fn cosigning_adds_one_signature_in_order_and_keeps_the_payload() {
    let mut signed = envelope();
    for number in 2..=u8::try_from(SIGNATURES_MAX).unwrap() {
        signed = cosign(&signed, &key(number)).unwrap();
        canonical::check(&signed, &Limits::default()).unwrap();
    }
    let document = value(std::str::from_utf8(&signed).unwrap());
    assert_eq!(bytes(document.get("payload").unwrap()), bytes(&value(PAYLOAD)));
    let numbers: Vec<u8> = (1..=u8::try_from(SIGNATURES_MAX).unwrap()).collect();
    let trust = Trust::from_json(support::trust_json(&numbers).as_bytes()).unwrap();
    let verdict = verify(&signed, &trust, now(), Some(BENCH));
    assert_eq!(failures(&verdict), []);

    let again = cosign(&signed, &key(3)).unwrap_err();
    assert_eq!(again.code(), "licence_list_repeated");
    let more = cosign(&signed, &key(200)).unwrap_err();
    assert_eq!((more.code(), more.path()), ("licence_list_length", Some("envelope.signatures")));
}

#[test]
fn cosigning_refuses_what_it_would_not_have_signed() {
    let refused = |envelope: &[u8]| cosign(envelope, &key(2)).unwrap_err().code();
    let original = String::from_utf8(envelope()).unwrap();
    assert_eq!(refused(original.replacen(':', ": ", 1).as_bytes()), "canonical_white_space");
    assert_eq!(refused(b"{}"), "schema_missing_member");
    assert_eq!(refused(original.replace("\"amount\":3,", "\"amount\":0,").as_bytes()), "licence_range");
    assert_eq!(refused(original.replace("==", "=").as_bytes()), "base64_length");
}

/// A token that does not sign.
struct Removed(ztp_core::signature::SigningKey);

impl Signer for Removed {
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Err(SignatureError::SignerFailed { reason: "token removed".to_owned() })
    }
}

#[test]
fn what_the_signer_reports_is_passed_on() {
    let error = sign(PAYLOAD.as_bytes(), &Removed(key(1))).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("signature_signer_failed", "signer failed: token removed")
    );
    assert_eq!(cosign(&envelope(), &Removed(key(2))).unwrap_err(), error);
}

proptest! {
    #[test]
    fn any_bytes_get_a_verdict_with_every_check_and_never_a_licence(
        input in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "\\{\"payload\":\\{[a-z0-9:,\"{}]{0,30}\\},\"schema\":\"ztp.licence.envelope/1\",\"signatures\":\\[[a-z0-9:,\"{}]{0,30}\\]\\}"
                .prop_map(String::into_bytes),
        ],
    ) {
        let verdict = judge(&input);
        prop_assert!(verdict.licence().is_none());
        for kind in CHECKS_PINNED {
            prop_assert!(verdict.checks().iter().any(|check| check.kind == *kind));
        }
        let document = verdict.to_json().unwrap();
        canonical::check(&document, &Limits::default()).unwrap();
    }

    #[test]
    fn several_changed_bytes_are_refused(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let original = envelope();
        let mut changed = original.clone();
        for (at, byte) in changes {
            let at = at.index(changed.len());
            changed[at] = byte;
        }
        prop_assume!(changed != original);
        prop_assert_eq!(verify(&changed, &trust(), now(), Some(BENCH)).status(), Status::Refused);
    }

    #[test]
    fn what_is_signed_is_accepted_whatever_it_says(
        customer in "[ -~\u{a1}-\u{2ff}\u{10000}-\u{10ff0}]{1,40}",
        features in prop::collection::btree_set("[A-Za-z0-9][A-Za-z0-9._-]{0,20}", 0..8),
        amounts in prop::collection::vec(1i64..1 << 40, 0..12),
        bench in proptest::option::of("[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
    ) {
        let mut payload = value(PAYLOAD);
        support::change(&mut payload, "customer", Some(customer.as_str().into()));
        support::change(&mut payload, "features", Some(Value::Array(features.iter().map(|f| f.as_str().into()).collect())));
        let note = |(serial, amount): (i64, &i64)| Value::object([
            ("amount", Value::Int(*amount)), ("class", "c".into()), ("serial", Value::Int(serial)),
            ("not_after", "2026-09-30T23:59:59.999Z".into()), ("not_before", "2026-07-01T00:00:00.000Z".into()),
        ]);
        support::change(&mut payload, "mint", Some(Value::Array((0..).zip(&amounts).map(note).collect())));
        let binding = bench.as_deref().map_or(Value::object([("binding", "any")]), |id| {
            Value::object([("bench_id", id), ("binding", "bench")])
        });
        support::change(&mut payload, "bench", Some(binding));
        let envelope = sign(&bytes(&payload), &key(1)).unwrap();
        let verdict = verify(&envelope, &trust(), now(), bench.as_deref());
        prop_assert_eq!(failures(&verdict), []);
        let licence = verdict.licence().unwrap();
        prop_assert_eq!(&licence.customer, &customer);
        prop_assert!(licence.features.iter().eq(&features));
        prop_assert_eq!(licence.mint.iter().map(|note| i64::try_from(note.amount).unwrap()).collect::<Vec<_>>(), amounts);
    }
}
