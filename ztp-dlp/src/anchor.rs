//! The one automaton that passes over every node: the recognisers' anchors, what they look like in encodings, and the
//! first bytes of compressed streams.

use std::ops::ControlFlow;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::decode::plain::{XorProbe, reverse, rot13};
use crate::recognise::{Anchor, AnchorId};

/// Why the automaton stopped.
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
    /// First bytes of a gzip stream.
    Gzip,
    /// First bytes of a zlib stream, perhaps.
    Zlib,
    /// First bytes of a zip entry.
    Zip,
    /// First bytes of a compression that is not read here.
    Unread,
}

#[derive(Debug)]
struct Pattern {
    cue: Cue,
    /// The bytes, when their case matters.
    exact: Option<Vec<u8>>,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Automaton {
    matcher: AhoCorasick,
    patterns: Vec<Pattern>,
    /// Anchors to be found under any single-byte key.
    pub(crate) probes: Vec<XorProbe>,
}

/// Texts that begin the header of a token: too long to stand in other text by chance.
const TOKEN_HEADS: [&[u8]; 4] = [b"eyJhbGciOi", b"eyJ0eXAiOi", b"eyJraWQiOi", b"kubernetes.io"];

/// Anchors shorter than this are not looked for in encodings: they would be found by chance.
const ENCODED_MIN: usize = 8;

/// Most anchors looked for under a key; the pass over every byte pays for each.
const PROBES_MAX: usize = 12;

impl Automaton {
    /// Builds the automaton.
    ///
    /// # Errors
    /// When the anchors are more than an automaton can hold.
    pub(crate) fn new(anchors: &[Anchor]) -> Result<Self, aho_corasick::BuildError> {
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let mut patterns = Vec::new();
        let mut add = |cue: Cue, text: Vec<u8>, nocase: bool| {
            patterns.push(Pattern { cue, exact: (!nocase).then(|| text.clone()) });
            texts.push(text);
        };
        for anchor in anchors {
            add(Cue::Anchor(anchor.id), anchor.bytes.clone(), anchor.nocase);
        }
        let encoded: Vec<(&[u8], bool)> = anchors
            .iter()
            .filter(|anchor| anchor.bytes.len() >= ENCODED_MIN)
            .map(|anchor| (anchor.bytes.as_slice(), anchor.nocase))
            .chain(TOKEN_HEADS.map(|head| (head, false)))
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
        for (cue, magic) in [
            (Cue::Gzip, b"\x1f\x8b\x08".as_slice()),
            (Cue::Zlib, b"\x78\x01"),
            (Cue::Zlib, b"\x78\x9c"),
            (Cue::Zlib, b"\x78\xda"),
            (Cue::Zip, b"PK\x03\x04"),
            (Cue::Unread, b"\xfd7zXZ\x00"),
            (Cue::Unread, b"1AY&SY"),
            (Cue::Unread, b"\x28\xb5\x2f\xfd"),
            (Cue::Unread, b"7z\xbc\xaf\x27\x1c"),
            (Cue::Unread, b"Rar!\x1a\x07"),
            (Cue::Unread, b"\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff"),
        ] {
            add(cue, magic.to_vec(), false);
        }
        let matcher = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .build(&texts)?;
        let mut probes: Vec<XorProbe> = Vec::new();
        for probe in encoded.iter().filter_map(|(anchor, _)| XorProbe::new(anchor)) {
            if !probes.contains(&probe) && probes.len() < PROBES_MAX {
                probes.push(probe);
            }
        }
        Ok(Self { matcher, patterns, probes })
    }

    /// Calls `see` with every cue and its first byte, in order of their ends, until it breaks.
    pub(crate) fn each(&self, bytes: &[u8], mut see: impl FnMut(Cue, usize) -> ControlFlow<()>) {
        for found in self.matcher.find_overlapping_iter(bytes) {
            let Some(pattern) = self.patterns.get(found.pattern().as_usize()) else { continue };
            if pattern.exact.as_deref().is_some_and(|exact| bytes.get(found.range()) != Some(exact)) {
                continue;
            }
            if see(pattern.cue, found.start()).is_break() {
                return;
            }
        }
    }
}

/// What base64 of a text that holds `anchor` is sure to hold, for each of the three places at which the anchor can
/// stand; and the same for base64 of base64.
fn base64_inside(anchor: &[u8]) -> Vec<Vec<u8>> {
    let once: Vec<Vec<u8>> = (0..3).map(|before| stable(anchor, before)).collect();
    let twice = once.iter().flat_map(|text| (0..3).map(|before| stable(text, before))).collect();
    [once, twice].concat()
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

    #[test]
    fn an_anchor_is_found_in_its_case_or_in_any() {
        let anchor =
            |id, bytes: &[u8], nocase| Anchor { id: AnchorId(id), bytes: bytes.to_vec(), nocase, text: true };
        let automaton = Automaton::new(&[anchor(0, b"eyJ", false), anchor(1, b"-BEGIN ", true)]).unwrap();
        let mut seen = Vec::new();
        automaton.each(b"EYJ eyJ -begin ", |cue, at| {
            seen.push((cue, at));
            ControlFlow::Continue(())
        });
        assert_eq!(seen, [(Cue::Anchor(AnchorId(0)), 4), (Cue::Anchor(AnchorId(1)), 8)]);
    }
}
