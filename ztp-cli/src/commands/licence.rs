//! `ztp licence`.

use std::fmt::Write as _;
use std::path::Path;

use ztp_core::canonical::Value;
use ztp_facade::{Outcome, licence_inspect, licence_verify};

use super::succeeded;
use crate::cli::LicenceVerifyArgs;
use crate::document::{Document, text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, now_ms};
use crate::since;
use crate::ui::{BAD, GOOD, Report, Ui, printable};

/// Verifies an envelope.
pub(crate) fn verify(args: &LicenceVerifyArgs, ui: &Ui) -> Result<Report, Failure> {
    let envelope = files::read(&args.file)?;
    Ok(report(ui, judge(args, &envelope)?))
}

fn judge(args: &LicenceVerifyArgs, envelope: &[u8]) -> Result<Outcome, Failure> {
    let trust = files::read(&args.trust)?;
    let now = match &args.now {
        Some(when) => since::instant(when, now_ms())?.as_millis(),
        None => now_ms(),
    };
    let outcome = licence_verify(envelope, &trust, now, args.bench.as_deref().unwrap_or_default().as_bytes());
    match Document::parse(&outcome.document).text(&["schema"]) {
        Some("ztp.licence.verdict/1" | "ztp.licence.verdict/2") => Ok(outcome),
        // Without a verdict it is the trust document that cannot be used: that says nothing about the envelope.
        _ => Err(trust_failure(&args.trust, &trust, &outcome)),
    }
}

/// The failure of an operation that could not use the trust document: the file is named, and what it is if it is another one.
pub(super) fn trust_failure(path: &Path, trust: &[u8], outcome: &Outcome) -> Failure {
    let brought = Document::parse(trust);
    if brought.value(&["signatures"]).is_some() {
        let path = printable(&path.to_string_lossy());
        return Failure::usage(format!(
            "--trust: {path} is a signed envelope, no trust document: are the two files swapped?"
        ));
    }
    Failure::unchecked(outcome.clone()).about("--trust", path)
}

/// A verdict as a result.
fn report(ui: &Ui, outcome: Outcome) -> Report {
    let exit = if outcome.is_ok() { Exit::Holds } else { Exit::Finding };
    let text = words(ui, &Document::parse(&outcome.document));
    Report { exit, document: outcome.document, text: text.into_bytes() }
}

/// A verdict in words, check by check.
pub(super) fn words(ui: &Ui, verdict: &Document) -> String {
    let claim = |name| verdict.text(&["licence", name]).map_or_else(|| "?".to_owned(), printable);
    let mut out = match verdict.value(&["licence"]) {
        Some(Value::Object(_)) => format!(
            "{}: {} for {}, {} from {} to {}\n",
            ui.paint(GOOD, "valid"),
            claim("licence_id"),
            claim("customer"),
            claim("product"),
            claim("not_before"),
            claim("not_after"),
        ),
        _ => {
            let code = verdict.text(&["code"]).unwrap_or("a check could not be made");
            format!("{}: {code}\n", ui.paint(BAD, "refused"))
        }
    };
    for check in verdict.array(&["checks"]) {
        let shown = |name| text(check, &[name]).map_or_else(String::new, printable);
        let (name, place) = (shown("check"), shown("where"));
        let _infallible = match text(check, &["result"]) {
            Some("pass") => writeln!(out, "  pass         {name:<28} {place}"),
            Some("fail") => {
                let mark = ui.paint(BAD, "fail");
                writeln!(
                    out,
                    "  {mark}         {name:<28} {place}\n               {} ({})",
                    shown("message"),
                    shown("code")
                )
            }
            _ => writeln!(out, "  not checked  {name:<28} {place}"),
        };
    }
    out
}

/// Shows what an envelope claims.
pub(crate) fn inspect(file: &Path) -> Result<Report, Failure> {
    let shown = succeeded(licence_inspect(&files::read(file)?))?;
    let mut text = String::from("not verified; this is only what the file claims:\n");
    outline(&mut text, Document::parse(&shown).value(&[]).unwrap_or(&Value::Null), 1);
    Ok(Report::holds(shown, text))
}

/// A value as indented lines.
pub(super) fn outline(out: &mut String, value: &Value, depth: usize) {
    let entries: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (printable(name), value)).collect(),
        Value::Array(elements) => elements.iter().map(|value| ("-".to_owned(), value)).collect(),
        _ => return,
    };
    for (name, value) in entries {
        let indent = "  ".repeat(depth);
        let _infallible = match value {
            Value::Object(_) | Value::Array(_) => writeln!(out, "{indent}{name}"),
            Value::String(text) => writeln!(out, "{indent}{name:<20} {}", printable(text)),
            Value::Int(number) => writeln!(out, "{indent}{name:<20} {number}"),
            Value::Bool(flag) => writeln!(out, "{indent}{name:<20} {flag}"),
            Value::Null => writeln!(out, "{indent}{name:<20} none"),
        };
        outline(out, value, depth + 1);
    }
}
