//! The insider's attack: copy the vault, spend, put the copy back, spend again. What each tier makes of it, and a vault it beats.
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

#[path = "vault/nv.rs"]
mod nv;
#[path = "vault/support.rs"]
mod support;

use std::path::{Path, PathBuf};

use nv::Nv;
use support::*;
use ztp_audit::verify::NoProgress;
use ztp_core::Coded as _;
use ztp_core::anchor::{AnchorKind, AnchorReading, TpmAnchor, extend};
use ztp_core::digest::{Digest, sha256};
use ztp_licence::vault::store::{FileAnchor, Machine, VaultStore, VerifyVault, receipts, verify};
use ztp_licence::vault::witness::WitnessKey;
use ztp_licence::vault::{
    Conflict, ForkProof, Receipt, ReconciliationStatus, Tier, VaultError, VaultStatus, reconcile, verify_fork,
};

fn with(nv: &Nv) -> Machine {
    Machine { generation: None, anchor: Some(Box::new(nv.clone())) }
}

/// What the attack leaves: the vault after it, the first spend's receipt and the second's.
struct Attacked {
    _root: tempfile::TempDir,
    vault: PathBuf,
    first: Receipt,
    second: Receipt,
}

/// Copies the vault before a spend, spends, puts the copy back, and spends the same note for something else.
fn attack(
    machine: impl Fn() -> Machine,
    prepare: impl Fn(&mut VaultStore),
) -> Result<Attacked, (tempfile::TempDir, PathBuf, &'static str)> {
    let root = tempfile::tempdir().unwrap();
    let (vault, copy) = (root.path().join("vault"), root.path().join("copy"));
    let mut store = create(&vault);
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    drop(store);
    let mut store = try_open(&vault, machine(), 15).unwrap();
    prepare(&mut store);
    store.log().seal(at(16)).unwrap();
    drop(store);
    copy_dir(&vault, &copy);
    let mut store = try_open(&vault, machine(), 20).unwrap();
    let first = store.spend(&request("r-1", "test-hours", 100), &device(), at(20)).unwrap();
    store.log().seal(at(21)).unwrap();
    drop(store);
    // The insider has root: nothing of the newer state is left.
    std::fs::remove_dir_all(&vault).unwrap();
    copy_dir(&copy, &vault);
    let mut store = match try_open(&vault, machine(), 30) {
        Ok(store) => store,
        Err(error) => return Err((root, vault, error.code())),
    };
    match store.spend(&request("r-2", "test-hours", 100), &device(), at(30)) {
        Ok(second) => {
            store.log().seal(at(31)).unwrap();
            drop(store);
            Ok(Attacked { _root: root, vault, first, second })
        }
        Err(error) => Err((root, vault, error.code())),
    }
}

fn succeeded() -> Attacked {
    attack(Machine::default, |_| {}).map_err(|failed| failed.2).unwrap()
}

fn judged(vault: &Path, options: VerifyVault<'_>) -> ztp_licence::vault::VaultVerdict {
    verify(vault, options, &NoProgress).unwrap()
}

/// A vault as many are: a balance, sealed with a hash over itself and "the chain head", which is in the same file.
struct Naive(PathBuf);

impl Naive {
    fn write(&self, balance: u64, head: Digest) {
        let text = format!("{balance} {head}");
        std::fs::write(&self.0, format!("{text} {}", sha256(text.as_bytes()))).unwrap();
    }
    fn read(&self) -> (u64, Digest) {
        let text = std::fs::read_to_string(&self.0).unwrap();
        let (body, seal) = text.rsplit_once(' ').unwrap();
        assert_eq!(sha256(body.as_bytes()).to_string(), seal, "tampered");
        let (balance, head) = body.split_once(' ').unwrap();
        (balance.parse().unwrap(), Digest::from_hex(head).unwrap())
    }
    fn spend(&self, amount: u64) -> bool {
        let (balance, head) = self.read();
        if balance < amount {
            return false;
        }
        self.write(balance - amount, extend(&head, &sha256(&amount.to_le_bytes())));
        true
    }
    /// "Was it rolled back?" The chain moved on, so an old copy would show: that is the claim.
    fn verdict(&self) -> &'static str {
        self.read();
        "ok"
    }
}

