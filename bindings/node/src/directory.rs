//! Operations on a log directory. They read or write files, so they run on a background thread, on copies of their input.

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::boundary::{BackgroundOperation, background};
use crate::job::Job;

/// Makes a log in a directory.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn audit_init(dir: &[u8], options: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
    let (dir, options) = (dir.to_vec(), options.to_vec());
    background(move || ztp_facade::audit_init(&dir, &options, now_ms))
}

/// Appends events, one JSON document per line.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn audit_append(
    dir: &[u8],
    events: &[u8],
    options: &[u8],
    now_ms: i64,
) -> AsyncTask<BackgroundOperation> {
    let (dir, events, options) = (dir.to_vec(), events.to_vec(), options.to_vec());
    background(move || ztp_facade::audit_append(&dir, &events, &options, now_ms))
}

/// Seals the open epoch.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn audit_seal(dir: &[u8], options: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
    let (dir, options) = (dir.to_vec(), options.to_vec());
    background(move || ztp_facade::audit_seal(&dir, &options, now_ms))
}

/// Reads the last checkpoint.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn audit_head(dir: &[u8]) -> AsyncTask<BackgroundOperation> {
    let dir = dir.to_vec();
    background(move || ztp_facade::audit_head(&dir))
}

/// Verifies a log; the job reports how far it is and cancels it.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn audit_verify(dir: &[u8], options: &[u8], job: &Job) -> AsyncTask<BackgroundOperation> {
    let (dir, options, job) = (dir.to_vec(), options.to_vec(), job.share());
    background(move || ztp_facade::audit_verify(&dir, &options, &job))
}

/// Copies a log that may be written to, and verifies the copy; the job reports how far it is and cancels it.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn audit_copy(from: &[u8], to: &[u8], options: &[u8], job: &Job) -> AsyncTask<BackgroundOperation> {
    let (from, to, options, job) = (from.to_vec(), to.to_vec(), options.to_vec(), job.share());
    background(move || ztp_facade::audit_copy(&from, &to, &options, &job))
}

/// Proves that a record is in the log.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn audit_prove(dir: &[u8], options: &[u8]) -> AsyncTask<BackgroundOperation> {
    let (dir, options) = (dir.to_vec(), options.to_vec());
    background(move || ztp_facade::audit_prove(&dir, &options))
}

/// Proves that the log extends an older checkpoint.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn audit_prove_consistency(dir: &[u8], options: &[u8]) -> AsyncTask<BackgroundOperation> {
    let (dir, options) = (dir.to_vec(), options.to_vec());
    background(move || ztp_facade::audit_prove_consistency(&dir, &options))
}

/// Returns what the bench of a sealed log has seen, as far as the envelopes in the log prove it from the trust
/// document on, over a log that is verified first: `ztp.licence.seen/1`.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn licence_seen(dir: &[u8], trust: &[u8], options: &[u8], job: &Job) -> AsyncTask<BackgroundOperation> {
    let (dir, trust, options, job) = (dir.to_vec(), trust.to_vec(), options.to_vec(), job.share());
    background(move || ztp_facade::licence_seen(&dir, &trust, &options, &job))
}

/// Takes in what lies in `dir/incoming` and records every decision in a sealed log.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn licence_ingest(
    dir: &[u8],
    trust: &[u8],
    options: &[u8],
    now_ms: i64,
) -> AsyncTask<BackgroundOperation> {
    let (dir, trust, options) = (dir.to_vec(), trust.to_vec(), options.to_vec());
    background(move || ztp_facade::licence_ingest(&dir, &trust, &options, now_ms))
}

/// Decides about one envelope that is no file of an incoming directory, and records the decision in a sealed
/// log.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn licence_ingest_envelope(
    envelope: &[u8],
    file: &[u8],
    trust: &[u8],
    options: &[u8],
    now_ms: i64,
) -> AsyncTask<BackgroundOperation> {
    let (envelope, file, trust, options) =
        (envelope.to_vec(), file.to_vec(), trust.to_vec(), options.to_vec());
    background(move || ztp_facade::licence_ingest_envelope(&envelope, &file, &trust, &options, now_ms))
}

/// Verifies a vault; the job reports how far it is and cancels it.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn vault_verify(dir: &[u8], options: &[u8], job: &Job) -> AsyncTask<BackgroundOperation> {
    let (dir, options, job) = (dir.to_vec(), options.to_vec(), job.share());
    background(move || ztp_facade::vault_verify(&dir, &options, &job))
}

