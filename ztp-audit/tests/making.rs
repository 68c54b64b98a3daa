//! Making a log, waiting for one, and the limits that writer and readers share: a making that was cut off is finished by the next, and what the writer
//! writes at the longest names is within what a reader takes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::*;
use ztp_audit::control::SealPolicy;
use ztp_audit::layout::{FILED_NOTE_BYTES_MAX, NOTES_BYTES_MAX, ORIGIN_BYTES_MAX, SEGMENT_RECORDS};
use ztp_audit::store::{CreateOptions, Host, Writer};
use ztp_audit::verdict::Status;
use ztp_core::Coded as _;

const SEGMENT: &str = "segments/00000000000000000000.jsonl";
const NOTES: &str = "checkpoints/00000000000000000000.notes";

fn lines_of(dir: &Path) -> Vec<Vec<u8>> {
    fs::read(dir.join(SEGMENT)).unwrap().split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect()
}

fn again(dir: &Path) -> Writer {
    Writer::open(dir, at(1), Box::new(TestHost(1_000_000))).unwrap()
}

fn code_of_open(dir: &Path) -> &'static str {
    Writer::open(dir, at(9), Box::new(TestHost(77))).map(|_| ()).unwrap_err().code()
}

#[test]
fn whatever_a_making_that_was_cut_off_left_is_finished_by_the_next_and_a_record_is_never_cleared() {
    let made = tempfile::tempdir().unwrap();
    drop(create(made.path(), 10));
    let (state, genesis) =
        (fs::read(made.path().join("state")).unwrap(), fs::read(made.path().join(SEGMENT)).unwrap());
    let dirs = ["checkpoints", "recovered", "segments"];
    let begin = |parts: usize, files: &[(&str, &[u8])]| {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("lock"), b"").unwrap();
        dirs[..parts].iter().for_each(|name| fs::create_dir(dir.path().join(name)).unwrap());
        files.iter().for_each(|(name, bytes)| fs::write(dir.path().join(name), bytes).unwrap());
        dir
    };
    let mut left = vec![begin(1, &[]), begin(2, &[]), begin(3, &[])];
    for cut in [0, 1, state.len() / 2, state.len()] {
        left.push(begin(3, &[("state.new", &state[..cut])]));
    }
    left.push(begin(3, &[("state", &state)]));
    for cut in (0..genesis.len()).step_by(5).chain([genesis.len() - 1]) {
        left.push(begin(3, &[("state", &state), (SEGMENT, &genesis[..cut])]));
        let mut zeroed = genesis.clone();
        zeroed[cut..].fill(0);
        left.push(begin(3, &[("state", &state), (SEGMENT, &zeroed)]));
    }
    for (n, dir) in left.iter().enumerate() {
        assert_eq!(code_of_open(dir.path()), "log_unfinished", "{n}");
        let mut writer = create(dir.path(), 10);
        writer.append(&events(0, 1), at(1)).unwrap();
        writer.seal(at(2)).unwrap();
        assert_eq!(verify(dir.path()).status, Status::Intact, "{n}");
        assert!(!dir.path().join("state.new").exists());
    }
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(code_of_open(nothing.path()), "log_not_found");
    assert_eq!(code_of_open(&nothing.path().join("no")), "log_not_found");
    assert_eq!(fs::read_dir(nothing.path()).unwrap().count(), 0, "opening makes nothing");

    // Anything that only a log has: a whole record, with or without a state; a checkpoint; a later segment; bytes set aside; a sealed state.
    let mut sealed = create(made.path().join("sealed").as_path(), 10);
    sealed.seal(at(1)).unwrap();
    drop(sealed);
    let sealed = |name: &str| fs::read(made.path().join("sealed").join(name)).unwrap();
    let two = [&genesis[..], &genesis[..20]].concat();
    for dir in [
        begin(3, &[("state", &state), (SEGMENT, &genesis)]),
        begin(3, &[(SEGMENT, &genesis)]),
        begin(3, &[(SEGMENT, &two)]),
        begin(3, &[("state", &state), (NOTES, &sealed(NOTES))]),
        begin(3, &[("segments/00000000000000065536.jsonl", b"")]),
        begin(3, &[("recovered/x.torn", b"x")]),
        begin(3, &[("state", &sealed("state"))]),
    ] {
        let options = CreateOptions { origin: ORIGIN.to_owned(), policy: policy(10) };
        let again = Writer::create(dir.path(), &options, at(0), Box::new(TestHost(5)));
        assert_eq!(again.map(|_| ()).unwrap_err().code(), "log_exists");
    }
}

/// Makes a log where files may not grow beyond a limit. Runs only as a child.
#[test]
fn child_makes_a_log() {
    let Ok(dir) = std::env::var("ZTP_TEST_MAKING_DIR") else { return };
    let bytes = std::env::var("ZTP_TEST_MAKING_BYTES").unwrap().parse().unwrap();
    let limit = rustix::process::Rlimit { current: Some(bytes), maximum: Some(bytes) };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    let options = CreateOptions { origin: ORIGIN.to_owned(), policy: policy(10) };
    let made = Writer::create(Path::new(&dir), &options, at(0), Box::new(TestHost(5)));
    let code = made.map(|_| ()).map_or_else(|e| e.code(), |()| "made");
    // Standard output may be a file under the same limit.
    std::process::exit(if code == "io_error" { 41 } else { 42 });
}

