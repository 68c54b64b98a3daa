//! The Rust surface: a case's operation, called as a Rust program calls it.

use std::path::Path;

use ztp_facade::{self as ztp, Job, Outcome};
use ztp_vectors::Case;

/// Makes the root of the checkout the current folder: vectors name folders relative to it.
pub(crate) fn enter_checkout() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::env::set_current_dir(root).unwrap();
}

/// What the facade answers.
pub(crate) fn answer(case: &Case) -> Outcome {
    let args: Vec<Vec<u8>> = case.args.iter().map(|argument| argument.bytes().unwrap()).collect();
    let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
    let number = |text: &[u8]| std::str::from_utf8(text).unwrap().parse::<i64>().unwrap();
    match (case.op.as_str(), args.as_slice()) {
        ("canonical_encode", [input]) => ztp::canonical_encode(input),
        ("canonical_check", [input]) => ztp::canonical_check(input),
        ("signature_verify", [suite, key, message, signature]) => {
            ztp::signature_verify(suite, key, message, signature)
        }
        ("record_hash", [line]) => ztp::record_hash(line),
        ("keys_generate", [seed, name]) => ztp::keys_generate(seed, name),
        ("audit_head", [dir]) => ztp::audit_head(dir),
        ("audit_verify", [dir, options]) => ztp::audit_verify(dir, options, &Job::new()),
        ("audit_prove", [dir, options]) => ztp::audit_prove(dir, options),
        ("audit_prove_consistency", [dir, options]) => ztp::audit_prove_consistency(dir, options),
        ("audit_check_proof", [proof, record, vkey]) => ztp::audit_check_proof(proof, record, vkey),
        ("audit_check_consistency", [proof, old, vkey_old, vkey_new]) => {
            ztp::audit_check_consistency(proof, old, vkey_old, vkey_new)
        }
        ("correlate", [dir, admission, options]) => ztp::correlate(dir, admission, options, &Job::new()),
        ("correlate_streams", [admission, sealed, options]) => {
            ztp::correlate_streams(admission, sealed, options)
        }
        ("correlate_events", [report]) => ztp::correlate_events(report),
        ("anomaly_report", [dir, options]) => ztp::anomaly_report(dir, options, &Job::new()),
        ("anomaly_replay", [dir, options]) => ztp::anomaly_replay(dir, options, &Job::new()),
        ("anomaly_explain", [dir, options]) => ztp::anomaly_explain(dir, options, &Job::new()),
        ("anomaly_pending", [dir, options]) => ztp::anomaly_pending(dir, options, &Job::new()),
        ("anomaly_fold", [records, options]) => ztp::anomaly_fold(records, options),
        ("licence_sign", [payload, key]) => ztp::licence_sign(payload, key),
        ("licence_verify", [envelope, trust, now, bench]) => {
            ztp::licence_verify(envelope, trust, number(now), bench)
        }
        ("licence_inspect", [envelope]) => ztp::licence_inspect(envelope),
        (op, args) => panic!("{}: no operation {op} of {} arguments can be in a vector", case.id, args.len()),
    }
}
