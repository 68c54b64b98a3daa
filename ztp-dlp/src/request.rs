//! A request as its sender chose it: every place that carries bytes of the sender's choice is scanned.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;
use ztp_core::time::Timestamp;

use crate::budget::Reason;
use crate::finding::{Finding, Incomplete, Report, Suppressed};
use crate::memory::{Memory, TAIL_BYTES, Tail};
use crate::parts::Parts;
use crate::recognise::Beyond;
use crate::rule::{Action, Fact, RuleId, Severity};
use crate::scan::{Found, Scan};
use crate::scanner::Scanner;
use crate::segment::{BASE64, Group, Runs};
use crate::surface::{Surface, SurfaceKind};
use crate::whole;

/// The head of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestHead {
    /// The caller's name for the request, repeated in its events; may be empty.
    pub id: String,
    /// Which hop of a chain of redirects it is, from 0.
    pub hop: u32,
    /// Who sends it: a pod, a service account, a process.
    pub principal: String,
    /// The method.
    pub method: Vec<u8>,
    /// The whole URL, with query and fragment.
    pub url: Vec<u8>,
    /// Names and values of the headers, in their order.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Most bytes of a head that are looked at; what is beyond is a gap.
pub const HEAD_BYTES_MAX: usize = 1 << 20;
/// Bytes of the beginning of a body that are put after the end of the one before.
const HEAD_BYTES: usize = 64 << 10;

/// The parts of a URL, as bytes: no part is decoded, and nothing is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UrlParts<'a> {
    pub(crate) scheme: &'a [u8],
    pub(crate) authority: &'a [u8],
    pub(crate) path: &'a [u8],
    pub(crate) query: &'a [u8],
    pub(crate) fragment: &'a [u8],
}

impl<'a> UrlParts<'a> {
    /// Cuts a URL as RFC 3986 appendix B does.
    pub(crate) fn new(url: &'a [u8]) -> Self {
        let (rest, fragment) = cut(url, b'#');
        let (rest, query) = cut(rest, b'?');
        let scheme_end = rest.windows(3).position(|window| window == b"://");
        let (scheme, rest) = match scheme_end {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 3..).unwrap_or_default()),
            None => (b"".as_slice(), rest),
        };
        let (authority, path) = match (scheme_end, rest.iter().position(|&byte| byte == b'/')) {
            (None, _) => (b"".as_slice(), rest),
            (Some(_), Some(at)) => rest.split_at(at),
            (Some(_), None) => (rest, b"".as_slice()),
        };
        Self { scheme, authority, path, query, fragment }
    }
}

/// What is before the first `at` and what is after it.
fn cut(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|&byte| byte == at) {
        Some(place) => (bytes.get(..place).unwrap_or_default(), bytes.get(place + 1..).unwrap_or_default()),
        None => (bytes, b""),
    }
}

