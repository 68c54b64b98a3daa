//! `ztp anomaly run`: the detectors' events and state are sealed in the log, once or for as long as nobody stops it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use ztp_core::canonical::Value;
use ztp_core::event::{EventClass, VOCABULARY};
use ztp_facade::{Job, anomaly_pending, audit_append};

use super::anomaly::{SHOWN, alert_line, settings_and_approvers};
use super::anomaly_words::unjudged;
use super::path_bytes;
use crate::cli::AnomalyRunArgs;
use crate::document::{self, Document, object, string, text};
use crate::exit::Exit;
use crate::failure::{Failure, succeeded};
use crate::files::{self, now_ms};
use crate::progress::{self, StopFlag};
use crate::ui::{BAD, Report, Ui, counted_as, printable};
use crate::words::fitted;

/// How often a signal is looked for between two rounds.
const POLL: Duration = Duration::from_millis(100);

/// What one round sealed.
struct Round {
    events: Vec<Value>,
    refused: Vec<Value>,
    seq: Option<i64>,
    unjudged: Value,
}

/// Runs the detectors from the log's start or the kept snapshot, and remembers the last snapshot that it sealed itself.
struct Rounds<'a> {
    args: &'a AnomalyRunArgs,
    options: BTreeMap<String, Value>,
    kept: Option<Value>,
}

pub(super) fn run(args: &AnomalyRunArgs, ui: &Ui) -> Result<Report, Failure> {
    let kept = match &args.keep {
        Some(path) if path.exists() => {
            Some(Document::parse(files::read(path)?.trim_ascii()).value(&[]).cloned().unwrap_or(Value::Null))
        }
        _ => None,
    };
    let mut options = settings_and_approvers(&args.settings, &args.approver)?;
    options.extend(args.snapshot_every.map(|n| ("snapshot_every".to_owned(), Value::Int(i64::from(n)))));
    let mut rounds = Rounds { args, options, kept };
    let stop = StopFlag::install()?;
    if args.follow { follow(&mut rounds, &stop, ui) } else { report(&mut rounds, &stop, ui) }
}

impl Rounds<'_> {
    /// One round: what is not sealed yet is.
    fn seal(&mut self, stop: &StopFlag, ui: &Ui) -> Result<Round, Failure> {
        let mut options = self.options.clone();
        options.insert("unjudged".to_owned(), Value::Bool(true));
        let wants_to_keep = self.args.keep.is_some() || self.args.follow;
        match &self.kept {
            Some(kept) => drop(options.insert("resume".to_owned(), kept.clone())),
            None if wants_to_keep => drop(options.insert("snapshot".to_owned(), string("always"))),
            None => {}
        }
        let options = document::bytes(&Value::Object(options));
        let dir = path_bytes(&self.args.dir);
        let work = |job: &Job| anomaly_pending(dir, &options, job);
        let lines = succeeded(progress::run_until(ui, stop, work)?)?;
        let (lines, told) = lines.split_at(last_line(&lines));
        let unjudged = Document::parse(told.trim_ascii()).value(&["unjudged"]).cloned();
        let mut round = Round {
            events: Vec::new(),
            refused: Vec::new(),
            seq: None,
            unjudged: unjudged.unwrap_or(Value::Null),
        };
        let mut snapshot = None;
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let event = Document::parse(line);
            let payload = event.value(&["payload"]).cloned().unwrap_or(Value::Null);
            match event.text(&["event_class"]) {
                Some("anomaly.snapshot") => snapshot = Some(kept_of(&payload)),
                Some("anomaly.snapshot-refused") => round.refused.push(payload),
                _ => round.events.push(payload),
            }
        }
        if !lines.is_empty() {
            let appended = succeeded(audit_append(dir, lines, &own_classes(), now_ms()))?;
            round.seq = Document::parse(&appended).integer(&["seq"]);
        }
        if let Some(snapshot) = snapshot {
            if let Some(path) = &self.args.keep {
                let mut line = document::bytes(&snapshot);
                line.push(b'\n');
                files::replace(path, &line)?;
            }
            self.kept = Some(snapshot);
        }
        Ok(round)
    }

    fn document(&self, round: Round) -> Vec<u8> {
        document::bytes(&object([
            ("events", Some(Value::Array(round.events))),
            ("refused", Some(Value::Array(round.refused))),
            ("schema", Some(string("ztp.anomaly.run/1"))),
            ("seq", Some(Value::from(round.seq))),
            ("snapshot", Some(self.kept.clone().unwrap_or(Value::Null))),
            ("unjudged", Some(round.unjudged)),
        ]))
    }
}

