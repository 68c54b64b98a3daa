//! R5: the issuer signing keys' public keys and fingerprints, in every spelling.
//!
//! The caller's decoders turn hexadecimal of any grouping, base64, base32 and arrays of numbers into bytes; here those bytes are
//! compared. Eight bytes of either end are enough to be called a part.

use ztp_core::digest::{Digest, sha256};

use super::{Context, Hit, Hits};
use crate::rule::{Fact, RuleId, Severity};

/// Least bytes of a value that count as part of it.
const PART_BYTES: usize = 8;
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
    isk: usize,
    form: &'static str,
    value: Vec<u8>,
    /// Where in the value the needle stands.
    offset: usize,
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

/// Judges a needle that stands at `at`.
pub(super) fn needle(ctx: &Context, needle: &Needle, view: &[u8], at: usize, out: &mut Hits) {
    let Some(isk) = ctx.registry.isks().get(needle.isk) else { return };
    let start = at.checked_sub(needle.offset);
    let whole =
        start.is_some_and(|start| view.get(start..).is_some_and(|rest| rest.starts_with(&needle.value)));
    let (span, kind) = match start {
        Some(start) if whole => ((start, start + needle.value.len()), kind(needle.form)),
        _ => ((at, at + PART_BYTES), "isk-partial"),
    };
    let severity = if whole { Severity::High } else { Severity::Medium };
    let tag = ctx.key.tag("isk", &[isk.fingerprint.as_bytes()]);
    let facts = vec![
        ("key_id", Fact::text(isk.fingerprint.to_string().get(..16).unwrap_or_default())),
        ("form", Fact::text(needle.form)),
        ("whole", Fact::Bool(whole)),
    ];
    out.push(Hit::new(ctx, RuleId::IskFingerprint, kind, severity, span, tag).with(facts));
}

fn kind(form: &str) -> &'static str {
    match form {
        "public-key" => "isk-public-key",
        _ => "isk-fingerprint",
    }
}
