//! Who reads a record's content has checked its hash: no reader makes anything of a log whose record was edited.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use ztp_facade::{
    Job, Outcome, anomaly_explain, anomaly_pending, anomaly_replay, anomaly_report, audit_append, audit_init,
    correlate, licence_seen, vault_history, vault_status,
};

const NOW_MS: i64 = 1_778_572_800_000;
/// Nothing outside need vouch for the log: that is for the law's own tests.
const NOTHING: &[u8] = br#"{"require":[]}"#;
const DECISION: &str = r#"{"event_class":"admission.decision","payload":{"decision":"deny","mode":"enforce","uid":"UID","user":"mallory","would_deny":true}}"#;

fn path(path: &Path) -> &[u8] {
    path.to_str().unwrap().as_bytes()
}

/// A log of decisions, of which record `edited` says another user than its hash was made of.
fn log(dir: &Path, edited: Option<u64>) -> PathBuf {
    let log = dir.join("log");
    assert!(audit_init(path(&log), br#"{"origin":"bench-01.example/audit"}"#, NOW_MS).is_ok());
    let lines: String = (0..20).map(|n| DECISION.replace("UID", &format!("uid-{n}")) + "\n").collect();
    assert!(audit_append(path(&log), lines.as_bytes(), b"", NOW_MS).is_ok());
    if let Some(seq) = edited {
        let segment = log.join("segments/00000000000000000000.jsonl");
        let text = fs::read_to_string(&segment).unwrap();
        let place = format!("uid-{}\"", seq - 1);
        let (before, after) = text.split_once(&place).unwrap();
        fs::write(&segment, format!("{before}{place}{}", after.replacen("mallory", "malice2", 1))).unwrap();
    }
    log
}

fn text(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.document).into_owned()
}

#[test]
fn no_reader_prints_results_over_a_record_whose_hash_fails() {
    let (honest, edited) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (honest, edited) = (log(honest.path(), None), log(edited.path(), Some(7)));
    let trust = br#"{"keys":[{"key_id":"324be2dea8bc44461b0233e51fa48902ed6b1cc671e7739af2551e0bfe68f54e","products":["tlsstress"],"public_key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","suite":"ed25519"}],"schema":"ztp.trust/1"}"#;
    let read = |log: &Path| {
        [
            ("report", anomaly_report(path(log), NOTHING, &Job::new())),
            ("replay", anomaly_replay(path(log), NOTHING, &Job::new())),
            ("explain", anomaly_explain(path(log), br#"{"require":[],"seq":20}"#, &Job::new())),
            ("pending", anomaly_pending(path(log), b"", &Job::new())),
        ]
    };
    for ((name, held), (_, refused)) in read(&honest).into_iter().zip(read(&edited)) {
        assert_ne!(held.name(), "log_damaged", "{name}");
        assert_eq!(refused.name(), "log_damaged", "{name}: {}", text(&refused));
        let document = text(&refused);
        assert!(document.contains("record 7 is damaged"), "{name}: {document}");
        assert!(document.contains("ztp.error/1"), "{name}: nothing but the error: {document}");
    }
    assert!(licence_seen(path(&honest), trust, NOTHING, &Job::new()).is_ok());
    let refused = licence_seen(path(&edited), trust, NOTHING, &Job::new());
    assert_eq!(refused.name(), "ingest_log_broken");
    assert!(text(&refused).contains("record 7 of the log"), "{}", text(&refused));
    // A vault's readers go over the same lines.
    assert_eq!(vault_status(path(&honest), b"", NOW_MS).name(), "vault_not_found");
    for refused in [vault_status(path(&edited), b"", NOW_MS), vault_history(path(&edited), b"")] {
        assert_eq!(refused.name(), "vault_log_broken", "{}", text(&refused));
    }
}

#[test]
fn a_cancelled_look_at_what_was_seen_ends_without_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let log = log(dir.path(), None);
    let job = Job::new();
    job.cancel();
    let trust = br#"{"keys":[{"key_id":"324be2dea8bc44461b0233e51fa48902ed6b1cc671e7739af2551e0bfe68f54e","products":["tlsstress"],"public_key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","suite":"ed25519"}],"schema":"ztp.trust/1"}"#;
    assert_eq!(licence_seen(path(&log), trust, NOTHING, &job).name(), "cancelled");
}

#[test]
fn a_correlation_takes_no_word_of_a_record_whose_hash_fails() {
    let dir = tempfile::tempdir().unwrap();
    let edited = log(dir.path(), Some(7));
    let timed =
        DECISION.strip_suffix('}').unwrap().to_owned() + ",\"timestamp\":\"2026-05-12T08:00:00.000Z\"}\n";
    let stream: String = (0..20).map(|n| timed.replace("UID", &format!("uid-{n}"))).collect();
    let admission = dir.path().join("admission.jsonl");
    fs::write(&admission, stream).unwrap();
    let outcome = correlate(path(&edited), path(&admission), b"", &Job::new());
    assert_eq!(outcome.name(), "correlation_log_not_intact", "{}", text(&outcome));
    // The decision of that record is one that the log does not have, and its place is named as unreadable.
    let document = text(&outcome);
    assert!(document.contains("\"uid\":\"uid-6\""), "{document}");
    assert!(document.contains("its hash, its place or the record before it"), "{document}");
}
