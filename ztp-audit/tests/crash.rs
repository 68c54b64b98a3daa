//! Crashes: what was acknowledged is there afterwards, and a crash is never taken for tampering.
//!
//! The killed writers are real processes; `ZTP_KILLS` sets how many (1,000 for the full run). Cuts of unsynced bytes and crashes
//! inside a seal are made by hand, at every byte and every step.
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
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::*;
use ztp_audit::error::StoreError;
use ztp_audit::store::Writer;
use ztp_audit::verdict::Status;
use ztp_core::Coded as _;

const CHILD: &str = "ZTP_TEST_CHILD_DIR";

/// The writing process: appends batches of varying size for ever and says after each what is acknowledged. Runs only as a child.
#[test]
fn child_writer() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let mut writer =
        Writer::open(Path::new(&dir), at(2_000), Box::new(TestHost(u64::from(std::process::id()) << 20)))
            .unwrap();
    println!("ack {} {}", writer.last().0, writer.last().1);
    for n in 0u64.. {
        let done = writer.append(&events(n, 1 + n % 17), at(3_000 + n as i64)).unwrap();
        println!("ack {} {}", done.last_seq, done.last_hash);
    }
}

fn acknowledged(line: &str) -> Option<(usize, String)> {
    let mut words = line.split_once("ack ")?.1.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.trim().to_owned()))
}

/// Starts a writer, kills it after `delay` of work and returns what it had acknowledged last.
fn run_and_kill(dir: &Path, delay: Duration) -> (usize, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child_writer", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut last = None;
    let mut line = String::new();
    while last.is_none() && output.read_line(&mut line).unwrap() > 0 {
        last = acknowledged(&line);
        line.clear();
    }
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    for line in output.lines().map_while(Result::ok) {
        last = acknowledged(&line).or(last);
    }
    last.expect("the child acknowledged nothing")
}

fn hash_at(dir: &Path, seq: usize) -> String {
    let log = load(dir);
    let segment = &log.segments[&(seq as u64 - seq as u64 % 65_536)];
    let line = segment.split(|&b| b == b'\n').nth(seq % 65_536).unwrap();
    let text = std::str::from_utf8(line).unwrap();
    text.split_once("\"hash\":\"").unwrap().1[..64].to_owned()
}

#[test]
fn killed_writers_lose_no_acknowledged_record_and_raise_no_alarm() {
    let kills: u32 = std::env::var("ZTP_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let mut dir = tempfile::tempdir().unwrap();
    drop(create(dir.path(), 40));
    let (mut recovered, mut torn) = (0, 0);
    for round in 0..kills {
        let delay = Duration::from_micros(u64::from(round.wrapping_mul(2_654_435_761) % 6_000));
        let (seq, hash) = run_and_kill(dir.path(), delay);
        let verdict = verify(dir.path());
        assert_eq!((verdict.status, verdict.breaks.first()), (Status::Intact, None), "round {round}");
        assert!(verdict.records > seq as u64, "round {round}: acknowledged {seq}, found {}", verdict.records);
        assert_eq!(hash_at(dir.path(), seq), hash, "round {round}");
        recovered += u32::from(verdict.unanchored_tail.pending_seal);
        torn += u32::from(verdict.unanchored_tail.torn_bytes > 0);
        if round % 50 == 49 {
            let mut writer = reopen(dir.path());
            writer.seal(at(9_000_000)).unwrap();
            assert_eq!(verify(dir.path()).unanchored_tail.records, 0);
            drop(writer);
            dir = tempfile::tempdir().unwrap();
            drop(create(dir.path(), 40));
        }
    }
    println!("{kills} kills: {recovered} inside a seal, {torn} inside a write, none lost, no alarm");
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_tail_torn_at_any_byte_is_set_aside_recorded_and_not_an_alarm() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 5), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    let sealed = fs::metadata(dir.path().join("segments/00000000000000000000.jsonl")).unwrap().len();
    writer.append(&events(5, 2), at(3)).unwrap();
    drop(writer);
    let whole = fs::read(dir.path().join("segments/00000000000000000000.jsonl")).unwrap();
    for cut in sealed as usize..=whole.len() {
        let copy_dir = tempfile::tempdir().unwrap();
        copy(dir.path(), copy_dir.path());
        let segment = copy_dir.path().join("segments/00000000000000000000.jsonl");
        fs::write(&segment, &whole[..cut]).unwrap();
        let torn = cut - whole[..cut].iter().rposition(|b| *b == b'\n').unwrap() - 1;
        let before = verify(copy_dir.path());
        assert_eq!(
            (before.status, before.unanchored_tail.torn_bytes),
            (Status::Intact, torn as u64),
            "cut {cut}"
        );
        let mut writer = reopen(copy_dir.path());
        writer.append(&events(9, 1), at(5)).unwrap();
        writer.seal(at(6)).unwrap();
        let after = verify(copy_dir.path());
        assert_eq!((after.status, after.unanchored_tail.records), (Status::Intact, 0), "cut {cut}");
        let kept: Vec<_> = fs::read_dir(copy_dir.path().join("recovered")).unwrap().collect();
        assert_eq!(kept.len(), usize::from(torn > 0), "cut {cut}");
        if let Some(kept) = kept.into_iter().next() {
            assert_eq!(fs::read(kept.unwrap().path()).unwrap(), &whole[cut - torn..cut]);
            let text = fs::read_to_string(&segment).unwrap();
            assert!(text.contains("\"event_class\":\"log.recovered\""));
        }
    }
}

