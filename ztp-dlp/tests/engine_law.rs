//! What is found does not depend on how the bytes arrive, nor on where in a body a secret stands.
#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

mod engine_support;

use engine_support::{gzip, key, pem, same_key, scanner, text, words};
use proptest::prelude::*;
use ztp_core::encoding::{base64_encode, hex_encode};
use ztp_core::time::Timestamp;
use ztp_dlp::memory::Memory;
use ztp_dlp::scanner::Scanner;
use ztp_dlp::stream::{AFTER, BEFORE, STRIDE};

/// A body with a secret in each of several dresses.
fn body() -> Vec<u8> {
    let json =
        format!("{{\"a\":\"{}\",\"b\":\"{}\"}}", pem(&key()).replace('\n', "\\n"), base64_encode(&key()));
    [
        words(100),
        pem(&key()).into_bytes(),
        words(30),
        json.into_bytes(),
        gzip(format!("{} {}", String::from_utf8(words(400)).unwrap(), pem(&key())).as_bytes()),
        hex_encode(&key()).into_bytes(),
        words(50),
        base64_encode(&gzip(pem(&key()).as_bytes())).into_bytes(),
    ]
    .concat()
}

fn scanned<'a>(scanner: &Scanner, pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut stream = scanner.begin_bytes();
    pieces.into_iter().for_each(|piece| stream.update(piece));
    text(&stream.finish(false, Timestamp::MIN, &mut Memory::default()))
}

#[test]
fn findings_of_any_split_in_two_are_the_findings_of_the_whole() {
    let (scanner, body) = (scanner(), body());
    let whole = scanner.scan_bytes(&body);
    assert!(whole.findings.len() >= 6, "{}", text(&whole));
    let whole = text(&whole);
    for at in 0..=body.len() {
        let (left, right) = body.split_at(at);
        assert_eq!(scanned(&scanner, [left, right]), whole, "split at {at}");
    }
}

#[test]
fn findings_of_single_bytes_are_the_findings_of_the_whole() {
    let (scanner, body) = (scanner(), body());
    assert_eq!(scanned(&scanner, body.chunks(1)), text(&scanner.scan_bytes(&body)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn findings_of_many_pieces_are_the_findings_of_the_whole(cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let (scanner, body) = (scanner(), body());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len())).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            pieces.push(&body[from..cut]);
            from = cut;
        }
        pieces.push(&body[from..]);
        prop_assert_eq!(scanned(&scanner, pieces), text(&scanner.scan_bytes(&body)));
    }
}

#[test]
fn a_secret_is_found_once_wherever_it_stands_around_the_border_of_windows() {
    for (secret, is_fresh) in [(same_key(), false), (key(), true)] {
        found_around_the_border(&pem(&secret), is_fresh);
    }
}

fn found_around_the_border(secret: &str, is_fresh: bool) {
    let scanner = scanner();
    let dresses: [(&str, &str, Vec<u8>); 3] = [
        ("pem", "", secret.as_bytes().to_vec()),
        ("base64", "b64+0", base64_encode(secret.as_bytes()).into_bytes()),
        ("gzip", "gzip", gzip(&[words(300), secret.as_bytes().to_vec()].concat())),
    ];
    for (name, path, dress) in dresses {
        let len = dress.len();
        for start in [
            STRIDE - AFTER,
            STRIDE - BEFORE - 1,
            STRIDE - len - 1,
            STRIDE - len,
            STRIDE - len / 2,
            STRIDE - 1,
            STRIDE,
            STRIDE + 1,
            STRIDE + BEFORE,
            STRIDE + AFTER - len / 2,
            STRIDE + AFTER,
            2 * STRIDE - 7,
        ] {
            let body = [words(start), b" ".to_vec(), dress.clone(), words(10)].concat();
            let report = scanner.scan_bytes(&body);
            let at = start as u64..(start + len + 1) as u64;
            for finding in &report.findings {
                assert!(at.contains(&finding.start), "{name} at {start}: {}", text(&report));
            }
            let own = report.findings.iter().filter(|finding| finding.path == path).count();
            assert_eq!(own, 1, "{name} at {start}: {}", text(&report));
            // Bytes that are compressed hold an escape or a look-alike by chance, once in many keys: with it replaced, what they
            // inflate to is another key, at the same place.
            assert!(is_fresh || report.findings.len() == 1, "{name} at {start}: {}", text(&report));
            assert!(report.incomplete.is_empty(), "{name} at {start}");
        }
    }
}

#[test]
fn a_compressed_stream_is_followed_over_many_windows() {
    let scanner = scanner();
    let mut noise = vec![0; 5 << 20];
    let mut state = 1_u32;
    for byte in &mut noise {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8 & 0x3f;
    }
    let secret = pem(&key()).into_bytes();
    let stream = gzip(&[noise, secret, words(1000)].concat());
    assert!(stream.len() > 3 * STRIDE, "{} bytes", stream.len());
    let report = scanner.scan_bytes(&[words(1000), stream].concat());
    assert_eq!(report.findings.len(), 1, "{}", text(&report));
    assert_eq!(report.findings[0].path, "gzip");
    assert!(report.incomplete.is_empty(), "{}", text(&report));
}

#[test]
fn a_compressed_stream_in_an_encoded_text_longer_than_a_window_is_never_silently_cut() {
    let scanner = scanner();
    let mut noise: Vec<u8> = Vec::new();
    let mut state = 7_u32;
    while noise.len() < 3 << 20 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.push((state >> 24) as u8);
    }
    let secret = pem(&key()).into_bytes();
    let body = base64_encode(&gzip(&[noise, secret].concat())).into_bytes();
    let report = scanner.scan_bytes(&body);
    let reasons: Vec<_> = report.incomplete.iter().map(|gap| gap.reason.as_str()).collect();
    assert!(reasons.contains(&"encoded_stream"), "{}", text(&report));
}
