//! Whoever can append an event to the log: what he can make a bench believe. Each forgery is held against a reader that takes the
//! record's word, where it wins.

use proptest::prelude::*;
use ztp_audit::store::NewEvent;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::event::EventClass;
use ztp_licence::ingest::{DecisionStatus, FileResult, Seen, Uninterrupted, decide};
use ztp_licence::{Trust, sign};

use crate::bench::Bench;
use crate::rules::next;
use crate::support::chain::{self, ISK};
use crate::support::{BENCH, PAYLOAD, changed, envelope, key, now, trust, trust_json, value};

/// Appends an event as `ztp audit append` does for whoever may write to the log.
fn forge(bench: &Bench, class: &EventClass, payload: Value) {
    let event = NewEvent { event_class: class.clone(), payload, timestamp: Some(now()) };
    bench.writer().append(&[event], now()).unwrap();
}

/// An envelope by a key that only the attacker trusts.
fn his_envelope() -> Vec<u8> {
    let payload = changed(PAYLOAD, "envelope_id", Some("his-own".into()));
    let payload = changed(std::str::from_utf8(&payload).unwrap(), "mint.0.amount", Some(999_999_i64.into()));
    sign(&payload, &key(66)).unwrap()
}

/// The record of an ingest of these bytes, as the ingest itself writes it.
fn record_of(bytes: &[u8], envelope_id: &str, vault_id: Option<Digest>) -> Value {
    Value::object([
        ("envelope", Value::from(String::from_utf8(bytes.to_vec()).unwrap())),
        ("envelope_digest", sha256(bytes).to_string().into()),
        ("envelope_id", envelope_id.into()),
        ("licence_id", "L-0042".into()),
        ("part", 0_i64.into()),
        ("parts", 1_i64.into()),
        ("previous_envelope", Value::Null),
        ("product", "tlsstress".into()),
        ("revocation_version", 0_i64.into()),
        ("root_version", 0_i64.into()),
        ("signed_by", Value::Array(Vec::new())),
        ("vault_id", vault_id.map(|id| id.to_string()).into()),
    ])
}

/// The bytes of one more file are taken in or refused.
fn offer(bench: &Bench, bytes: &[u8]) -> FileResult {
    bench.drop_file("e.json", bytes);
    bench.run().files[0].result
}

#[test]
fn a_refusal_that_brings_a_trust_document_replaces_no_root_of_trust() {
    let bench = Bench::new();
    let theirs = value(&trust_json(&[66]));
    let raised = Value::object([
        ("codes", Value::Array(Vec::new())),
        ("envelope_digest", Value::Null),
        ("file", "x".into()),
        ("revocation_version", 0_i64.into()),
        ("root_version", 0_i64.into()),
        ("trust", theirs.clone()),
    ]);
    forge(&bench, &EventClass::LICENCE_REFUSED, raised);
    let seen = bench.seen(&trust());
    assert_eq!(*seen.trust(), trust());
    let finding = &seen.findings()[0];
    assert_eq!((finding.seq, finding.code), (1, "ingest_record_unproven"));
    assert_eq!(offer(&bench, &his_envelope()), FileResult::Refused);
    assert_eq!(offer(&bench, &envelope()), FileResult::Accepted, "the honest one is not kept out");
    // A reader that takes the record's word takes the attacker's trust document, and so his envelope.
    let believed = Trust::from_json(&canonical::write(&theirs).unwrap()).unwrap();
    let weak = decide(&his_envelope(), &Seen::new(&believed, Some(BENCH)), now());
    assert_eq!(weak.status(), DecisionStatus::Accepted);
}

