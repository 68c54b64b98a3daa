//! What a bench runs: the detectors over its log, with what of theirs is sealed already.
//!
//! A log is gone through twice: [`Sealed`] notes which alerts and snapshots it holds, then [`Runner`] steps its records and
//! gives what is missing. The word of a snapshot in the log is never taken. Either the records before it are stepped and it
//! is compared, or it is the one whose hash the caller kept ([`Kept`]) in a place that the bench cannot write to.

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::event::EventClass;
use ztp_core::signature::PublicKey;

use crate::error::AnomalyError;
use crate::fold::Detectors;
use crate::output::{Output, number};
use crate::record::RawRecord;
use crate::settings::Settings;
use crate::snapshot::Part;
use crate::states::{Judged, Known, States, is_alert, is_own};

/// Events given at most; the next run gives the rest.
const EVENTS_MAX: usize = 100_000;

/// What a caller keeps of a snapshot, to resume from it later: 64 bytes that say all that the state in the log can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The record that the snapshot was taken at.
    pub seq: u64,
    /// That record's hash.
    pub chain_hash: Digest,
    /// SHA-256 of the state.
    pub state_hash: Digest,
}

impl Kept {
    fn is_of(&self, part: &Part) -> bool {
        (part.seq, part.chain_hash, part.state_hash) == (self.seq, self.chain_hash, self.state_hash)
    }
}

/// The alerts and snapshots that a log holds.
#[derive(Debug, Default)]
pub struct Sealed {
    /// Alerts by the hash of their payload, and how often each is there.
    alerts: BTreeMap<Digest, u64>,
    /// The records that snapshots name.
    snapshots: BTreeSet<u64>,
    kept: Option<Kept>,
    /// The hash of the record that the kept snapshot was taken at.
    hash: Option<Digest>,
    /// Parts of the kept snapshot, and whether they are all there.
    parts: Vec<Value>,
    state: Vec<u8>,
    whole: bool,
}

impl Sealed {
    /// Before the first record. If a snapshot was kept, records before the one it was taken at may be left out.
    #[must_use]
    pub fn new(kept: Option<Kept>) -> Self {
        Self { kept, ..Self::default() }
    }

    /// Takes a record of the log.
    pub fn record(&mut self, record: &RawRecord<'_>) {
        if self.kept.is_some_and(|kept| kept.seq == record.seq) {
            self.hash = Some(record.hash);
        }
        if is_alert(record.class) || record.class == "anomaly.snapshot-refused" {
            *self.alerts.entry(sha256(record.payload)).or_default() += 1;
        } else if record.class == "anomaly.snapshot"
            && let Ok(value) = canonical::read(record.payload, &Limits::default())
            && let Ok(part) = Part::read(&value)
        {
            if part.part == 0 {
                self.snapshots.insert(part.seq);
            }
            if !self.whole && self.kept.is_some_and(|kept| kept.is_of(&part)) {
                self.collect(value, &part);
            }
        }
    }

    /// The records that snapshots name.
    #[must_use]
    pub const fn snapshots(&self) -> &BTreeSet<u64> {
        &self.snapshots
    }

    /// Parts that say they belong to the kept snapshot: of those that somebody else wrote the state has another hash.
    fn collect(&mut self, value: Value, part: &Part) {
        if part.part == 0 {
            self.parts.clear();
            self.state.clear();
        }
        if u64::try_from(self.parts.len()).ok() != Some(part.part) {
            return;
        }
        self.state.extend_from_slice(&part.state);
        self.parts.push(value);
        if u64::try_from(self.parts.len()).ok() == Some(part.parts) {
            self.whole = sha256(&self.state) == part.state_hash;
            self.state = Vec::new();
        }
    }
}

/// The detectors over a log, with what is sealed in it.
#[derive(Debug)]
pub struct Runner {
    detectors: Detectors,
    alerts: BTreeMap<Digest, u64>,
    states: States,
    events: Vec<Output>,
    out: Vec<Output>,
    /// Records of others that were stepped, and how many there were at those that snapshots name.
    others: u64,
    others_at: BTreeMap<u64, u64>,
    /// How many there were at the last snapshot that is what it says, if there is one.
    snapshot_at: Option<u64>,
}

