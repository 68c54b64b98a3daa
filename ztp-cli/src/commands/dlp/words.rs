//! Findings and rules in words.

use std::fmt::Write as _;

use ztp_core::canonical::Value;

use super::files::Told;
use crate::document::{self, Document};
use crate::ui::{BAD, CAUTION, GOOD, Ui, counted, counted_as, grouped, printable};

/// A table of rules.
pub(super) fn rules(rules: &[Value]) -> String {
    let cell = |rule: &Value, name| printable(document::text(rule, &[name]).unwrap_or_default());
    let width = |name| rules.iter().map(|rule| cell(rule, name).chars().count()).max().unwrap_or_default();
    let (names, kinds, actions) = (width("rule"), width("kind"), width("action"));
    rules.iter().fold(String::new(), |mut text, rule| {
        let (name, kind, action) = (cell(rule, "rule"), cell(rule, "kind"), cell(rule, "action"));
        let summary = cell(rule, "summary");
        let _infallible = writeln!(text, "{name:<names$}  {kind:<kinds$}  {action:<actions$}  {summary}");
        text
    })
}

/// A report on standard input.
pub(super) fn report(ui: &Ui, report: &Document) -> String {
    let findings = report.array(&["findings"]);
    let mut text = String::new();
    for finding in findings {
        let surface = document::text(finding, &["surface"]).unwrap_or("?");
        line(ui, &mut text, &printable(surface), finding);
    }
    unlisted(&mut text, report.array(&["unlisted"]));
    suppressed(&mut text, report.array(&["suppressed"]).len());
    let gaps = report.array(&["scan_incomplete"]);
    for gap in gaps {
        let part = |name| printable(document::text(gap, &[name]).unwrap_or("?"));
        let container = document::text(gap, &["container"])
            .map_or(String::new(), |name| format!(", in {}", printable(name)));
        let _infallible = writeln!(
            text,
            "{}: {}: {}{container}",
            ui.paint(CAUTION, "not checked"),
            part("surface"),
            part("reason")
        );
    }
    let incomplete = !gaps.is_empty();
    let verdict = match (findings.is_empty(), incomplete) {
        (false, _) => ui.paint(BAD, &plural(findings.len(), "finding")),
        (true, true) => ui.paint(CAUTION, "nothing found, but not everything was looked at"),
        (true, false) => ui.paint(GOOD, "nothing found"),
    };
    let bytes = grouped(report.integer(&["bytes"]).unwrap_or_default());
    let _infallible = writeln!(text, "{verdict}, in {bytes} bytes");
    text
}

/// What is told while files are scanned.
pub(super) fn told(ui: &Ui, told: Told<'_>) -> String {
    let mut text = String::new();
    match told {
        Told::Finding(finding) => {
            let file = printable(document::text(finding, &["file"]).unwrap_or("?"));
            let place = match document::text(finding, &["of"]) {
                Some("name") => format!("{file} (its name)"),
                _ => match (document::integer(finding, &["line"]), document::integer(finding, &["column"])) {
                    (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
                    _ => file,
                },
            };
            line(ui, &mut text, &place, finding);
        }
        Told::Unlisted(beyond) => unlisted(&mut text, std::slice::from_ref(beyond)),
        Told::Unchecked(missed) => {
            let part = |name| printable(document::text(missed, &[name]).unwrap_or("?"));
            let _infallible =
                writeln!(text, "{}: {}: {}", ui.paint(CAUTION, "not checked"), part("file"), part("reason"));
        }
    }
    text
}

/// What there is to say of all files, after what was [told].
pub(super) fn scan(ui: &Ui, found: &Document) -> String {
    let mut text = String::new();
    let count = |name| found.integer(&[name]).unwrap_or_default();
    more(&mut text, count("findings_count"), found.array(&["findings"]).len(), "findings");
    more(
        &mut text,
        count("unlisted_count"),
        found.array(&["unlisted"]).len(),
        "counts beyond what is listed",
    );
    more(&mut text, count("unchecked_count"), found.array(&["unchecked"]).len(), "not checked");
    suppressed(&mut text, usize::try_from(count("suppressed_count")).unwrap_or_default());
    if count("links_not_followed") > 0 {
        let links =
            counted_as(count("links_not_followed"), "link was not followed", "links were not followed");
        let _infallible = writeln!(text, "{links}");
    }
    let findings = usize::try_from(count("findings_count")).unwrap_or(usize::MAX);
    let verdict = match found.text(&["verdict"]) {
        Some("clean") => ui.paint(GOOD, "nothing found"),
        Some("findings") => ui.paint(BAD, &plural(findings, "finding")),
        _ => ui.paint(CAUTION, "nothing found, but not everything was looked at"),
    };
    let (files, bytes) = (counted(count("files"), "file"), counted(count("bytes"), "byte"));
    let _infallible = writeln!(text, "{verdict}, in {files} of {bytes}");
    text
}

/// One finding: where, which rule, how grave, through which decodings, what is known of it, its tag.
fn line(ui: &Ui, text: &mut String, place: &str, finding: &Value) {
    let member = |name| printable(document::text(finding, &[name]).unwrap_or_default());
    let at = |name| document::integer(finding, &[name]).unwrap_or_default();
    let _infallible = write!(
        text,
        "{place}:{}-{}: {} ({})",
        at("start"),
        at("end"),
        ui.paint(BAD, &member("rule")),
        ui.severity(&member("severity"))
    );
    let path = member("path");
    if !path.is_empty() {
        let _infallible = write!(text, ", through {path}");
    }
    for (name, fact) in document::member(finding, &["facts"]).and_then(Value::as_object).into_iter().flatten()
    {
        let fact = match fact {
            Value::String(text) => printable(text),
            Value::Int(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            _ => continue,
        };
        let _infallible = write!(text, ", {name} {fact}");
    }
    let _infallible = writeln!(text, ", tag {}", member("tag"));
}

fn more(text: &mut String, count: i64, listed: usize, of: &str) {
    let rest = count - i64::try_from(listed).unwrap_or(i64::MAX);
    if rest > 0 {
        let _infallible = writeln!(text, "and {} more {of}", grouped(rest));
    }
}

/// Findings that are counted and not listed.
fn unlisted(text: &mut String, items: &[Value]) {
    for item in items {
        let member = |name| printable(document::text(item, &[name]).unwrap_or_default());
        let file =
            document::text(item, &["file"]).map_or(String::new(), |file| format!("{}: ", printable(file)));
        let count = grouped(document::integer(item, &["count"]).unwrap_or_default());
        let (rule, severity) = (member("rule"), member("severity"));
        let _infallible = writeln!(
            text,
            "{file}and {rule} at {count} more places (at most {severity}), beyond what is listed"
        );
    }
}

fn suppressed(text: &mut String, count: usize) {
    if count > 0 {
        let _infallible = writeln!(text, "{} excepted by the allow-list", plural(count, "finding"));
    }
}

fn plural(count: usize, noun: &str) -> String {
    counted(i64::try_from(count).unwrap_or(i64::MAX), noun)
}
