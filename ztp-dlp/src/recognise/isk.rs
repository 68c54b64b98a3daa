//! R5: the issuer signing keys' public keys and fingerprints, in every spelling.
//!
//! The caller's decoders turn hexadecimal of any grouping, base64, base32 and arrays of numbers into bytes; here those bytes are
//! compared. Eight bytes of either end are enough to be called a part.

use super::issuer::{Needle, PART_BYTES};
use super::{Context, Hit, Hits};
use crate::rule::{Fact, RuleId, Severity};

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
