//! What a bench has seen: a fold over its sealed log.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use ztp_audit::error::VerifyError;
use ztp_audit::record::RecordView;
use ztp_audit::source::{LogSource, each_line};
use ztp_core::canonical::{self, CanonicalError, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::event::EventClass;
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;

use super::error::IngestError;
use super::record::{self, Ingested, Learned};
use crate::Trust;
use crate::licence::LICENCE_DOCUMENT_LIMITS;
use crate::member;

/// The name of the document's format.
pub const SEEN_SCHEMA: &str = "ztp.licence.seen/1";

/// An envelope that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenEnvelope {
    /// Its id.
    pub envelope_id: String,
    /// The licence it belongs to.
    pub licence_id: String,
    /// Sequence number of the record that took it in.
    pub seq: u64,
    /// When that was.
    pub ingested_at: Timestamp,
}

/// Everything the ingest must remember, derived from records `licence.ingested` and `licence.refused`.
///
/// It lives nowhere but in the log: whoever wants to make a bench forget a revocation must roll back the sealed log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    envelopes: BTreeMap<Digest, SeenEnvelope>,
    ids: BTreeMap<String, Digest>,
    last: BTreeMap<String, Digest>,
    root_version: u64,
    revocation_version: u64,
    /// The trust document as the last envelope that changed it left it.
    trust: Option<Trust>,
    /// Digests of the payloads of refusals, with their records: a refusal is written once.
    refused: BTreeMap<Digest, u64>,
    records: u64,
    last_hash: Option<Digest>,
}

impl Seen {
    /// Folds a log, from its first record to its last whole one, and checks the hash and the link of every record on the way.
    ///
    /// # Errors
    /// [`IngestError::LogBroken`] at the first record that does not hold; [`IngestError::Log`] if it cannot be read.
    pub fn fold(log: &dyn LogSource) -> Result<Self, IngestError> {
        let mut seen = Self::default();
        let mut broken = None;
        each_line(log, |seq, line| match seen.take(seq, line) {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(reason) => {
                broken = Some(IngestError::LogBroken { seq, reason });
                Ok::<_, VerifyError>(ControlFlow::Break(()))
            }
        })?;
        broken.map_or(Ok(seen), Err)
    }

    fn take(&mut self, seq: u64, line: &[u8]) -> Result<(), String> {
        let record = RecordView::parse(line).map_err(|fault| fault.reason())?;
        let hash = record.computed_hash();
        if record.claimed_hash() != Some(hash) {
            return Err(format!("its bytes hash to {hash}, not to what it states"));
        }
        if record.seq != seq {
            return Err(format!("it states sequence number {}", record.seq));
        }
        if record.prev_hash() != Some(self.last_hash.unwrap_or(Digest::ZERO)) {
            return Err("its prev_hash is not the hash of the record before".to_owned());
        }
        self.records = seq + 1;
        self.last_hash = Some(hash);
        if record.event_class == EventClass::LICENCE_INGESTED.as_str().as_bytes() {
            let payload = canonical::read(record.payload, &LICENCE_DOCUMENT_LIMITS);
            let event = payload.map_err(|e| e.to_string()).and_then(|payload| Ingested::read(&payload))?;
            let at = Timestamp::from_bytes(record.timestamp).map_err(|e| e.to_string())?;
            self.add_ingested(&event, seq, at)?;
        } else if record.event_class == EventClass::LICENCE_REFUSED.as_str().as_bytes() {
            let payload =
                canonical::read(record.payload, &LICENCE_DOCUMENT_LIMITS).map_err(|e| e.to_string())?;
            self.add_refused(sha256(record.payload), seq);
            self.learn(&record::learned_from_refusal(&payload))?;
        }
        Ok(())
    }

    pub(super) fn add_ingested(
        &mut self,
        event: &Ingested,
        seq: u64,
        ingested_at: Timestamp,
    ) -> Result<(), String> {
        if self.envelopes.contains_key(&event.envelope_digest) || self.ids.contains_key(&event.envelope_id) {
            return Err("it takes in an envelope that a record before it took in".to_owned());
        }
        self.learn(&Learned {
            revocation_version: event.revocation_version,
            root_version: event.root_version,
            trust: event.trust.clone(),
        })?;
        self.ids.insert(event.envelope_id.clone(), event.envelope_digest);
        self.last.insert(event.licence_id.clone(), event.envelope_digest);
        let (envelope_id, licence_id) = (event.envelope_id.clone(), event.licence_id.clone());
        let envelope = SeenEnvelope { envelope_id, licence_id, seq, ingested_at };
        self.envelopes.insert(event.envelope_digest, envelope);
        Ok(())
    }

    /// Versions only ever rise, whatever a record states.
    pub(super) fn learn(&mut self, learned: &Learned) -> Result<(), String> {
        self.root_version = self.root_version.max(learned.root_version);
        self.revocation_version = self.revocation_version.max(learned.revocation_version);
        if let Some(document) = &learned.trust {
            let bytes = canonical::write(document).map_err(|e| e.to_string())?;
            let trust = Trust::from_json(&bytes).map_err(|e| format!("its trust document is none: {e}"))?;
            if self.trust.as_ref().is_none_or(|before| !newer(before, &trust)) {
                self.trust = Some(trust);
            }
        }
        Ok(())
    }

    pub(super) fn add_refused(&mut self, payload: Digest, seq: u64) {
        self.refused.entry(payload).or_insert(seq);
    }

    /// The record that wrote down this refusal.
    pub(super) fn refusal(&self, payload: &Digest) -> Option<u64> {
        self.refused.get(payload).copied()
    }

    /// The envelope of this digest, if it was taken in.
    #[must_use]
    pub fn envelope(&self, digest: &Digest) -> Option<&SeenEnvelope> {
        self.envelopes.get(digest)
    }

