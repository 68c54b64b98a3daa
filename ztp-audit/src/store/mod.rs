//! The writer: appends records durably, seals epochs and takes up again after a crash.
//!
//! One writer at a time (a file lock), any number of readers. A batch is one write and one `fdatasync`; it is acknowledged when
//! [`Writer::append`] returns. Each seal is: the seal record durable, then its checkpoint durable, then the evolved state in the
//! place of the old, which erases the key that signed. After a failed write or sync the writer takes nothing more, because a
//! second sync may report success for pages the kernel has dropped.
//!
//! Two bounds hold at every moment, whatever crashes: no more records than the policy's `records_max`, and the seal that ends them, stand
//! behind the last checkpoint; and no write has more than 16 MiB, so that no more than that is behind what was synced last.

mod checkpoints;
mod create;
mod files;
mod recover;
mod state;
mod tail;
mod torn;

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;
use ztp_core::canonical::Value;
use ztp_core::digest::Digest;
use ztp_core::event::{Event, EventClass, EventSink};
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;

use self::state::State;
use crate::beneath::Dir;
use crate::checkpoint::Checkpoint;
use crate::control::{CLOCK_TOLERANCE_MS, LOG_SEALED, LogOpened, LogSealed, SealPolicy};
use crate::error::StoreError;
use crate::layout::{self, SEGMENT_RECORDS, WRITE_BYTES_MAX};
use crate::note;
use crate::record::{Draft, encode_payload, write_record};
use crate::tree::{Frontier, leaf_hash};

/// Bytes of a record beside its payload, class included: at most.
const MEMBERS_BYTES: usize = 320;

/// What the writer needs of the machine it runs on. The library reads none of it by itself.
pub trait Host: Send {
    /// Fills `seed` from the system's secure randomness.
    ///
    /// # Errors
    /// A description of why there is none.
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String>;
    /// The kernel's boot id, if there is one.
    fn boot_id(&mut self) -> Option<String>;
    /// Milliseconds of a clock that never steps back while the machine is up, if there is one.
    fn monotonic_ms(&mut self) -> Option<u64>;
    /// Asked when another process holds the writer's lock, with how often it was asked before. A host that waits sleeps for a while and says
    /// `true`; `false` ends the waiting, and so does the host that does not say.
    fn wait_for_lock(&mut self, attempt: u32) -> bool {
        let _ = attempt;
        false
    }
}

/// What a new log is called and when it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateOptions {
    /// Origin line of its checkpoints (C2SP tlog-checkpoint), e.g. `bench-01.example/audit`.
    pub origin: String,
    /// When to seal.
    pub policy: SealPolicy,
}

/// One event to append.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Its class; `log.*` is refused.
    pub event_class: EventClass,
    /// Its payload: an object.
    pub payload: Value,
    /// When it happened; the time of the append where it is not given.
    pub timestamp: Option<Timestamp>,
}

/// What an append did. Everything it names is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Sequence number of the batch's first event.
    pub first_seq: u64,
    /// Sequence number of the last record now in the log (a seal, where the batch ended in one).
    pub last_seq: u64,
    /// Its hash.
    pub last_hash: Digest,
    /// Seals made on the way.
    pub seals: u32,
}

/// A seal just made. It is durable, and the key that signed it is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The epoch it ended.
    pub epoch: u64,
    /// Records it covers.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Digest,
    /// The signed checkpoint.
    pub note: Vec<u8>,
}

/// The one writer of a log directory.
pub struct Writer {
    top: Dir,
    /// The directory by its whole path, as it was when the log was opened.
    at: PathBuf,
    segments: Dir,
    checkpoints: Dir,
    host: Box<dyn Host>,
    opened: LogOpened,
    state: State,
    /// The tree over all records, sealed or not.
    frontier: Frontier,
    last_hash: Digest,
    /// Where the line of the last record begins in its segment.
    last_at: u64,
    /// Time of the open epoch's first record that is not sealed yet.
    epoch_begun: Option<Timestamp>,
    last_seal: Timestamp,
    last_note: Option<Vec<u8>>,
    segment: Option<(u64, File)>,
    /// The segment that was written to last, by its first record, and the bytes it had then.
    end: (u64, u64),
    poisoned: bool,
    _lock: File,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("dir", &self.top.path())
            .field("size", &self.frontier.size())
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Makes a log in `dir`, which is created if it is not there, and writes its first record. What a making that was cut off before that
    /// record left there is cleared; a directory that holds any whole record is a log, and left as it is.
    ///
    /// # Errors
    /// [`StoreError::LogExists`] if there is a log already; [`StoreError::Origin`]; entropy and I/O errors.
    pub fn create(
        dir: &Path,
        options: &CreateOptions,
        now: Timestamp,
        host: Box<dyn Host>,
    ) -> Result<Self, StoreError> {
        create::create(dir, options, now, host)
    }

