//! A backtest: what settings would have said of events that no log holds, beside the same settings scaled.
//!
//! Events are taken in the order of their time, under a heartbeat of an hour, as if a bench had written them when they happened.

use ztp_core::canonical::Value;
use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

use crate::error::AnomalyError;
use crate::output::number;
use crate::record::{Input, RawRecord};
use crate::report::Reporter;
use crate::rule::{HOUR, Rule};
use crate::settings::Settings;

/// Thresholds are tried at these parts of what is set, in quarters.
const QUARTERS: [i64; 5] = [1, 2, 4, 8, 16];
/// Hours that a heartbeat is made up for, thirty years; times further apart are a gap.
const BEATS_MAX: u32 = 30 * 366 * 24;
/// The place of 4 in [`QUARTERS`].
const AS_SET: usize = 2;

/// Detectors beside each other, the thresholds of each another part of the same settings.
#[derive(Debug)]
pub struct Trial {
    reporters: [Reporter; QUARTERS.len()],
    settings: [Settings; QUARTERS.len()],
    seq: u64,
    last: Option<i64>,
    unordered: u64,
    beats_left: u32,
}

impl Trial {
    /// Before the first event.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let settings = QUARTERS.map(|quarters| settings.scaled(quarters));
        let reporters = std::array::from_fn(|place| {
            let settings = settings.get(place).cloned().unwrap_or_default();
            Reporter::new(settings, Vec::new(), None, None)
        });
        Self { reporters, settings, seq: 0, last: None, unordered: 0, beats_left: BEATS_MAX }
    }

    /// Takes the next event in the order of time.
    ///
    /// # Errors
    /// As [`crate::Detectors::step`], which events in order do not cause.
    pub fn event(&mut self, at: Timestamp, class: &str, payload: &[u8]) -> Result<(), AnomalyError> {
        let wall = at.as_millis();
        let mut beat = match self.last {
            None => Some(wall),
            Some(last) => Some(last.div_euclid(HOUR).saturating_add(1).saturating_mul(HOUR)),
        };
        while let Some(now) = beat.filter(|beat| *beat <= wall) {
            self.attest(now)?;
            beat = if self.beats_left == 0 { None } else { Some(now.saturating_add(HOUR)) };
            self.beats_left = self.beats_left.saturating_sub(1);
        }
        if self.beats_left == 0 && beat.is_none() {
            self.attest(wall)?;
        }
        self.last = Some(wall);
        self.step(|reporter, seq| {
            reporter.record(&RawRecord { seq, hash: Digest::ZERO, timestamp: at, class, payload })
        })
    }

    fn attest(&mut self, now: i64) -> Result<(), AnomalyError> {
        let Ok(at) = Timestamp::from_millis(now) else { return Ok(()) };
        let heartbeat_ms = (self.seq == 0).then_some(HOUR);
        let input = Input::Log { heartbeat_ms, boot_id: None, monotonic_ms: None };
        self.step(|reporter, seq| reporter.input(seq, at, &input))
    }

    fn step(
        &mut self,
        mut take: impl FnMut(&mut Reporter, u64) -> Result<(), AnomalyError>,
    ) -> Result<(), AnomalyError> {
        for reporter in &mut self.reporters {
            take(reporter, self.seq)?;
        }
        self.seq += 1;
        Ok(())
    }

    /// `events` that were not in the order of time.
    pub const fn unordered(&mut self, events: u64) {
        self.unordered = events;
    }

    /// The trial, a document of schema `ztp.anomaly.trial/1` (docs/formats/anomaly.md): the report under the settings, and what
    /// each part of them would have said.
    #[must_use]
    pub fn finish(mut self, events: u64, unreadable: &[(u64, String)], unreadable_total: u64) -> Value {
        // The end of the last event's hour is judged too.
        if let Some(last) = self.last {
            let _always_in_order = self.attest(last.saturating_add(HOUR));
        }
        let mut report = Value::Null;
        let mut columns = Vec::new();
        let parts = self.reporters.into_iter().zip(&self.settings).zip(QUARTERS);
        for (place, ((reporter, settings), quarters)) in parts.enumerate() {
            let found = reporter.finish(None);
            let fired = Rule::ALL.iter().zip(found.get("detectors").and_then(Value::as_array).unwrap_or(&[]));
            let fired =
                fired.map(|(rule, row)| (rule.name(), row.get("fired").cloned().unwrap_or(Value::Null)));
            columns.push(Value::object([
                ("fired", Value::object(fired.collect::<Vec<_>>())),
                ("quarters", Value::from(quarters)),
                ("thresholds", settings.thresholds()),
            ]));
            if place == AS_SET {
                report = found;
            }
        }
        let unreadable = unreadable.iter().map(|(line, reason)| {
            Value::object([("line", number(*line)), ("reason", Value::from(reason.as_str()))])
        });
        let status = report.get("status").cloned().unwrap_or(Value::Null);
        let incomplete = unreadable_total > 0 && status.as_str() == Some("quiet");
        Value::object([
            ("beside", Value::from(columns)),
            ("events", number(events)),
            ("report", report),
            ("schema", Value::from("ztp.anomaly.trial/1")),
            ("status", if incomplete { Value::from("incomplete") } else { status }),
            ("unordered", number(self.unordered)),
            ("unreadable", Value::from(unreadable.collect::<Vec<_>>())),
            ("unreadable_total", number(unreadable_total)),
        ])
    }
}
