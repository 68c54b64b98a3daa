//! Honest years, made by a program that shares nothing with the detectors (`vectors/python/honest_bench.py`): how many alerts they give.
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

use std::collections::BTreeMap;
use std::path::Path;

use common::text;
use ztp_anomaly::{Admission, Detectors, Input, Output, Settings};
use ztp_core::digest::Digest;
use ztp_core::event::admission::{Decision, Tier};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// Thursday 2026-01-01, 00:00 UTC.
const START: i64 = 1_767_225_600_000;

/// What the detectors say of a bench given as counts of each hour. `each` may change the counts: hour, then tier A, tier B, denied.
fn watch(file: &Path) -> Vec<Output> {
    watch_until(file, usize::MAX, |_, _| {})
}

fn watch_until(file: &Path, until: usize, each: impl Fn(usize, &mut [u64; 3])) -> Vec<Output> {
    let hours = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let mut detectors = Detectors::new(Settings::default(), Vec::new());
    let (mut seq, mut out) = (0, Vec::new());
    let mut step = |wall: i64, input: &Input<'_>, out: &mut Vec<Output>| {
        detectors.step_input(seq, Digest::ZERO, wall, input, out).unwrap();
        seq += 1;
    };
    step(START, &Input::Log { heartbeat_ms: Some(HOUR), boot_id: None, monotonic_ms: None }, &mut out);
    for (n, hour) in hours.split_whitespace().enumerate().take(until) {
        let mut counts = [0_u64; 3];
        for (count, digits) in counts.iter_mut().zip(hour.split('/')) {
            *count = digits.parse().unwrap();
        }
        each(n, &mut counts);
        let from = START + n as i64 * HOUR;
        let all: u64 = counts.iter().sum();
        let mut at = 0;
        // One after the other, as evenly as they go.
        for (kind, count) in counts.into_iter().enumerate() {
            for _ in 0..count {
                let uid = format!("{n}-{at}");
                at += 1;
                let decision = if kind == 2 { Decision::Deny } else { Decision::Allow };
                let tier = [Some(Tier::A), Some(Tier::B), None][kind];
                let admission = Admission {
                    decision,
                    tier,
                    uid: &uid,
                    user: "system:deployer",
                    namespace: "web-agents",
                    name: "pod",
                    kind: "Pod",
                    object_uid: "",
                    operation: "CREATE",
                    ticket: "",
                    content: 0,
                };
                let when = from + at as i64 * (HOUR - 1) / (all as i64 + 1);
                step(when, &Input::Admission(admission), &mut out);
            }
        }
        step(from + HOUR, &Input::Log { heartbeat_ms: None, boot_id: None, monotonic_ms: None }, &mut out);
    }
    out
}

fn of(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/honest").join(name)
}

/// Fired alerts by rule, with the hour of each, and how often the guide's threshold was noticed.
fn fired(out: &[Output]) -> (BTreeMap<String, Vec<i64>>, usize) {
    let mut rules: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for output in out.iter().filter(|output| text(output, &["phase"]) == "fired") {
        let hour = (output.at.as_millis() - START) / HOUR;
        rules.entry(text(output, &["detector"]).to_owned()).or_default().push(hour);
    }
    let noticed = out.iter().filter(|output| text(output, &["detector"]) == "tier-b-above-baseline").count();
    (rules, noticed)
}

#[test]
fn four_honest_years_give_no_alert_and_what_the_guide_calls_high_is_noticed() {
    for kind in ["binomial", "dispersed"] {
        let (rules, noticed) = fired(&watch(&of(&format!("{kind}.txt"))));
        assert_eq!(rules, BTreeMap::new(), "{kind}");
        // Two years: a detector that alerts at two standard deviations would cry wolf as often.
        assert!(noticed > 30, "{kind}: {noticed}");
    }
}

/// Every fourth admission is of tier B from noon on, after history that is chance, on working days of a year. At 300 admissions a day no
/// detector with so few false alarms can be sure of it within a day (docs/false-alarms.md): most are, and all within 60 hours.
#[test]
fn a_step_from_15_to_25_percent_is_an_alert_within_a_day() {
    let begins = (90..400).step_by(19).filter(|day| (day + 3) % 7 < 4).map(|day| day * 24 + 12);
    let mut after: Vec<i64> = begins
        .map(|step| {
            let passed = std::cell::Cell::new(0_u64);
            let out = watch_until(&of("binomial.txt"), step + 96, |hour, counts| {
                let [a, b, _] = *counts;
                if hour >= step {
                    let before = passed.replace(passed.get() + a + b);
                    let tier_b = passed.get() / 4 - before / 4;
                    (counts[0], counts[1]) = (a + b - tier_b, tier_b);
                }
            });
            let hours = fired(&out).0.into_values().flatten().collect::<Vec<_>>();
            let first = hours.iter().min().expect("an alert");
            assert!(*first >= step as i64, "before it began: {hours:?}");
            first - step as i64
        })
        .collect();
    after.sort_unstable();
    println!("hours to an alert: {after:?}");
    let within_a_day = after.iter().filter(|hours| **hours <= 24).count();
    assert!(within_a_day * 2 >= after.len() && *after.last().unwrap() <= 60, "{after:?}");
}

/// Years from elsewhere: `ZTP_HONEST=FILE` with lines as `honest_bench.py --hours` writes them.
#[test]
fn years_from_a_file() {
    let Ok(files) = std::env::var("ZTP_HONEST") else {
        println!("SKIPPED: ZTP_HONEST names no file");
        return;
    };
    for file in files.split(':') {
        println!("{file} {:?}", fired(&watch(Path::new(file))));
    }
}
