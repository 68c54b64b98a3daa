//! The Rust example of README.md, as it stands there: on a log that holds, and on one that does not.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first thing it did not expect, and the example prints"
)]

use std::path::Path;

use ztp_audit::verdict::Status;
use ztp_audit::verify::{NoProgress, VerifyOptions};
use ztp_core::vkey::VerifierKey;

/// The lines of the example stand between the two marks.
#[rustfmt::skip]
fn example(dir: &Path, vkey: VerifierKey) -> Result<Status, Box<dyn std::error::Error>> {
    // begin
    let verdict = ztp_audit::verify::verify_dir(dir, &VerifyOptions { pinned: Some(vkey), ..Default::default() }, &NoProgress)?;
    match verdict.breaks.first() {
        None => println!("{} to {:?}, resting on {:?}", verdict.status.as_str(), verdict.verified_to_seq, verdict.anchors),
        Some(first) => println!("{:?} at record {}: expected {}, found {}", first.kind, first.seq, first.expected, first.found),
    }
    // end
    Ok(verdict.status)
}

#[test]
fn the_example_accepts_one_log_and_refuses_the_other() {
    let logs = ztp_vectors::folder().join("logs");
    let vkey = ztp_audit::head::genesis_vkey(&logs.join("intact")).unwrap();
    assert_eq!(example(&logs.join("intact"), vkey.clone()).unwrap(), Status::Intact);
    assert_eq!(example(&logs.join("tampered-payload"), vkey).unwrap(), Status::Broken);
}

#[test]
fn the_example_is_the_one_in_the_readme() {
    let readme = std::fs::read_to_string(ztp_vectors::folder().join("../README.md")).unwrap();
    let (_, block) = readme.split_once("```rust\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let source = include_str!("readme.rs");
    let (_, lines) = source.split_once("// begin\n").unwrap();
    let (lines, _) = lines.split_once("    // end").unwrap();
    let unindented: String =
        lines.lines().map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n").collect();
    assert_eq!(unindented, block);
}
