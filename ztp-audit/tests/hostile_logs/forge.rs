//! Logs as somebody makes them who has every key and every byte: each record sound in itself, and anything besides.

use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::control::{LOG_OPENED, LOG_SEALED, LogOpened, LogSealed, SealPolicy};
use ztp_audit::layout::segment_of;
use ztp_audit::note;
use ztp_audit::record::{Draft, write_record};
use ztp_audit::source::MemorySource;
use ztp_audit::tree::{Frontier, leaf_hash};
use ztp_core::canonical::{self, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::event::EventClass;
use ztp_core::signature::{PublicKey, SigningKey};
use ztp_core::time::Timestamp;

pub(crate) const ORIGIN: &str = "bench-01.example/audit";

pub(crate) struct Forge {
    pub(crate) log: MemorySource,
    pub(crate) origin: String,
    pub(crate) seq: u64,
    previous: Digest,
    frontier: Frontier,
    epoch: u64,
    /// Milliseconds since the epoch of Unix.
    pub(crate) now: i64,
}

pub(crate) fn key(epoch: u64) -> SigningKey {
    SigningKey::from_seed(sha256(&epoch.to_le_bytes()).as_bytes())
}

impl Forge {
    pub(crate) fn new(origin: &str) -> Self {
        let mut forge = Self {
            log: MemorySource::default(),
            origin: origin.to_owned(),
            seq: 0,
            previous: Digest::ZERO,
            frontier: Frontier::new(),
            epoch: 0,
            now: 1_778_572_800_000,
        };
        let policy = SealPolicy { records_max: u32::MAX, ..SealPolicy::default() };
        let opened = LogOpened {
            log_id: [7; 16],
            origin: origin.to_owned(),
            public_key: key(0).public_key().clone(),
            seal_policy: policy,
        };
        forge.record(LOG_OPENED, &canonical::write(&opened.to_value()).unwrap());
        forge
    }

    /// Appends a record with this payload to its own segment.
    pub(crate) fn record(&mut self, class: &str, payload: &[u8]) {
        let class = EventClass::new(class.to_owned()).unwrap();
        let timestamp = Timestamp::from_millis(self.now).unwrap();
        let draft = Draft { event_class: &class, payload, timestamp };
        let segment = self.log.segments.entry(segment_of(self.seq)).or_default();
        self.previous = write_record(segment, &draft, self.seq, &self.previous);
        self.frontier.push_leaf(leaf_hash(self.previous.as_bytes())).unwrap();
        self.seq += 1;
    }

    pub(crate) fn event(&mut self) {
        self.record("operator.note", b"{\"text\":\"x\"}");
    }

    /// Appends a seal record without its checkpoint.
    pub(crate) fn seal_record(&mut self) {
        let next = key(self.epoch + 1).public_key().clone();
        self.seal_announcing(next);
    }

    pub(crate) fn seal_announcing(&mut self, next_public_key: PublicKey) {
        let sealed = LogSealed { epoch: self.epoch, next_public_key, boot_id: None, monotonic_ms: None };
        self.record(LOG_SEALED, &canonical::write(&sealed.to_value()).unwrap());
        self.epoch += 1;
    }

    /// The checkpoint of all records so far, signed by the key of the epoch that the last of them ended.
    pub(crate) fn checkpoint(&self) -> Vec<u8> {
        self.checkpoint_by(&key(self.epoch - 1))
    }

    pub(crate) fn checkpoint_by(&self, key: &SigningKey) -> Vec<u8> {
        let checkpoint =
            Checkpoint { origin: self.origin.clone(), size: self.seq, root: self.frontier.root() };
        note::sign(&checkpoint.to_text(), &self.origin, key).unwrap()
    }

    /// Files a note beside the segment of the last record.
    pub(crate) fn file(&mut self, note: &[u8]) {
        let notes = self.log.notes.entry(segment_of(self.seq - 1)).or_default();
        notes.extend_from_slice(note);
        notes.push(b'\n');
    }

    /// A seal with its checkpoint.
    pub(crate) fn seal(&mut self) {
        self.seal_record();
        let note = self.checkpoint();
        self.file(&note);
    }

    /// A payload that is no seal's, with a member name of that length.
    pub(crate) fn bad_seal(&mut self, length: usize) {
        let payload = Value::object([("x".repeat(length), Value::Int(1))]);
        self.record(LOG_SEALED, &canonical::write(&payload).unwrap());
    }
}
