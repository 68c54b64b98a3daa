//! `ztp licence`.

use std::fmt::Write as _;
use std::path::Path;

use ztp_core::canonical::Value;
use ztp_core::digest::sha256;
use ztp_core::event::EventClass;
use ztp_facade::{AuditLog, Outcome, licence_inspect, licence_sign, licence_verify};

use super::{path_bytes, succeeded};
use crate::cli::{IngestArgs, LicenceVerifyArgs, SignArgs};
use crate::document::{self, Document, object, string, text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, now_ms};
use crate::since;
use crate::ui::{BAD, GOOD, Report, Ui, printable};

/// Signs a licence.
pub(crate) fn sign(args: &SignArgs) -> Result<Report, Failure> {
    let (payload, key) = (files::read(&args.input)?, files::read(&args.key)?);
    let envelope = succeeded(licence_sign(&payload, &key))?;
    files::replace(&args.out, &envelope)?;
    let (digest, out) = (sha256(&envelope).to_string(), args.out.to_string_lossy());
    let document = object([
        ("file", Some(string(out.as_ref()))),
        ("schema", Some(string("ztp.licence.signed/1"))),
        ("sha256", Some(string(digest.as_str()))),
    ]);
    let text = format!("signed: {}\nsha256: {digest}\n", printable(&out));
    Ok(Report::holds(document::bytes(&document), text))
}

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
        Some("ztp.licence.verdict/1") => Ok(outcome),
        // Without a verdict it is the trust document that cannot be used: that says nothing about the envelope.
        _ => Err(Failure::unchecked(outcome)),
    }
}

/// A verdict as a result.
fn report(ui: &Ui, outcome: Outcome) -> Report {
    let exit = if outcome.is_ok() { Exit::Holds } else { Exit::Finding };
    let text = words(ui, &Document::parse(&outcome.document));
    Report { exit, document: outcome.document, text: text.into_bytes() }
}

fn words(ui: &Ui, verdict: &Document) -> String {
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

/// Verifies an envelope and records the decision in the sealed log: an ingest that the log does not hold did not happen.
pub(crate) fn ingest(args: &IngestArgs, ui: &Ui) -> Result<Report, Failure> {
    let envelope = files::read(&args.verify.file)?;
    let outcome = judge(&args.verify, &envelope)?;
    let event = ingest_event(&outcome);
    let decision = report(ui, outcome);
    let log = AuditLog::open(path_bytes(&args.log), now_ms()).map_err(Failure::of)?;
    let appended = succeeded(log.append(&document::bytes(&event), now_ms()))?;
    let appended = Document::parse(&appended);
    let (seq, hash) = (appended.integer(&["seq"]), appended.text(&["hash"]));
    let document = object([
        ("hash", hash.map(string)),
        ("schema", Some(string("ztp.licence.ingest/1"))),
        ("seq", seq.map(Value::Int)),
        ("verdict", Document::parse(&decision.document).value(&[]).cloned()),
    ]);
    let mut text = decision.text;
    let recorded =
        format!("recorded in the log as {} {}\n", seq.unwrap_or_default(), hash.unwrap_or_default());
    text.extend_from_slice(recorded.as_bytes());
    Ok(Report { exit: decision.exit, document: document::bytes(&document), text })
}

/// `licence.ingested` with what the licence is, or `licence.refused` with the codes of the checks that failed; both with the
/// digest of the file as it came.
pub(crate) fn ingest_event(verdict: &Outcome) -> Value {
    let document = Document::parse(&verdict.document);
    let claim = |name| document.text(&["licence", name]).map(string);
    let digest = ("envelope_digest", document.text(&["envelope_digest"]).map(string));
    let (class, payload) = if verdict.is_ok() {
        let members = ["envelope_id", "licence_id", "product"].map(|name| (name, claim(name)));
        let [envelope_id, licence_id, product] = members;
        let signed_by = ("signed_by", document.value(&["signed_by"]).cloned());
        (EventClass::LICENCE_INGESTED, object([digest, envelope_id, licence_id, product, signed_by]))
    } else {
        let codes = document.array(&["checks"]).iter().filter_map(|check| text(check, &["code"])).map(string);
        (EventClass::LICENCE_REFUSED, object([("codes", Some(Value::Array(codes.collect()))), digest]))
    };
    object([("event_class", Some(string(class.as_str()))), ("payload", Some(payload))])
}
