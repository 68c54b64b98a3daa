//! What chance does not give: how many tier B admissions the baseline leads to expect, how much such numbers scatter beyond
//! chance on this bench, and how strongly a window speaks against both. docs/false-alarms.md derives the bounds.
//!
//! A strength is a deviance, twice the log-likelihood ratio, over dispersion and the error of the baseline: the square of a
//! number of standard deviations. Numbers are in thousandths unless they are counts.

use crate::codec::{Malformed, Reader, Writer};
use crate::detect::ratio::Hour;
use crate::fixed::{deviance_binomial_milli, deviance_poisson_milli};

/// Windows: the one that is judged, the day between, the baseline.
const WINDOWS: usize = 16;
/// Four standard deviations: with nine looks a day that are as good as independent, once in ten years at most.
pub(crate) const SHARE_NEEDED_MILLI: u64 = 16_000;
/// Five, below which a share that the guide does not call high is no alert.
pub(crate) const SHARE_ALONE_MILLI: u64 = 25_000;
/// Five: numbers scatter in more ways than shares.
pub(crate) const COUNT_NEEDED_MILLI: u64 = 25_000;
/// Admissions of a class of days below which its share is taken from all days.
const CLASS_MIN: u64 = 80;
/// An hour counts for at most this much more than it leads to expect, in its standard deviations, and two: a rollout is one event.
const HOUR_SIGMAS: u64 = 3;
/// Hours that dispersion is learned over, and those that what is assumed at the start counts for.
const LEARNED_OVER: u64 = 64 * 24;
const ASSUMED_FOR: u64 = 4 * 24;
const ASSUMED_MICRO: u64 = 2_500_000;
/// Hours until which slow rules assume no less than this.
const CAREFUL_FOR: u64 = 32 * 24;
const CAREFUL_MILLI: u64 = 3_000;
/// One look adds at most this much: no single day teaches that anything is usual.
const LOOK_MAX_MICRO: u64 = 100_000_000;
/// One above what was expected, as many times the dispersion so far: who raises a share day by day teaches little.
const LOOK_ABOVE_MAX: u64 = 6;
/// Below this, dispersion is that of chance.
const CHANCE_BELOW_MILLI: u64 = 1_100;
/// From this on it is widened by a part.
const RESTLESS_MILLI: u64 = 1_500;
const RESTLESS_PART: u64 = 3;
/// Whatever the bench did before, no more than this is allowed for: share, tier B, all admissions.
const DISPERSION_MAX_MILLI: [u64; 3] = [64_000; 3];

/// What the baseline leads to expect of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Expected {
    /// Of tier B, of as many admissions as there are.
    pub(crate) share_milli: u64,
    /// 1 and the error of the baseline for the share, and for numbers.
    pub(crate) share_factor_milli: u64,
    pub(crate) count_factor_milli: u64,
    /// Of tier B, and all, at these hours.
    pub(crate) tier_b_milli: u64,
    pub(crate) admissions_milli: u64,
    /// Tier B as it counts: no hour for more than it can say.
    pub(crate) spread_tier_b: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    windows: u64,
    all: u64,
    tier_b: u64,
}

impl Sum {
    fn add(&mut self, hour: &Hour) {
        self.windows += 1;
        self.all += hour.tier_a + hour.tier_b;
        self.tier_b += hour.tier_b;
    }

    fn and(self, other: Self) -> Self {
        Self {
            windows: self.windows + other.windows,
            all: self.all + other.all,
            tier_b: self.tier_b + other.tier_b,
        }
    }

    fn mean_milli(self, of: u64) -> u64 {
        (of * 1000).checked_div(self.windows).unwrap_or(0)
    }

    /// Of tier B among `of` admissions. Half a one is added: none so far is not never.
    fn share_milli(self, of: u64) -> u64 {
        let part = u128::from(of) * u128::from(2 * self.tier_b + 1) * 1000;
        u64::try_from(part / u128::from(2 * self.all + 2)).unwrap_or(u64::MAX)
    }
}

/// What the valid windows of the baseline lead to expect. Hours are compared with the same hours of days of their class, business or not.
pub(crate) fn expected<'h>(
    newest_first: impl Iterator<Item = &'h Hour> + Clone,
    valid: &[bool; WINDOWS],
) -> Expected {
    let mut slots = [[Sum::default(); 2]; 24];
    let mut classes = [Sum::default(); 2];
    for (back, hour) in newest_first.clone().enumerate() {
        let (class, in_baseline) =
            (usize::from(hour.business), valid.get(back / 24).copied().unwrap_or(false));
        if let (true, Some(slot), Some(pool)) = (
            in_baseline,
            slots.get_mut(back % 24).and_then(|classes| classes.get_mut(class)),
            classes.get_mut(class),
        ) {
            slot.add(hour);
            pool.add(hour);
        }
    }
    let [other, business] = classes;
    let pool = |class: usize| {
        let pool = classes.get(class).copied().unwrap_or_default();
        if pool.all >= CLASS_MIN { pool } else { other.and(business) }
    };
    let mut found = Expected::default();
    let (mut windows, mut admissions, mut error) = (u64::MAX, 0, 0_u64);
    let mut of_class = [0_u64; 2];
    for (hour, slot) in newest_first.zip(&slots) {
        let class = usize::from(hour.business);
        let [other, business] = *slot;
        let same = slot.get(class).copied().filter(|same| same.windows > 0);
        let usual = same.unwrap_or_else(|| other.and(business));
        let pool = pool(class);
        let all = hour.tier_a + hour.tier_b;
        found.admissions_milli += usual.mean_milli(usual.all);
        found.tier_b_milli += usual.mean_milli(usual.tier_b);
        found.share_milli += pool.share_milli(all);
        let here = pool.share_milli(usual.all).checked_div(usual.windows).unwrap_or(0);
        let most = here + HOUR_SIGMAS * (here * 1000).isqrt() + 2000;
        found.spread_tier_b += hour.tier_b.min(most / 1000);
        windows = windows.min(usual.windows);
        admissions += all;
        if let Some(count) = of_class.get_mut(class) {
            *count += all;
        }
    }
    for (class, count) in of_class.into_iter().enumerate() {
        error += count.saturating_mul(count).saturating_mul(1000) / pool(class).all.max(1);
    }
    found.share_factor_milli = 1000 + error.checked_div(admissions).unwrap_or(0);
    found.count_factor_milli = 1000 + 1000 / windows.max(1);
    found
}

