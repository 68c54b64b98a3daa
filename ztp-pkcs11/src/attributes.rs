//! What a token says about a key, and what a custody key must be.

use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::Session;

use crate::TokenError;

/// The attributes of a private key that custody rests on. All are the token's word; that they read back is a necessary
/// condition, not a proof that a device is behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyAttributes {
    /// CKA_SENSITIVE: the key cannot be read in the clear.
    pub sensitive: bool,
    /// CKA_ALWAYS_SENSITIVE: it never could.
    pub always_sensitive: bool,
    /// CKA_EXTRACTABLE: the key can leave the token wrapped.
    pub extractable: bool,
    /// CKA_NEVER_EXTRACTABLE: it never could.
    pub never_extractable: bool,
    /// CKA_LOCAL: the key was made in the token.
    pub local: bool,
    /// CKA_SIGN: the key may sign.
    pub sign: bool,
    /// Whether the key may also decrypt, unwrap or derive, which a signing key has no use for.
    pub other_uses: bool,
}

impl KeyAttributes {
    /// Asks the token.
    pub(crate) fn read(session: &Session, key: ObjectHandle) -> Result<Self, TokenError> {
        let flag = |kind: AttributeType, name: &'static str| {
            let found = flag(session, key, kind)?;
            found.ok_or(TokenError::AttributeMissing { attribute: name })
        };
        let use_of = |kind| Ok::<_, TokenError>(self::flag(session, key, kind)?.unwrap_or(false));
        Ok(Self {
            sensitive: flag(AttributeType::Sensitive, "CKA_SENSITIVE")?,
            always_sensitive: flag(AttributeType::AlwaysSensitive, "CKA_ALWAYS_SENSITIVE")?,
            extractable: flag(AttributeType::Extractable, "CKA_EXTRACTABLE")?,
            never_extractable: flag(AttributeType::NeverExtractable, "CKA_NEVER_EXTRACTABLE")?,
            local: flag(AttributeType::Local, "CKA_LOCAL")?,
            sign: flag(AttributeType::Sign, "CKA_SIGN")?,
            other_uses: use_of(AttributeType::Decrypt)?
                || use_of(AttributeType::Unwrap)?
                || use_of(AttributeType::Derive)?,
        })
    }

    /// Whether this is a key that never was outside of the token.
    ///
    /// # Errors
    /// [`TokenError::KeyExtractable`], [`TokenError::KeyNotSensitive`] or [`TokenError::KeyNotLocal`]; the first that
    /// applies.
    pub fn check_custody(&self) -> Result<(), TokenError> {
        if self.extractable || !self.never_extractable {
            // An imported key never was marked as never extractable; that it was imported says more.
            return Err(if self.extractable || self.local {
                TokenError::KeyExtractable
            } else {
                TokenError::KeyNotLocal
            });
        }
        if !self.sensitive || !self.always_sensitive {
            return Err(TokenError::KeyNotSensitive);
        }
        if !self.local {
            return Err(TokenError::KeyNotLocal);
        }
        Ok(())
    }
}

fn flag(session: &Session, key: ObjectHandle, kind: AttributeType) -> Result<Option<bool>, TokenError> {
    let found = session.get_attributes(key, &[kind])?;
    Ok(found.into_iter().find_map(|attribute| match attribute {
        Attribute::Sensitive(value)
        | Attribute::AlwaysSensitive(value)
        | Attribute::Extractable(value)
        | Attribute::NeverExtractable(value)
        | Attribute::Local(value)
        | Attribute::Sign(value)
        | Attribute::Decrypt(value)
        | Attribute::Unwrap(value)
        | Attribute::Derive(value) => Some(value),
        _ => None,
    }))
}
