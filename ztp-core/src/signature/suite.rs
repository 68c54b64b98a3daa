use std::fmt;
use std::str::FromStr;

use super::SignatureError;

/// A signature suite. A trusted key names its suite; a file never chooses one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// Ed25519 as in RFC 8032 §5.1 (pure, no context), under the strict rule of [`crate::signature`].
    Ed25519,
}

impl Suite {
    /// Every suite of this build.
    pub const ALL: &[Self] = &[Self::Ed25519];

    /// The name used in files and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
        }
    }

    /// Length of a public key, in bytes.
    #[must_use]
    pub const fn public_key_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 32,
        }
    }

    /// Length of a signature, in bytes.
    #[must_use]
    pub const fn signature_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 64,
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Suite {
    type Err = SignatureError;

    /// Reads the exact name.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|suite| suite.as_str() == name).ok_or(SignatureError::SuiteUnknown)
    }
}
