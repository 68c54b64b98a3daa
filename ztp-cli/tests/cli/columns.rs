//! What a person reads of each command: no line that a terminal of 80 columns would break within a word, and one of a thing is no many.

use std::fs;
use std::path::Path;

use crate::support::{Run, command, run, scratch};

/// Runs words of a command line in `dir`, with `stdin`.
fn at(dir: &Path, words: &str, stdin: &str) -> Run {
    let mut ztp = command();
    ztp.current_dir(dir).args(words.split_whitespace());
    run(ztp, stdin.as_bytes())
}

/// What is wrong with the form of words: lines that are too wide although they could be broken, and a `1` before a plural.
fn faults(words: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for line in words.lines() {
        // A hash or a path is a word of its own, and stays whole.
        let parts: Vec<&str> = line.split_whitespace().collect();
        if line.chars().count() > 80 && parts.len() > 1 {
            faults.push(format!("wide: {line}"));
        }
        for pair in parts.windows(2) {
            let noun = pair[1].trim_end_matches([',', ';', '.', ':', ')']);
            let many = noun.len() > 3 && noun.ends_with('s') && !noun.ends_with("ss");
            if pair[0].trim_start_matches('(') == "1" && many && !["does", "this"].contains(&noun) {
                faults.push(format!("1 {noun}: {line}"));
            }
        }
    }
    faults
}

#[test]
fn a_wide_line_and_one_of_many_are_found() {
    let wide = "word ".repeat(20);
    assert_eq!(faults(&wide).len(), 1);
    assert_eq!(faults(&"x".repeat(100)), Vec::<String>::new());
    assert_eq!(
        faults("from (1 records), 1 witness, 1 day; 11 notes"),
        ["1 records: from (1 records), 1 witness, 1 day; 11 notes"]
    );
}

