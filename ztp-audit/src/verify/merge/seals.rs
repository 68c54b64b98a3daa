//! Seals: each `log.sealed` record finds its checkpoint, and each checkpoint the key that the seal before announced.

use ztp_core::digest::Digest;
use ztp_core::signature::PublicKey;
use ztp_core::vkey::VerifierKey;

use super::Merger;
use super::filed::{Filed, FiledNotes, notes_file};
use super::waiting::Awaited;
use crate::checkpoint::Checkpoint;
use crate::control::LogSealed;
use crate::error::VerifyError;
use crate::note::Note;
use crate::verdict::{Break, BreakKind, Head};
use crate::verify::block::{LocalBreak, SealSeen};

/// Signatures that are checked together: enough to keep all threads at work, few enough to be held and to be cancelled between.
const JOBS_MAX: usize = 256;

/// Signatures that are checked sooner than threads are started.
const JOBS_FEW: usize = 16;

/// A seal waiting for its signature to be checked.
pub(super) struct SealJob {
    seq: u64,
    epoch: u64,
    timestamp: String,
    key: VerifierKey,
    note: Note,
    offset: u64,
    file: String,
    root: Option<Digest>,
    checkpoint: Checkpoint,
}

impl Merger<'_> {
    /// Begins with the checkpoints of the segment in hand, once its log is known by name.
    pub(super) fn load_notes(&mut self) {
        if !std::mem::replace(&mut self.notes_loaded, true) {
            let end = self.newest_notes.filter(|newest| newest.0 == self.segment).map(|newest| newest.1);
            self.filed = Some(FiledNotes::new(self, self.segment, end));
        }
    }

    pub(super) fn seal(&mut self, seal: SealSeen, root: Option<Digest>) -> Result<(), VerifyError> {
        let epoch = self.epoch;
        let key = self.key.take();
        self.epoch = epoch.saturating_add(1);
        let size = seal.seq.saturating_add(1);
        if self.head_size() == Some(size) && self.head_key.is_none() {
            self.head_key.clone_from(&key);
        }
        match &seal.payload {
            Ok(payload) => {
                self.evolution(&seal, payload, key.as_ref());
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
                if self.take_note(size)?.is_some() {
                    self.log_went_on();
                }
                return Ok(());
            }
        }
        let note = self.take_note(size)?;
        let awaited = Awaited { seal, epoch, key, root, segment: self.segment };
        match note {
            Some(filed) => {
                self.log_went_on();
                self.check_note(awaited, filed)
            }
            None => {
                self.wait_for(awaited);
                Ok(())
            }
        }
    }

    /// A seal announces a key that nobody has had yet: one that is on the host, or was, ends nothing.
    fn evolution(&mut self, seal: &SealSeen, payload: &LogSealed, key: Option<&PublicKey>) {
        let next = Some(&payload.next_public_key);
        let found = match next {
            _ if next == key => "the key of this epoch again",
            _ if next == self.opened.as_ref().map(|o| &o.public_key) => "the key of epoch 0 again",
            _ => return,
        };
        let expected = "a key that was not used before".to_owned();
        self.seal_break(BreakKind::KeyChain, self.segment, seal, expected, found.to_owned());
    }

    pub(super) fn check_note(&mut self, awaited: Awaited, filed: Filed) -> Result<(), VerifyError> {
        let Awaited { seal, epoch, key, root, segment } = awaited;
        let file = notes_file(segment);
        let expected_size = seal.seq.saturating_add(1);
        let Filed { offset, bytes, signed, .. } = filed;
        let Some((note, checkpoint)) =
            signed.filter(|(_, c)| c.size == expected_size && c.origin == self.origin())
        else {
            let expected = format!("a checkpoint of {expected_size} records of {}", self.origin());
            let found = String::from_utf8_lossy(&bytes).into_owned();
            let timestamp = Some(seal.timestamp);
            self.report(Break {
                kind: BreakKind::BadSeal,
                seq: seal.seq,
                file,
                offset,
                expected,
                found,
                timestamp,
            });
            return Ok(());
        };
        let key = key.and_then(|k| VerifierKey::new(self.origin(), k).ok());
        let Some(key) = key else {
            let (expected, found) =
                ("the key that the seal before announced".to_owned(), "no such key".to_owned());
            self.seal_break(BreakKind::KeyChain, segment, &seal, expected, found);
            return Ok(());
        };
        let SealSeen { seq, timestamp, .. } = seal;
        self.jobs.push(SealJob { seq, epoch, timestamp, key, note, offset, file, root, checkpoint });
        if self.jobs.len() >= JOBS_MAX { self.settle() } else { Ok(()) }
    }

    pub(super) fn seal_break(
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
    fn take_note(&mut self, size: u64) -> Result<Option<Filed>, VerifyError> {
        loop {
            self.work()?;
            let Some(filed) = self.filed.as_mut() else { return Ok(None) };
            let (Some(next), follower) = filed.look()? else { return Ok(None) };
            if next.torn {
                return Ok(None);
            }
            match next.size() {
                // The seal's own checkpoint comes next, so this one belongs to no seal.
                Some(earlier) if earlier < size && follower == Some(size) => {
                    if let Some(orphan) = filed.take()? {
                        self.orphan(&orphan, earlier);
                    }
                }
                // Later ones wait for their own seal. A size above its follower's was changed: this is the damaged
                // checkpoint of the seal in hand, as is one with a size that is too small.
                Some(later) if later > size && follower.is_none_or(|f| f > later) => return Ok(None),
                _ => return filed.take(),
            }
        }
    }

    /// Checks the signatures collected so far, in parallel, and moves the head forward. When that happens depends on the log alone.
    pub(super) fn settle(&mut self) -> Result<(), VerifyError> {
        self.ask()?;
        let jobs = std::mem::take(&mut self.jobs);
        let checked = self.workers.map(&jobs, JOBS_FEW, || (), |(), job| check_signature(job));
        for (job, signature) in jobs.into_iter().zip(checked) {
            self.settle_one(job, signature);
        }
        Ok(())
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
                    size: job.checkpoint.size,
                    root: job.checkpoint.root,
                    timestamp: job.timestamp,
                });
                return;
            }
        };
        let (seq, file, offset, timestamp) = (job.seq, job.file, job.offset, Some(job.timestamp));
        self.report(Break { kind, seq, file, offset, expected, found, timestamp });
    }
}

/// The whole rule for a seal's checkpoint: one signature, by the epoch's key, over exactly this text.
fn check_signature(job: &SealJob) -> Result<(), String> {
    if job.note.signatures().len() != 1 {
        return Err(format!("{} signatures", job.note.signatures().len()));
    }
    job.note.verify(std::slice::from_ref(&job.key)).map(|_| ()).map_err(|e| e.to_string())
}
