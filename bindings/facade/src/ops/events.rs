use std::fmt;

use ztp_audit::store::NewEvent;
use ztp_core::Coded;
use ztp_core::canonical::{self, CanonicalError, Limits, Value};
use ztp_core::event::{EventClass, EventError, PayloadError, check_payload};
use ztp_core::schema::{Fields, SchemaError};
use ztp_core::time::{Timestamp, TimestampError};

use crate::outcome::Outcome;

/// Reads events for the log: one JSON object `{"event_class","payload","timestamp"?}` a line, white space allowed within it.
///
/// The last line may lack its line feed; an empty line is refused like any other line that is not an event. On failure the
/// outcome names the line, and for malformed JSON the offset in the whole input.
///
/// `allowed` are the classes that the caller means to write although a fold gives weight to them. A payload that is none of its class
/// ([`check_payload`]) is counted, or refused if `strict`.
pub(crate) fn read(lines: &[u8], allowed: &[EventClass], strict: bool) -> Result<Events, Outcome> {
    let mut read = Events { events: Vec::new(), malformed: None };
    let mut start = 0;
    for (index, line) in lines.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let number = index + 1;
        let event =
            event(text, allowed).map_err(|fault| Outcome::failure(&InLine { number, start, fault }))?;
        match check_payload(&event.event_class, &event.payload) {
            Ok(()) => {}
            Err(error) if strict => {
                return Err(Outcome::failure(&InLine { number, start, fault: error.into() }));
            }
            Err(error) => match &mut read.malformed {
                Some(malformed) => malformed.count += 1,
                None => {
                    read.malformed = Some(Malformed { count: 1, line: number, message: error.to_string() })
                }
            },
        }
        read.events.push(event);
        start += line.len();
    }
    Ok(read)
}

/// What was read.
pub(crate) struct Events {
    pub(crate) events: Vec<NewEvent>,
    /// Payloads that are none of their class.
    pub(crate) malformed: Option<Malformed>,
}

/// Payloads that whoever reads their class will not understand: how many, and what is wrong with the first.
pub(crate) struct Malformed {
    count: i64,
    line: usize,
    message: String,
}

impl Malformed {
    /// As the member of a document.
    pub(crate) fn to_value(&self) -> Value {
        let line = i64::try_from(self.line).unwrap_or(i64::MAX);
        Value::object([
            ("count", Value::Int(self.count)),
            ("line", Value::Int(line)),
            ("message", self.message.as_str().into()),
        ])
    }
}

fn event(line: &[u8], allowed: &[EventClass]) -> Result<NewEvent, Fault> {
    let value = canonical::read(line, &Limits::default())?;
    let mut fields = Fields::open(&value, "event")?;
    let class = fields.string("event_class")?.parse::<EventClass>()?;
    let timestamp = match fields.optional("timestamp")? {
        Some(_) => Some(Timestamp::from_bytes(fields.string("timestamp")?.as_bytes())?),
        None => None,
    };
    fields.value("payload")?;
    fields.finish()?;
    if class.is_reserved() {
        return Err(EventError::ClassReserved.into());
    }
    if class.is_weighed() && !allowed.contains(&class) {
        return Err(EventError::ClassWeighed { class: class.as_str().to_owned() }.into());
    }
    let payload = match value {
        Value::Object(mut members) => {
            members.remove("payload").filter(|payload| payload.as_object().is_some())
        }
        _ => None,
    };
    Ok(NewEvent { event_class: class, payload: payload.ok_or(EventError::PayloadNotObject)?, timestamp })
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Json(#[from] CanonicalError),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
}

/// A fault and the line it is in.
struct InLine {
    number: usize,
    start: usize,
    fault: Fault,
}

impl fmt::Display for InLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the events: {}; no event of the batch was written", self.number, self.fault)
    }
}

impl Coded for InLine {
    fn code(&self) -> &'static str {
        match &self.fault {
            Fault::Json(e) => e.code(),
            Fault::Schema(e) => e.code(),
            Fault::Event(e) => e.code(),
            Fault::Payload(e) => e.code(),
            Fault::Timestamp(e) => e.code(),
        }
    }

    /// Only the JSON reader's offset counts bytes of the line; those of class and timestamp count within their member.
    fn offset(&self) -> Option<u64> {
        match &self.fault {
            Fault::Json(e) => u64::try_from(self.start).ok()?.checked_add(e.offset()?),
            _ => u64::try_from(self.start).ok(),
        }
    }
}
