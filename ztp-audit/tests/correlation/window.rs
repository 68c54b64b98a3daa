//! A window limits what is judged and counted, and a list limits what is shown: each at its exact edge.

use std::sync::Mutex;

use proptest::prelude::*;
use ztp_audit::correlate::finding::{Finding, Findings, Stream};
use ztp_audit::correlate::{Kind, Report, Settings, correlate};
use ztp_audit::source::MemorySource;
use ztp_audit::verify::{NoProgress, Progress};

use super::pair::{Log, Pair, START_MS, kinds};

fn window(since_ms: i64, until_ms: i64) -> Settings {
    let (since_ms, until_ms) = (Some(START_MS + since_ms), Some(START_MS + until_ms));
    Settings { since_ms, until_ms, ..Settings::default() }
}

#[test]
fn a_witness_tells_of_the_decisions_inside_the_window_and_of_no_other() {
    let pair = Pair::of(100, 1_000);
    let report = pair.report(window(20_000, 60_000));
    let [admission, sealed] = &report.witnesses;
    assert_eq!((admission.decisions, sealed.decisions), (40, 40));
    assert_eq!(admission.extent_ms, Some((START_MS + 20_000, START_MS + 59_000)));
    assert_eq!(sealed.extent_ms, Some((START_MS + 20_040, START_MS + 59_040)));
    let [admission, sealed] = &pair.report(Settings::default()).witnesses;
    assert_eq!((admission.decisions, sealed.decisions), (100, 100));
    let [admission, _] = &pair.report(window(-2, -1)).witnesses;
    assert_eq!((admission.decisions, admission.extent_ms), (0, None));
}

#[test]
fn a_line_that_cannot_be_read_belongs_to_the_time_before_it_and_is_judged_by_the_window() {
    let pair = Pair::of(10, 1_000);
    let mut lines = Vec::new();
    for line in pair.lines().split_inclusive(|byte| *byte == b'\n') {
        lines.extend_from_slice(line);
        lines.extend_from_slice(b"{\n");
    }
    let found = |settings, lines: &[u8]| correlate(lines, 0, &pair.log(), settings, &NoProgress).unwrap();
    for (settings, expected) in
        [(Settings::default(), 10), (window(3_000, 7_000), 4), (window(90_000, 91_000), 0)]
    {
        let report = found(settings, &lines);
        assert_eq!(report.findings.total(Kind::Unreadable), expected);
        assert_eq!(report.witnesses[0].unreadable, expected);
        assert!(report.findings.iter().all(|finding| finding.stream == Some(Stream::Admission)));
    }
    // Before anything was read its time is not known: it counts in every window.
    let report = found(window(90_000, 91_000), &[b"{\n", &pair.lines()[..]].concat());
    assert_eq!((report.findings.total(Kind::Unreadable), report.witnesses[0].unreadable), (1, 1));
}

/// One decision at `decided_ms`, sealed at `sealed_ms`, both counted from the start, seen through a window of 100 to 200 seconds.
fn alone(decided_ms: i64, sealed_ms: i64) -> Report {
    let mut pair = Pair::of(1, 0);
    pair.admission[0].at_ms = START_MS + decided_ms;
    pair.sealed[0].at_ms = START_MS + sealed_ms;
    pair.report(window(100_000, 200_000))
}

#[test]
fn a_partner_outside_the_window_is_looked_for_within_twice_the_threshold() {
    for (decided_ms, sealed_ms, expected) in [
        (39_999, 100_000, vec![Kind::MissingInAdmission]),
        (40_000, 100_000, vec![Kind::Drift]),
        (100_000, 39_999, vec![Kind::MissingInSealed]),
        (100_000, 40_000, vec![Kind::Drift]),
        (150_000, 259_999, vec![Kind::Drift]),
        (150_000, 260_000, vec![Kind::MissingInSealed]),
        // Neither is inside: nothing is said of them.
        (40_000, 99_999, vec![]),
        (200_000, 259_999, vec![]),
    ] {
        let report = alone(decided_ms, sealed_ms);
        // One pair alone that is so far apart is a skew as well.
        let found: Vec<Kind> = kinds(&report)
            .into_iter()
            .map(|(kind, _)| kind)
            .filter(|kind| *kind != Kind::ClockSkew)
            .collect();
        assert_eq!(found, expected, "{decided_ms} and {sealed_ms}");
        assert_eq!(report.pairs, u64::from(expected == [Kind::Drift]), "{decided_ms} and {sealed_ms}");
    }
}

