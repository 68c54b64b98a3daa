//! Logs that are in memory already.

use std::collections::BTreeMap;

use super::LogSource;
use crate::error::VerifyError;

/// A log held in memory, for tests, fuzzing and callers that have the bytes already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemorySource {
    /// Segment bytes by first sequence number.
    pub segments: BTreeMap<u64, Vec<u8>>,
    /// Checkpoint notes by first sequence number of their segment.
    pub notes: BTreeMap<u64, Vec<u8>>,
}

impl LogSource for MemorySource {
    fn segments(&self) -> Result<Vec<u64>, VerifyError> {
        Ok(self.segments.keys().copied().collect())
    }

    fn segment_bytes(&self, first_seq: u64) -> Result<u64, VerifyError> {
        Ok(self.segments.get(&first_seq).map_or(0, |s| s.len() as u64))
    }

    fn read_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        Ok(copy(self.segments.get(&first_seq).map(Vec::as_slice), offset, buffer))
    }

    fn note_segments(&self) -> Result<Vec<u64>, VerifyError> {
        Ok(self.notes.keys().copied().collect())
    }

    fn notes_bytes(&self, first_seq: u64) -> Result<u64, VerifyError> {
        Ok(self.notes.get(&first_seq).map_or(0, |n| n.len() as u64))
    }

    fn read_notes_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        Ok(copy(self.notes.get(&first_seq).map(Vec::as_slice), offset, buffer))
    }
}

/// The lines of a log in one piece of memory, which is read where it is: however large, it is not held a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinesSource<'a>(
    /// The lines, each with its line feed.
    pub &'a [u8],
);

impl LogSource for LinesSource<'_> {
    fn segments(&self) -> Result<Vec<u64>, VerifyError> {
        Ok(vec![0])
    }

    fn segment_bytes(&self, _first_seq: u64) -> Result<u64, VerifyError> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, _first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        Ok(copy(Some(self.0), offset, buffer))
    }

    fn note_segments(&self) -> Result<Vec<u64>, VerifyError> {
        Ok(Vec::new())
    }

    fn notes_bytes(&self, _first_seq: u64) -> Result<u64, VerifyError> {
        Ok(0)
    }

    fn read_notes_at(&self, _first_seq: u64, _offset: u64, _buffer: &mut [u8]) -> Result<usize, VerifyError> {
        Ok(0)
    }
}

/// Copies what there is from `offset` on.
fn copy(bytes: Option<&[u8]>, offset: u64, buffer: &mut [u8]) -> usize {
    let rest = usize::try_from(offset).ok().and_then(|at| bytes?.get(at..)).unwrap_or_default();
    let n = rest.len().min(buffer.len());
    if let (Some(to), Some(from)) = (buffer.get_mut(..n), rest.get(..n)) {
        to.copy_from_slice(from);
    }
    n
}
