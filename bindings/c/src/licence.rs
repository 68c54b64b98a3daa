use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::status::ZtpStatus;

/// Signs a licence payload with a private key (PKCS#8 PEM) and stores the envelope file's bytes in `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_licence_sign(
    payload: *const u8,
    payload_len: usize,
    key_pem: *const u8,
    key_pem_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(payload, payload_len), (key_pem, key_pem_len)], out, |[payload, key_pem]| {
            ztp_facade::licence_sign(payload, key_pem)
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
