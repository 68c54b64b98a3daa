//! What lies beside a log, and what a hostile hand or a crash puts behind its end: named, counted, and told from what breaks it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod common;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use common::*;
use rustix::fs::{FileType, Mode, mknodat};
use ztp_audit::layout::WRITE_BYTES_MAX;
use ztp_audit::source::STRAYS_MAX;
use ztp_audit::store::Writer;
use ztp_audit::verdict::{BreakKind, Status, Stray, StrayKind, Verdict};
use ztp_core::Coded as _;

const SEGMENT: &str = "segments/00000000000000000000.jsonl";
const NOTES: &str = "checkpoints/00000000000000000000.notes";
const NEXT_NOTES: &str = "checkpoints/00000000000000065536.notes";

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn strays(verdict: &Verdict) -> Vec<(&str, StrayKind)> {
    verdict.strays.iter().map(|stray| (stray.file.as_str(), stray.kind)).collect()
}

fn open(dir: &Path) -> Result<Writer, ztp_audit::error::StoreError> {
    Writer::open(dir, at(10_000), Box::new(TestHost(900_000)))
}

#[test]
fn a_name_that_no_part_of_a_log_has_is_named_wherever_it_lies() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 9, 4);
    assert_eq!(strays(&verify(dir.path())), [], "all that a writer leaves is known");
    fs::create_dir_all(dir.path().join("recovered")).unwrap();
    let paths = [
        "evil",
        "segments/0.jsonl",
        "segments/00000000000000000000.jsonl.bak",
        "segments/evil.txt",
        "checkpoints/00000000000000000001.notes",
        "checkpoints/x",
    ];
    for path in paths {
        append(&dir.path().join(path), b"x");
    }
    append(&dir.path().join("recovered/evil"), b"x");
    let verdict = verify(dir.path());
    assert!(verdict.status.holds(), "every record holds: {:?}", verdict.breaks);
    let mut expected: Vec<_> = paths.map(|path| (path, StrayKind::NoPartOfLog)).to_vec();
    expected.push(("recovered/evil", StrayKind::Unrecorded));
    expected.sort_unstable_by_key(|(file, kind)| (*kind, *file));
    assert_eq!(strays(&verdict), expected);
    assert_eq!(verdict.strays_total, 7);
}

#[test]
fn strays_are_listed_in_order_up_to_a_bound_and_all_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 9, 4);
    for n in (0..50).rev() {
        append(&dir.path().join(format!("segments/x{n:02}")), b"");
    }
    let verdict = verify(dir.path());
    assert_eq!((verdict.strays.len(), verdict.strays_total), (STRAYS_MAX, 50));
    let listed: Vec<String> = (0..STRAYS_MAX).map(|n| format!("segments/x{n:02}")).collect();
    assert!(verdict.strays.iter().map(|stray| &stray.file).eq(&listed), "{:?}", verdict.strays);
}

#[test]
fn no_number_of_decoys_hides_what_stops_the_writer_or_what_was_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 9, 4);
    append(&dir.path().join(SEGMENT), b"{\"event_class\":\"op");
    drop(open(dir.path()).unwrap());
    let torn = fs::read_dir(dir.path().join("recovered")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(torn).unwrap();
    for n in 0..120 {
        append(&dir.path().join(format!("a{n}")), b"");
    }
    fs::create_dir(dir.path().join("state.new")).unwrap();
    let verdict = verify(dir.path());
    assert_eq!((verdict.strays.len(), verdict.strays_total), (STRAYS_MAX, 122));
    let gravest: Vec<_> = strays(&verdict).into_iter().take(2).map(|(_, kind)| kind).collect();
    assert_eq!(gravest, [StrayKind::WrongType, StrayKind::RecoveredMissing]);
}

#[test]
fn whatever_behind_the_last_checkpoint_stops_the_writer_is_named_by_the_verifier() {
    for junk in [&b"\n"[..], b"bench-01.example/audit\n9", &[0; 40], b"xx\n", b"not a note at all"] {
        let dir = tempfile::tempdir().unwrap();
        sealed_log(dir.path(), 9, 4);
        append(&dir.path().join(NOTES), junk);
        assert_eq!(open(dir.path()).unwrap_err().code(), "log_damaged", "{junk:?}");
        let verdict = verify(dir.path());
        let named =
            verdict.strays.contains(&Stray { file: NOTES.to_owned(), kind: StrayKind::TornCheckpoint });
        let broken = verdict.breaks.iter().any(|b| b.kind == BreakKind::BadSeal && b.file == NOTES);
        assert!(named != broken, "{junk:?}: {:?} {:?}", verdict.strays, verdict.breaks);
    }
}

