//! R1: keys and certificates are found by their structure, whole, cut or dressed, and lookalikes are not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

mod support;

use proptest::prelude::*;
use support::make;
use support::{hits, kinds, recognisers};
use ztp_core::encoding::base64_encode;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::{RuleId, Severity};

fn rules() -> Recognisers {
    recognisers(Registry::default())
}

fn found(view: &[u8]) -> Vec<&'static str> {
    kinds(&rules(), view, &RuleId::PemMaterial)
}

#[test]
fn keys_in_der_are_found_wherever_they_begin() {
    let (pkcs1, pkcs8) = make::rsa(1024);
    let (sec1, ec) = make::p256();
    let cases = [
        (make::ed25519_pkcs8(), "private-key-pkcs8"),
        (pkcs1, "private-key-pkcs1"),
        (pkcs8, "private-key-pkcs8"),
        (sec1, "private-key-sec1"),
        (ec, "private-key-pkcs8"),
        (make::encrypted_pkcs8(), "private-key-encrypted"),
        (make::openssh(), "private-key-openssh"),
        (make::pkcs8_of(b"\x2b\x65\x6f", 56), "private-key-pkcs8"),
        (make::pkcs8_of(b"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01", 64), "private-key-pkcs8"),
        (make::pkcs8_of(b"\x60\x86\x48\x01\x65\x03\x04\x04\x02", 64), "private-key-pkcs8"),
        (make::authority().certificate, "certificate"),
    ];
    for (der, kind) in cases {
        for before in [0, 1, 77] {
            let view = [make::random(before), der.clone(), make::random(9)].concat();
            assert!(found(&view).contains(&kind), "{kind} behind {before} bytes: {:?}", found(&view));
        }
    }
}

#[test]
fn one_key_has_one_tag_in_all_its_forms() {
    let rules = rules();
    let tags = |view: &[u8]| {
        let mut tags: Vec<_> = hits(&rules, view).iter().map(|hit| hit.tag).collect();
        tags.sort();
        tags.dedup();
        tags
    };
    let (pkcs1, pkcs8) = make::rsa(1024);
    let forms = [
        make::pem("RSA PRIVATE KEY", &pkcs1).into_bytes(),
        make::pem("PRIVATE KEY", &pkcs8).into_bytes(),
        pkcs8,
        pkcs1,
    ];
    let all: Vec<_> = forms.iter().map(|view| tags(view)).collect();
    assert_eq!(all[0].len(), 1);
    assert!(all.iter().all(|tags| *tags == all[0]), "{all:?}");
    let (sec1, ec) = make::p256();
    assert_eq!(tags(&sec1), tags(&ec));
    assert_ne!(tags(&sec1), tags(&make::p256().0));
}

#[test]
fn cut_structures_are_fragments_from_26_bytes_on() {
    let (pkcs1, pkcs8) = make::rsa(2048);
    for (der, kind) in [(pkcs1, "private-key-pkcs1-fragment"), (pkcs8, "private-key-pkcs8-fragment")] {
        for length in [26, 27, 100, der.len() - 1] {
            assert!(found(&der[..length]).contains(&kind), "{kind} of {length}: {:?}", found(&der[..length]));
        }
        assert_eq!(found(&der[..25]), Vec::<&str>::new());
    }
    let certificate = make::authority().certificate;
    for length in [60, 120, certificate.len() - 1] {
        assert_eq!(found(&certificate[..length]), ["certificate-fragment"], "{length}");
    }
}

#[test]
fn middle_of_a_certificate_is_found_by_its_validity() {
    let certificate = make::authority().certificate;
    let at = certificate.windows(4).position(|w| w == b"\x30\x1e\x17\x0d").unwrap();
    assert_eq!(found(&certificate[at - 3..]), ["certificate-fragment"]);
}

