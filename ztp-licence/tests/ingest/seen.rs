//! What a bench has seen: a fold over the sealed log, or a document of it.

use std::fs;

use ztp_core::Coded as _;
use ztp_core::digest::sha256;
use ztp_licence::ingest::{DecisionStatus, Seen, Uninterrupted, decide};

use crate::bench::Bench;
use crate::rules::next;
use crate::support::{BENCH, envelope, now, trust};

#[test]
fn the_log_alone_says_what_was_seen_and_its_document_decides_alike() {
    let bench = Bench::new();
    let first = envelope();
    bench.drop_file("1.json", &first);
    bench.drop_file("2.json", &next("envelope-2026-Q4", Some(&first)));
    let _ = bench.run();
    let seen = bench.seen(&trust());
    assert_eq!(seen.envelope(&sha256(&first)).unwrap().envelope_id, "envelope-2026-Q3");
    let carried = Seen::from_json(&seen.to_json().unwrap(), &trust(), Some(BENCH)).unwrap();
    assert_eq!(carried.to_json().unwrap(), seen.to_json().unwrap());
    for bytes in [first.clone(), next("envelope-z", None), b"{}".to_vec()] {
        let of = |seen| decide(&bytes, seen, now()).to_json().unwrap();
        assert_eq!(of(&seen), of(&carried));
    }
    let again = decide(&first, &carried, now());
    assert_eq!(again.status(), DecisionStatus::AlreadyIngested);
}

#[test]
fn a_log_with_a_changed_record_takes_nothing_in() {
    let bench = Bench::new();
    bench.drop_file("1.json", &envelope());
    let _ = bench.run();
    let segment = bench.log().join("segments/00000000000000000000.jsonl");
    let text = fs::read_to_string(&segment).unwrap();
    // Root makes the bench forget: the record says another envelope.
    fs::write(&segment, text.replacen("envelope-2026-Q3", "envelope-2026-X3", 1)).unwrap();
    bench.drop_file("2.json", &envelope());
    let error = bench.try_run(&trust(), now(), 0, None, &mut Uninterrupted).unwrap_err();
    assert_eq!(error.code(), "ingest_log_broken", "{error}");
    assert!(bench.incoming().join("2.json").exists());
}

#[test]
fn a_document_that_contradicts_itself_is_refused_where_it_does() {
    let bench = Bench::new();
    bench.drop_file("1.json", &envelope());
    let _ = bench.run();
    let good = bench.seen(&trust()).to_json().unwrap();
    let good = String::from_utf8(good).unwrap();
    let item = good.split_once('[').unwrap().1.split_once(']').unwrap().0;
    let code = |text: &str| Seen::from_json(text.as_bytes(), &trust(), Some(BENCH)).unwrap_err().code();
    assert_eq!(code(&good.replace(item, &format!("{item},{item}"))), "ingest_seen_malformed");
    assert_eq!(code(&good.replace("\"root_version\":0", "\"root_version\":-1")), "ingest_seen_malformed");
    assert_eq!(code(&good.replace("seen/1", "seen/2")), "ingest_seen_malformed");
    // A version that nothing in it proves.
    let raised = good.replace("\"revocation_version\":0", "\"revocation_version\":9");
    assert_eq!(code(&raised), "ingest_seen_malformed");
    assert_eq!(code(&good.replace("\"seq\":1,\"vault", "\"seq\":\"1\",\"vault")), "schema_wrong_type");
    assert_eq!(code(""), "canonical_empty");
    assert_eq!(code("{}"), "schema_missing_member");
}

/// `ZTP_INGESTS` sets the number of envelopes; the time of a fold is printed.
#[test]
fn a_fold_proves_each_of_many_envelopes_and_keeps_nothing_between_two_folds() {
    let ingests = std::env::var("ZTP_INGESTS").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let bench = Bench::new();
    let (trust, log) = (trust(), bench.log());
    let mut writer = bench.writer();
    let source = ztp_audit::source::DirSource::new(&log);
    let mut ingest = ztp_licence::ingest::Ingest::new(&mut writer, &source, &trust, BENCH).unwrap();
    let mut last: Option<Vec<u8>> = None;
    for n in 0..ingests {
        let envelope = next(&format!("envelope-{n}"), last.as_deref());
        let recorded = ingest.envelope(&envelope, "e", now()).unwrap();
        assert_eq!(recorded.decision.status(), DecisionStatus::Accepted);
        last = Some(envelope);
    }
    drop(writer);
    let begun = std::time::Instant::now();
    let seen = bench.seen(&trust);
    println!("a fold of {ingests} ingests: {} ms", begun.elapsed().as_millis());
    assert!(seen.findings().is_empty());
    assert_eq!(seen.last_of("L-0042"), last.as_deref().map(sha256));
    // Under another trust the same log proves none of them.
    let other = ztp_licence::Trust::from_json(crate::support::trust_json(&[2]).as_bytes()).unwrap();
    assert_eq!(bench.seen(&other).findings().len(), ingests);
}
