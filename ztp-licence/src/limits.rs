//! Limits of what is read of an envelope and its licence.

/// Size of the largest envelope there is: room for [`NOTES_MAX`](crate::NOTES_MAX) notes. A trust document sets a lower
/// limit.
pub const ENVELOPE_BYTES_MAX: usize = 8 << 20;

/// Most signatures in one envelope.
pub const SIGNATURES_MAX: usize = 16;

/// Nesting of envelope, payload and trust document; the format needs four.
pub(crate) const DEPTH_MAX: usize = 16;
