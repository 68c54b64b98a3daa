//! What a bench has seen: a fold over its sealed log, under the trust that the caller brings.
//!
//! A record is evidence of what was written, never authority. Each record that claims to have taken something in carries the signed
//! envelope, which is verified again here, at the time of the record, by what was proved before it. What does not verify changes
//! nothing and is a [`Finding`].

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use ztp_audit::error::VerifyError;
use ztp_audit::record::RecordView;
use ztp_audit::source::{LogSource, each_record};
use ztp_core::Coded as _;
use ztp_core::digest::{Digest, sha256};
use ztp_core::event::EventClass;
use ztp_core::time::Timestamp;

use super::clock::{Attested, Clock};
use super::error::{IngestError, Refusal};
use super::finding::{Finding, Findings, UNPROVEN};
use super::record::{self, Carried, Claim};
use super::sealed_log::SealedLog;
use crate::envelope::read_unverified;
use crate::licence::Licence;
use crate::limits::ENVELOPE_BYTES_MAX;
use crate::parts::Parts;
use crate::{Status, Trust, Verdict, verify};

/// An envelope that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenEnvelope {
    /// Its id.
    pub envelope_id: String,
    /// The licence it belongs to.
    pub licence_id: String,
    /// Sequence number of the record that took it in.
    pub seq: u64,
    /// When that was.
    pub ingested_at: Timestamp,
}

/// An envelope that changed the trust document, and the time at which it was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News {
    pub(super) at: Timestamp,
    pub(super) envelope: Vec<u8>,
}

/// An envelope that a record carries and that does not verify under the trust of now.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unproven {
    licence_id: String,
    seq: u64,
}

/// Everything the ingest must remember, proved by the envelopes that the log's records carry.
///
/// It lives nowhere but in the log: whoever wants to make a bench forget a revocation must roll back the sealed log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The trust of the caller, and what proved envelopes made of it.
    trust: Trust,
    bench_id: Option<String>,
    envelopes: BTreeMap<Digest, SeenEnvelope>,
    ids: BTreeMap<String, Digest>,
    last: BTreeMap<String, (Digest, u64)>,
    unproven: BTreeMap<Digest, Unproven>,
    /// Into which vault an envelope's notes go; the first word counts.
    vaults: BTreeMap<Digest, Digest>,
    pub(super) news: Vec<News>,
    pub(super) findings: Findings,
    pub(super) clock: Clock,
    /// Digests of the payloads of refusals, with their records: a refusal is written once.
    refused: BTreeMap<Digest, u64>,
    parts: [Parts; 2],
    head: Option<(u64, Digest)>,
    /// What the verdict on the log says that this was read from, where it was verified.
    pub(super) sealed_log: Option<SealedLog>,
}

/// How an envelope is judged at a time of the bench's clock.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// The time it was judged at: never before the latest that the log attests.
    pub(super) at: Timestamp,
    /// The clock is behind that, and the envelope does not say why.
    pub(super) behind: Option<Refusal>,
}

impl Seen {
    /// A bench that has seen nothing yet, and trusts what its caller does.
    #[must_use]
    pub fn new(trust: &Trust, bench_id: Option<&str>) -> Self {
        Self {
            trust: trust.clone(),
            bench_id: bench_id.map(str::to_owned),
            envelopes: BTreeMap::new(),
            ids: BTreeMap::new(),
            last: BTreeMap::new(),
            unproven: BTreeMap::new(),
            vaults: BTreeMap::new(),
            news: Vec::new(),
            findings: Findings::default(),
            clock: Clock::default(),
            refused: BTreeMap::new(),
            parts: [Parts::default(), Parts::default()],
            head: None,
            sealed_log: None,
        }
    }

    /// States what the log's own verdict is: a document of what was seen says what it rests on.
    #[must_use]
    pub fn resting_on(mut self, log: SealedLog) -> Self {
        self.sealed_log = Some(log);
        self
    }

    /// What the verdict on the log says that this was read from; `None` where nobody verified it.
    #[must_use]
    pub const fn sealed_log(&self) -> Option<&SealedLog> {
        self.sealed_log.as_ref()
    }

