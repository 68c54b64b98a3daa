//! What lies in the log's directory and is no part of the log, and what recoveries set aside.

use std::collections::BTreeSet;

use ztp_core::digest::Hasher;

use super::{Merger, notes_file};
use crate::control::LogRecovered;
use crate::error::VerifyError;
use crate::layout::{RECOVERED, WRITE_BYTES_MAX};
use crate::source::{Beside, STRAYS_MAX};
use crate::verdict::{Stray, StrayKind};

/// Bytes of a file that was set aside, read at once.
const PIECE_BYTES: usize = 256 << 10;

/// What lies beside the log, before its records are read: what no record explains in the end is a stray.
#[derive(Debug, Default)]
pub(super) struct Strays {
    /// The source has a directory.
    listed: bool,
    /// Names in `recovered/` that no record was seen to name.
    unexplained: BTreeSet<String>,
    /// Those were too many to be held.
    too_many: bool,
    /// Names that a record was seen to name.
    explained: BTreeSet<String>,
}

impl Merger<'_> {
    /// Takes up what the source lists beside the log.
    pub(in crate::verify) fn beside(&mut self, beside: Option<Beside>) {
        let Some(beside) = beside else { return };
        for Stray { file, kind } in beside.strays {
            self.stray(file, kind);
        }
        // Beyond those listed they are only counted.
        self.verdict.strays_total = beside.strays_total;
        self.strays.listed = true;
        self.strays.too_many = beside.recovered.is_none();
        self.strays.unexplained = beside.recovered.unwrap_or_default();
    }

    pub(super) fn stray(&mut self, file: String, kind: StrayKind) {
        self.verdict.strays_total += 1;
        let stray = Stray { file, kind };
        let strays = &mut self.verdict.strays;
        let at = strays.partition_point(|other| *other < stray);
        strays.insert(at, stray);
        strays.truncate(STRAYS_MAX);
    }

    pub(super) fn torn_checkpoint(&mut self, segment: u64) {
        self.stray(notes_file(segment), StrayKind::TornCheckpoint);
    }

    /// Counts what a recovery says, and holds the file that it names against it.
    pub(super) fn recovered(&mut self, record: &LogRecovered) -> Result<(), VerifyError> {
        self.verdict.recovered.records += 1;
        self.verdict.recovered.bytes = self.verdict.recovered.bytes.saturating_add(record.bytes);
        if !self.strays.listed || self.strays.too_many {
            return Ok(());
        }
        let name = &record.kept_as;
        let file = format!("{RECOVERED}/{name}");
        if self.strays.unexplained.remove(name) {
            self.strays.explained.insert(name.clone());
        } else if self.strays.explained.contains(name) || self.is_under_way(name) {
            return Ok(());
        }
        match self.holds(record)? {
            Some(true) => {}
            Some(false) => self.stray(file, StrayKind::RecoveredDiffers),
            None => self.stray(file, StrayKind::RecoveredMissing),
        }
        Ok(())
    }

    /// The file has not got the name yet by which its record, which is written first, calls it.
    fn is_under_way(&self, name: &str) -> bool {
        let pending = name.strip_suffix(".torn").map(|stem| format!("{stem}.pending"));
        pending.is_some_and(|pending| self.strays.unexplained.contains(&pending))
    }

    /// Whether the file that a recovery names holds what its record says; `None` if there is none. It may have come after the listing.
    /// No recovery sets more aside than one write has.
    fn holds(&mut self, record: &LogRecovered) -> Result<Option<bool>, VerifyError> {
        if record.kept_as.contains(['/', '\0']) || matches!(record.kept_as.as_str(), "" | "." | "..") {
            return Ok(None);
        }
        let mut piece = vec![0; PIECE_BYTES];
        let mut hasher = Hasher::new();
        let mut bytes = 0u64;
        while bytes <= record.bytes.min(WRITE_BYTES_MAX) {
            self.ask()?;
            let Some(got) = self.source.read_recovered_at(&record.kept_as, bytes, &mut piece)? else {
                return Ok(None);
            };
            let read = piece.get(..got).unwrap_or_default();
            if read.is_empty() {
                return Ok(Some(bytes == record.bytes && hasher.finish() == record.sha256));
            }
            hasher.update(read);
            bytes = bytes.saturating_add(got as u64);
        }
        Ok(Some(false))
    }

    /// What no record explained.
    pub(super) fn unexplained(&mut self) {
        if self.strays.too_many {
            self.uncheck("recovered_files");
        }
        for name in std::mem::take(&mut self.strays.unexplained) {
            let unfinished = name == "part" || name.ends_with(".pending");
            let kind = if unfinished { StrayKind::RecoveryUnfinished } else { StrayKind::Unrecorded };
            self.stray(format!("{RECOVERED}/{name}"), kind);
        }
    }
}
