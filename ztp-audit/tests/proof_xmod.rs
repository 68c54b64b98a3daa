//! Checkpoints and proofs made here, checked by Go's `golang.org/x/mod/sumdb` through `interop/xmod/check.sh`, and the same
//! material after each kind of change, which Go must refuse.
#![allow(clippy::print_stderr, reason = "a test that cannot run says so")]
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test reports a failure"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::head::vkey_of;
use ztp_audit::note::sign;
use ztp_audit::proof::{ConsistencyBuilder, InclusionBuilder};
use ztp_audit::prove::{prove_consistency, prove_inclusion};
use ztp_audit::tlog_proof::{AddCheckpoint, TlogProof};
use ztp_audit::tree::{Frontier, leaf_hash};
use ztp_core::digest::{Digest, sha256};
use ztp_core::signature::SigningKey;
use ztp_core::vkey::VerifierKey;

const ORIGIN: &str = "bench-01.example/audit";
const RECORDS: u64 = 50;
const OLD_SIZE: u64 = 19;

/// A record in canonical form and its hash.
fn record(seq: u64, prev: &Digest) -> (String, Digest) {
    let head = r#"{"event_class":"test.event","#;
    let tail = format!(
        r#""payload":{{"hash":"","n":{seq}}},"prev_hash":"{prev}","seq":{seq},"timestamp":"2026-05-12T08:00:00.000Z"}}"#
    );
    let hash = sha256(format!("{head}{tail}").as_bytes());
    (format!("{head}\"hash\":\"{hash}\",{tail}\n"), hash)
}

struct Log {
    lines: Vec<String>,
    leaves: Vec<Digest>,
}

impl Log {
    /// A log whose record `changed` is another one than in the log without change; all after it are chained on.
    fn new(changed: Option<u64>) -> Self {
        let (mut lines, mut leaves, mut prev) = (Vec::new(), Vec::new(), Digest::ZERO);
        for seq in 0..RECORDS {
            if changed == Some(seq) {
                prev = sha256(b"another predecessor");
            }
            let (line, hash) = record(seq, &prev);
            leaves.push(leaf_hash(hash.as_bytes()));
            lines.push(line);
            prev = hash;
        }
        Self { lines, leaves }
    }

    fn note(&self, size: u64, seed: u8) -> Vec<u8> {
        let mut frontier = Frontier::new();
        for leaf in &self.leaves[..size as usize] {
            frontier.push_leaf(*leaf).unwrap();
        }
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: frontier.root() };
        sign(&checkpoint.to_text(), ORIGIN, &SigningKey::from_seed(&[seed; 32])).unwrap()
    }

    fn proof(&self, index: u64) -> Vec<u8> {
        let mut builder = InclusionBuilder::new(index, RECORDS).unwrap();
        for leaf in &self.leaves {
            builder.push_leaf(*leaf).unwrap();
        }
        TlogProof::new(index, builder.finish().unwrap().path, &self.note(RECORDS, 2)).unwrap().to_bytes()
    }

    fn consistency(&self, old: u64) -> Vec<u8> {
        let mut builder = ConsistencyBuilder::new(old, RECORDS).unwrap();
        for leaf in &self.leaves {
            builder.push_leaf(*leaf).unwrap();
        }
        AddCheckpoint::new(old, builder.finish().unwrap().path, &self.note(RECORDS, 2)).unwrap().to_bytes()
    }
}

/// The six files of one check, in the order of the script's arguments.
#[derive(Clone)]
struct Material {
    checkpoint: Vec<u8>,
    vkeys: Vec<u8>,
    proof: Vec<u8>,
    record: Vec<u8>,
    old: Vec<u8>,
    consistency: Vec<u8>,
}

impl Material {
    /// Everything for record `index` and from size `old`.
    fn of(log: &Log, index: u64, old: u64) -> Self {
        let key = |seed: u8| {
            let key = SigningKey::from_seed(&[seed; 32]).public_key().clone();
            VerifierKey::new(ORIGIN, key).unwrap().to_string()
        };
        Self {
            checkpoint: log.note(RECORDS, 2),
            vkeys: format!("{}\n{}\n", key(1), key(2)).into_bytes(),
            proof: log.proof(index),
            record: log.lines[index as usize].clone().into_bytes(),
            old: log.note(old, 1),
            consistency: log.consistency(old),
        }
    }

