//! Seals whose checkpoint was not there when their segment was read: a break as soon as a later checkpoint shows that the log went on,
//! and the end of a log under way, or of a copy of one, if none does.

use std::collections::{HashMap, VecDeque};

use ztp_core::digest::Digest;
use ztp_core::signature::PublicKey;

use super::Merger;
use super::filed::{Filed, FiledNotes};
use crate::error::VerifyError;
use crate::verdict::BreakKind;
use crate::verify::block::SealSeen;

/// Seals that are kept for a second look; a writer makes far fewer between the moments at which its files are measured.
const LISTED_MAX: usize = 1024;

/// A seal whose checkpoint was not there when its segment was read.
pub(super) struct Awaited {
    pub(super) seal: SealSeen,
    pub(super) epoch: u64,
    pub(super) key: Option<PublicKey>,
    pub(super) root: Option<Digest>,
    pub(super) segment: u64,
}

/// The run of seals without checkpoints since the last one that has one: the first of them, and how many follow.
#[derive(Default)]
pub(super) struct Waiting {
    listed: VecDeque<Awaited>,
    more: u64,
    /// Those not listed whose size is above that of the auditor's head.
    more_after_head: u64,
    last_size: u64,
}

impl Waiting {
    /// Takes out those of the segment in hand: the end of the list.
    pub(super) fn of_segment(&mut self, segment: u64) -> VecDeque<Awaited> {
        let at = self.listed.partition_point(|awaited| awaited.segment != segment);
        self.listed.split_off(at)
    }

    /// Puts those back that found no checkpoint.
    pub(super) fn put_back(&mut self, mut rest: VecDeque<Awaited>) {
        self.listed.append(&mut rest);
    }

    /// How many of the run lie beyond the first `covered` records: the size of the last seal that verifies, which is before the run, or
    /// `head_size`.
    pub(super) fn beyond(&self, covered: u64, head_size: Option<u64>) -> u64 {
        let listed = self.listed.iter().filter(|awaited| awaited.seal.seq >= covered).count() as u64;
        listed + if head_size == Some(covered) { self.more_after_head } else { self.more }
    }

    /// Records up to and including the last seal of the run.
    pub(super) fn last_size(&self) -> Option<u64> {
        match self.more {
            0 => self.listed.back().map(|awaited| awaited.seal.seq.saturating_add(1)),
            _ => Some(self.last_size),
        }
    }
}

impl Merger<'_> {
    pub(super) fn wait_for(&mut self, awaited: Awaited) {
        let size = awaited.seal.seq.saturating_add(1);
        self.waiting.last_size = size;
        if self.waiting.listed.len() < LISTED_MAX.max(self.options.breaks_max) {
            let seal = SealSeen { subtrees: None, ..awaited.seal };
            self.waiting.listed.push_back(Awaited { seal, ..awaited });
        } else {
            self.waiting.more += 1;
            self.waiting.more_after_head += u64::from(self.head_size().is_none_or(|head| size > head));
        }
    }

    /// A later checkpoint is there, so those of the seals that wait will not come any more.
    pub(super) fn log_went_on(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        for awaited in waiting.listed {
            self.missing_seal(&awaited);
        }
        // More than are listed as breaks anyway.
        self.verdict.breaks_total += waiting.more;
    }

    fn missing_seal(&mut self, awaited: &Awaited) {
        let (expected, found) = ("a checkpoint after this seal".to_owned(), "none".to_owned());
        self.seal_break(BreakKind::MissingSeal, awaited.segment, &awaited.seal, expected, found);
    }

    /// Looks once more for checkpoints that were not there: a writer may have been between a seal record and its checkpoint. Each
    /// file is read once, and what is left in [`Waiting`] is the end of the log.
    pub(super) fn late_notes(&mut self) -> Result<(), VerifyError> {
        let mut places = HashMap::new();
        let mut segments = Vec::new();
        for (at, awaited) in self.waiting.listed.iter().enumerate() {
            places.entry((awaited.segment, awaited.seal.seq.saturating_add(1))).or_insert(at);
            if segments.last() != Some(&awaited.segment) {
                segments.push(awaited.segment);
            }
        }
        let mut late: HashMap<usize, Filed> = HashMap::new();
        for segment in segments {
            let mut filed = FiledNotes::new(self, segment, None);
            while let Some(note) = filed.take()? {
                self.work()?;
                if let Some(at) = note.size().and_then(|size| places.get(&(segment, size))) {
                    late.entry(*at).or_insert(note);
                }
            }
        }
        let Some(last) = late.keys().max().copied() else { return Ok(()) };
        let rest = self.waiting.listed.split_off(last + 1);
        for (at, awaited) in std::mem::replace(&mut self.waiting.listed, rest).into_iter().enumerate() {
            match late.remove(&at) {
                Some(filed) => self.check_note(awaited, filed)?,
                None => self.missing_seal(&awaited),
            }
        }
        Ok(())
    }
}
