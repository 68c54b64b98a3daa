//! Messages per second of the detected engine and of the portable one, which is the `sha2` crate, on the three kinds of
//! message that the verification of a log hashes.

#![allow(missing_docs, reason = "the macros of the benchmark make undocumented items")]
#![allow(clippy::print_stdout, reason = "the ratios are the result")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ztp_simd::Engine;

/// Messages in a batch. Their bytes fit into the second-level cache, as a block of lines of a verifier does.
const MESSAGES: usize = 2048;

struct Batch {
    name: &'static str,
    data: Vec<u8>,
    hash: fn(Engine, &[u8], &mut Vec<[u8; 32]>),
}

fn batches() -> [Batch; 4] {
    let data = |length: usize| {
        (0..length as u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0]).collect()
    };
    [
        Batch {
            name: "record of 250 bytes in two slices",
            data: data(331 * MESSAGES),
            hash: |engine, data, out| {
                let lines = data.as_chunks::<331>().0;
                let messages: Vec<(&[u8], &[u8])> =
                    lines.iter().map(|line| (&line[..30], &line[111..])).collect();
                engine.sha256_many(&messages, out);
            },
        },
        Batch {
            name: "records of 120 to 375 bytes in two slices",
            data: data(512 * MESSAGES),
            hash: |engine, data, out| {
                let lines = data.as_chunks::<512>().0;
                let end = |line: &[u8; 512]| 201 + usize::from(line[0]);
                let messages: Vec<(&[u8], &[u8])> = lines
                    .iter()
                    .map(|line| (&line[..30], line.get(111..end(line)).unwrap_or_default()))
                    .collect();
                engine.sha256_many(&messages, out);
            },
        },
        Batch {
            name: "leaf",
            data: data(32 * MESSAGES),
            hash: |engine, data, out| engine.leaf_hashes(data.as_chunks().0, out),
        },
        Batch {
            name: "node",
            data: data(64 * MESSAGES),
            hash: |engine, data, out| engine.node_hashes(data.as_chunks().0, out),
        },
    ]
}

fn engines(c: &mut Criterion) {
    for batch in batches() {
        let mut group = c.benchmark_group(batch.name);
        group.throughput(Throughput::Elements(MESSAGES as u64));
        for engine in [Engine::detect(), Engine::portable()] {
            let mut out = Vec::new();
            group.bench_function(BenchmarkId::from_parameter(engine.name()), |b| {
                b.iter(|| (batch.hash)(engine, black_box(&batch.data), &mut out));
            });
        }
        group.finish();
    }
}

/// Best of many runs, which other work on the machine disturbs least.
fn best(batch: &Batch, engine: Engine) -> Duration {
    let mut out = Vec::new();
    let mut run = || {
        let start = Instant::now();
        (batch.hash)(engine, black_box(&batch.data), &mut out);
        start.elapsed()
    };
    (0..2000).map(|_| run()).min().unwrap_or_default()
}

fn ratios(_: &mut Criterion) {
    println!(
        "{:<42} {:>16} {:>16} {:>6}",
        "best of 2000, million messages/s (ns)", "detected", "sha2", "ratio"
    );
    for batch in batches() {
        let nanoseconds = [Engine::detect(), Engine::portable()]
            .map(|engine| best(&batch, engine).as_secs_f64() * 1e9 / MESSAGES as f64);
        let [own, sha2] = nanoseconds;
        let rate = |ns: f64| format!("{:.2} ({ns:.1})", 1e3 / ns);
        println!("{:<42} {:>16} {:>16} {:>6.2}", batch.name, rate(own), rate(sha2), sha2 / own);
    }
}

criterion_group!(benches, engines, ratios);
criterion_main!(benches);
