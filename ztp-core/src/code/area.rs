/// The subject that a range of codes belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Area {
    /// Canonical JSON, 100 to 139.
    Canonical,
    /// Hexadecimal, base64, PEM, DER and keys, 140 to 159.
    Encoding,
    /// Signatures and verifier keys, 160 to 179.
    Signature,
    /// Timestamps and event classes, 180 to 189.
    Event,
    /// Closed schemas, 190 to 199.
    Schema,
    /// Verdicts over an audit log, 200 to 219.
    Audit,
    /// The store of the audit log, 220 to 259.
    Store,
    /// Signed notes, checkpoints and proofs, 260 to 299.
    Proof,
    /// Licence envelopes and trust, 300 to 399.
    Licence,
    /// Roots, certificates and revocation lists, 400 to 449.
    Custody,
    /// Devices that hold signing keys, 450 to 479.
    Signer,
    /// The incoming directory of envelopes, 480 to 499.
    Ingest,
    /// Notes and what was spent of them, 500 to 579.
    Vault,
    /// What leaves the bench, 600 to 679.
    Dlp,
    /// The detectors, 700 to 749.
    Anomaly,
    /// The comparison of two streams, 750 to 779.
    Correlation,
    /// Settings that people write, 780 to 799.
    Config,
    /// Use of an interface, 900 and up.
    Usage,
}

impl Area {
    /// The name printed in `docs/error-codes.md` and in machine-readable listings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::Encoding => "encoding",
            Self::Signature => "signature",
            Self::Event => "event",
            Self::Schema => "schema",
            Self::Audit => "audit",
            Self::Store => "store",
            Self::Proof => "proof",
            Self::Licence => "licence",
            Self::Custody => "custody",
            Self::Signer => "signer",
            Self::Ingest => "ingest",
            Self::Vault => "vault",
            Self::Dlp => "dlp",
            Self::Anomaly => "anomaly",
            Self::Correlation => "correlation",
            Self::Config => "config",
            Self::Usage => "usage",
        }
    }

    /// First and last number of the area, both included.
    #[must_use]
    pub const fn range(self) -> (u32, u32) {
        match self {
            Self::Canonical => (100, 139),
            Self::Encoding => (140, 159),
            Self::Signature => (160, 179),
            Self::Event => (180, 189),
            Self::Schema => (190, 199),
            Self::Audit => (200, 219),
            Self::Store => (220, 259),
            Self::Proof => (260, 299),
            Self::Licence => (300, 399),
            Self::Custody => (400, 449),
            Self::Signer => (450, 479),
            Self::Ingest => (480, 499),
            Self::Vault => (500, 579),
            Self::Dlp => (600, 679),
            Self::Anomaly => (700, 749),
            Self::Correlation => (750, 779),
            Self::Config => (780, 799),
            Self::Usage => (900, 999),
        }
    }
}
