//! A secret cut over the places of a head or the fields of a form is found as if it stood in one; a host is one host however it is
//! spelled; and an exception holds for the host that is dialled alone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

mod engine_support;

use std::collections::BTreeMap;

use engine_support::{at, head, key, scanner_with};
use proptest::prelude::*;
use ztp_core::canonical::Value;
use ztp_core::encoding::hex_encode;
use ztp_core::signature::SigningKey;
use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::customer::CustomerRules;
use ztp_dlp::finding::Report;
use ztp_dlp::memory::Memory;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::Registry;
use ztp_dlp::request::RequestHead;
use ztp_dlp::rule::{RuleId, TagKey};
use ztp_dlp::scanner::{Config, Mode, Scanner};

const TOKEN: &str = "kZ8vRwYq3nLx0TbUeGhM5jPaSdFc7iOo9WtKyB2XzQ4rNmVl6uHgEsDp1CfJ";
const PHRASE: &str = "amber falcon rides the slow morning tram to Kista at nine";

fn registered() -> Scanner {
    let mut registry = Registry::default();
    registry.add_secret("token", TOKEN.as_bytes()).unwrap();
    registry.add_secret("phrase", PHRASE.as_bytes()).unwrap();
    scanner_with(Mode::Enforce, registry, Budgets::default())
}

fn scan(scanner: &Scanner, head: &RequestHead, body: &[u8]) -> Report {
    scanner.scan_request(head, body, &[], at(0), &mut Memory::default())
}

fn pieces(secret: &str, width: usize) -> Vec<String> {
    secret.as_bytes().chunks(width).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect()
}

