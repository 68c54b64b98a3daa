//! What the auditor brings and cannot be used is his mistake, said in words; what the log shows against what he brings is a verdict.

use ztp_audit::error::VerifyError;
use ztp_audit::prove::{check_inclusion, prove_inclusion};
use ztp_audit::source::MemorySource;
use ztp_audit::verdict::{BreakKind, Status, Verdict};
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_source};
use ztp_core::Coded;
use ztp_core::vkey::VerifierKey;

use crate::forge::{Forge, ORIGIN, key};

/// A log of two seals with checkpoints, and those checkpoints.
fn sealed() -> (Forge, [Vec<u8>; 2]) {
    let mut forge = Forge::new(ORIGIN);
    let notes = [(); 2].map(|()| {
        forge.event();
        forge.seal();
        forge.checkpoint()
    });
    (forge, notes)
}

fn with_head(log: &MemorySource, head: &[u8]) -> Result<Verdict, VerifyError> {
    verify_source(log, &VerifyOptions { head: Some(head.to_vec()), ..VerifyOptions::default() }, &NoProgress)
}

fn with_key(log: &MemorySource, name: &str, epoch: u64) -> Result<Verdict, VerifyError> {
    let pinned = Some(VerifierKey::new(name, key(epoch).public_key().clone()).unwrap());
    verify_source(log, &VerifyOptions { pinned, ..VerifyOptions::default() }, &NoProgress)
}

