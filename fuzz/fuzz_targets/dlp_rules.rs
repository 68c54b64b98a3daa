//! A list of customer rules from an enemy: it loads or is refused by a registered code, and what loads scans within its work.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use ztp_core::Coded as _;
use ztp_core::canonical::{self, Limits};
use ztp_dlp::customer::{CustomerRules, Work};
use ztp_dlp::recognise::{Hits, Recognisers};
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::TagKey;
use ztp_dlp::surface::SurfaceKind;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |&byte| byte == 0);
    let (list, view) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(document) = canonical::read(list, &Limits::default()) else { return };
    match CustomerRules::from_value(&document) {
        Err(error) => assert!(ztp_core::code::by_name(error.code()).is_some(), "{}", error.code()),
        Ok(rules) => {
            let all = Recognisers::new(Registry::default(), rules, BTreeMap::new(), TagKey::new([7; 32]));
            let (mut work, mut out) = (Work::new(1 << 20), Hits::new());
            all.customer(SurfaceKind::Body, view, &mut work, &mut out);
            for hit in out.iter() {
                assert!(hit.start < hit.end && hit.end <= view.len(), "{hit:?}");
            }
        }
    }
});
