//! What the detectors say, as a person reads it: stories and sentences, none wider than a terminal.

use std::fmt::Write as _;

use ztp_core::canonical::Value;
use ztp_core::code;

use crate::document::{Document, integer, member, text};
use crate::ui::{CAUTION, HEADING, Ui, counted, grouped, printable};
use crate::words::paragraph;

/// Stories shown in words; the document lists more.
const SHOWN: usize = 20;

fn shown(value: &Value, path: &[&str]) -> String {
    text(value, path).map_or_else(|| "-".to_owned(), printable)
}

/// The moment without milliseconds: `2026-05-12 08:00:00`.
pub(super) fn moment(at: &str) -> String {
    printable(at.get(..19).unwrap_or(at)).replace('T', " ")
}

/// Millionths as a percentage with two places.
fn percent(ppm: i64) -> String {
    format!("{}.{:02} %", ppm / 10_000, ppm % 10_000 / 100)
}

/// Thousandths with one place.
fn tenths(milli: i64) -> String {
    format!("{}.{}", milli / 1000, milli.abs() % 1000 / 100)
}

/// A unit as it is said of `value`: `120 denials in 60 s`, `1 denial in 60 s`.
fn unit(value: i64, many: &str) -> String {
    let (first, rest) = many.split_once(' ').map_or((many, ""), |(first, rest)| (first, rest));
    let one = first.strip_suffix('s').filter(|one| value == 1 && one.len() > 1).unwrap_or(first);
    format!("{one} {rest}").trim_end().to_owned()
}

/// The stories of a report, one after the other in the order of time.
pub(super) fn stories(out: &mut String, ui: &Ui, report: &Value) {
    let listed = member(report, &["stories"]).and_then(Value::as_array).unwrap_or(&[]);
    if listed.is_empty() {
        return;
    }
    let _infallible = writeln!(out, "\n{}", ui.paint(HEADING, "what happened"));
    for story in listed.iter().take(SHOWN) {
        let from = text(story, &["from"]).map_or_else(|| "?".to_owned(), moment);
        let until = text(story, &["until"])
            .map_or_else(|| "goes on".to_owned(), |at| format!("until {}", moment(at)));
        let severity = shown(story, &["severity"]);
        let _infallible = writeln!(
            out,
            "  {}  {}  {}, {until}",
            ui.severity(&format!("{severity:<8}")),
            ui.paint(HEADING, &shown(story, &["cause"])),
            from
        );
        for rule in member(story, &["rules"]).and_then(Value::as_array).unwrap_or(&[]) {
            let value = integer(rule, &["value"]).unwrap_or_default();
            let mut words = format!(
                "{}: {} {}",
                shown(rule, &["rule"]),
                grouped(value),
                unit(value, &shown(rule, &["unit"]))
            );
            if let Some(max) = integer(rule, &["max"]) {
                let _infallible = write!(words, ", threshold {}", grouped(max));
            }
            paragraph(out, 4, 6, &words);
        }
        let keys = member(story, &["keys"]).and_then(Value::as_array).unwrap_or(&[]);
        let names: Vec<String> = keys
            .iter()
            .filter_map(|key| text(key, &["name"]))
            .filter(|name| !name.is_empty())
            .map(printable)
            .collect();
        if !names.is_empty() {
            let more = member(story, &["keys_more"]).and_then(Value::as_bool) == Some(true);
            paragraph(
                out,
                4,
                6,
                &format!("by or in {}{}", names.join(", "), if more { " and others" } else { "" }),
            );
        }
        if let (Some(first), Some(last)) = (integer(story, &["first_seq"]), integer(story, &["last_seq"])) {
            let alerts = integer(story, &["alerts"]).unwrap_or_default();
            let _infallible = writeln!(
                out,
                "    {}, {}",
                counted(alerts, "alert"),
                if first == last {
                    format!("record {}", grouped(first))
                } else {
                    format!("records {} to {}", grouped(first), grouped(last))
                }
            );
        }
    }
    if listed.len() > SHOWN {
        let _infallible =
            writeln!(out, "  {} more are listed in the document (--json)", listed.len() - SHOWN);
    }
}

/// What was not judged, if anything was not.
pub(super) fn unjudged(out: &mut String, ui: &Ui, report: &Value) {
    let Some(count) = integer(report, &["unjudged", "count"]) else { return };
    let words = format!(
        "{}: {} came more than an hour out of time, of {} to {}; {}",
        ui.paint(CAUTION, "incomplete"),
        counted(count, "record"),
        text(report, &["unjudged", "from"]).map_or_else(|| "?".to_owned(), moment),
        text(report, &["unjudged", "until"]).map_or_else(|| "?".to_owned(), moment),
        match integer(report, &["unjudged", "imported"]) {
            Some(imported) if imported == count =>
                "they are older than the log and no window holds them: try them with ztp anomaly try EVENTS.jsonl",
            _ => "they count at their arrival, not at their time",
        }
    );
    paragraph(out, 2, 4, &words);
}

