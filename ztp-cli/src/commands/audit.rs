//! `ztp audit`: init, seal, head, verify, record-hash.

use ztp_core::canonical::Value;
use ztp_facade::{
    AuditLog, Job, audit_head, audit_init, audit_prove, audit_verify, record_hash as hash_of_record,
};

use super::{anchors, path_bytes, succeeded};
use crate::cli::{DEFAULT_ORIGIN, HeadArgs, InitArgs, Required, SealArgs, VerifyArgs};
use crate::document::{self, Document, object, string};
use crate::failure::Failure;
use crate::files::{self, now_ms};
use crate::progress;
use crate::ui::{Report, Ui, exact, printable};
use crate::verdict;

/// Starts a log.
pub(crate) fn init(args: &InitArgs) -> Result<Report, Failure> {
    let limit = |limit: Option<u32>| limit.map(|number| Value::Int(number.into()));
    let options = object([
        ("heartbeat_ms", limit(args.heartbeat_ms)),
        ("interval_ms", limit(args.interval_ms)),
        ("origin", Some(string(args.origin.as_str()))),
        ("records_max", limit(args.records_max)),
    ]);
    let made = succeeded(audit_init(path_bytes(&args.dir), &document::bytes(&options), now_ms()))?;
    let vkey = Document::parse(&made).text(&["vkey"]).unwrap_or_default().to_owned();
    let mut text = format!(
        "log started in {}\nfirst key: {}\nGive this key to whoever will verify the log, over a way that does not lead through this host.\n",
        printable(&args.dir.to_string_lossy()),
        printable(&vkey),
    );
    if args.origin == DEFAULT_ORIGIN {
        text.push_str(
            "It has the name that every log gets which is given none: another log's key or checkpoint will look like a forgery of this one. \
             --origin gives it a name of its own.\n",
        );
    }
    Ok(Report::holds(made, text))
}

/// Closes the open epoch.
pub(crate) fn seal(args: &SealArgs) -> Result<Report, Failure> {
    let log = AuditLog::open_within(path_bytes(&args.dir), now_ms(), args.wait.ms.unwrap_or(0));
    let head = succeeded(log.map_err(Failure::of)?.seal(now_ms()))?;
    let note = Document::parse(&head).text(&["checkpoint"]).unwrap_or_default().to_owned();
    Ok(Report::holds(head, exact(&note)))
}

/// The last checkpoint, or one of the log's keys.
pub(crate) fn head(args: &HeadArgs) -> Result<Report, Failure> {
    let dir = path_bytes(&args.dir);
    if args.genesis_vkey {
        return Ok(key(genesis_vkey(dir)?));
    }
    if let Some(seq) = args.seq {
        let seq = i64::try_from(seq).map_err(|_| Failure::usage(format!("{seq} is larger than any log")))?;
        return Ok(key(epoch_vkey(dir, seq)?));
    }
    let head = succeeded(audit_head(dir))?;
    let document = Document::parse(&head);
    if args.vkey {
        let size = args.size.or_else(|| document.integer(&["size"])).unwrap_or_default();
        return Ok(key(checkpoint_vkey(dir, size - 1, size)?));
    }
    let note = document.text(&["checkpoint"]).unwrap_or_default().to_owned();
    Ok(Report::holds(head, exact(&note)))
}

/// The key that signed the checkpoint of `size` records, which covers record `seq`: a proof comes with it.
fn checkpoint_vkey(dir: &[u8], seq: i64, size: i64) -> Result<String, Failure> {
    let options = object([("seq", Some(Value::Int(seq))), ("size", Some(Value::Int(size)))]);
    let proof = succeeded(audit_prove(dir, &document::bytes(&options)))?;
    Ok(Document::parse(&proof).text(&["vkey"]).unwrap_or_default().to_owned())
}

/// The key of the epoch that covers record `seq`: the one that signed the first checkpoint over it.
fn epoch_vkey(dir: &[u8], seq: i64) -> Result<String, Failure> {
    let options = object([("seq", Some(Value::Int(seq)))]);
    let proof = succeeded(audit_prove(dir, &document::bytes(&options)))?;
    Ok(Document::parse(&proof).text(&["vkey"]).unwrap_or_default().to_owned())
}

/// The key the log started with: the one that signed its first checkpoint or, before there is one, that its first record states.
fn genesis_vkey(dir: &[u8]) -> Result<String, Failure> {
    let proof = audit_prove(dir, br#"{"seq":0}"#);
    let document = Document::parse(&proof.document);
    if let Some(vkey) = document.text(&["vkey"]) {
        return Ok(vkey.to_owned());
    }
    if document.text(&["code"]) != Some("not_sealed") {
        return Err(Failure::of(proof));
    }
    let verdict = succeeded(audit_verify(dir, br#"{"require":[]}"#, &Job::new()))?;
    Ok(Document::parse(&verdict).text(&["log", "first_vkey"]).unwrap_or_default().to_owned())
}

/// A verifier key as a result.
fn key(vkey: String) -> Report {
    let document = object([("schema", Some(string("ztp.vkey/1"))), ("vkey", Some(string(vkey.as_str())))]);
    Report::holds(document::bytes(&document), exact(&(vkey + "\n")))
}

/// Verifies a log.
pub(crate) fn verify(args: &VerifyArgs, ui: &Ui) -> Result<Report, Failure> {
    let options = document::bytes(&verify_options(args)?);
    let outcome = progress::run(ui, |job| audit_verify(path_bytes(&args.dir), &options, job))?;
    let verdict = Document::parse(&outcome.document);
    if verdict.text(&["schema"]) != Some("ztp.audit.verdict/1") {
        return Err(Failure::of(outcome));
    }
    let exit = anchors::exit(ui, &outcome, verdict.array(&["missing"]));
    let text = verdict::words(ui, &verdict, &args.dir.to_string_lossy());
    Ok(Report { exit, document: outcome.document, text: text.into_bytes() })
}

fn verify_options(args: &VerifyArgs) -> Result<Value, Failure> {
    let mut members = anchors::members(&args.anchors)?;
    members.push(("content_from_head", args.content_from_head.then_some(Value::Bool(true))));
    members.push(("since", args.since.as_deref().map(anchors::instant).transpose()?));
    Ok(object(members))
}

/// What `--require` asked for, as the members `require` and `sealed_within_ms`. Of two durations the shorter counts.
pub(crate) fn required(asked: &[Required]) -> Result<(Option<Value>, Option<Value>), Failure> {
    if asked.contains(&Required::Nothing) && asked.iter().any(|one| *one != Required::Nothing) {
        return Err(Failure::usage("--require none asks for nothing, so it stands alone"));
    }
    let words = asked.iter().filter_map(|one| match one {
        Required::Nothing => None,
        Required::Grade(grade) => Some(grade.as_str()),
        Required::SealedWithin(_) => Some("sealed_within"),
    });
    let within = asked.iter().filter_map(|one| match one {
        Required::SealedWithin(ms) => Some(*ms),
        Required::Nothing | Required::Grade(_) => None,
    });
    let words = words.map(string).collect();
    Ok(((!asked.is_empty()).then_some(Value::Array(words)), within.min().map(Value::Int)))
}

/// The hash of the record line on standard input.
pub(crate) fn record_hash() -> Result<Report, Failure> {
    let hashed = succeeded(hash_of_record(&files::read_stdin()?))?;
    let hash = Document::parse(&hashed).text(&["hash"]).unwrap_or_default().to_owned();
    Ok(Report::holds(hashed, hash + "\n"))
}
