//! Effective time: what the log itself shows about when its records were written.
//!
//! No clock is read. The log's own records attest the time: `log.opened`, and each `log.sealed` with the boot and the
//! monotonic clock of the host. Between two of the same boot, wall and monotonic clock advance alike; where they do not,
//! somebody set the wall clock. Windows then go on by the monotonic clock, and the jump is an alert of its own.

use ztp_core::time::Timestamp;

use crate::codec::{Malformed, Reader, Writer};
use crate::rule::{DAY, HOUR, MINUTE, SECOND};

/// Records may be out of order by this much.
pub(crate) const ORDER_TOLERANCE: i64 = 30 * SECOND;
/// Wall and monotonic clock may differ by this much over a boot.
const STEP_TOLERANCE: i64 = 5 * SECOND;
/// After a jump of the clock, civil time is taken from both clocks for this long.
const SUSPECT_FOR: i64 = DAY;
/// History older than the log is taken for imported while the log is so young and nothing else was written into it; later it is
/// counted as what came late.
const IMPORTED_WITHIN: i64 = DAY;
/// A promise of a longer heartbeat does not let records be dated further ahead than this.
const HEARTBEAT_TRUSTED_MAX: i64 = HOUR;

/// What a record of the log itself shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attestation<'a> {
    pub(crate) heartbeat_ms: Option<i64>,
    pub(crate) boot_id: Option<&'a str>,
    pub(crate) monotonic_ms: Option<i64>,
}

/// What attested time showed, for the caller to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Attested {
    /// By how much the wall clock jumped against the monotonic clock, or went back; milliseconds.
    pub(crate) step: Option<i64>,
    /// The host was started anew.
    pub(crate) reboot: bool,
    /// The log was silent from, until.
    pub(crate) gap: Option<(i64, i64)>,
}

/// Where a record is in effective time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) at: i64,
    /// Older than the order tolerance.
    pub(crate) late: bool,
    /// Dated after the log can have been written.
    pub(crate) future: bool,
}

/// What became of a record whose own time is more than an hour from the time at which it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutOfTime {
    /// It is older than the log, and the log is new: history that was written into it, which no window of today holds.
    Imported,
    /// It counts at its arrival.
    Counted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Anchor {
    boot_id: String,
    wall: i64,
    monotonic: i64,
}

/// Effective time stays within the years that have a text, whatever a record claims.
fn held(at: i64) -> i64 {
    at.clamp(Timestamp::MIN.as_millis(), Timestamp::MAX.as_millis())
}

/// The clock of a fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clock {
    heartbeat: i64,
    /// When the log began.
    opened: Option<i64>,
    /// A record of others was placed at its own time: the log is in use, and what comes dated back is no import.
    in_use: bool,
    /// The latest effective time that the log itself attests.
    attested: Option<i64>,
    anchor: Option<Anchor>,
    /// Effective time is wall time plus this.
    offset: i64,
    /// The latest effective time of any record.
    latest: i64,
    suspect_until: i64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            heartbeat: MINUTE,
            opened: None,
            in_use: false,
            attested: None,
            anchor: None,
            offset: 0,
            latest: i64::MIN,
            suspect_until: i64::MIN,
        }
    }
}

impl Clock {
    /// Effective time has reached this.
    pub(crate) fn latest(&self) -> i64 {
        self.latest
    }

    /// No record can be placed before this any more.
    pub(crate) fn watermark(&self) -> i64 {
        self.latest.saturating_sub(ORDER_TOLERANCE)
    }

    pub(crate) fn heartbeat(&self) -> i64 {
        self.heartbeat
    }

    pub(crate) fn offset(&self) -> i64 {
        self.offset
    }

    /// Whether civil times at this effective time are to be taken from both clocks.
    pub(crate) fn is_suspect(&self, at: i64) -> bool {
        self.offset != 0 && at < self.suspect_until
    }

