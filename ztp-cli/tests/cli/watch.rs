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
    let nothing: &[&str] = if more.contains(&"--require") { &[] } else { &["--require", "none"] };
    ztp(args.into_iter().chain(nothing.iter().copied()).chain(more.iter().copied()))
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
    let document = compare(&log, &stream, &["--json", "--require", "pinned-key"]).exits(4);
    assert_eq!(document.string(&["status"]), "below_required");
    assert_eq!(document.string(&["sealed_log", "missing", "0"]), "pinned_key");
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
    ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
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
    let open = ztp_facade::AuditLog::open_within(arg(&log).as_bytes(), START_MS, 10_000).unwrap();
    for (minute, lines) in (1_i64..).zip(decisions(420).chunks(60)) {
        let now_ms = START_MS + minute * 60_000;
        assert!(open.append(lines.concat().as_bytes(), b"", now_ms).is_ok());
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
    let report = ztp(["anomaly", "report", arg(&log), "--require", "none", "--json"]).exits(1);
    assert_eq!(report.string(&["schema"]), "ztp.anomaly.report/1");
    let replay =
        |now: &str| ztp(["anomaly", "replay", arg(&log), "--require", "none", "--json", "--now", now]);
    let replayed = replay("none").exits(0);
    assert_eq!(replayed.integer(&["alerts_sealed"]), 0);
    let pending = replayed.integer(&["alerts_pending"]);
    assert!(pending > 0, "{}", replayed.text());
    // Whoever asks ten days later is not told that they are still to come, although the log ends there.
    let missing = replay("2026-05-22").exits(1);
    assert_eq!(missing.integer(&["alerts_pending"]), 0);
    assert_eq!(missing.string(&["status"]), "differs");
    assert!(missing.text().contains("anomaly_alert_missing"), "{}", missing.text());
    ztp(["anomaly", "replay", arg(&log), "--require", "none"]).exits(1);
    let run = ztp(["anomaly", "run", arg(&log), "--json"]).exits(1);
    assert_eq!(run.string(&["schema"]), "ztp.anomaly.run/1");
    let records = fs::read_to_string(crate::support::segment(&log)).unwrap();
    for words in ["\"event_class\":\"anomaly.fired\"", "\"detector\":\"clock-discontinuity\""] {
        assert!(records.contains(words), "{words}: {records}");
    }
    let shown =
        ztp(["anomaly", "explain", arg(&log), "--require", "none", "--seq", "300", "--json"]).exits(0);
    assert_eq!(shown.string(&["schema"]), "ztp.anomaly.explanation/1");
    ztp(["anomaly", "explain", arg(&log), "--require", "none"]).exits(2);
    ztp(["anomaly", "explain", arg(&log), "--require", "none", "--seq", "3", "--detector", "none"]).exits(3);
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
    let replayed = ztp(["anomaly", "replay", arg(&log), "--require", "none", "--json"]).exits(0);
    assert_eq!(replayed.integer(&["snapshots", "checked"]), 1);
    assert_eq!(replayed.integer(&["snapshots", "unchecked"]), 0);

    // Root plants the state of another log, and a hash to keep that the log does not hold.
    let snapshot = sealed_as(&log, "anomaly.snapshot").remove(0);
    let payload = between(&snapshot, "\"payload\":", ",\"prev_hash\"");
    let hash = between(payload, "\"state_hash\":\"", "\"");
    let payload = payload.replace(hash, &"0".repeat(64));
    let planted = format!("{{\"event_class\":\"anomaly.snapshot\",\"payload\":{payload}}}\n");
    let refused = ztp_with(["audit", "append", arg(&log), "--json"], planted.as_bytes()).exits(1);
    assert_eq!(refused.string(&["code"]), "event_class_weighed");
    let allowed = ["audit", "append", arg(&log), "--allow-class", "anomaly.snapshot"];
    ztp_with(allowed, planted.as_bytes()).exits(0);
    let run = ztp(["anomaly", "run", arg(&log), "--json"]).exits(1);
    assert!(run.text().contains("anomaly_state_differs"), "{}", run.text());
    assert_eq!(sealed_as(&log, "anomaly.snapshot-refused").len(), 1);
    ztp(["anomaly", "run", arg(&log)]);
    assert_eq!(sealed_as(&log, "anomaly.snapshot-refused").len(), 1, "told once");
    let replayed = ztp(["anomaly", "replay", arg(&log), "--require", "none", "--json"]).exits(1);
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
    let appended = (0..50).any(|_| {
        let args = ["audit", "append", arg(&log), "--allow-class", "anomaly.snapshot"];
        ztp_with(args, planted.as_bytes()).status == 0
    });
    assert!(appended);
    wait_for("anomaly.snapshot-refused", 1);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "it had sealed alerts");
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.lines().all(|line| line.contains("\"schema\":\"ztp.anomaly.run/1\"")), "{lines}");
    assert!(lines.contains("clock-discontinuity") && lines.contains("anomaly_state_differs"), "{lines}");
    ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
}

