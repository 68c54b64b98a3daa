//! Verdicts over hostile notes against the `signed_note` crate, an independent implementation of C2SP signed notes.
//!
//! What this crate accepts the other one must accept. What only the other one accepts must be one of the stricter rules that
//! docs/formats/checkpoint.md states.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test reports a failure"
)]

use proptest::prelude::*;
use signed_note::{StandardVerifier, VerifierList};
use ztp_audit::note::{Note, NoteError, sign};
use ztp_core::signature::SigningKey;
use ztp_core::vkey::VerifierKey;

const NAMES: [&str; 3] = ["a.example/log", "b.example", "c"];

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn key(name: &str, seed: u8) -> VerifierKey {
    VerifierKey::new(name, signer(seed).public_key().clone()).unwrap()
}

fn theirs(note: &[u8], known: &[VerifierKey]) -> bool {
    let list = known.iter().map(|key| {
        let verifier = StandardVerifier::new(&key.to_string()).unwrap();
        Box::new(verifier) as Box<dyn signed_note::Verifier>
    });
    let list = VerifierList::new(list.collect());
    signed_note::Note::from_bytes(note).is_ok_and(|note| note.verify(&list).is_ok())
}

/// A signature line over a text that may be another one than the note's.
fn line((name, seed, wrong): (usize, u8, bool), text: &str) -> String {
    let signed = if wrong { "another text\n" } else { text };
    let note = String::from_utf8(sign(signed, NAMES[name], &signer(seed)).unwrap()).unwrap();
    note.rsplit_once("\n\n").unwrap().1.to_owned()
}

#[derive(Debug, Clone)]
enum Edit {
    Byte(prop::sample::Index, u8),
    Insert(prop::sample::Index, &'static str),
    Cut(prop::sample::Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || any::<prop::sample::Index>();
    let text =
        prop::sample::select(vec!["\n", " ", "=", "\u{2014} ", "+", "\t", "\r", "\u{a0}", "\u{7f}", "A"]);
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
        (at(), text).prop_map(|(at, text)| Edit::Insert(at, text)),
        at().prop_map(Edit::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn verdicts_agree_except_where_the_stricter_rules_are_stated(
        text in "([a-z ]{0,9}\n){1,4}",
        lines in prop::collection::vec((0usize..3, 1u8..4, prop::bool::weighted(0.1)), 0..5),
        known in prop::collection::btree_set((0usize..3, 1u8..4), 0..4),
        edits in prop::collection::vec(edit(), 0..2),
    ) {
        let lines: String = lines.into_iter().map(|signature| line(signature, &text)).collect();
        let mut note = format!("{text}\n{lines}").into_bytes();
        for edit in edits {
            match edit {
                Edit::Byte(at, byte) => {
                    let at = at.index(note.len());
                    note[at] = byte;
                }
                Edit::Insert(at, text) => {
                    let at = at.index(note.len());
                    note.splice(at..at, text.bytes());
                }
                Edit::Cut(at) => note.truncate(at.index(note.len()).max(1)),
            }
        }
        let known: Vec<VerifierKey> = known.into_iter().map(|(name, seed)| key(NAMES[name], seed)).collect();
        let ours = Note::parse(&note).and_then(|note| note.verify(&known).map(drop));
        match ours {
            Ok(()) => prop_assert!(theirs(&note, &known)),
            Err(_) if !theirs(&note, &known) => {}
            Err(NoteError::KeyName { offset }) => {
                let name = std::str::from_utf8(&note[offset..]).unwrap().split(' ').next().unwrap();
                prop_assert!(name.contains(char::is_control), "only refused here: {:?}", name);
            }
            Err(NoteError::SignatureInvalid { name, .. }) => {
                let read = Note::parse(&note).unwrap();
                let by_name = read.signatures().iter().filter(|signature| signature.name() == name).count();
                prop_assert!(by_name > 1, "only refused here: the one signature by {}", name);
            }
            Err(error) => prop_assert!(false, "only refused here: {}", error),
        }
    }
}

#[test]
fn the_stricter_rules_are_the_only_ones_the_other_implementation_does_not_have() {
    let known = [key(NAMES[0], 1)];
    let good = line((0, 1, false), "text\n");
    let bad = line((0, 1, true), "text\n");
    let verdicts = |note: String| {
        let ours = Note::parse(note.as_bytes()).and_then(|note| note.verify(&known).map(drop));
        (ours.is_ok(), theirs(note.as_bytes(), &known))
    };
    assert_eq!(verdicts(format!("text\n\n{good}")), (true, true));
    assert_eq!(verdicts(format!("text\n\n{good}{good}")), (true, true));
    assert_eq!(verdicts(format!("text\n\n{bad}{good}")), (false, false));
    assert_eq!(verdicts(format!("text\n\n{good}{bad}")), (false, true));
    assert_eq!(verdicts(format!("text\n\n{good}\u{2014} n\u{7f} AAAAAAA=\n")), (false, true));
    let long = "n".repeat(256);
    assert_eq!(verdicts(format!("text\n\n{good}\u{2014} {long} AAAAAAA=\n")), (false, true));
}
