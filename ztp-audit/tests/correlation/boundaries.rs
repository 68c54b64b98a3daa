//! What is exactly at a threshold passes, and one millisecond more does not.

use ztp_audit::correlate::finding::Stream;
use ztp_audit::correlate::{Kind, Settings, Uid, correlate};
use ztp_audit::verify::NoProgress;

use super::pair::{Log, Pair, START_MS, kinds};

#[test]
fn streams_that_agree_have_no_finding() {
    let pair = Pair::of(500, 1_000);
    let report = pair.report(Settings::default());
    assert_eq!(kinds(&report), []);
    assert_eq!((report.pairs, report.pending_total, report.code()), (500, 0, None));
    assert_eq!(report.signed.median(), Some(40));
}

#[test]
fn thirty_seconds_pass_and_one_millisecond_more_is_a_drift() {
    for (drift_ms, expected) in
        [(30_000, None), (30_001, Some(1)), (-30_000, None), (-30_001, Some(1)), (3_600_000, Some(1))]
    {
        let mut pair = Pair::of(300, 60_000);
        // One record among many: a whole stream that is late is a skew as well.
        pair.sealed[150].at_ms = pair.admission[150].at_ms + drift_ms;
        let expected: Vec<_> = expected.into_iter().map(|total| (Kind::Drift, total)).collect();
        assert_eq!(pair.found(), expected, "{drift_ms}");
        let report = pair.report(Settings::default());
        assert_eq!(report.signed.distances(0).max_ms, drift_ms.unsigned_abs());
        if let Some(found) = report.findings.iter().next() {
            assert_eq!(found.facts, [("drift_ms", drift_ms)]);
            assert_eq!(found.sealed.as_ref().unwrap().place, 151);
            assert_eq!(found.admission.as_ref().unwrap().place, 151);
        }
    }
}

#[test]
fn a_constant_offset_is_shown_and_never_subtracted() {
    for (offset_ms, expected) in [
        (5_000, vec![]),
        (5_001, vec![(Kind::ClockSkew, 1)]),
        (30_001, vec![(Kind::Drift, 200), (Kind::ClockSkew, 1)]),
    ] {
        let mut pair = Pair::of(200, 60_000);
        for (sealed, admission) in pair.sealed.iter_mut().zip(&pair.admission) {
            sealed.at_ms = admission.at_ms + offset_ms;
        }
        let report = pair.report(Settings::default());
        assert_eq!(kinds(&report), expected, "{offset_ms}");
        assert_eq!(report.signed.median(), Some(offset_ms));
        // What explains the drift stands beside it; the drift itself is the raw one.
        assert_eq!(report.signed.distances(offset_ms).max_ms, 0);
        assert_eq!(report.signed.distances(0).p50_ms, offset_ms.unsigned_abs());
    }
}

#[test]
fn what_waits_at_the_edge_is_pending_until_the_grace_is_over() {
    for (age_ms, missing) in [(0, false), (29_999, false), (30_000, true), (30_001, true)] {
        let mut pair = Pair::of(100, 1_000);
        let suppressed = pair.sealed.pop().unwrap();
        let until_ms = Some(pair.admission[99].at_ms + age_ms).filter(|_| age_ms > 0);
        let settings = Settings { until_ms, ..Settings::default() };
        let mut log = Log::default();
        log.opened(START_MS, 3_600_000);
        pair.sealed.iter().for_each(|told| log.decision(told));
        let found = correlate(&pair.lines()[..], 0, &log.source(), settings.clone(), &NoProgress).unwrap();
        let expected: &[_] = if missing { &[(Kind::MissingInSealed, 1)] } else { &[] };
        assert_eq!(kinds(&found), expected, "{age_ms}");
        assert_eq!(found.pending_total, u64::from(!missing), "{age_ms}");
        // Seen pending twice is missing, whatever its age.
        let uid = Uid::new(suppressed.decision.uid.as_bytes()).unwrap();
        if !missing {
            assert_eq!(found.pending.keys().next().unwrap().1, uid);
            assert_eq!(found.pending.values().next().unwrap().0, Stream::Admission);
        }
        let again = Settings { pending_before: [uid].into(), ..settings };
        let found = correlate(&pair.lines()[..], 0, &log.source(), again, &NoProgress).unwrap();
        assert_eq!((kinds(&found), found.pending_total), (vec![(Kind::MissingInSealed, 1)], 0));
    }
}

