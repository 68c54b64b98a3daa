//! The records after the last seal that the state knows, read from that seal's own record on.

use std::fs::File;
use std::path::Path;

use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

use super::files;
use super::state::State;
use super::torn::{Torn, is_torn_region};
use crate::beneath::Dir;
use crate::control::{LOG_RECOVERED, LOG_SEALED, LogSealed};
use crate::error::StoreError;
use crate::layout::{self, LINE_BYTES_MAX, SEGMENT_RECORDS};
use crate::lines::{Line, Lines};
use crate::record::RecordView;
use crate::tree::{Frontier, leaf_hash};

/// What stands behind the last seal.
pub(super) struct Tail {
    /// The tree over all records.
    pub(super) frontier: Frontier,
    pub(super) last_hash: Digest,
    /// Where the line of the last record begins in its segment.
    pub(super) last_at: u64,
    /// The payload of the last record, if it says what a recovery set aside.
    pub(super) last_recovered: Option<Vec<u8>>,
    /// The last record is a seal of which the state does not know.
    pub(super) pending_seal: bool,
    pub(super) torn: Option<Torn>,
    /// The last segment, by its first record, and the bytes of its whole records.
    pub(super) end: (u64, u64),
    /// The time of the last seal that the state knows, or of the first record where there is none.
    pub(super) last_seal: Option<Timestamp>,
    /// The time of the first record behind it.
    pub(super) unsealed_since: Option<Timestamp>,
    /// The last record that the state knows as sealed was read.
    sealed_seen: bool,
}

impl Tail {
    pub(super) fn read(segments: &Dir, state: &State) -> Result<Self, StoreError> {
        let sealed = state.frontier.size();
        let mut tail = Self {
            frontier: state.frontier.clone(),
            last_hash: state.last_hash,
            last_at: 0,
            last_recovered: None,
            pending_seal: false,
            torn: None,
            end: (0, 0),
            last_seal: None,
            unsealed_since: None,
            sealed_seen: false,
        };
        // The last sealed record is read again: it shows that the log still reaches the seal.
        let mut segment = layout::segment_of(sealed.saturating_sub(1));
        let mut hint = state.last_at.filter(|_| sealed > 0);
        while tail.torn.is_none()
            && let Some(file) = segments.read(&layout::segment_name(segment))?
        {
            let path = segments.path().join(layout::segment_name(segment));
            let hinted = hint.take().map(|at| holds_last_sealed(&file, &path, at, state)).transpose()?;
            let (at, seq) = hinted.flatten().map_or((0, segment), |at| (at, sealed.saturating_sub(1)));
            tail.read_segment(&file, &path, segment, (at, seq), state)?;
            segment += SEGMENT_RECORDS;
        }
        if tail.frontier.size() < sealed.max(1) || (sealed > 0 && !tail.sealed_seen) {
            return Err(StoreError::Truncated { sealed: sealed.max(1), found: count_records(segments)? });
        }
        refuse_later_segments(segments, tail.frontier.size())?;
        Ok(tail)
    }

    fn read_segment(
        &mut self,
        file: &File,
        path: &Path,
        first: u64,
        (at, mut seq): (u64, u64),
        state: &State,
    ) -> Result<(), StoreError> {
        let sealed = state.frontier.size();
        let damaged = |seq, offset, reason: String| {
            Err(StoreError::Damaged { seq, path: path.to_owned(), offset, reason })
        };
        let mut lines = Lines::new(file, at);
        self.end = (first, at);
        loop {
            if seq >= sealed {
                lines.bound();
            }
            let Some(line) = lines.next().map_err(files::io_error("read", path))? else { break };
            let (at, bytes) = match line {
                Line::Whole { at, bytes } => (at, bytes),
                Line::Rest { at, .. } if seq >= sealed => {
                    self.torn = Some(Torn { file: layout::segment_name(first), at, seq });
                    return Ok(());
                }
                Line::TooLong { at, .. } if seq >= sealed && is_torn_region(file, path, at)? => {
                    self.torn = Some(Torn { file: layout::segment_name(first), at, seq });
                    return Ok(());
                }
                Line::TooLong { at, ended } if seq >= sealed || (ended && seq + 1 == sealed) => {
                    return damaged(seq, at, format!("a line longer than {LINE_BYTES_MAX} bytes"));
                }
                Line::Endless { at } => {
                    return damaged(seq, at, "a line whose end is not to be found".to_owned());
                }
                Line::TooLong { ended: true, .. } => {
                    seq += 1;
                    continue;
                }
                // The file ends before the last sealed record does.
                Line::TooLong { .. } | Line::Rest { .. } => return Ok(()),
            };
            if seq - first >= SEGMENT_RECORDS {
                return damaged(seq, at, format!("a segment holds {SEGMENT_RECORDS} records"));
            }
            if seq + 1 >= sealed {
                match check_line(bytes, seq, (seq >= sealed).then_some(&self.last_hash)) {
                    Ok(record) if seq >= sealed => self.take(&record, seq, at, state)?,
                    Ok(record) if record.claimed_hash() == Some(state.last_hash) => {
                        self.sealed_seen = true;
                        self.last_seal = Timestamp::from_bytes(record.timestamp).ok();
                        self.last_at = at;
                    }
                    Ok(_) => return Err(StoreError::StateRolledBack { seq }),
                    Err(_) if seq >= sealed && is_torn_region(file, path, at)? => {
                        self.torn = Some(Torn { file: layout::segment_name(first), at, seq });
                        return Ok(());
                    }
                    Err(reason) => return damaged(seq, at, reason),
                }
            }
            seq += 1;
            self.end = (first, lines.at());
        }
        Ok(())
    }

