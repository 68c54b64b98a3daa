//! A record is one shape, to the byte: what leaves it is named with its place, and every bound is the last value allowed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first thing it did not expect"
)]

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use ztp_audit::layout::LINE_BYTES_MAX;
use ztp_audit::record::{
    Draft, PAYLOAD_BYTES_MAX, RecordFault, RecordView, encode_payload, skim, write_record,
};
use ztp_core::canonical::{INTEGER_MAX, Value};
use ztp_core::digest::Digest;
use ztp_core::event::EventClass;
use ztp_core::time::Timestamp;

const TIME: &str = "2026-05-12T08:00:00.000Z";

/// A line as the format's page describes it, made from its parts by hand.
fn line(class: &str, payload: &str, seq: &str, time: &str) -> String {
    let (hash, prev) = ("ab".repeat(32), "cd".repeat(32));
    format!(
        r#"{{"event_class":"{class}","hash":"{hash}","payload":{payload},"prev_hash":"{prev}","seq":{seq},"timestamp":"{time}"}}"#
    )
}

fn usual() -> String {
    line("admission.decision", r#"{"a":1}"#, "7", TIME)
}

/// Where a line leaves the shape of a record, and what was expected there.
fn left(line: &str) -> Option<(usize, &'static str)> {
    match RecordView::parse(line.as_bytes()) {
        Err(RecordFault::NotARecord { offset, expected }) => Some((offset, expected)),
        Err(fault) => panic!("{fault:?} of {line}"),
        Ok(_) => None,
    }
}

#[test]
fn the_parts_of_a_record_are_the_bytes_between_its_members() {
    let line = usual();
    let view = RecordView::parse(line.as_bytes()).unwrap();
    assert_eq!(
        (view.event_class, view.payload, view.seq),
        (&b"admission.decision"[..], &b"{\"a\":1}"[..], 7)
    );
    assert_eq!(
        (view.hash_hex, view.prev_hash_hex),
        (b"ab".repeat(32)[..].try_into().unwrap(), b"cd".repeat(32)[..].try_into().unwrap())
    );
    assert_eq!((view.timestamp_str(), view.timestamp), (TIME, TIME.as_bytes().try_into().unwrap()));
    assert_eq!(view.claimed_hash().unwrap().to_string(), "ab".repeat(32));
    assert_eq!(view.prev_hash().unwrap().to_string(), "cd".repeat(32));
    // The hash covers the line without its own member and that member's comma.
    let without = line.replace(&format!("\"hash\":\"{}\",", "ab".repeat(32)), "");
    assert_eq!([view.before_hash, view.after_hash].concat(), without.as_bytes());
    assert_eq!(view.computed_hash().as_bytes()[..], Sha256::digest(without.as_bytes())[..]);
}

#[test]
fn a_line_may_fill_its_limit_with_its_line_feed_and_not_pass_it() {
    let of_length = |bytes: usize| {
        let empty = line("a.b", r#"{"a":""}"#, "0", TIME).len();
        line("a.b", &format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - empty)), "0", TIME)
    };
    let longest = of_length(LINE_BYTES_MAX - 1);
    assert_eq!(longest.len() + 1, LINE_BYTES_MAX);
    assert!(RecordView::parse(longest.as_bytes()).is_ok());
    for over in [0, 1, 100] {
        // Read or not, canonical or not: a longer line is too long and nothing else.
        for line in [of_length(LINE_BYTES_MAX + over), "{".repeat(LINE_BYTES_MAX + over)] {
            let fault = RecordView::parse(line.as_bytes()).unwrap_err();
            assert_eq!(fault, RecordFault::TooLong { bytes: LINE_BYTES_MAX + over + 1 });
            assert_eq!(fault.offset(), LINE_BYTES_MAX);
            assert!(fault.reason().contains(&format!("{} bytes", LINE_BYTES_MAX + over + 1)));
        }
    }
}

