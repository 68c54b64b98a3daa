//! Changes a hostile hand can make to a log's files, each with the place of the first record it touches.

use rayon::prelude::*;
use ztp_audit::record::skim;
use ztp_audit::source::MemorySource;
use ztp_audit::verdict::Verdict;
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_source};
use ztp_core::time::Timestamp;

use crate::common::{line_starts, nothing_required};

/// What a kind of change did to the verdict, over all its cases.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) cases: u64,
    /// Verdict negative, first break at the first touched record.
    pub(crate) exact: u64,
    /// Verdict negative, but the first break elsewhere.
    pub(crate) misplaced: u64,
    /// Verdict still intact, but less of the log is anchored: the last checkpoint reads as a write in progress.
    pub(crate) withdrawn: u64,
    /// Verdict still intact, the change is to the content of a record below the kept head, and the verdict names that it was not looked at.
    pub(crate) left_to_head: u64,
    /// Verdict intact and nothing shows.
    pub(crate) missed: u64,
    pub(crate) first_trouble: Option<String>,
}

/// A log and how it is verified.
pub(crate) struct Subject {
    pub(crate) log: MemorySource,
    options: VerifyOptions,
    /// Size of the head that content is left to.
    skipped_below: u64,
    sound: Verdict,
}

impl Subject {
    /// The log as it is; from a time on; against a kept head; with the content below that head left to it.
    pub(crate) fn new(
        log: MemorySource,
        since: Option<Timestamp>,
        head: Option<Vec<u8>>,
        leave: bool,
    ) -> Self {
        let options = VerifyOptions { since, head, content_from_head: leave, ..nothing_required() };
        let sound = verify_source(&log, &options, &NoProgress).unwrap();
        assert_eq!(sound.breaks, []);
        Self { log, options, skipped_below: sound.content_checked_from, sound }
    }

    fn verify(&self, log: &MemorySource) -> Verdict {
        verify_source(log, &self.options, &NoProgress).unwrap()
    }

