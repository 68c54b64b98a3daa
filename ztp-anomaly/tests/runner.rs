//! A bench that stops and starts at any time seals what one that never stopped would, and takes no state's word.
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

use common::{Chain, Record, line, member, run, text, timeline};
use ztp_anomaly::{AnomalyError, Detectors, Kept, Output, Replay, Runner, Sealed, Settings};
use ztp_core::Coded;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::Digest;

fn payload(record: &Record) -> Value {
    canonical::read(&record.payload, &Limits::default()).unwrap()
}

/// What a run over the log gives, and whether a state is among it.
fn pending(
    records: &[Record],
    settings: &Settings,
    kept: Option<Kept>,
    snapshot: bool,
) -> Result<Vec<Output>, AnomalyError> {
    let from = kept.map_or(0, |kept| usize::try_from(kept.seq).unwrap());
    let mut sealed = Sealed::new(kept);
    for record in &records[from.min(records.len())..] {
        sealed.record(&record.raw());
    }
    let mut runner = Runner::new(settings.clone(), Vec::new(), sealed)?;
    for record in &records[usize::try_from(runner.next_seq()).unwrap()..] {
        assert!(runner.record(&record.raw())?);
    }
    Ok(runner.finish(snapshot))
}

/// Appends events as one batch; returns what is kept of the state among them.
fn seal(chain: &mut Chain, events: &[Output], wall: i64) -> Option<Kept> {
    let mut kept = None;
    for event in events {
        chain.push(event.class.as_str(), &event.payload, wall);
        if event.class.as_str() == "anomaly.snapshot" {
            let hex = |name| Digest::from_hex(text(event, &[name])).unwrap();
            let seq = member(event, &["seq"]).and_then(Value::as_int).unwrap() as u64;
            kept = Some(Kept { seq, chain_hash: hex("chain_hash"), state_hash: hex("state_hash") });
        }
    }
    kept
}

fn of_classes(records: &[Record], prefix: &[&str]) -> usize {
    records.iter().filter(|record| prefix.contains(&record.class.as_str())).count()
}

const ALERTS: [&str; 3] = ["anomaly.fired", "anomaly.resolved", "anomaly.noticed"];

/// A bench over a timeline that runs its detectors after every nth record; `keeps` goes on from the state it kept.
fn bench(timeline: &timeline::Timeline, every: usize, keeps: bool) -> Vec<Record> {
    let mut chain = Chain::default();
    let mut kept = None;
    for (n, record) in timeline.records.iter().enumerate() {
        let wall = record.timestamp.as_millis();
        chain.push(&record.class, &payload(record), wall);
        if n % every == 0 || n + 1 == timeline.records.len() {
            let events = pending(&chain.records, &timeline.settings, kept, true).unwrap();
            let now = seal(&mut chain, &events, wall);
            kept = now.filter(|_| keeps);
        }
    }
    chain.records
}

fn replay(records: &[Record], settings: &Settings) -> Value {
    let mut sealed = Sealed::new(None);
    records.iter().for_each(|record| sealed.record(&record.raw()));
    let mut replay = Replay::new(settings.clone(), Vec::new()).expecting(&sealed);
    for record in records {
        replay.record(&record.raw()).unwrap();
    }
    replay.finish(None)
}

fn count(verdict: &Value, name: &str) -> i64 {
    verdict.get("snapshots").and_then(|s| s.get(name)).and_then(Value::as_int).unwrap()
}

#[test]
fn a_bench_that_starts_again_and_again_seals_each_alert_once_and_its_states_hold() {
    let mut compared = 0;
    for timeline in timeline::all().iter().filter(|timeline| timeline.records.len() < 1500) {
        let every = (timeline.records.len() / 7).max(1);
        let (whole, kept) = (bench(timeline, every, false), bench(timeline, every, true));
        assert_eq!(whole, kept, "{}: going on from a kept state changes no byte", timeline.name);
        let (_, expected) = run(timeline.settings.clone(), &timeline.records);
        assert_eq!(of_classes(&kept, &ALERTS), expected.len(), "{}", timeline.name);
        let verdict = replay(&kept, &timeline.settings);
        let findings = verdict.get("findings").and_then(Value::as_array).unwrap();
        assert!(findings.is_empty(), "{}: {findings:?}", timeline.name);
        assert_eq!((count(&verdict, "differ"), count(&verdict, "unchecked")), (0, 0), "{}", timeline.name);
        compared += count(&verdict, "checked");
        assert!(pending(&kept, &timeline.settings, None, false).unwrap().is_empty(), "{}", timeline.name);
    }
    assert!(compared > 100, "{compared} states were compared");
}

