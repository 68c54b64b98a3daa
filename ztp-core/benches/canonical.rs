//! Checking, reading and writing records as an audit log holds them, beside `serde_json` and `canonical_json`.
//!
//! `cargo bench -p ztp-core --bench canonical` prints criterion's figures, then ratios measured in turns in the same run.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a benchmark")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use ztp_core::canonical::{self, Limits, Value};

#[path = "../tests/canonical_support/mod.rs"]
mod canonical_support;

use canonical_support::{Random, container};

/// Checking streams over a segment.
const RECORDS: usize = 10_000;
/// Reading and writing work on documents that are at hand: few enough to stay in the processor's caches.
const AT_HAND: usize = 100;
const TURNS: usize = 40;

fn hex(random: &mut Random, digits: usize) -> String {
    (0..digits).map(|_| char::from(random.pick(b"0123456789abcdef", b'0'))).collect()
}

fn word(random: &mut Random, shortest: usize, longest: usize) -> String {
    let length = shortest + random.below(longest - shortest + 1);
    (0..length).map(|_| char::from(random.pick(b"abcdefghijklmnopqrstuvwxyz", b'a'))).collect()
}

fn number(random: &mut Random, bound: usize) -> Value {
    Value::Int(i64::try_from(random.below(bound)).unwrap())
}

/// One of four kinds of payload, so that no two records in a row have the same shape.
fn payload(random: &mut Random) -> Value {
    match random.below(4) {
        0 => Value::object([
            ("decision", Value::from(random.pick(&["allow", "deny"], "allow"))),
            ("namespace", word(random, 4, 20).into()),
            ("pod", word(random, 5, 30).into()),
            ("tier", Value::from(random.pick(&["A", "B"], "A"))),
            ("uid", hex(random, 32).into()),
        ]),
        1 => Value::object([
            ("actor", word(random, 4, 12).into()),
            ("bytes", number(random, 1_000_000)),
            (
                "destination",
                format!("https://{}.example/{}", word(random, 4, 12), word(random, 3, 25)).into(),
            ),
            ("rule", word(random, 5, 20).into()),
            ("severity", number(random, 10)),
        ]),
        2 => Value::object([
            ("detector", word(random, 8, 24).into()),
            ("observed", number(random, 500)),
            ("sustained", Value::from(random.once_in(2))),
            ("threshold", number(random, 50)),
            ("window_seconds", number(random, 3_600)),
        ]),
        _ => Value::object([
            ("action", word(random, 4, 10).into()),
            ("amount", number(random, 100_000)),
            ("note", hex(random, 32).into()),
            ("tags", Value::Array(vec![word(random, 2, 9).into(), word(random, 2, 9).into()])),
            ("ticket", Value::Null),
        ]),
    }
}

fn record(random: &mut Random, sequence: usize) -> Value {
    let time =
        format!("2026-05-12T08:{:02}:{:02}.{:03}Z", random.below(60), random.below(60), random.below(1000));
    Value::object([
        ("event_class", format!("{}.{}", word(random, 3, 9), word(random, 4, 10)).into()),
        ("hash", hex(random, 64).into()),
        ("payload", payload(random)),
        ("prev_hash", hex(random, 64).into()),
        ("seq", Value::Int(i64::try_from(sequence).unwrap())),
        ("timestamp", time.into()),
    ])
}

/// The same documents in the forms that the measured functions take.
struct Corpus {
    name: &'static str,
    lines: Vec<Vec<u8>>,
    /// All lines, each with a line feed, as a segment file holds them.
    segment: Vec<u8>,
    /// The first documents, as values of ours and of serde_json.
    values: Vec<Value>,
    serde: Vec<serde_json::Value>,
}

impl Corpus {
    fn new(name: &'static str, mut values: Vec<Value>) -> Self {
        let lines: Vec<_> = values.iter().map(|value| canonical::write(value).unwrap()).collect();
        let segment = lines.iter().flat_map(|line| line.iter().copied().chain([b'\n'])).collect();
        values.truncate(AT_HAND);
        let serde = lines.iter().take(AT_HAND).map(|line| serde_json::from_slice(line).unwrap()).collect();
        Self { name, lines, segment, values, serde }
    }

    fn check_segment(&self) {
        let mut rest = self.segment.as_slice();
        while !rest.is_empty() {
            let length = canonical::check_prefix(rest, &Limits::default()).unwrap();
            rest = rest.get(length + 1..).unwrap();
        }
    }