#[test]
fn a_window_judges_its_own_entries_and_takes_partners_from_beside_it() {
    let mut pair = Pair::of(100, 1_000);
    // Decided in the window, sealed after it; and one missing on each side of it.
    pair.sealed[59].at_ms += 20_000;
    pair.sealed.swap(59, 79);
    pair.sealed.remove(90);
    pair.sealed.remove(10);
    let settings = Settings {
        since_ms: Some(START_MS + 20_000),
        until_ms: Some(START_MS + 60_000),
        ..Settings::default()
    };
    let report = pair.report(settings);
    assert_eq!(report.findings.total(Kind::MissingInSealed), 0);
    assert_eq!((report.pairs, report.pending_total), (40, 0));
    assert!(report.unchecked().contains(&"entries_outside_the_window"));
}

#[test]
fn a_step_of_a_wall_clock_is_found_in_either_stream() {
    let boot = "5a0f0d1e-7b1d-4a7e-9d39-2f0a4c6be001";
    for (moved_ms, expected) in [(1_000, 0), (1_001, 1), (-1_001, 1)] {
        let mut pair = Pair::of(100, 60_000);
        for (n, told) in pair.admission.iter_mut().enumerate() {
            told.decision.timing.boot_id = Some(boot.to_owned());
            told.decision.timing.mono_ms = Some(5_000 + 60_000 * n as u64);
            let step = if n >= 50 { moved_ms } else { 0 };
            told.decision.timing.wall_ms = Some((told.at_ms + step).unsigned_abs());
        }
        let report = pair.report(Settings::default());
        assert_eq!(report.findings.total(Kind::ClockStep), expected, "{moved_ms}");
        let mut log = Log::default();
        log.opened(START_MS, 3_600_000);
        for n in 0..10_i64 {
            let step = if n >= 5 { moved_ms } else { 0 };
            log.sealed(START_MS + n * 60_000 + step, boot, 7_000 + 60_000 * n.unsigned_abs());
        }
        let report = correlate(&b""[..], 0, &log.source(), Settings::default(), &NoProgress).unwrap();
        assert_eq!(report.findings.total(Kind::ClockStep), expected, "{moved_ms}");
    }
}

#[test]
fn silence_of_two_heartbeats_passes_and_more_is_a_gap() {
    for (silent_ms, expected) in [(120_000, vec![]), (120_001, vec![(Kind::WitnessGap, 1)])] {
        let mut log = Log::default();
        log.opened(START_MS, 60_000);
        log.other("tpm.probe", START_MS + silent_ms);
        let report = correlate(&b""[..], 0, &log.source(), Settings::default(), &NoProgress).unwrap();
        assert_eq!(kinds(&report), expected);
        // The same silence at the end shows when the caller says until when he asks.
        let mut log = Log::default();
        log.opened(START_MS, 60_000);
        let until = Settings { until_ms: Some(START_MS + silent_ms), ..Settings::default() };
        let report = correlate(&b""[..], 0, &log.source(), until.clone(), &NoProgress).unwrap();
        assert_eq!(kinds(&report), expected);
        // And whatever comes after it: one record behind the window hides no silence within.
        for later_ms in [silent_ms, silent_ms + 1, 10_000_000] {
            log.other("tpm.probe", START_MS + later_ms);
            let report = correlate(&b""[..], 0, &log.source(), until.clone(), &NoProgress).unwrap();
            assert_eq!(kinds(&report), expected, "{later_ms}");
        }
        // A window that ends after now is judged no further than now.
        let later = Settings { until_ms: Some(START_MS + 10_000_000), ..Settings::default() };
        let mut log = Log::default();
        log.opened(START_MS, 60_000);
        let now = Settings { now_ms: Some(START_MS + silent_ms), ..later };
        let report = correlate(&b""[..], 0, &log.source(), now, &NoProgress).unwrap();
        assert_eq!(kinds(&report), expected);
    }
}
