//! Taking a log up again: what is read, whatever its size and wherever the borders of what is read at once lie; what a crash leaves of a
//! checkpoint, of a recovery; and the bound that no crash lets the tail grow beyond.
//!
//! The segment of more than 1 GiB that is written in full runs in the long tests (`ZTP_LONG=1`); here it has a hole.
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
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use common::*;
use proptest::test_runner::{Config, TestRunner};
use ztp_audit::store::{CreateOptions, Host, NewEvent, Writer};
use ztp_audit::verdict::Status;
use ztp_core::Coded as _;
use ztp_core::canonical::Value;
use ztp_core::digest::sha256;
use ztp_core::event::EventClass;

const SEGMENT: &str = "segments/00000000000000000000.jsonl";
const NOTES: &str = "checkpoints/00000000000000000000.notes";

fn lines_of(dir: &Path) -> Vec<Vec<u8>> {
    fs::read(dir.join(SEGMENT)).unwrap().split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect()
}

/// Opens before anything that the tests here do later: a clock that steps back is a reason to seal.
fn again(dir: &Path) -> Writer {
    Writer::open(dir, at(1), Box::new(TestHost(1_000_000))).unwrap()
}

fn padded(bytes: usize) -> NewEvent {
    let payload = Value::object([("p", Value::String("x".repeat(bytes)))]);
    NewEvent { event_class: EventClass::new("dlp.report").unwrap(), payload, timestamp: None }
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn copied(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    copy_tree(from, to.path());
    to
}

fn code_of_open(dir: &Path) -> &'static str {
    Writer::open(dir, at(9), Box::new(TestHost(77))).map(|_| ()).unwrap_err().code()
}

/// A state with other words for where the last sealed record is.
fn hint(dir: &Path, line: Option<&str>) {
    let text = fs::read_to_string(dir.join("state")).unwrap();
    let mut body: String = text
        .lines()
        .filter(|l| !l.starts_with("sha256 ") && !l.starts_with("last_record "))
        .fold(String::new(), |text, line| text + line + "\n");
    if let Some(line) = line {
        body = body + line + "\n";
    }
    let check = sha256(body.as_bytes());
    fs::write(dir.join("state"), format!("{body}sha256 {check}\n")).unwrap();
}

#[test]
fn no_record_is_lost_wherever_a_line_ends_among_the_borders_of_what_is_read_at_once() {
    const PIECE: usize = 256 << 10;
    for border in [PIECE, 2 * PIECE, 1 << 20, 5 * PIECE] {
        for off in [-2i64, -1, 0, 1, 2] {
            for sealed in [false, true] {
                let dir = tempfile::tempdir().unwrap();
                let mut writer = create(dir.path(), 1000);
                if sealed {
                    writer.append(&events(0, 2), at(1)).unwrap();
                    writer.seal(at(2)).unwrap();
                }
                // Reading begins at the last sealed record, or at the first.
                let lines = lines_of(dir.path());
                let begin = if sealed { lines[..3].concat().len() } else { 0 };
                let target = (begin + border) as i64 + off;
                let mut rest = target as usize - lines.concat().len();
                while rest > 900_000 {
                    writer.append(&[padded(400_000)], at(3)).unwrap();
                    rest = target as usize - lines_of(dir.path()).concat().len();
                }
                let empty = {
                    let tried = copied(dir.path());
                    let before = lines_of(tried.path()).concat().len();
                    again(tried.path()).append(&[padded(0)], at(3)).unwrap();
                    lines_of(tried.path()).concat().len() - before
                };
                writer.append(&[padded(rest - empty)], at(3)).unwrap();
                assert_eq!(lines_of(dir.path()).concat().len() as i64, target);
                writer.append(&events(5, 3), at(4)).unwrap();
                drop(writer);
                let before = lines_of(dir.path());
                // As it stands, and with the last line torn.
                for torn in [0, 1, 100] {
                    let tried = copied(dir.path());
                    let bytes = before.concat();
                    fs::write(tried.path().join(SEGMENT), &bytes[..bytes.len() - torn]).unwrap();
                    let mut writer = again(tried.path());
                    let after = lines_of(tried.path());
                    let whole = before.len() - usize::from(torn > 0);
                    assert_eq!(after[..whole], before[..whole], "{border} {off} {sealed} {torn}");
                    assert_eq!(after.len(), before.len(), "a torn line is replaced by its log.recovered");
                    writer.seal(at(5)).unwrap();
                    assert_eq!(verify(tried.path()).status, Status::Intact);
                }
            }
        }
    }
}

