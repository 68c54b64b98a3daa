//! The recognisers: pure functions over a view of bytes, raw or decoded, that find secrets by what they are.
//!
//! A recogniser is called where one of its [anchors](Anchor) stands, looks at no more than [`REACH_BEFORE`] and
//! [`REACH_AFTER`] bytes around it, and returns [`Hit`]s. The secret's bytes stay inside: a hit carries the place, facts that are
//! safe to print, and a keyed tag. Nothing here decodes transport encodings; that is the caller's graph of views.

mod audit;
pub(crate) mod authority;
mod ca;
mod der;
mod foreign;
pub(crate) mod hit;
mod isk;
pub(crate) mod issuer;
mod json;
mod jwk;
mod leads;
mod material;
mod name;
mod oid;
mod openpgp;
mod openssh;
mod own;
mod pem;
mod record;
pub(crate) mod shape;
mod spki;
mod text;
mod token;
mod x509;

use std::collections::BTreeMap;

use ztp_core::canonical::Value;
use ztp_core::digest::{Digest, sha256};

pub(crate) use hit::Context;
pub use hit::{Anchor, AnchorId, BASELINE_VERSION, Beyond, HITS_MAX, Hit, Hits, REACH_AFTER, REACH_BEFORE};
use leads::{Lead, Leads};

use crate::customer::{CustomerRules, Work};
use crate::registry::Registry;
use crate::registry::known::Known;
use crate::rule::{Action, RuleId, RuleInfo, Severity, Tag, TagKey};
use crate::surface::SurfaceKind;

/// Bytes that judging an anchor is taken to read at least.
const ANCHOR_BYTES: usize = 64;

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
        let lead = self.leads.get(id);
        if matches!(lead, Some(Lead::Record)) && out.judged.contains(&at) {
            return;
        }
        let from = at.saturating_sub(REACH_BEFORE);
        let window = view.get(from..view.len().min(at.saturating_add(REACH_AFTER))).unwrap_or_default();
        let (ctx, place) = (&self.ctx, at - from);
        let mut found = Hits::new();
        found.tried = out.tried.map(|tried| tried.saturating_sub(from));
        found.charge(ANCHOR_BYTES);
        match lead {
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
            Some(Lead::Foreign(judge)) => judge(ctx, window, place, &mut found),
            Some(Lead::Jwk) => jwk::key(ctx, window, place, &mut found),
            Some(Lead::Claims) => token::claims(ctx, window, place, &mut found),
            Some(Lead::Token) => token::compact(ctx, window, place, &mut found),
            Some(Lead::Authority(needle)) => ca::needle(ctx, needle, window, place, &mut found),
            Some(Lead::Record) => audit::record(ctx, window, place, &mut found),
            Some(Lead::Isk(needle)) => isk::needle(ctx, needle, window, place, &mut found),
            Some(Lead::Cue) | None => {}
        }
        for (rule, beyond) in found.beyond {
            Beyond::add(&mut out.beyond, &rule, beyond);
        }
        out.spent = out.spent.saturating_add(found.spent);
        for (all, tried) in out.tried.iter_mut().zip(found.tried) {
            *all = (*all).max(tried + from);
        }
        out.hashes.extend(found.hashes.iter().map(|place| place + from));
        if !found.judged.is_empty() {
            out.judged = found.judged.start + from..found.judged.end + from;
        }
        for mut hit in found.hits {
            hit.start += from;
            hit.end += from;
            out.push(hit);
        }
    }

    /// Looks for what no anchor tells: secret keys of OpenPGP that are not armoured.
    pub fn binary(&self, view: &[u8], out: &mut Hits) {
        openpgp::scan(&self.ctx, view, out);
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

    /// Whether any text that is looked for may have spaces in it, which typography and line ends replace.
    #[must_use]
    pub fn spaced(&self) -> bool {
        self.known.spaced || self.rules.spaced()
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
