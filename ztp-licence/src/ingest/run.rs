//! The steps of an ingest, in the order that makes a crash between any two of them harmless.

use std::path::Path;

use rustix::fs::FileType;
use ztp_audit::source::LogSource;
use ztp_audit::store::{NewEvent, Writer};
use ztp_core::canonical::{self, CanonicalError, Limits, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::time::Timestamp;

use super::decide::decide;
use super::decision::{Decision, DecisionStatus};
use super::dirs::{Directories, Directory, ENVELOPE_BYTES, Unreadable};
use super::error::{CLOCK_BEHIND, IngestError, Refusal};
use super::names;
use super::record;
use super::report::{FileReport, FileResult, RunReport};
use super::seen::Seen;
use super::step::{Minting, Observer, Step, Uninterrupted};
use crate::licence::Licence;
use crate::limits::DEPTH_MAX;
use crate::member::number;
use crate::{ENVELOPE_BYTES_MAX, Trust, Verdict};

/// How long a file that is not a whole document must have been left alone before it is judged as it is: five seconds.
pub const QUIET_MS_DEFAULT: u64 = 5_000;

/// The longest such time: an hour.
pub const QUIET_MS_MAX: u64 = 3_600_000;

/// Files of one name that are kept apart in one directory before the next is called stuck.
const COPIES_MAX: u32 = 1_000;

/// The name of the format of one decision and its record.
const RECORDED_SCHEMA: &str = "ztp.licence.ingest/1";

/// An ingest with everything it works on.
pub struct Ingest<'a> {
    log: &'a mut Writer,
    seen: Seen,
    vault: Option<&'a mut dyn Minting>,
    quiet_ms: u64,
    across: bool,
    recorded: bool,
}

impl std::fmt::Debug for Ingest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ingest")
            .field("log", &self.log)
            .field("bench_id", &self.seen.bench_id())
            .finish_non_exhaustive()
    }
}

/// A decision and the record that states it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Recorded {
    /// What was decided.
    pub decision: Decision,
    /// The record, also where an earlier run wrote it.
    pub seq: u64,
    /// Its hash, where this run wrote it and it is the last of the log.
    pub hash: Option<Digest>,
    /// Notes that the envelope brought into the vault; none where no vault was given, or nothing was minted.
    pub notes: Option<u64>,
    /// What there is to say besides.
    pub message: Option<String>,
}

