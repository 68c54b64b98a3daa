//! What an auditor finds when the alerts in the log are not those that its records call for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    missing_docs,
    dead_code,
    reason = "test code"
)]

mod common;

use common::{Chain, Record, timeline};
use ztp_anomaly::{Detectors, Output, Replay, Settings};
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::time::Timestamp;

/// A log with its alerts sealed as a bench does it: after each record, what it led to; a snapshot now and then.
fn sealed(timeline: &timeline::Timeline, snapshots: bool) -> Vec<Record> {
    let mut detectors = Detectors::new(timeline.settings.clone(), Vec::new());
    let mut chain = Chain::default();
    for (n, record) in timeline.records.iter().enumerate() {
        let payload = canonical::read(&record.payload, &Limits::default()).unwrap();
        push(&mut chain, &mut detectors, &record.class, &payload, record.timestamp.as_millis());
        if n == 0 {
            // A record that no detector reads, to put other things in its place.
            let payload = Value::object([("findings", 0_i64)]);
            push(&mut chain, &mut detectors, "ops-checklist", &payload, record.timestamp.as_millis());
        }
        if snapshots && n % 97 == 0 {
            for part in detectors.snapshot() {
                push(
                    &mut chain,
                    &mut detectors,
                    "anomaly.snapshot",
                    &part.payload,
                    record.timestamp.as_millis(),
                );
            }
        }
    }
    chain.records
}

fn push(chain: &mut Chain, detectors: &mut Detectors, class: &str, payload: &Value, wall: i64) {
    chain.push(class, payload, wall);
    let mut out: Vec<Output> = Vec::new();
    detectors.step(&chain.records.last().unwrap().raw(), &mut out).unwrap();
    for output in out {
        push(chain, detectors, output.class.as_str(), &output.payload, wall);
    }
}

fn replay(records: &[Record]) -> Value {
    let mut replay = Replay::new(Settings::default(), Vec::new());
    for record in records {
        replay.record(&record.raw()).unwrap();
    }
    replay.finish(None)
}

/// Renumbers records after some were taken out or put in.
fn chained(records: impl IntoIterator<Item = (String, Value, i64)>) -> Vec<Record> {
    let mut chain = Chain::default();
    for (class, payload, wall) in records {
        chain.push(&class, &payload, wall);
    }
    chain.records
}

fn open(records: &[Record]) -> Vec<(String, Value, i64)> {
    let payload = |record: &Record| canonical::read(&record.payload, &Limits::default()).unwrap();
    records
        .iter()
        .map(|record| (record.class.clone(), payload(record), record.timestamp.as_millis()))
        .collect()
}

fn codes(verdict: &Value) -> Vec<String> {
    let findings = verdict.get("findings").and_then(Value::as_array).unwrap();
    findings.iter().map(|finding| finding.get("code").and_then(Value::as_str).unwrap().to_owned()).collect()
}

fn status(verdict: &Value) -> &str {
    verdict.get("status").and_then(Value::as_str).unwrap()
}

fn with_defaults() -> Vec<timeline::Timeline> {
    timeline::all().into_iter().filter(|timeline| timeline.settings == Settings::default()).collect()
}

#[test]
fn alerts_sealed_by_the_detectors_replay_byte_for_byte_with_their_snapshots() {
    let mut snapshots = 0;
    for timeline in with_defaults() {
        let verdict = replay(&sealed(&timeline, true));
        assert_eq!((status(&verdict), codes(&verdict)), ("holds", vec![]), "{}", timeline.name);
        let count = |name: &str| verdict.get("snapshots").and_then(|s| s.get(name)).and_then(Value::as_int);
        snapshots += count("checked").unwrap();
        assert_eq!((count("differ"), count("unchecked")), (Some(0), Some(0)), "{}", timeline.name);
    }
    assert!(snapshots > 50, "{snapshots} snapshots were compared");
}

#[test]
fn each_alert_taken_out_changed_or_put_in_is_found() {
    let timelines = with_defaults();
    let timeline = timelines.iter().find(|t| t.name.starts_with("60 a minute")).unwrap();
    let whole = open(&sealed(timeline, false));
    let alerts: Vec<usize> = (0..whole.len()).filter(|&n| whole[n].0.starts_with("anomaly.")).collect();
    assert!(alerts.len() > 20);
    // The last alerts wait for the grace to pass; a minute of silence is not in this log.
    let end = whole.last().unwrap().2;
    for &place in alerts.iter().filter(|&&place| end - whole[place].2 > 100_000) {
        // In its place a record that means nothing: taking it out would renumber all that follow.
        let mut cut = whole.clone();
        cut[place] = ("ops-checklist".to_owned(), Value::object([("findings", 0_i64)]), whole[place].2);
        assert_eq!(codes(&replay(&chained(cut))), ["anomaly_alert_missing"], "{place} taken out");

        let mut changed = whole.clone();
        let Value::Object(members) = &mut changed[place].1 else { unreachable!() };
        members.insert("severity".to_owned(), Value::from("notice"));
        assert_eq!(codes(&replay(&chained(changed))), ["anomaly_alert_altered"], "{place} changed");

        let mut twice = whole.clone();
        twice.push(whole[place].clone());
        assert_eq!(codes(&replay(&chained(twice))), ["anomaly_alert_extra"], "{place} put in twice");

        let mut renumbered = whole.clone();
        renumbered.remove(place);
        assert_eq!(status(&replay(&chained(renumbered))), "differs", "{place} taken out and renumbered");
    }
    let early = {
        // The alert in the place of a neutral record before it, and a neutral record in its own.
        let mut moved = whole.clone();
        moved.swap(alerts[0], 1);
        assert_eq!(moved[alerts[0]].0, "ops-checklist");
        chained(moved)
    };
    assert_eq!(codes(&replay(&early)), ["anomaly_alert_out_of_order"]);
    let none = chained(whole.iter().filter(|(class, ..)| !class.starts_with("anomaly.")).cloned());
    let verdict = replay(&none);
    assert!(codes(&verdict).iter().all(|code| code == "anomaly_alert_missing"));
    assert_eq!(status(&verdict), "differs");
}

