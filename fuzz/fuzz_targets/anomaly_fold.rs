//! Records and settings from an enemy: the fold answers, and a restart in the middle changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztp_anomaly::{Detectors, RawRecord, Settings};
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

const CLASSES: [&str; 6] = [
    "admission.decision",
    "operator.action",
    "operator.login",
    "log.opened",
    "log.sealed",
    "anomaly.config-changed",
];

fuzz_target!(|input: &[u8]| {
    let limits = Limits::default();
    for file in ["denial-flood.yaml", "break-glass.yaml", "business-hours.yaml", "tier-b-reference.yaml"] {
        if let Ok(value) = canonical::read(input, &limits) {
            let _ = Settings::from_files([(file, &value)]);
        }
    }
    let mut whole = Detectors::new(Settings::default(), Vec::new());
    let mut restarted = Detectors::new(Settings::default(), Vec::new());
    let (mut out, mut again) = (Vec::new(), Vec::new());
    let mut wall = 1_778_580_000_000_i64;
    // A line is a record: its first two bytes are class and step in time, the rest is the payload.
    for (seq, line) in (0_u64..).zip(input.split(|&byte| byte == b'\n').take(200)) {
        let [class, step, payload @ ..] = line else { continue };
        wall += i64::from(*step).pow(3) - 100_000;
        let Ok(timestamp) = Timestamp::from_millis(wall) else { continue };
        let class = CLASSES[usize::from(*class) % CLASSES.len()];
        let record = RawRecord { seq, hash: Digest::ZERO, timestamp, class, payload };
        let same = whole.step(&record, &mut out) == restarted.step(&record, &mut again);
        assert!(same);
        let parts: Vec<Value> = restarted.snapshot().into_iter().map(|part| part.payload).collect();
        if !parts.is_empty() {
            restarted = Detectors::restore(&parts, |_| Some(Digest::ZERO), Vec::new()).expect("own snapshot");
        }
    }
    assert_eq!(out, again);
    assert_eq!(whole.state(), restarted.state());
});
