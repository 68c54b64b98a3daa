//! R1: keys in the formats of single programs: WireGuard's settings, SSH2, .NET's XML, Microsoft's key blobs, and OpenSSL's listing.

use super::{Context, Hit, Hits, text};
use crate::rule::{Fact, RuleId, Severity};

/// First bytes of an SSH2 private key (the format of SSH Communications, and of `ssh-keygen -e` in older versions).
pub(super) const SSH2: &[u8] = b"\x3f\x6f\xf9\xeb";
/// First bytes of a PVK file, and the mark of an RSA key with its private half in a key blob of Windows.
pub(super) const PVK: &[u8] = b"\x1e\xf1\xb5\xb0";
/// See [`PVK`].
pub(super) const BLOB: &[u8] = b"\x00\x00RSA2";
/// The member names of WireGuard's settings, without regard to case.
pub(super) const WIREGUARD: &[&[u8]] = &[b"privatekey", b"presharedkey"];
/// The element of .NET's `RSA.ToXmlString`.
pub(super) const XML: &[u8] = b"<rsakeyvalue>";
/// Lines of OpenSSL's listing of a key.
pub(super) const LISTING: &[&[u8]] = &[b"privateexponent:", b"private-key:"];

/// Bytes around an anchor in which the rest of a key is looked for.
const REACH: usize = 16 * 1024;

fn push(
    ctx: &Context,
    kind: &'static str,
    identity: &[u8],
    span: (usize, usize),
    algorithm: &str,
    out: &mut Hits,
) {
    let tag = ctx.key.tag("key", &[identity]);
    let facts = vec![("algorithm", Fact::text(algorithm))];
    out.push(Hit::new(ctx, RuleId::PemMaterial, kind, Severity::Critical, span, tag).with(facts));
}

/// An SSH2 key at `at`: magic, length of all, type, cipher.
pub(super) fn ssh2(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let bytes = view.get(at..).unwrap_or_default();
    let length = |from: usize| {
        let four = bytes.get(from..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_be_bytes(*four)).ok()
    };
    let Some(total) = length(4).filter(|total| (32..REACH).contains(total)) else { return };
    let Some(kind) = length(8).filter(|kind| (4..128).contains(kind)) else { return };
    let Some(word) = bytes.get(12..12 + kind).filter(|word| word.iter().all(u8::is_ascii_graphic)) else {
        return;
    };
    let cipher = length(12 + kind).and_then(|length| bytes.get(16 + kind..16 + kind + length));
    let Some(cipher) = cipher.filter(|cipher| cipher.iter().all(u8::is_ascii_graphic)) else { return };
    let whole = bytes.len() >= total;
    out.charge(total);
    let (name, severity) = match (cipher == b"none", whole) {
        (true, true) => ("private-key-ssh2", Severity::Critical),
        (false, true) => ("private-key-ssh2-encrypted", Severity::High),
        (_, false) => ("private-key-ssh2-fragment", Severity::High),
    };
    let body = bytes.get(..total.min(bytes.len())).unwrap_or_default();
    let tag = ctx.key.tag("key", &[body]);
    let facts = vec![("algorithm", Fact::text(&String::from_utf8_lossy(word))), ("whole", Fact::Bool(whole))];
    out.push(Hit::new(ctx, RuleId::PemMaterial, name, severity, (at, at + body.len()), tag).with(facts));
}

/// A PVK file at `at`: magic, zero, key type, encryption, lengths of salt and key.
pub(super) fn pvk(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let bytes = view.get(at..).unwrap_or_default();
    let field = |number: usize| {
        let four = bytes.get(number * 4..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*four))
    };
    let (Some(0), Some(1 | 2), Some(encrypted @ (0 | 1)), Some(salt), Some(key)) =
        (field(1), field(2), field(3), field(4), field(5))
    else {
        return;
    };
    let (Ok(salt), Ok(key)) = (usize::try_from(salt), usize::try_from(key)) else { return };
    let clear = bytes.get(24 + salt..).is_some_and(|blob| blob.starts_with(b"\x07\x02\0\0"));
    if salt > 64 || !(64..REACH).contains(&key) || (encrypted == 0 && !clear) {
        return;
    }
    let end = bytes.len().min(24 + salt + key);
    out.charge(end);
    let (kind, severity) = if encrypted == 1 {
        ("private-key-pvk-encrypted", Severity::High)
    } else {
        ("private-key-pvk", Severity::Critical)
    };
    let tag = ctx.key.tag("key", &[bytes.get(24..end).unwrap_or_default()]);
    out.push(Hit::new(ctx, RuleId::PemMaterial, kind, severity, (at, at + end), tag));
}

