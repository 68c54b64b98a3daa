//! Ordinary containers are looked at to their end: what is in them is found, and pictures and archives leave nothing out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod engine_support;

use std::io::Write as _;

use engine_support::{at, head, key, pem, scanner, text, words};
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
