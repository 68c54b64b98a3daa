//! What a report says in its document, what it counts when parts are merged, and what of it becomes an event.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use ztp_audit::correlate::finding::{Finding, Stream};
use ztp_audit::correlate::report::WitnessKind;
use ztp_audit::correlate::{Kind, Report, Settings, Uid, correlate};
use ztp_audit::verify::NoProgress;
use ztp_core::canonical;
use ztp_core::event::admission::Decision;
use ztp_core::time::Timestamp;

use super::pair::{Log, Pair, START_MS};

fn document(report: &Report) -> Value {
    serde_json::from_slice(&canonical::write(&report.to_value()).unwrap()).unwrap()
}

/// Three decisions a minute apart: one sealed as it was made, one sealed otherwise and 45 s late, one not sealed yet.
fn three() -> (Pair, Report) {
    let mut pair = Pair::of(3, 60_000);
    pair.sealed[1].decision.decision = Decision::Deny;
    pair.sealed[1].at_ms = START_MS + 105_000;
    pair.sealed.pop();
    let mut log = Log::default();
    log.opened(START_MS, 3_600_000);
    pair.sealed.iter().for_each(|told| log.decision(told));
    let settings =
        Settings { since_ms: Some(START_MS), until_ms: Some(START_MS + 130_000), ..Settings::default() };
    let report = correlate(&pair.lines()[..], 0, &log.source(), settings, &NoProgress).unwrap();
    (pair, report)
}

#[test]
fn a_document_says_each_member_that_its_format_names() {
    let (pair, report) = three();
    let mut found = document(&report);
    let uid = |at: usize| pair.admission[at].decision.uid.as_str();
    let digest =
        |decision: &ztp_core::event::admission::AdmissionDecision| decision.digest().unwrap().to_string();
    let decided = json!({"at": "2026-05-12T08:01:00.000Z", "decision": "allow", "digest": digest(&pair.admission[1].decision), "line": 2});
    let sealed = json!({"at": "2026-05-12T08:01:45.000Z", "decision": "deny", "digest": digest(&pair.sealed[1].decision), "seq": 2});
    let finding = |kind: &str, severity: &str, facts: Value| {
        json!({
            "admission": decided, "at": "2026-05-12T08:01:45.000Z", "facts": facts, "kind": kind, "reason": "", "sealed": sealed,
            "severity": severity, "stream": null, "uid": uid(1),
        })
    };
    // The points are rounded up by at most 1/32.
    let points = found["drift"]["series"]["points"].take();
    assert_eq!(points.as_array().unwrap().len(), 2);
    for (point, start, drift) in
        [(&points[0], "2026-05-12T08:00:00.000Z", 40), (&points[1], "2026-05-12T08:01:00.000Z", 45_000)]
    {
        assert_eq!((&point["start"], &point["count"]), (&json!(start), &json!(1)));
        for name in ["max_ms", "p50_ms", "p95_ms", "p99_ms"] {
            let shown = point[name].as_i64().unwrap();
            assert!((drift..=drift + drift / 32).contains(&shown), "{name} of {point}");
        }
    }
    let expected = json!({
        "drift": {
            "count": 2, "max_ms": 45_000, "p50_ms": 40, "p95_ms": 45_000, "p99_ms": 45_000,
            "series": {"points": null, "width_ms": 60_000},
            "worst": [
                {"drift_ms": 45_000, "line": 2, "seq": 2, "uid": uid(1)},
                {"drift_ms": 40, "line": 1, "seq": 1, "uid": uid(0)},
            ],
        },
        "findings": [
            finding("altered", "critical", json!({})), finding("drift", "warning", json!({"drift_ms": 45_000})),
        ],
        "findings_total": {"altered": 1, "drift": 1},
        "judged_early": 0,
        "offset": {
            "drift_around_median": {"count": 2, "max_ms": 44_960, "p50_ms": 0, "p95_ms": 44_960, "p99_ms": 44_960},
            "mad_ms": 0, "median_ms": 40, "subtracted": false,
        },
        "pairs": 2,
        "pending": [{"at": "2026-05-12T08:02:00.000Z", "line": 3, "stream": "admission", "uid": uid(2)}],
        "pending_total": 1,
        "schema": "ztp.correlation.report/1",
        "settings": {
            "findings_max": 100, "grace_ms": 30_000, "heartbeat_ms": 3_600_000, "order_tolerance_ms": 1_000,
            "remembered_max": 65_536, "skew_ms": 5_000, "step_ms": 1_000, "threshold_ms": 30_000, "waiting_max": 32_768,
        },
        "status": "findings",
        "unchecked": [
            "decisions_that_neither_stream_was_given", "entries_outside_the_window", "pending_and_dates_without_a_clock",
        ],
        "window": {"edge": "2026-05-12T08:02:10.000Z", "now": null, "since": "2026-05-12T08:00:00.000Z", "until": "2026-05-12T08:02:10.000Z"},
        "witnesses": [
            {"decisions": 3, "first": "2026-05-12T08:00:00.000Z", "kind": "jsonl", "last": "2026-05-12T08:02:00.000Z",
             "name": "admission", "unreadable": 0},
            {"decisions": 2, "first": "2026-05-12T08:00:00.040Z", "kind": "sealed_log", "last": "2026-05-12T08:01:45.000Z",
             "name": "sealed_log", "unreadable": 0},
            {"kind": "absent", "name": "kube_audit"},
            {"kind": "absent", "name": "pod_inventory"},
        ],
    });
    assert_eq!(found, expected);
}

