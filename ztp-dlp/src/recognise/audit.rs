//! R4: records of the sealed audit log, confirmed by recomputing their hash.
//!
//! A record's hash is the SHA-256 of its canonical form without the `hash` member (docs/formats/audit-log.md). Spelling, order and
//! white space are therefore no disguise: the record is read, written canonically, and hashed. What does not confirm any more, since
//! it was cut or altered, is still told by its members, and by a hash that another record names as the one before it.

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::{Digest, sha256};

use super::json;
use super::record::Confirmed;
use super::{Context, Hit, Hits, REACH_BEFORE};
use crate::rule::{Fact, RuleId, Severity};

/// Member names that other documents seldom have; and as they stand in a record, long enough to be looked for in encodings.
pub(super) const ANCHORS: &[&[u8]] =
    &[b"prev_hash", b",\"prev_hash\":\"", b"\"event_class\"", b"{\"event_class\":\""];

/// Which of a view's memories of beginnings is that of records.
const RECORDS: usize = 0;

const MEMBERS: [&str; 6] = ["event_class", "hash", "payload", "prev_hash", "seq", "timestamp"];

/// Judges the record around a member name at `at`.
pub(super) fn record(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let judge = |place: std::ops::Range<usize>| {
        let text = view.get(place.clone())?;
        Confirmed::read(text)
            .map_or_else(|| spelled(text), |record| Some(Record::of(&record)))
            .map(|it| (place, it))
    };
    let search = json::Search { reach: REACH_BEFORE, open: false, tried: out.tried[RECORDS] };
    let (found, read) = json::around(view, at, search, judge);
    out.charge(read);
    if let Some((span, record)) = found {
        let confirmed = record.confirmed;
        // A record that confirms itself needs no other to vouch for it.
        let linked = !confirmed && linked(view, &record.stated);
        if !confirmed {
            out.charge(view.len() / 8);
        }
        let (kind, severity) = match (confirmed, linked) {
            (true, _) => ("audit-record", Severity::High),
            (false, true) => ("audit-record-linked", Severity::High),
            (false, false) => ("audit-record-altered", Severity::Medium),
        };
        let mut facts = vec![("hash_confirmed", Fact::Bool(confirmed)), ("linked", Fact::Bool(linked))];
        facts.extend(record.class.map(|class| ("event_class", class)));
        facts.extend(record.seq.map(|seq| ("seq", Fact::Int(seq))));
        let tag = ctx.key.tag("record", &[record.stated.as_bytes()]);
        out.judged = span.clone();
        out.hashes.extend(record.places.into_iter().flatten().map(|place| span.start + place));
        let span = (span.start, span.end);
        out.push(Hit::new(ctx, RuleId::SealedAudit, kind, severity, span, tag).with(facts));
        return;
    }
    out.tried[RECORDS] = out.tried[RECORDS].max(at + 1);
    if let Some((end, hash)) = tail_at(view, at).or_else(|| head_at(view, at)) {
        let tag = ctx.key.tag("record", &[hash.as_bytes()]);
        let kind = "audit-record-fragment";
        out.push(Hit::new(ctx, RuleId::SealedAudit, kind, Severity::Medium, (at, end), tag));
    }
}

/// What is said of a record.
struct Record {
    stated: Digest,
    confirmed: bool,
    class: Option<Fact>,
    seq: Option<i64>,
    /// Where its hashes stand as canonical form writes them; elsewhere they are decoded like any other text.
    places: Option<[usize; 2]>,
}

impl Record {
    fn of(record: &Confirmed<'_>) -> Self {
        Self {
            stated: record.hash,
            confirmed: true,
            class: Some(Fact::text(record.class)),
            seq: Some(record.seq),
            places: Some(record.places),
        }
    }
}

/// A record in whatever spelling.
fn spelled(text: &[u8]) -> Option<Record> {
    let value = canonical::read(text, &Limits { bytes_max: REACH_BEFORE, depth_max: 32 }).ok()?;
    let stated = stated_hash(&value)?;
    let confirmed = recomputed(&value) == Some(stated);
    let class = value.get("event_class").and_then(Value::as_str).map(Fact::text);
    let seq = value.get("seq").and_then(Value::as_int);
    Some(Record { stated, confirmed, class, seq, places: None })
}

/// The hash of an object with exactly a record's members, each of its type.
fn stated_hash(value: &Value) -> Option<Digest> {
    let members = value.as_object()?;
    if members.len() != MEMBERS.len() || !MEMBERS.iter().all(|name| members.contains_key(*name)) {
        return None;
    }
    value.get("seq")?.as_int()?;
    value.get("payload")?.as_object()?;
    value.get("event_class")?.as_str()?;
    value.get("timestamp")?.as_str().filter(|text| text.len() == 24 && text.ends_with('Z'))?;
    digest(value.get("prev_hash")?.as_str()?)?;
    digest(value.get("hash")?.as_str()?)
}

/// The hash that the record's other members have.
fn recomputed(value: &Value) -> Option<Digest> {
    let mut members = value.as_object()?.clone();
    members.remove("hash");
    canonical::write(&Value::Object(members)).ok().map(|bytes| sha256(&bytes))
}

fn digest(text: &str) -> Option<Digest> {
    Digest::from_hex(text.to_ascii_lowercase()).ok()
}

/// Whether another record in reach names this hash as the one before it.
fn linked(view: &[u8], hash: &Digest) -> bool {
    let digits = hash.to_string();
    memchr::memmem::find_iter(view, digits.as_bytes()).any(|at| {
        let before: Vec<u8> = compact(view.get(at.saturating_sub(24)..at).unwrap_or_default());
        before.ends_with(b"\"prev_hash\":\"")
    })
}

fn compact(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

/// `prev_hash":"64 digits","seq":N` at `at`: the end of a record.
fn tail_at(view: &[u8], at: usize) -> Option<(usize, Digest)> {
    let text = compact(view.get(at..view.len().min(at + 256))?);
    let rest = text.strip_prefix(b"prev_hash\":\"")?;
    let (digits, rest) = rest.split_at_checked(64)?;
    let hash = digest(std::str::from_utf8(digits).ok()?)?;
    let rest = rest.strip_prefix(b"\",\"seq\":")?;
    rest.first().filter(|byte| byte.is_ascii_digit())?;
    Some((view.len().min(at + 64 + 12), hash))
}

/// `"event_class":"…","hash":"64 digits","payload":{` at `at`: the beginning of a record.
fn head_at(view: &[u8], at: usize) -> Option<(usize, Digest)> {
    let text = compact(view.get(at..view.len().min(at + 512))?);
    let rest = text.strip_prefix(b"\"event_class\":\"")?;
    let quote = rest.iter().position(|&byte| byte == b'"')?;
    let rest = rest.get(quote..)?.strip_prefix(b"\",\"hash\":\"")?;
    let (digits, rest) = rest.split_at_checked(64)?;
    let hash = digest(std::str::from_utf8(digits).ok()?)?;
    rest.strip_prefix(b"\",\"payload\":{")?;
    Some((view.len().min(at + text.len() - rest.len()), hash))
}
