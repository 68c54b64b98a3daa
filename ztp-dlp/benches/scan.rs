//! Scanning on one core: benign text beside a bare automaton of the same anchors, and what the costliest bodies cost.
//!
//!     cargo bench -p ztp-dlp --bench scan
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use criterion::{BatchSize, Criterion, Throughput};
use flate2::Compression;
use flate2::write::GzEncoder;
use ztp_core::canonical::{self, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::{base64_encode, hex_encode};
use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::customer::CustomerRules;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::TagKey;
use ztp_dlp::scanner::{Config, Mode, Scanner};

const MIB: usize = 1 << 20;

/// A step of a plain generator: the same bodies in every run.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn random(len: usize) -> Vec<u8> {
    let mut state = 11;
    (0..len).map(|_| next(&mut state).to_le_bytes()[0]).collect()
}

/// Lines of a log, of JSON and of a program, as a bench sends them.
fn benign(len: usize) -> Vec<u8> {
    let mut state = 5;
    let mut text = String::new();
    while text.len() < len {
        let [a, b, c] = [next(&mut state), next(&mut state) % 10_000, next(&mut state) % 60];
        match a % 4 {
            0 => text.push_str(&format!("2026-05-12T08:{c:02}:07.123Z info admission web-{b} allowed in {c} ms by rule baseline/{}\n", b % 17)),
            1 => text.push_str(&format!("{{\"id\":\"{a:08x}-{b:04}-4000\",\"pod\":\"team-{c}/web-{b}\",\"cpu\":{b},\"ok\":true,\"tags\":[\"a\",\"b{c}\"]}}\n")),
            2 => text.push_str(&format!("    if (response.status === {b}) {{ return this.retry(request, {{ delay: {c} * 1000 }}); }} // see issue {b}\n")),
            _ => text.push_str(&format!("The client retries after {c} seconds; a test that fails {b} times is reported to whoever asked for it.\n")),
        }
    }
    text.truncate(len);
    text.into_bytes()
}

/// A sealed log: every line is a record, and every record a finding.
fn sealed_log(len: usize) -> Vec<u8> {
    let (mut log, mut previous, mut state, mut seq) = (Vec::new(), Digest::ZERO, 7, 0_i64);
    while log.len() < len {
        let [pod, rule] = [next(&mut state) % 10_000, next(&mut state) % 17];
        let payload = Value::object([
            ("action", Value::from("admit")),
            ("allowed", Value::from(true)),
            ("pod", Value::from(format!("team-{rule}/web-{pod}"))),
            ("reason", Value::from(format!("baseline/{rule}"))),
        ]);
        let timestamp =
            format!("2026-05-12T08:{:02}:{:02}.{:03}Z", seq / 60_000 % 60, seq / 1000 % 60, seq % 1000);
        let mut members = BTreeMap::from([
            ("event_class".to_owned(), Value::from("admission.decision")),
            ("payload".to_owned(), payload),
            ("prev_hash".to_owned(), Value::from(previous.to_string())),
            ("seq".to_owned(), Value::from(seq)),
            ("timestamp".to_owned(), Value::from(timestamp)),
        ]);
        previous = sha256(&canonical::write(&Value::Object(members.clone())).unwrap());
        members.insert("hash".to_owned(), Value::from(previous.to_string()));
        log.extend(canonical::write(&Value::Object(members)).unwrap());
        log.push(b'\n');
        seq += 1;
    }
    log
}

fn repeated(piece: &[u8]) -> Vec<u8> {
    piece.iter().copied().cycle().take(MIB).collect()
}

