//! The attacker's kit: root on the bench, with every file and the key of the open epoch, tries to change what the log says.
//!
//! Each attack is run against the real verifier, with the anchors an auditor may have, and against a deliberately weak one:
//! the plain chain walk (own hash, previous hash, sequence) that most home-made logs have. Where the weak one is not fooled by an
//! attack the attack proves little, so that is asserted too. What no verifier can see without an anchor is asserted as such.
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
#[path = "common/forging.rs"]
mod forging;

use std::fs;
use std::path::Path;

use common::*;
use forging::*;
use tempfile::TempDir;
use ztp_audit::head::{genesis_vkey, last_note};
use ztp_audit::record::RecordView;
use ztp_audit::source::MemorySource;
use ztp_audit::store::{NewEvent, Writer};
use ztp_audit::verdict::{BreakKind, ClockStepKind, Status, Verdict};
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir};
use ztp_core::canonical::Value;
use ztp_core::digest::Digest;
use ztp_core::event::EventClass;
use ztp_core::vkey::VerifierKey;

/// The weakened build: a chain walk without tree, seals and anchors.
fn weak_verifier_accepts(log: &MemorySource) -> bool {
    let mut previous = Digest::ZERO;
    let lines = log.segments.values().flat_map(|s| s.split(|&b| b == b'\n')).filter(|l| !l.is_empty());
    for (seq, line) in (0u64..).zip(lines) {
        let Ok(record) = RecordView::parse(line) else { return false };
        let hash = record.computed_hash();
        if record.claimed_hash() != Some(hash) || record.prev_hash() != Some(previous) || record.seq != seq {
            return false;
        }
        previous = hash;
    }
    true
}

/// A bench with three sealed epochs and an open one, and what its auditor took home after the second seal.
struct Bench {
    dir: TempDir,
    pinned: VerifierKey,
    kept_head: Vec<u8>,
    /// All files as they were at the second seal.
    backup: TempDir,
    state_at_second_seal: Vec<u8>,
}

fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 10), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    writer.append(&events(10, 10), at(3)).unwrap();
    let kept_head = writer.seal(at(4)).unwrap().note;
    let backup = tempfile::tempdir().unwrap();
    copy(dir.path(), backup.path());
    let state_at_second_seal = fs::read(dir.path().join("state")).unwrap();
    writer.append(&events(20, 10), at(5)).unwrap();
    writer.seal(at(6)).unwrap();
    writer.append(&events(30, 3), at(7)).unwrap();
    let pinned = genesis_vkey(dir.path()).unwrap();
    Bench { dir, pinned, kept_head, backup, state_at_second_seal }
}

impl Bench {
    fn alone(&self, dir: &Path) -> Verdict {
        verify_dir(dir, &VerifyOptions::default(), &NoProgress).unwrap()
    }

    fn pinned(&self, dir: &Path) -> Verdict {
        let options = VerifyOptions { pinned: Some(self.pinned.clone()), ..VerifyOptions::default() };
        verify_dir(dir, &options, &NoProgress).unwrap()
    }

    fn with_head(&self, dir: &Path) -> Verdict {
        let options = VerifyOptions { head: Some(self.kept_head.clone()), ..VerifyOptions::default() };
        verify_dir(dir, &options, &NoProgress).unwrap()
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        let segment = fs::read(self.dir.path().join(SEGMENT)).unwrap();
        segment.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect()
    }

    fn write_lines(&self, lines: &[Vec<u8>]) {
        fs::write(self.dir.path().join(SEGMENT), lines.concat()).unwrap();
    }
}

/// Changes the decision of record `seq` and makes the chain whole again from there on.
fn rewrite_from(lines: &mut [Vec<u8>], seq: usize) {
    let text = String::from_utf8(lines[seq].clone()).unwrap();
    lines[seq] = text.replace("\"pod\":\"agent-", "\"pod\":\"ghost-").into_bytes();
    assert_ne!(lines[seq], text.as_bytes());
    rechain(lines, seq);
}

