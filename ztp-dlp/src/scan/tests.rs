//! The engine with a recogniser that knows one marker: what is decoded, where it is found, and how the work ends.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use ztp_core::encoding::{base64_encode, hex_encode};

use super::*;
use crate::decode::ascii85::encode as ascii85;
use crate::recognise::{Anchor, AnchorId, Hit};
use crate::rule::{Action, RuleId, RuleInfo, Severity, TagKey};

/// A text that stands for a secret.
const MARKER: &[u8] = b"-----BEGIN PLANTED SECRET-----";

#[derive(Debug)]
struct Planted;

impl Planted {
    fn hit(view: &[u8], start: usize, out: &mut Hits) {
        // What follows the marker, so that each planted secret has its own tag.
        let end = (start + MARKER.len() + 8).min(view.len());
        let tag = TagKey::new([1; 32]).tag("planted", &[&view[start..end]]);
        out.push(Hit {
            rule: RuleId::PemMaterial,
            version: 1,
            kind: "planted",
            severity: Severity::Critical,
            action: Action::Block,
            start,
            end,
            facts: Vec::new(),
            tag,
            shingles: Vec::new(),
            secret: None,
            of: 0,
        });
    }
}

impl Recognise for Planted {
    fn at_anchor(&self, _: AnchorId, view: &[u8], at: usize, out: &mut Hits) {
        Self::hit(view, at, out);
    }

    fn binary(&self, _: &[u8], _: &mut Hits) {}

    fn values(&self, _: &[u8], _: &mut Hits) {}

    fn customer(&self, _: SurfaceKind, _: &[u8], _: &mut Work, _: &mut Hits) {}

    fn spaced(&self) -> bool {
        false
    }

    fn rules(&self) -> Vec<RuleInfo> {
        Vec::new()
    }

    fn tag(&self, bytes: &[u8]) -> Tag {
        TagKey::new([1; 32]).tag("planted", &[bytes])
    }
}

pub(super) fn core(budgets: Budgets) -> Arc<Core> {
    let anchors = vec![Anchor { id: AnchorId(0), bytes: MARKER.to_vec(), nocase: false, text: true }];
    let all = Anchors::new(&anchors).unwrap();
    Arc::new(Core { anchors: all, recognisers: Box::new(Planted), budgets })
}

/// Paths and ranges of what is found, and the reasons of gaps.
fn scan_pieces<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<(String, std::ops::Range<u64>)>, Vec<Reason>) {
    let mut scan = Scan::new(core(Budgets::default()), SurfaceKind::Bytes);
    for piece in pieces {
        scan.update(piece);
    }
    scan.finish();
    let mut found: Vec<_> =
        scan.found.iter().map(|found| (found.place.path.clone(), found.place.range.clone())).collect();
    found.sort_by_key(|found| found.1.start);
    (found, scan.gaps.iter().map(|gap| gap.0).collect())
}

fn scan(bytes: &[u8]) -> (Vec<(String, std::ops::Range<u64>)>, Vec<Reason>) {
    scan_pieces([bytes])
}

fn paths(bytes: &[u8]) -> Vec<String> {
    let (found, gaps) = scan(bytes);
    assert!(gaps.is_empty(), "{gaps:?}");
    found.into_iter().map(|found| found.0).collect()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn secret() -> Vec<u8> {
    [b"some words before ".as_slice(), MARKER, b"12345678 and after"].concat()
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    base64_encode(bytes).into_bytes()
}

/// The same among words that compress, so that the marker does not stand in the stream as it is.
fn wordy() -> Vec<u8> {
    [b"BEGIN PLANTED secrets, -----BEGIN SECRET----- PLANTED words before ".as_slice(), &secret()].concat()
}

fn spelled(bytes: &[u8], each: impl Fn(u8) -> String) -> Vec<u8> {
    bytes.iter().map(|&byte| each(byte)).collect::<String>().into_bytes()
}

fn dotted(text: &[u8], every: usize) -> Vec<u8> {
    text.chunks(every).collect::<Vec<_>>().join(b".".as_slice())
}

fn base32(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for five in bytes.chunks(5) {
        let mut padded = [0; 8];
        padded[3..3 + five.len()].copy_from_slice(five);
        let bits = u64::from_be_bytes(padded);
        let digits = (five.len() * 8).div_ceil(5);
        out.extend((0..digits).map(|at| {
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::try_from(bits >> (35 - 5 * at) & 31).unwrap()]
        }));
    }
    out
}

