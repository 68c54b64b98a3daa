//! What a verification found: the verdict, which names what it rests on, where the first break is and what it could not check.
//!
//! A verdict is data. It is the same for the same log and options on every machine and with any number of threads, and
//! [`Verdict::to_value`] gives the same canonical bytes in every language.

mod beside;
mod clock;

use ztp_core::canonical::Value;
use ztp_core::digest::Digest;

pub use self::beside::{Recovered, Stray, StrayKind};
use self::beside::{recovered_value, stray_value};
use self::clock::step_value;
pub use self::clock::{ClockStep, ClockStepKind};
use crate::control::{SealPolicy, integer};

/// Schema of the document made by [`Verdict::to_value`].
pub const SCHEMA: &str = "ztp.audit.verdict/1";

/// The verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a caller must decide about every verdict")]
pub enum Status {
    /// Everything that was checked holds, and rests on what the caller asked for, or else on something outside the copy.
    Intact,
    /// Everything that was checked holds, but nothing outside the copy vouches for it: whoever made the copy could have made all of it.
    Unanchored,
    /// Everything that was checked holds, but does not rest on what the caller asked for ([`Verdict::missing`]).
    BelowRequired,
    /// A record, link, seal or checkpoint does not hold.
    Broken,
    /// The log ends before a point that its own checkpoints show it had reached.
    Truncated,
    /// The log holds together but is not the one whose head the auditor kept.
    Forked,
    /// The log holds together but ends before the head the auditor kept: an older copy was put back.
    RolledBack,
}

impl Status {
    /// The word used in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Unanchored => "unanchored",
            Self::BelowRequired => "below_required",
            Self::Broken => "broken",
            Self::Truncated => "truncated",
            Self::Forked => "forked",
            Self::RolledBack => "rolled_back",
        }
    }

    /// The stable code of a verdict with this status; `None` for [`Status::Intact`].
    #[must_use]
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::Intact => None,
            Self::Unanchored => Some("audit_unanchored"),
            Self::BelowRequired => Some("anchor_below_required"),
            Self::Broken => Some("audit_broken"),
            Self::Truncated => Some("audit_truncated"),
            Self::Forked => Some("audit_forked"),
            Self::RolledBack => Some("audit_rolled_back"),
        }
    }

    /// Whether no break was found: what was checked holds, whatever it rests on.
    #[must_use]
    pub fn holds(self) -> bool {
        matches!(self, Self::Intact | Self::Unanchored | Self::BelowRequired)
    }
}

/// What kind of break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreakKind {
    /// A record's bytes do not have the hash the record states.
    HashMismatch,
    /// A record's hash is not what the next record's `prev_hash` says.
    PrevHashMismatch,
    /// A record states another sequence number than its place has.
    SeqGap,
    /// A line is not canonical JSON.
    NotCanonical,
    /// A line is canonical JSON but not a record.
    MalformedRecord,
    /// A line has no line feed although more of the log follows.
    TornLine,
    /// A segment file is missing.
    MissingSegment,
    /// A segment holds fewer or more records than its place allows, or has a name that no segment has.
    SegmentLength,
    /// The first record is not an acceptable `log.opened`, or such a record stands elsewhere.
    BadGenesis,
    /// A seal record or its checkpoint is malformed or its signature does not verify.
    BadSeal,
    /// A seal record has no checkpoint although the log goes on, or a checkpoint has no seal record.
    MissingSeal,
    /// The key of an epoch is not the one that was announced, or one that was used before.
    KeyChain,
    /// The log started with another key than the one that the auditor pinned.
    PinnedKey,
    /// A checkpoint's root is not that of the records it covers.
    CheckpointRoot,
    /// The checkpoints of a segment are more bytes than any log's can be; those beyond were not read.
    NotesLength,
    /// The log ends before a checkpoint's size.
    MissingRecords,
    /// More records without a seal than the log's policy and the writer's largest excess allow.
    TailExceedsPolicy,
    /// The log's tree at the size of the auditor's head has another root.
    HeadRoot,
    /// The log ends before the auditor's head.
    HeadBeyondLog,
}

