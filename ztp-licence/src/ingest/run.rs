//! The steps of an ingest, in the order that makes a crash between any two of them harmless.

use std::path::Path;

use rustix::fs::FileType;
use ztp_audit::source::LogSource;
use ztp_audit::store::Writer;
use ztp_core::canonical::{self, Limits};
use ztp_core::time::Timestamp;

use super::commit::Recorded;
use super::decision::{Decision, DecisionStatus};
use super::dirs::{Directories, Directory, ENVELOPE_BYTES, Unreadable};
use super::error::{CLOCK_BEHIND, IngestError, Refusal};
use super::names;
use super::place::place;
use super::report::{FileReport, FileResult, RunReport};
use super::seen::Seen;
use super::step::{Minting, Observer, Step, Uninterrupted};
use crate::limits::DEPTH_MAX;
use crate::{ENVELOPE_BYTES_MAX, Trust, Verdict};

/// How long a file that is not a whole document must have been left alone before it is judged as it is: five seconds.
pub const QUIET_MS_DEFAULT: u64 = 5_000;

/// The longest such time: an hour.
pub const QUIET_MS_MAX: u64 = 3_600_000;

/// An ingest with everything it works on.
pub struct Ingest<'a> {
    pub(super) log: &'a mut Writer,
    pub(super) seen: Seen,
    pub(super) vault: Option<&'a mut dyn Minting>,
    quiet_ms: u64,
    across: bool,
    pub(super) recorded: bool,
}

impl std::fmt::Debug for Ingest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ingest")
            .field("log", &self.log)
            .field("bench_id", &self.seen.bench_id())
            .finish_non_exhaustive()
    }
}

impl<'a> Ingest<'a> {
    /// Folds the log and so learns what the bench `bench_id` has seen, as far as `trust` proves it. `source` reads the directory that
    /// `log` writes.
    ///
    /// # Errors
    /// [`IngestError::LogBroken`] if a record does not hold, or the log read is not the one written.
    pub fn new(
        log: &'a mut Writer,
        source: &dyn LogSource,
        trust: &Trust,
        bench_id: &str,
    ) -> Result<Self, IngestError> {
        let seen = Seen::fold(source, trust, Some(bench_id))?;
        if seen.head() != Some(log.last()) {
            let reason = "the log read is not the log written".to_owned();
            return Err(IngestError::LogBroken { seq: log.last().0, reason });
        }
        Ok(Self { log, seen, vault: None, quiet_ms: QUIET_MS_DEFAULT, across: false, recorded: false })
    }

    /// Mints the notes of accepted envelopes into this vault.
    #[must_use]
    pub fn into_vault(mut self, vault: &'a mut dyn Minting) -> Self {
        self.vault = Some(vault);
        self
    }

    /// How long an incomplete file must have been left alone before it is judged, in milliseconds, at most [`QUIET_MS_MAX`].
    #[must_use]
    pub fn after_quiet_ms(mut self, quiet_ms: u64) -> Self {
        self.quiet_ms = quiet_ms.min(QUIET_MS_MAX);
        self
    }

    /// Copies each file instead of renaming it, as is done in any case between file systems: for a file system that cannot rename between
    /// directories, and to try that out.
    #[must_use]
    pub fn across_file_systems(mut self) -> Self {
        self.across = true;
        self
    }

    /// What the bench has seen so far.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Takes in every complete file in `dir/incoming` (`dir` may also name `incoming` itself), those of an interrupted run first,
    /// and seals the log if anything was recorded.
    ///
    /// # Errors
    /// [`IngestError`]: what could not be done. Decisions made before are recorded, files not decided about are not lost.
    pub fn run(
        &mut self,
        dir: &Path,
        now: Timestamp,
        observer: &mut dyn Observer,
    ) -> Result<RunReport, IngestError> {
        let root = match (dir.file_name(), dir.parent()) {
            (Some(name), Some(parent)) if name == "incoming" => parent,
            _ => dir,
        };
        let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
        let dirs = Directories::open(root)?;
        let mut report = RunReport { findings: self.seen.findings.clone(), ..RunReport::default() };
        for name in dirs.work.names()?.0 {
            report.files.push(self.settle(&dirs, &name, now, observer)?);
        }
        let (names, more) = dirs.incoming.names()?;
        report.more = more;
        for name in names {
            match self.claim(&dirs, &name, now, observer)? {
                Claim::Gone => {}
                Claim::Left(file) => report.files.push(file),
                Claim::Claimed(name) => {
                    reached(observer, Step::Claimed, &name)?;
                    report.files.push(self.settle(&dirs, name.as_bytes(), now, observer)?);
                }
            }
        }
        self.settle_behind(&dirs, now, observer, &mut report)?;
        self.seal(now)?;
        Ok(report)
    }

