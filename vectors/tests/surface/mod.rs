//! The Rust surface: a case's operation, called as a Rust program calls it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ztp_facade::{self as ztp, Job, Outcome};
use ztp_vectors::{Case, Stage};

/// Makes the root of the checkout the current folder: vectors name folders relative to it.
pub(crate) fn enter_checkout() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::env::set_current_dir(root).unwrap();
}

/// The script under way: the current folder is the process's, so there is one.
static STAGE: Mutex<Stage> = Mutex::new(Stage::new());

/// What the facade answers; a step of a script that is no operation holds, or stops the run.
pub(crate) fn answer(case: &Case) -> Outcome {
    let args: Vec<Vec<u8>> = case.args.iter().map(|argument| argument.bytes().unwrap()).collect();
    let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
    let staged = STAGE.lock().unwrap_or_else(PoisonError::into_inner).step(&case.op, &args);
    if staged.unwrap_or_else(|e| panic!("{}: {e}", case.id)) {
        return Outcome { status: Outcome::OK, document: Vec::new() };
    }
    let number = |text: &[u8]| std::str::from_utf8(text).unwrap().parse::<i64>().unwrap();
    match (case.op.as_str(), args.as_slice()) {
        ("canonical_encode", [input]) => ztp::canonical_encode(input),
        ("canonical_check", [input]) => ztp::canonical_check(input),
        ("signature_verify", [suite, key, message, signature]) => {
            ztp::signature_verify(suite, key, message, signature)
        }
        ("record_hash", [line]) => ztp::record_hash(line),
        ("keys_generate", [seed, name]) => ztp::keys_generate(seed, name),
        ("audit_init", [dir, options, now]) => ztp::audit_init(dir, options, number(now)),
        ("audit_append", [dir, events, options, now]) => ztp::audit_append(dir, events, options, number(now)),
        ("audit_seal", [dir, options, now]) => ztp::audit_seal(dir, options, number(now)),
        ("audit_head", [dir]) => ztp::audit_head(dir),
        ("audit_copy", [from, to, options]) => ztp::audit_copy(from, to, options, &Job::new()),
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
        ("keys_public", [key]) => ztp::keys_public(key),
        ("custody_verify", [document, root, seen, now]) => {
            ztp::custody_verify(document, root, seen, number(now))
        }
        ("custody_sign", [payload, key]) => ztp::custody_sign(payload, key),
        ("custody_cosign", [document, key]) => ztp::custody_cosign(document, key),
        ("dlp_baseline", [found, terms, key]) => ztp::dlp_baseline(found, terms, key),
        ("licence_sign_chained", [payload, key, chain]) => ztp::licence_sign_chained(payload, key, chain),
        ("licence_seen", [dir, trust, options]) => ztp::licence_seen(dir, trust, options, &Job::new()),
        ("licence_decide", [envelope, trust, seen, now, bench_id]) => {
            ztp::licence_decide(envelope, trust, seen, number(now), bench_id)
        }
        ("licence_ingest", [dir, trust, options, now]) => {
            ztp::licence_ingest(dir, trust, options, number(now))
        }
        ("licence_ingest_envelope", [envelope, file, trust, options, now]) => {
            ztp::licence_ingest_envelope(envelope, file, trust, options, number(now))
        }
        ("vault_verify", [dir, options]) => ztp::vault_verify(dir, options, &Job::new()),
        ("vault_init", [dir, options, key, now]) => ztp::vault_init(dir, options, key, number(now)),
        ("vault_status", [dir, options, now]) => ztp::vault_status(dir, options, number(now)),
        ("vault_mint", [dir, envelope, trust, options, key, now]) => {
            ztp::vault_mint(dir, envelope, trust, options, key, number(now))
        }
        ("vault_spend", [dir, request, options, key, now]) => {
            ztp::vault_spend(dir, request, options, key, number(now))
        }
        ("vault_history", [dir, options]) => ztp::vault_history(dir, options),
        ("vault_verify_fork", [first, second, device_key]) => {
            ztp::vault_verify_fork(first, second, device_key)
        }
        ("vault_check_fork", [proof, device_key]) => ztp::vault_check_fork(proof, device_key),
        ("vault_request", [dir, options, key, now]) => ztp::vault_request(dir, options, key, number(now)),
        ("vault_reconcile", [held, request, device_key]) => ztp::vault_reconcile(held, request, device_key),
        ("vault_reanchor", [dir, options, key, now]) => ztp::vault_reanchor(dir, options, key, number(now)),
        ("vault_simulate", [script]) => ztp::vault_simulate(script),
        ("custody_transcript", [transcript, document, options]) => {
            ztp::custody_transcript(transcript, document, options)
        }
        ("licence_inspect", [envelope]) => ztp::licence_inspect(envelope),
        ("dlp_scan", [config, request, body, now]) => ztp::dlp_scan(config, request, body, number(now)),
        ("anomaly_try", [events, options]) => ztp::anomaly_try(events, options),
        ("dlp_rules", [config]) => ztp::dlp_rules(config),
        ("dlp_test", [rules]) => ztp::dlp_test(rules),
        (op, args) => panic!("{}: no operation {op} of {} arguments can be in a vector", case.id, args.len()),
    }
}
