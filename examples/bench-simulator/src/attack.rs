//! What an insider does to a bench, by name. Each attack is laid over ordinary days and keeps to what its name says.

use std::collections::VecDeque;

use ztp_core::canonical::Value;
use ztp_core::event::EventClass;
use ztp_core::event::admission::{AdmissionDecision, Decision, Tier};

use crate::Happening;
use crate::calendar::{DAY_MS, Day, HOUR_MS, MINUTE_MS};
use crate::day::{Maker, action};
use crate::dice::Dice;

macro_rules! attacks {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal;)*) => {
        /// An attack that a simulation can hold.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Attack { $($(#[doc = $doc])+ $name,)* }

        impl Attack {
            /// Every attack.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on a command line and in a table.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The attack of this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|attack| attack.as_str() == name)
            }
        }
    };
}

attacks! {
    /// 120 denials a minute for ten minutes, by one identity.
    Flood = "flood";
    /// Four minutes of 60 denials, then one of a few, again and again: never five minutes without a pause.
    DippingFlood = "dipping-flood";
    /// 90 denials a minute for eight minutes, from so many identities that none has more than two a minute.
    SpreadKeys = "spread-keys";
    /// 45 denials a minute for six hours: always below the limit of a minute.
    SlowDrip = "slow-drip";
    /// Three break-glass uses before the full hour and three after it: a count by clock hours never sees four.
    StraddledBurst = "straddled-burst";
    /// Three break-glass uses an hour, all day: never four.
    PatientBreakGlass = "patient-break-glass";
    /// The share of tier B at 1.9 standard deviations above the mean of the last 14 days, every day: within what a rule of two lets pass.
    BoilingFrog = "boiling-frog";
    /// The share of tier B at 1.95 times the detector's own least sigma above the median of the last 14 days, every day.
    EagerFrog = "eager-frog";
    /// Six times as many tier B pods, hidden among six times as many of tier A.
    Dilution = "dilution";
    /// A person at work at half past two in the night.
    OffHours = "off-hours";
    /// The writer is stopped for three hours in the middle of a day.
    Silence = "silence";
}

/// Standard deviation below which the share of tier B is not resolved, in millionths; see the detector's definition.
const SIGMA_FLOOR: i64 = 20_000;
const MILLION: i64 = 1_000_000;

/// An attack under way.
#[derive(Debug)]
pub(crate) struct Campaign {
    attack: Attack,
    /// The first day of it.
    first: i64,
    seed: u64,
    /// Shares of tier B of the last 14 days, in millionths: what a frog watches.
    shares: VecDeque<i64>,
}

impl Campaign {
    pub(crate) fn new(attack: Attack, first: i64, seed: u64) -> Self {
        Self { attack, first, seed, shares: VecDeque::new() }
    }

    /// When the attack begins on its first day, in milliseconds since local midnight.
    pub(crate) fn begins(attack: Attack) -> i64 {
        match attack {
            Attack::Flood | Attack::DippingFlood | Attack::SpreadKeys => 14 * HOUR_MS,
            Attack::SlowDrip => 9 * HOUR_MS,
            Attack::StraddledBurst => 11 * HOUR_MS - 3 * MINUTE_MS,
            Attack::PatientBreakGlass => 8 * HOUR_MS + 10 * MINUTE_MS,
            Attack::BoilingFrog | Attack::EagerFrog | Attack::Dilution => 0,
            Attack::OffHours => 2 * HOUR_MS + 30 * MINUTE_MS,
            Attack::Silence => 10 * HOUR_MS,
        }
    }

    /// Lays the attack over a day, if it is under way.
    pub(crate) fn apply(&mut self, maker: &Maker, day: Day, made: &mut Vec<Happening>) {
        if day.number < self.first {
            self.look(made);
            return;
        }
        let mut dice = Dice::of(self.seed, day.number.unsigned_abs() | 1 << 41);
        let start_ms = day.start_ms + Self::begins(self.attack);
        let goes_on = matches!(self.attack, Attack::BoilingFrog | Attack::EagerFrog | Attack::Dilution);
        if day.number > self.first && !goes_on {
            return;
        }
        let before = made.len();
        match self.attack {
            Attack::Flood => denials(maker, &mut dice, start_ms, &[120; 10], 1, made),
            Attack::DippingFlood => {
                denials(maker, &mut dice, start_ms, &[60, 60, 60, 60, 4].repeat(6), 1, made);
            }
            Attack::SpreadKeys => denials(maker, &mut dice, start_ms, &[90; 8], 400, made),
            Attack::SlowDrip => denials(maker, &mut dice, start_ms, &[45; 360], 1, made),
            Attack::StraddledBurst => {
                for (n, minutes) in [0, 1, 2, 4, 5, 6].into_iter().enumerate() {
                    let at_ms = start_ms + minutes * MINUTE_MS + dice.between(0, 20_000);
                    made.push(maker.break_glass(
                        &mut dice,
                        at_ms,
                        "bruno",
                        &format!("CHG-{}-{n}", day.number),
                    ));
                }
            }
            Attack::PatientBreakGlass => {
                for n in 0..30 {
                    let at_ms = start_ms + n * 20 * MINUTE_MS + dice.between(0, 30_000);
                    made.push(maker.break_glass(
                        &mut dice,
                        at_ms,
                        "bruno",
                        &format!("CHG-{}-{n}", day.number),
                    ));
                }
            }
            Attack::BoilingFrog | Attack::EagerFrog => self.frog(made),
            Attack::Dilution => dilution(made, &mut dice),
            Attack::OffHours => {
                for n in 0..6 {
                    let at_ms = start_ms + n * 3 * MINUTE_MS + dice.between(0, MINUTE_MS);
                    made.push(action(&mut dice, at_ms, "bruno"));
                }
            }
            Attack::Silence => {}
        }
        for added in made.iter_mut().skip(before) {
            added.attack = Some(self.attack);
        }
    }

