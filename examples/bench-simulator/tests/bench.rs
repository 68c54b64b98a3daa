//! What a simulated bench is like: the same for the same seed, in the rhythm of its days, and honest in two accounts.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing it did not expect")]

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::event::EventClass;
use ztp_core::event::admission::{AdmissionDecision, Decision, Tier};
use ztp_simulator::calendar::{DAY_MS, MINUTE_MS};
use ztp_simulator::told::{Accounts, Fault, Told};
use ztp_simulator::{Attack, Bench, Happening, Step};

fn month(seed: u64) -> Bench {
    Bench { days: 30, ..Bench::new(seed) }
}

fn events(bench: &Bench) -> Vec<Happening> {
    let event = |step| match step {
        Step::Event(event) => Some(event),
        Step::Heartbeat { .. } => None,
    };
    bench.steps().filter_map(event).collect()
}

fn decision(event: &Happening) -> Option<AdmissionDecision> {
    (event.class == EventClass::ADMISSION_DECISION).then(|| AdmissionDecision::read(&event.payload).unwrap())
}

#[test]
fn the_same_seed_gives_the_same_bench_and_another_seed_another() {
    let bench = month(7).with(Attack::Flood, 3);
    assert!(bench.steps().eq(bench.steps()));
    assert!(!month(7).steps().eq(month(8).steps()));
}

#[test]
fn time_never_runs_back_and_uids_never_repeat() {
    let mut last = i64::MIN;
    let mut uids = BTreeSet::new();
    for step in month(3).with(Attack::Dilution, 10).steps() {
        assert!(step.at_ms() >= last);
        last = step.at_ms();
        if let Step::Event(event) = &step
            && let Some(decision) = decision(event)
        {
            assert!(uids.insert(decision.uid.clone()), "{} repeats", decision.uid);
            assert_eq!(decision.timing.wall_ms, u64::try_from(event.at_ms).ok());
        }
    }
}

#[test]
fn an_ordinary_bench_stays_within_what_the_guide_calls_ordinary() {
    let bench = Bench::new(11);
    let (mut denials, mut uses): (BTreeMap<i64, u32>, BTreeMap<i64, u32>) =
        (BTreeMap::new(), BTreeMap::new());
    let mut shares: BTreeMap<i64, (u32, u32)> = BTreeMap::new();
    let mut kinds = BTreeSet::new();
    for event in events(&bench) {
        kinds.insert(event.class.clone());
        let human = event.class == EventClass::OPERATOR_ACTION || event.class == EventClass::OPERATOR_LOGIN;
        let glass = decision(&event).is_some_and(|d| d.decision == Decision::BreakGlass);
        if human || glass {
            let day = ztp_simulator::calendar::Day::of(event.at_ms.div_euclid(DAY_MS), 0);
            let minute = event.at_ms.rem_euclid(DAY_MS) / MINUTE_MS;
            assert!(day.working && (8 * 60..19 * 60).contains(&minute), "{event:?}");
        }
        let Some(decision) = decision(&event) else { continue };
        match decision.decision {
            Decision::Deny => *denials.entry(event.at_ms.div_euclid(MINUTE_MS)).or_default() += 1,
            Decision::BreakGlass => *uses.entry(event.at_ms.div_euclid(DAY_MS)).or_default() += 1,
            _ if decision.operation.as_deref() == Some("CREATE") => {
                let (b, all) = shares.entry(event.at_ms.div_euclid(DAY_MS)).or_default();
                *all += 1;
                *b += u32::from(decision.tier == Some(Tier::B));
            }
            _ => {}
        }
    }
    assert_eq!(shares.len(), 365);
    assert!(kinds.len() >= 5, "{kinds:?}");
    assert!(denials.values().max().copied() < Some(25), "{:?}", denials.values().max());
    assert!(uses.values().all(|uses| *uses <= 2) && uses.len() > 20);
    for (b, all) in shares.values() {
        assert!(*all >= 400, "{all}");
        assert!((400..650).contains(&(b * 10_000 / all)), "{b} of {all}");
    }
}

#[test]
fn each_attack_adds_or_takes_what_its_name_says_and_nothing_before_its_day() {
    for attack in Attack::ALL.iter().copied() {
        assert_eq!(Attack::from_name(attack.as_str()), Some(attack));
        let bench = month(5).with(attack, 20);
        let begins = bench.begins_ms(attack, 20);
        let plain: Vec<Step> = month(5).steps().take_while(|step| step.at_ms() < begins).collect();
        let with: Vec<Step> = bench.steps().take_while(|step| step.at_ms() < begins).collect();
        assert!(with == plain, "{}", attack.as_str());
        let marked = events(&bench).iter().filter(|event| event.attack == Some(attack)).count();
        assert_eq!(marked == 0, attack == Attack::Silence, "{}", attack.as_str());
    }
    let silent = month(5).with(Attack::Silence, 20);
    let begins = silent.begins_ms(Attack::Silence, 20);
    assert!(!silent.steps().any(|step| (begins..begins + 180 * MINUTE_MS).contains(&step.at_ms())));
}

#[test]
fn two_honest_accounts_hold_the_same_decisions_and_each_is_in_the_order_of_its_own_time() {
    let bench = month(9);
    let (mut decided, mut sealed) = (Vec::new(), Vec::new());
    for told in Accounts::new(bench.steps(), 9, &[]) {
        match told {
            Told::Admission(event) => decided.push(event),
            Told::Sealed(event) => sealed.push(event),
            Told::Heartbeat { .. } => {}
        }
    }
    for account in [&decided, &sealed] {
        assert!(account.is_sorted_by_key(|event| event.at_ms));
    }
    assert_eq!(sealed.len(), events(&bench).len());
    let payloads = |account: &[Happening]| {
        let decisions = account.iter().filter(|event| event.class == EventClass::ADMISSION_DECISION);
        decisions
            .map(|event| event.payload.get("uid").unwrap().as_str().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(payloads(&decided), payloads(&sealed));
}

#[test]
fn every_fault_changes_the_accounts() {
    let count = |faults: &[(u64, Fault)]| {
        let told: Vec<Told> = Accounts::new(month(9).steps(), 9, faults).collect();
        let decided = told.iter().filter(|told| matches!(told, Told::Admission(_))).count();
        let sealed = told.iter().filter(|told| matches!(told, Told::Sealed(_))).count();
        (decided, sealed, told)
    };
    let honest = count(&[]);
    for fault in Fault::ALL.iter().copied() {
        assert_eq!(Fault::from_name(fault.as_str()), Some(fault));
        let (decided, sealed, told) = count(&[(1_000, fault)]);
        let expected = match fault {
            Fault::Suppress => (honest.0, honest.1 - 1),
            Fault::Inject => (honest.0 - 1, honest.1),
            Fault::Repeat => (honest.0, honest.1 + 1),
            _ => (honest.0, honest.1),
        };
        assert_eq!((decided, sealed), expected, "{}", fault.as_str());
        assert!(told != honest.2, "{}", fault.as_str());
    }
}
