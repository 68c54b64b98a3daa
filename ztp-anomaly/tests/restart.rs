//! A restart at any record, and another order within the tolerance, change nothing.
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

use common::{Record, line, run, timeline};
use proptest::prelude::*;
use ztp_anomaly::{Detectors, Settings};
use ztp_core::canonical::Value;
use ztp_core::digest::{Digest, sha256};

fn restart(parts: &[Value], records: &[Record]) -> Detectors {
    let hash_at = |seq: u64| records.get(usize::try_from(seq).unwrap()).map(|record| record.hash);
    Detectors::restore(parts, hash_at, Vec::new()).expect("a snapshot of a running fold is taken up")
}

#[test]
fn a_restart_after_every_record_gives_the_same_alerts_and_the_same_state() {
    let mut restarts = 0_usize;
    for timeline in timeline::all() {
        // One that never stops, and one that stops after each record: the same alerts and the same state at each.
        let mut whole = Detectors::new(timeline.settings.clone(), Vec::new());
        let mut stopped = Detectors::new(timeline.settings.clone(), Vec::new());
        for record in &timeline.records {
            let (mut expected, mut found) = (Vec::new(), Vec::new());
            whole.step(&record.raw(), &mut expected).unwrap();
            stopped.step(&record.raw(), &mut found).unwrap();
            assert_eq!(found, expected, "{}, record {}", timeline.name, record.seq);
            let parts: Vec<Value> = stopped.snapshot().into_iter().map(|output| output.payload).collect();
            // Both at once: what is taken up is the state of the one that never stopped.
            assert_eq!(parts.len(), 1);
            let hash = parts[0].get("state_hash").and_then(Value::as_str).unwrap();
            assert_eq!(hash, sha256(&whole.state()).to_string(), "{}, record {}", timeline.name, record.seq);
            stopped = restart(&parts, &timeline.records);
            restarts += 1;
        }
        assert_eq!(stopped.state(), whole.state(), "{}", timeline.name);
    }
    println!("{restarts} restarts");
    assert!(restarts > 10_000);
}

/// Every continuation of every restart to the end of its timeline: minutes, so only if `ZTP_RESTART_ALL` is set.
#[test]
fn each_single_restart_leads_to_the_same_end() {
    if std::env::var_os("ZTP_RESTART_ALL").is_none() {
        println!("SKIPPED: set ZTP_RESTART_ALL to run every timeline to its end from every record");
        return;
    }
    for timeline in timeline::all() {
        let (whole, expected) = run(timeline.settings.clone(), &timeline.records);
        let mut detectors = Detectors::new(timeline.settings.clone(), Vec::new());
        let mut so_far = Vec::new();
        for (n, record) in timeline.records.iter().enumerate() {
            detectors.step(&record.raw(), &mut so_far).unwrap();
            let parts: Vec<Value> = detectors.snapshot().into_iter().map(|output| output.payload).collect();
            let mut again = restart(&parts, &timeline.records);
            let mut out = Vec::new();
            for later in &timeline.records[n + 1..] {
                again.step(&later.raw(), &mut out).unwrap();
            }
            assert_eq!(out[..], expected[so_far.len()..], "{}, from record {n}", timeline.name);
            assert_eq!(again.state(), whole.state(), "{}, from record {n}", timeline.name);
        }
        println!("{}: {} restarts", timeline.name, timeline.records.len());
    }
}

#[test]
fn a_snapshot_of_another_chain_or_with_a_changed_byte_is_refused() {
    let timeline = timeline::all().into_iter().next().unwrap();
    let (detectors, _) = run(timeline.settings.clone(), &timeline.records);
    let parts: Vec<Value> = detectors.snapshot().into_iter().map(|output| output.payload).collect();
    let code = |parts: &[Value], hash: Digest| {
        ztp_core::Coded::code(&Detectors::restore(parts, |_| Some(hash), Vec::new()).unwrap_err())
    };
    assert_eq!(code(&parts, Digest::ZERO), "anomaly_snapshot_other_chain");
    assert_eq!(code(&[], Digest::ZERO), "anomaly_snapshot_malformed");
    let hash = timeline.records.last().unwrap().hash;
    for member in ["state", "state_hash", "config_hash", "parts", "part"] {
        let Value::Object(mut members) = parts[0].clone() else { unreachable!() };
        members.insert(member.to_owned(), Value::from("00"));
        assert_eq!(code(&[Value::Object(members)], hash), "anomaly_snapshot_malformed", "{member}");
    }
}

