//! The rows of the registry, a file for each subject.

mod anomaly;
mod audit;
mod config;
mod correlation;
mod custody;
mod dlp;
mod documents;
mod ingest;
mod licence;
mod signer;
mod usage;
mod vault;

use super::{Area, Entry};

/// Writes the rows of one file: `number name Area: meaning, action;`.
macro_rules! rows {
    ($($number:literal $name:ident $area:ident: $meaning:literal, $action:literal;)*) => {
        pub(super) const ROWS: &[super::Entry] = &[$(super::Entry {
            number: $number,
            name: stringify!($name),
            area: super::Area::$area,
            meaning: $meaning,
            action: $action,
        }),*];
    };
}
use rows;

/// The files' rows, in ascending order of number.
const FILES: &[&[Entry]] = &[
    documents::ROWS,
    audit::ROWS,
    licence::ROWS,
    custody::ROWS,
    signer::ROWS,
    ingest::ROWS,
    vault::ROWS,
    dlp::ROWS,
    anomaly::ROWS,
    correlation::ROWS,
    config::ROWS,
    usage::ROWS,
];

const fn count() -> usize {
    let mut files = FILES;
    let mut count = 0;
    while let [first, rest @ ..] = files {
        count += first.len();
        files = rest;
    }
    count
}

const fn all() -> [Entry; count()] {
    let mut rows = [Entry { number: 0, name: "", area: Area::Usage, meaning: "", action: "" }; count()];
    let mut places: &mut [Entry] = &mut rows;
    let mut files = FILES;
    while let [file, others @ ..] = files {
        let (filled, rest) = places.split_at_mut(file.len());
        filled.copy_from_slice(file);
        places = rest;
        files = others;
    }
    rows
}

/// All rows in one table.
pub(super) static ALL: [Entry; count()] = all();
