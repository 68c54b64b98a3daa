//! R1 on text: PEM markers, and what stands between them in whatever dress.
//!
//! The marker only says where to look. A hit needs a body that decodes to a known structure, so that documentation, placeholders
//! and test data that merely look like keys are none. The one exception is a tail: an END marker under at least
//! [`TAIL_CHARS_MIN`] characters in lines of equal length, whose beginning left with another request.

use zeroize::Zeroizing;

use super::text::{self, Lines};
use super::{Context, Hit, Hits, REACH_AFTER, REACH_BEFORE, foreign, material, openpgp, openssh, x509};
use crate::rule::{Fact, RuleId, Severity};

/// Anchors of both markers; compared without regard to case.
pub(super) const BEGIN_ANCHORS: &[&[u8]] = &[b"--begin", b"-- begin"];
/// See [`BEGIN_ANCHORS`].
pub(super) const END_ANCHORS: &[&[u8]] = &[b"--end", b"-- end"];

/// Least characters of a body without its BEGIN.
pub(super) const TAIL_CHARS_MIN: usize = 128;
/// Most bytes from the anchor to the end of a label.
const LABEL_BYTES_MAX: usize = 64;

/// What a label promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    PrivateKey,
    Pgp,
    OpenVpn,
    Certificate,
}

impl Label {
    /// Reads letters and digits, spaces already gone.
    fn of(word: &str) -> Option<Self> {
        match word {
            "PGPPRIVATEKEYBLOCK" => Some(Self::Pgp),
            "OPENVPNSTATICKEYV1" => Some(Self::OpenVpn),
            "CERTIFICATE"
            | "X509CERTIFICATE"
            | "TRUSTEDCERTIFICATE"
            | "PKCS7"
            | "CMS"
            | "PKCS12"
            | "CERTIFICATEREQUEST"
            | "NEWCERTIFICATEREQUEST"
            | "CERTIFICATECHAIN" => Some(Self::Certificate),
            _ => word.ends_with("PRIVATEKEY").then_some(Self::PrivateKey),
        }
    }
}

/// A marker's label and the place after its last dash.
fn marker(view: &[u8], at: usize, word: &[u8]) -> Option<(Label, usize)> {
    // The anchor begins with two dashes; a third stands before it or follows.
    let dashes = view.get(at..)?.iter().take_while(|&&byte| byte == b'-').count();
    let before = view.get(..at)?.iter().rev().take(3).take_while(|&&byte| byte == b'-').count();
    if dashes + before < 3 {
        return None;
    }
    let rest = view.get(at + dashes..)?;
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let head = rest.get(..word.len())?;
    if !head.eq_ignore_ascii_case(word) {
        return None;
    }
    let mut letters = String::new();
    let text = rest.get(word.len()..)?;
    let mut length = 0;
    for &byte in text.iter().take(LABEL_BYTES_MAX) {
        match byte {
            b'-' => break,
            b' ' | b'_' | b'.' | b'\t' => {}
            _ if byte.is_ascii_alphanumeric() => letters.push(char::from(byte.to_ascii_uppercase())),
            _ => return None,
        }
        length += 1;
    }
    let close = text.get(length..)?.iter().take_while(|&&byte| byte == b'-').count();
    if close < 3 {
        return None;
    }
    let start = view.len() - text.len() + length + close;
    Label::of(&letters).map(|label| (label, start))
}

/// Judges what follows a BEGIN marker at `at`.
pub(super) fn begin(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let Some((label, from)) = marker(view, at, b"begin") else { return };
    let window = view.get(from..view.len().min(from + REACH_AFTER - 128)).unwrap_or_default();
    let length = find_dashes(window).unwrap_or(window.len());
    // Unescaped, cut into lines in two ways, and decoded in four.
    out.charge(length * 8);
    let body = Zeroizing::new(text::unescape(window.get(..length).unwrap_or_default()));
    // Both markers belong to what stands between them.
    let dashes =
        view.get(..at).unwrap_or_default().iter().rev().take(8).take_while(|&&byte| byte == b'-').count();
    let close = marker(view, from + length, b"end").map_or(from + length, |(_, after)| after);
    let span = (at - dashes, close);
    let before = out.len();
    if label == Label::OpenVpn {
        return static_key(ctx, &body, span, out);
    }
    let whole = length < window.len();
    for lines in [Some(Lines::of(&body)), Lines::between(&body)].into_iter().flatten() {
        if label == Label::PrivateKey && lines.legacy_encrypted() {
            let sealed = lines.decoded(text::Take::All);
            if sealed.len() >= 40 {
                let kind = "private-key-legacy-encrypted";
                let tag = ctx.key.tag("key", &[&sealed]);
                let hit = Hit::new(ctx, RuleId::PemMaterial, kind, Severity::High, span, tag);
                out.push(hit.with(vec![("whole", Fact::Bool(whole))]));
                return;
            }
            continue;
        }
        for take in text::Take::EACH {
            let decoded = lines.decoded(take);
            let found = match label {
                Label::Pgp => openpgp::armoured(ctx, &decoded, span, out),
                _ => structure(ctx, &decoded, span, out),
            };
            if found {
                return;
            }
        }
    }
    debug_assert_eq!(out.len(), before, "a body that is no structure leaves no hit");
}