#[test]
fn records_of_every_shape_that_prove_nothing_are_findings_and_stop_nothing() {
    let honest = envelope();
    let id = "envelope-2026-Q3";
    let without = |name| changed_value(record_of(&honest, id, None), name, None);
    let set = |name, to: Value| changed_value(record_of(&honest, id, None), name, Some(to));
    let forgeries = [
        Value::Object(std::collections::BTreeMap::new()),
        // What a record was before it carried its envelope.
        without("envelope"),
        set("envelope_id", "another".into()),
        set("licence_id", "another".into()),
        set("envelope_digest", sha256(b"another").to_string().into()),
        set("parts", 2_i64.into()),
        set("part", 5_i64.into()),
        set("root_version", (1_i64 << 50).to_string().into()),
        record_of(&his_envelope(), "his-own", None),
        // Genuine, for another bench.
        record_of(
            &sign(&changed(PAYLOAD, "bench.bench_id", Some("bench-8".into())), &key(1)).unwrap(),
            id,
            None,
        ),
        // Genuine once, and over.
        record_of(
            &sign(&changed(PAYLOAD, "not_after", Some("2026-07-15T00:00:00.000Z".into())), &key(1)).unwrap(),
            id,
            None,
        ),
    ];
    for forged in forgeries {
        let bench = Bench::new();
        forge(&bench, &EventClass::LICENCE_INGESTED, forged.clone());
        let seen = bench.seen(&trust());
        let text = String::from_utf8(canonical::write(&forged).unwrap()).unwrap();
        let incomplete = text.contains("\"parts\":2");
        assert_eq!(seen.findings().len(), 1, "{text}");
        assert!(incomplete || seen.findings()[0].seq == 1);
        bench.drop_file("e.json", &honest);
        let report = bench.run();
        assert_eq!(report.files[0].result, FileResult::Accepted, "{text}");
        assert_eq!(report.findings().len(), 1, "the run names it");
        assert_eq!(offer(&bench, &next("envelope-2026-Q4", Some(&honest))), FileResult::Accepted);
    }
}

fn changed_value(mut document: Value, name: &str, to: Option<Value>) -> Value {
    crate::support::change(&mut document, name, to);
    document
}

#[test]
fn versions_that_no_signed_document_brings_raise_no_floor() {
    let bench = Bench::new();
    let mut record = record_of(&envelope(), "envelope-2026-Q3", None);
    for version in ["root_version", "revocation_version"] {
        record = changed_value(record, version, Some((1_i64 << 40).into()));
    }
    forge(&bench, &EventClass::LICENCE_INGESTED, record);
    let seen = bench.seen(&trust());
    // The envelope is genuine, so it was taken in; what the record says beside it is nobody's word.
    assert!(seen.envelope(&sha256(&envelope())).is_some());
    assert_eq!((seen.trust().root_version(), seen.trust().revocation_version()), (0, 0));
    assert_eq!(offer(&bench, &next("envelope-2026-Q4", Some(&envelope()))), FileResult::Accepted);
}

#[test]
fn a_root_that_the_pinned_one_did_not_sign_is_learned_from_no_record() {
    let bench = Bench::new();
    // His own root of the next version, and an envelope under it.
    let next_root = chain::signed(&chain::root_value(2, 2, &[66, 67, 68]), &[66, 67]);
    let certificate = chain::signed(&chain::certificate_value(2, ISK), &[66, 67]);
    let his = chain::envelope(chain::PAYLOAD.as_bytes(), ISK, &certificate, None, &[&next_root]);
    let mut refused = record_of(&his, "x", None);
    for name in ["envelope_id", "licence_id", "previous_envelope", "product", "signed_by", "vault_id"] {
        refused = changed_value(refused, name, None);
    }
    refused = changed_value(refused, "codes", Some(Value::Array(Vec::new())));
    refused = changed_value(refused, "file", Some("x".into()));
    forge(&bench, &EventClass::LICENCE_REFUSED, refused);
    let seen = bench.seen(&chain::trust());
    assert_eq!((seen.trust().root_version(), seen.findings().len()), (1, 1));
    bench.drop_file("e.json", &chain::usual());
    let report = bench.try_run(&chain::trust(), now(), 0, None, &mut Uninterrupted).unwrap();
    assert_eq!(report.files[0].result, FileResult::Accepted);
}

#[test]
fn an_envelope_larger_than_a_record_is_proved_from_its_parts() {
    let bench = Bench::new();
    let limit = 8 << 20;
    let wide = trust_json(&[1]).replace("\"schema\"", &format!("\"envelope_bytes_max\":{limit},\"schema\""));
    let wide = Trust::from_json(wide.as_bytes()).unwrap();
    let note = |serial: i64| {
        Value::object([
            ("amount", Value::from(1_i64)),
            ("class", "test-hours".into()),
            ("not_after", "2026-09-30T23:59:59.999Z".into()),
            ("not_before", "2026-07-01T00:00:00.000Z".into()),
            ("serial", serial.into()),
        ])
    };
    let notes: Vec<Value> = (0..10_000).map(note).collect();
    let large = sign(&changed(PAYLOAD, "mint", Some(notes.into())), &key(1)).unwrap();
    assert!(large.len() > 1 << 20, "{} bytes", large.len());
    bench.drop_file("e.json", &large);
    let report = bench.try_run(&wide, now(), 0, None, &mut Uninterrupted).unwrap();
    assert_eq!(report.files[0].result, FileResult::Accepted);
    assert!(bench.events().len() > 2, "in parts");
    let seen = bench.seen(&wide);
    assert_eq!(seen.findings(), []);
    assert_eq!(seen.envelope(&sha256(&large)).map(|seen| seen.seq), report.files[0].seq);
    bench.assert_log_holds();
}