#[test]
fn sealed_history_rewritten_with_a_whole_chain_fails_at_the_first_seal_after_the_change() {
    let bench = bench();
    let mut lines = bench.lines();
    rewrite_from(&mut lines, 14);
    bench.write_lines(&lines);
    assert!(weak_verifier_accepts(&load(bench.dir.path())), "the attack must fool the weak verifier");
    let verdict = bench.alone(bench.dir.path());
    assert_eq!(verdict.status, Status::Broken);
    assert_eq!((verdict.breaks[0].kind, verdict.breaks[0].seq), (BreakKind::CheckpointRoot, 22));
    assert_eq!(verdict.head.unwrap().size, 12, "the head before the change still stands");
    assert_eq!(bench.with_head(bench.dir.path()).breaks[0].kind, BreakKind::CheckpointRoot);
}

#[test]
fn sealed_history_rewritten_and_signed_again_with_the_current_key_is_a_bad_seal() {
    let bench = bench();
    let mut lines = bench.lines();
    rewrite_from(&mut lines, 14);
    bench.write_lines(&lines);
    // Root signs the changed tree with the only key that is left: that of the open epoch.
    let current = current_key(&fs::read_to_string(bench.dir.path().join("state")).unwrap());
    let mut notes = String::new();
    for note in split_notes(&fs::read_to_string(bench.dir.path().join(NOTES)).unwrap()) {
        let size: usize = note.lines().nth(1).unwrap().parse().unwrap();
        notes.push_str(&(if size > 12 { sign_tree(&lines[..size], &current) } else { note }));
        notes.push('\n');
    }
    fs::write(bench.dir.path().join(NOTES), notes).unwrap();
    assert!(weak_verifier_accepts(&load(bench.dir.path())));
    let verdict = bench.alone(bench.dir.path());
    assert_eq!((verdict.breaks[0].kind, verdict.breaks[0].seq), (BreakKind::BadSeal, 22));
}

#[test]
fn a_log_made_anew_from_genesis_is_told_by_the_pinned_key_and_by_a_kept_head() {
    let bench = bench();
    let forged = tempfile::tempdir().unwrap();
    let options = ztp_audit::store::CreateOptions { origin: ORIGIN.to_owned(), policy: policy(1000) };
    let mut writer = Writer::create(forged.path(), &options, at(0), Box::new(TestHost(5_000))).unwrap();
    for round in 0..3 {
        writer.append(&events(100 + round * 10, 10), at(1)).unwrap();
        writer.seal(at(2)).unwrap();
    }
    assert!(weak_verifier_accepts(&load(forged.path())));
    // Without an anchor nobody can know; the verdict says what it does not rest on.
    let alone = bench.alone(forged.path());
    assert_eq!((alone.status, alone.status.code()), (Status::Unanchored, Some("audit_unanchored")));
    assert_eq!(alone.unchecked, ["first_key_not_pinned", "no_head_kept_by_auditor"]);
    let pinned = bench.pinned(forged.path());
    assert_eq!(
        (pinned.status, pinned.breaks[0].kind, pinned.breaks[0].seq),
        (Status::Broken, BreakKind::PinnedKey, 0)
    );
    assert!(pinned.anchors.is_empty());
    let headed = bench.with_head(forged.path());
    assert_eq!((headed.status, headed.verified_to_seq), (Status::Forked, None));
    assert!(!headed.rests_on("auditor_head"));
}

#[test]
fn all_files_rolled_back_are_told_by_a_kept_head_and_by_nothing_else() {
    let bench = bench();
    let late_head = last_note(bench.dir.path()).unwrap();
    let restored = bench.backup.path();
    assert!(weak_verifier_accepts(&load(restored)));
    assert_eq!(bench.alone(restored).status, Status::Unanchored);
    assert_eq!(bench.pinned(restored).status, Status::Intact);
    let options = VerifyOptions { head: late_head, ..VerifyOptions::default() };
    let verdict = verify_dir(restored, &options, &NoProgress).unwrap();
    assert_eq!((verdict.status, verdict.breaks[0].kind), (Status::RolledBack, BreakKind::HeadBeyondLog));
}