    fn check(&self, dir: &Path) -> Output {
        let files: [(&str, &[u8]); 6] = [
            ("checkpoint", &self.checkpoint),
            ("vkeys", &self.vkeys),
            ("record.tlog-proof", &self.proof),
            ("record.json", &self.record),
            ("old-checkpoint", &self.old),
            ("consistency", &self.consistency),
        ];
        let paths = files.map(|(name, bytes)| {
            let path = dir.join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        });
        Command::new("sh").arg(script()).args(paths).output().unwrap()
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../interop/xmod/check.sh")
}

/// Changes one byte in the middle of the first occurrence of `part`.
fn changed(bytes: &[u8], part: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    let at = text.find(part).unwrap() + part.len() / 2;
    let mut bytes = bytes.to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    bytes
}

/// Whether Go could not check, which is then said past the test harness, since that would keep it to itself.
fn skipped(output: &Output) -> bool {
    let skipped = output.status.code() == Some(3);
    if skipped {
        let why = String::from_utf8_lossy(&output.stderr);
        eprintln!("SKIPPED: Go did not check the proofs: {}", why.trim());
    }
    skipped
}

#[test]
fn go_accepts_every_record_and_seal_of_a_log_that_the_writer_made() {
    let (log, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut writer = common::create(log.path(), 40);
    writer.append(&common::events(0, 90), common::at(10)).unwrap();
    let old = writer.seal(common::at(20)).unwrap();
    writer.append(&common::events(90, 60), common::at(30)).unwrap();
    let head = writer.seal(common::at(40)).unwrap();
    let segment = &common::load(log.path()).segments[&0];
    let lines: Vec<&[u8]> = segment.split_inclusive(|byte| *byte == b'\n').collect();
    let vkeys = [&old.note, &head.note].map(|note| format!("{}\n", vkey_of(log.path(), note).unwrap()));
    for seq in [0, 1, 39, 40, old.size - 1, old.size, head.size - 2, head.size - 1] {
        let material = Material {
            checkpoint: head.note.clone(),
            vkeys: vkeys.concat().into_bytes(),
            proof: prove_inclusion(log.path(), seq, Some(head.size)).unwrap(),
            record: lines[seq as usize].to_vec(),
            old: old.note.clone(),
            consistency: prove_consistency(log.path(), old.size, Some(head.size)).unwrap(),
        };
        let output = material.check(files.path());
        if skipped(&output) {
            return;
        }
        assert_eq!(output.status.code(), Some(0), "record {seq}: {output:?}");
    }
}

#[test]
fn go_accepts_what_is_made_here_and_refuses_each_change() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::new(None);
    let good = Material::of(&log, 17, OLD_SIZE);
    let output = good.check(dir.path());
    if skipped(&output) {
        return;
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    let expected =
        format!("record 17 is in {ORIGIN} at size {RECORDS}\nsize {RECORDS} extends size {OLD_SIZE}\n");
    assert_eq!((output.status.code(), &*stdout), (Some(0), &*expected), "{output:?}");
    for (index, old) in [(0, 1), (49, 50), (31, 32), (48, 49), (32, 33)] {
        assert_eq!(
            Material::of(&log, index, old).check(dir.path()).status.code(),
            Some(0),
            "record {index}, from {old}"
        );
    }

    let rewritten = Log::new(Some(10));
    let first_hash = |file: &[u8]| std::str::from_utf8(file).unwrap().lines().nth(2).unwrap().to_owned();
    let bad: Vec<(&str, Material)> = vec![
        (
            "inclusion:",
            Material {
                record: log.lines[16].clone().into_bytes(),
                proof: renumbered(&good.proof, 16),
                ..good.clone()
            },
        ),
        (
            "the proof is for record 17, not 16",
            Material { record: log.lines[16].clone().into_bytes(), ..good.clone() },
        ),
        ("its hash member says", Material { record: changed(&good.record, "test.event"), ..good.clone() }),
        ("inclusion:", Material { record: rewritten.lines[17].clone().into_bytes(), ..good.clone() }),
        ("inclusion:", Material { proof: changed(&good.proof, &first_hash(&good.proof)), ..good.clone() }),
        (
            "the proof is for another checkpoint",
            Material { proof: changed(&good.proof, ORIGIN), ..good.clone() },
        ),
        ("checkpoint note:", Material { checkpoint: changed(&good.checkpoint, ORIGIN), ..good.clone() }),
        ("checkpoint note:", Material { vkeys: good.vkeys[..good.vkeys.len() / 2].to_vec(), ..good.clone() }),
        (
            "consistency:",
            Material {
                consistency: changed(&good.consistency, &first_hash(&good.consistency)),
                ..good.clone()
            },
        ),
        ("consistency:", Material { old: rewritten.note(OLD_SIZE, 1), ..good.clone() }),
        ("starts at another checkpoint", Material { old: log.note(OLD_SIZE + 1, 1), ..good.clone() }),
    ];
    for (number, (reason, material)) in bad.into_iter().enumerate() {
        let output = material.check(dir.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "case {number}: {said}");
        assert!(said.contains(reason), "case {number}: {said}");
    }
}

/// The proof file with another index.
fn renumbered(proof: &[u8], index: u64) -> Vec<u8> {
    std::str::from_utf8(proof).unwrap().replace("index 17", &format!("index {index}")).into_bytes()
}
