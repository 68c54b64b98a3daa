//! The rules: what a transaction must be for the vault to take it. Nothing here changes anything.

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::anchor::extend;
use ztp_core::digest::{Digest, sha256, sha256_parts};
use ztp_core::time::Timestamp;

use super::error::VaultError;
use super::fields::{NUMBER_MAX, check_free_text, check_identifier};
use super::receipt::{CreatedNote, ReceiptBody};
use super::state::{Binding, Effect, Held, Identity, Minted, MintedEnvelope, State, Step};
use super::transaction::{
    AnchorChange, CHANGE_MAX, INPUTS_MAX, Mint, NoteRequest, Open, Reanchor, Spend, SpendRequest, Transaction,
};
use crate::licence::{BenchBinding, Licence};
use crate::statement::ClockStatement;

/// How far the clock may be behind the latest time seen before it is refused: what a clock daemon corrects in passing. The
/// transaction then carries the latest time seen, so nothing ever goes back.
pub const CLOCK_SLACK_MS: i64 = 5_000;

/// Most classes in one vault.
pub const CLASSES_MAX: usize = 4096;

/// Longest anchor name and machine generation, in bytes.
const NAME_BYTES_MAX: usize = 200;

impl State {
    /// Checks a transaction against every rule and says what it would do.
    pub(crate) fn check(&self, transaction: &Transaction) -> Result<Step, VaultError> {
        let digest = transaction.digest()?;
        let time = transaction.time();
        if let Transaction::Open(open) = transaction {
            return self.check_open(open, transaction, digest);
        }
        self.identity()?;
        let stated = match transaction {
            Transaction::Mint(mint) => self.stated_floor(mint.clock_statement.as_ref()),
            _ => None,
        };
        let floor = stated.unwrap_or_else(|| self.floor());
        if time < floor {
            return Err(VaultError::ClockBehind { now: time, floor });
        }
        let mut created = Vec::new();
        let effect = match transaction {
            Transaction::Open(_) => return Err(VaultError::OpenAgain),
            Transaction::Mint(mint) => self.check_mint(mint, stated)?,
            Transaction::Spend(spend) => self.check_spend(spend, &mut created)?,
            Transaction::Request(request) => self.check_request(request)?,
            Transaction::Reanchor(reanchor) => check_reanchor(reanchor, digest)?,
        };
        Ok(Step { body: self.body(transaction, digest, created)?, digest, time, effect })
    }

    fn body(
        &self,
        transaction: &Transaction,
        digest: Digest,
        created: Vec<CreatedNote>,
    ) -> Result<ReceiptBody, VaultError> {
        Ok(ReceiptBody {
            created,
            head: extend(&self.head(), &digest),
            previous_head: self.head(),
            seq: self.seq + 1,
            transaction: transaction.to_value(),
            vault_id: self.identity.as_ref().map_or(digest, |identity| identity.vault_id),
        })
    }

    fn check_open(&self, open: &Open, transaction: &Transaction, digest: Digest) -> Result<Step, VaultError> {
        if self.identity.is_some() {
            return Err(VaultError::OpenAgain);
        }
        check_identifier("bench_id", &open.bench_id)?;
        open.generation.as_deref().map_or(Ok(()), |generation| check_name("generation", generation))?;
        let identity =
            Identity { vault_id: digest, bench_id: open.bench_id.clone(), device: open.device.clone() };
        let effect = Effect::Open(identity, open.generation.clone());
        Ok(Step { body: self.body(transaction, digest, Vec::new())?, digest, time: open.time, effect })
    }

    /// The floor by the issuer's word that the clock was ahead: only of this vault, and only of the transaction that it stands at. Whatever
    /// happened since is not covered by it.
    pub(crate) fn stated_floor(&self, statement: Option<&ClockStatement>) -> Option<Timestamp> {
        let statement = statement?;
        let named = statement.of(&self.identity.as_ref()?.vault_id)?;
        (named.seq == self.seq && named.hash == self.head()).then_some(statement.not_before)
    }

