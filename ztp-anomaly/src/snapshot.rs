//! A state in the log: what bounds a replay, and what a restart goes on from.
//!
//! A snapshot names the record it was taken at and that record's hash. It is taken up only over the same chain, and then
//! the records after it are stepped, so no restart, crash or delay loses a window. Whether a snapshot is the state that
//! the records lead to, [`crate::Replay`] computes; a restart takes its word.

use std::collections::BTreeMap;

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::{base64_decode, base64_encode};
use ztp_core::event::EventClass;
use ztp_core::event::anomaly::ConfigChanged;
use ztp_core::schema::Fields;
use ztp_core::signature::PublicKey;

use crate::alert::Alert;
use crate::change::Changes;
use crate::clock::Clock;
use crate::codec::{Malformed, Reader, Writer};
use crate::detect::ratio::Ratio;
use crate::error::AnomalyError;
use crate::fold::Detectors;
use crate::keys::Keys;
use crate::names::Names;
use crate::order::{Remembered, Waiting};
use crate::output::{Output, number, timestamp};
use crate::seen::Seen;
use crate::settings::{InForce, Settings, SettingsFile};
use crate::tally::Tally;
use crate::unjudged::Unjudged;

const MAGIC: &[u8; 20] = b"ztp-anomaly-state-2\n";
/// Bytes of a state in one record; the rest goes into further parts.
const PART_BYTES: usize = 384 << 10;
/// Most parts of a state: more than a fold with full tables has.
const PARTS_MAX: u64 = 1024;

impl Detectors {
    /// The state as bytes, one spelling for each state. Where in the log it was taken is not part of it.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.raw(MAGIC);
        for file in SettingsFile::ALL {
            w.bytes(&canonical::write(&self.in_force.settings().file_value(file)).unwrap_or_default());
        }
        self.changes.encode(&mut w);
        self.clock.encode(&mut w);
        self.waiting.encode(&mut w, &self.names);
        w.count(self.waiting_changes.len());
        for (seq, change) in &self.waiting_changes {
            w.unsigned(*seq);
            w.bytes(&canonical::write(&change.to_value()).unwrap_or_default());
        }
        self.remembered.encode(&mut w);
        w.signed(self.judged);
        self.keys.encode(&mut w, &self.names);
        self.ratio.encode(&mut w);
        self.seen.encode(&mut w);
        self.unjudged.encode(&mut w);
        for tally in &self.tallies {
            tally.encode(&mut w);
        }
        for alert in [&self.gap, &self.step, &self.unreadable, &self.loosened] {
            alert.encode(&mut w);
        }
        w.into_bytes()
    }

    /// Payloads of `anomaly.snapshot`, one for each part; none before the first record.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Output> {
        let Some((seq, chain_hash)) = self.position else { return Vec::new() };
        let state = self.state();
        let hash = sha256(&state).to_string();
        let parts: Vec<&[u8]> = state.chunks(PART_BYTES).collect();
        let count = number(u64::try_from(parts.len()).unwrap_or(0));
        let at = timestamp(self.clock.latest());
        let part = |(place, bytes): (u64, &&[u8])| Output {
            class: EventClass::ANOMALY_SNAPSHOT,
            payload: Value::object([
                ("chain_hash", Value::from(chain_hash.to_string())),
                ("config_hash", Value::from(self.in_force.hash().to_string())),
                ("part", number(place)),
                ("parts", count.clone()),
                ("seq", number(seq)),
                ("state", Value::from(base64_encode(bytes))),
                ("state_hash", Value::from(hash.clone())),
            ]),
            cause_seq: seq,
            at,
        };
        (0_u64..).zip(&parts).map(part).collect()
    }

    /// Takes up a snapshot: its parts in order, and `hash_at` to look up the hash of a record of the log at hand.
    ///
    /// # Errors
    /// [`AnomalyError::Snapshot`] if the parts are not a state, and [`AnomalyError::OtherChain`] if the record that it was
    /// taken at has another hash here, or does not exist.
    pub fn restore(
        parts: &[Value],
        hash_at: impl FnOnce(u64) -> Option<Digest>,
        approvers: Vec<PublicKey>,
    ) -> Result<Self, AnomalyError> {
        let head = parts.first().ok_or(refuse("it has no parts")).and_then(Part::read)?;
        if head.parts != u64::try_from(parts.len()).unwrap_or(u64::MAX) || head.parts > PARTS_MAX {
            return Err(refuse("parts are missing"));
        }
        let mut state = Vec::new();
        for (place, part) in (0_u64..).zip(parts) {
            let part = Part::read(part)?;
            if part.part != place || part.place() != head.place() {
                return Err(refuse("the parts do not belong together"));
            }
            state.extend_from_slice(&part.state);
        }
        if sha256(&state) != head.state_hash {
            return Err(refuse("the state does not have its hash"));
        }
        if hash_at(head.seq) != Some(head.chain_hash) {
            return Err(AnomalyError::OtherChain { seq: head.seq });
        }
        let mut detectors =
            Self::decode(&state, approvers).map_err(|Malformed| refuse("the state cannot be read"))?;
        if detectors.in_force.hash() != head.config_hash {
            return Err(refuse("its time zone has other rules in this build, or it is of another version"));
        }
        detectors.position = Some((head.seq, head.chain_hash));
        Ok(detectors)
    }

    fn decode(state: &[u8], approvers: Vec<PublicKey>) -> Result<Self, Malformed> {
        let mut r = Reader::new(state);
        if r.array()? != *MAGIC {
            return Err(Malformed);
        }
        let r = &mut r;
        let mut settings = Settings::default();
        for file in SettingsFile::ALL {
            let value = canonical::read(r.bytes()?, &Limits::default()).map_err(|_| Malformed)?;
            if !(file == SettingsFile::TierBReference && value.is_null()) {
                settings = settings.with(file, &value).map_err(|_| Malformed)?;
            }
        }
        let changes = Changes::decode(r, &settings, approvers)?;
        let clock = Clock::decode(r)?;
        let mut names = Names::default();
        let waiting = Waiting::decode(r, &mut names)?;
        let mut waiting_changes = BTreeMap::new();
        for _ in 0..r.count()? {
            let seq = r.unsigned()?;
            let value = canonical::read(r.bytes()?, &Limits::default()).map_err(|_| Malformed)?;
            let change = ConfigChanged::read(&value).map_err(|_| Malformed)?;
            waiting_changes.insert(seq, Box::new(change));
        }
        let remembered = Remembered::decode(r)?;
        let judged = r.time()?;
        let keys = Keys::decode(r, &mut names, &settings)?;
        let (ratio, seen) = (Ratio::decode(r)?, Seen::decode(r)?);
        let unjudged = Unjudged::decode(r)?;
        let mut tallies = [Tally::default(); 4];
        for tally in &mut tallies {
            *tally = Tally::decode(r)?;
        }
        let (gap, step) = (Alert::decode(r)?, Alert::decode(r)?);
        let (unreadable, loosened) = (Alert::decode(r)?, Alert::decode(r)?);
        std::mem::replace(r, Reader::new(&[])).finish()?;
        Ok(Self {
            in_force: InForce::new(settings),
            changes,
            position: None,
            clock,
            names,
            waiting,
            waiting_changes,
            remembered,
            judged,
            keys,
            ratio,
            seen,
            tallies,
            unjudged,
            gap,
            step,
            unreadable,
            loosened,
            span: None,
            hold: None,
        })
    }
}