#[test]
fn a_log_cut_back_to_an_older_seal_cannot_be_continued_with_the_key_that_is_left() {
    let bench = bench();
    let lines = bench.lines();
    // Back to the second seal, with the state of the open (fourth) epoch: the writer refuses.
    bench.write_lines(&lines[..23]);
    let notes = fs::read_to_string(bench.dir.path().join(NOTES)).unwrap();
    let kept: String = split_notes(&notes)[..2].iter().map(|n| format!("{n}\n")).collect();
    fs::write(bench.dir.path().join(NOTES), kept).unwrap();
    assert!(weak_verifier_accepts(&load(bench.dir.path())));
    assert!(Writer::open(bench.dir.path(), at(9), Box::new(TestHost(9))).is_err());
    // So root writes records and the seal of epoch 2 by hand, with the key of epoch 3.
    let current = current_key(&fs::read_to_string(bench.dir.path().join("state")).unwrap());
    let mut lines = lines[..34].to_vec();
    rewrite_from(&mut lines, 23);
    bench.write_lines(&lines);
    let mut notes = fs::read_to_string(bench.dir.path().join(NOTES)).unwrap();
    notes.push_str(&sign_tree(&lines, &current));
    notes.push('\n');
    fs::write(bench.dir.path().join(NOTES), notes).unwrap();
    let verdict = bench.alone(bench.dir.path());
    assert_eq!((verdict.breaks[0].kind, verdict.breaks[0].seq), (BreakKind::BadSeal, 33));
    assert_eq!(verdict.head.unwrap().size, 23);
}

#[test]
fn an_old_state_put_back_beside_the_newer_log_is_refused_by_the_writer() {
    let bench = bench();
    fs::write(bench.dir.path().join("state"), &bench.state_at_second_seal).unwrap();
    let refused = Writer::open(bench.dir.path(), at(9), Box::new(TestHost(9))).map(|_| ()).unwrap_err();
    assert_eq!(ztp_core::Coded::code(&refused), "state_rolled_back");
}

#[test]
fn checkpoints_dropped_repeated_or_taken_from_another_log_are_breaks() {
    let bench = bench();
    let whole = fs::read_to_string(bench.dir.path().join(NOTES)).unwrap();
    let notes = split_notes(&whole);
    let join = |picked: &[&String]| picked.iter().map(|n| format!("{n}\n")).collect::<String>();
    let other = tempfile::tempdir().unwrap();
    let options = ztp_audit::store::CreateOptions { origin: ORIGIN.to_owned(), policy: policy(1000) };
    let mut writer = Writer::create(other.path(), &options, at(0), Box::new(TestHost(700))).unwrap();
    writer.append(&events(0, 10), at(1)).unwrap();
    let foreign = String::from_utf8(writer.seal(at(2)).unwrap().note).unwrap();
    let cases = [
        ("first dropped", join(&[&notes[1], &notes[2]]), BreakKind::MissingSeal, 11),
        ("middle dropped", join(&[&notes[0], &notes[2]]), BreakKind::MissingSeal, 22),
        ("repeated", join(&[&notes[0], &notes[0], &notes[1], &notes[2]]), BreakKind::MissingSeal, 11),
        ("foreign", join(&[&foreign, &notes[1], &notes[2]]), BreakKind::BadSeal, 11),
        ("exchanged", join(&[&notes[1], &notes[0], &notes[2]]), BreakKind::BadSeal, 11),
    ];
    for (name, text, kind, seq) in cases {
        fs::write(bench.dir.path().join(NOTES), text).unwrap();
        let verdict = bench.alone(bench.dir.path());
        assert_eq!(verdict.status, Status::Broken, "{name}");
        assert_eq!(
            (verdict.breaks[0].kind, verdict.breaks[0].seq),
            (kind, seq),
            "{name}: {:?}",
            verdict.breaks
        );
    }
}

#[test]
fn an_unsealed_log_in_the_place_of_a_sealed_one_rests_on_no_seal_and_fails_a_kept_head() {
    let bench = bench();
    let plain = tempfile::tempdir().unwrap();
    let mut writer = create(plain.path(), 1_000_000);
    writer.append(&events(500, 40), at(1)).unwrap();
    drop(writer);
    assert!(weak_verifier_accepts(&load(plain.path())));
    let verdict = bench.alone(plain.path());
    assert!(!verdict.rests_on("evolved_key"));
    assert_eq!(verdict.unanchored_tail.records, 41);
    assert_eq!(bench.with_head(plain.path()).status, Status::Forked);
}

