//! `ztp correlate`: the drift and the differences between what was decided and what was sealed.

use std::fmt::{self, Write as _};

use ztp_core::canonical::Value;
use ztp_facade::{audit_append, correlate as compare, correlate_events};

use super::{anchors, path_bytes, succeeded};
use crate::cli::CorrelateArgs;
use crate::document::{self, Document, integer, member, object, string, text};
use crate::failure::Failure;
use crate::files::{self, now_ms};
use crate::glossary;
use crate::plot;
use crate::progress;
use crate::ui::{BAD, CAUTION, GOOD, HEADING, Report, Ui, counted, counted_as, grouped, printable};
use crate::words::paragraph;

/// Schema of a report.
const SCHEMA: &str = "ztp.correlation.report/1";
/// Findings shown in words; the document lists more.
const SHOWN: usize = 20;

/// Compares the two streams.
pub(crate) fn run(args: &CorrelateArgs, ui: &Ui) -> Result<Report, Failure> {
    let options = document::bytes(&options(args)?);
    let outcome =
        progress::run(ui, |job| compare(path_bytes(&args.dir), path_bytes(&args.admission), &options, job))?;
    let report = Document::parse(&outcome.document);
    if report.text(&["schema"]) != Some(SCHEMA) {
        return Err(Failure::of(outcome));
    }
    if let Some(path) = &args.plot {
        files::replace(path, plot::drift(&report, &plot::name_of(&args.admission)).as_bytes())?;
    }
    let recorded = if args.record { Some(record(args, &outcome.document)?) } else { None };
    let exit = anchors::exit(ui, &outcome, anchors::missing(&report));
    let mut words = String::new();
    let _infallible = write_words(&mut words, ui, &report);
    if let Some(records) = recorded {
        let _infallible = writeln!(words, "\nsealed as correlation.finding: {}", grouped(records));
    }
    Ok(Report { exit, document: outcome.document, text: words.into_bytes() })
}

fn options(args: &CorrelateArgs) -> Result<Value, Failure> {
    let when = |given: &Option<String>| given.as_deref().map(anchors::instant).transpose();
    let pending = args.pending.as_deref().map(files::read).transpose()?.map(|earlier| {
        let earlier = Document::parse(&earlier);
        let uids = earlier.array(&["pending"]).iter().filter_map(|entry| text(entry, &["uid"])).map(string);
        Value::Array(uids.collect())
    });
    let mut members = anchors::members(&args.anchors)?;
    members.extend([
        ("pending", pending),
        ("since", when(&args.since)?),
        ("threshold_ms", Some(Value::from(args.threshold_ms))),
        ("until", when(&args.until)?),
        ("waiting_max", args.waiting_max.map(Value::from)),
    ]);
    Ok(object(members))
}

/// Seals the findings; returns how many.
fn record(args: &CorrelateArgs, report: &[u8]) -> Result<i64, Failure> {
    let lines = succeeded(correlate_events(report))?;
    if lines.is_empty() {
        return Ok(0);
    }
    let appended = succeeded(audit_append(path_bytes(&args.dir), &lines, b"", now_ms()))?;
    Ok(Document::parse(&appended).integer(&["records"]).unwrap_or_default())
}