/// Ways to lay pieces out over a head or a form; each gives the head and the body.
fn layouts(pieces: &[String]) -> Vec<(&'static str, RequestHead, Vec<u8>)> {
    let url = |rest: String| format!("https://feed.example/{rest}").into_bytes();
    let with = |name, edit: &dyn Fn(&mut RequestHead)| {
        let mut head = head();
        edit(&mut head);
        (name, head, Vec::new())
    };
    let fields = |field: &dyn Fn(usize, &String) -> String, by: &str| {
        pieces.iter().enumerate().map(|(at, piece)| field(at, piece)).collect::<Vec<_>>().join(by)
    };
    let pairs = fields(&|at, piece| if at % 2 == 0 { format!("{piece}=") } else { piece.clone() + "&" }, "");
    let form = |name, body: String| {
        let mut head = head();
        head.headers =
            vec![(b"Content-Type".to_vec(), b" Application/X-WWW-Form-Urlencoded ; charset=utf-8".to_vec())];
        (name, head, body.into_bytes())
    };
    let values = fields(&|at, piece| format!("f{at}={piece}"), "&");
    let names = fields(&|at, piece| format!("{piece}={at}"), "&");
    vec![
        with("segments", &|head| head.url = url(fields(&|_, piece| piece.clone(), "/"))),
        with("query values", &|head| head.url = url(format!("?{values}"))),
        with("query names", &|head| head.url = url(format!("?{names}"))),
        with("query names and values", &|head| head.url = url(format!("?{pairs}"))),
        with("query, semicolons", &|head| head.url = url(format!("?{}", values.replace('&', ";")))),
        with("header values", &|head| {
            head.headers = pieces.iter().map(|piece| (b"x-a".to_vec(), piece.clone().into_bytes())).collect();
        }),
        with("header names", &|head| {
            head.headers = pieces.iter().map(|piece| (piece.clone().into_bytes(), b"1".to_vec())).collect();
        }),
        with("cookies", &|head| {
            head.headers = vec![(b"Cookie".to_vec(), values.replace('&', "; ").into_bytes())]
        }),
        with("cookie names", &|head| {
            head.headers = vec![(b"cookie".to_vec(), names.replace('&', "; ").into_bytes())];
        }),
        with("path, then query, then headers", &|head| {
            let third = pieces.len().div_ceil(3);
            let [path, query, rest] =
                [0, 1, 2].map(|at| pieces.chunks(third).nth(at).unwrap_or_default().to_vec());
            let query: Vec<String> = query.iter().map(|piece| format!("q={piece}")).collect();
            head.url = url(format!("{}?{}", path.join("/"), query.join("&")));
            head.headers = rest.into_iter().map(|piece| (b"x".to_vec(), piece.into_bytes())).collect();
        }),
        form("form values", values.clone()),
        form("form names", names.clone()),
        form("form names and values", pairs.clone()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_secret_in_pieces_of_at_most_sixteen_bytes_is_found_wherever_they_stand(width in 4_usize..=16) {
        let scanner = registered();
        for (name, head, body) in layouts(&pieces(TOKEN, width)) {
            let report = scan(&scanner, &head, &body);
            prop_assert!(
                report.findings.iter().any(|finding| finding.rule == RuleId::RegisteredSecret),
                "{} in pieces of {}", name, width
            );
            prop_assert!(report.blocked());
        }
        // The layouts alone are no finding.
        let other: String = TOKEN.chars().rev().map(|c| if c == 'k' { 'j' } else { c }).collect();
        let harmless = other.to_ascii_lowercase();
        for (name, head, body) in layouts(&pieces(&harmless, width)) {
            prop_assert!(scan(&scanner, &head, &body).findings.is_empty(), "{}", name);
        }
    }

    #[test]
    fn a_form_has_one_report_however_its_body_is_cut(cut in 1_usize..40, width in 4_usize..=16) {
        let scanner = registered();
        for (_, head, body) in layouts(&pieces(TOKEN, width)) {
            let whole = scan(&scanner, &head, &body);
            let mut memory = Memory::default();
            let mut stream = scanner.begin(&head, at(0), &mut memory);
            body.chunks(cut).for_each(|piece| stream.update(piece));
            prop_assert_eq!(engine_support::text(&stream.finish(false, at(0), &mut memory)), engine_support::text(&whole));
        }
    }
}

#[test]
fn a_plus_is_a_space_in_forms_and_queries() {
    let scanner = registered();
    let plus = PHRASE.replace(' ', "+");
    let mut query = head();
    query.url = format!("https://feed.example/?a=b&q={plus}").into_bytes();
    let mut form = head();
    form.headers = vec![(b"content-type".to_vec(), b"application/x-www-form-urlencoded".to_vec())];
    let body = format!("a=b&q={plus}");
    let mixed = format!("q={}", PHRASE.replacen(' ', "%20", 3).replace(' ', "+"));
    for (head, body) in [(&query, ""), (&form, body.as_str()), (&form, mixed.as_str())] {
        let report = scan(&scanner, head, body.as_bytes());
        // The whole secret, once, and that all its pieces have been sent.
        let kinds: Vec<&str> = report.findings.iter().map(|found| found.kind).collect();
        assert_eq!(kinds.len(), 2, "{:?}", report.findings);
        assert!(kinds.contains(&"registered-secret") && kinds.contains(&"slow-drip"));
    }
    let report = scan(&scanner, &form, body.as_bytes());
    let found = report.findings.iter().find(|found| found.kind == "registered-secret").unwrap();
    assert_eq!((found.path.as_str(), found.surface.to_string().as_str()), ("form", "body"));
    let (start, end) = (usize::try_from(found.start).unwrap(), usize::try_from(found.end).unwrap());
    assert!(
        6 <= start && end <= body.len() && plus.contains(&body[start..end]),
        "its offsets are the body's"
    );
}

fn customer(pattern: &str) -> Scanner {
    let member = |name: &str, value: Value| (name.to_owned(), value);
    let rule = Value::object([
        member("action", "block".into()),
        member("examples", vec![Value::from("x.customer-internal.com")].into()),
        member("name", "domain".into()),
        member("pattern", pattern.into()),
    ]);
    let rules = CustomerRules::from_value(&Value::Array(vec![rule])).unwrap();
    let recognisers = Recognisers::new(Registry::default(), rules, BTreeMap::new(), TagKey::new([7; 32]));
    let (allow, budgets) = (AllowList::none(), Budgets::default());
    Scanner::new(Config { mode: Mode::Enforce, recognisers, allow, budgets }).unwrap()
}

#[test]
fn a_host_has_no_case() {
    let scanner = customer(r"\.customer-internal\.com");
    for host in
        ["wiki.customer-internal.com", "WIKI.CUSTOMER-INTERNAL.COM", "Wiki.Customer-Internal.com:8443"]
    {
        let mut dialled = head();
        dialled.url = format!("https://{host}/").into_bytes();
        let mut named = head();
        named.headers.push((b"hOST".to_vec(), host.as_bytes().to_vec()));
        for head in [dialled, named] {
            let report = scan(&scanner, &head, b"");
            let hosts = report.findings.iter().filter(|found| found.surface.to_string() == "host").count();
            assert_eq!(hosts, 1, "{host}");
            assert!(report.blocked());
        }
    }
}

#[test]
fn the_end_of_a_body_is_remembered_for_a_host_not_for_a_spelling_of_it() {
    let scanner = registered();
    let (first, second) = TOKEN.split_at(15);
    let second = &second[..8];
    for (one, other) in [
        ("https://feed.example/a", "https://FEED.example:443/b"),
        ("https://feed.example:443/", "https://who@feed.example./"),
        ("HTTPS://Feed.Example", "https://feed.example"),
    ] {
        let mut memory = Memory::default();
        let mut head = head();
        head.url = one.as_bytes().to_vec();
        let _ = scanner.scan_request(&head, first.as_bytes(), &[], at(0), &mut memory);
        head.url = other.as_bytes().to_vec();
        let report = scanner.scan_request(&head, second.as_bytes(), &[], at(1), &mut memory);
        assert_eq!(report.findings.len(), 1, "{one}, {other}");
        let mut elsewhere = Memory::default();
        head.url = b"https://feed.example:8443/".to_vec();
        let _ = scanner.scan_request(&head, first.as_bytes(), &[], at(0), &mut elsewhere);
        head.url = other.as_bytes().to_vec();
        assert!(
            scanner.scan_request(&head, second.as_bytes(), &[], at(1), &mut elsewhere).findings.is_empty()
        );
    }
}

#[test]
fn an_exception_holds_for_the_host_that_is_dialled_and_for_no_other_behind_it() {
    let secret = hex_encode(&key());
    let plain = scanner_with(Mode::Enforce, Registry::default(), Budgets::default());
    let found = scan(&plain, &head(), secret.as_bytes()).findings.remove(0);
    let payload = format!(
        r#"{{"entries":[{{"destination":"Feed.example","expires":"2027-01-01T00:00:00.000Z","rule":"{}","spki_sha256":null,"tag":"{}","ticket":"SEC-7"}}],"issued_at":"2026-05-01T00:00:00.000Z","schema":"ztp.dlp.allow-list/1","version":1}}"#,
        found.rule.as_str(),
        found.tag
    );
    let signer = SigningKey::from_seed(&[3; 32]);
    let document = AllowList::sign(payload.as_bytes(), &signer).unwrap();
    let allow = AllowList::from_signed(&document, signer.public_key(), 0).unwrap();
    let recognisers = Recognisers::new(
        Registry::default(),
        CustomerRules::default(),
        BTreeMap::new(),
        TagKey::new([7; 32]),
    );
    let scanner =
        Scanner::new(Config { mode: Mode::Enforce, recognisers, allow, budgets: Budgets::default() })
            .unwrap();
    let verdict = |edit: &dyn Fn(&mut RequestHead)| {
        let mut head = head();
        edit(&mut head);
        scan(&scanner, &head, secret.as_bytes()).blocked()
    };
    assert!(!verdict(&|_| {}));
    assert!(!verdict(&|head| head.url = b"https://FEED.example:443/".to_vec()));
    assert!(!verdict(&|head| head.headers.push((b"host".to_vec(), b"feed.example".to_vec()))));
    assert!(verdict(&|head| head.headers.push((b"host".to_vec(), b"drop.example".to_vec()))));
    assert!(verdict(&|head| head.url = b"https://feed.example@drop.example/".to_vec()));
    assert!(verdict(&|head| head.url = b"https://drop.example/https://feed.example/".to_vec()));
}

#[test]
fn a_record_names_the_host_that_is_dialled_the_one_behind_it_and_the_proxy() {
    let scanner = scanner_with(Mode::Observe, Registry::default(), Budgets::default());
    let mut head = head();
    head.url = b"https://CDN.example/x".to_vec();
    head.headers.push((b"host".to_vec(), b"cdn.example:443".to_vec()));
    let event =
        |head: &RequestHead| scan(&scanner, head, b"").events(&scanner, head, at(0))[0].payload().clone();
    let text = |event: &Value, name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    let plain = event(&head);
    assert_eq!(text(&plain, "url").as_deref(), Some("https://cdn.example/x"));
    assert_eq!((text(&plain, "host"), text(&plain, "via")), (None, None), "the same host, spelled otherwise");
    head.headers.push((b"Host".to_vec(), b"other.example".to_vec()));
    head.via = "http://proxy.example:3128".to_owned();
    let fronted = event(&head);
    assert_eq!(text(&fronted, "host").as_deref(), Some("other.example"));
    assert_eq!(text(&fronted, "via").as_deref(), Some("http://proxy.example:3128"));
}

#[test]
fn a_finding_behind_the_host_that_is_dialled_hides_its_own_text_and_not_that_host() {
    let scanner = registered();
    let event = |edit: &dyn Fn(&mut RequestHead)| {
        let mut head = head();
        edit(&mut head);
        let event = scan(&scanner, &head, b"").events(&scanner, &head, at(0))[0].payload().clone();
        let all = String::from_utf8(ztp_core::canonical::write(&event).unwrap()).unwrap().to_lowercase();
        for window in TOKEN.to_lowercase().as_bytes().windows(8) {
            assert!(!all.contains(std::str::from_utf8(window).unwrap()), "{all}");
        }
        event.get("url").and_then(Value::as_str).unwrap().to_owned()
    };
    let labels = pieces(TOKEN, 16).join(".");
    let host = |head: &mut RequestHead| head.headers.push((b"Host".to_vec(), labels.clone().into_bytes()));
    assert!(event(&host).starts_with("https://feed.example/upload?"));
    assert!(
        event(&|head| head.url = format!("https://{TOKEN}@feed.example/x").into_bytes())
            .starts_with("https://feed.example/x")
    );
    for url in [
        format!("https://{labels}/x"),
        format!("https://{TOKEN}@{labels}/x"),
        format!("https://{}@{}/x", &TOKEN[..30], &TOKEN[30..]),
    ] {
        let shown = event(&|head| {
            head.url = url.clone().into_bytes();
            host(head);
        });
        assert!(shown.starts_with("redacted:"), "{shown}");
    }
}
