//! Any bytes with an anchor anywhere: each recogniser answers, and a hit lies inside the view.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ztp_dlp::customer::CustomerRules;
use ztp_dlp::recognise::{Hits, Recognisers};
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::TagKey;

static RULES: LazyLock<Recognisers> = LazyLock::new(|| {
    let mut registry = Registry::default();
    registry.add_isk(&ztp_core::signature::SigningKey::from_seed(&[1; 32]).public_key().to_spki_der()).unwrap();
    registry.add_issuer("https://oidc.bench.example").unwrap();
    registry.add_value("phrase", b"correct horse battery staple").unwrap();
    registry.add_chain_hash(ztp_core::digest::sha256(b"a record")).unwrap();
    Recognisers::new(registry, CustomerRules::none(), BTreeMap::new(), TagKey::new([7; 32]))
});

// The first two bytes choose the anchor and the place at which it is put into the rest.
fuzz_target!(|input: &[u8]| {
    let Some((&[which, place], view)) = input.split_first_chunk::<2>() else { return };
    let anchors = RULES.anchors();
    let anchor = &anchors[usize::from(which) % anchors.len()];
    let at = usize::from(place).min(view.len());
    let spliced = [&view[..at], &anchor.bytes, &view[at..]].concat();
    let mut out = Hits::new();
    RULES.at_anchor(anchor.id, &spliced, at, &mut out);
    // The caller may be wrong about what stands there.
    RULES.at_anchor(anchor.id, view, at, &mut out);
    RULES.values(view, &mut out);
    for hit in out.iter() {
        assert!(hit.start <= hit.end && hit.end <= spliced.len(), "{hit:?}");
    }
});
