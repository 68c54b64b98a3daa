//! Months of a plausible bench from a seed: admissions, break-glass, egress and operators in the rhythm of shifts, week ends and holidays,
//! with named attacks laid over them.
//!
//! The same [`Bench`] gives the same events on every machine. Nothing here reads a clock, draws randomness or does I/O; the
//! examples write what comes out as a real sealed log and an admission stream.
//!
//! ```
//! use ztp_simulator::{Attack, Bench, Step};
//!
//! let bench = Bench { days: 30, ..Bench::new(7) }.with(Attack::Flood, 20);
//! let denials = bench.steps().filter(|step| matches!(step, Step::Event(e) if e.attack == Some(Attack::Flood))).count();
//! assert_eq!(denials, 1_200);
//! ```
#![forbid(unsafe_code)]

mod attack;
pub mod calendar;
mod day;
pub mod dice;
pub mod naive;
pub mod told;

use std::collections::VecDeque;

use ztp_core::canonical::Value;
use ztp_core::event::EventClass;
use ztp_core::event::admission::AdmissionDecision;
use ztp_core::time::Timestamp;

pub use attack::Attack;
use attack::Campaign;
use calendar::{DAY_MS, Day, HOUR_MS};
use day::Maker;

/// What to simulate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bench {
    /// The same seed gives the same bench.
    pub seed: u64,
    /// The first local day.
    pub from: Timestamp,
    /// How many days.
    pub days: u32,
    /// How far the customer's clocks are ahead of UTC.
    pub zone_minutes: i64,
    /// How often the writer seals when nothing happens, in milliseconds.
    pub heartbeat_ms: i64,
    /// Attacks, each with the number of the day, from 0, on which it begins.
    pub attacks: Vec<(Attack, u32)>,
}

impl Bench {
    /// A year from 2026-01-01, in UTC, with a heartbeat each hour and no attack.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // 2026-01-01T00:00:00.000Z
        let from = Timestamp::from_millis(1_767_225_600_000).unwrap_or(Timestamp::MIN);
        Self { seed, from, days: 365, zone_minutes: 0, heartbeat_ms: HOUR_MS, attacks: Vec::new() }
    }

    /// The same bench with an attack that begins on a day.
    #[must_use]
    pub fn with(mut self, attack: Attack, day: u32) -> Self {
        self.attacks.push((attack, day));
        self
    }

    fn first_day(&self) -> i64 {
        self.from.as_millis().div_euclid(DAY_MS)
    }

    /// The local day with this number, from 0.
    #[must_use]
    pub fn day(&self, number: u32) -> Day {
        Day::of(self.first_day() + i64::from(number), self.zone_minutes)
    }

    /// When an attack that begins on a day does its first deed, in milliseconds since 1970.
    #[must_use]
    pub fn begins_ms(&self, attack: Attack, day: u32) -> i64 {
        self.day(day).start_ms + Campaign::begins(attack)
    }

    /// What the host says of itself at a time: its boot id, and how many milliseconds it has been up.
    #[must_use]
    pub fn boot(&self, at_ms: i64) -> (String, u64) {
        Maker::new(self.seed).boot(at_ms)
    }

    /// Everything that happens, in the order of time.
    #[must_use]
    pub fn steps(&self) -> Steps {
        let campaigns = self.attacks.iter().zip(0_u64..).map(|(&(attack, day), n)| {
            Campaign::new(attack, self.first_day() + i64::from(day), self.seed ^ (n + 1) << 48)
        });
        Steps {
            bench: self.clone(),
            maker: Maker::new(self.seed),
            campaigns: campaigns.collect(),
            next_day: 0,
            heartbeat_at_ms: self.day(0).start_ms + self.heartbeat_ms,
            today: VecDeque::new(),
            silences: self.silences(),
        }
    }

    /// When the writer is stopped.
    fn silences(&self) -> Vec<(i64, i64)> {
        let stopped = self.attacks.iter().filter(|(attack, _)| *attack == Attack::Silence);
        stopped.map(|&(attack, day)| self.begins_ms(attack, day)).map(|at| (at, at + 3 * HOUR_MS)).collect()
    }
}

/// Something that happens on the bench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What kind of event.
    pub class: EventClass,
    /// Its payload, of the vocabulary of `ztp-core`.
    pub payload: Value,
    /// The attack that it is part of.
    pub attack: Option<Attack>,
}

impl Happening {
    pub(crate) fn new(at_ms: i64, class: EventClass, payload: Value) -> Self {
        Self { at_ms, class, payload, attack: None }
    }

    pub(crate) fn decision(decision: &AdmissionDecision, at_ms: i64) -> Self {
        Self::new(at_ms, EventClass::ADMISSION_DECISION, decision.to_value())
    }

    /// When, as a timestamp.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis(self.at_ms).unwrap_or(Timestamp::MIN)
    }
}

/// One step of a simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    clippy::large_enum_variant,
    reason = "a caller must decide about each; most are events"
)]
pub enum Step {
    /// Something happens.
    Event(Happening),
    /// The log's writer is alive, and seals if it has sealed nothing since the last one.
    Heartbeat {
        /// When, in milliseconds since 1970.
        at_ms: i64,
    },
}

impl Step {
    /// When, in milliseconds since 1970.
    #[must_use]
    pub fn at_ms(&self) -> i64 {
        match self {
            Self::Event(happening) => happening.at_ms,
            Self::Heartbeat { at_ms } => *at_ms,
        }
    }
}

/// The steps of a bench, a day at a time.
#[derive(Debug)]
pub struct Steps {
    bench: Bench,
    maker: Maker,
    campaigns: Vec<Campaign>,
    next_day: u32,
    heartbeat_at_ms: i64,
    today: VecDeque<Step>,
    silences: Vec<(i64, i64)>,
}

impl Steps {
    fn make_day(&mut self) {
        let day = self.bench.day(self.next_day);
        let mut made = self.maker.day(day);
        for campaign in &mut self.campaigns {
            campaign.apply(&self.maker, day, &mut made);
        }
        let mut steps: Vec<Step> = made.into_iter().map(Step::Event).collect();
        while self.heartbeat_at_ms < day.start_ms + DAY_MS {
            steps.push(Step::Heartbeat { at_ms: self.heartbeat_at_ms });
            self.heartbeat_at_ms += self.bench.heartbeat_ms.max(1);
        }
        let silences = &self.silences;
        steps.retain(|step| !silences.iter().any(|(from, to)| (*from..*to).contains(&step.at_ms())));
        steps.sort_by_key(Step::at_ms);
        self.today = steps.into();
        self.next_day += 1;
    }
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        while self.today.is_empty() {
            if self.next_day >= self.bench.days {
                return None;
            }
            self.make_day();
        }
        self.today.pop_front()
    }
}
