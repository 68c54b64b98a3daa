//! The vault against a naive reference: the same operations, the same outcome, the same sums and notes (invariants I1 to I5, I9, I10).
//!
//! The reference is a list of notes that is walked for everything, and derives note ids by the formulas of docs/formats/vault.md. At
//! least 100,000 operations a run, about a third of them wrong in one way; `ZTP_MODEL_CASES` sets how many histories of 250.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "test code: a panic is a failed test"
)]

#[path = "vault/formulas.rs"]
mod formulas;
#[path = "vault/support.rs"]
mod support;
#[path = "vault/tally.rs"]
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use formulas::{change_id, note_id};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use support::*;
use ztp_core::Coded as _;
use ztp_core::digest::{Digest, sha256};
use ztp_licence::vault::{Mint, SpendRequest, State, Transaction, VaultError};

const STEPS: usize = 250;
const CLASSES: [&str; 3] = ["a-hours", "b-runs", "c-seats"];

/// A note of the reference.
#[derive(Debug, Clone)]
struct Note {
    id: Digest,
    class: usize,
    amount: u64,
    from: i64,
    to: i64,
    spent: bool,
}

/// How the inputs of a spend that names them are written.
#[derive(Debug, Clone, Copy)]
enum Order {
    Ascending,
    Descending,
    FirstTwice,
    Empty,
    Unknown,
}

/// How much change a spend that names it gives.
#[derive(Debug, Clone, Copy)]
enum Change {
    Whole,
    Split,
    OneTooMuch,
    WithZero,
}

#[derive(Debug, Clone)]
enum Op {
    Mint { envelope: usize, notes: Vec<(usize, u64, i64, i64)> },
    SpendAny { class: usize, amount: u64 },
    SpendNamed { class: usize, picks: Vec<prop::sample::Index>, order: Order, percent: u64, change: Change },
    Again { which: prop::sample::Index, other_amount: bool },
    Wait { ms: i64 },
    ClockBack { ms: i64 },
}

/// What the reference says must happen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expect {
    Nothing,
    Taken { seq: u64 },
    Repeated { seq: u64 },
    Refused(&'static str),
}

#[derive(Debug, Clone)]
struct Reference {
    now: i64,
    floor: i64,
    seq: u64,
    notes: Vec<Note>,
    envelopes: BTreeSet<usize>,
    requests: Vec<(SpendRequest, u64)>,
    minted: [u64; 3],
    consumed: [u64; 3],
    /// The last operation as the vault is to be asked, and what must come of it.
    asked: Option<SpendRequest>,
    expect: Expect,
}

impl Reference {
    fn taken(&mut self) {
        self.seq += 1;
        self.floor = self.floor.max(self.now);
        self.expect = Expect::Taken { seq: self.seq };
    }

    fn mint(&mut self, envelope: usize, notes: &[(usize, u64, i64, i64)]) {
        if self.envelopes.contains(&envelope) {
            self.expect = Expect::Refused("vault_envelope_reused");
            return;
        }
        self.envelopes.insert(envelope);
        for (serial, &(class, amount, from, to)) in notes.iter().enumerate() {
            let id = note_id(envelope, serial, CLASSES[class], amount, from, to);
            self.notes.push(Note { id, class, amount, from, to, spent: false });
            self.minted[class] += amount;
        }
        self.taken();
    }

    fn today(&self, note: &Note) -> std::cmp::Ordering {
        if self.now < note.from * DAY {
            std::cmp::Ordering::Less
        } else if self.now > note.to * DAY {
            std::cmp::Ordering::Greater
        } else {
            std::cmp::Ordering::Equal
        }
    }

