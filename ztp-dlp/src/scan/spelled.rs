//! Stretches of a node in which characters are spelled out or disguised: only these are decoded, with some text around
//! them, so that the escapes of ordinary programs and documents cost little.

use std::ops::Range;
use std::sync::Arc;

use super::Scan;
use super::scratch::Scratch;
use crate::decode::escapes::{Spelling, Unescaped};
use crate::decode::{ascii85, fold, latin};
use crate::segment::{BASE64, Run, class, span};
use crate::trail::{Map, Step, Trail};

/// Most bytes between two escapes of one stretch, and bytes before and after it that are decoded with it.
const AROUND: usize = 512;
/// Most characters taken around a piece of base64 whose text is interrupted by others.
const STRIPPED_MAX: usize = 64 << 10;

/// A stretch that grows as escapes are found.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    first: usize,
    last: usize,
}

impl Stretch {
    fn around(self, len: usize) -> Range<usize> {
        self.first.saturating_sub(AROUND)..self.last.saturating_add(AROUND).min(len)
    }
}

impl Scan {
    /// Percent-encoding, backslash escapes, character references, quoted-printable.
    pub(super) fn spelled(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        let mut open: [Option<Stretch>; 4] = [None; 4];
        let spellings = [Spelling::Percent, Spelling::Backslash, Spelling::Html, Spelling::QuotedPrintable];
        let mut next = 0;
        for at in memchr::memchr3_iter(b'%', b'\\', b'&', bytes).chain(memchr::memchr_iter(b'=', bytes)) {
            let Some(number) = spellings.iter().position(|spelling| bytes.get(at) == Some(&spelling.lead()))
            else {
                continue;
            };
            let (Some(&spelling), Some(slot)) = (spellings.get(number), open.get_mut(number)) else {
                continue;
            };
            // The second backslash of a pair begins nothing.
            if spelling == Spelling::Backslash && at < next {
                continue;
            }
            let Some(len) = telling(spelling, bytes, at) else {
                next = if bytes.get(at + 1) == Some(&b'\\') { at + 2 } else { next };
                continue;
            };
            let here = Stretch { first: at, last: at + len };
            match slot {
                Some(stretch) if at - stretch.last.min(at) <= AROUND => stretch.last = here.last,
                _ => {
                    if let Some(stretch) = slot.replace(here) {
                        self.unescape(bytes, trail, spelling, stretch);
                    }
                }
            }
        }
        for (spelling, stretch) in spellings.into_iter().zip(open) {
            if let Some(stretch) = stretch {
                self.unescape(bytes, trail, spelling, stretch);
            }
        }
    }

    fn unescape(&mut self, bytes: &[u8], trail: &Arc<Trail>, spelling: Spelling, stretch: Stretch) {
        let step = match spelling {
            Spelling::Percent => Step::Percent,
            Spelling::Backslash => Step::Escapes,
            Spelling::Html => Step::Html,
            Spelling::QuotedPrintable => Step::QuotedPrintable,
        };
        let range = stretch.around(bytes.len());
        if !self.may_hold(range.len(), trail) {
            return;
        }
        let text = bytes.get(range.clone()).unwrap_or_default();
        self.hold_unescaped(spelling.decode(text), range.start, trail, step);
    }

    fn hold_unescaped(&mut self, decoded: Unescaped, start: usize, trail: &Arc<Trail>, step: Step) {
        if decoded.count == 0 {
            return;
        }
        let pieces = decoded.pieces.into_iter().map(|(to, from)| (to, start + from)).collect();
        let inner = trail.child(step, Map::Pieces { skip: 0, num: 1, den: 1, pieces });
        self.hold(decoded.bytes, inner);
    }

    /// Bytes that were written as characters.
    pub(super) fn latin(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        let mut all = latin::Stretches::default();
        while let Some((start, end)) = all.next(bytes) {
            if !self.may_hold(end - start, trail) {
                return;
            }
            let text = bytes.get(start..end).unwrap_or_default();
            self.hold_unescaped(latin::decode(text), start, trail, Step::Latin);
        }
    }

    /// Look-alikes and characters without a shape.
    pub(super) fn disguised(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        if bytes.is_ascii() {
            return;
        }
        let mut open: Option<Stretch> = None;
        let mut from = 0;
        loop {
            let found = fold::next_mixed(bytes, from);
            match (found, &mut open) {
                (Some(at), Some(stretch)) if at - stretch.last <= AROUND => stretch.last = at + 1,
                (_, slot) => {
                    let next = found.map(|at| Stretch { first: at, last: at + 1 });
                    let full = std::mem::replace(slot, next);
                    if let Some(stretch) = full {
                        let range = stretch.around(bytes.len());
                        if !self.may_hold(range.len(), trail) {
                            return;
                        }
                        let text = bytes.get(range.clone()).unwrap_or_default();
                        self.hold_unescaped(fold::fold(text), range.start, trail, Step::Fold);
                    }
                }
            }
            match found {
                Some(at) => from = at + 1,
                None => return,
            }
        }
    }

