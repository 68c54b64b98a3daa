//! What is known of an issuer signing key, and what to search for of it.

use ztp_core::digest::{Digest, sha256};

/// Least bytes of a value that count as part of it.
pub(super) const PART_BYTES: usize = 8;
/// Hexadecimal digits of a value that are an anchor of their own, so that they are found when they are reversed, rotated or under a key.
const PART_DIGITS: usize = 16;

/// The values by which one key is known.
#[derive(Debug, Clone)]
pub(crate) struct Isk {
    /// SHA-256 of the SubjectPublicKeyInfo, which is the key's id.
    pub(crate) fingerprint: Digest,
    values: Vec<(&'static str, Vec<u8>)>,
}

/// One end of a value.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    pub(super) isk: usize,
    pub(super) form: &'static str,
    pub(super) value: Vec<u8>,
    /// Where in the value the needle stands.
    pub(super) offset: usize,
    pub(super) bytes: Vec<u8>,
}

impl Isk {
    /// A key known in full: the bytes of its suite and its SubjectPublicKeyInfo.
    pub(crate) fn of_key(raw: &[u8], spki: &[u8]) -> Self {
        let fingerprint = sha256(spki);
        let mut isk = Self::of_fingerprint(fingerprint);
        isk.add("public-key", raw.to_vec());
        // Tools that fingerprint the bare key are as common as those that fingerprint its SubjectPublicKeyInfo.
        isk.add("raw-key-fingerprint", sha256(raw).as_bytes().to_vec());
        isk
    }

    /// A key of which only the fingerprint is known.
    pub(crate) fn of_fingerprint(fingerprint: Digest) -> Self {
        let mut isk = Self { fingerprint, values: Vec::new() };
        isk.add("fingerprint", fingerprint.as_bytes().to_vec());
        isk
    }

    fn add(&mut self, form: &'static str, value: Vec<u8>) {
        self.values.push((form, value));
    }

    /// The first digits of each value in hexadecimal, as text: a reason for the caller to undo what hides them. What they stand for is
    /// judged when they are decoded.
    pub(super) fn digits(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.values.iter().map(|(_, value)| {
            let mut digits = ztp_core::encoding::hex_encode(value).into_bytes();
            digits.truncate(PART_DIGITS);
            digits
        })
    }

    /// Both ends of each value: forward, byte-reversed, and as its hexadecimal digits read backwards.
    pub(super) fn needles(&self, isk: usize) -> Vec<Needle> {
        let mut all = Vec::new();
        for (form, value) in &self.values {
            let reversed: Vec<u8> = value.iter().rev().copied().collect();
            let backwards: Vec<u8> = reversed.iter().map(|byte| byte.rotate_left(4)).collect();
            for value in [value.clone(), reversed, backwards] {
                for offset in [0, value.len() - PART_BYTES] {
                    let bytes = value.get(offset..offset + PART_BYTES).unwrap_or_default().to_vec();
                    all.push(Needle { isk, form, value: value.clone(), offset, bytes });
                }
            }
        }
        all
    }
}
