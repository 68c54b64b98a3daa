//! `ztp audit append`: a stream of events into the sealed log, in groups that share one sync.
//!
//! A thread of its own reads standard input and hands over whole lines; this one appends what has gathered since the last
//! sync, and seals when the policy says so, also while nothing arrives.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use ztp_core::canonical::Value;
use ztp_core::code::{self, Area};
use ztp_core::digest::sha256;
use ztp_core::event::EventClass;
use ztp_facade::{AuditLog, Outcome};

use super::{path_bytes, succeeded};
use crate::cli::AppendArgs;
use crate::document::{self, Document, object, string};
use crate::exit::Exit;
use crate::failure::{CliError, Failure};
use crate::files::{self, now_ms};
use crate::progress::{Counter, StopFlag};
use crate::ui::{Report, Ui, counted, grouped, printable};

/// How much is read from standard input at once, in bytes.
const READ_BYTES: usize = 256 << 10;

/// Lines that share one append, in bytes: enough to make the cost of a sync vanish, little enough to lose on a power cut.
const GROUP_BYTES: usize = 4 << 20;

/// Longest line handed over whole; the operation's own limit is lower and its refusal says more.
const LINE_BYTES: usize = 2 << 20;

/// How often the seal policy is asked while nothing arrives, and a signal looked for.
const TICK: Duration = Duration::from_millis(50);

/// Milliseconds of waiting for another writer between two looks for a signal.
const WAIT_STEP_MS: u32 = 200;

/// Pieces of input that the reading thread may be ahead.
const AHEAD: usize = 16;

/// Appends standard input to the log.
pub(crate) fn append(args: &AppendArgs, ui: &Ui) -> Result<Report, Failure> {
    let stop = StopFlag::install()?;
    let log = open(args, &stop)?;
    let lines = read_lines()?;
    let allowed: Vec<Value> = args.allow_classes.iter().map(|class| string(class.as_str())).collect();
    let strict = args.strict.then_some(Value::Bool(true));
    let options =
        document::bytes(&object([("allow_classes", Some(Value::Array(allowed))), ("strict", strict)]));
    let aside = args.set_aside.as_deref().map(Aside::new).transpose()?;
    let progress = Counter::new(ui);
    let (malformed, last) = (None, None);
    let mut writer =
        Writer { log, options, lines_done: 0, bytes_done: 0, records: 0, last, malformed, aside, progress };
    let drained = writer.drain(&lines, &stop);
    writer.progress.clear();
    if let Some(words) = writer.malformed_words() {
        ui.say(&format!("ztp: {words}"));
    }
    // What was appended is sealed whatever ended the input, unless the log takes nothing more.
    let closed = writer.close(args.seal);
    match (drained, closed) {
        (Ok(End::OfInput), Ok(())) => {
            ui.say(&format!(
                "{}, durable{}",
                writer.acknowledged(),
                if args.seal { " and sealed" } else { "" }
            ));
            Ok(writer.report())
        }
        (Ok(End::BySignal), Ok(())) => Err(writer.stopped(args.seal)),
        (Err(failure), closed) => {
            let sealed = args.seal && closed.is_ok();
            ui.say(&writer.standing(sealed));
            Err(writer.with_standing(&failure, sealed))
        }
        (Ok(_), Err(failure)) => {
            ui.say(&writer.standing(false));
            Err(writer.with_standing(&failure, false))
        }
    }
}

/// Opens the log, waiting for another writer as long as was asked for and no signal arrives.
fn open(args: &AppendArgs, stop: &StopFlag) -> Result<AuditLog, Failure> {
    let mut left = args.wait.ms.unwrap_or(0);
    loop {
        // In steps, so that a signal ends the waiting.
        let step = left.min(WAIT_STEP_MS);
        match AuditLog::open_within(path_bytes(&args.dir), now_ms(), step) {
            Ok(log) => return Ok(log),
            Err(outcome) if outcome.name() == "log_locked" && left > step && !stop.is_set() => left -= step,
            Err(outcome) => return Err(Failure::of(outcome)),
        }
    }
}

