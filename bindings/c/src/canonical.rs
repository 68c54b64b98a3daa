use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::status::ZtpStatus;

/// Stores the canonical bytes (profile zcj-1) of a JSON document in `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_canonical_encode(
    input: *const u8,
    input_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(input, input_len)], out, |[input]| ztp_facade::canonical_encode(input)) }
}

/// Checks that bytes are in canonical form (profile zcj-1). `*out` stays empty when they are; otherwise the failure
/// document has the offset of the first byte that differs.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_canonical_check(
    input: *const u8,
    input_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(input, input_len)], out, |[input]| ztp_facade::canonical_check(input)) }
}
