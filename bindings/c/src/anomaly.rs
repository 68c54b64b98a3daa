use ztp_facade::Job;

use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::job::ZtpJob;
use crate::status::ZtpStatus;

/// Runs the detectors over the log in `dir` and stores what each found in `*out` (`ztp.anomaly.report/1`). `options`
/// is JSON, empty for none: the window `since` and `until`, and `settings` (an object of the settings files' texts by
/// name). `job` as for `ztp_audit_verify`.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_anomaly_report(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    job: *const ZtpJob,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let unobserved = Job::new();
    // SAFETY: the caller guarantees that a non-null `job` stays alive during the call; everything in it is atomic.
    let job = unsafe { job.as_ref() }.map_or(&unobserved, |job| &job.0);
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(dir, dir_len), (options, options_len)], out, |[dir, options]| {
            ztp_facade::anomaly_report(dir, options, job)
        })
    }
}

/// Runs the detectors over the log in `dir` and compares what they give with what is sealed (`ztp.anomaly.replay/1`).
/// `options` as for `ztp_anomaly_report`, without a window. `job` as for `ztp_audit_verify`.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_anomaly_replay(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    job: *const ZtpJob,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let unobserved = Job::new();
    // SAFETY: the caller guarantees that a non-null `job` stays alive during the call; everything in it is atomic.
    let job = unsafe { job.as_ref() }.map_or(&unobserved, |job| &job.0);
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(dir, dir_len), (options, options_len)], out, |[dir, options]| {
            ztp_facade::anomaly_replay(dir, options, job)
        })
    }
}

/// Says why a detector fired or did not, with the numbers (`ztp.anomaly.explanation/1`). `options` is JSON: `seq` or
/// `time`, optionally `detector`, `key` and `settings`. `job` as for `ztp_audit_verify`.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_anomaly_explain(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    job: *const ZtpJob,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let unobserved = Job::new();
    // SAFETY: the caller guarantees that a non-null `job` stays alive during the call; everything in it is atomic.
    let job = unsafe { job.as_ref() }.map_or(&unobserved, |job| &job.0);
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(dir, dir_len), (options, options_len)], out, |[dir, options]| {
            ztp_facade::anomaly_explain(dir, options, job)
        })
    }
}

/// Runs the detectors over the log in `dir` and stores the events that they give and that are not sealed yet in `*out`, one a line as
/// `ztp_audit_append` takes them as one batch; behind them is the detectors' state (`anomaly.snapshot`) if it is due. `options` as for
/// `ztp_anomaly_replay` without `head` and `vkey`, and with `snapshot` (due, always, never), `snapshot_every` (records of others; 1000) and
/// `resume` ({"chain_hash","seq","state_hash"} of a snapshot that an earlier call gave, kept where the bench cannot write). `job` as for
/// `ztp_audit_verify`.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_anomaly_pending(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    job: *const ZtpJob,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let unobserved = Job::new();
    // SAFETY: the caller guarantees that a non-null `job` stays alive during the call; everything in it is atomic.
    let job = unsafe { job.as_ref() }.map_or(&unobserved, |job| &job.0);
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(dir, dir_len), (options, options_len)], out, |[dir, options]| {
            ztp_facade::anomaly_pending(dir, options, job)
        })
    }
}

/// Runs the detectors over the records of a log, handed over as lines, and stores what they give in `*out`
/// (`ztp.anomaly.fold/1`). `options` as for `ztp_anomaly_replay`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_anomaly_fold(
    records: *const u8,
    records_len: usize,
    options: *const u8,
    options_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(records, records_len), (options, options_len)], out, |[records, options]| {
            ztp_facade::anomaly_fold(records, options)
        })
    }
}

/// Tries settings on events handed over as lines, each with its timestamp, which no log need hold, and stores what the detectors
/// would have said in `*out` (`ztp.anomaly.trial/1`), beside what other thresholds would have said. `options` as for
/// `ztp_anomaly_fold`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_anomaly_try(
    events: *const u8,
    events_len: usize,
    options: *const u8,
    options_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(events, events_len), (options, options_len)], out, |[events, options]| {
            ztp_facade::anomaly_try(events, options)
        })
    }
}
