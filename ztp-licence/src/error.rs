use ztp_core::Coded;
use ztp_core::canonical::CanonicalError;
use ztp_core::custody::CustodyError;
use ztp_core::digest::Digest;
use ztp_core::encoding::EncodingError;
use ztp_core::schema::SchemaError;
use ztp_core::signature::{KeyError, SignatureError};
use ztp_core::time::{Timestamp, TimestampError};

/// Why an envelope, a payload or a trust document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LicenceError {
    /// The file exceeds the limit of the trust document, or the format's own.
    #[error("file has {bytes} bytes, the limit is {bytes_max}")]
    TooLarge {
        /// Size found.
        bytes: usize,
        /// Limit that applies.
        bytes_max: usize,
    },
    /// The bytes of the envelope are not canonical: somebody or something changed them after signing.
    #[error("edited in transit: {0}; carry the file again from its source, do not edit it by hand")]
    EditedInTransit(CanonicalError),
    /// A document that is not an envelope cannot be read.
    #[error(transparent)]
    Json(#[from] CanonicalError),
    /// A member is missing, unknown or of another type.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The document is of another format or version.
    #[error("{path}: expected {expected}")]
    SchemaName {
        /// Where the name of the format stands.
        path: String,
        /// The format expected.
        expected: &'static str,
    },
    /// A text is not strict hexadecimal or base64.
    #[error("{path}: {error}")]
    Text {
        /// Where the text stands.
        path: String,
        /// What is wrong with it.
        error: EncodingError,
    },
    /// A text is not a timestamp.
    #[error("{path}: {error}")]
    Timestamp {
        /// Where the text stands.
        path: String,
        /// What is wrong with it.
        error: TimestampError,
    },
    /// A name is not of the form `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
    #[error("{path}: expected 1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit")]
    Identifier {
        /// Where the name stands.
        path: String,
    },
    /// A text for people is empty, too long or holds control characters.
    #[error("{path}: expected 1 to 200 characters without control characters")]
    FreeText {
        /// Where the text stands.
        path: String,
    },
    /// An integer is outside the range of its member.
    #[error("{path}: expected an integer from {min} to {max}")]
    Range {
        /// Where the integer stands.
        path: String,
        /// Smallest value allowed.
        min: u64,
        /// Largest value allowed.
        max: u64,
    },
    /// A list holds fewer or more items than allowed.
    #[error("{path}: expected {min} to {max} items")]
    ListLength {
        /// Where the list stands.
        path: String,
        /// Fewest items allowed.
        min: usize,
        /// Most items allowed.
        max: usize,
    },
    /// An item sorts before the one in front of it.
    #[error("{path}: the item belongs before the one in front of it")]
    ListOrder {
        /// The item that is out of order.
        path: String,
    },
    /// An item is there twice.
    #[error("{path}: the item is there already")]
    ListRepeated {
        /// The second of the two.
        path: String,
    },
    /// A validity window ends before it begins.
    #[error("{path}: not_after is earlier than not_before")]
    WindowReversed {
        /// The object with the two members.
        path: String,
    },
    /// The notes of one class add up to more than 2^53 - 1.
    #[error("{path}: with this note the amounts of its class exceed 2^53 - 1")]
    MintTotal {
        /// The note that goes too far.
        path: String,
    },
    /// The bench binding is neither `any` nor `bench`.
    #[error("{path}: expected any or bench")]
    Binding {
        /// Where the binding stands.
        path: String,
    },
    /// A key in the trust document cannot be used.
    #[error("{path}: {error}")]
    TrustKey {
        /// Where the key stands.
        path: String,
        /// What is wrong with it.
        error: KeyError,
    },
    /// A suite in the trust document is unknown.
    #[error("{path}: {error}")]
    TrustSuite {
        /// Where the suite stands.
        path: String,
        /// What is wrong with it.
        error: SignatureError,
    },
    /// A key id in the trust document is not the one of its public key.
    #[error("{path}: the public key has the key id {expected}")]
    TrustKeyId {
        /// Where the key id stands.
        path: String,
        /// The key id computed.
        expected: Digest,
    },
    /// The threshold is above the number of pinned keys: no envelope could be accepted.
    #[error("threshold is {threshold}, but only {keys} keys are pinned")]
    TrustThreshold {
        /// Signatures asked for.
        threshold: usize,
        /// Keys pinned.
        keys: usize,
    },
    /// A root, certificate or revocation list is refused.
    #[error("{path}: {}", .error.kind)]
    Custody {
        /// The member at fault, in the file that carries the document.
        path: String,
        /// What is wrong with it.
        error: CustodyError,
    },
    /// There are more or fewer certificates than signatures.
    #[error("{path}: {certificates} certificates for {signatures} signatures; each signature needs its own")]
    ChainLength {
        /// Where the certificates stand.
        path: String,
        /// Certificates found.
        certificates: usize,
        /// Signatures found.
        signatures: usize,
    },
    /// A certificate is for another key than the one that signed.
    #[error("{path}: the certificate is for key {found}, which is not the one that signed")]
    CertificateOtherKey {
        /// Where the certificate stands.
        path: String,
        /// The key certified.
        found: Digest,
    },
    /// The envelope does not bring the root that its payload asks for.
    #[error(
        "the newest root known is {found}, the licence needs {required}; roots were taken out of the file"
    )]
    RootMissing {
        /// Version asked for.
        required: u64,
        /// Version reached.
        found: u64,
    },
    /// The envelope does not bring the revocation list that its payload asks for.
    #[error(
        "the newest revocation list known is {found}, the licence needs {required}; it was taken out of the file"
    )]
    RevocationMissing {
        /// Version asked for.
        required: u64,
        /// Version known.
        found: u64,
    },
    /// The envelope is signed by a key that is not pinned.
    #[error("signed by key {key_id}, which is not pinned")]
    KeyUnpinned {
        /// The key named in the envelope.
        key_id: Digest,
    },
    /// The key was revoked.
    #[error("key {key_id} is revoked")]
    KeyRevoked {
        /// The key.
        key_id: Digest,
    },
    /// The key's own validity has not begun.
    #[error("key is not valid before {not_before}")]
    KeyNotYetValid {
        /// Begin of the key's validity.
        not_before: Timestamp,
    },
    /// The key's own validity is over.
    #[error("key expired after {not_after}")]
    KeyExpired {
        /// End of the key's validity.
        not_after: Timestamp,
    },
    /// Signing failed, or a signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Fewer keys signed than the trust document asks for.
    #[error("signed by {found} trusted keys, {required} are required")]
    TooFewSignatures {
        /// Signatures asked for.
        required: usize,
        /// Signatures that hold.
        found: usize,
    },
    /// The key is not trusted for the licensed product.
    #[error("key may not sign for product {product}")]
    OtherProduct {
        /// The product licensed.
        product: String,
    },
    /// The envelope mints more than the key may.
    #[error("notes of class {class} add up to {total}, the key may mint {max}")]
    KeyMintLimit {
        /// The class that goes too far.
        class: String,
        /// Total of that class.
        total: u64,
        /// Most that the key may mint of one class.
        max: u64,
    },
    /// The revocation list is older than one already seen.
    #[error("revocation list has version {found}, version {seen} was seen already")]
    RevocationRollback {
        /// Version in the envelope.
        found: u64,
        /// Version in the trust document.
        seen: u64,
    },
    /// Two revocation lists have one version.
    #[error("revocation list of version {version} differs from the one seen already")]
    RevocationConflict {
        /// The version of both.
        version: u64,
    },
    /// The licence says it was issued later than now.
    #[error("issued at {issued_at}, which lies in the future; check the clock of the bench")]
    IssuedInFuture {
        /// Time of issue.
        issued_at: Timestamp,
    },
    /// The licence is not valid yet.
    #[error("licence is not valid before {not_before}")]
    NotYetValid {
        /// Begin of the validity.
        not_before: Timestamp,
    },
    /// The licence is no longer valid.
    #[error("licence expired after {not_after}")]
    Expired {
        /// End of the validity.
        not_after: Timestamp,
    },
    /// The licence is for another bench.
    #[error("licence is for bench {expected}, not for this one")]
    OtherBench {
        /// The bench licensed.
        expected: String,
    },
    /// The licence is for one bench, and the caller did not say which bench this is.
    #[error("licence is for bench {expected}; name this bench to check it")]
    BenchNotGiven {
        /// The bench licensed.
        expected: String,
    },
}

