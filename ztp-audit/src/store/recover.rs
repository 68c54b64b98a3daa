//! Taking up a log again: what the files hold is compared with what the state knows, and only what a crash can leave is mended.
//!
//! | files against state | meaning | done |
//! |---|---|---|
//! | end at the last seal, or after it with whole records | clean, or a crash between batches | taken up |
//! | bytes after the last line feed | a batch was cut off before it was acknowledged | kept aside, recorded |
//! | a seal record the state does not know, with the next key | a crash inside a seal | checkpoint and state completed |
//! | end before the last seal | records removed | refused |
//! | a seal with another key, or records after an unknown seal | an old state put back | refused |
//! | a record that does not verify | damage | refused |

use std::fs;
use std::path::{Path, PathBuf};

use ztp_core::digest::{Digest, sha256};
use ztp_core::time::Timestamp;

use super::state::State;
use super::{Host, Writer, files, random_seed};
use crate::control::{LOG_OPENED, LOG_RECOVERED, LOG_SEALED, LogOpened, LogRecovered, LogSealed};
use crate::error::StoreError;
use crate::layout::{self, LINE_BYTES_MAX, NOTES_BYTES_MAX, SEGMENT_RECORDS};
use crate::record::RecordView;
use crate::tree::{Frontier, leaf_hash};
use crate::verify::notes::{ChunkState, NotesReader};

/// Largest segment file that is read: its records at their longest would be 64 GiB, which no bench writes; 1 GiB is generous.
const SEGMENT_BYTES_MAX: u64 = 1 << 30;

pub(super) fn open(dir: &Path, now: Timestamp, host: Box<dyn Host>) -> Result<Writer, StoreError> {
    let segments = layout::segments_dir(dir);
    if !segments.is_dir() {
        return Err(StoreError::LogNotFound { path: dir.to_owned() });
    }
    let lock = files::lock(&layout::lock_path(dir))?;
    let state = State::load(dir)?;
    let opened = read_genesis(dir)?;
    let tail = Tail::read(dir, &state)?;
    let last_note = read_notes(dir, &state, &opened.origin, tail.pending_seal)?;

    let mut writer = Writer {
        dir: dir.to_owned(),
        host,
        opened,
        frontier: tail.frontier,
        last_hash: tail.last_hash,
        epoch_begun: tail.records.then_some(now),
        last_seal: now,
        last_note: last_note.last,
        segment: None,
        end: tail.end,
        poisoned: false,
        state,
        _lock: lock,
    };
    let kept = tail.torn.map(|torn| torn.keep_aside(dir)).transpose()?;
    if let Some(cut) = last_note.torn_at {
        files::cut(&cut.0, cut.1)?;
    }
    if tail.pending_seal {
        writer.complete_seal(now)?;
    }
    if let Some(kept) = kept {
        writer.write_control(LOG_RECOVERED, kept.to_value(), now)?;
    }
    Ok(writer)
}

impl Writer {
    /// Ends the seal that a crash cut short; its checkpoint may or may not be there already.
    fn complete_seal(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let after_next = random_seed(self.host.as_mut())?;
        let note = self.sign_checkpoint()?;
        if self.last_note.as_ref() == Some(&note) {
            self.evolve(note, after_next, now)?;
        } else {
            self.finish_seal(after_next, now)?;
        }
        Ok(())
    }
}

fn read_genesis(dir: &Path) -> Result<LogOpened, StoreError> {
    let path = layout::segment_path(dir, 0);
    let bytes = files::read_bounded(&path, LINE_BYTES_MAX as u64)?;
    let damaged = |reason: String| StoreError::Damaged { seq: 0, path: path.clone(), offset: 0, reason };
    let bytes = bytes.ok_or(StoreError::Truncated { sealed: 1, found: 0 })?;
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    let record = RecordView::parse(line).map_err(|e| damaged(e.reason()))?;
    if record.event_class != LOG_OPENED.as_bytes() {
        return Err(damaged(format!("the first record is not {LOG_OPENED}")));
    }
    LogOpened::parse(record.payload).map_err(|e| damaged(e.to_string()))
}

