//! Changes a hostile hand can make to a log's files, each with the place of the first record it touches.

use rayon::prelude::*;
use ztp_audit::source::MemorySource;
use ztp_audit::verdict::{Status, Verdict};

use crate::common::{line_starts, verify_memory};

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
    /// Verdict intact and nothing shows.
    pub(crate) missed: u64,
    pub(crate) first_trouble: Option<String>,
}

impl Row {
    fn judge(verdict: &Verdict, sound: &Verdict, seq: u64, what: impl Fn() -> String) -> Self {
        let mut row = Self { cases: 1, ..Self::default() };
        if verdict.status != Status::Intact {
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
        } else {
            row.missed = 1;
            row.first_trouble = Some(what());
        }
        row
    }

    fn add(mut self, other: Self) -> Self {
        self.cases += other.cases;
        self.exact += other.exact;
        self.misplaced += other.misplaced;
        self.withdrawn += other.withdrawn;
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
pub(crate) fn segment_flips(log: &MemorySource, all_bits: bool) -> Row {
    let owners = owner(&log.segments[&0]);
    let sound = verify_memory(log);
    total((0..owners.len()).into_par_iter().map(|at| {
        let bits = if all_bits { 0..8 } else { at % 8..at % 8 + 1 };
        let mut changed = log.clone();
        bits.map(|bit| {
            changed.segments.get_mut(&0).unwrap()[at] ^= 1 << bit;
            let verdict = verify_memory(&changed);
            changed.segments.get_mut(&0).unwrap()[at] ^= 1 << bit;
            Row::judge(&verdict, &sound, owners[at], || format!("bit {bit} of byte {at}"))
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
pub(crate) fn note_flips(log: &MemorySource, all_bits: bool) -> Row {
    let (ends, seals, sound) = (note_ends(&log.notes[&0]), seal_places(log), verify_memory(log));
    total((0..log.notes[&0].len()).into_par_iter().map(|at| {
        let bits = if all_bits { 0..8 } else { at % 8..at % 8 + 1 };
        let seq = seals[ends.partition_point(|end| *end <= at)];
        let mut changed = log.clone();
        bits.map(|bit| {
            changed.notes.get_mut(&0).unwrap()[at] ^= 1 << bit;
            let verdict = verify_memory(&changed);
            changed.notes.get_mut(&0).unwrap()[at] ^= 1 << bit;
            Row::judge(&verdict, &sound, seq, || format!("bit {bit} of note byte {at}"))
        })
        .fold(Row::default(), Row::add)
    }))
}

/// Cuts the segment after every byte.
pub(crate) fn segment_cuts(log: &MemorySource) -> Row {
    let segment = &log.segments[&0];
    let (owners, sound) = (owner(segment), verify_memory(log));
    total((0..segment.len()).into_par_iter().map(|cut| {
        let mut changed = log.clone();
        changed.segments.get_mut(&0).unwrap().truncate(cut);
        Row::judge(&verify_memory(&changed), &sound, owners[cut], || format!("cut after {cut} bytes"))
    }))
}

/// Cuts the checkpoints after every byte.
pub(crate) fn note_cuts(log: &MemorySource) -> Row {
    let notes = &log.notes[&0];
    let (ends, seals, sound) = (note_ends(notes), seal_places(log), verify_memory(log));
    total((0..notes.len()).into_par_iter().map(|cut| {
        let mut changed = log.clone();
        changed.notes.get_mut(&0).unwrap().truncate(cut);
        let seq = seals[ends.partition_point(|end| *end <= cut)];
        Row::judge(&verify_memory(&changed), &sound, seq, || format!("checkpoints cut after {cut} bytes"))
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
pub(crate) fn swaps(log: &MemorySource) -> Row {
    let (lines, sound) = (lines(log), verify_memory(log));
    let pairs: Vec<(usize, usize)> =
        (0..lines.len()).flat_map(|i| (i + 1..lines.len()).map(move |j| (i, j))).collect();
    total(pairs.into_par_iter().map(|(i, j)| {
        let mut swapped = lines.clone();
        swapped.swap(i, j);
        let verdict = verify_memory(&with_lines(log, &swapped));
        Row::judge(&verdict, &sound, i as u64, || format!("lines {i} and {j} exchanged"))
    }))
}

/// Removes every line.
pub(crate) fn deletions(log: &MemorySource) -> Row {
    let (lines, sound) = (lines(log), verify_memory(log));
    total((0..lines.len()).into_par_iter().map(|i| {
        let mut fewer = lines.clone();
        fewer.remove(i);
        let verdict = verify_memory(&with_lines(log, &fewer));
        Row::judge(&verdict, &sound, i as u64, || format!("line {i} removed"))
    }))
}

/// Repeats every line.
pub(crate) fn repetitions(log: &MemorySource) -> Row {
    let (lines, sound) = (lines(log), verify_memory(log));
    total((0..lines.len()).into_par_iter().map(|i| {
        let mut more = lines.clone();
        more.insert(i, lines[i]);
        let verdict = verify_memory(&with_lines(log, &more));
        Row::judge(&verdict, &sound, i as u64 + 1, || format!("line {i} repeated"))
    }))
}