#[test]
fn the_attack_beats_a_naive_vault_which_calls_itself_ok() {
    let root = tempfile::tempdir().unwrap();
    let naive = Naive(root.path().join("naive"));
    naive.write(100, Digest::ZERO);
    let copy = std::fs::read(&naive.0).unwrap();
    assert!(naive.spend(100) && !naive.spend(100));
    std::fs::write(&naive.0, copy).unwrap();
    assert!(naive.spend(100), "the attack must win here");
    assert_eq!(naive.verdict(), "ok");
}

#[test]
fn at_t0_the_attack_works_and_the_verdict_is_unanchored_and_never_ok() {
    let attacked = succeeded();
    assert_eq!(attacked.first.body.inputs().unwrap(), attacked.second.body.inputs().unwrap());
    let trust = trust();
    let options = VerifyVault {
        device: Some(device().public_key().clone()),
        trust: Some(&trust),
        ..VerifyVault::default()
    };
    let verdict = judged(&attacked.vault, options);
    assert_eq!(
        (verdict.status(), verdict.tier(), verdict.findings.len()),
        (VaultStatus::Unanchored, Tier::T0, 0)
    );
    assert_eq!(verdict.code(&[]), Some("vault_unanchored"));
    assert_eq!(verdict.envelopes_verified, Some(1));
    assert!(verdict.unchecked.contains(&"transactions_after_covered_seq"));
    let json = String::from_utf8(verdict.to_json(&[]).unwrap()).unwrap();
    assert!(json.contains("\"status\":\"unanchored\"") && !json.contains("\"ok\""));
    // An untouched vault is told apart by nothing, and gets the same words.
    assert_eq!(verdict.code(&[Tier::T0]), None);
}

#[test]
fn at_t1_the_vault_does_not_open_and_a_verifier_says_rolled_back() {
    let nv = Nv::new(AnchorKind::Hardware);
    let bind = |store: &mut VaultStore| drop(store.bind_anchor("commissioning", &device(), at(15)).unwrap());
    let (_root, vault, code) = attack(|| with(&nv), bind).err().unwrap();
    assert_eq!(code, "vault_rolled_back");
    let mut anchor = nv.clone();
    let verdict = judged(&vault, VerifyVault { anchor: Some(&mut anchor), ..VerifyVault::default() });
    assert_eq!((verdict.status(), verdict.code(&[])), (VaultStatus::RolledBack, Some("vault_rolled_back")));
    // Without its anchor the vault takes nothing, so the attacker cannot just leave it out.
    let mut store = try_open(&vault, Machine::default(), 40).unwrap();
    let error = store.spend(&request("r-3", "test-hours", 1), &device(), at(40)).unwrap_err();
    assert_eq!(error.code(), "vault_anchor_missing");
    // He can record its loss, which is then in the log for everybody, and the vault is bound to nothing.
    store.release_anchor("lost", &device(), at(41)).unwrap();
    drop(store);
    let mut anchor = nv.clone();
    let verdict = judged(&vault, VerifyVault { anchor: Some(&mut anchor), ..VerifyVault::default() });
    assert_eq!(verdict.status(), VaultStatus::Unanchored);
    assert!(verdict.unchecked.contains(&"vault_is_bound_to_no_anchor"));
    assert_eq!(verdict.code(&[Tier::T1]), Some("vault_unanchored"));
}

#[test]
fn an_anchor_of_hardware_gives_t1_and_a_software_or_test_one_is_capped_at_t0() {
    for (kind, tier, status) in [
        (AnchorKind::Hardware, Tier::T1, VaultStatus::Anchored),
        (AnchorKind::Software, Tier::T0, VaultStatus::Unanchored),
        (AnchorKind::Test, Tier::T0, VaultStatus::Unanchored),
    ] {
        let nv = Nv::new(kind);
        let dir = tempfile::tempdir().unwrap();
        drop(create(dir.path()));
        let mut store = try_open(dir.path(), with(&nv), 10).unwrap();
        store.bind_anchor("commissioning", &device(), at(15)).unwrap();
        mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 20);
        store.spend(&request("r-1", "test-hours", 1), &device(), at(21)).unwrap();
        drop(store);
        let mut anchor = nv.clone();
        let verdict = judged(dir.path(), VerifyVault { anchor: Some(&mut anchor), ..VerifyVault::default() });
        assert_eq!((verdict.tier(), verdict.status()), (tier, status), "{kind:?}");
        assert_eq!(verdict.evidence[0].result, "in_step");
        assert_eq!(verdict.unchecked.contains(&"anchor_can_be_copied_with_the_disk"), tier == Tier::T0);
    }
    let root = tempfile::tempdir().unwrap();
    assert_eq!(FileAnchor::open(&root.path().join("a")).unwrap().kind(), AnchorKind::Test);
}

