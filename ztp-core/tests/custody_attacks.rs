//! What somebody who holds some of the keys, or none, can do to a chain of custody; each attack wins against a verifier
//! with one rule left out, and loses against the real one. And transcripts, changed in every step.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a helper that fails fails the test that called it"
)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use ztp_core::Coded as _;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::custody::{
    self, CERTIFICATE_SCHEMA, CustodyError, REVOCATION_SCHEMA, ROOT_SCHEMA, Recorder, Root, anchor_root,
    certified_key_members, check_transcript, follows, update_root, verify_certificate, verify_revocation,
    walk_roots,
};
use ztp_core::digest::Digest;
use ztp_core::encoding::base64_decode;
use ztp_core::signature::{HybridSigningKey, PublicKey, Signer, SigningKey, verify_document};
use ztp_core::time::Timestamp;

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn root_payload(version: i64, threshold: i64, keys: &[&PublicKey]) -> Vec<u8> {
    let mut keys = keys.to_vec();
    keys.sort_by_key(|key| key.key_id());
    let keys: Vec<Value> = keys.into_iter().map(|key| Value::object(certified_key_members(key))).collect();
    let root = Value::object([
        ("issued_at", Value::from("2026-01-01T00:00:00.000Z")),
        ("keys", keys.into()),
        ("not_after", "2026-12-31T23:59:59.999Z".into()),
        ("schema", ROOT_SCHEMA.into()),
        ("threshold", threshold.into()),
        ("version", version.into()),
    ]);
    canonical::write(&root).unwrap()
}

fn root_of(version: i64, threshold: i64, numbers: &[u8]) -> Vec<u8> {
    let keys: Vec<PublicKey> = numbers.iter().map(|&number| key(number).public_key().clone()).collect();
    root_payload(version, threshold, &keys.iter().collect::<Vec<_>>())
}

fn list(version: i64, serials: &[i64]) -> Vec<u8> {
    let serials: Vec<Value> = serials.iter().map(|&serial| serial.into()).collect();
    let list = Value::object([
        ("certificate_serials", Value::from(serials)),
        ("issued_at", "2026-02-01T00:00:00.000Z".into()),
        ("key_ids", Vec::<Value>::new().into()),
        ("schema", REVOCATION_SCHEMA.into()),
        ("version", version.into()),
    ]);
    canonical::write(&list).unwrap()
}

fn certificate(subject: &PublicKey) -> Vec<u8> {
    let limits = Value::object([
        ("classes", Value::from(Vec::new())),
        ("products", vec![Value::from("tlsstress")].into()),
        ("total_max", 0_i64.into()),
    ]);
    let certificate = Value::object([
        ("issued_at", Value::from("2026-01-01T00:00:00.000Z")),
        ("key", Value::object(certified_key_members(subject))),
        ("limits", limits),
        ("name", "isk".into()),
        ("not_after", "2026-12-31T23:59:59.999Z".into()),
        ("not_before", "2026-01-01T00:00:00.000Z".into()),
        ("schema", CERTIFICATE_SCHEMA.into()),
        ("serial", 1_i64.into()),
        ("usages", vec![Value::from("licence")].into()),
    ]);
    canonical::write(&certificate).unwrap()
}

fn signed(payload: &[u8], signers: &[u8]) -> Vec<u8> {
    let mut document = custody::sign(payload, &key(signers[0])).unwrap();
    for &signer in &signers[1..] {
        document = custody::cosign(&document, &key(signer)).unwrap();
    }
    document
}

fn value(document: &[u8]) -> Value {
    canonical::read(document, &Limits::default()).unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, CustodyError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "accepted")
}

/// What a verifier does that leaves one rule out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Without {
    Nothing,
    OldThreshold,
    NewThreshold,
    Version,
    CountingOnce,
}

