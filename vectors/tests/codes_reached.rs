//! Every code about signatures, licences, custody, ingest and vault is reached by a vector, in Rust, C, Go and Node alike; or the
//! reason is given here why no vector can reach it, with the test that does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first thing it did not expect")]

use std::collections::BTreeSet;
use std::path::Path;

use ztp_core::code::{Area, REGISTRY};
use ztp_vectors::{Case, Document, Set};

/// Subjects whose every code must be reached.
const AREAS: [Area; 5] = [Area::Signature, Area::Licence, Area::Custody, Area::Ingest, Area::Vault];

/// Codes that no vector can reach: why, and the file and the words of the test that reaches the code instead.
const ELSEWHERE: &[(&str, &str, &str, &str)] = &[
    (
        "signature_purpose",
        "only a program can ask for a purpose; files name theirs by their schema",
        "ztp-core/tests/signature_rule.rs",
        "Purpose",
    ),
    ("signature_signer_failed", "needs a device that fails", "ztp-core/src/code/tests.rs", "SignerFailed"),
    (
        "signature_self_check",
        "needs a signer that signs wrongly",
        "ztp-core/tests/signature_rule.rs",
        "SelfCheck",
    ),
    (
        "vault_note_exists",
        "a note's id covers its envelope's, and an envelope is minted once",
        "ztp-licence/tests/vault_life.rs",
        "vault_note_exists",
    ),
    (
        "ingest_stuck",
        "needs a second file system, or a file that cannot be moved",
        "ztp-licence/tests/ingest/mounts.rs",
        "ingest_stuck",
    ),
    (
        "vault_exists",
        "a log that is there is refused before",
        "ztp-licence/src/vault/state.rs",
        "vault_exists",
    ),
];

#[test]
fn every_code_is_reached_by_a_vector_or_named_with_the_test_that_reaches_it() {
    let reached = reached();
    let mut missing = Vec::new();
    for entry in REGISTRY.iter().filter(|entry| AREAS.contains(&entry.area)) {
        let elsewhere = ELSEWHERE.iter().any(|(code, ..)| *code == entry.name);
        match (reached.contains(entry.name), elsewhere) {
            (false, false) => missing.push(format!("{} {}: no vector reaches it", entry.number, entry.name)),
            (true, true) => {
                missing.push(format!("{}: a vector reaches it, take it off the list", entry.name))
            }
            _ => {}
        }
    }
    assert!(missing.is_empty(), "{} codes:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn what_is_reached_elsewhere_is_reached_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for (code, why, file, words) in ELSEWHERE {
        assert!(REGISTRY.iter().any(|entry| entry.name == *code), "{code} is no code");
        assert!(!why.is_empty());
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(text.contains(words), "{file} has nothing about {code}");
    }
}

/// Codes that a vector ends with, or that stand in the document it must print: a verdict lists every check that fails.
fn reached() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for case in Set::ALL.map(|set| ztp_vectors::load_set(set).unwrap()).concat() {
        codes.extend(of(&case));
    }
    codes
}

fn of(case: &Case) -> Vec<String> {
    let mut found = vec![case.status.clone()];
    if let Document::Text(text) = &case.document {
        for after in text.split("\"code\":\"").skip(1) {
            found.extend(after.split('"').next().map(str::to_owned));
        }
    }
    found
}
