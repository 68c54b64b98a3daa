//! Prints what the verifier makes of every single-bit flip, cut, exchange, removal and repetition in a log of 300 records.
//!
//! `cargo run --release -p ztp-audit --example tamper_table`
#![allow(clippy::print_stdout, reason = "a program that prints a table")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "shares the test support")]

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/common/tampering.rs"]
mod tampering;

use std::process::ExitCode;

fn main() -> ExitCode {
    let dir = tempfile::tempdir().unwrap();
    common::sealed_log(dir.path(), 300, 25);
    let log = common::load(dir.path());
    println!(
        "{:<32}{:>10}{:>10}{:>10}{:>11}{:>8}",
        "change", "cases", "exact", "misplaced", "withdrawn", "missed"
    );
    let rows = [
        ("bit of a record flipped", tampering::segment_flips(&log, true)),
        ("bit of a checkpoint flipped", tampering::note_flips(&log, true)),
        ("records cut after a byte", tampering::segment_cuts(&log)),
        ("checkpoints cut after a byte", tampering::note_cuts(&log)),
        ("two lines exchanged", tampering::swaps(&log)),
        ("a line removed", tampering::deletions(&log)),
        ("a line repeated", tampering::repetitions(&log)),
    ];
    let mut sound = true;
    for (name, row) in &rows {
        println!(
            "{name:<32}{:>10}{:>10}{:>10}{:>11}{:>8}",
            row.cases, row.exact, row.misplaced, row.withdrawn, row.missed
        );
        if let Some(trouble) = &row.first_trouble {
            println!("    first: {trouble}");
        }
        sound &= row.misplaced == 0 && row.missed == 0;
    }
    println!(
        "withdrawn: the last checkpoint reads as a write in progress; its records are shown as unanchored, with pending_seal"
    );
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
