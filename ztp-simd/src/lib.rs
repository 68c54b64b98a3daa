//! SHA-256 of many short messages at once, and questions asked of every byte of a text at once.
//!
//! Whole-log verification is bound by hashing: each record costs its own hash, a leaf and, on average, a node of the RFC 6962
//! tree. A single SHA-256 is one chain of dependent instructions that leaves most of the processor idle, so this crate runs
//! several messages beside each other. Its functions are safe and total: they cannot fail and do not panic. On a processor
//! without the SHA extensions of x86-64 the `sha2` crate does the work, with equal results.
//!
//! A message is given as two slices, because the hash of a record is taken over its line without one member:
//!
//! ```
//! let line = br#"{"class":"a","hash":"00","seq":7}"#;
//! let (before, after) = (&line[..13], &line[25..]);
//!
//! let mut digests = Vec::new();
//! ztp_simd::sha256_many(&[(before, after), (b"", line)], &mut digests);
//!
//! let mut whole = Vec::new();
//! ztp_simd::sha256_many(&[(br#"{"class":"a","seq":7}"#, b"")], &mut whole);
//! assert_eq!(digests[0], whole[0]);
//! assert_eq!(digests.len(), 2);
//! ```
//!
//! # Unsafe code
//!
//! It is confined to the modules `x86_64`, `sets_x86_64` and `grams_x86_64`, which hold the instructions that Rust has no safe form of. Everything else, the
//! reading and padding of messages above all, is safe code.

#[cfg(target_arch = "x86_64")]
mod blocks;
mod grams;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "calls functions compiled for a processor feature, loads vectors")]
mod grams_x86_64;
mod layout;
mod portable;
mod sets;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "calls functions compiled for a processor feature, loads vectors")]
mod sets_x86_64;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code, reason = "calls functions compiled for processor features, loads and stores vectors")]
mod x86_64;

#[cfg(target_arch = "x86_64")]
use x86_64::ShaNi;

pub use grams::{GramSets, steps_of};
pub use layout::{BLOCK, GRAM_BLOCK, GRAM_MASKS};
pub use sets::ByteSets;

/// A way to compute the hashes. All engines have the same results and differ in speed only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engine(Kernel);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kernel {
    Portable,
    #[cfg(target_arch = "x86_64")]
    ShaNi(ShaNi),
}

impl Engine {
    /// The fastest engine that this processor runs; the functions of the crate use it.
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(kernel) = ShaNi::detect() {
            return Self(Kernel::ShaNi(kernel));
        }
        Self::portable()
    }

    /// The engine that runs everywhere. An auditor who does not want to rest on the other one repeats the verification on it.
    #[must_use]
    pub const fn portable() -> Self {
        Self(Kernel::Portable)
    }

    /// Name for reports: `sha-ni` or `portable`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kernel::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Kernel::ShaNi(_) => "sha-ni",
        }
    }

    /// As [`sha256_many`], on this engine.
    pub fn sha256_many(self, messages: &[(&[u8], &[u8])], out: &mut Vec<[u8; 32]>) {
        let out = cleared(out, messages.len());
        match self.0 {
            Kernel::Portable => portable::sha256_many(messages, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::ShaNi(kernel) => kernel.sha256_many(messages, out),
        }
    }

    /// As [`leaf_hashes`], on this engine.
    pub fn leaf_hashes(self, entries: &[[u8; 32]], out: &mut Vec<[u8; 32]>) {
        let out = cleared(out, entries.len());
        match self.0 {
            Kernel::Portable => portable::leaf_hashes(entries, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::ShaNi(kernel) => kernel.leaf_hashes(entries, out),
        }
    }

    /// As [`node_hashes`], on this engine.
    pub fn node_hashes(self, children: &[[u8; 32]], out: &mut Vec<[u8; 32]>) {
        let (pairs, _without_partner) = children.as_chunks::<2>();
        let out = cleared(out, pairs.len());
        match self.0 {
            Kernel::Portable => portable::node_hashes(pairs, out),
            #[cfg(target_arch = "x86_64")]
            Kernel::ShaNi(kernel) => kernel.node_hashes(pairs, out),
        }
    }
}

/// Replaces the content of `out` by the SHA-256 of each message, in the order of the messages.
///
/// A message is the two slices one after the other; either may be empty, lengths may differ freely, and the bulk of a message
/// is read where it lies. Dozens of messages or more at a time make full use of the processor.
pub fn sha256_many(messages: &[(&[u8], &[u8])], out: &mut Vec<[u8; 32]>) {
    Engine::detect().sha256_many(messages, out);
}

/// Replaces the content of `out` by the leaf hash of each 32-byte entry, SHA-256(0x00 ‖ entry) (RFC 6962 §2.1), in the order of
/// the entries.
pub fn leaf_hashes(entries: &[[u8; 32]], out: &mut Vec<[u8; 32]>) {
    Engine::detect().leaf_hashes(entries, out);
}

/// Replaces the content of `out` by the node hash of each pair of neighbours, SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1), in
/// the order of the pairs.
///
/// The last of an odd number of children has no partner and is not hashed: `out` then holds `children.len() / 2` hashes.
pub fn node_hashes(children: &[[u8; 32]], out: &mut Vec<[u8; 32]>) {
    Engine::detect().node_hashes(children, out);
}

fn cleared(out: &mut Vec<[u8; 32]>, length: usize) -> &mut [[u8; 32]] {
    out.clear();
    out.resize(length, [0; 32]);
    out
}