    /// Folds a log, from its first record to its last whole one. Hash, place and link of every record are checked before its content
    /// is used, and each envelope in it is verified from `trust` on, for the bench `bench_id`.
    ///
    /// # Errors
    /// [`IngestError::LogBroken`] at the first record that does not hold; [`IngestError::Log`] if it cannot be read.
    pub fn fold(log: &dyn LogSource, trust: &Trust, bench_id: Option<&str>) -> Result<Self, IngestError> {
        let mut seen = Self::new(trust, bench_id);
        let walked = each_record(log, |record| {
            seen.take(record);
            Ok(ControlFlow::Continue(()))
        });
        match walked {
            Ok(_) => Ok(seen),
            Err(VerifyError::Damaged { seq }) => {
                let reason = "its hash, its place or the record before it is not what it states".to_owned();
                Err(IngestError::LogBroken { seq, reason })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn take(&mut self, record: &RecordView<'_>) {
        let (seq, hash) = (record.seq, claimed(record));
        let at = Timestamp::from_bytes(record.timestamp).ok();
        self.head = Some((seq, hash));
        if self.clock.ledger.is_none() {
            self.clock.ledger = Some(hash);
        }
        let class = std::str::from_utf8(record.event_class).unwrap_or_default();
        let is = |other: &EventClass| class == other.as_str();
        if class.starts_with("log.") {
            // The log's own records alone: whoever hands an event over may date it as he likes.
            at.into_iter().for_each(|at| self.clock.saw(Attested { seq, hash, at }));
        } else if is(&EventClass::LICENCE_INGESTED) {
            self.carried(record, at, true);
        } else if is(&EventClass::LICENCE_REFUSED) {
            self.refused.entry(sha256(record.payload)).or_insert(seq);
            self.carried(record, at, false);
        } else if is(&EventClass::LICENCE_VAULT_NAMED) {
            match record::read_vault_named(record.payload) {
                Ok((envelope, vault)) => self.name_vault(envelope, vault, seq),
                Err(reason) => self.findings.add(seq, UNPROVEN, reason),
            }
        }
    }

    fn carried(&mut self, record: &RecordView<'_>, at: Option<Timestamp>, taken: bool) {
        let seq = record.seq;
        let carried = match record::read(record.payload, taken) {
            Ok(Some(carried)) => carried,
            Ok(None) => return,
            Err(reason) => return self.findings.add(seq, UNPROVEN, reason),
        };
        let Some(at) = at else { return };
        let Carried { part, parts, ref text, .. } = carried;
        let [refused, ingested] = &mut self.parts;
        let gathered = if taken { ingested } else { refused };
        let Some(envelope) = gathered.take(part, parts, text.as_bytes(), ENVELOPE_BYTES_MAX) else {
            if !matches!(carried.claim, Claim::Part) {
                self.findings.add(seq, UNPROVEN, "the parts of its envelope are not all there".to_owned());
            }
            return;
        };
        if sha256(&envelope) != carried.digest {
            let reason = "its envelope is another than the one it names".to_owned();
            return self.findings.add(seq, UNPROVEN, reason);
        }
        let hash = claimed(record);
        match carried.claim {
            Claim::Ingested { envelope_id, licence_id, vault_id } => {
                let claimed = (envelope_id.as_str(), licence_id.as_str(), vault_id);
                self.prove(&envelope, carried.digest, claimed, (seq, hash, at));
            }
            Claim::Refused => {
                let at = self.clock.floor().map_or(at, |floor| at.max(floor.at));
                let verdict = verify(&envelope, &self.trust, at, self.bench_id.as_deref());
                if !self.learn(&verdict, &envelope, at) {
                    let reason = "its envelope teaches nothing".to_owned();
                    self.findings.add(seq, UNPROVEN, reason);
                }
            }
            Claim::Part => {}
        }
    }

    /// Verifies an envelope that a record says was taken in, as of then, and takes it in where all that the record says is proved.
    fn prove(
        &mut self,
        envelope: &[u8],
        digest: Digest,
        (envelope_id, licence_id, vault_id): (&str, &str, Option<Digest>),
        (seq, hash, at): (u64, Digest, Timestamp),
    ) {
        // Whether its record is proved or not: notes are not minted into one vault after another was named.
        if let Some(vault) = vault_id {
            self.vaults.entry(digest).or_insert(vault);
        }
        let Judged { verdict, at: judged_at, behind } = self.judge(envelope, at);
        let fault = match (&behind, verdict.licence()) {
            (Some(behind), _) => Some((behind.code(), behind.to_string())),
            (None, None) => verdict.failure().map(|failure| (failure.code(), failure.to_string())),
            (None, Some(licence)) => {
                let differs =
                    (licence.envelope_id.as_str(), licence.licence_id.as_str()) != (envelope_id, licence_id);
                let differs =
                    differs.then(|| (UNPROVEN, "it says another thing than its envelope".to_owned()));
                let unfit = || self.misfits(&digest, licence).into_iter().next();
                differs.or_else(|| unfit().map(|refusal| (refusal.code(), refusal.to_string())))
            }
        };
        if let Some((code, reason)) = fault {
            if let Ok(licence) = read_unverified(envelope)
                && !self.envelopes.contains_key(&digest)
            {
                self.unproven.insert(digest, Unproven { licence_id: licence.licence_id, seq });
            }
            return self.findings.add(seq, code, reason);
        }
        self.add(&verdict, envelope, (seq, hash), judged_at);
    }

    /// Takes in an envelope that was accepted, with the record that says so.
    pub(super) fn add(
        &mut self,
        verdict: &Verdict,
        envelope: &[u8],
        (seq, hash): (u64, Digest),
        at: Timestamp,
    ) {
        let Some(licence) = verdict.licence() else { return };
        let digest = verdict.envelope_digest();
        self.learn(verdict, envelope, at);
        self.ids.insert(licence.envelope_id.clone(), digest);
        self.last.insert(licence.licence_id.clone(), (digest, seq));
        let stated = licence.clock_statement.as_ref();
        if let Some(clock) = stated.and_then(|statement| self.clock.stated(statement, Some((seq, hash)))) {
            self.clock = clock;
        }
        let (envelope_id, licence_id) = (licence.envelope_id.clone(), licence.licence_id.clone());
        self.envelopes.insert(digest, SeenEnvelope { envelope_id, licence_id, seq, ingested_at: at });
        self.unproven.remove(&digest);
    }

    /// Takes on what an envelope proved of roots and revocations; says whether that is more than was known.
    pub(super) fn learn(&mut self, verdict: &Verdict, envelope: &[u8], at: Timestamp) -> bool {
        let Some(update) = verdict.trust_update() else { return false };
        self.trust = update.clone();
        self.news.push(News { at, envelope: envelope.to_vec() });
        true
    }

    /// A record names the vault of an envelope that the log carries. The first word counts.
    fn name_vault(&mut self, envelope: Digest, vault: Digest, seq: u64) {
        let carried = self.envelopes.contains_key(&envelope) || self.unproven.contains_key(&envelope);
        if !carried || self.vaults.contains_key(&envelope) {
            let reason = "it names a vault for an envelope that is not there, or has one".to_owned();
            return self.findings.add(seq, UNPROVEN, reason);
        }
        self.vaults.insert(envelope, vault);
    }

    pub(super) fn set_vault(&mut self, envelope: Digest, vault: Digest) {
        self.vaults.entry(envelope).or_insert(vault);
    }

    pub(super) fn add_refused(&mut self, payload: Digest, seq: u64) {
        self.refused.entry(payload).or_insert(seq);
    }

    /// The record that wrote down this refusal.
    pub(super) fn refusal(&self, payload: &Digest) -> Option<u64> {
        self.refused.get(payload).copied()
    }

    /// Judges an envelope at a time of the bench's clock, which may not be behind what the log attests, unless the envelope itself
    /// brings the issuer's word that the log was ahead. That word must hold at the time that the log attests, too: a key that has expired
    /// by then turns no clock back.
    pub(super) fn judge(&self, envelope: &[u8], now: Timestamp) -> Judged {
        let verified = |at| verify(envelope, &self.trust, at, self.bench_id.as_deref());
        let (behind, floor) = match (self.clock.time_of(now), self.clock.floor()) {
            (Err(behind), Some(floor)) => (behind, floor),
            (at, _) => {
                let at = at.unwrap_or(now);
                return Judged { verdict: verified(at), at, behind: None };
            }
        };
        let then = verified(floor.at);
        let stated = then.licence().and_then(|licence| licence.clock_statement.as_ref());
        let clock = stated.and_then(|statement| self.clock.stated(statement, None));
        match clock.map(|clock| clock.time_of(now)) {
            Some(Ok(at)) => Judged { verdict: verified(at), at, behind: None },
            _ => Judged { verdict: verified(now), at: now, behind: Some(behind) },
        }
    }

    /// Why a valid licence does not fit to what was taken in before.
    pub(super) fn misfits(&self, digest: &Digest, licence: &Licence) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        if let Some(ingested) = self.digest_of_id(&licence.envelope_id) {
            let envelope_id = licence.envelope_id.clone();
            refusals.push(Refusal::IdReused { envelope_id, ingested });
        }
        let (found, last) = (licence.previous_envelope, self.last.get(&licence.licence_id));
        let expected = last.map(|(digest, _)| *digest);
        // An envelope that was taken in under a trust that the caller no longer brings is proved by the one that follows it: the issuer
        // names it by its digest, and the log carries it.
        let vouched = found.and_then(|found| self.unproven.get(&found)).is_some_and(|unproven| {
            unproven.licence_id == licence.licence_id && last.is_none_or(|(_, seq)| *seq < unproven.seq)
        });
        if found != expected && !vouched {
            let licence_id = licence.licence_id.clone();
            refusals.push(Refusal::PreviousMismatch { licence_id, found, expected });
        }
        debug_assert!(!self.envelopes.contains_key(digest) || !refusals.is_empty());
        refusals
    }

    /// The envelope of this digest, if it was taken in.
    #[must_use]
    pub fn envelope(&self, digest: &Digest) -> Option<&SeenEnvelope> {
        self.envelopes.get(digest)
    }

    /// Every envelope that was taken in, in the order of their records.
    pub(super) fn envelopes(&self) -> Vec<(&Digest, &SeenEnvelope)> {
        let mut envelopes: Vec<_> = self.envelopes.iter().collect();
        envelopes.sort_by_key(|(_, envelope)| envelope.seq);
        envelopes
    }

    /// The vault that the notes of this envelope go into, if one was named.
    #[must_use]
    pub fn vault_of(&self, digest: &Digest) -> Option<Digest> {
        self.vaults.get(digest).copied()
    }

    /// The digest of the envelope that used this id.
    #[must_use]
    pub fn digest_of_id(&self, envelope_id: &str) -> Option<Digest> {
        self.ids.get(envelope_id).copied()
    }

    /// The digest of the last envelope of a licence.
    #[must_use]
    pub fn last_of(&self, licence_id: &str) -> Option<Digest> {
        self.last.get(licence_id).map(|(digest, _)| *digest)
    }

    /// What the bench trusts now: the caller's document, and what envelopes proved from there.
    #[must_use]
    pub const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The id of the bench for which envelopes are judged.
    #[must_use]
    pub fn bench_id(&self) -> Option<&str> {
        self.bench_id.as_deref()
    }

    /// The latest time that the log attests, and the record that does: what a clock may not go below.
    #[must_use]
    pub fn clock_floor(&self) -> Option<Attested> {
        self.clock.floor()
    }

    /// Records that claim what their signed documents do not prove, in order; the first thousand.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings.listed
    }

    /// Sequence number and hash of the last record folded.
    #[must_use]
    pub const fn head(&self) -> Option<(u64, Digest)> {
        self.head
    }

    /// Takes an envelope from a document instead of a log.
    pub(super) fn add_listed(
        &mut self,
        digest: Digest,
        envelope: SeenEnvelope,
        vault: Option<Digest>,
    ) -> Result<(), String> {
        if self.envelopes.contains_key(&digest) || self.ids.contains_key(&envelope.envelope_id) {
            return Err("it takes in an envelope that one before took in".to_owned());
        }
        self.ids.insert(envelope.envelope_id.clone(), digest);
        self.last.insert(envelope.licence_id.clone(), (digest, envelope.seq));
        vault.into_iter().for_each(|vault| self.set_vault(digest, vault));
        self.envelopes.insert(digest, envelope);
        Ok(())
    }

    /// Verifies what an envelope of a document proves, and takes it on.
    pub(super) fn relearn(&mut self, envelope: &[u8], at: Timestamp) {
        let verdict = verify(envelope, &self.trust, at, self.bench_id.as_deref());
        self.learn(&verdict, envelope, at);
    }

    /// Whether an envelope can be minted as of the time it was taken in.
    pub(super) fn verify_as_of(&self, envelope: &[u8], then: Timestamp) -> Option<Verdict> {
        let verdict = verify(envelope, &self.trust, then, self.bench_id.as_deref());
        (verdict.status() == Status::Valid).then_some(verdict)
    }
}

/// The hash of a record that was checked: what it claims.
fn claimed(record: &RecordView<'_>) -> Digest {
    record.claimed_hash().unwrap_or(Digest::ZERO)
}
