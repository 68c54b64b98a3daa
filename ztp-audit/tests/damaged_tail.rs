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
