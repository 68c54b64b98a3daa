//! What helps at the prompt: code explanations, completions, manual pages.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use ztp_core::code::{self, Entry};
use ztp_facade::error_codes;

use crate::cli::Cli;
use crate::document::{self, object, string};
use crate::failure::Failure;
use crate::ui::Report;

/// Explains one code, or lists all.
pub(crate) fn explain(code: Option<&str>) -> Result<Report, Failure> {
    let Some(code) = code else {
        let mut text = String::new();
        for entry in code::REGISTRY {
            let _infallible = writeln!(text, "{:>4}  {:<34} {}", entry.number, entry.name, entry.meaning);
        }
        return Ok(Report::holds(error_codes().document, text));
    };
    let number = code.parse().ok().and_then(code::by_number);
    let entry = number.or_else(|| code::by_name(code)).ok_or_else(|| {
        Failure::usage(format!("{code:?} is no registered code; `ztp explain` lists all of them"))
    })?;
    let text = format!(
        "{} ({}, {})\n  what was found: {}\n  what to do:     {}\n",
        entry.name,
        entry.number,
        entry.area.as_str(),
        entry.meaning,
        entry.action
    );
    Ok(Report::holds(document::bytes(&entry_value(entry)), text))
}

fn entry_value(entry: &Entry) -> ztp_core::canonical::Value {
    object([
        ("action", Some(string(entry.action))),
        ("area", Some(string(entry.area.as_str()))),
        ("meaning", Some(string(entry.meaning))),
        ("name", Some(string(entry.name))),
        ("number", Some(ztp_core::canonical::Value::Int(entry.number.into()))),
        ("schema", Some(string("ztp.error-code/1"))),
    ])
}

/// The completion script of a shell.
pub(crate) fn completions(shell: Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ztp", &mut script);
    let name = shell.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let document = object([
        ("schema", Some(string("ztp.completions/1"))),
        ("script", Some(string(String::from_utf8_lossy(&script)))),
        ("shell", Some(string(name))),
    ]);
    Report::holds(document::bytes(&document), script)
}

/// Writes `ztp.1` and one page for each subcommand.
pub(crate) fn man(dir: &Path) -> Result<Report, Failure> {
    fs::create_dir_all(dir).map_err(|source| Failure::writing(dir, source))?;
    clap_mangen::generate_to(Cli::command(), dir).map_err(|source| Failure::writing(dir, source))?;
    let place = dir.to_string_lossy();
    let document =
        object([("directory", Some(string(place.as_ref()))), ("schema", Some(string("ztp.man/1")))]);
    let text = format!("manual pages written to {}; read one with: man -l {}/ztp.1\n", place, place);
    Ok(Report::holds(document::bytes(&document), text))
}
