//! The share of tier B (D3): above its baseline, adrift from its reference, or hidden by volume.
//!
//! Windows are elapsed hours, not civil days: a day of 23 or 25 hours changes nothing. At each full hour h the window is
//! (h - 24 h, h], the baseline the fourteen 24-hour windows that end 24 h before the window begins.

use std::collections::VecDeque;

use ztp_core::canonical::Value;
use ztp_core::event::admission::Tier;

use crate::alert::Alert;
use crate::codec::{Malformed, Reader, Writer};
use crate::fixed::{binomial_sigma_ppm, median, ratio_ppm, scaled_mad, score_milli};
use crate::output::{About, Emit, Facts, number, signed};
use crate::rule::{DAY, HOUR, Rule};
use crate::schedule::Schedule;
use crate::settings::{InForce, Reference};

const DAYS: usize = 14;
/// The window, the day between, and the baseline.
const HOURS: usize = 24 * (2 + DAYS);
/// A day with fewer admissions says nothing about a share.
const ADMISSIONS_MIN: u64 = 20;
/// Days without which there is no baseline.
const VALID_MIN: usize = 7;
/// Days of the same class, business or not, that make a baseline of their own.
const MATCHED_MIN: usize = 4;
/// Admissions to tier B below which no share is a finding.
const TIER_B_MIN: u64 = 5;
/// The share that is too much without any baseline.
const ABSOLUTE_PPM: u64 = 500_000;
/// Evaluations in a row that a breach takes.
const STREAK: u8 = 2;
/// CUSUM in thousandths of a standard deviation: what is allowed a day, where it fires, and where it stops counting.
const DRIFT_ALLOWED: i64 = 1000;
const DRIFT_MAX: i64 = 5000;
const DRIFT_CEILING: i64 = 50_000;
/// A count is too high this many standard deviations above its median.
const COUNT_SIGMAS: u64 = 5;
/// Denials a day without which their absence says nothing.
const DENIALS_MIN: u64 = 20;
/// Hours from the first record to the freezing of the reference.
const FREEZE_AFTER: i64 = 16 * 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Hour {
    tier_a: u64,
    tier_b: u64,
    denied: u64,
    /// An alert was firing: no part of a baseline.
    alerted: bool,
}

/// The reference that drift is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frozen {
    share: Reference,
    tier_b: u64,
    tier_b_sigma: u64,
    at: i64,
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
    drift: i64,
    count_drift: i64,
    streaks: [u8; 7],
    alerts: [Alert; 7],
    last_seq: u64,
}

/// What an evaluation computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Evaluation {
    pub(crate) admissions: u64,
    pub(crate) tier_b: u64,
    pub(crate) denied: u64,
    pub(crate) share: u64,
    pub(crate) valid_days: usize,
    pub(crate) used_days: usize,
    pub(crate) matched: bool,
    pub(crate) centre: u64,
    pub(crate) sigma: u64,
    pub(crate) limit: u64,
    tier_b_limit: u64,
    admissions_limit: u64,
    admissions_centre: u64,
    denied_centre: u64,
    /// Over all valid days, for the reference.
    whole: (u64, u64),
    whole_tier_b: (u64, u64),
}

impl Evaluation {
    pub(crate) fn has_baseline(&self) -> bool {
        self.valid_days >= VALID_MIN
    }

