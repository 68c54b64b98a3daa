//! A look into an envelope claims nothing, and works on files that verification refuses.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

mod support;

use support::{PAYLOAD, changed, envelope, key, value};
use ztp_core::Coded as _;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::sha256;
use ztp_licence::{ENVELOPE_BYTES_MAX, LicenceError, inspect, sign};

fn look(envelope: &[u8]) -> Value {
    let document = inspect(envelope).unwrap();
    canonical::check(&document, &Limits::default()).unwrap();
    value(std::str::from_utf8(&document).unwrap())
}

fn problems(document: &Value) -> Vec<(&str, Option<&str>, Option<i64>)> {
    document
        .get("problems")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            let place = problem.get("where").map(|place| place.as_str().unwrap());
            let offset = problem.get("offset").map(|offset| offset.as_int().unwrap());
            (problem.get("code").unwrap().as_str().unwrap(), place, offset)
        })
        .collect()
}

#[test]
fn an_inspection_shows_the_envelope_and_says_that_nothing_was_verified() {
    let document = look(&envelope());
    assert_eq!(document.get("verified"), Some(&false.into()));
    assert!(document.get("warning").unwrap().as_str().unwrap().starts_with("NOT VERIFIED"));
    assert_eq!(document.get("envelope").unwrap().get("payload"), Some(&value(PAYLOAD)));
    assert_eq!(document.get("envelope_digest"), Some(&sha256(&envelope()).to_string().into()));
    assert_eq!(problems(&document), []);
}

#[test]
fn a_forged_envelope_looks_no_worse_than_a_genuine_one() {
    // Whoever believes an inspection can be told anything; that is what the warning is for.
    let forged = sign(&changed(PAYLOAD, "customer", Some("Anybody".into())), &key(66)).unwrap();
    assert_eq!(problems(&look(&forged)), []);
}

#[test]
fn what_is_wrong_with_the_form_is_listed() {
    let original = String::from_utf8(envelope()).unwrap();
    let spaced = original.replacen(':', ": ", 1);
    assert_eq!(problems(&look(spaced.as_bytes())), [("canonical_white_space", None, Some(11))]);
    let amount = original.replace("\"amount\":3,", "\"amount\":0,");
    assert_eq!(problems(&look(amount.as_bytes())), [("licence_range", Some("payload.mint[2].amount"), None)]);
    let both = amount.replace("==\"", "\"");
    assert_eq!(
        problems(&look(both.as_bytes())),
        [
            ("base64_length", Some("envelope.signatures[0].signature"), None),
            ("licence_range", Some("payload.mint[2].amount"), None)
        ]
    );
    assert_eq!(problems(&look(b"{}")), [("schema_missing_member", Some("envelope.payload"), None)]);
    assert_eq!(
        problems(&look(b"[1, 2]")),
        [("canonical_white_space", None, Some(3)), ("schema_not_object", Some("envelope"), None)]
    );
}

#[test]
fn what_is_no_document_cannot_be_shown() {
    let error = inspect(b"{\"a\":").unwrap_err();
    assert_eq!((error.code(), error.offset()), ("canonical_unexpected_end", Some(5)));
    let bytes = ENVELOPE_BYTES_MAX + 1;
    let error = inspect(&vec![b' '; bytes]).unwrap_err();
    assert_eq!(error, LicenceError::TooLarge { bytes, bytes_max: ENVELOPE_BYTES_MAX });
}
