//! `ztp correlate` and `ztp anomaly`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Run, arg, scratch, ztp, ztp_with};

/// Decisions as lines: what the webhook wrote, and what is appended to the log.
fn decisions(count: usize) -> Vec<String> {
    let line = |n: usize| {
        format!(
            "{{\"event_class\":\"admission.decision\",\"payload\":{{\"decision\":\"deny\",\"mode\":\"enforce\",\"operation\":\"CREATE\",\
             \"uid\":\"{n:08x}-0000-4000-8000-000000000000\",\"user\":\"system:builder\",\"would_deny\":false}},\
             \"timestamp\":\"2026-05-12T08:{:02}:{:02}.000Z\"}}\n",
            n / 60,
            n % 60
        )
    };
    (0..count).map(line).collect()
}

/// A log of these lines, sealed, and the stream of others beside it.
fn bench(root: &Path, sealed: &[String], decided: &[String]) -> (PathBuf, PathBuf) {
    let (log, stream) = (root.join("log"), root.join("admission.jsonl"));
    ztp(["audit", "init", arg(&log), "--heartbeat-ms", "4000000000"]).exits(0);
    ztp_with(["audit", "append", arg(&log), "--seal"], sealed.concat().as_bytes()).exits(0);
    fs::write(&stream, decided.concat()).unwrap();
    (log, stream)
}

fn compare(log: &Path, stream: &Path, more: &[&str]) -> Run {
    // Before the records that the log wrote about itself at the time of the test.
    let args = ["correlate", arg(log), arg(stream), "--until", "2026-05-13"];
    ztp(args.into_iter().chain(more.iter().copied()))
}

#[test]
fn streams_that_agree_exit_0_and_name_the_witnesses_there_were() {
    let root = scratch();
    let lines = decisions(40);
    let (log, stream) = bench(root.path(), &lines, &lines);
    let words = compare(&log, &stream, &[]).exits(0);
    assert!(
        words.text().starts_with("agree: 2 of 2 witnesses tell the same story, 2 absent"),
        "{}",
        words.text()
    );
    let document = compare(&log, &stream, &["--json", "--require", "evolved-key"]).exits(0);
    assert_eq!(document.integer(&["pairs"]), 40);
    assert_eq!(document.string(&["sealed_log", "status"]), "intact");
    compare(&log, &stream, &["--require", "pinned-key"]).exits(4);
}

#[test]
fn a_suppressed_decision_exits_1_is_sealed_as_a_finding_and_drawn() {
    let root = scratch();
    let lines = decisions(40);
    let sealed = [&lines[..7], &lines[8..]].concat();
    let (log, stream) = bench(root.path(), &sealed, &lines);
    let picture = root.path().join("drift.svg");
    let run = compare(&log, &stream, &["--record", "--plot", arg(&picture)]).exits(1);
    assert!(run.text().contains("missing_in_sealed"), "{}", run.text());
    assert!(run.text().contains("sealed as correlation.finding: 1"), "{}", run.text());
    assert!(fs::read_to_string(&picture).unwrap().contains("missing_in_sealed"));
    let records = fs::read_to_string(crate::support::segment(&log)).unwrap();
    assert!(records.contains("\"event_class\":\"correlation.finding\""), "{records}");
    ztp(["audit", "verify", arg(&log)]).exits(0);
}

#[test]
fn what_cannot_be_compared_exits_3_and_a_log_that_does_not_verify_exits_1() {
    let root = scratch();
    let lines = decisions(10);
    let (log, stream) = bench(root.path(), &lines, &lines);
    compare(&log, &root.path().join("nowhere"), &[]).exits(3);
    compare(&root.path().join("nowhere"), &stream, &[]).exits(3);
    compare(&log, &stream, &["--since", "yesterday"]).exits(2);
    compare(&log, &stream, &["--since", "7d", "--full"]).exits(2);
    let segment = crate::support::segment(&log);
    let tampered = fs::read_to_string(&segment).unwrap().replacen("deny", "deni", 1);
    fs::write(&segment, tampered).unwrap();
    let run = compare(&log, &stream, &["--json"]).exits(1);
    assert_eq!(run.string(&["status"]), "log_not_intact");
}

