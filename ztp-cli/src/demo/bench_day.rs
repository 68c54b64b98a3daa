//! A plausible day of a bench: admissions, egress, findings, operators at work, the checklist in the morning.

use ztp_core::canonical::Value;
use ztp_core::event::admission::{AdmissionDecision, Decision, Mode, Tier};
use ztp_core::event::operator::OperatorEvent;
use ztp_core::time::Timestamp;

use super::dice::Dice;
use crate::document::{object, string};

/// First instant of the day that is written: 2026-05-12T00:00:00.000Z.
pub(crate) const DAY_START_MS: i64 = 1_778_544_000_000;
/// First instant after it.
pub(crate) const DAY_END_MS: i64 = DAY_START_MS + 24 * HOUR_MS;

/// How busy each hour is, relative to the others: quiet nights, a working day from 08:00 to 19:00.
const HOURS: [i64; 24] = [2, 2, 2, 2, 2, 3, 5, 9, 20, 28, 30, 28, 20, 26, 30, 29, 26, 22, 14, 7, 5, 4, 3, 2];
const HOUR_MS: i64 = 3_600_000;
/// When the five reports of the checklist are archived.
const CHECKLIST_AT_MS: i64 = 6 * HOUR_MS;

/// People act within these, and are so many deeds a day however long the day is made; so are refusals and uses of break-glass. The
/// detectors are quiet on it.
const OFFICE: std::ops::Range<i64> = 8 * HOUR_MS + 300_000..18 * HOUR_MS;
const DEEDS_MAX: u32 = 600;
const REFUSALS_MAX: u32 = 120;
const USES_MAX: u32 = 2;

const REPORTS: [&str; 5] =
    ["verify-sealed-audit", "admission-audit-summary", "correlation-drift", "dlp-events", "anomaly-report"];
const NAMESPACES: [&str; 4] = ["web-agents", "load-generators", "persona-servers", "observability"];
const WORKLOADS: [&str; 6] =
    ["dashboard", "tls-stress", "persona-web", "handshake-probe", "report-writer", "artifact-cache"];
const DESTINATIONS: [&str; 5] = [
    "target-01.bench.example.net",
    "target-02.bench.example.net",
    "updates.example.com",
    "time.example.org",
    "metrics.example.com",
];
const RULES: [&str; 5] = [
    "pem-material",
    "service-account-token",
    "persona-tls-material",
    "sealed-audit-fragment",
    "isk-fingerprint",
];
/// What people do, and the command they do it with.
const COMMANDS: [&str; 6] = [
    "kubectl.get: kubectl get pods -n web-agents",
    "kubectl.logs: kubectl logs deploy/dashboard",
    "audit.verify: ztp audit verify /data/audit --since 7d",
    "service.status: systemctl status ztp-append",
    "deploy.restart: kubectl rollout restart deploy/tls-stress",
    "licence.inspect: ztp licence inspect /data/license/current.json",
];
const CONTROLLER: &str = "system:serviceaccount:kube-system:replicaset-controller";

/// One event, ready to be appended.
#[derive(Debug)]
pub(crate) struct BenchEvent {
    /// When it happened, in milliseconds since 1970 UTC.
    pub(crate) at_ms: i64,
    /// `{"event_class","payload","timestamp"}`.
    pub(crate) value: Value,
}

/// The events of the day, in the order of time.
#[derive(Debug)]
pub(crate) struct BenchDay {
    dice: Dice,
    next: u32,
    count: u32,
    reports: std::slice::Iter<'static, &'static str>,
    /// What is left of the deeds, refusals and uses of the day.
    left: [u32; 3],
}

impl BenchDay {
    /// A day of exactly `count` events.
    pub(crate) fn new(seed: u64, count: u32) -> Self {
        Self {
            dice: Dice::new(seed),
            next: 0,
            count,
            reports: REPORTS.iter(),
            left: [DEEDS_MAX, REFUSALS_MAX, USES_MAX],
        }
    }

