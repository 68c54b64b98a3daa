//! Timelines (docs/formats/anomaly.md) as arguments: what happens when, written out as the lines of a log.
//!
//! The log is chained as docs/formats/audit-log.md says. Its seals carry no checkpoint: it is for operations that read
//! records and do not verify.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::hex::hex;

/// 2026-05-12T10:00:00.000Z, where a timeline begins that does not say.
const START: &str = "2026-05-12T10:00:00.000Z";
const KEY: &str = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
/// Records of a timeline at most: what is written out stays small.
const RECORDS_MAX: i64 = 20_000;

/// The timeline's log, a record a line.
pub(crate) fn log(timeline: &Value) -> Result<String, String> {
    let name = text(timeline, "name").ok_or("a timeline has a name")?;
    let start = text(timeline, "start").unwrap_or(START);
    let start = millis(start).ok_or_else(|| format!("{name}: {start} is no time"))?;
    let mut happenings = happenings(timeline, name)?;
    happenings.sort_by_key(|happening| happening.arrive);
    let last = happenings.last().map_or(0, |happening| happening.arrive);
    let until = int(timeline, "until_ms").unwrap_or(last + 180_000);
    let heartbeat = int(timeline, "heartbeat_ms").unwrap_or(60_000);
    let every = int(timeline, "seal_every_ms").unwrap_or(heartbeat);
    if every < 1 || until / every > RECORDS_MAX {
        return Err(format!("{name}: too many seals"));
    }
    let clocks = timeline.get("clocks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let silent =
        timeline.get("silent").map(|s| int(s, "from_ms").unwrap_or(0)..int(s, "until_ms").unwrap_or(0));
    let mut lines = Lines::default();
    let policy = json!({"heartbeat_ms": heartbeat, "interval_ms": 1000, "records_max": 1000});
    let opened = json!({"format": "ztp-audit-1", "log_id": "07".repeat(16), "origin": "vectors.example/audit",
        "public_key": KEY, "seal_policy": policy});
    lines.push("log.opened", &opened, start)?;
    let mut rest = happenings.into_iter().peekable();
    let mut seal = 0;
    while seal <= until || rest.peek().is_some() {
        // A seal at the time of an event comes after it.
        if let Some(happening) = rest.next_if(|happening| happening.arrive <= seal) {
            let (shift, ..) = clock(clocks, happening.at);
            lines.push(&happening.class, &happening.payload, start + happening.at + shift)?;
            continue;
        }
        if silent.as_ref().is_none_or(|silent| !silent.contains(&seal)) {
            let (shift, boot, booted) = clock(clocks, seal);
            let sealed = json!({"anchors": [], "boot_id": boot, "epoch": 0, "monotonic_ms": seal - booted,
                "next_public_key": KEY});
            lines.push("log.sealed", &sealed, start + seal + shift)?;
        }
        seal += every;
    }
    Ok(lines.text)
}

/// An event: when it happens, when it is written, what it is.
struct Happening {
    at: i64,
    arrive: i64,
    class: String,
    payload: Value,
}

fn happenings(timeline: &Value, name: &str) -> Result<Vec<Happening>, String> {
    let events = timeline.get("events").and_then(Value::as_array).ok_or("a timeline has events")?;
    let mut all = Vec::new();
    for event in events {
        let (count, every) = (int(event, "count").unwrap_or(1), int(event, "every_ms").unwrap_or(0));
        if !(0..=RECORDS_MAX).contains(&count) {
            return Err(format!("{name}: too many events"));
        }
        for n in 0..count {
            let at = int(event, "at_ms").ok_or_else(|| format!("{name}: an event has at_ms"))? + n * every;
            let arrive = int(event, "arrive_ms").map_or(at, |arrive| arrive + n * every);
            let (class, payload) = payload(event, n, &format!("{name}-{}", all.len()))?;
            all.push(Happening { at, arrive, class, payload });
        }
    }
    Ok(all)
}

/// The event's class and payload; members that the event gives replace the usual ones, `{n}` in them is its number.
fn payload(event: &Value, n: i64, uid: &str) -> Result<(String, Value), String> {
    let with = |usual: Value, given: &Value| {
        let Value::Object(mut members) = usual else { return Value::Null };
        for (name, value) in given.as_object().unwrap_or(&Map::new()) {
            let value = match value {
                Value::String(text) => Value::from(text.replace("{n}", &n.to_string())),
                other => other.clone(),
            };
            members.insert(name.clone(), value);
        }
        Value::Object(members)
    };
    for (key, decision) in [("deny", "deny"), ("allow", "allow"), ("glass", "break-glass")] {
        if let Some(given) = event.get(key) {
            let usual = json!({"decision": decision, "mode": "enforce", "name": "pod", "namespace": "web-agents",
                "operation": "CREATE", "uid": uid, "user": "system:controller", "would_deny": decision == "deny"});
            return Ok(("admission.decision".to_owned(), with(usual, given)));
        }
    }
    for (key, class) in [("act", "operator.action"), ("login", "operator.login")] {
        if let Some(given) = event.get(key) {
            return Ok((class.to_owned(), with(json!({"operator": "alice"}), given)));
        }
    }
    let class = text(event, "class").ok_or("an event is deny, allow, glass, act, login or class")?;
    Ok((class.to_owned(), with(json!({}), event.get("payload").unwrap_or(&Value::Null))))
}

/// The wall clock's shift, the boot, and when it began.
fn clock(clocks: &[Value], at: i64) -> (i64, &str, i64) {
    let mut found = (0, "boot-1", 0);
    for clock in clocks {
        let from = int(clock, "from_ms").unwrap_or(0);
        if from <= at {
            found.0 = int(clock, "shift_ms").unwrap_or(found.0);
            if let Some(boot) = text(clock, "boot") {
                (found.1, found.2) = (boot, from);
            }
        }
    }
    found
}

/// Lines of a log, each with the hash of the one before.
#[derive(Default)]
struct Lines {
    text: String,
    last: Option<String>,
    seq: u64,
}

impl Lines {
    /// Objects of `serde_json` are written with their members in order and without white space, which for ASCII is canonical.
    fn push(&mut self, class: &str, payload: &Value, ms: i64) -> Result<(), String> {
        let prev = self.last.take().unwrap_or_else(|| "0".repeat(64));
        let timestamp = timestamp(ms).ok_or("a time before 1970 or after 9999")?;
        let mut record = json!({"event_class": class, "payload": payload, "prev_hash": prev, "seq": self.seq,
            "timestamp": timestamp});
        let bytes = record.to_string();
        if !bytes.is_ascii() {
            return Err("a timeline is ASCII".to_owned());
        }
        let hash = hex(&Sha256::digest(bytes.as_bytes()));
        if let Value::Object(members) = &mut record {
            members.insert("hash".to_owned(), Value::from(hash.clone()));
        }
        self.text.push_str(&record.to_string());
        self.text.push('\n');
        (self.last, self.seq) = (Some(hash), self.seq + 1);
        Ok(())
    }
}

fn int(value: &Value, name: &str) -> Option<i64> {
    value.get(name).and_then(Value::as_i64)
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}

/// Days from 1970-01-01 to the first of March of the year that `month` of `year` is in, counted from March.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_month = (153 * month + 2) / 5;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_month + day - 719_469
}

/// Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS.mmmZ`.
fn millis(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    if text.len() != 24 || !text.ends_with('Z') {
        return None;
    }
    let days = days_of(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    Some((days * 86_400 + seconds) * 1000 + number(20, 23)?)
}

fn timestamp(ms: i64) -> Option<String> {
    let (days, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let mut year = 1970 + days.div_euclid(366);
    while days_of(year + 1, 1, 1) <= days {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days_of(year, *month, 1) <= days)?;
    let day = days - days_of(year, month, 1) + 1;
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    let fits = (0..=9999).contains(&year);
    fits.then(|| {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1000)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_alike() {
        for text in [
            "1970-01-01T00:00:00.000Z",
            "2000-02-29T23:59:59.999Z",
            "2026-12-31T00:00:00.001Z",
            "2027-05-12T10:00:00.000Z",
        ] {
            assert_eq!(timestamp(millis(text).unwrap()).unwrap(), text);
        }
        assert_eq!(millis("2026-05-12T08:00:00.000Z"), Some(1_778_572_800_000));
    }

    #[test]
    fn a_timeline_is_written_out_as_a_chained_log() {
        let timeline = json!({"name": "t", "events": [{"at_ms": 0, "count": 2, "every_ms": 1000, "deny": {"user": "u{n}"}}]});
        let log = log(&timeline).unwrap();
        let records: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(records.len(), 1 + 2 + 4);
        assert_eq!(records[3]["payload"]["user"], "u1");
        assert_eq!(records[3]["timestamp"], "2026-05-12T10:00:01.000Z");
        assert_eq!(records[3]["prev_hash"], records[2]["hash"]);
        assert!(
            super::log(&json!({"name": "t", "events": [{"at_ms": 0, "count": 1_i64 << 40, "deny": {}}]}))
                .is_err()
        );
    }
}
