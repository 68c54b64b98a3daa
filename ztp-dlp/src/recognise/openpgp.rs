//! R1: secret keys of OpenPGP (RFC 9580), armoured or binary: `gpg --export-secret-keys` writes binary.
//!
//! A secret-key packet is told by its header, its version and algorithm, and public numbers whose lengths agree with each other. The
//! packets that follow belong to it: names, signatures, subkeys.

use super::{Context, Hit, Hits};
use crate::rule::{Fact, RuleId, Severity};

/// Secret key and secret subkey.
const SECRET: u8 = 5;
const SECRET_SUBKEY: u8 = 7;

/// First bytes of a packet with a secret key: old format with lengths of one, two and four bytes, and new format.
pub(super) const FIRST: [u8; 4] = [0x94, 0x95, 0x96, 0xc5];

/// Most packets of one key.
const PACKETS_MAX: usize = 512;

/// One packet: its tag, header and body; a body may be cut.
struct Packet<'a> {
    tag: u8,
    body: &'a [u8],
    length: usize,
    whole: bool,
}

/// The packet at the start of `bytes` (RFC 9580 §4.2).
fn packet(bytes: &[u8]) -> Option<Packet<'_>> {
    let (&first, rest) = bytes.split_first()?;
    if first & 0x80 == 0 {
        return None;
    }
    let (tag, header, length) = if first & 0x40 == 0 {
        let (size, number) = match (first & 3, rest) {
            (0, &[a, ..]) => (1, u32::from(a)),
            (1, &[a, b, ..]) => (2, u32::from(u16::from_be_bytes([a, b]))),
            (2, &[a, b, c, d, ..]) => (4, u32::from_be_bytes([a, b, c, d])),
            _ => return None,
        };
        (first >> 2 & 15, 1 + size, number)
    } else {
        let (size, number) = match *rest {
            [a, ..] if a < 192 => (1, u32::from(a)),
            [a, b, ..] if a < 224 => (2, (u32::from(a) - 192) * 256 + u32::from(b) + 192),
            [255, a, b, c, d, ..] => (5, u32::from_be_bytes([a, b, c, d])),
            _ => return None,
        };
        (first & 63, 1 + size, number)
    };
    let length = usize::try_from(length).ok()?;
    let body = bytes.get(header..)?;
    let whole = body.len() >= length;
    let body = body.get(..length.min(body.len()))?;
    Some(Packet { tag, body, length: header + body.len(), whole })
}

/// A multiprecision integer (§3.2): its content, and what follows. The first bit is set, as the count of bits says.
fn integer(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[high, low], rest) = bytes.split_first_chunk::<2>()?;
    let bits = usize::from(u16::from_be_bytes([high, low]));
    let (value, rest) = rest.split_at_checked(bits.div_ceil(8))?;
    let first = u32::from(*value.first()?);
    let top = usize::try_from(32 - first.leading_zeros()).ok()?;
    (bits > 0 && top == (bits - 1) % 8 + 1).then_some((value, rest))
}

/// What tells a secret key: the algorithm's name, its public numbers, and whether it is under a password.
struct Secret<'a> {
    algorithm: &'static str,
    public: &'a [u8],
    encrypted: bool,
}

/// Reads the body of a secret-key packet (§5.5.2, §5.5.3).
fn secret(body: &[u8], whole: bool) -> Option<Secret<'_>> {
    let (&[version, _, _, _, _, algorithm], rest) = body.split_first_chunk::<6>()?;
    // Version 6 says how long its public numbers are.
    let rest = match version {
        4 => rest,
        6 => rest.get(4..)?,
        _ => return None,
    };
    let before = rest.len();
    let mut numbers = rest;
    let mut take = |count: usize| {
        (0..count).try_for_each(|number| {
            let (value, after) = integer(numbers)?;
            // A modulus, prime or group is long; the exponent of RSA is short; of neither is the last bit 0 but by chance.
            let fits = if number == 1 && algorithm <= 3 {
                value.len() <= 8
            } else {
                number > 0 || value.len() >= 128
            };
            numbers = after;
            (fits && (algorithm > 3 || value.last().is_some_and(|last| last & 1 == 1))).then_some(())
        })
    };
    let name = match algorithm {
        1..=3 => take(2).map(|()| "rsa")?,
        16 => take(3).map(|()| "elgamal")?,
        17 => take(4).map(|()| "dsa")?,
        18 | 19 | 22 => {
            let (&length, after) = rest.split_first()?;
            let (curve, after) = after.split_at_checked(usize::from(length))?;
            // Arcs of curves: 1.3.6.1.4.1 (Curve25519), 1.3.132, 1.2.840, 1.3.36.3 (Brainpool).
            if !matches!(curve, [0x2b, 6 | 0x81 | 0x24, ..] | [0x2a, 0x86, ..]) || length > 20 {
                return None;
            }
            let (point, after) = integer(after)?;
            if !matches!(point.first(), Some(0x04 | 0x40)) {
                return None;
            }
            numbers = if algorithm == 18 { after.get(1 + usize::from(*after.first()?)..)? } else { after };
            if algorithm == 22 { "eddsa" } else { "ec" }
        }
        25 | 27 => {
            numbers = rest.get(32..)?;
            "ed25519"
        }
        26 | 28 => {
            numbers = rest.get(56..)?;
            "ed448"
        }
        _ => return None,
    };
    let public = rest.get(..before - numbers.len())?;
    let encrypted = sealed(numbers, algorithm, version, whole)?;
    Some(Secret { algorithm: name, public, encrypted })
}

