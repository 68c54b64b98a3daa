//! Reading a `.notes` file that may be damaged anywhere, one checkpoint note at a time and in bounded memory: each is taken by its
//! grammar, and after one that does not fit, reading goes on at the next place where a note of this log begins.

use crate::error::VerifyError;
use crate::layout::{
    FILED_NOTE_BYTES_MAX, NOTES_BYTES_MAX, ORIGIN_BYTES_MAX, ROOT_CHARS, SIGNATURE_CHARS, SIZE_DIGITS_MAX,
};
use crate::source::LogSource;

/// Longest stretch that is taken for one note, in bytes: a hundred times what a checkpoint of this log has. Longer ones are none.
pub(crate) const CHUNK_BYTES_MAX: usize = 64 << 10;

/// Bytes asked of the file at once.
const READ_BYTES: usize = 192 << 10;

/// Bytes that are kept of a stretch that is no note, for the report.
const MALFORMED_BYTES_KEPT: usize = 256;

/// One stretch of a notes file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Byte offset in the file.
    pub(crate) offset: u64,
    /// The note without the empty line that ends it; or the first of the bytes that are none.
    pub(crate) bytes: Vec<u8>,
    /// What it is.
    pub(crate) state: ChunkState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkState {
    /// Has the shape of a signed note and the empty line after it.
    Whole,
    /// Ends with the file, before its empty line: a write in progress or cut off.
    Torn,
    /// Does not have the shape of a note.
    Malformed,
    /// The file goes on beyond [`NOTES_BYTES_MAX`], where no log's can: the rest was not read. Always the last chunk.
    Beyond,
}

/// Hands out the chunks of a notes file in order. Every byte up to [`NOTES_BYTES_MAX`] belongs to one, and no input makes it fail; each
/// byte is asked for once.
pub(crate) struct NotesReader<R> {
    /// Reads at an offset of the file; fewer bytes than asked only at its end.
    read: R,
    origin: String,
    /// What stands where a note of this log begins, from the line feed before the empty line on.
    start: Vec<u8>,
    window: Vec<u8>,
    /// Where the next chunk begins in the window.
    at: usize,
    /// Offset in the file of the end of the window.
    read_to: u64,
    /// Offset at which the caller wants the file to end.
    end: u64,
    ended: bool,
    beyond: bool,
}

