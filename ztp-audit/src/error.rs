//! Why the store or the verifier could not do its work. A negative verdict is not an error: see [`crate::verdict::Verdict`].

use std::io;
use std::path::PathBuf;

use ztp_core::Coded;

use crate::beneath::Refused;
use crate::layout::NOTES_BYTES_MAX;
use crate::tree::TreeError;

/// Why the writer refused. Nothing that was acknowledged earlier is lost by any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The directory already holds a log.
    #[error("{} already holds a log: open it, or choose an empty directory", path.display())]
    LogExists {
        /// The directory.
        path: PathBuf,
    },
    /// There is no log in the directory.
    #[error("{} holds no log: make one with `ztp audit init`", path.display())]
    LogNotFound {
        /// The directory.
        path: PathBuf,
    },
    /// The making of a log was cut off before its first record was durable.
    #[error("no log was made in {} yet, only begun: run init again, which finishes it", path.display())]
    LogUnfinished {
        /// The directory.
        path: PathBuf,
    },
    /// Another writer holds the lock.
    #[error("another process writes to the log in {}: stop it, send your records through it, or wait for it (--wait, wait_ms)", path.display())]
    Locked {
        /// The log's directory.
        path: PathBuf,
    },
    /// The signing state is gone: the log can be verified but never continued.
    #[error("{} is missing: without its evolved key the log cannot be continued; verify it, keep it and open a new one", path.display())]
    StateMissing {
        /// The state file.
        path: PathBuf,
    },
    /// The signing state does not read back as written.
    #[error("{} is damaged at line {line}: restoring an old copy will not help, its key is used up", path.display())]
    StateDamaged {
        /// The state file.
        path: PathBuf,
        /// The first line that does not read back.
        line: usize,
    },
    /// The log ends before the last seal that the state knows.
    #[error(
        "the log ends at {found} records but was sealed at {sealed}: records are missing, treat it as an incident"
    )]
    Truncated {
        /// Records the last seal covered.
        sealed: u64,
        /// Whole records found.
        found: u64,
    },
    /// The log was sealed beyond what the state knows: an old state was put back.
    #[error(
        "the log was sealed after the state was written (seal at record {seq}): an old state was put back, treat it as an incident"
    )]
    StateRolledBack {
        /// The seal the state does not know.
        seq: u64,
    },
    /// A record after the last seal does not verify, and is no torn tail.
    #[error("record {seq} at byte {offset} of {} is damaged ({reason}): nothing was changed, run `ztp audit verify`", path.display())]
    Damaged {
        /// Its place in the log.
        seq: u64,
        /// The segment file.
        path: PathBuf,
        /// Byte offset of its line in the segment.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// A record could not be made of an event.
    #[error("event {index} of the batch was refused: {reason}; nothing of the batch was written")]
    Event {
        /// Position in the batch, from 0.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// The class of an event belongs to the log itself.
    #[error("event {index} of the batch has the class {class}, which only the log itself writes")]
    ReservedClass {
        /// Position in the batch, from 0.
        index: usize,
        /// The class.
        class: String,
    },
    /// The origin is not a C2SP key name.
    #[error("origin {origin:?} is not acceptable: {reason}")]
    Origin {
        /// What was given.
        origin: String,
        /// Why not.
        reason: String,
    },
    /// The host gave no randomness for a key.
    #[error("no randomness for the next epoch's key: {reason}")]
    Entropy {
        /// What the host said.
        reason: String,
    },
    /// The host's randomness gave a key that this log had already.
    #[error("the randomness for the next epoch's key gave one that this log had before: nothing was written")]
    KeyRepeated,
    /// An earlier write or sync failed; this writer takes no more.
    #[error("an earlier write failed, and a second sync may lie about it: open the log again")]
    Poisoned,
    /// Somebody else wrote to the segment although this writer holds the lock.
    #[error("{} has {found} bytes where this writer left {expected}: a second writer is at work; nothing of this batch is acknowledged", path.display())]
    Overtaken {
        /// The segment.
        path: PathBuf,
        /// Bytes it had when this writer last wrote.
        expected: u64,
        /// Bytes it has.
        found: u64,
    },
    /// The file that was written to is no longer the one at its path.
    #[error("{} is another file than the one this writer holds open: it was replaced while the log was written to; nothing of this batch is acknowledged", path.display())]
    Replaced {
        /// The path.
        path: PathBuf,
    },
    /// A path is not what it must be (a regular file, a directory).
    #[error("{} is not {expected}", path.display())]
    WrongFileType {
        /// The path.
        path: PathBuf,
        /// What it must be.
        expected: &'static str,
    },
    /// A file that is small in every log is not.
    #[error("{} is larger than {bytes_max} bytes, which no such file of a log is", path.display())]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// The most it can have.
        bytes_max: u64,
    },
    /// One more checkpoint would make a notes file larger than a reader takes.
    #[error("{} has {bytes} bytes and takes no other checkpoint: a verifier reads {bytes_max} at most; nothing was written", path.display())]
    NotesFull {
        /// The notes file.
        path: PathBuf,
        /// Bytes it has.
        bytes: u64,
        /// The most that a verifier reads.
        bytes_max: u64,
    },
    /// The tree cannot take more records.
    #[error(transparent)]
    Tree(#[from] TreeError),
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

impl Coded for StoreError {
    fn code(&self) -> &'static str {
        match self {
            Self::LogExists { .. } => "log_exists",
            Self::LogNotFound { .. } => "log_not_found",
            Self::LogUnfinished { .. } => "log_unfinished",
            Self::Locked { .. } => "log_locked",
            Self::StateMissing { .. } => "state_missing",
            Self::StateDamaged { .. } => "state_damaged",
            Self::Truncated { .. } => "log_truncated",
            Self::StateRolledBack { .. } => "state_rolled_back",
            Self::Damaged { .. } => "log_damaged",
            Self::Event { .. } => "event_refused",
            Self::ReservedClass { .. } => "event_class_reserved",
            Self::Origin { .. } => "origin_invalid",
            Self::Entropy { .. } => "entropy_unavailable",
            Self::KeyRepeated => "key_repeated",
            Self::Poisoned => "writer_poisoned",
            Self::Overtaken { .. } => "writer_overtaken",
            Self::Replaced { .. } => "log_replaced",
            Self::WrongFileType { .. } => "wrong_file_type",
            Self::FileTooLarge { .. } => "log_file_too_large",
            Self::NotesFull { .. } => "notes_full",
            Self::Tree(e) => e.code(),
            Self::Io { .. } => "io_error",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Damaged { offset, .. } => Some(*offset),
            _ => None,
        }
    }
}

impl From<Refused> for StoreError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::WrongType { path, expected } => Self::WrongFileType { path, expected },
            Refused::Io { action, path, source } => Self::Io { action, path, source },
        }
    }
}

