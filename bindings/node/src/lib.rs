//! The Node addon: every operation of `ztp-facade`, translated and nothing more.
//!
//! This addon is private to the npm package beside it. `lib/*.cjs` validates what JavaScript can get wrong (kinds,
//! integers, shared memory, half a surrogate pair) before a call crosses, because the boundary itself converts such
//! values without complaint. What crosses is bytes and safe integers; what comes back is a canonical document, or a
//! [`boundary::Failure`] with the status, the code and the failure document or negative verdict.
//!
//! Rules kept here: every exported function catches unwinding, every background task catches it again (there is no
//! attribute for those), and a background task owns a copy of its input, since JavaScript may change the original.

pub mod boundary;
pub mod directory;
pub mod dlp;
pub mod job;
pub mod log;
pub mod operations;
