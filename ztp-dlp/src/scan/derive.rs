//! Which decoders apply to a node, and whether what they give is worth holding.

use std::mem;
use std::sync::Arc;

use super::scratch::Scratch;
use super::{Cues, Scan};
use crate::budget::Reason;
use crate::column;
use crate::decode::base85::Alphabet;
use crate::decode::{dump, plain, radix, uu};
use crate::segment::{
    BASE32_HEX, BASE32_LOWER, BASE32_UPPER, HEX, PRINTABLE, RUN_MIN, Run, Runs, class, common, next_run,
};
use crate::trail::{Map, Step, Trail};

/// Shortest text that base64 is tried on: 16 bytes.
const BASE64_MIN: usize = 22;
/// Shortest text that base32 is tried on: 15 bytes.
const BASE32_MIN: usize = 24;
/// Shortest list of numbers.
const GROUPED_MIN: usize = 23;

impl Scan {
    /// Applies every decoder that has something to decode in the node.
    pub(super) fn derive(&mut self, bytes: &[u8], trail: &Arc<Trail>, cues: &Cues) {
        let mut scratch = mem::take(&mut self.scratch);
        scratch.runs.read(bytes);
        let whole =
            self.runs(bytes, trail, &cues.hashes, &mut scratch) && self.grouped(bytes, trail, &mut scratch);
        if whole {
            self.columns(bytes, trail, &scratch.runs);
            self.lists(bytes, trail);
            self.cells(bytes, trail);
            self.interrupted(bytes, trail, &cues.base64, &mut scratch.out);
            self.base85(bytes, trail, &cues.base85, &mut scratch.out);
            self.uuencoded(bytes, trail);
            self.ascii85(bytes, trail, &mut scratch);
            self.stretches(bytes, trail);
            self.spelled(bytes, trail);
            self.latin(bytes, trail);
            self.disguised(bytes, trail);
        }
        self.scratch = scratch;
    }

    /// Takes work before a decoder runs; a gap if there is none left.
    pub(super) fn afford(&mut self, bytes: usize, trail: &Trail, at: usize) -> bool {
        let enough = self.allowance(trail).work(bytes);
        if !enough {
            self.gap(Reason::Work, trail, at);
        }
        enough
    }

    /// Base64, base32 and hexadecimal. False if the work ran out.
    fn runs(&mut self, bytes: &[u8], trail: &Arc<Trail>, hashes: &[usize], scratch: &mut Scratch) -> bool {
        let Scratch { group, runs, out } = scratch;
        let mut from = 0;
        while group.next(bytes, runs, from) {
            let first = group.pieces.first().map_or(from, |piece| piece.1);
            from = group.end;
            let chars = group.chars.len();
            // With at most the name of the next member behind it.
            let digits = group.pieces.get(1).map_or(chars, |next| next.0);
            if digits == 64 && chars < 64 + RUN_MIN && hashes.binary_search(&first).is_ok() {
                continue;
            }
            let classes = common(&group.chars);
            // At most nine decodings of at most as many bytes.
            if !self.afford(chars * 4, trail, first) {
                return false;
            }
            let pieces: Arc<[(usize, usize)]> = group.pieces.as_slice().into();
            let map = |skip, num, den| Map::Pieces { skip, num, den, pieces: Arc::clone(&pieces) };
            let is_hex = classes & HEX != 0;
            if is_hex {
                for skip in 0..2_u8 {
                    radix::hex(&group.chars, usize::from(skip), out);
                    self.decoded(out, trail, Step::Hex { skip }, map(usize::from(skip), 2, 1));
                }
            }
            if !is_hex {
                // One character of base64 before or after the digits, such as the slash of a path, must not hide them.
                let mut at = 0;
                while let Some((start, end)) = next_run(&group.chars, HEX, RUN_MIN, at) {
                    at = end;
                    let digits = group.chars.get(start..end).unwrap_or_default();
                    for skip in 0..2_u8 {
                        radix::hex(digits, usize::from(skip), out);
                        self.decoded(out, trail, Step::Hex { skip }, map(start + usize::from(skip), 2, 1));
                    }
                }
            }
            if chars >= BASE32_MIN && classes & (BASE32_UPPER | BASE32_LOWER) != 0 {
                for skip in 0..8_u8 {
                    radix::base32(&group.chars, usize::from(skip), out);
                    self.decoded(out, trail, Step::Base32 { skip }, map(usize::from(skip), 8, 5));
                }
            }
            let mixed = || {
                let digits = group.chars.iter().filter(|byte| byte.is_ascii_digit()).count();
                digits > 0 && digits < chars
            };
            if chars >= BASE32_MIN && !is_hex && classes & BASE32_HEX != 0 && mixed() {
                if !self.afford(chars * 5, trail, first) {
                    return false;
                }
                for skip in 0..8_u8 {
                    radix::base32hex(&group.chars, usize::from(skip), out);
                    self.decoded(out, trail, Step::Base32Hex { skip }, map(usize::from(skip), 8, 5));
                }
            }
            // Base64 of anything does not consist of sixteen of its characters for long, nor of lower case alone: of 24 characters,
            // once in a hundred million.
            let is_name = !group.chars.iter().any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            if chars >= BASE64_MIN && !is_name && !(is_hex && chars >= 48) {
                for skip in 0..4_u8 {
                    radix::base64(&group.chars, usize::from(skip), out);
                    self.decoded(out, trail, Step::Base64 { skip }, map(usize::from(skip), 4, 3));
                }
            }
        }
        true
    }