#[test]
fn a_torn_checkpoint_is_a_crash_where_its_seal_waits_for_it_and_a_stray_where_none_does() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 9, 4);
    let notes = fs::read(dir.path().join(NOTES)).unwrap();
    fs::write(dir.path().join(NOTES), &notes[..notes.len() - 9]).unwrap();
    let verdict = verify(dir.path());
    assert!(verdict.unanchored_tail.pending_seal && verdict.strays.is_empty(), "{:?}", verdict.strays);
    fs::write(dir.path().join(NOTES), [&notes[..], &notes[..30]].concat()).unwrap();
    assert_eq!(strays(&verify(dir.path())), [(NOTES, StrayKind::TornCheckpoint)]);
}

#[test]
fn checkpoints_of_a_segment_that_is_not_there_are_never_passed_over() {
    let of = |bytes: &[u8]| {
        let dir = tempfile::tempdir().unwrap();
        sealed_log(dir.path(), 9, 4);
        append(&dir.path().join(NEXT_NOTES), bytes);
        verify(dir.path())
    };
    let first = |verdict: &Verdict| verdict.breaks.first().map(|b| (b.kind, b.seq, b.file.clone(), b.offset));
    // Nothing, or what may be the beginning of a checkpoint, breaks nothing.
    for bytes in [&b""[..], b"bench-01", &[0; 10]] {
        let verdict = of(bytes);
        assert!(verdict.status.holds());
        assert_eq!(strays(&verdict), [(NEXT_NOTES, StrayKind::NoSegment)], "{bytes:?}");
    }
    // What is no checkpoint is damage, as it is in the file of a segment that is there.
    let verdict = of(b"xx\n");
    assert_eq!(first(&verdict), Some((BreakKind::BadSeal, 8, NEXT_NOTES.to_owned(), 0)));
    // Checkpoints of records that are there stand in the wrong file.
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 9, 4);
    fs::copy(dir.path().join(NOTES), dir.path().join(NEXT_NOTES)).unwrap();
    let verdict = verify(dir.path());
    let (kind, seq, file, offset) = first(&verdict).unwrap();
    assert_eq!((kind, file, offset), (BreakKind::MissingSeal, NEXT_NOTES.to_owned(), 0));
    assert!(seq < 9 && verdict.status == Status::Broken);
}

/// A log that was cut in a record and taken up again, so that it has a file in `recovered/`; returns its name.
fn recovered(dir: &Path) -> String {
    sealed_log(dir, 9, 4);
    append(&dir.join(SEGMENT), b"{\"event_class\":\"torn");
    drop(open(dir).unwrap());
    let entry = fs::read_dir(dir.join("recovered")).unwrap().next().unwrap().unwrap();
    entry.file_name().into_string().unwrap()
}

#[test]
fn what_recoveries_took_as_torn_is_counted_and_held_against_what_they_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let name = recovered(dir.path());
    let kept = dir.path().join("recovered").join(&name);
    let path = format!("recovered/{name}");
    let verdict = verify(dir.path());
    assert_eq!((verdict.recovered.records, verdict.recovered.bytes), (1, 20));
    assert_eq!(strays(&verdict), []);
    let bytes = fs::read(&kept).unwrap();
    for other in [&bytes[1..], &b"{\"event_class\":\"tarn"[..], b""] {
        fs::write(&kept, other).unwrap();
        assert_eq!(strays(&verify(dir.path())), [(path.as_str(), StrayKind::RecoveredDiffers)]);
    }
    fs::remove_file(&kept).unwrap();
    assert_eq!(strays(&verify(dir.path())), [(path.as_str(), StrayKind::RecoveredMissing)]);
    fs::remove_dir_all(dir.path().join("recovered")).unwrap();
    assert_eq!(strays(&verify(dir.path())), [(path.as_str(), StrayKind::RecoveredMissing)]);
    let pending = dir.path().join(path.replace(".torn", ".pending"));
    fs::create_dir_all(dir.path().join("recovered")).unwrap();
    fs::write(pending, &bytes).unwrap();
    let found = verify(dir.path());
    assert_eq!(found.strays.iter().map(|s| s.kind).collect::<Vec<_>>(), [StrayKind::RecoveryUnfinished]);
}

