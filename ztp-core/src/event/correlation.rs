//! The payload of `correlation.finding`: where two accounts of the same decisions differ (camada 7).

use super::anomaly::Severity;
use super::payload::{PayloadError, count, integer, put, refuse, text};
use crate::canonical::Value;
use crate::schema::Fields;

/// The payload of `correlation.finding`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelationFinding {
    /// Milliseconds from the decision to its record, negative if it was sealed before, for a finding about time.
    pub drift_ms: Option<i64>,
    /// The kind of difference, such as `missing_in_sealed`.
    pub finding: String,
    /// The line of the admission stream it is about.
    pub line: Option<u64>,
    /// How much it asks of its reader.
    pub severity: Severity,
    /// The sealed record it is about.
    pub seq: Option<u64>,
    /// The review's uid.
    pub uid: Option<String>,
}

impl CorrelationFinding {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`PayloadError`] at the first member that the class does not allow.
    pub fn read(payload: &Value) -> Result<Self, PayloadError> {
        let mut f = Fields::open(payload, "payload")?;
        let severity = f.string("severity")?;
        let read = Self {
            drift_ms: match f.optional("drift_ms")? {
                None | Some(Value::Null) => None,
                Some(_) => Some(f.integer("drift_ms")?),
            },
            finding: f.string("finding")?.to_owned(),
            severity: Severity::from_text(severity)
                .ok_or_else(|| refuse(&f, "severity", Severity::EXPECTED))?,
            line: count(&mut f, "line")?,
            seq: count(&mut f, "seq")?,
            uid: text(&mut f, "uid")?,
        };
        f.finish()?;
        Ok(read)
    }

    /// The payload.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members =
            vec![("finding", Value::from(self.finding.as_str())), ("severity", self.severity.into())];
        put(&mut members, "drift_ms", self.drift_ms);
        put(&mut members, "line", self.line.map(integer));
        put(&mut members, "seq", self.seq.map(integer));
        put(&mut members, "uid", self.uid.as_deref());
        Value::object(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_back() {
        let finding = CorrelationFinding {
            drift_ms: Some(-30_001),
            finding: "drift".into(),
            line: Some(3),
            severity: Severity::Warning,
            seq: Some(7),
            uid: Some("u-7".into()),
        };
        assert_eq!(CorrelationFinding::read(&finding.to_value()), Ok(finding));
    }
}
