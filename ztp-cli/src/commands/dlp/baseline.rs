//! `ztp dlp baseline`.

use std::path::Path;

use ztp_core::canonical::Value;
use ztp_facade::dlp_baseline;

use crate::cli::DlpBaselineArgs;
use crate::commands::key;
use crate::document::{self, Document, object, string};
use crate::failure::Failure;
use crate::files::{self, now_ms};
use crate::since;
use crate::ui::Report;
use crate::words::counted;

/// Signs what a scan found.
pub(super) fn sign(args: &DlpBaselineArgs) -> Result<Report, Failure> {
    let found = if args.found == Path::new("-") { files::read_stdin()? } else { files::read(&args.found)? };
    let now = now_ms();
    let terms = document::bytes(&object([
        ("expires", Some(string(since::instant(&args.expires, now)?.to_string()))),
        ("issued_at", Some(string(since::instant("0s", now)?.to_string()))),
        ("ticket", Some(string(args.ticket.as_str()))),
        ("version", Some(Value::Int(args.list_version))),
    ]));
    let outcome = dlp_baseline(&found, &terms, &key(&args.key)?);
    if !outcome.is_ok() {
        return Err(Failure::of(outcome));
    }
    files::replace(&args.out, &outcome.document)?;
    let signed = Document::parse(&outcome.document);
    let entries = signed.array(&["payload", "entries"]).len();
    let text = format!(
        "{} signed, until {}: use it with --baseline and --baseline-key, under the same tag_key\n",
        counted(i64::try_from(entries).unwrap_or(i64::MAX), "exception"),
        args.expires
    );
    Ok(Report::holds(outcome.document, text))
}
