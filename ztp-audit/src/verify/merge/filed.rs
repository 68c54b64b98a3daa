//! The checkpoints of a segment, read in order beside its seals, and those that no seal takes.

use super::{Merger, segment_file};
use crate::checkpoint::Checkpoint;
use crate::error::VerifyError;
use crate::layout::{self, NOTES_BYTES_MAX, SEGMENT_RECORDS};
use crate::note::Note;
use crate::source::LogSource;
use crate::verdict::{Break, BreakKind, StrayKind};
use crate::verify::Progress;
use crate::verify::notes::{Chunk, ChunkState, NotesReader, Reading};

/// A checkpoint note of the segment in hand.
pub(super) struct Filed {
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) torn: bool,
    pub(super) signed: Option<(Note, Checkpoint)>,
}

impl Filed {
    fn new(chunk: Chunk) -> Self {
        let note = (chunk.state == ChunkState::Whole).then(|| Note::parse(&chunk.bytes).ok()).flatten();
        let signed = note.and_then(|n| Checkpoint::parse(n.text()).ok().map(|c| (n, c)));
        let Chunk { offset, bytes, state } = chunk;
        Self { offset, bytes, torn: state == ChunkState::Torn, signed }
    }

    /// Records that it covers, if it is a checkpoint.
    pub(super) fn size(&self) -> Option<u64> {
        self.signed.as_ref().map(|(_, checkpoint)| checkpoint.size)
    }
}

/// The checkpoints of one segment in order, with a look at the one after the next: two notes in memory, whatever the file's length.
pub(super) struct FiledNotes<'a> {
    reader: NotesReader<Reading<'a>>,
    next: Option<Filed>,
    follower: Option<Filed>,
    begun: bool,
    /// The file goes on beyond [`NOTES_BYTES_MAX`].
    pub(super) beyond: bool,
}

impl<'a> FiledNotes<'a> {
    /// Those of `merger`'s log for one segment; whether to go on is asked before each reading.
    pub(super) fn new(merger: &Merger<'a>, segment: u64, end: Option<u64>) -> Self {
        let (source, progress, bytes): (&'a dyn LogSource, &'a dyn Progress, u64) =
            (merger.source, merger.progress, merger.bytes);
        let read = move |at, buffer: &mut [u8]| match progress.cancelled() {
            true => Err(VerifyError::Cancelled { bytes }),
            false => source.read_notes_at(segment, at, buffer),
        };
        let reader: NotesReader<Reading<'a>> = NotesReader::new(merger.origin(), end, Box::new(read));
        Self { reader, next: None, follower: None, begun: false, beyond: false }
    }

    fn read(&mut self) -> Result<Option<Filed>, VerifyError> {
        match self.reader.next()? {
            Some(chunk) if chunk.state == ChunkState::Beyond => {
                self.beyond = true;
                Ok(None)
            }
            chunk => Ok(chunk.map(Filed::new)),
        }
    }

    /// The next checkpoint, and the size that the one after it states.
    pub(super) fn look(&mut self) -> Result<(Option<&Filed>, Option<u64>), VerifyError> {
        if !std::mem::replace(&mut self.begun, true) {
            self.next = self.read()?;
            self.follower = self.read()?;
        }
        Ok((self.next.as_ref(), self.follower.as_ref().and_then(Filed::size)))
    }

    /// Takes the next checkpoint.
    pub(super) fn take(&mut self) -> Result<Option<Filed>, VerifyError> {
        self.look()?;
        let follower = self.read()?;
        Ok(std::mem::replace(&mut self.next, std::mem::replace(&mut self.follower, follower)))
    }
}

