//! An ordinary day: admissions that follow the shifts and the deployments, operators at work, the odd incident.

use ztp_core::canonical::Value;
use ztp_core::digest::sha256;
use ztp_core::event::EventClass;
use ztp_core::event::admission::{AdmissionDecision, Decision, Mode, Tier, Timing};
use ztp_core::event::operator::OperatorEvent;

use crate::Happening;
use crate::calendar::{DAY_MS, Day, HOUR_MS, MINUTE_MS};
use crate::dice::Dice;

/// How busy each hour of a working day is, relative to the others.
const WORKING_HOURS: [i64; 24] =
    [10, 10, 10, 10, 10, 12, 14, 18, 26, 32, 34, 32, 26, 30, 34, 33, 30, 26, 18, 14, 12, 11, 10, 10];
const NAMESPACES: &[&str] = &["web-agents", "load-generators", "persona-servers", "observability"];
const WORKLOADS: &[&str] =
    &["dashboard", "tls-stress", "persona-web", "handshake-probe", "report-writer", "artifact-cache"];
/// Identities of machines. Each keeps to its own verbs.
const CONTROLLERS: &[&str] = &[
    "system:serviceaccount:kube-system:replicaset-controller",
    "system:serviceaccount:kube-system:statefulset-controller",
    "system:serviceaccount:ci:deployer",
];
const JOBS: &str = "system:serviceaccount:kube-system:job-controller";
/// People with a shell or a kubeconfig.
pub(crate) const PEOPLE: &[&str] = &["alice", "bruno", "carla", "diego"];
const ACTIONS: &[(&str, &str)] = &[
    ("audit.verify", "ztp audit verify /data/audit --since 7d"),
    ("vault.status", "ztp vault status"),
    ("licence.inspect", "ztp licence inspect /data/license/current.json"),
    ("kubectl.logs", "kubectl logs deploy/dashboard"),
    ("deploy.restart", "kubectl rollout restart deploy/tls-stress"),
];
const DESTINATIONS: &[&str] = &[
    "target-01.bench.example.net",
    "target-02.bench.example.net",
    "updates.example.com",
    "metrics.example.com",
];
const CHECKLIST: &[&str] =
    &["verify-sealed-audit", "admission-audit-summary", "correlation-drift", "dlp-events", "anomaly-report"];

/// One in so many admissions belongs to tier B, spread over the day as its scheduled jobs are.
pub(crate) const TIER_B_ONE_IN: u64 = 20;
/// A host runs so many days before it is patched and started again.
const BOOT_DAYS: i64 = 30;

/// Makes the decisions and events of a bench.
#[derive(Debug)]
pub(crate) struct Maker {
    seed: u64,
    policy: String,
}

