//! The verifier: reads a log as hostile input and says in a [`Verdict`] what holds, what it rests on and where the first break is.
//!
//! Blocks of lines are checked in parallel (`block.rs`) and joined in order (`merge.rs`): borders, tree, seals, keys. Memory is bounded by
//! the window of blocks in flight, whatever the log's size; a segment is never read whole. Nothing is repaired and nothing
//! is written. The same log and options give the same verdict on any machine with any number of threads.

mod block;
mod merge;
pub(crate) mod notes;
mod workers;

use std::path::Path;

use ztp_core::time::Timestamp;
use ztp_core::vkey::VerifierKey;

use self::block::{Scanned, Scratch, Task};
use self::merge::Merger;
use self::workers::Workers;
use crate::checkpoint::Checkpoint;
use crate::error::VerifyError;
use crate::layout::LINE_BYTES_MAX;
use crate::note::Note;
use crate::source::{DirSource, LogSource, SegmentInfo};
use crate::verdict::Verdict;

/// Bytes of one block: small enough to stay in a core's second-level cache.
const BLOCK_BYTES: u64 = 256 << 10;

/// Blocks in flight for each thread, and at most in all: 32 blocks with what they found, seals alone at the worst, stay below 32 MiB.
const BLOCKS_PER_THREAD: usize = 16;
const BLOCKS_MAX: usize = 32;

/// What to verify and against what.
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// Check the content only of records from this time on; earlier ones are held against the checkpoints alone.
    pub since: Option<Timestamp>,
    /// The key of epoch 0 as the auditor knows it from outside the bench.
    pub pinned: Option<VerifierKey>,
    /// A head that the auditor kept: a signed checkpoint of this log.
    pub head: Option<Vec<u8>>,
    /// Breaks listed at most; all are counted.
    pub breaks_max: usize,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { since: None, pinned: None, head: None, breaks_max: 100 }
    }
}

/// Told how far a verification has come, and asked whether to go on.
pub trait Progress: Sync {
    /// `done` of `total` bytes are verified.
    fn advance(&self, done: u64, total: u64);
    /// Whether the caller wants no more; asked before each block of 256 KiB and after each 256 seals or checkpoints, from any thread.
    fn cancelled(&self) -> bool;
}

/// No report, no cancellation.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn advance(&self, _done: u64, _total: u64) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Verifies the log in a directory. A log that another process is writing to may be verified: what is in flight is the tail.
///
/// # Errors
/// [`VerifyError`] if it could not be checked; a log that does not hold is a [`Verdict`], not an error.
pub fn verify_dir(
    dir: &Path,
    options: &VerifyOptions,
    progress: &dyn Progress,
) -> Result<Verdict, VerifyError> {
    verify_source(&DirSource::new(dir), options, progress)
}

/// Verifies a log from any source.
///
/// # Errors
/// As [`verify_dir`].
pub fn verify_source(
    source: &dyn LogSource,
    options: &VerifyOptions,
    progress: &dyn Progress,
) -> Result<Verdict, VerifyError> {
    let head = options.head.as_deref().map(read_head).transpose()?;
    // The order matters for a log that grows meanwhile: every checkpoint seen here is covered by the segments measured after it.
    let note_segments = source.note_segments()?;
    let names = source.segments()?;
    let newest_notes = match names.last() {
        Some(&last) => Some((last, source.notes_bytes(last)?)),
        None => None,
    };
    let mut segments = Vec::with_capacity(names.len());
    for first_seq in names {
        segments.push(SegmentInfo { first_seq, bytes: source.segment_bytes(first_seq)? });
    }
    let content_from = content_start(source, &segments, options.since)?;
    let marks: Vec<u64> = head.iter().map(|h| h.1.size).collect();
    let total = segments.iter().map(|s| s.bytes).sum();
    let workers = Workers::new();
    let watched = (progress, &workers);
    let mut merger = Merger::new(source, options, watched, head, note_segments, newest_notes, content_from);
    let mut run = Run { source, workers: &workers, options, progress, marks, content_from, done: 0, total };
    for (i, segment) in segments.iter().enumerate() {
        merger.begin_segment(segment.first_seq);
        run.segment(*segment, i + 1 == segments.len(), &mut merger)?;
        merger.end_segment(i + 1 == segments.len())?;
    }
    merger.finish()
}

struct Run<'a> {
    source: &'a dyn LogSource,
    workers: &'a Workers,
    options: &'a VerifyOptions,
    progress: &'a dyn Progress,
    marks: Vec<u64>,
    content_from: u64,
    done: u64,
    total: u64,
}

/// A block to scan: the lines that begin in `[offset, end)` of a segment.
#[derive(Clone, Copy)]
struct Block {
    first_seq: u64,
    offset: u64,
    end: u64,
    bytes: u64,
}

/// Where the lines of a block lie in the buffer they were read into.
struct Read {
    /// Offset of the first line in its segment.
    offset: u64,
    /// Where it starts in the buffer.
    start: usize,
    /// Where the last line with a line feed ends in the buffer.
    whole: usize,
    /// Bytes after that: the segment's last line, which has no line feed.
    torn: usize,
}

