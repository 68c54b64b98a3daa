//! The lines of a file from an offset on, read in pieces. Memory is bounded by a piece and the longest line, whatever the file's
//! size, and the file's end is where a read gives nothing: no bound is ever taken for it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::layout::{LINE_BYTES_MAX, WRITE_BYTES_MAX};

/// Bytes read at once.
pub(crate) const PIECE_BYTES: usize = 256 << 10;

/// Bytes of one line that are passed over at most, in search of its end. No writer of ours leaves as many behind its last record.
pub(crate) const PASSED_MAX: u64 = 64 << 20;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// A line that a line feed ends, without it.
    Whole {
        /// Where it begins in the file.
        at: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A line that is longer than any may be; its bytes were passed over.
    TooLong {
        /// Where it begins in the file.
        at: u64,
        /// Whether a line feed ends it, or the file.
        ended: bool,
    },
    /// A line of more than [`PASSED_MAX`] bytes behind [`Lines::bound`], whose end was not looked for: a hole in a file costs nothing to make, and reading it for
    /// ever serves only who made it. Nothing is handed out after it.
    Endless {
        /// Where it begins in the file.
        at: u64,
    },
    /// What stands behind the last line feed.
    Rest {
        /// Where it begins in the file.
        at: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
}

/// Reads lines one after another.
pub(crate) struct Lines<'f> {
    file: &'f File,
    buffer: Vec<u8>,
    /// Where the next line begins in the buffer, and up to where the buffer was looked through for its end.
    begin: usize,
    looked: usize,
    /// Where the buffer begins in the file.
    offset: u64,
    piece: usize,
    ended: bool,
    /// Bytes of one line that are passed over at most.
    passed_max: u64,
}

impl<'f> Lines<'f> {
    pub(crate) fn new(file: &'f File, offset: u64) -> Self {
        Self::in_pieces(file, offset, PIECE_BYTES)
    }

    fn in_pieces(file: &'f File, offset: u64, piece: usize) -> Self {
        Self {
            file,
            buffer: Vec::new(),
            begin: 0,
            looked: 0,
            offset,
            piece,
            ended: false,
            passed_max: u64::MAX,
        }
    }

    /// From here on a line of more than [`PASSED_MAX`] bytes is given up.
    pub(crate) fn bound(&mut self) {
        self.passed_max = PASSED_MAX;
    }

    /// Where the next line begins in the file.
    pub(crate) fn at(&self) -> u64 {
        self.offset + self.begin as u64
    }

    /// The next line; `None` at the end of the file.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut too_long = false;
        let at = self.at();
        loop {
            let unseen = self.buffer.get(self.looked..).unwrap_or_default();
            if let Some(found) = memchr::memchr(b'\n', unseen) {
                let (begin, end) = (self.begin, self.looked + found);
                (self.begin, self.looked) = (end + 1, end + 1);
                if too_long || end - begin >= LINE_BYTES_MAX {
                    return Ok(Some(Line::TooLong { at, ended: true }));
                }
                return Ok(Some(Line::Whole { at, bytes: self.buffer.get(begin..end).unwrap_or_default() }));
            }
            self.looked = self.buffer.len();
            if self.looked - self.begin > LINE_BYTES_MAX {
                too_long = true;
                self.begin = self.looked;
            }
            if too_long && self.at() - at > self.passed_max {
                self.ended = true;
                return Ok(Some(Line::Endless { at }));
            }
            if self.ended {
                let begin = std::mem::replace(&mut self.begin, self.looked);
                let bytes = self.buffer.get(begin..).unwrap_or_default();
                return Ok(match (too_long, bytes) {
                    (true, _) => Some(Line::TooLong { at, ended: false }),
                    (false, []) => None,
                    (false, bytes) => Some(Line::Rest { at, bytes }),
                });
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.begin);
        self.offset += self.begin as u64;
        self.looked -= self.begin;
        self.begin = 0;
        let held = self.buffer.len();
        self.buffer.resize(held + self.piece, 0);
        let room = self.buffer.get_mut(held..).unwrap_or_default();
        let got = read_at(self.file, self.offset + held as u64, room)?;
        self.buffer.truncate(held + got);
        self.ended = got == 0;
        Ok(())
    }
}

