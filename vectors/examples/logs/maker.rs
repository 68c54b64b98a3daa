//! Logs as the real writer makes them, with keys and times from counters.

use std::collections::BTreeMap;
use std::path::Path;

use ztp_audit::control::SealPolicy;
use ztp_audit::store::{CreateOptions, Host, NewEvent, Writer};
use ztp_core::canonical::{Limits, read};
use ztp_core::digest::sha256;
use ztp_core::event::EventClass;
use ztp_core::time::Timestamp;

/// Origin of every log here.
pub(crate) const ORIGIN: &str = "vectors.example/audit";

/// 2026-05-12T08:00:00.000Z.
pub(crate) const START: i64 = 1_778_572_800_000;

pub(crate) const SEGMENT: &str = "segments/00000000000000000000.jsonl";
pub(crate) const NOTES: &str = "checkpoints/00000000000000000000.notes";

/// The files of a log that a verifier reads, by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Log(pub(crate) BTreeMap<String, Vec<u8>>);

impl Log {
    /// Reads the parts of a log's folder that a verifier does; the writer's state and lock are none of them.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        for part in ["segments", "checkpoints", "recovered"] {
            for entry in std::fs::read_dir(folder.join(part)).into_iter().flatten() {
                let path = entry.unwrap().path();
                let name = format!("{part}/{}", path.file_name().unwrap().to_str().unwrap());
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
        Self(files)
    }

    /// The lines of the first segment, each with its line feed.
    pub(crate) fn lines(&self) -> Vec<Vec<u8>> {
        self.0[SEGMENT].split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    /// The same log with other lines in the first segment.
    pub(crate) fn with_lines(&self, lines: &[Vec<u8>]) -> Self {
        let mut changed = self.clone();
        changed.0.insert(SEGMENT.to_owned(), lines.concat());
        changed
    }

    /// The checkpoints of the first segment, each with the empty line after it.
    pub(crate) fn notes(&self) -> Vec<String> {
        let lines: Vec<&str> = std::str::from_utf8(&self.0[NOTES]).unwrap().split_inclusive('\n').collect();
        // Origin, size, root, empty line, signature, empty line.
        lines.chunks(6).map(<[&str]>::concat).collect()
    }

    /// The same log with other checkpoints.
    pub(crate) fn with_notes(&self, notes: &[String]) -> Self {
        let mut changed = self.clone();
        changed.0.insert(NOTES.to_owned(), notes.concat().into_bytes());
        changed
    }
}

/// Seeds counted up from a start.
struct Counter(u64);

impl Host for Counter {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        *seed = *sha256(format!("ztp vectors {}", self.0).as_bytes()).as_bytes();
        self.0 += 1;
        Ok(())
    }

    fn boot_id(&mut self) -> Option<String> {
        Some("5a2c1f0e-0000-4000-8000-000000000001".to_owned())
    }

    fn monotonic_ms(&mut self) -> Option<u64> {
        Some(86_400_000 + self.0)
    }
}

/// A writer in a folder of its own that is gone afterwards.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    writer: Writer,
    events: u64,
    clock: i64,
}

impl Bench {
    /// A new log. `keys` is where the counter behind its keys starts; a seal follows every sixth record.
    pub(crate) fn new(keys: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policy = SealPolicy { records_max: 6, interval_ms: 60_000, heartbeat_ms: 3_600_000 };
        let options = CreateOptions { origin: ORIGIN.to_owned(), policy };
        let writer =
            Writer::create(&folder.path().join("log"), &options, at(0), Box::new(Counter(keys))).unwrap();
        Self { folder, writer, events: 0, clock: 0 }
    }

    /// Appends the next `count` events of the day, 250 ms apart.
    pub(crate) fn append(mut self, count: u64) -> Self {
        for _ in 0..count {
            self.clock += 250;
            let events = [event(self.events)];
            self.writer.append(&events, at(self.clock)).unwrap();
            self.events += 1;
        }
        self
    }

    /// As if other events had come: what follows is not what follows elsewhere.
    pub(crate) fn otherwise(mut self) -> Self {
        self.events += 1000;
        self
    }

    /// Sets the clock forward, or back.
    pub(crate) fn step(mut self, ms: i64) -> Self {
        self.clock += ms;
        self
    }

