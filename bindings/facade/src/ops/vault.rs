//! The note vault: making one, minting, spending, and what it says to those who do not trust it.

use std::path::Path;

use ztp_audit::control::SealPolicy;
use ztp_audit::store::Host;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::schema::Fields;
use ztp_core::signature::{PublicKey, Signer};
use ztp_core::time::Timestamp;
use ztp_licence::Trust;
use ztp_licence::vault::store::{
    self, CreateVault, FileAnchor, HISTORY_MAX, Machine, VaultStore, VerifyVault, history_json,
};
use ztp_licence::vault::witness::WitnessKey;
use ztp_licence::vault::{
    ForkProof, Receipt, SpendRequest, Tier, VaultError, VaultRequest, WARN_DAYS_DEFAULT, reconcile,
    script_vault, simulate, simulate_on, status_json, verify_fork,
};

use crate::error::FacadeError;
use crate::job::Job;
use crate::outcome::{Outcome, failed, settle};
use crate::{input, options};

/// Origin of a vault's log unless the caller gives one.
const ORIGIN: &str = "ztp-vault";

/// Limits for documents that carry receipts.
const RECEIPTS: Limits = Limits { bytes_max: 128 << 20, depth_max: 32 };

/// The tiers that a caller may require, as a verdict names them.
const TIERS: &[&str] = &["T0", "T1", "T2", "T3"];

/// What [`vault_reanchor`] may record.
const CHANGES: &[&str] = &["bind", "generation", "release"];

/// Makes a vault in the new or empty directory `dir`: a sealed log whose first record names the bench and the device key.
///
/// `options` is JSON: `bench_id`, and optionally `origin` (of its log's checkpoints), `generation` (the machine's, VMGenID),
/// `records_max`, `interval_ms` and `heartbeat_ms` (the seal policy). `key` is the device key. The outcome's document is the receipt of
/// the first transaction.
///
/// This and every operation that writes to a vault takes the option `randomness`: 64 hexadecimal digits from which all of it is drawn
/// instead of from the operating system. It is for tests: who knows them can forge the seals made with them. Each also takes `wait_ms`: how
/// long to wait for another process that uses the vault, before `vault_locked` is the outcome.
pub fn vault_init(dir: &[u8], options: &[u8], key: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let usual = SealPolicy::default();
        let create = CreateVault {
            bench_id: fields.string("bench_id").map_err(failed)?.to_owned(),
            origin: options::text(&mut fields, "origin")?.unwrap_or(ORIGIN).to_owned(),
            policy: SealPolicy {
                records_max: options::count(&mut fields, "records_max")?.unwrap_or(usual.records_max),
                interval_ms: options::count(&mut fields, "interval_ms")?.unwrap_or(usual.interval_ms),
                heartbeat_ms: options::count(&mut fields, "heartbeat_ms")?.unwrap_or(usual.heartbeat_ms),
            },
            generation: options::text(&mut fields, "generation")?.map(str::to_owned),
        };
        let host = options::host(&mut fields)?;
        fields.finish().map_err(failed)?;
        let device = open_device(key)?;
        let store = VaultStore::create(dir, &create, device.as_ref(), now, host).map_err(failed)?;
        receipt(&store.receipt(1).map_err(failed)?)
    })
}

/// What is left in the vault in `dir`, and for how long (`ztp.vault.status/1`). Nothing is verified, and the document says so.
///
/// `options` is JSON, or empty for none: `warn_days` (days ahead of which a shortage is warned of).
pub fn vault_status(dir: &[u8], options: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let warn_days = options::count(&mut fields, "warn_days")?.unwrap_or(WARN_DAYS_DEFAULT);
        fields.finish().map_err(failed)?;
        let state = store::load(dir).map_err(failed)?;
        status_json(&state, now, warn_days).map(Outcome::with_document).map_err(failed)
    })
}

/// Verifies an envelope against a trust document and takes its notes into the vault in `dir`. The same envelope again gives the same
/// receipt, which is the outcome's document.
///
/// `options` is JSON, or empty for none: `anchor_file` (a file that stands for a TPM's memory, for tests) and `generation`.
pub fn vault_mint(
    dir: &[u8],
    envelope: &[u8],
    trust: &[u8],
    options: &[u8],
    key: &[u8],
    now_ms: i64,
) -> Outcome {
    settle(|| {
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let trust = Trust::from_json(trust).map_err(failed)?;
        let device = open_device(key)?;
        let mut store = open(dir, options, now)?;
        let bench_id = store.state().identity().map_err(failed)?.bench_id.clone();
        let verified = |at| ztp_licence::verify(envelope, &trust, at, Some(&bench_id));
        let (floor, mut verdict) = (store.state().floor(), verified(now));
        let stated = verdict.licence().is_some_and(|licence| licence.clock_statement.is_some());
        if stated && now < floor {
            // The issuer's word about a clock must hold at the time that it takes back, too.
            let before = verified(floor);
            if before.licence().is_none() {
                verdict = before;
            }
        }
        receipt(&store.mint(envelope, &verdict, device.as_ref(), now).map_err(failed)?)
    })
}