/// A log of seven minutes with a denial each second, on a host whose monotonic clock did not go along: a wall clock that was set.
fn clock_set(root: &Path) -> PathBuf {
    const START_MS: i64 = 1_778_572_800_000;
    let log = root.join("log");
    let options = br#"{"heartbeat_ms":60000,"origin":"bench.example/audit"}"#;
    assert!(ztp_facade::audit_init(arg(&log).as_bytes(), options, START_MS).is_ok());
    let open = ztp_facade::AuditLog::open(arg(&log).as_bytes(), START_MS).unwrap();
    for (minute, lines) in (1_i64..).zip(decisions(420).chunks(60)) {
        let now_ms = START_MS + minute * 60_000;
        assert!(open.append(lines.concat().as_bytes(), now_ms).is_ok());
        assert!(open.seal(now_ms).is_ok());
    }
    for minute in 8..12 {
        assert!(open.seal(START_MS + minute * 60_000).is_ok());
    }
    log
}

#[test]
fn alerts_are_reported_then_sealed_and_explained() {
    let root = scratch();
    let log = clock_set(root.path());
    let report = ztp(["anomaly", "report", arg(&log), "--json"]).exits(1);
    assert_eq!(report.string(&["schema"]), "ztp.anomaly.report/1");
    let replayed = ztp(["anomaly", "replay", arg(&log), "--json"]).exits(0);
    assert_eq!(replayed.integer(&["alerts_sealed"]), 0);
    assert!(replayed.integer(&["alerts_pending"]) > 0, "{}", replayed.text());
    let run = ztp(["anomaly", "run", arg(&log), "--json"]).exits(1);
    assert_eq!(run.string(&["schema"]), "ztp.anomaly.run/1");
    let records = fs::read_to_string(crate::support::segment(&log)).unwrap();
    for words in ["\"event_class\":\"anomaly.fired\"", "\"detector\":\"clock-discontinuity\""] {
        assert!(records.contains(words), "{words}: {records}");
    }
    let shown = ztp(["anomaly", "explain", arg(&log), "--seq", "300", "--json"]).exits(0);
    assert_eq!(shown.string(&["schema"]), "ztp.anomaly.explanation/1");
    ztp(["anomaly", "explain", arg(&log)]).exits(2);
    ztp(["anomaly", "explain", arg(&log), "--seq", "3", "--detector", "none"]).exits(3);
}

/// Payloads of the records of a class.
fn sealed_as(log: &Path, class: &str) -> Vec<String> {
    let records = fs::read_to_string(crate::support::segment(log)).unwrap();
    let class = format!("\"event_class\":\"{class}\"");
    records.lines().filter(|line| line.contains(&class)).map(str::to_owned).collect()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}

