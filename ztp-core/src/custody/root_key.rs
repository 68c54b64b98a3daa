//! One key of a root, as roots list it and signatures are judged by it.

use super::{CustodyError, member};
use crate::canonical::Value;
use crate::digest::Digest;
use crate::schema::Fields;
use crate::signature::PublicKey;

/// One key of a root.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RootKey {
    /// SHA-256 of the key's SubjectPublicKeyInfo.
    pub key_id: Digest,
    /// The key; it fixes the suite of its signatures.
    pub public_key: PublicKey,
}

impl RootKey {
    pub(super) fn read(value: &Value, path: String) -> Result<Self, CustodyError> {
        let mut fields = Fields::open(value, path)?;
        let (key_id, public_key) = member::public_key(&mut fields)?;
        fields.finish()?;
        Ok(Self { key_id, public_key })
    }
}