    /// Event `next` of `count` lies in its own slice of the day's activity, so times rise and follow the busy hours.
    fn time_ms(&mut self) -> i64 {
        let hours_weight: i64 = HOURS.iter().sum();
        let within = i128::from(self.dice.below(1 << 20));
        let position = (i128::from(self.next) << 20) + within;
        let activity = position * i128::from(hours_weight * HOUR_MS) / (i128::from(self.count.max(1)) << 20);
        let mut left = i64::try_from(activity).unwrap_or(0);
        let mut start = 0;
        for weight in HOURS {
            let span = weight * HOUR_MS;
            if left < span {
                return start + left / weight;
            }
            left -= span;
            start += HOUR_MS;
        }
        24 * HOUR_MS - 1
    }

    fn event(&mut self, since_midnight_ms: i64) -> (&'static str, Value) {
        if since_midnight_ms >= CHECKLIST_AT_MS
            && let Some(report) = self.reports.next()
        {
            return ("ops-checklist", checklist(report));
        }
        match self.dice.below(1000) {
            0..320 => ("admission.decision", self.admission(OFFICE.contains(&since_midnight_ms))),
            925..935 => ("dlp.finding", self.finding()),
            deed @ 935.. if OFFICE.contains(&since_midnight_ms) && self.takes(0) => match deed {
                935..950 => ("operator.login", self.login()),
                _ => ("operator.action", self.command()),
            },
            _ => ("egress.request", self.egress()),
        }
    }

    /// Takes one of what is left of a kind, if there is one: of a long day only some, so that they are spread over it.
    fn takes(&mut self, kind: usize) -> bool {
        let (most, one_in) =
            [(DEEDS_MAX, 20), (REFUSALS_MAX, 200), (USES_MAX, 800)].get(kind).copied().unwrap_or((0, 1));
        if self.dice.below(u64::from(self.count) / one_in + 1) >= u64::from(most) {
            return false;
        }
        let left = self.left.get_mut(kind);
        left.is_some_and(|left| left.checked_sub(1).map(|less| *left = less).is_some())
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.dice.next()));
        }
        text.truncate(digits);
        text
    }

    fn uid(&mut self) -> String {
        let parts = [8, 4, 4, 4, 12].map(|digits| self.hex(digits));
        parts.join("-")
    }

    fn operator(&mut self) -> String {
        format!("op-{:02}", 1 + self.dice.below(9))
    }

    fn admission(&mut self, office: bool) -> Value {
        let (refused, broken) = (self.dice.chance(15), self.dice.chance(5));
        let tier = if self.dice.chance(250) { Tier::B } else { Tier::A };
        let (workload, suffix) = (self.dice.pick(&WORKLOADS), self.hex(5));
        let uid = self.uid();
        let mut made = if broken && office && self.takes(2) {
            let mut made = AdmissionDecision::new(uid, self.operator(), Decision::BreakGlass, Mode::Enforce);
            made.ticket = Some(format!("INC-{}", 10_000 + self.dice.below(90_000)));
            made
        } else if refused && self.takes(1) {
            let mut made = AdmissionDecision::new(uid, CONTROLLER, Decision::Deny, Mode::Enforce);
            (made.code, made.would_deny) = (Some("tier_label_missing".to_owned()), true);
            made
        } else {
            AdmissionDecision::new(uid, CONTROLLER, Decision::Allow, Mode::Enforce)
        };
        if made.decision != Decision::Deny {
            made.tier = Some(tier);
        }
        (made.kind, made.operation) = (Some("Pod".to_owned()), Some("CREATE".to_owned()));
        made.name = Some(format!("{workload}-{suffix}"));
        made.namespace = Some(self.dice.pick(&NAMESPACES).to_owned());
        made.to_value()
    }

    fn egress(&mut self) -> Value {
        let bytes = 200 + self.dice.below(60_000);
        let status = if self.dice.chance(12) { 503 } else { 200 };
        object([
            ("bytes_out", Some(number(bytes))),
            ("destination", Some(string(self.dice.pick(&DESTINATIONS)))),
            ("method", Some(string(self.dice.pick(&["GET", "GET", "POST"])))),
            ("request_id", Some(string(self.hex(16)))),
            ("status", Some(number(status))),
            ("workload", Some(string(self.dice.pick(&WORKLOADS)))),
        ])
    }

    fn finding(&mut self) -> Value {
        object([
            ("action", Some(string("record-and-alert"))),
            ("destination", Some(string(self.dice.pick(&DESTINATIONS)))),
            ("match_sha256", Some(string(self.hex(64)))),
            ("rule", Some(string(self.dice.pick(&RULES)))),
            ("workload", Some(string(self.dice.pick(&WORKLOADS)))),
        ])
    }

    fn login(&mut self) -> Value {
        let host = 10 + self.dice.below(40);
        let event = OperatorEvent {
            from: Some(format!("192.0.2.{host}")),
            operator: self.operator(),
            second_factor: Some(true),
            ..OperatorEvent::default()
        };
        event.to_value()
    }

    fn command(&mut self) -> Value {
        let (action, detail) = self.dice.pick(&COMMANDS).split_once(": ").unwrap_or_default();
        let event = OperatorEvent {
            action: Some(action.to_owned()),
            detail: Some(detail.to_owned()),
            operator: self.operator(),
            session: Some(self.hex(8)),
            ..OperatorEvent::default()
        };
        event.to_value()
    }
}

