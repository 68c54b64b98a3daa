//! `business-hours.yaml`

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::canonical::Value;
use ztp_core::schema::Fields;

use super::{SettingsFile, number};
use crate::error::ConfigError;
use crate::rule::{HOUR, MINUTE};
use crate::zone;

/// What the file may hold.
const MEMBERS: &[&str] = &[
    "automation",
    "edge_max",
    "edge_minutes",
    "end",
    "half_days",
    "holidays",
    "start",
    "time_zone",
    "weekdays",
];
/// Most holidays, half days, automations, and actions of one automation.
const LIST_MAX: usize = 1000;
/// The names of the weekdays, Monday first.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Business is open at most this long a day: longer hours would switch the detector off.
const OPEN_MS_MAX: i64 = 16 * HOUR;

/// When people are expected to act, by the clock of the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessHours {
    /// Name of a zone in the bundled database. Default `Etc/UTC`.
    pub time_zone: String,
    /// Opening, milliseconds of the civil day. Default 08:00; the instant itself is open.
    pub start_ms: i64,
    /// Closing, milliseconds of the civil day. Default 19:00; the instant itself is closed. Not after the opening: the hours
    /// end on the next day and belong to the day they start on.
    pub end_ms: i64,
    /// Which of Monday to Sunday are business days.
    pub weekdays: [bool; 7],
    /// Dates that are no business days.
    pub holidays: BTreeSet<Holiday>,
    /// Dates that close early.
    pub half_days: BTreeMap<Holiday, HalfDay>,
    /// Principals that are no people, and what each may do. Users whose name begins with `system:` are none either.
    pub automation: BTreeMap<String, Automation>,
    /// Minutes before the close of business that count as its edge. Default 15, 5 to 120.
    pub edge_minutes: i64,
    /// Actions of one principal at the edges of 7 days. Default 20, 1 to 200.
    pub edge_max: i64,
}

/// A date, of one year or of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holiday {
    /// The year; none for every year.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
}

/// Closing of a half day, milliseconds of the civil day.
pub type HalfDay = i64;

/// Actions that an automation may do; none given means all, each noticed when it is first seen.
pub type Automation = BTreeSet<String>;

impl Default for BusinessHours {
    fn default() -> Self {
        Self {
            time_zone: "Etc/UTC".to_owned(),
            start_ms: 8 * HOUR,
            end_ms: 19 * HOUR,
            weekdays: [true, true, true, true, true, false, false],
            holidays: BTreeSet::new(),
            half_days: BTreeMap::new(),
            automation: BTreeMap::new(),
            edge_minutes: 15,
            edge_max: 20,
        }
    }
}

