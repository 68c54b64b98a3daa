//! `ztp licence ingest`, `decide` and `seen`.

use std::fmt::Write as _;

use ztp_core::canonical::Value;
use ztp_facade::{Outcome, licence_decide, licence_ingest, licence_ingest_envelope, licence_seen};

use super::licence::words;
use super::{anchors, path_bytes};
use crate::cli::{DecideArgs, IngestArgs, SeenArgs};
use crate::document::{self, Document, integer, object, string, text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, now_ms};
use crate::progress;
use crate::since;
use crate::ui::{BAD, CAUTION, GOOD, Report, Ui, counted, counted_as, printable};

/// Takes in an envelope, or what lies in an incoming directory. A decision that the log does not hold was not made.
pub(crate) fn ingest(args: &IngestArgs, ui: &Ui) -> Result<Report, Failure> {
    let trust = files::read(&args.trust)?;
    let now = instant(args.now.as_deref())?;
    let device_key = args.device_key.as_deref().map(files::read).transpose()?;
    let path = |path: &std::path::PathBuf| string(path.to_string_lossy());
    let options = document::bytes(&object([
        ("bench", Some(string(args.bench.as_str()))),
        ("device_key", device_key.map(|pem| string(String::from_utf8_lossy(&pem)))),
        ("log", Some(path(&args.log))),
        ("quiet_ms", args.quiet_ms.map(|ms| Value::Int(ms.into()))),
        ("vault", args.vault.as_ref().map(path)),
        ("wait_ms", args.wait.ms.filter(|ms| *ms > 0).map(|ms| Value::Int(ms.into()))),
    ]));
    if args.path.is_dir() {
        let outcome = licence_ingest(path_bytes(&args.path), &trust, &options, now);
        trusted(&args.trust, &trust, &outcome)?;
        return decided(outcome, "ztp.licence.ingest-run/1", |document| run_words(ui, document));
    }
    let envelope = files::read(&args.path)?;
    let name = args.path.file_name().unwrap_or_default().as_encoded_bytes();
    let outcome = licence_ingest_envelope(&envelope, name, &trust, &options, now);
    trusted(&args.trust, &trust, &outcome)?;
    decided(outcome, "ztp.licence.ingest/1", |document| {
        let empty = Value::Null;
        let mut text = decision_words(ui, document.value(&["decision"]).unwrap_or(&empty));
        let seq = document.integer(&["seq"]).unwrap_or_default();
        let _infallible = writeln!(text, "recorded in the log as {seq}");
        if let Some(notes) = document.integer(&["notes"]) {
            let verb = if notes == 1 { "is" } else { "are" };
            let _infallible = writeln!(text, "{} {verb} in the vault", counted(notes, "note"));
        }
        text
    })
}

/// Says what an ingest would decide.
pub(crate) fn decide(args: &DecideArgs, ui: &Ui) -> Result<Report, Failure> {
    let envelope = files::read(&args.verify.file)?;
    let trust = files::read(&args.verify.trust)?;
    let seen = args.seen.as_deref().map(files::read).transpose()?.unwrap_or_default();
    let now = instant(args.verify.now.as_deref())?;
    let bench = args.verify.bench.as_deref().unwrap_or_default();
    let outcome = licence_decide(&envelope, &trust, seen.trim_ascii(), now, bench.as_bytes());
    trusted(&args.verify.trust, &trust, &outcome)?;
    let too_little = Exit::of_failure(outcome.status) == Exit::BelowRequired;
    let mut report = decided(outcome, "ztp.licence.decision/1", |document| {
        let mut text = decision_words(ui, document.value(&[]).unwrap_or(&Value::Null));
        match document.value(&["sealed_log"]) {
            Some(Value::Object(_)) => text.push_str(&anchors::log_line(ui, document)),
            _ if args.seen.is_some() => {
                text.push_str("\nwhat the bench has seen: nobody verified the log it was read from\n")
            }
            _ => text.push_str("\nwhat the bench has seen: nothing, since --seen was not given\n"),
        }
        text
    })?;
    if too_little {
        ui.beside_document(
            "ztp: nothing outside the bench vouches for the log that --seen was read from (audit_unanchored)",
        );
        report.exit = Exit::BelowRequired;
    }
    Ok(report)
}

