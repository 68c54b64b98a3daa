use crate::Coded;
use crate::canonical::CanonicalError;
use crate::digest::Digest;
use crate::encoding::EncodingError;
use crate::schema::{SchemaError, SchemaErrorKind};
use crate::signature::{KeyError, SignatureError, Suite};
use crate::time::{Timestamp, TimestampError};

/// A root, certificate or revocation list that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {kind}")]
pub struct CustodyError {
    /// The member at fault, such as `root.keys[2].key_id`, or the document.
    pub path: String,
    /// What is wrong with it.
    pub kind: CustodyErrorKind,
}

/// What is wrong with a root, certificate or revocation list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CustodyErrorKind {
    /// The document is larger than any of its kind.
    #[error("document has {bytes} bytes, the limit is {bytes_max}")]
    TooLarge {
        /// Size found.
        bytes: usize,
        /// Limit that applies.
        bytes_max: usize,
    },
    /// The bytes are not canonical JSON.
    #[error("{0}; carry the file again from its source, do not edit it by hand")]
    Canonical(CanonicalError),
    /// A member is missing, unknown or of another type.
    #[error("{0}")]
    Schema(SchemaErrorKind),
    /// The document is of another format or version.
    #[error("expected {expected}")]
    SchemaName {
        /// The format expected.
        expected: &'static str,
    },
    /// A text is not strict hexadecimal or base64.
    #[error("{0}")]
    Text(EncodingError),
    /// A text is not a timestamp.
    #[error("{0}")]
    Timestamp(TimestampError),
    /// A name is not of the form `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
    #[error("expected 1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit")]
    Identifier,
    /// An integer is outside the range of its member.
    #[error("expected an integer from {min} to {max}")]
    Range {
        /// Smallest value allowed.
        min: u64,
        /// Largest value allowed.
        max: u64,
    },
    /// A list holds fewer or more items than allowed.
    #[error("expected {min} to {max} items")]
    ListLength {
        /// Fewest items allowed.
        min: usize,
        /// Most items allowed.
        max: usize,
    },
    /// An item sorts before the one in front of it.
    #[error("the item belongs before the one in front of it")]
    ListOrder,
    /// An item is there twice.
    #[error("the item is there already")]
    ListRepeated,
    /// A validity window ends before it begins.
    #[error("not_after is earlier than not_before or issued_at")]
    WindowReversed,
    /// A certificate names a usage that this build does not know.
    #[error("usage is unknown; this build knows licence and mint")]
    Usage,
    /// A public key cannot be used.
    #[error("{0}")]
    Key(KeyError),
    /// The suite named beside a key is unknown.
    #[error("{0}")]
    Suite(SignatureError),
    /// The suite named beside a key is not the key's.
    #[error("the public key is of the suite {expected}")]
    KeySuite {
        /// The suite of the key.
        expected: Suite,
    },
    /// The key id named beside a key is not the key's.
    #[error("the public key has the key id {expected}")]
    KeyId {
        /// The key id computed.
        expected: Digest,
    },
    /// The threshold of a root is above the number of its keys.
    #[error("threshold is {threshold}, but there are only {keys} keys")]
    RootThreshold {
        /// Signatures asked for.
        threshold: usize,
        /// Keys of the root.
        keys: usize,
    },
    /// Two keys of a root are one key, or share a half.
    #[error("the key shares a half with another key of the root, so that one holder would count as two")]
    RootSharedKey,
    /// A key signed twice.
    #[error("the key signed already; each key counts once")]
    KeyCountedTwice,
    /// A signature is by a key that has no say.
    #[error("signed by key {key_id}, which is no key of the root")]
    SignerUnknown {
        /// The key named.
        key_id: Digest,
    },
    /// A signature does not hold.
    #[error("{0}")]
    Signature(SignatureError),
    /// Fewer root keys signed than the root asks for.
    #[error("signed by {found} root keys, {required} are required")]
    TooFewSignatures {
        /// Signatures asked for.
        required: usize,
        /// Signatures that hold.
        found: usize,
    },
    /// Fewer keys of the root before signed than it asks for.
    #[error("signed by {found} keys of root {version}, {required} are required")]
    RootOldThreshold {
        /// Version of the root before.
        version: u64,
        /// Signatures asked for.
        required: usize,
        /// Signatures that hold.
        found: usize,
    },
    /// Fewer of the root's own keys signed than it asks for.
    #[error("signed by {found} of the new root's own keys, {required} are required")]
    RootNewThreshold {
        /// Signatures asked for.
        required: usize,
        /// Signatures that hold.
        found: usize,
    },
    /// A root does not follow the one before.
    #[error("root has version {found}, {expected} must come next")]
    RootVersion {
        /// Version that must come next.
        expected: u64,
        /// Version found.
        found: u64,
    },
    /// The newest root is no longer valid.
    #[error("root expired after {not_after}")]
    RootExpired {
        /// End of its validity.
        not_after: Timestamp,
    },
    /// The root is older than one that was seen.
    #[error("newest root has version {found}, version {seen} was seen already")]
    RootRollback {
        /// Version found.
        found: u64,
        /// Version seen.
        seen: u64,
    },
    /// Two roots have one version.
    #[error("root of version {version} differs from the one seen already")]
    RootConflict {
        /// The version of both.
        version: u64,
    },
    /// The validity of a certificate has not begun.
    #[error("certificate is not valid before {not_before}")]
    CertificateNotYetValid {
        /// Begin of its validity.
        not_before: Timestamp,
    },
    /// The validity of a certificate is over.
    #[error("certificate expired after {not_after}")]
    CertificateExpired {
        /// End of its validity.
        not_after: Timestamp,
    },
    /// The certificate or its key was revoked.
    #[error("certificate {serial} is revoked by list {version}")]
    CertificateRevoked {
        /// Serial number of the certificate.
        serial: u64,
        /// Version of the list.
        version: u64,
    },
    /// The certificate does not allow what was signed.
    #[error("certificate does not allow to sign what mints notes")]
    CertificateUsage,
    /// The certificate is for other products.
    #[error("certificate does not cover product {product}")]
    CertificateProduct {
        /// The product licensed.
        product: String,
    },
    /// The certificate does not cover a class of notes.
    #[error("certificate does not cover notes of class {class}")]
    CertificateClass {
        /// The class minted.
        class: String,
    },
    /// More notes of a class than the certificate covers.
    #[error("notes of class {class} add up to {total}, the certificate covers {max}")]
    CertificateClassLimit {
        /// The class minted.
        class: String,
        /// Its total.
        total: u64,
        /// Most that the certificate covers.
        max: u64,
    },
    /// More notes in all than the certificate covers.
    #[error("notes add up to {total}, the certificate covers {max}")]
    CertificateTotalLimit {
        /// Total over all classes.
        total: u64,
        /// Most that the certificate covers.
        max: u64,
    },
    /// Something was issued while the certificate was not valid.
    #[error("issued at {issued_at}, outside the validity of the certificate")]
    CertificateIssuedOutside {
        /// Time of issue.
        issued_at: Timestamp,
    },
    /// A root key was certified: it would sign from a token that is not kept like a root's.
    #[error("certificate is for a key of the root itself, or for one that shares a half with it")]
    CertificateOfRootKey,
    /// The revocation list is older than one that was seen.
    #[error("revocation list has version {found}, version {seen} was seen already")]
    RevocationRollback {
        /// Version found.
        found: u64,
        /// Version seen.
        seen: u64,
    },
    /// Two revocation lists have one version.
    #[error("revocation list of version {version} differs from the one seen already")]
    RevocationConflict {
        /// The version of both.
        version: u64,
    },
    /// A later list lacks what an earlier one revoked.
    #[error("revocation list {version} lacks an entry of list {seen}; what was revoked never comes back")]
    RevocationShrunk {
        /// Version of the later list.
        version: u64,
        /// Version of the earlier list.
        seen: u64,
    },
    /// A step of a transcript is not what must stand there.
    #[error("{reason}")]
    TranscriptStep {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A key that signed the document did not sign the transcript.
    #[error("key {key_id} signed the document, but not this account of how it was made")]
    TranscriptUnsigned {
        /// The key.
        key_id: Digest,
    },
    /// The document is not the one that the transcript is about.
    #[error("the document is not the one whose making is recorded, or other keys signed it")]
    TranscriptDocument,
    /// A key of the root was not shown.
    #[error("key {key_id} of the root was not shown at the ceremony")]
    TranscriptKeyMissing {
        /// The key.
        key_id: Digest,
    },
    /// A key was not one that never left its token.
    #[error("the key of {holder} is in a file, or its token does not say that it never was outside")]
    TranscriptKeyOutside {
        /// Whose key.
        holder: String,
    },
}

