//! What is remembered between requests: the end of the last one, so that a secret cut in two is put together again, and how
//! much of each registered secret has left so far, so that one that leaves drop by drop is noticed.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;
use ztp_core::canonical::Value;
use ztp_core::time::Timestamp;

use crate::rule::Tag;

/// Bytes of the end of a body that are remembered.
pub const TAIL_BYTES: usize = 8 << 10;
/// How long, in milliseconds: ten minutes.
pub const TAIL_MILLIS: i64 = 10 * 60 * 1000;
/// How long a seen piece of a secret counts, in milliseconds: thirty days.
pub const LEDGER_MILLIS: i64 = 30 * 24 * 3600 * 1000;
/// Most pairs of principal and destination.
pub const TAILS_MAX: usize = 1024;
/// Most pairs of principal and secret.
pub const LEDGERS_MAX: usize = 1024;
/// Most pieces remembered of a pair.
pub const PIECES_MAX: usize = 4096;

/// Schema of [`Memory::ledger`].
pub const LEDGER_SCHEMA: &str = "ztp.dlp.ledger/1";

/// The end of a body: the bytes as they were sent, and the last encoded text in them.
#[derive(Clone, Default)]
pub(crate) struct Tail {
    pub(crate) raw: Zeroizing<Vec<u8>>,
    /// Characters of the last long run, with the pieces joined.
    pub(crate) run: Zeroizing<Vec<u8>>,
    at: i64,
}

impl Tail {
    pub(crate) const fn new(raw: Zeroizing<Vec<u8>>, run: Zeroizing<Vec<u8>>) -> Self {
        Self { raw, run, at: 0 }
    }
}

/// Pieces of one secret that one principal has sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Ledger {
    /// Pieces the whole secret has.
    of: usize,
    /// When each was last seen, in milliseconds.
    seen: BTreeMap<Tag, i64>,
    /// Whether the ledger's finding was made for what is seen now.
    told: usize,
}

/// See the module. A value of its own: whoever holds it decides how long it lives. It never leaves the process as a whole,
/// because tails are bytes that were sent; [`Memory::ledger`] holds keyed tags only.
#[derive(Default)]
pub struct Memory {
    tails: BTreeMap<(String, Vec<u8>), Tail>,
    ledgers: BTreeMap<(String, u64), Ledger>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("tails", &self.tails.len())
            .field("ledgers", &self.ledgers.len())
            .finish()
    }
}

/// How much of a secret one principal has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coverage {
    pub(crate) secret: u64,
    pub(crate) seen: usize,
    pub(crate) of: usize,
}

impl Memory {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The end of the last body of this principal to this destination, if it is young enough.
    pub(crate) fn tail(&self, principal: &str, destination: &[u8], now: Timestamp) -> Option<Tail> {
        let tail = self.tails.get(&(principal.to_owned(), destination.to_vec()))?;
        // A clock that was set back does not make a tail older.
        (now.as_millis().saturating_sub(tail.at) <= TAIL_MILLIS).then(|| tail.clone())
    }

    /// Remembers the end of a body. False if another pair's young tail had to be dropped for it.
    pub(crate) fn keep_tail(
        &mut self,
        principal: &str,
        destination: &[u8],
        mut tail: Tail,
        now: Timestamp,
    ) -> bool {
        let now = now.as_millis();
        tail.at = now;
        let key = (principal.to_owned(), destination.to_vec());
        let mut lost = false;
        if self.tails.len() >= TAILS_MAX && !self.tails.contains_key(&key) {
            self.tails.retain(|_, tail| now.saturating_sub(tail.at) <= TAIL_MILLIS);
            if self.tails.len() >= TAILS_MAX
                && let Some(oldest) =
                    self.tails.iter().min_by_key(|(_, tail)| tail.at).map(|(key, _)| key.clone())
            {
                self.tails.remove(&oldest);
                lost = true;
            }
        }
        self.tails.insert(key, tail);
        !lost
    }

    /// Adds pieces of a secret; the coverage if it passed a fifth of the secret, and was not told at this height before.
    pub(crate) fn add(
        &mut self,
        principal: &str,
        secret: u64,
        of: usize,
        pieces: impl IntoIterator<Item = Tag>,
        now: Timestamp,
    ) -> Added {
        let now = now.as_millis();
        let key = (principal.to_owned(), secret);
        let mut lost = false;
        if self.ledgers.len() >= LEDGERS_MAX && !self.ledgers.contains_key(&key) {
            self.expire(now);
            // The one that has seen least is the one whose loss says least.
            if self.ledgers.len() >= LEDGERS_MAX
                && let Some(least) = self
                    .ledgers
                    .iter()
                    .min_by_key(|(_, ledger)| ledger.seen.len())
                    .map(|(key, _)| key.clone())
            {
                self.ledgers.remove(&least);
                lost = true;
            }
        }
        let ledger = self.ledgers.entry(key).or_default();
        ledger.of = ledger.of.max(of);
        ledger.seen.retain(|_, at| now.saturating_sub(*at) <= LEDGER_MILLIS);
        for piece in pieces {
            if ledger.seen.len() < PIECES_MAX || ledger.seen.contains_key(&piece) {
                ledger.seen.insert(piece, now);
            }
        }
        let seen = ledger.seen.len();
        ledger.told = ledger.told.min(seen);
        let alarming = seen >= 2 && seen.saturating_mul(5) >= ledger.of && seen > ledger.told;
        if alarming {
            ledger.told = seen;
        }
        Added { alarm: alarming.then_some(Coverage { secret, seen, of: ledger.of }), lost }
    }

