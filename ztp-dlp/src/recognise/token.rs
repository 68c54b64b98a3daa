//! R2: tokens of Kubernetes service accounts, told by their claims.
//!
//! A token is a secret because of whom it speaks for, so the claims decide: the subject `system:serviceaccount:NAMESPACE:NAME`, the
//! `kubernetes.io` object of bound tokens, the `kubernetes.io/serviceaccount/` members of legacy ones, or a known issuer with an
//! audience. Header and signature decide how usable it is. Nothing is fetched and no signature is verified: whether the token still
//! opens anything is not for the one who watches the door to try.

use zeroize::Zeroizing;
use ztp_core::encoding::base64_encode;

use super::json::{self, Flat};
use super::{Context, Hit, Hits, text};
use crate::rule::{Fact, RuleId, Severity};

/// Texts of the claims, in the clear.
pub(super) const CLAIM_ANCHORS: &[&[u8]] = &[
    b"system:serviceaccount:",
    b"kubernetes.io/serviceaccount",
    b"\"kubernetes.io\"",
    b"kubernetes/serviceaccount",
    b"kubernetes.default.svc",
];

/// Issuers of clusters that were not told another.
const ISSUERS: &[&str] = &["kubernetes/serviceaccount"];
const ISSUER_PREFIXES: &[&str] = &["https://kubernetes.default.svc", "kubernetes.default.svc"];
const SUBJECT_PREFIX: &str = "system:serviceaccount:";

/// Bytes around a payload in which its header and signature are looked for.
const PARTS_REACH: usize = 8 * 1024;
/// Most characters of one part.
const PART_CHARS_MAX: usize = 24 * 1024;

/// Bytes of the signatures of RFC 7518 and RFC 8037.
const SIGNATURE_BYTES: [usize; 9] = [32, 48, 64, 96, 132, 256, 384, 512, 57 * 2];

/// Which of a view's memories of beginnings is that of claims.
const CLAIMS: usize = 1;

