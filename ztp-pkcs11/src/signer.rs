//! A key in a token as a signer.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::types::AuthPin;
use ztp_core::signature::{KeyError, PublicKey, SignatureError, Signer, Suite};

use crate::TokenError;
use crate::attributes::KeyAttributes;
use crate::error::is_session_loss;
use crate::mechanism::mechanism;
use crate::point::ed25519_point;
use crate::self_test::{self, SelfTest};
use crate::session::{Token, bytes, label, pin, private_key};
use crate::uri::TokenUri;

/// CKA_EC_PARAMS of Ed25519: the OBJECT IDENTIFIER 1.3.101.112.
pub(crate) const ED25519_OID: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

/// CKA_EC_PARAMS of Ed25519: the PrintableString `edwards25519`.
const ED25519_NAME: &[u8] = b"\x13\x0cedwards25519";

/// A private key in a token.
///
/// The session stays open as long as the signer. When the token loses it, one new session is opened, and the key must be
/// the same one.
pub struct TokenSigner {
    uri: TokenUri,
    token: Token,
    pin: Option<AuthPin>,
    open: Mutex<Open>,
    public: PublicKey,
    report: TokenReport,
}

/// A session and the key in it.
struct Open {
    session: Session,
    key: ObjectHandle,
}

/// What a ceremony writes down about a key: the token's word for where it is and how it is kept, and what it did with a
/// known message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenReport {
    /// Label of the token.
    pub token: String,
    /// Its manufacturer.
    pub manufacturer: String,
    /// Its model.
    pub model: String,
    /// Its serial number.
    pub serial: String,
    /// Label of the key.
    pub object: String,
    /// CKA_ID of the key.
    pub id: Vec<u8>,
    /// The attributes that custody rests on.
    pub attributes: KeyAttributes,
    /// Whether they are those of a custody key. False only where the URI allowed it.
    pub custody: bool,
    /// What the token did with a known message.
    pub self_test: SelfTest,
}

impl TokenSigner {
    /// Opens the key, holds it to the demands on a custody key and has it sign a known message.
    ///
    /// # Errors
    /// The [`TokenError`] of the first thing wrong.
    pub fn open(uri: &TokenUri) -> Result<Self, TokenError> {
        let token = Token::find(uri)?;
        let pin = pin(uri.pin.as_ref())?;
        let session = token.session(pin.as_ref(), false)?;
        let key = private_key(&session, uri)?;
        let attributes = KeyAttributes::read(&session, key)?;
        if !attributes.sign {
            return Err(TokenError::KeyNotForSigning);
        }
        let custody = match attributes.check_custody() {
            Ok(()) => true,
            Err(_) if uri.allow_imported => false,
            Err(error) => return Err(error),
        };
        let public = public_key(&session, key)?;
        let self_test = self_test::run(&session, key, &public)?;
        let report = TokenReport {
            token: token.info.label().to_owned(),
            manufacturer: token.info.manufacturer_id().to_owned(),
            model: token.info.model().to_owned(),
            serial: token.info.serial_number().to_owned(),
            object: label(&session, key)?.unwrap_or_default(),
            id: bytes(&session, key, AttributeType::Id)?.unwrap_or_default(),
            attributes,
            custody,
            self_test,
        };
        let open = Mutex::new(Open { session, key });
        Ok(Self { uri: uri.clone(), token, pin, open, public, report })
    }

    /// What was found out about the key when it was opened.
    #[must_use]
    pub const fn report(&self) -> &TokenReport {
        &self.report
    }

