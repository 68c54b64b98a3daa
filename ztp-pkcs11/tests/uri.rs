//! `pkcs11:` URIs: what is read, and each refusal with its place.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

use std::path::PathBuf;

use proptest::prelude::*;
use ztp_core::Coded as _;
use ztp_pkcs11::{PinSource, TokenUri, UriError};

const MODULE: &str = "?module-path=/usr/lib/softhsm/libsofthsm2.so";

fn read(path: &str) -> Result<TokenUri, UriError> {
    format!("pkcs11:{path}{MODULE}").parse()
}

fn refused(uri: &str) -> (&'static str, Option<u64>) {
    let error = uri.parse::<TokenUri>().unwrap_err();
    (error.code(), error.offset())
}

#[test]
fn every_attribute_that_names_a_key_is_read() {
    let uri: TokenUri = "pkcs11:token=Root%201;manufacturer=SoftHSM%20project;model=v2;serial=0a;slot-id=7;object=holder-1;id=%01%fF;type=private?module-path=/lib/p11.so&pin-source=file:///etc/pin&x-ztp-allow=imported"
        .parse()
        .unwrap();
    assert_eq!(uri.token.as_deref(), Some("Root 1"));
    assert_eq!(uri.manufacturer.as_deref(), Some("SoftHSM project"));
    assert_eq!((uri.model.as_deref(), uri.serial.as_deref(), uri.slot_id), (Some("v2"), Some("0a"), Some(7)));
    assert_eq!((uri.object.as_deref(), uri.id.as_deref()), (Some("holder-1"), Some(&[1, 0xff][..])));
    assert_eq!(uri.module_path, PathBuf::from("/lib/p11.so"));
    assert_eq!(uri.pin, Some(PinSource::File("/etc/pin".into())));
    assert!(uri.allow_imported);
    for source in ["/etc/pin", "file:/etc/pin", "file:///etc/pin", "%2Fetc%2Fpin"] {
        let uri: TokenUri = format!("pkcs11:object=a?module-path=/m&pin-source={source}").parse().unwrap();
        assert_eq!(uri.pin, Some(PinSource::File("/etc/pin".into())), "{source}");
    }
}

#[test]
fn the_pin_in_a_uri_is_not_shown() {
    let uri: TokenUri = "pkcs11:object=a?module-path=/m&pin-value=geheim".parse().unwrap();
    assert!(!format!("{uri:?}").contains("geheim"));
}

#[test]
fn refusals_name_the_place() {
    let with = |path: &str| format!("pkcs11:{path}{MODULE}");
    assert_eq!(refused("PKCS11:object=a"), ("token_uri_scheme", None));
    assert_eq!(refused(""), ("token_uri_scheme", None));
    assert_eq!(refused(&with(&format!("object={}", "a".repeat(4096)))), ("token_uri_scheme", None));
    assert_eq!(refused(&with("object=a b")), ("token_uri_character", Some(15)));
    assert_eq!(refused(&with("object=a/b")), ("token_uri_character", Some(15)));
    assert_eq!(refused(&with("object=a%4")), ("token_uri_character", Some(15)));
    assert_eq!(refused(&with("object=%zz")), ("token_uri_character", Some(14)));
    assert_eq!(refused(&with("object=\u{e9}")), ("token_uri_character", Some(14)));
    assert_eq!(refused(&with("token=a;object")), ("token_uri_value", Some(15)));
    assert_eq!(refused(&with("token=a;;object=b")), ("token_uri_value", Some(15)));
    assert_eq!(refused(&with("object=a;")), ("token_uri_value", Some(16)));
    assert_eq!(refused(&with("object=a;objekt=b")), ("token_uri_unknown", Some(16)));
    assert_eq!(refused(&with("object=a;x-vendor=b")), ("token_uri_unknown", Some(16)));
    assert_eq!(refused(&with("object=a;module-path=%2Fm")), ("token_uri_unknown", Some(16)));
    assert_eq!(refused("pkcs11:object=a?token=b"), ("token_uri_unknown", Some(16)));
    assert_eq!(refused(&with("object=a;object=b")), ("token_uri_repeated", Some(16)));
    assert_eq!(refused(&with("object=%ff")), ("token_uri_content", Some(7)));
    assert_eq!(refused(&with("object=a%00b")), ("token_uri_content", Some(7)));
    assert_eq!(refused(&with("object=a;slot-id=-1")), ("token_uri_content", Some(16)));
    assert_eq!(refused(&with("object=a;slot-id=99999999999999999999")), ("token_uri_content", Some(16)));
    assert_eq!(refused(&with("object=a;type=public")), ("token_uri_content", Some(16)));
    assert_eq!(refused("pkcs11:object=a?module-path=lib.so"), ("token_uri_content", Some(16)));
    assert_eq!(refused(&format!("{}&pin-source=|cat%20/etc/pin", with("object=a"))).0, "token_uri_content");
    assert_eq!(refused(&format!("{}&x-ztp-allow=everything", with("object=a"))).0, "token_uri_content");
    assert_eq!(refused("pkcs11:object=a"), ("token_uri_missing", None));
    assert_eq!(refused("pkcs11:object=a?module-name=softhsm2"), ("token_uri_unknown", Some(16)));
    assert_eq!(refused(&with("token=a")), ("token_uri_missing", None));
    let both = format!("{}&pin-value=1&pin-source=/p", with("object=a"));
    assert_eq!(refused(&both), ("token_uri_missing", None));
}

#[test]
fn every_refusal_is_registered() {
    for uri in [
        "",
        "pkcs11:a",
        "pkcs11:object= ",
        "pkcs11:b=",
        "pkcs11:object=a;object=a",
        "pkcs11:type=x",
        "pkcs11:",
    ] {
        let error = uri.parse::<TokenUri>().unwrap_err();
        assert!(ztp_core::code::by_name(error.code()).is_some(), "{}", error.code());
    }
}

proptest! {
    #[test]
    fn any_label_comes_back_from_its_percent_encoding(label in "[^\0]{1,40}", id in prop::collection::vec(any::<u8>(), 1..20)) {
        let encode = |bytes: &[u8]| bytes.iter().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let uri = read(&format!("object={};id={}", encode(label.as_bytes()), encode(&id))).unwrap();
        prop_assert_eq!(uri.object, Some(label));
        prop_assert_eq!(uri.id, Some(id));
    }

    #[test]
    fn any_text_is_read_or_refused_within_its_bounds(text in "(pkcs11:)?[a-z=;?&%0-9 /-]{0,60}") {
        if let Err(error) = text.parse::<TokenUri>() {
            prop_assert!(error.offset().is_none_or(|offset| offset <= text.len() as u64));
        }
    }
}
