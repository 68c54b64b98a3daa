//! The share of tier B (D3): above its baseline, adrift from its reference, or hidden by volume.
//!
//! Windows are elapsed hours, not civil days: a day of 23 or 25 hours changes nothing. At each full hour h the window is
//! (h - 24 h, h], the baseline the fourteen 24-hour windows that end 24 h before the window begins.

use std::collections::VecDeque;

use ztp_core::canonical::Value;
use ztp_core::event::admission::Tier;

use crate::alert::Alert;
use crate::codec::{Malformed, Reader, Writer};
use crate::detect::evaluation::{Evaluation, evaluate};
use crate::detect::evidence::{COUNT_NEEDED_MILLI, Dispersion};
use crate::fixed::{binomial_sigma_ppm, score_milli};
use crate::output::{About, Emit, Facts, number, signed};
use crate::rule::{HOUR, Notice, Rule};
use crate::settings::{InForce, Reference};

pub(crate) const DAYS: usize = 14;
/// The window, the day between, and the baseline.
const HOURS: usize = 24 * (2 + DAYS);
/// A day with fewer admissions says nothing about a share.
pub(crate) const ADMISSIONS_MIN: u64 = 20;
/// Admissions to tier B below which no share is a finding.
pub(crate) const TIER_B_MIN: u64 = 5;
/// Admissions to tier B below which nothing is said without a baseline: the first hours of a log are few.
const ABSOLUTE_MIN: u64 = 10;
/// The share that is too much without any baseline.
const ABSOLUTE_PPM: u64 = 500_000;
/// Evaluations in a row that a breach takes.
const STREAK: u8 = 2;
/// CUSUM in thousandths of a standard deviation: what is allowed a day, where it fires, and where it stops counting.
const DRIFT_ALLOWED: i64 = 1000;
const DRIFT_MAX: i64 = 5000;
const DRIFT_CEILING: i64 = 50_000;
/// No standard deviation of a day's share is taken to be smaller, in millionths.
const DRIFT_SIGMA_PPM_MIN: u64 = 10_000;
/// The same for numbers, which scatter in more ways than shares.
const COUNT_DRIFT_MAX: i64 = 10_000;
/// What drift is measured against follows the baseline by at most this part of itself a day, in millionths: the drift of an
/// honest bench, 10 % up and down with the seasons or 20 % in a year, is slower.
const FOLLOWED_A_DAY_PPM: u64 = 4_000;
/// A standard deviation of a day holds the error of the reference too, in thousandths of its square.
const REFERENCE_FACTOR_MILLI: u64 = 1_110;
/// Denials on each day of the baseline without which a day with none is nothing new.
const DENIALS_LEAST: u64 = 5;
/// Denials a day without which their absence says nothing.
const DENIALS_MIN: u64 = 20;
/// Hours from the first record to the freezing of the reference.
const FREEZE_AFTER: i64 = 16 * 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Hour {
    pub(crate) tier_a: u64,
    pub(crate) tier_b: u64,
    pub(crate) denied: u64,
    /// An alert was firing: no part of a baseline.
    pub(crate) alerted: bool,
    /// Of a business day, by the settings in force at its end.
    pub(crate) business: bool,
}

impl Hour {
    fn is_empty(&self) -> bool {
        self.tier_a + self.tier_b + self.denied == 0 && !self.alerted
    }
}

/// The reference that drift is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frozen {
    share: Reference,
    tier_b: u64,
    tier_b_sigma: u64,
    at: i64,
}

/// What drift is measured against: the reference, and where it has followed the baseline to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Followed {
    reference: Reference,
    centre_ppm: u64,
    tier_b_milli: u64,
}

impl Followed {
    /// A day's step towards the baseline, none larger than an honest bench takes.
    fn step(&mut self, centre_ppm: u64, tier_b: u64) {
        let step = |from: u64, to: u64| {
            let most = (from * FOLLOWED_A_DAY_PPM / 1_000_000).max(1);
            if to > from { from + (to - from).min(most) } else { from - (from - to).min(most) }
        };
        self.centre_ppm = step(self.centre_ppm, centre_ppm);
        self.tier_b_milli = step(self.tier_b_milli, tier_b * 1000);
    }
}

/// The rules of this detector, in the order of [`Ratio::alerts`].
const RULES: [Rule; 7] = [
    Rule::TierBRatio,
    Rule::TierBAbsolute,
    Rule::TierBDrift,
    Rule::TierBBaselineShift,
    Rule::TierBCount,
    Rule::AdmissionVolume,
    Rule::DenialSilence,
];

