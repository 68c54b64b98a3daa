//! What a correlation may find, how grave each is, and a list of them that a flood cannot outgrow.

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::canonical::Value;
use ztp_core::digest::Digest;
use ztp_core::event::anomaly::Severity;
use ztp_core::event::correlation::CorrelationFinding;
use ztp_core::event::{Event, EventClass, EventError};
use ztp_core::time::Timestamp;

use super::entry::{Entry, Uid, Word};
use crate::control::integer;

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a correlation has two streams")]
pub enum Stream {
    /// What the webhook says it decided.
    Admission,
    /// What the sealed log holds.
    Sealed,
}

impl Stream {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Admission => Self::Sealed,
            Self::Sealed => Self::Admission,
        }
    }

    /// The word used in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admission => "admission",
            Self::Sealed => "sealed_log",
        }
    }
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal, $code:literal, $severity:ident;)*) => {
        /// What a correlation may find.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind { $($(#[doc = $doc])+ $name,)* }

        impl Kind {
            /// Every kind, the gravest first: the order in which a report lists them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word used in documents.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The registered code of a report whose gravest finding is of this kind.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// How much it asks of its reader. It is always judged from raw times: an estimated clock offset explains a finding and
            /// never excuses one.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }
        }
    };
}

kinds! {
    /// Decided, never sealed: suppressed on the way to the log.
    MissingInSealed = "missing_in_sealed", "correlation_missing_in_sealed", Critical;
    /// Sealed, but the webhook says nothing of it: put into the log by another hand, or taken out of the admission stream.
    MissingInAdmission = "missing_in_admission", "correlation_missing_in_admission", Critical;
    /// One uid, two contents: the decision that was sealed is not the one that was made.
    Altered = "altered", "correlation_altered", Critical;
    /// One uid twice in one stream with different contents.
    DuplicateConflicting = "duplicate_conflicting", "correlation_duplicate_conflicting", Critical;
    /// A line or record that cannot be read, and may hide a decision.
    Unreadable = "unreadable_entry", "correlation_unreadable_entry", Critical;
    /// More entries without a partner than the declared bound holds: the oldest were judged early.
    BoundReached = "bound_reached", "correlation_bound_reached", Warning;
    /// Dated later than the clock of whoever compares: what has not come yet cannot be missing, so a date ahead would excuse for ever.
    DatedAhead = "dated_ahead", "correlation_dated_ahead", Warning;
    /// Decided and sealed more than the threshold apart.
    Drift = "drift", "correlation_drift", Warning;
    /// Sealed in another order than decided, by more than the tolerance.
    OrderInversion = "order_inversion", "correlation_order_inversion", Warning;
    /// The two streams' clocks differ by more than the limit, in the median.
    ClockSkew = "clock_skew", "correlation_clock_skew", Warning;
    /// A wall clock was set during a boot.
    ClockStep = "clock_step", "correlation_clock_step", Warning;
    /// The sealed log was silent for longer than two heartbeats.
    WitnessGap = "witness_gap", "correlation_witness_gap", Warning;
    /// Sealed, and older than what the admission ring still holds.
    RingEvicted = "ring_evicted", "correlation_ring_evicted", Notice;
    /// One uid twice in one stream with the same content: a retry, or a copy.
    DuplicateIdentical = "duplicate_identical", "correlation_duplicate_identical", Notice;
}

/// An entry as a finding shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sight {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Line or sequence number.
    pub place: u64,
    /// What was decided, without timing.
    pub digest: Digest,
    decision: String,
}

impl Sight {
    /// What a finding keeps of an entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self::new(entry.at_ms, entry.place, entry.digest, entry.decision)
    }

    pub(super) fn new(at_ms: i64, place: u64, digest: Digest, decision: Word) -> Self {
        Self { at_ms, place, digest, decision: decision.as_str().to_owned() }
    }

    fn to_value(&self, stream: Stream) -> Value {
        let place = match stream {
            Stream::Admission => "line",
            Stream::Sealed => "seq",
        };
        Value::object::<_, Value>([
            ("at", time(self.at_ms)),
            ("decision", self.decision.as_str().into()),
            ("digest", self.digest.to_string().into()),
            (place, integer(self.place)),
        ])
    }
}

