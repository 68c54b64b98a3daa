//! The serial part of a verification: joins the blocks in order and follows the chain and the tree across them. Seals and keys
//! are followed in `seals`, and the whole is put into words in `conclude`.

mod brought;
mod clocks;
mod conclude;
mod filed;
mod seals;
mod strays;
mod tail;
mod waiting;

use ztp_core::digest::Digest;
use ztp_core::signature::PublicKey;

use self::clocks::Boots;
use self::filed::{FiledNotes, notes_file};
use self::seals::SealJob;
use self::strays::Strays;
use self::tail::TailWatch;
use self::waiting::Waiting;
use super::block::{Edge, LocalBreak, Scanned, Steps};
use super::workers::Workers;
use super::{Progress, VerifyOptions};
use crate::checkpoint::Checkpoint;
use crate::control::LogOpened;
use crate::error::VerifyError;
use crate::layout::{self, SEGMENT_RECORDS};
use crate::note::Note;
use crate::source::LogSource;
use crate::tree::Frontier;
use crate::verdict::{
    Break, BreakKind, ClockStep, Head, Recovered, Reported, Status, UnanchoredTail, Verdict,
};

/// Checkpoints and seals between two questions whether to go on.
const ASK_EVERY: u32 = 256;

/// Bytes of a text in a break at most.
const TEXT_BYTES_MAX: usize = 512;

pub use self::tail::SEALS_WITHOUT_CHECKPOINTS;

pub(super) struct Merger<'a> {
    source: &'a dyn LogSource,
    options: &'a VerifyOptions,
    progress: &'a dyn Progress,
    workers: &'a Workers,
    /// The head that the auditor kept.
    kept: Option<(Note, Checkpoint)>,
    /// Key of the epoch that the record under that head ended.
    head_key: Option<PublicKey>,
    /// Segments that had checkpoints before the segments were listed.
    note_segments: Vec<u64>,
    /// The last of the segments, and the bytes of its checkpoints before the segments were measured.
    newest_notes: Option<(u64, u64)>,
    content_from: u64,
    segment: u64,
    segment_lines: u64,
    place: u64,
    lines: u64,
    frontier: Frontier,
    tree_known: bool,
    tail: Option<Edge>,
    tail_segment: u64,
    opened: Option<LogOpened>,
    /// Key of the open epoch, where the chain of keys holds.
    key: Option<PublicKey>,
    epoch: u64,
    notes_loaded: bool,
    filed: Option<FiledNotes<'a>>,
    jobs: Vec<SealJob>,
    waiting: Waiting,
    watch: TailWatch,
    marks: Vec<(u64, Digest)>,
    strays: Strays,
    boots: Boots,
    torn: u64,
    /// Place at which checkpoints said that the log had gone on.
    ended_early: Option<u64>,
    /// Bytes of segments that were taken up, for whoever cancels.
    bytes: u64,
    /// Checkpoints and seals looked at since the caller was last asked whether to go on.
    unasked: u32,
    verdict: Verdict,
}

impl<'a> Merger<'a> {
    pub(super) fn new(
        source: &'a dyn LogSource,
        options: &'a VerifyOptions,
        (progress, workers): (&'a dyn Progress, &'a Workers),
        kept: Option<(Note, Checkpoint)>,
        note_segments: Vec<u64>,
        newest_notes: Option<(u64, u64)>,
        content_from: u64,
    ) -> Self {
        let verdict = Verdict {
            status: Status::Intact,
            verified_to_seq: None,
            records: 0,
            seals: 0,
            breaks: Vec::new(),
            breaks_total: 0,
            anchors: Vec::new(),
            head: None,
            unanchored_tail: UnanchoredTail::default(),
            log: None,
            content_checked_from: content_from,
            reported: Reported { from_seq: options.since.is_none().then_some(0), ..Reported::default() },
            clock_steps: Vec::new(),
            clock_steps_total: 0,
            recovered: Recovered::default(),
            strays: Vec::new(),
            strays_total: 0,
            missing: Vec::new(),
            unchecked: Vec::new(),
        };
        Self {
            source,
            options,
            progress,
            workers,
            kept,
            head_key: None,
            note_segments,
            newest_notes,
            content_from,
            segment: 0,
            segment_lines: 0,
            place: 0,
            lines: 0,
            frontier: Frontier::new(),
            tree_known: true,
            tail: None,
            tail_segment: 0,
            opened: None,
            key: None,
            epoch: 0,
            notes_loaded: false,
            filed: None,
            jobs: Vec::new(),
            waiting: Waiting::default(),
            watch: TailWatch::default(),
            marks: Vec::new(),
            strays: Strays::default(),
            boots: Boots::default(),
            torn: 0,
            ended_early: None,
            bytes: 0,
            unasked: 0,
            verdict,
        }
    }

