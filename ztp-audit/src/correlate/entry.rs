//! One decision as one of the two streams tells it, read from canonical bytes without building a document.

use std::fmt;

use ztp_core::canonical::{self, Limits};
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::hex_encode;
use ztp_core::event::EventClass;
use ztp_core::event::admission::TIMING_MEMBERS;
use ztp_core::time::Timestamp;

use crate::layout::LINE_BYTES_MAX;
use crate::record::RecordView;

/// Longest review uid, in bytes.
pub const UID_BYTES_MAX: usize = 128;

/// The uid of an admission review, the key that both streams are joined on; also used for boot ids, which have the same shape.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(Form);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    /// The usual form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in lower case, without an allocation.
    Uuid([u8; 16]),
    Text(Box<str>),
}

impl Uid {
    /// Takes a uid of 1 to [`UID_BYTES_MAX`] printable ASCII characters other than `"` and `\`.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        if let Some(bytes) = uuid(text) {
            return Some(Self(Form::Uuid(bytes)));
        }
        let plain = |b: &u8| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\');
        if text.is_empty() || text.len() > UID_BYTES_MAX || !text.iter().all(plain) {
            return None;
        }
        std::str::from_utf8(text).ok().map(|text| Self(Form::Text(text.into())))
    }
}

/// Reads the 16 bytes of a lower-case UUID.
fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.try_into().ok()?;
    let mut digits = text.iter().enumerate().filter(|(at, _)| !matches!(at, 8 | 13 | 18 | 23));
    if [8, 13, 18, 23].iter().any(|&at| text.get(at) != Some(&b'-')) {
        return None;
    }
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = nibble(*digits.next()?.1)? << 4 | nibble(*digits.next()?.1)?;
    }
    Some(bytes)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Text(text) => f.write_str(text),
            Form::Uuid(bytes) => {
                let hex = hex_encode(bytes);
                for (at, digit) in hex.chars().enumerate() {
                    if matches!(at, 8 | 12 | 16 | 20) {
                        f.write_str("-")?;
                    }
                    write!(f, "{digit}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A short word kept without an allocation: the decision, for reports.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Word([u8; 15], u8);

impl Word {
    /// The first 15 bytes of a word of lower-case letters and hyphens; anything else is shown as `other`.
    #[must_use]
    pub fn new(text: &[u8]) -> Self {
        let plain = text.len() <= 15 && text.iter().all(|b| b.is_ascii_lowercase() || *b == b'-');
        let text = if plain { text } else { b"other" };
        let mut bytes = [0; 15];
        for (to, from) in bytes.iter_mut().zip(text) {
            *to = *from;
        }
        Self(bytes, u8::try_from(text.len()).unwrap_or_default())
    }

    /// The word; empty if the payload names no decision.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get(..usize::from(self.1)).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a host said of its two clocks when it wrote an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Which boot.
    pub boot: Uid,
    /// Milliseconds of the clock that never steps back during a boot.
    pub mono_ms: i64,
    /// Milliseconds since 1970 of the clock that can be set.
    pub wall_ms: i64,
}

/// One decision as a stream tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The review's uid.
    pub uid: Uid,
    /// When, in milliseconds since 1970: the line's timestamp, or the record's.
    pub at_ms: i64,
    /// Where: the line's number from 1, or the record's sequence number.
    pub place: u64,
    /// SHA-256 of the canonical payload without [`TIMING_MEMBERS`].
    pub digest: Digest,
    /// The member `decision`.
    pub decision: Word,
    /// The members `boot_id`, `mono_ms` and `wall_ms`, where all three are there.
    pub clock: Option<Clock>,
}

/// What a line of a stream is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a caller must decide about each")]
pub enum Line {
    /// A decision.
    Entry(Entry),
    /// An event of another class, at this time.
    Other {
        /// Milliseconds since 1970.
        at_ms: i64,
    },
    /// A line that cannot be read: it may hide a decision.
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a line of the admission stream: `{"event_class":"admission.decision","payload":{…},"timestamp":"…"}` in any spelling
/// that the canonical reader takes. `number` is the line's, from 1.
#[must_use]
pub fn admission_line(line: &[u8], number: u64) -> Line {
    let limits = Limits { bytes_max: LINE_BYTES_MAX, depth_max: 32 };
    let rewritten;
    let canonical = match canonical::check(line, &limits) {
        Ok(()) => line,
        Err(e) if e.kind.is_spelling() => match canonical::encode(line, &limits) {
            Ok(bytes) => {
                rewritten = bytes;
                &rewritten
            }
            Err(e) => return Line::Unreadable { reason: e.to_string() },
        },
        Err(e) => return Line::Unreadable { reason: e.to_string() },
    };
    read_event(canonical, number).unwrap_or_else(|reason| Line::Unreadable { reason })
}

fn read_event(line: &[u8], number: u64) -> Result<Line, String> {
    let (mut class, mut payload, mut timestamp) = (None, None, None);
    for (name, value) in Members::of(line) {
        match name {
            b"event_class" => class = text(value),
            b"payload" => payload = Some(value),
            b"timestamp" => timestamp = text(value),
            _ => return Err("a member is not part of an event".to_owned()),
        }
    }
    let class = class.ok_or("the member event_class is missing or no string")?;
    EventClass::check(class).map_err(|e| e.to_string())?;
    let timestamp = timestamp.ok_or("the member timestamp is missing or no string")?;
    let at_ms = Timestamp::from_bytes(timestamp).map_err(|e| e.to_string())?.as_millis();
    if class != EventClass::ADMISSION_DECISION.as_str().as_bytes() {
        return Ok(Line::Other { at_ms });
    }
    let payload = payload.ok_or("the member payload is missing")?;
    decision(payload, at_ms, number).map(Line::Entry)
}

/// Reads a record of the sealed log.
#[must_use]
pub fn sealed_record(record: &RecordView<'_>) -> Line {
    let at_ms = match Timestamp::from_bytes(record.timestamp) {
        Ok(at) => at.as_millis(),
        Err(e) => return Line::Unreadable { reason: e.to_string() },
    };
    if record.event_class != EventClass::ADMISSION_DECISION.as_str().as_bytes() {
        return Line::Other { at_ms };
    }
    match decision(record.payload, at_ms, record.seq) {
        Ok(entry) => Line::Entry(entry),
        Err(reason) => Line::Unreadable { reason },
    }
}

/// Reads the canonical payload of a decision.
fn decision(payload: &[u8], at_ms: i64, place: u64) -> Result<Entry, String> {
    let (mut uid, mut word) = (None, Word::default());
    let (mut boot, mut mono_ms, mut wall_ms) = (None, None, None);
    // What remains for the digest: the payload as it stands, until a timing member must be cut out of it.
    let mut kept: Option<Vec<u8>> = None;
    let mut end = 1;
    for (name, value) in Members::of(payload) {
        match name {
            b"boot_id" => boot = text(value).and_then(Uid::new),
            b"mono_ms" => mono_ms = integer(value),
            b"wall_ms" => wall_ms = integer(value),
            b"uid" => uid = text(value).and_then(Uid::new),
            b"decision" => word = text(value).map(Word::new).unwrap_or_default(),
            _ => {}
        }
        let timing = TIMING_MEMBERS.iter().any(|member| member.as_bytes() == name);
        let start = end;
        end = start + usize::from(start > 1) + name.len() + 3 + value.len();
        if timing && kept.is_none() {
            kept = Some(payload.get(..start).unwrap_or_default().to_vec());
        } else if let (false, Some(kept)) = (timing, kept.as_mut()) {
            if kept.len() > 1 {
                kept.push(b',');
            }
            kept.push(b'"');
            kept.extend_from_slice(name);
            kept.extend_from_slice(b"\":");
            kept.extend_from_slice(value);
        }
    }
    let uid =
        uid.ok_or_else(|| format!("the payload has no uid of 1 to {UID_BYTES_MAX} plain characters"))?;
    let digest = match kept {
        None => sha256(payload),
        Some(mut kept) => {
            kept.push(b'}');
            sha256(&kept)
        }
    };
    let clock = match (boot, mono_ms, wall_ms) {
        (Some(boot), Some(mono_ms), Some(wall_ms)) => Some(Clock { boot, mono_ms, wall_ms }),
        _ => None,
    };
    Ok(Entry { uid, at_ms, place, digest, decision: word, clock })
}

/// The content of a canonical string without escapes.
fn text(value: &[u8]) -> Option<&[u8]> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    memchr::memchr(b'\\', inner).is_none().then_some(inner)
}

fn integer(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// The members of a canonical object, as they stand: name without quotes, value. Bytes that are not canonical end the walk.
struct Members<'a> {
    rest: &'a [u8],
}

impl<'a> Members<'a> {
    fn of(object: &'a [u8]) -> Self {
        let rest = object.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or_default();
        Self { rest }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.strip_prefix(b"\"")?;
        let name_len = string_length(rest)?;
        let (name, rest) = rest.split_at_checked(name_len)?;
        let rest = rest.strip_prefix(b"\":")?;
        let (value, rest) = rest.split_at_checked(value_length(rest))?;
        self.rest = rest.strip_prefix(b",").unwrap_or_default();
        Some((name, value))
    }
}

/// Bytes up to the quote that ends a string.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// Bytes of the value that `bytes` starts with.
fn value_length(bytes: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1 + string_length(bytes.get(at + 1..).unwrap_or_default()).unwrap_or_default();
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ztp_core::canonical::Value;

    use super::*;

    const UID: &str = "0f8e1c52-7b1d-4a7e-9d39-2f0a4c6be001";

    fn event(payload: &str) -> String {
        format!(
            r#"{{"event_class":"admission.decision","payload":{payload},"timestamp":"2026-05-12T08:00:00.000Z"}}"#
        )
    }

    fn entry(payload: &str) -> Entry {
        match admission_line(event(payload).as_bytes(), 1) {
            Line::Entry(entry) => entry,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_uid_reads_back_whatever_its_form() {
        for text in [UID, "a", "A-1", &UID.to_uppercase(), &"x".repeat(UID_BYTES_MAX)] {
            assert_eq!(Uid::new(text.as_bytes()).unwrap().to_string(), text);
        }
        for text in ["", "a\"b", "a\\b", "a\nb", "é", &"x".repeat(UID_BYTES_MAX + 1)] {
            assert_eq!(Uid::new(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn timing_is_not_part_of_what_was_decided_and_everything_else_is() {
        let plain = format!(r#"{{"decision":"deny","tier":"B","uid":"{UID}"}}"#);
        let timed = format!(
            r#"{{"boot_id":"{UID}","decision":"deny","latency_us":7,"mono_ms":5,"tier":"B","uid":"{UID}","wall_ms":9}}"#
        );
        let (plain_entry, timed_entry) = (entry(&plain), entry(&timed));
        assert_eq!(plain_entry.digest, sha256(plain.as_bytes()));
        assert_eq!(timed_entry.digest, plain_entry.digest);
        assert_eq!(timed_entry.clock.as_ref().map(|c| (c.mono_ms, c.wall_ms)), Some((5, 9)));
        assert_eq!((plain_entry.clock, plain_entry.decision.as_str()), (None, "deny"));
        assert_ne!(entry(&plain.replace("\"B\"", "\"A\"")).digest, sha256(plain.as_bytes()));
    }

    #[test]
    fn the_spelling_of_an_admission_line_does_not_matter() {
        let spelled = format!(
            "{{ \"timestamp\":\"2026-05-12T08:00:00.000Z\", \"payload\": {{\"uid\":\"{UID}\", \"a\":[1, {{\"}}\":\"\\u0022,\"}}]}},\
             \"event_class\":\"admission.decision\" }}"
        );
        let canonical = event(&format!(r#"{{"a":[1,{{"}}":"\","}}],"uid":"{UID}"}}"#));
        assert_eq!(admission_line(spelled.as_bytes(), 3), admission_line(canonical.as_bytes(), 3));
        assert!(matches!(admission_line(canonical.as_bytes(), 3), Line::Entry(_)));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let long = "x".repeat(UID_BYTES_MAX + 1);
        for (line, word) in [
            (String::new(), "empty"),
            ("{}".to_owned(), "event_class"),
            (event("{}"), "uid"),
            (event("[]"), "uid"),
            (event(r#"{"uid":7}"#), "uid"),
            (event(&format!(r#"{{"uid":"{long}"}}"#)), "uid"),
            (event(r#"{"uid":"a","uid":"a"}"#), "two members"),
            (event(r#"{"uid":1.5}"#), "fraction"),
            (event("{}").replace("2026-05", "2026-13"), "calendar"),
            (event("{}").replace("\"payload\"", "\"pay\""), "not part"),
            (event("{}").replace("admission.decision", "Admission"), "event class"),
        ] {
            match admission_line(line.as_bytes(), 1) {
                Line::Unreadable { reason } => assert!(reason.contains(word), "{line}: {reason}"),
                other => panic!("{line}: {other:?}"),
            }
        }
        let other = event("{}").replace("admission.decision", "dlp.finding");
        assert_eq!(admission_line(other.as_bytes(), 1), Line::Other { at_ms: 1_778_572_800_000 });
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_000_i64..9_000).prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..4).prop_map(Value::from),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_digest_is_that_of_the_document_without_its_timing(
            members in prop::collection::btree_map("[a-z_]{1,9}|boot_id|mono_ms|wall_ms|latency_us", value(), 0..8),
        ) {
            let mut members = members;
            members.insert("uid".to_owned(), Value::from(UID));
            let payload = canonical::write(&Value::Object(members.clone())).unwrap();
            let line = event(std::str::from_utf8(&payload).unwrap());
            for name in TIMING_MEMBERS {
                members.remove(name);
            }
            let expected = sha256(&canonical::write(&Value::Object(members)).unwrap());
            match admission_line(line.as_bytes(), 1) {
                Line::Entry(entry) => prop_assert_eq!(entry.digest, expected),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
