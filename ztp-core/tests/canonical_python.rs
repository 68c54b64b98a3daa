//! The writer against Python's own `json.dumps`, on random documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

mod canonical_support;

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use canonical_support::{Random, container, spell};
use ztp_core::canonical::{self, Limits};

const DOCUMENTS: usize = 2_000;

/// Feeds two lines a document to the comparing script. `None` where there is no Python.
fn compared_by_python(lines: &[u8]) -> Option<(bool, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/python/canonical_differential.py");
    let spawned = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut python = match spawned {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("SKIPPED: there is no python3 here, so nothing was compared with Python");
            return None;
        }
        spawned => spawned.expect("python3 starts"),
    };
    let mut input = python.stdin.take().expect("standard input is piped");
    // Python stops reading at a difference, so a closed pipe is an answer too.
    let _ = input.write_all(lines);
    drop(input);
    let output = python.wait_with_output().unwrap();
    Some((output.status.success(), String::from_utf8(output.stdout).unwrap()))
}

#[test]
fn random_documents_are_written_as_python_writes_them() {
    let mut random = Random::new(12);
    let mut lines = Vec::new();
    for _ in 0..DOCUMENTS {
        let spelled = spell(&container(&mut random, 4), &mut random);
        let canonical = canonical::encode(&spelled, &Limits::default()).unwrap();
        lines.extend([spelled.as_slice(), b"\n", &canonical, b"\n"].concat());
    }
    if let Some((same, report)) = compared_by_python(&lines) {
        assert!(same);
        assert!(report.starts_with(&format!("{DOCUMENTS} documents, the same as Python")), "{report}");
    }
}

#[test]
fn difference_from_python_would_be_seen() {
    if let Some((same, report)) = compared_by_python(b"{\"b\":1,\"a\":2}\n{\"b\":1,\"a\":2}\n") {
        assert!(!same, "{report}");
    }
}