    /// Ascii85: where its mark stands, and where a long run begins with what could be one.
    pub(super) fn ascii85(&mut self, bytes: &[u8], trail: &Arc<Trail>, scratch: &mut Scratch) {
        /// Shortest run, and steps between the places of a run that are tried.
        const RUN: usize = 40;
        const STEP: usize = 256;
        /// Bytes of a run in which a quote or sign before the text is looked for.
        const NEAR: usize = 96;
        let Scratch { runs, out, .. } = scratch;
        for mark in memchr::memmem::find_iter(bytes, b"<~") {
            self.try_ascii85(bytes, mark + 2, trail, out);
        }
        let mut from = 0;
        while let Some((start, end)) = runs.next(Run::Ascii85, RUN, from) {
            from = end;
            let run = bytes.get(start..end).unwrap_or_default();
            let near = run.get(..run.len().min(NEAR + 1)).unwrap_or_default();
            let begins = |two: &[u8]| matches!(two, [before, first] if ascii85::may_lead(*first) && b"\"'=:,>".contains(before));
            let after = near.windows(2).enumerate().filter(|(_, two)| begins(two)).map(|(at, _)| at + 1);
            let steps = (0..run.len()).step_by(STEP).flat_map(|at| at..at + 5);
            let places = after.chain(steps);
            // The first that gives anything gives all that follows.
            if let Some(at) = places.into_iter().find(|&at| run.get(at..).is_some_and(ascii85::may_start)) {
                self.try_ascii85(bytes, start + at, trail, out);
            }
        }
    }

    fn try_ascii85(&mut self, bytes: &[u8], at: usize, trail: &Arc<Trail>, out: &mut Vec<u8>) {
        let text = bytes.get(at..bytes.len().min(at + STRIPPED_MAX * 2)).unwrap_or_default();
        ascii85::decode(text, out);
        if self.afford(out.len(), trail, at) && !out.is_empty() {
            let map = Map::Pieces { skip: 0, num: 5, den: 4, pieces: [(0, at)].into() };
            self.decoded(out, trail, Step::Ascii85, map);
        }
    }

    /// Base64 of an anchor whose text is interrupted by other characters: they are left out.
    pub(super) fn interrupted(
        &mut self,
        bytes: &[u8],
        trail: &Arc<Trail>,
        places: &[usize],
        out: &mut Vec<u8>,
    ) {
        let mut done = 0;
        for &at in places {
            if at < done {
                continue;
            }
            let before = bytes.get(..at).unwrap_or_default();
            let back = before.iter().rev().take_while(|&&byte| class(byte) & BASE64 != 0).count();
            let start = at - back;
            let run = span(bytes.get(start..).unwrap_or_default(), BASE64);
            // A long run is decoded anyway.
            if run >= 256 {
                continue;
            }
            let region = bytes.get(start..bytes.len().min(start + STRIPPED_MAX)).unwrap_or_default();
            if !self.afford(region.len(), trail, start) {
                return;
            }
            let (mut chars, mut pieces, mut gap) = (Vec::new(), Vec::new(), 1);
            for (place, &byte) in region.iter().enumerate() {
                if class(byte) & BASE64 == 0 {
                    gap += 1;
                    // So much else is another text.
                    if gap > 64 {
                        break;
                    }
                    continue;
                }
                if gap > 0 {
                    pieces.push((chars.len(), start + place));
                }
                gap = 0;
                chars.push(byte);
            }
            done = start + region.len();
            let pieces: Arc<[(usize, usize)]> = pieces.into();
            for skip in 0..4_u8 {
                crate::decode::radix::base64(&chars, usize::from(skip), out);
                let map =
                    Map::Pieces { skip: usize::from(skip), num: 4, den: 3, pieces: Arc::clone(&pieces) };
                self.decoded(out, trail, Step::Base64 { skip }, map);
            }
        }
    }
}

/// Length of the escape at `at` if it tells of more than the escapes that every program and document has.
fn telling(spelling: Spelling, bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let (len, spelled) = spelling.read(rest)?;
    let next = |offset: usize| rest.get(offset).copied();
    let tells = match spelling {
        Spelling::Percent | Spelling::QuotedPrintable => true,
        Spelling::Html => spelled.is_plain() || spelled.is_control(),
        Spelling::Backslash => match next(1) {
            Some(b'u' | b'U' | b'x' | b'0'..=b'7') => spelled.is_plain() || spelled.is_control(),
            Some(b'/') => true,
            // A quote of JSON within JSON stands beside a mark of JSON.
            Some(b'"') => {
                let before = at.checked_sub(1).and_then(|before| bytes.get(before).copied());
                matches!(before, Some(b'{' | b'[' | b',' | b':'))
                    || matches!(next(2), Some(b':' | b',' | b'}' | b']'))
            }
            Some(b'\\') => matches!(next(2), Some(b'u' | b'x' | b'"' | b'/')),
            _ => false,
        },
    };
    tells.then_some(len)
}
