//! Taking up a log again: what the files hold is compared with what the state knows, and only what a crash can leave is mended.
//!
//! | files against state | meaning | done |
//! |---|---|---|
//! | end at the last seal, or after it with whole records | clean, or a crash between batches | taken up |
//! | bytes after the last line feed, or no record among what one write can leave | a batch was cut off before it was acknowledged | kept aside, recorded |
//! | a seal record the state does not know, with the next key | a crash inside a seal | checkpoint and state completed |
//! | no checkpoint behind the last one while a seal is pending, but bytes | a crash while it was written | kept aside, recorded, written again byte for byte |
//! | no whole record | the making of the log was cut off | refused: `init` makes it |
//! | end before the last seal | records removed | refused |
//! | a seal with another key, or records after an unknown seal | an old state put back | refused |
//! | a record that does not verify | damage | refused |
//!
//! What is read is the last sealed record and all that follows it, in pieces. The writer's own bounds hold again before anything is
//! acknowledged: an epoch that is full is sealed before another record is written, also one about this recovery.

use std::path::Path;

use ztp_core::time::Timestamp;

use super::checkpoints::{self, Ending};
use super::create::{Found, look};
use super::state::State;
use super::tail::Tail;
use super::{Host, Writer, files, torn};
use crate::beneath::Dir;
use crate::control::{LOG_OPENED, LOG_RECOVERED, LogOpened};
use crate::error::StoreError;
use crate::layout;
use crate::lines::{Line, Lines};
use crate::record::{RecordView, encode_payload};

/// See [`Writer::open`].
pub(super) fn open(dir: &Path, now: Timestamp, mut host: Box<dyn Host>) -> Result<Writer, StoreError> {
    let not_found = || StoreError::LogNotFound { path: dir.to_owned() };
    let top = Dir::open(dir)?.ok_or_else(not_found)?;
    if look(&top)? == Found::Nothing {
        return Err(not_found());
    }
    let lock = files::lock(&top, host.as_mut())?;
    match look(&top)? {
        Found::Nothing => return Err(not_found()),
        Found::Begun => return Err(StoreError::LogUnfinished { path: dir.to_owned() }),
        Found::Log => {}
    }
    let segments = top.sub(layout::SEGMENTS)?.ok_or_else(not_found)?;
    State::may_store(&top)?;
    let state = State::load(&top)?;
    let opened = read_genesis(&segments)?;
    let tail = Tail::read(&segments, &state)?;
    let checkpoints = top.make_sub(layout::CHECKPOINTS)?;
    let mut writer = Writer {
        at: top.whole_path(),
        top,
        segments,
        checkpoints,
        host,
        opened,
        // The policy's times run on while no writer is there: a log that is opened for each record is sealed as one that stays open. A record
        // may carry an older time than that of its writing, which was behind the last seal.
        epoch_begun: tail.unsealed_since.max(tail.last_seal).filter(|_| tail.unsealed_since.is_some()),
        frontier: tail.frontier,
        last_hash: tail.last_hash,
        last_at: tail.last_at,
        last_seal: tail.last_seal.unwrap_or(now),
        last_note: None,
        segment: None,
        end: tail.end,
        poisoned: false,
        state,
        _lock: lock,
    };
    let pending = tail.pending_seal.then(|| writer.sign_checkpoint()).transpose()?;
    let place = writer.frontier.size().saturating_sub(1);
    let ending = checkpoints::read(
        &writer.checkpoints,
        &writer.state,
        &writer.opened.origin,
        pending.as_deref().map(|note| (place, note)),
    )?;
    // Up to here nothing was changed.
    let mut kept = torn::unrecorded(&writer.top)?;
    if let Some(torn) = &tail.torn {
        kept.push(torn.keep_aside(&writer.top, &writer.segments, "")?);
    }
    if let Some(torn) = &ending.torn {
        kept.push(torn.keep_aside(&writer.top, &writer.checkpoints, ".checkpoint")?);
    }
    writer.last_note = ending.last.clone();
    if let Some(note) = pending {
        writer.complete_seal(note, &ending, now)?;
    }
    kept.sort_by(|a, b| a.kept_as.cmp(&b.kept_as));
    kept.dedup();
    for recovered in kept {
        writer.seal_if_full(now)?;
        let payload = recovered.to_value();
        // A crash between the record and this step left the record.
        let there =
            tail.last_recovered.as_ref().is_some_and(|p| encode_payload(&payload).ok().as_ref() == Some(p));
        if !there {
            writer.write_control(LOG_RECOVERED, payload, now)?;
        }
        torn::recorded(&writer.top, &recovered.kept_as)?;
    }
    writer.seal_if_full(now)?;
    Ok(writer)
}

impl Writer {
    /// Ends the seal that a crash cut short; its checkpoint may or may not be there already.
    fn complete_seal(&mut self, note: Vec<u8>, ending: &Ending, now: Timestamp) -> Result<(), StoreError> {
        let after_next = self.draw_key()?;
        if ending.completed {
            self.evolve(note, after_next, now)?;
        } else {
            self.finish_seal(after_next, now)?;
        }
        Ok(())
    }
}

fn read_genesis(segments: &Dir) -> Result<LogOpened, StoreError> {
    let name = layout::segment_name(0);
    let path = segments.path().join(&name);
    let damaged = |reason: String| StoreError::Damaged { seq: 0, path: path.clone(), offset: 0, reason };
    let gone = StoreError::Truncated { sealed: 1, found: 0 };
    let Some(file) = segments.read(&name)? else { return Err(gone) };
    let mut lines = Lines::new(&file, 0);
    let line = match lines.next().map_err(files::io_error("read", &path))? {
        Some(Line::Whole { bytes, .. }) => bytes,
        Some(Line::TooLong { .. } | Line::Endless { .. }) => {
            return Err(damaged("the first line is longer than any record".to_owned()));
        }
        Some(Line::Rest { .. }) | None => return Err(gone),
    };
    let record = RecordView::parse(line).map_err(|e| damaged(e.reason()))?;
    if record.event_class != LOG_OPENED.as_bytes() {
        return Err(damaged(format!("the first record is not {LOG_OPENED}")));
    }
    LogOpened::parse(record.payload).map_err(|e| damaged(e.to_string()))
}