/// What ended the input.
enum End {
    OfInput,
    BySignal,
}

/// What the reading thread hands over.
enum Input {
    /// Whole lines; the last one may lack its line feed at the end of the input.
    Lines(Vec<u8>),
    /// Reading failed.
    Failed(io::Error),
}

/// Starts reading standard input; the channel closes at its end.
fn read_lines() -> Result<Receiver<Input>, Failure> {
    // Bounded: a slow disk slows the producer instead of filling memory.
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    let reader = thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        if let Err(error) = hand_over_lines(&sender) {
            // When the writer has stopped, nobody waits for the rest of the input.
            let _stopped = sender.send(Input::Failed(error));
        }
    });
    reader.map_err(|source| CliError::System { action: "start a thread", source })?;
    Ok(receiver)
}

fn hand_over_lines(sender: &SyncSender<Input>) -> io::Result<()> {
    let mut stdin = io::stdin().lock();
    let mut gathered = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = match stdin.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        gathered.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let whole = match gathered.iter().rposition(|&b| b == b'\n') {
            Some(last) => last + 1,
            // A line too long to be an event is handed over as it is: its refusal ends the input.
            None if gathered.len() > LINE_BYTES => gathered.len(),
            None => continue,
        };
        let rest = gathered.split_off(whole);
        if sender.send(Input::Lines(std::mem::replace(&mut gathered, rest))).is_err() {
            return Ok(());
        }
    }
    if !gathered.is_empty() {
        let _stopped = sender.send(Input::Lines(gathered));
    }
    Ok(())
}

/// The open log and how far the input has come.
struct Writer {
    log: AuditLog,
    /// Of each append: the classes that the caller means to write.
    options: Vec<u8>,
    lines_done: u64,
    bytes_done: u64,
    records: i64,
    last: Option<(i64, String)>,
    /// Payloads that are none of their class: how many, the first one's line, and what is wrong with it.
    malformed: Option<(i64, u64, String)>,
    aside: Option<Aside>,
    progress: Counter,
}

/// Why a group was not appended to its end.
enum Stop {
    /// The next line was refused as it stands.
    Refused(Failure),
    /// Something else is wrong.
    Failed(Failure),
}

impl Stop {
    fn of(refusal: Failure) -> Self {
        let failure = Document::parse(refusal.document());
        let entry = failure.text(&["code"]).and_then(code::by_name);
        let of_the_line = entry.is_some_and(|entry| {
            matches!(entry.area, Area::Canonical | Area::Event | Area::Schema)
                || entry.name.starts_with("event_")
        });
        if of_the_line { Self::Refused(refusal) } else { Self::Failed(refusal) }
    }
}

/// The file for lines that are refused.
struct Aside {
    path: PathBuf,
    file: File,
    lines: i64,
}

impl Aside {
    fn new(path: &Path) -> Result<Self, Failure> {
        files::create_private(path, b"")?;
        let file =
            File::options().append(true).open(path).map_err(|source| Failure::writing(path, source))?;
        Ok(Self { path: path.to_owned(), file, lines: 0 })
    }

    fn put(&mut self, line: &[u8]) -> Result<(), Failure> {
        let end: &[u8] = if line.ends_with(b"\n") { b"" } else { b"\n" };
        let written = self.file.write_all(line).and_then(|()| self.file.write_all(end));
        written.and_then(|()| self.file.sync_all()).map_err(|source| Failure::writing(&self.path, source))?;
        self.lines += 1;
        Ok(())
    }
}

