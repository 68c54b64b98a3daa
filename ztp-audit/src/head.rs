//! Reading the last signed checkpoint of a log and the public keys of its epochs, without verifying the log.

use std::ops::ControlFlow;
use std::path::Path;

use ztp_core::vkey::VerifierKey;

use crate::checkpoint::Checkpoint;
use crate::control::{LOG_OPENED, LOG_SEALED, LogOpened, LogSealed};
use crate::error::VerifyError;
use crate::note::Note;
use crate::source::{DirSource, LogSource, each_record};
use crate::verify::notes::{ChunkState, notes_of};

/// The last whole checkpoint note in the directory; `None` if the log was never sealed.
///
/// # Errors
/// [`VerifyError`] if the log cannot be read.
pub fn last_note(dir: &Path) -> Result<Option<Vec<u8>>, VerifyError> {
    let source = DirSource::new(dir);
    let origin = read_genesis(&source)?.origin;
    for segment in source.note_segments()?.into_iter().rev() {
        let mut last = None;
        each_note(&source, segment, &origin, |note| {
            last = Some(note);
            ControlFlow::Continue(())
        })?;
        if last.is_some() {
            return Ok(last);
        }
    }
    Ok(None)
}

/// Hands out the whole notes of a segment in order, one at a time, until `take` breaks off.
///
/// # Errors
/// [`VerifyError::NotesTooLong`] for a file that goes on where no log's can; those of the source.
pub(crate) fn each_note(
    source: &dyn LogSource,
    segment: u64,
    origin: &str,
    mut take: impl FnMut(Vec<u8>) -> ControlFlow<()>,
) -> Result<(), VerifyError> {
    let mut notes = notes_of(source, segment, origin, None);
    while let Some(chunk) = notes.next()? {
        match chunk.state {
            ChunkState::Beyond => return Err(VerifyError::NotesTooLong { segment }),
            ChunkState::Whole if take(chunk.bytes).is_break() => break,
            _ => {}
        }
    }
    Ok(())
}

/// The key of epoch 0, as the log's first record states it. Pin it where the operator cannot reach.
///
/// # Errors
/// [`VerifyError`] if the first record cannot be read.
pub fn genesis_vkey(dir: &Path) -> Result<VerifierKey, VerifyError> {
    let opened = read_genesis(&DirSource::new(dir))?;
    VerifierKey::new(opened.origin, opened.public_key).map_err(|_| VerifyError::Damaged { seq: 0 })
}

/// The key that must have signed a checkpoint of this log: that of the epoch which its last record ended, as the seal before announced.
///
/// # Errors
/// [`VerifyError::HeadUnusable`] if `note` is no checkpoint; [`VerifyError::OutOfRange`] if the log has no seal there.
pub fn vkey_of(dir: &Path, note: &[u8]) -> Result<VerifierKey, VerifyError> {
    let unusable = |reason: String| VerifyError::HeadUnusable { reason };
    let parsed = Note::parse(note).map_err(|e| unusable(e.to_string()))?;
    let size = Checkpoint::parse(parsed.text()).map_err(|e| unusable(e.to_string()))?.size;
    let source = DirSource::new(dir);
    let opened = read_genesis(&source)?;
    let mut key = opened.public_key;
    let mut found = None;
    let records = each_record(&source, |record| {
        if record.event_class != LOG_SEALED.as_bytes() {
            return Ok(ControlFlow::Continue(()));
        }
        if record.seq + 1 == size {
            found = VerifierKey::new(opened.origin.clone(), key.clone()).ok();
            return Ok(ControlFlow::Break(()));
        }
        let seq = record.seq;
        key = LogSealed::parse(record.payload).map_err(|_| VerifyError::Damaged { seq })?.next_public_key;
        Ok(ControlFlow::Continue(()))
    })?;
    found.ok_or(VerifyError::OutOfRange { what: "a seal of size", asked: size, records })
}

/// The origin that the log's first record states.
pub(crate) fn origin(source: &dyn LogSource) -> Option<String> {
    read_genesis(source).ok().map(|opened| opened.origin)
}

fn read_genesis(source: &dyn LogSource) -> Result<LogOpened, VerifyError> {
    let damaged = VerifyError::Damaged { seq: 0 };
    let mut opened = None;
    each_record(source, |record| {
        if record.event_class == LOG_OPENED.as_bytes() {
            opened = LogOpened::parse(record.payload).ok();
        }
        Ok(ControlFlow::Break(()))
    })?;
    opened.ok_or(damaged)
}