impl Recorded {
    /// Writes the decision and its record as a canonical document, `ztp.licence.ingest/1`.
    ///
    /// # Errors
    /// None that an envelope can cause: everything in it is within the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::write(&Value::object([
            ("code", Value::from(self.decision.codes().first().copied())),
            ("decision", self.decision.to_value(Vec::new())?),
            ("hash", self.hash.map(|hash| hash.to_string()).into()),
            ("message", self.message.as_deref().into()),
            ("notes", self.notes.map_or(Value::Null, number)),
            ("schema", RECORDED_SCHEMA.into()),
            ("seq", number(self.seq)),
        ]))
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
        if look.kind == FileType::RegularFile && !quiet && !complete(&dirs.incoming, name)? {
            return Ok(left(FileResult::Waiting, Some("not a whole document yet".into())));
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

    /// Decides, records, mints.
    fn record(
        &mut self,
        envelope: &[u8],
        file: &str,
        now: Timestamp,
        observer: &mut dyn Observer,
    ) -> Result<Recorded, IngestError> {
        let mut decision = decide(envelope, &self.seen, now);
        reached(observer, Step::Decided, file)?;
        decision.refusals.extend(self.other_vault(&decision));
        if decision.status() == DecisionStatus::AlreadyIngested {
            return self.complete(envelope, decision, file, now, observer);
        }
        let refusal = decision.licence().zip(decision.verdict()).and_then(|(licence, verdict)| {
            self.vault
                .as_deref()
                .and_then(|vault| self.vault_refuses(vault, envelope, licence, verdict, decision.at))
        });
        decision.refusals.extend(refusal);
        let Some((licence, verdict)) = decision.licence().zip(decision.verdict()) else {
            let recorded = self.record_refusal(decision, file, Some(envelope))?;
            reached(observer, Step::Recorded, file)?;
            return Ok(recorded);
        };
        let vault_id =
            self.vault.as_deref().filter(|vault| concerns(licence, *vault)).map(|vault| vault.vault_id());
        let known = verdict.trust_update().unwrap_or_else(|| self.seen.trust());
        let digest = verdict.envelope_digest();
        let events = record::ingested(licence, (envelope, digest), &verdict.signed_by, known, vault_id);
        // An accepted envelope is canonical, and so ASCII.
        let no_text = || IngestError::Io {
            action: "record",
            path: file.into(),
            source: std::io::ErrorKind::InvalidData.into(),
        };
        let events = events.ok_or_else(no_text)?;
        let (seq, hash) = self.append(&events, decision.at)?;
        self.seen.add(verdict, envelope, (seq, hash.unwrap_or(Digest::ZERO)), decision.at);
        vault_id.into_iter().for_each(|vault| self.seen.set_vault(digest, vault));
        reached(observer, Step::Recorded, file)?;
        let notes = match &mut self.vault {
            Some(vault) if concerns(licence, &**vault) => Some(vault.mint(envelope, verdict, decision.at)?),
            _ => None,
        };
        reached(observer, Step::Minted, file)?;
        Ok(Recorded { decision, seq, hash, notes, message: None })
    }

    /// Why the vault would not take what the envelope brings it.
    fn vault_refuses(
        &self,
        vault: &dyn Minting,
        envelope: &[u8],
        licence: &Licence,
        verdict: &Verdict,
        at: Timestamp,
    ) -> Option<Refusal> {
        if !concerns(licence, vault) {
            return None;
        }
        let floor = vault.clock_floor();
        // The issuer's word about a clock must hold at the time that it takes back, too.
        if at < floor
            && licence.clock_statement.is_some()
            && self.seen.verify_as_of(envelope, floor).is_none()
        {
            let (code, message) = (
                "vault_clock_behind",
                format!("the envelope does not hold at {floor}, the latest time that the vault has seen"),
            );
            return Some(Refusal::Mint { code, message });
        }
        vault.check(envelope, verdict, at).err()
    }

    /// The refusal of an envelope whose notes go into another vault than the one given, by the log's own record.
    fn other_vault(&self, decision: &Decision) -> Option<Refusal> {
        let given = self.vault.as_ref()?.vault_id();
        let named = self.seen.vault_of(&decision.envelope_digest()?)?;
        (named != given).then_some(Refusal::OtherVault { named, given })
    }

    /// Completes what an interrupted run left undone of an envelope that was taken in before, as of the moment it was decided: its notes
    /// go into the vault that the log names, or, where none was given then, into the one that is named now.
    fn complete(
        &mut self,
        envelope: &[u8],
        decision: Decision,
        file: &str,
        now: Timestamp,
        observer: &mut dyn Observer,
    ) -> Result<Recorded, IngestError> {
        let digest = sha256(envelope);
        let seen = self.seen.envelope(&digest).map(|seen| (seen.seq, seen.ingested_at));
        let (seq, then) = seen.unwrap_or((0, now));
        let mut recorded = Recorded { decision, seq, hash: None, notes: None, message: None };
        let verdict = self.seen.verify_as_of(envelope, then);
        let (Some(vault), at) = (&self.vault, self.seen.clock.time_of(now)) else { return Ok(recorded) };
        let concerned =
            verdict.as_ref().and_then(Verdict::licence).map(|licence| concerns(licence, &**vault));
        if concerned == Some(false) {
            return Ok(recorded);
        }
        let ready = verdict
            .as_ref()
            .zip(at.as_ref().ok())
            .filter(|(verdict, at)| {
                let licence = verdict.licence();
                licence.is_some_and(|l| self.vault_refuses(&**vault, envelope, l, verdict, **at).is_none())
            })
            .map(|(_, at)| *at);
        let Some((at, verdict)) = ready.zip(verdict) else {
            recorded.message = Some("taken in before; its notes cannot be minted now".to_owned());
            return Ok(recorded);
        };
        if self.seen.vault_of(&digest).is_none() {
            let vault_id = vault.vault_id();
            // First the record, then the notes: no other vault can be given them from here on.
            self.append(&[record::vault_named(digest, vault_id)], at)?;
            self.seen.set_vault(digest, vault_id);
            reached(observer, Step::Recorded, file)?;
        }
        if let Some(vault) = &mut self.vault {
            recorded.notes = Some(vault.mint(envelope, &verdict, at)?);
        }
        reached(observer, Step::Minted, file)?;
        Ok(recorded)
    }

    /// Writes a refusal down, once for each file, digest and list of codes; with the envelope, where the bench learns from it what the
    /// root signed all the same.
    fn record_refusal(
        &mut self,
        decision: Decision,
        file: &str,
        envelope: Option<&[u8]>,
    ) -> Result<Recorded, IngestError> {
        let update = decision.verdict().and_then(Verdict::trust_update);
        let known = update.unwrap_or_else(|| self.seen.trust());
        let teaches = envelope.filter(|_| update.is_some());
        let events = record::refused(&decision, file, known, teaches);
        let last = events.last().map(|event| canonical::write(&event.payload)).transpose()?;
        let payload = sha256(&last.unwrap_or_default());
        if let Some(seq) = self.seen.refusal(&payload) {
            return Ok(Recorded { decision, seq, hash: None, notes: None, message: None });
        }
        let (seq, hash) = self.append(&events, decision.at)?;
        self.seen.add_refused(payload, seq);
        if let (Some(verdict), Some(envelope)) = (decision.verdict(), teaches) {
            self.seen.learn(verdict, envelope, decision.at);
        }
        Ok(Recorded { decision, seq, hash, notes: None, message: None })
    }

    /// Appends the events of one decision, of which the last is the decision; returns its record, and its hash where no seal followed.
    fn append(&mut self, events: &[NewEvent], at: Timestamp) -> Result<(u64, Option<Digest>), IngestError> {
        let mut last = (self.log.last().0, None);
        for event in events {
            let done = self.log.append(std::slice::from_ref(event), at)?;
            self.recorded = true;
            last = (done.first_seq, (done.first_seq == done.last_seq).then_some(done.last_hash));
        }
        Ok(last)
    }
}

