//! Settings: floors that no file leaves, and changes that the log itself carries.
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

use common::{Chain, line, member, text};
use ztp_anomaly::settings::SettingsFile;
use ztp_anomaly::{APPROVAL_PURPOSE, ConfigError, Detectors, Output, Settings, approval_payload};
use ztp_core::Coded;
use ztp_core::canonical::Value;
use ztp_core::encoding::base64_encode;
use ztp_core::event::anomaly::{Approval, ConfigChanged};
use ztp_core::signature::{SigningKey, sign_document};

const START: i64 = 1_778_580_000_000;
const HOUR: i64 = 3_600_000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn change(file: SettingsFile, members: &[(&str, i64)], approvers: &[u8]) -> ConfigChanged {
    let config = Value::object(members.iter().copied());
    let old = Settings::default();
    let new_hash = old.with(file, &config).unwrap().file_hash(file);
    let old_hash = old.file_hash(file);
    let approval = |seed: &u8| {
        let key = key(*seed);
        let signature =
            sign_document(&key, APPROVAL_PURPOSE, &approval_payload(file, old_hash, new_hash)).unwrap();
        Approval { key_id: key.public_key().key_id(), signature: base64_encode(&signature) }
    };
    let approvals = approvers.iter().map(approval).collect();
    ConfigChanged {
        actor: Some("op-1".into()),
        approvals,
        config,
        file: file.name().into(),
        new_hash,
        old_hash,
    }
}

/// Four uses of break-glass an hour after the change, and again 26 hours after it.
fn run(change: &ConfigChanged) -> Vec<Output> {
    let mut chain = Chain::default();
    chain.opened(START, HOUR);
    chain.push("anomaly.config-changed", &change.to_value(), START + 1000);
    let uses = |chain: &mut Chain, at: i64| {
        for n in 0..4 {
            let glass = Value::object([
                ("decision", Value::from("break-glass")),
                ("mode", Value::from("enforce")),
                ("object_uid", Value::from(format!("pod-{at}-{n}"))),
                ("ticket", Value::from(format!("INC-{at}-{n}"))),
                ("uid", Value::from(format!("u-{at}-{n}"))),
                ("user", Value::from("system:c")),
                ("would_deny", Value::from(false)),
            ]);
            chain.push("admission.decision", &glass, START + at + n);
        }
    };
    for hour in 1..30 {
        chain.sealed(START + hour * HOUR, "b", hour * HOUR);
        if hour == 1 || hour == 26 {
            uses(&mut chain, hour * HOUR + 60_000);
        }
    }
    let approvers = [1, 2].map(|seed| key(seed).public_key().clone()).to_vec();
    let mut detectors = Detectors::new(Settings::default(), approvers);
    let mut out = Vec::new();
    for record in &chain.records {
        detectors.step(&record.raw(), &mut out).unwrap();
    }
    out
}

fn bursts(out: &[Output]) -> Vec<i64> {
    let fired = out.iter().filter(|o| {
        text(o, &["detector"]) == "break-glass-burst"
            && text(o, &["phase"]) == "fired"
            && text(o, &["key", "scope"]) == "global"
    });
    fired.map(|output| (output.at.as_millis() - START) / HOUR).collect()
}

fn loosened(out: &[Output]) -> Vec<&Output> {
    out.iter().filter(|output| text(output, &["detector"]) == "settings-loosened").collect()
}

#[test]
fn a_loosening_is_an_alert_and_waits_for_24_hours() {
    let out = run(&change(SettingsFile::BreakGlass, &[("per_hour_max", 4)], &[]));
    assert_eq!(bursts(&out), [1], "in force until then, not afterwards");
    let [alert] = loosened(&out)[..] else { panic!("one alert") };
    assert_eq!(member(alert, &["facts", "loosened"]), Some(&Value::from(vec![Value::from("per_hour_max")])));
    assert!(
        out.iter().any(|o| line(o).contains("settings-changed noticed")),
        "told when it comes into force"
    );
}

#[test]
fn two_approvers_let_a_loosening_count_at_once_and_one_does_not() {
    let out = run(&change(SettingsFile::BreakGlass, &[("per_hour_max", 4)], &[1, 2]));
    assert_eq!((bursts(&out), loosened(&out).len()), (vec![], 1), "still an alert");
    assert_eq!(bursts(&run(&change(SettingsFile::BreakGlass, &[("per_hour_max", 4)], &[1]))), [1]);
    assert_eq!(bursts(&run(&change(SettingsFile::BreakGlass, &[("per_hour_max", 4)], &[1, 1]))), [1]);
}

#[test]
fn a_tightening_counts_at_once_and_is_no_alert() {
    let out = run(&change(SettingsFile::BreakGlass, &[("per_hour_max", 0)], &[]));
    assert_eq!(bursts(&out), [1, 26]);
    assert!(loosened(&out).is_empty());
}

