//! The suite `ed25519`, and the Ed25519 half of the composite.

use ed25519_dalek::{Digest as _, Sha512, Signature, VerifyingKey};

use super::{KeyError, SignatureError, point};

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;

/// Bytes of a signature.
pub(super) const SIGNATURE_BYTES: usize = 64;

/// Takes the bytes of a public key by rules 1 to 3.
pub(super) fn key(bytes: &[u8; KEY_BYTES]) -> Result<VerifyingKey, KeyError> {
    if point::is_low_order(bytes) {
        return Err(KeyError::PublicKeyLowOrder);
    }
    if !point::is_canonical(bytes) {
        return Err(KeyError::PublicKeyNotCanonical);
    }
    VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::PublicKeyNotOnCurve)
}

/// Verifies a signature by the strict rule.
pub(super) fn verify(
    key: &VerifyingKey,
    message: &[u8],
    bytes: &[u8; SIGNATURE_BYTES],
) -> Result<(), SignatureError> {
    let length = || SignatureError::Length { expected: SIGNATURE_BYTES, found: bytes.len() };
    let (halves, _) = bytes.as_chunks::<32>();
    let [point, scalar] = halves else { return Err(length()) };
    if !point::is_reduced_scalar(scalar) {
        return Err(SignatureError::ScalarRange);
    }
    if point::is_low_order(point) {
        return Err(SignatureError::PointLowOrder);
    }
    if !point::is_canonical(point) {
        return Err(SignatureError::PointNotCanonical);
    }
    let signature = Signature::from_bytes(bytes);
    if key.verify_strict(message, &signature).is_ok() {
        return Ok(());
    }
    // Refused already; what follows only finds the words. Services offer Ed25519ph beside Ed25519, and tokens have been
    // seen to take one for the other.
    let prehashed = Sha512::new_with_prefix(message);
    if key.verify_prehashed_strict(prehashed, None, &signature).is_ok() {
        return Err(SignatureError::Prehashed);
    }
    Err(SignatureError::Mismatch)
}
