//! The example of `docs/formats/licence-envelope.md` holds.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

use ztp_core::signature::{SigningKey, pae};
use ztp_licence::{PAYLOAD_SCHEMA, Status, Trust, sign, verify};

const PAGE: &str = include_str!("../../docs/formats/licence-envelope.md");

/// The code blocks of the page's last section, by order.
fn block(language: &str, index: usize) -> &'static str {
    let (_, example) = PAGE.split_once("\n## Example\n").unwrap();
    let fence = format!("```{language}\n");
    let after = example.split(fence.as_str()).nth(index + 1).unwrap();
    after.split_once("```").unwrap().0
}

#[test]
fn the_documented_envelope_is_accepted_under_the_documented_trust() {
    let envelope = block("json", 0).trim_end().as_bytes();
    let trust = Trust::from_json(block("json", 1).as_bytes()).unwrap();
    let now = "2026-08-01T12:00:00.000Z".parse().unwrap();
    let verdict = verify(envelope, &trust, now, Some("bench-7"));
    assert_eq!(verdict.status(), Status::Valid, "{verdict:?}");
    // With the line feed that ends the block it is another file.
    let verdict = verify(block("json", 0).as_bytes(), &trust, now, Some("bench-7"));
    assert_eq!(verdict.status(), Status::Refused);
}

#[test]
fn the_documented_envelope_and_signed_bytes_are_the_ones_that_are_made() {
    let envelope = block("json", 0).trim_end();
    let payload = envelope.strip_prefix(r#"{"payload":"#).unwrap();
    let (payload, _) = payload.split_once(r#","schema":"ztp.licence.envelope/1""#).unwrap();
    let key = SigningKey::from_seed(&[7; 32]);
    assert_eq!(sign(payload.as_bytes(), &key).unwrap(), envelope.as_bytes());
    let signed = block("text", 0);
    assert_eq!(pae(PAYLOAD_SCHEMA, payload.as_bytes()).unwrap(), signed.as_bytes());
    assert_eq!(signed.len(), 158);
}
