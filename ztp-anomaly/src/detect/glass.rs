//! Break-glass (D2): how often, by whom, where, and how many pods on one ticket.
//!
//! A use is the first admission of a pod on a ticket; later ones of the same pair are retries. A use without a ticket
//! counts twice.

use std::collections::VecDeque;

use crate::alert::Alert;
use crate::codec::{Malformed, Reader, Writer};
use crate::detect::NEVER;
use crate::output::{About, Emit, Facts, number, signed};
use crate::rule::{DAY, HOUR, Rule};
use crate::settings::BreakGlass;

const WEEK: i64 = 7 * DAY;
/// Uses kept: more than any threshold that the settings allow.
const USES_MAX: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Use {
    at: i64,
    seq: u64,
    pair: u64,
    weight: u64,
}

/// Uses of one key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Glass {
    uses: VecDeque<Use>,
    alerts: [Alert; 3],
}

/// The three windows: rule, length, most uses.
fn windows(limits: &BreakGlass) -> [(Rule, i64, u64); 3] {
    [
        (Rule::BreakGlassBurst, HOUR, limits.per_hour_max.unsigned_abs()),
        (Rule::BreakGlassDay, DAY, limits.per_day_max.unsigned_abs()),
        (Rule::BreakGlassWeek, WEEK, limits.per_week_max.unsigned_abs()),
    ]
}

impl Glass {
    /// Break-glass at `now` for a pod and ticket.
    pub(crate) fn use_once(
        &mut self,
        emit: &mut Emit<'_>,
        about: About<'_>,
        now: i64,
        seq: u64,
        pair: u64,
        has_ticket: bool,
    ) {
        while self.uses.front().is_some_and(|first| first.at <= now - WEEK) || self.uses.len() >= USES_MAX {
            self.uses.pop_front();
        }
        if has_ticket && self.uses.iter().any(|used| used.pair == pair) {
            return;
        }
        self.uses.push_back(Use { at: now, seq, pair, weight: if has_ticket { 1 } else { 2 } });
        self.judge(emit, about, now);
    }

    fn judge(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64) {
        let last_seq = self.uses.back().map_or(0, |last| last.seq);
        let limits = emit.in_force.settings().break_glass;
        for (alert, (rule, window, max)) in self.alerts.iter_mut().zip(windows(&limits)) {
            let within = || self.uses.iter().rev().take_while(|used| used.at > now - window);
            let count: u64 = within().map(|used| used.weight).sum();
            let facts = || {
                vec![
                    ("count", number(count)),
                    ("last_seq", number(last_seq)),
                    ("max", number(max)),
                    ("window_ms", signed(window)),
                ]
            };
            if count > max {
                let first_seq = within().last().map_or(last_seq, |used| used.seq);
                alert.on(emit, rule, about, now, count, first_seq, facts);
            } else {
                alert.off(emit, rule, about, now, facts);
            }
        }
    }

    /// When a window that is in breach no longer is.
    pub(crate) fn due(&self, limits: &BreakGlass) -> i64 {
        let firing = self.alerts.iter().zip(windows(limits)).filter(|(alert, _)| alert.is_firing());
        firing.map(|(_, (_, window, max))| self.drops_at(window, max)).min().unwrap_or(NEVER)
    }

    fn drops_at(&self, window: i64, max: u64) -> i64 {
        let mut count = 0;
        for used in self.uses.iter().rev() {
            count += used.weight;
            if count > max {
                return used.at + window;
            }
        }
        // Settings were loosened since: to be judged at once.
        self.uses.back().map_or(NEVER, |last| last.at + 1)
    }

    pub(crate) fn tick(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64) {
        self.judge(emit, about, now);
    }

    pub(crate) fn is_idle(&self, now: i64) -> bool {
        self.alerts.iter().all(|alert| alert.is_idle(now))
    }

    pub(crate) fn alerts(&self) -> [(Rule, &Alert); 3] {
        let [hour, day, week] = &self.alerts;
        [(Rule::BreakGlassBurst, hour), (Rule::BreakGlassDay, day), (Rule::BreakGlassWeek, week)]
    }

