//! Recall: every secret in every dress of the matrix is found by the right rule, but for what is listed here with its reason.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::collections::HashSet;

use support::matrix;
use ztp_core::canonical;
use ztp_core::encoding::hex_encode;
use ztp_core::signature::SigningKey;
use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::RuleId;
use ztp_dlp::scanner::{Config, Mode, Scanner};

#[test]
fn every_secret_is_found_in_every_dress_by_the_right_rule() {
    let (table, missed) = matrix::table(&matrix::bench());
    let unexpected: Vec<_> = missed
        .iter()
        .filter(|(dress, secret)| !matrix::KNOWN_MISSES.iter().any(|(d, s, _)| d == dress && s == secret))
        .collect();
    assert!(unexpected.is_empty(), "{table}\n{unexpected:#?}");
    let healed: Vec<_> = matrix::KNOWN_MISSES
        .iter()
        .filter(|(d, s, _)| !missed.iter().any(|(dress, secret)| d == dress && s == secret))
        .collect();
    assert!(healed.is_empty(), "found after all: take them off the list: {healed:#?}");
}

/// What a scanner of looks does: a marker or a pattern in the text as it stands, and silence where a comment asks for it.
fn weak_scanner(body: &[u8]) -> bool {
    let looks = regex_automata::meta::Regex::new(
        r"(?s)-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----.{64,}?KEY(?: BLOCK)?-----|\beyJ[a-zA-Z0-9_-]{17,}\.eyJ[a-zA-Z0-9/_-]{17,}\.",
    )
    .unwrap();
    let silenced = body.windows(14).any(|window| window == b"gitleaks:allow");
    !silenced && looks.is_match(body)
}

#[test]
fn kit_defeats_a_scanner_of_looks() {
    let bench = matrix::bench();
    let (mut seen, mut all) = (0, 0);
    for secret in &bench.secrets {
        if matches!(secret.rule, RuleId::PemMaterial | RuleId::ServiceAccountToken) && secret.text {
            for dress in matrix::DRESSES {
                if let Some(bodies) = (dress.wear)(secret) {
                    all += 1;
                    seen += u32::from(bodies.iter().any(|body| weak_scanner(body)));
                }
            }
        }
    }
    assert!(seen > 0, "the scanner sees what is not disguised");
    assert!(seen * 4 < all, "{seen} of {all}: a kit that looks can beat shows nothing");
    let key = bench.secrets.iter().find(|secret| secret.name == "RSA PKCS#8 PEM").unwrap();
    assert!(weak_scanner(&key.bytes));
    let silenced = [b"# gitleaks:allow\n", &key.bytes[..]].concat();
    assert!(!weak_scanner(&silenced));
    assert!(
        bench
            .scanner
            .scan_bytes(&silenced)
            .findings
            .iter()
            .any(|finding| finding.rule == RuleId::PemMaterial)
    );
}

#[test]
fn no_report_holds_any_eight_bytes_of_a_secret_in_any_spelling() {
    let bench = matrix::bench();
    let secret_names =
        ["RSA", "EC", "Ed25519", "encrypted", "OpenSSH", "JWK", "bound", "legacy", "registered"];
    for secret in &bench.secrets {
        if !secret_names.iter().any(|name| secret.name.starts_with(name)) {
            continue;
        }
        let mut shown = format!("{:?}", bench.scanner);
        for dress in matrix::DRESSES {
            for body in (dress.wear)(secret).unwrap_or_default() {
                let report = bench.scanner.scan_bytes(&body);
                shown.push_str(&String::from_utf8(canonical::write(&report.to_value()).unwrap()).unwrap());
                shown.push_str(&format!("{report:?}"));
            }
        }
        let in_text: HashSet<&[u8]> = shown.as_bytes().windows(8).collect();
        let in_hex: HashSet<&[u8]> = shown.as_bytes().windows(16).collect();
        for window in secret.bytes.windows(8) {
            assert!(!in_hex.contains(hex_encode(window).as_bytes()), "{} in hexadecimal", secret.name);
            // Markers and member names are no secret; what is between them is.
            let public = PUBLIC.iter().any(|word| word.as_bytes().windows(8).any(|part| part == window));
            assert!(
                public || !in_text.contains(window),
                "{}: {:?}",
                secret.name,
                String::from_utf8_lossy(window)
            );
        }
    }
}

/// Words of the secrets' dress that reports use as well.
const PUBLIC: &[&str] = &["private key", "registered", "-----BEGIN PRIVATE KEY-----", r#""crv":"P-256","d""#];

#[test]
fn issuer_key_is_found_in_every_spelling_of_its_fingerprint() {
    let key = SigningKey::from_seed(&support::make::random32());
    let mut registry = Registry::default();
    registry.add_isk(&key.public_key().to_spki_der()).unwrap();
    let config = Config {
        mode: Mode::Observe,
        recognisers: support::recognisers(registry),
        allow: AllowList::none(),
        budgets: Budgets::default(),
    };
    let scanner = Scanner::new(config).unwrap();
    let pairs = |bytes: &[u8], join: &str, upper: bool| {
        let text = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(join);
        if upper { text.to_uppercase() } else { text }
    };
    let fours = |bytes: &[u8], join: &str| bytes.chunks(2).map(hex_encode).collect::<Vec<_>>().join(join);
    let public = <[u8; 32]>::try_from(key.public_key().as_bytes()).unwrap();
    for bytes in [*key.public_key().key_id().as_bytes(), public] {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        let base64 = ztp_core::encoding::base64_encode(&bytes);
        let spellings = [
            hex_encode(&bytes),
            hex_encode(&bytes).to_uppercase(),
            pairs(&bytes, ":", true),
            pairs(&bytes, ":", false),
            pairs(&bytes, " ", false),
            pairs(&bytes, "-", false),
            fours(&bytes, " "),
            fours(&bytes, ":"),
            format!("{{0x{}}}", pairs(&bytes, ", 0x", false)),
            format!("unsigned char id[32] = {{ 0x{} }};", pairs(&bytes, ",0x", true)),
            format!("[{}]", bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",")),
            format!("SHA256:{}", base64.trim_end_matches('=')),
            base64.clone(),
            support::make::base64url(&bytes),
            hex_encode(&reversed),
            hex_encode(&bytes[..12]),
            hex_encode(&bytes[20..]),
        ];
        for text in spellings {
            let report = scanner.scan_bytes(format!("id: {text}\n").as_bytes());
            let found = report.findings.iter().any(|finding| finding.rule == RuleId::IskFingerprint);
            assert!(found, "{text}");
        }
        assert!(!scanner.scan_bytes(&bytes).findings.is_empty(), "raw");
    }
}
