//! Records in the order of effective time: what came within the tolerance is put in order, and what came twice counts once.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use ztp_core::digest::{sha256, sha256_parts};
use ztp_core::event::admission::{Decision, Tier};

use crate::codec::{Malformed, Reader, Writer};
use crate::names::{NameId, Names};

/// Most records that wait for their place.
pub(crate) const WAITING_MAX: usize = 65_536;
/// Decisions that are remembered, so that a retry counts once.
const REMEMBERED: usize = 4096;

/// The verbs of the API server, by bit.
pub(crate) const VERBS: [&str; 4] = ["CREATE", "UPDATE", "DELETE", "CONNECT"];
/// [`Entry::verb`] of a verb that has a name of its own.
pub(crate) const OTHER_VERB: u8 = 255;

/// What kind of record an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Admission(Decision, Option<Tier>),
    Operator,
    /// A change of settings; the fold keeps it by sequence number.
    Settings,
}

/// A record that waits for its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Effective time.
    pub(crate) at: i64,
    /// What tells two records of the same time apart, whichever came first.
    pub(crate) tie: u128,
    pub(crate) seq: u64,
    /// The record's own time.
    pub(crate) wall: i64,
    pub(crate) kind: Kind,
    pub(crate) user: NameId,
    pub(crate) namespace: NameId,
    pub(crate) ticket: NameId,
    /// Place in [`VERBS`], or [`OTHER_VERB`].
    pub(crate) verb: u8,
    pub(crate) verb_name: NameId,
    /// What was asked for, of denials and of break-glass.
    pub(crate) target: u64,
    /// What was decided, so that two decisions under one uid are two.
    pub(crate) content: u64,
    /// Late or from the future: civil time is judged by both clocks.
    pub(crate) irregular: bool,
}

impl Entry {
    pub(crate) fn key(&self) -> (i64, u128, u64) {
        (self.at, self.tie, self.seq)
    }

    pub(crate) fn release(&self, names: &mut Names) {
        for name in [self.user, self.namespace, self.ticket, self.verb_name] {
            names.release(name);
        }
    }

    fn encode(&self, w: &mut Writer, names: &Names) {
        w.signed(self.at);
        w.raw(&self.tie.to_be_bytes());
        w.unsigned(self.seq);
        w.signed(self.wall);
        w.unsigned(match self.kind {
            Kind::Admission(decision, tier) => {
                let decision = match decision {
                    Decision::Deny => 1,
                    Decision::BreakGlass => 2,
                    _ => 0,
                };
                decision * 3 + tier.map_or(0, |tier| if tier == Tier::A { 1 } else { 2 })
            }
            Kind::Operator => 9,
            Kind::Settings => 10,
        });
        for name in [self.user, self.namespace, self.ticket, self.verb_name] {
            w.option((name != NameId::NONE).then_some(name), |w, name| w.text(names.text(name)));
        }
        w.unsigned(u64::from(self.verb));
        w.unsigned(self.target);
        w.unsigned(self.content);
        w.flag(self.irregular);
    }

    fn decode(r: &mut Reader<'_>, names: &mut Names) -> Result<Self, Malformed> {
        let at = r.time()?;
        let tie = u128::from_be_bytes(r.array()?);
        let (seq, wall) = (r.unsigned()?, r.time()?);
        let kind = match r.unsigned()? {
            n @ 0..9 => {
                let decision = [Decision::Allow, Decision::Deny, Decision::BreakGlass];
                let tier = [None, Some(Tier::A), Some(Tier::B)];
                let place = |n: u64| usize::try_from(n).map_err(|_| Malformed);
                let decision = decision.get(place(n / 3)?).ok_or(Malformed)?;
                Kind::Admission(*decision, *tier.get(place(n % 3)?).ok_or(Malformed)?)
            }
            9 => Kind::Operator,
            10 => Kind::Settings,
            _ => return Err(Malformed),
        };
        let mut name = || Ok(r.option(Reader::text)?.map_or(NameId::NONE, |text| names.take(text)));
        let (user, namespace, ticket, verb_name) = (name()?, name()?, name()?, name()?);
        Ok(Self {
            at,
            tie,
            seq,
            wall,
            kind,
            user,
            namespace,
            ticket,
            verb: u8::try_from(r.unsigned()?).map_err(|_| Malformed)?,
            verb_name,
            target: r.unsigned()?,
            content: r.unsigned()?,
            irregular: r.flag()?,
        })
    }
}