/// Bytes from `at` to the end of a file, if they are what a power cut leaves of a write whose length was kept and whose bytes were not: no
/// line feed, no stretch without a zero that is longer than a line may be, and no more than one write has.
pub(crate) fn torn_to_end<E>(
    at: u64,
    mut read: impl FnMut(u64, &mut [u8]) -> Result<usize, E>,
) -> Result<Option<u64>, E> {
    let mut piece = vec![0; PIECE_BYTES];
    let (mut bytes, mut run) = (0u64, 0usize);
    loop {
        let got = read(at.saturating_add(bytes), &mut piece)?;
        let read = piece.get(..got).unwrap_or_default();
        if read.is_empty() {
            return Ok(Some(bytes));
        }
        bytes += got as u64;
        for byte in read {
            run = if *byte == 0 { 0 } else { run + 1 };
            if *byte == b'\n' || run >= LINE_BYTES_MAX {
                return Ok(None);
            }
        }
        if bytes > WRITE_BYTES_MAX {
            return Ok(None);
        }
    }
}

/// Reads at `offset` until `buffer` is full or the file ends; returns the bytes read.
pub(crate) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|r| !r.is_empty()) {
        match file.read_at(rest, offset.saturating_add(done as u64)) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// What a reader with the whole file in memory would hand out.
    fn expected(bytes: &[u8], from: usize) -> Vec<(u64, bool, usize)> {
        let mut lines = Vec::new();
        let mut at = from;
        for line in bytes[from..].split_inclusive(|b| *b == b'\n') {
            let ended = line.ends_with(b"\n");
            lines.push((at as u64, ended, line.len() - usize::from(ended)));
            at += line.len();
        }
        lines
    }

    fn found(file: &File, from: usize, piece: usize) -> Vec<(u64, bool, usize)> {
        let mut lines = Lines::in_pieces(file, from as u64, piece);
        let mut found = Vec::new();
        let mut next = from as u64;
        while let Some(line) = lines.next().unwrap() {
            let (at, ended, len) = match line {
                Line::Whole { at, bytes } => (at, true, bytes.len()),
                Line::Rest { at, bytes } => (at, false, bytes.len()),
                Line::Endless { at } => panic!("no line here is that long, and one at {at} is said to be"),
                Line::TooLong { at, ended } => {
                    let after = lines.at();
                    (at, ended, usize::try_from(after - at).unwrap() - usize::from(ended))
                }
            };
            assert_eq!(at, next);
            next = lines.at();
            found.push((at, ended, len));
        }
        found
    }

    #[test]
    fn lines_are_the_same_in_pieces_of_any_size_and_from_any_line_on() {
        let mut file = tempfile::tempfile().unwrap();
        let bytes = b"\n\nab\nabcdefgh\n\nx\nlonger than a piece is\nrest";
        file.write_all(bytes).unwrap();
        for piece in 1..=bytes.len() + 1 {
            for from in 0..=bytes.len() {
                assert_eq!(found(&file, from, piece), expected(bytes, from), "piece {piece}, from {from}");
            }
        }
    }

    #[test]
    fn a_line_without_an_end_is_given_up_after_what_no_writer_leaves_and_nothing_follows_it() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"first\n").unwrap();
        // A hole: it has no line feed, and no block on the disk.
        file.set_len(1 << 40).unwrap();
        let mut lines = Lines::new(&file, 0);
        lines.bound();
        assert_eq!(lines.next().unwrap(), Some(Line::Whole { at: 0, bytes: b"first" }));
        assert_eq!(lines.next().unwrap(), Some(Line::Endless { at: 6 }));
        assert!(lines.at() <= 6 + PASSED_MAX + 2 * LINE_BYTES_MAX as u64, "it was read on to {}", lines.at());
        assert_eq!(lines.next().unwrap(), None);
    }

    #[test]
    fn a_line_is_too_long_from_the_same_byte_on_whatever_the_pieces_are() {
        for len in [LINE_BYTES_MAX - 1, LINE_BYTES_MAX, LINE_BYTES_MAX + 1, 3 * LINE_BYTES_MAX + 7] {
            let mut bytes = vec![b'x'; len];
            bytes.extend(b"\nnext\n");
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            for piece in [1 << 12, PIECE_BYTES - 1, PIECE_BYTES, LINE_BYTES_MAX, LINE_BYTES_MAX + 1] {
                let mut lines = Lines::in_pieces(&file, 0, piece);
                let first = lines.next().unwrap().unwrap();
                assert_eq!(
                    matches!(first, Line::TooLong { at: 0, ended: true }),
                    len >= LINE_BYTES_MAX,
                    "{len} in {piece}"
                );
                let second = lines.next().unwrap().unwrap();
                assert_eq!(second, Line::Whole { at: len as u64 + 1, bytes: b"next" });
                assert!(lines.buffer.capacity() <= 2 * LINE_BYTES_MAX + 2 * piece);
            }
        }
    }
}
