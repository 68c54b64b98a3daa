//! Comparing what was decided with what was sealed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

use ztp_audit::correlate::{self, Kind, Settings, Uid};
use ztp_audit::source::{DirSource, LinesSource, LogSource};
use ztp_audit::verify::{self, NoProgress, Progress, VerifyOptions};
use ztp_core::canonical::{self, INTEGER_MAX, Limits, Value};
use ztp_core::event::EventClass;
use ztp_core::event::correlation::CorrelationFinding;
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;

use crate::error::FacadeError;
use crate::job::Job;
use crate::ops::audit::anchors;
use crate::ops::sealed_log;
use crate::outcome::{Outcome, failed, settle};
use crate::{input, options};

/// The code of a report about a log that does not verify.
const NOT_INTACT: &str = "correlation_log_not_intact";

/// Compares the admission stream in the file `admission` with the sealed log in `dir`, which is verified first. The outcome's
/// document is the report (`ztp.correlation.report/1`) whether it holds findings or not; its status is the code of the gravest.
///
/// `options` is JSON, or empty for none: the window `since` and `until` (timestamps); the limits `grace_ms`, `heartbeat_ms`,
/// `order_tolerance_ms`, `skew_ms`, `step_ms` and `threshold_ms`; the bounds `findings_max`, `remembered_max` and `waiting_max`; `pending`
/// (uids that an earlier report called pending); `head`, `now`, `require`, `sealed_within_ms` and `vkey` as for [`crate::audit_verify`]. What
/// is without a partner is missing once it is `grace_ms` older than `now`, and what is dated later than that is a finding; without `now`
/// the streams' last time stands for it, and `unchecked` says so. A log that does not hold gives `correlation_log_not_intact`, one that
/// nothing outside vouches for `audit_unanchored`, unless there are findings. Another thread may follow and cancel through `job`.
pub fn correlate(dir: &[u8], admission: &[u8], options: &[u8], job: &Job) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let path = input::directory(admission).map_err(failed)?;
        let (settings, verifying) = read_options(options, true)?;
        let (file, file_bytes) = open(path)?;
        let source = DirSource::new(dir);
        let log_bytes = bytes_of(&source)?;
        let all = log_bytes.saturating_mul(2).saturating_add(file_bytes);
        let stage = Stage { job, before: 0, all };
        let verdict = verify::verify_source(&source, &verifying, &stage).map_err(failed)?;
        let stage = Stage { job, before: log_bytes, all };
        let report = correlate::correlate(file, file_bytes, &source, settings, &stage).map_err(failed)?;
        let mut document = report.to_value();
        let code = sealed_log::weigh(&mut document, &verdict, report.code(), NOT_INTACT);
        Ok(Outcome::verdict(code, canonical::write(&document).map_err(failed)?))
    })
}

/// Compares an admission stream with the records of a log, both handed over as lines. Nothing is said of the log's seals.
///
/// `options` as for [`correlate()`], without `head`, `require`, `sealed_within_ms` and `vkey`.
pub fn correlate_streams(admission: &[u8], sealed: &[u8], options: &[u8]) -> Outcome {
    settle(|| {
        let (settings, _) = read_options(options, false)?;
        let source = LinesSource(sealed);
        let bytes = u64::try_from(admission.len()).unwrap_or(u64::MAX);
        let report =
            correlate::correlate(admission, bytes, &source, settings, &NoProgress).map_err(failed)?;
        let mut document = report.to_value();
        if let Value::Object(members) = &mut document {
            members.insert("sealed_log".to_owned(), Value::Null);
            if let Some(Value::Array(unchecked)) = members.get_mut("unchecked") {
                unchecked.push("seals_of_the_log".into());
            }
        }
        Ok(Outcome::verdict(report.code(), canonical::write(&document).map_err(failed)?))
    })
}

/// The events `correlation.finding` of the findings that a report (`ztp.correlation.report/1`) lists, one a line, without timestamps:
/// what [`crate::audit_append`] takes. Nothing if there are none.
pub fn correlate_events(report: &[u8]) -> Outcome {
    settle(|| {
        let limits = Limits { bytes_max: 64 << 20, ..Limits::default() };
        let value = canonical::read(report, &limits).map_err(failed)?;
        let schema = Fields::open(&value, "report").and_then(|mut fields| fields.string("schema"));
        if schema.map_err(failed)? != correlate::report::SCHEMA {
            let list = correlate::report::SCHEMA.to_owned();
            return Err(failed(FacadeError::OptionWordUnknown { name: "schema", list }));
        }
        let mut lines = Vec::new();
        let mut fields = Fields::open(&value, "report").map_err(failed)?;
        for finding in fields.array("findings").map_err(failed)? {
            let payload = payload_of(finding)?.to_value();
            event_line(&EventClass::CORRELATION_FINDING, payload, &mut lines)?;
        }
        Ok(Outcome::with_document(lines))
    })
}

/// Writes an event as a line that [`crate::audit_append`] takes.
pub(crate) fn event_line(class: &EventClass, payload: Value, lines: &mut Vec<u8>) -> Result<(), Outcome> {
    let event = Value::object::<_, Value>([("event_class", class.as_str().into()), ("payload", payload)]);
    canonical::write_into(&event, lines).map_err(failed)?;
    lines.push(b'\n');
    Ok(())
}

