//! The vault on disk: a fold over a sealed log, with one writer.
//!
//! Each transaction is one batch of the log: it is durable, by one `fdatasync`, before anything is acknowledged. What a crash
//! leaves is either the whole transaction or nothing of it; a transaction that is there and was not acknowledged is found again by
//! its request id. Where the vault is bound to an anchor, the order is: log, anchor, acknowledgement.

mod begun;
mod error;
mod file_anchor;
mod fold;
mod guard;
mod read;
mod reanchor;
mod scan;
mod verify;

use std::path::{Path, PathBuf};

use ztp_audit::control::SealPolicy;
use ztp_audit::source::DirSource;
use ztp_audit::store::{CreateOptions, Host, NewEvent, Writer};
use ztp_core::Coded as _;
use ztp_core::anchor::TpmAnchor;
use ztp_core::canonical::Value;
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::base64_encode;
use ztp_core::event::EventClass;
use ztp_core::signature::Signer;
use ztp_core::time::Timestamp;

pub use self::error::StoreError;
pub use self::file_anchor::FileAnchor;
use self::fold::Fold;
pub use self::read::{HISTORY_MAX, HISTORY_SCHEMA, history_json, load, receipts};
pub use self::verify::{VerifyVault, verify};
use super::anchor::{AnchorStep, judge};
use super::error::VaultError;
use super::receipt::Receipt;
use super::rules::note_request_content;
use super::snapshot;
use super::state::{State, Step};
use super::transaction::{Mint, NoteRequest, Open, SpendRequest, Transaction};
use crate::member::number;
use crate::parts::envelope_parts;
use crate::verdict::{Status, Verdict};

/// Bytes of a snapshot in one record, a multiple of three so that the parts' base64 joins.
const SNAPSHOT_PART_BYTES: usize = 600_000;

/// Transactions after which opening writes a snapshot.
pub const SNAPSHOT_AFTER: u64 = 10_000;

/// What a new vault is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "callers make it")]
pub struct CreateVault {
    /// The bench whose vault it is.
    pub bench_id: String,
    /// Origin line of its log's checkpoints.
    pub origin: String,
    /// When its log is sealed.
    pub policy: SealPolicy,
    /// The machine's generation (VMGenID), if the host has one.
    pub generation: Option<String>,
}

/// Facts about the machine that a vault is opened on.
#[derive(Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "callers make it")]
pub struct Machine {
    /// Its generation (VMGenID), if the host has one.
    pub generation: Option<String>,
    /// The anchor, if there is one.
    pub anchor: Option<Box<dyn TpmAnchor>>,
}

/// The one writer of a vault.
#[derive(Debug)]
pub struct VaultStore {
    dir: PathBuf,
    log: Writer,
    state: State,
    machine: Machine,
    /// The generation differs from the one recorded.
    other_generation: bool,
    /// The anchor may lack the last transaction.
    unsettled: bool,
    since_snapshot: u64,
}

impl VaultStore {
    /// Makes a vault in `dir`, which is new or empty.
    ///
    /// # Errors
    /// Those of the log and of the first transaction.
    pub fn create(
        dir: &Path,
        options: &CreateVault,
        device: &dyn Signer,
        now: Timestamp,
        mut host: Box<dyn Host>,
    ) -> Result<Self, StoreError> {
        let mut nonce = [0u8; 32];
        host.fill_random(&mut nonce).map_err(|reason| ztp_audit::error::StoreError::Entropy { reason })?;
        let open = Transaction::Open(Open {
            bench_id: options.bench_id.clone(),
            device: device.public_key().clone(),
            generation: options.generation.clone(),
            nonce: Digest::from_bytes(nonce),
            time: now,
        });
        // What is wrong with the vault is found before there is a log.
        State::new().check(&open)?;
        let created = CreateOptions { origin: options.origin.clone(), policy: options.policy };
        let log = begun::begun(dir, &created, now, host)?;
        guard::check(dir)?;
        let mut store = Self {
            dir: dir.to_owned(),
            log,
            state: State::new(),
            machine: Machine { generation: options.generation.clone(), anchor: None },
            other_generation: false,
            unsettled: false,
            since_snapshot: 0,
        };
        store.transact(&open, device, Vec::new())?;
        Ok(store)
    }

