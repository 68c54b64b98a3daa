//! The suites beside Ed25519: published vectors, and each way to take a signature apart with its code.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stderr,
    reason = "a helper that fails fails the test that called it, and a test that cannot run says so"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use ml_dsa::{MlDsa65, Signature as MlDsaSignature, VerifyingKey as MlDsaKey};
use serde_json::Value;
use ztp_core::Coded as _;
use ztp_core::encoding::base64_decode;
use ztp_core::signature::{
    HybridSigningKey, KeyError, PublicKey, SignatureError, Signer, SigningKey, Suite, sign_document,
    signer_from_pkcs8_pem, verify, verify_document, verify_raw,
};

const MLDSA_BYTES: usize = 3309;

fn read(path: PathBuf) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of the public test data that stands beside the checkout, or none, which is said.
fn shared(path: &str) -> Option<Value> {
    let found = read(root().join("../shared/vectors").join(path));
    if found.is_none() {
        eprintln!("SKIPPED: {path} is not there; this test checked nothing");
    }
    found
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn unbase64(value: &Value) -> Vec<u8> {
    base64_decode(value.as_str().unwrap()).unwrap()
}

fn hybrid(number: u8) -> HybridSigningKey {
    HybridSigningKey::from_seeds(&[number; 64]).unwrap()
}

fn code(key: &PublicKey, message: &[u8], signature: &[u8]) -> &'static str {
    verify(key, message, signature).map_or_else(|error| error.code(), |()| "accepted")
}

#[test]
fn the_vector_of_the_composite_draft_holds_and_its_private_key_gives_its_public_key() {
    let Some(file) = shared("composite-mldsa/testvectors.json") else { return };
    let tests = file["tests"].as_array().unwrap();
    let vector = tests.iter().find(|test| test["tcId"] == "id-MLDSA65-Ed25519-SHA512").unwrap();
    let (message, key, signature) = (unbase64(&file["m"]), unbase64(&vector["pk"]), unbase64(&vector["s"]));
    let suite = Suite::MlDsa65Ed25519;
    assert_eq!(verify_raw(suite, &key, &message, &signature), Ok(()));
    assert_eq!(verify_raw(suite, &key, b"another", &signature), Err(SignatureError::Mismatch));
    // With a context it is another message, for both halves.
    let with_context = unbase64(&vector["sWithContext"]);
    assert_eq!(verify_raw(suite, &key, &message, &with_context), Err(SignatureError::Mismatch));

    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        vector["sk_pkcs8"]
            .as_str()
            .unwrap()
            .as_bytes()
            .chunks(64)
            .map(|l| std::str::from_utf8(l).unwrap())
            .collect::<Vec<_>>()
            .join("\n")
    );
    let private = HybridSigningKey::from_pkcs8_pem(&pem).unwrap();
    assert_eq!(private.public_key().as_bytes(), key);
    assert_eq!(*private.to_pkcs8_pem(), pem);
    let ours = private.sign(&message).unwrap();
    assert_eq!(verify_raw(suite, &key, &message, &ours), Ok(()));
    // The certificate of the draft holds the same SubjectPublicKeyInfo.
    let spki = private.public_key().to_spki_der();
    assert!(unbase64(&vector["x5c"]).windows(spki.len()).any(|part| part == spki));
}