    /// Place of the next line.
    pub(super) fn place(&self) -> u64 {
        self.place
    }

    /// Takes up the next segment. Returns whether it is to be read: no segment has a name that is not a multiple of its length, so what
    /// stands in such a file is no part of the log.
    pub(super) fn begin_segment(&mut self, first_seq: u64) -> bool {
        if !first_seq.is_multiple_of(SEGMENT_RECORDS) || first_seq > PLACE_MAX {
            let expected = format!("a name that is a multiple of {SEGMENT_RECORDS}");
            let (kind, file, found) =
                (BreakKind::SegmentLength, segment_file(first_seq), first_seq.to_string());
            let found = Break { kind, seq: self.place, file, offset: 0, expected, found, timestamp: None };
            // Before whatever else is wrong at this place: that records are missing there follows from this.
            let before = |b: &Break| b.seq < found.seq || (b.seq == found.seq && b.kind == found.kind);
            let at = self.verdict.breaks.partition_point(before);
            self.report_at(at, found);
            return false;
        }
        let too_long = self.segment_lines > SEGMENT_RECORDS;
        self.segment_lines = 0;
        let before = self.segment;
        self.segment = first_seq;
        self.notes_loaded = false;
        if first_seq != self.place {
            let (kind, file) = if first_seq > self.place && self.place.is_multiple_of(SEGMENT_RECORDS) {
                (BreakKind::MissingSegment, segment_file(self.place))
            } else {
                (BreakKind::SegmentLength, segment_file(before))
            };
            let (expected, found) = (self.place.to_string(), first_seq.to_string());
            if !too_long {
                self.report(Break {
                    kind,
                    seq: self.place,
                    file,
                    offset: 0,
                    expected,
                    found,
                    timestamp: None,
                });
            }
            self.place = first_seq;
            self.tree_known = false;
            self.tail = None;
        }
        true
    }

    /// Counts one checkpoint or seal, and asks now and then whether to go on.
    fn work(&mut self) -> Result<(), VerifyError> {
        self.unasked += 1;
        if self.unasked < ASK_EVERY { Ok(()) } else { self.ask() }
    }

    fn ask(&mut self) -> Result<(), VerifyError> {
        self.unasked = 0;
        if self.progress.cancelled() { Err(VerifyError::Cancelled { bytes: self.bytes }) } else { Ok(()) }
    }

    fn head_size(&self) -> Option<u64> {
        self.kept.as_ref().map(|(_, checkpoint)| checkpoint.size)
    }

    fn origin(&self) -> &str {
        self.opened.as_ref().map_or("", |o| o.origin.as_str())
    }