    /// Takes up the files that waited for the clock, where one of this run brought the issuer's word about it.
    fn settle_behind(
        &mut self,
        dirs: &Directories,
        now: Timestamp,
        observer: &mut dyn Observer,
        report: &mut RunReport,
    ) -> Result<(), IngestError> {
        if self.seen.clock.time_of(now).is_err() {
            return Ok(());
        }
        let waits = |file: &FileReport| file.codes.contains(&CLOCK_BEHIND) && file.kept_as.is_none();
        let (waiting, settled) = std::mem::take(&mut report.files).into_iter().partition(waits);
        report.files = settled;
        for FileReport { file, .. } in waiting {
            report.files.push(self.settle(dirs, file.as_bytes(), now, observer)?);
        }
        Ok(())
    }

    /// Decides about an envelope that is no file of the incoming directory, and records the decision.
    ///
    /// # Errors
    /// [`IngestError`] if it could not be recorded: then it was not made.
    pub fn envelope(&mut self, envelope: &[u8], file: &str, now: Timestamp) -> Result<Recorded, IngestError> {
        let file = names::safe(file.as_bytes());
        let recorded = self.record(envelope, &file, now, &mut Uninterrupted)?;
        self.seal(now)?;
        Ok(recorded)
    }

    fn seal(&mut self, now: Timestamp) -> Result<(), IngestError> {
        if std::mem::take(&mut self.recorded) {
            self.log.seal(now)?;
        }
        Ok(())
    }

    /// Moves a file that is complete, or that nobody has touched for a while, into `work/`.
    fn claim(
        &self,
        dirs: &Directories,
        name: &[u8],
        now: Timestamp,
        observer: &mut dyn Observer,
    ) -> Result<Claim, IngestError> {
        let file = names::safe(name);
        let left = |result, message: Option<String>| {
            Claim::Left(FileReport { message, ..FileReport::new(file.clone(), result) })
        };
        let Some(look) = dirs.incoming.look(name)? else { return Ok(Claim::Gone) };
        if names::is_temporary(name) {
            return Ok(left(
                FileResult::Waiting,
                Some("the name of a file that is still being copied".into()),
            ));
        }
        // A change that lies ahead of the clock is no reason to think that the copy has ended.
        let age_ms = u64::try_from(now.as_millis().saturating_sub(look.changed_ms)).ok();
        let quiet = self.quiet_ms == 0 || age_ms.is_some_and(|age_ms| age_ms >= self.quiet_ms);
        if look.kind == FileType::RegularFile
            && !quiet
            && let Some(why) = unfinished(&dirs.incoming, name)?
        {
            return Ok(left(FileResult::Waiting, Some(why.into())));
        }
        let copied = || reached(observer, Step::Copied, &file);
        match dirs.incoming.move_to(name, &dirs.work, &file, self.across, copied) {
            Ok(true) => Ok(Claim::Claimed(file)),
            Ok(false) => Ok(left(FileResult::Stuck, Some("a file of this name is still at work".into()))),
            Err(IngestError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                Ok(Claim::Gone)
            }
            // What cannot be moved, such as a mount point, must not keep the others waiting.
            Err(error @ IngestError::Io { .. }) => Ok(left(FileResult::Stuck, Some(error.to_string()))),
            Err(error) => Err(error),
        }
    }

