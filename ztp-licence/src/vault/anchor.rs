//! What an outside anchor says about a vault (tier T1): the rule for the counter and the digest of a TPM's NV memory.

use ztp_core::anchor::AnchorReading;

use super::error::VaultError;
use super::state::Binding;

/// How an anchor stands to a vault that it does not contradict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must decide about each")]
pub enum AnchorStep {
    /// It holds exactly this history.
    InStep,
    /// A crash lay between its digest and its counter: the counter is to be incremented.
    CounterPending,
    /// A crash lay between the log and the anchor: it lacks exactly the last transaction, which was not acknowledged.
    TransactionPending,
}

/// Judges what the anchor holds.
///
/// The digest decides which history it is and the counter which side is ahead. One transaction that the anchor lacks is what a
/// crash leaves, because the log is written first and the transaction acknowledged last; anything else is none.
///
/// # Errors
/// [`VaultError::RolledBack`], [`VaultError::Forked`] or [`VaultError::AnchorBehind`].
pub fn judge(binding: &Binding, found: &AnchorReading) -> Result<AnchorStep, VaultError> {
    let Binding { expected, before, start, .. } = binding;
    let counted = |counter: u64| counter.saturating_sub(start.counter);
    let (anchor, vault) = (counted(found.counter), counted(expected.counter));
    if found == expected {
        Ok(AnchorStep::InStep)
    } else if found.digest == expected.digest && found.counter == before.counter {
        Ok(AnchorStep::CounterPending)
    } else if found == before {
        Ok(AnchorStep::TransactionPending)
    } else if found.counter > expected.counter {
        Err(VaultError::RolledBack { anchor, vault })
    } else if found.counter < before.counter {
        Err(VaultError::AnchorBehind { anchor, vault })
    } else {
        Err(VaultError::Forked { anchor: found.digest, vault: expected.digest })
    }
}