fn write_words(out: &mut String, ui: &Ui, report: &Document) -> fmt::Result {
    let count = |path: &[&str]| report.integer(path).map_or_else(|| "none".to_owned(), grouped);
    let present =
        report.array(&["witnesses"]).iter().filter(|w| text(w, &["kind"]) != Some("absent")).count();
    let absent = match report.array(&["witnesses"]).len() - present {
        0 => String::new(),
        absent => format!(", {absent} absent"),
    };
    let of_all = |one: &str, many: &str| {
        format!("{present} of {}{absent}", counted_as(i64::try_from(present).unwrap_or(i64::MAX), one, many))
    };
    let same = of_all("witness tells the same story", "witnesses tell the same story");
    match report.text(&["status"]) {
        Some("agree") => writeln!(out, "{}: {same}", ui.paint(GOOD, "agree"))?,
        Some("nothing") => {
            let word = ui.paint(CAUTION, "nothing");
            writeln!(
                out,
                "{word}: no decision of one stream has a partner in the other, so nothing was compared"
            )?;
        }
        status @ Some("unanchored" | "below_required") => {
            out.push_str(&anchors::headline(ui, status, &same).unwrap_or_default());
        }
        Some("log_not_intact") => {
            writeln!(
                out,
                "{}: the sealed log does not verify; what follows proves nothing",
                ui.paint(BAD, "log not intact")
            )?;
        }
        _ => writeln!(
            out,
            "{}: {}",
            ui.paint(BAD, "findings"),
            of_all("witness disagrees", "witnesses disagree")
        )?,
    }
    writeln!(out, "  pairs    {}, pending {}", count(&["pairs"]), count(&["pending_total"]))?;
    for witness in report.array(&["witnesses"]) {
        let shown = |name| text(witness, &[name]).map_or_else(|| "-".to_owned(), printable);
        match text(witness, &["kind"]) {
            Some("absent") => writeln!(out, "  witness  {:<14} absent", shown("name"))?,
            _ => {
                let decisions = integer(witness, &["decisions"]).unwrap_or_default();
                writeln!(
                    out,
                    "  witness  {:<14} {}, {} to {} ({})",
                    shown("name"),
                    counted(decisions, "decision"),
                    shown("first"),
                    shown("last"),
                    shown("kind")
                )?;
            }
        }
    }
    let ms = |path: &[&str]| {
        report.integer(path).map_or_else(|| "none".to_owned(), |ms| format!("{} ms", grouped(ms)))
    };
    writeln!(
        out,
        "\n{}\n  raw              p50 {}, p95 {}, p99 {}, largest {}",
        ui.paint(HEADING, "drift, from decision to record"),
        ms(&["drift", "p50_ms"]),
        ms(&["drift", "p95_ms"]),
        ms(&["drift", "p99_ms"]),
        ms(&["drift", "max_ms"])
    )?;
    writeln!(
        out,
        "  offset estimate  median {}, median absolute deviation {}: shown, not subtracted",
        ms(&["offset", "median_ms"]),
        ms(&["offset", "mad_ms"])
    )?;
    findings(out, ui, report)?;
    pending(out, ui, report)?;
    out.push_str(&anchors::log_line(ui, report));
    let unchecked = report.array(&["unchecked"]);
    writeln!(out, "\n{}", ui.paint(HEADING, "not checked"))?;
    for name in unchecked {
        paragraph(out, 2, 4, &glossary::unchecked(name.as_str().unwrap_or("?")));
    }
    Ok(())
}

fn findings(out: &mut String, ui: &Ui, report: &Document) -> fmt::Result {
    let listed = report.array(&["findings"]);
    if listed.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", ui.paint(HEADING, "findings"))?;
    if let Some(Value::Object(totals)) = report.value(&["findings_total"]) {
        for (kind, total) in totals {
            writeln!(
                out,
                "  {:>9}  {}",
                grouped(total.as_int().unwrap_or_default()),
                printable(kind).replace('_', " ")
            )?;
        }
    }
    for finding in listed.iter().take(SHOWN) {
        let shown = |path: &[&str]| text(finding, path).map_or_else(|| "-".to_owned(), printable);
        writeln!(
            out,
            "\n  {}  {}  {}  uid {}",
            ui.severity(&shown(&["severity"])),
            shown(&["kind"]),
            shown(&["at"]),
            shown(&["uid"])
        )?;
        for (side, place) in [("admission", "line"), ("sealed", "seq")] {
            if member(finding, &[side]).is_some_and(|sight| !sight.is_null()) {
                writeln!(
                    out,
                    "    {side:<10} {place} {}, {}, {} {}",
                    integer(finding, &[side, place]).map_or_else(|| "?".to_owned(), grouped),
                    shown(&[side, "at"]),
                    shown(&[side, "decision"]),
                    shown(&[side, "digest"])
                )?;
            }
        }
        if let Some(Value::Object(facts)) = member(finding, &["facts"]) {
            for (name, number) in facts {
                writeln!(
                    out,
                    "    {} {}",
                    printable(name).replace('_', " "),
                    grouped(number.as_int().unwrap_or_default())
                )?;
            }
        }
        if let Some(reason) = text(finding, &["reason"]).filter(|reason| !reason.is_empty()) {
            writeln!(out, "    {}", printable(reason))?;
        }
    }
    let more = listed.len().saturating_sub(SHOWN);
    if more > 0 {
        writeln!(out, "\n  {more} more are listed in the document (--json)")?;
    }
    Ok(())
}

/// What has no partner and may still get one, by uid.
fn pending(out: &mut String, ui: &Ui, report: &Document) -> fmt::Result {
    let listed = report.array(&["pending"]);
    let total = report.integer(&["pending_total"]).unwrap_or_default();
    if total == 0 {
        return Ok(());
    }
    writeln!(out, "\n{}", ui.paint(HEADING, "pending: without a partner, and too young to be missing"))?;
    for entry in listed.iter().take(SHOWN) {
        let shown = |name| text(entry, &[name]).map_or_else(|| "-".to_owned(), printable);
        writeln!(out, "  {}  {:<10} uid {}", shown("at"), shown("stream").replace('_', " "), shown("uid"))?;
    }
    let more = total.saturating_sub(i64::try_from(listed.len().min(SHOWN)).unwrap_or(i64::MAX));
    if more > 0 {
        writeln!(out, "  {} more", grouped(more))?;
    }
    if report.text(&["window", "now"]).is_none() {
        writeln!(out, "  no time was given that would end this: see --now")?;
    }
    Ok(())
}
