//! The state as bytes, so that opening a vault need not replay its whole history (docs/formats/vault.md, "Snapshot").
//!
//! One state has one form: every list is sorted. A verifier replays the history and compares the bytes, so a snapshot is never
//! believed by it.

use std::collections::BTreeMap;

use ztp_core::anchor::{AnchorKind, AnchorReading};
use ztp_core::digest::Digest;
use ztp_core::signature::{PublicKey, Suite};
use ztp_core::time::Timestamp;

use super::error::{VaultError, malformed};
use super::rules::CLASSES_MAX;
use super::state::{Binding, ClassBook, Done, Held, Identity, MintedEnvelope, State};

/// First bytes of a snapshot.
pub const SNAPSHOT_MAGIC: &[u8] = b"ztp.vault.snapshot/1\n";

impl State {
    /// The state as a snapshot has it.
    ///
    /// # Errors
    /// [`VaultError::NotOpen`].
    pub fn to_snapshot(&self) -> Result<Vec<u8>, VaultError> {
        encode(self)
    }

    /// Reads a snapshot. Nothing says that it is the state of any vault: only a replay does.
    ///
    /// # Errors
    /// [`VaultError::Malformed`] with the byte at which the form is left; a key that cannot be one.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, VaultError> {
        decode(bytes)
    }
}

/// A window of validity, the class and the envelope that many notes share.
type Kind = (u16, Timestamp, Timestamp, u32);

/// Writes a state.
///
/// # Errors
/// [`VaultError::NotOpen`].
pub(crate) fn encode(state: &State) -> Result<Vec<u8>, VaultError> {
    let identity = state.identity()?;
    let mut out = Writer(Vec::with_capacity(1024 + state.notes.len() * 38 + state.spent.len() * 36));
    out.0.extend_from_slice(SNAPSHOT_MAGIC);
    out.digest(&identity.vault_id);
    out.text(&identity.bench_id);
    out.text(identity.device.suite().as_str());
    out.bytes(identity.device.as_bytes());
    out.number(state.seq);
    out.digest(&state.head());
    out.time(state.floor());
    out.optional(state.generation.as_deref(), |out, text| out.text(text));
    out.number(state.reanchored);
    out.list(state.classes.iter(), |out, class| {
        out.text(&class.name);
        out.number(class.minted);
        out.number(class.consumed);
        out.list(class.days.iter(), |out, (day, amount)| {
            out.signed(*day);
            out.number(*amount);
        });
    });
    out.list(state.envelopes.iter(), |out, envelope| {
        out.text(&envelope.envelope_id);
        out.digest(&envelope.digest);
        out.number(envelope.seq);
    });
    notes(&mut out, state);
    let mut spent: Vec<(&Digest, &u64)> = state.spent.iter().collect();
    spent.sort_unstable();
    out.list(spent.into_iter(), |out, (id, seq)| {
        out.digest(id);
        out.number(*seq);
    });
    let mut requests: Vec<(&Digest, &Done)> = state.requests.iter().collect();
    requests.sort_unstable_by_key(|(id, _)| **id);
    out.list(requests.into_iter(), |out, (id, done)| {
        out.digest(id);
        out.digest(&done.content);
        out.number(done.seq);
    });
    out.list(state.open_requests.iter(), |out, (head, seq)| {
        out.digest(head);
        out.number(*seq);
    });
    out.optional(state.binding.as_ref(), |out, binding| {
        out.text(&binding.id);
        out.text(binding.kind.as_str());
        for reading in [&binding.start, &binding.before, &binding.expected] {
            out.number(reading.counter);
            out.digest(&reading.digest);
        }
        out.digest(&binding.last);
    });
    Ok(out.0)
}

