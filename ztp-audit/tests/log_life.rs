//! The ordinary life of a log: written, sealed, closed, opened again, verified.
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

use common::*;
use ztp_audit::head::{genesis_vkey, last_note, vkey_of};
use ztp_audit::prove::{check_consistency, check_inclusion, prove_consistency, prove_inclusion};
use ztp_audit::verdict::{Anchor, Status};
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir};

#[test]
fn a_sealed_log_is_intact_and_the_verdict_names_what_it_rests_on() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 300, 50);
    let verdict = verify(dir.path());
    assert_eq!(verdict.breaks, [], "{verdict:#?}");
    assert_eq!((verdict.status, verdict.records, verdict.verified_to_seq), (Status::Intact, 300, Some(299)));
    assert_eq!(verdict.seals, 6);
    assert_eq!(verdict.unanchored_tail.records, 0);
    assert_eq!(verdict.anchors, [Anchor::EvolvedKey { epoch: 5, size: 300 }]);
    assert_eq!(verdict.unchecked, ["first_key_not_pinned", "no_head_kept_by_auditor"]);

    let options = VerifyOptions {
        pinned: Some(genesis_vkey(dir.path()).unwrap()),
        head: last_note(dir.path()).unwrap(),
        ..VerifyOptions::default()
    };
    let verdict = verify_dir(dir.path(), &options, &NoProgress).unwrap();
    let kinds: Vec<_> = verdict.anchors.iter().map(Anchor::kind).collect();
    assert_eq!(kinds, ["evolved_key", "pinned_key", "auditor_head"]);
    assert!(verdict.unchecked.is_empty());
}

#[test]
fn records_after_the_last_seal_are_named_as_unanchored() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 10), at(1)).unwrap();
    writer.seal(at(2)).unwrap();
    writer.append(&events(10, 7), at(3)).unwrap();
    let verdict = verify(dir.path());
    assert_eq!(verdict.status, Status::Intact);
    assert_eq!((verdict.unanchored_tail.from_seq, verdict.unanchored_tail.records), (12, 7));
}

#[test]
fn a_log_opened_again_goes_on_where_it_stopped_across_segments() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 65_400), at(1)).unwrap();
    drop(writer);
    for round in 0..4u64 {
        let mut writer = reopen(dir.path());
        writer.append(&events(65_400 + round * 100, 100), at(2)).unwrap();
    }
    let mut writer = reopen(dir.path());
    writer.seal(at(3)).unwrap();
    let verdict = verify(dir.path());
    assert_eq!((verdict.status, verdict.breaks.first()), (Status::Intact, None));
    assert_eq!(verdict.unanchored_tail.records, 0);
    assert!(verdict.records > 65_536 + 100);
    assert_eq!(load(dir.path()).segments.len(), 2);
}

#[test]
fn a_proof_of_every_record_holds_under_the_key_of_its_epoch_and_for_no_other_record() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 60, 20);
    let log = load(dir.path());
    let lines: Vec<&[u8]> = log.segments[&0].split(|&b| b == b'\n').filter(|l| !l.is_empty()).collect();
    for (seq, line) in lines.iter().enumerate() {
        let proof = prove_inclusion(dir.path(), seq as u64, None).unwrap();
        let at = proof.windows(ORIGIN.len()).position(|w| w == ORIGIN.as_bytes()).unwrap();
        let vkey = vkey_of(dir.path(), &proof[at..]).unwrap();
        let proven = check_inclusion(&proof, line, &vkey).unwrap();
        assert_eq!(proven.seq, seq as u64);
        let other = lines[(seq + 1) % lines.len()];
        assert!(check_inclusion(&proof, other, &vkey).is_err());
    }
}

#[test]
fn the_last_head_extends_every_earlier_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    let mut heads = Vec::new();
    for round in 0..5 {
        writer.append(&events(round * 10, 10), at(1)).unwrap();
        heads.push(writer.seal(at(2)).unwrap());
    }
    let last = heads.last().unwrap();
    let last_key = vkey_of(dir.path(), &last.note).unwrap();
    for old in &heads {
        let proof = prove_consistency(dir.path(), old.size, None).unwrap();
        let old_key = vkey_of(dir.path(), &old.note).unwrap();
        let extended = check_consistency(&proof, &old.note, &old_key, &last_key).unwrap();
        assert_eq!(
            (extended.old_size, extended.new_size, extended.new_root),
            (old.size, last.size, last.root)
        );
    }
}
