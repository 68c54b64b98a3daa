//! Reading the two streams: the admission file line by line, the sealed log record by record, both as hostile input.

use std::io::{self, Read};

use ztp_core::Coded;
use ztp_core::canonical::{self, Limits};
use ztp_core::digest::Digest;
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;

use super::chunks::{Chunks, Piece};
use super::entry::{Clock, Line, Uid, admission_line, sealed_record};
use super::report::WitnessKind;
use crate::control::{LOG_OPENED, LOG_SEALED, LogOpened, LogSealed};
use crate::error::VerifyError;
use crate::layout::LINE_BYTES_MAX;
use crate::lines::PASSED_MAX;
use crate::record::RecordView;
use crate::source::LogSource;
use crate::verify::Progress;

/// Schema of the line that may begin an admission stream.
pub const STREAM_SCHEMA: &str = "ztp.admission.stream/1";

/// Why two streams could not be compared. None of these says that they agree or not.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorrelateError {
    /// The first line says that it describes the stream, and does not.
    #[error("the first line of the admission stream is not a description of it: {reason}")]
    Header {
        /// What is wrong with it.
        reason: String,
    },
    /// The admission stream could not be read.
    #[error("cannot read the admission stream after {bytes} bytes: {source}")]
    Admission {
        /// Bytes read until then.
        bytes: u64,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Nothing of the admission stream is what it should be.
    #[error("nothing could be read of the admission stream: {reason}")]
    Unreadable {
        /// What it is instead.
        reason: String,
    },
    /// The sealed log could not be read.
    #[error(transparent)]
    Log(#[from] VerifyError),
}

impl Coded for CorrelateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Header { .. } => "correlation_stream_header",
            Self::Admission { .. } => "io_error",
            Self::Unreadable { .. } => "correlation_stream_unreadable",
            Self::Log(e) => e.code(),
        }
    }
}

/// What a stream gave next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Line or sequence number.
    pub place: u64,
    /// What it says.
    pub line: Line,
    /// What it says of the host's clocks, beside a decision.
    pub clock: Option<Clock>,
}

/// What an admission stream is, as its first line says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Described {
    /// File or ring.
    pub kind: WitnessKind,
    /// Decisions that left a ring since then.
    pub evicted: u64,
    /// Since when it holds what was decided (milliseconds since 1970), where it says so.
    pub since_ms: Option<i64>,
}

/// An admission stream: one event a line, as `ztp audit append` takes them. A first line
/// `{"evicted":n,"kind":"jsonl"|"ring","schema":"ztp.admission.stream/1","since":…}` may say what it is.
pub struct AdmissionStream<'a, R> {
    input: R,
    /// Asked before each read, since lines that are blank or too long are passed over without coming back to the caller.
    progress: &'a dyn Progress,
    chunks: Chunks,
    bytes: u64,
    number: u64,
    described: Described,
    /// The first line, if it was no description.
    first: Option<Given>,
    read: Readable,
}

/// Whether anything of a stream could be read.
#[derive(Debug, Default)]
struct Readable {
    lines: u64,
    unreadable: u64,
    /// Where the first unreadable line is, and why it is.
    first: Option<(u64, String)>,
}

/// What files begin with that are no lines of text.
const NO_LINES: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "it is compressed by gzip; give what is inside"),
    (b"\x28\xb5\x2f\xfd", "it is compressed by zstd; give what is inside"),
    (b"\xfd7zXZ\0", "it is compressed by xz; give what is inside"),
    (b"BZh", "it is compressed by bzip2; give what is inside"),
    (b"PK\x03\x04", "it is a zip archive; give what is inside"),
    (b"\xff\xfe", "it is UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "it is UTF-16; save it as UTF-8"),
];
/// The mark that some editors put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl<R> std::fmt::Debug for AdmissionStream<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdmissionStream").field("number", &self.number).finish_non_exhaustive()
    }
}

impl<'a, R: Read> AdmissionStream<'a, R> {
    /// Begins to read, until `progress` says that it is cancelled.
    ///
    /// # Errors
    /// [`CorrelateError::Header`], [`CorrelateError::Admission`], or [`VerifyError::Cancelled`] in [`CorrelateError::Log`].
    pub fn open(input: R, progress: &'a dyn Progress) -> Result<Self, CorrelateError> {
        let described = Described { kind: WitnessKind::Jsonl, evicted: 0, since_ms: None };
        let mut stream = Self {
            input,
            progress,
            chunks: Chunks::default(),
            bytes: 0,
            number: 0,
            described,
            first: None,
            read: Readable::default(),
        };
        let piece = stream.piece()?;
        let begins = stream.chunks.held();
        if let Some((_, reason)) = NO_LINES.iter().find(|(magic, _)| begins.starts_with(magic)) {
            return Err(CorrelateError::Unreadable { reason: (*reason).to_owned() });
        }
        match piece {
            Some(Piece::Line { mut range, whole }) => match describe({
                if stream.chunks.bytes(range.clone()).starts_with(BYTE_ORDER_MARK) {
                    range.start += BYTE_ORDER_MARK.len();
                }
                stream.chunks.bytes(range.clone())
            })? {
                Some(described) => stream.described = described,
                None => stream.first = stream.given(&Piece::Line { range, whole }),
            },
            Some(long @ (Piece::TooLong | Piece::Endless)) => stream.first = stream.given(&long),
            None => {}
        }
        Ok(stream)
    }