/// A request, or other bytes, being scanned.
pub struct Stream {
    scanner: Scanner,
    principal: String,
    destination: Vec<u8>,
    /// What is known of finished surfaces.
    found: Vec<(Surface, Found)>,
    unlisted: BTreeMap<RuleId, Beyond>,
    incomplete: Vec<Incomplete>,
    shingles: Vec<(u64, usize, Vec<crate::rule::Tag>)>,
    bytes: u64,
    head_left: usize,
    body: Scan,
    body_kind: SurfaceKind,
    parts: Option<Parts>,
    /// The end of the request before this one, and the beginning of this one's body.
    before: Option<Tail>,
    first: Zeroizing<Vec<u8>>,
    last: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Stream {
    fn new(scanner: Scanner, body_kind: SurfaceKind) -> Self {
        let body = Scan::new(Arc::clone(&scanner.inner.core), body_kind);
        Self {
            scanner,
            principal: String::new(),
            destination: Vec::new(),
            found: Vec::new(),
            unlisted: BTreeMap::new(),
            incomplete: Vec::new(),
            shingles: Vec::new(),
            bytes: 0,
            head_left: HEAD_BYTES_MAX,
            body,
            body_kind,
            parts: None,
            before: None,
            first: Zeroizing::default(),
            last: Zeroizing::default(),
        }
    }

    pub(crate) fn begin_bytes(scanner: Scanner) -> Self {
        Self::new(scanner, SurfaceKind::Bytes)
    }

    pub(crate) fn begin(scanner: Scanner, head: &RequestHead, now: Timestamp, memory: &mut Memory) -> Self {
        let mut stream = Self::new(scanner, SurfaceKind::Body);
        let url = UrlParts::new(&head.url);
        stream.principal.clone_from(&head.principal);
        stream.destination = [url.scheme, b"://", url.authority].concat();
        stream.before = memory.tail(&head.principal, &stream.destination, now);
        stream.scan(Surface::first(SurfaceKind::Method), &head.method);
        stream.scan(Surface::first(SurfaceKind::Host), url.authority);
        // A name is carried by its labels, whatever the dots between them.
        let labels: Vec<u8> = url.authority.iter().copied().filter(|&byte| byte != b'.').collect();
        if labels.len() != url.authority.len() {
            stream.scan(Surface { kind: SurfaceKind::Host, index: 1 }, &labels);
        }
        stream.scan(Surface::first(SurfaceKind::Path), url.path);
        stream.scan(Surface { kind: SurfaceKind::Path, index: 1 }, url.fragment);
        let fields: Vec<&[u8]> = url.query.split(|&byte| byte == b'&' || byte == b';').collect();
        stream.fields(SurfaceKind::Query, fields.iter().map(|field| (field.to_vec(), cut(field, b'=').1)));
        stream.headers(SurfaceKind::Header, &head.headers);
        for (name, value) in &head.headers {
            stream.coding(name, value);
            if name.eq_ignore_ascii_case(b"content-type") {
                stream.parts = Parts::new(value);
            }
        }
        stream
    }

    /// What a header says about the body's coding.
    fn coding(&mut self, name: &[u8], value: &[u8]) {
        if !name.eq_ignore_ascii_case(b"content-encoding") && !name.eq_ignore_ascii_case(b"transfer-encoding")
        {
            return;
        }
        for coding in value.split(|&byte| byte == b',').map(|coding| coding.trim_ascii().to_ascii_lowercase())
        {
            match coding.as_slice() {
                // Told by their first bytes, wherever they stand.
                b"" | b"identity" | b"gzip" | b"x-gzip" | b"chunked" => {}
                // Two formats go by this name; a raw one has no first bytes to tell it by.
                b"deflate" => self.body.expect_deflate(),
                _ => self.gap(Surface::first(SurfaceKind::Body), Reason::UnreadCompression),
            }
        }
    }

    fn gap(&mut self, surface: Surface, reason: Reason) {
        self.incomplete.push(Incomplete { surface, reason, count: 1, first: 0 });
    }

    /// Scans a short surface at once.
    fn scan(&mut self, surface: Surface, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let Some(left) = self.head_left.checked_sub(bytes.len()) else {
            self.head_left = 0;
            self.gap(surface, Reason::Head);
            return;
        };
        self.head_left = left;
        let mut scan = Scan::new(Arc::clone(&self.scanner.inner.core), surface.kind);
        scan.update(bytes);
        scan.finish();
        self.bytes = self.bytes.saturating_add(scan.bytes);
        self.take(surface, &scan);
    }

    /// Takes over what a finished scan found.
    fn take(&mut self, surface: Surface, scan: &Scan) {
        self.found.extend(scan.found.iter().map(|found| (surface, found.clone())));
        for (rule, more) in scan.found.unlisted() {
            Beyond::add(&mut self.unlisted, rule, *more);
        }
        self.incomplete.extend(scan.gaps.iter().map(|(reason, gap)| Incomplete {
            surface,
            reason,
            count: gap.count,
            first: gap.first,
        }));
        let shingles =
            scan.shingles().iter().map(|(&secret, (of, seen))| (secret, *of, seen.iter().copied().collect()));
        self.shingles.extend(shingles);
    }

    /// Scans each field, and then the values put together: a secret may be cut over them.
    fn fields<'a>(&mut self, kind: SurfaceKind, fields: impl Iterator<Item = (Vec<u8>, &'a [u8])>) {
        let (mut joined, mut count) = (Zeroizing::new(Vec::new()), 0);
        for (text, value) in fields {
            self.scan(Surface { kind, index: count }, &text);
            count += 1;
            if joined.len() < HEAD_BYTES {
                joined.extend_from_slice(value);
            }
        }
        if count > 1 {
            self.scan(Surface { kind, index: count }, &joined);
        }
    }

    fn headers(&mut self, kind: SurfaceKind, headers: &[(Vec<u8>, Vec<u8>)]) {
        let cookies: Vec<&[u8]> = headers
            .iter()
            .filter(|(name, _)| kind == SurfaceKind::Header && name.eq_ignore_ascii_case(b"cookie"))
            .flat_map(|(_, value)| value.split(|&byte| byte == b';'))
            .map(<[u8]>::trim_ascii)
            .collect();
        let is_cookie = |name: &[u8]| !cookies.is_empty() && name.eq_ignore_ascii_case(b"cookie");
        self.fields(
            kind,
            headers
                .iter()
                .filter(|(name, _)| !is_cookie(name))
                .map(|(name, value)| ([name, b": ".as_slice(), value].concat(), value.as_slice())),
        );
        self.fields(SurfaceKind::Cookie, cookies.iter().map(|cookie| (cookie.to_vec(), cut(cookie, b'=').1)));
    }

    /// Takes the next bytes of the body.
    pub fn update(&mut self, chunk: &[u8]) {
        self.body.update(chunk);
        if let Some(parts) = &mut self.parts {
            parts.update(chunk);
        }
        if self.body_kind == SurfaceKind::Body {
            let missing = HEAD_BYTES.saturating_sub(self.first.len()).min(chunk.len());
            self.first.extend_from_slice(chunk.get(..missing).unwrap_or_default());
            let kept = chunk.get(chunk.len().saturating_sub(TAIL_BYTES)..).unwrap_or_default();
            let drop = (self.last.len() + kept.len()).saturating_sub(TAIL_BYTES);
            self.last.drain(..drop);
            self.last.extend_from_slice(kept);
        }
    }

    /// Scans the trailers.
    pub fn trailers(&mut self, trailers: &[(Vec<u8>, Vec<u8>)]) {
        self.headers(SurfaceKind::Trailer, trailers);
    }

    /// The gravest action that anything found so far asks for. A finding of the body is known when its window is whole.
    #[must_use]
    pub fn verdict_so_far(&self) -> Option<Action> {
        let body = self.body.found.iter().map(|found| found.hit.action);
        let beyond = self.unlisted.values().chain(self.body.found.unlisted().values()).map(|beyond| beyond.action);
        self.found.iter().map(|(_, found)| found.hit.action).chain(body).chain(beyond).max()
    }

    /// Whether enforce mode would stop the request for what is known so far.
    #[must_use]
    pub fn would_block_so_far(&self) -> bool {
        self.verdict_so_far() == Some(Action::Block)
            || !self.incomplete.is_empty()
            || !self.body.gaps.is_empty()
    }

    /// The report on what was seen so far, as [`finish`](Self::finish) would give it, without the memory.
    #[must_use]
    pub fn report_so_far(&self, now: Timestamp) -> Report {
        let found = self.found.clone();
        self.report(found, self.incomplete.clone(), self.bytes, false, now)
    }

    /// The scanner that made this stream.
    #[must_use]
    pub const fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// Ends the body. `cut` says that it ended before its end, as when the connection broke.
    #[must_use]
    pub fn finish(mut self, cut: bool, now: Timestamp, memory: &mut Memory) -> Report {
        self.body.finish();
        let body = Scan::new(Arc::clone(&self.scanner.inner.core), self.body_kind);
        let body = std::mem::replace(&mut self.body, body);
        let surface = Surface::first(self.body_kind);
        let body_bytes = body.bytes;
        self.bytes = self.bytes.saturating_add(body_bytes);
        self.take(surface, &body);
        if self.parts.as_ref().is_some_and(|parts| parts.too_many) {
            self.gap(surface, Reason::Parts);
        }
        if self.body_kind == SurfaceKind::Body {
            self.join();
            self.remember(now, memory);
        }
        let (found, incomplete) = (std::mem::take(&mut self.found), std::mem::take(&mut self.incomplete));
        let report = self.report(found, incomplete, self.bytes, cut, now);
        Report { body_bytes, ..report }
    }

    /// Looks for what begins in the end of the request before and ends in this one.
    fn join(&mut self) {
        let Some(before) = self.before.take() else { return };
        let run = last_or_first_run(&self.first, false);
        for (tail, head) in [(&before.raw, &self.first), (&before.run, &run)] {
            if tail.is_empty() || head.is_empty() {
                continue;
            }
            let mut scan = Scan::new(Arc::clone(&self.scanner.inner.core), SurfaceKind::Body);
            scan.update(tail);
            scan.update(head);
            scan.finish();
            let seam = u64::try_from(tail.len()).unwrap_or(u64::MAX);
            let crossing: Vec<Found> = scan
                .found
                .iter()
                .filter(|found| found.place.range.start < seam && seam < found.place.range.end)
                .map(|found| {
                    let mut found = found.clone();
                    // Only the part in this request has a place in it.
                    found.place.range = 0..found.place.range.end.saturating_sub(seam);
                    found.place.path = if found.place.path.is_empty() {
                        "joined".to_owned()
                    } else {
                        format!("joined>{}", found.place.path)
                    };
                    found.depth = found.depth.saturating_add(1);
                    found
                })
                .collect();
            self.found.extend(crossing.into_iter().map(|found| (Surface::first(SurfaceKind::Body), found)));
        }
    }

    /// Keeps the end of this body, and counts the pieces of registered secrets.
    fn remember(&mut self, now: Timestamp, memory: &mut Memory) {
        if !self.last.is_empty() {
            let run = last_or_first_run(&self.last, true);
            let raw = std::mem::take(&mut self.last);
            let tail = Tail::new(raw, run);
            if !memory.keep_tail(&self.principal, &self.destination, tail, now) {
                self.gap(Surface::first(SurfaceKind::Body), Reason::Memories);
            }
        }
        for (secret, of, pieces) in std::mem::take(&mut self.shingles) {
            let added = memory.add(&self.principal, secret, of, pieces, now);
            if added.lost {
                self.gap(Surface::first(SurfaceKind::Body), Reason::Memories);
            }
            let Some(coverage) = added.alarm else { continue };
            let hit = crate::recognise::Hit {
                rule: RuleId::RegisteredSecret,
                version: crate::recognise::BASELINE_VERSION,
                kind: "slow-drip",
                severity: Severity::Critical,
                action: Action::Block,
                start: 0,
                end: 0,
                facts: vec![("seen", Fact::count(coverage.seen)), ("of", Fact::count(coverage.of))],
                tag: self.scanner.tag(&[b"slow-drip".as_slice(), &coverage.secret.to_be_bytes()].concat()),
                shingles: Vec::new(),
                secret: None,
                of: 0,
            };
            let place = crate::trail::Place::of_surface(0..self.bytes, "ledger".to_owned());
            self.found.push((Surface::first(SurfaceKind::Body), Found { hit, place, depth: 0, again: Vec::new() }));
        }
    }

    fn report(
        &self,
        found: Vec<(Surface, Found)>,
        mut incomplete: Vec<Incomplete>,
        bytes: u64,
        cut: bool,
        now: Timestamp,
    ) -> Report {
        let (mut findings, mut suppressed): (Vec<Finding>, Vec<Suppressed>) = (Vec::new(), Vec::new());
        let found = found.into_iter().map(|(surface, mut found)| {
            found.hit.lower_if_expired(now);
            (surface, found)
        });
        let allowed = |surface: Surface, found: &Found| self.ticket(&self.finding(surface, found.clone()), now).is_some();
        for (surface, found, parts) in whole::gather(found.collect(), allowed) {
            let finding = Finding { parts, ..self.finding(surface, found) };
            if findings
                .iter()
                .chain(suppressed.iter().map(|one| &one.finding))
                .any(|other| same(other, &finding))
            {
                continue;
            }
            match self.ticket(&finding, now) {
                Some(ticket) => suppressed.push(Suppressed { finding, ticket }),
                None => findings.push(finding),
            }
        }
        findings.sort_by(|one, other| order(one).cmp(&order(other)));
        suppressed.sort_by(|one, other| order(&one.finding).cmp(&order(&other.finding)));
        incomplete.sort_by_key(|gap| (gap.surface, gap.reason));
        let inner = &self.scanner.inner;
        Report {
            mode: inner.mode,
            findings,
            suppressed,
            unlisted: self.unlisted.clone(),
            incomplete,
            bytes,
            body_bytes: 0,
            rule_set: inner.rule_set,
            cut,
        }
    }

    fn finding(&self, surface: Surface, found: Found) -> Finding {
        let Found { hit, place, .. } = found;
        let (mut surface, mut range) = (surface, place.range);
        if surface.kind == SurfaceKind::Body
            && let Some((part, start)) = self.parts.as_ref().and_then(|parts| parts.of(range.start))
        {
            surface = Surface { kind: SurfaceKind::Part, index: part };
            range = range.start - start..range.end.saturating_sub(start);
        }
        Finding {
            rule: hit.rule,
            version: hit.version,
            kind: hit.kind,
            severity: hit.severity,
            action: hit.action,
            surface,
            start: range.start,
            end: range.end,
            path: place.path,
            facts: hit.facts,
            tag: hit.tag,
            parts: Vec::new(),
        }
    }

    fn ticket(&self, finding: &Finding, now: Timestamp) -> Option<String> {
        let spki = finding.facts.iter().find_map(|(name, fact)| match fact {
            Fact::Hash(digest) if *name == "spki_sha256" => Some(*digest),
            _ => None,
        });
        let destination = String::from_utf8_lossy(&self.destination);
        let allow = &self.scanner.inner.allow;
        allow.covers(&finding.rule, &finding.tag, spki.as_ref(), &destination, now).map(str::to_owned)
    }
}

