//! The end of a verification: what the log and the auditor's own knowledge say together.

use ztp_core::encoding::hex_encode;
use ztp_core::vkey::VerifierKey;

use super::tail::SEALS_WITHOUT_CHECKPOINTS;
use super::{Merger, segment_file};
use crate::error::VerifyError;
use crate::verdict::{Anchor, Break, BreakKind, LogIdentity, Status, Verdict};
use crate::verify::require::{grade, is_dated_after};

impl Merger<'_> {
    pub(in crate::verify) fn finish(mut self) -> Result<Verdict, VerifyError> {
        self.settle()?;
        self.late_notes()?;
        self.settle()?;
        self.notes_without_segment()?;
        self.unexplained();
        if self.lines == 0 {
            self.missing_genesis();
        }
        self.identity();
        self.verdict.records = self.lines;
        self.last_head();
        self.pinned_key()?;
        self.auditor_head()?;
        self.unanchored_tail()?;
        self.conclude();
        Ok(self.verdict)
    }

    /// Settles which seal is the last that verifies before any break.
    fn last_head(&mut self) {
        let first_break = self.verdict.breaks.first().map(|b| b.seq);
        // A break that was found later than the seals after it takes them back.
        self.verdict.head = self.verdict.head.take().filter(|h| first_break.is_none_or(|seq| seq >= h.size));
        if let Some(h) = &self.verdict.head {
            self.verdict.anchors.push(Anchor::EvolvedKey { epoch: h.epoch, size: h.size });
        }
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

    fn conclude(&mut self) {
        if self.content_from > 0 {
            self.uncheck("content_before_head");
        }
        if is_dated_after(&self.verdict, self.options.now) {
            self.uncheck("seal_dated_after_now");
        }
        let first = self.verdict.breaks.first().map(|b| (b.kind, b.seq));
        let (graded, missing) = grade(&self.verdict, self.options);
        self.verdict.missing = missing;
        self.verdict.status = match first {
            // Whoever can write to the copy can put seals at its end, and whoever carried it can have taken checkpoints away.
            None if graded == Status::Intact
                && self.verdict.unchecked.contains(&SEALS_WITHOUT_CHECKPOINTS) =>
            {
                Status::Unanchored
            }
            None => graded,
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
