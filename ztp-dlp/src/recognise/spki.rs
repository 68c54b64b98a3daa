//! SubjectPublicKeyInfo of a private key's public half, so that a key can be held against known certificates.

use ztp_core::signature::SigningKey;

use super::der::{BIT_STRING, INTEGER, OID, SEQUENCE};
use super::shape::Public;

/// The SubjectPublicKeyInfo, if the private structure shows enough of it.
pub(super) fn of(public: Public<'_>) -> Option<Vec<u8>> {
    match public {
        Public::Rsa { modulus, exponent } => {
            let key = element(SEQUENCE, &[&element(INTEGER, &[modulus]), &element(INTEGER, &[exponent])]);
            Some(info(&[&element(OID, &[b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"]), &[0x05, 0x00]], &key))
        }
        Public::Ec { point, curve } => {
            let algorithm = [&element(OID, &[b"\x2a\x86\x48\xce\x3d\x02\x01"])[..], &element(OID, &[curve?])];
            Some(info(&algorithm, point))
        }
        Public::Ed25519 { seed } => {
            let seed: &[u8; 32] = seed.try_into().ok()?;
            Some(SigningKey::from_seed(seed).public_key().to_spki_der())
        }
    }
}

fn info(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&element(SEQUENCE, algorithm), &element(BIT_STRING, &[&[0], key])])
}

/// One DER element over the parts.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    let digits = length.to_be_bytes();
    let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let used = digits.get(zeros..).unwrap_or_default();
            out.push(0x80 | u8::try_from(used.len()).unwrap_or(0));
            out.extend_from_slice(used);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}
