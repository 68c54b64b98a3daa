//! Bodies made to exhaust the scanner: it ends within its budget, and says what it did not look at.
#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

mod engine_support;

use std::io::Write as _;

use engine_support::{gzip, key, pem, scanner, scanner_with, text};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use ztp_core::encoding::base64_encode;
use ztp_dlp::budget::{Budgets, Reason};
use ztp_dlp::finding::Report;
use ztp_dlp::registry::Registry;
use ztp_dlp::scanner::Mode;

fn reasons(report: &Report) -> Vec<Reason> {
    report.incomplete.iter().map(|gap| gap.reason).collect()
}

/// A local header of a zip entry, and its deflated data.
fn zip_entry(data: &[u8], flags: u8, method: u8) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    let mut entry = vec![b'P', b'K', 3, 4, 20, 0, flags, 0, method, 0];
    entry.extend([0; 16]);
    entry.extend([1, 0, 0, 0, b'x']);
    entry.extend(encoder.finish().unwrap());
    entry
}

#[test]
fn a_gzip_bomb_ends_at_its_ratio() {
    let report = scanner().scan_bytes(&gzip(&vec![0; 64 << 20]));
    assert_eq!(reasons(&report), [Reason::Ratio], "{}", text(&report));
    assert!(report.would_block() && report.code() == Some("dlp_scan_incomplete"));
    // What also looks like an encoding is decoded as long as there is work left.
    let report = scanner().scan_bytes(&gzip(&vec![b'a'; 64 << 20]));
    assert!(
        reasons(&report).iter().all(|reason| matches!(reason, Reason::Ratio | Reason::Work)),
        "{}",
        text(&report)
    );
    assert!(report.would_block());
}

#[test]
fn a_zip_bomb_of_nested_streams_ends() {
    let inner = gzip(&vec![0; 32 << 20]);
    let middle: Vec<u8> = std::iter::repeat_n(zip_entry(&inner, 0, 8), 16).flatten().collect();
    let report = scanner().scan_bytes(&gzip(&middle));
    let ends = [Reason::Ratio, Reason::Work];
    assert!(reasons(&report).iter().any(|reason| ends.contains(reason)), "{}", text(&report));
}

#[test]
fn archives_with_more_entries_than_are_followed_say_so() {
    let archive: Vec<u8> = (0..1200_u32)
        .flat_map(|entry| zip_entry(format!("entry {entry}: words that are new each time").as_bytes(), 0, 8))
        .collect();
    assert!(scanner().scan_bytes(&archive).incomplete.is_empty(), "an ordinary archive");
    let budgets = Budgets { streams_max: 1024, ..Budgets::default() };
    let report = scanner_with(Mode::Observe, Registry::default(), budgets).scan_bytes(&archive);
    assert_eq!(reasons(&report), [Reason::Streams], "{}", text(&report));
}

#[test]
fn entries_that_cannot_be_read_are_named() {
    let secret = pem(&key());
    let report = scanner().scan_bytes(&zip_entry(secret.as_bytes(), 1, 8));
    assert_eq!(reasons(&report), [Reason::EncryptedEntry]);
    let report = scanner().scan_bytes(&zip_entry(secret.as_bytes(), 0, 12));
    assert!(reasons(&report).contains(&Reason::UnreadCompression));
    let xz = b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46".as_slice();
    for magic in [xz, b"BZh91AY&SY", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"] {
        let report = scanner().scan_bytes(&[magic, &[7; 100]].concat());
        assert_eq!(reasons(&report), [Reason::UnreadCompression], "{magic:?}");
    }
    // The first bytes alone, as they stand in programs that read the format, are no stream.
    assert!(scanner().scan_bytes(b"magic \xfd7zXZ\x00\x00 \x28\xb5\x2f\xfd").incomplete.is_empty());
    // The same entry is found when it can be read.
    let report = scanner().scan_bytes(&zip_entry(secret.as_bytes(), 0, 8));
    assert_eq!(report.findings.len(), 1);
    assert!(report.incomplete.is_empty());
}

#[test]
fn a_stream_that_inflates_to_itself_ends_at_the_depth() {
    // A tower of streams stands for one that never ends: what counts is that depth is what stops it.
    let mut tower = pem(&key()).into_bytes();
    for _ in 0..12 {
        tower = gzip(&[b"layer ".repeat(9), tower].concat());
    }
    let report = scanner().scan_bytes(&tower);
    assert_eq!(reasons(&report), [Reason::Depth], "{}", text(&report));
}

#[test]
fn a_base64_tower_ends_at_the_depth_and_is_seen_through_below_it() {
    let secret = pem(&key());
    let mut tower = secret.into_bytes();
    for layer in 1..=10 {
        tower = base64_encode(&tower).into_bytes();
        let report = scanner().scan_bytes(&tower);
        if layer <= 8 {
            assert_eq!(report.findings.len(), 1, "layer {layer}");
        } else {
            assert!(reasons(&report).contains(&Reason::Depth), "layer {layer}");
            assert!(report.would_block());
        }
    }
}

#[test]
fn a_million_brackets_and_other_dense_bodies_end_without_a_stack() {
    let bodies: Vec<Vec<u8>> = vec![
        b"[".repeat(1_000_000),
        b"{\"a\":".repeat(200_000),
        b"eyJ".repeat(300_000),
        b"-----BEGIN PRIVATE KEY-----".repeat(20_000),
        b"\x1f\x8b\x08\x00".repeat(200_000),
        b"PK\x03\x04".repeat(200_000),
        b"\x78\x9c".repeat(300_000),
        b"\\u0041".repeat(100_000),
        b"%41".repeat(200_000),
        b"&#65;".repeat(100_000),
        b"06 09 2a 86 48 ".repeat(50_000),
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01".repeat(50_000),
        b"\x30\x82\x04\xa4\x02\x01\x00\x02".repeat(80_000),
        b"a\0".repeat(400_000),
        "\u{430}a".repeat(200_000).into_bytes(),
        b"<~".repeat(300_000),
    ];
    for body in bodies {
        let report = scanner().scan_bytes(&body);
        assert!(report.findings.len() <= 1024, "{:?}", &body[..8]);
    }
}

#[test]
fn the_same_bytes_stop_at_the_same_place() {
    let tight = Budgets { nodes_max: 7, work_factor: 2, ..Budgets::default() };
    let body: Vec<u8> = (0..400)
        .flat_map(|line| {
            format!("line {line}: {}\n", base64_encode(format!("words of line {line}").repeat(5).as_bytes()))
                .into_bytes()
        })
        .collect();
    let scan = || text(&scanner_with(Mode::Observe, Registry::default(), tight).scan_bytes(&body));
    let first = scan();
    assert!(first.contains("scan-incomplete"), "{first}");
    assert_eq!(scan(), first);
}

#[test]
fn a_budget_of_nothing_is_refused() {
    for budgets in [
        Budgets { depth_max: 0, ..Budgets::default() },
        Budgets { live_bytes_max: usize::MAX, ..Budgets::default() },
    ] {
        let recognisers = ztp_dlp::recognise::Recognisers::new(
            Registry::default(),
            ztp_dlp::customer::CustomerRules::default(),
            std::collections::BTreeMap::new(),
            ztp_dlp::rule::TagKey::new([1; 32]),
        );
        let config = ztp_dlp::scanner::Config {
            mode: Mode::Observe,
            recognisers,
            allow: ztp_dlp::allow::AllowList::none(),
            budgets,
        };
        let error = ztp_dlp::scanner::Scanner::new(config).unwrap_err();
        assert_eq!(ztp_core::Coded::code(&error), "dlp_budget");
    }
}
