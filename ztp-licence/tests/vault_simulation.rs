//! A script tells what would happen, step after step, as it then happens.
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
use ztp_core::digest::{Digest, sha256, sha256_parts};
use ztp_licence::vault::{
    CHANGE_MAX, INPUTS_MAX, STEPS_MAX, Simulation, VaultError, script_vault, simulate, simulate_on,
};

fn script(steps: &Value) -> Value {
    json!({
        "bench_id": BENCH, "device_key": device().public_key().to_string(), "nonce": "07".repeat(32),
        "schema": "ztp.vault.script/1", "steps": steps, "time": at(0).to_string(),
    })
}

fn mint_step(id: &str, amount: u64, ms: i64) -> Value {
    let envelope = String::from_utf8(envelope(id, &[("h", amount, 0, 90)])).unwrap();
    json!({"envelope": envelope, "kind": "mint", "time": at(ms).to_string()})
}

fn spend_step(id: &str, amount: u64, ms: i64) -> Value {
    let request = json!({"amount": amount, "class": "h", "purpose": "run", "request_id": id});
    json!({"kind": "spend", "request": request, "time": at(ms).to_string()})
}

fn run(steps: &Value) -> Result<Simulation, VaultError> {
    simulate(script(steps).to_string().as_bytes())
}

fn document(simulation: &Simulation) -> Value {
    serde_json::from_slice(&simulation.json).unwrap()
}

#[test]
fn each_step_gives_its_receipt_or_its_refusal_and_a_refused_one_changes_nothing() {
    let steps = json!([
        mint_step("e-1", 100, 10),
        spend_step("r-1", 60, 20),
        spend_step("r-2", 41, 30),
        spend_step("r-1", 60, 40),
        spend_step("r-1", 61, 50),
        json!({"kind": "request", "request_id": "ask-1", "time": at(60).to_string()}),
        spend_step("r-3", 40, 70),
    ]);
    let found = run(&steps).unwrap();
    let shown = document(&found);
    let results = shown["results"].as_array().unwrap();
    assert_eq!(results.len(), 8);
    let outcome: Vec<(u64, Option<u64>, Option<&str>)> = results
        .iter()
        .map(|one| (one["step"].as_u64().unwrap(), one["receipt"]["seq"].as_u64(), one["code"].as_str()))
        .collect();
    assert_eq!(
        outcome,
        [
            (0, Some(1), None),
            (1, Some(2), None),
            (2, Some(3), None),
            (3, None, Some("vault_insufficient")),
            // The same request again is nothing new; with another content it is refused.
            (4, None, None),
            (5, None, Some("vault_request_reused")),
            (6, Some(4), None),
            (7, Some(5), None),
        ]
    );
    assert!(results[3]["message"].as_str().unwrap().contains("40"), "{}", results[3]);
    // The first refusal is the script's.
    assert_eq!((found.code, &shown["code"]), (Some("vault_insufficient"), &json!("vault_insufficient")));
    assert_eq!(shown["classes"], json!([{"class": "h", "consumed": 100, "held": 0, "minted": 100}]));
    assert_eq!((&shown["seq"], &shown["schema"]), (&json!(5), &json!("ztp.vault.simulation/1")));
    assert_eq!((&shown["verified"], &shown["head"]), (&json!(false), &results[7]["receipt"]["head"]));
    let nothing = document(&run(&json!([])).unwrap());
    assert_eq!(
        (&nothing["code"], &nothing["seq"], &nothing["classes"]),
        (&Value::Null, &json!(1), &json!([]))
    );
}

#[test]
fn a_script_on_a_vault_comes_to_the_head_that_the_vault_then_comes_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("h", 100, 0, 90)], 10);
    let steps = json!([spend_step("r-1", 60, 20), mint_step("e-2", 7, 30)]);
    let script = json!({"schema": "ztp.vault.script/1", "steps": steps, "vault": "somewhere"}).to_string();
    let told = simulate_on(store.state().clone(), script.as_bytes()).unwrap();
    let receipt = store.spend(&request("r-1", "h", 60), &device(), at(20)).unwrap();
    assert_eq!(document(&told)["results"][0]["receipt"]["head"], receipt.body.head.to_string());
    mint(&mut store, "e-2", &[("h", 7, 0, 90)], 30);
    assert_eq!((told.code, &document(&told)["head"]), (None, &json!(store.state().head().to_string())));
    assert_eq!(document(&told)["results"][0]["step"], 1);
    // A real vault has its real anchor.
    let anchor = json!({"counter": 0, "digest": "00".repeat(32), "kind": "anchor"});
    let script = json!({"schema": "ztp.vault.script/1", "steps": [anchor], "vault": "v"}).to_string();
    let error = simulate_on(store.state().clone(), script.as_bytes()).unwrap_err();
    assert_eq!(error.code(), "vault_record_malformed");
    assert!(error.to_string().contains("script.steps[0].kind"), "{error}");
}