    /// Why a request is refused, or what it spends and creates.
    fn judge(&self, request: &SpendRequest) -> Result<(Vec<Digest>, Vec<Note>), &'static str> {
        if let Some(inputs) = &request.inputs {
            // In the order in which the rules are written down.
            if request.amount == 0 {
                return Err("vault_amount_zero");
            }
            if inputs.is_empty() {
                return Err("vault_inputs_empty");
            }
            for pair in inputs.windows(2) {
                if pair[0] == pair[1] {
                    return Err("vault_inputs_repeated");
                }
                if pair[0] > pair[1] {
                    return Err("vault_inputs_order");
                }
            }
            let mut total = 0;
            for input in inputs {
                let Some(note) = self.notes.iter().find(|note| note.id == *input) else {
                    return Err("vault_input_unknown");
                };
                if note.spent {
                    return Err("vault_input_spent");
                }
                if CLASSES[note.class] != request.class {
                    return Err("vault_class_mixed");
                }
                match self.today(note) {
                    std::cmp::Ordering::Less => return Err("vault_note_not_yet_valid"),
                    std::cmp::Ordering::Greater => return Err("vault_note_expired"),
                    std::cmp::Ordering::Equal => total += note.amount,
                }
            }
            let change = request.change.clone().unwrap_or_else(|| {
                if total > request.amount { vec![total - request.amount] } else { Vec::new() }
            });
            if change.contains(&0) {
                return Err("vault_amount_zero");
            }
            if request.amount + change.iter().sum::<u64>() != total {
                return Err("vault_conservation");
            }
            return Ok((inputs.clone(), self.change(inputs, request.amount, &change)));
        }
        let mut usable: Vec<&Note> = self
            .notes
            .iter()
            .filter(|note| !note.spent && CLASSES[note.class] == request.class && self.today(note).is_eq())
            .collect();
        usable.sort_by_key(|note| (note.to, note.id));
        let (mut chosen, mut total) = (Vec::new(), 0);
        for note in usable {
            if total >= request.amount {
                break;
            }
            total += note.amount;
            chosen.push(note.id);
        }
        if total < request.amount {
            return Err("vault_insufficient");
        }
        chosen.sort_unstable();
        let change = if total > request.amount { vec![total - request.amount] } else { Vec::new() };
        let created = self.change(&chosen, request.amount, &change);
        Ok((chosen, created))
    }

    fn change(&self, inputs: &[Digest], amount: u64, change: &[u64]) -> Vec<Note> {
        let mut used: Vec<&Note> = self.notes.iter().filter(|note| inputs.contains(&note.id)).collect();
        used.sort_by_key(|note| note.to);
        let from = used.iter().map(|note| note.from).max().unwrap();
        // Unit by unit: the last unit consumed is in this note, or the first unit left is.
        let mut left = amount;
        let mut source = used[0];
        for note in used {
            source = note;
            if note.amount > left {
                break;
            }
            left -= note.amount;
        }
        let note = |(index, &amount): (usize, &u64)| {
            let mut note = Note { amount, from, spent: false, ..source.clone() };
            note.id = change_id(inputs, index, CLASSES[note.class], note.amount, note.from, note.to);
            note
        };
        change.iter().enumerate().map(note).collect()
    }

    fn spend(&mut self, request: SpendRequest) {
        self.asked = Some(request.clone());
        if let Some((earlier, seq)) =
            self.requests.iter().find(|(earlier, _)| earlier.request_id == request.request_id)
        {
            self.expect = if *earlier == request {
                Expect::Repeated { seq: *seq }
            } else {
                Expect::Refused("vault_request_reused")
            };
            return;
        }
        match self.judge(&request) {
            Err(code) => self.expect = Expect::Refused(code),
            Ok((inputs, created)) => {
                for note in &mut self.notes {
                    note.spent |= inputs.contains(&note.id);
                }
                let class = CLASSES.iter().position(|class| *class == request.class).unwrap();
                self.consumed[class] += request.amount;
                self.notes.extend(created);
                self.taken();
                self.requests.push((request, self.seq));
            }
        }
    }

    fn named(
        &self,
        class: usize,
        picks: &[prop::sample::Index],
        order: Order,
        percent: u64,
        change: Change,
    ) -> SpendRequest {
        let mut ids: Vec<Digest> = Vec::new();
        // Mostly what can be spent, sometimes whatever there is.
        let usable: Vec<&Note> = self
            .notes
            .iter()
            .filter(|note| !note.spent && note.class == class && self.today(note).is_eq())
            .collect();
        for pick in picks {
            if usable.is_empty() || percent.is_multiple_of(7) {
                if !self.notes.is_empty() {
                    ids.push(pick.get(&self.notes).id);
                }
            } else {
                ids.push(pick.get(&usable).id);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        let total: u64 = ids
            .iter()
            .filter_map(|id| self.notes.iter().find(|note| note.id == *id))
            .map(|note| note.amount)
            .sum();
        let amount = (total * percent / 100).max(1);
        let left = total.saturating_sub(amount);
        match order {
            Order::Ascending => {}
            Order::Descending => ids.reverse(),
            Order::FirstTwice => {
                if let Some(&first) = ids.first() {
                    ids.insert(0, first);
                }
            }
            Order::Empty => ids.clear(),
            Order::Unknown => {
                ids.push(Digest::from_bytes([0xff; 32]));
            }
        }
        let change = match change {
            Change::Whole => None,
            Change::Split if left > 2 => Some(vec![left / 2, left - left / 2]),
            Change::Split => None,
            Change::OneTooMuch => Some(vec![left + 1]),
            Change::WithZero => Some(vec![left, 0]),
        };
        SpendRequest {
            inputs: Some(ids),
            change,
            ..request(&format!("r-{}", self.requests.len()), CLASSES[class], amount)
        }
    }
}

impl ReferenceStateMachine for Reference {
    type State = Self;
    type Transition = Op;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self {
            now: 0,
            floor: 0,
            seq: 1,
            notes: Vec::new(),
            envelopes: BTreeSet::new(),
            requests: Vec::new(),
            minted: [0; 3],
            consumed: [0; 3],
            asked: None,
            expect: Expect::Nothing,
        })
        .boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Op> {
        let next = state.envelopes.len();
        let today = state.now / DAY;
        let note = (0..3usize, 1..60u64, -2..4i64, 4..40i64)
            .prop_map(move |(class, amount, from, to)| (class, amount, today + from, today + to));
        let mint = (prop_oneof![9 => Just(next), 1 => 0..=next], prop::collection::vec(note, 1..6))
            .prop_map(|(envelope, notes)| Op::Mint { envelope, notes });
        let order = prop_oneof![
            12 => Just(Order::Ascending), 1 => Just(Order::Descending), 1 => Just(Order::FirstTwice),
            1 => Just(Order::Empty), 1 => Just(Order::Unknown)
        ];
        let change = prop_oneof![
            6 => Just(Change::Whole), 3 => Just(Change::Split), 1 => Just(Change::OneTooMuch), 1 => Just(Change::WithZero)
        ];
        let picks = prop::collection::vec(any::<prop::sample::Index>(), 1..5);
        let named = (0..3usize, picks, order, 1..=100u64, change).prop_map(
            |(class, picks, order, percent, change)| Op::SpendNamed { class, picks, order, percent, change },
        );
        let again = (any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(which, other_amount)| Op::Again { which, other_amount });
        prop_oneof![
            2 => mint,
            6 => (0..3usize, 0..50u64).prop_map(|(class, amount)| Op::SpendAny { class, amount }),
            6 => named,
            1 => again,
            2 => (0..3 * DAY).prop_map(|ms| Op::Wait { ms }),
            1 => (10_000..DAY).prop_map(|ms| Op::ClockBack { ms }),
        ]
        .boxed()
    }

    fn apply(mut state: Self, op: &Op) -> Self {
        state.asked = None;
        state.expect = Expect::Nothing;
        match op {
            Op::Mint { envelope, notes } => state.mint(*envelope, notes),
            Op::SpendAny { class, amount } => {
                let asked = request(&format!("r-{}", state.requests.len()), CLASSES[*class], *amount);
                if *amount == 0 {
                    state.asked = Some(asked);
                    state.expect = Expect::Refused("vault_amount_zero");
                } else {
                    state.spend(asked);
                }
            }
            Op::SpendNamed { class, picks, order, percent, change } => {
                let asked = state.named(*class, picks, *order, *percent, *change);
                state.spend(asked);
            }
            Op::Again { which, other_amount } => {
                if !state.requests.is_empty() {
                    let mut asked = which.get(&state.requests).0.clone();
                    asked.amount += u64::from(*other_amount);
                    state.spend(asked);
                }
            }
            Op::Wait { ms } => state.now += ms,
            // Only asked that far back; the clock itself goes on.
            Op::ClockBack { .. } => {
                state.asked = Some(request(&format!("r-{}", state.requests.len()), CLASSES[0], 1));
                state.expect = Expect::Refused("vault_clock_behind");
            }
        }
        state
    }
}

