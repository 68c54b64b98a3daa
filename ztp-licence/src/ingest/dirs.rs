//! The directories, held open: everything below them is named relative to their descriptors, and no link is followed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

use super::error::IngestError;
use crate::ENVELOPE_BYTES_MAX;

/// Most names that are listed in one run; what lies beyond is left to the next.
const NAMES_MAX: usize = 100_000;

/// Most bytes of a file that is copied to another file system: those of the largest envelope.
pub(super) const ENVELOPE_BYTES: u64 = ENVELOPE_BYTES_MAX as u64;

/// The end of a name, after a dot in front, of a file that is being copied; no safe name begins with a dot.
const COPYING: &str = ".copying";

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// One of the directories.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    fd: OwnedFd,
}

/// The directory of the ingest and those below it, with the lock that keeps other runs out.
#[derive(Debug)]
pub(super) struct Directories {
    pub(super) incoming: Directory,
    pub(super) work: Directory,
    pub(super) accepted: Directory,
    pub(super) rejected: Directory,
    _lock: OwnedFd,
}

/// What is known of a name without opening it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) kind: FileType,
    pub(super) bytes: u64,
    /// When the file was last changed, by the clock of the bench, in milliseconds since 1970: no copying program can set it.
    pub(super) changed_ms: i64,
}

impl Directories {
    /// Opens `dir` and what belongs below it; `incoming` must be there, the others are made.
    pub(super) fn open(dir: &Path) -> Result<Self, IngestError> {
        let root = Directory::open(CWD, dir, dir.to_owned())?;
        let incoming = Directory::open(&root.fd, "incoming", dir.join("incoming"))?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = dir.join("lock");
        let lock = rustix::fs::openat(&root.fd, "lock", flags, Mode::RUSR | Mode::WUSR);
        let lock = lock.map_err(|errno| io_error("open", &path, errno))?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(IngestError::Locked { path }),
            Err(errno) => return Err(io_error("lock", &path, errno)),
        }
        let [work, accepted, rejected] = ["work", "accepted", "rejected"].map(|name| root.make(name));
        let dirs = Self { work: work?, accepted: accepted?, rejected: rejected?, incoming, _lock: lock };
        // Of what lies at work all is taken up; a half copy is still whole where it came from.
        dirs.work.remove_copies()?;
        Ok(dirs)
    }
}

/// Why a name was opened but not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is no regular file.
    Kind(FileType),
    /// It has more bytes than wanted: this many.
    Size(u64),
}

impl Directory {
    fn open(at: impl AsFd, name: impl rustix::path::Arg, path: PathBuf) -> Result<Self, IngestError> {
        let fd = match rustix::fs::openat(at, name, DIRECTORY, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Err(IngestError::DirectoryMissing { path }),
            Err(Errno::LOOP | Errno::NOTDIR) => {
                return Err(IngestError::DirectoryUnsafe { path, what: "no directory, or a link to one" });
            }
            Err(errno) => return Err(io_error("open", &path, errno)),
        };
        let stat = rustix::fs::fstat(&fd).map_err(|errno| io_error("look at", &path, errno))?;
        if Mode::from_raw_mode(stat.st_mode).contains(Mode::WOTH) {
            return Err(IngestError::DirectoryUnsafe { path, what: "writable by anybody" });
        }
        Ok(Self { path, fd })
    }

