//! `ztp anomaly try`: what settings would have said of history, before they are switched on.

use std::fmt::Write as _;

use ztp_core::canonical::Value;
use ztp_facade::anomaly_try;

use super::anomaly::{headline, settings_and_approvers};
use super::anomaly_words as words;
use crate::cli::AnomalyTryArgs;
use crate::document::{self, Document, integer, member, text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files;
use crate::plot;
use crate::ui::{CAUTION, HEADING, Report, Ui, counted, counted_as, grouped, printable};
use crate::words::paragraph;

/// Thresholds in the order of the table, each with the rule that it is of.
const THRESHOLDS: [(&str, &str); 9] = [
    ("per_minute_max", "denial-flood"),
    ("burst_max", "denial-burst"),
    ("daily_max", "denial-day"),
    ("targets_max", "denial-spread"),
    ("per_hour_max", "break-glass-burst"),
    ("per_day_max", "break-glass-day"),
    ("per_week_max", "break-glass-week"),
    ("pods_per_ticket_max", "break-glass-ticket"),
    ("edge_max", "edge-of-day"),
];

pub(super) fn run(args: &AnomalyTryArgs, ui: &Ui) -> Result<Report, Failure> {
    let events = files::read_history(&args.events)?;
    let options = document::bytes(&Value::Object(settings_and_approvers(&args.settings, &[])?));
    let outcome = anomaly_try(&events, &options);
    let trial = Document::parse(&outcome.document);
    if trial.text(&["schema"]) != Some("ztp.anomaly.trial/1") {
        return Err(Failure::of(outcome));
    }
    let report = trial.value(&["report"]).cloned().unwrap_or(Value::Null);
    if let Some(path) = &args.plot {
        let drawn = plot::days(&Document::parse(&document::bytes(&report)), &plot::name_of(&args.events));
        files::replace(path, drawn.as_bytes())?;
    }
    let mut out = String::new();
    headline(&mut out, ui, &report);
    let count = |name: &str| trial.integer(&[name]).unwrap_or_default();
    let _infallible = writeln!(out, "  events   {}", grouped(count("events")));
    if count("unordered") > 0 {
        paragraph(
            &mut out,
            2,
            4,
            &counted_as(
                count("unordered"),
                "was not in the order of time, and was put in it",
                "were not in the order of time, and were put in it",
            ),
        );
    }
    if count("unreadable_total") > 0 {
        let total = counted(count("unreadable_total"), "line");
        let _infallible = writeln!(out, "  {}: {total} could not be read", ui.paint(CAUTION, "incomplete"));
        for line in trial.array(&["unreadable"]).iter().take(3) {
            let why = text(line, &["reason"]).map_or_else(String::new, printable);
            let number = integer(line, &["line"]).map_or_else(|| "?".to_owned(), grouped);
            paragraph(&mut out, 4, 6, &format!("line {number}: {why}"));
        }
    }
    words::stories(&mut out, ui, &report);
    beside(&mut out, ui, &trial);
    let exit = if outcome.is_ok() { Exit::Holds } else { Exit::of_failure(outcome.status) };
    Ok(Report { exit, document: outcome.document, text: out.into_bytes() })
}

/// Alerts at a quarter of each threshold, a half, the threshold as it is set, its double and four times; then the rules that tune themselves.
fn beside(out: &mut String, ui: &Ui, trial: &Document) {
    let columns = trial.array(&["beside"]);
    let fired = |column: &Value, rule: &str| integer(column, &["fired", rule]).unwrap_or_default();
    let _infallible = writeln!(
        out,
        "\n{}\n  {:<20} {:>10} {:>10} {:>10} {:>10} {:>10}",
        ui.paint(HEADING, "alerts, and the threshold they are of"),
        "rule",
        "x 1/4",
        "x 1/2",
        "as set",
        "x 2",
        "x 4"
    );
    for (threshold, rule) in THRESHOLDS {
        let _infallible = write!(out, "  {rule:<20}");
        for column in columns {
            let max = integer(column, &["thresholds", threshold])
                .map_or_else(|| "?".to_owned(), |max| max.to_string());
            let _infallible = write!(out, " {:>10}", format!("{} >{max}", grouped(fired(column, rule))));
        }
        out.push('\n');
    }
    let others: Vec<String> = member(columns.get(2).unwrap_or(&Value::Null), &["fired"])
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(rule, _)| THRESHOLDS.iter().all(|(_, of)| of != rule))
        .filter_map(|(rule, fired)| Some((rule, fired.as_int().filter(|fired| *fired > 0)?)))
        .map(|(rule, fired)| format!("{} {}", printable(rule), grouped(fired)))
        .collect();
    let others = if others.is_empty() { "none fired".to_owned() } else { others.join(", ") };
    paragraph(out, 2, 4, &format!("rules without such a threshold: {others}"));
}
