//! A vault's life on disk: mint, spend, receipt, reopening, snapshots, idempotency, refusals.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

#[path = "vault/support.rs"]
mod support;

use support::*;
use ztp_audit::verify::NoProgress;
use ztp_core::Coded as _;
use ztp_core::anchor::{AnchorError, AnchorKind, AnchorReading, TpmAnchor};
use ztp_core::digest::{Digest, sha256};
use ztp_licence::vault::store::{FileAnchor, Machine, VaultStore, VerifyVault, load, verify};
use ztp_licence::vault::{Mint, Transaction, VaultStatus};

#[test]
fn what_was_minted_and_spent_is_there_after_reopening_and_the_receipt_is_signed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    let notes = mint(&mut store, "e-1", &[("test-hours", 500, 0, 90), ("test-hours", 250, 0, 60)], 10);
    let receipt = store.spend(&request("r-1", "test-hours", 300), &device(), at(20)).unwrap();
    receipt.verify(device().public_key()).unwrap();
    // The note that expires first is used up first; what is left over comes from the later one and has its validity.
    assert_eq!(receipt.body.inputs().unwrap().len(), 2);
    assert_eq!((receipt.body.created[0].amount, receipt.body.created[0].not_after), (450, at(90 * DAY)));
    assert_eq!(store.state().sums("test-hours"), (750, 300, 450));
    let (before, head) = (store.state().clone(), store.state().head());
    assert_eq!(receipt.body.head, head);
    drop(store);

    let mut store = open(dir.path(), 30);
    assert_eq!(*store.state(), before);
    assert!(notes.iter().all(|note| store.state().spent_in(note) == Some(3)));
    // The same request gives the same receipt, also after a snapshot; other content under its id is refused.
    assert_eq!(store.spend(&request("r-1", "test-hours", 300), &device(), at(40)).unwrap(), receipt);
    store.snapshot(at(50)).unwrap();
    store.spend(&request("r-2", "test-hours", 50), &device(), at(60)).unwrap();
    let state = store.state().clone();
    drop(store);
    let mut store = open(dir.path(), 70);
    assert_eq!(*store.state(), state);
    assert_eq!(store.spend(&request("r-1", "test-hours", 300), &device(), at(80)).unwrap(), receipt);
    let refused = store.spend(&request("r-1", "test-hours", 301), &device(), at(80)).unwrap_err();
    assert_eq!(refused.code(), "vault_request_reused");
    assert_eq!(*store.state(), state);
}

#[test]
fn an_envelope_is_minted_once_and_only_if_it_was_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    let first = envelope("e-1", &[("test-hours", 5, 0, 90)]);
    let verdict = judge(&first, at(1));
    store.check_mint(&first, &verdict, at(1)).unwrap();
    let receipt = store.mint(&first, &verdict, &device(), at(1)).unwrap();
    assert_eq!(store.mint(&first, &verdict, &device(), at(2)).unwrap(), receipt);
    assert_eq!(store.state().sums("test-hours"), (5, 0, 5));

    let refused = |store: &mut ztp_licence::vault::store::VaultStore, envelope: &[u8]| {
        let verdict = judge(envelope, at(3));
        let check = store.check_mint(envelope, &verdict, at(3)).unwrap_err();
        let error = store.mint(envelope, &verdict, &device(), at(3)).unwrap_err();
        assert_eq!(check.code(), error.code());
        error.code()
    };
    assert_eq!(refused(&mut store, &envelope("e-1", &[("test-hours", 6, 0, 90)])), "vault_envelope_reused");
    assert_eq!(refused(&mut store, &envelope("e-2", &[])), "vault_mint_empty");
    assert_eq!(refused(&mut store, &envelope_for("any", "e-2", &[("x", 1, 0, 9)])), "vault_envelope_unbound");
    assert_eq!(
        refused(&mut store, &envelope_for("bench-8", "e-2", &[("x", 1, 0, 9)])),
        "vault_envelope_not_accepted"
    );
    // A verdict about another file is none about this one.
    let other = envelope("e-3", &[("test-hours", 1, 0, 90)]);
    let error = store.mint(&other, &verdict, &device(), at(3)).unwrap_err();
    assert_eq!(error.code(), "vault_envelope_not_accepted");
    let state = store.state().clone();
    drop(store);
    assert_eq!(*open(dir.path(), 10).state(), state);
}

#[test]
fn an_envelope_of_many_records_is_minted_as_a_whole_and_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = ztp_licence::vault::store::VaultStore::create(
        dir.path(),
        &options(3),
        &device(),
        at(0),
        Box::new(TestHost(1)),
    )
    .unwrap();
    let notes: Vec<NoteSpec<'_>> =
        (0..20_000).map(|n| ("test-hours", 1 + n % 9, 0, 30 + i64::try_from(n % 300).unwrap())).collect();
    let ids = mint(&mut store, "e-1", &notes, 10);
    store.spend(&request("r-1", "test-hours", 1234), &device(), at(20)).unwrap();
    let state = store.state().clone();
    drop(store);
    let mut store = open(dir.path(), 30);
    assert_eq!(*store.state(), state);
    assert!(ids.iter().all(|id| state.note(id).is_some() || state.spent_in(id).is_some()));
    // Seals lie between the parts of mint and snapshot; both are read back.
    store.snapshot(at(40)).unwrap();
    drop(store);
    let store = open(dir.path(), 50);
    assert_eq!(*store.state(), state);
    assert_eq!(store.receipt(3).unwrap().body.seq, 3);
}

