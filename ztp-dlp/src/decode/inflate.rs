//! Compressed streams (RFC 1950, 1951, 1952), in pieces, with the state between them.

use flate2::{Decompress, FlushDecompress, Status};

use super::packed::{PACKED_MAX, Packing, Reader};

/// How a stream is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// gzip: a header, then deflate; members may follow each other.
    Gzip,
    /// zlib: two bytes, then deflate.
    Zlib,
    /// Deflate alone.
    Raw,
    /// The image data of a PNG file: zlib, cut over chunks (PNG §5, §11.2.3).
    Png,
    /// Another compression, which is read when its input has ended.
    Packed(Packing),
}

/// Where a stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It takes more input.
    Open,
    /// It is over, or is no such stream.
    Over,
}

/// One compressed stream.
pub(crate) struct Inflater {
    wrapping: Wrapping,
    inflate: Decompress,
    /// Bytes of a header or trailer that is not whole yet.
    held: Vec<u8>,
    phase: Phase,
    /// What is left of a chunk, and whether it is image data.
    chunk: (usize, bool),
    reader: Option<Reader>,
    /// No more input follows what is given.
    pub(crate) ended: bool,
    /// There was more compressed input than is held.
    pub(crate) too_long: bool,
    /// It has more members than are read.
    pub(crate) crowded: bool,
    /// Its end did not come, or something in it is wrong.
    pub(crate) broken: bool,
    /// Deflate itself was wrong.
    failed: bool,
    /// The image data came to their end: what stands behind it is given as it is.
    drawn: bool,
    /// What says that it is image data is none, from some byte on.
    pub(crate) torn: bool,
    /// Members of gzip that came to their end.
    pub(crate) members: u32,
    /// Bytes that deflate took and gave since it last had given all.
    turned: (usize, usize),
    /// Bytes that deflate took beyond those it gave.
    pub(crate) idle: u64,
    /// Bytes taken and given so far.
    pub(crate) taken: u64,
    pub(crate) given: u64,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater")
            .field("wrapping", &self.wrapping)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Header,
    Data,
    Trailer,
    Over,
}

/// Longest gzip header that is read: names and comments in it are short.
pub(crate) const HEADER_MAX: usize = 4096;

/// Most compressed bytes that one call takes, and most headers, chunks and pieces: what gives nothing ends a call too.
const CALL_MAX: usize = 64 << 10;
const STEPS_MAX: u32 = 256;

/// Result of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Bytes of the input that were used.
    pub(crate) input: usize,
    pub(crate) state: State,
    /// The call ended for its own bounds, or with a member of gzip: call again with the rest.
    pub(crate) paused: bool,
}

impl Inflater {
    pub(crate) fn new(wrapping: Wrapping) -> Self {
        let phase = if wrapping == Wrapping::Raw { Phase::Data } else { Phase::Header };
        Self {
            wrapping,
            inflate: Decompress::new(wrapping == Wrapping::Png),
            held: Vec::new(),
            phase,
            // The signature.
            chunk: (8, false),
            reader: None,
            ended: false,
            too_long: false,
            crowded: false,
            broken: false,
            failed: false,
            drawn: false,
            torn: false,
            members: 0,
            turned: (0, 0),
            idle: 0,
            taken: 0,
            given: 0,
        }
    }

    /// Whether the stream came to its end.
    pub(crate) fn over(&self) -> bool {
        self.phase == Phase::Over && !self.failed
    }

    /// Reads from `input` and appends at most `room` bytes to `out`. Call again with the rest while the state is
    /// [`State::Open`] and input is left or the room was used up.
    pub(crate) fn read(&mut self, input: &[u8], room: usize, out: &mut Vec<u8>) -> Taken {
        let start = out.len();
        let members = self.members;
        let (mut used, mut steps, mut paused) = (0, 0, false);
        let held_whole = matches!(self.wrapping, Wrapping::Packed(_));
        while self.phase != Phase::Over {
            let rest = input.get(used..).unwrap_or_default();
            let rest = if held_whole { rest } else { rest.get(..CALL_MAX).unwrap_or(rest) };
            let before = (used, out.len(), self.phase, self.drawn);
            match self.phase {
                _ if matches!(self.wrapping, Wrapping::Packed(_)) => {
                    used += self.packed(rest, room.saturating_sub(out.len() - start), out);
                }
                _ if self.wrapping == Wrapping::Png => {
                    used += self.chunks(rest, room.saturating_sub(out.len() - start), out);
                }
                Phase::Header => used += self.header(rest),
                Phase::Trailer => used += self.trailer(rest),
                Phase::Data => used += self.data(rest, room.saturating_sub(out.len() - start), out),
                Phase::Over => {}
            }
            let moved = (used, out.len(), self.phase, self.drawn) != before
                || (self.wrapping == Wrapping::Png && self.chunk == (4, false));
            if !moved || out.len() - start >= room {
                break;
            }
            steps += 1;
            paused = !held_whole && (self.members > members || steps >= STEPS_MAX || used >= CALL_MAX);
            if paused {
                break;
            }
        }
        self.taken = self.taken.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
        self.given = self.given.saturating_add(u64::try_from(out.len() - start).unwrap_or(u64::MAX));
        let state = if self.phase == Phase::Over { State::Over } else { State::Open };
        Taken { input: used, state, paused: paused && state == State::Open }
    }