/// A key blob of Windows whose mark stands at `at`, six bytes behind its beginning: RSA, with its private half.
pub(super) fn blob(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let Some(start) = at.checked_sub(6) else { return };
    let bytes = view.get(start..).unwrap_or_default();
    let [7, 2, 0, 0, 0, 0x24 | 0xa4, 0, 0, b'R', b'S', b'A', b'2', a, b, c, d, rest @ ..] = bytes else {
        return;
    };
    let Ok(bits) = usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])) else { return };
    if !(512..=16384).contains(&bits) || !bits.is_multiple_of(8) {
        return;
    }
    // Exponent, modulus, primes, exponents and coefficient, and the private exponent, each the lower byte first.
    let Some(modulus) = rest.get(4..4 + bits / 8) else { return };
    out.charge(modulus.len() * 2);
    let identity: Vec<u8> = modulus.iter().rev().copied().collect();
    let end = bytes.len().min(20 + bits / 8 * 9 / 2);
    push(ctx, "private-key-blob", &identity, (start, start + end), "rsa", out);
}

/// A member of WireGuard's settings at `at`: 32 bytes of base64 with the bits set that its keys have.
pub(super) fn wireguard(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    /// Characters of 32 bytes.
    const CHARS: usize = 44;
    let rest = view.get(at..view.len().min(at + 128)).unwrap_or_default();
    let shared = rest.get(..9).is_some_and(|word| word.eq_ignore_ascii_case(b"preshared"));
    let name = if shared { 12 } else { 10 };
    let between = rest.get(name..).unwrap_or_default();
    let gap = between.iter().take(12).take_while(|byte| b" \t=:\"'\\".contains(byte)).count();
    let (sign, value) = between.split_at(gap);
    let Some(value) = value.get(..CHARS).filter(|_| sign.iter().any(|byte| matches!(byte, b'=' | b':')))
    else {
        return;
    };
    let digits = value.get(..CHARS - 1).is_some_and(|digits| digits.iter().all(|&byte| text::is_digit(byte)));
    let ends = between.get(gap + CHARS).is_none_or(|byte| !text::is_base64(*byte));
    if !digits || value.last() != Some(&b'=') || !ends {
        return;
    }
    let key = text::decode_base64(value);
    let clamped = matches!((key.first(), key.last()), (Some(first), Some(last)) if first & 7 == 0 && last & 0xc0 == 0x40);
    if key.len() != 32 || !(shared || clamped) {
        return;
    }
    let kind = if shared { "symmetric-key-wireguard" } else { "private-key-wireguard" };
    let span = (at, at + name + gap + CHARS);
    push(ctx, kind, &key, span, if shared { "psk" } else { "x25519" }, out);
}

/// .NET's XML at `at`: a modulus and a private exponent.
pub(super) fn xml(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let window = view.get(at..view.len().min(at + REACH)).unwrap_or_default();
    let end = memchr::memmem::find(window, b"</RSAKeyValue>").map_or(window.len(), |end| end + 14);
    let window = window.get(..end).unwrap_or_default();
    out.charge(end * 3);
    let element = |open: &[u8]| {
        let from = memchr::memmem::find(window, open)? + open.len();
        let value = window.get(from..)?;
        let length = memchr::memchr(b'<', value)?;
        let value = value.get(..length)?;
        value
            .iter()
            .all(|&byte| text::is_base64(byte) || byte.is_ascii_whitespace())
            .then(|| text::decode_base64(value))
    };
    let (Some(modulus), Some(private)) = (element(b"<Modulus>"), element(b"<D>")) else { return };
    if modulus.len() >= 64 && private.len() >= 32 {
        push(ctx, "private-key-xml", &modulus, (at, at + end), "rsa", out);
    }
}

