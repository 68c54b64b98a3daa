//! Copies: consistent while the log is written to, gone on with after an interruption, and told when log and copy differ.
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
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use common::*;
use ztp_audit::copy::{Copied, CopyError, copy_log};
use ztp_audit::head::last_note;
use ztp_audit::verdict::Status;
use ztp_audit::verify::{NoProgress, Progress};
use ztp_core::Coded as _;

const SEGMENT: &str = "segments/00000000000000000000.jsonl";
const NOTES: &str = "checkpoints/00000000000000000000.notes";

fn copy(from: &Path, to: &Path) -> Result<Copied, CopyError> {
    copy_log(from, to, None, &NoProgress)
}

fn code(result: Result<Copied, CopyError>) -> &'static str {
    result.map(|_| ()).unwrap_err().code()
}

/// Copies file by file, in the order of the names given, as `cp` does.
fn plain_copy(from: &Path, to: &Path, order: [&str; 2]) {
    for part in order {
        fs::create_dir_all(to.join(part)).unwrap();
        for entry in fs::read_dir(from.join(part)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(part).join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn copies_of_a_log_under_way_are_intact_where_plain_copies_are_not() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    let mut writer = create(&log, 3);
    let stop = AtomicBool::new(false);
    let written = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let (stop, written, writer) = (&stop, &written, &mut writer);
        scope.spawn(move || {
            for n in 0u64.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                writer.append(&events(n, 1 + n % 7), at(1 + n as i64)).unwrap();
                written.store(writer.last().0, Ordering::Relaxed);
            }
        });
        let copy_into = root.path().join("copy");
        let mut last = 0;
        for round in 0..40 {
            let floor = written.load(Ordering::Relaxed);
            let done = copy(&log, &copy_into).unwrap();
            let verdict = verify(&copy_into);
            assert_eq!((verdict.status, verdict.breaks.first()), (Status::Intact, None), "round {round}");
            assert!(!verdict.unanchored_tail.pending_seal && verdict.unanchored_tail.torn_bytes == 0);
            assert_eq!(verdict.records, done.records);
            assert!(
                done.records >= done.size && done.size + 4 > floor,
                "{done:?}, {floor} were acknowledged"
            );
            assert!(done.compared >= last);
            last = done.compared + done.bytes;
        }
        // A whole new one each time, too.
        for round in 0..20 {
            let fresh = root.path().join(format!("fresh-{round}"));
            copy(&log, &fresh).unwrap();
            assert_eq!(verify(&fresh).status, Status::Intact, "round {round}");
        }
        stop.store(true, Ordering::Relaxed);
    });
    // The same moment caught by hand: the attack on the variant without the order.
    let (before, after) = (root.path().join("before"), root.path().join("after"));
    plain_copy(&log, &before, ["segments", "checkpoints"]);
    drop(writer);
    let mut writer = reopen(&log);
    writer.append(&events(0, 20), at(1_000_000)).unwrap();
    plain_copy(&log, &after, ["segments", "checkpoints"]);
    for (segments, notes) in [(&before, &after), (&after, &before)] {
        let mixed = tempfile::tempdir().unwrap();
        plain_copy(segments, mixed.path(), ["segments", "segments"]);
        plain_copy(notes, mixed.path(), ["checkpoints", "checkpoints"]);
        assert_ne!(verify(mixed.path()).status, Status::Intact, "a plain copy of a log under way");
    }
}

/// Cancels after a number of bytes.
struct Until(u64, AtomicU64);

impl Progress for Until {
    fn advance(&self, done: u64, _total: u64) {
        self.1.store(done, Ordering::Relaxed);
    }
    fn cancelled(&self) -> bool {
        self.1.load(Ordering::Relaxed) >= self.0
    }
}

