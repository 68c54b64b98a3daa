//! A log through the facade: written, verified, tampered with, proven from, and used wrongly.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::code;
use ztp_facade::{
    AuditLog, Job, Outcome, Progress, audit_append, audit_check_consistency, audit_check_proof, audit_head,
    audit_init, audit_prove, audit_prove_consistency, audit_seal, audit_verify,
};

/// 2026-05-12T08:00:00.000Z
const NOW_MS: i64 = 1_778_572_800_000;
const ORIGIN: &[u8] = br#"{"origin":"bench-01.example/audit"}"#;
const LOGIN: &[u8] = b"{\"event_class\":\"operator.login\",\"payload\":{\"user\":\"ana\"}}\n";

struct Log {
    dir: TempDir,
    vkey: String,
}

impl Log {
    /// A log of `events` logins in one epoch, sealed.
    fn sealed(events: usize) -> Self {
        let dir = TempDir::new().unwrap();
        let created = members(&audit_init(path(dir.path()), ORIGIN, NOW_MS));
        let log = Self { dir, vkey: text(&created, "vkey") };
        assert!(audit_append(log.path(), &LOGIN.repeat(events), b"", NOW_MS).is_ok());
        assert!(audit_seal(log.path(), b"", NOW_MS + 1).is_ok());
        log
    }

    fn path(&self) -> &[u8] {
        path(self.dir.path())
    }

    fn segment(&self) -> PathBuf {
        self.dir.path().join("segments/00000000000000000000.jsonl")
    }

    fn line(&self, index: usize) -> Vec<u8> {
        fs::read(self.segment()).unwrap().split_inclusive(|&b| b == b'\n').nth(index).unwrap().to_vec()
    }

    fn verify(&self, options: &[u8]) -> Outcome {
        audit_verify(self.path(), options, &Job::new())
    }
}

fn path(dir: &Path) -> &[u8] {
    dir.to_str().unwrap().as_bytes()
}

fn members(outcome: &Outcome) -> Value {
    canonical::check(&outcome.document, &Limits { bytes_max: 1 << 24, ..Limits::default() }).unwrap();
    canonical::read(&outcome.document, &Limits { bytes_max: 1 << 24, ..Limits::default() }).unwrap()
}

fn text(document: &Value, name: &str) -> String {
    document
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {name} in {document:?}"))
        .to_owned()
}

#[track_caller]
fn assert_failure(outcome: &Outcome, code: &str, offset: Option<i64>) {
    let document = members(outcome);
    assert_eq!(text(&document, "schema"), "ztp.error/1");
    assert_eq!((text(&document, "code").as_str(), outcome.name()), (code, code), "{document:?}");
    assert_eq!(outcome.status, code::by_name(code).unwrap().number);
    assert_eq!(document.get("offset").and_then(Value::as_int), offset, "{document:?}");
}

