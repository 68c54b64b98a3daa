//! One record of the log: a line of canonical JSON whose `hash` covers all of it but itself
//! (docs/formats/audit-log.md, "Record").
//!
//! The reader never re-serialises: it takes the two slices around the `hash` member as they stand in the file, and
//! the canonical check in the same pass makes byte equality mean value equality.

use ztp_core::canonical::{self, CanonicalError, Limits, Value};
use ztp_core::digest::{Digest, sha256_parts};
use ztp_core::event::EventClass;
use ztp_core::time::Timestamp;

use crate::layout::LINE_BYTES_MAX;

const CLASS: &[u8] = b"{\"event_class\":\"";
const HASH: &[u8] = b"\"hash\":\"";
const HASH_MEMBER_LEN: usize = HASH.len() + 64 + 2;
const PAYLOAD: &[u8] = b"\"payload\":";
const PREV: &[u8] = b",\"prev_hash\":\"";
const SEQ: &[u8] = b"\",\"seq\":";
const TIME: &[u8] = b",\"timestamp\":\"";
const END: &[u8] = b"\"}";

/// The nesting allowed inside a payload: one less than a document's, since the record itself is one level.
const PAYLOAD_LIMITS: Limits = Limits { bytes_max: LINE_BYTES_MAX, depth_max: 31 };

/// What is wrong with a line, as a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordFault {
    /// The line is not canonical JSON; the offset (within the line) and reason are the canonical form's.
    NotCanonical(CanonicalError),
    /// The line is canonical JSON but not a record: the member at this byte offset is missing, unknown or of the wrong shape.
    NotARecord {
        /// Byte offset within the line at which the record's shape is first left.
        offset: usize,
        /// What the record's shape wants there.
        expected: &'static str,
    },
    /// The line is longer than [`LINE_BYTES_MAX`].
    TooLong {
        /// Bytes in the line.
        bytes: usize,
    },
}

impl RecordFault {
    /// Byte offset within the line.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::NotCanonical(e) => e.offset,
            Self::NotARecord { offset, .. } => *offset,
            Self::TooLong { .. } => LINE_BYTES_MAX,
        }
    }

    /// The reason in words, for reports.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::NotCanonical(e) => e.to_string(),
            Self::NotARecord { expected, .. } => format!("not a record: expected {expected}"),
            Self::TooLong { bytes } => format!("line of {bytes} bytes is longer than {LINE_BYTES_MAX}"),
        }
    }
}

/// A record as it stands in the file; nothing is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordView<'a> {
    /// The event class, e.g. `admission.decision`.
    pub event_class: &'a [u8],
    /// Bytes before the `hash` member: the first part of what `hash` covers.
    pub before_hash: &'a [u8],
    /// Bytes after the `hash` member and its comma: the second part of what `hash` covers.
    pub after_hash: &'a [u8],
    /// The `hash` member's 64 characters, not yet known to be hexadecimal or right.
    pub hash_hex: &'a [u8; 64],
    /// The payload: one canonical JSON object.
    pub payload: &'a [u8],
    /// The `prev_hash` member's 64 characters, not yet known to be hexadecimal or right.
    pub prev_hash_hex: &'a [u8; 64],
    /// The sequence number the record claims.
    pub seq: u64,
    /// The 24 bytes of the timestamp, a valid UTC time.
    pub timestamp: &'a [u8; 24],
}

impl<'a> RecordView<'a> {
    /// Reads one line, without its line feed.
    ///
    /// # Errors
    /// [`RecordFault`] with the byte offset at which the line first leaves the form of a record.
    pub fn parse(line: &'a [u8]) -> Result<Self, RecordFault> {
        if line.len() >= LINE_BYTES_MAX {
            return Err(RecordFault::TooLong { bytes: line.len() + 1 });
        }
        match Cursor::new(line).record() {
            Ok(view) => Ok(view),
            // The slow path names the first cause: canonical form before shape.
            Err(shape) => {
                match canonical::check(line, &Limits { bytes_max: LINE_BYTES_MAX, depth_max: 32 }) {
                    Err(e) => Err(RecordFault::NotCanonical(e)),
                    Ok(()) => Err(shape),
                }
            }
        }
    }

    /// The hash of the record's bytes without its `hash` member.
    #[must_use]
    pub fn computed_hash(&self) -> Digest {
        sha256_parts(&[self.before_hash, self.after_hash])
    }