/// Bytes after the last whole record.
struct Torn {
    path: PathBuf,
    at: u64,
    seq: u64,
    bytes: Vec<u8>,
}

impl Torn {
    /// Copies the bytes to `recovered/`, then cuts them off the segment; repeating it after a crash does no harm.
    fn keep_aside(self, dir: &Path) -> Result<LogRecovered, StoreError> {
        let sha256 = sha256(&self.bytes);
        let short: String = sha256.to_string().chars().take(16).collect();
        let kept_as = format!("{:020}-{short}.torn", self.seq);
        let kept = layout::recovered_dir(dir);
        files::make_dir(&kept)?;
        files::create_durably(&kept.join(&kept_as), &self.bytes)?;
        files::cut(&self.path, self.at)?;
        Ok(LogRecovered { bytes: self.bytes.len() as u64, sha256, kept_as })
    }
}

/// The records after the last seal that the state knows.
struct Tail {
    frontier: Frontier,
    last_hash: Digest,
    records: bool,
    pending_seal: bool,
    torn: Option<Torn>,
    /// The last record that the state knows as sealed was read.
    sealed_seen: bool,
    /// The last segment, by its first record, and the bytes of its whole records.
    end: (u64, u64),
}

impl Tail {
    fn read(dir: &Path, state: &State) -> Result<Self, StoreError> {
        let sealed = state.frontier.size();
        let mut tail = Self {
            frontier: state.frontier.clone(),
            last_hash: state.last_hash,
            records: false,
            pending_seal: false,
            torn: None,
            sealed_seen: false,
            end: (0, 0),
        };
        // The last sealed record is read again: it shows that the log still reaches the seal.
        let from = sealed.saturating_sub(1);
        let mut segment = layout::segment_of(from);
        loop {
            let path = layout::segment_path(dir, segment);
            let Some(bytes) = files::read_bounded(&path, SEGMENT_BYTES_MAX)? else { break };
            tail.read_segment(&path, &bytes, segment, from, state)?;
            segment += SEGMENT_RECORDS;
        }
        if tail.frontier.size() < sealed.max(1) || (sealed > 0 && !tail.sealed_seen) {
            return Err(StoreError::Truncated { sealed: sealed.max(1), found: count_records(dir)? });
        }
        refuse_later_segments(dir, tail.frontier.size())?;
        Ok(tail)
    }

    fn read_segment(
        &mut self,
        path: &Path,
        bytes: &[u8],
        first: u64,
        from: u64,
        state: &State,
    ) -> Result<(), StoreError> {
        let sealed = state.frontier.size();
        let mut at = 0usize;
        let mut seq = first;
        self.end = (first, 0);
        while let Some(rest) = bytes.get(at..).filter(|r| !r.is_empty()) {
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.torn = Some(Torn { path: path.to_owned(), at: at as u64, seq, bytes: rest.to_vec() });
                return Ok(());
            };
            let line = rest.get(..end).unwrap_or_default();
            if seq >= from {
                let checked = check_line(line, seq, (seq >= sealed).then_some(&self.last_hash));
                match checked {
                    Ok(record) if seq >= sealed => self.take(&record, seq, state)?,
                    Ok(record) if record.claimed_hash() == Some(state.last_hash) => self.sealed_seen = true,
                    Ok(_) => return Err(StoreError::StateRolledBack { seq }),
                    Err(_) if seq >= sealed && is_torn_region(rest) => {
                        self.torn =
                            Some(Torn { path: path.to_owned(), at: at as u64, seq, bytes: rest.to_vec() });
                        return Ok(());
                    }
                    Err(reason) => {
                        return Err(StoreError::Damaged {
                            seq,
                            path: path.to_owned(),
                            offset: at as u64,
                            reason,
                        });
                    }
                }
            }
            at += end + 1;
            seq += 1;
            self.end = (first, at as u64);
        }
        Ok(())
    }

    fn take(&mut self, record: &RecordView<'_>, seq: u64, state: &State) -> Result<(), StoreError> {
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
        self.last_hash = record.computed_hash();
        self.frontier.push_leaf(leaf_hash(self.last_hash.as_bytes()))?;
        self.records = true;
        Ok(())
    }
}

