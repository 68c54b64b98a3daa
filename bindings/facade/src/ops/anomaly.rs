//! Running the detectors over a sealed log.

use std::ops::ControlFlow;
use std::path::Path;

use ztp_anomaly::{
    AnomalyError, At, ConfigError, Detectors, Explainer, Kept, Question, RawRecord, Replay, Reporter, Rule,
    Runner, Sealed, Settings,
};
use ztp_audit::error::VerifyError;
use ztp_audit::source::{self, Chain, DirSource, LinesSource, LogSource};
use ztp_audit::verdict::Verdict;
use ztp_audit::verify::{self, Progress, VerifyOptions};
use ztp_core::Coded;
use ztp_core::canonical::{self, INTEGER_MAX, Value};
use ztp_core::digest::Digest;
use ztp_core::schema::Fields;
use ztp_core::signature::PublicKey;
use ztp_core::time::Timestamp;
use ztp_core::vkey::VerifierKey;
use ztp_yaml::Limits;

use crate::error::FacadeError;
use crate::job::Job;
use crate::ops::audit::anchors;
use crate::ops::correlate::{Stage, bytes_of, event_line};
use crate::ops::sealed_log;
use crate::outcome::{Outcome, failed, settle};
use crate::{input, options};

/// The code of a document about a log that does not verify.
const NOT_INTACT: &str = "anomaly_log_not_intact";
/// Records of others between two states of the detectors in the log, if nothing else is asked for: a state has some 100 KiB.
const SNAPSHOT_EVERY: u64 = 1000;
/// Records between two looks at cancellation.
const STEP: u64 = 4096;

/// Runs the detectors over the log in `dir`, which is verified first, and reports what fired, by detector and by day
/// (`ztp.anomaly.report/1`). The status is `anomaly_log_not_intact` if the log does not hold, else `anomaly_fired` if anything fired in the
/// window or fires still, else `anomaly_incomplete` if records came too late to be judged at their own time, and else that of the log's
/// verdict: `audit_unanchored` where nothing outside vouches for it.
///
/// `options` is JSON, or empty for none: `since` and `until` (timestamps), `settings` (an object of the settings files' texts by
/// name) and `approvers` (vkeys), `head`, `now`, `require`, `sealed_within_ms` and `vkey` as for [`crate::audit_verify`]. With `now` the
/// report says for how long the log has been silent, and silence keeps no flood open.
pub fn anomaly_report(dir: &[u8], options: &[u8], job: &Job) -> Outcome {
    settle(|| {
        let given = Given::anchored(options, &["since", "until"])?;
        let (since, until, now) = (given.time("since")?, given.time("until")?, given.verifying.now);
        let mut reporter = Reporter::new(given.settings, given.approvers, since, until);
        let verdict = over(dir, &given.verifying, job, |record| {
            reporter.record(record).map(|()| ControlFlow::Continue(()))
        })?;
        let report = reporter.finish(now);
        let code = match report.get("status").and_then(Value::as_str) {
            Some("alerts") => Some("anomaly_fired"),
            Some("incomplete") => Some("anomaly_incomplete"),
            _ => None,
        };
        written(report, &verdict, code)
    })
}

