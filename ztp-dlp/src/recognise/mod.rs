//! The recognisers: pure functions over a view of bytes, raw or decoded, that find secrets by what they are.
//!
//! A recogniser is called where one of its [anchors](Anchor) stands, looks at no more than [`REACH_BEFORE`] and
//! [`REACH_AFTER`] bytes around it, and returns [`Hit`]s. The secret's bytes stay inside: a hit carries the place, facts that are
//! safe to print, and a keyed tag. Nothing here decodes transport encodings; that is the caller's graph of views.

mod audit;
mod ca;
mod der;
mod isk;
mod json;
mod jwk;
mod leads;
mod material;
mod name;
mod oid;
mod openssh;
mod pem;
mod shape;
mod spki;
mod text;
mod token;
mod x509;

use std::collections::BTreeMap;

use ztp_core::canonical::Value;
use ztp_core::digest::{Digest, sha256};
use ztp_core::time::Timestamp;

pub(crate) use ca::Authority;
pub(crate) use isk::Isk;
use leads::{Lead, Leads};
pub(crate) use shape::private_numbers;

use crate::customer::{CustomerRules, Work};
use crate::registry::{Known, Registry};
use crate::rule::{Action, Fact, RuleId, RuleInfo, Severity, Tag, TagKey};
use crate::surface::SurfaceKind;

/// Most bytes before an anchor that a recogniser looks at.
pub const REACH_BEFORE: usize = 64 * 1024;
/// Most bytes after the beginning of an anchor that a recogniser looks at.
pub const REACH_AFTER: usize = 64 * 1024;

/// Version of the logic of the baseline rules: raised whenever they find something else than before.
pub const BASELINE_VERSION: u16 = 1;

/// Most hits of one view; what is beyond is counted.
pub const HITS_MAX: usize = 4096;

/// A string of bytes at which a recogniser wants to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Which, for [`Recognisers::at_anchor`].
    pub id: AnchorId,
    /// The bytes; in lower case where case is of no regard.
    pub bytes: Vec<u8>,
    /// Whether upper and lower case of ASCII letters are the same.
    pub nocase: bool,
    /// Whether what it looks like under an encoding is worth a search of its own. Not so for what is itself an encoding.
    pub text: bool,
}

/// Names an anchor of one [`Recognisers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnchorId(pub u16);

/// What was found, and where; never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit {
    /// The rule.
    pub rule: RuleId,
    /// The version of the rule's logic or text.
    pub version: u16,
    /// What it is, in the rule's words: `private-key-pkcs8`, `certificate-fragment`.
    pub kind: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What the rule asks for.
    pub action: Action,
    /// First byte in the view.
    pub start: usize,
    /// The byte after the last one in the view.
    pub end: usize,
    /// What may be said about it.
    pub facts: Vec<(&'static str, Fact)>,
    /// The same for each appearance of one secret.
    pub tag: Tag,
    /// The distinct shingles of a registered secret that were seen, for the ledger of slow drips.
    pub shingles: Vec<Tag>,
    /// Which registered secret.
    pub secret: Option<u64>,
    /// Shingles the whole of that secret has.
    pub of: usize,
}

impl Hit {
    pub(crate) fn new(
        ctx: &Context,
        rule: RuleId,
        kind: &'static str,
        severity: Severity,
        (start, end): (usize, usize),
        tag: Tag,
    ) -> Self {
        let action = ctx.action(&rule, severity);
        Self {
            rule,
            version: BASELINE_VERSION,
            kind,
            severity,
            action,
            start,
            end,
            facts: Vec::new(),
            tag,
            shingles: Vec::new(),
            secret: None,
            of: 0,
        }
    }

    /// Lowers the severity of a token that has expired by one step: it opens nothing any more, but it was there.
    pub fn lower_if_expired(&mut self, now: Timestamp) {
        let expired = self.facts.iter().any(|(name, fact)| {
            *name == "exp"
                && matches!(fact, Fact::Int(seconds) if seconds.saturating_mul(1000) < now.as_millis())
        });
        if expired && self.rule == RuleId::ServiceAccountToken {
            self.severity = match self.severity {
                Severity::Critical => Severity::High,
                Severity::High => Severity::Medium,
                _ => Severity::Low,
            };
            self.facts.push(("expired", Fact::Bool(true)));
        }
    }

    pub(crate) fn with(mut self, facts: Vec<(&'static str, Fact)>) -> Self {
        self.facts = facts;
        self
    }
}

/// The hits of one view.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    hits: Vec<Hit>,
    beyond: usize,
}

