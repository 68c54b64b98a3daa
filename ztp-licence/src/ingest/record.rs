//! The events that the ingest writes into the sealed log, and reads back.
//!
//! What a bench learns rests on the envelope that a record carries, byte for byte, and never on what the record says beside it.

use ztp_audit::store::NewEvent;
use ztp_core::canonical::{self, Value};
use ztp_core::digest::Digest;
use ztp_core::event::EventClass;
use ztp_core::schema::{Fields, SchemaError};

use super::decision::Decision;
use crate::Trust;
use crate::licence::{LICENCE_DOCUMENT_LIMITS, Licence};
use crate::member;
use crate::parts::envelope_parts;

/// The events that take an envelope in: it is in the first members of each, and the last says what it is. `None` for bytes that are
/// no envelope.
pub(super) fn ingested(
    licence: &Licence,
    envelope: (&[u8], Digest),
    signed_by: &[Digest],
    known: &Trust,
    vault_id: Option<Digest>,
) -> Option<Vec<NewEvent>> {
    let (bytes, digest) = envelope;
    let last = vec![
        ("envelope_id", Value::from(licence.envelope_id.as_str())),
        ("licence_id", licence.licence_id.as_str().into()),
        ("previous_envelope", licence.previous_envelope.as_ref().map_or(Value::Null, hex)),
        ("product", licence.product.as_str().into()),
        ("revocation_version", member::number(known.revocation_version())),
        ("root_version", member::number(known.root_version())),
        ("signed_by", signed_by.iter().map(hex).collect::<Vec<_>>().into()),
        ("vault_id", vault_id.as_ref().map_or(Value::Null, hex)),
    ];
    carrying(&EventClass::LICENCE_INGESTED, bytes, digest, last)
}

/// The events of a refusal: the digest of what came, under which name, and every code; and the envelope itself, where it teaches
/// something all the same (`teaches`), from which the bench learns it again.
pub(super) fn refused(
    decision: &Decision,
    file: &str,
    known: &Trust,
    teaches: Option<&[u8]>,
) -> Vec<NewEvent> {
    let codes: Vec<Value> = decision.codes().into_iter().map(Value::from).collect();
    let last = vec![
        ("codes", Value::from(codes)),
        ("file", file.into()),
        ("revocation_version", member::number(known.revocation_version())),
        ("root_version", member::number(known.root_version())),
    ];
    if let Some((bytes, digest)) = teaches.zip(decision.envelope_digest())
        && let Some(events) = carrying(&EventClass::LICENCE_REFUSED, bytes, digest, last.clone())
    {
        return events;
    }
    let digest = decision.envelope_digest().as_ref().map_or(Value::Null, hex);
    let payload = Value::object(last.into_iter().chain([("envelope_digest", digest)]));
    vec![NewEvent { event_class: EventClass::LICENCE_REFUSED, payload, timestamp: None }]
}

/// The event that says into which vault the notes of an envelope go that was taken in without one.
pub(super) fn vault_named(envelope: Digest, vault_id: Digest) -> NewEvent {
    let payload = Value::object([("envelope_digest", hex(&envelope)), ("vault_id", hex(&vault_id))]);
    NewEvent { event_class: EventClass::LICENCE_VAULT_NAMED, payload, timestamp: None }
}

fn carrying(
    class: &EventClass,
    envelope: &[u8],
    digest: Digest,
    last: Vec<(&'static str, Value)>,
) -> Option<Vec<NewEvent>> {
    let mut records = envelope_parts(envelope)?;
    records.last_mut()?.extend(last);
    let event = |mut members: Vec<(&'static str, Value)>| {
        members.push(("envelope_digest", hex(&digest)));
        NewEvent { event_class: class.clone(), payload: Value::object(members), timestamp: None }
    };
    Some(records.into_iter().map(event).collect())
}

fn hex(digest: &Digest) -> Value {
    Value::from(digest.to_string())
}

/// What a record claims beside the envelope, in its last part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// More parts follow.
    Part,
    /// The envelope was taken in.
    Ingested { envelope_id: String, licence_id: String, vault_id: Option<Digest> },
    /// The envelope was refused.
    Refused,
}