    /// Seals now.
    pub(crate) fn seal(mut self) -> Self {
        self.clock += 250;
        self.writer.seal(at(self.clock)).unwrap();
        self
    }

    /// The writer is cut off in a line, and the log opened again.
    pub(crate) fn crash(self) -> Self {
        let Self { folder, writer, events, clock } = self;
        drop(writer);
        let dir = folder.path().join("log");
        let mut segment = std::fs::OpenOptions::new().append(true).open(dir.join(SEGMENT)).unwrap();
        std::io::Write::write_all(&mut segment, b"{\"event_class\":\"egress.requ").unwrap();
        let clock = clock + 250;
        let writer = Writer::open(&dir, at(clock), Box::new(Counter(90_000))).unwrap();
        Self { folder, writer, events, clock }
    }

    /// The log's files.
    pub(crate) fn log(self) -> Log {
        Log::read(&self.folder.path().join("log"))
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START + ms).unwrap()
}

/// The day's events, again and again.
fn event(n: u64) -> NewEvent {
    let (class, payload) = match n % 5 {
        0 => ("operator.login", format!(r#"{{"address":"10.20.0.{}","operator":"ana"}}"#, 10 + n)),
        1 => (
            "admission.decision",
            format!(r#"{{"decision":"allow","pod":"agent-{n}","tier":"A","uid":"{n:08x}"}}"#),
        ),
        2 => (
            "egress.request",
            format!(r#"{{"bytes":{},"host":"updates.example","verdict":"clean"}}"#, 1000 * n),
        ),
        3 => (
            "operator.action",
            format!(r#"{{"command":"kubectl get pods","note":"caf\u00e9 {n}","operator":"jo\u00e3o"}}"#),
        ),
        _ => (
            "admission.decision",
            format!(r#"{{"decision":"deny","pod":"shell-{n}","tier":null,"uid":"{n:08x}"}}"#),
        ),
    };
    NewEvent {
        event_class: EventClass::new(class).unwrap(),
        payload: read(payload.as_bytes(), &Limits::default()).unwrap(),
        timestamp: None,
    }
}

/// The day that most logs here begin with: 16 events, three seals, records 0 to 19.
pub(crate) fn day() -> Bench {
    Bench::new(0).append(16).seal()
}

/// Logs that nobody touched.
pub(crate) fn honest() -> BTreeMap<&'static str, Log> {
    let sealed = day().log();
    let mut pending = sealed.clone();
    let notes = sealed.notes();
    pending.0.insert(NOTES.to_owned(), notes[..notes.len() - 1].concat().into_bytes());
    let mut torn = day().append(2).log();
    let segment = torn.0.get_mut(SEGMENT).unwrap();
    segment.truncate(segment.len() - 40);
    BTreeMap::from([
        ("intact", sealed),
        ("intact-open-epoch", day().append(3).log()),
        ("intact-genesis-only", Bench::new(0).log()),
        ("intact-empty-epoch", Bench::new(0).seal().seal().append(2).seal().log()),
        ("intact-clock-set-forward", Bench::new(0).append(3).seal().step(86_400_000).append(3).seal().log()),
        ("intact-clock-stepped-back", Bench::new(0).append(3).step(-86_400_000).append(3).seal().log()),
        ("intact-seal-in-progress", pending),
        ("intact-write-in-progress", torn),
        ("intact-recovered", day().append(1).crash().append(2).seal().log()),
        ("intact-longer", day().append(7).seal().log()),
        ("second-segment", second_segment()),
    ])
}

/// A log whose second segment has just begun; only that segment is kept, as if the first had been deleted.
fn second_segment() -> Log {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("log");
    let policy = SealPolicy { records_max: 40_000, interval_ms: u32::MAX, heartbeat_ms: u32::MAX };
    let options = CreateOptions { origin: ORIGIN.to_owned(), policy };
    let mut writer = Writer::create(&dir, &options, at(0), Box::new(Counter(0))).unwrap();
    let events: Vec<NewEvent> = (0..65_540).map(event).collect();
    writer.append(&events, at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    let mut log = Log::read(&dir);
    log.0.retain(|path, _| path.contains("65536"));
    log
}
