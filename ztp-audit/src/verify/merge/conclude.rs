//! The end of a verification: what the log and the auditor's own knowledge say together.

use ztp_core::encoding::hex_encode;
use ztp_core::vkey::VerifierKey;

use super::{Merger, segment_file};
use crate::checkpoint::Checkpoint;
use crate::error::VerifyError;
use crate::layout;
use crate::note::Note;
use crate::verdict::{Anchor, Break, BreakKind, LogIdentity, Status, UnanchoredTail, Verdict};

impl Merger<'_> {
    pub(in crate::verify) fn finish(mut self) -> Result<Verdict, VerifyError> {
        self.settle()?;
        self.late_notes()?;
        self.settle()?;
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
            pending_seal: self.waiting.beyond(covered, None) == 1
                && self.waiting.last_size() == Some(self.place),
        };
        if let Some(h) = &self.verdict.head {
            self.verdict.anchors.push(Anchor::EvolvedKey { epoch: h.epoch, size: h.size });
        }
        self.pinned_key();
        let kept = self.kept.take();
        self.auditor_head(kept);
        self.conclude();
        Ok(self.verdict)
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
            // The stated hashes lead to the head's root, but a record under it no longer is what its hash states.
            Some((_, found))
                if *found == root && self.verdict.breaks.first().is_some_and(|b| b.seq < size) =>
            {
                self.uncheck("head_content_after_break");
            }
            Some((_, found)) if *found == root => {
                self.verdict.anchors.push(Anchor::AuditorHead { size, root });
            }
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