    /// Whether what differs is the content alone of one ordinary record below the head: its stated hash and its place are as they were.
    fn is_content_below_head(&self, changed: &MemorySource) -> bool {
        let lines = |log: &MemorySource| {
            log.segments[&0].split(|&b| b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        let (before, after) = (lines(&self.log), lines(changed));
        let differs: Vec<usize> = (0..before.len()).filter(|&i| Some(&before[i]) != after.get(i)).collect();
        let [one] = differs[..] else { return false };
        let stated = |line: &[u8]| skim(line).map(|s| (*s.hash_hex, s.seq));
        before.len() == after.len()
            && (one as u64) < self.skipped_below
            && !before[one].starts_with(b"{\"event_class\":\"log.")
            && stated(&before[one]).is_some()
            && stated(&before[one]) == stated(&after[one])
    }

    fn judge(&self, changed: &MemorySource, seq: u64, what: impl Fn() -> String) -> Row {
        let (verdict, sound) = (self.verify(changed), &self.sound);
        let mut row = Row { cases: 1, ..Row::default() };
        if !verdict.status.holds() {
            if verdict.breaks[0].seq == seq {
                row.exact = 1;
            } else {
                row.misplaced = 1;
                row.first_trouble = Some(format!("{}: wanted {seq}, got {:?}", what(), verdict.breaks[0]));
            }
        } else if verdict.unanchored_tail.pending_seal
            && verdict.unanchored_tail.records > sound.unanchored_tail.records
        {
            row.withdrawn = 1;
        } else if verdict.unchecked.contains(&"content_before_head") && self.is_content_below_head(changed) {
            row.left_to_head = 1;
        } else {
            row.missed = 1;
            row.first_trouble = Some(what());
        }
        row
    }
}

impl Row {
    fn add(mut self, other: Self) -> Self {
        self.cases += other.cases;
        self.exact += other.exact;
        self.misplaced += other.misplaced;
        self.withdrawn += other.withdrawn;
        self.left_to_head += other.left_to_head;
        self.missed += other.missed;
        self.first_trouble = self.first_trouble.or(other.first_trouble);
        self
    }
}

fn total(rows: impl ParallelIterator<Item = Row>) -> Row {
    rows.reduce(Row::default, Row::add)
}

/// Which record each byte of a segment belongs to.
fn owner(segment: &[u8]) -> Vec<u64> {
    let mut seq = 0;
    segment
        .iter()
        .map(|b| {
            let own = seq;
            seq += u64::from(*b == b'\n');
            own
        })
        .collect()
}

/// Flips bits of the only segment: all eight of every byte, or one per byte.
pub(crate) fn segment_flips(subject: &Subject, all_bits: bool) -> Row {
    let log = &subject.log;
    let owners = owner(&log.segments[&0]);
    total((0..owners.len()).into_par_iter().map(|at| {
        let bits = if all_bits { 0..8 } else { at % 8..at % 8 + 1 };
        let mut changed = log.clone();
        bits.map(|bit| {
            changed.segments.get_mut(&0).unwrap()[at] ^= 1 << bit;
            let row = subject.judge(&changed, owners[at], || format!("bit {bit} of byte {at}"));
            changed.segments.get_mut(&0).unwrap()[at] ^= 1 << bit;
            row
        })
        .fold(Row::default(), Row::add)
    }))
}

/// Seal records' places, in order, one for each checkpoint.
fn seal_places(log: &MemorySource) -> Vec<u64> {
    let lines = log.segments[&0].split(|&b| b == b'\n');
    let is_seal = |line: &[u8]| line.starts_with(b"{\"event_class\":\"log.sealed\"");
    lines.enumerate().filter(|(_, l)| is_seal(l)).map(|(i, _)| i as u64).collect()
}

/// Byte ranges of the notes, each with the empty line after it.
fn note_ends(notes: &[u8]) -> Vec<usize> {
    let text = std::str::from_utf8(notes).unwrap();
    // A note ends where an empty line follows a signature line.
    let mut ends = Vec::new();
    let mut at = 0;
    let mut signed = false;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if signed && line == "\n" {
            ends.push(at);
        }
        signed = line.starts_with('\u{2014}');
    }
    ends
}

/// Flips bits of the checkpoints.
pub(crate) fn note_flips(subject: &Subject, all_bits: bool) -> Row {
    let log = &subject.log;
    let (ends, seals) = (note_ends(&log.notes[&0]), seal_places(log));
    total((0..log.notes[&0].len()).into_par_iter().map(|at| {
        let bits = if all_bits { 0..8 } else { at % 8..at % 8 + 1 };
        let seq = seals[ends.partition_point(|end| *end <= at)];
        let mut changed = log.clone();
        bits.map(|bit| {
            changed.notes.get_mut(&0).unwrap()[at] ^= 1 << bit;
            let row = subject.judge(&changed, seq, || format!("bit {bit} of note byte {at}"));
            changed.notes.get_mut(&0).unwrap()[at] ^= 1 << bit;
            row
        })
        .fold(Row::default(), Row::add)
    }))
}

/// Cuts the segment after every byte.
pub(crate) fn segment_cuts(subject: &Subject) -> Row {
    let log = &subject.log;
    let segment = &log.segments[&0];
    let owners = owner(segment);
    total((0..segment.len()).into_par_iter().map(|cut| {
        let mut changed = log.clone();
        changed.segments.get_mut(&0).unwrap().truncate(cut);
        subject.judge(&changed, owners[cut], || format!("cut after {cut} bytes"))
    }))
}

/// Cuts the checkpoints after every byte.
pub(crate) fn note_cuts(subject: &Subject) -> Row {
    let log = &subject.log;
    let notes = &log.notes[&0];
    let (ends, seals) = (note_ends(notes), seal_places(log));
    total((0..notes.len()).into_par_iter().map(|cut| {
        let mut changed = log.clone();
        changed.notes.get_mut(&0).unwrap().truncate(cut);
        let seq = seals[ends.partition_point(|end| *end <= cut)];
        subject.judge(&changed, seq, || format!("checkpoints cut after {cut} bytes"))
    }))
}

fn with_lines(log: &MemorySource, lines: &[&[u8]]) -> MemorySource {
    let mut changed = log.clone();
    changed.segments.insert(0, lines.concat());
    changed
}

fn lines(log: &MemorySource) -> Vec<&[u8]> {
    let segment = &log.segments[&0];
    let starts = line_starts(segment);
    let ends = starts.iter().skip(1).copied().chain([segment.len()]);
    starts.iter().zip(ends).map(|(s, e)| &segment[*s..e]).collect()
}

/// Exchanges every two lines.
pub(crate) fn swaps(subject: &Subject) -> Row {
    let log = &subject.log;
    let lines = lines(log);
    let pairs: Vec<(usize, usize)> =
        (0..lines.len()).flat_map(|i| (i + 1..lines.len()).map(move |j| (i, j))).collect();
    total(pairs.into_par_iter().map(|(i, j)| {
        let mut swapped = lines.clone();
        swapped.swap(i, j);
        subject.judge(&with_lines(log, &swapped), i as u64, || format!("lines {i} and {j} exchanged"))
    }))
}

/// Removes every line.
pub(crate) fn deletions(subject: &Subject) -> Row {
    let log = &subject.log;
    let lines = lines(log);
    total((0..lines.len()).into_par_iter().map(|i| {
        let mut fewer = lines.clone();
        fewer.remove(i);
        subject.judge(&with_lines(log, &fewer), i as u64, || format!("line {i} removed"))
    }))
}

/// Repeats every line.
pub(crate) fn repetitions(subject: &Subject) -> Row {
    let log = &subject.log;
    let lines = lines(log);
    total((0..lines.len()).into_par_iter().map(|i| {
        let mut more = lines.clone();
        more.insert(i, lines[i]);
        subject.judge(&with_lines(log, &more), i as u64 + 1, || format!("line {i} repeated"))
    }))
}