#[test]
fn a_copy_cut_off_at_any_byte_is_gone_on_with_to_the_same_bytes() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    let mut writer = create(&log, 4);
    for n in 0..30 {
        writer.append(&events(n, 1), at(1 + n as i64)).unwrap();
    }
    drop(writer);
    let whole = root.path().join("whole");
    let done = copy(&log, &whole).unwrap();
    let (segment, notes) = (fs::read(whole.join(SEGMENT)).unwrap(), fs::read(whole.join(NOTES)).unwrap());
    assert_eq!(segment, fs::read(log.join(SEGMENT)).unwrap(), "at rest, the tail included");
    assert!(done.records > done.size);
    for name in ["state", "lock", "state.new"] {
        assert!(!whole.join(name).exists(), "{name} stays where it is");
    }
    for cut in (0..segment.len()).step_by(97) {
        let part = tempfile::tempdir().unwrap();
        plain_copy(&whole, part.path(), ["segments", "checkpoints"]);
        fs::write(part.path().join(SEGMENT), &segment[..cut]).unwrap();
        fs::write(part.path().join(NOTES), &notes[..cut.min(notes.len())]).unwrap();
        copy(&log, part.path()).unwrap();
        assert_eq!(fs::read(part.path().join(SEGMENT)).unwrap(), segment, "cut {cut}");
        assert_eq!(fs::read(part.path().join(NOTES)).unwrap(), notes, "cut {cut}");
    }
    // By the caller's own stop.
    let stopped = root.path().join("stopped");
    let cancelled = copy_log(&log, &stopped, None, &Until(1, AtomicU64::new(0)));
    assert_eq!(code(cancelled), "cancelled");
    copy(&log, &stopped).unwrap();
    assert_eq!(verify(&stopped), verify(&whole));
}

#[test]
fn a_log_that_was_changed_after_it_was_copied_is_told_at_the_byte_and_the_copy_is_left() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    let mut writer = create(&log, 4);
    writer.append(&events(0, 30), at(1)).unwrap();
    drop(writer);
    let kept = root.path().join("kept");
    copy(&log, &kept).unwrap();
    let (segment, notes) = (fs::read(log.join(SEGMENT)).unwrap(), fs::read(log.join(NOTES)).unwrap());
    for (file, sound) in [(SEGMENT, &segment), (NOTES, &notes)] {
        for at in (0..sound.len()).step_by(211) {
            let mut changed = sound.clone();
            changed[at] ^= 1;
            fs::write(log.join(file), &changed).unwrap();
            // A changed name makes all notes foreign, and a note that ends the file may then look torn; the copy is never changed.
            let told = copy(&log, &kept).expect_err("a changed byte");
            if file == SEGMENT && at > 1000 {
                assert_eq!((told.code(), told.offset()), ("copy_differs", Some(at as u64)), "{told:?}");
            }
            assert_eq!(fs::read(kept.join(file)).unwrap(), *sound);
        }
        // Cut back below what was copied.
        fs::write(log.join(file), &sound[..sound.len() / 2]).unwrap();
        assert_eq!(code(copy(&log, &kept)), "copy_differs", "{file}");
        fs::write(log.join(file), sound).unwrap();
    }
    copy(&log, &kept).unwrap();
    fs::write(kept.join("segments/00000000000000065536.jsonl"), b"").unwrap();
    assert_eq!(code(copy(&log, &kept)), "copy_differs", "a segment that the log does not have");
}

