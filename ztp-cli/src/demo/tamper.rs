//! One changed byte in a copy of the log: somebody else did it.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::unexpected;
use crate::failure::Failure;

/// Start of the records that are worth changing for whoever did something.
const CLASS: &[u8] = b"{\"event_class\":\"operator.action\"";
/// The member in which he would rather read another name.
const OPERATOR: &[u8] = b"\"operator\":\"op-0";

/// What was changed.
#[derive(Debug)]
pub(crate) struct Change {
    /// Sequence number of the record.
    pub(crate) seq: i64,
    /// The file, below the log's directory.
    pub(crate) file: String,
    /// Offset of the byte in it.
    pub(crate) offset: i64,
    /// Before and after.
    pub(crate) what: String,
}

/// Copies the log and changes the operator's number in the first operator's action at or after record `from_seq`.
pub(crate) fn change_one_byte(log: &Path, copy: &Path, from_seq: u32) -> Result<Change, Failure> {
    copy_tree(log, copy)?;
    let mut seq: i64 = 0;
    for path in entries(&copy.join("segments"))? {
        let bytes = fs::read(&path).map_err(|source| Failure::reading(&path, source))?;
        let mut line_start = 0;
        for line in bytes.split_inclusive(|&b| b == b'\n') {
            let digit_at =
                line.windows(OPERATOR.len()).position(|w| w == OPERATOR).map(|at| at + OPERATOR.len());
            if let Some(at) = digit_at.filter(|_| seq >= i64::from(from_seq) && line.starts_with(CLASS)) {
                let digit = line.get(at).copied().unwrap_or(b'0');
                let other = if digit == b'1' { b'2' } else { b'1' };
                let offset = line_start + at;
                put(&path, offset, other)?;
                let file = path.strip_prefix(copy).unwrap_or(&path).to_string_lossy().into_owned();
                let what = format!("op-0{} became op-0{}", char::from(digit), char::from(other));
                return Ok(Change { seq, file, offset: i64::try_from(offset).unwrap_or(i64::MAX), what });
            }
            line_start += line.len();
            seq += 1;
        }
    }
    Err(unexpected("no operator's action was found to change"))
}

fn put(path: &Path, offset: usize, byte: u8) -> Result<(), Failure> {
    let place = SeekFrom::Start(u64::try_from(offset).unwrap_or(u64::MAX));
    let mut file = OpenOptions::new().write(true).open(path).map_err(|e| Failure::writing(path, e))?;
    let written = file.seek(place).and_then(|_| file.write_all(&[byte])).and_then(|()| file.sync_all());
    written.map_err(|source| Failure::writing(path, source))
}

/// Copies files and directories; a log holds nothing else.
fn copy_tree(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir(to).map_err(|source| Failure::writing(to, source))?;
    for entry in entries(from)? {
        let target = to.join(entry.file_name().unwrap_or_default());
        if entry.is_dir() {
            copy_tree(&entry, &target)?;
        } else {
            fs::copy(&entry, &target).map_err(|source| Failure::writing(&target, source))?;
        }
    }
    Ok(())
}

/// What a directory holds, sorted by name.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listed = fs::read_dir(dir).and_then(|found| found.map(|entry| entry.map(|e| e.path())).collect());
    let mut paths: Vec<PathBuf> = listed.map_err(|source| Failure::reading(dir, source))?;
    paths.sort();
    Ok(paths)
}