struct Vault {
    state: State,
    codes: BTreeMap<&'static str, u64>,
}

/// A spend as the store does it, without the log.
fn spend(state: &mut State, asked: &SpendRequest, now: i64) -> Result<(u64, bool), VaultError> {
    if let Some(seq) = state.request_done(&asked.request_id, &asked.digest()?)? {
        return Ok((seq, true));
    }
    let transaction = state.prepare(asked, at(now))?;
    Ok((state.apply(&transaction)?.seq, false))
}

impl StateMachineTest for Vault {
    type SystemUnderTest = Self;
    type Reference = Reference;

    fn init_test(_: &Reference) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let state = create(dir.path()).state().clone();
        Self { state, codes: BTreeMap::new() }
    }

    fn apply(mut vault: Self, reference: &Reference, op: Op) -> Self {
        let before = vault.state.clone();
        let outcome = match (&op, &reference.asked) {
            (Op::Mint { envelope: number, notes }, _) => {
                let specs: Vec<NoteSpec<'_>> = notes
                    .iter()
                    .map(|&(class, amount, from, to)| (CLASSES[class], amount, from, to))
                    .collect();
                let envelope = envelope(&format!("e-{number}"), &specs);
                let verdict = judge(&envelope, at(reference.now));
                let mint = Mint::new(verdict.licence().unwrap(), sha256(&envelope), at(reference.now));
                vault.state.apply(&Transaction::Mint(mint)).map(|body| (body.seq, false))
            }
            (Op::ClockBack { ms }, Some(asked)) => spend(&mut vault.state, asked, reference.floor - ms),
            (_, Some(asked)) => spend(&mut vault.state, asked, reference.now),
            _ => return vault,
        };
        match reference.expect {
            Expect::Nothing => tally::count(|_| {}),
            Expect::Taken { .. } => tally::count(|done| done.taken += 1),
            Expect::Repeated { .. } => tally::count(|done| done.repeated += 1),
            Expect::Refused(_) => tally::count(|done| done.refused += 1),
        }
        let found = match outcome {
            Ok((seq, false)) => Expect::Taken { seq },
            Ok((seq, true)) => Expect::Repeated { seq },
            Err(error) => Expect::Refused(error.code()),
        };
        assert_eq!(found, reference.expect, "{op:?}");
        if let Expect::Refused(code) = found {
            *vault.codes.entry(code).or_default() += 1;
            assert!(vault.state == before, "a refusal changed the vault");
        }
        vault
    }

    fn check_invariants(vault: &Self, reference: &Reference) {
        for (index, class) in CLASSES.iter().enumerate() {
            let (minted, consumed, held) = vault.state.sums(class);
            assert_eq!((minted, consumed), (reference.minted[index], reference.consumed[index]));
            assert_eq!(minted, consumed + held);
        }
        assert_eq!(vault.state.seq(), reference.seq);
        let spent = reference.notes.iter().filter(|note| note.spent).count();
        assert_eq!((vault.state.notes(), vault.state.spent()), (reference.notes.len() - spent, spent));
    }

    fn teardown(vault: Self, reference: Reference) {
        for note in &reference.notes {
            let held = vault.state.note(&note.id);
            assert_eq!(held.is_none(), note.spent);
            assert_eq!(vault.state.spent_in(&note.id).is_some(), note.spent);
            assert!(note.spent || held == Some((CLASSES[note.class], note.amount)));
        }
    }
}

#[test]
fn a_hundred_thousand_operations_give_what_a_naive_reference_gives() {
    let cases = std::env::var("ZTP_MODEL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(470);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let mut runner = TestRunner::new(config.clone());
    let histories = Reference::sequential_strategy(STEPS..=STEPS);
    let run = runner.run(&histories, |(reference, operations, seen)| {
        Vault::test_sequential(config.clone(), reference, operations, seen);
        Ok(())
    });
    if let Err(failed) = run {
        panic!("{failed}");
    }
    let tally::Tally { all, taken, repeated, refused } = tally::done();
    println!("{all} operations: {taken} taken, {repeated} repeated, {refused} refused as the reference says");
    // The generator must not have drifted into testing one thing only.
    assert!(all * 250 >= u64::from(cases) * 250 * 200, "{all}");
    assert!(taken * 5 > all && refused * 10 > all && repeated > 0);
}