    fn take(&mut self, record: &RecordView<'_>, seq: u64, at: u64, state: &State) -> Result<(), StoreError> {
        if self.pending_seal {
            return Err(StoreError::StateRolledBack { seq: seq - 1 });
        }
        if record.event_class == LOG_SEALED.as_bytes() {
            let announced = LogSealed::parse(record.payload).ok();
            let ours = announced.is_some_and(|s| {
                s.epoch == state.epoch && s.next_public_key == *state.next_key().public_key()
            });
            if !ours {
                return Err(StoreError::StateRolledBack { seq });
            }
            self.pending_seal = true;
        }
        let written = Timestamp::from_bytes(record.timestamp).ok();
        self.last_seal = self.last_seal.or(written);
        self.unsealed_since = self.unsealed_since.or(written);
        let recovered = record.event_class == LOG_RECOVERED.as_bytes();
        self.last_recovered = recovered.then(|| record.payload.to_vec());
        self.last_hash = record.computed_hash();
        self.last_at = at;
        self.frontier.push_leaf(leaf_hash(self.last_hash.as_bytes())).map_err(StoreError::from)
    }
}

/// The place that the state names, if the last sealed record does begin there: its hash is the one that the state holds, which covers
/// its sequence number too.
fn holds_last_sealed(file: &File, path: &Path, at: u64, state: &State) -> Result<Option<u64>, StoreError> {
    if at >= files::length(file, path)? {
        return Ok(None);
    }
    let mut before = [b'\n'];
    if let Some(previous) = at.checked_sub(1) {
        files::read_at(file, path, previous, &mut before)?;
    }
    let seq = state.frontier.size().saturating_sub(1);
    let found = match Lines::new(file, at).next().map_err(files::io_error("read", path))? {
        Some(Line::Whole { bytes, .. }) if before == *b"\n" => {
            check_line(bytes, seq, None).is_ok_and(|r| r.claimed_hash() == Some(state.last_hash))
        }
        _ => false,
    };
    Ok(found.then_some(at))
}

pub(super) fn check_line<'a>(
    line: &'a [u8],
    seq: u64,
    prev_hash: Option<&Digest>,
) -> Result<RecordView<'a>, String> {
    let record = RecordView::parse(line).map_err(|e| e.reason())?;
    let hash = record.computed_hash();
    if record.claimed_hash() != Some(hash) {
        return Err(format!("its bytes hash to {hash}, not to what it states"));
    }
    if record.seq != seq {
        return Err(format!("it states sequence number {}", record.seq));
    }
    if prev_hash.is_some_and(|p| record.prev_hash() != Some(*p)) {
        return Err("its prev_hash is not the hash of the record before".to_owned());
    }
    Ok(record)
}

/// First records of the segments that are there, ascending.
pub(super) fn segment_firsts(segments: &Dir) -> Result<Vec<u64>, StoreError> {
    let mut firsts: Vec<u64> =
        segments.names()?.iter().filter_map(|name| layout::parse_segment_name(name)).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

fn count_records(segments: &Dir) -> Result<u64, StoreError> {
    let Some(last) = segment_firsts(segments)?.last().copied() else { return Ok(0) };
    let name = layout::segment_name(last);
    let path = segments.path().join(&name);
    let Some(file) = segments.read(&name)? else { return Ok(last) };
    let mut lines = Lines::new(&file, 0);
    let mut records = last;
    while let Some(line) = lines.next().map_err(files::io_error("read", &path))? {
        let whole = matches!(line, Line::Whole { .. } | Line::TooLong { ended: true, .. });
        records = records.saturating_add(u64::from(whole));
    }
    Ok(records)
}

fn refuse_later_segments(segments: &Dir, size: u64) -> Result<(), StoreError> {
    match segment_firsts(segments)?.into_iter().find(|&first| first > size) {
        None => Ok(()),
        Some(first) => Err(StoreError::Damaged {
            seq: size,
            path: segments.path().join(layout::segment_name(first)),
            offset: 0,
            reason: "a later segment follows a gap".to_owned(),
        }),
    }
}
