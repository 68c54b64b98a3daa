//! Compressions and archives that are not read here, by their first bytes: named, so that nobody takes silence for a look inside.

/// One of them.
struct Form {
    name: &'static str,
    magic: &'static [u8],
    /// Bytes of the file before the magic.
    before: usize,
    /// Whether the file that begins like this has a header, and not only its first bytes, as programs that read the format hold
    /// them.
    fits: fn(&[u8]) -> bool,
}

/// Told wherever they stand: their first bytes are long, or their header can be checked.
const ANYWHERE: [Form; 13] = [
    form("7z", b"7z\xbc\xaf\x27\x1c", |_| true),
    form("rar", b"Rar!\x1a\x07", |_| true),
    form("lzma", b"\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff", |_| true),
    // Version, a reserved bit, and the largest block.
    form(
        "lz4",
        b"\x04\x22\x4d\x18",
        |file| matches!(*file, [_, _, _, _, flags, block, ..] if flags & 0xc2 == 0x40 && block & 0x8f == 0 && block >= 0x40),
    ),
    // The length of the first block, at most 8 MiB and what does not compress.
    form("lz4", b"\x02\x21\x4c\x18", |file| (1..=0x0080_8080).contains(&le32(file, 4))),
    form("lzop", b"\x89LZO\x00\r\n\x1a\n", |file| {
        matches!(file.get(9..16), Some(&[9 | 16, _, 16 | 32, _, 9 | 16, _, 1..=3]))
    }),
    form(
        "lzip",
        b"LZIP",
        |file| matches!(*file, [_, _, _, _, 0 | 1, size, 0, ..] if (12..=29).contains(&(size & 31))),
    ),
    form("snappy", b"\xff\x06\x00\x00sNaPpY", |file| {
        matches!(*file, [_, _, _, _, _, _, _, _, _, _, 0 | 1 | 0xfe, ..])
    }),
    form("cab", b"MSCF\x00\x00\x00\x00", |file| {
        le32(file, 12) == 0 && le32(file, 20) == 0 && file.get(24..26) == Some(&[3, 1])
    }),
    // The size of a block and its logarithm, and the version.
    form("squashfs", b"hsqs", |file| {
        (12..=20).contains(&le16(file, 22)) && le32(file, 12) == 1 << le16(file, 22) && le16(file, 28) == 4
    }),
    // The lengths of the table of contents are far below their 64 bits.
    form("xar", b"xar!\x00\x1c\x00\x01", |file| le32(file, 8) == 0 && le32(file, 16) == 0),
    form("wim", b"MSWIM\x00\x00\x00\xd0\x00\x00\x00", |_| true),
    Form {
        name: "ace",
        magic: b"**ACE**",
        before: 7,
        fits: |file| (20..512).contains(&le16(file, 2)) && file.get(4) == Some(&0),
    },
];

/// Told at the beginning of a file, of a member of an archive and of a decoded text: chance gives the same elsewhere.
const AT_HEAD: [Form; 9] = [
    // The longest code.
    form(
        "compress",
        b"\x1f\x9d",
        |file| matches!(*file, [_, _, bits, ..] if bits & 0x60 == 0 && (9..=16).contains(&(bits & 31))),
    ),
    // Sizes of the header, and of its first part.
    form("arj", b"\x60\xea", |file| {
        let size = le16(file, 2);
        (30..=2600).contains(&size)
            && matches!(*file, [_, _, _, _, first, ..] if first >= 30 && u32::from(first) <= size)
    }),
    Form {
        name: "lha",
        magic: b"-l",
        before: 2,
        fits: |file| matches!(*file, [_, _, _, _, b'h' | b'z', b'0'..=b'9' | b's' | b'x', b'-', ..] if file.get(20).is_some_and(|level| *level < 4)),
    },
    form("zpaq", b"zPQ", |file| matches!(*file, [_, _, _, 1 | 2, 1, ..])),
    form("zpaq", b"7kSt\xa01\x83\xd3\x8c\xb2\x28\xb0\xd3zPQ", |_| true),
    form("lrzip", b"LRZI\x00", |file| matches!(*file, [_, _, _, _, _, 0..=20, ..])),
    form("zoo", b"ZOO ", |file| file.get(20..24) == Some(b"\xdc\xa7\xc4\xfd")),
    form("lzfse", b"bvx", |file| {
        file.len() > 28 && matches!(*file, [_, _, _, b'1' | b'2' | b'n' | b'-', ..])
    }),
    // Of a known length, or another dictionary than the usual one.
    form("lzma", b"\x5d\x00\x00", |file| {
        let known = le32(file, 9) < 64;
        let open = file.get(5..13) == Some(&[0xff; 8]);
        file.len() > 18 && file.get(13) == Some(&0) && le16(file, 3).is_power_of_two() && (known || open)
    }),
];