    /// Takes the next block. Its first line is at [`Merger::place`].
    ///
    /// # Errors
    /// [`VerifyError`] if the segment's checkpoints cannot be read.
    pub(super) fn block(&mut self, scanned: Scanned) -> Result<(), VerifyError> {
        if self.opened.is_none()
            && let Some(opened) = scanned.opened.clone()
        {
            self.key = Some(opened.public_key.clone());
            self.opened = Some(opened);
        }
        self.load_notes();
        let reporting = self.verdict.reported.from_seq.is_some();
        if self.verdict.reported.from_seq.is_some() {
            self.verdict.reported.records += scanned.lines;
        } else if let Some((from_seq, lines)) = scanned.reported {
            self.verdict.reported.from_seq = Some(from_seq);
            self.verdict.reported.records = lines;
        }
        if let (Some(tail), Some(head)) = (self.tail.as_ref(), scanned.head.as_ref()) {
            self.border(&tail.clone(), head);
        }
        for found in scanned.breaks {
            self.local(self.segment, found);
        }
        // Breaks beyond the block's own limit are counted although they are not listed.
        self.verdict.breaks_total +=
            scanned.breaks_total.saturating_sub(self.options.breaks_max.max(1) as u64);
        if reporting {
            self.steps(scanned.steps_before);
        }
        self.steps(scanned.steps);
        self.segment_length(scanned.lines, scanned.head.as_ref())?;
        if let Some(head) = &scanned.head {
            self.watch.block(head.seq, self.segment, head.offset);
        }

        for mark in &scanned.marks {
            if self.marks.iter().all(|(size, _)| *size != mark.size)
                && let Some(root) = self.root_with(mark.subtrees.as_deref())
            {
                self.marks.push((mark.size, root));
            }
        }
        for recovered in &scanned.recovered {
            self.recovered(recovered)?;
        }
        for seal in scanned.seals {
            self.watch.seal(seal.seq, self.opened.as_ref());
            self.seal_clocks(&seal);
            let root = self.root_with(seal.subtrees.as_deref());
            self.seal(seal, root)?;
        }
        self.tree_known =
            self.tree_known && push_all(&mut self.frontier, &scanned.subtrees) && !scanned.tree_lost;
        self.lines += scanned.lines;
        self.segment_lines += scanned.lines;
        if scanned.lines > 0 {
            self.place = scanned.next;
            self.tail = scanned.tail;
            self.tail_segment = self.segment;
        }
        Ok(())
    }

    /// `bytes` of the segments have been taken up.
    pub(super) fn reached(&mut self, bytes: u64) {
        self.bytes = bytes;
    }

    /// Bytes after the last line feed of the segment in hand.
    pub(super) fn torn(&mut self, bytes: u64) {
        self.torn += bytes;
    }

    fn steps(&mut self, steps: Steps) {
        let unlisted = steps.total.saturating_sub(steps.listed.len() as u64);
        steps.listed.into_iter().for_each(|step| self.clock_step(step));
        self.verdict.clock_steps_total += unlisted;
    }

    /// A segment's records beyond its length belong into the next; called with a block before its lines are counted.
    fn segment_length(&mut self, lines: u64, first: Option<&Edge>) -> Result<(), VerifyError> {
        let all = self.segment_lines + lines;
        if self.segment_lines > SEGMENT_RECORDS || all <= SEGMENT_RECORDS {
            return Ok(());
        }
        let seq = self.place + (SEGMENT_RECORDS - self.segment_lines);
        let from = first.map_or(0, |edge| edge.offset);
        let line = tail::line_after(self.source, self.segment, from, SEGMENT_RECORDS - self.segment_lines)?;
        self.report(Break {
            kind: BreakKind::SegmentLength,
            seq,
            file: segment_file(self.segment),
            offset: line.as_ref().map_or(0, |l| l.offset),
            expected: format!("{SEGMENT_RECORDS} records at most"),
            found: "one more".to_owned(),
            timestamp: line.and_then(|l| l.timestamp).map(|t| t.to_string()),
        });
        Ok(())
    }

    /// A seal verifies: the head moves forward, unless something before it does not hold.
    fn sealed(&mut self, head: Head) {
        self.verdict.seals += 1;
        if self.verdict.reported.from_seq.is_some_and(|from| from < head.size) {
            self.verdict.reported.seals += 1;
        }
        if self.verdict.breaks.first().is_some_and(|b| b.seq < head.size) {
            return;
        }
        self.watch.covered(head.size);
        self.verdict.head = Some(head);
    }