    /// Dumps and arrays of numbers. False if the work ran out.
    fn grouped(&mut self, bytes: &[u8], trail: &Arc<Trail>, scratch: &mut Scratch) -> bool {
        let Scratch { runs, out, .. } = scratch;
        let mut from = 0;
        while let Some((start, end)) = runs.next(Run::Grouped, GROUPED_MIN, from) {
            from = end;
            let text = bytes.get(start..end).unwrap_or_default();
            // An indentation, or a line of dashes.
            if text.iter().filter(|byte| byte.is_ascii_hexdigit()).count() < 8 {
                continue;
            }
            // The run may begin with the end of the line before the first.
            let lines = memchr::memchr_iter(b'\n', text).take(2).map(|at| start + at + 1);
            let dump = [start].into_iter().chain(lines).find_map(|at| self.dump(bytes, trail, at));
            if let Some(end) = dump {
                from = end.max(from);
                continue;
            }
            if !self.afford(text.len(), trail, start) {
                return false;
            }
            for (step, fits) in [(Step::HexGroups, radix::hex_groups(text, out)), (Step::Decimals, false)] {
                let fits = fits || (step == Step::Decimals && radix::decimals(text, out));
                if fits {
                    let map =
                        Map::Pieces { skip: 0, num: text.len(), den: out.len(), pieces: [(0, start)].into() };
                    self.decoded(out, trail, step, map);
                }
            }
        }
        true
    }

    /// Texts in pieces of one width.
    fn columns(&mut self, bytes: &[u8], trail: &Arc<Trail>, runs: &Runs) {
        if trail.step == Step::Column {
            return;
        }
        column::columns(bytes, runs, |column| {
            if !self.may_hold(column.chars.len(), trail) {
                return false;
            }
            let map = Map::Pieces { skip: 0, num: 1, den: 1, pieces: column.pieces.into() };
            self.hold(column.chars, trail.child(Step::Column, map));
            true
        });
    }

    /// Texts in a list of short pieces.
    fn lists(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        if trail.step == Step::Column {
            return;
        }
        let mut from = 0;
        while let Some((column, end)) = column::next_list(bytes, from) {
            from = end;
            if !self.may_hold(column.chars.len(), trail) {
                return;
            }
            let map = Map::Pieces { skip: 0, num: 1, den: 1, pieces: column.pieces.into() };
            self.hold(column.chars, trail.child(Step::Column, map));
        }
    }

    /// A dump whose line holds `at`: where it ends, if there is one.
    fn dump(&mut self, bytes: &[u8], trail: &Arc<Trail>, at: usize) -> Option<usize> {
        /// Most bytes of a line before its groups.
        const BEFORE: usize = 200;
        let near = bytes.get(at.saturating_sub(BEFORE)..at).unwrap_or_default();
        let line = memchr::memrchr(b'\n', near).map_or(at - near.len(), |end| at - near.len() + end + 1);
        let found = dump::read(bytes, line, at)?;
        if !self.afford(found.bytes.len() * 2, trail, at) {
            return None;
        }
        let length = found.end - line;
        let map = || Map::Pieces { skip: 0, num: length, den: found.bytes.len(), pieces: [(0, line)].into() };
        self.decoded(&found.bytes, trail, Step::Dump { turned: false }, map());
        if found.turn > 1 {
            self.decoded(&found.turned(), trail, Step::Dump { turned: true }, map());
        }
        Some(found.end)
    }