/// A naive verifier of root updates, written apart from the library, with one rule left out.
fn weakened_update(current: &Root, document: &[u8], without: Without) -> bool {
    let wrapper = value(document);
    let payload = canonical::write(wrapper.get("payload").unwrap()).unwrap();
    let Ok(next) = custody::read_root(&payload) else { return false };
    let holding = |root: &Root| {
        let mut found: Vec<Digest> = Vec::new();
        for signature in wrapper.get("signatures").unwrap().as_array().unwrap() {
            let id = Digest::from_hex(signature.get("key_id").unwrap().as_str().unwrap()).unwrap();
            let bytes = base64_decode(signature.get("signature").unwrap().as_str().unwrap()).unwrap();
            let key = root.key(&id).map(|key| &key.public_key);
            if key.is_some_and(|key| verify_document(key, ROOT_SCHEMA, &payload, &bytes).is_ok()) {
                found.push(id);
            }
        }
        let once: BTreeSet<Digest> = found.iter().copied().collect();
        if without == Without::CountingOnce { found.len() } else { once.len() }
    };
    (without == Without::OldThreshold || holding(current) >= current.threshold)
        && (without == Without::NewThreshold || holding(&next) >= next.threshold)
        && (without == Without::Version || next.version == current.version + 1)
}

#[test]
fn each_attack_on_a_rotation_wins_only_against_a_verifier_without_the_rule() {
    let current = anchor_root(&signed(&root_of(1, 2, &[1, 2, 3]), &[1, 2])).unwrap();
    let honest = signed(&root_of(2, 2, &[1, 2, 4]), &[1, 2]);
    assert!(weakened_update(&current, &honest, Without::Nothing));
    assert_eq!(code(update_root(&current, &honest)), "accepted");

    // One holder's signature, twice.
    let by_one = root_of(2, 1, &[1, 4]);
    let mut twice = value(&signed(&by_one, &[1]));
    if let Value::Object(members) = &mut twice {
        let one = members["signatures"].as_array().unwrap()[0].clone();
        members.insert("signatures".to_owned(), vec![one.clone(), one].into());
    }
    let twice = canonical::write(&twice).unwrap();

    let attacks = [
        // The attacker holds one old key and any number of his own.
        (signed(&root_of(2, 2, &[1, 8, 9]), &[1, 8, 9]), Without::OldThreshold, "custody_root_old_threshold"),
        // The old holders are led to sign a root whose keys nobody was shown to have.
        (signed(&root_of(2, 2, &[7, 8, 9]), &[1, 2]), Without::NewThreshold, "custody_root_new_threshold"),
        // A root is skipped, so that what it said is never heard.
        (signed(&root_of(3, 2, &[1, 2, 4]), &[1, 2]), Without::Version, "custody_root_version"),
        // The current root, or an older one, again.
        (signed(&root_of(1, 2, &[1, 2, 3]), &[1, 2]), Without::Version, "custody_root_version"),
        (twice, Without::CountingOnce, "custody_key_counted_twice"),
    ];
    for (document, without, refusal) in attacks {
        assert!(
            weakened_update(&current, &document, without),
            "{refusal}: the attack must win without the rule"
        );
        assert!(!weakened_update(&current, &document, Without::Nothing), "{refusal}");
        assert_eq!(code(update_root(&current, &document)), refusal);
    }
}

#[test]
fn one_holder_does_not_become_two_by_sharing_a_half_between_keys() {
    let seeds = |first: u8, second: u8| {
        let mut seeds = [first; 64];
        seeds[32..].fill(second);
        HybridSigningKey::from_seeds(&seeds).unwrap()
    };
    // The same Ed25519 half behind two ML-DSA halves, the same ML-DSA half, and a half as a key of its own.
    let (one, other, third) = (seeds(1, 7), seeds(2, 7), seeds(1, 8));
    let alone = key(7);
    for (first, second) in [
        (one.public_key(), other.public_key()),
        (one.public_key(), third.public_key()),
        (one.public_key(), alone.public_key()),
    ] {
        let payload = root_payload(1, 2, &[first, second]);
        assert_eq!(code(custody::read_root(&payload)), "custody_root_shared_key");
        assert_eq!(code(custody::sign(&payload, &one)), "custody_root_shared_key");
    }
    let root = anchor_root(&custody::sign(&root_payload(1, 1, &[one.public_key()]), &one).unwrap()).unwrap();
    let of_half = custody::sign(&certificate(alone.public_key()), &one).unwrap();
    assert_eq!(code(verify_certificate(&root, &of_half)), "custody_certificate_of_root_key");
}