/// Whether an envelope has anything for a vault: notes, or the issuer's word about its clock.
fn concerns(licence: &Licence, vault: &dyn Minting) -> bool {
    let stated = licence.clock_statement.as_ref();
    !licence.mint.is_empty() || stated.is_some_and(|statement| statement.of(&vault.vault_id()).is_some())
}

/// What became of a name in the incoming directory.
enum Claim {
    Gone,
    Left(FileReport),
    Claimed(String),
}

fn reached(observer: &mut dyn Observer, step: Step, file: &str) -> Result<(), IngestError> {
    if observer.reached(step, file) {
        Ok(())
    } else {
        Err(IngestError::Interrupted { file: file.to_owned() })
    }
}

/// Whether a file is a whole canonical document: the beginning of one never is.
fn complete(directory: &Directory, name: &[u8]) -> Result<bool, IngestError> {
    let limits = Limits { bytes_max: ENVELOPE_BYTES_MAX, depth_max: DEPTH_MAX };
    Ok(match directory.read(name, ENVELOPE_BYTES)? {
        Ok(Some(bytes)) => canonical::check(&bytes, &limits).is_ok(),
        Ok(None) => false,
        // What is no file, or no longer one, does not become more complete.
        Err(Unreadable::Kind(_)) => true,
        Err(Unreadable::Size(_)) => false,
    })
}

/// Writes the reason and moves the file; returns its place, or none where the same bytes are kept there already.
fn place(
    dirs: &Directories,
    name: &[u8],
    bytes: Option<&[u8]>,
    recorded: &Recorded,
    file: &str,
    across: bool,
    observer: &mut dyn Observer,
) -> Result<Option<String>, IngestError> {
    let decision = &recorded.decision;
    let (folder, to) = match decision.status() {
        DecisionStatus::Refused => ("rejected", &dirs.rejected),
        DecisionStatus::Accepted | DecisionStatus::AlreadyIngested => ("accepted", &dirs.accepted),
    };
    for copy in 0..COPIES_MAX {
        let kept = kept_name(file, decision.envelope_digest(), copy);
        if to.look(kept.as_bytes())?.is_some() {
            let same = match bytes {
                Some(bytes) => {
                    matches!(to.read(kept.as_str(), ENVELOPE_BYTES), Ok(Ok(Some(there))) if there == bytes)
                }
                None => dirs.work.same_link(name, to, &kept),
            };
            if !same {
                continue;
            }
            dirs.work.remove(name)?;
            reached(observer, Step::Moved, file)?;
            return Ok(Some(format!("{folder}/{kept}")));
        }
        let more = vec![
            ("file", Value::from(file)),
            ("hash", recorded.hash.map(|hash| hash.to_string()).into()),
            ("seq", number(recorded.seq)),
        ];
        let reason = canonical::write(&decision.to_value(more)?)?;
        to.replace(&format!("{kept}.verdict.json"), &reason)?;
        reached(observer, Step::Explained, file)?;
        let copied = || reached(observer, Step::Copied, file);
        if dirs.work.move_to(name, to, &kept, across, copied)? {
            reached(observer, Step::Moved, file)?;
            return Ok(Some(format!("{folder}/{kept}")));
        }
    }
    let source = std::io::ErrorKind::AlreadyExists.into();
    Err(IngestError::Io { action: "find a free name in", path: to.path.clone(), source })
}

/// `NAME.DIGEST.json`, so that the same bytes always come to the same place and others never do.
fn kept_name(file: &str, digest: Option<Digest>, copy: u32) -> String {
    let (stem, extension) = file.strip_suffix(".json").map_or((file, ""), |stem| (stem, ".json"));
    let mut kept = stem.to_owned();
    if let Some(digest) = digest {
        kept.push('.');
        kept.extend(digest.to_string().chars().take(names::DIGEST_DIGITS));
    }
    if copy > 0 {
        kept.push_str(&format!(".copy-{copy}"));
    }
    kept + extension
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
