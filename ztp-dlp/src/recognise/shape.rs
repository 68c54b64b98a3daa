//! Private keys by the shape of their ASN.1: what a marker says is decoration, what the bytes are is not.
//!
//! Each function looks at bytes that begin where the structure would begin, and tells a key from a lookalike by required
//! members, known algorithm identifiers and lengths that agree with each other. A structure may be cut; it then needs its
//! algorithm and [`FRAGMENT_BYTES_MIN`] bytes.

use zeroize::Zeroizing;

use super::der::{BIT_STRING, Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, Stop};
use super::oid::{self, KeyAlgorithm};

/// Least bytes of a cut structure: the head of a PKCS#8 RSA key up to and with the header of its octet string.
pub(super) const FRAGMENT_BYTES_MIN: usize = 26;

/// A private key, or the head of one.
#[derive(Debug, Clone)]
pub(super) struct KeyShape<'a> {
    /// `private-key-pkcs8` and so on.
    pub(super) kind: &'static str,
    /// The algorithm's name.
    pub(super) algorithm: &'static str,
    /// Size in bits where the structure shows it.
    pub(super) bits: Option<usize>,
    /// Bytes of the structure that are there.
    pub(super) length: usize,
    /// Whether the whole structure is there.
    pub(super) whole: bool,
    /// Under a password.
    pub(super) encrypted: bool,
    /// What identifies the key, the same in each of its forms: modulus, private scalar, or ciphertext.
    pub(super) identity: &'a [u8],
    /// The public half, where it shows.
    pub(super) public: Option<Public<'a>>,
}

/// The public half, as far as the private structure shows it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Public<'a> {
    /// Modulus and exponent, as INTEGER elements' content.
    Rsa { modulus: &'a [u8], exponent: &'a [u8] },
    /// The point of SEC1, with the curve as OID content where it is named.
    Ec { point: &'a [u8], curve: Option<&'a [u8]> },
    /// The seed of Ed25519, from which the public key follows.
    Ed25519 { seed: &'a [u8] },
}

/// Any private key structure at the start of `bytes`.
pub(super) fn private_key(bytes: &[u8]) -> Option<KeyShape<'_>> {
    if bytes.first() != Some(&SEQUENCE) {
        return None;
    }
    pkcs8(bytes)
        .or_else(|| rsa(bytes))
        .or_else(|| sec1(bytes))
        .or_else(|| dsa(bytes))
        .or_else(|| encrypted_pkcs8(bytes))
        .or_else(|| pkcs12(bytes))
}

/// How much of a structure is there, and whether that is enough.
fn extent(outer: &Element<'_>) -> Option<(usize, bool)> {
    let there = outer.header + outer.value.len();
    let whole = outer.is_whole();
    (whole || there >= FRAGMENT_BYTES_MIN).then_some((there, whole))
}

/// PKCS#8 PrivateKeyInfo, or RFC 5958 OneAsymmetricKey: SEQ{INT 0|1, SEQ{OID, …}, OCTET, …}.
pub(super) fn pkcs8(bytes: &[u8]) -> Option<KeyShape<'_>> {
    let outer = Reader::open_ended(bytes).expect(SEQUENCE).ok()?;
    let mut members = Reader::within(&outer);
    let version = members.whole(INTEGER).ok()?;
    if !matches!(version.value, [0 | 1]) {
        return None;
    }
    let identifier = members.whole(SEQUENCE).ok()?;
    let mut parts = Reader::within(&identifier);
    let algorithm = oid::key_algorithm(parts.whole(OID).ok()?.value)?;
    let curve = parts.whole(OID).ok().map(|element| element.value);
    let key = members.expect(OCTET_STRING).ok()?;
    let (length, whole) = extent(&outer)?;
    let inner = inner_key(algorithm, key.value, curve);
    Some(KeyShape {
        kind: if whole { "private-key-pkcs8" } else { "private-key-pkcs8-fragment" },
        algorithm: curve.and_then(oid::curve).unwrap_or(algorithm.name),
        bits: inner.as_ref().and_then(|inner| inner.bits),
        length,
        whole,
        encrypted: false,
        identity: inner.as_ref().map_or(key.value, |inner| inner.identity),
        public: inner.and_then(|inner| inner.public),
    })
}

/// What the octet string of PKCS#8 holds.
struct Inner<'a> {
    bits: Option<usize>,
    identity: &'a [u8],
    public: Option<Public<'a>>,
}

