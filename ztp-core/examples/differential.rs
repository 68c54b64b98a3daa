//! Writes random documents of profile zcj-1, two lines each: the document in a random spelling, then its canonical bytes.
//!
//! Each is first compared with the `canonical_json` crate; a difference ends the run with exit code 1. The output is for
//! an implementation in another language to do the same, such as `vectors/python/canonical_differential.py`:
//!
//! ```text
//! cargo run --release -p ztp-core --example differential -- 1000000 1 | python3 vectors/python/canonical_differential.py
//! ```
//!
//! Arguments: how many documents, and the seed from which all of them follow.
#![allow(clippy::print_stderr, reason = "a command says what it did on standard error")]

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use ztp_core::canonical::{self, Limits};

#[path = "../tests/canonical_support/mod.rs"]
mod canonical_support;

use canonical_support::{Random, container, spell};

const USAGE: &str = "usage: differential COUNT SEED";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (Some(Ok(count)), Some(Ok(seed)), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(count, seed) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("differential: the output could not be written: {error}");
            ExitCode::from(3)
        }
    }
}

/// Whether all documents were written as `canonical_json` writes them.
fn run(count: u64, seed: u64) -> io::Result<bool> {
    let mut random = Random::new(seed);
    let mut output = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let mut bytes = 0;
    for number in 0..count {
        let spelled = spell(&container(&mut random, 4), &mut random);
        let ours = canonical::encode(&spelled, &Limits::default()).map_err(|error| error.to_string());
        let theirs = serde_json::from_slice::<serde_json::Value>(&spelled)
            .map_err(|error| error.to_string())
            .and_then(|value| canonical_json::to_string(&value).map_err(|error| error.to_string()));
        match ours {
            Ok(ours) if theirs.as_ref().is_ok_and(|theirs| *theirs.as_bytes() == ours) => {
                bytes += ours.len();
                for line in [&spelled, &ours] {
                    output.write_all(line)?;
                    output.write_all(b"\n")?;
                }
            }
            ours => {
                eprintln!("document {number} of seed {seed}: {}", spelled.escape_ascii());
                eprintln!("ours: {ours:?}\ncanonical_json: {theirs:?}");
                return Ok(false);
            }
        }
    }
    output.flush()?;
    eprintln!("{count} documents, {bytes} canonical bytes: the same as canonical_json");
    Ok(true)
}
