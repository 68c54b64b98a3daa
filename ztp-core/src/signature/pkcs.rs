//! Key files: PEM (RFC 7468, strict form) around PKCS#8 and SubjectPublicKeyInfo.
//!
//! A key of each suite has exactly one SubjectPublicKeyInfo and one or two PKCS#8 forms in DER, each fixed bytes around
//! the key's. They are compared with those; a reader of general ASN.1 is used only to say why a file is refused.

use zeroize::Zeroizing;

use super::{KeyError, Suite};
use crate::encoding::{base64_decode, base64_encode};

pub(super) const PRIVATE_KEY_LABEL: &str = "PRIVATE KEY";
pub(super) const PUBLIC_KEY_LABEL: &str = "PUBLIC KEY";

/// SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes }
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// SEQUENCE { SEQUENCE { OID 1.3.6.1.5.5.7.6.48 }, BIT STRING of 1984 bytes }
const SPKI_HYBRID_PREFIX: [u8; 21] = [
    0x30, 0x82, 0x07, 0xd1, 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x30, 0x03,
    0x82, 0x07, 0xc1, 0x00,
];

/// SEQUENCE { SEQUENCE { OID 1.2.840.113549.1.1.1, NULL }, BIT STRING { SEQUENCE { INTEGER of 512 bytes and a zero
const SPKI_RSA_PREFIX: [u8; 33] = [
    0x30, 0x82, 0x02, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    0x05, 0x00, 0x03, 0x82, 0x02, 0x0f, 0x00, 0x30, 0x82, 0x02, 0x0a, 0x02, 0x82, 0x02, 0x01, 0x00,
];

/// INTEGER 65537 } } }
const SPKI_RSA_SUFFIX: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];

/// SEQUENCE { INTEGER 0, SEQUENCE { OID 1.3.6.1.5.5.7.6.48 }, OCTET STRING of 64 bytes }
#[cfg(feature = "signer")]
const PKCS8_HYBRID_PREFIX: [u8; 19] = [
    0x30, 0x51, 0x02, 0x01, 0x00, 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x30,
    0x04, 0x40,
];

/// SEQUENCE { INTEGER 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING { OCTET STRING of 32 bytes } }
const PKCS8_V1_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The same with version 1 and a public key behind (RFC 5958).
const PKCS8_V2_PREFIX: [u8; 16] =
    [0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// [1] IMPLICIT BIT STRING of 32 bytes
const PKCS8_V2_PUBLIC_PREFIX: [u8; 3] = [0x81, 0x21, 0x00];

const OID_ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const OID_HYBRID: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x06, 0x30];
const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

const TAG_INTEGER: u8 = 0x02;
const TAG_BIT_STRING: u8 = 0x03;
const TAG_OID: u8 = 0x06;
const TAG_SEQUENCE: u8 = 0x30;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Characters in a full line of a PEM body.
const LINE_CHARS: usize = 64;

/// Reads the one PEM block of `text`, which must carry `label` and be all there is. Lines end in LF or CRLF; the last
/// may lack it.
pub(super) fn pem_decode(text: &str, label: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let Some(rest) = text.strip_prefix(BEGIN) else {
        let outside = text.contains(BEGIN);
        return Err(if outside {
            KeyError::PemOutsideText { offset: 0 }
        } else {
            KeyError::PemFraming { offset: 0 }
        });
    };
    let Some(rest) = rest.strip_prefix(label).and_then(|rest| rest.strip_prefix(DASHES)) else {
        return Err(KeyError::PemLabel { expected: label });
    };
    let offset_of = |rest: &str| text.len() - rest.len();
    let line_end = if rest.starts_with("\r\n") { "\r\n" } else { "\n" };
    let body = rest.strip_prefix(line_end).ok_or(KeyError::PemFraming { offset: offset_of(rest) })?;

    let mut rest = body;
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    while !rest.starts_with(END) {
        let offset = offset_of(rest);
        let (line, after) = rest.split_once(line_end).ok_or(KeyError::PemFraming { offset })?;
        let last = after.starts_with(END);
        if line.is_empty() || line.len() > LINE_CHARS || (line.len() < LINE_CHARS && !last) {
            return Err(KeyError::PemFraming { offset });
        }
        base64.push_str(line);
        rest = after;
    }
    let after = rest
        .strip_prefix(END)
        .and_then(|rest| rest.strip_prefix(label))
        .and_then(|rest| rest.strip_prefix(DASHES))
        .ok_or(KeyError::PemFraming { offset: offset_of(rest) })?;
    let outside = after.strip_prefix(line_end).unwrap_or(after);
    if let Some(second) = outside.find(BEGIN) {
        return Err(KeyError::PemSeveralBlocks { offset: offset_of(outside) + second });
    }
    if !outside.is_empty() {
        return Err(KeyError::PemOutsideText { offset: offset_of(outside) });
    }
    let in_text = |offset: usize| offset_of(body) + offset + offset / LINE_CHARS * line_end.len();
    base64_decode(base64.as_bytes()).map(Zeroizing::new).map_err(|error| error.map_offset(in_text).into())
}

