//! Where a verifier reads a log from: a directory, or memory. Nothing is written, and no link below the directory is followed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::beneath::Dir;
use crate::error::VerifyError;
use crate::layout::{self, LINE_BYTES_MAX, NOTES_BYTES_MAX};

/// One segment file of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentInfo {
    /// First sequence number, from its name.
    pub first_seq: u64,
    /// Bytes it has.
    pub bytes: u64,
}

/// A log to be verified: its segments, and the checkpoint notes beside them.
pub trait LogSource: Sync {
    /// First sequence numbers of the segment files, ascending.
    ///
    /// # Errors
    /// [`VerifyError`] if the log is not there or cannot be listed.
    fn segments(&self) -> Result<Vec<u64>, VerifyError>;

    /// Bytes that the segment has now.
    ///
    /// # Errors
    /// [`VerifyError`] if it cannot be read or is not a regular file.
    fn segment_bytes(&self, first_seq: u64) -> Result<u64, VerifyError>;

    /// Reads from a segment into `buffer` and returns how many bytes there were; fewer than asked only at the end of the file.
    ///
    /// # Errors
    /// [`VerifyError`] if it cannot be read.
    fn read_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError>;

    /// First sequence numbers of the segments for which there are checkpoint notes, ascending.
    ///
    /// # Errors
    /// [`VerifyError`] if they cannot be listed.
    fn note_segments(&self) -> Result<Vec<u64>, VerifyError>;

    /// The checkpoint notes of a segment, at most [`NOTES_BYTES_MAX`] bytes; empty if there are none.
    ///
    /// # Errors
    /// [`VerifyError`] if they cannot be read.
    fn notes(&self, first_seq: u64) -> Result<Vec<u8>, VerifyError>;
}

/// Hands out the whole lines of a log in order, with their places, until `take` breaks off; returns how many it handed out.
///
/// Memory is bounded by [`LINE_BYTES_MAX`]; a longer line, or a segment that is missing, ends the walk with an error.
///
/// # Errors
/// [`VerifyError`] of the source or of `take`.
pub fn each_line(
    source: &dyn LogSource,
    take: impl FnMut(u64, &[u8]) -> Result<ControlFlow<()>, VerifyError>,
) -> Result<u64, VerifyError> {
    each_line_from(source, 0, take)
}

/// As [`each_line`], from the segment on that holds the line `from`: the first line handed out is that of the segment.
/// Returns the sequence number after the last line handed out.
///
/// # Errors
/// As [`each_line`].
pub fn each_line_from(
    source: &dyn LogSource,
    from: u64,
    mut take: impl FnMut(u64, &[u8]) -> Result<ControlFlow<()>, VerifyError>,
) -> Result<u64, VerifyError> {
    let segments = source.segments()?;
    let skipped = segments.partition_point(|first| *first <= from).saturating_sub(1);
    let mut seq = if skipped == 0 { 0 } else { segments.get(skipped).copied().unwrap_or_default() };
    let mut buffer = Vec::new();
    for segment in segments.into_iter().skip(skipped) {
        if segment != seq {
            return Err(VerifyError::Damaged { seq });
        }
        let bytes = source.segment_bytes(segment)?;
        let mut at = 0;
        buffer.clear();
        while at < bytes {
            let held = buffer.len();
            if held > LINE_BYTES_MAX {
                return Err(VerifyError::Damaged { seq });
            }
            buffer.resize(held + (256 << 10), 0);
            let got = source.read_at(segment, at, buffer.get_mut(held..).unwrap_or_default())?;
            buffer.truncate(held + got);
            if got == 0 {
                break;
            }
            at += got as u64;
            let whole = memchr::memrchr(b'\n', &buffer).map_or(0, |end| end + 1);
            for line in buffer.get(..whole).unwrap_or_default().split_inclusive(|&b| b == b'\n') {
                seq += 1;
                if take(seq - 1, line.strip_suffix(b"\n").unwrap_or(line))?.is_break() {
                    return Ok(seq);
                }
            }
            buffer.drain(..whole);
        }
    }
    Ok(seq)
}

/// A log directory. It is opened when it is first read and held from then on, with its two parts, as long as the source or a clone lives.
#[derive(Debug, Clone)]
pub struct DirSource {
    dir: PathBuf,
    held: Arc<Held>,
}

#[derive(Debug, Default)]
struct Held {
    top: OnceLock<Dir>,
    segments: OnceLock<Dir>,
    checkpoints: OnceLock<Dir>,
}

/// What `cell` holds, or what `open` gives it to hold.
fn held(
    cell: &OnceLock<Dir>,
    open: impl FnOnce() -> Result<Option<Dir>, VerifyError>,
) -> Result<Option<&Dir>, VerifyError> {
    match cell.get() {
        Some(dir) => Ok(Some(dir)),
        None => Ok(open()?.map(|dir| cell.get_or_init(|| dir))),
    }
}