/// Says what a bench has seen.
pub(crate) fn seen(args: &SeenArgs, ui: &Ui) -> Result<Report, Failure> {
    let trust = files::read(&args.trust)?;
    let mut members = anchors::members(&args.anchors)?;
    members.push(("bench", args.bench.as_deref().map(string)));
    let options = document::bytes(&object(members));
    let outcome = progress::run(ui, |job| licence_seen(path_bytes(&args.log), &trust, &options, job))?;
    trusted(&args.trust, &trust, &outcome)?;
    let document = Document::parse(&outcome.document);
    match (document.text(&["schema"]), outcome.name()) {
        (Some("ztp.licence.seen/1"), _) => {
            let exit = anchors::exit(ui, &outcome, anchors::missing(&document));
            let text = seen_words(ui, &document).into_bytes();
            Ok(Report { exit, document: outcome.document, text })
        }
        // What is wrong is the log, which is what was asked about.
        (_, "ingest_log_broken") => Err(Failure::of(outcome)),
        _ => Err(Failure::unchecked(outcome)),
    }
}

/// Whether a failure is of the trust document, which is read before anything else is: then it names that file.
fn trusted(path: &std::path::Path, trust: &[u8], outcome: &Outcome) -> Result<(), Failure> {
    let failure = Document::parse(&outcome.document);
    let of_trust = failure.text(&["schema"]) == Some("ztp.error/1")
        && failure.text(&["message"]).is_some_and(|message| message.starts_with("trust"));
    if of_trust { Err(super::licence::trust_failure(path, trust, outcome)) } else { Ok(()) }
}

fn seen_words(ui: &Ui, document: &Document) -> String {
    let version = |name| document.integer(&[name]).unwrap_or_default();
    let taken = document.array(&["envelopes"]).len();
    let taken =
        format!("{taken} {}", if taken == 1 { "envelope was taken in" } else { "envelopes were taken in" });
    let mut out = match document.text(&["sealed_log", "status"]) {
        Some("intact") => format!("{taken}\n"),
        status @ Some("unanchored" | "below_required") => {
            anchors::headline(ui, status, &taken).unwrap_or_default()
        }
        _ => format!(
            "{}: the log does not verify; what it does not show may have been taken in all the same\n",
            ui.paint(BAD, "log not intact")
        ),
    };
    let _infallible = writeln!(
        out,
        "newest root: version {}; newest revocation list: version {}",
        version("root_version"),
        version("revocation_version")
    );
    for envelope in document.array(&["envelopes"]) {
        let claim = |name| text(envelope, &[name]).map_or_else(String::new, printable);
        let _infallible = writeln!(
            out,
            "  record {:<8} {}  {} (licence {})\n                  {}",
            integer(envelope, &["seq"]).unwrap_or_default(),
            claim("ingested_at"),
            claim("envelope_id"),
            claim("licence_id"),
            claim("envelope_digest")
        );
        if let Some(vault) = text(envelope, &["vault_id"]) {
            let _infallible = writeln!(out, "                  its notes go into vault {}", printable(vault));
        }
    }
    if let Some(at) = document.text(&["clock", "at"]) {
        let claim = |name| document.text(&["clock", name]).map_or_else(String::new, printable);
        let _infallible = writeln!(
            out,
            "the log attests {}: record {} of log {}\n  hash {}",
            printable(at),
            document.integer(&["clock", "seq"]).unwrap_or_default(),
            claim("ledger"),
            claim("hash")
        );
    }
    findings_words(ui, document, &mut out);
    out.push_str(&anchors::log_line(ui, document));
    out
}

/// Records that claim what nothing proves.
fn findings_words(ui: &Ui, document: &Document, out: &mut String) {
    let total = document.integer(&["findings_total"]).unwrap_or_default();
    if total == 0 {
        return;
    }
    let _infallible = writeln!(
        out,
        "{}: {}",
        ui.paint(BAD, "unproven"),
        counted_as(
            total,
            "record of the log claims what its signed document does not prove; it changes nothing",
            "records of the log claim what their signed documents do not prove; they change nothing"
        )
    );
    for finding in document.array(&["findings"]) {
        let shown = |name| text(finding, &[name]).map_or_else(String::new, printable);
        let seq = integer(finding, &["seq"]).unwrap_or_default();
        let _infallible = writeln!(out, "  record {seq:<8} {} ({})", shown("message"), shown("code"));
    }
}

