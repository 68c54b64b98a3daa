//! What every rule says about itself, and what a rule's hit may carry: never the secret, only a keyed tag and safe facts.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, ZeroizeOnDrop};
use ztp_core::canonical::Value;
use ztp_core::digest::Digest;

/// How grave a hit is, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Recorded for completeness; public by nature, such as a certificate of a public authority.
    Info,
    /// Names or places, no key material.
    Low,
    /// Material that identifies the bench, or part of a secret that alone opens nothing.
    Medium,
    /// A secret under a password, or most of one.
    High,
    /// A whole secret in the clear.
    Critical,
}

impl Severity {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a hit asks for, in ascending order. `Block` takes effect in enforce mode only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the three actions of the guide; callers must decide about each")]
pub enum Action {
    /// Write it down.
    Record,
    /// Write it down and raise an alert.
    RecordAndAlert,
    /// Refuse the request as well, in enforce mode.
    Block,
}

impl Action {
    /// The word in rule files and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::RecordAndAlert => "record-and-alert",
            Self::Block => "block",
        }
    }

    /// Reads the word of a rule file.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Record, Self::RecordAndAlert, Self::Block].into_iter().find(|action| action.as_str() == word)
    }
}

/// Which rule: one of the five baseline rules, or a customer rule by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RuleId {
    /// R1: private keys and certificates, in PEM, DER or JWK.
    PemMaterial,
    /// R2: tokens of Kubernetes service accounts.
    ServiceAccountToken,
    /// R3: TLS material of a configured certification authority.
    CaMaterial,
    /// R4: fragments of the sealed audit log.
    SealedAudit,
    /// R5: fingerprints and keys of the issuer signing keys.
    IskFingerprint,
    /// A value or fragment of a value that was registered as secret.
    RegisteredSecret,
    /// A rule of the customer.
    Customer(String),
}

impl RuleId {
    /// The five baseline rules, and the registry's own.
    pub const BUILT_IN: [Self; 6] = [
        Self::PemMaterial,
        Self::ServiceAccountToken,
        Self::CaMaterial,
        Self::SealedAudit,
        Self::IskFingerprint,
        Self::RegisteredSecret,
    ];

    /// The name in reports and allow-lists.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::PemMaterial => "pem-material",
            Self::ServiceAccountToken => "k8s-service-account-token",
            Self::CaMaterial => "ca-material",
            Self::SealedAudit => "sealed-audit-fragment",
            Self::IskFingerprint => "isk-fingerprint",
            Self::RegisteredSecret => "registered-secret",
            Self::Customer(name) => name,
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule as listings show it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleInfo {
    /// The rule.
    pub id: RuleId,
    /// Raised whenever the rule's logic or text changes what it finds.
    pub version: u16,
    /// What its hits ask for.
    pub action: Action,
    /// `baseline`, `registry`, `pattern`, `literal` or `exact`.
    pub kind: &'static str,
    /// Names of the surfaces it looks at; empty means all.
    pub surfaces: Vec<&'static str>,
    /// What it finds, in one clause.
    pub summary: String,
}

/// A safe fact about a hit: of the key, the certificate or the claims, never of the secret's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// Text, at most [`FACT_CHARS_MAX`] printable characters.
    Text(String),
    /// A number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// A digest of public bytes.
    Hash(Digest),
}

/// Longest text of a fact, in characters; longer ones are cut and end in `…`.
pub const FACT_CHARS_MAX: usize = 128;

impl Fact {
    /// Text as a fact: cut, and without characters that could act on a terminal.
    #[must_use]
    pub fn text(text: &str) -> Self {
        if text.len() <= FACT_CHARS_MAX && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Self::Text(text.to_owned());
        }
        let mut out: String = text
            .chars()
            .take(FACT_CHARS_MAX)
            .map(|c| if c.is_control() || is_format(c) { '?' } else { c })
            .collect();
        if text.chars().nth(FACT_CHARS_MAX).is_some() {
            out.push('…');
        }
        Self::Text(out)
    }

    /// A count as a fact.
    #[must_use]
    pub fn count(count: usize) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX).min(ztp_core::canonical::INTEGER_MAX))
    }

    /// The fact as a member of a report.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Int(number) => Value::from(*number),
            Self::Bool(yes) => Value::from(*yes),
            Self::Hash(digest) => Value::from(digest.to_string()),
        }
    }
}

/// Characters without a shape of their own: they could hide or reorder what follows.
fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The first eight bytes of an HMAC-SHA-256 over a secret: equal secrets have equal tags under one key, and without the key a tag
/// says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub [u8; 8]);

impl Tag {
    /// Reads 16 lower-case hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        ztp_core::encoding::hex_decode(text).ok().map(Self)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&ztp_core::encoding::hex_encode(&self.0))
    }
}

/// The key K_dlp under which secrets are tagged. Erased when dropped; never printed.
#[derive(Clone, ZeroizeOnDrop)]
pub struct TagKey([u8; 32]);

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey(..)")
    }
}

impl TagKey {
    /// Takes the 32 bytes, which the caller keeps as secret as the registry they protect.
    #[must_use]
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let key = Self(bytes);
        bytes.zeroize();
        key
    }

    /// The tag of some bytes as `domain`: `H(K, domain ‖ 0x00 ‖ bytes)[..8]`.
    #[must_use]
    pub fn tag(&self, domain: &str, parts: &[&[u8]]) -> Tag {
        let mut mac = self.mac();
        mac.update(domain.as_bytes());
        mac.update(&[0]);
        for part in parts {
            mac.update(part);
        }
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        let mut tag = [0; 8];
        tag.copy_from_slice(full.first_chunk::<8>().unwrap_or(&[0; 8]));
        Tag(tag)
    }

    /// A number derived from the key, for keyed hashing in memory.
    #[must_use]
    pub(crate) fn derive(&self, purpose: &str) -> u64 {
        u64::from_be_bytes(self.tag("derive", &[purpose.as_bytes()]).0)
    }

    fn mac(&self) -> Hmac<Sha256> {
        // Keys of any length are valid for HMAC, so that the other arm is never taken.
        Hmac::<Sha256>::new(&hmac::digest::Key::<Hmac<Sha256>>::from(block(&self.0)))
    }
}

/// A key of 32 bytes as HMAC pads it to its block of 64.
fn block(key: &[u8; 32]) -> [u8; 64] {
    let mut out = [0; 64];
    if let Some(head) = out.first_chunk_mut::<32>() {
        *head = *key;
    }
    out
}
