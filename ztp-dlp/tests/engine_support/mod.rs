//! Keys made fresh, and scanners with the baseline rules.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use p256::SecretKey;
use p256::pkcs8::EncodePrivateKey as _;
use ztp_core::encoding::base64_encode;
use ztp_core::time::Timestamp;
use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::customer::CustomerRules;
use ztp_dlp::finding::Report;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::Registry;
use ztp_dlp::request::RequestHead;
use ztp_dlp::rule::TagKey;
use ztp_dlp::scanner::{Config, Mode, Scanner};

/// A scanner with the baseline rules and a registry.
pub(crate) fn scanner_with(mode: Mode, registry: Registry, budgets: Budgets) -> Scanner {
    let recognisers =
        Recognisers::new(registry, CustomerRules::default(), BTreeMap::new(), TagKey::new([7; 32]));
    Scanner::new(Config { mode, recognisers, allow: AllowList::none(), budgets }).unwrap()
}

/// A scanner with the baseline rules.
pub(crate) fn scanner() -> Scanner {
    scanner_with(Mode::Observe, Registry::default(), Budgets::default())
}

/// A fresh private key as PKCS#8 in DER.
pub(crate) fn key() -> Vec<u8> {
    let mut seed = [0; 32];
    loop {
        getrandom::fill(&mut seed).unwrap();
        if let Ok(key) = SecretKey::from_slice(&seed) {
            return key.to_pkcs8_der().unwrap().as_bytes().to_vec();
        }
    }
}

/// Always the same private key as PKCS#8 in DER, where a test must not depend on what a compressed key happens to hold.
pub(crate) fn same_key() -> Vec<u8> {
    SecretKey::from_slice(&[7; 32]).unwrap().to_pkcs8_der().unwrap().as_bytes().to_vec()
}

/// A key as PEM.
pub(crate) fn pem(der: &[u8]) -> String {
    let body = base64_encode(der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

/// Bytes as one gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A report without what depends on how long a scan was: for comparisons.
pub(crate) fn text(report: &Report) -> String {
    String::from_utf8(ztp_core::canonical::write(&report.to_value()).unwrap()).unwrap()
}

/// A head without anything worth finding.
pub(crate) fn head() -> RequestHead {
    RequestHead {
        id: "request-1".into(),
        hop: 0,
        principal: "pod/agent".into(),
        method: b"POST".to_vec(),
        url: b"https://feed.example/upload?kind=report".to_vec(),
        headers: vec![(b"content-type".to_vec(), b"application/json".to_vec())],
        via: String::new(),
    }
}

/// Milliseconds of a day in 2026.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000 + millis).unwrap()
}

/// Lines of words that hold nothing.
pub(crate) fn words(bytes: usize) -> Vec<u8> {
    b"the quick brown fox jumps over the lazy dog, again and again\n"
        .iter()
        .copied()
        .cycle()
        .take(bytes)
        .collect()
}
