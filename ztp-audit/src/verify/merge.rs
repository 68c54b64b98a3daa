//! The serial part of a verification: joins the blocks in order and follows tree, seals and keys across them.

use std::collections::VecDeque;

use rayon::prelude::*;
use ztp_core::digest::Digest;
use ztp_core::encoding::hex_encode;
use ztp_core::signature::PublicKey;
use ztp_core::vkey::VerifierKey;

use super::VerifyOptions;
use super::block::{Edge, LocalBreak, STEPS_MAX, Scanned, SealSeen, clock_step};
use super::notes::{Chunk, ChunkState, chunks};
use crate::checkpoint::Checkpoint;
use crate::control::LogOpened;
use crate::error::VerifyError;
use crate::layout::{self, SEGMENT_RECORDS};
use crate::note::Note;
use crate::source::LogSource;
use crate::tree::Frontier;
use crate::verdict::{Anchor, Break, BreakKind, Head, LogIdentity, Status, UnanchoredTail, Verdict};

/// A checkpoint note of the segment in hand.
struct Filed {
    offset: u64,
    bytes: Vec<u8>,
    torn: bool,
    checkpoint: Option<Checkpoint>,
}

/// A seal waiting for its signature to be checked.
struct SealJob {
    seq: u64,
    epoch: u64,
    timestamp: String,
    key: VerifierKey,
    note: Vec<u8>,
    offset: u64,
    file: String,
    root: Option<Digest>,
    checkpoint: Checkpoint,
}

/// A seal whose checkpoint was not there when its segment was read.
struct Awaited {
    seal: SealSeen,
    epoch: u64,
    key: Option<PublicKey>,
    root: Option<Digest>,
    segment: u64,
}

pub(super) struct Merger<'a> {
    source: &'a dyn LogSource,
    options: &'a VerifyOptions,
    /// Segments that had checkpoints before the segments were listed.
    note_segments: Vec<u64>,
    newest_notes: Option<(u64, Vec<u8>)>,
    content_from: u64,
    segment: u64,
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
    filed: VecDeque<Filed>,
    jobs: Vec<SealJob>,
    awaited: Vec<Awaited>,
    marks: Vec<(u64, Digest)>,
    torn: u64,
    verdict: Verdict,
}

