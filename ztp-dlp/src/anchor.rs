//! The one pass over every node: the recognisers' anchors, what they look like in encodings and under a key, and the first
//! bytes of compressed streams.

use std::ops::ControlFlow;

use crate::decode::base85::{Alphabet, DER_HEADS};
use crate::decode::packed::Packing;
use crate::decode::pdf::Filter;
use crate::decode::plain::{XorProbe, reverse, rot13};
use crate::decode::unread;
use crate::gram::{Candidate, Grams};
use crate::recognise::{Anchor, AnchorId};

/// Why the pass stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cue {
    /// A recogniser wants to be asked here.
    Anchor(AnchorId),
    /// The bytes read backwards hold an anchor.
    Reverse,
    /// The letters moved by 13 hold an anchor.
    Rot13,
    /// Base64 of an anchor.
    Base64,
    /// Base85 of an anchor, at a whole group.
    Base85(Alphabet),
    /// The bytes under a key hold an anchor.
    Xor(u8),
    /// First bytes of a gzip stream.
    Gzip,
    /// First bytes of a zlib stream, perhaps.
    Zlib,
    /// Deflate without a header.
    Deflate,
    /// First bytes of a zip entry.
    Zip,
    /// First bytes of a PNG file.
    Png,
    /// First bytes of another compression; those of bzip2's first block.
    Packed(Packing),
    /// A record of the central directory of a zip archive, or of its end.
    ZipCentral,
    ZipEnd,
    /// First bytes of a container that is not read here, by its number.
    Unread(usize),
    /// The name of a filter of PDF that is not undone, or by a decoder of its own.
    Filter(Filter),
}

