//! Ordinary containers are looked at to their end: what is in them is found, and pictures and archives leave nothing out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod engine_support;

use std::io::Write as _;

use engine_support::{at, gzip, head, key, pem, scanner, text, words};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use ztp_core::time::Timestamp;
use ztp_dlp::memory::Memory;

fn found(bytes: &[u8], path: &str) {
    let report = scanner().scan_bytes(bytes);
    assert!(report.findings.iter().any(|finding| finding.path == path), "{path}: {}", text(&report));
    assert!(report.incomplete.is_empty(), "{path}: {}", text(&report));
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// One chunk of a PNG file; checksums are nobody's matter here.
fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], name, data, &[0; 4]].concat()
}

/// A picture of one colour, with a text in one of its rows.
fn png(width: usize, height: usize, row: &[u8]) -> Vec<u8> {
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::best());
    let plain = vec![0x2d; width * 3 + 1];
    for number in 0..height {
        let mut line = plain.clone();
        if number == height / 2 {
            line[1..=row.len()].copy_from_slice(row);
        }
        pixels.write_all(&line).unwrap();
    }
    let pixels = pixels.finish().unwrap();
    let data = pixels.chunks(200).flat_map(|piece| chunk(b"IDAT", piece));
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(chunk(b"IHDR", &[0; 13]));
    file.extend(data);
    file.extend(chunk(b"IEND", b""));
    file
}

#[test]
fn bzip2_zstd_and_their_windows_are_read() {
    let secret = pem(&key());
    // Lines that no compression makes two hundred times smaller.
    let mut state = 5_u32;
    let mut digit = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + state.to_be_bytes()[0] % 16
    };
    let noise: Vec<u8> = (0..3 << 20).map(|at| if at % 9 == 8 { b' ' } else { digit() }).collect();
    let long = [noise, secret.clone().into_bytes(), words(1000)].concat();
    for plain in [[words(500), secret.into_bytes()].concat(), long] {
        found(&bzip2(&plain), "bzip2");
        found(&zstd(&plain), "zstd");
        found(
            &[b"--boundary\r\n\r\n".to_vec(), bzip2(&plain), b"\r\n--boundary--".to_vec()].concat(),
            "bzip2",
        );
    }
}

#[test]
fn samples_of_xz_and_brotli_are_read() {
    // Of the same bytes, by liblzma and Google's brotli: a key that was made for this and opens nothing.
    for (hex, path) in [(XZ, "xz"), (BROTLI, "brotli")] {
        found(&ztp_core_hex(hex), path);
    }
    // Brotli without its first bytes is told by a header too.
    let mut request = head();
    request.headers.push((b"content-encoding".to_vec(), b"br".to_vec()));
    let report = scanner().scan_request(&request, &ztp_core_hex(BROTLI), &[], at(0), &mut Memory::default());
    assert!(report.findings.iter().any(|finding| finding.path == "brotli"), "{}", text(&report));
    // What says that it is brotli and is not is no silence.
    let report =
        scanner().scan_request(&request, b"{\"a\":1,\"b\":[2,3]}", &[], at(0), &mut Memory::default());
    assert!(!report.incomplete.is_empty());
}