/// Writes one PEM block with LF line ends.
pub(super) fn pem_encode(der: &[u8], label: &str) -> Zeroizing<String> {
    let base64 = Zeroizing::new(base64_encode(der));
    let mut text = Zeroizing::new(String::with_capacity(base64.len() * 2 + 128));
    text.push_str(BEGIN);
    text.push_str(label);
    text.push_str(DASHES);
    for (index, character) in base64.chars().enumerate() {
        if index % LINE_CHARS == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push('\n');
    text.push_str(END);
    text.push_str(label);
    text.push_str(DASHES);
    text.push('\n');
    text
}

/// The bytes around the key in the SubjectPublicKeyInfo of a suite.
const fn spki_form(suite: Suite) -> (&'static [u8], &'static [u8]) {
    match suite {
        Suite::Ed25519 => (&SPKI_PREFIX, &[]),
        Suite::MlDsa65Ed25519 => (&SPKI_HYBRID_PREFIX, &[]),
        Suite::Rsa4096PssSha384 => (&SPKI_RSA_PREFIX, &SPKI_RSA_SUFFIX),
    }
}

/// The suite and the bytes of the public key in a SubjectPublicKeyInfo.
pub(super) fn spki_decode(der: &[u8]) -> Result<(Suite, &[u8]), KeyError> {
    for &suite in Suite::ALL {
        let (prefix, suffix) = spki_form(suite);
        let found = der.strip_prefix(prefix).and_then(|rest| rest.split_at_checked(suite.public_key_bytes()));
        let Some((key, rest)) = found else { continue };
        return match rest.strip_prefix(suffix) {
            Some([]) => Ok((suite, key)),
            Some(rest) => Err(KeyError::DerTrailingBytes { offset: der.len() - rest.len() }),
            None => Err(KeyError::PublicKeyRsaExponent),
        };
    }
    Err(spki_refusal(der))
}

/// Why a SubjectPublicKeyInfo that has the form of no suite is refused.
fn spki_refusal(der: &[u8]) -> KeyError {
    let algorithm = spki_algorithm(der);
    if algorithm == Some(OID_RSA) {
        // Its length is that of other RSA keys, whose exponent may be another too.
        return rsa_refusal(der).unwrap_or_else(|| refusal(der, algorithm, &[OID_RSA], &[&SPKI_RSA_PREFIX]));
    }
    refusal(der, algorithm, &[OID_ED25519, OID_HYBRID], &[&SPKI_PREFIX, &SPKI_HYBRID_PREFIX])
}

/// What is wrong with the numbers of a well-formed RSA key.
fn rsa_refusal(der: &[u8]) -> Option<KeyError> {
    let (info, []) = element(der, TAG_SEQUENCE)? else { return None };
    let (_algorithm, rest) = element(info, TAG_SEQUENCE)?;
    let (bits, []) = element(rest, TAG_BIT_STRING)? else { return None };
    let (key, []) = element(bits.strip_prefix(&[0])?, TAG_SEQUENCE)? else { return None };
    let (modulus, rest) = element(key, TAG_INTEGER)?;
    let (exponent, []) = element(rest, TAG_INTEGER)? else { return None };
    let bytes = Suite::Rsa4096PssSha384.public_key_bytes();
    let whole = matches!(modulus.split_first(), Some((0, magnitude)) if magnitude.len() == bytes);
    if !whole {
        return Some(KeyError::PublicKeyRsaModulus);
    }
    (exponent != [0x01, 0x00, 0x01]).then_some(KeyError::PublicKeyRsaExponent)
}

/// The SubjectPublicKeyInfo of a public key.
pub(super) fn spki_encode(suite: Suite, key: &[u8]) -> Vec<u8> {
    let (prefix, suffix) = spki_form(suite);
    [prefix, key, suffix].concat()
}

/// What a PKCS#8 structure holds.
pub(super) struct PrivateKeyInfo {
    pub(super) seed: Zeroizing<[u8; 32]>,
    /// Only structures of version 2 have one.
    pub(super) public: Option<[u8; 32]>,
}

/// Reads a PKCS#8 structure of either version.
pub(super) fn pkcs8_decode(der: &[u8]) -> Result<PrivateKeyInfo, KeyError> {
    let trailing = |rest: &[u8]| KeyError::DerTrailingBytes { offset: der.len() - rest.len() };
    if let Some((seed, rest)) =
        der.strip_prefix(&PKCS8_V1_PREFIX).and_then(|rest| rest.split_first_chunk::<32>())
    {
        return if rest.is_empty() {
            Ok(PrivateKeyInfo { seed: Zeroizing::new(*seed), public: None })
        } else {
            Err(trailing(rest))
        };
    }
    if let Some((seed, rest)) =
        der.strip_prefix(&PKCS8_V2_PREFIX).and_then(|rest| rest.split_first_chunk::<32>())
    {
        let malformed = KeyError::DerMalformed { offset: der.len() - rest.len() };
        let (public, rest) = rest
            .strip_prefix(&PKCS8_V2_PUBLIC_PREFIX)
            .and_then(|rest| rest.split_first_chunk::<32>())
            .ok_or(malformed)?;
        return if rest.is_empty() {
            Ok(PrivateKeyInfo { seed: Zeroizing::new(*seed), public: Some(*public) })
        } else {
            Err(trailing(rest))
        };
    }
    Err(refusal(der, pkcs8_algorithm(der), &[OID_ED25519], &[&PKCS8_V1_PREFIX, &PKCS8_V2_PREFIX]))
}

/// The PKCS#8 structure, version 1, of a seed.
pub(super) fn pkcs8_encode(seed: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([PKCS8_V1_PREFIX.as_slice(), seed].concat())
}

/// The 64 bytes of a composite private key in a PKCS#8 structure: the seed of ML-DSA-65, then that of Ed25519.
#[cfg(feature = "signer")]
pub(super) fn pkcs8_hybrid_decode(der: &[u8]) -> Result<Zeroizing<[u8; 64]>, KeyError> {
    match der.strip_prefix(&PKCS8_HYBRID_PREFIX).and_then(|rest| rest.split_first_chunk::<64>()) {
        Some((seeds, [])) => Ok(Zeroizing::new(*seeds)),
        Some((_, rest)) => Err(KeyError::DerTrailingBytes { offset: der.len() - rest.len() }),
        None => Err(refusal(der, pkcs8_algorithm(der), &[OID_HYBRID], &[&PKCS8_HYBRID_PREFIX])),
    }
}

/// The PKCS#8 structure of a composite private key.
#[cfg(feature = "signer")]
pub(super) fn pkcs8_hybrid_encode(seeds: &[u8; 64]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([PKCS8_HYBRID_PREFIX.as_slice(), seeds].concat())
}

/// Whether a PKCS#8 structure says that it holds a composite key.
#[cfg(feature = "signer")]
pub(super) fn is_pkcs8_hybrid(der: &[u8]) -> bool {
    pkcs8_algorithm(der) == Some(OID_HYBRID)
}

/// Why a structure that matches no prefix is refused: its algorithm if that can be read, otherwise the byte at which it
/// leaves the prefix it follows longest.
fn refusal(der: &[u8], algorithm: Option<&[u8]>, oids: &[&[u8]], prefixes: &[&[u8]]) -> KeyError {
    if algorithm.is_some_and(|oid| !oids.contains(&oid)) {
        return KeyError::Algorithm;
    }
    let common =
        |prefix: &&[u8]| der.iter().zip(*prefix).take_while(|(found, expected)| found == expected).count();
    let offset = prefixes.iter().map(common).max().unwrap_or(0);
    // A prefix that is there in full means that the key bytes after it are not.
    let complete = prefixes.iter().any(|prefix| prefix.len() == offset);
    KeyError::DerMalformed { offset: if complete { der.len() } else { offset } }
}

/// The algorithm's object identifier in a SubjectPublicKeyInfo.
fn spki_algorithm(der: &[u8]) -> Option<&[u8]> {
    let (info, _) = element(der, TAG_SEQUENCE)?;
    let (algorithm, _) = element(info, TAG_SEQUENCE)?;
    Some(element(algorithm, TAG_OID)?.0)
}

/// The algorithm's object identifier in a PKCS#8 structure.
fn pkcs8_algorithm(der: &[u8]) -> Option<&[u8]> {
    let (info, _) = element(der, TAG_SEQUENCE)?;
    let (_version, rest) = element(info, TAG_INTEGER)?;
    let (algorithm, _) = element(rest, TAG_SEQUENCE)?;
    Some(element(algorithm, TAG_OID)?.0)
}

/// Content of the DER element at the start of `der`, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    if first != tag {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        // Two length bytes cover every key of a practical algorithm.
        0x81 | 0x82 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0, |sum, &byte| (sum << 8) | usize::from(byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
