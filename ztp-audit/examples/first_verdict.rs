//! The Rust program of docs/integrator.md, as it stands there.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::Path;

use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let first_key = std::fs::read_to_string("first.vkey")?.trim().parse()?;
    let options = VerifyOptions { pinned: Some(first_key), ..Default::default() };
    for log in ["log", "tampered"] {
        let verdict = verify_dir(Path::new(log), &options, &NoProgress)?;
        match verdict.breaks.first() {
            None => println!("{log}: {}", verdict.status.as_str()),
            Some(first) => println!("{log}: {} at record {}", first.kind.as_str(), first.seq),
        }
    }
    Ok(())
}
