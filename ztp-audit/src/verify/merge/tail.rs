//! The part of a log that no seal covers: where it begins, how long and how old it may be.
//!
//! The one rule: of the records after what is sealed or held by a kept head, no stretch between seal records is longer than the policy's
//! `records_max` and the writer's largest excess. The policy is that of record 0, which is always hashed.

use std::collections::VecDeque;

use ztp_core::time::Timestamp;

use super::{Merger, segment_file};
use crate::control::CLOCK_TOLERANCE_MS;
use crate::control::LogOpened;
use crate::error::VerifyError;
use crate::layout::{EPOCH_EXCESS_MAX, LINE_BYTES_MAX};
use crate::record::RecordView;
use crate::source::LogSource;
use crate::verdict::{Break, BreakKind, UnanchoredTail};

/// Seals at the end of the log whose checkpoints are not there: it was copied while it was written, or somebody took them away.
pub const SEALS_WITHOUT_CHECKPOINTS: &str = "seals_without_checkpoints";

/// Stretches beyond the policy that are remembered at a time: an honest log has none.
const LONG_MAX: usize = 1024;

/// Follows the stretches between seal records, and where blocks begin, from the last seal that verifies on.
#[derive(Debug, Default)]
pub(super) struct TailWatch {
    /// Place after the last seal record.
    begun: u64,
    /// Stretches beyond the policy: their first record, that beyond the policy, and their seal record.
    long: Vec<(u64, u64, u64)>,
    /// First record, segment and offset of each block.
    blocks: VecDeque<(u64, u64, u64)>,
}

fn allowed(opened: &LogOpened) -> u64 {
    u64::from(opened.seal_policy.records_max) + EPOCH_EXCESS_MAX
}

impl TailWatch {
    pub(super) fn block(&mut self, first: u64, segment: u64, offset: u64) {
        self.blocks.push_back((first, segment, offset));
    }

    pub(super) fn seal(&mut self, seq: u64, opened: Option<&LogOpened>) {
        let begun = std::mem::replace(&mut self.begun, seq + 1);
        let Some(allowed) = opened.map(allowed) else { return };
        // Beyond the bound the first ones are kept: they come first in a report.
        if seq.saturating_sub(begun) > allowed && self.long.len() < LONG_MAX {
            self.long.push((begun, begun + allowed, seq));
        }
    }

    /// A seal over `size` records verifies: what lies before needs no watch.
    pub(super) fn covered(&mut self, size: u64) {
        self.long.retain(|(_, _, sealed)| *sealed >= size);
        while self.blocks.get(1).is_some_and(|(first, ..)| *first <= size) {
            self.blocks.pop_front();
        }
    }

    /// The first record beyond the policy after the `covered` records, in a log of `size` records.
    fn beyond(&self, covered: u64, size: u64, allowed: u64) -> Option<u64> {
        let within = |begun: u64, end: u64| {
            let from = begun.max(covered);
            (end.saturating_sub(from) > allowed).then(|| from + allowed)
        };
        let long = self.long.iter().find_map(|(begun, _, sealed)| within(*begun, *sealed));
        long.or_else(|| within(self.begun, size))
    }
}

/// A line of the log that was looked up again.
pub(super) struct Line {
    pub(super) segment: u64,
    pub(super) offset: u64,
    /// Its time, if the line hashes to what it states.
    pub(super) timestamp: Option<Timestamp>,
}

/// The line that comes `skip` lines after the one at an offset of a segment.
pub(super) fn line_after(
    source: &dyn LogSource,
    segment: u64,
    offset: u64,
    skip: u64,
) -> Result<Option<Line>, VerifyError> {
    let mut at = offset;
    let mut left = skip;
    let mut buffer = vec![0u8; 64 << 10];
    while left > 0 {
        let got = source.read_at(segment, at, &mut buffer)?;
        let read = buffer.get(..got).unwrap_or_default();
        if read.is_empty() {
            return Ok(None);
        }
        let wanted = usize::try_from(left - 1).unwrap_or(usize::MAX);
        match memchr::memchr_iter(b'\n', read).nth(wanted) {
            Some(end) => {
                at += end as u64 + 1;
                break;
            }
            None => {
                left -= memchr::memchr_iter(b'\n', read).count() as u64;
                at += got as u64;
            }
        }
    }
    buffer.resize(LINE_BYTES_MAX, 0);
    let got = source.read_at(segment, at, &mut buffer)?;
    let read = buffer.get(..got).unwrap_or_default();
    let line = read.split(|&b| b == b'\n').next().unwrap_or_default();
    let record = RecordView::parse(line).ok().filter(|r| r.claimed_hash() == Some(r.computed_hash()));
    let timestamp = record.and_then(|r| Timestamp::from_bytes(r.timestamp).ok());
    Ok(Some(Line { segment, offset: at, timestamp }))
}