impl BusinessHours {
    pub(super) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut f = Fields::open_listed(value, SettingsFile::BusinessHours.stem(), MEMBERS)?;
        let mut read = Self::default();
        if f.optional("time_zone")?.is_some() {
            read.time_zone = f.string("time_zone")?.to_owned();
            if !zone::exists(&read.time_zone) {
                return Err(ConfigError::TimeZone { path: f.path_of("time_zone"), version: zone::version() });
            }
        }
        if f.optional("start")?.is_some() {
            read.start_ms = clock_time(f.string("start")?, || f.path_of("start"), false)?;
        }
        if f.optional("end")?.is_some() {
            read.end_ms = clock_time(f.string("end")?, || f.path_of("end"), true)?;
        }
        if read.open_ms() > OPEN_MS_MAX {
            let expected = "hours that are open for at most 16 of 24";
            return Err(ConfigError::ClockTime { path: f.path_of("end"), expected });
        }
        if f.optional("weekdays")?.is_some() {
            read.weekdays = weekdays(f.array("weekdays")?, &f.path_of("weekdays"))?;
        }
        if f.optional("holidays")?.is_some() {
            let path = f.path_of("holidays");
            for (index, item) in list(f.array("holidays")?, &path)?.iter().enumerate() {
                let path = format!("{path}[{index}]");
                let text = item.as_str().ok_or_else(|| ConfigError::Date { path: path.clone() })?;
                if !read.holidays.insert(date(text, &path)?) {
                    return Err(ConfigError::List { path, reason: "the date is there twice" });
                }
            }
        }
        if f.optional("half_days")?.is_some() {
            let path = f.path_of("half_days");
            for (index, item) in list(f.array("half_days")?, &path)?.iter().enumerate() {
                let path = format!("{path}[{index}]");
                let mut inner = Fields::open_listed(item, path.clone(), &["date", "end"])?;
                let day = date(inner.string("date")?, &inner.path_of("date"))?;
                let end = clock_time(inner.string("end")?, || inner.path_of("end"), true)?;
                let early = read.early_close(end);
                if early <= read.start_ms || early > read.start_ms + read.open_ms() {
                    let expected = "a closing after the opening and not after the usual closing; a day that does not open is a holiday";
                    return Err(ConfigError::ClockTime { path: inner.path_of("end"), expected });
                }
                inner.finish()?;
                if read.half_days.insert(day, end).is_some() {
                    return Err(ConfigError::List { path, reason: "the date is there twice" });
                }
            }
        }
        if f.optional("automation")?.is_some() {
            let path = f.path_of("automation");
            for (index, item) in list(f.array("automation")?, &path)?.iter().enumerate() {
                let path = format!("{path}[{index}]");
                let mut inner = Fields::open_listed(item, path.clone(), &["actions", "principal"])?;
                let principal = inner.string("principal")?.to_owned();
                let mut actions = Automation::new();
                for action in list(inner.array("actions")?, &inner.path_of("actions"))? {
                    let reason = "an action is not a text, or is there twice";
                    let action = action.as_str().map(str::to_owned);
                    if !action.is_some_and(|action| actions.insert(action)) {
                        return Err(ConfigError::List { path: inner.path_of("actions"), reason });
                    }
                }
                inner.finish()?;
                if read.automation.insert(principal, actions).is_some() {
                    return Err(ConfigError::List { path, reason: "the principal is there twice" });
                }
            }
        }
        read.edge_minutes = number(&mut f, "edge_minutes", read.edge_minutes, 5, 120)?;
        read.edge_max = number(&mut f, "edge_max", read.edge_max, 1, 200)?;
        f.finish()?;
        Ok(read)
    }

    /// Milliseconds from opening to closing, into the next day if need be.
    pub(crate) fn open_ms(&self) -> i64 {
        let length = self.end_ms - self.start_ms;
        if length > 0 { length } else { length + 24 * HOUR }
    }

    /// An early closing, in milliseconds from midnight of the day the hours start on: on the next day if the hours end there
    /// and the clock shows less than the opening.
    pub(crate) fn early_close(&self, end_ms: i64) -> i64 {
        if self.end_ms <= self.start_ms && end_ms <= self.start_ms { end_ms + 24 * HOUR } else { end_ms }
    }

    pub(super) fn to_value(&self) -> Value {
        let text = |millis: i64| Value::from(format!("{:02}:{:02}", millis / HOUR, millis / MINUTE % 60));
        let half_day = |(day, end): (&Holiday, &HalfDay)| {
            Value::object([("date", Value::from(day.to_text())), ("end", text(*end))])
        };
        let automation = |(principal, actions): (&String, &Automation)| {
            let actions = actions.iter().map(|action| Value::from(action.as_str())).collect::<Vec<_>>();
            Value::object([("actions", Value::from(actions)), ("principal", Value::from(principal.as_str()))])
        };
        let weekdays = WEEKDAYS.iter().zip(self.weekdays).filter(|(_, open)| *open);
        Value::object([
            ("automation", Value::from(self.automation.iter().map(automation).collect::<Vec<_>>())),
            ("edge_max", Value::Int(self.edge_max)),
            ("edge_minutes", Value::Int(self.edge_minutes)),
            ("end", text(self.end_ms)),
            ("half_days", Value::from(self.half_days.iter().map(half_day).collect::<Vec<_>>())),
            (
                "holidays",
                Value::from(self.holidays.iter().map(|day| Value::from(day.to_text())).collect::<Vec<_>>()),
            ),
            ("start", text(self.start_ms)),
            ("time_zone", Value::from(self.time_zone.as_str())),
            ("weekdays", Value::from(weekdays.map(|(name, _)| Value::from(*name)).collect::<Vec<_>>())),
        ])
    }

    pub(super) fn loosened(&self, new: &Self) -> Vec<&'static str> {
        let fewer_closed = !self.holidays.is_subset(&new.holidays);
        let later = self.half_days.iter().any(|(day, end)| {
            let at = new.half_days.get(day);
            at.is_none_or(|at| new.early_close(*at) > self.early_close(*end))
        });
        let more_automation = new.automation.iter().any(|(principal, actions)| {
            // An empty list allows everything.
            match self.automation.get(principal) {
                None => true,
                Some(old) if old.is_empty() => false,
                Some(old) => actions.is_empty() || !actions.is_subset(old),
            }
        });
        let more_days = new.weekdays.iter().zip(self.weekdays).any(|(new, old)| *new && !old);
        let hours_moved = (new.start_ms, new.open_ms()) != (self.start_ms, self.open_ms());
        let within =
            new.start_ms >= self.start_ms && new.start_ms + new.open_ms() <= self.start_ms + self.open_ms();
        let looser = [
            ("automation", more_automation),
            ("edge_max", new.edge_max > self.edge_max),
            ("edge_minutes", new.edge_minutes < self.edge_minutes),
            ("half_days", later),
            ("holidays", fewer_closed),
            ("start", hours_moved && !within),
            ("time_zone", new.time_zone != self.time_zone),
            ("weekdays", more_days),
        ];
        looser.into_iter().filter(|(_, looser)| *looser).map(|(name, _)| name).collect()
    }
}

