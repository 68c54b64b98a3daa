use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::status::ZtpStatus;

/// Verifies a bare signature over `message`. `suite` is the suite's name, such as `ed25519`; key and signature are raw bytes.
/// `*out` stays empty when the signature holds.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_signature_verify(
    suite: *const u8,
    suite_len: usize,
    public_key: *const u8,
    public_key_len: usize,
    message: *const u8,
    message_len: usize,
    signature: *const u8,
    signature_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [
        (suite, suite_len),
        (public_key, public_key_len),
        (message, message_len),
        (signature, signature_len),
    ];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[suite, public_key, message, signature]| {
            ztp_facade::signature_verify(suite, public_key, message, signature)
        })
    }
}

/// Makes a signing key from a seed of 32 bytes, or from the operating system's randomness when `seed_len` is 0, and stores
/// it with its public forms in `*out` (`ztp.keys/1`). The document holds the private key: free it soon; freeing zeroes it.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_keys_generate(
    seed: *const u8,
    seed_len: usize,
    name: *const u8,
    name_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(seed, seed_len), (name, name_len)], out, |[seed, name]| ztp_facade::keys_generate(seed, name))
    }
}
