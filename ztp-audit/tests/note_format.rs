//! Signed notes: one byte form, exact refusals, and the C2SP rules for known and unknown keys.
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
use ztp_audit::note::{NOTE_BYTES_MAX, Note, NoteError, SIGNATURES_MAX, sign};
use ztp_core::Coded;
use ztp_core::encoding::base64_encode;
use ztp_core::signature::{PublicKey, SignatureError, Signer, SigningKey};
use ztp_core::vkey::VerifierKey;

/// Made by Go `golang.org/x/mod/sumdb/note` from the seed of 32 bytes 0x07, and so a check of both directions.
const GO_NOTE: &str = "bench-01.example/audit\n1\nhnVOcauQ8wXE+qfu5XtBuJ5J683wOnRchV7mEeRZcjc=\n\n\u{2014} bench-01.example/audit \
                       Az+vCGYy78qiEGmf4Mj5wez5i1VvcGKu0kWY/OFT3i0cLiR4y5uN/A/B3o9ETuM3doABVfllDRDGV9SIansDoJd5xA8=\n";
const GO_VKEY: &str = "bench-01.example/audit+033faf08+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

const TEXT: &str = "a line\n\nanother, after an empty one\n";

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn key(name: &str, seed: u8) -> VerifierKey {
    VerifierKey::new(name, signer(seed).public_key().clone()).unwrap()
}

/// The signature line of a note that has one.
fn line(note: &[u8]) -> String {
    let note = std::str::from_utf8(note).unwrap();
    note.rsplit_once("\n\n").unwrap().1.to_owned()
}

/// A note of [`TEXT`] with one line per name and seed.
fn signed_by(signers: &[(&str, u8)]) -> Vec<u8> {
    let lines = signers.iter().map(|(name, seed)| line(&sign(TEXT, name, &signer(*seed)).unwrap()));
    format!("{TEXT}\n{}", lines.collect::<String>()).into_bytes()
}

fn refused(note: impl AsRef<[u8]>) -> NoteError {
    Note::parse(note.as_ref()).unwrap_err()
}

#[test]
fn a_note_signed_here_is_byte_for_byte_that_of_another_implementation() {
    let (text, _) = GO_NOTE.rsplit_once("\n\n").unwrap();
    let note = sign(&format!("{text}\n"), "bench-01.example/audit", &signer(7)).unwrap();
    assert_eq!(String::from_utf8(note).unwrap(), GO_NOTE);
    assert_eq!(key("bench-01.example/audit", 7).to_string(), GO_VKEY);
}

#[test]
fn a_note_of_another_implementation_verifies_and_gives_its_parts() {
    let known = [GO_VKEY.parse().unwrap()];
    let note = Note::parse(GO_NOTE.as_bytes()).unwrap();
    assert_eq!(note.verify(&known).unwrap(), [&known[0]]);
    let [signature] = note.signatures() else { panic!("one signature") };
    assert_eq!((signature.name(), signature.key_id()), ("bench-01.example/audit", 0x033f_af08));
    assert_eq!(signature.signature().len(), 64);
    assert_eq!(note.to_bytes(), GO_NOTE.as_bytes());
}

#[test]
fn the_text_ends_at_the_last_empty_line() {
    let note = Note::parse(&signed_by(&[("a.example", 1)])).unwrap();
    assert_eq!(note.text(), TEXT);
    assert!(note.verify(&[key("a.example", 1)]).is_ok());
    let shortest = sign("\n", "a.example", &signer(1)).unwrap();
    assert_eq!(Note::parse(&shortest).unwrap().text(), "\n");
}

