use std::ptr;

use ztp_facade::{DlpScanner, DlpStream, FacadeError, Outcome};

use crate::boundary::{guard, run};
use crate::bytes::ZtpBytes;
use crate::status::ZtpStatus;

/// Rules for what leaves the bench, and what the requests so far sent. Opaque.
///
/// Any thread may call any function but `ztp_dlp_scanner_free` at any time; scans run side by side.
#[derive(Debug)]
pub struct ZtpDlpScanner(DlpScanner);

/// One request whose body comes in pieces. Opaque. It may outlive its scanner.
///
/// Any thread may call any function but `ztp_dlp_stream_free` at any time; a call while another is running on the same stream
/// returns `ZTP_STATUS_BUSY` at once and has done nothing.
#[derive(Debug)]
pub struct ZtpDlpStream(DlpStream);

/// Makes a scanner of a configuration (`ztp.dlp.config/1`) and stores the handle in `*scanner`, or NULL there when the status is not 0.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `scanner` is writable.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_scanner_open(
    config: *const u8,
    config_len: usize,
    scanner: *mut *mut ZtpDlpScanner,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    let mut opened = None;
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    let status = unsafe {
        run([(config, config_len)], out, |[config]| {
            if scanner.is_null() {
                return Outcome::failure(&FacadeError::PointerNull);
            }
            match DlpScanner::open(config) {
                Ok(handle) => {
                    opened = Some(handle);
                    Outcome::holds()
                }
                Err(outcome) => outcome,
            }
        })
    };
    if !scanner.is_null() {
        let handle = opened.map_or(ptr::null_mut(), |handle| Box::into_raw(Box::new(ZtpDlpScanner(handle))));
        // SAFETY: not null, and the caller guarantees that it is writable.
        unsafe { scanner.write(handle) };
    }
    status
}

/// Scans a whole request and stores the report in `*out` (`ztp.dlp.report/1`), with the events for the sealed log; the status is 0
/// only when nothing was found and everything was looked at.
///
/// `request` is JSON: "url", and optionally "headers" (a list of [name, value]), "hop" (redirects followed so far), "id" (the same
/// for all hops of a call), "method", "principal" (who sends) and "via" (the proxy that is dialled in place of the URL's host).
///
/// # Safety
/// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_scanner_scan(
    scanner: *const ZtpDlpScanner,
    request: *const u8,
    request_len: usize,
    body: *const u8,
    body_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `scanner` is null or a live handle.
    let scanner = unsafe { scanner.as_ref() };
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(request, request_len), (body, body_len)], out, |[request, body]| {
            with(scanner, |scanner| scanner.scan(request, body, now_ms))
        })
    }
}

/// Begins a request whose body comes in pieces. Stores the handle in `*stream`, or NULL there when the status is not 0, and in `*out` what
/// is known before the body (`ztp.dlp.begun/1`): the mode in force for this request, and the event that says it begins.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call; `stream` is
/// writable.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_scanner_begin(
    scanner: *const ZtpDlpScanner,
    request: *const u8,
    request_len: usize,
    now_ms: i64,
    stream: *mut *mut ZtpDlpStream,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `scanner` is null or a live handle.
    let scanner = unsafe { scanner.as_ref() };
    let mut opened = None;
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    let status = unsafe {
        run([(request, request_len)], out, |[request]| {
            if stream.is_null() {
                return Outcome::failure(&FacadeError::PointerNull);
            }
            with(scanner, |scanner| match scanner.begin(request, now_ms) {
                Ok((handle, begun)) => {
                    opened = Some(handle);
                    begun
                }
                Err(outcome) => outcome,
            })
        })
    };
    if !stream.is_null() {
        let handle = opened.map_or(ptr::null_mut(), |handle| Box::into_raw(Box::new(ZtpDlpStream(handle))));
        // SAFETY: not null, and the caller guarantees that it is writable.
        unsafe { stream.write(handle) };
    }
    status
}

/// Puts the rules of another configuration in force, for requests that begin from now on. Stores the hashes of both and the event for
/// the sealed log in `*out` (`ztp.dlp.reloaded/1`). A configuration that is refused changes nothing.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_scanner_reload(
    scanner: *const ZtpDlpScanner,
    config: *const u8,
    config_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `scanner` is null or a live handle.
    let scanner = unsafe { scanner.as_ref() };
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe {
        run([(config, config_len)], out, |[config]| with(scanner, |scanner| scanner.reload(config, now_ms)))
    }
}