#[test]
fn a_record_of_the_bench_taken_out_of_a_flood_changes_what_is_called_for() {
    let timelines = with_defaults();
    let timeline = timelines.iter().find(|t| t.name.starts_with("60 a minute")).unwrap();
    let mut whole = open(&sealed(timeline, false));
    let denial = whole.iter().position(|(class, ..)| class == "admission.decision").unwrap();
    whole.remove(denial);
    assert_eq!(status(&replay(&chained(whole))), "differs");
}

#[test]
fn a_snapshot_with_another_state_is_found_and_one_that_others_follow_is_named_unchecked() {
    let timelines = with_defaults();
    let timeline = timelines.iter().find(|t| t.name.starts_with("60 a minute")).unwrap();
    let whole = open(&sealed(timeline, true));
    let places: Vec<usize> = (0..whole.len()).filter(|&n| whole[n].0 == "anomaly.snapshot").collect();
    // The state of another record, whole in itself.
    let mut forged = whole.clone();
    let Value::Object(other) = forged[places[1]].1.clone() else { unreachable!() };
    let Value::Object(members) = &mut forged[places[3]].1 else { unreachable!() };
    for name in ["state", "state_hash"] {
        members.insert(name.to_owned(), other[name].clone());
    }
    assert!(codes(&replay(&chained(forged))).contains(&"anomaly_state_differs".to_owned()));

    let mut moved = whole.clone();
    let snapshot = moved.remove(places[2]);
    moved.insert(places[2] + 10, snapshot);
    let verdict = replay(&chained(moved));
    let unchecked = verdict.get("snapshots").and_then(|s| s.get("unchecked")).and_then(Value::as_int);
    // Hashes of later records changed with the move: their snapshots are of another chain.
    assert_eq!(unchecked, Some(1));
}

#[test]
fn a_log_without_records_is_nothing_and_never_holds() {
    assert_eq!(status(&replay(&[])), "nothing");
}

#[test]
fn an_alert_that_was_never_sealed_is_pending_for_a_minute_by_the_readers_clock_and_missing_after_it() {
    let (mut cut_short, mut never_judged) = (0, 0);
    for timeline in with_defaults() {
        let records = open(&sealed(&timeline, false));
        // The bench is stopped before it seals what it last had to say.
        let Some(last) = records.iter().rposition(|(class, ..)| class == "anomaly.fired") else { continue };
        let cut = chained(records.into_iter().take(last));
        let verdict = |now_ms: Option<i64>| {
            let mut replay = Replay::new(Settings::default(), Vec::new());
            cut.iter().for_each(|record| replay.record(&record.raw()).unwrap());
            replay.finish(now_ms.map(|ms| Timestamp::from_millis(ms).unwrap()))
        };
        let pending = |verdict: &Value| verdict.get("alerts_pending").and_then(Value::as_int).unwrap();
        let by_the_log = verdict(None);
        if status(&by_the_log) != "holds" || pending(&by_the_log) == 0 {
            continue;
        }
        cut_short += 1;
        let end = cut.last().unwrap().timestamp.as_millis();
        let later = verdict(Some(end + 10 * 86_400_000));
        assert_eq!((status(&later), pending(&later)), ("differs", 0), "{}", timeline.name);
        assert!(codes(&later).iter().all(|code| code == "anomaly_alert_missing"), "{:?}", codes(&later));
        // Records whose alerts were not due yet when the log was stopped were judged by nobody: that is not "holds" either.
        let few = chained(open(&cut).into_iter().take(4));
        let mut replay = Replay::new(Settings::default(), Vec::new());
        few.iter().for_each(|record| replay.record(&record.raw()).unwrap());
        let last = few.last().unwrap().timestamp.as_millis();
        let stopped = replay.finish(Some(Timestamp::from_millis(last + 10 * 86_400_000).unwrap()));
        if stopped.get("waiting_records").and_then(Value::as_int) != Some(0) && codes(&stopped).is_empty() {
            assert_eq!(status(&stopped), "incomplete", "{}", timeline.name);
            never_judged += 1;
        }
        // A clock that is behind the log ends nothing early.
        assert_eq!(pending(&verdict(Some(end - 86_400_000))), pending(&by_the_log));
        let unchecked = |verdict: &Value| format!("{:?}", verdict.get("unchecked"));
        assert!(unchecked(&by_the_log).contains("no time was given"));
        assert!(!unchecked(&later).contains("no time was given"));
    }
    assert!(cut_short > 5 && never_judged > 0, "{cut_short} {never_judged}");
}
