//! The decision, its record, and the notes, in that order: a decision that the log does not hold was not made.

use ztp_audit::store::NewEvent;
use ztp_core::canonical::{self, CanonicalError, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::time::Timestamp;

use super::decide::decide;
use super::decision::{Decision, DecisionStatus};
use super::error::{IngestError, Refusal};
use super::record;
use super::run::{Ingest, reached};
use super::step::{Minting, Observer, Step};
use crate::Verdict;
use crate::licence::Licence;
use crate::member::number;

/// The name of the format of one decision and its record.
const RECORDED_SCHEMA: &str = "ztp.licence.ingest/1";

/// A decision and the record that states it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Recorded {
    /// What was decided.
    pub decision: Decision,
    /// The record, also where an earlier run wrote it.
    pub seq: u64,
    /// Its hash, where this run wrote it and it is the last of the log.
    pub hash: Option<Digest>,
    /// Notes that the envelope brought into the vault; none where no vault was given, or nothing was minted.
    pub notes: Option<u64>,
    /// What there is to say besides.
    pub message: Option<String>,
}

impl Recorded {
    /// Writes the decision and its record as a canonical document, `ztp.licence.ingest/1`.
    ///
    /// # Errors
    /// None that an envelope can cause: everything in it is within the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::write(&Value::object([
            ("code", Value::from(self.decision.codes().first().copied())),
            ("decision", self.decision.to_value(Vec::new())?),
            ("hash", self.hash.map(|hash| hash.to_string()).into()),
            ("message", self.message.as_deref().into()),
            ("notes", self.notes.map_or(Value::Null, number)),
            ("schema", RECORDED_SCHEMA.into()),
            ("seq", number(self.seq)),
        ]))
    }
}