    fn border(&mut self, tail: &Edge, head: &Edge) {
        // Whether the line after the border is reported by its own time is known by now, and so is whether an earlier one was.
        if tail.steps_back_to(head) && self.verdict.reported.from_seq.is_some_and(|from| from <= head.seq) {
            self.clock_step(ClockStep::dated_back(head.seq, &tail.timestamp, &head.timestamp));
        }
        let Some(prev_hash_hex) = head.prev_hash_hex else { return };
        if tail.sound && head.sound && tail.hash_hex != prev_hash_hex {
            let text = |hex: &[u8]| String::from_utf8_lossy(hex).into_owned();
            let found = LocalBreak {
                kind: BreakKind::PrevHashMismatch,
                seq: tail.seq,
                offset: tail.offset,
                expected: text(&prev_hash_hex),
                found: text(&tail.hash_hex),
                timestamp: Some(text(&tail.timestamp)),
            };
            self.local(self.tail_segment, found);
        }
    }

    fn local(&mut self, segment: u64, found: LocalBreak) {
        self.report(Break {
            kind: found.kind,
            seq: found.seq,
            file: segment_file(segment),
            offset: found.offset,
            expected: found.expected,
            found: found.found,
            timestamp: found.timestamp,
        });
    }

    /// Keeps the breaks that come first in the log, in order.
    fn report(&mut self, found: Break) {
        let at = self.verdict.breaks.partition_point(|b| b.seq <= found.seq);
        self.report_at(at, found);
    }

    /// Their texts are cut: a line may be a mebibyte long.
    fn report_at(&mut self, at: usize, mut found: Break) {
        self.verdict.breaks_total += 1;
        let max = self.options.breaks_max.max(1);
        if at < max {
            clip(&mut found.expected);
            clip(&mut found.found);
            self.verdict.breaks.truncate(max - 1);
            self.verdict.breaks.insert(at, found);
        }
    }

    fn root_with(&self, subtrees: Option<&[(u32, Digest)]>) -> Option<Digest> {
        let mut frontier = self.frontier.clone();
        (self.tree_known && push_all(&mut frontier, subtrees?)).then(|| frontier.root())
    }

    fn uncheck(&mut self, what: &'static str) {
        if !self.verdict.unchecked.contains(&what) {
            self.verdict.unchecked.push(what);
        }
    }

    pub(super) fn end_segment(&mut self, last: bool) -> Result<(), VerifyError> {
        self.load_notes();
        if !last && self.torn > 0 {
            let (file, found) = (segment_file(self.segment), format!("{} bytes without one", self.torn));
            self.report(Break {
                kind: BreakKind::TornLine,
                seq: self.place.saturating_sub(1),
                file,
                offset: self.tail.as_ref().map_or(0, |t| t.offset),
                expected: "a line feed at the end".to_owned(),
                found,
                timestamp: None,
            });
            self.torn = 0;
        }
        self.unmatched_notes()?;
        self.settle()
    }
}

/// Cuts a text that a hostile log may have made long.
fn clip(text: &mut String) {
    if text.len() > TEXT_BYTES_MAX {
        let end = (0..=TEXT_BYTES_MAX).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
        text.push('\u{2026}');
        text.shrink_to_fit();
    }
}

/// First record of the last segment that can be: places are integers of the canonical form, up to 2^53-1.
const PLACE_MAX: u64 = (1 << 53) - SEGMENT_RECORDS;

fn push_all(frontier: &mut Frontier, subtrees: &[(u32, Digest)]) -> bool {
    subtrees.iter().all(|(level, hash)| frontier.push_subtree(*level, *hash).is_ok())
}

fn segment_file(first_seq: u64) -> String {
    format!("segments/{}", layout::segment_name(first_seq))
}
