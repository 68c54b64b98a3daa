//! From a value to rules, each judged alone and then by its examples.

use std::collections::BTreeSet;

use ztp_core::canonical::{self, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::schema::{Fields, SchemaError, SchemaErrorKind};

use super::scan::Index;
use super::{
    CustomerRule, CustomerRules, EXAMPLE_BYTES_MAX, EXAMPLES_MAX, LITERAL_BYTES_MIN, Matcher,
    PATTERN_BYTES_MAX, RULES_MAX, RuleError, RuleErrorKind, RuleWarning, bounds,
};
use crate::rule::{Action, RuleId};
use crate::surface::SurfaceKind;

/// Name of the document in paths.
const DOCUMENT: &str = "rules";
/// Longest name of a rule.
const NAME_BYTES_MAX: usize = 64;

fn refuse<T>(path: impl Into<String>, kind: RuleErrorKind) -> Result<T, RuleError> {
    Err(RuleError { path: path.into(), kind })
}

impl CustomerRules {
    /// No rules.
    #[must_use]
    pub fn none() -> Self {
        Self { rules: Vec::new(), index: Index::empty(), warnings: Vec::new(), hash: sha256(b"[]") }
    }

    /// Loads a list of rules. All of it is good, or none of it takes effect.
    ///
    /// A rule without examples is loaded, as the operator's guide shows one, with a [warning](Self::warnings) of code
    /// `dlp_rule_unproven`; it cannot ask to block.
    ///
    /// # Errors
    /// [`RuleError`] with the path of the first member that is wrong.
    pub fn from_value(document: &Value) -> Result<Self, RuleError> {
        let Some(items) = document.as_array() else {
            return refuse(DOCUMENT, RuleErrorKind::NotList { found: document.type_name() });
        };
        if items.len() > RULES_MAX {
            return refuse(DOCUMENT, RuleErrorKind::TooMany { found: items.len() });
        }
        let mut loaded = Self::none();
        let mut names = BTreeSet::new();
        let mut literals = Vec::new();
        for (number, item) in items.iter().enumerate() {
            let path = format!("{DOCUMENT}[{number}]");
            let (rule, required) = read_rule(item, &path)?;
            if !names.insert(rule.name.clone()) {
                return refuse(format!("{path}.name"), RuleErrorKind::NameTwice);
            }
            if !rule.proven {
                let rule = rule.name.clone();
                loaded.warnings.push(RuleWarning { path, code: "dlp_rule_unproven", rule });
            }
            literals.push(required);
            loaded.rules.push(rule);
        }
        loaded.index = Index::build(&literals);
        loaded.hash = hash(document);
        Ok(loaded)
    }
}

/// A list that was read can be written, unless a program made it with numbers outside the profile; such a list has no rule that
/// loads.
fn hash(document: &Value) -> Digest {
    sha256(&canonical::write(document).unwrap_or_default())
}

/// What a rule may hold.
const RULE_MEMBERS: &[&str] = &[
    "action",
    "exact",
    "examples",
    "expensive",
    "literal",
    "name",
    "negative_examples",
    "pattern",
    "surfaces",
];

fn read_rule(item: &Value, path: &str) -> Result<(CustomerRule, Vec<Vec<u8>>), RuleError> {
    let mut fields = Fields::open_listed(item, path, RULE_MEMBERS)?;
    let name = fields.string("name")?;
    let taken = RuleId::BUILT_IN.iter().any(|id| id.as_str() == name);
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if taken || !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(letters) {
        return refuse(fields.path_of("name"), RuleErrorKind::Name);
    }
    let texts = ["pattern", "literal", "exact"].map(|kind| (kind, optional_text(&mut fields, kind)));
    let expensive = optional_boolean(&mut fields, "expensive")?;
    let action = fields.string("action")?;
    let Some(action) = Action::from_word(action) else {
        return refuse(fields.path_of("action"), RuleErrorKind::Action);
    };
    let surfaces = surfaces(&mut fields)?;
    let examples = examples_of(&mut fields, "examples")?;
    let negative = examples_of(&mut fields, "negative_examples")?;
    let given = texts.len() - texts.iter().filter(|(_, text)| matches!(text, Ok(None))).count();
    if given != 1 {
        return refuse(path, RuleErrorKind::Matcher { found: given });
    }
    let mut matcher = None;
    let mut spaced = false;
    for (kind, text) in texts {
        if let Some(text) = text? {
            spaced = text.contains(' ') || (kind == "pattern" && text.contains("\\s"));
            matcher = Some(read_matcher(kind, text, expensive, &fields.path_of(kind))?);
        }
    }
    let Some((matcher, literals)) = matcher else { return refuse(path, RuleErrorKind::Matcher { found: 0 }) };
    let summary = match &matcher {
        Matcher::Pattern(_) => "text that matches the customer's pattern",
        Matcher::Literal(_) => "the customer's text, anywhere",
        Matcher::Exact(_) => "the customer's value, standing by itself",
    };
    let rule = CustomerRule {
        name: name.to_owned(),
        matcher,
        action,
        surfaces,
        proven: !examples.is_empty(),
        spaced,
        summary: summary.to_owned(),
    };
    prove(&rule, &examples, &negative, &fields)?;
    fields.finish()?;
    Ok((rule, literals))
}

fn optional_text<'v>(fields: &mut Fields<'v>, name: &'static str) -> Result<Option<&'v str>, SchemaError> {
    match fields.optional(name)? {
        None => Ok(None),
        Some(_) => fields.string(name).map(Some),
    }
}

fn optional_boolean(fields: &mut Fields<'_>, name: &'static str) -> Result<bool, SchemaError> {
    match fields.optional(name)? {
        None => Ok(false),
        Some(_) => fields.boolean(name),
    }
}

fn read_matcher(
    kind: &str,
    text: &str,
    expensive: bool,
    path: &str,
) -> Result<(Matcher, Vec<Vec<u8>>), RuleError> {
    let least = if kind == "pattern" { 1 } else { LITERAL_BYTES_MIN };
    if !(least..=PATTERN_BYTES_MAX).contains(&text.len()) {
        return refuse(path, RuleErrorKind::Length { bytes: text.len() });
    }
    let lower = text.as_bytes().to_ascii_lowercase();
    match kind {
        "pattern" => {
            let compiled = bounds::compile(text, expensive).or_else(|kind| refuse(path, kind))?;
            Ok((Matcher::Pattern(Box::new(compiled.regex)), compiled.literals))
        }
        "literal" => Ok((Matcher::Literal(lower.clone()), vec![lower])),
        _ => Ok((Matcher::Exact(text.as_bytes().to_vec()), vec![lower])),
    }
}

fn surfaces(fields: &mut Fields<'_>) -> Result<Vec<SurfaceKind>, RuleError> {
    let mut kinds = Vec::new();
    if fields.optional("surfaces")?.is_none() {
        return Ok(kinds);
    }
    let path = fields.path_of("surfaces");
    for (number, item) in fields.array("surfaces")?.iter().enumerate() {
        let Some(kind) = item.as_str().and_then(SurfaceKind::from_word) else {
            return refuse(format!("{path}[{number}]"), RuleErrorKind::Surface);
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}

fn examples_of<'v>(fields: &mut Fields<'v>, name: &'static str) -> Result<Vec<&'v str>, RuleError> {
    if fields.optional(name)?.is_none() {
        return Ok(Vec::new());
    }
    let path = fields.path_of(name);
    let items = fields.array(name)?;
    if items.len() > EXAMPLES_MAX {
        return refuse(path, RuleErrorKind::Examples { found: items.len() });
    }
    let mut texts = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let path = format!("{path}[{number}]");
        let Some(text) = item.as_str() else {
            let kind = SchemaErrorKind::WrongType { expected: "string", found: item.type_name() };
            return Err(SchemaError { path, kind }.into());
        };
        if !(1..=EXAMPLE_BYTES_MAX).contains(&text.len()) {
            return refuse(path, RuleErrorKind::Length { bytes: text.len() });
        }
        texts.push(text);
    }
    Ok(texts)
}

/// Holds a rule to what it was said to match and not to match.
fn prove(
    rule: &CustomerRule,
    examples: &[&str],
    negative: &[&str],
    fields: &Fields<'_>,
) -> Result<(), RuleError> {
    if rule.action == Action::Block && !rule.proven {
        return refuse(fields.path_of("action"), RuleErrorKind::BlockUnproven);
    }
    for (name, texts, wanted) in [("examples", examples, true), ("negative_examples", negative, false)] {
        for (number, text) in texts.iter().enumerate() {
            if rule.matcher.first(text.as_bytes(), 0).is_some() != wanted {
                let kind =
                    if wanted { RuleErrorKind::ExampleMissed } else { RuleErrorKind::NegativeExampleMatched };
                return refuse(format!("{}[{number}]", fields.path_of(name)), kind);
            }
        }
    }
    Ok(())
}
