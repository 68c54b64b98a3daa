//! What leaves the bench: one-shot scans, the rules in force, and the check of a rule file.

#[cfg(feature = "signer")]
mod baseline;
mod config;
mod documents;
mod request;
mod rules;

use ztp_core::time::Timestamp;

use crate::outcome::{Outcome, failed, settle};

#[cfg(feature = "signer")]
pub use baseline::dlp_baseline;
pub(crate) use config::scanner;
pub(crate) use documents::{begun, ledger, reloaded, report, rule_list};
pub(crate) use request::{Begun, begun_with, head, trailers};

/// Scans one request, or bytes that are none, with rules of its own: a program that scans several keeps a
/// [`crate::DlpScanner`], which also remembers what was sent before.
///
/// `config` is a `ztp.dlp.config/1` document. `request` is JSON (see [`crate::DlpScanner::scan`]), or empty when `body` is not a
/// request but, for instance, a file. The outcome's document is the report (`ztp.dlp.report/1`); its status is 0 only when
/// nothing was found and everything was looked at. No part of a secret is in it.
pub fn dlp_scan(config: &[u8], request: &[u8], body: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let (scanner, mut memory) = scanner(config)?;
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        if request.is_empty() {
            return report(&scanner.scan_bytes(body), &[]);
        }
        let head = head(request)?;
        let done = scanner.scan_request(&head, body, &[], now, &mut memory);
        report(&done, &done.events(&scanner, &head, now))
    })
}

/// The rules that a configuration puts in force (`ztp.dlp.rules/1`), with the hash that reports and events name them by.
pub fn dlp_rules(config: &[u8]) -> Outcome {
    settle(|| rule_list(&scanner(config)?.0))
}

/// Checks a rule file, the YAML that goes into a configuration's member `rules` (`ztp.dlp.rules-check/1`): its form, the bounds of
/// its patterns, and that each rule finds its own examples and none of its counter-examples.
///
/// A file that is refused gives a failure that names line and column.
pub fn dlp_test(rules: &[u8]) -> Outcome {
    settle(|| rules::check(rules))
}
