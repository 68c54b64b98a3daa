//! Receipts, requests, fork proofs, snapshots and scripts from an enemy, who has the device key too: nothing panics, what is read is written
//! again as it was, and a proof that is accepted is one of a contradiction.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ztp_core::signature::SigningKey;
use ztp_licence::vault::{ForkProof, Receipt, State, VaultRequest, simulate, status_json, verify_fork};

static DEVICE: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&[41; 32]));
static PEM: LazyLock<String> = LazyLock::new(|| DEVICE.public_key().to_spki_pem());

/// Lets the enemy sign what he wrote: a receipt that is refused for its signature alone would hide what comes after.
fn signed(receipt: Receipt) -> Option<Receipt> {
    Receipt::sign(receipt.body, &*DEVICE).ok()
}

fuzz_target!(|input: &[u8]| {
    let device = DEVICE.public_key();
    let mut parts = input.splitn(2, |&b| b == 0);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());

    let mut receipts = Vec::new();
    for document in [first, second] {
        if let Ok(receipt) = Receipt::from_json(document) {
            let written = receipt.to_json().unwrap();
            assert_eq!(Receipt::from_json(&written).unwrap(), receipt);
            let _ = receipt.verify(device);
            receipts.extend(signed(receipt));
        }
    }
    if let [one, other] = receipts.as_slice() {
        // Two receipts of one history are no fork, however they are shown; a proof is checked by whoever gets it.
        assert!(verify_fork(one, one, device).is_err());
        if let Ok(proof) = verify_fork(one, other, device) {
            assert_ne!(one.body, other.body);
            let proof = proof.to_json().unwrap();
            assert_eq!(ForkProof::check(&proof, device).unwrap().to_json().unwrap(), proof);
        }
    }
    let _ = ForkProof::check(first, device);
    if let Ok(request) = VaultRequest::from_json(first) {
        assert_eq!(VaultRequest::from_json(&request.to_json().unwrap()).unwrap(), request);
    }
    let _ = ztp_facade::vault_reconcile(second, first, PEM.as_bytes());
    let _ = ztp_facade::vault_check_fork(first, PEM.as_bytes());
    let _ = ztp_facade::vault_verify(b"/nonexistent", first, &ztp_facade::Job::new());
    let _ = simulate(first);
    if let Ok(state) = State::from_snapshot(input) {
        let _ = status_json(&state, state.floor(), 30);
        let written = state.to_snapshot().unwrap();
        assert_eq!(State::from_snapshot(&written).unwrap().to_snapshot().unwrap(), written);
    }
});