    fn expire(&mut self, now: i64) {
        for ledger in self.ledgers.values_mut() {
            ledger.seen.retain(|_, at| now.saturating_sub(*at) <= LEDGER_MILLIS);
        }
        self.ledgers.retain(|_, ledger| !ledger.seen.is_empty());
    }

    /// The coverage ledger as a document of schema [`LEDGER_SCHEMA`], to be kept over a restart. Tags only.
    #[must_use]
    pub fn ledger(&self) -> Value {
        let entries = self.ledgers.iter().map(|((principal, secret), ledger)| {
            let pieces = ledger.seen.iter().map(|(tag, at)| (tag.to_string(), Value::Int(*at)));
            Value::object([
                ("of", count(ledger.of)),
                ("pieces", Value::object(pieces)),
                ("principal", Value::from(principal.as_str())),
                ("secret", Value::from(ztp_core::encoding::hex_encode(&secret.to_be_bytes()))),
                ("told", count(ledger.told)),
            ])
        });
        Value::object([("entries", Value::Array(entries.collect())), ("schema", Value::from(LEDGER_SCHEMA))])
    }

    /// Starts from a ledger that was kept; no tails.
    ///
    /// # Errors
    /// [`LedgerError`] if the document is not of schema [`LEDGER_SCHEMA`].
    pub fn with_ledger(document: &Value) -> Result<Self, LedgerError> {
        if document.get("schema").and_then(Value::as_str) != Some(LEDGER_SCHEMA) {
            return Err(LedgerError { entry: None });
        }
        let entries = document.get("entries").and_then(Value::as_array).ok_or(LedgerError { entry: None })?;
        let mut ledgers = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate().take(LEDGERS_MAX) {
            let (key, ledger) = read_entry(entry).ok_or(LedgerError { entry: Some(index) })?;
            ledgers.insert(key, ledger);
        }
        Ok(Self { tails: BTreeMap::new(), ledgers })
    }
}

/// What adding pieces led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) alarm: Option<Coverage>,
    /// Whether another ledger had to be dropped.
    pub(crate) lost: bool,
}

/// A document that is no ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}; start with an empty ledger only after asking why it changed", describe(*.entry))]
pub struct LedgerError {
    /// Which entry is wrong; none if it is the document.
    pub entry: Option<usize>,
}

impl ztp_core::Coded for LedgerError {
    fn code(&self) -> &'static str {
        "dlp_ledger"
    }
}

fn describe(entry: Option<usize>) -> String {
    entry.map_or_else(
        || format!("document is not of schema {LEDGER_SCHEMA}"),
        |entry| format!("entry {entry} of the ledger is not one"),
    )
}

fn read_entry(entry: &Value) -> Option<((String, u64), Ledger)> {
    let principal = entry.get("principal")?.as_str()?.to_owned();
    let secret = u64::from_be_bytes(ztp_core::encoding::hex_decode(entry.get("secret")?.as_str()?).ok()?);
    let of = usize::try_from(entry.get("of")?.as_int()?).ok()?;
    let told = usize::try_from(entry.get("told")?.as_int()?).ok()?;
    let pieces = entry.get("pieces")?.as_object()?;
    let seen = pieces
        .iter()
        .take(PIECES_MAX)
        .map(|(tag, at)| Some((Tag::from_hex(tag)?, at.as_int()?)))
        .collect::<Option<BTreeMap<_, _>>>()?;
    Some(((principal, secret), Ledger { of, seen, told }))
}

fn count(number: usize) -> Value {
    crate::finding::integer(u64::try_from(number).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    fn tag(number: u64) -> Tag {
        Tag(number.to_be_bytes())
    }

    #[test]
    fn a_fifth_of_a_secret_is_told_once_at_each_height() {
        let mut memory = Memory::new();
        let mut alarms = Vec::new();
        for number in 0..10 {
            // One piece a day, twice each.
            for _ in 0..2 {
                let added =
                    memory.add("root", 7, 20, [tag(number)], at(i64::try_from(number).unwrap() * 86_400_000));
                alarms.extend(added.alarm.map(|coverage| (number, coverage.seen)));
            }
        }
        assert_eq!(alarms, [(3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9), (9, 10)]);
    }

    #[test]
    fn pieces_are_forgotten_after_thirty_days() {
        let mut memory = Memory::new();
        for number in 0..3 {
            memory.add("root", 7, 20, [tag(number)], at(0));
        }
        assert_eq!(memory.add("root", 7, 20, [tag(9)], at(LEDGER_MILLIS + 1)).alarm, None);
        assert!(memory.add("root", 7, 20, [tag(1), tag(2), tag(3)], at(LEDGER_MILLIS + 1)).alarm.is_some());
    }

    #[test]
    fn a_ledger_survives_as_a_document() {
        let mut memory = Memory::new();
        memory.add("root", 7, 20, (0..4).map(tag), at(5));
        memory.add("other", 8, 9, [tag(1)], at(6));
        let back = Memory::with_ledger(&memory.ledger()).unwrap();
        assert_eq!(back.ledgers, memory.ledgers);
        assert_eq!(Memory::with_ledger(&Value::Null).unwrap_err().entry, None);
    }

    #[test]
    fn a_young_tail_that_is_dropped_is_said() {
        let mut memory = Memory::new();
        for number in 0..TAILS_MAX {
            assert!(memory.keep_tail("root", &number.to_be_bytes(), Tail::default(), at(1)));
        }
        assert!(!memory.keep_tail("root", b"one more", Tail::default(), at(2)));
        assert!(memory.keep_tail("root", b"later", Tail::default(), at(TAIL_MILLIS + 3)));
        assert!(memory.tail("root", b"one more", at(TAIL_MILLIS + 3)).is_none());
        assert!(memory.tail("root", b"later", at(0)).is_some());
    }
}
