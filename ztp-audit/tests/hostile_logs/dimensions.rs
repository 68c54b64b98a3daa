//! Every way in which a log can be made large: each maker is given how many of its things to make.

use ztp_audit::layout::SEGMENT_RECORDS;
use ztp_audit::source::MemorySource;

use crate::forge::{Forge, ORIGIN};

pub(crate) struct Dimension {
    pub(crate) name: &'static str,
    pub(crate) make: fn(u64) -> MemorySource,
    /// Bytes of the log that one thing adds, about.
    pub(crate) bytes: u64,
    /// Things that are made at most where a very large log is wanted: signatures and files take their time.
    pub(crate) most: u64,
}

const fn of(name: &'static str, bytes: u64, make: fn(u64) -> MemorySource) -> Dimension {
    Dimension { name, make, bytes, most: u64::MAX }
}

/// One that is slow to make.
const fn slow(name: &'static str, bytes: u64, most: u64, make: fn(u64) -> MemorySource) -> Dimension {
    Dimension { name, make, bytes, most }
}

pub(crate) const ALL: &[Dimension] = &[
    of("records", 260, |n| made(n, Forge::event)),
    slow("seals with checkpoints", 600, 40_000, |n| made(n, Forge::seal)),
    of("seals without checkpoints", 380, |n| made(n, Forge::seal_record)),
    of("seals without checkpoints before one that has its own", 380, |n| {
        let mut forge = many(n, Forge::seal_record);
        forge.seal();
        forge.log
    }),
    slow("seals of which every second has a checkpoint", 500, 40_000, |n| {
        let mut odd = false;
        let mut forge = Forge::new(ORIGIN);
        for _ in 0..n {
            odd = !odd;
            if odd { forge.seal() } else { forge.seal_record() }
        }
        forge.log
    }),
    slow("seals whose checkpoints stand in reverse", 600, 65_535, |n| {
        let mut forge = Forge::new(ORIGIN);
        let mut notes = Vec::new();
        for _ in 0..n.min(SEGMENT_RECORDS - 1) {
            forge.seal_record();
            notes.push(forge.checkpoint());
        }
        notes.reverse();
        let note = notes.into_iter().flat_map(|mut note| {
            note.push(b'\n');
            note
        });
        forge.log.notes.insert(0, note.collect());
        forge.log
    }),
    of("seals that are none, with a long word", 20_500, |n| made(n, |forge| forge.bad_seal(20_000))),
    of("an origin of a mebibyte over seals", 380, |n| {
        let mut forge = many(n, Forge::seal_record);
        let segment = forge.log.segments.get_mut(&0).unwrap();
        let end = memchr::memchr(b'\n', segment).unwrap();
        let genesis = String::from_utf8(segment[..end].to_vec()).unwrap();
        let long = genesis.replace(ORIGIN, &"o".repeat((1 << 20) - 2000));
        segment.splice(..end, long.into_bytes());
        forge.log
    }),
    of("notes of a few bytes", 14, |n| beside("a\n\n\u{2014} a b\n\n".repeat(len(n)))),
    of("notes of sizes that no seal has", 100, |n| beside((0..n).map(|i| note(ORIGIN, i % 3)).collect())),
    of("notes of sizes beyond the log", 100, |n| {
        beside((0..n).map(|i| note(ORIGIN, 1_000_000 + i)).collect())
    }),
    of("notes of other names", 160, |n| beside((0..n).map(|i| note(&format!("{i:040}"), i)).collect())),
    of("bytes beside a segment that are no notes", 64, |n| beside("x".repeat(64 * len(n)))),
    of("empty lines beside a segment", 64, |n| beside("\n".repeat(64 * len(n)))),
    of("beginnings of notes", 27, |n| beside(format!("\n\n{ORIGIN}\n").repeat(len(n)))),
    of("signature lines without an end", 20, |n| {
        beside(format!("a\n\n{}", "\u{2014} a b\n".repeat(2 * len(n))))
    }),
    slow("files of notes for segments that are gone", 100, 20_000, |n| {
        let mut forge = many(3, Forge::event);
        for i in 1..=n {
            forge.log.notes.insert(i * SEGMENT_RECORDS, note(ORIGIN, i % 4).into_bytes());
        }
        forge.log
    }),
    slow("segments of one record with holes between them", 260, 20_000, |n| {
        let mut forge = Forge::new(ORIGIN);
        for i in 1..=n {
            forge.seq = i * 2 * SEGMENT_RECORDS;
            forge.event();
        }
        forge.log
    }),
    slow("empty segments", 1, 20_000, |n| {
        let mut forge = many(3, Forge::event);
        forge.log.segments.extend((1..=n).map(|i| (i * SEGMENT_RECORDS, Vec::new())));
        forge.log
    }),
    slow("segments of names that none has", 4, 20_000, |n| {
        let mut forge = many(3, Forge::event);
        forge.log.segments.extend((0..n).map(|i| (u64::MAX - i, b"{}\n".to_vec())));
        forge.log.notes.extend((0..n).map(|i| (u64::MAX - i, b"{}\n".to_vec())));
        forge.log
    }),
    of("records that state places backwards", 260, |n| {
        let mut forge = Forge::new(ORIGIN);
        for i in (0..n).rev() {
            forge.seq = i % SEGMENT_RECORDS;
            forge.event();
        }
        forge.log
    }),
    of("seals that state places backwards", 380, |n| {
        let mut forge = Forge::new(ORIGIN);
        for i in (0..n).rev() {
            forge.seq = i % SEGMENT_RECORDS;
            forge.seal_record();
        }
        forge.log
    }),
    of("steps of the clock", 260, |n| {
        let mut forge = Forge::new(ORIGIN);
        for i in 0..n {
            forge.now += if i % 2 == 0 { 10_000 } else { -9_999 };
            forge.event();
        }
        forge.log
    }),
    of("empty lines", 1, |n| lines("\n".repeat(len(n)))),
    of("lines that are no records", 8, |n| lines("{\"a\":1}\n".repeat(len(n)))),
    of("lines of the greatest length", 1 << 20, |n| {
        lines(format!("{}\n", "y".repeat((1 << 20) - 1)).repeat(len(n)))
    }),
    of("a line without an end", 64, |n| lines("z".repeat(64 * len(n)))),
    of("lines just above a block", 300_000, |n| lines(format!("{}\n", "w".repeat(300_000)).repeat(len(n)))),
];

fn len(n: u64) -> usize {
    usize::try_from(n).unwrap()
}

fn many(n: u64, mut each: impl FnMut(&mut Forge)) -> Forge {
    let mut forge = Forge::new(ORIGIN);
    for _ in 0..n {
        each(&mut forge);
    }
    forge
}

fn made(n: u64, each: impl FnMut(&mut Forge)) -> MemorySource {
    many(n, each).log
}

/// A log of three records and a seal, with these bytes after its one checkpoint.
fn beside(notes: String) -> MemorySource {
    let mut forge = many(3, Forge::event);
    forge.seal();
    forge.log.notes.entry(0).or_default().extend_from_slice(notes.as_bytes());
    forge.log
}

/// A log of one record, with these lines after it.
fn lines(text: String) -> MemorySource {
    let mut log = Forge::new(ORIGIN).log;
    log.segments.entry(0).or_default().extend_from_slice(text.as_bytes());
    log
}

fn note(origin: &str, size: u64) -> String {
    let root = "A".repeat(43);
    format!("{origin}\n{size}\n{root}=\n\n\u{2014} {origin} AAAAAA==\n\n")
}
