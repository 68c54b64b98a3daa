//! An auditor's question: are the alerts in the log those that its records call for?
//!
//! The fold is run again over the records, and what it says is compared, byte for byte, with what was sealed.

use std::collections::VecDeque;

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::signature::PublicKey;
use ztp_core::time::Timestamp;

use crate::error::AnomalyError;
use crate::fold::Detectors;
use crate::output::{Output, number, time};
use crate::record::RawRecord;
use crate::rule::MINUTE;
use crate::runner::Sealed;
use crate::settings::Settings;
use crate::states::{Judged, States};

/// Findings that are listed; all are counted.
const FINDINGS_MAX: usize = 1000;
/// Alerts that wait for their record in the log; more are missing at once.
const EXPECTED_MAX: usize = 100_000;
/// The detectors may take this long, in time of the log, to seal an alert.
const GRACE: i64 = MINUTE;

/// An alert that the records call for.
#[derive(Debug, Clone)]
struct Expected {
    payload: Digest,
    /// Rule, key and phase: what an altered alert still says.
    subject: Digest,
    summary: Value,
    cause_seq: u64,
    known_at: i64,
    /// A later one was found in the log already.
    passed: bool,
}

/// Runs the fold again over a log and compares.
#[derive(Debug)]
pub struct Replay {
    detectors: Detectors,
    expected: VecDeque<Expected>,
    /// Sealed alerts that nothing called for yet.
    early: VecDeque<(u64, Digest, Value)>,
    out: Vec<Output>,
    findings: Vec<Value>,
    findings_total: u64,
    records: u64,
    sealed: u64,
    called_for: u64,
    matched: u64,
    states: States,
}

impl Replay {
    /// Before the first record. `settings` and `approvers` are those that the detectors of the bench began with.
    #[must_use]
    pub fn new(settings: Settings, approvers: Vec<PublicKey>) -> Self {
        Self {
            detectors: Detectors::new(settings, approvers),
            expected: VecDeque::new(),
            early: VecDeque::new(),
            out: Vec::new(),
            findings: Vec::new(),
            findings_total: 0,
            records: 0,
            sealed: 0,
            called_for: 0,
            matched: 0,
            states: States::default(),
        }
    }

    /// Compares the snapshots that `sealed` found in the log, wherever they stand. Without this, those are compared that no
    /// record follows that a state depends on.
    #[must_use]
    pub fn expecting(mut self, sealed: &Sealed) -> Self {
        self.states.look_at(sealed.snapshots());
        self
    }

    /// Takes the next record of the log.
    ///
    /// # Errors
    /// As [`Detectors::step`].
    pub fn record(&mut self, record: &RawRecord<'_>) -> Result<(), AnomalyError> {
        self.detectors.step(record, &mut self.out)?;
        self.records += 1;
        let known_at = self.detectors.clock.latest();
        for output in std::mem::take(&mut self.out) {
            self.call_for(output, known_at);
        }
        if matches!(record.class, "anomaly.fired" | "anomaly.resolved" | "anomaly.noticed") {
            self.compare(record);
        }
        if let Judged::Differs { taken_at } = self.states.stepped(&self.detectors, record) {
            self.find("anomaly_state_differs", Some(record.seq), taken_at, Value::Null);
        }
        Ok(())
    }

    fn call_for(&mut self, output: Output, known_at: i64) {
        self.called_for += 1;
        let payload = digest(&output.payload);
        let expected = Expected {
            payload,
            subject: subject(&output.payload),
            summary: summary(&output.payload),
            cause_seq: output.cause_seq,
            known_at,
            passed: false,
        };
        if let Some(place) = self.early.iter().position(|(_, early, _)| *early == payload)
            && let Some((seq, _, summary)) = self.early.remove(place)
        {
            self.matched += 1;
            self.find("anomaly_alert_out_of_order", Some(seq), Some(expected.cause_seq), summary);
            return;
        }
        self.expected.push_back(expected);
        if self.expected.len() > EXPECTED_MAX
            && let Some(missing) = self.expected.pop_front()
        {
            self.find("anomaly_alert_missing", None, Some(missing.cause_seq), missing.summary);
        }
    }

    fn compare(&mut self, record: &RawRecord<'_>) {
        self.sealed += 1;
        let payload = sha256(record.payload);
        if let Some(place) = self.expected.iter().position(|expected| expected.payload == payload) {
            self.matched += 1;
            // Those before it are missing, unless they still come.
            for before in self.expected.iter_mut().take(place) {
                before.passed = true;
            }
            if let Some(found) = self.expected.remove(place)
                && found.passed
            {
                let (cause, summary) = (Some(found.cause_seq), found.summary);
                self.find("anomaly_alert_out_of_order", Some(record.seq), cause, summary);
            }
            return;
        }
        let Ok(value) = canonical::read(record.payload, &Limits::default()) else {
            self.find("anomaly_alert_extra", Some(record.seq), None, Value::Null);
            return;
        };
        let about = subject(&value);
        if let Some(place) = self.expected.iter().position(|expected| expected.subject == about)
            && let Some(expected) = self.expected.remove(place)
        {
            let cause = Some(expected.cause_seq);
            self.find("anomaly_alert_altered", Some(record.seq), cause, expected.summary);
            return;
        }
        self.early.push_back((record.seq, payload, summary(&value)));
        if self.early.len() > FINDINGS_MAX
            && let Some((seq, _, summary)) = self.early.pop_front()
        {
            self.find("anomaly_alert_extra", Some(seq), None, summary);
        }
    }

