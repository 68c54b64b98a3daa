//! Is business open at this instant, since when, and until when.
//!
//! The step from an instant to civil time is total: each instant has one civil time, whatever the clocks do. So there is
//! nothing to decide about hours that a change of clocks repeats or leaves out: an instant is within business hours
//! exactly if its civil time is.

use jiff::civil::Date;

use crate::rule::DAY;
use crate::settings::{BusinessHours, Holiday};
use crate::zone::Zone;

/// Boundaries that are looked at before a span is taken to go on for ever: more than two years of holidays.
const BOUNDARIES_MAX: usize = 3000;
/// Days that are looked at for the next boundary within a stretch.
const DAYS_MAX: i64 = 800;

/// Business hours in a zone.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    hours: BusinessHours,
    zone: Zone,
}

/// A stretch of time `[from, until)` in which business is open, or is closed, throughout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) open: bool,
    pub(crate) from: i64,
    pub(crate) until: i64,
}

impl Span {
    pub(crate) fn holds(&self, at: i64) -> bool {
        (self.from..self.until).contains(&at)
    }
}

impl Schedule {
    pub(crate) const fn new(hours: BusinessHours, zone: Zone) -> Self {
        Self { hours, zone }
    }

    /// The span around an instant, in milliseconds since 1970 UTC.
    pub(crate) fn span(&self, at: i64) -> Span {
        let open = self.is_open(at);
        Span { open, from: self.boundary_before(at, open), until: self.boundary_after(at, open) }
    }

    pub(crate) fn is_open(&self, at: i64) -> bool {
        self.open_at_local(at.saturating_add(self.zone.offset(at)))
    }

    /// Whether the civil date of an instant is a business day, by weekday and holidays; for shifts that wrap, of the date
    /// itself.
    pub(crate) fn is_business_day(&self, at: i64) -> bool {
        let local = at.saturating_add(self.zone.offset(at));
        self.hours_of(local.div_euclid(DAY)).is_some()
    }

    fn open_at_local(&self, local: i64) -> bool {
        let day = local.div_euclid(DAY);
        // Yesterday's hours may reach into today.
        [day - 1, day].into_iter().any(|day| {
            let midnight = day.saturating_mul(DAY);
            self.hours_of(day).is_some_and(|(start, end)| (midnight + start..midnight + end).contains(&local))
        })
    }

    /// Opening and closing of a civil day, in milliseconds from its midnight; the closing may be on the next day.
    fn hours_of(&self, day: i64) -> Option<(i64, i64)> {
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        if !self.hours.weekdays.get(weekday).copied().unwrap_or(false) {
            return None;
        }
        let (start, end) = (self.hours.start_ms, self.hours.start_ms + self.hours.open_ms());
        if self.hours.holidays.is_empty() && self.hours.half_days.is_empty() {
            return Some((start, end));
        }
        let Some(date) = civil_date(day) else { return Some((start, end)) };
        let once = Holiday { year: Some(date.year()), month: date.month(), day: date.day() };
        let yearly = Holiday { year: None, ..once };
        if self.hours.holidays.contains(&once) || self.hours.holidays.contains(&yearly) {
            return None;
        }
        let early = self.hours.half_days.get(&once).or_else(|| self.hours.half_days.get(&yearly));
        let end = early.map_or(end, |&early| end.min(self.hours.early_close(early)));
        (start < end).then_some((start, end))
    }

    fn boundary_after(&self, at: i64, open: bool) -> i64 {
        let mut at = at;
        for _ in 0..BOUNDARIES_MAX {
            let stretch = self.zone.stretch(at);
            let local = at.saturating_add(stretch.offset);
            let next = self.local_boundary(local, 1).map_or(i64::MAX, |next| next - stretch.offset);
            at = next.min(stretch.until);
            if at == i64::MAX {
                break;
            }
            if self.is_open(at) != open {
                return at;
            }
        }
        i64::MAX
    }

    fn boundary_before(&self, at: i64, open: bool) -> i64 {
        let mut at = at;
        for _ in 0..BOUNDARIES_MAX {
            let stretch = self.zone.stretch(at);
            let local = at.saturating_add(stretch.offset);
            let last = self.local_boundary(local, -1).map_or(i64::MIN, |last| last - stretch.offset);
            let begins = last.max(stretch.from);
            if begins == i64::MIN {
                break;
            }
            if self.is_open(begins - 1) != open {
                return begins;
            }
            at = begins - 1;
        }
        i64::MIN
    }

    /// The first opening or closing after a civil time (`step` 1), or the last one not after it (`step` -1).
    fn local_boundary(&self, local: i64, step: i64) -> Option<i64> {
        let today = local.div_euclid(DAY);
        // The day on the other side may have hours that reach over midnight.
        let mut day = today - step;
        for _ in 0..DAYS_MAX {
            let midnight = day.saturating_mul(DAY);
            let found = self.hours_of(day).and_then(|(start, end)| {
                let (start, end) = (midnight + start, midnight + end);
                match step {
                    1 => [start, end].into_iter().find(|&boundary| boundary > local),
                    _ => [end, start].into_iter().find(|&boundary| boundary <= local),
                }
            });
            // Going back, a day's late closing can lie after the opening of the next: take the later one.
            if let Some(found) = found {
                let neighbour = self.hours_of(day + step).map(|(start, end)| {
                    let midnight = (day + step).saturating_mul(DAY);
                    (midnight + start, midnight + end)
                });
                let better =
                    neighbour.into_iter().flat_map(|(start, end)| [start, end]).filter(|&boundary| {
                        if step == 1 {
                            boundary > local && boundary < found
                        } else {
                            boundary <= local && boundary > found
                        }
                    });
                return Some(if step == 1 {
                    better.fold(found, i64::min)
                } else {
                    better.fold(found, i64::max)
                });
            }
            day += step;
        }
        None
    }
}

fn civil_date(day: i64) -> Option<Date> {
    let epoch = Date::constant(1970, 1, 1);
    epoch.checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}
