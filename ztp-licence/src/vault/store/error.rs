//! Why the vault on disk refused.

use std::io;
use std::path::PathBuf;

use ztp_audit::error::{StoreError as LogError, VerifyError};
use ztp_core::Coded;

use super::super::error::VaultError;

/// Why the store refused. Nothing that was acknowledged earlier is lost by any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A rule of the vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The log could not be written or opened.
    #[error(transparent)]
    Log(LogError),
    /// There is no log in the directory, and so no vault.
    #[error("{} holds no vault: make one with `ztp vault init`, or check the path", path.display())]
    Missing {
        /// The directory.
        path: PathBuf,
    },
    /// Another process uses the vault.
    #[error("another process uses the vault in {}: wait for it to end; nothing was spent or taken in", path.parent().unwrap_or(path).display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(VerifyError),
    /// A part of the store could be changed by others.
    #[error("{} {what}: make it a plain file or directory that its owner alone can write", path.display())]
    Unsafe {
        /// The part.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A record does not hold (I6).
    #[error("record {seq} of the vault's log does not hold: {reason}")]
    LogBroken {
        /// The record.
        seq: u64,
        /// What is wrong.
        reason: String,
    },
    /// A record states another outcome than the replay (I7).
    #[error("record {seq} does not follow from the records before it: {reason}")]
    ReplayDiffers {
        /// The record.
        seq: u64,
        /// What differs.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl StoreError {
    /// The rule of the vault that was broken, if it is one.
    #[must_use]
    pub const fn rule(&self) -> Option<&VaultError> {
        if let Self::Vault(error) = self { Some(error) } else { None }
    }
}

impl From<LogError> for StoreError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Locked { path } => Self::Locked { path },
            LogError::LogNotFound { path } => Self::Missing { path },
            other => Self::Log(other),
        }
    }
}

impl From<VerifyError> for StoreError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::LogNotFound { path } => Self::Missing { path },
            other => Self::Read(other),
        }
    }
}

impl Coded for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::Vault(error) => error.code(),
            Self::Log(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Missing { .. } => "vault_not_found",
            Self::Locked { .. } => "vault_locked",
            Self::Unsafe { .. } => "vault_store_unsafe",
            Self::LogBroken { .. } => "vault_log_broken",
            Self::ReplayDiffers { .. } => "vault_replay_differs",
            Self::Io { .. } => "io_error",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Vault(error) => error.offset(),
            Self::Log(error) => error.offset(),
            _ => None,
        }
    }
}
