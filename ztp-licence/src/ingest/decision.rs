//! A decision on one envelope, with everything it rests on.

use ztp_core::Coded as _;
use ztp_core::canonical::{self, CanonicalError, Value};
use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

use super::error::Refusal;
use super::sealed_log::SealedLog;
use crate::licence::{LICENCE_DOCUMENT_LIMITS, Licence};
use crate::{CheckResult, Status, Verdict};

/// The name of the decision's format.
pub const DECISION_SCHEMA: &str = "ztp.licence.decision/1";

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must decide about each")]
pub enum DecisionStatus {
    /// Every check holds: the envelope is to be taken in.
    Accepted,
    /// These bytes were taken in before: nothing is to be done.
    AlreadyIngested,
    /// A check does not hold, or could not be made.
    Refused,
}

impl DecisionStatus {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::AlreadyIngested => "already_ingested",
            Self::Refused => "refused",
        }
    }
}

/// The decision on an envelope, with everything it rests on.
#[derive(Debug, Clone)]
#[must_use = "a decision can be a refusal"]
pub struct Decision {
    pub(super) verdict: Option<Verdict>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) digest: Option<Digest>,
    /// The record that took these bytes in, if one did.
    pub(super) ingested_at: Option<u64>,
    /// The time it was judged at, which is not before the latest that the log attests.
    pub(super) at: Timestamp,
}

impl Decision {
    /// A refusal of something that was not read.
    pub(super) fn unread(refusal: Refusal, at: Timestamp) -> Self {
        Self { verdict: None, refusals: vec![refusal], digest: None, ingested_at: None, at }
    }

    /// What was decided.
    #[must_use]
    pub fn status(&self) -> DecisionStatus {
        let valid = self.verdict.as_ref().is_some_and(|verdict| verdict.status() == Status::Valid);
        match self.ingested_at {
            Some(_) if self.refusals.is_empty() => DecisionStatus::AlreadyIngested,
            None if valid && self.refusals.is_empty() => DecisionStatus::Accepted,
            _ => DecisionStatus::Refused,
        }
    }

    /// The licence to be taken in: only where it is [`DecisionStatus::Accepted`].
    #[must_use]
    pub fn licence(&self) -> Option<&Licence> {
        let accepted = self.status() == DecisionStatus::Accepted;
        self.verdict.as_ref().filter(|_| accepted).and_then(Verdict::licence)
    }

    /// The verdict on the bytes, if they were read.
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// SHA-256 of the file, if it was read.
    #[must_use]
    pub fn envelope_digest(&self) -> Option<Digest> {
        self.digest
    }

    /// The codes of everything that does not hold, in the order of the checks; empty unless refused.
    #[must_use]
    pub fn codes(&self) -> Vec<&'static str> {
        if self.status() != DecisionStatus::Refused {
            return Vec::new();
        }
        // What was taken in before was valid then.
        let verdict = self.verdict.as_ref().filter(|_| self.ingested_at.is_none());
        let checks = verdict.map(Verdict::checks).unwrap_or_default();
        let failed = checks.iter().filter_map(|check| match &check.result {
            CheckResult::Fail(error) => Some(error.code()),
            _ => None,
        });
        let mut codes: Vec<&'static str> = Vec::new();
        for code in failed.chain(self.refusals.iter().map(Refusal::code)) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }

    /// The decision as a canonical document, `ztp.licence.decision/1`; `more` are members that say where it was recorded.
    ///
    /// # Errors
    /// None that an envelope can cause: everything in a decision is within the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::write(&self.to_value(Vec::new())?)
    }

    /// As [`Decision::to_json`], with the member `sealed_log`: the verdict on the log that what the bench has seen was read from, `null` where
    /// nothing is known of it.
    ///
    /// # Errors
    /// As [`Decision::to_json`].
    pub fn to_json_resting_on(&self, log: Option<&SealedLog>) -> Result<Vec<u8>, CanonicalError> {
        let log = log.map_or(Value::Null, |log| log.to_value().clone());
        canonical::write(&self.to_value(vec![("sealed_log", log)])?)
    }

    pub(super) fn to_value(&self, more: Vec<(&'static str, Value)>) -> Result<Value, CanonicalError> {
        let codes = self.codes();
        let refusals: Vec<Value> = self.refusals.iter().map(refusal_value).collect();
        let verdict = match &self.verdict {
            Some(verdict) => canonical::read(&verdict.to_json()?, &LICENCE_DOCUMENT_LIMITS)?,
            None => Value::Null,
        };
        let mut members: Vec<(&'static str, Value)> = vec![
            ("code", Value::from(codes.first().copied())),
            ("codes", codes.into_iter().map(Value::from).collect::<Vec<_>>().into()),
            ("decision", self.status().as_str().into()),
            ("envelope_digest", self.digest.map(|digest| digest.to_string()).into()),
            ("refusals", refusals.into()),
            ("schema", DECISION_SCHEMA.into()),
            ("verdict", verdict),
        ];
        members.extend(more);
        Ok(Value::object(members))
    }
}

fn refusal_value(refusal: &Refusal) -> Value {
    Value::object([("code", refusal.code().to_owned()), ("message", refusal.to_string())])
}