impl Writer {
    fn drain(&mut self, lines: &Receiver<Input>, stop: &StopFlag) -> Result<End, Failure> {
        loop {
            if stop.is_set() {
                // What was read whole by now is appended; whoever writes on is not waited for.
                for _ in 0..=AHEAD {
                    let Ok(Input::Lines(group)) = lines.try_recv() else { break };
                    self.append(&group)?;
                }
                return Ok(End::BySignal);
            }
            match lines.recv_timeout(TICK) {
                Ok(Input::Lines(mut group)) => {
                    let failed = gather(lines, &mut group);
                    self.append(&group)?;
                    if let Some(source) = failed {
                        return Err(unreadable(source));
                    }
                }
                Ok(Input::Failed(source)) => return Err(unreadable(source)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(End::OfInput),
            }
            succeeded(self.log.tick(now_ms()))?;
        }
    }

    /// Appends a group. If one of its lines is refused, the lines before it are appended, and the refusal is told with its place in the
    /// whole input; or the line is put aside, and what follows it appended.
    fn append(&mut self, group: &[u8]) -> Result<(), Failure> {
        let mut rest = group;
        while !rest.is_empty() {
            let before = self.bytes_done;
            let refusal = match self.append_group(rest) {
                Ok(()) => break,
                Err(Stop::Failed(failure)) => return Err(failure),
                Err(Stop::Refused(refusal)) => refusal,
            };
            let done = usize::try_from(self.bytes_done - before).unwrap_or(usize::MAX);
            let next = rest.split_at_checked(done).map_or(&[][..], |(_, next)| next);
            let length = next.iter().position(|&b| b == b'\n').map_or(next.len(), |line_feed| line_feed + 1);
            // Of a line that is longer than is handed over whole, nobody knows where it ends: what follows may not be read as a line.
            if self.aside.is_none() || length == 0 || length > LINE_BYTES {
                return Err(refusal);
            }
            let (line, after) = next.split_at(length);
            self.put_aside(line, &refusal)?;
            rest = after;
        }
        self.progress.show(self.records, self.bytes_done);
        Ok(())
    }

    /// Puts a line aside: first into the file, then, as a record that says so, into the log.
    fn put_aside(&mut self, line: &[u8], refusal: &Failure) -> Result<(), Failure> {
        let Some(aside) = &mut self.aside else { return Ok(()) };
        aside.put(line)?;
        let failure = Document::parse(refusal.document());
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let payload = object([
            ("bytes", Some(integer(u64::try_from(text.len()).unwrap_or(u64::MAX)))),
            ("code", failure.text(&["code"]).map(string)),
            ("line", Some(integer(self.lines_done + 1))),
            ("sha256", Some(string(sha256(text).to_string()))),
        ]);
        let class = EventClass::INPUT_SET_ASIDE;
        let event = object([("event_class", Some(string(class.as_str()))), ("payload", Some(payload))]);
        let outcome = self.log.append(&document::bytes(&event), b"", now_ms());
        if !outcome.is_ok() {
            return Err(Failure::of(outcome));
        }
        self.acknowledge(line, &outcome);
        Ok(())
    }

    fn append_group(&mut self, group: &[u8]) -> Result<(), Stop> {
        let outcome = self.log.append(group, &self.options, now_ms());
        if outcome.is_ok() {
            self.acknowledge(group, &outcome);
            return Ok(());
        }
        let failure = Document::parse(&outcome.document);
        let at = failure.integer(&["offset"]).and_then(|offset| usize::try_from(offset).ok());
        if let Some((before, _)) = at.and_then(|at| group.split_at_checked(at)) {
            let (good, refused) = group.split_at(after_last_line_feed(before));
            if !good.is_empty() {
                self.append_group(good)?;
            }
            let line = good.iter().filter(|&&b| b == b'\n').count() + 1;
            let column = before.len() - good.len();
            return Err(Stop::of(self.refusal(outcome.status, &failure, line, column, refused)));
        }
        if !failure.text(&["code"]).is_some_and(|code| code.starts_with("event_")) {
            return Err(Stop::Failed(Failure::of(outcome)));
        }
        // The record made of some event was refused, not the event's own bytes: halve the group until the line is alone.
        let half = group.split_at(group.len() / 2).0;
        match group.split_at(after_last_line_feed(half)) {
            ([], lines) => match lines.iter().position(|&b| b == b'\n') {
                Some(end) if end + 1 < lines.len() => {
                    let (first, rest) = lines.split_at(end + 1);
                    self.append_group(first)?;
                    self.append_group(rest)
                }
                _ => Err(Stop::of(self.refusal(outcome.status, &failure, 1, 0, lines))),
            },
            (first, rest) => {
                self.append_group(first)?;
                self.append_group(rest)
            }
        }
    }

    fn acknowledge(&mut self, lines: &[u8], outcome: &Outcome) {
        let count = lines.iter().filter(|&&b| b == b'\n').count();
        let before = self.lines_done;
        self.lines_done += u64::try_from(count).unwrap_or(u64::MAX);
        self.bytes_done += u64::try_from(lines.len()).unwrap_or(u64::MAX);
        let appended = Document::parse(&outcome.document);
        self.records += appended.integer(&["records"]).unwrap_or(0);
        if let Some(more) = appended.integer(&["malformed", "count"]) {
            let line = appended.integer(&["malformed", "line"]).and_then(|line| u64::try_from(line).ok());
            let message = appended.text(&["malformed", "message"]).unwrap_or_default();
            let first = (0, before + line.unwrap_or(1), message.to_owned());
            self.malformed.get_or_insert(first).0 += more;
        }
        if let (Some(seq), Some(hash)) = (appended.integer(&["seq"]), appended.text(&["hash"])) {
            self.last = Some((seq, hash.to_owned()));
        }
    }

    /// The refusal of the next line, which was line `in_group` of its group, at byte `column` of it.
    fn refusal(
        &self,
        status: u32,
        failure: &Document,
        in_group: usize,
        column: usize,
        refused: &[u8],
    ) -> Failure {
        let line = self.lines_done + 1;
        let column = u64::try_from(column).unwrap_or(u64::MAX);
        // The operation counts lines and lost events by group; here they are counted by input.
        let reason = failure.text(&["message"]).unwrap_or_default();
        let reason = reason.strip_prefix(&format!("line {in_group} of the events: ")).unwrap_or(reason);
        let reason = reason.split_once("; no event of the batch").map_or(reason, |(reason, _)| reason);
        let end = if refused.is_empty() { " (where the input ends)" } else { "" };
        // A reason that names the place, or the member, is not told a byte as well.
        let place =
            if column == 0 || reason.contains("byte") { String::new() } else { format!(" at byte {column}") };
        // The operation names the class; the flag is the command's own.
        let weighed = failure.text(&["code"]) == Some("event_class_weighed");
        let class = reason.split(' ').nth(2).filter(|_| weighed);
        let way_out = class.map_or_else(String::new, |class| format!(", with --allow-class {class}"));
        let rest = if self.aside.is_some() { "" } else { "; nothing from this line on was written" };
        let message = format!("line {line} of the input was refused{place}{end}: {reason}{way_out}{rest}");
        let document = object([
            ("code", failure.text(&["code"]).map(string)),
            ("hash", self.last.as_ref().map(|(_, hash)| string(hash.as_str()))),
            ("line", Some(integer(line))),
            ("message", Some(string(message))),
            ("offset", Some(integer(self.bytes_done + column))),
            ("records", Some(Value::Int(self.records))),
            ("schema", Some(string("ztp.error/1"))),
            ("seq", self.last.as_ref().map(|(seq, _)| Value::Int(*seq))),
        ]);
        Failure::of(Outcome { status, document: document::bytes(&document) })
    }

    fn close(&self, seal: bool) -> Result<(), Failure> {
        if seal { succeeded(self.log.seal(now_ms())).map(drop) } else { Ok(()) }
    }

    /// How many records were acknowledged.
    fn acknowledged(&self) -> String {
        let were = if self.records == 1 { "record was" } else { "records were" };
        format!("{} {were} acknowledged", grouped(self.records))
    }

    /// What was acknowledged, and where the input is to be taken up again, in words. After a failed write the log may hold more than was
    /// acknowledged; what is said here is what is certain.
    fn standing(&self, sealed: bool) -> String {
        let next = self.lines_done.saturating_add(1);
        match &self.last {
            Some((seq, hash)) => {
                format!(
                    "{}, durable{}; the last is {} {hash}; the next line of the input is {next}",
                    self.acknowledged(),
                    if sealed { " and sealed" } else { "" },
                    grouped(*seq)
                )
            }
            None => format!("no record was acknowledged; the next line of the input is {next}"),
        }
    }

    /// The failure of an append that a signal ended, with what a script needs to go on.
    fn stopped(&self, sealed: bool) -> Failure {
        self.with_standing(&CliError::AppendStopped { standing: self.standing(sealed) }.into(), sealed)
    }

    /// A failure with what a script needs to go on: what is acknowledged, and the line that is next.
    fn with_standing(&self, failure: &Failure, sealed: bool) -> Failure {
        failure.with_members([
            ("hash", self.last.as_ref().map(|(_, hash)| string(hash.as_str()))),
            ("line", Some(integer(self.lines_done.saturating_add(1)))),
            ("records", Some(Value::Int(self.records))),
            ("sealed", Some(Value::Bool(sealed))),
            ("seq", self.last.as_ref().map(|(seq, _)| Value::Int(*seq))),
        ])
    }

    /// What whoever reads the classes will not understand, in words.
    fn malformed_words(&self) -> Option<String> {
        let (count, line, message) = self.malformed.as_ref()?;
        Some(format!(
            "warning: {} not one of its class, and its readers will not understand it; the first is line {line}: {}; --strict refuses such lines",
            if *count == 1 {
                "1 payload is".to_owned()
            } else {
                format!("{} payloads are each", grouped(*count))
            },
            printable(message),
        ))
    }

    fn report(&self) -> Report {
        let aside = self.aside.as_ref().filter(|aside| aside.lines > 0);
        let malformed = self.malformed.as_ref().map(|(count, line, message)| {
            object([
                ("count", Some(Value::Int(*count))),
                ("line", Some(integer(*line))),
                ("message", Some(string(message.as_str()))),
            ])
        });
        let document = object([
            ("hash", self.last.as_ref().map(|(_, hash)| string(hash.as_str()))),
            ("malformed", malformed),
            ("records", Some(Value::Int(self.records))),
            ("schema", Some(string("ztp.audit.appended/1"))),
            ("seq", self.last.as_ref().map(|(seq, _)| Value::Int(*seq))),
            ("set_aside", aside.map(|aside| Value::Int(aside.lines))),
        ]);
        let mut text = match &self.last {
            Some((seq, hash)) => format!("{seq} {hash}\n"),
            None => "no record on standard input; nothing was written\n".to_owned(),
        };
        if let Some(aside) = aside {
            let path = printable(&aside.path.to_string_lossy());
            text.push_str(&format!("put aside, and recorded: {} in {path}\n", counted(aside.lines, "line")));
        }
        // Not everything that came is in the log as it came: that is the finding of such a run.
        let exit = if aside.is_some() { Exit::Finding } else { Exit::Holds };
        Report { exit, document: document::bytes(&document), text: text.into_bytes() }
    }
}

/// Where the last line of `bytes` that is not whole begins.
fn after_last_line_feed(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|&b| b == b'\n').map_or(0, |line_feed| line_feed + 1)
}

/// Adds what has already arrived to a group, up to its limit; returns the reader's failure if it had one.
fn gather(lines: &Receiver<Input>, group: &mut Vec<u8>) -> Option<io::Error> {
    while group.len() < GROUP_BYTES {
        match lines.try_recv() {
            Ok(Input::Lines(more)) => group.extend_from_slice(&more),
            Ok(Input::Failed(error)) => return Some(error),
            Err(_) => break,
        }
    }
    None
}

fn unreadable(source: io::Error) -> Failure {
    Failure::reading(std::path::Path::new("standard input"), source)
}

fn integer(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
