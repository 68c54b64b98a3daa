//! Scans every file under a directory, and passes over the same bytes with a bare automaton of the same anchors.
//!
//!     cargo run --release -p ztp-dlp --example dlp_bench -- DIRECTORY…
//!
//! Prints one line of JSON for each finding and each gap, and a last one with the totals. Times are of scanning alone: each file is
//! read before its clock starts, and each of the two passes goes over it in turn.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for people")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use ztp_core::canonical::{self, Value};
use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::customer::CustomerRules;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::TagKey;
use ztp_dlp::scanner::{Config, Mode, Scanner};

fn say(value: &Value) {
    println!("{}", String::from_utf8(canonical::write(value).unwrap()).unwrap());
}

fn files(directory: PathBuf) -> Vec<PathBuf> {
    let (mut todo, mut out) = (vec![directory], Vec::new());
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.is_file() {
            out.push(path);
        }
    }
    out.sort();
    out
}

fn millis(time: Duration) -> Value {
    Value::from(i64::try_from(time.as_millis()).unwrap())
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
    let (mut count, mut bytes, mut findings, mut gaps) = (0u32, 0i64, 0u32, 0u32);
    let (mut scanning, mut passing) = (Duration::ZERO, Duration::ZERO);
    let mut slowest = (Duration::ZERO, String::new());
    for path in std::env::args().skip(1).flat_map(|argument| files(argument.into())) {
        let content = std::fs::read(&path).unwrap();
        let begun = Instant::now();
        let report = scanner.scan_bytes(&content);
        let spent = begun.elapsed();
        scanning += spent;
        let begun = Instant::now();
        black_box(bare.find_overlapping_iter(&content).count());
        passing += begun.elapsed();
        let name = path.display().to_string();
        if spent > slowest.0 {
            slowest = (spent, name.clone());
        }
        count += 1;
        bytes += i64::try_from(content.len()).unwrap();
        for finding in &report.findings {
            findings += 1;
            say(&Value::object([("file", Value::from(name.as_str())), ("finding", finding.to_value())]));
        }
        for gap in &report.incomplete {
            gaps += 1;
            say(&Value::object([("file", Value::from(name.as_str())), ("gap", gap.to_value())]));
        }
    }
    say(&Value::object([
        ("anchors", Value::from(u32::try_from(anchors.len()).unwrap())),
        ("bare_automaton_ms", millis(passing)),
        ("bytes", Value::from(bytes)),
        ("files", Value::from(count)),
        ("findings", Value::from(findings)),
        ("gaps", Value::from(gaps)),
        ("scan_ms", millis(scanning)),
        ("slowest_file", Value::from(slowest.1)),
        ("slowest_ms", millis(slowest.0)),
    ]));
}
