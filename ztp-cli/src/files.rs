//! Reading inputs with a limit and writing outputs without ever leaving half of one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::{CliError, Failure};

/// Largest key, trust file, checkpoint, proof or record line that is read, in bytes.
pub(crate) const SMALL_BYTES_MAX: u64 = 16 << 20;

/// Largest JSON document that standard input may hold, in bytes: well above every limit of the operations, whose own refusal says more.
pub(crate) const STDIN_BYTES_MAX: u64 = 64 << 20;

/// A whole file, if it is not larger than [`SMALL_BYTES_MAX`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|source| Failure::reading(path, source))?;
    read_limited(file, path, SMALL_BYTES_MAX)
}

/// Largest history of events that is read, in bytes: some years of a busy bench.
const HISTORY_BYTES_MAX: u64 = 4 << 30;

/// A file of events, which may be large.
pub(crate) fn read_history(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|source| Failure::reading(path, source))?;
    read_limited(file, path, HISTORY_BYTES_MAX)
}

/// All of standard input, if it is not larger than [`STDIN_BYTES_MAX`].
pub(crate) fn read_stdin() -> Result<Vec<u8>, Failure> {
    read_limited(io::stdin().lock(), Path::new("standard input"), STDIN_BYTES_MAX)
}

fn read_limited(source: impl Read, path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    source.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|e| Failure::reading(path, e))?;
    if u64::try_from(bytes.len()).is_ok_and(|read| read <= bytes_max) {
        Ok(bytes)
    } else {
        Err(CliError::FileTooLarge { path: path.to_owned(), bytes_max }.into())
    }
}

/// Writes a new file that only its owner can read; an existing one, or a link, is left as it is.
pub(crate) fn create_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    create_with(path, bytes, 0o600)
}

/// Writes a new file that everybody can read; an existing one, or a link, is left as it is.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    create_with(path, bytes, 0o644)
}

/// Refuses a path at which something stands already.
pub(crate) fn must_be_new(path: &Path) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Ok(_) => Err(CliError::FileExists { path: path.to_owned() }.into()),
        Err(_) => Ok(()),
    }
}

fn create_with(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = written.map_err(|source| Failure::writing(path, source))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|source| Failure::writing(path, source))?;
    sync_directory(path)
}

/// Puts `bytes` at `path` as a whole: readers see what was there before or all of the new content, also after a crash.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let fail = |source| Failure::writing(path, source);
    let mut file = tempfile::NamedTempFile::new_in(parent(path)).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(readable).and_then(|()| file.as_file().sync_all()).map_err(fail)?;
    file.persist(path).map_err(|e| fail(e.error))?;
    sync_directory(path)
}

fn sync_directory(path: &Path) -> Result<(), Failure> {
    let directory = parent(path);
    File::open(&directory).and_then(|handle| handle.sync_all()).map_err(|e| Failure::writing(&directory, e))
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z, from the system's clock.
pub(crate) fn now_ms() -> i64 {
    let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()),
        Err(before) => i64::try_from(before.duration().as_millis()).map(|millis| -millis),
    };
    millis.unwrap_or(i64::MAX)
}

/// A directory as the operations take it.
pub(crate) fn path_bytes(dir: &Path) -> &[u8] {
    dir.as_os_str().as_encoded_bytes()
}