    fn check_mint(&self, mint: &Mint, stated: Option<Timestamp>) -> Result<Effect, VaultError> {
        let envelope_id = mint.envelope_id.clone();
        if let Some(minted) = self.minted(&mint.envelope_id) {
            return Err(VaultError::EnvelopeReused { envelope_id, seq: minted.seq });
        }
        match &mint.bench {
            BenchBinding::Any => return Err(VaultError::EnvelopeUnbound { envelope_id }),
            BenchBinding::Bench(bench) if *bench != self.identity()?.bench_id => {
                return Err(VaultError::OtherBench { envelope_id, bench: bench.clone() });
            }
            BenchBinding::Bench(_) => {}
        }
        if let Some(head) = mint.vault_head
            && !self.open_requests.iter().any(|(open, _)| *open == head)
        {
            return Err(VaultError::HeadMismatch { head });
        }
        if mint.notes.is_empty() && stated.is_none() {
            return Err(VaultError::MintEmpty { envelope_id });
        }
        let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for note in &mint.notes {
            if self.notes.contains_key(&note.id) || self.spent.contains_key(&note.id) || !ids.insert(note.id)
            {
                return Err(VaultError::NoteExists { note: note.id });
            }
            in_range("the amount of a note", note.amount)?;
            let before = || {
                let book = self.class_names.get(&note.class).and_then(|&i| self.classes.get(usize::from(i)));
                book.map_or(0, |book| book.minted)
            };
            let total = totals.entry(&note.class).or_insert_with(before);
            *total = sum(&note.class, *total, note.amount)?;
        }
        let new = totals.keys().filter(|class| !self.class_names.contains_key(**class)).count();
        too_long("the list of classes", self.classes.len() + new, CLASSES_MAX)?;
        let envelope = MintedEnvelope { envelope_id, digest: mint.envelope_digest, seq: self.seq + 1 };
        let notes = Minted { new: mint.notes.clone(), answers: mint.vault_head };
        Ok(Effect::Mint { envelope, issued_at: mint.issued_at, notes, stated })
    }

    fn check_spend(&self, spend: &Spend, created: &mut Vec<CreatedNote>) -> Result<Effect, VaultError> {
        check_identifier("request_id", &spend.request_id)?;
        check_free_text("purpose", &spend.purpose)?;
        if let Some(done) = self.requests.get(&sha256(spend.request_id.as_bytes())) {
            return Err(VaultError::RequestReused { request_id: spend.request_id.clone(), seq: done.seq });
        }
        in_range("the amount", spend.amount)?;
        too_long("the list of inputs", spend.inputs.len(), INPUTS_MAX)?;
        too_long("the list of change", spend.change.len(), CHANGE_MAX)?;
        check_order(&spend.inputs)?;
        let held = spend
            .inputs
            .iter()
            .map(|input| self.spendable(input, &spend.class, spend.time))
            .collect::<Result<Vec<_>, _>>()?;
        let inputs = held.iter().try_fold(0, |total, held| sum(&spend.class, total, held.amount))?;
        let mut change = 0;
        for &amount in &spend.change {
            in_range("an amount of the change", amount)?;
            change = sum(&spend.class, change, amount)?;
        }
        if inputs != sum(&spend.class, spend.amount, change)? {
            return Err(VaultError::Conservation { inputs, amount: spend.amount, change });
        }
        let Some(&class) = self.class_names.get(&spend.class) else {
            return Err(VaultError::Insufficient {
                class: spend.class.clone(),
                amount: spend.amount,
                spendable: 0,
                known: false,
            });
        };
        let source = change_source(&held, spend.amount);
        let mut notes = Vec::with_capacity(spend.change.len());
        for (index, &amount) in spend.change.iter().enumerate() {
            let Some(source) = source else { break };
            let id = change_id(spend, index, amount, &source);
            if self.notes.contains_key(&id) || self.spent.contains_key(&id) {
                return Err(VaultError::NoteExists { note: id });
            }
            let (not_before, not_after) = (source.not_before, source.not_after);
            created.push(CreatedNote { id, amount, not_before, not_after });
            notes.push((id, Held { class, amount, ..source }));
        }
        let request = (sha256(spend.request_id.as_bytes()), spend.request_digest);
        Ok(Effect::Spend {
            class,
            amount: spend.amount,
            inputs: spend.inputs.clone(),
            change: notes,
            request,
        })
    }