impl Hits {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a hit unless the same thing was found at the same place.
    pub fn push(&mut self, hit: Hit) {
        let same = |other: &Hit| {
            (other.start, other.end, other.kind, other.tag) == (hit.start, hit.end, hit.kind, hit.tag)
                && other.rule == hit.rule
        };
        if self.hits.iter().rev().take(64).any(same) {
            return;
        }
        if self.hits.len() == HITS_MAX {
            self.beyond += 1;
        } else {
            self.hits.push(hit);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hits.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Hits that found no room.
    #[must_use]
    pub fn beyond(&self) -> usize {
        self.beyond
    }

    /// The hits.
    pub fn iter(&self) -> std::slice::Iter<'_, Hit> {
        self.hits.iter()
    }

    /// Takes the hits out.
    #[must_use]
    pub fn take(&mut self) -> Vec<Hit> {
        std::mem::take(&mut self.hits)
    }

    /// Puts the hits from `first` on at a place of the view: they were found in something decoded from there.
    fn place(&mut self, first: usize, (start, end): (usize, usize)) {
        for hit in self.hits.iter_mut().skip(first) {
            (hit.start, hit.end) = (start, end);
        }
    }
}

/// What every recogniser is given beside the view.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) key: TagKey,
    pub(crate) registry: Registry,
    actions: BTreeMap<RuleId, Action>,
}

impl Context {
    /// What the rule asks for. Information is never a reason to block or to wake anybody.
    fn action(&self, rule: &RuleId, severity: Severity) -> Action {
        if severity == Severity::Info {
            return Action::Record;
        }
        self.actions.get(rule).copied().unwrap_or(Action::Block)
    }
}

/// All rules of one configuration, ready to be applied.
#[derive(Debug)]
pub struct Recognisers {
    ctx: Context,
    leads: Leads,
    known: Known,
    rules: CustomerRules,
    hash: Digest,
}

impl Recognisers {
    /// Makes the rules ready. Secrets of the registry are turned into keyed tags and erased.
    ///
    /// `actions` says what a baseline rule asks for; a rule that is not named asks to [block](Action::Block), which takes effect
    /// in enforce mode only.
    #[must_use]
    pub fn new(
        mut registry: Registry,
        rules: CustomerRules,
        actions: BTreeMap<RuleId, Action>,
        key: TagKey,
    ) -> Self {
        let known = Known::build(&mut registry, &key);
        let leads = Leads::build(&registry);
        let hash = hash_of(&registry, &known, &rules, &actions);
        Self { ctx: Context { key, registry, actions }, leads, known, rules, hash }
    }

    /// What the caller's automaton has to search for, overlaps included.
    #[must_use]
    pub fn anchors(&self) -> &[Anchor] {
        self.leads.anchors()
    }

    /// Judges the place at which an anchor begins. Both ends of the view may be cuts.
    pub fn at_anchor(&self, id: AnchorId, view: &[u8], at: usize, out: &mut Hits) {
        // The reach is enforced here, so that no recogniser can depend on how much of a body its caller happened to hold.
        let from = at.saturating_sub(REACH_BEFORE);
        let window = view.get(from..view.len().min(at.saturating_add(REACH_AFTER))).unwrap_or_default();
        let (ctx, place) = (&self.ctx, at - from);
        let mut found = Hits::new();
        match self.leads.get(id) {
            Some(Lead::Key) => material::key_at(ctx, window, place, &mut found),
            Some(Lead::CertificateVersion) => {
                material::certificate_at_version(ctx, window, place, &mut found)
            }
            Some(Lead::CertificateValidity) => {
                material::certificate_at_validity(ctx, window, place, &mut found)
            }
            Some(Lead::Begin) => pem::begin(ctx, window, place, &mut found),
            Some(Lead::End) => pem::end(ctx, window, place, &mut found),
            Some(Lead::OpenSsh) => openssh::key(ctx, window, place, &mut found),
            Some(Lead::Putty) => openssh::putty(ctx, window, place, &mut found),
            Some(Lead::Age) => openssh::age(ctx, window, place, &mut found),
            Some(Lead::Jwk) => jwk::key(ctx, window, place, &mut found),
            Some(Lead::Claims) => token::claims(ctx, window, place, &mut found),
            Some(Lead::Token) => token::compact(ctx, window, place, &mut found),
            Some(Lead::Authority(needle)) => ca::needle(ctx, needle, window, place, &mut found),
            Some(Lead::Record) => audit::record(ctx, window, place, &mut found),
            Some(Lead::Isk(needle)) => isk::needle(ctx, needle, window, place, &mut found),
            Some(Lead::Cue) | None => {}
        }
        out.beyond += found.beyond;
        for mut hit in found.hits {
            hit.start += from;
            hit.end += from;
            out.push(hit);
        }
    }

