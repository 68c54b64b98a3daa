//! Envelopes that carry their certificates: what holds, and each refusal with its check, code and place.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails the test that called it"
)]

mod support;

use support::chain::{
    HOLDERS, ISK, PAYLOAD, certificate, certificate_value, envelope, judge, revocation_value, root,
    root_value, signed, signer, trust, usual,
};
use support::{BENCH, assert_refused, bytes, change, changed, failures, now, value};
use ztp_core::canonical::Value;
use ztp_licence::{
    CHECKS_CHAINED, ChainDocuments, CheckKind, Status, Trust, cosign_chained, sign, sign_chained, verify,
};

fn with(document: Value, path: &str, to: impl Into<Value>) -> Value {
    let mut document = document;
    change(&mut document, path, Some(to.into()));
    document
}

#[test]
fn a_licence_by_a_certified_key_is_valid_and_says_by_which_certificate() {
    let verdict = judge(&usual(), &trust());
    assert_eq!(failures(&verdict), []);
    assert_eq!(verdict.status(), Status::Valid);
    assert_eq!(verdict.checks().len(), CHECKS_CHAINED.len());
    assert_eq!(verdict.certificates()[0].serial, 1);
    assert_eq!(verdict.licence().unwrap().requires.root_version, 1);
    assert_eq!(verdict.trust_update(), None);
    let json = String::from_utf8(verdict.to_json().unwrap()).unwrap();
    assert!(json.contains(r#""schema":"ztp.licence.verdict/2""#), "{json}");
    assert!(json.contains(r#""root_version":1"#) && json.contains(r#""name":"isk-1""#), "{json}");
}

#[test]
fn every_suite_can_hold_every_place_of_the_chain() {
    for (holders, isk) in [(&[11, 12][..], 121), (&[111, 112], ISK), (&[111, 12], 121)] {
        let root = signed(&root_value(1, 2, holders), holders);
        let certificate = signed(&certificate_value(1, isk), holders);
        let list = signed(&revocation_value(1, &[], &[]), holders);
        let trust = Trust::pin_root(&root).unwrap();
        let envelope = envelope(PAYLOAD.as_bytes(), isk, &certificate, Some(&list), &[&root]);
        let verdict = judge(&envelope, &trust);
        assert_eq!(failures(&verdict), [], "{holders:?} {isk}");
        assert_eq!(verdict.trust_update().unwrap().revocation_version(), 1);
    }
}

#[test]
fn a_half_stripped_or_swapped_in_an_envelope_is_refused_by_its_name() {
    let holders = [11, 12];
    let trust = Trust::pin_root(&signed(&root_value(1, 2, &holders), &holders)).unwrap();
    let certificate = signed(&certificate_value(1, 121), &holders);
    let whole = envelope(PAYLOAD.as_bytes(), 121, &certificate, None, &[]);
    let other_payload = changed(PAYLOAD, "customer", Some("Somebody else".into()));
    let other = envelope(&other_payload, 121, &certificate, None, &[]);
    let signature = |envelope: &[u8]| {
        let envelope = value(std::str::from_utf8(envelope).unwrap());
        let text = envelope.get("signatures").unwrap().as_array().unwrap()[0].get("signature").unwrap();
        ztp_core::encoding::base64_decode(text.as_str().unwrap()).unwrap()
    };
    let (ours, theirs) = (signature(&whole), signature(&other));
    let (mldsa, ed25519) = ours.split_at(3309);
    for (forged, code) in [
        (mldsa.to_vec(), "signature_half_missing"),
        (ed25519.to_vec(), "signature_half_missing"),
        ([ed25519, mldsa].concat(), "signature_halves_swapped"),
        ([&theirs[..3309], ed25519].concat(), "signature_mldsa_mismatch"),
        ([mldsa, &theirs[3309..]].concat(), "signature_ed25519_mismatch"),
        (theirs.clone(), "signature_mismatch"),
    ] {
        let mut document = value(std::str::from_utf8(&whole).unwrap());
        let text = ztp_core::encoding::base64_encode(&forged);
        change(&mut document, "signatures.0.signature", Some(text.into()));
        let verdict = judge(&bytes(&document), &trust);
        assert_eq!(failures(&verdict)[0], (CheckKind::Signature, code, "envelope.signatures[0]".to_owned()));
    }
}

#[test]
fn the_trust_document_decides_the_generation_and_an_envelope_of_the_other_is_refused() {
    let pinned = support::envelope();
    assert_refused(
        &judge(&pinned, &trust()),
        CheckKind::EnvelopeSchema,
        "licence_schema_name",
        "envelope.schema",
    );
    let verdict = judge(&usual(), &support::trust());
    assert_refused(&verdict, CheckKind::EnvelopeSchema, "licence_schema_name", "envelope.schema");
    // A key that was pinned once signs nothing under a root that did not certify it.
    let old = sign(support::PAYLOAD.as_bytes(), &*signer(ISK)).unwrap();
    assert_eq!(judge(&old, &trust()).status(), Status::Refused);
}

#[test]
fn certificates_are_refused_for_what_they_do_not_cover() {
    let refused = |certificate: Value, kind, code| {
        let document = signed(&certificate, &[11, 13]);
        let verdict = judge(&envelope(PAYLOAD.as_bytes(), ISK, &document, None, &[]), &trust());
        assert_refused(&verdict, kind, code, "envelope.chain.certificates[0]");
    };
    let usual = || certificate_value(1, ISK);
    let later = with(
        with(usual(), "not_before", "2026-08-02T00:00:00.000Z"),
        "issued_at",
        "2026-07-31T00:00:00.000Z",
    );
    let verdict = judge(&envelope(PAYLOAD.as_bytes(), ISK, &signed(&later, &[11, 13]), None, &[]), &trust());
    let place = || "envelope.chain.certificates[0]".to_owned();
    assert_eq!(
        failures(&verdict),
        [
            (CheckKind::CertificateWindow, "custody_certificate_not_yet_valid", place()),
            (CheckKind::CertificateIssued, "custody_certificate_issued_outside", place()),
        ]
    );
    refused(
        with(usual(), "not_after", "2026-07-31T23:59:59.999Z"),
        CheckKind::CertificateWindow,
        "custody_certificate_expired",
    );
    refused(
        with(usual(), "not_before", "2026-07-21T00:00:00.000Z"),
        CheckKind::CertificateIssued,
        "custody_certificate_issued_outside",
    );
    refused(
        with(usual(), "usages", vec![Value::from("licence")]),
        CheckKind::CertificateMint,
        "custody_certificate_usage",
    );
    refused(
        with(usual(), "limits.products", vec![Value::from("other")]),
        CheckKind::CertificateProduct,
        "custody_certificate_product",
    );
    refused(
        with(usual(), "limits.classes.0.class", "bananas"),
        CheckKind::CertificateMint,
        "custody_certificate_class",
    );
    refused(
        with(usual(), "limits.classes.1.amount_max", 749_i64),
        CheckKind::CertificateMint,
        "custody_certificate_class_limit",
    );
    refused(
        with(usual(), "limits.total_max", 752_i64),
        CheckKind::CertificateMint,
        "custody_certificate_total_limit",
    );
}

#[test]
fn certificates_that_the_root_did_not_sign_are_refused() {
    let judged = |certificate: &[u8]| {
        // Put in by hand: the issuer's side refuses some of these itself.
        let mut document = value(std::str::from_utf8(&usual()).unwrap());
        let certificate = value(std::str::from_utf8(certificate).unwrap());
        change(&mut document, "chain.certificates.0", Some(certificate));
        let verdict = judge(&bytes(&document), &trust());
        let (kind, code, place) = failures(&verdict)[0].clone();
        assert_eq!(kind, CheckKind::Certificate);
        (code, place)
    };
    let at = |code, place: &str| (code, format!("envelope.chain.certificates[0]{place}"));
    let usual = certificate_value(1, ISK);
    assert_eq!(judged(&signed(&usual, &[11])), at("custody_too_few_signatures", ".signatures"));
    // The key signs its own certificate; a stranger helps one holder.
    let unknown = |signers: &[u8]| judged(&signed(&usual, signers)).0;
    assert_eq!(unknown(&[ISK]), "custody_signer_unknown");
    assert_eq!(unknown(&[11, 99]), "custody_signer_unknown");
    assert_eq!(unknown(&[11, 12, 99]), "custody_signer_unknown");

    // One holder's signature twice.
    let mut document = value(std::str::from_utf8(&signed(&usual, &[11])).unwrap());
    let signature = document.get("signatures").unwrap().as_array().unwrap()[0].clone();
    change(&mut document, "signatures", Some(vec![signature.clone(), signature].into()));
    assert_eq!(judged(&bytes(&document)), at("custody_key_counted_twice", ".signatures[1]"));

    // Somebody raises the limit in a certificate that was signed.
    let text = String::from_utf8(certificate()).unwrap();
    let raised = text.replace(r#""amount_max":1000"#, r#""amount_max":9000"#);
    assert_eq!(judged(raised.as_bytes()).0, "signature_mismatch");

    // A root's own key is certified.
    let certificate = signed(&certificate_value(1, 13), &[11, 12]);
    let verdict = judge(&envelope(PAYLOAD.as_bytes(), 13, &certificate, None, &[]), &trust());
    assert_refused_first(&verdict, CheckKind::Certificate, "custody_certificate_of_root_key");
}

fn assert_refused_first(verdict: &ztp_licence::Verdict, kind: CheckKind, code: &str) {
    let (found_kind, found_code, _) = failures(verdict)[0].clone();
    assert_eq!((found_kind, found_code), (kind, code));
    assert_eq!(verdict.licence(), None);
}

#[test]
fn a_certificate_of_another_key_does_not_serve_and_each_signature_needs_its_own() {
    let mut document = value(std::str::from_utf8(&usual()).unwrap());
    let other = value(std::str::from_utf8(&signed(&certificate_value(2, 22), &[11, 12])).unwrap());
    let own = document.get("chain").unwrap().get("certificates").unwrap().as_array().unwrap()[0].clone();
    change(&mut document, "chain.certificates.0", Some(other.clone()));
    let verdict = judge(&bytes(&document), &trust());
    assert_refused_first(&verdict, CheckKind::Certificate, "licence_certificate_other_key");
    change(&mut document, "chain.certificates", Some(vec![own, other].into()));
    let verdict = judge(&bytes(&document), &trust());
    assert_refused_first(&verdict, CheckKind::Chain, "licence_chain_length");
    change(&mut document, "chain.certificates", Some(Vec::<Value>::new().into()));
    let verdict = judge(&bytes(&document), &trust());
    assert_refused_first(&verdict, CheckKind::Chain, "licence_list_length");
}

#[test]
fn two_certified_keys_meet_a_threshold_of_two() {
    let mut document = value(std::str::from_utf8(&trust().to_json().unwrap()).unwrap());
    change(&mut document, "threshold", Some(2_i64.into()));
    let trust = Trust::from_json(&bytes(&document)).unwrap();
    assert_refused(
        &judge(&usual(), &trust),
        CheckKind::Threshold,
        "licence_too_few_signatures",
        "envelope.signatures",
    );
    let second = signed(&certificate_value(2, 122), &[12, 13]);
    let both = cosign_chained(&usual(), &*signer(122), &second).unwrap();
    let verdict = judge(&both, &trust);
    assert_eq!(failures(&verdict), []);
    assert_eq!(verdict.certificates().len(), 2);
    assert!(cosign_chained(&both, &*signer(122), &second).is_err());
}

#[test]
fn what_the_root_revoked_verifies_nothing_and_the_news_is_kept_even_so() {
    for (serials, keys) in [(&[1][..], &[][..]), (&[], &[ISK])] {
        let list = signed(&revocation_value(4, serials, keys), &[11, 12]);
        let verdict = judge(&envelope(PAYLOAD.as_bytes(), ISK, &certificate(), Some(&list), &[]), &trust());
        assert_refused_first(&verdict, CheckKind::CertificateNotRevoked, "custody_certificate_revoked");
        // Carried by whoever, the list holds: from now on the key is revoked also for envelopes without it.
        let kept = verdict.trust_update().unwrap();
        assert_eq!(kept.revocation_version(), 4);
        let verdict = judge(&usual(), kept);
        assert_refused_first(&verdict, CheckKind::CertificateNotRevoked, "custody_certificate_revoked");
        assert_eq!(Trust::from_json(&kept.to_json().unwrap()).as_ref(), Ok(kept));
    }
}

#[test]
fn revocation_lists_only_grow() {
    let judged = |seen: &Value, list: Option<Vec<u8>>| {
        let first = signed(seen, &[11, 12]);
        let envelope_of = |list: Option<&[u8]>| envelope(PAYLOAD.as_bytes(), ISK, &certificate(), list, &[]);
        let kept = judge(&envelope_of(Some(&first)), &trust()).trust_update().unwrap().clone();
        let verdict = judge(&envelope_of(list.as_deref()), &kept);
        failures(&verdict).first().map(|(kind, code, _)| (*kind, *code))
    };
    let seen = revocation_value(3, &[7], &[]);
    let list = |version, serials: &[i64]| Some(signed(&revocation_value(version, serials, &[]), &[11, 12]));
    let refused = |code| Some((CheckKind::RevocationCurrent, code));
    assert_eq!(judged(&seen, None), None);
    assert_eq!(judged(&seen, list(3, &[7])), None);
    assert_eq!(judged(&seen, list(4, &[7, 8])), None);
    assert_eq!(judged(&seen, list(2, &[7])), refused("custody_revocation_rollback"));
    assert_eq!(judged(&seen, list(3, &[7, 8])), refused("custody_revocation_conflict"));
    assert_eq!(judged(&seen, list(4, &[8])), refused("custody_revocation_shrunk"));
    let by_one = Some(signed(&revocation_value(4, &[7], &[]), &[11]));
    assert_eq!(judged(&seen, by_one), refused("custody_too_few_signatures"));
}

/// Root 2: holder 13 is replaced by 14.
fn second_root(signers: &[u8]) -> Vec<u8> {
    signed(&root_value(2, 2, &[11, 12, 14]), signers)
}

#[test]
fn a_rotated_root_is_reached_from_the_pinned_one_and_kept() {
    let (second, third) =
        (second_root(&[11, 12]), signed(&root_value(3, 2, &[14, 15, 16]), &[12, 14, 15, 16]));
    let certificate = signed(&certificate_value(9, ISK), &[15, 16]);
    let payload = changed(PAYLOAD, "root_version", Some(3_i64.into()));
    let envelope_of = |roots: &[&[u8]]| envelope(&payload, ISK, &certificate, None, roots);
    let verdict = judge(&envelope_of(&[&second, &third]), &trust());
    assert_eq!(failures(&verdict), []);
    let kept = verdict.trust_update().unwrap();
    assert_eq!((kept.root_version(), verdict.trust_state().root_version), (3, 3));
    // From there the same envelope holds, with or without the roots, and nothing changes any more.
    for envelope in [envelope_of(&[&root(), &second, &third]), envelope_of(&[])] {
        let verdict = judge(&envelope, kept);
        assert_eq!((failures(&verdict), verdict.trust_update()), (vec![], None));
    }
    // The certificate of the old root died with it.
    let verdict = judge(&usual(), kept);
    assert_refused_first(&verdict, CheckKind::Certificate, "custody_signer_unknown");
}

#[test]
fn roots_that_do_not_follow_are_refused() {
    let certificate = certificate();
    let judged = |roots: &[&[u8]]| {
        let verdict = judge(&envelope(PAYLOAD.as_bytes(), ISK, &certificate, None, roots), &trust());
        let (kind, code, place) = failures(&verdict)[0].clone();
        assert_eq!((kind, verdict.trust_update()), (CheckKind::RootChain, None));
        (code, place)
    };
    let at = |code, place: &str| (code, format!("envelope.chain.roots{place}"));
    // Skipped, although the holders of root 1 signed it.
    let third = signed(&root_value(3, 2, &[11, 12, 13]), &[11, 12]);
    assert_eq!(judged(&[&third]), at("custody_root_version", "[0].version"));
    // Agreed by one holder of the old root only, however many new ones.
    assert_eq!(judged(&[&second_root(&[11, 14])]).0, "custody_root_old_threshold");
    let taken_over = signed(&root_value(2, 2, &[31, 32, 33]), &[11, 31, 32, 33]);
    assert_eq!(judged(&[&taken_over]), at("custody_root_old_threshold", "[0].signatures"));
    // Agreed by the old, not shown to exist by the new.
    let unproven = signed(&root_value(2, 2, &[31, 32, 33]), &[11, 12, 31]);
    assert_eq!(judged(&[&unproven]), at("custody_root_new_threshold", "[0].signatures"));
    // A stranger among the signers.
    assert_eq!(judged(&[&second_root(&[11, 12, 99])]).0, "custody_signer_unknown");
    // Another root 1.
    let conflict = signed(&root_value(1, 1, &[31]), &[31]);
    assert_eq!(judged(&[&conflict]), at("custody_root_conflict", "[0]"));
    // The second of the list is at fault.
    let second = second_root(&[11, 12]);
    let fourth = signed(&root_value(4, 2, &[11, 12, 14]), &[11, 12]);
    assert_eq!(judged(&[&second, &fourth]), at("custody_root_version", "[1].version"));
}

#[test]
fn an_expired_root_is_refused_and_an_expired_one_on_the_way_is_not() {
    let expired =
        |version, keys: &[u8]| with(root_value(version, 2, keys), "not_after", "2026-07-31T23:59:59.999Z");
    let first = signed(&expired(1, HOLDERS), &[11, 12]);
    let trust = Trust::pin_root(&first).unwrap();
    let verdict = judge(&usual(), &trust);
    assert_refused(&verdict, CheckKind::RootCurrent, "custody_root_expired", "envelope.chain.roots");
    let second = signed(&root_value(2, 2, HOLDERS), &[11, 12]);
    let verdict = judge(&envelope(PAYLOAD.as_bytes(), ISK, &certificate(), None, &[&second]), &trust);
    assert_eq!(failures(&verdict), []);
}

#[test]
fn what_was_seen_elsewhere_cannot_be_taken_back_by_restoring_an_old_trust_document() {
    let verdict = judge(&usual(), &trust().with_seen(2, 0));
    assert_refused(&verdict, CheckKind::RootCurrent, "custody_root_rollback", "envelope.chain.roots");
    let verdict = judge(&usual(), &trust().with_seen(1, 5));
    assert_refused_first(&verdict, CheckKind::RevocationCurrent, "custody_revocation_rollback");
    let second = second_root(&[11, 12]);
    let certificate = signed(&certificate_value(1, ISK), &[11, 12]);
    let list = signed(&revocation_value(5, &[], &[]), &[12, 14]);
    let current = envelope(PAYLOAD.as_bytes(), ISK, &certificate, Some(&list), &[&second]);
    assert_eq!(failures(&judge(&current, &trust().with_seen(2, 5))), []);
    let document = trust().with_seen(2, 5).to_json().unwrap();
    assert_eq!(Trust::from_json(&document), Ok(trust().with_seen(2, 5)));
}

#[test]
fn documents_taken_out_of_an_envelope_are_missed() {
    let payload = changed(PAYLOAD, "root_version", Some(2_i64.into()));
    let certificate = signed(&certificate_value(1, ISK), &[11, 12]);
    let second = second_root(&[11, 12]);
    assert_eq!(failures(&judge(&envelope(&payload, ISK, &certificate, None, &[&second]), &trust())), []);
    let verdict = judge(&envelope(&payload, ISK, &certificate, None, &[]), &trust());
    assert_refused(&verdict, CheckKind::ChainComplete, "licence_root_missing", "payload.root_version");

    let payload = changed(PAYLOAD, "revocation_version", Some(3_i64.into()));
    let (third, second) = (revocation_value(3, &[1], &[]), revocation_value(2, &[], &[]));
    let verdict =
        judge(&envelope(&payload, ISK, &certificate, Some(&signed(&third, &[11, 12])), &[]), &trust());
    assert_refused_first(&verdict, CheckKind::CertificateNotRevoked, "custody_certificate_revoked");
    for list in [None, Some(signed(&second, &[11, 12]))] {
        let verdict = judge(&envelope(&payload, ISK, &certificate, list.as_deref(), &[]), &trust());
        assert_refused(
            &verdict,
            CheckKind::ChainComplete,
            "licence_revocation_missing",
            "payload.root_version",
        );
    }
}

#[test]
fn an_issuer_does_not_sign_with_the_certificate_of_another_key() {
    let documents = ChainDocuments { certificate: &certificate(), revocation: None, roots: &[] };
    let error = sign_chained(PAYLOAD.as_bytes(), &*signer(22), &documents).unwrap_err();
    assert_eq!(ztp_core::Coded::code(&error), "licence_certificate_other_key");
    // Nor anything that is no signed document.
    let documents = ChainDocuments { certificate: b"{}", ..documents };
    assert!(sign_chained(PAYLOAD.as_bytes(), &*signer(ISK), &documents).is_err());
    let (certificate, list) = (certificate(), br#"{},"x":{}"#);
    let documents = ChainDocuments { certificate: &certificate, revocation: Some(list), roots: &[] };
    assert!(sign_chained(PAYLOAD.as_bytes(), &*signer(ISK), &documents).is_err());
}

#[test]
fn keys_pinned_one_by_one_may_be_of_any_suite() {
    let key = signer(150).public_key().clone();
    let trust = Trust::pin(key, "tlsstress").unwrap();
    let envelope = sign(support::PAYLOAD.as_bytes(), &*signer(150)).unwrap();
    let verdict = verify(&envelope, &trust, now(), Some(BENCH));
    assert_eq!(failures(&verdict), []);
    let read = Trust::from_json(&trust.to_json().unwrap()).unwrap();
    assert_eq!(read, trust);
    // The suite is the key's: an Ed25519 signature in its name is one half at best.
    let mut document = value(std::str::from_utf8(&envelope).unwrap());
    let forged = signer(50).sign(b"anything").unwrap();
    change(&mut document, "signatures.0.signature", Some(ztp_core::encoding::base64_encode(&forged).into()));
    let verdict = verify(&bytes(&document), &trust, now(), Some(BENCH));
    assert_eq!(failures(&verdict)[0].1, "signature_half_missing");
}