impl Runner {
    /// Before the first record of the log, or after the one that a kept snapshot was taken at ([`Self::next_seq`]).
    /// `settings` and `approvers` as for [`Detectors::new`]; with a kept snapshot, settings are what its state says.
    ///
    /// # Errors
    /// [`AnomalyError::Snapshot`] if the kept snapshot is not in the log as a whole, and [`AnomalyError::OtherChain`] if it
    /// was taken over another.
    pub fn new(settings: Settings, approvers: Vec<PublicKey>, sealed: Sealed) -> Result<Self, AnomalyError> {
        let mut states = States::default();
        let snapshot_at = sealed.kept.map(|_| 0);
        let detectors = match sealed.kept {
            None => Detectors::new(settings, approvers),
            Some(kept) => {
                if sealed.hash != Some(kept.chain_hash) {
                    return Err(AnomalyError::OtherChain { seq: kept.seq });
                }
                if !sealed.whole {
                    let reason = "the one that was kept is not in the log";
                    return Err(AnomalyError::Snapshot { reason });
                }
                let detectors = Detectors::restore(&sealed.parts, |_| sealed.hash, approvers)?;
                let known = Known {
                    chain_hash: kept.chain_hash,
                    config_hash: detectors.in_force().hash(),
                    state_hash: kept.state_hash,
                    bytes: detectors.state().len(),
                };
                states.know(kept.seq, known);
                detectors
            }
        };
        states.look_at(&sealed.snapshots);
        let others_at = sealed.snapshots.iter().map(|seq| (*seq, 0)).collect();
        Ok(Self {
            detectors,
            alerts: sealed.alerts,
            states,
            events: Vec::new(),
            out: Vec::new(),
            others: 0,
            others_at,
            snapshot_at,
        })
    }

    /// The record to be given next.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.detectors.position().map_or(0, |(seq, _)| seq.saturating_add(1))
    }

    /// Takes the next record. False if there are as many events as are given at once: no further record is to be taken.
    ///
    /// # Errors
    /// As [`Detectors::step`].
    pub fn record(&mut self, record: &RawRecord<'_>) -> Result<bool, AnomalyError> {
        self.detectors.step(record, &mut self.out)?;
        for output in std::mem::take(&mut self.out) {
            self.give(output);
        }
        self.others += u64::from(!is_own(record.class) && !record.class.starts_with("log."));
        if let Some(others) = self.others_at.get_mut(&record.seq) {
            *others = self.others;
        }
        match self.states.stepped(&self.detectors, record) {
            Judged::Nothing => {}
            Judged::Same { seq } => {
                let then = self.others_at.get(&seq).copied().unwrap_or_default();
                self.snapshot_at = self.snapshot_at.max(Some(then));
            }
            Judged::Differs { taken_at } => self.give(Output {
                class: EventClass::ANOMALY_SNAPSHOT_REFUSED,
                payload: Value::object([
                    ("code", Value::from("anomaly_state_differs")),
                    ("seq", number(record.seq)),
                    ("taken_at", Value::from(taken_at.map(number))),
                ]),
                cause_seq: record.seq,
                at: record.timestamp,
            }),
        }
        Ok(self.events.len() < EVENTS_MAX)
    }

    /// An event that is to be in the log; if it is not yet, it is given.
    fn give(&mut self, output: Output) {
        let digest = sha256(&canonical::write(&output.payload).unwrap_or_default());
        match self.alerts.get_mut(&digest).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => self.events.push(output),
        }
    }

    /// Whether the state is to be sealed: no snapshot of the log holds yet, or `every` records of others came since one did.
    #[must_use]
    pub const fn snapshot_is_due(&self, every: u64) -> bool {
        match self.snapshot_at {
            None => self.others > 0,
            Some(then) => self.others.saturating_sub(then) >= every,
        }
    }

    /// What was not judged at the time it happened (`{"count","from","imported","until"}`), or `null` if everything was.
    #[must_use]
    pub fn unjudged(&self) -> Value {
        self.detectors.unjudged.to_value()
    }

    /// The events to be sealed now, in this order and as one batch; with `snapshot`, the state behind them, unless there are
    /// more events than are given at once.
    #[must_use]
    pub fn finish(mut self, snapshot: bool) -> Vec<Output> {
        if snapshot && self.events.len() < EVENTS_MAX {
            self.events.extend(self.detectors.snapshot());
        }
        self.events
    }
}
