//! Operations short enough to run on the calling thread. They read their input in place and keep nothing of it.

use napi_derive::napi;

use crate::boundary::{Reply, run};

/// Rewrites a document to its canonical bytes.
#[napi(catch_unwind)]
pub fn canonical_encode(input: &[u8]) -> Reply {
    run(|| ztp_facade::canonical_encode(input))
}

/// Checks that bytes are a canonical document.
#[napi(catch_unwind)]
pub fn canonical_check(input: &[u8]) -> Reply {
    run(|| ztp_facade::canonical_check(input))
}

/// Checks a signature over a message.
#[napi(catch_unwind)]
pub fn signature_verify(suite: &[u8], public_key: &[u8], message: &[u8], signature: &[u8]) -> Reply {
    run(|| ztp_facade::signature_verify(suite, public_key, message, signature))
}

/// Recomputes the hash of an audit record.
#[napi(catch_unwind)]
pub fn record_hash(line: &[u8]) -> Reply {
    run(|| ztp_facade::record_hash(line))
}

/// Makes a signing key, from a seed or from the operating system's randomness.
#[napi(catch_unwind)]
pub fn keys_generate(seed: &[u8], name: &[u8]) -> Reply {
    run(|| ztp_facade::keys_generate(seed, name))
}

/// Checks an inclusion proof for a record.
#[napi(catch_unwind)]
pub fn audit_check_proof(proof: &[u8], record: &[u8], vkey: &[u8]) -> Reply {
    run(|| ztp_facade::audit_check_proof(proof, record, vkey))
}

/// Checks that one checkpoint's log extends another's.
#[napi(catch_unwind)]
pub fn audit_check_consistency(
    proof: &[u8],
    old_checkpoint: &[u8],
    vkey_old: &[u8],
    vkey_new: &[u8],
) -> Reply {
    run(|| ztp_facade::audit_check_consistency(proof, old_checkpoint, vkey_old, vkey_new))
}

/// Compares an admission stream with the records of a log.
#[napi(catch_unwind)]
pub fn correlate_streams(admission: &[u8], sealed: &[u8], options: &[u8]) -> Reply {
    run(|| ztp_facade::correlate_streams(admission, sealed, options))
}

/// The events of a report's findings.
#[napi(catch_unwind)]
pub fn correlate_events(report: &[u8]) -> Reply {
    run(|| ztp_facade::correlate_events(report))
}

/// Runs the detectors over the records of a log.
#[napi(catch_unwind)]
pub fn anomaly_fold(records: &[u8], options: &[u8]) -> Reply {
    run(|| ztp_facade::anomaly_fold(records, options))
}

/// Signs a licence payload.
#[napi(catch_unwind)]
pub fn licence_sign(payload: &[u8], key_pem: &[u8]) -> Reply {
    run(|| ztp_facade::licence_sign(payload, key_pem))
}

/// Verifies a licence envelope against pinned trust, a time and a bench.
#[napi(catch_unwind)]
pub fn licence_verify(envelope: &[u8], trust: &[u8], now_ms: i64, bench_id: &[u8]) -> Reply {
    run(|| ztp_facade::licence_verify(envelope, trust, now_ms, bench_id))
}

/// Describes an envelope without trusting it.
#[napi(catch_unwind)]
pub fn licence_inspect(envelope: &[u8]) -> Reply {
    run(|| ztp_facade::licence_inspect(envelope))
}

/// The library's version.
#[napi(catch_unwind)]
pub fn version() -> Reply {
    run(ztp_facade::version)
}

/// Every registered code with its meaning.
#[napi(catch_unwind)]
pub fn error_codes() -> Reply {
    run(ztp_facade::error_codes)
}
