//! The clock of whoever compares ends what is pending, and nothing that is dated after it is taken for a decision of today.

use std::io::{self, Read};

use proptest::prelude::*;
use ztp_audit::correlate::{CorrelateError, Kind, Report, Settings, correlate};
use ztp_audit::verify::{NoProgress, Progress};
use ztp_core::Coded as _;

use super::pair::{Log, Pair, START_MS, kinds};

fn at(now_ms: i64) -> Settings {
    Settings { now_ms: Some(START_MS + now_ms), ..Settings::default() }
}

/// Ten decisions at the very end of the stream, none of them sealed.
fn suppressed_at_the_end() -> Pair {
    let mut pair = Pair::of(20, 1_000);
    pair.sealed.truncate(10);
    pair
}

#[test]
fn decisions_that_were_never_sealed_are_pending_for_the_grace_and_missing_after_it() {
    let pair = suppressed_at_the_end();
    let without_a_record_after = |now_ms| {
        let mut log = Log::default();
        log.opened(START_MS, 3_600_000);
        pair.sealed.iter().for_each(|told| log.decision(told));
        correlate(&pair.lines()[..], 0, &log.source(), at(now_ms), &NoProgress).unwrap()
    };
    for (now_ms, pending, missing) in [
        (19_000, 10, 0),
        (39_999, 10, 0),
        (40_000, 9, 1),
        (48_999, 1, 9),
        (49_000, 0, 10),
        (864_000_000, 0, 10),
    ] {
        let report = without_a_record_after(now_ms);
        assert_eq!(
            (report.pending_total, report.findings.total(Kind::MissingInSealed)),
            (pending, missing),
            "{now_ms}"
        );
        assert_eq!(report.edge_ms, Some(START_MS + now_ms));
        assert_eq!(report.pending.len() as u64, pending, "each is listed");
        assert!(!report.unchecked().contains(&"pending_and_dates_without_a_clock"));
    }
    // The weakened comparison, which takes the streams' own end for now, is the one that the attack wins against.
    let mut log = Log::default();
    log.opened(START_MS, 3_600_000);
    pair.sealed.iter().for_each(|told| log.decision(told));
    let report = correlate(&pair.lines()[..], 0, &log.source(), Settings::default(), &NoProgress).unwrap();
    assert_eq!((report.pending_total, report.code()), (10, None));
    assert!(report.unchecked().contains(&"pending_and_dates_without_a_clock"));
}

#[test]
fn an_entry_dated_after_now_is_a_finding_in_either_stream_and_in_any_window() {
    for (ahead_ms, found) in [(0, 0), (30_000, 0), (30_001, 1), (250_000_000_000_000, 1)] {
        for both in [false, true] {
            let mut pair = Pair::of(20, 1_000);
            let last = pair.admission.len() - 1;
            pair.admission[last].at_ms = START_MS + 60_000 + ahead_ms;
            if both {
                pair.sealed[last].at_ms = START_MS + 60_000 + ahead_ms;
            } else {
                pair.sealed.truncate(last);
            }
            for until_ms in [None, Some(START_MS + 10_000)] {
                let report = pair.report(Settings { until_ms, ..at(60_000) });
                let total = report.findings.total(Kind::DatedAhead);
                assert_eq!(total, if both { 2 * found } else { found }, "{ahead_ms} {both} {until_ms:?}");
            }
        }
    }
    let mut pair = Pair::of(2, 1_000);
    pair.admission[1].at_ms = START_MS + 864_000_000;
    let report = pair.report(at(60_000));
    let finding = report.findings.iter().find(|finding| finding.kind == Kind::DatedAhead).unwrap();
    assert_eq!(finding.facts, [("ahead_ms", 864_000_000 - 60_000)]);
    assert_eq!(finding.uid.as_ref().unwrap().to_string(), pair.admission[1].decision.uid);
}

#[test]
fn a_record_dated_ahead_hides_no_silence() {
    let mut log = Log::default();
    log.opened(START_MS, 60_000);
    log.other("tpm.probe", START_MS + 250_000_000_000_000);
    log.other("tpm.probe", START_MS + 120_001);
    let report = correlate(&b""[..], 0, &log.source(), at(120_001), &NoProgress).unwrap();
    assert_eq!(kinds(&report), [(Kind::WitnessGap, 1)]);
}

#[test]
fn an_empty_stream_agrees_with_nothing() {
    let pair = Pair::of(3, 1_000);
    // All three are within the grace: there is no finding, and no comparison either.
    let report = correlate(&b""[..], 0, &pair.log(), at(10_000), &NoProgress).unwrap();
    assert_eq!((report.status(), report.code()), ("nothing", Some("correlation_nothing_compared")));
    assert_eq!((report.pairs, report.pending_total), (0, 3));
    let report = correlate(&b""[..], 0, &pair.log(), at(100_000), &NoProgress).unwrap();
    assert_eq!((report.status(), kinds(&report)), ("findings", vec![(Kind::MissingInAdmission, 3)]));
    let mut empty = Log::default();
    empty.opened(START_MS, 3_600_000);
    let report = correlate(&b"\n\n"[..], 0, &empty.source(), at(10_000), &NoProgress).unwrap();
    assert_eq!(report.status(), "nothing");
    let report = pair.report(at(10_000));
    assert_eq!((report.status(), report.code()), ("agree", None));
}