#[test]
fn the_marker_is_found_in_the_clear_at_its_place() {
    let (found, gaps) = scan(&secret());
    assert_eq!(found, [(String::new(), 18..18 + 38)]);
    assert!(gaps.is_empty());
}

#[test]
fn the_marker_is_found_through_every_way_of_writing_bytes() {
    let secret = secret();
    let hex = hex_encode(&secret).into_bytes();
    let mut colons = String::new();
    let mut array = String::new();
    for byte in &secret {
        let _ = write!(colons, "{byte:02X}:");
        let _ = write!(array, "0x{byte:x}, ");
    }
    let decimals: Vec<String> = secret.iter().map(u8::to_string).collect();
    for (text, path) in [
        (base64(&secret), "b64+0"),
        ([b"x".to_vec(), base64(&secret)].concat(), "b64+1"),
        ([b"/api/v1/".to_vec(), base64(&secret)].concat(), "b64+0"),
        (base64(&base64(&secret)), "b64+0>b64+0"),
        (hex, "hex+0"),
        (colons.into_bytes(), "hex-groups"),
        (array.into_bytes(), "hex-groups"),
        (decimals.join(", ").into_bytes(), "decimals"),
        (gzip(&wordy()), "gzip"),
        (zlib(&wordy()), "zlib"),
        (base64(&gzip(&wordy())), "b64+0>gzip"),
        (base64(&zlib(&wordy())), "b64+0>zlib"),
        (gzip(&base64(&gzip(&wordy()))), "gzip>b64+0>gzip"),
        (plain::reverse(&secret), "reverse"),
        (plain::rot13(&secret), "rot13"),
        (plain::xor(&secret, 0x5a), "xor-5a"),
        (base64(&plain::xor(&secret, 0x5a)), "b64+0>xor-5a"),
        (plain::reverse(&base64(&secret)), "reverse>b64+0"),
        (plain::rot13(&base64(&secret)), "rot13>b64+0"),
        (format!("<~{}~>", ascii85(&secret)).into_bytes(), "a85"),
        (ascii85(&secret).into_bytes(), "a85"),
        (spelled(&secret, |byte| format!("%{byte:02X}")), "percent"),
        (spelled(&secret, |byte| format!("\\u{byte:04x}")), "escapes"),
        (spelled(&secret, |byte| format!("\\x{byte:02x}")), "hex-groups"),
        (spelled(&secret, |byte| format!("&#{byte};")), "html"),
        (spelled(&secret, |byte| format!("&#x{byte:x};")), "html"),
        (spelled(&secret, |byte| format!("={byte:02X}")), "qp"),
        (spelled(&secret, |byte| format!("{}\u{200b}", char::from(byte))), "fold"),
        (String::from_utf8(secret.clone()).unwrap().replace('E', "\u{415}").into_bytes(), "fold"),
        (base32(&secret), "b32+0"),
        ([b"a".to_vec(), base32(&secret).to_ascii_lowercase()].concat(), "b32+1"),
        (dotted(&base64(&secret), 48), "b64+0"),
        (secret.iter().flat_map(|&byte| [byte, 0]).collect(), "stride+0"),
        (secret.iter().flat_map(|&byte| [0, byte]).collect(), "stride+1"),
        (secret.iter().flat_map(|&byte| [byte, b' ']).collect(), "stride+0"),
    ] {
        assert_eq!(paths(&text), [path], "{}", String::from_utf8_lossy(&text));
        let around = [b"{\"data\": \"".as_slice(), &text, b"\"}"].concat();
        assert_eq!(paths(&around).len(), 1, "{path} within other text");
    }
}

#[test]
fn a_place_within_an_encoding_is_the_place_of_its_characters() {
    let text = [b"{\"data\":\"".to_vec(), base64(&secret()), b"\"}".to_vec()].concat();
    let (found, _) = scan(&text);
    // 18 bytes before the marker are 24 characters.
    assert_eq!(found[0].1.start, 9 + 24);
    assert!(found[0].1.end <= text.len() as u64 - 2);
}
