use std::fmt;

use ed25519_dalek::Signer as _;
use ml_dsa::{MlDsa65, Seed, SigningKey as MlDsaSigningKey};
use zeroize::{Zeroize as _, Zeroizing};

use super::hybrid::{LABEL, representative};
use super::{KeyError, PublicKey, SignatureError, Signer, SigningKey, Suite, pkcs};

/// Bytes of the two seeds.
const SEEDS_BYTES: usize = 64;

/// A private key of the suite `mldsa65-ed25519` in memory, for development: an issuer's real key lives in a token.
///
/// The secret is wiped when the key is dropped, is not shown by `Debug` and is in no error. Signing is deterministic
/// (FIPS 204 §3.4, the variant without randomness).
pub struct HybridSigningKey {
    seeds: Zeroizing<[u8; SEEDS_BYTES]>,
    mldsa: Box<MlDsaSigningKey<MlDsa65>>,
    ed25519: ed25519_dalek::SigningKey,
    public: PublicKey,
}

impl HybridSigningKey {
    /// Makes the key of two seeds of 32 bytes, that of ML-DSA-65 (FIPS 204 §5.1, ξ) and that of Ed25519 (RFC 8032
    /// §5.1.5). Both must come from a cryptographic random generator.
    ///
    /// # Errors
    /// [`KeyError`] when the public key is refused, which no seed is known to cause.
    pub fn from_seeds(seeds: &[u8; SEEDS_BYTES]) -> Result<Self, KeyError> {
        let (mldsa_seed, ed25519_seed) = halves(seeds);
        let ed25519 = ed25519_dalek::SigningKey::from_bytes(&ed25519_seed);
        let mut seed = Seed::from(*mldsa_seed);
        let mldsa = Box::new(MlDsaSigningKey::<MlDsa65>::from_seed(&seed));
        seed.zeroize();
        let encoded = mldsa.as_ref().as_ref().encode();
        let bytes = [encoded.as_slice(), ed25519.verifying_key().as_bytes()].concat();
        let public = PublicKey::from_suite_bytes(Suite::MlDsa65Ed25519, &bytes)?;
        Ok(Self { seeds: Zeroizing::new(*seeds), mldsa, ed25519, public })
    }

    /// Reads a PEM file with one unencrypted `PRIVATE KEY` block (PKCS#8 around 64 bytes, as the composite draft says).
    ///
    /// # Errors
    /// A [`KeyError`] that says whether the text, the block, the structure or the algorithm is wrong; none shows key
    /// material.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyError> {
        Self::from_pkcs8_der(&pkcs::pem_decode(text, pkcs::PRIVATE_KEY_LABEL)?)
    }

    fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let seeds = pkcs::pkcs8_hybrid_decode(der)?;
        Self::from_seeds(&seeds)
    }

    /// Writes the key as a PEM file with one `PRIVATE KEY` block.
    #[must_use]
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        pkcs::pem_encode(&pkcs::pkcs8_hybrid_encode(&self.seeds), pkcs::PRIVATE_KEY_LABEL)
    }
}

/// The two seeds.
fn halves(seeds: &[u8; SEEDS_BYTES]) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 32]>) {
    let (mut mldsa, mut ed25519) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
    let (first, second) = seeds.split_at(32);
    mldsa.copy_from_slice(first);
    ed25519.copy_from_slice(second);
    (mldsa, ed25519)
}

impl Signer for HybridSigningKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let representative = representative(message);
        let failed = |_| SignatureError::SignerFailed { reason: "ml-dsa found no signature".to_owned() };
        let mldsa = self.mldsa.expanded_key().sign_deterministic(&representative, LABEL).map_err(failed)?;
        let ed25519 = self.ed25519.sign(&representative).to_bytes();
        Ok([mldsa.encode().as_slice(), &ed25519].concat())
    }
}

impl fmt::Debug for HybridSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HybridSigningKey").field("key_id", &self.public.key_id()).finish_non_exhaustive()
    }
}

/// Reads the private key of an issuer from a PEM file, of whichever software suite it is: Ed25519 or the composite. RSA
/// keys sign in tokens only.
///
/// # Errors
/// As [`SigningKey::from_pkcs8_pem`] and [`HybridSigningKey::from_pkcs8_pem`].
pub fn signer_from_pkcs8_pem(text: &str) -> Result<Box<dyn Signer>, KeyError> {
    let der = pkcs::pem_decode(text, pkcs::PRIVATE_KEY_LABEL)?;
    if pkcs::is_pkcs8_hybrid(&der) {
        return Ok(Box::new(HybridSigningKey::from_pkcs8_der(&der)?));
    }
    Ok(Box::new(SigningKey::from_pkcs8_pem(text)?))
}