/// Whether the secret half is under a password; none if what is there is no secret half (§5.5.3, §3.7.1).
fn sealed(half: &[u8], algorithm: u8, version: u8, whole: bool) -> Option<bool> {
    let (&usage, rest) = half.split_first()?;
    match usage {
        0 => {
            let mut left = rest;
            let count = match algorithm {
                1..=3 => 4,
                16..=19 | 22 => 1,
                _ => 0,
            };
            for _ in 0..count {
                match integer(left) {
                    Some((_, after)) => left = after,
                    // Where it is cut, the public half has told enough.
                    None => return (!whole).then_some(false),
                }
            }
            let raw = match algorithm {
                25 | 27 => 32,
                26 => 56,
                28 => 57,
                _ => 0,
            };
            // A checksum of two bytes follows, until version 6.
            let wanted = raw + if version == 6 { 0 } else { 2 };
            (left.len() == wanted || (!whole && count > 0)).then_some(false)
        }
        253..=255 => {
            let rest = if version == 6 { rest.get(1..)? } else { rest };
            let [cipher, more @ ..] = rest else { return None };
            let specifier = match (usage, version, more) {
                (253, 6, [_, _, kind, ..])
                | (253, _, [_, kind, ..])
                | (_, 6, [_, kind, ..])
                | (_, _, [kind, ..]) => *kind,
                _ => return None,
            };
            (matches!(cipher, 1..=13) && matches!(specifier, 0 | 1 | 3 | 4) && (whole || algorithm < 25))
                .then_some(true)
        }
        _ => None,
    }
}

/// Judges the key whose first packet stands at `at` of bytes that are not armoured.
pub(super) fn binary(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) -> bool {
    let bytes = view.get(at..).unwrap_or_default();
    let Some(first) = packet(bytes).filter(|first| matches!(first.tag, SECRET | SECRET_SUBKEY)) else {
        return false;
    };
    let Some(found) = secret(first.body, first.whole) else { return false };
    let mut end = first.length;
    // What follows belongs to it: signatures (2), subkeys (7, 14), trust (12), names (13, 17).
    for _ in 0..PACKETS_MAX {
        let next = bytes.get(end..).and_then(packet);
        let Some(next) = next.filter(|next| matches!(next.tag, 2 | 7 | 12 | 13 | 14 | 17)) else { break };
        end += next.length;
    }
    let (kind, severity) = match (found.encrypted, first.whole) {
        (false, true) => ("private-key-pgp", Severity::Critical),
        (true, true) => ("private-key-pgp-encrypted", Severity::High),
        (false, false) => ("private-key-pgp-fragment", Severity::High),
        (true, false) => ("private-key-pgp-fragment", Severity::Medium),
    };
    out.charge(found.public.len());
    let tag = ctx.key.tag("key", &[found.public]);
    let facts = vec![("algorithm", Fact::text(found.algorithm)), ("whole", Fact::Bool(first.whole))];
    out.push(Hit::new(ctx, RuleId::PemMaterial, kind, severity, (at, at + end), tag).with(facts));
    true
}

/// Judges what an armour held, which stands for `span` of the view.
pub(super) fn armoured(ctx: &Context, decoded: &[u8], span: (usize, usize), out: &mut Hits) -> bool {
    let before = out.len();
    if binary(ctx, decoded, 0, out) {
        out.place(before, span);
        return true;
    }
    // An older version, or an algorithm of its own: the label and the packet's head must do.
    let told =
        packet(decoded).is_some_and(|first| first.tag == SECRET && matches!(first.body.first(), Some(2..=6)));
    if told && decoded.len() >= 64 {
        let tag = ctx.key.tag("key", &[decoded]);
        out.push(Hit::new(ctx, RuleId::PemMaterial, "private-key-pgp", Severity::Critical, span, tag));
        return true;
    }
    false
}

/// Every place of a view at which a secret key may begin.
pub(super) fn scan(ctx: &Context, view: &[u8], out: &mut Hits) {
    let [one, two, four, new] = FIRST;
    let mut done = 0;
    for at in memchr::memchr3_iter(one, two, four, view).chain(memchr::memchr_iter(new, view)) {
        // The version stands behind a header of two to six bytes; at nearly every place it does not.
        let near = view.get(at + 2..).unwrap_or_default();
        if at < done || !near.iter().take(4).any(|byte| matches!(byte, 4 | 6)) {
            continue;
        }
        let before = out.len();
        if binary(ctx, view, at, out) && out.len() > before {
            done = out.iter().last().map_or(at, |hit| hit.end);
        }
    }
}
