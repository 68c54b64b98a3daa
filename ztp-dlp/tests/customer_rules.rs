//! The customer's rules: what loads, what is refused and where, and that no pattern can cost more than its bound.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use ztp_core::Coded as _;
use ztp_core::canonical::{self, Limits, Value};
use ztp_dlp::customer::{CustomerRules, MATCHES_MAX, RULES_MAX, RuleError, Work};
use ztp_dlp::recognise::{Hits, Recognisers};
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::{Action, TagKey};
use ztp_dlp::surface::SurfaceKind;

fn document(json: &str) -> Value {
    canonical::read(json.as_bytes(), &Limits::default()).unwrap()
}

fn load(json: &str) -> Result<CustomerRules, RuleError> {
    CustomerRules::from_value(&document(json))
}

fn refusal(json: &str) -> (&'static str, String) {
    let error = load(json).unwrap_err();
    (error.code(), error.path)
}

fn rule(members: &str) -> String {
    format!(r#"[{{"name":"r","action":"record",{members}}}]"#)
}

fn pattern(pattern: &str) -> String {
    rule(&format!(
        r#""pattern":{}"#,
        String::from_utf8(canonical::write(&Value::from(pattern)).unwrap()).unwrap()
    ))
}

fn count(rules: &str, surface: SurfaceKind, view: &[u8]) -> usize {
    let all =
        Recognisers::new(Registry::default(), load(rules).unwrap(), BTreeMap::new(), TagKey::new([1; 32]));
    let mut out = Hits::new();
    all.customer(surface, view, &mut Work::new(u64::MAX), &mut out);
    out.len()
}

#[test]
fn example_of_the_guide_loads_with_a_warning() {
    let rules = load(r#"[{"name":"customer-internal-domain","pattern":"\\.customer-internal\\.com","action":"record-and-alert"}]"#).unwrap();
    assert_eq!(rules.len(), 1);
    let warning = &rules.warnings()[0];
    assert_eq!((warning.path.as_str(), warning.code), ("rules[0]", "dlp_rule_unproven"));
    let info = rules.infos().next().unwrap();
    assert_eq!(
        (info.id.as_str(), info.action, info.kind),
        ("customer-internal-domain", Action::RecordAndAlert, "pattern")
    );
    let proven = load(
        r#"[{"name":"customer-internal-domain","pattern":"\\.customer-internal\\.com","action":"block",
            "examples":["https://x.customer-internal.com/a"],"negative_examples":["https://customer-internal.example"]}]"#,
    );
    assert!(proven.unwrap().warnings().is_empty());
}

