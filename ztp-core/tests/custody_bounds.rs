//! Where the rules of custody documents begin and end: the last value that is allowed, and the first that is refused, with
//! the member that is at fault.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails the test that called it"
)]

use serde_json::{Value, json};
use ztp_core::Coded as _;
use ztp_core::canonical::INTEGER_MAX;
use ztp_core::custody::{
    self, CERTIFICATE_SCHEMA, CLASSES_MAX, Certificate, CustodyError, PRODUCTS_MAX, REVOCATION_SCHEMA,
    REVOKED_MAX, ROOT_KEYS_MAX, ROOT_SCHEMA, Recorder, STEPS_MAX, Transcript, check_transcript,
    inspect_certificate, is_identifier, read_revocation, read_root, verify_certificate, walk_roots,
};
use ztp_core::encoding::base64_encode;
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;

const BEGIN: &str = "2026-01-01T00:00:00.000Z";
const END: &str = "2026-12-31T23:59:59.999Z";

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

fn certified(number: u8) -> Value {
    let key = key(number).public_key().clone();
    json!({
        "key_id": key.key_id().to_string(),
        "public_key": base64_encode(&key.to_spki_der()),
        "suite": key.suite().as_str(),
    })
}

fn root() -> Value {
    json!({"issued_at": BEGIN, "keys": [certified(1)], "not_after": END, "schema": ROOT_SCHEMA, "threshold": 1, "version": 1})
}

fn certificate() -> Value {
    json!({
        "issued_at": BEGIN, "key": certified(9),
        "limits": {"classes": [{"amount_max": 10, "class": "scan"}], "products": ["tlsstress"], "total_max": 15},
        "name": "isk", "not_after": END, "not_before": BEGIN, "schema": CERTIFICATE_SCHEMA, "serial": 1, "usages": ["licence"],
    })
}

fn revocation() -> Value {
    json!({"certificate_serials": [], "issued_at": BEGIN, "key_ids": [], "schema": REVOCATION_SCHEMA, "version": 1})
}

/// The document with the member at a JSON pointer replaced. Its members sort as canonical form demands.
fn with(mut document: Value, pointer: &str, value: Value) -> Vec<u8> {
    *document.pointer_mut(pointer).unwrap() = value;
    document.to_string().into_bytes()
}

/// `count` names that ascend.
fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("n{n:05}")).collect()
}

fn classes(count: usize) -> Value {
    names(count).iter().map(|name| json!({"amount_max": 1, "class": name})).collect()
}

/// `count` keys of a root, ascending.
fn keys(count: usize) -> Value {
    let mut keys: Vec<Value> = (1..=count).map(|n| certified(u8::try_from(n).unwrap())).collect();
    keys.sort_by_key(|key| key["key_id"].as_str().unwrap().to_owned());
    keys.into()
}

fn issued(payload: &[u8]) -> Result<Certificate, CustodyError> {
    inspect_certificate(&custody::sign(payload, &key(1))?)
}

/// What was said of a document: nothing, or the code and the member at fault.
fn said<T>(result: Result<T, CustodyError>) -> (&'static str, String) {
    result.map_or_else(|error| (error.code(), error.path.clone()), |_| ("accepted", String::new()))
}

fn of(document: &str, pointer: &str, value: Value) -> (&'static str, String) {
    match document {
        "certificate" => said(issued(&with(certificate(), pointer, value))),
        "revocation" => said(read_revocation(&with(revocation(), pointer, value))),
        _ => said(read_root(&with(root(), pointer, value))),
    }
}

/// The member as errors name it.
fn place(document: &str, pointer: &str) -> String {
    format!("{document}{}", pointer.replace('/', "."))
}

