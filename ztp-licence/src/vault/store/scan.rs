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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ztp_audit::source::MemorySource;
    use ztp_core::Coded as _;

    use super::*;

    fn log(segments: &[(u64, Vec<u8>)]) -> MemorySource {
        MemorySource { segments: segments.iter().cloned().collect(), notes: BTreeMap::new() }
    }

    fn at(segment: u64, offset: usize) -> Place {
        Place { segment, offset: offset as u64 }
    }

    #[test]
    fn the_last_occurrence_that_starts_before_a_place_is_found_wherever_blocks_are_cut() {
        const TEXT: &[u8] = b"text";
        let size = 2 * BLOCK_BYTES + 1_000;
        // Blocks are counted from the end of what is searched: around their borders, and at both ends of the segment.
        let borders = [BLOCK_BYTES, 1_000, size - BLOCK_BYTES, size - 2 * BLOCK_BYTES];
        let around = borders.iter().flat_map(|border| (border - 5)..(border + 3));
        for place in around.chain([0, 1, size - 5, size - 4]) {
            let mut bytes = vec![b'.'; size];
            for start in [7_usize.min(place), place] {
                bytes.splice(start..start + TEXT.len(), TEXT.iter().copied());
            }
            let source = log(&[(0, bytes.clone())]);
            for end in [
                None,
                Some(size - 1),
                Some(place + 2),
                Some(place + 1),
                Some(place),
                Some(place.saturating_sub(1)),
            ] {
                let reach = end.map_or(size, |end| (end + TEXT.len() - 1).min(size));
                let expected = memmem::rfind(&bytes[..reach], TEXT).map(|offset| at(0, offset));
                let found = rfind(&source, TEXT, end.map(|end| at(0, end))).unwrap();
                assert_eq!(found, expected, "at {place}, before {end:?}");
            }
        }
    }

    #[test]
    fn segments_are_searched_from_the_last_one_that_may_hold_the_place() {
        let source = log(&[(0, b"a text".to_vec()), (10, b"b".to_vec()), (20, b"text, text".to_vec())]);
        for (end, expected) in [
            (None, Some(at(20, 6))),
            (Some(at(20, 6)), Some(at(20, 0))),
            (Some(at(20, 0)), Some(at(0, 2))),
            (Some(at(10, 0)), Some(at(0, 2))),
            (Some(at(0, 3)), Some(at(0, 2))),
            (Some(at(0, 2)), None),
        ] {
            assert_eq!(rfind(&source, b"text", end).unwrap(), expected, "{end:?}");
        }
    }

    /// The lines handed out from a place, each as its length and the place after it.
    fn handed(source: &MemorySource, from: Place, most: usize) -> Result<Vec<(usize, Place)>, StoreError> {
        let mut found = Vec::new();
        lines(source, from, |line, after| {
            found.push((line.len(), after));
            Ok(if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(found)
    }

    #[test]
    fn whole_lines_are_handed_out_with_the_place_after_each_and_a_torn_one_is_not() {
        let long = LINE_BYTES_MAX - 1;
        let mut first = Vec::new();
        // Nine lines of the longest kind lie across the borders of the blocks.
        for _ in 0..9 {
            first.resize(first.len() + long, b'x');
            first.push(b'\n');
        }
        let end = first.len();
        first.extend_from_slice(b"\nab\ntorn");
        let source = log(&[(0, first), (70, b"c\n".to_vec())]);
        let mut expected: Vec<(usize, Place)> = (1..=9).map(|n| (long, at(0, n * LINE_BYTES_MAX))).collect();
        expected.extend([(0, at(0, end + 1)), (2, at(0, end + 4)), (1, at(70, 2))]);
        assert_eq!(handed(&source, Place::START, 99).unwrap(), expected);
        assert_eq!(handed(&source, Place::START, 4).unwrap(), expected[..4]);
        assert_eq!(handed(&source, at(0, 8 * LINE_BYTES_MAX), 99).unwrap(), expected[8..]);
        assert_eq!(handed(&source, at(0, end + 1), 99).unwrap(), expected[10..]);
        assert_eq!(handed(&source, at(70, 0), 99).unwrap(), expected[11..]);
        assert_eq!(line_start(&source, at(0, end + 3)).unwrap(), at(0, end + 1));
        assert_eq!(line_start(&source, at(0, 5)).unwrap(), at(0, 0));
        assert_eq!(line_start(&source, at(70, 1)).unwrap(), at(70, 0));
    }

    #[test]
    fn a_line_longer_than_any_record_is_refused_in_its_segment_and_does_not_fill_the_memory() {
        let source = log(&[(0, b"a\n".to_vec()), (5, vec![b'x'; 3 * BLOCK_BYTES])]);
        let error = handed(&source, Place::START, 99).unwrap_err();
        assert_eq!(error.code(), "vault_log_broken");
        assert!(matches!(error, StoreError::LogBroken { seq: 5, .. }), "{error}");
    }
}
