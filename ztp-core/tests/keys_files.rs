//! Key files: what is read, what is refused and where, and that no secret shows.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper that fails fails the test that called it"
)]

use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
};
use proptest::prelude::*;
use ztp_core::Coded as _;
use ztp_core::encoding::{EncodingError, base64_decode, base64_encode};
use ztp_core::signature::{KeyError, PublicKey, Signer as _, SigningKey};

/// Body of the first private key of RFC 8410 §10.3.
const RFC_8410_PRIVATE: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";

/// Body of the public key of RFC 8410 §10.1.
const RFC_8410_PUBLIC: &str = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

/// OBJECT IDENTIFIER 1.2.840.113549.1.1.1 and NULL: RSA.
const RSA_ALGORITHM: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];

fn private_error(text: &str) -> KeyError {
    SigningKey::from_pkcs8_pem(text).unwrap_err()
}

fn public_error(text: &str) -> KeyError {
    PublicKey::from_spki_pem(text).unwrap_err()
}

fn pem(label: &str, der: &[u8]) -> String {
    let base64 = base64_encode(der);
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn rfc_private() -> String {
    pem("PRIVATE KEY", &base64_decode(RFC_8410_PRIVATE).unwrap())
}

fn rfc_public() -> String {
    pem("PUBLIC KEY", &base64_decode(RFC_8410_PUBLIC).unwrap())
}

/// A DER SEQUENCE of 256 to 65,535 bytes around `content`.
fn long_sequence(content: &[u8]) -> Vec<u8> {
    [&[0x30, 0x82], u16::try_from(content.len()).unwrap().to_be_bytes().as_slice(), content].concat()
}

#[test]
fn the_keys_of_rfc_8410_belong_together_and_are_written_as_printed_there() {
    let private = SigningKey::from_pkcs8_pem(&rfc_private()).unwrap();
    let public = PublicKey::from_spki_pem(&rfc_public()).unwrap();
    assert_eq!(private.public_key(), &public);
    assert_eq!(*private.to_pkcs8_pem(), rfc_private());
    assert_eq!(public.to_spki_pem(), rfc_public());
    assert_eq!(public.key_id(), ztp_core::digest::sha256(&base64_decode(RFC_8410_PUBLIC).unwrap()));
}

#[test]
fn carriage_returns_and_a_missing_last_line_end_are_read() {
    let expected = SigningKey::from_pkcs8_pem(&rfc_private()).unwrap();
    for text in [rfc_private().replace('\n', "\r\n"), rfc_private().trim_end().to_owned()] {
        assert_eq!(SigningKey::from_pkcs8_pem(&text).unwrap().public_key(), expected.public_key());
    }
}

#[test]
fn two_blocks_in_one_file_are_refused_at_the_second() {
    let offset = rfc_private().len();
    let twice = rfc_private().repeat(2);
    assert_eq!(private_error(&twice), KeyError::PemSeveralBlocks { offset });
    let mixed = format!("{}\n{}", rfc_private(), rfc_public());
    assert_eq!(private_error(&mixed), KeyError::PemSeveralBlocks { offset: offset + 1 });
}

#[test]
fn text_outside_the_block_is_refused() {
    assert_eq!(private_error(&format!("my key\n{}", rfc_private())), KeyError::PemOutsideText { offset: 0 });
    let offset = rfc_private().len();
    assert_eq!(private_error(&format!("{}\n", rfc_private())), KeyError::PemOutsideText { offset });
    assert_eq!(private_error(&format!("{}x", rfc_private())), KeyError::PemOutsideText { offset });
}

#[test]
fn blocks_of_another_kind_are_refused() {
    let expected = "PRIVATE KEY";
    for label in [
        "PUBLIC KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "private key",
        "PRIVATE KEY ",
    ] {
        let text = rfc_private().replace("PRIVATE KEY", label);
        assert_eq!(private_error(&text), KeyError::PemLabel { expected }, "{label:?}");
    }
    assert_eq!(public_error(&rfc_private()), KeyError::PemLabel { expected: "PUBLIC KEY" });
}

#[test]
fn broken_frames_are_refused_at_the_line_that_breaks_them() {
    let framing = |offset| KeyError::PemFraming { offset };
    assert_eq!(private_error(""), framing(0));
    assert_eq!(private_error("MC4CAQAwBQYDK2VwBCIEIA=="), framing(0));
    assert_eq!(private_error("-----BEGIN PRIVATE KEY-----"), framing(27));
    assert_eq!(private_error("-----BEGIN PRIVATE KEY-----\nAAAA"), framing(28));
    assert_eq!(private_error("-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----"), framing(28));
    assert_eq!(
        private_error("-----BEGIN PRIVATE KEY-----\nAAAA\nAAAA\n-----END PRIVATE KEY-----"),
        framing(28)
    );
    let long = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", "A".repeat(68));
    assert_eq!(private_error(&long), framing(28));
    let other_end = rfc_private().replace("END PRIVATE KEY", "END PUBLIC KEY");
    assert_eq!(private_error(&other_end), framing(28 + 65));
    // A header, as old encrypted keys have it.
    let header = rfc_private().replacen('\n', "\nProc-Type: 4,ENCRYPTED\n\n", 1);
    assert_eq!(private_error(&header), framing(28));
}

#[test]
fn a_wrong_base64_character_is_refused_at_its_offset_in_the_file() {
    let text = rfc_public().replace("GYIE", "GY E").replace("MCow", "MC*w");
    assert_eq!(public_error(&text), KeyError::Encoding(EncodingError::Base64Character { offset: 27 + 2 }));
    // In the second line of a body the line end counts too.
    let mut second = pem("PRIVATE KEY", &[0x30; 96]);
    second.replace_range(28 + 65 + 3..28 + 65 + 4, "*");
    assert_eq!(
        private_error(&second),
        KeyError::Encoding(EncodingError::Base64Character { offset: 28 + 65 + 3 })
    );
}

#[test]
fn keys_of_other_algorithms_are_refused_as_such() {
    // RSA keys of 2048 bits and more: lengths in two bytes.
    let private =
        long_sequence(&[&[2, 1, 0], RSA_ALGORITHM.as_slice(), &[4, 0x82, 4, 0], &[0x5a; 1024]].concat());
    assert_eq!(private_error(&pem("PRIVATE KEY", &private)), KeyError::Algorithm);
    // RSA is a suite for public keys; what is no RSA key under its name is malformed.
    let public = long_sequence(&[RSA_ALGORITHM.as_slice(), &[3, 0x82, 1, 15], &[0x5a; 271]].concat());
    assert_eq!(public_error(&pem("PUBLIC KEY", &public)), KeyError::DerMalformed { offset: 2 });
    // ECDSA, 1.2.840.10045.2.1, no suite at all; and an empty identifier.
    for oid in [&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1][..], &[]] {
        let length = u8::try_from(oid.len()).unwrap();
        let public = [&[0x30, length + 5, 0x30, length + 2, 6, length], oid, &[3]].concat();
        assert_eq!(public_error(&pem("PUBLIC KEY", &public)), KeyError::Algorithm);
    }
    // X25519, 1.3.101.110: the same shape as Ed25519.
    let (mut private, mut public) =
        (base64_decode(RFC_8410_PRIVATE).unwrap(), base64_decode(RFC_8410_PUBLIC).unwrap());
    private[11] = 110;
    public[8] = 110;
    assert_eq!(private_error(&pem("PRIVATE KEY", &private)), KeyError::Algorithm);
    assert_eq!(public_error(&pem("PUBLIC KEY", &public)), KeyError::Algorithm);
}

