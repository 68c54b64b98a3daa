use ztp_facade::Job;

use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::job::ZtpJob;
use crate::status::ZtpStatus;

/// Compares the admission stream in the file `admission` (a UTF-8 path) with the sealed log in `dir`, which is
/// verified first, and stores the report in `*out` (`ztp.correlation.report/1`), also when it holds findings.
/// `options` is JSON, empty for none: the window `since` and `until`; the limits `grace_ms`, `heartbeat_ms`,
/// `order_tolerance_ms`, `skew_ms`, `step_ms`, `threshold_ms`; the bounds `findings_max`, `remembered_max`,
/// `waiting_max`; `pending` (uids of an earlier report); `head` and `vkey` as for `ztp_audit_verify`. `job` as for
/// `ztp_audit_verify`.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_correlate(
    dir: *const u8,
    dir_len: usize,
    admission: *const u8,
    admission_len: usize,
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
        run(
            [(dir, dir_len), (admission, admission_len), (options, options_len)],
            out,
            |[dir, admission, options]| ztp_facade::correlate(dir, admission, options, job),
        )
    }
}

/// Compares an admission stream with the records of a log, both as lines, and stores the report in `*out`
/// (`ztp.correlation.report/1`). The log's seals are not looked at. `options` as for `ztp_correlate`, without `head`
/// and `vkey`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_correlate_streams(
    admission: *const u8,
    admission_len: usize,
    sealed: *const u8,
    sealed_len: usize,
    options: *const u8,
    options_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(
            [(admission, admission_len), (sealed, sealed_len), (options, options_len)],
            out,
            |[admission, sealed, options]| ztp_facade::correlate_streams(admission, sealed, options),
        )
    }
}

/// Stores the events `correlation.finding` of a report's findings (`ztp.correlation.report/1`) in `*out`, one a line as `ztp_audit_append`
/// takes them.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_correlate_events(
    report: *const u8,
    report_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(report, report_len)], out, |[report]| ztp_facade::correlate_events(report)) }
}
