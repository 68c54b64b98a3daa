//! What the headers of archives and files say of what is not simply a stream: zip archives by both of their accounts, compressions
//! that are not read, filters of PDF.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::follow::{Of, Start};
use super::{Cues, ROOT, Scan};
use crate::anchor::Cue;
use crate::budget::Reason;
use crate::decode::inflate::Wrapping;
use crate::decode::pdf::{self, Filter};
use crate::decode::zip::{self, Facts};
use crate::decode::{ascii85, unread};
use crate::trail::{Map, Step, Trail};

/// Most headers of each kind that are remembered until the end of their archive.
const HEADERS_MAX: usize = 65_536;

/// Headers of zip archives, by the stream in which they stand and their place in it.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// With whether they make an entry that is read or named.
    local: BTreeMap<(usize, u64), (Facts, bool)>,
    central: BTreeMap<(usize, u64), (Facts, u64)>,
}

impl Headers {
    /// Forgets those of streams that are over.
    pub(super) fn retain(&mut self, is_open: impl Fn(usize) -> bool) {
        let open = |stream: usize| stream == ROOT || is_open(stream);
        self.local.retain(|&(stream, _), _| open(stream));
        self.central.retain(|&(stream, _), _| open(stream));
    }
}

impl Scan {
    /// Remembers the headers of zip archives in a node of the stream; `base` is where the node begins in it.
    pub(super) fn zip_headers(
        &mut self,
        bytes: &[u8],
        trail: &Trail,
        cues: &Cues,
        (stream, base): (usize, u64),
    ) {
        let place = |at: usize| (stream, base.saturating_add(u64::try_from(at).unwrap_or(u64::MAX)));
        for &at in cues.zip_central.iter().filter(|&&at| trail.owns_exactly(at)) {
            if let Some(central) = zip::central(bytes.get(at..).unwrap_or_default())
                && self.zips.central.len() < HEADERS_MAX
            {
                self.zips.central.insert(place(at), central);
            }
        }
        for &(cue, at) in &cues.streams {
            let rest = bytes.get(at..).unwrap_or_default();
            if cue == Cue::Zip
                && trail.owns_exactly(at)
                && self.zips.local.len() < HEADERS_MAX
                && let Some(local) = zip::local(rest)
            {
                self.zips.local.insert(place(at), (local, zip::entry(rest) != zip::Entry::Wrong));
            }
        }
    }

    /// Compares the directories that end in a node with the local headers. Programs go by the directory: an entry whose local header
    /// is not where it says, or says something else of what decides how the entry is read, is named, and read by both if it is here.
    pub(super) fn zip_ends(
        &mut self,
        bytes: &[u8],
        trail: &Arc<Trail>,
        cues: &Cues,
        shared: &mut Option<Arc<[u8]>>,
        of: Option<Of>,
        (stream, base): (usize, u64),
    ) {
        let wide = |at: usize| base.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
        let ends = cues.streams.iter().filter(|(cue, at)| *cue == Cue::ZipEnd && trail.owns_exactly(*at));
        for (size, ended, offset) in ends.filter_map(|&(_, at)| zip::end(bytes, at)) {
            let Some(start) = wide(ended).checked_sub(size) else { continue };
            // What stands in front of the archive shifts everything.
            let shift = start.saturating_sub(offset);
            let keys: Vec<_> = self
                .zips
                .central
                .range((stream, start)..(stream, wide(ended)))
                .map(|(&key, _)| key)
                .collect();
            for key in keys {
                let Some((said, offset)) = self.zips.central.remove(&key) else { continue };
                let header = shift.saturating_add(offset);
                let local = self.zips.local.get(&(stream, header)).copied();
                let agree = local.is_some_and(|(local, known)| {
                    known
                        && (local.method, local.encrypted, local.name)
                            == (said.method, said.encrypted, said.name)
                });
                if agree {
                    continue;
                }
                let here = usize::try_from(key.1.saturating_sub(base)).unwrap_or(0);
                // What was taken for an escape by chance moves everything behind it.
                if !trail.is_patched() {
                    self.gaps.add(Reason::UnreadCompression, Some("zip"), trail.offset(here));
                }
                let at = header.checked_sub(base).and_then(|at| usize::try_from(at).ok());
                let (Some(at), Some((local, _)), 8) = (at, local, said.method) else { continue };
                for after in [Some(local.after), Some(said.after).filter(|&after| after != local.after)] {
                    let Some(after) = after.filter(|_| at < bytes.len()) else { continue };
                    let start =
                        Start { at, skip: 30 + after, data: 0, wrapping: Wrapping::Raw, step: Step::Zip };
                    self.try_stream(bytes, trail, &start, shared, of, (stream, base));
                }
            }
        }
    }

