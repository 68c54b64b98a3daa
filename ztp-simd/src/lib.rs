//! SHA-256 of many short messages at once.
//!
//! Whole-log verification is bound by hashing: per record it takes the hash of the record, one leaf and, on average, one node
//! of the RFC 6962 tree. One SHA-256 is a chain of dependent instructions that leaves most of the processor idle, so this crate
//! runs several messages beside each other. The functions here are safe and total: they return nothing, cannot fail and do not
//! panic, and on a processor without the instructions they fall back to the `sha2` crate with equal results.
//!
//! ```
//! let line = br#"{"event_class":"a","hash":"00","seq":1}"#;
//! let (head, rest) = line.split_at(19);
//! let mut digests = Vec::new();
//! ztp_simd::sha256_many(&[(head, &rest[12..])], &mut digests);
//! assert_eq!(digests.len(), 1);
//! ```

mod portable;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kernel {
    Portable,
}

/// One way to compute the hashes. All engines give the same results; they differ in speed only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engine(Kernel);

impl Engine {
    /// The fastest engine that this processor runs.
    #[must_use]
    pub fn detect() -> Self {
        Self::portable()
    }

    /// The engine that runs everywhere. It allows a result of the other one to be checked independently.
    #[must_use]
    pub const fn portable() -> Self {
        Self(Kernel::Portable)
    }

    /// Name for reports: `portable`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kernel::Portable => "portable",
        }
    }

    /// As [`sha256_many`], on this engine.
    pub fn sha256_many(self, messages: &[(&[u8], &[u8])], out: &mut Vec<[u8; 32]>) {
        let out = cleared(out, messages.len());
        match self.0 {
            Kernel::Portable => portable::sha256_many(messages, out),
        }
    }

    /// As [`leaf_hashes`], on this engine.
    pub fn leaf_hashes(self, entries: &[[u8; 32]], out: &mut Vec<[u8; 32]>) {
        let out = cleared(out, entries.len());
        match self.0 {
            Kernel::Portable => portable::leaf_hashes(entries, out),
        }
    }

    /// As [`node_hashes`], on this engine.
    pub fn node_hashes(self, children: &[[u8; 32]], out: &mut Vec<[u8; 32]>) {
        let (pairs, _) = children.as_chunks::<2>();
        let out = cleared(out, pairs.len());
        match self.0 {
            Kernel::Portable => portable::node_hashes(pairs, out),
        }
    }
}

/// Replaces the content of `out` by the SHA-256 of each message, in order. A message is given as two slices that follow each
/// other, such as a line before and after a member that is not hashed; either may be empty. Lengths may differ freely.
pub fn sha256_many(messages: &[(&[u8], &[u8])], out: &mut Vec<[u8; 32]>) {
    Engine::detect().sha256_many(messages, out);
}

/// Replaces the content of `out` by the RFC 6962 §2.1 leaf hash of each 32-byte entry, SHA-256(0x00 ‖ entry), in order.
pub fn leaf_hashes(entries: &[[u8; 32]], out: &mut Vec<[u8; 32]>) {
    Engine::detect().leaf_hashes(entries, out);
}

/// Replaces the content of `out` by the RFC 6962 §2.1 hash of each pair of neighbours, SHA-256(0x01 ‖ left ‖ right), in order.
/// The last of an odd number of children has no partner and is not hashed: `out` gets `children.len() / 2` hashes.
pub fn node_hashes(children: &[[u8; 32]], out: &mut Vec<[u8; 32]>) {
    Engine::detect().node_hashes(children, out);
}

fn cleared(out: &mut Vec<[u8; 32]>, len: usize) -> &mut [[u8; 32]] {
    out.clear();
    out.resize(len, [0; 32]);
    out
}
