use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use ztp_core::Coded;
use ztp_core::signature::{KeyError, SignatureError};

use crate::uri::UriError;

/// A token that does not give a key to sign with, or does not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The URI is not one of a key in a token.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// The PKCS#11 module cannot be loaded.
    #[error("pkcs#11 module {path} cannot be loaded: {reason}")]
    Module {
        /// The shared library.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// No token fits the URI.
    #[error("no token fits the uri; tokens there: {present}")]
    TokenMissing {
        /// The labels of the tokens that are there.
        present: String,
    },
    /// More than one token fits the URI.
    #[error("{found} tokens fit the uri; name one by its serial number")]
    TokenAmbiguous {
        /// How many fit.
        found: usize,
    },
    /// The PIN cannot be had.
    #[error("the pin cannot be read from {place}: {reason}")]
    Pin {
        /// The file.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// Others than its owner can read the PIN's file.
    #[error("the pin's file {place} can be read by others than its owner; chmod 600")]
    PinExposed {
        /// The file.
        place: String,
    },
    /// The token refused the PIN.
    #[error("the token refused the pin; it is not tried again")]
    PinWrong,
    /// The token is locked.
    #[error("the pin of the token is locked; the security officer must set a new one")]
    PinLocked,
    /// One wrong PIN would lock the token.
    #[error("one more wrong pin would lock the token; log in by the token's own tool first")]
    PinFinalTry,
    /// No private key fits the URI.
    #[error("no private key fits the uri; private keys there: {present}")]
    KeyMissing {
        /// The labels of the private keys that are there.
        present: String,
    },
    /// More than one private key fits the URI.
    #[error("{found} private keys fit the uri; name one by its id")]
    KeyAmbiguous {
        /// How many fit.
        found: usize,
    },
    /// A key of this name is there already.
    #[error("the token has a key of this name or id already")]
    KeyExists,
    /// The key is of no suite.
    #[error("the key is of no suite of this build: {reason}")]
    KeyType {
        /// What it is.
        reason: String,
    },
    /// The key may not sign.
    #[error("the key has not CKA_SIGN")]
    KeyNotForSigning,
    /// The key can leave the token.
    #[error("the key is extractable or was once; make one in the token that never was")]
    KeyExtractable,
    /// The key can be read in the clear.
    #[error("the key is not sensitive or was not always; make one in the token that always was")]
    KeyNotSensitive,
    /// The key was made elsewhere.
    #[error("the key was not made in the token; others may have copies")]
    KeyNotLocal,
    /// The token does not say what its key is.
    #[error("the token does not tell {attribute} of the key")]
    AttributeMissing {
        /// The attribute.
        attribute: &'static str,
    },
    /// The public key is in no form that is known.
    #[error("CKA_EC_POINT has {bytes} bytes and is no ed25519 point in raw, OCTET STRING or BIT STRING form")]
    EcPoint {
        /// Bytes found.
        bytes: usize,
    },
    /// The public key is refused.
    #[error("public key of the token: {0}")]
    PublicKey(#[from] KeyError),
    /// The token does not sign what it is asked to sign.
    #[error("the token's signature over a known message does not hold: {0}")]
    SelfTest(SignatureError),
    /// The key behind the URI is another one than before.
    #[error("after the session was lost the uri leads to another key")]
    KeyChanged,
    /// The session was lost, and opening a new one did not help.
    #[error("the session with the token was lost: {reason}; a new one did not help")]
    SessionLost {
        /// What the token said.
        reason: String,
    },
    /// The token said something else.
    #[error("{call}: {reason}")]
    Call {
        /// The function of PKCS#11.
        call: String,
        /// What the token said.
        reason: String,
    },
}

impl Coded for TokenError {
    fn code(&self) -> &'static str {
        match self {
            Self::Uri(error) => error.code(),
            Self::Module { .. } => "token_module",
            Self::TokenMissing { .. } => "token_missing",
            Self::TokenAmbiguous { .. } => "token_ambiguous",
            Self::Pin { .. } => "token_pin_source",
            Self::PinExposed { .. } => "token_pin_exposed",
            Self::PinWrong => "token_pin_wrong",
            Self::PinLocked => "token_pin_locked",
            Self::PinFinalTry => "token_pin_final_try",
            Self::KeyMissing { .. } => "token_key_missing",
            Self::KeyAmbiguous { .. } => "token_key_ambiguous",
            Self::KeyExists => "token_key_exists",
            Self::KeyType { .. } => "token_key_type",
            Self::KeyNotForSigning => "token_key_not_for_signing",
            Self::KeyExtractable => "token_key_extractable",
            Self::KeyNotSensitive => "token_key_not_sensitive",
            Self::KeyNotLocal => "token_key_not_local",
            Self::AttributeMissing { .. } => "token_attribute_missing",
            Self::EcPoint { .. } => "token_ec_point",
            Self::PublicKey(error) => error.code(),
            Self::SelfTest(_) => "token_self_test",
            Self::KeyChanged => "token_key_changed",
            Self::SessionLost { .. } => "token_session_lost",
            Self::Call { .. } => "token_call_failed",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Uri(error) => error.offset(),
            _ => None,
        }
    }
}

impl From<TokenError> for SignatureError {
    fn from(error: TokenError) -> Self {
        Self::Device { code: error.code(), reason: error.to_string() }
    }
}

/// What a call of PKCS#11 failed with, in our words.
impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        match error {
            Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => {
                Self::PinWrong
            }
            Error::Pkcs11(RvError::PinLocked, _) => Self::PinLocked,
            Error::Pkcs11(rv, function) => Self::call(rv, function),
            other => Self::Call { call: "pkcs#11".to_owned(), reason: other.to_string() },
        }
    }
}

impl TokenError {
    fn call(rv: RvError, function: Function) -> Self {
        // The names, without the essays that the library prints after them.
        Self::Call { call: format!("{function:?}"), reason: format!("{rv:?}") }
    }
}

/// Whether an error says that the session is gone, not that the request was wrong.
pub(crate) fn is_session_loss(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::SessionHandleInvalid
                | RvError::SessionClosed
                | RvError::UserNotLoggedIn
                | RvError::DeviceRemoved
                | RvError::DeviceError
                | RvError::TokenNotPresent
                | RvError::KeyHandleInvalid
                | RvError::ObjectHandleInvalid,
            _
        )
    )
}
