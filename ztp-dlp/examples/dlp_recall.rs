//! Prints which secrets are found in which dress, with keys and tokens made for this run.
//!
//!     cargo run --release -p ztp-dlp --example dlp_recall
//!
//! Ends with 1 if something is missed that is not known to be.
#![allow(clippy::print_stdout, reason = "a tool for people")]

#[path = "../tests/support/mod.rs"]
mod support;

fn main() -> std::process::ExitCode {
    let (table, missed) = support::matrix::table(&support::matrix::bench());
    println!("{table}");
    let mut unexpected = false;
    for (dress, secret) in &missed {
        let known = support::matrix::KNOWN_MISSES.iter().find(|(d, s, _)| d == dress && s == secret);
        unexpected |= known.is_none();
        println!(
            "missed: {secret} as {dress}: {}",
            known.map_or("NOT KNOWN BEFORE", |(_, _, reason)| reason)
        );
    }
    let (table, missed) = support::everyday::table(&support::matrix::bench().scanner);
    println!("\n{table}");
    for (form, kind) in &missed {
        let known = support::everyday::KNOWN_MISSES.iter().find(|(f, k, _)| f == form && k == kind);
        unexpected |= known.is_none();
        println!("missed: {kind}, {form}: {}", known.map_or("NOT KNOWN BEFORE", |(_, _, reason)| reason));
    }
    std::process::ExitCode::from(u8::from(unexpected))
}