#[test]
fn a_document_of_streams_without_decisions_has_no_time_it_does_not_know() {
    let report = correlate(&b""[..], 0, &Log::default().source(), Settings::default(), &NoProgress).unwrap();
    let found = document(&report);
    assert_eq!(found["status"], "nothing");
    assert_eq!(found["window"], json!({"edge": null, "now": null, "since": null, "until": null}));
    assert_eq!(found["offset"]["median_ms"], Value::Null);
    assert_eq!(
        (&found["witnesses"][0]["first"], &found["witnesses"][0]["last"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        found["unchecked"],
        json!([
            "decisions_that_neither_stream_was_given",
            "pending_and_dates_without_a_clock",
            "silence_of_the_sealed_log"
        ])
    );
}

#[test]
fn what_could_not_be_checked_is_named_for_its_own_reason_only() {
    let (_, mut report) = three();
    let of = |report: &Report| report.unchecked().into_iter().collect::<BTreeSet<_>>();
    let usual = of(&report);
    let mut added = |change: &dyn Fn(&mut Report), undo: &dyn Fn(&mut Report)| {
        change(&mut report);
        let names: Vec<_> = of(&report).difference(&usual).copied().collect();
        undo(&mut report);
        names
    };
    assert_eq!(added(&|r| r.order_unjudged = 1, &|r| r.order_unjudged = 0), ["order_of_late_pairs"]);
    assert_eq!(
        added(&|r| r.clocks_not_followed = 1, &|r| r.clocks_not_followed = 0),
        ["clocks_beyond_the_boots_followed"]
    );
    let ring = |r: &mut Report| r.witnesses[0].kind = WitnessKind::Ring;
    assert_eq!(added(&ring, &|r| r.witnesses[0].kind = WitnessKind::Jsonl), ["decisions_that_left_the_ring"]);
    // One side of a window is a window.
    for (since_ms, until_ms, named) in [(None, None, false), (Some(0), None, true), (None, Some(0), true)] {
        (report.settings.since_ms, report.settings.until_ms) = (since_ms, until_ms);
        assert_eq!(of(&report).contains("entries_outside_the_window"), named);
    }
}

#[test]
fn every_count_of_a_merged_report_is_the_sum_of_its_parts_and_its_extent_covers_both() {
    let (_, part) = three();
    let of = |n: u64| {
        let mut report = part.clone();
        report.pairs = n;
        report.pending_total = 2 * n;
        report.judged_early = 3 * n;
        report.order_unjudged = 4 * n;
        report.clocks_not_followed = 5 * n;
        let at = i64::try_from(n).unwrap();
        report.edge_ms = Some(at);
        for (witness, factor) in report.witnesses.iter_mut().zip([6, 7]) {
            witness.decisions = factor * n;
            witness.unreadable = factor * 10 * n;
            witness.extent_ms = Some((at, 100 - at));
        }
        report
    };
    for (first, second) in [(10, 3), (3, 10)] {
        let mut merged = of(first);
        merged.merge(&of(second));
        let counts = [
            merged.pairs,
            merged.pending_total,
            merged.judged_early,
            merged.order_unjudged,
            merged.clocks_not_followed,
            merged.witnesses[0].decisions,
            merged.witnesses[1].decisions,
            merged.witnesses[0].unreadable,
            merged.witnesses[1].unreadable,
        ];
        assert_eq!(counts, [13, 26, 39, 52, 65, 78, 91, 780, 910]);
        assert_eq!(merged.edge_ms, Some(10));
        assert_eq!(merged.witnesses[0].extent_ms, Some((3, 97)));
        assert_eq!((merged.findings.total(Kind::Altered), merged.findings.total(Kind::Drift)), (2, 2));
        assert_eq!(merged.signed.distances(0).count, 4);
    }
    let mut blank = of(1);
    blank.witnesses[0].extent_ms = None;
    let mut merged = blank.clone();
    merged.merge(&of(1));
    assert_eq!(merged.witnesses[0].extent_ms, Some((1, 99)));
    merged.merge(&blank);
    assert_eq!(merged.witnesses[0].extent_ms, Some((1, 99)));
}

#[test]
fn merged_lists_keep_the_earliest_pending_and_the_twenty_largest_drifts() {
    let of = |from: usize| {
        let mut pair = Pair::of(100, 1_000);
        for (at, (told, decided)) in pair.sealed.iter_mut().zip(&pair.admission).enumerate() {
            told.at_ms = decided.at_ms + i64::try_from(from + at).unwrap();
        }
        pair.report(Settings::default())
    };
    let drifts = |report: &Report| -> Vec<i64> {
        let worst = document(report)["drift"]["worst"].clone();
        worst.as_array().unwrap().iter().map(|one| one["drift_ms"].as_i64().unwrap()).collect()
    };
    let (mut low, high) = (of(0), of(90));
    assert_eq!(drifts(&low), (80..100).rev().collect::<Vec<_>>());
    low.merge(&high);
    assert_eq!(drifts(&low), (170..190).rev().collect::<Vec<_>>());

    let (_, mut report) = three();
    report.settings.findings_max = 2;
    let mut other = report.clone();
    report.pending.clear();
    other.pending.clear();
    let uid = Uid::new(b"a").unwrap();
    for at_ms in [1, 4] {
        report.pending.insert((at_ms, uid.clone()), (Stream::Sealed, 0));
        other.pending.insert((at_ms + 1, uid.clone()), (Stream::Sealed, 0));
    }
    report.merge(&other);
    assert_eq!(report.pending.keys().map(|(at_ms, _)| *at_ms).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(document(&report)["pending"][0]["seq"], 0);
}

#[test]
fn the_clocks_of_64_boots_are_followed_and_every_reading_of_another_is_counted() {
    for (boots, expected) in [(63, 0), (64, 0), (65, 2), (70, 12)] {
        let mut log = Log::default();
        log.opened(START_MS, 3_600_000);
        for reading in 0..2_i64 {
            for boot in 0..boots {
                let name = format!("5a0f0d1e-7b1d-4a7e-9d39-{boot:012x}");
                log.sealed(START_MS + reading, &name, reading.unsigned_abs());
            }
        }
        let report = correlate(&b""[..], 0, &log.source(), Settings::default(), &NoProgress).unwrap();
        assert_eq!(report.clocks_not_followed, expected, "{boots} boots");
        assert_eq!(report.findings.total(Kind::ClockStep), 0);
    }
}

#[test]
fn a_clock_that_steps_says_by_how_much_and_between_which_moments() {
    let boot = "5a0f0d1e-7b1d-4a7e-9d39-2f0a4c6be001";
    for (steps, at_ms, facts) in [
        ([0, 2_000], START_MS, [2_000, START_MS, START_MS + 62_000]),
        ([2_000, 0], START_MS + 2_000, [2_000, START_MS + 60_000, START_MS + 2_000]),
    ] {
        let mut log = Log::default();
        log.opened(START_MS - 1_000, 3_600_000);
        for (n, step) in (0_i64..).zip(steps) {
            log.sealed(START_MS + n * 60_000 + step, boot, 7_000 + 60_000 * n.unsigned_abs());
        }
        let report = correlate(&b""[..], 0, &log.source(), Settings::default(), &NoProgress).unwrap();
        let found = report.findings.iter().next().unwrap();
        assert_eq!((found.kind, found.at_ms, found.stream), (Kind::ClockStep, at_ms, Some(Stream::Sealed)));
        let names = ["moved_ms", "wall_least_ahead_at_ms", "wall_most_ahead_at_ms"];
        assert_eq!(found.facts, names.into_iter().zip(facts).collect::<Vec<_>>());
        assert_eq!(found.reason, format!("boot {boot}"));
    }
}

#[test]
fn a_finding_becomes_an_event_that_names_its_places() {
    let now: Timestamp = "2026-05-12T09:00:00.000Z".parse().unwrap();
    let (pair, report) = three();
    let payload = |finding: &Finding| -> Value {
        let event = finding.to_event(now).unwrap();
        assert_eq!((event.class().as_str(), event.timestamp()), ("correlation.finding", now));
        serde_json::from_slice(&canonical::write(event.payload()).unwrap()).unwrap()
    };
    let drift = payload(report.findings.iter().find(|finding| finding.kind == Kind::Drift).unwrap());
    for (name, value) in [
        ("drift_ms", json!(45_000)),
        ("finding", json!("drift")),
        ("line", json!(2)),
        ("seq", json!(2)),
        ("severity", json!("warning")),
        ("uid", json!(pair.admission[1].decision.uid)),
    ] {
        assert_eq!(drift[name], value, "{name}");
    }
    // Where no entry is shown, the place is the fact of that name, and no other fact.
    let mut unreadable = Finding::new(Kind::Unreadable, START_MS);
    unreadable.facts = vec![("first_seq", 4), ("line", 5), ("seq", 6)];
    let found = payload(&unreadable);
    assert_eq!((&found["line"], &found["seq"]), (&json!(5), &json!(6)));
}
