//! `ztp audit prove`, `check-proof`, `check-consistency`: evidence that travels without the log.

use std::path::Path;

use ztp_core::canonical::Value;
use ztp_facade::{audit_check_consistency, audit_check_proof, audit_prove, audit_prove_consistency};

use super::canonical::judge;
use super::{path_bytes, succeeded, text_file, verifier_key};
use crate::cli::{CheckConsistencyArgs, CheckProofArgs, ProveArgs};
use crate::document::{self, Document, object, string};
use crate::failure::Failure;
use crate::files;
use crate::ui::{Report, Ui, counted, grouped, printable};

/// Makes an inclusion or a consistency proof.
pub(crate) fn prove(args: &ProveArgs, ui: &Ui) -> Result<Report, Failure> {
    let dir = path_bytes(&args.dir);
    let outcome = match (&args.from, args.seq) {
        (Some(from), _) => {
            let options = object([("old_size", Some(number(size_of(from, "--from")?)?))]);
            audit_prove_consistency(dir, &document::bytes(&options))
        }
        (None, Some(seq)) => {
            let under = args.size.as_deref().map(|given| size_of(given, "--size")).transpose()?;
            let under = under.map(number).transpose()?;
            let options = object([("seq", Some(number(seq)?)), ("size", under)]);
            audit_prove(dir, &document::bytes(&options))
        }
        (None, None) => return Err(Failure::usage("give --seq N, or --consistency with --from FILE|SIZE")),
    };
    let proof = succeeded(outcome)?;
    let made = Document::parse(&proof);
    let text = made.text(&["proof"]).unwrap_or_default().to_owned();
    let flag = if args.from.is_some() { "--vkey-new" } else { "--vkey" };
    let vkey = printable(made.text(&["vkey"]).unwrap_or_default());
    ui.say(&format!("ztp: the key of the epoch that signed it, for {flag}: {vkey}"));
    Ok(Report::holds(proof, text))
}

/// The size of a checkpoint, given as a number or as the file that holds the checkpoint.
fn size_of(given: &str, flag: &str) -> Result<u64, Failure> {
    if let Ok(size) = given.parse() {
        return Ok(size);
    }
    let note = text_file(Path::new(given), flag)?;
    let size = note.lines().nth(1).and_then(|line| line.parse().ok());
    size.ok_or_else(|| {
        Failure::usage(format!("{flag}: {given} is no checkpoint: its second line is not a size"))
    })
}

fn number(value: u64) -> Result<Value, Failure> {
    let number =
        i64::try_from(value).map_err(|_| Failure::usage(format!("{value} is larger than any log")))?;
    Ok(Value::Int(number))
}

/// Checks an inclusion proof, from the key that signed its checkpoint or from a checkpoint that the auditor kept.
pub(crate) fn check_proof(args: &CheckProofArgs, ui: &Ui) -> Result<Report, Failure> {
    let (proof, record) = (files::read(&args.proof)?, files::read(&args.record)?);
    let (vouches, under) = match (&args.head, &args.vkey) {
        (Some(head), _) => {
            let joined =
                args.consistency.as_deref().map(|path| text_file(path, "--consistency")).transpose()?;
            let head = text_file(head, "--head")?;
            let options = object([("consistency", joined.map(string)), ("head", Some(string(head)))]);
            (document::bytes(&options), "of the checkpoint you kept")
        }
        (None, Some(vkey)) => (verifier_key(vkey)?, "under that key"),
        (None, None) => return Err(Failure::usage("give --vkey, or --head with a checkpoint that you kept")),
    };
    let outcome = audit_check_proof(&proof, &record, &vouches);
    let shown = Document::parse(&outcome.document);
    let count = |name| shown.integer(&[name]).map_or_else(|| "?".to_owned(), grouped);
    let size = shown.integer(&["size"]).map_or_else(|| "?".to_owned(), |size| counted(size, "record"));
    let mut about = format!("this is record {} of a log of {size} {under}", count("seq"));
    if shown.array(&["unchecked"]).iter().any(|word| word.as_str() == Some("epoch_of_key")) {
        about.push_str(
            "\n  not checked: whether the record lies in the epoch of that key. A key vouches only for the records of its own epoch: whoever held \
             it could sign a tree with other records before. `ztp audit head LOG --seq N` prints the key of the epoch that covers a record",
        );
    }
    Ok(judge(ui, outcome, "proven", &about, "refused"))
}

/// Checks a consistency proof.
pub(crate) fn check_consistency(args: &CheckConsistencyArgs, ui: &Ui) -> Result<Report, Failure> {
    let (proof, old) = (files::read(&args.proof)?, files::read(&args.old)?);
    let (vkey_old, vkey_new) = (verifier_key(&args.vkey_old)?, verifier_key(&args.vkey_new)?);
    let outcome = audit_check_consistency(&proof, &old, &vkey_old, &vkey_new);
    let shown = Document::parse(&outcome.document);
    let count = |name| shown.integer(&[name]).map_or_else(|| "?".to_owned(), grouped);
    let new = shown.integer(&["new_size"]).map_or_else(|| "?".to_owned(), |size| counted(size, "record"));
    let about = format!("the log of {new} continues the one of {}", count("old_size"));
    Ok(judge(ui, outcome, "proven", &about, "refused"))
}