#[test]
fn a_recovery_that_says_something_else_than_its_form_is_a_break_at_its_record() {
    let dir = tempfile::tempdir().unwrap();
    recovered(dir.path());
    let mut source = load(dir.path());
    assert!(verify_memory(&source).status.holds());
    let segment = source.segments.get_mut(&0).unwrap();
    let start = *line_starts(segment).last().unwrap();
    let line = String::from_utf8(segment.split_off(start)).unwrap();
    let forged = line.replacen("\"bytes\":20,", "\"bytes\":20,\"by\":1,", 1);
    segment.extend(rehash(&forged.replacen("\"bytes\":20,\"by\":1,", "\"by\":1,\"bytes\":20,", 1)));
    let verdict = verify_memory(&source);
    let first = verdict.breaks.first().unwrap();
    assert_eq!((first.kind, first.seq, first.offset), (BreakKind::MalformedRecord, 9, start as u64));
}

/// The line with the hash that its bytes have.
fn rehash(line: &str) -> Vec<u8> {
    let (before, rest) = line.split_once("\"hash\":\"").unwrap();
    let (_, after) = rest.split_once("\",").unwrap();
    let hash = ztp_core::digest::sha256(format!("{before}{}", after.trim_end()).as_bytes());
    format!("{before}\"hash\":\"{hash}\",{after}").into_bytes()
}

#[test]
fn empty_lines_are_each_a_break_at_their_byte_and_cost_next_to_nothing() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 9, 4);
    let whole = fs::metadata(dir.path().join(SEGMENT)).unwrap().len();
    for lines in [1usize, 2, 99, 100, 101, 5_000, 3 << 20] {
        let mut source = load(dir.path());
        source.segments.get_mut(&0).unwrap().extend(std::iter::repeat_n(b'\n', lines));
        let verdict = verify_memory(&source);
        let too_many = u64::from(lines > 65_536 - 9);
        assert_eq!(verdict.breaks_total, lines as u64 + too_many, "{lines}");
        assert_eq!(verdict.records, 9 + lines as u64);
        assert_eq!(verdict.breaks.len(), lines.min(100));
        for (n, found) in (0u64..).zip(&verdict.breaks) {
            assert_eq!((found.kind, found.seq), (BreakKind::NotCanonical, 9 + n));
            assert_eq!(found.offset, whole + n);
        }
    }
    // Between records, every record keeps its place.
    let mut source = load(dir.path());
    let segment = source.segments.get_mut(&0).unwrap();
    let second = line_starts(segment)[1];
    segment.splice(second..second, *b"\n\n\n");
    let verdict = verify_memory(&source);
    let found: Vec<_> = verdict.breaks.iter().take(3).map(|b| (b.kind, b.seq, b.offset)).collect();
    let at = |n: u64| (BreakKind::NotCanonical, 1 + n, second as u64 + n);
    assert_eq!(found, [at(0), at(1), at(2)]);
}

#[test]
fn a_write_of_which_only_the_length_was_kept_is_torn_up_to_what_one_write_has_and_broken_beyond() {
    let tail = |bytes: u64, data: &[u8]| {
        let dir = tempfile::tempdir().unwrap();
        sealed_log(dir.path(), 9, 4);
        append(&dir.path().join(SEGMENT), data);
        let file = OpenOptions::new().write(true).open(dir.path().join(SEGMENT)).unwrap();
        file.set_len(file.metadata().unwrap().len() + bytes).unwrap();
        (verify(dir.path()), open(dir.path()).map(drop).map_err(|e| e.code()), dir)
    };
    let half = b"{\"event_class\":\"half a record";
    for bytes in [1, 1 << 20, (1 << 20) + 1, 3 << 20, WRITE_BYTES_MAX - half.len() as u64] {
        let (verdict, opened, dir) = tail(bytes, half);
        assert!(verdict.status.holds(), "{bytes}: {:?}", verdict.breaks);
        assert_eq!(verdict.unanchored_tail.torn_bytes, bytes + half.len() as u64);
        assert_eq!(opened, Ok(()), "the writer takes the same for a crash");
        assert_eq!(verify(dir.path()).recovered.bytes, bytes + half.len() as u64);
    }
    let (verdict, opened, _dir) = tail(WRITE_BYTES_MAX + 1 - half.len() as u64, half);
    assert_eq!(verdict.status, Status::Broken);
    assert_eq!(opened, Err("log_damaged"));
    // More than a line's bytes without a hole are no write of ours.
    let (verdict, opened, _dir) = tail(0, &vec![b'x'; (1 << 20) + 1]);
    assert_eq!((verdict.status, opened), (Status::Broken, Err("log_damaged")));
}

