//! The suite `rsa4096-pss-sha384`: RSASSA-PSS with every parameter pinned.

use rsa::pss::{Signature, VerifyingKey};
use rsa::signature::Verifier as _;
use rsa::{BoxedUint, PublicKey as RsaKey};
use sha2::Sha384;

use super::{KeyError, SignatureError, Suite};

/// Bytes of a modulus, and of a signature.
pub(super) const MODULUS_BYTES: usize = 512;

const MODULUS_BITS: u32 = 4096;

/// Bytes of the salt: as many as the hash has (RFC 8017 §9.1, note 4).
const SALT_BYTES: usize = 48;

/// The one public exponent taken.
const EXPONENT: u64 = 65_537;

/// An RSA public key of exactly 4096 bits.
pub(super) struct Key {
    modulus: [u8; MODULUS_BYTES],
    pinned: VerifyingKey<Sha384>,
    any_salt: VerifyingKey<Sha384>,
}

impl Key {
    /// Takes a modulus, big-endian.
    pub(super) fn from_modulus(modulus: &[u8; MODULUS_BYTES]) -> Result<Self, KeyError> {
        let [high, .., low] = modulus;
        if high & 0x80 == 0 || low & 1 == 0 {
            return Err(KeyError::PublicKeyRsaModulus);
        }
        let number =
            BoxedUint::from_be_slice(modulus, MODULUS_BITS).map_err(|_| KeyError::PublicKeyRsaModulus)?;
        let key =
            RsaKey::new(number, BoxedUint::from(EXPONENT)).map_err(|_| KeyError::PublicKeyRsaModulus)?;
        Ok(Self {
            modulus: *modulus,
            pinned: VerifyingKey::new_with_salt_len(key.clone(), SALT_BYTES),
            any_salt: VerifyingKey::new_with_auto_salt_len(key),
        })
    }

    pub(super) const fn modulus(&self) -> &[u8; MODULUS_BYTES] {
        &self.modulus
    }

    /// Verifies a signature.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let (expected, found) = (Suite::Rsa4096PssSha384.signature_bytes(), signature.len());
        if found != expected {
            return Err(SignatureError::Length { expected, found });
        }
        // Both are big-endian and of one length.
        if signature >= self.modulus.as_slice() {
            return Err(SignatureError::RepresentativeRange);
        }
        let signature = Signature::try_from(signature).map_err(|_| SignatureError::Mismatch)?;
        if self.pinned.verify(message, &signature).is_ok() {
            return Ok(());
        }
        // Refused already; what follows only finds the words.
        let other_salt = self.any_salt.verify(message, &signature).is_ok();
        Err(if other_salt { SignatureError::SaltLength } else { SignatureError::Mismatch })
    }
}
