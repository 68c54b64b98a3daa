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
    let options = VerifyVault { device: Some(device().public_key().clone()), receipts: held, ..VerifyVault::default() };
    verify(vault, options, &NoProgress).unwrap()
}

fn words(verdict: &VaultVerdict, member: &str) -> Vec<String> {
    let document = read(&verdict.to_json(&[]).unwrap(), &Limits { bytes_max: 1 << 24, depth_max: 32 }).unwrap();
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
    assert_eq!((verdict.status(), verdict.code(&[]), verdict.tier()), (VaultStatus::Anchored, None, Tier::T3));
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
        (verdict.status(), verdict.code(&[Tier::T3]), verdict.seals_without_checkpoints, words(&verdict, "rests_on")[0].clone())
    };
    let chain = |seals: bool| if seals { "hash_chain_and_seals" } else { "hash_chain" }.to_owned();
    assert_eq!(kept(3), (VaultStatus::Anchored, None, 0, chain(true)));
    assert_eq!(kept(2), (VaultStatus::Anchored, None, 0, chain(true)));
    assert_eq!(kept(1), (VaultStatus::Unanchored, Some("vault_unanchored"), 2, chain(true)));
    assert_eq!(kept(0), (VaultStatus::Unanchored, Some("vault_unanchored"), 3, chain(false)));
}
