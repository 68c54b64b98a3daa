//! The payloads of `anomaly.fired`, `anomaly.resolved`, `anomaly.noticed` and `anomaly.config-changed` (camada 12), as the
//! parts that do not compute them read them.

use super::payload::{PayloadError, refuse, text, words};
use crate::canonical::Value;
use crate::digest::Digest;
use crate::schema::Fields;

words! {
    /// How much an alert or notice asks of its reader.
    Severity, "notice, warning or critical" {
        /// Worth knowing, no action by itself.
        Notice = "notice",
        /// To be looked at.
        Warning = "warning",
        /// To be looked at now.
        Critical = "critical",
    }
}

/// The head of an `anomaly.fired`, `anomaly.resolved` or `anomaly.noticed`; `facts` are the numbers of its detector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnomalyEvent {
    /// Effective time of the condition, as a timestamp.
    pub at: String,
    /// SHA-256 of the settings in force.
    pub config_hash: Digest,
    /// The rule: `denial-flood`, `break-glass-burst`, `tier-b-ratio`, `off-hours` or one of their companions.
    pub detector: String,
    /// Identity of the episode; none for a notice.
    pub episode: Option<Digest>,
    /// The numbers of the detector, an object.
    pub facts: Value,
    /// The scope: `{"scope":"global"}` or `{"name":…,"scope":"namespace"|"principal"|"ticket"}`.
    pub key: Value,
    /// `fired`, `updated`, `resolved` or `noticed`.
    pub phase: String,
    /// How much it asks of its reader.
    pub severity: Severity,
}

impl AnomalyEvent {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`PayloadError`] at the first member that the class does not allow.
    pub fn read(payload: &Value) -> Result<Self, PayloadError> {
        let mut f = Fields::open(payload, "payload")?;
        let hex = "64 lower-case hexadecimal digits";
        let config = f.string("config_hash")?;
        let severity = f.string("severity")?;
        let episode = match text(&mut f, "episode")? {
            None => None,
            Some(episode) => Some(Digest::from_hex(&episode).map_err(|_| refuse(&f, "episode", hex))?),
        };
        let read = Self {
            at: f.string("at")?.to_owned(),
            config_hash: Digest::from_hex(config).map_err(|_| refuse(&f, "config_hash", hex))?,
            detector: f.string("detector")?.to_owned(),
            episode,
            facts: f.value("facts")?.clone(),
            key: f.value("key")?.clone(),
            phase: f.string("phase")?.to_owned(),
            severity: Severity::from_text(severity)
                .ok_or_else(|| refuse(&f, "severity", Severity::EXPECTED))?,
        };
        f.finish()?;
        Ok(read)
    }

    /// The payload.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = vec![
            ("at", Value::from(self.at.as_str())),
            ("config_hash", Value::from(self.config_hash.to_string())),
            ("detector", Value::from(self.detector.as_str())),
            ("facts", self.facts.clone()),
            ("key", self.key.clone()),
            ("phase", Value::from(self.phase.as_str())),
            ("severity", self.severity.into()),
        ];
        super::payload::put(&mut members, "episode", self.episode.map(|digest| digest.to_string()));
        Value::object(members)
    }
}

/// The payload of `anomaly.config-changed`: a detector's settings, whole, with the hash of those they replace.
///
/// The record carries the settings themselves, so that the log alone is enough to recompute every alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigChanged {
    /// Who changed them, as the command knows it.
    pub actor: Option<String>,
    /// Signatures of approvers over the change, base64, each an object `{"key_id","signature"}`.
    pub approvals: Vec<Approval>,
    /// The settings: the document that the file holds, as a value.
    pub config: Value,
    /// The file: `denial-flood.yaml`, `break-glass.yaml` or `business-hours.yaml`.
    pub file: String,
    /// SHA-256 of the canonical settings after the change.
    pub new_hash: Digest,
    /// SHA-256 of the canonical settings before it.
    pub old_hash: Digest,
}