    /// Holds input until it has ended, and then decodes it.
    fn packed(&mut self, rest: &[u8], room: usize, out: &mut Vec<u8>) -> usize {
        if self.reader.is_none() {
            if self.held.len() + rest.len() > PACKED_MAX {
                (self.phase, self.too_long, self.held) = (Phase::Over, true, Vec::new());
                return rest.len();
            }
            self.held.extend_from_slice(rest);
            if let (true, Wrapping::Packed(packing)) = (self.ended, self.wrapping) {
                if packing.is_crowded(&self.held) {
                    (self.phase, self.crowded, self.held) = (Phase::Over, true, Vec::new());
                    return rest.len();
                }
                self.reader = Some(packing.open(std::mem::take(&mut self.held)));
            }
        }
        let Some(reader) = &mut self.reader else { return rest.len() };
        let from = out.len();
        out.resize(from + room, 0);
        let mut given = 0;
        while given < room {
            match reader.read(out.get_mut(from + given..).unwrap_or_default()) {
                Ok(more @ 1..) => given += more,
                Ok(0) => {
                    self.phase = Phase::Over;
                    break;
                }
                // Input that is wrong or cut: what it gave before, it carried. Other bytes behind a stream are none of it.
                Err(_) => {
                    (self.phase, self.broken) = (Phase::Over, self.given == 0 && given == 0);
                    break;
                }
            }
        }
        out.truncate(from + given);
        rest.len()
    }

    /// Walks over chunks, and inflates those of image data.
    fn chunks(&mut self, rest: &[u8], room: usize, out: &mut Vec<u8>) -> usize {
        match self.chunk {
            (0, true) => self.chunk = (4, false),
            (0, false) => {
                let missing = rest.len().min(8 - self.held.len());
                self.held.extend_from_slice(rest.get(..missing).unwrap_or_default());
                if let Some(&[a, b, c, d, ref name @ ..]) = self.held.first_chunk::<8>() {
                    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
                    match name {
                        b"IEND" => self.phase = Phase::Over,
                        b"IDAT" => self.chunk = (length, true),
                        // The chunk and its checksum.
                        _ => self.chunk = (length.saturating_add(4), false),
                    }
                    self.held.clear();
                }
                return missing;
            }
            (left, is_data) => {
                let piece = rest.get(..left.min(rest.len())).unwrap_or_default();
                let used = match (is_data, self.drawn) {
                    (true, false) => self.data(piece, room, out),
                    (true, true) => {
                        let shown = piece.get(..room).unwrap_or(piece);
                        out.extend_from_slice(shown);
                        shown.len()
                    }
                    (false, _) => piece.len(),
                };
                self.chunk.0 -= used.min(left);
                return used;
            }
        }
        0
    }

    fn data(&mut self, rest: &[u8], room: usize, out: &mut Vec<u8>) -> usize {
        out.reserve(room.min(64 << 10));
        let spare = room.min(out.capacity() - out.len());
        if spare == 0 {
            return 0;
        }
        let from = out.len();
        out.resize(from + spare, 0);
        let before = (self.inflate.total_in(), self.inflate.total_out());
        let target = out.get_mut(from..).unwrap_or_default();
        let status = self.inflate.decompress(rest, target, FlushDecompress::None);
        let used = usize::try_from(self.inflate.total_in() - before.0).unwrap_or(0);
        let given = usize::try_from(self.inflate.total_out() - before.1).unwrap_or(0);
        out.truncate(from + given);
        self.turned = (self.turned.0.saturating_add(used), self.turned.1.saturating_add(given));
        // With room left over, everything is given that was taken.
        if given < spare {
            let (used, given) = std::mem::take(&mut self.turned);
            self.idle = self.idle.saturating_add(u64::try_from(used.saturating_sub(given)).unwrap_or(0));
        }
        match status {
            // More chunks may say that they are image data: no picture shows them.
            Ok(Status::StreamEnd) if self.wrapping == Wrapping::Png => self.drawn = true,
            Err(_) if self.wrapping == Wrapping::Png => {
                (self.drawn, self.torn) = (true, true);
                return 0;
            }
            Ok(Status::StreamEnd) => {
                self.phase = if self.wrapping == Wrapping::Gzip { Phase::Trailer } else { Phase::Over };
            }
            Ok(Status::Ok | Status::BufError) => {}
            Err(_) => (self.phase, self.failed) = (Phase::Over, true),
        }
        used
    }

