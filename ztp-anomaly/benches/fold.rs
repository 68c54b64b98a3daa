//! Events a second of one core through all four detectors, beside the plain way: a queue of times for each rule and key,
//! counted anew at each event, without order, alerts, restart or tier B.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    missing_docs,
    dead_code,
    reason = "a benchmark"
)]

use std::collections::{HashMap, HashSet, VecDeque};
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use ztp_anomaly::{Admission, Detectors, Input, Operator, RawRecord, Settings};
use ztp_core::canonical;
use ztp_core::digest::Digest;
use ztp_core::event::admission::{AdmissionDecision, Decision, Mode, Tier};
use ztp_core::event::operator::OperatorEvent;
use ztp_core::time::Timestamp;

const EVENTS: usize = 200_000;
const START: i64 = 1_778_580_000_000;

/// An event of the bench, owned.
struct Happening {
    wall: i64,
    class: &'static str,
    payload: Vec<u8>,
    parts: Parts,
}

enum Parts {
    Admission(Box<AdmissionDecision>),
    Operator(String, String),
    Seal(i64),
}

impl Happening {
    fn input(&self) -> Input<'_> {
        match &self.parts {
            Parts::Admission(d) => Input::Admission(Admission {
                decision: d.decision,
                tier: d.tier,
                uid: &d.uid,
                user: &d.user,
                namespace: d.namespace.as_deref().unwrap_or(""),
                name: d.name.as_deref().unwrap_or(""),
                kind: d.kind.as_deref().unwrap_or(""),
                object_uid: d.object_uid.as_deref().unwrap_or(""),
                operation: d.operation.as_deref().unwrap_or(""),
                ticket: d.ticket.as_deref().unwrap_or(""),
                content: 0,
            }),
            Parts::Operator(operator, action) => {
                Input::Operator(Operator { operator, action, target: "deploy/dashboard" })
            }
            Parts::Seal(monotonic) => {
                Input::Log { heartbeat_ms: None, boot_id: Some("boot"), monotonic_ms: Some(*monotonic) }
            }
        }
    }
}

/// A step of a plain generator: the same events in every run.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// `denied` in 1000 admissions are denials. An event every 100 ms, a seal each minute.
fn events(denied: u64) -> Vec<Happening> {
    let mut state = 7;
    let mut all = Vec::with_capacity(EVENTS);
    for n in 0..EVENTS {
        let wall = START + i64::try_from(n).unwrap_or(0) * 100;
        if n % 600 == 0 {
            let monotonic = wall - START;
            let payload = format!("{{\"boot_id\":\"boot\",\"epoch\":{n},\"monotonic_ms\":{monotonic}}}");
            all.push(Happening {
                wall,
                class: "log.sealed",
                payload: payload.into(),
                parts: Parts::Seal(monotonic),
            });
            continue;
        }
        if next(&mut state) % 100 < 3 {
            let event = OperatorEvent {
                action: Some("kubectl.logs".into()),
                operator: format!("op-{:02}", next(&mut state) % 9),
                target: Some("deploy/dashboard".into()),
                ..OperatorEvent::default()
            };
            let payload = canonical::write(&event.to_value()).unwrap_or_default();
            let parts = Parts::Operator(event.operator, "kubectl.logs".into());
            all.push(Happening { wall, class: "operator.action", payload, parts });
            continue;
        }
        let [a, b] = [next(&mut state), next(&mut state)];
        let uid = format!("{a:08x}-{:04x}-4000-8000-{b:08x}{:04x}", a % 0xffff, b % 0xffff);
        let decision = match next(&mut state) % 1000 {
            d if d < denied => Decision::Deny,
            _ => Decision::Allow,
        };
        let user = format!("system:serviceaccount:kube-system:controller-{}", next(&mut state) % 12);
        let admission = AdmissionDecision {
            kind: Some("Pod".into()),
            name: Some(format!("web-{}", next(&mut state) % 200)),
            namespace: Some(format!("team-{}", next(&mut state) % 40)),
            object_uid: Some(uid.clone()),
            operation: Some("CREATE".into()),
            request_digest: Some(ztp_core::digest::sha256(uid.as_bytes())),
            tier: Some(if next(&mut state).is_multiple_of(20) { Tier::B } else { Tier::A }),
            ..AdmissionDecision::new(uid, user, decision, Mode::Enforce)
        };
        let payload = canonical::write(&admission.to_value()).unwrap_or_default();
        let parts = Parts::Admission(Box::new(admission));
        all.push(Happening { wall, class: "admission.decision", payload, parts });
    }
    all
}