    pub(crate) fn explain(&self, now: i64, limits: &BreakGlass) -> Facts {
        let sum = |window: i64| {
            let within = self.uses.iter().rev().take_while(|used| used.at > now - window);
            number(within.map(|used| used.weight).sum())
        };
        vec![
            ("in_day", sum(DAY)),
            ("in_day_max", signed(limits.per_day_max)),
            ("in_hour", sum(HOUR)),
            ("in_hour_max", signed(limits.per_hour_max)),
            ("in_week", sum(WEEK)),
            ("in_week_max", signed(limits.per_week_max)),
        ]
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.count(self.uses.len());
        for used in &self.uses {
            w.signed(used.at);
            w.unsigned(used.seq);
            w.unsigned(used.pair);
            w.unsigned(used.weight);
        }
        for alert in &self.alerts {
            alert.encode(w);
        }
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut glass = Self::default();
        let count = r.count()?;
        if count > USES_MAX {
            return Err(Malformed);
        }
        for _ in 0..count {
            let (at, seq, pair) = (r.time()?, r.unsigned()?, r.unsigned()?);
            let weight = r.unsigned()?;
            if !(1..=2).contains(&weight) {
                return Err(Malformed);
            }
            glass.uses.push_back(Use { at, seq, pair, weight });
        }
        for alert in &mut glass.alerts {
            *alert = Alert::decode(r)?;
        }
        Ok(glass)
    }
}

/// Pods of one ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ticket {
    pods: Vec<(u64, i64)>,
    alert: Alert,
}

/// Pods kept: more than any threshold that the settings allow.
const PODS_MAX: usize = 64;

impl Ticket {
    pub(crate) fn use_once(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64, seq: u64, pod: u64) {
        if let Some(known) = self.pods.iter_mut().find(|(known, _)| *known == pod) {
            known.1 = now;
        } else if self.pods.len() < PODS_MAX {
            self.pods.push((pod, now));
        } else if let Some(oldest) = self.pods.iter_mut().min_by_key(|(pod, at)| (*at, *pod)) {
            *oldest = (pod, now);
        }
        self.judge(emit, about, now, seq);
    }

    fn judge(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64, seq: u64) {
        self.pods.retain(|(_, at)| *at > now - WEEK);
        let count = u64::try_from(self.pods.len()).unwrap_or(0);
        let max = emit.in_force.settings().break_glass.pods_per_ticket_max;
        let facts = || {
            vec![
                ("last_seq", number(seq)),
                ("max", signed(max)),
                ("pods", number(count)),
                ("window_ms", signed(WEEK)),
            ]
        };
        if count > max.unsigned_abs() {
            self.alert.on(emit, Rule::BreakGlassTicket, about, now, count, seq, facts);
        } else {
            self.alert.off(emit, Rule::BreakGlassTicket, about, now, facts);
        }
    }

    pub(crate) fn due(&self) -> i64 {
        if !self.alert.is_firing() {
            return NEVER;
        }
        self.pods.iter().map(|(_, at)| at + WEEK).min().unwrap_or(NEVER)
    }

    pub(crate) fn tick(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64) {
        self.judge(emit, about, now, 0);
    }

    pub(crate) fn is_idle(&self, now: i64) -> bool {
        self.alert.is_idle(now)
    }

    pub(crate) fn alert(&self) -> &Alert {
        &self.alert
    }

    pub(crate) fn pods(&self, now: i64) -> u64 {
        u64::try_from(self.pods.iter().filter(|(_, at)| *at > now - WEEK).count()).unwrap_or(0)
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.count(self.pods.len());
        for (pod, at) in &self.pods {
            w.unsigned(*pod);
            w.signed(*at);
        }
        self.alert.encode(w);
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = r.count()?;
        if count > PODS_MAX {
            return Err(Malformed);
        }
        let pods = (0..count).map(|_| Ok((r.unsigned()?, r.time()?))).collect::<Result<_, _>>()?;
        Ok(Self { pods, alert: Alert::decode(r)? })
    }
}
