//! A directory held open, from which everything below it is reached: one name at a time, and no link is followed on the way.
//!
//! The path that a caller names is his own word, links in it included; it is followed once. From then on whoever renames or relinks
//! what stands above or below moves nothing of what is held here, and a link in the place of a part is refused and never followed.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

/// Why something below a directory could not be reached.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A link, pipe, device, or directory where a file must be.
    WrongType {
        /// The path.
        path: PathBuf,
        /// What it must be.
        expected: &'static str,
    },
    /// The operating system refused.
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What has a name in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A regular file of so many bytes.
    File { bytes: u64 },
    /// A directory, link, pipe, socket or device.
    Other,
    /// Nothing.
    Nothing,
}

const FILE: &str = "a regular file";
const DIRECTORY: &str = "a directory";

/// A pipe must not hang who opens it, and no link is followed.
const ALWAYS: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// An open directory.
#[derive(Debug)]
pub(crate) struct Dir {
    fd: OwnedFd,
    path: PathBuf,
}

impl Dir {
    /// Opens the directory that a caller names; `None` if there is none.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, Refused> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
        match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, path: path.to_owned() })),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(e) => Err(io_refused("open", path)(e)),
        }
    }

    /// The path by which it was reached, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// That path from the root on, as it is now: a process may change its working directory later.
    pub(crate) fn whole_path(&self) -> PathBuf {
        std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone())
    }

    /// The directory of this name; `None` if there is nothing.
    pub(crate) fn sub(&self, name: &str) -> Result<Option<Self>, Refused> {
        let path = self.path.join(name);
        let flags = ALWAYS | OFlags::DIRECTORY | OFlags::RDONLY;
        match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, path })),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::NOTDIR | Errno::LOOP | Errno::NXIO) => {
                Err(Refused::WrongType { path, expected: DIRECTORY })
            }
            Err(e) => Err(io_refused("open", &path)(e)),
        }
    }

    /// The directory of this name, made if there is nothing.
    pub(crate) fn make_sub(&self, name: &str) -> Result<Self, Refused> {
        let path = self.path.join(name);
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(e) => return Err(io_refused("make directory", &path)(e)),
        }
        self.sub(name)?.ok_or_else(|| io_refused("open", &path)(Errno::NOENT))
    }

    /// The regular file of this name, for reading; `None` if there is nothing.
    pub(crate) fn read(&self, name: &str) -> Result<Option<File>, Refused> {
        self.file(name, OFlags::RDONLY, Mode::empty())
    }

    /// The regular file of this name, for writing where its end is and for reading; `None` if there is nothing.
    pub(crate) fn append(&self, name: &str) -> Result<Option<File>, Refused> {
        self.file(name, OFlags::RDWR | OFlags::APPEND, Mode::empty())
    }

    /// The regular file of this name, for writing; made with `mode` if there is nothing. What it holds is left.
    pub(crate) fn create(&self, name: &str, mode: u32) -> Result<File, Refused> {
        let mode = Mode::from_raw_mode(mode);
        let made = self.file(name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE, mode)?;
        made.ok_or_else(|| io_refused("create", &self.path.join(name))(Errno::NOENT))
    }

    fn file(&self, name: &str, flags: OFlags, mode: Mode) -> Result<Option<File>, Refused> {
        let path = self.path.join(name);
        // Opening a device may already do something, so the kind is asked first; the open file is asked again.
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {}
            Ok(_) => return Err(Refused::WrongType { path, expected: FILE }),
            Err(Errno::NOENT) if flags.contains(OFlags::CREATE) => {}
            Err(Errno::NOENT) => return Ok(None),
            Err(e) => return Err(io_refused("look at", &path)(e)),
        }
        match rustix::fs::openat(&self.fd, name, ALWAYS | flags, mode) {
            Ok(fd) => {
                let file = File::from(fd);
                let kind = file.metadata().map_err(|e| Refused::Io {
                    action: "look at",
                    path: path.clone(),
                    source: e,
                })?;
                if kind.is_file() { Ok(Some(file)) } else { Err(Refused::WrongType { path, expected: FILE }) }
            }
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => Err(Refused::WrongType { path, expected: FILE }),
            Err(e) => Err(io_refused("open", &path)(e)),
        }
    }

    /// Gives a file another name within this directory, in the place of what has it.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Refused> {
        rustix::fs::renameat(&self.fd, from, &self.fd, to)
            .map_err(|e| io_refused("rename", &self.path.join(from))(e))
    }

    /// Removes the file of this name, if there is one. A link is removed, not what it points at.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Refused> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(e) => Err(io_refused("remove", &self.path.join(name))(e)),
        }
    }

    /// Makes what was created, renamed or removed here durable.
    pub(crate) fn sync(&self) -> Result<(), Refused> {
        rustix::fs::fsync(&self.fd).map_err(|e| io_refused("sync directory", &self.path)(e))
    }

    /// The names in it that are text, in no order.
    pub(crate) fn names(&self) -> Result<Vec<String>, Refused> {
        let mut names = Vec::new();
        self.each_name(|name| names.extend(std::str::from_utf8(name).ok().map(str::to_owned)))?;
        Ok(names)
    }

    /// Hands out the names in it, in no order.
    pub(crate) fn each_name(&self, mut take: impl FnMut(&[u8])) -> Result<(), Refused> {
        let fail = |e| io_refused("list", &self.path)(e);
        for entry in rustix::fs::Dir::read_from(&self.fd).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                take(name);
            }
        }
        Ok(())
    }

    /// What has this name; it is not opened, and no link is followed.
    pub(crate) fn entry(&self, name: &str) -> Result<Entry, Refused> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
                Ok(Entry::File { bytes: u64::try_from(stat.st_size).unwrap_or(0) })
            }
            Ok(_) => Ok(Entry::Other),
            Err(Errno::NOENT) => Ok(Entry::Nothing),
            Err(e) => Err(io_refused("look at", &self.path.join(name))(e)),
        }
    }

    /// Refuses whatever is neither a regular file of this name nor nothing.
    pub(crate) fn file_or_nothing(&self, name: &str) -> Result<(), Refused> {
        match self.entry(name)? {
            Entry::File { .. } | Entry::Nothing => Ok(()),
            Entry::Other => Err(Refused::WrongType { path: self.path.join(name), expected: FILE }),
        }
    }

    /// Whether there is anything of this name, a link included.
    pub(crate) fn has(&self, name: &str) -> Result<bool, Refused> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(e) => Err(io_refused("look at", &self.path.join(name))(e)),
        }
    }

    /// Whether the two are one directory.
    pub(crate) fn is_same(&self, other: &Self) -> Result<bool, Refused> {
        let stat = |dir: &Self| rustix::fs::fstat(&dir.fd).map_err(|e| io_refused("look at", &dir.path)(e));
        let (one, two) = (stat(self)?, stat(other)?);
        Ok((one.st_dev, one.st_ino) == (two.st_dev, two.st_ino))
    }

    /// Keeps others who ask out of this directory as long as it is held; says whether nobody else had done so.
    pub(crate) fn lock(&self) -> Result<bool, Refused> {
        match rustix::fs::flock(&self.fd, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(e) => Err(io_refused("lock", &self.path)(e)),
        }
    }

    /// Whether the file of this name is the open one, and not another that was put in its place.
    pub(crate) fn names_this(&self, name: &str, file: &File) -> Result<bool, Refused> {
        let fail = |e| io_refused("look at", &self.path.join(name))(e);
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => {
                let held = rustix::fs::fstat(file).map_err(fail)?;
                Ok((found.st_dev, found.st_ino) == (held.st_dev, held.st_ino))
            }
            Err(Errno::NOENT) => Ok(false),
            Err(e) => Err(fail(e)),
        }
    }
}

