use zeroize::{Zeroize, Zeroizing};
use ztp_core::canonical::{self, Value};
use ztp_core::encoding::hex_encode;
use ztp_core::signature::SigningKey;
use ztp_core::vkey::VerifierKey;

use crate::error::FacadeError;
use crate::outcome::Outcome;
use crate::{host, input};

/// Makes an Ed25519 signing key and writes it in every form that is needed:
/// `{"key_id","name","private_key_pem","public_key","public_key_pem","schema":"ztp.keys/1","suite","vkey"}`.
///
/// `seed` is 32 bytes, or empty for one drawn from the operating system. `name` is the key's name in a C2SP verifier key.
/// The document holds the private key (PKCS#8 PEM): keep it no longer than needed.
pub fn keys_generate(seed: &[u8], name: &[u8]) -> Outcome {
    let mut bytes = Zeroizing::new([0u8; 32]);
    if seed.is_empty() {
        if let Err(e) = host::random_seed(&mut bytes) {
            return Outcome::failure(&e);
        }
    } else {
        match <&[u8; 32]>::try_from(seed) {
            Ok(seed) => bytes.copy_from_slice(seed),
            Err(_) => return Outcome::failure(&FacadeError::SeedLengthInvalid { found: seed.len() }),
        }
    }
    let name = match input::text("name", name) {
        Ok(name) => name,
        Err(e) => return Outcome::failure(&e),
    };
    let private = SigningKey::from_seed(&bytes);
    let public = private.public_key();
    let vkey = match VerifierKey::new(name, public.clone()) {
        Ok(vkey) => vkey,
        Err(e) => return Outcome::failure(&e),
    };
    document(&private, &vkey)
}

/// Writes the document into one allocation, and wipes the copy of the private key made on the way.
fn document(private: &SigningKey, vkey: &VerifierKey) -> Outcome {
    let public = private.public_key();
    let mut members = Value::object::<_, Value>([
        ("key_id", public.key_id().to_string().into()),
        ("name", vkey.name().into()),
        (PRIVATE_KEY, private.to_pkcs8_pem().as_str().into()),
        ("public_key", hex_encode(public.as_bytes()).into()),
        ("public_key_pem", public.to_spki_pem().into()),
        ("schema", "ztp.keys/1".into()),
        ("suite", public.suite().as_str().into()),
        ("vkey", vkey.to_string().into()),
    ]);
    let mut bytes = Vec::with_capacity(DOCUMENT_BYTES);
    let written = canonical::write_into(&members, &mut bytes);
    if let Value::Object(members) = &mut members
        && let Some(Value::String(pem)) = members.get_mut(PRIVATE_KEY)
    {
        pem.zeroize();
    }
    written.map_or_else(|e| Outcome::failure(&e), |()| Outcome::with_document(bytes))
}

const PRIVATE_KEY: &str = "private_key_pem";

/// Room for the document with the longest name (255 bytes, each at most written as `\uXXXX`, twice): it is never moved.
const DOCUMENT_BYTES: usize = 4096;

/// The public half of `key`: a private or public key (PEM) or a `pkcs11:` URI, without using it:
/// `{"key_id","public_key","public_key_pem","schema":"ztp.keys.public/1","suite"}`.
///
/// The key id is the SHA-256 of its SubjectPublicKeyInfo: what people compare by telephone before they trust a key.
#[cfg(feature = "signer")]
pub fn keys_public(key: &[u8]) -> Outcome {
    crate::outcome::settle(|| {
        let public = if key.trim_ascii_start().starts_with(b"-----BEGIN PUBLIC KEY-----") {
            let pem = input::text("key", key).map_err(crate::outcome::failed)?;
            ztp_core::signature::PublicKey::from_spki_pem(pem).map_err(crate::outcome::failed)?
        } else {
            crate::signer::open(key)?.public_key().clone()
        };
        Ok(Outcome::object([
            ("key_id", public.key_id().to_string().into()),
            ("public_key", hex_encode(public.as_bytes()).into()),
            ("public_key_pem", public.to_spki_pem().into()),
            ("schema", "ztp.keys.public/1".into()),
            ("suite", public.suite().as_str().into()),
        ]))
    })
}
