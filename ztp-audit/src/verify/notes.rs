//! Reading a `.notes` file that may be damaged anywhere: each checkpoint note is taken by its grammar, and after one that does
//! not fit, reading goes on at the next place where a note of this log begins.

/// One stretch of a notes file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk<'a> {
    /// Byte offset in the file.
    pub(crate) offset: u64,
    /// The note without the empty line that ends it; or the bytes that are none.
    pub(crate) bytes: &'a [u8],
    /// What it is.
    pub(crate) state: ChunkState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkState {
    /// Has the shape of a signed note and the empty line after it.
    Whole,
    /// Ends with the file, before its empty line: a write in progress or cut off.
    Torn,
    /// Does not have the shape of a note.
    Malformed,
}

/// Splits a notes file into chunks. Every byte belongs to one, and no input makes it fail.
pub(crate) fn chunks<'a>(file: &'a [u8], origin: &str) -> Vec<Chunk<'a>> {
    let start = [b"\n\n", origin.as_bytes(), b"\n"].concat();
    let resync = memchr::memmem::Finder::new(&start);
    let mut found = Vec::new();
    let mut at = 0usize;
    while let Some(rest) = file.get(at..).filter(|r| !r.is_empty()) {
        let (len, skip, state) = match shape(rest) {
            Some((len, true)) => (len, len + 1, ChunkState::Whole),
            _ => match resync.find(rest) {
                // The line feed before the empty line belongs to the chunk.
                Some(end) => (end + 1, end + 2, ChunkState::Malformed),
                None if could_be_torn(rest, origin) => (rest.len(), rest.len(), ChunkState::Torn),
                None => (rest.len(), rest.len(), ChunkState::Malformed),
            },
        };
        found.push(Chunk { offset: at as u64, bytes: rest.get(..len).unwrap_or_default(), state });
        at += skip;
    }
    found
}

/// Length of the note at the start of `bytes` and whether the empty line after it is there; `None` if this is no note.
fn shape(bytes: &[u8]) -> Option<(usize, bool)> {
    let mut len = 0;
    let mut signatures = None;
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        if line.last() != Some(&b'\n') {
            return None;
        }
        match signatures {
            None if line == b"\n" && len > 0 => signatures = Some(0),
            None => {}
            Some(n) if line.starts_with("\u{2014} ".as_bytes()) => signatures = Some(n + 1),
            Some(n) if line == b"\n" && n > 0 => return Some((len, true)),
            Some(_) => return None,
        }
        len += line.len();
    }
    signatures.filter(|&n| n > 0).map(|_| (len, false))
}

/// Base64 characters of a root, and of a signature with its key ID.
const ROOT_CHARS: usize = 44;
const SIGNATURE_CHARS: usize = 92;

/// Whether the rest of a file is the beginning of one of this log's notes and no more: what a write in progress leaves.
fn could_be_torn(rest: &[u8], origin: &str) -> bool {
    let signature = format!("\u{2014} {origin} ");
    let mut lines = rest.split(|&b| b == b'\n');
    for place in 0..5 {
        let Some(line) = lines.next() else { return true };
        let fits = match place {
            0 => origin.as_bytes().starts_with(line),
            1 => line.len() <= 16 && line.iter().all(u8::is_ascii_digit),
            2 => line.len() <= ROOT_CHARS && line.iter().all(|b| is_base64(*b)),
            3 => line.is_empty(),
            _ => line.strip_prefix(signature.as_bytes()).map_or_else(
                || signature.as_bytes().starts_with(line),
                |base64| base64.len() <= SIGNATURE_CHARS && base64.iter().all(|b| is_base64(*b)),
            ),
        };
        if !fits {
            return false;
        }
    }
    // After the signature's line feed the file ends.
    lines.next().is_none_or(<[u8]>::is_empty) && lines.next().is_none()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "a.example\n5\nAAAA\n\n\u{2014} a.example c2ln\n";

    #[test]
    fn chunks_of_an_undamaged_file_are_its_notes() {
        let file = format!("{NOTE}\n{NOTE}\n");
        let found = chunks(file.as_bytes(), "a.example");
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|c| c.state == ChunkState::Whole && c.bytes == NOTE.as_bytes()));
        assert_eq!(found[1].offset, NOTE.len() as u64 + 1);
    }

    #[test]
    fn a_damaged_note_costs_only_itself() {
        let file = format!("{NOTE}\n{NOTE}\n{NOTE}\n");
        for at in NOTE.len() + 1..2 * NOTE.len() {
            let mut damaged = file.clone().into_bytes();
            damaged[at] ^= 4;
            let found = chunks(&damaged, "a.example");
            assert_eq!((found[0].state, found[0].bytes), (ChunkState::Whole, NOTE.as_bytes()), "byte {at}");
            assert_ne!(found[1].bytes, NOTE.as_bytes(), "byte {at}");
        }
    }

    #[test]
    fn every_cut_of_a_note_is_torn_and_loses_no_byte() {
        let file = format!("{NOTE}\n{NOTE}\n");
        for cut in NOTE.len() + 2..file.len() {
            let found = chunks(&file.as_bytes()[..cut], "a.example");
            assert_eq!(found.len(), 2, "cut {cut}");
            assert_eq!(found[1].state, ChunkState::Torn, "cut {cut}");
            assert_eq!(found[1].offset + found[1].bytes.len() as u64, cut as u64);
        }
    }
}
