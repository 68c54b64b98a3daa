//! Proof files: the C2SP tlog-proof and the add-checkpoint body, written, read, checked and refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    reason = "a panic is how a test reports a failure"
)]

mod naive;

use proptest::prelude::*;
use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::note::sign;
use ztp_audit::proof::ProofError;
use ztp_audit::tlog_proof::{AddCheckpoint, FILE_PATH_MAX, PROOF_FILE_BYTES_MAX, ProofFileError, TlogProof};
use ztp_audit::tree::{empty_root, leaf_hash};
use ztp_core::Coded;
use ztp_core::digest::Digest;
use ztp_core::signature::SigningKey;
use ztp_core::vkey::VerifierKey;

const ORIGIN: &str = "bench-01.example/audit";

fn key(seed: u8) -> VerifierKey {
    VerifierKey::new(ORIGIN, SigningKey::from_seed(&[seed; 32]).public_key().clone()).unwrap()
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint { origin: ORIGIN.to_owned(), size, root: naive::root(&naive::entries(size)) }
}

fn signed(checkpoint: &Checkpoint, seed: u8) -> Vec<u8> {
    sign(&checkpoint.to_text(), ORIGIN, &SigningKey::from_seed(&[seed; 32])).unwrap()
}

/// The proof that leaf `index` is in the tree of `size` leaves, signed by key 1, and the leaf's hash.
fn inclusion(index: u64, size: u64) -> (TlogProof, Digest) {
    let entries = naive::entries(size);
    let path = naive::inclusion(index as usize, &entries);
    let leaf = leaf_hash(&entries[index as usize]);
    (TlogProof::new(index, path, &signed(&checkpoint(size), 1)).unwrap(), leaf)
}

/// The proof from `old` to `new` leaves, signed by key 1.
fn consistency(old: u64, new: u64) -> AddCheckpoint {
    let path = if old == 0 { Vec::new() } else { naive::consistency(old as usize, &naive::entries(new)) };
    AddCheckpoint::new(old, path, &signed(&checkpoint(new), 1)).unwrap()
}

#[test]
fn a_tlog_proof_has_the_lines_of_its_specification() {
    let (proof, _) = inclusion(2, 3);
    let text = String::from_utf8(proof.to_bytes()).unwrap();
    let note = String::from_utf8(signed(&checkpoint(3), 1)).unwrap();
    let sibling = naive::root(&naive::entries(2));
    let sibling = ztp_core::encoding::base64_encode(sibling.as_bytes());
    assert_eq!(text, format!("c2sp.org/tlog-proof@v1\nindex 2\n{sibling}\n\n{note}"));
    let (alone, leaf) = inclusion(0, 1);
    let text = String::from_utf8(alone.to_bytes()).unwrap();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n\nbench-01.example/audit\n1\n"));
    assert!(TlogProof::parse(text.as_bytes()).unwrap().verify(&leaf, &[key(1)]).is_ok());
}

#[test]
fn an_add_checkpoint_body_has_the_lines_of_its_specification() {
    let text = String::from_utf8(consistency(1, 2).to_bytes()).unwrap();
    let note = String::from_utf8(signed(&checkpoint(2), 1)).unwrap();
    let sibling = ztp_core::encoding::base64_encode(leaf_hash(&naive::entries(2)[1]).as_bytes());
    assert_eq!(text, format!("old 1\n{sibling}\n\n{note}"));
}

#[test]
fn every_proof_of_a_small_log_reads_back_and_holds() {
    for size in 1..=20 {
        for index in 0..size {
            let (proof, leaf) = inclusion(index, size);
            let read = TlogProof::parse(&proof.to_bytes()).unwrap();
            assert_eq!((read.index(), read.path(), read.extra()), (index, proof.path(), None));
            assert_eq!(read.verify(&leaf, &[key(1)]), Ok(&checkpoint(size)));
            let body = AddCheckpoint::parse(&consistency(index, size).to_bytes()).unwrap();
            assert_eq!((body.old_size(), body.path()), (index, consistency(index, size).path()));
            assert_eq!(body.verify(&checkpoint(index), &[key(1)]), Ok(&checkpoint(size)));
        }
        assert!(consistency(size, size).verify(&checkpoint(size), &[key(1)]).is_ok());
    }
}

