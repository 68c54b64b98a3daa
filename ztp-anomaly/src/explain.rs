//! Why an alert fired, or why it did not: every number that the rules compare, at a record or at a time.

use ztp_core::canonical::Value;
use ztp_core::signature::PublicKey;
use ztp_core::time::Timestamp;

use crate::error::AnomalyError;
use crate::fold::Detectors;
use crate::keys::Key;
use crate::output::{Facts, Output, number, signed, time};
use crate::record::RawRecord;
use crate::rule::{Rule, Scope};
use crate::settings::Settings;

/// Keys that are explained when no name is given.
const KEYS_MAX: usize = 100;
/// The last alerts that are shown.
const ALERTS_MAX: usize = 20;

/// Where in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a log has places and times")]
pub enum At {
    /// When the record with this number is judged.
    Seq(u64),
    /// At this effective time, the records at it included.
    Time(Timestamp),
}

/// What is asked.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "a question is made by its asker")]
pub struct Question {
    /// Where in the log.
    pub at: At,
    /// One rule; all if there is none.
    pub rule: Option<Rule>,
    /// One user, namespace or ticket; if there is none, everything, and the keys that are not idle.
    pub name: Option<String>,
}

/// Folds up to a place in the log and says what the rules compare there.
#[derive(Debug)]
pub struct Explainer {
    detectors: Detectors,
    question: Question,
    out: Vec<Output>,
    last: Vec<Value>,
    answer: Option<Value>,
}

impl Explainer {
    /// Before the first record.
    #[must_use]
    pub fn new(settings: Settings, approvers: Vec<PublicKey>, question: Question) -> Self {
        let mut detectors = Detectors::new(settings, approvers);
        if let At::Time(at) = question.at {
            detectors.hold = Some(at.as_millis());
        }
        Self { detectors, question, out: Vec::new(), last: Vec::new(), answer: None }
    }

    /// Takes the next record of the log; `true` once the answer is known and no more are needed.
    ///
    /// # Errors
    /// As [`Detectors::step`].
    pub fn record(&mut self, record: &RawRecord<'_>) -> Result<bool, AnomalyError> {
        if self.answer.is_some() {
            return Ok(true);
        }
        let before = self.detectors.clock.latest();
        if self.question.at == At::Seq(record.seq) {
            // Judge nothing after the record: it is placed at its time, or where the log had come to.
            let placed = self.detectors.clock.clone().place(record.timestamp.as_millis());
            let own = record.class.starts_with("log.");
            self.detectors.hold = Some(if own { before } else { placed.at });
        }
        self.detectors.step(record, &mut self.out)?;
        self.tell();
        if self.detectors.hold.is_some_and(|at| self.detectors.clock.watermark() > at) {
            self.answer = Some(self.explain());
        }
        Ok(self.answer.is_some())
    }

    /// The answer, a document of schema `ztp.anomaly.explanation/1` (docs/formats/anomaly.md). If the log ended before the
    /// place was reached, it is about the log's end, and `reached` says so.
    #[must_use]
    pub fn finish(mut self) -> Value {
        match self.answer.take() {
            Some(answer) => answer,
            None => {
                self.detectors.close(None, &mut self.out);
                self.tell();
                self.explain()
            }
        }
    }

    /// Keeps the last that the rules said up to the place. Records behind it are read only to know that none comes before it.
    fn tell(&mut self) {
        let hold = self.detectors.hold.unwrap_or(i64::MAX);
        let said = self.out.drain(..).filter(|output| output.at.as_millis() <= hold);
        self.last.extend(said.map(|output| output.payload));
        let surplus = self.last.len().saturating_sub(ALERTS_MAX);
        self.last.drain(..surplus);
    }

    fn explain(&self) -> Value {
        let detectors = &self.detectors;
        let in_force = detectors.in_force();
        let hold = detectors.hold;
        // Judged past it: by a later record, or because the log ends.
        let reached = hold.is_some_and(|at| detectors.clock.watermark() > at || detectors.judged > at);
        let now = if reached { hold.unwrap_or(0) } else { detectors.judged.max(0) };
        let wanted = |rule: Rule| self.question.rule.is_none_or(|wanted| wanted == rule);
        let keys: Vec<Value> = detectors
            .keys
            .each(&detectors.names)
            .into_iter()
            .filter(|(scope, name, key)| match &self.question.name {
                Some(wanted) => name == wanted,
                None => *scope == Scope::Global || key.alerts().iter().any(|(_, alert)| !alert.is_idle(now)),
            })
            .take(KEYS_MAX)
            .map(|(scope, name, key)| self.key(scope, name, key, now))
            .collect();
        let global: Vec<Value> = detectors
            .global_alerts()
            .into_iter()
            .filter(|(rule, _)| wanted(*rule))
            .map(|(rule, alert)| phase(rule, alert.phase_name(now)))
            .collect();
        let span = in_force.schedule().span(now);
        let edge = |at: i64| if at == i64::MIN || at == i64::MAX { Value::Null } else { time(at) };
        Value::object([
            ("alerts", Value::from(global)),
            ("at", time(now)),
            (
                "business",
                Value::object([
                    ("from", edge(span.from)),
                    ("open", Value::from(span.open)),
                    ("until", edge(span.until)),
                ]),
            ),
            (
                "clock",
                Value::object([
                    ("heartbeat_ms", signed(detectors.clock.heartbeat())),
                    ("offset_ms", signed(detectors.clock.offset())),
                    ("suspect", Value::from(detectors.clock.is_suspect(now))),
                ]),
            ),
            ("config_hash", Value::from(in_force.hash().to_string())),
            ("keys", Value::from(keys)),
            ("last_alerts", Value::from(self.last.clone())),
            ("last_seq", Value::from(detectors.position().map(|(seq, _)| number(seq)))),
            ("reached", Value::from(reached)),
            ("schema", Value::from("ztp.anomaly.explanation/1")),
            ("tier_b", Value::object(detectors.ratio.explain(in_force))),
            ("time_zone_database", Value::from(crate::zone::version())),
            ("unjudged", detectors.unjudged.to_value()),
            ("waiting_records", number(u64::try_from(detectors.waiting()).unwrap_or(0))),
        ])
    }

    fn key(&self, scope: Scope, name: &str, key: &Key, now: i64) -> Value {
        let settings = self.detectors.in_force().settings();
        let wanted = |rule: Rule| self.question.rule.is_none_or(|wanted| wanted == rule);
        let object = |facts: Option<Facts>| Value::from(facts.map(Value::object));
        let alerts = key.alerts().into_iter().filter(|(rule, _)| wanted(*rule));
        let pods = key.ticket.as_ref().map(|ticket| {
            vec![
                ("pods", number(ticket.pods(now))),
                ("pods_max", signed(settings.break_glass.pods_per_ticket_max)),
            ]
        });
        Value::object([
            (
                "alerts",
                Value::from(
                    alerts.map(|(rule, alert)| phase(rule, alert.phase_name(now))).collect::<Vec<_>>(),
                ),
            ),
            (
                "break_glass",
                object(key.glass.as_ref().map(|glass| glass.explain(now, &settings.break_glass))),
            ),
            ("denials", object(key.flood.as_ref().map(|flood| flood.explain(now, &settings.denial_flood)))),
            ("name", Value::from(name)),
            (
                "people",
                object(key.people.as_ref().map(|people| people.explain(now, &settings.business_hours))),
            ),
            ("scope", Value::from(scope.name())),
            ("ticket", object(pods)),
        ])
    }
}

fn phase(rule: Rule, phase: &str) -> Value {
    Value::object([("phase", phase), ("rule", rule.name())])
}
