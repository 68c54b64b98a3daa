//! `ztp canonical`, `ztp signature`.

use crate::support::{ztp, ztp_with};

#[test]
fn encode_prints_exactly_the_canonical_bytes() {
    let run = ztp_with(["canonical", "encode"], b" { \"b\" : [1, true ], \"a\" : \"\xc3\xa9\" }\n").exits(0);
    assert_eq!(run.text(), r#"{"a":"\u00e9","b":[1,true]}"#);
    assert_eq!(run.stderr, "");
}

#[test]
fn encode_with_json_adds_one_line_feed() {
    let run = ztp_with(["canonical", "encode", "--json"], b"[ 1 ]").exits(0);
    assert_eq!(run.text(), "[1]\n");
}

#[test]
fn encode_refuses_what_has_no_canonical_form_with_code_and_offset() {
    let run = ztp_with(["canonical", "encode", "--json"], br#"{"a":1,"a":2}"#).exits(1);
    assert_eq!(run.string(&["schema"]), "ztp.error/1");
    assert!(run.string(&["code"]).contains("duplicate"), "{}", run.text());
    assert_eq!(run.integer(&["offset"]), 7);
}

#[test]
fn check_says_yes_to_canonical_bytes() {
    let run = ztp_with(["canonical", "check"], br#"{"a":1}"#).exits(0);
    assert_eq!(run.text(), "canonical: 7 bytes\n");
    let run = ztp_with(["canonical", "check", "--json"], br#"{"a":1}"#).exits(0);
    assert_eq!(run.text(), "{\"code\":\"ok\",\"schema\":\"ztp.result/1\"}\n");
}

#[test]
fn check_names_the_first_byte_that_differs() {
    let run = ztp_with(["canonical", "check", "--json"], br#"{"a": 1}"#).exits(1);
    assert_eq!(run.integer(&["offset"]), 5);
    let run = ztp_with(["canonical", "check"], br#"{"a": 1}"#).exits(1);
    assert!(run.text().starts_with("not canonical: "), "{}", run.text());
    assert!(
        run.text().contains(" at byte 5: ") && run.text().ends_with(" (canonical_white_space)\n"),
        "{}",
        run.text()
    );
}

#[test]
fn a_line_feed_after_the_document_is_not_canonical() {
    let run = ztp_with(["canonical", "check", "--json"], b"{}\n").exits(1);
    assert_eq!(run.integer(&["offset"]), 2);
}

#[test]
fn empty_input_is_refused() {
    assert_eq!(ztp_with(["canonical", "check", "--json"], b"").exits(1).integer(&["offset"]), 0);
    assert_eq!(ztp_with(["canonical", "encode", "--json"], b"").exits(1).integer(&["offset"]), 0);
}

#[test]
fn binary_input_is_refused_and_shown_safely() {
    let run = ztp_with(["canonical", "check"], &[0x1b, 0x5b, 0x33, 0x31, 0x6d, 0, 0xff]).exits(1);
    assert!(run.text().is_ascii() && !run.text().contains('\u{1b}'), "{:?}", run.text());
}

#[test]
fn input_above_every_limit_is_refused() {
    let huge = vec![b' '; (64 << 20) + 1];
    let run = ztp_with(["canonical", "check", "--json"], &huge).exits(3);
    assert_eq!(run.string(&["code"]), "file_too_large");
}

/// RFC 8032 §7.1, TEST 2.
const PUBLIC_KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

fn signature_args<'a>(public_key: &'a str, message: &'a str, signature: &'a str) -> Vec<&'a str> {
    vec![
        "signature",
        "verify",
        "--json",
        "--suite",
        "ed25519",
        "--public-key",
        public_key,
        "--message",
        message,
        "--signature",
        signature,
    ]
}

#[test]
fn a_good_signature_is_accepted() {
    let run = ztp(signature_args(PUBLIC_KEY, "72", SIGNATURE)).exits(0);
    assert_eq!(run.text(), "{\"code\":\"ok\",\"schema\":\"ztp.result/1\"}\n");
}

#[test]
fn a_signature_over_other_bytes_is_a_finding() {
    let run = ztp(signature_args(PUBLIC_KEY, "73", SIGNATURE)).exits(1);
    assert_eq!(run.string(&["code"]), "signature_mismatch");
}

#[test]
fn a_short_signature_is_a_finding_and_bad_hexadecimal_is_wrong_usage() {
    ztp(signature_args(PUBLIC_KEY, "72", "00")).exits(1);
    for bad in ["7", "7G", "7g", "72 "] {
        let run = ztp(signature_args(PUBLIC_KEY, bad, SIGNATURE)).exits(2);
        assert_eq!(run.string(&["code"]), "usage_invalid");
        assert!(run.string(&["message"]).starts_with("--message: "), "{}", run.text());
    }
}

#[test]
fn an_unknown_suite_is_refused() {
    let mut args = signature_args(PUBLIC_KEY, "72", SIGNATURE);
    args[4] = "ed448";
    let run = ztp(args);
    assert_ne!(run.status, 0);
    assert_eq!(run.string(&["schema"]), "ztp.error/1");
}