#[test]
fn each_way_to_take_a_composite_signature_apart_has_its_code() {
    let (key, other) = (hybrid(1), hybrid(2));
    let (signature, elsewhere) = (key.sign(b"message").unwrap(), key.sign(b"another").unwrap());
    let foreign = other.sign(b"message").unwrap();
    let judge = |signature: &[u8]| code(key.public_key(), b"message", signature);
    let (mldsa, ed25519) = signature.split_at(MLDSA_BYTES);
    let (mldsa_elsewhere, ed25519_elsewhere) = elsewhere.split_at(MLDSA_BYTES);

    assert_eq!(judge(&signature), "accepted");
    assert_eq!(judge(mldsa), "signature_half_missing");
    assert_eq!(judge(ed25519), "signature_half_missing");
    assert_eq!(judge(&[ed25519, mldsa].concat()), "signature_halves_swapped");
    assert_eq!(judge(&[mldsa_elsewhere, ed25519].concat()), "signature_mldsa_mismatch");
    assert_eq!(judge(&[mldsa, ed25519_elsewhere].concat()), "signature_ed25519_mismatch");
    assert_eq!(judge(&[mldsa, &foreign[MLDSA_BYTES..]].concat()), "signature_ed25519_mismatch");
    assert_eq!(judge(&[&[0; MLDSA_BYTES], ed25519].concat()), "signature_mldsa_mismatch");
    assert_eq!(judge(&[mldsa, &[0; 64]].concat()), "signature_point_low_order");
    assert_eq!(judge(&elsewhere), "signature_mismatch");
    assert_eq!(judge(&foreign), "signature_mismatch");
    assert_eq!(judge(b""), "signature_length");
    assert_eq!(judge(&signature[1..]), "signature_length");
    assert_eq!(judge(&[&signature[..], &[0]].concat()), "signature_length");
}

#[test]
fn a_half_is_no_signature_of_its_own_suite_and_an_ed25519_signature_is_no_half() {
    let mut seeds = [7; 64];
    seeds[..32].fill(8);
    let key = HybridSigningKey::from_seeds(&seeds).unwrap();
    let alone = SigningKey::from_seed(&[7; 32]);
    let signature = key.sign(b"message").unwrap();
    // The same Ed25519 key, used outside of the composite, signs other bytes.
    assert_eq!(code(alone.public_key(), b"message", &signature[MLDSA_BYTES..]), "signature_mismatch");
    let mixed = [&signature[..MLDSA_BYTES], &alone.sign(b"message").unwrap()].concat();
    assert_eq!(code(key.public_key(), b"message", &mixed), "signature_ed25519_mismatch");
}

#[test]
fn every_flipped_bit_of_a_composite_signature_is_refused() {
    let key = hybrid(3);
    let signature = key.sign(b"message").unwrap();
    for at in (0..signature.len()).step_by(41).chain(signature.len() - 64..signature.len()) {
        let mut changed = signature.clone();
        changed[at] ^= 1 << (at % 8);
        let found = code(key.public_key(), b"message", &changed);
        let half = if at < MLDSA_BYTES { "signature_mldsa_mismatch" } else { "signature_ed25519_mismatch" };
        let structural =
            ["signature_scalar_range", "signature_point_not_canonical", "signature_point_low_order"];
        assert!(found == half || (at >= MLDSA_BYTES && structural.contains(&found)), "{at}: {found}");
    }
}

#[test]
fn documents_are_signed_and_verified_in_each_software_suite_and_not_across_suites() {
    let (ed25519, composite) = (SigningKey::from_seed(&[1; 32]), hybrid(1));
    for signer in [&ed25519 as &dyn Signer, &composite] {
        let signature = sign_document(signer, "ztp.licence/2", b"{}").unwrap();
        let key = signer.public_key();
        assert_eq!(signature.len(), key.suite().signature_bytes());
        assert_eq!(verify_document(key, "ztp.licence/2", b"{}", &signature), Ok(()));
        assert!(verify_document(key, "ztp.licence/1", b"{}", &signature).is_err());
        assert!(verify_document(key, "ztp.licence/2", b"{ }", &signature).is_err());
    }
    let signature = sign_document(&ed25519, "ztp.licence/2", b"{}").unwrap();
    let refused = verify_document(composite.public_key(), "ztp.licence/2", b"{}", &signature).unwrap_err();
    assert_eq!(refused.code(), "signature_half_missing");
    let signature = sign_document(&composite, "ztp.licence/2", b"{}").unwrap();
    let refused = verify_document(ed25519.public_key(), "ztp.licence/2", b"{}", &signature).unwrap_err();
    assert_eq!(refused.code(), "signature_length");
}