    fn facts(&self) -> Facts {
        let days = |days: usize| number(u64::try_from(days).unwrap_or(0));
        vec![
            ("admissions", number(self.admissions)),
            ("admissions_centre", number(self.admissions_centre)),
            ("admissions_limit", number(self.admissions_limit)),
            ("baseline_days", days(self.used_days)),
            ("baseline_days_valid", days(self.valid_days)),
            ("baseline_matched", Value::from(self.matched)),
            ("centre_ppm", number(self.centre)),
            ("denied", number(self.denied)),
            ("denied_centre", number(self.denied_centre)),
            ("limit_ppm", number(self.limit)),
            ("share_ppm", number(self.share)),
            ("sigma_ppm", number(self.sigma)),
            ("state", Value::from(if self.has_baseline() { "baseline" } else { "warming-up" })),
            ("tier_b", number(self.tier_b)),
            ("tier_b_limit", number(self.tier_b_limit)),
            ("window_ms", signed(DAY)),
        ]
    }
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
        let quiet = self.hours.iter().all(|hour| *hour == Hour::default())
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
        let found = self.evaluate(now, emit.in_force);
        if hour.rem_euclid(24) == 0 {
            self.judge_drift(emit, now, hour, &found);
        }
        self.judge(emit, now, &found);
        if self.alerts.iter().take(5).any(Alert::is_firing) {
            for hour in self.hours.iter_mut().rev().take(24) {
                hour.alerted = true;
            }
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
            emit.notice(crate::rule::Notice::ReferenceFrozen, About::GLOBAL, now, facts);
            return;
        }
        if found.admissions < ADMISSIONS_MIN {
            return;
        }
        let sum = |sum: i64, score: i64| {
            sum.saturating_add(score).saturating_sub(DRIFT_ALLOWED).clamp(0, DRIFT_CEILING)
        };
        if let Some(reference) = self.reference(emit.in_force) {
            let score = score_milli(found.share, reference.centre_ppm, reference.sigma_ppm);
            self.drift = sum(self.drift, score);
            let drift = self.drift;
            let facts = || {
                let mut facts = found.facts();
                facts.push(("drift_max_milli", signed(DRIFT_MAX)));
                facts.push(("drift_milli", signed(drift)));
                facts.push(("reference_centre_ppm", number(reference.centre_ppm)));
                facts.push(("reference_sigma_ppm", number(reference.sigma_ppm)));
                facts.push(("score_milli", signed(score)));
                facts
            };
            self.set(
                2,
                emit,
                now,
                if drift > DRIFT_MAX {
                    Some(true)
                } else if drift == 0 {
                    Some(false)
                } else {
                    None
                },
                facts,
            );
        }
        if let Some(frozen) = self.frozen {
            self.count_drift =
                sum(self.count_drift, score_milli(found.tier_b, frozen.tier_b, frozen.tier_b_sigma));
        }
    }

    fn judge(&mut self, emit: &mut Emit<'_>, now: i64, found: &Evaluation) {
        let based = found.has_baseline();
        let enough = found.tier_b >= TIER_B_MIN;
        let shifted = self
            .reference(emit.in_force)
            .is_some_and(|reference| found.whole.0 > reference.centre_ppm + reference.sigma_ppm);
        let many = found.tier_b > found.tier_b_limit || self.count_drift > DRIFT_MAX;
        let silent = found.denied == 0
            && found.denied_centre >= DENIALS_MIN
            && found.admissions >= found.admissions_centre / 2
            && found.admissions >= ADMISSIONS_MIN;
        let breaches = [
            (0, based && enough && found.share > found.limit, STREAK),
            (1, !based && enough && found.share > ABSOLUTE_PPM, 1),
            (3, based && shifted, STREAK),
            (4, based && enough && many, STREAK),
            (5, based && found.admissions > found.admissions_limit, STREAK),
            (6, based && silent, STREAK),
        ];
        for (place, breach, needed) in breaches {
            let Some(streak) = self.streaks.get_mut(place) else { continue };
            *streak = if breach { streak.saturating_add(1).min(needed) } else { 0 };
            let state = if *streak >= needed {
                Some(true)
            } else if breach {
                None
            } else {
                Some(false)
            };
            self.set(place, emit, now, state, || found.facts());
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

    /// Judges the window that ends at the current hour's end.
    pub(crate) fn evaluate(&self, now: i64, in_force: &InForce) -> Evaluation {
        let mut days = [Hour::default(); 2 + DAYS];
        for (back, hour) in self.hours.iter().rev().enumerate() {
            if let Some(day) = days.get_mut(back / 24) {
                day.tier_a += hour.tier_a;
                day.tier_b += hour.tier_b;
                day.denied += hour.denied;
                day.alerted |= hour.alerted;
            }
        }
        let [window, _, baseline @ ..] = days;
        let valid: Vec<(usize, Hour)> = baseline
            .into_iter()
            .enumerate()
            .filter(|(_, day)| !day.alerted && day.tier_a + day.tier_b >= ADMISSIONS_MIN)
            .map(|(back, day)| (back + 2, day))
            .collect();
        let mut found = Evaluation {
            admissions: window.tier_a + window.tier_b,
            tier_b: window.tier_b,
            denied: window.denied,
            share: ratio_ppm(window.tier_b, window.tier_a + window.tier_b),
            valid_days: valid.len(),
            ..Evaluation::default()
        };
        if !found.has_baseline() {
            return found;
        }
        let all: Vec<Hour> = valid.iter().map(|(_, day)| *day).collect();
        let used = matched(&valid, now, in_force.schedule());
        found.matched = used.is_some();
        let used = used.unwrap_or_else(|| all.clone());
        found.used_days = used.len();
        let share = |day: &Hour| ratio_ppm(day.tier_b, day.tier_a + day.tier_b);
        let total = |day: &Hour| day.tier_a + day.tier_b;
        let (centre, mad) = spread(&used, share);
        found.centre = centre;
        found.sigma = mad.max(binomial_sigma_ppm(centre, found.admissions)).max(Reference::SIGMA_PPM_MIN);
        found.limit = centre + 2 * found.sigma;
        let (tier_b, mad) = spread(&used, |day| day.tier_b);
        found.tier_b_limit = tier_b + COUNT_SIGMAS * mad.max(tier_b.isqrt()).max(1);
        let (admissions, mad) = spread(&used, total);
        found.admissions_centre = admissions;
        found.admissions_limit =
            (admissions + COUNT_SIGMAS * mad.max(admissions.isqrt()).max(1)).max(2 * admissions);
        found.denied_centre = spread(&used, |day| day.denied).0;
        let (centre, mad) = spread(&all, share);
        let (admissions, _) = spread(&all, total);
        let sigma = mad.max(binomial_sigma_ppm(centre, admissions)).max(Reference::SIGMA_PPM_MIN);
        found.whole = (centre, sigma);
        let (tier_b, mad) = spread(&all, |day| day.tier_b);
        found.whole_tier_b = (tier_b, mad.max(tier_b.isqrt()).max(1));
        found
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
        (end, last.evaluate(end, in_force))
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
        facts.push(("evaluated_at", crate::output::time(end)));
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
        }
        w.option(self.frozen, |w, frozen| {
            w.unsigned(frozen.share.centre_ppm);
            w.unsigned(frozen.share.sigma_ppm);
            w.unsigned(frozen.tier_b);
            w.unsigned(frozen.tier_b_sigma);
            w.signed(frozen.at);
        });
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
            ratio.hours.push_back(Hour { tier_a, tier_b, denied, alerted: r.flag()? });
        }
        ratio.frozen = r.option(|r| {
            let share = Reference {
                centre_ppm: r.unsigned()?.min(1_000_000),
                sigma_ppm: r.unsigned()?.min(1_000_000),
            };
            Ok(Frozen { share, tier_b: r.small()?, tier_b_sigma: r.small()?, at: r.time()? })
        })?;
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

/// The valid days of the same class as the window, business day or not, if there are enough. A window of 24 hours is of the
/// class of its middle.
fn matched(valid: &[(usize, Hour)], now: i64, schedule: &Schedule) -> Option<Vec<Hour>> {
    let class = |back: usize| {
        let back = i64::try_from(back).unwrap_or(0);
        schedule.is_business_day(now - back * DAY - 12 * HOUR)
    };
    let window = class(0);
    let same: Vec<Hour> =
        valid.iter().filter(|(back, _)| class(*back) == window).map(|(_, day)| *day).collect();
    (same.len() >= MATCHED_MIN).then_some(same)
}

/// Median and scaled deviation of a number of each day.
fn spread(days: &[Hour], of: impl Fn(&Hour) -> u64) -> (u64, u64) {
    let values: Vec<u64> = days.iter().map(of).collect();
    let centre = median(&values);
    (centre, scaled_mad(&values, centre))
}
