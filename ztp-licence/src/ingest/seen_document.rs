//! What a bench has seen as a document, `ztp.licence.seen/1`: for people, and to decide where there is no log.

use ztp_core::canonical::{self, CanonicalError, Value};
use ztp_core::digest::Digest;
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;

use super::clock::Attested;
use super::error::IngestError;
use super::sealed_log::SealedLog;
use super::seen::{News, Seen, SeenEnvelope};
use crate::Trust;
use crate::licence::LICENCE_DOCUMENT_LIMITS;
use crate::member;

/// The name of the document's format.
pub const SEEN_SCHEMA: &str = "ztp.licence.seen/1";

impl Seen {
    /// Writes what was seen as a canonical document, `ztp.licence.seen/1`. Refusals are not in it.
    ///
    /// # Errors
    /// None that a log can cause: everything in it is within the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, CanonicalError> {
        let hex = |digest: Digest| Value::from(digest.to_string());
        let envelope = |(digest, envelope): (&Digest, &SeenEnvelope)| {
            Value::object([
                ("envelope_digest", hex(*digest)),
                ("envelope_id", envelope.envelope_id.as_str().into()),
                ("ingested_at", envelope.ingested_at.to_string().into()),
                ("licence_id", envelope.licence_id.as_str().into()),
                ("seq", member::number(envelope.seq)),
                ("vault_id", self.vault_of(digest).map_or(Value::Null, hex)),
            ])
        };
        let clock = self.clock_floor().zip(self.clock.ledger).map_or(Value::Null, |(floor, ledger)| {
            Value::object([
                ("at", Value::from(floor.at.to_string())),
                ("hash", hex(floor.hash)),
                ("ledger", hex(ledger)),
                ("seq", member::number(floor.seq)),
            ])
        });
        let news = |News { at, envelope }: &News| {
            let text = String::from_utf8_lossy(envelope).into_owned();
            Value::object([("at", Value::from(at.to_string())), ("envelope", text.into())])
        };
        let members = [
            ("clock", clock),
            ("envelopes", self.envelopes().into_iter().map(envelope).collect::<Vec<_>>().into()),
            ("news", self.news.iter().map(news).collect::<Vec<_>>().into()),
            ("revocation_version", member::number(self.trust().revocation_version())),
            ("root_version", member::number(self.trust().root_version())),
            ("schema", SEEN_SCHEMA.into()),
            ("sealed_log", self.sealed_log.as_ref().map_or(Value::Null, |log| log.to_value().clone())),
        ];
        canonical::write(&Value::object(members.into_iter().chain(self.findings.members())))
    }

    /// Reads such a document: what a bench has seen, carried to where there is no log. White space and member order are free. What it
    /// says of roots and revocations is verified again from `trust` on; the rest of it can only make an envelope refused.
    ///
    /// # Errors
    /// [`IngestError::Json`], [`IngestError::Schema`] or [`IngestError::SeenMalformed`], with the member at fault;
    /// [`IngestError::SeenOfBrokenLog`] where the log did not hold that it was read from.
    pub fn from_json(document: &[u8], trust: &Trust, bench_id: Option<&str>) -> Result<Self, IngestError> {
        let value = canonical::read(document, &LICENCE_DOCUMENT_LIMITS)?;
        let mut fields = Fields::open(&value, "seen")?;
        let mut seen = Self::new(trust, bench_id);
        if fields.nullable("clock")?.is_some() {
            let mut clock = fields.object("clock")?;
            let (at, hash) = (time(&mut clock, "at")?, digest(&mut clock, "hash")?);
            seen.clock.ledger = Some(digest(&mut clock, "ledger")?);
            seen.clock.saw(Attested { seq: number(&mut clock, "seq")?, hash, at });
            clock.finish()?;
        }
        let mut last = None;
        for (index, item) in fields.array("envelopes")?.iter().enumerate() {
            let path = format!("seen.envelopes[{index}]");
            let mut fields = Fields::open(item, path.clone())?;
            let digest_of = digest(&mut fields, "envelope_digest")?;
            let envelope_id = fields.string("envelope_id")?.to_owned();
            let licence_id = fields.string("licence_id")?.to_owned();
            let ingested_at = time(&mut fields, "ingested_at")?;
            let seq = number(&mut fields, "seq")?;
            let vault = match fields.nullable("vault_id")? {
                Some(_) => Some(digest(&mut fields, "vault_id")?),
                None => None,
            };
            fields.finish()?;
            if last.is_some_and(|last| seq <= last) {
                let reason = "the envelopes are not in the order of their records".to_owned();
                return Err(malformed(path, reason));
            }
            last = Some(seq);
            let envelope = SeenEnvelope { envelope_id, licence_id, seq, ingested_at };
            seen.add_listed(digest_of, envelope, vault).map_err(|reason| malformed(path, reason))?;
        }
        fields.array("findings")?;
        number(&mut fields, "findings_total")?;
        for (index, item) in fields.array("news")?.iter().enumerate() {
            let mut fields = Fields::open(item, format!("seen.news[{index}]"))?;
            let at = time(&mut fields, "at")?;
            seen.relearn(fields.string("envelope")?.as_bytes(), at);
            fields.finish()?;
        }
        let stated = (number(&mut fields, "root_version")?, number(&mut fields, "revocation_version")?);
        if fields.string("schema")? != SEEN_SCHEMA {
            return Err(malformed(fields.path_of("schema"), format!("expected {SEEN_SCHEMA}")));
        }
        let sealed_log = fields.nullable("sealed_log")?;
        seen.sealed_log = sealed_log.map(|value| SealedLog::read(value, "seen.sealed_log")).transpose()?;
        fields.finish()?;
        if let Some(log) = seen.sealed_log.as_ref().filter(|log| !log.holds()) {
            return Err(IngestError::SeenOfBrokenLog { status: log.status().to_owned() });
        }
        if stated.0 > seen.trust().root_version() || stated.1 > seen.trust().revocation_version() {
            let reason =
                "the root and the list that it states do not follow from the trust document".to_owned();
            return Err(malformed("seen.news".to_owned(), reason));
        }
        Ok(seen)
    }
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

fn time(fields: &mut Fields<'_>, name: &'static str) -> Result<Timestamp, IngestError> {
    let text = fields.string(name)?;
    Timestamp::from_bytes(text.as_bytes()).map_err(|error| malformed(fields.path_of(name), error.to_string()))
}
