//! `ztp`: the operator's and auditor's command.
//!
//! It parses, prints and sets the exit status; every rule it applies is an operation of `ztp-facade`, so that it gives the same
//! bytes and verdicts as the libraries. It is the one place that reads the clock and the environment.

mod cli;
mod commands;
#[cfg(feature = "signer")]
mod demo;
mod document;
mod exit;
mod failure;
mod files;
mod glossary;
mod plot;
mod progress;
mod since;
mod ui;
mod vault_words;
mod verdict;
mod words;

use std::ffi::OsStr;
use std::process::ExitCode;

use crate::cli::{Cli, ColorChoice};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::ui::Ui;

fn main() -> ExitCode {
    let cli = match Cli::of_this_run() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error).into(),
    };
    let ui = Ui::new(cli.json, cli.color);
    ui.finish(commands::run(cli.command, &ui)).into()
}

/// Prints help, the version or what is wrong with the command line.
fn refuse(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        // Help for a reader that left is no failure.
        let _broken_pipe = error.print();
        return Exit::Holds;
    }
    let wants_json = std::env::args_os().take_while(|arg| arg != "--").any(|arg| arg == OsStr::new("--json"));
    if wants_json {
        let reason = error.render().to_string().trim_end().to_owned();
        return Ui::new(true, ColorChoice::Never).finish(Err(Failure::usage(reason)));
    }
    let _unread = error.print();
    Exit::Usage
}