    /// Names files that are not read, where one begins: the whole, members of tar archives, and stored entries of zip archives.
    pub(super) fn heads(
        &mut self,
        bytes: &[u8],
        trail: &Arc<Trail>,
        cues: &Cues,
        shared: &mut Option<Arc<[u8]>>,
        of: Option<Of>,
        place: (usize, u64),
    ) {
        /// Where `ustar` stands in a header of tar, and how long the header is.
        const USTAR: usize = 257;
        const TAR_HEADER: usize = 512;
        let whole = trail.window.as_ref().is_none_or(|window| window.base == 0).then_some(0);
        let members = memchr::memmem::find_iter(bytes, b"ustar").map(|at| at + TAR_HEADER - USTAR);
        let stored = cues.streams.iter().filter(|(cue, _)| *cue == Cue::Zip).filter_map(|&(_, at)| {
            let local = zip::local(bytes.get(at..)?)?;
            (local.method == 0).then_some(at + 30 + local.after)
        });
        let places: Vec<usize> = whole.into_iter().chain(members).chain(stored).collect();
        for at in places.into_iter().filter(|&at| at < bytes.len() && trail.owns_exactly(at)) {
            let file = bytes.get(at..).unwrap_or_default();
            if let Some(name) = unread::at_head(file) {
                self.gaps.add(Reason::UnreadCompression, Some(name), trail.offset(at));
            }
            if let Some((skip, in_parts)) = unread::openpgp_deflate(file) {
                let start = Start { at, skip, data: 0, wrapping: Wrapping::Raw, step: Step::Deflate };
                let read = self.try_stream(bytes, trail, &start, shared, of, place).is_some();
                if read && in_parts {
                    self.gaps.add(Reason::UnreadCompression, Some("openpgp"), trail.offset(at));
                }
            }
        }
    }

    /// Undoes or names the filters of PDF.
    pub(super) fn pdf_filters(&mut self, bytes: &[u8], trail: &Arc<Trail>, cues: &Cues) {
        /// Most characters that are decoded at once.
        const TEXT_MAX: usize = 128 << 10;
        let mut done = 0;
        for &(cue, at) in &cues.streams {
            let Cue::Filter(filter) = cue else { continue };
            if !trail.owns_exactly(at) {
                continue;
            }
            let Some(from) = pdf::data(bytes, at, filter) else { continue };
            if filter != Filter::Ascii85 {
                self.gaps.add(Reason::UnreadCompression, Some("pdf"), trail.offset(at));
                continue;
            }
            if from <= done {
                continue;
            }
            done = from;
            let rest = bytes.get(from..).unwrap_or_default();
            let text = rest.get(..TEXT_MAX).unwrap_or(rest);
            let ends = memchr::memchr(b'~', text);
            if ends.is_none() {
                self.gaps.add(Reason::EncodedStream, Some("pdf"), trail.offset(from));
            }
            let mut out = Vec::new();
            ascii85::decode(text, &mut out);
            if !self.afford(out.len(), trail, from) {
                return;
            }
            let map = Map::Pieces { skip: 0, num: 5, den: 4, pieces: [(0, from)].into() };
            self.decoded(&out, trail, Step::Ascii85, map);
        }
    }
}