#[test]
fn what_breaks_the_form_of_a_tlog_proof_is_refused_with_its_place() {
    let good = String::from_utf8(inclusion(1, 2).0.to_bytes()).unwrap();
    let (lines, note) = good.split_once("\n\n").unwrap();
    let [header, index, hash] = lines.split('\n').collect::<Vec<_>>()[..] else { panic!("three lines") };
    let refused = |file: String, code: &str, offset: usize| {
        let error = TlogProof::parse(file.as_bytes()).unwrap_err();
        assert_eq!((error.code(), error.offset()), (code, Some(offset as u64)), "{file:?}");
    };
    refused(String::new(), "proof_file_no_checkpoint", 0);
    refused(header.to_owned(), "proof_file_no_checkpoint", 22);
    refused(format!("{header}\n"), "proof_file_no_checkpoint", 23);
    refused(format!("{header}\n{index}"), "proof_file_no_checkpoint", 30);
    refused(format!("{header}\n{index}\n{hash}\n"), "proof_file_no_checkpoint", 76);
    refused(good.replace("@v1", "@v2"), "proof_file_header", 0);
    refused(format!("\n{good}"), "proof_file_header", 0);
    refused(format!(" {good}"), "proof_file_header", 0);
    refused(good.replace('\n', "\r\n"), "line_ends_converted", 22);
    for number in ["", " 1", "01", "-1", "+1", "1 ", "0x1", "x", "9223372036854775808"] {
        refused(good.replace("index 1", &format!("index {number}")), "proof_file_number", 23);
    }
    for line in ["", "Index 1", "index", "index\t1", "leaf 1", "old 1", hash] {
        refused(good.replace("index 1", line), "proof_file_number", 23);
    }
    let extra = |line: &str| good.replace("index 1", &format!("{line}\nindex 1"));
    for line in ["extra ", "extra AAA", "extra AB==", "extra  AAAA", "extra AAAA "] {
        refused(extra(line), "proof_file_extra", 23);
    }
    for line in ["extra", "Extra AAAA"] {
        refused(extra(line), "proof_file_number", 23);
    }
    refused(extra("extra AAAA\nextra AAAA"), "proof_file_number", 34);
    for line in
        [" ", "AAAA", &hash[1..], &hash[..43], &format!("{hash} "), "extra AAAA", &hash.replace('=', "")]
    {
        refused(good.replace(hash, line), "proof_file_path_line", 31);
    }
    let start = 77;
    refused(format!("{header}\n{index}\n{hash}\n\n"), "note_separator_missing", start);
    refused(good.replace("\n2\n", "\n02\n"), "checkpoint_size", start + ORIGIN.len() + 1);
    refused(
        good[..good.len() - 1].to_owned(),
        "note_signature_line",
        start + checkpoint(2).to_text().len() + 1,
    );
    refused(format!("{lines}\n\n\n{note}"), "checkpoint_origin", start);
    refused(format!("{good}\n"), "note_signature_line", good.len() + 1);
}

#[test]
fn what_breaks_the_form_of_an_add_checkpoint_body_is_refused_with_its_place() {
    let good = String::from_utf8(consistency(1, 2).to_bytes()).unwrap();
    let refused = |file: String, code: &str, offset: usize| {
        let error = AddCheckpoint::parse(file.as_bytes()).unwrap_err();
        assert_eq!((error.code(), error.offset()), (code, Some(offset as u64)), "{file:?}");
    };
    refused(String::new(), "proof_file_no_checkpoint", 0);
    refused(format!("\n{good}"), "proof_file_number", 0);
    for line in ["old", "old  1", "old 01", "old -1", "index 1", "OLD 1", "old 9223372036854775808"] {
        refused(good.replace("old 1", line), "proof_file_number", 0);
    }
    refused(good.replace("old 1\n", "old 1\nAAAA\n"), "proof_file_path_line", 6);
    refused(good.replace("old 1\n", "old 1\n\n"), "checkpoint_size", 7 + 44 + 1);
    refused(good.split_once("\n\n").unwrap().0.to_owned() + "\n", "proof_file_no_checkpoint", 51);
}

