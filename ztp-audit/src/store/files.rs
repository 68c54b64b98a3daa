//! The file operations that durability rests on, each with the order of steps that makes it hold after a power cut:
//! a new file is synced, then its directory; a replaced file is written aside, synced, renamed, then the directory synced.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use rustix::fs::FlockOperation;

use super::Host;
use crate::beneath::Dir;
use crate::error::StoreError;
use crate::{layout, lines};

pub(crate) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { action, path, source }
}

/// Opens for appending, creating it (and syncing its directory) if it is not there.
pub(crate) fn open_append(dir: &Dir, name: &str) -> Result<File, StoreError> {
    if let Some(file) = dir.append(name)? {
        return Ok(file);
    }
    let file = dir.create(name, 0o644)?;
    dir.sync()?;
    Ok(file)
}

pub(crate) fn length(file: &File, path: &Path) -> Result<u64, StoreError> {
    Ok(file.metadata().map_err(io_error("look at", path))?.len())
}

pub(crate) fn append_durably(file: &mut File, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    file.write_all(bytes).map_err(io_error("write", path))?;
    file.sync_data().map_err(io_error("sync", path))
}

/// Puts `bytes` in the place of whatever has this name, so that a reader sees the old or the new and never a mixture.
pub(crate) fn replace_durably(dir: &Dir, name: &str, bytes: &[u8], mode: u32) -> Result<(), StoreError> {
    let aside = format!("{name}.new");
    let path = dir.path().join(&aside);
    let mut file = dir.create(&aside, mode)?;
    file.set_len(0).map_err(io_error("empty", &path))?;
    file.write_all(bytes).map_err(io_error("write", &path))?;
    file.sync_all().map_err(io_error("sync", &path))?;
    dir.rename(&aside, name)?;
    Ok(dir.sync()?)
}

/// Cuts a file to `len` bytes, durably.
pub(crate) fn cut(dir: &Dir, name: &str, len: u64) -> Result<(), StoreError> {
    let path = dir.path().join(name);
    let Some(file) = dir.append(name)? else { return Ok(()) };
    file.set_len(len).map_err(io_error("cut", &path))?;
    file.sync_all().map_err(io_error("sync", &path))
}

/// Reads a whole file; one of more than `bytes_max` bytes is refused, never cut. `None` if it is not there.
pub(crate) fn read_small(dir: &Dir, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(file) = dir.read(name)? else { return Ok(None) };
    let path = dir.path().join(name);
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(io_error("read", &path))?;
    if bytes.len() as u64 > bytes_max {
        return Err(StoreError::FileTooLarge { path, bytes_max });
    }
    Ok(Some(bytes))
}

/// Reads at `offset` until `buffer` is full or the file ends; returns the bytes read.
pub(crate) fn read_at(file: &File, path: &Path, offset: u64, buffer: &mut [u8]) -> Result<usize, StoreError> {
    lines::read_at(file, offset, buffer).map_err(io_error("read", path))
}

/// Takes the writer's lock; it is held as long as the file is open. The host says whether, and how long, it waits for another writer.
pub(crate) fn lock(top: &Dir, host: &mut dyn Host) -> Result<File, StoreError> {
    let mut attempt = 0;
    loop {
        let file = top.create(layout::LOCK, 0o600)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            // A lock on a file that was removed meanwhile keeps nobody out.
            Ok(()) if top.names_this(layout::LOCK, &file)? => return Ok(file),
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) if host.wait_for_lock(attempt) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(StoreError::Locked { path: top.path().to_owned() });
            }
            Err(rustix::io::Errno::INTR) => continue,
            Err(e) => return Err(io_error("lock", &top.path().join(layout::LOCK))(e.into())),
        }
        attempt = attempt.saturating_add(1);
    }
}