/// What tells a service account, and what may be said of it.
struct Claims {
    facts: Vec<(&'static str, Fact)>,
    whole: bool,
}

/// The three texts that base64 makes of `bytes` inside a longer message, without the characters that its neighbours decide.
pub(super) fn permutations(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for shift in 0..3usize {
        let padded = [&vec![0; shift][..], bytes].concat();
        let encoded = base64_encode(&padded);
        let first = (shift * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        let text = encoded.as_bytes().get(first..last).unwrap_or_default().to_vec();
        let url: Vec<u8> = text
            .iter()
            .map(|&byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => other,
            })
            .collect();
        if url != text {
            all.push(url);
        }
        all.push(text);
    }
    all
}

/// Judges claims in the clear around `at`.
pub(super) fn claims(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let judge = |place: std::ops::Range<usize>| {
        let flat = Flat::read(view.get(place.clone())?)?;
        let claims = account(ctx, &flat, false)?;
        Some((place, flat, claims))
    };
    let search = json::Search { reach: json::OBJECT_BYTES_MAX, open: true, tried: out.tried[CLAIMS] };
    let (found, read) = json::around(view, at, search, judge);
    // The object is read once more where it holds claims.
    out.charge(read * 2);
    if found.is_none() {
        out.tried[CLAIMS] = out.tried[CLAIMS].max(at + 1);
    }
    if let Some((span, flat, claims)) = found
        && let Some(object) = view.get(span.clone())
    {
        let span = (span.start, span.start + flat.length);
        let tag = ctx.key.tag("claims", &[object.get(..flat.length).unwrap_or_default()]);
        let kind = if claims.whole { "service-account-claims" } else { "service-account-claims-fragment" };
        out.push(
            Hit::new(ctx, RuleId::ServiceAccountToken, kind, Severity::Medium, span, tag).with(claims.facts),
        );
        return;
    }
    if let Some((subject, span)) = subject_near(view, at) {
        let tag = ctx.key.tag("subject", &[subject.as_bytes()]);
        let kind = "service-account-claims-fragment";
        let facts = vec![("sub", Fact::text(&subject))];
        out.push(Hit::new(ctx, RuleId::ServiceAccountToken, kind, Severity::Medium, span, tag).with(facts));
    }
}

/// Judges the base64url text that holds encoded claims at `at`.
pub(super) fn compact(ctx: &Context, view: &[u8], at: usize, out: &mut Hits) {
    let Some((start, end)) = run(view, at) else { return };
    // Decoded at four alignments, twice.
    out.charge((end - start) * 8);
    let Some(found) = payload(ctx, view.get(start..end).unwrap_or_default()) else { return };
    out.charge(PARTS_REACH * 4);
    let header = header_near(view, start);
    let signature = signature_near(view, end);
    let parts = 1 + usize::from(header.is_some()) + usize::from(signature.is_some());
    let (severity, kind) = match parts {
        3 if found.claims.whole => (Severity::Critical, "service-account-token"),
        2 | 3 => (Severity::High, "service-account-token-part"),
        _ => (Severity::Medium, "service-account-token-payload"),
    };
    let mut facts = found.claims.facts;
    if let Some((_, algorithm)) = &header {
        facts.push(("alg", Fact::text(algorithm)));
    }
    facts.push(("parts", Fact::count(parts)));
    let from = header.map_or(start, |(from, _)| from.min(start));
    let to = signature.map_or(end, |to| to.max(end));
    let tag = ctx.key.tag(found.domain, &[&found.identity]);
    out.push(Hit::new(ctx, RuleId::ServiceAccountToken, kind, severity, (from, to), tag).with(facts));
}

/// A decoded payload.
struct Payload {
    claims: Claims,
    domain: &'static str,
    identity: Zeroizing<Vec<u8>>,
}

/// Decodes a run at each of its four alignments and reads the claims in it.
fn payload(ctx: &Context, run: &[u8]) -> Option<Payload> {
    for skip in 0..4 {
        let decoded = text::decode_base64(run.get(skip..)?);
        let Some(open) = decoded.iter().take(64).position(|&byte| byte == b'{') else { continue };
        let object = decoded.get(open..).unwrap_or_default();
        let Some(flat) = Flat::read(object) else { continue };
        if let Some(claims) = account(ctx, &flat, true) {
            let identity = Zeroizing::new(object.get(..flat.length).unwrap_or_default().to_vec());
            return Some(Payload { claims, domain: "claims", identity });
        }
    }
    // The beginning is elsewhere: the subject alone still tells.
    for skip in 0..4 {
        let decoded = text::decode_base64(run.get(skip..)?);
        let anchors = text::positions(&decoded, SUBJECT_PREFIX.as_bytes()).next();
        if let Some((subject, _)) = anchors.and_then(|at| subject_near(&decoded, at)) {
            let facts = vec![("sub", Fact::text(&subject))];
            let identity = Zeroizing::new(subject.into_bytes());
            return Some(Payload { claims: Claims { facts, whole: false }, domain: "subject", identity });
        }
    }
    None
}

/// Whether these are the claims of a service account.
fn account(ctx: &Context, flat: &Flat, encoded: bool) -> Option<Claims> {
    // Inside a token even a subject that Kubernetes would not write says what it is meant for.
    let subject =
        flat.text(&["sub"]).filter(|sub| is_subject(sub) || (encoded && sub.starts_with(SUBJECT_PREFIX)));
    let bound = flat.has(&["kubernetes.io", "namespace"])
        && (flat.has(&["kubernetes.io", "serviceaccount"]) || flat.has(&["kubernetes.io", "pod"]));
    let legacy = flat.has_prefix("kubernetes.io/serviceaccount/");
    let issuer = flat.text(&["iss"]);
    let known = issuer.is_some_and(|iss| {
        ISSUERS.contains(&iss)
            || ISSUER_PREFIXES.iter().any(|prefix| iss.starts_with(prefix))
            || ctx.registry.issuers().iter().any(|own| own == iss)
    }) && flat.has(&["aud"]);
    // A subject by itself stands in many a document about access; as a claim it has company.
    let claimed =
        subject.is_some() && ["iss", "aud", "exp", "iat", "nbf", "jti"].iter().any(|name| flat.has(&[name]));
    if !(claimed || bound || legacy || known) {
        return None;
    }
    let mut facts = Vec::new();
    for name in ["iss", "sub", "aud", "jti"] {
        if let Some(text) = flat.text(&[name]) {
            facts.push((name, Fact::text(text)));
        }
    }
    if let Some(expiry) = flat.text(&["exp"]).and_then(|text| text.parse().ok()) {
        facts.push(("exp", Fact::Int(expiry)));
    }
    let kind = if bound {
        "bound"
    } else if legacy {
        "legacy"
    } else {
        "other"
    };
    facts.push(("form", Fact::text(kind)));
    if repeated(flat) {
        facts.push(("duplicate_members", Fact::Bool(true)));
    }
    Some(Claims { facts, whole: flat.whole })
}

/// Whether an outermost scalar claim appears twice.
fn repeated(flat: &Flat) -> bool {
    ["iss", "sub", "exp", "jti"].iter().any(|name| {
        flat.members
            .iter()
            .filter(|member| member.path.len() == 1 && member.path.first().is_some_and(|own| own == name))
            .count()
            > 1
    })
}

/// `system:serviceaccount:NAMESPACE:NAME`, both names as RFC 1123 and Kubernetes allow them.
fn is_subject(text: &str) -> bool {
    let Some((namespace, name)) = text.strip_prefix(SUBJECT_PREFIX).and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    is_name(namespace, 63, false) && is_name(name, 253, true)
}

fn is_name(name: &str, max: usize, dots: bool) -> bool {
    let inner = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || (dots && byte == b'.')
    };
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    (1..=max).contains(&name.len())
        && name.bytes().all(inner)
        && edge(name.bytes().next())
        && edge(name.bytes().next_back())
}

