//! Every regular file below some paths, in the order of names, without following a link.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// What a walk meets.
#[derive(Debug)]
pub(super) enum Entry {
    /// A regular file of this many bytes, when it was looked at.
    File(PathBuf, u64),
    /// A link, which is not followed.
    Link(PathBuf),
    /// A directory that holds nothing, and is known by its name alone.
    Empty(PathBuf),
    /// A device, pipe or socket, which holds no bytes to look at.
    Special(PathBuf),
    /// Something that could not be looked at.
    Unreadable(PathBuf, io::Error),
}

/// A walk. It holds the names of one directory for each level it is in, and no more.
#[derive(Debug)]
pub(super) struct Walk {
    /// What is left of each level, last name first.
    levels: Vec<Vec<PathBuf>>,
}

impl Walk {
    /// A walk over some paths, in their order.
    pub(super) fn new(paths: &[PathBuf]) -> Self {
        Self { levels: vec![paths.iter().rev().cloned().collect()] }
    }
}

impl Iterator for Walk {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let level = self.levels.last_mut()?;
            let Some(path) = level.pop() else {
                self.levels.pop();
                continue;
            };
            let meta = match fs::symlink_metadata(&path) {
                Ok(meta) => meta,
                Err(error) => return Some(Entry::Unreadable(path, error)),
            };
            if meta.is_symlink() {
                return Some(Entry::Link(path));
            }
            if meta.is_file() {
                return Some(Entry::File(path, meta.len()));
            }
            if !meta.is_dir() {
                return Some(Entry::Special(path));
            }
            match names(&path) {
                Ok(names) if names.is_empty() => return Some(Entry::Empty(path)),
                Ok(names) => self.levels.push(names),
                Err(error) => return Some(Entry::Unreadable(path, error)),
            }
        }
    }
}

/// The paths in a directory, last name first.
fn names(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable_by(|a, b| b.cmp(a));
    Ok(names)
}

/// Opens a regular file, and nothing that was put in its place since.
pub(super) fn open(path: &Path) -> io::Result<File> {
    // A pipe would be waited for without NONBLOCK; a regular file is read the same with it.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is no regular file any more"))
    }
}