#[test]
fn a_state_that_records_of_others_follow_before_it_is_sealed_is_compared_all_the_same() {
    let timeline = flood();
    let mut chain = Chain::default();
    let mut late = Vec::new();
    for (n, record) in timeline.records.iter().enumerate() {
        let wall = record.timestamp.as_millis();
        chain.push(&record.class, &payload(record), wall);
        if n == 200 {
            late = pending(&chain.records, &timeline.settings, None, true).unwrap();
        }
        if n == 210 {
            seal(&mut chain, &late, wall);
        }
    }
    let verdict = replay(&chain.records, &timeline.settings);
    assert_eq!((count(&verdict, "checked"), count(&verdict, "unchecked")), (1, 0));
}

fn flood() -> timeline::Timeline {
    timeline::all().into_iter().find(|t| t.name.starts_with("60 a minute")).unwrap()
}

/// The state of a bench on which nobody was ever denied anything, said to be that of this one.
fn planted(records: &[Record]) -> Vec<Value> {
    let mut detectors = Detectors::new(Settings::default(), Vec::new());
    let mut out = Vec::new();
    let mut quiet = Chain::default();
    for record in records.iter().filter(|record| record.class.starts_with("log.")) {
        quiet.push(&record.class, &payload(record), record.timestamp.as_millis());
        detectors.step(&quiet.records.last().unwrap().raw(), &mut out).unwrap();
    }
    assert!(out.is_empty());
    let last = records.last().unwrap();
    let named = |part: Output| {
        let Value::Object(mut members) = part.payload else { unreachable!() };
        members.insert("chain_hash".to_owned(), Value::from(last.hash.to_string()));
        members.insert("seq".to_owned(), Value::from(last.seq as i64));
        Value::Object(members)
    };
    detectors.snapshot().into_iter().map(named).collect()
}

/// The weakened detectors: they go on from the last state in the log, whoever wrote it.
fn trusting(records: &[Record]) -> Vec<Output> {
    let parts: Vec<Value> =
        records.iter().filter(|record| record.class == "anomaly.snapshot").map(payload).collect();
    let parts = parts[parts.len() - 1..].to_vec();
    let seq = parts[0].get("seq").and_then(Value::as_int).unwrap() as usize;
    let hash_at = |seq: u64| records.get(seq as usize).map(|record| record.hash);
    let mut detectors = Detectors::restore(&parts, hash_at, Vec::new()).unwrap();
    let mut out = Vec::new();
    for record in &records[seq + 1..] {
        detectors.step(&record.raw(), &mut out).unwrap();
    }
    out
}

fn fired(out: &[Output], detector: &str) -> Option<String> {
    let is_it = |o: &&Output| text(o, &["detector"]) == detector && text(o, &["phase"]) == "fired";
    out.iter().find(is_it).map(line)
}

#[test]
fn a_planted_state_silences_detectors_that_trust_it_and_is_a_finding_here() {
    let timeline = flood();
    let settings = &timeline.settings;
    // Root stops the detectors, floods, and before they start again writes a state in which nothing was denied: each time that
    // a flood is about to be told.
    let mut chain = Chain::default();
    let mut told_to_the_trusting = Vec::new();
    let mut refused = Vec::new();
    for (n, record) in timeline.records.iter().enumerate() {
        let wall = record.timestamp.as_millis();
        chain.push(&record.class, &payload(record), wall);
        if n % 100 == 99 {
            for part in planted(&chain.records) {
                chain.push("anomaly.snapshot", &part, wall);
            }
        }
        if n % 100 == 50 && n > 100 {
            told_to_the_trusting.extend(trusting(&chain.records));
        }
    }
    assert_eq!(fired(&told_to_the_trusting, "denial-flood"), None, "the attack wins against the trusting");
    let events = pending(&chain.records, settings, None, true).unwrap();
    assert!(fired(&events, "denial-flood").is_some());
    refused.extend(events.iter().filter(|event| event.class.as_str() == "anomaly.snapshot-refused"));
    assert_eq!(refused.len(), of_classes(&chain.records, &["anomaly.snapshot"]));
    // Sealed, each is told once; the true state behind them is taken up again and again.
    let kept = seal(&mut chain, &events, timeline.records.last().unwrap().timestamp.as_millis());
    assert!(pending(&chain.records, settings, None, false).unwrap().is_empty());
    assert!(pending(&chain.records, settings, kept, false).unwrap().is_empty());
    let verdict = replay(&chain.records, settings);
    assert_eq!(verdict.get("status").and_then(Value::as_str), Some("differs"));
    assert_eq!((count(&verdict, "differ"), count(&verdict, "checked")), (refused.len() as i64, 1));
    assert_eq!(count(&verdict, "unchecked"), 0);
}

