//! What a scan reports: findings without the secret, what was not looked at, and what follows from both.

use std::collections::BTreeMap;

use ztp_core::canonical::Value;
use ztp_core::digest::Digest;

use crate::budget::Reason;
use crate::recognise::Beyond;
use crate::rule::{Action, Fact, RuleId, Severity, Tag};
use crate::surface::{Surface, SurfaceKind};

/// Schema of [`Report::to_value`].
pub const REPORT_SCHEMA: &str = "ztp.dlp.report/1";

/// Whether findings may stop a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the two modes of the guide; callers must decide about each")]
pub enum Mode {
    /// Findings are recorded; nothing is stopped. The verdict says what would have been.
    Observe,
    /// A finding whose rule asks for it stops the request, and so does a scan that is not complete.
    Enforce,
}

impl Mode {
    /// The word in settings and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Enforce => "enforce",
        }
    }

    /// Reads the word of a settings file.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Observe, Self::Enforce].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// A secret, or part of one, at its place. It carries no byte of it: rule, place, safe facts and a keyed tag.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Which rule.
    pub rule: RuleId,
    /// Version of the rule.
    pub version: u16,
    /// What it is, in the rule's words.
    pub kind: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What the rule asks for.
    pub action: Action,
    /// Where in the request.
    pub surface: Surface,
    /// Offset of its first byte in the surface, as it goes over the wire.
    pub start: u64,
    /// Offset after its last byte. Through a compression, start and end are those of the compressed stream.
    pub end: u64,
    /// The decoders passed, outermost first, joined by `>`; empty in the clear.
    pub path: String,
    /// Safe facts, each a member of the report's `facts`.
    pub facts: Vec<(&'static str, Fact)>,
    /// Keyed tag: equal for equal secrets, of no use without the key.
    pub tag: Tag,
    /// What else was seen inside it and belongs to it, each kind and way once.
    pub parts: Vec<Part>,
}

/// Something inside a whole finding that is part of it: a piece, or the same thing by another way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Part {
    /// What it looked like by itself.
    pub kind: &'static str,
    /// The decoders passed, as [`Finding::path`].
    pub path: String,
}

/// Most parts that a finding lists.
pub const PARTS_MAX: usize = 8;

impl Finding {
    /// The finding as a member of a report or the facts of an event.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([
            ("action", Value::from(self.action.as_str())),
            ("end", integer(self.end)),
            ("facts", Value::object(self.facts.iter().map(|(name, fact)| (*name, fact.to_value())))),
            ("kind", Value::from(self.kind)),
            ("length", integer(self.end.saturating_sub(self.start))),
            ("parts", Value::Array(self.parts.iter().map(Part::to_value).collect())),
            ("path", Value::from(self.path.as_str())),
            ("rule", Value::from(self.rule.as_str())),
            ("rule_version", Value::from(u32::from(self.version))),
            ("severity", Value::from(self.severity.as_str())),
            ("start", integer(self.start)),
            ("surface", Value::from(self.surface.to_string())),
            ("tag", Value::from(self.tag.to_string())),
        ])
    }
}

impl Part {
    fn to_value(&self) -> Value {
        Value::object([("kind", Value::from(self.kind)), ("path", Value::from(self.path.as_str()))])
    }
}

/// A finding that the allow-list covers: recorded, never counted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suppressed {
    /// What was found.
    pub finding: Finding,
    /// The ticket of the allow-list's entry.
    pub ticket: String,
}

/// A part of a surface that was not looked at: a finding of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incomplete {
    /// Where.
    pub surface: Surface,
    /// Why.
    pub reason: Reason,
    /// The known container in which it is: `zip`, `gzip`, `png` and so on.
    pub container: Option<&'static str>,
    /// How often.
    pub count: u64,
    /// Lowest offset in the surface at which it happened.
    pub first: u64,
}

impl Incomplete {
    /// The gap as a member of a report.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([
            ("container", self.container.map_or(Value::Null, Value::from)),
            ("count", integer(self.count)),
            ("first", integer(self.first)),
            ("reason", Value::from(self.reason.as_str())),
            ("rule", Value::from("scan-incomplete")),
            ("surface", Value::from(self.surface.to_string())),
        ])
    }
}

