//! A `ztp.audit.verdict/1` document in words: the status first, then what is wrong, what it rests on, and what was not checked.

use std::fmt::{self, Write as _};

use anstyle::Style;
use ztp_core::canonical::Value;

use crate::document::{Document, integer, text};
use crate::ui::{BAD, CAUTION, GOOD, HEADING, Ui, grouped, printable};

/// The verdict for a person. `missing` lists the grades that `--require` asked for and the verdict does not have.
pub(crate) fn words(ui: &Ui, verdict: &Document, dir: &str, missing: &[&str]) -> String {
    let mut out = String::new();
    let page = Page { ui, verdict };
    // Writing to a string does not fail.
    let _infallible = page.write(&mut out, dir, missing);
    out
}

struct Page<'a> {
    ui: &'a Ui,
    verdict: &'a Document,
}

impl Page<'_> {
    fn write(&self, out: &mut String, dir: &str, missing: &[&str]) -> fmt::Result {
        let status = self.verdict.text(&["status"]).unwrap_or("unknown");
        self.first_line(out, status, missing)?;
        self.log(out, dir)?;
        self.breaks(out)?;
        self.anchors(out, missing)?;
        self.tail(out)?;
        self.clock(out)?;
        self.unchecked(out)?;
        self.advice(out, status, missing)
    }

    fn heading(&self, name: &str) -> String {
        self.ui.paint(HEADING, name)
    }

    fn number(&self, path: &[&str]) -> String {
        self.verdict.integer(path).map_or_else(|| "none".to_owned(), grouped)
    }

    fn first_line(&self, out: &mut String, status: &str, missing: &[&str]) -> fmt::Result {
        let (style, sentence): (Style, String) = match status {
            "intact" => {
                let style = if missing.is_empty() { GOOD } else { CAUTION };
                (
                    style,
                    format!(
                        "everything that was checked holds, up to record {}",
                        self.number(&["verified_to_seq"])
                    ),
                )
            }
            "truncated" => (BAD, "the log ends before a point that it had reached".to_owned()),
            "forked" => (BAD, "this is not the log whose checkpoint you kept".to_owned()),
            "rolled_back" => {
                (BAD, "the log ends before the checkpoint you kept: an older copy was put back".to_owned())
            }
            _ => (BAD, self.broken_at()),
        };
        writeln!(out, "{}: {sentence}", self.ui.paint(style, &printable(status)))
    }

    fn broken_at(&self) -> String {
        match self.verdict.array(&["breaks"]).first() {
            Some(first) => {
                let seq = integer(first, &["seq"]).map_or_else(|| "?".to_owned(), grouped);
                let when = text(first, &["timestamp"])
                    .map_or_else(String::new, |t| format!(", written {}", printable(t)));
                format!("the log does not hold at record {seq}{when}")
            }
            None => "the log does not hold".to_owned(),
        }
    }

    fn log(&self, out: &mut String, dir: &str) -> fmt::Result {
        let origin = self.verdict.text(&["log", "origin"]).map_or_else(|| "unknown".to_owned(), printable);
        writeln!(out, "  log      {origin} in {}", printable(dir))?;
        writeln!(out, "  records  {}, seals {}", self.number(&["records"]), self.number(&["seals"]))?;
        match self.verdict.integer(&["head", "size"]) {
            Some(size) => writeln!(
                out,
                "  head     {} records, epoch {}, sealed {}\n           root {}",
                grouped(size),
                self.number(&["head", "epoch"]),
                printable(self.verdict.text(&["head", "timestamp"]).unwrap_or("?")),
                printable(self.verdict.text(&["head", "root"]).unwrap_or("?")),
            ),
            None => writeln!(out, "  head     none: no seal verifies"),
        }
    }

    fn breaks(&self, out: &mut String) -> fmt::Result {
        let breaks = self.verdict.array(&["breaks"]);
        let total = self.verdict.integer(&["breaks_total"]).unwrap_or(0);
        if breaks.is_empty() && total == 0 {
            return Ok(());
        }
        writeln!(out, "\n{}", self.heading(&format!("breaks: {}", grouped(total))))?;
        writeln!(out, "  {:<18} {:>12}  {:<40} {:>10}  timestamp", "kind", "seq", "file", "offset")?;
        for entry in breaks {
            let shown = |name| text(entry, &[name]).map_or_else(|| "-".to_owned(), printable);
            let count = |name| integer(entry, &[name]).map_or_else(|| "-".to_owned(), grouped);
            let (kind, file) = (shown("kind"), shown("file"));
            let (seq, offset, timestamp) = (count("seq"), count("offset"), shown("timestamp"));
            writeln!(out, "  {kind:<18} {seq:>12}  {file:<40} {offset:>10}  {timestamp}")?;
            writeln!(out, "    expected {}\n    found    {}", shown("expected"), shown("found"))?;
        }
        Self::more(out, breaks.len(), total)
    }

    /// How many there are beyond those listed.
    fn more(out: &mut String, listed: usize, total: i64) -> fmt::Result {
        let more = total.saturating_sub(i64::try_from(listed).unwrap_or(i64::MAX));
        if more > 0 { writeln!(out, "  and {} more, not listed", grouped(more)) } else { Ok(()) }
    }

    fn anchors(&self, out: &mut String, missing: &[&str]) -> fmt::Result {
        writeln!(out, "\n{}", self.heading("rests on"))?;
        let anchors = self.verdict.array(&["anchors"]);
        for anchor in anchors {
            writeln!(out, "  {}", anchor_words(anchor))?;
        }
        if anchors.is_empty() {
            writeln!(out, "  nothing outside the records themselves")?;
        }
        for grade in missing {
            let grade = grade.replace('_', "-");
            writeln!(out, "  {} {grade}, which --require asked for", self.ui.paint(CAUTION, "missing:"))?;
        }
        Ok(())
    }

    fn tail(&self, out: &mut String) -> fmt::Result {
        let part = |name| self.verdict.integer(&["unanchored_tail", name]).unwrap_or(0);
        let (records, torn) = (part("records"), part("torn_bytes"));
        let pending = self.verdict.value(&["unanchored_tail", "pending_seal"]) == Some(&Value::Bool(true));
        if records == 0 && torn == 0 && !pending {
            return writeln!(out, "\n{} none", self.heading("unanchored tail:"));
        }
        writeln!(
            out,
            "\n{} {} records from record {} on: whoever holds the host can still rewrite them",
            self.heading("unanchored tail:"),
            grouped(records),
            grouped(part("from_seq")),
        )?;
        if torn > 0 {
            writeln!(out, "  and {} bytes of a line that is being written or was cut off", grouped(torn))?;
        }
        if pending {
            writeln!(out, "  the last record is a seal whose checkpoint is not written yet")?;
        }
        Ok(())
    }

    fn clock(&self, out: &mut String) -> fmt::Result {
        let total = self.verdict.integer(&["clock_steps_total"]).unwrap_or(0);
        if total == 0 {
            return Ok(());
        }
        writeln!(out, "\n{} {} (not a break)", self.heading("the clock was set back:"), grouped(total))?;
        for step in self.verdict.array(&["clock_steps"]) {
            let shown = |name| text(step, &[name]).map_or_else(|| "?".to_owned(), printable);
            let seq = integer(step, &["seq"]).map_or_else(|| "?".to_owned(), grouped);
            writeln!(out, "  record {seq}: {} after {}", shown("to"), shown("from"))?;
        }
        Self::more(out, self.verdict.array(&["clock_steps"]).len(), total)
    }

    fn unchecked(&self, out: &mut String) -> fmt::Result {
        let unchecked = self.verdict.array(&["unchecked"]);
        if unchecked.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.heading("not checked"))?;
        for name in unchecked {
            writeln!(out, "  {}", unchecked_words(name.as_str().unwrap_or("?")))?;
        }
        Ok(())
    }

    fn advice(&self, out: &mut String, status: &str, missing: &[&str]) -> fmt::Result {
        let advice = match status {
            "intact" if missing.is_empty() => return Ok(()),
            "intact" => "give what the missing anchor needs: --vkey for pinned-key, --head for auditor-head",
            "forked" | "rolled_back" => {
                "treat this as an incident: keep your checkpoint and a copy of the whole directory; together they are the evidence"
            }
            _ => {
                "treat this as an incident (tampering, or damaged storage): copy the whole directory as it is, note who had access, \
                 escalate; a break is never repaired"
            }
        };
        writeln!(out, "\n{} {advice}", self.heading("what to do:"))
    }
}

