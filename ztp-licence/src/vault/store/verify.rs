//! Verifying a vault: the log under it, a whole replay, every signature, and what facts outside it say. Nothing is written, no lock is
//! taken, and no secret is needed.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use ztp_audit::source::DirSource;
use ztp_audit::verdict::Status as LogStatus;
use ztp_audit::verify::{Progress, SEALS_WITHOUT_CHECKPOINTS, VerifyOptions, verify_dir};
use ztp_core::Coded as _;
use ztp_core::anchor::TpmAnchor;
use ztp_core::digest::Digest;
use ztp_core::signature::PublicKey;
use ztp_core::time::Timestamp;
use ztp_core::vkey::VerifierKey;

use super::fold::{Fold, Replayed, Seen};
use super::scan::{self, Place};
use super::{StoreError, guard};
use crate::vault::anchor::{AnchorStep, judge};
use crate::vault::error::VaultError;
use crate::vault::fork::verify_fork;
use crate::vault::receipt::Receipt;
use crate::vault::snapshot;
use crate::vault::state::State;
use crate::vault::verdict::{Evidence, Finding, Tier, VaultVerdict};
use crate::vault::witness::WitnessKey;
use crate::{Trust, Verdict};

/// What to hold a vault against. What is not given is not checked, and the verdict says so.
#[derive(Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "callers make it")]
pub struct VerifyVault<'a> {
    /// The bench's device key, as the verifier knows it from outside the bench.
    pub device: Option<PublicKey>,
    /// The keys that may mint, to verify each envelope in the log again at the time it was minted.
    pub trust: Option<&'a Trust>,
    /// The key of the log's first epoch, as the verifier knows it from outside the bench.
    pub vkey: Option<VerifierKey>,
    /// The anchor that the vault should be bound to (T1).
    pub anchor: Option<&'a mut dyn TpmAnchor>,
    /// A cosigned checkpoint and the witnesses who must have signed it (T2).
    pub witness: Option<(Vec<u8>, Vec<WitnessKey>)>,
    /// Receipts of this device that others hold, such as the issuer (T3).
    pub receipts: Vec<Receipt>,
}

/// Verifies the vault in a directory.
///
/// # Errors
/// When it could not be checked. A vault that does not hold is a verdict, not an error.
pub fn verify(
    dir: &Path,
    options: VerifyVault<'_>,
    progress: &dyn Progress,
) -> Result<VaultVerdict, StoreError> {
    let mut verdict = VaultVerdict {
        state: State::new(),
        evidence: Vec::new(),
        findings: Vec::new(),
        fork: None,
        log: ztp_core::canonical::Value::Null,
        log_sealed: false,
        seals_without_checkpoints: 0,
        envelopes_verified: options.trust.map(|_| 0),
        receipts_verified: 0,
        refused: 0,
        device_pinned: options.device.is_some(),
        unchecked: Vec::new(),
    };
    if let Err(error) = guard::check(dir) {
        match error {
            StoreError::Unsafe { .. } => verdict.find(&error, None),
            other => return Err(other),
        }
    }
    let witnessed = witnessed(&options)?;
    verify_log(dir, &options, &mut verdict, progress)?;
    let mut replay = Replay { verdict, options: &options, heads: HashMap::new(), sizes: Vec::new() };
    replay.run(dir)?;
    let Replay { mut verdict, heads, sizes, .. } = replay;
    for (name, time, size) in witnessed {
        verdict.witness(name, time, size, &sizes);
    }
    let receipts = options.receipts;
    verdict.issuer(dir, &receipts, &heads)?;
    verdict.anchor(options.anchor)?;
    verdict.list_unchecked(&receipts);
    Ok(verdict)
}

type Seal = (String, ztp_core::time::Timestamp, u64);

/// The cosignatures, each verified.
fn witnessed(options: &VerifyVault<'_>) -> Result<Vec<Seal>, VaultError> {
    let Some((note, keys)) = &options.witness else { return Ok(Vec::new()) };
    if keys.is_empty() {
        return Err(VaultError::WitnessUnusable { reason: "no witness was named".to_owned() });
    }
    keys.iter().map(|key| key.verify(note).map(|seen| (seen.name, seen.time, seen.size))).collect()
}