/// One part of a snapshot, read.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) chain_hash: Digest,
    pub(crate) config_hash: Digest,
    pub(crate) part: u64,
    pub(crate) parts: u64,
    pub(crate) seq: u64,
    pub(crate) state: Vec<u8>,
    pub(crate) state_hash: Digest,
}

impl Part {
    pub(crate) fn read(value: &Value) -> Result<Self, AnomalyError> {
        Self::members(value).ok_or(refuse("a part is not of its form"))
    }

    fn members(value: &Value) -> Option<Self> {
        let mut f = Fields::open(value, "payload").ok()?;
        let mut digest = |name| f.string(name).ok().and_then(|hex| Digest::from_hex(hex).ok());
        let (chain_hash, config_hash, state_hash) =
            (digest("chain_hash")?, digest("config_hash")?, digest("state_hash")?);
        let mut count = |name| f.integer(name).ok().and_then(|count| u64::try_from(count).ok());
        let (part, parts, seq) = (count("part")?, count("parts")?, count("seq")?);
        let state = base64_decode(f.string("state").ok()?).ok()?;
        f.finish().ok()?;
        Some(Self { chain_hash, config_hash, part, parts, seq, state, state_hash })
    }

    /// What all parts of one snapshot say alike.
    pub(crate) fn place(&self) -> (Digest, Digest, Digest, u64, u64) {
        (self.chain_hash, self.config_hash, self.state_hash, self.parts, self.seq)
    }
}

const fn refuse(reason: &'static str) -> AnomalyError {
    AnomalyError::Snapshot { reason }
}
