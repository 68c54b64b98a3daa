//! The decision on one envelope: a pure function of its bytes, what the bench trusts and has seen, and the time.

use ztp_core::digest::sha256;
use ztp_core::time::Timestamp;

use super::decision::Decision;
use super::seen::{Judged, Seen};

/// Decides about the bytes of an envelope.
///
/// Bytes that were taken in before are `already_ingested` whatever they say now: one file is one ingest. All others are verified
/// against what the bench trusts, at a time that is not before the latest its log attests, and must not reuse an id and must follow the
/// last envelope of their licence.
pub fn decide(envelope: &[u8], seen: &Seen, now: Timestamp) -> Decision {
    let digest = sha256(envelope);
    let Judged { verdict, at, behind } = seen.judge(envelope, now);
    let ingested_at = seen.envelope(&digest).map(|envelope| envelope.seq);
    let refusals = match (ingested_at, verdict.licence()) {
        (None, Some(licence)) => behind.into_iter().chain(seen.misfits(&digest, licence)).collect(),
        (None, None) => behind.into_iter().collect(),
        (Some(_), _) => Vec::new(),
    };
    Decision { verdict: Some(verdict), refusals, digest: Some(digest), ingested_at, at }
}
