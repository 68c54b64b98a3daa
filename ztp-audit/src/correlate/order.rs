//! Whether decisions were sealed in the order in which they were made.
//!
//! Pairs are judged in the order of the sealed log. A pair is inverted if it was decided more than the tolerance before
//! another that was sealed earlier. All pairs that one entry was put ahead of make one finding, about that entry. Pairs that
//! drifted by more than the threshold are no measure of order and have their own finding.

use std::collections::VecDeque;

use super::entry::Uid;
use super::finding::{Finding, Kind, Stream};

/// Sealed entries that may wait for the partner of an earlier one; above it the earlier one stays unjudged, and is counted.
const WAITING_MAX: usize = 65_536;

/// A sealed entry's state, in the order of the log.
#[derive(Debug)]
enum Slot {
    Waiting,
    /// Without a partner, or no measure of order.
    Out,
    Pair {
        decided_ms: i64,
        seq: u64,
        uid: Uid,
    },
}

/// The entry decided last among those judged so far, and what was sealed after it although decided before.
#[derive(Debug)]
struct Ahead {
    decided_ms: i64,
    seq: u64,
    uid: Uid,
    overtaken: i64,
    worst_ms: i64,
    last_seq: u64,
}

/// Judges the order of pairs.
#[derive(Debug)]
pub(super) struct Order {
    tolerance_ms: u64,
    slots: VecDeque<Slot>,
    /// Number of the front slot.
    first: u64,
    ahead: Option<Ahead>,
    found: Vec<Finding>,
    unjudged: u64,
}

impl Order {
    pub(super) fn new(tolerance_ms: u64) -> Self {
        Self { tolerance_ms, slots: VecDeque::new(), first: 0, ahead: None, found: Vec::new(), unjudged: 0 }
    }

    /// Takes the next entry of the sealed log and returns the number under which it is judged later.
    pub(super) fn enter(&mut self) -> u64 {
        if self.slots.len() >= WAITING_MAX {
            if matches!(self.slots.front(), Some(Slot::Waiting)) {
                self.slots.pop_front();
                self.first += 1;
            }
            self.settle();
        }
        self.slots.push_back(Slot::Waiting);
        self.first + self.slots.len() as u64 - 1
    }

    /// The entry's partner was found.
    pub(super) fn pair(&mut self, number: u64, decided_ms: i64, seq: u64, uid: Uid) {
        self.set(number, Slot::Pair { decided_ms, seq, uid });
    }

    /// The entry is no measure of order.
    pub(super) fn out(&mut self, number: u64) {
        self.set(number, Slot::Out);
    }

    fn set(&mut self, number: u64, state: Slot) {
        let place = number.checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        match place.and_then(|at| self.slots.get_mut(at)) {
            Some(slot) => *slot = state,
            // It waited for longer than the bound: a pair that comes now cannot be judged any more.
            None => self.unjudged += u64::from(matches!(state, Slot::Pair { .. })),
        }
        self.settle();
    }

    /// Judges what no longer waits for anything before it.
    fn settle(&mut self) {
        while let Some(front) = self.slots.pop_front() {
            match front {
                Slot::Waiting => {
                    self.slots.push_front(Slot::Waiting);
                    return;
                }
                Slot::Out => {}
                Slot::Pair { decided_ms, seq, uid } => self.judge(decided_ms, seq, uid),
            }
            self.first += 1;
        }
    }

    fn judge(&mut self, decided_ms: i64, seq: u64, uid: Uid) {
        let next = || Ahead { decided_ms, seq, uid: uid.clone(), overtaken: 0, worst_ms: 0, last_seq: seq };
        match &mut self.ahead {
            None => self.ahead = Some(next()),
            Some(ahead) if decided_ms > ahead.decided_ms => {
                let next = next();
                self.close();
                self.ahead = Some(next);
            }
            Some(ahead) => {
                let behind_ms = ahead.decided_ms.abs_diff(decided_ms);
                if behind_ms > self.tolerance_ms {
                    ahead.overtaken += 1;
                    ahead.last_seq = seq;
                    ahead.worst_ms = ahead.worst_ms.max(i64::try_from(behind_ms).unwrap_or(i64::MAX));
                }
            }
        }
    }

