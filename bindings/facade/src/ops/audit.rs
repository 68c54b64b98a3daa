//! Writing a sealed log, and verifying it.

use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::control::SealPolicy;
use ztp_audit::error::VerifyError;
use ztp_audit::head;
use ztp_audit::note::Note;
use ztp_audit::store::{CreateOptions, Host, Writer};
use ztp_audit::verify::{self, Requirement, VerifyOptions};
use ztp_core::canonical::{self, INTEGER_MAX, Value};
use ztp_core::event::EventClass;
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;

use crate::input;
use crate::job::Job;
use crate::ops::events;
use crate::options;
use crate::outcome::{Outcome, failed, settle};

/// What a caller may require of a verdict, as it names it.
const REQUIREMENTS: &[&str] = &["auditor_head", "evolved_key", "pinned_key", "sealed_within"];

/// Makes an audit log in the directory `dir` and writes its first record.
///
/// `options` is JSON: `origin` (the C2SP origin line of its checkpoints), and optionally the seal policy's `heartbeat_ms`,
/// `interval_ms` and `records_max`, and `randomness` (64 hexadecimal digits from which all of it is drawn instead of from the operating
/// system: for tests, since who knows them can forge the first seals), and `wait_ms` (how long to wait for another process that holds the
/// directory's lock). What a making that was cut off left in `dir` is cleared; a log is left as it is. The outcome's document is `{"hash","origin","schema":"ztp.audit.created/1","seq","vkey"}`,
/// where `vkey` is the first epoch's verifier key: keep it outside the bench.
pub fn audit_init(dir: &[u8], options: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let (options, host) = create_options(options)?;
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let writer = Writer::create(dir, &options, now, host).map_err(failed)?;
        let (seq, hash) = writer.last();
        let vkey = head::genesis_vkey(dir).map_err(failed)?;
        Ok(Outcome::object([
            ("hash", hash.to_string().into()),
            ("origin", writer.origin().into()),
            ("schema", "ztp.audit.created/1".into()),
            ("seq", count(seq)),
            ("vkey", vkey.to_string().into()),
        ]))
    })
}

/// Appends events to the log in `dir`, durably and as one batch: one JSON object `{"event_class","payload","timestamp"?}` a
/// line. An event without a timestamp gets `now_ms`. If one is refused, none is written.
///
/// `options` is JSON, or empty for none: `allow_classes`, the classes below `anomaly.`, `licence.` and `vault.` that the caller means to
/// write. Others of these are refused (`event_class_weighed`): the parts that answer for them write them, and a record of them by hand
/// is a finding or a break to whoever reads the log. That is against mistakes, not against the log's owner. `strict`: refuse a payload that
/// is none of its class ([`ztp_core::event::check_payload`]), which whoever reads that class will not understand. And `wait_ms`: how long
/// to wait for another process that writes to the log, before `log_locked` is the outcome.
///
/// The outcome's document is `{"first_seq","hash","malformed"?,"records","schema":"ztp.audit.appended/1","seals","seq"}`, where `seq` and
/// `hash` are those of the log's last record. `malformed`, where there are such payloads and `strict` is not set, is
/// `{"count","line","message"}`: how many, and what is wrong in the first line that has one.
pub fn audit_append(dir: &[u8], events: &[u8], options: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let (taken, host) = append_options(options)?;
        Ok(with_writer(dir, host, now_ms, |writer| append_taken(writer, events, &taken, now_ms)))
    })
}

/// Seals the log in `dir` now. The outcome's document is the new head, as that of [`audit_head`].
///
/// `options` is JSON, or empty for none: `wait_ms`, as for [`audit_append`].
pub fn audit_seal(dir: &[u8], options: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let host = waiting_host(options)?;
        Ok(with_writer(dir, host, now_ms, |writer| seal(writer, now_ms)))
    })
}

/// The last checkpoint of the log in `dir`, unverified: `{"checkpoint","origin","root","schema":"ztp.audit.head/1","size"}`,
/// where `checkpoint` is the C2SP signed note.
pub fn audit_head(dir: &[u8]) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        match head::last_note(dir).map_err(failed)? {
            Some(note) => head_of(&note),
            None => Err(failed(VerifyError::NotSealed { seq: 0 })),
        }
    })
}

