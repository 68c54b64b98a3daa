use std::ptr;

use ztp_facade::{AuditLog, FacadeError, Outcome};

use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::status::ZtpStatus;

/// An open audit log: holds the directory's writer lock until it is freed. Opaque.
///
/// Any thread may call any function but `ztp_audit_log_free` at any time; a call while another is running on the same log
/// returns `ZTP_STATUS_BUSY` at once and has done nothing.
#[derive(Debug)]
pub struct ZtpAuditLog(AuditLog);

/// Opens the log in `dir` for writing and stores the handle in `*log`, or NULL there when the status is not 0. After a crash
/// this is where the torn tail is set aside and recorded, with the time `now_ms`. `options` is JSON or empty: `wait_ms`, how long to wait
/// for another process that writes to the log.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `log` is writable.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_log_open(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    now_ms: i64,
    log: *mut *mut ZtpAuditLog,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let mut opened = None;
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    let status = unsafe {
        run([(dir, dir_len), (options, options_len)], out, |[dir, options]| {
            if log.is_null() {
                return Outcome::failure(&FacadeError::PointerNull);
            }
            match AuditLog::open(dir, options, now_ms) {
                Ok(handle) => {
                    opened = Some(handle);
                    Outcome::holds()
                }
                Err(outcome) => outcome,
            }
        })
    };
    if !log.is_null() {
        let handle = opened.map_or(ptr::null_mut(), |handle| Box::into_raw(Box::new(ZtpAuditLog(handle))));
        // SAFETY: not null, and the caller guarantees that it is writable.
        unsafe { log.write(handle) };
    }
    status
}

/// Appends events as `ztp_audit_append` does.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `log` came from `ztp_audit_log_open` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_log_append(
    log: *const ZtpAuditLog,
    events: *const u8,
    events_len: usize,
    options: *const u8,
    options_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `log` is null or a live handle.
    let log = unsafe { log.as_ref() };
    let inputs = [(events, events_len), (options, options_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[events, options]| with(log, |log| log.append(events, options, now_ms))) }
}

/// Seals the log now and stores the new head in `*out` (`ztp.audit.head/1`).
///
/// # Safety
/// Pointers are as the head of ztp.h says; `log` came from `ztp_audit_log_open` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_log_seal(
    log: *const ZtpAuditLog,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `log` is null or a live handle.
    let log = unsafe { log.as_ref() };
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([], out, |[]| with(log, |log| log.seal(now_ms))) }
}

/// Seals if the log's policy says that a seal is due at `now_ms`. Call it about once a second; `*out` says whether it sealed
/// (`ztp.audit.tick/1`).
///
/// # Safety
/// Pointers are as the head of ztp.h says; `log` came from `ztp_audit_log_open` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_log_tick(
    log: *const ZtpAuditLog,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `log` is null or a live handle.
    let log = unsafe { log.as_ref() };
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([], out, |[]| with(log, |log| log.tick(now_ms))) }
}

/// Stores the last checkpoint in `*out` (`ztp.audit.head/1`).
///
/// # Safety
/// Pointers are as the head of ztp.h says; `log` came from `ztp_audit_log_open` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_log_head(log: *const ZtpAuditLog, out: *mut ZtpBytes) -> ZtpStatus {
    // SAFETY: the caller guarantees that `log` is null or a live handle.
    let log = unsafe { log.as_ref() };
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([], out, |[]| with(log, AuditLog::head)) }
}

/// Closes the log and releases the writer lock. NULL is ignored. Nothing is sealed: call `ztp_audit_log_seal` first if the
/// tail is to be anchored.
///
/// # Safety
/// `log` is null or came from `ztp_audit_log_open`, is freed once, and no call uses it any more.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_log_free(log: *mut ZtpAuditLog) {
    if !log.is_null() {
        // SAFETY: it came from `Box::into_raw` in `ztp_audit_log_open`, and the caller frees it once.
        let log = unsafe { Box::from_raw(log) };
        // A panic in a drop must not cross; there is nobody to report it to.
        let _ = crate::boundary::guard(|| {
            drop(log);
            Outcome::holds()
        });
    }
}

fn with(log: Option<&ZtpAuditLog>, call: impl FnOnce(&AuditLog) -> Outcome) -> Outcome {
    log.map_or_else(|| Outcome::failure(&FacadeError::PointerNull), |log| call(&log.0))
}