impl<R, E> NotesReader<R>
where
    R: FnMut(u64, &mut [u8]) -> Result<usize, E>,
{
    /// Reads notes of the log `origin` through `read`, which is given an offset and a buffer, up to the file's end or to `end` bytes: what
    /// was appended later is then not seen.
    pub(crate) fn new(origin: &str, end: Option<u64>, read: R) -> Self {
        Self {
            read,
            origin: origin.to_owned(),
            start: [b"\n\n", origin.as_bytes(), b"\n"].concat(),
            window: Vec::new(),
            at: 0,
            read_to: 0,
            end: end.unwrap_or(u64::MAX),
            ended: false,
            beyond: false,
        }
    }

    /// The next chunk; `None` at the end.
    ///
    /// # Errors
    /// Those of the reading function.
    pub(crate) fn next(&mut self) -> Result<Option<Chunk>, E> {
        self.fill()?;
        let rest = self.window.get(self.at..).unwrap_or_default();
        let offset = self.read_to - rest.len() as u64;
        if rest.is_empty() {
            let beyond = std::mem::take(&mut self.beyond);
            let chunk = Chunk { offset, bytes: Vec::new(), state: ChunkState::Beyond };
            return Ok(beyond.then_some(chunk));
        }
        if let Some(len) = shape(rest) {
            return Ok(Some(self.take(offset, len, len + 1, ChunkState::Whole)));
        }
        // The line feed before the empty line belongs to the chunk.
        if let Some(found) = memchr::memmem::find(rest, &self.start) {
            return Ok(Some(self.take(offset, found + 1, found + 2, ChunkState::Malformed)));
        }
        if self.ended {
            let torn = could_be_torn(rest, &self.origin);
            let state = if torn { ChunkState::Torn } else { ChunkState::Malformed };
            let len = rest.len();
            return Ok(Some(self.take(offset, len, len, state)));
        }
        let chunk = self.take(offset, rest.len(), 0, ChunkState::Malformed);
        self.skip_to_start()?;
        Ok(Some(chunk))
    }

    /// Hands out `len` bytes and goes on `step` bytes further.
    fn take(&mut self, offset: u64, len: usize, step: usize, state: ChunkState) -> Chunk {
        let kept = if state == ChunkState::Malformed { len.min(MALFORMED_BYTES_KEPT) } else { len };
        let bytes = self.window.get(self.at..self.at + kept).unwrap_or_default().to_vec();
        self.at += step;
        Chunk { offset, bytes, state }
    }

    /// Leaves what is no note behind, however long it is.
    fn skip_to_start(&mut self) -> Result<(), E> {
        while !self.ended {
            // A start may lie across the end of what was read.
            self.at = self.window.len().saturating_sub(self.start.len() - 1).max(self.at);
            self.fill()?;
            let rest = self.window.get(self.at..).unwrap_or_default();
            if let Some(found) = memchr::memmem::find(rest, &self.start) {
                self.at += found + 2;
                return Ok(());
            }
        }
        self.at = self.window.len();
        Ok(())
    }

    /// Reads on until the longest chunk lies in the window, or the file has ended.
    fn fill(&mut self) -> Result<(), E> {
        if self.ended || self.window.len() - self.at >= CHUNK_BYTES_MAX {
            return Ok(());
        }
        self.window.drain(..self.at);
        self.at = 0;
        let held = self.window.len();
        // One byte more than the bound tells a limit from an end.
        let stop = self.end.min(NOTES_BYTES_MAX + 1);
        let room = usize::try_from(stop.saturating_sub(self.read_to)).unwrap_or(READ_BYTES);
        self.window.resize(held + room.min(READ_BYTES), 0);
        let got = (self.read)(self.read_to, self.window.get_mut(held..).unwrap_or_default())?;
        self.ended = got < READ_BYTES;
        self.window.truncate(held + got);
        self.read_to += got as u64;
        if self.read_to > NOTES_BYTES_MAX {
            self.window.pop();
            self.read_to -= 1;
            (self.ended, self.beyond) = (true, true);
        }
        Ok(())
    }
}

/// How the notes of a log's segment are read.
pub(crate) type Reading<'a> = Box<dyn FnMut(u64, &mut [u8]) -> Result<usize, VerifyError> + 'a>;

/// The notes of one segment of a log, up to the file's end or to `end` bytes.
pub(crate) fn notes_of<'a>(
    source: &'a dyn LogSource,
    segment: u64,
    origin: &str,
    end: Option<u64>,
) -> NotesReader<Reading<'a>> {
    let read = move |at, buffer: &mut [u8]| source.read_notes_at(segment, at, buffer);
    NotesReader::new(origin, end, Box::new(read))
}

/// Length of the note at the start of `bytes`, if it has the shape of one and the empty line after it.
fn shape(bytes: &[u8]) -> Option<usize> {
    let mut len = 0;
    let mut signatures = None;
    for line in bytes.get(..bytes.len().min(CHUNK_BYTES_MAX))?.split_inclusive(|&b| b == b'\n') {
        match signatures {
            // No note has a zero, and a write that a power cut left may have them in the place of its bytes.
            _ if line.last() != Some(&b'\n') || line.contains(&0) => return None,
            None if line == b"\n" && len > 0 => signatures = Some(0),
            None => {}
            Some(n) if line.starts_with("\u{2014} ".as_bytes()) => signatures = Some(n + 1),
            Some(n) if line == b"\n" && n > 0 => return Some(len),
            Some(_) => return None,
        }
        len += line.len();
    }
    None
}