/// A `"sub"` member whose value begins at `at`, without the object around it, beside another claim.
fn subject_near(view: &[u8], at: usize) -> Option<(String, (usize, usize))> {
    let rest = view.get(at..)?;
    let length = rest.iter().take(330).position(|&byte| byte == b'"')?;
    let subject = std::str::from_utf8(rest.get(..length)?).ok().filter(|text| is_subject(text))?;
    let before: Vec<u8> = view
        .get(at.saturating_sub(16)..at)?
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    if !before.ends_with(b"\"sub\":\"") {
        return None;
    }
    let near = view.get(at.saturating_sub(512)..view.len().min(at + 512))?;
    let claim = |name: &&[u8]| text::positions(near, name).next().is_some();
    let names: [&[u8]; 4] = [b"\"nbf\":", b"\"iat\":", b"\"exp\":", b"\"kubernetes.io"];
    let company = names.iter().any(claim) || view.get(at + length..)?.starts_with(b"\"}");
    company.then(|| (subject.to_owned(), (at, at + length)))
}

/// The run of base64 that holds `at`.
fn run(view: &[u8], at: usize) -> Option<(usize, usize)> {
    let within = |byte: &&u8| text::is_digit(**byte);
    let before = view.get(..at)?.iter().rev().take(PART_CHARS_MAX).take_while(within).count();
    let after = view.get(at..)?.iter().take(PART_CHARS_MAX).take_while(within).count();
    (after > 0).then_some((at - before, at + after))
}

/// A header near a payload that begins at `start`: where it begins, and its algorithm. Directly before it in the compact form,
/// anywhere near in the JSON form or when the fields were split.
fn header_near(view: &[u8], start: usize) -> Option<(usize, String)> {
    let from = start.saturating_sub(PARTS_REACH);
    let window = view.get(from..view.len().min(start + PARTS_REACH))?;
    let mut best: Option<(usize, String)> = None;
    // `{"`, `{ `, `{\n` and `{\r` in base64.
    for (at, pair) in window.windows(2).enumerate() {
        if !matches!(pair, b"ey" | b"ew" | b"eg" | b"eA")
            || at.checked_sub(1).and_then(|p| window.get(p)).is_some_and(|&b| text::is_digit(b))
        {
            continue;
        }
        let length = window.iter().skip(at).take(2048).take_while(|&&byte| text::is_digit(byte)).count();
        let decoded = text::decode_base64(window.get(at..at + length).unwrap_or_default());
        let Some(flat) = Flat::read(&decoded) else { continue };
        let Some(algorithm) = flat.text(&["alg"]) else { continue };
        let distance = |place: usize| (from + place).abs_diff(start);
        if best.as_ref().is_none_or(|(other, _)| distance(at) < other.abs_diff(start)) {
            best = Some((from + at, algorithm.to_owned()));
        }
    }
    best
}

/// A signature behind a payload that ends at `end`: where it ends. Behind a dot in any spelling, or as the member of that name.
fn signature_near(view: &[u8], end: usize) -> Option<usize> {
    let rest = view.get(end..view.len().min(end + PARTS_REACH))?;
    let gap = rest
        .iter()
        .take(64)
        .position(|&byte| text::is_digit(byte) && byte != b'2' && !matches!(byte, b'E' | b'e'))
        .unwrap_or(rest.len());
    let between = rest.get(..gap).unwrap_or_default();
    let dotted = between.contains(&b'.') || between.starts_with(b"%2");
    if dotted {
        // The letters of `%2E` were passed over; a signature may begin with the same ones.
        let dot = between.iter().rposition(|&byte| byte == b'.').map_or(3.min(gap), |at| at + 1);
        let spaces = rest.iter().skip(dot).take_while(|byte| byte.is_ascii_whitespace()).count();
        return signature_at(rest, dot + spaces).map(|to| end + to);
    }
    text::positions(rest, b"signature").find_map(|at| {
        let member = at + b"signature".len();
        let quote = rest.iter().skip(member).take(16).position(|&byte| text::is_digit(byte))?;
        signature_at(rest, member + quote).map(|to| end + to)
    })
}

/// The end of a run at `at` whose length is that of a signature.
fn signature_at(rest: &[u8], at: usize) -> Option<usize> {
    let length = rest.iter().skip(at).take(1024).take_while(|&&byte| text::is_digit(byte)).count();
    SIGNATURE_BYTES.contains(&(length * 6 / 8)).then_some(at + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_of_an_anchor_stand_in_every_alignment_of_its_base64() {
        for before in 0..6 {
            for after in 0..4 {
                let message =
                    [&vec![b'x'; before][..], b"system:serviceaccount:", &vec![b'y'; after]].concat();
                let encoded = base64_encode(&message);
                let found = permutations(b"system:serviceaccount:")
                    .iter()
                    .filter(|anchor| text::positions(encoded.as_bytes(), anchor).next().is_some())
                    .count();
                assert_eq!(found, 1, "{before} before, {after} after");
            }
        }
    }

    #[test]
    fn subjects_have_two_names_of_their_kind() {
        assert!(is_subject("system:serviceaccount:kube-system:coredns"));
        for other in [
            "system:serviceaccount:kube-system",
            "system:serviceaccount:(NAMESPACE):(NAME)",
            "system:serviceaccount:Kube:x",
            "system:serviceaccount::x",
            "system:serviceaccount:ns:x-",
        ] {
            assert!(!is_subject(other), "{other}");
        }
    }
}
