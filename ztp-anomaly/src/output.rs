//! What the fold says: events for the sealed log, a function of the records alone.

use ztp_core::canonical::{INTEGER_MAX, Value};
use ztp_core::digest::{Digest, sha256_parts};
use ztp_core::event::anomaly::{AnomalyEvent, Severity};
use ztp_core::event::{Event, EventClass, EventError};
use ztp_core::time::Timestamp;

use crate::rule::{Notice, Rule, Scope};
use crate::settings::InForce;

/// An event that the fold wants sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// `anomaly.fired`, `anomaly.resolved` or `anomaly.noticed`.
    pub class: EventClass,
    /// The payload; docs/formats/anomaly.md lists its members.
    pub payload: Value,
    /// Sequence number of the record at which the fold knew.
    pub cause_seq: u64,
    /// Effective time of the condition.
    pub at: Timestamp,
}

impl Output {
    /// The event for the log, as it happened at `now`.
    ///
    /// # Errors
    /// None for an output of this crate; the signature is that of [`Event::new`].
    pub fn to_event(&self, now: Timestamp) -> Result<Event, EventError> {
        Event::new(self.class.clone(), self.payload.clone(), now)
    }
}

/// Whom an alert is about, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct About<'n> {
    pub(crate) scope: Scope,
    pub(crate) name: &'n str,
}

impl About<'_> {
    pub(crate) const GLOBAL: About<'static> = About { scope: Scope::Global, name: "" };

    pub(crate) fn to_value(self) -> Value {
        let scope = ("scope", Value::from(self.scope.name()));
        match self.scope {
            Scope::Global => Value::object([scope]),
            _ => Value::object([("name", Value::from(self.name)), scope]),
        }
    }
}

/// Numbers of an alert.
pub(crate) type Facts = Vec<(&'static str, Value)>;

/// Where detectors write to, and what is in force while they do.
#[derive(Debug)]
pub(crate) struct Emit<'a> {
    pub(crate) in_force: &'a InForce,
    pub(crate) out: &'a mut Vec<Output>,
    pub(crate) cause_seq: u64,
}

impl Emit<'_> {
    pub(crate) fn alert(
        &mut self,
        rule: Rule,
        about: About<'_>,
        now: i64,
        phase: &'static str,
        episode: Digest,
        facts: Facts,
    ) {
        let class =
            if phase == "resolved" { EventClass::ANOMALY_RESOLVED } else { EventClass::ANOMALY_FIRED };
        self.push(class, rule.name(), about, now, phase, rule.severity(), Some(episode), facts);
    }

    pub(crate) fn notice(&mut self, notice: Notice, about: About<'_>, now: i64, facts: Facts) {
        let class = EventClass::ANOMALY_NOTICED;
        self.push(class, notice.name(), about, now, "noticed", Severity::Notice, None, facts);
    }

    #[allow(clippy::too_many_arguments, reason = "the members of one event, in one private place")]
    fn push(
        &mut self,
        class: EventClass,
        detector: &str,
        about: About<'_>,
        now: i64,
        phase: &str,
        severity: Severity,
        episode: Option<Digest>,
        facts: Facts,
    ) {
        let at = timestamp(now);
        let event = AnomalyEvent {
            at: at.to_string(),
            config_hash: self.in_force.hash(),
            detector: detector.to_owned(),
            episode,
            facts: Value::object(facts),
            key: about.to_value(),
            phase: phase.to_owned(),
            severity,
        };
        self.out.push(Output { class, payload: event.to_value(), cause_seq: self.cause_seq, at });
    }
}

/// Identity of an episode: which rule, whom, and the record that began it.
pub(crate) fn episode(rule: Rule, about: About<'_>, first_seq: u64) -> Digest {
    let zero: &[u8] = &[0];
    sha256_parts(&[
        b"ztp-anomaly-episode-1",
        zero,
        rule.name().as_bytes(),
        zero,
        about.scope.name().as_bytes(),
        zero,
        about.name.as_bytes(),
        zero,
        first_seq.to_string().as_bytes(),
    ])
}

/// Milliseconds as a timestamp, held to the years that have one.
pub(crate) fn timestamp(millis: i64) -> Timestamp {
    let held = millis.clamp(Timestamp::MIN.as_millis(), Timestamp::MAX.as_millis());
    Timestamp::from_millis(held).unwrap_or(Timestamp::MAX)
}

/// A time as a member.
pub(crate) fn time(millis: i64) -> Value {
    Value::from(timestamp(millis).to_string())
}

/// A count as a member, held to the range of the profile.
pub(crate) fn number(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX).min(INTEGER_MAX))
}

/// A signed number as a member, held to the range of the profile.
pub(crate) fn signed(value: i64) -> Value {
    Value::Int(value.clamp(-INTEGER_MAX, INTEGER_MAX))
}