const fn form(name: &'static str, magic: &'static [u8], fits: fn(&[u8]) -> bool) -> Form {
    Form { name, magic, before: 0, fits }
}

fn le16(bytes: &[u8], at: usize) -> u32 {
    let two = bytes.get(at..).and_then(<[u8]>::first_chunk::<2>);
    two.map_or(u32::MAX, |two| u16::from_le_bytes(*two).into())
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk::<4>).map_or(u32::MAX, |four| u32::from_le_bytes(*four))
}

/// The first bytes that are looked for everywhere, by number.
pub(crate) fn magics() -> impl Iterator<Item = (usize, &'static [u8])> {
    ANYWHERE.iter().map(|form| form.magic).enumerate()
}

/// What begins in `bytes` if the magic of a number stands at `at`, and where. At the very beginning the magic alone says what the
/// whole is, right or wrong.
pub(crate) fn anywhere(number: usize, bytes: &[u8], at: usize) -> Option<(&'static str, usize)> {
    let form = ANYWHERE.get(number)?;
    let start = at.checked_sub(form.before)?;
    let file = bytes.get(start..)?;
    (start == 0 || (form.fits)(file)).then_some((form.name, start))
}

/// What a file is that begins like this.
pub(crate) fn at_head(file: &[u8]) -> Option<&'static str> {
    let is = |form: &&Form| {
        file.get(form.before..).is_some_and(|rest| rest.starts_with(form.magic)) && (form.fits)(file)
    };
    AT_HEAD.iter().find(is).map(|form| form.name)
}

/// Where the data of an OpenPGP packet of compressed data begin if they are deflate without a header, and whether they are cut into
/// parts (RFC 9580 §4.2, §5.6).
pub(crate) fn openpgp_deflate(file: &[u8]) -> Option<(usize, bool)> {
    let (data, parts) = match *file {
        [0xa0, _, 1, ..] => (3, false),
        [0xa1, _, _, 1, ..] => (4, false),
        [0xa2, _, _, _, _, 1, ..] => (6, false),
        [0xa3, 1, ..] => (2, false),
        [0xc8, 0..=191, 1, ..] => (3, false),
        [0xc8, 192..=223, _, 1, ..] => (4, false),
        [0xc8, 224..=254, 1, ..] => (3, true),
        [0xc8, 255, _, _, _, _, 1, ..] => (7, false),
        _ => return None,
    };
    Some((data, parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_amid_others_are_nothing_without_a_header() {
        for (number, magic) in magics() {
            let checked = !matches!(ANYWHERE[number].name, "7z" | "rar" | "lzma" | "wim");
            let text =
                [b"words before ".as_slice(), magic, b" and words that follow, more than a header has"]
                    .concat();
            assert_eq!(anywhere(number, &text, 13).is_some(), !checked, "{}", ANYWHERE[number].name);
        }
    }

    #[test]
    fn a_packet_says_where_its_data_begin() {
        assert_eq!(openpgp_deflate(b"\xa3\x01\x00"), Some((2, false)));
        assert_eq!(openpgp_deflate(b"\xc8\xe9\x01\x00"), Some((3, true)));
        assert_eq!(openpgp_deflate(b"\xa3\x02\x78\x9c"), None);
    }
}