/// OpenVPN's static key: 256 bytes in hexadecimal, without any structure of their own.
fn static_key(ctx: &Context, body: &[u8], span: (usize, usize), out: &mut Hits) {
    /// Digits of the key.
    const DIGITS: usize = 512;
    let lines = body
        .split(|&byte| byte == b'\n')
        .flat_map(|line| line.rsplit(|byte| !byte.is_ascii_hexdigit()).next());
    let mut digits: Vec<u8> = lines.flatten().copied().collect();
    if digits.len() != DIGITS {
        digits = body.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    }
    digits.make_ascii_lowercase();
    if digits.len() < DIGITS / 4 {
        return;
    }
    let whole = digits.len() >= DIGITS;
    let kind = if whole { "symmetric-key-openvpn" } else { "symmetric-key-openvpn-fragment" };
    let severity = if whole { Severity::Critical } else { Severity::High };
    let tag = ctx.key.tag("key", &[&digits]);
    out.push(Hit::new(ctx, RuleId::PemMaterial, kind, severity, span, tag));
}

/// Judges a decoded body: a structure at its start, or certificates inside a PKCS#7 bag.
fn structure(ctx: &Context, decoded: &[u8], span: (usize, usize), out: &mut Hits) -> bool {
    if material::at_start(ctx, decoded, span, out) {
        return true;
    }
    let before = out.len();
    if decoded.starts_with(openssh::MAGIC) {
        openssh::key(ctx, decoded, 0, out);
    } else if decoded.starts_with(foreign::SSH2) {
        foreign::ssh2(ctx, decoded, 0, out);
    } else if let Some(found) = x509::request(decoded) {
        material::request_hit(ctx, &found, span, out);
    } else if decoded.first() == Some(&super::der::SEQUENCE) {
        for at in text::positions(decoded, x509::VERSION_ANCHOR) {
            material::certificate_at_version(ctx, decoded, at, out);
        }
    }
    out.place(before, span);
    out.len() > before
}

/// Judges what stands before an END marker at `at` whose BEGIN is not within reach.
pub(super) fn end(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let Some((label, after)) = marker(view, at, b"end") else { return };
    let from = at.saturating_sub(REACH_BEFORE - 256);
    let window = view.get(from..at).unwrap_or_default();
    let dashes = window.iter().rev().take_while(|&&byte| byte == b'-').count();
    let window = window.get(..window.len() - dashes).unwrap_or_default();
    let start = find_dashes_back(window).unwrap_or(0);
    out.charge((window.len() - start) * 4);
    if start > 0 && opened(window, start) {
        return;
    }
    let body = Zeroizing::new(text::unescape(window.get(start..).unwrap_or_default()));
    let tail = Lines::of(&body).uniform_tail();
    if tail.chars < TAIL_CHARS_MIN {
        return;
    }
    let decoded = text::decode_base64(&tail.text);
    let last = decoded.last_chunk::<48>().map_or(&decoded[..], |chunk| &chunk[..]);
    let tag = ctx.key.tag("pem-tail", &[last]);
    let first = at.saturating_sub(tail.chars).max(from);
    let kind = "pem-tail-fragment";
    let hit = if label == Label::Certificate {
        Hit::document(ctx, kind, (first, after), tag)
    } else {
        Hit::new(ctx, RuleId::PemMaterial, kind, Severity::High, (first, after), tag)
    };
    out.push(hit.with(vec![("characters", Fact::count(tail.chars))]));
}

/// Whether the dashes that end at `start` close a BEGIN marker.
fn opened(window: &[u8], start: usize) -> bool {
    let from = start.saturating_sub(LABEL_BYTES_MAX + 24);
    let head = window.get(from..start).unwrap_or_default();
    head.windows(5).any(|word| word.eq_ignore_ascii_case(b"begin"))
}

/// Where three dashes in a row begin.
fn find_dashes(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|three| three == b"---")
}

/// Where the last three dashes in a row end.
fn find_dashes_back(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).rposition(|three| three == b"---").map(|at| at + 3)
}