#[test]
fn a_crash_at_any_step_of_a_seal_is_completed_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 3), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    writer.append(&events(3, 3), at(3)).unwrap();
    let state_before = fs::read(dir.path().join("state")).unwrap();
    let notes_path = "checkpoints/00000000000000000000.notes";
    let notes_before = fs::read(dir.path().join(notes_path)).unwrap();
    writer.seal(at(4)).unwrap();
    drop(writer);
    let notes_after = fs::read(dir.path().join(notes_path)).unwrap();
    for step in notes_before.len()..=notes_after.len() {
        let crashed = tempfile::tempdir().unwrap();
        copy(dir.path(), crashed.path());
        fs::write(crashed.path().join("state"), &state_before).unwrap();
        fs::write(crashed.path().join(notes_path), &notes_after[..step]).unwrap();
        let seen = verify(crashed.path());
        assert_eq!(seen.status, Status::Intact, "step {step}");
        assert_eq!(seen.unanchored_tail.pending_seal, step < notes_after.len(), "step {step}");
        let mut writer = reopen(crashed.path());
        assert_eq!(fs::read(crashed.path().join(notes_path)).unwrap(), notes_after, "step {step}");
        writer.append(&events(6, 3), at(5)).unwrap();
        writer.seal(at(6)).unwrap();
        let verdict = verify(crashed.path());
        assert_eq!((verdict.status, verdict.unanchored_tail.records), (Status::Intact, 0), "step {step}");
    }
}

fn code_of_open(dir: &Path) -> &'static str {
    Writer::open(dir, at(9), Box::new(TestHost(77))).map(|_| ()).unwrap_err().code()
}

#[test]
fn a_log_that_no_crash_leaves_is_refused_and_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 5), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    let old_state = fs::read(dir.path().join("state")).unwrap();
    writer.append(&events(5, 5), at(3)).unwrap();
    writer.seal(at(4)).unwrap();
    writer.append(&events(10, 5), at(5)).unwrap();
    drop(writer);
    let segment = "segments/00000000000000000000.jsonl";
    let whole = fs::read(dir.path().join(segment)).unwrap();
    let starts = line_starts(&whole);
    let cut_line = |line: usize| whole[..starts[line]].to_vec();
    let mut damaged = whole.clone();
    damaged[starts[14] + 200] ^= 1;
    let cases: [(&str, &str, Vec<u8>); 5] = [
        ("log_truncated", segment, cut_line(8)),
        ("state_rolled_back", "state", old_state),
        ("log_damaged", segment, damaged),
        ("state_damaged", "state", b"nothing".to_vec()),
        ("log_damaged", "checkpoints/00000000000000000000.notes", b"nothing\n".to_vec()),
    ];
    for (code, file, bytes) in cases {
        let tried = tempfile::tempdir().unwrap();
        copy(dir.path(), tried.path());
        fs::write(tried.path().join(file), &bytes).unwrap();
        assert_eq!(code_of_open(tried.path()), code, "{file}");
        assert_eq!(fs::read(tried.path().join(file)).unwrap(), bytes);
    }
    fs::remove_file(dir.path().join("state")).unwrap();
    assert_eq!(code_of_open(dir.path()), "state_missing");
}

