//! What is checked of an envelope, and in which order.

/// Declares the checks with their names.
macro_rules! checks {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal;)+) => {
        /// A check of an envelope. Which are made, and in which order they are reported, depends on the trust document:
        /// [`CHECKS_PINNED`] or [`CHECKS_CHAINED`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum CheckKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl CheckKind {
            /// Every check of both formats.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the verdict.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

checks! {
    /// The file is within the limit of the trust document.
    Size = "size";
    /// Every byte of the file is that of its canonical form.
    CanonicalForm = "canonical_form";
    /// The file has the three members of an envelope and no other.
    EnvelopeSchema = "envelope_schema";
    /// The signatures are well-formed, in order, and by different keys.
    SignatureList = "signature_list";
    /// The signing key is pinned. One for each signature.
    KeyPinned = "key_pinned";
    /// The signing key is not on the revocation list of the trust document. One for each signature.
    KeyNotRevoked = "key_not_revoked";
    /// The signing key is within its own validity. One for each signature.
    KeyWindow = "key_window";
    /// The signature holds over the exact bytes of the payload. One for each signature.
    Signature = "signature";
    /// As many keys signed as the trust document asks for.
    Threshold = "threshold";
    /// The payload has the members of a licence and no other, each within its bounds.
    PayloadSchema = "payload_schema";
    /// The revocation list of the envelope is not older than the one known, and does not contradict it.
    RevocationList = "revocation_list";
    /// The signing key is not on the revocation list of the envelope itself. One for each signature.
    KeyNotRevokedByEnvelope = "key_not_revoked_by_envelope";
    /// The signing key may license the product. One for each signature.
    KeyProduct = "key_product";
    /// The notes minted are within the limit of the signing key. One for each signature.
    KeyMintLimit = "key_mint_limit";
    /// The licence was not issued in the future.
    IssuedAt = "issued_at";
    /// The validity of the licence has begun.
    NotBefore = "not_before";
    /// The validity of the licence has not ended.
    NotAfter = "not_after";
    /// The licence is for this bench.
    Bench = "bench";
    /// The envelope carries roots, certificates and revocation list in their shape, a certificate for each signature.
    Chain = "chain";
    /// The roots of the envelope lead from the pinned one to the newest, each vouched for by the one before.
    RootChain = "root_chain";
    /// The newest root is valid now, and not older than one seen.
    RootCurrent = "root_current";
    /// The newest revocation list is signed by the root, and not older than one seen.
    RevocationCurrent = "revocation_current";
    /// The signing key has a certificate that the newest root signed. One for each signature.
    Certificate = "certificate";
    /// The newest revocation list revokes neither the certificate nor its key. One for each signature.
    CertificateNotRevoked = "certificate_not_revoked";
    /// The certificate is valid now. One for each signature.
    CertificateWindow = "certificate_window";
    /// Root and revocation list are as new as the licence asks for.
    ChainComplete = "chain_complete";
    /// The licence was issued while the certificate was valid. One for each signature.
    CertificateIssued = "certificate_issued";
    /// The certificate covers the product. One for each signature.
    CertificateProduct = "certificate_product";
    /// The certificate covers the notes minted. One for each signature.
    CertificateMint = "certificate_mint";
}

/// The checks of an envelope whose keys are pinned, in order.
pub const CHECKS_PINNED: &[CheckKind] = &[
    CheckKind::Size,
    CheckKind::CanonicalForm,
    CheckKind::EnvelopeSchema,
    CheckKind::SignatureList,
    CheckKind::KeyPinned,
    CheckKind::KeyNotRevoked,
    CheckKind::KeyWindow,
    CheckKind::Signature,
    CheckKind::Threshold,
    CheckKind::PayloadSchema,
    CheckKind::RevocationList,
    CheckKind::KeyNotRevokedByEnvelope,
    CheckKind::KeyProduct,
    CheckKind::KeyMintLimit,
    CheckKind::IssuedAt,
    CheckKind::NotBefore,
    CheckKind::NotAfter,
    CheckKind::Bench,
];

/// The checks of an envelope that carries certificates, in order.
pub const CHECKS_CHAINED: &[CheckKind] = &[
    CheckKind::Size,
    CheckKind::CanonicalForm,
    CheckKind::EnvelopeSchema,
    CheckKind::SignatureList,
    CheckKind::Chain,
    CheckKind::RootChain,
    CheckKind::RootCurrent,
    CheckKind::RevocationCurrent,
    CheckKind::Certificate,
    CheckKind::CertificateNotRevoked,
    CheckKind::CertificateWindow,
    CheckKind::Signature,
    CheckKind::Threshold,
    CheckKind::PayloadSchema,
    CheckKind::ChainComplete,
    CheckKind::CertificateIssued,
    CheckKind::CertificateProduct,
    CheckKind::CertificateMint,
    CheckKind::IssuedAt,
    CheckKind::NotBefore,
    CheckKind::NotAfter,
    CheckKind::Bench,
];

impl CheckKind {
    /// Whether the check is made once for each signature.
    pub(crate) const fn is_per_signature(self) -> bool {
        matches!(
            self,
            Self::KeyPinned
                | Self::KeyNotRevoked
                | Self::KeyWindow
                | Self::Signature
                | Self::KeyNotRevokedByEnvelope
                | Self::KeyProduct
                | Self::KeyMintLimit
                | Self::Certificate
                | Self::CertificateNotRevoked
                | Self::CertificateWindow
                | Self::CertificateIssued
                | Self::CertificateProduct
                | Self::CertificateMint
        )
    }

    /// The part of the envelope that the check is about.
    pub(crate) const fn subject(self) -> &'static str {
        match self {
            Self::Size | Self::CanonicalForm | Self::EnvelopeSchema => "envelope",
            Self::SignatureList | Self::Threshold => "envelope.signatures",
            Self::PayloadSchema => "payload",
            Self::RevocationList => "payload.revocation",
            Self::IssuedAt => "payload.issued_at",
            Self::NotBefore => "payload.not_before",
            Self::NotAfter => "payload.not_after",
            Self::Bench => "payload.bench",
            Self::Chain => "envelope.chain",
            Self::RootChain | Self::RootCurrent => "envelope.chain.roots",
            Self::RevocationCurrent => "envelope.chain.revocation",
            Self::Certificate
            | Self::CertificateNotRevoked
            | Self::CertificateWindow
            | Self::CertificateIssued
            | Self::CertificateProduct
            | Self::CertificateMint => "envelope.chain.certificates",
            Self::ChainComplete => "payload.root_version",
            _ => "envelope.signatures",
        }
    }
}
