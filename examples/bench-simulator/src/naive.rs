//! The detectors that one would write on an afternoon, to measure the real ones against: a mean and two standard deviations
//! over 14 daily shares, denials by clock minute, break-glass by clock hour, one counter for everybody.

use std::collections::VecDeque;

use ztp_core::event::EventClass;
use ztp_core::event::admission::{AdmissionDecision, Decision, Tier};

use crate::Happening;
use crate::calendar::{DAY_MS, HOUR_MS, MINUTE_MS};

/// An alarm of a naive detector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Which detector.
    pub detector: &'static str,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Counts that start anew with each minute, hour and day of the clock.
#[derive(Debug, Default)]
pub struct Naive {
    minute: i64,
    denials: u32,
    minutes_over: u32,
    hour: i64,
    uses: u32,
    day: i64,
    tier_b: u32,
    created: u32,
    shares: VecDeque<f64>,
    alarms: Vec<Alarm>,
}

impl Naive {
    /// Takes the next event.
    pub fn event(&mut self, event: &Happening) {
        self.turn(event.at_ms);
        if event.class != EventClass::ADMISSION_DECISION {
            return;
        }
        let Ok(decision) = AdmissionDecision::read(&event.payload) else { return };
        match decision.decision {
            Decision::Deny => self.denials += 1,
            Decision::BreakGlass => self.uses += 1,
            _ => {}
        }
        if decision.operation.as_deref() == Some("CREATE") {
            self.created += u32::from(decision.tier.is_some());
            self.tier_b += u32::from(decision.tier == Some(Tier::B));
        }
        if self.uses == 4 {
            self.uses += 1;
            self.alarms.push(Alarm { detector: "break-glass", at_ms: event.at_ms });
        }
    }

    /// Closes the minute, hour and day that are over.
    fn turn(&mut self, at_ms: i64) {
        let minute = at_ms.div_euclid(MINUTE_MS);
        if minute != self.minute {
            let over = self.denials > 50;
            self.minutes_over = if over && minute == self.minute + 1 { self.minutes_over + 1 } else { 0 };
            if self.minutes_over == 5 {
                self.alarms.push(Alarm { detector: "denial-flood", at_ms });
            }
            (self.minute, self.denials) = (minute, 0);
        }
        let hour = at_ms.div_euclid(HOUR_MS);
        if hour != self.hour {
            (self.hour, self.uses) = (hour, 0);
        }
        let day = at_ms.div_euclid(DAY_MS);
        if day != self.day {
            self.close_day(at_ms);
            (self.day, self.tier_b, self.created) = (day, 0, 0);
        }
    }

    fn close_day(&mut self, at_ms: i64) {
        if self.created == 0 {
            return;
        }
        let share = f64::from(self.tier_b) / f64::from(self.created);
        if self.shares.len() == 14 {
            let mean = self.shares.iter().sum::<f64>() / 14.0;
            let variance =
                self.shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / 13.0;
            if share > mean + 2.0 * variance.sqrt() {
                self.alarms.push(Alarm { detector: "tier-b-ratio", at_ms });
            }
            self.shares.pop_front();
        }
        self.shares.push_back(share);
    }

    /// Its alarms so far.
    #[must_use]
    pub fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }
}
