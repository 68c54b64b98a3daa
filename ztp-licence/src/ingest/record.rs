//! The events that the ingest writes into the sealed log, and reads back.

use ztp_audit::store::NewEvent;
use ztp_core::canonical::{self, CanonicalError, Value};
use ztp_core::digest::Digest;
use ztp_core::event::EventClass;
use ztp_core::schema::{Fields, SchemaError};

use super::decision::Decision;
use crate::Trust;
use crate::licence::{LICENCE_DOCUMENT_LIMITS, Licence};
use crate::member;

/// What a bench knows of roots and revocations after an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Learned {
    pub(super) revocation_version: u64,
    pub(super) root_version: u64,
    /// The trust document, where it is another than before.
    pub(super) trust: Option<Value>,
}

impl Learned {
    /// From the trust an envelope was judged by, and what its verdict made of it.
    pub(super) fn new(before: &Trust, after: Option<&Trust>) -> Result<Self, CanonicalError> {
        let (trust, changed) = after.map_or((before, false), |after| (after, after != before));
        let document = if changed { Some(trust.to_json()?) } else { None };
        Ok(Self {
            revocation_version: trust.revocation_version(),
            root_version: trust.root_version(),
            trust: document.map(|bytes| canonical::read(&bytes, &LICENCE_DOCUMENT_LIMITS)).transpose()?,
        })
    }
}

/// The payload of `licence.ingested`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ingested {
    pub(super) envelope_digest: Digest,
    pub(super) envelope_id: String,
    pub(super) licence_id: String,
    pub(super) previous_envelope: Option<Digest>,
    pub(super) product: String,
    pub(super) revocation_version: u64,
    pub(super) root_version: u64,
    pub(super) signed_by: Vec<Digest>,
    /// The trust document after this envelope, where the envelope brought a newer root or revocation list.
    pub(super) trust: Option<Value>,
}

impl Default for Ingested {
    fn default() -> Self {
        Self {
            envelope_digest: Digest::ZERO,
            envelope_id: String::new(),
            licence_id: String::new(),
            previous_envelope: None,
            product: String::new(),
            revocation_version: 0,
            root_version: 0,
            signed_by: Vec::new(),
            trust: None,
        }
    }
}

impl Ingested {
    /// What an accepted licence is recorded as; the versions are those the bench knows after it.
    pub(super) fn new(licence: &Licence, digest: Digest, signed_by: &[Digest], learned: &Learned) -> Self {
        Self {
            envelope_digest: digest,
            envelope_id: licence.envelope_id.clone(),
            licence_id: licence.licence_id.clone(),
            previous_envelope: licence.previous_envelope,
            product: licence.product.clone(),
            revocation_version: learned.revocation_version,
            root_version: learned.root_version,
            signed_by: signed_by.to_vec(),
            trust: learned.trust.clone(),
        }
    }

    pub(super) fn to_value(&self) -> Value {
        let hex = |digest: &Digest| Value::from(digest.to_string());
        Value::object([
            ("envelope_digest", hex(&self.envelope_digest)),
            ("envelope_id", self.envelope_id.as_str().into()),
            ("licence_id", self.licence_id.as_str().into()),
            ("previous_envelope", self.previous_envelope.as_ref().map_or(Value::Null, hex)),
            ("product", self.product.as_str().into()),
            ("revocation_version", member::number(self.revocation_version)),
            ("root_version", member::number(self.root_version)),
            ("signed_by", self.signed_by.iter().map(hex).collect::<Vec<_>>().into()),
            ("trust", self.trust.clone().unwrap_or(Value::Null)),
        ])
    }

    /// Reads the payload back: a closed schema, so that an event of another writer is not mistaken for one of ours.
    pub(super) fn read(payload: &Value) -> Result<Self, String> {
        let read = || -> Result<Self, SchemaError> {
            let mut fields = Fields::open(payload, "payload")?;
            let digest = |text: &str| Digest::from_hex(text).ok();
            let event = Self {
                envelope_digest: digest(fields.string("envelope_digest")?).unwrap_or(Digest::ZERO),
                envelope_id: fields.string("envelope_id")?.to_owned(),
                licence_id: fields.string("licence_id")?.to_owned(),
                previous_envelope: fields.nullable_string("previous_envelope")?.and_then(digest),
                product: fields.string("product")?.to_owned(),
                revocation_version: u64::try_from(fields.integer("revocation_version")?).unwrap_or(u64::MAX),
                root_version: u64::try_from(fields.integer("root_version")?).unwrap_or(u64::MAX),
                signed_by: fields
                    .array("signed_by")?
                    .iter()
                    .filter_map(|key| key.as_str().and_then(digest))
                    .collect(),
                trust: fields.nullable("trust")?.cloned(),
            };
            fields.finish()?;
            Ok(event)
        };
        let event = read().map_err(|error| format!("it is no event of an ingest: {error}"))?;
        // Whatever could not be read above is written differently from how it was found.
        if event.to_value() == *payload {
            Ok(event)
        } else {
            Err("it is no event of an ingest: a member has another form".to_owned())
        }
    }

    pub(super) fn event(&self) -> NewEvent {
        NewEvent { event_class: EventClass::LICENCE_INGESTED, payload: self.to_value(), timestamp: None }
    }
}

/// The event of a refusal: the digest of what came, under which name, every code, and what was learned from it all the same.
pub(super) fn refused(decision: &Decision, file: &str, learned: &Learned) -> NewEvent {
    let codes: Vec<Value> = decision.codes().into_iter().map(Value::from).collect();
    let payload = Value::object([
        ("codes", Value::from(codes)),
        ("envelope_digest", decision.envelope_digest().map(|digest| digest.to_string()).into()),
        ("file", file.into()),
        ("revocation_version", member::number(learned.revocation_version)),
        ("root_version", member::number(learned.root_version)),
        ("trust", learned.trust.clone().unwrap_or(Value::Null)),
    ]);
    NewEvent { event_class: EventClass::LICENCE_REFUSED, payload, timestamp: None }
}

/// Reads what a refusal taught; nothing, where another program wrote the event.
pub(super) fn learned_from_refusal(payload: &Value) -> Learned {
    let number = |name| payload.get(name).and_then(Value::as_int).and_then(|n| u64::try_from(n).ok());
    Learned {
        revocation_version: number("revocation_version").unwrap_or(0),
        root_version: number("root_version").unwrap_or(0),
        trust: payload.get("trust").filter(|trust| !trust.is_null()).cloned(),
    }
}
