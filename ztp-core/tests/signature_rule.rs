//! The steps of the strict rule, one by one, and against the library's own strict verdict.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper that fails fails the test that called it"
)]

use ed25519_dalek::VerifyingKey;
use proptest::prelude::*;
use ztp_core::Coded as _;
use ztp_core::encoding::hex_decode;
use ztp_core::signature::{
    KeyError, PublicKey, SignatureError, Signer, SigningKey, Suite, pae, sign_document, verify,
    verify_document, verify_raw,
};

/// L, the order of the base point, little-endian (RFC 8032 §5.1).
const GROUP_ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/// A point of order 8; its multiples are all points of low order.
const ORDER_EIGHT: &str = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";

fn sign_bit(mut point: [u8; 32], negative: bool) -> [u8; 32] {
    point[31] = (point[31] & 0x7f) | if negative { 0x80 } else { 0 };
    point
}

/// The 19 values from p = 2^255 - 19 to 2^255 - 1.
fn unreduced_coordinates() -> impl Iterator<Item = [u8; 32]> {
    (0xed..=0xff).map(|low| {
        let mut y = [0xff; 32];
        y[0] = low;
        y[31] = 0x7f;
        y
    })
}

/// All encodings of points whose order divides 8, from the group law: the multiples of a point of order 8, each also
/// with the other sign where x = 0, and with y + p where that fits in 255 bits.
fn low_order_encodings() -> Vec<[u8; 32]> {
    let generator = VerifyingKey::from_bytes(&hex_decode(ORDER_EIGHT).unwrap()).unwrap().to_edwards();
    let mut multiple = generator;
    let mut encodings = Vec::new();
    for _ in 0..8 {
        let canonical = multiple.compress().to_bytes();
        for negative in [false, true] {
            let mut spellings = vec![sign_bit(canonical, negative)];
            // y + p stays below 2^255 only for y < 19.
            if canonical[1..31].iter().all(|&byte| byte == 0) && canonical[0] < 19 {
                let mut shifted = [0xff; 32];
                shifted[0] = 0xed + canonical[0];
                spellings.push(sign_bit(shifted, negative));
            }
            for spelling in spellings {
                // The decoder, which accepts these spellings, must take it for a low-order point.
                let accepted = VerifyingKey::from_bytes(&spelling);
                if accepted.is_ok_and(|key| key.is_weak()) && !encodings.contains(&spelling) {
                    encodings.push(spelling);
                }
            }
        }
        multiple += generator;
    }
    encodings
}

#[test]
fn the_low_order_encodings_of_the_group_law_are_fourteen_and_all_are_refused() {
    let encodings = low_order_encodings();
    assert_eq!(encodings.len(), 14);
    let key = SigningKey::from_seed(&[1; 32]);
    for encoding in encodings {
        assert_eq!(PublicKey::from_bytes(&encoding).unwrap_err(), KeyError::PublicKeyLowOrder);
        let mut signature = key.sign(b"message").unwrap();
        signature[..32].copy_from_slice(&encoding);
        assert_eq!(verify(key.public_key(), b"message", &signature), Err(SignatureError::PointLowOrder));
    }
}

#[test]
fn the_identity_key_that_verifies_any_message_elsewhere_is_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    let refused = verify_raw(Suite::Ed25519, &identity, b"any message", &signature);
    assert_eq!(refused, Err(SignatureError::Key(KeyError::PublicKeyLowOrder)));
}

#[test]
fn every_unreduced_y_coordinate_is_refused_in_key_and_signature() {
    let key = SigningKey::from_seed(&[2; 32]);
    for (index, y) in unreduced_coordinates().enumerate() {
        for negative in [false, true] {
            let point = sign_bit(y, negative);
            let mut signature = key.sign(b"message").unwrap();
            signature[..32].copy_from_slice(&point);
            let (of_key, of_signature) = (
                PublicKey::from_bytes(&point).unwrap_err(),
                verify(key.public_key(), b"message", &signature),
            );
            // p and p + 1 are spellings of 0 and 1, which are of low order.
            if index < 2 {
                assert_eq!(of_key, KeyError::PublicKeyLowOrder);
                assert_eq!(of_signature, Err(SignatureError::PointLowOrder));
            } else {
                assert_eq!(of_key, KeyError::PublicKeyNotCanonical);
                assert_eq!(of_signature, Err(SignatureError::PointNotCanonical));
            }
        }
    }
}