impl Ingest<'_> {
    /// Decides, records, mints.
    pub(super) fn record(
        &mut self,
        envelope: &[u8],
        file: &str,
        now: Timestamp,
        observer: &mut dyn Observer,
    ) -> Result<Recorded, IngestError> {
        let mut decision = decide(envelope, &self.seen, now);
        reached(observer, Step::Decided, file)?;
        decision.refusals.extend(self.other_vault(&decision));
        if decision.status() == DecisionStatus::AlreadyIngested {
            return self.complete(envelope, decision, file, now, observer);
        }
        let refusal = decision.licence().zip(decision.verdict()).and_then(|(licence, verdict)| {
            self.vault
                .as_deref()
                .and_then(|vault| self.vault_refuses(vault, envelope, licence, verdict, decision.at))
        });
        decision.refusals.extend(refusal);
        let Some((licence, verdict)) = decision.licence().zip(decision.verdict()) else {
            let recorded = self.record_refusal(decision, file, Some(envelope))?;
            reached(observer, Step::Recorded, file)?;
            return Ok(recorded);
        };
        let vault_id =
            self.vault.as_deref().filter(|vault| concerns(licence, *vault)).map(|vault| vault.vault_id());
        let known = verdict.trust_update().unwrap_or_else(|| self.seen.trust());
        let digest = verdict.envelope_digest();
        let events = record::ingested(licence, (envelope, digest), &verdict.signed_by, known, vault_id);
        // An accepted envelope is canonical, and so ASCII.
        let no_text = || IngestError::Io {
            action: "record",
            path: file.into(),
            source: std::io::ErrorKind::InvalidData.into(),
        };
        let events = events.ok_or_else(no_text)?;
        let (seq, hash) = self.append(&events, decision.at)?;
        self.seen.add(verdict, envelope, (seq, hash.unwrap_or(Digest::ZERO)), decision.at);
        vault_id.into_iter().for_each(|vault| self.seen.set_vault(digest, vault));
        reached(observer, Step::Recorded, file)?;
        let notes = match &mut self.vault {
            Some(vault) if concerns(licence, &**vault) => Some(vault.mint(envelope, verdict, decision.at)?),
            _ => None,
        };
        reached(observer, Step::Minted, file)?;
        Ok(Recorded { decision, seq, hash, notes, message: None })
    }

    /// Why the vault would not take what the envelope brings it.
    fn vault_refuses(
        &self,
        vault: &dyn Minting,
        envelope: &[u8],
        licence: &Licence,
        verdict: &Verdict,
        at: Timestamp,
    ) -> Option<Refusal> {
        if !concerns(licence, vault) {
            return None;
        }
        let floor = vault.clock_floor();
        // The issuer's word about a clock must hold at the time that it takes back, too.
        if at < floor
            && licence.clock_statement.is_some()
            && self.seen.verify_as_of(envelope, floor).is_none()
        {
            let (code, message) = (
                "vault_clock_behind",
                format!("the envelope does not hold at {floor}, the latest time that the vault has seen"),
            );
            return Some(Refusal::Mint { code, message });
        }
        vault.check(envelope, verdict, at).err()
    }

    /// The refusal of an envelope whose notes go into another vault than the one given, by the log's own record.
    fn other_vault(&self, decision: &Decision) -> Option<Refusal> {
        let given = self.vault.as_ref()?.vault_id();
        let named = self.seen.vault_of(&decision.envelope_digest()?)?;
        (named != given).then_some(Refusal::OtherVault { named, given })
    }

    /// Completes what an interrupted run left undone of an envelope that was taken in before, as of the moment it was decided: its notes
    /// go into the vault that the log names, or, where none was given then, into the one that is named now.
    fn complete(
        &mut self,
        envelope: &[u8],
        decision: Decision,
        file: &str,
        now: Timestamp,
        observer: &mut dyn Observer,
    ) -> Result<Recorded, IngestError> {
        let digest = sha256(envelope);
        let seen = self.seen.envelope(&digest).map(|seen| (seen.seq, seen.ingested_at));
        let (seq, then) = seen.unwrap_or((0, now));
        let mut recorded = Recorded { decision, seq, hash: None, notes: None, message: None };
        let verdict = self.seen.verify_as_of(envelope, then);
        let (Some(vault), at) = (&self.vault, self.seen.clock.time_of(now)) else { return Ok(recorded) };
        let concerned =
            verdict.as_ref().and_then(Verdict::licence).map(|licence| concerns(licence, &**vault));
        if concerned == Some(false) {
            return Ok(recorded);
        }
        let ready = verdict
            .as_ref()
            .zip(at.as_ref().ok())
            .filter(|(verdict, at)| {
                let licence = verdict.licence();
                licence.is_some_and(|l| self.vault_refuses(&**vault, envelope, l, verdict, **at).is_none())
            })
            .map(|(_, at)| *at);
        let Some((at, verdict)) = ready.zip(verdict) else {
            recorded.message = Some(
                "taken in before; nothing is minted in this run, what it minted then is in its vault"
                    .to_owned(),
            );
            return Ok(recorded);
        };
        if self.seen.vault_of(&digest).is_none() {
            let vault_id = vault.vault_id();
            // First the record, then the notes: no other vault can be given them from here on.
            self.append(&[record::vault_named(digest, vault_id)], at)?;
            self.seen.set_vault(digest, vault_id);
            reached(observer, Step::Recorded, file)?;
        }
        if let Some(vault) = &mut self.vault {
            recorded.notes = Some(vault.mint(envelope, &verdict, at)?);
        }
        reached(observer, Step::Minted, file)?;
        Ok(recorded)
    }

    /// Writes a refusal down, once for each file, digest and list of codes; with the envelope, where the bench learns from it what the
    /// root signed all the same.
    pub(super) fn record_refusal(
        &mut self,
        decision: Decision,
        file: &str,
        envelope: Option<&[u8]>,
    ) -> Result<Recorded, IngestError> {
        let update = decision.verdict().and_then(Verdict::trust_update);
        let known = update.unwrap_or_else(|| self.seen.trust());
        let teaches = envelope.filter(|_| update.is_some());
        let events = record::refused(&decision, file, known, teaches);
        let last = events.last().map(|event| canonical::write(&event.payload)).transpose()?;
        let payload = sha256(&last.unwrap_or_default());
        if let Some(seq) = self.seen.refusal(&payload) {
            return Ok(Recorded { decision, seq, hash: None, notes: None, message: None });
        }
        let (seq, hash) = self.append(&events, decision.at)?;
        self.seen.add_refused(payload, seq);
        if let (Some(verdict), Some(envelope)) = (decision.verdict(), teaches) {
            self.seen.learn(verdict, envelope, decision.at);
        }
        Ok(Recorded { decision, seq, hash, notes: None, message: None })
    }

    /// Appends the events of one decision, of which the last is the decision; returns its record, and its hash where no seal followed.
    fn append(&mut self, events: &[NewEvent], at: Timestamp) -> Result<(u64, Option<Digest>), IngestError> {
        let mut last = (self.log.last().0, None);
        for event in events {
            let done = self.log.append(std::slice::from_ref(event), at)?;
            self.recorded = true;
            last = (done.first_seq, (done.first_seq == done.last_seq).then_some(done.last_hash));
        }
        Ok(last)
    }
}

/// Whether an envelope has anything for a vault: notes, or the issuer's word about its clock.
fn concerns(licence: &Licence, vault: &dyn Minting) -> bool {
    let stated = licence.clock_statement.as_ref();
    !licence.mint.is_empty() || stated.is_some_and(|statement| statement.of(&vault.vault_id()).is_some())
}