    /// Opens the log in `dir` and takes up where the last writer stopped: a torn tail is set aside, kept and recorded; a seal
    /// that was cut short is completed.
    ///
    /// # Errors
    /// [`StoreError::LogNotFound`] and [`StoreError::LogUnfinished`] where no log was made; [`StoreError::Locked`] while another process
    /// writes, unless the host waits; whatever shows that this is not the log that was left: [`StoreError::Truncated`], [`StoreError::StateRolledBack`],
    /// [`StoreError::Damaged`], a missing or damaged state. The log is then unchanged.
    pub fn open(dir: &Path, now: Timestamp, host: Box<dyn Host>) -> Result<Self, StoreError> {
        recover::open(dir, now, host)
    }

    /// Appends the events in order. When this returns they are durable; if it fails before writing, none of them is in the log.
    ///
    /// # Errors
    /// [`StoreError::Event`] or [`StoreError::ReservedClass`] name the event at fault, and nothing was written;
    /// after [`StoreError::Io`] the log must be opened again.
    pub fn append(&mut self, events: &[NewEvent], now: Timestamp) -> Result<Appended, StoreError> {
        for (index, event) in events.iter().enumerate() {
            if event.event_class.is_reserved() {
                return Err(StoreError::ReservedClass {
                    index,
                    class: event.event_class.as_str().to_owned(),
                });
            }
        }
        self.append_records(events, now)
    }

    /// Ends the epoch now: writes the seal record, signs the checkpoint, erases the key.
    ///
    /// # Errors
    /// Entropy and I/O errors; after the latter the log must be opened again.
    pub fn seal(&mut self, now: Timestamp) -> Result<Sealed, StoreError> {
        self.guarded(|writer| writer.seal_epoch(now))
    }

    /// Seals if the policy's interval or heartbeat has passed; call it about once a second while no records arrive.
    ///
    /// # Errors
    /// As [`Writer::seal`].
    pub fn tick(&mut self, now: Timestamp) -> Result<Option<Sealed>, StoreError> {
        if self.next_due_ms(now) == 0 { self.seal(now).map(Some) } else { Ok(None) }
    }

    /// Milliseconds until [`Writer::tick`] would seal.
    #[must_use]
    pub fn next_due_ms(&self, now: Timestamp) -> u64 {
        let policy = &self.opened.seal_policy;
        let left = |since: Timestamp, span: u32| {
            // A clock that stepped back by no more than a daemon corrects counts as no time passed; one that stepped back further is never a
            // reason not to seal for years.
            let passed = now.as_millis().saturating_sub(since.as_millis());
            if passed < -CLOCK_TOLERANCE_MS {
                0
            } else {
                u64::from(span).saturating_sub(passed.max(0).unsigned_abs())
            }
        };
        let heartbeat = left(self.last_seal, policy.heartbeat_ms);
        self.epoch_begun.map_or(heartbeat, |begun| heartbeat.min(left(begun, policy.interval_ms)))
    }

    /// Sequence number and hash of the last record.
    #[must_use]
    pub fn last(&self) -> (u64, Digest) {
        (self.frontier.size().saturating_sub(1), self.last_hash)
    }

