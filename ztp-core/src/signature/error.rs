use crate::Coded;
use crate::encoding::EncodingError;

/// A key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The hexadecimal or base64 text of the key is not strict.
    #[error("key text: {0}")]
    Encoding(#[from] EncodingError),
    /// The PEM text has no well-formed BEGIN line, body and END line.
    #[error("pem text is not framed as RFC 7468 says, at offset {offset}")]
    PemFraming {
        /// Byte offset of the line that is wrong.
        offset: usize,
    },
    /// The PEM block is of another kind.
    #[error("pem block is not a {expected} block")]
    PemLabel {
        /// The label expected.
        expected: &'static str,
    },
    /// There is a second PEM block.
    #[error("pem text holds a second block at offset {offset}; give one key in one file")]
    PemSeveralBlocks {
        /// Byte offset of the second BEGIN line.
        offset: usize,
    },
    /// There is text before or after the block.
    #[error("text outside the pem block at offset {offset}; remove it")]
    PemOutsideText {
        /// Byte offset of the first byte outside.
        offset: usize,
    },
    /// The DER is not the structure of its algorithm.
    #[error("key is not the der structure of its algorithm, at der offset {offset}")]
    DerMalformed {
        /// Offset into the decoded DER.
        offset: usize,
    },
    /// The key is of an algorithm that no suite has, or of another suite than the one needed here.
    #[error("key is of another algorithm than expected here")]
    Algorithm,
    /// Bytes follow the DER structure.
    #[error("bytes follow the key at der offset {offset}")]
    DerTrailingBytes {
        /// Offset into the decoded DER.
        offset: usize,
    },
    /// The public key stored beside the private key belongs to another one.
    #[error("public key stored with the private key does not belong to it; do not use this key")]
    PairMismatch,
    /// The public key has the wrong length.
    #[error("public key has {found} bytes, expected {expected}")]
    PublicKeyLength {
        /// Bytes of the suite.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// The y coordinate is not below p.
    #[error("y coordinate of the public key is not reduced modulo p")]
    PublicKeyNotCanonical,
    /// The key is one of the 14 low-order encodings, under which some signature verifies for any message.
    #[error("public key is one of the 14 low-order encodings")]
    PublicKeyLowOrder,
    /// No point of the curve has this y coordinate.
    #[error("public key is not a point of the curve")]
    PublicKeyNotOnCurve,
    /// The RSA modulus is even or does not have exactly 4096 bits.
    #[error("rsa modulus is not an odd number of exactly 4096 bits")]
    PublicKeyRsaModulus,
    /// The RSA exponent is another than 65537.
    #[error("rsa exponent is another than 65537")]
    PublicKeyRsaExponent,
}

impl Coded for KeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::Encoding(error) => error.code(),
            Self::PemFraming { .. } => "pem_framing",
            Self::PemLabel { .. } => "pem_label",
            Self::PemSeveralBlocks { .. } => "pem_several_blocks",
            Self::PemOutsideText { .. } => "pem_outside_text",
            Self::DerMalformed { .. } => "key_der_malformed",
            Self::Algorithm => "key_algorithm",
            Self::DerTrailingBytes { .. } => "key_der_trailing_bytes",
            Self::PairMismatch => "key_pair_mismatch",
            Self::PublicKeyLength { .. } => "public_key_length",
            Self::PublicKeyNotCanonical => "public_key_not_canonical",
            Self::PublicKeyLowOrder => "public_key_low_order",
            Self::PublicKeyNotOnCurve => "public_key_not_on_curve",
            Self::PublicKeyRsaModulus => "public_key_rsa_modulus",
            Self::PublicKeyRsaExponent => "public_key_rsa_exponent",
        }
    }

    fn offset(&self) -> Option<u64> {
        match *self {
            Self::Encoding(ref error) => error.offset(),
            Self::PemFraming { offset }
            | Self::PemSeveralBlocks { offset }
            | Self::PemOutsideText { offset }
            | Self::DerMalformed { offset }
            | Self::DerTrailingBytes { offset } => u64::try_from(offset).ok(),
            _ => None,
        }
    }
}

