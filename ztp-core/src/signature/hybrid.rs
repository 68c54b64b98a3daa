//! The suite `mldsa65-ed25519`: the composite id-MLDSA65-Ed25519-SHA512 of draft-ietf-lamps-pq-composite-sigs.
//!
//! Both halves sign one message representative, 127 bytes: the prefix, the label, the length of an empty context, and
//! the SHA-512 of the message. The ML-DSA half takes the label as its context too. A half so cannot be taken out and
//! used as a signature of its own, nor be joined with a half over another message.

use ed25519_dalek::VerifyingKey;
use ml_dsa::{MlDsa65, Signature as MlDsaSignature, VerifyingKey as MlDsaKey};

use super::ed25519::{self, KEY_BYTES as ED25519_KEY_BYTES, SIGNATURE_BYTES as ED25519_SIGNATURE_BYTES};
use super::{KeyError, SignatureError, Suite};
use crate::digest::sha512;

/// Bytes of an ML-DSA-65 public key (FIPS 204, table 2).
pub(super) const MLDSA_KEY_BYTES: usize = 1952;

/// Bytes of an ML-DSA-65 signature (FIPS 204, table 2).
pub(super) const MLDSA_SIGNATURE_BYTES: usize = 3309;

/// Bytes of a composite public key.
pub(super) const KEY_BYTES: usize = MLDSA_KEY_BYTES + ED25519_KEY_BYTES;

const PREFIX: &[u8; 32] = b"CompositeAlgorithmSignatures2025";

/// The label, which is also the context of the ML-DSA half.
pub(super) const LABEL: &[u8; 30] = b"COMPSIG-MLDSA65-Ed25519-SHA512";

/// A composite public key. The ML-DSA half is kept expanded, some 40 KiB.
pub(super) struct Key {
    bytes: [u8; KEY_BYTES],
    mldsa: MlDsaKey<MlDsa65>,
    ed25519: VerifyingKey,
}

impl Key {
    /// Takes the bytes of a key: ML-DSA-65, then Ed25519. Every ML-DSA key of the right length is one.
    pub(super) fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Result<Self, KeyError> {
        let found = bytes.len();
        let length = || KeyError::PublicKeyLength { expected: KEY_BYTES, found };
        let (mldsa, ed25519) = bytes.split_at(MLDSA_KEY_BYTES);
        let ed25519: &[u8; ED25519_KEY_BYTES] = ed25519.try_into().map_err(|_| length())?;
        let ed25519 = ed25519::key(ed25519)?;
        let encoded = mldsa.try_into().map_err(|_| length())?;
        Ok(Self { bytes: *bytes, mldsa: MlDsaKey::decode(&encoded), ed25519 })
    }

    pub(super) const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// The two halves of the key, ML-DSA first.
    pub(super) fn halves(&self) -> [&[u8]; 2] {
        let (mldsa, ed25519) = self.bytes.split_at(MLDSA_KEY_BYTES);
        [mldsa, ed25519]
    }

    /// Verifies a composite signature: ML-DSA-65, then Ed25519.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let (expected, found) = (Suite::MlDsa65Ed25519.signature_bytes(), signature.len());
        if found == MLDSA_SIGNATURE_BYTES || found == ED25519_SIGNATURE_BYTES {
            return Err(SignatureError::HalfMissing);
        }
        if found != expected {
            return Err(SignatureError::Length { expected, found });
        }
        let representative = representative(message);
        let ed25519 = self.ed25519_half(&representative, signature.get(MLDSA_SIGNATURE_BYTES..));
        match (self.mldsa_half(&representative, signature.get(..MLDSA_SIGNATURE_BYTES)), ed25519) {
            (true, Ok(())) => Ok(()),
            (false, Ok(())) => Err(SignatureError::MlDsaMismatch),
            (true, Err(SignatureError::Mismatch)) => Err(SignatureError::Ed25519Mismatch),
            (true, Err(error)) => Err(error),
            (false, Err(_)) => Err(self.why_neither(&representative, signature)),
        }
    }

    /// Which refusal it is when no half holds where it should stand.
    fn why_neither(&self, representative: &[u8], signature: &[u8]) -> SignatureError {
        let swapped = self.ed25519_half(representative, signature.get(..ED25519_SIGNATURE_BYTES)).is_ok()
            && self.mldsa_half(representative, signature.get(ED25519_SIGNATURE_BYTES..));
        if swapped { SignatureError::HalvesSwapped } else { SignatureError::Mismatch }
    }

    fn mldsa_half(&self, representative: &[u8], signature: Option<&[u8]>) -> bool {
        let decoded = signature.and_then(|bytes| MlDsaSignature::<MlDsa65>::try_from(bytes).ok());
        decoded.is_some_and(|decoded| self.mldsa.verify_with_context(representative, LABEL, &decoded))
    }

    fn ed25519_half(&self, representative: &[u8], signature: Option<&[u8]>) -> Result<(), SignatureError> {
        let signature = signature.and_then(|bytes| bytes.try_into().ok()).ok_or(SignatureError::Mismatch)?;
        ed25519::verify(&self.ed25519, representative, signature)
    }
}

/// The message representative M' that both halves sign.
pub(super) fn representative(message: &[u8]) -> Vec<u8> {
    [PREFIX.as_slice(), LABEL, &[0], &sha512(message)].concat()
}
