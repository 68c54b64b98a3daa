use std::fmt;
use std::sync::Arc;

use ed25519_dalek::VerifyingKey;

use super::{KeyError, SignatureError, Suite, ed25519, hybrid, pkcs, rsa_pss};
use crate::digest::{Digest, sha256};
use crate::encoding::{hex_decode, hex_encode};

/// A public key that passed every check of its suite.
///
/// Keys that cannot serve exclusive ownership (low order, not canonical, not on the curve) cannot be constructed. The key
/// fixes the suite of the signatures it verifies. Clones share what was computed from a large key.
#[derive(Clone)]
pub struct PublicKey(Inner);

#[derive(Clone)]
enum Inner {
    Ed25519(VerifyingKey),
    Hybrid(Arc<hybrid::Key>),
    Rsa(Arc<rsa_pss::Key>),
}

impl PublicKey {
    /// Takes the 32 bytes of an Ed25519 public key.
    ///
    /// # Errors
    /// [`KeyError::PublicKeyLength`], [`KeyError::PublicKeyLowOrder`], [`KeyError::PublicKeyNotCanonical`] or
    /// [`KeyError::PublicKeyNotOnCurve`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        ed25519::key(sized(bytes)?).map(Inner::Ed25519).map(Self)
    }

    /// Takes the bytes of a public key of the given suite, in the form of [`Suite::public_key_bytes`].
    ///
    /// # Errors
    /// As [`Self::from_bytes`], which both halves' rules are for the composite; [`KeyError::PublicKeyRsaModulus`].
    pub fn from_suite_bytes(suite: Suite, bytes: &[u8]) -> Result<Self, KeyError> {
        match suite {
            Suite::Ed25519 => Self::from_bytes(bytes),
            Suite::MlDsa65Ed25519 => {
                hybrid::Key::from_bytes(sized(bytes)?).map(Arc::new).map(Inner::Hybrid).map(Self)
            }
            Suite::Rsa4096PssSha384 => {
                rsa_pss::Key::from_modulus(sized(bytes)?).map(Arc::new).map(Inner::Rsa).map(Self)
            }
        }
    }

    /// Reads the 64 lower-case hexadecimal digits of an Ed25519 key.
    ///
    /// # Errors
    /// [`KeyError::Encoding`], or as [`Self::from_bytes`].
    pub fn from_hex(text: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::from_bytes(&hex_decode::<{ ed25519::KEY_BYTES }>(text)?)
    }

    /// Reads the hexadecimal digits of a key of the given suite.
    ///
    /// # Errors
    /// [`KeyError::Encoding`], or as [`Self::from_suite_bytes`].
    pub fn from_suite_hex(suite: Suite, text: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        match suite {
            Suite::Ed25519 => Self::from_hex(text),
            Suite::MlDsa65Ed25519 => {
                Self::from_suite_bytes(suite, &hex_decode::<{ hybrid::KEY_BYTES }>(text)?)
            }
            Suite::Rsa4096PssSha384 => {
                Self::from_suite_bytes(suite, &hex_decode::<{ rsa_pss::MODULUS_BYTES }>(text)?)
            }
        }
    }

    /// Reads a PEM file with one `PUBLIC KEY` block (SubjectPublicKeyInfo). The suite is the one of its algorithm.
    ///
    /// # Errors
    /// A [`KeyError`] that says whether the text, the block, the structure, the algorithm or the key itself is wrong.
    pub fn from_spki_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_spki_der(&pkcs::pem_decode(text, pkcs::PUBLIC_KEY_LABEL)?)
    }

    /// Reads a SubjectPublicKeyInfo in DER (RFC 8410 §4 for Ed25519, RFC 8017 §A.1 for RSA, the composite draft §4).
    ///
    /// # Errors
    /// As [`Self::from_spki_pem`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let (suite, bytes) = pkcs::spki_decode(der)?;
        Self::from_suite_bytes(suite, bytes)
    }

    /// Writes the key as a SubjectPublicKeyInfo in DER: 44 bytes for Ed25519, 2005 for the composite, 550 for RSA.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        pkcs::spki_encode(self.suite(), self.as_bytes())
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

    /// The bytes of the key, in the form of [`Suite::public_key_bytes`].
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Inner::Ed25519(key) => key.as_bytes(),
            Inner::Hybrid(key) => key.as_bytes(),
            Inner::Rsa(key) => key.modulus(),
        }
    }

    /// The suite this key belongs to.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        match &self.0 {
            Inner::Ed25519(_) => Suite::Ed25519,
            Inner::Hybrid(_) => Suite::MlDsa65Ed25519,
            Inner::Rsa(_) => Suite::Rsa4096PssSha384,
        }
    }

    /// The keys that this one is made of: itself, or the halves of a composite. Two trusted keys that share a part are
    /// not two keys.
    pub(crate) fn parts(&self) -> Vec<&[u8]> {
        match &self.0 {
            Inner::Hybrid(key) => key.halves().to_vec(),
            _ => vec![self.as_bytes()],
        }
    }

    /// Takes a key derived from a secret scalar, which is never of low order.
    pub(super) const fn from_verifying(verifying: VerifyingKey) -> Self {
        Self(Inner::Ed25519(verifying))
    }
}

/// The bytes as an array of the length that a suite has.
fn sized<const N: usize>(bytes: &[u8]) -> Result<&[u8; N], KeyError> {
    bytes.try_into().map_err(|_| KeyError::PublicKeyLength { expected: N, found: bytes.len() })
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.suite() == other.suite() && self.as_bytes() == other.as_bytes()
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
        self.suite().cmp(&other.suite()).then_with(|| self.as_bytes().cmp(other.as_bytes()))
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

/// Verifies a signature over the exact bytes of `message` under the rule of the key's suite, as [`crate::signature`]
/// writes it down.
///
/// # Errors
/// The first that applies, in this order. Ed25519: [`SignatureError::Length`], [`SignatureError::ScalarRange`],
/// [`SignatureError::PointLowOrder`], [`SignatureError::PointNotCanonical`], [`SignatureError::Prehashed`],
/// [`SignatureError::Mismatch`]. Composite: [`SignatureError::HalfMissing`], [`SignatureError::Length`],
/// [`SignatureError::MlDsaMismatch`] or [`SignatureError::Ed25519Mismatch`] when the other half holds,
/// [`SignatureError::HalvesSwapped`], [`SignatureError::Mismatch`]. RSA: [`SignatureError::Length`],
/// [`SignatureError::RepresentativeRange`], [`SignatureError::SaltLength`], [`SignatureError::Mismatch`].
pub fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    match &key.0 {
        Inner::Ed25519(key) => {
            let (expected, found) = (ed25519::SIGNATURE_BYTES, signature.len());
            let bytes = signature.try_into().map_err(|_| SignatureError::Length { expected, found })?;
            ed25519::verify(key, message, bytes)
        }
        Inner::Hybrid(key) => key.verify(message, signature),
        Inner::Rsa(key) => key.verify(message, signature),
    }
}

/// Verifies a signature by a key given as bytes: [`PublicKey::from_suite_bytes`], then [`verify`].
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
    verify(&PublicKey::from_suite_bytes(suite, public_key)?, message, signature)
}
