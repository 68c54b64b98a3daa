//! What stands beside an encoded secret does not hide it, and the sealed log's record of a request tells nothing that was not asked.

mod engine_support;

use engine_support::{key, pem, scanner};
use ztp_core::canonical::Value;
use ztp_core::encoding::{base64_encode, hex_encode};
use ztp_core::time::Timestamp;
use ztp_dlp::memory::Memory;
use ztp_dlp::request::RequestHead;

#[test]
fn a_character_of_another_alphabet_beside_the_digits_does_not_hide_them() {
    let scanner = scanner();
    for secret in
        [hex_encode(&key()), hex_encode(pem(&key()).as_bytes()), base64_encode(pem(&key()).as_bytes())]
    {
        for (before, after) in
            [("/", ""), ("", "/x"), ("id-", ""), ("z", "z"), ("0", ""), ("key_", "_end"), ("=", "=")]
        {
            let body = format!("see {before}{secret}{after} there");
            let report = scanner.scan_bytes(body.as_bytes());
            assert!(!report.findings.is_empty(), "{before}…{after}");
        }
    }
}

#[test]
fn the_record_of_a_request_has_neither_query_nor_sign_in_nor_fragment() {
    let scanner = scanner();
    let head = RequestHead {
        id: String::new(),
        hop: 0,
        principal: "telemetry".to_owned(),
        method: b"POST".to_vec(),
        url: b"https://alice:pw@example.com:8443/reports/7?token=short#place".to_vec(),
        via: String::new(),
        headers: vec![(b"content-type".to_vec(), b"multipart/form-data; boundary=chosen".to_vec())],
    };
    let report = scanner.scan_request(&head, b"four", &[], Timestamp::MIN, &mut Memory::default());
    let events = report.events(&scanner, &head, Timestamp::MIN);
    let payload = events[0].payload();
    let member = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (shown, tag) =
        member("url").split_once("?redacted:").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!((shown.as_str(), tag.len()), ("https://example.com:8443/reports/7", 16));
    assert_eq!(member("content_type"), "multipart/form-data");
    assert_eq!(payload.get("body_bytes").and_then(Value::as_int), Some(4));
}
