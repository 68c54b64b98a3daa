//! Scanning files: each in pieces, with what was found in all of them in one document, and told as it is found.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;

use ztp_core::canonical::{self, Value};
use ztp_core::code;
use ztp_facade::{DlpScanner, DlpStream, FacadeError, Job, Outcome};

use super::walk::{self, Entry, Walk};
use crate::document::{self, Document, object, string};

/// Bytes read at once.
const READ_BYTES: usize = 256 << 10;

/// Findings, and things not looked at, that are listed; the rest is counted.
const LISTED_MAX: usize = 10_000;

/// Line and column of offsets.
type Places = BTreeMap<i64, (i64, i64)>;

/// What is told when it is found, in the order of the document's lists.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told<'a> {
    Finding(&'a Value),
    /// Findings that a report counts and does not list.
    Unlisted(&'a Value),
    Unchecked(&'a Value),
}

/// What was found so far.
#[derive(Default)]
struct Found<'t> {
    tell: Option<&'t mut dyn FnMut(Told<'_>)>,
    files: i64,
    bytes: u64,
    links: i64,
    findings: Listed,
    suppressed: Listed,
    /// Findings that a report counts and does not list.
    unlisted: Listed,
    unchecked: Listed,
    /// The code of the first report with findings, and of the first that is not whole.
    found: Option<u32>,
    incomplete: Option<u32>,
    /// The gravest finding of all, whether it is listed or not: its place among the severities, and its name.
    gravest: Option<(usize, String)>,
}

/// A list that does not grow for ever.
#[derive(Debug, Default)]
struct Listed {
    listed: Vec<Value>,
    count: i64,
}

impl Listed {
    /// Counts one, and gives it back if it is listed.
    fn add(&mut self, value: Value) -> Option<&Value> {
        self.count += 1;
        if self.listed.len() >= LISTED_MAX {
            return None;
        }
        self.listed.push(value);
        self.listed.last()
    }
}

/// Entries of a walk that are taken at a time, for each thread.
const BATCH: usize = 64;

