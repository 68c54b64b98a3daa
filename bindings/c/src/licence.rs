use ztp_facade::Job;

use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::job::ZtpJob;
use crate::status::ZtpStatus;

/// Signs a licence payload (`ztp.licence/1`) with a key (PKCS#8 PEM, or a `pkcs11:` URI where the build has PKCS#11) and stores
/// the envelope file's bytes in `*out`.
///
/// Only in a library built with the feature `signer`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[cfg(feature = "signer")]
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_licence_sign(
    payload: *const u8,
    payload_len: usize,
    key: *const u8,
    key_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(payload, payload_len), (key, key_len)], out, |[payload, key]| {
            ztp_facade::licence_sign(payload, key)
        })
    }
}

/// Verifies a licence envelope against trusted keys, a time (milliseconds since 1970-01-01T00:00:00Z) and a bench identity.
/// Stores the verdict with every check's result in `*out`, also when it is negative.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_licence_verify(
    envelope: *const u8,
    envelope_len: usize,
    trust: *const u8,
    trust_len: usize,
    now_ms: i64,
    bench_id: *const u8,
    bench_id_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(envelope, envelope_len), (trust, trust_len), (bench_id, bench_id_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[envelope, trust, bench_id]| {
            ztp_facade::licence_verify(envelope, trust, now_ms, bench_id)
        })
    }
}

/// Stores what a licence envelope says in `*out`. Nothing is verified: the document says so.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_licence_inspect(
    envelope: *const u8,
    envelope_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(envelope, envelope_len)], out, |[envelope]| ztp_facade::licence_inspect(envelope)) }
}

/// Signs a licence payload (`ztp.licence/2`) with a key (PKCS#8 PEM, or a `pkcs11:` URI) and puts certificate, revocation
/// list and roots beside it (`chain`: JSON `{"certificate","revocation","roots"}`). Stores the envelope file's bytes in
/// `*out`.
///
/// Only in a library built with the feature `signer`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[cfg(feature = "signer")]
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_licence_sign_chained(
    payload: *const u8,
    payload_len: usize,
    key: *const u8,
    key_len: usize,
    chain: *const u8,
    chain_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(payload, payload_len), (key, key_len), (chain, chain_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[payload, key, chain]| ztp_facade::licence_sign_chained(payload, key, chain)) }
}

/// Stores what the bench of a sealed log has seen in `*out`, as far as the envelopes in the log prove it from a trust document on:
/// `ztp.licence.seen/1`, with the log's own verdict in it. `options` is JSON, empty for none: `bench`, and `head`, `now`, `require`,
/// `sealed_within_ms` and `vkey` as for `ztp_audit_verify`. A log that does not hold is `ZTP_INGEST_LOG_NOT_INTACT`; records that claim what
/// is not proved are findings (`ZTP_INGEST_RECORD_UNPROVEN`); what nothing outside vouches for is `ZTP_AUDIT_UNANCHORED`. `job` as for
/// `ztp_audit_verify`.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `job` is null or came from `ztp_job_new` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_licence_seen(
    dir: *const u8,
    dir_len: usize,
    trust: *const u8,
    trust_len: usize,
    options: *const u8,
    options_len: usize,
    job: *const ZtpJob,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let unobserved = Job::new();
    // SAFETY: the caller guarantees that a non-null `job` stays alive during the call; everything in it is atomic.
    let job = unsafe { job.as_ref() }.map_or(&unobserved, |job| &job.0);
    let inputs = [(dir, dir_len), (trust, trust_len), (options, options_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[dir, trust, options]| ztp_facade::licence_seen(dir, trust, options, job)) }
}

/// Decides about an envelope as an ingest would, against what the bench has seen (`ztp.licence.seen/1`; empty for nothing
/// yet), and records nothing. Stores the decision (`ztp.licence.decision/1`) in `*out`, also when it is a refusal.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_licence_decide(
    envelope: *const u8,
    envelope_len: usize,
    trust: *const u8,
    trust_len: usize,
    seen: *const u8,
    seen_len: usize,
    now_ms: i64,
    bench_id: *const u8,
    bench_id_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(envelope, envelope_len), (trust, trust_len), (seen, seen_len), (bench_id, bench_id_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[envelope, trust, seen, bench_id]| {
            ztp_facade::licence_decide(envelope, trust, seen, now_ms, bench_id)
        })
    }
}

/// Takes in what lies in `dir/incoming` and records every decision in a sealed log. `options` is JSON: `log`, and
/// optionally `bench`, `quiet_ms`, and `vault` with `device_key`. Stores the report (`ztp.licence.ingest-run/1`) in `*out`;
/// if a file was refused, the status is its code.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_licence_ingest(
    dir: *const u8,
    dir_len: usize,
    trust: *const u8,
    trust_len: usize,
    options: *const u8,
    options_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(dir, dir_len), (trust, trust_len), (options, options_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[dir, trust, options]| ztp_facade::licence_ingest(dir, trust, options, now_ms))
    }
}

/// Decides about one envelope that is no file of an incoming directory, and records the decision in a sealed log. Stores
/// `ztp.licence.ingest/1` in `*out`, also when it is a refusal.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_licence_ingest_envelope(
    envelope: *const u8,
    envelope_len: usize,
    file: *const u8,
    file_len: usize,
    trust: *const u8,
    trust_len: usize,
    options: *const u8,
    options_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(envelope, envelope_len), (file, file_len), (trust, trust_len), (options, options_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[envelope, file, trust, options]| {
            ztp_facade::licence_ingest_envelope(envelope, file, trust, options, now_ms)
        })
    }
}
