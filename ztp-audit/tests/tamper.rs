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
#[path = "common/forging.rs"]
mod forging;
#[path = "common/tampering.rs"]
mod tampering;

use common::*;
use tampering::{Row, Subject};
use ztp_audit::verdict::{BreakKind, Status};

fn log(records: u64) -> Subject {
    let (log, _) = sealed(records);
    Subject::new(log, None, None, false)
}

/// A log, and the checkpoint of its second seal.
fn sealed(records: u64) -> (ztp_audit::source::MemorySource, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), records, 25);
    let log = load(dir.path());
    let notes = forging::split_notes(std::str::from_utf8(&log.notes[&0]).unwrap());
    (log, notes.get(1).unwrap_or(&notes[0]).clone().into_bytes())
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
fn checkpoints_cut_at_any_byte_withdraw_the_tail_from_their_seal_on_and_say_so() {
    let row = tampering::note_cuts(&log(100));
    assert_eq!((row.withdrawn, row.missed), (row.cases, 0), "{row:#?}");
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

#[test]
fn neither_a_time_from_which_on_is_reported_nor_a_kept_head_makes_a_change_pass() {
    let (log, head) = sealed(60);
    for (since, head) in
        [(Some(at(400)), None), (None, Some(head.clone())), (Some(at(400)), Some(head.clone()))]
    {
        let subject = Subject::new(log.clone(), since, head, false);
        assert_exact(&tampering::segment_flips(&subject, false));
        assert_exact(&tampering::swaps(&subject));
        assert_exact(&tampering::deletions(&subject));
        assert_exact(&tampering::repetitions(&subject));
    }
}

#[test]
fn what_is_left_to_a_kept_head_is_the_content_of_records_below_it_and_is_named() {
    let (log, head) = sealed(100);
    let subject = Subject::new(log, None, Some(head), true);
    let row = tampering::segment_flips(&subject, false);
    assert_eq!((row.exact + row.left_to_head, row.missed), (row.cases, 0), "{row:#?}");
    // Of each record below the head, what is outside its stated hash and number is left; every byte above it is found.
    assert!(row.left_to_head > 0 && row.exact > row.cases / 2, "{row:#?}");
    assert_exact(&tampering::swaps(&subject));
    assert_exact(&tampering::deletions(&subject));
    assert_exact(&tampering::repetitions(&subject));
}

/// A log of more than a segment, by the first records of its segments.
fn two_segments() -> ztp_audit::source::MemorySource {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 60_000);
    writer.append(&events(0, 70_000), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    let log = load(dir.path());
    assert_eq!(log.segments.keys().copied().collect::<Vec<_>>(), [0, 65_536]);
    assert_eq!(verify_memory(&log).breaks, []);
    log
}

#[test]
fn a_segment_of_another_length_or_name_than_the_format_has_is_found_where_it_differs() {
    let log = two_segments();
    let lines = |first| -> Vec<Vec<u8>> {
        log.segments[&first].split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect()
    };
    let (first, second) = (lines(0), lines(65_536));
    let cut = |at: usize| {
        let mut changed = log.clone();
        let all = [&first[..], &second[..]].concat();
        changed.segments = [(0, all[..at].concat()), (at as u64, all[at..].concat())].into();
        changed
    };
    let mut one = log.clone();
    one.segments = [(0, [&first[..], &second[..]].concat().concat())].into();
    let mut moved = log.clone();
    moved.segments.insert(0, [&first[..], &second[..1]].concat().concat());
    moved.segments.insert(65_536, second[1..].concat());
    let mut short = log.clone();
    short.segments.insert(0, first[..65_535].concat());
    short.segments.insert(65_536, [&first[65_535..], &second[..]].concat().concat());
    let mut extra = log.clone();
    extra.segments.insert(5, first[5..].concat());
    let mut far = log.clone();
    far.segments.insert(u64::MAX - 65_535, second.concat());
    far.segments.insert(u64::MAX, second.concat());
    let name = |first: u64| format!("segments/{first:020}.jsonl");
    let offset = |n: usize| first[..n].iter().map(Vec::len).sum::<usize>() as u64;
    for (what, changed, seq, file, offset) in [
        ("all in one file", one, 65_536, name(0), offset(65_536)),
        ("one record in the file before", moved, 65_536, name(0), offset(65_536)),
        ("cut short of its length", cut(65_530), 65_530, name(65_530), 0),
        ("cut at a hundred", cut(100), 100, name(100), 0),
        ("the last record in the file after", short, 65_535, name(0), 0),
        ("a file beside", extra, 65_536, name(5), 0),
        ("files beyond every number", far, 65_536 + second.len() as u64, name(u64::MAX - 65_535), 0),
    ] {
        let verdict = verify_memory(&changed);
        let found = &verdict.breaks[0];
        let place = (found.kind, found.seq, found.file.clone(), found.offset);
        assert_eq!(place, (BreakKind::SegmentLength, seq, file, offset), "{what}: {:?}", verdict.breaks);
    }
}

#[test]
fn a_file_whose_line_ends_were_converted_says_so() {
    let (log, _) = sealed(12);
    let mut changed = log.clone();
    let text = String::from_utf8(log.segments[&0].clone()).unwrap();
    changed.segments.insert(0, text.replace('\n', "\r\n").into_bytes());
    let verdict = verify_memory(&changed);
    let found = &verdict.breaks[0];
    assert_eq!((found.kind, found.seq), (BreakKind::NotCanonical, 0));
    assert!(
        found.found.starts_with("a line that ends in CR LF: line ends were converted on the way"),
        "{found:?}"
    );
    assert_eq!(found.offset, text.find('\n').unwrap() as u64);
}

#[test]
fn a_line_that_is_no_record_is_found_at_its_byte_in_whichever_block_it_lies() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 3_000, 1_000);
    let log = load(dir.path());
    let starts = line_starts(&log.segments[&0]);
    assert!(log.segments[&0].len() > 3 * (256 << 10), "more than three blocks");
    for seq in [1, 700, 1_500, 2_200, 2_999] {
        for line in [&b"x\n"[..], b"\n", b"\n\n\n"] {
            let mut changed = log.clone();
            let end = starts.get(seq + 1).copied().unwrap_or(log.segments[&0].len());
            changed.segments.get_mut(&0).unwrap().splice(starts[seq]..end, line.iter().copied());
            let verdict = verify_memory(&changed);
            let first = verdict.breaks.first().unwrap();
            assert_eq!((first.seq, first.offset), (seq as u64, starts[seq] as u64), "{line:?}");
            assert_eq!(first.file, "segments/00000000000000000000.jsonl");
        }
    }
}

