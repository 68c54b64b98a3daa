//! The parallel part of a verification: one block of whole lines, checked by itself.
//!
//! A chain is serial to write and parallel to check: each line states its own hash and its predecessor's, so only the borders
//! of blocks must be compared afterwards. A block assumes the place of its first line; the caller, who knows the true place,
//! has it scanned again in the rare case that the assumption was wrong.

use ztp_core::digest::Digest;

use crate::control::{LOG_OPENED, LOG_RECOVERED, LOG_SEALED, LogOpened, LogRecovered, LogSealed};
use crate::record::{RecordFault, RecordView, Skimmed, skim};
use crate::tree::{LevelTable, decompose};
use crate::verdict::{BreakKind, ClockStep};

/// A break inside a block; the caller adds the file.
#[derive(Debug, Clone)]
pub(super) struct LocalBreak {
    pub(super) kind: BreakKind,
    pub(super) seq: u64,
    pub(super) offset: u64,
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) timestamp: Option<String>,
}

/// What the neighbour of a border must know of the line at it.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    pub(super) seq: u64,
    pub(super) offset: u64,
    pub(super) timestamp: [u8; 24],
    /// `None` where the line was skimmed: its own link is then not checked, and its time not believed.
    pub(super) prev_hash_hex: Option<[u8; 64]>,
    pub(super) hash_hex: [u8; 64],
    /// Its own bytes and place hold.
    pub(super) sound: bool,
}

impl Edge {
    /// Its timestamp was hashed, so that it says what the record says.
    pub(super) fn is_dated(&self) -> bool {
        self.sound && self.prev_hash_hex.is_some()
    }

    /// The clock was set back between this line and the next.
    pub(super) fn steps_back_to(&self, next: &Self) -> bool {
        self.is_dated() && next.is_dated() && self.timestamp > next.timestamp
    }
}

/// A seal record and the tree up to it.
#[derive(Debug, Clone)]
pub(super) struct SealSeen {
    pub(super) seq: u64,
    pub(super) offset: u64,
    pub(super) timestamp: String,
    pub(super) payload: Result<LogSealed, String>,
    /// Its own bytes and place hold.
    pub(super) sound: bool,
    /// Aligned subtrees from the block's first line to this one; `None` where the tree is unknown.
    pub(super) subtrees: Option<Vec<(u32, Digest)>>,
}

/// Aligned subtrees up to a size that the caller asked for.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) size: u64,
    pub(super) subtrees: Option<Vec<(u32, Digest)>>,
}

/// What a block found.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanned {
    /// Place that was taken for the first line.
    pub(super) first: u64,
    pub(super) lines: u64,
    /// Place of the line after the block, by what the lines state.
    pub(super) next: u64,
    pub(super) subtrees: Vec<(u32, Digest)>,
    /// A line has no hash that can be read, or a place is missing: the tree from here on is unknown.
    pub(super) tree_lost: bool,
    pub(super) seals: Vec<SealSeen>,
    pub(super) marks: Vec<Mark>,
    pub(super) opened: Option<LogOpened>,
    /// What recoveries say that they set aside.
    pub(super) recovered: Vec<LogRecovered>,
    pub(super) head: Option<Edge>,
    pub(super) tail: Option<Edge>,
    pub(super) breaks: Vec<LocalBreak>,
    pub(super) breaks_total: u64,
    pub(super) steps: Steps,
    /// Those before the first line that is reported by its own time; an earlier block decides whether they are.
    pub(super) steps_before: Steps,
    /// The first line dated at or after the time from which on is reported, and the lines from it on.
    pub(super) reported: Option<(u64, u64)>,
}

/// Steps back of the clock: the first few, and how many in all.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    pub(super) listed: Vec<ClockStep>,
    pub(super) total: u64,
}

impl Steps {
    fn push(&mut self, from: &Edge, to: &Edge) {
        if self.listed.len() < STEPS_MAX {
            self.listed.push(ClockStep::dated_back(to.seq, &from.timestamp, &to.timestamp));
        }
        self.total += 1;
    }
}

/// How a block is to be scanned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    /// Place of the first line, if it is known; else it is read from the first line that states one.
    pub(super) first: Option<u64>,
    /// Byte offset of the block in its segment.
    pub(super) offset: u64,
    /// Of lines that state a place below this, and that the log does not write about itself, only the stated hash is read.
    pub(super) skip_below: u64,
    /// The time from which on is reported, as a record states it; `None`: all is.
    pub(super) since: Option<&'a [u8; 24]>,
    /// Sizes at which the tree is wanted.
    pub(super) marks: &'a [u64],
    pub(super) breaks_max: usize,
}

