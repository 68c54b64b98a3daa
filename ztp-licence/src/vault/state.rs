//! The vault as a value: what there is to spend, what was spent, and the head of the history that led here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ztp_core::anchor::{AnchorKind, AnchorReading};
use ztp_core::digest::{Digest, sha256};
use ztp_core::signature::PublicKey;
use ztp_core::time::Timestamp;

use super::error::VaultError;
use super::receipt::ReceiptBody;
use super::transaction::{NewNote, Transaction};

/// Days of spending that are remembered by class, for the runway.
pub const SPENDING_DAYS: i64 = 28;

/// Open requests that an envelope may still answer; older ones are forgotten.
pub const OPEN_REQUESTS_MAX: usize = 64;

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Whose vault it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// SHA-256 of the transaction that opened it.
    pub vault_id: Digest,
    /// The bench.
    pub bench_id: String,
    /// The key that signs its receipts.
    pub device: PublicKey,
}

/// A note that can be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) class: u16,
    pub(crate) amount: u64,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    /// Which envelope it comes from, directly or as change.
    pub(crate) origin: u32,
}

/// The accounts of one class.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ClassBook {
    pub(crate) name: String,
    /// Everything that was ever minted.
    pub(crate) minted: u64,
    /// Everything that was ever consumed.
    pub(crate) consumed: u64,
    /// Consumed by day (days since 1970-01-01), the last [`SPENDING_DAYS`] only.
    pub(crate) days: BTreeMap<i64, u64>,
}

/// An envelope that was minted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MintedEnvelope {
    /// Its id.
    pub envelope_id: String,
    /// SHA-256 of the file.
    pub digest: Digest,
    /// The transaction that minted it.
    pub seq: u64,
}

/// The anchor that a vault is bound to, and what it must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Binding {
    /// The anchor's name.
    pub id: String,
    /// What stands behind it.
    pub kind: AnchorKind,
    /// What it held before the transaction that bound it.
    pub start: AnchorReading,
    /// What it must hold now.
    pub expected: AnchorReading,
    /// What it must have held before the last transaction.
    pub before: AnchorReading,
    /// SHA-256 of the last transaction: what to extend it with if it is one behind.
    pub last: Digest,
}

/// A request that was carried out: what its id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) content: Digest,
    pub(crate) seq: u64,
}

/// A vault. Made by applying transactions to [`State::new`], and by nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    pub(crate) identity: Option<Identity>,
    pub(crate) seq: u64,
    pub(crate) head: Option<Digest>,
    pub(crate) floor: Option<Timestamp>,
    pub(crate) generation: Option<String>,
    pub(crate) reanchored: u64,
    pub(crate) classes: Vec<ClassBook>,
    pub(crate) class_names: BTreeMap<String, u16>,
    pub(crate) envelopes: Vec<MintedEnvelope>,
    pub(crate) envelope_ids: BTreeMap<String, u32>,
    pub(crate) notes: HashMap<Digest, Held>,
    /// By class and by which expires first: the order in which notes are chosen.
    pub(crate) ready: BTreeSet<(u16, Timestamp, Digest)>,
    pub(crate) spent: HashMap<Digest, u64>,
    /// By SHA-256 of the request id.
    pub(crate) requests: HashMap<Digest, Done>,
    pub(crate) open_requests: Vec<(Digest, u64)>,
    pub(crate) binding: Option<Binding>,
}

/// A transaction that the vault takes, with all that it does.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) body: ReceiptBody,
    pub(crate) digest: Digest,
    pub(crate) time: Timestamp,
    pub(crate) effect: Effect,
}

/// What a step does to the state.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    Open(Identity, Option<String>),
    Mint {
        envelope: MintedEnvelope,
        issued_at: Timestamp,
        notes: Minted,
        /// The floor by the issuer's word, in place of the one so far.
        stated: Option<Timestamp>,
    },
    Spend {
        class: u16,
        amount: u64,
        inputs: Vec<Digest>,
        change: Vec<(Digest, Held)>,
        request: (Digest, Digest),
    },
    Request(Digest, Digest),
    Bind(Binding),
    Unbind,
    Generation(String),
}

/// The notes of a mint, and the open request that it answers.
#[derive(Debug, Clone)]
pub(crate) struct Minted {
    pub(crate) new: Vec<NewNote>,
    pub(crate) answers: Option<Digest>,
}

impl State {
    /// No vault yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies a transaction: all of it or, on an error, nothing.
    ///
    /// # Errors
    /// The [`VaultError`] of the first rule that it breaks.
    pub fn apply(&mut self, transaction: &Transaction) -> Result<ReceiptBody, VaultError> {
        let step = self.check(transaction)?;
        Ok(self.commit(step))
    }

    /// Whose vault it is.
    ///
    /// # Errors
    /// [`VaultError::NotOpen`].
    pub fn identity(&self) -> Result<&Identity, VaultError> {
        self.identity.as_ref().ok_or(VaultError::NotOpen)
    }

    /// Number of transactions so far.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The head: what commits to the whole history.
    #[must_use]
    pub fn head(&self) -> Digest {
        self.head.unwrap_or(Digest::ZERO)
    }

