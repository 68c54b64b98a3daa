//! The file operations that durability rests on, each with the order of steps that makes it hold after a power cut:
//! a new file is synced, then its directory; a replaced file is written aside, synced, renamed, then the directory synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags};

use crate::error::StoreError;

pub(crate) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { action, path, source }
}

/// Links are never followed below a log directory: root could point them anywhere between two calls.
fn no_follow() -> i32 {
    i32::try_from((OFlags::NOFOLLOW | OFlags::CLOEXEC).bits()).unwrap_or(0)
}

pub(crate) fn make_dir(path: &Path) -> Result<(), StoreError> {
    match fs::create_dir(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(e) => Err(io_error("make directory", path)(e)),
    }
}

pub(crate) fn sync_dir(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|d| d.sync_all()).map_err(io_error("sync directory", path))
}

/// Opens for appending, creating it (and syncing its directory) if it is not there.
pub(crate) fn open_append(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.append(true).read(true).custom_flags(no_follow());
    let file = match options.open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let file = options.create_new(true).mode(0o644).open(path).map_err(io_error("create", path))?;
            if let Some(parent) = path.parent() {
                sync_dir(parent)?;
            }
            file
        }
        Err(e) => return Err(io_error("open", path)(e)),
    };
    if !file.metadata().map_err(io_error("look at", path))?.is_file() {
        return Err(StoreError::WrongFileType { path: path.to_owned(), expected: "a regular file" });
    }
    Ok(file)
}

pub(crate) fn length(file: &File, path: &Path) -> Result<u64, StoreError> {
    Ok(file.metadata().map_err(io_error("look at", path))?.len())
}

pub(crate) fn append_durably(file: &mut File, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    file.write_all(bytes).map_err(io_error("write", path))?;
    file.sync_data().map_err(io_error("sync", path))
}

/// Puts `bytes` in the place of whatever is at `path`, so that a reader sees the old or the new and never a mixture.
pub(crate) fn replace_durably(path: &Path, bytes: &[u8], mode: u32) -> Result<(), StoreError> {
    let aside = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .custom_flags(no_follow())
        .open(&aside)
        .map_err(io_error("create", &aside))?;
    file.write_all(bytes).map_err(io_error("write", &aside))?;
    file.sync_all().map_err(io_error("sync", &aside))?;
    fs::rename(&aside, path).map_err(io_error("rename", &aside))?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Writes a file that must not be there yet.
pub(crate) fn create_durably(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = open_append(path)?;
    file.set_len(0).map_err(io_error("empty", path))?;
    file.write_all(bytes).map_err(io_error("write", path))?;
    file.sync_all().map_err(io_error("sync", path))
}

/// Cuts `path` to `len` bytes, durably.
pub(crate) fn cut(path: &Path, len: u64) -> Result<(), StoreError> {
    let file = OpenOptions::new()
        .write(true)
        .custom_flags(no_follow())
        .open(path)
        .map_err(io_error("open", path))?;
    file.set_len(len).map_err(io_error("cut", path))?;
    file.sync_all().map_err(io_error("sync", path))
}

/// Reads a whole regular file of at most `bytes_max` bytes; `None` if it is not there.
pub(crate) fn read_bounded(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let file = match OpenOptions::new().read(true).custom_flags(no_follow()).open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io_error("open", path)(e)),
    };
    let metadata = file.metadata().map_err(io_error("look at", path))?;
    if !metadata.is_file() {
        return Err(StoreError::WrongFileType { path: path.to_owned(), expected: "a regular file" });
    }
    let room = usize::try_from(metadata.len().min(bytes_max)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(room + 1);
    file.take(bytes_max).read_to_end(&mut bytes).map_err(io_error("read", path))?;
    Ok(Some(bytes))
}

/// Takes the writer's lock; it is held as long as the file is open.
pub(crate) fn lock(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(no_follow())
        .open(path)
        .map_err(io_error("open", path))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(StoreError::Locked { path: path.to_owned() }),
        Err(e) => Err(io_error("lock", path)(e.into())),
    }
}
