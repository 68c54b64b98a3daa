//! A line that reads as a record, and whose hashes are hexadecimal, is canonical JSON with exactly the members the reader says it
//! has. (The reader leaves the hashes' characters to the comparison with the computed ones.)
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztp_audit::record::{RecordView, skim};
use ztp_core::canonical::{Limits, Value, check, read};

fuzz_target!(|line: &[u8]| {
    let Ok(record) = RecordView::parse(line) else { return };
    if record.claimed_hash().is_none() || record.prev_hash().is_none() {
        return;
    }
    check(line, &Limits::default()).expect("a record is canonical");
    let value = read(line, &Limits::default()).expect("a record is a document");
    let Value::Object(members) = &value else { panic!("a record is an object") };
    assert_eq!(members.len(), 6);
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::as_bytes);
    assert_eq!(text("event_class"), Some(record.event_class));
    assert_eq!(text("hash"), Some(&record.hash_hex[..]));
    assert_eq!(text("prev_hash"), Some(&record.prev_hash_hex[..]));
    assert_eq!(text("timestamp"), Some(&record.timestamp[..]));
    assert_eq!(value.get("seq").and_then(Value::as_int), i64::try_from(record.seq).ok());
    let skimmed = skim(line).expect("a record can be skimmed");
    assert_eq!((skimmed.hash_hex, skimmed.seq, skimmed.timestamp), (record.hash_hex, record.seq, record.timestamp));
});