/// Opens a stream to be read, a regular file, whatever a link or a pipe in its place would do; with its length.
fn open(path: &Path) -> Result<(File, u64), Outcome> {
    let refused = |source: io::Error| {
        let (path, missing) = (path.to_string_lossy().into_owned(), source.kind() == io::ErrorKind::NotFound);
        failed(if missing {
            FacadeError::FileMissing { path }
        } else {
            FacadeError::FileUnreadable { path, reason: source.to_string() }
        })
    };
    let kind = std::fs::metadata(path).map_err(refused)?;
    if kind.is_dir() {
        let reason = "it is a directory; the log comes first, then the file of decisions";
        return Err(refused(io::Error::other(reason)));
    }
    if !kind.is_file() {
        return Err(refused(io::Error::other("not a regular file")));
    }
    let file = File::open(path).map_err(refused)?;
    let bytes = file.metadata().map_err(refused)?.len();
    Ok((file, bytes))
}

pub(crate) fn bytes_of(source: &DirSource) -> Result<u64, Outcome> {
    let mut bytes = 0_u64;
    for segment in source.segments().map_err(failed)? {
        bytes = bytes.saturating_add(source.segment_bytes(segment).map_err(failed)?);
    }
    Ok(bytes)
}

/// One of several stages of a job.
pub(crate) struct Stage<'a> {
    pub(crate) job: &'a Job,
    pub(crate) before: u64,
    pub(crate) all: u64,
}

impl Progress for Stage<'_> {
    fn advance(&self, done: u64, _total: u64) {
        self.job.advance(self.before.saturating_add(done), self.all);
    }

    fn cancelled(&self) -> bool {
        self.job.is_cancelled()
    }
}

fn read_options(bytes: &[u8], verified: bool) -> Result<(Settings, VerifyOptions), Outcome> {
    let value = options::parse(bytes)?;
    let mut fields = options::open(&value)?;
    let usual = Settings::default();
    let time = |fields: &mut Fields<'_>, name| {
        options::parsed::<Timestamp>(fields, name).map(|at| at.map(Timestamp::as_millis))
    };
    let mut ms = |name, usual: u64| Ok::<_, Outcome>(number(&mut fields, name)?.unwrap_or(usual));
    let order_tolerance_ms = ms("order_tolerance_ms", usual.order_tolerance_ms)?;
    let skew_ms = ms("skew_ms", usual.skew_ms)?;
    let step_ms = ms("step_ms", usual.step_ms)?;
    let threshold_ms = ms("threshold_ms", usual.threshold_ms)?;
    let grace_ms = ms("grace_ms", usual.grace_ms.unsigned_abs())?;
    let heartbeat_ms = number(&mut fields, "heartbeat_ms")?;
    let mut bound = |name, usual: usize| {
        let given = options::count(&mut fields, name)?;
        Ok::<_, Outcome>(given.and_then(|n| usize::try_from(n).ok()).unwrap_or(usual))
    };
    let findings_max = bound("findings_max", usual.findings_max)?;
    let remembered_max = bound("remembered_max", usual.remembered_max)?;
    let waiting_max = bound("waiting_max", usual.waiting_max)?;
    let settings = Settings {
        since_ms: time(&mut fields, "since")?,
        until_ms: time(&mut fields, "until")?,
        now_ms: None,
        grace_ms: i64::try_from(grace_ms).unwrap_or(INTEGER_MAX),
        pending_before: pending(&mut fields)?,
        threshold_ms,
        order_tolerance_ms,
        skew_ms,
        step_ms,
        heartbeat_ms,
        findings_max,
        waiting_max,
        remembered_max,
    };
    // Streams handed over as lines have no seals that anything could vouch for, and still a time at which they are compared.
    let verifying = match verified {
        true => VerifyOptions { breaks_max: 1, ..anchors(&mut fields)? },
        false => VerifyOptions { now: options::parsed(&mut fields, "now")?, ..VerifyOptions::default() },
    };
    let settings = Settings { now_ms: verifying.now.map(Timestamp::as_millis), ..settings };
    fields.finish().map_err(failed)?;
    Ok((settings, verifying))
}

/// A number of milliseconds that may be left out.
fn number(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<u64>, Outcome> {
    if fields.optional(name).map_err(failed)?.is_none() {
        return Ok(None);
    }
    options::number(fields, name, 0, INTEGER_MAX.unsigned_abs()).map(Some)
}

fn pending(fields: &mut Fields<'_>) -> Result<BTreeSet<Uid>, Outcome> {
    if fields.optional("pending").map_err(failed)?.is_none() {
        return Ok(BTreeSet::new());
    }
    let uid = |item: &Value| item.as_str().and_then(|text| Uid::new(text.as_bytes()));
    let uids = fields.array("pending").map_err(failed)?.iter().map(uid).collect::<Option<_>>();
    uids.ok_or_else(|| {
        failed(FacadeError::OptionWordUnknown { name: "pending", list: "uids of a report".to_owned() })
    })
}

/// What a finding of a report says, as the payload of an event.
fn payload_of(finding: &Value) -> Result<CorrelationFinding, Outcome> {
    let mut fields = Fields::open(finding, "report.findings").map_err(failed)?;
    let word = fields.string("kind").map_err(failed)?;
    let kind = Kind::ALL.iter().copied().find(|kind| kind.as_str() == word).ok_or_else(|| {
        let list = Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
        failed(FacadeError::OptionWordUnknown { name: "kind", list })
    })?;
    let number = |value: Option<&Value>| value.and_then(Value::as_int);
    let facts = fields.value("facts").map_err(failed)?;
    let place = |side: &str, name: &str| {
        let seen = number(finding.get(side).and_then(|sight| sight.get(name)));
        seen.or_else(|| number(facts.get(name))).and_then(|place| u64::try_from(place).ok())
    };
    Ok(CorrelationFinding {
        drift_ms: number(facts.get("drift_ms")),
        finding: kind.as_str().to_owned(),
        line: place("admission", "line"),
        severity: kind.severity(),
        seq: place("sealed", "seq"),
        uid: fields.nullable_string("uid").map_err(failed)?.map(str::to_owned),
    })
}
