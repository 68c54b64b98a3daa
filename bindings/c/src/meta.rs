use std::ffi::{CStr, c_char};

use crate::boundary::run;
use crate::bytes::ZtpBytes;
use crate::status::{NAMES, ZtpStatus};

/// The ABI that this header describes; compare with `ztp_abi_version()` when the library is loaded at run time.
pub const ZTP_ABI_VERSION: u32 = 1;

const _: () = assert!(ZTP_ABI_VERSION == ztp_facade::ABI_VERSION, "header and library state one ABI version");

/// The ABI version of the library that is loaded.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary: exported name")]
pub extern "C" fn ztp_abi_version() -> u32 {
    ZTP_ABI_VERSION
}

/// The name of a status: `ok`, a code's name such as `audit_broken`, or `unregistered`. NUL-terminated; static, not to be
/// freed.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary: exported name")]
pub extern "C" fn ztp_status_name(status: ZtpStatus) -> *const c_char {
    let found = NAMES.iter().find(|(number, _)| *number == status);
    found.map_or(c"unregistered", |(_, name): &(ZtpStatus, &CStr)| name).as_ptr()
}

/// Stores the versions of library and ABI in `*out` (`ztp.version/1`).
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_version(out: *mut ZtpBytes) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([], out, |[]| ztp_facade::version()) }
}

/// Stores every registered code with its number, meaning and what to do about it in `*out` (`ztp.error-codes/1`).
///
/// # Safety
/// Pointers are as the head of ztp.h says.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_error_codes(out: *mut ZtpBytes) -> ZtpStatus {
    // SAFETY: the caller keeps the rules of `run`, which are the header's.
    unsafe { run([], out, |[]| ztp_facade::error_codes()) }
}
