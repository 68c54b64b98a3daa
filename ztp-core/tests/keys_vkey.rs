//! Verifier keys of C2SP signed notes: the sample of the specification, names, and that no altered line is read.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper that fails fails the test that called it"
)]

use proptest::prelude::*;
use ztp_core::Coded as _;
use ztp_core::signature::{PublicKey, SigningKey};
use ztp_core::vkey::{VerifierKey, VerifierKeyError, is_name};

const SAMPLE: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

fn code(line: &str) -> &'static str {
    line.parse::<VerifierKey>().unwrap_err().code()
}

#[test]
fn the_sample_of_the_specification_is_read_and_written_back() {
    let key: VerifierKey = SAMPLE.parse().unwrap();
    assert_eq!(key.name(), "example.com/foo");
    assert_eq!(key.key_hash(), 0x530d_903a);
    assert_eq!(key.to_string(), SAMPLE);
}

#[test]
fn every_other_byte_at_every_place_of_a_verifier_key_is_refused() {
    for offset in 0..SAMPLE.len() {
        for byte in (0..0x80).filter(|&byte| byte != SAMPLE.as_bytes()[offset]) {
            let mut line = SAMPLE.as_bytes().to_vec();
            line[offset] = byte;
            let line = String::from_utf8(line).unwrap();
            assert!(line.parse::<VerifierKey>().is_err(), "{line:?}");
        }
    }
}

#[test]
fn every_proper_substring_of_a_verifier_key_is_refused() {
    for start in 0..SAMPLE.len() {
        for end in start..=SAMPLE.len() {
            if end - start < SAMPLE.len() {
                assert!(SAMPLE.get(start..end).unwrap().parse::<VerifierKey>().is_err(), "{start}..{end}");
            }
        }
    }
}

#[test]
fn refusals_name_what_is_wrong() {
    assert_eq!(code(""), "vkey_format");
    assert_eq!(code("example.com/foo"), "vkey_format");
    assert_eq!(code("example.com/foo+530d903a"), "vkey_format");
    assert_eq!(code("example.com/foo+530d903a+"), "vkey_format");
    assert_eq!(code(&SAMPLE.replace("example.com/foo", "")), "vkey_name");
    assert_eq!(code(&SAMPLE.replace("/foo", " foo")), "vkey_name");
    assert_eq!(code(&SAMPLE.replace("/foo", "\u{2003}foo")), "vkey_name");
    assert_eq!(code(&SAMPLE.replace("/foo", "/bar")), "vkey_key_id_mismatch");
    assert_eq!(code(&SAMPLE.replace("530d903a", "530d903b")), "vkey_key_id_mismatch");
    assert_eq!(code(&SAMPLE.replace("530d903a", "30d903a")), "hex_length");
    assert_eq!(code(&SAMPLE.replace("+Aek", "+Bek")), "vkey_key_type");
    assert_eq!(code(&format!("{SAMPLE}\n")), "base64_character");
    assert_eq!(code(&format!("{SAMPLE}AAAA")), "public_key_length");
    let upper = SAMPLE.replace("530d903a", "530D903A").parse::<VerifierKey>().unwrap_err();
    assert_eq!((upper.code(), upper.offset()), ("hex_character", Some(16 + 3)));
    let space = SAMPLE.replace("kyeR", "ky R").parse::<VerifierKey>().unwrap_err();
    assert_eq!((space.code(), space.offset()), ("base64_character", Some(25 + 4)));
}

#[test]
fn a_verifier_key_with_a_low_order_key_is_refused() {
    // Type 0x01, then 32 zero bytes: the point of order four with y = 0.
    let line = format!("example.com/foo+00000000+AQ{}", "A".repeat(42));
    assert_eq!(code(&line), "public_key_low_order");
}

#[test]
fn names_that_a_note_cannot_carry_are_refused() {
    let key = SigningKey::from_seed(&[1; 32]).public_key().clone();
    let longest = "n".repeat(255);
    for name in ["a", "example.com/bench-7", "banc-d'essai/é", longest.as_str()] {
        assert!(is_name(name) && VerifierKey::new(name, key.clone()).is_ok(), "{name:?}");
    }
    let too_long = "n".repeat(256);
    let refused = [
        "",
        "a b",
        "a\tb",
        "a\nb",
        "a+b",
        "a\u{a0}b",
        "a\u{85}b",
        "a\u{3000}b",
        "a\u{0}b",
        "a\u{7f}b",
        &too_long,
    ];
    for name in refused {
        assert_eq!(VerifierKey::new(name, key.clone()), Err(VerifierKeyError::Name), "{name:?}");
    }
}

proptest! {
    #[test]
    fn verifier_keys_round_trip(seed in any::<[u8; 32]>(), name in "[a-z0-9./é-]{1,60}") {
        let public = SigningKey::from_seed(&seed).public_key().clone();
        let key = VerifierKey::new(name, public).unwrap();
        prop_assert_eq!(key.to_string().parse::<VerifierKey>(), Ok(key));
    }

    #[test]
    fn a_line_that_is_read_is_the_one_that_is_written(line in "[a-f/]{1,4}\\+[0-9a-f]{8}\\+A[A-Za-z0-9+/]{43}") {
        if let Ok(key) = line.parse::<VerifierKey>() {
            prop_assert_eq!(key.to_string(), line);
        }
    }

    #[test]
    fn keys_order_as_their_bytes(a in any::<[u8; 32]>(), b in any::<[u8; 32]>()) {
        let [a, b]: [PublicKey; 2] = [a, b].map(|seed| SigningKey::from_seed(&seed).public_key().clone());
        prop_assert_eq!(a.cmp(&b), a.as_bytes().cmp(b.as_bytes()));
        prop_assert_eq!(a == b, a.as_bytes() == b.as_bytes());
    }
}
