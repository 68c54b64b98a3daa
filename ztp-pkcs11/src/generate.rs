//! A new key, made in the token.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use ztp_core::digest::sha256;
use ztp_core::signature::Suite;

use crate::TokenError;
use crate::session::{Token, pin};
use crate::signer::{ED25519_OID, TokenSigner};
use crate::uri::TokenUri;

/// Bytes of a CKA_ID that is made from the label.
const ID_BYTES: usize = 8;

/// Makes a key pair in the token under the URI's label and id: sensitive, never extractable, for signing only. The id is
/// made from the label if the URI has none. The new key is opened as [`TokenSigner::open`] does.
///
/// # Errors
/// [`TokenError::KeyExists`], [`TokenError::KeyType`] for a suite that tokens do not make, or as [`TokenSigner::open`].
pub fn generate(uri: &TokenUri, suite: Suite) -> Result<TokenSigner, TokenError> {
    let token = Token::find(uri)?;
    let session = token.session(pin(uri.pin.as_ref())?.as_ref(), true)?;
    let label = uri.object.clone().unwrap_or_default();
    let digest = sha256(label.as_bytes());
    let id = uri.id.clone().unwrap_or_else(|| digest.as_bytes().iter().take(ID_BYTES).copied().collect());
    // A key of this label or of this id would make the new one ambiguous.
    for name in [Attribute::Label(label.as_bytes().to_vec()), Attribute::Id(id.clone())] {
        if !session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), name])?.is_empty() {
            return Err(TokenError::KeyExists);
        }
    }
    let both = [Attribute::Token(true), Attribute::Label(label.into_bytes()), Attribute::Id(id.clone())];
    let private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
    ];
    let (mechanism, public) = match suite {
        Suite::Ed25519 => (
            Mechanism::EccEdwardsKeyPairGen,
            vec![Attribute::EcParams(ED25519_OID.to_vec()), Attribute::Verify(true)],
        ),
        Suite::Rsa4096PssSha384 => (
            Mechanism::RsaPkcsKeyPairGen,
            vec![
                Attribute::ModulusBits(4096.into()),
                Attribute::PublicExponent(vec![0x01, 0x00, 0x01]),
                Attribute::Verify(true),
                Attribute::Encrypt(false),
                Attribute::Wrap(false),
            ],
        ),
        other => return Err(TokenError::KeyType { reason: format!("tokens make no {other} keys") }),
    };
    let public: Vec<Attribute> = public.into_iter().chain(both.clone()).collect();
    let private: Vec<Attribute> = private.into_iter().chain(both).collect();
    session.generate_key_pair(&mechanism, &public, &private)?;
    let named = TokenUri { id: Some(id), ..uri.clone() };
    TokenSigner::open(&named)
}