/// Orders by [`Entry::key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ByKey(Entry);

impl PartialOrd for ByKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.key().cmp(&other.0.key())
    }
}

/// Records that wait. What comes in order, nearly all, is appended; the rest goes through a heap.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting {
    in_order: VecDeque<Entry>,
    others: BinaryHeap<Reverse<ByKey>>,
}

impl Waiting {
    pub(crate) fn len(&self) -> usize {
        self.in_order.len() + self.others.len()
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        if self.in_order.back().is_none_or(|last| last.key() <= entry.key()) {
            self.in_order.push_back(entry);
        } else {
            self.others.push(Reverse(ByKey(entry)));
        }
    }

    /// The time of the first one.
    pub(crate) fn first_at(&self) -> Option<i64> {
        let heap = self.others.peek().map(|Reverse(ByKey(entry))| entry.at);
        match (self.in_order.front().map(|entry| entry.at), heap) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Takes the first one.
    pub(crate) fn pop(&mut self) -> Option<Entry> {
        match (self.in_order.front(), self.others.peek()) {
            (Some(front), Some(Reverse(ByKey(other)))) if other.key() < front.key() => {
                self.others.pop().map(|Reverse(ByKey(entry))| entry)
            }
            (None, _) => self.others.pop().map(|Reverse(ByKey(entry))| entry),
            _ => self.in_order.pop_front(),
        }
    }

    pub(crate) fn encode(&self, w: &mut Writer, names: &Names) {
        let mut all: Vec<&Entry> =
            self.in_order.iter().chain(self.others.iter().map(|Reverse(ByKey(entry))| entry)).collect();
        all.sort_unstable_by_key(|entry| entry.key());
        w.count(all.len());
        for entry in all {
            entry.encode(w, names);
        }
    }

    pub(crate) fn decode(r: &mut Reader<'_>, names: &mut Names) -> Result<Self, Malformed> {
        let mut waiting = Self::default();
        for _ in 0..r.count()? {
            let entry = Entry::decode(r, names)?;
            if waiting.in_order.back().is_some_and(|last| last.key() >= entry.key()) {
                return Err(Malformed);
            }
            waiting.in_order.push_back(entry);
        }
        if waiting.len() > WAITING_MAX { Err(Malformed) } else { Ok(waiting) }
    }
}

/// Folds a number that is random already; whoever chooses it can slow a lookup down to the size of the table, no further.
#[derive(Debug, Default)]
pub(crate) struct Fold(u64);

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (place, &byte) in word.iter_mut().zip(chunk) {
                *place = byte;
            }
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_u128(&mut self, value: u128) {
        self.write(&value.to_le_bytes());
    }
}

/// A decision: its uid, and what was decided.
pub(crate) type Fingerprint = (u128, u64);

/// Decisions that were counted, the last [`REMEMBERED`] of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remembered {
    order: VecDeque<Fingerprint>,
    known: HashSet<Fingerprint, BuildHasherDefault<Fold>>,
}

impl Remembered {
    /// Whether this decision is new; it is known from now on.
    pub(crate) fn is_new(&mut self, decision: Fingerprint) -> bool {
        if !self.known.insert(decision) {
            return false;
        }
        self.order.push_back(decision);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.count(self.order.len());
        for (uid, content) in &self.order {
            w.raw(&uid.to_be_bytes());
            w.unsigned(*content);
        }
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut remembered = Self::default();
        let count = r.count()?;
        if count > REMEMBERED {
            return Err(Malformed);
        }
        for _ in 0..count {
            let uid = u128::from_be_bytes(r.array()?);
            if !remembered.is_new((uid, r.unsigned()?)) {
                return Err(Malformed);
            }
        }
        Ok(remembered)
    }
}

