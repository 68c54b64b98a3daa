//! Files of people: what they mean, and where they are wrong.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

use proptest::prelude::*;
use ztp_core::Coded as _;
use ztp_core::canonical;
use ztp_yaml::{Limits, Position, YamlError, read};

fn canonical_of(file: &str) -> String {
    let document = read(file.as_bytes(), "doc", &Limits::default()).unwrap();
    String::from_utf8(canonical::write(document.value()).unwrap()).unwrap()
}

fn refused(file: &[u8]) -> (&'static str, usize, usize) {
    let YamlError { position, .. } = read(file, "doc", &Limits::default()).unwrap_err();
    let code = read(file, "doc", &Limits::default()).unwrap_err().code();
    (code, position.line, position.column)
}

#[test]
fn the_rules_of_the_operator_guide_are_read_as_written() {
    let file = "- name: customer-internal-domain\n  pattern: '\\.customer-internal\\.com'\n  action: record-and-alert # observe only\n";
    assert_eq!(
        canonical_of(file),
        r#"[{"action":"record-and-alert","name":"customer-internal-domain","pattern":"\\.customer-internal\\.com"}]"#
    );
}

#[test]
fn hours_dates_and_words_are_text_and_numbers_are_integers() {
    let file = "---\nzone: America/Sao_Paulo\nopens: 08:00\ncloses: 19:00\nholidays: [2026-12-25, \"2027-01-01\"]\n\
                weekdays:\n- mon\n- tue\nthreshold: 50\nlive: true\nnote: ~\nword: no\n";
    assert_eq!(
        canonical_of(file),
        r#"{"closes":"19:00","holidays":["2026-12-25","2027-01-01"],"live":true,"note":null,"opens":"08:00","threshold":50,"weekdays":["mon","tue"],"word":"no","zone":"America/Sao_Paulo"}"#
    );
}

#[test]
fn each_refusal_has_its_code_and_its_place() {
    for (file, expected) in [
        ("", ("config_empty", 1, 1)),
        ("# nothing\n", ("config_empty", 1, 1)),
        ("a: 1\nb: 1.5\n", ("config_number", 2, 4)),
        ("a: 1\na: 2\n", ("config_duplicate_key", 2, 1)),
        ("a: &x 1\n", ("config_anchor", 1, 4)),
        ("a: &x\n  b: 1\n", ("config_anchor", 1, 4)),
        ("a: !!str 1\n", ("config_tag", 1, 4)),
        ("1: a\n", ("config_key", 1, 1)),
        ("? [a]\n: b\n", ("config_key", 1, 3)),
        ("a: 1\n---\nb: 2\n", ("config_several_documents", 2, 1)),
        ("a: 1\nb: \u{202e}x\n", ("config_character", 2, 4)),
        ("\u{feff}a: 1\n", ("config_character", 1, 1)),
        ("a: \0\n", ("config_character", 1, 4)),
    ] {
        assert_eq!(refused(file.as_bytes()), expected, "{file:?}");
    }
    assert_eq!(refused(b"a: 1\nb: \xff\n"), ("config_not_utf8", 2, 4));
    assert_eq!(refused(b"- name: x\n  literal: abcdef\n\taction: record\n"), ("config_syntax", 3, 1));
    assert_eq!(refused(b"a: [1,\n").0, "config_syntax");
    assert_eq!(refused(b"a: 'x\n").0, "config_syntax");
    assert_eq!(refused(b"\n["), ("config_syntax", 2, 2));
    assert_eq!(refused(b"?  "), ("config_key", 1, 4));
    assert_eq!(refused(b"a: 1\r\nb: 2\rc: \x07"), ("config_character", 3, 4));
    assert_eq!(refused(b"a: b: c\n").0, "config_syntax");
}

#[test]
fn an_alias_is_refused_whether_or_not_its_anchor_is_there() {
    assert_eq!(refused(b"a: *x\n").0, "config_syntax");
    // The anchor is met first.
    assert_eq!(refused(b"a: &x 1\nb: *x\n").0, "config_anchor");
}