    /// Looks in decoded bytes for known values: hashes of the audit chain, registered secrets and their fragments.
    pub fn values(&self, view: &[u8], out: &mut Hits) {
        self.known.chain_hashes(&self.ctx, view, out);
        self.known.secrets(&self.ctx, view, out);
    }

    /// Applies the customer's rules, and looks for registered secrets, in a view that is text or was not decoded.
    pub fn customer(&self, surface: SurfaceKind, view: &[u8], work: &mut Work, out: &mut Hits) {
        self.known.secrets(&self.ctx, view, out);
        self.rules.scan(&self.ctx, surface, view, work, out);
    }

    /// SHA-256 over all that decides what is found: version of the baseline, registry, customer rules and actions.
    #[must_use]
    pub fn rule_set_hash(&self) -> Digest {
        self.hash
    }

    /// Every rule that is applied.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleInfo> {
        let built_in = RuleId::BUILT_IN.into_iter().map(|id| RuleInfo {
            version: BASELINE_VERSION,
            action: self.ctx.action(&id, Severity::Critical),
            kind: if id == RuleId::RegisteredSecret { "registry" } else { "baseline" },
            surfaces: Vec::new(),
            summary: summary(&id).to_owned(),
            id,
        });
        built_in.chain(self.rules.infos()).collect()
    }

    /// The keyed tag of some bytes, for events that must name a thing without repeating it.
    #[must_use]
    pub fn tag(&self, bytes: &[u8]) -> Tag {
        self.ctx.key.tag("event", &[bytes])
    }

    /// The payload of a `dlp.rules-changed` event when the rules of `next` differ from these.
    #[must_use]
    pub fn change_to(&self, next: &Self) -> Option<Value> {
        if self.hash == next.hash {
            return None;
        }
        let names = |all: &Self| {
            all.rules
                .infos()
                .map(|info| info.id.as_str().to_owned())
                .collect::<std::collections::BTreeSet<_>>()
        };
        let (old, new) = (names(self), names(next));
        let list = |names: Vec<&String>| {
            Value::Array(names.into_iter().map(|name| Value::from(name.as_str())).collect())
        };
        Some(Value::object([
            ("schema", Value::from("ztp.dlp.rules-changed/1")),
            ("old", Value::from(self.hash.to_string())),
            ("new", Value::from(next.hash.to_string())),
            ("old_customer_rules", Value::from(self.rules.hash().to_string())),
            ("new_customer_rules", Value::from(next.rules.hash().to_string())),
            ("added", list(new.difference(&old).collect())),
            ("removed", list(old.difference(&new).collect())),
        ]))
    }
}

fn summary(rule: &RuleId) -> &'static str {
    match rule {
        RuleId::PemMaterial => {
            "private keys and certificates: PEM, DER, JWK, OpenSSH, PKCS#12, whole or in part"
        }
        RuleId::ServiceAccountToken => "tokens of Kubernetes service accounts, whole, in parts or as claims",
        RuleId::CaMaterial => "certificates, keys and names of the configured certification authorities",
        RuleId::SealedAudit => "records of the sealed audit log and hashes of its chain",
        RuleId::IskFingerprint => "keys and fingerprints of the issuer signing keys in every spelling",
        RuleId::RegisteredSecret => "registered secrets and fragments of them",
        RuleId::Customer(_) => "a rule of the customer",
    }
}

fn hash_of(
    registry: &Registry,
    known: &Known,
    rules: &CustomerRules,
    actions: &BTreeMap<RuleId, Action>,
) -> Digest {
    let actions = actions.iter().map(|(rule, action)| (rule.as_str(), Value::from(action.as_str())));
    let document = Value::object([
        ("actions", Value::object(actions)),
        ("baseline", Value::from(u32::from(BASELINE_VERSION))),
        ("customer", Value::from(rules.hash().to_string())),
        ("known", Value::from(known.hash().to_string())),
        ("registry", Value::from(registry.hash().to_string())),
    ]);
    // Strings and a small number can always be written.
    sha256(&ztp_core::canonical::write(&document).unwrap_or_default())
}