    /// Takes what is missing of the header; what was held before and the header's end decide.
    fn header(&mut self, rest: &[u8]) -> usize {
        let had = self.held.len();
        self.held.extend_from_slice(rest.get(..rest.len().min(HEADER_MAX - had)).unwrap_or_default());
        let parsed = match self.wrapping {
            Wrapping::Gzip => gzip_header(&self.held),
            Wrapping::Zlib => zlib_header(&self.held),
            Wrapping::Raw | Wrapping::Png | Wrapping::Packed(_) => Header::Ends(0),
        };
        match parsed {
            Header::Ends(len) => {
                self.phase = Phase::Data;
                self.held.clear();
                len.saturating_sub(had)
            }
            Header::NeedsMore if self.held.len() < HEADER_MAX => self.held.len() - had,
            Header::NeedsMore | Header::Wrong => {
                self.phase = Phase::Over;
                0
            }
        }
    }

    /// Checksum and length are passed over: a stream whose checksum is wrong still carried what it carried.
    fn trailer(&mut self, rest: &[u8]) -> usize {
        let had = self.held.len();
        let missing = rest.len().min(8 - had);
        self.held.extend_from_slice(rest.get(..missing).unwrap_or_default());
        if self.held.len() == 8 {
            self.held.clear();
            self.inflate.reset(false);
            self.members = self.members.saturating_add(1);
            // The next member, if there is one; anything else ends the stream.
            self.phase = Phase::Header;
        }
        missing
    }
}

/// What the start of a stream says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    /// Deflate data begins after so many bytes.
    Ends(usize),
    NeedsMore,
    Wrong,
}

/// Whether a header of gzip begins here and goes on beyond what is read of one.
pub(crate) fn gzip_header_is_long(bytes: &[u8]) -> bool {
    let known = bytes.get(3).is_some_and(|flags| *flags & 0xe0 == 0);
    known && bytes.get(..HEADER_MAX).is_some_and(|head| gzip_header(head) == Header::NeedsMore)
}

/// RFC 1952 §2.3.
fn gzip_header(bytes: &[u8]) -> Header {
    let magic = [0x1f, 0x8b, 8];
    if bytes.iter().zip(magic).any(|(&byte, wanted)| byte != wanted) {
        return Header::Wrong;
    }
    let Some(&flags) = bytes.get(3) else { return Header::NeedsMore };
    let mut at = 10;
    if flags & 4 != 0 {
        let Some(&[low, high]) = bytes.get(at..at + 2).and_then(<[u8]>::first_chunk) else {
            return Header::NeedsMore;
        };
        at += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            match bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0)) {
                Some(len) => at += len + 1,
                None => return Header::NeedsMore,
            }
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    if bytes.len() < at { Header::NeedsMore } else { Header::Ends(at) }
}

/// RFC 1950 §2.2.
fn zlib_header(bytes: &[u8]) -> Header {
    match *bytes {
        [method, flags, ..] => {
            let fits = method & 15 == 8
                && method >> 4 <= 7
                && u16::from_be_bytes([method, flags]).is_multiple_of(31)
                && flags & 0x20 == 0;
            if fits { Header::Ends(2) } else { Header::Wrong }
        }
        [] | [_] => Header::NeedsMore,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn all(wrapping: Wrapping, input: &[u8], piece: usize, room: usize) -> (Vec<u8>, State) {
        let (mut inflater, mut out, mut state) = (Inflater::new(wrapping), Vec::new(), State::Open);
        for piece in input.chunks(piece) {
            let mut rest = piece;
            loop {
                let before = out.len();
                let taken = inflater.read(rest, room, &mut out);
                rest = &rest[taken.input..];
                state = taken.state;
                if state == State::Over || (rest.is_empty() && out.len() - before < room) {
                    break;
                }
            }
        }
        (out, state)
    }

    proptest! {
        #[test]
        fn a_stream_in_pieces_gives_the_same_bytes(
            bytes in prop::collection::vec(any::<u8>(), 0..2000), piece in 1_usize..50, room in 1_usize..100,
        ) {
            let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
            zlib.write_all(&bytes).unwrap();
            let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
            raw.write_all(&bytes).unwrap();
            for (wrapping, stream) in [
                (Wrapping::Gzip, gzip(&bytes)),
                (Wrapping::Zlib, zlib.finish().unwrap()),
                (Wrapping::Raw, raw.finish().unwrap()),
            ] {
                prop_assert_eq!(&all(wrapping, &stream, piece, room).0, &bytes);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..500), piece in 1_usize..50) {
            for wrapping in [Wrapping::Gzip, Wrapping::Zlib, Wrapping::Raw] {
                all(wrapping, &bytes, piece, 64);
            }
        }
    }

    #[test]
    fn members_that_follow_each_other_are_one_stream() {
        let joined = [gzip(b"first, "), gzip(b"second"), b"rest".to_vec()].concat();
        assert_eq!(all(Wrapping::Gzip, &joined, 7, 3), (b"first, second".to_vec(), State::Over));
    }

    #[test]
    fn names_and_comments_in_the_header_are_passed_over() {
        let mut encoder = flate2::GzBuilder::new()
            .filename("name")
            .comment("comment")
            .extra(vec![1; 300])
            .write(Vec::new(), Compression::default());
        encoder.write_all(b"data").unwrap();
        let stream = encoder.finish().unwrap();
        for piece in [1, 5, 1000] {
            assert_eq!(all(Wrapping::Gzip, &stream, piece, 64).0, b"data");
        }
    }
}
