//! A ring excuses what left it by its own word, and nothing else: not beyond its count, and not after what it still holds.

use proptest::prelude::*;
use ztp_audit::correlate::{Kind, Report, Settings, correlate};
use ztp_audit::verify::NoProgress;
use ztp_core::canonical::{self, Value};
use ztp_core::event::admission::Decision;
use ztp_core::time::Timestamp;

use super::pair::{Pair, START_MS, Told, kinds, line};

/// What a ring with this first line finds that still holds the decisions from `held` on.
fn ringed(pair: &Pair, (evicted, since_ms): (i64, Option<i64>), held: usize, settings: Settings) -> Report {
    let since = since_ms.map(|ms| Timestamp::from_millis(START_MS + ms).unwrap().to_string());
    let header = Value::object::<_, Value>([
        ("evicted", evicted.into()),
        ("kind", "ring".into()),
        ("schema", "ztp.admission.stream/1".into()),
        ("since", since.into()),
    ]);
    let mut bytes = canonical::write(&header).unwrap();
    bytes.push(b'\n');
    bytes.extend(pair.admission.iter().skip(held).flat_map(|told| line(told, "admission.decision")));
    correlate(&bytes[..], 0, &pair.log(), settings, &NoProgress).unwrap()
}

fn found(pair: &Pair, ring: (i64, Option<i64>), held: usize) -> Vec<(Kind, u64)> {
    kinds(&ringed(pair, ring, held, Settings::default()))
}

/// A decision that nobody made.
fn forged(at_ms: i64) -> Told {
    let mut told = Pair::of(1, 0).sealed.remove(0);
    told.decision.uid = "f0f0f0f0-0000-4000-8000-00000000f0f0".to_owned();
    told.decision.decision = Decision::Allow;
    Told { at_ms: START_MS + at_ms, ..told }
}

#[test]
fn what_left_the_ring_is_information_and_what_never_left_it_is_missing() {
    let pair = Pair::of(100, 1_000);
    let kept: Vec<u8> =
        pair.admission.iter().skip(60).flat_map(|told| line(told, "admission.decision")).collect();
    let with = |header: &str| [header.as_bytes(), b"\n", &kept].concat();
    let found =
        |bytes: Vec<u8>| correlate(&bytes[..], 0, &pair.log(), Settings::default(), &NoProgress).unwrap();
    let ring = found(with(
        r#"{"evicted":60,"kind":"ring","schema":"ztp.admission.stream/1","since":"2026-05-12T08:00:00.000Z"}"#,
    ));
    assert_eq!((kinds(&ring), ring.code()), (vec![(Kind::RingEvicted, 60)], None));
    assert!(ring.unchecked().contains(&"decisions_that_left_the_ring"));
    // Nothing was evicted, it says, and it was there all the time.
    let whole = found(with(
        r#"{"evicted":0,"kind":"ring","schema":"ztp.admission.stream/1","since":"2026-05-12T08:00:00.000Z"}"#,
    ));
    assert_eq!(kinds(&whole), [(Kind::MissingInAdmission, 60)]);
    // A file holds all decisions: there is nothing to be evicted from.
    let file = found(kept.clone());
    assert_eq!(kinds(&file), [(Kind::MissingInAdmission, 60)]);
}

#[test]
fn a_decision_forged_today_and_dated_back_is_missing_however_much_left_the_ring() {
    // A hundred decisions, the first of which left the ring; then one that nobody made, sealed last and dated between the first two.
    let mut pair = Pair::of(100, 10_000);
    pair.sealed.push(forged(5_000));
    for (evicted, since_ms) in
        [(1, Some(0)), (1, None), (50, Some(0)), (i64::from(u32::MAX), None), (0, Some(8_000))]
    {
        let found = found(&pair, (evicted, since_ms), 1);
        assert_eq!(found, [(Kind::MissingInAdmission, 1), (Kind::RingEvicted, 1)], "{evicted} {since_ms:?}");
    }
    // Where the ring holds the last decision only, the forger must still have come before it.
    let last = found(&pair, (99, Some(0)), 99);
    assert_eq!(last, [(Kind::MissingInAdmission, 1), (Kind::RingEvicted, 99)]);
    // He wins where the ring itself is made to say that one more left it, and he wrote before what it holds: no word contradicts him.
    let seq = pair.sealed.len() - 1;
    let early = pair.sealed.remove(seq);
    pair.sealed.insert(1, early);
    assert_eq!(found(&pair, (2, Some(0)), 1), [(Kind::RingEvicted, 2)]);
    assert_eq!(found(&pair, (1, Some(0)), 1), [(Kind::MissingInAdmission, 1), (Kind::RingEvicted, 1)]);
}