#[track_caller]
fn refused(found: Result<Verdict, VerifyError>, code: &str, words: &str) {
    let error = found.expect_err(words);
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn a_head_that_an_editor_or_a_transfer_changed_is_unusable_and_no_word_about_the_log() {
    let (forge, [_, head]) = sealed();
    assert_eq!(with_head(&forge.log, &head).unwrap().status, Status::Intact);
    let text = String::from_utf8(head.clone()).unwrap();
    let unusable =
        |head: String, words: &str| refused(with_head(&forge.log, head.as_bytes()), "head_unusable", words);
    unusable(format!("\u{feff}{text}"), "byte order mark");
    unusable(text.replace('\n', "\r\n"), "line ends were converted");
    unusable(
        text.replacen(ORIGIN, &format!("{ORIGIN}\u{200b}"), 1),
        "no signature is by a key that is named",
    );
    unusable(text.replace(ORIGIN, &format!("{ORIGIN}\u{200b}")), "U+200B");
    unusable(String::new(), "no empty line");
    unusable(text[..text.len() / 2].to_owned(), "no signature line");
}

#[test]
fn a_head_that_nobody_who_signs_for_this_log_signed_is_unusable_though_its_root_agrees() {
    let (forge, [first, _]) = sealed();
    let text = String::from_utf8(first.clone()).unwrap();
    // The other epoch's key, a signature over another text, one of zeros, and one that no key made.
    let mut early = Forge::new(ORIGIN);
    early.event();
    early.seal_record();
    for signer in [1, 9] {
        let head = early.checkpoint_by(&key(signer));
        refused(with_head(&forge.log, &head), "head_unusable", "not signed by the key of its epoch");
    }
    let at = text.rfind('=').unwrap() - 20;
    let flipped = if &text[at..=at] == "A" { "B" } else { "A" };
    let changed = format!("{}{flipped}{}", &text[..at], &text[at + 1..]);
    refused(with_head(&forge.log, changed.as_bytes()), "head_unusable", "not signed by the key of its epoch");
    // A size at which the log has no seal: the root is right, and nobody signs there.
    let mut open = Forge::new(ORIGIN);
    open.event();
    let no_seal = open.checkpoint_by(&key(0));
    refused(with_head(&forge.log, &no_seal), "head_unusable", "is no seal");
    // Against another root it stays what it was: a fork.
    let mut fork = Forge::new(ORIGIN);
    fork.now += 1;
    fork.event();
    fork.seal();
    assert_eq!(with_head(&fork.log, &first).unwrap().status, Status::Forked);
}

#[test]
fn a_head_or_a_key_of_another_log_is_said_to_be_that() {
    let (forge, [_, head]) = sealed();
    let mut other = Forge::new("bench-02.example/audit");
    other.event();
    other.seal();
    refused(with_head(&forge.log, &other.checkpoint()), "head_other_log", "bench-02.example/audit");
    refused(with_key(&forge.log, "bench-02.example/audit", 0), "key_other_log", "bench-02.example/audit");
    // The log's own name with another key is a log made anew.
    let verdict = with_key(&forge.log, ORIGIN, 5).unwrap();
    assert_eq!((verdict.status, verdict.breaks[0].kind), (Status::Broken, BreakKind::PinnedKey));
    // A first record that does not hold has no name: its break is not hidden behind the auditor's mistake.
    let mut renamed = forge.log.clone();
    let segment = renamed.segments.get_mut(&0).unwrap();
    let at = memchr::memmem::find(segment, ORIGIN.as_bytes()).unwrap();
    segment[at] = b'B';
    for verdict in [with_head(&renamed, &head), with_key(&renamed, ORIGIN, 0)] {
        let verdict = verdict.unwrap();
        assert_eq!(
            (verdict.status, verdict.breaks[0].kind, verdict.breaks[0].seq),
            (Status::Broken, BreakKind::HashMismatch, 0)
        );
    }
}

#[test]
fn the_tail_begins_after_the_kept_head_where_the_hosts_own_checkpoint_is_gone() {
    let (mut forge, [first, second]) = sealed();
    forge.event();
    forge.log.notes.insert(0, [first, b"\n".to_vec()].concat());
    let alone = verify_source(&forge.log, &VerifyOptions::default(), &NoProgress).unwrap();
    assert_eq!((alone.unanchored_tail.from_seq, alone.unanchored_tail.seals), (3, 1));
    let verdict = with_head(&forge.log, &second).unwrap();
    let tail = verdict.unanchored_tail;
    assert_eq!((tail.from_seq, tail.records, tail.seals, tail.pending_seal), (5, 1, 0, false));
    assert!(verdict.unchecked.contains(&"head_checkpoint_missing"), "{:?}", verdict.unchecked);
    assert_eq!(verdict.status, Status::Intact);
}

#[test]
fn seals_at_the_end_without_checkpoints_vouch_for_nothing_whatever_else_does() {
    for (trailing, events_after) in [(2, 0), (50, 0), (1, 1), (3000, 7)] {
        let (mut forge, [_, head]) = sealed();
        for _ in 0..trailing {
            forge.event();
            forge.seal_record();
        }
        for _ in 0..events_after {
            forge.event();
        }
        let verdict = with_head(&forge.log, &head).unwrap();
        assert_eq!((verdict.status, verdict.breaks_total), (Status::Unanchored, 0), "{trailing}");
        assert!(verdict.unchecked.contains(&"seals_without_checkpoints") && verdict.rests_on("auditor_head"));
        let tail = verdict.unanchored_tail;
        assert_eq!((tail.from_seq, tail.records, tail.seals), (5, 2 * trailing + events_after, trailing));
        assert!(!tail.pending_seal);
        // One later checkpoint shows that the log went on: then those before are gone.
        forge.seal();
        let verdict = with_head(&forge.log, &head).unwrap();
        assert_eq!((verdict.status, verdict.breaks_total), (Status::Broken, trailing), "{trailing}");
        assert!(
            verdict.breaks.iter().all(|b| b.kind == BreakKind::MissingSeal) && verdict.breaks[0].seq == 6
        );
    }
    // One seal as the very last record is a writer at work, as ever.
    let (mut forge, [_, head]) = sealed();
    forge.event();
    forge.seal_record();
    let verdict = with_head(&forge.log, &head).unwrap();
    assert_eq!((verdict.status, verdict.unanchored_tail.pending_seal), (Status::Intact, true));
    assert_eq!(verdict.unanchored_tail.seals, 1);
}

#[test]
fn a_seal_that_announces_a_key_which_was_used_before_ends_nothing() {
    for (again, words) in [(1, "the key of this epoch again"), (0, "the key of epoch 0 again")] {
        let mut forge = Forge::new(ORIGIN);
        forge.event();
        forge.seal();
        forge.event();
        forge.seal_announcing(key(again).public_key().clone());
        let note = forge.checkpoint();
        forge.file(&note);
        let verdict = verify_source(&forge.log, &VerifyOptions::default(), &NoProgress).unwrap();
        let found = &verdict.breaks[0];
        assert_eq!((verdict.status, found.kind, found.seq), (Status::Broken, BreakKind::KeyChain, 4));
        assert_eq!(
            (found.expected.as_str(), found.found.as_str()),
            ("a key that was not used before", words)
        );
    }
}

#[test]
fn a_proof_that_a_transfer_changed_says_so() {
    let (forge, _) = sealed();
    let dir = tempfile::tempdir().unwrap();
    crate::process::write(&forge.log, dir.path());
    let proof = prove_inclusion(dir.path(), 1, None).unwrap();
    let line = forge.log.segments[&0].split(|&b| b == b'\n').nth(1).unwrap();
    let vkey = VerifierKey::new(ORIGIN, key(0).public_key().clone()).unwrap();
    assert!(check_inclusion(&proof, line, &vkey).is_ok());
    let text = String::from_utf8(proof).unwrap();
    for (changed, code) in [
        (text.replace('\n', "\r\n"), "line_ends_converted"),
        (format!("\u{feff}{text}"), "byte_order_mark"),
        (format!("x{text}"), "proof_file_header"),
    ] {
        assert_eq!(check_inclusion(changed.as_bytes(), line, &vkey).unwrap_err().code(), code);
    }
}

/// Each byte of a record that a proof or a key is made of is hashed: an edit that leaves the stated hash alone is refused.
#[test]
fn no_proof_and_no_key_is_made_of_a_record_whose_hash_does_not_hold() {
    let (forge, [_, head]) = sealed();
    let dir = tempfile::tempdir().unwrap();
    for (seq, needle) in [(1, "\"text\":\"x"), (2, "\"epoch\":0"), (0, "records_max\":4")] {
        let mut log = forge.log.clone();
        let segment = log.segments.get_mut(&0).unwrap();
        let at = memchr::memmem::find(segment, needle.as_bytes()).unwrap() + needle.len() - 1;
        segment[at] ^= 1;
        crate::process::write(&log, dir.path());
        let found = prove_inclusion(dir.path(), 3, Some(5)).unwrap_err();
        assert!(matches!(found, VerifyError::Damaged { seq: s } if s == seq), "{found}");
        let found = ztp_audit::head::vkey_of(dir.path(), &head).unwrap_err();
        assert!(matches!(found, VerifyError::Damaged { seq: s } if s == seq), "{found}");
    }
    crate::process::write(&forge.log, dir.path());
    assert_eq!(ztp_audit::head::vkey_of(dir.path(), &head).unwrap().key(), key(1).public_key());
}