    /// Dumps in characters, which have no groups of digits: told by their second offset.
    fn cells(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        let mut from = 0;
        for second in [b"\n0000020 ".as_slice(), b"\n0000010 "] {
            for at in memchr::memmem::find_iter(bytes, second) {
                // The first line is the one that ends here.
                let near = bytes.get(at.saturating_sub(512)..at).unwrap_or_default();
                let line =
                    memchr::memrchr(b'\n', near).map_or(at - near.len(), |end| at - near.len() + end + 1);
                if at >= from && at > 0 {
                    from = self.dump(bytes, trail, line).unwrap_or(from);
                }
            }
        }
    }

    /// Files in uuencode.
    fn uuencoded(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        let mut from = 0;
        while let Some(found) = uu::next(bytes, from) {
            from = found.end;
            if !self.afford(found.bytes.len(), trail, found.start) {
                return;
            }
            let num = found.end - found.start;
            let map = Map::Pieces { skip: 0, num, den: found.bytes.len(), pieces: [(0, found.start)].into() };
            self.decoded(&found.bytes, trail, Step::Uu, map);
        }
    }

    /// Base85 without a mark of its own, where an anchor shows through.
    fn base85(&mut self, bytes: &[u8], trail: &Arc<Trail>, places: &[(Alphabet, usize)], out: &mut Vec<u8>) {
        /// Most characters before the anchor, and behind it.
        const REACH: usize = 64 << 10;
        let mut done = [0; Alphabet::EACH.len()];
        for &(alphabet, at) in places {
            let Some(done) = done.get_mut(usize::from(alphabet == Alphabet::Z85)) else { continue };
            if at < *done {
                continue;
            }
            let start = alphabet.start(bytes, at, REACH.min(at - *done));
            let text = bytes.get(start..bytes.len().min(at + REACH)).unwrap_or_default();
            let length = alphabet.decode(text, out);
            *done = (start + length).max(at + 1);
            if !self.afford(out.len(), trail, start) {
                return;
            }
            let map = Map::Pieces { skip: 0, num: 5, den: 4, pieces: [(0, start)].into() };
            self.decoded(out, trail, Step::Base85(alphabet), map);
        }
    }

    /// UTF-16 and text spaced out.
    fn stretches(&mut self, bytes: &[u8], trail: &Arc<Trail>) {
        let mut from = 0;
        while let Some(stretch) = plain::next_stretch(bytes, from) {
            from = stretch.end;
            let text = bytes.get(stretch.start..stretch.end).unwrap_or_default();
            for first in 0..2_u8 {
                if !self.may_hold(text.len() / 2, trail) {
                    return;
                }
                let start = stretch.start + usize::from(first);
                let map = Map::Stride { start };
                self.hold(plain::stride(text, usize::from(first)), trail.child(Step::Stride { first }, map));
            }
        }
    }

    /// Holds what a decoder gave if it is text of some kind, else looks at it at once.
    pub(super) fn decoded(&mut self, out: &[u8], trail: &Arc<Trail>, step: Step, map: Map) {
        if out.len() < 8 {
            return;
        }
        let inner = trail.child(step, map);
        if has_text(out) {
            if self.may_hold(out.len(), trail) {
                self.hold(out.to_vec(), inner);
            }
        } else if trail.depth >= self.core.budgets.depth_max {
            self.gap(Reason::Depth, trail, 0);
        } else {
            self.glance(out, &inner);
        }
    }
}

/// Bytes that are text together.
const TEXT_BLOCK: usize = 16;

/// Whether a stretch of the bytes is printable, or is so with every second byte left out.
fn has_text(bytes: &[u8]) -> bool {
    let printable = |byte: u8| class(byte) & PRINTABLE != 0;
    if bytes.len() < 2 * TEXT_BLOCK {
        return bytes.iter().all(|&byte| printable(byte) || byte == 0);
    }
    bytes.chunks_exact(TEXT_BLOCK).any(|block| {
        block.iter().all(|&byte| printable(byte))
            || [0, 1].iter().any(|&first| {
                let mut of = block.iter().skip(first).step_by(2);
                of.all(|&byte| byte == 0)
            })
    })
}