#[test]
fn sealed_log_is_intact_and_its_head_covers_every_record() {
    let log = Log::sealed(3);
    let verdict = log.verify(format!(r#"{{"vkey":"{}"}}"#, log.vkey).as_bytes());
    assert!(verdict.is_ok());
    let verdict = members(&verdict);
    assert_eq!(text(&verdict, "schema"), "ztp.audit.verdict/1");
    assert_eq!(text(&verdict, "status"), "intact");
    let head = members(&audit_head(log.path()));
    assert_eq!(head.get("size").and_then(Value::as_int), Some(5));
    assert_eq!(text(&head, "origin"), "bench-01.example/audit");
    let kept = Value::object([("head", text(&head, "checkpoint"))]);
    assert!(log.verify(&canonical::write(&kept).unwrap()).is_ok());
}

#[test]
fn changed_byte_gives_the_broken_status_with_the_verdict_itself() {
    let log = Log::sealed(3);
    let mut bytes = fs::read(log.segment()).unwrap();
    let at = bytes.windows(5).position(|w| w == b"\"ana\"").unwrap();
    bytes[at + 1] = b'b';
    fs::write(log.segment(), bytes).unwrap();
    let outcome = log.verify(b"");
    assert_eq!(outcome.name(), "audit_broken");
    let verdict = members(&outcome);
    assert_eq!(text(&verdict, "schema"), "ztp.audit.verdict/1");
    let first = &verdict.get("breaks").and_then(Value::as_array).unwrap()[0];
    assert_eq!(text(first, "kind"), "hash_mismatch");
    assert_eq!(first.get("seq").and_then(Value::as_int), Some(1));
}

#[test]
fn another_pinned_key_is_a_negative_verdict() {
    let (log, other) = (Log::sealed(1), Log::sealed(1));
    let outcome = log.verify(format!(r#"{{"vkey":"{}"}}"#, other.vkey).as_bytes());
    assert_eq!(text(&members(&outcome), "schema"), "ztp.audit.verdict/1");
    assert!(!outcome.is_ok());
}

#[test]
fn log_that_holds_without_a_required_anchor_is_not_ok() {
    let log = Log::sealed(1);
    let alone = log.verify(b"");
    assert_eq!((alone.name(), text(&members(&alone), "status").as_str()), ("audit_unanchored", "unanchored"));
    assert!(log.verify(br#"{"require":["evolved_key"]}"#).is_ok());
    assert!(log.verify(br#"{"require":[]}"#).is_ok());
    let below = log.verify(br#"{"require":["evolved_key","pinned_key"]}"#);
    assert_eq!(below.name(), "anchor_below_required");
    assert_eq!(text(&members(&below), "status"), "below_required");
    let pinned = format!(r#"{{"require":["pinned_key"],"vkey":"{}"}}"#, log.vkey);
    assert!(log.verify(pinned.as_bytes()).is_ok());
    assert_failure(&log.verify(br#"{"require":["pinned-key"]}"#), "option_word_unknown", None);
    assert_failure(&log.verify(br#"{"require":[1]}"#), "option_word_unknown", None);
    assert_failure(&log.verify(br#"{"require":["sealed_within"]}"#), "schema_missing_member", None);
    assert_failure(&log.verify(br#"{"sealed_within_ms":1}"#), "verify_option_missing", None);
    let timeless = br#"{"require":["sealed_within"],"sealed_within_ms":1}"#;
    assert_failure(&log.verify(timeless), "verify_option_missing", None);
    assert_failure(&log.verify(br#"{"content_from_head":true}"#), "verify_option_missing", None);
    assert_failure(&log.verify(br#"{"content_from_head":1}"#), "schema_wrong_type", None);
    assert_failure(&log.verify(br#"{"now":"today"}"#), "timestamp_length", None);
    assert_failure(&log.verify(br#"{"require":"pinned_key"}"#), "schema_wrong_type", None);
}

#[test]
fn refused_event_names_its_line_and_nothing_of_the_batch_is_written() {
    let log = Log::sealed(1);
    let before = fs::read(log.segment()).unwrap();
    let append = |second: &[u8]| audit_append(log.path(), &[LOGIN, second, b"\n"].concat(), b"", NOW_MS + 2);
    let start = i64::try_from(LOGIN.len()).unwrap();
    assert_failure(&append(b"{]"), "canonical_unexpected_byte", Some(start + 1));
    assert_failure(&append(b""), "canonical_empty", Some(start));
    assert_failure(&append(b"[]"), "schema_not_object", Some(start));
    assert_failure(&append(br#"{"event_class":"a"}"#), "schema_missing_member", Some(start));
    assert_failure(
        &append(br#"{"event_class":"a","payload":{},"x":1}"#),
        "schema_unknown_member",
        Some(start),
    );
    assert_failure(&append(br#"{"event_class":"A","payload":{}}"#), "event_class_character", Some(start));
    assert_failure(
        &append(br#"{"event_class":"log.opened","payload":{}}"#),
        "event_class_reserved",
        Some(start),
    );
    assert_failure(&append(br#"{"event_class":"a","payload":[]}"#), "event_payload_not_object", Some(start));
    let bad_time = br#"{"event_class":"a","payload":{},"timestamp":"now"}"#;
    assert_failure(&append(bad_time), "timestamp_length", Some(start));
    assert_eq!(fs::read(log.segment()).unwrap(), before);
}

#[test]
fn event_keeps_its_own_timestamp_and_gets_the_call_s_without_one() {
    let log = Log::sealed(1);
    let event =
        br#" {"payload":{"b":1,"a":"\u0000"},"event_class":"x-y.z","timestamp":"2020-01-01T00:00:00.001Z"} "#;
    assert!(audit_append(log.path(), event, b"", NOW_MS + 2).is_ok());
    let line = String::from_utf8(log.line(3)).unwrap();
    assert!(line.contains(r#""timestamp":"2020-01-01T00:00:00.001Z""#), "{line}");
    assert!(line.contains(r#""payload":{"a":"\u0000","b":1}"#), "{line}");
    assert!(String::from_utf8(log.line(1)).unwrap().contains(r#""timestamp":"2026-05-12T08:00:00.000Z""#));
    assert!(log.verify(br#"{"require":[]}"#).is_ok());
}

#[test]
fn empty_batch_appends_nothing() {
    let log = Log::sealed(1);
    let before = fs::read(log.segment()).unwrap();
    let appended = members(&audit_append(log.path(), b"", b"", NOW_MS + 2));
    assert_eq!(appended.get("records").and_then(Value::as_int), Some(0));
    assert_eq!(fs::read(log.segment()).unwrap(), before);
}

#[test]
fn options_are_a_closed_schema_with_ranges() {
    let log = Log::sealed(1);
    assert_failure(&log.verify(b"{\"vkye\":\"\"}"), "schema_unknown_member", None);
    assert_failure(&log.verify(b"[]"), "schema_not_object", None);
    assert_failure(&log.verify(b"{"), "canonical_unexpected_end", Some(1));
    assert_failure(&log.verify(b"{\"breaks_max\":0}"), "option_out_of_range", None);
    assert_failure(&log.verify(b"{\"breaks_max\":\"1\"}"), "schema_wrong_type", None);
    assert_failure(&log.verify(b"{\"since\":\"yesterday\"}"), "timestamp_length", None);
    assert_failure(&log.verify(b"{\"vkey\":\"\"}"), "vkey_format", None);
    assert_failure(&log.verify(b"{\"head\":\"\"}"), "head_unusable", None);
    assert_failure(&audit_prove(log.path(), b""), "schema_missing_member", None);
    assert_failure(&audit_prove(log.path(), b"{\"seq\":-1}"), "option_out_of_range", None);
    let dir = TempDir::new().unwrap();
    assert_failure(&audit_init(path(dir.path()), b"", NOW_MS), "schema_missing_member", None);
    assert_failure(&audit_init(path(dir.path()), br#"{"origin":"a b"}"#, NOW_MS), "origin_invalid", None);
    let never = br#"{"interval_ms":4294967296,"origin":"a"}"#;
    assert_failure(&audit_init(path(dir.path()), never, NOW_MS), "option_out_of_range", None);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "a refused log leaves nothing behind");
}

#[test]
fn paths_that_name_no_log_are_told_apart() {
    let dir = TempDir::new().unwrap();
    let verify = |dir: &[u8]| audit_verify(dir, b"", &Job::new());
    assert_failure(&verify(b""), "path_invalid", Some(0));
    assert_failure(&verify(b"a\0b"), "path_invalid", Some(1));
    assert_failure(&verify(b"\xff"), "path_invalid", Some(0));
    assert_failure(&verify(path(dir.path())), "log_not_found", None);
    assert_failure(&verify(&[path(dir.path()), b"/missing"].concat()), "log_not_found", None);
    assert_failure(&audit_append(path(dir.path()), LOGIN, b"", NOW_MS), "log_not_found", None);
    assert_failure(&audit_head(path(dir.path())), "log_not_found", None);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "looking for a log creates nothing");
}

#[test]
fn times_outside_the_calendar_are_refused_by_every_operation_that_takes_one() {
    let log = Log::sealed(1);
    for now in [i64::MIN, i64::MAX] {
        assert_failure(&audit_append(log.path(), LOGIN, b"", now), "timestamp_out_of_range", None);
        assert_failure(&audit_seal(log.path(), b"", now), "timestamp_out_of_range", None);
        assert_failure(&AuditLog::open(log.path(), b"", now).unwrap_err(), "timestamp_out_of_range", None);
    }
    assert!(log.verify(br#"{"require":[]}"#).is_ok());
}

#[test]
fn inclusion_proof_holds_for_its_record_and_key_only() {
    let log = Log::sealed(5);
    let made = members(&audit_prove(log.path(), br#"{"seq":2}"#));
    let (proof, vkey) = (text(&made, "proof"), text(&made, "vkey"));
    assert_eq!(vkey, log.vkey, "the first seal is signed by the first key");
    let checked = members(&audit_check_proof(proof.as_bytes(), &log.line(2), vkey.as_bytes()));
    assert_eq!(checked.get("seq").and_then(Value::as_int), Some(2));
    assert_eq!(checked.get("size").and_then(Value::as_int), Some(7));
    let other = audit_check_proof(proof.as_bytes(), &log.line(3), vkey.as_bytes());
    assert_failure(&other, "proof_root_mismatch", None);
    let stranger = Log::sealed(1).vkey;
    let unsigned = audit_check_proof(proof.as_bytes(), &log.line(2), stranger.as_bytes());
    assert_failure(&unsigned, "note_unverified", None);
    assert_failure(&audit_check_proof(b"", b"", vkey.as_bytes()), "record_malformed", Some(0));
    assert_failure(
        &audit_check_proof(b"", &log.line(2), vkey.as_bytes()),
        "proof_file_no_checkpoint",
        Some(0),
    );
    assert_failure(&audit_prove(log.path(), br#"{"seq":7}"#), "out_of_range", None);
}

#[test]
fn consistency_proof_holds_from_the_older_head_only() {
    let log = Log::sealed(2);
    let old = text(&members(&audit_head(log.path())), "checkpoint");
    assert!(audit_append(log.path(), &LOGIN.repeat(4), b"", NOW_MS + 2).is_ok());
    let new = members(&audit_seal(log.path(), b"", NOW_MS + 3));
    let made = members(&audit_prove_consistency(log.path(), br#"{"old_size":4}"#));
    let (proof, vkey) = (text(&made, "proof"), text(&made, "vkey"));
    let check = |old: &str| {
        audit_check_consistency(proof.as_bytes(), old.as_bytes(), log.vkey.as_bytes(), vkey.as_bytes())
    };
    let extended = members(&check(&old));
    assert_eq!(text(&extended, "new_root"), text(&new, "root"));
    assert_eq!(extended.get("old_size").and_then(Value::as_int), Some(4));
    let foreign = text(&members(&audit_head(Log::sealed(2).path())), "checkpoint");
    assert_failure(&check(&foreign), "note_unverified", None);
}

#[test]
fn handle_writes_seals_and_reports_like_the_one_shot_operations() {
    let log = Log::sealed(1);
    let handle = AuditLog::open(log.path(), b"", NOW_MS + 10).unwrap();
    assert_failure(&AuditLog::open(log.path(), b"", NOW_MS + 10).unwrap_err(), "log_locked", None);
    let appended = members(&handle.append(LOGIN, b"", NOW_MS + 10));
    assert_eq!(appended.get("seq").and_then(Value::as_int), Some(3));
    assert_eq!(members(&handle.tick(NOW_MS + 11)).get("sealed").and_then(Value::as_bool), Some(false));
    assert_eq!(members(&handle.tick(NOW_MS + 100_000)).get("sealed").and_then(Value::as_bool), Some(true));
    assert_eq!(handle.head(), audit_head(log.path()));
    assert!(handle.seal(NOW_MS + 100_001).is_ok());
    assert_failure(&handle.append(b"{", b"", NOW_MS), "canonical_unexpected_end", Some(1));
    drop(handle);
    assert!(AuditLog::open(log.path(), b"", NOW_MS + 100_002).is_ok());
    assert!(log.verify(br#"{"require":[]}"#).is_ok());
}

#[test]
fn an_append_a_seal_and_an_opening_wait_for_another_writer_as_long_as_they_are_told() {
    let log = Log::sealed(1);
    let held = AuditLog::open(log.path(), b"", NOW_MS + 10).unwrap();
    for wait in [&b""[..], br#"{"wait_ms":30}"#] {
        assert_failure(&audit_append(log.path(), LOGIN, wait, NOW_MS + 10), "log_locked", None);
        assert_failure(&audit_seal(log.path(), wait, NOW_MS + 10), "log_locked", None);
        assert_failure(&AuditLog::open(log.path(), wait, NOW_MS + 10).unwrap_err(), "log_locked", None);
    }
    // Longer than any test takes: what ends the waiting is the other writer's end.
    let patient = br#"{"wait_ms":600000}"#;
    std::thread::scope(|scope| {
        let path = log.path();
        let waiting = scope.spawn(move || {
            assert!(audit_append(path, LOGIN, patient, NOW_MS + 11).is_ok());
            assert!(audit_seal(path, patient, NOW_MS + 12).is_ok());
            drop(AuditLog::open(path, patient, NOW_MS + 13).unwrap());
        });
        std::thread::sleep(std::time::Duration::from_millis(50));
        drop(held);
        waiting.join().unwrap();
    });
    assert!(log.verify(br#"{"require":[]}"#).is_ok());
    for refused in [&br#"{"wait_ms":0}"#[..], br#"{"wait":1}"#] {
        assert!(!audit_seal(log.path(), refused, NOW_MS + 14).is_ok());
        assert!(AuditLog::open(log.path(), refused, NOW_MS + 14).is_err());
    }
    // The lock is waited for when a log is opened, not with each append to one that is open.
    let open = AuditLog::open(log.path(), b"", NOW_MS + 15).unwrap();
    assert_failure(&open.append(LOGIN, patient, NOW_MS + 15), "schema_unknown_member", None);
}

#[test]
fn log_that_was_never_sealed_has_no_head() {
    let dir = TempDir::new().unwrap();
    assert!(audit_init(path(dir.path()), ORIGIN, NOW_MS).is_ok());
    assert_failure(&audit_head(path(dir.path())), "not_sealed", None);
    assert_failure(&AuditLog::open(path(dir.path()), b"", NOW_MS).unwrap().head(), "not_sealed", None);
}

#[test]
fn calls_at_the_same_time_are_busy_or_whole() {
    let log = Log::sealed(1);
    let handle = Arc::new(AuditLog::open(log.path(), b"", NOW_MS + 10).unwrap());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let handle = Arc::clone(&handle);
            std::thread::spawn(move || {
                let outcomes: Vec<_> = (0..50).map(|_| handle.append(LOGIN, b"", NOW_MS + 10)).collect();
                assert!(outcomes.iter().all(|o| o.is_ok() || o.name() == "busy"), "{outcomes:?}");
                outcomes.iter().filter(|o| o.is_ok()).count()
            })
        })
        .collect();
    let appended: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
    assert!(appended > 0);
    let lines = fs::read(log.segment()).unwrap().iter().filter(|&&b| b == b'\n').count();
    assert_eq!(lines, 3 + appended);
    assert!(log.verify(br#"{"require":[]}"#).is_ok());
}

#[test]
fn job_reports_all_bytes_and_cancels_before_the_first() {
    let log = Log::sealed(100);
    let job = Job::new();
    assert_eq!(job.progress(), Progress::default());
    assert!(audit_verify(log.path(), br#"{"require":[]}"#, &job).is_ok());
    let bytes = fs::metadata(log.segment()).unwrap().len();
    assert_eq!(job.progress(), Progress { done_bytes: bytes, total_bytes: bytes });
    job.cancel();
    assert!(job.is_cancelled());
    assert_failure(&audit_verify(log.path(), b"", &job), "cancelled", None);
}