fn ztp_core_hex(digits: &str) -> Vec<u8> {
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn large_pictures_of_few_bytes_are_looked_at_to_their_end() {
    let secret = pem(&key()).replace('\n', " ");
    let picture = png(2560, 1440, secret.as_bytes());
    assert!(picture.len() < 200 << 10, "{} bytes for 11 MB of pixels", picture.len());
    found(&picture, "png");
    // And in pieces, as a stream.
    let scanner = scanner();
    let whole = text(&scanner.scan_bytes(&picture));
    for cut in [1, 63, 4096] {
        let mut stream = scanner.begin_bytes();
        picture.chunks(cut).for_each(|piece| stream.update(piece));
        assert_eq!(
            text(&stream.finish(false, Timestamp::MIN, &mut Memory::default())),
            whole,
            "pieces of {cut}"
        );
    }
}

#[test]
fn a_broken_stream_that_says_what_it_is_is_named_with_its_container() {
    let mut stream = bzip2(&words(5000));
    stream.truncate(40);
    let report = scanner().scan_bytes(&stream);
    let gap = report.incomplete.first().unwrap();
    assert_eq!((gap.reason.as_str(), gap.container), ("unread_compression", Some("bzip2")));
}

#[test]
fn a_header_of_gzip_that_is_longer_than_what_is_read_of_one_is_named() {
    let plain = gzip(&wordy());
    let (names, rest) = (plain[3], &plain[10..]);
    assert_eq!(names, 0, "no names yet");
    for (flags, field) in [
        (4, [16_000_u16.to_le_bytes().as_slice(), &[7; 16_000]].concat()),
        (8, [vec![b'a'; 16_000], vec![0]].concat()),
        (16, [vec![b'a'; 5_000], vec![0]].concat()),
    ] {
        let mut bytes = plain[..10].to_vec();
        bytes[3] = flags;
        bytes.extend([&field, rest].concat());
        let report = scanner().scan_bytes(&bytes);
        let gap = report.incomplete.first().unwrap_or_else(|| panic!("{flags}: {}", text(&report)));
        assert_eq!((gap.reason.as_str(), gap.container), ("unread_compression", Some("gzip")), "{flags}");
    }
    let mut bytes = plain[..10].to_vec();
    bytes[3] = 8;
    bytes.extend([b"name.txt\0".as_slice(), rest].concat());
    found(&bytes, "gzip");
}

#[test]
fn zlib_of_every_window_is_read_at_the_beginning_of_what_is_sent_and_of_every_level_anywhere() {
    let plain = zlib(&wordy());
    // A window of 512 bytes and up to 16 KiB is stated for data that never look back so far: these are short.
    for method in [0x18_u8, 0x28, 0x38, 0x48, 0x58, 0x68] {
        let flags = (0..=0x1f).find(|flags| (u16::from(method) << 8 | flags) % 31 == 0).unwrap();
        let stated = [&[method, u8::try_from(flags).unwrap()], &plain[2..]].concat();
        found(&stated, "zlib");
    }
    for flags in [0x01, 0x5e, 0x9c, 0xda] {
        let amid = [b"\x00\x01\x02\x03".as_slice(), &[0x78, flags], &plain[2..]].concat();
        found(&amid, "zlib");
    }
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let zlib = zlib(bytes);
    zlib[2..zlib.len() - 4].to_vec()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Words around a key, so that no compression leaves it as it is.
fn wordy() -> Vec<u8> {
    [words(300), pem(&key()).into_bytes()].concat()
}

fn picture(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(chunk(b"IHDR", &[0; 13]));
    file.extend(chunks.concat());
    file.extend(chunk(b"IEND", b""));
    file
}

#[test]
fn what_is_compressed_in_chunks_of_a_picture_is_looked_at_as_anywhere() {
    let plain = wordy();
    let pixels = chunk(b"IDAT", &zlib(&[0; 200]));
    let zip = zip("key", &plain, |_| ());
    let kinds = [
        (zlib(&plain), "zlib"),
        (gzip(&plain), "gzip"),
        (bzip2(&plain), "bzip2"),
        (zstd(&plain), "zstd"),
        (zip, "zip"),
    ];
    for (bytes, path) in kinds {
        for head in [b"".as_slice(), b"Comment\0\0", b"Comment\0\x01\0\0\0", b"abc"] {
            let held = [head, &bytes, b"abc"].concat();
            for name in [b"zTXt", b"iTXt", b"iCCP", b"prVt"] {
                found(&picture(&[chunk(name, &held), pixels.clone()]), path);
                found(&picture(&[pixels.clone(), chunk(name, &held)]), path);
                // Between two of image data, which none may stand between.
                let image = zlib(&[0; 200]);
                let (first, second) = image.split_at(6);
                found(&picture(&[chunk(b"IDAT", first), chunk(name, &held), chunk(b"IDAT", second)]), path);
            }
        }
        // Behind the pixels and in their place, in chunks that say that they are pixels.
        for image in [
            [zlib(&[0; 200]), bytes.clone()].concat(),
            [b"abc".to_vec(), bytes.clone()].concat(),
            bytes.clone(),
        ] {
            for cut in [image.len(), 100] {
                let chunks: Vec<Vec<u8>> = image.chunks(cut).map(|piece| chunk(b"IDAT", piece)).collect();
                let report = scanner().scan_bytes(&picture(&chunks));
                // Cut by chunks, what shows through of it as it stands is damaged, and may be found beside the whole.
                assert!(!report.findings.is_empty(), "{path}, {cut}: {}", text(&report));
            }
        }
    }
}

/// A whole archive of one deflated entry, with its local header changed by `alter`.
fn zip(name: &str, plain: &[u8], alter: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let data = deflate(plain);
    let sizes = [data.len(), plain.len()].map(|size| u32::try_from(size).unwrap().to_le_bytes()).concat();
    let common = |extra: u8| {
        let head = [b"\x14\0\0\0\x08\0".as_slice(), &[0; 8], &sizes].concat();
        [head, vec![u8::try_from(name.len()).unwrap(), 0, extra, 0]].concat()
    };
    let mut local = [b"PK\x03\x04".to_vec(), common(0), name.as_bytes().to_vec()].concat();
    alter(&mut local);
    let start = local.len() + data.len();
    let central = [b"PK\x01\x02\x14\0".to_vec(), common(0), vec![0; 14], name.as_bytes().to_vec()].concat();
    let size = u32::try_from(central.len()).unwrap().to_le_bytes();
    let offset = u32::try_from(start).unwrap().to_le_bytes();
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(), &size, &offset, &[0, 0]].concat();
    [local, data, central, end].concat()
}

#[test]
fn an_archive_whose_two_accounts_of_an_entry_differ_is_named() {
    let plain = wordy();
    found(&zip("a/key", &plain, |_| ()), "zip");
    type Lie = (&'static str, fn(&mut Vec<u8>));
    let lies: [Lie; 8] = [
        ("stored", |local| local[8] = 0),
        ("another method", |local| local[8] = 77),
        ("a longer name", |local| local[26] = 6),
        ("a shorter name", |local| local[26] = 2),
        ("no name", |local| local[26] = 0),
        ("a version that is not", |local| local[4] = 200),
        ("stored, with a longer name", |local| (local[8], local[26]) = (0, 60)),
        ("no local header", |local| local[0] = b'X'),
    ];
    for (lie, alter) in lies {
        let archive = zip("a/key", &plain, alter);
        for before in [0, 100, 3 << 20] {
            // In a window of its own, and behind others that hold something else.
            let mut file: Vec<u8> = words(before / 6).into_iter().take(before).collect();
            file.extend(&archive);
            let report = scanner().scan_bytes(&file);
            let named = report
                .incomplete
                .iter()
                .any(|gap| (gap.reason.as_str(), gap.container) == ("unread_compression", Some("zip")));
            assert!(named, "{lie}, {before}: {}", text(&report));
        }
        // In a decoded text, too.
        let encoded = ztp_core::encoding::base64_encode(&archive);
        assert!(!scanner().scan_bytes(encoded.as_bytes()).incomplete.is_empty(), "{lie}, in base64");
    }
    // What can be read by the directory is.
    for alter in [lies[0].1, lies[6].1] {
        assert_eq!(scanner().scan_bytes(&zip("a/key", &plain, alter)).findings.len(), 1);
    }
    // The headers stand in windows far from the directory.
    let mut large = plain.clone();
    let mut state = 5_u32;
    large.extend((0..3 << 20).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    }));
    found(&zip("a/key", &large, |_| ()), "zip");
    let report = scanner().scan_bytes(&zip("a/key", &large, |local| local[8] = 0));
    assert!(!report.incomplete.is_empty());
}