#[test]
fn a_hint_that_is_missing_or_wrong_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 20), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    writer.append(&events(20, 20), at(3)).unwrap();
    drop(writer);
    let before = lines_of(dir.path());
    let right = before[..21].concat().len();
    let text = fs::read_to_string(dir.path().join("state")).unwrap();
    assert!(text.contains(&format!("\nlast_record {right}\n")), "{text}");
    let wrong = [0, 1, right - 1, right + 1, before[..20].concat().len(), before[..22].concat().len()]
        .into_iter()
        .map(|at| at as u64)
        .chain([before.concat().len() as u64, 1 << 40, u64::MAX >> 1, u64::MAX]);
    let lines = wrong.map(|at| Some(format!("last_record {at}"))).chain([None]);
    for line in lines {
        let tried = copied(dir.path());
        hint(tried.path(), line.as_deref());
        let mut writer = again(tried.path());
        assert_eq!(lines_of(tried.path()), before, "{line:?}");
        writer.append(&events(40, 1), at(4)).unwrap();
        writer.seal(at(5)).unwrap();
        let verdict = verify(tried.path());
        assert_eq!((verdict.status, verdict.records, verdict.seals), (Status::Intact, 44, 2), "{line:?}");
    }
    // A record that has its place, but is not the one that was sealed, is told with a hint as without.
    for keep in [true, false] {
        let tried = copied(dir.path());
        let other = tempfile::tempdir().unwrap();
        let mut writer = create(other.path(), 1000);
        writer.append(&events(7, 20), at(1)).unwrap();
        writer.seal(at(2)).unwrap();
        fs::copy(other.path().join(SEGMENT), tried.path().join(SEGMENT)).unwrap();
        if !keep {
            hint(tried.path(), None);
        }
        assert_eq!(code_of_open(tried.path()), "state_rolled_back");
    }
}

/// A sealed segment of more than 1 GiB, most of it a hole in a line before the seal, with records behind the seal.
fn with_hole(dir: &Path, gib: f64) -> (u64, usize) {
    let mut writer = create(dir, 1000);
    writer.append(&events(0, 3), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    writer.append(&events(3, 27), at(3)).unwrap();
    drop(writer);
    let lines = lines_of(dir);
    let hole = (gib * f64::from(1 << 30)) as u64;
    let mut file = fs::OpenOptions::new().write(true).truncate(true).open(dir.join(SEGMENT)).unwrap();
    file.write_all(&lines[0]).unwrap();
    file.seek(SeekFrom::Current(hole as i64)).unwrap();
    file.write_all(b"\n").unwrap();
    file.write_all(&lines[2..].concat()).unwrap();
    (file.metadata().unwrap().len(), lines.len())
}

#[test]
fn records_behind_the_first_gibibyte_of_a_segment_are_there_after_it_was_opened() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, records) = with_hole(dir.path(), 1.2);
    let seal = bytes - lines_len(dir.path(), 28);
    // By the walk through the whole segment, and by the hint.
    for line in [None, Some(format!("last_record {seal}"))] {
        hint(dir.path(), line.as_deref());
        let before = fs::metadata(dir.path().join(SEGMENT)).unwrap().len();
        let mut writer = again(dir.path());
        assert_eq!(fs::metadata(dir.path().join(SEGMENT)).unwrap().len(), before, "nothing was cut");
        let last = writer.last().0;
        let done = writer.append(&events(30, 1), at(5)).unwrap();
        assert_eq!((done.first_seq, last + 1 >= records as u64), (last + 1, true));
    }
    assert_eq!(fs::read_dir(dir.path().join("recovered")).unwrap().count(), 0);
}

