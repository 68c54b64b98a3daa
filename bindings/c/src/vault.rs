use ztp_facade::Job;

use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::job::ZtpJob;
use crate::status::ZtpStatus;

/// Verifies a vault and stores the verdict in `*out`, also when it is negative. `options` is JSON or empty: `device_key` (its public
/// half, PEM), `trust`, `vkey`, `head`, `witness`, `anchor_file`, `receipts`, `require`. `job` may be NULL; otherwise other threads may
/// follow and cancel the run through it.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_verify(
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
            ztp_facade::vault_verify(dir, options, job)
        })
    }
}

/// Makes a vault in a new or empty directory: a sealed log whose first record names the bench and the device key. `options`
/// is JSON: `bench_id`, and optionally `origin`, `generation` and the seal policy. Stores the receipt
/// (`ztp.vault.receipt/1`) in `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_init(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    key: *const u8,
    key_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(dir, dir_len), (options, options_len), (key, key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[dir, options, key]| ztp_facade::vault_init(dir, options, key, now_ms)) }
}

/// Stores what is in a vault in `*out`: notes and runway per class (`ztp.vault.status/1`). `options` is JSON: `warn_days`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_status(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(dir, dir_len), (options, options_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[dir, options]| ztp_facade::vault_status(dir, options, now_ms)) }
}

/// Verifies an envelope and mints its notes into a vault; the same envelope again gives the same receipt. Stores the
/// receipt in `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_mint(
    dir: *const u8,
    dir_len: usize,
    envelope: *const u8,
    envelope_len: usize,
    trust: *const u8,
    trust_len: usize,
    options: *const u8,
    options_len: usize,
    key: *const u8,
    key_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [
        (dir, dir_len),
        (envelope, envelope_len),
        (trust, trust_len),
        (options, options_len),
        (key, key_len),
    ];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[dir, envelope, trust, options, key]| {
            ztp_facade::vault_mint(dir, envelope, trust, options, key, now_ms)
        })
    }
}

/// Spends notes of a vault, durably; the same request again gives the same receipt. `request` is JSON: `request_id`,
/// `class`, `amount`, `purpose`. Stores the receipt in `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_spend(
    dir: *const u8,
    dir_len: usize,
    request: *const u8,
    request_len: usize,
    options: *const u8,
    options_len: usize,
    key: *const u8,
    key_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(dir, dir_len), (request, request_len), (options, options_len), (key, key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[dir, request, options, key]| {
            ztp_facade::vault_spend(dir, request, options, key, now_ms)
        })
    }
}

/// Stores the transactions of a vault in `*out`. `options` is JSON: `from`, `limit`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_history(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(dir, dir_len), (options, options_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[dir, options]| ztp_facade::vault_history(dir, options)) }
}

/// Makes a proof of two receipts of one device key that contradict each other, which anybody can check. Stores the proof in
/// `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_verify_fork(
    first: *const u8,
    first_len: usize,
    second: *const u8,
    second_len: usize,
    device_key: *const u8,
    device_key_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(first, first_len), (second, second_len), (device_key, device_key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[first, second, device_key]| {
            ztp_facade::vault_verify_fork(first, second, device_key)
        })
    }
}

/// Checks a proof that a device key signed two receipts that contradict each other. Stores the proof in `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_check_fork(
    proof: *const u8,
    proof_len: usize,
    device_key: *const u8,
    device_key_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(proof, proof_len), (device_key, device_key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[proof, device_key]| ztp_facade::vault_check_fork(proof, device_key)) }
}

/// Records that the bench asks its issuer for notes. Stores the file for the issuer in `*out`. `options` is JSON:
/// `request_id`, and optionally `from` and `quote`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_request(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    key: *const u8,
    key_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(dir, dir_len), (options, options_len), (key, key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[dir, options, key]| ztp_facade::vault_request(dir, options, key, now_ms)) }
}

/// Compares the receipts in a request with those the issuer holds. Stores the result in `*out`, also when they contradict
/// each other.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_reconcile(
    held: *const u8,
    held_len: usize,
    request: *const u8,
    request_len: usize,
    device_key: *const u8,
    device_key_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(held, held_len), (request, request_len), (device_key, device_key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[held, request, device_key]| ztp_facade::vault_reconcile(held, request, device_key))
    }
}

/// Binds a vault to an anchor, releases it, or accepts a new generation of its machine, and records that. `options` is
/// JSON: `change`, `reason`. Stores the receipt in `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_reanchor(
    dir: *const u8,
    dir_len: usize,
    options: *const u8,
    options_len: usize,
    key: *const u8,
    key_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(dir, dir_len), (options, options_len), (key, key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[dir, options, key]| ztp_facade::vault_reanchor(dir, options, key, now_ms)) }
}

/// Runs a script of transactions on a vault in memory. Stores what each did in `*out`; the status is the last refusal's
/// code.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_vault_simulate(
    script: *const u8,
    script_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(script, script_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[script]| ztp_facade::vault_simulate(script)) }
}