/// Where the last line begins, which says what was not judged and is no event.
fn last_line(lines: &[u8]) -> usize {
    let before = lines.strip_suffix(b"\n").unwrap_or(lines);
    before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
}

/// What is kept of a snapshot.
fn kept_of(payload: &Value) -> Value {
    object(["chain_hash", "seq", "state_hash"].map(|name| (name, payload.get(name).cloned())))
}

fn words(round: &Round, shown: usize, ui: &Ui) -> String {
    let mut out = String::new();
    for event in round.events.iter().take(shown) {
        let _infallible = writeln!(out, "  {}", alert_line(event));
    }
    for refused in &round.refused {
        let seq = document::integer(refused, &["seq"]).map_or_else(|| "?".to_owned(), |seq| seq.to_string());
        let why = text(refused, &["code"]).map_or_else(|| "?".to_owned(), printable);
        let what = ui.paint(BAD, "snapshot refused");
        let _infallible =
            writeln!(out, "  {what}: record {seq} is not the state that the records lead to ({why})");
    }
    out
}

fn exit(round: &Round) -> Exit {
    let fired = round.events.iter().any(|event| text(event, &["phase"]) == Some("fired"));
    if fired || !round.refused.is_empty() { Exit::Finding } else { Exit::Holds }
}

fn report(rounds: &mut Rounds<'_>, stop: &StopFlag, ui: &Ui) -> Result<Report, Failure> {
    let round = rounds.seal(stop, ui)?;
    let mut out = match i64::try_from(round.events.len()).unwrap_or(i64::MAX) {
        0 => "everything that the detectors say was sealed already\n".to_owned(),
        n => counted_as(
            n,
            "event of the detectors was not sealed yet, and is now\n",
            "events of the detectors were not sealed yet, and are now\n",
        ),
    };
    unjudged(&mut out, ui, &object([("unjudged", Some(round.unjudged.clone()))]));
    out.push_str(&words(&round, SHOWN, ui));
    let exit = exit(&round);
    Ok(Report { exit, document: rounds.document(round), text: out.into_bytes() })
}

/// Rounds until a signal; each that sealed something is told as it comes. Ends like a single round would.
fn follow(rounds: &mut Rounds<'_>, stop: &StopFlag, ui: &Ui) -> Result<Report, Failure> {
    let interval = Duration::from_secs(u64::from(rounds.args.interval));
    let mut last = Exit::Holds;
    while !stop.is_set() {
        let started = Instant::now();
        match rounds.seal(stop, ui) {
            Ok(round) if round.events.is_empty() && round.refused.is_empty() => {}
            Ok(round) => {
                if exit(&round) == Exit::Finding {
                    last = Exit::Finding;
                }
                let words = words(&round, usize::MAX, ui);
                let document = rounds.document(round);
                ui.stream(&document, fitted(&words).as_bytes())?;
            }
            Err(_cancelled) if stop.is_set() => break,
            Err(failure) if Document::parse(failure.document()).text(&["code"]) == Some("log_locked") => {
                ui.say("ztp: another process writes to the log; what is to be sealed waits for it");
            }
            Err(failure) => return Err(failure),
        }
        while !stop.is_set() && started.elapsed() < interval {
            thread::sleep(POLL.min(interval));
        }
    }
    let round = Round { events: Vec::new(), refused: Vec::new(), seq: None, unjudged: Value::Null };
    Ok(Report { exit: last, document: rounds.document(round), text: b"stopped\n".to_vec() })
}

/// The options of an append of the detectors' own events.
fn own_classes() -> Vec<u8> {
    let classes = VOCABULARY.iter().map(EventClass::as_str);
    let own: Vec<Value> = classes.filter(|class| class.starts_with("anomaly.")).map(string).collect();
    document::bytes(&object([("allow_classes", Some(Value::Array(own)))]))
}
