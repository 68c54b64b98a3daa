//! R1: keys as JWK (RFC 7517) with their private member, also where the object around it is no JSON any more.

use zeroize::Zeroizing;

use super::{Context, Hit, Hits, text};
use crate::rule::{Fact, RuleId, Severity};

/// The member that every JWK has; and with its value, long enough to be looked for in encodings.
pub(super) const ANCHORS: &[&[u8]] = &[
    b"kty",
    b"\"kty\":\"EC\"",
    b"\"kty\":\"RSA\"",
    b"\"kty\":\"OKP\"",
    b"\"kty\":\"oct\"",
    b"\"kty\":\"AKP\"",
];

/// The types that have a private member.
const TYPES: [&[u8]; 5] = [b"RSA", b"EC", b"OKP", b"AKP", b"oct"];

/// Bytes around the type in which the key's other members are looked for; an RSA key of 16,384 bits takes 10 KiB.
const REACH: usize = 12 * 1024;
/// Least characters of a private member: 20 bytes, the smallest scalar in use.
const PRIVATE_CHARS_MIN: usize = 27;

/// Judges a key whose type stands at `at`.
pub(super) fn key(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    // Both anchors of one key lead to the same place.
    let at = at + usize::from(view.get(at) == Some(&b'"'));
    // Most places with these three letters have no type behind them.
    let near = view.get(at..view.len().min(at + 32)).unwrap_or_default();
    if !member(near, b"kty").is_some_and(|word| TYPES.contains(&word)) {
        return;
    }
    let from = at.saturating_sub(REACH);
    let window = view.get(from..view.len().min(at + REACH)).unwrap_or_default();
    // The object's own braces bound it, where it has them.
    let (before, behind) = window.split_at_checked(at - from).unwrap_or_default();
    let left = memchr::memrchr(b'{', before).unwrap_or(0);
    let right = memchr::memchr(b'}', behind).map_or(window.len(), |length| before.len() + length + 1);
    let object = window.get(left..right).unwrap_or_default();
    // Each member is searched for by itself.
    out.charge(object.len() * 2);
    let (kind, private, public) = match member(object, b"kty") {
        Some(b"RSA") => ("jwk-rsa", &b"d"[..], Some(&b"n"[..])),
        Some(b"EC") => ("jwk-ec", &b"d"[..], None),
        Some(b"OKP") => ("jwk-okp", &b"d"[..], None),
        Some(b"AKP") => ("jwk-akp", &b"priv"[..], None),
        Some(b"oct") => ("jwk-oct", &b"k"[..], None),
        _ => return,
    };
    let Some(secret) = member(object, private).filter(|value| value.len() >= PRIVATE_CHARS_MIN) else {
        return;
    };
    if !secret.iter().all(|&byte| text::is_base64(byte)) {
        return;
    }
    let identity = public.and_then(|name| member(object, name)).unwrap_or(secret);
    let decoded: Zeroizing<Vec<u8>> = text::decode_base64(identity);
    let zeros = decoded.iter().take_while(|&&byte| byte == 0).count();
    let tag = ctx.key.tag("key", &[decoded.get(zeros..).unwrap_or_default()]);
    let span = (from + left, from + right);
    let mut facts = vec![("algorithm", Fact::text(kind.strip_prefix("jwk-").unwrap_or(kind)))];
    if let Some(curve) = member(object, b"crv") {
        facts.push(("curve", Fact::text(&String::from_utf8_lossy(curve))));
    }
    let kind = if kind == "jwk-oct" { "symmetric-key-jwk" } else { "private-key-jwk" };
    out.push(Hit::new(ctx, RuleId::PemMaterial, kind, Severity::Critical, span, tag).with(facts));
}

/// The value of `name: value` in the notations of JSON, YAML and program text: both perhaps quoted, `:` or `=` between.
fn member<'a>(object: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    for at in text::positions(object, name) {
        let before = at.checked_sub(1).and_then(|place| object.get(place)).copied();
        if before.is_some_and(word) {
            continue;
        }
        let mut rest = object.get(at + name.len()..)?;
        rest = rest.strip_prefix(b"\\").unwrap_or(rest);
        rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
        rest = rest.trim_ascii_start();
        let Some(value) = rest.strip_prefix(b":").or(rest.strip_prefix(b"=")) else { continue };
        let value = value.trim_ascii_start();
        let value = value.strip_prefix(b"\\").unwrap_or(value);
        let value = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
        let length = value.iter().take_while(|&&byte| text::is_base64(byte)).count();
        if length > 0 {
            return value.get(..length);
        }
    }
    None
}
