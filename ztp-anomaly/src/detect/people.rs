//! People outside business hours (D4), at the edge of them, and automations that do what they are not for.

use std::collections::VecDeque;

use crate::alert::Alert;
use crate::codec::{Malformed, Reader, Writer};
use crate::detect::NEVER;
use crate::output::{About, Emit, Facts, number, signed, time};
use crate::rule::{DAY, Rule};
use crate::settings::BusinessHours;

const EDGE_WINDOW: i64 = 7 * DAY;
/// Actions at the edge that are kept: more than any threshold that the settings allow.
const EDGE_MAX: usize = 256;

/// An action outside business hours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outside {
    /// When business closed and opens again, by the clock that says it is closed.
    pub(crate) from: i64,
    pub(crate) until: i64,
    /// The civil time was judged by that instant.
    pub(crate) judged_at: i64,
    /// Two clocks had to be asked.
    pub(crate) suspect: bool,
}

/// What one principal did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct People {
    off_from: i64,
    /// Effective time at which business opens again.
    off_until: i64,
    off_count: u64,
    off: Alert,
    edge: VecDeque<i64>,
    edge_alert: Alert,
    unlisted: Alert,
}

impl People {
    /// A person acted while business was closed. One period of closed business is one episode.
    pub(crate) fn outside(
        &mut self,
        emit: &mut Emit<'_>,
        about: About<'_>,
        now: i64,
        seq: u64,
        outside: &Outside,
    ) {
        if !self.off.is_firing() || self.off_from != outside.from {
            self.end(emit, about, now);
            self.off = Alert::default();
            self.off_count = 0;
            self.off_from = outside.from;
        }
        self.off_until = now.saturating_add(outside.until.saturating_sub(outside.judged_at));
        self.off_count += 1;
        let count = self.off_count;
        let facts = || {
            let mut facts = vec![
                ("closed_from", time(outside.from)),
                ("closed_until", time(outside.until)),
                ("count", number(count)),
                ("last_seq", number(seq)),
            ];
            if outside.suspect {
                facts.push(("clock_suspect", ztp_core::canonical::Value::from(true)));
            }
            facts
        };
        self.off.on(emit, Rule::OffHours, about, now, count, seq, facts);
    }

    fn end(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64) {
        let (from, count) = (self.off_from, self.off_count);
        let facts = || vec![("closed_from", time(from)), ("count", number(count))];
        self.off.off(emit, Rule::OffHours, about, now, facts);
    }

    /// A person acted shortly before the close of business.
    pub(crate) fn at_edge(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64, seq: u64) {
        self.edge.push_back(now);
        if self.edge.len() > EDGE_MAX {
            self.edge.pop_front();
        }
        self.judge_edge(emit, about, now, seq);
    }

    fn judge_edge(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64, seq: u64) {
        while self.edge.front().is_some_and(|at| *at <= now - EDGE_WINDOW) {
            self.edge.pop_front();
        }
        let count = u64::try_from(self.edge.len()).unwrap_or(0);
        let max = emit.in_force.settings().business_hours.edge_max;
        let facts = || {
            vec![
                ("count", number(count)),
                ("last_seq", number(seq)),
                ("max", signed(max)),
                ("window_ms", signed(EDGE_WINDOW)),
            ]
        };
        if count > max.unsigned_abs() {
            self.edge_alert.on(emit, Rule::EdgeOfDay, about, now, count, seq, facts);
        } else {
            self.edge_alert.off(emit, Rule::EdgeOfDay, about, now, facts);
        }
    }

    /// An automation did what its list does not name.
    pub(crate) fn unlisted(
        &mut self,
        emit: &mut Emit<'_>,
        about: About<'_>,
        now: i64,
        seq: u64,
        action: &str,
    ) {
        let facts = || vec![("action", ztp_core::canonical::Value::from(action)), ("last_seq", number(seq))];
        self.unlisted.pulse(emit, Rule::AutomationUnlisted, about, now, seq, facts);
    }

    pub(crate) fn due(&self, hours: &BusinessHours) -> i64 {
        let off = if self.off.is_firing() { self.off_until } else { NEVER };
        if !self.edge_alert.is_firing() {
            return off;
        }
        let keep = usize::try_from(hours.edge_max).unwrap_or(0) + 1;
        let last = self.edge.len().checked_sub(keep).and_then(|place| self.edge.get(place));
        let first = self.edge.front().map_or(NEVER, |at| at + EDGE_WINDOW);
        off.min(last.map_or(first, |at| at + EDGE_WINDOW))
    }

    pub(crate) fn tick(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64) {
        if self.off.is_firing() && self.off_until <= now {
            self.end(emit, about, now);
        }
        if self.edge_alert.is_firing() {
            self.judge_edge(emit, about, now, 0);
        }
    }

    pub(crate) fn is_idle(&self, now: i64) -> bool {
        self.alerts().iter().all(|(_, alert)| alert.is_idle(now))
    }

    pub(crate) fn alerts(&self) -> [(Rule, &Alert); 3] {
        [
            (Rule::OffHours, &self.off),
            (Rule::EdgeOfDay, &self.edge_alert),
            (Rule::AutomationUnlisted, &self.unlisted),
        ]
    }

    pub(crate) fn explain(&self, now: i64, hours: &BusinessHours) -> Facts {
        let edge = self.edge.iter().filter(|at| **at > now - EDGE_WINDOW).count();
        let off = if self.off.is_firing() { self.off_count } else { 0 };
        vec![
            ("at_edge", number(u64::try_from(edge).unwrap_or(0))),
            ("at_edge_max", signed(hours.edge_max)),
            ("off_hours", number(off)),
        ]
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.signed(self.off_from);
        w.signed(self.off_until);
        w.unsigned(self.off_count);
        w.count(self.edge.len());
        for at in &self.edge {
            w.signed(*at);
        }
        for (_, alert) in self.alerts() {
            alert.encode(w);
        }
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (off_from, off_until, off_count) = (r.time()?, r.time()?, r.small()?);
        let count = r.count()?;
        if count > EDGE_MAX {
            return Err(Malformed);
        }
        let edge = (0..count).map(|_| r.time()).collect::<Result<_, _>>()?;
        let (off, edge_alert, unlisted) = (Alert::decode(r)?, Alert::decode(r)?, Alert::decode(r)?);
        Ok(Self { off_from, off_until, off_count, off, edge, edge_alert, unlisted })
    }
}
