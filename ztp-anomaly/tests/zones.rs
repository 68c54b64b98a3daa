//! Business hours by the clock of the customer, where clocks change.
//!
//! The instants were worked out by hand from the rules of each zone; none was taken from the library.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    missing_docs,
    dead_code,
    reason = "test code"
)]

mod common;

use common::{Chain, run, text};
use ztp_anomaly::Settings;
use ztp_core::canonical::Value;
use ztp_core::time::Timestamp;

/// Whether a person who acts at this instant is outside hours that are 08:00 to 19:00 unless said otherwise.
fn outside(zone: &str, hours: Option<(&str, &str)>, at: &str) -> bool {
    let mut members = vec![
        ("time_zone", Value::from(zone)),
        ("weekdays", Value::from(["mon", "tue", "wed", "thu", "fri", "sat"].map(Value::from).to_vec())),
    ];
    if let Some((start, end)) = hours {
        members.extend([("start", Value::from(start)), ("end", Value::from(end))]);
    }
    let file = Value::object(members);
    let settings = Settings::from_files([("business-hours.yaml", &file)]).unwrap();
    let at = at.parse::<Timestamp>().unwrap().as_millis();
    let mut chain = Chain::default();
    chain.opened(at - 1000, 60_000);
    chain.push("operator.action", &Value::object([("operator", "alice")]), at);
    for n in 1..4 {
        chain.sealed(at + n * 60_000, "b", n * 60_000);
    }
    let (_, out) = run(settings, &chain.records);
    out.iter().any(|output| text(output, &["detector"]) == "off-hours")
}

/// Zone, last instant before opening, first of opening, last before closing, first of closing.
const DAYS: &[(&str, &str, [&str; 2])] = &[
    // Lisbon: UTC+0 until 2026-03-29 01:00 UTC, then UTC+1, until 2026-10-25.
    ("Europe/Lisbon", "2026-03-28", ["08:00", "19:00"]),
    ("Europe/Lisbon", "2026-03-30", ["07:00", "18:00"]),
    ("Europe/Lisbon", "2026-10-24", ["07:00", "18:00"]),
    ("Europe/Lisbon", "2026-10-26", ["08:00", "19:00"]),
    // Dublin: winter is the negative saving of standard time UTC+1.
    ("Europe/Dublin", "2026-03-28", ["08:00", "19:00"]),
    ("Europe/Dublin", "2026-03-30", ["07:00", "18:00"]),
    ("Europe/Dublin", "2026-10-26", ["08:00", "19:00"]),
    // New York: UTC-5, UTC-4 from 2026-03-08 to 2026-11-01.
    ("America/New_York", "2026-03-07", ["13:00", "24:00"]),
    ("America/New_York", "2026-03-09", ["12:00", "23:00"]),
    ("America/New_York", "2026-11-02", ["13:00", "24:00"]),
    // Sydney, in the south: UTC+11 until 2026-04-05, UTC+10 until 2026-10-04.
    ("Australia/Sydney", "2026-04-03", ["-03:00", "08:00"]),
    ("Australia/Sydney", "2026-04-06", ["-02:00", "09:00"]),
    ("Australia/Sydney", "2026-10-05", ["-03:00", "08:00"]),
    // Lord Howe changes by half an hour: UTC+11 until 2026-04-05, UTC+10:30 until 2026-10-04.
    ("Australia/Lord_Howe", "2026-04-03", ["-03:00", "08:00"]),
    ("Australia/Lord_Howe", "2026-04-06", ["-02:30", "08:30"]),
    // Kathmandu: UTC+5:45, all year.
    ("Asia/Kathmandu", "2026-07-01", ["02:15", "13:15"]),
    ("Asia/Kathmandu", "2026-12-31", ["02:15", "13:15"]),
    // Kiritimati: UTC+14, a day ahead of most.
    ("Pacific/Kiritimati", "2026-01-02", ["-06:00", "05:00"]),
    // Sao Paulo dropped summer time in 2019: UTC-2 in January 2019, UTC-3 in January 2026.
    ("America/Sao_Paulo", "2019-01-15", ["10:00", "21:00"]),
    ("America/Sao_Paulo", "2026-01-15", ["11:00", "22:00"]),
    // Casablanca: UTC+1, and UTC+0 in Ramadan (2026-02-15 to 2026-03-22).
    ("Africa/Casablanca", "2026-02-13", ["07:00", "18:00"]),
    ("Africa/Casablanca", "2026-02-20", ["08:00", "19:00"]),
    // A leap day is a day like any other.
    ("Europe/Lisbon", "2028-02-29", ["08:00", "19:00"]),
];

