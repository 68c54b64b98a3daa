//! Bytes of a write that a crash cut off: kept aside below `recovered/`, cut off their file, and recorded.
//!
//! A copy is complete and durable before it is called `.pending`, pending before its file is cut, and called `.torn` only when the record
//! that names it is durable. So a crash at any step leaves either the bytes where they were, or a copy that the next opening records.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use ztp_core::digest::{Digest, Hasher};

use super::files;
use crate::beneath::Dir;
use crate::control::LogRecovered;
use crate::error::StoreError;
use crate::layout::{self, WRITE_BYTES_MAX};
use crate::lines::{Line, Lines, PIECE_BYTES, torn_to_end};
use crate::record::RecordView;

const PART: &str = "part";
const PENDING: &str = ".pending";
const TORN: &str = ".torn";

/// Where torn bytes stand: from `at` to the end of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Torn {
    /// Name of the file.
    pub(super) file: String,
    /// Where they begin.
    pub(super) at: u64,
    /// The record that would have stood there, or whose checkpoint.
    pub(super) seq: u64,
}

/// Whether what stands from `at` on can be what a power cut left of one write: no more than one write has, and no line in it that was
/// written to its end. Such a line, whether it verifies or not, shows damage inside what was acknowledged.
pub(super) fn is_torn_region(file: &File, path: &Path, at: u64) -> Result<bool, StoreError> {
    if files::length(file, path)?.saturating_sub(at) > WRITE_BYTES_MAX {
        return Ok(false);
    }
    let mut lines = Lines::new(file, at);
    while let Some(line) = lines.next().map_err(files::io_error("read", path))? {
        match line {
            Line::Endless { .. } => return Ok(false),
            // More without a line feed than a line has is a hole in a write, or none of ours.
            Line::TooLong { at, ended: false } => {
                let read = |at, piece: &mut [u8]| files::read_at(file, path, at, piece);
                if torn_to_end(at, read)?.is_none() {
                    return Ok(false);
                }
            }
            _ => {}
        }
        // A line that has its line feed and no hole was written to its end: what it holds instead is damage.
        if matches!(line, Line::Whole { bytes, .. } if !bytes.contains(&0)) {
            return Ok(false);
        }
        if let Line::Whole { bytes, .. } | Line::Rest { bytes, .. } = line
            && RecordView::parse(bytes).is_ok_and(|r| r.claimed_hash() == Some(r.computed_hash()))
        {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Torn {
    /// Copies the bytes to `recovered/`, then cuts them off their file in `dir`; repeating it after a crash does no harm.
    pub(super) fn keep_aside(&self, top: &Dir, dir: &Dir, kind: &str) -> Result<LogRecovered, StoreError> {
        let kept = top.make_sub(layout::RECOVERED)?;
        top.sync()?;
        let path = dir.path().join(&self.file);
        let Some(from) = dir.read(&self.file)? else {
            return Err(StoreError::WrongFileType { path, expected: "a regular file" });
        };
        let part = kept.path().join(PART);
        let mut copy = kept.create(PART, 0o644)?;
        copy.set_len(0).map_err(files::io_error("empty", &part))?;
        let (bytes, sha256) = stream(&from, &path, self.at, |piece| {
            copy.write_all(piece).map_err(files::io_error("write", &part))
        })?;
        copy.sync_all().map_err(files::io_error("sync", &part))?;
        let short: String = sha256.to_string().chars().take(16).collect();
        let stem = format!("{:020}-{short}{kind}", self.seq);
        kept.rename(PART, &format!("{stem}{PENDING}"))?;
        kept.sync()?;
        files::cut(dir, &self.file, self.at)?;
        Ok(LogRecovered { bytes, sha256, kept_as: format!("{stem}{TORN}") })
    }
}

/// Hands out the bytes of a file from `at` on, in pieces; returns how many there were, and their hash.
fn stream(
    file: &File,
    path: &Path,
    at: u64,
    mut take: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<(u64, Digest), StoreError> {
    let mut hasher = Hasher::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut bytes = 0u64;
    loop {
        let got = files::read_at(file, path, at + bytes, &mut piece)?;
        let read = piece.get(..got).unwrap_or_default();
        if read.is_empty() {
            return Ok((bytes, hasher.finish()));
        }
        hasher.update(read);
        take(read)?;
        bytes += got as u64;
    }
}

/// The copies whose record may not have been written yet, oldest place first.
pub(super) fn unrecorded(top: &Dir) -> Result<Vec<LogRecovered>, StoreError> {
    let Some(kept) = top.sub(layout::RECOVERED)? else { return Ok(Vec::new()) };
    let mut names = kept.names()?;
    names.retain(|name| name.ends_with(PENDING));
    names.sort_unstable();
    let mut found = Vec::new();
    for name in names {
        let path = kept.path().join(&name);
        let (Some(stem), Some(file)) = (name.strip_suffix(PENDING), kept.read(&name)?) else { continue };
        let (bytes, sha256) = stream(&file, &path, 0, |_| Ok(()))?;
        found.push(LogRecovered { bytes, sha256, kept_as: format!("{stem}{TORN}") });
    }
    Ok(found)
}

/// Gives a copy the name by which its record, now durable, calls it.
pub(super) fn recorded(top: &Dir, kept_as: &str) -> Result<(), StoreError> {
    let Some(kept) = top.sub(layout::RECOVERED)? else { return Ok(()) };
    let pending = kept_as.strip_suffix(TORN).map(|stem| format!("{stem}{PENDING}"));
    let Some(pending) = pending else { return Ok(()) };
    if kept.read(&pending)?.is_some() {
        kept.rename(&pending, kept_as)?;
        kept.sync()?;
    }
    Ok(())
}