#[test]
fn a_second_writer_is_refused_while_the_first_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let writer = create(dir.path(), 1000);
    assert_eq!(code_of_open(dir.path()), "log_locked");
    drop(writer);
    assert!(Writer::open(dir.path(), at(9), Box::new(TestHost(7))).is_ok());
}

#[test]
fn a_second_writer_let_in_by_a_removed_lock_stops_the_first_which_acknowledges_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = create(dir.path(), 1000);
    fs::remove_file(dir.path().join("lock")).unwrap();
    let mut second = reopen(dir.path());
    second.append(&events(0, 1), at(3)).unwrap();
    let error = first.append(&events(1, 1), at(4)).unwrap_err();
    assert_eq!(error.code(), "writer_overtaken");
    // It takes nothing more, and what the second acknowledged is there and whole.
    assert!(matches!(first.append(&events(1, 1), at(5)), Err(StoreError::Poisoned)));
    second.seal(at(6)).unwrap();
    assert_eq!(verify(dir.path()).status, Status::Intact);
}

#[test]
fn a_writer_whose_files_were_replaced_acknowledges_nothing_that_no_reader_will_find() {
    // What an editor, a rotation and a restored backup do: the same bytes under the same name, in another file.
    let copied = |from: &Path, to: &Path| {
        assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
    };
    for part in ["segments/00000000000000000000.jsonl", "segments", "checkpoints", ""] {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("log");
        let mut writer = create(&dir, 1000);
        writer.append(&events(0, 3), at(3)).unwrap();
        writer.seal(at(4)).unwrap();
        let place = if part.is_empty() { dir.clone() } else { dir.join(part) };
        copied(&place, &root.path().join("new"));
        fs::rename(&place, root.path().join("old")).unwrap();
        fs::rename(root.path().join("new"), &place).unwrap();
        let done = writer.append(&events(3, 3), at(5)).and_then(|_| writer.seal(at(6)));
        assert_eq!(done.unwrap_err().code(), "log_replaced", "{part}");
        assert!(matches!(writer.append(&events(6, 1), at(7)), Err(StoreError::Poisoned)), "{part}");
    }
}

/// The writing process whose files may not grow beyond a limit. Runs only as a child.
#[test]
fn child_limited_writer() {
    let Ok(dir) = std::env::var("ZTP_TEST_LIMITED_DIR") else { return };
    let mut writer = Writer::open(Path::new(&dir), at(2_000), Box::new(TestHost(9))).unwrap();
    let limit = rustix::process::Rlimit { current: Some(20_000), maximum: Some(20_000) };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    let failed = loop {
        match writer.append(&events(0, 3), at(3_000)) {
            Ok(done) => println!("ack {} {}", done.last_seq, done.last_hash),
            Err(e) => break e,
        }
    };
    assert!(matches!(failed, StoreError::Io { .. }), "{failed}");
    assert!(matches!(writer.append(&events(0, 1), at(3_001)), Err(StoreError::Poisoned)));
    assert!(matches!(writer.seal(at(3_002)), Err(StoreError::Poisoned)));
    println!("poisoned");
}

#[test]
fn after_a_failed_write_the_writer_takes_nothing_more_and_the_log_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path(), 1000));
    // The shell ignores SIGXFSZ for the child, so that a write beyond the limit fails as a full disk does.
    let script = "trap '' XFSZ; exec \"$0\" child_limited_writer --exact --nocapture --test-threads=1";
    let output = Command::new("/bin/sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("ZTP_TEST_LIMITED_DIR", dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("poisoned"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let (seq, hash) = text.lines().rev().find_map(acknowledged).unwrap();
    let mut writer = reopen(dir.path());
    assert_eq!(hash_at(dir.path(), seq), hash);
    writer.append(&events(0, 1), at(5_000)).unwrap();
    writer.seal(at(5_001)).unwrap();
    assert_eq!(verify(dir.path()).status, Status::Intact);
}
