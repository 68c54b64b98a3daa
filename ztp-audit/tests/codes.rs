//! Every code this crate can return is registered, so that every surface can name it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

use std::collections::BTreeSet;
use std::path::Path;

use ztp_core::code::by_name;

/// The quoted words that the `code` functions of a source file return.
fn returned_codes(source: &str) -> BTreeSet<String> {
    let arms = source.lines().filter(|l| l.contains("=> \"") || l.contains("Some(\""));
    arms.filter(|l| !l.contains("as_str"))
        .filter_map(|l| l.split('"').nth(1))
        .filter(|w| w.contains('_') && w.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_error_and_verdict_code_is_registered() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for file in ["error.rs", "prove.rs", "note.rs", "checkpoint.rs", "proof.rs", "tlog_proof.rs", "tree.rs"] {
        for code in returned_codes(&std::fs::read_to_string(src.join(file)).unwrap()) {
            assert!(by_name(&code).is_some(), "{code} of {file} is not registered");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
    use ztp_audit::verdict::Status;
    for status in [
        Status::Unanchored,
        Status::BelowRequired,
        Status::Broken,
        Status::Truncated,
        Status::Forked,
        Status::RolledBack,
    ] {
        assert!(by_name(status.code().unwrap()).is_some());
    }
    assert_eq!(Status::Intact.code(), None);
}