impl Iterator for BenchDay {
    type Item = BenchEvent;

    fn next(&mut self) -> Option<BenchEvent> {
        if self.next == self.count {
            return None;
        }
        let since_midnight_ms = self.time_ms();
        self.next += 1;
        let (class, payload) = self.event(since_midnight_ms);
        let at_ms = DAY_START_MS + since_midnight_ms;
        let timestamp = Timestamp::from_millis(at_ms).ok().map(|t| string(t.to_string()));
        let value = object([
            ("event_class", Some(string(class))),
            ("payload", Some(payload)),
            ("timestamp", timestamp),
        ]);
        Some(BenchEvent { at_ms, value })
    }
}

fn checklist(report: &str) -> Value {
    object([("findings", Some(number(0))), ("report", Some(string(report))), ("since", Some(string("7d")))])
}

fn number(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::text;

    fn day(count: u32) -> Vec<BenchEvent> {
        BenchDay::new(7, count).collect()
    }

    #[test]
    fn a_day_has_the_count_asked_for_in_the_order_of_time_within_24_hours() {
        for count in [1, 100, 5_000] {
            let events = day(count);
            assert_eq!(events.len(), usize::try_from(count).unwrap());
            assert!(events.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
            assert!(events.iter().all(|event| (0..24 * HOUR_MS).contains(&(event.at_ms - DAY_START_MS))));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_day_and_another_seed_another() {
        let bytes = |seed| -> Vec<_> {
            BenchDay::new(seed, 200).map(|event| crate::document::bytes(&event.value)).collect()
        };
        assert_eq!(bytes(3), bytes(3));
        assert_ne!(bytes(3), bytes(4));
    }

    #[test]
    fn every_kind_of_event_occurs_and_the_checklist_holds_five_reports() {
        let events = day(5_000);
        let of = |class: &str| {
            events.iter().filter(|event| text(&event.value, &["event_class"]) == Some(class)).count()
        };
        for class in
            ["admission.decision", "egress.request", "dlp.finding", "operator.login", "operator.action"]
        {
            assert!(of(class) > 10, "{class}: {}", of(class));
        }
        assert_eq!(of("ops-checklist"), 5);
        let first = events.iter().find(|event| text(&event.value, &["event_class"]) == Some("ops-checklist"));
        assert!(first.unwrap().at_ms >= DAY_START_MS + CHECKLIST_AT_MS);
    }
}
