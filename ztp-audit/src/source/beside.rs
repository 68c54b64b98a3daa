//! What lies in a log's directory beside its segments and checkpoints, in bounded memory however much it is.

use std::collections::BTreeSet;

use crate::beneath::{Dir, Entry, Refused};
use crate::error::VerifyError;
use crate::layout;
use crate::verdict::{Stray, StrayKind};

/// Paths that are kept of what is no part of a log: the first in their order. All are counted.
pub const STRAYS_MAX: usize = 20;

/// Files in `recovered/` that are held against the log's records: each is the work of a crash. Of more, none is.
pub const RECOVERED_MAX: usize = 1 << 16;

/// What lies in a log's directory beside its segments and checkpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Beside {
    /// What is no part of a log, or not what a part of one is: the first [`STRAYS_MAX`] in the order of their paths. A name that is no text is
    /// shown as far as it is.
    pub strays: BTreeSet<Stray>,
    /// How many there are in all.
    pub strays_total: u64,
    /// Names in `recovered/`; `None` if there are more than [`RECOVERED_MAX`].
    pub recovered: Option<BTreeSet<String>>,
}

impl Beside {
    pub(super) fn list(
        top: &Dir,
        (segments, checkpoints): (Option<&Dir>, Option<&Dir>),
        recovered: Option<&Dir>,
    ) -> Result<Self, VerifyError> {
        let mut found = Self { recovered: Some(BTreeSet::new()), ..Self::default() };
        top.each_name(|name| {
            if !layout::TOP_NAMES.iter().any(|known| known.as_bytes() == name) {
                found.stray("", name);
            }
        })?;
        for name in layout::WRITER_FILES {
            match top.entry(name)? {
                Entry::File { bytes } if name == layout::LOCK && bytes > 0 => {
                    found.insert(name.to_owned(), StrayKind::LockHoldsBytes);
                }
                Entry::Other => found.insert(name.to_owned(), StrayKind::WrongType),
                Entry::File { .. } | Entry::Nothing => {}
            }
        }
        let mut part = |dir: Option<&Dir>, within, is_part: fn(&str) -> bool| -> Result<(), Refused> {
            let Some(dir) = dir else { return Ok(()) };
            dir.each_name(|name| {
                if !std::str::from_utf8(name).is_ok_and(is_part) {
                    found.stray(within, name);
                }
            })
        };
        // A segment of a name that none has is a break already.
        part(segments, layout::SEGMENTS, |name| layout::parse_segment_name(name).is_some())?;
        part(checkpoints, layout::CHECKPOINTS, |name| {
            layout::parse_notes_name(name).is_some_and(|first| first.is_multiple_of(layout::SEGMENT_RECORDS))
        })?;
        if let Some(dir) = recovered {
            dir.each_name(|name| match std::str::from_utf8(name) {
                Ok(name) => found.set_aside(name),
                Err(_) => found.stray(layout::RECOVERED, name),
            })?;
        }
        Ok(found)
    }

    fn stray(&mut self, within: &str, name: &[u8]) {
        let name = String::from_utf8_lossy(name);
        let file = if within.is_empty() { name.into_owned() } else { format!("{within}/{name}") };
        self.insert(file, StrayKind::NoPartOfLog);
    }

    fn insert(&mut self, file: String, kind: StrayKind) {
        self.strays_total += 1;
        self.strays.insert(Stray { file, kind });
        if self.strays.len() > STRAYS_MAX {
            self.strays.pop_last();
        }
    }

    fn set_aside(&mut self, name: &str) {
        if let Some(names) = self.recovered.as_mut() {
            names.insert(name.to_owned());
            if names.len() > RECOVERED_MAX {
                self.recovered = None;
            }
        }
    }
}
