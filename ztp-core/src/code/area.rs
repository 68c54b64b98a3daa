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
            Self::Usage => (900, 999),
        }
    }
}