#[test]
fn a_copy_is_brought_up_to_date_from_a_kept_head_which_it_must_hold() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    let mut writer = create(&log, 4);
    writer.append(&events(0, 30), at(1)).unwrap();
    let kept = root.path().join("kept");
    copy(&log, &kept).unwrap();
    let head = last_note(&kept).unwrap().unwrap();
    writer.append(&events(30, 30), at(2)).unwrap();
    let later = last_note(&log).unwrap().unwrap();
    drop(writer);
    let update = |head: &[u8]| copy_log(&log, &kept, Some(head), &NoProgress);
    assert_eq!(code(update(&later)), "copy_head", "the copy does not reach it yet");
    let nowhere = root.path().join("nowhere");
    assert_eq!(code(copy_log(&log, &nowhere, Some(&head), &NoProgress)), "copy_head", "there is no copy");
    // What the head vouches for is not read from the log again, so a change there shows where the new records begin, or not at all: the copy is
    // the one that was verified.
    let sound = fs::read(log.join(SEGMENT)).unwrap();
    let mut changed = sound.clone();
    changed[700] ^= 1;
    fs::write(log.join(SEGMENT), changed).unwrap();
    let done = update(&head).unwrap();
    assert_eq!(fs::read(kept.join(SEGMENT)).unwrap(), sound);
    assert!(done.bytes > 0);
    assert_eq!((verify(&kept).status, verify(&log).status), (Status::Intact, Status::Broken));
    // A copy that was changed below its head is not gone on with.
    let mut changed = sound;
    changed[700] ^= 1;
    fs::write(kept.join(SEGMENT), changed).unwrap();
    assert_eq!(code(update(&head)), "copy_head");
}

#[test]
fn a_log_is_never_copied_over_another_or_itself() {
    let root = tempfile::tempdir().unwrap();
    let (log, other) = (root.path().join("log"), root.path().join("other"));
    create(&log, 4).seal(at(1)).unwrap();
    drop(create(&other, 4));
    let before = fs::read(other.join(SEGMENT)).unwrap();
    assert_eq!(code(copy(&log, &other)), "copy_destination");
    assert_eq!(code(copy(&log, &log)), "copy_destination");
    assert_eq!(fs::read(other.join(SEGMENT)).unwrap(), before);
    let none = root.path().join("none");
    assert_eq!(code(copy(&none, &root.path().join("copy"))), "log_not_found");
    assert!(!root.path().join("copy").exists(), "nothing is made for a log that is not there");
}

#[test]
fn a_copy_is_made_in_a_place_of_its_own_and_nowhere_else() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    create(&log, 4).seal(at(1)).unwrap();
    let names = |dir: &Path| {
        let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    };
    let before = names(&log);
    std::os::unix::fs::symlink(&log, root.path().join("link")).unwrap();
    for within in ["log/x", "log/x/y", "log/segments", "log/segments/x", "link/x", "log/../log/x"] {
        assert_eq!(code(copy(&log, &root.path().join(within))), "copy_destination", "{within}");
    }
    assert_eq!(code(copy(&root.path().join("link"), &log.join("x"))), "copy_destination");
    assert_eq!(names(&log), before, "nothing is made in the log");
    let foreign = root.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("x"), b"mine").unwrap();
    assert_eq!(code(copy(&log, &foreign)), "copy_destination");
    assert_eq!(names(&foreign), ["x"]);
    // A place beside the log whose name only begins like the log's, one that is empty, and the root of a file system.
    for (dest, holds) in [("log2", None), ("empty", Some("")), ("fresh", Some("lost+found"))] {
        let dest = root.path().join(dest);
        if let Some(name) = holds {
            fs::create_dir_all(dest.join(name)).unwrap();
        }
        assert!(copy(&log, &dest).is_ok(), "{}", dest.display());
        assert!(copy(&log, &dest).is_ok(), "a copy is gone on with: {}", dest.display());
    }
    // What an auditor puts beside his copy does not stop the next one.
    fs::write(root.path().join("log2/head.note"), b"kept").unwrap();
    assert!(copy(&log, &root.path().join("log2")).is_ok());
}

/// Cancels at the question of a number.
struct Asked(AtomicU64, u64);

impl Progress for Asked {
    fn advance(&self, _done: u64, _total: u64) {}
    fn cancelled(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) >= self.1
    }
}

