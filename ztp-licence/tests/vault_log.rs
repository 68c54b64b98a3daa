//! What the log under a vault has to say in the vault's own verdict: whether a seal vouches for it, and whether its last checkpoints are there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

#[path = "vault/support.rs"]
mod support;

use std::path::Path;

use support::*;
use ztp_audit::verify::NoProgress;
use ztp_core::canonical::{Limits, Value, read};
use ztp_licence::vault::store::{VerifyVault, receipts, verify};
use ztp_licence::vault::{Tier, VaultStatus, VaultVerdict};

const NOTES: &str = "checkpoints/00000000000000000000.notes";

/// Verified against the receipts that the issuer holds.
fn judged(vault: &Path) -> VaultVerdict {
    let held = receipts(vault, 1, usize::MAX).unwrap();
    let options =
        VerifyVault { device: Some(device().public_key().clone()), receipts: held, ..VerifyVault::default() };
    verify(vault, options, &NoProgress).unwrap()
}

fn words(verdict: &VaultVerdict, member: &str) -> Vec<String> {
    let document =
        read(&verdict.to_json(&[]).unwrap(), &Limits { bytes_max: 1 << 24, depth_max: 32 }).unwrap();
    let words = document.get(member).and_then(Value::as_array).unwrap();
    words.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_vault_rests_on_seals_only_where_one_verifies_and_is_not_anchored_where_the_last_were_withdrawn() {
    let root = tempfile::tempdir().unwrap();
    let vault = root.path().join("vault");
    let mut store = create(&vault);
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    // Never sealed: it holds, and says what it does not rest on.
    let verdict = judged(&vault);
    assert_eq!(
        (verdict.status(), verdict.code(&[]), verdict.tier()),
        (VaultStatus::Anchored, None, Tier::T3)
    );
    assert_eq!(words(&verdict, "rests_on")[0], "hash_chain");
    assert!(verdict.unchecked.contains(&"no_seal_verifies"));

    for (ms, id) in [(20, "r-1"), (30, "r-2"), (40, "r-3")] {
        store.spend(&request(id, "test-hours", 10), &device(), at(ms)).unwrap();
        store.log().seal(at(ms + 1)).unwrap();
    }
    drop(store);
    let verdict = judged(&vault);
    assert_eq!((verdict.status(), verdict.code(&[])), (VaultStatus::Anchored, None));
    assert_eq!(words(&verdict, "rests_on")[0], "hash_chain_and_seals");

    // The last checkpoints are withdrawn, one after the other: one may be a writer at work, more are not.
    let notes = std::fs::read_to_string(vault.join(NOTES)).unwrap();
    let whole: Vec<&str> = notes.split_inclusive("\n\n").collect();
    let kept = |n: usize| {
        std::fs::write(vault.join(NOTES), whole[..n * 2].concat()).unwrap();
        let verdict = judged(&vault);
        (
            verdict.status(),
            verdict.code(&[Tier::T3]),
            verdict.seals_without_checkpoints,
            words(&verdict, "rests_on")[0].clone(),
        )
    };
    let chain = |seals: bool| if seals { "hash_chain_and_seals" } else { "hash_chain" }.to_owned();
    assert_eq!(kept(3), (VaultStatus::Anchored, None, 0, chain(true)));
    assert_eq!(kept(2), (VaultStatus::Anchored, None, 0, chain(true)));
    assert_eq!(kept(1), (VaultStatus::Unanchored, Some("vault_unanchored"), 2, chain(true)));
    assert_eq!(kept(0), (VaultStatus::Unanchored, Some("vault_unanchored"), 3, chain(false)));
}

#[test]
fn a_path_on_which_a_file_stands_in_the_way_could_not_be_looked_at_and_one_that_is_not_there_holds_no_vault()
{
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("file"), b"x").unwrap();
    let code = |path: &str| {
        let failed =
            verify(&root.path().join(path), VerifyVault::default(), &NoProgress).map(drop).unwrap_err();
        ztp_core::Coded::code(&failed)
    };
    assert_eq!(code("none"), "vault_not_found");
    assert_eq!(code("file/vault"), "io_error");
}

#[test]
fn every_record_that_does_not_hold_is_a_finding_at_its_record() {
    let root = tempfile::tempdir().unwrap();
    let vault = root.path().join("vault");
    let mut store = create(&vault);
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    store.spend(&request("r-1", "test-hours", 10), &device(), at(20)).unwrap();
    drop(store);
    let other = VerifyVault {
        device: Some(ztp_core::signature::SigningKey::from_seed(&[77; 32]).public_key().clone()),
        ..VerifyVault::default()
    };
    let verdict = verify(&vault, other, &NoProgress).unwrap();
    assert_eq!(verdict.status(), VaultStatus::Broken);
    assert_eq!(verdict.findings.iter().map(|found| found.code).collect::<Vec<_>>(), ["vault_other_device"]);
    // The envelopes' signatures are named as unchecked exactly where no trust document was given.
    assert!(verdict.unchecked.contains(&"issuer_signatures_not_verified"));
    let trust = trust();
    let given = VerifyVault { trust: Some(&trust), ..VerifyVault::default() };
    let verdict = verify(&vault, given, &NoProgress).unwrap();
    assert!(!verdict.unchecked.contains(&"issuer_signatures_not_verified"), "{:?}", verdict.unchecked);
    assert_eq!(verdict.envelopes_verified, Some(1));
}
