//! Where the image data of a PNG file stand (PNG §5.3), so that nobody guesses at what stands in them.

use std::ops::Range;

/// Most chunks that are walked.
const CHUNKS_MAX: usize = 65_536;

/// From the first to the last byte of image data of the file that begins at `at`, as far as it is there.
pub(crate) fn image_data(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let mut next = at.checked_add(8)?;
    let mut found: Option<Range<usize>> = None;
    for _ in 0..CHUNKS_MAX {
        let Some(&[a, b, c, d, ref name @ ..]) = bytes.get(next..).and_then(<[u8]>::first_chunk::<8>) else {
            break;
        };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        let from = next + 8;
        let end = from.saturating_add(length).min(bytes.len());
        if name == b"IDAT" {
            found = Some(found.map_or(from, |range| range.start)..end);
        }
        if name == b"IEND" || end == bytes.len() {
            break;
        }
        next = end + 4;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_data_are_between_the_first_and_the_last_of_their_chunks() {
        let chunk = |name: &[u8; 4], length: u8| {
            [&[0, 0, 0, length], name, &vec![7; length.into()][..], &[0; 4]].concat()
        };
        let file = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", 13),
            chunk(b"IDAT", 5),
            chunk(b"IDAT", 9),
            chunk(b"IEND", 0),
        ]
        .concat();
        assert_eq!(image_data(&file, 0), Some(41..67));
        assert_eq!(image_data(&file[..45], 0), Some(41..45));
        assert_eq!(image_data(&file[..30], 0), None);
    }
}