    /// What it is.
    #[must_use]
    pub fn described(&self) -> Described {
        self.described
    }

    /// Bytes read so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line that is not blank, `None` after the last.
    ///
    /// # Errors
    /// As [`AdmissionStream::open`], and [`CorrelateError::Unreadable`] after the last line if none of them could be read.
    pub fn next_line(&mut self) -> Result<Option<Given>, CorrelateError> {
        loop {
            let given = match self.first.take() {
                Some(first) => Some(first),
                None => match self.piece()? {
                    Some(piece) => match self.given(&piece) {
                        None => continue,
                        given => given,
                    },
                    None => None,
                },
            };
            let Some(given) = given else { return self.read.end().map(|()| None) };
            self.read.take(&given);
            return Ok(Some(given));
        }
    }

    fn piece(&mut self) -> Result<Option<Piece>, CorrelateError> {
        let Self { input, progress, chunks, bytes, number, .. } = self;
        let piece = chunks.next(|buffer| {
            loop {
                if progress.cancelled() {
                    return Err(VerifyError::Cancelled { bytes: *bytes }.into());
                }
                match input.read(buffer) {
                    Ok(got) => {
                        *bytes += got as u64;
                        return Ok(got);
                    }
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(source) => return Err(CorrelateError::Admission { bytes: *bytes, source }),
                }
            }
        })?;
        *number += u64::from(piece.is_some());
        Ok(piece)
    }

    fn given(&self, piece: &Piece) -> Option<Given> {
        let line = match piece {
            Piece::Line { range, .. } => {
                let line = self.chunks.bytes(range.clone());
                if line.trim_ascii().is_empty() {
                    return None;
                }
                admission_line(line, self.number)
            }
            Piece::TooLong => too_long(),
            Piece::Endless => endless(),
        };
        Some(Given { place: self.number, line, clock: None })
    }
}

impl Readable {
    fn take(&mut self, given: &Given) {
        self.lines += 1;
        if let Line::Unreadable { reason } = &given.line {
            self.unreadable += 1;
            self.first.get_or_insert_with(|| (given.place, reason.clone()));
        }
    }

    /// A stream of which nothing could be read was not compared, whatever the other one holds.
    fn end(&self) -> Result<(), CorrelateError> {
        match &self.first {
            Some((place, why)) if self.unreadable == self.lines => {
                let reason = format!("{} lines, and none is an event; line {place}: {why}", self.lines);
                Err(CorrelateError::Unreadable { reason })
            }
            _ => Ok(()),
        }
    }
}

fn endless() -> Line {
    let reason = format!("no line feed within {PASSED_MAX} bytes; nothing behind was looked at");
    Line::Unreadable { reason }
}

fn too_long() -> Line {
    Line::Unreadable { reason: format!("the line is longer than {LINE_BYTES_MAX} bytes") }
}

/// Reads a first line that describes the stream; `None` if it is none. Anything that names the schema must be a whole one.
fn describe(line: &[u8]) -> Result<Option<Described>, CorrelateError> {
    let Ok(value) = canonical::read(line, &Limits { bytes_max: 4096, depth_max: 4 }) else { return Ok(None) };
    if value.get("schema").is_none() {
        return Ok(None);
    }
    let wrong = |reason: String| CorrelateError::Header { reason };
    let mut fields = Fields::open(&value, "stream").map_err(|e| wrong(e.to_string()))?;
    let schema = fields.string("schema").map_err(|e| wrong(e.to_string()))?;
    if schema != STREAM_SCHEMA {
        return Err(wrong(format!("this build reads {STREAM_SCHEMA}")));
    }
    let kind = match fields.string("kind").map_err(|e| wrong(e.to_string()))? {
        "jsonl" => WitnessKind::Jsonl,
        "ring" => WitnessKind::Ring,
        _ => return Err(wrong("kind is neither jsonl nor ring".to_owned())),
    };
    let evicted = fields.integer("evicted").map_err(|e| wrong(e.to_string()))?;
    let evicted = u64::try_from(evicted).map_err(|_| wrong("evicted is less than 0".to_owned()))?;
    let since = fields.nullable_string("since").map_err(|e| wrong(e.to_string()))?;
    let since = since.map(str::parse::<Timestamp>).transpose().map_err(|e| wrong(e.to_string()))?;
    fields.finish().map_err(|e| wrong(e.to_string()))?;
    Ok(Some(Described { kind, evicted, since_ms: since.map(Timestamp::as_millis) }))
}

