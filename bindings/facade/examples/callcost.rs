//! Time of one call, the reference for the other languages: `callcost DIR CALLS ROUNDS`.
//!
//! Writes the inputs (1 KiB each, and a log of some 60 MB) to DIR, from where the other languages' programs read them, and
//! prints for each operation `operation TAB nanoseconds`, the best of ROUNDS rounds of CALLS calls. A whole log is verified
//! once in each of [`LOG_ROUNDS`] rounds.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use ztp_core::canonical::Value;
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::hex_encode;
use ztp_core::signature::{Signer, SigningKey};
use ztp_facade::{
    Job, Outcome, audit_append, audit_init, audit_seal, audit_verify, canonical_check, record_hash,
    signature_verify,
};

/// Size of each input.
const INPUT_BYTES: usize = 1024;

/// Records of the log, in batches of [`BATCH_RECORDS`].
const LOG_RECORDS: usize = 200_000;
const BATCH_RECORDS: usize = 10_000;

/// How often the log is verified.
const LOG_ROUNDS: u32 = 25;

/// 2026-05-12T08:00:00.000Z
const NOW_MS: i64 = 1_778_572_800_000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, dir, calls, rounds] = args.as_slice() else {
        return Err("usage: callcost DIR CALLS ROUNDS".into());
    };
    let (calls, rounds) = (calls.parse()?, rounds.parse()?);
    let dir = Path::new(dir);
    fs::create_dir_all(dir)?;
    let document = document()?;
    let record = record()?;
    let key = SigningKey::from_seed(&[7; 32]);
    let signature = key.sign(&document)?;
    fs::write(dir.join("document"), &document)?;
    fs::write(dir.join("record"), &record)?;
    fs::write(dir.join("key"), key.public_key().as_bytes())?;
    fs::write(dir.join("signature"), &signature)?;

    measure("canonical_check", calls, rounds, || canonical_check(black_box(&document)))?;
    measure("record_hash", calls, rounds, || record_hash(black_box(&record)))?;
    measure("signature_verify", calls / 20, rounds, || {
        signature_verify(b"ed25519", key.public_key().as_bytes(), black_box(&document), &signature)
    })?;
    let log = dir.join("log");
    let path = log.to_str().ok_or("DIR is not UTF-8")?.as_bytes();
    if !log.exists() {
        write_log(path)?;
    }
    measure("audit_verify, log", 1, LOG_ROUNDS, || audit_verify(path, b"", &Job::new()))
}

/// Writes a sealed log of plausible events.
fn write_log(path: &[u8]) -> Result<(), Box<dyn Error>> {
    let ok = |outcome: Outcome| if outcome.is_ok() { Ok(()) } else { Err(format!("{outcome:?}")) };
    ok(audit_init(path, br#"{"origin":"bench-01.example/audit"}"#, NOW_MS))?;
    let event = r#"{"event_class":"operator.action","payload":{"command":"ztp tier check","user":"ana"}}"#;
    let batch = format!("{event}\n").repeat(BATCH_RECORDS);
    for _ in 0..LOG_RECORDS / BATCH_RECORDS {
        ok(audit_append(path, batch.as_bytes(), b"", NOW_MS))?;
    }
    Ok(ok(audit_seal(path, b"", NOW_MS))?)
}

fn measure(name: &str, calls: u32, rounds: u32, call: impl Fn() -> Outcome) -> Result<(), Box<dyn Error>> {
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..calls {
            if !black_box(call()).is_ok() {
                return Err(format!("{name} refused its input").into());
            }
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }
    use std::io::Write;
    writeln!(std::io::stdout(), "{name}\t{best:.1}")?;
    Ok(())
}

/// A canonical document of exactly 1 KiB, of the kind that licences and admission decisions are.
fn document() -> Result<Vec<u8>, Box<dyn Error>> {
    padded(|padding| {
        let items = (0..12_u32).map(|n| {
            Value::object::<_, Value>([
                ("count", (n * 977).into()),
                ("name", format!("namespace-{n}/workload").into()),
                ("ready", (n % 2 == 0).into()),
            ])
        });
        Value::object::<_, Value>([("items", items.collect::<Vec<_>>().into()), ("note", padding.into())])
    })
}

/// A record line of exactly 1 KiB that states its own hash.
fn record() -> Result<Vec<u8>, Box<dyn Error>> {
    let record = |padding: &str, hash: Value| {
        Value::object::<_, Value>([
            ("event_class", "admission.decision".into()),
            ("hash", hash),
            ("payload", Value::object([("reason", padding), ("verdict", "deny")])),
            ("prev_hash", hex_encode(&[0x5a; 32]).into()),
            ("seq", 41_i64.into()),
            ("timestamp", "2026-05-12T08:00:00.000Z".into()),
        ])
    };
    let padding = std::cell::RefCell::new(String::new());
    let zeros = Digest::ZERO.to_string();
    padded(|text| {
        padding.replace(text.to_owned());
        record(text, zeros.as_str().into())
    })?;
    let padding = padding.into_inner();
    let mut unhashed = record(&padding, Value::Null);
    if let Value::Object(members) = &mut unhashed {
        members.remove("hash");
    }
    let hash = sha256(&ztp_core::canonical::write(&unhashed)?);
    Ok(ztp_core::canonical::write(&record(&padding, hash.to_string().into()))?)
}

/// The document that `build` makes, with as much padding as makes it 1 KiB.
fn padded(build: impl Fn(&str) -> Value) -> Result<Vec<u8>, Box<dyn Error>> {
    let bare = ztp_core::canonical::write(&build(""))?.len();
    let words =
        "the signature of the image does not match the policy of its namespace; ".repeat(INPUT_BYTES / 64);
    let padding = words.get(..INPUT_BYTES.saturating_sub(bare)).ok_or("the document is longer than 1 KiB")?;
    Ok(ztp_core::canonical::write(&build(padding))?)
}
