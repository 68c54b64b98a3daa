//! Who else could change the store: links, which may be pointed elsewhere between two calls, and files that everyone can write.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::StoreError;

/// Others may write.
const WORLD_WRITABLE: u32 = 0o002;

/// Refuses a store of which a part is a link, neither file nor directory, or writable by everyone.
pub(super) fn check(dir: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ztp_audit::error::StoreError::LogNotFound { path: dir.to_owned() }.into());
        }
        Ok(metadata) if metadata.is_symlink() => {
            // The path is the caller's own word, a link at its end included; it is followed, as the log's writer does.
            entry_kind(&fs::canonicalize(dir).map_err(|source| StoreError::Io {
                action: "look at",
                path: dir.to_owned(),
                source,
            })?)?;
        }
        _ => {
            entry_kind(dir)?;
        }
    }
    for child in children(dir)? {
        if entry_kind(&child)? {
            for file in children(&child)? {
                entry_kind(&file)?;
            }
        }
    }
    Ok(())
}

fn children(dir: &Path) -> Result<Vec<std::path::PathBuf>, StoreError> {
    let io = |source| StoreError::Io { action: "list", path: dir.to_owned(), source };
    fs::read_dir(dir).map_err(io)?.map(|child| child.map(|child| child.path()).map_err(io)).collect()
}

/// Judges one entry; says whether it is a directory.
fn entry_kind(path: &Path) -> Result<bool, StoreError> {
    let io = |source| StoreError::Io { action: "look at", path: path.to_owned(), source };
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        // A writer replaces its state by renaming; what is gone was no part of the store.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(io(error)),
    };
    let unsafe_because = |what| StoreError::Unsafe { path: path.to_owned(), what };
    if metadata.is_symlink() {
        return Err(unsafe_because("is a link"));
    }
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(unsafe_because("is neither a file nor a directory"));
    }
    if metadata.permissions().mode() & WORLD_WRITABLE != 0 {
        return Err(unsafe_because("can be written by everyone"));
    }
    Ok(metadata.is_dir())
}
