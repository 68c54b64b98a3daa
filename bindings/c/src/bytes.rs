use std::ptr;

use zeroize::Zeroize;

/// Bytes that the library allocated and the caller owns.
///
/// Never NUL-terminated; may hold NUL bytes. Release with `ztp_bytes_free`.
#[repr(C)]
#[derive(Debug)]
pub struct ZtpBytes {
    /// First byte, or NULL when `len` is 0.
    pub data: *mut u8,
    /// Number of bytes.
    pub len: usize,
}

impl ZtpBytes {
    /// What `out` holds before any work and after a result without a document.
    pub(crate) const EMPTY: Self = Self { data: ptr::null_mut(), len: 0 };

    /// Hands the document to the caller.
    pub(crate) fn from_document(document: Vec<u8>) -> Self {
        if document.is_empty() {
            return Self::EMPTY;
        }
        let len = document.len();
        Self { data: Box::into_raw(document.into_boxed_slice()).cast::<u8>(), len }
    }
}

/// Overwrites the bytes with zeros, releases them and sets `*bytes` to `{NULL, 0}`, so that a second call does nothing.
///
/// `bytes` may be NULL. `*bytes` is what a call of this library stored there, or `{NULL, 0}`.
///
/// # Safety
/// `bytes` is null or points to a `ZtpBytes` that no other thread uses, filled by this library or empty.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_bytes_free(bytes: *mut ZtpBytes) {
    // SAFETY: the caller guarantees that a non-null `bytes` is valid and not shared.
    let Some(bytes) = (unsafe { bytes.as_mut() }) else { return };
    let ZtpBytes { data, len } = std::mem::replace(bytes, ZtpBytes::EMPTY);
    if data.is_null() {
        return;
    }
    // SAFETY: a non-null `data` with its `len` came from `Box::into_raw` in `from_document`, and the slot that held it was
    // emptied above, so this is its one release.
    let mut owned = unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(data, len)) };
    owned.zeroize();
}