impl Holiday {
    pub(crate) fn to_text(self) -> String {
        let Self { year, month, day } = self;
        year.map_or_else(|| format!("{month:02}-{day:02}"), |year| format!("{year:04}-{month:02}-{day:02}"))
    }
}

fn list<'v>(items: &'v [Value], path: &str) -> Result<&'v [Value], ConfigError> {
    if items.len() > LIST_MAX {
        return Err(ConfigError::List { path: path.to_owned(), reason: "a list holds at most 1000 items" });
    }
    Ok(items)
}

fn weekdays(items: &[Value], path: &str) -> Result<[bool; 7], ConfigError> {
    let mut days = [false; 7];
    for (index, item) in items.iter().enumerate() {
        let place = item.as_str().and_then(|text| WEEKDAYS.iter().position(|name| *name == text));
        match place.and_then(|place| days.get_mut(place)) {
            Some(day) if !*day => *day = true,
            _ => return Err(ConfigError::Weekday { path: format!("{path}[{index}]") }),
        }
    }
    // Seven of seven would switch the detector off at weekends; none would be a mistake.
    if matches!(days.iter().filter(|day| **day).count(), 1..=6) {
        Ok(days)
    } else {
        Err(ConfigError::Weekday { path: path.to_owned() })
    }
}

/// `HH:MM`; `24:00` is the end of a day.
fn clock_time(text: &str, path: impl FnOnce() -> String, end: bool) -> Result<i64, ConfigError> {
    let read = || {
        let (hour, minute) = text.split_once(':')?;
        let two = |part: &str| {
            (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
        };
        let (hour, minute): (i64, i64) = (two(hour)?, two(minute)?);
        let within = hour < 24 && minute < 60 || end && hour == 24 && minute == 0;
        within.then_some(hour * HOUR + minute * MINUTE)
    };
    read().ok_or_else(|| ConfigError::ClockTime {
        path: path(),
        expected: "a time of day such as 08:00, in quotes",
    })
}

/// `YYYY-MM-DD` or `MM-DD`.
fn date(text: &str, path: &str) -> Result<Holiday, ConfigError> {
    let read = || {
        let digits = |part: &str, width: usize| {
            (part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<i16>().ok())?
        };
        let parts: Vec<&str> = text.split('-').collect();
        let (year, month, day) = match *parts.as_slice() {
            [year, month, day] => (Some(digits(year, 4)?), month, day),
            [month, day] => (None, month, day),
            _ => return None,
        };
        let month = i8::try_from(digits(month, 2)?).ok()?;
        let day = i8::try_from(digits(day, 2)?).ok()?;
        // 2000 is a leap year: 02-29 of every year is a date in some.
        jiff::civil::Date::new(year.unwrap_or(2000), month, day).ok()?;
        Some(Holiday { year, month, day })
    };
    read().ok_or_else(|| ConfigError::Date { path: path.to_owned() })
}