#[test]
fn a_signature_serves_one_purpose_only() {
    let root = anchor_root(&signed(&root_of(1, 1, &[1]), &[1])).unwrap();
    // A list that a holder signed, offered as a certificate, and the other way round.
    let (list, certificate) = (signed(&list(1, &[]), &[1]), signed(&certificate(key(5).public_key()), &[1]));
    assert_eq!(code(verify_revocation(&root, &list)), "accepted");
    assert_eq!(code(verify_certificate(&root, &certificate)), "accepted");
    assert_eq!(code(verify_certificate(&root, &list)), "signature_mismatch");
    assert_eq!(code(verify_revocation(&root, &certificate)), "signature_mismatch");
    assert_eq!(code(update_root(&root, &list)), "signature_mismatch");
}

#[test]
fn a_revocation_is_not_taken_back() {
    let root = anchor_root(&signed(&root_of(1, 1, &[1]), &[1])).unwrap();
    let read =
        |version, serials: &[i64]| verify_revocation(&root, &signed(&list(version, serials), &[1])).unwrap();
    let seen = read(3, &[4, 5]);
    assert_eq!(code(follows(&seen, &read(3, &[4, 5]))), "accepted");
    assert_eq!(code(follows(&seen, &read(9, &[4, 5, 6]))), "accepted");
    assert_eq!(code(follows(&seen, &read(2, &[4, 5]))), "custody_revocation_rollback");
    assert_eq!(code(follows(&seen, &read(3, &[4]))), "custody_revocation_conflict");
    assert_eq!(code(follows(&seen, &read(4, &[4]))), "custody_revocation_shrunk");
}

/// A transcript of the making of a root by two holders, and the root.
fn ceremony() -> (Vec<u8>, Vec<u8>) {
    let payload = root_of(1, 2, &[1, 2]);
    let document = signed(&payload, &[1, 2]);
    let now = at("2026-01-01T10:00:00.000Z");
    let mut recorder = Recorder::begin(now, ROOT_SCHEMA, "ztp", &["An Auditor".to_owned()]).unwrap();
    for number in [1, 2] {
        recorder.key(now, &format!("h{number}"), key(number).public_key(), None).unwrap();
    }
    for number in [1, 2] {
        recorder.signed(now, &key(number).public_key().key_id(), &payload).unwrap();
    }
    let account = recorder.end(now, &payload, &document).unwrap();
    (signed(&account, &[1, 2]), document)
}

#[test]
fn a_transcript_names_keys_holders_and_witnesses_and_says_which_keys_are_in_files() {
    let (transcript, document) = ceremony();
    let read = check_transcript(&transcript, &document).unwrap();
    assert_eq!((read.keys.len(), read.signed_by.len()), (2, 2));
    assert_eq!(read.witnesses, ["An Auditor"]);
    assert_eq!(code(read.check_custody()), "custody_transcript_key_outside");
}

#[test]
fn a_transcript_is_refused_for_every_step_that_is_changed_removed_exchanged_or_repeated() {
    let (transcript, document) = ceremony();
    let steps =
        || value(&transcript).get("payload").unwrap().get("steps").unwrap().as_array().unwrap().to_vec();
    let resigned = |steps: Vec<Value>| {
        let account =
            Value::object([("schema", Value::from(custody::TRANSCRIPT_SCHEMA)), ("steps", steps.into())]);
        // Even the holders themselves do not get a broken chain signed by these tools.
        custody::sign(&canonical::write(&account).unwrap(), &key(1)).map(|_| ())
    };
    assert_eq!(code(resigned(steps())), "accepted");
    for index in 0..steps().len() {
        let mut removed = steps();
        removed.remove(index);
        assert_eq!(code(resigned(removed)), "custody_transcript_step", "removed {index}");
        let mut repeated = steps();
        repeated.insert(index, repeated[index].clone());
        assert_eq!(code(resigned(repeated)), "custody_transcript_step", "repeated {index}");
        let mut changed = steps();
        if let Value::Object(step) = &mut changed[index] {
            step.insert("at".to_owned(), "2026-01-01T10:00:00.001Z".into());
        }
        // The last step has none after it that would notice; the signatures do.
        let last = index + 1 == changed.len();
        let expected = if last { "accepted" } else { "custody_transcript_step" };
        assert_eq!(code(resigned(changed)), expected, "changed {index}");
        if index > 0 {
            let mut exchanged = steps();
            exchanged.swap(index - 1, index);
            assert_eq!(code(resigned(exchanged)), "custody_transcript_step", "exchanged {index}");
        }
    }
    let text = String::from_utf8(transcript.clone()).unwrap().replace("An Auditor", "An auditor");
    assert_eq!(code(check_transcript(text.as_bytes(), &document)), "custody_transcript_step");
    // The last step, which no other step covers, is covered by the signatures.
    let text = String::from_utf8(transcript).unwrap();
    let last = text.rfind("10:00:00.000Z").unwrap();
    let later = format!("{}10:00:00.001Z{}", &text[..last], &text[last + 13..]);
    assert_eq!(code(check_transcript(later.as_bytes(), &document)), "signature_mismatch");
}

