//! The bench and the auditor of the demonstration: every step is an operation of the library, on a day of its own.

use std::fs;
use std::path::{Path, PathBuf};

use ztp_core::canonical::Value;
use ztp_facade::{
    AuditLog, Job, audit_head, audit_init, audit_verify, keys_generate, licence_ingest_envelope, licence_sign,
};

use super::bench_day::{BenchDay, DAY_END_MS, DAY_START_MS};
use super::unexpected;
use crate::document::{self, Document, object, string};
use crate::failure::{Failure, succeeded};
use crate::files::{self, path_bytes};

/// Events of this many milliseconds share one append, and a seal: five minutes of the day.
const GROUP_MS: i64 = 300_000;

/// The bench whose licence is signed.
const BENCH_ID: &str = "bench-07";

/// What is licensed.
const PRODUCT: &str = "tls-stress";

/// Places of everything below one directory.
#[derive(Debug)]
pub(crate) struct Stage {
    root: PathBuf,
}

impl Stage {
    /// Makes the subdirectories.
    pub(crate) fn set(root: &Path) -> Result<Self, Failure> {
        for name in ["keys", "licence", "auditor"] {
            let dir = root.join(name);
            fs::create_dir(&dir).map_err(|source| Failure::writing(&dir, source))?;
        }
        Ok(Self { root: root.to_owned() })
    }

    /// The log.
    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// The copy in which one byte is changed.
    pub(crate) fn tampered_log(&self) -> PathBuf {
        self.root.join("log-tampered")
    }

    /// Makes the key that signs licences and the trust file that names it; returns its key id.
    pub(crate) fn make_licence_key(&self) -> Result<String, Failure> {
        let keys = Document::parse(&succeeded(keys_generate(b"", b"licence.example"))?);
        let text = |name| keys.text(&[name]).unwrap_or_default();
        files::create_private(
            &self.root.join("keys/licence-signing.pem"),
            text("private_key_pem").as_bytes(),
        )?;
        let trust = trust_document(text("key_id"), text("public_key"));
        files::replace(&self.root.join("licence/trust.json"), &document::bytes(&trust))?;
        Ok(text("key_id").to_owned())
    }

    /// Writes the day into a new log.
    pub(crate) fn write_day(&self, seed: u64, events: u32) -> Result<(), Failure> {
        let dir = self.log();
        let options = object([
            ("heartbeat_ms", Some(Value::Int(3 * GROUP_MS))),
            ("interval_ms", Some(Value::Int(GROUP_MS))),
            ("origin", Some(string("bench-07.example/audit"))),
            ("records_max", Some(Value::Int(1_000))),
        ]);
        let made = succeeded(audit_init(path_bytes(&dir), &document::bytes(&options), DAY_START_MS))?;
        let first_key = Document::parse(&made).text(&["vkey"]).unwrap_or_default().to_owned();
        files::replace(&self.root.join("auditor/first.vkey"), first_key.as_bytes())?;
        // The day is not today: this host's clocks have nothing to say about it.
        let log = AuditLog::open_untimed(path_bytes(&dir), DAY_START_MS).map_err(Failure::of)?;
        let (mut group, mut group_end) = (Vec::new(), DAY_START_MS + GROUP_MS);
        for event in BenchDay::new(seed, events) {
            while event.at_ms >= group_end {
                write_group(&log, &mut group, group_end)?;
                group_end += GROUP_MS;
            }
            group.extend_from_slice(&document::bytes(&event.value));
            group.push(b'\n');
        }
        write_group(&log, &mut group, DAY_END_MS)?;
        succeeded(log.seal(DAY_END_MS))?;
        Ok(())
    }