#[test]
fn an_anchor_is_in_step_or_one_transaction_behind_and_everything_else_is_named() {
    let digests = |step: usize| -> Vec<Digest> {
        // The digest of the anchor after each transaction, extended as a TPM does.
        let steps = json!([mint_step("e-1", 100, 10), spend_step("r-1", 60, 20)]);
        let shown = document(&run(&steps).unwrap());
        let mut held = vec![Digest::ZERO];
        for result in &shown["results"].as_array().unwrap()[..=step] {
            let digest = sha256(result["receipt"]["transaction"].to_string().as_bytes());
            held.push(sha256_parts(&[held.last().unwrap().as_ref(), digest.as_ref()]));
        }
        held
    };
    let held = digests(2);
    let other = Digest::from_hex("ee".repeat(32)).unwrap();
    for (counter, digest, code) in [
        (3, held[3], None),
        (2, held[3], None),
        (2, held[2], None),
        (3, held[2], Some("vault_forked")),
        (3, other, Some("vault_forked")),
        (2, other, Some("vault_forked")),
        (1, held[1], Some("vault_anchor_behind")),
        (1, held[3], Some("vault_anchor_behind")),
        (4, held[3], Some("vault_rolled_back")),
        (4, other, Some("vault_rolled_back")),
    ] {
        let anchor = json!({"counter": counter, "digest": digest.to_string(), "kind": "anchor"});
        let steps = json!([mint_step("e-1", 100, 10), spend_step("r-1", 60, 20), anchor]);
        assert_eq!(run(&steps).unwrap().code, code, "{counter}, {digest}");
    }
}

#[test]
fn a_script_that_cannot_be_read_is_no_result_and_names_the_step() {
    let time = at(0).to_string();
    for (step, place) in [
        (json!({"kind": "burn", "time": time}), "script.steps[1].kind"),
        (json!({"kind": "request", "request_id": "a", "time": "yesterday"}), "script.steps[1].time"),
        (json!({"kind": "request", "more": 1, "request_id": "a", "time": time}), "script.steps[1]"),
        (json!({"counter": -1, "digest": "00".repeat(32), "kind": "anchor"}), "script.steps[1].counter"),
        (json!({"counter": 0, "digest": "00", "kind": "anchor"}), "script.steps[1].digest"),
        (json!("mint"), "script.steps[1]"),
    ] {
        let error = run(&json!([spend_step("r", 1, 10), step])).unwrap_err();
        assert!(error.to_string().contains(place), "{error} of {step}");
    }
    // An envelope that is none is a refusal of that step: the script itself is well made.
    let step = json!({"envelope": "{}", "kind": "mint", "time": at(5).to_string()});
    assert!(run(&json!([step])).unwrap().code.is_some());
    let mut other = script(&json!([]));
    other["schema"] = json!("ztp.vault.script/2");
    assert!(simulate(other.to_string().as_bytes()).unwrap_err().to_string().contains("ztp.vault.script/1"));
}

#[test]
fn a_written_request_lists_its_most_inputs_and_change_and_not_one_more() {
    let inputs = |count: usize| -> Value { (0..count).map(|n| json!(format!("{n:064x}"))).collect() };
    let change = |count: usize| -> Value { vec![json!(1); count].into() };
    for (member, list, place) in [
        ("inputs", inputs(INPUTS_MAX), None),
        ("inputs", inputs(INPUTS_MAX + 1), Some("request.inputs")),
        ("inputs", inputs(INPUTS_MAX + 2), Some("request.inputs")),
        ("inputs", json!(["00"]), Some("request.inputs[0]")),
        ("inputs", json!(["00".repeat(32), 7]), Some("request.inputs[1]")),
        ("change", change(CHANGE_MAX), None),
        ("change", change(CHANGE_MAX + 1), Some("request.change")),
        ("change", change(CHANGE_MAX + 2), Some("request.change")),
        ("change", json!([1, -1]), Some("request.change[1]")),
        ("change", json!(["1"]), Some("request.change[0]")),
    ] {
        let mut step = spend_step("r-1", 1, 10);
        step["request"][member] = list;
        match (run(&json!([step])), place) {
            // What the vault lacks is a result of the step.
            (Ok(found), None) => assert!(found.code.is_some()),
            (Err(error), Some(place)) => {
                assert_eq!(error.code(), "vault_request_malformed");
                assert!(error.to_string().starts_with(&format!("{place}: ")), "{error}");
            }
            (found, place) => panic!("{found:?}, expected {place:?}"),
        }
    }
}

#[test]
fn a_script_has_its_most_steps_and_not_one_more() {
    let steps = |count: usize| -> Value {
        let anchor = json!({"counter": 9, "digest": "00".repeat(32), "kind": "anchor"});
        vec![anchor; count].into()
    };
    let most = run(&steps(STEPS_MAX)).unwrap();
    assert_eq!(document(&most)["results"].as_array().unwrap().len(), STEPS_MAX + 1);
    assert_eq!(run(&steps(STEPS_MAX + 1)).unwrap_err().code(), "vault_list_length");
}

#[test]
fn a_script_says_whether_it_is_for_a_vault() {
    assert_eq!(script_vault(script(&json!([])).to_string().as_bytes()).unwrap(), None);
    let named =
        json!({"schema": "ztp.vault.script/1", "steps": [], "vault": "/var/lib/ztp/vault"}).to_string();
    assert_eq!(script_vault(named.as_bytes()).unwrap().as_deref(), Some("/var/lib/ztp/vault"));
    assert!(script_vault(br#"{"vault":7}"#).is_err());
    assert!(script_vault(b"{").is_err());
}