/// Puts something that is no regular file under a name, in the place of what has it.
fn put(kind: &str, path: &Path) {
    drop(fs::remove_file(path));
    match kind {
        "directory" => fs::create_dir(path).unwrap(),
        "full directory" => {
            fs::create_dir(path).unwrap();
            fs::write(path.join("x"), b"x").unwrap();
        }
        "link" => symlink("segments/00000000000000000000.jsonl", path).unwrap(),
        "dangling link" => symlink("nowhere", path).unwrap(),
        "socket" => mknodat(rustix::fs::CWD, path, FileType::Socket, Mode::from_raw_mode(0o600), 0).unwrap(),
        _ => mknodat(rustix::fs::CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap(),
    }
}

const KINDS: [&str; 6] = ["directory", "full directory", "link", "dangling link", "socket", "pipe"];

#[test]
fn whatever_stops_the_writer_under_the_name_of_a_file_of_its_own_is_named_by_the_verifier() {
    for name in ["lock", "state", "state.new"] {
        for kind in KINDS {
            let dir = tempfile::tempdir().unwrap();
            sealed_log(dir.path(), 9, 4);
            put(kind, &dir.path().join(name));
            assert!(open(dir.path()).is_err(), "{name} as {kind}");
            let verdict = verify(dir.path());
            assert!(verdict.status.holds());
            assert_eq!(strays(&verdict), [(name, StrayKind::WrongType)], "{kind}");
        }
    }
    // In the place of a directory there is no verdict at all: what would be judged cannot be reached.
    for name in ["segments", "checkpoints", "recovered"] {
        for kind in KINDS.iter().skip(2) {
            let dir = tempfile::tempdir().unwrap();
            sealed_log(dir.path(), 9, 4);
            fs::rename(dir.path().join(name), dir.path().join("aside")).unwrap();
            put(kind, &dir.path().join(name));
            let refused = ztp_audit::verify::verify_dir(
                dir.path(),
                &nothing_required(),
                &ztp_audit::verify::NoProgress,
            );
            assert_eq!(refused.unwrap_err().code(), "wrong_file_type", "{name} as {kind}");
        }
    }
}

#[test]
fn a_lock_that_holds_bytes_is_named_and_a_copy_without_the_writers_files_is_not() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 9, 4);
    append(&dir.path().join("state.new"), b"ztp-audit-state-1\n");
    assert_eq!(strays(&verify(dir.path())), [], "a crash leaves it so");
    append(&dir.path().join("lock"), b"x");
    assert_eq!(strays(&verify(dir.path())), [("lock", StrayKind::LockHoldsBytes)]);
    for name in ["lock", "state", "state.new"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    assert_eq!(strays(&verify(dir.path())), [], "a copy may lack them");
}

#[test]
fn no_checkpoint_is_written_before_a_state_that_cannot_be_written() {
    for name in ["state", "state.new", "lock"] {
        for kind in KINDS {
            let dir = tempfile::tempdir().unwrap();
            sealed_log(dir.path(), 9, 4);
            let mut writer = open(dir.path()).unwrap();
            writer.append(&events(50, 1), at(10_001)).unwrap();
            let before = load(dir.path());
            put(kind, &dir.path().join(name));
            assert!(writer.seal(at(10_002)).is_err(), "{name} as {kind}");
            assert!(writer.append(&events(51, 1), at(10_003)).is_err(), "{name} as {kind}");
            drop(writer);
            let after = load(dir.path());
            assert_eq!(after.notes, before.notes, "{name} as {kind}: no checkpoint");
            let sealed = |source: &ztp_audit::source::MemorySource| {
                String::from_utf8(source.segments[&0].clone()).unwrap().matches("\"log.sealed\"").count()
            };
            assert_eq!(sealed(&after), sealed(&before), "{name} as {kind}: no seal");
        }
    }
}