#[derive(Debug)]
struct Pattern {
    cue: Cue,
    bytes: Vec<u8>,
    nocase: bool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Anchors {
    patterns: Vec<Pattern>,
    grams: Grams,
    /// Anchors to be found under any single-byte key.
    probes: Vec<XorProbe>,
}

/// Texts that begin the header of a token: too long to stand in other text by chance.
const TOKEN_HEADS: [&[u8]; 4] = [b"eyJhbGciOi", b"eyJ0eXAiOi", b"eyJraWQiOi", b"kubernetes.io"];

/// Algorithms and heads of private keys in DER that are long enough to be looked for backwards and under a key.
const DER_MARKERS: [&[u8]; 4] = [
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",
    b"\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
    b"\x02\x01\x00\x02\x82\x01\x01\x00",
];

/// Anchors shorter than this are not looked for in encodings: they would be found by chance.
const ENCODED_MIN: usize = 8;

/// Markers as they are written, whatever shorter form a recogniser looks for.
const MARKERS: [&[u8]; 3] = [b"-----BEGIN ", b"PRIVATE KEY-----", b"CERTIFICATE-----"];

/// Most anchors looked for under a key.
const PROBES_MAX: usize = 96;

impl Anchors {
    /// Prepares the pass; none if the anchors are more than it can tell apart.
    pub(crate) fn new(anchors: &[Anchor]) -> Option<Self> {
        let mut patterns = Vec::new();
        let mut add = |cue: Cue, bytes: Vec<u8>, nocase: bool| patterns.push(Pattern { cue, bytes, nocase });
        for anchor in anchors {
            add(Cue::Anchor(anchor.id), anchor.bytes.clone(), anchor.nocase);
        }
        let encoded: Vec<(&[u8], bool)> = anchors
            .iter()
            // What is itself base64 of an anchor is made here, from that anchor.
            .filter(|anchor| anchor.bytes.len() >= ENCODED_MIN && anchor.text)
            .map(|anchor| (anchor.bytes.as_slice(), anchor.nocase))
            .chain(TOKEN_HEADS.map(|head| (head, false)))
            .chain(MARKERS.map(|marker| (marker, false)))
            .collect();
        for (anchor, nocase) in &encoded {
            add(Cue::Reverse, reverse(anchor), *nocase);
            let turned = rot13(anchor);
            if turned != *anchor {
                add(Cue::Rot13, turned, *nocase);
            }
            for text in base64_inside(anchor).into_iter().filter(|text| text.len() >= ENCODED_MIN + 2) {
                add(Cue::Reverse, reverse(&text), false);
                add(Cue::Rot13, rot13(&text), false);
                add(Cue::Base64, text, false);
            }
        }
        for alphabet in Alphabet::EACH {
            let texts: [&[u8]; 5] =
                [MARKERS[0], TOKEN_HEADS[0], b"ztp-audit-state-", b"\"tag_key\":\"", b"\",\"prev_hash\":\""];
            let inside = texts.iter().flat_map(|text| alphabet.inside(text));
            for text in inside.chain(DER_HEADS.map(|head| alphabet.encode(head))) {
                add(Cue::Base85(alphabet), text, false);
            }
        }
        for marker in DER_MARKERS {
            add(Cue::Reverse, reverse(marker), false);
            for text in base64_inside(marker).into_iter().filter(|text| text.len() >= ENCODED_MIN + 2) {
                add(Cue::Reverse, reverse(&text), false);
            }
        }
        for (cue, magic) in [
            (Cue::Gzip, b"\x1f\x8b\x08".as_slice()),
            (Cue::Zip, b"PK\x03\x04"),
            (Cue::Png, b"\x89PNG\r\n\x1a\n"),
            (Cue::Packed(Packing::Xz), b"\xfd7zXZ\x00"),
            (Cue::Packed(Packing::Bzip2), b"1AY&SY"),
            (Cue::Packed(Packing::Zstd), b"\x28\xb5\x2f\xfd"),
            (Cue::ZipCentral, b"PK\x01\x02"),
            (Cue::ZipEnd, b"PK\x05\x06"),
            (Cue::Filter(Filter::Ascii85), b"/ASCII85Decode"),
            (Cue::Filter(Filter::Unread), b"/LZWDecode"),
            (Cue::Filter(Filter::Unread), b"/RunLengthDecode"),
            (Cue::Filter(Filter::Predictor), b"/Predictor"),
        ] {
            add(cue, magic.to_vec(), false);
        }
        for (number, magic) in unread::magics() {
            add(Cue::Unread(number), magic.to_vec(), false);
        }
        let mut probes: Vec<XorProbe> = Vec::new();
        let texts = encoded.iter().map(|(anchor, _)| *anchor);
        for probe in DER_MARKERS.into_iter().chain(texts).filter_map(XorProbe::new) {
            if !probes.contains(&probe) && probes.len() < PROBES_MAX {
                probes.push(probe);
            }
        }
        let mut grams = Grams::default();
        for (number, pattern) in patterns.iter().enumerate() {
            grams.add(number, &pattern.bytes, pattern.nocase)?;
        }
        for (number, probe) in probes.iter().enumerate() {
            grams.add_steps(number, probe.steps());
        }
        grams.close();
        Some(Self { patterns, grams, probes })
    }