#[test]
fn a_verdict_does_not_rest_on_a_head_whose_records_were_changed_in_place() {
    let bench = bench();
    let mut lines = bench.lines();
    lines[5] = String::from_utf8(lines[5].clone()).unwrap().replace("agent-", "ghost-").into_bytes();
    bench.write_lines(&lines);
    let verdict = bench.with_head(bench.dir.path());
    assert_eq!((verdict.breaks[0].kind, verdict.breaks[0].seq), (BreakKind::HashMismatch, 5));
    assert!(verdict.anchors.is_empty(), "{:?}", verdict.anchors);
    assert!(verdict.unchecked.contains(&"head_content_after_break"));
}

#[test]
fn a_deleted_log_is_never_a_clean_and_empty_one() {
    let bench = bench();
    fs::remove_file(bench.dir.path().join(SEGMENT)).unwrap();
    let verdict = bench.alone(bench.dir.path());
    assert_eq!(
        (verdict.status, verdict.breaks[0].seq, verdict.verified_to_seq),
        (Status::Truncated, 0, None)
    );
    fs::remove_file(bench.dir.path().join(NOTES)).unwrap();
    assert_eq!(bench.alone(bench.dir.path()).status, Status::Broken);
    fs::remove_dir(bench.dir.path().join("segments")).unwrap();
    let error = verify_dir(bench.dir.path(), &VerifyOptions::default(), &NoProgress).unwrap_err();
    assert_eq!(ztp_core::Coded::code(&error), "log_not_found");
}

#[test]
fn the_open_epoch_is_what_root_can_change_and_the_verdict_says_so() {
    let bench = bench();
    let mut lines = bench.lines();
    rewrite_from(&mut lines, 35);
    bench.write_lines(&lines);
    // Undetectable: root holds the open epoch's key. The verdict does not vouch for these records.
    let verdict = bench.pinned(bench.dir.path());
    assert_eq!(verdict.status, Status::Intact);
    assert_eq!((verdict.unanchored_tail.from_seq, verdict.unanchored_tail.records), (34, 3));
    assert_eq!(verdict.head.unwrap().size, 34);
}

#[test]
fn clock_steps_of_years_are_data_and_never_breaks() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    const YEAR: i64 = 365 * 86_400_000;
    for (n, years) in [0i64, 3, -3, 0, 1].into_iter().enumerate() {
        writer.append(&events(n as u64, 1), at(years * YEAR)).unwrap();
        writer.seal(at(years * YEAR)).unwrap();
    }
    let verdict = verify(dir.path());
    assert_eq!(verdict.status, Status::Intact);
    let found: Vec<_> = verdict.clock_steps.iter().map(|step| (step.seq, step.kind)).collect();
    // Three years forward at record 3, six back at record 6, three and one forward: each is told by the first seal after it.
    let moved = ClockStepKind::WallMoved;
    assert_eq!(found, [(4, moved), (6, ClockStepKind::DatedBack), (7, moved), (10, moved), (13, moved)]);
    assert_eq!(verdict.clock_steps_total, 5);
}

#[test]
fn no_element_of_the_chain_can_differ_from_the_tree() {
    // A chain whose records are sound but whose checkpoint covers other leaves: whichever leaf differs, it shows.
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 40, 1000);
    let lines: Vec<Vec<u8>> = fs::read(dir.path().join(SEGMENT))
        .unwrap()
        .split_inclusive(|&b| b == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    for other in 1..39 {
        let mut tree_lines = lines.clone();
        let event = NewEvent {
            event_class: EventClass::new("admission.decision").unwrap(),
            payload: Value::object([("forged", Value::Bool(true))]),
            timestamp: None,
        };
        let encoded = ztp_audit::record::encode_payload(&event.payload).unwrap();
        let draft =
            ztp_audit::record::Draft { event_class: &event.event_class, payload: &encoded, timestamp: at(0) };
        let mut forged = Vec::new();
        ztp_audit::record::write_record(&mut forged, &draft, other as u64, &Digest::ZERO);
        tree_lines[other] = forged;
        let key = ztp_core::signature::SigningKey::from_seed(
            ztp_core::digest::sha256(&0u64.to_le_bytes()).as_bytes(),
        );
        fs::write(dir.path().join(NOTES), format!("{}\n", sign_tree(&tree_lines, &key))).unwrap();
        let verdict = verify(dir.path());
        assert_eq!(
            (verdict.breaks[0].kind, verdict.breaks[0].seq),
            (BreakKind::CheckpointRoot, 39),
            "leaf {other}"
        );
    }
}