/// A time as a document shows it; `null` outside the years a timestamp has.
pub(super) fn time(at_ms: i64) -> Value {
    Timestamp::from_millis(at_ms).map_or(Value::Null, |at| at.to_string().into())
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// When, by the stream that shows it (milliseconds since 1970).
    pub at_ms: i64,
    /// The stream that shows it, where one does.
    pub stream: Option<Stream>,
    /// The review it is about.
    pub uid: Option<Uid>,
    /// What the admission stream says.
    pub admission: Option<Sight>,
    /// What the sealed log says.
    pub sealed: Option<Sight>,
    /// Further numbers, by name.
    pub facts: Vec<(&'static str, i64)>,
    /// What is wrong, where numbers do not say it.
    pub reason: String,
}

impl Finding {
    /// A finding about nothing in particular yet.
    #[must_use]
    pub fn new(kind: Kind, at_ms: i64) -> Self {
        Self {
            kind,
            at_ms,
            stream: None,
            uid: None,
            admission: None,
            sealed: None,
            facts: Vec::new(),
            reason: String::new(),
        }
    }

    /// Adds what one stream says.
    #[must_use]
    pub fn seen(mut self, stream: Stream, sight: Sight) -> Self {
        match stream {
            Stream::Admission => self.admission = Some(sight),
            Stream::Sealed => self.sealed = Some(sight),
        }
        self
    }

    /// The finding as an event `correlation.finding` for the sealed log, made at the time `now`.
    ///
    /// # Errors
    /// None that a finding can cause: the class and the payload are of the vocabulary.
    pub fn to_event(&self, now: Timestamp) -> Result<Event, EventError> {
        let fact = |wanted| self.facts.iter().find(|(name, _)| *name == wanted).map(|(_, number)| *number);
        let seq = self.sealed.as_ref().map(|sight| sight.place).or_else(|| fact("seq")?.try_into().ok());
        let line = self.admission.as_ref().map(|sight| sight.place).or_else(|| fact("line")?.try_into().ok());
        let payload = CorrelationFinding {
            drift_ms: fact("drift_ms"),
            finding: self.kind.as_str().to_owned(),
            line,
            severity: self.kind.severity(),
            seq,
            uid: self.uid.as_ref().map(ToString::to_string),
        };
        Event::new(EventClass::CORRELATION_FINDING, payload.to_value(), now)
    }

    /// The finding as it stands in a report.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let sight = |sight: &Option<Sight>, stream| sight.as_ref().map(|sight| sight.to_value(stream));
        Value::object::<_, Value>([
            ("admission", sight(&self.admission, Stream::Admission).into()),
            ("at", time(self.at_ms)),
            ("facts", Value::object(self.facts.iter().map(|(name, number)| (*name, *number)))),
            ("kind", self.kind.as_str().into()),
            ("reason", self.reason.as_str().into()),
            ("sealed", sight(&self.sealed, Stream::Sealed).into()),
            ("severity", self.kind.severity().as_str().into()),
            ("stream", self.stream.map(Stream::as_str).into()),
            ("uid", self.uid.as_ref().map(ToString::to_string).into()),
        ])
    }
}

/// Findings: all are counted, and of each kind the first ones by time are listed. Which are listed does not depend on the
/// order in which they come, so lists of parts merge to the list of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    max: usize,
    listed: BTreeMap<Kind, BTreeSet<Finding>>,
    totals: BTreeMap<Kind, u64>,
}

impl Findings {
    /// A list that shows at most `max` of each kind.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { max, listed: BTreeMap::new(), totals: BTreeMap::new() }
    }

    /// Takes one.
    pub fn add(&mut self, finding: Finding) {
        *self.totals.entry(finding.kind).or_default() += 1;
        self.list(finding);
    }

    /// Whether one more of this kind and time would be listed; a flood then costs no more than its count.
    #[must_use]
    pub fn would_list(&self, kind: Kind, at_ms: i64) -> bool {
        self.listed.get(&kind).is_none_or(|listed| {
            listed.len() < self.max || listed.last().is_some_and(|last| at_ms <= last.at_ms)
        })
    }

    /// Counts one without listing it.
    pub fn count(&mut self, kind: Kind) {
        *self.totals.entry(kind).or_default() += 1;
    }

    fn list(&mut self, finding: Finding) {
        let listed = self.listed.entry(finding.kind).or_default();
        listed.insert(finding);
        while listed.len() > self.max {
            listed.pop_last();
        }
    }

    /// Adds those of another.
    pub fn merge(&mut self, other: &Self) {
        self.max = self.max.min(other.max);
        for (kind, total) in &other.totals {
            *self.totals.entry(*kind).or_default() += total;
        }
        for finding in other.listed.values().flatten() {
            self.list(finding.clone());
        }
        for listed in self.listed.values_mut() {
            while listed.len() > self.max {
                listed.pop_last();
            }
        }
    }

    /// Those listed: the gravest kind first, each kind by time.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.listed.values().flatten()
    }

    /// How many there are of each kind that was found.
    #[must_use]
    pub fn totals(&self) -> &BTreeMap<Kind, u64> {
        &self.totals
    }

    /// How many of one kind.
    #[must_use]
    pub fn total(&self, kind: Kind) -> u64 {
        self.totals.get(&kind).copied().unwrap_or_default()
    }

    /// The gravest kind found, of those that are more than information.
    #[must_use]
    pub fn gravest(&self) -> Option<Kind> {
        self.totals.keys().copied().find(|kind| kind.severity() != Severity::Notice)
    }
}