#[test]
fn what_breaks_the_form_is_refused_with_its_place() {
    let good = "text\n\n\u{2014} n AAAAAAA=\n";
    assert_eq!(Note::parse(good.as_bytes()).unwrap().signatures()[0].signature(), [0]);
    let cases: &[(&[u8], &str, Option<u64>)] = &[
        (b"", "note_separator_missing", Some(0)),
        (b"text\n", "note_separator_missing", Some(5)),
        (b"text\n\xe2\x80\x94 n AAAAAAA=\n", "note_separator_missing", Some(20)),
        (b"text\n\n", "note_signature_line", Some(6)),
        (b"text\n\n\xe2\x80\x94 n AAAAAAA=", "note_signature_line", Some(6)),
        (b"text\n\n\xe2\x80\x94 n AAAAAAA=\n\n", "note_signature_line", Some(22)),
        (b"text\n\n\xe2\x80\x94 n AAAAAAA=\ntail\n", "note_signature_line", Some(21)),
        (b"text\n\n- n AAAAAAA=\n", "note_signature_line", Some(6)),
        (b"text\n\n\xe2\x80\x94n AAAAAAA=\n", "note_signature_line", Some(6)),
        (b"text\n\n\xe2\x80\x94 nAAAAAAA=\n", "note_signature_line", Some(6)),
        (b"text\n\n \xe2\x80\x94 n AAAAAAA=\n", "note_signature_line", Some(6)),
        (b"text\n\n\xe2\x80\x94  AAAAAAA=\n", "note_key_name", Some(10)),
        (b"text\n\n\xe2\x80\x94 n+m AAAAAAA=\n", "note_key_name", Some(10)),
        (b"text\n\n\xe2\x80\x94 n\xc2\xa0m AAAAAAA=\n", "note_key_name", Some(10)),
        (b"text\n\n\xe2\x80\x94 n \n", "note_signature_encoding", Some(12)),
        (b"text\n\n\xe2\x80\x94 n AAAAAA==\n", "note_signature_encoding", Some(12)),
        (b"text\n\n\xe2\x80\x94 n AAAAAAA\n", "note_signature_encoding", Some(12)),
        (b"text\n\n\xe2\x80\x94 n AAAAAAB=\n", "note_signature_encoding", Some(12)),
        (b"text\n\n\xe2\x80\x94 n AAAAAAA= \n", "note_signature_encoding", Some(12)),
        (b"text\n\n\xe2\x80\x94 n  AAAAAAA=\n", "note_signature_encoding", Some(12)),
        (b"text\n\n\xe2\x80\x94 n AAAA_AA=\n", "note_signature_encoding", Some(12)),
        (b"te\xffxt\n\n\xe2\x80\x94 n AAAAAAA=\n", "note_not_utf8", Some(2)),
        (b"text\n\n\xe2\x80", "note_not_utf8", Some(6)),
        (b"te\txt\n\n\xe2\x80\x94 n AAAAAAA=\n", "note_control_character", Some(2)),
        (b"text\r\n\r\n\xe2\x80\x94 n AAAAAAA=\r\n", "line_ends_converted", Some(4)),
        (b"text\n\n\xe2\x80\x94 n AAAAAAA=\r\n", "line_ends_converted", Some(20)),
        (b"text\0\n\n\xe2\x80\x94 n AAAAAAA=\n", "note_control_character", Some(4)),
    ];
    for (note, code, offset) in cases {
        let error = refused(note);
        assert_eq!((error.code(), error.offset()), (*code, *offset), "{:?}", String::from_utf8_lossy(note));
    }
}

#[test]
fn the_limits_of_size_signatures_and_names_hold_exactly() {
    let line = "\u{2014} n AAAAAAA=\n";
    let sized = |bytes: usize| format!("{}\n\n{line}", "x".repeat(bytes - 2 - line.len()));
    assert!(Note::parse(sized(NOTE_BYTES_MAX).as_bytes()).is_ok());
    let error = refused(sized(NOTE_BYTES_MAX + 1));
    assert_eq!(error, NoteError::TooLarge { bytes: 1_000_001 });
    assert_eq!((error.code(), error.offset()), ("note_too_large", Some(1_000_000)));

    let counted = |signatures: usize| format!("x\n\n{}", line.repeat(signatures));
    assert_eq!(Note::parse(counted(SIGNATURES_MAX).as_bytes()).unwrap().signatures().len(), 100);
    let error = refused(counted(SIGNATURES_MAX + 1));
    assert_eq!(error, NoteError::TooManySignatures { offset: 3 + 100 * line.len() });
    assert_eq!(error.code(), "note_too_many_signatures");

    let named = |bytes: usize| format!("x\n\n\u{2014} {} AAAAAAA=\n", "n".repeat(bytes));
    assert!(Note::parse(named(255).as_bytes()).is_ok());
    assert_eq!(refused(named(256)), NoteError::KeyName { offset: 7 });
}

