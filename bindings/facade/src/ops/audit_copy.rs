//! Copying a sealed log that may be written to meanwhile, and verifying the copy.

use ztp_audit::copy;
use ztp_core::canonical::{self, Limits, Value};

use crate::job::Job;
use crate::ops::audit::{audit_verify, count, verify_options};
use crate::outcome::{Outcome, failed, settle};
use crate::{input, options};

/// Limits for a verdict, which may list many breaks.
const VERDICT: Limits = Limits { bytes_max: 64 << 20, depth_max: 32 };

/// Copies the log in `from` to the directory `to`, consistently although it is written to meanwhile, and verifies the copy. A copy that is
/// there is held against the log and gone on with.
///
/// `options` is JSON, or empty for none: those of [`audit_verify`], for the verification of the copy, and `from_head`: a signed checkpoint
/// kept from the copy made earlier in `to`, which is verified against it; the log's records below it are then not read again. The copy is
/// verified against `from_head` too, unless `head` is given. The outcome's document is `{"behind","beside","bytes","compared","records",
/// "schema":"ztp.audit.copied/1","size","verdict"}`, where `behind` counts the bytes of the log after the last record that belongs to the copy
/// and `beside` the names that no part of a log has, both left behind; its status is that of the verdict. Another thread may follow and cancel through `job`.
pub fn audit_copy(from: &[u8], to: &[u8], options: &[u8], job: &Job) -> Outcome {
    settle(|| {
        let log = input::directory(from).map_err(failed)?;
        let into = input::directory(to).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let kept = options::text(&mut fields, "from_head")?.map(str::to_owned);
        let mut asked = value.as_object().cloned().unwrap_or_default();
        asked.remove("from_head");
        if let Some(head) = &kept {
            asked.entry("head".to_owned()).or_insert_with(|| Value::String(head.clone()));
        }
        let asked = canonical::write(&Value::Object(asked)).map_err(failed)?;
        // What cannot be asked is said before anything is copied.
        verify_options(&asked)?;
        let done = copy::copy_log(log, into, kept.as_deref().map(str::as_bytes), job).map_err(failed)?;
        let verified = audit_verify(to, &asked, job);
        let verdict = canonical::read(&verified.document, &VERDICT).map_err(failed)?;
        if verdict.get("status").is_none() {
            return Ok(verified);
        }
        let document = Outcome::object([
            ("behind", count(done.behind)),
            ("beside", count(done.beside)),
            ("bytes", count(done.bytes)),
            ("compared", count(done.compared)),
            ("records", count(done.records)),
            ("schema", "ztp.audit.copied/1".into()),
            ("size", count(done.size)),
            ("verdict", verdict),
        ]);
        Ok(Outcome { status: verified.status, ..document })
    })
}