/// Stores the rules in force in `*out` (`ztp.dlp.rules/1`).
///
/// # Safety
/// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_scanner_rules(
    scanner: *const ZtpDlpScanner,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `scanner` is null or a live handle.
    let scanner = unsafe { scanner.as_ref() };
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([], out, |[]| with(scanner, DlpScanner::rules)) }
}

/// Stores how much of which secret each principal has sent in `*out` (`ztp.dlp.ledger/1`), as tags: keep it, and give it to the scanner
/// after a restart as its configuration's member "ledger".
///
/// # Safety
/// Pointers are as the head of ztp.h says; `scanner` came from `ztp_dlp_scanner_open` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_scanner_ledger(
    scanner: *const ZtpDlpScanner,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `scanner` is null or a live handle.
    let scanner = unsafe { scanner.as_ref() };
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([], out, |[]| with(scanner, DlpScanner::ledger)) }
}

/// Frees a scanner. NULL is ignored. What it remembered of the requests so far is erased with it, once its streams are freed too.
///
/// # Safety
/// `scanner` is null or came from `ztp_dlp_scanner_open`, is freed once, and no call uses it any more.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_scanner_free(scanner: *mut ZtpDlpScanner) {
    if !scanner.is_null() {
        // SAFETY: it came from `Box::into_raw` in `ztp_dlp_scanner_open`, and the caller frees it once.
        release(unsafe { Box::from_raw(scanner) });
    }
}

/// Scans the next piece of the body.
///
/// # Safety
/// Pointers are as the head of ztp.h says; `stream` came from `ztp_dlp_scanner_begin` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_stream_update(
    stream: *const ZtpDlpStream,
    chunk: *const u8,
    chunk_len: usize,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `stream` is null or a live handle.
    let stream = unsafe { stream.as_ref() };
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(chunk, chunk_len)], out, |[chunk]| with_stream(stream, |stream| stream.update(chunk))) }
}

/// Ends the request and stores the report in `*out`, as `ztp_dlp_scanner_scan` does. `end` is JSON, or empty: "cut" (true when the
/// body ended before its end) and "trailers" (a list of [name, value]).
///
/// # Safety
/// Pointers are as the head of ztp.h says; `stream` came from `ztp_dlp_scanner_begin` and is not freed during the call.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_stream_finish(
    stream: *const ZtpDlpStream,
    end: *const u8,
    end_len: usize,
    now_ms: i64,
    out: *mut ZtpBytes,
) -> ZtpStatus {
    // SAFETY: the caller guarantees that `stream` is null or a live handle.
    let stream = unsafe { stream.as_ref() };
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([(end, end_len)], out, |[end]| with_stream(stream, |stream| stream.finish(end, now_ms))) }
}

/// Frees a stream, with or without a report. NULL is ignored.
///
/// # Safety
/// `stream` is null or came from `ztp_dlp_scanner_begin`, is freed once, and no call uses it any more.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_dlp_stream_free(stream: *mut ZtpDlpStream) {
    if !stream.is_null() {
        // SAFETY: it came from `Box::into_raw` in `ztp_dlp_scanner_begin`, and the caller frees it once.
        release(unsafe { Box::from_raw(stream) });
    }
}

/// Drops a handle. A panic in a drop must not cross; there is nobody to report it to.
fn release<T>(handle: Box<T>) {
    let _ = guard(|| {
        drop(handle);
        Outcome::holds()
    });
}

fn with(scanner: Option<&ZtpDlpScanner>, call: impl FnOnce(&DlpScanner) -> Outcome) -> Outcome {
    scanner.map_or_else(|| Outcome::failure(&FacadeError::PointerNull), |scanner| call(&scanner.0))
}

fn with_stream(stream: Option<&ZtpDlpStream>, call: impl FnOnce(&DlpStream) -> Outcome) -> Outcome {
    stream.map_or_else(|| Outcome::failure(&FacadeError::PointerNull), |stream| call(&stream.0))
}
