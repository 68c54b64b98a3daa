//! Whether a compressed stream can begin with the bytes at hand, before anything is inflated.

/// Whether the lengths of the code of code lengths, at the start of a block with codes of its own, make a code: all of it is used, or
/// there is but one (RFC 1951 §3.2.7).
fn code_lengths_fit(bytes: &[u8]) -> bool {
    let mut head = [0; 16];
    for (to, from) in head.iter_mut().zip(bytes) {
        *to = *from;
    }
    let bits = u128::from_le_bytes(head);
    let count = usize::try_from(bits >> 13 & 15).unwrap_or(0) + 4;
    let lengths = (0..count).map(|place| bits >> (17 + 3 * place) & 7).filter(|&length| length > 0);
    let (used, filled) =
        lengths.fold((0, 0_u32), |(used, filled), length| (used + 1, filled + (128 >> length)));
    used == 1 || filled == 128
}

/// The second bytes of the zlib headers that are looked for everywhere, behind 0x78: a window of 32 KiB, at each level.
pub(crate) const ZLIB_FLAGS: [u8; 4] = [0x01, 0x5e, 0x9c, 0xda];

/// RFC 1950 §2.2, without a preset dictionary, and other than the headers that are looked for everywhere: windows that are smaller.
pub(crate) fn is_rare_zlib_header(bytes: &[u8]) -> bool {
    matches!(*bytes, [method, flags, ..] if method & 0x8f == 8
        && u16::from_be_bytes([method, flags]).is_multiple_of(31)
        && flags & 0x20 == 0
        && !(method == 0x78 && ZLIB_FLAGS.contains(&flags)))
}

/// Whether a deflate block can begin here (RFC 1951 §3.2.3, §3.2.7): most bytes cannot.
pub(crate) fn deflate_may_start(bytes: &[u8]) -> bool {
    match *bytes {
        [first, second, ..] => match (first >> 1) & 3 {
            0 => match *bytes {
                [_, a, b, c, d, ..] => u16::from_le_bytes([a, b]) == !u16::from_le_bytes([c, d]),
                _ => false,
            },
            1 => true,
            2 => first >> 3 <= 29 && second & 31 <= 29 && code_lengths_fit(bytes),
            _ => false,
        },
        _ => false,
    }
}
