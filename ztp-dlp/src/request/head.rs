//! The head of a request: each place in it, and the places put together, since a secret may be cut over them.

use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{RequestHead, Stream};
use crate::budget::Reason;
use crate::fields::{Field, Joined, spaced};
use crate::finding::Incomplete;
use crate::form::Form;
use crate::parts::Parts;
use crate::recognise::Beyond;
use crate::scan::{Found, Scan};
use crate::surface::{Surface, SurfaceKind};
use crate::url::{UrlParts, comparable};

impl Stream {
    pub(super) fn head(&mut self, head: &RequestHead) {
        let url = UrlParts::new(&head.url);
        self.scan(Surface::first(SurfaceKind::Method), &head.method);
        self.hosts(&url, &head.headers);
        self.scan(Surface::first(SurfaceKind::Path), url.path);
        self.scan(Surface { kind: SurfaceKind::Path, index: 1 }, url.fragment);
        let segments: Vec<&[u8]> =
            url.path.split(|&byte| byte == b'/').filter(|part| !part.is_empty()).collect();
        let path = Zeroizing::new(segments.concat());
        if segments.len() > 1 {
            self.view(Surface { kind: SurfaceKind::Path, index: 2 }, &path);
        }
        let fields: Vec<&[u8]> = url.query.split(|&byte| byte == b'&' || byte == b';').collect();
        let query = self.fields(SurfaceKind::Query, fields.into_iter().map(Field::equal));
        let headers = self.headers(SurfaceKind::Header, &head.headers);
        self.everything([&path, &query, &headers]);
        for (name, value) in &head.headers {
            self.coding(name, value);
            if name.eq_ignore_ascii_case(b"content-type") {
                self.parts = self.parts.take().or_else(|| Parts::new(value));
                self.form = self.form.take().or_else(|| Form::new(value, &self.scanner.inner.core));
            }
        }
    }

    /// Path, query and headers in one: what is cut over two of them stands in none.
    fn everything(&mut self, parts: [&Zeroizing<Vec<u8>>; 3]) {
        if parts.iter().filter(|part| !part.is_empty()).count() < 2 {
            return;
        }
        let mut all = Zeroizing::new(Vec::new());
        let mut seams = Vec::new();
        for part in parts {
            seams.push(u64::try_from(all.len()).unwrap_or(u64::MAX));
            all.extend_from_slice(part);
        }
        let crosses = |range: &Range<u64>| seams.iter().any(|&seam| range.start < seam && seam < range.end);
        // Of no one kind, so that a rule for one kind does not speak for another.
        let scan = self.scanned(SurfaceKind::Bytes, &all);
        let surface = Surface { kind: SurfaceKind::Path, index: 3 };
        for found in scan.found.iter() {
            let is_known = |(_, known): &(Surface, Found)| {
                known.hit.rule == found.hit.rule && known.hit.tag == found.hit.tag
            };
            if crosses(&found.place.range) || !self.found.iter().any(is_known) {
                self.found.push((surface, found.clone()));
            }
        }
        self.take_rest(surface, &scan);
    }

