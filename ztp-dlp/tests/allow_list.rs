//! The allow-list: signed, for one thing, one destination and a time; nothing inside the data silences a rule.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

mod support;

use support::make;
use support::{hits, recognisers};
use ztp_core::Coded as _;
use ztp_core::digest::{Digest, sha256};
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;
use ztp_dlp::allow::{AllowError, AllowList};
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::{RuleId, Tag};

const TAG: &str = "00112233aabbccdd";

fn payload(version: i64, tag: &str, spki: &str, expires: &str) -> String {
    format!(
        r#"{{"entries":[{{"destination":"feed.example","expires":"{expires}","rule":"pem-material","spki_sha256":{spki},"tag":{tag},"ticket":"SEC-7"}}],"issued_at":"2026-05-01T00:00:00.000Z","schema":"ztp.dlp.allow-list/1","version":{version}}}"#
    )
}

fn standard() -> String {
    payload(3, &format!("\"{TAG}\""), "null", "2026-08-01T00:00:00.000Z")
}

fn now(text: &str) -> Timestamp {
    Timestamp::from_bytes(text.as_bytes()).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[3; 32])
}

fn code(result: Result<AllowList, AllowError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn entry_covers_one_thing_at_one_destination_until_it_expires() {
    let file = AllowList::sign(standard().as_bytes(), &key()).unwrap();
    let list = AllowList::from_signed(&file, key().public_key(), 3).unwrap();
    let tag = Tag::from_hex(TAG).unwrap();
    let rule = RuleId::PemMaterial;
    let during = now("2026-07-31T23:59:59.999Z");
    assert_eq!(list.covers(&rule, &tag, None, "FEED.example", during), Some("SEC-7"));
    assert_eq!(list.covers(&rule, &tag, None, "feed.example", now("2026-08-01T00:00:00.000Z")), None);
    assert_eq!(list.covers(&rule, &tag, None, "other.example", during), None);
    assert_eq!(list.covers(&rule, &Tag([0; 8]), None, "feed.example", during), None);
    assert_eq!(list.covers(&RuleId::CaMaterial, &tag, None, "feed.example", during), None);
    assert_eq!(AllowList::none().covers(&rule, &tag, None, "feed.example", during), None);

    let spki = sha256(b"a key");
    let by_key = payload(1, "null", &format!("\"{spki}\""), "2026-08-01T00:00:00.000Z");
    let file = AllowList::sign(by_key.as_bytes(), &key()).unwrap();
    let list = AllowList::from_signed(&file, key().public_key(), 0).unwrap();
    assert_eq!(list.covers(&rule, &tag, Some(&spki), "feed.example", during), Some("SEC-7"));
    assert_eq!(list.covers(&rule, &tag, Some(&Digest::ZERO), "feed.example", during), None);
    assert_eq!(list.covers(&rule, &tag, None, "feed.example", during), None);
}

#[test]
fn an_exception_for_a_file_holds_for_that_path_in_that_case_and_for_nothing_else() {
    let scanner = |allow| {
        let recognisers = support::recognisers(ztp_dlp::registry::Registry::default());
        let budgets = ztp_dlp::budget::Budgets::default();
        let mode = ztp_dlp::scanner::Mode::Observe;
        ztp_dlp::scanner::Scanner::new(ztp_dlp::scanner::Config { mode, recognisers, allow, budgets })
            .unwrap()
    };
    let text = support::make::pem("PRIVATE KEY", &support::make::ed25519_pkcs8());
    let found = scanner(AllowList::none()).scan_bytes(text.as_bytes()).findings.remove(0);
    let entry = standard().replace(TAG, &found.tag.to_string()).replace("feed.example", "file:conf/dev.pem");
    let list = |text: &str| {
        AllowList::from_signed(&AllowList::sign(text.as_bytes(), &key()).unwrap(), key().public_key(), 0)
            .unwrap()
    };
    let left = |scanner: &ztp_dlp::scanner::Scanner, path: Option<&str>, when: &str| {
        let mut stream = path.map_or_else(|| scanner.begin_bytes(), |path| scanner.begin_file(path));
        stream.update(text.as_bytes());
        let report = stream.finish(false, now(when), &mut ztp_dlp::memory::Memory::default());
        (report.findings.len(), report.suppressed.len())
    };
    let (excepting, during) = (scanner(list(&entry)), "2026-07-31T00:00:00.000Z");
    assert_eq!(left(&excepting, Some("conf/dev.pem"), during), (0, 1));
    assert_eq!(left(&excepting, Some("conf/dev.pem"), "2026-08-01T00:00:00.000Z"), (1, 0), "expired");
    for other in
        [Some("conf/Dev.pem"), Some("dev.pem"), Some("x/conf/dev.pem"), Some("file:conf/dev.pem"), None]
    {
        assert_eq!(left(&excepting, other, during), (1, 0), "{other:?}");
    }
    // An exception for a host is none for a path that says it is one.
    let by_host = scanner(list(&standard().replace(TAG, &found.tag.to_string())));
    assert_eq!(left(&by_host, Some("https://feed.example"), during), (1, 0));
}

#[test]
fn list_that_was_edited_signed_by_another_or_rolled_back_is_refused() {
    let file = AllowList::sign(standard().as_bytes(), &key()).unwrap();
    for at in 0..file.len() {
        let mut edited = file.clone();
        edited[at] ^= 1;
        AllowList::from_signed(&edited, key().public_key(), 0).unwrap_err();
    }
    let other = SigningKey::from_seed(&[4; 32]);
    assert_eq!(code(AllowList::from_signed(&file, other.public_key(), 0)), "signature_mismatch");
    assert_eq!(code(AllowList::from_signed(&file, key().public_key(), 4)), "dlp_allow_rolled_back");
    // A signature for another purpose over the same bytes is none.
    let document = ztp_core::canonical::read(&file, &ztp_core::canonical::Limits::default()).unwrap();
    let bytes = ztp_core::canonical::write(document.get("payload").unwrap()).unwrap();
    let foreign = ztp_core::signature::sign_document(&key(), "ztp.licence/1", &bytes).unwrap();
    let old = document.get("signature").unwrap().as_str().unwrap().to_owned();
    let text = String::from_utf8(file).unwrap().replace(&old, &ztp_core::encoding::base64_encode(&foreign));
    assert_eq!(code(AllowList::from_signed(text.as_bytes(), key().public_key(), 0)), "signature_mismatch");
}

#[test]
fn entries_without_a_thing_a_place_or_an_end_are_not_signed() {
    let tag = format!("\"{TAG}\"");
    let sign = |text: &str| AllowList::sign(text.as_bytes(), &key()).map(|_| AllowList::none());
    for text in [
        payload(1, "null", "null", "2026-08-01T00:00:00.000Z"),
        payload(1, &tag, &format!("\"{}\"", Digest::ZERO), "2026-08-01T00:00:00.000Z"),
        payload(1, "\"0011\"", "null", "2026-08-01T00:00:00.000Z"),
        payload(1, &tag, "null", "2026-04-01T00:00:00.000Z"),
        payload(1, &tag, "null", "2036-01-01T00:00:00.000Z"),
        payload(0, &tag, "null", "2026-08-01T00:00:00.000Z"),
        standard().replace("feed.example", ""),
        standard().replace("SEC-7", ""),
    ] {
        assert_eq!(code(sign(&text)), "dlp_allow_entry", "{text}");
    }
    assert_eq!(code(sign(&standard().replace("\"ticket\"", "\"path\""))), "schema_missing_member");
}

#[test]
fn comments_by_which_other_scanners_are_silenced_change_nothing() {
    let rules = recognisers(Registry::default());
    let (_, pkcs8) = make::p256();
    let pem = make::pem("PRIVATE KEY", &pkcs8);
    let token = make::token().compact();
    let plain = |text: &str| {
        hits(&rules, text.as_bytes()).into_iter().map(|hit| (hit.rule, hit.severity)).collect::<Vec<_>>()
    };
    let (of_key, of_token) = (plain(&pem), plain(&token));
    assert!(!of_key.is_empty() && !of_token.is_empty());
    let comments = [
        "gitleaks:allow",
        "betterleaks:allow",
        "kingfisher:ignore",
        "trufflehog:ignore",
        "pragma: allowlist secret",
        "nosec",
        "noqa",
        "ggignore",
        "ztp:allow",
        "ztp-dlp:ignore",
    ];
    for comment in comments {
        for text in [
            pem.replacen("-----\n", &format!("----- # {comment}\n"), 1),
            format!("# {comment}\n{pem}# {comment}\n"),
            pem.replace('\n', &format!(" // {comment}\n")),
        ] {
            assert_eq!(
                plain(&text).iter().map(|(rule, _)| rule).max(),
                of_key.iter().map(|(rule, _)| rule).max(),
                "{text}"
            );
        }
        assert_eq!(plain(&format!("{token} # {comment}")), of_token);
    }
}
