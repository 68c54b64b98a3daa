//! What an admission ring's own word excuses: sealed decisions that it no longer holds.

/// What a ring says of itself, once all of it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ring {
    /// Decisions that left it since [`Ring::since_ms`], or ever where that is not known.
    pub evicted: u64,
    /// When it began to hold decisions (milliseconds since 1970), where it says so. Of what was decided before it knows nothing.
    pub since_ms: Option<i64>,
    /// Time of the oldest decision that it still holds; `None` if it holds none.
    pub oldest_ms: Option<i64>,
}

/// The sealed log held against a ring, decision by decision in the log's order.
///
/// A ring forgets its oldest decisions, so those that left it were sealed before those that it holds, and they are no more than it says.
/// The log's order is sealed; a date is written by whoever writes the record. So a record is judged by where it stands, and its own date
/// can only take an excuse from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evictions {
    ring: Ring,
    /// Decisions made side by side may be sealed in another order: by so much, as for [`super::Kind::OrderInversion`].
    tolerance_ms: i64,
    /// A pair further apart than this has drifted.
    threshold_ms: i64,
    /// A decision was sealed that the ring made later than its oldest: whatever was sealed after it, the ring must hold.
    closed: bool,
    /// A decision was sealed that is dated so far behind the ring's beginning that none from before can follow.
    begun: bool,
}

impl Evictions {
    pub(super) fn new(ring: Ring, tolerance_ms: u64, threshold_ms: u64) -> Self {
        let ms = |ms| i64::try_from(ms).unwrap_or(i64::MAX);
        Self {
            ring,
            tolerance_ms: ms(tolerance_ms),
            threshold_ms: ms(threshold_ms),
            closed: false,
            begun: false,
        }
    }

    /// The next sealed decision is one that the ring holds, and dates so.
    pub(super) fn held(&mut self, decided_ms: i64) {
        self.sealed(decided_ms);
        self.closed |= self.ring.oldest_ms.is_some_and(|o| decided_ms >= o.saturating_add(self.tolerance_ms));
    }

    /// The next sealed decision is not in the ring: whether it may have left it, or was made before there was one.
    pub(super) fn excuses(&mut self, sealed_ms: i64) -> bool {
        let before = self.ring.since_ms.is_some_and(|since| sealed_ms < since) && !self.begun;
        self.sealed(sealed_ms);
        if self.closed || self.ring.oldest_ms.is_some_and(|o| sealed_ms > o.saturating_add(self.threshold_ms))
        {
            return false;
        }
        if before {
            return true;
        }
        match self.ring.evicted.checked_sub(1) {
            Some(left) => {
                self.ring.evicted = left;
                true
            }
            None => false,
        }
    }

    fn sealed(&mut self, at_ms: i64) {
        self.begun |= self.ring.since_ms.is_some_and(|s| at_ms >= s.saturating_add(self.threshold_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Judges sealed decisions in this order: `Ok` of a time that the ring holds, `Err` of one that it does not.
    fn judged(ring: Ring, sealed: &[Result<i64, i64>]) -> Vec<bool> {
        let mut evictions = Evictions::new(ring, 1_000, 30_000);
        let judge = |entry: &Result<i64, i64>| match *entry {
            Ok(held_ms) => {
                evictions.held(held_ms);
                None
            }
            Err(at_ms) => Some(evictions.excuses(at_ms)),
        };
        sealed.iter().filter_map(judge).collect()
    }

    #[test]
    fn no_more_are_excused_than_the_ring_says_left_it() {
        let sealed: Vec<_> = (0..5).map(|n| Err(n * 10_000)).chain([Ok(50_000)]).collect();
        for evicted in 0..7 {
            let ring = Ring { evicted, since_ms: None, oldest_ms: Some(50_000) };
            let excused = judged(ring, &sealed).iter().filter(|excused| **excused).count();
            assert_eq!(excused as u64, evicted.min(5));
        }
    }

    #[test]
    fn what_was_sealed_after_a_decision_that_the_ring_holds_is_not_excused_whatever_its_date() {
        for since_ms in [None, Some(0), Some(20_000)] {
            let ring = Ring { evicted: 9, since_ms, oldest_ms: Some(50_000) };
            assert_eq!(judged(ring, &[Err(5), Ok(50_000), Ok(60_000), Err(5)]), [true, false]);
            // Side by side: within the tolerance of the oldest the order says nothing.
            assert_eq!(judged(ring, &[Ok(50_000), Err(49_990), Ok(50_999), Err(49_995)]), [true, true]);
            assert_eq!(judged(ring, &[Ok(51_000), Err(49_990)]), [false]);
        }
    }

    #[test]
    fn a_date_excuses_nothing_that_the_order_does_not() {
        // Before there was a ring: not counted, as long as the log had not gone past its beginning.
        let ring = Ring { evicted: 1, since_ms: Some(100_000), oldest_ms: Some(900_000) };
        let before = [Err(10), Err(20), Err(99_999)];
        assert_eq!(judged(ring, &before), [true, true, true]);
        assert_eq!(judged(ring, &[Err(10), Err(130_000), Err(20)]), [true, true, false]);
        // Dated later than what the ring still holds: it cannot have left it.
        assert_eq!(judged(ring, &[Err(930_001), Err(930_000)]), [false, true]);
    }

    #[test]
    fn a_ring_that_holds_nothing_excuses_what_it_counts_and_what_was_before_it() {
        let ring = Ring { evicted: 2, since_ms: Some(100), oldest_ms: None };
        assert_eq!(judged(ring, &[Err(0), Err(100), Err(101), Err(102)]), [true, true, true, false]);
        assert_eq!(judged(Ring::default(), &[Err(0)]), [false]);
    }
}
