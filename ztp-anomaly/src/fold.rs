//! The fold: state and record in, state and events out. It reads no clock and draws no random number.

use std::collections::BTreeMap;

use ztp_core::digest::Digest;
use ztp_core::event::admission::Decision;
use ztp_core::event::anomaly::ConfigChanged;
use ztp_core::signature::PublicKey;

use crate::alert::Alert;
use crate::change::Changes;
use crate::clock::{Attestation, Clock, OutOfTime};
use crate::detect::ratio::Ratio;
use crate::error::AnomalyError;
use crate::keys::Keys;
use crate::names::{NameId, Names};
use crate::order::{
    Entry, Kind, OTHER_VERB, Remembered, VERBS, WAITING_MAX, Waiting, narrow_of, uid_number, wide_of,
};
use crate::output::{About, Emit, Output, number, signed, time};
use crate::record::{Admission, Input, Operator, RawRecord, long, quick};
use crate::rule::{Notice, Rule, Scope};
use crate::schedule::Span;
use crate::seen::Seen;
use crate::settings::{InForce, Settings};
use crate::tally::Tally;
use crate::unjudged::Unjudged;

/// The four detectors and their companions, over the records of one log.
///
/// ```
/// use ztp_anomaly::{Detectors, RawRecord, Settings};
/// use ztp_core::digest::Digest;
///
/// let mut detectors = Detectors::new(Settings::default(), Vec::new());
/// let mut alerts = Vec::new();
/// let record = RawRecord {
///     seq: 0,
///     hash: Digest::ZERO,
///     timestamp: "2026-05-12T08:00:00.000Z".parse()?,
///     class: "log.opened",
///     payload: b"{\"seal_policy\":{\"heartbeat_ms\":60000}}",
/// };
/// detectors.step(&record, &mut alerts)?;
/// assert!(alerts.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Detectors {
    pub(crate) in_force: InForce,
    pub(crate) changes: Changes,
    /// The last record stepped, and its hash.
    pub(crate) position: Option<(u64, Digest)>,
    pub(crate) clock: Clock,
    pub(crate) names: Names,
    pub(crate) waiting: Waiting,
    /// Changes of settings that wait for their place, by sequence number.
    pub(crate) waiting_changes: BTreeMap<u64, Box<ConfigChanged>>,
    pub(crate) remembered: Remembered,
    /// Everything before this is judged.
    pub(crate) judged: i64,
    pub(crate) keys: Keys,
    pub(crate) ratio: Ratio,
    pub(crate) seen: Seen,
    pub(crate) tallies: [Tally; 4],
    pub(crate) unjudged: Unjudged,
    pub(crate) gap: Alert,
    pub(crate) step: Alert,
    pub(crate) unreadable: Alert,
    pub(crate) loosened: Alert,
    /// The last span of business hours, which the next record is likely in; no part of the state.
    pub(crate) span: Option<Span>,
    /// Nothing after this is judged, whatever comes; for explanations, no part of the state.
    pub(crate) hold: Option<i64>,
}

/// Which tally counts which notice.
const TALLIES: [Notice; 4] = [Notice::Late, Notice::Future, Notice::KeyOverflow, Notice::OrderOverflow];

impl Detectors {
    /// Detectors before the first record of a log. `settings` are in force until the log changes them; `approvers` are the
    /// keys whose owners can let a loosening count at once.
    #[must_use]
    pub fn new(settings: Settings, approvers: Vec<PublicKey>) -> Self {
        let mut names = Names::default();
        let keys = Keys::new(&mut names);
        Self {
            in_force: InForce::new(settings),
            changes: Changes::new(approvers),
            position: None,
            clock: Clock::default(),
            names,
            waiting: Waiting::default(),
            waiting_changes: BTreeMap::new(),
            remembered: Remembered::default(),
            judged: i64::MIN,
            keys,
            ratio: Ratio::default(),
            seen: Seen::default(),
            tallies: [Tally::default(); 4],
            unjudged: Unjudged::default(),
            gap: Alert::default(),
            step: Alert::default(),
            unreadable: Alert::default(),
            loosened: Alert::default(),
            span: None,
            hold: None,
        }
    }