    /// Decides about a file in `work/`, records it, and puts it at its place with the reason beside it.
    fn settle(
        &mut self,
        dirs: &Directories,
        name: &[u8],
        now: Timestamp,
        observer: &mut dyn Observer,
    ) -> Result<FileReport, IngestError> {
        let file = String::from_utf8_lossy(name).into_owned();
        let (bytes, recorded) = match dirs.work.read(name, ENVELOPE_BYTES)? {
            Ok(Some(bytes)) => {
                let recorded = self.record(&bytes, &file, now, observer)?;
                (Some(bytes), recorded)
            }
            Ok(None) => return Ok(FileReport::new(file, FileResult::Waiting)),
            Err(unreadable) => {
                let refusal = match unreadable {
                    Unreadable::Kind(kind) => Refusal::NotAFile { file: file.clone(), what: word(kind) },
                    Unreadable::Size(bytes) => {
                        Refusal::TooLarge { file: file.clone(), bytes, bytes_max: ENVELOPE_BYTES }
                    }
                };
                reached(observer, Step::Decided, &file)?;
                let at = self.seen.clock.time_of(now).unwrap_or(now);
                let recorded = self.record_refusal(Decision::unread(refusal, at), &file, None)?;
                reached(observer, Step::Recorded, &file)?;
                (None, recorded)
            }
        };
        let decision = &recorded.decision;
        if decision.codes().contains(&CLOCK_BEHIND) {
            // Nothing is wrong with the envelope: it stays at work until the clock is corrected.
            return Ok(FileReport {
                codes: decision.codes(),
                envelope_digest: decision.envelope_digest(),
                seq: Some(recorded.seq),
                message: decision.refusals.first().map(ToString::to_string),
                ..FileReport::new(file, FileResult::Waiting)
            });
        }
        let kept_as = match place(dirs, name, bytes.as_deref(), &recorded, &file, self.across, observer) {
            Ok(kept_as) => kept_as,
            // The decision is recorded, and the next run finds it; the other files are not kept waiting.
            Err(error @ IngestError::Io { .. }) => {
                return Ok(FileReport {
                    codes: decision.codes(),
                    envelope_digest: decision.envelope_digest(),
                    seq: Some(recorded.seq),
                    notes: recorded.notes,
                    message: Some(error.to_string()),
                    ..FileReport::new(file, FileResult::Stuck)
                });
            }
            Err(error) => return Err(error),
        };
        let result = match decision.status() {
            DecisionStatus::Accepted => FileResult::Accepted,
            DecisionStatus::AlreadyIngested => FileResult::AlreadyIngested,
            DecisionStatus::Refused => FileResult::Refused,
        };
        let seen = decision.envelope_digest().and_then(|digest| self.seen.envelope(&digest));
        Ok(FileReport {
            codes: decision.codes(),
            envelope_digest: decision.envelope_digest(),
            envelope_id: seen.map(|seen| seen.envelope_id.clone()),
            kept_as,
            seq: Some(recorded.seq),
            notes: recorded.notes,
            message: recorded.message.or_else(|| first_message(decision)),
            ..FileReport::new(file, result)
        })
    }
}

/// What became of a name in the incoming directory.
enum Claim {
    Gone,
    Left(FileReport),
    Claimed(String),
}

pub(super) fn reached(observer: &mut dyn Observer, step: Step, file: &str) -> Result<(), IngestError> {
    if observer.reached(step, file) {
        Ok(())
    } else {
        Err(IngestError::Interrupted { file: file.to_owned() })
    }
}

/// What a file is that is no whole canonical document: the beginning of one never is. A formatter's or editor's work is whole and will not
/// become canonical, but may be replaced by who notices; it is judged once it was left alone, as all others are.
fn unfinished(directory: &Directory, name: &[u8]) -> Result<Option<&'static str>, IngestError> {
    let limits = Limits { bytes_max: ENVELOPE_BYTES_MAX, depth_max: DEPTH_MAX };
    Ok(match directory.read(name, ENVELOPE_BYTES)? {
        Ok(Some(bytes)) if canonical::check(&bytes, &limits).is_ok() => None,
        Ok(Some(bytes)) if canonical::read(&bytes, &limits).is_ok() => Some(
            "whole, not canonical: an editor or a formatter changed it; carry it again as the issuer gave it",
        ),
        Ok(_) | Err(Unreadable::Size(_)) => Some("not a whole document yet"),
        // What is no file, or no longer one, does not become more complete.
        Err(Unreadable::Kind(_)) => None,
    })
}

fn first_message(decision: &Decision) -> Option<String> {
    let failure = decision.verdict().and_then(Verdict::failure).map(ToString::to_string);
    failure
        .filter(|_| decision.status() == DecisionStatus::Refused)
        .or_else(|| decision.refusals.first().map(ToString::to_string))
}

fn word(kind: FileType) -> &'static str {
    match kind {
        FileType::Symlink => "a symbolic link",
        FileType::Directory => "a directory",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "of an unknown kind",
    }
}