/// The notes in the order in which they are chosen; what many share is written once.
fn notes(out: &mut Writer, state: &State) {
    let kind_of = |held: &Held| -> Kind { (held.class, held.not_after, held.not_before, held.origin) };
    let mut kinds: BTreeMap<Kind, u64> = state.notes.values().map(|held| (kind_of(held), 0)).collect();
    for (index, place) in (0..).zip(kinds.values_mut()) {
        *place = index;
    }
    out.list(kinds.keys(), |out, (class, not_after, not_before, origin)| {
        out.number(u64::from(*class));
        out.time(*not_after);
        out.time(*not_before);
        out.number(u64::from(*origin));
    });
    out.number(u64::try_from(state.ready.len()).unwrap_or(u64::MAX));
    for (_, _, id) in &state.ready {
        let Some(held) = state.notes.get(id) else { continue };
        out.digest(id);
        out.number(held.amount);
        out.number(kinds.get(&kind_of(held)).copied().unwrap_or(u64::MAX));
    }
}

/// Reads a state.
///
/// # Errors
/// [`VaultError::Malformed`] with the byte at which the form is left.
pub(crate) fn decode(bytes: &[u8]) -> Result<State, VaultError> {
    let mut from = Reader { bytes, at: 0 };
    if from.take(SNAPSHOT_MAGIC.len())? != SNAPSHOT_MAGIC {
        return Err(malformed("snapshot", "does not start as one"));
    }
    let vault_id = from.digest()?;
    let bench_id = from.text()?;
    let suite: Suite = from.text()?.parse().map_err(|error| malformed("snapshot", format!("{error}")))?;
    let key = from.bytes()?;
    let device = PublicKey::from_suite_hex(suite, ztp_core::encoding::hex_encode(key))?;
    let mut state = State {
        identity: Some(Identity { vault_id, bench_id, device }),
        seq: from.number()?,
        head: Some(from.digest()?),
        floor: Some(from.time()?),
        generation: from.optional(Reader::text)?,
        reanchored: from.number()?,
        ..State::default()
    };
    state.classes = from.list(|from| {
        Ok(ClassBook {
            name: from.text()?,
            minted: from.number()?,
            consumed: from.number()?,
            days: from.list(|from| Ok((from.signed()?, from.number()?)))?.into_iter().collect(),
        })
    })?;
    if state.classes.len() > CLASSES_MAX {
        return Err(from.fault("too many classes"));
    }
    state.class_names =
        (0u16..).zip(&state.classes).map(|(index, class)| (class.name.clone(), index)).collect();
    state.envelopes = from.list(|from| {
        Ok(MintedEnvelope { envelope_id: from.text()?, digest: from.digest()?, seq: from.number()? })
    })?;
    state.envelope_ids = (0u32..)
        .zip(&state.envelopes)
        .map(|(index, envelope)| (envelope.envelope_id.clone(), index))
        .collect();
    read_notes(&mut from, &mut state)?;
    state.spent = from.list(|from| Ok((from.digest()?, from.number()?)))?.into_iter().collect();
    let request =
        |from: &mut Reader<'_>| Ok((from.digest()?, Done { content: from.digest()?, seq: from.number()? }));
    state.requests = from.list(request)?.into_iter().collect();
    state.open_requests = from.list(|from| Ok((from.digest()?, from.number()?)))?;
    state.binding = from.optional(|from| {
        let (id, kind) = (from.text()?, from.text()?);
        let kind = AnchorKind::from_word(&kind).ok_or_else(|| from.fault("not a kind of anchor"))?;
        let (start, before, expected) = (from.reading()?, from.reading()?, from.reading()?);
        Ok(Binding { id, kind, start, expected, before, last: from.digest()? })
    })?;
    if from.at != bytes.len() {
        return Err(from.fault("more bytes than the state has"));
    }
    Ok(state)
}

