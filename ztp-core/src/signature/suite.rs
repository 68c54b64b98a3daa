use std::fmt;
use std::str::FromStr;

use super::SignatureError;

/// A signature suite. A trusted key names its suite; a file never chooses one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// Ed25519 as in RFC 8032 §5.1 (pure, no context), under the strict rule of [`crate::signature`].
    Ed25519,
    /// The composite id-MLDSA65-Ed25519-SHA512 of draft-ietf-lamps-pq-composite-sigs: ML-DSA-65 (FIPS 204) and Ed25519
    /// over one message; both halves must hold.
    MlDsa65Ed25519,
    /// RSASSA-PSS (RFC 8017 §8.1) with SHA-384, MGF1 with SHA-384, a salt of exactly 48 bytes, a modulus of exactly 4096
    /// bits and the exponent 65537, for tokens that know no Ed25519.
    Rsa4096PssSha384,
}

impl Suite {
    /// Every suite of this build.
    pub const ALL: &[Self] = &[Self::Ed25519, Self::MlDsa65Ed25519, Self::Rsa4096PssSha384];

    /// The name used in files and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::MlDsa65Ed25519 => "mldsa65-ed25519",
            Self::Rsa4096PssSha384 => "rsa4096-pss-sha384",
        }
    }

    /// Length of a public key, in bytes: the Ed25519 point; the ML-DSA-65 key and the point behind it; the RSA modulus,
    /// big-endian.
    #[must_use]
    pub const fn public_key_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::MlDsa65Ed25519 => 1984,
            Self::Rsa4096PssSha384 => 512,
        }
    }

    /// Length of a signature, in bytes.
    #[must_use]
    pub const fn signature_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 64,
            Self::MlDsa65Ed25519 => 3373,
            Self::Rsa4096PssSha384 => 512,
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