#[test]
fn refusals_name_the_member() {
    for (json, code, path) in [
        (r#"{"rules":[]}"#.to_owned(), "dlp_rules_not_list", "rules"),
        ("[1]".to_owned(), "schema_not_object", "rules[0]"),
        (r#"[{"action":"record","literal":"abc"}]"#.to_owned(), "schema_missing_member", "rules[0].name"),
        (r#"[{"name":"r","literal":"abc"}]"#.to_owned(), "schema_missing_member", "rules[0].action"),
        (rule(r#""literal":"abc","Actions":"x""#), "schema_unknown_member", "rules[0].Actions"),
        (rule(r#""literal":"abc","severity":"x""#), "schema_unknown_member", "rules[0].severity"),
        (rule(r#""literal":7"#), "schema_wrong_type", "rules[0].literal"),
        (r#"[{"name":"R 1","action":"record","literal":"abc"}]"#.to_owned(), "dlp_rule_name", "rules[0].name"),
        (r#"[{"name":"pem-material","action":"record","literal":"abc"}]"#.to_owned(), "dlp_rule_name", "rules[0].name"),
        (r#"[{"name":"r","action":"alert","literal":"abc"}]"#.to_owned(), "dlp_rule_action", "rules[0].action"),
        (r#"[{"name":"r","action":"record","literal":"abc"},{"name":"r","action":"record","literal":"abd"}]"#.to_owned(), "dlp_rule_name_twice", "rules[1].name"),
        (rule(r#""expensive":true"#), "dlp_rule_matcher", "rules[0]"),
        (rule(r#""literal":"abc","exact":"abc""#), "dlp_rule_matcher", "rules[0]"),
        (rule(r#""literal":"ab""#), "dlp_rule_length", "rules[0].literal"),
        (rule(r#""literal":"abc","surfaces":["body","everywhere"]"#), "dlp_rule_surface", "rules[0].surfaces[1]"),
        (rule(r#""literal":"abc","examples":["xabcx","ABCD","xyz"]"#), "dlp_rule_example_missed", "rules[0].examples[2]"),
        (rule(r#""exact":"abc","negative_examples":["abcd","an abc"]"#), "dlp_rule_negative_example_matched", "rules[0].negative_examples[1]"),
        (rule(r#""literal":"abc","examples":[7]"#), "schema_wrong_type", "rules[0].examples[0]"),
        (r#"[{"name":"r","action":"block","literal":"abc"}]"#.to_owned(), "dlp_rule_block_unproven", "rules[0].action"),
    ] {
        assert_eq!(refusal(&json), (code, path.to_owned()), "{json}");
    }
    let many: Vec<String> =
        (0..=RULES_MAX).map(|n| format!(r#"{{"name":"r{n}","action":"record","literal":"abc"}}"#)).collect();
    assert_eq!(refusal(&format!("[{}]", many.join(","))).0, "dlp_rules_too_many");
}

#[test]
fn abusive_patterns_are_refused_when_they_are_loaded() {
    let deep = format!("{}abc{}", "(".repeat(40), ")".repeat(40));
    let long = "a".repeat(513);
    for (text, code) in [
        // What the documentation of the regex crate warns of.
        ("(?:A+){1000}|", "dlp_rule_matches_empty"),
        ("a{5}{5}{5}{5}{5}{5}", "dlp_rule_no_literal"),
        (".*[^A-Z]|[A-Z]", "dlp_rule_no_literal"),
        // Classics of the kind.
        ("(a+)+$", "dlp_rule_no_literal"),
        ("(a|aa)+$", "dlp_rule_no_literal"),
        ("(.*a){25}", "dlp_rule_no_literal"),
        ("(?:\\pL{50}){50}abc", "dlp_rule_pattern_too_large"),
        ("[\\w\\s]{500}secret", "dlp_rule_pattern_too_large"),
        ("x*", "dlp_rule_matches_empty"),
        ("\\b", "dlp_rule_matches_empty"),
        ("^", "dlp_rule_matches_empty"),
        ("(abc)?", "dlp_rule_matches_empty"),
        ("ab", "dlp_rule_no_literal"),
        ("abc|d", "dlp_rule_no_literal"),
        ("(?=abc)abc", "dlp_rule_pattern"),
        ("(abc)\\1", "dlp_rule_pattern"),
        ("abc(", "dlp_rule_pattern"),
        (deep.as_str(), "dlp_rule_pattern_too_large"),
        (long.as_str(), "dlp_rule_length"),
        ("", "dlp_rule_length"),
    ] {
        assert_eq!(refusal(&pattern(text)), (code, "rules[0].pattern".to_owned()), "{text}");
    }
    for text in
        ["abc", "(?i)Abc", "x[0-9]+abc", "(?:abc|def)+", "(?:abc)d{1,3}\\b", "^\\s*token: [0-9a-f]{20}$"]
    {
        load(&pattern(text)).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    load(&rule(r#""pattern":"[0-9]{16}","expensive":true"#)).unwrap();
    // Willingness to pay raises no other bound.
    for (text, code) in [
        ("a{5}{5}{5}{5}{5}{5}", "dlp_rule_pattern_too_large"),
        ("(?:A+){1000}|", "dlp_rule_matches_empty"),
        ("(?:(?:x{50}){50}){50}", "dlp_rule_pattern_too_large"),
    ] {
        assert_eq!(refusal(&rule(&format!(r#""pattern":"{text}","expensive":true"#))).0, code, "{text}");
    }
}

#[test]
fn literal_in_any_case_and_exact_by_itself() {
    let literal = rule(r#""literal":"Project Falcon""#);
    assert_eq!(count(&literal, SurfaceKind::Body, b"see PROJECT FALCON, project falcons"), 2);
    let exact = rule(r#""exact":"falcon-7""#);
    assert_eq!(
        count(&exact, SurfaceKind::Body, b"falcon-7 (falcon-7) falcon-70 xfalcon-7 a-falcon-7 Falcon-7"),
        2
    );
    let nocase = pattern("(?i)falcon");
    assert_eq!(count(&nocase, SurfaceKind::Body, b"FALCON falcon FaLcOn"), 3);
}

#[test]
fn rule_looks_only_at_its_surfaces() {
    let rules = rule(r#""literal":"falcon","surfaces":["host","query"]"#);
    assert_eq!(count(&rules, SurfaceKind::Query, b"falcon"), 1);
    assert_eq!(count(&rules, SurfaceKind::Body, b"falcon"), 0);
}

#[test]
fn matches_of_one_rule_are_counted_up_to_the_bound() {
    let view = b"falcon ".repeat(MATCHES_MAX * 3);
    assert_eq!(count(&rule(r#""literal":"falcon""#), SurfaceKind::Body, &view), MATCHES_MAX);
}

#[test]
fn work_is_counted_and_running_out_is_told() {
    let rules = load(&pattern("a[^b]*abc")).unwrap();
    let all = Recognisers::new(Registry::default(), rules, BTreeMap::new(), TagKey::new([1; 32]));
    let view = b"a abc".repeat(2000);
    let spend = |budget| {
        let (mut work, mut out) = (Work::new(budget), Hits::new());
        all.customer(SurfaceKind::Body, &view, &mut work, &mut out);
        (work.exhausted(), out.len(), budget - work.left())
    };
    let (exhausted, found, spent) = spend(1 << 40);
    assert!(!exhausted && found > 0);
    // The same input costs the same, and the cost is bounded by the matches that are looked for.
    assert_eq!(spend(1 << 40).2, spent);
    assert!(spent <= u64::try_from(view.len() * (MATCHES_MAX + 1)).unwrap());
    assert!(spend(spent - 1).0, "one less is not enough, and it is told");
    assert!(!spend(spent).0);
}

#[test]
fn hit_of_a_customer_rule_holds_no_byte_of_what_matched() {
    let all = Recognisers::new(
        Registry::default(),
        load(&pattern("secret-[0-9]{12}")).unwrap(),
        BTreeMap::new(),
        TagKey::new([1; 32]),
    );
    let mut out = Hits::new();
    all.customer(SurfaceKind::Body, b"x secret-123456789012 y", &mut Work::new(1 << 20), &mut out);
    let shown = format!("{:?}", out.iter().collect::<Vec<_>>());
    assert_eq!(out.len(), 1);
    assert!(!shown.contains("12345678") && !shown.contains("secret-1"), "{shown}");
}

#[test]
fn hash_follows_the_document() {
    let one = load(&rule(r#""literal":"abc""#)).unwrap();
    let same = load(r#"[ {"literal":"abc", "action":"record", "name":"r"} ]"#).unwrap();
    assert_eq!(one.hash(), same.hash());
    assert_ne!(one.hash(), load(&rule(r#""literal":"abd""#)).unwrap().hash());
    assert_ne!(one.hash(), CustomerRules::none().hash());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_pattern_makes_the_loader_fail_otherwise_than_by_its_codes(text in "[a-c(){}|*+?.\\[\\]^$0-9\\\\]{0,40}") {
        if let Err(error) = load(&pattern(&text)) {
            prop_assert!(ztp_core::code::by_name(error.code()).is_some(), "{}", error.code());
            prop_assert!(error.to_string().starts_with("rules[0]"));
        }
    }

    #[test]
    fn rule_that_loads_finds_its_literal_text(word in "[a-zA-Z0-9 ]{3,20}", before in "[a-z ]{0,20}", after in "[a-z ]{0,20}") {
        let rules = rule(&format!(r#""literal":"{word}","examples":["{word}"]"#));
        let view = [before, word, after].concat();
        prop_assert!(count(&rules, SurfaceKind::Body, view.as_bytes()) >= 1);
    }

    /// The literals that wake a rule are part of every match: a rule with them finds what it finds without them.
    #[test]
    fn waking_by_literals_loses_no_match(text in "(abc|abd|xyz|[0-9]){1,6}", view in "[abcdxyz0-9 ]{0,60}") {
        let quoted = text.replace('0', "[0-9]").replace('x', "(?i:x)");
        if let Ok(loaded) = load(&pattern(&quoted)) {
            let direct = regex_automata::meta::Regex::new(&quoted).unwrap().is_match(view.as_bytes());
            let all = Recognisers::new(Registry::default(), loaded, BTreeMap::new(), TagKey::new([1; 32]));
            let mut out = Hits::new();
            all.customer(SurfaceKind::Body, view.as_bytes(), &mut Work::new(1 << 30), &mut out);
            prop_assert_eq!(direct, !out.is_empty());
        }
    }
}
