//! Prints what the verifier makes of every single-bit flip, cut, exchange, removal and repetition in a log of 300 records,
//! verified as a whole, from a time on, against a kept head, and with the content below that head left to it.
//!
//! `cargo run --release -p ztp-audit --example tamper_table [-- RECORDS]`
#![allow(clippy::print_stdout, reason = "a program that prints a table")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "shares the test support")]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/forging.rs"]
mod forging;
#[path = "../tests/common/tampering.rs"]
mod tampering;

use std::process::ExitCode;

use tampering::Subject;
use ztp_audit::record::RecordView;
use ztp_core::time::Timestamp;

fn main() -> ExitCode {
    let dir = tempfile::tempdir().unwrap();
    let records = std::env::args().nth(1).map_or(300, |text| text.parse().unwrap());
    common::sealed_log(dir.path(), records, 25);
    let log = common::load(dir.path());
    // A head taken in the middle of the log, and the time of the record after it.
    let notes = forging::split_notes(std::str::from_utf8(&log.notes[&0]).unwrap());
    let head = notes[(notes.len() - 1) / 2].clone();
    let size: usize = head.lines().nth(1).unwrap().parse().unwrap();
    let line = log.segments[&0].split(|&b| b == b'\n').nth(size).unwrap();
    let since = Timestamp::from_bytes(RecordView::parse(line).unwrap().timestamp).unwrap();
    let head = head.into_bytes();
    let modes = [
        ("everything", None, None, false),
        ("--since", Some(since), None, false),
        ("--head", None, Some(head.clone()), false),
        ("--since --head", Some(since), Some(head.clone()), false),
        ("--head --content-from-head", None, Some(head), true),
    ];
    let mut sound = true;
    for (mode, since, head, leave) in modes {
        sound &= table(mode, &Subject::new(log.clone(), since, head, leave));
    }
    println!(
        "withdrawn: the last checkpoint reads as a write in progress; its records are shown as unanchored, with pending_seal"
    );
    println!(
        "left to head: the content alone of a record below the head given, which the verdict names (content_before_head)"
    );
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn table(mode: &str, subject: &Subject) -> bool {
    println!(
        "{mode:<32}{:>10}{:>10}{:>10}{:>11}{:>14}{:>8}",
        "cases", "exact", "misplaced", "withdrawn", "left to head", "missed"
    );
    let rows = [
        ("bit of a record flipped", tampering::segment_flips(subject, true)),
        ("bit of a checkpoint flipped", tampering::note_flips(subject, true)),
        ("records cut after a byte", tampering::segment_cuts(subject)),
        ("checkpoints cut after a byte", tampering::note_cuts(subject)),
        ("two lines exchanged", tampering::swaps(subject)),
        ("a line removed", tampering::deletions(subject)),
        ("a line repeated", tampering::repetitions(subject)),
    ];
    let mut sound = true;
    for (name, row) in &rows {
        println!(
            "  {name:<30}{:>10}{:>10}{:>10}{:>11}{:>14}{:>8}",
            row.cases, row.exact, row.misplaced, row.withdrawn, row.left_to_head, row.missed
        );
        if let Some(trouble) = &row.first_trouble {
            println!("    first: {trouble}");
        }
        sound &= row.misplaced == 0 && row.missed == 0;
    }
    sound
}
