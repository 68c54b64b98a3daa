//! R1: OpenSSH's own key format, PuTTY's and age's.

use super::{Context, Hit, Hits};
use crate::rule::{Fact, RuleId, Severity};

/// First bytes of the format (OpenSSH's PROTOCOL.key).
pub(super) const MAGIC: &[u8] = b"openssh-key-v1\0";
/// First words of a PuTTY key file.
pub(super) const PUTTY: &[u8] = b"PuTTY-User-Key-File-";
/// First characters of an age identity, which is Bech32.
pub(super) const AGE: &[u8] = b"AGE-SECRET-KEY-1";

/// Characters of an age identity after its prefix: 32 bytes and a checksum in Bech32.
const AGE_CHARS: usize = 58;

/// One string of the wire format: a length of four bytes, and the bytes.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (value, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(value)
}

/// Judges a key whose magic stands at `at`.
pub(super) fn key(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let bytes = view.get(at..).unwrap_or_default();
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else { return };
    let (Some(cipher), Some(_), Some(_)) = (string(&mut rest), string(&mut rest), string(&mut rest)) else {
        return;
    };
    let encrypted = cipher != b"none";
    let Some((_, after)) = rest.split_first_chunk::<4>() else { return };
    rest = after;
    let Some(public) = string(&mut rest) else { return };
    let mut fields = public;
    let algorithm = string(&mut fields).unwrap_or_default();
    if !algorithm.iter().all(u8::is_ascii_graphic) || algorithm.is_empty() {
        return;
    }
    out.charge(public.len());
    let private = string(&mut rest);
    let severity = match (encrypted, private.is_some()) {
        (false, true) => Severity::Critical,
        (true, true) | (false, false) => Severity::High,
        (true, false) => Severity::Medium,
    };
    let kind = match (encrypted, private.is_some()) {
        (false, true) => "private-key-openssh",
        (true, true) => "private-key-openssh-encrypted",
        (_, false) => "private-key-openssh-fragment",
    };
    let end = at + (bytes.len() - rest.len());
    let tag = ctx.key.tag("key", &[public]);
    let facts = vec![
        ("algorithm", Fact::text(&String::from_utf8_lossy(algorithm))),
        (
            "cipher",
            Fact::text(&String::from_utf8_lossy(cipher.get(..cipher.len().min(32)).unwrap_or_default())),
        ),
    ];
    out.push(Hit::new(ctx, RuleId::PemMaterial, kind, severity, (at, end), tag).with(facts));
}

/// Judges a PuTTY key file whose first line stands at `at`: it must have private lines.
pub(super) fn putty(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let window = view.get(at..view.len().min(at + 16 * 1024)).unwrap_or_default();
    out.charge(window.len());
    let Some(private) = super::text::positions(window, b"Private-Lines:").next() else { return };
    let body = window.get(private + 14..).unwrap_or_default();
    let stop = super::text::positions(body, b"Private-").next().unwrap_or(body.len());
    let unescaped = super::text::unescape(body.get(..stop).unwrap_or_default());
    let decoded = super::text::Lines::of(&unescaped).decoded(super::text::Take::All);
    if decoded.len() < 32 {
        return;
    }
    let none = super::text::positions(window, b"Encryption: none").next().is_some();
    let (kind, severity) = if none {
        ("private-key-putty", Severity::Critical)
    } else {
        ("private-key-putty-encrypted", Severity::High)
    };
    let tag = ctx.key.tag("key", &[&decoded]);
    out.push(Hit::new(ctx, RuleId::PemMaterial, kind, severity, (at, at + private + 14 + stop), tag));
}

/// Judges an age identity whose prefix stands at `at`: its Bech32 checksum must hold.
pub(super) fn age(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let end = at + AGE.len() + AGE_CHARS;
    let Some(word) = view.get(at..end) else { return };
    let after = view.get(end).is_some_and(u8::is_ascii_alphanumeric);
    if after || !bech32_holds(word) {
        return;
    }
    let upper = word.to_ascii_uppercase();
    let tag = ctx.key.tag("key", &[&upper]);
    out.push(Hit::new(ctx, RuleId::PemMaterial, "private-key-age", Severity::Critical, (at, end), tag));
}

/// BIP 173's checksum over prefix and data.
fn bech32_holds(word: &[u8]) -> bool {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let Some(split) = word.iter().rposition(|&byte| byte == b'1') else { return false };
    let (prefix, data) = (word.get(..split).unwrap_or_default(), word.get(split + 1..).unwrap_or_default());
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    let high = prefix.iter().map(|byte| u32::from(lower(byte)) >> 5);
    let low = prefix.iter().map(|byte| u32::from(lower(byte)) & 31);
    let mut values: Vec<u32> = high.chain([0]).chain(low).collect();
    for byte in data {
        let Some(value) = ALPHABET.iter().position(|&letter| letter == lower(byte)) else { return false };
        values.push(u32::try_from(value).unwrap_or(0));
    }
    let mut sum = 1u32;
    for value in values {
        let top = sum >> 25;
        sum = ((sum & 0x01ff_ffff) << 5) ^ value;
        for (bit, term) in GENERATOR.iter().enumerate() {
            if (top >> bit) & 1 == 1 {
                sum ^= term;
            }
        }
    }
    sum == 1
}
