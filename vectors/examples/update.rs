//! Writes the documents that vectors expect, after the texts of messages changed or cases were added.
//!
//! `cargo run -p ztp-vectors --example update`. What a case is about stays in the hands of its author: a status, or the `code`
//! or `offset` of a failure, that differs from what the file says is reported and left alone, and so is any document that is
//! neither a failure nor empty. An author of a new case writes the status and, for a failure, `{"code":…,"offset":…}`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a maker of test data stops at the first thing it did not expect"
)]

#[path = "../tests/surface/mod.rs"]
mod surface;

use std::process::ExitCode;

use serde_json::Value;
use ztp_vectors::{Answer, Case, Document, Set};

fn main() -> ExitCode {
    surface::enter_checkout();
    let mut code = ExitCode::SUCCESS;
    let files = Set::ALL.map(|set| ztp_vectors::vector_files(&set.folder()).unwrap_or_default());
    for path in files.concat() {
        match update(&path) {
            Ok(left_alone) if left_alone.is_empty() => {}
            Ok(left_alone) => {
                say(&format!("{}:\n  {}", path.display(), left_alone.join("\n  ")));
                code = ExitCode::from(1);
            }
            Err(e) => {
                say(&format!("{}: {e}", path.display()));
                return ExitCode::from(3);
            }
        }
    }
    code
}

/// Updates one file; returns what was left alone.
fn update(path: &std::path::Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let listed = file.get_mut("cases").map(Value::take).ok_or("no member cases")?;
    let mut cases: Vec<Case> = serde_json::from_value(listed)?;
    let (mut left_alone, mut changed) = (Vec::new(), false);
    for case in &mut cases {
        let outcome = surface::answer(case);
        let document = String::from_utf8(outcome.document.clone())?;
        let found = Answer {
            id: case.id.clone(),
            status: outcome.name().to_owned(),
            digest: Document::Text(document.clone()).digest(),
        };
        if found == Answer::expected(case) {
            continue;
        }
        if found.status == case.status && may_replace(&case.document, &document) {
            case.document = Document::Text(document);
            changed = true;
        } else {
            left_alone.push(format!(
                "{}: expected {} {:?}, found {} {document}",
                case.id, case.status, case.document, found.status
            ));
        }
    }
    if !changed {
        return Ok(left_alone);
    }
    let lines = cases.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let text = format!("{{\"schema\":\"{}\",\"cases\":[\n{}\n]}}\n", ztp_vectors::SCHEMA, lines.join(",\n"));
    std::fs::write(path, text)?;
    Ok(left_alone)
}

/// Whether a document may take the place of what the file says: it is not there yet, or only the words of a failure differ.
fn may_replace(old: &Document, new: &str) -> bool {
    let Document::Text(old) = old else { return false };
    if old.is_empty() {
        return true;
    }
    let (Ok(old), Ok(new)) = (serde_json::from_str::<Value>(old), serde_json::from_str::<Value>(new)) else {
        return false;
    };
    new.get("schema").and_then(Value::as_str) == Some("ztp.error/1")
        && old.get("code") == new.get("code")
        && old.get("offset") == new.get("offset")
}

fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