impl LicenceError {
    /// The member at fault, such as `payload.features[2]`, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Schema(SchemaError { path, .. })
            | Self::SchemaName { path, .. }
            | Self::Text { path, .. }
            | Self::Timestamp { path, .. }
            | Self::Identifier { path }
            | Self::FreeText { path }
            | Self::Range { path, .. }
            | Self::ListLength { path, .. }
            | Self::ListOrder { path }
            | Self::ListRepeated { path }
            | Self::WindowReversed { path }
            | Self::MintTotal { path }
            | Self::Binding { path }
            | Self::TrustKey { path, .. }
            | Self::TrustSuite { path, .. }
            | Self::TrustKeyId { path, .. }
            | Self::Custody { path, .. }
            | Self::ChainLength { path, .. }
            | Self::CertificateOtherKey { path, .. } => Some(path),
            _ => None,
        }
    }

    /// The error of a custody document that stands at `place`, such as `envelope.chain.roots[0]`.
    pub(crate) fn custody(place: &str, error: CustodyError) -> Self {
        let name = error.path.find(['.', '[']).unwrap_or(error.path.len());
        let member = error.path.get(name..).unwrap_or_default();
        Self::Custody { path: format!("{place}{member}"), error }
    }

    /// The same error seen from an object in whose member `name` it happened.
    pub(crate) fn within(self, name: &str) -> Self {
        self.map_path(|path| match path.chars().next() {
            None => name.to_owned(),
            Some('[') => format!("{name}{path}"),
            Some(_) => format!("{name}.{path}"),
        })
    }

    /// The same error seen from an array in whose item it happened.
    pub(crate) fn within_item(self, index: usize) -> Self {
        self.within(&format!("[{index}]"))
    }

    fn map_path(mut self, map: impl FnOnce(&str) -> String) -> Self {
        match &mut self {
            Self::Schema(SchemaError { path, .. })
            | Self::SchemaName { path, .. }
            | Self::Text { path, .. }
            | Self::Timestamp { path, .. }
            | Self::Identifier { path }
            | Self::FreeText { path }
            | Self::Range { path, .. }
            | Self::ListLength { path, .. }
            | Self::ListOrder { path }
            | Self::ListRepeated { path }
            | Self::WindowReversed { path }
            | Self::MintTotal { path }
            | Self::Binding { path }
            | Self::TrustKey { path, .. }
            | Self::TrustSuite { path, .. }
            | Self::TrustKeyId { path, .. }
            | Self::Custody { path, .. }
            | Self::ChainLength { path, .. }
            | Self::CertificateOtherKey { path, .. } => *path = map(path),
            _ => {}
        }
        self
    }
}

