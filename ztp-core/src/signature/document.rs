//! Signatures over documents: a signature names what it is for.

use super::{PublicKey, SignatureError, Signer, verify};
use crate::digest::sha512;
use crate::encoding::hex_encode;

/// Longest purpose, in bytes.
pub const PURPOSE_BYTES_MAX: usize = 40;

/// First line of every encoding, which no other signed text of ZTP starts with.
const PREFIX: &str = "ztp-pae-v1";

/// The pre-authentication encoding of a payload for a purpose: the bytes that are signed.
///
/// Four lines, each ended by one LF: `ztp-pae-v1`, the purpose, the payload's length in decimal, its SHA-512 in
/// lower-case hexadecimal. A signature for one purpose can so never serve another, and what is signed stays within 200
/// bytes for payloads below 10^18 bytes, under the message limit of every signing device. The same bytes come from
/// `printf 'ztp-pae-v1\n%s\n%d\n%s\n' PURPOSE "$(wc -c < FILE)" "$(sha512sum < FILE | cut -d' ' -f1)"`.
///
/// # Errors
/// [`SignatureError::Purpose`] unless the purpose is 1 to 40 bytes of `a-z 0-9 . / -`.
pub fn pae(purpose: &str, payload: &[u8]) -> Result<Vec<u8>, SignatureError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"./-".contains(&byte);
    if purpose.is_empty() || purpose.len() > PURPOSE_BYTES_MAX || !purpose.bytes().all(allowed) {
        return Err(SignatureError::Purpose);
    }
    let digest = hex_encode(&sha512(payload));
    Ok(format!("{PREFIX}\n{purpose}\n{}\n{digest}\n", payload.len()).into_bytes())
}

/// Signs a payload for a purpose.
///
/// The signature is verified before it is returned, so that a faulty or misconfigured signer is found here and not at
/// the customer's.
///
/// # Errors
/// [`SignatureError::Purpose`], what the signer reports, or [`SignatureError::SelfCheck`].
pub fn sign_document(signer: &dyn Signer, purpose: &str, payload: &[u8]) -> Result<Vec<u8>, SignatureError> {
    let message = pae(purpose, payload)?;
    let signature = signer.sign(&message)?;
    verify(signer.public_key(), &message, &signature).map_err(|_| SignatureError::SelfCheck)?;
    Ok(signature)
}

/// Verifies a signature over the exact bytes of a payload for a purpose.
///
/// # Errors
/// [`SignatureError::Purpose`], or as [`verify`].
pub fn verify_document(
    key: &PublicKey,
    purpose: &str,
    payload: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    verify(key, &pae(purpose, payload)?, signature)
}