/// What one entry of the walk gave.
#[derive(Debug, Default)]
struct Scanned {
    link: bool,
    file: bool,
    reports: Vec<(String, &'static str, Outcome, Places)>,
    unchecked: Vec<(String, String)>,
}

impl Scanned {
    /// What is known by its name alone: what was found in that, and why no more was looked at, if there is more.
    fn named((shown, outcome): (String, Option<Outcome>), reason: Option<&str>) -> Self {
        let unchecked = reason.map(|reason| (shown.clone(), reason.to_owned()));
        let reports = outcome.map(|outcome| (shown, "name", outcome, Places::new()));
        Self {
            unchecked: unchecked.into_iter().collect(),
            reports: reports.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// How far all threads have come together, and how far it is.
struct Way<'a> {
    job: &'a Job,
    /// The paths that are scanned, without links.
    roots: &'a [PathBuf],
    total: u64,
    done: AtomicU64,
}

/// Scans everything below the paths, on all cores. What is found is told at once, unless something before it is still looked at, so that
/// it stands in the order of the walk. The outcome's document is a `ztp.dlp.scan/1`, whatever was found.
pub(super) fn scan(
    scanner: &DlpScanner,
    paths: &[PathBuf],
    now_ms: i64,
    tag_key: bool,
    job: &Job,
    tell: &mut dyn FnMut(Told<'_>),
) -> Outcome {
    let total = Walk::new(paths).filter_map(|entry| match entry {
        Entry::File(_, bytes) => Some(bytes),
        _ => None,
    });
    let total = total.take_while(|_| !job.is_cancelled()).fold(0, u64::saturating_add);
    let roots: Vec<PathBuf> = paths.iter().filter_map(|path| std::fs::canonicalize(path).ok()).collect();
    let way = Way { job, roots: &roots, total, done: AtomicU64::new(0) };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(16);
    let mut found = Found { tell: Some(tell), ..Found::default() };
    let mut walk = Walk::new(paths);
    loop {
        let batch: Vec<Entry> = walk.by_ref().take(BATCH * threads).collect();
        if batch.is_empty() {
            break;
        }
        let next = AtomicUsize::new(0);
        let taken = std::thread::scope(|scope| {
            let (done, results) = mpsc::channel();
            for _ in 0..threads.min(batch.len()) {
                let done = done.clone();
                let (batch, next, way) = (&batch, &next, &way);
                scope.spawn(move || {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(entry) = batch.get(number) else { break };
                        // Nobody listens any more once an entry has failed.
                        if done.send((number, one(scanner, entry, paths, now_ms, way))).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(done);
            found.take_in_order(results)
        });
        if let Err(outcome) = taken {
            return outcome;
        }
    }
    found.bytes = way.done.into_inner();
    found.outcome(scanner, tag_key)
}

/// Looks at one entry.
fn one(
    scanner: &DlpScanner,
    entry: &Entry,
    paths: &[PathBuf],
    now_ms: i64,
    way: &Way<'_>,
) -> Result<Scanned, Outcome> {
    if way.job.is_cancelled() {
        return Err(Outcome::failure(&FacadeError::Cancelled));
    }
    let named = |path: &Path, reason: Option<&str>| Scanned::named(name(scanner, path, now_ms), reason);
    Ok(match entry {
        Entry::Link(path) => {
            let given = paths.contains(path);
            let reason = if given {
                Some("it is a link: give the path it leads to")
            } else {
                leads_out(path, way.roots)
                    .then_some("it is a link out of what is scanned: give the path it leads to")
            };
            let mut scanned = Scanned { link: !given, ..named(path, reason) };
            // Where it leads is a text that goes along with it.
            if let Ok(target) = std::fs::read_link(path)
                && let (_, Some(outcome)) = name(scanner, &target, now_ms)
            {
                let shown = name(scanner, path, now_ms).0;
                scanned.reports.push((shown, "name", outcome, Places::new()));
            }
            scanned
        }
        Entry::Empty(path) => named(path, None),
        Entry::Special(path) => named(path, Some("it is no regular file")),
        Entry::Unreadable(path, error) => named(path, Some(&error.to_string())),
        Entry::File(path, _) => file(scanner, path, now_ms, way)?,
    })
}

/// Whether a link leads to something that the walk does not come to by itself. One that leads nowhere has nothing to look at.
fn leads_out(link: &Path, roots: &[PathBuf]) -> bool {
    match std::fs::canonicalize(link) {
        Ok(target) => !roots.iter().any(|root| target.starts_with(root)),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

fn file(scanner: &DlpScanner, path: &Path, now_ms: i64, way: &Way<'_>) -> Result<Scanned, Outcome> {
    let named = name(scanner, path, now_ms);
    let mut scanned = Scanned::default();
    if let (shown, Some(outcome)) = &named {
        scanned.reports.push((shown.clone(), "name", outcome.clone(), Places::new()));
    }
    let mut file = match walk::open(path) {
        Ok(file) => file,
        Err(error) => {
            scanned.unchecked.push((named.0, error.to_string()));
            return Ok(scanned);
        }
    };
    let mut buffer = vec![0; READ_BYTES];
    let mut fault = None;
    let begun = path.to_str().map(|path| document::bytes(&object([("file", Some(string(path)))])));
    let (begun, _) = scanner.begin(&begun.unwrap_or_default(), now_ms)?;
    let outcome = stream(&begun, now_ms, way.job, |update| {
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
            if way.job.is_cancelled() {
                return Err(Outcome::failure(&FacadeError::Cancelled));
            }
            update(piece)?;
            let read = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let done = way.done.fetch_add(read, Ordering::Relaxed).saturating_add(read);
            way.job.advance(done, way.total.max(done));
        }
    })?;
    scanned.file = true;
    if let Some(error) = fault {
        scanned.unchecked.push((named.0.clone(), error.to_string()));
    }
    let places = if outcome.is_ok() { Places::new() } else { places(&mut file, &outcome) };
    scanned.reports.push((named.0, "content", outcome, places));
    Ok(scanned)
}

/// Line and column, both from 1 and the latter in bytes, of the places at which findings begin. None for a file that cannot be read again.
fn places(file: &mut std::fs::File, outcome: &Outcome) -> Places {
    let report = Document::parse(&outcome.document);
    let findings = report.array(&["findings"]).iter().chain(report.array(&["suppressed"]));
    let starts: BTreeSet<i64> =
        findings.filter_map(|finding| document::integer(finding, &["start"])).collect();
    let mut places = Places::new();
    let mut wanted = starts.into_iter().peekable();
    if wanted.peek().is_none() || file.seek(SeekFrom::Start(0)).is_err() {
        return places;
    }
    let (mut at, mut line, mut column) = (0_i64, 1_i64, 1_i64);
    let mut buffer = vec![0; READ_BYTES];
    while wanted.peek().is_some() {
        let piece = match file.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => buffer.get(..read).unwrap_or_default(),
        };
        for &byte in piece {
            if wanted.next_if_eq(&at).is_some() {
                places.insert(at, (line, column));
            }
            at += 1;
            (line, column) = if byte == b'\n' { (line + 1, 1) } else { (line, column + 1) };
        }
    }
    places
}

/// What a path is called in the document: itself, unless the scanner finds something in it.
fn name(scanner: &DlpScanner, path: &Path, now_ms: i64) -> (String, Option<Outcome>) {
    let outcome = scanner.begin(b"", now_ms).and_then(|(begun, _)| {
        stream(&begun, now_ms, &Job::new(), |update| update(path.as_os_str().as_bytes()))
    });
    match outcome {
        Ok(outcome) if outcome.is_ok() => (path.to_string_lossy().into_owned(), None),
        Ok(outcome) | Err(outcome) => ("(a name that is not shown)".to_owned(), Some(outcome)),
    }
}

/// Runs bytes through a stream, and gives the report.
fn stream(
    stream: &DlpStream,
    now_ms: i64,
    job: &Job,
    feed: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<(), Outcome>) -> Result<(), Outcome>,
) -> Result<Outcome, Outcome> {
    feed(&mut |bytes| {
        let outcome = stream.update_for(bytes, job);
        if outcome.is_ok() { Ok(()) } else { Err(outcome) }
    })?;
    Ok(stream.finish_for(b"", now_ms, job))
}

impl Found<'_> {
    /// Takes what the threads send in the order of the walk; what comes early waits.
    fn take_in_order(
        &mut self,
        results: mpsc::Receiver<(usize, Result<Scanned, Outcome>)>,
    ) -> Result<(), Outcome> {
        let (mut early, mut next) = (BTreeMap::new(), 0);
        for (number, result) in results {
            early.insert(number, result);
            while let Some(result) = early.remove(&next) {
                self.take(result?)?;
                next += 1;
            }
        }
        Ok(())
    }

    fn take(&mut self, scanned: Scanned) -> Result<(), Outcome> {
        self.links += i64::from(scanned.link);
        self.files += i64::from(scanned.file);
        for (shown, of, outcome, places) in &scanned.reports {
            self.report(shown, of, outcome, places)?;
        }
        for (shown, reason) in &scanned.unchecked {
            self.unchecked(shown, reason);
        }
        Ok(())
    }

    fn report(&mut self, shown: &str, of: &str, outcome: &Outcome, places: &Places) -> Result<(), Outcome> {
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
            let start = document::integer(&finding, &["start"]).unwrap_or(-1);
            if let (Value::Object(members), Some((line, column))) = (&mut finding, places.get(&start)) {
                members.insert("line".to_owned(), Value::Int(*line));
                members.insert("column".to_owned(), Value::Int(*column));
            }
            finding
        };
        let findings = report.array(&["findings"]);
        for finding in findings {
            self.weigh(finding);
            if let (Some(finding), Some(tell)) = (self.findings.add(place(finding)), &mut self.tell) {
                tell(Told::Finding(finding));
            }
        }
        for finding in report.array(&["suppressed"]) {
            self.suppressed.add(place(finding));
        }
        if !findings.is_empty() {
            self.found.get_or_insert(outcome.status);
        }
        for beyond in report.array(&["unlisted"]) {
            self.weigh(beyond);
            if let (Some(beyond), Some(tell)) = (self.unlisted.add(place(beyond)), &mut self.tell) {
                tell(Told::Unlisted(beyond));
            }
        }
        for gap in report.array(&["scan_incomplete"]) {
            self.incomplete.get_or_insert(outcome.status);
            let why = document::text(gap, &["reason"]).unwrap_or("?");
            let what = match document::text(gap, &["container"]) {
                Some(container) => {
                    format!("a part was not looked at: {why}, in {container}: scan what is in it by itself")
                }
                None => format!("a part was not looked at: {why}"),
            };
            self.unchecked(shown, &what);
        }
        Ok(())
    }

    /// Keeps the severity of what was found if nothing was graver.
    fn weigh(&mut self, finding: &Value) {
        let word = document::text(finding, &["severity"]).unwrap_or_default();
        let rank = super::rank(word);
        if self.gravest.as_ref().is_none_or(|(gravest, _)| rank > *gravest) {
            self.gravest = Some((rank, word.to_owned()));
        }
    }

    fn unchecked(&mut self, shown: &str, reason: &str) {
        let missed = object([("file", Some(string(shown))), ("reason", Some(string(reason)))]);
        if let (Some(missed), Some(tell)) = (self.unchecked.add(missed), &mut self.tell) {
            tell(Told::Unchecked(missed));
        }
    }

    fn outcome(self, scanner: &DlpScanner, tag_key: bool) -> Outcome {
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
            ("gravest", self.gravest.map(|(_, word)| string(word))),
            ("links_not_followed", Some(Value::Int(self.links))),
            ("rule_set", Some(string(rule_set))),
            ("schema", Some(string("ztp.dlp.scan/1"))),
            ("suppressed", Some(self.suppressed.listed.into())),
            ("suppressed_count", Some(Value::Int(self.suppressed.count))),
            ("tag_key", Some(string(if tag_key { "given" } else { "drawn" }))),
            ("unchecked", Some(self.unchecked.listed.into())),
            ("unchecked_count", Some(Value::Int(self.unchecked.count))),
            ("unlisted", Some(self.unlisted.listed.into())),
            ("unlisted_count", Some(Value::Int(self.unlisted.count))),
            ("verdict", Some(string(verdict))),
        ]);
        let document = canonical::write(&value).unwrap_or_else(|_| document::bytes(&Value::Null));
        Outcome { status: status.unwrap_or(Outcome::OK), document }
    }
}