    /// Signs a licence, verifies it as the bench would, and records the ingest in the log, which is sealed; returns the
    /// record's sequence number.
    pub(crate) fn take_in_licence(&self) -> Result<i64, Failure> {
        let read = |name| files::read(&self.root.join(name));
        let payload = document::bytes(&licence_payload());
        files::replace(&self.root.join("licence/licence.json"), &payload)?;
        let envelope = succeeded(licence_sign(&payload, &read("keys/licence-signing.pem")?))?;
        files::replace(&self.root.join("licence/envelope.json"), &envelope)?;
        let options = document::bytes(&object([
            ("bench", Some(string(BENCH_ID))),
            ("log", Some(string(self.log().to_string_lossy()))),
        ]));
        let trust = read("licence/trust.json")?;
        let taken = licence_ingest_envelope(&envelope, b"envelope.json", &trust, &options, DAY_END_MS);
        if !taken.is_ok() {
            return Err(unexpected(&format!(
                "the licence was refused: {}",
                String::from_utf8_lossy(&taken.document)
            )));
        }
        Ok(Document::parse(&taken.document).integer(&["seq"]).unwrap_or_default())
    }

    /// The checkpoint that the auditor carries away; the first key he got when the log was made.
    pub(crate) fn keep_head(&self) -> Result<(), Failure> {
        let head = Document::parse(&succeeded(audit_head(path_bytes(&self.log())))?);
        let note = head.text(&["checkpoint"]).unwrap_or_default();
        files::replace(&self.root.join("auditor/head.note"), note.as_bytes())
    }

    /// Verifies a log against what the auditor carried away and keeps the verdict as `name`.
    pub(crate) fn verify(&self, log: &Path, name: &str) -> Result<Vec<u8>, Failure> {
        let kept =
            |name| files::read(&self.root.join(name)).map(|bytes| string(String::from_utf8_lossy(&bytes)));
        let options =
            object([("head", Some(kept("auditor/head.note")?)), ("vkey", Some(kept("auditor/first.vkey")?))]);
        let verdict = audit_verify(path_bytes(log), &document::bytes(&options), &Job::new()).document;
        files::replace(&self.root.join("auditor").join(name), &verdict)?;
        Ok(verdict)
    }
}

fn write_group(log: &AuditLog, group: &mut Vec<u8>, now_ms: i64) -> Result<(), Failure> {
    if !group.is_empty() {
        succeeded(log.append(group, b"", now_ms))?;
        group.clear();
    }
    succeeded(log.tick(now_ms)).map(drop)
}

/// A trust document with one key, which may license the one product.
fn trust_document(key_id: &str, public_key: &str) -> Value {
    let key = object([
        ("key_id", Some(string(key_id))),
        ("products", Some(Value::Array(vec![string(PRODUCT)]))),
        ("public_key", Some(string(public_key))),
        ("suite", Some(string("ed25519"))),
    ]);
    object([("keys", Some(Value::Array(vec![key]))), ("schema", Some(string("ztp.trust/1")))])
}

/// The licence of one bench for a year from the day that is written, with a few notes to spend.
fn licence_payload() -> Value {
    let (from, until) = ("2026-05-12T00:00:00.000Z", "2027-05-12T00:00:00.000Z");
    let window = || [("not_after", Some(string(until))), ("not_before", Some(string(from)))];
    let note = |serial: i64| {
        let [not_after, not_before] = window();
        let (amount, serial) = (Some(Value::Int(100)), Some(Value::Int(serial)));
        object([
            ("amount", amount),
            ("class", Some(string("test-run"))),
            not_after,
            not_before,
            ("serial", serial),
        ])
    };
    let bench = [("bench_id", Some(string(BENCH_ID))), ("binding", Some(string("bench")))];
    let revocation = [("revoked_key_ids", Some(Value::Array(Vec::new()))), ("version", Some(Value::Int(0)))];
    let [not_after, not_before] = window();
    object([
        ("bench", Some(object(bench))),
        ("customer", Some(string("Example Corporation"))),
        ("envelope_id", Some(string("ENV-2026-Q2-0001"))),
        ("features", Some(Value::Array(vec![string("stress"), string("tls13")]))),
        ("issued_at", Some(string(from))),
        ("licence_id", Some(string("LIC-2026-0007"))),
        ("mint", Some(Value::Array((0..3).map(note).collect()))),
        not_after,
        not_before,
        ("previous_envelope", Some(Value::Null)),
        ("product", Some(string(PRODUCT))),
        ("revocation", Some(object(revocation))),
        ("schema", Some(string("ztp.licence/1"))),
    ])
}
