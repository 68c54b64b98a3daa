use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::status::ZtpStatus;

/// Scans one request, or bytes that are none, with rules of its own; a program that scans several opens a scanner, which also
/// remembers what was sent before.
///
/// `config` is a `ztp.dlp.config/1` document. `request` is JSON (`ztp_dlp_scanner_scan`), or empty when `body` is not a request
/// but, for instance, a file. Stores the report (`ztp.dlp.report/1`) in `*out`, also when something was found: the status is 0 only
/// when nothing was and everything was looked at. No part of a secret is in it.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_scan(
    config: *const u8,
    config_len: usize,
    request: *const u8,
    request_len: usize,
    body: *const u8,
    body_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(config, config_len), (request, request_len), (body, body_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[config, request, body]| ztp_facade::dlp_scan(config, request, body, now_ms)) }
}

/// Stores the rules that a configuration puts in force in `*out` (`ztp.dlp.rules/1`), with the hash that reports name them by.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_rules(
    config: *const u8,
    config_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(config, config_len)], out, |[config]| ztp_facade::dlp_rules(config)) }
}

/// Checks a file of customer rules, YAML, with the examples in it, and stores what it holds in `*out` (`ztp.dlp.rules-check/1`). A
/// file that is refused gives a failure that names line and column.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_test(rules: *const u8, rules_len: usize, out: *mut ZtpBytes) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(rules, rules_len)], out, |[rules]| ztp_facade::dlp_test(rules)) }
}

/// Signs an allow-list of what a scan of files found (`ztp.dlp.scan/1`), each for its file, and stores it in `*out`
/// (`ztp.dlp.allow-list/1`): the baseline of later scans. `terms` is JSON, `{"expires","issued_at","ticket","version"}`; `key` an
/// Ed25519 key (PKCS#8 PEM, or a `pkcs11:` URI).
///
/// Only in a library built with the feature `signer`.
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[cfg(feature = "signer")]
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_baseline(
    found: *const u8,
    found_len: usize,
    terms: *const u8,
    terms_len: usize,
    key: *const u8,
    key_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let inputs = [(found, found_len), (terms, terms_len), (key, key_len)];
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run(inputs, out, |[found, terms, key]| ztp_facade::dlp_baseline(found, terms, key)) }
}