    /// Signs; after a lost session once more, in a new one.
    fn sign_by_token(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        // What a thread that panicked left behind is a session, which the next call finds usable or lost.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mechanism = mechanism(self.public.suite())?;
        match open.session.sign(&mechanism, open.key, message) {
            Ok(signature) => return Ok(signature),
            Err(error) if is_session_loss(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let session = self.token.session(self.pin.as_ref(), false)?;
        let key = private_key(&session, &self.uri)?;
        if public_key(&session, key)? != self.public {
            return Err(TokenError::KeyChanged);
        }
        *open = Open { session, key };
        open.session.sign(&mechanism, open.key, message).map_err(|error| {
            if is_session_loss(&error) {
                TokenError::SessionLost { reason: TokenError::from(error).to_string() }
            } else {
                error.into()
            }
        })
    }
}

impl Signer for TokenSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.sign_by_token(message).map_err(Into::into)
    }
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigner")
            .field("report", &self.report)
            .field("key_id", &self.public.key_id())
            .finish_non_exhaustive()
    }
}

/// The public key that belongs to a private key in a token.
fn public_key(session: &Session, key: ObjectHandle) -> Result<PublicKey, TokenError> {
    let found = session.get_attributes(key, &[AttributeType::KeyType])?;
    let kind = found.into_iter().find_map(|attribute| match attribute {
        Attribute::KeyType(kind) => Some(kind),
        _ => None,
    });
    match kind {
        Some(KeyType::EC_EDWARDS) => edwards(session, key),
        Some(KeyType::RSA) => rsa(session, key),
        Some(other) => Err(TokenError::KeyType { reason: format!("{other}") }),
        None => Err(TokenError::AttributeMissing { attribute: "CKA_KEY_TYPE" }),
    }
}

fn edwards(session: &Session, key: ObjectHandle) -> Result<PublicKey, TokenError> {
    let curve = either(session, key, AttributeType::EcParams)?;
    let curve = curve.ok_or(TokenError::AttributeMissing { attribute: "CKA_EC_PARAMS" })?;
    if curve != ED25519_OID && curve != ED25519_NAME {
        return Err(TokenError::KeyType { reason: "an edwards curve other than ed25519".to_owned() });
    }
    let point = either(session, key, AttributeType::EcPoint)?;
    let point = point.ok_or(TokenError::AttributeMissing { attribute: "CKA_EC_POINT" })?;
    Ok(PublicKey::from_bytes(&ed25519_point(&point)?)?)
}

fn rsa(session: &Session, key: ObjectHandle) -> Result<PublicKey, TokenError> {
    let exponent = either(session, key, AttributeType::PublicExponent)?;
    let exponent = exponent.ok_or(TokenError::AttributeMissing { attribute: "CKA_PUBLIC_EXPONENT" })?;
    let significant = exponent.iter().position(|&byte| byte != 0).and_then(|at| exponent.get(at..));
    if significant != Some(&[0x01, 0x00, 0x01]) {
        return Err(KeyError::PublicKeyRsaExponent.into());
    }
    let modulus = either(session, key, AttributeType::Modulus)?;
    let modulus = modulus.ok_or(TokenError::AttributeMissing { attribute: "CKA_MODULUS" })?;
    let modulus = modulus.strip_prefix(&[0]).unwrap_or(&modulus);
    let suite = Suite::Rsa4096PssSha384;
    if modulus.len() != suite.public_key_bytes() {
        return Err(KeyError::PublicKeyRsaModulus.into());
    }
    Ok(PublicKey::from_suite_bytes(suite, modulus)?)
}

/// An attribute of the private key or, where the token keeps it there only, of the public key with the same CKA_ID.
fn either(session: &Session, key: ObjectHandle, kind: AttributeType) -> Result<Option<Vec<u8>>, TokenError> {
    if let Some(found) = bytes(session, key, kind)? {
        return Ok(Some(found));
    }
    let Some(id) = bytes(session, key, AttributeType::Id)? else { return Ok(None) };
    let public = session.find_objects(&[Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id)])?;
    match public.as_slice() {
        [public] => bytes(session, *public, kind),
        [] => Ok(None),
        several => Err(TokenError::KeyAmbiguous { found: several.len() }),
    }
}
