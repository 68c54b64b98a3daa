//! Scanning files: each in pieces, with what was found in all of them in one document.

use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use ztp_core::canonical::{self, Value};
use ztp_core::code;
use ztp_facade::{DlpScanner, FacadeError, Job, Outcome};

use super::walk::{self, Entry, Walk};
use crate::document::{self, Document, object, string};

/// Bytes read at once.
const READ_BYTES: usize = 256 << 10;

/// Findings, and things not looked at, that are listed; the rest is counted.
const LISTED_MAX: usize = 10_000;

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    files: i64,
    bytes: u64,
    links: i64,
    findings: Listed,
    suppressed: Listed,
    unchecked: Listed,
    /// The code of the first report with findings, and of the first that is not whole.
    found: Option<u32>,
    incomplete: Option<u32>,
}

/// A list that does not grow for ever.
#[derive(Debug, Default)]
struct Listed {
    listed: Vec<Value>,
    count: i64,
}

impl Listed {
    fn add(&mut self, value: Value) {
        self.count += 1;
        if self.listed.len() < LISTED_MAX {
            self.listed.push(value);
        }
    }
}

/// Scans everything below the paths. The outcome's document is a `ztp.dlp.scan/1`, whatever was found.
pub(super) fn scan(scanner: &DlpScanner, paths: &[PathBuf], now_ms: i64, job: &Job) -> Outcome {
    let total = Walk::new(paths).filter_map(|entry| match entry {
        Entry::File(_, bytes) => Some(bytes),
        _ => None,
    });
    let total = total.take_while(|_| !job.is_cancelled()).fold(0, u64::saturating_add);
    let mut found = Found::default();
    for entry in Walk::new(paths) {
        if job.is_cancelled() {
            return Outcome::failure(&FacadeError::Cancelled);
        }
        match entry {
            Entry::Link(path) if paths.contains(&path) => {
                found.unchecked(&name(scanner, &path, now_ms), "it is a link: give the path it leads to");
            }
            Entry::Link(_) => found.links += 1,
            Entry::Special(path) => found.unchecked(&name(scanner, &path, now_ms), "it is no regular file"),
            Entry::Unreadable(path, error) => {
                found.unchecked(&name(scanner, &path, now_ms), &error.to_string());
            }
            Entry::File(path, _) => {
                if let Err(outcome) = found.file(scanner, &path, now_ms, (job, total)) {
                    return outcome;
                }
            }
        }
    }
    found.outcome(scanner)
}

/// What a path is called in the document: itself, unless the scanner finds something in it.
fn name(scanner: &DlpScanner, path: &Path, now_ms: i64) -> (String, Option<Outcome>) {
    let outcome = stream(scanner, now_ms, |update| update(path.as_os_str().as_bytes()));
    match outcome {
        Ok(outcome) if outcome.is_ok() => (path.to_string_lossy().into_owned(), None),
        Ok(outcome) | Err(outcome) => ("(a name that is not shown)".to_owned(), Some(outcome)),
    }
}

/// Runs bytes through a stream of its own, and gives the report.
fn stream(
    scanner: &DlpScanner,
    now_ms: i64,
    feed: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<(), Outcome>) -> Result<(), Outcome>,
) -> Result<Outcome, Outcome> {
    let (stream, _) = scanner.begin(b"", now_ms)?;
    feed(&mut |bytes| {
        let outcome = stream.update(bytes);
        if outcome.is_ok() { Ok(()) } else { Err(outcome) }
    })?;
    Ok(stream.finish(b"", now_ms))
}

