//! Vaults for tests: real directories, keys from numbers, envelopes of any size.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]
#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part")]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use ztp_audit::control::SealPolicy;
use ztp_audit::store::Host;
use ztp_core::digest::{Digest, sha256};
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;
use ztp_licence::vault::SpendRequest;
use ztp_licence::vault::store::{CreateVault, Machine, StoreError, VaultStore};
use ztp_licence::{Trust, Verdict, sign, verify};

pub const BENCH: &str = "bench-7";
/// 2026-08-01T12:00:00.000Z
pub const START: i64 = 1_785_585_600_000;
pub const DAY: i64 = 86_400_000;

/// Seeds counted up from a start.
pub struct TestHost(pub u64);

impl Host for TestHost {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        *seed = *sha256(&self.0.to_le_bytes()).as_bytes();
        self.0 += 1;
        Ok(())
    }
    fn boot_id(&mut self) -> Option<String> {
        None
    }
    fn monotonic_ms(&mut self) -> Option<u64> {
        None
    }
}

pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START + ms).unwrap()
}

pub fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

/// The issuer, and the bench's device.
pub fn issuer() -> SigningKey {
    key(1)
}
pub fn device() -> SigningKey {
    key(9)
}

pub fn trust() -> Trust {
    let key = issuer().public_key().clone();
    let id = key.key_id();
    let json = format!(
        r#"{{"envelope_bytes_max":8388608,"keys":[{{"key_id":"{id}","products":["tlsstress"],"public_key":"{key}","suite":"ed25519"}}],"schema":"ztp.trust/1"}}"#
    );
    Trust::from_json(json.as_bytes()).unwrap()
}

/// One note of an envelope: class, amount, first and last day of validity relative to [`START`].
pub type NoteSpec<'a> = (&'a str, u64, i64, i64);

pub fn envelope_for(bench: &str, id: &str, notes: &[NoteSpec<'_>]) -> Vec<u8> {
    let notes: Vec<String> = notes
        .iter()
        .enumerate()
        .map(|(serial, (class, amount, from, to))| {
            let (from, to) = (at(from * DAY), at(to * DAY));
            format!(r#"{{"amount":{amount},"class":"{class}","not_after":"{to}","not_before":"{from}","serial":{serial}}}"#)
        })
        .collect();
    let binding = if bench == "any" {
        r#"{"binding":"any"}"#.to_owned()
    } else {
        format!(r#"{{"bench_id":"{bench}","binding":"bench"}}"#)
    };
    let (issued, from, to) = (at(-10 * DAY), at(-10 * DAY), at(3650 * DAY));
    let payload = format!(
        r#"{{"bench":{binding},"customer":"Companhia Exemplo S.A.","envelope_id":"{id}","features":[],"issued_at":"{issued}","licence_id":"L-0042","mint":[{}],"not_after":"{to}","not_before":"{from}","previous_envelope":null,"product":"tlsstress","revocation":{{"revoked_key_ids":[],"version":0}},"schema":"ztp.licence/1"}}"#,
        notes.join(",")
    );
    sign(payload.as_bytes(), &issuer()).unwrap()
}

pub fn envelope(id: &str, notes: &[NoteSpec<'_>]) -> Vec<u8> {
    envelope_for(BENCH, id, notes)
}

pub fn judge(envelope: &[u8], now: Timestamp) -> Verdict {
    verify(envelope, &trust(), now, Some(BENCH))
}

pub fn options(records_max: u32) -> CreateVault {
    CreateVault {
        bench_id: BENCH.to_owned(),
        origin: "bench-7.example/vault".to_owned(),
        policy: SealPolicy { records_max, ..SealPolicy::default() },
        generation: None,
    }
}

pub fn create(dir: &Path) -> VaultStore {
    VaultStore::create(dir, &options(1000), &device(), at(0), Box::new(TestHost(1))).unwrap()
}

pub fn try_open(dir: &Path, machine: Machine, ms: i64) -> Result<VaultStore, StoreError> {
    // Each opening draws keys of its own, in this process and in those that are killed: a key that is used again is a break.
    static OPENED: AtomicU64 = AtomicU64::new(0);
    let seed = u64::from(std::process::id()) << 32 | OPENED.fetch_add(1, Ordering::Relaxed) << 20;
    VaultStore::open(dir, machine, at(ms), Box::new(TestHost(seed)))
}

pub fn open(dir: &Path, ms: i64) -> VaultStore {
    try_open(dir, Machine::default(), ms).unwrap()
}

pub fn mint(store: &mut VaultStore, id: &str, notes: &[NoteSpec<'_>], ms: i64) -> Vec<Digest> {
    let envelope = envelope(id, notes);
    let verdict = judge(&envelope, at(ms));
    store.mint(&envelope, &verdict, &device(), at(ms)).unwrap();
    let licence = verdict.licence().unwrap();
    licence.mint.iter().map(|note| note.id(licence)).collect()
}

pub fn request(id: &str, class: &str, amount: u64) -> SpendRequest {
    SpendRequest {
        request_id: id.to_owned(),
        class: class.to_owned(),
        amount,
        purpose: "run".to_owned(),
        inputs: None,
        change: None,
    }
}

pub fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
