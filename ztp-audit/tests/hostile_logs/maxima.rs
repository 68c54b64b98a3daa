//! The longest that an honest log can be in what has a bound, and one byte more.

use std::fs;

use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::control::SealPolicy;
use ztp_audit::layout::{
    FILED_NOTE_BYTES_MAX, NOTES_BYTES_MAX, ORIGIN_BYTES_MAX, SEGMENT_RECORDS, notes_path,
};
use ztp_audit::note;
use ztp_audit::store::{CreateOptions, Host, NewEvent, Writer};
use ztp_audit::verdict::{BreakKind, Status};
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir, verify_source};
use ztp_core::canonical::Value;
use ztp_core::digest::{Digest, sha256};
use ztp_core::event::EventClass;
use ztp_core::time::Timestamp;

use crate::forge::{Forge, ORIGIN, key};

struct Counter(u64);

impl Host for Counter {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        *seed = *sha256(&self.0.to_le_bytes()).as_bytes();
        self.0 += 1;
        Ok(())
    }
    fn boot_id(&mut self) -> Option<String> {
        None
    }
    fn monotonic_ms(&mut self) -> Option<u64> {
        None
    }
}

#[test]
fn the_bound_of_a_checkpoint_is_what_the_longest_has() {
    let origin = "o".repeat(ORIGIN_BYTES_MAX);
    let largest =
        Checkpoint { origin: origin.clone(), size: (1 << 53) - 1, root: Digest::from_bytes([255; 32]) };
    let note = note::sign(&largest.to_text(), &origin, &key(0)).unwrap();
    assert_eq!(note.len() + 1, FILED_NOTE_BYTES_MAX);
    assert_eq!(NOTES_BYTES_MAX, 65_536 * FILED_NOTE_BYTES_MAX as u64);
    let longer = "o".repeat(ORIGIN_BYTES_MAX + 1);
    assert!(note::sign(&largest.to_text(), &longer, &key(0)).is_err());
}

/// A segment of seals alone under the longest origin: its checkpoints are more than 32 MiB, and every reader takes them.
#[test]
fn a_segment_of_seals_alone_with_the_longest_origin_verifies_and_opens() {
    let base = ["/dev/shm", "/tmp"].into_iter().find(|dir| fs::metadata(dir).is_ok()).unwrap();
    let dir = tempfile::tempdir_in(base).unwrap();
    let origin = "o".repeat(ORIGIN_BYTES_MAX);
    let options = CreateOptions { origin, policy: SealPolicy::default() };
    let at = |n: u64| Timestamp::from_millis(1_778_572_800_000 + i64::try_from(n).unwrap()).unwrap();
    let mut writer = Writer::create(dir.path(), &options, at(0), Box::new(Counter(0))).unwrap();
    while writer.last().0 + 1 < SEGMENT_RECORDS {
        writer.seal(at(writer.last().0)).unwrap();
    }
    let head = writer.head().unwrap().to_vec();
    drop(writer);
    let notes = fs::metadata(notes_path(dir.path(), 0)).unwrap().len();
    assert!(notes > 32 << 20 && notes <= NOTES_BYTES_MAX, "{notes}");

    let keep = VerifyOptions { head: Some(head.clone()), ..VerifyOptions::default() };
    let verdict = verify_dir(dir.path(), &keep, &NoProgress).unwrap();
    assert_eq!(
        (verdict.status, verdict.breaks_total, verdict.seals),
        (Status::Intact, 0, SEGMENT_RECORDS - 1)
    );
    assert_eq!(ztp_audit::head::last_note(dir.path()).unwrap().unwrap(), head);

    let mut writer = Writer::open(dir.path(), at(SEGMENT_RECORDS), Box::new(Counter(1 << 40))).unwrap();
    assert_eq!((writer.last().0 + 1, writer.head()), (SEGMENT_RECORDS, Some(&*head)));
    let event = NewEvent {
        event_class: EventClass::new("operator.note").unwrap(),
        payload: Value::object([("text", Value::String("x".to_owned()))]),
        timestamp: None,
    };
    writer.append(&[event], at(SEGMENT_RECORDS)).unwrap();
    writer.seal(at(SEGMENT_RECORDS)).unwrap();
    assert_eq!(verify_dir(dir.path(), &keep, &NoProgress).unwrap().status, Status::Intact);
}

#[test]
fn checkpoints_beyond_the_bound_are_a_break_that_says_so_and_never_an_end() {
    let mut forge = Forge::new(ORIGIN);
    forge.event();
    forge.seal();
    let notes = forge.log.notes.get_mut(&0).unwrap();
    // Notes of no seal up to the bound, and the last seal's checkpoint after it.
    let filler = notes.clone();
    while (notes.len() + filler.len()) as u64 <= NOTES_BYTES_MAX {
        notes.extend_from_slice(&filler);
    }
    let rest = usize::try_from(NOTES_BYTES_MAX).unwrap() - notes.len();
    notes.extend(std::iter::repeat_n(b'x', rest));
    let at_bound = verify_source(&forge.log, &VerifyOptions::default(), &NoProgress).unwrap();
    assert!(at_bound.breaks.iter().all(|b| b.kind != BreakKind::NotesLength));
    forge.event();
    forge.seal();
    let beyond = VerifyOptions { breaks_max: 1_000_000, ..VerifyOptions::default() };
    let verdict = verify_source(&forge.log, &beyond, &NoProgress).unwrap();
    let found: Vec<_> = verdict.breaks.iter().filter(|b| b.kind == BreakKind::NotesLength).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].offset, found[0].file.as_str()),
        (NOTES_BYTES_MAX, "checkpoints/00000000000000000000.notes")
    );
    assert_eq!((verdict.status, verdict.seals), (Status::Broken, 1));

    // Reading a head, or making a proof, says so too.
    let dir = tempfile::tempdir().unwrap();
    crate::process::write(&forge.log, dir.path());
    let refused = ztp_audit::head::last_note(dir.path()).unwrap_err();
    assert_eq!(ztp_core::Coded::code(&refused), "notes_too_long");
    let refused = ztp_audit::prove::prove_inclusion(dir.path(), 4, None).unwrap_err();
    assert_eq!(ztp_core::Coded::code(&refused), "notes_too_long");
}