#[test]
fn a_crash_between_log_and_anchor_is_completed_and_more_than_that_is_not() {
    let root = tempfile::tempdir().unwrap();
    let nv = Nv::new(AnchorKind::Hardware);
    let vault = root.path().join("vault");
    drop(create(&vault));
    let mut store = try_open(&vault, with(&nv), 10).unwrap();
    store.bind_anchor("commissioning", &device(), at(15)).unwrap();
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 20);
    let readings: Vec<AnchorReading> = (0..4)
        .map(|n| {
            let before = *nv.0.lock().unwrap();
            store.spend(&request(&format!("r-{n}"), "test-hours", 1), &device(), at(30 + n)).unwrap();
            before
        })
        .collect();
    drop(store);
    let full = *nv.0.lock().unwrap();
    let reopened = |reading: AnchorReading| {
        *nv.0.lock().unwrap() = reading;
        let opened = try_open(&vault, with(&nv), 50).map(|_| ()).map_err(|error| error.code());
        (opened, *nv.0.lock().unwrap())
    };
    let last = *readings.last().unwrap();
    assert_eq!(reopened(full), (Ok(()), full));
    // Before the digest, and between digest and counter.
    assert_eq!(reopened(last), (Ok(()), full));
    assert_eq!(reopened(AnchorReading { digest: full.digest, ..last }), (Ok(()), full));
    // Anything else is no crash: another history under the same count, two transactions missing, one too many.
    assert_eq!(reopened(AnchorReading { digest: Digest::ZERO, ..full }).0, Err("vault_forked"));
    assert_eq!(reopened(AnchorReading { digest: Digest::ZERO, ..last }).0, Err("vault_forked"));
    assert_eq!(reopened(readings[2]).0, Err("vault_anchor_behind"));
    assert_eq!(reopened(full.after(&Digest::ZERO)).0, Err("vault_rolled_back"));
    assert_eq!(reopened(AnchorReading { counter: full.counter + 1, ..full }).0, Err("vault_rolled_back"));
}

fn last_note(vault: &Path) -> Vec<u8> {
    ztp_audit::head::last_note(vault).unwrap().unwrap()
}

