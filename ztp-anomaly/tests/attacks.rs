//! Attacks, each against a detector that lacks one thing and against ours: the attack wins there and is told here.
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
mod weak;

use common::{Chain, Record, member, run, text};
use ztp_anomaly::{Output, Settings};
use ztp_core::canonical::Value;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Monday 2026-01-05, 00:00 UTC.
const START: i64 = 1_767_571_200_000;

/// A log under construction: events at offsets from the start, seals in between.
struct Bench {
    events: Vec<(i64, i64, &'static str, Value)>,
}

impl Bench {
    fn new() -> Self {
        Self { events: Vec::new() }
    }

    fn admission(&mut self, at: i64, decision: &str, members: &[(&str, &str)]) {
        self.arriving(at, at, decision, members);
    }

    fn arriving(&mut self, at: i64, arrives: i64, decision: &str, members: &[(&str, &str)]) {
        let uid = format!("uid-{}", self.events.len());
        let mut all = vec![
            ("decision", Value::from(decision)),
            ("mode", Value::from("enforce")),
            ("namespace", Value::from("web-agents")),
            ("operation", Value::from("CREATE")),
            ("uid", Value::from(uid)),
            ("user", Value::from("system:controller")),
            ("would_deny", Value::from(decision == "deny")),
        ];
        all.extend(members.iter().map(|(name, value)| (*name, Value::from(*value))));
        self.events.push((arrives, at, "admission.decision", Value::object(all)));
    }

