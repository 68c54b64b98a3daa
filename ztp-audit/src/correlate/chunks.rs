//! Lines out of a stream that is read in pieces: bounded memory, whatever the length of a line, and a bound on how far one is followed.

use std::ops::Range;

use crate::layout::LINE_BYTES_MAX;
use crate::lines::PASSED_MAX;

/// Bytes read at once.
const READ_BYTES: usize = 256 << 10;

/// Whole lines out of chunks, in bounded memory.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    /// A line longer than the limit is being skipped: so many bytes of it so far.
    skipping: bool,
    skipped: u64,
}

/// What stands next in the buffer.
pub(super) enum Piece {
    /// A line, without its line feed; `whole` says that it has one.
    Line { range: Range<usize>, whole: bool },
    /// A line of more than [`LINE_BYTES_MAX`] bytes.
    TooLong,
    /// A line whose end was not looked for any more. Nothing is handed out after it: a hole in a file costs nothing to make.
    Endless,
}

impl Chunks {
    /// The next piece; `read` fills a buffer and says how much it put there, nothing at the end.
    pub(super) fn next<E>(
        &mut self,
        mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Option<Piece>, E> {
        let mut searched = 0;
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if let Some(end) = memchr::memchr(b'\n', rest.get(searched..).unwrap_or_default()) {
                let range = self.at..self.at + searched + end;
                self.at = range.end + 1;
                if std::mem::take(&mut self.skipping) || range.len() >= LINE_BYTES_MAX {
                    return Ok(Some(Piece::TooLong));
                }
                return Ok(Some(Piece::Line { range, whole: true }));
            }
            searched = rest.len();
            if self.ended {
                let range = self.at..self.buffer.len();
                self.at = range.end;
                if std::mem::take(&mut self.skipping) {
                    return Ok(Some(Piece::TooLong));
                }
                return Ok((!range.is_empty()).then_some(Piece::Line { range, whole: false }));
            }
            if searched >= LINE_BYTES_MAX || self.skipping {
                self.skipped = if self.skipping { self.skipped } else { 0 } + searched as u64;
                self.skipping = true;
                self.at = self.buffer.len();
                searched = 0;
            }
            if self.skipping && self.skipped > PASSED_MAX {
                (self.skipping, self.ended) = (false, true);
                self.buffer.clear();
                self.at = 0;
                return Ok(Some(Piece::Endless));
            }
            self.buffer.drain(..self.at);
            self.at = 0;
            let held = self.buffer.len();
            self.buffer.resize(held + READ_BYTES, 0);
            let got = read(self.buffer.get_mut(held..).unwrap_or_default());
            self.buffer.truncate(held + *got.as_ref().unwrap_or(&0));
            self.ended = got? == 0;
        }
    }

    /// The bytes of a piece that was handed out last.
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// What was read and is held, from its beginning if no line was handed out but the first.
    pub(super) fn held(&self) -> &[u8] {
        &self.buffer
    }

    /// Begins with another input.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { buffer: std::mem::take(&mut self.buffer), ..Self::default() };
        self.buffer.clear();
    }
}