#[test]
fn a_list_holds_its_fewest_and_its_most_items_and_not_one_beyond() {
    let serials = |count: usize| (0..count).map(|n| json!(n)).collect::<Value>();
    let digests = |count: usize| (0..count).map(|n| json!(format!("{n:064x}"))).collect::<Value>();
    let usages = |count: usize| [json!("licence"), json!("mint")][..count].iter().cloned().collect::<Value>();
    let products = |count: usize| json!(names(count));
    type Make<'m> = &'m dyn Fn(usize) -> Value;
    let table: [(&str, &str, usize, usize, Make<'_>); 6] = [
        ("certificate", "/limits/products", 1, PRODUCTS_MAX, &products),
        ("certificate", "/limits/classes", 0, CLASSES_MAX, &classes),
        ("certificate", "/usages", 1, 2, &usages),
        ("root", "/keys", 1, ROOT_KEYS_MAX, &keys),
        ("revocation", "/certificate_serials", 0, REVOKED_MAX, &serials),
        ("revocation", "/key_ids", 0, REVOKED_MAX, &digests),
    ];
    for (document, pointer, min, max, make) in table {
        let refused = ("custody_list_length", place(document, pointer));
        for count in [min, min + 1, max] {
            assert_eq!(of(document, pointer, make(count)).0, "accepted", "{count} in {pointer}");
        }
        if min > 0 {
            assert_eq!(of(document, pointer, make(min - 1)), refused, "{} in {pointer}", min - 1);
        }
        if pointer != "/usages" {
            assert_eq!(of(document, pointer, make(max + 1)), refused, "{} in {pointer}", max + 1);
        }
    }
    assert_eq!(of("certificate", "/usages", json!(["licence", "mint", "x"])).0, "custody_list_length");
}

#[test]
fn the_item_that_repeats_or_precedes_another_is_the_one_named() {
    for (document, pointer, [first, second, third]) in [
        ("certificate", "/limits/products", [json!("a"), json!("b"), json!("c")]),
        ("revocation", "/certificate_serials", [json!(3), json!(4), json!(10)]),
    ] {
        let at = |index: usize| format!("{}[{index}]", place(document, pointer));
        for (list, code, path) in [
            (json!([first, second, third]), "accepted", String::new()),
            (json!([first, third, second]), "custody_list_order", at(2)),
            (json!([second, first, third]), "custody_list_order", at(1)),
            (json!([first, second, second]), "custody_list_repeated", at(2)),
        ] {
            assert_eq!(of(document, pointer, list.clone()), (code, path), "{list}");
        }
    }
}

#[test]
fn an_integer_reaches_both_ends_of_its_range_and_no_further() {
    for (document, pointer, min, max) in [
        ("certificate", "/serial", 1, INTEGER_MAX),
        ("certificate", "/limits/total_max", 0, INTEGER_MAX),
        ("certificate", "/limits/classes/0/amount_max", 0, INTEGER_MAX),
        ("revocation", "/version", 1, INTEGER_MAX),
        ("root", "/version", 1, INTEGER_MAX),
    ] {
        for allowed in [min, max] {
            assert_eq!(of(document, pointer, json!(allowed)).0, "accepted", "{allowed} in {pointer}");
        }
        let path = place(document, pointer).replace(".0.", "[0].");
        assert_eq!(of(document, pointer, json!(min - 1)), ("custody_range", path), "{pointer}");
    }
    // A threshold reaches the number of the keys; above it and above what any root can have are two refusals.
    for (threshold, code) in [
        (0, "custody_range"),
        (1, "accepted"),
        (3, "accepted"),
        (4, "custody_root_threshold"),
        (16, "custody_root_threshold"),
        (17, "custody_range"),
    ] {
        let mut root = root();
        root["keys"] = keys(3);
        let path = if code == "accepted" { "" } else { "root.threshold" };
        let found = said(read_root(&with(root, "/threshold", json!(threshold))));
        assert_eq!(found, (code, path.to_owned()), "{threshold}");
    }
}

#[test]
fn a_window_includes_both_of_its_ends_and_may_be_one_moment() {
    let begin: Timestamp = BEGIN.parse().unwrap();
    let end: Timestamp = END.parse().unwrap();
    let moved = |at: Timestamp, ms: i64| Timestamp::from_millis(at.as_millis() + ms).unwrap();
    let issued_one = issued(&certificate().to_string().into_bytes()).unwrap();
    for (now, time, issue) in [
        (moved(begin, -1), "custody_certificate_not_yet_valid", "custody_certificate_issued_outside"),
        (begin, "accepted", "accepted"),
        (end, "accepted", "accepted"),
        (moved(end, 1), "custody_certificate_expired", "custody_certificate_issued_outside"),
    ] {
        assert_eq!(said(issued_one.check_time(now)).0, time, "{now}");
        assert_eq!(said(issued_one.check_issued(now)).0, issue, "{now}");
    }
    let pinned = read_root(&root().to_string().into_bytes()).unwrap();
    assert_eq!(said(pinned.check_time(end)).0, "accepted");
    assert_eq!(said(pinned.check_time(moved(end, 1))), ("custody_root_expired", "root".to_owned()));
    for (document, not_after, code) in [
        ("certificate", begin, "accepted"),
        ("certificate", moved(begin, -1), "custody_window_reversed"),
        ("root", begin, "accepted"),
        ("root", moved(begin, -1), "custody_window_reversed"),
    ] {
        let found = of(document, "/not_after", json!(not_after.to_string()));
        assert_eq!(found, (code, if code == "accepted" { "" } else { document }.to_owned()), "{not_after}");
    }
}

#[test]
fn a_certificate_covers_its_limits_whole_and_nothing_above_them() {
    let mut document = certificate();
    document["limits"]["classes"] =
        json!([{"amount_max": 10, "class": "a"}, {"amount_max": 10, "class": "b"}]);
    let licence_only = issued(&document.to_string().into_bytes()).unwrap();
    document["usages"] = json!(["licence", "mint"]);
    let mints = issued(&document.to_string().into_bytes()).unwrap();
    for (totals, code) in [
        (vec![], "accepted"),
        (vec![("a", 10)], "accepted"),
        (vec![("a", 11)], "custody_certificate_class_limit"),
        (vec![("a", 10), ("b", 5)], "accepted"),
        (vec![("a", 10), ("b", 6)], "custody_certificate_total_limit"),
        (vec![("c", 1)], "custody_certificate_class"),
    ] {
        assert_eq!(said(mints.check_mint(totals.clone())).0, code, "{totals:?}");
        let without = if totals.is_empty() { "accepted" } else { "custody_certificate_usage" };
        assert_eq!(said(licence_only.check_mint(totals)).0, without);
    }
    assert_eq!(said(mints.check_product("tlsstress")).0, "accepted");
    assert_eq!(said(mints.check_product("tlsstres")).0, "custody_certificate_product");
}

#[test]
fn a_list_revokes_by_serial_or_by_key_and_each_alone_is_enough() {
    let mut document = certificate();
    document["serial"] = json!(7);
    let certificate = issued(&document.to_string().into_bytes()).unwrap();
    let own = certificate.key_id.to_string();
    for (serials, key_ids, code) in [
        (json!([]), json!([]), "accepted"),
        (json!([6, 8]), json!(["00".repeat(32)]), "accepted"),
        (json!([7]), json!([]), "custody_certificate_revoked"),
        (json!([]), json!([own]), "custody_certificate_revoked"),
    ] {
        let mut list = revocation();
        list["certificate_serials"] = serials;
        let list = read_revocation(&with(list, "/key_ids", key_ids)).unwrap();
        assert_eq!(said(certificate.check_revocation(&list)).0, code, "{list:?}");
    }
}

#[test]
fn a_root_does_not_certify_its_own_key() {
    let pinned = read_root(&root().to_string().into_bytes()).unwrap();
    for (subject, code) in [(9, "accepted"), (1, "custody_certificate_of_root_key")] {
        let document = custody::sign(&with(certificate(), "/key", certified(subject)), &key(1)).unwrap();
        assert_eq!(said(verify_certificate(&pinned, &document)).0, code);
    }
}

#[test]
fn a_walk_steps_over_older_roots_and_meets_its_own_version_unchanged() {
    let signed = |version: u64, not_after: &str| {
        let mut root = root();
        root["version"] = json!(version);
        custody::sign(&with(root, "/not_after", json!(not_after)), &key(1)).unwrap()
    };
    let read = |document: &[u8]| custody::read_signed_root(document).unwrap();
    let roots: Vec<Vec<u8>> = (1..=4).map(|version| signed(version, END)).collect();
    let walked = |from: usize, documents: &[&[u8]]| {
        walk_roots(&read(&roots[from - 1]), documents)
            .map_or_else(|(index, error)| Err((index, error.code())), |root| Ok(root.version))
    };
    let all: Vec<&[u8]> = roots.iter().map(Vec::as_slice).collect();
    for from in 1..=4 {
        assert_eq!(walked(from, &all), Ok(4), "from {from}");
    }
    assert_eq!(walked(2, &[&roots[2], &roots[2]]), Err((1, "custody_root_version")));
    assert_eq!(walked(2, &[&roots[3]]), Err((0, "custody_root_version")));
    let other = signed(2, BEGIN);
    assert_eq!(walked(2, &[&other]), Err((0, "custody_root_conflict")));
    assert_eq!(walked(3, &[&other]), Ok(3));
}

#[test]
fn an_identifier_has_1_to_64_characters_and_begins_with_a_letter_or_digit() {
    for (name, holds) in [
        ("a".to_owned(), true),
        ("Z".repeat(64), true),
        ("0.a_b-c".to_owned(), true),
        ("a".repeat(65), false),
        (String::new(), false),
        ("-a".to_owned(), false),
        (".a".to_owned(), false),
        ("a b".to_owned(), false),
        ("a/b".to_owned(), false),
        ("aé".to_owned(), false),
    ] {
        assert_eq!(is_identifier(&name), holds, "{name:?}");
    }
}

/// What a token says of a key that it made and never gave away.
fn token() -> Value {
    json!({
        "always_sensitive": true, "deterministic": true, "extractable": false, "id": "01", "ignores_parameters": null,
        "local": true, "manufacturer": "m", "model": "m", "never_extractable": true, "object": "o", "other_uses": false,
        "self_test": true, "sensitive": true, "serial": "s", "sign": true, "token": "t",
    })
}

/// A ceremony of one key, whose token says this, each step `step_ms` after the one before, after `more` keys that do not sign.
fn ceremony(token: Option<&Value>, step_ms: i64, more: usize) -> Result<Transcript, CustodyError> {
    let payload = root().to_string().into_bytes();
    let document = custody::sign(&payload, &key(1)).unwrap();
    let begin: Timestamp = BEGIN.parse().unwrap();
    let at = |step: i64| Timestamp::from_millis(begin.as_millis() + step * step_ms).unwrap();
    let token = token.map(|token| {
        let text = token.to_string();
        ztp_core::canonical::read(text.as_bytes(), &ztp_core::canonical::Limits::default()).unwrap()
    });
    let mut recorder = Recorder::begin(at(0), ROOT_SCHEMA, "ztp", &[]).unwrap();
    for _ in 0..more {
        recorder.key(at(0), "other", key(2).public_key(), None).unwrap();
    }
    recorder.key(at(1), "holder", key(1).public_key(), token).unwrap();
    recorder.signed(at(2), &key(1).public_key().key_id(), &payload).unwrap();
    let account = recorder.end(at(3), &payload, &document).unwrap();
    check_transcript(&custody::sign(&account, &key(1))?, &document)
}

#[test]
fn a_key_is_in_custody_only_if_its_token_says_so_in_every_respect() {
    assert_eq!(said(ceremony(Some(&token()), 1, 0).unwrap().check_custody()).0, "accepted");
    for name in
        ["always_sensitive", "extractable", "local", "never_extractable", "self_test", "sensitive", "sign"]
    {
        let mut token = token();
        token[name] = json!(name == "extractable");
        let read = ceremony(Some(&token), 1, 0).unwrap();
        assert_eq!(said(read.check_custody()).0, "custody_transcript_key_outside", "{name}");
    }
    for (name, value, code) in [
        ("deterministic", json!(false), "accepted"),
        ("other_uses", json!(true), "accepted"),
        ("ignores_parameters", json!(true), "accepted"),
        ("ignores_parameters", json!(false), "accepted"),
        ("ignores_parameters", json!("no"), "schema_wrong_type"),
        ("other_uses", json!(null), "schema_wrong_type"),
    ] {
        let mut token = token();
        token[name] = value.clone();
        let (found, path) = said(ceremony(Some(&token), 1, 0));
        assert_eq!(found, code, "{name}: {value}");
        assert_eq!(
            path,
            if code == "accepted" {
                String::new()
            } else {
                format!("transcript.steps[1].detail.token.{name}")
            }
        );
    }
}

#[test]
fn steps_of_one_moment_follow_each_other_and_an_earlier_one_does_not() {
    let read = ceremony(None, 0, 0).unwrap();
    assert_eq!((read.began_at.to_string(), read.ended_at.to_string()), (BEGIN.to_owned(), BEGIN.to_owned()));
    let read = ceremony(None, 5, 0).unwrap();
    assert_eq!(read.ended_at.as_millis() - read.began_at.as_millis(), 15);
    assert_eq!(said(ceremony(None, -1, 0)), ("custody_transcript_step", "transcript.steps[1]".to_owned()));
}

#[test]
fn a_transcript_has_its_most_steps_and_not_one_more() {
    // Begun, the key that signs, its signature, the document made, the end.
    assert_eq!(said(ceremony(None, 1, STEPS_MAX - 5)).0, "accepted");
    let refused = ("custody_list_length", "transcript.steps".to_owned());
    assert_eq!(said(ceremony(None, 1, STEPS_MAX - 4)), refused);
}
