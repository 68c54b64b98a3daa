//! `ztp audit copy`.

use ztp_facade::audit_copy;

use super::audit::required;
use super::{path_bytes, text_file, verifier_key};
use crate::cli::CopyArgs;
use crate::document::{self, Document, object, string};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::now_ms;
use crate::progress;
use crate::since;
use crate::ui::{Report, Ui, counted, grouped};
use crate::verdict;

/// Copies a log and verifies the copy.
pub(crate) fn copy(args: &CopyArgs, ui: &Ui) -> Result<Report, Failure> {
    let note = |path: Option<&std::path::PathBuf>, flag| path.map(|path| text_file(path, flag)).transpose();
    let (from_head, head) =
        (note(args.from_head.as_ref(), "--from-head")?, note(args.head.as_ref(), "--head")?);
    let vkey = args.vkey.as_deref().map(verifier_key).transpose()?;
    let (require, sealed_within_ms) = required(&args.require)?;
    let now = since::instant("0s", now_ms())?;
    let options = document::bytes(&object([
        ("from_head", from_head.map(string)),
        ("head", head.map(string)),
        ("now", Some(string(now.to_string()))),
        ("require", require),
        ("sealed_within_ms", sealed_within_ms),
        ("vkey", vkey.map(|key| string(String::from_utf8_lossy(&key)))),
    ]));
    let outcome =
        progress::run(ui, |job| audit_copy(path_bytes(&args.dir), path_bytes(&args.dest), &options, job))?;
    let copied = Document::parse(&outcome.document);
    let Some(found) = copied.value(&["verdict"]) else { return Err(Failure::of(outcome)) };
    let number = |name| copied.integer(&[name]).unwrap_or_default();
    let mut text =
        verdict::words(ui, &Document::parse(&document::bytes(found)), &args.dest.to_string_lossy());
    text.push_str(&format!(
        "copied {}; already there, and the same: {}; {}, of which the last checkpoint covers {}\n",
        counted(number("bytes"), "byte"),
        counted(number("compared"), "byte"),
        counted(number("records"), "record"),
        grouped(number("size")),
    ));
    let (behind, beside) = (number("behind"), number("beside"));
    if behind > 0 {
        text.push_str(&format!(
            "left behind: {} after the last record that belongs to the copy\n",
            counted(behind, "byte")
        ));
    }
    if beside > 0 {
        text.push_str(&format!(
            "left behind: {} that no part of a log has; `ztp audit verify` of the log names them\n",
            counted(beside, "name")
        ));
    }
    let exit = if outcome.is_ok() { Exit::Holds } else { Exit::of_failure(outcome.status) };
    Ok(Report { exit, document: outcome.document, text: text.into_bytes() })
}
