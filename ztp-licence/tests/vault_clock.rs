//! A vault whose clock was ahead: only the issuer's signed word leads back, for this vault and its last transaction, and never below
//! his own time.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

#[path = "vault/support.rs"]
mod support;

use proptest::prelude::*;
use support::{BENCH, DAY, at, create, device, envelope, issuer, judge, key, mint, open, request, trust};
use tempfile::tempdir;
use ztp_audit::verify::NoProgress;
use ztp_core::Coded as _;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;
use ztp_licence::vault::State;
use ztp_licence::vault::store::{VaultStore, VerifyVault, verify};
use ztp_licence::{Status, sign};

const NOTES: &[(&str, u64, i64, i64)] = &[("test-hours", 500, -10, 100)];

/// The issuer's word about a vault as it stands, in an envelope without notes.
fn statement(state: &State, id: &str, not_before: Timestamp, signer: &SigningKey) -> Vec<u8> {
    let usual = canonical::read(&envelope(id, &[]), &Limits::default()).unwrap();
    let Some(Value::Object(mut payload)) = usual.get("payload").cloned() else { panic!("no payload") };
    let named = Value::object([
        ("hash", Value::from(state.head().to_string())),
        ("ledger", state.identity().unwrap().vault_id.to_string().into()),
        ("seq", i64::try_from(state.seq()).unwrap().into()),
    ]);
    let stated =
        Value::object([("ledgers", Value::from(vec![named])), ("not_before", not_before.to_string().into())]);
    payload.insert("clock_statement".to_owned(), stated);
    sign(&canonical::write(&Value::Object(payload)).unwrap(), signer).unwrap()
}

fn take(store: &mut VaultStore, envelope: &[u8], ms: i64) -> Result<(), &'static str> {
    let verdict = judge(envelope, at(ms));
    store.mint(envelope, &verdict, &device(), at(ms)).map(drop).map_err(|error| error.code())
}

#[test]
fn a_spend_twenty_days_ahead_blocks_no_longer_than_until_the_issuer_says_so() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("vault");
    let mut store = create(&path);
    mint(&mut store, "e-1", NOTES, 0);
    store.spend(&request("r-1", "test-hours", 1), &device(), at(20 * DAY)).unwrap();
    let spend = |store: &mut VaultStore, id: &str, ms| {
        store.spend(&request(id, "test-hours", 1), &device(), at(ms)).map_err(|e| e.code())
    };
    assert_eq!(spend(&mut store, "r-2", DAY).unwrap_err(), "vault_clock_behind");
    // Nobody else's word, none of another vault, none of an earlier transaction.
    let his = statement(store.state(), "c-0", at(DAY), &key(66));
    assert_eq!(take(&mut store, &his, DAY), Err("vault_envelope_not_accepted"));
    let other_dir = tempdir().unwrap();
    let other = create(&other_dir.path().join("vault"));
    let elsewhere = statement(other.state(), "c-1", at(DAY), &issuer());
    assert_eq!(take(&mut store, &elsewhere, DAY), Err("vault_clock_behind"));
    let said = statement(store.state(), "c-2", at(DAY), &issuer());
    assert_eq!(take(&mut store, &said, DAY - 5_001), Err("vault_clock_behind"), "his time has not come");
    take(&mut store, &said, DAY).unwrap();
    assert_eq!(store.state().floor(), at(DAY));
    spend(&mut store, "r-2", DAY + 1).unwrap();
    // Ahead again: the word of then says nothing of it, also under the same id.
    spend(&mut store, "r-3", 30 * DAY).unwrap();
    assert_eq!(take(&mut store, &said, 2 * DAY), Ok(()), "the same envelope again is the same receipt");
    assert_eq!(spend(&mut store, "r-4", 2 * DAY).unwrap_err(), "vault_clock_behind");
    drop(store);
    // The replay gives the same, and a verifier finds the issuer's word in the log and holds it at both times.
    assert_eq!(open(&path, 30 * DAY).state().floor(), at(30 * DAY));
    let trust = trust();
    let against = VerifyVault { device: Some(device_key()), trust: Some(&trust), ..VerifyVault::default() };
    let verdict = verify(&path, against, &NoProgress).unwrap();
    assert!(verdict.findings.is_empty(), "{:?}", verdict.findings);
    assert_eq!(verdict.envelopes_verified, Some(2));
}

