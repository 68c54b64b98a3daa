//! A copy of a log that holds together although the log is written to meanwhile.
//!
//! The checkpoints are read first and the segments after, up to what these checkpoints cover and on to the next seal: a seal record whose
//! checkpoint came meanwhile is not copied without it, nor a checkpoint without the records below it. Where the log goes on after a seal
//! that has no checkpoint, no writer at work explains it: then all of the log is copied, and its verification says what is missing. What is at the destination already is compared, not
//! trusted, so that an interrupted copy goes on and an old one is brought up to date. Nothing is judged here: the copy of a damaged log has
//! the same damage. The writer's state and lock are not part of a copy.

mod aside;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ztp_core::Coded;

use crate::beneath::{Dir, Refused};
use crate::checkpoint::Checkpoint;
use crate::error::VerifyError;
use crate::head;
use crate::layout::{self, SEGMENT_RECORDS};
use crate::lines::{Line, Lines, PIECE_BYTES, read_at};
use crate::note::Note;
use crate::source::{DirSource, LogSource};
use crate::verdict::Status;
use crate::verify::notes::{ChunkState, notes_of};
use crate::verify::{Progress, VerifyOptions, verify_dir};

/// Why a log was not copied. What was copied until then stays, and another run goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The log could not be read, or the caller cancelled.
    #[error(transparent)]
    Source(#[from] VerifyError),
    /// The destination is no place for a copy.
    #[error("{} {reason}: choose a new directory, or a copy that was made earlier", path.display())]
    Destination {
        /// The destination.
        path: PathBuf,
        /// What it is: a log of its own, a place inside the log, a directory that holds something else.
        reason: &'static str,
    },
    /// Another process copies to the destination.
    #[error("another process copies to {}: wait for it to end", path.display())]
    Busy {
        /// The destination.
        path: PathBuf,
    },
    /// What was copied earlier is not what the log holds.
    #[error(
        "{} at byte {offset} is not what the log has there: the log was changed since it was copied, or the copy was; keep both, nothing was \
         written to this file",
        path.display()
    )]
    Differs {
        /// The file of the copy.
        path: PathBuf,
        /// The first byte that differs.
        offset: u64,
    },
    /// The copy that was to be brought up to date does not hold the head that was given.
    #[error("{} does not hold the checkpoint you kept ({reason}): copy to a new directory without it", path.display())]
    Head {
        /// The destination.
        path: PathBuf,
        /// What its verification says.
        reason: String,
    },
}

impl Coded for CopyError {
    fn code(&self) -> &'static str {
        match self {
            Self::Source(e) => e.code(),
            Self::Destination { .. } => "copy_destination",
            Self::Busy { .. } => "copy_busy",
            Self::Differs { .. } => "copy_differs",
            Self::Head { .. } => "copy_head",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Differs { offset, .. } => Some(*offset),
            _ => None,
        }
    }
}

impl From<Refused> for CopyError {
    fn from(refused: Refused) -> Self {
        Self::Source(refused.into())
    }
}

/// What a copy did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Bytes written.
    pub bytes: u64,
    /// Bytes that were there, and the same.
    pub compared: u64,
    /// Records that the last copied checkpoint covers; 0 if there is none.
    pub size: u64,
    /// Whole records in the copy.
    pub records: u64,
    /// Bytes of the log behind the last record that belongs to the copy: a write that is under way or was cut off, records whose seal has no
    /// checkpoint yet, or what somebody put there. They stay behind.
    pub behind: u64,
    /// Names in the log's directory that are no part of a log. They stay behind; a verification of the log names them.
    pub beside: u64,
}