/// Bytes of the last `lines` lines of a segment that is too large to be read.
fn lines_len(dir: &Path, lines: usize) -> u64 {
    let mut file = fs::File::open(dir.join(SEGMENT)).unwrap();
    file.seek(SeekFrom::End(-40_000)).unwrap();
    let mut end = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut end).unwrap();
    let starts: Vec<usize> =
        end.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1).collect();
    (end.len() - starts[starts.len() - 1 - lines]) as u64
}

/// Opens, appends one event, and says how much memory that took at most. Runs only as a child.
#[test]
fn child_opens_a_large_segment() {
    let Ok(dir) = std::env::var("ZTP_TEST_LARGE_DIR") else { return };
    let done = again(Path::new(&dir)).append(&events(1, 1), at(5_000)).unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    println!("opened seq {} peak {}", done.last_seq, peak.trim().trim_end_matches(" kB"));
}

#[test]
fn a_segment_of_more_than_a_gibibyte_is_taken_up_in_64_mib_and_loses_nothing() {
    if std::env::var("ZTP_LONG").is_err() {
        println!("SKIPPED: writes 1.1 GB; runs with ZTP_LONG=1");
        return;
    }
    for (records_max, seals) in [(1000, 1), (4_000_000, 0)] {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = create(dir.path(), records_max);
        for _ in 0..110 {
            writer.append(&(0..10).map(|_| padded(1_000_000)).collect::<Vec<_>>(), at(3)).unwrap();
        }
        let (last, _) = writer.last();
        drop(writer);
        assert!(fs::metadata(dir.path().join(SEGMENT)).unwrap().len() > 1 << 30);
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["child_opens_a_large_segment", "--exact", "--nocapture", "--test-threads=1"])
            .env("ZTP_TEST_LARGE_DIR", dir.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let words: Vec<&str> = text.split_once("opened seq ").expect(&text).1.split_whitespace().collect();
        println!("{records_max} records an epoch: {} kB at most", words[2]);
        assert_eq!(words[0].parse::<u64>().unwrap(), last + 1, "every acknowledged record is there");
        assert!(words[2].parse::<u64>().unwrap() <= 64 << 10, "{} kB", words[2]);
        assert_eq!(fs::read_dir(dir.path().join("recovered")).unwrap().count(), 0);
        let lines = BufReader::new(fs::File::open(dir.path().join(SEGMENT)).unwrap()).split(b'\n').count();
        assert_eq!(lines as u64, last + 2);
        let verdict = verify(dir.path());
        assert_eq!((verdict.breaks.len(), verdict.seals), (0, seals));
    }
}

#[test]
fn a_write_larger_than_a_crash_may_leave_torn_is_never_made_and_never_mended() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&(0..40).map(|_| padded(1_000_000)).collect::<Vec<_>>(), at(1)).unwrap();
    drop(writer);
    let whole = fs::metadata(dir.path().join(SEGMENT)).unwrap().len();
    for (bytes, mended) in [(16 << 20, true), ((16 << 20) + 1, false)] {
        let tried = copied(dir.path());
        let file = fs::OpenOptions::new().write(true).open(tried.path().join(SEGMENT)).unwrap();
        file.set_len(whole + bytes).unwrap();
        if mended {
            drop(again(tried.path()));
            let kept = fs::read_dir(tried.path().join("recovered")).unwrap().next().unwrap().unwrap();
            assert_eq!(kept.metadata().unwrap().len(), bytes, "zeros are kept as they were");
            assert!(kept.file_name().to_str().unwrap().ends_with(".torn"));
            assert_eq!(lines_of(tried.path()).len(), 42);
        } else {
            assert_eq!(code_of_open(tried.path()), "log_damaged");
            assert_eq!(fs::metadata(tried.path().join(SEGMENT)).unwrap().len(), whole + bytes);
        }
    }
}

