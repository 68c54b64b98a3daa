//! Two hostile streams: no input may panic, use unbounded memory or leave a line uncounted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztp_audit::correlate::{Kind, Settings, correlate};
use ztp_audit::source::MemorySource;
use ztp_audit::verify::NoProgress;

fuzz_target!(|data: &[u8]| {
    // The first zero byte divides the admission stream from the log.
    let cut = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (admission, log) = data.split_at(cut);
    let log = log.get(1..).unwrap_or_default();
    let source = MemorySource { segments: [(0, log.to_vec())].into(), notes: [].into() };
    let settings = Settings { waiting_max: 8, remembered_max: 8, findings_max: 4, ..Settings::default() };
    let Ok(report) = correlate(admission, 0, &source, settings, &NoProgress) else { return };
    ztp_core::canonical::write(&report.to_value()).expect("a report can be written");
    let [decided, sealed] = &report.witnesses;
    let lines = admission.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() as u64;
    assert!(decided.decisions + decided.unreadable <= lines + 1 + admission.iter().filter(|b| **b == b'\n').count() as u64);
    // Every decision is in a pair, pending, or counted in a finding.
    let single = [Kind::MissingInSealed, Kind::MissingInAdmission, Kind::RingEvicted, Kind::DuplicateIdentical, Kind::DuplicateConflicting];
    let counted: u64 = single.iter().map(|kind| report.findings.total(*kind)).sum();
    assert_eq!(decided.decisions + sealed.decisions, 2 * report.pairs + report.pending_total + counted);
    let mut doubled = report.clone();
    doubled.merge(&report);
    assert_eq!(doubled.pairs, 2 * report.pairs);
});