#[test]
fn the_state_is_sealed_gone_on_from_by_its_kept_hash_and_compared_in_a_replay() {
    let root = scratch();
    let log = clock_set(root.path());
    let keep = root.path().join("kept.json");
    let records = fs::read_to_string(crate::support::segment(&log)).unwrap().lines().count();
    let first = ztp(["anomaly", "run", arg(&log), "--keep", arg(&keep), "--json"]).exits(1);
    let kept = fs::read_to_string(&keep).unwrap();
    assert_eq!(first.integer(&["snapshot", "seq"]), i64::try_from(records).unwrap() - 1);
    assert_eq!(sealed_as(&log, "anomaly.snapshot").len(), 1);
    let alerts = sealed_as(&log, "anomaly.fired").len();
    for _ in 0..2 {
        ztp(["anomaly", "run", arg(&log), "--keep", arg(&keep), "--json"]);
        ztp(["anomaly", "run", arg(&log), "--json"]);
    }
    assert_eq!(
        fs::read_to_string(&keep).unwrap(),
        kept,
        "no record of others came: the state is sealed already"
    );
    assert!(sealed_as(&log, "anomaly.fired").len() >= alerts);
    let replayed = ztp(["anomaly", "replay", arg(&log), "--json"]).exits(0);
    assert_eq!(replayed.integer(&["snapshots", "checked"]), 1);
    assert_eq!(replayed.integer(&["snapshots", "unchecked"]), 0);

    // Root plants the state of another log, and a hash to keep that the log does not hold.
    let snapshot = sealed_as(&log, "anomaly.snapshot").remove(0);
    let payload = between(&snapshot, "\"payload\":", ",\"prev_hash\"");
    let hash = between(payload, "\"state_hash\":\"", "\"");
    let payload = payload.replace(hash, &"0".repeat(64));
    let planted = format!("{{\"event_class\":\"anomaly.snapshot\",\"payload\":{payload}}}\n");
    ztp_with(["audit", "append", arg(&log)], planted.as_bytes()).exits(0);
    let run = ztp(["anomaly", "run", arg(&log), "--json"]).exits(1);
    assert!(run.text().contains("anomaly_state_differs"), "{}", run.text());
    assert_eq!(sealed_as(&log, "anomaly.snapshot-refused").len(), 1);
    ztp(["anomaly", "run", arg(&log)]);
    assert_eq!(sealed_as(&log, "anomaly.snapshot-refused").len(), 1, "told once");
    let replayed = ztp(["anomaly", "replay", arg(&log), "--json"]).exits(1);
    assert_eq!(replayed.integer(&["snapshots", "differ"]), 1);
    assert!(kept.contains(hash));
    fs::write(&keep, kept.replace(hash, &"0".repeat(64))).unwrap();
    let run = ztp(["anomaly", "run", arg(&log), "--keep", arg(&keep), "--json"]);
    assert_ne!(run.status, 0);
    assert_eq!(run.string(&["code"]), "anomaly_snapshot_malformed");
}

#[test]
fn a_run_that_goes_on_seals_what_comes_and_ends_by_a_signal() {
    let root = scratch();
    let log = clock_set(root.path());
    let keep = root.path().join("kept.json");
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_ztp"))
        .args(["anomaly", "run", arg(&log), "--follow", "--interval", "1", "--keep", arg(&keep), "--json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let wait_for = |class: &str, count: usize| {
        for _ in 0..600 {
            if sealed_as(&log, class).len() >= count {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("{class} was not sealed");
    };
    wait_for("anomaly.snapshot", 1);
    let planted = "{\"event_class\":\"anomaly.snapshot\",\"payload\":{}}\n";
    // The detectors hold the log's lock for as long as an append takes.
    let appended = (0..50).any(|_| ztp_with(["audit", "append", arg(&log)], planted.as_bytes()).status == 0);
    assert!(appended);
    wait_for("anomaly.snapshot-refused", 1);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "it had sealed alerts");
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.lines().all(|line| line.contains("\"schema\":\"ztp.anomaly.run/1\"")), "{lines}");
    assert!(lines.contains("clock-discontinuity") && lines.contains("anomaly_state_differs"), "{lines}");
    ztp(["audit", "verify", arg(&log)]).exits(0);
}

#[test]
fn a_settings_file_that_is_refused_names_its_line() {
    let root = scratch();
    let (log, _) = bench(root.path(), &decisions(2), &[]);
    let file = root.path().join("denial-flood.yaml");
    fs::write(&file, "# by hand\nno_such_member: 7\n").unwrap();
    let run = ztp(["anomaly", "report", arg(&log), "--settings", arg(&file)]);
    assert_ne!(run.status, 0);
    assert!(run.stderr.contains("denial-flood.yaml, line 2"), "{}", run.stderr);
}