    /// Keeps the share of tier B that a day had.
    fn look(&mut self, made: &[Happening]) {
        let tiers = made.iter().filter_map(admitted);
        let (b, all) = tiers.fold((0, 0), |(b, all), tier| (b + i64::from(tier == Tier::B), all + 1));
        self.shares.push_back(MILLION * b / i64::max(all, 1));
        if self.shares.len() > 14 {
            self.shares.pop_front();
        }
    }

    /// The share that the rule which the frog knows lets pass today.
    fn share(&self, pods: i64) -> i64 {
        let count = i64::try_from(self.shares.len()).unwrap_or_default().max(1);
        if self.attack == Attack::EagerFrog {
            let mut sorted: Vec<i64> = self.shares.iter().copied().collect();
            sorted.sort_unstable();
            return sorted.get(sorted.len() / 2).copied().unwrap_or_default() + SIGMA_FLOOR * 195 / 100;
        }
        let mean = self.shares.iter().sum::<i64>() / count;
        let squares: i64 = self.shares.iter().map(|share| (share - mean) * (share - mean)).sum();
        // What chance alone does to so many pods: no rule can be narrower.
        let chance = (mean * (MILLION - mean) / pods.max(1)).isqrt();
        mean + (squares / (count - 1).max(1)).isqrt().max(chance) * 19 / 10
    }

    /// Turns tier A pods into tier B up to the day's share, and no further.
    fn frog(&mut self, made: &mut [Happening]) {
        let all = i64::try_from(made.iter().filter_map(admitted).count()).unwrap_or_default();
        let share = self.share(all).min(MILLION * 9 / 10);
        let had = made.iter().filter_map(admitted).filter(|tier| *tier == Tier::B).count();
        let mut wanted = all * share / MILLION - i64::try_from(had).unwrap_or_default();
        let every = all / wanted.max(1);
        let mut passed = 0;
        for happening in made.iter_mut() {
            let Some(mut decision) = created(happening).filter(|made| made.tier == Some(Tier::A)) else {
                continue;
            };
            passed += 1;
            if wanted > 0 && passed >= every.min(2) {
                (wanted, passed) = (wanted - 1, 0);
                decision.tier = Some(Tier::B);
                happening.payload = decision.to_value();
                happening.attack = Some(self.attack);
            }
        }
        self.look(made);
    }
}

/// The tier of a pod that was let in.
fn admitted(happening: &Happening) -> Option<Tier> {
    if happening.class != EventClass::ADMISSION_DECISION {
        return None;
    }
    let word = |name| happening.payload.get(name).and_then(Value::as_str);
    Some(()).filter(|()| word("operation") == Some("CREATE"))?;
    Tier::from_text(word("tier")?)
}

/// The decision, if it let a pod in by the usual way.
fn created(happening: &Happening) -> Option<AdmissionDecision> {
    if happening.class != EventClass::ADMISSION_DECISION {
        return None;
    }
    let decision = AdmissionDecision::read(&happening.payload).ok()?;
    let usual = decision.decision == Decision::Allow && decision.operation.as_deref() == Some("CREATE");
    usual.then_some(decision)
}

/// So many denials in each minute, by so many identities in turn.
fn denials(
    maker: &Maker,
    dice: &mut Dice,
    start_ms: i64,
    minutes: &[i64],
    identities: i64,
    made: &mut Vec<Happening>,
) {
    let mut n = 0;
    for (minute, count) in (0_i64..).zip(minutes) {
        for within in 0..*count {
            let at_ms = start_ms + minute * MINUTE_MS + within * MINUTE_MS / count;
            let user = format!("system:serviceaccount:tenant-{:03}:builder", n % identities);
            let mut decision = maker.decision(dice, at_ms, &user, Decision::Deny);
            decision.namespace = Some(format!("tenant-{:03}", n % identities));
            made.push(Happening::decision(&decision, at_ms));
            n += 1;
        }
    }
}

/// Five more of each pod that was let in, tier by tier.
fn dilution(made: &mut Vec<Happening>, dice: &mut Dice) {
    let usual: Vec<(AdmissionDecision, i64)> =
        made.iter().filter_map(|happening| Some((created(happening)?, happening.at_ms))).collect();
    for (decision, at_ms) in usual {
        for _ in 0..5 {
            let mut copy = decision.clone();
            copy.uid = dice.uuid();
            copy.object_uid = Some(dice.uuid());
            copy.name = Some(format!("runner-{}", dice.hex(5)));
            // Within the same day.
            let at_ms = at_ms + dice.between(0, 30_000).min(DAY_MS - 1 - at_ms.rem_euclid(DAY_MS));
            copy.timing.wall_ms = u64::try_from(at_ms).ok();
            copy.timing.mono_ms = copy.timing.mono_ms.map(|_| maker_mono(&decision, at_ms));
            made.push(Happening::decision(&copy, at_ms));
        }
    }
}

/// The monotonic clock at a time shortly after a decision.
fn maker_mono(decision: &AdmissionDecision, at_ms: i64) -> u64 {
    let (mono, wall) =
        (decision.timing.mono_ms.unwrap_or_default(), decision.timing.wall_ms.unwrap_or_default());
    mono + u64::try_from(at_ms).unwrap_or_default().saturating_sub(wall)
}
