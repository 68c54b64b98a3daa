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

fn clamp(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

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
