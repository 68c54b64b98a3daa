//! Verifier keys of C2SP signed notes, as one line of text.

use std::fmt;
use std::str::FromStr;

use crate::Coded;
use crate::digest::sha256_parts;
use crate::encoding::{EncodingError, base64_decode, base64_encode, hex_decode};
use crate::signature::{KeyError, PublicKey, Suite};
use crate::transfer::TransferDamage;

/// Longest key name, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// Type byte of an Ed25519 verifier key.
const TYPE_ED25519: u8 = 0x01;

/// A text that is not a verifier key, or a name that none can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifierKeyError {
    /// An editor or a transfer changed the text.
    #[error("verifier key: {0}")]
    Transfer(#[from] TransferDamage),
    /// The text does not have the three parts.
    #[error("verifier key is not of the form name+key id+base64")]
    Format,
    /// The name is not one a signed note can carry.
    #[error("key name must be 1 to 255 bytes without white space, control characters and plus")]
    Name,
    /// The key id or the key is not in strict hexadecimal or base64; the offset counts from the start of the line.
    #[error("verifier key: {0}")]
    Encoding(#[from] EncodingError),
    /// The key is of another type.
    #[error("verifier key is of type {found:#04x}, expected 0x01 (ed25519)")]
    KeyType {
        /// The type byte found.
        found: u8,
    },
    /// The key itself is refused.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key id is not the one of name and key.
    #[error("key id is {found:08x}, but name and key give {expected:08x}; a character was changed")]
    KeyIdMismatch {
        /// Key id computed.
        expected: u32,
        /// Key id in the text.
        found: u32,
    },
}

impl Coded for VerifierKeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::Transfer(damage) => damage.code(),
            Self::Format => "vkey_format",
            Self::Name => "vkey_name",
            Self::Encoding(error) => error.code(),
            Self::KeyType { .. } => "vkey_key_type",
            Self::Key(error) => error.code(),
            Self::KeyIdMismatch { .. } => "vkey_key_id_mismatch",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Transfer(damage) => damage.offset(),
            Self::Encoding(error) => error.offset(),
            _ => None,
        }
    }
}

/// A public key and the name under which it signs notes (C2SP signed-note, "Verifier keys").
///
/// ```
/// use ztp_core::vkey::{VerifierKey, VerifierKeyError};
///
/// let line = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
/// let key: VerifierKey = line.parse()?;
/// assert_eq!(key.name(), "example.com/foo");
/// assert_eq!(key.to_string(), line);
///
/// // The key id covers the name: a key cannot be passed off under another one.
/// let renamed = line.replace("foo", "bar").parse::<VerifierKey>();
/// assert!(matches!(renamed, Err(VerifierKeyError::KeyIdMismatch { .. })));
/// # Ok::<(), VerifierKeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierKey {
    name: String,
    key: PublicKey,
}

impl VerifierKey {
    /// Gives a key a name.
    ///
    /// # Errors
    /// [`VerifierKeyError::Name`] when the name is empty, longer than 255 bytes, or holds a white-space or control
    /// character or a plus; [`KeyError::Algorithm`] for a key of another suite than Ed25519.
    pub fn new(name: impl Into<String>, key: PublicKey) -> Result<Self, VerifierKeyError> {
        let name = name.into();
        if key.suite() != Suite::Ed25519 {
            return Err(KeyError::Algorithm.into());
        }
        if is_name(&name) { Ok(Self { name, key }) } else { Err(VerifierKeyError::Name) }
    }

    /// The name, which is the origin of the notes it signs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The C2SP key id: the first four bytes, big-endian, of SHA-256 over name, LF, type byte and key.
    #[must_use]
    pub fn key_hash(&self) -> u32 {
        let digest = sha256_parts(&[self.name.as_bytes(), b"\n", &[TYPE_ED25519], self.key.as_bytes()]);
        let [a, b, c, d, ..] = *digest.as_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}

/// Whether a signed note can carry this key name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let refused = |character: char| character.is_whitespace() || character.is_control() || character == '+';
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(refused)
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        TransferDamage::check(line.as_bytes())?;
        let (name, rest) = line.split_once('+').ok_or(VerifierKeyError::Format)?;
        let (id, key) = rest.split_once('+').ok_or(VerifierKeyError::Format)?;
        if !is_name(name) {
            return Err(VerifierKeyError::Name);
        }
        let in_line = |part: usize| move |offset: usize| offset + part;
        let id_at = name.len() + 1;
        let found = hex_decode::<4>(id).map_err(|error| error.map_offset(in_line(id_at)))?;
        let key = base64_decode(key).map_err(|error| error.map_offset(in_line(id_at + id.len() + 1)))?;
        let (&key_type, key) = key.split_first().ok_or(VerifierKeyError::Format)?;
        if key_type != TYPE_ED25519 {
            return Err(VerifierKeyError::KeyType { found: key_type });
        }
        let key = Self::new(name, PublicKey::from_bytes(key)?)?;
        let (expected, found) = (key.key_hash(), u32::from_be_bytes(found));
        if expected == found { Ok(key) } else { Err(VerifierKeyError::KeyIdMismatch { expected, found }) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [[TYPE_ED25519].as_slice(), self.key.as_bytes()].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.key_hash(), base64_encode(&key))
    }
}
