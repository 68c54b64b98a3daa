//! One flood, one story: alerts of one cause that overlap in time are told together, whatever rules and keys they are of.

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::canonical::Value;

use crate::output::{Output, number, time};
use crate::rule::{HOUR, MINUTE, Rule};

/// Stories that are kept; what comes later joins the last of its cause.
const STORIES_MAX: usize = 1000;
/// Names of whom a story is about that are kept.
const KEYS_MAX: usize = 20;

/// One thing that happened.
#[derive(Debug, Clone)]
struct Story {
    from: i64,
    /// The end of its last episode; none while one fires.
    until: i64,
    open: BTreeSet<String>,
    alerts: u64,
    rules: BTreeMap<Rule, Strength>,
    keys: BTreeSet<(String, String)>,
    keys_more: bool,
    seqs: Option<(i64, i64)>,
}

/// The strongest that a rule said, with what it compares it to.
#[derive(Debug, Clone, Default)]
struct Strength {
    value: i64,
    max: Option<i64>,
    unit: &'static str,
}

/// Stories by cause, in the order in which they began.
#[derive(Debug, Default)]
pub(crate) struct Stories {
    stories: Vec<(&'static str, Story)>,
}

impl Stories {
    /// Takes what a rule said.
    pub(crate) fn take(&mut self, output: &Output) {
        let text = |path: &[&str]| {
            let value = path.iter().try_fold(&output.payload, |value, name| value.get(name));
            value.and_then(Value::as_str).unwrap_or("").to_owned()
        };
        let Some(rule) = Rule::from_name(&text(&["detector"])) else { return };
        let (phase, episode, at) = (text(&["phase"]), text(&["episode"]), output.at.as_millis());
        let cause = rule.cause();
        let near = |story: &Story| !story.open.is_empty() || at <= story.until.saturating_add(patience(rule));
        let last = self.stories.iter().rposition(|(of, story)| {
            *of == cause && (story.open.contains(&episode) || near(story) || phase == "resolved")
        });
        let place = match last {
            Some(place) => place,
            None if self.stories.len() >= STORIES_MAX => return,
            None => {
                let facts = &output.payload;
                let begun =
                    facts.get("facts").and_then(|facts| facts.get("episode_from")).and_then(Value::as_str);
                let from =
                    begun.and_then(|at| at.parse().ok()).map_or(at, ztp_core::time::Timestamp::as_millis);
                let story = Story {
                    from,
                    until: at,
                    open: BTreeSet::new(),
                    alerts: 0,
                    rules: BTreeMap::new(),
                    keys: BTreeSet::new(),
                    keys_more: false,
                    seqs: None,
                };
                self.stories.push((cause, story));
                self.stories.len() - 1
            }
        };
        let Some((_, story)) = self.stories.get_mut(place) else { return };
        story.until = story.until.max(at);
        story.alerts += u64::from(phase == "fired");
        // A rule without a duration is over when it has spoken.
        if phase == "resolved" || rule.is_momentary() {
            story.open.remove(&episode);
        } else {
            story.open.insert(episode);
        }
        let key = (text(&["key", "scope"]), text(&["key", "name"]));
        if story.keys.len() < KEYS_MAX {
            story.keys.insert(key);
        } else if !story.keys.contains(&key) {
            story.keys_more = true;
        }
        let fact = |name: &str| {
            output.payload.get("facts").and_then(|facts| facts.get(name)).and_then(Value::as_int)
        };
        let (first, last) = (fact("first_seq"), fact("last_seq").or(fact("first_seq")));
        if let (Some(first), Some(last)) = (first, last) {
            let (from, until) = story.seqs.unwrap_or((first, last));
            story.seqs = Some((from.min(first), until.max(last)));
        }
        let (value, max, unit) = rule.measure();
        let strength = story.rules.entry(rule).or_default();
        let said = fact(value).or(fact("episode_count")).unwrap_or_default();
        if said >= strength.value {
            *strength = Strength { value: said, max: fact(max), unit };
        }
    }

    /// The stories, in the order of time.
    pub(crate) fn to_value(&self) -> Value {
        let mut stories: Vec<_> = self.stories.iter().collect();
        stories.sort_by_key(|(cause, story)| (story.from, *cause));
        Value::from(stories.into_iter().map(|(cause, story)| story.to_value(cause)).collect::<Vec<_>>())
    }
}

impl Story {
    fn to_value(&self, cause: &str) -> Value {
        let severity = self.rules.keys().map(|rule| rule.severity()).max_by_key(|severity| match severity {
            ztp_core::event::anomaly::Severity::Critical => 2,
            ztp_core::event::anomaly::Severity::Warning => 1,
            _ => 0,
        });
        let rules = self.rules.iter().map(|(rule, strength)| {
            Value::object([
                ("max", Value::from(strength.max)),
                ("rule", Value::from(rule.name())),
                ("unit", Value::from(strength.unit)),
                ("value", Value::from(strength.value)),
            ])
        });
        let keys = self.keys.iter().map(|(scope, name)| {
            Value::object([("name", Value::from(name.as_str())), ("scope", Value::from(scope.as_str()))])
        });
        Value::object([
            ("alerts", number(self.alerts)),
            ("cause", Value::from(cause)),
            ("first_seq", Value::from(self.seqs.map(|(first, _)| first))),
            ("from", time(self.from)),
            ("keys", Value::from(keys.collect::<Vec<_>>())),
            ("keys_more", Value::from(self.keys_more)),
            ("last_seq", Value::from(self.seqs.map(|(_, last)| last))),
            ("rules", Value::from(rules.collect::<Vec<_>>())),
            ("severity", severity.map_or(Value::Null, Value::from)),
            ("until", if self.open.is_empty() { time(self.until) } else { Value::Null }),
        ])
    }
}

/// How long after the end of a story another alert of its cause still belongs to it.
fn patience(rule: Rule) -> i64 {
    rule.cool_down_ms().clamp(MINUTE, HOUR)
}