impl BreakKind {
    /// The word used in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HashMismatch => "hash_mismatch",
            Self::PrevHashMismatch => "prev_hash_mismatch",
            Self::SeqGap => "seq_gap",
            Self::NotCanonical => "not_canonical",
            Self::MalformedRecord => "malformed_record",
            Self::TornLine => "torn_line",
            Self::MissingSegment => "missing_segment",
            Self::SegmentLength => "segment_length",
            Self::BadGenesis => "bad_genesis",
            Self::BadSeal => "bad_seal",
            Self::MissingSeal => "missing_seal",
            Self::KeyChain => "key_chain",
            Self::PinnedKey => "pinned_key",
            Self::CheckpointRoot => "checkpoint_root",
            Self::NotesLength => "notes_length",
            Self::MissingRecords => "missing_records",
            Self::TailExceedsPolicy => "tail_exceeds_policy",
            Self::HeadRoot => "head_root",
            Self::HeadBeyondLog => "head_beyond_log",
        }
    }
}

/// One place where the log does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// What kind.
    pub kind: BreakKind,
    /// Place of the broken record, counted from 0 by position; for a link, the record whose hash the next one does not confirm.
    pub seq: u64,
    /// File below the log directory.
    pub file: String,
    /// Byte offset in that file: of the line, or of the first byte that is wrong where one can be named.
    pub offset: u64,
    /// What should stand there (a hash, a number, a word).
    pub expected: String,
    /// What stands there.
    pub found: String,
    /// The broken record's own timestamp, if it can be read.
    pub timestamp: Option<String>,
}

/// Something outside the records themselves that the verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Anchor {
    /// Seals signed by evolved keys, checked from epoch 0 to this epoch.
    EvolvedKey {
        /// Last epoch whose seal verifies.
        epoch: u64,
        /// Records under that seal.
        size: u64,
    },
    /// The key of epoch 0 is the one the auditor gave, and its seal verifies under it.
    PinnedKey {
        /// It, as a C2SP vkey.
        vkey: String,
    },
    /// The log contains the head the auditor kept.
    AuditorHead {
        /// Records under that head.
        size: u64,
        /// Its root.
        root: Digest,
    },
}

impl Anchor {
    /// The word used in documents and by `--require`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::EvolvedKey { .. } => "evolved_key",
            Self::PinnedKey { .. } => "pinned_key",
            Self::AuditorHead { .. } => "auditor_head",
        }
    }

    /// Records whose order and content this anchor fixes; `None` for a key.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::EvolvedKey { size, .. } | Self::AuditorHead { size, .. } => Some(*size),
            Self::PinnedKey { .. } => None,
        }
    }

    /// Whether it is something that whoever made the copy cannot have made himself. Evolved keys stand in the copy.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        match self {
            Self::EvolvedKey { .. } => false,
            Self::PinnedKey { .. } | Self::AuditorHead { .. } => true,
        }
    }

    fn to_value(&self) -> Value {
        let mut members = vec![("kind", text(self.kind()))];
        match self {
            Self::EvolvedKey { epoch, size } => {
                members.extend([("epoch", integer(*epoch)), ("size", integer(*size))]);
            }
            Self::PinnedKey { vkey } => members.push(("vkey", text(vkey))),
            Self::AuditorHead { size, root } => {
                members.extend([("root", text(&root.to_string())), ("size", integer(*size))]);
            }
        }
        object(members)
    }
}

/// Identity of the log, from its first record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogIdentity {
    /// Random identity, lower-case hex.
    pub log_id: String,
    /// Origin line of its checkpoints.
    pub origin: String,
    /// Key of epoch 0 as the log states it.
    pub first_vkey: String,
    /// The sealing the writer promised.
    pub seal_policy: SealPolicy,
}

