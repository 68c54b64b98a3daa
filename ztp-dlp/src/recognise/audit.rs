//! R4: records of the sealed audit log, confirmed by recomputing their hash.
//!
//! A record's hash is the SHA-256 of its canonical form without the `hash` member (docs/formats/audit-log.md). Spelling, order and
//! white space are therefore no disguise: the record is read, written canonically, and hashed. What does not confirm any more, since
//! it was cut or altered, is still told by its members, and by a hash that another record names as the one before it.

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::{Digest, sha256};

use super::json;
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
        let limits = Limits { bytes_max: REACH_BEFORE, depth_max: 32 };
        let value = canonical::read(view.get(place.clone())?, &limits).ok()?;
        let stated = stated_hash(&value)?;
        Some((place, value, stated))
    };
    let search = json::Search { reach: REACH_BEFORE, open: false, tried: out.tried[RECORDS] };
    let (found, read) = json::around(view, at, search, judge);
    out.charge(read);
    if let Some((span, value, stated)) = found {
        let confirmed = recomputed(&value) == Some(stated);
        // A record that confirms itself needs no other to vouch for it.
        let linked = !confirmed && linked(view, &stated);
        if !confirmed {
            out.charge(view.len() / 8);
        }
        let (kind, severity) = match (confirmed, linked) {
            (true, _) => ("audit-record", Severity::High),
            (false, true) => ("audit-record-linked", Severity::High),
            (false, false) => ("audit-record-altered", Severity::Medium),
        };
        let mut facts = vec![("hash_confirmed", Fact::Bool(confirmed)), ("linked", Fact::Bool(linked))];
        if let Some(class) = value.get("event_class").and_then(Value::as_str) {
            facts.push(("event_class", Fact::text(class)));
        }
        if let Some(seq) = value.get("seq").and_then(Value::as_int) {
            facts.push(("seq", Fact::Int(seq)));
        }
        let tag = ctx.key.tag("record", &[stated.as_bytes()]);
        out.judged = span.clone();
        if confirmed {
            // As canonical form writes them; elsewhere they are decoded like any other text.
            for name in [b",\"hash\":\"".as_slice(), b",\"prev_hash\":\""] {
                let record = view.get(span.clone()).unwrap_or_default();
                let places =
                    memchr::memmem::find_iter(record, name).map(|place| span.start + place + name.len());
                let own = if name.len() > 9 { value.get("prev_hash") } else { value.get("hash") };
                let own = own.and_then(Value::as_str).unwrap_or_default().as_bytes();
                out.hashes.extend(places.filter(|place| view.get(*place..place + own.len()) == Some(own)));
            }
        }
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
