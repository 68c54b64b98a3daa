//! The documents of scans, as canonical JSON.

use ztp_core::canonical::{self, Value};
use ztp_core::event::{Event, EventClass};
use ztp_core::time::Timestamp;
use ztp_dlp::customer::{CustomerRules, RuleWarning};
use ztp_dlp::finding::Report;
use ztp_dlp::memory::Memory;
use ztp_dlp::rule::RuleInfo;
use ztp_dlp::scanner::Scanner;

use crate::outcome::{Outcome, failed};

/// A report with the events that go into the sealed log, under the status of its verdict.
pub(crate) fn report(report: &Report, events: &[Event]) -> Result<Outcome, Outcome> {
    let mut value = report.to_value();
    if let Value::Object(members) = &mut value {
        members.insert("events".to_owned(), event_list(events));
    }
    let document = canonical::write(&value).map_err(failed)?;
    Ok(Outcome::verdict(report.code(), document))
}

/// What is known of a request before its body: `{"events","mode","rule_set","schema":"ztp.dlp.begun/1"}`.
pub(crate) fn begun(scanner: &Scanner, events: &[Event]) -> Outcome {
    Outcome::object([
        ("events", event_list(events)),
        ("mode", scanner.mode().as_str().into()),
        ("rule_set", scanner.rule_set_hash().to_string().into()),
        ("schema", "ztp.dlp.begun/1".into()),
    ])
}

/// That other rules are in force: `{"events","mode","new","old","schema":"ztp.dlp.reloaded/1"}`.
pub(crate) fn reloaded(old: &Scanner, new: &Scanner, now: Timestamp) -> Result<Outcome, Outcome> {
    let hash = |scanner: &Scanner| Value::from(scanner.rule_set_hash().to_string());
    let payload = Value::object::<_, Value>([
        ("mode", new.mode().as_str().into()),
        ("new", hash(new)),
        ("old", hash(old)),
        ("old_mode", old.mode().as_str().into()),
        ("rules", count(new.rules().len())),
    ]);
    let event = Event::new(EventClass::DLP_RULES_CHANGED, payload, now).map_err(failed)?;
    Ok(Outcome::object([
        ("events", event_list(&[event])),
        ("mode", new.mode().as_str().into()),
        ("new", hash(new)),
        ("old", hash(old)),
        ("schema", "ztp.dlp.reloaded/1".into()),
    ]))
}

/// The rules in force: `{"mode","rule_set","rules":[…],"schema":"ztp.dlp.rules/1"}`.
pub(crate) fn rule_list(scanner: &Scanner) -> Result<Outcome, Outcome> {
    Ok(Outcome::object([
        ("mode", scanner.mode().as_str().into()),
        ("rule_set", scanner.rule_set_hash().to_string().into()),
        ("rules", scanner.rules().iter().map(rule).collect::<Vec<_>>().into()),
        ("schema", "ztp.dlp.rules/1".into()),
    ]))
}

/// What a rule file holds: `{"hash","rules":[…],"schema":"ztp.dlp.rules-check/1","warnings":[…]}`.
pub(super) fn rules_check(rules: &CustomerRules) -> Result<Outcome, Outcome> {
    let warning = |warning: &RuleWarning| {
        Value::object::<_, Value>([("code", warning.code.into()), ("rule", warning.rule.as_str().into())])
    };
    Ok(Outcome::object([
        ("hash", rules.hash().to_string().into()),
        ("rules", rules.infos().map(|info| rule(&info)).collect::<Vec<_>>().into()),
        ("schema", "ztp.dlp.rules-check/1".into()),
        ("warnings", rules.warnings().iter().map(warning).collect::<Vec<_>>().into()),
    ]))
}

/// What is kept over a restart: `ztp.dlp.ledger/1`.
pub(crate) fn ledger(memory: &Memory) -> Result<Outcome, Outcome> {
    canonical::write(&memory.ledger()).map(Outcome::with_document).map_err(failed)
}

fn rule(rule: &RuleInfo) -> Value {
    Value::object::<_, Value>([
        ("action", rule.action.as_str().into()),
        ("kind", rule.kind.into()),
        ("rule", rule.id.as_str().into()),
        ("summary", rule.summary.as_str().into()),
        ("surfaces", rule.surfaces.iter().map(|&word| Value::from(word)).collect::<Vec<_>>().into()),
        ("version", i64::from(rule.version).into()),
    ])
}

/// Events as `audit_append` takes them.
fn event_list(events: &[Event]) -> Value {
    let event = |event: &Event| {
        Value::object::<_, Value>([
            ("event_class", event.class().as_str().into()),
            ("payload", event.payload().clone()),
            ("timestamp", event.timestamp().to_string().into()),
        ])
    };
    events.iter().map(event).collect::<Vec<_>>().into()
}

fn count(n: usize) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}