/// The last seal that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its epoch.
    pub epoch: u64,
    /// Records it covers.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Digest,
    /// Timestamp of the seal record.
    pub timestamp: String,
}

/// The part of the log after the last seal that verifies: it rests on the chain alone, which the host could have written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnanchoredTail {
    /// First record of it.
    pub from_seq: u64,
    /// Whole records in it.
    pub records: u64,
    /// Bytes after the last line feed: a write in progress or cut off.
    pub torn_bytes: u64,
    /// The last record is a seal whose checkpoint is not there yet.
    pub pending_seal: bool,
    /// Seals in it whose checkpoints are not there: the one that is pending, or those of a log that was copied while it was written. They
    /// vouch for nothing.
    pub seals: u64,
    /// Milliseconds from its first record to the log's last, by the log's own times; `None` without a record. Negative where the
    /// clock was set back in between.
    pub age_ms: Option<i64>,
    /// Milliseconds from its first record to the caller's now, where the caller gave one. Negative where it is dated later.
    pub age_now_ms: Option<i64>,
}

/// The part of the log that a report looks at: all of it, or from the first record at or after the time asked for. It limits what is
/// listed, never what is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reported {
    /// First record of it; `None` if no record is that late.
    pub from_seq: Option<u64>,
    /// Lines in it, good or bad.
    pub records: u64,
    /// Seals in it that verify.
    pub seals: u64,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The verdict in one word.
    pub status: Status,
    /// Last record before the first break; `None` if there is none.
    pub verified_to_seq: Option<u64>,
    /// Lines found, good or bad.
    pub records: u64,
    /// Seals that verify.
    pub seals: u64,
    /// The breaks, in the order of the log, up to the limit asked for.
    pub breaks: Vec<Break>,
    /// How many there are in all.
    pub breaks_total: u64,
    /// What the verdict rests on.
    pub anchors: Vec<Anchor>,
    /// The last seal that verifies.
    pub head: Option<Head>,
    /// What lies after it.
    pub unanchored_tail: UnanchoredTail,
    /// Which log this is.
    pub log: Option<LogIdentity>,
    /// First record from which on the content of every record was hashed: 0, or the size of the head that the content before was left
    /// to ([`VerifyOptions::content_from_head`](crate::verify::VerifyOptions::content_from_head)).
    pub content_checked_from: u64,
    /// What the report looks at.
    pub reported: Reported,
    /// Steps of the clock in the part reported, in the order of the log: the first ones.
    pub clock_steps: Vec<ClockStep>,
    /// How many there are in it in all.
    pub clock_steps_total: u64,
    /// What was taken as torn and set aside.
    pub recovered: Recovered,
    /// What lies in the log's directory and is no part of the log, in the order of the paths: the first ones.
    pub strays: Vec<Stray>,
    /// How many there are in all.
    pub strays_total: u64,
    /// What the caller asked the verdict to rest on and it does not, in words of [`Requirement`](crate::verify::Requirement).
    pub missing: Vec<&'static str>,
    /// What was not or could not be checked, by name.
    pub unchecked: Vec<&'static str>,
}

impl Verdict {
    /// Whether one of the anchors is of the kind asked for (`evolved_key`, `pinned_key`, `auditor_head`).
    #[must_use]
    pub fn rests_on(&self, kind: &str) -> bool {
        self.anchors.iter().any(|a| a.kind() == kind)
    }

