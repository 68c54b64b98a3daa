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

/// A decoder over all of its input.
pub(crate) type Reader = Box<dyn Read + Send + Sync>;

impl Packing {
    /// Begins to decode.
    pub(crate) fn open(self, input: Vec<u8>) -> Reader {
        let input = Cursor::new(input);
        match self {
            // With what the decoder needs besides its dictionary.
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, DICTIONARY_MAX / 1024 + 1024)),
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

/// Whether brotli may begin here, which has no first bytes to tell it by: it gives a good deal, or ends, before anything is wrong.
pub(crate) fn brotli_may_start(bytes: &[u8]) -> bool {
    /// Bytes read and bytes given to see whether a stream is one.
    const TRIAL_IN: usize = 16 << 10;
    const TRIAL_OUT: usize = 1024;
    const GIVEN_MIN: usize = 512;
    let head = bytes.get(..bytes.len().min(TRIAL_IN)).unwrap_or_default();
    let mut reader = brotli_decompressor::Decompressor::new(Cursor::new(head), 4096);
    let mut out = [0; TRIAL_OUT];
    let mut given = 0;
    loop {
        match reader.read(out.get_mut(given..).unwrap_or_default()) {
            Ok(0) => return given >= 32 || given == TRIAL_OUT,
            Ok(more) => given += more,
            // The input may have been cut by the trial itself.
            Err(_) => return given >= GIVEN_MIN,
        }
    }
}