impl Run<'_> {
    fn ask(&self) -> Result<(), VerifyError> {
        if self.progress.cancelled() { Err(VerifyError::Cancelled { bytes: self.done }) } else { Ok(()) }
    }

    fn segment(
        &mut self,
        segment: SegmentInfo,
        last: bool,
        merger: &mut Merger<'_>,
    ) -> Result<(), VerifyError> {
        let window = (self.workers.threads() * BLOCKS_PER_THREAD).min(BLOCKS_MAX) as u64;
        let mut at = 0;
        while at < segment.bytes {
            self.ask()?;
            let end = segment.bytes.min(at + window * BLOCK_BYTES);
            let blocks: Vec<Block> = (at..end)
                .step_by(usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX))
                .map(|offset| Block {
                    first_seq: segment.first_seq,
                    offset,
                    end: end.min(offset + BLOCK_BYTES),
                    bytes: segment.bytes,
                })
                .collect();
            let scan = |scratch: &mut Scratch, block: &Block| {
                self.scan(block, None, last, scratch).map(|(s, torn)| (*block, s, torn))
            };
            let scanned = self.workers.map(&blocks, Scratch::default, scan);
            for result in scanned {
                let (block, mut scanned, torn) = result?;
                if scanned.lines > 0 && scanned.first != merger.place() {
                    scanned = self.scan(&block, Some(merger.place()), last, &mut Scratch::default())?.0;
                }
                merger.block(scanned)?;
                merger.torn(torn);
            }
            self.done += end - at;
            merger.reached(self.done);
            self.progress.advance(self.done, self.total);
            at = end;
        }
        Ok(())
    }

    fn scan(
        &self,
        block: &Block,
        first: Option<u64>,
        last_segment: bool,
        scratch: &mut Scratch,
    ) -> Result<(Scanned, u64), VerifyError> {
        self.ask()?;
        let mut bytes = std::mem::take(&mut scratch.bytes);
        let read = read_block(self.source, block, &mut bytes)?;
        // Only the log's last line can be a write in progress; anywhere else it counts as a line, and the caller reports it.
        let end = if last_segment { read.whole } else { read.whole + read.torn };
        let task = Task {
            first,
            offset: read.offset,
            content: block.first_seq >= self.content_from,
            marks: &self.marks,
            breaks_max: self.options.breaks_max.max(1),
        };
        let scanned = block::scan(bytes.get(read.start..end).unwrap_or_default(), &task, scratch);
        scratch.bytes = bytes;
        Ok((scanned, read.torn as u64))
    }
}

/// Reads the lines that begin in the block. A line that began before it belongs to an earlier block; the last one is read to its end.
fn read_block(source: &dyn LogSource, block: &Block, bytes: &mut Vec<u8>) -> Result<Read, VerifyError> {
    let from = block.offset.saturating_sub(1);
    let want = usize::try_from(block.end - from).unwrap_or(usize::MAX);
    bytes.resize(want, 0);
    let got = source.read_at(block.first_seq, from, bytes)?;
    bytes.truncate(got);
    // With the byte before the block it is plain whether a line begins at its first byte.
    let start = match block.offset {
        0 => 0,
        _ => memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1),
    };
    let offset = from + start as u64;
    let whole = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1).max(start);
    let mut read = Read { offset, start, whole, torn: 0 };
    if start < bytes.len() {
        finish_line(source, block, bytes, from, &mut read)?;
    }
    Ok(read)
}

/// Reads on until the line that the block's end cuts is whole, or longer than a line may be.
fn finish_line(
    source: &dyn LogSource,
    block: &Block,
    bytes: &mut Vec<u8>,
    from: u64,
    read: &mut Read,
) -> Result<(), VerifyError> {
    while read.whole < bytes.len() {
        let at = from + bytes.len() as u64;
        let step = usize::try_from(block.bytes.saturating_sub(at)).unwrap_or(usize::MAX).min(64 << 10);
        if bytes.len() - read.whole > LINE_BYTES_MAX {
            // Longer than any line may be: not a write in progress, whatever follows.
            read.whole = bytes.len();
            return Ok(());
        }
        let old = bytes.len();
        bytes.resize(old + step, 0);
        let got = source.read_at(block.first_seq, at, bytes.get_mut(old..).unwrap_or_default())?;
        bytes.truncate(old + got);
        if got == 0 {
            break;
        }
        if let Some(end) = memchr::memchr(b'\n', bytes.get(old..).unwrap_or_default()) {
            bytes.truncate(old + end + 1);
            read.whole = bytes.len();
        }
    }
    read.torn = bytes.len() - read.whole;
    Ok(())
}

/// First sequence number of the segment from which on content is checked: the one before the first that begins at or after `since`.
fn content_start(
    source: &dyn LogSource,
    segments: &[SegmentInfo],
    since: Option<Timestamp>,
) -> Result<u64, VerifyError> {
    let Some(since) = since else { return Ok(0) };
    let mut from = 0;
    let mut buffer = vec![0u8; 16 << 10];
    for segment in segments {
        let got = source.read_at(segment.first_seq, 0, &mut buffer)?;
        // A segment whose time cannot be read is checked, and so is all that follows.
        match block::first_timestamp(buffer.get(..got).unwrap_or_default()) {
            Some(time) if time < since => from = segment.first_seq,
            _ => break,
        }
    }
    Ok(from)
}

fn read_head(bytes: &[u8]) -> Result<(Note, Checkpoint), VerifyError> {
    let unusable = |reason: String| VerifyError::HeadUnusable { reason };
    let note = Note::parse(bytes).map_err(|e| unusable(e.to_string()))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|e| unusable(e.to_string()))?;
    if checkpoint.size == 0 {
        return Err(unusable("it covers no record".to_owned()));
    }
    Ok((note, checkpoint))
}