#[test]
fn a_change_that_is_not_what_it_says_is_refused_with_an_alert() {
    let good = || change(SettingsFile::BreakGlass, &[("per_hour_max", 4)], &[1, 2]);
    let refused = |change: &ConfigChanged| {
        let out = run(change);
        assert_eq!(bursts(&out), [1, 26], "the old settings stay in force");
        let [alert] = loosened(&out)[..] else { panic!("one alert") };
        text(alert, &["facts", "refused"]).to_owned()
    };
    let hash = ztp_core::digest::sha256(b"other");
    assert_eq!(refused(&ConfigChanged { old_hash: hash, ..good() }), "anomaly_settings_old_hash");
    assert_eq!(refused(&ConfigChanged { new_hash: hash, ..good() }), "anomaly_settings_new_hash");
    assert_eq!(refused(&ConfigChanged { file: "other.yaml".into(), ..good() }), "settings_file");
    let floor = Value::object([("per_hour_max", 21_i64)]);
    assert_eq!(refused(&ConfigChanged { config: floor, ..good() }), "settings_range");
    let mut forged = good();
    forged.approvals[1].signature = forged.approvals[0].signature.clone();
    assert_eq!(refused(&forged), "anomaly_settings_approval");
    let stranger = change(SettingsFile::BreakGlass, &[("per_hour_max", 4)], &[1, 3]);
    assert_eq!(refused(&stranger), "anomaly_settings_approval");
}

#[test]
fn no_file_leaves_the_floors_and_each_refusal_names_its_member() {
    let refusal = |file: &str, value: Value| -> (&'static str, String) {
        let error: ConfigError = Settings::from_files([(file, &value)]).unwrap_err();
        (error.code(), error.path().unwrap_or("").to_owned())
    };
    let one = |name: &'static str, value: Value| Value::object([(name, value)]);
    let texts = |items: &[&str]| Value::from(items.iter().map(|item| Value::from(*item)).collect::<Vec<_>>());
    for (file, value, code, path) in [
        (
            "denial-flood.yaml",
            one("per_minute_max", 501_i64.into()),
            "settings_range",
            "denial-flood.per_minute_max",
        ),
        (
            "denial-flood.yaml",
            one("sustained_seconds", 1801_i64.into()),
            "settings_range",
            "denial-flood.sustained_seconds",
        ),
        (
            "denial-flood.yaml",
            one("per_minute_max", "50".into()),
            "schema_wrong_type",
            "denial-flood.per_minute_max",
        ),
        (
            "denial-flood.yaml",
            one("per_minute", 50_i64.into()),
            "schema_unknown_member",
            "denial-flood.per_minute",
        ),
        (
            "break-glass.yaml",
            one("per_week_max", 201_i64.into()),
            "settings_range",
            "break-glass.per_week_max",
        ),
        (
            "business-hours.yaml",
            one("time_zone", "Europe/Atlantis".into()),
            "settings_time_zone",
            "business-hours.time_zone",
        ),
        ("business-hours.yaml", one("start", "8:00".into()), "settings_clock_time", "business-hours.start"),
        ("business-hours.yaml", one("end", "24:01".into()), "settings_clock_time", "business-hours.end"),
        (
            "business-hours.yaml",
            Value::object([("start", "00:00"), ("end", "24:00")]),
            "settings_clock_time",
            "business-hours.end",
        ),
        (
            "business-hours.yaml",
            one("weekdays", texts(&["mon", "mon"])),
            "settings_weekday",
            "business-hours.weekdays[1]",
        ),
        ("business-hours.yaml", one("weekdays", texts(&[])), "settings_weekday", "business-hours.weekdays"),
        (
            "business-hours.yaml",
            one("weekdays", texts(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"])),
            "settings_weekday",
            "business-hours.weekdays",
        ),
        (
            "business-hours.yaml",
            one("holidays", texts(&["2026-02-29"])),
            "settings_date",
            "business-hours.holidays[0]",
        ),
        (
            "business-hours.yaml",
            one("holidays", texts(&["12-25", "12-25"])),
            "settings_list",
            "business-hours.holidays[1]",
        ),
        (
            "tier-b-reference.yaml",
            one("centre_ppm", 1_i64.into()),
            "schema_missing_member",
            "tier-b-reference.sigma_ppm",
        ),
        ("other.yaml", one("a", 1_i64.into()), "settings_file", ""),
    ] {
        assert_eq!(refusal(file, value), (code, path.to_owned()));
    }
}

#[test]
fn what_a_file_leaves_out_has_the_default_and_a_file_written_out_reads_back() {
    let empty = Value::Object([].into());
    for file in SettingsFile::ALL {
        if file == SettingsFile::TierBReference {
            continue;
        }
        let default = Settings::default();
        let read = default.with(file, &empty).unwrap();
        assert_eq!(read, default, "{}", file.name());
        assert_eq!(default.with(file, &default.file_value(file)).unwrap(), default, "{}", file.name());
    }
}

#[test]
fn an_early_closing_that_is_none_is_refused_and_one_of_a_night_shift_is_on_the_next_day() {
    let hours = |start: &str, end: &str, early: &str| {
        let half = Value::object([("date", Value::from("12-24")), ("end", Value::from(early))]);
        let file = Value::object([
            ("start", Value::from(start)),
            ("end", Value::from(end)),
            ("half_days", Value::from(vec![half])),
        ]);
        Settings::from_files([("business-hours.yaml", &file)])
            .map(|_| ())
            .map_err(|e| (e.code(), e.path().unwrap_or("").to_owned()))
    };
    let refused = || Err(("settings_clock_time", "business-hours.half_days[0].end".to_owned()));
    for (start, end, early, expected) in [
        ("08:00", "19:00", "13:00", Ok(())),
        ("08:00", "19:00", "08:00", refused()),
        ("08:00", "19:00", "07:00", refused()),
        ("08:00", "19:00", "20:00", refused()),
        ("22:00", "06:00", "23:30", Ok(())),
        ("22:00", "06:00", "02:00", Ok(())),
        ("22:00", "06:00", "07:00", refused()),
        ("22:00", "06:00", "22:00", refused()),
    ] {
        assert_eq!(hours(start, end, early), expected, "{start} to {end}, {early}");
    }
}
