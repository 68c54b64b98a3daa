//! The monitor through the facade: what is found, what is refused, and that no output ever repeats a secret.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use ztp_core::canonical::{self, Limits, Value};
use ztp_facade::{DlpScanner, Outcome, dlp_rules, dlp_scan, dlp_test, keys_generate};

const NOW_MS: i64 = 1_778_572_800_000;

/// A private key that nobody has had before: its PEM, and the bytes of its seed in base64 as they stand in it.
fn fresh_key() -> String {
    let made = keys_generate(b"", b"test");
    let document = read(&made);
    let pem = document.as_object().unwrap().values().filter_map(Value::as_str);
    pem.into_iter().find(|text| text.contains("PRIVATE KEY")).unwrap().to_owned()
}

fn read(outcome: &Outcome) -> Value {
    assert!(canonical::check(&outcome.document, &Limits::default()).is_ok(), "{:?}", outcome.name());
    canonical::read(&outcome.document, &Limits::default()).unwrap()
}

fn config(mode: &str) -> Vec<u8> {
    format!(r#"{{"mode":"{mode}","schema":"ztp.dlp.config/1","tag_key":"{}"}}"#, "07".repeat(32)).into_bytes()
}

fn request(url: &str) -> Vec<u8> {
    format!(r#"{{"headers":[["content-type","text/plain"]],"id":"c0ffee","method":"POST","principal":"telemetry","url":"{url}"}}"#)
        .into_bytes()
}

fn flag(document: &Value, name: &str) -> bool {
    document.get(name).and_then(Value::as_bool).unwrap_or_else(|| panic!("no {name} in {document:?}"))
}

/// Asserts that no eight bytes of the secret stand in the text, plain, in base64 or in hexadecimal.
#[track_caller]
fn tells_nothing(secret: &str, output: &[u8]) {
    let body: String = secret.lines().filter(|line| !line.starts_with("-----")).collect();
    for window in body.as_bytes().windows(8) {
        let found = output.windows(8).position(|bytes| bytes == window);
        assert_eq!(found, None, "the output repeats {}", String::from_utf8_lossy(window));
    }
    let der = ztp_core::encoding::base64_decode(&body).unwrap();
    // The first sixteen bytes say only what kind of key it is.
    for window in der[16..].windows(8) {
        assert!(!output.windows(8).any(|bytes| bytes == window));
        let hex = ztp_core::encoding::hex_encode(window);
        assert!(!output.windows(16).any(|bytes| bytes.eq_ignore_ascii_case(hex.as_bytes())));
    }
}

#[test]
fn a_request_without_a_secret_holds() {
    let outcome = dlp_scan(&config("enforce"), &request("https://example.com/a?b=c"), b"harmless", NOW_MS);
    assert_eq!(outcome.name(), "ok", "{}", String::from_utf8_lossy(&outcome.document));
    let report = read(&outcome);
    assert_eq!(report.get("schema").and_then(Value::as_str), Some("ztp.dlp.report/1"));
    assert!(!flag(&report, "blocked") && !flag(&report, "would_block"));
    assert_eq!(report.get("scan_incomplete").and_then(Value::as_array), Some(&[][..]));
    let events = report.get("events").and_then(Value::as_array).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].get("event_class").and_then(Value::as_str), Some("egress.request"));
}