    /// The host that is dialled, who signs in there, and other hosts that headers name: as they are, in small letters, since hosts have
    /// no case, and with their labels put together. From [`Surface::UNDIALLED`] on they are not of the host that is dialled.
    fn hosts(&mut self, url: &UrlParts<'_>, headers: &[(Vec<u8>, Vec<u8>)]) {
        let (signed_in, host) = url.sign_in_and_host();
        self.scan(Surface::first(SurfaceKind::Host), host);
        self.spellings(0, host);
        if !signed_in.is_empty() {
            let own = Surface { kind: SurfaceKind::Host, index: Surface::UNDIALLED };
            self.scan(own, signed_in);
            let scan = self.scanned(SurfaceKind::Host, url.authority);
            let known = self.found.clone();
            let end = u64::try_from(signed_in.len()).unwrap_or(u64::MAX);
            // What reaches into the host, or stands in neither part by itself.
            let both = |found: &Found| {
                found.place.range.end > end
                    || !known.iter().any(|(at, known)| {
                        *at == own && known.hit.rule == found.hit.rule && known.hit.tag == found.hit.tag
                    })
            };
            self.take_new(Surface { kind: SurfaceKind::Host, index: 4 }, &scan, |found| {
                both(&found).then_some(found)
            });
        }
        let dialled = url.host();
        let named = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"host"));
        let others =
            named.map(|(_, value)| value.as_slice()).filter(|value| comparable(url.scheme, value) != dialled);
        let mut index = Surface::UNDIALLED + 4;
        for other in others {
            self.fronted = true;
            self.view(Surface { kind: SurfaceKind::Host, index }, other);
            self.spellings(index, other);
            index += 4;
        }
    }

    /// A host that stands at `index` in its other spellings.
    fn spellings(&mut self, index: u32, host: &[u8]) {
        let surface = |more| Surface { kind: SurfaceKind::Host, index: index + more };
        let small = host.to_ascii_lowercase();
        if small != host {
            let scan = self.scanned(SurfaceKind::Host, &small);
            // A pattern matches a host once, however it is spelled.
            let known = self.found.clone();
            let once = |found: &Found| {
                !known.iter().any(|(at, known)| {
                    *at == surface(0)
                        && known.hit.rule == found.hit.rule
                        && known.place.range == found.place.range
                })
            };
            self.take_new(surface(1), &scan, |found| once(&found).then_some(found));
        }
        for (more, spelling) in [(2, host), (3, small.as_slice())] {
            let labels: Vec<u8> = spelling.iter().copied().filter(|&byte| byte != b'.').collect();
            if labels.len() != spelling.len() && (more == 2 || small != host) {
                self.view(surface(more), &labels);
            }
        }
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
                b"" | b"identity" | b"gzip" | b"x-gzip" | b"zstd" | b"xz" | b"bzip2" | b"x-bzip2"
                | b"chunked" => {}
                // It has no first bytes at all.
                b"br" => self.body.expect_brotli(),
                // Two formats go by this name; a raw one has no first bytes to tell it by.
                b"deflate" => self.body.expect_deflate(),
                _ => self.gap(Surface::first(SurfaceKind::Body), Reason::UnreadCompression),
            }
        }
    }

    /// Scans a short surface at once; false if there was no room for it.
    fn scan(&mut self, surface: Surface, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let Some(left) = self.head_left.checked_sub(bytes.len()) else {
            self.head_left = 0;
            self.gap(surface, Reason::Head);
            return false;
        };
        self.head_left = left;
        let scan = self.scanned(surface.kind, bytes);
        self.bytes = self.bytes.saturating_add(scan.bytes);
        self.take(surface, &scan);
        true
    }

    /// Scans bytes that were scanned already in another order or spelling, for what is found only so.
    fn view(&mut self, surface: Surface, bytes: &[u8]) {
        let scan = self.scanned(surface.kind, bytes);
        self.take_new(surface, &scan, Some);
    }

    fn scanned(&self, rules_of: SurfaceKind, bytes: &[u8]) -> Scan {
        let mut scan = Scan::new(Arc::clone(&self.scanner.inner.core), rules_of);
        scan.update(bytes);
        scan.finish();
        scan
    }

    /// Takes over what a finished scan found.
    pub(super) fn take(&mut self, surface: Surface, scan: &Scan) {
        self.found.extend(scan.found.iter().map(|found| (surface, found.clone())));
        self.take_rest(surface, scan);
    }

    /// Takes over what a scan found that nothing so far said as gravely of the same kind of place. `place` may move or drop it.
    pub(super) fn take_new(&mut self, surface: Surface, scan: &Scan, place: impl Fn(Found) -> Option<Found>) {
        for found in scan.found.iter().cloned().filter_map(place) {
            let is_same = |(other, known): &(Surface, Found)| {
                other.is_beside(surface) && known.hit.rule == found.hit.rule && known.hit.tag == found.hit.tag
            };
            if self.found.iter().any(|known| is_same(known) && known.1.hit.severity >= found.hit.severity) {
                continue;
            }
            self.found.retain(|known| !is_same(known));
            self.found.push((surface, found));
        }
        self.take_rest(surface, scan);
    }

    fn take_rest(&mut self, surface: Surface, scan: &Scan) {
        for (rule, more) in scan.found.unlisted() {
            Beyond::add(&mut self.unlisted, rule, *more);
        }
        self.incomplete.extend(scan.gaps.iter().map(|(reason, gap)| Incomplete {
            surface,
            reason,
            container: gap.container,
            count: gap.count,
            first: gap.first,
        }));
        let shingles =
            scan.shingles().iter().map(|(&secret, (of, seen))| (secret, *of, seen.iter().copied().collect()));
        self.shingles.extend(shingles);
    }

    /// Scans each field, and then the names, the values and both put together: a secret may be cut over them. Gives the values.
    fn fields<'a>(
        &mut self,
        kind: SurfaceKind,
        fields: impl Iterator<Item = Field<'a>>,
    ) -> Zeroizing<Vec<u8>> {
        let is_form = kind == SurfaceKind::Query;
        let (mut joined, mut index) = (Joined::default(), 0);
        for field in fields {
            let surface = Surface { kind, index };
            index += 1;
            if !self.scan(surface, &field.text) {
                continue;
            }
            if let Some(text) = spaced(&field.text).filter(|_| is_form) {
                self.view(surface, &text);
            }
            joined.add(&field);
        }
        for view in joined.views() {
            self.view(Surface { kind, index }, view);
            if let Some(text) = spaced(view).filter(|_| is_form) {
                self.view(Surface { kind, index }, &text);
            }
        }
        joined.values
    }

    /// Scans headers or trailers, and gives their values put together.
    pub(super) fn headers(
        &mut self,
        kind: SurfaceKind,
        headers: &[(Vec<u8>, Vec<u8>)],
    ) -> Zeroizing<Vec<u8>> {
        let is_cookie = |name: &[u8]| kind == SurfaceKind::Header && name.eq_ignore_ascii_case(b"cookie");
        let (cookies, others): (Vec<_>, Vec<_>) = headers.iter().partition(|(name, _)| is_cookie(name));
        let mut all = self.fields(kind, others.into_iter().map(|(name, value)| Field::header(name, value)));
        let cookies = cookies
            .iter()
            .flat_map(|(_, value)| value.split(|&byte| byte == b';'))
            .map(|cookie| Field::equal(cookie.trim_ascii()));
        all.extend_from_slice(&self.fields(SurfaceKind::Cookie, cookies));
        all
    }
}
