//! A `ztp.audit.verdict/1` document in words: the status first, then what is wrong, what it rests on, and what was not checked.

use std::fmt::{self, Write as _};

use anstyle::Style;
use ztp_core::canonical::Value;

use crate::document::{Document, integer, text};
use crate::glossary;
use crate::ui::{BAD, CAUTION, GOOD, HEADING, Ui, counted, grouped, printable};
use crate::words::paragraph;

/// The verdict for a person.
pub(crate) fn words(ui: &Ui, verdict: &Document, dir: &str) -> String {
    let mut out = String::new();
    let page = Page { ui, verdict };
    // Writing to a string does not fail.
    let _infallible = page.write(&mut out, dir);
    out
}

/// What to do about a copy whose end does not fit: most are taken while the log is written.
const COPIED: &str = "copied while it was written? Copy again with `ztp audit copy`; if this stays, treat it as an incident: copy the \
                      whole directory as it is, note who had access, escalate";

/// Named in `unchecked` where seals at the end of the log have no checkpoints.
const SEALS_WITHOUT_CHECKPOINTS: &str = "seals_without_checkpoints";

struct Page<'a> {
    ui: &'a Ui,
    verdict: &'a Document,
}

impl Page<'_> {
    fn write(&self, out: &mut String, dir: &str) -> fmt::Result {
        let status = self.verdict.text(&["status"]).unwrap_or("unknown");
        let missing: Vec<&str> = self.verdict.array(&["missing"]).iter().filter_map(Value::as_str).collect();
        self.first_line(out, status, &missing)?;
        self.log(out, dir)?;
        self.reported(out)?;
        self.breaks(out)?;
        self.anchors(out, &missing)?;
        self.tail(out)?;
        self.clock(out)?;
        self.recovered(out)?;
        self.strays(out)?;
        self.unchecked(out)?;
        self.advice(out, status)?;
        self.keep(out, dir)
    }

    /// The kinds of anchor outside the copy, as the command line names them.
    fn outside(&self) -> Vec<String> {
        let kinds = self.verdict.array(&["anchors"]).iter().filter_map(|anchor| text(anchor, &["kind"]));
        kinds.filter(|kind| *kind != "evolved_key").map(|kind| printable(kind).replace('_', "-")).collect()
    }

    /// What nobody gave yet, so that something outside the copy could vouch for it.
    fn to_give(&self) -> String {
        let unchecked: Vec<&str> =
            self.verdict.array(&["unchecked"]).iter().filter_map(Value::as_str).collect();
        if unchecked.contains(&"first_key_sealed_nothing") {
            return "the key you gave has sealed nothing here yet: seal the log, or give a checkpoint you kept with --head".to_owned();
        }
        "give the key it started with (--vkey) or a checkpoint you kept (--head)".to_owned()
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
                let outside = self.outside();
                if outside.is_empty() {
                    let words = "nothing outside this copy vouches for it, and nothing was required to";
                    (CAUTION, format!("intact, but {words}; {}", self.checked_to()))
                } else {
                    (GOOD, format!("intact, anchored by {}; {}", outside.join(" and "), self.checked_to()))
                }
            }
            "unanchored" if self.seals_at_end() > 0 => {
                let seals = grouped(self.seals_at_end());
                let all = self.verdict.integer(&["seals"]) == Some(0);
                let which = if all { "the seals, all of them," } else { "the last seals" };
                (
                    CAUTION,
                    format!(
                        "what was checked holds, but {which} have no checkpoint ({seals}), and vouch for nothing"
                    ),
                )
            }
            "unanchored" => {
                let words = "what was checked holds, but nothing outside this copy vouches for it";
                (CAUTION, format!("{words}: {}", self.to_give()))
            }
            "below_required" => {
                let grades = missing.join(" and ").replace('_', "-");
                (
                    CAUTION,
                    format!("what was checked holds, but it does not rest on {grades}, which was required"),
                )
            }
            "truncated" => (BAD, "the log ends before a point that it had reached".to_owned()),
            "forked" => (BAD, "this is not the log whose checkpoint you kept".to_owned()),
            "rolled_back" => {
                (BAD, "the log ends before the checkpoint you kept: an older copy was put back".to_owned())
            }
            _ => (BAD, self.broken_at()),
        };
        let line = match sentence.strip_prefix("intact, ") {
            Some(grade) => format!("{}, {grade}", self.ui.paint(style, "intact")),
            None => format!("{}: {sentence}", self.ui.paint(style, &printable(status))),
        };
        paragraph(out, 0, 2, &line);
        Ok(())
    }

    /// Seals at the end whose checkpoints are not there, where they are more than the one that a writer may be at.
    fn seals_at_end(&self) -> i64 {
        let named =
            self.verdict.array(&["unchecked"]).iter().any(|w| w.as_str() == Some(SEALS_WITHOUT_CHECKPOINTS));
        let seals = self.verdict.integer(&["unanchored_tail", "seals"]).unwrap_or(0);
        if named { seals } else { 0 }
    }

    fn checked_to(&self) -> String {
        format!("everything that was checked holds, up to record {}", self.number(&["verified_to_seq"]))
    }

    /// Which part the report looks at, where that is not all of it.
    fn reported(&self, out: &mut String) -> fmt::Result {
        match self.verdict.integer(&["reported", "from_seq"]) {
            Some(0) => Ok(()),
            Some(from) => writeln!(
                out,
                "  reported from record {} on: {}, seals {}; what lies before was checked as well",
                grouped(from),
                counted(self.verdict.integer(&["reported", "records"]).unwrap_or_default(), "record"),
                self.number(&["reported", "seals"]),
            ),
            None => writeln!(out, "  reported no record: none is as late as --since; all were checked"),
        }
    }

    fn broken_at(&self) -> String {
        match self.verdict.array(&["breaks"]).first() {
            Some(first) if text(first, &["kind"]) == Some("pinned_key") => {
                "the log started with another key than the one you pinned".to_owned()
            }
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
                "  head     {}, epoch {}, sealed {}\n           root {}",
                counted(size, "record"),
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
        for entry in breaks {
            let shown = |name| text(entry, &[name]).map_or_else(|| "-".to_owned(), printable);
            let count = |name| integer(entry, &[name]).map_or_else(|| "-".to_owned(), grouped);
            let (kind, file) = (shown("kind"), shown("file"));
            let (seq, offset, timestamp) = (count("seq"), count("offset"), shown("timestamp"));
            writeln!(out, "  {} at record {seq}", self.ui.paint(BAD, &kind))?;
            if let Some(word) = glossary::explained(&kind).first() {
                paragraph(out, 4, 4, word.meaning);
            }
            writeln!(out, "    file     {file}, byte {offset}\n    written  {timestamp}")?;
            writeln!(
                out,
                "    expected {}\n    found    {}",
                some(&shown("expected")),
                some(&shown("found"))
            )?;
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
            let kind = text(anchor, &["kind"]).unwrap_or_default();
            if let Some(word) = glossary::explained(kind).first() {
                paragraph(out, 4, 4, word.meaning);
            }
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
        let them = if records == 1 { "it" } else { "them" };
        let of = format!("{} from record {} on", counted(records, "record"), grouped(part("from_seq")));
        let words = format!("{of}: whoever holds the host can still rewrite {them}");
        out.push('\n');
        paragraph(out, 0, 2, &format!("{} {words}", self.heading("unanchored tail:")));
        if torn > 0 {
            writeln!(out, "  and {} of a line that is being written or was cut off", counted(torn, "byte"))?;
        }
        let age = |name| self.verdict.integer(&["unanchored_tail", name]);
        if let Some(ms) = age("age_ms") {
            let now =
                age("age_now_ms").map_or_else(String::new, |ms| format!(", {} before now", seconds(ms)));
            paragraph(
                out,
                2,
                4,
                &format!("its first record was written {} before the last{now}", seconds(ms)),
            );
        }
        if pending {
            writeln!(out, "  the last record is a seal whose checkpoint is not written yet")?;
        }
        if self.seals_at_end() > 0 {
            let verb = if self.seals_at_end() == 1 { "has" } else { "have" };
            writeln!(out, "  {} in it {verb} no checkpoint", counted(self.seals_at_end(), "seal"))?;
        }
        Ok(())
    }

    fn clock(&self, out: &mut String) -> fmt::Result {
        let total = self.verdict.integer(&["clock_steps_total"]).unwrap_or(0);
        if total == 0 {
            return Ok(());
        }
        writeln!(out, "\n{} {} (not a break)", self.heading("steps of the clock:"), grouped(total))?;
        for step in self.verdict.array(&["clock_steps"]) {
            let shown = |name| text(step, &[name]).map_or_else(|| "?".to_owned(), printable);
            let seq = integer(step, &["seq"]).map_or_else(|| "?".to_owned(), grouped);
            let kind = text(step, &["kind"]).unwrap_or("?");
            let moved = integer(step, &["moved_ms"]).map_or_else(|| "?".to_owned(), seconds);
            let words = match kind {
                "dated_back" => format!("{} after {}", shown("to"), shown("from")),
                _ => format!("{} by {moved}, at {} since {}", clock_words(kind), shown("to"), shown("from")),
            };
            paragraph(out, 2, 4, &format!("record {seq}: {words}"));
        }
        Self::more(out, self.verdict.array(&["clock_steps"]).len(), total)
    }

    /// What recoveries set aside, by the records of the log.
    fn recovered(&self, out: &mut String) -> fmt::Result {
        let times = self.verdict.integer(&["recovered", "records"]).unwrap_or(0);
        if times == 0 {
            return Ok(());
        }
        let number = |name| self.number(&["recovered", name]);
        let (records, bytes) = (number("records"), number("bytes"));
        writeln!(
            out,
            "\n{} {records} (not a break)\n  {bytes} bytes were taken as a write that was cut off and set aside in recovered/: no record was made of them",
            self.heading("recovered:")
        )
    }

    /// What lies in the directory and is no part of the log.
    fn strays(&self, out: &mut String) -> fmt::Result {
        let total = self.verdict.integer(&["strays_total"]).unwrap_or(0);
        if total == 0 {
            return Ok(());
        }
        writeln!(out, "\n{} {} (not a break)", self.heading("beside the log:"), grouped(total))?;
        let strays = self.verdict.array(&["strays"]);
        for stray in strays {
            let file = text(stray, &["file"]).map_or_else(|| "?".to_owned(), printable);
            writeln!(out, "  {file}: {}", stray_words(text(stray, &["kind"]).unwrap_or("?")))?;
        }
        Self::more(out, strays.len(), total)
    }

    fn unchecked(&self, out: &mut String) -> fmt::Result {
        let unchecked = self.verdict.array(&["unchecked"]);
        if !unchecked.is_empty() {
            writeln!(out, "\n{}", self.heading("not checked"))?;
        }
        for name in unchecked {
            paragraph(out, 2, 4, &glossary::unchecked(name.as_str().unwrap_or("?")));
        }
        writeln!(out, "\n{} that records were true when they were written", self.heading("not claimed:"))
    }

    /// The first break is that the log started with another key than the one given.
    fn other_key(&self) -> bool {
        let first = self.verdict.array(&["breaks"]).first();
        first.is_some_and(|first| text(first, &["kind"]) == Some("pinned_key"))
    }

    fn advice(&self, out: &mut String, status: &str) -> fmt::Result {
        let advice = match status {
            "intact" => return Ok(()),
            "unanchored" if self.seals_at_end() > 0 => COPIED,
            "unanchored" => {
                "give --vkey or --head, from outside the bench; --require none says that nothing need vouch for it"
            }
            "below_required" => {
                "give what is missing: --vkey for pinned-key, --head for auditor-head; for sealed-within, ask why the bench stopped sealing"
            }
            "forked" | "rolled_back" => {
                "is it the checkpoint of this log? Logs of one name are told apart by nothing else (`ztp audit init --origin`). If it is, treat this as an incident: keep your checkpoint and a copy of the whole directory; together they are the evidence"
            }
            "truncated" => COPIED,
            _ if self.other_key() => {
                "is it the key of this log? Logs of one name are told apart by nothing else (`ztp audit init --origin`). If it is, treat this as an incident: copy the whole directory as it is, note who had access, escalate"
            }
            _ => {
                "treat this as an incident (tampering, or damaged storage): copy the whole directory as it is, note who had access, \
                 escalate; a break is never repaired"
            }
        };
        out.push('\n');
        paragraph(out, 0, 2, &format!("{} {advice}", self.heading("what to do:")));
        Ok(())
    }

    /// What the auditor takes home, and how the next visit starts from it. Nothing is worth keeping of a log that does not hold, and
    /// of one without a seal there is nothing to keep.
    fn keep(&self, out: &mut String, dir: &str) -> fmt::Result {
        let holds = self.verdict.array(&["breaks"]).is_empty();
        let sealed = self.verdict.integer(&["head", "size"]).is_some();
        if !holds || !sealed {
            return Ok(());
        }
        let dir = quoted(dir);
        writeln!(
            out,
            "\n{}\n  ztp audit head {dir} > kept.head\n  off the bench; on the next visit:\n  ztp audit verify {dir} --head kept.head",
            self.heading("keep this:"),
        )
    }
}

/// A path as a shell takes it: as it is where that is plain, in single quotes otherwise.
fn quoted(path: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ':' | '@' | ',');
    let shown = printable(path);
    if !shown.is_empty() && shown.chars().all(plain) {
        shown
    } else {
        format!("'{}'", shown.replace('\'', "'\\''"))
    }
}

