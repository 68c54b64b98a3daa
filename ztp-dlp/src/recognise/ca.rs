//! R3: TLS material of a configured certification authority, by identity rather than by look.
//!
//! A certificate belongs to the authority when its issuer or subject is the authority's name (RFC 5280 §7.1), when its authority
//! key identifier is the authority's key identifier, or when its key is the authority's. Without a certificate the same
//! identities are searched for as bytes, and the name as text.

use ztp_core::digest::Digest;

use super::authority::{Authority, Needle, Part};
use super::name::{self, Name};
use super::x509::Certificate;
use super::{Context, Hit, Hits};
use crate::rule::{Fact, RuleId, Severity, Tag};

/// Bytes around a value of the name within which all its other values must stand.
const NEAR_BYTES: usize = 512;
/// Judges a needle that stands at `at`.
pub(super) fn needle(ctx: &Context, needle: &Needle, view: &[u8], at: usize, out: &mut Hits) {
    let Some(authority) = ctx.registry.authorities().get(needle.authority) else { return };
    let end = at + needle.bytes.len();
    let (kind, severity) = match needle.part {
        Part::Subject => ("ca-name", Severity::Medium),
        Part::Ski => ("ca-key-identifier", Severity::Medium),
        Part::Spki => ("ca-public-key", Severity::Medium),
        Part::SpkiHash => ("ca-key-fingerprint", Severity::Medium),
        Part::Text => {
            out.charge(16 * NEAR_BYTES);
            if text_name(authority, view, at) {
                hit(ctx, authority, "ca-name-text", Severity::Low, (at, end), out);
            }
            return;
        }
    };
    hit(ctx, authority, kind, severity, (at, end), out);
}

fn hit(
    ctx: &Context,
    authority: &Authority,
    kind: &'static str,
    severity: Severity,
    span: (usize, usize),
    out: &mut Hits,
) {
    let tag = ctx.key.tag("ca", &[kind.as_bytes(), authority.fingerprint.as_bytes()]);
    let facts = vec![
        ("authority", Fact::text(&authority.name.shown())),
        ("authority_spki_sha256", Fact::Hash(authority.spki_sha256)),
    ];
    out.push(Hit::new(ctx, RuleId::CaMaterial, kind, severity, span, tag).with(facts));
}

/// Judges a parsed certificate against every authority.
pub(super) fn certificate(
    ctx: &Context,
    found: &Certificate<'_>,
    facts: &[(&'static str, Fact)],
    tag: Tag,
    span: (usize, usize),
    out: &mut Hits,
) {
    if ctx.registry.authorities().is_empty() {
        return;
    }
    let folded = |element: &[u8]| Name::parse(element).map(|name| name.folded());
    let (issuer, subject) = (folded(found.issuer), folded(found.subject));
    for authority in ctx.registry.authorities() {
        let named = |name: &Option<Vec<_>>| name.as_ref() == Some(&authority.folded);
        let (kind, basis) = if found.spki == authority.spki || named(&subject) {
            ("ca-certificate", if found.spki == authority.spki { "key" } else { "name" })
        } else if named(&issuer) {
            ("ca-issued-certificate", "issuer-name")
        } else if !found.aki.is_empty() && found.aki == authority.ski {
            ("ca-issued-certificate", "authority-key-identifier")
        } else {
            continue;
        };
        let mut facts = facts.to_vec();
        facts.push(("authority", Fact::text(&authority.name.shown())));
        facts.push(("basis", Fact::text(basis)));
        out.push(Hit::new(ctx, RuleId::CaMaterial, kind, Severity::High, span, tag).with(facts));
    }
}

/// Judges a private key by its public half: the authority's own, or that of a registered leaf.
pub(super) fn key_of_leaf(ctx: &Context, digest: &Digest, span: (usize, usize), out: &mut Hits) {
    let own = ctx.registry.authorities().iter().any(|authority| authority.spki_sha256 == *digest);
    if !own && !ctx.registry.is_leaf(digest) {
        return;
    }
    let kind = if own { "ca-private-key" } else { "ca-leaf-private-key" };
    let tag = ctx.key.tag("ca-key", &[digest.as_bytes()]);
    let facts = vec![("spki_sha256", Fact::Hash(*digest))];
    out.push(Hit::new(ctx, RuleId::CaMaterial, kind, Severity::Critical, span, tag).with(facts));
}

/// Whether every attribute of the name stands near `at`, each behind a word for its type.
fn text_name(authority: &Authority, view: &[u8], at: usize) -> bool {
    let window = view.get(at.saturating_sub(NEAR_BYTES)..view.len().min(at + NEAR_BYTES)).unwrap_or_default();
    let text = plain(&name::fold(&String::from_utf8_lossy(window)));
    authority.folded.iter().all(|(_, oid, value)| {
        let value = plain(value);
        name::words(oid).iter().any(|word| ["=", ":"].iter().any(|sign| has_pair(&text, word, sign, &value)))
    })
}

/// Folded text without quotes, and without spaces around the signs that stand between a word and its value in the notations of
/// RFC 4514, OpenSSL and JSON.
fn plain(text: &str) -> String {
    let bare: String = text.chars().filter(|c| !matches!(c, '"' | '\'' | '\\')).collect();
    let mut out = String::with_capacity(bare.len());
    for word in bare.split_whitespace() {
        let joined = word.starts_with(['=', ':']) || out.ends_with(['=', ':']);
        if !joined && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whether `word sign value` stands in the text with nothing that would lengthen word or value.
fn has_pair(text: &str, word: &str, sign: &str, value: &str) -> bool {
    let pair = format!("{word}{sign}{value}");
    text.match_indices(&pair).any(|(start, _)| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(start + pair.len()..).and_then(|after| after.chars().next());
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !letter(before) && !letter(after)
    })
}
