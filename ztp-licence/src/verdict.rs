//! What verification found: every check with its result.

use std::fmt;

use ztp_core::Coded as _;
use ztp_core::canonical::{self, CanonicalError, Value};
use ztp_core::custody::Certificate;
use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

use crate::LicenceError;
use crate::check::CheckKind;
use crate::format::Format;
use crate::licence::{BenchBinding, Licence};
use crate::member;
use crate::mint::totals;
use crate::trust::Trust;

/// One check and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// What was checked.
    pub kind: CheckKind,
    /// Which signature, counted from 0, when the check is made for each.
    pub signature: Option<usize>,
    /// What came of it.
    pub result: CheckResult,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must decide about each result")]
pub enum CheckResult {
    /// The check was made and holds.
    Pass,
    /// The check was made and does not hold.
    Fail(LicenceError),
    /// An earlier failure made the check impossible or unsafe.
    NotChecked,
}

impl Check {
    /// The part of the envelope concerned: the member at fault if one is known, otherwise what the check is about.
    #[must_use]
    pub fn place(&self) -> String {
        match (&self.result, self.signature) {
            (CheckResult::Fail(error), _) if error.path().is_some() => {
                error.path().unwrap_or_default().to_owned()
            }
            (_, Some(index)) => format!("{}[{index}]", self.kind.subject()),
            _ => self.kind.subject().to_owned(),
        }
    }

    fn to_value(&self) -> Value {
        let mut members = vec![("check", Value::from(self.kind.as_str())), ("where", self.place().into())];
        match &self.result {
            CheckResult::Pass => members.push(("result", "pass".into())),
            CheckResult::NotChecked => members.push(("result", "not_checked".into())),
            CheckResult::Fail(error) => {
                members.push(("code", error.code().into()));
                members.push(("message", error.to_string().into()));
                members.extend(error.offset().map(|offset| ("offset", member::number(offset))));
                members.push(("result", "fail".into()));
            }
        }
        Value::object(members)
    }
}

/// Whether an envelope is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must decide about each status")]
pub enum Status {
    /// Every check was made and holds.
    Valid,
    /// Some check does not hold or could not be made.
    Refused,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Valid => "valid",
            Self::Refused => "refused",
        })
    }
}

/// The outcome of [`verify`](crate::verify).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a verdict can be a refusal"]
pub struct Verdict {
    pub(crate) format: Format,
    pub(crate) checks: Vec<Check>,
    pub(crate) licence: Option<Licence>,
    pub(crate) signed_by: Vec<Digest>,
    pub(crate) envelope_digest: Digest,
    pub(crate) checked_at: Timestamp,
    pub(crate) bench_id: Option<String>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) trust: TrustState,
    pub(crate) trust_update: Option<Trust>,
}

/// The newest of the issuer's root and revocations that a verifier knows after a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TrustState {
    /// Version of the newest root; 0 where keys are pinned.
    pub root_version: u64,
    /// SHA-256 of the newest root without its signatures.
    pub root_digest: Option<Digest>,
    /// Version of the newest revocation list; 0 is none.
    pub revocation_version: u64,
    /// SHA-256 of the newest revocation list without its signatures.
    pub revocation_digest: Option<Digest>,
}

impl Verdict {
    /// Whether every check was made and holds.
    #[must_use]
    pub fn status(&self) -> Status {
        let holds = self.checks.iter().all(|check| check.result == CheckResult::Pass);
        if holds { Status::Valid } else { Status::Refused }
    }

    /// The licence, if the envelope is accepted.
    #[must_use]
    pub fn licence(&self) -> Option<&Licence> {
        self.licence.as_ref().filter(|_| self.status() == Status::Valid)
    }

    /// The licence, if the envelope is accepted.
    #[must_use]
    pub fn into_licence(self) -> Option<Licence> {
        let status = self.status();
        self.licence.filter(|_| status == Status::Valid)
    }

    /// Every check, in order.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The first check that does not hold, and why.
    #[must_use]
    pub fn failure(&self) -> Option<&LicenceError> {
        self.checks.iter().find_map(|check| match &check.result {
            CheckResult::Fail(error) => Some(error),
            _ => None,
        })
    }

    /// SHA-256 of the file, whatever it holds.
    #[must_use]
    pub const fn envelope_digest(&self) -> Digest {
        self.envelope_digest
    }

    /// The certificates of the keys whose signature holds, in the order of the signatures. Empty where keys are pinned.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The newest of root and revocations known after this verification.
    #[must_use]
    pub const fn trust_state(&self) -> TrustState {
        self.trust
    }

    /// The trust document to keep from now on, if this envelope brought a newer root or revocation list that holds.
    ///
    /// It is there even when the envelope is refused for another reason: what the root revoked is revoked, whoever
    /// carried the news. Where keys are pinned the list is part of the licence, so the envelope must be accepted.
    #[must_use]
    pub const fn trust_update(&self) -> Option<&Trust> {
        self.trust_update.as_ref()
    }

