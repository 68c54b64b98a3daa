//! Repository checks and generators: `cargo run -p xtask -- NAME`.
//!
//! A check prints each finding as `path:line: what is wrong` and exits with 1; it exits with 0 when there is none, with 2 when it
//! was called wrongly and with 3 when it could not look. No check repairs anything, except that `error-codes` without
//! `--check` writes the page it is named after.

mod claims;
mod dependencies;
mod error_codes;
mod layers;
mod parity;
mod repository;
mod tidy;
mod unsafe_code;

use std::io::Write as _;
use std::process::ExitCode;

use repository::{Failure, Repository};

/// What a check found: one line each, none if all is well.
type Findings = Vec<String>;

/// A task: its name, one line of help, and the function.
struct Task {
    name: &'static str,
    help: &'static str,
    run: fn(&Repository) -> Result<Findings, Failure>,
}

const TASKS: &[Task] = &[
    Task { name: "layers", help: "dependency arrows between crates point down", run: layers::run },
    Task { name: "unsafe", help: "no unsafe code outside bindings/c and ztp-simd", run: unsafe_code::run },
    Task { name: "parity", help: "C, Go and Node export every operation of the facade", run: parity::run },
    Task { name: "claims", help: "every test that SECURITY.md names exists", run: claims::run },
    Task {
        name: "dependencies",
        help: "every direct dependency has its reason in docs/dependencies.md",
        run: dependencies::run,
    },
    Task {
        name: "tidy",
        help: "file sizes, left-over marks, machine paths, trailing white space",
        run: tidy::run,
    },
];

const USAGE: &str = "usage: cargo run -p xtask -- TASK...\n\
  error-codes          write docs/error-codes.md\n\
  error-codes --check  fail if docs/error-codes.md is not what the registry says\n\
  all                  every check below and error-codes --check";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["error-codes"] => Repository::find().and_then(|r| error_codes::write(&r)).map(|()| Vec::new()),
        ["error-codes", "--check"] => Repository::find().and_then(|r| error_codes::check(&r)),
        ["all"] => all(),
        [] => return usage(),
        names => match names.iter().map(|name| TASKS.iter().find(|task| task.name == *name)).collect() {
            Some(tasks) => several(tasks),
            None => return usage(),
        },
    };
    match outcome {
        Ok(findings) if findings.is_empty() => ExitCode::SUCCESS,
        Ok(findings) => {
            say(&findings.join("\n"));
            ExitCode::from(1)
        }
        Err(failure) => {
            say(&format!("xtask: {failure}"));
            ExitCode::from(3)
        }
    }
}

fn all() -> Result<Findings, Failure> {
    let mut findings = several(TASKS.iter().collect())?;
    findings.extend(error_codes::check(&Repository::find()?)?);
    Ok(findings)
}

fn several(tasks: Vec<&Task>) -> Result<Findings, Failure> {
    let repository = Repository::find()?;
    let mut findings = Vec::new();
    for task in tasks {
        let found = (task.run)(&repository)?;
        say(&format!("{}: {} finding(s): {}", task.name, found.len(), task.help));
        findings.extend(found);
    }
    Ok(findings)
}

fn usage() -> ExitCode {
    say(USAGE);
    for task in TASKS {
        say(&format!("  {:<20} {}", task.name, task.help));
    }
    ExitCode::from(2)
}

/// Prints a line for people. A closed standard error is no reason to fail.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