#[test]
fn a_settings_file_that_is_refused_names_its_line() {
    let root = scratch();
    let (log, _) = bench(root.path(), &decisions(2), &[]);
    let file = root.path().join("denial-flood.yaml");
    fs::write(&file, "# by hand\nno_such_member: 7\n").unwrap();
    let run = ztp(["anomaly", "report", arg(&log), "--require", "none", "--settings", arg(&file)]);
    assert_ne!(run.status, 0);
    assert!(run.stderr.contains("denial-flood.yaml, line 2"), "{}", run.stderr);
    assert!(run.stderr.contains("there are burst_max, daily_max, gap_seconds"), "{}", run.stderr);
    for (text, words) in [
        ("per_minut_max: 7\n", "did you mean per_minute_max?"),
        (
            "per_minute_max: 50.0\n",
            "denial-flood.yaml, line 1, column 17: a number is written in plain decimal digits here; write 50",
        ),
        (
            "\u{feff}per_minute_max: 50\n",
            "denial-flood.yaml, line 1, column 1: the file begins with a byte order mark",
        ),
        ("<<: {}\n", "there is no such member"),
    ] {
        fs::write(&file, text).unwrap();
        let run = ztp(["anomaly", "report", arg(&log), "--require", "none", "--settings", arg(&file)]);
        assert!(run.status != 0 && run.stderr.contains(words), "{words}: {}", run.stderr);
    }
}

/// Forty days of honest admissions, as lines.
fn history() -> String {
    let mut lines = String::new();
    for n in 0..40 * 200_i64 {
        let (day, minute) = (n / 200, n % 200 * 7);
        let at = 1_777_593_600_000 + day * 86_400_000 + minute * 60_000 + 7;
        let at = ztp_core::time::Timestamp::from_millis(at).unwrap();
        let tier = if n % 7 == 0 { "B" } else { "A" };
        lines.push_str(&format!(
            "{{\"event_class\":\"admission.decision\",\"payload\":{{\"decision\":\"allow\",\"mode\":\"enforce\",\"operation\":\"CREATE\",\
             \"tier\":\"{tier}\",\"uid\":\"h-{n}\",\"user\":\"system:builder\",\"would_deny\":false}},\"timestamp\":\"{at}\"}}\n"
        ));
    }
    lines
}