#[test]
fn an_envelope_of_a_key_that_was_revoked_or_replaced_later_stays_what_was_taken_in() {
    let bench = Bench::new();
    let first = envelope();
    assert_eq!(offer(&bench, &first), FileResult::Accepted);
    // Revoked by a list that rode in later: judged by the trust as of its own place in the log.
    let list = Value::object([
        ("revoked_key_ids", Value::from(vec![Value::from(key(1).public_key().key_id().to_string())])),
        ("version", 1_i64.into()),
    ]);
    let both = Trust::from_json(trust_json(&[1, 2]).as_bytes()).unwrap();
    let second = next("envelope-2026-Q4", Some(&first));
    let second = envelope_payload(&second);
    let second = changed(&second, "revocation", Some(list));
    let second = sign(&second, &key(2)).unwrap();
    bench.drop_file("e.json", &second);
    let run =
        |trust: &Trust| bench.try_run(trust, now(), 0, None, &mut Uninterrupted).unwrap().files[0].result;
    assert_eq!(run(&both), FileResult::Accepted);
    let seen = bench.seen(&both);
    assert!(seen.findings().is_empty() && seen.envelope(&sha256(&first)).is_some());
    // The caller pins another key only: the records of before are findings, and the chain of the licence goes on, since the issuer
    // names the envelope that it continues.
    let replaced = Trust::from_json(trust_json(&[3]).as_bytes()).unwrap();
    assert_eq!(bench.seen(&replaced).findings().len(), 2);
    let third = next("envelope-2027-Q1", Some(&second));
    let third = sign(envelope_payload(&third).as_bytes(), &key(3)).unwrap();
    bench.drop_file("e.json", &third);
    assert_eq!(run(&replaced), FileResult::Accepted);
    let forked = next("envelope-2027-Q2", Some(&second));
    let forked = sign(envelope_payload(&forked).as_bytes(), &key(3)).unwrap();
    bench.drop_file("e.json", &forked);
    assert_eq!(run(&replaced), FileResult::Refused, "what was continued once is not continued twice");
}

fn envelope_payload(envelope: &[u8]) -> String {
    let document = canonical::read(envelope, &Limits::default()).unwrap();
    String::from_utf8(canonical::write(document.get("payload").unwrap()).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is appended, in any order, the trust is the pinned one and an honest envelope is taken in.
    #[test]
    fn no_heap_of_forged_records_moves_trust_or_keeps_an_honest_envelope_out(
        forged in prop::collection::vec((0..3_usize, 0..8_usize, any::<u32>()), 1..12),
    ) {
        let bench = Bench::new();
        let events: Vec<NewEvent> = forged.iter().map(|&(class, shape, number)| {
            let event_class = [EventClass::LICENCE_INGESTED, EventClass::LICENCE_REFUSED, EventClass::LICENCE_VAULT_NAMED][class].clone();
            let full = record_of(&his_envelope(), "his-own", Some(sha256(&number.to_le_bytes())));
            let payload = match shape {
                0 => Value::Object(std::collections::BTreeMap::new()),
                1 => full,
                2 => changed_value(full, "part", Some(i64::from(number % 3).into())),
                3 => changed_value(full, "root_version", Some(i64::from(number).into())),
                4 => Value::object([("trust", value(&trust_json(&[66])))]),
                5 => Value::object([
                    ("envelope_digest", Value::from(sha256(&envelope()).to_string())),
                    ("vault_id", sha256(b"his").to_string().into()),
                ]),
                6 => changed_value(full, "envelope", Some(String::from_utf8(envelope()).unwrap().into())),
                _ => changed_value(full, "envelope_id", Some("envelope-2026-Q3".into())),
            };
            NewEvent { event_class, payload, timestamp: None }
        }).collect();
        bench.writer().append(&events, now()).unwrap();
        let seen = bench.seen(&trust());
        prop_assert_eq!(seen.trust(), &trust());
        prop_assert!(seen.envelope(&sha256(&envelope())).is_none());
        prop_assert_eq!(offer(&bench, &envelope()), FileResult::Accepted);
    }
}