#[test]
fn a_key_off_the_curve_is_refused() {
    let mut y = [0; 32];
    y[0] = 2;
    assert_eq!(PublicKey::from_bytes(&y).unwrap_err(), KeyError::PublicKeyNotOnCurve);
}

#[test]
fn scalars_from_the_group_order_up_are_refused() {
    let key = SigningKey::from_seed(&[3; 32]);
    let good = key.sign(b"message").unwrap();
    let with_scalar = |scalar: [u8; 32]| {
        let mut signature = good.clone();
        signature[32..].copy_from_slice(&scalar);
        verify(key.public_key(), b"message", &signature).unwrap_err()
    };
    let order = hex_decode::<32>(GROUP_ORDER).unwrap();
    let mut below = order;
    below[0] -= 1;
    let mut above = order;
    above[0] += 1;
    assert_eq!(with_scalar(below), SignatureError::Mismatch);
    assert_eq!(with_scalar(order), SignatureError::ScalarRange);
    assert_eq!(with_scalar(above), SignatureError::ScalarRange);
    assert_eq!(with_scalar([0xff; 32]), SignatureError::ScalarRange);
}

#[test]
fn lengths_other_than_the_suites_are_refused_with_the_length_found() {
    let key = SigningKey::from_seed(&[4; 32]);
    let signature = key.sign(b"").unwrap();
    for length in (0..64).chain(65..70) {
        let mut other = signature.clone();
        other.resize(length, 0);
        let refused = verify(key.public_key(), b"", &other);
        assert_eq!(refused, Err(SignatureError::Length { expected: 64, found: length }));
    }
    for length in (0..32).chain(33..40) {
        let refused = PublicKey::from_bytes(&vec![9; length]).unwrap_err();
        assert_eq!(refused, KeyError::PublicKeyLength { expected: 32, found: length });
    }
}

#[test]
fn suites_are_named_exactly() {
    assert_eq!("ed25519".parse(), Ok(Suite::Ed25519));
    for name in ["", "Ed25519", "ed25519 ", "ed25519ph", "eddsa"] {
        assert_eq!(name.parse::<Suite>(), Err(SignatureError::SuiteUnknown), "{name:?}");
    }
}