impl From<Refused> for VerifyError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::WrongType { path, expected } => Self::WrongFileType { path, expected },
            Refused::Io { action, path, source } => Self::Io { action, path, source },
        }
    }
}

/// Why a log could not be verified, or a proof not be made. None of these says that the log is good or bad.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no log in the directory.
    #[error("{} holds no log: the directory `segments` is missing; if a log was here, treat it as an incident", path.display())]
    LogNotFound {
        /// The directory.
        path: PathBuf,
    },
    /// The operating system refused to read.
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
    /// A part of the log is not a regular file (a link, a pipe, a device).
    #[error("{} is not {expected}", path.display())]
    WrongFileType {
        /// The path.
        path: PathBuf,
        /// What it must be.
        expected: &'static str,
    },
    /// The auditor's head could not be read as a checkpoint.
    #[error("the head to compare with is not a signed checkpoint: {reason}")]
    HeadUnusable {
        /// Why.
        reason: String,
    },
    /// The auditor's head is of another log.
    #[error(
        "the head to compare with is of {head:?}, the log calls itself {log:?}: give the head of this log; if this should be {head:?}, \
         another log stands in its place, treat it as an incident"
    )]
    HeadOtherLog {
        /// Origin of the head.
        head: String,
        /// Origin of the log.
        log: String,
    },
    /// The key to pin is of another log.
    #[error(
        "the key to compare with is of {key:?}, the log calls itself {log:?}: give the first key of this log; if this should be {key:?}, \
         another log stands in its place, treat it as an incident"
    )]
    KeyOtherLog {
        /// Name of the key.
        key: String,
        /// Origin of the log.
        log: String,
    },
    /// An option was given without another that it needs.
    #[error("{option} needs {needs}, which was not given")]
    OptionNeeds {
        /// The option.
        option: &'static str,
        /// What it needs.
        needs: &'static str,
    },
    /// The sequence number or size asked for is not in the log.
    #[error("{what} {asked} is not in the log, which has {records} records")]
    OutOfRange {
        /// What was asked for.
        what: &'static str,
        /// The number.
        asked: u64,
        /// Records in the log.
        records: u64,
    },
    /// The log has no seal that covers what was asked for.
    #[error("no seal covers record {seq} yet: seal the log, then ask again")]
    NotSealed {
        /// The record.
        seq: u64,
    },
    /// A record is not one, does not have the hash that it states, or does not follow the one before: its content is not used.
    #[error("record {seq} is damaged, and nothing is made of it or of what follows: run `ztp audit verify`")]
    Damaged {
        /// Its place.
        seq: u64,
    },
    /// The checkpoints of a segment are more than any log's can be.
    #[error(
        "the checkpoints of segment {segment} go on after {NOTES_BYTES_MAX} bytes, where no log's can: run `ztp audit verify`"
    )]
    NotesTooLong {
        /// First sequence number of the segment.
        segment: u64,
    },
    /// The caller cancelled.
    #[error("cancelled after {bytes} bytes; nothing is known of the rest")]
    Cancelled {
        /// Bytes verified until then.
        bytes: u64,
    },
}

impl Coded for VerifyError {
    fn code(&self) -> &'static str {
        match self {
            Self::LogNotFound { .. } => "log_not_found",
            Self::Io { .. } => "io_error",
            Self::WrongFileType { .. } => "wrong_file_type",
            Self::HeadUnusable { .. } => "head_unusable",
            Self::HeadOtherLog { .. } => "head_other_log",
            Self::KeyOtherLog { .. } => "key_other_log",
            Self::OptionNeeds { .. } => "verify_option_missing",
            Self::OutOfRange { .. } => "out_of_range",
            Self::NotSealed { .. } => "not_sealed",
            Self::Damaged { .. } => "log_damaged",
            Self::NotesTooLong { .. } => "notes_too_long",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}
