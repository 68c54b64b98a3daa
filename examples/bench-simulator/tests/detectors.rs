//! The detectors on a simulated bench: silent for a clean year, and each named attack found, soon.

mod common;

use common::watch;
use ztp_simulator::calendar::{DAY_MS, HOUR_MS, MINUTE_MS};
use ztp_simulator::{Attack, Bench};

#[test]
fn a_clean_year_gives_no_alert_with_the_guides_thresholds_while_the_naive_rule_cries_wolf() {
    let seen = watch(&Bench::new(7));
    assert!(seen.records > 300_000, "{}", seen.records);
    assert_eq!(seen.fired(), []);
    assert!(!seen.naive.is_empty());
}

/// Days of history before an attack begins, on a working day.
const DAY: u32 = 61;

/// The latest moment at which an attack may be found, after its first deed.
fn bound(attack: Attack) -> i64 {
    match attack {
        Attack::Flood | Attack::DippingFlood | Attack::SpreadKeys | Attack::SlowDrip => {
            5 * MINUTE_MS + 10_000
        }
        Attack::StraddledBurst => 10 * MINUTE_MS,
        Attack::PatientBreakGlass => 4 * HOUR_MS,
        Attack::Dilution => DAY_MS,
        Attack::BoilingFrog | Attack::EagerFrog => 7 * DAY_MS,
        Attack::OffHours => 5 * MINUTE_MS,
        // The first record after three hours of nothing shows it.
        _ => 3 * HOUR_MS + 30 * MINUTE_MS,
    }
}

#[test]
fn every_named_attack_is_found_within_its_bound_and_nothing_fires_before_it() {
    for attack in Attack::ALL.iter().copied() {
        let bench = Bench { days: 75, ..Bench::new(11) }.with(attack, DAY);
        let begins = bench.begins_ms(attack, DAY);
        let fired = watch(&bench).fired();
        let first = fired.iter().map(|(_, at)| *at).min();
        let after = first.unwrap_or_else(|| panic!("{} is never found", attack.as_str())) - begins;
        assert!((0..=bound(attack)).contains(&after), "{}: {after} ms, {fired:?}", attack.as_str());
    }
}
