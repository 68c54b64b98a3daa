use std::fmt;

use ed25519_dalek::{Signature, VerifyingKey};

use super::{KeyError, SignatureError, Suite, pkcs, point};
use crate::digest::{Digest, sha256};
use crate::encoding::{hex_decode, hex_encode};

/// A public key that passed every check of the strict rule.
///
/// Keys that cannot serve exclusive ownership (low order, not canonical, not on the curve) cannot be constructed.
#[derive(Clone)]
pub struct PublicKey {
    verifying: VerifyingKey,
}

impl PublicKey {
    /// Takes the 32 bytes of an Ed25519 public key.
    ///
    /// # Errors
    /// [`KeyError::PublicKeyLength`], [`KeyError::PublicKeyLowOrder`], [`KeyError::PublicKeyNotCanonical`] or
    /// [`KeyError::PublicKeyNotOnCurve`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let expected = Suite::Ed25519.public_key_bytes();
        let bytes: &[u8; 32] =
            bytes.try_into().map_err(|_| KeyError::PublicKeyLength { expected, found: bytes.len() })?;
        if point::is_low_order(bytes) {
            return Err(KeyError::PublicKeyLowOrder);
        }
        if !point::is_canonical(bytes) {
            return Err(KeyError::PublicKeyNotCanonical);
        }
        let verifying = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::PublicKeyNotOnCurve)?;
        Ok(Self { verifying })
    }

    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError::Encoding`], or as [`Self::from_bytes`].
    pub fn from_hex(text: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::from_bytes(&hex_decode::<32>(text)?)
    }

    /// Reads the hexadecimal digits of a key of the given suite.
    ///
    /// # Errors
    /// As [`Self::from_hex`].
    pub fn from_suite_hex(suite: Suite, text: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        match suite {
            Suite::Ed25519 => Self::from_hex(text),
        }
    }

    /// Reads a PEM file with one `PUBLIC KEY` block (SubjectPublicKeyInfo, RFC 8410 §4).
    ///
    /// # Errors
    /// A [`KeyError`] that says whether the text, the block, the structure, the algorithm or the key itself is wrong.
    pub fn from_spki_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_spki_der(&pkcs::pem_decode(text, pkcs::PUBLIC_KEY_LABEL)?)
    }

    /// Reads a SubjectPublicKeyInfo in DER (RFC 8410 §4).
    ///
    /// # Errors
    /// As [`Self::from_spki_pem`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_bytes(&pkcs::spki_decode(der)?)
    }

    /// Writes the key as a SubjectPublicKeyInfo in DER, 44 bytes.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        pkcs::spki_encode(self.as_bytes())
    }

    /// Writes the key as a PEM file with one `PUBLIC KEY` block.
    #[must_use]
    pub fn to_spki_pem(&self) -> String {
        pkcs::pem_encode(&self.to_spki_der(), pkcs::PUBLIC_KEY_LABEL).to_string()
    }

    /// The key's identifier: SHA-256 of its SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn key_id(&self) -> Digest {
        sha256(&self.to_spki_der())
    }

    /// The 32 bytes of the key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.verifying.as_bytes()
    }

    /// The suite this key belongs to.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        Suite::Ed25519
    }

    /// Takes a key derived from a secret scalar, which is never of low order.
    pub(super) const fn from_verifying(verifying: VerifyingKey) -> Self {
        Self { verifying }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for PublicKey {}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl std::hash::Hash for PublicKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex_encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// Verifies a signature over the exact bytes of `message` under the strict rule of [`crate::signature`].
///
/// # Errors
/// [`SignatureError::Length`], [`SignatureError::ScalarRange`], [`SignatureError::PointLowOrder`],
/// [`SignatureError::PointNotCanonical`] or [`SignatureError::Mismatch`]; the first that applies, in this order.
pub fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let expected = key.suite().signature_bytes();
    let bytes: &[u8; 64] =
        signature.try_into().map_err(|_| SignatureError::Length { expected, found: signature.len() })?;
    let (halves, _) = bytes.as_chunks::<32>();
    let [point, scalar] = halves else {
        return Err(SignatureError::Length { expected, found: signature.len() });
    };
    if !point::is_reduced_scalar(scalar) {
        return Err(SignatureError::ScalarRange);
    }
    if point::is_low_order(point) {
        return Err(SignatureError::PointLowOrder);
    }
    if !point::is_canonical(point) {
        return Err(SignatureError::PointNotCanonical);
    }
    key.verifying.verify_strict(message, &Signature::from_bytes(bytes)).map_err(|_| SignatureError::Mismatch)
}

/// Verifies a signature by a key given as bytes: [`PublicKey::from_bytes`], then [`verify`].
///
/// ```
/// use ztp_core::encoding::hex_decode;
/// use ztp_core::signature::{SignatureError, Suite, verify_raw};
///
/// // RFC 8032 §7.1, TEST 2: one byte 0x72.
/// let key = hex_decode::<32>("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")?;
/// let signature = hex_decode::<64>(
///     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
///      085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
/// )?;
/// assert_eq!(verify_raw(Suite::Ed25519, &key, &[0x72], &signature), Ok(()));
/// assert_eq!(verify_raw(Suite::Ed25519, &key, &[0x73], &signature), Err(SignatureError::Mismatch));
/// # Ok::<(), ztp_core::encoding::EncodingError>(())
/// ```
///
/// # Errors
/// [`SignatureError::Key`] when the key is refused, otherwise as [`verify`].
pub fn verify_raw(
    suite: Suite,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    match suite {
        Suite::Ed25519 => verify(&PublicKey::from_bytes(public_key)?, message, signature),
    }
}