    /// Opens the vault in `dir`: takes the lock, recovers the log, replays it from the last snapshot, and settles with the anchor.
    ///
    /// # Errors
    /// [`VaultError::RolledBack`], [`VaultError::Forked`] or [`VaultError::AnchorBehind`] from the anchor; `vault_log_broken`
    /// and `vault_replay_differs` for a log that no vault wrote; `vault_store_unsafe`; those of the log.
    pub fn open(
        dir: &Path,
        machine: Machine,
        now: Timestamp,
        host: Box<dyn Host>,
    ) -> Result<Self, StoreError> {
        guard::check(dir)?;
        let log = Writer::open(dir, now, host)?;
        let source = DirSource::new(dir);
        let fold = Fold::replay(&source)?;
        fold.state.identity()?;
        let recorded = fold.state.generation();
        let other_generation =
            machine.generation.is_some() && recorded.is_some() && machine.generation.as_deref() != recorded;
        let mut store = Self {
            dir: dir.to_owned(),
            log,
            since_snapshot: fold.since_snapshot,
            state: fold.state,
            machine,
            other_generation,
            unsettled: true,
        };
        if store.machine.anchor.is_some() {
            store.settle()?;
        }
        if store.since_snapshot >= SNAPSHOT_AFTER {
            store.snapshot(now)?;
        }
        Ok(store)
    }

    /// The vault as it is.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The log, for sealing it.
    #[must_use]
    pub const fn log(&mut self) -> &mut Writer {
        &mut self.log
    }

    /// Whether [`VaultStore::mint`] would take the envelope now, or has taken it. Nothing is written.
    ///
    /// # Errors
    /// [`VaultError`] of the first rule that it breaks.
    pub fn check_mint(&self, envelope: &[u8], verdict: &Verdict, now: Timestamp) -> Result<(), VaultError> {
        self.minting(envelope, verdict, now).map(|_| ())
    }

    /// The mint of an accepted envelope, or the transaction that it was.
    fn minting(&self, envelope: &[u8], verdict: &Verdict, now: Timestamp) -> Result<Minting, VaultError> {
        let digest = sha256(envelope);
        let refused =
            |reason: &str| VaultError::EnvelopeNotAccepted { envelope: digest, reason: reason.to_owned() };
        if verdict.envelope_digest() != digest {
            return Err(refused("the verdict is about another file"));
        }
        let (Status::Valid, Some(licence)) = (verdict.status(), verdict.licence()) else {
            return Err(refused(verdict.failure().map_or("refused", |failure| failure.code())));
        };
        if let Some(minted) = self.state.minted(&licence.envelope_id)
            && minted.digest == digest
        {
            return Ok(Minting::Done(minted.seq));
        }
        let mint = Transaction::Mint(Mint::new(licence, digest, self.state.time_of_mint(licence, now)?));
        self.state.check(&mint)?;
        Ok(Minting::New(Box::new(mint)))
    }

    /// Takes in the notes of an envelope that the verifier accepted. The whole envelope goes into the log, so that whoever verifies
    /// the vault can verify each mint again. The same envelope again gives the same receipt.
    ///
    /// # Errors
    /// [`VaultError::EnvelopeNotAccepted`] unless `verdict` is a valid one about these bytes; the rules' refusals, which are
    /// recorded in the log too. Where the envelope says that the clock was ahead, the caller has verified it at
    /// [`State::floor`], too: a key that is over by then turns no clock back.
    pub fn mint(
        &mut self,
        envelope: &[u8],
        verdict: &Verdict,
        device: &dyn Signer,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let mint = match self.minting(envelope, verdict, now) {
            Ok(Minting::Done(seq)) => return self.again(seq),
            Ok(Minting::New(mint)) => mint,
            Err(error) => {
                let request = Value::object([("envelope_digest", sha256(envelope).to_string())]);
                return self.refuse(error, request, now);
            }
        };
        self.ready_machine()?;
        let records = envelope_parts(envelope)
            .ok_or_else(|| super::error::malformed("envelope", "expected canonical JSON, which is ASCII"))?;
        self.transact(&mint, device, records)
    }

