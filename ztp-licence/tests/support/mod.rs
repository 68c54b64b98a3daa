//! Payloads, trust documents and keys that the tests start from and change.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test program uses a part, and a helper that fails fails the test that called it"
)]

pub(crate) mod chain;

use ztp_core::Coded as _;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;
use ztp_licence::{CheckKind, CheckResult, Status, Trust, Verdict, sign, verify};

/// A moment inside every validity below.
pub(crate) const NOW: &str = "2026-08-01T12:00:00.000Z";
pub(crate) const BENCH: &str = "bench-7";

/// A payload that is valid at [`NOW`] for [`BENCH`].
pub(crate) const PAYLOAD: &str = r#"{
  "bench": {"bench_id": "bench-7", "binding": "bench"},
  "customer": "Companhia Exemplo S.A.",
  "envelope_id": "envelope-2026-Q3",
  "features": ["dlp", "tls-stress"],
  "issued_at": "2026-06-20T09:00:00.000Z",
  "licence_id": "L-0042",
  "mint": [
    {"amount": 500, "class": "test-hours", "not_after": "2026-09-30T23:59:59.999Z",
     "not_before": "2026-07-01T00:00:00.000Z", "serial": 1},
    {"amount": 250, "class": "test-hours", "not_after": "2026-09-30T23:59:59.999Z",
     "not_before": "2026-07-01T00:00:00.000Z", "serial": 2},
    {"amount": 3, "class": "benches", "not_after": "2026-12-31T23:59:59.999Z",
     "not_before": "2026-07-01T00:00:00.000Z", "serial": 7}
  ],
  "not_after": "2026-09-30T23:59:59.999Z",
  "not_before": "2026-07-01T00:00:00.000Z",
  "previous_envelope": null,
  "product": "tlsstress",
  "revocation": {"revoked_key_ids": [], "version": 0},
  "schema": "ztp.licence/1"
}"#;

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn value(json: &str) -> Value {
    canonical::read(json.as_bytes(), &Limits::default()).unwrap()
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    canonical::write(value).unwrap()
}

/// The document with the member at a path such as `mint.0.amount` replaced, added, or (with `None`) removed.
pub(crate) fn changed(json: &str, path: &str, to: Option<Value>) -> Vec<u8> {
    let mut document = value(json);
    change(&mut document, path, to);
    bytes(&document)
}

pub(crate) fn change(document: &mut Value, path: &str, to: Option<Value>) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (document, rest) {
        (Value::Object(members), Some(rest)) => change(members.get_mut(first).unwrap(), rest, to),
        (Value::Array(items), Some(rest)) => {
            change(items.get_mut(first.parse::<usize>().unwrap()).unwrap(), rest, to);
        }
        (Value::Object(members), None) => match to {
            Some(value) => drop(members.insert(first.to_owned(), value)),
            None => drop(members.remove(first).unwrap()),
        },
        (Value::Array(items), None) => *items.get_mut(first.parse::<usize>().unwrap()).unwrap() = to.unwrap(),
        (other, _) => panic!("{path} leads into {other:?}"),
    }
}

/// The trust document of [`key`] 1, before any change.
pub(crate) fn trust_json(keys: &[u8]) -> String {
    let mut keys: Vec<_> = keys.iter().map(|&number| key(number).public_key().clone()).collect();
    keys.sort_by_key(ztp_core::signature::PublicKey::key_id);
    let keys: Vec<_> = keys
        .iter()
        .map(|key| {
            let id = key.key_id();
            format!(r#"{{"key_id":"{id}","products":["tlsstress"],"public_key":"{key}","suite":"ed25519"}}"#)
        })
        .collect();
    format!(r#"{{"keys":[{}],"schema":"ztp.trust/1"}}"#, keys.join(","))
}

pub(crate) fn trust() -> Trust {
    Trust::from_json(trust_json(&[1]).as_bytes()).unwrap()
}

pub(crate) fn envelope() -> Vec<u8> {
    sign(PAYLOAD.as_bytes(), &key(1)).unwrap()
}

/// The verdict on an envelope with the usual trust, time and bench.
pub(crate) fn judge(envelope: &[u8]) -> Verdict {
    verify(envelope, &trust(), now(), Some(BENCH))
}

/// The checks that failed, as (check, code, place).
pub(crate) fn failures(verdict: &Verdict) -> Vec<(CheckKind, &'static str, String)> {
    let failed = |check: &ztp_licence::Check| match &check.result {
        CheckResult::Fail(error) => Some((check.kind, error.code(), check.place())),
        _ => None,
    };
    verdict.checks().iter().filter_map(failed).collect()
}

/// Asserts that exactly one check fails, and which, with which code and where.
pub(crate) fn assert_refused(verdict: &Verdict, kind: CheckKind, code: &'static str, place: &str) {
    assert_eq!(failures(verdict), [(kind, code, place.to_owned())]);
    assert_eq!(verdict.status(), Status::Refused);
    assert_eq!(verdict.licence(), None);
    assert_eq!(verdict.clone().into_licence(), None);
}
