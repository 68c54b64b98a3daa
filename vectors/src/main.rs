//! `cargo run -p ztp-vectors -- COMMAND`: hands vectors to surfaces and judges what they answer.
//!
//! Exit status: 0 all answers agree; 1 a surface differs; 2 wrong usage; 3 the vectors or the answers could not be read.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use ztp_vectors::{Answer, Set, VectorError};

const USAGE: &str = "usage: cargo run -p ztp-vectors -- [library|scripts] COMMAND
  flatten                 print each case as: id, operation, arguments in base64, separated by tabs
  expect                  print the answer each case expects: id, status, SHA-256 of the document
  digest NAME=FILE...     compare the answers in each FILE with the expected ones; print one digest for each NAME
Without a word before it, COMMAND is about the vectors for every surface; `library` has those that no command line expresses, `scripts`
those that follow each other in a folder of their own.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (set, words) = match words.as_slice() {
        ["library", rest @ ..] => (Set::Library, rest),
        ["scripts", rest @ ..] => (Set::Scripts, rest),
        rest => (Set::Every, rest),
    };
    let outcome = match words {
        ["flatten"] => flatten(set).map(|lines| (lines, ExitCode::SUCCESS)),
        ["expect"] => {
            expected(set).map(|answers| (answers.iter().map(Answer::line).collect(), ExitCode::SUCCESS))
        }
        ["digest", files @ ..] if !files.is_empty() && files.iter().all(|file| file.contains('=')) => {
            digest(set, files)
        }
        _ => {
            let _ = writeln!(std::io::stderr().lock(), "{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok((lines, code)) => {
            let mut text = lines.join("\n");
            text.push('\n');
            match std::io::stdout().lock().write_all(text.as_bytes()) {
                Ok(()) => code,
                Err(_) => ExitCode::from(3),
            }
        }
        Err(e) => {
            let _ = writeln!(std::io::stderr().lock(), "ztp-vectors: {e}");
            ExitCode::from(3)
        }
    }
}

fn flatten(set: Set) -> Result<Vec<String>, VectorError> {
    ztp_vectors::load_set(set)?.iter().map(ztp_vectors::flat_line).collect()
}

fn expected(set: Set) -> Result<Vec<Answer>, VectorError> {
    Ok(ztp_vectors::load_set(set)?.iter().map(Answer::expected).collect())
}

fn digest(set: Set, files: &[&str]) -> Result<(Vec<String>, ExitCode), VectorError> {
    let expected = expected(set)?;
    let mut lines = Vec::new();
    let mut code = ExitCode::SUCCESS;
    for file in files {
        let (name, path) = file.split_once('=').unwrap_or((file, ""));
        let answers = ztp_vectors::answers(Path::new(path))?;
        match ztp_vectors::compare(&expected, &answers) {
            Ok(agreed) => lines.push(format!("{name:<8} {} cases  {}", agreed.cases, agreed.digest)),
            Err(difference) => {
                code = ExitCode::from(1);
                lines.push(format!("{name:<8} DIFFERS  {difference}"));
            }
        }
    }
    Ok((lines, code))
}