#[test]
fn bytes_behind_the_structure_are_refused_as_trailing() {
    let mut private = base64_decode(RFC_8410_PRIVATE).unwrap();
    private.push(0);
    assert_eq!(private_error(&pem("PRIVATE KEY", &private)), KeyError::DerTrailingBytes { offset: 48 });
    let mut public = base64_decode(RFC_8410_PUBLIC).unwrap();
    public.push(0);
    assert_eq!(public_error(&pem("PUBLIC KEY", &public)), KeyError::DerTrailingBytes { offset: 44 });
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).to_pkcs8_der().unwrap();
    let longer = [key.as_bytes(), &[0]].concat();
    assert_eq!(private_error(&pem("PRIVATE KEY", &longer)), KeyError::DerTrailingBytes { offset: 83 });
}

#[test]
fn structures_that_differ_in_one_byte_are_refused_there() {
    let private = base64_decode(RFC_8410_PRIVATE).unwrap();
    for offset in 0..16 {
        let mut other = private.clone();
        other[offset] ^= 0x40;
        let error = private_error(&pem("PRIVATE KEY", &other));
        let in_oid = (9..12).contains(&offset);
        let expected = if in_oid { KeyError::Algorithm } else { KeyError::DerMalformed { offset } };
        assert_eq!(error, expected, "byte {offset}");
    }
    for length in 1..private.len() {
        let error = private_error(&pem("PRIVATE KEY", &private[..length]));
        assert_eq!(error, KeyError::DerMalformed { offset: length }, "cut at {length}");
    }
}

#[test]
fn a_stored_public_half_must_belong_to_the_private_key() {
    let mut der = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).to_pkcs8_der().unwrap().as_bytes().to_vec();
    assert_eq!(der.len(), 83);
    assert!(SigningKey::from_pkcs8_pem(&pem("PRIVATE KEY", &der)).is_ok());
    der[82] ^= 1;
    assert_eq!(private_error(&pem("PRIVATE KEY", &der)), KeyError::PairMismatch);
    der[49] ^= 1;
    assert_eq!(private_error(&pem("PRIVATE KEY", &der)), KeyError::DerMalformed { offset: 48 });
}

#[test]
fn a_weak_key_in_a_file_is_refused() {
    let mut der = base64_decode(RFC_8410_PUBLIC).unwrap();
    der[12..].fill(0);
    assert_eq!(public_error(&pem("PUBLIC KEY", &der)), KeyError::PublicKeyLowOrder);
}