#[test]
fn at_t2_a_witness_who_cosigned_the_newer_head_shows_the_rollback() {
    let root = tempfile::tempdir().unwrap();
    let (vault, copy) = (root.path().join("vault"), root.path().join("copy"));
    let witness = WitnessKey::new("witness.example", key(5).public_key().clone()).unwrap();
    assert_eq!(witness.to_string().parse::<WitnessKey>().unwrap(), witness);
    let mut store = create(&vault);
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    store.log().seal(at(16)).unwrap();
    drop(store);
    copy_dir(&vault, &copy);
    let mut store = open(&vault, 20);
    store.spend(&request("r-1", "test-hours", 100), &device(), at(20)).unwrap();
    store.log().seal(at(21)).unwrap();
    drop(store);
    let cosigned = witness.cosign(&last_note(&vault), 1_785_585_700, &key(5)).unwrap();
    let options =
        || VerifyVault { witness: Some((cosigned.clone(), vec![witness.clone()])), ..VerifyVault::default() };

    // The honest vault rests on the witness, up to what it saw.
    let verdict = judged(&vault, options());
    assert_eq!(
        (verdict.status(), verdict.tier(), verdict.covered_seq()),
        (VaultStatus::Anchored, Tier::T2, 3)
    );
    assert_eq!((verdict.code(&[]), verdict.code(&[Tier::T1])), (None, Some("vault_unanchored")));

    // What was written after the witness looked is not covered by it, not even the next record.
    let grown = root.path().join("grown");
    copy_dir(&vault, &grown);
    let mut store = open(&grown, 25);
    store.request("q-1", &device(), at(25)).unwrap();
    drop(store);
    let verdict = judged(&grown, options());
    assert_eq!((verdict.tier(), verdict.covered_seq(), verdict.state.seq()), (Tier::T2, 3, 4));
    assert!(verdict.unchecked.contains(&"transactions_after_covered_seq"), "{:?}", verdict.unchecked);

    // The copy put back, and the copy continued.
    let verdict = judged(&copy, options());
    assert_eq!((verdict.status(), verdict.evidence[0].result), (VaultStatus::RolledBack, "rolled_back"));
    let mut store = open(&copy, 30);
    for n in 0..4 {
        store.spend(&request(&format!("x-{n}"), "test-hours", 1), &device(), at(30)).unwrap();
    }
    store.log().seal(at(31)).unwrap();
    drop(store);
    let verdict = judged(&copy, options());
    assert_eq!((verdict.status(), verdict.code(&[])), (VaultStatus::Forked, Some("vault_forked")));

    // Evidence that is none: another witness, a changed time, a note that nobody cosigned.
    let refused = |note: Vec<u8>, key: &WitnessKey| {
        let options = VerifyVault { witness: Some((note, vec![key.clone()])), ..VerifyVault::default() };
        verify(&vault, options, &NoProgress).unwrap_err().code()
    };
    let other = WitnessKey::new("witness.example", key(6).public_key().clone()).unwrap();
    assert_eq!(refused(cosigned.clone(), &other), "vault_witness_unusable");
    let later = witness.cosign(&last_note(&vault), 1_785_585_701, &key(5)).unwrap();
    let (mut swapped, at_line) = (cosigned.clone(), cosigned.len() - 30);
    swapped[at_line..].copy_from_slice(&later[at_line..]);
    assert_eq!(refused(swapped, &witness), "vault_witness_unusable");
    assert_eq!(refused(last_note(&vault), &witness), "vault_witness_unusable");
}

#[test]
fn at_t3_the_issuer_proves_the_double_spend_to_a_third_party() {
    let attacked = succeeded();
    // The issuer has the receipt of the first spend, from an earlier request; the bench asks again after the attack.
    let mut store = open(&attacked.vault, 50);
    let asked = store.request_file("q-2", 1, None, &device(), at(50)).unwrap();
    drop(store);
    let found = reconcile(std::slice::from_ref(&attacked.first), &asked, device().public_key()).unwrap();
    assert_eq!((found.status, found.code()), (ReconciliationStatus::Forked, Some("vault_forked")));
    let proof = found.fork.unwrap();
    let notes = attacked.first.body.inputs().unwrap();
    assert_eq!(proof.conflict, Conflict::NotesSpentTwice { notes });

    // A third party has the file and the device's public key, and nothing else.
    let file = proof.to_json().unwrap();
    let checked = ForkProof::check(&file, device().public_key()).unwrap();
    assert_eq!(checked, *proof);
    let refused = |file: &[u8]| ForkProof::check(file, device().public_key()).unwrap_err().code();
    assert_eq!(ForkProof::check(&file, key(3).public_key()).unwrap_err().code(), "vault_other_device");
    let text = String::from_utf8(file.clone()).unwrap();
    assert_eq!(
        refused(text.replace("\"purpose\":\"run\"", "\"purpose\":\"fun\"").as_bytes()),
        "signature_mismatch"
    );
    assert_eq!(
        refused(text.replace("notes_spent_twice", "transaction_twice").as_bytes()),
        "vault_record_malformed"
    );
    // Nobody can make a proof of one receipt, or of two that follow each other.
    assert_eq!(verify_fork(&attacked.first, &attacked.first, device().public_key()), Err(VaultError::NoFork));
    let history = receipts(&attacked.vault, 1, 10).unwrap();
    assert_eq!(verify_fork(&history[1], &history[2], device().public_key()), Err(VaultError::NoFork));

    // The auditor who is given the issuer's receipts finds the same in the vault itself.
    let verdict = judged(
        &attacked.vault,
        VerifyVault { receipts: vec![attacked.first.clone()], ..VerifyVault::default() },
    );
    assert_eq!(verdict.status(), VaultStatus::Forked);
    assert_eq!(*verdict.fork.unwrap(), *proof);
    assert_eq!(attacked.second.body.seq, attacked.first.body.seq);
}