    fn close(&mut self) {
        if let Some(ahead) = self.ahead.take().filter(|ahead| ahead.overtaken > 0) {
            let mut finding = Finding::new(Kind::OrderInversion, ahead.decided_ms);
            let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            finding.uid = Some(ahead.uid);
            finding.stream = Some(Stream::Sealed);
            finding.facts = vec![
                ("last_overtaken_seq", number(ahead.last_seq)),
                ("overtaken", ahead.overtaken),
                ("seq", number(ahead.seq)),
                ("worst_ms", ahead.worst_ms),
            ];
            self.found.push(finding);
        }
    }

    /// Findings since the last call.
    pub(super) fn take(&mut self) -> std::vec::Drain<'_, Finding> {
        self.found.drain(..)
    }

    /// Judges the rest. What still waits has no partner.
    pub(super) fn finish(&mut self) -> u64 {
        for slot in &mut self.slots {
            if matches!(slot, Slot::Waiting) {
                *slot = Slot::Out;
            }
        }
        self.settle();
        self.close();
        self.unjudged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(n: u64) -> Uid {
        Uid::new(format!("u{n}").as_bytes()).unwrap()
    }

    /// Judges pairs decided at these times, in this order of the log.
    fn judged(tolerance_ms: u64, decided: &[i64]) -> Vec<(i64, i64)> {
        let mut order = Order::new(tolerance_ms);
        for (seq, &decided_ms) in decided.iter().enumerate() {
            let number = order.enter();
            order.pair(number, decided_ms, seq as u64, uid(seq as u64));
        }
        assert_eq!(order.finish(), 0);
        let fact = |f: &Finding, name| f.facts.iter().find(|(n, _)| *n == name).unwrap().1;
        order.take().map(|f| (fact(&f, "seq"), fact(&f, "overtaken"))).collect()
    }

    #[test]
    fn only_more_than_the_tolerance_is_an_inversion() {
        assert_eq!(judged(1000, &[0, 5000, 4000, 6000]), []);
        assert_eq!(judged(1000, &[0, 5000, 3999, 6000]), [(1, 1)]);
        assert_eq!(judged(0, &[0, 1, 1, 0, 2]), [(1, 1)]);
    }

    #[test]
    fn one_entry_put_ahead_is_one_finding_however_many_it_overtakes() {
        assert_eq!(judged(1000, &[0, 90_000, 10_000, 20_000, 30_000, 100_000]), [(1, 3)]);
        // And one put behind is one finding about the entry before it.
        assert_eq!(judged(1000, &[10_000, 20_000, 30_000, 0, 40_000]), [(2, 1)]);
    }

    #[test]
    fn the_order_in_which_partners_are_found_does_not_matter() {
        let decided = [0, 50_000, 20_000, 30_000, 60_000];
        let mut order = Order::new(1000);
        let numbers: Vec<u64> = decided.iter().map(|_| order.enter()).collect();
        for at in [3, 0, 4, 2, 1] {
            order.pair(numbers[at], decided[at], at as u64, uid(at as u64));
        }
        assert_eq!(order.finish(), 0);
        assert_eq!(order.take().count(), 1);
    }

    #[test]
    fn an_entry_that_waits_longer_than_the_bound_is_counted_as_unjudged() {
        let mut order = Order::new(0);
        let first = order.enter();
        for seq in 1..=WAITING_MAX as u64 + 5 {
            let number = order.enter();
            order.pair(number, i64::try_from(seq).unwrap(), seq, uid(seq));
        }
        assert!(order.slots.len() < WAITING_MAX);
        order.pair(first, 0, 0, uid(0));
        assert_eq!(order.finish(), 1);
        assert_eq!(order.take().count(), 0);
    }
}