#[test]
fn a_making_that_the_disk_refused_is_finished_when_there_is_room() {
    let script =
        "trap '' XFSZ; exec \"$0\" child_makes_a_log --exact --nocapture --test-threads=1 > /dev/null";
    for (bytes, status) in [(0, 41), (100, 41), (300, 41), (450, 41), (500, 41), (100_000, 42)] {
        let dir = tempfile::tempdir().unwrap();
        let run = Command::new("/bin/sh")
            .args(["-c", script])
            .arg(std::env::current_exe().unwrap())
            .env("ZTP_TEST_MAKING_DIR", dir.path())
            .env("ZTP_TEST_MAKING_BYTES", bytes.to_string())
            .status()
            .unwrap();
        assert_eq!(run.code(), Some(status), "{bytes}");
        if status == 41 {
            assert_eq!(code_of_open(dir.path()), "log_unfinished", "{bytes}");
            create(dir.path(), 10).seal(at(1)).unwrap();
        }
        assert_eq!(verify(dir.path()).status, Status::Intact, "{bytes}");
    }
}

#[test]
fn the_longest_checkpoints_of_a_segment_of_seals_alone_are_within_what_a_reader_takes() {
    let dir = tempfile::tempdir().unwrap();
    let origin = format!("{}.example", "a".repeat(ORIGIN_BYTES_MAX - 8));
    let policy = SealPolicy { records_max: 1, ..policy(1) };
    let options = CreateOptions { origin: origin.clone(), policy };
    let mut writer = Writer::create(dir.path(), &options, at(0), Box::new(TestHost(0))).unwrap();
    let seals = if std::env::var("ZTP_LONG").is_ok() { SEGMENT_RECORDS - 1 } else { 100 };
    for n in 0..seals {
        writer.seal(at(n as i64)).unwrap();
    }
    drop(writer);
    let bytes = fs::metadata(dir.path().join(NOTES)).unwrap().len();
    assert!(bytes / seals <= FILED_NOTE_BYTES_MAX as u64 && bytes <= NOTES_BYTES_MAX);
    again(dir.path()).append(&events(0, 1), at(70_000)).unwrap();
    let verdict = verify(dir.path());
    assert_eq!((verdict.status, verdict.breaks_total, verdict.seals), (Status::Intact, 0, seals + 1));
    // One byte more of a name is refused before anything is made.
    let options = CreateOptions { origin: format!("a{origin}"), policy };
    let none = tempfile::tempdir().unwrap();
    let refused = Writer::create(none.path(), &options, at(0), Box::new(TestHost(0)));
    assert_eq!(refused.map(|_| ()).unwrap_err().code(), "origin_invalid");
    assert_eq!(fs::read_dir(none.path()).unwrap().count(), 0);
}

#[test]
fn a_seal_is_refused_before_its_record_is_written_when_its_checkpoint_would_pass_the_bound() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.seal(at(1)).unwrap();
    writer.append(&events(0, 1), at(2)).unwrap();
    let notes = fs::OpenOptions::new().write(true).open(dir.path().join(NOTES)).unwrap();
    notes.set_len(NOTES_BYTES_MAX - FILED_NOTE_BYTES_MAX as u64 + 1).unwrap();
    let before = lines_of(dir.path());
    assert_eq!(writer.seal(at(3)).unwrap_err().code(), "notes_full");
    assert_eq!(lines_of(dir.path()), before);
    // The writer is not spoilt by what it refused.
    notes.set_len(NOTES_BYTES_MAX - FILED_NOTE_BYTES_MAX as u64).unwrap();
    writer.seal(at(4)).unwrap();
}

#[test]
fn a_writer_that_waits_gets_the_lock_when_the_other_is_done() {
    struct Waiting(TestHost, u32);
    impl Host for Waiting {
        fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
            self.0.fill_random(seed)
        }
        fn boot_id(&mut self) -> Option<String> {
            None
        }
        fn monotonic_ms(&mut self) -> Option<u64> {
            None
        }
        fn wait_for_lock(&mut self, attempt: u32) -> bool {
            std::thread::sleep(std::time::Duration::from_millis(1));
            attempt < self.1
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let first = create(dir.path(), 10);
    let waited = Writer::open(dir.path(), at(1), Box::new(Waiting(TestHost(5), 3)));
    assert_eq!(waited.map(|_| ()).unwrap_err().code(), "log_locked");
    std::thread::scope(|scope| {
        let second = scope
            .spawn(|| Writer::open(dir.path(), at(1), Box::new(Waiting(TestHost(5), u32::MAX))).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(20));
        drop(first);
        second.join().unwrap().append(&events(0, 1), at(2)).unwrap();
    });
}