#[test]
fn private_key_files_say_their_suite_and_show_nothing() {
    let (ed25519, composite) = (SigningKey::from_seed(&[1; 32]), hybrid(1));
    let read = |pem: &str| signer_from_pkcs8_pem(pem).map(|signer| signer.public_key().clone());
    assert_eq!(read(&ed25519.to_pkcs8_pem()).as_ref(), Ok(ed25519.public_key()));
    assert_eq!(read(&composite.to_pkcs8_pem()).as_ref(), Ok(composite.public_key()));
    let mixed = (
        SigningKey::from_pkcs8_pem(&composite.to_pkcs8_pem()),
        HybridSigningKey::from_pkcs8_pem(&ed25519.to_pkcs8_pem()),
    );
    assert_eq!((mixed.0.unwrap_err(), mixed.1.unwrap_err()), (KeyError::Algorithm, KeyError::Algorithm));
    assert!(!format!("{composite:?}").contains("0101"));
}

#[test]
fn public_key_files_of_each_suite_come_back_and_cut_or_longer_ones_do_not() {
    let rsa = rsa_fixture();
    let pem = rsa["public_key_pem"].as_str().unwrap();
    let rsa_key = PublicKey::from_spki_pem(pem).unwrap();
    assert_eq!((rsa_key.suite(), rsa_key.to_spki_pem()), (Suite::Rsa4096PssSha384, pem.to_owned()));
    assert_eq!(rsa_key.as_bytes(), unhex(&rsa["modulus"]));
    for key in [SigningKey::from_seed(&[1; 32]).public_key().clone(), hybrid(1).public_key().clone(), rsa_key]
    {
        let der = key.to_spki_der();
        assert_eq!(PublicKey::from_spki_der(&der).as_ref(), Ok(&key));
        assert_eq!(PublicKey::from_suite_bytes(key.suite(), key.as_bytes()).as_ref(), Ok(&key));
        assert_eq!(PublicKey::from_suite_hex(key.suite(), key.to_string()).as_ref(), Ok(&key));
        for cut in [0, 1, 11, der.len() / 2, der.len() - 1] {
            assert!(PublicKey::from_spki_der(&der[..cut]).is_err(), "{cut}");
        }
        let longer = PublicKey::from_spki_der(&[&der[..], &[0]].concat()).unwrap_err();
        assert_eq!(longer.code(), "key_der_trailing_bytes");
        let length = PublicKey::from_suite_bytes(key.suite(), &key.as_bytes()[1..]).unwrap_err();
        assert_eq!(length.code(), "public_key_length");
    }
}

#[test]
fn composite_keys_keep_the_rules_of_their_ed25519_half() {
    let mut bytes = hybrid(1).public_key().as_bytes().to_vec();
    bytes[1952..].fill(0);
    let refused = PublicKey::from_suite_bytes(Suite::MlDsa65Ed25519, &bytes).unwrap_err();
    assert_eq!(refused, KeyError::PublicKeyLowOrder);
    bytes[1952..].fill(0xff);
    let refused = PublicKey::from_suite_bytes(Suite::MlDsa65Ed25519, &bytes).unwrap_err();
    assert_eq!(refused, KeyError::PublicKeyNotCanonical);
}

fn rsa_fixture() -> Value {
    read(root().join("ztp-core/tests/data/rsa_pss.json")).unwrap()
}

#[test]
fn rsa_signatures_hold_with_every_parameter_as_pinned_and_not_otherwise() {
    let fixture = rsa_fixture();
    let key = PublicKey::from_spki_pem(fixture["public_key_pem"].as_str().unwrap()).unwrap();
    let message = fixture["message"].as_str().unwrap().as_bytes();
    for (name, expected) in [
        ("salt_48", "accepted"),
        ("salt_0", "signature_salt_length"),
        ("salt_20", "signature_salt_length"),
        ("salt_max", "signature_salt_length"),
        ("sha256_salt_48", "signature_mismatch"),
        ("mgf1_sha256_salt_48", "signature_mismatch"),
        ("pkcs1v15", "signature_mismatch"),
        ("plus_modulus", "signature_representative_range"),
    ] {
        let signature = unhex(&fixture["signatures"][name]);
        assert_eq!(code(&key, message, &signature), expected, "{name}");
        assert_eq!(code(&key, message, &signature[1..]), "signature_length", "{name}");
        assert_ne!(code(&key, b"another", &signature), "accepted", "{name}");
    }
}

