//! The payload of `admission.decision`: what the webhook decided about one request (camada 5).

use super::payload::{PayloadError, count, digest, integer, put, refuse, text, words};
use crate::canonical::{self, Value};
use crate::digest::{Digest, sha256};
use crate::schema::Fields;

words! {
    /// What was answered.
    Decision, "allow, deny or break-glass" {
        /// The request was let through.
        Allow = "allow",
        /// The request was refused.
        Deny = "deny",
        /// The request was let through on a ticket.
        BreakGlass = "break-glass",
    }
}

words! {
    /// The mode that the webhook was in.
    Mode, "audit or enforce" {
        /// Everything is let through; what would have been refused is recorded.
        Audit = "audit",
        /// What the policy refuses is refused.
        Enforce = "enforce",
    }
}

words! {
    /// The tier that the decision took the object to be in.
    Tier, "A or B, or null" {
        /// Tier A.
        A = "A",
        /// Tier B, the part that the partition protects.
        B = "B",
    }
}

/// Members that say when and by which process, not what was decided. They are no part of [`AdmissionDecision::digest`].
pub const TIMING_MEMBERS: [&str; 4] = ["boot_id", "latency_us", "mono_ms", "wall_ms"];

/// The payload of `admission.decision`.
///
/// `decision`, `mode`, `uid`, `user` and `would_deny` are always there; the others are left out when there is nothing to
/// say. `details` is for facts that a decision records and nobody computes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionDecision {
    /// Stable code of the first rule that was broken, or of the ticket; none for a plain allow.
    pub code: Option<String>,
    /// What was answered.
    pub decision: Decision,
    /// Further facts, an object: violations, images, hook.
    pub details: Option<Value>,
    /// The object's kind, such as `Pod`.
    pub kind: Option<String>,
    /// The mode that the webhook was in.
    pub mode: Mode,
    /// The object's name; none under `generateName`.
    pub name: Option<String>,
    /// The object's namespace; none for an object of the cluster.
    pub namespace: Option<String>,
    /// SHA-256 of the object.
    pub object_digest: Option<Digest>,
    /// `metadata.uid` of the object.
    pub object_uid: Option<String>,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: Option<String>,
    /// SHA-256 of the tier policy that decided.
    pub policy_digest: Option<Digest>,
    /// SHA-256 of the request's body.
    pub request_digest: Option<Digest>,
    /// The break-glass ticket that the object names.
    pub ticket: Option<String>,
    /// The tier that the decision took the object to be in; none if it has none.
    pub tier: Option<Tier>,
    /// The review's uid, new for each call of the webhook.
    pub uid: String,
    /// Who asked, as the API server authenticated them.
    pub user: String,
    /// Whether enforcement would have refused what audit mode let through.
    pub would_deny: bool,
    /// When and where it was decided.
    pub timing: Timing,
}

/// When a decision was made, by which boot of the host, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timing {
    /// The kernel's boot id.
    pub boot_id: Option<String>,
    /// Microseconds from request to answer.
    pub latency_us: Option<u64>,
    /// Milliseconds of the host's monotonic clock.
    pub mono_ms: Option<u64>,
    /// Milliseconds since 1970 of the host's wall clock.
    pub wall_ms: Option<u64>,
}

impl AdmissionDecision {
    /// A decision with nothing but what every decision has.
    #[must_use]
    pub fn new(uid: impl Into<String>, user: impl Into<String>, decision: Decision, mode: Mode) -> Self {
        Self {
            code: None,
            decision,
            details: None,
            kind: None,
            mode,
            name: None,
            namespace: None,
            object_digest: None,
            object_uid: None,
            operation: None,
            policy_digest: None,
            request_digest: None,
            ticket: None,
            tier: None,
            uid: uid.into(),
            user: user.into(),
            would_deny: false,
            timing: Timing::default(),
        }
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// [`PayloadError`] at the first member that the class does not allow.
    pub fn read(payload: &Value) -> Result<Self, PayloadError> {
        let mut fields = Fields::open(payload, "payload")?;
        let f = &mut fields;
        let details = f.optional("details")?.filter(|value| !value.is_null());
        if details.is_some_and(|value| value.as_object().is_none()) {
            return Err(refuse(f, "details", "an object or null"));
        }
        let tier = match text(f, "tier")? {
            None => None,
            Some(tier) => Some(Tier::from_text(&tier).ok_or_else(|| refuse(f, "tier", Tier::EXPECTED))?),
        };
        let decision = f.string("decision")?;
        let mode = f.string("mode")?;
        let read = Self {
            code: text(f, "code")?,
            decision: Decision::from_text(decision)
                .ok_or_else(|| refuse(f, "decision", Decision::EXPECTED))?,
            details: details.cloned(),
            kind: text(f, "kind")?,
            mode: Mode::from_text(mode).ok_or_else(|| refuse(f, "mode", Mode::EXPECTED))?,
            name: text(f, "name")?,
            namespace: text(f, "namespace")?,
            object_digest: digest(f, "object_digest")?,
            object_uid: text(f, "object_uid")?,
            operation: text(f, "operation")?,
            policy_digest: digest(f, "policy_digest")?,
            request_digest: digest(f, "request_digest")?,
            ticket: text(f, "ticket")?,
            tier,
            uid: f.string("uid")?.to_owned(),
            user: f.string("user")?.to_owned(),
            would_deny: f.boolean("would_deny")?,
            timing: Timing {
                boot_id: text(f, "boot_id")?,
                latency_us: count(f, "latency_us")?,
                mono_ms: count(f, "mono_ms")?,
                wall_ms: count(f, "wall_ms")?,
            },
        };
        if read.uid.is_empty() {
            return Err(refuse(f, "uid", "the review's uid"));
        }
        fields.finish()?;
        Ok(read)
    }

    /// The payload.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = self.decided();
        put(&mut members, "boot_id", self.timing.boot_id.as_deref());
        put(&mut members, "latency_us", self.timing.latency_us.map(integer));
        put(&mut members, "mono_ms", self.timing.mono_ms.map(integer));
        put(&mut members, "wall_ms", self.timing.wall_ms.map(integer));
        Value::object(members)
    }