    /// What is in force.
    #[must_use]
    pub const fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// The last record stepped and its hash.
    #[must_use]
    pub const fn position(&self) -> Option<(u64, Digest)> {
        self.position
    }

    /// Records that wait for the order tolerance to pass.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Names and keys in memory, which are bounded: names of waiting records, users, namespaces, tickets.
    #[must_use]
    pub fn in_memory(&self) -> [usize; 4] {
        let [principals, namespaces, tickets] = self.keys.used();
        [self.names.len(), principals, namespaces, tickets]
    }

    /// The alerts that are about everything, with their rules.
    pub(crate) fn global_alerts(&self) -> Vec<(Rule, &Alert)> {
        let mut alerts: Vec<(Rule, &Alert)> = self.ratio.alerts().collect();
        alerts.extend([
            (Rule::TelemetryGap, &self.gap),
            (Rule::ClockDiscontinuity, &self.step),
            (Rule::UnreadableRecord, &self.unreadable),
            (Rule::SettingsLoosened, &self.loosened),
        ]);
        alerts
    }

    /// What fires now: rule, scope and name.
    #[must_use]
    pub fn firing(&self) -> Vec<(Rule, Scope, &str)> {
        let global = self.global_alerts().into_iter().map(|(rule, alert)| (rule, Scope::Global, "", alert));
        let keys = self.keys.each(&self.names).into_iter().flat_map(|(scope, name, key)| {
            key.alerts().into_iter().map(move |(rule, alert)| (rule, scope, name, alert))
        });
        let firing = global.chain(keys).filter(|(.., alert)| alert.is_firing());
        firing.map(|(rule, scope, name, _)| (rule, scope, name)).collect()
    }

    /// Takes the next record of the log; what it leads to is added to `out`.
    ///
    /// # Errors
    /// [`AnomalyError::Sequence`] if a record was left out; nothing is changed then.
    pub fn step(&mut self, record: &RawRecord<'_>, out: &mut Vec<Output>) -> Result<(), AnomalyError> {
        let (seq, hash, wall) = (record.seq, record.hash, record.timestamp.as_millis());
        match quick(record.class, record.payload) {
            Some(input) => self.step_input(seq, hash, wall, &input, out),
            None => self.step_input(seq, hash, wall, &long(record.class, record.payload).input(), out),
        }
    }

