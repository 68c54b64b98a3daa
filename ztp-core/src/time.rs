//! Points in time, in the one form that records and licences use.

use std::fmt;
use std::str::FromStr;

use crate::Coded;

/// A text or number that is not a point in time of the supported range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The text is not 24 bytes long.
    #[error("timestamp has {found} bytes, expected 24 as in 2026-05-12T08:00:00.000Z")]
    Length {
        /// Bytes found.
        found: usize,
    },
    /// A byte is not the digit or separator that belongs at its place.
    #[error("character at offset {offset} of the timestamp is not the one of YYYY-MM-DDTHH:MM:SS.mmmZ")]
    Character {
        /// Byte offset of the character.
        offset: usize,
    },
    /// A field is no month, day of that month, hour, minute or second.
    #[error("field at offset {offset} of the timestamp does not exist in the calendar")]
    FieldRange {
        /// Byte offset of the field.
        offset: usize,
    },
    /// A number of milliseconds lies outside the years 0000 to 9999.
    #[error("{millis} milliseconds since 1970 lie outside the years 0000 to 9999")]
    OutOfRange {
        /// The number given.
        millis: i64,
    },
}

impl Coded for TimestampError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "timestamp_length",
            Self::Character { .. } => "timestamp_character",
            Self::FieldRange { .. } => "timestamp_field_range",
            Self::OutOfRange { .. } => "timestamp_out_of_range",
        }
    }

    fn offset(&self) -> Option<u64> {
        match *self {
            Self::Length { .. } | Self::OutOfRange { .. } => None,
            Self::Character { offset } | Self::FieldRange { offset } => u64::try_from(offset).ok(),
        }
    }
}

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, without leap seconds, in the years 0000 to 9999 of the
/// proleptic Gregorian calendar.
///
/// Its text is RFC 3339 narrowed to one form of 24 bytes, `YYYY-MM-DDTHH:MM:SS.mmmZ`, so that equal times have equal
/// texts and texts sort as times do.
///
/// ```
/// use ztp_core::time::{Timestamp, TimestampError};
///
/// let opened: Timestamp = "2026-05-12T08:00:00.000Z".parse()?;
/// assert_eq!(opened.as_millis(), 1_778_572_800_000);
/// // The same time in another spelling is refused: its bytes would differ.
/// assert_eq!("2026-05-12T08:00:00Z".parse::<Timestamp>(), Err(TimestampError::Length { found: 20 }));
/// # Ok::<(), TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Length of the text form, in bytes.
pub const TEXT_BYTES: usize = 24;

const DAY_MILLIS: i64 = 86_400_000;

/// Bytes of the text form that are separators; `0` marks a digit.
const SHAPE: &[u8; TEXT_BYTES] = b"0000-00-00T00:00:00.000Z";

impl Timestamp {
    /// 0000-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Takes milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`TimestampError::OutOfRange`] outside [`Self::MIN`] to [`Self::MAX`].
    pub const fn from_millis(millis: i64) -> Result<Self, TimestampError> {
        if millis < Self::MIN.0 || millis > Self::MAX.0 {
            return Err(TimestampError::OutOfRange { millis });
        }
        Ok(Self(millis))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; negative before.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Reads the 24-byte text form without allocating.
    ///
    /// # Errors
    /// The [`TimestampError`] of the first byte or field that is wrong. A leap second (`:60`) is refused: the count of
    /// milliseconds has no place for it.
    pub fn from_bytes(text: &[u8]) -> Result<Self, TimestampError> {
        let text: &[u8; TEXT_BYTES] =
            text.try_into().map_err(|_| TimestampError::Length { found: text.len() })?;
        let mut digits = [0; TEXT_BYTES];
        let mut valid = true;
        // No early exit: the loop then has no branches and compiles to vector instructions.
        for ((digit, &byte), &shape) in digits.iter_mut().zip(text).zip(SHAPE) {
            *digit = byte.wrapping_sub(b'0');
            valid &= if shape == b'0' { *digit < 10 } else { byte == shape };
        }
        if !valid {
            return Err(first_wrong_character(text));
        }
        let [y1, y2, y3, y4, _, o1, o2, _, d1, d2, _, h1, h2, _, m1, m2, _, s1, s2, _, f1, f2, f3, _] =
            digits.map(i64::from);
        let year = y1 * 1000 + y2 * 100 + y3 * 10 + y4;
        let (month, day) = (o1 * 10 + o2, d1 * 10 + d2);
        let (hour, minute, second) = (h1 * 10 + h2, m1 * 10 + m2, s1 * 10 + s2);
        let millisecond = f1 * 100 + f2 * 10 + f3;
        for (offset, value, range) in [
            (5, month, 1..=12),
            (8, day, 1..=days_in_month(year, month)),
            (11, hour, 0..=23),
            (14, minute, 0..=59),
            (17, second, 0..=59),
        ] {
            if !range.contains(&value) {
                return Err(TimestampError::FieldRange { offset });
            }
        }
        let seconds = (hour * 60 + minute) * 60 + second;
        Ok(Self(days_from_civil(year, month, day) * DAY_MILLIS + seconds * 1000 + millisecond))
    }

    /// Writes the 24-byte text form without allocating.
    #[must_use]
    pub fn to_bytes(self) -> [u8; TEXT_BYTES] {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY_MILLIS));
        let of_day = self.0.rem_euclid(DAY_MILLIS);
        let mut text = *SHAPE;
        for (end, width, value) in [
            (4, 4, year),
            (7, 2, month),
            (10, 2, day),
            (13, 2, of_day / 3_600_000),
            (16, 2, of_day / 60_000 % 60),
            (19, 2, of_day / 1000 % 60),
            (23, 3, of_day % 1000),
        ] {
            let mut rest = value;
            for place in text.iter_mut().take(end).rev().take(width) {
                *place = b'0' + u8::try_from(rest % 10).unwrap_or_default();
                rest /= 10;
            }
        }
        text
    }
}

/// The first byte that does not fit [`SHAPE`]; only called when there is one.
fn first_wrong_character(text: &[u8; TEXT_BYTES]) -> TimestampError {
    let fits =
        |(&byte, &shape): (&u8, &u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    let offset = text.iter().zip(SHAPE).position(|pair| !fits(pair)).unwrap_or(TEXT_BYTES);
    TimestampError::Character { offset }
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, by counting from 1 March of year 0 in 400-year
/// eras of 146,097 days, so that the leap day is the last of its year.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a count of days from 1970-01-01; the inverse of [`days_from_civil`].
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_bytes(text.as_bytes())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|&byte| fmt::Write::write_char(f, char::from(byte)))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
