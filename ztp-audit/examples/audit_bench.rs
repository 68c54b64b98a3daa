//! Measures the durable append and the whole-log verification on a log of real size.
//!
//! `cargo run --release -p ztp-audit --example audit_bench -- DIR MEGABYTES` writes the log (unless DIR holds one), verifies it several
//! times and prints one JSON object; `make bench` sets it beside `openssl dgst` and a plain Node verifier on the same files.
#![allow(clippy::print_stdout, reason = "a program that prints its measurements")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "shares the test support")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::time::Instant;

use ztp_audit::control::SealPolicy;
use ztp_audit::prove::prove_inclusion;
use ztp_audit::store::{CreateOptions, NewEvent, Writer};
use ztp_audit::verdict::Status;
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir};
use ztp_core::canonical::Value;
use ztp_core::event::EventClass;

/// A record of about 330 bytes, as an admission decision is.
fn event(n: u64) -> NewEvent {
    let payload = Value::object([
        ("decision", Value::from(if n.is_multiple_of(97) { "deny" } else { "allow" })),
        ("namespace", Value::from("web-agents")),
        ("pod", Value::from(format!("persona-{:04}", n % 500).as_str())),
        ("tier", Value::from(if n.is_multiple_of(5) { "B" } else { "A" })),
    ]);
    NewEvent { event_class: EventClass::new("admission.decision").unwrap(), payload, timestamp: None }
}

fn write(dir: &Path, megabytes: u64) -> (u64, f64) {
    let policy = SealPolicy::default();
    let options = CreateOptions { origin: common::ORIGIN.to_owned(), policy };
    let mut writer = Writer::create(dir, &options, common::at(0), Box::new(common::TestHost(0))).unwrap();
    let records = megabytes * 1_000_000 / 330;
    let batches: Vec<Vec<NewEvent>> =
        (0..records.div_ceil(1000)).map(|b| (b * 1000..b * 1000 + 1000).map(event).collect()).collect();
    let begun = Instant::now();
    for (batch, ms) in batches.iter().zip((0i64..).step_by(20)) {
        writer.append(batch, common::at(ms)).unwrap();
    }
    let seconds = begun.elapsed().as_secs_f64();
    writer.seal(common::at(1_000_000_000)).unwrap();
    (records.div_ceil(1000) * 1000, seconds)
}

/// One record at a time, each durable, against the same bytes with a bare write and fdatasync.
fn single(dir: &Path) -> (f64, f64) {
    use std::io::Write as _;
    let scratch = tempfile::tempdir_in(dir.parent().unwrap()).unwrap();
    let mut writer = common::create(&scratch.path().join("log"), 1_000_000);
    let line = vec![b'x'; 330];
    let mut raw =
        std::fs::OpenOptions::new().append(true).create(true).open(scratch.path().join("raw")).unwrap();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for n in 0..2000 {
        let begun = Instant::now();
        writer.append(&[event(n)], common::at(1)).unwrap();
        ours.push(begun.elapsed().as_secs_f64());
        let begun = Instant::now();
        raw.write_all(&line).unwrap();
        raw.sync_data().unwrap();
        bare.push(begun.elapsed().as_secs_f64());
    }
    let median = |mut v: Vec<f64>| {
        v.sort_by(f64::total_cmp);
        v[v.len() / 2]
    };
    (median(ours), median(bare))
}

/// The checkpoint that an auditor kept who came a week ago, where the log is a year's.
fn head_of_last_week(dir: &Path) -> Vec<u8> {
    let records = common::verify(dir).records;
    let proof = prove_inclusion(dir, records / 52 * 51, None).unwrap();
    let note = memchr::memmem::find(&proof, b"\n\n").unwrap() + 2;
    proof[note..].to_vec()
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (dir, megabytes) = (Path::new(&args[1]), args[2].parse().unwrap());
    if !dir.exists() {
        let (records, seconds) = write(dir, megabytes);
        let (ours, bare) = single(dir);
        println!(
            "{{\"append_records_per_second\":{:.0},\"append_one_us\":{:.1},\"raw_write_fdatasync_us\":{:.1}}}",
            records as f64 / seconds,
            ours * 1e6,
            bare * 1e6
        );
    }
    let bytes: u64 =
        std::fs::read_dir(dir.join("segments")).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
    let mut best = f64::MAX;
    for _ in 0..7 {
        let begun = Instant::now();
        let verdict = common::verify(dir);
        best = best.min(begun.elapsed().as_secs_f64());
        assert_eq!((verdict.status, verdict.breaks.len()), (Status::Intact, 0));
    }
    let head =
        VerifyOptions { content_from_head: true, head: Some(head_of_last_week(dir)), ..Default::default() };
    let mut from_head = f64::MAX;
    for _ in 0..7 {
        let begun = Instant::now();
        let verdict = verify_dir(dir, &head, &NoProgress).unwrap();
        from_head = from_head.min(begun.elapsed().as_secs_f64());
        assert!(verdict.status == Status::Intact && verdict.unchecked.contains(&"content_before_head"));
    }
    println!(
        "{{\"bytes\":{bytes},\"verify_seconds\":{best:.4},\"from_head_seconds\":{from_head:.4},\"bytes_per_second\":{:.0}}}",
        bytes as f64 / best
    );
}