#[test]
fn a_transcript_belongs_to_one_document_and_to_all_who_signed_it() {
    let (transcript, document) = ceremony();
    let other = signed(&root_of(1, 1, &[1, 2]), &[1, 2]);
    assert_eq!(code(check_transcript(&transcript, &other)), "custody_transcript_document");
    // One of the two who signed the root did not sign the account.
    let account = custody::payload_of(&transcript).unwrap();
    let by_one = signed(&account, &[1]);
    assert_eq!(code(check_transcript(&by_one, &document)), "custody_transcript_unsigned");
    let by_stranger = custody::cosign(&transcript, &key(9)).unwrap();
    assert_eq!(code(check_transcript(&by_stranger, &document)), "custody_signer_unknown");

    // A key in the root that nobody brought.
    let payload = root_of(1, 1, &[1, 2]);
    let document = signed(&payload, &[1]);
    let now = at("2026-01-01T10:00:00.000Z");
    let mut recorder = Recorder::begin(now, ROOT_SCHEMA, "ztp", &[]).unwrap();
    recorder.key(now, "h1", key(1).public_key(), None).unwrap();
    recorder.signed(now, &key(1).public_key().key_id(), &payload).unwrap();
    let account = recorder.end(now, &payload, &document).unwrap();
    let transcript = signed(&account, &[1]);
    assert_eq!(code(check_transcript(&transcript, &document)), "custody_transcript_key_missing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever signs, an update is accepted exactly when both thresholds are met by different keys.
    #[test]
    fn a_root_follows_exactly_when_both_thresholds_are_met(
        signers in prop::collection::btree_set(1_u8..=5, 1..=5),
        old_threshold in 1_i64..=3,
        new_threshold in 1_i64..=3,
    ) {
        let all: Vec<u8> = [1, 2, 3].into();
        let current = anchor_root(&signed(&root_of(1, old_threshold, &all), &all)).unwrap();
        let (old, new) = ([1, 2, 3], [3, 4, 5]);
        let signers: Vec<u8> = signers.into_iter().collect();
        let document = signed(&root_of(2, new_threshold, &new), &signers);
        let count = |keys: &[u8]| signers.iter().filter(|signer| keys.contains(signer)).count();
        let enough = |keys: &[u8], threshold: i64| i64::try_from(count(keys)).unwrap() >= threshold;
        let expected = enough(&old, old_threshold) && enough(&new, new_threshold);
        prop_assert_eq!(update_root(&current, &document).is_ok(), expected);
        prop_assert_eq!(walk_roots(&current, &[&document]).is_ok(), expected);
        prop_assert_eq!(weakened_update(&current, &document, Without::Nothing), expected);
    }

    #[test]
    fn any_bytes_are_refused_as_every_kind_of_document(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "\\{\"payload\":\\{[a-z0-9:,\"{}]{0,40}\\},\"schema\":\"ztp.signed/1\",\"signatures\":\\[[a-z0-9:,\"{}]{0,40}\\]\\}"
            .prop_map(String::into_bytes),
    ]) {
        let root = custody::read_root(&root_of(1, 1, &[1])).unwrap();
        prop_assert!(anchor_root(&bytes).is_err());
        prop_assert!(update_root(&root, &bytes).is_err());
        prop_assert!(verify_certificate(&root, &bytes).is_err());
        prop_assert!(verify_revocation(&root, &bytes).is_err());
        prop_assert!(check_transcript(&bytes, &bytes).is_err());
    }

    #[test]
    fn every_changed_byte_of_a_signed_document_is_refused(at in 0_usize..4000, bit in 0_u8..8) {
        let root = anchor_root(&signed(&root_of(1, 2, &[1, 2, 3]), &[1, 2])).unwrap();
        let mut document = signed(&certificate(key(5).public_key()), &[1, 3]);
        let at = at % document.len();
        document[at] ^= 1 << bit;
        prop_assert!(verify_certificate(&root, &document).is_err());
    }
}