#[test]
fn seals_without_their_checkpoints_are_counted_to_the_last_however_many_more_than_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    create(dir.path(), 1).append(&events(0, 1_040), at(1)).unwrap();
    let log = load(dir.path());
    let seals = verify_memory(&log).seals;
    assert!(seals > 1_030, "{seals}: more than are remembered one by one");
    let notes = forging::split_notes(std::str::from_utf8(&log.notes[&0]).unwrap());
    assert_eq!(notes.len() as u64, seals);
    let with = |kept: &[usize]| {
        let kept: String = kept.iter().flat_map(|n| [notes[*n].as_str(), "\n"]).collect();
        let mut changed = log.clone();
        changed.notes.insert(0, kept.into_bytes());
        verify_memory(&changed)
    };
    let last = notes.len() - 1;
    // Nothing later shows that the log went on: the end of a log under way, with this many seals in it.
    let end = with(&[0]);
    assert_eq!((end.seals, end.unanchored_tail.seals, end.breaks_total), (1, seals - 1, 0));
    // A later checkpoint does: each seal between is a break, counted where it is not listed.
    let holes = with(&[0, last]);
    assert_eq!((holes.status, holes.breaks_total), (Status::Broken, seals - 2));
    assert!(holes.breaks.iter().all(|found| found.kind == BreakKind::MissingSeal), "{:?}", holes.breaks);
}
