//! `ztp canonical` and `ztp signature`.

use std::io::{self, IsTerminal};

use ztp_core::encoding::hex_decode;
use ztp_facade::{Outcome, canonical_check, canonical_encode, signature_verify};

use super::ok_document;
use crate::cli::SignatureVerifyArgs;
use crate::failure::Failure;
use crate::files;
use crate::ui::{GOOD, Report, Ui, grouped};

/// Standard input in canonical form.
pub(crate) fn encode(ui: &Ui) -> Result<Report, Failure> {
    let outcome = canonical_encode(&files::read_stdin()?);
    if !outcome.is_ok() {
        return Ok(Report::finding(ui, "refused", &Failure::of(outcome)));
    }
    let mut text = outcome.document.clone();
    if io::stdout().is_terminal() {
        text.push(b'\n');
    }
    Ok(Report::holds(outcome.document, text))
}

/// Whether standard input is canonical.
pub(crate) fn check(ui: &Ui) -> Result<Report, Failure> {
    let input = files::read_stdin()?;
    let bytes = grouped(i64::try_from(input.len()).unwrap_or(i64::MAX));
    Ok(judge(ui, canonical_check(&input), "canonical", &format!("{bytes} bytes"), "not canonical"))
}

/// Whether one signature is by one key over some bytes.
pub(crate) fn signature(args: &SignatureVerifyArgs, ui: &Ui) -> Result<Report, Failure> {
    let public_key = hexadecimal("--public-key", &args.public_key)?;
    let message = hexadecimal("--message", &args.message)?;
    let signature = hexadecimal("--signature", &args.signature)?;
    let outcome = signature_verify(args.suite.as_bytes(), &public_key, &message, &signature);
    let about = format!("the {} signature is by this key over these bytes", args.suite);
    Ok(judge(ui, outcome, "valid", &about, "refused"))
}

/// A yes with a few words, or the finding that says why not.
pub(crate) fn judge(ui: &Ui, outcome: Outcome, yes: &str, about: &str, no: &str) -> Report {
    if !outcome.is_ok() {
        return Report::finding(ui, no, &Failure::of(outcome));
    }
    let document = if outcome.document.is_empty() { ok_document() } else { outcome.document };
    Report::holds(document, format!("{}: {about}\n", ui.paint(GOOD, yes)))
}

fn hexadecimal(flag: &str, text: &str) -> Result<Vec<u8>, Failure> {
    let pairs = text.as_bytes().chunks(2).map(hex_decode::<1>);
    let bytes: Result<Vec<[u8; 1]>, _> = pairs.collect();
    bytes.map(|pairs| pairs.concat()).map_err(|_| {
        let odd = text.bytes().position(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        Failure::usage(match odd {
            Some(at) => format!("{flag}: character {} is not one of 0-9 and a-f", at + 1),
            None => format!("{flag}: {} hexadecimal digits do not make whole bytes", text.len()),
        })
    })
}
