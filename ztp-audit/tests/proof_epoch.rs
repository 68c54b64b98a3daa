//! Which records a key vouches for, as far as a proof shows it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::*;
use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::control::LogSealed;
use ztp_audit::head::vkey_of;
use ztp_audit::proof::InclusionBuilder;
use ztp_audit::prove::{check_inclusion, prove_inclusion};
use ztp_audit::record::{Draft, RecordView, encode_payload, write_record};
use ztp_audit::tlog_proof::TlogProof;
use ztp_audit::tree::{Frontier, leaf_hash};
use ztp_core::Coded as _;
use ztp_core::digest::Digest;
use ztp_core::event::EventClass;
use ztp_core::signature::SigningKey;
use ztp_core::vkey::VerifierKey;

#[test]
fn a_proof_says_that_the_epoch_of_its_key_is_unchecked_unless_the_record_shows_it() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 60, 20);
    let log = load(dir.path());
    let lines: Vec<&[u8]> = log.segments[&0].split(|&b| b == b'\n').filter(|l| !l.is_empty()).collect();
    let checked = |seq: u64, size: Option<u64>| {
        let proof = prove_inclusion(dir.path(), seq, size).unwrap();
        let at = proof.windows(ORIGIN.len()).position(|w| w == ORIGIN.as_bytes()).unwrap();
        let vkey = vkey_of(dir.path(), &proof[at..]).unwrap();
        check_inclusion(&proof, lines[usize::try_from(seq).unwrap()], &vkey).unwrap()
    };
    let sizes: Vec<u64> = (0..60).map(|seq| checked(seq, None).size).collect();
    for seq in 0..60u64 {
        let shown = checked(seq, None);
        assert_eq!(shown.in_epoch_of_key, seq == 0 || seq + 1 == shown.size, "record {seq}");
        // Under a later checkpoint no record of before is one of its key's epoch, and none claims to be.
        let last = *sizes.last().unwrap();
        assert_eq!(checked(seq, Some(last)).in_epoch_of_key, seq + 1 == last, "record {seq}");
    }
}

/// What root makes with the key that is on the host: a tree of records that never were, under a key that is genuine.
#[test]
fn a_forged_tree_under_the_open_epochs_key_is_told_as_unchecked_or_refused() {
    let key = SigningKey::from_seed(&[9; 32]);
    let vkey = VerifierKey::new(ORIGIN, key.public_key().clone()).unwrap();
    let sealed =
        LogSealed { epoch: 5, next_public_key: key.public_key().clone(), boot_id: None, monotonic_ms: None };
    let other =
        LogSealed { next_public_key: SigningKey::from_seed(&[8; 32]).public_key().clone(), ..sealed.clone() };
    let payload = |value| encode_payload(&value).unwrap();
    let forge = |last: (&'static str, Vec<u8>)| {
        let mut log = Vec::new();
        let mut previous = Digest::ZERO;
        let ordinary = ("operator.note", b"{}".to_vec());
        let records = [&ordinary, &ordinary, &ordinary, &last];
        for (seq, (name, payload)) in (0..).zip(records) {
            let event_class = EventClass::new(*name).unwrap();
            let draft = Draft { event_class: &event_class, payload, timestamp: at(0) };
            previous = write_record(&mut log, &draft, seq, &previous);
        }
        let lines: Vec<Vec<u8>> = log.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
        let leaves: Vec<Digest> = lines
            .iter()
            .map(|line| {
                leaf_hash(RecordView::parse(line.trim_ascii_end()).unwrap().computed_hash().as_bytes())
            })
            .collect();
        let mut frontier = Frontier::new();
        leaves.iter().for_each(|leaf| frontier.push_leaf(*leaf).unwrap());
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: 4, root: frontier.root() };
        let note = ztp_audit::note::sign(&checkpoint.to_text(), ORIGIN, &key).unwrap();
        let proof = |seq: u64| {
            let mut builder = InclusionBuilder::new(seq, 4).unwrap();
            leaves.iter().for_each(|leaf| builder.push_leaf(*leaf).unwrap());
            TlogProof::new(seq, builder.finish().unwrap().path, &note).unwrap().to_bytes()
        };
        [2, 3].map(|seq| check_inclusion(&proof(seq), &lines[usize::try_from(seq).unwrap()], &vkey))
    };
    let [middle, last] = forge(("log.sealed", payload(other.to_value())));
    assert!(
        !middle.unwrap().in_epoch_of_key,
        "an old record that was exchanged is no record of the key's epoch"
    );
    assert!(last.unwrap().in_epoch_of_key);
    for refused in [("operator.note", b"{}".to_vec()), ("log.sealed", payload(sealed.to_value()))] {
        let [_, last] = forge(refused);
        assert_eq!(last.unwrap_err().code(), "proof_key_epoch");
    }
}