    /// The latest time seen; no transaction happens before it.
    #[must_use]
    pub fn floor(&self) -> Timestamp {
        self.floor.unwrap_or(Timestamp::MIN)
    }

    /// The machine's generation as last recorded.
    #[must_use]
    pub fn generation(&self) -> Option<&str> {
        self.generation.as_deref()
    }

    /// The anchor the vault is bound to.
    #[must_use]
    pub const fn binding(&self) -> Option<&Binding> {
        self.binding.as_ref()
    }

    /// Notes that are not spent.
    #[must_use]
    pub fn notes(&self) -> usize {
        self.notes.len()
    }

    /// Notes that were spent.
    #[must_use]
    pub fn spent(&self) -> usize {
        self.spent.len()
    }

    /// The envelopes minted, in order.
    #[must_use]
    pub fn envelopes(&self) -> &[MintedEnvelope] {
        &self.envelopes
    }

    /// Class and amount of a note that is not spent.
    #[must_use]
    pub fn note(&self, id: &Digest) -> Option<(&str, u64)> {
        let held = self.notes.get(id)?;
        Some((self.class_name(held.class), held.amount))
    }

    /// The transaction that spent a note.
    #[must_use]
    pub fn spent_in(&self, id: &Digest) -> Option<u64> {
        self.spent.get(id).copied()
    }

    /// The transaction that carried out a request, if its content was this.
    ///
    /// # Errors
    /// [`VaultError::RequestReused`] when the id stands for other content.
    pub fn request_done(&self, request_id: &str, content: &Digest) -> Result<Option<u64>, VaultError> {
        match self.requests.get(&sha256(request_id.as_bytes())) {
            None => Ok(None),
            Some(done) if done.content == *content => Ok(Some(done.seq)),
            Some(done) => Err(VaultError::RequestReused { request_id: request_id.to_owned(), seq: done.seq }),
        }
    }

    /// Sums of a class: minted, consumed, held. Their law: minted = consumed + held.
    #[must_use]
    pub fn sums(&self, class: &str) -> (u64, u64, u64) {
        let Some(&index) = self.class_names.get(class) else { return (0, 0, 0) };
        let Some(book) = self.classes.get(usize::from(index)) else { return (0, 0, 0) };
        let held = self.class_notes(index).map(|(_, held)| held.amount).sum();
        (book.minted, book.consumed, held)
    }

    /// The classes that were ever minted.
    pub fn class_names(&self) -> impl Iterator<Item = &str> {
        self.class_names.keys().map(String::as_str)
    }

    pub(crate) fn class_name(&self, class: u16) -> &str {
        self.classes.get(usize::from(class)).map_or("", |book| book.name.as_str())
    }

    /// The notes of a class, those that expire first in front.
    pub(crate) fn class_notes(&self, class: u16) -> impl Iterator<Item = (&Digest, &Held)> {
        let first = (class, Timestamp::MIN, Digest::ZERO);
        let last = (class, Timestamp::MAX, Digest::from_bytes([0xff; 32]));
        self.ready.range(first..=last).filter_map(|(_, _, id)| Some((id, self.notes.get(id)?)))
    }

    /// Makes a checked step the state.
    pub(crate) fn commit(&mut self, step: Step) -> ReceiptBody {
        let Step { body, digest, time, effect } = step;
        match effect {
            Effect::Open(identity, generation) => {
                self.identity = Some(identity);
                self.generation = generation;
            }
            Effect::Mint { envelope, issued_at, notes, stated } => {
                self.floor = stated.or(self.floor).max(Some(issued_at));
                let origin = u32::try_from(self.envelopes.len()).unwrap_or(u32::MAX);
                self.envelope_ids.insert(envelope.envelope_id.clone(), origin);
                self.envelopes.push(envelope);
                if let Some(head) = notes.answers {
                    self.open_requests.retain(|(open, _)| *open != head);
                }
                for note in notes.new {
                    let class = self.class_index(&note.class);
                    if let Some(book) = self.classes.get_mut(usize::from(class)) {
                        book.minted += note.amount;
                    }
                    let (not_before, not_after) = (note.not_before, note.not_after);
                    self.hold(note.id, Held { class, amount: note.amount, not_before, not_after, origin });
                }
            }
            Effect::Spend { class, amount, inputs, change, request } => {
                for input in inputs {
                    if let Some(held) = self.notes.remove(&input) {
                        self.ready.remove(&(held.class, held.not_after, input));
                    }
                    self.spent.insert(input, body.seq);
                }
                for (id, held) in change {
                    self.hold(id, held);
                }
                self.requests.insert(request.0, Done { content: request.1, seq: body.seq });
                if let Some(book) = self.classes.get_mut(usize::from(class)) {
                    let day = time.as_millis().div_euclid(DAY_MS);
                    book.consumed += amount;
                    *book.days.entry(day).or_default() += amount;
                    book.days = book.days.split_off(&(day - SPENDING_DAYS + 1));
                }
            }
            Effect::Request(id, content) => {
                self.requests.insert(id, Done { content, seq: body.seq });
                self.open_requests.push((body.head, body.seq));
                if self.open_requests.len() > OPEN_REQUESTS_MAX {
                    self.open_requests.remove(0);
                }
            }
            Effect::Bind(binding) => {
                self.binding = Some(binding);
                self.reanchored += 1;
            }
            Effect::Unbind => {
                self.binding = None;
                self.reanchored += 1;
            }
            Effect::Generation(generation) => {
                self.generation = Some(generation);
                self.reanchored += 1;
            }
        }
        if let Some(binding) = &mut self.binding {
            binding.before = binding.expected;
            binding.expected = binding.expected.after(&digest);
            binding.last = digest;
        }
        self.floor = self.floor.max(Some(time));
        self.seq = body.seq;
        self.head = Some(body.head);
        body
    }

