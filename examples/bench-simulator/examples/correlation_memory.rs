//! Compares two streams of many decisions that never touch the disk, and prints speed and peak memory:
//!
//!     cargo run --release -p ztp-simulator --example correlation_memory [-- PAIRS]      10,000,000 if not given
//!
//! The first line is of the join alone, the second of text to report: lines and records are made, read, hashed and joined. One in a
//! hundred thousand decisions is suppressed, one altered, one delayed: all are found.

#![allow(clippy::print_stdout, reason = "a command that prints what it measured")]

use std::error::Error;
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ztp_audit::correlate::entry::Word;
use ztp_audit::correlate::report::WitnessKind;
use ztp_audit::correlate::{Correlator, Entry, Kind, Report, Settings, Stream, Uid, correlate};
use ztp_audit::error::VerifyError;
use ztp_audit::layout::SEGMENT_RECORDS;
use ztp_audit::source::LogSource;
use ztp_audit::verify::NoProgress;
use ztp_core::digest::sha256;
use ztp_core::time::Timestamp;

const START_MS: i64 = 1_767_225_600_000;
/// One of each fault in so many decisions.
const FAULT_EVERY: u64 = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let pairs: u64 = std::env::args().nth(1).map_or(Ok(10_000_000), |n| n.parse())?;
    let began = Instant::now();
    let mut join = Correlator::new(Settings::default(), WitnessKind::Jsonl);
    for n in 0..pairs {
        let uid = Uid::new(uid(n).as_bytes()).ok_or("a uid")?;
        let (digest, decision) = (sha256(&n.to_be_bytes()), Word::new(b"allow"));
        let at_ms = START_MS + i64::try_from(n)?;
        let told = |uid, at_ms| Entry { uid, at_ms, place: n, digest, decision, clock: None };
        join.entry(Stream::Admission, told(uid.clone(), at_ms));
        join.entry(Stream::Sealed, told(uid, at_ms + 40));
    }
    say("join alone", pairs, began, &join.finish())?;

    let began = Instant::now();
    let log = MadeLog { pairs, made: Mutex::default() };
    let report =
        correlate(MadeLines { pairs, next: 0, line: Vec::new() }, 0, &log, Settings::default(), &NoProgress)?;
    say("from text", pairs, began, &report)?;
    let expected = pairs.div_ceil(FAULT_EVERY);
    for kind in [Kind::MissingInSealed, Kind::Altered, Kind::Drift] {
        println!("  {:<20} {} of {expected}", kind.as_str(), report.findings.total(kind));
    }
    Ok(())
}

fn say(what: &str, pairs: u64, began: Instant, report: &Report) -> Result<(), Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim().to_owned();
    let micros = began.elapsed().as_micros().max(1);
    let rate = u128::from(pairs) * 1_000_000 / micros;
    println!(
        "{what:<12} {pairs} pairs in {} ms, {rate} pairs/s, peak memory {peak}, joined {}, judged early {}",
        micros / 1000,
        report.pairs,
        report.judged_early
    );
    Ok(())
}

fn uid(n: u64) -> String {
    format!("{:08x}-0000-4000-8000-{n:012x}", n >> 16)
}

fn payload(n: u64, decision: &str) -> String {
    format!(
        r#"{{"decision":"{decision}","kind":"Pod","mode":"enforce","name":"tls-stress-{:05}","namespace":"load-generators","operation":"CREATE","tier":"A","uid":"{}","user":"system:serviceaccount:ci:deployer","would_deny":false}}"#,
        n % 100_000,
        uid(n)
    )
}

/// The admission stream, made as it is read.
struct MadeLines {
    pairs: u64,
    next: u64,
    line: Vec<u8>,
}

impl Read for MadeLines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.line.len() < buffer.len() && self.next < self.pairs {
            let at = Timestamp::from_millis(START_MS + i64::try_from(self.next).unwrap_or(0))
                .unwrap_or(Timestamp::MAX);
            let payload = payload(self.next, "allow");
            let line =
                format!(r#"{{"event_class":"admission.decision","payload":{payload},"timestamp":"{at}"}}"#);
            self.line.extend_from_slice(line.as_bytes());
            self.line.push(b'\n');
            self.next += 1;
        }
        let got = self.line.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..got), self.line.get(..got)) {
            to.copy_from_slice(from);
        }
        self.line.drain(..got);
        Ok(got)
    }
}

/// The records, made as they are read, one segment after the other.
struct MadeLog {
    pairs: u64,
    made: Mutex<Made>,
}

/// How far the log is made.
#[derive(Default)]
struct Made {
    next: u64,
    bytes: Vec<u8>,
}

/// More than any record has.
const RECORD_BYTES_MAX: u64 = 1024;

fn record(n: u64) -> String {
    let mut at_ms = START_MS + i64::try_from(n).unwrap_or(0) + 40;
    let (mut class, mut text) = ("admission.decision", payload(n, "allow"));
    match n % FAULT_EVERY {
        // Suppressed: another event stands in its place.
        10_000 => (class, text) = ("ops-checklist", "{}".to_owned()),
        20_000 => text = payload(n, "deny"),
        30_000 => at_ms += 45_000,
        _ => {}
    }
    let at = Timestamp::from_millis(at_ms).unwrap_or(Timestamp::MAX);
    let zeros = "0".repeat(64);
    format!(
        "{{\"event_class\":\"{class}\",\"hash\":\"{zeros}\",\"payload\":{text},\"prev_hash\":\"{zeros}\",\"seq\":{n},\"timestamp\":\"{at}\"}}\n"
    )
}

impl LogSource for MadeLog {
    fn segments(&self) -> Result<Vec<u64>, VerifyError> {
        Ok((0..self.pairs).step_by(usize::try_from(SEGMENT_RECORDS).unwrap_or(usize::MAX)).collect())
    }

    fn segment_bytes(&self, first_seq: u64) -> Result<u64, VerifyError> {
        Ok(self.pairs.saturating_sub(first_seq).min(SEGMENT_RECORDS) * RECORD_BYTES_MAX)
    }

    fn read_at(&self, first_seq: u64, _offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let end = (first_seq + SEGMENT_RECORDS).min(self.pairs);
        while made.bytes.len() < buffer.len() && made.next < end {
            let line = record(made.next);
            made.bytes.extend_from_slice(line.as_bytes());
            made.next += 1;
        }
        let got = made.bytes.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..got), made.bytes.get(..got)) {
            to.copy_from_slice(from);
        }
        made.bytes.drain(..got);
        Ok(got)
    }

    fn note_segments(&self) -> Result<Vec<u64>, VerifyError> {
        Ok(Vec::new())
    }

    fn notes_bytes(&self, _first_seq: u64) -> Result<u64, VerifyError> {
        Ok(0)
    }

    fn read_notes_at(&self, _first_seq: u64, _offset: u64, _buffer: &mut [u8]) -> Result<usize, VerifyError> {
        Ok(0)
    }
}
