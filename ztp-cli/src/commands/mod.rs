//! One module for each family of commands: arguments to operation, outcome to report.

mod anchors;
mod anomaly;
mod anomaly_run;
mod anomaly_try;
mod anomaly_words;
mod append;
mod audit;
mod canonical;
mod copy;
mod correlate;
mod dlp;
mod ingest;
#[cfg(feature = "signer")]
mod issue;
mod keys;
mod licence;
mod proof;
mod shell;
mod vault;

use std::path::Path;

use ztp_core::vkey::VerifierKey;

use crate::cli::{AnomalyCommand, AuditCommand, CanonicalCommand, Command, LicenceCommand, SignatureCommand};
#[cfg(feature = "signer")]
use crate::demo;
use crate::document::{self, string};
use crate::failure::{Failure, succeeded};
use crate::files::{self, path_bytes};
use crate::ui::{Report, Ui, printable};

/// Runs a command to its result.
pub(crate) fn run(command: Command, ui: &Ui) -> Result<Report, Failure> {
    match command {
        Command::Audit(command) => audit_command(command, ui),
        Command::Correlate(args) => correlate::run(&args, ui).map(Report::fitted),
        Command::Anomaly(command) => match command {
            AnomalyCommand::Report(args) => anomaly::report(&args, ui),
            AnomalyCommand::Replay(args) => anomaly::replay(&args, ui),
            AnomalyCommand::Explain(args) => anomaly::explain(&args, ui),
            AnomalyCommand::Try(args) => anomaly_try::run(&args, ui),
            AnomalyCommand::Run(args) => anomaly_run::run(&args, ui),
        }
        .map(Report::fitted),
        Command::Licence(command) => match command {
            #[cfg(feature = "signer")]
            LicenceCommand::Sign(args) => issue::sign(&args),
            LicenceCommand::Verify(args) => licence::verify(&args, ui).map(Report::fitted),
            LicenceCommand::Inspect { file } => licence::inspect(&file).map(Report::fitted),
            LicenceCommand::Ingest(args) => ingest::ingest(&args, ui).map(Report::fitted),
            LicenceCommand::Decide(args) => ingest::decide(&args, ui).map(Report::fitted),
            LicenceCommand::Seen(args) => ingest::seen(&args, ui).map(Report::fitted),
        },
        Command::Keys(command) => keys::run(command, ui),
        Command::Vault(command) => vault::run(command, ui).map(Report::fitted),
        Command::Dlp(command) => dlp::run(&command, ui),
        Command::Canonical(CanonicalCommand::Encode) => canonical::encode(ui),
        Command::Canonical(CanonicalCommand::Check) => canonical::check(ui),
        Command::Signature(SignatureCommand::Verify(args)) => canonical::signature(&args, ui),
        #[cfg(feature = "signer")]
        Command::Demo(args) => demo::run(&args, ui),
        Command::Explain { code } => shell::explain(code.as_deref()),
        Command::Completions { shell } => Ok(shell::completions(shell)),
        Command::Man { dir } => shell::man(&dir),
    }
}

fn audit_command(command: AuditCommand, ui: &Ui) -> Result<Report, Failure> {
    match command {
        AuditCommand::Init(args) => audit::init(&args),
        AuditCommand::Append(args) => append::append(&args, ui),
        AuditCommand::Seal(args) => audit::seal(&args),
        AuditCommand::Copy(args) => copy::copy(&args, ui).map(Report::fitted),
        AuditCommand::Head(args) => audit::head(&args),
        AuditCommand::Verify(args) => audit::verify(&args, ui).map(Report::fitted),
        AuditCommand::Prove(args) => proof::prove(&args, ui),
        AuditCommand::CheckProof(args) => proof::check_proof(&args, ui),
        AuditCommand::CheckConsistency(args) => proof::check_consistency(&args, ui),
        AuditCommand::RecordHash => audit::record_hash(),
    }
}

/// The document of a check that holds and has nothing else to report.
fn ok_document() -> Vec<u8> {
    document::bytes(&document::object([
        ("code", Some(string("ok"))),
        ("schema", Some(string("ztp.result/1"))),
    ]))
}

/// A verifier key given on the command line, as itself or as a file that holds it. What is neither is left to the operation,
/// which says what a key looks like.
fn verifier_key(given: &str) -> Result<Vec<u8>, Failure> {
    let path = Path::new(given);
    if given.parse::<VerifierKey>().is_ok() {
        return Ok(given.as_bytes().to_vec());
    }
    if !path.exists() && !given.contains('+') && given.contains(['/', '.']) {
        return Err(Failure::usage(format!(
            "{} is no verifier key (a name, a key id and a key, joined by +), and there is no such file",
            printable(given)
        )));
    }
    if !path.exists() {
        return Ok(given.as_bytes().to_vec());
    }
    let bytes = files::read(path)?;
    // A carriage return stays: that the line ends were converted is for the operation to say, as of every other file.
    let key = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    if key.windows(2).any(|two| two == b"\n\n") {
        return Err(Failure::usage(format!(
            "{} is no verifier key: it is a signed checkpoint, which is given with --head",
            printable(given)
        )));
    }
    Ok(key.to_vec())
}

/// A key given on the command line: a `pkcs11:` URI as itself, or a file that holds it.
#[cfg(feature = "signer")]
fn key(given: &str) -> Result<Vec<u8>, Failure> {
    if given.starts_with("pkcs11:") { Ok(given.as_bytes().to_vec()) } else { files::read(Path::new(given)) }
}

/// A file whose content must be text.
fn text_file(path: &Path, flag: &str) -> Result<String, Failure> {
    let text = String::from_utf8(files::read(path)?).map_err(|e| {
        let offset = e.utf8_error().valid_up_to();
        Failure::usage(format!("{flag}: {} is not text at byte {offset}", path.display()))
    })?;
    if flag == "--head" && text.trim().parse::<VerifierKey>().is_ok() {
        let path = printable(&path.to_string_lossy());
        return Err(Failure::usage(format!("--head: {path} is a verifier key, which is given with --vkey")));
    }
    Ok(text)
}