/// A signature by an approver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Identity of the approver's key.
    pub key_id: Digest,
    /// The signature, 64 bytes in base64.
    pub signature: String,
}

impl ConfigChanged {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`PayloadError`] at the first member that the class does not allow.
    pub fn read(payload: &Value) -> Result<Self, PayloadError> {
        let mut f = Fields::open(payload, "payload")?;
        let hex = "64 lower-case hexadecimal digits";
        let (new_hash, old_hash) = (f.string("new_hash")?, f.string("old_hash")?);
        let mut approvals = Vec::new();
        if f.optional("approvals")?.is_some() {
            for (index, item) in f.array("approvals")?.iter().enumerate() {
                let mut inner = Fields::open(item, format!("{}[{index}]", f.path_of("approvals")))?;
                let key_id = inner.string("key_id")?;
                approvals.push(Approval {
                    key_id: Digest::from_hex(key_id).map_err(|_| refuse(&inner, "key_id", hex))?,
                    signature: inner.string("signature")?.to_owned(),
                });
                inner.finish()?;
            }
        }
        let read = Self {
            actor: text(&mut f, "actor")?,
            approvals,
            config: f.value("config")?.clone(),
            file: f.string("file")?.to_owned(),
            new_hash: Digest::from_hex(new_hash).map_err(|_| refuse(&f, "new_hash", hex))?,
            old_hash: Digest::from_hex(old_hash).map_err(|_| refuse(&f, "old_hash", hex))?,
        };
        f.finish()?;
        Ok(read)
    }

    /// The payload.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let approval = |approval: &Approval| {
            Value::object([
                ("key_id", Value::from(approval.key_id.to_string())),
                ("signature", Value::from(approval.signature.as_str())),
            ])
        };
        let mut members = vec![
            ("approvals", Value::from(self.approvals.iter().map(approval).collect::<Vec<_>>())),
            ("config", self.config.clone()),
            ("file", Value::from(self.file.as_str())),
            ("new_hash", Value::from(self.new_hash.to_string())),
            ("old_hash", Value::from(self.old_hash.to_string())),
        ];
        super::payload::put(&mut members, "actor", self.actor.as_deref());
        Value::object(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_read_back() {
        let fired = AnomalyEvent {
            at: "2026-05-12T08:00:00.000Z".into(),
            config_hash: Digest::ZERO,
            detector: "denial-flood".into(),
            episode: Some(Digest::ZERO),
            facts: Value::object([("count", 51_i64)]),
            key: Value::object([("scope", "global")]),
            phase: "fired".into(),
            severity: Severity::Critical,
        };
        assert_eq!(AnomalyEvent::read(&fired.to_value()), Ok(fired.clone()));
        let noticed = AnomalyEvent { episode: None, ..fired };
        assert_eq!(AnomalyEvent::read(&noticed.to_value()), Ok(noticed));
        let change = ConfigChanged {
            actor: None,
            approvals: vec![Approval { key_id: Digest::ZERO, signature: "AA==".into() }],
            config: Value::object([("per_minute_max", 50_i64)]),
            file: "denial-flood.yaml".into(),
            new_hash: Digest::ZERO,
            old_hash: Digest::ZERO,
        };
        assert_eq!(ConfigChanged::read(&change.to_value()), Ok(change));
    }

    #[test]
    fn a_severity_or_hash_that_is_none_is_refused_at_its_member() {
        let value = Value::object([
            ("at", Value::from("")),
            ("config_hash", Value::from("zz")),
            ("detector", Value::from("d")),
            ("facts", Value::Null),
            ("key", Value::Null),
            ("phase", Value::from("fired")),
            ("severity", Value::from("loud")),
        ]);
        let error = AnomalyEvent::read(&value).unwrap_err();
        assert_eq!(error.to_string(), "payload.config_hash: expected 64 lower-case hexadecimal digits");
    }
}