/// The log under the vault: chain, tree, seals, and the cosigned head, which it must contain.
fn verify_log(
    dir: &Path,
    options: &VerifyVault<'_>,
    verdict: &mut VaultVerdict,
    progress: &dyn Progress,
) -> Result<(), StoreError> {
    let log_options = VerifyOptions {
        pinned: options.vkey.clone(),
        head: options.witness.as_ref().map(|(note, _)| note.clone()),
        // A vault's verdict has grades of its own.
        require: Some(Vec::new()),
        ..VerifyOptions::default()
    };
    let log = verify_dir(dir, &log_options, progress)?;
    verdict.log = log.to_value();
    verdict.log_sealed = log.head.is_some();
    if log.unchecked.contains(&SEALS_WITHOUT_CHECKPOINTS) {
        verdict.seals_without_checkpoints = log.unanchored_tail.seals;
        verdict.unchecked.push(SEALS_WITHOUT_CHECKPOINTS);
    }
    if !verdict.log_sealed {
        verdict.unchecked.push("no_seal_verifies");
    }
    let (code, message) = match log.status {
        LogStatus::Intact | LogStatus::Unanchored | LogStatus::BelowRequired => return Ok(()),
        LogStatus::RolledBack => (
            "vault_rolled_back",
            "the log ends before the head that the witness cosigned: an older copy was put back",
        ),
        LogStatus::Forked => ("vault_forked", "the log is not the one whose head the witness cosigned"),
        LogStatus::Broken | LogStatus::Truncated => {
            ("vault_log_broken", "the log under the vault does not hold")
        }
    };
    let record = log.breaks.first().map(|first| first.seq);
    verdict.findings.push(Finding { code, message: message.to_owned(), record });
    Ok(())
}

struct Replay<'o, 'a> {
    verdict: VaultVerdict,
    options: &'o VerifyVault<'a>,
    /// Head by number, of the receipts that others hold.
    heads: HashMap<u64, Digest>,
    /// Number of the last transaction by records of the log, for each seal's size.
    sizes: Vec<(u64, u64)>,
}

impl Replay<'_, '_> {
    fn run(&mut self, dir: &Path) -> Result<(), StoreError> {
        let source = DirSource::new(dir);
        let mut fold = Fold::default();
        let wanted: std::collections::HashSet<u64> =
            self.options.receipts.iter().map(|receipt| receipt.body.seq).collect();
        let stopped = scan::lines(&source, Place::START, |line, _| {
            let floor = fold.state.floor();
            let (record, seen) = match fold.line(line) {
                Ok(seen) => seen,
                Err(error @ (StoreError::LogBroken { .. } | StoreError::ReplayDiffers { .. })) => {
                    let record = match &error {
                        StoreError::LogBroken { seq, .. } | StoreError::ReplayDiffers { seq, .. } => {
                            Some(*seq)
                        }
                        _ => None,
                    };
                    self.verdict.find(&error, record);
                    return Ok(ControlFlow::Break(()));
                }
                Err(other) => return Err(other),
            };
            match seen {
                Seen::Other => {}
                Seen::Refused => self.verdict.refused += 1,
                Seen::Transaction(replayed) => {
                    let seq = fold.state.seq();
                    if wanted.contains(&seq) {
                        self.heads.insert(seq, fold.state.head());
                    }
                    self.transaction(record, &fold.state, &replayed, floor);
                }
                Seen::Snapshot(bytes) => self.snapshot(record, &fold.state, &bytes)?,
            }
            self.sizes.push((record + 1, fold.state.seq()));
            Ok(ControlFlow::Continue(()))
        });
        stopped?;
        self.verdict.state = fold.state;
        match (&self.verdict.state.identity, &self.options.device) {
            (None, _) if self.verdict.findings.is_empty() => return Err(VaultError::NotOpen.into()),
            (Some(identity), Some(device)) if identity.device != *device => {
                let (expected, found) = (device.key_id(), identity.device.key_id());
                self.verdict.find(&VaultError::OtherDevice { expected, found }, None);
            }
            _ => {}
        }
        Ok(())
    }

