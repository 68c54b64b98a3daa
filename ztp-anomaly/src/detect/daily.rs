//! Counts of 24 hours, and of the fourteen days before.

use std::collections::VecDeque;

use crate::codec::{Malformed, Reader, Writer};
use crate::fixed::p95;
use crate::rule::{DAY, MINUTE};

/// Counts of 24 hours are kept in half hours: the window is the current one and the 48 before it, never less than 24 hours
/// and at most half an hour more.
const BUCKET: i64 = 30 * MINUTE;
const BUCKETS: usize = 49;
/// Days that a percentile looks back.
const DAYS: usize = 14;

/// Counts of one key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Daily {
    bucket: i64,
    /// Oldest first, the current one last.
    counts: VecDeque<u64>,
    sum: u64,
    day: i64,
    today: u64,
    /// Counts of the days before, newest last; a day without any is there as 0.
    days: VecDeque<u64>,
}

impl Daily {
    /// Moves on to the half hour of `now`.
    pub(crate) fn roll(&mut self, now: i64) {
        let bucket = now.div_euclid(BUCKET);
        if self.counts.is_empty() {
            (self.bucket, self.day) = (bucket, now.div_euclid(DAY));
            self.counts.push_back(0);
        }
        while self.bucket < bucket && self.sum > 0 {
            self.counts.push_back(0);
            self.bucket += 1;
            if self.counts.len() > BUCKETS {
                self.sum -= self.counts.pop_front().unwrap_or(0);
            }
        }
        if self.bucket < bucket {
            self.counts.clear();
            self.counts.push_back(0);
            self.bucket = bucket;
        }
        let day = now.div_euclid(DAY);
        if self.day < day {
            let passed = usize::try_from(day - self.day).unwrap_or(DAYS).min(DAYS + 1);
            self.days.push_back(self.today);
            self.days.extend(std::iter::repeat_n(0, passed - 1));
            while self.days.len() > DAYS {
                self.days.pop_front();
            }
            (self.day, self.today) = (day, 0);
        }
    }

    pub(crate) fn add(&mut self, now: i64) {
        self.roll(now);
        if let Some(last) = self.counts.back_mut() {
            *last += 1;
        }
        self.sum += 1;
        self.today += 1;
    }

    /// Counted in the window.
    pub(crate) fn sum(&self) -> u64 {
        self.sum
    }

    /// When the window next loses something.
    pub(crate) fn next_roll(&self) -> i64 {
        (self.bucket + 1).saturating_mul(BUCKET)
    }

    /// The 95th percentile of the days before.
    pub(crate) fn days_p95(&self) -> u64 {
        let days: Vec<u64> = self.days.iter().copied().collect();
        p95(&days)
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.signed(self.bucket);
        w.signed(self.day);
        w.unsigned(self.today);
        for list in [&self.counts, &self.days] {
            w.count(list.len());
            for &count in list {
                w.unsigned(count);
            }
        }
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (bucket, day, today) = (r.time()?, r.time()?, r.unsigned()?);
        let mut list = |max: usize| {
            let count = r.count()?;
            if count > max {
                return Err(Malformed);
            }
            // No count of a log exceeds this; sums of so few then never overflow.
            let counted = |r: &mut Reader<'_>| r.unsigned().map(|count| count.min(u64::from(u32::MAX)));
            (0..count).map(|_| counted(r)).collect::<Result<VecDeque<_>, _>>()
        };
        let (counts, days) = (list(BUCKETS)?, list(DAYS)?);
        Ok(Self {
            bucket,
            sum: counts.iter().sum(),
            counts,
            day,
            today: today.min(u64::from(u32::MAX)),
            days,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::HOUR;

    #[test]
    fn a_count_stays_for_24_hours_and_leaves_within_half_an_hour_more() {
        let mut daily = Daily::default();
        daily.add(5 * MINUTE);
        daily.roll(24 * HOUR + 5 * MINUTE);
        assert_eq!(daily.sum(), 1);
        daily.roll(24 * HOUR + 30 * MINUTE);
        assert_eq!(daily.sum(), 0);
    }

    #[test]
    fn the_percentile_is_over_the_fourteen_days_before_today() {
        let mut daily = Daily::default();
        for day in 0..20 {
            for _ in 0..day {
                daily.add(day * DAY);
            }
        }
        daily.roll(20 * DAY);
        assert_eq!(daily.days_p95(), 19);
        daily.roll(40 * DAY);
        assert_eq!((daily.days_p95(), daily.sum()), (0, 0));
    }

    #[test]
    fn counts_read_back() {
        let mut daily = Daily::default();
        for hour in 0..100 {
            daily.add(hour * HOUR);
        }
        let mut w = Writer::default();
        daily.encode(&mut w);
        let bytes = w.into_bytes();
        assert_eq!(Daily::decode(&mut Reader::new(&bytes)), Ok(daily));
    }
}
