//! Counts of a day that are told when they double, so that noise cannot flood the log.

use crate::codec::{Malformed, Reader, Writer};
use crate::rule::DAY;

/// A count since the begin of an elapsed day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    day: i64,
    count: u64,
}

impl Tally {
    /// Counts one; `Some` with the count if it is to be told.
    pub(crate) fn add(&mut self, now: i64) -> Option<u64> {
        let day = now.div_euclid(DAY);
        if day != self.day {
            *self = Self { day, count: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.count.is_power_of_two().then_some(self.count)
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.signed(self.day);
        w.unsigned(self.count);
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { day: r.time()?, count: r.unsigned()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_told_when_it_doubles_and_begins_anew_each_day() {
        let mut tally = Tally::default();
        let told: Vec<u64> = (0..100).filter_map(|_| tally.add(5)).collect();
        assert_eq!(told, [1, 2, 4, 8, 16, 32, 64]);
        assert_eq!(tally.add(DAY), Some(1));
    }
}