#[test]
fn one_altered_byte_behind_the_head_does_not_hide_a_key() {
    let (pkcs1, pkcs8) = make::rsa(1024);
    let (sec1, ec) = make::p256();
    let certificate = make::authority().certificate;
    // Behind: what names the structure and its numbers, up to the private ones.
    for (der, head) in
        [(pkcs1, 20), (pkcs8, 48), (sec1, 8), (ec, 36), (make::ed25519_pkcs8(), 16), (certificate, 64)]
    {
        for at in head..der.len() {
            let mut altered = der.clone();
            altered[at] ^= 0x55;
            assert!(!found(&altered).is_empty(), "byte {at} of {}", der.len());
        }
    }
}

#[test]
fn needlessly_long_lengths_are_no_disguise() {
    let inner = make::ed25519_pkcs8()[2..].to_vec();
    let long = [&[0x30, 0x84, 0, 0, 0, u8::try_from(inner.len()).unwrap()][..], &inner].concat();
    assert!(found(&long).contains(&"private-key-pkcs8"));
}

#[test]
fn pem_is_found_in_every_dress() {
    let (_, pkcs8) = make::rsa(1024);
    let pem = make::pem("PRIVATE KEY", &pkcs8);
    let lines = |map: &dyn Fn(&str) -> String| pem.lines().map(map).collect::<Vec<_>>().join("\n");
    let dressed = [
        ("as it is", pem.clone()),
        ("crlf", pem.replace('\n', "\r\n")),
        ("one line", pem.replace('\n', " ")),
        ("no line ends", pem.replace('\n', "")),
        ("escaped", pem.replace('\n', "\\n")),
        ("escaped twice", pem.replace('\n', "\\\\n")),
        ("unicode escapes", pem.replace('\n', "\\u000a")),
        ("json", format!("{{\"key\":\"{}\"}}", pem.replace('\n', "\\n").replace('/', "\\/"))),
        ("java", lines(&|line| format!("    \"{line}\\n\" +"))),
        ("python", lines(&|line| format!("'{line}'"))),
        ("go", lines(&|line| format!("\t`{line}`,"))),
        ("difference", lines(&|line| format!("+{line}"))),
        ("quoted mail", lines(&|line| format!("> > {line}"))),
        ("comment", lines(&|line| format!("# {line}"))),
        ("yaml", lines(&|line| format!("      {line}"))),
        ("log", lines(&|line| format!("2026-05-12T08:00:00.000Z INFO [main] {line}"))),
        (
            "docker",
            lines(&|line| {
                format!("{{\"log\":\"{line}\\n\",\"stream\":\"stdout\",\"time\":\"2026-05-12T08:00:00.0Z\"}}")
            }),
        ),
        (
            "lower case",
            pem.replace("BEGIN PRIVATE KEY", "begin private key")
                .replace("END PRIVATE KEY", "end private key"),
        ),
        ("no spaces", pem.replace("BEGIN PRIVATE KEY", "BEGINPRIVATEKEY")),
        ("three dashes", pem.replace("-----", "---")),
        ("header", pem.replace("KEY-----\nM", "KEY-----\nComment: by hand\n\nM")),
        ("comment of a scanner", pem.replace("KEY-----\nM", "KEY----- # gitleaks:allow\nM")),
        ("wrong label", pem.replace("PRIVATE KEY", "RSA PRIVATE KEY")),
        ("no end", pem[..pem.find("-----END").unwrap()].to_owned()),
        ("cut", pem[..pem.len() / 2].to_owned()),
    ];
    for (dress, text) in dressed {
        let kinds = found(text.as_bytes());
        assert!(kinds.iter().any(|kind| kind.starts_with("private-key-pkcs8")), "{dress}: {kinds:?}");
    }
}