fn inner_key<'a>(algorithm: &KeyAlgorithm, key: &'a [u8], curve: Option<&'a [u8]>) -> Option<Inner<'a>> {
    if algorithm.rsa {
        let shape = rsa_members(key)?;
        return Some(Inner { bits: shape.bits, identity: shape.identity, public: shape.public });
    }
    if algorithm.ec {
        let shape = sec1_members(key, curve)?;
        return Some(Inner { bits: shape.bits, identity: shape.identity, public: shape.public });
    }
    // RFC 8410 wraps the seed in an octet string once more; ML-KEM and ML-DSA use a choice with their own tags.
    let wrapped = Reader::open_ended(key).any().ok().map_or(key, |element| element.value);
    let seed =
        (algorithm.name == "ed25519" && wrapped.len() == 32).then_some(Public::Ed25519 { seed: wrapped });
    Some(Inner { bits: None, identity: wrapped, public: seed })
}

/// PKCS#1 RSAPrivateKey: SEQ{INT 0|1, INT n, INT e, INT d, …}, whose length is four to five times that of its modulus.
pub(super) fn rsa(bytes: &[u8]) -> Option<KeyShape<'_>> {
    let shape = rsa_members(bytes)?;
    (shape.length >= FRAGMENT_BYTES_MIN).then_some(shape)
}

fn rsa_members(bytes: &[u8]) -> Option<KeyShape<'_>> {
    let outer = Reader::open_ended(bytes).expect(SEQUENCE).ok()?;
    let mut members = Reader::within(&outer);
    let version = members.whole(INTEGER).ok()?;
    if !matches!(version.value, [0 | 1]) {
        return None;
    }
    let modulus = members.expect(INTEGER).ok()?;
    let claimed = modulus.claimed?;
    let proportion = outer.claimed.map(|length| length.saturating_mul(10) / claimed.max(1));
    if claimed < 64 || !proportion.is_none_or(|tenths| (40..=60).contains(&tenths)) {
        return None;
    }
    // A modulus is positive and fills its bytes.
    if !matches!(modulus.value, [0, 0x80..=0xff, ..] | [0x01..=0x7f, ..]) {
        return None;
    }
    // Head and proportion tell the key; what was altered behind them does not make it harmless.
    let exponent = members.whole(INTEGER).ok().filter(|exponent| {
        exponent.value.len() <= 9 && exponent.value.last().is_some_and(|last| last & 1 == 1)
    });
    let sound = exponent.is_some() && members.expect(INTEGER).is_ok();
    let whole = outer.is_whole() && sound;
    Some(KeyShape {
        kind: if whole { "private-key-pkcs1" } else { "private-key-pkcs1-fragment" },
        algorithm: "rsa",
        bits: Some((claimed - usize::from(modulus.value.first() == Some(&0))) * 8),
        length: outer.header + outer.value.len(),
        whole,
        encrypted: false,
        identity: modulus.magnitude(),
        public: exponent
            .filter(|_| modulus.is_whole())
            .map(|exponent| Public::Rsa { modulus: modulus.value, exponent: exponent.value }),
    })
}

/// SEC1 ECPrivateKey: SEQ{INT 1, OCTET scalar, [0] curve?, [1] point?}.
pub(super) fn sec1(bytes: &[u8]) -> Option<KeyShape<'_>> {
    let shape = sec1_members(bytes, None)?;
    // Without curve and point only the exact length tells it from chance.
    (shape.whole || shape.length >= FRAGMENT_BYTES_MIN).then_some(shape)
}

fn sec1_members<'a>(bytes: &'a [u8], named: Option<&'a [u8]>) -> Option<KeyShape<'a>> {
    let outer = Reader::open_ended(bytes).expect(SEQUENCE).ok()?;
    let mut members = Reader::within(&outer);
    if members.whole(INTEGER).ok()?.value != [1] {
        return None;
    }
    let scalar = members.expect(OCTET_STRING).ok()?;
    let claimed = scalar.claimed?;
    if !matches!(claimed, 20 | 21 | 24 | 28 | 32 | 40 | 48 | 64..=66) {
        return None;
    }
    let mut curve = named;
    let mut point = None;
    // Version and scalar tell the key; what was altered behind them does not make it harmless.
    let mut sound = scalar.is_whole();
    while sound && !members.is_empty() {
        let element = members.any().ok();
        match element.map(|element| (element.tag, element)) {
            Some((0xa0, element)) => {
                curve = Reader::within(&element).expect(OID).ok().map(|oid| oid.value).or(curve);
            }
            Some((0xa1, element)) => {
                let bits = Reader::within(&element).whole(BIT_STRING).ok();
                point = bits.and_then(|bits| bits.value.strip_prefix(&[0]));
            }
            _ => sound = false,
        }
    }
    // Nothing but curve and point can follow: some 600 bytes at most where a curve is spelled out.
    if outer.claimed.is_some_and(|length| !(claimed + 5..=claimed + 700).contains(&length)) {
        return None;
    }
    let whole = outer.is_whole() && sound;
    Some(KeyShape {
        kind: if whole { "private-key-sec1" } else { "private-key-sec1-fragment" },
        algorithm: curve.and_then(oid::curve).unwrap_or("ec"),
        bits: Some(claimed * 8),
        length: outer.header + outer.value.len(),
        whole,
        encrypted: false,
        identity: scalar.value,
        public: point.map(|point| Public::Ec { point, curve }),
    })
}