/// Runs the detectors over the log in `dir`, which is verified first, and compares what they give with what is sealed
/// (`ztp.anomaly.replay/1`). The status is `anomaly_log_not_intact` if the log does not hold, else that of the first difference, else
/// `anomaly_incomplete` if the log was stopped, by its heartbeat and `now`, before its last records could be judged, and else that of the log's verdict. An alert that is not sealed yet is pending for a minute by the log's time, and by `now`; then it is missing.
///
/// `options` as for [`anomaly_report`], without `since` and `until`.
pub fn anomaly_replay(dir: &[u8], options: &[u8], job: &Job) -> Outcome {
    settle(|| {
        let given = Given::anchored(options, &[])?;
        let sealed = sealed(&DirSource::new(input::directory(dir).map_err(failed)?), None, job)?;
        let mut replay = Replay::new(given.settings, given.approvers).expecting(&sealed);
        let verdict = over(dir, &given.verifying, job, |record| {
            replay.record(record).map(|()| ControlFlow::Continue(()))
        })?;
        let document = replay.finish(given.verifying.now);
        let first = document.get("findings").and_then(Value::as_array).and_then(<[Value]>::first);
        let code = first.and_then(|finding| finding.get("code")).and_then(Value::as_str).map(str::to_owned);
        let stopped = document.get("status").and_then(Value::as_str) == Some("incomplete");
        let code = code.or(stopped.then(|| "anomaly_incomplete".to_owned()));
        written(document, &verdict, code.as_deref())
    })
}