#[test]
fn no_more_are_excused_than_the_ring_counts_since_it_began() {
    let pair = Pair::of(634, 1_000);
    assert_eq!(found(&pair, (600, Some(0)), 600), [(Kind::RingEvicted, 600)]);
    for evicted in [0, 10, 599] {
        let excused = u64::try_from(evicted).unwrap();
        let mut expected = vec![(Kind::MissingInAdmission, 600 - excused), (Kind::RingEvicted, excused)];
        expected.retain(|(_, total)| *total > 0);
        assert_eq!(found(&pair, (evicted, Some(0)), 600), expected, "{evicted}");
        assert_eq!(found(&pair, (evicted, None), 600), expected, "{evicted}");
    }
    // What was decided before the ring began is not of its count.
    assert_eq!(found(&pair, (100, Some(500_000)), 600), [(Kind::RingEvicted, 600)]);
    assert_eq!(
        found(&pair, (99, Some(500_000)), 600),
        [(Kind::MissingInAdmission, 1), (Kind::RingEvicted, 599)]
    );
}

#[test]
fn a_window_hides_no_eviction_from_the_count() {
    let pair = Pair::of(600, 1_000);
    let window = |since_ms: i64| Settings { since_ms: Some(START_MS + since_ms), ..Settings::default() };
    // 400 left it, 200 of them before the window and out of its sight.
    assert_eq!(kinds(&ringed(&pair, (400, Some(0)), 400, window(200_000))), [(Kind::RingEvicted, 200)]);
    assert_eq!(
        kinds(&ringed(&pair, (250, Some(0)), 400, window(200_000))),
        [(Kind::MissingInAdmission, 150), (Kind::RingEvicted, 50)]
    );
    // What the ring holds far outside the window closes it all the same.
    let mut late = pair.clone();
    late.sealed.push(forged(550_000));
    let report = ringed(&late, (9, Some(-1)), 0, window(540_000));
    assert_eq!(kinds(&report), [(Kind::MissingInAdmission, 1)]);
    let until = Settings { until_ms: Some(START_MS + 100_000), ..Settings::default() };
    late.sealed.pop();
    late.sealed.push(forged(5_000));
    assert_eq!(
        kinds(&ringed(&late, (9, None), 200, until.clone())),
        [(Kind::MissingInAdmission, 62), (Kind::RingEvicted, 9),]
    );
    assert_eq!(
        kinds(&ringed(&late, (200, None), 200, until)),
        [(Kind::MissingInAdmission, 1), (Kind::RingEvicted, 100)]
    );
}

#[test]
fn a_copy_of_what_left_the_ring_is_a_duplicate_and_no_second_eviction() {
    let mut pair = Pair::of(20, 1_000);
    let copy = pair.sealed[2].clone();
    pair.sealed.insert(5, copy.clone());
    assert_eq!(found(&pair, (10, Some(0)), 10), [(Kind::RingEvicted, 10), (Kind::DuplicateIdentical, 1)]);
    pair.sealed[5].decision.decision = Decision::Deny;
    assert_eq!(found(&pair, (10, Some(0)), 10), [(Kind::DuplicateConflicting, 1), (Kind::RingEvicted, 10)]);
}

#[test]
fn more_evictions_than_are_held_waiting_reach_no_bound() {
    let pair = Pair::of(500, 1_000);
    let narrow = Settings { waiting_max: 120, ..Settings::default() };
    assert_eq!(kinds(&ringed(&pair, (400, Some(0)), 400, narrow)), [(Kind::RingEvicted, 400)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_ring_says_excuses_are_counted_and_stand_before_what_it_holds(
        held in 0_usize..60,
        evicted in 0_i64..80,
        since in prop::option::of(-10_i64..70),
        forgeries in prop::collection::vec((0_usize..61, -100_i64..100), 0..6),
    ) {
        let mut pair = Pair::of(60, 5_000);
        let honest = pair.sealed.clone();
        for (n, (place, at)) in forgeries.iter().enumerate() {
            let mut told = forged(at * 5_000);
            told.decision.uid = format!("f{n:07x}-0000-4000-8000-00000000f0f0");
            pair.sealed.insert(*place, told);
        }
        let since_ms = since.map(|n| n * 5_000);
        let report = ringed(&pair, (evicted, since_ms), held, Settings::default());
        let total = |kind| report.findings.total(kind);
        let is_held = |uid: &str| honest[held..].iter().any(|told| told.decision.uid == uid);
        // From the second decision that the ring holds on, more than the tolerance later, nothing is excused.
        let closed = pair.sealed.iter().position(|t| honest[held..].get(1).is_some_and(|s| s.decision.uid == t.decision.uid));
        let alone = pair.sealed.iter().enumerate().filter(|(_, told)| !is_held(&told.decision.uid));
        let (before, after): (Vec<_>, Vec<_>) =
            alone.partition(|(place, _)| closed.is_none_or(|closed| *place < closed));
        prop_assert_eq!(total(Kind::MissingInAdmission) + total(Kind::RingEvicted) + report.pending_total, (before.len() + after.len()) as u64);
        prop_assert!(total(Kind::MissingInAdmission) + report.pending_total >= after.len() as u64);
        let uncounted = before.iter().filter(|(_, t)| since_ms.is_some_and(|since| t.at_ms < START_MS + since)).count();
        prop_assert!(total(Kind::RingEvicted) <= uncounted as u64 + u64::try_from(evicted).unwrap());
    }
}