    /// A transaction: its receipt's signature, and for a mint the issuer's; where that went below the floor before it, at both times.
    fn transaction(&mut self, record: u64, state: &State, replayed: &Replayed, floor: Timestamp) {
        let Some(identity) = &state.identity else { return };
        match replayed.receipt.verify(&identity.device) {
            Ok(()) => self.verdict.receipts_verified += 1,
            Err(error) => self.verdict.find(&error, Some(record)),
        }
        let (Some(envelope), Some(trust)) = (&replayed.envelope, self.options.trust) else { return };
        let verified = |at| crate::verify(envelope, trust, at, Some(&identity.bench_id));
        let verdict = verified(replayed.time);
        let before = (replayed.time < floor).then(|| verified(floor));
        match verdict.failure().or_else(|| before.as_ref().and_then(Verdict::failure)) {
            None => self.verdict.envelopes_verified = self.verdict.envelopes_verified.map(|count| count + 1),
            Some(failure) => {
                let envelope = verdict.envelope_digest();
                let reason = failure.code().to_owned();
                self.verdict.find(&VaultError::EnvelopeNotAccepted { envelope, reason }, Some(record));
            }
        }
    }

    fn snapshot(&mut self, record: u64, state: &State, bytes: &[u8]) -> Result<(), StoreError> {
        if snapshot::encode(state)? != bytes {
            let reason = "the snapshot is not the state that the replay gives".to_owned();
            self.verdict.find(&StoreError::ReplayDiffers { seq: record, reason }, Some(record));
        }
        Ok(())
    }
}

impl VaultVerdict {
    fn find<E: ztp_core::Coded + std::fmt::Display>(&mut self, error: &E, record: Option<u64>) {
        self.findings.push(Finding { code: error.code(), message: error.to_string(), record });
    }

