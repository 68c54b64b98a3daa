//! One secret is one finding: pieces of it, and damaged copies that another way of decoding gives, are parts of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::BTreeMap;

use support::make;
use ztp_core::signature::SigningKey;
use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::customer::CustomerRules;
use ztp_dlp::finding::Report;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::{Action, RuleId, Severity, TagKey};
use ztp_dlp::scanner::{Config, Mode, Scanner};

fn scanner(actions: BTreeMap<RuleId, Action>) -> Scanner {
    let recognisers =
        Recognisers::new(Registry::default(), CustomerRules::none(), actions, TagKey::new([7; 32]));
    let config =
        Config { mode: Mode::Enforce, recognisers, allow: AllowList::none(), budgets: Budgets::default() };
    Scanner::new(config).unwrap()
}

fn shown(report: &Report) -> String {
    report.findings.iter().map(|finding| format!("{finding:?}\n")).collect()
}

fn certificate() -> Vec<u8> {
    let authority = make::authority();
    let leaf = SigningKey::from_seed(&make::random32());
    let name = make::name(0x0c, &[(b"\x55\x04\x03", "some.example")]);
    make::certificate(&authority.key, &authority.name, &name, &leaf)
}

/// Sixty keys of every kind, each different in each run.
fn keys() -> Vec<(&'static str, String)> {
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(("pkcs8", make::pem("PRIVATE KEY", &make::rsa(1024).1)));
        keys.push(("pkcs1", make::pem("RSA PRIVATE KEY", &make::rsa(1024).0)));
    }
    for _ in 0..9 {
        keys.push(("sec1", make::pem("EC PRIVATE KEY", &make::p256().0)));
        keys.push(("ec", make::pem("PRIVATE KEY", &make::p256().1)));
        keys.push(("ed25519", make::pem("PRIVATE KEY", &make::ed25519_pkcs8())));
        keys.push(("encrypted", make::pem("ENCRYPTED PRIVATE KEY", &make::encrypted_pkcs8())));
        keys.push(("openssh", make::pem("OPENSSH PRIVATE KEY", &make::openssh())));
        let key = make::pkcs8_of(b"\x60\x86\x48\x01\x65\x03\x04\x03\x12", 4000);
        keys.push(("ml-dsa", make::pem("PRIVATE KEY", &key)));
    }
    keys
}

#[test]
fn each_of_sixty_fresh_keys_is_exactly_one_finding_at_its_own_place() {
    let scanner = scanner(BTreeMap::new());
    let keys = keys();
    assert_eq!(keys.len(), 60);
    for (kind, pem) in &keys {
        let report = scanner.scan_bytes(pem.as_bytes());
        assert_eq!(report.findings.len(), 1, "{kind}\n{pem}\n{}", shown(&report));
        let finding = &report.findings[0];
        assert_eq!((finding.path.as_str(), finding.action), ("", Action::Block), "{kind}");
        assert_eq!(finding.start, 0, "{kind}: the marker's first dash");
        assert!(report.blocked(), "{kind}");
    }
    // All in one file are sixty.
    let all: String = keys.iter().map(|(_, pem)| pem.as_str()).collect();
    let report = scanner.scan_bytes(all.as_bytes());
    assert_eq!(report.findings.len(), 60, "{}", shown(&report));
}

#[test]
fn a_bundle_of_certificates_is_as_many_findings_and_blocks_nothing_unless_the_configuration_says_so() {
    let bundle: String = (0..100).map(|_| make::pem("CERTIFICATE", &certificate())).collect();
    let report = scanner(BTreeMap::new()).scan_bytes(bundle.as_bytes());
    assert_eq!(report.findings.len(), 100, "{}", shown(&report));
    for finding in &report.findings {
        let word = (finding.kind, finding.severity, finding.action);
        assert_eq!(word, ("certificate", Severity::Info, Action::Record));
    }
    assert!(!report.would_block() && report.incomplete.is_empty());
    let tightened = scanner([(RuleId::PemMaterial, Action::Block)].into());
    assert!(tightened.scan_bytes(bundle.as_bytes()).blocked());
    // A private key between them is not part of any.
    let (_, ec) = make::p256();
    let with_key = format!("{bundle}{}{bundle}", make::pem("PRIVATE KEY", &ec));
    let report = scanner(BTreeMap::new()).scan_bytes(with_key.as_bytes());
    assert!(report.blocked() && report.findings.len() == 101, "{}", shown(&report));
}

#[test]
fn a_key_inside_a_certificate_is_a_finding_of_its_own() {
    // An extension may hold anything.
    let (_, ec) = make::p256();
    let whole = certificate();
    let carrier = make::der(0x30, &[&whole[4..], &make::der(0x04, &[&ec])]);
    let report = scanner(BTreeMap::new()).scan_bytes(make::pem("CERTIFICATE", &carrier).as_bytes());
    assert!(report.findings.iter().any(|finding| finding.action == Action::Block), "{}", shown(&report));
    assert!(report.blocked());
}

#[test]
fn the_roots_of_this_system_are_whole_and_public() {
    let Ok(bundle) = std::fs::read("/etc/ssl/certs/ca-certificates.crt") else {
        eprintln!("SKIPPED: no bundle of public roots on this system");
        return;
    };
    let count = bundle.windows(27).filter(|window| window == b"-----BEGIN CERTIFICATE-----").count();
    let report = scanner(BTreeMap::new()).scan_bytes(&bundle);
    assert_eq!(report.findings.len(), count);
    assert!(report.findings.iter().all(|finding| !finding.kind.ends_with("-fragment")));
    assert!(!report.would_block(), "{:?}", report.incomplete);
}
