//! Memory is bounded, and reaching a bound is said, never silent.

use ztp_audit::correlate::{Kind, Settings};

use super::pair::{Pair, kinds};

#[test]
fn more_entries_without_a_partner_than_the_bound_are_all_counted_and_the_bound_is_a_finding() {
    let mut pair = Pair::of(1_000, 1_000);
    pair.sealed.truncate(100);
    let settings = Settings { waiting_max: 200, findings_max: 10, ..Settings::default() };
    let report = pair.report(settings);
    assert_eq!(kinds(&report), [(Kind::MissingInSealed, 870), (Kind::BoundReached, 1)]);
    assert_eq!(report.pending_total, 30);
    assert_eq!(report.findings.iter().filter(|f| f.kind == Kind::MissingInSealed).count(), 10);
    assert!(report.judged_early > 0);
    assert_eq!(report.code(), Some("correlation_missing_in_sealed"));
}

#[test]
fn a_partner_that_comes_after_the_bound_is_missing_on_both_sides_and_the_report_says_why() {
    let mut pair = Pair::of(1_000, 1_000);
    // One decision is sealed at the very end, and meanwhile every record is exchanged for another: nothing finds its partner.
    let late = pair.sealed.remove(0);
    for told in &mut pair.sealed[100..900] {
        told.decision.uid.replace_range(..1, "f");
    }
    pair.sealed.push(late);
    let settings = Settings { waiting_max: 200, ..Settings::default() };
    let report = pair.report(settings);
    assert_eq!(report.findings.total(Kind::MissingInSealed), 801);
    assert_eq!(report.findings.total(Kind::MissingInAdmission), 801);
    assert_eq!(report.findings.total(Kind::BoundReached), 1);
    // With room for all of them it has its partner.
    let roomy = pair.report(Settings::default());
    assert_eq!(roomy.findings.total(Kind::MissingInSealed), 800);
    assert_eq!((roomy.findings.total(Kind::MissingInAdmission), roomy.judged_early), (800, 0));
}

#[test]
fn a_copy_that_comes_later_than_is_remembered_is_an_entry_without_a_partner() {
    let mut pair = Pair::of(500, 1_000);
    let mut copy = pair.sealed[0].clone();
    copy.at_ms = pair.sealed[499].at_ms + 1;
    pair.sealed.push(copy);
    let short = Settings { remembered_max: 100, ..Settings::default() };
    let settled = |settings| {
        let mut log_later = pair.clone();
        log_later.sealed[500].at_ms -= 40_000;
        kinds(&log_later.report(settings))
    };
    assert_eq!(settled(Settings::default()), [(Kind::DuplicateIdentical, 1)]);
    assert_eq!(settled(short), [(Kind::MissingInAdmission, 1)]);
}

#[test]
fn a_stream_that_starts_in_the_future_does_not_fill_the_memory() {
    let mut pair = Pair::of(2_000, 1_000);
    // The first decision claims the year 2200: reading by time alone would now wait for the log to get there.
    pair.admission[0].at_ms += 5_500_000_000_000;
    let settings = Settings { waiting_max: 100, ..Settings::default() };
    let report = pair.report(settings);
    assert_eq!(kinds(&report), [(Kind::Drift, 1)]);
    assert_eq!((report.pairs, report.judged_early), (2_000, 0));
}
