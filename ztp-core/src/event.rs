//! What happened on the bench, in the vocabulary that the audit log, the detectors and the reports share.
//!
//! The classes are here; the typed payloads that more than one part reads are in the modules below. They are closed
//! schemas: a payload with a member that its class does not have is refused, not half understood.

pub mod admission;
pub mod anomaly;
pub mod correlation;
pub mod operator;
mod payload;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::Coded;
use crate::canonical::Value;
use crate::time::Timestamp;

pub use payload::PayloadError;

/// Longest event class, in bytes.
pub const CLASS_BYTES_MAX: usize = 64;

/// An event that the log does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The class is empty or too long.
    #[error("event class has {found} bytes, expected 1 to 64")]
    ClassLength {
        /// Bytes found.
        found: usize,
    },
    /// The class is not made of words `[a-z][a-z0-9-]*` joined by dots.
    #[error(
        "character at offset {offset} is not allowed there in an event class; use lower-case words joined by dots"
    )]
    ClassCharacter {
        /// Byte offset of the first wrong character, or the length if the class ends in a dot.
        offset: usize,
    },
    /// The class belongs to the log itself.
    #[error("event class is reserved for the log itself; use another")]
    ClassReserved,
    /// The class is one that a reader of the log gives weight to, and the caller did not name it among those he means to write.
    #[error(
        "event class {class} is written by the part of ztp that answers for it; a record of it by hand is a finding or a break. Name the class to write it all the same"
    )]
    ClassWeighed {
        /// The class.
        class: String,
    },
    /// The payload is not an object.
    #[error("event payload is not a json object; wrap the value in a named member")]
    PayloadNotObject,
}

impl Coded for EventError {
    fn code(&self) -> &'static str {
        match self {
            Self::ClassLength { .. } => "event_class_length",
            Self::ClassCharacter { .. } => "event_class_character",
            Self::ClassReserved => "event_class_reserved",
            Self::ClassWeighed { .. } => "event_class_weighed",
            Self::PayloadNotObject => "event_payload_not_object",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::ClassCharacter { offset } => u64::try_from(*offset).ok(),
            _ => None,
        }
    }
}

/// The kind of an event: words `[a-z][a-z0-9-]*` joined by dots, at most 64 bytes.
///
/// The associated constants are the vocabulary of ZTP; integrators may use classes of their own outside `log.*`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventClass(Cow<'static, str>);

