//! Work and cancellation, by counters: bytes that were read, and how often the caller was asked whether to go on. Each question stands for a
//! bounded amount of work, so that their number is the work.

use std::sync::atomic::{AtomicU64, Ordering};

use ztp_audit::error::VerifyError;
use ztp_audit::source::{LogSource, MemorySource};
use ztp_audit::verdict::Verdict;
use ztp_audit::verify::{Progress, VerifyOptions, verify_source};

use crate::dimensions::ALL;

/// Reads that were asked of a log, and the bytes of them.
struct Counted<'a> {
    log: &'a MemorySource,
    watch: &'a Watch,
}

#[derive(Default)]
struct Watch {
    read: AtomicU64,
    calls: AtomicU64,
    asked: AtomicU64,
    /// Bytes read when the caller was asked last, and the most that were read between two questions.
    at_question: AtomicU64,
    between: AtomicU64,
    /// The question that is answered with "stop", and what had been read by then.
    stop_at: u64,
    read_at_stop: AtomicU64,
}

impl Watch {
    fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::SeqCst)
    }

    fn count(&self, bytes: usize) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let read = self.read.fetch_add(bytes as u64, Ordering::SeqCst) + bytes as u64;
        self.between.fetch_max(read.saturating_sub(Self::get(&self.at_question)), Ordering::SeqCst);
    }
}

impl Progress for Watch {
    fn advance(&self, _done: u64, _total: u64) {}

    fn cancelled(&self) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        self.at_question.store(Self::get(&self.read), Ordering::SeqCst);
        if self.stop_at > 0 && asked >= self.stop_at {
            let _first = self.read_at_stop.compare_exchange(
                0,
                Self::get(&self.read).max(1),
                Ordering::SeqCst,
                Ordering::SeqCst,
            );
            return true;
        }
        false
    }
}

impl LogSource for Counted<'_> {
    fn segments(&self) -> Result<Vec<u64>, VerifyError> {
        self.log.segments()
    }

    fn segment_bytes(&self, first_seq: u64) -> Result<u64, VerifyError> {
        self.watch.count(0);
        self.log.segment_bytes(first_seq)
    }

    fn read_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        let got = self.log.read_at(first_seq, offset, buffer)?;
        self.watch.count(got);
        Ok(got)
    }

    fn note_segments(&self) -> Result<Vec<u64>, VerifyError> {
        self.log.note_segments()
    }

    fn notes_bytes(&self, first_seq: u64) -> Result<u64, VerifyError> {
        self.watch.count(0);
        self.log.notes_bytes(first_seq)
    }

    fn read_notes_at(&self, first_seq: u64, offset: u64, buffer: &mut [u8]) -> Result<usize, VerifyError> {
        let got = self.log.read_notes_at(first_seq, offset, buffer)?;
        self.watch.count(got);
        Ok(got)
    }
}

fn run(log: &MemorySource, stop_at: u64) -> (Watch, Result<Verdict, VerifyError>) {
    let watch = Watch { stop_at, ..Watch::default() };
    let verdict = verify_source(&Counted { log, watch: &watch }, &VerifyOptions::default(), &watch);
    (watch, verdict)
}

fn bytes_of(log: &MemorySource) -> u64 {
    log.segments.values().chain(log.notes.values()).map(|bytes| bytes.len() as u64).sum()
}

/// Things to make of a kind that has so many bytes each, so that each dimension is tried at the same few megabytes.
fn things(bytes: u64, times: u64) -> u64 {
    (600_000 * times / bytes.max(60)).max(times)
}

#[test]
fn work_is_at_most_linear_in_every_dimension() {
    for dimension in ALL {
        let measure = |times| {
            let log = (dimension.make)(things(dimension.bytes, times));
            let (watch, verdict) = run(&log, 0);
            let verdict = verdict.unwrap();
            assert!(verdict.breaks.len() <= 100 && verdict.breaks_total >= verdict.breaks.len() as u64);
            ztp_core::canonical::write(&verdict.to_value()).expect("there is always a document");
            let [read, calls, asked] = [&watch.read, &watch.calls, &watch.asked].map(Watch::get);
            // All of a log once; a block again whose place was not the one expected, and notes again for late ones.
            let log_bytes = bytes_of(&log);
            assert!(read <= 3 * log_bytes + (4 << 20), "{}: {read} of {log_bytes} bytes", dimension.name);
            (read, calls, asked)
        };
        let (one, two, four) = (measure(1), measure(2), measure(4));
        println!("{}: {one:?} {two:?} {four:?}", dimension.name);
        for (kind, one, two, four) in [
            ("bytes read", one.0, two.0, four.0),
            ("reads", one.1, two.1, four.1),
            ("questions", one.2, two.2, four.2),
        ] {
            let slack = if kind == "bytes read" { 2 << 20 } else { 24 };
            assert!(two <= 2 * one + slack, "{}: {kind} {one}, then {two}", dimension.name);
            assert!(four <= 4 * one + 3 * slack, "{}: {kind} {one}, then {four}", dimension.name);
        }
    }
}

#[test]
fn whoever_cancels_is_heard_within_a_bounded_amount_of_work() {
    /// Every thread's block with a line of the greatest length, and one reading of notes.
    const BETWEEN_MAX: u64 = 16 * (3 << 19) + (192 << 10);
    for dimension in ALL {
        let log = (dimension.make)(things(dimension.bytes, 4));
        let (whole, _) = run(&log, 0);
        let between = Watch::get(&whole.between);
        assert!(between <= BETWEEN_MAX, "{}: {between} bytes between two questions", dimension.name);
        let asked = Watch::get(&whole.asked);
        for stop_at in [1, asked / 3, 2 * asked / 3, asked].into_iter().filter(|at| *at > 0) {
            let (watch, verdict) = run(&log, stop_at);
            assert!(
                matches!(verdict, Err(VerifyError::Cancelled { .. })),
                "{} at question {stop_at} of {asked}",
                dimension.name
            );
            let after = Watch::get(&watch.read).saturating_sub(Watch::get(&watch.read_at_stop));
            assert!(after <= BETWEEN_MAX, "{}: {after} bytes read after the answer", dimension.name);
        }
    }
}