impl DirSource {
    /// The log in `dir`.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), held: Arc::default() }
    }

    fn part(&self, cell: &'static str) -> Result<Option<&Dir>, VerifyError> {
        let Some(top) = held(&self.held.top, || Ok(Dir::open(&self.dir)?))? else { return Ok(None) };
        let place = if cell == layout::SEGMENTS { &self.held.segments } else { &self.held.checkpoints };
        held(place, || Ok(top.sub(cell)?))
    }

    fn segment(&self, first_seq: u64) -> Result<(File, PathBuf), VerifyError> {
        let name = layout::segment_name(first_seq);
        let path = layout::segment_path(&self.dir, first_seq);
        let file = self.part(layout::SEGMENTS)?.map(|dir| dir.read(&name)).transpose()?.flatten();
        match file {
            Some(file) => Ok((file, path)),
            None => Err(io_error("open", &path)(io::ErrorKind::NotFound.into())),
        }
    }

    fn list(dir: &Dir, parse: impl Fn(&str) -> Option<u64>) -> Result<Vec<u64>, VerifyError> {
        let mut firsts: Vec<u64> = dir.names()?.iter().filter_map(|name| parse(name)).collect();
        firsts.sort_unstable();
        Ok(firsts)
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> VerifyError {
    let path = path.to_owned();
    move |source| VerifyError::Io { action, path, source }
}

impl LogSource for DirSource {
    fn segments(&self) -> Result<Vec<u64>, VerifyError> {
        match self.part(layout::SEGMENTS)? {
            Some(dir) => Self::list(dir, layout::parse_segment_name),
            None => Err(VerifyError::LogNotFound { path: self.dir.clone() }),
        }
    }

    fn segment_bytes(&self, first_seq: u64) -> Result<u64, VerifyError> {
        let (file, path) = self.segment(first_seq)?;
        Ok(file.metadata().map_err(io_error("look at", &path))?.len())
    }

    fn read_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        let (file, path) = self.segment(first_seq)?;
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|r| !r.is_empty()) {
            match file.read_at(rest, offset + done as u64) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(io_error("read", &path)(e)),
            }
        }
        Ok(done)
    }

    fn note_segments(&self) -> Result<Vec<u64>, VerifyError> {
        match self.part(layout::CHECKPOINTS)? {
            None => Ok(Vec::new()),
            Some(dir) => Self::list(dir, layout::parse_notes_name),
        }
    }

    fn notes(&self, first_seq: u64) -> Result<Vec<u8>, VerifyError> {
        let name = layout::notes_name(first_seq);
        let file = self.part(layout::CHECKPOINTS)?.map(|dir| dir.read(&name)).transpose()?.flatten();
        let Some(file) = file else { return Ok(Vec::new()) };
        let mut bytes = Vec::new();
        let path = layout::notes_path(&self.dir, first_seq);
        file.take(NOTES_BYTES_MAX).read_to_end(&mut bytes).map_err(io_error("read", &path))?;
        Ok(bytes)
    }
}

/// A log held in memory, for tests, fuzzing and callers that have the bytes already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemorySource {
    /// Segment bytes by first sequence number.
    pub segments: BTreeMap<u64, Vec<u8>>,
    /// Checkpoint notes by first sequence number of their segment.
    pub notes: BTreeMap<u64, Vec<u8>>,
}

impl LogSource for MemorySource {
    fn segments(&self) -> Result<Vec<u64>, VerifyError> {
        Ok(self.segments.keys().copied().collect())
    }

    fn segment_bytes(&self, first_seq: u64) -> Result<u64, VerifyError> {
        Ok(self.segments.get(&first_seq).map_or(0, |s| s.len() as u64))
    }

    fn read_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        let segment = self.segments.get(&first_seq).map(Vec::as_slice).unwrap_or_default();
        let rest = usize::try_from(offset).ok().and_then(|o| segment.get(o..)).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }

    fn note_segments(&self) -> Result<Vec<u64>, VerifyError> {
        Ok(self.notes.keys().copied().collect())
    }

    fn notes(&self, first_seq: u64) -> Result<Vec<u8>, VerifyError> {
        Ok(self.notes.get(&first_seq).cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_handed_out_from_the_segment_that_holds_the_one_asked_for() {
        let mut source = MemorySource::default();
        for (first, text) in [(0, "a\nb\n"), (2, "c\nd\n"), (4, "e\nhalf")] {
            source.segments.insert(first, text.as_bytes().to_vec());
        }
        let from = |from| {
            let mut lines = Vec::new();
            let end = each_line_from(&source, from, |seq, line| {
                lines.push((seq, String::from_utf8_lossy(line).into_owned()));
                Ok(ControlFlow::Continue(()))
            });
            (end.unwrap(), lines.first().cloned(), lines.len())
        };
        let first = |seq, text: &str| Some((seq, text.to_owned()));
        assert_eq!(from(0), (5, first(0, "a"), 5));
        assert_eq!(from(1), (5, first(0, "a"), 5));
        assert_eq!(from(2), (5, first(2, "c"), 3));
        assert_eq!(from(3), (5, first(2, "c"), 3));
        assert_eq!(from(9), (5, first(4, "e"), 1));
        source.segments.remove(&2);
        let missing = each_line_from(&source, 1, |_, _| Ok(ControlFlow::Continue(())));
        assert!(matches!(missing, Err(VerifyError::Damaged { seq: 2 })));
        source.segments.remove(&0);
        let missing = each_line(&source, |_, _| Ok(ControlFlow::Continue(())));
        assert!(matches!(missing, Err(VerifyError::Damaged { seq: 0 })));
    }
}