#[test]
fn compressions_and_archives_that_are_not_read_are_named_wherever_they_are_known() {
    let noise: Vec<u8> =
        (0..600_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24).to_be_bytes()[3]).collect();
    let mut squashfs =
        [b"hsqs".as_slice(), &[1; 8], &(1_u32 << 17).to_le_bytes(), &[1; 4], &[1, 0, 17, 0]].concat();
    squashfs.extend([0, 0, 1, 0, 4, 0, 0, 0]);
    let mut lha = b"\x20\x20-lh5-".to_vec();
    lha.extend([1; 13]);
    lha.push(1);
    let zoo = [b"ZOO 2.10 Archive.\x1a\0\0".as_slice(), b"\xdc\xa7\xc4\xfd"].concat();
    let cab = [b"MSCF\0\0\0\0".as_slice(), &[9; 4], &[0; 4], &[9; 4], &[0; 4], &[3, 1]].concat();
    let anywhere = [
        (b"\x04\x22\x4d\x18\x64\x40\xa7".to_vec(), "lz4"),
        (b"\x02\x21\x4c\x18\x40\x02\0\0".to_vec(), "lz4"),
        (b"\x89LZO\0\r\n\x1a\n\x10\x30\x20\xa0\x09\x40\x01".to_vec(), "lzop"),
        (b"LZIP\x01\x0c\0".to_vec(), "lzip"),
        (b"\xff\x06\0\0sNaPpY\0\x40\0\0".to_vec(), "snappy"),
        (cab, "cab"),
        (squashfs, "squashfs"),
        (b"xar!\0\x1c\0\x01\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x08\0\0\0\0\x01".to_vec(), "xar"),
        (b"MSWIM\0\0\0\xd0\0\0\0".to_vec(), "wim"),
        (b"\x12\x34\x31\0\0\0\0**ACE**".to_vec(), "ace"),
        (b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(), "7z"),
        (b"Rar!\x1a\x07\x01\0".to_vec(), "rar"),
    ];
    let at_head = [
        (b"\x1f\x9d\x90".to_vec(), "compress"),
        (b"\x60\xea\x2b\0\x22\x0b".to_vec(), "arj"),
        (lha, "lha"),
        (b"zPQ\x01\x01".to_vec(), "zpaq"),
        (b"LRZI\0\x06".to_vec(), "lrzip"),
        (zoo, "zoo"),
        (b"bvx2".to_vec(), "lzfse"),
        (b"\x5d\0\0\x10\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x12".to_vec(), "lzma"),
    ];
    let named = |bytes: &[u8], name: &'static str, where_: &str| {
        let report = scanner().scan_bytes(bytes);
        let gaps: Vec<_> = report.incomplete.iter().map(|gap| (gap.reason.as_str(), gap.container)).collect();
        assert!(gaps.contains(&("unread_compression", Some(name))), "{name} {where_}: {}", text(&report));
    };
    for (magic, name) in anywhere.iter().chain(&at_head) {
        let file = [magic.as_slice(), &noise].concat();
        named(&file, name, "alone");
        named(ztp_core::encoding::base64_encode(&file).as_bytes(), name, "in base64");
        // A member of a tar archive.
        let mut tar = [b"name".to_vec(), vec![0; 253], b"ustar".to_vec(), vec![0; 250]].concat();
        tar.extend(&file);
        named(&tar, name, "in tar");
        // In a zip entry that is not compressed.
        let entry = [b"PK\x03\x04\x14".as_slice(), &[0; 21], &[1, 0, 0, 0, b'x'], &file].concat();
        named(&entry, name, "stored in zip");
    }
    for (magic, name) in &anywhere {
        named(&[b"some bytes before it ", magic.as_slice(), &noise].concat(), name, "behind others");
    }
    // A text that speaks of them, and programs that hold their first bytes, are whole.
    let table = b"static const u8 magics[] = \x04\x22\x4d\x18 \x89LZO\0\r\n\x1a\n LZIP MSCF\0\0\0\0 hsqs xar!\0\x1c\0\x01 **ACE** \xff\x06\0\0sNaPpY";
    assert!(scanner().scan_bytes(table).incomplete.is_empty(), "{}", text(&scanner().scan_bytes(table)));
}

