//! The strict rule on published signatures: every vector has its verdict stated here, by code.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper that fails fails the test that called it"
)]

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use ztp_core::Coded as _;
use ztp_core::encoding::hex_decode;
use ztp_core::signature::{PublicKey, Signer as _, SigningKey, Suite, verify, verify_raw};

/// Verdict of each Wycheproof test, as ranges of test numbers.
const WYCHEPROOF: &[(u64, u64, &str)] = &[
    (1, 9, "accepted"),
    (10, 12, "signature_point_low_order"),
    (13, 14, "signature_scalar_range"),
    (15, 17, "signature_point_low_order"),
    (18, 19, "signature_scalar_range"),
    (20, 22, "signature_mismatch"),
    (23, 24, "signature_scalar_range"),
    (25, 27, "signature_point_low_order"),
    (28, 29, "signature_scalar_range"),
    (30, 41, "signature_length"),
    (42, 59, "signature_mismatch"),
    (60, 60, "signature_point_low_order"),
    (61, 61, "signature_point_not_canonical"),
    (62, 62, "signature_mismatch"),
    (63, 70, "signature_scalar_range"),
    (71, 84, "accepted"),
    (85, 85, "signature_scalar_range"),
    (86, 150, "accepted"),
    (151, 151, "signature_point_low_order"),
];

/// Verdict of each speccheck case, in order.
const SPECCHECK: [&str; 12] = [
    "public_key_low_order",
    "public_key_low_order",
    "signature_point_low_order",
    "accepted",
    "signature_mismatch",
    "signature_mismatch",
    "signature_scalar_range",
    "signature_scalar_range",
    "signature_point_low_order",
    "signature_point_low_order",
    "public_key_low_order",
    "public_key_low_order",
];

fn third_party(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/third-party").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn bytes(hex: &str) -> Vec<u8> {
    base16ct::lower::decode_vec(hex).unwrap()
}

/// `"accepted"`, or the code of the refusal.
fn verdict(key: &[u8], message: &[u8], signature: &[u8]) -> &'static str {
    verify_raw(Suite::Ed25519, key, message, signature).map_or_else(|error| error.code(), |()| "accepted")
}

#[test]
fn each_wycheproof_signature_gets_its_stated_verdict() {
    let file: Value = serde_json::from_str(&third_party("wycheproof/ed25519_test.json")).unwrap();
    let (mut tests, mut accepted) = (0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        let key = bytes(group["publicKey"]["pk"].as_str().unwrap());
        for test in group["tests"].as_array().unwrap() {
            let id = test["tcId"].as_u64().unwrap();
            let message = bytes(test["msg"].as_str().unwrap());
            let signature = bytes(test["sig"].as_str().unwrap());
            let (_, _, expected) =
                WYCHEPROOF.iter().find(|(first, last, _)| (*first..=*last).contains(&id)).unwrap();
            let found = verdict(&key, &message, &signature);
            assert_eq!(found, *expected, "test {id}: {}", test["comment"]);
            assert_eq!(found == "accepted", test["result"] == "valid", "test {id} disagrees with the file");
            tests += 1;
            accepted += u32::from(found == "accepted");
        }
    }
    assert_eq!((tests, accepted), (151, 88));
}

#[test]
fn of_the_speccheck_cases_only_case_3_is_accepted() {
    let cases: Value = serde_json::from_str(&third_party("ed25519-speccheck/cases.json")).unwrap();
    let found: Vec<_> = cases
        .as_array()
        .unwrap()
        .iter()
        .map(|case| {
            let field = |name: &str| bytes(case[name].as_str().unwrap());
            verdict(&field("pub_key"), &field("message"), &field("signature"))
        })
        .collect();
    assert_eq!(found, SPECCHECK);
}

#[test]
fn each_ref10_line_signs_to_its_bytes_and_verifies_only_unaltered() {
    let file = third_party("ref10-ed25519/TESTVECTORS");
    let mut lines = 0;
    for line in file.lines() {
        let [seed_and_key, key, message, signature_and_message, ""] = line.split(':').collect::<Vec<_>>()[..]
        else {
            panic!("line {lines} has not four fields");
        };
        let seed: [u8; 32] = bytes(seed_and_key)[..32].try_into().unwrap();
        let message = bytes(message);
        let signature = &bytes(signature_and_message)[..64];
        let signing = SigningKey::from_seed(&seed);
        assert_eq!(signing.public_key(), &PublicKey::from_hex(key).unwrap(), "line {lines}");
        assert_eq!(signing.sign(&message).unwrap(), signature, "line {lines}");
        assert_eq!(verify(signing.public_key(), &message, signature), Ok(()), "line {lines}");

        let mut longer = message.clone();
        longer.push(0);
        assert_eq!(verdict(signing.public_key().as_bytes(), &longer, signature), "signature_mismatch");
        lines += 1;
    }
    assert_eq!(lines, 128);
}

#[test]
fn the_sha_abc_vector_of_rfc_8032_signs_and_verifies() {
    let seed = hex_decode("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42").unwrap();
    let key =
        PublicKey::from_hex("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf").unwrap();
    let message = ztp_core::digest::sha512(b"abc");
    let signature = bytes(
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589\
         09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    );
    let signing = SigningKey::from_seed(&seed);
    assert_eq!(signing.public_key(), &key);
    assert_eq!(signing.sign(&message).unwrap(), signature);
    assert_eq!(verify(&key, &message, &signature), Ok(()));
}
