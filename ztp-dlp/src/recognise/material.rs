//! R1 on bytes: walks back from an anchor inside a structure to where the structure begins, and judges it there.

use ztp_core::digest::sha256;

use super::name::Name;
use super::shape::{self, KeyShape};
use super::x509::{self, Certificate};
use super::{Context, Hit, Hits};
use crate::rule::{Fact, RuleId, Severity};

/// Most bytes between the beginning of a structure and the algorithm or version that anchors it: headers with needlessly long
/// lengths, and a version.
const HEAD_BYTES_MAX: usize = 24;
/// Most bytes between the beginning of a certificate and its Validity pair: serial, algorithm and issuer.
const CERTIFICATE_HEAD_BYTES_MAX: usize = 4096;
/// Most beginnings tried in that distance.
const BEGINNINGS_MAX: usize = 96;

/// Judges a structure that has an algorithm identifier or a version at `at`.
pub(super) fn key_at(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    for start in (at.saturating_sub(HEAD_BYTES_MAX)..at).rev() {
        if view.get(start) != Some(&super::der::SEQUENCE) {
            continue;
        }
        let bytes = view.get(start..).unwrap_or_default();
        if let Some(found) = shape::private_key(bytes)
            && found.length > at - start
        {
            out.charge(found.length);
            key_hit(ctx, start, &found, out);
        }
    }
}

/// Judges a certificate that has its version at `at`.
pub(super) fn certificate_at_version(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    for start in (at.saturating_sub(12)..at).rev() {
        let bytes = view.get(start..).unwrap_or_default();
        if let Some(found) = x509::certificate(bytes) {
            certificate_hit(ctx, start, &found, out);
            return;
        }
    }
}

/// Judges a certificate that has its Validity pair at `at`; one of version 3 that is whole from its beginning was judged there.
pub(super) fn certificate_at_validity(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let mut tried = 0;
    out.charge(2 * CERTIFICATE_HEAD_BYTES_MAX);
    for start in (at.saturating_sub(CERTIFICATE_HEAD_BYTES_MAX)..at).rev() {
        if tried == BEGINNINGS_MAX {
            break;
        }
        // Two nested SEQUENCEs with long lengths open every certificate of more than 127 bytes.
        let bytes = view.get(start..).unwrap_or_default();
        let [0x30, 0x80..=0x84, ..] = bytes else { continue };
        tried += 1;
        if let Some(found) = x509::certificate(bytes)
            && inside(found.issuer, view, at)
        {
            certificate_hit(ctx, start, &found, out);
            return;
        }
    }
    if let Some(found) = x509::from_validity(view.get(at..).unwrap_or_default()) {
        certificate_hit(ctx, at, &found, out);
    }
}

/// Whether the element ends exactly where the pair begins.
fn inside(element: &[u8], view: &[u8], at: usize) -> bool {
    !element.is_empty() && view.get(..at).is_some_and(|before| before.ends_with(element))
}

/// Judges whatever structure begins at the start of `bytes`, which stand for `span` of the view: what a PEM body decoded to.
/// Returns whether there was one.
pub(super) fn at_start(ctx: &Context, bytes: &[u8], span: (usize, usize), out: &mut Hits) -> bool {
    let before = out.len();
    if let Some(found) = shape::private_key(bytes) {
        key_hit(ctx, 0, &found, out);
    } else if let Some(found) = x509::certificate(bytes) {
        certificate_hit(ctx, 0, &found, out);
    }
    out.place(before, span);
    out.len() > before
}

pub(super) fn key_hit(ctx: &Context, start: usize, found: &KeyShape<'_>, out: &mut Hits) {
    let severity = match (found.encrypted, found.whole) {
        (false, true) => Severity::Critical,
        (false, false) | (true, true) => Severity::High,
        (true, false) => Severity::Medium,
    };
    let mut facts = vec![("algorithm", Fact::text(found.algorithm)), ("whole", Fact::Bool(found.whole))];
    if let Some(bits) = found.bits {
        facts.push(("bits", Fact::count(bits)));
    }
    let end = start + found.length;
    let tag = ctx.key.tag("key", &[found.identity]);
    if let Some(spki) = found.public.and_then(super::spki::of) {
        let digest = sha256(&spki);
        facts.push(("spki_sha256", Fact::Hash(digest)));
        super::ca::key_of_leaf(ctx, &digest, (start, end), out);
    }
    out.push(Hit::new(ctx, RuleId::PemMaterial, found.kind, severity, (start, end), tag).with(facts));
}

/// A certification request: names and a public key.
pub(super) fn request_hit(ctx: &Context, found: &Certificate<'_>, span: (usize, usize), out: &mut Hits) {
    let tag = ctx.key.tag("request", &[found.subject, found.spki]);
    let mut facts = Vec::new();
    if let Some(name) = Name::parse(found.subject) {
        facts.push(("subject", Fact::text(&name.shown())));
    }
    facts.push(("spki_sha256", Fact::Hash(sha256(found.spki))));
    out.push(Hit::document(ctx, "certificate-request", span, tag).with(facts));
}

fn certificate_hit(ctx: &Context, start: usize, found: &Certificate<'_>, out: &mut Hits) {
    let span = (start, start + found.length);
    let spki = (!found.spki.is_empty()).then(|| sha256(found.spki));
    let public = spki.is_some_and(|digest| ctx.registry.is_public_ca(&digest));
    let mut facts = vec![("whole", Fact::Bool(found.whole))];
    for (fact, name) in [("subject", found.subject), ("issuer", found.issuer)] {
        if let Some(name) = Name::parse(name) {
            facts.push((fact, Fact::text(&name.shown())));
        }
    }
    if !found.serial.is_empty() {
        facts.push(("serial", Fact::text(&ztp_core::encoding::hex_encode(found.serial))));
    }
    if let Some(digest) = spki {
        facts.push(("spki_sha256", Fact::Hash(digest)));
    }
    if !found.not_after.is_empty() {
        facts.push(("not_after", Fact::text(&String::from_utf8_lossy(found.not_after))));
    }
    // Issuer and serial name a certificate (RFC 5280 §4.1.2.2), also where its end is cut off.
    let tag = if found.issuer.is_empty() {
        ctx.key.tag("certificate-part", &[found.subject, found.spki])
    } else {
        ctx.key.tag("certificate", &[found.issuer, found.serial])
    };
    super::ca::certificate(ctx, found, &facts, tag, span, out);
    let hit = match (public, found.whole) {
        (true, _) => Hit::new(ctx, RuleId::PemMaterial, "public-ca-cert", Severity::Info, span, tag),
        (false, true) => Hit::document(ctx, "certificate", span, tag),
        (false, false) => Hit::document(ctx, "certificate-fragment", span, tag),
    };
    out.push(hit.with(facts));
}
