//! The customer's calendar: local days, week ends, holidays.

use ztp_core::time::Timestamp;

/// A minute, in milliseconds.
pub const MINUTE_MS: i64 = 60_000;
/// An hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// A day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// Days on which nobody works, as month and day.
pub const HOLIDAYS: &[&str] = &["01-01", "04-21", "05-01", "09-07", "10-12", "11-02", "11-15", "12-25"];

/// A local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Its first instant, in milliseconds since 1970 UTC.
    pub start_ms: i64,
    /// Days since 1970-01-01 of the local calendar.
    pub number: i64,
    /// Whether people work on it.
    pub working: bool,
}

impl Day {
    /// The day `number` of a place whose clocks are `zone_minutes` ahead of UTC.
    #[must_use]
    pub fn of(number: i64, zone_minutes: i64) -> Self {
        // 1970-01-01 was a Thursday.
        let weekend = (number + 3).rem_euclid(7) >= 5;
        let local =
            Timestamp::from_millis(number.saturating_mul(DAY_MS)).unwrap_or(Timestamp::MIN).to_bytes();
        let holiday = HOLIDAYS.iter().any(|day| local.get(5..10) == Some(day.as_bytes()));
        Self { start_ms: number * DAY_MS - zone_minutes * MINUTE_MS, number, working: !weekend && !holiday }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn week_ends_and_holidays_are_not_worked_on() {
        let number =
            |text: &str| format!("{text}T00:00:00.000Z").parse::<Timestamp>().unwrap().as_millis() / DAY_MS;
        for (text, working) in [
            ("2026-05-11", true),
            ("2026-05-15", true),
            ("2026-05-16", false),
            ("2026-05-17", false),
            ("2026-05-01", false),
            ("2026-12-25", false),
            ("2026-12-24", true),
        ] {
            assert_eq!(Day::of(number(text), 0).working, working, "{text}");
        }
        assert_eq!(Day::of(0, 180).start_ms, -3 * HOUR_MS);
    }
}