#[test]
fn hexadecimal_keys_are_strict() {
    let key = SigningKey::from_seed(&[1; 32]).public_key().clone();
    assert_eq!(PublicKey::from_hex(key.to_string()), Ok(key.clone()));
    assert_eq!(PublicKey::from_hex(key.to_string().to_uppercase()).unwrap_err().code(), "hex_character");
    assert_eq!(PublicKey::from_hex("00").unwrap_err().code(), "hex_length");
}

/// All texts that leave the crate about a private key: its debug form, and the errors of files that hold it.
fn texts_about(seed: &[u8; 32]) -> Vec<String> {
    let key = SigningKey::from_seed(seed);
    let mut texts = vec![format!("{key:?}"), format!("{key:#?}"), format!("{:?}", key.sign(b"").unwrap())];
    let pem = key.to_pkcs8_pem();
    for offset in 0..pem.len() {
        let mut broken = pem.to_string();
        broken.replace_range(offset..=offset, "*");
        if let Err(error) = SigningKey::from_pkcs8_pem(&broken) {
            texts.push(format!("{error} {error:?} {error:#?}"));
        }
    }
    texts
}

#[test]
fn no_text_about_a_private_key_shows_part_of_it() {
    let seed: [u8; 32] = std::array::from_fn(|index| u8::try_from(index * 7 + 3).unwrap());
    let pem = SigningKey::from_seed(&seed).to_pkcs8_pem();
    let body = pem.lines().nth(1).unwrap();
    // The last 43 characters of the body are the seed; the ones before are the same in every key.
    let (_, secret_base64) = body.split_at(body.len() - 42);
    let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers: Vec<String> = seed.iter().map(ToString::to_string).collect();
    for text in texts_about(&seed) {
        let lower = text.to_lowercase();
        for window in hex.as_bytes().windows(8) {
            assert!(!lower.contains(std::str::from_utf8(window).unwrap()), "{text}");
        }
        for window in secret_base64.as_bytes().windows(8) {
            assert!(!text.contains(std::str::from_utf8(window).unwrap()), "{text}");
        }
        for window in numbers.windows(4) {
            assert!(!text.contains(&window.join(", ")), "{text}");
            assert!(!text.replace("\n    ", " ").contains(&window.join(", ")), "{text}");
        }
    }
    // The search itself finds what it looks for.
    assert!(format!("{seed:?}").contains(&numbers[..4].join(", ")));
    assert!(pem.contains(secret_base64.split_at(8).0));
}

proptest! {
    #[test]
    fn files_we_write_are_read_by_the_library_and_the_other_way_round(seed in any::<[u8; 32]>()) {
        let ours = SigningKey::from_seed(&seed);
        let library = ed25519_dalek::SigningKey::from_bytes(&seed);
        prop_assert_eq!(ed25519_dalek::SigningKey::from_pkcs8_pem(&ours.to_pkcs8_pem()).unwrap(), library.clone());
        let theirs = pem("PRIVATE KEY", library.to_pkcs8_der().unwrap().as_bytes());
        prop_assert_eq!(*SigningKey::from_pkcs8_pem(&theirs).unwrap().to_seed(), seed);

        let public = ours.public_key();
        let verifying = library.verifying_key();
        let theirs = verifying.to_public_key_der().unwrap();
        prop_assert_eq!(public.to_spki_der(), theirs.as_bytes());
        prop_assert_eq!(ed25519_dalek::VerifyingKey::from_public_key_pem(&public.to_spki_pem()).unwrap(), verifying);
        prop_assert_eq!(&PublicKey::from_spki_der(&public.to_spki_der()).unwrap(), public);
        prop_assert_eq!(&PublicKey::from_spki_pem(&public.to_spki_pem()).unwrap(), public);
    }

    #[test]
    fn a_changed_key_file_is_refused_or_holds_another_key_written_the_same_way(
        seed in any::<[u8; 32]>(),
        at in any::<prop::sample::Index>(),
        byte in 0x0a_u8..0x7f,
    ) {
        let written = SigningKey::from_seed(&seed).to_pkcs8_pem();
        let mut changed = written.as_bytes().to_vec();
        let at = at.index(changed.len());
        changed[at] = byte;
        let changed = String::from_utf8(changed).unwrap();
        if let Ok(key) = SigningKey::from_pkcs8_pem(&changed) {
            prop_assert_eq!(&*key.to_pkcs8_pem(), &changed);
            prop_assert_eq!(*key.to_seed() == seed, changed == *written);
        }
    }

    #[test]
    fn der_that_the_library_refuses_is_refused_here(der in prop::collection::vec(any::<u8>(), 0..100)) {
        if ed25519_dalek::SigningKey::from_pkcs8_der(&der).is_err() && !der.is_empty() {
            prop_assert!(SigningKey::from_pkcs8_pem(&pem("PRIVATE KEY", &der)).is_err());
        }
    }
}
