//! A fact outside the copied state: the trait through which a rollback-resistant counter and digest are used.
//!
//! A copy of a disk holds everything that is on the disk, heads and counters included. What a copy does not hold is a
//! TPM's NV memory: a counter index that only goes up (`TPM2_NV_Increment`) and an extend index whose value is a digest
//! of everything that was ever put into it (`TPM2_NV_Extend`: new = SHA-256(old ‖ data)). The counter alone would let a
//! crash be used to try another input under the same number; the digest alone would not say which side is ahead.

use std::fmt;

use crate::code::Coded;
use crate::digest::{Digest, sha256_parts};

/// What stands behind an anchor, which decides how much a verdict may rest on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a verdict must decide about each kind")]
pub enum AnchorKind {
    /// A test double, such as a file: whoever copies the disk copies it too.
    Test,
    /// A software TPM: whoever controls the hypervisor or the host copies it too.
    Software,
    /// A hardware TPM.
    Hardware,
}

impl AnchorKind {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Software => "software",
            Self::Hardware => "hardware",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Test, Self::Software, Self::Hardware].into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether a verdict may rest on it: only memory that a copy of the machine does not contain counts.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Hardware)
    }
}

/// What an anchor holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "implementations outside this crate make it")]
pub struct AnchorReading {
    /// The counter. A new NV counter starts at the highest value any deleted counter had, so it starts anywhere.
    pub counter: u64,
    /// The extend index.
    pub digest: Digest,
}

impl AnchorReading {
    /// What the anchor holds after `data` was extended and the counter incremented.
    #[must_use]
    pub fn after(&self, data: &Digest) -> Self {
        Self { counter: self.counter.saturating_add(1), digest: extend(&self.digest, data) }
    }
}

/// The value of an extend index after `data`: SHA-256(old ‖ data).
#[must_use]
pub fn extend(old: &Digest, data: &Digest) -> Digest {
    sha256_parts(&[old.as_bytes(), data.as_bytes()])
}

/// The anchor could not be used. Nothing is known of what it holds now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the anchor could not {action}: {reason}; check the device")]
pub struct AnchorError {
    /// What was tried.
    pub action: &'static str,
    /// What the device said.
    pub reason: String,
}

impl Coded for AnchorError {
    fn code(&self) -> &'static str {
        "vault_anchor_failed"
    }
}

/// An NV counter and an NV extend index of one TPM, used together.
///
/// The caller extends first and increments after. A crash between the two leaves a digest that is one ahead of its counter,
/// which the caller recognises and completes. Both must be durable when the call returns: a counter with the `ORDERLY`
/// attribute is not, because it is flushed now and then only.
pub trait TpmAnchor {
    /// What stands behind it. A double must say [`AnchorKind::Test`].
    fn kind(&self) -> AnchorKind;

    /// Names the two indices, such as their names (TPM 2.0 Part 1, "Names") in hexadecimal: 1 to 200 printable ASCII characters. Another
    /// TPM or a new index must have another name.
    fn id(&self) -> String;

    /// Reads both indices.
    ///
    /// # Errors
    /// [`AnchorError`] when the device does not answer.
    fn read(&mut self) -> Result<AnchorReading, AnchorError>;

    /// Extends the digest.
    ///
    /// # Errors
    /// [`AnchorError`]; it is then unknown whether the device did it.
    fn extend(&mut self, data: &Digest) -> Result<(), AnchorError>;

    /// Increments the counter.
    ///
    /// # Errors
    /// [`AnchorError`]; it is then unknown whether the device did it.
    fn increment(&mut self) -> Result<(), AnchorError>;
}

impl fmt::Debug for dyn TpmAnchor + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TpmAnchor").field("kind", &self.kind()).field("id", &self.id()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256;

    #[test]
    fn extending_is_the_hash_of_old_and_data() {
        let reading = AnchorReading { counter: 7, digest: Digest::ZERO };
        let data = sha256(b"transaction");
        let after = reading.after(&data);
        assert_eq!(after.counter, 8);
        let mut bytes = vec![0u8; 32];
        bytes.extend_from_slice(data.as_bytes());
        assert_eq!(after.digest, sha256(&bytes));
    }

    #[test]
    fn only_hardware_counts_and_every_kind_has_its_word() {
        for kind in [AnchorKind::Test, AnchorKind::Software, AnchorKind::Hardware] {
            assert_eq!(AnchorKind::from_word(kind.as_str()), Some(kind));
            assert_eq!(kind.counts(), kind == AnchorKind::Hardware);
        }
        assert_eq!(AnchorKind::from_word("firmware"), None);
    }
}
