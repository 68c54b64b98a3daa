//! Seals: each `log.sealed` record finds its checkpoint, and each checkpoint the key that the seal before announced.

use std::collections::VecDeque;

use rayon::prelude::*;
use ztp_core::digest::Digest;
use ztp_core::signature::PublicKey;
use ztp_core::vkey::VerifierKey;

use super::{Merger, segment_file};
use crate::checkpoint::Checkpoint;
use crate::error::VerifyError;
use crate::layout;
use crate::note::Note;
use crate::verdict::{Break, BreakKind, Head};
use crate::verify::block::{LocalBreak, SealSeen};
use crate::verify::notes::{Chunk, ChunkState, chunks};

/// A checkpoint note of the segment in hand.
pub(super) struct Filed {
    offset: u64,
    bytes: Vec<u8>,
    torn: bool,
    checkpoint: Option<Checkpoint>,
}

/// A seal waiting for its signature to be checked.
pub(super) struct SealJob {
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
pub(super) struct Awaited {
    seal: SealSeen,
    epoch: u64,
    key: Option<PublicKey>,
    root: Option<Digest>,
    segment: u64,
}

impl Awaited {
    /// Place of the seal record.
    pub(super) fn seq(&self) -> u64 {
        self.seal.seq
    }
}

impl Merger<'_> {
    /// Loads the checkpoints of the segment in hand, once its log is known by name.
    pub(super) fn load_notes(&mut self) -> Result<(), VerifyError> {
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

    pub(super) fn seal(&mut self, seal: SealSeen, root: Option<Digest>) {
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

    pub(super) fn check_note(&mut self, awaited: Awaited, filed: Filed) {
        let Awaited { seal, epoch, key, root, segment } = awaited;
        let file = notes_file(segment);
        let expected_size = seal.seq + 1;
        let Some(checkpoint) =
            filed.checkpoint.filter(|c| c.size == expected_size && c.origin == self.origin())
        else {
            let expected = format!("a checkpoint of {expected_size} records of {}", self.origin());
            let found =
                String::from_utf8_lossy(filed.bytes.get(..filed.bytes.len().min(200)).unwrap_or_default())
                    .into_owned();
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
            let (expected, found) =
                ("the key that the seal before announced".to_owned(), "no such key".to_owned());
            return self.seal_break(BreakKind::KeyChain, segment, &seal, expected, found);
        };
        let SealSeen { seq, timestamp, .. } = seal;
        let (note, offset) = (filed.bytes, filed.offset);
        self.jobs.push(SealJob { seq, epoch, timestamp, key, note, offset, file, root, checkpoint });
    }

    fn seal_break(
        &mut self,
        kind: BreakKind,
        segment: u64,
        seal: &SealSeen,
        expected: String,
        found: String,
    ) {
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
    pub(in crate::verify) fn settle(&mut self) {
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
                self.sealed(Head {
                    epoch: job.epoch,
                    size: job.seq + 1,
                    root: job.checkpoint.root,
                    timestamp: job.timestamp,
                });
                return;
            }
        };
        let (seq, file, offset, timestamp) = (job.seq, job.file, job.offset, Some(job.timestamp));
        self.report(Break { kind, seq, file, offset, expected, found, timestamp });
    }

    /// Ends a segment: checkpoints that no seal record took.
    pub(super) fn unmatched_notes(&mut self) {
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
    }

    /// A checkpoint that no seal record of its segment took.
    pub(super) fn left_over(&mut self, note: &Filed, segment: u64) {
        match note.checkpoint.as_ref() {
            _ if note.torn => {}
            Some(c) if c.size > self.place => self.missing_records(c.size),
            Some(c) => self.orphan(note, c.size),
            None => {
                let found =
                    String::from_utf8_lossy(note.bytes.get(..note.bytes.len().min(200)).unwrap_or_default());
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

    /// Looks once more for checkpoints that were not there: a writer may have been between a seal record and its checkpoint.
    /// Returns whether the very last record is such a seal still.
    pub(super) fn late_notes(&mut self) -> Result<bool, VerifyError> {
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
    pub(super) fn notes_without_segment(&mut self) -> Result<(), VerifyError> {
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

fn notes_file(first_seq: u64) -> String {
    format!("checkpoints/{first_seq:020}.notes")
}