/// The records that nobody could read, with the reason and the way to it.
pub(super) fn unreadable(out: &mut String, ui: &Ui, report: &Value) {
    let total = integer(report, &["unreadable_total"]).unwrap_or_default();
    let listed = member(report, &["unreadable"]).and_then(Value::as_array).unwrap_or(&[]);
    for record in listed.iter().take(SHOWN) {
        let code = shown(record, &["code"]);
        let what = code::by_name(&code).map_or("it is not what its class says", |entry| entry.meaning);
        let seq = integer(record, &["seq"]).map_or_else(|| "?".to_owned(), grouped);
        let mark = ui.paint(CAUTION, "unreadable");
        paragraph(out, 2, 4, &format!("{mark}: record {seq}: {what} ({code}); ztp explain {code}"));
    }
    let more = total.saturating_sub(i64::try_from(listed.len().min(SHOWN)).unwrap_or(i64::MAX));
    if more > 0 {
        paragraph(out, 2, 4, &format!("and {} that cannot be read", counted(more, "record")));
    }
}

/// An explanation in sentences.
pub(super) fn explanation(out: &mut String, ui: &Ui, shown_at: &Document) {
    let whole = shown_at.value(&[]).cloned().unwrap_or(Value::Null);
    let at = text(&whole, &["at"]).map_or_else(|| "?".to_owned(), moment);
    let _infallible = writeln!(out, "{} {at}", ui.paint(HEADING, "what the rules compare at"));
    if member(&whole, &["reached"]).and_then(Value::as_bool) == Some(false) {
        paragraph(out, 2, 4, "The log ends before the place that was asked for; this is its end.");
    }
    for key in member(&whole, &["keys"]).and_then(Value::as_array).unwrap_or(&[]) {
        key_sentences(out, ui, key);
    }
    tier_b(out, ui, &whole);
    let open = member(&whole, &["business", "open"]).and_then(Value::as_bool) == Some(true);
    let edge = |name: &str| text(&whole, &["business", name]).map_or_else(|| "for ever".to_owned(), moment);
    let _infallible = writeln!(out, "\n{}", ui.paint(HEADING, "business and clock"));
    let is = if open { "open" } else { "closed" };
    paragraph(out, 2, 4, &format!("Business is {is}, since {} and until {}.", edge("from"), edge("until")));
    let offset = integer(&whole, &["clock", "offset_ms"]).unwrap_or_default();
    if offset != 0 {
        paragraph(out, 2, 4, &format!("The wall clock jumped; times are moved by {} ms.", grouped(offset)));
    }
    let waiting = integer(&whole, &["waiting_records"]).unwrap_or_default();
    if waiting > 0 {
        paragraph(
            out,
            2,
            4,
            &format!("{} still wait for their place in the order.", counted(waiting, "record")),
        );
    }
    unjudged(out, ui, &whole);
    let last = member(&whole, &["last_alerts"]).and_then(Value::as_array).unwrap_or(&[]);
    if !last.is_empty() {
        let _infallible = writeln!(out, "\n{}", ui.paint(HEADING, "the last that the rules said"));
    }
    for alert in last {
        let whom = text(alert, &["key", "name"]).map_or_else(|| "everybody".to_owned(), printable);
        let when = text(alert, &["at"]).map_or_else(|| "?".to_owned(), moment);
        paragraph(
            out,
            2,
            4,
            &format!("{when} {} {} for {whom}", shown(alert, &["detector"]), shown(alert, &["phase"])),
        );
    }
}

/// What is said of one key: each count beside its maximum, and the state of each rule.
fn key_sentences(out: &mut String, ui: &Ui, key: &Value) {
    let name = text(key, &["name"])
        .filter(|name| !name.is_empty())
        .map_or_else(|| "everybody".to_owned(), printable);
    let _infallible = writeln!(out, "\n{}", ui.paint(HEADING, &name));
    for (group, rows) in GROUPS {
        let Some(facts) = member(key, &[group]).filter(|facts| !facts.is_null()) else { continue };
        for (count, max, what) in *rows {
            if let (Some(count), Some(max)) = (integer(facts, &[count]), integer(facts, &[max])) {
                let judged = if count > max { "above" } else { "not above" };
                paragraph(
                    out,
                    2,
                    4,
                    &format!("{} {what}: {judged} the threshold of {}.", grouped(count), grouped(max)),
                );
            }
        }
    }
    for alert in member(key, &["alerts"]).and_then(Value::as_array).unwrap_or(&[]) {
        let phase = shown(alert, &["phase"]);
        if phase != "idle" {
            paragraph(out, 2, 4, &format!("{} is {phase}.", shown(alert, &["rule"])));
        }
    }
}