/// Whether the rest of a file is the beginning of one of this log's notes and no more: what a write in progress leaves.
fn could_be_torn(rest: &[u8], origin: &str) -> bool {
    // A file may have got the length of a write and zeros for its bytes: all, or those before or behind the border of a page.
    let longest = FILED_NOTE_BYTES_MAX.saturating_sub(2 * ORIGIN_BYTES_MAX.saturating_sub(origin.len()));
    if rest.len() <= longest && is_part_zeros(rest) {
        return true;
    }
    let signature = format!("\u{2014} {origin} ");
    let mut lines = rest.split(|&b| b == b'\n');
    for place in 0..5 {
        let Some(line) = lines.next() else { return true };
        let fits = match place {
            0 => origin.as_bytes().starts_with(line),
            1 => line.len() <= SIZE_DIGITS_MAX && line.iter().all(u8::is_ascii_digit),
            2 => line.len() <= ROOT_CHARS && line.iter().all(|b| is_base64(*b)),
            3 => line.is_empty(),
            _ => line.strip_prefix(signature.as_bytes()).map_or_else(
                || signature.as_bytes().starts_with(line),
                |base64| base64.len() <= SIGNATURE_CHARS && base64.iter().all(|b| is_base64(*b)),
            ),
        };
        if !fits {
            return false;
        }
    }
    // After the signature's line feed the file ends.
    lines.next().is_none_or(<[u8]>::is_empty) && lines.next().is_none()
}