fn io_refused(action: &'static str, path: &Path) -> impl FnOnce(Errno) -> Refused {
    let path = path.to_owned();
    move |errno| Refused::Io { action, path, source: errno.into() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_but_files_and_directories_is_reached_by_any_way_of_opening() {
        let held = tempfile::tempdir().unwrap();
        let at = |name: &str| held.path().join(name);
        std::fs::create_dir(at("directory")).unwrap();
        std::fs::write(at("file"), b"x").unwrap();
        symlink(at("directory"), at("to-directory")).unwrap();
        symlink(at("file"), at("to-file")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0)
            .unwrap();
        let dir = Dir::open(held.path()).unwrap().unwrap();
        let wrong = |refused: Refused| matches!(refused, Refused::WrongType { .. });
        for name in ["directory", "to-directory", "to-file", "dangling", "pipe"] {
            assert!(wrong(dir.read(name).unwrap_err()), "{name}");
            assert!(wrong(dir.append(name).unwrap_err()), "{name}");
            assert!(wrong(dir.create(name, 0o600).unwrap_err()), "{name}");
        }
        for name in ["file", "to-directory", "to-file", "dangling", "pipe"] {
            assert!(wrong(dir.sub(name).unwrap_err()), "{name}");
            assert!(wrong(dir.make_sub(name).unwrap_err()), "{name}");
        }
        assert!(!at("nowhere").exists());
        assert!(dir.read("file").unwrap().is_some() && dir.sub("directory").unwrap().is_some());
        assert!(dir.read("nothing").unwrap().is_none() && dir.sub("nothing").unwrap().is_none());
    }

    #[test]
    fn what_is_held_stays_when_the_path_is_given_to_another_directory() {
        let held = tempfile::tempdir().unwrap();
        let (log, moved, other) =
            (held.path().join("log"), held.path().join("moved"), held.path().join("other"));
        for (dir, text) in [(&log, "mine"), (&other, "theirs")] {
            std::fs::create_dir(dir).unwrap();
            std::fs::write(dir.join("file"), text).unwrap();
        }
        let dir = Dir::open(&log).unwrap().unwrap();
        std::fs::rename(&log, &moved).unwrap();
        symlink(&other, &log).unwrap();
        let text = std::io::read_to_string(dir.read("file").unwrap().unwrap()).unwrap();
        assert_eq!(text, "mine");
    }
}
