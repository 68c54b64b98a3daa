//! Compressions that are read whole: xz, bzip2, zstd and brotli. Their decoders pull their input, so that it is held until it has
//! ended, up to a bound; what they give is taken in pieces.

use std::io::{Cursor, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// Which compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Xz,
    Bzip2,
    Zstd,
    Brotli,
}

/// Most compressed bytes that are held.
pub(crate) const PACKED_MAX: usize = 8 << 20;
/// Most bytes that a decoder may take for what it has given, as the stream's header asks.
const DICTIONARY_MAX: u32 = 64 << 20;

/// Most members, one behind the other, of what is held: each costs its decoder tables, however little it holds.
const MEMBERS_MAX: usize = 2048;

/// A decoder over all of its input.
pub(crate) type Reader = Box<dyn Read + Send + Sync>;

impl Packing {
    /// Whether the header at the start of `bytes` is one, and not only its first bytes, as programs that read the format hold them.
    pub(crate) fn may_start(self, bytes: &[u8]) -> bool {
        match self {
            // Stream flags and their checksum (the format's §2.1.1).
            Self::Xz => bytes.first_chunk::<12>().is_some_and(|head| {
                let [.., zero, kind, a, b, c, d] = *head;
                let mut sum = flate2::Crc::new();
                sum.update(&[zero, kind]);
                zero == 0 && sum.sum() == u32::from_le_bytes([a, b, c, d])
            }),
            Self::Bzip2 | Self::Brotli => true,
            // The frame's header (RFC 8878 §3.1.1.1): the reserved bit is not set, and a block follows that exists.
            Self::Zstd => bytes.get(4).is_some_and(|descriptor| descriptor & 8 == 0) && bytes.len() > 8,
        }
    }

    /// Whether bytes hold the heads of more members than are read; heads in compressed data are chance.
    pub(crate) fn is_crowded(self, bytes: &[u8]) -> bool {
        let head: &[u8] = match self {
            Self::Xz => b"\xfd7zXZ\x00",
            Self::Bzip2 => b"BZh",
            Self::Zstd => b"\x28\xb5\x2f\xfd",
            Self::Brotli => return false,
        };
        memchr::memmem::find_iter(bytes, head).nth(MEMBERS_MAX).is_some()
    }

    /// Begins to decode.
    pub(crate) fn open(self, input: Vec<u8>) -> Reader {
        let input = Cursor::new(input);
        match self {
            // With what the decoder needs besides its dictionary.
            Self::Xz => {
                Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, DICTIONARY_MAX / 1024 + 1024))
            }
            Self::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(input)),
            Self::Zstd => Box::new(Frames { rest: Some(input), frame: None }),
            Self::Brotli => Box::new(brotli_decompressor::Decompressor::new(input, 4096)),
        }
    }
}

/// Frames of zstd, one after the other.
struct Frames {
    rest: Option<Cursor<Vec<u8>>>,
    frame: Option<StreamingDecoder<Cursor<Vec<u8>>, FrameDecoder>>,
}

impl Read for Frames {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let given = frame.read(out)?;
                if given > 0 || out.is_empty() {
                    return Ok(given);
                }
                self.rest = self.frame.take().map(StreamingDecoder::into_inner);
            }
            let Some(rest) = self.rest.take() else { return Ok(0) };
            if rest.position() >= u64::try_from(rest.get_ref().len()).unwrap_or(0) {
                return Ok(0);
            }
            let frame = StreamingDecoder::new_with_max_window_size(rest, DICTIONARY_MAX.into());
            self.frame = Some(frame.map_err(std::io::Error::other)?);
        }
    }
}

/// Whether bytes are brotli, which has no first bytes to tell it by. `whole` says that nothing follows them: then the stream must come
/// to its end; else it must go on without fault for as long as it is tried.
pub(crate) fn is_brotli(bytes: &[u8], whole: bool) -> bool {
    /// Most bytes read and given to see whether a stream is one.
    const TRIAL_IN: usize = 64 << 10;
    const TRIAL_OUT: usize = 256 << 10;
    /// Least bytes that it gives.
    const GIVEN_MIN: usize = 32;
    let whole = whole && bytes.len() <= TRIAL_IN;
    let head = bytes.get(..bytes.len().min(TRIAL_IN)).unwrap_or_default();
    let mut reader = brotli_decompressor::Decompressor::new(Cursor::new(head), 4096);
    let mut out = [0; 4096];
    let mut given = 0;
    while given < TRIAL_OUT {
        match reader.read(&mut out) {
            Ok(0) => return given >= GIVEN_MIN,
            Ok(more) => given += more,
            Err(error) => {
                return !whole && error.kind() == std::io::ErrorKind::UnexpectedEof && given >= GIVEN_MIN;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_no_brotli() {
        let mut state = 9_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let taken = (0..2000).filter(|_| {
            let bytes: Vec<u8> = (0..1500).map(|_| noise()).collect();
            is_brotli(&bytes, true)
        });
        assert!(taken.count() < 5);
    }
}
