//! Logs for tests: made by the real writer in a real directory, with keys from a counter instead of the system's randomness.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]
#![allow(unreachable_pub, reason = "shared between test binaries")]
#![allow(dead_code, reason = "each test binary uses its own part of these helpers")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ztp_audit::control::SealPolicy;
use ztp_audit::source::MemorySource;
use ztp_audit::store::{CreateOptions, Host, NewEvent, Writer};
use ztp_audit::verdict::Verdict;
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir, verify_source};
use ztp_core::canonical::Value;
use ztp_core::digest::sha256;
use ztp_core::event::EventClass;
use ztp_core::time::Timestamp;

pub const ORIGIN: &str = "bench-01.example/audit";
/// 2026-05-12T08:00:00.000Z
pub const START: i64 = 1_778_572_800_000;

/// Seeds counted up from a start, so that a test can make two logs that differ or one log twice.
pub struct TestHost(pub u64);

impl Host for TestHost {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        *seed = *sha256(&self.0.to_le_bytes()).as_bytes();
        self.0 += 1;
        Ok(())
    }
    fn boot_id(&mut self) -> Option<String> {
        Some("00000000-0000-4000-8000-000000000000".to_owned())
    }
    fn monotonic_ms(&mut self) -> Option<u64> {
        Some(self.0)
    }
}

pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START + ms).unwrap()
}

pub fn event(n: u64) -> NewEvent {
    let payload = Value::object([
        ("decision", Value::String(if n.is_multiple_of(7) { "deny" } else { "allow" }.to_owned())),
        ("namespace", Value::String(format!("web-agents-{}", n % 13))),
        ("pod", Value::String(format!("agent-{n:06}"))),
        ("tier", Value::String("A".to_owned())),
        ("uid", Value::Int(i64::try_from(n * 7919).unwrap())),
    ]);
    NewEvent { event_class: EventClass::new("admission.decision").unwrap(), payload, timestamp: None }
}

pub fn events(from: u64, count: u64) -> Vec<NewEvent> {
    (from..from + count).map(event).collect()
}

pub fn policy(records_max: u32) -> SealPolicy {
    SealPolicy { records_max, interval_ms: 1_000_000, heartbeat_ms: 4_000_000_000 }
}

pub fn create(dir: &Path, records_max: u32) -> Writer {
    let options = CreateOptions { origin: ORIGIN.to_owned(), policy: policy(records_max) };
    Writer::create(dir, &options, at(0), Box::new(TestHost(0))).unwrap()
}

pub fn reopen(dir: &Path) -> Writer {
    Writer::open(dir, at(1_000), Box::new(TestHost(1_000_000))).unwrap()
}

/// A log of exactly `records` records, the last of them a seal.
pub fn sealed_log(dir: &Path, records: u64, records_max: u32) {
    let mut writer = create(dir, records_max);
    let mut n = 0;
    while writer.last().0 + 2 < records {
        writer.append(&[event(n)], at(i64::try_from(n).unwrap() * 10)).unwrap();
        n += 1;
    }
    if writer.last().0 + 1 < records {
        writer.seal(at(i64::try_from(n).unwrap() * 10)).unwrap();
    }
    assert_eq!(writer.last().0 + 1, records);
}

/// Asks for no anchor: whether everything holds, whoever made it.
pub fn nothing_required() -> VerifyOptions {
    VerifyOptions { require: Some(Vec::new()), ..VerifyOptions::default() }
}

pub fn verify(dir: &Path) -> Verdict {
    verify_dir(dir, &nothing_required(), &NoProgress).unwrap()
}

pub fn verify_memory(source: &MemorySource) -> Verdict {
    verify_source(source, &nothing_required(), &NoProgress).unwrap()
}

fn read_dir(dir: &Path) -> BTreeMap<u64, Vec<u8>> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let first: u64 = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
            (first, fs::read(path).unwrap())
        })
        .collect()
}

pub fn load(dir: &Path) -> MemorySource {
    MemorySource { segments: read_dir(&dir.join("segments")), notes: read_dir(&dir.join("checkpoints")) }
}

/// Byte offsets at which the lines of a segment begin.
pub fn line_starts(segment: &[u8]) -> Vec<usize> {
    let ends = segment.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1);
    let mut starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
    starts.pop();
    starts
}
