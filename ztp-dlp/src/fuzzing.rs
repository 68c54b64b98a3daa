//! Each decoder by itself, with what must hold of it, for the fuzz target `dlp_decode`. Built only under `--cfg fuzzing`.

#![allow(clippy::panic, clippy::missing_panics_doc, reason = "a fuzz target reports by panic")]

use crate::decode::escapes::{Spelling, Unescaped};
use crate::decode::inflate::{Inflater, State, Wrapping};
use crate::decode::{ascii85, fold, plain, radix, zip};

/// The decoders by name; the place in this list is what [`decode`] takes.
pub const DECODERS: [&str; 17] = [
    "base64",
    "base32",
    "hex",
    "hex_groups",
    "decimals",
    "ascii85",
    "percent",
    "backslash",
    "html",
    "quoted_printable",
    "fold",
    "stride",
    "turns",
    "xor_probe",
    "gzip",
    "zlib_raw",
    "zip",
];

/// Most bytes that a stream gives in one run.
const INFLATED_MAX: usize = 1 << 20;

/// Runs one decoder on an input and checks that its output is bounded, and its inverse where it has one.
///
/// # Panics
///
/// If what must hold does not; that is the finding.
pub fn decode(which: usize, input: &[u8]) {
    let Some((&option, text)) = input.split_first() else { return };
    let (skip, mut out) = (usize::from(option % 8), Vec::new());
    let left = text.len().saturating_sub(skip);
    match DECODERS.get(which).copied().unwrap_or_default() {
        "base64" => {
            radix::base64(text, skip, &mut out);
            assert_eq!(out.len(), left / 4 * 3 + [0, 0, 1, 2][left % 4]);
        }
        "base32" => {
            radix::base32(text, skip, &mut out);
            assert!(out.len() <= left * 5 / 8 && out.len() + 5 > left * 5 / 8);
        }
        "hex" => {
            radix::hex(text, skip, &mut out);
            assert_eq!(out.len(), left / 2);
        }
        "hex_groups" => {
            if radix::hex_groups(text, &mut out) {
                assert!(out.len() >= 8);
            }
            assert!(out.len() <= text.len());
        }
        "decimals" => {
            if radix::decimals(text, &mut out) {
                assert!(out.len() >= 8);
            }
            assert!(out.len() <= text.len());
        }
        "ascii85" => {
            let _ = ascii85::may_start(text);
            ascii85::decode(text, &mut out);
            assert!(out.len() <= text.len() * 4);
        }
        "percent" => unescaped(text, &Spelling::Percent.decode(text)),
        "backslash" => unescaped(text, &Spelling::Backslash.decode(text)),
        "html" => unescaped(text, &Spelling::Html.decode(text)),
        "quoted_printable" => unescaped(text, &Spelling::QuotedPrintable.decode(text)),
        "fold" => {
            let mut at = 0;
            while let Some(next) = fold::next_mixed(text, at) {
                assert!(next >= at && next < text.len());
                at = next + 1;
            }
            let folded = fold::fold(text);
            assert!(folded.bytes.len() <= text.len() * 18, "NFKD gives at most 18 characters for one");
            pieces(text, &folded);
            if text.is_ascii() {
                assert_eq!(folded.bytes, text);
            }
        }
        "stride" => {
            let mut at = 0;
            while let Some(stretch) = plain::next_stretch(text, at) {
                assert!(
                    stretch.start >= at && stretch.end <= text.len() && stretch.end - stretch.start >= 48
                );
                let stretch_bytes = text.get(stretch.start..stretch.end).unwrap_or_default();
                let both = plain::stride(stretch_bytes, 0).len() + plain::stride(stretch_bytes, 1).len();
                assert_eq!(both, stretch_bytes.len());
                at = stretch.end;
            }
        }
        "turns" => {
            assert_eq!(plain::reverse(&plain::reverse(text)), text);
            assert_eq!(plain::rot13(&plain::rot13(text)), text);
            assert_eq!(plain::xor(&plain::xor(text, option), option), text);
        }
        "xor_probe" => {
            let (anchor, rest) = text.split_at(text.len() / 2);
            if let Some(probe) = plain::XorProbe::new(anchor) {
                for start in 0..rest.len() {
                    if let Some(key) = probe.check(rest.get(start..).unwrap_or_default()) {
                        assert_ne!(key, 0);
                    }
                }
            }
        }
        "gzip" => inflated(Wrapping::Gzip, option, text),
        "zlib_raw" => {
            inflated(Wrapping::Zlib, option, text);
            inflated(Wrapping::Raw, option, text);
        }
        "zip" => {
            for start in 0..text.len().min(64) {
                if let zip::Entry::Deflated(at) = zip::entry(text.get(start..).unwrap_or_default()) {
                    assert!(at >= 30 && at <= 30 + 2 * usize::from(u16::MAX));
                    inflated(Wrapping::Raw, option, text.get(start + at..).unwrap_or_default());
                }
            }
        }
        other => panic!("no decoder {which} {other}"),
    }
}

fn unescaped(text: &[u8], out: &Unescaped) {
    assert!(out.bytes.len() <= text.len(), "one pass, no longer than the text");
    pieces(text, out);
}

/// Pieces rise on both sides and stay inside.
fn pieces(text: &[u8], out: &Unescaped) {
    assert!(out.pieces.is_sorted());
    assert!(out.pieces.iter().all(|&(to, from)| to <= out.bytes.len() && from <= text.len()));
    assert!(out.pieces.len() <= out.count + 1);
}

/// A stream in pieces gives what it gives in one, and never more than the room.
fn inflated(wrapping: Wrapping, option: u8, text: &[u8]) {
    let whole = read(wrapping, text, text.len().max(1), INFLATED_MAX);
    let pieces = read(wrapping, text, usize::from(option).max(1), 4096);
    assert_eq!(whole, pieces);
}

fn read(wrapping: Wrapping, text: &[u8], piece: usize, room: usize) -> Vec<u8> {
    let (mut inflater, mut out) = (Inflater::new(wrapping), Vec::new());
    for chunk in text.chunks(piece) {
        let mut rest = chunk;
        loop {
            let (before, room) = (out.len(), room.min(INFLATED_MAX - out.len()));
            let taken = inflater.read(rest, room, &mut out);
            assert!(taken.input <= rest.len() && out.len() - before <= room);
            rest = rest.get(taken.input..).unwrap_or_default();
            let stuck = taken.input == 0 && out.len() == before;
            if taken.state == State::Over || out.len() >= INFLATED_MAX {
                return out;
            }
            if stuck || (rest.is_empty() && out.len() - before < room) {
                break;
            }
        }
    }
    out
}