/// A signature that was not made or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No suite of this build has the name given.
    #[error("signature suite is unknown; this build knows ed25519, mldsa65-ed25519 and rsa4096-pss-sha384")]
    SuiteUnknown,
    /// The signature has the wrong length.
    #[error("signature has {found} bytes, expected {expected}")]
    Length {
        /// Bytes of the suite.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// S is not below the group order: a second signature made from a first without the key.
    #[error("scalar s of the signature is not below the group order")]
    ScalarRange,
    /// The y coordinate of R is not below p.
    #[error("y coordinate of the signature's point is not reduced modulo p")]
    PointNotCanonical,
    /// R is one of the 14 low-order encodings.
    #[error("the signature's point is one of the 14 low-order encodings")]
    PointLowOrder,
    /// The verification equation does not hold, or R is not a point of the curve.
    #[error("signature does not match key and message")]
    Mismatch,
    /// The signature is one of Ed25519ph (RFC 8032 §5.1, prehashed), which is another algorithm.
    #[error(
        "signature is one of ed25519ph, not of ed25519; have the message signed as it is, not its digest"
    )]
    Prehashed,
    /// A composite signature has the length of one of its halves.
    #[error("signature is only one half of a composite; both must be there")]
    HalfMissing,
    /// The halves of a composite signature stand in the other order.
    #[error("the halves of the composite signature stand in the wrong order; ml-dsa comes first")]
    HalvesSwapped,
    /// The ML-DSA half of a composite signature does not hold; the Ed25519 half does.
    #[error("the ml-dsa half does not match key and message, though the ed25519 half does")]
    MlDsaMismatch,
    /// The Ed25519 half of a composite signature does not hold; the ML-DSA half does.
    #[error("the ed25519 half does not match key and message, though the ml-dsa half does")]
    Ed25519Mismatch,
    /// The signature is one of RSASSA-PSS with another salt length.
    #[error("signature has a salt of another length than 48 bytes")]
    SaltLength,
    /// The RSA signature is not below the modulus: a second signature made from a first without the key.
    #[error("rsa signature is not below the modulus")]
    RepresentativeRange,
    /// The signing purpose is not allowed.
    #[error("signing purpose must be 1 to 40 characters of a-z 0-9 . / -")]
    Purpose,
    /// The device or service that holds the key did not sign.
    #[error("signer failed: {reason}")]
    SignerFailed {
        /// What the signer said, without secrets.
        reason: String,
    },
    /// A device or service did not sign, and says why in its own terms.
    #[error("{reason}")]
    Device {
        /// The code of the device's error.
        code: &'static str,
        /// What the device said, without secrets.
        reason: String,
    },
    /// The signer returned something that does not verify under its own public key.
    #[error("signature made does not verify under the signer's own public key; do not use it")]
    SelfCheck,
}

impl Coded for SignatureError {
    fn code(&self) -> &'static str {
        match self {
            Self::Key(error) => error.code(),
            Self::SuiteUnknown => "signature_suite_unknown",
            Self::Length { .. } => "signature_length",
            Self::ScalarRange => "signature_scalar_range",
            Self::PointNotCanonical => "signature_point_not_canonical",
            Self::PointLowOrder => "signature_point_low_order",
            Self::Mismatch => "signature_mismatch",
            Self::Prehashed => "signature_prehashed",
            Self::HalfMissing => "signature_half_missing",
            Self::HalvesSwapped => "signature_halves_swapped",
            Self::MlDsaMismatch => "signature_mldsa_mismatch",
            Self::Ed25519Mismatch => "signature_ed25519_mismatch",
            Self::SaltLength => "signature_salt_length",
            Self::RepresentativeRange => "signature_representative_range",
            Self::Purpose => "signature_purpose",
            Self::SignerFailed { .. } => "signature_signer_failed",
            Self::Device { code, .. } => code,
            Self::SelfCheck => "signature_self_check",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Key(error) => error.offset(),
            _ => None,
        }
    }
}