/// The plain way for the same questions but tier B: a set of uids, queues by key, nothing bounded.
#[derive(Default)]
struct Plain {
    uids: HashSet<String>,
    minutes: HashMap<String, VecDeque<i64>>,
    glass: HashMap<String, VecDeque<i64>>,
    people: HashMap<String, u64>,
    tiers: VecDeque<(i64, bool)>,
    alerts: u64,
}

impl Plain {
    fn step(&mut self, wall: i64, input: &Input<'_>) {
        match input {
            Input::Admission(admission) => {
                if !self.uids.insert(admission.uid.to_owned()) {
                    return;
                }
                if admission.decision == Decision::Deny {
                    for key in ["", admission.user, admission.namespace] {
                        self.alerts += within(&mut self.minutes, key, wall, 300_000, 250);
                    }
                } else {
                    self.tiers.push_back((wall, admission.tier == Some(Tier::B)));
                    while self.tiers.front().is_some_and(|(at, _)| *at <= wall - 86_400_000) {
                        self.tiers.pop_front();
                    }
                }
                if admission.decision == Decision::BreakGlass {
                    self.alerts += within(&mut self.glass, admission.user, wall, 3_600_000, 3);
                }
            }
            Input::Operator(operator) if !(8..19).contains(&(wall / 3_600_000 % 24)) => {
                *self.people.entry(operator.operator.to_owned()).or_default() += 1;
            }
            _ => {}
        }
    }
}

fn within(keys: &mut HashMap<String, VecDeque<i64>>, key: &str, wall: i64, window: i64, max: usize) -> u64 {
    let times = keys.entry(key.to_owned()).or_default();
    times.push_back(wall);
    while times.front().is_some_and(|at| *at <= wall - window) {
        times.pop_front();
    }
    u64::from(times.len() > max)
}

fn seconds(c: &mut Criterion, name: &str, mut run: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    let mut group = c.benchmark_group("anomaly");
    group.throughput(Throughput::Elements(u64::try_from(EVENTS).unwrap_or(0))).sample_size(10);
    group.bench_function(name, |b| {
        b.iter_batched(
            || (),
            |()| {
                let begin = std::time::Instant::now();
                run();
                best = best.min(begin.elapsed().as_secs_f64());
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
    best
}

fn fold(all: &[(i64, Input<'_>)]) {
    let mut detectors = Detectors::new(Settings::default(), Vec::new());
    let mut out = Vec::new();
    for (seq, (wall, input)) in (0_u64..).zip(all) {
        let _ = detectors.step_input(seq, Digest::ZERO, *wall, input, &mut out);
    }
    black_box(out.len());
}

fn fold_bytes(all: &[Happening]) {
    let mut detectors = Detectors::new(Settings::default(), Vec::new());
    let mut out = Vec::new();
    for (seq, event) in (0_u64..).zip(all) {
        let timestamp = Timestamp::from_millis(event.wall).unwrap_or(Timestamp::MIN);
        let record =
            RawRecord { seq, hash: Digest::ZERO, timestamp, class: event.class, payload: &event.payload };
        let _ = detectors.step(&record, &mut out);
    }
    black_box(out.len());
}

fn plain(all: &[(i64, Input<'_>)]) {
    let mut plain = Plain::default();
    for (wall, input) in all {
        plain.step(*wall, input);
    }
    black_box(plain.alerts);
}

fn main() {
    let mut c = Criterion::default().configure_from_args();
    let mut rows = Vec::new();
    for (name, denied) in [("working day, 1 % denied", 10), ("flood, 90 % denied", 900)] {
        let all = events(denied);
        let inputs: Vec<(i64, Input<'_>)> = all.iter().map(|event| (event.wall, event.input())).collect();
        let events = f64::from(u32::try_from(EVENTS).unwrap_or(0));
        let typed = seconds(&mut c, &format!("{name}/fold"), || fold(&inputs));
        let bytes = seconds(&mut c, &format!("{name}/fold from bytes"), || fold_bytes(&all));
        let peer = seconds(&mut c, &format!("{name}/plain queues"), || plain(&inputs));
        rows.push((name, events / typed, events / bytes, events / peer));
    }
    c.final_summary();
    println!("\n| events a second of one core | fold | fold from bytes | plain queues | fold to plain |");
    println!("|---|---|---|---|---|");
    for (name, typed, bytes, peer) in rows {
        println!("| {name} | {typed:.0} | {bytes:.0} | {peer:.0} | {:.2} |", typed / peer);
    }
}