/// A number for a uid: its 128 bits if it is a UUID, and else the first half of its digest.
pub(crate) fn uid_number(uid: &str) -> u128 {
    uuid(uid.as_bytes()).unwrap_or_else(|| wide(sha256(uid.as_bytes()).as_bytes()))
}

/// The 128 bits of a UUID in lower case, dashes in their places.
fn uuid(text: &[u8]) -> Option<u128> {
    let text: &[u8; 36] = text.try_into().ok()?;
    let &[
        a @ ..,
        b'-',
        b0,
        b1,
        b2,
        b3,
        b'-',
        c0,
        c1,
        c2,
        c3,
        b'-',
        d0,
        d1,
        d2,
        d3,
        b'-',
        e0,
        e1,
        e2,
        e3,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
    ] = text
    else {
        return None;
    };
    let last = text.last_chunk::<8>()?;
    let eights: [[u8; 8]; 4] = [a, [b0, b1, b2, b3, c0, c1, c2, c3], [d0, d1, d2, d3, e0, e1, e2, e3], *last];
    eights.into_iter().try_fold(0_u128, |value, eight| Some(value << 32 | u128::from(hex_word(eight)?)))
}

/// Eight hexadecimal digits in lower case as a number, all eight at once.
pub(crate) fn hex_word(digits: [u8; 8]) -> Option<u32> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_be_bytes(digits);
    let letters = text >> 6 & EACH;
    let nibbles = (text & (EACH * 0x0f)) + letters * 9;
    // Written back, the nibbles must give the same text.
    let above_nine = (nibbles + EACH * 6) >> 4 & EACH;
    if nibbles & (EACH * 0xf0) != 0 || nibbles + EACH * 0x30 + above_nine * 0x27 != text {
        return None;
    }
    let bytes = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    u32::try_from((pairs | pairs >> 16) & 0xffff_ffff).ok()
}

/// The first half of a digest of parts, each with its length before it.
pub(crate) fn wide_of(parts: &[&str]) -> u128 {
    let lengths: Vec<[u8; 8]> =
        parts.iter().map(|part| u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes()).collect();
    let mut pieces: Vec<&[u8]> = Vec::with_capacity(parts.len() * 2);
    for (length, part) in lengths.iter().zip(parts) {
        pieces.push(length);
        pieces.push(part.as_bytes());
    }
    wide(sha256_parts(&pieces).as_bytes())
}

/// [`wide_of`] in half.
pub(crate) fn narrow_of(parts: &[&str]) -> u64 {
    let [high, ..] = [wide_of(parts) >> 64];
    u64::try_from(high).unwrap_or(0)
}

fn wide(digest: &[u8; 32]) -> u128 {
    digest.first_chunk::<16>().map_or(0, |half| u128::from_be_bytes(*half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_uuid_in_lower_case_is_read_as_its_bits() {
        let text = "0123abcd-4567-89ef-f012-3456789abcde";
        assert_eq!(uuid(text.as_bytes()), Some(0x0123_abcd_4567_89ef_f012_3456_789a_bcde));
        for at in 0..text.len() {
            for byte in 0..=u8::MAX {
                let mut changed = text.as_bytes().to_vec();
                changed[at] = byte;
                let dash = matches!(at, 8 | 13 | 18 | 23);
                let good = if dash { byte == b'-' } else { matches!(byte, b'0'..=b'9' | b'a'..=b'f') };
                assert_eq!(uuid(&changed).is_some(), good, "{byte:#x} at {at}");
            }
        }
        assert_eq!(uuid(&text.as_bytes()[1..]), None);
    }
}