    /// SHA-256 of the canonical payload without [`TIMING_MEMBERS`]: equal for two accounts of the same decision.
    ///
    /// `None` when `details` holds what the canonical form cannot write.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        canonical::write(&Value::object(self.decided())).ok().map(|bytes| sha256(&bytes))
    }

    fn decided(&self) -> Vec<(&'static str, Value)> {
        let hex = |digest: &Option<Digest>| digest.map(|digest| digest.to_string());
        let mut members = vec![
            ("decision", self.decision.into()),
            ("mode", self.mode.into()),
            ("uid", Value::from(self.uid.as_str())),
            ("user", Value::from(self.user.as_str())),
            ("would_deny", Value::from(self.would_deny)),
        ];
        put(&mut members, "code", self.code.as_deref());
        put(&mut members, "details", self.details.clone());
        put(&mut members, "kind", self.kind.as_deref());
        put(&mut members, "name", self.name.as_deref());
        put(&mut members, "namespace", self.namespace.as_deref());
        put(&mut members, "object_digest", hex(&self.object_digest));
        put(&mut members, "object_uid", self.object_uid.as_deref());
        put(&mut members, "operation", self.operation.as_deref());
        put(&mut members, "policy_digest", hex(&self.policy_digest));
        put(&mut members, "request_digest", hex(&self.request_digest));
        put(&mut members, "ticket", self.ticket.as_deref());
        put(&mut members, "tier", self.tier);
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> AdmissionDecision {
        AdmissionDecision {
            code: Some("a101".into()),
            details: Some(Value::object([("images", 2_i64)])),
            kind: Some("Pod".into()),
            name: Some("dashboard-1".into()),
            namespace: Some("web-agents".into()),
            object_digest: Some(Digest::ZERO),
            object_uid: Some("o-1".into()),
            operation: Some("CREATE".into()),
            policy_digest: Some(Digest::ZERO),
            request_digest: Some(Digest::ZERO),
            ticket: Some("INC-1".into()),
            tier: Some(Tier::B),
            timing: Timing {
                boot_id: Some("b".into()),
                latency_us: Some(1),
                mono_ms: Some(2),
                wall_ms: Some(3),
            },
            ..AdmissionDecision::new("u-1", "alice", Decision::BreakGlass, Mode::Enforce)
        }
    }

    #[test]
    fn a_payload_reads_back_whether_it_has_all_members_or_only_the_required_ones() {
        for decision in [full(), AdmissionDecision::new("u", "a", Decision::Allow, Mode::Audit)] {
            assert_eq!(AdmissionDecision::read(&decision.to_value()), Ok(decision));
        }
    }

    #[test]
    fn the_digest_covers_what_was_decided_and_not_when() {
        let one = full();
        let later = AdmissionDecision { timing: Timing::default(), ..one.clone() };
        assert_eq!(one.digest(), later.digest());
        let other = AdmissionDecision { decision: Decision::Deny, ..one.clone() };
        assert_ne!(one.digest(), other.digest());
    }

    #[test]
    fn values_that_the_class_does_not_have_are_refused_at_their_member() {
        for (name, value) in [
            ("decision", Value::from("maybe")),
            ("mode", Value::from("off")),
            ("tier", Value::from("C")),
            ("details", Value::from(1_i64)),
            ("object_digest", Value::from("00")),
            ("latency_us", Value::from(-1_i64)),
            ("uid", Value::from("")),
        ] {
            let Value::Object(mut members) = full().to_value() else { panic!("a payload is an object") };
            members.insert(name.to_owned(), value);
            let error = AdmissionDecision::read(&Value::Object(members)).unwrap_err();
            assert!(
                matches!(&error, PayloadError::Value { path, .. } if *path == format!("payload.{name}")),
                "{error}"
            );
        }
        let Value::Object(mut members) = full().to_value() else { panic!("a payload is an object") };
        members.insert("allowed".to_owned(), Value::from(true));
        assert_eq!(
            crate::Coded::code(&AdmissionDecision::read(&Value::Object(members)).unwrap_err()),
            "schema_unknown_member"
        );
    }
}
