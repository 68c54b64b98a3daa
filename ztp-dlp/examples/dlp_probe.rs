//! Scans files with the baseline rules and prints the findings, and the time beside a bare pass of an automaton.
//!
//!     cargo run --release -p ztp-dlp --example dlp_probe -- FILE…

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for people")]

use std::collections::BTreeMap;
use std::time::Instant;

use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::customer::CustomerRules;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::TagKey;
use ztp_dlp::scanner::{Config, Mode, Scanner};

fn main() {
    let recognisers = Recognisers::new(
        Registry::default(),
        CustomerRules::default(),
        BTreeMap::new(),
        TagKey::new([7; 32]),
    );
    let config =
        Config { mode: Mode::Observe, recognisers, allow: AllowList::none(), budgets: Budgets::default() };
    let scanner = Scanner::new(config).unwrap();
    let (mut total, mut spent) = (0_u64, 0.0);
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).unwrap();
        let start = Instant::now();
        let report = scanner.scan_bytes(&bytes);
        spent += start.elapsed().as_secs_f64();
        total += report.bytes;
        for finding in &report.findings {
            println!(
                "{path}: {} {} {}..{} {} {:?}",
                finding.rule, finding.kind, finding.start, finding.end, finding.path, finding.facts
            );
        }
        for gap in &report.incomplete {
            println!("{path}: incomplete {} {} from {}", gap.reason.as_str(), gap.count, gap.first);
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "for people")]
    let megabytes = total as f64 / 1e6;
    println!("{megabytes:.1} MB, {spent:.2} s, {:.0} MB/s", megabytes / spent);
}