/// Adds L to the scalar of a signature: the malleated twin that a verifier without the range check accepts.
fn malleate(signature: &mut [u8]) {
    let order = hex_decode::<32>(GROUP_ORDER).unwrap();
    let mut carry = 0;
    for (byte, &term) in signature[32..].iter_mut().zip(&order) {
        let sum = u16::from(*byte) + u16::from(term) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_its_malleated_twin_does_not(
        seed in any::<[u8; 32]>(),
        message in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let key = SigningKey::from_seed(&seed);
        let mut signature = key.sign(&message).unwrap();
        prop_assert_eq!(verify(key.public_key(), &message, &signature), Ok(()));
        malleate(&mut signature);
        prop_assert_eq!(verify(key.public_key(), &message, &signature), Err(SignatureError::ScalarRange));
    }

    #[test]
    fn every_flipped_bit_of_a_signature_is_refused(seed in any::<[u8; 32]>(), bit in 0usize..512) {
        let key = SigningKey::from_seed(&seed);
        let mut signature = key.sign(b"message").unwrap();
        signature[bit / 8] ^= 1 << (bit % 8);
        let code = verify(key.public_key(), b"message", &signature).unwrap_err().code();
        prop_assert!(["signature_mismatch", "signature_scalar_range"].contains(&code), "{}", code);
    }

    /// Honest signatures of which key, point and scalar are, each or not, replaced by ones from the dangerous sets: our verdict
    /// accepts exactly what the library's strict verdict does, never more.
    #[test]
    fn verdicts_equal_those_of_verify_strict(
        seed in any::<[u8; 32]>(),
        message in any::<[u8; 4]>(),
        key in proptest::option::weighted(0.4, edge_point()),
        point in proptest::option::weighted(0.4, edge_point()),
        scalar in proptest::option::weighted(0.4, edge_scalar()),
    ) {
        let signer = SigningKey::from_seed(&seed);
        let honest = key.is_none() && point.is_none() && scalar.is_none();
        let signed: [u8; 64] = signer.sign(&message).unwrap().try_into().unwrap();
        let signed = ed25519_dalek::Signature::from_bytes(&signed);
        let key = key.unwrap_or_else(|| signer.public_key().as_bytes().try_into().unwrap());
        let (point, scalar) = (point.unwrap_or(*signed.r_bytes()), scalar.unwrap_or(*signed.s_bytes()));

        let ours = verify_raw(Suite::Ed25519, &key, &message, &[point, scalar].concat()).is_ok();
        let signature = ed25519_dalek::Signature::from_components(point, scalar);
        let library = VerifyingKey::from_bytes(&key).is_ok_and(|key| key.verify_strict(&message, &signature).is_ok());
        prop_assert_eq!(ours, library);
        prop_assert_eq!(ours, honest);
    }

    #[test]
    fn a_document_signature_holds_for_its_purpose_and_bytes_only(
        seed in any::<[u8; 32]>(),
        purpose in "[a-z0-9./-]{1,40}",
        other in "[a-z0-9./-]{1,40}",
        payload in prop::collection::vec(any::<u8>(), 0..200),
        extra in any::<u8>(),
    ) {
        prop_assume!(purpose != other);
        let key = SigningKey::from_seed(&seed);
        let signature = sign_document(&key, &purpose, &payload).unwrap();
        prop_assert_eq!(verify_document(key.public_key(), &purpose, &payload, &signature), Ok(()));
        prop_assert_eq!(
            verify_document(key.public_key(), &other, &payload, &signature),
            Err(SignatureError::Mismatch)
        );
        let longer = [payload.as_slice(), &[extra]].concat();
        prop_assert_eq!(
            verify_document(key.public_key(), &purpose, &longer, &signature),
            Err(SignatureError::Mismatch)
        );
        prop_assert_eq!(verify(key.public_key(), &payload, &signature), Err(SignatureError::Mismatch));
    }
}

fn edge_point() -> impl Strategy<Value = [u8; 32]> {
    prop_oneof![
        prop::sample::select(low_order_encodings()),
        prop::sample::select(unreduced_coordinates().collect::<Vec<_>>()),
        any::<[u8; 32]>().prop_map(|seed| SigningKey::from_seed(&seed)
            .public_key()
            .as_bytes()
            .try_into()
            .unwrap()),
        any::<[u8; 32]>(),
    ]
}

fn edge_scalar() -> impl Strategy<Value = [u8; 32]> {
    let order = hex_decode::<32>(GROUP_ORDER).unwrap();
    prop_oneof![
        Just([0; 32]),
        Just(order),
        any::<[u8; 32]>().prop_map(|mut scalar| {
            scalar[31] &= 0x1f;
            scalar
        })
    ]
}

#[test]
fn the_signed_encoding_is_four_lines_of_text() {
    let encoding = pae("ztp.licence/1", b"{}").unwrap();
    assert_eq!(
        String::from_utf8(encoding).unwrap(),
        "ztp-pae-v1\nztp.licence/1\n2\n\
         27c74670adb75075fad058d5ceaf7b20c4e7786c83bae8a32f626f9782af34c9a33c2046ef60fd2a7878d378e29fec851806bbd9a67878f3a9f1cda4830763fd\n"
    );
}

#[test]
fn the_signed_encoding_stays_within_200_bytes() {
    let longest = pae(&"a".repeat(40), &[]).unwrap();
    // The length of the payload takes one digit here and at most 18.
    assert!(longest.len() + 17 <= 200, "{}", longest.len());
}

#[test]
fn purposes_outside_their_alphabet_or_length_are_refused() {
    assert!(pae(&"a".repeat(40), b"").is_ok());
    for purpose in ["", &"a".repeat(41), "Licence", "a b", "a\nb", "a_b", "licenç"] {
        assert_eq!(pae(purpose, b""), Err(SignatureError::Purpose), "{purpose:?}");
    }
}

/// A token that returns what it likes.
struct FaultySigner {
    key: SigningKey,
    answer: Result<Vec<u8>, SignatureError>,
}

impl Signer for FaultySigner {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.answer.clone()
    }
}

#[test]
fn what_a_faulty_signer_returns_is_not_released() {
    let key = SigningKey::from_seed(&[5; 32]);
    let of_other_bytes = key.sign(b"something else").unwrap();
    let failed = SignatureError::SignerFailed { reason: "token removed".to_owned() };
    for (answer, expected) in [
        (Ok(of_other_bytes), SignatureError::SelfCheck),
        (Ok(vec![0; 63]), SignatureError::SelfCheck),
        (Err(failed.clone()), failed),
    ] {
        let signer = FaultySigner { key: SigningKey::from_seed(&[5; 32]), answer };
        assert_eq!(sign_document(&signer, "ztp.licence/1", b"{}"), Err(expected));
    }
}