#[test]
fn a_sequence_number_is_written_as_json_writes_it_up_to_2_to_53_minus_1() {
    let at = usual().find("7,\"timestamp").unwrap();
    for (seq, number) in [("0", 0), ("9", 9), ("10", 10), ("9007199254740991", INTEGER_MAX.unsigned_abs())] {
        let line = line("admission.decision", r#"{"a":1}"#, seq, TIME);
        assert_eq!(RecordView::parse(line.as_bytes()).map(|view| view.seq), Ok(number));
    }
    for (seq, expected) in [
        ("-1", "a sequence number"),
        ("\"7\"", "a sequence number"),
        ("null", "a sequence number"),
        ("[]", "a sequence number"),
    ] {
        assert_eq!(left(&line("admission.decision", r#"{"a":1}"#, seq, TIME)), Some((at, expected)), "{seq}");
    }
    for seq in [
        "",
        "07",
        "00",
        "1.0",
        "9007199254740992",
        "9999999999999999",
        "10000000000000000",
        "99999999999999999999",
    ] {
        let line = line("admission.decision", r#"{"a":1}"#, seq, TIME);
        assert!(RecordView::parse(line.as_bytes()).is_err(), "{seq}");
    }
}

#[test]
fn a_member_that_is_missing_renamed_or_of_another_type_is_named_at_its_place() {
    let line = usual();
    let at = |text: &str| line.find(text).unwrap();
    let time = "a timestamp such as 2026-05-12T08:00:00.000Z";
    for (from, to, offset, expected) in [
        ("{\"event_class\"", "{\"event_clasz\"", 0, "an event_class member"),
        (
            "admission.decision",
            "admission decision",
            at("admission"),
            "an event class such as admission.decision",
        ),
        (
            "admission.decision",
            "Admission.decision",
            at("admission"),
            "an event class such as admission.decision",
        ),
        ("\"hash\":", "\"hasi\":", at("\"hash\""), "a hash member"),
        ("\"hash\":\"", "\"hash\":\"a", at("\"hash\"") + 8 + 64, "a comma after hash"),
        ("\"payload\":", "\"paylobd\":", at("\"payload\""), "a payload member"),
        ("{\"a\":1}", "[]", at("{\"a\""), "an object as payload"),
        ("{\"a\":1}", "1", at("{\"a\""), "an object as payload"),
        ("\"prev_hash\":", "\"prev_hasi\":", at(",\"prev_hash\""), "a prev_hash member"),
        ("\"prev_hash\":\"", "\"prev_hash\":\"c", at(",\"prev_hash\"") + 14 + 64, "a seq member"),
        ("\"seq\":", "\"ser\":", at("\",\"seq\""), "a seq member"),
        ("\"timestamp\":", "\"timestamq\":", at(",\"timestamp\""), "a timestamp member"),
        ("2026-05-12T", "2026-02-30T", at("2026-"), time),
        ("2026-05-12T", "2026-05-12 ", at("2026-"), time),
        ("08:00:00.000Z\"}", "08:00:00.000Z0\"}", at("2026-") + 24, "the end of the record"),
        ("08:00:00.000Z\"}", "08:00:00.000Z\",\"u\":1}", at("2026-") + 24, "the end of the record"),
    ] {
        let changed = line.replacen(from, to, 1);
        assert_ne!(changed, line);
        assert_eq!(left(&changed), Some((offset, expected)), "{changed}");
        let reason = RecordView::parse(changed.as_bytes()).unwrap_err().reason();
        assert_eq!(reason, format!("not a record: expected {expected}"));
    }
}

#[test]
fn bytes_that_are_not_canonical_are_named_before_the_shape_and_at_their_own_offset() {
    let line = usual();
    let payload = line.find("{\"a\"").unwrap();
    for (from, to, offset) in [
        // Inside the payload the offset is counted from the start of the line.
        ("{\"a\":1}", "{\"a\":01}", payload + 5),
        ("{\"a\":1}", "{\"a\": 1}", payload + 5),
        ("{\"a\":1}", "{\"b\":1,\"a\":1}", payload + 8),
        // A byte after the record.
        ("08:00:00.000Z\"}", "08:00:00.000Z\"} ", line.len()),
    ] {
        let changed = line.replacen(from, to, 1);
        let fault = RecordView::parse(changed.as_bytes()).unwrap_err();
        assert!(matches!(fault, RecordFault::NotCanonical(_)), "{changed}: {fault:?}");
        assert_eq!(fault.offset(), offset, "{changed}: {}", fault.reason());
    }
}

#[test]
fn a_skimmed_line_states_what_reading_all_of_it_states() {
    let longest = INTEGER_MAX.unsigned_abs();
    for seq in [0, 9, 10, 999_999_999_999_999, 1_000_000_000_000_000, longest] {
        let line = line("admission.decision", r#"{"seq":"1,2","timestamp":3}"#, &seq.to_string(), TIME);
        let (skimmed, read) = (skim(line.as_bytes()).unwrap(), RecordView::parse(line.as_bytes()).unwrap());
        assert_eq!((skimmed.line, skimmed.seq, read.seq), (line.as_bytes(), seq, seq));
        assert_eq!((skimmed.hash_hex, skimmed.timestamp), (read.hash_hex, read.timestamp));
    }
    for seq in ["", "-1", "x", "10000000000000000", "12345678901234567890"] {
        assert_eq!(skim(line("a.b", "{}", seq, TIME).as_bytes()), None, "{seq}");
    }
    let usual = usual();
    for (from, to) in [
        ("{\"event_class\"", "{\"event_clasz\""),
        ("\",\"hash\":", "\",\"hasi\":"),
        ("\",\"seq\"", "\",\"ser\""),
        (",\"timestamp\"", ",\"timestamq\""),
        ("000Z\"}", "000Z\"} "),
    ] {
        assert_eq!(skim(usual.replacen(from, to, 1).as_bytes()), None, "{to}");
    }
}

fn nested(depth: usize) -> Value {
    (1..depth).fold(Value::object::<&str, Value>([]), |inner, _| Value::object([("a", inner)]))
}

fn text_payload(bytes: usize) -> Value {
    Value::object([("a", Value::from("x".repeat(bytes - r#"{"a":""}"#.len())))])
}

#[test]
fn a_payload_is_an_object_of_bounded_length_and_depth_and_fits_a_line_with_any_other_member() {
    let longest = encode_payload(&text_payload(PAYLOAD_BYTES_MAX)).unwrap();
    assert_eq!(longest.len(), PAYLOAD_BYTES_MAX);
    let over = encode_payload(&text_payload(PAYLOAD_BYTES_MAX + 1));
    assert_eq!(over, Err(RecordFault::TooLong { bytes: PAYLOAD_BYTES_MAX + 1 }));
    let deepest = encode_payload(&nested(31)).unwrap();
    assert!(matches!(encode_payload(&nested(32)), Err(RecordFault::NotCanonical(_))));
    for other in [Value::Null, Value::from(1_i64), Value::from("a"), Value::from(Vec::<Value>::new())] {
        let refused = RecordFault::NotARecord { offset: 0, expected: "an object as payload" };
        assert_eq!(encode_payload(&other), Err(refused));
    }
    // The longest of everything at once is still a record.
    let class: EventClass = format!("a.{}", "b".repeat(62)).parse().unwrap();
    for payload in [longest, deepest] {
        let mut out = Vec::new();
        let draft = Draft { event_class: &class, payload: &payload, timestamp: Timestamp::MAX };
        write_record(&mut out, &draft, INTEGER_MAX.unsigned_abs(), &Digest::ZERO);
        let view = RecordView::parse(&out[..out.len() - 1]).unwrap();
        assert_eq!((view.payload, view.seq), (&payload[..], INTEGER_MAX.unsigned_abs()));
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_its_hash_is_that_of_its_bytes_without_the_hash(
        before in "[a-z]{0,20}",
        text in "\\PC{0,40}",
        seq in 0..=INTEGER_MAX.unsigned_abs(),
        at_ms in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis(),
        prev in any::<[u8; 32]>(),
    ) {
        let class: EventClass = "ops.note".parse().unwrap();
        let payload = encode_payload(&Value::object([("text", Value::from(text))])).unwrap();
        let timestamp = Timestamp::from_millis(at_ms).unwrap();
        let prev = Digest::from_bytes(prev);
        // Others stand before it in the buffer.
        let mut out = before.clone().into_bytes();
        let hash = write_record(&mut out, &Draft { event_class: &class, payload: &payload, timestamp }, seq, &prev);
        let line = out.strip_prefix(before.as_bytes()).unwrap().strip_suffix(b"\n").unwrap();
        let view = RecordView::parse(line).unwrap();
        prop_assert_eq!((view.event_class, view.payload, view.seq), (&b"ops.note"[..], &payload[..], seq));
        prop_assert_eq!(view.timestamp_str(), timestamp.to_string());
        prop_assert_eq!((view.prev_hash(), view.claimed_hash()), (Some(prev), Some(hash)));
        prop_assert_eq!(view.computed_hash(), hash);
        let text = std::str::from_utf8(line).unwrap();
        let without = text.replacen(&format!("\"hash\":\"{hash}\","), "", 1);
        let expected: [u8; 32] = Sha256::digest(without.as_bytes()).into();
        prop_assert_eq!(hash, Digest::from_bytes(expected));
    }
}
