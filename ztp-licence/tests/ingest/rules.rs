//! What is taken in and what is refused.

use std::fs;

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::sha256;
use ztp_licence::ingest::{FileResult, Seen, decide};
use ztp_licence::{cosign, sign};

use crate::bench::{Bench, names, text};
use crate::support::{BENCH, PAYLOAD, changed, envelope, key, now, trust};

/// The usual licence with another id, following `previous`.
pub(crate) fn next(id: &str, previous: Option<&[u8]>) -> Vec<u8> {
    let previous = previous.map_or(Value::Null, |bytes| sha256(bytes).to_string().into());
    let payload = changed(PAYLOAD, "envelope_id", Some(id.into()));
    let payload = changed(std::str::from_utf8(&payload).unwrap(), "previous_envelope", Some(previous));
    sign(&payload, &key(1)).unwrap()
}

#[test]
fn a_good_envelope_is_accepted_recorded_sealed_and_explained() {
    let bench = Bench::new();
    bench.drop_file("envelope-2026-Q3.signed.json", &envelope());
    let report = bench.run();
    assert_eq!((report.files.len(), report.count(FileResult::Accepted), report.code()), (1, 1, None));
    let file = &report.files[0];
    let digest = sha256(&envelope());
    assert_eq!((file.envelope_digest, file.seq), (Some(digest), Some(1)));
    assert!(names(&bench.incoming()).is_empty() && names(&bench.dir().join("work")).is_empty());
    let kept = bench.dir().join(file.kept_as.as_ref().unwrap());
    assert_eq!(fs::read(&kept).unwrap(), envelope());
    let reason = fs::read(format!("{}.verdict.json", kept.display())).unwrap();
    canonical::check(&reason, &Limits::default()).unwrap();
    let reason = canonical::read(&reason, &Limits::default()).unwrap();
    assert_eq!((text(&reason, "decision"), text(&reason, "schema")), ("accepted", "ztp.licence.decision/1"));
    assert_eq!(text(reason.get("verdict").unwrap(), "status"), "valid");
    let events = bench.events();
    assert_eq!(events.len(), 1);
    assert_eq!(text(&events[0].1, "envelope_digest"), digest.to_string());
    assert_eq!(text(&events[0].1, "licence_id"), "L-0042");
    assert!(bench.writer().head().is_some(), "the run sealed what it recorded");
    bench.assert_log_holds();
}

#[test]
fn the_same_envelope_twice_is_one_ingest_under_any_name_and_at_any_time() {
    let bench = Bench::new();
    for name in ["a.json", "a.json", "b.json"] {
        bench.drop_file(name, &envelope());
        let _ = bench.run();
    }
    // Long after it expired, the bytes are still those that were taken in.
    bench.drop_file("a.json", &envelope());
    let later = "2030-01-01T00:00:00.000Z".parse().unwrap();
    let report = bench.try_run(&trust(), later, 0, None, &mut ztp_licence::ingest::Uninterrupted).unwrap();
    assert_eq!(report.files[0].result, FileResult::AlreadyIngested);
    assert_eq!(bench.classes(), ["licence.ingested"]);
    assert!(names(&bench.incoming()).is_empty());
}

#[test]
fn the_same_id_with_other_bytes_is_refused_and_recorded() {
    let bench = Bench::new();
    bench.drop_file("a.json", &envelope());
    let _ = bench.run();
    let again = sign(&changed(PAYLOAD, "customer", Some("Another".into())), &key(1)).unwrap();
    bench.drop_file("a.json", &again);
    let report = bench.run();
    assert_eq!(report.code(), Some("ingest_envelope_id_reused"));
    assert_eq!(report.files[0].codes, ["ingest_envelope_id_reused", "ingest_previous_mismatch"]);
    assert_eq!(bench.classes(), ["licence.ingested", "licence.refused"]);
    assert_eq!(text(&bench.events()[1].1, "envelope_digest"), sha256(&again).to_string());
    // One more signature makes other bytes, too.
    bench.drop_file("a.json", &cosign(&envelope(), &key(2)).unwrap());
    assert_eq!(bench.run().files[0].codes, ["licence_key_unpinned"]);
}

#[test]
fn an_envelope_follows_the_last_one_of_its_licence() {
    let bench = Bench::new();
    let first = envelope();
    let second = next("envelope-2026-Q4", Some(&first));
    let third = next("envelope-2027-Q1", Some(&second));
    let run = |bytes: &[u8]| {
        bench.drop_file("e.json", bytes);
        bench.run().code()
    };
    assert_eq!(run(&second), Some("ingest_previous_mismatch"), "nothing was taken in yet");
    assert_eq!(run(&first), None);
    assert_eq!(run(&third), Some("ingest_previous_mismatch"), "one is missing between them");
    assert_eq!(run(&second), None);
    assert_eq!(run(&third), None);
    assert_eq!(run(&next("envelope-x", Some(&second))), Some("ingest_previous_mismatch"), "a fork");
    assert_eq!(run(&next("envelope-y", None)), Some("ingest_previous_mismatch"), "a beginning anew");
}

