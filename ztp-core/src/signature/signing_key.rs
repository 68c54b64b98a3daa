use std::fmt;

use ed25519_dalek::Signer as _;
use zeroize::Zeroizing;

use super::{KeyError, PublicKey, SignatureError, Signer, pkcs};

/// An Ed25519 private key in memory.
///
/// The secret is wiped when the key is dropped, is not shown by `Debug` and is in no error. There is no `Display` and
/// no `Clone`.
pub struct SigningKey {
    secret: ed25519_dalek::SigningKey,
    public: PublicKey,
}

impl SigningKey {
    /// Makes the key of a 32-byte seed (RFC 8032 §5.1.5). The seed must come from a cryptographic random generator.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = PublicKey::from_verifying(secret.verifying_key());
        Self { secret, public }
    }

    /// Reads a PEM file with one unencrypted `PRIVATE KEY` block (PKCS#8, RFC 8410 §7).
    ///
    /// A public key stored beside the private one must belong to it.
    ///
    /// # Errors
    /// A [`KeyError`] that says whether the text, the block, the structure or the algorithm is wrong; none shows key
    /// material.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyError> {
        let der = pkcs::pem_decode(text, pkcs::PRIVATE_KEY_LABEL)?;
        let info = pkcs::pkcs8_decode(&der)?;
        let key = Self::from_seed(&info.seed);
        match info.public {
            Some(stored) if stored.as_slice() != key.public.as_bytes() => Err(KeyError::PairMismatch),
            _ => Ok(key),
        }
    }

    /// Writes the key as a PEM file with one `PRIVATE KEY` block, version 1 without the public key, as `openssl
    /// genpkey` does.
    #[must_use]
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        pkcs::pem_encode(&pkcs::pkcs8_encode(self.secret.as_bytes()), pkcs::PRIVATE_KEY_LABEL)
    }

    /// The 32-byte seed, for storing the key. The copy is wiped when dropped.
    #[must_use]
    pub fn to_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret.to_bytes())
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }
}

impl Signer for SigningKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self.secret.sign(message).to_bytes().to_vec())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}