    /// The `hash` member, if it is 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn claimed_hash(&self) -> Option<Digest> {
        Digest::from_hex(self.hash_hex).ok()
    }

    /// The `prev_hash` member, if it is 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn prev_hash(&self) -> Option<Digest> {
        Digest::from_hex(self.prev_hash_hex).ok()
    }

    /// The timestamp as text.
    #[must_use]
    pub fn timestamp_str(&self) -> &'a str {
        std::str::from_utf8(self.timestamp).unwrap_or("")
    }
}

/// The members of a line that is not checked for content: see [`skim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skimmed<'a> {
    /// The whole line.
    pub line: &'a [u8],
    /// The `hash` member's 64 characters.
    pub hash_hex: &'a [u8; 64],
    /// The sequence number the record claims.
    pub seq: u64,
    /// The 24 bytes of the timestamp, not yet known to be a time.
    pub timestamp: &'a [u8; 24],
}

/// Reads the stated hash, place and time of a line and checks nothing else: what a verifier needs of records whose content it was
/// not asked to check, since the tree over the stated hashes is still held against the signed checkpoints.
#[must_use]
pub fn skim(line: &[u8]) -> Option<Skimmed<'_>> {
    let rest = line.strip_prefix(CLASS)?;
    let quote = memchr::memchr(b'"', rest)?;
    let hash_hex = rest.get(quote + 1..)?.strip_prefix(b",")?.strip_prefix(HASH)?.first_chunk::<64>()?;
    let rest = line.strip_suffix(END)?;
    let timestamp = rest.last_chunk::<24>()?;
    let rest = rest.get(..rest.len() - 24)?.strip_suffix(TIME)?;
    let digits = rest.iter().rev().take(17).take_while(|b| b.is_ascii_digit()).count();
    let text = rest.get(rest.len() - digits..)?;
    if digits == 0 || digits > 16 || !rest.get(..rest.len() - digits)?.ends_with(SEQ) {
        return None;
    }
    let seq = text.iter().fold(0u64, |n, &b| n * 10 + u64::from(b - b'0'));
    Some(Skimmed { line, hash_hex, seq, timestamp })
}

struct Cursor<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(line: &'a [u8]) -> Self {
        Self { line, at: 0 }
    }

    fn fault(&self, expected: &'static str) -> RecordFault {
        RecordFault::NotARecord { offset: self.at, expected }
    }

    fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn literal(&mut self, text: &'static [u8], expected: &'static str) -> Result<(), RecordFault> {
        if self.rest().starts_with(text) {
            self.at += text.len();
            Ok(())
        } else {
            Err(self.fault(expected))
        }
    }

    fn chunk<const N: usize>(&mut self, expected: &'static str) -> Result<&'a [u8; N], RecordFault> {
        let found = self.rest().first_chunk::<N>().ok_or_else(|| self.fault(expected))?;
        self.at += N;
        Ok(found)
    }

    fn record(mut self) -> Result<RecordView<'a>, RecordFault> {
        self.literal(CLASS, "an event_class member")?;
        let class_len =
            self.rest().iter().position(|&b| b == b'"').ok_or_else(|| self.fault("an event class"))?;
        let event_class = self.rest().get(..class_len).unwrap_or_default();
        if EventClass::check(event_class).is_err() {
            return Err(self.fault("an event class such as admission.decision"));
        }
        self.at += class_len;
        self.literal(b"\",", "a comma after event_class")?;
        let before_end = self.at;
        self.literal(HASH, "a hash member")?;
        let hash_hex = self.chunk::<64>("64 hexadecimal digits")?;
        self.literal(b"\",", "a comma after hash")?;
        self.literal(PAYLOAD, "a payload member")?;
        let payload_start = self.at;
        if self.rest().first() != Some(&b'{') {
            return Err(self.fault("an object as payload"));
        }
        let payload_len = canonical::check_prefix(self.rest(), &PAYLOAD_LIMITS).map_err(|e| {
            RecordFault::NotCanonical(CanonicalError { kind: e.kind, offset: e.offset + payload_start })
        })?;
        let payload = self.rest().get(..payload_len).unwrap_or_default();
        self.at += payload_len;
        self.literal(PREV, "a prev_hash member")?;
        let prev_hash_hex = self.chunk::<64>("64 hexadecimal digits")?;
        self.literal(SEQ, "a seq member")?;
        let seq = self.sequence()?;
        self.literal(TIME, "a timestamp member")?;
        let time_at = self.at;
        let timestamp = self.chunk::<24>("a timestamp such as 2026-05-12T08:00:00.000Z")?;
        if Timestamp::from_bytes(timestamp).is_err() {
            self.at = time_at;
            return Err(self.fault("a timestamp such as 2026-05-12T08:00:00.000Z"));
        }
        self.literal(END, "the end of the record")?;
        if self.at != self.line.len() {
            return Err(self.fault("the end of the line"));
        }
        let before_hash = self.line.get(..before_end).unwrap_or_default();
        let after_hash = self.line.get(before_end + HASH_MEMBER_LEN..).unwrap_or_default();
        Ok(RecordView {
            event_class,
            before_hash,
            after_hash,
            hash_hex,
            payload,
            prev_hash_hex,
            seq,
            timestamp,
        })
    }

    fn sequence(&mut self) -> Result<u64, RecordFault> {
        let digits = self.rest().iter().take(17).take_while(|b| b.is_ascii_digit()).count();
        let text = self.rest().get(..digits).unwrap_or_default();
        if digits == 0 || digits > 16 || (digits > 1 && text.first() == Some(&b'0')) {
            return Err(self.fault("a sequence number"));
        }
        let seq = text.iter().fold(0u64, |n, &b| n * 10 + u64::from(b - b'0'));
        if seq > canonical::INTEGER_MAX.unsigned_abs() {
            return Err(self.fault("a sequence number up to 2^53-1"));
        }
        self.at += digits;
        Ok(seq)
    }
}