fn anchor_words(anchor: &Value) -> String {
    let size = || integer(anchor, &["size"]).map_or_else(|| "?".to_owned(), grouped);
    match text(anchor, &["kind"]) {
        Some("evolved_key") => {
            let epoch = integer(anchor, &["epoch"]).map_or_else(|| "?".to_owned(), grouped);
            format!("evolved-key   seals of epochs 0 to {epoch}, over the first {} records", size())
        }
        Some("pinned_key") => {
            let vkey = text(anchor, &["vkey"]).map_or_else(|| "?".to_owned(), printable);
            format!("pinned-key    the log started with the key you gave, {vkey}")
        }
        Some("auditor_head") => {
            format!("auditor-head  the log contains the checkpoint you kept, over {} records", size())
        }
        kind => printable(kind.unwrap_or("an anchor without a kind")),
    }
}

fn unchecked_words(name: &str) -> String {
    let words = match name {
        "first_key_not_pinned" => "who started the log: give its first key with --vkey",
        "no_head_kept_by_auditor" => {
            "whether an older copy was put back: give the checkpoint you kept with --head"
        }
        "head_root_after_break" => "the checkpoint you kept: a break lies before it",
        "checkpoint_roots_after_break" => "the roots of checkpoints after the first break",
        "content_before_since" => {
            "the content of records before --since: they were held against the checkpoints only"
        }
        _ => return printable(name).replace('_', " "),
    };
    words.to_owned()
}
