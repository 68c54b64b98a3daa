//! Records of the log that claim what their signed documents do not prove. They change nothing, and are named.

use ztp_core::canonical::Value;

use crate::member;

/// Most findings that are listed; all are counted.
pub(super) const FINDINGS_MAX: usize = 1_000;

/// The code of a record that claims what nothing in it proves.
pub(super) const UNPROVEN: &str = "ingest_record_unproven";

/// A record that claims what its signed documents do not prove under the caller's trust.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The record.
    pub seq: u64,
    /// The stable code: `ingest_record_unproven`, or that of the first check that the envelope fails.
    pub code: &'static str,
    /// What is wrong with it.
    pub message: String,
}

/// The findings of one log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Findings {
    pub(super) listed: Vec<Finding>,
    pub(super) total: u64,
}

impl Findings {
    pub(super) fn add(&mut self, seq: u64, code: &'static str, message: String) {
        self.total += 1;
        if self.listed.len() < FINDINGS_MAX {
            self.listed.push(Finding { seq, code, message });
        }
    }

    /// The members `findings` and `findings_total` of a document.
    pub(super) fn members(&self) -> [(&'static str, Value); 2] {
        let finding = |finding: &Finding| {
            Value::object([
                ("code", Value::from(finding.code)),
                ("message", finding.message.as_str().into()),
                ("seq", member::number(finding.seq)),
            ])
        };
        let listed: Vec<Value> = self.listed.iter().map(finding).collect();
        [("findings", listed.into()), ("findings_total", member::number(self.total))]
    }
}
