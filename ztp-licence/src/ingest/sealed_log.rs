//! What the verdict on a log says, as far as a decision rests on it.

use ztp_audit::verdict::Verdict;
use ztp_core::canonical::Value;
use ztp_core::schema::Fields;

use super::error::IngestError;

/// The word of a verdict that everything that was asked for vouches for.
const INTACT: &str = "intact";
/// The words of verdicts over a log that holds, and rests on too little.
const UNANCHORED: &[(&str, &str)] =
    &[("unanchored", "audit_unanchored"), ("below_required", "anchor_below_required")];
/// The words of verdicts over a log that does not hold.
const BROKEN: &[&str] = &["broken", "truncated", "forked", "rolled_back"];

/// The verdict on the log that was read for what a bench has seen, in the words of `ztp.audit.verdict/1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedLog {
    status: String,
    value: Value,
}

impl SealedLog {
    /// What a verdict says.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        Self { status: verdict.status.as_str().to_owned(), value: verdict.summary() }
    }

    /// Reads it from a document: `path` is its place there.
    pub(super) fn read(value: &Value, path: &str) -> Result<Self, IngestError> {
        let mut fields = Fields::open(value, path.to_owned())?;
        for name in ["anchors", "missing", "unchecked"] {
            if fields.array(name)?.iter().any(|word| word.as_str().is_none()) {
                let (path, reason) = (fields.path_of(name), "expected words".to_owned());
                return Err(IngestError::SeenMalformed { path, reason });
            }
        }
        fields.integer("records")?;
        fields.nullable("verified_to_seq")?;
        let status = fields.string("status")?.to_owned();
        let known = status == INTACT
            || BROKEN.contains(&status.as_str())
            || UNANCHORED.iter().any(|(word, _)| *word == status);
        if !known {
            let path = fields.path_of("status");
            return Err(IngestError::SeenMalformed { path, reason: "no verdict has this word".to_owned() });
        }
        fields.finish()?;
        Ok(Self { status, value: value.clone() })
    }

    /// The verdict's word, such as `intact`, `unanchored`, `broken`.
    #[must_use]
    pub fn status(&self) -> &str {
        &self.status
    }

    /// Whether the log holds, whatever vouches for it.
    #[must_use]
    pub fn holds(&self) -> bool {
        !BROKEN.contains(&self.status.as_str())
    }

    /// The code of a verdict that holds and rests on too little.
    #[must_use]
    pub fn unanchored(&self) -> Option<&'static str> {
        UNANCHORED.iter().find(|(word, _)| *word == self.status).map(|(_, code)| *code)
    }

    /// It as a member of a document.
    #[must_use]
    pub const fn to_value(&self) -> &Value {
        &self.value
    }
}