    fn make(&self, name: &str) -> Result<Self, IngestError> {
        let path = self.path.join(name);
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o750)) {
            Ok(()) => self.sync()?,
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(io_error("make directory", &path, errno)),
        }
        Self::open(&self.fd, name, path)
    }

    pub(super) fn sync(&self) -> Result<(), IngestError> {
        rustix::fs::fsync(&self.fd).map_err(|errno| io_error("sync", &self.path, errno))
    }

    /// The names in the directory, sorted by their bytes, and whether there are more than can be listed.
    pub(super) fn names(&self) -> Result<(Vec<Vec<u8>>, bool), IngestError> {
        let fail = |errno| io_error("list", &self.path, errno);
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            if names.len() >= NAMES_MAX {
                names.sort_unstable();
                return Ok((names, true));
            }
            names.push(name.to_vec());
        }
        names.sort_unstable();
        Ok((names, false))
    }

    /// Looks at a name without following or opening it; `None` if it is gone.
    pub(super) fn look(&self, name: &[u8]) -> Result<Option<Look>, IngestError> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(look(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(io_error("look at", &self.path, errno)),
        }
    }

    /// Reads a regular file of at most `bytes_max` bytes; `Ok(Ok(None))` if it is gone.
    pub(super) fn read(
        &self,
        name: impl rustix::path::Arg,
        bytes_max: u64,
    ) -> Result<Result<Option<Vec<u8>>, Unreadable>, IngestError> {
        // NONBLOCK: a pipe that was put in the file's place must not hang the run.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(Ok(None)),
            Err(Errno::LOOP) => return Ok(Err(Unreadable::Kind(FileType::Symlink))),
            Err(Errno::NXIO) => return Ok(Err(Unreadable::Kind(FileType::Socket))),
            Err(errno) => return Err(io_error("open", &self.path, errno)),
        };
        let stat = rustix::fs::fstat(&fd).map_err(|errno| io_error("look at", &self.path, errno))?;
        let look = look(&stat);
        if look.kind != FileType::RegularFile {
            return Ok(Err(Unreadable::Kind(look.kind)));
        }
        if look.bytes > bytes_max {
            return Ok(Err(Unreadable::Size(look.bytes)));
        }
        let mut bytes = Vec::new();
        let read = File::from(fd).take(bytes_max + 1).read_to_end(&mut bytes);
        read.map_err(|source| IngestError::Io { action: "read", path: self.path.clone(), source })?;
        let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(if found > bytes_max { Err(Unreadable::Size(found)) } else { Ok(Some(bytes)) })
    }

    /// Writes a file and syncs it.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), IngestError> {
        let path = self.path.join(name);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mode = Mode::from_raw_mode(0o640);
        let fd = rustix::fs::openat(&self.fd, name, flags | OFlags::CLOEXEC, mode)
            .map_err(|errno| io_error("create", &path, errno))?;
        let mut file = File::from(fd);
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        written.map_err(|source| IngestError::Io { action: "write", path, source })
    }

    /// Writes a file aside, syncs it and puts it at `name` as a whole.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), IngestError> {
        let aside = format!("{name}.new");
        let path = self.path.join(&aside);
        self.write(&aside, bytes)?;
        rustix::fs::renameat(&self.fd, aside.as_str(), &self.fd, name)
            .map_err(|errno| io_error("rename", &path, errno))?;
        self.sync()
    }

    /// Moves a name into another directory; `false` if the new name is taken there. Where that is another file system, or `across` says
    /// to take it for one, the file is copied, and `copied` is called before the name here is removed.
    pub(super) fn move_to(
        &self,
        name: &[u8],
        to: &Self,
        new_name: &str,
        across: bool,
        copied: impl FnOnce() -> Result<(), IngestError>,
    ) -> Result<bool, IngestError> {
        let renamed = if across {
            Err(Errno::XDEV)
        } else {
            rustix::fs::renameat_with(&self.fd, name, &to.fd, new_name, RenameFlags::NOREPLACE)
        };
        match renamed {
            Ok(()) => {
                to.sync()?;
                self.sync()?;
                Ok(true)
            }
            Err(Errno::EXIST) => Ok(false),
            Err(Errno::XDEV) => self.move_across(name, to, new_name, copied),
            Err(errno) => Err(io_error("move into", &to.path, errno)),
        }
    }

    /// Copies a file aside in the other directory, compares what the disk has of it, and gives it its name there; only then is it removed
    /// here. After a crash it is here, or there, or in both as the same bytes.
    fn move_across(
        &self,
        name: &[u8],
        to: &Self,
        new_name: &str,
        copied: impl FnOnce() -> Result<(), IngestError>,
    ) -> Result<bool, IngestError> {
        let other = |errno| io_error("move to another file system, into", &to.path, errno);
        let put = match self.read(name, ENVELOPE_BYTES)? {
            Ok(Some(bytes)) => {
                let aside = format!(".{new_name}{COPYING}");
                to.write(&aside, &bytes)?;
                if to.read(aside.as_str(), ENVELOPE_BYTES)?.ok().flatten() != Some(bytes) {
                    return Err(other(Errno::IO));
                }
                let put = rustix::fs::renameat_with(
                    &to.fd,
                    aside.as_str(),
                    &to.fd,
                    new_name,
                    RenameFlags::NOREPLACE,
                );
                if put.is_err() {
                    to.remove(aside.as_bytes())?;
                }
                put
            }
            Ok(None) => Err(Errno::NOENT),
            // A link is made anew, as it is: nothing is read through it.
            Err(Unreadable::Kind(FileType::Symlink)) => {
                let target = rustix::fs::readlinkat(&self.fd, name, Vec::new()).map_err(other)?;
                rustix::fs::symlinkat(&target, &to.fd, new_name)
            }
            // A directory, a device, a file larger than any envelope: for whoever put it there to take away.
            Err(_) => Err(Errno::XDEV),
        };
        match put {
            Ok(()) => {}
            Err(Errno::EXIST) => return Ok(false),
            Err(errno) => return Err(other(errno)),
        }
        to.sync()?;
        copied()?;
        self.remove(name)?;
        Ok(true)
    }

    /// Whether both names are links, and lead to the same place.
    pub(super) fn same_link(&self, name: &[u8], to: &Self, new_name: &str) -> bool {
        let here = rustix::fs::readlinkat(&self.fd, name, Vec::new());
        let there = rustix::fs::readlinkat(&to.fd, new_name, Vec::new());
        here.is_ok_and(|here| there.is_ok_and(|there| here == there))
    }

    /// Removes what a run that was cut short left half copied.
    fn remove_copies(&self) -> Result<(), IngestError> {
        for name in self.names()?.0 {
            if name.first() == Some(&b'.') && name.ends_with(COPYING.as_bytes()) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    /// Removes a name that is kept elsewhere already.
    pub(super) fn remove(&self, name: &[u8]) -> Result<(), IngestError> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => self.sync(),
            Err(errno) => Err(io_error("remove from", &self.path, errno)),
        }
    }
}

fn look(stat: &Stat) -> Look {
    let millis = i64::try_from(stat.st_ctime_nsec / 1_000_000).unwrap_or(0);
    Look {
        kind: FileType::from_raw_mode(stat.st_mode),
        bytes: u64::try_from(stat.st_size).unwrap_or(u64::MAX),
        changed_ms: stat.st_ctime.saturating_mul(1000).saturating_add(millis),
    }
}

fn io_error(action: &'static str, path: &Path, errno: Errno) -> IngestError {
    IngestError::Io { action, path: path.to_owned(), source: io::Error::from(errno) }
}