#[test]
fn what_the_bench_leaves_out_is_unlinked_and_never_consistent() {
    let attacked = succeeded();
    let mut store = open(&attacked.vault, 50);
    // It sends only what comes after the spend that contradicts.
    let asked = store.request_file("q-2", 4, None, &device(), at(50)).unwrap();
    let found = reconcile(std::slice::from_ref(&attacked.first), &asked, device().public_key()).unwrap();
    assert_eq!(found.status, ReconciliationStatus::Unlinked);
    assert!(!found.missing.is_empty());
    // An older copy that asks for nothing new.
    let asked = store.request_file("q-3", 1, None, &device(), at(60)).unwrap();
    let later = store.spend(&request("r-9", "test-hours", 1), &device(), at(61));
    assert_eq!(later.unwrap_err().code(), "vault_insufficient");
    let all = receipts(&attacked.vault, 1, 100).unwrap();
    assert_eq!(
        reconcile(&all, &asked, device().public_key()).unwrap().status,
        ReconciliationStatus::Consistent
    );
    mint(&mut store, "e-2", &[("test-hours", 5, 0, 90)], 70);
    let newer = receipts(&attacked.vault, 1, 100).unwrap();
    let found = reconcile(&newer, &asked, device().public_key()).unwrap();
    assert_eq!((found.status, found.code()), (ReconciliationStatus::RolledBack, Some("vault_rolled_back")));
}

#[test]
fn a_new_vault_of_the_same_device_that_mints_and_spends_again_is_a_proof_too() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = |dir: &Path, seed: u64, id: &str| {
        let mut store =
            VaultStore::create(dir, &options(1000), &device(), at(0), Box::new(TestHost(seed))).unwrap();
        mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
        let spent = store.spend(&request(id, "test-hours", 100), &device(), at(20)).unwrap();
        (store.receipt(2).unwrap(), spent)
    };
    let (mint_a, spend_a) = run(first.path(), 1, "r-1");
    let (mint_b, spend_b) = run(second.path(), 77, "r-2");
    assert_ne!(mint_a.body.vault_id, mint_b.body.vault_id);
    let proof = verify_fork(&mint_a, &mint_b, device().public_key()).unwrap();
    assert!(matches!(proof.conflict, Conflict::EnvelopeMintedTwice { .. }));
    let proof = verify_fork(&spend_b, &spend_a, device().public_key()).unwrap();
    assert!(matches!(proof.conflict, Conflict::NotesSpentTwice { .. }));
}

#[test]
fn a_restored_machine_image_shows_by_its_generation_and_the_acceptance_is_in_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let machine = |generation: &str| Machine { generation: Some(generation.to_owned()), anchor: None };
    let create =
        ztp_licence::vault::store::CreateVault { generation: Some("gen-1".to_owned()), ..options(1000) };
    drop(VaultStore::create(dir.path(), &create, &device(), at(0), Box::new(TestHost(1))).unwrap());
    let mut store = try_open(dir.path(), machine("gen-1"), 10).unwrap();
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    drop(store);
    let mut store = try_open(dir.path(), machine("gen-2"), 20).unwrap();
    let error = store.spend(&request("r-1", "test-hours", 1), &device(), at(20)).unwrap_err();
    assert_eq!(error.code(), "vault_generation_changed");
    store.accept_generation("host replaced, ticket 12", &device(), at(21)).unwrap();
    store.spend(&request("r-1", "test-hours", 1), &device(), at(22)).unwrap();
    drop(store);
    let log = std::fs::read_to_string(dir.path().join("segments/00000000000000000000.jsonl")).unwrap();
    assert!(log.contains("\"event_class\":\"vault.reanchored\"") && log.contains("gen-2"));
    let mut store = try_open(dir.path(), machine("gen-2"), 30).unwrap();
    store.spend(&request("r-2", "test-hours", 1), &device(), at(30)).unwrap();
}