impl Maker {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, policy: format!("tier policy of bench {seed}") }
    }

    /// A decision about a pod, with everything a webhook knows of it.
    pub(crate) fn decision(
        &self,
        dice: &mut Dice,
        at_ms: i64,
        user: &str,
        decision: Decision,
    ) -> AdmissionDecision {
        let mut made = AdmissionDecision::new(dice.uuid(), user, decision, Mode::Enforce);
        made.kind = Some("Pod".to_owned());
        made.namespace = Some(dice.pick(NAMESPACES).to_owned());
        made.name = Some(format!("{}-{}", dice.pick(WORKLOADS), dice.hex(5)));
        made.object_uid = Some(dice.uuid());
        made.object_digest = Some(sha256(made.uid.as_bytes()));
        made.operation = Some("CREATE".to_owned());
        made.policy_digest = Some(sha256(self.policy.as_bytes()));
        made.tier = Some(Tier::A);
        made.timing = self.timing(dice, at_ms);
        if decision == Decision::Deny {
            made.code = Some("tier_label_missing".to_owned());
            made.tier = None;
        }
        made
    }

    fn timing(&self, dice: &mut Dice, at_ms: i64) -> Timing {
        let boot = at_ms.div_euclid(BOOT_DAYS * DAY_MS);
        let mut boot_id = Dice::of(self.seed, boot.unsigned_abs() | 1 << 40);
        Timing {
            boot_id: Some(boot_id.uuid()),
            latency_us: Some(600 + dice.below(900)),
            mono_ms: u64::try_from(at_ms.rem_euclid(BOOT_DAYS * DAY_MS)).ok(),
            wall_ms: u64::try_from(at_ms).ok(),
        }
    }

    /// What the host says of its boot at a time: its id, and the milliseconds it has been up.
    pub(crate) fn boot(&self, at_ms: i64) -> (String, u64) {
        let timing = self.timing(&mut Dice::new(0), at_ms);
        (timing.boot_id.unwrap_or_default(), timing.mono_ms.unwrap_or_default())
    }

    /// The events of an ordinary day, in no particular order.
    pub(crate) fn day(&self, day: Day) -> Vec<Happening> {
        let mut dice = Dice::of(self.seed, day.number.unsigned_abs());
        let mut made = Vec::with_capacity(1_400);
        self.admissions(day, &mut dice, &mut made);
        if day.working {
            self.deployments(day, &mut dice, &mut made);
            self.incident(day, &mut dice, &mut made);
            people(day, &mut dice, &mut made);
        }
        egress(day, &mut dice, &mut made);
        // Mondays, before the first shift.
        if (day.number + 3).rem_euclid(7) == 0 {
            for (at, report) in (0_i64..).zip(CHECKLIST) {
                let payload =
                    Value::object::<_, Value>([("report", (*report).into()), ("verdict", "ok".into())]);
                made.push(Happening::new(
                    day.start_ms + 6 * HOUR_MS + at * MINUTE_MS,
                    EventClass::OPS_CHECKLIST,
                    payload,
                ));
            }
        }
        made
    }

    fn admissions(&self, day: Day, dice: &mut Dice, made: &mut Vec<Happening>) {
        let count = if day.working { 820 + dice.below(80) } else { 480 + dice.below(40) };
        let mut tier_b_at = 0;
        for n in 0..count {
            if n.is_multiple_of(TIER_B_ONE_IN) {
                tier_b_at = n + dice.below(TIER_B_ONE_IN);
            }
            let at_ms = day.start_ms + within_day(dice, n, count, day.working);
            let denied = dice.chance(14) && n != tier_b_at;
            let kind = if denied { Decision::Deny } else { Decision::Allow };
            let user = if n == tier_b_at { JOBS } else { dice.pick(CONTROLLERS) };
            let mut decision = self.decision(dice, at_ms, user, kind);
            if n == tier_b_at {
                decision.tier = Some(Tier::B);
            }
            made.push(Happening::decision(&decision, at_ms));
            // Some of them are scaled down again.
            if dice.chance(150) {
                let later_ms = (at_ms + dice.between(MINUTE_MS, HOUR_MS)).min(day.start_ms + DAY_MS - 1);
                let mut gone = self.decision(dice, later_ms, user, Decision::Allow);
                gone.operation = Some("DELETE".to_owned());
                made.push(Happening::decision(&gone, later_ms));
            }
        }
    }

    /// A rollout now and then: many pods in a few minutes, and once in a while one that the policy refuses until it is fixed.
    fn deployments(&self, day: Day, dice: &mut Dice, made: &mut Vec<Happening>) {
        for _ in 0..dice.below(4) {
            let start_ms = day.start_ms + dice.between(9 * HOUR_MS, 17 * HOUR_MS);
            let pods = 20 + dice.below(20);
            for n in 0..pods {
                let at_ms = start_ms + dice.between(0, 4 * MINUTE_MS);
                let mut decision =
                    self.decision(dice, at_ms, "system:serviceaccount:ci:deployer", Decision::Allow);
                if n.is_multiple_of(TIER_B_ONE_IN) {
                    decision.tier = Some(Tier::B);
                }
                made.push(Happening::decision(&decision, at_ms));
            }
            if dice.chance(80) {
                for _ in 0..30 + dice.below(15) {
                    let at_ms = start_ms + dice.between(0, 4 * MINUTE_MS);
                    let refused =
                        self.decision(dice, at_ms, "system:serviceaccount:ci:deployer", Decision::Deny);
                    made.push(Happening::decision(&refused, at_ms));
                }
            }
        }
    }

    /// One working day in six a person breaks the glass, once or twice, on a ticket of that day.
    fn incident(&self, day: Day, dice: &mut Dice, made: &mut Vec<Happening>) {
        if !dice.chance(160) {
            return;
        }
        let person = dice.pick(PEOPLE);
        let ticket = format!("INC-{}-{}", day.number, dice.below(90) + 10);
        let start_ms = day.start_ms + dice.between(9 * HOUR_MS, 17 * HOUR_MS);
        for n in 0..1 + i64::from(dice.chance(400)) {
            let at_ms = start_ms + n * dice.between(5 * MINUTE_MS, 20 * MINUTE_MS);
            made.push(self.break_glass(dice, at_ms, person, &ticket));
        }
    }

    /// One use of a ticket, for a pod of its own.
    pub(crate) fn break_glass(&self, dice: &mut Dice, at_ms: i64, person: &str, ticket: &str) -> Happening {
        let mut decision = self.decision(dice, at_ms, person, Decision::BreakGlass);
        decision.ticket = Some(ticket.to_owned());
        Happening::decision(&decision, at_ms)
    }
}