/// OpenSSL's DSAPrivateKey: SEQ{INT 0, INT p, INT q, INT g, INT y, INT x}.
fn dsa(bytes: &[u8]) -> Option<KeyShape<'_>> {
    let outer = Reader::open_ended(bytes).expect(SEQUENCE).ok()?;
    let mut members = Reader::within(&outer);
    if members.whole(INTEGER).ok()?.value != [0] {
        return None;
    }
    let prime = members.whole(INTEGER).ok()?;
    let order = members.whole(INTEGER).ok()?;
    if prime.magnitude().len() < 64 || !matches!(order.magnitude().len(), 20 | 28 | 32) {
        return None;
    }
    let mut identity = prime.value;
    for _ in 0..3 {
        match members.expect(INTEGER) {
            Ok(number) => identity = number.value,
            Err(Stop::Cut) if !outer.is_whole() => break,
            Err(_) => return None,
        }
    }
    let (length, whole) = extent(&outer)?;
    Some(KeyShape {
        kind: if whole { "private-key-dsa" } else { "private-key-dsa-fragment" },
        algorithm: "dsa",
        bits: Some(prime.value.len().saturating_sub(1) * 8),
        length,
        whole,
        encrypted: false,
        identity,
        public: None,
    })
}

/// EncryptedPrivateKeyInfo: SEQ{SEQ{OID of password-based encryption, …}, OCTET}.
pub(super) fn encrypted_pkcs8(bytes: &[u8]) -> Option<KeyShape<'_>> {
    let outer = Reader::open_ended(bytes).expect(SEQUENCE).ok()?;
    let mut members = Reader::within(&outer);
    let identifier = members.whole(SEQUENCE).ok()?;
    let mut parts = Reader::within(&identifier);
    let scheme = oid::password_scheme(parts.whole(OID).ok()?.value)?;
    parts.whole(SEQUENCE).ok()?;
    let sealed = members.expect(OCTET_STRING).ok()?;
    let (length, whole) = extent(&outer)?;
    // No key is shorter than its seed and a block of padding.
    if sealed.claimed.is_some_and(|claimed| claimed < 40) || !members.is_empty() {
        return None;
    }
    Some(KeyShape {
        kind: if whole { "private-key-encrypted" } else { "private-key-encrypted-fragment" },
        algorithm: scheme,
        bits: None,
        length,
        whole,
        encrypted: true,
        identity: sealed.value,
        public: None,
    })
}

/// PKCS#12 PFX: SEQ{INT 3, SEQ{OID data | signed-data, [0] …}}.
pub(super) fn pkcs12(bytes: &[u8]) -> Option<KeyShape<'_>> {
    let outer = Reader::open_ended(bytes).expect(SEQUENCE).ok()?;
    let mut members = Reader::within(&outer);
    if members.whole(INTEGER).ok()?.value != [3] {
        return None;
    }
    let safe = members.expect(SEQUENCE).ok()?;
    let mut parts = Reader::within(&safe);
    let content = parts.whole(OID).ok()?;
    if !oid::is_pkcs7_data(content.value) {
        return None;
    }
    let sealed = parts.expect(0xa0).ok()?;
    let (length, whole) = extent(&outer)?;
    Some(KeyShape {
        kind: if whole || outer.claimed.is_none() { "pkcs12" } else { "pkcs12-fragment" },
        algorithm: "pkcs12",
        bits: None,
        length,
        whole,
        encrypted: true,
        identity: sealed.value,
        public: None,
    })
}

/// The private numbers of a whole key in the clear, one after the other.
pub(crate) fn private_numbers(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let found = private_key(bytes).filter(|found| found.whole && !found.encrypted)?;
    let outer = Reader::open_ended(bytes).whole(SEQUENCE).ok()?;
    let mut members = Reader::within(&outer);
    let mut key = bytes;
    if found.kind == "private-key-pkcs8" {
        members.any().ok()?;
        members.any().ok()?;
        key = members.any().ok()?.value;
    }
    if found.algorithm.starts_with("rsa") {
        let outer = Reader::open_ended(key).whole(SEQUENCE).ok()?;
        let mut numbers = Reader::within(&outer);
        let mut out = Zeroizing::new(Vec::new());
        // Version, modulus and exponent are public.
        for place in 0.. {
            let Ok(number) = numbers.expect(INTEGER) else { break };
            if place > 2 {
                out.extend_from_slice(number.value);
            }
        }
        return Some(out);
    }
    Some(Zeroizing::new(found.identity.to_vec()))
}
