//! Rule files: YAML at this edge, typed rules below it.

use std::fmt;

use ztp_core::Coded;
use ztp_dlp::customer::CustomerRules;
use ztp_yaml::{Document, Limits, Position};

use crate::ops::dlp::documents;
use crate::outcome::{Outcome, failed};

/// The file's name in paths within it.
const NAME: &str = "rules";

/// Reads a rule file; what is wrong with it is located by line and column.
pub(super) fn read(yaml: &[u8]) -> Result<CustomerRules, Outcome> {
    let document = ztp_yaml::read(yaml, NAME, &Limits::default()).map_err(failed)?;
    CustomerRules::from_value(document.value()).map_err(|fault| failed(InFile::new(&document, &fault)))
}

/// Checks a rule file.
pub(super) fn check(yaml: &[u8]) -> Result<Outcome, Outcome> {
    documents::rules_check(&read(yaml)?)
}

/// A rule's fault and where in the file it is.
struct InFile {
    at: Position,
    code: &'static str,
    fault: String,
}

impl InFile {
    fn new(document: &Document, fault: &ztp_dlp::customer::RuleError) -> Self {
        Self { at: document.locate(&fault.path), code: fault.code(), fault: fault.to_string() }
    }
}

impl fmt::Display for InFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.fault)
    }
}

impl Coded for InFile {
    fn code(&self) -> &'static str {
        self.code
    }
}