    /// Spends notes. When this returns, the spend is durable. The same request again gives the same receipt.
    ///
    /// # Errors
    /// The rules' refusals, which are recorded in the log too.
    pub fn spend(
        &mut self,
        request: &SpendRequest,
        device: &dyn Signer,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let content = request.digest()?;
        match self.state.request_done(&request.request_id, &content) {
            Ok(Some(seq)) => return self.again(seq),
            Ok(None) => {}
            Err(error) => return self.refuse(error, request.to_value(), now),
        }
        self.ready(now)?;
        let checked = self.state.prepare(request, now).and_then(|spend| {
            let step = self.state.check(&spend)?;
            Ok((spend, step))
        });
        match checked {
            Ok((spend, step)) => self.carry_out(&spend, step, device, Vec::new()),
            Err(error) => self.refuse(error, request.to_value(), now),
        }
    }

    /// As [`VaultStore::spend`], if the vault has not moved on since the caller looked at transaction `seen`.
    ///
    /// # Errors
    /// [`VaultError::Stale`], and as [`VaultStore::spend`].
    pub fn spend_at(
        &mut self,
        seen: u64,
        request: &SpendRequest,
        device: &dyn Signer,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let found = self.state.seq();
        let done = self.state.request_done(&request.request_id, &request.digest()?);
        if found != seen && matches!(done, Ok(None)) {
            return Err(VaultError::Stale { expected: seen, found }.into());
        }
        self.spend(request, device, now)
    }

    /// Records that the bench asks for notes. An envelope can be bound to the head in the receipt.
    ///
    /// # Errors
    /// The rules' refusals.
    pub fn request(
        &mut self,
        request_id: &str,
        device: &dyn Signer,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        if let Some(seq) = self.state.request_done(request_id, &note_request_content())? {
            return self.again(seq);
        }
        let time = self.ready(now)?;
        let request = Transaction::Request(NoteRequest { request_id: request_id.to_owned(), time });
        self.transact(&request, device, Vec::new())
    }

    /// The receipt of a transaction, from the log.
    ///
    /// # Errors
    /// Those of reading; `vault_log_broken` if it is not there.
    pub fn receipt(&self, seq: u64) -> Result<Receipt, StoreError> {
        scan::receipt(&DirSource::new(&self.dir), seq)
    }

    /// Writes the state into the log, so that the next opening replays from here.
    ///
    /// # Errors
    /// Those of the log.
    pub fn snapshot(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let bytes = snapshot::encode(&self.state)?;
        let digest = sha256(&bytes).to_string();
        let parts: Vec<&[u8]> = bytes.chunks(SNAPSHOT_PART_BYTES).collect();
        let count = number(u64::try_from(parts.len()).unwrap_or(u64::MAX));
        let events: Vec<NewEvent> = (0u64..)
            .zip(parts)
            .map(|(index, part)| {
                let payload = Value::object([
                    ("data", Value::from(base64_encode(part))),
                    ("digest", digest.as_str().into()),
                    ("part", number(index)),
                    ("parts", count.clone()),
                    ("seq", number(self.state.seq())),
                ]);
                NewEvent { event_class: EventClass::VAULT_SNAPSHOT, payload, timestamp: None }
            })
            .collect();
        self.log.append(&events, now)?;
        self.since_snapshot = 0;
        Ok(())
    }

    /// What must hold before anything new happens: the machine is the one recorded, and the anchor is there and in step.
    fn ready(&mut self, now: Timestamp) -> Result<Timestamp, StoreError> {
        self.ready_machine()?;
        Ok(self.state.time_of(now)?)
    }

    fn ready_machine(&mut self) -> Result<(), StoreError> {
        if self.other_generation {
            return Err(VaultError::GenerationChanged {
                expected: self.state.generation().unwrap_or_default().to_owned(),
                found: self.machine.generation.clone().unwrap_or_default(),
            }
            .into());
        }
        self.settle()
    }

