//! The latest time that a log has seen: what "now" may not go below.

use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

use super::error::Refusal;
use crate::statement::ClockStatement;
use crate::vault::CLOCK_SLACK_MS;

/// A record and the time that it attests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attested {
    /// The record.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
    /// The time was this or later.
    pub at: Timestamp,
}

/// The clock of one log, as its own records attest it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Clock {
    /// Hash of the log's first record.
    pub(super) ledger: Option<Digest>,
    /// Each record that attests a later time than all behind it, in order: their times descend.
    highs: Vec<Attested>,
}

impl Clock {
    /// A record attests a time.
    pub(super) fn saw(&mut self, record: Attested) {
        while self.highs.last().is_some_and(|high| high.at <= record.at) {
            self.highs.pop();
        }
        self.highs.push(record);
    }

    /// The latest time attested, and the record that does.
    pub(super) fn floor(&self) -> Option<Attested> {
        self.highs.first().copied()
    }

    /// The time to judge by: never before the latest time attested.
    pub(super) fn time_of(&self, now: Timestamp) -> Result<Timestamp, Refusal> {
        match self.floor() {
            Some(floor) => not_behind(now, floor),
            None => Ok(now),
        }
    }

    /// The clock as a statement leaves it: without the records up to the one that it names, and with the record `by` that carries the
    /// statement attesting the time that it states. `None` where it does not name a record that sets this clock: then it changes
    /// nothing.
    pub(super) fn stated(&self, statement: &ClockStatement, by: Option<(u64, Digest)>) -> Option<Self> {
        let named = statement.of(self.ledger.as_ref()?)?;
        let at = self.highs.iter().position(|high| high.seq == named.seq && high.hash == named.hash)?;
        let highs = self.highs.get(at + 1..).unwrap_or_default().to_vec();
        let mut clock = Self { ledger: self.ledger, highs };
        let (seq, hash) = by.unwrap_or((named.seq, named.hash));
        clock.saw(Attested { seq, hash, at: statement.not_before });
        Some(clock)
    }
}

/// A clock up to [`CLOCK_SLACK_MS`] behind is what a clock daemon corrects in passing; the time is then the latest time attested.
fn not_behind(now: Timestamp, floor: Attested) -> Result<Timestamp, Refusal> {
    if floor.at.as_millis() - now.as_millis() > CLOCK_SLACK_MS {
        return Err(Refusal::ClockBehind { now, floor: floor.at, seq: floor.seq });
    }
    Ok(now.max(floor.at))
}
