//! `ztp dlp`.

#[cfg(feature = "signer")]
mod baseline;
mod files;
mod sarif;
mod scan;
mod walk;
mod words;

use std::path::Path;

use ztp_core::canonical::Value;
use ztp_facade::{dlp_rules, dlp_test};

use super::text_file;
use crate::cli::{DlpCommand, DlpConfigArgs};
use crate::document::{self, Document, object, string};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files as inputs;
use crate::ui::{BAD, GOOD, Report, Ui};

/// Runs a command.
pub(crate) fn run(command: &DlpCommand, ui: &Ui) -> Result<Report, Failure> {
    match command {
        DlpCommand::Scan(args) => scan::run(args, ui),
        #[cfg(feature = "signer")]
        DlpCommand::Baseline(args) => baseline::sign(args),
        DlpCommand::Rules(args) => rules(args),
        DlpCommand::Test { rules } => test(rules, ui),
    }
}

/// The configuration that the arguments name or make up.
fn config(args: &DlpConfigArgs) -> Result<Vec<u8>, Failure> {
    if let Some(path) = &args.config {
        return inputs::read(path);
    }
    let texts = |paths: &[std::path::PathBuf], flag| {
        paths.iter().map(|path| text_file(path, flag).map(string)).collect::<Result<Vec<Value>, _>>()
    };
    let registry = object([
        ("ca", Some(texts(&args.ca, "--ca")?.into())),
        ("isk_keys", Some(texts(&args.isk, "--isk")?.into())),
    ]);
    let rules = args.rules.as_deref().map(|path| text_file(path, "--rules")).transpose()?;
    Ok(document::bytes(&object([
        ("mode", Some(string("observe"))),
        ("registry", Some(registry)),
        ("rules", rules.map(string)),
        ("schema", Some(string("ztp.dlp.config/1"))),
    ])))
}

/// Lists the rules in force.
fn rules(args: &DlpConfigArgs) -> Result<Report, Failure> {
    let outcome = dlp_rules(&config(args)?);
    if !outcome.is_ok() {
        return Err(Failure::settings(outcome));
    }
    let listed = outcome.document;
    let document = Document::parse(&listed);
    let text = format!(
        "{}rule set: {}\n",
        words::rules(document.array(&["rules"])),
        document.text(&["rule_set"]).unwrap_or_default()
    );
    Ok(Report::holds(listed, text))
}

/// Checks a rule file.
fn test(path: &Path, ui: &Ui) -> Result<Report, Failure> {
    let outcome = dlp_test(&inputs::read(path)?);
    if !outcome.is_ok() {
        // What a rule file must not be is what this command exists to find.
        let document = outcome.document.clone();
        let text = format!("{}: {}\n", ui.paint(BAD, "refused"), Failure::of(outcome).words());
        return Ok(Report { exit: Exit::Finding, document, text: text.into_bytes() });
    }
    let document = Document::parse(&outcome.document);
    let rules = document.array(&["rules"]);
    let count = ui.paint(GOOD, &format!("{} rules hold, each against its examples", rules.len()));
    let text = format!("{}{count}\n", words::rules(rules));
    Ok(Report::holds(outcome.document, text))
}

/// Severities, the least grave first.
const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];

/// The place of a severity among them; a word that is none is above all.
fn rank(word: &str) -> usize {
    SEVERITIES.iter().position(|severity| *severity == word).unwrap_or(SEVERITIES.len())
}

/// Whether anything that was found is at least as grave: of files the gravest is named, since their lists end.
fn is_grave(found: &Document, least: &str) -> bool {
    let findings = found.array(&["findings"]).iter().chain(found.array(&["unlisted"]));
    let listed = findings.filter_map(|finding| document::text(finding, &["severity"]));
    listed.chain(found.text(&["gravest"])).any(|word| rank(word) >= rank(least))
}

/// The exit status of a scan with this verdict. What could not be looked at is no finding.
fn exit_of(found: &Document, verdict: Option<&str>, whole: bool, least: &str) -> Exit {
    match verdict {
        Some("clean") => Exit::Holds,
        Some("findings" | "blocked") if is_grave(found, least) => Exit::Finding,
        Some("findings" | "blocked") if whole => Exit::Holds,
        _ => Exit::Unchecked,
    }
}
