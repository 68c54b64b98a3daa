//! The checked-in generated files are what the source gives, and every facade operation has its C function.

#![allow(clippy::panic, reason = "a test fails by panicking")]

#[path = "../generate/mod.rs"]
#[allow(missing_docs, clippy::expect_used, reason = "shared with the example that writes the files")]
mod generate;

use std::collections::BTreeSet;

use ztp_facade::{AUDIT_LOG_METHODS, OPERATIONS};

#[test]
fn generated_files_are_current() {
    for file in generate::files() {
        let found = std::fs::read_to_string(&file.path).unwrap_or_default();
        let expected = (file.content)();
        if let Some((line, (found, expected))) =
            found.lines().zip(expected.lines()).enumerate().find(|(_, (found, expected))| found != expected)
        {
            panic!(
                "{} line {}: found `{found}`, expected `{expected}`; run `cargo run -p ztp-c --example generate`",
                file.path.display(),
                line + 1
            );
        }
        assert_eq!(found.len(), expected.len(), "{} has another length", file.path.display());
    }
}

#[test]
fn every_operation_and_method_of_the_facade_is_exported_and_nothing_else_but_the_handles_own() {
    let operations = OPERATIONS.iter().map(|operation| format!("ztp_{}", operation.name));
    let methods = AUDIT_LOG_METHODS.iter().map(|method| format!("ztp_audit_log_{}", method.name));
    let own = [
        "ztp_abi_version",
        "ztp_audit_log_free",
        "ztp_bytes_free",
        "ztp_job_cancel",
        "ztp_job_free",
        "ztp_job_new",
        "ztp_job_progress",
        "ztp_status_name",
    ];
    let expected: BTreeSet<String> = operations.chain(methods).chain(own.map(str::to_owned)).collect();
    assert_eq!(generate::exported_functions(), expected);
}