#[test]
fn a_secret_on_any_surface_is_found_blocked_in_enforce_only_and_never_repeated() {
    let key = fresh_key();
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let percent: String = body.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let quoted = key.replace('\n', "\\n");
    let cases = [
        (request("https://example.com/"), key.clone().into_bytes()),
        (request(&format!("https://example.com/?k={percent}")), vec![]),
        (request(&format!("https://example.com/{percent}/x")), vec![]),
        (format!(r#"{{"headers":[["x-a","{quoted}"]],"url":"https://example.com/"}}"#).into_bytes(), vec![]),
        (
            format!(r#"{{"headers":[["cookie","a=b; k={body}"]],"url":"https://example.com/"}}"#)
                .into_bytes(),
            vec![],
        ),
        (vec![], key.clone().into_bytes()),
    ];
    for (number, (request, body)) in cases.into_iter().enumerate() {
        for mode in ["observe", "enforce"] {
            let outcome = dlp_scan(&config(mode), &request, &body, NOW_MS);
            assert!(
                !outcome.is_ok(),
                "case {number}, {mode}: {}",
                String::from_utf8_lossy(&outcome.document)
            );
            let report = read(&outcome);
            assert!(flag(&report, "would_block"), "case {number}");
            assert_eq!(flag(&report, "blocked"), mode == "enforce", "case {number}");
            tells_nothing(&key, &outcome.document);
            tells_nothing(&key, format!("{outcome:?}").as_bytes());
        }
    }
}

#[test]
fn however_the_body_is_cut_the_report_is_the_same() {
    let key = fresh_key();
    let body = format!("{{\"note\":\"{}\"}}", key.replace('\n', "\\n"));
    let whole = DlpScanner::open(&config("observe")).unwrap().scan(
        &request("https://example.com/"),
        body.as_bytes(),
        NOW_MS,
    );
    assert_eq!(whole.name(), "dlp_finding");
    for at in 0..=body.len() {
        let scanner = DlpScanner::open(&config("observe")).unwrap();
        let (stream, begun) = scanner.begin(&request("https://example.com/"), NOW_MS).unwrap();
        assert_eq!(read(&begun).get("mode").and_then(Value::as_str), Some("observe"));
        assert!(stream.update(&body.as_bytes()[..at]).is_ok());
        assert!(stream.update(&body.as_bytes()[at..]).is_ok());
        let split = stream.finish(b"", NOW_MS);
        assert_eq!((split.name(), &split.document), (whole.name(), &whole.document), "cut at {at}");
        assert_eq!(stream.finish(b"", NOW_MS).name(), "dlp_stream_ended");
        assert_eq!(stream.update(b"x").name(), "dlp_stream_ended");
    }
}

#[test]
fn a_secret_that_is_split_over_two_requests_is_found_in_the_second() {
    let key = fresh_key();
    let (head, tail) = key.split_at(key.len() / 2);
    let scanner = DlpScanner::open(&config("enforce")).unwrap();
    let _first = scanner.scan(&request("https://example.com/"), head.as_bytes(), NOW_MS);
    let second = scanner.scan(&request("https://example.com/"), tail.as_bytes(), NOW_MS + 1_000);
    assert_eq!(second.name(), "dlp_blocked", "{}", String::from_utf8_lossy(&second.document));
    tells_nothing(&key, &second.document);
}

#[test]
fn reloaded_rules_are_in_force_at_once_and_the_event_names_both_hashes() {
    let scanner = DlpScanner::open(&config("observe")).unwrap();
    let before = read(&scanner.rules()).get("rule_set").cloned();
    let rules = r#"- name: internal-domain\n  pattern: '\\.customer-internal\\.com'\n  action: block\n  examples: ['x.customer-internal.com']\n  negative_examples: ['customer.com']\n"#;
    let changed = format!(
        r#"{{"mode":"enforce","rules":"{rules}","schema":"ztp.dlp.config/1","tag_key":"{}"}}"#,
        "07".repeat(32)
    );
    let reloaded = scanner.reload(changed.as_bytes(), NOW_MS);
    assert!(reloaded.is_ok(), "{}", String::from_utf8_lossy(&reloaded.document));
    let document = read(&reloaded);
    let after = read(&scanner.rules()).get("rule_set").cloned();
    assert_eq!((document.get("old"), document.get("new")), (before.as_ref(), after.as_ref()));
    assert_ne!(before, after);
    let event = &document.get("events").and_then(Value::as_array).unwrap()[0];
    assert_eq!(event.get("event_class").and_then(Value::as_str), Some("dlp.rules-changed"));
    let payload = event.get("payload").unwrap();
    assert_eq!((payload.get("old"), payload.get("new")), (before.as_ref(), after.as_ref()));
    let found = scanner.scan(&request("https://x.customer-internal.com/"), b"", NOW_MS);
    assert_eq!(found.name(), "dlp_blocked");
    // A configuration that is refused changes nothing.
    assert_eq!(scanner.reload(b"{}", NOW_MS).name(), "schema_missing_member");
    assert_eq!(read(&scanner.rules()).get("rule_set"), after.as_ref());
}

#[test]
fn a_configuration_of_another_form_is_refused_without_repeating_its_values() {
    let secret = "hunter22hunter22";
    let with = |members: &str| format!(r#"{{"mode":"observe","schema":"ztp.dlp.config/1",{members}}}"#);
    for (document, code) in [
        (r#"{"mode":"observe","schema":"ztp.dlp.config/2"}"#.to_owned(), "dlp_config_schema_name"),
        (r#"{"mode":"hunter22hunter22","schema":"ztp.dlp.config/1"}"#.to_owned(), "dlp_config_value"),
        (with(r#""tag_key":"hunter22hunter22""#), "dlp_config_value"),
        (with(r#""registry":{"ca":["hunter22hunter22"]}"#), "dlp_config_value"),
        (with(r#""registry":{"isk_keys":["hunter22hunter22"]}"#), "dlp_config_value"),
        (with(r#""registry":{"chain_hashes":["hunter22hunter22"]}"#), "dlp_config_value"),
        (with(r#""registry":{"values":[{"name":"a","hex":"hunter22hunter22"}]}"#), "dlp_config_value"),
        (with(r#""registry":{"values":[{"name":"a"}]}"#), "dlp_config_value"),
        (with(r#""actions":{"pem-material":"hunter22hunter22"}"#), "dlp_config_value"),
        (with(r#""other":"hunter22hunter22""#), "schema_unknown_member"),
    ] {
        for outcome in [dlp_rules(document.as_bytes()), DlpScanner::open(document.as_bytes()).err().unwrap()]
        {
            assert_eq!(outcome.name(), code, "{document}");
            assert!(!String::from_utf8_lossy(&outcome.document).contains(secret), "{document}");
        }
    }
}

#[test]
fn a_rule_file_that_is_refused_is_located_by_line_and_column() {
    let good = "- name: internal-domain\n  pattern: '\\.customer-internal\\.com'\n  action: record-and-alert\n  examples: ['x.customer-internal.com']\n  negative_examples: ['customer.com']\n";
    let outcome = dlp_test(good.as_bytes());
    assert!(outcome.is_ok(), "{}", String::from_utf8_lossy(&outcome.document));
    for (from, to, place) in [
        ("action: record-and-alert", "action: obliterate", "line 3, column 11"),
        ("pattern: '\\.customer", "pattern: '(\\.customer", "line 2, column 12"),
        ("examples: ['x.customer-internal.com']\n  neg", "examples: ['other.com']\n  neg", "line 4,"),
    ] {
        let outcome = dlp_test(good.replacen(from, to, 1).as_bytes());
        let text = String::from_utf8_lossy(&outcome.document).into_owned();
        assert!(!outcome.is_ok() && text.contains(place), "{to}: {text}");
    }
}

/// An allow-list with one entry, by a signer that nobody else has; and its public key.
fn allow_list(destination: &str, tag: &str) -> (String, String) {
    use ztp_core::signature::SigningKey;

    let signer = SigningKey::from_seed(&[9; 32]);
    let payload = format!(
        r#"{{"entries":[{{"destination":"{destination}","expires":"2026-08-01T00:00:00.000Z","rule":"pem-material","spki_sha256":null,"tag":"{tag}","ticket":"SEC-7"}}],"issued_at":"2026-05-01T00:00:00.000Z","schema":"ztp.dlp.allow-list/1","version":1}}"#
    );
    let file = ztp_dlp::allow::AllowList::sign(payload.as_bytes(), &signer).unwrap();
    (String::from_utf8(file).unwrap(), ztp_core::encoding::hex_encode(signer.public_key().as_bytes()))
}

#[test]
fn a_signed_exception_lets_one_thing_out_to_one_host_and_files_at_one_path() {
    let key = fresh_key();
    let found =
        read(&dlp_scan(&config("enforce"), &request("https://feed.example/"), key.as_bytes(), NOW_MS));
    let tag = found.get("findings").and_then(Value::as_array).unwrap()[0]
        .get("tag")
        .and_then(Value::as_str)
        .unwrap();
    let with = |destination: &str| {
        let (document, public) = allow_list(destination, tag);
        let text = String::from_utf8(config("enforce")).unwrap();
        let list = Value::object([("document", Value::from(document)), ("public_key", Value::from(public))]);
        let list = String::from_utf8(canonical::write(&list).unwrap()).unwrap();
        text.replacen('{', &format!("{{\"allow_list\":{list},"), 1).into_bytes()
    };
    let scan = |config: &[u8], url: &str| dlp_scan(config, &request(url), key.as_bytes(), NOW_MS);
    let excepting = with("feed.example");
    let out = scan(&excepting, "https://feed.example/");
    assert_eq!(out.name(), "ok", "{}", String::from_utf8_lossy(&out.document));
    let suppressed = read(&out);
    let suppressed = suppressed.get("suppressed").and_then(Value::as_array).unwrap();
    assert_eq!(suppressed[0].get("ticket").and_then(Value::as_str), Some("SEC-7"));
    assert_eq!(scan(&excepting, "https://other.example/").name(), "dlp_blocked");
    let other = fresh_key();
    assert_eq!(
        dlp_scan(&excepting, &request("https://feed.example/"), other.as_bytes(), NOW_MS).name(),
        "dlp_blocked"
    );
    // The same for a file, which is scanned as one.
    let scanner = DlpScanner::open(&with("file:conf/dev.pem")).unwrap();
    for (path, wanted) in
        [("conf/dev.pem", "ok"), ("conf/DEV.pem", "dlp_blocked"), ("dev.pem", "dlp_blocked")]
    {
        let (stream, _) = scanner.begin(format!(r#"{{"file":"{path}"}}"#).as_bytes(), NOW_MS).unwrap();
        assert!(stream.update(key.as_bytes()).is_ok());
        assert_eq!(stream.finish(b"", NOW_MS).name(), wanted, "{path}");
    }
}
