//! Cross-correlation (camada 7): does what the webhook says it decided agree with what was sealed?
//!
//! **Question answered:** for each admission review, do both streams hold it once, with the same content, close in time and in
//! the same order? Root who suppresses, alters, repeats, delays or reorders a decision on its way into the sealed log must
//! now falsify two streams alike. The report names the witnesses it had; two witnesses that agree are not the whole truth.
//!
//! * [`entry`]: one decision, read from a line or a record; its digest leaves out timing and nothing else;
//! * [`stream`]: both inputs as hostile bytes, in bounded memory;
//! * [`join`]: the streaming join, a pure fold over entries; its bounds are in [`settings`], and reaching one is a finding;
//! * [`finding`], [`histogram`], [`series`]: what comes out, each of bounded size and mergeable;
//! * [`report`]: the document `ztp.correlation.report/1` (docs/formats/correlation.md).
//!
//! Drift is `sealed − decided` by the timestamps that the two streams carry. A constant offset between two hosts' clocks is estimated (median
//! and median absolute deviation) and shown; it is never subtracted, and no severity depends on it.

mod chunks;
mod clock;
pub mod entry;
pub mod finding;
pub mod histogram;
pub mod join;
mod order;
pub mod report;
pub mod ring;
pub mod series;
pub mod settings;
pub mod stream;

use std::io::Read;

pub use entry::{Entry, Uid};
pub use finding::{Finding, Kind, Stream};
pub use join::Correlator;
pub use report::Report;
pub use settings::Settings;
pub use stream::CorrelateError;

use self::entry::Line;
use self::report::WitnessKind;
use self::ring::Ring;
use self::stream::{AdmissionStream, Given, SealedStream};
use crate::error::VerifyError;
use crate::source::LogSource;
use crate::verify::Progress;

/// Lines between two looks at progress and cancellation, and bytes.
const STEP: u64 = 4096;
const STEP_BYTES: u64 = 4 << 20;

/// Compares an admission stream with a sealed log. `admission_bytes` is the stream's length for the progress, where it is known.
///
/// # Errors
/// [`CorrelateError`] if one of the two could not be read; disagreement is a [`Report`], not an error.
pub fn correlate(
    admission: impl Read,
    admission_bytes: u64,
    sealed: &dyn LogSource,
    settings: Settings,
    progress: &dyn Progress,
) -> Result<Report, CorrelateError> {
    let mut admission = AdmissionStream::open(admission, progress)?;
    let mut log = SealedStream::open(sealed)?;
    let total = admission_bytes + stream::log_bytes(sealed)?;
    let described = admission.described();
    let mut join = Correlator::new(settings, described.kind);
    let mut open = Open { admission: true, sealed: true };
    if described.kind == WitnessKind::Ring {
        // A ring is small, and all that it holds must be known before the log is judged against it.
        let mut oldest_ms: Option<i64> = None;
        while let Some(given) = admission.next_line()? {
            if progress.cancelled() {
                return Err(VerifyError::Cancelled { bytes: admission.bytes() }.into());
            }
            if let Line::Entry(entry) = &given.line {
                oldest_ms = Some(oldest_ms.map_or(entry.at_ms, |oldest| oldest.min(entry.at_ms)));
            }
            give(&mut join, Stream::Admission, given);
        }
        open.admission = false;
        join.ring(Ring { evicted: described.evicted, since_ms: described.since_ms, oldest_ms });
    }
    let (mut lines, mut looked) = (0_u64, 0);
    while let Some(from) = open.next(&join) {
        let done = admission.bytes() + log.bytes();
        if lines.is_multiple_of(STEP) || done >= looked + STEP_BYTES {
            looked = done;
            if progress.cancelled() {
                return Err(VerifyError::Cancelled { bytes: done }.into());
            }
            progress.advance(done, total.max(done));
        }
        lines += 1;
        let given = match from {
            Stream::Admission => admission.next_line()?,
            Stream::Sealed => log.next_line()?,
        };
        match given {
            Some(given) => give(&mut join, from, given),
            None => open.close(from),
        }
        join.heartbeat(log.heartbeat_ms());
    }
    progress.advance(total, total);
    Ok(join.finish())
}

/// Which streams have more to give.
struct Open {
    admission: bool,
    sealed: bool,
}

impl Open {
    fn next(&self, join: &Correlator) -> Option<Stream> {
        match (self.admission, self.sealed) {
            (true, true) => Some(join.wants()),
            (true, false) => Some(Stream::Admission),
            (false, true) => Some(Stream::Sealed),
            (false, false) => None,
        }
    }

    fn close(&mut self, stream: Stream) {
        match stream {
            Stream::Admission => self.admission = false,
            Stream::Sealed => self.sealed = false,
        }
    }
}

fn give(join: &mut Correlator, stream: Stream, given: Given) {
    if let Some(clock) = &given.clock {
        join.clock(stream, clock);
    }
    match given.line {
        Line::Entry(entry) => join.entry(stream, entry),
        Line::Other { at_ms } => join.other(stream, at_ms),
        Line::Unreadable { reason } => join.unreadable(stream, given.place, reason),
    }
}