fn spelled(each: impl Fn(u8) -> String) -> Vec<u8> {
    let mut text: String = benign(MIB / 2).into_iter().map(each).collect();
    while !text.is_char_boundary(MIB) {
        text.pop();
    }
    text.truncate(MIB);
    text.into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tower() -> Vec<u8> {
    let mut text = benign(1000);
    while text.len() < MIB * 3 / 4 {
        text = base64_encode(&text).into_bytes();
    }
    text
}

/// The bodies of which each is the worst of its kind.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let heads: Vec<u8> =
        (1..=7_u8).flat_map(|key| b"-----BEGIN PRIVATE KEY-----\n".map(|byte| byte ^ key << 4)).collect();
    let bomb = gzip(&vec![0; 256 * MIB]);
    let nested = (0..7).fold(benign(8 * MIB), |inner, _| gzip(&inner));
    vec![
        ("words", benign(MIB)),
        ("all hits: a sealed log", sealed_log(8 * MIB)),
        ("random bytes", random(MIB)),
        ("zeros", vec![0; MIB]),
        ("base64 of random bytes", base64_encode(&random(MIB * 3 / 4)).into_bytes()),
        ("base64 of base64 of ... of words", tower()),
        (
            "base64 of words in lines",
            base64_encode(&benign(MIB * 3 / 4)).as_bytes().chunks(64).collect::<Vec<_>>().join(&b"\n"[..]),
        ),
        ("hexadecimal of words", hex_encode(&benign(MIB / 2)).into_bytes()),
        ("an array of numbers", spelled(|byte| format!("{byte}, "))),
        ("every character as %XX", spelled(|byte| format!("%{byte:02X}"))),
        ("every character as \\u00XX", spelled(|byte| format!("\\u{byte:04x}"))),
        ("a zero-width space after each", spelled(|byte| format!("{}\u{200b}", char::from(byte)))),
        ("UTF-16", benign(MIB / 2).into_iter().flat_map(|byte| [byte, 0]).collect()),
        ("ascii85 of random bytes", random(MIB).into_iter().map(|byte| b'!' + byte % 85).collect()),
        ("opening brackets", repeated(b"[")),
        ("PEM heads", repeated(b"-----BEGIN PRIVATE KEY-----\n")),
        ("PEM heads under seven keys", repeated(&heads)),
        ("heads of DER sequences", repeated(&[0x30, 0x82, 4, 0xa4, 2, 1, 0, 2])),
        ("heads of tokens", repeated(b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVz.")),
        ("heads of zlib streams", repeated(b"x\x9c\x01\x02")),
        (
            "heads of zip entries",
            repeated(b"PK\x03\x04\x14\x00\x00\x00\x08\x00aaaaaaaaaaaaaaaa\x04\x00\x00\x00name"),
        ),
        ("gzip of 256 MiB of zeros", bomb),
        ("gzip of words", gzip(&benign(8 * MIB))),
        ("gzip of gzip of ... of words, seven times", nested),
    ]
}

fn main() {
    let recognisers =
        Recognisers::new(Registry::default(), CustomerRules::none(), BTreeMap::new(), TagKey::new([7; 32]));
    let anchors: Vec<Vec<u8>> = recognisers.anchors().iter().map(|anchor| anchor.bytes.clone()).collect();
    let bare = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(&anchors)
        .unwrap();
    let config =
        Config { mode: Mode::Observe, recognisers, allow: AllowList::none(), budgets: Budgets::default() };
    let scanner = Scanner::new(config).unwrap();

    let mut criterion = Criterion::default().configure_from_args();
    let body = benign(8 * MIB);
    let mut best = [f64::MAX; 2];
    let mut group = criterion.benchmark_group("dlp");
    group.throughput(Throughput::Bytes(u64::try_from(body.len()).unwrap())).sample_size(10);
    let passes: [(&str, &dyn Fn() -> usize); 2] = [
        ("five rules, all decoders", &|| scanner.scan_bytes(&body).findings.len()),
        ("bare automaton", &|| bare.find_overlapping_iter(&body).count()),
    ];
    for (best, (name, pass)) in best.iter_mut().zip(passes) {
        group.bench_function(name, |b| {
            b.iter_batched(
                || (),
                |()| {
                    let begun = Instant::now();
                    black_box(pass());
                    *best = best.min(begun.elapsed().as_secs_f64());
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
    criterion.final_summary();
    let speed = |seconds: f64| body.len() as f64 / 1e6 / seconds;
    println!("\n| benign text, one core | MB/s | time, of the bare automaton's |\n|---|---|---|");
    println!("| five rules, all decoders | {:.0} | {:.2} |", speed(best[0]), best[0] / best[1]);
    println!("| bare automaton, {} anchors | {:.0} | 1 |", anchors.len(), speed(best[1]));

    println!("\n| a body of | ms per MiB sent | MB/s | not looked at because of |\n|---|---|---|---|");
    for (name, body) in bodies() {
        let mut best = f64::MAX;
        let mut reasons = String::new();
        for _ in 0..3 {
            let begun = Instant::now();
            let report = scanner.scan_bytes(&body);
            best = best.min(begun.elapsed().as_secs_f64());
            let gaps: Vec<&str> = report.incomplete.iter().map(|gap| gap.reason.as_str()).collect();
            reasons = gaps.join(", ");
        }
        let size = body.len() as f64;
        println!(
            "| {name} | {:.0} | {:.1} | {reasons} |",
            best * 1e3 / (size / MIB as f64),
            size / 1e6 / best
        );
    }
}