#[test]
fn a_second_writer_is_refused_and_another_device_cannot_sign() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("test-hours", 5, 0, 90)], 1);
    assert_eq!(try_open(dir.path(), Machine::default(), 2).unwrap_err().code(), "vault_locked");
    let error = store.spend(&request("r", "test-hours", 1), &key(3), at(3)).unwrap_err();
    assert_eq!(error.code(), "vault_other_device");
    let error = store.spend_at(1, &request("r", "test-hours", 1), &device(), at(3)).unwrap_err();
    assert_eq!(error.code(), "vault_stale");
    store.spend_at(2, &request("r", "test-hours", 1), &device(), at(3)).unwrap();
}

#[test]
fn a_note_is_created_once_and_a_vault_is_opened_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("test-hours", 5, 0, 90)], 1);
    // No honest envelope names a note again, since its id covers the envelope's: a note taken over by hand is refused.
    let other = envelope("e-2", &[("test-hours", 5, 0, 90)]);
    let verdict = judge(&other, at(2));
    let mut twice = Mint::new(verdict.licence().unwrap(), sha256(&other), at(2));
    twice.notes.extend(twice.notes.clone());
    let mut state = store.state().clone();
    assert_eq!(state.apply(&Transaction::Mint(twice.clone())).unwrap_err().code(), "vault_note_exists");
    twice.notes.truncate(1);
    state.apply(&Transaction::Mint(twice.clone())).unwrap();
    twice.envelope_id = "e-3".to_owned();
    assert_eq!(state.apply(&Transaction::Mint(twice)).unwrap_err().code(), "vault_note_exists");
    drop(store);
    let again = VaultStore::create(dir.path(), &options(9), &device(), at(3), Box::new(TestHost(1)));
    assert_eq!(again.unwrap_err().code(), "log_exists");
}

#[test]
fn a_log_without_a_vault_is_none_and_a_changed_record_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let options = ztp_audit::store::CreateOptions { origin: "x".to_owned(), policy: options(9).policy };
    drop(ztp_audit::store::Writer::create(dir.path(), &options, at(0), Box::new(TestHost(1))).unwrap());
    assert_eq!(try_open(dir.path(), Machine::default(), 1).unwrap_err().code(), "vault_not_found");
    assert_eq!(load(dir.path()).unwrap_err().code(), "vault_not_found");

    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("test-hours", 5, 0, 90)], 1);
    store.log().seal(at(2)).unwrap();
    drop(store);
    let segment = dir.path().join("segments/00000000000000000000.jsonl");
    let log = std::fs::read_to_string(&segment).unwrap();
    std::fs::write(&segment, log.replace("\\\"amount\\\":5", "\\\"amount\\\":9")).unwrap();
    assert_eq!(load(dir.path()).unwrap_err().code(), "vault_log_broken");
    let verdict = verify(dir.path(), VerifyVault::default(), &NoProgress).unwrap();
    assert_eq!((verdict.status(), verdict.code(&[])), (VaultStatus::Broken, Some("vault_log_broken")));
}

#[test]
fn an_anchor_that_is_another_or_does_not_answer_stops_the_vault() {
    struct Renamed(FileAnchor);
    impl TpmAnchor for Renamed {
        fn kind(&self) -> AnchorKind {
            self.0.kind()
        }
        fn id(&self) -> String {
            "another".to_owned()
        }
        fn read(&mut self) -> Result<AnchorReading, AnchorError> {
            self.0.read()
        }
        fn extend(&mut self, data: &Digest) -> Result<(), AnchorError> {
            self.0.extend(data)
        }
        fn increment(&mut self) -> Result<(), AnchorError> {
            self.0.increment()
        }
    }
    let root = tempfile::tempdir().unwrap();
    let (vault, file) = (root.path().join("vault"), root.path().join("anchor"));
    drop(create(&vault));
    let machine = || Machine { generation: None, anchor: Some(Box::new(FileAnchor::open(&file).unwrap())) };
    let mut store = try_open(&vault, machine(), 1).unwrap();
    store.bind_anchor("test", &device(), at(1)).unwrap();
    drop(store);
    let other =
        Machine { generation: None, anchor: Some(Box::new(Renamed(FileAnchor::open(&file).unwrap()))) };
    assert_eq!(try_open(&vault, other, 2).unwrap_err().code(), "vault_anchor_other");
    let mut store = try_open(&vault, machine(), 3).unwrap();
    std::fs::remove_file(&file).unwrap();
    let failed = store.request("q-1", &device(), at(3)).unwrap_err();
    assert_eq!(failed.code(), "vault_anchor_failed");
    assert_eq!(FileAnchor::existing(&file).unwrap_err().code(), "vault_anchor_failed");
}
