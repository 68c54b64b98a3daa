use super::{PublicKey, SignatureError};

/// Something that signs: a key in memory, a token, a service.
///
/// Implementations sign the exact bytes given, by the suite of their public key (for Ed25519 that is pure Ed25519, RFC
/// 8032 §5.1.6), and never print or log the key.
pub trait Signer {
    /// The key that verifies what this signer signs.
    fn public_key(&self) -> &PublicKey;

    /// Signs `message`.
    ///
    /// # Errors
    /// [`SignatureError::SignerFailed`] when the key cannot be used.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError>;
}
