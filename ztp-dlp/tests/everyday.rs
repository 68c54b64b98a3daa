//! Recall in everyday forms: keys and tokens in logs, listings, dumps and documents, made fresh for each run.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use support::everyday;
use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::registry::Registry;
use ztp_dlp::scanner::{Config, Mode, Scanner};

#[test]
fn every_secret_is_found_in_every_everyday_form_by_the_right_rule() {
    let config = Config {
        mode: Mode::Observe,
        recognisers: support::recognisers(Registry::default()),
        allow: AllowList::none(),
        budgets: Budgets::default(),
    };
    let (table, missed) = everyday::table(&Scanner::new(config).unwrap());
    let known =
        |form: &str, kind: &str| everyday::KNOWN_MISSES.iter().any(|(f, k, _)| *f == form && *k == kind);
    let unexpected: Vec<_> = missed.iter().filter(|(form, kind)| !known(form, kind)).collect();
    assert!(unexpected.is_empty(), "{table}\n{unexpected:#?}");
    let healed: Vec<_> = everyday::KNOWN_MISSES
        .iter()
        .filter(|(f, k, _)| !missed.iter().any(|one| one == &(*f, *k)))
        .collect();
    assert!(healed.is_empty(), "found after all: take them off the list: {healed:#?}");
}