    /// Brings the anchor to the head: what a crash between log and anchor left is completed, anything else refused.
    fn settle(&mut self) -> Result<(), StoreError> {
        let Some(binding) = self.state.binding() else { return Ok(()) };
        let Some(anchor) = self.machine.anchor.as_mut() else {
            return Err(VaultError::AnchorMissing { id: binding.id.clone() }.into());
        };
        if anchor.id() != binding.id {
            return Err(VaultError::AnchorOther { expected: binding.id.clone(), found: anchor.id() }.into());
        }
        if !self.unsettled {
            return Ok(());
        }
        match judge(binding, &anchor.read().map_err(VaultError::from)?)? {
            AnchorStep::InStep => {}
            AnchorStep::CounterPending => anchor.increment().map_err(VaultError::from)?,
            AnchorStep::TransactionPending => {
                anchor.extend(&binding.last).map_err(VaultError::from)?;
                anchor.increment().map_err(VaultError::from)?;
            }
        }
        self.unsettled = false;
        Ok(())
    }

    /// Carries a transaction out: check, then sign, make durable, commit, advance the anchor.
    fn transact(
        &mut self,
        transaction: &Transaction,
        device: &dyn Signer,
        records: Vec<Vec<(&'static str, Value)>>,
    ) -> Result<Receipt, StoreError> {
        let step = self.state.check(transaction)?;
        self.carry_out(transaction, step, device, records)
    }

    /// Carries a checked transaction out.
    fn carry_out(
        &mut self,
        transaction: &Transaction,
        step: Step,
        device: &dyn Signer,
        mut records: Vec<Vec<(&'static str, Value)>>,
    ) -> Result<Receipt, StoreError> {
        if let Some(identity) = &self.state.identity
            && identity.device != *device.public_key()
        {
            let (expected, found) = (identity.device.key_id(), device.public_key().key_id());
            return Err(VaultError::OtherDevice { expected, found }.into());
        }
        let receipt = Receipt::sign(step.body.clone(), device)?;
        match records.last_mut() {
            Some(last) => last.push(("receipt", receipt.to_value())),
            None => records.push(vec![("receipt", receipt.to_value())]),
        }
        let class = class_of(transaction);
        let events: Vec<NewEvent> = records
            .into_iter()
            .map(|members| NewEvent {
                event_class: class.clone(),
                payload: Value::object(members),
                timestamp: None,
            })
            .collect();
        self.log.append(&events, transaction.time())?;
        self.state.commit(step);
        self.since_snapshot += 1;
        self.unsettled = true;
        self.settle()?;
        Ok(receipt)
    }

    /// The receipt of a request that was carried out already.
    fn again(&mut self, seq: u64) -> Result<Receipt, StoreError> {
        self.settle()?;
        self.receipt(seq)
    }

    /// Records a refusal, and returns it.
    fn refuse<T>(&mut self, error: VaultError, request: Value, now: Timestamp) -> Result<T, StoreError> {
        let payload = Value::object([
            ("code", Value::from(error.code())),
            ("message", error.to_string().into()),
            ("request", request),
        ]);
        let event = NewEvent { event_class: EventClass::VAULT_REFUSED, payload, timestamp: None };
        self.log.append(&[event], now)?;
        Err(error.into())
    }
}

/// What an envelope means to a vault.
enum Minting {
    /// Its notes are new.
    New(Box<Transaction>),
    /// It was minted, in this transaction.
    Done(u64),
}

/// The class of a transaction's records.
pub(crate) const fn class_of(transaction: &Transaction) -> EventClass {
    match transaction {
        Transaction::Open(_) => EventClass::VAULT_OPENED,
        Transaction::Mint(_) => EventClass::VAULT_MINTED,
        Transaction::Spend(_) => EventClass::VAULT_SPENT,
        Transaction::Request(_) => EventClass::VAULT_REQUESTED,
        Transaction::Reanchor(_) => EventClass::VAULT_REANCHORED,
    }
}
