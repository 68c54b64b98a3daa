//! The decision on one envelope: a pure function of its bytes, whom the bench trusts, what it has seen, the time and its id.

use ztp_core::digest::sha256;
use ztp_core::time::Timestamp;

use super::decision::Decision;
use super::error::Refusal;
use super::seen::Seen;
use crate::licence::Licence;
use crate::{Trust, verify};

/// Decides about the bytes of an envelope.
///
/// Bytes that were taken in before are `already_ingested` whatever they say now: one file is one ingest. All others are verified
/// against `trust`, raised to what the bench has seen, and must not reuse an id and must follow the last envelope of their licence.
pub fn decide(
    envelope: &[u8],
    trust: &Trust,
    seen: &Seen,
    now: Timestamp,
    bench_id: Option<&str>,
) -> Decision {
    let digest = sha256(envelope);
    let verdict = verify(envelope, &seen.raise(trust), now, bench_id);
    let ingested_at = seen.envelope(&digest).map(|envelope| envelope.seq);
    let refusals = match (ingested_at, verdict.licence()) {
        (None, Some(licence)) => refusals(licence, seen),
        _ => Vec::new(),
    };
    Decision { verdict: Some(verdict), refusals, digest: Some(digest), ingested_at }
}

fn refusals(licence: &Licence, seen: &Seen) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if let Some(ingested) = seen.digest_of_id(&licence.envelope_id) {
        let envelope_id = licence.envelope_id.clone();
        refusals.push(Refusal::IdReused { envelope_id, ingested });
    }
    let (found, expected) = (licence.previous_envelope, seen.last_of(&licence.licence_id));
    if found != expected {
        let licence_id = licence.licence_id.clone();
        refusals.push(Refusal::PreviousMismatch { licence_id, found, expected });
    }
    refusals
}
