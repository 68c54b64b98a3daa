//! The weekly report: what fired, what is in force, and the numbers behind it, ready to plot.

use std::collections::BTreeMap;

use ztp_core::canonical::Value;
use ztp_core::event::admission::{Decision, Tier};
use ztp_core::signature::PublicKey;
use ztp_core::time::Timestamp;

use crate::error::AnomalyError;
use crate::fixed::ratio_ppm;
use crate::fold::Detectors;
use crate::output::{Output, number, signed, time};
use crate::record::{Input, RawRecord, long, quick};
use crate::rule::{DAY, Rule};
use crate::settings::{Settings, SettingsFile};
use crate::stories::Stories;

/// Records that cannot be read and are listed; all are counted.
const UNREADABLE_MAX: usize = 20;
/// Alerts and notices that are listed; all are counted.
const LISTED_MAX: usize = 1000;
/// Days of a series.
const DAYS_MAX: usize = 3660;

#[derive(Debug, Clone, Copy, Default)]
struct Day {
    admissions: u64,
    tier_b: u64,
    denied: u64,
    break_glass: u64,
    operator: u64,
    alerts: u64,
}

/// Folds over a log and reports on a range of it. What came before the range is folded too: a window does not begin anew.
#[derive(Debug)]
pub struct Reporter {
    detectors: Detectors,
    since: i64,
    until: i64,
    records: u64,
    out: Vec<Output>,
    alerts: Vec<Value>,
    alerts_total: u64,
    notices: BTreeMap<String, u64>,
    phases: BTreeMap<(String, String), u64>,
    days: BTreeMap<i64, Day>,
    unreadable: Vec<Value>,
    unreadable_total: u64,
    stories: Stories,
}

