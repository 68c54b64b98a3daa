//! Checkpoints: three lines in one form, signed under the origin's name.
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
use ztp_audit::checkpoint::{Checkpoint, CheckpointError};
use ztp_audit::note::sign;
use ztp_audit::tree::{empty_root, leaf_hash};
use ztp_core::Coded;
use ztp_core::digest::Digest;
use ztp_core::signature::SigningKey;
use ztp_core::vkey::VerifierKey;

const ROOT: &str = "hnVOcauQ8wXE+qfu5XtBuJ5J683wOnRchV7mEeRZcjc=";

fn key(name: &str, seed: u8) -> VerifierKey {
    VerifierKey::new(name, SigningKey::from_seed(&[seed; 32]).public_key().clone()).unwrap()
}

fn signed(checkpoint: &Checkpoint, name: &str, seed: u8) -> Vec<u8> {
    sign(&checkpoint.to_text(), name, &SigningKey::from_seed(&[seed; 32])).unwrap()
}

fn example() -> Checkpoint {
    Checkpoint { origin: "bench-01.example/audit".to_owned(), size: 41, root: leaf_hash(b"root") }
}

#[test]
fn a_checkpoint_is_written_as_three_lines_and_read_back() {
    let text = format!("example.com/behind-the-sofa\n20852163\n{ROOT}\n");
    let checkpoint = Checkpoint::parse(&text).unwrap();
    assert_eq!((&*checkpoint.origin, checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.root, leaf_hash(&[0xab; 32]));
    assert_eq!(checkpoint.to_text(), text);
}

#[test]
fn the_tree_without_leaves_has_size_0_and_its_own_root() {
    let checkpoint = Checkpoint { origin: "o".to_owned(), size: 0, root: empty_root() };
    assert_eq!(checkpoint.to_text(), "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
    assert_eq!(Checkpoint::parse(&checkpoint.to_text()), Ok(checkpoint));
    let error = Checkpoint::parse(&format!("o\n0\n{ROOT}\n")).unwrap_err();
    assert_eq!(error, CheckpointError::EmptyTreeRoot { offset: 4 });
    assert_eq!(error.code(), "checkpoint_empty_tree_root");
}

#[test]
fn what_breaks_the_form_is_refused_with_its_place() {
    let cases = [
        ("", "checkpoint_too_few_lines", 0),
        ("o\n", "checkpoint_too_few_lines", 2),
        ("o\n1\n", "checkpoint_too_few_lines", 4),
        ("o\n1\nROOT", "checkpoint_too_few_lines", 48),
        ("\n1\nROOT\n", "checkpoint_origin", 0),
        ("a\tb\n1\nROOT\n", "checkpoint_origin", 1),
        ("o\n\nROOT\n", "checkpoint_size", 2),
        ("o\n01\nROOT\n", "checkpoint_size", 2),
        ("o\n00\nROOT\n", "checkpoint_size", 2),
        ("o\n+1\nROOT\n", "checkpoint_size", 2),
        ("o\n-1\nROOT\n", "checkpoint_size", 2),
        ("o\n 1\nROOT\n", "checkpoint_size", 2),
        ("o\n1 \nROOT\n", "checkpoint_size", 2),
        ("o\n1e3\nROOT\n", "checkpoint_size", 2),
        ("o\n\u{661}\nROOT\n", "checkpoint_size", 2),
        ("o\n9223372036854775808\nROOT\n", "checkpoint_size", 2),
        ("o\n18446744073709551617\nROOT\n", "checkpoint_size", 2),
        ("o\n1\n\n", "checkpoint_root_encoding", 4),
        ("o\n1\nROOT=\n", "checkpoint_root_encoding", 4),
        ("o\n1\nAAAA\n", "checkpoint_root_encoding", 4),
        ("o\n1\nhnVOcauQ8wXE+qfu5XtBuJ5J683wOnRchV7mEeRZcjd=\n", "checkpoint_root_encoding", 4),
        ("o\n1\nhnVOcauQ8wXE-qfu5XtBuJ5J683wOnRchV7mEeRZcjc=\n", "checkpoint_root_encoding", 4),
        ("o\n1\nROOT\nextension\n", "checkpoint_extension_line", 49),
        ("o\n1\nROOT\n\n", "checkpoint_extension_line", 49),
        ("o\n1\nROOT\nx", "checkpoint_extension_line", 49),
    ];
    for (text, code, offset) in cases {
        let error = Checkpoint::parse(&text.replace("ROOT", ROOT)).unwrap_err();
        assert_eq!((error.code(), error.offset()), (code, Some(offset)), "{text:?}");
    }
    let largest = format!("o\n9223372036854775807\n{ROOT}\n");
    assert_eq!(Checkpoint::parse(&largest).unwrap().size, (1 << 63) - 1);
}

#[test]
fn a_signed_checkpoint_opens_under_the_key_named_like_its_origin() {
    let checkpoint = example();
    let note = signed(&checkpoint, &checkpoint.origin, 1);
    assert_eq!(Checkpoint::open(&note, &[key(&checkpoint.origin, 1)]), Ok(checkpoint));
}

#[test]
fn a_checkpoint_signed_only_under_another_name_is_refused() {
    let checkpoint = example();
    let note = signed(&checkpoint, "witness.example", 2);
    let error = Checkpoint::open(&note, &[key("witness.example", 2)]).unwrap_err();
    assert_eq!(error, CheckpointError::KeyName { origin: checkpoint.origin.clone() });
    assert_eq!(error.code(), "checkpoint_key_name");
    let lines =
        |note: &[u8]| String::from_utf8(note.to_vec()).unwrap().rsplit_once("\n\n").unwrap().1.to_owned();
    let both = [&signed(&checkpoint, &checkpoint.origin, 1)[..], lines(&note).as_bytes()].concat();
    let known = [key("witness.example", 2), key(&checkpoint.origin, 1)];
    assert_eq!(Checkpoint::open(&both, &known), Ok(checkpoint.clone()));
    assert_eq!(
        Checkpoint::open(&both, &known[..1]),
        Err(CheckpointError::KeyName { origin: checkpoint.origin })
    );
}

#[test]
fn refusals_of_the_note_keep_their_code_and_place() {
    let checkpoint = example();
    let note = signed(&checkpoint, &checkpoint.origin, 1);
    let error = Checkpoint::open(&note, &[key(&checkpoint.origin, 2)]).unwrap_err();
    assert_eq!((error.code(), error.offset()), ("note_unverified", None));
    let error = Checkpoint::open(&note[..note.len() - 1], &[key(&checkpoint.origin, 1)]).unwrap_err();
    assert_eq!(
        (error.code(), error.offset()),
        ("note_signature_line", Some(checkpoint.to_text().len() as u64 + 1))
    );
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_signed_checkpoint_is_refused() {
    let checkpoint = example();
    let note = signed(&checkpoint, &checkpoint.origin, 1);
    let known = [key(&checkpoint.origin, 1)];
    for at in 0..note.len() {
        assert!(Checkpoint::open(&note[..at], &known).is_err(), "cut at {at}");
        for bit in 0..8 {
            let mut changed = note.clone();
            changed[at] ^= 1 << bit;
            assert!(Checkpoint::open(&changed, &known).is_err(), "byte {at} bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn a_checkpoint_that_reads_has_no_other_byte_form(
        origin in "[a-z /.\u{e9}]{1,12}",
        size in prop_oneof![0..1000u64, any::<u64>()],
        root in any::<[u8; 32]>(),
        edit in prop::option::of((any::<prop::sample::Index>(), prop::char::range('\n', '~'))),
    ) {
        let mut text = Checkpoint { origin, size, root: Digest::from_bytes(root) }.to_text();
        if let Some((at, new)) = edit {
            let mut chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len());
            chars[at] = new;
            text = chars.into_iter().collect();
        }
        match Checkpoint::parse(&text) {
            Ok(read) => prop_assert_eq!(read.to_text(), text),
            Err(error) => prop_assert!(error.offset().unwrap() <= text.len() as u64),
        }
    }
}
