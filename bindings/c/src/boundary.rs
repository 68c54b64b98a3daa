//! The one place where pointers become slices, panics stop and results leave.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use ztp_facade::{FacadeError, Outcome};

use crate::bytes::ZtpBytes;
use crate::status::ZtpStatus;

/// Largest length a slice may have.
const LEN_MAX: usize = isize::MAX.unsigned_abs();

/// A caller's pointer and length.
pub(crate) type Input = (*const u8, usize);

/// Runs an operation on the caller's bytes and stores its document in `out` (unless `out` is null).
///
/// # Safety
/// Each input is readable for its length (or its length is 0) and not written to during the call; `out` is null or writable
/// and not used by another thread during the call.
#[allow(unsafe_code, reason = "C boundary")]
pub(crate) unsafe fn run<const N: usize>(
    inputs: [Input; N],
    out: *mut ZtpBytes,
    operation: impl FnOnce([&[u8]; N]) -> Outcome,
) -> ZtpStatus {
    if !out.is_null() {
        // SAFETY: not null, and the caller guarantees that it is writable. `write` does not look at what was there before.
        unsafe { out.write(ZtpBytes::EMPTY) };
    }
    let Outcome { status, document } = guard(|| {
        let mut slices: [&[u8]; N] = [&[]; N];
        for (slice, input) in slices.iter_mut().zip(inputs) {
            // SAFETY: the caller guarantees that the input is readable for its length for the whole call.
            match unsafe { borrow(input) } {
                Ok(bytes) => *slice = bytes,
                Err(e) => return Outcome::failure(&e),
            }
        }
        operation(slices)
    });
    if !out.is_null() && !document.is_empty() {
        // SAFETY: as above; the slot holds `EMPTY`, so nothing is lost by overwriting it.
        unsafe { out.write(ZtpBytes::from_document(document)) };
    }
    status
}

/// The outcome of `operation`, or `internal` if it panics. The panic's text stays inside: it may hold the caller's data.
pub(crate) fn guard(operation: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(operation)).unwrap_or_else(|_| Outcome::failure(&FacadeError::Internal))
}

/// # Safety
/// As for [`run`]'s inputs.
#[allow(unsafe_code, reason = "C boundary")]
unsafe fn borrow<'a>((data, len): Input) -> Result<&'a [u8], FacadeError> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(FacadeError::PointerNull);
    }
    if len > LEN_MAX {
        return Err(FacadeError::LengthOutOfRange);
    }
    // SAFETY: not null, at most `isize::MAX` bytes, and the caller guarantees that they are readable and do not change.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

#[cfg(test)]
#[allow(unsafe_code, reason = "the tests stand in for a C caller")]
mod tests {
    use super::*;
    use crate::bytes::ztp_bytes_free;
    use crate::status::{ZTP_STATUS_INTERNAL, ZTP_STATUS_LENGTH_OUT_OF_RANGE, ZTP_STATUS_POINTER_NULL};

    /// Calls `run` with one input and returns what a C caller would see.
    fn call(input: Input, operation: impl FnOnce([&[u8]; 1]) -> Outcome) -> (ZtpStatus, Vec<u8>) {
        let mut out = ZtpBytes { data: std::ptr::dangling_mut(), len: usize::MAX };
        // SAFETY: the tests pass inputs that are readable or that `run` must refuse before reading; `out` is a local.
        let status = unsafe { run([input], &raw mut out, operation) };
        let document =
            // SAFETY: a non-null `out` was filled by `run` with that many bytes.
            if out.data.is_null() { Vec::new() } else { unsafe { slice::from_raw_parts(out.data, out.len) }.to_vec() };
        // SAFETY: `out` was filled by `run`.
        unsafe { ztp_bytes_free(&raw mut out) };
        assert!(out.data.is_null());
        assert_eq!(out.len, 0);
        (status, document)
    }

    #[test]
    fn panic_becomes_internal_status_and_its_text_stays_inside() {
        let (status, document) = call((std::ptr::null(), 0), |_| panic!("the secret 4711"));
        assert_eq!(status, ZTP_STATUS_INTERNAL);
        let text = String::from_utf8(document).unwrap();
        assert!(text.starts_with(r#"{"code":"internal","#), "{text}");
        assert!(!text.contains("4711"));
    }

    #[test]
    fn null_with_length_zero_is_the_empty_input() {
        let (status, document) = call((std::ptr::null(), 0), |[input]| {
            assert_eq!(input, b"");
            Outcome::with_document(b"seen".to_vec())
        });
        assert_eq!((status, document.as_slice()), (0, b"seen".as_slice()));
    }

    #[test]
    fn null_with_a_length_is_refused_before_the_operation_runs() {
        let (status, document) = call((std::ptr::null(), 1), |_| Outcome::holds());
        assert_eq!(status, ZTP_STATUS_POINTER_NULL);
        assert!(document.starts_with(br#"{"code":"pointer_null","#));
    }

    #[test]
    fn length_above_half_the_address_space_is_refused_before_it_is_read() {
        let byte = 0u8;
        let (status, _) = call((&raw const byte, LEN_MAX + 1), |_| Outcome::holds());
        assert_eq!(status, ZTP_STATUS_LENGTH_OUT_OF_RANGE);
    }

    #[test]
    fn missing_out_pointer_still_gives_the_status() {
        // SAFETY: the input is readable and `out` is null.
        let status = unsafe {
            run([(b"x".as_ptr(), 1)], std::ptr::null_mut(), |[input]| {
                assert_eq!(input, b"x");
                Outcome { status: 7, document: vec![1, 2, 3] }
            })
        };
        assert_eq!(status, 7);
    }
}
