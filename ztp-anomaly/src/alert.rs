//! The life of an alert: one episode is one alert, with updates as its count doubles, an end, and a time in which another
//! breach belongs to it.

use ztp_core::digest::Digest;

use crate::codec::{Malformed, Reader, Writer};
use crate::output::{About, Emit, Facts, episode, number, time};
use crate::rule::Rule;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    Firing,
    Cooling,
}

/// One rule for one key. A rule that waits before it fires (Pending) waits in its detector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alert {
    phase: Phase,
    episode: Digest,
    started: i64,
    first_seq: u64,
    count: u64,
    next_update: u64,
    cool_until: i64,
}

impl Default for Alert {
    fn default() -> Self {
        Self {
            phase: Phase::Idle,
            episode: Digest::ZERO,
            started: 0,
            first_seq: 0,
            count: 0,
            next_update: 0,
            cool_until: 0,
        }
    }
}

impl Alert {
    pub(crate) fn is_firing(&self) -> bool {
        self.phase == Phase::Firing
    }

    /// Nothing that a restart could lose: idle, or cooled down at `now`.
    pub(crate) fn is_idle(&self, now: i64) -> bool {
        self.phase == Phase::Idle || (self.phase == Phase::Cooling && now >= self.cool_until)
    }

    /// The name of the phase in explanations.
    pub(crate) fn phase_name(&self, now: i64) -> &'static str {
        match self.phase {
            Phase::Firing => "firing",
            Phase::Cooling if now < self.cool_until => "cooling",
            Phase::Idle | Phase::Cooling => "idle",
        }
    }

    /// The breach holds at `now`, with `count` so far. `first_seq` is the record that began it.
    #[allow(
        clippy::too_many_arguments,
        reason = "what, whom, when, how many, since which record, and the numbers"
    )]
    pub(crate) fn on(
        &mut self,
        emit: &mut Emit<'_>,
        rule: Rule,
        about: About<'_>,
        now: i64,
        count: u64,
        first_seq: u64,
        facts: impl FnOnce() -> Facts,
    ) {
        if self.phase == Phase::Cooling && now >= self.cool_until {
            self.phase = Phase::Idle;
        }
        let phase = match self.phase {
            Phase::Idle => {
                *self = Self {
                    phase: Phase::Firing,
                    episode: episode(rule, about, first_seq),
                    started: now,
                    first_seq,
                    count,
                    next_update: count.saturating_mul(2).max(2),
                    cool_until: 0,
                };
                "fired"
            }
            Phase::Cooling => {
                self.phase = Phase::Firing;
                self.count = self.count.max(count);
                "updated"
            }
            Phase::Firing => {
                self.count = self.count.max(count);
                if count < self.next_update {
                    return;
                }
                "updated"
            }
        };
        self.next_update = self.next_update.max(count.saturating_mul(2)).max(2);
        emit.alert(rule, about, now, phase, self.episode, self.facts(facts()));
    }

    /// The breach is over at `now`.
    pub(crate) fn off(
        &mut self,
        emit: &mut Emit<'_>,
        rule: Rule,
        about: About<'_>,
        now: i64,
        facts: impl FnOnce() -> Facts,
    ) {
        if self.phase != Phase::Firing {
            return;
        }
        self.phase = Phase::Cooling;
        self.cool_until = now.saturating_add(rule.cool_down_ms());
        emit.alert(rule, about, now, "resolved", self.episode, self.facts(facts()));
    }

    /// Something that has no duration happened at `now`: the first of an episode fires, the others count, and an episode
    /// ends when nothing came for the cool-down.
    pub(crate) fn pulse(
        &mut self,
        emit: &mut Emit<'_>,
        rule: Rule,
        about: About<'_>,
        now: i64,
        seq: u64,
        facts: impl FnOnce() -> Facts,
    ) {
        if self.phase == Phase::Cooling && now < self.cool_until {
            self.phase = Phase::Firing;
        }
        let count = if self.phase == Phase::Firing { self.count.saturating_add(1) } else { 1 };
        self.on(emit, rule, about, now, count, seq, facts);
        self.phase = Phase::Cooling;
        self.cool_until = now.saturating_add(rule.cool_down_ms());
    }

    fn facts(&self, mut facts: Facts) -> Facts {
        facts.push(("episode_count", number(self.count)));
        facts.push(("episode_from", time(self.started)));
        facts.push(("first_seq", number(self.first_seq)));
        facts
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        let phase = match self.phase {
            Phase::Idle => 0,
            Phase::Firing => 1,
            Phase::Cooling => 2,
        };
        w.unsigned(phase);
        if phase != 0 {
            w.raw(self.episode.as_bytes());
            w.signed(self.started);
            w.unsigned(self.first_seq);
            w.unsigned(self.count);
            w.unsigned(self.next_update);
            w.signed(self.cool_until);
        }
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let phase = match r.unsigned()? {
            0 => return Ok(Self::default()),
            1 => Phase::Firing,
            2 => Phase::Cooling,
            _ => return Err(Malformed),
        };
        Ok(Self {
            phase,
            episode: Digest::from_bytes(r.array()?),
            started: r.signed()?,
            first_seq: r.unsigned()?,
            count: r.unsigned()?,
            next_update: r.unsigned()?,
            cool_until: r.signed()?,
        })
    }
}
