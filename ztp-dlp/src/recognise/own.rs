//! R1: ZTP's own files that hold a secret and are no key file by any standard: the writer's state of a sealed log, whose seeds sign its
//! next seals (docs/formats/audit-log.md), and the key of a scanner's tags (docs/formats/dlp.md). Keys that people make with ZTP are
//! PKCS#8, and found as such.

use ztp_core::digest::sha256;

use super::{Context, Hit, Hits};
use crate::rule::{Fact, RuleId, Severity};

/// The first line of a state, and the label of the key that no record has announced yet.
pub(super) const STATE: &[&[u8]] = &[b"ztp-audit-state-", b"next_seed"];
/// The member of a scanner's configuration.
pub(super) const TAG_KEY: &[u8] = b"\"tag_key\"";

/// Longest state: nine lines and a frontier of 64 nodes.
const STATE_BYTES_MAX: usize = 6 * 1024;
/// Bytes before the label of the next seed in which the first line or the seed before it is looked for.
const HEAD_BYTES_MAX: usize = 1024;
/// Digits of a seed or key: 32 bytes.
const DIGITS: usize = 64;
/// Most bytes between a label and its digits.
const BETWEEN_MAX: usize = 12;

/// Judges a state that has its first line or the label of its next seed at `at`.
pub(super) fn state(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let is_label = view.get(at).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'n'));
    let from = if is_label { at.saturating_sub(HEAD_BYTES_MAX) } else { at };
    let before = view.get(from..at).unwrap_or_default();
    // The first line leads there by itself.
    if is_label && super::text::find_nocase(before, b"ztp-audit-state-").is_some() {
        return;
    }
    let window = view.get(from..view.len().min(at + STATE_BYTES_MAX)).unwrap_or_default();
    out.charge(window.len());
    let next = labelled(window, b"next_seed");
    let mut seed = labelled(window, b"seed");
    // The label of the one ends with that of the other.
    let mut searched = 0;
    while let (Some(own), Some(other)) = (&seed, &next)
        && own.start > other.start
        && own.start < other.end
    {
        searched = other.end.max(searched + 1);
        seed = window.get(searched..).and_then(|rest| labelled(rest, b"seed")).map(|own| Labelled {
            start: own.start + searched,
            end: own.end + searched,
            digits: own.digits,
        });
    }
    let first = match (is_label, &seed, &next) {
        (false, None, None) => return,
        (false, ..) => 0,
        // Elsewhere a single seed is anybody's.
        (true, Some(own), Some(_)) => own.start,
        (true, ..) => return,
    };
    let end = [&seed, &next].into_iter().flatten().map(|found| found.end).max().unwrap_or_default();
    let (confirmed, end) = match confirmed(window) {
        Some(end) if !is_label => (true, end),
        _ => (false, end),
    };
    let secret = next.as_ref().or(seed.as_ref()).map(|found| found.digits.as_slice()).unwrap_or_default();
    let tag = ctx.key.tag("key", &[b"audit-state", secret]);
    let whole = seed.is_some() && next.is_some();
    let kind = if whole { "private-key-audit-state" } else { "private-key-audit-state-fragment" };
    let facts = vec![("algorithm", Fact::text("ed25519")), ("hash_confirmed", Fact::Bool(confirmed))];
    let span = (from + first, from + end);
    out.push(Hit::new(ctx, RuleId::PemMaterial, kind, Severity::Critical, span, tag).with(facts));
}

/// Judges the key of tags whose name stands at `at`: whoever has it can try what the tags of a report stand for.
pub(super) fn tag_key(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let window = view.get(at..view.len().min(at + 128)).unwrap_or_default();
    let Some(found) = labelled(window, b"tag_key") else { return };
    let tag = ctx.key.tag("key", &[b"tag-key", &found.digits]);
    let span = (at, at + found.end);
    out.push(Hit::new(ctx, RuleId::PemMaterial, "symmetric-key-dlp-tags", Severity::High, span, tag));
}

/// A label and its digits.
struct Labelled {
    start: usize,
    end: usize,
    /// In small letters.
    digits: zeroize::Zeroizing<Vec<u8>>,
}

/// The first place at which a label stands before 64 digits, with nothing but signs between.
fn labelled(window: &[u8], label: &[u8]) -> Option<Labelled> {
    let mut from = 0;
    loop {
        let start = from + super::text::find_nocase(window.get(from..)?, label)?;
        from = start + label.len();
        let rest = window.get(from..)?;
        let sign =
            |byte: &&u8| matches!(byte, b' ' | b'\t' | b'=' | b':' | b'"' | b'\'' | b'\\' | b'|' | b'+');
        let gap = rest.iter().take(BETWEEN_MAX).take_while(sign).count();
        let digits = rest.get(gap..gap + DIGITS).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let longer = rest.get(gap + DIGITS).is_some_and(u8::is_ascii_hexdigit);
        if let Some(digits) = digits.filter(|_| gap > 0 && !longer) {
            let digits = zeroize::Zeroizing::new(digits.to_ascii_lowercase());
            return Some(Labelled { start, end: from + gap + DIGITS, digits });
        }
    }
}

/// Where a state ends whose last line is the digest of all before it.
fn confirmed(window: &[u8]) -> Option<usize> {
    let line = memchr::memmem::find(window, b"\nsha256 ")? + 1;
    let stated = window.get(line + 7..line + 7 + DIGITS)?;
    let body = window.get(..line)?;
    (stated == sha256(body).to_string().as_bytes()).then_some(line + 7 + DIGITS)
}
