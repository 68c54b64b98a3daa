//! Making a log, and telling a directory in which one was made from one in which that was only begun.

use std::path::Path;

use ztp_core::digest::Digest;
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;
use ztp_core::vkey::VerifierKey;

use super::state::State;
use super::tail::{check_line, segment_firsts};
use super::{CreateOptions, Host, Writer, files, random_seed};
use crate::beneath::Dir;
use crate::control::{LOG_OPENED, LogOpened};
use crate::error::StoreError;
use crate::layout;
use crate::lines::{Line, Lines};
use crate::tree::Frontier;

/// What a directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// No part of a log.
    Nothing,
    /// What the making of a log leaves when it is cut off: no record was ever whole.
    Begun,
    /// A log, or what was left of one.
    Log,
}

/// Looks what there is. Anything that only a log with a record can have counts as a log, so that none is ever cleared away.
pub(super) fn look(top: &Dir) -> Result<Found, StoreError> {
    let segments = top.sub(layout::SEGMENTS)?;
    let checkpoints = top.sub(layout::CHECKPOINTS)?;
    let recovered = top.sub(layout::RECOVERED)?;
    if let Some(segments) = &segments {
        let firsts = segment_firsts(segments)?;
        if firsts.iter().any(|first| *first != 0) || (firsts.contains(&0) && has_record(segments)?) {
            return Ok(Found::Log);
        }
    }
    for dir in [&checkpoints, &recovered].into_iter().flatten() {
        for name in dir.names()? {
            let empty = match dir.read(&name)? {
                Some(file) => files::length(&file, &dir.path().join(&name))? == 0,
                None => true,
            };
            if !empty {
                return Ok(Found::Log);
            }
        }
    }
    match State::load(top) {
        Ok(state) if state.frontier.size() > 0 => return Ok(Found::Log),
        Ok(_) | Err(StoreError::StateDamaged { .. }) => return Ok(Found::Begun),
        Err(StoreError::StateMissing { .. }) => {}
        Err(error) => return Err(error),
    }
    let begun = segments.is_some() || checkpoints.is_some() || recovered.is_some();
    Ok(if begun || top.read(layout::STATE_NEW)?.is_some() { Found::Begun } else { Found::Nothing })
}

/// Whether the first segment holds more than the torn beginning of its first record.
fn has_record(segments: &Dir) -> Result<bool, StoreError> {
    let name = layout::segment_name(0);
    let Some(file) = segments.read(&name)? else { return Ok(false) };
    let path = segments.path().join(&name);
    let mut lines = Lines::new(&file, 0);
    let mut first = true;
    while let Some(line) = lines.next().map_err(files::io_error("read", &path))? {
        match line {
            Line::Whole { bytes, .. } if first && check_line(bytes, 0, None).is_err() => {}
            Line::Rest { .. } if first => {}
            _ => return Ok(true),
        }
        first = false;
    }
    Ok(false)
}

/// Removes what the cut-off making of a log left; the writer's lock is held.
fn clear(top: &Dir) -> Result<(), StoreError> {
    if let Some(segments) = top.sub(layout::SEGMENTS)? {
        segments.remove(&layout::segment_name(0))?;
        segments.sync()?;
    }
    top.remove(layout::STATE)?;
    top.remove(layout::STATE_NEW)?;
    Ok(top.sync()?)
}

/// See [`Writer::create`].
pub(super) fn create(
    dir: &Path,
    options: &CreateOptions,
    now: Timestamp,
    mut host: Box<dyn Host>,
) -> Result<Writer, StoreError> {
    let seed = random_seed(host.as_mut())?;
    let key = SigningKey::from_seed(&seed);
    VerifierKey::new(&options.origin, key.public_key().clone())
        .map_err(|e| StoreError::Origin { origin: options.origin.clone(), reason: e.to_string() })?;
    let next_seed = random_seed(host.as_mut())?;
    if *next_seed == *seed {
        return Err(StoreError::KeyRepeated);
    }
    let mut log_id = [0u8; 16];
    let id_bytes = random_seed(host.as_mut())?;
    log_id.copy_from_slice(id_bytes.first_chunk::<16>().unwrap_or(&[0; 16]));

    std::fs::create_dir_all(dir).map_err(files::io_error("make directory", dir))?;
    let top = Dir::open(dir)?.ok_or_else(|| StoreError::LogNotFound { path: dir.to_owned() })?;
    let lock = files::lock(&top, host.as_mut())?;
    match look(&top)? {
        Found::Nothing => {}
        Found::Begun => clear(&top)?,
        Found::Log => return Err(StoreError::LogExists { path: dir.to_owned() }),
    }
    let opened = LogOpened {
        log_id,
        origin: options.origin.clone(),
        public_key: key.public_key().clone(),
        seal_policy: options.policy,
    };
    let state = State {
        epoch: 0,
        seed,
        next_seed,
        last_hash: Digest::ZERO,
        frontier: Frontier::new(),
        last_at: None,
    };
    let checkpoints = top.make_sub(layout::CHECKPOINTS)?;
    top.make_sub(layout::RECOVERED)?;
    let segments = top.make_sub(layout::SEGMENTS)?;
    top.sync()?;
    let mut writer = Writer {
        at: top.whole_path(),
        top,
        segments,
        checkpoints,
        host,
        frontier: state.frontier.clone(),
        last_hash: Digest::ZERO,
        last_at: 0,
        epoch_begun: None,
        last_seal: now,
        last_note: None,
        segment: None,
        end: (0, 0),
        poisoned: false,
        opened,
        state,
        _lock: lock,
    };
    writer.state.store(&writer.top)?;
    writer.write_control(LOG_OPENED, writer.opened.to_value(), now)?;
    Ok(writer)
}
