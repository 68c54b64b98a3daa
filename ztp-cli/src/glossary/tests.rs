//! The table held against the code: a word that a source file can print and that the table lacks fails here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{all, coded, explained, nearest, unchecked};
use ztp_core::schema::changes;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn source(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The texts in quotes that stand right after `before`, wherever it stands.
fn after(source: &str, before: &str) -> Vec<String> {
    let rest = source.split(before).skip(1);
    let texts = rest.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'));
    texts.map(|(text, _)| text.to_owned()).collect()
}

/// The part of a source between two marks, both of which must be there.
fn between<'a>(source: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = source.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to} after {from}")).0
}

/// Every Rust file below a directory.
fn below(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Where words are made: file, where to begin and end, what stands before each, and how many there are at least.
const WHERE: &[(&str, &str, &str, &str, usize)] = &[
    ("ztp-audit/src/verdict.rs", "impl Status", "/// The stable code", "=>", 7),
    ("ztp-audit/src/verdict.rs", "impl BreakKind", "/// One place", "=>", 19),
    ("ztp-audit/src/verdict.rs", "impl Anchor", "/// Records whose order", "=>", 3),
    ("ztp-audit/src/verdict/beside.rs", "impl StrayKind", "\n}", "=>", 9),
    ("ztp-audit/src/verdict/clock.rs", "impl ClockStepKind", "\n}", "=>", 3),
    ("ztp-audit/src/verify/require.rs", "impl Requirement", "fn is_met", "=>", 4),
    ("ztp-audit/src/correlate/finding.rs", "\nkinds! {", "\n}", "=", 13),
    ("ztp-audit/src/correlate/report.rs", "pub fn unchecked", "/// The report as", "names.push(", 6),
    ("ztp-audit/src/correlate/report.rs", "fn status", "/// Adds the report", "=>", 3),
    ("ztp-licence/src/check.rs", "\nchecks! {", "\n}", "=", 29),
    ("ztp-licence/src/ingest/report.rs", "impl FileResult", "/// One file", "=>", 5),
    ("ztp-licence/src/ingest/decision.rs", "impl DecisionStatus", "/// The decision", "=>", 3),
    ("ztp-licence/src/vault/status.rs", "impl Warning", "impl ClassStatus", "=>", 4),
    ("ztp-licence/src/vault/verdict.rs", "impl Tier", "/// The tier of", "=>", 4),
    ("ztp-licence/src/vault/verdict.rs", "impl VaultStatus", "/// One fact", "=>", 5),
    ("ztp-licence/src/vault/verdict.rs", "fn rests_on_words", "rests_on(tier)", "then_some(", 1),
    ("ztp-licence/src/vault/verdict.rs", "fn rests_on_words", "rests_on(tier)", "(Tier::T1,", 1),
    ("ztp-licence/src/vault/verdict.rs", "fn rests_on_words", "rests_on(tier)", "(Tier::T2,", 1),
    ("ztp-licence/src/vault/verdict.rs", "fn rests_on_words", "rests_on(tier)", "(Tier::T3,", 1),
    ("ztp-licence/src/vault/request.rs", "let mut rests_on", "let mut unchecked", "Value::from(", 1),
    ("ztp-licence/src/vault/request.rs", "let mut rests_on", "let mut unchecked", "insert(0,", 1),
    ("ztp-licence/src/vault/request.rs", "let mut unchecked", "Value::object", "Value::from(", 1),
    ("ztp-licence/src/vault/request.rs", "let (status", "let mut unchecked", "=> (", 5),
    ("ztp-licence/src/vault/store/verify.rs", "fn list_unchecked", "\n    }\n", "(Tier::T1,", 1),
    ("ztp-licence/src/vault/store/verify.rs", "fn list_unchecked", "\n    }\n", "(Tier::T2,", 1),
    ("ztp-licence/src/vault/store/verify.rs", "fn list_unchecked", "\n    }\n", "(Tier::T3,", 1),
    ("ztp-licence/src/vault/store/verify.rs", "let (result, pending)", "};", "=> (", 6),
    ("ztp-anomaly/src/rule.rs", "\nrules! {", "\n}", "=", 23),
    ("ztp-anomaly/src/rule.rs", "impl Notice", "\n}", "=>", 10),
    ("ztp-anomaly/src/report.rs", "\"nothing\"", "Value::object", "{", 3),
    ("ztp-anomaly/src/replay.rs", "let status", "};", "{", 3),
    ("ztp-anomaly/src/detect/evaluation.rs", "(\"state\"", "\n", "else {", 1),
    ("ztp-dlp/src/finding.rs", "pub fn verdict", "\n    }\n", "{", 4),
    ("ztp-dlp/src/finding.rs", "impl Mode", "\n}", "=>", 2),
    ("ztp-dlp/src/rule.rs", "impl Severity", "\n}", "=>", 5),
    ("ztp-dlp/src/rule.rs", "impl Action", "\n}", "=>", 3),
    ("ztp-dlp/src/rule.rs", "impl RuleId", "\n}", "=>", 6),
    ("ztp-dlp/src/budget.rs", "impl Reason", "\n}", "=>", 14),
    ("ztp-core/src/event/anomaly.rs", "Severity, \"notice", "\n}", "=", 3),
];

#[test]
fn every_word_that_the_code_prints_is_explained() {
    for (path, from, to, before, least) in WHERE {
        let text = source(path);
        let words: BTreeSet<String> =
            after(between(&text, from, to), before).into_iter().filter(|text| is_word(text)).collect();
        assert!(words.len() >= *least, "{path}, {from}: {} words were found: {words:?}", words.len());
        for word in words {
            assert!(!explained(&word).is_empty(), "`ztp explain {word}` knows nothing of a word of {path}");
        }
    }
}

#[test]
fn every_word_for_what_was_not_checked_is_explained_as_that() {
    let mut files = Vec::new();
    for part in ["ztp-audit/src", "ztp-licence/src", "bindings/facade/src"] {
        below(&root().join(part), &mut files);
    }
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for before in ["uncheck(", "unchecked.push("] {
            found.extend(after(&text, before));
        }
    }
    assert!(found.len() >= 18, "{found:?}");
    for word in found {
        let rows = explained(&word);
        assert!(rows.iter().any(|row| row.kind.starts_with("not checked")), "{word}");
        assert_ne!(unchecked(&word), word.replace('_', " "), "{word} is printed as it is");
    }
}

