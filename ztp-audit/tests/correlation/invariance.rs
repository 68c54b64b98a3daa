//! What a report says does not depend on how its input was cut, shuffled within the order that streams may have, or merged.

use std::io::{self, Read};

use proptest::prelude::*;
use ztp_audit::correlate::entry::Line;
use ztp_audit::correlate::report::WitnessKind;
use ztp_audit::correlate::stream::{AdmissionStream, SealedStream};
use ztp_audit::correlate::{Correlator, Report, Settings, Stream, correlate};
use ztp_audit::source::MemorySource;
use ztp_audit::verify::NoProgress;
use ztp_core::canonical;
use ztp_core::event::admission::Decision;

use super::pair::Pair;

/// A pair with a fault of each kind somewhere.
fn faulty() -> Pair {
    let mut pair = Pair::of(400, 1_500);
    pair.sealed[300].decision.decision = Decision::Deny;
    pair.sealed[250].at_ms += 45_000;
    pair.sealed.swap(200, 203);
    let copy = pair.sealed[150].clone();
    pair.sealed.insert(155, copy);
    pair.admission.remove(100);
    pair.sealed.remove(50);
    pair
}

/// Hands out at most so many bytes at once.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let step = self.1.min(buffer.len());
        self.0.read(&mut buffer[..step])
    }
}

/// The report of entries handed over in an order of the caller's choice.
fn joined(pair: &Pair, pick: impl Fn(usize) -> Stream) -> Report {
    let (lines, log) = (pair.lines(), pair.log());
    let mut admission = AdmissionStream::open(&lines[..], &NoProgress).unwrap();
    let mut sealed = SealedStream::open(&log).unwrap();
    let mut join = Correlator::new(Settings::default(), WitnessKind::Jsonl);
    let (mut open, mut step) = ([true, true], 0);
    while open != [false, false] {
        let from = match (open, pick(step)) {
            ([true, false], _) => Stream::Admission,
            ([false, true], _) => Stream::Sealed,
            (_, picked) => picked,
        };
        step += 1;
        let given = match from {
            Stream::Admission => admission.next_line().unwrap(),
            Stream::Sealed => sealed.next_line().unwrap(),
        };
        join.heartbeat(sealed.heartbeat_ms());
        match given.map(|given| given.line) {
            None => open[usize::from(from == Stream::Sealed)] = false,
            Some(Line::Entry(entry)) => join.entry(from, entry),
            Some(Line::Other { at_ms }) => join.other(from, at_ms),
            Some(Line::Unreadable { reason }) => panic!("{reason}"),
        }
    }
    join.finish()
}

/// Without the line numbers, which a shuffled file has others of.
fn without_lines(report: &Report) -> String {
    let text = String::from_utf8(canonical::write(&report.to_value()).unwrap()).unwrap();
    let mut parts = text.split("\"line\":");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

#[test]
fn any_division_of_the_bytes_gives_the_same_report() {
    let pair = faulty();
    let (lines, log) = (pair.lines(), pair.log());
    let whole = pair.report(Settings::default());
    assert_eq!(whole.findings.totals().len(), 6);
    for step in [1, 2, 7, 100, 4096] {
        let cut = correlate(Trickle(&lines, step), 0, &log, Settings::default(), &NoProgress).unwrap();
        assert_eq!(cut, whole, "{step}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_streams_may_be_read_in_any_interleaving(picks in prop::collection::vec(any::<bool>(), 64)) {
        let pair = faulty();
        let pick = |step: usize| if picks[step % 64] { Stream::Admission } else { Stream::Sealed };
        prop_assert_eq!(joined(&pair, pick), pair.report(Settings::default()));
    }

    #[test]
    fn lines_of_the_admission_stream_may_be_in_any_order(keys in prop::collection::vec(any::<u32>(), 400)) {
        let pair = faulty();
        let mut shuffled = pair.clone();
        let mut order: Vec<usize> = (0..shuffled.admission.len()).collect();
        order.sort_by_key(|&at| keys[at]);
        shuffled.admission = order.iter().map(|&at| pair.admission[at].clone()).collect();
        let expected = without_lines(&pair.report(Settings::default()));
        prop_assert_eq!(without_lines(&shuffled.report(Settings::default())), expected);
    }

    #[test]
    fn merging_is_associative_and_the_parts_sum_to_the_whole(
        first in 20_usize..140, second in 20_usize..140,
    ) {
        // Cut where nothing waits: between two minutes.
        let pair = faulty();
        let all = pair.report(Settings::default());
        let cut = |from: usize, to: usize| {
            let begins = pair.admission[0].at_ms + i64::try_from(from).unwrap() * 1_500;
            let ends = pair.admission[0].at_ms + i64::try_from(to).unwrap() * 1_500;
            let within = |at_ms: i64| (begins..ends).contains(&at_ms);
            let part = Pair {
                admission: pair.admission.iter().filter(|t| within(t.at_ms)).cloned().collect(),
                sealed: pair.sealed.iter().filter(|t| within(t.at_ms - 40)).cloned().collect(),
            };
            part.report(Settings::default())
        };
        let parts = [cut(0, first), cut(first, first + second), cut(first + second, 1_000)];
        let [a, b, c] = &parts;
        let mut left = a.clone();
        left.merge(b);
        left.merge(c);
        let mut right = b.clone();
        right.merge(c);
        let mut other = a.clone();
        other.merge(&right);
        prop_assert_eq!(&left, &other);
        let mut swapped = c.clone();
        swapped.merge(a);
        swapped.merge(b);
        prop_assert_eq!(swapped.findings.totals(), left.findings.totals());
        let entries = |report: &Report| report.witnesses.iter().map(|w| w.decisions).sum::<u64>();
        prop_assert_eq!(entries(&left), entries(&all));
    }
}

#[test]
fn an_empty_log_and_no_lines_have_nothing_to_compare() {
    let report = correlate(&b""[..], 0, &MemorySource::default(), Settings::default(), &NoProgress).unwrap();
    assert_eq!(
        (report.pairs, report.edge_ms, report.code()),
        (0, None, Some("correlation_nothing_compared"))
    );
}