#[test]
fn compressed_packets_of_openpgp_are_read_or_named() {
    let plain = wordy();
    for head in [b"\xa3\x01".as_slice(), b"\xa2\0\0\x10\0\x01", b"\xc8\xff\0\0\x10\0\x01"] {
        found(&[head, &deflate(&plain)].concat(), "deflate");
    }
    let report = scanner().scan_bytes(&[b"\xc8\xed\x01".as_slice(), &deflate(&plain)].concat());
    assert!(report.incomplete.iter().any(|gap| gap.container == Some("openpgp")), "{}", text(&report));
}

#[test]
fn filters_of_pdf_are_undone_or_named() {
    let stream = |dictionary: &str, data: &[u8]| {
        [b"%PDF-1.4\n1 0 obj<<", dictionary.as_bytes(), b">>stream\n", data, b"\nendstream endobj\n"].concat()
    };
    let plain = wordy();
    let packed = zlib(&plain);
    let text85 = ascii85(&packed);
    found(&stream("/Filter[/ASCII85Decode/FlateDecode]", format!("{text85}~>").as_bytes()), "a85>zlib");
    let lines: Vec<String> =
        text85.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    found(
        &stream("/Filter [ /ASCII85Decode /FlateDecode ]", format!("{}\n~>", lines.join("\n")).as_bytes()),
        "a85>zlib",
    );
    for dictionary in [
        "/Filter/LZWDecode",
        "/Filter/RunLengthDecode",
        "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 8>>",
    ] {
        let report = scanner().scan_bytes(&stream(dictionary, &[0x80, 1, 2, 3]));
        assert!(
            report.incomplete.iter().any(|gap| gap.container == Some("pdf")),
            "{dictionary}: {}",
            text(&report)
        );
    }
    for dictionary in [
        "/Type/XRef/DecodeParms<</Predictor 12/Columns 4>>",
        "/DecodeParms<</Predictor 1>>",
        "/Filter/FlateDecode",
    ] {
        assert!(
            scanner().scan_bytes(&stream(dictionary, &zlib(&words(50)))).incomplete.is_empty(),
            "{dictionary}"
        );
    }
}