/// Spends notes of the vault in `dir`. The spend is durable when this returns; the same request again gives the same receipt, which is
/// the outcome's document (`ztp.vault.receipt/1`).
///
/// `request` is JSON: `request_id`, `class`, `amount`, `purpose`, and optionally `inputs` (note ids, strictly ascending; the vault
/// chooses those that expire first otherwise) and `change` (amounts; one note of what is left over otherwise). `options` as in
/// [`vault_mint`], and `seen_seq`: the last transaction that the caller knew of, so that a vault that has moved on since spends nothing
/// (`vault_stale`).
pub fn vault_spend(dir: &[u8], request: &[u8], options: &[u8], key: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let request = canonical::read(request, &Limits::default()).map_err(failed)?;
        let request = SpendRequest::from_value(&request).map_err(failed)?;
        let device = open_device(key)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let seen = options::count(&mut fields, "seen_seq")?.map(u64::from);
        let (machine, host) = opening(&mut fields)?;
        fields.finish().map_err(failed)?;
        let mut store = open_with(dir, machine, host, now)?;
        let spent = match seen {
            Some(seen) => store.spend_at(seen, &request, device.as_ref(), now),
            None => store.spend(&request, device.as_ref(), now),
        };
        receipt(&spent.map_err(failed)?)
    })
}

/// The receipts of the vault's transactions, oldest first (`ztp.vault.history/1`), replayed from the start of its log.
///
/// `options` is JSON, or empty for none: `from` (the first transaction, from 1) and `limit`.
pub fn vault_history(dir: &[u8], options: &[u8]) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let from = options::count(&mut fields, "from")?.map_or(1, u64::from);
        let limit = options::count(&mut fields, "limit")?.and_then(|limit| usize::try_from(limit).ok());
        fields.finish().map_err(failed)?;
        history_json(dir, from, limit.unwrap_or(HISTORY_MAX)).map(Outcome::with_document).map_err(failed)
    })
}

/// Verifies the vault in `dir`: log, replay, every signature, and facts outside it. The outcome's document is the verdict
/// (`ztp.vault.verdict/1`) whether it is negative or not. Nothing is written and no lock is taken.
///
/// `options` is JSON, or empty for none: `device_key` (PEM) and `vkey` (the log's first key) as the verifier knows them from outside the
/// bench, `trust` (a trust document, as an object), `anchor_file`, `witness` (`{"keys":[…],"note":…}`: a cosigned checkpoint and the
/// witnesses who must have signed it), `receipts` (receipts, histories or requests of this device that others hold), and `require`
/// (tiers `T0` to `T3` that the verdict must rest on; without it any but `T0`). A vault that holds without a required tier gives the
/// status `vault_unanchored` with the verdict.
pub fn vault_verify(dir: &[u8], options: &[u8], job: &Job) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let bytes = if options.is_empty() { b"{}" } else { options };
        let value = canonical::read(bytes, &RECEIPTS).map_err(failed)?;
        let mut fields = options::open(&value)?;
        let device = options::text(&mut fields, "device_key")?.map(PublicKey::from_spki_pem);
        let trust = match fields.optional("trust").map_err(failed)? {
            Some(trust) => Some(Trust::from_json(&canonical::write(trust).map_err(failed)?).map_err(failed)?),
            None => None,
        };
        let mut anchor = match options::text(&mut fields, "anchor_file")? {
            Some(path) => Some(FileAnchor::existing(Path::new(path)).map_err(failed)?),
            None => None,
        };
        let witness = match fields.optional("witness").map_err(failed)? {
            Some(value) => Some(read_witness(value)?),
            None => None,
        };
        let receipts = match fields.optional("receipts").map_err(failed)? {
            Some(value) => receipts_in(value)?,
            None => Vec::new(),
        };
        let vkey = options::parsed(&mut fields, "vkey")?;
        let required = options::words(&mut fields, "require", TIERS)?;
        fields.finish().map_err(failed)?;
        let required: Vec<Tier> = required.into_iter().filter_map(Tier::from_word).collect();
        let against = VerifyVault {
            device: device.transpose().map_err(failed)?,
            trust: trust.as_ref(),
            vkey,
            anchor: anchor.as_mut().map(|anchor| anchor as &mut dyn ztp_core::anchor::TpmAnchor),
            witness,
            receipts,
        };
        let verdict = store::verify(dir, against, job).map_err(failed)?;
        Ok(Outcome::verdict(verdict.code(&required), verdict.to_json(&required).map_err(failed)?))
    })
}