    /// Takes the next record as something read already: [`Self::step`] without the reading. `wall` is the record's own
    /// time in milliseconds since 1970.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn step_input(
        &mut self,
        seq: u64,
        hash: Digest,
        wall: i64,
        input: &Input<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), AnomalyError> {
        if let Some((after, _)) = self.position
            && after.checked_add(1) != Some(seq)
        {
            return Err(AnomalyError::Sequence { after, found: seq });
        }
        self.position = Some((seq, hash));
        match input {
            Input::Admission(admission) => self.admission(seq, wall, admission, out),
            Input::Operator(operator) => self.operator(seq, wall, operator, out),
            Input::Settings(change) => self.settings(seq, wall, change, out),
            Input::Log { heartbeat_ms, boot_id, monotonic_ms } => {
                let shown = Attestation {
                    heartbeat_ms: *heartbeat_ms,
                    boot_id: *boot_id,
                    monotonic_ms: *monotonic_ms,
                };
                self.attest(seq, wall, &shown, out);
            }
            Input::Unreadable { code } => self.unreadable(seq, wall, code, out),
            Input::Other => return Ok(()),
        }
        self.release(seq, out);
        Ok(())
    }

    /// The log is closed: no record comes before what waits, which is judged, up to the time of the last record. With `now`, by the
    /// host's clock, also what has ended since: silence keeps no flood open.
    pub fn close(&mut self, now: Option<i64>, out: &mut Vec<Output>) {
        let Some((seq, _)) = self.position else { return };
        let last = self.clock.latest().saturating_add(1);
        let now = now.map_or(last, |now| now.saturating_add(self.clock.offset()));
        self.release_until(last, seq, out);
        self.release_until(last.max(now), seq, out);
    }

    fn attest(&mut self, seq: u64, wall: i64, shown: &Attestation<'_>, out: &mut Vec<Output>) {
        let found = self.clock.attest(wall, shown);
        let (now, heartbeat) = (self.clock.latest(), self.clock.heartbeat());
        let mut emit = Emit { in_force: &self.in_force, out, cause_seq: seq };
        if found.reboot {
            emit.notice(Notice::Reboot, About::GLOBAL, now, vec![("last_seq", number(seq))]);
        }
        if let Some(step) = found.step {
            let facts = || vec![("last_seq", number(seq)), ("step_ms", signed(step)), ("wall", time(wall))];
            self.step.pulse(&mut emit, Rule::ClockDiscontinuity, About::GLOBAL, now, seq, facts);
        }
        if let Some((from, until)) = found.gap {
            let facts = || {
                vec![
                    ("from", time(from)),
                    ("heartbeat_ms", signed(heartbeat)),
                    ("last_seq", number(seq)),
                    ("silent_ms", signed(until - from)),
                    ("until", time(until)),
                ]
            };
            self.gap.pulse(&mut emit, Rule::TelemetryGap, About::GLOBAL, now, seq, facts);
        }
    }

    /// Told at arrival: a log that ends with records that nobody can read must not look quiet until the tolerance has passed.
    fn unreadable(&mut self, seq: u64, wall: i64, code: &'static str, out: &mut Vec<Output>) {
        let placed = self.clock.place(wall);
        let mut emit = Emit { in_force: &self.in_force, out, cause_seq: seq };
        let facts = || vec![("code", code.into()), ("last_seq", number(seq))];
        self.unreadable.pulse(&mut emit, Rule::UnreadableRecord, About::GLOBAL, placed.at, seq, facts);
    }

    /// Where a record is in effective time, and whether its own time is not to be relied on; none if no window of today holds
    /// it.
    fn place(&mut self, seq: u64, wall: i64, out: &mut Vec<Output>) -> Option<(i64, bool)> {
        let out_of_time = self.clock.out_of_time(wall);
        let mut placed = self.clock.place(wall);
        if placed.at < self.judged {
            (placed.at, placed.late) = (self.clock.latest(), true);
        }
        if placed.late || placed.future {
            let notice = if placed.late { Notice::Late } else { Notice::Future };
            let facts = vec![("last_seq", number(seq)), ("wall", time(wall))];
            self.tally(notice, placed.at, About::GLOBAL, facts, seq, out);
            if let Some(how) = out_of_time {
                self.unjudged.add(wall, how);
                if how == OutOfTime::Imported {
                    return None;
                }
            }
        }
        Some((placed.at, placed.late || placed.future))
    }

    pub(crate) fn tally(
        &mut self,
        notice: Notice,
        now: i64,
        about: About<'_>,
        mut facts: crate::output::Facts,
        seq: u64,
        out: &mut Vec<Output>,
    ) {
        let Some(place) = TALLIES.iter().position(|known| *known == notice) else { return };
        if let Some(count) = self.tallies.get_mut(place).and_then(|tally| tally.add(now)) {
            facts.push(("count_today", number(count)));
            Emit { in_force: &self.in_force, out, cause_seq: seq }.notice(notice, about, now, facts);
        }
    }

    fn admission(&mut self, seq: u64, wall: i64, admission: &Admission<'_>, out: &mut Vec<Output>) {
        let Some((at, irregular)) = self.place(seq, wall, out) else { return };
        let verb = VERBS.iter().position(|verb| *verb == admission.operation);
        let (verb, verb_name) = match verb.and_then(|place| u8::try_from(place).ok()) {
            Some(verb) => (verb, NameId::NONE),
            None => (OTHER_VERB, self.names.take(admission.operation)),
        };
        let tie = uid_number(admission.uid);
        let special = admission.decision != Decision::Allow || !admission.ticket.is_empty();
        let target = if !special {
            0
        } else if admission.decision == Decision::Deny {
            narrow_of(&[admission.namespace, admission.kind, admission.name])
        } else if admission.object_uid.is_empty() {
            narrow_of(&["name", admission.namespace, admission.name, admission.uid])
        } else {
            narrow_of(&["uid", admission.object_uid])
        };
        let optional = |names: &mut Names, text: &str| {
            if text.is_empty() { NameId::NONE } else { names.take(text) }
        };
        let entry = Entry {
            at,
            tie,
            seq,
            wall,
            kind: Kind::Admission(admission.decision, admission.tier),
            user: self.names.take(admission.user),
            namespace: optional(&mut self.names, admission.namespace),
            ticket: optional(&mut self.names, admission.ticket),
            verb,
            verb_name,
            target,
            content: admission.content,
            irregular,
        };
        self.waiting.push(entry);
    }

    fn operator(&mut self, seq: u64, wall: i64, operator: &Operator<'_>, out: &mut Vec<Output>) {
        let Some((at, irregular)) = self.place(seq, wall, out) else { return };
        let entry = Entry {
            at,
            tie: wide_of(&[operator.operator, operator.action, operator.target]),
            seq,
            wall,
            kind: Kind::Operator,
            user: self.names.take(operator.operator),
            namespace: NameId::NONE,
            ticket: NameId::NONE,
            verb: OTHER_VERB,
            verb_name: self.names.take(operator.action),
            target: 0,
            content: 0,
            irregular,
        };
        self.waiting.push(entry);
    }

    fn settings(&mut self, seq: u64, wall: i64, change: &ConfigChanged, out: &mut Vec<Output>) {
        let Some((at, irregular)) = self.place(seq, wall, out) else { return };
        self.waiting_changes.insert(seq, Box::new(change.clone()));
        let entry = Entry {
            at,
            tie: wide_of(&[&change.file, &change.new_hash.to_string()]),
            seq,
            wall,
            kind: Kind::Settings,
            user: NameId::NONE,
            namespace: NameId::NONE,
            ticket: NameId::NONE,
            verb: OTHER_VERB,
            verb_name: NameId::NONE,
            target: 0,
            content: 0,
            irregular,
        };
        self.waiting.push(entry);
    }

    /// Judges what no later record can come before.
    fn release(&mut self, seq: u64, out: &mut Vec<Output>) {
        self.release_until(self.clock.watermark(), seq, out);
    }

    fn release_until(&mut self, end: i64, seq: u64, out: &mut Vec<Output>) {
        let watermark = end.min(self.hold.map_or(i64::MAX, |at| at.saturating_add(1)));
        while let Some(at) = self.waiting.first_at() {
            if at >= watermark {
                if self.waiting.len() <= WAITING_MAX {
                    break;
                }
                self.tally(Notice::OrderOverflow, at, About::GLOBAL, Vec::new(), seq, out);
            }
            let Some(entry) = self.waiting.pop() else { break };
            self.run_timers(entry.at, seq, out);
            self.judged = self.judged.max(entry.at);
            self.judge(&entry, seq, out);
            entry.release(&mut self.names);
        }
        self.run_timers(watermark, seq, out);
        self.judged = self.judged.max(watermark);
    }

    /// Runs what is due before `until`.
    fn run_timers(&mut self, until: i64, seq: u64, out: &mut Vec<Output>) {
        loop {
            if self.ratio.due().is_some_and(|due| until.saturating_sub(due) > crate::rule::DAY) {
                let others = self.keys.due().min(self.changes.due());
                self.ratio.skip(until.min(others));
            }
            let ratio = self.ratio.due().unwrap_or(i64::MAX);
            let (keys, changes) = (self.keys.due(), self.changes.due());
            let now = ratio.min(keys).min(changes);
            if now >= until {
                return;
            }
            if changes == now {
                self.tick_changes(now, seq, out);
                continue;
            }
            let mut emit = Emit { in_force: &self.in_force, out, cause_seq: seq };
            if ratio == now {
                self.ratio.tick(&mut emit);
            }
            if keys == now {
                self.keys.tick(&self.names, &mut emit, now);
            }
        }
    }
}