fn read_notes(from: &mut Reader<'_>, state: &mut State) -> Result<(), VaultError> {
    let kinds: Vec<Kind> = from.list(|from| {
        let class = u16::try_from(from.number()?).map_err(|_| from.fault("not a class"))?;
        let (not_after, not_before) = (from.time()?, from.time()?);
        let origin = u32::try_from(from.number()?).map_err(|_| from.fault("not an envelope"))?;
        Ok((class, not_after, not_before, origin))
    })?;
    let count = from.count(34)?;
    let mut ready = Vec::with_capacity(count);
    state.notes.reserve(count);
    for _ in 0..count {
        let id = from.digest()?;
        let amount = from.number()?;
        let kind = usize::try_from(from.number()?).ok().and_then(|kind| kinds.get(kind));
        let &(class, not_after, not_before, origin) = kind.ok_or_else(|| from.fault("not a kind of note"))?;
        ready.push((class, not_after, id));
        if state.notes.insert(id, Held { class, amount, not_before, not_after, origin }).is_some() {
            return Err(from.fault("a note is there twice"));
        }
    }
    state.ready = ready.into_iter().collect();
    Ok(())
}

struct Writer(Vec<u8>);

impl Writer {
    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
            number >>= 7;
        }
        self.0.push(u8::try_from(number).unwrap_or(0));
    }

    /// Zigzag: 0, -1, 1, -2 as 0, 1, 2, 3.
    fn signed(&mut self, number: i64) {
        self.number((number.unsigned_abs() << 1).wrapping_sub(u64::from(number < 0)));
    }

    fn time(&mut self, time: Timestamp) {
        self.signed(time.as_millis());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn digest(&mut self, digest: &Digest) {
        self.0.extend_from_slice(digest.as_bytes());
    }

    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.number(u64::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.number(u64::try_from(items.len()).unwrap_or(u64::MAX));
        for item in items {
            write(self, item);
        }
    }
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn fault(&self, reason: &str) -> VaultError {
        malformed("snapshot", format!("{reason}, before byte {}", self.at))
    }

    fn take(&mut self, count: usize) -> Result<&'b [u8], VaultError> {
        let end = self.at.checked_add(count);
        let taken =
            end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| self.fault("it is cut off"))?;
        self.at += count;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, VaultError> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let &[byte] = self.take(1)? else { return Err(self.fault("it is cut off")) };
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits || (byte == 0 && shift > 0) {
                return Err(self.fault("a number is not in its one form"));
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.fault("a number is too long"))
    }

    fn signed(&mut self) -> Result<i64, VaultError> {
        let number = self.number()?;
        let half = i64::try_from(number >> 1).map_err(|_| self.fault("a number is too large"))?;
        Ok(if number & 1 == 0 { half } else { -half - 1 })
    }

    fn time(&mut self) -> Result<Timestamp, VaultError> {
        let millis = self.signed()?;
        Timestamp::from_millis(millis).map_err(|_| self.fault("not a time"))
    }

    fn bytes(&mut self) -> Result<&'b [u8], VaultError> {
        let count = self.count(1)?;
        self.take(count)
    }

    fn text(&mut self) -> Result<String, VaultError> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| self.fault("a text is not UTF-8"))
    }

    fn digest(&mut self) -> Result<Digest, VaultError> {
        let bytes = self.take(32)?;
        bytes.first_chunk().map(|chunk| Digest::from_bytes(*chunk)).ok_or_else(|| self.fault("it is cut off"))
    }

    fn reading(&mut self) -> Result<AnchorReading, VaultError> {
        Ok(AnchorReading { counter: self.number()?, digest: self.digest()? })
    }

    fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, VaultError>,
    ) -> Result<Option<T>, VaultError> {
        match self.number()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(self.fault("neither there nor not there")),
        }
    }

    /// A count of items of at least `bytes_min` bytes each: never more than the bytes that are left can hold.
    fn count(&mut self, bytes_min: usize) -> Result<usize, VaultError> {
        let left = self.bytes.len() - self.at;
        let count = usize::try_from(self.number()?).ok().filter(|count| *count <= left / bytes_min);
        count.ok_or_else(|| self.fault("more items than there is room for"))
    }

    fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, VaultError>,
    ) -> Result<Vec<T>, VaultError> {
        let count = self.count(1)?;
        (0..count).map(|_| read(self)).collect()
    }
}