#[test]
fn a_line_that_cannot_be_read_before_any_time_is_known_is_shown_without_one() {
    let pair = Pair::of(3, 1_000);
    let lines = [b"{\n", &pair.lines()[..]].concat();
    let report = correlate(&lines[..], 0, &pair.log(), at(10_000), &NoProgress).unwrap();
    let document = String::from_utf8(ztp_core::canonical::write(&report.to_value()).unwrap()).unwrap();
    assert!(document.contains("\"at\":null,\"facts\":{\"line\":1}"), "{document}");
    assert!(!document.contains("1970"), "{document}");
}

/// A stream of zeros that never ends, and counts what is taken of it.
struct Hole<'a> {
    begin: &'a [u8],
    taken: std::cell::Cell<u64>,
}

impl Read for &Hole<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let taken = self.taken.get();
        let at = usize::try_from(taken).unwrap_or(usize::MAX);
        let rest = self.begin.get(at..).unwrap_or_default();
        let some = if rest.is_empty() {
            buffer.fill(0);
            buffer.len()
        } else {
            let some = rest.len().min(buffer.len());
            buffer[..some].copy_from_slice(&rest[..some]);
            some
        };
        self.taken.set(taken + some as u64);
        Ok(some)
    }
}

#[test]
fn a_line_without_an_end_is_given_up_at_64_mib_and_named() {
    let pair = Pair::of(10, 1_000);
    let lines = pair.lines();
    let hole = Hole { begin: &lines, taken: std::cell::Cell::new(0) };
    let report = correlate(&hole, 256 << 30, &pair.log(), at(100_000), &NoProgress).unwrap();
    assert_eq!(kinds(&report), [(Kind::Unreadable, 1)]);
    assert_eq!(report.pairs, 10);
    let reason = report.findings.iter().next().unwrap().reason.clone();
    assert!(reason.contains("no line feed within 67108864 bytes"), "{reason}");
    assert!(hole.taken.get() < (65 << 20), "{}", hole.taken.get());
    // A stream of nothing else could not be compared.
    let hole = Hole { begin: b"", taken: std::cell::Cell::new(0) };
    let error = correlate(&hole, 256 << 30, &pair.log(), at(100_000), &NoProgress).unwrap_err();
    assert_eq!(error.code(), "correlation_stream_unreadable");
    assert!(matches!(error, CorrelateError::Unreadable { .. }));
}

/// Cancels at the second look.
#[derive(Default)]
struct Second(std::sync::atomic::AtomicU32);

impl Progress for Second {
    fn advance(&self, _done: u64, _total: u64) {}

    fn cancelled(&self) -> bool {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 0
    }
}

#[test]
fn long_lines_are_looked_between_by_their_bytes_not_their_number() {
    // Lines of a megabyte each: 4,096 of them would be four gigabytes between two looks.
    struct Long<'a>(&'a std::cell::Cell<u64>);
    impl Read for Long<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b' ');
            let taken = self.0.get() + buffer.len() as u64;
            if taken >> 20 != self.0.get() >> 20 {
                buffer[0] = b'\n';
            }
            self.0.set(taken);
            Ok(buffer.len())
        }
    }
    let taken = std::cell::Cell::new(0);
    let pair = Pair::of(10, 1_000);
    let lines = pair.lines();
    let input = lines.chain(Long(&taken));
    let ended = correlate(input, 1 << 40, &pair.log(), at(100_000), &Second::default());
    assert_eq!(ended.unwrap_err().code(), "cancelled");
    assert!(taken.get() < (80 << 20), "{}", taken.get());
}

fn told(report: &Report) -> u64 {
    report.pairs * 2 + report.pending_total + report.findings.total(Kind::MissingInSealed)
}

proptest! {
    /// As time goes on what is pending becomes missing and never the other way, and no decision is lost from sight.
    #[test]
    fn time_only_turns_pending_into_missing(
        cut in 0_usize..20, earlier in 0_i64..100_000, later in 0_i64..100_000,
    ) {
        let mut pair = Pair::of(20, 1_000);
        pair.sealed.truncate(cut);
        let (earlier, later) = (pair.report(at(earlier.min(later))), pair.report(at(earlier.max(later))));
        prop_assert!(earlier.pending_total >= later.pending_total);
        for report in [&earlier, &later] {
            prop_assert_eq!(told(report), 20 + cut as u64);
        }
    }
}
