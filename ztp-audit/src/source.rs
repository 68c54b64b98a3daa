//! Where a verifier reads a log from: a directory, or memory. Nothing is written, and no link below the directory is followed.

mod beside;
mod memory;

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

pub use self::beside::{Beside, RECOVERED_MAX, STRAYS_MAX};
pub use self::memory::{LinesSource, MemorySource};
use crate::beneath::{Dir, Refused};
use crate::error::VerifyError;
use crate::layout::{self, LINE_BYTES_MAX};
use crate::lines;
use crate::record::RecordView;

/// One segment file of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentInfo {
    /// First sequence number, from its name.
    pub first_seq: u64,
    /// Bytes it has.
    pub bytes: u64,
}

/// A log to be verified: its segments, and the checkpoint notes beside them.
///
/// A source has no limits of its own: it says how many bytes there are and hands out those asked for, and a reader that stops at a
/// bound asks for one byte more and says so. A short read is the end of the file and nothing else.
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

    /// Bytes of the checkpoint notes of a segment now; 0 if there are none.
    ///
    /// # Errors
    /// [`VerifyError`] if they cannot be read or are not a regular file.
    fn notes_bytes(&self, first_seq: u64) -> Result<u64, VerifyError>;

    /// Reads from the checkpoint notes of a segment into `buffer` and returns how many bytes there were; fewer than asked only at the end of
    /// the file, none if there are no notes.
    ///
    /// # Errors
    /// As [`LogSource::notes_bytes`].
    fn read_notes_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError>;

    /// What lies beside segments and checkpoints; `None` for a source that has no directory.
    ///
    /// # Errors
    /// [`VerifyError`] if it cannot be listed.
    fn beside(&self) -> Result<Option<Beside>, VerifyError> {
        Ok(None)
    }

    /// Reads from the file of this name in `recovered/` into `buffer` and returns how many bytes there were; fewer than asked only at its
    /// end, and `None` if there is no such file.
    ///
    /// # Errors
    /// [`VerifyError`] if it cannot be read.
    fn read_recovered_at(
        &self,
        name: &str,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, VerifyError> {
        let _ = (name, offset, buffer);
        Ok(None)
    }
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
                let place = seq;
                seq = place.checked_add(1).ok_or(VerifyError::Damaged { seq: place })?;
                if take(place, line.strip_suffix(b"\n").unwrap_or(line))?.is_break() {
                    return Ok(seq);
                }
            }
            buffer.drain(..whole);
        }
    }
    Ok(seq)
}

/// Checks one line after another as records of a chain: what it hands out has the hash that it states, stands at the place that it
/// states, and follows the record before it. Whoever acts on a record's content takes it from here, and not from a line as it stands.
#[derive(Debug, Clone)]
pub struct Chain {
    next: u64,
    previous: Option<[u8; 64]>,
}

impl Chain {
    /// A chain that begins with the first record of a log.
    #[must_use]
    pub fn new() -> Self {
        Self { next: 0, previous: Some([b'0'; 64]) }
    }

    /// A chain that begins with record `seq`. What stands before it was not read, so the caller knows from elsewhere which hash the first
    /// record must follow ([`RecordView::prev_hash`]), or says that it does not.
    #[must_use]
    pub fn starting_at(seq: u64) -> Self {
        Self { next: seq, previous: None }
    }

    /// Takes the next line, without its line feed.
    ///
    /// # Errors
    /// [`VerifyError::Damaged`] with the place of the line that is no record, or not the one that belongs there.
    pub fn take<'a>(&mut self, line: &'a [u8]) -> Result<RecordView<'a>, VerifyError> {
        let damaged = VerifyError::Damaged { seq: self.next };
        let Ok(record) = RecordView::parse(line) else { return Err(damaged) };
        let follows = self.previous.is_none_or(|hash| hash == *record.prev_hash_hex);
        if record.seq != self.next || !follows || record.claimed_hash() != Some(record.computed_hash()) {
            return Err(damaged);
        }
        self.next += 1;
        self.previous = Some(*record.hash_hex);
        Ok(record)
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