    /// The digest of the envelope that used this id.
    #[must_use]
    pub fn digest_of_id(&self, envelope_id: &str) -> Option<Digest> {
        self.ids.get(envelope_id).copied()
    }

    /// The digest of the last envelope of a licence.
    #[must_use]
    pub fn last_of(&self, licence_id: &str) -> Option<Digest> {
        self.last.get(licence_id).copied()
    }

    /// The newest root version that an envelope brought.
    #[must_use]
    pub const fn root_version(&self) -> u64 {
        self.root_version
    }

    /// The version of the newest revocation list that an envelope brought.
    #[must_use]
    pub const fn revocation_version(&self) -> u64 {
        self.revocation_version
    }

    /// Sequence number and hash of the last record folded.
    #[must_use]
    pub fn head(&self) -> Option<(u64, Digest)> {
        self.last_hash.map(|hash| (self.records.saturating_sub(1), hash))
    }

    /// What the bench trusts now: the pinned document, or what envelopes made of it where that is newer, and in any case nothing
    /// older than was seen.
    #[must_use]
    pub fn raise(&self, pinned: &Trust) -> Trust {
        let newest = self.trust.as_ref().filter(|kept| !newer(pinned, kept)).unwrap_or(pinned);
        newest.clone().with_seen(self.root_version, self.revocation_version)
    }

    /// Writes what was seen as a canonical document, `ztp.licence.seen/1`. Refusals are not in it.
    ///
    /// # Errors
    /// None that a log can cause: everything in it is within the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, CanonicalError> {
        let mut envelopes: Vec<(&Digest, &SeenEnvelope)> = self.envelopes.iter().collect();
        envelopes.sort_by_key(|(_, envelope)| envelope.seq);
        let envelopes: Vec<Value> = envelopes
            .into_iter()
            .map(|(digest, envelope)| {
                Value::object([
                    ("envelope_digest", Value::from(digest.to_string())),
                    ("envelope_id", envelope.envelope_id.as_str().into()),
                    ("ingested_at", envelope.ingested_at.to_string().into()),
                    ("licence_id", envelope.licence_id.as_str().into()),
                    ("seq", member::number(envelope.seq)),
                ])
            })
            .collect();
        canonical::write(&Value::object([
            ("envelopes", envelopes.into()),
            ("revocation_version", member::number(self.revocation_version)),
            ("root_version", member::number(self.root_version)),
            ("schema", SEEN_SCHEMA.into()),
            ("trust", self.trust_value()?),
        ]))
    }

    fn trust_value(&self) -> Result<Value, CanonicalError> {
        let document = self.trust.as_ref().map(Trust::to_json).transpose()?;
        document.map_or(Ok(Value::Null), |bytes| canonical::read(&bytes, &LICENCE_DOCUMENT_LIMITS))
    }

    /// Reads such a document: what a bench has seen, carried to where there is no log. White space and member order are free.
    ///
    /// # Errors
    /// [`IngestError::Json`], [`IngestError::Schema`] or [`IngestError::SeenMalformed`], with the member at fault.
    pub fn from_json(document: &[u8]) -> Result<Self, IngestError> {
        let value = canonical::read(document, &LICENCE_DOCUMENT_LIMITS)?;
        let mut fields = Fields::open(&value, "seen")?;
        let listed = fields.array("envelopes")?;
        let revocation_version = number(&mut fields, "revocation_version")?;
        let root_version = number(&mut fields, "root_version")?;
        if fields.string("schema")? != SEEN_SCHEMA {
            return Err(malformed(fields.path_of("schema"), format!("expected {SEEN_SCHEMA}")));
        }
        let trust = fields.nullable("trust")?.cloned();
        fields.finish()?;
        let mut seen = Self::default();
        let mut seqs = BTreeSet::new();
        for (index, item) in listed.iter().enumerate() {
            let path = format!("seen.envelopes[{index}]");
            let mut fields = Fields::open(item, path.clone())?;
            let event = Ingested {
                envelope_digest: digest(&mut fields, "envelope_digest")?,
                envelope_id: fields.string("envelope_id")?.to_owned(),
                licence_id: fields.string("licence_id")?.to_owned(),
                ..Ingested::default()
            };
            let seq = number(&mut fields, "seq")?;
            let at = Timestamp::from_bytes(fields.string("ingested_at")?.as_bytes())
                .map_err(|error| malformed(fields.path_of("ingested_at"), error.to_string()))?;
            fields.finish()?;
            if seqs.last().is_some_and(|last| seq <= *last) {
                return Err(malformed(
                    path,
                    "the envelopes are not in the order of their records".to_owned(),
                ));
            }
            seqs.insert(seq);
            seen.add_ingested(&event, seq, at).map_err(|reason| malformed(path, reason))?;
        }
        let learned = Learned { revocation_version, root_version, trust };
        seen.learn(&learned).map_err(|reason| malformed("seen.trust".to_owned(), reason))?;
        Ok(seen)
    }
}

fn newer(one: &Trust, other: &Trust) -> bool {
    (one.root_version(), one.revocation_version()) > (other.root_version(), other.revocation_version())
}

fn malformed(path: String, reason: String) -> IngestError {
    IngestError::SeenMalformed { path, reason }
}

fn number(fields: &mut Fields<'_>, name: &'static str) -> Result<u64, IngestError> {
    let value = fields.integer(name)?;
    u64::try_from(value).map_err(|_| malformed(fields.path_of(name), "expected 0 or more".to_owned()))
}

fn digest(fields: &mut Fields<'_>, name: &'static str) -> Result<Digest, IngestError> {
    let text = fields.string(name)?;
    Digest::from_hex(text).map_err(|error| malformed(fields.path_of(name), error.to_string()))
}