/// Declares a constant per class, and the list of all.
macro_rules! vocabulary {
    ($($(#[doc = $meaning:literal])+ $constant:ident = $name:literal;)*) => {
        impl EventClass {
            $($(#[doc = $meaning])+ pub const $constant: Self = Self(Cow::Borrowed($name));)*
        }

        /// Every class that ZTP itself writes or reads, in ascending order.
        pub const VOCABULARY: &[EventClass] = &[$(EventClass::$constant),*];
    };
}

vocabulary! {
    /// The webhook or the tier command decided about a Kubernetes object (camada 5): review uid, tier, verdict, mode,
    /// and the break-glass ticket if there was one.
    ADMISSION_DECISION = "admission.decision";
    /// The webhook did not decide a request that reached it, or could not record a decision in time; written as soon as
    /// it can.
    ADMISSION_GAP = "admission.gap";
    /// The admission mode was flipped between audit and enforce (camada 5).
    ADMISSION_MODE_CHANGED = "admission.mode-changed";
    /// A detector's settings were changed, with the hashes of the old and the new file (camada 12).
    ANOMALY_CONFIG_CHANGED = "anomaly.config-changed";
    /// A detector fired (camada 12): name, window, counts, settings' hash and the records that caused it.
    ANOMALY_FIRED = "anomaly.fired";
    /// Something that a detector's reader should know and that is no alert by itself: a late record, a principal seen
    /// for the first time, a table that overflowed (camada 12).
    ANOMALY_NOTICED = "anomaly.noticed";
    /// An episode that a detector had reported is over (camada 12).
    ANOMALY_RESOLVED = "anomaly.resolved";
    /// The state of the detectors at a record, which bounds replay (camada 12).
    ANOMALY_SNAPSHOT = "anomaly.snapshot";
    /// A snapshot in the log is not the state that the records lead to, and was not resumed from (camada 12).
    ANOMALY_SNAPSHOT_REFUSED = "anomaly.snapshot-refused";
    /// A node's confidential-computing readiness was observed (camada 2).
    CC_PROBE = "cc.probe";
    /// A finding of the correlation of admission decisions with the sealed log (camada 7).
    CORRELATION_FINDING = "correlation.finding";
    /// A DLP rule matched on a surface of a request (camada 11); never the matched text.
    DLP_FINDING = "dlp.finding";
    /// The DLP rules were changed, with the hashes of the old and the new file (camada 11).
    DLP_RULES_CHANGED = "dlp.rules-changed";
    /// A request left the bench through the tracked wrapper: URL, size, content type, verdict (camada 11).
    EGRESS_REQUEST = "egress.request";
    /// A line that a bench wanted to append was no event, and was put aside: its number, digest and the reason.
    INPUT_SET_ASIDE = "input.set-aside";
    /// An envelope passed every check and was taken in (camada 9).
    LICENCE_INGESTED = "licence.ingested";
    /// An envelope was refused: its digest and the codes of the checks that failed (camada 9).
    LICENCE_REFUSED = "licence.refused";
    /// A vault was named for the notes of an envelope that had been taken in without one (camada 9).
    LICENCE_VAULT_NAMED = "licence.vault-named";
    /// The first record of a log: its id, origin, format, first public key and seal policy (camada 6).
    LOG_OPENED = "log.opened";
    /// The log was recovered after an unclean end: where, and the digest of the bytes set aside (camada 6).
    LOG_RECOVERED = "log.recovered";
    /// The end of an epoch and the key of the next one (camada 6).
    LOG_SEALED = "log.sealed";
    /// An action of an operator through a ZTP command: who, what, with which result.
    OPERATOR_ACTION = "operator.action";
    /// An operator signed in to the dashboard.
    OPERATOR_LOGIN = "operator.login";
    /// An operator's sign-in was refused.
    OPERATOR_LOGIN_REFUSED = "operator.login-refused";
    /// A report of the weekly checklist, archived by the script that made it.
    OPS_CHECKLIST = "ops-checklist";
    /// The tier policy was changed, with the hashes of the old and the new file (camada 4).
    TIER_POLICY_CHANGED = "tier.policy-changed";
    /// A node's TPM and its measured boot were observed (camada 3).
    TPM_PROBE = "tpm.probe";
    /// A quote of a TPM was verified against the head of the log (camadas 3 and 6).
    TPM_QUOTE = "tpm.quote";
    /// A sealed key was released, or its release refused (camada 10).
    TPM_RELEASE = "tpm.release";
    /// Notes were minted into the vault by an envelope (camada 8).
    VAULT_MINTED = "vault.minted";
    /// The first record of a vault: its bench and the device key that signs its receipts (camada 8).
    VAULT_OPENED = "vault.opened";
    /// The vault was tied to a new outside anchor, as after a restored machine image (camada 8).
    VAULT_REANCHORED = "vault.reanchored";
    /// A spend was refused: the invariant it would have broken (camada 8).
    VAULT_REFUSED = "vault.refused";
    /// The vault asked its issuer for notes: the head that an answer is bound to (camada 8).
    VAULT_REQUESTED = "vault.requested";
    /// The state of the vault at this record, which bounds replay (camada 8).
    VAULT_SNAPSHOT = "vault.snapshot";
    /// Notes were spent (camada 8).
    VAULT_SPENT = "vault.spent";
    /// A witness cosigned a checkpoint, or refused to (camada 6).
    WITNESS_COSIGNED = "witness.cosigned";
}

impl EventClass {
    /// Takes a class from text.
    ///
    /// # Errors
    /// [`EventError::ClassLength`] or [`EventError::ClassCharacter`].
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, EventError> {
        let name = name.into();
        Self::check(name.as_bytes())?;
        Ok(Self(name))
    }

    /// Says whether bytes are a class, without allocating.
    ///
    /// # Errors
    /// [`EventError::ClassLength`] or [`EventError::ClassCharacter`].
    pub fn check(name: &[u8]) -> Result<(), EventError> {
        if name.is_empty() || name.len() > CLASS_BYTES_MAX {
            return Err(EventError::ClassLength { found: name.len() });
        }
        let mut word_starts = true;
        for (offset, &byte) in name.iter().enumerate() {
            let inner = byte.is_ascii_digit() || byte == b'-' || byte == b'.';
            if !byte.is_ascii_lowercase() && (word_starts || !inner) {
                return Err(EventError::ClassCharacter { offset });
            }
            word_starts = byte == b'.';
        }
        if word_starts { Err(EventError::ClassCharacter { offset: name.len() }) } else { Ok(()) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether only the log itself writes this class: `log` and everything below it.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.0.strip_prefix("log").is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whether a fold of ZTP over the log gives weight to the class: licences, the vault, the detectors' own events. The parts that
    /// answer for them write them; a generic append takes them only from a caller who names the class. That is against mistakes: whoever
    /// holds the log's key writes what he likes, and against him only what is signed counts.
    #[must_use]
    pub fn is_weighed(&self) -> bool {
        ["anomaly.", "licence.", "vault."].iter().any(|prefix| self.0.starts_with(prefix))
    }
}

impl FromStr for EventClass {
    type Err = EventError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name.to_owned())
    }
}

/// Whether a payload is one of its class, for the classes that others write and parts of ZTP read: a decision, an operator's event, a
/// finding. Payloads of every other class are their writer's own matter.
///
/// # Errors
/// [`PayloadError`] at the first member that the class does not allow. A log takes such a record all the same; who reads its class
/// can only say that it could not be read.
pub fn check_payload(class: &EventClass, payload: &Value) -> Result<(), PayloadError> {
    if *class == EventClass::ADMISSION_DECISION {
        admission::AdmissionDecision::read(payload).map(drop)
    } else if *class == EventClass::CORRELATION_FINDING {
        correlation::CorrelationFinding::read(payload).map(drop)
    } else if [EventClass::OPERATOR_ACTION, EventClass::OPERATOR_LOGIN, EventClass::OPERATOR_LOGIN_REFUSED]
        .contains(class)
    {
        operator::OperatorEvent::read(payload).map(drop)
    } else {
        Ok(())
    }
}

impl fmt::Display for EventClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Something that happened, as it is handed to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    class: EventClass,
    payload: Value,
    timestamp: Timestamp,
}

impl Event {
    /// Makes an event.
    ///
    /// # Errors
    /// [`EventError::ClassReserved`] for `log.*`, [`EventError::PayloadNotObject`] unless the payload is an object.
    pub fn new(class: EventClass, payload: Value, timestamp: Timestamp) -> Result<Self, EventError> {
        if class.is_reserved() {
            return Err(EventError::ClassReserved);
        }
        if !matches!(payload, Value::Object(_)) {
            return Err(EventError::PayloadNotObject);
        }
        Ok(Self { class, payload, timestamp })
    }

    /// What kind of event it is.
    #[must_use]
    pub const fn class(&self) -> &EventClass {
        &self.class
    }

    /// The facts, an object whose members depend on the class.
    #[must_use]
    pub const fn payload(&self) -> &Value {
        &self.payload
    }

    /// When it happened, by the clock of whoever observed it.
    #[must_use]
    pub const fn timestamp(&self) -> Timestamp {
        self.timestamp
    }
}

/// Where events go. The audit log is one; a test may collect them in memory.
pub trait EventSink {
    /// Why an event was not taken.
    type Error: Coded;

    /// Hands over one event.
    ///
    /// # Errors
    /// When it returns an error, the caller must assume that the event may be lost and act on it: an unrecorded
    /// decision is not a decision.
    fn record(&mut self, event: Event) -> Result<(), Self::Error>;
}

impl EventSink for Vec<Event> {
    type Error = std::convert::Infallible;

    fn record(&mut self, event: Event) -> Result<(), Self::Error> {
        self.push(event);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str) -> EventError {
        name.parse::<EventClass>().unwrap_err()
    }

    #[test]
    fn classes_are_refused_at_the_character_that_is_wrong() {
        let at = |offset| EventError::ClassCharacter { offset };
        assert_eq!(refused(""), EventError::ClassLength { found: 0 });
        assert_eq!(refused(&"a".repeat(65)), EventError::ClassLength { found: 65 });
        assert!("a".repeat(64).parse::<EventClass>().is_ok());
        assert_eq!(refused("Admission"), at(0));
        assert_eq!(refused("admission.Decision"), at(10));
        assert_eq!(refused("admission_decision"), at(9));
        assert_eq!(refused(".decision"), at(0));
        assert_eq!(refused("admission..decision"), at(10));
        assert_eq!(refused("admission."), at(10));
        assert_eq!(refused("9lives"), at(0));
        assert_eq!(refused("a.9"), at(2));
        assert_eq!(refused("a.-b"), at(2));
        assert_eq!(refused("a b"), at(1));
        assert!("a9-.b-9".parse::<EventClass>().is_ok());
    }

    #[test]
    fn the_vocabulary_is_sorted_and_each_class_in_it_is_well_formed() {
        for pair in VOCABULARY.windows(2) {
            assert!(pair[0] < pair[1], "{} then {}", pair[0], pair[1]);
        }
        for class in VOCABULARY {
            assert_eq!(class.as_str().parse(), Ok(class.clone()));
        }
    }

    #[test]
    fn what_licences_vault_and_detectors_fold_is_weighed_and_observations_are_not() {
        for class in VOCABULARY {
            let folded = ["anomaly", "licence", "vault"].contains(&class.as_str().split('.').next().unwrap());
            assert_eq!(class.is_weighed(), folded, "{class}");
        }
        for (name, weighed) in
            [("vault", false), ("vault.of-ours", true), ("vaults.x", false), ("a.vault", false)]
        {
            assert_eq!(EventClass::new(name).unwrap().is_weighed(), weighed, "{name}");
        }
    }

    #[test]
    fn only_log_and_what_is_below_it_is_reserved() {
        for (name, reserved) in
            [("log", true), ("log.sealed", true), ("logs", false), ("log-in", false), ("a.log", false)]
        {
            let class: EventClass = name.parse().unwrap();
            assert_eq!(class.is_reserved(), reserved, "{name}");
            let event = Event::new(class, Value::Object([].into()), Timestamp::MIN);
            assert_eq!(event.is_err_and(|error| error == EventError::ClassReserved), reserved, "{name}");
        }
    }

    #[test]
    fn an_event_carries_an_object() {
        let class = EventClass::OPERATOR_ACTION;
        let refused = Event::new(class.clone(), Value::Int(1), Timestamp::MIN);
        assert_eq!(refused, Err(EventError::PayloadNotObject));
        let mut sink = Vec::new();
        let event = Event::new(class, Value::Object([].into()), Timestamp::MAX).unwrap();
        sink.record(event.clone()).unwrap();
        assert_eq!(sink, [event]);
    }
}
