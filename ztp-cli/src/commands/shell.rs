//! What helps at the prompt: code explanations, completions, manual pages.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::ValueEnum;
use clap_complete::Shell;
use ztp_core::canonical::Value;
use ztp_core::code::{self, Entry};
use ztp_facade::error_codes;

use crate::cli::Cli;
use crate::document::{self, object, string};
use crate::failure::Failure;
use crate::glossary;
use crate::ui::Report;
use crate::words::paragraph;

/// Explains one code or word, or lists all.
pub(crate) fn explain(given: Option<&str>) -> Result<Report, Failure> {
    let Some(given) = given else {
        let mut text = String::new();
        for entry in code::REGISTRY {
            let row = format!("{:>4}  {}: {}", entry.number, entry.name, entry.meaning);
            paragraph(&mut text, 0, 6, &row);
        }
        let mut kind = "";
        for row in glossary::all() {
            if kind != row.kind {
                kind = row.kind;
                let _infallible = writeln!(text, "\n{kind}");
            }
            paragraph(&mut text, 2, 6, &format!("{}: {}", row.word, row.meaning));
        }
        return Ok(Report::holds(error_codes().document, text));
    };
    let (entry, words) = (glossary::coded(given), glossary::explained(given));
    let mut text = String::new();
    if let Some(entry) = entry {
        let _infallible = writeln!(text, "{} ({}, {})", entry.name, entry.number, entry.area.as_str());
        paragraph(&mut text, 2, 18, &format!("what was found: {}", entry.meaning));
        paragraph(&mut text, 2, 18, &format!("what to do:     {}", entry.action));
    }
    for row in &words {
        let _infallible = writeln!(text, "{} ({})", row.word, row.kind);
        paragraph(&mut text, 2, 18, &format!("what it says:   {}", row.meaning));
        paragraph(&mut text, 2, 18, &format!("what to do:     {}", row.action));
    }
    let document = match (entry, words.is_empty()) {
        (Some(entry), _) => entry_value(entry),
        (None, false) => words_value(&words),
        (None, true) => {
            let near =
                glossary::nearest(given).map_or_else(String::new, |word| format!("; the nearest is {word}"));
            return Err(Failure::usage(format!(
                "{given:?} is neither a code nor a word of a verdict{near}; `ztp explain` lists all of them"
            )));
        }
    };
    Ok(Report::holds(document::bytes(&document), text))
}

fn words_value(words: &[&glossary::Word]) -> Value {
    let rows = words.iter().map(|row| {
        object([
            ("action", Some(string(row.action))),
            ("kind", Some(string(row.kind))),
            ("meaning", Some(string(row.meaning))),
            ("word", Some(string(row.word))),
        ])
    });
    object([("schema", Some(string("ztp.words/1"))), ("words", Some(Value::Array(rows.collect())))])
}

fn entry_value(entry: &Entry) -> Value {
    object([
        ("action", Some(string(entry.action))),
        ("area", Some(string(entry.area.as_str()))),
        ("meaning", Some(string(entry.meaning))),
        ("name", Some(string(entry.name))),
        ("number", Some(Value::Int(entry.number.into()))),
        ("schema", Some(string("ztp.error-code/1"))),
    ])
}

/// The completion script of a shell.
pub(crate) fn completions(shell: Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::described(), "ztp", &mut script);
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
    clap_mangen::generate_to(Cli::described(), dir).map_err(|source| Failure::writing(dir, source))?;
    let place = dir.to_string_lossy();
    let document =
        object([("directory", Some(string(place.as_ref()))), ("schema", Some(string("ztp.man/1")))]);
    let text = format!("manual pages written to {}; read one with: man -l {}/ztp.1\n", place, place);
    Ok(Report::holds(document::bytes(&document), text))
}