impl Reporter {
    /// Before the first record. The range is half-open: from `since`, before `until`; without one, all of the log.
    #[must_use]
    pub fn new(
        settings: Settings,
        approvers: Vec<PublicKey>,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Self {
        Self {
            detectors: Detectors::new(settings, approvers),
            since: since.map_or(i64::MIN, Timestamp::as_millis),
            until: until.map_or(i64::MAX, Timestamp::as_millis),
            records: 0,
            out: Vec::new(),
            alerts: Vec::new(),
            alerts_total: 0,
            notices: BTreeMap::new(),
            phases: BTreeMap::new(),
            days: BTreeMap::new(),
            unreadable: Vec::new(),
            unreadable_total: 0,
            stories: Stories::default(),
        }
    }

    /// Takes the next record of the log.
    ///
    /// # Errors
    /// As [`Detectors::step`].
    pub fn record(&mut self, record: &RawRecord<'_>) -> Result<(), AnomalyError> {
        self.detectors.step(record, &mut self.out)?;
        self.records += 1;
        let at = record.timestamp.as_millis();
        if self.holds(at) {
            match quick(record.class, record.payload) {
                Some(input) => self.count(record.seq, at, &input),
                None => self.count(record.seq, at, &long(record.class, record.payload).input()),
            }
        }
        for output in std::mem::take(&mut self.out) {
            self.take(output);
        }
        Ok(())
    }

    /// Takes a record of the log's own.
    pub(crate) fn input(&mut self, seq: u64, at: Timestamp, input: &Input<'_>) -> Result<(), AnomalyError> {
        self.detectors.step_input(
            seq,
            ztp_core::digest::Digest::ZERO,
            at.as_millis(),
            input,
            &mut self.out,
        )?;
        for output in std::mem::take(&mut self.out) {
            self.take(output);
        }
        Ok(())
    }

    fn holds(&self, at: i64) -> bool {
        (self.since..self.until).contains(&at)
    }

    fn day(&mut self, at: i64) -> Option<&mut Day> {
        let day = at.div_euclid(DAY);
        if self.days.len() >= DAYS_MAX && !self.days.contains_key(&day) {
            return None;
        }
        Some(self.days.entry(day).or_default())
    }

    fn count(&mut self, seq: u64, at: i64, input: &Input<'_>) {
        if let Input::Unreadable { code } = input {
            self.unreadable_total += 1;
            if self.unreadable.len() < UNREADABLE_MAX {
                let members = [("at", time(at)), ("code", Value::from(*code)), ("seq", number(seq))];
                self.unreadable.push(Value::object(members));
            }
            return;
        }
        let Some(day) = self.day(at) else { return };
        match input {
            Input::Admission(admission) => {
                if admission.decision == Decision::Deny {
                    day.denied += 1;
                } else if admission.operation == "CREATE" && admission.tier.is_some() {
                    day.admissions += 1;
                    day.tier_b += u64::from(admission.tier == Some(Tier::B));
                }
                day.break_glass += u64::from(admission.decision == Decision::BreakGlass);
            }
            Input::Operator(_) => day.operator += 1,
            _ => {}
        }
    }

    fn take(&mut self, output: Output) {
        let at = output.at.as_millis();
        if !self.holds(at) {
            return;
        }
        let text = |name| output.payload.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        let (detector, phase) = (text("detector"), text("phase"));
        if phase == "noticed" {
            *self.notices.entry(detector).or_default() += 1;
            return;
        }
        if phase == "fired" {
            self.alerts_total += 1;
            if let Some(day) = self.day(at) {
                day.alerts += 1;
            }
        }
        *self.phases.entry((detector, phase)).or_default() += 1;
        self.stories.take(&output);
        if self.alerts.len() < LISTED_MAX {
            self.alerts.push(output.payload);
        }
    }

    /// The report, a document of schema `ztp.anomaly.report/1` (docs/formats/anomaly.md). With `now` it also says how long
    /// the log has been silent.
    #[must_use]
    pub fn finish(mut self, now: Option<Timestamp>) -> Value {
        self.detectors.close(now.map(Timestamp::as_millis), &mut self.out);
        for output in std::mem::take(&mut self.out) {
            self.take(output);
        }
        let detectors = &self.detectors;
        let in_force = detectors.in_force();
        let latest = detectors.clock.latest();
        let settings = SettingsFile::ALL.map(|file| (file.name(), in_force.settings().file_value(file)));
        let waiting = detectors.changes.waiting().map(|(file, at)| {
            Value::object([("file", Value::from(file.name())), ("in_force_from", time(at))])
        });
        let silent = now.filter(|_| self.records > 0).map(|now| {
            let silent = now.as_millis().saturating_sub(latest.saturating_sub(detectors.clock.offset()));
            Value::object([
                ("heartbeat_ms", signed(detectors.clock.heartbeat())),
                ("is_gap", Value::from(silent > detectors.clock.heartbeat().saturating_mul(3))),
                ("silent_ms", signed(silent)),
            ])
        });
        let unjudged = detectors.unjudged.to_value();
        let bound = |at: i64| if at == i64::MIN || at == i64::MAX { Value::Null } else { time(at) };
        let status = if self.records == 0 {
            "nothing"
        } else if self.alerts_total > 0 || self.firing().next().is_some() {
            "alerts"
        } else if !unjudged.is_null() {
            "incomplete"
        } else {
            "quiet"
        };
        Value::object([
            ("alerts", Value::from(self.alerts.clone())),
            ("alerts_total", number(self.alerts_total)),
            ("config_hash", Value::from(in_force.hash().to_string())),
            ("days", Value::from(self.series())),
            ("detectors", Value::from(self.rules())),
            ("evaluation", Value::object(detectors.ratio.explain(in_force))),
            ("firing", Value::from(self.firing().collect::<Vec<_>>())),
            ("last_seq", Value::from(detectors.position().map(|(seq, _)| number(seq)))),
            (
                "notices",
                Value::object(self.notices.iter().map(|(name, count)| (name.as_str(), number(*count)))),
            ),
            ("records", number(self.records)),
            ("schema", Value::from("ztp.anomaly.report/1")),
            ("settings", Value::object(settings)),
            ("settings_waiting", Value::from(waiting.collect::<Vec<_>>())),
            ("silence", Value::from(silent)),
            ("since", bound(self.since)),
            ("status", Value::from(status)),
            ("stories", self.stories.to_value()),
            ("time_zone_database", Value::from(crate::zone::version())),
            ("unjudged", unjudged),
            ("unreadable", Value::from(self.unreadable.clone())),
            ("unreadable_total", number(self.unreadable_total)),
            ("until", bound(self.until)),
            ("waiting_records", number(u64::try_from(detectors.waiting()).unwrap_or(0))),
            ("weeks", Value::from(self.weeks())),
            ("zone_sha256", Value::from(in_force.zone_digest().to_string())),
        ])
    }

    /// One row for each rule: whether it is evaluated, and what it did in the range. Not evaluated is not quiet.
    fn rules(&self) -> Vec<Value> {
        let detectors = &self.detectors;
        let based = detectors.ratio.has_baseline(detectors.in_force());
        let row = |rule: &Rule| {
            let count = |phase: &str| {
                let key = (rule.name().to_owned(), phase.to_owned());
                number(self.phases.get(&key).copied().unwrap_or(0))
            };
            let needs_baseline = matches!(
                rule,
                Rule::TierBRatio
                    | Rule::TierBDrift
                    | Rule::TierBBaselineShift
                    | Rule::TierBCount
                    | Rule::AdmissionVolume
                    | Rule::DenialSilence
            );
            let state = if needs_baseline && !based { "warming-up" } else { "evaluated" };
            Value::object([
                ("fired", count("fired")),
                ("resolved", count("resolved")),
                ("rule", Value::from(rule.name())),
                ("severity", rule.severity().into()),
                ("state", Value::from(state)),
                ("updated", count("updated")),
            ])
        };
        Rule::ALL.iter().map(row).collect()
    }

    fn firing(&self) -> impl Iterator<Item = Value> {
        self.detectors.firing().into_iter().take(LISTED_MAX).map(|(rule, scope, name)| {
            Value::object([
                ("name", Value::from(name)),
                ("rule", Value::from(rule.name())),
                ("scope", Value::from(scope.name())),
            ])
        })
    }

    fn series(&self) -> Vec<Value> {
        let row = |(day, counts): (&i64, &Day)| {
            Value::object([
                ("admissions", number(counts.admissions)),
                ("alerts", number(counts.alerts)),
                ("break_glass", number(counts.break_glass)),
                ("denied", number(counts.denied)),
                ("from", time(day.saturating_mul(DAY))),
                ("operator", number(counts.operator)),
                ("tier_b", number(counts.tier_b)),
                ("tier_b_ppm", number(ratio_ppm(counts.tier_b, counts.admissions))),
            ])
        };
        self.days.iter().map(row).collect()
    }

    /// Alerts by week, counted from Monday 1970-01-05: what the people who read them have to bear.
    fn weeks(&self) -> Vec<Value> {
        let mut weeks: BTreeMap<i64, u64> = BTreeMap::new();
        for (day, counts) in &self.days {
            *weeks.entry((day - 4).div_euclid(7)).or_default() += counts.alerts;
        }
        let row = |(week, alerts): (i64, u64)| {
            let monday = week.saturating_mul(7).saturating_add(4).saturating_mul(DAY);
            Value::object([("alerts", number(alerts)), ("from", time(monday))])
        };
        weeks.into_iter().map(row).collect()
    }
}