/// Records whose own times are shuffled by less than the tolerance: alerts that have no sequence numbers in them are equal.
fn told(records: &[Record], settings: &Settings) -> Vec<String> {
    let (_, out) = run(settings.clone(), records);
    let mut lines: Vec<String> = out
        .iter()
        .map(|output| {
            let facts = common::member(output, &["facts"]).and_then(Value::as_object).unwrap();
            let facts: Vec<String> = facts
                .iter()
                .filter(|(name, _)| !name.ends_with("_seq"))
                .map(|(name, value)| format!("{name}={value:?}"))
                .collect();
            // Told at arrival, not in order: how often is compared, not which of two came first.
            if common::text(output, &["detector"]) == "unreadable-record" {
                return format!("unreadable-record {}", common::text(output, &["phase"]));
            }
            format!("{} {}", line(output), facts.join(" "))
        })
        .collect();
    lines.sort();
    lines
}

/// The same records written in another order: each but the log's own up to 14.5 s later than it was.
fn shuffled(timeline: &timeline::Timeline, seed: u64) -> Vec<Record> {
    let mut state = seed;
    let mut order: Vec<(i64, usize)> = Vec::new();
    for (place, record) in timeline.records.iter().enumerate() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The log's own records stay where they are in time.
        let own = record.class.starts_with("log.");
        let late = if own { 0 } else { i64::try_from(state >> 33).unwrap() % 14_500 };
        order.push((timeline.arrivals[place] + late, place));
    }
    order.sort_unstable();
    let mut chain = common::Chain::default();
    for (_, place) in order {
        let record = &timeline.records[place];
        let payload =
            ztp_core::canonical::read(&record.payload, &ztp_core::canonical::Limits::default()).unwrap();
        chain.push(&record.class, &payload, record.timestamp.as_millis());
    }
    chain.records
}

/// Whether the order of two records is itself something to be told: one that is late or from the future, or the seal that
/// shows a jump of the clock, which divides the records that one clock dated from those that another did.
fn is_about_order(told: &[String]) -> bool {
    let about = ["late-record", "future-timestamp", "clock-discontinuity"];
    told.iter().any(|line| about.iter().any(|notice| line.contains(notice)))
}

/// What fired and for whom, without when and how often.
fn fired(records: &[Record], settings: &Settings) -> Vec<String> {
    let (_, out) = run(settings.clone(), records);
    let of = |path: &[&str], output: &ztp_anomaly::Output| common::text(output, path).to_owned();
    let mut fired: Vec<String> = out
        .iter()
        .filter(|output| common::text(output, &["phase"]) == "fired")
        .map(|o| [of(&["detector"], o), of(&["key", "scope"], o), of(&["key", "name"], o)].join(" "))
        .collect();
    fired.sort();
    fired.dedup();
    fired
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]
    #[test]
    fn any_order_within_30_seconds_gives_equal_alerts(seed in any::<u64>()) {
        let (mut equal, mut fire) = (0, 0);
        for timeline in timeline::all() {
            let expected = told(&timeline.records, &timeline.settings);
            let other = shuffled(&timeline, seed);
            if is_about_order(&expected) {
                // When such a record is counted depends on when it is written; what fires, and for whom, does not.
                let expected = fired(&timeline.records, &timeline.settings);
                prop_assert_eq!(fired(&other, &timeline.settings), expected, "{}", timeline.name);
                fire += 1;
            } else {
                prop_assert_eq!(told(&other, &timeline.settings), expected, "{}", timeline.name);
                equal += 1;
            }
        }
        prop_assert!(equal >= 28 && fire >= 6, "{} and {} timelines were shuffled", equal, fire);
    }
}

fn cases() -> u32 {
    std::env::var("ZTP_PERMUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(8)
}
