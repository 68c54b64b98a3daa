use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::status::ZtpStatus;

/// Stores the public half of a key (PEM, or a `pkcs11:` URI where the build has PKCS#11) in `*out`: `ztp.keys.public/1`
/// with key id, suite and both spellings.
///
/// Only in a library built with the feature `signer`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[cfg(feature = "signer")]
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_keys_public(key: *const u8, key_len: usize, out: *mut ZtpBytes) -> ZtpStatus {
    let inputs = [(key, key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[key]| ztp_facade::keys_public(key)) }
}

/// Verifies a root, certificate or revocation list against a root (empty: `document` is a first root, taken by its own
/// word) and the newest revocation list seen (may be empty). Stores what was verified (`ztp.custody.verdict/1`) in `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_custody_verify(
    document: *const u8,
    document_len: usize,
    root: *const u8,
    root_len: usize,
    seen: *const u8,
    seen_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(document, document_len), (root, root_len), (seen, seen_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[document, root, seen]| ztp_facade::custody_verify(document, root, seen, now_ms))
    }
}

/// Signs a root, certificate or revocation list (its payload, any spelling) with a key (PKCS#8 PEM, or a `pkcs11:` URI) and
/// stores the signed document in `*out`.
///
/// Only in a library built with the feature `signer`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[cfg(feature = "signer")]
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_custody_sign(
    payload: *const u8,
    payload_len: usize,
    key: *const u8,
    key_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(payload, payload_len), (key, key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[payload, key]| ztp_facade::custody_sign(payload, key)) }
}

/// Adds the signature of another key to a signed root, certificate or revocation list and stores the document in `*out`.
///
/// Only in a library built with the feature `signer`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[cfg(feature = "signer")]
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_custody_cosign(
    document: *const u8,
    document_len: usize,
    key: *const u8,
    key_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(document, document_len), (key, key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[document, key]| ztp_facade::custody_cosign(document, key)) }
}

/// Checks the transcript of a ceremony against the document that it says was made. `options` is JSON or empty:
/// `outside_allowed`, a boolean. Stores who took part and whether each key is in custody (`ztp.custody.ceremony/1`) in
/// `*out`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_custody_transcript(
    transcript: *const u8,
    transcript_len: usize,
    document: *const u8,
    document_len: usize,
    options: *const u8,
    options_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(transcript, transcript_len), (document, document_len), (options, options_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run(inputs, out, |[transcript, document, options]| {
            ztp_facade::custody_transcript(transcript, document, options)
        })
    }
}
