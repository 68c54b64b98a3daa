//! Timestamps against another implementation of the calendar.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper that fails fails the test that called it"
)]

use proptest::prelude::*;
use ztp_core::Coded as _;
use ztp_core::time::{Timestamp, TimestampError};

/// The last time the oracle knows; it leaves room for UTC offsets at the end of the year 9999.
const ORACLE_MAX: i64 = 253_402_207_200_000;

/// What `jiff` says about a text of our shape.
fn oracle(text: &str) -> Option<i64> {
    // jiff reads a leap second as the second before it; this format has none.
    if text.get(17..19) == Some("60") {
        return None;
    }
    text.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
}

fn written_by_oracle(millis: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(millis).unwrap();
    format!("{time:.3}")
}

fn error(text: &str) -> TimestampError {
    text.parse::<Timestamp>().unwrap_err()
}

#[test]
fn every_day_of_ten_thousand_years_is_written_as_the_oracle_writes_it() {
    let mut day = Timestamp::MIN.as_millis();
    let mut days = 0;
    while day <= ORACLE_MAX {
        let time = Timestamp::from_millis(day).unwrap();
        let written = time.to_bytes();
        assert_eq!(std::str::from_utf8(&written), Ok(written_by_oracle(day).as_str()));
        assert_eq!(Timestamp::from_bytes(&written), Ok(time));
        day += 86_400_000;
        days += 1;
    }
    // All but the last.
    assert_eq!(days, 3_652_425 - 1);
}

#[test]
fn the_ends_of_the_range_are_read_and_written_and_nothing_lies_beyond() {
    for (time, text) in [
        (Timestamp::MIN, "0000-01-01T00:00:00.000Z"),
        (Timestamp::MAX, "9999-12-31T23:59:59.999Z"),
        (Timestamp::from_millis(0).unwrap(), "1970-01-01T00:00:00.000Z"),
        (Timestamp::from_millis(-1).unwrap(), "1969-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(time.to_string(), text);
        assert_eq!(text.parse(), Ok(time));
    }
    for millis in [Timestamp::MIN.as_millis() - 1, Timestamp::MAX.as_millis() + 1, i64::MIN, i64::MAX] {
        assert_eq!(Timestamp::from_millis(millis), Err(TimestampError::OutOfRange { millis }));
    }
}

#[test]
fn other_spellings_of_a_time_are_refused_at_the_first_wrong_character() {
    for (text, offset) in [
        ("2026-05-12 08:00:00.000Z", 10),
        ("2026-05-12t08:00:00.000Z", 10),
        ("2026-05-12T08:00:00.000z", 23),
        ("2026-05-12T08:00:00,000Z", 19),
        ("2026-05-12T08:00:00.000+", 23),
        ("2026/05/12T08:00:00.000Z", 4),
        ("+026-05-12T08:00:00.000Z", 0),
        ("-026-05-12T08:00:00.000Z", 0),
        ("2026-05-12T 8:00:00.000Z", 11),
        ("2026-05-12T08:00:00.00\u{0}Z", 22),
        ("2026-05-1\u{661}08:00:00.000Z", 9),
    ] {
        assert_eq!(error(text), TimestampError::Character { offset }, "{text:?}");
    }
    for text in [
        "",
        "2026-05-12",
        "2026-05-12T08:00:00Z",
        "2026-05-12T08:00:00.000+00:00",
        "2026-05-12T08:00:00.0000Z",
    ] {
        assert_eq!(error(text), TimestampError::Length { found: text.len() }, "{text:?}");
        assert_eq!(error(text).code(), "timestamp_length");
    }
}

#[test]
fn fields_that_do_not_exist_are_refused_at_their_offset() {
    for (text, offset) in [
        ("2026-00-12T08:00:00.000Z", 5),
        ("2026-13-12T08:00:00.000Z", 5),
        ("2026-05-00T08:00:00.000Z", 8),
        ("2026-04-31T08:00:00.000Z", 8),
        ("2026-02-29T08:00:00.000Z", 8),
        ("1900-02-29T08:00:00.000Z", 8),
        ("2024-02-30T08:00:00.000Z", 8),
        ("2026-05-12T24:00:00.000Z", 11),
        ("2026-05-12T08:60:00.000Z", 14),
        ("2016-12-31T23:59:60.000Z", 17),
    ] {
        assert_eq!(error(text), TimestampError::FieldRange { offset }, "{text:?}");
    }
    for text in ["2024-02-29T08:00:00.000Z", "2000-02-29T00:00:00.000Z", "0000-02-29T00:00:00.000Z"] {
        assert!(text.parse::<Timestamp>().is_ok(), "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn every_millisecond_reads_back_and_agrees_with_the_oracle(
        millis in Timestamp::MIN.as_millis()..=ORACLE_MAX,
    ) {
        let time = Timestamp::from_millis(millis).unwrap();
        let text = time.to_string();
        prop_assert_eq!(&text, &written_by_oracle(millis));
        prop_assert_eq!(text.parse(), Ok(time));
        prop_assert_eq!(format!("{time:?}"), text);
    }

    #[test]
    fn any_text_of_digits_in_the_shape_gets_the_oracles_verdict(
        text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{3}Z",
    ) {
        let ours = text.parse::<Timestamp>().ok().map(Timestamp::as_millis);
        prop_assume!(ours.is_none_or(|millis| millis <= ORACLE_MAX));
        prop_assert_eq!(ours, oracle(&text));
    }

    #[test]
    fn one_changed_byte_is_another_time_or_none(
        millis in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis(),
        offset in 0usize..24,
        byte in any::<u8>(),
    ) {
        let time = Timestamp::from_millis(millis).unwrap();
        let mut text = time.to_bytes();
        let changed = text[offset] != byte;
        text[offset] = byte;
        match Timestamp::from_bytes(&text) {
            Ok(other) => prop_assert_eq!(other != time, changed),
            Err(TimestampError::Character { offset: at }) => prop_assert!(changed && at == offset),
            // Another month or year can make the day one that does not exist.
            Err(TimestampError::FieldRange { offset: at }) => prop_assert!(changed && (at <= offset || at == 8)),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn texts_order_as_times_do(
        a in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis(),
        b in Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis(),
    ) {
        let [a, b] = [a, b].map(|millis| Timestamp::from_millis(millis).unwrap());
        prop_assert_eq!(a.cmp(&b), a.to_bytes().cmp(&b.to_bytes()));
    }
}
