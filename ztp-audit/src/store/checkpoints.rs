//! The end of the checkpoints, held against what the state knows. Text and place of the last checkpoint are known before the file is
//! read, so its end alone is read, whatever the file's size.

use std::convert::Infallible;
use std::path::PathBuf;

use super::files;
use super::state::State;
use super::torn::Torn;
use crate::beneath::Dir;
use crate::checkpoint::Checkpoint;
use crate::error::StoreError;
use crate::layout::{self, FILED_NOTE_BYTES_MAX, NOTES_BYTES_MAX, SEGMENT_RECORDS};
use crate::note::Note;
use crate::verify::notes::{Chunk, ChunkState, NotesReader};

/// Bytes read from the end of a notes file: many times the last checkpoint and what a crash may have left of the next one.
const END_BYTES: u64 = 64 << 10;

/// The chunks of notes that are in memory.
fn chunks(bytes: &[u8], origin: &str) -> Vec<Chunk> {
    let mut reader = NotesReader::new(origin, None, |at, buffer: &mut [u8]| {
        let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let got = rest.len().min(buffer.len());
        buffer.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        Ok::<_, Infallible>(got)
    });
    let mut found = Vec::new();
    while let Ok(Some(chunk)) = reader.next() {
        found.push(chunk);
    }
    found
}

/// What the checkpoints end with.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// The checkpoint of the last seal that the state knows, or of the pending one.
    pub(super) last: Option<Vec<u8>>,
    /// What a crash left of the pending seal's checkpoint.
    pub(super) torn: Option<Torn>,
    /// The pending seal's checkpoint is there.
    pub(super) completed: bool,
}

/// The end of one notes file.
struct End {
    path: PathBuf,
    /// Where `bytes` begin in the file.
    offset: u64,
    bytes: Vec<u8>,
}

/// Reads what stands behind the last checkpoint that the state knows, up to the pending seal's, which is `pending` (its record's place,
/// and the checkpoint that it must get).
pub(super) fn read(
    checkpoints: &Dir,
    state: &State,
    origin: &str,
    pending: Option<(u64, &[u8])>,
) -> Result<Ending, StoreError> {
    let sealed = state.frontier.size();
    let last_file = layout::segment_of(sealed.saturating_sub(1));
    let mut ending = Ending::default();
    let end = End::read(checkpoints, last_file)?;
    let mut rest = 0;
    if sealed > 0 {
        let text =
            Checkpoint { origin: origin.to_owned(), size: sealed, root: state.frontier.root() }.to_text();
        let (note, after) = end.find(&text, origin).ok_or_else(|| {
            end.damaged(sealed - 1, 0, "the checkpoint of the last seal is not at the end of the file")
        })?;
        ending.last = Some(note);
        rest = after;
    }
    let place = pending.map(|(seq, _)| layout::segment_of(seq));
    let (end, rest) = if place == Some(last_file) {
        (end, rest)
    } else {
        end.nothing_after(rest, state, origin)?;
        (End::read(checkpoints, place.unwrap_or(last_file + SEGMENT_RECORDS))?, 0)
    };
    let Some((seq, note)) = pending else {
        end.nothing_after(rest, state, origin)?;
        return Ok(ending);
    };
    let behind = end.bytes.get(rest..).unwrap_or_default();
    if behind == [note, b"\n"].concat() {
        ending.last = Some(note.to_vec());
        ending.completed = true;
    } else if !behind.is_empty() {
        // Whatever is no checkpoint there, zeros or a part: the seal is pending, and its checkpoint is written again byte for byte.
        if end.offset > 0 && rest == 0 || chunks(behind, origin).iter().any(|c| c.state == ChunkState::Whole)
        {
            return Err(end.damaged(seq, rest, "behind the last seal's checkpoint stands one of no seal"));
        }
        ending.torn = Some(Torn { file: layout::notes_name(layout::segment_of(seq)), at: end.at(rest), seq });
    }
    Ok(ending)
}

impl End {
    fn read(checkpoints: &Dir, first: u64) -> Result<Self, StoreError> {
        let name = layout::notes_name(first);
        let path = checkpoints.path().join(&name);
        let Some(file) = checkpoints.read(&name)? else {
            return Ok(Self { path, offset: 0, bytes: Vec::new() });
        };
        let offset = files::length(&file, &path)?.saturating_sub(END_BYTES);
        let mut bytes = vec![0; usize::try_from(END_BYTES).unwrap_or(0)];
        let got = files::read_at(&file, &path, offset, &mut bytes)?;
        bytes.truncate(got);
        Ok(Self { path, offset, bytes })
    }

    fn at(&self, within: usize) -> u64 {
        self.offset + within as u64
    }

    /// The checkpoint with this text, and where the bytes after it begin.
    fn find(&self, text: &str, origin: &str) -> Option<(Vec<u8>, usize)> {
        let at = memchr::memmem::rfind(&self.bytes, text.as_bytes())?;
        let begins = match at {
            0 => self.offset == 0,
            _ => self.bytes.get(..at)?.ends_with(b"\n\n"),
        };
        let first = chunks(self.bytes.get(at..).filter(|_| begins)?, origin).into_iter().next()?;
        if first.state != ChunkState::Whole || Note::parse(&first.bytes).ok()?.text() != text {
            return None;
        }
        let after = at + first.bytes.len() + 1;
        Some((first.bytes, after))
    }

    /// Refuses whatever stands after the last checkpoint while no seal is pending.
    fn nothing_after(&self, rest: usize, state: &State, origin: &str) -> Result<(), StoreError> {
        let behind = self.bytes.get(rest..).unwrap_or_default();
        if behind.is_empty() && (self.offset == 0 || rest > 0) {
            return Ok(());
        }
        let sealed = state.frontier.size();
        let beyond =
            chunks(behind, origin).into_iter().filter(|c| c.state == ChunkState::Whole).find_map(|c| {
                let size = Checkpoint::parse(Note::parse(&c.bytes).ok()?.text()).ok()?.size;
                (size > sealed).then_some(size)
            });
        match beyond {
            // A checkpoint is written only when its seal is durable.
            Some(size) => Err(StoreError::Truncated { sealed: size, found: sealed }),
            None => Err(self.damaged(sealed, rest, "a checkpoint note is damaged")),
        }
    }

    fn damaged(&self, seq: u64, within: usize, reason: &str) -> StoreError {
        StoreError::Damaged {
            seq,
            path: self.path.clone(),
            offset: self.at(within),
            reason: reason.to_owned(),
        }
    }
}

/// Refuses a seal whose checkpoint would make the file larger than a verifier reads; asked before the seal is begun.
pub(super) fn has_room(checkpoints: &Dir, name: &str) -> Result<(), StoreError> {
    let Some(file) = checkpoints.read(name)? else { return Ok(()) };
    let path = checkpoints.path().join(name);
    let bytes = files::length(&file, &path)?;
    if bytes.saturating_add(FILED_NOTE_BYTES_MAX as u64) > NOTES_BYTES_MAX {
        return Err(StoreError::NotesFull { path, bytes, bytes_max: NOTES_BYTES_MAX });
    }
    Ok(())
}