    /// Calls `see` with every cue and its first byte until it breaks.
    pub(crate) fn each(&self, bytes: &[u8], mut see: impl FnMut(Cue, usize) -> ControlFlow<()>) {
        let _ = self.grams.each(bytes, |candidate, at| match candidate {
            Candidate::Pattern { number, before } => {
                let Some(pattern) = self.patterns.get(number) else { return ControlFlow::Continue(()) };
                let Some(start) = at.checked_add_signed(-before) else { return ControlFlow::Continue(()) };
                let Some(found) = bytes.get(start..start + pattern.bytes.len()) else {
                    return ControlFlow::Continue(());
                };
                let same = if pattern.nocase {
                    found.eq_ignore_ascii_case(&pattern.bytes)
                } else {
                    found == pattern.bytes
                };
                if same { see(pattern.cue, start) } else { ControlFlow::Continue(()) }
            }
            Candidate::Steps { number, before } => {
                let start = at.checked_add_signed(-before);
                let key = start.and_then(|start| self.probes.get(number)?.check(bytes.get(start..)?));
                key.map_or(ControlFlow::Continue(()), |key| see(Cue::Xor(key), at))
            }
        });
    }
}

/// What base64 of a text that holds `anchor` is sure to hold, for each of the three places at which the anchor can
/// stand.
fn base64_inside(anchor: &[u8]) -> [Vec<u8>; 3] {
    [0, 1, 2].map(|before| stable(anchor, before))
}

/// The characters of base64 that depend on `bytes` alone, when `before` others precede them in their group of three.
fn stable(bytes: &[u8], before: usize) -> Vec<u8> {
    let padded = [vec![0; before], bytes.to_vec()].concat();
    let text = ztp_core::encoding::base64_encode(&padded).into_bytes();
    let first = (before * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    text.get(first..end).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_stable_characters_are_in_every_encoding_around_them() {
        for (before, text) in ["LS0tLS1CRUdJTi", "0tLS0tQkVHSU4g", "tLS0tLUJFR0lOI"].into_iter().enumerate() {
            assert_eq!(stable(b"-----BEGIN ", before), text.as_bytes());
        }
        for before in ["", "a", "ab", "abc"] {
            let text =
                ztp_core::encoding::base64_encode(format!("{before}system:serviceaccount:x").as_bytes());
            let inside = base64_inside(b"system:serviceaccount:");
            assert!(inside.iter().any(|piece| text.contains(std::str::from_utf8(piece).unwrap())));
        }
    }

    fn anchor(id: u16, bytes: &[u8], nocase: bool) -> Anchor {
        Anchor { id: AnchorId(id), bytes: bytes.to_vec(), nocase, text: true }
    }

    fn seen(anchors: &Anchors, bytes: &[u8]) -> Vec<(usize, Cue)> {
        let mut seen = Vec::new();
        anchors.each(bytes, |cue, at| {
            seen.push((at, cue));
            ControlFlow::Continue(())
        });
        seen
    }

    #[test]
    fn an_anchor_is_found_in_its_case_or_in_any() {
        let anchors = Anchors::new(&[anchor(0, b"eyJ", false), anchor(1, b"-BEGIN ", true)]).unwrap();
        let found: Vec<_> = seen(&anchors, b"EYJ eyJ -begin ")
            .into_iter()
            .filter(|found| matches!(found.1, Cue::Anchor(_)))
            .collect();
        assert_eq!(found, [(4, Cue::Anchor(AnchorId(0))), (8, Cue::Anchor(AnchorId(1)))]);
    }

    proptest! {
        #[test]
        fn the_pass_finds_what_an_automaton_finds(
            texts in prop::collection::vec(("[abAB]{3,5}", any::<bool>()), 1..12),
            bytes in "[abAB]{0,200}",
        ) {
            let list: Vec<_> = texts
                .iter()
                .enumerate()
                .map(|(id, (text, nocase))| anchor(u16::try_from(id).unwrap(), text.as_bytes(), *nocase))
                .collect();
            let anchors = Anchors::new(&list).unwrap();
            let mut own: Vec<_> = seen(&anchors, bytes.as_bytes())
                .into_iter()
                .filter_map(|(at, cue)| if let Cue::Anchor(id) = cue { Some((at, id)) } else { None })
                .collect();
            own.sort_unstable();
            let mut oracle = Vec::new();
            for nocase in [false, true] {
                let (ids, texts): (Vec<_>, Vec<_>) =
                    list.iter().filter(|anchor| anchor.nocase == nocase).map(|anchor| (anchor.id, &anchor.bytes)).unzip();
                let automaton =
                    aho_corasick::AhoCorasick::builder().ascii_case_insensitive(nocase).build(texts).unwrap();
                oracle.extend(
                    automaton.find_overlapping_iter(&bytes).map(|found| (found.start(), ids[found.pattern().as_usize()])),
                );
            }
            oracle.sort_unstable();
            prop_assert_eq!(own, oracle);
        }
    }
}