    fn check(&self) {
        for line in &self.lines {
            canonical::check(black_box(line), &Limits::default()).unwrap();
        }
    }

    fn at_hand(&self) -> &[Vec<u8>] {
        self.lines.get(..AT_HAND).unwrap()
    }

    fn at_hand_bytes(&self) -> usize {
        self.at_hand().iter().map(Vec::len).sum()
    }

    fn read(&self) {
        for line in self.at_hand() {
            black_box(canonical::read(line, &Limits::default()).unwrap());
        }
    }

    fn write(&self) {
        for value in &self.values {
            black_box(canonical::write(value).unwrap());
        }
    }

    fn serde_json_parse(&self) {
        for line in self.at_hand() {
            black_box(serde_json::from_slice::<serde_json::Value>(line).unwrap());
        }
    }

    fn canonical_json_write(&self) {
        for value in &self.serde {
            black_box(canonical_json::to_string(value).unwrap());
        }
    }
}

/// The shortest of several turns, taken in turns so that a busy machine slows all alike.
fn shortest<const N: usize>(measured: [&dyn Fn(); N]) -> [Duration; N] {
    let mut shortest = [Duration::MAX; N];
    for _ in 0..TURNS {
        for (best, run) in shortest.iter_mut().zip(measured) {
            // Once unmeasured: what ran before has emptied the caches.
            run();
            let start = Instant::now();
            run();
            *best = start.elapsed().min(*best);
        }
    }
    shortest
}

fn ratios(corpus: &Corpus) {
    let [check_prefix, check, read, write, serde_json, canonical_json] = shortest([
        &|| corpus.check_segment(),
        &|| corpus.check(),
        &|| corpus.read(),
        &|| corpus.write(),
        &|| corpus.serde_json_parse(),
        &|| corpus.canonical_json_write(),
    ]);
    let segment = |time: Duration| corpus.segment.len() as f64 / time.as_secs_f64() / 1e9;
    let at_hand = |time: Duration| corpus.at_hand_bytes() as f64 / time.as_secs_f64() / 1e9;
    println!("{}: {} bytes each", corpus.name, corpus.segment.len() / corpus.lines.len());
    let parse = at_hand(serde_json);
    println!(
        "  check_prefix    {:6.3} GB/s, {:4.1} x serde_json parse",
        segment(check_prefix),
        segment(check_prefix) / parse
    );
    println!(
        "  check           {:6.3} GB/s, {:4.1} x serde_json parse",
        segment(check),
        segment(check) / parse
    );
    println!(
        "  read            {:6.3} GB/s, {:4.1} x serde_json parse",
        at_hand(read),
        at_hand(read) / parse
    );
    println!("  serde_json      {parse:6.3} GB/s");
    println!(
        "  write           {:6.3} GB/s, {:4.1} x canonical_json",
        at_hand(write),
        at_hand(write) / at_hand(canonical_json)
    );
    println!("  canonical_json  {:6.3} GB/s", at_hand(canonical_json));
}

fn main() {
    let mut random = Random::new(1);
    let records = (0..RECORDS).map(|sequence| record(&mut random, 100_000 + sequence)).collect();
    let mixed = (0..RECORDS).map(|_| container(&mut random, 3)).collect();
    let corpora =
        [Corpus::new("records", records), Corpus::new("random documents, half of them escapes", mixed)];

    let mut criterion = Criterion::default().configure_from_args();
    for corpus in &corpora {
        let mut group = criterion.benchmark_group(corpus.name);
        group.sample_size(20).throughput(Throughput::Bytes(corpus.segment.len() as u64));
        group.bench_function("check_prefix", |bencher| bencher.iter(|| corpus.check_segment()));
        group.bench_function("check", |bencher| bencher.iter(|| corpus.check()));
        group.throughput(Throughput::Bytes(corpus.at_hand_bytes() as u64));
        group.bench_function("read", |bencher| bencher.iter(|| corpus.read()));
        group.bench_function("write", |bencher| bencher.iter(|| corpus.write()));
        group.bench_function("serde_json parse", |bencher| bencher.iter(|| corpus.serde_json_parse()));
        group
            .bench_function("canonical_json write", |bencher| bencher.iter(|| corpus.canonical_json_write()));
        group.finish();
    }
    criterion.final_summary();
    corpora.iter().for_each(ratios);
}
