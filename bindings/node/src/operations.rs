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

/// Tries settings on events that no log need hold.
#[napi(catch_unwind)]
pub fn anomaly_try(events: &[u8], options: &[u8]) -> Reply {
    run(|| ztp_facade::anomaly_try(events, options))
}

/// Signs a licence payload.
#[cfg(feature = "signer")]
#[napi(catch_unwind)]
pub fn licence_sign(payload: &[u8], key: &[u8]) -> Reply {
    run(|| ztp_facade::licence_sign(payload, key))
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

/// Returns the public half of a key (PEM, or a `pkcs11:` URI where the build has PKCS#11):
/// `ztp.keys.public/1` with key id, suite and both spellings.
#[cfg(feature = "signer")]
#[napi(catch_unwind)]
pub fn keys_public(key: &[u8]) -> Reply {
    run(|| ztp_facade::keys_public(key))
}

/// Verifies a root, certificate or revocation list against a root (empty: `document` is a first root, taken
/// by its own word) and the newest revocation list seen (may be empty).
#[napi(catch_unwind)]
pub fn custody_verify(document: &[u8], root: &[u8], seen: &[u8], now_ms: i64) -> Reply {
    run(|| ztp_facade::custody_verify(document, root, seen, now_ms))
}

/// Signs a root, certificate or revocation list (its payload, any spelling) with a key (PKCS#8 PEM, or a
/// `pkcs11:` URI) and stores the signed document.
#[cfg(feature = "signer")]
#[napi(catch_unwind)]
pub fn custody_sign(payload: &[u8], key: &[u8]) -> Reply {
    run(|| ztp_facade::custody_sign(payload, key))
}

/// Adds the signature of another key to a signed root, certificate or revocation list and stores the
/// document.
#[cfg(feature = "signer")]
#[napi(catch_unwind)]
pub fn custody_cosign(document: &[u8], key: &[u8]) -> Reply {
    run(|| ztp_facade::custody_cosign(document, key))
}

/// Signs a licence payload (`ztp.licence/2`) with a key (PKCS#8 PEM, or a `pkcs11:` URI) and puts
/// certificate, revocation list and roots beside it (`chain`: JSON `{"certificate","revocation","roots"}`).
#[cfg(feature = "signer")]
#[napi(catch_unwind)]
pub fn licence_sign_chained(payload: &[u8], key: &[u8], chain: &[u8]) -> Reply {
    run(|| ztp_facade::licence_sign_chained(payload, key, chain))
}

/// Decides about an envelope as an ingest would, against what the bench has seen (`ztp.licence.seen/1`; empty
/// for nothing yet), and records nothing.
#[napi(catch_unwind)]
pub fn licence_decide(envelope: &[u8], trust: &[u8], seen: &[u8], now_ms: i64, bench_id: &[u8]) -> Reply {
    run(|| ztp_facade::licence_decide(envelope, trust, seen, now_ms, bench_id))
}

/// Makes a proof of two receipts of one device key that contradict each other, which anybody can check.
#[napi(catch_unwind)]
pub fn vault_verify_fork(first: &[u8], second: &[u8], device_key: &[u8]) -> Reply {
    run(|| ztp_facade::vault_verify_fork(first, second, device_key))
}

/// Checks a proof that a device key signed two receipts that contradict each other.
#[napi(catch_unwind)]
pub fn vault_check_fork(proof: &[u8], device_key: &[u8]) -> Reply {
    run(|| ztp_facade::vault_check_fork(proof, device_key))
}

/// Compares the receipts in a request with those the issuer holds.
#[napi(catch_unwind)]
pub fn vault_reconcile(held: &[u8], request: &[u8], device_key: &[u8]) -> Reply {
    run(|| ztp_facade::vault_reconcile(held, request, device_key))
}

/// Runs a script of transactions on a vault in memory.
#[napi(catch_unwind)]
pub fn vault_simulate(script: &[u8]) -> Reply {
    run(|| ztp_facade::vault_simulate(script))
}

/// Checks the transcript of a ceremony against the document that it says was made.
#[napi(catch_unwind)]
pub fn custody_transcript(transcript: &[u8], document: &[u8], options: &[u8]) -> Reply {
    run(|| ztp_facade::custody_transcript(transcript, document, options))
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