#[test]
fn a_pending_checkpoint_in_zeros_or_anything_but_a_note_is_kept_aside_and_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 3), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    writer.append(&events(3, 3), at(3)).unwrap();
    let state_before = fs::read(dir.path().join("state")).unwrap();
    let begin = fs::read(dir.path().join(NOTES)).unwrap().len();
    writer.seal(at(4)).unwrap();
    drop(writer);
    let notes = fs::read(dir.path().join(NOTES)).unwrap();
    let mut remains: Vec<Vec<u8>> = Vec::new();
    for cut in (begin..=notes.len()).step_by(7) {
        let (mut head, mut tail) = (notes.clone(), notes.clone());
        head[cut..].fill(0);
        tail[begin..cut].fill(0);
        remains.extend([head, tail]);
    }
    for junk in [&b"\xff"[..], b"\n", b"\n\n\n", b"nothing\n", &[0; 4096]] {
        remains.push([&notes[..begin], junk].concat());
    }
    for bytes in remains {
        let crashed = copied(dir.path());
        fs::write(crashed.path().join("state"), &state_before).unwrap();
        fs::write(crashed.path().join(NOTES), &bytes).unwrap();
        let rest = &bytes[begin..];
        if rest.contains(&0) && rest.len() <= notes.len() - begin {
            let seen = verify(crashed.path());
            assert_eq!((seen.status, seen.unanchored_tail.pending_seal), (Status::Intact, true), "{rest:?}");
        }
        let mut writer = again(crashed.path());
        assert_eq!(fs::read(crashed.path().join(NOTES)).unwrap(), notes);
        let kept: Vec<_> = fs::read_dir(crashed.path().join("recovered")).unwrap().collect();
        if rest == &notes[begin..] {
            assert!(kept.is_empty());
        } else {
            let kept = kept.into_iter().next().unwrap().unwrap();
            assert_eq!(fs::read(kept.path()).unwrap(), rest);
            let text = String::from_utf8(lines_of(crashed.path()).concat()).unwrap();
            assert!(text.contains(&format!("\"kept_as\":\"{}\"", kept.file_name().to_str().unwrap())));
        }
        writer.seal(at(6)).unwrap();
        let verdict = verify(crashed.path());
        assert_eq!((verdict.status, verdict.unanchored_tail.records), (Status::Intact, 0));
    }
    // A checkpoint of no seal is no remains of one: the log was cut back.
    let mut writer = again(dir.path());
    writer.append(&events(6, 3), at(5)).unwrap();
    writer.seal(at(6)).unwrap();
    drop(writer);
    let later = fs::read(dir.path().join(NOTES)).unwrap();
    let whole = lines_of(dir.path());
    let state = fs::read(dir.path().join("state")).unwrap();
    for (state, lines, code) in
        [(&state_before, 9, "log_damaged"), (&state_before, 8, "log_truncated"), (&state, 13, "log_damaged")]
    {
        let tried = copied(dir.path());
        fs::write(tried.path().join("state"), state).unwrap();
        fs::write(tried.path().join(SEGMENT), whole[..lines].concat()).unwrap();
        let notes = if lines == 13 { &later[..later.len() - 1] } else { &later[..] };
        fs::write(tried.path().join(NOTES), notes).unwrap();
        assert_eq!(code_of_open(tried.path()), code, "{lines}");
        assert_eq!(fs::read(tried.path().join(NOTES)).unwrap(), notes);
    }
}

/// What a step of the writer did to the three files it writes, in the order in which it writes them.
struct Step {
    segment: Vec<u8>,
    notes: Vec<u8>,
    state: Vec<u8>,
}

fn files(dir: &Path) -> Step {
    let read = |name: &str| fs::read(dir.join(name)).unwrap_or_default();
    Step { segment: read(SEGMENT), notes: read(NOTES), state: read("state") }
}

/// Puts the directory into the state of a crash after `bytes` of what the step wrote, with a hole of zeros in what was not synced.
fn crash(dir: &Path, before: &Step, after: &Step, bytes: usize, zeros: bool) {
    let grown = |old: &[u8], new: &[u8], left: &mut usize| {
        let step = (new.len() - old.len()).min(*left);
        let cut = step < new.len() - old.len();
        *left -= step;
        let mut file = new[..old.len() + step].to_vec();
        if cut && zeros {
            file.resize(new.len(), 0);
        }
        (file, cut)
    };
    let mut left = bytes;
    let (segment, cut) = grown(&before.segment, &after.segment, &mut left);
    fs::write(dir.join(SEGMENT), segment).unwrap();
    let (notes, cut) =
        if cut { (before.notes.clone(), true) } else { grown(&before.notes, &after.notes, &mut left) };
    fs::write(dir.join(NOTES), notes).unwrap();
    fs::write(dir.join("state"), if cut { &before.state } else { &after.state }).unwrap();
}