#[test]
fn a_copy_of_very_many_files_is_cancelled_between_any_two() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    create(&log, 4).seal(at(1)).unwrap();
    let files = 300u64;
    for n in 1..files {
        fs::write(log.join(format!("segments/{:020}.jsonl", n * 65_536)), b"").unwrap();
        fs::write(log.join(format!("checkpoints/{:020}.notes", n * 65_536)), b"").unwrap();
    }
    let whole = Asked(AtomicU64::new(0), u64::MAX);
    copy_log(&log, &root.path().join("whole"), None, &whole).unwrap();
    let asked = whole.0.load(Ordering::Relaxed);
    assert!(asked >= 2 * 2 * files, "asked {asked} times over {files} files twice, of two kinds");
    for at in [0, 1, files, 2 * files, 3 * files] {
        let dest = root.path().join(format!("cut-{at}"));
        let cut = Asked(AtomicU64::new(0), at);
        assert_eq!(copy_log(&log, &dest, None, &cut).map(|_| ()).unwrap_err().code(), "cancelled", "{at}");
        assert_eq!(cut.0.load(Ordering::Relaxed), at + 1, "nothing is done after the answer");
    }
    // A segment of lines without end asks as well: each some thousand lines.
    fs::write(log.join(SEGMENT), "\n".repeat(1 << 20)).unwrap();
    let lines = Asked(AtomicU64::new(0), u64::MAX);
    copy_log(&log, &root.path().join("lines"), None, &lines).unwrap();
    assert!(lines.0.load(Ordering::Relaxed) >= asked + 2 * ((1 << 20) >> 14));
}

#[test]
fn bytes_set_aside_by_a_recovery_come_along_and_a_damaged_log_keeps_its_damage() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    let mut writer = create(&log, 4);
    writer.append(&events(0, 10), at(1)).unwrap();
    drop(writer);
    let whole = fs::read(log.join(SEGMENT)).unwrap();
    fs::write(log.join(SEGMENT), [&whole[..], b"{\"torn"].concat()).unwrap();
    reopen(&log).seal(at(2_000)).unwrap();
    let kept = root.path().join("kept");
    copy(&log, &kept).unwrap();
    let name = fs::read_dir(log.join("recovered")).unwrap().next().unwrap().unwrap().file_name();
    assert_eq!(fs::read(kept.join("recovered").join(name)).unwrap(), b"{\"torn");
    let mut damaged = fs::read(log.join(SEGMENT)).unwrap();
    damaged[900] ^= 1;
    fs::write(log.join(SEGMENT), damaged).unwrap();
    let copied = root.path().join("damaged");
    copy(&log, &copied).unwrap();
    assert_eq!(verify(&copied), verify(&log));
}

#[test]
fn what_a_copy_leaves_behind_is_counted() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    drop(create(&log, 3));
    let done = copy(&log, &root.path().join("clean")).unwrap();
    assert_eq!((done.behind, done.beside), (0, 0));
    let whole = fs::read(log.join(SEGMENT)).unwrap();
    fs::write(log.join(SEGMENT), [&whole[..], &[0; 5_000_000]].concat()).unwrap();
    for name in ["x", "segments/y", "checkpoints/z"] {
        fs::write(log.join(name), "").unwrap();
    }
    let done = copy(&log, &root.path().join("copy")).unwrap();
    assert_eq!((done.behind, done.beside), (5_000_000, 3));
    assert_eq!(fs::read(root.path().join("copy").join(SEGMENT)).unwrap(), whole);

    // A segment that holds no record is no reason to count those that it has no room for, nor to forget the one before it.
    fs::write(log.join("segments/00000000000000065536.jsonl"), vec![b'x'; 1_000_000]).unwrap();
    let done = copy(&log, &root.path().join("more")).unwrap();
    assert_eq!((done.behind, done.beside), (6_000_000, 3));
    assert_eq!(done.records, u64::try_from(whole.iter().filter(|byte| **byte == b'\n').count()).unwrap());
}