fn check_line<'a>(line: &'a [u8], seq: u64, prev_hash: Option<&Digest>) -> Result<RecordView<'a>, String> {
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

/// Whether a bad line and all after it can be what a power cut left of the last batch: no whole record follows. A record that
/// verifies after it shows damage inside what was acknowledged.
fn is_torn_region(region: &[u8]) -> bool {
    region
        .split(|&b| b == b'\n')
        .all(|line| RecordView::parse(line).map_or(true, |r| r.claimed_hash() != Some(r.computed_hash())))
}

fn segment_firsts(dir: &Path) -> Result<Vec<u64>, StoreError> {
    let path = layout::segments_dir(dir);
    let entries = fs::read_dir(&path).map_err(files::io_error("list", &path))?;
    let mut firsts = Vec::new();
    for entry in entries {
        let entry = entry.map_err(files::io_error("list", &path))?;
        firsts.extend(entry.file_name().to_str().and_then(layout::parse_segment_name));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

fn count_records(dir: &Path) -> Result<u64, StoreError> {
    let Some(last) = segment_firsts(dir)?.last().copied() else { return Ok(0) };
    let bytes = files::read_bounded(&layout::segment_path(dir, last), SEGMENT_BYTES_MAX)?.unwrap_or_default();
    Ok(last + memchr::memchr_iter(b'\n', &bytes).count() as u64)
}

fn refuse_later_segments(dir: &Path, size: u64) -> Result<(), StoreError> {
    match segment_firsts(dir)?.into_iter().find(|&first| first > size) {
        None => Ok(()),
        Some(first) => Err(StoreError::Damaged {
            seq: size,
            path: layout::segment_path(dir, first),
            offset: 0,
            reason: "a later segment follows a gap".to_owned(),
        }),
    }
}

/// The last whole checkpoint, and where a torn one starts.
struct LastNote {
    last: Option<Vec<u8>>,
    torn_at: Option<(PathBuf, u64)>,
}

fn read_notes(dir: &Path, state: &State, origin: &str, pending_seal: bool) -> Result<LastNote, StoreError> {
    let mut found = LastNote { last: None, torn_at: None };
    // The last seal and one that a crash cut short lie in at most two neighbouring segments.
    let first = layout::segment_of(state.frontier.size().saturating_sub(1));
    for segment in [first, first + SEGMENT_RECORDS] {
        let path = layout::notes_path(dir, segment);
        let Some(bytes) = files::read_bounded(&path, NOTES_BYTES_MAX + 1)? else { continue };
        let mut notes = NotesReader::new(origin, None, |at, buffer: &mut [u8]| {
            let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
            let n = rest.len().min(buffer.len());
            buffer.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            Ok::<_, StoreError>(n)
        });
        while let Some(chunk) = notes.next()? {
            match chunk.state {
                ChunkState::Whole => found.last = Some(chunk.bytes),
                // Only a seal that a crash cut short leaves a torn note, and it is written again byte for byte.
                ChunkState::Torn if pending_seal => found.torn_at = Some((path.clone(), chunk.offset)),
                ChunkState::Torn | ChunkState::Malformed | ChunkState::Beyond => {
                    let (seq, offset) = (state.frontier.size(), chunk.offset);
                    let reason = "a checkpoint note is damaged".to_owned();
                    return Err(StoreError::Damaged { seq, path, offset, reason });
                }
            }
        }
    }
    Ok(found)
}
