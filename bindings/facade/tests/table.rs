//! The table of operations is what the crate exports.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use ztp_facade::{AUDIT_LOG_METHODS, ArgKind, DLP_SCANNER_METHODS, DLP_STREAM_METHODS, OPERATIONS};

const SOURCES: [&str; 16] = [
    include_str!("../src/ops/anomaly.rs"),
    include_str!("../src/ops/anomaly_try.rs"),
    include_str!("../src/ops/audit.rs"),
    include_str!("../src/ops/audit_copy.rs"),
    include_str!("../src/ops/canonical.rs"),
    include_str!("../src/ops/correlate.rs"),
    include_str!("../src/ops/custody.rs"),
    include_str!("../src/ops/dlp/baseline.rs"),
    include_str!("../src/ops/dlp/mod.rs"),
    include_str!("../src/ops/ingest.rs"),
    include_str!("../src/ops/keys.rs"),
    include_str!("../src/ops/licence.rs"),
    include_str!("../src/ops/meta.rs"),
    include_str!("../src/ops/proofs.rs"),
    include_str!("../src/ops/signature.rs"),
    include_str!("../src/ops/vault.rs"),
];

/// Name and argument kinds of each `pub fn` in a source text; the handle's own argument is left out.
fn functions(source: &str) -> Vec<(String, Vec<ArgKind>)> {
    let signatures = source.lines().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for after in signatures.split(" pub fn ").skip(1) {
        let (name, rest) = after.split_once('(').unwrap();
        let (args, _) = rest.split_once(") ->").unwrap();
        let kinds =
            args.split(", ").map(|arg| arg.trim().trim_end_matches(',')).filter(|arg| !arg.is_empty());
        let kinds = kinds.filter(|arg| *arg != "&self").map(|arg| match arg.split_once(": ").unwrap().1 {
            "&[u8]" => ArgKind::Bytes,
            "i64" => ArgKind::Integer,
            "&Job" => ArgKind::Job,
            other => panic!("{name} takes {other}"),
        });
        found.push((name.to_owned(), kinds.collect()));
    }
    found
}

fn listed(table: &[ztp_facade::Operation]) -> Vec<(String, Vec<ArgKind>)> {
    table.iter().map(|operation| (operation.name.to_owned(), operation.args.to_vec())).collect()
}

#[test]
fn table_lists_every_operation_with_its_arguments() {
    let mut source: Vec<_> = SOURCES.iter().flat_map(|source| functions(source)).collect();
    let mut table = listed(OPERATIONS);
    source.sort_by(|a, b| a.0.cmp(&b.0));
    table.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(table, source);
}

#[test]
fn table_lists_every_method_of_the_log_handle() {
    assert_eq!(listed(AUDIT_LOG_METHODS), functions(include_str!("../src/handles.rs")));
}

#[test]
fn table_lists_every_method_of_the_monitor_s_handles() {
    let listed: Vec<_> = [DLP_SCANNER_METHODS, DLP_STREAM_METHODS].into_iter().flat_map(listed).collect();
    assert_eq!(listed, functions(include_str!("../src/dlp_handles.rs")));
}