/// How much numbers scatter beyond chance: the mean of squared distances from what was expected, in variances of chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dispersion {
    /// Share, tier B, all admissions.
    micro: [u64; 3],
    hours: u64,
}

impl Default for Dispersion {
    fn default() -> Self {
        Self { micro: [ASSUMED_MICRO; 3], hours: ASSUMED_FOR }
    }
}

impl Dispersion {
    /// Learns from a window in which nothing fires.
    pub(crate) fn learn(&mut self, admissions: u64, tier_b: u64, expected: &Expected) {
        let all = admissions * 1000;
        let of_share = expected.share_milli.min(all);
        let variance = u128::from(of_share) * u128::from(all - of_share) / u128::from(all.max(1));
        let variance = u64::try_from(variance).unwrap_or(u64::MAX);
        let looks = [
            (expected.spread_tier_b, expected.share_milli, variance, expected.share_factor_milli),
            (tier_b, expected.tier_b_milli, expected.tier_b_milli, expected.count_factor_milli),
            (admissions, expected.admissions_milli, expected.admissions_milli, expected.count_factor_milli),
        ];
        self.hours = (self.hours + 1).min(LEARNED_OVER);
        for (dispersion, (found, mean, variance, factor)) in self.micro.iter_mut().zip(looks) {
            let away = u128::from((found * 1000).abs_diff(mean));
            let scale = u128::from(variance.max(1000)) * u128::from(factor.max(1000));
            let above = LOOK_ABOVE_MAX * (*dispersion).max(1_000_000);
            let most = if found * 1000 > mean { above.min(LOOK_MAX_MICRO) } else { LOOK_MAX_MICRO };
            let look = u64::try_from(away * away * 1_000_000 / scale).unwrap_or(u64::MAX).min(most);
            let step = look.abs_diff(*dispersion) / self.hours;
            *dispersion = if look > *dispersion { *dispersion + step } else { *dispersion - step };
        }
    }

    /// What is allowed for: share, tier B, all admissions.
    pub(crate) fn allowed_milli(&self) -> [u64; 3] {
        let mut allowed = [1000; 3];
        for ((allowed, micro), most) in allowed.iter_mut().zip(self.micro).zip(DISPERSION_MAX_MILLI) {
            let milli = micro / 1000;
            if milli >= CHANCE_BELOW_MILLI {
                // What makes numbers scatter has heavier tails than chance.
                let widened = if milli >= RESTLESS_MILLI { milli + milli / RESTLESS_PART } else { milli };
                *allowed = widened.min(most);
            }
        }
        allowed
    }

    /// The same for the slow rules, of the share and of tier B, which a reference that is still young and dispersion that is not learned
    /// yet would mislead for weeks.
    pub(crate) fn careful_milli(&self) -> [u64; 2] {
        let [share, tier_b, _] = self.allowed_milli();
        let least = if self.hours < CAREFUL_FOR { CAREFUL_MILLI } else { 0 };
        [share.max(least), tier_b.max(least)]
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        for micro in self.micro {
            w.unsigned(micro);
        }
        w.unsigned(self.hours);
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut micro = [0; 3];
        for micro in &mut micro {
            *micro = r.unsigned()?;
        }
        let hours = r.unsigned()?;
        let possible = micro.iter().all(|micro| *micro <= LOOK_MAX_MICRO);
        if possible && (ASSUMED_FOR..=LEARNED_OVER).contains(&hours) {
            Ok(Self { micro, hours })
        } else {
            Err(Malformed)
        }
    }
}

/// How strongly so many of tier B among so many admissions speak against the expected share.
pub(crate) fn share_milli(tier_b: u64, admissions: u64, expected: &Expected, dispersion: u64) -> u64 {
    let deviance = deviance_binomial_milli(tier_b, admissions, expected.share_milli);
    scaled(deviance, dispersion, expected.share_factor_milli)
}

/// How strongly a number speaks against what was expected, in thousandths.
pub(crate) fn count_milli(count: u64, mean_milli: u64, expected: &Expected, dispersion: u64) -> u64 {
    scaled(deviance_poisson_milli(count, mean_milli.max(1000)), dispersion, expected.count_factor_milli)
}

fn scaled(deviance: u64, dispersion: u64, factor: u64) -> u64 {
    let scale = u128::from(dispersion.max(1000)) * u128::from(factor.max(1000));
    u64::try_from(u128::from(deviance) * 1_000_000 / scale).unwrap_or(u64::MAX)
}

/// The smallest count from `from` to `most` that is strong enough; none if none is. Strength rises with the count.
pub(crate) fn smallest(from: u64, most: u64, is_enough: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut low, mut high) = (from, most);
    if low > high || !is_enough(high) {
        return None;
    }
    while low < high {
        let middle = low.midpoint(high);
        if is_enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(low)
}