/// The records of a sealed log, in order, each with its hash, place and link checked before its content is used. What fails is handed out
/// as unreadable: what it means for the log is the verifier's work.
pub struct SealedStream<'a> {
    source: &'a dyn LogSource,
    segments: std::vec::IntoIter<u64>,
    chunks: Chunks,
    segment: Option<u64>,
    /// Offset in the segment, and the segment's length.
    at: u64,
    length: u64,
    /// Place of the next record.
    seq: u64,
    bytes: u64,
    heartbeat_ms: Option<u64>,
    /// What the record before states as its hash; none before the first, and after a line that is no record.
    previous: Option<Digest>,
}

impl std::fmt::Debug for SealedStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedStream").field("seq", &self.seq).finish_non_exhaustive()
    }
}

impl<'a> SealedStream<'a> {
    /// Begins to read.
    ///
    /// # Errors
    /// [`CorrelateError::Log`] if there is no log.
    pub fn open(source: &'a dyn LogSource) -> Result<Self, CorrelateError> {
        let segments = source.segments()?.into_iter();
        Ok(Self {
            source,
            segments,
            chunks: Chunks::default(),
            segment: None,
            at: 0,
            length: 0,
            seq: 0,
            bytes: 0,
            heartbeat_ms: None,
            previous: None,
        })
    }

    /// Bytes read so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The heartbeat that the log's first record promises, once that was read.
    #[must_use]
    pub fn heartbeat_ms(&self) -> Option<u64> {
        self.heartbeat_ms
    }

    /// The next record, `None` after the last. A last line without its line feed is a write in progress and not handed out.
    ///
    /// # Errors
    /// [`CorrelateError::Log`].
    pub fn next_line(&mut self) -> Result<Option<Given>, CorrelateError> {
        loop {
            let Some(segment) = self.segment else {
                let Some(next) = self.segments.next() else { return Ok(None) };
                self.length = self.source.segment_bytes(next)?;
                self.at = 0;
                self.chunks.begin_anew();
                self.segment = Some(next);
                if next != self.seq {
                    let place = self.seq;
                    self.seq = next;
                    let reason = format!("the records up to {next} are not there");
                    return Ok(Some(Given { place, line: Line::Unreadable { reason }, clock: None }));
                }
                continue;
            };
            let Self { source, chunks, at, bytes, length, .. } = self;
            let piece = chunks.next(|buffer| -> Result<usize, CorrelateError> {
                let rest = usize::try_from(length.saturating_sub(*at)).unwrap_or(usize::MAX);
                let room = rest.min(buffer.len());
                let got = source.read_at(segment, *at, buffer.get_mut(..room).unwrap_or_default())?;
                *at += got as u64;
                *bytes += got as u64;
                Ok(got)
            })?;
            match piece {
                None => self.segment = None,
                Some(Piece::Line { whole: false, .. }) if self.segments.len() == 0 => return Ok(None),
                Some(piece) => return Ok(Some(self.given(&piece))),
            }
        }
    }

    fn given(&mut self, piece: &Piece) -> Given {
        let place = self.seq;
        self.seq += 1;
        let range = match piece {
            Piece::Line { range, .. } => range.clone(),
            Piece::TooLong => return Given { place, line: too_long(), clock: None },
            Piece::Endless => return Given { place, line: endless(), clock: None },
        };
        let record = match RecordView::parse(self.chunks.bytes(range)) {
            Ok(record) => record,
            Err(fault) => {
                self.previous = None;
                return Given { place, line: Line::Unreadable { reason: fault.reason() }, clock: None };
            }
        };
        let (computed, linked) = (record.computed_hash(), self.previous);
        self.previous = record.claimed_hash();
        let holds = self.previous == Some(computed)
            && record.seq == place
            && linked.is_none_or(|hash| record.prev_hash() == Some(hash));
        if !holds {
            // What is not what its hash was made of is nobody's word.
            let reason = "its hash, its place or the record before it is not what it states".to_owned();
            return Given { place, line: Line::Unreadable { reason }, clock: None };
        }
        let line = sealed_record(&record);
        let mut clock = None;
        if record.event_class == LOG_SEALED.as_bytes() {
            clock = sealed_clock(&record);
        } else if record.event_class == LOG_OPENED.as_bytes() && place == 0 {
            self.heartbeat_ms =
                LogOpened::parse(record.payload).ok().map(|opened| opened.seal_policy.heartbeat_ms.into());
        }
        Given { place, line, clock }
    }
}

/// What a seal says of its host's clocks.
fn sealed_clock(record: &RecordView<'_>) -> Option<Clock> {
    let sealed = LogSealed::parse(record.payload).ok()?;
    let boot = Uid::new(sealed.boot_id?.as_bytes())?;
    let mono_ms = i64::try_from(sealed.monotonic_ms?).ok()?;
    let wall_ms = Timestamp::from_bytes(record.timestamp).ok()?.as_millis();
    Some(Clock { boot, mono_ms, wall_ms })
}

/// Bytes of all segments of a log.
pub(super) fn log_bytes(source: &dyn LogSource) -> Result<u64, CorrelateError> {
    let mut bytes = 0;
    for segment in source.segments()? {
        bytes += source.segment_bytes(segment)?;
    }
    Ok(bytes)
}