impl Found {
    fn file(
        &mut self,
        scanner: &DlpScanner,
        path: &Path,
        now_ms: i64,
        (job, total): (&Job, u64),
    ) -> Result<(), Outcome> {
        let named = name(scanner, path, now_ms);
        if let (shown, Some(outcome)) = &named {
            self.report(shown, "name", outcome)?;
        }
        let mut file = match walk::open(path) {
            Ok(file) => file,
            Err(error) => {
                self.unchecked(&named, &error.to_string());
                return Ok(());
            }
        };
        let mut buffer = vec![0; READ_BYTES];
        let mut fault = None;
        let outcome = stream(scanner, now_ms, |update| {
            loop {
                let piece = match file.read(&mut buffer) {
                    Ok(0) => return Ok(()),
                    Ok(read) => buffer.get(..read).unwrap_or_default(),
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(error) => {
                        fault = Some(error);
                        return Ok(());
                    }
                };
                if job.is_cancelled() {
                    return Err(Outcome::failure(&FacadeError::Cancelled));
                }
                update(piece)?;
                self.bytes = self.bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                job.advance(self.bytes, total.max(self.bytes));
            }
        })?;
        self.files += 1;
        if let Some(error) = fault {
            self.unchecked(&named, &error.to_string());
        }
        self.report(&named.0, "content", &outcome)
    }

    fn report(&mut self, shown: &str, of: &str, outcome: &Outcome) -> Result<(), Outcome> {
        let report = Document::parse(&outcome.document);
        if report.text(&["schema"]) != Some("ztp.dlp.report/1") {
            return Err(outcome.clone());
        }
        let place = |finding: &Value| {
            let mut finding = finding.clone();
            if let Value::Object(members) = &mut finding {
                members.insert("file".to_owned(), string(shown));
                members.insert("of".to_owned(), string(of));
            }
            finding
        };
        let findings = report.array(&["findings"]);
        findings.iter().for_each(|finding| self.findings.add(place(finding)));
        report.array(&["suppressed"]).iter().for_each(|finding| self.suppressed.add(place(finding)));
        if !findings.is_empty() {
            self.found.get_or_insert(outcome.status);
        }
        for gap in report.array(&["scan_incomplete"]) {
            self.incomplete.get_or_insert(outcome.status);
            let why = document::text(gap, &["reason"]).unwrap_or("?");
            self.unchecked(&(shown.to_owned(), None), &format!("a part was not looked at: {why}"));
        }
        Ok(())
    }

    fn unchecked(&mut self, (shown, _): &(String, Option<Outcome>), reason: &str) {
        self.unchecked.add(object([("file", Some(string(shown))), ("reason", Some(string(reason)))]));
    }

    fn outcome(self, scanner: &DlpScanner) -> Outcome {
        let unreadable = || code::by_name("file_unreadable").map(|entry| entry.number);
        let status = match (self.found, self.unchecked.count) {
            (Some(status), _) => Some(status),
            (None, 0) => None,
            (None, _) => self.incomplete.or_else(unreadable),
        };
        let verdict = match (self.found, self.unchecked.count) {
            (Some(_), _) => "findings",
            (None, 0) => "clean",
            (None, _) => "incomplete",
        };
        let rules = scanner.rules();
        let rule_set = Document::parse(&rules.document).text(&["rule_set"]).unwrap_or_default().to_owned();
        let value = object([
            ("bytes", Some(Value::Int(i64::try_from(self.bytes).unwrap_or(i64::MAX)))),
            ("files", Some(Value::Int(self.files))),
            ("findings", Some(self.findings.listed.into())),
            ("findings_count", Some(Value::Int(self.findings.count))),
            ("links_not_followed", Some(Value::Int(self.links))),
            ("rule_set", Some(string(rule_set))),
            ("schema", Some(string("ztp.dlp.scan/1"))),
            ("suppressed", Some(self.suppressed.listed.into())),
            ("suppressed_count", Some(Value::Int(self.suppressed.count))),
            ("unchecked", Some(self.unchecked.listed.into())),
            ("unchecked_count", Some(Value::Int(self.unchecked.count))),
            ("verdict", Some(string(verdict))),
        ]);
        let document = canonical::write(&value).unwrap_or_else(|_| document::bytes(&Value::Null));
        Outcome { status: status.unwrap_or(Outcome::OK), document }
    }
}
