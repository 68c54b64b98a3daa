//! An envelope in the records of a log: cut into parts that fit into one, and put together again.

use ztp_core::canonical::Value;

use crate::member::number;

/// Bytes of an envelope in one record: escaped at its longest it stays below the longest record.
const ENVELOPE_PART_BYTES: usize = 400 << 10;

/// The members of each record that carries an envelope: `envelope` (a part of its text), `part` (from 0) and `parts`. `None` for bytes
/// that are no text, which no envelope is.
pub(crate) fn envelope_parts(envelope: &[u8]) -> Option<Vec<Vec<(&'static str, Value)>>> {
    let parts: Vec<&[u8]> = envelope.chunks(ENVELOPE_PART_BYTES).collect();
    let count = number(u64::try_from(parts.len()).unwrap_or(u64::MAX));
    let members = |(index, part): (u64, &[u8])| {
        // Canonical JSON is ASCII, so that no character lies across a border.
        let text = std::str::from_utf8(part).ok()?;
        Some(vec![("envelope", Value::from(text)), ("part", number(index)), ("parts", count.clone())])
    };
    (0u64..).zip(parts).map(members).collect()
}

/// Parts of something that is too large for one record.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    bytes: Vec<u8>,
    next: u64,
    count: u64,
}

impl Parts {
    /// Takes a part; all of it when it was the last. A part that does not follow is the end of what went before.
    pub(crate) fn take(&mut self, part: u64, count: u64, bytes: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        if part == 0 {
            *self = Self { bytes: Vec::new(), next: 0, count };
        }
        if part != self.next || count != self.count || self.bytes.len() + bytes.len() > bytes_max {
            *self = Self::default();
            return None;
        }
        self.bytes.extend_from_slice(bytes);
        self.next += 1;
        if self.next < count {
            return None;
        }
        Some(std::mem::take(self).bytes)
    }
}