#[test]
fn history_appended_today_is_incomplete_and_tried_without_a_log() {
    let root = scratch();
    let lines = history();
    let log = root.path().join("log");
    ztp(["audit", "init", arg(&log)]).exits(0);
    ztp_with(["audit", "append", arg(&log), "--seal"], lines.as_bytes()).exits(0);
    let report = ztp(["anomaly", "report", arg(&log), "--require", "none", "--json"]).exits(3);
    assert_eq!(report.string(&["status"]), "incomplete");
    assert_eq!(report.integer(&["unjudged", "count"]), 8000);
    assert_eq!(report.integer(&["waiting_records"]), 0);
    assert_eq!(report.string(&["unjudged", "from"]), "2026-05-01T00:00:00.007Z");
    let words = ztp(["anomaly", "report", arg(&log), "--require", "none"]).exits(3);
    assert!(
        words.text().starts_with("incomplete:") && words.text().contains("8,000 records"),
        "{}",
        words.text()
    );

    let events = root.path().join("events.jsonl");
    fs::write(&events, &lines).unwrap();
    let picture = root.path().join("days.svg");
    let tried = ztp(["anomaly", "try", arg(&events), "--plot", arg(&picture)]).exits(0);
    assert!(tried.text().starts_with("quiet:"), "{}", tried.text());
    assert!(tried.text().lines().all(|line| line.chars().count() <= 80), "{}", tried.text());
    assert!(fs::read_to_string(&picture).unwrap().contains("events.jsonl: days: 40"));
    let tried = ztp(["anomaly", "try", arg(&events), "--json"]).exits(0);
    assert_eq!((tried.integer(&["events"]), tried.integer(&["unordered"])), (8000, 0));

    // In another order, and with a line that is none: the same days, and not quiet.
    let mut shuffled: Vec<&str> = lines.lines().rev().collect();
    shuffled.insert(17, "{\"event_class\":");
    fs::write(&events, shuffled.join("\n")).unwrap();
    let again = ztp(["anomaly", "try", arg(&events), "--json"]).exits(3);
    assert_eq!((again.integer(&["events"]), again.integer(&["unreadable_total"])), (8000, 1));
    assert_eq!(again.string(&["status"]), "incomplete");
    assert_eq!(again.integer(&["unordered"]), 7999);
}

#[test]
fn a_flood_is_one_story_with_its_numbers_and_an_explanation_is_sentences() {
    let root = scratch();
    let events = root.path().join("flood.jsonl");
    let deny = |n: i64| {
        let at = ztp_core::time::Timestamp::from_millis(1_778_572_800_000 + n * 500).unwrap();
        format!(
            "{{\"event_class\":\"admission.decision\",\"payload\":{{\"decision\":\"deny\",\"mode\":\"enforce\",\"namespace\":\"web\",\"operation\":\"CREATE\",\
             \"uid\":\"d-{n}\",\"user\":\"system:builder\",\"would_deny\":true}},\"timestamp\":\"{at}\"}}\n"
        )
    };
    fs::write(&events, (0..1200).map(deny).collect::<String>()).unwrap();
    let run = ztp(["anomaly", "try", arg(&events), "--json"]).exits(1);
    assert_eq!(run.member(&["report", "stories"]).as_array().unwrap().len(), 1, "{}", run.text());
    let words = ztp(["anomaly", "try", arg(&events)]).exits(1);
    for part in
        ["1 story", "denials", "until", "denial-flood: 120 denials in 60 s, threshold 50", "system:builder"]
    {
        assert!(words.text().contains(part), "{part}: {}", words.text());
    }
    let log = clock_set(root.path());
    let shown = ztp(["anomaly", "explain", arg(&log), "--require", "none", "--seq", "300"]).exits(0);
    assert!(shown.text().contains("denials in five minutes: "), "{}", shown.text());
    assert!(shown.text().lines().all(|line| line.chars().count() <= 80), "{}", shown.text());
}

#[test]
fn a_stream_of_which_nothing_is_an_event_could_not_be_checked_and_blank_lines_hide_none() {
    let root = scratch();
    let lines = decisions(40);
    let (log, stream) = bench(root.path(), &lines, &lines);
    let text = lines.concat();
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let others: [(&str, Vec<u8>); 4] = [
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec()),
        ("UTF-16", utf16),
        ("line 1", text.replace(".000Z", ".000123Z").into_bytes()),
        ("40 lines", text.replace("event_class", "class").into_bytes()),
    ];
    for (reason, bytes) in others {
        fs::write(&stream, bytes).unwrap();
        let run = compare(&log, &stream, &[]).exits(3);
        assert!(
            run.stderr.contains(reason) && run.stderr.contains("correlation_stream_unreadable"),
            "{}",
            run.stderr
        );
    }
    for dressed in [format!("\u{feff}{text}"), text.replace('\n', "\n\n \n"), text.replace('\n', "\r\n")] {
        fs::write(&stream, dressed).unwrap();
        assert_eq!(compare(&log, &stream, &["--json"]).exits(0).integer(&["pairs"]), 40);
    }
    fs::write(&stream, text.replacen('{', "\0{", 1)).unwrap();
    let run = compare(&log, &stream, &[]).exits(1);
    assert!(run.text().contains("2 of 2 witnesses disagree, 2 absent"), "{}", run.text());
}