    /// An input that may be spent.
    fn spendable(&self, input: &Digest, class: &str, now: Timestamp) -> Result<Held, VaultError> {
        let note = *input;
        let Some(held) = self.notes.get(input) else {
            return Err(match self.spent.get(input) {
                Some(&seq) => VaultError::InputSpent { note, seq },
                None => VaultError::InputUnknown { note },
            });
        };
        if self.class_name(held.class) != class {
            let found = self.class_name(held.class).to_owned();
            return Err(VaultError::ClassMixed { note, found, class: class.to_owned() });
        }
        if now < held.not_before {
            return Err(VaultError::NoteNotYetValid { note, not_before: held.not_before });
        }
        if now > held.not_after {
            return Err(VaultError::NoteExpired { note, not_after: held.not_after });
        }
        Ok(*held)
    }

    fn check_request(&self, request: &NoteRequest) -> Result<Effect, VaultError> {
        check_identifier("request_id", &request.request_id)?;
        let id = sha256(request.request_id.as_bytes());
        if let Some(done) = self.requests.get(&id) {
            return Err(VaultError::RequestReused { request_id: request.request_id.clone(), seq: done.seq });
        }
        Ok(Effect::Request(id, note_request_content()))
    }

    /// The envelope of this id, if it was minted.
    pub(crate) fn minted(&self, envelope_id: &str) -> Option<&MintedEnvelope> {
        let index = *self.envelope_ids.get(envelope_id)?;
        self.envelopes.get(usize::try_from(index).ok()?)
    }

    /// The time that a transaction of now carries: never before the latest time seen.
    ///
    /// # Errors
    /// [`VaultError::ClockBehind`] when the clock is behind by more than [`CLOCK_SLACK_MS`].
    pub fn time_of(&self, now: Timestamp) -> Result<Timestamp, VaultError> {
        Self::time_above(self.floor(), now)
    }

    /// The time that a mint of now carries, where the envelope may say that the clock was ahead.
    pub(crate) fn time_of_mint(&self, licence: &Licence, now: Timestamp) -> Result<Timestamp, VaultError> {
        let stated = self.stated_floor(licence.clock_statement.as_ref());
        Self::time_above(stated.unwrap_or_else(|| self.floor()), now)
    }

    fn time_above(floor: Timestamp, now: Timestamp) -> Result<Timestamp, VaultError> {
        if floor.as_millis() - now.as_millis() > CLOCK_SLACK_MS {
            return Err(VaultError::ClockBehind { now, floor });
        }
        Ok(now.max(floor))
    }

    /// Completes a request into a transaction: chooses the notes that expire first, and gives back what is left over as one note.
    ///
    /// # Errors
    /// [`VaultError::Insufficient`] where the vault has to choose and cannot; [`VaultError::ClockBehind`]. Everything else is for
    /// [`State::apply`].
    pub fn prepare(&self, request: &SpendRequest, now: Timestamp) -> Result<Transaction, VaultError> {
        let time = self.time_of(now)?;
        in_range("the amount", request.amount)?;
        let inputs = match &request.inputs {
            Some(inputs) => inputs.clone(),
            None => self.choose(&request.class, request.amount, time)?,
        };
        let change = match &request.change {
            Some(change) => change.clone(),
            None => {
                let held = inputs.iter().filter_map(|input| self.notes.get(input));
                let total = held.fold(0u64, |total, held| total.saturating_add(held.amount));
                // Inputs that do not reach are refused by the rules, with both sums named.
                Some(total.saturating_sub(request.amount)).filter(|left| *left > 0).into_iter().collect()
            }
        };
        Ok(Transaction::Spend(Spend {
            amount: request.amount,
            change,
            class: request.class.clone(),
            inputs,
            purpose: request.purpose.clone(),
            request_digest: request.digest()?,
            request_id: request.request_id.clone(),
            time,
        }))
    }

    fn choose(&self, class: &str, amount: u64, now: Timestamp) -> Result<Vec<Digest>, VaultError> {
        let mut chosen = Vec::new();
        let mut spendable = 0u64;
        if let Some(&index) = self.class_names.get(class) {
            let valid = |held: &Held| held.not_before <= now && now <= held.not_after;
            for (id, held) in self.class_notes(index).filter(|(_, held)| valid(held)) {
                spendable = spendable.saturating_add(held.amount);
                chosen.push(*id);
                if spendable >= amount {
                    break;
                }
            }
        }
        if spendable < amount {
            let known = self.class_names.contains_key(class);
            return Err(VaultError::Insufficient { class: class.to_owned(), amount, spendable, known });
        }
        chosen.sort_unstable();
        Ok(chosen)
    }
}