/// Makes a vault in a new or empty directory: a sealed log whose first record names the bench and the device
/// key.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn vault_init(dir: &[u8], options: &[u8], key: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
    let (dir, options, key) = (dir.to_vec(), options.to_vec(), key.to_vec());
    background(move || ztp_facade::vault_init(&dir, &options, &key, now_ms))
}

/// Returns what is in a vault: notes and runway per class (`ztp.vault.status/1`).
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn vault_status(dir: &[u8], options: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
    let (dir, options) = (dir.to_vec(), options.to_vec());
    background(move || ztp_facade::vault_status(&dir, &options, now_ms))
}

/// Verifies an envelope and mints its notes into a vault; the same envelope again gives the same receipt.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn vault_mint(
    dir: &[u8],
    envelope: &[u8],
    trust: &[u8],
    options: &[u8],
    key: &[u8],
    now_ms: i64,
) -> AsyncTask<BackgroundOperation> {
    let (dir, envelope, trust, options, key) =
        (dir.to_vec(), envelope.to_vec(), trust.to_vec(), options.to_vec(), key.to_vec());
    background(move || ztp_facade::vault_mint(&dir, &envelope, &trust, &options, &key, now_ms))
}

/// Spends notes of a vault, durably; the same request again gives the same receipt.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn vault_spend(
    dir: &[u8],
    request: &[u8],
    options: &[u8],
    key: &[u8],
    now_ms: i64,
) -> AsyncTask<BackgroundOperation> {
    let (dir, request, options, key) = (dir.to_vec(), request.to_vec(), options.to_vec(), key.to_vec());
    background(move || ztp_facade::vault_spend(&dir, &request, &options, &key, now_ms))
}

/// Returns the transactions of a vault.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn vault_history(dir: &[u8], options: &[u8]) -> AsyncTask<BackgroundOperation> {
    let (dir, options) = (dir.to_vec(), options.to_vec());
    background(move || ztp_facade::vault_history(&dir, &options))
}

/// Records that the bench asks its issuer for notes.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn vault_request(dir: &[u8], options: &[u8], key: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
    let (dir, options, key) = (dir.to_vec(), options.to_vec(), key.to_vec());
    background(move || ztp_facade::vault_request(&dir, &options, &key, now_ms))
}

/// Binds a vault to an anchor, releases it, or accepts a new generation of its machine, and records that.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn vault_reanchor(dir: &[u8], options: &[u8], key: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
    let (dir, options, key) = (dir.to_vec(), options.to_vec(), key.to_vec());
    background(move || ztp_facade::vault_reanchor(&dir, &options, &key, now_ms))
}

/// Compares an admission stream in a file with a log; the job reports how far it is and cancels it.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn correlate(dir: &[u8], admission: &[u8], options: &[u8], job: &Job) -> AsyncTask<BackgroundOperation> {
    let (dir, admission, options, job) = (dir.to_vec(), admission.to_vec(), options.to_vec(), job.share());
    background(move || ztp_facade::correlate(&dir, &admission, &options, &job))
}

/// Runs the detectors over a log and reports what each found.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn anomaly_report(dir: &[u8], options: &[u8], job: &Job) -> AsyncTask<BackgroundOperation> {
    let (dir, options, job) = (dir.to_vec(), options.to_vec(), job.share());
    background(move || ztp_facade::anomaly_report(&dir, &options, &job))
}

/// Runs the detectors over a log and compares what they give with what is sealed.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn anomaly_replay(dir: &[u8], options: &[u8], job: &Job) -> AsyncTask<BackgroundOperation> {
    let (dir, options, job) = (dir.to_vec(), options.to_vec(), job.share());
    background(move || ztp_facade::anomaly_replay(&dir, &options, &job))
}

/// Says why a detector fired or did not.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn anomaly_explain(dir: &[u8], options: &[u8], job: &Job) -> AsyncTask<BackgroundOperation> {
    let (dir, options, job) = (dir.to_vec(), options.to_vec(), job.share());
    background(move || ztp_facade::anomaly_explain(&dir, &options, &job))
}

/// The events that the detectors give over a log and that are not sealed yet.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn anomaly_pending(dir: &[u8], options: &[u8], job: &Job) -> AsyncTask<BackgroundOperation> {
    let (dir, options, job) = (dir.to_vec(), options.to_vec(), job.share());
    background(move || ztp_facade::anomaly_pending(&dir, &options, &job))
}