#[test]
fn an_answer_is_taken_only_by_the_vault_whose_head_it_names() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    let asked = store.request("q-1", &device(), at(10)).unwrap();
    assert_eq!(store.request("q-1", &device(), at(11)).unwrap(), asked);
    let mint = |head: Option<Digest>| {
        let envelope = envelope("e-1", &[("test-hours", 5, 0, 90)]);
        let verdict = judge(&envelope, at(20));
        let mut mint = ztp_licence::vault::Mint::new(verdict.licence().unwrap(), sha256(&envelope), at(20));
        mint.vault_head = head;
        ztp_licence::vault::Transaction::Mint(mint)
    };
    let mut state = store.state().clone();
    let wrong = state.apply(&mint(Some(sha256(b"another vault's head")))).unwrap_err();
    assert_eq!(wrong.code(), "vault_head_mismatch");
    state.apply(&mint(Some(asked.body.head))).unwrap();
    // A rolled-back vault never made that request.
    let before = create(tempfile::tempdir().unwrap().path()).state().clone();
    assert_eq!(before.clone().apply(&mint(Some(asked.body.head))).unwrap_err().code(), "vault_head_mismatch");
}

#[test]
fn records_that_no_vault_wrote_are_found_by_the_replay() {
    // Root holds the log's current key and the device key, and writes records as he likes.
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    let receipt = store.spend(&request("r-1", "test-hours", 40), &device(), at(20)).unwrap();
    let event = |class: ztp_core::event::EventClass, payload| ztp_audit::store::NewEvent {
        event_class: class,
        payload,
        timestamp: None,
    };
    // The same spend again, a snapshot of his own, an envelope that the issuer did not sign.
    let again = ztp_core::canonical::Value::object([("receipt", receipt.to_value())]);
    store.log().append(&[event(ztp_core::event::EventClass::VAULT_SPENT, again)], at(30)).unwrap();
    drop(store);
    assert_eq!(try_open(dir.path(), Machine::default(), 40).unwrap_err().code(), "vault_replay_differs");
    let verdict = judged(dir.path(), VerifyVault::default());
    assert_eq!((verdict.status(), verdict.code(&[])), (VaultStatus::Broken, Some("vault_replay_differs")));
    assert_eq!(verdict.findings[0].record, Some(4));
}

#[test]
fn a_snapshot_that_root_wrote_is_believed_by_the_bench_and_refused_by_every_verifier() {
    // A vault in which nothing was spent, and a snapshot of it in the log of one in which all was.
    let (honest, forged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut store = create(honest.path());
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    copy_dir(honest.path(), forged.path());
    store.snapshot(at(15)).unwrap();
    let log = std::fs::read_to_string(honest.path().join("segments/00000000000000000000.jsonl")).unwrap();
    let line = log.lines().find(|line| line.contains("vault.snapshot")).unwrap().to_owned();
    let record = ztp_audit::record::RecordView::parse(line.as_bytes()).unwrap();
    let payload = ztp_core::canonical::read(record.payload, &ztp_core::canonical::Limits::default()).unwrap();
    let mut store = open(forged.path(), 20);
    store.spend(&request("r-1", "test-hours", 100), &device(), at(20)).unwrap();
    let event = ztp_audit::store::NewEvent {
        event_class: ztp_core::event::EventClass::VAULT_SNAPSHOT,
        payload,
        timestamp: None,
    };
    store.log().append(&[event], at(30)).unwrap();
    drop(store);
    assert_eq!(open(forged.path(), 40).state().sums("test-hours"), (100, 0, 100));
    let verdict = judged(forged.path(), VerifyVault::default());
    assert_eq!((verdict.status(), verdict.code(&[])), (VaultStatus::Broken, Some("vault_replay_differs")));
    assert!(verdict.findings[0].message.contains("snapshot"));
}

#[test]
fn notes_of_an_issuer_that_the_verifier_does_not_trust_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    drop(store);
    let mine = key(4).public_key().clone();
    let other = ztp_licence::Trust::pin(mine, "tlsstress").unwrap();
    let verdict = judged(dir.path(), VerifyVault { trust: Some(&other), ..VerifyVault::default() });
    assert_eq!(verdict.code(&[]), Some("vault_envelope_not_accepted"));
    assert_eq!(verdict.status(), VaultStatus::Broken);
    let verdict = judged(
        dir.path(),
        VerifyVault { device: Some(key(4).public_key().clone()), ..VerifyVault::default() },
    );
    assert_eq!(verdict.code(&[]), Some("vault_other_device"));
}