/// Verifies the log in `dir`; the outcome's document is the verdict (`ztp.audit.verdict/1`) whether it is negative or not.
///
/// `options` is JSON, or empty for none: `breaks_max` (breaks listed at most), `content_from_head` (leave the content of records below
/// the head to the head), `head` (a signed checkpoint the auditor kept), `now` (a timestamp that ages are held against), `require` (what
/// the verdict must rest on: `auditor_head`, `evolved_key`, `pinned_key`, or `sealed_within` with its number `sealed_within_ms`), `since`
/// (clock steps are listed, records and seals counted, from this time on; everything is checked), `vkey` (the first epoch's key as the
/// auditor knows it). A log that holds without something required gives the status `anchor_below_required` with the verdict; without
/// `require`, one that nothing outside the copy vouches for gives `audit_unanchored`. An empty `require` asks for nothing. Another
/// thread may follow and cancel through `job`.
pub fn audit_verify(dir: &[u8], options: &[u8], job: &Job) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let options = verify_options(options)?;
        let verdict = verify::verify_dir(dir, &options, job).map_err(failed)?;
        let document = canonical::write(&verdict.to_value()).map_err(failed)?;
        Ok(Outcome::verdict(verdict.status.code(), document))
    })
}

pub(crate) fn append(writer: &mut Writer, lines: &[u8], options: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let taken = taken(&mut fields)?;
        fields.finish().map_err(failed)?;
        Ok(append_taken(writer, lines, &taken, now_ms))
    })
}

fn append_taken(writer: &mut Writer, lines: &[u8], taken: &Taken, now_ms: i64) -> Outcome {
    settle(|| {
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let events::Events { events, malformed } = events::read(lines, &taken.classes, taken.strict)?;
        let done = writer.append(&events, now).map_err(failed)?;
        let mut members = vec![
            ("first_seq", count(done.first_seq)),
            ("hash", done.last_hash.to_string().into()),
            ("records", Value::Int(i64::try_from(events.len()).unwrap_or(i64::MAX))),
            ("schema", "ztp.audit.appended/1".into()),
            ("seals", done.seals.into()),
            ("seq", count(done.last_seq)),
        ];
        members.extend(malformed.map(|malformed| ("malformed", malformed.to_value())));
        Ok(Outcome::object(members))
    })
}

/// What an append takes.
struct Taken {
    /// The classes that its caller means to write although a fold gives weight to them.
    classes: Vec<EventClass>,
    /// Payloads must be of their class.
    strict: bool,
}

fn taken(fields: &mut Fields<'_>) -> Result<Taken, Outcome> {
    let mut classes = Vec::new();
    if fields.optional("allow_classes").map_err(failed)?.is_some() {
        for item in fields.array("allow_classes").map_err(failed)? {
            classes.push(item.as_str().unwrap_or_default().parse().map_err(failed)?);
        }
    }
    Ok(Taken { classes, strict: options::flag(fields, "strict")? })
}

/// What an append by itself is given: what it takes, and how long it waits for another writer.
fn append_options(bytes: &[u8]) -> Result<(Taken, Box<dyn Host>), Outcome> {
    let value = options::parse(bytes)?;
    let mut fields = options::open(&value)?;
    let taken = taken(&mut fields)?;
    let host = options::waiting(&mut fields)?;
    fields.finish().map_err(failed)?;
    Ok((taken, host))
}

/// The machine, for an opening that is given nothing but how long it waits.
pub(crate) fn waiting_host(bytes: &[u8]) -> Result<Box<dyn Host>, Outcome> {
    let value = options::parse(bytes)?;
    let mut fields = options::open(&value)?;
    let host = options::waiting(&mut fields)?;
    fields.finish().map_err(failed)?;
    Ok(host)
}

pub(crate) fn seal(writer: &mut Writer, now_ms: i64) -> Outcome {
    settle(|| {
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        head_of(&writer.seal(now).map_err(failed)?.note)
    })
}

pub(crate) fn tick(writer: &mut Writer, now_ms: i64) -> Outcome {
    settle(|| {
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let sealed = writer.tick(now).map_err(failed)?;
        Ok(Outcome::object([("schema", "ztp.audit.tick/1".into()), ("sealed", sealed.is_some().into())]))
    })
}