/// What the id of a request for notes stands for: it has no content of its own.
pub(crate) fn note_request_content() -> Digest {
    sha256(b"ztp.vault.request/1")
}

fn check_order(inputs: &[Digest]) -> Result<(), VaultError> {
    if inputs.is_empty() {
        return Err(VaultError::InputsEmpty);
    }
    for (index, pair) in inputs.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        match first.cmp(second) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => return Err(VaultError::InputsRepeated { index: index + 1 }),
            std::cmp::Ordering::Greater => return Err(VaultError::InputsOrder { index: index + 1 }),
        }
    }
    Ok(())
}

/// What the change is made of: the amount is consumed from the inputs that expire first, so the change comes from the input in
/// which that ends and from later ones. It has the validity of that input, and so never outlives what it is made of.
fn change_source(held: &[Held], amount: u64) -> Option<Held> {
    let mut order: Vec<&Held> = held.iter().collect();
    order.sort_by_key(|held| (held.not_after, held.origin));
    let not_before = held.iter().map(|held| held.not_before).max()?;
    let mut left = amount;
    for held in order {
        if held.amount > left {
            return Some(Held { not_before, ..*held });
        }
        left -= held.amount;
    }
    None
}

/// The identifier of a change note: SHA-256 of the canonical document
/// `{"amount","class","index","inputs","not_after","not_before","schema":"ztp.vault.change/1"}`, where `inputs` is SHA-256 of the
/// spend's inputs one after the other. An input is spent once, so no two spends create one note.
fn change_id(spend: &Spend, index: usize, amount: u64, source: &Held) -> Digest {
    let inputs: Vec<&[u8]> = spend.inputs.iter().map(AsRef::as_ref).collect();
    let (inputs, class) = (sha256_parts(&inputs), &spend.class);
    let Held { not_before, not_after, .. } = source;
    // All texts are identifiers, digests and timestamps, which canonical JSON writes as they are.
    let document = format!(
        r#"{{"amount":{amount},"class":"{class}","index":{index},"inputs":"{inputs}","not_after":"{not_after}","not_before":"{not_before}","schema":"ztp.vault.change/1"}}"#
    );
    sha256(document.as_bytes())
}

fn check_reanchor(reanchor: &Reanchor, digest: Digest) -> Result<Effect, VaultError> {
    check_free_text("reason", &reanchor.reason)?;
    Ok(match &reanchor.change {
        AnchorChange::Bound { id, kind, start } => {
            check_name("the anchor's name", id)?;
            if start.counter >= NUMBER_MAX {
                return Err(VaultError::AmountZero { what: "the anchor's counter" });
            }
            let (id, kind, start) = (id.clone(), *kind, *start);
            Effect::Bind(Binding { id, kind, start, expected: start, before: start, last: digest })
        }
        AnchorChange::Lost => Effect::Unbind,
        AnchorChange::Generation { generation } => {
            check_name("generation", generation)?;
            Effect::Generation(generation.clone())
        }
    })
}

fn check_name(what: &'static str, text: &str) -> Result<(), VaultError> {
    if text.is_empty() || text.len() > NAME_BYTES_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(VaultError::Text {
            what,
            expected: "1 to 200 printable ASCII characters without spaces",
        });
    }
    Ok(())
}

fn in_range(what: &'static str, amount: u64) -> Result<(), VaultError> {
    if amount == 0 || amount > NUMBER_MAX { Err(VaultError::AmountZero { what }) } else { Ok(()) }
}

fn sum(class: &str, total: u64, amount: u64) -> Result<u64, VaultError> {
    let sum = total.checked_add(amount).filter(|sum| *sum <= NUMBER_MAX);
    sum.ok_or_else(|| VaultError::TotalExceeded { class: class.to_owned() })
}

fn too_long(what: &'static str, found: usize, max: usize) -> Result<(), VaultError> {
    if found > max { Err(VaultError::ListLength { what, found, max }) } else { Ok(()) }
}