    /// Takes a record that the log wrote about itself.
    pub(crate) fn attest(&mut self, wall: i64, shown: &Attestation<'_>) -> Attested {
        let mut found = Attested::default();
        if let Some(heartbeat) = shown.heartbeat_ms {
            self.heartbeat = heartbeat.max(1);
        }
        let before = self.attested;
        match (&self.anchor, shown.boot_id, shown.monotonic_ms) {
            (Some(anchor), Some(boot), Some(monotonic)) if anchor.boot_id == boot => {
                // Against the anchor of the boot, not the last seal: many small steps are one large one.
                let expected = anchor.wall.saturating_add(monotonic.saturating_sub(anchor.monotonic));
                let step = wall.saturating_sub(expected);
                if step.abs() > STEP_TOLERANCE {
                    found.step = Some(step);
                    self.offset = self.offset.saturating_sub(step);
                    self.anchor(boot, wall, monotonic);
                }
            }
            (anchor, Some(boot), Some(monotonic)) => {
                found.reboot = anchor.is_some();
                // The monotonic clock began anew: the wall clock is all there is, unless it went back.
                if anchor.is_some() {
                    self.offset = 0;
                }
                self.anchor(boot, wall, monotonic);
            }
            _ => {}
        }
        if let Some(attested) = before {
            let behind = attested.saturating_sub(wall.saturating_add(self.offset));
            if behind > ORDER_TOLERANCE {
                found.step = Some(found.step.unwrap_or(-behind));
                self.offset = self.offset.saturating_add(behind);
            }
        }
        let now = held(wall.saturating_add(self.offset));
        if found.step.is_some() {
            self.suspect_until = now.saturating_add(SUSPECT_FOR);
        }
        if let Some(attested) = before {
            let silent = now.saturating_sub(attested);
            found.gap = (silent > self.heartbeat.saturating_mul(3)).then_some((attested, now));
        }
        self.opened = self.opened.or(Some(now));
        self.attested = Some(before.map_or(now, |attested| attested.max(now)));
        self.latest = self.latest.max(now);
        found
    }

    /// Places a record by its own time.
    pub(crate) fn place(&mut self, wall: i64) -> Placed {
        let at = held(wall.saturating_add(self.offset));
        let Some(attested) = self.attested else {
            // A log begins with `log.opened`; a fold that is given less takes the first record's word.
            (self.opened, self.attested) = (self.opened.or(Some(at)), Some(at));
            self.latest = self.latest.max(at);
            return Placed { at, late: false, future: false };
        };
        let ahead = self.heartbeat.min(HEARTBEAT_TRUSTED_MAX).saturating_add(ORDER_TOLERANCE);
        if at > attested.saturating_add(ahead) {
            return Placed { at: self.latest, late: false, future: true };
        }
        if at < self.watermark() {
            return Placed { at: self.latest, late: true, future: false };
        }
        self.latest = self.latest.max(at);
        self.in_use = true;
        Placed { at, late: false, future: false }
    }

    /// How a record that is not counted at its own time came, by that time: late or early by too much for that to be a matter of order.
    pub(crate) fn out_of_time(&self, wall: i64) -> Option<OutOfTime> {
        let at = held(wall.saturating_add(self.offset));
        let young = self.opened.is_some_and(|opened| self.latest.saturating_sub(opened) < IMPORTED_WITHIN);
        if young && !self.in_use && self.opened.is_some_and(|opened| at < opened.saturating_sub(DAY)) {
            return Some(OutOfTime::Imported);
        }
        (at.abs_diff(self.latest) > HOUR.unsigned_abs()).then_some(OutOfTime::Counted)
    }

