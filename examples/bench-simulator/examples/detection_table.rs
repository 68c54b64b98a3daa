//! How soon each named attack is found, by the detectors with the guide's thresholds and by naive ones on the same events:
//!
//!     cargo run --release -p ztp-simulator --example detection_table [-- DAYS]
//!
//! First a clean bench of so many days (a year if not given): every alert there is a false one. Then each attack on day 60 of 90.

#![allow(clippy::print_stdout, reason = "a command that prints what it measured")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::error::Error;

use common::watch;
use ztp_simulator::{Attack, Bench};

/// Days of a bench with an attack, and the day on which it begins: a working day with eight weeks of history.
const DAYS: u32 = 90;
const DAY: u32 = 61;

fn main() -> Result<(), Box<dyn Error>> {
    let days = std::env::args().nth(1).map_or(Ok(365), |days| days.parse())?;
    let clean = watch(&Bench { days, ..Bench::new(7) });
    println!("clean bench of {days} days, {} records", clean.records);
    println!("  alerts of the detectors      {}", clean.fired().len());
    for (rule, at_ms) in clean.fired() {
        println!("    {rule} at {at_ms}");
    }
    println!("  alarms of the naive ones     {}", clean.naive.len());
    for name in ["denial-flood", "break-glass", "tier-b-ratio"] {
        println!("    {name:<26} {}", clean.naive.iter().filter(|alarm| alarm.detector == name).count());
    }
    println!("\n{:<20} {:<12} {:<24} {:<12} naive", "attack", "found after", "by", "naive after");
    for attack in Attack::ALL.iter().copied() {
        let bench = Bench { days: DAYS, ..Bench::new(7) }.with(attack, DAY);
        let begins = bench.begins_ms(attack, DAY);
        let seen = watch(&bench);
        let before = seen.fired().iter().filter(|(_, at)| *at < begins).count();
        let first = seen.fired().into_iter().filter(|(_, at)| *at >= begins).min_by_key(|(_, at)| *at);
        let naive =
            seen.naive.iter().find(|alarm| alarm.at_ms >= begins && alarm.detector == naive_for(attack));
        let (after, by) =
            first.map_or(("never".to_owned(), String::new()), |(rule, at)| (span(at - begins), rule));
        let (naive_after, naive_by) =
            naive.map_or(("never".to_owned(), ""), |alarm| (span(alarm.at_ms - begins), alarm.detector));
        println!("{:<20} {after:<12} {by:<24} {naive_after:<12} {naive_by}", attack.as_str());
        if before > 0 {
            println!("  and {before} alerts before it began");
        }
    }
    Ok(())
}

/// The naive detector that an attack is for: what another one says at the time is chance.
fn naive_for(attack: Attack) -> &'static str {
    match attack {
        Attack::Flood | Attack::DippingFlood | Attack::SpreadKeys | Attack::SlowDrip => "denial-flood",
        Attack::StraddledBurst | Attack::PatientBreakGlass => "break-glass",
        Attack::BoilingFrog | Attack::EagerFrog | Attack::Dilution => "tier-b-ratio",
        _ => "",
    }
}

fn span(ms: i64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..=7_199 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        7_200..=172_799 => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds / 3600 % 24),
    }
}