/// Admissions by hour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ratio {
    /// The current hour ends at this times one hour; none before the first record.
    hour: Option<i64>,
    begun: i64,
    /// Oldest first, the current one last.
    hours: VecDeque<Hour>,
    frozen: Option<Frozen>,
    followed: Option<Followed>,
    dispersion: Dispersion,
    drift: i64,
    count_drift: i64,
    streaks: [u8; 7],
    alerts: [Alert; 7],
    last_seq: u64,
}

impl Ratio {
    /// A decision at `now`.
    pub(crate) fn decision(&mut self, now: i64, seq: u64, tier: Option<Tier>, admitted: bool) {
        // An event at the full hour belongs to the hour that ends there: windows are half-open.
        let hour = now.saturating_add(HOUR - 1).div_euclid(HOUR);
        if self.hour.is_none() {
            (self.hour, self.begun) = (Some(hour), hour);
            self.hours.push_back(Hour::default());
        }
        self.last_seq = seq;
        let Some(current) = self.hours.back_mut() else { return };
        match (admitted, tier) {
            (true, Some(Tier::A)) => current.tier_a += 1,
            (true, Some(_)) => current.tier_b += 1,
            (true, None) => {}
            (false, _) => current.denied += 1,
        }
    }

    /// When the hour is over.
    pub(crate) fn due(&self) -> Option<i64> {
        self.hour.map(|hour| hour.saturating_mul(HOUR))
    }

    /// Hours may be left out up to `now`: nothing is counted and nothing fires.
    pub(crate) fn skip(&mut self, now: i64) {
        let quiet = self.hours.iter().all(Hour::is_empty)
            && self.alerts.iter().all(|alert| !alert.is_firing())
            && self.streaks == [0; 7]
            && self.drift == 0
            && self.count_drift == 0;
        let hour = now.saturating_add(HOUR - 1).div_euclid(HOUR);
        if quiet && self.hours.len() == HOURS && self.hour.is_some_and(|at| at < hour) {
            self.hour = Some(hour);
        }
    }

    /// The hour is over: judges it, and begins the next.
    pub(crate) fn tick(&mut self, emit: &mut Emit<'_>) {
        let Some(hour) = self.hour else { return };
        let now = hour.saturating_mul(HOUR);
        if let Some(current) = self.hours.back_mut() {
            current.business = emit.in_force.schedule().is_business_day(now - HOUR / 2);
        }
        let found = evaluate(&self.hours, &self.dispersion, now, emit.in_force);
        if hour.rem_euclid(24) == 0 {
            self.judge_drift(emit, now, hour, &found);
        }
        self.judge(emit, now, &found);
        if self.alerts.iter().take(5).any(Alert::is_firing) {
            for hour in self.hours.iter_mut().rev().take(24) {
                hour.alerted = true;
            }
        } else if found.has_baseline() && found.admissions >= ADMISSIONS_MIN {
            self.dispersion.learn(found.admissions, found.tier_b, &found.expected);
        }
        self.hours.push_back(Hour::default());
        if self.hours.len() > HOURS {
            self.hours.pop_front();
        }
        self.hour = Some(hour + 1);
    }

    /// The reference in force: the one of the settings, and else the frozen one.
    fn reference(&self, in_force: &InForce) -> Option<Reference> {
        in_force.settings().tier_b_reference.or(self.frozen.map(|frozen| frozen.share))
    }