/// Copies the log in `from` to the directory `to`, which is made if it is not there; a copy that is there is gone on with.
///
/// With `head`, a checkpoint kept from a copy made earlier, that copy is at `to` and is verified against it; records below the head are then not
/// read from the log again. Records that differ after it are told by [`CopyError::Differs`]; those that the head does not cover and that do not
/// follow from it, by the verification of the copy, which is the caller's to make.
///
/// # Errors
/// [`CopyError`]; what was copied until then stays.
pub fn copy_log(
    from: &Path,
    to: &Path,
    head: Option<&[u8]>,
    progress: &dyn Progress,
) -> Result<Copied, CopyError> {
    let source = DirSource::new(from);
    let log = Dir::open(from)?.ok_or_else(|| VerifyError::LogNotFound { path: from.to_owned() })?;
    // Said before anything is made at the destination.
    source.segments()?;
    let refused = |reason| CopyError::Destination { path: to.to_owned(), reason };
    if is_within(to, from)? {
        return Err(refused("lies inside the log, which a copy must not change"));
    }
    std::fs::create_dir_all(to).map_err(io_error("make directory", to))?;
    let copy = Dir::open(to)?.ok_or_else(|| VerifyError::LogNotFound { path: to.to_owned() })?;
    if !copy.lock()? {
        return Err(CopyError::Busy { path: to.to_owned() });
    }
    let own = |name| copy.has(name);
    if log.is_same(&copy)? || own(layout::STATE)? || own(layout::STATE_NEW)? || own(layout::LOCK)? {
        return Err(refused("is a log of its own and not a copy"));
    }
    if holds_something_else(&copy)? {
        return Err(refused("holds something else than a copy of a log"));
    }
    let held = match head {
        Some(head) => held_by_head(to, head, progress)?,
        None => 0,
    };
    let done = Copied::default();
    let mut run =
        Run { source, log, copy, held, progress, done, total: 0, withdrawn: false, comparing: true };
    run.total = run.bytes()?;
    // All that is there is held against the log before the first byte is written: a copy that differs stays what it was.
    run.files()?;
    run.comparing = false;
    run.files()?;
    run.copy.sync()?;
    run.done.beside = run.source.beside()?.map_or(0, |beside| beside.strays_total);
    Ok(run.done)
}

/// Whether a path leads into a directory, by the part of it that is there.
fn is_within(path: &Path, dir: &Path) -> Result<bool, CopyError> {
    let dir = dir.canonicalize().map_err(io_error("look at", dir))?;
    let path = std::path::absolute(path).map_err(io_error("look at", path))?;
    let there = path.ancestors().find_map(|part| part.canonicalize().ok());
    Ok(there.is_some_and(|there| there != dir && there.starts_with(&dir)) || is_new_part(&path, &dir))
}

/// Whether a path that is not there yet would be made in a directory itself.
fn is_new_part(path: &Path, dir: &Path) -> bool {
    let there = path.ancestors().skip(1).find_map(|part| part.canonicalize().ok());
    path.canonicalize().is_err() && there.is_some_and(|there| there == dir)
}

/// Whether there is anything in a directory that has no part of a copy.
fn holds_something_else(copy: &Dir) -> Result<bool, CopyError> {
    if copy.has(layout::CHECKPOINTS)? || copy.has(layout::SEGMENTS)? {
        return Ok(false);
    }
    // What a file system makes at its root is nobody's.
    Ok(copy.names()?.iter().any(|name| name != "lost+found"))
}