#[test]
fn paths_and_files_are_bounded() {
    let note = signed(&checkpoint(2), 1);
    let path = |hashes: usize| vec![empty_root(); hashes];
    let longest = TlogProof::new(1, path(FILE_PATH_MAX), &note).unwrap().to_bytes();
    assert_eq!(TlogProof::parse(&longest).unwrap().path().len(), 63);
    assert_eq!(TlogProof::new(1, path(64), &note).unwrap_err().code(), "proof_file_path_too_long");
    assert_eq!(AddCheckpoint::new(1, path(64), &note).unwrap_err().code(), "proof_file_path_too_long");
    let line = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    let too_long = String::from_utf8(longest).unwrap().replacen(line, &line.repeat(2), 1);
    let error = TlogProof::parse(too_long.as_bytes()).unwrap_err();
    assert_eq!(error, ProofFileError::PathTooLong { offset: 31 + 63 * line.len() });
    assert_eq!(error.code(), "proof_file_path_too_long");

    let body = AddCheckpoint::new(1, path(63), &note).unwrap().to_bytes();
    assert!(AddCheckpoint::parse(&body).is_ok());
    for bytes in [PROOF_FILE_BYTES_MAX + 1, PROOF_FILE_BYTES_MAX * 2] {
        let error = AddCheckpoint::parse(&vec![b'a'; bytes]).unwrap_err();
        assert_eq!(error, ProofFileError::TooLarge { bytes });
        assert_eq!((error.code(), error.offset()), ("proof_file_too_large", Some(1 << 20)));
        assert_eq!(TlogProof::parse(&vec![b'\n'; bytes]).unwrap_err().code(), "proof_file_too_large");
    }
    assert_eq!(TlogProof::parse(&vec![b'\n'; PROOF_FILE_BYTES_MAX]).unwrap_err().code(), "proof_file_header");
}

#[test]
fn extra_data_is_carried_unchanged_and_changes_no_verdict() {
    let (proof, leaf) = inclusion(1, 3);
    let file = String::from_utf8(proof.to_bytes()).unwrap().replace("index", "extra ztn/AA==\nindex");
    let read = TlogProof::parse(file.as_bytes()).unwrap();
    assert_eq!(read.extra(), Some(&[0xce, 0xd9, 0xff, 0x00][..]));
    assert_eq!(read.to_bytes(), file.as_bytes());
    assert!(read.verify(&leaf, &[key(1)]).is_ok());
}

#[test]
fn a_proof_of_another_record_or_under_another_key_is_refused() {
    let (proof, leaf) = inclusion(1, 3);
    let error = proof.verify(&empty_root(), &[key(1)]).unwrap_err();
    assert_eq!(error.code(), "proof_root_mismatch");
    let error = proof.verify(&leaf, &[key(2)]).unwrap_err();
    assert_eq!((error.code(), error.offset()), ("note_unverified", None));
    let moved = TlogProof::new(0, proof.path().to_vec(), &signed(&checkpoint(3), 1)).unwrap();
    assert_eq!(moved.verify(&leaf, &[key(1)]).unwrap_err().code(), "proof_root_mismatch");
    let beyond = TlogProof::new(3, proof.path().to_vec(), &signed(&checkpoint(3), 1)).unwrap();
    let error = beyond.verify(&leaf, &[key(1)]).unwrap_err();
    assert_eq!(error, ProofFileError::Proof(ProofError::IndexOutOfRange { index: 3, size: 3 }));
}

#[test]
fn a_consistency_proof_from_elsewhere_is_refused() {
    let body = consistency(3, 7);
    let known = [key(1)];
    assert_eq!(body.verify(&checkpoint(4), &known).unwrap_err().code(), "proof_file_other_checkpoint");
    let renamed = Checkpoint { origin: "bench-02.example/audit".to_owned(), ..checkpoint(3) };
    assert_eq!(body.verify(&renamed, &known).unwrap_err().code(), "proof_file_other_checkpoint");
    let rewritten = Checkpoint { root: empty_root(), ..checkpoint(3) };
    assert_eq!(body.verify(&rewritten, &known).unwrap_err().code(), "proof_old_root_mismatch");
    assert_eq!(body.verify(&checkpoint(3), &[key(2)]).unwrap_err().code(), "note_unverified");
    let back = AddCheckpoint::new(7, Vec::new(), &signed(&checkpoint(3), 1)).unwrap();
    let error = back.verify(&checkpoint(7), &known).unwrap_err();
    assert_eq!(error, ProofFileError::Proof(ProofError::SizesOutOfOrder { old: 7, new: 3 }));
}