    fn judge_drift(&mut self, emit: &mut Emit<'_>, now: i64, hour: i64, found: &Evaluation) {
        if self.frozen.is_none() && hour - self.begun >= FREEZE_AFTER && found.has_baseline() {
            let (centre_ppm, sigma_ppm) = found.whole;
            let (tier_b, tier_b_sigma) = found.whole_tier_b;
            let share = Reference { centre_ppm, sigma_ppm };
            self.frozen = Some(Frozen { share, tier_b, tier_b_sigma, at: now });
            let facts = vec![
                ("centre_ppm", number(centre_ppm)),
                ("sigma_ppm", number(sigma_ppm)),
                ("tier_b", number(tier_b)),
                ("tier_b_sigma", number(tier_b_sigma)),
            ];
            emit.notice(Notice::ReferenceFrozen, About::GLOBAL, now, facts);
            return;
        }
        if found.admissions < ADMISSIONS_MIN {
            return;
        }
        let sum = |sum: i64, score: i64| {
            sum.saturating_add(score).saturating_sub(DRIFT_ALLOWED).clamp(0, DRIFT_CEILING)
        };
        let [of_share, of_count] = self.dispersion.careful_milli();
        if let Some(reference) = self.reference(emit.in_force) {
            let tier_b = self.frozen.map_or(0, |frozen| frozen.tier_b);
            let begins =
                Followed { reference, centre_ppm: reference.centre_ppm, tier_b_milli: tier_b * 1000 };
            let mut followed =
                self.followed.filter(|followed| followed.reference == reference).unwrap_or(begins);
            if found.has_baseline() {
                followed.step(found.whole.0, found.whole_tier_b.0);
            }
            self.followed = Some(followed);
            let chance = dispersed(binomial_sigma_ppm(followed.centre_ppm, found.admissions), 1, of_share);
            // A reference that somebody signed has the deviation that he signed.
            let signed_sigma = emit.in_force.settings().tier_b_reference.map(|signed| signed.sigma_ppm);
            let least = signed_sigma.unwrap_or(DRIFT_SIGMA_PPM_MIN);
            let score = score_milli(found.share, followed.centre_ppm, chance.max(least));
            self.drift = sum(self.drift, score);
            if let Some(frozen) = self.frozen {
                let usual = followed.tier_b_milli / 1000;
                let chance = dispersed(usual.isqrt(), 1, of_count).max(frozen.tier_b_sigma);
                self.count_drift = sum(self.count_drift, score_milli(found.tier_b, usual, chance));
            }
            let drift = self.drift;
            let facts = || {
                let mut facts = found.facts();
                facts.push(("drift_max_milli", signed(DRIFT_MAX)));
                facts.push(("drift_milli", signed(drift)));
                facts.push(("followed_ppm", number(followed.centre_ppm)));
                facts.push(("reference_centre_ppm", number(reference.centre_ppm)));
                facts.push(("reference_sigma_ppm", number(reference.sigma_ppm)));
                facts.push(("sigma_today_ppm", number(chance.max(least))));
                facts.push(("score_milli", signed(score)));
                facts
            };
            let state = if drift > DRIFT_MAX {
                Some(true)
            } else if drift == 0 {
                Some(false)
            } else {
                None
            };
            self.set(2, emit, now, state, facts);
        }
    }

    fn judge(&mut self, emit: &mut Emit<'_>, now: i64, found: &Evaluation) {
        let based = found.has_baseline();
        let enough = found.tier_b >= TIER_B_MIN;
        let shifted = self.reference(emit.in_force).is_some_and(|reference| {
            found.whole.0 > reference.centre_ppm + reference.centre_ppm / 2 + 2 * reference.sigma_ppm
        });
        let many = found.count_evidence > COUNT_NEEDED_MILLI || self.count_drift > COUNT_DRIFT_MAX;
        let silent = found.denied == 0
            && found.denied_centre >= DENIALS_MIN
            && found.denied_least >= DENIALS_LEAST
            && found.admissions >= found.admissions_centre / 2
            && found.admissions >= ADMISSIONS_MIN;
        let above = based && enough && (found.share > found.limit || found.is_far_beyond_chance());
        let breaches = [
            (0, above, STREAK),
            (1, !based && found.tier_b >= ABSOLUTE_MIN && found.share > ABSOLUTE_PPM, 1),
            (3, based && shifted, STREAK),
            (4, based && enough && many, STREAK),
            (5, based && found.volume_is_high(found.admissions), STREAK),
            (6, based && silent, STREAK),
        ];
        for (place, breach, needed) in breaches {
            let Some(streak) = self.streaks.get_mut(place) else { continue };
            let before =
                std::mem::replace(streak, if breach { streak.saturating_add(1).min(needed) } else { 0 });
            let lasts = *streak >= needed;
            let state = match (place, breach) {
                (_, false) => Some(false),
                // The guide's threshold is what is noticed; an alert takes what chance does not give.
                (0, true) if found.is_beyond_chance() => Some(true),
                (0, true) => None,
                (_, true) => lasts.then_some(true),
            };
            self.set(place, emit, now, state, || found.facts());
            let fires = self.alerts.get(place).is_some_and(Alert::is_firing);
            if place == 0 && lasts && before < needed && !fires {
                emit.notice(Notice::AboveBaseline, About::GLOBAL, now, found.facts());
            }
        }
    }

    fn set(
        &mut self,
        place: usize,
        emit: &mut Emit<'_>,
        now: i64,
        state: Option<bool>,
        facts: impl FnOnce() -> Facts,
    ) {
        let (Some(alert), Some(&rule)) = (self.alerts.get_mut(place), RULES.get(place)) else { return };
        match state {
            // One evaluation after the other says the same: no count that could double.
            Some(true) if !alert.is_firing() => {
                alert.on(emit, rule, About::GLOBAL, now, 1, self.last_seq, facts)
            }
            Some(false) => alert.off(emit, rule, About::GLOBAL, now, facts),
            _ => {}
        }
    }

    pub(crate) fn alerts(&self) -> impl Iterator<Item = (Rule, &Alert)> {
        RULES.into_iter().zip(&self.alerts)
    }

