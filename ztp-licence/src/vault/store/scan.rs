//! Finding places in the log without reading all of it: backwards for a text, forwards by lines.

use std::ops::ControlFlow;

use memchr::memmem;
use ztp_audit::layout::LINE_BYTES_MAX;
use ztp_audit::record::RecordView;
use ztp_audit::source::LogSource;
use ztp_core::canonical;

use super::StoreError;
use crate::vault::receipt::{self, Receipt};

/// Bytes read at once.
const BLOCK_BYTES: usize = 4 << 20;

/// A place in the log: a segment and an offset in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) segment: u64,
    pub(super) offset: u64,
}

impl Place {
    /// Where the log starts.
    pub(super) const START: Self = Self { segment: 0, offset: 0 };
}

/// The last occurrence of `text` that starts before `end` (or in the whole log), searched backwards.
pub(super) fn rfind(
    source: &dyn LogSource,
    text: &[u8],
    end: Option<Place>,
) -> Result<Option<Place>, StoreError> {
    let finder = memmem::FinderRev::new(text);
    let mut segments = source.segments()?;
    segments.reverse();
    let mut buffer = Vec::new();
    for segment in segments {
        let mut high = source.segment_bytes(segment)?;
        match end {
            Some(end) if segment > end.segment => continue,
            Some(end) if segment == end.segment => high = high.min(end.offset),
            _ => {}
        }
        while high > 0 {
            // Blocks overlap, so that an occurrence across a border is seen; it starts below `high`.
            let low = high.saturating_sub(BLOCK_BYTES as u64);
            let wanted = usize::try_from(high - low).unwrap_or(BLOCK_BYTES) + text.len() - 1;
            buffer.resize(wanted, 0);
            let got = source.read_at(segment, low, &mut buffer)?;
            if let Some(found) = finder.rfind(buffer.get(..got).unwrap_or_default()) {
                return Ok(Some(Place { segment, offset: low + found as u64 }));
            }
            high = low;
        }
    }
    Ok(None)
}

/// Hands out the whole lines from a place on, each with the place after it, in order, until `take` breaks off.
pub(super) fn lines(
    source: &dyn LogSource,
    from: Place,
    mut take: impl FnMut(&[u8], Place) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), StoreError> {
    let mut buffer = Vec::new();
    for segment in source.segments()?.into_iter().filter(|segment| *segment >= from.segment) {
        let mut at = if segment == from.segment { from.offset } else { 0 };
        let bytes = source.segment_bytes(segment)?;
        let mut after = at;
        buffer.clear();
        while at < bytes {
            let held = buffer.len();
            if held > LINE_BYTES_MAX {
                let reason = format!("a line of segment {segment} is longer than any record");
                return Err(StoreError::LogBroken { seq: segment, reason });
            }
            buffer.resize(held + BLOCK_BYTES, 0);
            let got = source.read_at(segment, at, buffer.get_mut(held..).unwrap_or_default())?;
            buffer.truncate(held + got);
            if got == 0 {
                break;
            }
            at += got as u64;
            let whole = memchr::memrchr(b'\n', &buffer).map_or(0, |end| end + 1);
            let mut rest = buffer.get(..whole).unwrap_or_default();
            while let Some(end) = memchr::memchr(b'\n', rest) {
                let (line, later) = rest.split_at(end);
                after += line.len() as u64 + 1;
                if take(line, Place { segment, offset: after })?.is_break() {
                    return Ok(());
                }
                rest = later.get(1..).unwrap_or_default();
            }
            buffer.drain(..whole);
        }
    }
    Ok(())
}

/// The start of the line in which a place lies.
fn line_start(source: &dyn LogSource, place: Place) -> Result<Place, StoreError> {
    let before = rfind(source, b"\n", Some(place))?.filter(|found| found.segment == place.segment);
    Ok(Place { segment: place.segment, offset: before.map_or(0, |found| found.offset + 1) })
}

/// The record at a place: its line, checked against its own hash.
pub(super) fn check_record(line: &[u8]) -> Result<RecordView<'_>, StoreError> {
    let broken = |seq: u64, reason: String| StoreError::LogBroken { seq, reason };
    let record = RecordView::parse(line).map_err(|fault| broken(0, fault.reason()))?;
    let hash = record.computed_hash();
    if record.claimed_hash() == Some(hash) {
        return Ok(record);
    }
    Err(broken(record.seq, format!("its bytes hash to {hash}, not to what it states")))
}

/// The receipt of a transaction. A receipt's number and transaction stand side by side in its canonical form, and quotes within
/// texts are escaped, so the text that is searched for can be nothing else.
pub(super) fn receipt(source: &dyn LogSource, seq: u64) -> Result<Receipt, StoreError> {
    let text = format!("\"seq\":{seq},\"transaction\":{{");
    let missing =
        || StoreError::LogBroken { seq: 0, reason: format!("it has no receipt of transaction {seq}") };
    let place = rfind(source, text.as_bytes(), None)?.ok_or_else(missing)?;
    let mut found = None;
    lines(source, line_start(source, place)?, |line, _| {
        found = Some(receipt_of(&check_record(line)?)?);
        Ok(ControlFlow::Break(()))
    })?;
    found.ok_or_else(missing)
}

/// The receipt that a record carries.
pub(super) fn receipt_of(record: &RecordView<'_>) -> Result<Receipt, StoreError> {
    let payload = canonical::read(record.payload, &receipt::limits()).map_err(super::VaultError::from)?;
    let receipt = payload.get("receipt").ok_or_else(|| StoreError::LogBroken {
        seq: record.seq,
        reason: "it carries no receipt".to_owned(),
    })?;
    Ok(Receipt::from_value(receipt)?)
}