    fn hold(&mut self, id: Digest, held: Held) {
        self.ready.insert((held.class, held.not_after, id));
        self.notes.insert(id, held);
    }

    /// The class's number; a new one for a name not seen yet. [`State::check`] keeps their count within range.
    fn class_index(&mut self, name: &str) -> u16 {
        if let Some(&index) = self.class_names.get(name) {
            return index;
        }
        let index = u16::try_from(self.classes.len()).unwrap_or(u16::MAX);
        self.classes.push(ClassBook { name: name.to_owned(), ..ClassBook::default() });
        self.class_names.insert(name.to_owned(), index);
        index
    }
}

#[cfg(test)]
mod tests {
    use ztp_core::Coded as _;
    use ztp_core::signature::SigningKey;

    use super::*;
    use crate::vault::transaction::{AnchorChange, NoteRequest, Open, Reanchor};

    const TIME: Timestamp = Timestamp::MIN;

    fn open() -> Transaction {
        let device = SigningKey::from_seed(&[9; 32]).public_key().clone();
        let (bench_id, nonce) = ("bench-7".to_owned(), Digest::ZERO);
        Transaction::Open(Open { bench_id, device, generation: None, nonce, time: TIME })
    }

    fn ask(number: usize) -> Transaction {
        Transaction::Request(NoteRequest { request_id: format!("q-{number}"), time: TIME })
    }

    #[test]
    fn a_vault_is_opened_first_and_once() {
        let mut state = State::new();
        assert_eq!(state.apply(&ask(1)).unwrap_err().code(), "vault_not_found");
        state.apply(&open()).unwrap();
        assert_eq!(state.apply(&open()).unwrap_err().code(), "vault_exists");
        assert_eq!(state.apply(&ask(1)).unwrap().seq, 2);
    }

    #[test]
    fn every_change_of_anchor_or_machine_is_counted_and_the_last_one_holds() {
        let mut state = State::new();
        state.apply(&open()).unwrap();
        let bound = |id: &str| {
            let start = AnchorReading { counter: 5, digest: Digest::ZERO };
            AnchorChange::Bound { id: id.to_owned(), kind: AnchorKind::Test, start }
        };
        let machine = |name: &str| AnchorChange::Generation { generation: name.to_owned() };
        for (count, change, id, generation) in [
            (1, bound("a"), Some("a"), None),
            (2, machine("g-1"), Some("a"), Some("g-1")),
            (3, AnchorChange::Lost, None, Some("g-1")),
            (4, bound("b"), Some("b"), Some("g-1")),
            (5, machine("g-2"), Some("b"), Some("g-2")),
            (6, AnchorChange::Lost, None, Some("g-2")),
        ] {
            let transaction =
                Transaction::Reanchor(Reanchor { change, reason: "moved".to_owned(), time: TIME });
            state.apply(&transaction).unwrap();
            assert_eq!((state.reanchored, state.generation()), (count, generation));
            assert_eq!(state.binding().map(|binding| binding.id.as_str()), id);
        }
    }

    #[test]
    fn an_anchor_must_hold_what_it_held_before_extended_by_each_transaction_since() {
        let mut state = State::new();
        state.apply(&open()).unwrap();
        let start = AnchorReading { counter: 5, digest: sha256(b"before") };
        let change = AnchorChange::Bound { id: "a".to_owned(), kind: AnchorKind::Test, start };
        let bind = Transaction::Reanchor(Reanchor { change, reason: "new".to_owned(), time: TIME });
        let mut held = vec![start];
        for transaction in [bind, ask(1), ask(2)] {
            state.apply(&transaction).unwrap();
            held.push(held[held.len() - 1].after(&transaction.digest().unwrap()));
            let binding = state.binding().unwrap();
            assert_eq!((binding.start, binding.before), (start, held[held.len() - 2]));
            assert_eq!(
                (binding.expected, binding.last),
                (held[held.len() - 1], transaction.digest().unwrap())
            );
        }
    }

    #[test]
    fn the_last_open_requests_can_be_answered_and_older_ones_are_forgotten() {
        let mut state = State::new();
        state.apply(&open()).unwrap();
        let heads: Vec<Digest> =
            (0..OPEN_REQUESTS_MAX + 3).map(|number| state.apply(&ask(number)).unwrap().head).collect();
        let open: Vec<Digest> = state.open_requests.iter().map(|(head, _)| *head).collect();
        assert_eq!(open, heads[3..]);
    }
}