    /// What a document that was made from the log says of this verdict: the member `sealed_log`. Anchors are named by their kinds.
    #[must_use]
    pub fn summary(&self) -> Value {
        let words = |words: &[&'static str]| Value::Array(words.iter().map(|word| text(word)).collect());
        object([
            ("anchors", Value::Array(self.anchors.iter().map(|anchor| text(anchor.kind())).collect())),
            ("missing", words(&self.missing)),
            ("records", integer(self.records)),
            ("status", text(self.status.as_str())),
            ("unchecked", words(&self.unchecked)),
            ("verified_to_seq", self.verified_to_seq.map_or(Value::Null, integer)),
        ])
    }

    /// The verdict as the document `ztp.audit.verdict/1`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        object([
            ("anchors", Value::Array(self.anchors.iter().map(Anchor::to_value).collect())),
            ("breaks", Value::Array(self.breaks.iter().map(break_value).collect())),
            ("breaks_total", integer(self.breaks_total)),
            ("clock_steps", Value::Array(self.clock_steps.iter().map(step_value).collect())),
            ("clock_steps_total", integer(self.clock_steps_total)),
            ("content_checked_from", integer(self.content_checked_from)),
            ("head", self.head.as_ref().map_or(Value::Null, head_value)),
            ("log", self.log.as_ref().map_or(Value::Null, log_value)),
            ("missing", Value::Array(self.missing.iter().map(|s| text(s)).collect())),
            ("records", integer(self.records)),
            ("recovered", recovered_value(&self.recovered)),
            ("reported", reported_value(&self.reported)),
            ("schema", text(SCHEMA)),
            ("seals", integer(self.seals)),
            ("status", text(self.status.as_str())),
            ("strays", Value::Array(self.strays.iter().map(stray_value).collect())),
            ("strays_total", integer(self.strays_total)),
            ("unanchored_tail", tail_value(&self.unanchored_tail)),
            ("unchecked", Value::Array(self.unchecked.iter().map(|s| text(s)).collect())),
            ("verified_to_seq", self.verified_to_seq.map_or(Value::Null, integer)),
            ("window", window_value(self)),
        ])
    }
}

fn text(s: &str) -> Value {
    Value::String(s.to_owned())
}

fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

fn break_value(b: &Break) -> Value {
    object([
        ("expected", text(&b.expected)),
        ("file", text(&b.file)),
        ("found", text(&b.found)),
        ("kind", text(b.kind.as_str())),
        ("offset", integer(b.offset)),
        ("seq", integer(b.seq)),
        ("timestamp", b.timestamp.as_deref().map_or(Value::Null, text)),
    ])
}

fn head_value(h: &Head) -> Value {
    object([
        ("epoch", integer(h.epoch)),
        ("root", text(&h.root.to_string())),
        ("size", integer(h.size)),
        ("timestamp", text(&h.timestamp)),
    ])
}

fn log_value(l: &LogIdentity) -> Value {
    object([("first_vkey", text(&l.first_vkey)), ("log_id", text(&l.log_id)), ("origin", text(&l.origin))])
}

fn tail_value(t: &UnanchoredTail) -> Value {
    let age = |age: Option<i64>| age.map_or(Value::Null, Value::Int);
    object([
        ("age_ms", age(t.age_ms)),
        ("age_now_ms", age(t.age_now_ms)),
        ("from_seq", integer(t.from_seq)),
        ("pending_seal", Value::Bool(t.pending_seal)),
        ("records", integer(t.records)),
        ("seals", integer(t.seals)),
        ("torn_bytes", integer(t.torn_bytes)),
    ])
}

fn reported_value(r: &Reported) -> Value {
    object([
        ("from_seq", r.from_seq.map_or(Value::Null, integer)),
        ("records", integer(r.records)),
        ("seals", integer(r.seals)),
    ])
}

fn window_value(v: &Verdict) -> Value {
    v.log.as_ref().map_or(Value::Null, |l| {
        object([
            ("heartbeat_ms", integer(l.seal_policy.heartbeat_ms.into())),
            ("interval_ms", integer(l.seal_policy.interval_ms.into())),
            ("last_seal", v.head.as_ref().map_or(Value::Null, |h| text(&h.timestamp))),
            ("records_max", integer(l.seal_policy.records_max.into())),
        ])
    })
}