#[test]
fn signatures_by_unknown_keys_are_ignored_even_with_a_known_name_or_id() {
    let note = Note::parse(&signed_by(&[("a.example", 1), ("b.example", 2), ("a.example", 3)])).unwrap();
    let known = [key("a.example", 3)];
    assert_eq!(note.verify(&known).unwrap(), [&known[0]]);
    let known = [key("b.example", 2), key("c.example", 1), key("a.example", 1)];
    assert_eq!(note.verify(&known).unwrap(), [&known[2], &known[0]]);
}

#[test]
fn a_note_that_no_known_key_signed_is_refused() {
    let note = Note::parse(&signed_by(&[("a.example", 1), ("b.example", 2)])).unwrap();
    for known in [vec![], vec![key("a.example", 2)], vec![key("c.example", 1), key("b.example", 1)]] {
        let error = note.verify(&known).unwrap_err();
        assert_eq!(error, NoteError::Unverified { signatures: 2 });
        assert_eq!(error.code(), "note_unverified");
    }
}

#[test]
fn one_bad_signature_by_a_known_key_refuses_the_note_whatever_else_it_carries() {
    let good = signed_by(&[("a.example", 1)]);
    let other = line(&sign("another text\n", "b.example", &signer(2)).unwrap());
    let note = [&good[..], other.as_bytes()].concat();
    let known = [key("a.example", 1), key("b.example", 2)];
    let error = Note::parse(&note).unwrap().verify(&known).unwrap_err();
    let (name, source) = ("b.example".to_owned(), SignatureError::Mismatch);
    assert_eq!(error, NoteError::SignatureInvalid { name, offset: good.len(), source });
    assert_eq!((error.code(), error.offset()), ("note_signature_invalid", Some(good.len() as u64)));
    assert!(Note::parse(&note).unwrap().verify(&known[..1]).is_ok());
}

#[test]
fn a_key_that_signed_twice_counts_once_and_cannot_hide_a_bad_signature_behind_a_good_one() {
    let known = [key("a.example", 1)];
    let twice = signed_by(&[("a.example", 1), ("a.example", 1)]);
    assert_eq!(Note::parse(&twice).unwrap().verify(&known).unwrap(), [&known[0]]);
    let good = signed_by(&[("a.example", 1)]);
    let bad = line(&sign("another text\n", "a.example", &signer(1)).unwrap());
    let error = Note::parse(&[&good[..], bad.as_bytes()].concat()).unwrap().verify(&known).unwrap_err();
    assert_eq!((error.code(), error.offset()), ("note_signature_invalid", Some(good.len() as u64)));
}

#[test]
fn a_signature_of_the_wrong_length_by_a_known_key_refuses_the_note() {
    let known = key("a.example", 1);
    let cut = base64_encode(&[&known.key_hash().to_be_bytes()[..], &[1; 63]].concat());
    let note = format!("{TEXT}\n\u{2014} a.example {cut}\n");
    let error = Note::parse(note.as_bytes()).unwrap().verify(std::slice::from_ref(&known)).unwrap_err();
    let source = SignatureError::Length { expected: 64, found: 63 };
    assert_eq!(
        error,
        NoteError::SignatureInvalid { name: "a.example".to_owned(), offset: TEXT.len() + 1, source }
    );
}

