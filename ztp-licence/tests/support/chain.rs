//! A root of three holders, two of whom must agree, and what they sign.

use ztp_core::canonical::{self, Value};
use ztp_core::custody::{self, certified_key_members};
use ztp_core::signature::{HybridSigningKey, Signer, SigningKey};
use ztp_licence::{ChainDocuments, Trust, Verdict, sign_chained, verify};

use super::{BENCH, now};

/// A payload that is valid at [`super::NOW`] for [`BENCH`] and asks for root 1.
pub(crate) const PAYLOAD: &str = r#"{
  "bench": {"bench_id": "bench-7", "binding": "bench"},
  "customer": "Companhia Exemplo S.A.",
  "envelope_id": "envelope-2026-Q3",
  "features": ["dlp", "tls-stress"],
  "issued_at": "2026-07-20T09:00:00.000Z",
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
  "revocation_version": 0,
  "root_version": 1,
  "schema": "ztp.licence/2",
  "vault_head": null
}"#;

/// Ed25519 keys for numbers below 100, composite keys from there on.
pub(crate) fn signer(number: u8) -> Box<dyn Signer> {
    if number < 100 {
        Box::new(SigningKey::from_seed(&[number; 32]))
    } else {
        Box::new(HybridSigningKey::from_seeds(&[number; 64]).unwrap())
    }
}

/// A root document without signatures.
pub(crate) fn root_value(version: i64, threshold: i64, keys: &[u8]) -> Value {
    let mut keys: Vec<_> = keys.iter().map(|&number| signer(number).public_key().clone()).collect();
    keys.sort_by_key(ztp_core::signature::PublicKey::key_id);
    let keys: Vec<Value> = keys.iter().map(|key| Value::object(certified_key_members(key))).collect();
    Value::object([
        ("issued_at", Value::from("2026-01-01T00:00:00.000Z")),
        ("keys", keys.into()),
        ("not_after", "2026-12-31T23:59:59.999Z".into()),
        ("schema", custody::ROOT_SCHEMA.into()),
        ("threshold", threshold.into()),
        ("version", version.into()),
    ])
}

/// A certificate without signatures, for a key that may mint up to 1,000 test hours and 5 benches.
pub(crate) fn certificate_value(serial: i64, key: u8) -> Value {
    let class = |amount: i64, class: &str| {
        Value::object([("amount_max", Value::from(amount)), ("class", class.into())])
    };
    Value::object([
        ("issued_at", Value::from("2026-06-01T00:00:00.000Z")),
        ("key", Value::object(certified_key_members(signer(key).public_key()))),
        (
            "limits",
            Value::object([
                ("classes", Value::from(vec![class(5, "benches"), class(1000, "test-hours")])),
                ("products", Value::from(vec![Value::from("tlsstress")])),
                ("total_max", 1001_i64.into()),
            ]),
        ),
        ("name", format!("isk-{serial}").into()),
        ("not_after", "2026-09-30T23:59:59.999Z".into()),
        ("not_before", "2026-07-01T00:00:00.000Z".into()),
        ("schema", custody::CERTIFICATE_SCHEMA.into()),
        ("serial", serial.into()),
        ("usages", Value::from(vec![Value::from("licence"), "mint".into()])),
    ])
}

/// A revocation list without signatures.
pub(crate) fn revocation_value(version: i64, serials: &[i64], keys: &[u8]) -> Value {
    let mut ids: Vec<String> = keys.iter().map(|&n| signer(n).public_key().key_id().to_string()).collect();
    ids.sort();
    let ids: Vec<Value> = ids.into_iter().map(Value::from).collect();
    let serials: Vec<Value> = serials.iter().map(|&serial| serial.into()).collect();
    Value::object([
        ("certificate_serials", Value::from(serials)),
        ("issued_at", "2026-07-25T00:00:00.000Z".into()),
        ("key_ids", ids.into()),
        ("schema", custody::REVOCATION_SCHEMA.into()),
        ("version", version.into()),
    ])
}

/// A document signed by these keys.
pub(crate) fn signed(document: &Value, signers: &[u8]) -> Vec<u8> {
    let payload = canonical::write(document).unwrap();
    let (first, others) = signers.split_first().unwrap();
    let document = custody::sign(&payload, &*signer(*first)).unwrap();
    others.iter().fold(document, |document, &number| custody::cosign(&document, &*signer(number)).unwrap())
}

/// The holders of the first root.
pub(crate) const HOLDERS: &[u8] = &[11, 12, 13];
/// The intermediate signing key.
pub(crate) const ISK: u8 = 21;

pub(crate) fn root() -> Vec<u8> {
    signed(&root_value(1, 2, HOLDERS), &[11, 12])
}

pub(crate) fn certificate() -> Vec<u8> {
    signed(&certificate_value(1, ISK), &[11, 13])
}

pub(crate) fn trust() -> Trust {
    Trust::pin_root(&root()).unwrap()
}

/// An envelope of the usual payload with these documents.
pub(crate) fn envelope(
    payload: &[u8],
    isk: u8,
    certificate: &[u8],
    revocation: Option<&[u8]>,
    roots: &[&[u8]],
) -> Vec<u8> {
    sign_chained(payload, &*signer(isk), &ChainDocuments { certificate, revocation, roots }).unwrap()
}

pub(crate) fn usual() -> Vec<u8> {
    envelope(PAYLOAD.as_bytes(), ISK, &certificate(), None, &[])
}

pub(crate) fn judge(envelope: &[u8], trust: &Trust) -> Verdict {
    verify(envelope, trust, now(), Some(BENCH))
}
