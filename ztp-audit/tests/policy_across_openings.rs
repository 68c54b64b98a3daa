//! A log that is opened for each record is sealed as one that stays open, and its keys never repeat.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::*;
use ztp_audit::control::SealPolicy;
use ztp_audit::store::{CreateOptions, Host, Writer};
use ztp_core::Coded as _;
use ztp_core::time::Timestamp;

fn make(dir: &Path, now: Timestamp) {
    let policy = SealPolicy { records_max: 1_000, interval_ms: 60_000, heartbeat_ms: 3_600_000 };
    let options = CreateOptions { origin: ORIGIN.to_owned(), policy };
    drop(Writer::create(dir, &options, now, Box::new(TestHost(0))).unwrap());
}

/// Appends one event as a command does that ends after it; returns the seals that it made.
fn append_one(dir: &Path, n: u64, ms: i64, dated_ms: Option<i64>) -> u32 {
    let mut writer = Writer::open(dir, at(ms), Box::new(TestHost(1_000 * (n + 1)))).unwrap();
    let mut event = event(n);
    event.timestamp = dated_ms.map(at);
    writer.append(&[event], at(ms)).unwrap().seals
}

#[test]
fn a_record_written_by_each_opening_is_sealed_when_the_interval_since_the_first_has_passed() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), at(0));
    // The first record of the epoch is the genesis at 0; then those at 80 s and 160 s.
    let seals: Vec<u32> =
        (1..10).map(|n| append_one(dir.path(), n, i64::try_from(n).unwrap() * 20_000, None)).collect();
    assert_eq!(seals, [0, 0, 1, 0, 0, 0, 1, 0, 0]);
    assert!(verify(dir.path()).status.holds());
}

#[test]
fn an_opening_after_the_heartbeat_seals_with_its_first_record() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), at(0));
    assert_eq!(append_one(dir.path(), 1, 61_000, None), 1);
    assert_eq!(append_one(dir.path(), 2, 61_000 + 3_599_999, None), 0);
    assert_eq!(append_one(dir.path(), 3, 61_000 + 3_600_000, None), 1);
}

#[test]
fn records_that_carry_older_times_are_sealed_by_the_last_seal_and_not_each_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), at(0));
    let mut sealed = Vec::new();
    for n in 1..40 {
        let ms = 100_000 + i64::try_from(n).unwrap() * 5_000;
        if append_one(dir.path(), n, ms, Some(-86_400_000)) > 0 {
            sealed.push(ms);
        }
    }
    assert!(sealed.windows(2).all(|two| two[1] - two[0] >= 60_000), "{sealed:?}");
    assert!(sealed.len() >= 3, "{sealed:?}");
}

#[test]
fn a_clock_that_is_corrected_by_seconds_seals_nothing_early_and_one_set_back_further_seals_at_once() {
    for (back_ms, seals) in [(1, 0), (5_000, 0), (5_001, 1), (86_400_000, 1)] {
        let dir = tempfile::tempdir().unwrap();
        make(dir.path(), at(200_000_000));
        assert_eq!(append_one(dir.path(), 1, 200_000_000 - back_ms, None), seals, "{back_ms} ms back");
    }
}

/// Gives the same seed from some draw on.
struct Stuck(u64, u64);

impl Host for Stuck {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        TestHost(self.0.min(self.1)).fill_random(seed)?;
        self.0 += 1;
        Ok(())
    }
    fn boot_id(&mut self) -> Option<String> {
        None
    }
    fn monotonic_ms(&mut self) -> Option<u64> {
        None
    }
}

#[test]
fn a_key_that_was_drawn_before_is_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let options = CreateOptions { origin: ORIGIN.to_owned(), policy: policy(100) };
    let made = Writer::create(dir.path(), &options, at(0), Box::new(Stuck(0, 0)));
    assert_eq!(made.unwrap_err().code(), "key_repeated");
    assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none());
    // A machine whose randomness begins anew draws the first key, the current one, or the next.
    for seal in 1..4 {
        for repeats in [0, seal - 1, seal, seal + 1] {
            let dir = tempfile::tempdir().unwrap();
            let mut writer = create(dir.path(), 100);
            // Seeds 0 and 1 are those of epochs 0 and 1, 2 is the log's id; the seal of epoch e draws seed e + 3.
            let seed_of = |epoch: u64| if epoch < 2 { epoch } else { epoch + 1 };
            for ms in 1..seal {
                writer.seal(at(i64::try_from(ms).unwrap())).unwrap();
            }
            let before = std::fs::read(dir.path().join("segments/00000000000000000000.jsonl")).unwrap();
            drop(writer);
            let epoch = seal - 1;
            let drawn = seed_of(repeats);
            let mut writer = Writer::open(dir.path(), at(9_000), Box::new(TestHost(drawn))).unwrap();
            let known = [0, epoch, epoch + 1].contains(&repeats);
            let sealed = writer.seal(at(9_000)).map(drop).map_err(|e| e.code());
            assert_eq!(sealed, if known { Err("key_repeated") } else { Ok(()) }, "seal {seal}, {repeats}");
            let after = std::fs::read(dir.path().join("segments/00000000000000000000.jsonl")).unwrap();
            assert_eq!(known, before == after);
            // The writer takes the next draw.
            assert!(writer.append(&events(0, 1), at(9_001)).is_ok());
        }
    }
}
