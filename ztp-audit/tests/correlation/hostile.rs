//! Bytes that are not what they should be: named, counted, never skipped in silence.

use ztp_audit::correlate::{CorrelateError, Kind, Settings, correlate};
use ztp_audit::verify::{NoProgress, Progress};
use ztp_core::Coded as _;

use super::pair::{Pair, kinds};

#[test]
fn a_line_that_cannot_be_read_is_a_finding_at_its_number_and_the_rest_is_still_joined() {
    for bad in [&b"{"[..], b"not json", b"[]", b"\xff", b"{\"event_class\":\"admission.decision\"}"] {
        let pair = Pair::of(10, 1_000);
        let lines = pair.lines();
        let mut with: Vec<u8> = Vec::new();
        for (at, line) in lines.split_inclusive(|b| *b == b'\n').enumerate() {
            if at == 4 {
                with.extend_from_slice(bad);
                with.push(b'\n');
            }
            with.extend_from_slice(line);
        }
        let report = correlate(&with[..], 0, &pair.log(), Settings::default(), &NoProgress).unwrap();
        assert_eq!(kinds(&report), [(Kind::Unreadable, 1)], "{bad:?}");
        let found = report.findings.iter().next().unwrap();
        assert_eq!(found.facts, [("line", 5)]);
        assert_eq!((report.pairs, report.witnesses[0].unreadable), (10, 1));
    }
}

#[test]
fn blank_lines_and_a_byte_order_mark_hide_no_decision_and_a_stream_without_an_event_is_not_compared() {
    let pair = Pair::of(10, 1_000);
    let plain = String::from_utf8(pair.lines()).unwrap();
    for dressed in [
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\n\n"),
        plain.replace('\n', "\r\n \n"),
        format!("\n{plain}"),
    ] {
        let report = correlate(dressed.as_bytes(), 0, &pair.log(), Settings::default(), &NoProgress).unwrap();
        assert_eq!((kinds(&report), report.pairs), (vec![], 10));
    }
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(plain.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for none in [
        b"\x1f\x8b\x08rest\n".to_vec(),
        utf16,
        plain.replace(".000Z", "Z").into_bytes(),
        b"\0\0\0\n".to_vec(),
    ] {
        let refused = correlate(&none[..], 0, &pair.log(), Settings::default(), &NoProgress).unwrap_err();
        assert_eq!(refused.code(), "correlation_stream_unreadable", "{refused}");
    }
    // One line that is an event, and the others are findings.
    let one = format!("{}{}", plain.lines().next().unwrap(), "\nnot json".repeat(9));
    let report = correlate(one.as_bytes(), 0, &pair.log(), Settings::default(), &NoProgress).unwrap();
    assert_eq!(report.witnesses[0].unreadable, 9);
}

#[test]
fn a_line_longer_than_any_record_is_passed_over_whole_and_counted_once() {
    let pair = Pair::of(4, 1_000);
    let mut bytes = vec![b'x'; 3 << 20];
    bytes.push(b'\n');
    bytes.extend(pair.lines());
    bytes.extend(vec![b'y'; 2 << 20]);
    let report = correlate(&bytes[..], 0, &pair.log(), Settings::default(), &NoProgress).unwrap();
    assert_eq!(kinds(&report), [(Kind::Unreadable, 2)]);
    assert_eq!(report.pairs, 4);
}

#[test]
fn a_record_that_cannot_be_read_and_a_segment_that_is_gone_are_findings_at_their_place() {
    let pair = Pair::of(10, 1_000);
    let mut log = pair.log();
    let segment = log.segments.get_mut(&0).unwrap();
    let third = segment.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(2).unwrap().0;
    segment[third + 5] = b'#';
    let report = correlate(&pair.lines()[..], 0, &log, Settings::default(), &NoProgress).unwrap();
    // The record was of decision 2: it is in the admission stream only.
    assert_eq!(kinds(&report), [(Kind::MissingInSealed, 1), (Kind::Unreadable, 1)]);
    let unreadable = report.findings.iter().find(|f| f.kind == Kind::Unreadable).unwrap();
    assert_eq!(unreadable.facts, [("seq", 3)]);

    let bytes = log.segments.remove(&0).unwrap();
    log.segments.insert(65_536, bytes);
    let report = correlate(&b""[..], 0, &log, Settings::default(), &NoProgress).unwrap();
    assert!(report.findings.iter().any(|f| f.kind == Kind::Unreadable && f.reason.contains("up to 65536")));
}

#[test]
fn a_write_in_progress_at_the_end_of_the_log_is_no_finding() {
    let pair = Pair::of(10, 1_000);
    let mut log = pair.log();
    log.segments.get_mut(&0).unwrap().extend_from_slice(b"{\"event_class\":\"admission.dec");
    let report = correlate(&pair.lines()[..], 0, &log, Settings::default(), &NoProgress).unwrap();
    assert_eq!(kinds(&report), []);
}

#[test]
fn a_first_line_that_names_a_schema_must_describe_the_stream() {
    let pair = Pair::of(3, 1_000);
    for header in [
        r#"{"schema":"ztp.admission.stream/2"}"#,
        r#"{"schema":7}"#,
        r#"{"evicted":0,"kind":"tape","schema":"ztp.admission.stream/1","since":null}"#,
        r#"{"evicted":-1,"kind":"ring","schema":"ztp.admission.stream/1","since":null}"#,
        r#"{"evicted":0,"kind":"ring","schema":"ztp.admission.stream/1"}"#,
        r#"{"evicted":0,"kind":"ring","schema":"ztp.admission.stream/1","since":"yesterday"}"#,
        r#"{"evicted":0,"kind":"ring","more":1,"schema":"ztp.admission.stream/1","since":null}"#,
    ] {
        let bytes = [header.as_bytes(), b"\n", &pair.lines()].concat();
        let refused = correlate(&bytes[..], 0, &pair.log(), Settings::default(), &NoProgress).unwrap_err();
        assert_eq!(refused.code(), "correlation_stream_header", "{header}");
    }
    let header = r#"{"evicted":0,"kind":"jsonl","schema":"ztp.admission.stream/1","since":null}"#;
    let bytes = [header.as_bytes(), b"\n", &pair.lines()].concat();
    let report = correlate(&bytes[..], 0, &pair.log(), Settings::default(), &NoProgress).unwrap();
    assert_eq!((kinds(&report), report.pairs), (vec![], 3));
}

struct Cancelled;

impl Progress for Cancelled {
    fn advance(&self, _done: u64, _total: u64) {}
    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn a_cancelled_comparison_ends_without_a_report() {
    let pair = Pair::of(3, 1_000);
    let ended = correlate(&pair.lines()[..], 0, &pair.log(), Settings::default(), &Cancelled).unwrap_err();
    assert!(matches!(ended, CorrelateError::Log(_)));
    assert_eq!(ended.code(), "cancelled");
}
