//! What is computed of a window of 24 hours and the fourteen before it, at each full hour.

use std::collections::VecDeque;

use ztp_core::canonical::Value;

use crate::detect::evidence::{
    COUNT_NEEDED_MILLI, Dispersion, Expected, SHARE_ALONE_MILLI, SHARE_NEEDED_MILLI, count_milli, expected,
    share_milli, smallest,
};
use crate::detect::ratio::{ADMISSIONS_MIN, DAYS, Hour, TIER_B_MIN};
use crate::fixed::{binomial_sigma_ppm, median, ratio_ppm, scaled_mad};
use crate::output::{Facts, number, signed};
use crate::rule::{DAY, HOUR};
use crate::schedule::Schedule;
use crate::settings::{InForce, Reference};

/// Days without which there is no baseline.
const VALID_MIN: usize = 7;
/// Days of the same class, business or not, that make a baseline of their own.
const MATCHED_MIN: usize = 4;

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
    pub(crate) expected: Expected,
    /// Share, tier B, all admissions.
    dispersion: [u64; 3],
    /// How strongly the window speaks against the expected share, and against the expected number of tier B.
    pub(crate) evidence: u64,
    pub(crate) count_evidence: u64,
    pub(crate) admissions_centre: u64,
    pub(crate) denied_centre: u64,
    pub(crate) denied_least: u64,
    /// Over all valid days, for the reference.
    pub(crate) whole: (u64, u64),
    pub(crate) whole_tier_b: (u64, u64),
}

impl Evaluation {
    pub(crate) fn has_baseline(&self) -> bool {
        self.valid_days >= VALID_MIN
    }

    /// Whether chance, on this bench, gives such a share at most once in ten years.
    pub(crate) fn is_beyond_chance(&self) -> bool {
        self.evidence > SHARE_NEEDED_MILLI
    }

    /// Whether it is so far beyond that the guide's sigma, which is at least 0.02, is not asked.
    pub(crate) fn is_far_beyond_chance(&self) -> bool {
        self.evidence > SHARE_ALONE_MILLI
    }

    fn strength(&self, tier_b: u64) -> u64 {
        let [dispersion, ..] = self.dispersion;
        share_milli(tier_b, self.admissions, &self.expected, dispersion)
    }

    fn count_strength(&self, tier_b: u64) -> u64 {
        let [_, dispersion, _] = self.dispersion;
        count_milli(tier_b, self.expected.tier_b_milli, &self.expected, dispersion)
    }

    pub(crate) fn volume_is_high(&self, admissions: u64) -> bool {
        let [.., dispersion] = self.dispersion;
        let strength = || count_milli(admissions, self.expected.admissions_milli, &self.expected, dispersion);
        admissions > self.admissions_centre.saturating_mul(2) && strength() > COUNT_NEEDED_MILLI
    }

    /// The fewest of tier B, of so many admissions, that are beyond chance.
    fn share_limit(&self) -> Option<u64> {
        let enough = |tier_b| self.strength(tier_b) > SHARE_NEEDED_MILLI;
        smallest(TIER_B_MIN, self.admissions, enough).filter(|_| self.has_baseline())
    }

    fn tier_b_limit(&self) -> Option<u64> {
        let enough = |tier_b| self.count_strength(tier_b) > COUNT_NEEDED_MILLI;
        smallest(TIER_B_MIN, u64::from(u32::MAX), enough).filter(|_| self.has_baseline())
    }

    fn admissions_limit(&self) -> Option<u64> {
        smallest(0, u64::from(u32::MAX), |all| self.volume_is_high(all)).filter(|_| self.has_baseline())
    }

    pub(crate) fn facts(&self) -> Facts {
        let days = |days: usize| number(u64::try_from(days).unwrap_or(0));
        let limit = |limit: Option<u64>| limit.map_or(Value::Null, number);
        let [share_dispersion, tier_b_dispersion, _] = self.dispersion;
        vec![
            ("admissions", number(self.admissions)),
            ("admissions_centre", number(self.admissions_centre)),
            ("admissions_limit", limit(self.admissions_limit())),
            ("alert_tier_b", limit(self.share_limit())),
            ("baseline_days", days(self.used_days)),
            ("baseline_days_valid", days(self.valid_days)),
            ("baseline_matched", Value::from(self.matched)),
            ("centre_ppm", number(self.centre)),
            ("denied", number(self.denied)),
            ("denied_centre", number(self.denied_centre)),
            ("dispersion_milli", number(share_dispersion)),
            ("evidence_milli", number(self.evidence)),
            ("evidence_needed_milli", number(SHARE_NEEDED_MILLI)),
            ("expected_tier_b_milli", number(self.expected.share_milli)),
            ("limit_ppm", number(self.limit)),
            ("share_ppm", number(self.share)),
            ("sigma_ppm", number(self.sigma)),
            ("state", Value::from(if self.has_baseline() { "baseline" } else { "warming-up" })),
            ("tier_b", number(self.tier_b)),
            ("tier_b_dispersion_milli", number(tier_b_dispersion)),
            ("tier_b_limit", limit(self.tier_b_limit())),
            ("tier_b_spread", number(self.expected.spread_tier_b)),
            ("tier_b_usual_milli", number(self.expected.tier_b_milli)),
            ("window_ms", signed(DAY)),
        ]
    }
}

/// Judges the window that ends with the last of `hours`.
pub(crate) fn evaluate(
    hours: &VecDeque<Hour>,
    dispersion: &Dispersion,
    now: i64,
    in_force: &InForce,
) -> Evaluation {
    let mut days = [Hour::default(); 2 + DAYS];
    for (back, hour) in hours.iter().rev().enumerate() {
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
    let mut in_baseline = [false; 2 + DAYS];
    for (back, _) in &valid {
        if let Some(day) = in_baseline.get_mut(*back) {
            *day = true;
        }
    }
    found.expected = expected(hours.iter().rev(), &in_baseline);
    found.dispersion = dispersion.allowed_milli();
    if found.share > found.centre {
        found.evidence = found.strength(found.expected.spread_tier_b);
    }
    found.count_evidence = found.count_strength(found.tier_b);
    found.admissions_centre = spread(&used, total).0;
    found.denied_least = used.iter().map(|day| day.denied).min().unwrap_or(0);
    found.denied_centre = spread(&used, |day| day.denied).0;
    let (centre, mad) = spread(&all, share);
    let (admissions, _) = spread(&all, total);
    let sigma = mad.max(binomial_sigma_ppm(centre, admissions)).max(Reference::SIGMA_PPM_MIN);
    found.whole = (centre, sigma);
    let (tier_b, mad) = spread(&all, |day| day.tier_b);
    found.whole_tier_b = (tier_b, mad.max(tier_b.isqrt()).max(1));
    found
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