impl Merger<'_> {
    /// Records that a seal or the auditor's head covers.
    fn covered(&self) -> u64 {
        self.verdict.anchors.iter().filter_map(crate::verdict::Anchor::size).max().unwrap_or(0)
    }

    fn line_at(&self, seq: u64) -> Result<Option<Line>, VerifyError> {
        match self.watch.blocks.iter().rev().find(|(first, ..)| *first <= seq) {
            Some((first, segment, offset)) => line_after(self.source, *segment, *offset, seq - first),
            None => Ok(None),
        }
    }

    /// What lies after the anchors, how old it is, and whether it is more than the policy allows.
    pub(super) fn unanchored_tail(&mut self) -> Result<(), VerifyError> {
        let covered = self.covered();
        let seals = self.waiting.beyond(covered, self.head_size());
        let pending_seal = seals == 1 && self.waiting.last_size() == Some(self.place);
        if seals > 0 && !pending_seal {
            self.uncheck(SEALS_WITHOUT_CHECKPOINTS);
        }
        let mut tail = UnanchoredTail {
            from_seq: covered,
            records: self.place.saturating_sub(covered),
            torn_bytes: self.torn,
            pending_seal,
            seals,
            age_ms: None,
            age_now_ms: None,
        };
        let whole = self.verdict.breaks.is_empty();
        if whole && tail.records > 0 {
            let first = self.line_at(covered)?.and_then(|l| l.timestamp).map(Timestamp::as_millis);
            let last = self.tail.as_ref().filter(|t| t.is_dated());
            let last = last.and_then(|t| Timestamp::from_bytes(&t.timestamp).ok()).map(Timestamp::as_millis);
            tail.age_ms = first.zip(last).map(|(first, last)| last.saturating_sub(first));
            let now = self.options.now.map(Timestamp::as_millis);
            tail.age_now_ms = first.zip(now).map(|(first, now)| now.saturating_sub(first));
            self.tail_age(&tail, last);
        }
        self.verdict.unanchored_tail = tail;
        if whole { self.tail_length(covered) } else { Ok(()) }
    }

    fn tail_age(&mut self, tail: &UnanchoredTail, last_ms: Option<i64>) {
        let Some(opened) = &self.opened else { return };
        let interval = i64::from(opened.seal_policy.interval_ms);
        if tail.age_ms.max(tail.age_now_ms).is_some_and(|age| age > interval) {
            self.uncheck("tail_older_than_policy");
        }
        let now = self.options.now.map(Timestamp::as_millis);
        let last_is_later =
            last_ms.zip(now).is_some_and(|(last, now)| last > now.saturating_add(CLOCK_TOLERANCE_MS));
        if last_is_later || tail.age_now_ms.is_some_and(|age| age < -CLOCK_TOLERANCE_MS) {
            self.uncheck("tail_dated_after_now");
        }
    }

    fn tail_length(&mut self, covered: u64) -> Result<(), VerifyError> {
        let Some(opened) = &self.opened else { return Ok(()) };
        let (records_max, allowed) = (opened.seal_policy.records_max, allowed(opened));
        let Some(seq) = self.watch.beyond(covered, self.place, allowed) else { return Ok(()) };
        let line = self.line_at(seq)?;
        let beyond = self.place - seq;
        self.report(Break {
            kind: BreakKind::TailExceedsPolicy,
            seq,
            file: segment_file(line.as_ref().map_or(0, |l| l.segment)),
            offset: line.as_ref().map_or(0, |l| l.offset),
            expected: format!("a seal after {records_max} records, or {allowed} at the very most"),
            found: format!("{beyond} more records without one"),
            timestamp: line.and_then(|l| l.timestamp).map(|t| t.to_string()),
        });
        Ok(())
    }
}
