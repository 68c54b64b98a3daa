//! The weakened verifier: it follows chain, tree, seals and keys and holds a pinned key and a kept head against them, as a careful person
//! writes it at first. What it lacks is what the attacks that use it are about: of a line that it skips it believes the content; a tail
//! is as long as it is; a key is the log's if record 0 says so; and a log that nothing outside it vouches for is good too.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "test code: a panic is a failed test"
)]

use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::control::{LogOpened, LogSealed};
use ztp_audit::note::Note;
use ztp_audit::record::{RecordView, Skimmed, skim};
use ztp_audit::source::MemorySource;
use ztp_audit::tree::{Frontier, leaf_hash};
use ztp_core::digest::Digest;
use ztp_core::vkey::VerifierKey;

use crate::forging::split_notes;

/// What the auditor of the weakened verifier brings, and which lines it only skims.
pub(crate) struct Weak<'a> {
    pub(crate) pinned: Option<&'a VerifierKey>,
    pub(crate) head: Option<&'a [u8]>,
    pub(crate) skips: &'a dyn Fn(&Skimmed<'_>) -> bool,
}

impl Weak<'_> {
    pub(crate) fn accepts(&self, log: &MemorySource) -> bool {
        self.walk(log).is_some()
    }

    fn walk(&self, log: &MemorySource) -> Option<()> {
        let notes: Vec<String> =
            log.notes.values().flat_map(|n| split_notes(std::str::from_utf8(n).unwrap())).collect();
        let kept = self.head.map(|h| Checkpoint::parse(Note::parse(h).unwrap().text()).unwrap());
        let (mut tree, mut previous, mut key) = (Frontier::new(), Digest::ZERO, None);
        let mut head_seen = kept.is_none();
        let lines: Vec<&[u8]> =
            log.segments.values().flat_map(|s| s.split(|&b| b == b'\n')).filter(|l| !l.is_empty()).collect();
        for line in &lines {
            let record = RecordView::parse(line).ok()?;
            let stated = record.claimed_hash()?;
            let checked = !skim(line).is_some_and(|s| (self.skips)(&s));
            let linked = record.prev_hash() == Some(previous) && record.seq == tree.size();
            if checked && !(linked && record.computed_hash() == stated) {
                return None;
            }
            previous = stated;
            tree.push_leaf(leaf_hash(stated.as_bytes())).ok()?;
            if record.event_class == b"log.opened" {
                let opened = LogOpened::parse(record.payload).ok()?;
                let first = VerifierKey::new(&opened.origin, opened.public_key).ok()?;
                if self.pinned.is_some_and(|p| p.to_string() != first.to_string()) {
                    return None;
                }
                key = Some(first);
            } else if record.event_class == b"log.sealed" {
                let sealed = LogSealed::parse(record.payload).ok()?;
                let signer = key.take()?;
                key = Some(VerifierKey::new(signer.name(), sealed.next_public_key).ok()?);
                let size = tree.size().to_string();
                let note = notes.iter().find(|n| n.lines().nth(1) == Some(size.as_str()));
                match note.map(|n| Note::parse(n.as_bytes()).unwrap()) {
                    None if tree.size() == lines.len() as u64 => {}
                    None => return None,
                    Some(note) => {
                        note.verify(std::slice::from_ref(&signer)).ok()?;
                        (Checkpoint::parse(note.text()).ok()?.root == tree.root()).then_some(())?;
                    }
                }
            }
            if let Some(kept) = kept.as_ref().filter(|k| k.size == tree.size()) {
                head_seen = kept.root == tree.root();
            }
        }
        head_seen.then_some(())
    }
}
