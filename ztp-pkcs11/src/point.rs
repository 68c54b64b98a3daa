//! CKA_EC_POINT, which tokens write in three ways.

use crate::TokenError;

/// DER of an OCTET STRING of 32 bytes, as PKCS#11 has it.
const OCTET_STRING: [u8; 2] = [0x04, 0x20];

/// DER of a BIT STRING of 32 bytes, as a SubjectPublicKeyInfo has it.
const BIT_STRING: [u8; 3] = [0x03, 0x21, 0x00];

/// The 32 bytes of an Ed25519 public key in whichever form the token gives: the point itself, or in an OCTET STRING, or in
/// a BIT STRING. The forms have different lengths, so none can be taken for another.
///
/// # Errors
/// [`TokenError::EcPoint`].
pub fn ed25519_point(value: &[u8]) -> Result<[u8; 32], TokenError> {
    let inner = match value.len() {
        32 => Some(value),
        34 => value.strip_prefix(&OCTET_STRING),
        35 => value.strip_prefix(&BIT_STRING),
        _ => None,
    };
    inner.and_then(|point| point.try_into().ok()).ok_or(TokenError::EcPoint { bytes: value.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ztp_core::Coded as _;

    #[test]
    fn the_three_forms_give_one_point_and_others_are_refused() {
        let point = [0x5a; 32];
        for form in [point.to_vec(), [&OCTET_STRING[..], &point].concat(), [&BIT_STRING[..], &point].concat()]
        {
            assert_eq!(ed25519_point(&form).unwrap(), point);
        }
        let uncompressed = [&[0x04, 0x41, 0x04][..], &[1; 64]].concat();
        let long_form = [&[0x04, 0x81, 0x20][..], &point].concat();
        let other_tag = [&[0x05, 0x20][..], &point].concat();
        let unused_bits = [&[0x03, 0x21, 0x01][..], &point].concat();
        for form in [vec![], vec![1; 31], vec![1; 33], uncompressed, long_form, other_tag, unused_bits] {
            assert_eq!(ed25519_point(&form).unwrap_err().code(), "token_ec_point", "{form:02x?}");
        }
    }

    #[test]
    fn a_raw_point_that_begins_like_der_is_a_raw_point() {
        let mut point = [7; 32];
        point[..2].copy_from_slice(&OCTET_STRING);
        assert_eq!(ed25519_point(&point).unwrap(), point);
    }
}