#[test]
fn tail_of_a_key_is_found_by_its_end_marker_and_uniform_lines() {
    let (_, pkcs8) = make::rsa(2048);
    let pem = make::pem("PRIVATE KEY", &pkcs8);
    let tail = &pem[pem.len() / 2..];
    assert_eq!(found(tail.as_bytes()), ["pem-tail-fragment"]);
    assert_eq!(found(tail.replace('\n', "\\n").as_bytes()), ["pem-tail-fragment"]);
    // With its beginning in reach the whole is what is found.
    assert_eq!(found(pem.as_bytes()), ["private-key-pkcs8"]);
}

#[test]
fn legacy_encryption_is_told_by_its_headers() {
    let body = base64_encode(&make::random(608));
    let pem = format!(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n{body}\n-----END RSA PRIVATE KEY-----\n"
    );
    assert_eq!(found(pem.as_bytes()), ["private-key-legacy-encrypted"]);
}

#[test]
fn jwk_is_a_key_only_with_its_private_member() {
    let d = make::base64url(&make::random(32));
    let public = r#""kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM""#;
    assert_eq!(found(format!("{{{public}}}").as_bytes()), Vec::<&str>::new());
    for text in [
        format!("{{{public},\"d\":\"{d}\"}}"),
        format!("{{ {} , \"d\" : \"{d}\" }}", public.replace(':', " : ")),
        format!("{{{public},\"d\":\"{d}\"}}").replace('"', "\\\""),
        format!("kty: EC\ncrv: P-256\nd: {d}\n"),
        format!("{{kty: 'EC', crv: 'P-256', d: '{d}'}}"),
    ] {
        assert_eq!(found(text.as_bytes()), ["private-key-jwk"], "{text}");
    }
}

#[test]
fn lookalikes_are_no_keys() {
    let fake = base64_encode(
        b"https://example.org/this-is-not-a-key-but-a-text-that-was-put-between-the-markers-of-one",
    );
    let cases = [
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----".to_owned(),
        "-----BEGIN PRIVATE KEY-----\nMIIEvQ...\n-----END PRIVATE KEY-----".to_owned(),
        format!("-----BEGIN PRIVATE KEY-----\n{fake}\n-----END PRIVATE KEY-----"),
        "the line -----BEGIN PRIVATE KEY----- opens the file, and -----END PRIVATE KEY----- closes it"
            .to_owned(),
        "if line.startswith('-----BEGIN CERTIFICATE-----'): begin = True".to_owned(),
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", base64_encode(&make::random(91))),
        format!("-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----", base64_encode(&make::random(300))),
    ];
    for text in cases {
        assert_eq!(found(text.as_bytes()), Vec::<&str>::new(), "{text}");
    }
    // Public structures share algorithm identifiers with private ones.
    let key = ztp_core::signature::SigningKey::from_seed(&make::random32());
    assert_eq!(found(&key.public_key().to_spki_der()), Vec::<&str>::new());
}

#[test]
fn whole_key_in_the_clear_is_critical_and_a_certificate_is_not() {
    let rules = rules();
    let severity = |view: &[u8]| hits(&rules, view).iter().map(|hit| hit.severity).max();
    assert_eq!(severity(&make::ed25519_pkcs8()), Some(Severity::Critical));
    assert_eq!(severity(&make::encrypted_pkcs8()), Some(Severity::High));
    assert_eq!(severity(&make::authority().certificate), Some(Severity::Info), "made to be shown");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_a_recogniser_fail(bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0usize..400) {
        let rules = rules();
        let mut out = ztp_dlp::recognise::Hits::new();
        for anchor in rules.anchors() {
            // The anchor stands where it was said to, among any bytes.
            let at = at.min(bytes.len());
            let view = [&bytes[..at], &anchor.bytes, &bytes[at..]].concat();
            rules.at_anchor(anchor.id, &view, at, &mut out);
            // And it may be a lie.
            rules.at_anchor(anchor.id, &bytes, at, &mut out);
        }
    }

    #[test]
    fn random_bytes_are_no_key(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(hits(&rules(), &bytes).is_empty());
    }
}