#[test]
fn every_report_fits_80_columns_and_counts_one_as_one() {
    let root = scratch();
    let dir = root.path();
    let event = |class: &str, payload: &str, second: usize| {
        format!(
            "{{\"event_class\":\"{class}\",\"payload\":{payload},\"timestamp\":\"2026-05-12T08:00:{second:02}.000Z\"}}\n"
        )
    };
    let decision = |uid: &str, second| {
        let payload = format!(
            "{{\"decision\":\"deny\",\"mode\":\"enforce\",\"operation\":\"CREATE\",\"uid\":\"{uid}\",\"user\":\"mallory\",\"would_deny\":true}}"
        );
        event("admission.decision", &payload, second)
    };
    let long = "a-user-of-a-cluster-whose-name-is-long:system:serviceaccount:build";
    let one = decision("6a0c2f9e-0d7b-4b53-9a34-4f1f2a0a9b11", 1);
    fs::write(dir.join("one.jsonl"), &one).unwrap();
    fs::write(dir.join("two.jsonl"), one.clone() + &decision("7a0c2f9e-0d7b-4b53-9a34-4f1f2a0a9b11", 2))
        .unwrap();
    fs::write(dir.join("login.jsonl"), event("operator.login", &format!("{{\"operator\":\"{long}\"}}"), 3))
        .unwrap();
    fs::write(dir.join("empty.jsonl"), "").unwrap();
    let licence = r#"{"schema":"ztp.licence/1","licence_id":"L-0042","envelope_id":"envelope-1","previous_envelope":null,
        "customer":"Example Corporation of a Rather Long Name","product":"tlsstress","features":[],
        "bench":{"bench_id":"bench-7","binding":"bench"},"issued_at":"2026-01-01T00:00:00.000Z",
        "not_before":"2026-01-01T00:00:00.000Z","not_after":"2096-01-01T00:00:00.000Z",
        "mint":[{"amount":500,"class":"test-hours","serial":1,"not_before":"2026-01-01T00:00:00.000Z","not_after":"2096-01-01T00:00:00.000Z"}],
        "revocation":{"revoked_key_ids":[],"version":0}}"#;
    fs::write(dir.join("licence.json"), licence).unwrap();
    fs::create_dir_all(dir.join("license/incoming")).unwrap();
    fs::create_dir_all(dir.join("again/incoming")).unwrap();
    fs::create_dir(dir.join("build")).unwrap();
    let spend = "--request-id r-1 --class test-hours --amount 60 --purpose run-17-of-the-long-campaign-before-the-release-of-the-summer";
    // Each with its exit status; those without a `+` make what the others look at.
    let script = [
        ("audit init log --origin bench-7.example/audit", "", 0),
        ("audit append log --seal", one.as_str(), 0),
        ("+correlate log one.jsonl --until 2026-05-13 --require none", "", 0),
        ("+correlate log one.jsonl --until 2026-05-13", "", 4),
        ("+correlate log two.jsonl --until 2026-05-13 --require none", "", 1),
        ("+correlate log empty.jsonl --until 2026-05-13 --require none", "", 1),
        ("+anomaly report log --now 2026-05-12T09:00:00Z", "", 3),
        ("+anomaly report log", "", 3),
        ("+anomaly replay log", "", 4),
        ("+anomaly explain log --seq 1", "", 4),
        ("+anomaly try one.jsonl", "", 0),
        ("+anomaly try two.jsonl", "", 0),
        ("+anomaly try login.jsonl", "", 0),
        ("+anomaly try licence.json", "", 3),
        ("+anomaly run log", "", 0),
        ("+audit verify log", "", 4),
        ("+audit copy log copy", "", 4),
        ("+audit copy log copy", "", 4),
        ("keys generate --out isk.pem", "", 0),
        ("keys generate --out device.pem", "", 0),
        ("keys generate --out other.pem", "", 0),
        ("licence sign --key isk.pem --in licence.json --out envelope.json", "", 0),
        ("keys trust --pin isk.pub.pem --product tlsstress --out trust.json", "", 0),
        ("keys trust --pin other.pub.pem --product tlsstress --out other.json", "", 0),
        ("+licence verify envelope.json --trust trust.json --bench bench-7", "", 0),
        ("+licence verify envelope.json --trust other.json --bench bench-7", "", 1),
        ("+licence verify envelope.json --trust trust.json --bench bench-8", "", 1),
        ("+licence inspect envelope.json", "", 0),
        ("+licence decide envelope.json --trust other.json --bench bench-7", "", 1),
        ("vault init vault --key device.pem --bench bench-7", "", 0),
        ("+vault status vault", "", 0),
        (
            "+licence ingest license --trust trust.json --log log --bench bench-7 --vault vault --device-key device.pem",
            "",
            0,
        ),
        (
            "+licence ingest again --trust trust.json --log log --bench bench-7 --vault vault --device-key device.pem",
            "",
            1,
        ),
        ("+licence seen log --trust trust.json --bench bench-7", "", 4),
        ("+vault status vault", "", 0),
    ];
    let mut wrong = Vec::new();
    let mut look = |line: &str, stdin: &str, status: i32| {
        if line.contains("ingest license") {
            fs::copy(dir.join("envelope.json"), dir.join("license/incoming/envelope.json")).unwrap();
            fs::write(
                dir.join("again/incoming/edited.json"),
                fs::read_to_string(dir.join("envelope.json")).unwrap().replace("Rather", "rather"),
            )
            .unwrap();
        }
        let done = at(dir, line.trim_start_matches('+'), stdin);
        if done.status != status {
            wrong.push(format!(
                "{line}: {} instead of {status}: {}{}",
                done.status,
                done.text(),
                done.stderr
            ));
        } else if line.starts_with('+') {
            wrong.extend(faults(done.text()).into_iter().map(|fault| format!("{line}: {fault}")));
        }
    };
    for (line, stdin, status) in script {
        look(line, stdin, status);
    }
    for (command, status) in [
        ("+vault simulate vault", 0),
        ("+vault spend vault --key device.pem", 0),
        ("+vault simulate vault", 0),
    ] {
        look(&format!("{command} {spend}"), "", status);
    }
    look("+vault simulate vault --request-id r-2 --class test-hours --amount 6000 --purpose p", "", 1);
    look("+vault history vault", "", 0);
    look("+vault status vault --warn-days 1", "", 0);
    look("+vault verify vault --device-key device.pub.pem", "", 4);
    look("+vault verify vault --device-key other.pub.pem", "", 1);
    look("+dlp scan build", "", 0);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
