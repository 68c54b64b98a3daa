//! Arithmetic of the detectors: integers only, so that every platform computes the same bytes.
//!
//! Ratios are in millionths (ppm), scores in thousandths of a standard deviation.

/// One, in millionths.
pub(crate) const PPM: u64 = 1_000_000;

/// `part` of `whole` in millionths, rounded down; 0 of nothing is 0.
pub(crate) fn ratio_ppm(part: u64, whole: u64) -> u64 {
    if whole == 0 { 0 } else { clamp(u128::from(part) * u128::from(PPM) / u128::from(whole)) }
}

/// The median: the middle value, or the mean of the two middle ones rounded down; 0 of nothing.
pub(crate) fn median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let upper = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    if sorted.len() % 2 == 1 {
        return upper;
    }
    let lower = sorted.get((sorted.len() / 2).wrapping_sub(1)).copied().unwrap_or(0);
    lower.midpoint(upper)
}

/// The median absolute deviation around `centre`, times 1.4826, which estimates a standard deviation.
pub(crate) fn scaled_mad(values: &[u64], centre: u64) -> u64 {
    let away: Vec<u64> = values.iter().map(|value| value.abs_diff(centre)).collect();
    clamp(u128::from(median(&away)) * 14_826 / 10_000)
}

/// The smallest value that at least 95 of 100 values do not exceed (nearest rank); 0 of nothing.
pub(crate) fn p95(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * 95).div_ceil(100);
    rank.checked_sub(1).and_then(|index| sorted.get(index)).copied().unwrap_or(0)
}

/// The standard deviation of a share `p_ppm` seen in `n` trials, in millionths: the square root of p(1-p)/n.
pub(crate) fn binomial_sigma_ppm(p_ppm: u64, n: u64) -> u64 {
    let p = p_ppm.min(PPM);
    (p * (PPM - p)).checked_div(n).map_or(PPM, u64::isqrt)
}

/// `(value - centre) / sigma` in thousandths; sigma 0 counts as 1.
pub(crate) fn score_milli(value: u64, centre: u64, sigma: u64) -> i64 {
    let difference = i128::from(value) - i128::from(centre);
    let score = difference * 1000 / i128::from(sigma.max(1));
    i64::try_from(score).unwrap_or(if score < 0 { i64::MIN } else { i64::MAX })
}

/// The natural logarithm of `value` over that of one, in units of 2^-32: bit by bit, by squaring; 0 counts as 1.
fn ln_q32(value: u64) -> i128 {
    /// The natural logarithm of 2, in units of 2^-32.
    const LN_2: i128 = 2_977_044_472;
    let value = value.max(1);
    let whole = value.ilog2();
    // The value over its highest power of two, in [1, 2), with 63 bits behind the point.
    let mut rest = u128::from(value) << (63 - whole);
    let mut log2 = i128::from(whole);
    for _ in 0..32 {
        rest = (rest * rest) >> 63;
        log2 <<= 1;
        if rest >> 64 != 0 {
            rest >>= 1;
            log2 += 1;
        }
    }
    (log2 * LN_2) >> 32
}

/// Twice `part` times the logarithm of `part` over `mean`, all in thousandths.
fn twice_part_ln(part: u64, mean: u64) -> i128 {
    (2 * i128::from(part) * (ln_q32(part) - ln_q32(mean))) >> 32
}

/// The deviance of `count` successes in `trials` above a mean of `mean_milli` thousandths, with half a success for
/// continuity: the square of standard deviations, in thousandths, that bounds the tail of the binomial distribution
/// (Zubkov and Serov, 2013). 0 at the mean and below it.
pub(crate) fn deviance_binomial_milli(count: u64, trials: u64, mean_milli: u64) -> u64 {
    let (all, mean) = (trials * 1000, mean_milli.max(1));
    let part = (count.min(trials) * 1000).saturating_sub(500);
    if part <= mean || mean >= all {
        return 0;
    }
    let sum = twice_part_ln(part, mean) + twice_part_ln(all - part, all - mean);
    u64::try_from(sum.max(0)).unwrap_or(u64::MAX)
}

/// The deviance of `count` above a Poisson mean of `mean_milli` thousandths, in thousandths. 0 at the mean and below it.
pub(crate) fn deviance_poisson_milli(count: u64, mean_milli: u64) -> u64 {
    let (part, mean) = (count.saturating_mul(1000), mean_milli.max(1));
    if part <= mean {
        return 0;
    }
    let sum = twice_part_ln(part, mean) - 2 * (i128::from(part) - i128::from(mean));
    u64::try_from(sum.max(0)).unwrap_or(u64::MAX)
}

fn clamp(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_and_deviances_are_those_of_the_textbook() {
        for value in [1_u64, 2, 3, 10, 75_000, 1 << 40, u64::MAX] {
            #[allow(clippy::cast_precision_loss, reason = "compared with a tolerance")]
            let (found, wanted) = (ln_q32(value) as f64 / 4_294_967_296.0, (value as f64).ln());
            assert!((found - wanted).abs() < 1e-7, "{value}: {found} {wanted}");
        }
        // 74.5 and 225.5 of 300 where 45 and 255 are expected: 75.1171 - 55.4506.
        let found = deviance_binomial_milli(75, 300, 45_000);
        assert!((19_660..19_680).contains(&found), "{found}");
        assert_eq!((deviance_binomial_milli(45, 300, 45_000), deviance_binomial_milli(0, 0, 0)), (0, 0));
        // 60 where 20 are expected: 131.833 - 80.
        let found = deviance_poisson_milli(60, 20_000);
        assert!((51_825..51_840).contains(&found), "{found}");
        assert_eq!((deviance_poisson_milli(20, 20_000), deviance_poisson_milli(0, 0)), (0, 0));
    }

    #[test]
    fn medians_ranks_and_deviations_are_those_of_the_textbook() {
        assert_eq!((median(&[]), median(&[7]), median(&[1, 9]), median(&[9, 1, 5])), (0, 7, 5, 5));
        assert_eq!(scaled_mad(&[1, 1, 2, 2, 4, 6, 9], 2), 1);
        assert_eq!(scaled_mad(&[50_000; 14], 50_000), 0);
        let hundred: Vec<u64> = (1..=100).collect();
        assert_eq!((p95(&hundred), p95(&[3]), p95(&[])), (95, 3, 0));
        assert_eq!(p95(&(1..=14).collect::<Vec<_>>()), 14);
        assert_eq!((ratio_ppm(1, 3), ratio_ppm(0, 0), ratio_ppm(5, 5)), (333_333, 0, PPM));
        assert_eq!(binomial_sigma_ppm(500_000, 100), 50_000);
        assert_eq!(binomial_sigma_ppm(50_000, 0), PPM);
        assert_eq!((score_milli(70_000, 50_000, 20_000), score_milli(0, 50, 0)), (1000, -50_000));
    }
}
