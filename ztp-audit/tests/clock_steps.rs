//! Every step of the clock that a log's own seals show is named, and none is a break.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "test code: a panic is a failed test"
)]

mod common;

use std::collections::VecDeque;
use std::path::Path;

use common::*;
use proptest::prelude::*;
use ztp_audit::control::CLOCK_STEP_MS;
use ztp_audit::store::{CreateOptions, Host, Writer};
use ztp_audit::verdict::{ClockStepKind, Status, Verdict};
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir};
use ztp_core::digest::sha256;

/// What a seal says: milliseconds of the wall clock since the start, and boot and monotonic clock where it tells of them.
type Said = (i64, Option<(u8, u64)>);

/// A host that says what it is told to say, seal by seal.
struct Told {
    seeds: u64,
    said: VecDeque<Said>,
}

impl Host for Told {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        *seed = *sha256(&self.seeds.to_le_bytes()).as_bytes();
        self.seeds += 1;
        Ok(())
    }
    fn boot_id(&mut self) -> Option<String> {
        self.said.front().unwrap().1.map(|(boot, _)| format!("00000000-0000-4000-8000-0000000000{boot:02x}"))
    }
    fn monotonic_ms(&mut self) -> Option<u64> {
        self.said.pop_front().unwrap().1.map(|(_, mono)| mono)
    }
}

/// A log of seals alone: seal n is record n + 1.
fn sealed(dir: &Path, said: &[Said]) {
    let options = CreateOptions { origin: ORIGIN.to_owned(), policy: policy(1000) };
    let host = Told { seeds: 0, said: said.iter().copied().collect() };
    let mut writer = Writer::create(dir, &options, at(0), Box::new(host)).unwrap();
    for (wall, _) in said {
        writer.seal(at(*wall)).unwrap();
    }
}

fn verdict(said: &[Said]) -> Verdict {
    let dir = tempfile::tempdir().unwrap();
    sealed(dir.path(), said);
    verify(dir.path())
}

fn steps(said: &[Said]) -> Vec<(u64, ClockStepKind, i64)> {
    let verdict = verdict(said);
    assert_eq!(verdict.status, Status::Intact, "a step of the clock is no break");
    assert_eq!(verdict.clock_steps_total, verdict.clock_steps.len() as u64);
    verdict.clock_steps.iter().map(|step| (step.seq, step.kind, step.moved_ms)).collect()
}

const YEAR: i64 = 365 * 86_400_000;
use ClockStepKind::{DatedBack, MonotonicBack, WallMoved};

#[test]
fn a_clock_set_forward_within_one_boot_is_named_at_the_seal_that_shows_it() {
    let boot = |mono| Some((1, mono));
    let ahead = YEAR - 1_000;
    assert_eq!(steps(&[(0, boot(1_000_000)), (YEAR, boot(1_001_000))]), [(2, WallMoved, ahead)]);
    // What stands between tells of no clock, or of another machine's.
    for between in [None, Some((2, 5))] {
        let said = [(0, boot(1_000_000)), (YEAR, between), (YEAR + 5_000, boot(1_006_000))];
        assert_eq!(steps(&said), [(3, WallMoved, ahead)]);
    }
    // A monotonic clock that stands still, and one that goes back.
    assert_eq!(steps(&[(0, boot(1_000)), (YEAR, boot(1_000))]), [(2, WallMoved, YEAR)]);
    assert_eq!(steps(&[(0, boot(1_000_000)), (5_000, boot(5))]), [(2, MonotonicBack, -999_995)]);
    // Set back by less than had passed: no record is dated before another.
    let back = [(0, boot(0)), (3_600_000, boot(3_600_000)), (3_700_000, boot(7_200_000))];
    assert_eq!(steps(&back), [(3, WallMoved, -3_500_000)]);
    // A clock that is right, over a reboot too, says nothing.
    let right =
        [(0, boot(9_000)), (60_000, boot(69_000)), (90_000, Some((2, 3_000))), (150_000, Some((2, 63_000)))];
    assert_eq!(steps(&right), []);
}

#[test]
fn the_limit_is_exact_and_small_steps_add_up() {
    let limit = CLOCK_STEP_MS as i64;
    for (moved, expected) in [(limit, 0), (limit + 1, 1), (-limit, 0), (-limit - 1, 1)] {
        let said = [(0, Some((1, 0))), (60_000 + moved, Some((1, 60_000)))];
        assert_eq!(steps(&said).len(), expected, "{moved}");
    }
    // Each a second, and ten of them ten.
    let slow: Vec<Said> = (0..11).map(|n| (n * 61_000, Some((1, n as u64 * 60_000)))).collect();
    assert_eq!(steps(&slow), [(7, WallMoved, 6_000)]);
}

#[test]
fn steps_are_listed_in_the_order_of_the_log_up_to_a_bound_and_all_are_counted() {
    let said: Vec<Said> = (0..40).map(|n| (n % 2 * YEAR, Some((1, n as u64 * 1_000)))).collect();
    let found = verdict(&said);
    assert_eq!(
        (found.status, found.clock_steps.len(), found.clock_steps_total),
        (Status::Intact, 10, 39 + 19)
    );
    assert!(found.clock_steps.is_sorted());
    let kinds: Vec<_> = found.clock_steps.iter().map(|step| (step.seq, step.kind)).take(3).collect();
    assert_eq!(kinds, [(2, WallMoved), (3, DatedBack), (3, WallMoved)]);
}

#[test]
fn what_is_reported_from_a_time_on_leaves_out_the_steps_before_it() {
    let dir = tempfile::tempdir().unwrap();
    sealed(dir.path(), &[(0, Some((1, 0))), (YEAR, Some((1, 1_000))), (3 * YEAR, Some((1, 2_000)))]);
    let from = |ms: i64| {
        let options = VerifyOptions { since: Some(at(ms)), ..nothing_required() };
        let verdict = verify_dir(dir.path(), &options, &NoProgress).unwrap();
        verdict.clock_steps.iter().map(|step| step.seq).collect::<Vec<_>>()
    };
    assert_eq!(
        (from(0), from(YEAR), from(YEAR + 1), from(4 * YEAR)),
        (vec![2, 3], vec![2, 3], vec![3], vec![])
    );
}

#[test]
fn more_boots_than_are_remembered_cost_no_more_and_the_last_are_still_followed() {
    let mut said: Vec<Said> = (0..200u8).map(|n| (i64::from(n) * 1_000, Some((n, 0)))).collect();
    said.push((200_000 + YEAR, Some((150, 50_000))));
    assert_eq!(steps(&said).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_step_is_named_if_and_only_if_the_seals_of_a_boot_show_one(
        moves in prop::collection::vec((0_i64..3, -20_000_i64..20_000, 0_u64..100_000), 1..9),
    ) {
        // Honest time goes on by `passed`; in one of three seals the clock is set.
        let (mut wall, mut mono, mut offset) = (0, 0, 0_i64);
        let (mut said, mut expected) = (vec![(0, Some((1, 0)))], Vec::new());
        for (n, (set, by, passed)) in (2u64..).zip(moves) {
            mono += passed;
            wall += passed as i64;
            if set == 0 {
                wall += by;
                offset += by;
            }
            if offset.unsigned_abs() > CLOCK_STEP_MS {
                expected.push((n, offset));
                offset = 0;
            }
            said.push((wall, Some((1, mono))));
        }
        let found: Vec<_> =
            steps(&said).into_iter().filter(|(_, kind, _)| *kind == WallMoved).map(|(seq, _, ms)| (seq, ms)).collect();
        prop_assert_eq!(found, expected);
    }
}