#[test]
fn two_heads_of_one_size_are_consistent_only_if_they_are_equal() {
    let same = AddCheckpoint::new(5, Vec::new(), &signed(&checkpoint(5), 1)).unwrap();
    assert!(same.verify(&checkpoint(5), &[key(1)]).is_ok());
    let forked = Checkpoint { root: leaf_hash(b"fork"), ..checkpoint(5) };
    let fork = AddCheckpoint::new(5, Vec::new(), &signed(&forked, 1)).unwrap();
    assert_eq!(fork.verify(&checkpoint(5), &[key(1)]).unwrap_err().code(), "proof_new_root_mismatch");
    let padded = AddCheckpoint::new(5, vec![empty_root()], &signed(&checkpoint(5), 1)).unwrap();
    assert_eq!(padded.verify(&checkpoint(5), &[key(1)]).unwrap_err().code(), "proof_path_length");
}

#[test]
fn from_a_log_without_records_the_path_is_empty() {
    assert!(consistency(0, 7).verify(&checkpoint(0), &[key(1)]).is_ok());
    assert!(consistency(0, 0).verify(&checkpoint(0), &[key(1)]).is_ok());
    let padded = AddCheckpoint::new(0, vec![empty_root()], &signed(&checkpoint(7), 1)).unwrap();
    let error = padded.verify(&checkpoint(0), &[key(1)]).unwrap_err();
    assert_eq!(error, ProofFileError::Proof(ProofError::PathLength { expected: 0, found: 1 }));
    let impossible = Checkpoint { root: Digest::ZERO, ..checkpoint(0) };
    let error = consistency(0, 7).verify(&impossible, &[key(1)]).unwrap_err();
    assert_eq!(error.code(), "proof_old_root_mismatch");
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_proof_file_is_refused() {
    let (proof, leaf) = inclusion(4, 11);
    let (proof, body) = (proof.to_bytes(), consistency(4, 11).to_bytes());
    let (old, known) = (checkpoint(4), [key(1)]);
    let proof_holds =
        |file: &[u8]| TlogProof::parse(file).is_ok_and(|proof| proof.verify(&leaf, &known).is_ok());
    let body_holds =
        |file: &[u8]| AddCheckpoint::parse(file).is_ok_and(|body| body.verify(&old, &known).is_ok());
    assert_no_change_holds(&proof, &proof_holds);
    assert_no_change_holds(&body, &body_holds);
}

fn assert_no_change_holds(file: &[u8], holds: &dyn Fn(&[u8]) -> bool) {
    assert!(holds(file));
    for at in 0..file.len() {
        assert!(!holds(&file[..at]), "cut at {at}");
        for bit in 0..8 {
            let mut changed = file.to_vec();
            changed[at] ^= 1 << bit;
            assert!(!holds(&changed), "byte {at} bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn a_proof_file_that_reads_has_no_other_byte_form(
        index in 0u64..12,
        extra in prop::option::of("[A-Za-z0-9+/]{4}"),
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[\n =A-Za-z0-9+/]"), 0..3),
    ) {
        let proof = String::from_utf8(inclusion(index, 12).0.to_bytes()).unwrap();
        let proof = match extra {
            Some(extra) => proof.replace("index", &format!("extra {extra}\nindex")),
            None => proof,
        };
        let body = String::from_utf8(consistency(index, 12).to_bytes()).unwrap();
        for file in [proof, body] {
            let mut file = file.into_bytes();
            for (at, new) in &edits {
                let at = at.index(file.len());
                file[at] = new.as_bytes()[0];
            }
            let written = match TlogProof::parse(&file) {
                Ok(read) => Ok(read.to_bytes()),
                Err(error) if error.code() == "proof_file_header" => {
                    AddCheckpoint::parse(&file).map(|read| read.to_bytes())
                }
                Err(error) => Err(error),
            };
            match written {
                Ok(written) => prop_assert_eq!(written, file),
                Err(error) => prop_assert!(error.offset().unwrap() <= file.len() as u64, "{}", error),
            }
        }
    }
}