    fn find(&mut self, code: &'static str, seq: Option<u64>, cause_seq: Option<u64>, alert: Value) {
        self.findings_total += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Value::object([
                ("alert", alert),
                ("cause_seq", Value::from(cause_seq.map(number))),
                ("code", Value::from(code)),
                ("seq", Value::from(seq.map(number))),
            ]));
        }
    }

    /// The verdict, a document of schema `ztp.anomaly.replay/1` (docs/formats/anomaly.md). `now` is the time of whoever asks: what the log has not
    /// sealed a minute before it is missing, although the log ends there.
    #[must_use]
    pub fn finish(mut self, now: Option<Timestamp>) -> Value {
        let end = self.detectors.clock.latest();
        let over =
            now.map_or(end, |now| end.max(now.as_millis().saturating_add(self.detectors.clock.offset())));
        let mut pending = 0;
        for expected in std::mem::take(&mut self.expected) {
            if over.saturating_sub(expected.known_at) <= GRACE {
                pending += 1;
            } else {
                self.find("anomaly_alert_missing", None, Some(expected.cause_seq), expected.summary);
            }
        }
        for (seq, _, summary) in std::mem::take(&mut self.early) {
            self.find("anomaly_alert_extra", Some(seq), None, summary);
        }
        let waiting = u64::try_from(self.detectors.waiting()).unwrap_or(u64::MAX);
        // A living log would have written since, and the detectors judged what waits: this one was stopped before they could.
        let alive = self.detectors.clock.heartbeat().saturating_mul(2).max(GRACE);
        let stopped = waiting > 0 && over.saturating_sub(end) > alive;
        let in_force = self.detectors.in_force();
        let status = if self.records == 0 {
            "nothing"
        } else if self.findings_total > 0 {
            "differs"
        } else if stopped {
            "incomplete"
        } else {
            "holds"
        };
        let states = self.states.counts();
        let mut not_asked = vec!["whether the log is whole and who wrote it: ztp audit verify"];
        if now.is_none() {
            not_asked.push("whether what is pending is still to come: no time was given");
        }
        if waiting > 0 {
            not_asked.push(
                "what the last records call for: the log ends before it is known that none comes before them",
            );
        }
        if states.unchecked > 0 {
            not_asked.push("snapshots whose parts or place in the log left nothing to compare them with");
        }
        Value::object([
            ("alerts_called_for", number(self.called_for)),
            ("alerts_matched", number(self.matched)),
            ("alerts_pending", number(pending)),
            ("alerts_sealed", number(self.sealed)),
            ("config_hash", Value::from(in_force.hash().to_string())),
            ("findings", Value::from(self.findings)),
            ("findings_total", number(self.findings_total)),
            ("last_seq", Value::from(self.detectors.position().map(|(seq, _)| number(seq)))),
            ("now", Value::from(now.map(|now| now.to_string()))),
            ("records", number(self.records)),
            ("schema", Value::from("ztp.anomaly.replay/1")),
            (
                "snapshots",
                Value::object([
                    ("checked", number(states.checked)),
                    ("differ", number(states.differ)),
                    ("unchecked", number(states.unchecked)),
                ]),
            ),
            ("status", Value::from(status)),
            ("time_zone_database", Value::from(crate::zone::version())),
            ("unchecked", Value::from(not_asked.into_iter().map(Value::from).collect::<Vec<_>>())),
            ("unjudged", self.detectors.unjudged.to_value()),
            ("until", if self.records == 0 { Value::Null } else { time(end) }),
            ("waiting_records", number(waiting)),
            ("zone_sha256", Value::from(in_force.zone_digest().to_string())),
        ])
    }
}

fn digest(payload: &Value) -> Digest {
    sha256(&canonical::write(payload).unwrap_or_default())
}

/// The members of an alert that say what it is about.
fn summary(payload: &Value) -> Value {
    let names = ["at", "detector", "episode", "key", "phase"];
    Value::object(names.map(|name| (name, payload.get(name).cloned().unwrap_or(Value::Null))))
}

fn subject(payload: &Value) -> Digest {
    let names = ["detector", "key", "phase"];
    digest(&Value::object(names.map(|name| (name, payload.get(name).cloned().unwrap_or(Value::Null)))))
}
