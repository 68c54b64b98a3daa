//! Verification against a model: the rules written a second time, in one place, over the facts instead of the bytes.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;
use support::{PAYLOAD, bytes, change, key, trust_json, value};
use ztp_core::canonical::Value;
use ztp_core::time::Timestamp;
use ztp_licence::{CheckKind, CheckResult, Status, Trust, cosign, sign, verify};

/// Four moments; everything in the model happens at one of them.
const TIMES: [&str; 4] = [
    "2026-07-01T00:00:00.000Z",
    "2026-08-01T00:00:00.000Z",
    "2026-09-01T00:00:00.000Z",
    "2026-10-01T00:00:00.000Z",
];

/// The facts of one envelope, one trust document and one verification. Times are indexes into [`TIMES`].
#[derive(Debug, Clone)]
struct Facts {
    signers: Vec<u8>,
    pinned: Vec<u8>,
    threshold: usize,
    revoked_by_trust: Vec<u8>,
    revoked_by_envelope: Vec<u8>,
    versions: (u8, u8),
    key_window: (usize, usize),
    product_matches: bool,
    mint_max: Option<i64>,
    issued_at: usize,
    window: (usize, usize),
    now: usize,
    licensed_bench: Option<u8>,
    bench: Option<u8>,
}

const MINTED: i64 = 750;

