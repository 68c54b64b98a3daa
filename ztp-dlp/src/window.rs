//! Windows over a stream: cut at the same places of the stream whatever pieces it comes in, so that what is found does
//! not depend on them.

use std::mem;
use std::ops::Range;

/// Bytes of a surface that one window answers for.
pub const STRIDE: usize = 1 << 20;
/// Bytes before those that a window also sees.
pub const BEFORE: usize = 16 << 10;
/// Bytes after those that a window also sees: more than the longest secret that is looked for.
pub const AFTER: usize = 64 << 10;
/// Bytes of a decompressed stream that one window answers for.
pub(crate) const INNER_STRIDE: usize = 256 << 10;

/// Part of a stream that a window answers for.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    /// Offset of the window's first byte in its stream.
    pub(crate) base: u64,
    /// Offsets in the stream whose findings are this window's to report.
    pub(crate) owned: Range<u64>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Windower {
    buffer: Vec<u8>,
    /// Offset of the buffer's first byte.
    base: u64,
    /// Offset of the first byte that no window has answered for.
    owned: u64,
    stride: usize,
}

impl Windower {
    pub(crate) const fn new(stride: usize) -> Self {
        Self { buffer: Vec::new(), base: 0, owned: 0, stride }
    }

    /// Bytes that are still missing to a whole window.
    pub(crate) fn room(&self) -> usize {
        (self.context() + self.stride + AFTER).saturating_sub(self.buffer.len())
    }

    /// Where to put further bytes, at most [`room`](Self::room) of them.
    pub(crate) const fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Bytes before those that the next window answers for.
    fn context(&self) -> usize {
        usize::try_from(self.owned.saturating_sub(self.base)).unwrap_or(usize::MAX)
    }

    /// Takes the next window's bytes; give the buffer back with [`advance`](Self::advance).
    pub(crate) fn take(&mut self, last: bool) -> (Vec<u8>, Window) {
        let stride = u64::try_from(self.stride).unwrap_or(u64::MAX);
        let end = if last { u64::MAX } else { self.owned.saturating_add(stride) };
        (mem::take(&mut self.buffer), Window { base: self.base, owned: self.owned..end })
    }

    /// Moves on to the next window: what it also sees stays in the buffer.
    pub(crate) fn advance(&mut self, mut buffer: Vec<u8>) {
        let next = self.context() + self.stride;
        let drop = next.saturating_sub(BEFORE).min(buffer.len());
        buffer.drain(..drop);
        self.base = self.base.saturating_add(u64::try_from(drop).unwrap_or(0));
        self.owned = self.owned.saturating_add(u64::try_from(self.stride).unwrap_or(0));
        self.buffer = buffer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_own_every_byte_once_and_see_what_is_around() {
        let stream: Vec<u8> = (0..700_000_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut windower = Windower::new(INNER_STRIDE);
        let (mut rest, mut windows) = (stream.as_slice(), Vec::new());
        loop {
            let take = windower.room().min(rest.len());
            windower.buffer().extend_from_slice(&rest[..take]);
            rest = &rest[take..];
            let last = windower.room() > 0;
            let (buffer, window) = windower.take(last);
            let base = usize::try_from(window.base).unwrap();
            assert_eq!(buffer, stream[base..base + buffer.len()]);
            windows.push((base, buffer.len(), window.owned.clone()));
            windower.advance(buffer);
            if last {
                break;
            }
        }
        let stride = INNER_STRIDE;
        assert_eq!(windows[0], (0, stride + AFTER, 0..stride as u64));
        assert_eq!(windows[1].0, stride - BEFORE);
        assert_eq!(windows[1].1, BEFORE + stride + AFTER);
        assert_eq!(windows[2].2, 2 * stride as u64..u64::MAX);
        assert_eq!(windows.len(), 3);
    }
}
