//! Verifies a sealed audit log with the Rust library alone and prints the verdict.
//!
//! usage: `verify_log DIRECTORY [VKEY]`
//! exit: 0 the log holds, 1 it does not, 2 wrong usage, 3 it could not be checked, 4 it holds, but nothing outside the copy vouches
//! for it: give the key it started with

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use ztp_audit::verdict::Status;
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir};
use ztp_core::canonical;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (directory, vkey) = match arguments.as_slice() {
        [directory] => (directory, None),
        [directory, vkey] => (directory, Some(vkey.as_str())),
        _ => return complain("usage: verify_log DIRECTORY [VKEY]", 2),
    };
    match verify(Path::new(directory), vkey) {
        Ok(Status::Intact) => ExitCode::SUCCESS,
        Ok(status) if status.holds() => {
            complain("the log holds, but nothing outside this copy vouches for it", 4)
        }
        Ok(status) => complain(&format!("the log does not hold: {}", status.as_str()), 1),
        Err(error) => complain(&format!("the log could not be checked: {error}"), 3),
    }
}

fn verify(directory: &Path, vkey: Option<&str>) -> Result<Status, Box<dyn Error>> {
    let options = VerifyOptions { pinned: vkey.map(str::parse).transpose()?, ..VerifyOptions::default() };
    let verdict = verify_dir(directory, &options, &NoProgress)?;
    let mut document = canonical::write(&verdict.to_value())?;
    document.push(b'\n');
    std::io::stdout().write_all(&document)?;
    Ok(verdict.status)
}

fn complain(message: &str, exit: u8) -> ExitCode {
    // If standard error is closed, the exit status still says it.
    let _unread = writeln!(std::io::stderr(), "{message}");
    ExitCode::from(exit)
}
