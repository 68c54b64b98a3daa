//! `ztp anomaly`: report, replay, explain.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ztp_core::canonical::Value;
use ztp_facade::{Job, Outcome, anomaly_explain, anomaly_replay, anomaly_report};

use super::{anchors, anomaly_words as words, path_bytes, text_file, verifier_key};
use crate::cli::{AnomalyExplainArgs, AnomalyLogArgs, AnomalyReportArgs};
use crate::document::{self, Document, integer, string, text};
use crate::failure::Failure;
use crate::files;
use crate::plot;
use crate::progress;
use crate::ui::{BAD, CAUTION, GOOD, HEADING, Report, Ui, counted, counted_as, grouped, printable};
use crate::words::paragraph;

/// Alerts shown in words; the document lists more.
pub(super) const SHOWN: usize = 20;

/// The members that all these operations take.
fn common(log: &AnomalyLogArgs) -> Result<BTreeMap<String, Value>, Failure> {
    let mut members = settings_and_approvers(&log.settings, &log.approver)?;
    let anchors = anchors::members(&log.anchors)?.into_iter();
    members.extend(anchors.filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Ok(members)
}

pub(super) fn settings_and_approvers(
    settings: &[PathBuf],
    approvers: &[String],
) -> Result<BTreeMap<String, Value>, Failure> {
    let mut members = BTreeMap::new();
    let mut files = BTreeMap::new();
    for path in settings {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.insert(name, string(text_file(path, "--settings")?));
    }
    let keys = approvers.iter().map(|key| Ok(string(String::from_utf8_lossy(&verifier_key(key)?))));
    members.insert("approvers".to_owned(), Value::Array(keys.collect::<Result<_, Failure>>()?));
    members.insert("settings".to_owned(), Value::Object(files));
    Ok(members)
}

/// Runs an operation over a log and hands back its document if it is of this schema.
fn over(
    ui: &Ui,
    dir: &Path,
    options: BTreeMap<String, Value>,
    schema: &str,
    operation: impl FnOnce(&[u8], &[u8], &Job) -> Outcome + Send,
) -> Result<(Outcome, Document), Failure> {
    let options = document::bytes(&Value::Object(options));
    let outcome = progress::run(ui, |job| operation(path_bytes(dir), &options, job))?;
    let document = Document::parse(&outcome.document);
    if document.text(&["schema"]) == Some(schema) {
        Ok((outcome, document))
    } else {
        Err(Failure::of(outcome))
    }
}

/// The answer, with the log's own verdict behind its words.
fn answer(ui: &Ui, outcome: Outcome, document: &Document, mut text: String) -> Report {
    let exit = anchors::exit(ui, &outcome, anchors::missing(document));
    text.push_str(&anchors::log_line(ui, document));
    Report { exit, document: outcome.document, text: text.into_bytes() }
}

pub(super) fn report(args: &AnomalyReportArgs, ui: &Ui) -> Result<Report, Failure> {
    let mut options = common(&args.log)?;
    for (name, when) in [("since", &args.since), ("until", &args.until)] {
        let at = when.as_deref().map(anchors::instant).transpose()?;
        options.extend(at.map(|at| (name.to_owned(), at)));
    }
    let (outcome, report) = over(ui, &args.log.dir, options, "ztp.anomaly.report/1", anomaly_report)?;
    if let Some(path) = &args.plot {
        files::replace(path, plot::days(&report, &plot::name_of(&args.log.dir)).as_bytes())?;
    }
    let mut out = String::new();
    let whole = report.value(&[]).cloned().unwrap_or(Value::Null);
    headline(&mut out, ui, &whole);
    let _infallible =
        writeln!(out, "  records  {}", report.integer(&["records"]).map_or_else(|| "?".to_owned(), grouped));
    words::stories(&mut out, ui, &whole);
    let _infallible = writeln!(
        out,
        "\n{}\n  {:<24} {:>6} {:>8} {:>9}  state",
        ui.paint(HEADING, "detectors"),
        "rule",
        "fired",
        "updated",
        "resolved"
    );
    for rule in report.array(&["detectors"]) {
        let shown = |name| text(rule, &[name]).map_or_else(|| "-".to_owned(), printable);
        let count = |name| integer(rule, &[name]).map_or_else(|| "-".to_owned(), grouped);
        let _infallible = writeln!(
            out,
            "  {:<24} {:>6} {:>8} {:>9}  {}",
            shown("rule"),
            count("fired"),
            count("updated"),
            count("resolved"),
            shown("state")
        );
    }
    Ok(answer(ui, outcome, &report, out))
}

/// The status in a line, and what was not judged.
pub(super) fn headline(out: &mut String, ui: &Ui, report: &Value) {
    let alerts = integer(report, &["alerts_total"]).unwrap_or_default();
    let stories = document::member(report, &["stories"]).and_then(Value::as_array).map_or(0, <[Value]>::len);
    let _infallible = match text(report, &["status"]) {
        Some("quiet") => writeln!(out, "{}: no detector fired", ui.paint(GOOD, "quiet")),
        Some("log_not_intact") => {
            writeln!(
                out,
                "{}: the log does not verify; what follows proves nothing",
                ui.paint(BAD, "log not intact")
            )
        }
        status @ Some("unanchored" | "below_required") => {
            write!(out, "{}", anchors::headline(ui, status, "no detector fired").unwrap_or_default())
        }
        Some("incomplete") => {
            writeln!(
                out,
                "{}: no detector fired, and not everything was judged",
                ui.paint(CAUTION, "incomplete")
            )
        }
        Some("nothing") => writeln!(out, "{}: there are no records", ui.paint(CAUTION, "nothing")),
        _ => {
            let stories = i64::try_from(stories).unwrap_or_default();
            let stories = counted_as(stories, "story", "stories");
            writeln!(out, "{}: {stories}, {}", ui.paint(BAD, "alerts"), counted(alerts, "alert"))
        }
    };
    words::unjudged(out, ui, report);
    words::unreadable(out, ui, report);
    let silence = document::member(report, &["silence"]);
    if let Some(silence) = silence
        .filter(|silence| document::member(silence, &["is_gap"]).and_then(Value::as_bool) == Some(true))
    {
        let minutes = integer(silence, &["silent_ms"]).unwrap_or_default() / 60_000;
        let silent = if minutes < 120 { counted(minutes, "minute") } else { counted(minutes / 60, "hour") };
        paragraph(out, 2, 4, &format!("the log has been silent for {silent}"));
    }
}

pub(super) fn alert_line(alert: &Value) -> String {
    let shown = |path: &[&str]| text(alert, path).map_or_else(|| "-".to_owned(), printable);
    let whom = text(alert, &["key", "name"]).map_or_else(|| "everybody".to_owned(), printable);
    format!(
        "{}  {:<8} {:<9} {:<22} {whom}",
        shown(&["at"]),
        shown(&["severity"]),
        shown(&["phase"]),
        shown(&["detector"])
    )
}

pub(super) fn replay(args: &AnomalyLogArgs, ui: &Ui) -> Result<Report, Failure> {
    let (outcome, replay) = over(ui, &args.dir, common(args)?, "ztp.anomaly.replay/1", anomaly_replay)?;
    let count = |name: &str| replay.integer(&[name]).unwrap_or_default();
    let counts = format!(
        "the records call for {}; sealed {}, matching {}, pending {}",
        counted(count("alerts_called_for"), "alert"),
        grouped(count("alerts_sealed")),
        grouped(count("alerts_matched")),
        grouped(count("alerts_pending")),
    );
    let status = replay.text(&["status"]);
    let mut out = match status {
        Some("log_not_intact") => format!(
            "{}: the log does not verify; what follows proves nothing\n  {counts}\n",
            ui.paint(BAD, "log not intact")
        ),
        Some("unanchored" | "below_required") => anchors::headline(ui, status, &counts).unwrap_or_default(),
        _ => {
            let style = match status {
                Some("incomplete") => CAUTION,
                _ if outcome.is_ok() => GOOD,
                _ => BAD,
            };
            let word = ui.paint(style, &status.map_or_else(|| "?".to_owned(), printable));
            format!("{word}: {counts}\n")
        }
    };
    words::unjudged(&mut out, ui, replay.value(&[]).unwrap_or(&Value::Null));
    let waiting = replay.integer(&["waiting_records"]).unwrap_or_default();
    if waiting > 0 {
        let waiting = counted(waiting, "record");
        paragraph(
            &mut out,
            2,
            4,
            &format!("not judged yet, since an earlier one could still come: {waiting} at the log's end"),
        );
    }
    for finding in replay.array(&["findings"]).iter().take(SHOWN) {
        let shown = |path: &[&str]| text(finding, path).map_or_else(|| "-".to_owned(), printable);
        let seq = |name| integer(finding, &[name]).map_or_else(|| "-".to_owned(), grouped);
        let _infallible = writeln!(
            out,
            "  {}  record {}, called for by record {}: {} at {}",
            shown(&["code"]),
            seq("seq"),
            seq("cause_seq"),
            shown(&["alert", "detector"]),
            shown(&["alert", "at"])
        );
    }
    Ok(answer(ui, outcome, &replay, out))
}

pub(super) fn explain(args: &AnomalyExplainArgs, ui: &Ui) -> Result<Report, Failure> {
    let mut options = common(&args.log)?;
    let seq =
        args.seq.map(|seq| i64::try_from(seq).map_err(|_| Failure::usage("--seq is larger than any log")));
    options.extend(seq.transpose()?.map(|seq| ("seq".to_owned(), Value::Int(seq))));
    let at = args.at.as_deref().map(anchors::instant).transpose()?;
    options.extend(at.map(|at| ("time".to_owned(), at)));
    options.extend(args.detector.as_deref().map(|name| ("detector".to_owned(), string(name))));
    options.extend(args.key.as_deref().map(|name| ("key".to_owned(), string(name))));
    let (outcome, shown) = over(ui, &args.log.dir, options, "ztp.anomaly.explanation/1", anomaly_explain)?;
    let mut out = String::new();
    words::explanation(&mut out, ui, &shown);
    Ok(answer(ui, outcome, &shown, out))
}