/// Clock steps listed at most; all are counted.
pub(super) const STEPS_MAX: usize = 10;

/// Memory that is kept from block to block.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) bytes: Vec<u8>,
    entries: Vec<[u8; 32]>,
    digests: Vec<[u8; 32]>,
    table: LevelTable,
}

enum Line<'a> {
    Record(RecordView<'a>),
    Skimmed(Skimmed<'a>),
    Bad(Fault),
}

/// Lines that are no record.
struct Fault {
    fault: RecordFault,
    /// The line ends in a carriage return.
    converted: bool,
    /// How many: more than one only of empty lines, which cost a hostile hand a byte each and are passed over together.
    lines: usize,
}

/// Lines that are held at a time: more than a block of records has.
const LINES_MAX: usize = 2048;

/// Scans `bytes`: whole lines, the last with or without its line feed.
pub(super) fn scan(bytes: &[u8], task: &Task<'_>, scratch: &mut Scratch) -> Scanned {
    let mut entries = std::mem::take(&mut scratch.entries);
    entries.clear();
    let mut walk = Walk {
        task: *task,
        out: Scanned::default(),
        reported_at: task.since.is_none().then_some(0),
        previous: None,
        entries,
        seals: Vec::new(),
    };
    let mut at = 0;
    loop {
        let begun = at;
        let lines = split(bytes, &mut at, task.skip_below);
        if begun == 0 {
            walk.out.first = task.first.unwrap_or_else(|| assumed_first(&lines));
            walk.out.next = walk.out.first;
        }
        let mut messages: Vec<(&[u8], &[u8])> = Vec::with_capacity(lines.len());
        for (_, line) in &lines {
            if let Line::Record(r) = line {
                messages.push((r.before_hash, r.after_hash));
            }
        }
        ztp_simd::sha256_many(&messages, &mut scratch.digests);
        let mut digests = scratch.digests.iter();
        for (offset, line) in &lines {
            match line {
                Line::Record(record) => {
                    walk.record(record, *offset, digests.next().copied().unwrap_or_default());
                }
                Line::Skimmed(skimmed) => walk.skimmed(skimmed, *offset),
                Line::Bad(fault) => walk.bad(fault, *offset),
            }
        }
        if at >= bytes.len() {
            return walk.finish(scratch);
        }
    }
}

/// The lines from `at` on, [`LINES_MAX`] at most; `at` moves behind them.
fn split<'a>(bytes: &'a [u8], at: &mut usize, skip_below: u64) -> Vec<(usize, Line<'a>)> {
    let mut lines = Vec::with_capacity((bytes.len() / 256 + 1).min(LINES_MAX));
    while let Some(rest) = bytes.get(*at..).filter(|r| !r.is_empty() && lines.len() < LINES_MAX) {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        if line.is_empty() {
            let run = rest.iter().position(|&b| b != b'\n').unwrap_or(rest.len());
            if let Err(fault) = RecordView::parse(line) {
                lines.push((*at, Line::Bad(Fault { fault, converted: false, lines: run })));
            }
            *at += run;
            continue;
        }
        let parsed = match skippable(line, skip_below) {
            Some(skimmed) => Line::Skimmed(skimmed),
            None => RecordView::parse(line).map_or_else(|fault| bad_line(fault, line), Line::Record),
        };
        lines.push((*at, parsed));
        *at += end + 1;
    }
    lines
}

fn bad_line(fault: RecordFault, line: &[u8]) -> Line<'_> {
    Line::Bad(Fault { fault, converted: line.ends_with(b"\r"), lines: 1 })
}

/// The line, if its content may be left to the root of a head that is held against the stated hashes. What is read of a record beside
/// its hash and place is hashed: the first record and all that the log writes about itself are never skipped.
fn skippable(line: &[u8], skip_below: u64) -> Option<Skimmed<'_>> {
    if skip_below == 0 || is_control(line) {
        return None;
    }
    skim(line).filter(|s| s.seq > 0 && s.seq < skip_below)
}