/// Hands out the records of a log in order, each with its hash computed and its link held, until `take` breaks off; returns how many
/// it handed out. Memory is bounded as in [`each_line`].
///
/// # Errors
/// [`VerifyError::Damaged`] with the place of the first record that fails; those of the source or of `take`.
pub fn each_record(
    source: &dyn LogSource,
    take: impl FnMut(&RecordView<'_>) -> Result<ControlFlow<()>, VerifyError>,
) -> Result<u64, VerifyError> {
    each_record_from(source, 0, take)
}

/// As [`each_record`], from the segment on that holds the record `from`. The first record handed out is that of the segment; its
/// link to the record before is checked only if it is the first of the log.
///
/// # Errors
/// As [`each_record`].
pub fn each_record_from(
    source: &dyn LogSource,
    from: u64,
    mut take: impl FnMut(&RecordView<'_>) -> Result<ControlFlow<()>, VerifyError>,
) -> Result<u64, VerifyError> {
    let mut chain = None;
    each_line_from(source, from, |seq, line| {
        let chain =
            chain.get_or_insert_with(|| if seq == 0 { Chain::new() } else { Chain::starting_at(seq) });
        take(&chain.take(line)?)
    })
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
    recovered: OnceLock<Dir>,
}

/// What `cell` holds, or what `open` gives it to hold.
fn held(
    cell: &OnceLock<Dir>,
    open: impl FnOnce() -> Result<Option<Dir>, Refused>,
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

    fn part<'a>(&'a self, place: &'a OnceLock<Dir>, name: &str) -> Result<Option<&'a Dir>, VerifyError> {
        match held(&self.held.top, || Dir::open(&self.dir))? {
            Some(top) => held(place, || top.sub(name)),
            None => Ok(None),
        }
    }

    fn segments_dir(&self) -> Result<Option<&Dir>, VerifyError> {
        self.part(&self.held.segments, layout::SEGMENTS)
    }

    fn checkpoints_dir(&self) -> Result<Option<&Dir>, VerifyError> {
        self.part(&self.held.checkpoints, layout::CHECKPOINTS)
    }

    fn segment(&self, first_seq: u64) -> Result<(File, PathBuf), VerifyError> {
        let path = layout::segment_path(&self.dir, first_seq);
        match open(self.segments_dir()?, &layout::segment_name(first_seq))? {
            Some(file) => Ok((file, path)),
            None => Err(io_error("open", &path)(io::ErrorKind::NotFound.into())),
        }
    }

    fn notes(&self, first_seq: u64) -> Result<Option<(File, PathBuf)>, VerifyError> {
        let file = open(self.checkpoints_dir()?, &layout::notes_name(first_seq))?;
        Ok(file.map(|file| (file, layout::notes_path(&self.dir, first_seq))))
    }
}

fn open(dir: Option<&Dir>, name: &str) -> Result<Option<File>, VerifyError> {
    dir.map_or(Ok(None), |dir| Ok(dir.read(name)?))
}

fn list(dir: &Dir, parse: impl Fn(&str) -> Option<u64>) -> Result<Vec<u64>, VerifyError> {
    let mut firsts: Vec<u64> = dir.names()?.iter().filter_map(|name| parse(name)).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> VerifyError {
    let path = path.to_owned();
    move |source| VerifyError::Io { action, path, source }
}

impl LogSource for DirSource {
    fn segments(&self) -> Result<Vec<u64>, VerifyError> {
        match self.segments_dir()? {
            Some(dir) => list(dir, layout::parse_segment_name),
            None => Err(VerifyError::LogNotFound { path: self.dir.clone() }),
        }
    }

    fn segment_bytes(&self, first_seq: u64) -> Result<u64, VerifyError> {
        let (file, path) = self.segment(first_seq)?;
        Ok(file.metadata().map_err(io_error("look at", &path))?.len())
    }

    fn read_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        let (file, path) = self.segment(first_seq)?;
        fill(&file, &path, offset, buffer)
    }

    fn note_segments(&self) -> Result<Vec<u64>, VerifyError> {
        self.checkpoints_dir()?.map_or(Ok(Vec::new()), |dir| list(dir, layout::parse_notes_name))
    }

    fn notes_bytes(&self, first_seq: u64) -> Result<u64, VerifyError> {
        match self.notes(first_seq)? {
            Some((file, path)) => Ok(file.metadata().map_err(io_error("look at", &path))?.len()),
            None => Ok(0),
        }
    }

    fn read_notes_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        self.notes(first_seq)?.map_or(Ok(0), |(file, path)| fill(&file, &path, offset, buffer))
    }

    fn beside(&self) -> Result<Option<Beside>, VerifyError> {
        let parts = (self.segments_dir()?, self.checkpoints_dir()?);
        let recovered = self.part(&self.held.recovered, layout::RECOVERED)?;
        let Some(top) = self.held.top.get() else { return Ok(None) };
        Beside::list(top, parts, recovered).map(Some)
    }

    fn read_recovered_at(
        &self,
        name: &str,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, VerifyError> {
        let recovered = self.part(&self.held.recovered, layout::RECOVERED)?;
        let Some(file) = open(recovered, name)? else { return Ok(None) };
        fill(&file, &layout::recovered_dir(&self.dir).join(name), offset, buffer).map(Some)
    }
}

fn fill(file: &File, path: &Path, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
    lines::read_at(file, offset, buffer).map_err(io_error("read", path))
}

#[cfg(test)]
mod tests {
    use ztp_core::digest::Digest;
    use ztp_core::event::EventClass;
    use ztp_core::time::Timestamp;

    use super::*;
    use crate::record::{Draft, write_record};

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

    /// `records` records that say `salt`; the second segment begins at `cut`.
    fn chained(salt: &str, records: u64, cut: u64) -> MemorySource {
        let class = EventClass::new("operator.note").unwrap();
        let timestamp = Timestamp::from_millis(0).unwrap();
        let mut source = MemorySource::default();
        let mut previous = Digest::ZERO;
        for seq in 0..records {
            let segment = source.segments.entry(if seq < cut { 0 } else { cut }).or_default();
            let payload = format!("{{\"n\":{seq},\"salt\":\"{salt}\"}}");
            let draft = Draft { event_class: &class, payload: payload.as_bytes(), timestamp };
            previous = write_record(segment, &draft, seq, &previous);
        }
        source
    }

    #[test]
    fn a_record_is_handed_out_only_with_its_own_hash_at_its_own_place_after_its_predecessor() {
        let seen = |source: &MemorySource, from| {
            let mut seen = Vec::new();
            let end = each_record_from(source, from, |record| {
                seen.push(record.seq);
                Ok(ControlFlow::Continue(()))
            });
            (seen, end)
        };
        let honest = chained("a", 8, 4);
        let (all, end) = seen(&honest, 0);
        assert_eq!((all, end.unwrap()), ((0..8).collect(), 8));
        assert_eq!(seen(&honest, 5).0, [4, 5, 6, 7]);

        // One byte of a payload, the hash left as it was.
        let mut edited = honest.clone();
        let bytes = edited.segments.get_mut(&0).unwrap();
        let at = memchr::memmem::find(bytes, b"{\"n\":2,").unwrap() + 5;
        bytes[at] = b'7';
        let (before, end) = seen(&edited, 0);
        assert!(before == [0, 1] && matches!(end, Err(VerifyError::Damaged { seq: 2 })));

        // Records taken out, put twice, or of another log: each sound in itself.
        let lines = |source: &MemorySource| {
            source.segments[&0].split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        let (ours, theirs) = (lines(&chained("a", 8, 8)), lines(&chained("b", 8, 8)));
        for (forged, fails) in [
            ([&ours[0], &ours[1], &ours[3]], 2),
            ([&ours[0], &ours[1], &ours[1]], 2),
            ([&ours[1], &ours[2], &ours[3]], 0),
            ([&ours[0], &ours[1], &theirs[2]], 2),
        ] {
            let mut moved = MemorySource::default();
            moved.segments.insert(0, forged.into_iter().flatten().copied().collect());
            let end = seen(&moved, 0).1;
            assert!(matches!(end, Err(VerifyError::Damaged { seq }) if seq == fails), "{fails}: {end:?}");
        }
    }

    #[test]
    fn a_segment_name_at_the_end_of_the_numbers_is_damage_and_no_overflow() {
        let mut source = chained("a", 1, 1);
        source.segments.insert(u64::MAX, source.segments[&0].clone());
        let end = each_line_from(&source, u64::MAX, |_, _| Ok(ControlFlow::Continue(())));
        assert!(matches!(end, Err(VerifyError::Damaged { seq: u64::MAX })));
    }
}