/// `HH:MM` of UTC on a date, and a number of milliseconds more; may be on the day before.
fn instant(date: &str, clock: &str, more: i64) -> String {
    let (sign, clock) = clock.strip_prefix('-').map_or((1, clock), |rest| (-1, rest));
    let (hour, minute) = clock.split_once(':').unwrap();
    let millis = (hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()) * 60_000 * sign;
    let midnight = format!("{date}T00:00:00.000Z").parse::<Timestamp>().unwrap().as_millis();
    Timestamp::from_millis(midnight + millis + more).unwrap().to_string()
}

#[test]
fn business_opens_and_closes_on_the_millisecond_of_the_customers_clock() {
    for (zone, date, [opens, closes]) in DAYS {
        let at = |clock: &str, more| outside(zone, None, &instant(date, clock, more));
        assert!(at(opens, -1), "{zone} {date}: open before {opens} UTC");
        assert!(!at(opens, 0), "{zone} {date}: closed at {opens} UTC");
        assert!(!at(closes, -1), "{zone} {date}: closed before {closes} UTC");
        assert!(at(closes, 0), "{zone} {date}: open at {closes} UTC");
    }
}

#[test]
fn an_hour_that_is_repeated_is_open_or_closed_both_times_and_one_left_out_is_never_asked_for() {
    // New York, 2026-11-01: 01:00 to 01:59 happens at UTC-4 (from 05:00 UTC) and again at UTC-5 (from 06:00 UTC).
    // It is a Sunday; the day before reaches into it with hours that wrap.
    let wrap = Some(("12:00", "01:30"));
    for (at, is_outside) in [
        ("2026-11-01T05:29:59.999Z", false),
        ("2026-11-01T05:30:00.000Z", true),
        ("2026-11-01T05:59:59.999Z", true),
        ("2026-11-01T06:00:00.000Z", false),
        ("2026-11-01T06:29:59.999Z", false),
        ("2026-11-01T06:30:00.000Z", true),
    ] {
        assert_eq!(outside("America/New_York", wrap, at), is_outside, "{at}");
    }
    // Lisbon, 2026-03-29: 01:00 to 01:59 does not happen. Hours to 01:30 end when the clock jumps from 01:00 to 02:00.
    for (at, is_outside) in [("2026-03-29T00:59:59.999Z", false), ("2026-03-29T01:00:00.000Z", true)] {
        assert_eq!(outside("Europe/Lisbon", wrap, at), is_outside, "{at}");
    }
}

#[test]
fn the_zone_files_and_the_environment_of_the_host_are_not_asked() {
    // Run with TZ and TZDIR set to what an attacker would like: the answers are those of the bundled database.
    if std::env::var_os("ZTP_TEST_HOSTILE_ZONE").is_some() {
        business_opens_and_closes_on_the_millisecond_of_the_customers_clock();
        return;
    }
    let folder = std::env::temp_dir().join(format!("ztp-hostile-zones-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("Europe")).unwrap();
    // A zone file of fixed UTC+12 in the place of Lisbon.
    let mut tzif = b"TZif2".to_vec();
    tzif.extend([0; 15]);
    for count in [0_u32, 0, 0, 0, 1, 4] {
        tzif.extend(count.to_be_bytes());
    }
    let body = [&43_200_i32.to_be_bytes()[..], &[0, 0], b"+12\0"].concat();
    let head = tzif.clone();
    tzif.extend(&body);
    tzif.extend(&head);
    tzif.extend(&body);
    tzif.extend(b"\n<+12>-12\n");
    std::fs::write(folder.join("Europe/Lisbon"), tzif).unwrap();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_zone_files_and_the_environment_of_the_host_are_not_asked"])
        .env("ZTP_TEST_HOSTILE_ZONE", "1")
        .env("TZ", "Pacific/Kiritimati")
        .env("TZDIR", &folder)
        .status()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(status.success(), "the host's zone files or environment changed an answer");
}