/// Says which numbers the rules compare at a place of the log in `dir`, and so why an alert fired or did not
/// (`ztp.anomaly.explanation/1`).
///
/// `options` is JSON: `seq` or `time`, optionally `detector` (a rule's name) and `key` (a user, namespace or ticket), and what
/// [`anomaly_replay`] takes.
pub fn anomaly_explain(dir: &[u8], options: &[u8], job: &Job) -> Outcome {
    settle(|| {
        let given = Given::anchored(options, &["detector", "key", "seq", "time"])?;
        let question = Question { at: given.at()?, rule: given.rule()?, name: given.text("key")? };
        let mut explainer = Explainer::new(given.settings, given.approvers, question);
        let verdict = over(dir, &given.verifying, job, |record| {
            let known = explainer.record(record)?;
            Ok(if known { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        written(explainer.finish(), &verdict, None)
    })
}

/// Runs the detectors over the log in `dir` and gives the events that are not sealed in it yet, one a line: what
/// [`crate::audit_append`] takes as one batch, with their classes in its `allow_classes`. Nothing if all are sealed; a hundred thousand at most, the next call gives the
/// rest. Behind them is the detectors' state (`anomaly.snapshot`) if it is due. The log is not verified, but each of its
/// snapshots is compared with the state that its records lead to: one that differs is an event, `anomaly.snapshot-refused`.
///
/// `options` is JSON, or empty for none: `settings` and `approvers` as for [`anomaly_report`], `snapshot` (`due`, which is the default,
/// `always` or `never`), `snapshot_every` (records of others since the last snapshot after which one is due; 1000 if not given), `resume`
/// (`{"chain_hash","seq","state_hash"}` of a snapshot that an earlier call gave, kept where the bench cannot write: only records after it
/// are read, and settings are those of its state) and `unjudged` (whether one line more, which is no event, says what was not judged at
/// the time it happened: `{"schema":"ztp.anomaly.unjudged/1","unjudged":{"count","from","imported","until"}|null}`).
pub fn anomaly_pending(dir: &[u8], options: &[u8], job: &Job) -> Outcome {
    settle(|| {
        let given = Given::read(options, &["resume", "snapshot", "snapshot_every", "unjudged"])?;
        let tell = given.flag("unjudged")?;
        let (kept, (when, every)) = (given.resume()?, given.snapshot()?);
        let source = DirSource::new(input::directory(dir).map_err(failed)?);
        let all = bytes_of(&source)?;
        let sealed = sealed(&source, kept, job)?;
        let mut runner = Runner::new(given.settings, given.approvers, sealed).map_err(failed)?;
        let next = runner.next_seq();
        walk_from(&source, next, &Stage { job, before: 0, all }, |record| {
            Ok(if runner.record(record)? { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        let snapshot = match when {
            When::Always => true,
            When::Due => runner.snapshot_is_due(every),
            When::Never => false,
        };
        let (mut lines, unjudged) = (Vec::new(), runner.unjudged());
        for output in runner.finish(snapshot) {
            event_line(&output.class, output.payload, &mut lines)?;
        }
        if tell {
            let told = [("schema", Value::from("ztp.anomaly.unjudged/1")), ("unjudged", unjudged)];
            canonical::write_into(&Value::object(told), &mut lines).map_err(failed)?;
            lines.push(b'\n');
        }
        Ok(Outcome::with_document(lines))
    })
}

/// Runs the detectors over records handed over as lines and gives their events (`ztp.anomaly.fold/1`:
/// `{"events":[{"at","cause_seq","event_class","payload"}],"records","schema"}`). Each record's hash and link is checked; seals are not
/// looked at.
///
/// `options` is JSON, or empty for none: `settings` and `approvers` as for [`anomaly_report`].
pub fn anomaly_fold(records: &[u8], options: &[u8]) -> Outcome {
    settle(|| {
        let given = Given::read(options, &[])?;
        let source = LinesSource(records);
        let mut detectors = Detectors::new(given.settings, given.approvers);
        let mut outputs = Vec::new();
        let job = Job::new();
        let count = walk(&source, &Stage { job: &job, before: 0, all: 0 }, |record| {
            detectors.step(record, &mut outputs).map(|()| ControlFlow::Continue(()))
        })?;
        let events = outputs.into_iter().map(|output| {
            Value::object::<_, Value>([
                ("at", output.at.to_string().into()),
                ("cause_seq", crate::ops::audit::count(output.cause_seq)),
                ("event_class", output.class.as_str().into()),
                ("payload", output.payload),
            ])
        });
        Ok(Outcome::object([
            ("events", events.collect::<Vec<_>>().into()),
            ("records", crate::ops::audit::count(count)),
            ("schema", "ztp.anomaly.fold/1".into()),
        ]))
    })
}

/// When the detectors' state is to be sealed.
#[derive(Clone, Copy)]
enum When {
    Always,
    Due,
    Never,
}

/// What the log holds of the detectors, from the kept snapshot on if there is one.
fn sealed(source: &DirSource, kept: Option<Kept>, job: &Job) -> Result<Sealed, Outcome> {
    let mut sealed = Sealed::new(kept);
    walk_from(source, kept.map_or(0, |kept| kept.seq), &Stage { job, before: 0, all: 0 }, |record| {
        sealed.record(record);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(sealed)
}

/// Verifies a log, then hands out its records.
fn over(
    dir: &[u8],
    verifying: &VerifyOptions,
    job: &Job,
    take: impl FnMut(&RawRecord<'_>) -> Result<ControlFlow<()>, AnomalyError>,
) -> Result<Verdict, Outcome> {
    let dir: &Path = input::directory(dir).map_err(failed)?;
    let source = DirSource::new(dir);
    let bytes = bytes_of(&source)?;
    let all = bytes.saturating_mul(2);
    let verdict =
        verify::verify_source(&source, verifying, &Stage { job, before: 0, all }).map_err(failed)?;
    walk(&source, &Stage { job, before: bytes, all }, take)?;
    Ok(verdict)
}

/// Hands out the records of a log in order, each with its hash, place and link checked; returns how many. The first that fails ends it:
/// nothing is made of what stands before or after.
fn walk(
    source: &dyn LogSource,
    stage: &Stage<'_>,
    take: impl FnMut(&RawRecord<'_>) -> Result<ControlFlow<()>, AnomalyError>,
) -> Result<u64, Outcome> {
    walk_from(source, 0, stage, take)
}

/// As [`walk`], from this record on; returns the number after the last.
fn walk_from(
    source: &dyn LogSource,
    from: u64,
    stage: &Stage<'_>,
    mut take: impl FnMut(&RawRecord<'_>) -> Result<ControlFlow<()>, AnomalyError>,
) -> Result<u64, Outcome> {
    let mut refused = None;
    let mut bytes = 0_u64;
    let mut chain = None;
    let walked = source::each_line_from(source, from, |seq, line| {
        bytes = bytes.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX)).saturating_add(1);
        if seq.is_multiple_of(STEP) {
            if stage.cancelled() {
                return Err(VerifyError::Cancelled { bytes });
            }
            stage.advance(bytes, stage.all);
        }
        let chain: &mut Chain = chain.get_or_insert_with(|| match seq {
            0 => Chain::new(),
            later => Chain::starting_at(later),
        });
        let view = chain.take(line)?;
        if seq < from {
            return Ok(ControlFlow::Continue(()));
        }
        let (Some(hash), Ok(timestamp), Ok(class)) = (
            view.claimed_hash(),
            Timestamp::from_bytes(view.timestamp),
            std::str::from_utf8(view.event_class),
        ) else {
            return Err(VerifyError::Damaged { seq });
        };
        let record = RawRecord { seq: view.seq, hash, timestamp, class, payload: view.payload };
        take(&record).map_or_else(
            |error| {
                refused = Some(error);
                Ok(ControlFlow::Break(()))
            },
            Ok,
        )
    });
    let records = walked.map_err(failed)?;
    refused.map_or(Ok(records), |error| Err(failed(error)))
}

/// The document, with what the log's own verdict makes of it.
fn written(mut document: Value, verdict: &Verdict, found: Option<&str>) -> Result<Outcome, Outcome> {
    let code = sealed_log::weigh(&mut document, verdict, found, NOT_INTACT);
    Ok(Outcome::verdict(code, canonical::write(&document).map_err(failed)?))
}

/// What a caller gave besides the log.
pub(crate) struct Given {
    pub(crate) settings: Settings,
    approvers: Vec<PublicKey>,
    verifying: VerifyOptions,
    value: Value,
}

impl Given {
    /// Reads options of an operation that looks at no seals; `others` are the members that it has for itself.
    pub(crate) fn read(bytes: &[u8], others: &[&'static str]) -> Result<Self, Outcome> {
        Self::with(bytes, others, |_| Ok(VerifyOptions::default()))
    }

    /// Reads options of an operation that verifies its log, with what the caller brings from outside it.
    fn anchored(bytes: &[u8], others: &[&'static str]) -> Result<Self, Outcome> {
        Self::with(bytes, others, |fields| Ok(VerifyOptions { breaks_max: 1, ..anchors(fields)? }))
    }

    fn with(
        bytes: &[u8],
        others: &[&'static str],
        verifying: impl FnOnce(&mut Fields<'_>) -> Result<VerifyOptions, Outcome>,
    ) -> Result<Self, Outcome> {
        let value = options::parse(bytes)?;
        let mut fields = options::open(&value)?;
        for name in others {
            fields.optional(name).map_err(failed)?;
        }
        let settings = settings(&mut fields)?;
        let approvers = approvers(&mut fields)?;
        let verifying = verifying(&mut fields)?;
        fields.finish().map_err(failed)?;
        Ok(Self { settings, approvers, verifying, value })
    }

    fn text(&self, name: &'static str) -> Result<Option<String>, Outcome> {
        Ok(options::text(&mut options::open(&self.value)?, name)?.map(str::to_owned))
    }

    fn time(&self, name: &'static str) -> Result<Option<Timestamp>, Outcome> {
        options::parsed(&mut options::open(&self.value)?, name)
    }

    fn flag(&self, name: &'static str) -> Result<bool, Outcome> {
        options::flag(&mut options::open(&self.value)?, name)
    }

    fn at(&self) -> Result<At, Outcome> {
        if let Some(at) = self.time("time")? {
            return Ok(At::Time(at));
        }
        let mut fields = options::open(&self.value)?;
        options::number(&mut fields, "seq", 0, INTEGER_MAX.unsigned_abs()).map(At::Seq)
    }

    fn resume(&self) -> Result<Option<Kept>, Outcome> {
        let mut fields = options::open(&self.value)?;
        if fields.optional("resume").map_err(failed)?.is_none() {
            return Ok(None);
        }
        let mut kept = fields.object("resume").map_err(failed)?;
        let mut digest = |name| Digest::from_hex(kept.string(name).map_err(failed)?).map_err(failed);
        let (chain_hash, state_hash) = (digest("chain_hash")?, digest("state_hash")?);
        let seq = options::number(&mut kept, "seq", 0, INTEGER_MAX.unsigned_abs())?;
        kept.finish().map_err(failed)?;
        Ok(Some(Kept { seq, chain_hash, state_hash }))
    }

    fn snapshot(&self) -> Result<(When, u64), Outcome> {
        let mut fields = options::open(&self.value)?;
        let when = match options::text(&mut fields, "snapshot")? {
            None | Some("due") => When::Due,
            Some("always") => When::Always,
            Some("never") => When::Never,
            Some(_) => {
                let list = "due, always, never".to_owned();
                return Err(failed(FacadeError::OptionWordUnknown { name: "snapshot", list }));
            }
        };
        let every = match fields.optional("snapshot_every").map_err(failed)? {
            None => SNAPSHOT_EVERY,
            Some(_) => options::number(&mut fields, "snapshot_every", 1, INTEGER_MAX.unsigned_abs())?,
        };
        Ok((when, every))
    }

    fn rule(&self) -> Result<Option<Rule>, Outcome> {
        let Some(name) = self.text("detector")? else { return Ok(None) };
        Rule::from_name(&name).map(Some).ok_or_else(|| {
            let list = Rule::ALL.iter().map(|rule| rule.name()).collect::<Vec<_>>().join(", ");
            failed(FacadeError::OptionWordUnknown { name: "detector", list })
        })
    }
}

/// Settings that a file refuses, with the line and column where it does.
#[derive(Debug, thiserror::Error)]
#[error("{file}{place}: {error}")]
struct InFile {
    file: String,
    place: String,
    error: ConfigError,
}

impl Coded for InFile {
    fn code(&self) -> &'static str {
        self.error.code()
    }
}

/// A settings file that is not YAML of the subset.
#[derive(Debug, thiserror::Error)]
#[error("{file}, {error}")]
struct NotYaml {
    file: String,
    error: ztp_yaml::YamlError,
}

impl Coded for NotYaml {
    fn code(&self) -> &'static str {
        self.error.code()
    }
}

fn settings(fields: &mut Fields<'_>) -> Result<Settings, Outcome> {
    let mut settings = Settings::default();
    let Some(files) = fields.optional("settings").map_err(failed)? else { return Ok(settings) };
    if files.as_object().is_none() {
        let _always_refused = fields.object("settings").map_err(failed)?;
    }
    for (name, text) in files.as_object().into_iter().flatten() {
        let Some(text) = text.as_str() else {
            return Err(failed(FacadeError::OptionWordUnknown {
                name: "settings",
                list: "texts of settings files by name".to_owned(),
            }));
        };
        let stem = name.strip_suffix(".yaml").unwrap_or(name);
        let document = ztp_yaml::read(text.as_bytes(), stem, &Limits::default())
            .map_err(|error| failed(NotYaml { file: name.clone(), error }))?;
        let merged = ztp_anomaly::settings::SettingsFile::from_name(name)
            .and_then(|file| settings.with(file, document.value()));
        settings = merged.map_err(|error| {
            let place = error.path().map_or_else(String::new, |path| format!(", {}", document.locate(path)));
            failed(InFile { file: name.clone(), place, error })
        })?;
    }
    Ok(settings)
}

fn approvers(fields: &mut Fields<'_>) -> Result<Vec<PublicKey>, Outcome> {
    if fields.optional("approvers").map_err(failed)?.is_none() {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for item in fields.array("approvers").map_err(failed)? {
        let vkey: VerifierKey = item.as_str().unwrap_or_default().parse().map_err(failed)?;
        keys.push(vkey.key().clone());
    }
    Ok(keys)
}