    /// Whether findings so far concern this very evidence's kind.
    fn has(&self, code: &str) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }

    fn witness(&mut self, name: String, time: ztp_core::time::Timestamp, size: u64, sizes: &[(u64, u64)]) {
        let result = if self.has("vault_rolled_back") {
            "rolled_back"
        } else if self.has("vault_forked") {
            "forked"
        } else {
            "contained"
        };
        let covered =
            sizes.iter().take_while(|(records, _)| *records <= size).last().map_or(0, |(_, seq)| *seq);
        let counts = result == "contained";
        let covers_seq = if counts { covered } else { 0 };
        self.evidence.push(Evidence {
            tier: Tier::T2,
            source: name,
            kind: None,
            counts,
            covers_seq,
            time: Some(time),
            result,
        });
    }

    /// Receipts that others hold: each must be this history's.
    fn issuer(
        &mut self,
        dir: &Path,
        receipts: &[Receipt],
        heads: &HashMap<u64, Digest>,
    ) -> Result<(), StoreError> {
        let Some(identity) = self.state.identity.clone() else { return Ok(()) };
        let (mut covers_seq, mut result) = (0, "contained");
        for (receipt, number) in receipts.iter().zip(1u64..) {
            let body = &receipt.body;
            let unusable = |reason: VaultError| VaultError::EvidenceUnusable {
                what: format!("receipt {number} of those brought"),
                reason: reason.to_string(),
            };
            receipt.verify(&identity.device).map_err(unusable)?;
            if body.vault_id != identity.vault_id {
                let other = VaultError::OtherVault { first: body.vault_id, second: identity.vault_id };
                return Err(unusable(other).into());
            }
            match heads.get(&body.seq) {
                Some(head) if *head == body.head => covers_seq = covers_seq.max(body.seq),
                Some(head) => {
                    result = "forked";
                    if self.fork.is_none() {
                        self.find(&VaultError::Forked { anchor: body.head, vault: *head }, None);
                        let source = DirSource::new(dir);
                        self.fork = self.prove(&source, receipt, &identity.device)?.map(Box::new);
                    }
                }
                None if result == "forked" => {}
                None => {
                    if result != "rolled_back" {
                        let vault = self.state.seq();
                        self.find(&VaultError::RolledBack { anchor: body.seq, vault }, None);
                    }
                    result = "rolled_back";
                }
            }
        }
        if !receipts.is_empty() {
            self.evidence.push(Evidence {
                tier: Tier::T3,
                source: "issuer".to_owned(),
                kind: None,
                counts: result == "contained",
                covers_seq,
                time: None,
                result,
            });
        }
        Ok(())
    }

    /// The proof that a receipt contradicts this history: a note that both spend, or else the same number.
    fn prove(
        &self,
        source: &DirSource,
        receipt: &Receipt,
        device: &PublicKey,
    ) -> Result<Option<crate::vault::fork::ForkProof>, StoreError> {
        let spent_here = receipt.body.inputs()?.into_iter().filter_map(|input| self.state.spent_in(&input));
        for seq in spent_here.chain([receipt.body.seq]) {
            if let Ok(proof) = verify_fork(receipt, &scan::receipt(source, seq)?, device) {
                return Ok(Some(proof));
            }
        }
        Ok(None)
    }

    fn anchor(&mut self, anchor: Option<&mut (dyn TpmAnchor + '_)>) -> Result<(), StoreError> {
        let Some(anchor) = anchor else {
            if self.state.binding().is_some() {
                self.unchecked.push("bound_anchor_not_given");
            }
            return Ok(());
        };
        let Some(binding) = self.state.binding().cloned() else {
            self.unchecked.push("vault_is_bound_to_no_anchor");
            return Ok(());
        };
        if anchor.id() != binding.id {
            let (expected, found) = (binding.id, anchor.id());
            self.find(&VaultError::AnchorOther { expected, found }, None);
            return Ok(());
        }
        let kind = anchor.kind();
        let judged = judge(&binding, &anchor.read().map_err(VaultError::from)?);
        let (result, pending) = match &judged {
            Ok(AnchorStep::InStep) => ("in_step", 0),
            Ok(AnchorStep::CounterPending) => ("counter_pending", 0),
            Ok(AnchorStep::TransactionPending) => ("transaction_pending", 1),
            Err(VaultError::RolledBack { .. }) => ("rolled_back", 0),
            Err(VaultError::AnchorBehind { .. }) => ("behind", 0),
            Err(_) => ("forked", 0),
        };
        let covers_seq = if judged.is_ok() { self.state.seq() - pending } else { 0 };
        let counts = judged.is_ok() && kind.counts();
        if let Err(error) = &judged {
            self.find(error, None);
        } else if !kind.counts() {
            self.unchecked.push("anchor_can_be_copied_with_the_disk");
        }
        let (tier, source, kind) = (Tier::T1, binding.id, Some(kind));
        self.evidence.push(Evidence { tier, source, kind, counts, covers_seq, time: None, result });
        Ok(())
    }

    fn list_unchecked(&mut self, receipts: &[Receipt]) {
        let mut unchecked = Vec::new();
        if !self.device_pinned {
            unchecked.push("device_key_not_pinned");
        }
        if self.envelopes_verified.is_none() {
            unchecked.push("issuer_signatures_not_verified");
        }
        for (tier, word) in [(Tier::T1, "no_tpm"), (Tier::T2, "no_witness"), (Tier::T3, "no_issuer_receipts")]
        {
            let held_against = self.evidence.iter().any(|evidence| evidence.tier == tier);
            if !held_against && (tier != Tier::T3 || receipts.is_empty()) {
                unchecked.push(word);
            }
        }
        if self.findings.is_empty() && self.covered_seq() < self.state.seq() {
            unchecked.push("transactions_after_covered_seq");
        }
        unchecked.append(&mut self.unchecked);
        self.unchecked = unchecked;
    }
}