/// Whether two findings say the same, as a secret that stands in a field and in the fields put together.
fn same(one: &Finding, other: &Finding) -> bool {
    one.rule == other.rule && one.tag == other.tag && one.surface.kind == other.surface.kind
}

fn order(finding: &Finding) -> impl Ord {
    (
        std::cmp::Reverse(finding.severity),
        finding.surface,
        finding.start,
        finding.rule.clone(),
        finding.tag,
        finding.path.clone(),
    )
}

/// The first or last long run of encoded text in some bytes, its pieces put together; empty if there is none. A last run
/// counts only if hardly anything follows it, a first one if hardly anything precedes it.
fn last_or_first_run(bytes: &[u8], last: bool) -> Zeroizing<Vec<u8>> {
    /// Most bytes of other text at the seam, such as the end of a JSON document and the beginning of the next.
    const SEAM_MAX: usize = 256;
    let (mut group, mut runs, mut from) = (Group::default(), Runs::default(), 0);
    runs.read(bytes);
    let mut run = Zeroizing::new(Vec::new());
    while group.next(bytes, &runs, from) {
        let start = group.pieces.first().map_or(from, |piece| piece.1);
        from = group.end;
        if !last {
            if start <= SEAM_MAX {
                *run = std::mem::take(&mut group.chars);
            }
            break;
        }
        if bytes.len() - group.end <= SEAM_MAX {
            (*run).clone_from(&group.chars);
        }
    }
    debug_assert!(crate::segment::common(&run) & BASE64 != 0 || run.is_empty(), "runs are of one class");
    run
}
