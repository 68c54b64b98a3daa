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
use ztp_core::digest::Digest;

fn restart(detectors: &Detectors, records: &[Record]) -> Detectors {
    let parts: Vec<Value> = detectors.snapshot().into_iter().map(|output| output.payload).collect();
    let hash_at = |seq: u64| records.get(usize::try_from(seq).unwrap()).map(|record| record.hash);
    Detectors::restore(&parts, hash_at, Vec::new()).expect("a snapshot of a running fold is taken up")
}

#[test]
fn a_restart_after_every_record_gives_the_same_alerts_and_the_same_state() {
    for timeline in timeline::all() {
        let (whole, expected) = run(timeline.settings.clone(), &timeline.records);
        // A restart copies all state: of the long timelines, every nth record.
        let every = (timeline.records.len() / 400).max(1);
        let mut detectors = Detectors::new(timeline.settings.clone(), Vec::new());
        let mut out = Vec::new();
        for (n, record) in timeline.records.iter().enumerate() {
            detectors.step(&record.raw(), &mut out).unwrap();
            if n % every == 0 {
                detectors = restart(&detectors, &timeline.records);
            }
        }
        assert_eq!(out, expected, "{}", timeline.name);
        assert_eq!(detectors.state(), whole.state(), "{}", timeline.name);
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn any_order_within_30_seconds_gives_equal_alerts(seed in any::<u64>()) {
        let mut shuffled_timelines = 0;
        for timeline in timeline::all() {
            if timeline.records.len() > 3000 {
                continue;
            }
            let expected = told(&timeline.records, &timeline.settings);
            // Records that are late or from the future are not in order within 30 s. Across a jump of the clock, the order of
            // a record and the seal that shows the jump is what tells which clock dated it: another order is another log.
            let about_order = ["late-record", "future-timestamp", "clock-discontinuity"];
            if expected.iter().any(|line| about_order.iter().any(|notice| line.contains(notice))) {
                continue;
            }
            shuffled_timelines += 1;
            let mut state = seed;
            let mut shuffled: Vec<(i64, usize)> = Vec::new();
            for (place, record) in timeline.records.iter().enumerate() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // The log's own records stay where they are in time; the others move by up to 14 s.
                let own = record.class.starts_with("log.");
                let late = if own { 0 } else { i64::try_from(state >> 33).unwrap() % 14_500 };
                shuffled.push((record.timestamp.as_millis() + late, place));
            }
            shuffled.sort_unstable();
            let mut chain = common::Chain::default();
            for (_, place) in shuffled {
                let record = &timeline.records[place];
                let payload = ztp_core::canonical::read(&record.payload, &ztp_core::canonical::Limits::default()).unwrap();
                chain.push(&record.class, &payload, record.timestamp.as_millis());
            }
            prop_assert_eq!(told(&chain.records, &timeline.settings), expected, "{}", timeline.name);
        }
        prop_assert!(shuffled_timelines >= 20, "{} timelines were shuffled", shuffled_timelines);
    }
}
