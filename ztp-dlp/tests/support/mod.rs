//! Secrets made fresh for each run, and views of them as the engine would give to the recognisers.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test support")]

pub mod encode;
pub mod everyday;
pub mod make;
pub mod matrix;

use std::collections::BTreeMap;

use ztp_dlp::customer::{CustomerRules, Work};
use ztp_dlp::recognise::{Hit, Hits, Recognisers};
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::{RuleId, TagKey};
use ztp_dlp::surface::SurfaceKind;

/// The rules over a registry, without customer rules.
pub fn recognisers(registry: Registry) -> Recognisers {
    Recognisers::new(registry, CustomerRules::none(), BTreeMap::new(), TagKey::new([7; 32]))
}

/// Every hit in one view: anchors are searched for one by one, as slowly and plainly as it can be done.
pub fn hits(rules: &Recognisers, view: &[u8]) -> Vec<Hit> {
    let mut out = Hits::new();
    for anchor in rules.anchors() {
        let length = anchor.bytes.len();
        for at in 0..view.len().saturating_sub(length - 1) {
            let window = &view[at..at + length];
            let same = if anchor.nocase {
                window.eq_ignore_ascii_case(&anchor.bytes)
            } else {
                window == anchor.bytes
            };
            if same {
                rules.at_anchor(anchor.id, view, at, &mut out);
            }
        }
    }
    rules.values(view, &mut out);
    rules.customer(SurfaceKind::Body, view, &mut Work::new(u64::MAX), &mut out);
    out.take()
}

/// The kinds that a rule found, without repetition.
pub fn kinds(rules: &Recognisers, view: &[u8], rule: &RuleId) -> Vec<&'static str> {
    let mut kinds: Vec<_> =
        hits(rules, view).into_iter().filter(|hit| hit.rule == *rule).map(|hit| hit.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
