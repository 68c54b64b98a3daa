//! Where the image data of a PNG file stand (PNG §5.3), so that nobody guesses at what stands in them.

use std::ops::Range;

/// Most chunks that are walked in a node, whatever number of files begins in it.
pub(crate) const CHUNKS_MAX: usize = 65_536;

/// Calls `see` with the image data of each chunk of the file that begins at `at`, as far as it is there; `left` is how many chunks
/// may still be walked.
pub(crate) fn image_data(bytes: &[u8], at: usize, left: &mut usize, mut see: impl FnMut(Range<usize>)) {
    let mut next = at.saturating_add(8);
    while let Some(fewer) = left.checked_sub(1) {
        *left = fewer;
        let Some(&[a, b, c, d, ref name @ ..]) = bytes.get(next..).and_then(<[u8]>::first_chunk::<8>) else {
            return;
        };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let from = next + 8;
        let end = from.saturating_add(length).min(bytes.len());
        if name == b"IDAT" {
            see(from..end);
        }
        if name == b"IEND" || end == bytes.len() {
            return;
        }
        next = end + 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_data_are_what_their_chunks_hold_and_no_other_does() {
        let chunk = |name: &[u8; 4], length: u8| {
            [&[0, 0, 0, length], name, &vec![7; length.into()][..], &[0; 4]].concat()
        };
        let file = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", 13),
            chunk(b"IDAT", 5),
            chunk(b"prVt", 3),
            chunk(b"IDAT", 9),
            chunk(b"IEND", 0),
        ]
        .concat();
        let data = |file: &[u8], mut left: usize| {
            let mut seen = Vec::new();
            image_data(file, 0, &mut left, |range| seen.push(range));
            (seen, left)
        };
        assert_eq!(data(&file, 100), (vec![41..46, 73..82], 95));
        assert_eq!(data(&file[..45], 100).0.first(), Some(&(41..45)));
        assert!(data(&file[..30], 100).0.is_empty());
        assert_eq!(data(&file, 2).1, 0);
        assert_eq!(data(&file, 2).0.len(), 1, "as far as may be walked");
    }
}
