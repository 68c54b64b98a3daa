//! What was brought from outside a sealed log, as members of an operation's options, and what the log's own verdict says in its answer.

use std::fmt::Write as _;

use ztp_core::canonical::Value;
use ztp_facade::Outcome;

use super::audit::required;
use super::{text_file, verifier_key};
use crate::cli::AnchorArgs;
use crate::document::{Document, string};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::now_ms;
use crate::since;
use crate::ui::{CAUTION, HEADING, Ui, printable};

/// A point in time as a member.
pub(super) fn instant(when: &str) -> Result<Value, Failure> {
    since::instant(when, now_ms()).map(|at| string(at.to_string()))
}

/// The members that every operation takes which reads a sealed log for an answer.
pub(super) fn members(args: &AnchorArgs) -> Result<Vec<(&'static str, Option<Value>)>, Failure> {
    let now = match args.now.as_deref() {
        None => Some(instant("0s")?),
        Some("none") => None,
        Some(when) => Some(instant(when)?),
    };
    let head = args.head.as_deref().map(|path| text_file(path, "--head")).transpose()?;
    let vkey = args.vkey.as_deref().map(verifier_key).transpose()?;
    let (require, sealed_within_ms) = required(&args.require)?;
    Ok(vec![
        ("head", head.map(string)),
        ("now", now),
        ("require", require),
        ("sealed_within_ms", sealed_within_ms),
        ("vkey", vkey.map(|key| string(String::from_utf8_lossy(&key)))),
    ])
}

/// The exit status of an answer over a log, with the reason beside the document where it rests on too little.
pub(super) fn exit(ui: &Ui, outcome: &Outcome, missing: &[Value]) -> Exit {
    if outcome.is_ok() {
        return Exit::Holds;
    }
    let exit = Exit::of_failure(outcome.status);
    if exit == Exit::BelowRequired {
        let grades: Vec<String> = missing.iter().filter_map(Value::as_str).map(printable).collect();
        ui.beside_document(&if grades.is_empty() {
            "ztp: nothing outside this copy vouches for the log (audit_unanchored)".to_owned()
        } else {
            let grades = grades.join(", ").replace('_', "-");
            format!("ztp: the verdict does not rest on {grades} (anchor_below_required)")
        });
    }
    exit
}

/// What was asked for and the log's own verdict, in the answer's member `sealed_log`, does not rest on.
pub(super) fn missing(document: &Document) -> &[Value] {
    document.array(&["sealed_log", "missing"])
}

/// The first words of an answer that would be clean, were the log's own verdict more than this; none if it is not so.
pub(super) fn headline(ui: &Ui, status: Option<&str>, clean: &str) -> Option<String> {
    let why = match status? {
        "unanchored" => "but nothing outside this copy vouches for the log",
        "below_required" => "but the log's verdict rests on less than --require asked for",
        _ => return None,
    };
    let word = ui.paint(CAUTION, status?.replace('_', " ").as_str());
    Some(format!("{word}: {clean}, {why}\n"))
}

/// The log's own verdict, in a line or two.
pub(super) fn log_line(ui: &Ui, document: &Document) -> String {
    let kinds = document.array(&["sealed_log", "anchors"]).iter().filter_map(Value::as_str);
    let anchors: Vec<String> = kinds.map(printable).collect();
    let rests = if anchors.is_empty() { "nothing".to_owned() } else { anchors.join(", ").replace('_', "-") };
    let status = document.text(&["sealed_log", "status"]).map_or_else(|| "none".to_owned(), printable);
    let heading = ui.paint(HEADING, "the log's own verdict:");
    let mut out = format!("\n{heading} {status}, resting on {rests}\n");
    for grade in missing(document).iter().filter_map(Value::as_str).map(printable) {
        let grade = grade.replace('_', "-");
        let _infallible =
            writeln!(out, "  {} {grade}, which --require asked for", ui.paint(CAUTION, "missing:"));
    }
    out
}
