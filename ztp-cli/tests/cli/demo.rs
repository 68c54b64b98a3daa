//! `ztp demo`.

use std::fs;

use ztp_core::digest::sha256;

use crate::support::{arg, scratch, tree, ztp};

#[test]
fn the_demo_shows_a_log_that_holds_and_the_record_that_was_changed() {
    let run = ztp(["demo", "--records", "400"]).exits(0);
    for part in [
        "a bench day of 400 events",
        "intact, ",
        "broken, ",
        "hash_mismatch at record ",
        "expected ",
        "nothing; --keep",
    ] {
        assert!(run.text().contains(part), "{part:?} in {}", run.text());
    }
}

#[test]
fn what_is_kept_verifies_to_the_verdicts_that_were_shown() {
    let root = scratch();
    let dir = root.path().join("kept");
    let run = ztp(["demo", "--records", "400", "--json", "--keep", arg(&dir)]).exits(0);
    let verdict_of = |log: &str, status: i32| {
        let (log, head, key) = (dir.join(log), dir.join("auditor/head.note"), dir.join("auditor/first.vkey"));
        let args = ["audit", "verify", arg(&log), "--json", "--head", arg(&head), "--vkey", arg(&key)];
        let run = ztp(args).exits(status);
        sha256(run.stdout.strip_suffix(b"\n").unwrap()).to_string()
    };
    assert_eq!(verdict_of("log", 0), run.string(&["verdict_sha256"]));
    assert_eq!(verdict_of("log-tampered", 1), run.string(&["tampered_verdict_sha256"]));
    assert_eq!(
        sha256(&fs::read(dir.join("auditor/verdict.json")).unwrap()).to_string(),
        run.string(&["verdict_sha256"])
    );
}

#[test]
fn the_same_seed_writes_the_same_events() {
    let root = scratch();
    let events = |name: &str, seed: &str| {
        let dir = root.path().join(name);
        ztp(["demo", "--records", "300", "--seed", seed, "--keep", arg(&dir)]).exits(0);
        let text = fs::read_to_string(dir.join("log/segments/00000000000000000000.jsonl")).unwrap();
        let payload = |line: &str| {
            let (_, payload) = line.split_once("\"payload\":")?;
            Some(payload.split_once(",\"prev_hash\"")?.0.to_owned())
        };
        let ours = text.lines().filter(|line| !line.starts_with("{\"event_class\":\"l"));
        ours.map(|line| payload(line).unwrap()).collect::<Vec<_>>()
    };
    let one = events("a", "7");
    assert_eq!(one.len(), 300);
    assert_eq!(one, events("b", "7"));
    assert_ne!(one, events("c", "8"));
}

#[test]
fn a_directory_with_something_in_it_is_left_as_it_is() {
    let root = scratch();
    fs::write(root.path().join("mine"), "precious").unwrap();
    let before = tree(root.path());
    let run = ztp(["demo", "--json", "--keep", arg(root.path())]).exits(3);
    assert_eq!(run.string(&["code"]), "file_exists");
    assert_eq!(tree(root.path()), before);
}

#[test]
fn the_detectors_are_quiet_on_the_log_of_the_demo_however_many_records_it_has() {
    for records in ["400", "2000", "60000"] {
        let root = scratch();
        let dir = root.path().join("kept");
        ztp(["demo", "--records", records, "--keep", arg(&dir)]).exits(0);
        let report =
            ztp(["anomaly", "report", arg(&dir.join("log")), "--require", "none", "--json"]).exits(0);
        assert_eq!(report.string(&["status"]), "quiet", "{}", report.text());
        assert!(report.member(&["unjudged"]).is_null(), "{}", report.text());
    }
}
