//! Every way to change the files of a small sealed log is noticed, at the first record it touches.
//!
//! `cargo run --release -p ztp-audit --example tamper_table` runs the same with every bit of a log of 300 records.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod common;
#[path = "common/tampering.rs"]
mod tampering;

use common::*;
use tampering::Row;

fn log(records: u64) -> ztp_audit::source::MemorySource {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), records, 25);
    let log = load(dir.path());
    assert_eq!(verify_memory(&log).breaks, []);
    log
}

#[track_caller]
fn assert_exact(row: &Row) {
    assert_eq!((row.exact, row.missed), (row.cases, 0), "{row:#?}");
    assert!(row.cases > 0);
}

#[test]
fn a_flipped_bit_in_any_byte_of_a_record_is_found_at_that_record() {
    assert_exact(&tampering::segment_flips(&log(100), false));
}

#[test]
fn any_flipped_bit_of_a_short_log_is_found_at_its_record() {
    assert_exact(&tampering::segment_flips(&log(12), true));
}

#[test]
fn any_flipped_bit_of_a_checkpoint_is_found_at_its_seal() {
    assert_exact(&tampering::note_flips(&log(100), true));
}

#[test]
fn a_log_cut_at_any_byte_is_truncated_at_the_first_record_that_is_not_whole() {
    assert_exact(&tampering::segment_cuts(&log(100)));
}

#[test]
fn checkpoints_cut_at_any_byte_are_missed_at_their_seal_or_the_tail_is_withdrawn() {
    let row = tampering::note_cuts(&log(100));
    assert_eq!((row.exact + row.withdrawn, row.missed), (row.cases, 0), "{row:#?}");
    assert!(row.exact > row.withdrawn);
}

#[test]
fn any_two_exchanged_lines_are_found_at_the_first_of_them() {
    assert_exact(&tampering::swaps(&log(100)));
}

#[test]
fn any_removed_line_is_found_at_its_place() {
    assert_exact(&tampering::deletions(&log(300)));
}

#[test]
fn any_repeated_line_is_found_at_the_repetition() {
    assert_exact(&tampering::repetitions(&log(300)));
}