pub(crate) fn head(writer: &Writer) -> Outcome {
    settle(|| match writer.head() {
        Some(note) => head_of(note),
        None => Err(failed(VerifyError::NotSealed { seq: writer.last().0 })),
    })
}

fn with_writer(
    dir: &[u8],
    host: Box<dyn Host>,
    now_ms: i64,
    call: impl FnOnce(&mut Writer) -> Outcome,
) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        Ok(call(&mut Writer::open(dir, now, host).map_err(failed)?))
    })
}

fn create_options(bytes: &[u8]) -> Result<(CreateOptions, Box<dyn Host>), Outcome> {
    let value = options::parse(bytes)?;
    let mut fields = options::open(&value)?;
    let origin = fields.string("origin").map_err(failed)?.to_owned();
    let usual = SealPolicy::default();
    let policy = SealPolicy {
        records_max: options::count(&mut fields, "records_max")?.unwrap_or(usual.records_max),
        interval_ms: options::count(&mut fields, "interval_ms")?.unwrap_or(usual.interval_ms),
        heartbeat_ms: options::count(&mut fields, "heartbeat_ms")?.unwrap_or(usual.heartbeat_ms),
    };
    let host = options::host(&mut fields)?;
    fields.finish().map_err(failed)?;
    Ok((CreateOptions { origin, policy }, host))
}

pub(crate) fn verify_options(bytes: &[u8]) -> Result<VerifyOptions, Outcome> {
    let value = options::parse(bytes)?;
    let mut fields = options::open(&value)?;
    let listed = options::count(&mut fields, "breaks_max")?.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let options = VerifyOptions {
        since: options::parsed(&mut fields, "since")?,
        content_from_head: options::flag(&mut fields, "content_from_head")?,
        breaks_max: listed.unwrap_or(VerifyOptions::default().breaks_max),
        ..anchors(&mut fields)?
    };
    fields.finish().map_err(failed)?;
    Ok(options)
}

/// What a caller brings from outside the log, and what it must rest on: `vkey`, `head`, `now`, `require` and `sealed_within_ms`. Every
/// operation that reads a sealed log for an answer takes these, and means the same by them.
pub(crate) fn anchors(fields: &mut Fields<'_>) -> Result<VerifyOptions, Outcome> {
    Ok(VerifyOptions {
        pinned: options::parsed(fields, "vkey")?,
        head: options::text(fields, "head")?.map(|head| head.as_bytes().to_vec()),
        now: options::parsed(fields, "now")?,
        require: requirements(fields)?,
        ..VerifyOptions::default()
    })
}

/// What the verdict must rest on: `None` if nothing was said of it.
fn requirements(fields: &mut Fields<'_>) -> Result<Option<Vec<Requirement>>, Outcome> {
    let asked = fields.optional("require").map_err(failed)?.is_some();
    let words = options::words(fields, "require", REQUIREMENTS)?;
    let aged = fields.optional("sealed_within_ms").map_err(failed)?.is_some();
    if aged && !words.contains(&"sealed_within") {
        return Err(failed(VerifyError::OptionNeeds {
            option: "sealed_within_ms",
            needs: "sealed_within in require",
        }));
    }
    let mut required = Vec::with_capacity(words.len());
    for word in words {
        required.push(match word {
            "auditor_head" => Requirement::AuditorHead,
            "evolved_key" => Requirement::EvolvedKey,
            "pinned_key" => Requirement::PinnedKey,
            _ => {
                let ms = options::number(fields, "sealed_within_ms", 0, INTEGER_MAX.unsigned_abs())?;
                Requirement::SealedWithin { ms }
            }
        });
    }
    Ok(asked.then_some(required))
}

/// The head document of a signed checkpoint.
pub(crate) fn head_of(note: &[u8]) -> Result<Outcome, Outcome> {
    let parsed = Note::parse(note).map_err(failed)?;
    let checkpoint = Checkpoint::parse(parsed.text()).map_err(failed)?;
    Ok(Outcome::object([
        ("checkpoint", String::from_utf8_lossy(note).into_owned().into()),
        ("origin", checkpoint.origin.into()),
        ("root", checkpoint.root.to_string().into()),
        ("schema", "ztp.audit.head/1".into()),
        ("size", count(checkpoint.size)),
    ]))
}

/// A count as an integer of a document; counts stay far below 2^53.
pub(crate) fn count(n: u64) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}
