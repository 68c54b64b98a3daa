//! Each fault that a hostile hand can put between the two streams, alone: exactly its finding, about exactly its review.

use proptest::prelude::*;
use ztp_audit::correlate::{Kind, Settings};
use ztp_core::event::admission::Decision;

use super::pair::Pair;

const COUNT: usize = 240;

/// What root does to the streams at one decision.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Suppress,
    Inject,
    Alter,
    RepeatSame,
    RepeatOther,
    Delay,
    PutAhead,
}

impl Fault {
    const ALL: [Self; 7] = [
        Self::Suppress,
        Self::Inject,
        Self::Alter,
        Self::RepeatSame,
        Self::RepeatOther,
        Self::Delay,
        Self::PutAhead,
    ];

    /// Does it at decision `at`, and says what must be found.
    fn inject(self, pair: &mut Pair, at: usize) -> Kind {
        match self {
            Self::Suppress => {
                pair.sealed.remove(at);
                Kind::MissingInSealed
            }
            Self::Inject => {
                pair.admission.remove(at);
                Kind::MissingInAdmission
            }
            Self::Alter => {
                pair.sealed[at].decision.decision = Decision::Deny;
                Kind::Altered
            }
            Self::RepeatSame => {
                let mut again = pair.sealed[at].clone();
                again.at_ms += 5;
                pair.sealed.insert(at + 1, again);
                Kind::DuplicateIdentical
            }
            Self::RepeatOther => {
                let mut again = pair.sealed[at].clone();
                again.at_ms += 5;
                again.decision.user = "somebody-else".to_owned();
                pair.sealed.insert(at + 1, again);
                Kind::DuplicateConflicting
            }
            Self::Delay => {
                pair.sealed[at].at_ms += 45_000;
                Kind::Drift
            }
            Self::PutAhead => {
                // Three decisions earlier than its place, the times of sealing left as they were.
                let at = at.max(3);
                let times: Vec<i64> = pair.sealed.iter().map(|told| told.at_ms).collect();
                let moved = pair.sealed.remove(at);
                pair.sealed.insert(at - 3, moved);
                for (told, at_ms) in pair.sealed.iter_mut().zip(times) {
                    told.at_ms = at_ms;
                }
                Kind::OrderInversion
            }
        }
    }
}

#[test]
fn each_fault_at_each_place_gives_exactly_its_finding() {
    for fault in Fault::ALL {
        for at in 0..COUNT {
            let mut pair = Pair::of(COUNT, 2_000);
            let uid = pair.admission[if matches!(fault, Fault::PutAhead) { at.max(3) } else { at }]
                .decision
                .uid
                .clone();
            let kind = fault.inject(&mut pair, at);
            let report = pair.report(Settings::default());
            let found: Vec<_> = report.findings.iter().collect();
            assert_eq!(found.len(), 1, "{fault:?} at {at}: {found:?}");
            assert_eq!((found[0].kind, found[0].uid.as_ref().unwrap().to_string()), (kind, uid), "at {at}");
            assert_eq!(report.pending_total, 0);
        }
    }
}

#[test]
fn both_accounts_of_an_altered_decision_are_shown() {
    let mut pair = Pair::of(20, 1_000);
    Fault::Alter.inject(&mut pair, 7);
    let report = pair.report(Settings::default());
    let found = report.findings.iter().next().unwrap();
    let (decided, sealed) = (found.admission.as_ref().unwrap(), found.sealed.as_ref().unwrap());
    assert_eq!(Some(decided.digest), pair.admission[7].decision.digest());
    assert_eq!(Some(sealed.digest), pair.sealed[7].decision.digest());
    assert_eq!((decided.place, sealed.place), (8, 8));
    assert_eq!(report.code(), Some("correlation_altered"));
}

#[test]
fn the_time_of_a_decision_is_no_difference_in_what_was_decided() {
    let mut pair = Pair::of(20, 1_000);
    for told in &mut pair.admission {
        told.decision.timing.latency_us = Some(812);
        told.decision.timing.wall_ms = Some(told.at_ms.unsigned_abs());
    }
    assert_eq!(pair.found(), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn faults_at_different_reviews_do_not_hide_each_other(
        faults in prop::collection::btree_map(1_usize..COUNT / 12, 0..Fault::ALL.len(), 0..12),
    ) {
        let mut pair = Pair::of(COUNT, 60_000);
        let mut expected = std::collections::BTreeMap::new();
        // From the end, so that places before stay what they are; far enough apart not to overtake one another.
        for (block, fault) in faults.iter().rev() {
            let fault = Fault::ALL[*fault];
            let kind = fault.inject(&mut pair, block * 12);
            if !matches!(fault, Fault::PutAhead) {
                *expected.entry(kind).or_insert(0_u64) += 1;
            } else {
                // At a minute between decisions, three places are also a drift of each decision moved.
                *expected.entry(Kind::Drift).or_insert(0) += 4;
            }
        }
        let expected: Vec<_> = expected.into_iter().collect();
        prop_assert_eq!(pair.found(), expected);
    }
}