    /// The last full hour: its end, and what was computed for it.
    fn last_evaluation(&self, in_force: &InForce) -> (i64, Evaluation) {
        let mut last = self.clone();
        // The current hour is not over: judge the one before.
        last.hours.pop_back();
        let end = self.hour.map_or(0, |hour| (hour - 1).saturating_mul(HOUR));
        (end, evaluate(&last.hours, &last.dispersion, end, in_force))
    }

    /// Whether there is a baseline to compare with.
    pub(crate) fn has_baseline(&self, in_force: &InForce) -> bool {
        self.last_evaluation(in_force).1.has_baseline()
    }

    /// The numbers of the last full hour.
    pub(crate) fn explain(&self, in_force: &InForce) -> Facts {
        let (end, found) = self.last_evaluation(in_force);
        let mut facts = found.facts();
        facts.push(("drift_max_milli", signed(DRIFT_MAX)));
        facts.push(("drift_milli", signed(self.drift)));
        let evaluated = self.hour.is_some().then(|| crate::output::time(end));
        facts.push(("evaluated_at", Value::from(evaluated)));
        facts.push((
            "reference",
            self.reference(in_force).map_or(Value::Null, |reference| {
                Value::object([
                    ("centre_ppm", number(reference.centre_ppm)),
                    ("sigma_ppm", number(reference.sigma_ppm)),
                ])
            }),
        ));
        facts
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.option(self.hour, Writer::signed);
        w.signed(self.begun);
        w.count(self.hours.len());
        for hour in &self.hours {
            w.unsigned(hour.tier_a);
            w.unsigned(hour.tier_b);
            w.unsigned(hour.denied);
            w.flag(hour.alerted);
            w.flag(hour.business);
        }
        w.option(self.frozen, |w, frozen| {
            w.unsigned(frozen.share.centre_ppm);
            w.unsigned(frozen.share.sigma_ppm);
            w.unsigned(frozen.tier_b);
            w.unsigned(frozen.tier_b_sigma);
            w.signed(frozen.at);
        });
        w.option(self.followed, |w, followed| {
            w.unsigned(followed.reference.centre_ppm);
            w.unsigned(followed.reference.sigma_ppm);
            w.unsigned(followed.centre_ppm);
            w.unsigned(followed.tier_b_milli);
        });
        self.dispersion.encode(w);
        w.signed(self.drift);
        w.signed(self.count_drift);
        w.raw(&self.streaks);
        for alert in &self.alerts {
            alert.encode(w);
        }
        w.unsigned(self.last_seq);
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut ratio = Self { hour: r.option(Reader::time)?, begun: r.time()?, ..Self::default() };
        let count = r.count()?;
        if count > HOURS || (count == 0) != ratio.hour.is_none() {
            return Err(Malformed);
        }
        for _ in 0..count {
            let counted = |r: &mut Reader<'_>| r.unsigned().map(|count| count.min(u64::from(u32::MAX)));
            let (tier_a, tier_b, denied) = (counted(r)?, counted(r)?, counted(r)?);
            let (alerted, business) = (r.flag()?, r.flag()?);
            ratio.hours.push_back(Hour { tier_a, tier_b, denied, alerted, business });
        }
        ratio.frozen = r.option(|r| {
            let share = Reference { centre_ppm: r.share()?, sigma_ppm: r.share()? };
            Ok(Frozen { share, tier_b: r.small()?, tier_b_sigma: r.small()?, at: r.time()? })
        })?;
        ratio.followed = r.option(|r| {
            let reference = Reference { centre_ppm: r.share()?, sigma_ppm: r.share()? };
            Ok(Followed { reference, centre_ppm: r.share()?, tier_b_milli: r.unsigned()?.min(1 << 50) })
        })?;
        ratio.dispersion = Dispersion::decode(r)?;
        let drift =
            |r: &mut Reader<'_>| {
                r.signed().and_then(|drift| {
                    if (0..=DRIFT_CEILING).contains(&drift) { Ok(drift) } else { Err(Malformed) }
                })
            };
        (ratio.drift, ratio.count_drift) = (drift(r)?, drift(r)?);
        ratio.streaks = r.array()?;
        for alert in &mut ratio.alerts {
            *alert = Alert::decode(r)?;
        }
        ratio.last_seq = r.unsigned()?;
        Ok(ratio)
    }
}

/// A standard deviation of chance, in units, as wide as dispersion and the error of the reference make it.
fn dispersed(sigma: u64, unit: u64, dispersion_milli: u64) -> u64 {
    let square =
        u128::from(sigma) * u128::from(sigma) * u128::from(dispersion_milli * REFERENCE_FACTOR_MILLI);
    u64::try_from((square / 1_000_000).isqrt()).unwrap_or(u64::MAX).max(unit)
}