/// A record of the ingest as it was written: closed schemas, so that an event of another writer is not mistaken for one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) digest: Digest,
    pub(super) part: u64,
    pub(super) parts: u64,
    pub(super) text: String,
    pub(super) claim: Claim,
}

/// Reads `licence.ingested` (`taken`) or `licence.refused`; `None` for a refusal that carries nothing.
pub(super) fn read(payload: &[u8], taken: bool) -> Result<Option<Carried>, String> {
    let payload = canonical::read(payload, &LICENCE_DOCUMENT_LIMITS).map_err(|error| error.to_string())?;
    read_value(&payload, taken).map_err(|error| format!("it is no event of an ingest: {error}"))
}

fn read_value(payload: &Value, taken: bool) -> Result<Option<Carried>, SchemaError> {
    let mut fields = Fields::open(payload, "payload")?;
    if !taken && fields.optional("envelope")?.is_none() {
        refusal(&mut fields)?;
        fields.nullable_string("envelope_digest")?;
        return fields.finish().map(|()| None);
    }
    let text = fields.string("envelope")?.to_owned();
    let digest = digest(&mut fields, "envelope_digest")?.unwrap_or(Digest::ZERO);
    let mut count = |name| fields.integer(name).map(|n| u64::try_from(n).unwrap_or(0));
    let (part, parts) = (count("part")?, count("parts")?);
    let claim = if part + 1 < parts {
        Claim::Part
    } else if taken {
        let claim = Claim::Ingested {
            envelope_id: fields.string("envelope_id")?.to_owned(),
            licence_id: fields.string("licence_id")?.to_owned(),
            vault_id: digest_or_null(&mut fields, "vault_id")?,
        };
        fields.nullable_string("previous_envelope")?;
        fields.string("product")?;
        fields.array("signed_by")?;
        versions(&mut fields)?;
        claim
    } else {
        refusal(&mut fields)?;
        Claim::Refused
    };
    fields.finish()?;
    Ok(Some(Carried { digest, part, parts, text, claim }))
}

fn refusal(fields: &mut Fields<'_>) -> Result<(), SchemaError> {
    fields.array("codes")?;
    fields.string("file")?;
    versions(fields)
}

fn versions(fields: &mut Fields<'_>) -> Result<(), SchemaError> {
    fields.integer("revocation_version")?;
    fields.integer("root_version").map(drop)
}

/// Reads `licence.vault-named`: the envelope's digest and the vault's id.
pub(super) fn read_vault_named(payload: &[u8]) -> Result<(Digest, Digest), String> {
    let payload = canonical::read(payload, &LICENCE_DOCUMENT_LIMITS).map_err(|error| error.to_string())?;
    let read = || -> Result<Option<(Digest, Digest)>, SchemaError> {
        let mut fields = Fields::open(&payload, "payload")?;
        let named = digest(&mut fields, "envelope_digest")?.zip(digest(&mut fields, "vault_id")?);
        fields.finish()?;
        Ok(named)
    };
    match read() {
        Ok(Some(named)) => Ok(named),
        Ok(None) => Err("it is no event of an ingest: a digest has another form".to_owned()),
        Err(error) => Err(format!("it is no event of an ingest: {error}")),
    }
}

/// A digest; `None` where the text is not one.
fn digest(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<Digest>, SchemaError> {
    Ok(Digest::from_hex(fields.string(name)?).ok())
}

fn digest_or_null(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<Digest>, SchemaError> {
    // A text that is no digest names a vault that there is not: nothing is minted into any other by it.
    Ok(fields.nullable_string(name)?.map(|text| Digest::from_hex(text).unwrap_or(Digest::ZERO)))
}
