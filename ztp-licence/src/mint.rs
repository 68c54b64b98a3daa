//! Notes that an envelope mints: what the bench may spend offline.

use std::collections::BTreeMap;

use ztp_core::time::Timestamp;

use crate::LicenceError;
use crate::member::{self, INTEGER_LIMIT};
use crate::reader::Reader;

/// Most notes in one envelope.
pub const NOTES_MAX: usize = 65_536;

/// A note: an amount of something that can be spent within a window of time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// Number of the note within its envelope.
    pub serial: u64,
    /// What the note pays for.
    pub class: String,
    /// How much, from 1 to 2^53 - 1, in units of the class.
    pub amount: u64,
    /// First moment at which the note can be spent.
    pub not_before: Timestamp,
    /// Last moment at which the note can be spent.
    pub not_after: Timestamp,
}

impl Note {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LicenceError> {
        reader.object(&["amount", "class", "not_after", "not_before", "serial"], |members| {
            let amount = members.required("amount", member::integer(1, INTEGER_LIMIT))?;
            let class = members.required("class", member::identifier)?;
            let (not_before, not_after) = member::window(members)?;
            let serial = members.required("serial", member::integer(0, INTEGER_LIMIT))?;
            Ok(Self { serial, class, amount, not_before, not_after })
        })
    }
}

/// Reads the list of notes: serials ascend, and the amounts of each class add up to no more than 2^53 - 1.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Vec<Note>, LicenceError> {
    let notes = reader.array(0, NOTES_MAX, Note::read)?;
    member::ascending(&notes, |note| &note.serial)?;
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    for (index, note) in notes.iter().enumerate() {
        let total = totals.entry(&note.class).or_default();
        // Both are at most 2^53 - 1, so the sum cannot wrap.
        *total += note.amount;
        if *total > INTEGER_LIMIT {
            return Err(LicenceError::MintTotal { path: format!("[{index}]") });
        }
    }
    Ok(notes)
}

/// What the notes of one class add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ClassTotal {
    /// Number of notes.
    pub notes: u64,
    /// Sum of their amounts, at most 2^53 - 1.
    pub amount: u64,
}

/// The notes of an envelope by class.
#[must_use]
pub fn totals(notes: &[Note]) -> BTreeMap<&str, ClassTotal> {
    let mut totals: BTreeMap<&str, ClassTotal> = BTreeMap::new();
    for note in notes {
        let total = totals.entry(&note.class).or_default();
        total.notes += 1;
        total.amount += note.amount;
    }
    totals
}
