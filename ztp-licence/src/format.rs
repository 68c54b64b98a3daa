//! The two generations of the formats: what trust document goes with what envelope.

use crate::check::{CHECKS_CHAINED, CHECKS_PINNED, CheckKind};

/// The name of the envelope's format whose keys are pinned.
pub const ENVELOPE_SCHEMA: &str = "ztp.licence.envelope/1";

/// The name of the envelope's format that carries the certificates of its keys.
pub const ENVELOPE_CHAINED_SCHEMA: &str = "ztp.licence.envelope/2";

/// The name of the payload's format in an envelope whose keys are pinned, and the purpose of the signatures over it.
pub const PAYLOAD_SCHEMA: &str = "ztp.licence/1";

/// The name of the payload's format in an envelope that carries certificates, and the purpose of the signatures over it.
pub const PAYLOAD_CHAINED_SCHEMA: &str = "ztp.licence/2";

/// The name of the verdict's format for envelopes whose keys are pinned.
pub const VERDICT_SCHEMA: &str = "ztp.licence.verdict/1";

/// The name of the verdict's format for envelopes that carry certificates.
pub const VERDICT_CHAINED_SCHEMA: &str = "ztp.licence.verdict/2";

/// A generation. The trust document decides which one is accepted; an envelope never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Keys are pinned one by one: `ztp.trust/1`, `ztp.licence.envelope/1`, `ztp.licence/1`.
    Pinned,
    /// A root is pinned, and keys have certificates: `ztp.trust/2`, `ztp.licence.envelope/2`, `ztp.licence/2`.
    Chained,
}

impl Format {
    pub(crate) const ALL: [Self; 2] = [Self::Pinned, Self::Chained];

    pub(crate) const fn envelope(self) -> &'static str {
        match self {
            Self::Pinned => ENVELOPE_SCHEMA,
            Self::Chained => ENVELOPE_CHAINED_SCHEMA,
        }
    }

    /// The payload's format, which is the purpose of its signatures.
    pub(crate) const fn payload(self) -> &'static str {
        match self {
            Self::Pinned => PAYLOAD_SCHEMA,
            Self::Chained => PAYLOAD_CHAINED_SCHEMA,
        }
    }

    pub(crate) const fn verdict(self) -> &'static str {
        match self {
            Self::Pinned => VERDICT_SCHEMA,
            Self::Chained => VERDICT_CHAINED_SCHEMA,
        }
    }

    /// The checks of an envelope, in the order in which they are reported.
    pub(crate) const fn checks(self) -> &'static [CheckKind] {
        match self {
            Self::Pinned => CHECKS_PINNED,
            Self::Chained => CHECKS_CHAINED,
        }
    }
}