/// Proves from two receipts that a device signed two histories. The outcome's document is the proof (`ztp.vault.fork/1`), which anyone
/// can check with [`vault_check_fork`]; receipts that do not contradict each other give the status `vault_no_fork`.
///
/// `device_key` is the device's public key (PEM), as whoever asks knows it.
pub fn vault_verify_fork(first: &[u8], second: &[u8], device_key: &[u8]) -> Outcome {
    settle(|| {
        let device = public_key(device_key)?;
        let first = Receipt::from_json(first).map_err(failed)?;
        let second = Receipt::from_json(second).map_err(failed)?;
        let proof = verify_fork(&first, &second, &device).map_err(failed)?;
        proof.to_json().map(Outcome::with_document).map_err(failed)
    })
}

/// Checks a proof of [`vault_verify_fork`] anew, for the device whose public key (PEM) the reader knows. Status 0 means that it holds.
pub fn vault_check_fork(proof: &[u8], device_key: &[u8]) -> Outcome {
    settle(|| {
        let device = public_key(device_key)?;
        let proof = ForkProof::check(proof, &device).map_err(failed)?;
        proof.to_json().map(Outcome::with_document).map_err(failed)
    })
}

/// Records that the bench asks its issuer for notes. The outcome's document is the file for the issuer (`ztp.vault.request/1`): head,
/// anchor, what is left, and receipts. An answer can be bound to its head.
///
/// `options` is JSON: `request_id`, and optionally `from` (first transaction whose receipt is sent, 1 otherwise), `quote` (a TPM's,
/// base64), `anchor_file` and `generation`.
pub fn vault_request(dir: &[u8], options: &[u8], key: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let request_id = fields.string("request_id").map_err(failed)?.to_owned();
        let from = options::count(&mut fields, "from")?.map_or(1, u64::from);
        let quote = options::text(&mut fields, "quote")?.map(str::to_owned);
        let (machine, host) = opening(&mut fields)?;
        fields.finish().map_err(failed)?;
        let device = open_device(key)?;
        let mut store = open_with(dir, machine, host, now)?;
        let request = store.request_file(&request_id, from, quote, device.as_ref(), now).map_err(failed)?;
        request.to_json().map(Outcome::with_document).map_err(failed)
    })
}

/// Compares a bench's request with the receipts that the issuer holds of its device. The outcome's document says what that shows
/// (`ztp.vault.reconciliation/1`), with the proof where two histories exist.
///
/// `held` is JSON: a receipt, a history, an earlier request, or an array of such. `device_key` is the device's public key (PEM).
pub fn vault_reconcile(held: &[u8], request: &[u8], device_key: &[u8]) -> Outcome {
    settle(|| {
        let device = public_key(device_key)?;
        let held = if held.is_empty() { b"[]" } else { held };
        let held = receipts_in(&canonical::read(held, &RECEIPTS).map_err(failed)?)?;
        let request = VaultRequest::from_json(request).map_err(failed)?;
        let result = reconcile(&held, &request, &device).map_err(failed)?;
        Ok(Outcome::verdict(result.code(), result.to_json().map_err(failed)?))
    })
}

/// Records that the vault in `dir` is tied to another fact outside it. The outcome's document is the receipt.
///
/// `options` is JSON: `change` (an array of one word: `bind` to the anchor given, `release` from a lost one, `generation` for a restored
/// or cloned machine), `reason` (for people), and `anchor_file` or `generation`.
pub fn vault_reanchor(dir: &[u8], options: &[u8], key: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let change = options::words(&mut fields, "change", CHANGES)?;
        let reason = fields.string("reason").map_err(failed)?.to_owned();
        let (machine, host) = opening(&mut fields)?;
        fields.finish().map_err(failed)?;
        let device = open_device(key)?;
        let mut store = open_with(dir, machine, host, now)?;
        let done = match change.as_slice() {
            ["bind"] => store.bind_anchor(&reason, device.as_ref(), now),
            ["release"] => store.release_anchor(&reason, device.as_ref(), now),
            ["generation"] => store.accept_generation(&reason, device.as_ref(), now),
            _ => {
                let list = "exactly one of bind, generation, release".to_owned();
                return Err(failed(FacadeError::OptionWordUnknown { name: "change", list }));
            }
        };
        receipt(&done.map_err(failed)?)
    })
}

