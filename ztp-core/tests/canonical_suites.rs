//! Verdicts on published JSON suites, file by file, against the tables checked in beside them.
//!
//! A row is `file`, what reading says, what checking says, and, where the suite gives canonical bytes, whether encoding
//! gives the same. A verdict is `accepted` or the code and the offset of the refusal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use ztp_core::Coded as _;
use ztp_core::canonical::{self, CanonicalError, Limits};

fn suite(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/third-party").join(name)
}

/// The files of a folder of a suite, sorted by name, with their bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn verdict<T>(result: Result<T, CanonicalError>) -> String {
    match result {
        Ok(_) => "accepted".to_owned(),
        Err(error) => format!("{}@{}", error.code(), error.offset),
    }
}

/// `read`, `check` of one document.
fn verdicts(bytes: &[u8]) -> (String, String) {
    let limits = Limits::default();
    (verdict(canonical::read(bytes, &limits)), verdict(canonical::check(bytes, &limits)))
}

/// Compares rows with the table of the suite, and shows the rows that differ.
fn assert_table(suite: &Path, rows: &[String]) {
    let table = suite.join("verdicts.tsv");
    let expected = fs::read_to_string(&table).unwrap_or_default();
    let expected: Vec<_> = expected.lines().filter(|line| !line.starts_with('#')).collect();
    let found: Vec<_> = rows.iter().filter(|row| !expected.contains(&row.as_str())).collect();
    let lost: Vec<_> = expected.iter().filter(|row| !rows.iter().any(|found| found == *row)).collect();
    assert!(
        found.is_empty() && lost.is_empty(),
        "{} is not what was found.\nfound:\n{}\nstated:\n{}",
        table.display(),
        found.iter().map(|row| row.as_str()).collect::<Vec<_>>().join("\n"),
        lost.iter().map(|row| **row).collect::<Vec<_>>().join("\n"),
    );
}

/// Why the profile refuses a document that JSON allows.
const OUTSIDE_THE_PROFILE: &[&str] = &[
    "canonical_fraction",
    "canonical_exponent",
    "canonical_negative_zero",
    "canonical_integer_out_of_range",
    "canonical_duplicate_member",
];

#[test]
fn json_test_suite_has_the_stated_verdict_for_each_file() {
    let suite = suite("json-test-suite");
    let parsing = files(&suite.join("test_parsing"));
    assert_eq!(parsing.len(), 318);
    let mut rows = Vec::new();
    for (name, bytes) in &parsing {
        let (read, check) = verdicts(bytes);
        let code = read.split('@').next().unwrap_or_default();
        match name.split('_').next().unwrap_or_default() {
            "y" => assert!(read == "accepted" || OUTSIDE_THE_PROFILE.contains(&code), "{name}: {read}"),
            "n" => assert_ne!(read, "accepted", "{name}"),
            "i" => {}
            _ => panic!("{name} is of no known kind"),
        }
        rows.push(format!("test_parsing/{name}\t{read}\t{check}"));
    }
    for (name, bytes) in files(&suite.join("test_transform")) {
        let (read, check) = verdicts(&bytes);
        rows.push(format!("test_transform/{name}\t{read}\t{check}"));
    }
    assert_table(&suite, &rows);
}

/// RFC 8785 agrees with this profile as long as names and strings are printable ASCII and numbers are integers.
#[test]
fn rfc_8785_cases_have_the_stated_verdicts_and_bytes() {
    let suite = suite("cyberphone-jcs");
    let mut rows = Vec::new();
    for (name, bytes) in files(&suite.join("testdata/input")) {
        let (read, check) = verdicts(&bytes);
        let expected = fs::read(suite.join("testdata/output").join(&name)).unwrap();
        let bytes = match canonical::encode(&bytes, &Limits::default()) {
            Err(_) => "-",
            Ok(encoded) if encoded == expected => "same bytes",
            Ok(_) => "other bytes",
        };
        rows.push(format!("{name}\t{read}\t{check}\t{bytes}"));
    }
    assert_table(&suite, &rows);
}

#[test]
fn mozilla_document_has_the_stated_verdicts_and_bytes() {
    let suite = suite("mozilla-canonicaljson");
    let folder = suite.join("testsuite");
    let mut rows = Vec::new();
    for (name, bytes) in files(&folder) {
        let (read, check) = verdicts(&bytes);
        rows.push(format!("{name}\t{read}\t{check}"));
    }
    assert_table(&suite, &rows);
    let document = fs::read(folder.join("search-config-v2.json")).unwrap();
    let expected = fs::read(folder.join("search-config-v2.canonical.json")).unwrap();
    let encoded = canonical::encode(&document, &Limits::default()).unwrap();
    assert_eq!(encoded, expected.trim_ascii_end());
}
