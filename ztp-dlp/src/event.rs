//! What goes to the sealed log: one `egress.request` for each request, and one `dlp.finding` for each finding.

use ztp_core::canonical::Value;
use ztp_core::event::{Event, EventClass};
use ztp_core::time::Timestamp;

use crate::finding::{Report, integer};
use crate::request::RequestHead;
use crate::scanner::Scanner;
use crate::surface::SurfaceKind;
use crate::url::{UrlParts, comparable};

/// Most findings of a request that have an event of their own; the rest are counted in `egress.request`.
pub const FINDINGS_MAX: usize = 64;

/// Longest URL, method, content type, id or principal in an event, in bytes.
const TEXT_MAX: usize = 2048;

/// Schema of an `egress.request` payload.
pub const REQUEST_SCHEMA: &str = "ztp.egress.request/1";
/// Schema of a `dlp.finding` payload.
pub const FINDING_SCHEMA: &str = "ztp.dlp.finding/1";

/// What is known of the body when an event is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// It is about to be sent while it is scanned.
    Streaming,
    /// It was sent, or held, whole.
    Whole,
    /// It ended before its end.
    Cut,
}

impl Body {
    /// The word in events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Streaming => "streaming",
            Self::Whole => "whole",
            Self::Cut => "cut",
        }
    }
}

impl Report {
    /// The events of a request whose body has ended.
    #[must_use]
    pub fn events(&self, scanner: &Scanner, head: &RequestHead, now: Timestamp) -> Vec<Event> {
        let body = if self.cut { Body::Cut } else { Body::Whole };
        let findings = self.findings.iter().map(|finding| finding.to_value());
        let suppressed = self.suppressed.iter().map(|suppressed| {
            let mut value = suppressed.finding.to_value();
            insert(&mut value, "ticket", Value::from(suppressed.ticket.as_str()));
            value
        });
        let gaps = self.incomplete.iter().map(|gap| gap.to_value());
        let findings = findings.chain(gaps).chain(suppressed).take(FINDINGS_MAX).map(|mut value| {
            insert(&mut value, "blocked", Value::from(self.blocked()));
            insert(&mut value, "hop", Value::from(head.hop));
            insert(&mut value, "id", text(head.id.as_bytes()));
            insert(&mut value, "principal", text(head.principal.as_bytes()));
            insert(&mut value, "rule_set", Value::from(self.rule_set.to_string()));
            insert(&mut value, "schema", Value::from(FINDING_SCHEMA));
            (EventClass::DLP_FINDING, value)
        });
        std::iter::once((EventClass::EGRESS_REQUEST, self.request(scanner, head, body)))
            .chain(findings)
            // Neither class is reserved, and each payload is an object.
            .filter_map(|(class, value)| Event::new(class, value, now).ok())
            .collect()
    }

    /// The event of a request that begins to be sent while its body is scanned.
    #[must_use]
    pub fn begun_events(&self, scanner: &Scanner, head: &RequestHead, now: Timestamp) -> Vec<Event> {
        let payload = self.request(scanner, head, Body::Streaming);
        Event::new(EventClass::EGRESS_REQUEST, payload, now).into_iter().collect()
    }

    /// The payload of `egress.request`. A text in which anything was found, or not looked at, is not repeated: its keyed tag
    /// stands in its place. Of an address only scheme, host, port and path are told: who signs in is left out, and of a query there
    /// is never more than its tag, since tokens too short to be found and names of people stand there.
    fn request(&self, scanner: &Scanner, head: &RequestHead, body: Body) -> Value {
        let parts = UrlParts::new(&head.url);
        let redacted = |bytes: &[u8]| Value::from(format!("redacted:{}", scanner.tag(bytes)));
        let url = if self.touches_host(true) {
            redacted(&head.url)
        } else {
            let mut url = lossy(&[parts.scheme, b"://", &parts.host_and_port()].concat());
            if self.touches(&[SurfaceKind::Path]) {
                url.push_str(&format!("/redacted:{}", scanner.tag(parts.path)));
            } else {
                url.push_str(&lossy(parts.path));
            }
            if !parts.query.is_empty() {
                url.push_str(&format!("?redacted:{}", scanner.tag(parts.query)));
            }
            Value::from(url)
        };
        let method =
            if self.touches(&[SurfaceKind::Method]) { redacted(&head.method) } else { text(&head.method) };
        let content_type = head.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(b"content-type"));
        let content_type = content_type.map(|(_, value)| {
            // Parameters, such as the boundary of a form, are the sender's to choose and say nothing of the type.
            let kind = value.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
            if self.touches(&[SurfaceKind::Header]) { redacted(value) } else { text(kind) }
        });
        let count = |number: usize| integer(u64::try_from(number).unwrap_or(u64::MAX));
        let mut event = Value::object([
            ("blocked", Value::from(self.blocked())),
            ("body", Value::from(body.as_str())),
            ("body_bytes", integer(self.body_bytes)),
            ("bytes", integer(self.bytes)),
            ("content_type", content_type.unwrap_or(Value::Null)),
            ("findings", count(self.findings.len())),
            ("hop", Value::from(head.hop)),
            ("id", text(head.id.as_bytes())),
            ("method", method),
            ("mode", Value::from(self.mode.as_str())),
            ("principal", text(head.principal.as_bytes())),
            ("rule_set", Value::from(self.rule_set.to_string())),
            ("scan_incomplete", count(self.incomplete.len())),
            ("schema", Value::from(REQUEST_SCHEMA)),
            ("suppressed", count(self.suppressed.len())),
            (
                "unlisted",
                integer(self.unlisted.values().fold(0, |all, beyond| all.saturating_add(beyond.count))),
            ),
            ("url", url),
            ("verdict", Value::from(self.verdict())),
            ("would_block", Value::from(self.would_block())),
        ]);
        // A host that is asked for behind the one that is dialled.
        let dialled = parts.host();
        let other = head.headers.iter().find(|(name, value)| {
            name.eq_ignore_ascii_case(b"host") && comparable(parts.scheme, value) != dialled
        });
        if let Some((_, host)) = other {
            let touched = self.touches_host(false) || self.touches(&[SurfaceKind::Header]);
            insert(&mut event, "host", if touched { redacted(host) } else { text(host) });
        }
        if !head.via.is_empty() {
            insert(&mut event, "via", text(head.via.as_bytes()));
        }
        event
    }
}

fn insert(value: &mut Value, name: &str, member: Value) {
    if let Value::Object(members) = value {
        members.insert(name.to_owned(), member);
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..bytes.len().min(TEXT_MAX)).unwrap_or_default()).into_owned()
}

fn text(bytes: &[u8]) -> Value {
    Value::from(lossy(bytes))
}
