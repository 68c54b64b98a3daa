use ztp_facade::Job;

use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::job::ZtpJob;
use crate::status::ZtpStatus;

/// Stores the hash and sequence number of one record line (with or without its line feed) in `*out`
/// (`ztp.audit.record-hash/1`). A line whose own hash is another one is refused.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_record_hash(line: *const u8, line_len: usize, out: *mut ZtpBytes) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(line, line_len)], out, |[line]| ztp_facade::record_hash(line)) }
}

/// Makes an audit log in the directory `dir` (UTF-8). `options` is JSON: `origin`, and optionally `heartbeat_ms`,
/// `interval_ms`, `records_max`. `now_ms` is the time of the first record in milliseconds since 1970-01-01T00:00:00Z.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_init(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(dir, dir_len), (options, options_len)], out, |[dir, options]| {
            ztp_facade::audit_init(dir, options, now_ms)
        })
    }
}

/// Appends events to the log in `dir`, durably, as one batch: one JSON object `{"event_class","payload","timestamp"?}` a
/// line. Events without a timestamp get `now_ms`. `options` is JSON, or empty: `allow_classes`, the classes below `anomaly.`, `licence.`
/// and `vault.` that the caller means to write, and `strict`, which refuses a payload that is none of its class. Stores the last sequence number and hash in `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_append(
    dir: *const u8,
    dir_len: usize,
    events: *const u8,
    events_len: usize,
    options: *const u8,
    options_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(dir, dir_len), (events, events_len), (options, options_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[dir, events, options]| ztp_facade::audit_append(dir, events, options, now_ms))
    }
}

/// Seals the log in `dir` now and stores the new head in `*out` (`ztp.audit.head/1`). `options` is JSON or empty: `wait_ms`, how long to
/// wait for another process that writes to the log.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_seal(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(dir, dir_len), (options, options_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[dir, options]| ztp_facade::audit_seal(dir, options, now_ms)) }
}

/// Stores the last checkpoint of the log in `dir` in `*out` (`ztp.audit.head/1`). Nothing is verified.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_head(dir: *const u8, dir_len: usize, out: *mut ZtpBytes) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(dir, dir_len)], out, |[dir]| ztp_facade::audit_head(dir)) }
}

/// Verifies the log in `dir` and stores the verdict in `*out` (`ztp.audit.verdict/1`), also when it is negative. `options` is
/// JSON, empty for none: `breaks_max` (breaks listed at most), `content_from_head` (leave the content of records below the head to
/// it), `head` (a signed checkpoint the auditor kept), `now` (a time that ages are held against), `require` (what the verdict must
/// rest on: `auditor_head`, `evolved_key`, `pinned_key`, or `sealed_within` with `sealed_within_ms`), `since` (a time from which on
/// is reported; everything is checked), `vkey` (the first epoch's key as the auditor knows it). A log that holds without something
/// required returns `ZTP_STATUS_ANCHOR_BELOW_REQUIRED`; without `require`, one that nothing outside the copy vouches for returns
/// `ZTP_STATUS_AUDIT_UNANCHORED`; an empty `require` asks for nothing. `job` may be NULL; otherwise other threads may follow and cancel the run through it.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_verify(
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
            ztp_facade::audit_verify(dir, options, job)
        })
    }
}

/// Copies the log in `from` to the directory `to`, consistently although it is written to meanwhile, verifies the copy, and stores what was
/// copied, and the verdict, in `*out` (`ztp.audit.copied/1`). A copy that is there is held against the log and gone on with. `options` is
/// JSON, empty for none: those of `ztp_audit_verify`, for the copy, and `from_head` (a signed checkpoint kept from the copy made earlier in
/// `to`: the log's records below it are then not read again). The status is that of the verdict. `job` as for `ztp_audit_verify`.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_copy(
    from: *const u8,
    from_len: usize,
    to: *const u8,
    to_len: usize,
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
        run([(from, from_len), (to, to_len), (options, options_len)], out, |[from, to, options]| {
            ztp_facade::audit_copy(from, to, options, job)
        })
    }
}

/// Makes an inclusion proof for the record that `options` (JSON, `seq`) names in the log in `dir`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_prove(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(dir, dir_len), (options, options_len)], out, |[dir, options]| {
            ztp_facade::audit_prove(dir, options)
        })
    }
}

/// Proves that the log in `dir` extends the older head that `options` (JSON, `old_size`) names.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_prove_consistency(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(dir, dir_len), (options, options_len)], out, |[dir, options]| {
            ztp_facade::audit_prove_consistency(dir, options)
        })
    }
}

/// Checks an inclusion proof of `record` against the key `vkey` (C2SP), without the log; or, with JSON `{"head","consistency"?}` in the
/// key's place, against a checkpoint that the caller kept and what joins it to the proof's own.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_check_proof(
    proof: *const u8,
    proof_len: usize,
    record: *const u8,
    record_len: usize,
    vkey: *const u8,
    vkey_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(proof, proof_len), (record, record_len), (vkey, vkey_len)], out, |[proof, record, vkey]| {
            ztp_facade::audit_check_proof(proof, record, vkey)
        })
    }
}

/// Checks a consistency proof between an older checkpoint and the newer one in the proof, without the log.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_audit_check_consistency(
    proof: *const u8,
    proof_len: usize,
    old_checkpoint: *const u8,
    old_checkpoint_len: usize,
    vkey_old: *const u8,
    vkey_old_len: usize,
    vkey_new: *const u8,
    vkey_new_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(
            [
                (proof, proof_len),
                (old_checkpoint, old_checkpoint_len),
                (vkey_old, vkey_old_len),
                (vkey_new, vkey_new_len),
            ],
            out,
            |[proof, old_checkpoint, vkey_old, vkey_new]| {
                ztp_facade::audit_check_consistency(proof, old_checkpoint, vkey_old, vkey_new)
            },
        )
    }
}