#[test]
fn what_a_recovery_set_aside_is_copied_within_its_bound_and_never_changed_in_a_copy() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    drop(create(&log, 3));
    let whole = fs::read(log.join(SEGMENT)).unwrap();
    fs::write(log.join(SEGMENT), [&whole[..], b"{\"event_class\":\"op"].concat()).unwrap();
    drop(reopen(&log));
    let torn = fs::read_dir(log.join("recovered")).unwrap().next().unwrap().unwrap();
    let kept = root.path().join("kept");
    copy(&log, &kept).unwrap();
    let aside = kept.join("recovered").join(torn.file_name());
    let before = fs::read(&aside).unwrap();
    assert_eq!(before.len(), 18);

    // More is put behind it on the bench, or some of it taken away: the copy is the evidence.
    for length in [22, 5] {
        fs::OpenOptions::new().write(true).open(torn.path()).unwrap().set_len(length).unwrap();
        assert_eq!(code(copy(&log, &kept)), "copy_differs");
        assert_eq!(fs::read(&aside).unwrap(), before);
    }

    // A hole of 200 GB costs the bench nothing, and the auditor no more.
    fs::OpenOptions::new().write(true).open(torn.path()).unwrap().set_len(200 << 30).unwrap();
    let fresh = root.path().join("fresh");
    copy(&log, &fresh).unwrap();
    assert!(!fresh.join("recovered").join(torn.file_name()).exists());
    let verdict = verify(&fresh);
    let words: Vec<_> = verdict.strays.iter().map(|stray| stray.kind.as_str()).collect();
    assert_eq!(words, ["recovered_missing"]);
}

#[test]
fn a_log_whose_last_checkpoints_were_taken_away_is_copied_whole_and_the_copy_says_so() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    let mut writer = create(&log, 4);
    writer.append(&events(0, 30), at(1)).unwrap();
    drop(writer);
    let records = verify(&log).records;
    let notes = fs::read(log.join(NOTES)).unwrap();
    let first_line = format!("{ORIGIN}\n");
    for (kept, start) in memchr::memmem::find_iter(&notes, first_line.as_bytes()).enumerate() {
        fs::write(log.join(NOTES), &notes[..start]).unwrap();
        let copied = root.path().join(format!("copy-{kept}"));
        copy(&log, &copied).unwrap();
        let (found, whole) = (verify(&copied), verify(&log));
        if whole.unanchored_tail.pending_seal {
            // The very last seal may be waiting for its checkpoint, and stays out.
            assert_eq!(found.records + 1, records, "{kept} checkpoints are left");
        } else {
            assert_eq!((found.records, &found), (records, &whole), "{kept} checkpoints are left");
            assert!(found.unchecked.contains(&"seals_without_checkpoints"), "{kept} checkpoints are left");
        }
    }
}

#[test]
fn a_copy_that_is_refused_stays_what_it_was_to_the_byte_whatever_was_appended_to_the_log() {
    let root = tempfile::tempdir().unwrap();
    let (log, kept) = (root.path().join("log"), root.path().join("kept"));
    let mut writer = create(&log, 1000);
    writer.append(&events(0, 5), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    writer.append(&events(5, 2), at(3)).unwrap();
    drop(writer);
    copy(&log, &kept).unwrap();
    let files = || [SEGMENT, NOTES].map(|name| fs::read(kept.join(name)).unwrap());
    let before = files();
    // Root takes the last line away, and the bench goes on and seals.
    let segment = fs::read(log.join(SEGMENT)).unwrap();
    let end = memchr::memrchr(b'\n', &segment[..segment.len() - 1]).unwrap() + 1;
    fs::write(log.join(SEGMENT), &segment[..end]).unwrap();
    let mut writer = reopen(&log);
    writer.append(&events(9, 4), at(2_000)).unwrap();
    writer.seal(at(2_001)).unwrap();
    assert_eq!(code(copy(&log, &kept)), "copy_differs");
    assert_eq!(files(), before);
    assert_eq!(verify(&kept).status, Status::Intact);
}