impl<'a> Merger<'a> {
    pub(super) fn new(
        source: &'a dyn LogSource,
        options: &'a VerifyOptions,
        note_segments: Vec<u64>,
        newest_notes: Option<(u64, Vec<u8>)>,
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
            clock_steps: Vec::new(),
            clock_steps_total: 0,
            unchecked: Vec::new(),
        };
        Self {
            source,
            options,
            note_segments,
            newest_notes,
            content_from,
            segment: 0,
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
            filed: VecDeque::new(),
            jobs: Vec::new(),
            awaited: Vec::new(),
            marks: Vec::new(),
            torn: 0,
            verdict,
        }
    }

    /// Place of the next line.
    pub(super) fn place(&self) -> u64 {
        self.place
    }

    pub(super) fn begin_segment(&mut self, first_seq: u64) {
        self.segment = first_seq;
        self.notes_loaded = false;
        if first_seq != self.place {
            let (kind, file) = if first_seq > self.place && self.place % SEGMENT_RECORDS == 0 {
                (BreakKind::MissingSegment, segment_file(self.place))
            } else {
                (BreakKind::SegmentLength, segment_file(layout::segment_of(self.place.saturating_sub(1))))
            };
            let (expected, found) = (self.place.to_string(), first_seq.to_string());
            self.report(Break { kind, seq: self.place, file, offset: 0, expected, found, timestamp: None });
            self.place = first_seq;
            self.tree_known = false;
            self.tail = None;
        }
    }

    /// Loads the checkpoints of the segment in hand, once its log is known by name.
    fn load_notes(&mut self) -> Result<(), VerifyError> {
        if std::mem::replace(&mut self.notes_loaded, true) {
            return Ok(());
        }
        let bytes = match self.newest_notes.take() {
            Some((segment, bytes)) if segment == self.segment => bytes,
            other => {
                self.newest_notes = other;
                self.source.notes(self.segment)?
            }
        };
        self.filed = file_notes(&bytes, self.origin());
        Ok(())
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
        self.load_notes()?;
        if let (Some(tail), Some(head)) = (self.tail.as_ref(), scanned.head.as_ref()) {
            self.border(&tail.clone(), head);
        }
        for found in scanned.breaks {
            self.local(self.segment, found);
        }
        // Breaks beyond the block's own limit are counted although they are not listed.
        self.verdict.breaks_total += scanned.breaks_total.saturating_sub(self.options.breaks_max.max(1) as u64);
        let room = STEPS_MAX.saturating_sub(self.verdict.clock_steps.len());
        self.verdict.clock_steps.extend(scanned.steps.into_iter().take(room));
        self.verdict.clock_steps_total += scanned.steps_total;

        for mark in &scanned.marks {
            if let Some(root) = self.root_with(mark.subtrees.as_deref()) {
                self.marks.push((mark.size, root));
            }
        }
        for seal in scanned.seals {
            let root = self.root_with(seal.subtrees.as_deref());
            self.seal(seal, root);
        }
        self.tree_known = self.tree_known && push_all(&mut self.frontier, &scanned.subtrees) && !scanned.tree_lost;
        self.lines += scanned.lines;
        if scanned.lines > 0 {
            self.place = scanned.next;
            self.tail = scanned.tail;
            self.tail_segment = self.segment;
        }
        Ok(())
    }

    /// Bytes after the last line feed of the segment in hand.
    pub(super) fn torn(&mut self, bytes: u64) {
        self.torn += bytes;
    }

    fn border(&mut self, tail: &Edge, head: &Edge) {
        if tail.timestamp > head.timestamp {
            if self.verdict.clock_steps.len() < STEPS_MAX {
                self.verdict.clock_steps.push(clock_step(&tail.timestamp, head));
            }
            self.verdict.clock_steps_total += 1;
        }
        let Some(prev_hash_hex) = head.prev_hash_hex else { return };
        if tail.sound && head.sound && tail.prev_hash_hex.is_some() && tail.hash_hex != prev_hash_hex {
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
        self.verdict.breaks_total += 1;
        let breaks = &mut self.verdict.breaks;
        let at = breaks.partition_point(|b| b.seq <= found.seq);
        breaks.insert(at, found);
        breaks.truncate(self.options.breaks_max.max(1));
    }

    fn root_with(&self, subtrees: Option<&[(u32, Digest)]>) -> Option<Digest> {
        let mut frontier = self.frontier.clone();
        (self.tree_known && push_all(&mut frontier, subtrees?)).then(|| frontier.root())
    }

    fn seal(&mut self, seal: SealSeen, root: Option<Digest>) {
        let epoch = self.epoch;
        let key = self.key.take();
        self.epoch += 1;
        match &seal.payload {
            Ok(payload) => {
                self.key = Some(payload.next_public_key.clone());
                if payload.epoch != epoch {
                    let (expected, found) = (format!("epoch {epoch}"), format!("epoch {}", payload.epoch));
                    self.seal_break(BreakKind::KeyChain, self.segment, &seal, expected, found);
                    self.epoch = payload.epoch.saturating_add(1);
                }
            }
            Err(reason) => {
                let expected = "a log.sealed payload".to_owned();
                self.seal_break(BreakKind::BadSeal, self.segment, &seal, expected, reason.clone());
                self.take_note(seal.seq + 1);
                return;
            }
        }
        let note = self.take_note(seal.seq + 1);
        let awaited = Awaited { seal, epoch, key, root, segment: self.segment };
        match note {
            Some(filed) => self.check_note(awaited, filed),
            None => self.awaited.push(awaited),
        }
    }

    fn check_note(&mut self, awaited: Awaited, filed: Filed) {
        let Awaited { seal, epoch, key, root, segment } = awaited;
        let file = notes_file(segment);
        let expected_size = seal.seq + 1;
        let Some(checkpoint) = filed.checkpoint.filter(|c| c.size == expected_size && c.origin == self.origin()) else {
            let expected = format!("a checkpoint of {expected_size} records of {}", self.origin());
            let found = String::from_utf8_lossy(filed.bytes.get(..filed.bytes.len().min(200)).unwrap_or_default()).into_owned();
            return self.report(Break {
                kind: BreakKind::BadSeal,
                seq: seal.seq,
                file,
                offset: filed.offset,
                expected,
                found,
                timestamp: Some(seal.timestamp),
            });
        };
        let key = key.and_then(|k| VerifierKey::new(self.origin(), k).ok());
        let Some(key) = key else {
            let (expected, found) = ("the key that the seal before announced".to_owned(), "no such key".to_owned());
            return self.seal_break(BreakKind::KeyChain, segment, &seal, expected, found);
        };
        let SealSeen { seq, timestamp, .. } = seal;
        let (note, offset) = (filed.bytes, filed.offset);
        self.jobs.push(SealJob { seq, epoch, timestamp, key, note, offset, file, root, checkpoint });
    }

    fn seal_break(&mut self, kind: BreakKind, segment: u64, seal: &SealSeen, expected: String, found: String) {
        let (offset, timestamp) = (seal.offset, Some(seal.timestamp.clone()));
        self.local(segment, LocalBreak { kind, seq: seal.seq, offset, expected, found, timestamp });
    }

    /// The checkpoint of `size` records, or the damaged one that stands in its place.
    fn take_note(&mut self, size: u64) -> Option<Filed> {
        loop {
            let next = self.filed.front()?;
            if next.torn {
                return None;
            }
            let follower = self.filed.get(1).and_then(|f| f.checkpoint.as_ref()).map(|c| c.size);
            match next.checkpoint.as_ref().map(|c| c.size) {
                // The seal's own checkpoint comes next, so this one belongs to no seal.
                Some(earlier) if earlier < size && follower == Some(size) => {
                    let orphan = self.filed.pop_front()?;
                    self.orphan(&orphan, earlier);
                }
                // Later ones wait for their own seal. A size above its follower's was changed: this is the damaged
                // checkpoint of the seal in hand, as is one with a size that is too small.
                Some(later) if later > size && follower.is_none_or(|f| f > later) => return None,
                _ => return self.filed.pop_front(),
            }
        }
    }

    /// A checkpoint for which there is no seal record.
    fn orphan(&mut self, note: &Filed, size: u64) {
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

    /// Checks the signatures collected so far, in parallel, and moves the head forward.
    pub(super) fn settle(&mut self) {
        let jobs = std::mem::take(&mut self.jobs);
        let checked: Vec<Result<(), String>> = jobs.par_iter().map(check_signature).collect();
        for (job, signature) in jobs.into_iter().zip(checked) {
            self.settle_one(job, signature);
        }
    }

    fn settle_one(&mut self, job: SealJob, signature: Result<(), String>) {
        let (kind, expected, found) = match (signature, job.root) {
            (Err(reason), _) => (BreakKind::BadSeal, format!("a signature by {}", job.key), reason),
            (Ok(()), Some(root)) if root != job.checkpoint.root => {
                (BreakKind::CheckpointRoot, job.checkpoint.root.to_string(), root.to_string())
            }
            (Ok(()), None) => {
                self.uncheck("checkpoint_roots_after_break");
                return;
            }
            (Ok(()), Some(_)) => {
                self.verdict.seals += 1;
                if self.verdict.breaks.first().is_none_or(|b| b.seq > job.seq) {
                    self.verdict.head = Some(Head {
                        epoch: job.epoch,
                        size: job.seq + 1,
                        root: job.checkpoint.root,
                        timestamp: job.timestamp,
                    });
                }
                return;
            }
        };
        let (seq, file, offset, timestamp) = (job.seq, job.file, job.offset, Some(job.timestamp));
        self.report(Break { kind, seq, file, offset, expected, found, timestamp });
    }

    fn uncheck(&mut self, what: &'static str) {
        if !self.verdict.unchecked.contains(&what) {
            self.verdict.unchecked.push(what);
        }
    }

    pub(super) fn end_segment(&mut self, last: bool) -> Result<(), VerifyError> {
        self.load_notes()?;
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
        for note in std::mem::take(&mut self.filed) {
            // A seal without a checkpoint and a checkpoint without a seal belong together: its size was changed.
            match self.awaited.iter().position(|a| a.segment == self.segment) {
                Some(at) if !note.torn => {
                    let awaited = self.awaited.remove(at);
                    self.check_note(awaited, note);
                }
                _ => self.left_over(&note, self.segment),
            }
        }
        Ok(())
    }

    /// A checkpoint that no seal record of its segment took.
    fn left_over(&mut self, note: &Filed, segment: u64) {
        match note.checkpoint.as_ref() {
            _ if note.torn => {}
            Some(c) if c.size > self.place => self.missing_records(c.size),
            Some(c) => self.orphan(note, c.size),
            None => {
                let found = String::from_utf8_lossy(note.bytes.get(..note.bytes.len().min(200)).unwrap_or_default());
                self.report(Break {
                    kind: BreakKind::BadSeal,
                    seq: self.place.saturating_sub(1),
                    file: notes_file(segment),
                    offset: note.offset,
                    expected: "a signed checkpoint".to_owned(),
                    found: found.into_owned(),
                    timestamp: None,
                });
            }
        }
    }

    fn missing_records(&mut self, size: u64) {
        if self.verdict.breaks.iter().any(|b| b.kind == BreakKind::MissingRecords && b.seq == self.place) {
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

    pub(super) fn finish(mut self, head: Option<(Note, Checkpoint)>) -> Result<Verdict, VerifyError> {
        self.settle();
        let pending_seal = self.late_notes()?;
        self.settle();
        self.notes_without_segment()?;
        if self.lines == 0 {
            self.missing_genesis();
        }
        self.identity();
        self.verdict.records = self.lines;
        let covered = self.verdict.head.as_ref().map_or(0, |h| h.size);
        self.verdict.unanchored_tail = UnanchoredTail {
            from_seq: covered,
            records: self.place.saturating_sub(covered),
            torn_bytes: self.torn,
            pending_seal,
        };
        if let Some(h) = &self.verdict.head {
            self.verdict.anchors.push(Anchor::EvolvedKey { epoch: h.epoch, size: h.size });
        }
        self.pinned_key();
        self.auditor_head(head);
        self.conclude();
        Ok(self.verdict)
    }

    /// Looks once more for checkpoints that were not there: a writer may have been between a seal record and its checkpoint.
    /// Returns whether the very last record is such a seal still.
    fn late_notes(&mut self) -> Result<bool, VerifyError> {
        let mut pending = false;
        for awaited in std::mem::take(&mut self.awaited) {
            let bytes = self.source.notes(awaited.segment)?;
            let size = awaited.seal.seq + 1;
            let late = file_notes(&bytes, self.origin())
                .into_iter()
                .find(|f| !f.torn && f.checkpoint.as_ref().is_some_and(|c| c.size == size));
            match late {
                Some(filed) => self.check_note(awaited, filed),
                None if size == self.place => pending = true,
                None => {
                    let (expected, found) = ("a checkpoint after this seal".to_owned(), "none".to_owned());
                    self.seal_break(BreakKind::MissingSeal, awaited.segment, &awaited.seal, expected, found);
                }
            }
        }
        Ok(pending)
    }

    /// Checkpoints of segments that are gone tell how long the log was.
    fn notes_without_segment(&mut self) -> Result<(), VerifyError> {
        for segment in std::mem::take(&mut self.note_segments) {
            if segment > self.segment || self.lines == 0 {
                for note in file_notes(&self.source.notes(segment)?, self.origin()) {
                    if note.checkpoint.as_ref().is_some_and(|c| c.size > self.place) {
                        self.left_over(&note, segment);
                    }
                }
            }
        }
        Ok(())
    }

    fn missing_genesis(&mut self) {
        if self.verdict.breaks.is_empty() {
            let (file, expected) = (segment_file(0), "a log.opened record".to_owned());
            let (found, kind) = ("an empty log".to_owned(), BreakKind::BadGenesis);
            self.report(Break { kind, seq: 0, file, offset: 0, expected, found, timestamp: None });
        }
    }

    fn identity(&mut self) {
        let Some(opened) = &self.opened else { return };
        let first_vkey = VerifierKey::new(&opened.origin, opened.public_key.clone());
        self.verdict.log = Some(LogIdentity {
            log_id: hex_encode(&opened.log_id),
            origin: opened.origin.clone(),
            first_vkey: first_vkey.map(|k| k.to_string()).unwrap_or_default(),
            seal_policy: opened.seal_policy,
        });
    }

    fn pinned_key(&mut self) {
        let Some(pinned) = &self.options.pinned else { return self.uncheck("first_key_not_pinned") };
        let found = self.verdict.log.as_ref().map(|l| l.first_vkey.clone()).unwrap_or_default();
        let expected = pinned.to_string();
        if expected == found {
            self.verdict.anchors.push(Anchor::PinnedKey { vkey: found });
        } else {
            let (kind, file) = (BreakKind::KeyChain, segment_file(0));
            self.report(Break { kind, seq: 0, file, offset: 0, expected, found, timestamp: None });
            self.verdict.head = None;
            self.verdict.anchors.clear();
        }
    }

    fn auditor_head(&mut self, head: Option<(Note, Checkpoint)>) {
        let Some((_, checkpoint)) = head else { return self.uncheck("no_head_kept_by_auditor") };
        let at = |kind, seq, expected: String, found: String| Break {
            kind,
            seq,
            file: segment_file(layout::segment_of(seq)),
            offset: 0,
            expected,
            found,
            timestamp: None,
        };
        let Checkpoint { origin, size, root } = checkpoint;
        if origin != self.origin() {
            let found = self.origin().to_owned();
            return self.report(at(BreakKind::HeadOrigin, 0, origin, found));
        }
        match self.marks.iter().find(|m| m.0 == size) {
            Some((_, found)) if *found == root => self.verdict.anchors.push(Anchor::AuditorHead { size, root }),
            Some((_, found)) => {
                let found = found.to_string();
                self.report(at(BreakKind::HeadRoot, size - 1, root.to_string(), found));
            }
            None if size > self.place => {
                let found = format!("{} records", self.place);
                self.report(at(BreakKind::HeadBeyondLog, self.place, format!("{size} records"), found));
            }
            None => self.uncheck("head_root_after_break"),
        }
    }

    fn conclude(&mut self) {
        if self.content_from > 0 {
            self.uncheck("content_before_since");
        }
        let first = self.verdict.breaks.first().map(|b| (b.kind, b.seq));
        self.verdict.status = match first {
            None => Status::Intact,
            Some((BreakKind::MissingRecords, _)) => Status::Truncated,
            Some((BreakKind::HeadBeyondLog, _)) => Status::RolledBack,
            Some((BreakKind::HeadRoot, _)) => Status::Forked,
            Some(_) => Status::Broken,
        };
        self.verdict.verified_to_seq = match first {
            // The head says that something before it differs, not where.
            Some((BreakKind::HeadRoot, _)) => None,
            Some((_, seq)) => seq.checked_sub(1),
            None => self.place.checked_sub(1),
        };
        self.verdict.unchecked.sort_unstable();
    }
}

fn push_all(frontier: &mut Frontier, subtrees: &[(u32, Digest)]) -> bool {
    subtrees.iter().all(|(level, hash)| frontier.push_subtree(*level, *hash).is_ok())
}

fn file_notes(bytes: &[u8], origin: &str) -> VecDeque<Filed> {
    let file = |chunk: Chunk<'_>| {
        let note = (chunk.state == ChunkState::Whole).then(|| Note::parse(chunk.bytes).ok()).flatten();
        Filed {
            offset: chunk.offset,
            bytes: chunk.bytes.to_vec(),
            torn: chunk.state == ChunkState::Torn,
            checkpoint: note.and_then(|n| Checkpoint::parse(n.text()).ok()),
        }
    };
    chunks(bytes, origin).into_iter().map(file).collect()
}

/// The whole rule for a seal's checkpoint: one signature, by the epoch's key, over exactly this text.
fn check_signature(job: &SealJob) -> Result<(), String> {
    let note = Note::parse(&job.note).map_err(|e| e.to_string())?;
    if note.signatures().len() != 1 {
        return Err(format!("{} signatures", note.signatures().len()));
    }
    note.verify(std::slice::from_ref(&job.key)).map(|_| ()).map_err(|e| e.to_string())
}

fn segment_file(first_seq: u64) -> String {
    format!("segments/{}", layout::segment_name(first_seq))
}

fn notes_file(first_seq: u64) -> String {
    format!("checkpoints/{first_seq:020}.notes")
}
