//! Every check of an envelope can fail, says where, and holds at its bounds.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails the test that called it"
)]

mod support;

use std::collections::BTreeSet;

use support::{
    BENCH, PAYLOAD, assert_refused, bytes, change, changed, envelope, failures, judge, key, now, trust,
    trust_json, value,
};
use ztp_core::Coded as _;
use ztp_core::canonical::Value;
use ztp_core::signature::{Signer as _, sign_document};
use ztp_core::time::Timestamp;
use ztp_licence::{
    BenchBinding, CHECKS_PINNED, CheckKind, CheckResult, ENVELOPE_BYTES_DEFAULT, PAYLOAD_SCHEMA, Status,
    Trust, Verdict, cosign, sign, verify,
};

/// The verdict on a licence with one member of the payload changed.
fn judge_payload(path: &str, to: impl Into<Value>) -> Verdict {
    judge(&sign(&changed(PAYLOAD, path, Some(to.into())), &key(1)).unwrap())
}

/// The verdict with one member of the trust document changed or added.
fn judge_trust(path: &str, to: impl Into<Value>) -> Verdict {
    let trust = Trust::from_json(&changed(&trust_json(&[1]), path, Some(to.into()))).unwrap();
    verify(&envelope(), &trust, now(), Some(BENCH))
}

fn judge_at(time: &str) -> Verdict {
    verify(&envelope(), &trust(), time.parse().unwrap(), Some(BENCH))
}

fn assert_valid(verdict: &Verdict) {
    assert_eq!(failures(verdict), []);
    assert_eq!(verdict.status(), Status::Valid);
}

#[test]
fn an_untouched_envelope_passes_every_check_and_yields_the_licence() {
    let verdict = judge(&envelope());
    assert_valid(&verdict);
    let kinds: Vec<_> = verdict.checks().iter().map(|check| check.kind).collect();
    assert_eq!(kinds, CHECKS_PINNED);
    assert!(verdict.checks().iter().all(|check| check.result == CheckResult::Pass));
    let licence = verdict.licence().unwrap();
    assert_eq!(licence.licence_id, "L-0042");
    assert_eq!(licence.bench, BenchBinding::Bench(BENCH.to_owned()));
    assert_eq!(licence.features, ["dlp", "tls-stress"]);
    assert_eq!(licence.mint.iter().map(|note| note.amount).collect::<Vec<_>>(), [500, 250, 3]);
    assert_eq!(verdict.clone().into_licence().as_ref(), Some(licence));
}