    fn anchor(&mut self, boot_id: &str, wall: i64, monotonic: i64) {
        self.anchor = Some(Anchor { boot_id: boot_id.to_owned(), wall, monotonic });
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.signed(self.heartbeat);
        w.option(self.opened, Writer::signed);
        w.flag(self.in_use);
        w.option(self.attested, Writer::signed);
        w.option(self.anchor.as_ref(), |w, anchor| {
            w.text(&anchor.boot_id);
            w.signed(anchor.wall);
            w.signed(anchor.monotonic);
        });
        w.signed(self.offset);
        w.signed(self.latest);
        w.signed(self.suspect_until);
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            heartbeat: r.signed()?.max(1),
            opened: r.option(Reader::time)?,
            in_use: r.flag()?,
            attested: r.option(Reader::time)?,
            anchor: r.option(|r| {
                Ok(Anchor { boot_id: r.text()?.to_owned(), wall: r.signed()?, monotonic: r.signed()? })
            })?,
            offset: r.signed()?,
            latest: r.time()?,
            suspect_until: r.signed()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(clock: &mut Clock, boot: &str, wall: i64, monotonic: i64) -> Attested {
        let shown = Attestation { heartbeat_ms: None, boot_id: Some(boot), monotonic_ms: Some(monotonic) };
        clock.attest(wall, &shown)
    }

    const YEAR: i64 = 365 * DAY;

    #[test]
    fn a_clock_set_forward_or_back_by_a_year_is_a_step_and_windows_go_on() {
        for jump in [YEAR, -YEAR] {
            let mut clock = Clock::default();
            assert_eq!(seal(&mut clock, "b", 1_000_000, 0), Attested::default());
            let found = seal(&mut clock, "b", 1_060_000 + jump, 60_000);
            assert_eq!(found, Attested { step: Some(jump), reboot: false, gap: None });
            assert_eq!(clock.latest(), 1_060_000);
            assert!(clock.is_suspect(1_060_000) && !clock.is_suspect(1_060_000 + DAY));
            // A record by the new clock is where it belongs.
            assert_eq!(clock.place(1_061_000 + jump), Placed { at: 1_061_000, late: false, future: false });
        }
    }

    #[test]
    fn many_steps_below_the_tolerance_add_up_to_one_above_it() {
        let mut clock = Clock::default();
        seal(&mut clock, "b", 0, 0);
        assert_eq!(seal(&mut clock, "b", 1000 + 4000, 1000).step, None);
        assert_eq!(seal(&mut clock, "b", 2000 + 5000, 2000).step, None);
        assert_eq!(seal(&mut clock, "b", 3000 + 5001, 3000).step, Some(5001));
    }

    #[test]
    fn a_record_beyond_what_the_log_attests_is_future_and_moves_nothing() {
        let mut clock = Clock::default();
        seal(&mut clock, "b", 0, 0);
        assert_eq!(clock.place(90_000), Placed { at: 90_000, late: false, future: false });
        assert_eq!(clock.place(90_001), Placed { at: 90_000, late: false, future: true });
        assert_eq!(clock.place(YEAR), Placed { at: 90_000, late: false, future: true });
        assert_eq!(clock.place(60_000), Placed { at: 60_000, late: false, future: false });
        assert_eq!(clock.place(59_999), Placed { at: 90_000, late: true, future: false });
    }

    #[test]
    fn silence_longer_than_three_heartbeats_is_a_gap() {
        let mut clock = Clock::default();
        seal(&mut clock, "b", 0, 0);
        assert_eq!(seal(&mut clock, "b", 180_000, 180_000).gap, None);
        assert_eq!(seal(&mut clock, "b", 360_001, 360_001).gap, Some((180_000, 360_001)));
    }

    #[test]
    fn a_new_boot_whose_clock_is_behind_is_a_step_and_one_ahead_is_a_gap() {
        let mut clock = Clock::default();
        seal(&mut clock, "b", 1_000_000, 50);
        let found = seal(&mut clock, "c", 1_000_000 - YEAR, 1);
        assert_eq!((found.reboot, found.step), (true, Some(-YEAR)));
        assert_eq!(clock.latest(), 1_000_000);
        let found = seal(&mut clock, "d", 1_000_000 + DAY, 1);
        assert_eq!((found.reboot, found.step, found.gap), (true, None, Some((1_000_000, 1_000_000 + DAY))));
    }
}