/// As PDF writes it: without a mark in front.
fn ascii85(bytes: &[u8]) -> String {
    let mut text = String::new();
    for four in bytes.chunks(4) {
        let mut padded = [0; 4];
        padded[..four.len()].copy_from_slice(four);
        let mut word = u32::from_be_bytes(padded);
        let mut five = [0_u8; 5];
        for digit in five.iter_mut().rev() {
            *digit = u8::try_from(word % 85).unwrap() + b'!';
            word /= 85;
        }
        text.extend(five[..=four.len()].iter().map(|&digit| char::from(digit)));
    }
    text
}

const XZ: &str = concat!(
    "fd377a585a000004e6d6b4460200210116000000742fe5a3e0009600815d00399bc9f2e750ca83c76ae1381dd42ae4a75f1f",
    "99f53f8fb76dc18b2ff52a65f257350ea51b48b4bc231a23aa5627bc5ea98a097230cc8080fbf947cbfca8ee8f3de040cb6b",
    "901eb6f1d6a30883a9d70331c70e0b75e9220e30b7cb2c51d7749809f30af9945c188df454fac400909c106929b061ea297c",
    "48ac807045791bc354f500000000a1dd477ca614a5d200019d0197010000da4b987eb1c467fb020000000004595a",
);
const BROTLI: &str = concat!(
    "1b9600e88dd463ad31da68705d7da91ed10037f9850071ca910784556bbbe0890e2a870d385d615ac679a0e8d518b4fb7384",
    "ec292272bab00281a355c823e029b42245d2478e2ad521f38fac589aa52d75bf145031fc9bd692b4d1d826921da8c74550ad",
    "ee590d26a61fc4aebe8b700708822088e6ab6031e168153200",
);
