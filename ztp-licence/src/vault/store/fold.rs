//! The fold: records of the log in, state out. What a record states must be what the replay gives.

use std::ops::ControlFlow;

use ztp_audit::record::RecordView;
use ztp_audit::source::LogSource;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::base64_decode;
use ztp_core::event::EventClass;
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;

use super::scan::{self, Place};
use super::{StoreError, VaultError};
use crate::envelope::read_unverified;
use crate::limits::ENVELOPE_BYTES_MAX;
use crate::parts::Parts;
use crate::vault::error::malformed;
use crate::vault::fields;
use crate::vault::receipt::Receipt;
use crate::vault::snapshot;
use crate::vault::state::State;
use crate::vault::transaction::{Mint, Transaction};

/// What the line of a snapshot starts with. A line feed is only ever the end of a record.
const SNAPSHOT_LINE: &[u8] = b"\n{\"event_class\":\"vault.snapshot\"";

/// Largest snapshot that is read, in bytes: about 25 million notes.
const SNAPSHOT_BYTES_MAX: usize = 1 << 30;

/// Limits for the payload of a record.
const PAYLOAD: Limits = Limits { bytes_max: 1 << 20, depth_max: 24 };

/// A transaction as the log has it.
#[derive(Debug)]
pub(super) struct Replayed {
    pub(super) receipt: Receipt,
    /// The envelope, for a mint.
    pub(super) envelope: Option<Vec<u8>>,
    pub(super) time: Timestamp,
}

/// What a record meant for the fold.
#[derive(Debug)]
pub(super) enum Seen {
    /// Nothing that changes the state.
    Other,
    /// A refusal, with its code.
    Refused,
    /// A transaction, which was applied.
    Transaction(Box<Replayed>),
    /// A whole snapshot, which was not believed: its bytes.
    Snapshot(Vec<u8>),
}

/// The state so far, and what of the log was read for it.
#[derive(Debug, Default)]
pub(super) struct Fold {
    pub(super) state: State,
    pub(super) since_snapshot: u64,
    /// Hash of the last record read, and the number of the one that follows it.
    last: Option<Digest>,
    next: u64,
    mint: Parts,
    snapshot: Parts,
}

