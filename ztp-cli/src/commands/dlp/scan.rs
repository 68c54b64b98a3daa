//! `ztp dlp scan`.

use std::path::Path;

use ztp_core::canonical::Value;
use ztp_facade::{DlpScanner, dlp_scan};

use super::super::text_file;
use super::{config, exit_of, files, is_grave, sarif, words};
use crate::cli::DlpScanArgs;
use crate::document::{self, Document, object, string};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self as inputs, now_ms};
use crate::progress;
use crate::since;
use crate::ui::{Report, Ui};

/// Scans.
pub(super) fn run(args: &DlpScanArgs, ui: &Ui) -> Result<Report, Failure> {
    let standard_input = args.paths.iter().any(|path| path == Path::new("-"));
    if args.request.is_some() && !standard_input {
        return Err(Failure::usage(
            "--request takes the request's body from standard input: give - as the path",
        ));
    }
    match (standard_input, args.paths.len()) {
        (true, 1) => input(args, ui),
        (true, _) => Err(Failure::usage("- is standard input, and stands alone")),
        (false, _) => paths(args, ui),
    }
}

/// Scans standard input, as bytes or as the body of a request.
fn input(args: &DlpScanArgs, ui: &Ui) -> Result<Report, Failure> {
    if args.sarif.is_some() {
        return Err(Failure::usage("--sarif names the files of findings: give paths, not standard input"));
    }
    let config = config(&args.config)?;
    let head = args.request.as_deref().map(inputs::read).transpose()?.unwrap_or_default();
    let now = match &args.now {
        Some(when) => since::instant(when, now_ms())?.as_millis(),
        None => now_ms(),
    };
    let outcome = dlp_scan(&config, &head, &inputs::read_stdin()?, now);
    let report = Document::parse(&outcome.document);
    if report.text(&["schema"]) != Some("ztp.dlp.report/1") {
        return Err(Failure::settings(outcome));
    }
    let text = words::report(ui, &report);
    // A request that is refused for what could not be looked at is refused, whatever the threshold.
    let whole = report.array(&["scan_incomplete"]).is_empty();
    let exit = if outcome.is_ok() {
        Exit::Holds
    } else if whole || is_grave(&report, &args.fail_on) {
        exit_of(&report, report.text(&["verdict"]), whole, &args.fail_on)
    } else {
        Exit::of_failure(outcome.status)
    };
    Ok(Report { exit, document: outcome.document, text: text.into_bytes() })
}

/// The configuration with a baseline as its allow-list.
fn with_baseline(config: &[u8], baseline: String, key: String) -> Result<Vec<u8>, Failure> {
    // What is no document at all is refused where it is read as a configuration.
    let Some(Value::Object(mut members)) = Document::parse(config).into_value() else {
        return Ok(config.to_vec());
    };
    if !members.contains_key("tag_key") {
        return Err(Failure::usage(
            "--baseline: the configuration has no tag_key: what is excepted is named by tags, and without the key they were made under no tag is the same",
        ));
    }
    let list = object([("document", Some(string(baseline.trim_end()))), ("public_key", Some(string(key)))]);
    if members.insert("allow_list".to_owned(), list).is_some() {
        return Err(Failure::usage(
            "--baseline: the configuration has an allow_list already: leave one of the two out",
        ));
    }
    Ok(document::bytes(&Value::Object(members)))
}

/// Scans files and directories.
fn paths(args: &DlpScanArgs, ui: &Ui) -> Result<Report, Failure> {
    let mut config = config(&args.config)?;
    if let (Some(baseline), Some(key)) = (&args.baseline, &args.baseline_key) {
        config =
            with_baseline(&config, text_file(baseline, "--baseline")?, text_file(key, "--baseline-key")?)?;
    }
    let scanner = DlpScanner::open(&config).map_err(Failure::settings)?;
    let tag_key = Document::parse(&config).text(&["tag_key"]).is_some();
    let now = now_ms();
    let outcome = progress::run_telling(ui, |job, tell| {
        files::scan(&scanner, &args.paths, now, tag_key, job, &mut |told| tell(words::told(ui, told)))
    })?;
    let found = Document::parse(&outcome.document);
    if found.text(&["schema"]) != Some("ztp.dlp.scan/1") {
        return Err(Failure::of(outcome));
    }
    if let Some(path) = &args.sarif {
        let rules = scanner.rules();
        inputs::replace(path, &sarif::document(&found, &Document::parse(&rules.document)))?;
    }
    let whole = found.array(&["unchecked"]).is_empty();
    let exit = exit_of(&found, found.text(&["verdict"]), whole, &args.fail_on);
    let text = words::scan(ui, &found);
    Ok(Report { exit, document: outcome.document, text: text.into_bytes() })
}