#[test]
fn only_the_first_record_of_a_log_promises_a_heartbeat() {
    let silent_hour = |second_opens: bool| -> MemorySource {
        let mut log = Log::default();
        if second_opens {
            log.other("tpm.probe", START_MS);
        }
        log.opened(START_MS, 60_000);
        log.other("tpm.probe", START_MS + 3_600_000);
        log.source()
    };
    for (second_opens, expected) in [(false, vec![(Kind::WitnessGap, 1)]), (true, vec![])] {
        let log = silent_hour(second_opens);
        let report = correlate(&b""[..], 0, &log, Settings::default(), &NoProgress).unwrap();
        assert_eq!(kinds(&report), expected);
        assert_eq!(report.unchecked().contains(&"silence_of_the_sealed_log"), second_opens);
    }
}

/// Keeps what it is told.
#[derive(Default)]
struct Told(Mutex<Vec<(u64, u64)>>);

impl Progress for Told {
    fn advance(&self, done: u64, total: u64) {
        self.0.lock().unwrap().push((done, total));
    }
    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn progress_is_of_the_bytes_of_both_streams_and_never_goes_back() {
    let pair = Pair::of(9_000, 1_000);
    let (lines, log, told) = (pair.lines(), pair.log(), Told::default());
    let log_bytes: usize = log.segments.values().map(Vec::len).sum();
    correlate(&lines[..], lines.len() as u64, &log, Settings::default(), &told).unwrap();
    let told = told.0.into_inner().unwrap();
    let total = (lines.len() + log_bytes) as u64;
    assert!(told.len() > 2, "{told:?}");
    assert!(told.iter().all(|(done, of)| *of == total && done <= of), "{told:?}, not of {total}");
    assert!(told.is_sorted(), "{told:?}");
}

#[test]
fn a_sealed_entry_keeps_its_place_in_the_order_while_strangers_are_judged_early() {
    // The first record is of the last decision; before its partner comes, the bound is reached again and again.
    let mut pair = Pair::of(300, 50);
    let mut first = pair.sealed[299].clone();
    first.at_ms = START_MS;
    pair.sealed = vec![first];
    let settings = Settings { waiting_max: 100, ..Settings::default() };
    let report = pair.report(settings);
    assert_eq!((report.pairs, report.order_unjudged), (1, 0));
    assert!(report.judged_early > 0);
    assert_eq!(report.findings.total(Kind::MissingInSealed), 299);
}

#[test]
fn pending_entries_are_all_counted_and_the_earliest_are_listed() {
    let mut pair = Pair::of(20, 1_000);
    pair.sealed.truncate(12);
    // The log's own heartbeat would move the edge past the grace.
    let mut log = Log::default();
    log.opened(START_MS, 3_600_000);
    pair.sealed.iter().for_each(|told| log.decision(told));
    let settings = Settings { findings_max: 3, ..Settings::default() };
    let report = correlate(&pair.lines()[..], 0, &log.source(), settings, &NoProgress).unwrap();
    assert_eq!((report.pending_total, kinds(&report)), (8, vec![]));
    let listed: Vec<i64> = report.pending.keys().map(|(at_ms, _)| at_ms - START_MS).collect();
    assert_eq!(listed, [12_000, 13_000, 14_000]);
}

proptest! {
    /// What the list would do is what it then does: a finding that would not be listed changes the count alone, and one that
    /// is listed was foretold. Of each kind the earliest are listed.
    #[test]
    fn a_list_shows_the_earliest_of_each_kind_and_says_before_whether_it_will(
        max in 0_usize..5,
        given in prop::collection::vec((prop::bool::ANY, 0_i64..20), 0..40),
    ) {
        let mut findings = Findings::new(max);
        let mut expected = [Vec::new(), Vec::new()];
        for (place, (drift, at_ms)) in (0_i64..).zip(given) {
            let kind = if drift { Kind::Drift } else { Kind::Altered };
            let mut finding = Finding::new(kind, at_ms);
            finding.facts = vec![("place", place)];
            let foretold = findings.would_list(kind, at_ms);
            let of = &mut expected[usize::from(drift)];
            // A list of none shows nothing, whatever is foretold of the first.
            let earlier = of.iter().filter(|at| **at < at_ms).count();
            prop_assert!(foretold || earlier >= max, "at {at_ms} among {of:?}");
            prop_assert!(!foretold || of.iter().filter(|at| **at < at_ms).count() < max.max(1) , "at {at_ms} among {of:?}");
            of.push(at_ms);
            findings.add(finding.clone());
            let listed = findings.iter().any(|shown| *shown == finding);
            prop_assert!(!listed || foretold);
            prop_assert_eq!(findings.total(kind), of.len() as u64);
        }
        for (kind, mut all) in [(Kind::Altered, expected[0].clone()), (Kind::Drift, expected[1].clone())] {
            all.sort_unstable();
            all.truncate(max);
            let shown: Vec<i64> = findings.iter().filter(|f| f.kind == kind).map(|f| f.at_ms).collect();
            prop_assert_eq!(shown, all);
        }
    }
}
