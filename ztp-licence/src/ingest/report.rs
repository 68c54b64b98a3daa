//! What a run did, file by file.

use ztp_core::canonical::{self, CanonicalError, Value};
use ztp_core::digest::Digest;

use super::error::CLOCK_BEHIND;
use super::finding::{Finding, Findings};
use crate::member;

/// The name of the report's format.
pub const RUN_SCHEMA: &str = "ztp.licence.ingest-run/1";

/// What became of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must decide about each")]
pub enum FileResult {
    /// Taken in, recorded, moved to `accepted/`.
    Accepted,
    /// Taken in before: nothing was recorded again.
    AlreadyIngested,
    /// Refused, recorded, moved to `rejected/`.
    Refused,
    /// Not complete yet, or changed a moment ago: left where it is.
    Waiting,
    /// It cannot be moved out of the incoming directory: left where it is.
    Stuck,
}

impl FileResult {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::AlreadyIngested => "already_ingested",
            Self::Refused => "refused",
            Self::Waiting => "waiting",
            Self::Stuck => "stuck",
        }
    }
}

/// One file of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileReport {
    /// Its name, made safe to print.
    pub file: String,
    /// What became of it.
    pub result: FileResult,
    /// The codes of what does not hold.
    pub codes: Vec<&'static str>,
    /// SHA-256 of its bytes, if it was read.
    pub envelope_digest: Option<Digest>,
    /// The id of the envelope, where it is taken in.
    pub envelope_id: Option<String>,
    /// Its place below the ingest directory now; none where it was left or dropped as a copy.
    pub kept_as: Option<String>,
    /// The record of the log that states it.
    pub seq: Option<u64>,
    /// Notes that it brought into the vault; none where no vault was given.
    pub notes: Option<u64>,
    /// Why it is stuck, or what there is to say besides.
    pub message: Option<String>,
}

impl FileReport {
    pub(super) fn new(file: String, result: FileResult) -> Self {
        Self {
            file,
            result,
            codes: Vec::new(),
            envelope_digest: None,
            envelope_id: None,
            kept_as: None,
            seq: None,
            notes: None,
            message: None,
        }
    }

    fn to_value(&self) -> Value {
        let codes: Vec<Value> = self.codes.iter().map(|&code| code.into()).collect();
        Value::object([
            ("codes", Value::from(codes)),
            ("envelope_digest", self.envelope_digest.map(|digest| digest.to_string()).into()),
            ("envelope_id", self.envelope_id.as_deref().into()),
            ("file", self.file.as_str().into()),
            ("kept_as", self.kept_as.as_deref().into()),
            ("message", self.message.as_deref().into()),
            ("notes", self.notes.map_or(Value::Null, member::number)),
            ("result", self.result.as_str().into()),
            ("seq", self.seq.map_or(Value::Null, member::number)),
        ])
    }
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "files may have been refused"]
#[non_exhaustive]
pub struct RunReport {
    /// The files in the order they were taken, those of an interrupted run first.
    pub files: Vec<FileReport>,
    /// Whether files are left that this run did not look at.
    pub more: bool,
    /// Records of the log that claim what their signed documents do not prove; the first thousand.
    pub(super) findings: Findings,
}

impl RunReport {
    /// How many files ended in this way.
    #[must_use]
    pub fn count(&self, result: FileResult) -> usize {
        self.files.iter().filter(|file| file.result == result).count()
    }

    /// The code of the first file that was refused, then of one that waits for the clock, then of one that is stuck: a run in which
    /// one was does not hold.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        let first = |result| self.files.iter().find(|file| file.result == result);
        if let Some(refused) = first(FileResult::Refused) {
            return Some(refused.codes.first().copied().unwrap_or("internal"));
        }
        let waiting = self.files.iter().filter(|file| file.result == FileResult::Waiting);
        let behind = waiting.flat_map(|file| &file.codes).any(|code| *code == CLOCK_BEHIND);
        let stuck = || first(FileResult::Stuck).map(|_| "ingest_stuck");
        behind.then_some(CLOCK_BEHIND).or_else(stuck)
    }

    /// Records of the log that claim what their signed documents do not prove; the first thousand.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings.listed
    }

    /// Writes the report as a canonical document, `ztp.licence.ingest-run/1`.
    ///
    /// # Errors
    /// None that a file can cause: everything in a report is within the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, CanonicalError> {
        let count = |result| member::number(u64::try_from(self.count(result)).unwrap_or(u64::MAX));
        let members = [
            ("accepted", count(FileResult::Accepted)),
            ("already_ingested", count(FileResult::AlreadyIngested)),
            ("code", Value::from(self.code())),
            ("files", self.files.iter().map(FileReport::to_value).collect::<Vec<_>>().into()),
            ("more", self.more.into()),
            ("refused", count(FileResult::Refused)),
            ("schema", RUN_SCHEMA.into()),
            ("stuck", count(FileResult::Stuck)),
            ("waiting", count(FileResult::Waiting)),
        ];
        canonical::write(&Value::object(members.into_iter().chain(self.findings.members())))
    }
}