#[test]
fn crashes_at_any_byte_again_and_again_never_let_the_tail_grow_beyond_the_policy_and_its_seal() {
    let steps = || proptest::collection::vec((0u64..6, 0usize..6_000, 0u8..4), 1..40);
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    runner
        .run(&(1u32..6, steps()), |(records_max, steps)| {
            let dir = tempfile::tempdir().unwrap();
            drop(create(dir.path(), records_max));
            let (mut n, mut keys) = (0, 1_000_000);
            let bound = u64::from(records_max);
            for (batch, crash_at, kind) in steps {
                let acknowledged = lines_of(dir.path());
                let before = files(dir.path());
                keys += 100;
                let mut writer = Writer::open(dir.path(), at(n), Box::new(TestHost(keys))).unwrap();
                assert!(
                    verify(dir.path()).unanchored_tail.records < bound.max(2),
                    "open leaves no full epoch"
                );
                // Opening is a step of its own, which the crash may hit; its record and its seal are in the files.
                let opened = files(dir.path());
                let (from, to) = match kind {
                    0 => (before, opened),
                    _ => {
                        // One batch and at most one seal, so that what is written has one order.
                        let room = bound - verify(dir.path()).unanchored_tail.records.min(bound - 1);
                        for event in events(n as u64, batch.clamp(1, room)) {
                            writer.append(&[event], at(n)).unwrap();
                        }
                        if kind == 3 && verify(dir.path()).unanchored_tail.records > 0 {
                            writer.seal(at(n)).unwrap();
                        }
                        (opened, files(dir.path()))
                    }
                };
                drop(writer);
                n += 10;
                let seals = String::from_utf8_lossy(&to.notes).matches("\n\n\u{2014}").count()
                    - String::from_utf8_lossy(&from.notes).matches("\n\n\u{2014}").count();
                if to.segment.starts_with(&from.segment) && seals <= 1 && to.notes.starts_with(&from.notes) {
                    crash(dir.path(), &from, &to, crash_at, crash_at % 2 == 0 && kind != 2);
                }
                let verdict = verify(dir.path());
                assert_eq!((verdict.status, verdict.breaks.first()), (Status::Intact, None));
                assert!(verdict.unanchored_tail.records <= bound + 1, "{:?}", verdict.unanchored_tail);
                let now = lines_of(dir.path());
                let kept = acknowledged.iter().filter(|line| line.ends_with(b"\n")).count();
                assert_eq!(now[..kept], acknowledged[..kept], "no acknowledged record is ever cut");
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_full_epoch_whose_seal_cannot_be_made_takes_nothing_more() {
    /// Gives randomness as often as it was told to.
    struct Dry(u64, std::sync::Arc<std::sync::atomic::AtomicBool>);
    impl Host for Dry {
        fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
            if self.1.load(std::sync::atomic::Ordering::Relaxed) {
                return Err("none".to_owned());
            }
            self.0 += 1;
            *seed = *sha256(&self.0.to_le_bytes()).as_bytes();
            Ok(())
        }
        fn boot_id(&mut self) -> Option<String> {
            None
        }
        fn monotonic_ms(&mut self) -> Option<u64> {
            None
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let dry = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let options = CreateOptions { origin: ORIGIN.to_owned(), policy: policy(5) };
    let mut writer = Writer::create(dir.path(), &options, at(0), Box::new(Dry(0, dry.clone()))).unwrap();
    dry.store(true, std::sync::atomic::Ordering::Relaxed);
    for _ in 0..10 {
        assert_eq!(writer.append(&events(0, 4), at(1)).unwrap_err().code(), "entropy_unavailable");
        assert_eq!(lines_of(dir.path()).len(), 5, "the epoch is full");
    }
    dry.store(false, std::sync::atomic::Ordering::Relaxed);
    writer.append(&events(4, 1), at(1)).unwrap();
    assert_eq!(verify(dir.path()).unanchored_tail.records, 1);
}