#[test]
fn a_state_edited_in_the_log_or_of_a_later_record_is_a_finding_whatever_member_was_changed() {
    let timeline = flood();
    let half = &timeline.records[..400];
    let mut honest = Chain::default();
    half.iter().for_each(|record| honest.push(&record.class, &payload(record), record.timestamp.as_millis()));
    let wall = half.last().unwrap().timestamp.as_millis();
    let events = pending(&honest.records, &timeline.settings, None, true).unwrap();
    let state = events.last().unwrap().payload.clone();
    let Value::Object(members) = &state else { unreachable!() };
    for name in members.keys() {
        let mut changed = members.clone();
        let other = match &members[name] {
            Value::Int(n) => Value::Int(n + 5),
            _ if name.ends_with("_hash") => Value::from(Digest::ZERO.to_string()),
            _ => Value::from("enRwLWFub21hbHktc3RhdGUtMQo="),
        };
        changed.insert(name.clone(), other);
        let mut chain = Chain { records: honest.records.clone() };
        chain.push("anomaly.snapshot", &Value::Object(changed), wall);
        let verdict = replay(&chain.records, &timeline.settings);
        // The first of many parts of which no more came is no state: it is named as not compared.
        let found = (count(&verdict, "differ"), count(&verdict, "unchecked"));
        assert!(matches!(found, (1, 0) | (0, 1)), "{name}: {found:?}");
        assert_eq!(count(&verdict, "checked"), 0, "{name}");
        assert_eq!(found == (1, 0), name.as_str() != "parts", "{name}: {found:?}");
    }
}

#[test]
fn only_the_kept_state_is_gone_on_from_and_only_over_its_own_log() {
    let timeline = flood();
    let mut chain = Chain::default();
    timeline.records[..300]
        .iter()
        .for_each(|record| chain.push(&record.class, &payload(record), record.timestamp.as_millis()));
    let wall = chain.records.last().unwrap().timestamp.as_millis();
    let events = pending(&chain.records, &timeline.settings, None, true).unwrap();
    let kept = seal(&mut chain, &events, wall).unwrap();
    let code = |kept: Kept, records: &[Record]| {
        pending(records, &timeline.settings, Some(kept), true).map(|_| ()).map_err(|e| e.code())
    };
    assert_eq!(code(kept, &chain.records), Ok(()));
    let other = Kept { state_hash: Digest::ZERO, ..kept };
    assert_eq!(code(other, &chain.records), Err("anomaly_snapshot_malformed"));
    let other = Kept { chain_hash: Digest::ZERO, ..kept };
    assert_eq!(code(other, &chain.records), Err("anomaly_snapshot_other_chain"));
    let other = Kept { seq: kept.seq + 1, ..kept };
    assert_eq!(code(other, &chain.records), Err("anomaly_snapshot_other_chain"));
    let cut = &chain.records[..chain.records.len() - 1];
    assert_eq!(code(kept, cut), Err("anomaly_snapshot_malformed"));
    assert_eq!(code(Kept { seq: 1 << 50, ..kept }, &chain.records), Err("anomaly_snapshot_other_chain"));
    // Somebody who says that other bytes are the kept state does not get in its way.
    let mut before = Chain { records: chain.records[..300].to_vec() };
    let Value::Object(mut members) = events.last().unwrap().payload.clone() else { unreachable!() };
    members.insert("state".to_owned(), Value::from("enRwLWFub21hbHktc3RhdGUtMQo="));
    before.push("anomaly.snapshot", &Value::Object(members), wall);
    seal(&mut before, &events, wall);
    assert_eq!(code(kept, &before.records), Ok(()));
}