#[test]
fn an_envelope_for_another_bench_an_edited_and_a_forged_one_are_refused_with_offset_and_reason() {
    let bench = Bench::new();
    let other = sign(&changed(PAYLOAD, "bench.bench_id", Some("bench-8".into())), &key(1)).unwrap();
    let mut edited = envelope();
    edited.insert(20, b' ');
    let forged = String::from_utf8(envelope()).unwrap().replace("\"amount\":500", "\"amount\":900");
    for (bytes, code) in [
        (other, "licence_other_bench"),
        (edited, "canonical_white_space"),
        (forged.into_bytes(), "signature_mismatch"),
    ] {
        bench.drop_file("e.json", &bytes);
        let report = bench.run();
        assert_eq!(report.code(), Some(code));
        let kept = bench.dir().join(report.files[0].kept_as.as_ref().unwrap());
        assert_eq!(fs::read(&kept).unwrap(), bytes, "nothing is lost");
        let reason = fs::read(format!("{}.verdict.json", kept.display())).unwrap();
        let reason = canonical::read(&reason, &Limits::default()).unwrap();
        assert_eq!(text(&reason, "code"), code);
        if code == "canonical_white_space" {
            let checks = reason.get("verdict").unwrap().get("checks").unwrap().as_array().unwrap();
            let failed = checks.iter().find(|check| text(check, "result") == "fail").unwrap();
            assert_eq!(failed.get("offset").and_then(Value::as_int), Some(20));
        }
    }
    assert_eq!(bench.classes().len(), 3);
}

#[test]
fn a_refusal_is_written_once_however_often_the_file_comes() {
    let bench = Bench::new();
    for _ in 0..3 {
        bench.drop_file("e.json", b"{}");
        assert_eq!(bench.run().files[0].seq, Some(1));
    }
    assert_eq!(bench.classes(), ["licence.refused"]);
    bench.drop_file("e.json", b"[]");
    let _ = bench.run();
    assert_eq!(bench.classes().len(), 2, "other bytes are another refusal");
}

#[test]
fn a_half_copied_file_is_never_taken_and_a_whole_one_is_at_once() {
    let bench = Bench::new();
    let whole = envelope();
    let clock = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        ztp_core::time::Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap()).unwrap()
    };
    let run =
        |now| bench.try_run(&trust(), now, 60_000, None, &mut ztp_licence::ingest::Uninterrupted).unwrap();
    // Every stage of a copy that is under way: the file is left, and nothing is recorded.
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        bench.drop_file("e.json", &whole[..cut]);
        let report = run(clock());
        assert_eq!(report.files[0].result, FileResult::Waiting, "{cut}");
        assert_eq!(fs::read(bench.incoming().join("e.json")).unwrap(), &whole[..cut]);
    }
    assert_eq!(bench.classes(), Vec::<String>::new());
    // Space that was set aside for a file looks like zeros.
    bench.drop_file("e.json", &vec![0; whole.len()]);
    assert_eq!(run(clock()).files[0].result, FileResult::Waiting);
    bench.drop_file("e.json", &whole);
    // The clock says what it says; expiry is judged by it, so the result may be a refusal, but the file is taken.
    assert_ne!(run(clock()).files[0].result, FileResult::Waiting);
    // A truncated copy that nobody finishes is refused in the end, not kept waiting for ever.
    bench.drop_file("e.json", &whole[..100]);
    let in_an_hour = ztp_core::time::Timestamp::from_millis(clock().as_millis() + 3_600_000).unwrap();
    let report = run(in_an_hour);
    assert_eq!(report.files[0].codes, ["canonical_unexpected_end"]);
    // Names of copies under way are not touched, whatever they hold.
    for name in [".e.json.Ab12", "e.json.part", "e.json~"] {
        bench.drop_file(name, &whole);
    }
    assert_eq!(run(in_an_hour).count(FileResult::Waiting), 3);
}

#[test]
fn putting_the_directory_back_changes_nothing_and_a_memory_in_a_file_would_be_fooled() {
    let bench = Bench::new();
    bench.drop_file("a.json", &envelope());
    let _ = bench.run();
    // Root puts back the directory as it was before: files only, the log goes on.
    fs::remove_dir_all(bench.dir()).unwrap();
    fs::create_dir_all(bench.incoming()).unwrap();
    bench.drop_file("a.json", &envelope());
    assert_eq!(bench.run().files[0].result, FileResult::AlreadyIngested);
    assert_eq!(bench.classes(), ["licence.ingested"]);
    // The weakened variant keeps what it has seen beside the files: put back, it accepts a second time.
    let weak = decide(&envelope(), &Seen::new(&trust(), Some(BENCH)), now());
    assert!(weak.licence().is_some(), "against a memory in a file the attack works");
}

#[test]
fn the_directory_may_be_named_by_its_incoming() {
    let bench = Bench::new();
    bench.drop_file("a.json", &envelope());
    let mut writer = bench.writer();
    let (trust, log) = (trust(), bench.log());
    let mut ingest = ztp_licence::ingest::Ingest::new(
        &mut writer,
        &ztp_audit::source::DirSource::new(&log),
        &trust,
        BENCH,
    )
    .unwrap();
    let report = ingest.run(&bench.incoming(), now(), &mut ztp_licence::ingest::Uninterrupted).unwrap();
    assert_eq!(report.count(FileResult::Accepted), 1);
    assert_eq!(names(&bench.dir()), ["accepted", "incoming", "lock", "rejected", "work"]);
}
