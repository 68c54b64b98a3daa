//! What a run tells those who follow it, and what it asks of a vault.

use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

use super::error::{IngestError, Refusal};
use crate::Verdict;

/// A step that is complete and durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The file is in `work/`.
    Claimed,
    /// The decision is made; nothing of it is written yet.
    Decided,
    /// The decision is in the sealed log.
    Recorded,
    /// The notes are in the vault.
    Minted,
    /// The reason is written beside the place where the file goes.
    Explained,
    /// The file is at its place.
    Moved,
    /// A copy of the file is where it goes, on another file system; it is still where it was, too.
    Copied,
}

/// Follows a run, and may stop it between two steps.
pub trait Observer {
    /// A step is complete; `false` stops the run there, as a crash would.
    fn reached(&mut self, step: Step, file: &str) -> bool;
}

/// Lets a run go to its end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uninterrupted;

impl Observer for Uninterrupted {
    fn reached(&mut self, _: Step, _: &str) -> bool {
        true
    }
}

/// What takes the notes of an accepted envelope: a vault.
pub trait Minting {
    /// Which vault it is. The log names it beside each envelope, so that no other one ever takes the same notes.
    fn vault_id(&self) -> Digest;

    /// The latest time that the vault has seen.
    fn clock_floor(&self) -> Timestamp;

    /// Whether the notes could be minted, asked before anything is recorded. Changes nothing.
    ///
    /// # Errors
    /// [`Refusal::Mint`] with the vault's own code.
    fn check(&self, envelope: &[u8], verdict: &Verdict, now: Timestamp) -> Result<(), Refusal>;

    /// Mints the notes durably and says how many the envelope has. Minting an envelope again changes nothing.
    ///
    /// # Errors
    /// [`IngestError::Mint`] with the vault's own code; the next run tries again.
    fn mint(&mut self, envelope: &[u8], verdict: &Verdict, now: Timestamp) -> Result<u64, IngestError>;
}