/// Whether all zeros in it are in one run at its beginning or its end, and there are any.
fn is_part_zeros(bytes: &[u8]) -> bool {
    let Some(first) = bytes.iter().position(|&b| b == 0) else { return false };
    let Some(last) = bytes.iter().rposition(|&b| b == 0) else { return false };
    let run = bytes.get(first..=last).is_some_and(|run| run.iter().all(|&b| b == 0));
    run && (first == 0 || last + 1 == bytes.len())
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "a.example\n5\nAAAA\n\n\u{2014} a.example c2ln\n";

    /// The chunks of `file`, and how many bytes were asked of it.
    fn read(file: &[u8], end: Option<u64>) -> (Vec<Chunk>, u64) {
        let mut asked = 0;
        let mut reader = NotesReader::new("a.example", end, |at, buffer: &mut [u8]| {
            let rest = &file[usize::try_from(at).unwrap().min(file.len())..];
            let got = rest.len().min(buffer.len());
            buffer[..got].copy_from_slice(&rest[..got]);
            asked += got as u64;
            Ok::<_, std::convert::Infallible>(got)
        });
        let mut found = Vec::new();
        while let Ok(Some(chunk)) = reader.next() {
            found.push(chunk);
        }
        drop(reader);
        (found, asked)
    }

    fn chunks(file: &[u8]) -> Vec<Chunk> {
        read(file, None).0
    }

    #[test]
    fn chunks_of_an_undamaged_file_are_its_notes() {
        // More than one reading, so that notes lie across its borders.
        let count = 3 * READ_BYTES / NOTE.len();
        let file = format!("{NOTE}\n").repeat(count).into_bytes();
        let (found, asked) = read(&file, None);
        assert_eq!((found.len(), asked), (count, file.len() as u64));
        for (i, chunk) in found.iter().enumerate() {
            assert!(chunk.state == ChunkState::Whole && chunk.bytes == NOTE.as_bytes(), "note {i}");
            assert_eq!(chunk.offset, (i * (NOTE.len() + 1)) as u64);
        }
        let (found, _) = read(&file, Some(NOTE.len() as u64 + 11));
        assert_eq!(found.iter().map(|c| c.state).collect::<Vec<_>>(), [ChunkState::Whole, ChunkState::Torn]);
    }

    #[test]
    fn a_damaged_note_costs_only_itself() {
        let file = format!("{NOTE}\n{NOTE}\n{NOTE}\n");
        for at in NOTE.len() + 1..2 * NOTE.len() {
            let mut damaged = file.clone().into_bytes();
            damaged[at] ^= 4;
            let found = chunks(&damaged);
            assert_eq!((found[0].state, &*found[0].bytes), (ChunkState::Whole, NOTE.as_bytes()), "byte {at}");
            assert_ne!(found[1].bytes, NOTE.as_bytes(), "byte {at}");
        }
    }

    #[test]
    fn every_cut_of_a_note_is_torn_and_loses_no_byte() {
        let file = format!("{NOTE}\n{NOTE}\n");
        for cut in NOTE.len() + 2..file.len() {
            let found = chunks(&file.as_bytes()[..cut]);
            assert_eq!(found.len(), 2, "cut {cut}");
            assert_eq!(found[1].state, ChunkState::Torn, "cut {cut}");
            assert_eq!(found[1].offset + found[1].bytes.len() as u64, cut as u64);
        }
    }

    #[test]
    fn zeros_at_the_beginning_or_end_of_the_last_note_are_torn_and_anywhere_else_they_are_not() {
        let note = format!(
            "a.example\n5\n{}\n\n\u{2014} a.example {}\n\n",
            "A".repeat(ROOT_CHARS),
            "c".repeat(SIGNATURE_CHARS)
        );
        let file = note.repeat(2).into_bytes();
        let second = note.len();
        for from in second..file.len() {
            for to in from + 1..=file.len() {
                let mut zeroed = file.clone();
                zeroed[from..to].fill(0);
                let states = |file: &[u8]| chunks(file).iter().map(|c| c.state).collect::<Vec<_>>();
                // A page ends somewhere in the note, or before it; zeros with bytes on both sides are a change.
                let torn = from == second || to == file.len();
                let last = if torn { ChunkState::Torn } else { ChunkState::Malformed };
                assert_eq!(states(&zeroed), [ChunkState::Whole, last], "{from} to {to}");
                zeroed.extend(note.bytes());
                assert!(!states(&zeroed).contains(&ChunkState::Torn), "{from} to {to}");
            }
        }
        let found = chunks(&vec![0; note.len() + SIZE_DIGITS_MAX]);
        assert_eq!(found[0].state, ChunkState::Malformed, "longer than any checkpoint of this log");
    }

    #[test]
    fn bytes_that_are_no_note_are_one_chunk_however_many_and_the_note_after_them_is_found() {
        for junk in
            [1, 5, CHUNK_BYTES_MAX - 1, CHUNK_BYTES_MAX, READ_BYTES - 5, READ_BYTES, 3 * READ_BYTES + 7]
        {
            for fill in [b'x', b'\n'] {
                let file = [&vec![fill; junk], b"!\n\n".as_slice(), NOTE.as_bytes(), b"\n"].concat();
                let found = chunks(&file);
                let states: Vec<_> = found.iter().map(|c| c.state).collect();
                assert_eq!(states, [ChunkState::Malformed, ChunkState::Whole], "{junk} of {fill}");
                assert_eq!((found[0].offset, found[1].offset), (0, junk as u64 + 3), "{junk} of {fill}");
                assert!(found[0].bytes.len() <= MALFORMED_BYTES_KEPT);
                assert_eq!(found[1].bytes, NOTE.as_bytes());
            }
            let found = chunks(&vec![b'x'; junk]);
            assert_eq!((found.len(), found[0].state), (1, ChunkState::Malformed), "{junk}");
        }
    }

    #[test]
    fn a_file_at_the_bound_ends_and_one_byte_more_is_beyond_it() {
        let bound = usize::try_from(NOTES_BYTES_MAX).unwrap();
        let mut file = format!("{NOTE}\n").repeat(bound / (NOTE.len() + 1)).into_bytes();
        file.resize(bound, b'x');
        assert!(chunks(&file).iter().all(|c| c.state != ChunkState::Beyond));
        file.resize(bound + 1, b'x');
        let (found, asked) = read(&file, None);
        assert_eq!(asked, NOTES_BYTES_MAX + 1);
        let last = found.last().unwrap();
        assert_eq!((last.state, last.offset), (ChunkState::Beyond, NOTES_BYTES_MAX));
        assert_eq!(found.iter().filter(|c| c.state == ChunkState::Beyond).count(), 1);
    }
}