/// The result of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The mode it was made in.
    pub mode: Mode,
    /// What was found, the gravest first.
    pub findings: Vec<Finding>,
    /// What was found and is allowed.
    pub suppressed: Vec<Suppressed>,
    /// Findings beyond those that a surface lists ([`findings_max`](crate::budget::Budgets::findings_max)), counted by rule: places
    /// at which the rule spoke, so that one secret at several places counts as often. None of them is graver than the least grave of
    /// its surface that is listed.
    pub unlisted: BTreeMap<RuleId, Beyond>,
    /// What was not looked at.
    pub incomplete: Vec<Incomplete>,
    /// Bytes of all surfaces.
    pub bytes: u64,
    /// Bytes of the body alone, as it goes over the wire; 0 before it has ended.
    pub body_bytes: u64,
    /// Digest of everything that decides what is found.
    pub rule_set: Digest,
    /// Whether the body ended before its end.
    pub cut: bool,
}

impl Report {
    /// Whether enforce mode would stop the request: a finding asks for it, or the scan is not complete.
    #[must_use]
    pub fn would_block(&self) -> bool {
        let listed = self.findings.iter().map(|finding| finding.action);
        let mut actions = listed.chain(self.unlisted.values().map(|beyond| beyond.action));
        !self.incomplete.is_empty() || actions.any(|action| action == Action::Block)
    }

    /// Whether the request must be stopped.
    #[must_use]
    pub fn blocked(&self) -> bool {
        self.mode == Mode::Enforce && self.would_block()
    }

    /// The verdict in one word: `blocked`, `findings`, `incomplete` or `clean`.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        if self.blocked() {
            "blocked"
        } else if !self.findings.is_empty() || !self.unlisted.is_empty() {
            "findings"
        } else if !self.incomplete.is_empty() {
            "incomplete"
        } else {
            "clean"
        }
    }

    /// The code of the verdict; none if everything was looked at and nothing found.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self.verdict() {
            "blocked" => Some("dlp_blocked"),
            "findings" => Some("dlp_finding"),
            "incomplete" => Some("dlp_scan_incomplete"),
            _ => None,
        }
    }

    /// Whether anything was found or left out on a surface of these kinds.
    #[must_use]
    pub fn touches(&self, kinds: &[SurfaceKind]) -> bool {
        self.touches_any(|surface| kinds.contains(&surface.kind))
    }

    /// Whether anything was found or left out in the host that is dialled, or in one that is not.
    pub(crate) fn touches_host(&self, dialled: bool) -> bool {
        let of = if dialled { 0 } else { Surface::UNDIALLED };
        self.touches_any(|surface| surface.is_beside(Surface { kind: SurfaceKind::Host, index: of }))
    }

    fn touches_any(&self, touched: impl Fn(&Surface) -> bool) -> bool {
        self.findings.iter().any(|finding| touched(&finding.surface))
            || self.suppressed.iter().any(|suppressed| touched(&suppressed.finding.surface))
            || self.incomplete.iter().any(|incomplete| touched(&incomplete.surface))
    }

    /// The report as a document of schema [`REPORT_SCHEMA`].
    #[must_use]
    pub fn to_value(&self) -> Value {
        let suppressed = self.suppressed.iter().map(|suppressed| {
            let mut value = suppressed.finding.to_value();
            if let Value::Object(members) = &mut value {
                members.insert("ticket".to_owned(), Value::from(suppressed.ticket.as_str()));
            }
            value
        });
        let unlisted = self.unlisted.iter().map(|(rule, beyond)| {
            Value::object([
                ("action", Value::from(beyond.action.as_str())),
                ("count", integer(beyond.count)),
                ("rule", Value::from(rule.as_str())),
                ("severity", Value::from(beyond.severity.as_str())),
            ])
        });
        Value::object([
            ("blocked", Value::from(self.blocked())),
            ("body_bytes", integer(self.body_bytes)),
            ("bytes", integer(self.bytes)),
            ("cut", Value::from(self.cut)),
            ("findings", Value::Array(self.findings.iter().map(Finding::to_value).collect())),
            ("mode", Value::from(self.mode.as_str())),
            ("rule_set", Value::from(self.rule_set.to_string())),
            ("scan_incomplete", Value::Array(self.incomplete.iter().map(Incomplete::to_value).collect())),
            ("schema", Value::from(REPORT_SCHEMA)),
            ("suppressed", Value::Array(suppressed.collect())),
            ("unlisted", Value::Array(unlisted.collect())),
            ("verdict", Value::from(self.verdict())),
            ("would_block", Value::from(self.would_block())),
        ])
    }
}

/// A count in a document, whose integers end at 2^53 - 1.
pub(crate) fn integer(number: u64) -> Value {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    Value::Int(number.min(ztp_core::canonical::INTEGER_MAX))
}
