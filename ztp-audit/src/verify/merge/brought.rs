//! What the auditor brings, held against the log: the first key, and a head that he kept. One that is of another log, or that nobody can
//! have signed, is his mistake and no finding.

use ztp_core::vkey::VerifierKey;

use super::{Merger, segment_file};
use crate::checkpoint::Checkpoint;
use crate::control::LogOpened;
use crate::error::VerifyError;
use crate::layout;
use crate::note::Note;
use crate::verdict::{Anchor, Break, BreakKind};

impl Merger<'_> {
    pub(super) fn pinned_key(&mut self) -> Result<(), VerifyError> {
        let Some(pinned) = &self.options.pinned else {
            self.uncheck("first_key_not_pinned");
            return Ok(());
        };
        if let Some(opened) = self.believed().filter(|opened| opened.origin != pinned.name()) {
            let (key, log) = (pinned.name().to_owned(), opened.origin.clone());
            return Err(VerifyError::KeyOtherLog { key, log });
        }
        let found = match &self.verdict.log {
            Some(log) => log.first_vkey.clone(),
            None => "no first record that could be read".to_owned(),
        };
        let expected = pinned.to_string();
        if expected == found && self.verdict.head.is_none() {
            // The key stands in record 0 for anyone to copy. What it vouches for is what it signed.
            self.uncheck("first_key_sealed_nothing");
        } else if expected == found {
            self.verdict.anchors.push(Anchor::PinnedKey { vkey: found });
        } else {
            let (kind, file) = (BreakKind::PinnedKey, segment_file(0));
            self.report(Break { kind, seq: 0, file, offset: 0, expected, found, timestamp: None });
            self.verdict.head = None;
            self.verdict.anchors.clear();
        }
        Ok(())
    }

    /// The log's first record, if it holds: only then its name is one, and another in what the auditor brings his mistake.
    fn believed(&self) -> Option<&LogOpened> {
        let broken = self.verdict.breaks.first().is_some_and(|b| b.seq == 0);
        self.opened.as_ref().filter(|_| !broken)
    }

    pub(super) fn auditor_head(&mut self) -> Result<(), VerifyError> {
        let Some((note, Checkpoint { origin, size, root })) = self.kept.clone() else {
            self.uncheck("no_head_kept_by_auditor");
            return Ok(());
        };
        if let Some(opened) = self.believed().filter(|opened| opened.origin != origin) {
            return Err(other_log(origin, &opened.origin));
        }
        let at = |kind, seq, expected: String, found: String| Break {
            kind,
            seq,
            file: segment_file(layout::segment_of(seq)),
            offset: 0,
            expected,
            found,
            timestamp: None,
        };
        match self.marks.iter().find(|m| m.0 == size) {
            // The stated hashes lead to the head's root, but a record under it no longer is what its hash states.
            Some((_, found))
                if *found == root && self.verdict.breaks.first().is_some_and(|b| b.seq < size) =>
            {
                self.uncheck("head_content_after_break");
            }
            Some((_, found)) if *found == root => {
                self.head_signature(&note, size)?;
                if self.verdict.head.as_ref().is_none_or(|sealed| sealed.size < size) {
                    self.uncheck("head_checkpoint_missing");
                }
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
        Ok(())
    }

    /// The head covers these records: then it is signed by the key of the epoch that the last of them ended, or is none of this log.
    fn head_signature(&self, note: &Note, size: u64) -> Result<(), VerifyError> {
        let unusable = |reason| VerifyError::HeadUnusable { reason };
        let key = self.head_key.clone().and_then(|key| VerifierKey::new(self.origin(), key).ok());
        let Some(key) = key else {
            let reason =
                format!("record {} of the log is no seal, so that nobody signs for {size} records", size - 1);
            return Err(unusable(reason));
        };
        match note.verify(std::slice::from_ref(&key)) {
            Ok(_) => Ok(()),
            Err(e) => Err(unusable(format!("it is not signed by the key of its epoch, {key}: {e}"))),
        }
    }
}

/// Why the head's name is not the log's: a character that nobody sees, or another log.
fn other_log(head: String, log: &str) -> VerifyError {
    let invisible =
        |c: &char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    if head.chars().filter(|c| !invisible(c)).eq(log.chars().filter(|c| !invisible(c)))
        && let Some((at, c)) = head.char_indices().find(|(_, c)| invisible(c))
    {
        let code = u32::from(c);
        return VerifyError::HeadUnusable {
            reason: format!(
                "the character at byte {at} of its first line is invisible (U+{code:04X}): remove it"
            ),
        };
    }
    VerifyError::HeadOtherLog { head, log: log.to_owned() }
}
