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
