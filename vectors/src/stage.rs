//! The steps of a script that are no operation: a fresh folder, and what a hostile hand or a crash does to the files in it.
//!
//! A script is cases that follow each other, the first of which is `fs_begin` and the last `fs_end`. Each surface has these steps in its
//! own language; a step that cannot be taken stops the run, since what follows would be about something else.

use std::fs;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

/// What the steps of the script under way have made, and hold.
#[derive(Debug, Default)]
pub struct Stage {
    inner: Option<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Where the process was before.
    left: PathBuf,
    folder: tempfile::TempDir,
    locks: Vec<fs::File>,
}

impl Stage {
    /// No script under way.
    #[must_use]
    pub const fn new() -> Self {
        Self { inner: None }
    }

    /// Takes the step `op`; `false` if it is none of these. Paths are relative to the script's folder, which is the current one of the whole
    /// process from `fs_begin` to `fs_end`.
    ///
    /// # Errors
    /// What the system said, or that the step has other arguments or comes outside of a script.
    pub fn step(&mut self, op: &str, args: &[&[u8]]) -> io::Result<bool> {
        if !op.starts_with("fs_") {
            return Ok(false);
        }
        match (op, args, self.inner.as_mut()) {
            ("fs_begin", [], None) => {
                let (left, folder) = (std::env::current_dir()?, tempfile::tempdir()?);
                std::env::set_current_dir(folder.path())?;
                self.inner = Some(Inner { left, folder, locks: Vec::new() });
            }
            ("fs_end", [], Some(_)) => {
                if let Some(inner) = self.inner.take() {
                    std::env::set_current_dir(&inner.left)?;
                    inner.folder.close()?;
                }
            }
            ("fs_lock", [file], Some(inner)) => {
                let file = fs::OpenOptions::new().append(true).create(true).open(path(file))?;
                rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
                inner.locks.push(file);
            }
            (_, _, Some(_)) => change(op, args)?,
            (_, _, None) => return Err(wrong("a step outside of a script")),
        }
        Ok(true)
    }
}

/// A step that changes files.
fn change(op: &str, args: &[&[u8]]) -> io::Result<()> {
    match (op, args) {
        ("fs_mkdir", [dir]) => fs::create_dir(path(dir)),
        ("fs_put", [file, bytes]) => fs::write(path(file), bytes),
        ("fs_append", [file, bytes]) => {
            fs::OpenOptions::new().append(true).open(path(file))?.write_all(bytes)
        }
        ("fs_symlink", [target, link]) => symlink(path(target), path(link)),
        ("fs_chmod", [file, mode]) => {
            let mode = std::str::from_utf8(mode).ok().and_then(|mode| u32::from_str_radix(mode, 8).ok());
            let mode = mode.ok_or_else(|| wrong("not an octal mode"))?;
            fs::set_permissions(path(file), fs::Permissions::from_mode(mode))
        }
        ("fs_replace", [file, old, new]) => {
            let bytes = fs::read(path(file))?;
            let at = bytes.windows(old.len().max(1)).position(|window| window == *old);
            let at = at.ok_or_else(|| wrong("what is to be replaced is not there"))?;
            let (before, rest) = bytes.split_at(at);
            fs::write(path(file), [before, new, rest.get(old.len()..).unwrap_or_default()].concat())
        }
        ("fs_resize", [file, size]) => {
            let size = std::str::from_utf8(size).ok().and_then(|size| size.parse::<i64>().ok());
            let size = size.ok_or_else(|| wrong("not a size"))?;
            let mut file = fs::OpenOptions::new().write(true).open(path(file))?;
            let size = match u64::try_from(size) {
                Ok(size) => size,
                Err(_) => file.seek(SeekFrom::End(size))?,
            };
            file.set_len(size)
        }
        ("fs_copy", [from, to]) => copy(path(from), path(to)),
        ("fs_remove", [file]) if fs::symlink_metadata(path(file))?.is_dir() => fs::remove_dir_all(path(file)),
        ("fs_remove", [file]) => fs::remove_file(path(file)),
        _ => Err(wrong("no such step with these arguments")),
    }
}

/// A file, or a directory with all files and directories in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut open = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = open.pop() {
        if !from.is_dir() {
            fs::copy(&from, &to)?;
            continue;
        }
        fs::create_dir(&to)?;
        for entry in fs::read_dir(&from)? {
            let entry = entry?;
            open.push((entry.path(), to.join(entry.file_name())));
        }
    }
    Ok(())
}

fn path(bytes: &[u8]) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
