//! Logs for tests: timelines written as data, expanded to records.
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

pub(crate) mod timeline;

use ztp_anomaly::{Detectors, Output, RawRecord, Settings};
use ztp_core::canonical::{self, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::time::Timestamp;

/// A record that owns its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
    pub(crate) timestamp: Timestamp,
    pub(crate) class: String,
    pub(crate) payload: Vec<u8>,
}

impl Record {
    pub(crate) fn raw(&self) -> RawRecord<'_> {
        RawRecord {
            seq: self.seq,
            hash: self.hash,
            timestamp: self.timestamp,
            class: &self.class,
            payload: &self.payload,
        }
    }
}

/// Numbers events and gives each a hash that names the one before, as a log does.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    pub(crate) records: Vec<Record>,
}

impl Chain {
    pub(crate) fn push(&mut self, class: &str, payload: &Value, wall: i64) {
        let payload = canonical::write(payload).expect("a payload of a test is canonical");
        let seq = self.records.len() as u64;
        let before = self.records.last().map_or(Digest::ZERO, |record| record.hash);
        let timestamp = Timestamp::from_millis(wall).expect("a time of a test has a text");
        let mut bytes = before.as_bytes().to_vec();
        bytes.extend_from_slice(class.as_bytes());
        bytes.extend_from_slice(&payload);
        bytes.extend_from_slice(timestamp.to_string().as_bytes());
        self.records.push(Record { seq, hash: sha256(&bytes), timestamp, class: class.to_owned(), payload });
    }

    pub(crate) fn opened(&mut self, wall: i64, heartbeat_ms: i64) {
        let policy = Value::object([("heartbeat_ms", heartbeat_ms)]);
        self.push("log.opened", &Value::object([("seal_policy", policy)]), wall);
    }

    pub(crate) fn sealed(&mut self, wall: i64, boot: &str, monotonic_ms: i64) {
        let payload =
            Value::object([("boot_id", Value::from(boot)), ("monotonic_ms", Value::from(monotonic_ms))]);
        self.push("log.sealed", &payload, wall);
    }
}

/// Runs detectors over all records.
pub(crate) fn run(settings: Settings, records: &[Record]) -> (Detectors, Vec<Output>) {
    let mut detectors = Detectors::new(settings, Vec::new());
    let mut out = Vec::new();
    for record in records {
        detectors.step(&record.raw(), &mut out).expect("records of a test are in order");
    }
    (detectors, out)
}

/// A member of an output as text, by path.
pub(crate) fn member<'o>(output: &'o Output, path: &[&str]) -> Option<&'o Value> {
    path.iter().try_fold(&output.payload, |value, name| value.get(name))
}

pub(crate) fn text<'o>(output: &'o Output, path: &[&str]) -> &'o str {
    member(output, path).and_then(Value::as_str).unwrap_or("")
}

/// `detector phase scope name`, for messages and comparisons.
pub(crate) fn line(output: &Output) -> String {
    let [detector, phase] = [text(output, &["detector"]), text(output, &["phase"])];
    let [scope, name] = [text(output, &["key", "scope"]), text(output, &["key", "name"])];
    format!("{} {detector} {phase} {scope} {name}", output.at).trim_end().to_owned()
}