impl Coded for LicenceError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "licence_too_large",
            Self::EditedInTransit(error) | Self::Json(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::SchemaName { .. } => "licence_schema_name",
            Self::Text { error, .. } => error.code(),
            Self::Timestamp { error, .. } => error.code(),
            Self::Identifier { .. } => "licence_identifier",
            Self::FreeText { .. } => "licence_free_text",
            Self::Range { .. } => "licence_range",
            Self::ListLength { .. } => "licence_list_length",
            Self::ListOrder { .. } => "licence_list_order",
            Self::ListRepeated { .. } => "licence_list_repeated",
            Self::WindowReversed { .. } => "licence_window_reversed",
            Self::MintTotal { .. } => "licence_mint_total",
            Self::Binding { .. } => "licence_binding",
            Self::TrustKey { error, .. } => error.code(),
            Self::TrustSuite { error, .. } | Self::Signature(error) => error.code(),
            Self::TrustKeyId { .. } => "licence_trust_key_id",
            Self::TrustThreshold { .. } => "licence_trust_threshold",
            Self::Custody { error, .. } => error.code(),
            Self::ChainLength { .. } => "licence_chain_length",
            Self::CertificateOtherKey { .. } => "licence_certificate_other_key",
            Self::RootMissing { .. } => "licence_root_missing",
            Self::RevocationMissing { .. } => "licence_revocation_missing",
            Self::KeyUnpinned { .. } => "licence_key_unpinned",
            Self::KeyRevoked { .. } => "licence_key_revoked",
            Self::KeyNotYetValid { .. } => "licence_key_not_yet_valid",
            Self::KeyExpired { .. } => "licence_key_expired",
            Self::TooFewSignatures { .. } => "licence_too_few_signatures",
            Self::OtherProduct { .. } => "licence_other_product",
            Self::KeyMintLimit { .. } => "licence_key_mint_limit",
            Self::RevocationRollback { .. } => "licence_revocation_rollback",
            Self::RevocationConflict { .. } => "licence_revocation_conflict",
            Self::IssuedInFuture { .. } => "licence_issued_in_future",
            Self::NotYetValid { .. } => "licence_not_yet_valid",
            Self::Expired { .. } => "licence_expired",
            Self::OtherBench { .. } => "licence_other_bench",
            Self::BenchNotGiven { .. } => "licence_bench_not_given",
        }
    }

    /// Offset into the file, where the fault is one of its bytes. Offsets within a single text of a member are in the
    /// message.
    fn offset(&self) -> Option<u64> {
        match self {
            Self::TooLarge { bytes_max, .. } => u64::try_from(*bytes_max).ok(),
            Self::EditedInTransit(error) | Self::Json(error) => error.offset(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
