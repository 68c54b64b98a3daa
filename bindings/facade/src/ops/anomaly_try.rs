//! A backtest of the detectors over events that no log holds.

use ztp_anomaly::Trial;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;

use crate::ops::anomaly::Given;
use crate::outcome::{Outcome, failed, settle};

/// Longest line that is read, as of a log.
const LINE_BYTES_MAX: usize = 16 << 20;
/// Unreadable lines that are listed; all are counted.
const UNREADABLE_LISTED: usize = 20;

/// Tries settings on history: runs the detectors over events handed over as lines, as [`crate::audit_append`] takes them, each with
/// its timestamp, in the order of time (`ztp.anomaly.trial/1`: the report, and beside it what a quarter, a half, the double and
/// four times the thresholds would have said). The status is that of the report; lines that cannot be read are named and make
/// it `anomaly_incomplete`, never quiet.
///
/// `options` is JSON, or empty for none: `settings` as for [`crate::anomaly_report`].
pub fn anomaly_try(events: &[u8], options: &[u8]) -> Outcome {
    settle(|| {
        let given = Given::read(options, &[])?;
        let mut trial = Trial::new(&given.settings);
        let events = events.strip_prefix(b"\xef\xbb\xbf").unwrap_or(events);
        let (mut order, mut unreadable, mut unreadable_total) = (Vec::new(), Vec::new(), 0_u64);
        let (mut unordered, mut latest) = (0_u64, None);
        for (number, line) in (1_u64..).zip(events.split(|byte| *byte == b'\n')) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.trim_ascii().is_empty() {
                continue;
            }
            match event(line) {
                Ok((at, ..)) => {
                    unordered += u64::from(latest.is_some_and(|latest| at < latest));
                    latest = latest.max(Some(at));
                    order.push((at, line));
                }
                Err(reason) => {
                    unreadable_total += 1;
                    if unreadable.len() < UNREADABLE_LISTED {
                        unreadable.push((number, reason));
                    }
                }
            }
        }
        order.sort_by_key(|(at, _)| *at);
        let count = u64::try_from(order.len()).unwrap_or(u64::MAX);
        for (at, line) in order {
            if let Ok((_, class, payload)) = event(line) {
                trial.event(at, &class, &payload).map_err(failed)?;
            }
        }
        trial.unordered(unordered);
        let document = trial.finish(count, &unreadable, unreadable_total);
        let code = match document.get("status").and_then(Value::as_str) {
            Some("alerts") => Some("anomaly_fired"),
            Some("incomplete") => Some("anomaly_incomplete"),
            _ if unreadable_total > 0 => Some("anomaly_incomplete"),
            _ => None,
        };
        Ok(Outcome::verdict(code, canonical::write(&document).map_err(failed)?))
    })
}

/// The time, class and canonical payload of a line.
fn event(line: &[u8]) -> Result<(Timestamp, String, Vec<u8>), String> {
    let limits = Limits { bytes_max: LINE_BYTES_MAX, ..Limits::default() };
    let value = canonical::read(line, &limits).map_err(|error| error.to_string())?;
    let mut fields = Fields::open(&value, "event").map_err(|error| error.to_string())?;
    let class = fields.string("event_class").map_err(|error| error.to_string())?.to_owned();
    let payload = fields.value("payload").map_err(|error| error.to_string())?;
    let at = fields.string("timestamp").map_err(|error| error.to_string())?;
    let at: Timestamp = at.parse().map_err(|error: ztp_core::time::TimestampError| error.to_string())?;
    if class.starts_with("log.") || class.starts_with("anomaly.") && class != "anomaly.config-changed" {
        return Err("a record of the log or of the detectors themselves; a backtest takes what others wrote"
            .to_owned());
    }
    let payload = canonical::write(payload).map_err(|error| error.to_string())?;
    fields.finish().map_err(|error| error.to_string())?;
    Ok((at, class, payload))
}