/// What stands in a place, or that nothing does.
fn some(shown: &str) -> &str {
    if shown.is_empty() { "nothing: there is no such record" } else { shown }
}

fn anchor_words(anchor: &Value) -> String {
    let size = || integer(anchor, &["size"]).map_or_else(|| "?".to_owned(), |size| counted(size, "record"));
    match text(anchor, &["kind"]) {
        Some("evolved_key") => {
            let epoch = integer(anchor, &["epoch"]).map_or_else(|| "?".to_owned(), grouped);
            format!("evolved-key   seals of epochs 0 to {epoch}, over the first {}", size())
        }
        Some("pinned_key") => {
            let vkey = text(anchor, &["vkey"]).map_or_else(|| "?".to_owned(), printable);
            format!("pinned-key    the log started with the key you gave, {vkey}")
        }
        Some("auditor_head") => {
            format!("auditor-head  the log contains the checkpoint you kept, over {}", size())
        }
        kind => printable(kind.unwrap_or("an anchor without a kind")),
    }
}

/// A span of milliseconds in seconds.
fn seconds(ms: i64) -> String {
    let (sign, ms) = if ms < 0 { ("-", ms.unsigned_abs()) } else { ("", ms.unsigned_abs()) };
    format!("{sign}{}.{:03} s", ms / 1000, ms % 1000)
}

fn clock_words(kind: &str) -> String {
    glossary::of_kind(kind, "step of a log's clock")
}

fn stray_words(kind: &str) -> String {
    glossary::of_kind(kind, "what lies beside a log")
}