fn assumed_first(lines: &[(usize, Line<'_>)]) -> u64 {
    let mut before = 0u64;
    for (_, line) in lines {
        let stated = match line {
            Line::Record(r) => r.seq.checked_sub(before),
            Line::Skimmed(s) => s.seq.checked_sub(before),
            Line::Bad(..) => None,
        };
        if let Some(first) = stated {
            return first;
        }
        before += if let Line::Bad(fault) = line { fault.lines as u64 } else { 1 };
    }
    0
}

struct Walk<'a> {
    task: Task<'a>,
    out: Scanned,
    /// Lines before the first that is reported by its own time.
    reported_at: Option<u64>,
    previous: Option<Edge>,
    entries: Vec<[u8; 32]>,
    /// Seals with the number of lines up to and including them.
    seals: Vec<(u64, SealSeen)>,
}

impl Walk<'_> {
    fn record(&mut self, record: &RecordView<'_>, offset: usize, computed: [u8; 32]) {
        let offset = self.task.offset + offset as u64;
        let place = self.out.next;
        let computed = Digest::from_bytes(computed);
        let mut hex = [0u8; 64];
        computed.write_hex(&mut hex);
        let hash_holds = hex == *record.hash_hex;
        let place_holds = record.seq == place;
        self.link(record.prev_hash_hex, hash_holds && place_holds);
        let stated = if hash_holds { Some(computed) } else { record.claimed_hash() };
        if !hash_holds {
            self.report(BreakKind::HashMismatch, place, offset, Some(record.timestamp), || {
                (computed.to_string(), String::from_utf8_lossy(record.hash_hex).into_owned())
            });
        } else if !place_holds {
            let gap = || (place.to_string(), record.seq.to_string());
            self.report(BreakKind::SeqGap, place, offset, Some(record.timestamp), gap);
            self.out.tree_lost = true;
        }
        self.control(record, (place, offset), hash_holds && place_holds);
        let edge = Edge {
            seq: place,
            offset,
            timestamp: *record.timestamp,
            prev_hash_hex: Some(*record.prev_hash_hex),
            hash_hex: *record.hash_hex,
            sound: hash_holds && place_holds,
        };
        let next = if hash_holds { record.seq } else { place };
        self.line(edge, stated, next + 1);
    }

    fn skimmed(&mut self, skimmed: &Skimmed<'_>, at: usize) {
        let offset = self.task.offset + at as u64;
        let place = self.out.next;
        let stated = Digest::from_hex(skimmed.hash_hex).ok();
        let place_holds = skimmed.seq == place;
        if !place_holds {
            let gap = || (place.to_string(), skimmed.seq.to_string());
            self.report(BreakKind::SeqGap, place, offset, Some(skimmed.timestamp), gap);
            self.out.tree_lost = true;
        }
        let edge = Edge {
            seq: place,
            offset,
            timestamp: *skimmed.timestamp,
            prev_hash_hex: None,
            hash_hex: *skimmed.hash_hex,
            sound: place_holds,
        };
        self.line(edge, stated, skimmed.seq + 1);
    }

    fn bad(&mut self, Fault { fault, converted, lines }: &Fault, offset: usize) {
        let offset = self.task.offset + offset as u64;
        let place = self.out.next;
        let kind = match fault {
            RecordFault::NotCanonical(_) => BreakKind::NotCanonical,
            _ => BreakKind::MalformedRecord,
        };
        let at = offset + fault.offset() as u64;
        let lines = *lines as u64;
        let listed = lines.min(self.task.breaks_max as u64);
        for line in 0..listed {
            self.report(kind, place + line, at + line, None, || {
                let found = if *converted {
                    let reason = fault.reason();
                    format!("a line that ends in CR LF: line ends were converted on the way ({reason})")
                } else {
                    fault.reason()
                };
                ("a record in canonical form".to_owned(), found)
            });
        }
        self.out.breaks_total += lines - listed;
        self.out.tree_lost = true;
        self.out.lines += lines;
        self.out.next = place + lines;
        self.previous = None;
    }

    /// The link from the line before to this one. Where either is unsound already, the fault has its place.
    fn link(&mut self, prev_hash_hex: &[u8; 64], sound: bool) {
        let Some(previous) = self.previous.as_ref() else { return };
        if sound && previous.sound && previous.hash_hex != *prev_hash_hex {
            let (seq, offset, timestamp) = (previous.seq, previous.offset, previous.timestamp);
            let (ours, next) = (previous.hash_hex, *prev_hash_hex);
            self.report(BreakKind::PrevHashMismatch, seq, offset, Some(&timestamp), || {
                let text = |hex: &[u8]| String::from_utf8_lossy(hex).into_owned();
                (text(&next), text(&ours))
            });
        }
    }

    fn control(&mut self, record: &RecordView<'_>, (place, offset): (u64, u64), sound: bool) {
        if record.event_class == LOG_SEALED.as_bytes() {
            let seen = SealSeen {
                seq: place,
                offset,
                timestamp: record.timestamp_str().to_owned(),
                payload: LogSealed::parse(record.payload).map_err(|e| e.to_string()),
                sound,
                subtrees: None,
            };
            self.seals.push((self.out.lines + 1, seen));
        } else if record.event_class == LOG_OPENED.as_bytes() || place == 0 {
            match genesis(record, place) {
                Ok(opened) => self.out.opened = Some(opened),
                Err(reason) => {
                    self.report(BreakKind::BadGenesis, place, offset, Some(record.timestamp), || {
                        ("one log.opened record, first in the log".to_owned(), reason)
                    });
                }
            }
        } else if record.event_class == LOG_RECOVERED.as_bytes() {
            match LogRecovered::parse(record.payload) {
                Ok(recovered) => self.out.recovered.push(recovered),
                Err(reason) => {
                    self.report(BreakKind::MalformedRecord, place, offset, Some(record.timestamp), || {
                        ("a log.recovered payload".to_owned(), reason.to_string())
                    });
                }
            }
        }
    }

    fn line(&mut self, edge: Edge, stated: Option<Digest>, next: u64) {
        if self.reported_at.is_none() && edge.is_dated() && self.task.since <= Some(&edge.timestamp) {
            self.reported_at = Some(self.out.lines);
            self.out.reported = Some((edge.seq, 0));
        }
        if let Some(previous) = self.previous.as_ref().filter(|p| p.steps_back_to(&edge)) {
            let steps =
                if self.reported_at.is_some() { &mut self.out.steps } else { &mut self.out.steps_before };
            steps.push(previous, &edge);
        }
        match stated {
            Some(hash) if !self.out.tree_lost => self.entries.push(*hash.as_bytes()),
            _ => self.out.tree_lost = true,
        }
        if self.out.lines == 0 {
            self.out.head = Some(edge.clone());
        }
        self.out.lines += 1;
        self.out.next = next;
        self.previous = Some(edge);
    }

    /// Counts a break, and puts it into words if there is room for it in the list.
    fn report(
        &mut self,
        kind: BreakKind,
        seq: u64,
        offset: u64,
        time: Option<&[u8; 24]>,
        words: impl FnOnce() -> (String, String),
    ) {
        self.out.breaks_total += 1;
        if self.out.breaks.len() < self.task.breaks_max {
            let timestamp = time.map(|t| String::from_utf8_lossy(t).into_owned());
            let (expected, found) = words();
            self.out.breaks.push(LocalBreak { kind, seq, offset, expected, found, timestamp });
        }
    }

    fn finish(mut self, scratch: &mut Scratch) -> Scanned {
        let first = self.out.first;
        // A place that no tree can have is refused by the table; the tree is then unknown, and the gap is reported.
        if scratch.table.rebuild_from_entries(first, &self.entries).is_err() {
            self.out.tree_lost = true;
        }
        let known = self.entries.len() as u64;
        let subtrees = |lines: u64| -> Option<Vec<(u32, Digest)>> {
            if lines > known {
                return None;
            }
            decompose(first, first + lines).map(|(l, s)| scratch.table.node(l, s).map(|h| (l, h))).collect()
        };
        for (lines, mut seal) in self.seals {
            seal.subtrees = subtrees(lines);
            self.out.seals.push(seal);
        }
        for &size in self.task.marks {
            if size > first && size <= first + self.out.lines {
                self.out.marks.push(Mark { size, subtrees: subtrees(size - first) });
            }
        }
        self.out.subtrees = subtrees(known).unwrap_or_default();
        if let (Some(reported), Some(at)) = (self.out.reported.as_mut(), self.reported_at) {
            reported.1 = self.out.lines - at;
        }
        self.out.tail = self.previous;
        scratch.entries = self.entries;
        self.out
    }
}

fn is_control(line: &[u8]) -> bool {
    line.starts_with(b"{\"event_class\":\"log.")
}

fn genesis(record: &RecordView<'_>, place: u64) -> Result<LogOpened, String> {
    if place != 0 {
        return Err("a log.opened record".to_owned());
    }
    if record.event_class != LOG_OPENED.as_bytes() {
        return Err(format!("a {} record", String::from_utf8_lossy(record.event_class)));
    }
    if record.prev_hash() != Some(Digest::ZERO) {
        return Err("a prev_hash that is not 64 zeros".to_owned());
    }
    LogOpened::parse(record.payload).map_err(|e| e.to_string())
}
