//! What rows of small members cost: linear in their length, whatever they are rows of, and not without asking whether to go on.

use std::cell::Cell;

use super::tests::{core, gzip, zlib};
use super::*;

fn raw(bytes: &[u8]) -> Vec<u8> {
    let zlib = zlib(bytes);
    zlib[2..zlib.len() - 4].to_vec()
}

fn zip_entry(bytes: &[u8]) -> Vec<u8> {
    let mut entry = b"PK\x03\x04\x14\x00\x00\x00\x08\x00".to_vec();
    entry.extend([0; 16]);
    entry.extend([1, 0, 0, 0, b'x']);
    entry.extend(raw(bytes));
    entry
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], name, data, &[0; 4]].concat()
}

fn png(bytes: &[u8]) -> Vec<u8> {
    let chunks = [chunk(b"IHDR", &[0; 13]), chunk(b"IDAT", &zlib(bytes)), chunk(b"IEND", b"")].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks].concat()
}

/// Blocks of fixed codes without anything in them, ten bits each: four are five bytes.
fn empty_blocks(length: usize) -> Vec<u8> {
    [0b0000_0010, 0b0000_1000, 0b0010_0000, 0b1000_0000, 0].into_iter().cycle().take(length).collect()
}

/// Rows of every container: empty members, members of few bytes, and heads that all lead to the same data.
fn rows(length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let few = b"some words that are few";
    let row = |member: Vec<u8>| member.iter().copied().cycle().take(length).collect::<Vec<u8>>();
    let bzip2 = |bytes: &[u8]| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd =
        |bytes: &[u8]| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    let header = &zip_entry(b"")[..31];
    let overlapping = [
        header.repeat(length / 62),
        raw(b"two words and more words and two words and more"),
        empty_blocks(length / 2),
    ];
    let mut far = header.to_vec();
    far[28..30].copy_from_slice(&u16::try_from(length / 4).unwrap().to_le_bytes());
    vec![
        ("gzip, empty", row(gzip(b""))),
        ("gzip, few", row(gzip(few))),
        ("gzip, few among empty ones", row([gzip(b"").repeat(9), gzip(few)].concat())),
        ("zlib, empty", row(zlib(b""))),
        ("zlib, few", row(zlib(few))),
        ("zip", row(zip_entry(few))),
        ("zip, empty", row(zip_entry(b""))),
        ("zip, all to one place", [far.repeat(length / 62), overlapping.concat()].concat()),
        ("gzip of empty blocks", [b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec(), empty_blocks(length)].concat()),
        ("gzip heads in empty blocks", {
            let head = [b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec(), empty_blocks(190)].concat();
            row(head)
        }),
        ("png", row(png(few))),
        ("png, empty", row(png(b""))),
        ("png, heads", row(b"\x89PNG\r\n\x1a\n\0\0\0\x0cabcd\x89PNG".to_vec())),
        ("bzip2", row(bzip2(few))),
        ("bzip2, empty", row([bzip2(few), bzip2(b"").repeat(200)].concat())),
        ("zstd", row(zstd(few))),
        ("xz heads", row(b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46".to_vec())),
    ]
}

fn effort(bytes: &[u8]) -> u64 {
    let mut scan = Scan::new(core(Budgets::default()), SurfaceKind::Bytes);
    scan.update(bytes);
    scan.finish();
    scan.effort
}

#[test]
fn rows_of_members_of_any_container_cost_no_more_for_each_byte_the_longer_they_are() {
    const LENGTH: usize = 16 << 10;
    /// What streams take and try for each byte: 2048 for each place that is tried, at most one in twenty bytes, and four times over.
    const EACH: u64 = 800;
    for ((name, short), (_, long)) in rows(LENGTH).into_iter().zip(rows(4 * LENGTH)) {
        let (few, more) = (effort(&short), effort(&long));
        assert!(few <= EACH * short.len() as u64, "{name}: {few} for {}", short.len());
        assert!(more <= EACH * long.len() as u64, "{name}: {more} for {}", long.len());
        assert!(more <= few * 6 + (1 << 20), "{name}: {few}, and {more} for four times as much");
    }
}

#[test]
fn a_secret_cut_over_members_of_a_row_is_found_whatever_stands_between() {
    let secret = super::tests::secret();
    let (first, second) = secret.split_at(30);
    for between in [0, 1, 40] {
        let row = [gzip(b"").repeat(3), gzip(first), gzip(b"").repeat(between), gzip(second)].concat();
        let mut scan = Scan::new(core(Budgets::default()), SurfaceKind::Bytes);
        scan.update(&row);
        scan.finish();
        assert_eq!(scan.found.iter().count(), 1, "{between} between");
        assert!(scan.gaps.is_empty());
    }
}

#[test]
fn a_row_read_as_one_is_not_read_again_in_the_windows_that_follow() {
    // Members that give much, so that the row has many windows of its own, and little, so that the surface has.
    let mut state = 3_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let member: Vec<u8> = (0..3000).map(|_| noise()).collect();
    let row = gzip(&member).repeat(1200);
    let mut scan = Scan::new(core(Budgets::default()), SurfaceKind::Bytes);
    scan.update(&row);
    scan.finish();
    let gaps: Vec<_> = scan.gaps.iter().collect();
    assert!(gaps.is_empty(), "{gaps:?}");
    assert!(scan.effort < 8 * row.len() as u64, "{} for {}", scan.effort, row.len());
}

#[test]
fn a_scan_is_asked_between_members_and_stops_there() {
    let row = gzip(b"").repeat(3000);
    let row = [gzip(b"words"), row].concat();
    let (asked, most) = (Cell::new(0_u32), 50);
    let goes_on = || {
        asked.set(asked.get() + 1);
        asked.get() <= most
    };
    let mut scan = Scan::new(core(Budgets::default()), SurfaceKind::Bytes);
    scan.update_while(&row, &goes_on);
    scan.finish_while(&goes_on);
    assert!(scan.gaps.iter().any(|(reason, _)| reason == Reason::Stopped));
    assert!(asked.get() <= most + 3, "{}", asked.get());
}