/// Tries transactions out: what would happen, and which rule would refuse what (`ztp.vault.simulation/1`)? The status is that of the first
/// step that is refused. `script` is a `ztp.vault.script/1` (docs/formats/vault.md) and begins with a vault of its own, or with the state of
/// the one in the directory that it names. Nothing is signed, written or locked, and envelopes are not verified.
pub fn vault_simulate(script: &[u8]) -> Outcome {
    settle(|| {
        let simulation = match script_vault(script).map_err(failed)? {
            Some(dir) => {
                let dir = input::directory(dir.as_bytes()).map_err(failed)?;
                simulate_on(store::load(dir).map_err(failed)?, script)
            }
            None => simulate(script),
        };
        let simulation = simulation.map_err(failed)?;
        Ok(Outcome::verdict(simulation.code, simulation.json))
    })
}

/// Opens the device key: a bench signs its own receipts in every build, and with a key in a token where the build knows tokens.
#[cfg(feature = "signer")]
pub(crate) fn open_device(key: &[u8]) -> Result<Box<dyn Signer>, Outcome> {
    crate::signer::open(key)
}

/// Opens the device key, a private Ed25519 key (PKCS#8 PEM).
#[cfg(not(feature = "signer"))]
pub(crate) fn open_device(key: &[u8]) -> Result<Box<dyn Signer>, Outcome> {
    let pem = input::text("key", key).map_err(failed)?;
    Ok(Box::new(ztp_core::signature::SigningKey::from_pkcs8_pem(pem).map_err(failed)?))
}

fn open(dir: &[u8], options: &[u8], now: Timestamp) -> Result<VaultStore, Outcome> {
    let value = options::parse(options)?;
    let mut fields = options::open(&value)?;
    let (machine, host) = opening(&mut fields)?;
    fields.finish().map_err(failed)?;
    open_with(dir, machine, host, now)
}

fn open_with(
    dir: &[u8],
    machine: Machine,
    host: Box<dyn Host>,
    now: Timestamp,
) -> Result<VaultStore, Outcome> {
    let dir = input::directory(dir).map_err(failed)?;
    VaultStore::open(dir, machine, now, host).map_err(failed)
}

/// What a vault is opened with: the machine as its rules see it, and as its log's writer does.
fn opening(fields: &mut Fields<'_>) -> Result<(Machine, Box<dyn Host>), Outcome> {
    Ok((machine(fields)?, options::host(fields)?))
}

pub(crate) fn machine(fields: &mut Fields<'_>) -> Result<Machine, Outcome> {
    let generation = options::text(fields, "generation")?.map(str::to_owned);
    let anchor = match options::text(fields, "anchor_file")? {
        Some(path) => {
            let anchor = FileAnchor::open(Path::new(path)).map_err(failed)?;
            Some(Box::new(anchor) as Box<dyn ztp_core::anchor::TpmAnchor>)
        }
        None => None,
    };
    Ok(Machine { generation, anchor })
}

fn read_witness(value: &Value) -> Result<(Vec<u8>, Vec<WitnessKey>), Outcome> {
    let mut fields = Fields::open(value, "options.witness").map_err(failed)?;
    let note = fields.string("note").map_err(failed)?.as_bytes().to_vec();
    let keys = fields
        .array("keys")
        .map_err(failed)?
        .iter()
        .map(|key| key.as_str().unwrap_or_default().parse::<WitnessKey>().map_err(failed));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    fields.finish().map_err(failed)?;
    Ok((note, keys))
}

fn public_key(pem: &[u8]) -> Result<PublicKey, Outcome> {
    let text = input::text("device_key", pem).map_err(failed)?;
    PublicKey::from_spki_pem(text).map_err(failed)
}

/// The receipts in a document: itself, those it lists, or those of each document of an array. One that cannot be read is no word about the
/// vault, and is said as what it is.
fn receipts_in(value: &Value) -> Result<Vec<Receipt>, Outcome> {
    let unusable = |what: String, error: VaultError| {
        failed(VaultError::EvidenceUnusable { what, reason: error.to_string() })
    };
    let Value::Array(items) = value else {
        return receipts_of(value).map_err(|error| unusable("the receipt brought".to_owned(), error));
    };
    let mut receipts = Vec::new();
    // One level of arrays only: what is inside is read as a document.
    for (item, number) in items.iter().zip(1u64..) {
        let read = receipts_of(item);
        let what = || format!("document {number} of the receipts brought");
        receipts.extend(read.map_err(|error| unusable(what(), error))?);
    }
    Ok(receipts)
}

fn receipts_of(document: &Value) -> Result<Vec<Receipt>, VaultError> {
    let listed =
        document.get("receipts").or_else(|| document.get("body").and_then(|body| body.get("receipts")));
    match listed.and_then(Value::as_array) {
        Some(items) => items.iter().map(Receipt::from_value).collect(),
        None => Receipt::from_value(document).map(|receipt| vec![receipt]),
    }
}

fn receipt(receipt: &Receipt) -> Result<Outcome, Outcome> {
    receipt.to_json().map(Outcome::with_document).map_err(failed)
}