/// Facts of a key: the count, its maximum, and what is counted.
type Rows = &'static [(&'static str, &'static str, &'static str)];
const GROUPS: &[(&str, Rows)] = &[
    (
        "denials",
        &[
            ("in_minute", "in_minute_max", "denials in the last minute"),
            ("in_5_minutes", "in_5_minutes_max", "denials in five minutes"),
            ("in_day", "in_day_max", "denials in 24 hours"),
            ("targets", "targets_max", "distinct targets denied in an hour"),
        ],
    ),
    (
        "break_glass",
        &[
            ("in_hour", "in_hour_max", "uses of break-glass in an hour"),
            ("in_day", "in_day_max", "uses of break-glass in 24 hours"),
            ("in_week", "in_week_max", "uses of break-glass in 7 days"),
        ],
    ),
    ("people", &[("at_edge", "at_edge_max", "actions in 7 days just before the close of business")]),
    ("ticket", &[("pods", "pods_max", "pods on the ticket in 7 days")]),
];

fn tier_b(out: &mut String, ui: &Ui, whole: &Value) {
    let Some(facts) = member(whole, &["tier_b"]) else { return };
    let of = |name: &str| integer(facts, &[name]);
    let _infallible = writeln!(out, "\n{}", ui.paint(HEADING, "tier B"));
    let (Some(tier_b), Some(admissions), Some(share)) = (of("tier_b"), of("admissions"), of("share_ppm"))
    else {
        return;
    };
    paragraph(
        out,
        2,
        4,
        &format!(
            "{} of {} admissions in 24 hours were of tier B, which is {}.",
            grouped(tier_b),
            grouped(admissions),
            percent(share)
        ),
    );
    if text(facts, &["state"]) != Some("baseline") {
        let days = of("baseline_days_valid").unwrap_or_default();
        paragraph(
            out,
            2,
            4,
            &format!(
                "There is no baseline yet: {} of the 7 days it takes can be used, and only a share above one half would fire.",
                grouped(days)
            ),
        );
        return;
    }
    let number = |name: &str| of(name).unwrap_or_default();
    paragraph(
        out,
        2,
        4,
        &format!(
            "The baseline of {} has a centre of {}; {} is noticed.",
            counted(number("baseline_days"), "day"),
            percent(number("centre_ppm")),
            percent(number("limit_ppm"))
        ),
    );
    let alert = of("alert_tier_b").map_or_else(
        || "No number of so many admissions would be an alert".to_owned(),
        |alert| format!("An alert takes {} of tier B among so many", grouped(alert)),
    );
    paragraph(
        out,
        2,
        4,
        &format!(
            "{} were to be expected; numbers here scatter {} times as much as chance. {alert}.",
            tenths(number("expected_tier_b_milli")),
            tenths(number("dispersion_milli"))
        ),
    );
    paragraph(
        out,
        2,
        4,
        &format!(
            "The evidence against chance is {} of the {} that an alert takes.",
            tenths(number("evidence_milli")),
            tenths(number("evidence_needed_milli"))
        ),
    );
    paragraph(
        out,
        2,
        4,
        &format!(
            "The drift from the frozen reference sums to {} of {} standard deviations.",
            tenths(number("drift_milli")),
            tenths(number("drift_max_milli"))
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_a_terminal_and_no_word_is_broken() {
        let mut out = String::new();
        let words = "one two three four five six seven eight nine ten ".repeat(20);
        paragraph(&mut out, 4, 6, words.trim());
        assert!(out.lines().all(|line| line.len() <= 80 && line.starts_with("    ")), "{out}");
        assert_eq!(out.split_whitespace().collect::<Vec<_>>(), words.split_whitespace().collect::<Vec<_>>());
        assert_eq!(
            (counted(1, "record"), counted(1200, "record")),
            ("1 record".to_owned(), "1,200 records".to_owned())
        );
        assert_eq!(
            (percent(153_400), tenths(-1_950), tenths(16_000)),
            ("15.34 %".to_owned(), "-1.9".to_owned(), "16.0".to_owned())
        );
    }
}
