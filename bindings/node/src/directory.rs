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
pub fn audit_append(dir: &[u8], events: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
    let (dir, events) = (dir.to_vec(), events.to_vec());
    background(move || ztp_facade::audit_append(&dir, &events, now_ms))
}

/// Seals the open epoch.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn audit_seal(dir: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
    let dir = dir.to_vec();
    background(move || ztp_facade::audit_seal(&dir, now_ms))
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

/// Returns what the bench of a sealed log has seen: `ztp.licence.seen/1` with every envelope taken in, the
/// newest root and the newest revocation list.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn licence_seen(dir: &[u8]) -> AsyncTask<BackgroundOperation> {
    let dir = dir.to_vec();
    background(move || ztp_facade::licence_seen(&dir))
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
