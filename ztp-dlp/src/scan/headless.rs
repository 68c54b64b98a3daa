//! Streams that begin with nothing by which they could be told: whole texts that may be brotli or bare deflate.

use super::Scan;
use super::follow::{IDLE_COST, Of};
use crate::decode::inflate::{Inflater, State, Wrapping};
use crate::decode::likely::deflate_may_start;
use crate::decode::packed;
use crate::segment::{PRINTABLE, class};
use crate::trail::{Step, Trail};

impl Scan {
    /// Whether the bytes may be brotli, which begins with nothing by which it could be told: only a whole text is, from its
    /// first byte on, and none that is plain text.
    pub(super) fn brotli(&mut self, bytes: &[u8], trail: &Trail, of: Option<Of>) -> bool {
        /// Least bytes for which it is tried: as many as a short secret takes on a surface, and more in what decoders give.
        const SURFACE_MIN: usize = 32;
        const DECODED_MIN: usize = 256;
        let first = trail.window.as_ref().is_none_or(|window| window.base == 0);
        let least = if trail.depth == 0 { SURFACE_MIN } else { DECODED_MIN };
        let head = bytes.get(..least.min(64)).unwrap_or_default();
        let text = head.iter().all(|&byte| class(byte) & PRINTABLE != 0);
        let known = trail.container.is_some() || (trail.depth > 0 && of.is_some());
        if !first || known || text || bytes.len() < least || !self.allowance.work(2048) {
            return false;
        }
        packed::is_brotli(bytes, of.is_none_or(|of| of.last))
    }

    /// Whether the bytes are deflate without any header, as some programs put it into base64: only a whole text that comes to its end
    /// with its last byte is.
    pub(super) fn raw_deflate(&mut self, bytes: &[u8], trail: &Trail, of: Option<Of>) -> bool {
        /// Shortest and longest text, and most that it may give to be told.
        const SHORTEST: usize = 32;
        const LONGEST: usize = 64 << 10;
        const GIVEN_MAX: usize = 256 << 10;
        let alone = of.is_none_or(|of| of.last)
            && trail.window.as_ref().is_none_or(|window| window.base == 0)
            && trail.container.is_none()
            && matches!(trail.step, Step::Window | Step::Base64 { skip: 0 } | Step::Hex { skip: 0 });
        // A short one is one block, which says that it is the last.
        let last = bytes.first().is_some_and(|first| first & 1 == 1) || bytes.len() > 4096;
        let head = bytes.get(..bytes.len().min(32)).unwrap_or_default();
        let text = !last || head.iter().all(|&byte| class(byte) & PRINTABLE != 0);
        if !alone || text || !(SHORTEST..=LONGEST).contains(&bytes.len()) || !deflate_may_start(bytes) {
            return false;
        }
        let (mut inflater, mut out, mut at) = (Inflater::new(Wrapping::Raw), Vec::new(), 0);
        while out.len() < GIVEN_MAX {
            let before = out.len();
            let taken = inflater.read(bytes.get(at..).unwrap_or_default(), 16 << 10, &mut out);
            at += taken.input;
            if taken.state == State::Over || (taken.input == 0 && out.len() == before) {
                break;
            }
        }
        #[cfg(test)]
        self.count(inflater.taken);
        let idle = usize::try_from(inflater.idle.saturating_mul(IDLE_COST)).unwrap_or(usize::MAX);
        let told = at == bytes.len() && inflater.over() && out.len() >= SHORTEST;
        self.allowance(trail).work(out.len().max(512).max(idle)) && told
    }
}
