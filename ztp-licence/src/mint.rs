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

/// What the notes of a batch mostly share, and the bytes that say so.
struct Shared<'b> {
    text: &'b [u8],
    class: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Note {
    /// Reads a note. Where class and window are spelled byte by byte as in the note before, they are that note's.
    fn read<'b>(reader: &mut Reader<'b>, shared: &mut Option<Shared<'b>>) -> Result<Self, LicenceError> {
        reader.object(&["amount", "class", "not_after", "not_before", "serial"], |members| {
            let amount = members.required("amount", member::integer(1, INTEGER_LIMIT))?;
            let same = shared.take().filter(|shared| members.repeats(shared.text));
            let Shared { class, not_before, not_after, .. } = match same {
                Some(same) => shared.insert(same),
                None => {
                    let ((class, (not_before, not_after)), text) = members.spelled(|members| {
                        Ok((members.required("class", member::identifier)?, member::window(members)?))
                    })?;
                    shared.insert(Shared { text, class, not_before, not_after })
                }
            };
            let (class, not_before, not_after) = (class.clone(), *not_before, *not_after);
            let serial = members.required("serial", member::integer(0, INTEGER_LIMIT))?;
            Ok(Self { serial, class, amount, not_before, not_after })
        })
    }
}

/// Reads the list of notes: serials ascend, and the amounts of each class add up to no more than 2^53 - 1.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Vec<Note>, LicenceError> {
    let mut shared = None;
    let notes = reader.array(0, NOTES_MAX, |reader| Note::read(reader, &mut shared))?;
    member::ascending(&notes, |note| &note.serial)?;
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    let mut index = 0;
    for notes in notes.chunk_by(|note, next| note.class == next.class) {
        let Some(first) = notes.first() else { continue };
        let total = totals.entry(&first.class).or_default();
        for note in notes {
            // Both are at most 2^53 - 1, so the sum cannot wrap.
            *total += note.amount;
            if *total > INTEGER_LIMIT {
                return Err(LicenceError::MintTotal { path: format!("[{index}]") });
            }
            index += 1;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ztp_core::Coded as _;

    use super::*;

    fn text(serial: u64, (class, not_after, not_before): (&str, &str, &str)) -> String {
        let (amount, month) = (serial + 1, not_before);
        format!(
            r#"{{"amount":{amount},"class":"{class}","not_after":"2026-{not_after}-30T00:00:00.000Z","not_before":"2026-{month}-01T00:00:00.000Z","serial":{serial}}}"#
        )
    }

    fn notes(list: &str) -> Result<Vec<Note>, LicenceError> {
        read(&mut Reader::new(list.as_bytes()))
    }

    proptest! {
        /// What a note shares with the one before is not read again; what comes of it is the same.
        #[test]
        fn a_note_reads_the_same_behind_any_other_note(
            kinds in prop::collection::vec((
                prop::sample::select(vec!["a", "ab", "b"]),
                prop::sample::select(vec!["08", "09", "04"]),
                prop::sample::select(vec!["06", "07", "x6"]),
            ), 1..12),
        ) {
            let texts: Vec<String> = (0..).zip(&kinds).map(|(serial, kind)| text(serial, *kind)).collect();
            let alone: Result<Vec<Note>, (usize, &str)> = texts
                .iter()
                .enumerate()
                .map(|(index, text)| {
                    let mut read = notes(&format!("[{text}]")).map_err(|error| (index, error.code()))?;
                    Ok(read.remove(0))
                })
                .collect();
            let together = notes(&format!("[{}]", texts.join(",")));
            match alone {
                Ok(alone) => prop_assert_eq!(together.unwrap(), alone),
                Err((index, code)) => {
                    let error = together.unwrap_err();
                    prop_assert_eq!(error.code(), code);
                    let place = format!("[{index}]");
                    prop_assert!(error.path().unwrap().starts_with(&place), "{:?}", error.path());
                }
            }
        }
    }

    #[test]
    fn what_is_shared_is_whole_members_and_nothing_may_follow_but_the_serial() {
        let one = text(0, ("a", "09", "07"));
        for (other, code) in [
            (text(1, ("a", "09", "07")).replace(r#"","serial""#, r#"x","serial""#), "timestamp_length"),
            (
                text(1, ("a", "09", "07")).replace(r#""serial":1"#, r#""other":1,"serial":1"#),
                "schema_unknown_member",
            ),
            (text(1, ("a", "09", "07")).replace(r#","serial":1"#, ""), "schema_missing_member"),
        ] {
            let error = notes(&format!("[{one},{other}]")).unwrap_err();
            assert_eq!(error.code(), code, "{other}");
        }
    }
}