/// Activity `n` of `count`: each in its own slice of the day, so that the hours' weights hold on every day.
fn within_day(dice: &mut Dice, n: u64, count: u64, working: bool) -> i64 {
    let weights = if working { WORKING_HOURS } else { [1; 24] };
    let total: i64 = weights.iter().sum();
    let slice = total * HOUR_MS / i64::try_from(count.max(1)).unwrap_or(i64::MAX);
    let mut left = slice * i64::try_from(n).unwrap_or_default() + dice.between(0, slice);
    let mut start = 0;
    for weight in weights {
        let span = weight * HOUR_MS;
        if left < span {
            return start + left / weight;
        }
        left -= span;
        start += HOUR_MS;
    }
    DAY_MS - 1
}

/// People sign in, look and restart things, in the hours that are theirs.
fn people(day: Day, dice: &mut Dice, made: &mut Vec<Happening>) {
    for person in PEOPLE {
        if dice.chance(150) {
            continue;
        }
        let login_ms = day.start_ms + dice.between(8 * HOUR_MS + 5 * MINUTE_MS, 10 * HOUR_MS);
        let login = OperatorEvent {
            operator: (*person).to_owned(),
            result: Some("done".to_owned()),
            second_factor: Some(true),
            ..OperatorEvent::default()
        };
        made.push(Happening::new(login_ms, EventClass::OPERATOR_LOGIN, login.to_value()));
        for _ in 0..4 + dice.below(10) {
            let at_ms = dice.between(login_ms + MINUTE_MS, day.start_ms + 18 * HOUR_MS);
            made.push(action(dice, at_ms, person));
        }
    }
}

/// One action of a person.
pub(crate) fn action(dice: &mut Dice, at_ms: i64, person: &str) -> Happening {
    let at = usize::try_from(dice.below(5)).unwrap_or_default();
    let (action, detail) = ACTIONS.get(at).copied().unwrap_or_default();
    let event = OperatorEvent {
        action: Some(action.to_owned()),
        detail: Some(detail.to_owned()),
        operator: person.to_owned(),
        result: Some("done".to_owned()),
        ..OperatorEvent::default()
    };
    Happening::new(at_ms, EventClass::OPERATOR_ACTION, event.to_value())
}

/// Requests through the tracked wrapper.
fn egress(day: Day, dice: &mut Dice, made: &mut Vec<Happening>) {
    for _ in 0..30 + dice.below(20) {
        let payload = Value::object::<_, Value>([
            ("bytes", Value::Int(dice.between(200, 60_000))),
            ("content_type", "application/json".into()),
            ("method", "POST".into()),
            ("url", format!("https://{}/v1/report", dice.pick(DESTINATIONS)).into()),
            ("verdict", "clean".into()),
        ]);
        made.push(Happening::new(
            day.start_ms + dice.between(0, DAY_MS),
            EventClass::EGRESS_REQUEST,
            payload,
        ));
    }
}