fn window() -> impl Strategy<Value = (usize, usize)> {
    (0usize..4, 0usize..4).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn facts() -> impl Strategy<Value = Facts> {
    let numbers = || vec![1u8, 2, 3];
    let keys = (subsequence(numbers(), 1..=3), subsequence(numbers(), 1..=3), 1usize..=3);
    let revoked = (subsequence(numbers(), 0..=1), subsequence(numbers(), 0..=1), (0u8..3, 0u8..3));
    let key = (window(), prop::bool::weighted(0.8), proptest::option::of(MINTED - 1..=MINTED));
    let times = (0usize..4, window(), 0usize..4);
    let benches = (proptest::option::of(0u8..2), proptest::option::of(0u8..2));
    (keys, revoked, key, times, benches).prop_map(|(keys, revoked, key, times, benches)| Facts {
        threshold: keys.2.min(keys.1.len()),
        signers: keys.0,
        pinned: keys.1,
        revoked_by_trust: revoked.0,
        revoked_by_envelope: revoked.1,
        versions: revoked.2,
        key_window: key.0,
        product_matches: key.1,
        mint_max: key.2,
        issued_at: times.0,
        window: times.1,
        now: times.2,
        licensed_bench: benches.0,
        bench: benches.1,
    })
}

impl Facts {
    fn revocation(numbers: &[u8], version: u8) -> Value {
        let ids: BTreeSet<String> =
            numbers.iter().map(|&n| key(n).public_key().key_id().to_string()).collect();
        let ids: Vec<Value> = ids.into_iter().map(Into::into).collect();
        Value::object([("revoked_key_ids", Value::from(ids)), ("version", Value::Int(version.into()))])
    }

    fn envelope(&self) -> Vec<u8> {
        let mut payload = value(PAYLOAD);
        let mut set = |path: &str, to: Value| change(&mut payload, path, Some(to));
        set("issued_at", TIMES.get(self.issued_at).copied().unwrap().into());
        set("not_before", TIMES.get(self.window.0).copied().unwrap().into());
        set("not_after", TIMES.get(self.window.1).copied().unwrap().into());
        set("revocation", Self::revocation(&self.revoked_by_envelope, self.versions.0));
        set(
            "bench",
            match self.licensed_bench {
                None => Value::object([("binding", "any")]),
                Some(id) => {
                    Value::object([("bench_id", format!("bench-{id}")), ("binding", "bench".to_owned())])
                }
            },
        );
        let (first, rest) = self.signers.split_first().unwrap();
        let signed = sign(&bytes(&payload), &key(*first)).unwrap();
        rest.iter().fold(signed, |signed, &number| cosign(&signed, &key(number)).unwrap())
    }

    fn trust(&self) -> Trust {
        let mut trust = value(&trust_json(&self.pinned));
        let mut set = |path: &str, to: Value| change(&mut trust, path, Some(to));
        for index in 0..self.pinned.len() {
            let product = if self.product_matches { "tlsstress" } else { "other" };
            set(&format!("keys.{index}.products"), Value::Array(vec![product.into()]));
            set(&format!("keys.{index}.not_before"), TIMES.get(self.key_window.0).copied().unwrap().into());
            set(&format!("keys.{index}.not_after"), TIMES.get(self.key_window.1).copied().unwrap().into());
            if let Some(max) = self.mint_max {
                set(&format!("keys.{index}.mint_total_max"), Value::Int(max));
            }
        }
        set("threshold", Value::Int(i64::try_from(self.threshold).unwrap()));
        set("revocation", Self::revocation(&self.revoked_by_trust, self.versions.1));
        Trust::from_json(&bytes(&trust)).unwrap()
    }

    fn now(&self) -> Timestamp {
        TIMES.get(self.now).unwrap().parse().unwrap()
    }

    /// The checks that must fail.
    fn expected(&self) -> BTreeSet<CheckKind> {
        let mut failing = BTreeSet::new();
        let mut unless = |holds: bool, kind| {
            if !holds {
                failing.insert(kind);
            }
        };
        let (signers, pinned): (BTreeSet<_>, BTreeSet<_>) =
            (self.signers.iter().collect(), self.pinned.iter().collect());
        let known: BTreeSet<_> = signers.intersection(&pinned).collect();
        let revoked: BTreeSet<_> = self.revoked_by_trust.iter().collect();
        let good = known.iter().filter(|number| !revoked.contains(**number)).count();
        unless(signers.is_subset(&pinned), CheckKind::KeyPinned);
        unless(known.len() == good, CheckKind::KeyNotRevoked);
        let within = |(first, last): (usize, usize)| (first..=last).contains(&self.now);
        unless(known.is_empty() || within(self.key_window), CheckKind::KeyWindow);
        unless(good >= self.threshold, CheckKind::Threshold);
        // Only if all signatures count is the payload read.
        if good < self.threshold || good < signers.len() {
            return failing;
        }
        let mut unless = |holds: bool, kind| {
            if !holds {
                failing.insert(kind);
            }
        };
        let (found, seen) = self.versions;
        let same = self.revoked_by_envelope == self.revoked_by_trust;
        unless(found > seen || (found == seen && same), CheckKind::RevocationList);
        let self_revoked = self.revoked_by_envelope.iter().any(|number| signers.contains(number));
        unless(!self_revoked, CheckKind::KeyNotRevokedByEnvelope);
        unless(self.product_matches, CheckKind::KeyProduct);
        unless(self.mint_max.is_none_or(|max| MINTED <= max), CheckKind::KeyMintLimit);
        unless(self.issued_at <= self.now, CheckKind::IssuedAt);
        unless(self.window.0 <= self.now, CheckKind::NotBefore);
        unless(self.now <= self.window.1, CheckKind::NotAfter);
        unless(self.licensed_bench.is_none() || self.licensed_bench == self.bench, CheckKind::Bench);
        failing
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_checks_that_fail_are_the_ones_the_model_says(facts in facts()) {
        let bench = facts.bench.map(|id| format!("bench-{id}"));
        let verdict = verify(&facts.envelope(), &facts.trust(), facts.now(), bench.as_deref());
        let failing: BTreeSet<CheckKind> = verdict
            .checks()
            .iter()
            .filter(|check| matches!(check.result, CheckResult::Fail(_)))
            .map(|check| check.kind)
            .collect();
        prop_assert_eq!(&failing, &facts.expected());
        prop_assert_eq!(verdict.status() == Status::Valid, failing.is_empty());
        prop_assert_eq!(verdict.licence().is_some(), failing.is_empty());
    }
}
