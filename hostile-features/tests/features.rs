//! The features are on and do what makes them dangerous; ztp-core answers as without them.

use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde_json::Value as Json;
use ztp_core::Coded;
use ztp_core::canonical::{self, CanonicalErrorKind as Kind, Limits, Value};
use ztp_core::signature::{Signer, SigningKey, Suite, verify_raw};

/// L, the order of the base point, little-endian (RFC 8032 §5.1).
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn arbitrary_precision_keeps_the_text_of_numbers_and_turns_an_object_into_one() {
    let number: Json = serde_json::from_str("1e2").unwrap();
    assert_eq!(number.to_string(), "1e+2");
    let object: Json = serde_json::from_str(r#"{"$serde_json::private::Number":"1e5"}"#).unwrap();
    assert!(object.is_number());

    let refused = canonical::read(b"1e2", &Limits::default()).unwrap_err();
    assert_eq!((refused.kind, refused.offset), (Kind::Exponent, 1));
    let document = br#"{"$serde_json::private::Number":"1e5"}"#;
    let read = canonical::read(document, &Limits::default()).unwrap();
    assert_eq!(read, Value::object([("$serde_json::private::Number", "1e5")]));
    assert_eq!(canonical::encode(document, &Limits::default()).unwrap(), document);
}

#[test]
fn preserve_order_keeps_the_order_of_members() {
    let document = r#"{"z":1,"a":2}"#;
    assert_eq!(serde_json::from_str::<Json>(document).unwrap().to_string(), document);
    assert_eq!(canonical::encode(document.as_bytes(), &Limits::default()).unwrap(), br#"{"a":2,"z":1}"#);
}

/// The bytes of S + L, where S is the second half of a signature.
fn malleated(signature: &[u8]) -> Vec<u8> {
    let (point, scalar) = signature.split_at(32);
    let mut sum = point.to_vec();
    let mut carry = 0;
    for (digit, order) in scalar.iter().zip(GROUP_ORDER) {
        carry += u16::from(*digit) + u16::from(order);
        sum.push((carry & 0xff) as u8);
        carry >>= 8;
    }
    sum
}

#[test]
fn legacy_compatibility_takes_a_malleated_scalar_and_our_rule_refuses_it() {
    let message = b"message";
    for seed in 0..=255 {
        let key = SigningKey::from_seed(&[seed; 32]);
        let signature = key.sign(message).unwrap();
        let public_key = <[u8; 32]>::try_from(key.public_key().as_bytes()).unwrap();
        verify_raw(Suite::Ed25519, &public_key, message, &signature).unwrap();

        let altered = malleated(&signature);
        let library = VerifyingKey::from_bytes(&public_key).unwrap();
        let parsed = Signature::from_slice(&altered).unwrap();
        assert!(library.verify(message, &parsed).is_ok(), "the feature is not on");
        let refused = verify_raw(Suite::Ed25519, &public_key, message, &altered).unwrap_err();
        assert_eq!(refused.code(), "signature_scalar_range");
    }
}