#[test]
fn a_word_that_the_table_lacks_is_noticed() {
    let made_up = "impl Status { fn as_str() { match self { Self::New => \"brand_new\", } } }";
    let words = after(made_up, "=>");
    assert_eq!(words, ["brand_new"]);
    assert!(explained("brand_new").is_empty());
}

#[test]
fn no_word_stands_twice_in_one_kind() {
    let mut seen = BTreeSet::new();
    for row in all() {
        assert!(seen.insert((row.kind, row.word)), "{} twice as {}", row.word, row.kind);
        assert!(is_word(row.word) && !row.meaning.is_empty() && !row.action.is_empty(), "{}", row.word);
    }
}

#[test]
fn a_word_is_found_however_it_is_spelled() {
    for given in ["pinned_key", "pinned-key", "PINNED-KEY", "pinned key", " Pinned_Key: "] {
        assert!(explained(given).iter().any(|row| row.kind == "what a verdict rests on"), "{given}");
    }
    assert_eq!(explained("t2").len(), 1);
    assert_eq!(coded("SIGNATURE-MISMATCH").map(|entry| entry.number), Some(165));
    assert_eq!(coded("165").map(|entry| entry.name), Some("signature_mismatch"));
}

#[test]
fn the_nearest_word_is_named_and_none_where_none_is_near() {
    assert_eq!(nearest("unanchord"), Some("unanchored"));
    assert_eq!(nearest("hash_missmatch"), Some("hash_mismatch"));
    assert_eq!(nearest("denial flod"), Some("denial-flood"));
    assert_eq!(nearest("xyzzy plugh and more"), None);
    assert_eq!(changes("kitten", "sitting"), 3);
    assert_eq!(changes("", "abc"), 3);
}