/// The records of the copy in `to` that the head vouches for.
fn held_by_head(to: &Path, head: &[u8], progress: &dyn Progress) -> Result<u64, CopyError> {
    let refused = |reason: String| CopyError::Head { path: to.to_owned(), reason };
    let options = VerifyOptions { head: Some(head.to_vec()), ..VerifyOptions::default() };
    let verdict = match verify_dir(to, &options, progress) {
        Ok(verdict) => verdict,
        Err(error @ VerifyError::LogNotFound { .. }) => return Err(refused(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    if verdict.status != Status::Intact || !verdict.rests_on("auditor_head") {
        return Err(refused(format!("its verdict is {}", verdict.status.as_str())));
    }
    let size = Note::parse(head).ok().and_then(|note| Checkpoint::parse(note.text()).ok()).map(|c| c.size);
    size.ok_or_else(|| refused("the head is no checkpoint".to_owned()))
}

/// Lines between two questions whether to go on.
const LINES_UNASKED: u64 = 1 << 14;

struct Run<'p> {
    source: DirSource,
    log: Dir,
    copy: Dir,
    /// Records of the copy that need not be held against the log.
    held: u64,
    progress: &'p dyn Progress,
    done: Copied,
    total: u64,
    /// The log goes on after a seal that has no checkpoint.
    withdrawn: bool,
    /// Nothing is written: what is there is compared.
    comparing: bool,
}

impl Run<'_> {
    /// Where reading begins: the segment of the last record that the head covers.
    fn first_segment(&self) -> u64 {
        layout::segment_of(self.held.saturating_sub(1))
    }

    /// Whether the caller wants no more; asked for each file and now and then within one.
    fn ask(&self) -> Result<(), CopyError> {
        if self.progress.cancelled() {
            return Err(VerifyError::Cancelled { bytes: self.done.bytes + self.done.compared }.into());
        }
        Ok(())
    }

    /// Bytes that the log has now, for the progress.
    fn bytes(&self) -> Result<u64, CopyError> {
        let mut bytes = 0u64;
        for first in self.source.segments()?.into_iter().filter(|first| *first >= self.first_segment()) {
            self.ask()?;
            bytes = bytes.saturating_add(self.source.segment_bytes(first)?);
        }
        Ok(bytes)
    }

    fn files(&mut self) -> Result<(), CopyError> {
        self.checkpoints()?;
        self.segments()?;
        self.recovered()
    }

    fn checkpoints(&mut self) -> Result<(), CopyError> {
        let into = self.copy.make_sub(layout::CHECKPOINTS)?;
        let Some(from) = self.log.sub(layout::CHECKPOINTS)? else { return refuse_others(&into, &[]) };
        let origin = head::origin(&self.source).unwrap_or_default();
        let mut names = Vec::new();
        for first in self.source.note_segments()? {
            self.ask()?;
            let name = layout::notes_name(first);
            names.push(name.clone());
            if first < self.first_segment() {
                continue;
            }
            let Some(file) = from.read(&name)? else { continue };
            let mut end = self.source.notes_bytes(first)?;
            let mut notes = notes_of(&self.source, first, &origin, Some(end));
            while let Some(chunk) = notes.next()? {
                self.ask()?;
                match chunk.state {
                    // A checkpoint that is being written has no place in a copy.
                    ChunkState::Torn => end = chunk.offset,
                    ChunkState::Beyond => return Err(VerifyError::NotesTooLong { segment: first }.into()),
                    ChunkState::Whole => {
                        let note = Note::parse(&chunk.bytes).ok();
                        let size = note.and_then(|n| Checkpoint::parse(n.text()).ok()).map(|c| c.size);
                        self.done.size = size.unwrap_or(self.done.size);
                    }
                    ChunkState::Malformed => {}
                }
            }
            drop(notes);
            self.file((&from, &file), &into, &name, 0, end)?;
        }
        into.sync()?;
        refuse_others(&into, &names)
    }

    fn segments(&mut self) -> Result<(), CopyError> {
        let from = self.log.sub(layout::SEGMENTS)?;
        let from = from.ok_or_else(|| VerifyError::LogNotFound { path: self.log.path().to_owned() })?;
        let into = self.copy.make_sub(layout::SEGMENTS)?;
        let firsts = self.source.segments()?;
        let mut names = Vec::new();
        self.done.behind = 0;
        // Where the next segment begins, if nothing is missing between.
        let mut reached = 0;
        for (i, &first) in firsts.iter().enumerate() {
            self.ask()?;
            let name = layout::segment_name(first);
            let path = from.path().join(&name);
            let Some(file) = from.read(&name)? else { continue };
            let length = file.metadata().map_err(io_error("look at", &path))?.len();
            let full = first.checked_add(SEGMENT_RECORDS).is_some_and(|end| end <= self.done.size);
            let last = i + 1 == firsts.len();
            let (end, records, more) = if full && !last {
                (length, SEGMENT_RECORDS, true)
            } else {
                self.extent(&file, &path, first)?
            };
            self.done.behind = self.done.behind.saturating_add(length.saturating_sub(end));
            if end == 0 && !full && first == reached {
                break;
            }
            names.push(name.clone());
            reached = first.saturating_add(records);
            if records > 0 {
                self.done.records = reached;
            }
            if first >= self.first_segment() {
                let trusted = self.trusted(&into, &name, first)?;
                self.file((&from, &file), &into, &name, trusted, end)?;
            }
            if !more {
                for later in firsts.iter().filter(|later| **later > first) {
                    self.done.behind = self.done.behind.saturating_add(self.source.segment_bytes(*later)?);
                }
                break;
            }
        }
        into.sync()?;
        refuse_others(&into, &names)
    }

    /// How much of a segment belongs to the copy: whole lines, up to what the last checkpoint covers and on to the next seal. Returns the
    /// bytes, the lines, and whether the next segment may go on.
    fn extent(&mut self, file: &File, path: &Path, first: u64) -> Result<(u64, u64, bool), CopyError> {
        let mut lines = Lines::new(file, 0);
        lines.bound();
        let (mut end, mut records) = (0, 0);
        loop {
            let seq = first.saturating_add(records);
            if records.is_multiple_of(LINES_UNASKED) {
                self.ask()?;
            }
            let covered = self.withdrawn || seq < self.done.size;
            match lines.next().map_err(io_error("read", path))? {
                Some(Line::Whole { bytes, .. }) if covered || !is_seal(bytes) => {}
                Some(Line::TooLong { ended: true, .. }) => {}
                Some(Line::Whole { .. }) => {
                    let after = lines.at();
                    let goes_on =
                        matches!(lines.next().map_err(io_error("read", path))?, Some(Line::Whole { .. }))
                            || self.source.segments()?.iter().any(|later| *later > first);
                    if !goes_on || self.has_checkpoint(first, seq.saturating_add(1))? {
                        return Ok((end, records, false));
                    }
                    self.withdrawn = true;
                    lines = Lines::new(file, after);
                    lines.bound();
                }
                Some(Line::TooLong { .. } | Line::Endless { .. } | Line::Rest { .. }) | None => break,
            }
            end = lines.at();
            records += 1;
        }
        Ok((end, records, true))
    }

    /// Whether the log has a checkpoint of `size` records now.
    fn has_checkpoint(&self, segment: u64, size: u64) -> Result<bool, CopyError> {
        let origin = head::origin(&self.source).unwrap_or_default();
        let mut notes = notes_of(&self.source, segment, &origin, None);
        while let Some(chunk) = notes.next()? {
            let note = Note::parse(&chunk.bytes).ok().and_then(|note| Checkpoint::parse(note.text()).ok());
            if note.is_some_and(|checkpoint| checkpoint.size == size) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Bytes of the copy's segment that the head vouches for.
    fn trusted(&self, into: &Dir, name: &str, first: u64) -> Result<u64, CopyError> {
        let Some(file) = into.read(name)? else { return Ok(0) };
        let path = into.path().join(name);
        let mut lines = Lines::new(&file, 0);
        for _ in first..self.held {
            if lines.next().map_err(io_error("read", &path))?.is_none() {
                break;
            }
        }
        Ok(lines.at())
    }

    /// Makes the copy of a file hold its first `end` bytes: in a first pass those that are there from `trusted` on are compared, in a second
    /// the others written.
    fn file(
        &mut self,
        (from, file): (&Dir, &File),
        into: &Dir,
        name: &str,
        trusted: u64,
        end: u64,
    ) -> Result<(), CopyError> {
        let (source, path) = (from.path().join(name), into.path().join(name));
        let copy = if self.comparing { into.read(name)? } else { Some(into.create(name, 0o644)?) };
        let Some(mut copy) = copy else { return Ok(()) };
        let there = copy.metadata().map_err(io_error("look at", &path))?.len();
        let differs = |offset| CopyError::Differs { path: path.clone(), offset };
        if there > end {
            return Err(differs(end));
        }
        let (mut ours, mut theirs) = (vec![0; PIECE_BYTES], vec![0; PIECE_BYTES]);
        let (mut at, end) = if self.comparing { (trusted.min(there), there) } else { (there, end) };
        while at < end {
            self.ask()?;
            let want = usize::try_from(end - at).unwrap_or(usize::MAX).min(PIECE_BYTES);
            let ours = ours.get_mut(..want).unwrap_or_default();
            let got = read_at(file, at, ours).map_err(io_error("read", &source))?;
            if got < want {
                return Err(VerifyError::Io {
                    action: "read",
                    path: source,
                    source: io::ErrorKind::UnexpectedEof.into(),
                }
                .into());
            }
            if self.comparing {
                let theirs = theirs.get_mut(..want).unwrap_or_default();
                read_at(&copy, at, theirs).map_err(io_error("read", &path))?;
                if let Some(place) = ours.iter().zip(&*theirs).position(|(a, b)| a != b) {
                    return Err(differs(at + place as u64));
                }
                self.done.compared += want as u64;
            } else {
                copy.write_all(ours).map_err(io_error("write", &path))?;
                self.done.bytes += want as u64;
            }
            at += want as u64;
            let done = self.done.bytes + self.done.compared;
            self.progress.advance(done, self.total.max(done));
        }
        if self.comparing { Ok(()) } else { Ok(copy.sync_all().map_err(io_error("sync", &path))?) }
    }
}

/// Whether a line is, by what it says of itself, a seal.
fn is_seal(line: &[u8]) -> bool {
    line.starts_with(b"{\"event_class\":\"log.sealed\"")
}

/// A copy that holds more than the log is not one of it.
fn refuse_others(into: &Dir, names: &[String]) -> Result<(), CopyError> {
    for name in into.names()? {
        if !names.contains(&name) {
            return Err(CopyError::Differs { path: into.path().join(name), offset: 0 });
        }
    }
    Ok(())
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> VerifyError {
    let path = path.to_owned();
    move |source| VerifyError::Io { action, path, source }
}