impl Merger<'_> {
    /// A checkpoint for which there is no seal record.
    pub(super) fn orphan(&mut self, note: &Filed, size: u64) {
        self.report(Break {
            kind: BreakKind::MissingSeal,
            seq: size.saturating_sub(1),
            file: notes_file(self.segment),
            offset: note.offset,
            expected: "a log.sealed record".to_owned(),
            found: format!("a checkpoint of {size} records without one"),
            timestamp: None,
        });
    }

    /// Ends a segment: checkpoints that no seal record took.
    pub(super) fn unmatched_notes(&mut self) -> Result<(), VerifyError> {
        let Some(mut filed) = self.filed.take() else { return Ok(()) };
        // A seal without a checkpoint and a checkpoint without a seal belong together: its size was changed.
        let mut here = self.waiting.of_segment(self.segment);
        while let Some(note) = filed.take()? {
            self.work()?;
            match (note.torn, here.front()) {
                (false, Some(_)) => {
                    self.log_went_on();
                    if let Some(awaited) = here.pop_front() {
                        self.check_note(awaited, note)?;
                    }
                }
                (true, None) => self.torn_checkpoint(self.segment),
                _ => self.left_over(&note, self.segment),
            }
        }
        self.waiting.put_back(here);
        if filed.beyond {
            self.report(Break {
                kind: BreakKind::NotesLength,
                seq: self.place.saturating_sub(1),
                file: notes_file(self.segment),
                offset: NOTES_BYTES_MAX,
                expected: format!("at most {NOTES_BYTES_MAX} bytes of checkpoints for a segment"),
                found: "more, which were not read".to_owned(),
                timestamp: None,
            });
        }
        Ok(())
    }

    /// A checkpoint that no seal record of its segment took.
    fn left_over(&mut self, note: &Filed, segment: u64) {
        match note.size() {
            _ if note.torn => {}
            Some(size) if size > self.place => self.missing_records(size),
            Some(size) => self.orphan(note, size),
            None => self.report(Break {
                kind: BreakKind::BadSeal,
                seq: self.place.saturating_sub(1),
                file: notes_file(segment),
                offset: note.offset,
                expected: "a signed checkpoint".to_owned(),
                found: String::from_utf8_lossy(&note.bytes).into_owned(),
                timestamp: None,
            }),
        }
    }

    /// A checkpoint in the file of a segment that is not there, of records that are.
    fn misplaced(&mut self, note: &Filed, size: u64, segment: u64) {
        self.report(Break {
            kind: BreakKind::MissingSeal,
            seq: size.saturating_sub(1),
            file: notes_file(segment),
            offset: note.offset,
            expected: "checkpoints of a segment that is there".to_owned(),
            found: format!("a checkpoint of {size} records"),
            timestamp: None,
        });
    }

    /// The log ends before a checkpoint's size: said once, however many checkpoints say so.
    fn missing_records(&mut self, size: u64) {
        if self.ended_early.replace(self.place) == Some(self.place) {
            return;
        }
        self.report(Break {
            kind: BreakKind::MissingRecords,
            seq: self.place,
            file: segment_file(layout::segment_of(self.place)),
            offset: 0,
            expected: format!("{size} records, as a checkpoint says"),
            found: format!("{} records", self.place),
            timestamp: None,
        });
    }

    /// Checkpoints of segments that are gone tell how long the log was.
    pub(super) fn notes_without_segment(&mut self) -> Result<(), VerifyError> {
        for segment in std::mem::take(&mut self.note_segments) {
            if segment <= self.segment && self.lines > 0 {
                continue;
            }
            let mut filed = FiledNotes::new(self, segment, None);
            let (mut whole, named) = (false, segment.is_multiple_of(SEGMENT_RECORDS));
            while let Some(note) = filed.take()? {
                self.work()?;
                whole = whole || !note.torn;
                match note.size() {
                    Some(size) if size > self.place => {
                        self.missing_records(size);
                        break;
                    }
                    // No file of a log has such a name: how long a log was it may tell, and no more.
                    _ if !named => {}
                    Some(size) => self.misplaced(&note, size, segment),
                    None => self.left_over(&note, segment),
                }
            }
            if !whole && named {
                self.stray(notes_file(segment), StrayKind::NoSegment);
            }
        }
        Ok(())
    }
}

pub(super) fn notes_file(first_seq: u64) -> String {
    format!("checkpoints/{first_seq:020}.notes")
}