impl CustodyErrorKind {
    /// The error at a place.
    pub(super) fn at(self, path: impl Into<String>) -> CustodyError {
        CustodyError { path: path.into(), kind: self }
    }
}

impl From<SchemaError> for CustodyError {
    fn from(error: SchemaError) -> Self {
        Self { path: error.path, kind: CustodyErrorKind::Schema(error.kind) }
    }
}

impl Coded for CustodyError {
    fn code(&self) -> &'static str {
        match &self.kind {
            CustodyErrorKind::TooLarge { .. } => "custody_too_large",
            CustodyErrorKind::Canonical(error) => error.code(),
            CustodyErrorKind::Schema(kind) => kind.code(),
            CustodyErrorKind::SchemaName { .. } => "custody_schema_name",
            CustodyErrorKind::Text(error) => error.code(),
            CustodyErrorKind::Timestamp(error) => error.code(),
            CustodyErrorKind::Identifier => "custody_identifier",
            CustodyErrorKind::Range { .. } => "custody_range",
            CustodyErrorKind::ListLength { .. } => "custody_list_length",
            CustodyErrorKind::ListOrder => "custody_list_order",
            CustodyErrorKind::ListRepeated => "custody_list_repeated",
            CustodyErrorKind::WindowReversed => "custody_window_reversed",
            CustodyErrorKind::Usage => "custody_usage_unknown",
            CustodyErrorKind::Key(error) => error.code(),
            CustodyErrorKind::Suite(error) | CustodyErrorKind::Signature(error) => error.code(),
            CustodyErrorKind::KeySuite { .. } => "custody_key_suite",
            CustodyErrorKind::KeyId { .. } => "custody_key_id",
            CustodyErrorKind::RootThreshold { .. } => "custody_root_threshold",
            CustodyErrorKind::RootSharedKey => "custody_root_shared_key",
            CustodyErrorKind::KeyCountedTwice => "custody_key_counted_twice",
            CustodyErrorKind::SignerUnknown { .. } => "custody_signer_unknown",
            CustodyErrorKind::TooFewSignatures { .. } => "custody_too_few_signatures",
            CustodyErrorKind::RootOldThreshold { .. } => "custody_root_old_threshold",
            CustodyErrorKind::RootNewThreshold { .. } => "custody_root_new_threshold",
            CustodyErrorKind::RootVersion { .. } => "custody_root_version",
            CustodyErrorKind::RootExpired { .. } => "custody_root_expired",
            CustodyErrorKind::RootRollback { .. } => "custody_root_rollback",
            CustodyErrorKind::RootConflict { .. } => "custody_root_conflict",
            CustodyErrorKind::CertificateNotYetValid { .. } => "custody_certificate_not_yet_valid",
            CustodyErrorKind::CertificateExpired { .. } => "custody_certificate_expired",
            CustodyErrorKind::CertificateRevoked { .. } => "custody_certificate_revoked",
            CustodyErrorKind::CertificateUsage => "custody_certificate_usage",
            CustodyErrorKind::CertificateProduct { .. } => "custody_certificate_product",
            CustodyErrorKind::CertificateClass { .. } => "custody_certificate_class",
            CustodyErrorKind::CertificateClassLimit { .. } => "custody_certificate_class_limit",
            CustodyErrorKind::CertificateTotalLimit { .. } => "custody_certificate_total_limit",
            CustodyErrorKind::CertificateIssuedOutside { .. } => "custody_certificate_issued_outside",
            CustodyErrorKind::CertificateOfRootKey => "custody_certificate_of_root_key",
            CustodyErrorKind::RevocationRollback { .. } => "custody_revocation_rollback",
            CustodyErrorKind::RevocationConflict { .. } => "custody_revocation_conflict",
            CustodyErrorKind::RevocationShrunk { .. } => "custody_revocation_shrunk",
            CustodyErrorKind::TranscriptStep { .. } => "custody_transcript_step",
            CustodyErrorKind::TranscriptUnsigned { .. } => "custody_transcript_unsigned",
            CustodyErrorKind::TranscriptDocument => "custody_transcript_document",
            CustodyErrorKind::TranscriptKeyMissing { .. } => "custody_transcript_key_missing",
            CustodyErrorKind::TranscriptKeyOutside { .. } => "custody_transcript_key_outside",
        }
    }

    fn offset(&self) -> Option<u64> {
        match &self.kind {
            CustodyErrorKind::Canonical(error) => error.offset(),
            _ => None,
        }
    }
}
