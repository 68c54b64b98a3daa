//! The vault's documents in words: verdicts (the status first, then what is wrong, what it rests on, and what was not checked),
//! receipts and proofs of a fork.

use std::fmt::Write as _;

use ztp_core::canonical::Value;

use crate::document::{self, Document, integer, text};
use crate::glossary;
use crate::ui::{BAD, CAUTION, GOOD, HEADING, Ui, counted, grouped, printable};

/// The verdict for a person.
pub(crate) fn words(ui: &Ui, verdict: &Document, dir: &str) -> String {
    let shown = |name| verdict.text(&[name]).map_or_else(|| "?".to_owned(), printable);
    let count = |name| verdict.integer(&[name]).map_or_else(|| "?".to_owned(), grouped);
    let status = shown("status");
    let (style, sentence) = match status.as_str() {
        "anchored" => (GOOD, format!("the history holds, and a fact outside covers it up to transaction {}", count("covered_seq"))),
        "unanchored" if seals_at_end(verdict) > 0 => (
            CAUTION,
            format!(
                "the history holds, but the last seals of its log have no checkpoint ({}), and vouch for nothing: treat it as an incident unless it \
                 was copied while it was written",
                grouped(seals_at_end(verdict))
            ),
        ),
        "unanchored" => (
            CAUTION,
            "the history holds, but nothing outside this copy shows that it is the newest: an older copy would look the same".to_owned(),
        ),
        "rolled_back" => (BAD, "an older copy was put back: a fact outside has seen transactions that are not here".to_owned()),
        "forked" => (BAD, "a fact outside has seen another history than this one".to_owned()),
        _ => (BAD, "the history does not hold".to_owned()),
    };
    let mut out = format!("{}: {sentence}\n", ui.paint(style, &status));
    let _infallible = write!(
        out,
        "  vault   {} in {}\n  tier    {}\n  state   transaction {}, {} to spend, {} spent, {} refused, {} re-anchored\n  head    {}\n",
        shown("bench_id"),
        printable(dir),
        shown("tier"),
        count("seq"),
        verdict.integer(&["notes"]).map_or_else(|| "?".to_owned(), |notes| counted(notes, "note")),
        count("spent"),
        count("refused"),
        count("reanchored"),
        shown("head"),
    );
    findings(&mut out, ui, verdict);
    let _infallible = writeln!(out, "\n{}", ui.paint(HEADING, "rests on"));
    for word in verdict.array(&["rests_on"]) {
        let _infallible = writeln!(out, "  {}", printable(word.as_str().unwrap_or("?")).replace('_', " "));
    }
    evidence(&mut out, verdict);
    let unchecked = verdict.array(&["unchecked"]);
    if !unchecked.is_empty() {
        let _infallible = writeln!(out, "\n{}", ui.paint(HEADING, "not checked"));
    }
    for word in unchecked {
        let _infallible = writeln!(out, "  {}", glossary::unchecked(word.as_str().unwrap_or("?")));
    }
    out
}

/// Seals at the end of the vault's log whose checkpoints are not there, where they are more than the one that a writer may be at.
fn seals_at_end(verdict: &Document) -> i64 {
    let named = |word: &Value| word.as_str() == Some("seals_without_checkpoints");
    let seals = verdict.integer(&["log", "unanchored_tail", "seals"]).unwrap_or(0);
    if verdict.array(&["unchecked"]).iter().any(named) { seals } else { 0 }
}

fn findings(out: &mut String, ui: &Ui, verdict: &Document) {
    let findings = verdict.array(&["findings"]);
    if !findings.is_empty() {
        let _infallible = writeln!(out, "\n{}", ui.paint(HEADING, "findings"));
    }
    for finding in findings {
        let said = |name| text(finding, &[name]).map_or_else(|| "?".to_owned(), printable);
        let record = integer(finding, &["record"])
            .map_or_else(String::new, |record| format!(", record {}", grouped(record)));
        let _infallible = writeln!(out, "  {} ({}{record})", said("message"), said("code"));
    }
    if let Some(fork) = verdict.value(&["fork"]).filter(|fork| !fork.is_null()) {
        let _infallible =
            writeln!(out, "\n{}", ui.paint(HEADING, "proof that the device signed two histories"));
        fork_words(out, fork);
    }
}