    fn records(&self, heartbeat: i64, until: i64) -> Vec<Record> {
        let mut events: Vec<_> = self.events.iter().collect();
        events.sort_by_key(|(arrives, ..)| *arrives);
        let mut events = events.into_iter().peekable();
        let mut chain = Chain::default();
        chain.opened(START, heartbeat);
        for seal in (0..=until).step_by(usize::try_from(heartbeat).unwrap()) {
            while let Some((_, at, class, payload)) = events.next_if(|(arrives, ..)| *arrives <= seal) {
                chain.push(class, payload, START + at);
            }
            chain.sealed(START + seal, "b", seal);
        }
        chain.records
    }
}

fn fired(out: &[Output], detector: &str) -> Option<i64> {
    let first = out.iter().find(|o| text(o, &["detector"]) == detector && text(o, &["phase"]) == "fired");
    first.map(|output| output.at.as_millis() - START)
}

fn told(bench: &Bench, heartbeat: i64, until: i64) -> Vec<Output> {
    run(Settings::default(), &bench.records(heartbeat, until)).1
}

#[test]
fn a_burst_astride_the_full_hour_beats_a_tumbling_window_and_not_a_sliding_one() {
    let mut bench = Bench::new();
    let times: Vec<i64> = (0..6).map(|n| if n < 3 { 59 * MINUTE } else { 61 * MINUTE } + n).collect();
    for (n, at) in times.iter().enumerate() {
        let [pod, ticket] = [format!("pod-{n}"), format!("INC-{n}")];
        bench.admission(*at, "break-glass", &[("object_uid", &pod), ("ticket", &ticket)]);
    }
    assert!(!weak::tumbling(&times, HOUR, 3), "the attack does not work");
    assert_eq!(fired(&told(&bench, MINUTE, 2 * HOUR), "break-glass-burst"), Some(61 * MINUTE + 3));
}

#[test]
fn one_record_from_the_future_empties_a_window_that_evicts_by_the_newest_and_not_ours() {
    let mut bench = Bench::new();
    let mut times = Vec::new();
    for n in 0..400 {
        bench.admission(n * SECOND, "deny", &[]);
        times.push(n * SECOND);
        if n % 40 == 39 {
            bench.arriving(n * SECOND + 365 * DAY, n * SECOND, "deny", &[]);
            times.push(n * SECOND + 365 * DAY);
        }
    }
    assert!(!weak::evicting_by_newest(&times, MINUTE, 50), "the attack does not work");
    assert_eq!(fired(&told(&bench, MINUTE, 10 * MINUTE), "denial-flood"), Some(349 * SECOND));
}

#[test]
fn a_flood_that_dips_each_minute_beats_a_hold_and_not_four_of_five_minutes() {
    let mut bench = Bench::new();
    let mut times = Vec::new();
    for minute in 0..30 {
        // 51 at once, then nothing until the minute is over and eleven seconds more.
        for n in 0..51 {
            times.push(minute * 71 * SECOND + n);
            bench.admission(minute * 71 * SECOND + n, "deny", &[]);
        }
    }
    assert!(!weak::sustained(&times, MINUTE, 50, 5 * MINUTE, 10 * SECOND), "the attack does not work");
    let out = told(&bench, MINUTE, 40 * MINUTE);
    assert_eq!(fired(&out, "denial-flood"), None);
    assert_eq!(fired(&out, "denial-minutes"), Some(3 * 71 * SECOND + 50));
}

#[test]
fn a_flood_spread_over_principals_beats_counts_by_principal_and_not_the_count_of_all() {
    let mut bench = Bench::new();
    for n in 0..400 {
        let user = format!("system:u{}", n % 40);
        bench.admission(n * SECOND, "deny", &[("user", &user)]);
    }
    // What each of the forty does is far below the threshold.
    let each: Vec<i64> = (0..10).map(|n| n * 40 * SECOND).collect();
    assert!(!weak::sustained(&each, MINUTE, 50, 5 * MINUTE, 10 * SECOND), "the attack does not work");
    let out = told(&bench, MINUTE, 10 * MINUTE);
    assert_eq!(fired(&out, "denial-flood"), Some(350 * SECOND));
}

#[test]
fn one_uid_for_every_decision_beats_a_count_of_uids_and_not_a_count_of_what_was_decided() {
    let flood = |own: bool| {
        let mut bench = Bench::new();
        for n in 0..1_200 {
            let (name, uid) = (format!("pod-{n}"), if own { format!("u-{n}") } else { "u-1".to_owned() });
            bench.admission(n * 500, "deny", &[("name", name.as_str()), ("uid", uid.as_str())]);
        }
        bench
    };
    // Who counts uids sees one denial.
    let uids: std::collections::BTreeSet<_> = flood(false)
        .events
        .iter()
        .map(|(.., payload)| payload.get("uid").cloned().map(|uid| format!("{uid:?}")))
        .collect();
    assert_eq!(uids.len(), 1);
    let told = |own| {
        told(&flood(own), MINUTE, HOUR)
            .iter()
            .map(|out| text(out, &["detector"]).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(false), told(true));
    assert!(told(false).iter().any(|detector| detector == "denial-flood"));

    // Nor does it help to name nothing: what else a decision says tells it from the one before.
    let mut nameless = Bench::new();
    for n in 0..1_200 {
        let digest = format!("{n:064x}");
        nameless.admission(n * 500, "deny", &[("object_digest", digest.as_str()), ("uid", "u-1")]);
    }
    assert!(fired(&self::told(&nameless, MINUTE, HOUR), "denial-flood").is_some());

    // The same request asked again is a retry, however often.
    let mut retries = Bench::new();
    for n in 0..1_200 {
        retries.admission(n * 500, "deny", &[("name", "pod"), ("uid", "u-1")]);
    }
    assert_eq!(fired(&self::told(&retries, MINUTE, HOUR), "denial-flood"), None);
}

#[test]
fn fifty_denials_a_minute_for_ever_beat_the_flood_and_not_the_cap_of_a_day() {
    let mut bench = Bench::new();
    let mut times = Vec::new();
    for n in 0..3000 {
        times.push(n * 1200);
        bench.admission(n * 1200, "deny", &[]);
    }
    assert!(!weak::sustained(&times, MINUTE, 50, 5 * MINUTE, 10 * SECOND), "the attack does not work");
    let out = told(&bench, MINUTE, 70 * MINUTE);
    assert_eq!((fired(&out, "denial-flood"), fired(&out, "denial-burst")), (None, None));
    assert_eq!(fired(&out, "denial-day"), Some(2000 * 1200));
}

/// Days of 400 admissions of which a share is of tier B, and some denials.
fn days(bench: &mut Bench, from: i64, shares_ppm: &[i64], total: i64) {
    for (day, share) in shares_ppm.iter().enumerate() {
        let start = (from + i64::try_from(day).unwrap()) * DAY;
        let tier_b = total * share / 1_000_000;
        for n in 0..total {
            // Spread evenly: every so-many-th is of tier B.
            let is_b = (n + 1) * tier_b / total > n * tier_b / total;
            let tier = if is_b { "B" } else { "A" };
            bench.admission(start + n * (DAY / total) + 7, "allow", &[("tier", tier)]);
        }
    }
}

/// Shares of an insider who knows the detector and stays below its limit, day after day.
fn frog(clean: &[i64], days: usize) -> Vec<i64> {
    let mut shares = clean.to_vec();
    for _ in 0..days {
        // Today's window is compared with the fourteen days that end a day before yesterday's end.
        let baseline: Vec<i64> = shares.iter().rev().skip(1).take(14).copied().collect();
        let limit = weak::limit_ppm(&baseline).min(weak::naive_limit_ppm(&shares));
        shares.push(limit - 1000);
    }
    shares.split_off(clean.len())
}

#[test]
fn a_boiling_frog_beats_mean_and_two_sigma_and_is_told_by_day_seven() {
    let clean: Vec<i64> = (0..30).map(|day| 50_000 + (day % 3) * 2500).collect();
    let frog = frog(&clean, 20);
    assert!(*frog.last().unwrap() > 3 * clean[0], "the frog gets nowhere: {frog:?}");
    let mut bench = Bench::new();
    days(&mut bench, 0, &clean, 400);
    days(&mut bench, 30, &frog, 400);
    let mut seen = clean.clone();
    for share in &frog {
        assert!(!weak::mean_and_two_sigma(&seen, *share), "the naive detector catches it at {share}");
        seen.push(*share);
    }
    let out = told(&bench, HOUR, 50 * DAY);
    let day = fired(&out, "tier-b-drift").expect("the frog is told") / DAY - 29;
    assert!(day <= 7, "told on day {day}");
    let before: Vec<&str> = out
        .iter()
        .filter(|o| o.at.as_millis() - START < 30 * DAY && text(o, &["phase"]) == "fired")
        .map(|o| text(o, &["detector"]))
        .collect();
    assert!(before.is_empty(), "alerts in clean days: {before:?}");
}

#[test]
fn tier_b_diluted_by_junk_of_tier_a_keeps_its_share_and_is_told_by_its_number() {
    let clean = vec![50_000; 30];
    let mut bench = Bench::new();
    days(&mut bench, 0, &clean, 400);
    // Three times as many of both: the share stays.
    days(&mut bench, 30, &[50_000; 3], 1200);
    let out = told(&bench, HOUR, 33 * DAY);
    assert_eq!(fired(&out, "tier-b-ratio"), None);
    let at = fired(&out, "tier-b-count").expect("the number is told");
    assert!((30 * DAY..31 * DAY).contains(&at), "told at day {}", at / DAY);
    assert!(fired(&out, "admission-volume").is_some());
}

#[test]
fn the_first_pod_of_tier_b_after_a_baseline_of_none_is_told_and_a_deviation_of_zero_hides_nothing() {
    let mut bench = Bench::new();
    days(&mut bench, 0, &[0; 30], 400);
    days(&mut bench, 30, &[50_000], 400);
    assert!(
        !weak::median_and_mad(&[0; 14], 50_000),
        "a detector that stops at a deviation of 0 says nothing"
    );
    let at = fired(&told(&bench, HOUR, 31 * DAY), "tier-b-ratio").expect("told");
    assert!((30 * DAY..31 * DAY).contains(&at));
}

#[test]
fn without_a_baseline_only_half_is_too_much_and_windows_are_elapsed_hours() {
    let mut bench = Bench::new();
    days(&mut bench, 0, &[600_000], 400);
    let at = fired(&told(&bench, HOUR, 2 * DAY), "tier-b-absolute").expect("told");
    assert!(at <= HOUR, "told after {at} ms");
    let mut few = Bench::new();
    days(&mut few, 0, &[1_000_000], 4);
    assert_eq!(fired(&told(&few, HOUR, 2 * DAY), "tier-b-absolute"), None, "four pods are no share");
}

#[test]
fn a_flood_of_keys_fills_no_memory_and_loses_no_count() {
    let mut bench = Bench::new();
    for n in 0..30_000 {
        let [user, namespace] = [format!("system:u{n}"), format!("n{n}")];
        bench.admission(n * 10, "deny", &[("user", &user), ("namespace", &namespace)]);
    }
    let (detectors, out) = run(Settings::default(), &bench.records(MINUTE, 10 * MINUTE));
    let [names, principals, namespaces, _] = detectors.in_memory();
    assert_eq!((principals, namespaces), (4096, 4096));
    assert!(names <= 2 * 4096 + 1, "{names} names are kept");
    let overflow: Vec<i64> = out
        .iter()
        .filter(|output| text(output, &["detector"]) == "key-overflow")
        .filter_map(|output| member(output, &["facts", "count_today"]).and_then(Value::as_int))
        .collect();
    // Two tables of 4096 keys, and 8192 pairs of a principal and a verb: told when it doubles.
    let beyond: i64 = 2 * (30_000 - 4096) + (30_000 - 8192);
    let told = 1_i64 << beyond.ilog2();
    assert_eq!(overflow.last(), Some(&told), "{beyond} found no place: {overflow:?}");
    assert!(fired(&out, "denial-flood").is_some());
    let other = out.iter().find(|output| text(output, &["key", "name"]) == "(other)");
    assert!(other.is_some(), "what found no place is counted together");
}

#[test]
fn more_records_than_wait_in_order_are_told_and_none_is_lost() {
    let mut bench = Bench::new();
    for n in 0..80_000 {
        // All within the tolerance.
        bench.admission(n / 4, "deny", &[]);
    }
    let (detectors, out) = run(Settings::default(), &bench.records(MINUTE, 10 * MINUTE));
    assert!(out.iter().any(|output| text(output, &["detector"]) == "order-overflow"));
    assert_eq!(detectors.waiting(), 0);
    let last = out
        .iter()
        .rfind(|o| text(o, &["detector"]) == "denial-burst" && text(o, &["key", "scope"]) == "global");
    assert_eq!(member(last.unwrap(), &["facts", "count"]).and_then(Value::as_int), Some(80_000));
}
