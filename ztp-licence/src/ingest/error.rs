use std::io;
use std::path::PathBuf;

use ztp_audit::error::{StoreError, VerifyError};
use ztp_core::Coded;
use ztp_core::canonical::CanonicalError;
use ztp_core::digest::Digest;
use ztp_core::schema::SchemaError;
use ztp_core::time::Timestamp;

/// The code of a clock that is behind the log.
pub(super) const CLOCK_BEHIND: &str = "clock_behind_log";

/// Why a run of the ingest stopped. Files not yet decided about are where they were, or in `work/`, where the next run finds them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// There is no such directory.
    #[error("{} is missing: make it, or give the directory that holds incoming/", path.display())]
    DirectoryMissing {
        /// The directory.
        path: PathBuf,
    },
    /// A directory is a link or another kind of file, or anybody may write to it.
    #[error("{} is {what}: it must be a directory that only its owner and group may write to", path.display())]
    DirectoryUnsafe {
        /// The directory.
        path: PathBuf,
        /// What it is instead.
        what: &'static str,
    },
    /// Another run is under way.
    #[error("another process takes envelopes in from {}: wait for it", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The log does not hold, so what the bench has seen is not known.
    #[error("record {seq} of the log does not hold ({reason}): nothing is taken in; run `ztp audit verify`")]
    LogBroken {
        /// The record.
        seq: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller stopped the run.
    #[error("the run was stopped at {file}; what was not decided yet is taken up by the next run")]
    Interrupted {
        /// The file it had reached, by its safe name.
        file: String,
    },
    /// The vault did not take the notes of an envelope that is recorded as taken in; the next run tries again.
    #[error("the vault did not take the notes of the envelope: {message}; run the ingest again")]
    Mint {
        /// The vault's code.
        code: &'static str,
        /// The vault's words.
        message: String,
    },
    /// The log did not take the event, so the decision was not made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] VerifyError),
    /// A document of what was seen cannot be read.
    #[error(transparent)]
    Json(#[from] CanonicalError),
    /// A document of what was seen has another shape.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A document of what was seen was read from a log that does not hold: what is not in it may have been taken in all the same.
    #[error(
        "the log that was read for what the bench has seen is {status}: nothing is decided by it; run `ztp audit verify`"
    )]
    SeenOfBrokenLog {
        /// The verdict's word.
        status: String,
    },
    /// A document of what was seen contradicts itself.
    #[error("{path}: {reason}")]
    SeenMalformed {
        /// The member at fault.
        path: String,
        /// What is wrong with it.
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

impl Coded for IngestError {
    fn code(&self) -> &'static str {
        match self {
            Self::DirectoryMissing { .. } => "ingest_directory_missing",
            Self::DirectoryUnsafe { .. } => "ingest_directory_unsafe",
            Self::Locked { .. } => "ingest_locked",
            Self::LogBroken { .. } => "ingest_log_broken",
            Self::Interrupted { .. } => "cancelled",
            Self::Mint { code, .. } => code,
            Self::Store(error) => error.code(),
            Self::Log(error) => error.code(),
            Self::Json(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::SeenOfBrokenLog { .. } => "ingest_log_not_intact",
            Self::SeenMalformed { .. } => "ingest_seen_malformed",
            Self::Io { .. } => "io_error",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Json(error) => error.offset(),
            _ => None,
        }
    }
}

/// Why an envelope is refused beyond what [`verify`](crate::verify) finds: it does not fit to what the bench has taken in before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The envelope's id was used before, for other bytes.
    #[error(
        "envelope {envelope_id} was taken in before with other bytes (sha-256 {ingested}); an issuer uses an id once"
    )]
    IdReused {
        /// The id.
        envelope_id: String,
        /// Digest of the envelope that has it.
        ingested: Digest,
    },
    /// The envelope does not follow the last one of its licence.
    #[error(
        "the envelope follows {}, the last one taken in for licence {licence_id} is {}",
        shown(found.as_ref()), shown(expected.as_ref())
    )]
    PreviousMismatch {
        /// The licence.
        licence_id: String,
        /// What it says it follows.
        found: Option<Digest>,
        /// What it must follow.
        expected: Option<Digest>,
    },
    /// The clock is behind the latest time that the log attests.
    #[error(
        "the clock says {now}, record {seq} of the log was written at {floor}: correct the clock, or ask the issuer for an envelope with a clock statement"
    )]
    ClockBehind {
        /// The time of the clock.
        now: Timestamp,
        /// The latest time attested.
        floor: Timestamp,
        /// The record that attests it.
        seq: u64,
    },
    /// The notes of the envelope go into another vault, by the log's own record.
    #[error(
        "the log names vault {named} for the notes of this envelope, this is vault {given}; nothing is minted twice"
    )]
    OtherVault {
        /// The vault that the log names.
        named: Digest,
        /// The one given.
        given: Digest,
    },
    /// The vault cannot take the notes.
    #[error("the vault cannot take the notes: {message}")]
    Mint {
        /// The vault's code.
        code: &'static str,
        /// The vault's words.
        message: String,
    },
    /// What lies in the directory is no regular file.
    #[error("{file} is {what}, not a regular file; it was not opened")]
    NotAFile {
        /// Its safe name.
        file: String,
        /// What it is.
        what: &'static str,
    },
    /// The file is larger than any envelope.
    #[error("{file} has {bytes} bytes, an envelope has {bytes_max} at most; it was not read")]
    TooLarge {
        /// Its safe name.
        file: String,
        /// Bytes it has.
        bytes: u64,
        /// Most bytes an envelope has.
        bytes_max: u64,
    },
}

impl Coded for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::IdReused { .. } => "ingest_envelope_id_reused",
            Self::PreviousMismatch { .. } => "ingest_previous_mismatch",
            Self::ClockBehind { .. } => CLOCK_BEHIND,
            Self::OtherVault { .. } => "ingest_other_vault",
            Self::Mint { code, .. } => code,
            Self::NotAFile { .. } => "ingest_not_a_file",
            Self::TooLarge { .. } => "ingest_file_too_large",
        }
    }
}

fn shown(digest: Option<&Digest>) -> String {
    digest.map_or_else(|| "none".to_owned(), Digest::to_string)
}