#[test]
fn a_file_at_a_limit_is_read_and_one_above_it_refused() {
    let limits = Limits { bytes_max: 8, depth_max: 2 };
    assert!(read(b"[[1, 2]]", "doc", &limits).is_ok());
    assert_eq!(read(b"[[1, 22]]", "doc", &limits).unwrap_err().code(), "config_too_large");
    let deep = read(b"[[[1]]]", "doc", &limits).unwrap_err();
    assert_eq!((deep.code(), deep.position), ("config_too_deep", Position { line: 1, column: 3 }));
}

#[test]
fn a_path_leads_to_its_line_and_a_missing_one_to_what_is_around_it() {
    let file = b"limits:\n  - name: a\n    max: 3\n  - name: b\nzone:\n";
    let document = read(file, "settings", &Limits::default()).unwrap();
    for (path, line, column) in [
        ("settings", 1, 1),
        ("settings.limits", 2, 3),
        ("settings.limits[0].max", 3, 10),
        ("settings.limits[1].name", 4, 11),
        ("settings.limits[1].max", 4, 5),
        ("settings.limits[7].max", 2, 3),
        ("settings.zone", 5, 1),
        ("settings.absent.x", 1, 1),
        ("other.zone", 1, 1),
        ("settings[x", 1, 1),
    ] {
        assert_eq!(document.locate(path), Position { line, column }, "{path}");
    }
}

#[test]
fn a_refusal_gives_advice_that_works() {
    let words = |file: &[u8]| read(file, "doc", &Limits::default()).unwrap_err().to_string();
    for (file, advice, mended) in [
        (&b"per_minute_max: 50.0\n"[..], "write 50", &b"per_minute_max: 50\n"[..]),
        (b"\xef\xbb\xbfa: 1\n", "without one", b"a: 1\n"),
        (b"a:\n\tb: 1\n", "use spaces", b"a:\n  b: 1\n"),
        (b"v: 1.5\n", "in quotes", b"v: \"1.5\"\n"),
    ] {
        assert!(words(file).ends_with(advice), "{}", words(file));
        assert!(read(mended, "doc", &Limits::default()).is_ok());
    }
}

/// Long keys in nested mappings around many items: memory in proportion to the file, not to depth times items.
#[test]
fn nesting_does_not_multiply_what_a_file_costs() {
    let mut file = String::new();
    for _ in 0..15 {
        file.push_str(&format!("{{\"{}\": ", "k".repeat(8000)));
    }
    file.push_str(&format!("[{}1]", "1,".repeat(60_000)));
    file.push_str(&"}".repeat(15));
    let document = read(file.as_bytes(), "doc", &Limits::default()).unwrap();
    let path = format!("doc{}[59999]", format!(".{}", "k".repeat(8000)).repeat(15));
    assert!(document.locate(&path).column > 120_000);
}

proptest! {
    #[test]
    fn any_bytes_give_a_document_or_a_refusal_with_a_place(file in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&file, "doc", &Limits::default());
    }

    #[test]
    fn any_text_of_yaml_gives_a_document_or_a_refusal(file in "[-a-c0-9:&*!\\[\\]{}'\"#,?|> \\n]{0,120}") {
        if let Err(error) = read(file.as_bytes(), "doc", &Limits::default()) {
            prop_assert!(error.position.line >= 1 && error.position.column >= 1);
        }
    }

    /// JSON is YAML: a canonical document without fractions is read as what it is.
    #[test]
    fn canonical_documents_are_read_as_themselves(members in prop::collection::btree_map("[a-z]{1,6}", "[ -~]{0,12}", 0..6), list in prop::collection::vec(-1000_i64..1000, 0..5)) {
        let mut value: std::collections::BTreeMap<String, canonical::Value> =
            members.into_iter().map(|(k, v)| (k, v.into())).collect();
        value.insert("list".to_owned(), list.into_iter().map(Into::into).collect::<Vec<_>>().into());
        let bytes = canonical::write(&value.into()).unwrap();
        let document = read(&bytes, "doc", &Limits::default()).unwrap();
        prop_assert_eq!(canonical::write(document.value()).unwrap(), bytes);
    }
}