fn device_key() -> ztp_core::signature::PublicKey {
    device().public_key().clone()
}

#[test]
fn a_word_by_a_key_that_is_over_at_the_time_it_takes_back_is_found_by_every_verifier() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("vault");
    let mut store = create(&path);
    mint(&mut store, "e-1", NOTES, 0);
    store.spend(&request("r-1", "test-hours", 1), &device(), at(20 * DAY)).unwrap();
    let said = statement(store.state(), "c-1", at(DAY), &issuer());
    // A vault whose caller does not hold it at both times takes it.
    take(&mut store, &said, DAY).unwrap();
    drop(store);
    let over = trust_until(at(10 * DAY));
    let against = VerifyVault { device: Some(device_key()), trust: Some(&over), ..VerifyVault::default() };
    let verdict = verify(&path, against, &NoProgress).unwrap();
    let codes: Vec<_> = verdict.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["vault_envelope_not_accepted"]);
}

fn trust_until(end: Timestamp) -> ztp_licence::Trust {
    let json = String::from_utf8(trust().to_json().unwrap()).unwrap();
    let json = json.replace("\"products\"", &format!("\"not_after\":\"{end}\",\"products\""));
    ztp_licence::Trust::from_json(json.as_bytes()).unwrap()
}

#[derive(Debug, Clone)]
enum Move {
    Spend(i64),
    Say(i64, i64),
    Replay(usize, i64),
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        (0..90_i64).prop_map(Move::Spend),
        ((0..90_i64), (0..90_i64)).prop_map(|(stated, clock)| Move::Say(stated, clock)),
        ((0..6_usize), (0..90_i64)).prop_map(|(which, clock)| Move::Replay(which, clock)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// The reference: the floor is the latest time carried since the issuer's last word, and his word itself. No spend happens below it,
    /// and replaying the log gives the same.
    #[test]
    fn no_moves_of_the_clock_and_no_words_let_a_vault_go_below_the_issuers_time(moves in prop::collection::vec(moves(), 1..20)) {
        let dir = tempdir().unwrap();
        let path = dir.path().join("vault");
        let mut store = create(&path);
        mint(&mut store, "e-1", NOTES, 0);
        let (mut floor, mut said) = (0, Vec::new());
        for (n, step) in moves.into_iter().enumerate() {
            match step {
                Move::Spend(clock) => {
                    let spent = store.spend(&request(&format!("r-{n}"), "test-hours", 1), &device(), at(clock * DAY));
                    prop_assert_eq!(spent.is_ok(), clock >= floor);
                    floor = floor.max(clock);
                }
                Move::Say(stated, clock) => {
                    let word = statement(store.state(), &format!("c-{n}"), at(stated * DAY), &issuer());
                    let taken = take(&mut store, &word, clock * DAY);
                    prop_assert_eq!(taken.is_ok(), clock >= stated);
                    if taken.is_ok() { floor = clock; }
                    said.push(word);
                }
                Move::Replay(which, clock) => {
                    let Some(word) = said.get(which).cloned() else { continue };
                    let seq = store.state().seq();
                    let before = store.state().floor();
                    let taken = take(&mut store, &word, clock * DAY);
                    if store.state().seq() != seq {
                        // It was refused when it was new, and the vault still stands where it says.
                        prop_assert!(taken.is_ok());
                        floor = clock;
                    } else {
                        prop_assert_eq!(store.state().floor(), before, "a word that was taken changes nothing again");
                    }
                }
            }
            prop_assert_eq!(store.state().floor(), at(floor * DAY));
        }
        let state = store.state().clone();
        drop(store);
        prop_assert_eq!(open(&path, 100 * DAY).state().floor(), state.floor());
    }
}

#[test]
fn the_support_signs_what_the_issuer_would() {
    let dir = tempdir().unwrap();
    let store = create(&dir.path().join("vault"));
    let said = statement(store.state(), "c", at(0), &issuer());
    assert_eq!(ztp_licence::verify(&said, &trust(), at(0), Some(BENCH)).status(), Status::Valid);
}
