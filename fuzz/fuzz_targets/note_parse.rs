//! Signed notes and checkpoints from hostile bytes: whatever reads has no other byte form, and verifying it never panics.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::note::Note;
use ztp_core::Coded;
use ztp_core::vkey::VerifierKey;

static KNOWN: LazyLock<Vec<VerifierKey>> = LazyLock::new(|| {
    vec!["bench-01.example/audit+033faf08+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs".parse().unwrap()]
});

fuzz_target!(|data: &[u8]| {
    let note = match Note::parse(data) {
        Ok(note) => note,
        Err(error) => {
            assert!(error.offset().unwrap() <= data.len() as u64);
            return;
        }
    };
    assert_eq!(note.to_bytes(), data);
    let verified = note.verify(&KNOWN).is_ok();
    let opened = Checkpoint::open(data, &KNOWN).is_ok();
    match Checkpoint::parse(note.text()) {
        Ok(checkpoint) => {
            assert_eq!(checkpoint.to_text(), note.text());
            assert!(verified || !opened);
        }
        Err(error) => {
            assert!(error.offset().unwrap() <= note.text().len() as u64);
            assert!(!opened);
        }
    }
});