impl Fold {
    /// Replays a log from its last whole snapshot, or from the start.
    pub(super) fn replay(source: &dyn LogSource) -> Result<Self, StoreError> {
        let mut fold = Self::default();
        let mut from = Place::START;
        if let Some(found) = last_snapshot(source)? {
            fold.state = snapshot::decode(&found.bytes)?;
            fold.last = found.last;
            fold.next = found.next;
            from = found.after;
        }
        scan::lines(source, from, |line, _| {
            fold.line(line)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(fold)
    }

    /// Takes the next line of the log.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<(RecordSeq, Seen), StoreError> {
        let record = scan::check_record(line)?;
        if record.seq != self.next {
            let reason = format!("it states sequence number {}", record.seq);
            return Err(StoreError::LogBroken { seq: self.next, reason });
        }
        if record.prev_hash() != Some(self.last.unwrap_or(Digest::ZERO)) {
            let reason = "its prev_hash is not the hash of the record before".to_owned();
            return Err(StoreError::LogBroken { seq: record.seq, reason });
        }
        self.last = record.claimed_hash();
        self.next += 1;
        let seen = self.record(&record).map_err(|error| match error {
            StoreError::Vault(error) => {
                StoreError::ReplayDiffers { seq: record.seq, reason: error.to_string() }
            }
            other => other,
        })?;
        Ok((record.seq, seen))
    }

    fn record(&mut self, record: &RecordView<'_>) -> Result<Seen, StoreError> {
        let class = record.event_class;
        let is = |other: &EventClass| class == other.as_str().as_bytes();
        if is(&EventClass::VAULT_SNAPSHOT) {
            return self.take_snapshot(record);
        }
        if is(&EventClass::VAULT_REFUSED) {
            return Ok(Seen::Refused);
        }
        if is(&EventClass::VAULT_MINTED) {
            return self.take_mint(record);
        }
        let transactions = [
            EventClass::VAULT_OPENED,
            EventClass::VAULT_SPENT,
            EventClass::VAULT_REQUESTED,
            EventClass::VAULT_REANCHORED,
        ];
        if !transactions.iter().any(is) {
            return Ok(Seen::Other);
        }
        self.mint = Parts::default();
        let payload = canonical::read(record.payload, &PAYLOAD).map_err(VaultError::from)?;
        let mut members = Fields::open(&payload, "payload").map_err(VaultError::from)?;
        let receipt = Receipt::from_value(members.value("receipt").map_err(VaultError::from)?)?;
        members.finish().map_err(VaultError::from)?;
        self.apply(class, receipt, None, None)
    }

    fn take_mint(&mut self, record: &RecordView<'_>) -> Result<Seen, StoreError> {
        let payload = canonical::read(record.payload, &PAYLOAD).map_err(VaultError::from)?;
        let mut members = Fields::open(&payload, "payload").map_err(VaultError::from)?;
        let text = members.string("envelope").map_err(VaultError::from)?;
        let (part, count) = (fields::number(&mut members, "part")?, fields::number(&mut members, "parts")?);
        let receipt = members.optional("receipt").map_err(VaultError::from)?;
        members.finish().map_err(VaultError::from)?;
        let Some(envelope) = self.mint.take(part, count, text.as_bytes(), ENVELOPE_BYTES_MAX) else {
            return Ok(Seen::Other);
        };
        let receipt = Receipt::from_value(
            receipt.ok_or_else(|| malformed("payload", "the last part has no receipt"))?,
        )?;
        // Its verdict was reached before it was minted, and a verifier reaches it again.
        let licence = read_unverified(&envelope).map_err(VaultError::from)?;
        // The time is the transaction's own, which its document gives.
        let mint = Mint::new(&licence, sha256(&envelope), Timestamp::MIN);
        self.apply(record.event_class, receipt, Some(mint), Some(envelope))
    }

    fn apply(
        &mut self,
        class: &[u8],
        receipt: Receipt,
        mint: Option<Mint>,
        envelope: Option<Vec<u8>>,
    ) -> Result<Seen, StoreError> {
        let transaction = Transaction::from_value(&receipt.body.transaction, mint)?;
        if super::class_of(&transaction).as_str().as_bytes() != class {
            return Err(malformed("event_class", "is not that of its transaction").into());
        }
        let step = self.state.check(&transaction)?;
        if step.body != receipt.body {
            return Err(malformed("receipt.body", "states another outcome than the replay gives").into());
        }
        self.state.commit(step);
        self.since_snapshot += 1;
        Ok(Seen::Transaction(Box::new(Replayed { receipt, envelope, time: transaction.time() })))
    }

    fn take_snapshot(&mut self, record: &RecordView<'_>) -> Result<Seen, StoreError> {
        let part = SnapshotPart::read(record)?;
        let bytes = self.snapshot.take(part.part, part.parts, &part.data, SNAPSHOT_BYTES_MAX);
        match bytes {
            Some(bytes) if sha256(&bytes) == part.digest => {
                self.since_snapshot = 0;
                Ok(Seen::Snapshot(bytes))
            }
            Some(_) => Err(malformed("payload.digest", "is not the digest of the parts").into()),
            None => Ok(Seen::Other),
        }
    }
}

/// Number of a record in the log.
pub(super) type RecordSeq = u64;

struct SnapshotPart {
    data: Vec<u8>,
    digest: Digest,
    part: u64,
    parts: u64,
}

impl SnapshotPart {
    fn read(record: &RecordView<'_>) -> Result<Self, StoreError> {
        let payload: Value = canonical::read(record.payload, &PAYLOAD).map_err(VaultError::from)?;
        let mut members = Fields::open(&payload, "payload").map_err(VaultError::from)?;
        let data = base64_decode(members.string("data").map_err(VaultError::from)?)
            .map_err(|error| malformed("payload.data", error.to_string()))?;
        let read = Self {
            data,
            digest: fields::digest(&mut members, "digest")?,
            part: fields::number(&mut members, "part")?,
            parts: fields::number(&mut members, "parts")?,
        };
        fields::number(&mut members, "seq")?;
        members.finish().map_err(VaultError::from)?;
        Ok(read)
    }
}

/// A whole snapshot, and where the history goes on after it.
struct Found {
    bytes: Vec<u8>,
    after: Place,
    /// Hash of its last record.
    last: Option<Digest>,
    /// The number of the record after it.
    next: u64,
}

/// The last whole snapshot.
fn last_snapshot(source: &dyn LogSource) -> Result<Option<Found>, StoreError> {
    let mut end = None;
    // Backwards to each first part; a snapshot that a crash cut short is passed over.
    while let Some(found) = scan::rfind(source, SNAPSHOT_LINE, end)? {
        end = Some(found);
        let place = Place { segment: found.segment, offset: found.offset + 1 };
        let mut parts = Parts::default();
        let mut whole = None;
        let mut first = false;
        scan::lines(source, place, |line, after| {
            // Seals may lie between the parts.
            if !line.starts_with(SNAPSHOT_LINE.get(1..).unwrap_or_default()) {
                return Ok(ControlFlow::Continue(()));
            }
            if !first && !line_is_first_part(line) {
                return Ok(ControlFlow::Break(()));
            }
            first = true;
            let record = scan::check_record(line)?;
            let part = SnapshotPart::read(&record)?;
            let last_part = part.part + 1 >= part.parts;
            let bytes = parts.take(part.part, part.parts, &part.data, SNAPSHOT_BYTES_MAX);
            if let Some(bytes) = bytes {
                if sha256(&bytes) != part.digest {
                    return Err(malformed("payload.digest", "is not the digest of the parts").into());
                }
                whole = Some(Found { bytes, after, last: record.claimed_hash(), next: record.seq + 1 });
            }
            Ok(if last_part { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if whole.is_some() {
            return Ok(whole);
        }
    }
    Ok(None)
}

/// Whether a line of a snapshot is its first part; the text is its own, since `data` holds neither quotes nor colons.
fn line_is_first_part(line: &[u8]) -> bool {
    memchr::memmem::rfind(line, b"\"part\":0,").is_some()
}