    /// Writes the verdict as a canonical document, `ztp.licence.verdict/1` or, for an envelope that carries
    /// certificates, `ztp.licence.verdict/2`.
    ///
    /// # Errors
    /// None that an envelope can cause: everything in a verdict is within the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, CanonicalError> {
        let checks: Vec<Value> = self.checks.iter().map(Check::to_value).collect();
        let signed_by: Vec<Value> = self.signed_by.iter().map(|key_id| key_id.to_string().into()).collect();
        let mut members = vec![
            ("bench_id", Value::from(self.bench_id.as_deref())),
            ("checked_at", self.checked_at.to_string().into()),
            ("checks", checks.into()),
            ("code", self.failure().map(|error| error.code()).into()),
            ("envelope_digest", self.envelope_digest.to_string().into()),
            ("licence", self.licence().map_or(Value::Null, |licence| summary(licence, self.format))),
            ("schema", self.format.verdict().into()),
            ("signed_by", signed_by.into()),
            ("status", self.status().to_string().into()),
        ];
        if self.format == Format::Chained {
            let certificates: Vec<Value> = self.certificates.iter().map(certificate).collect();
            members.push(("certificates", certificates.into()));
            members.push(("trust", self.trust.to_value(self.trust_update.is_some())));
        }
        canonical::write(&Value::object(members))
    }
}

impl TrustState {
    fn to_value(self, changed: bool) -> Value {
        let digest = |digest: Option<Digest>| Value::from(digest.map(|digest| digest.to_string()));
        Value::object([
            ("changed", Value::from(changed)),
            ("revocation_digest", digest(self.revocation_digest)),
            ("revocation_version", member::number(self.revocation_version)),
            ("root_digest", digest(self.root_digest)),
            ("root_version", member::number(self.root_version)),
        ])
    }
}

/// Which certificate it was.
fn certificate(certificate: &Certificate) -> Value {
    Value::object([
        ("key_id", Value::from(certificate.key_id.to_string())),
        ("name", certificate.name.as_str().into()),
        ("serial", member::number(certificate.serial)),
        ("suite", certificate.public_key.suite().as_str().into()),
    ])
}

/// What an accepted licence says, with the notes added up.
fn summary(licence: &Licence, format: Format) -> Value {
    let features: Vec<Value> = licence.features.iter().map(|feature| feature.as_str().into()).collect();
    let mint: Vec<Value> = totals(&licence.mint)
        .into_iter()
        .map(|(class, total)| {
            Value::object([
                ("amount", member::number(total.amount)),
                ("class", class.into()),
                ("notes", member::number(total.notes)),
            ])
        })
        .collect();
    let bench_id = match &licence.bench {
        BenchBinding::Any => None,
        BenchBinding::Bench(id) => Some(id.as_str()),
    };
    let mut members = vec![
        ("bench_id", Value::from(bench_id)),
        ("customer", licence.customer.as_str().into()),
        ("envelope_id", licence.envelope_id.as_str().into()),
        ("features", features.into()),
        ("issued_at", licence.issued_at.to_string().into()),
        ("licence_id", licence.licence_id.as_str().into()),
        ("mint", mint.into()),
        ("not_after", licence.not_after.to_string().into()),
        ("not_before", licence.not_before.to_string().into()),
        ("previous_envelope", licence.previous_envelope.map(|digest| digest.to_string()).into()),
        ("product", licence.product.as_str().into()),
    ];
    members.extend(licence.clock_statement.as_ref().map(|stated| ("clock_statement", stated.to_value())));
    match format {
        Format::Pinned => members.push(("revocation", licence.revocation.to_value())),
        Format::Chained => members.extend([
            ("revocation_version", member::number(licence.requires.revocation_version)),
            ("root_version", member::number(licence.requires.root_version)),
            ("vault_head", licence.vault_head.map(|digest| digest.to_string()).into()),
        ]),
    }
    Value::object(members)
}

/// The checks made so far.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    made: Vec<Check>,
}

impl Checks {
    /// Notes a check and hands on what it yielded.
    pub(crate) fn note<T>(&mut self, kind: CheckKind, result: Result<T, LicenceError>) -> Option<T> {
        self.push(kind, None, result)
    }

    /// Notes a check of one signature and hands on what it yielded.
    pub(crate) fn note_signature<T>(
        &mut self,
        kind: CheckKind,
        index: usize,
        result: Result<T, LicenceError>,
    ) -> Option<T> {
        self.push(kind, Some(index), result)
    }

    fn push<T>(
        &mut self,
        kind: CheckKind,
        signature: Option<usize>,
        result: Result<T, LicenceError>,
    ) -> Option<T> {
        let (result, value) = match result {
            Ok(value) => (CheckResult::Pass, Some(value)),
            Err(error) => (CheckResult::Fail(error), None),
        };
        self.made.push(Check { kind, signature, result });
        value
    }

    /// All checks of a format in its order, those that were not made among them.
    pub(crate) fn complete(mut self, format: Format, signatures: usize) -> Vec<Check> {
        let place = |check: &Check| format.checks().iter().position(|&kind| kind == check.kind);
        self.made.sort_by_key(|check| (place(check), check.signature));
        let mut made = self.made.into_iter().peekable();
        let mut all = Vec::with_capacity(format.checks().len() * signatures.max(1));
        for &kind in format.checks() {
            let per_signature = kind.is_per_signature() && signatures > 0;
            for index in 0..if per_signature { signatures } else { 1 } {
                let signature = per_signature.then_some(index);
                let found = made.next_if(|check| check.kind == kind && check.signature == signature);
                all.push(found.unwrap_or(Check { kind, signature, result: CheckResult::NotChecked }));
            }
        }
        all
    }
}
