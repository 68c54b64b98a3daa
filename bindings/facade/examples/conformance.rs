//! Runs conformance cases through the Rust interface.
//!
//! Standard input has one case a line, `id TAB op TAB arg TAB arg ...`: each argument is base64 of its bytes, an integer of its
//! decimal digits. Standard output gets one line a case, `id TAB status name TAB hex SHA-256 of the document`; with `--documents` the
//! document itself in base64 instead of its digest.

use std::error::Error;
use std::io::{self, BufRead, Write};

use ztp_core::digest::sha256;
use ztp_core::encoding::{base64_decode, base64_encode};
use ztp_facade::{self as ztp, Job, Outcome};
use ztp_vectors::Stage;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let whole = std::env::args().nth(1).as_deref() == Some("--documents");
    let mut stage = Stage::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut fields = line.split('\t');
        let id = fields.next().unwrap_or_default();
        let op = fields.next().unwrap_or_default();
        let args =
            fields.map(base64_decode).collect::<Result<Vec<_>, _>>().map_err(|e| format!("{id}: {e}"))?;
        let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        let outcome = match stage.step(op, &args) {
            Ok(true) => Ok(Outcome { status: Outcome::OK, document: Vec::new() }),
            Ok(false) => run(op, &args),
            Err(e) => Err(e.into()),
        };
        let outcome = outcome.map_err(|e| format!("{id}: {op}: {e}"))?;
        let document =
            if whole { base64_encode(&outcome.document) } else { sha256(&outcome.document).to_string() };
        writeln!(out, "{id}\t{}\t{document}", outcome.name())?;
    }
    Ok(())
}

fn run(op: &str, args: &[&[u8]]) -> Result<Outcome, Box<dyn Error>> {
    Ok(match (op, args) {
        ("canonical_encode", [input]) => ztp::canonical_encode(input),
        ("canonical_check", [input]) => ztp::canonical_check(input),
        ("signature_verify", [suite, key, message, signature]) => {
            ztp::signature_verify(suite, key, message, signature)
        }
        ("record_hash", [line]) => ztp::record_hash(line),
        ("keys_generate", [seed, name]) => ztp::keys_generate(seed, name),
        ("audit_init", [dir, options, now]) => ztp::audit_init(dir, options, integer(now)?),
        ("audit_append", [dir, events, options, now]) => {
            ztp::audit_append(dir, events, options, integer(now)?)
        }
        ("audit_seal", [dir, options, now]) => ztp::audit_seal(dir, options, integer(now)?),
        ("audit_head", [dir]) => ztp::audit_head(dir),
        ("audit_verify", [dir, options]) => ztp::audit_verify(dir, options, &Job::new()),
        ("audit_copy", [from, to, options]) => ztp::audit_copy(from, to, options, &Job::new()),
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
        ("anomaly_try", [events, options]) => ztp::anomaly_try(events, options),
        ("licence_sign", [payload, key]) => ztp::licence_sign(payload, key),
        ("licence_verify", [envelope, trust, now, bench]) => {
            ztp::licence_verify(envelope, trust, integer(now)?, bench)
        }
        ("keys_public", [key]) => ztp::keys_public(key),
        ("custody_verify", [document, root, seen, now]) => {
            ztp::custody_verify(document, root, seen, integer(now)?)
        }
        ("custody_sign", [payload, key]) => ztp::custody_sign(payload, key),
        ("custody_cosign", [document, key]) => ztp::custody_cosign(document, key),
        ("dlp_baseline", [found, terms, key]) => ztp::dlp_baseline(found, terms, key),
        ("licence_sign_chained", [payload, key, chain]) => ztp::licence_sign_chained(payload, key, chain),
        ("licence_seen", [dir, trust, options]) => ztp::licence_seen(dir, trust, options, &Job::new()),
        ("licence_decide", [envelope, trust, seen, now, bench_id]) => {
            ztp::licence_decide(envelope, trust, seen, integer(now)?, bench_id)
        }
        ("licence_ingest", [dir, trust, options, now]) => {
            ztp::licence_ingest(dir, trust, options, integer(now)?)
        }
        ("licence_ingest_envelope", [envelope, file, trust, options, now]) => {
            ztp::licence_ingest_envelope(envelope, file, trust, options, integer(now)?)
        }
        ("vault_verify", [dir, options]) => ztp::vault_verify(dir, options, &Job::new()),
        ("vault_init", [dir, options, key, now]) => ztp::vault_init(dir, options, key, integer(now)?),
        ("vault_status", [dir, options, now]) => ztp::vault_status(dir, options, integer(now)?),
        ("vault_mint", [dir, envelope, trust, options, key, now]) => {
            ztp::vault_mint(dir, envelope, trust, options, key, integer(now)?)
        }
        ("vault_spend", [dir, request, options, key, now]) => {
            ztp::vault_spend(dir, request, options, key, integer(now)?)
        }
        ("vault_history", [dir, options]) => ztp::vault_history(dir, options),
        ("vault_verify_fork", [first, second, device_key]) => {
            ztp::vault_verify_fork(first, second, device_key)
        }
        ("vault_check_fork", [proof, device_key]) => ztp::vault_check_fork(proof, device_key),
        ("vault_request", [dir, options, key, now]) => ztp::vault_request(dir, options, key, integer(now)?),
        ("vault_reconcile", [held, request, device_key]) => ztp::vault_reconcile(held, request, device_key),
        ("vault_reanchor", [dir, options, key, now]) => ztp::vault_reanchor(dir, options, key, integer(now)?),
        ("vault_simulate", [script]) => ztp::vault_simulate(script),
        ("custody_transcript", [transcript, document, options]) => {
            ztp::custody_transcript(transcript, document, options)
        }
        ("licence_inspect", [envelope]) => ztp::licence_inspect(envelope),
        ("dlp_scan", [config, request, body, now]) => ztp::dlp_scan(config, request, body, integer(now)?),
        ("dlp_rules", [config]) => ztp::dlp_rules(config),
        ("dlp_test", [rules]) => ztp::dlp_test(rules),
        ("version", []) => ztp::version(),
        ("error_codes", []) => ztp::error_codes(),
        _ => return Err(format!("no such operation with {} arguments", args.len()).into()),
    })
}

fn integer(digits: &[u8]) -> Result<i64, Box<dyn Error>> {
    Ok(std::str::from_utf8(digits)?.parse()?)
}
