//! The verifier: reads a log as hostile input and says in a [`Verdict`] what holds, what it rests on and where the first break is.
//!
//! Blocks of lines are checked in parallel (`block.rs`) and joined in order (`merge.rs`): borders, tree, seals, keys. Memory is bounded by
//! the window of blocks in flight, whatever the log's size; a segment is never read whole. Nothing is repaired and nothing
//! is written. The same log and options give the same verdict on any machine with any number of threads.

mod block;
mod merge;
pub(crate) mod notes;
mod require;
mod workers;

use std::path::Path;

use ztp_core::time::Timestamp;
use ztp_core::vkey::VerifierKey;

use self::block::{Scanned, Scratch, Task};
use self::merge::Merger;
pub use self::merge::SEALS_WITHOUT_CHECKPOINTS;
pub use self::require::Requirement;
use self::workers::Workers;
use crate::checkpoint::Checkpoint;
use crate::error::VerifyError;
use crate::layout::LINE_BYTES_MAX;
use crate::lines::torn_to_end;
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
    /// Report on records from this time on: clock steps are listed, and records and seals counted, from the first record on that is dated
    /// at or after it. Everything is checked all the same.
    pub since: Option<Timestamp>,
    /// Leave the content of ordinary records below the head's size to the head: their stated hashes are read and held against its root.
    /// What the log writes about itself is hashed wherever it stands, and if anything does not hold, everything is.
    pub content_from_head: bool,
    /// The key of epoch 0 as the auditor knows it from outside the bench.
    pub pinned: Option<VerifierKey>,
    /// A head that the auditor kept: a signed checkpoint of this log.
    pub head: Option<Vec<u8>>,
    /// The time by the caller's clock, to hold the age of the tail and of the last seal against.
    pub now: Option<Timestamp>,
    /// What the verdict must rest on. `None`: on anything outside the copy, else it is [`Status::Unanchored`](crate::verdict::Status);
    /// an empty list asks for nothing, on purpose.
    pub require: Option<Vec<Requirement>>,
    /// Breaks listed at most; all are counted.
    pub breaks_max: usize,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            since: None,
            content_from_head: false,
            pinned: None,
            head: None,
            now: None,
            require: None,
            breaks_max: 100,
        }
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
    require::answerable(options)?;
    let workers = Workers::new();
    let mut pass =
        Pass { source, options, progress, workers: &workers, head: &head, skip_below: 0, before: 0 };
    if options.content_from_head {
        pass.skip_below = head.as_ref().map_or(0, |h| h.1.size);
        let (verdict, bytes) = pass.run()?;
        // What was skipped is vouched for by the head and by nothing else, and a break is placed only where all before it was looked at.
        if verdict.breaks_total == 0 && verdict.rests_on("auditor_head") {
            return Ok(verdict);
        }
        (pass.skip_below, pass.before) = (0, bytes);
    }
    pass.run().map(|(verdict, _)| verdict)
}

/// One way through all of a log.
struct Pass<'a> {
    source: &'a dyn LogSource,
    options: &'a VerifyOptions,
    progress: &'a dyn Progress,
    workers: &'a Workers,
    head: &'a Option<(Note, Checkpoint)>,
    /// Content of ordinary records below this is left to the head.
    skip_below: u64,
    /// Bytes that an earlier pass went through.
    before: u64,
}