    /// Origin line of this log's checkpoints.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.opened.origin
    }

    /// When this log is sealed.
    #[must_use]
    pub fn policy(&self) -> SealPolicy {
        self.opened.seal_policy
    }

    /// The last signed checkpoint, if the log was sealed yet.
    #[must_use]
    pub fn head(&self) -> Option<&[u8]> {
        self.last_note.as_deref()
    }

    fn guarded<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        let done = run(self);
        // Whatever fails once writing has begun leaves files and memory apart; the exceptions are asked for before.
        self.poisoned = matches!(&done, Err(e) if !matches!(
            e,
            StoreError::Entropy { .. }
                | StoreError::KeyRepeated
                | StoreError::Event { .. }
                | StoreError::NotesFull { .. }
        ));
        done
    }

    fn append_records(&mut self, events: &[NewEvent], now: Timestamp) -> Result<Appended, StoreError> {
        // Encoding comes first, so that a refused event leaves nothing of its batch behind.
        let payloads = events.iter().enumerate().map(|(i, e)| encode(i, e)).collect::<Result<Vec<_>, _>>()?;
        let drafts: Vec<Draft<'_>> = events.iter().zip(&payloads).map(|(e, p)| draft(e, p, now)).collect();
        self.guarded(|writer| {
            let first_seq = writer.frontier.size();
            let mut seals = 0;
            let mut rest = &drafts[..];
            while !rest.is_empty() {
                // Full already only where its seal failed before it was begun: without one, nothing more goes in.
                seals += u32::from(writer.seal_if_full(now)?);
                let (batch, later) = rest.split_at(writer.room(rest));
                writer.write_batch(batch, now)?;
                rest = later;
                seals += u32::from(writer.seal_if_full(now)?);
            }
            if writer.next_due_ms(now) == 0 {
                writer.seal_epoch(now)?;
                seals += 1;
            }
            let (last_seq, last_hash) = writer.last();
            Ok(Appended { first_seq, last_seq, last_hash, seals })
        })
    }

    fn unsealed(&self) -> u64 {
        self.frontier.size() - self.state.frontier.size()
    }

    fn epoch_is_full(&self) -> bool {
        self.unsealed() >= u64::from(self.opened.seal_policy.records_max)
    }

    /// Seals if the epoch holds as many records as it may; says whether it did.
    fn seal_if_full(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let full = self.epoch_is_full();
        if full {
            self.seal_epoch(now)?;
        }
        Ok(full)
    }

    /// How many of these may be written at once: up to the end of the segment and of the epoch, and no more bytes than a crash may leave
    /// torn; one at least.
    fn room(&self, drafts: &[Draft<'_>]) -> usize {
        let segment = SEGMENT_RECORDS - self.frontier.size() % SEGMENT_RECORDS;
        let epoch = u64::from(self.opened.seal_policy.records_max).saturating_sub(self.unsealed());
        let records = usize::try_from(segment.min(epoch)).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let fit = drafts.iter().take_while(|draft| {
            bytes += (draft.payload.len() + MEMBERS_BYTES) as u64;
            bytes <= WRITE_BYTES_MAX
        });
        fit.count().min(records).max(1)
    }

    /// Writes records that lie in one segment and one epoch: one write, one sync.
    fn write_batch(&mut self, drafts: &[Draft<'_>], now: Timestamp) -> Result<(), StoreError> {
        let mut bytes = Vec::with_capacity(drafts.iter().map(|d| d.payload.len() + MEMBERS_BYTES).sum());
        let mut frontier = self.frontier.clone();
        let mut last_hash = self.last_hash;
        let mut last_at = 0;
        for draft in drafts {
            last_at = bytes.len() as u64;
            last_hash = write_record(&mut bytes, draft, frontier.size(), &last_hash);
            frontier.push_leaf(leaf_hash(last_hash.as_bytes()))?;
        }
        let first = layout::segment_of(self.frontier.size());
        let name = layout::segment_name(first);
        let path = self.segments.path().join(&name);
        let mut file = match self.segment.take() {
            Some((open, file)) if open == first => file,
            _ => files::open_append(&self.segments, &name)?,
        };
        let (segment, end) = self.end;
        let end = if segment == first { end } else { 0 };
        // The lock keeps a second writer out; where it was taken away, the segment grows without this one, before or after.
        let grown = |file: &File, end: u64| -> Result<(), StoreError> {
            let found = files::length(file, &path)?;
            if found == end {
                Ok(())
            } else {
                Err(StoreError::Overtaken { path: path.clone(), expected: end, found })
            }
        };
        grown(&file, end)?;
        files::append_durably(&mut file, &path, &bytes)?;
        let last_at = end + last_at;
        let end = end + bytes.len() as u64;
        grown(&file, end)?;
        self.still_at(layout::SEGMENTS, &name, &file)?;
        self.segment = Some((first, file));
        self.end = (first, end);
        self.frontier = frontier;
        self.last_hash = last_hash;
        self.last_at = last_at;
        self.epoch_begun.get_or_insert(now);
        Ok(())
    }

    /// Writes one record of the log about itself.
    fn write_control(
        &mut self,
        class: &'static str,
        payload: Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let event_class =
            EventClass::new(class).map_err(|e| StoreError::Event { index: 0, reason: e.to_string() })?;
        let event = NewEvent { event_class, payload, timestamp: Some(now) };
        let payload = encode(0, &event)?;
        self.write_batch(&[draft(&event, &payload, now)], now)
    }

    fn seal_epoch(&mut self, now: Timestamp) -> Result<Sealed, StoreError> {
        let after_next = self.draw_key()?;
        let notes = layout::notes_name(layout::segment_of(self.frontier.size()));
        checkpoints::has_room(&self.checkpoints, &notes)?;
        // Without the next state the key that signs would outlive its checkpoint.
        State::may_store(&self.top)?;
        let sealed = LogSealed {
            epoch: self.state.epoch,
            next_public_key: self.state.next_key().public_key().clone(),
            boot_id: self.host.boot_id(),
            monotonic_ms: self.host.monotonic_ms(),
        };
        self.write_control(LOG_SEALED, sealed.to_value(), now)?;
        self.finish_seal(after_next, now)
    }

    /// Draws the key after next. One that was drawn before is refused: a seal that announces it again ends nothing, and a verifier says so. A
    /// machine that was copied, or whose randomness repeats, draws one.
    fn draw_key(&mut self) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        let drawn = random_seed(self.host.as_mut())?;
        let known = [&self.state.seed, &self.state.next_seed];
        let first = &self.opened.public_key;
        if known.iter().any(|seed| ***seed == *drawn) || SigningKey::from_seed(&drawn).public_key() == first {
            return Err(StoreError::KeyRepeated);
        }
        Ok(drawn)
    }

    /// Signs the checkpoint of the seal record just written (or found by a recovery) and evolves the state.
    fn finish_seal(&mut self, after_next: Zeroizing<[u8; 32]>, now: Timestamp) -> Result<Sealed, StoreError> {
        let note = self.sign_checkpoint()?;
        let name = layout::notes_name(layout::segment_of(self.frontier.size() - 1));
        let path = self.checkpoints.path().join(&name);
        let mut file = files::open_append(&self.checkpoints, &name)?;
        files::append_durably(&mut file, &path, &[&note[..], b"\n"].concat())?;
        self.still_at(layout::CHECKPOINTS, &name, &file)?;
        self.evolve(note, after_next, now)
    }

    /// What was written is where a reader will look for it: an editor, a rotation or a restore may have put another file, or another
    /// directory, in the place of the one that is held open here.
    fn still_at(&self, sub: &str, name: &str, file: &File) -> Result<(), StoreError> {
        let path = self.at.join(sub).join(name);
        let held = file.metadata().map_err(files::io_error("look at", &path))?;
        match std::fs::symlink_metadata(&path) {
            Ok(found) if (found.dev(), found.ino()) == (held.dev(), held.ino()) => Ok(()),
            Ok(_) => Err(StoreError::Replaced { path }),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(StoreError::Replaced { path })
            }
            Err(e) => Err(files::io_error("look at", &path)(e)),
        }
    }

    fn sign_checkpoint(&self) -> Result<Vec<u8>, StoreError> {
        let checkpoint = Checkpoint {
            origin: self.opened.origin.clone(),
            size: self.frontier.size(),
            root: self.frontier.root(),
        };
        note::sign(&checkpoint.to_text(), &self.opened.origin, &self.state.key())
            .map_err(|e| StoreError::Origin { origin: self.opened.origin.clone(), reason: e.to_string() })
    }

    /// Puts the next epoch's state in the place of this one's: the key that signed is gone after this.
    fn evolve(
        &mut self,
        note: Vec<u8>,
        after_next: Zeroizing<[u8; 32]>,
        now: Timestamp,
    ) -> Result<Sealed, StoreError> {
        let epoch = self.state.epoch;
        let evolved = State {
            epoch: epoch + 1,
            seed: self.state.next_seed.clone(),
            next_seed: after_next,
            last_hash: self.last_hash,
            frontier: self.frontier.clone(),
            last_at: Some(self.last_at),
        };
        evolved.store(&self.top)?;
        self.state = evolved;
        self.epoch_begun = None;
        self.last_seal = now;
        self.last_note = Some(note.clone());
        Ok(Sealed { epoch, size: self.frontier.size(), root: self.frontier.root(), note })
    }
}

/// One event durable at a time; its own timestamp is the time of the append.
impl EventSink for Writer {
    type Error = StoreError;

    fn record(&mut self, event: Event) -> Result<(), StoreError> {
        let now = event.timestamp();
        let event = NewEvent {
            event_class: event.class().clone(),
            payload: event.payload().clone(),
            timestamp: Some(now),
        };
        self.append(std::slice::from_ref(&event), now).map(|_| ())
    }
}

fn draft<'a>(event: &'a NewEvent, payload: &'a [u8], now: Timestamp) -> Draft<'a> {
    Draft { event_class: &event.event_class, payload, timestamp: event.timestamp.unwrap_or(now) }
}

fn encode(index: usize, event: &NewEvent) -> Result<Vec<u8>, StoreError> {
    encode_payload(&event.payload).map_err(|e| StoreError::Event { index, reason: e.reason() })
}

fn random_seed(host: &mut dyn Host) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let mut seed = Zeroizing::new([0u8; 32]);
    host.fill_random(&mut seed).map_err(|reason| StoreError::Entropy { reason })?;
    Ok(seed)
}
