//! Prints which secrets are found in which dress, with keys and tokens made for this run.
//!
//!     cargo run --release -p ztp-dlp --example dlp_recall
#![allow(clippy::print_stdout, reason = "a tool for people")]

#[path = "../tests/support/mod.rs"]
mod support;

fn main() -> std::process::ExitCode {
    let (table, missed) = support::matrix::table(&support::matrix::bench());
    println!("{table}");
    for (dress, secret) in &missed {
        println!("missed: {secret} as {dress}");
    }
    std::process::ExitCode::from(u8::from(!missed.is_empty()))
}
