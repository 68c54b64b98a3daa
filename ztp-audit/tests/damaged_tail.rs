//! What is damage behind the last seal, as against what a crash leaves there.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::*;
use ztp_audit::store::Writer;
use ztp_core::Coded as _;

const SEGMENT: &str = "segments/00000000000000000000.jsonl";

#[test]
fn a_whole_line_that_was_changed_behind_the_last_seal_is_damage_and_never_a_torn_write() {
    for changed in 1..=4 {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = create(dir.path(), 1000);
        writer.seal(at(1)).unwrap();
        writer.append(&events(0, 4), at(2)).unwrap();
        drop(writer);
        let path = dir.path().join(SEGMENT);
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', &whole).collect();
        for end in &ends[ends.len() - changed..] {
            bytes[end - 40] ^= 1;
        }
        fs::write(&path, &bytes).unwrap();
        let refused = Writer::open(dir.path(), at(3), Box::new(TestHost(77))).unwrap_err();
        assert_eq!(refused.code(), "log_damaged", "the last {changed} lines are changed");
        assert_eq!(fs::read(&path).unwrap(), bytes, "nothing was taken away");
        // The same lines cut in the middle of the last one are what a crash leaves.
        fs::write(&path, &whole[..whole.len() - 7]).unwrap();
        assert!(Writer::open(dir.path(), at(3), Box::new(TestHost(78))).is_ok());
    }
}

#[test]
fn a_hole_in_the_last_sealed_record_is_damage_and_one_in_the_last_record_behind_it_a_torn_write() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 4), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    let sealed = fs::metadata(dir.path().join(SEGMENT)).unwrap().len();
    writer.append(&events(4, 1), at(3)).unwrap();
    drop(writer);
    let path = dir.path().join(SEGMENT);
    let whole = fs::read(&path).unwrap();
    let sealed = usize::try_from(sealed).unwrap();
    let hole = |from: usize, to: usize, keep: usize| {
        let mut bytes = whole[..keep].to_vec();
        bytes[from..to].fill(0);
        fs::write(&path, &bytes).unwrap();
        let opened = Writer::open(dir.path(), at(4), Box::new(TestHost(77)));
        (opened.map(|writer| writer.last().0).map_err(|e| e.code()), bytes)
    };
    // In what a seal covers, with nothing behind it and with a record behind it: never taken away.
    for keep in [sealed, whole.len()] {
        let (opened, bytes) = hole(sealed - 60, sealed - 20, keep);
        assert_eq!(opened, Err("log_damaged"));
        assert_eq!(fs::read(&path).unwrap(), bytes, "nothing was taken away");
    }
    // Behind it, where the line feed was kept and bytes were not: set aside, and its record takes its place.
    let (opened, _) = hole(whole.len() - 60, whole.len() - 20, whole.len());
    assert_eq!(opened, Ok(6));
    assert_eq!(verify(dir.path()).recovered.bytes, (whole.len() - sealed) as u64);
}