#[test]
fn the_verdict_of_an_accepted_envelope_is_one_exact_document() {
    let verdict = judge(&envelope());
    let document = String::from_utf8(verdict.to_json().unwrap()).unwrap();
    let id = key(1).public_key().key_id();
    let digest = ztp_core::digest::sha256(&envelope());
    let pass =
        |check: &str, place: &str| format!(r#"{{"check":"{check}","result":"pass","where":"{place}"}}"#);
    let checks = [
        pass("size", "envelope"),
        pass("canonical_form", "envelope"),
        pass("envelope_schema", "envelope"),
        pass("signature_list", "envelope.signatures"),
        pass("key_pinned", "envelope.signatures[0]"),
        pass("key_not_revoked", "envelope.signatures[0]"),
        pass("key_window", "envelope.signatures[0]"),
        pass("signature", "envelope.signatures[0]"),
        pass("threshold", "envelope.signatures"),
        pass("payload_schema", "payload"),
        pass("revocation_list", "payload.revocation"),
        pass("key_not_revoked_by_envelope", "envelope.signatures[0]"),
        pass("key_product", "envelope.signatures[0]"),
        pass("key_mint_limit", "envelope.signatures[0]"),
        pass("issued_at", "payload.issued_at"),
        pass("not_before", "payload.not_before"),
        pass("not_after", "payload.not_after"),
        pass("bench", "payload.bench"),
    ]
    .join(",");
    let expected = format!(
        r#"{{"bench_id":"bench-7","checked_at":"2026-08-01T12:00:00.000Z","checks":[{checks}],"code":null,"envelope_digest":"{digest}","licence":{{"bench_id":"bench-7","customer":"Companhia Exemplo S.A.","envelope_id":"envelope-2026-Q3","features":["dlp","tls-stress"],"issued_at":"2026-06-20T09:00:00.000Z","licence_id":"L-0042","mint":[{{"amount":3,"class":"benches","notes":1}},{{"amount":750,"class":"test-hours","notes":2}}],"not_after":"2026-09-30T23:59:59.999Z","not_before":"2026-07-01T00:00:00.000Z","previous_envelope":null,"product":"tlsstress","revocation":{{"revoked_key_ids":[],"version":0}}}},"schema":"ztp.licence.verdict/1","signed_by":["{id}"],"status":"valid"}}"#
    );
    assert_eq!(document, expected);
}

#[test]
fn the_verdict_of_a_refused_envelope_names_code_offset_and_place_and_no_licence() {
    let mut edited = envelope();
    edited.insert(11, b' ');
    let document = value(std::str::from_utf8(&judge(&edited).to_json().unwrap()).unwrap());
    assert_eq!(document.get("status"), Some(&"refused".into()));
    assert_eq!(document.get("code"), Some(&"canonical_white_space".into()));
    assert_eq!(document.get("licence"), Some(&Value::Null));
    let check = &document.get("checks").unwrap().as_array().unwrap()[1];
    assert_eq!(check.get("check"), Some(&"canonical_form".into()));
    assert_eq!(check.get("result"), Some(&"fail".into()));
    assert_eq!(check.get("offset"), Some(&Value::Int(11)));
    assert!(check.get("message").unwrap().as_str().unwrap().starts_with("edited in transit"));
    // Nothing behind it was looked at.
    let after: BTreeSet<_> = document.get("checks").unwrap().as_array().unwrap()[2..]
        .iter()
        .map(|check| check.get("result").unwrap().as_str().unwrap())
        .collect();
    assert_eq!(after, BTreeSet::from(["not_checked"]));
}

#[test]
fn a_file_one_byte_above_the_limit_is_refused_unread() {
    let size = i64::try_from(envelope().len()).unwrap();
    assert_valid(&judge_trust("envelope_bytes_max", size));
    let verdict = judge_trust("envelope_bytes_max", size - 1);
    assert_refused(&verdict, CheckKind::Size, "licence_too_large", "envelope");
    assert_eq!(verdict.failure().unwrap().offset(), u64::try_from(size - 1).ok());
    let big = vec![b' '; ENVELOPE_BYTES_DEFAULT + 1];
    assert_refused(&judge(&big), CheckKind::Size, "licence_too_large", "envelope");
}

#[test]
fn documents_that_are_canonical_but_no_envelope_are_refused_by_name() {
    let reshaped =
        |path: &str, to: Option<Value>| changed(std::str::from_utf8(&envelope()).unwrap(), path, to);
    let kind = CheckKind::EnvelopeSchema;
    for (document, code, place) in [
        (b"[]".to_vec(), "schema_not_object", "envelope"),
        (b"null".to_vec(), "schema_not_object", "envelope"),
        (b"{}".to_vec(), "schema_missing_member", "envelope.payload"),
        (reshaped("payload", None), "schema_missing_member", "envelope.payload"),
        (reshaped("payload", Some(Value::Null)), "schema_wrong_type", "envelope.payload"),
        (reshaped("payload", Some(Value::Array(vec![]))), "schema_wrong_type", "envelope.payload"),
        (reshaped("schema", None), "schema_missing_member", "envelope.schema"),
        (reshaped("schema", Some(Value::Int(1))), "schema_wrong_type", "envelope.schema"),
        (reshaped("schema", Some("ztp.licence.envelope/2".into())), "licence_schema_name", "envelope.schema"),
        (reshaped("signatures", None), "schema_missing_member", "envelope.signatures"),
        (
            reshaped("signatures", Some(Value::object([("a", 1_i64)]))),
            "schema_wrong_type",
            "envelope.signatures",
        ),
        (reshaped("alg", Some("none".into())), "schema_unknown_member", "envelope.alg"),
        (reshaped("suite", Some("ed25519".into())), "schema_unknown_member", "envelope.suite"),
        (reshaped("zz", Some(Value::Null)), "schema_unknown_member", "envelope.zz"),
        (reshaped("Payload", Some(Value::Null)), "schema_case_variant", "envelope.Payload"),
    ] {
        assert_refused(&judge(&document), kind, code, place);
    }
}

#[test]
fn signature_lists_that_are_not_strict_are_refused_at_the_entry() {
    let original = value(std::str::from_utf8(&envelope()).unwrap());
    let entry = original.get("signatures").unwrap().as_array().unwrap()[0].clone();
    let with = |signatures: Vec<Value>| {
        let mut document = original.clone();
        change(&mut document, "signatures", Some(signatures.into()));
        judge(&bytes(&document))
    };
    let other = |path: &str, to: Option<Value>| {
        let mut entry = entry.clone();
        change(&mut entry, path, to);
        entry
    };
    let kind = CheckKind::SignatureList;
    let all = "envelope.signatures";
    assert_refused(&with(vec![]), kind, "licence_list_length", all);
    assert_refused(&with(vec![entry.clone(); 17]), kind, "licence_list_length", all);
    assert_refused(
        &with(vec![entry.clone(), entry.clone()]),
        kind,
        "licence_list_repeated",
        "envelope.signatures[1]",
    );
    let low = other("key_id", Some("0".repeat(64).into()));
    assert_refused(&with(vec![entry.clone(), low]), kind, "licence_list_order", "envelope.signatures[1]");
    for (entry, code, place) in [
        (Value::from("x"), "schema_wrong_type", "envelope.signatures[0]"),
        (other("key_id", None), "schema_missing_member", "envelope.signatures[0].key_id"),
        (other("key_id", Some("AB".repeat(32).into())), "hex_character", "envelope.signatures[0].key_id"),
        (other("key_id", Some("ab".into())), "hex_length", "envelope.signatures[0].key_id"),
        (other("signature", Some("QUJ=".into())), "base64_trailing_bits", "envelope.signatures[0].signature"),
        (other("signature", Some("-_8=".into())), "base64_character", "envelope.signatures[0].signature"),
        (other("signature", Some("QUI".into())), "base64_length", "envelope.signatures[0].signature"),
        (other("suite", Some("ed25519".into())), "schema_unknown_member", "envelope.signatures[0].suite"),
        (
            other("public_key", Some("00".into())),
            "schema_unknown_member",
            "envelope.signatures[0].public_key",
        ),
    ] {
        assert_refused(&with(vec![entry]), kind, code, place);
    }
}

#[test]
fn a_key_that_is_not_pinned_is_refused_and_the_payload_is_not_read() {
    let verdict = judge(&sign(PAYLOAD.as_bytes(), &key(2)).unwrap());
    assert_eq!(
        failures(&verdict),
        [
            (CheckKind::KeyPinned, "licence_key_unpinned", "envelope.signatures[0]".to_owned()),
            (CheckKind::Threshold, "licence_too_few_signatures", "envelope.signatures".to_owned()),
        ]
    );
    let unread = |kind| {
        verdict.checks().iter().find(|check| check.kind == kind).unwrap().result == CheckResult::NotChecked
    };
    assert!(unread(CheckKind::Signature) && unread(CheckKind::PayloadSchema) && unread(CheckKind::Bench));
}

#[test]
fn an_unpinned_signature_beside_a_trusted_one_is_refused_too() {
    let both = cosign(&envelope(), &key(2)).unwrap();
    let verdict = judge(&both);
    let found = failures(&verdict);
    assert_eq!(found.len(), 1);
    let (kind, code, place) = &found[0];
    assert_eq!((*kind, *code), (CheckKind::KeyPinned, "licence_key_unpinned"));
    let index = usize::from(key(1).public_key().key_id() < key(2).public_key().key_id());
    assert_eq!(place, &format!("envelope.signatures[{index}]"));
    assert_eq!(verdict.status(), Status::Refused);
}

#[test]
fn a_signature_over_other_bytes_or_another_purpose_is_refused() {
    let original = value(std::str::from_utf8(&envelope()).unwrap());
    let payload = bytes(original.get("payload").unwrap());
    let with_signature = |signature: Vec<u8>| {
        let mut document = original.clone();
        let text = ztp_core::encoding::base64_encode(&signature);
        change(&mut document, "signatures.0.signature", Some(text.into()));
        failures(&judge(&bytes(&document)))[0].clone()
    };
    let expected = |code| (CheckKind::Signature, code, "envelope.signatures[0]".to_owned());
    let other_purpose = sign_document(&key(1), "ztp.audit/1", &payload).unwrap();
    assert_eq!(with_signature(other_purpose), expected("signature_mismatch"));
    assert_eq!(with_signature(key(1).sign(&payload).unwrap()), expected("signature_mismatch"));
    let other_payload = sign_document(&key(1), PAYLOAD_SCHEMA, b"{}").unwrap();
    assert_eq!(with_signature(other_payload), expected("signature_mismatch"));
    let other_key = sign_document(&key(2), PAYLOAD_SCHEMA, &payload).unwrap();
    assert_eq!(with_signature(other_key), expected("signature_mismatch"));
    assert_eq!(with_signature(vec![0; 63]), expected("signature_length"));
    assert_eq!(with_signature(vec![0xff; 64]), expected("signature_scalar_range"));
    assert_eq!(with_signature(vec![0; 64]), expected("signature_point_low_order"));
}

#[test]
fn a_revoked_key_is_refused_and_its_payload_is_not_read() {
    let id = key(1).public_key().key_id().to_string();
    let list = Value::object([("revoked_key_ids", Value::from(vec![id.into()])), ("version", 1_i64.into())]);
    let verdict = judge_trust("revocation", list);
    let found = failures(&verdict);
    assert_eq!(
        found[0],
        (CheckKind::KeyNotRevoked, "licence_key_revoked", "envelope.signatures[0]".to_owned())
    );
    assert_eq!(found[1].1, "licence_too_few_signatures");
    assert_eq!(found.len(), 2);
}

#[test]
fn an_envelope_that_revokes_its_own_key_is_refused() {
    let id = key(1).public_key().key_id().to_string();
    let list = Value::object([("revoked_key_ids", Value::from(vec![id.into()])), ("version", 1_i64.into())]);
    let verdict = judge_payload("revocation", list);
    assert_refused(
        &verdict,
        CheckKind::KeyNotRevokedByEnvelope,
        "licence_key_revoked",
        "envelope.signatures[0]",
    );
}

#[test]
fn a_key_verifies_only_within_its_own_window_both_ends_included() {
    let place = "envelope.signatures[0]";
    assert_valid(&judge_trust("keys.0.not_before", "2026-08-01T12:00:00.000Z"));
    assert_valid(&judge_trust("keys.0.not_after", "2026-08-01T12:00:00.000Z"));
    let early = judge_trust("keys.0.not_before", "2026-08-01T12:00:00.001Z");
    assert_refused(&early, CheckKind::KeyWindow, "licence_key_not_yet_valid", place);
    let late = judge_trust("keys.0.not_after", "2026-08-01T11:59:59.999Z");
    assert_refused(&late, CheckKind::KeyWindow, "licence_key_expired", place);
}

#[test]
fn as_many_keys_must_sign_as_the_threshold_says() {
    let trust = |threshold: i64| {
        Trust::from_json(&changed(&trust_json(&[1, 2, 3]), "threshold", Some(threshold.into()))).unwrap()
    };
    let judge = |envelope: &[u8], threshold| verify(envelope, &trust(threshold), now(), Some(BENCH));
    let one = envelope();
    let two = cosign(&one, &key(3)).unwrap();
    let three = cosign(&two, &key(2)).unwrap();
    assert_valid(&judge(&two, 2));
    assert_valid(&judge(&three, 2));
    assert_valid(&judge(&three, 3));
    assert_refused(
        &judge(&one, 2),
        CheckKind::Threshold,
        "licence_too_few_signatures",
        "envelope.signatures",
    );
    assert_refused(
        &judge(&two, 3),
        CheckKind::Threshold,
        "licence_too_few_signatures",
        "envelope.signatures",
    );
}

#[test]
fn one_bad_signature_among_enough_good_ones_is_refused() {
    let trust = Trust::from_json(trust_json(&[1, 2]).as_bytes()).unwrap();
    let two = cosign(&envelope(), &key(2)).unwrap();
    assert_valid(&verify(&two, &trust, now(), Some(BENCH)));
    let mut document = value(std::str::from_utf8(&two).unwrap());
    let other = document.get("signatures").unwrap().as_array().unwrap()[0].get("signature").unwrap().clone();
    change(&mut document, "signatures.1.signature", Some(other));
    let verdict = verify(&bytes(&document), &trust, now(), Some(BENCH));
    assert_refused(&verdict, CheckKind::Signature, "signature_mismatch", "envelope.signatures[1]");
}

#[test]
fn a_payload_that_was_signed_elsewhere_with_bad_content_is_refused_at_the_member() {
    // Only a signer other than ours makes such an envelope: sign() refuses the payload.
    let payload = changed(PAYLOAD, "mint.1.amount", Some(Value::Int(0)));
    assert_eq!(sign(&payload, &key(1)).unwrap_err().code(), "licence_range");
    let signature = sign_document(&key(1), PAYLOAD_SCHEMA, &payload).unwrap();
    let mut document = value(std::str::from_utf8(&envelope()).unwrap());
    change(&mut document, "payload", Some(value(std::str::from_utf8(&payload).unwrap())));
    let text = ztp_core::encoding::base64_encode(&signature);
    change(&mut document, "signatures.0.signature", Some(text.into()));
    let verdict = judge(&bytes(&document));
    assert_refused(&verdict, CheckKind::PayloadSchema, "licence_range", "payload.mint[1].amount");
}

#[test]
fn revocation_lists_do_not_go_back_or_contradict() {
    let list = |version: i64, ids: &[String]| {
        let ids: Vec<Value> = ids.iter().map(|id| id.as_str().into()).collect();
        Value::object([("revoked_key_ids", Value::from(ids)), ("version", version.into())])
    };
    let some = ["a".repeat(64)];
    let judge = |found: Value, seen: Value| {
        let trust = Trust::from_json(&changed(&trust_json(&[1]), "revocation", Some(seen))).unwrap();
        let envelope = sign(&changed(PAYLOAD, "revocation", Some(found)), &key(1)).unwrap();
        verify(&envelope, &trust, now(), Some(BENCH))
    };
    assert_valid(&judge(list(3, &some), list(3, &some)));
    assert_valid(&judge(list(4, &[]), list(3, &some)));
    let (kind, place) = (CheckKind::RevocationList, "payload.revocation");
    assert_refused(&judge(list(2, &some), list(3, &some)), kind, "licence_revocation_rollback", place);
    assert_refused(&judge(list(3, &[]), list(3, &some)), kind, "licence_revocation_conflict", place);
    assert_refused(&judge(list(0, &some), list(0, &[])), kind, "licence_revocation_conflict", place);
}

#[test]
fn a_trust_document_to_keep_comes_only_with_a_list_that_is_newer_than_the_one_held_and_that_holds() {
    let list = |version: i64| {
        Value::object([("revoked_key_ids", Value::Array(Vec::new())), ("version", version.into())])
    };
    // What the envelope brings where version 3 is held, what is known afterwards, and whether there is a document to keep.
    for (brought, known, kept) in [(2, 3, false), (3, 3, false), (4, 4, true), (9, 9, true)] {
        let trust = Trust::from_json(&changed(&trust_json(&[1]), "revocation", Some(list(3)))).unwrap();
        let payload = changed(PAYLOAD, "revocation", Some(list(brought)));
        let verdict = verify(&sign(&payload, &key(1)).unwrap(), &trust, now(), Some(BENCH));
        assert_eq!(verdict.trust_state().revocation_version, known, "{brought}");
        assert_eq!(verdict.trust_update().is_some(), kept, "{brought}");
        // Refused for another reason, it changes nothing.
        let refused = verify(&sign(&payload, &key(1)).unwrap(), &trust, now(), Some("another-bench"));
        assert_eq!(
            (refused.trust_state().revocation_version, refused.trust_update()),
            (3, None),
            "{brought}"
        );
    }
}

#[test]
fn a_key_signs_only_for_its_products() {
    let place = "envelope.signatures[0]";
    assert_refused(&judge_payload("product", "other"), CheckKind::KeyProduct, "licence_other_product", place);
    let products = |names: &[&str]| Value::Array(names.iter().map(|&name| name.into()).collect());
    assert_valid(&judge_trust("keys.0.products", products(&["other", "tlsstress"])));
    let verdict = judge_trust("keys.0.products", products(&["TLSStress", "tlsstress2"]));
    assert_refused(&verdict, CheckKind::KeyProduct, "licence_other_product", place);
}

#[test]
fn a_key_mints_at_most_its_limit_of_each_class() {
    assert_valid(&judge_trust("keys.0.mint_total_max", 750_i64));
    let verdict = judge_trust("keys.0.mint_total_max", 749_i64);
    assert_refused(&verdict, CheckKind::KeyMintLimit, "licence_key_mint_limit", "envelope.signatures[0]");
    assert_eq!(
        verdict.failure().unwrap().to_string(),
        "notes of class test-hours add up to 750, the key may mint 749"
    );
}

#[test]
fn issue_in_the_future_is_refused_beyond_the_tolerance() {
    let (kind, code, place) = (CheckKind::IssuedAt, "licence_issued_in_future", "payload.issued_at");
    assert_valid(&judge_payload("issued_at", "2026-08-01T12:05:00.000Z"));
    assert_refused(&judge_payload("issued_at", "2026-08-01T12:05:00.001Z"), kind, code, place);
    let envelope =
        sign(&changed(PAYLOAD, "issued_at", Some("2026-08-01T12:00:00.001Z".into())), &key(1)).unwrap();
    let none =
        Trust::from_json(&changed(&trust_json(&[1]), "clock_tolerance_ms", Some(Value::Int(0)))).unwrap();
    assert_refused(&verify(&envelope, &none, now(), Some(BENCH)), kind, code, place);
    // The far end of time does not wrap.
    let last =
        sign(&changed(PAYLOAD, "issued_at", Some("9999-12-31T23:59:59.999Z".into())), &key(1)).unwrap();
    let first = verify(&last, &trust(), Timestamp::MIN, Some(BENCH));
    assert!(failures(&first).iter().any(|(found, ..)| *found == kind));
}

#[test]
fn a_licence_is_valid_from_its_first_to_its_last_millisecond() {
    assert_valid(&judge_at("2026-07-01T00:00:00.000Z"));
    assert_valid(&judge_at("2026-09-30T23:59:59.999Z"));
    let early = judge_at("2026-06-30T23:59:59.999Z");
    assert_refused(&early, CheckKind::NotBefore, "licence_not_yet_valid", "payload.not_before");
    let late = judge_at("2026-10-01T00:00:00.000Z");
    assert_refused(&late, CheckKind::NotAfter, "licence_expired", "payload.not_after");
}

#[test]
fn a_bound_licence_needs_its_bench_and_a_free_one_needs_none() {
    let (kind, place) = (CheckKind::Bench, "payload.bench");
    let verdict = verify(&envelope(), &trust(), now(), Some("bench-8"));
    assert_refused(&verdict, kind, "licence_other_bench", place);
    assert_refused(&verify(&envelope(), &trust(), now(), None), kind, "licence_bench_not_given", place);
    let free = sign(&changed(PAYLOAD, "bench", Some(Value::object([("binding", "any")]))), &key(1)).unwrap();
    for bench_id in [None, Some("bench-8")] {
        assert_valid(&verify(&free, &trust(), now(), bench_id));
    }
}

#[test]
fn independent_failures_are_all_reported() {
    let mut payload = value(PAYLOAD);
    change(&mut payload, "product", Some("other".into()));
    change(&mut payload, "issued_at", Some("2027-01-01T00:00:00.000Z".into()));
    let envelope = sign(&bytes(&payload), &key(1)).unwrap();
    let late = Trust::from_json(&changed(
        &trust_json(&[1]),
        "keys.0.not_after",
        Some("2026-01-01T00:00:00.000Z".into()),
    ));
    let verdict =
        verify(&envelope, &late.unwrap(), "2026-10-01T00:00:00.000Z".parse().unwrap(), Some("bench-8"));
    let found: Vec<_> = failures(&verdict).into_iter().map(|(_, code, _)| code).collect();
    assert_eq!(
        found,
        [
            "licence_key_expired",
            "licence_other_product",
            "licence_issued_in_future",
            "licence_expired",
            "licence_other_bench"
        ]
    );
    assert_eq!(verdict.failure().unwrap().code(), "licence_key_expired");
}
