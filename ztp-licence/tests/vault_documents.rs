//! What a vault hands out: its history, its request to the issuer, the issuer's comparison; and the double of an anchor.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

#[path = "vault/support.rs"]
mod support;

use serde_json::{Value, json};
use support::*;
use ztp_core::Coded as _;
use ztp_core::anchor::{AnchorKind, TpmAnchor as _, extend};
use ztp_core::digest::Digest;
use ztp_licence::vault::store::{FileAnchor, HISTORY_MAX, StoreError, history_json, receipts};
use ztp_licence::vault::{Receipt, VaultRequest, reconcile, simulate};

fn parsed(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

/// A vault of five transactions: made, minted, three times spent.
fn five(dir: &std::path::Path) -> Vec<Receipt> {
    let mut store = create(dir);
    mint(&mut store, "e-1", &[("h", 100, 0, 90)], 10);
    for n in 0..3 {
        store.spend(&request(&format!("r-{n}"), "h", 10 + n), &device(), at(20)).unwrap();
    }
    (1..=5).map(|seq| store.receipt(seq).unwrap()).collect()
}

#[test]
fn a_history_lists_receipts_from_a_number_on_and_says_which_one_follows() {
    let dir = tempfile::tempdir().unwrap();
    let all = five(dir.path());
    for (from, limit, first, last, next) in [
        (1, 10, 1, 5, None),
        (0, 5, 1, 5, None),
        (1, 4, 1, 4, Some(5)),
        (2, 2, 2, 3, Some(4)),
        (5, 1, 5, 5, None),
        (4, 1, 4, 4, Some(5)),
        // None is not a limit, and the largest is not passed.
        (1, 0, 1, 1, Some(2)),
        (1, HISTORY_MAX + 5, 1, 5, None),
    ] {
        let shown = parsed(&history_json(dir.path(), from, limit).unwrap());
        let listed: Vec<Value> =
            all[first - 1..last].iter().map(|receipt| parsed(&receipt.to_json().unwrap())).collect();
        let expected =
            json!({"from": from.max(1), "next": next, "receipts": listed, "schema": "ztp.vault.history/1"});
        assert_eq!(shown, expected, "{limit} from {from}");
    }
    assert_eq!(receipts(dir.path(), 6, 10).unwrap(), []);
    assert_eq!(receipts(dir.path(), 3, 2).unwrap(), all[2..4]);
}

#[test]
fn a_request_is_written_read_and_verified_and_a_changed_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    five(dir.path());
    let mut store = open(dir.path(), 30);
    let asked = store.request_file("ask-1", 3, Some("offer 7".to_owned()), &device(), at(40)).unwrap();
    let json = asked.to_json().unwrap();
    assert_eq!(VaultRequest::from_json(&json).unwrap(), asked);
    asked.verify(device().public_key()).unwrap();
    assert_eq!(asked.verify(key(3).public_key()).unwrap_err().code(), "signature_mismatch");
    let shown = parsed(&json);
    let body = &shown["body"];
    assert_eq!(
        (&shown["schema"], &body["bench_id"], &body["quote"]),
        (&json!("ztp.vault.request/1"), &json!(BENCH), &json!("offer 7"))
    );
    assert_eq!((&body["seq"], &body["head"]), (&json!(6), &json!(store.state().head().to_string())));
    assert_eq!(body["vault_id"], store.state().identity().unwrap().vault_id.to_string());
    let numbers: Vec<u64> =
        body["receipts"].as_array().unwrap().iter().map(|r| r["body"]["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [3, 4, 5, 6]);
    assert_eq!(body["classes"][0]["spendable"], 67);
    // Head, number and vault are stated for the reader, and must be those of the last receipt.
    for (member, value) in
        [("seq", json!(5)), ("head", json!("00".repeat(32))), ("vault_id", json!("00".repeat(32)))]
    {
        let mut changed = shown.clone();
        changed["body"][member] = value;
        let error = VaultRequest::from_json(changed.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.code(), "vault_record_malformed", "{member}");
        assert!(error.to_string().contains("request.body"), "{error}");
    }
    let mut changed = shown.clone();
    changed["body"]["quote"] = json!("offer 8");
    let read = VaultRequest::from_json(changed.to_string().as_bytes()).unwrap();
    assert_eq!(read.verify(device().public_key()).unwrap_err().code(), "signature_mismatch");
    let mut empty = shown;
    empty["body"]["receipts"] = json!([]);
    assert!(
        VaultRequest::from_json(empty.to_string().as_bytes())
            .unwrap_err()
            .to_string()
            .contains("request.body.receipts")
    );
}

#[test]
fn a_comparison_says_its_status_its_gaps_and_what_it_rests_on() {
    let dir = tempfile::tempdir().unwrap();
    let all = five(dir.path());
    let mut store = open(dir.path(), 30);
    let asked = |store: &mut ztp_licence::vault::store::VaultStore, from: u64| {
        store.request_file("ask-1", from, None, &device(), at(40)).unwrap()
    };
    let whole = asked(&mut store, 1);
    let late = asked(&mut store, 5);
    let device = device().public_key().clone();
    for (held, request, status, tier, missing, known, code) in [
        // Nothing was compared, and no tier is claimed.
        (&all[..0], &whole, "nothing_held", json!(null), json!([]), 0, Some("vault_nothing_held")),
        (
            &all[..0],
            &late,
            "nothing_held",
            json!(null),
            json!([{"from": 1, "to": 4}]),
            0,
            Some("vault_nothing_held"),
        ),
        (&all[..], &whole, "consistent", json!("T3"), json!([]), 5, None),
        (&all[..4], &late, "consistent", json!("T3"), json!([]), 4, None),
        (&all[..2], &late, "unlinked", json!(null), json!([{"from": 3, "to": 4}]), 2, Some("vault_unlinked")),
        (
            &all[1..2],
            &late,
            "unlinked",
            json!(null),
            json!([{"from": 1, "to": 1}, {"from": 3, "to": 4}]),
            2,
            Some("vault_unlinked"),
        ),
    ] {
        let found = reconcile(held, request, &device).unwrap();
        let shown = parsed(&found.to_json().unwrap());
        let mut unchecked = vec!["transactions_after_the_request"];
        if known == 0 {
            unchecked.push("no_receipts_held_before");
        }
        let rests_on = match held {
            [] => json!(["device_key"]),
            _ => json!(["receipts_held_by_the_issuer", "device_key"]),
        };
        let expected = json!({
            "code": code, "fork": null, "head": store.state().head().to_string(), "known_seq": known, "missing": missing,
            "rests_on": rests_on, "schema": "ztp.vault.reconciliation/1", "seq": 6,
            "status": status, "tier": tier, "unchecked": unchecked,
            "vault_id": store.state().identity().unwrap().vault_id.to_string(),
        });
        assert_eq!(shown, expected, "{} held", held.len());
        assert_eq!(found.code(), code);
    }
}

#[test]
fn the_double_of_an_anchor_keeps_its_name_its_counter_and_its_digest_and_says_that_it_is_a_double() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("anchor");
    let data = Digest::from_hex("ab".repeat(32)).unwrap();
    assert!(FileAnchor::existing(&path).unwrap_err().to_string().contains("read"));
    let mut anchor = FileAnchor::open(&path).unwrap();
    assert_eq!((anchor.kind(), anchor.id().as_str()), (AnchorKind::Test, "file-double"));
    let zeros = "00".repeat(32);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("0\n{zeros}\n"));
    anchor.extend(&data).unwrap();
    let extended = extend(&Digest::ZERO, &data);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("0\n{extended}\n"));
    anchor.increment().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("1\n{extended}\n"));
    let found = anchor.read().unwrap();
    assert_eq!((found.counter, found.digest), (1, extended));
    // Opened again it is the same one, and a named one stays that one.
    assert_eq!(FileAnchor::open(&path).unwrap().read().unwrap(), found);
    std::fs::write(&path, format!("7\n{zeros}\nanother-tpm\n")).unwrap();
    let mut named = FileAnchor::open(&path).unwrap();
    assert_eq!(named.id(), "another-tpm");
    named.increment().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("8\n{zeros}\nanother-tpm\n"));
    for broken in ["", "8\n", &format!("x\n{zeros}\n"), "8\nzz\n"] {
        std::fs::write(&path, broken).unwrap();
        assert_eq!(FileAnchor::open(&path).unwrap_err().code(), "vault_anchor_failed", "{broken:?}");
    }
}

#[test]
fn a_document_that_is_no_json_is_refused_at_its_byte_and_any_other_at_its_member() {
    for (script, code, offset) in [
        (&b"{\"steps\": ]"[..], "canonical_unexpected_byte", Some(10)),
        (b"", "canonical_empty", Some(0)),
        (b"[]", "schema_not_object", None),
    ] {
        let error = simulate(script).unwrap_err();
        assert_eq!((error.code(), error.offset()), (code, offset), "{error}");
        let error = StoreError::from(error);
        assert_eq!((error.code(), error.offset()), (code, offset), "{error}");
        assert!(error.rule().is_some());
    }
}
