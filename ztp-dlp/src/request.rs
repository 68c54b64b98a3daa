//! A request as its sender chose it: every place that carries bytes of the sender's choice is scanned.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;
use ztp_core::time::Timestamp;

use crate::allow::FILE_PREFIX;
use crate::budget::Reason;
use crate::finding::{Finding, Incomplete, Report, Suppressed};
use crate::form::Form;
use crate::memory::{Memory, TAIL_BYTES, Tail};
use crate::parts::Parts;
use crate::recognise::Beyond;
use crate::rule::{Action, Fact, RuleId, Severity};
use crate::scan::{Found, Scan};
use crate::scanner::Scanner;
use crate::segment::{BASE64, Group, Runs};
use crate::surface::{Surface, SurfaceKind};
use crate::url::UrlParts;
use crate::whole;

mod head;

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
    /// The whole URL, with query and fragment. Its host is the one that is dialled, whatever a `Host` header says.
    pub url: Vec<u8>,
    /// The proxy that is dialled in its place, as events name it; empty if there is none.
    pub via: String,
    /// Names and values of the headers, in their order.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Most bytes of a head that are looked at; what is beyond is a gap.
pub const HEAD_BYTES_MAX: usize = 1 << 20;
/// Bytes of the beginning of a body that are put after the end of the one before.
const HEAD_BYTES: usize = 64 << 10;

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
    form: Option<Form>,
    /// Whether a `Host` header names another host than the one that is dialled: no exception is meant for it.
    fronted: bool,
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
            form: None,
            fronted: false,
            before: None,
            first: Zeroizing::default(),
            last: Zeroizing::default(),
        }
    }

    pub(crate) fn begin_bytes(scanner: Scanner, path: Option<&str>) -> Self {
        let mut stream = Self::new(scanner, SurfaceKind::Bytes);
        if let Some(path) = path {
            stream.destination = [FILE_PREFIX.as_bytes(), path.as_bytes()].concat();
        }
        stream
    }

    pub(crate) fn begin(scanner: Scanner, head: &RequestHead, now: Timestamp, memory: &mut Memory) -> Self {
        let mut stream = Self::new(scanner, SurfaceKind::Body);
        let url = UrlParts::new(&head.url);
        stream.principal.clone_from(&head.principal);
        stream.destination = [&url.scheme.to_ascii_lowercase(), b"://".as_slice(), &url.host()].concat();
        stream.before = memory.tail(&head.principal, &stream.destination, now);
        stream.head(head);
        stream
    }

    fn gap(&mut self, surface: Surface, reason: Reason) {
        self.incomplete.push(Incomplete { surface, reason, container: None, count: 1, first: 0 });
    }

    /// Takes the next bytes of the body.
    pub fn update(&mut self, chunk: &[u8]) {
        self.update_while(chunk, &|| true);
    }

    /// The same, as long as `goes_on` says so: it is asked again and again while the bytes are decoded. A scan that was stopped says so
    /// in what it did not look at.
    pub fn update_while(&mut self, chunk: &[u8], goes_on: &dyn Fn() -> bool) {
        self.body.update_while(chunk, goes_on);
        if let Some(parts) = &mut self.parts {
            parts.update(chunk);
        }
        if let Some(form) = &mut self.form {
            form.update(chunk);
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
        let _ = self.headers(SurfaceKind::Trailer, trailers);
    }

    /// The gravest action that anything found so far asks for. A finding of the body is known when its window is whole.
    #[must_use]
    pub fn verdict_so_far(&self) -> Option<Action> {
        let body = self.body_scans().flat_map(|scan| scan.found.iter()).map(|found| found.hit.action);
        let unlisted = self.body_scans().flat_map(|scan| scan.found.unlisted().values());
        let unlisted = unlisted.chain(self.unlisted.values()).map(|beyond| beyond.action);
        self.found.iter().map(|(_, found)| found.hit.action).chain(body).chain(unlisted).max()
    }

    /// Whether enforce mode would stop the request for what is known so far.
    #[must_use]
    pub fn would_block_so_far(&self) -> bool {
        self.verdict_so_far() == Some(Action::Block)
            || !self.incomplete.is_empty()
            || self.body_scans().any(|scan| !scan.gaps.is_empty())
    }

    fn body_scans(&self) -> impl Iterator<Item = &Scan> {
        std::iter::once(&self.body).chain(self.form.iter().flat_map(Form::scans))
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
    pub fn finish(self, cut: bool, now: Timestamp, memory: &mut Memory) -> Report {
        self.finish_while(cut, now, memory, &|| true)
    }

    /// The same, as long as `goes_on` says so.
    #[must_use]
    pub fn finish_while(
        mut self,
        cut: bool,
        now: Timestamp,
        memory: &mut Memory,
        goes_on: &dyn Fn() -> bool,
    ) -> Report {
        self.body.finish_while(goes_on);
        let body = Scan::new(Arc::clone(&self.scanner.inner.core), self.body_kind);
        let body = std::mem::replace(&mut self.body, body);
        let surface = Surface::first(self.body_kind);
        let body_bytes = body.bytes;
        self.bytes = self.bytes.saturating_add(body_bytes);
        self.take(surface, &body);
        for (scan, in_place) in self.form.take().into_iter().flat_map(Form::finish) {
            self.take_new(surface, &scan, |mut found| {
                if !in_place {
                    // Fields put together have no place in the body but all of it.
                    found.place.range = 0..body_bytes;
                }
                let path = std::mem::take(&mut found.place.path);
                found.place.path = if path.is_empty() { "form".to_owned() } else { format!("form>{path}") };
                Some(found)
            });
        }
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
            self.found
                .push((Surface::first(SurfaceKind::Body), Found { hit, place, depth: 0, again: Vec::new() }));
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
        let allowed = |surface: Surface, found: &Found| {
            self.ticket(&self.finding(surface, found.clone()), now).is_some()
        };
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
        if self.fronted {
            return None;
        }
        let origin = String::from_utf8_lossy(&self.destination);
        let covers =
            |place| self.scanner.inner.allow.covers(&finding.rule, &finding.tag, spki.as_ref(), place, now);
        // A path may have anything in it.
        if self.body_kind == SurfaceKind::Bytes {
            return origin.starts_with(FILE_PREFIX).then(|| covers(&origin)).flatten().map(str::to_owned);
        }
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        covers(host).or_else(|| covers(&origin)).map(str::to_owned)
    }
}

/// Whether two findings say the same, as a secret that stands in a field and in the fields put together.
fn same(one: &Finding, other: &Finding) -> bool {
    one.rule == other.rule && one.tag == other.tag && one.surface.is_beside(other.surface)
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
