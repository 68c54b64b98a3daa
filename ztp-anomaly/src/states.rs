//! Snapshots of a log, compared with the states that its records lead to.

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::canonical::{self, Limits};
use ztp_core::digest::{Digest, sha256};

use crate::fold::Detectors;
use crate::record::RawRecord;
use crate::snapshot::Part;

/// Records whose states are looked at in one log at most; snapshots of others are named unchecked.
const LOOKED_AT_MAX: usize = 65_536;
/// The detectors' own records in a row, after which a state is no longer that of the record before them.
const OWN_MAX: usize = 100_000;

/// Whether records of this class are written by the detectors about what they read, and change no state.
pub(crate) fn is_own(class: &str) -> bool {
    is_alert(class) || matches!(class, "anomaly.snapshot" | "anomaly.snapshot-refused")
}

/// Whether records of this class are what a fold gives.
pub(crate) fn is_alert(class: &str) -> bool {
    matches!(class, "anomaly.fired" | "anomaly.resolved" | "anomaly.noticed")
}

/// The state at a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) chain_hash: Digest,
    pub(crate) config_hash: Digest,
    pub(crate) state_hash: Digest,
    pub(crate) bytes: usize,
}

/// What a record says about a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It is none, or one part of several.
    Nothing,
    /// The snapshot that ends here is the state at that record.
    Same { seq: u64 },
    /// It is not; which record it names, if it can be read.
    Differs { taken_at: Option<u64> },
}

/// How many snapshots were compared.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) checked: u64,
    pub(crate) differ: u64,
    pub(crate) unchecked: u64,
}

/// A snapshot whose parts are being compared.
#[derive(Debug)]
struct Comparing {
    head: (Digest, Digest, Digest, u64, u64),
    known: Known,
    state: Vec<u8>,
    next: u64,
    same: bool,
}

/// Compares snapshots with states.
#[derive(Debug, Default)]
pub(crate) struct States {
    wanted: BTreeSet<u64>,
    known: BTreeMap<u64, Known>,
    comparing: Option<Comparing>,
    /// What the parts say alike of a snapshot that there is nothing to compare with.
    passed_over: Option<(Digest, Digest, Digest, u64, u64)>,
    /// The last record that a state depends on, and those of the detectors' own since.
    since_input: Vec<(u64, Digest)>,
    counts: Counts,
}

impl States {
    /// The states at these records are kept to be compared.
    pub(crate) fn look_at(&mut self, seqs: &BTreeSet<u64>) {
        self.wanted.extend(seqs.iter().take(LOOKED_AT_MAX));
    }

    /// The state at a record is known already.
    pub(crate) fn know(&mut self, seq: u64, known: Known) {
        self.known.insert(seq, known);
    }

    /// How many were compared so far; one whose parts do not go on was not.
    pub(crate) const fn counts(&self) -> Counts {
        let Counts { checked, differ, unchecked } = self.counts;
        let open = if self.comparing.is_some() { 1 } else { 0 };
        Counts { checked, differ, unchecked: unchecked + open }
    }

    /// After `detectors` stepped a record.
    pub(crate) fn stepped(&mut self, detectors: &Detectors, record: &RawRecord<'_>) -> Judged {
        if !is_own(record.class) {
            self.since_input.clear();
        }
        let judged =
            if record.class == "anomaly.snapshot" { self.part(detectors, record) } else { Judged::Nothing };
        self.since_input.push((record.seq, record.hash));
        if self.since_input.len() > OWN_MAX {
            self.since_input.drain(..OWN_MAX / 2);
        }
        if self.wanted.remove(&record.seq) {
            self.known.insert(record.seq, now(detectors, record.hash));
        }
        match judged {
            Judged::Nothing => {}
            Judged::Same { .. } => self.counts.checked += 1,
            Judged::Differs { .. } => self.counts.differ += 1,
        }
        judged
    }

    /// Compares the parts of a snapshot, as they come.
    fn part(&mut self, detectors: &Detectors, record: &RawRecord<'_>) -> Judged {
        let part = canonical::read(record.payload, &Limits::default()).ok();
        let Some(part) = part.and_then(|value| Part::read(&value).ok()) else {
            return Judged::Differs { taken_at: None };
        };
        if part.part == 0 {
            // One whose parts ended before was not compared.
            self.counts.unchecked += u64::from(self.comparing.is_some());
            (self.comparing, self.passed_over) = (None, None);
            if part.seq >= record.seq {
                return Judged::Differs { taken_at: Some(part.seq) };
            }
            self.comparing = self.compare_with(detectors, &part);
            if self.comparing.is_none() {
                self.counts.unchecked += 1;
                self.passed_over = Some(part.place());
            }
        }
        let Some(comparing) = &mut self.comparing else {
            let goes_on = self.passed_over == Some(part.place());
            return if goes_on { Judged::Nothing } else { Judged::Differs { taken_at: Some(part.seq) } };
        };
        comparing.same &= part.part == comparing.next
            && part.place() == comparing.head
            && comparing.state.len().saturating_add(part.state.len()) <= comparing.known.bytes;
        if comparing.same {
            comparing.state.extend_from_slice(&part.state);
        }
        comparing.next = comparing.next.saturating_add(1);
        if part.part.saturating_add(1) < part.parts {
            return Judged::Nothing;
        }
        let same = comparing.same && sha256(&comparing.state) == comparing.known.state_hash;
        self.comparing = None;
        if same { Judged::Same { seq: part.seq } } else { Judged::Differs { taken_at: Some(part.seq) } }
    }

    /// The state that the snapshot is to be, if it is known or nothing that a state depends on came since.
    fn compare_with(&self, detectors: &Detectors, head: &Part) -> Option<Comparing> {
        let known = self.known.get(&head.seq).copied().or_else(|| {
            let (_, hash) = self.since_input.iter().find(|(seq, _)| *seq == head.seq)?;
            Some(now(detectors, *hash))
        })?;
        let same = (head.chain_hash, head.config_hash, head.state_hash)
            == (known.chain_hash, known.config_hash, known.state_hash);
        Some(Comparing { head: head.place(), known, state: Vec::new(), next: 0, same })
    }
}

fn now(detectors: &Detectors, chain_hash: Digest) -> Known {
    let state = detectors.state();
    Known {
        chain_hash,
        config_hash: detectors.in_force().hash(),
        state_hash: sha256(&state),
        bytes: state.len(),
    }
}
