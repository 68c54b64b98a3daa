//! Why a command stopped without a result: the operations' failures and the command line's own, in one shape.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use ztp_core::Coded;
use ztp_core::canonical::Value;
use ztp_core::code;
use ztp_facade::Outcome;

use crate::document::{self, Document};
use crate::exit::Exit;
use crate::words::printable;

/// What can go wrong between the person at the terminal and an operation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CliError {
    /// The command line is not one the command accepts.
    #[error("{reason}")]
    Usage {
        /// What is wrong and what to write instead.
        reason: String,
    },
    /// A point in time could not be read.
    #[error(
        "{text:?} is no point in time; write 7d, 24h, a date such as 2026-05-01, or 2026-05-01T08:00:00Z"
    )]
    Time {
        /// What was given.
        text: String,
    },
    /// An input file does not exist.
    #[error("{path} does not exist; check the path")]
    FileMissing {
        /// The file.
        path: PathBuf,
    },
    /// An input could not be read.
    #[error("cannot read {path}: {source}")]
    FileUnreadable {
        /// The file, or `standard input`.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An input is larger than anything the command accepts.
    #[error("{path} is larger than {bytes_max} bytes, the most this command reads; give the right file")]
    FileTooLarge {
        /// The file, or `standard input`.
        path: PathBuf,
        /// The limit in bytes.
        bytes_max: u64,
    },
    /// A file that must be new exists.
    #[error("{path} exists and is left as it is; choose another name or move it away")]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// An output file could not be written.
    #[error("cannot write {path}: {source}")]
    FileUnwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Standard output took no more, for another reason than that the reader left.
    #[error("cannot write the result to standard output: {source}")]
    OutputFailed {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A signal ended the input of an append.
    #[error("a signal ended the input: {standing}")]
    AppendStopped {
        /// What is in the log, and where to go on.
        standing: String,
    },
    #[cfg_attr(not(feature = "signer"), allow(dead_code, reason = "the demonstration is an issuer too"))]
    /// The demonstration did not show what it must.
    #[error("{reason}; the directory is left for inspection if it was given with --keep")]
    DemoUnexpected {
        /// What came out instead.
        reason: String,
    },
    /// The machine refused something that every run needs.
    #[error("cannot {action}: {source}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Coded for CliError {
    fn code(&self) -> &'static str {
        match self {
            Self::Usage { .. } => "usage_invalid",
            Self::Time { .. } => "time_invalid",
            Self::FileMissing { .. } => "file_missing",
            Self::FileUnreadable { .. } => "file_unreadable",
            Self::FileTooLarge { .. } => "file_too_large",
            Self::FileExists { .. } => "file_exists",
            Self::FileUnwritable { .. } => "file_unwritable",
            Self::OutputFailed { .. } => "output_failed",
            Self::AppendStopped { .. } => "append_stopped",
            Self::DemoUnexpected { .. } => "demo_unexpected",
            Self::System { .. } => "system_refused",
        }
    }
}

/// A `ztp.error/1` document with the exit status it leads to.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    document: Vec<u8>,
    /// The file that it is about, and its flag, for people. The document is the library's, byte for byte.
    about: Option<String>,
}

impl Failure {
    /// The failure of an operation, with the exit status that its code has everywhere.
    pub(crate) fn of(outcome: Outcome) -> Self {
        Self { exit: Exit::of_failure(outcome.status), document: outcome.document, about: None }
    }

    /// The failure of an operation whose codes say here, unlike elsewhere, that the question could not be answered.
    pub(crate) fn unchecked(outcome: Outcome) -> Self {
        Self { exit: Exit::Unchecked, document: outcome.document, about: None }
    }

    /// The failure of an operation whose settings are refused, whatever their codes say elsewhere: nothing was looked at.
    pub(crate) fn settings(outcome: Outcome) -> Self {
        let exit = match Exit::of_failure(outcome.status) {
            Exit::Finding => Exit::Usage,
            other => other,
        };
        Self { exit, document: outcome.document, about: None }
    }

    /// An unusable point in time.
    pub(crate) fn time(text: &str) -> Self {
        CliError::Time { text: text.chars().take(64).collect() }.into()
    }

    /// A wrong command line.
    pub(crate) fn usage(reason: impl Into<String>) -> Self {
        CliError::Usage { reason: reason.into() }.into()
    }

    /// A file that could not be read, for the reason the system gave.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => CliError::FileMissing { path },
            _ => CliError::FileUnreadable { path, source },
        }
        .into()
    }

    /// A file that could not be written, for the reason the system gave.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => CliError::FileExists { path },
            _ => CliError::FileUnwritable { path, source },
        }
        .into()
    }

    /// The same failure with more members in its document.
    pub(crate) fn with_members<const N: usize>(&self, more: [(&'static str, Option<Value>); N]) -> Self {
        let mut members = Document::parse(&self.document)
            .value(&[])
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        members.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Self {
            document: document::bytes(&Value::Object(members)),
            about: self.about.clone(),
            exit: self.exit,
        }
    }

    /// The same failure, which names the file that it is about, and the flag that it was given with.
    pub(crate) fn about(self, flag: &str, path: &Path) -> Self {
        Self { about: Some(format!("{flag} {}", path.display())), ..self }
    }

    /// Its code.
    pub(crate) fn code(&self) -> String {
        Document::parse(&self.document).text(&["code"]).unwrap_or_default().to_owned()
    }

    /// The exit status.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// The failure document, canonical JSON.
    pub(crate) fn document(&self) -> &[u8] {
        &self.document
    }

    /// The failure in words: what and where, the code, and what to do.
    pub(crate) fn words(&self) -> String {
        let document = Document::parse(&self.document);
        let name = document.text(&["code"]).unwrap_or("internal");
        let mut words = printable(document.text(&["message"]).unwrap_or("the library gave no message"));
        if let Some(about) = &self.about {
            words = format!("{}: {words}", printable(about));
        }
        // A message that already names the place is not told it twice.
        let offset = document.integer(&["offset"]).filter(|_| !words.contains("byte"));
        let _infallible = match offset {
            Some(offset) => write!(words, " ({name}, byte {offset})"),
            None => write!(words, " ({name})"),
        };
        // Nor what to do, if it says so in the same words.
        if let Some(entry) = code::by_name(name).filter(|entry| !words.contains(entry.action)) {
            let _infallible = write!(words, "\n  to do: {}", entry.action);
        }
        if matches!(name, "log_locked" | "vault_locked") {
            words.push_str("\n  or:    let the command wait for it, with --wait 30s");
        }
        words
    }
}

impl From<CliError> for Failure {
    fn from(error: CliError) -> Self {
        Self::of(Outcome::failure(&error))
    }
}

/// The document of an operation that must succeed for there to be a result.
pub(crate) fn succeeded(outcome: Outcome) -> Result<Vec<u8>, Failure> {
    if outcome.is_ok() { Ok(outcome.document) } else { Err(Failure::of(outcome)) }
}