#[test]
fn two_known_keys_with_one_name_and_id_are_ambiguous_and_one_given_twice_is_not() {
    // The ID has 32 bits: these seeds were found by trying some 57,000.
    let colliding = |number: u32| {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        SigningKey::from_seed(&seed)
    };
    let (first, second) = (colliding(55_886), colliding(57_098));
    let name = "a.example/log";
    let keys = [&first, &second].map(|key| VerifierKey::new(name, key.public_key().clone()).unwrap());
    assert_eq!((keys[0].key_hash(), keys[1].key_hash()), (0x3648_be56, 0x3648_be56));
    let note = Note::parse(&sign(TEXT, name, &first).unwrap()).unwrap();
    let error = note.verify(&keys).unwrap_err();
    assert_eq!(error, NoteError::AmbiguousKey { name: name.to_owned() });
    assert_eq!(error.code(), "note_ambiguous_key");
    assert_eq!(note.verify(&[keys[0].clone(), keys[0].clone()]).unwrap(), [&keys[0]]);
    assert_eq!(note.verify(&keys[1..]).unwrap_err().code(), "note_signature_invalid");
}

#[test]
fn a_text_or_name_that_would_not_read_back_is_not_signed() {
    let key = signer(1);
    let refused = |text: &str, name: &str| sign(text, name, &key).unwrap_err();
    assert_eq!(refused("", "a.example"), NoteError::TextUnterminated);
    assert_eq!(refused("no end", "a.example").code(), "note_text_unterminated");
    assert_eq!(refused("a\rb\n", "a.example"), NoteError::ControlCharacter { offset: 1 });
    for name in ["", "a b", "a+b", "a\nb", &"n".repeat(256)] {
        assert_eq!(refused("text\n", name).code(), "vkey_name", "{name:?}");
    }
    let large = format!("{}\n", "x".repeat(NOTE_BYTES_MAX));
    assert_eq!(refused(&large, "a.example").code(), "note_too_large");
}

#[test]
fn a_signer_whose_signature_does_not_hold_makes_no_note() {
    struct Faulty(PublicKey, usize);
    impl Signer for Faulty {
        fn public_key(&self) -> &PublicKey {
            &self.0
        }
        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignatureError> {
            Ok(vec![0x5a; self.1])
        }
    }
    for length in [0, 63, 64, 65] {
        let faulty = Faulty(signer(1).public_key().clone(), length);
        assert_eq!(sign(TEXT, "a.example", &faulty), Err(NoteError::Signer(SignatureError::SelfCheck)));
    }
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_signed_note_is_refused() {
    let note = sign(TEXT, "a.example", &signer(1)).unwrap();
    let known = [key("a.example", 1)];
    let accepted = |note: &[u8]| Note::parse(note).is_ok_and(|note| note.verify(&known).is_ok());
    assert!(accepted(&note));
    for at in 0..note.len() {
        assert!(!accepted(&note[..at]), "cut at {at}");
        for bit in 0..8 {
            let mut changed = note.clone();
            changed[at] ^= 1 << bit;
            assert!(!accepted(&changed), "byte {at} bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn a_note_that_reads_has_no_other_byte_form(
        lines in prop::collection::vec("[ a-zA-Z\u{2014}+=\n]{0,6}", 0..5),
        signatures in prop::collection::vec(("[a-z.\u{e9}]{1,8}", prop::collection::vec(any::<u8>(), 1..9)), 0..4),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let mut note = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        note.push('\n');
        for (name, bytes) in &signatures {
            note.push_str(&format!("\u{2014} {name} {}\n", base64_encode(bytes)));
        }
        let mut note = note.into_bytes();
        for (at, byte) in edits {
            let at = at.index(note.len());
            note[at] = byte;
        }
        match Note::parse(&note) {
            Ok(read) => prop_assert_eq!(read.to_bytes(), note),
            Err(error) => prop_assert!(error.offset().unwrap() <= note.len() as u64, "{}", error),
        }
    }
}
