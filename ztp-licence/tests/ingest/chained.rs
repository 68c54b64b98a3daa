//! Benches that pin a root: what envelopes teach them of roots and revocations stays with the sealed log.

use std::fs;

use ztp_licence::ingest::{FileResult, Seen, Uninterrupted};

use crate::bench::Bench;
use crate::support::chain::{
    ISK, PAYLOAD, certificate, envelope, revocation_value, root_value, signed, trust, usual,
};
use crate::support::{BENCH, changed, now};

/// The code of the first refusal of a run over one file.
fn run(bench: &Bench, bytes: &[u8]) -> Option<&'static str> {
    bench.drop_file("e.json", bytes);
    let report = bench.try_run(&trust(), now(), 0, None, &mut Uninterrupted).unwrap();
    assert_eq!(report.files.len(), 1);
    report.code()
}

#[test]
fn a_list_that_rode_in_is_remembered_without_any_file_beside_the_log() {
    let bench = Bench::new();
    let list = signed(&revocation_value(1, &[], &[ISK]), &[11, 13]);
    // The list revokes the very key that signed the envelope it rides in: refused, and learned all the same.
    let carrier = envelope(PAYLOAD.as_bytes(), ISK, &certificate(), Some(&list), &[]);
    assert_eq!(run(&bench, &carrier), Some("custody_certificate_revoked"));
    fs::remove_dir_all(bench.dir()).unwrap();
    fs::create_dir_all(bench.incoming()).unwrap();
    assert_eq!(run(&bench, &usual()), Some("custody_certificate_revoked"), "without the list beside it");
    let seen = bench.seen(&trust());
    assert_eq!((seen.trust().revocation_version(), seen.findings()), (1, &[][..]));
    // What it learned is in its document, too, with what proves it.
    let carried = Seen::from_json(&seen.to_json().unwrap(), &trust(), Some(BENCH)).unwrap();
    assert_eq!(carried.trust(), seen.trust());
}

#[test]
fn a_bench_that_never_saw_the_list_takes_the_envelope_and_says_under_which_version() {
    let bench = Bench::new();
    assert_eq!(run(&bench, &usual()), None);
    let (_, event) = bench.events().remove(0);
    assert_eq!(event.get("revocation_version").and_then(ztp_core::canonical::Value::as_int), Some(0));
    assert_eq!(event.get("root_version").and_then(ztp_core::canonical::Value::as_int), Some(1));
}

#[test]
fn a_root_that_rode_in_is_where_the_bench_stands_from_then_on() {
    let bench = Bench::new();
    let next = signed(&root_value(2, 2, &[12, 13, 14]), &[11, 12, 13]);
    let recertified = signed(&crate::support::chain::certificate_value(2, ISK), &[13, 14]);
    let payload = changed(PAYLOAD, "root_version", Some(2_i64.into()));
    let rotated = envelope(&payload, ISK, &recertified, None, &[&next]);
    assert_eq!(run(&bench, &rotated), None);
    assert_eq!(bench.seen(&trust()).trust().root_version(), 2);
    // A certificate of the root before is worth nothing any more, although the pinned document is still that root.
    let old = changed(PAYLOAD, "envelope_id", Some("envelope-by-the-old-root".into()));
    let code = run(&bench, &envelope(&old, ISK, &certificate(), None, &[])).unwrap();
    assert!(code.starts_with("custody_"), "{code}");
}

#[test]
fn the_same_root_of_news_is_not_recorded_twice() {
    let bench = Bench::new();
    bench.drop_file("1.json", &usual());
    bench.drop_file("2.json", &usual());
    let report = bench.try_run(&trust(), now(), 0, None, &mut Uninterrupted).unwrap();
    let results: Vec<_> = report.files.iter().map(|file| file.result).collect();
    assert_eq!(results, [FileResult::Accepted, FileResult::AlreadyIngested]);
}