/// Longest payload in bytes: what a line has room for beside the record's own members.
pub const PAYLOAD_BYTES_MAX: usize = LINE_BYTES_MAX - 512;

/// Encodes a payload in canonical form.
///
/// # Errors
/// [`RecordFault`] if the payload is not an object, is nested too deeply, holds an integer outside the profile, or is longer
/// than [`PAYLOAD_BYTES_MAX`].
pub fn encode_payload(payload: &Value) -> Result<Vec<u8>, RecordFault> {
    if !matches!(payload, Value::Object(_)) {
        return Err(RecordFault::NotARecord { offset: 0, expected: "an object as payload" });
    }
    let bytes = canonical::write(payload).map_err(RecordFault::NotCanonical)?;
    if bytes.len() > PAYLOAD_BYTES_MAX {
        return Err(RecordFault::TooLong { bytes: bytes.len() });
    }
    canonical::check(&bytes, &PAYLOAD_LIMITS).map_err(RecordFault::NotCanonical)?;
    Ok(bytes)
}

/// What goes into a record besides its place in the chain.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Event class.
    pub event_class: &'a EventClass,
    /// Payload, as [`encode_payload`] made it.
    pub payload: &'a [u8],
    /// When the event happened (UTC, milliseconds).
    pub timestamp: Timestamp,
}

/// Writes the record `seq` that follows `prev_hash` to the end of `out`, line feed included, and returns its hash.
pub fn write_record(out: &mut Vec<u8>, draft: &Draft<'_>, seq: u64, prev_hash: &Digest) -> Digest {
    let start = out.len();
    let mut hex = [0u8; 64];
    out.extend_from_slice(CLASS);
    out.extend_from_slice(draft.event_class.as_str().as_bytes());
    out.extend_from_slice(b"\",");
    let hash_at = out.len();
    out.extend_from_slice(HASH);
    out.extend_from_slice(&[b'0'; 64]);
    out.extend_from_slice(b"\",");
    out.extend_from_slice(PAYLOAD);
    out.extend_from_slice(draft.payload);
    out.extend_from_slice(PREV);
    prev_hash.write_hex(&mut hex);
    out.extend_from_slice(&hex);
    out.extend_from_slice(SEQ);
    out.extend_from_slice(seq.to_string().as_bytes());
    out.extend_from_slice(TIME);
    out.extend_from_slice(draft.timestamp.to_string().as_bytes());
    out.extend_from_slice(END);
    let (before, from_hash) = out.get(start..).unwrap_or_default().split_at(hash_at - start);
    let hash = sha256_parts(&[before, from_hash.get(HASH_MEMBER_LEN..).unwrap_or_default()]);
    hash.write_hex(&mut hex);
    if let Some(place) = out.get_mut(hash_at + HASH.len()..hash_at + HASH.len() + 64) {
        place.copy_from_slice(&hex);
    }
    out.push(b'\n');
    hash
}
