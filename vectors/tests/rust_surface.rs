//! Every vector, through the facade as a Rust program calls it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test stops at the first thing it did not expect"
)]

mod surface;

use std::collections::BTreeSet;

use ztp_vectors::{Answer, Case, Document, Set};

#[test]
fn rust_gives_every_expected_answer() {
    surface::enter_checkout();
    let cases = every_case();
    assert!(cases.len() > 250, "only {} cases: a file is missing", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let outcome = surface::answer(case);
        let document = String::from_utf8(outcome.document.clone()).unwrap();
        let found = Answer {
            id: case.id.clone(),
            status: outcome.name().to_owned(),
            digest: Document::Text(document.clone()).digest(),
        };
        if found != Answer::expected(case) {
            wrong.push(format!("{}: expected {}, found {} {document}", case.id, case.status, found.status));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_operation_has_a_vector_that_holds_and_one_that_does_not() {
    // What writes to a log is in the scripts, which begin with a fresh folder. A seal has no argument but log and time.
    let not_repeatable = ["audit_seal"];
    // What takes no argument has nothing to refuse.
    let no_arguments = ["version", "error_codes"];
    let cases = every_case();
    let with = |holds: bool| -> BTreeSet<&str> {
        cases.iter().filter(|case| (case.status == "ok") == holds).map(|case| case.op.as_str()).collect()
    };
    let left_out = [&not_repeatable[..], &no_arguments[..]].concat();
    for operation in ztp_facade::OPERATIONS.iter().filter(|op| !left_out.contains(&op.name)) {
        assert!(with(true).contains(operation.name), "{}: no vector that holds", operation.name);
        assert!(with(false).contains(operation.name), "{}: no vector that is refused", operation.name);
    }
}

fn every_case() -> Vec<Case> {
    Set::ALL.map(|set| ztp_vectors::load_set(set).unwrap()).concat()
}