fn evidence(out: &mut String, verdict: &Document) {
    for evidence in verdict.array(&["evidence"]) {
        let said = |name| text(evidence, &[name]).map_or_else(|| "-".to_owned(), printable);
        let counts = document_flag(evidence);
        let kind =
            text(evidence, &["kind"]).map_or_else(String::new, |kind| format!(", {}", printable(kind)));
        let covers = integer(evidence, &["covers_seq"]).map_or_else(|| "?".to_owned(), grouped);
        let weight = if counts { "" } else { "; the verdict does not rest on it" };
        let _infallible = writeln!(
            out,
            "  {} {}{kind}: {}, up to transaction {covers}{weight}",
            said("tier"),
            said("source"),
            said("result").replace('_', " "),
        );
    }
}

fn document_flag(evidence: &Value) -> bool {
    evidence.get("counts").and_then(Value::as_bool) == Some(true)
}

/// A receipt as a line or two.
pub(crate) fn receipt_words(out: &mut String, receipt: &Value) {
    let said = |path: &[&str]| document::member(receipt, path);
    let shown = |path: &[&str]| said(path).and_then(Value::as_str).map_or_else(|| "-".to_owned(), printable);
    let count = |path: &[&str]| said(path).and_then(Value::as_int).map_or_else(|| "-".to_owned(), grouped);
    let kind = shown(&["body", "transaction", "kind"]);
    let what = match kind.as_str() {
        "spend" => format!(
            "{} {} for {} ({})",
            count(&["body", "transaction", "amount"]),
            shown(&["body", "transaction", "class"]),
            shown(&["body", "transaction", "purpose"]),
            shown(&["body", "transaction", "request_id"]),
        ),
        "mint" => format!(
            "{} of {}",
            said(&["body", "transaction", "notes"])
                .and_then(Value::as_int)
                .map_or_else(|| "?".to_owned(), |notes| counted(notes, "note")),
            shown(&["body", "transaction", "envelope_id"])
        ),
        "request" => shown(&["body", "transaction", "request_id"]),
        "reanchor" => format!(
            "{}: {}",
            shown(&["body", "transaction", "change", "what"]),
            shown(&["body", "transaction", "reason"])
        ),
        _ => shown(&["body", "transaction", "bench_id"]),
    };
    let (seq, time) = (count(&["body", "seq"]), shown(&["body", "transaction", "time"]));
    let _infallible = writeln!(out, "{seq:>8}  {time}  {kind:<8}  {what}");
    for note in said(&["body", "created"]).and_then(Value::as_array).unwrap_or_default() {
        let amount = integer(note, &["amount"]).map_or_else(|| "-".to_owned(), grouped);
        let id = text(note, &["id"]).map_or_else(|| "-".to_owned(), printable);
        let _infallible = writeln!(out, "{:>8}  change {amount}: note {id}", "");
    }
    let _infallible = writeln!(out, "{:>8}  head {}", "", shown(&["body", "head"]));
}

/// What a proof shows.
pub(crate) fn fork_words(out: &mut String, proof: &Value) {
    let words = match text(proof, &["conflict", "kind"]) {
        Some("notes_spent_twice") => "both spend the same notes",
        Some("transaction_twice") => "both are the same transaction, with different content",
        Some("envelope_minted_twice") => "both mint the same envelope, in two vaults",
        _ => "they contradict each other",
    };
    let _infallible = writeln!(out, "  {words}:");
    let notes = document::member(proof, &["conflict", "notes"]).and_then(Value::as_array).unwrap_or_default();
    for note in notes {
        let _infallible = writeln!(out, "    note {}", printable(note.as_str().unwrap_or("?")));
    }
    for receipt in document::member(proof, &["receipts"]).and_then(Value::as_array).unwrap_or_default() {
        receipt_words(out, receipt);
    }
}