impl Pass<'_> {
    /// The verdict, and the bytes that were read for it.
    fn run(&self) -> Result<(Verdict, u64), VerifyError> {
        let Self { source, options, progress, workers, head, skip_below, before } = *self;
        // The order matters for a log that grows meanwhile: every checkpoint seen here is covered by the segments measured after it.
        let note_segments = source.note_segments()?;
        let names = source.segments()?;
        let newest_notes = match names.last() {
            Some(&last) => Some((last, source.notes_bytes(last)?)),
            None => None,
        };
        let mut segments = Vec::with_capacity(names.len());
        for first_seq in names {
            if progress.cancelled() {
                return Err(VerifyError::Cancelled { bytes: before });
            }
            segments.push(SegmentInfo { first_seq, bytes: source.segment_bytes(first_seq)? });
        }
        let marks: Vec<u64> = head.iter().map(|h| h.1.size).collect();
        let total: u64 = segments.iter().map(|s| s.bytes).sum();
        let since = options.since.and_then(|t| t.to_string().as_bytes().first_chunk::<24>().copied());
        let mut run = Run {
            source,
            workers,
            options,
            progress,
            marks,
            since,
            skip_below,
            done: before,
            total: before + total,
        };
        let watched = (progress, workers);
        let mut merger =
            Merger::new(source, options, watched, head.clone(), note_segments, newest_notes, skip_below);
        merger.beside(source.beside()?);
        merger.reached(before);
        for (i, segment) in segments.iter().enumerate() {
            let last = i + 1 == segments.len();
            if merger.begin_segment(segment.first_seq) {
                run.segment(*segment, last, &mut merger)?;
                merger.end_segment(last)?;
            }
        }
        Ok((merger.finish()?, total))
    }
}

struct Run<'a> {
    source: &'a dyn LogSource,
    workers: &'a Workers,
    options: &'a VerifyOptions,
    progress: &'a dyn Progress,
    marks: Vec<u64>,
    since: Option<[u8; 24]>,
    skip_below: u64,
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
    torn: u64,
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
            let scanned = self.workers.map(&blocks, 1, Scratch::default, scan);
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
        let read = read_block(self.source, block, last_segment, &mut bytes)?;
        // Only the log's last line can be a write in progress; anywhere else it counts as a line, and the caller reports it.
        let end = if last_segment { read.whole } else { bytes.len() };
        let task = Task {
            first,
            offset: read.offset,
            skip_below: self.skip_below,
            since: self.since.as_ref(),
            marks: &self.marks,
            breaks_max: self.options.breaks_max.max(1),
        };
        let scanned = block::scan(bytes.get(read.start..end).unwrap_or_default(), &task, scratch);
        scratch.bytes = bytes;
        Ok((scanned, read.torn))
    }
}

/// Reads the lines that begin in the block. A line that began before it belongs to an earlier block; the last one is read to its end.
fn read_block(
    source: &dyn LogSource,
    block: &Block,
    last_segment: bool,
    bytes: &mut Vec<u8>,
) -> Result<Read, VerifyError> {
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
        finish_line(source, block, last_segment, bytes, &mut read)?;
    }
    Ok(read)
}

/// Reads on until the line that the block's end cuts is whole, or longer than a line may be.
fn finish_line(
    source: &dyn LogSource,
    block: &Block,
    last_segment: bool,
    bytes: &mut Vec<u8>,
    read: &mut Read,
) -> Result<(), VerifyError> {
    let from = block.offset.saturating_sub(1);
    while read.whole < bytes.len() {
        let at = from + bytes.len() as u64;
        let step = usize::try_from(block.bytes.saturating_sub(at)).unwrap_or(usize::MAX).min(64 << 10);
        if bytes.len() - read.whole > LINE_BYTES_MAX {
            // Longer than any line may be: a write in progress or cut off only if it is the log's end, and has holes.
            let begun = from + read.whole as u64;
            let read_at = |at, piece: &mut [u8]| source.read_at(block.first_seq, at, piece);
            match if last_segment { torn_to_end(begun, read_at)? } else { None } {
                Some(torn) => read.torn = torn,
                None => read.whole = bytes.len(),
            }
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
    read.torn = (bytes.len() - read.whole) as u64;
    Ok(())
}

/// Reads a head that the auditor kept. What an editor or a transfer did to it is said as that; it is no word about the log.
fn read_head(bytes: &[u8]) -> Result<(Note, Checkpoint), VerifyError> {
    let unusable = |reason: String| VerifyError::HeadUnusable { reason };
    let note = Note::parse(bytes).map_err(|e| unusable(e.to_string()))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|e| unusable(e.to_string()))?;
    if checkpoint.size == 0 {
        return Err(unusable("it covers no record".to_owned()));
    }
    if note.signatures().iter().all(|s| s.name() != checkpoint.origin) {
        let reason =
            format!("no signature is by a key that is named {:?}, as its first line is", checkpoint.origin);
        return Err(unusable(reason));
    }
    Ok((note, checkpoint))
}