fn instant(now: Option<&str>) -> Result<i64, Failure> {
    match now {
        Some(when) => Ok(since::instant(when, now_ms())?.as_millis()),
        None => Ok(now_ms()),
    }
}

/// A decision as a result; anything else keeps the operation from deciding.
fn decided(
    outcome: Outcome,
    schema: &str,
    words: impl FnOnce(&Document) -> String,
) -> Result<Report, Failure> {
    let document = Document::parse(&outcome.document);
    if document.text(&["schema"]) != Some(schema) {
        return Err(Failure::unchecked(outcome));
    }
    let refused = document.integer(&["refused"]).unwrap_or_default() > 0;
    let exit = match document.text(&["code"]) {
        _ if outcome.is_ok() => Exit::Holds,
        // Nothing was decided about such a file.
        Some("ingest_stuck") if !refused => Exit::Unchecked,
        _ => Exit::Finding,
    };
    let text = words(&document).into_bytes();
    Ok(Report { exit, document: outcome.document, text })
}

fn decision_words(ui: &Ui, decision: &Value) -> String {
    let mut out = match text(decision, &["decision"]) {
        Some("already_ingested") => {
            return format!(
                "{}: these bytes were taken in before; nothing was done\n",
                ui.paint(GOOD, "already ingested")
            );
        }
        Some("accepted") => String::new(),
        _ => {
            let codes = strings(decision, "codes");
            format!("{}: {}\n", ui.paint(BAD, "not taken in"), codes.join(", "))
        }
    };
    for refusal in decision.get("refusals").and_then(Value::as_array).unwrap_or_default() {
        let message = text(refusal, &["message"]).map_or_else(String::new, printable);
        let code = text(refusal, &["code"]).unwrap_or_default();
        let _infallible = writeln!(out, "  {} {message} ({code})", ui.paint(BAD, "fail"));
    }
    if let Some(verdict @ Value::Object(_)) = decision.get("verdict") {
        out.push_str(&words(ui, &Document::of(verdict.clone())));
    }
    out
}

fn run_words(ui: &Ui, document: &Document) -> String {
    let count = |name| document.integer(&[name]).unwrap_or_default();
    let mut out = String::new();
    for file in document.array(&["files"]) {
        let shown = |name| text(file, &[name]).map_or_else(String::new, printable);
        let (result, name) = (shown("result"), shown("file"));
        let style = match result.as_str() {
            "accepted" | "already_ingested" => GOOD,
            "refused" => BAD,
            _ => CAUTION,
        };
        let _infallible = write!(out, "  {}  {name}", ui.paint(style, &format!("{result:<16}")));
        if let Some(seq) = integer(file, &["seq"]) {
            let _infallible = write!(out, "  record {seq}");
        }
        if let Some(notes) = integer(file, &["notes"]) {
            let _infallible = write!(out, "  {}", counted(notes, "note"));
        }
        let codes = strings(file, "codes").join(", ");
        let message = shown("message");
        out.push('\n');
        if !codes.is_empty() || !message.is_empty() {
            let gap = if codes.is_empty() || message.is_empty() { "" } else { ": " };
            let _infallible = writeln!(out, "                    {codes}{gap}{message}");
        }
        if let Some(kept) = text(file, &["kept_as"]) {
            let _infallible = writeln!(out, "                    now {}", printable(kept));
        }
    }
    let _infallible = writeln!(
        out,
        "{} accepted, {} taken in before, {} refused, {} waiting, {} stuck{}",
        count("accepted"),
        count("already_ingested"),
        count("refused"),
        count("waiting"),
        count("stuck"),
        if document.value(&["more"]).and_then(Value::as_bool) == Some(true) { "; more are left" } else { "" }
    );
    findings_words(ui, document, &mut out);
    out
}

fn strings(value: &Value, name: &str) -> Vec<String> {
    let items = value.get(name).and_then(Value::as_array).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(printable).collect()
}