/// OpenSSL's listing (`-text`) around `at`: the private exponent of RSA with its modulus before it, or the private number of another
/// algorithm, as pairs of digits with colons over several lines.
pub(super) fn listing(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let from = at.saturating_sub(REACH);
    let rest = view.get(at..view.len().min(at + REACH)).unwrap_or_default();
    let is_rsa =
        rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"private")) && rest.get(7) != Some(&b'-');
    // Digits are read twice, and looked for up to as far.
    out.charge(REACH + rest.len() * 4);
    if is_rsa {
        let before = view.get(from..at).unwrap_or_default();
        let Some(modulus_at) = memchr::memmem::rfind(before, b"odulus:") else { return };
        let (modulus, _) = pairs(before.get(modulus_at + 7..).unwrap_or_default());
        let (private, length) = pairs(rest.get(16..).unwrap_or_default());
        let zeros = modulus.iter().take_while(|&&byte| byte == 0).count();
        if modulus.len() - zeros >= 64 && private.len() >= 32 {
            let identity = modulus.get(zeros..).unwrap_or_default();
            push(ctx, "private-key-listing", identity, (from + modulus_at, at + 16 + length), "rsa", out);
        }
        return;
    }
    let near = rest.get(..rest.len().min(256)).unwrap_or_default();
    let Some(private_at) = memchr::memmem::find(near, b"priv:") else { return };
    let (private, length) = pairs(rest.get(private_at + 5..).unwrap_or_default());
    let zeros = private.iter().take_while(|&&byte| byte == 0).count();
    if private.len() >= 24 {
        let identity = private.get(zeros..).unwrap_or_default();
        push(ctx, "private-key-listing", identity, (at, at + private_at + 5 + length), "ec", out);
    }
}

/// Pairs of hexadecimal digits with colons, over lines that may have something before them: the bytes, and how far they reach.
fn pairs(text: &[u8]) -> (Vec<u8>, usize) {
    let (mut out, mut reach) = (Vec::new(), 0);
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let row = line.trim_ascii_end();
        let row = row.rsplit(|byte| !(byte.is_ascii_hexdigit() || *byte == b':')).next().unwrap_or_default();
        let digits: Vec<&[u8]> = row.split(|&byte| byte == b':').filter(|pair| !pair.is_empty()).collect();
        let byte = |pair: &&[u8]| {
            u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2)
        };
        let Some(bytes) = digits.iter().map(byte).collect::<Option<Vec<u8>>>() else { break };
        if bytes.is_empty() && !out.is_empty() {
            break;
        }
        out.extend(bytes);
        reach += line.len();
        // The last line of a number has no colon at its end.
        if !out.is_empty() && row.last() != Some(&b':') {
            break;
        }
    }
    if out.len() < 24 { loose_pairs(text) } else { (out, reach) }
}

/// The same where lines are no lines any more: pairs with a colon behind them, or before them at the end, whatever is between.
fn loose_pairs(text: &[u8]) -> (Vec<u8>, usize) {
    /// Most bytes between two pairs of one number.
    const GAP_MAX: usize = 256;
    let (mut out, mut reach) = (Vec::new(), 0);
    let hex = |at: usize| text.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut at = 0;
    while at + 1 < text.len() && at - reach <= GAP_MAX {
        let bounded =
            at.checked_sub(1).is_none_or(|before| !hex(before)) && hex(at) && hex(at + 1) && !hex(at + 2);
        let behind = text.get(at + 2) == Some(&b':');
        let before = at.checked_sub(1).and_then(|before| text.get(before)) == Some(&b':');
        let pair = text.get(at..at + 2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
            .filter(|_| bounded && (behind || before))
        {
            Some(byte) => {
                out.push(byte);
                at += 2;
                reach = at;
                // A number ends where a pair has no colon behind it.
                if !behind {
                    break;
                }
            }
            None => at += 1,
        }
    }
    (out, reach)
}