#[test]
fn rsa_keys_of_other_sizes_and_exponents_are_refused() {
    let fixture = rsa_fixture();
    let refused = |name: &str| PublicKey::from_spki_pem(fixture[name].as_str().unwrap()).unwrap_err();
    assert_eq!(refused("public_key_pem_2048"), KeyError::PublicKeyRsaModulus);
    assert_eq!(refused("public_key_pem_exponent_3"), KeyError::PublicKeyRsaExponent);
    let mut modulus = unhex(&fixture["modulus"]);
    modulus[511] ^= 1;
    let even = PublicKey::from_suite_bytes(Suite::Rsa4096PssSha384, &modulus).unwrap_err();
    assert_eq!(even, KeyError::PublicKeyRsaModulus);
    modulus[511] ^= 1;
    modulus[0] &= 0x7f;
    let short = PublicKey::from_suite_bytes(Suite::Rsa4096PssSha384, &modulus).unwrap_err();
    assert_eq!(short, KeyError::PublicKeyRsaModulus);
}

#[test]
fn wycheproof_rsa_pss_verdicts_are_the_files() {
    let path = root().join("vectors/third-party/wycheproof/rsa_pss_4096_sha384_mgf1_48_test.json");
    let file = read(path).unwrap();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for group in file["testGroups"].as_array().unwrap() {
        let key = PublicKey::from_spki_der(&unhex(&group["publicKeyDer"])).unwrap();
        for test in group["tests"].as_array().unwrap() {
            let found = code(&key, &unhex(&test["msg"]), &unhex(&test["sig"]));
            assert_eq!(found == "accepted", test["result"] == "valid", "test {}: {found}", test["tcId"]);
            *codes.entry(found).or_default() += 1;
        }
    }
    let expected = [
        ("accepted", 95),
        ("signature_length", 5),
        ("signature_mismatch", 33),
        ("signature_representative_range", 1),
        ("signature_salt_length", 7),
    ];
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), expected);
}

/// The library under our composite, held to vectors of ML-DSA itself, which our interface does not offer.
#[test]
fn wycheproof_ml_dsa_verdicts_are_the_files() {
    let Some(file) = shared("wycheproof/mldsa_65_verify_test.json") else { return };
    let mut judged = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let key = unhex(&group["publicKey"]);
        let key = key.as_slice().try_into().ok().map(|encoded| MlDsaKey::<MlDsa65>::decode(&encoded));
        for test in group["tests"].as_array().unwrap() {
            let context = test.get("ctx").map(unhex).unwrap_or_default();
            let signature = unhex(&test["sig"]);
            let decoded = MlDsaSignature::<MlDsa65>::try_from(signature.as_slice()).ok();
            let holds = key.as_ref().zip(decoded).is_some_and(|(key, signature)| {
                key.verify_with_context(&unhex(&test["msg"]), &context, &signature)
            });
            assert_eq!(holds, test["result"] == "valid", "test {}", test["tcId"]);
            judged += 1;
        }
    }
    assert_eq!(judged, 210);
}

#[test]
fn acvp_ml_dsa_65_verdicts_are_the_files() {
    let Some(file) = shared("fips204-acvp/ML-DSA-sigVer-FIPS204.internalProjection.json") else { return };
    let mut judged = 0;
    for group in file["testGroups"].as_array().unwrap() {
        if group["parameterSet"] != "ML-DSA-65" {
            continue;
        }
        let key = unhex(&group["pk"]);
        let key = MlDsaKey::<MlDsa65>::decode(&key.as_slice().try_into().unwrap());
        for test in group["tests"].as_array().unwrap() {
            let signature = unhex(&test["signature"]);
            let decoded = MlDsaSignature::<MlDsa65>::try_from(signature.as_slice()).ok();
            let holds =
                decoded.is_some_and(|signature| key.verify_internal(&unhex(&test["message"]), &signature));
            assert_eq!(Value::from(holds), test["testPassed"], "test {}", test["tcId"]);
            judged += 1;
        }
    }
    assert_eq!(judged, 15);
}
