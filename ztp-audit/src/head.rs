//! Reading the last signed checkpoint of a log and the public keys of its epochs, without verifying the log.

use std::ops::ControlFlow;
use std::path::Path;

use ztp_core::vkey::VerifierKey;

use crate::checkpoint::Checkpoint;
use crate::control::{LOG_OPENED, LogOpened, LogSealed};
use crate::error::VerifyError;
use crate::layout::LINE_BYTES_MAX;
use crate::note::Note;
use crate::record::RecordView;
use crate::source::{DirSource, LogSource, each_line};
use crate::verify::notes::{ChunkState, chunks};

/// The last whole checkpoint note in the directory; `None` if the log was never sealed.
///
/// # Errors
/// [`VerifyError`] if the log cannot be read.
pub fn last_note(dir: &Path) -> Result<Option<Vec<u8>>, VerifyError> {
    let source = DirSource::new(dir);
    let origin = read_genesis(&source)?.origin;
    for segment in source.note_segments()?.into_iter().rev() {
        let bytes = source.notes(segment)?;
        let last = chunks(&bytes, &origin).into_iter().rev().find(|c| c.state == ChunkState::Whole);
        if let Some(chunk) = last {
            return Ok(Some(chunk.bytes.to_vec()));
        }
    }
    Ok(None)
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
    let records = each_line(&source, |seq, line| {
        if !line.starts_with(b"{\"event_class\":\"log.sealed\"") {
            return Ok(ControlFlow::Continue(()));
        }
        let record = RecordView::parse(line).map_err(|_| VerifyError::Damaged { seq })?;
        if seq + 1 == size {
            found = VerifierKey::new(opened.origin.clone(), key.clone()).ok();
            return Ok(ControlFlow::Break(()));
        }
        key = LogSealed::parse(record.payload).map_err(|_| VerifyError::Damaged { seq })?.next_public_key;
        Ok(ControlFlow::Continue(()))
    })?;
    found.ok_or(VerifyError::OutOfRange { what: "a seal of size", asked: size, records })
}

fn read_genesis(source: &dyn LogSource) -> Result<LogOpened, VerifyError> {
    if source.segments()?.first() != Some(&0) {
        return Err(VerifyError::Damaged { seq: 0 });
    }
    let mut bytes = vec![0u8; LINE_BYTES_MAX];
    let got = source.read_at(0, 0, &mut bytes)?;
    bytes.truncate(got);
    let line = bytes.split(|&b| b == b'\n').next().unwrap_or_default();
    let record = RecordView::parse(line).map_err(|_| VerifyError::Damaged { seq: 0 })?;
    if record.event_class != LOG_OPENED.as_bytes() {
        return Err(VerifyError::Damaged { seq: 0 });
    }
    LogOpened::parse(record.payload).map_err(|_| VerifyError::Damaged { seq: 0 })
}
